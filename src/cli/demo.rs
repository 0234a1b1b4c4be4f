//! `keepmark demo`.
use super::Ended;
#[derive(Debug, clap::Args)]
pub(super) struct Options {}
pub(super) async fn run(_options: Options) -> anyhow::Result<Ended> { Ok(Ended::Well) }
