//! `keepmark retry`: deliveries taken up again by hand.

use clap::Args;

use super::{Ended, catalog_beside};
use crate::app::clock;
use crate::catalog::delivery::Retried;
use crate::config::Config;
use crate::domain::delivery::DeliveryId;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Numbers of deliveries, as `/api/v1/deliveries` lists them.
    #[arg(value_name = "DELIVERY", required_unless_present = "dead")]
    deliveries: Vec<i64>,
    /// All dead letters, and all of the quarantine.
    #[arg(long, conflicts_with = "deliveries")]
    dead: bool,
}

pub(super) async fn run(config: &Config, options: Options) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    let deliveries = if options.dead {
        catalog.dead_deliveries().await?
    } else {
        options.deliveries.into_iter().map(DeliveryId).collect()
    };
    if deliveries.is_empty() {
        println!("nothing is dead or in quarantine");
    }
    let mut ended = Ended::Well;
    for delivery in deliveries {
        let retried = catalog.retry(delivery, clock().as_millisecond()).await?;
        if matches!(retried, Retried::Unknown | Retried::Unchanged(_)) {
            ended = Ended::WithFindings;
        }
        println!("delivery {delivery}: {}", words(&retried));
    }
    Ok(ended)
}

fn words(retried: &Retried) -> String {
    match retried {
        Retried::Ready => "ready again; a running daemon takes it within seconds".to_owned(),
        Retried::AlreadyArchived => "its photo is archived already".to_owned(),
        Retried::AlreadyWaiting => "is in the queue already".to_owned(),
        Retried::Unchanged(outcome) => {
            format!("read again, it announces no photo that can be fetched; it stays {}", outcome.as_str())
        }
        Retried::Unknown => "there is no such delivery".to_owned(),
    }
}
