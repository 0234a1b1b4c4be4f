//! One look-up a connection, every answer judged: what was judged is what is connected to.

use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::Guard;
use super::look_up::LookUp;

pub(super) struct JudgingResolver {
    guard: Arc<Guard>,
    look_up: LookUp,
    port: u16,
}

/// The sentence that tells a refused answer from a failed look-up in reqwest's chain of errors.
#[derive(Debug, thiserror::Error)]
#[error("the host name leads to an address that is refused: {0}")]
pub(super) struct RefusedAnswer(String);

impl JudgingResolver {
    pub(super) fn new(guard: Arc<Guard>, look_up: LookUp, port: u16) -> Self {
        Self { guard, look_up, port }
    }
}

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, port) = (Arc::clone(&self.guard), self.port);
        let answer = self.look_up.ask(name.as_str(), port);
        Box::pin(async move {
            let mut addresses = answer.await?;
            for address in &mut addresses {
                // The port that is judged is the one that is connected to, whatever the look-up says.
                address.set_port(port);
                // One private answer among public ones is how a rebinding attack looks: all or nothing.
                guard.judge_address(*address).map_err(|refusal| RefusedAnswer(refusal.to_string()))?;
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
