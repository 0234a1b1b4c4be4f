//! `keepmark retry`: deliveries taken up again by hand.

use clap::Args;

use super::{Ended, catalog_beside};
use crate::app::clock;
use crate::catalog::retry::Retried;
use crate::config::Config;
use crate::domain::delivery::DeliveryId;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Numbers of deliveries, as `/api/v1/deliveries` lists them.
    #[arg(value_name = "DELIVERY", required_unless_present_any = ["dead", "held"])]
    deliveries: Vec<i64>,
    /// All dead letters, and all of the quarantine.
    #[arg(long, conflicts_with = "deliveries")]
    dead: bool,
    /// All that is held until something is mended.
    #[arg(long, conflicts_with = "deliveries")]
    held: bool,
}

pub(super) async fn run(config: &Config, options: Options) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    let mut deliveries: Vec<_> = options.deliveries.into_iter().map(DeliveryId).collect();
    if options.dead {
        deliveries.extend(catalog.dead_deliveries().await?);
    }
    if options.held {
        deliveries.extend(catalog.held_deliveries().await?);
    }
    if deliveries.is_empty() {
        println!("there is nothing to take up again");
    }
    let mut ended = Ended::Well;
    for delivery in deliveries {
        let retried = catalog.retry(delivery, rand::random(), clock().as_millisecond()).await?;
        if matches!(retried, Retried::Unknown | Retried::Unchanged(_) | Retried::NoLink(_)) {
            ended = Ended::WithFindings;
        }
        println!("delivery {delivery}: {retried}");
    }
    Ok(ended)
}
