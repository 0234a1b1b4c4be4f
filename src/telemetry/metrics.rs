//! The metrics, in the `OpenMetrics` text that Prometheus reads.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Which outcome or state a number belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    /// The word of the catalogue.
    pub kind: &'static str,
}

/// A try's last phase and the class of its failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Attempt {
    /// fetch, inspect, judge, seal, store or record.
    pub phase: &'static str,
    /// The class of the failure, or `none`.
    pub class: &'static str,
}

/// All metrics; clones share the numbers.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// Deliveries answered, by outcome.
    pub deliveries: Family<Kind, Counter>,
    /// Posts refused, by status.
    pub refused: Family<Kind, Counter>,
    /// From the last byte of a delivery to its answer, seconds.
    pub ack_seconds: Histogram,
    /// Operations committed together.
    pub batch_operations: Histogram,
    /// One commit, seconds.
    pub commit_seconds: Histogram,
    /// Tries that ended, by phase and class.
    pub attempts: Family<Attempt, Counter>,
    /// Photos archived by this process.
    pub archived: Counter,
    /// Bytes of these photos.
    pub archived_bytes: Counter,
    /// Jobs by state; set when the metrics are read.
    pub jobs: Family<Kind, Gauge<i64, AtomicI64>>,
    /// 1 while the store is in trouble; set when the metrics are read.
    pub store_trouble: Gauge<i64, AtomicI64>,
    /// Since when, seconds since 1970 UTC; 0: it is well.
    pub store_trouble_since: Gauge<i64, AtomicI64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("keepmark");
        let deliveries = Family::default();
        let refused = Family::default();
        let ack_seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 16));
        let batch_operations = Histogram::new(exponential_buckets(1.0, 2.0, 10));
        let commit_seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 14));
        let attempts = Family::default();
        let archived = Counter::default();
        let archived_bytes = Counter::default();
        let jobs = Family::default();
        let store_trouble = Gauge::default();
        let store_trouble_since = Gauge::default();
        registry.register("deliveries", "Deliveries answered, by outcome", deliveries.clone());
        registry.register("refused", "Posts that were not kept, by status", refused.clone());
        registry.register_with_unit("ack", "Last byte to answer", Unit::Seconds, ack_seconds.clone());
        registry.register("batch_operations", "Operations in one commit", batch_operations.clone());
        registry.register_with_unit("commit", "One commit", Unit::Seconds, commit_seconds.clone());
        registry.register(
            "attempts",
            "Tries that ended, by last phase and class of failure",
            attempts.clone(),
        );
        registry.register("archived_photos", "Photos archived by this process", archived.clone());
        registry.register_with_unit("archived", "Bytes of these photos", Unit::Bytes, archived_bytes.clone());
        registry.register("jobs", "Jobs by state", jobs.clone());
        registry.register(
            "store_trouble",
            "1 while photos wait for the store to be well again",
            store_trouble.clone(),
        );
        registry.register_with_unit(
            "store_trouble_since_timestamp",
            "When the store's present trouble began, 0 without one",
            Unit::Seconds,
            store_trouble_since.clone(),
        );
        Self {
            registry: Arc::new(registry),
            deliveries,
            refused,
            ack_seconds,
            batch_operations,
            commit_seconds,
            attempts,
            archived,
            archived_bytes,
            jobs,
            store_trouble,
            store_trouble_since,
        }
    }
}

impl Metrics {
    /// The text of all metrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _written = encode(&mut text, &self.registry);
        text
    }
}
