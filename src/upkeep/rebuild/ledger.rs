//! The ledger's place in a rebuild: leaves come back in the order in which the store's own tiles name them.

use super::super::{Upkeep, UpkeepError};

impl Upkeep {
    /// All evidence is put back by now. Here the leaves get their numbers again, in the order of the store's
    /// `ledger/tile/entries/…`, before anything can be recorded behind them. Until there is a ledger there is nothing to do.
    #[expect(clippy::unused_async, reason = "the ledger reads its tiles from the store here")]
    pub(super) async fn put_leaves_back(&self) -> Result<(), UpkeepError> {
        Ok(())
    }
}
