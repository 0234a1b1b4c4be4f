//! The checkpoints that were signed, held against the roots that the leaves make, size by size.

use std::collections::VecDeque;

use super::{LedgerCheck, Report};
use crate::catalog::ledger::checkpoint::Signed;
use crate::domain::ledger::checkpoint::{self, NotACheckpoint};
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::tree::Edge;
use crate::proof::ProofError;

/// The checkpoints that the roots along the way are held against.
pub(super) struct Roots<'a> {
    keys: &'a [PublicKey],
    next: VecDeque<Signed>,
    /// The one that somebody kept.
    kept: Option<checkpoint::Checkpoint>,
    is_wrong: bool,
}

impl<'a> Roots<'a> {
    pub(super) async fn new(
        check: &LedgerCheck<'_>,
        keys: &'a [PublicKey],
        report: &mut Report,
    ) -> Result<Self, ProofError> {
        let next = check.catalog.checkpoints_from(1).await?.into();
        let kept = match check.against.as_ref().map(|note| checkpoint::open_by_any(note, keys)) {
            Some(Ok(kept)) => Some(kept),
            Some(Err(reason)) => {
                report.find(format!("the checkpoint that was kept is not of this ledger: {reason}"));
                None
            }
            None => None,
        };
        Ok(Self { keys, next, kept, is_wrong: false })
    }

    /// Whether a checkpoint of this size was signed.
    pub(super) async fn compare(
        &mut self,
        check: &LedgerCheck<'_>,
        edge: &Edge,
        report: &mut Report,
    ) -> Result<bool, ProofError> {
        let (size, mut is_signed) = (edge.size(), false);
        if let Some(kept) = self.kept.take_if(|kept| kept.size == size)
            && kept.root != edge.root()
        {
            report.find(format!(
                "the first {size} leaves are not those of the checkpoint that was kept: the ledger was rewritten after it"
            ));
        }
        while let Some(signed) = self.next.pop_front_if(|signed| signed.size == size) {
            is_signed = true;
            self.compare_signed(&signed, edge, report);
            if self.next.is_empty() {
                self.next = check.catalog.checkpoints_from(size + 1).await?.into();
            }
        }
        Ok(is_signed)
    }

    /// One wrong root makes all later ones wrong: the first is what tells where.
    fn compare_signed(&mut self, signed: &Signed, edge: &Edge, report: &mut Report) {
        let size = signed.size;
        match checkpoint::open_by_any(&signed.note, self.keys) {
            Ok(checkpoint) if checkpoint.size == size && checkpoint.root == edge.root() => {
                report.checkpoints += 1;
            }
            Ok(_) if self.is_wrong => {}
            Ok(_) => {
                self.is_wrong = true;
                report.find(format!(
                    "the first {size} leaves in the database are not those of the checkpoint of {size}: one of them was \
                     changed after it was published"
                ));
            }
            Err(reason @ (NotACheckpoint::Malformed | NotACheckpoint::WrongSignature(_))) => {
                report.find(format!("the checkpoint of {size} in the database was changed: {reason}"));
            }
            Err(reason) => report.find(format!("the checkpoint of {size} in the database: {reason}")),
        }
    }

    /// What the leaves did not reach.
    pub(super) fn beyond(&self, report: &mut Report) {
        let leaves = report.leaves;
        if let Some(kept) = &self.kept {
            report.find(format!(
                "the checkpoint that was kept has {} leaves, the catalogue {leaves}: an older database was brought back",
                kept.size
            ));
        }
        if let Some(signed) = self.next.front() {
            report.find(format!(
                "the catalogue has {leaves} leaves, and signed a checkpoint of {}",
                signed.size
            ));
        }
    }
}
