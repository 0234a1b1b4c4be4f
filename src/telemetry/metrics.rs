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
    /// How things stand; set when the metrics are read.
    pub standing: Standing,
}

type Number = Gauge<i64, AtomicI64>;

/// What `keepmark status` says, as numbers. Times are seconds since 1970 UTC, 0 where there is none: `time() - …` is the
/// age, and stays right between two readings.
#[derive(Clone, Default)]
pub struct Standing {
    /// Jobs by state.
    pub jobs: Family<Kind, Number>,
    /// Deliveries in the catalogue, by outcome.
    pub kept: Family<Kind, Number>,
    /// Photos archived in all.
    pub photos: Number,
    /// Photos that wait because the store is in trouble.
    pub waiting_for_store: Number,
    /// The receipt of the last delivery.
    pub last_delivery_seconds: Number,
    /// The receipt of the oldest delivery whose photo still waits.
    pub oldest_waiting_seconds: Number,
    /// Room on the disk of the state folder.
    pub disk_free_bytes: Number,
    /// 1 while no photo is downloaded for want of room.
    pub paused: Number,
    /// 1 while deliveries are turned away for want of room.
    pub closed: Number,
    /// 1 while photos wait for the store to be well again.
    pub store_trouble: Number,
    /// When the store's present trouble began.
    pub store_trouble_since_seconds: Number,
    /// Teams by what their timestamps mean.
    pub teams: Family<Kind, Number>,
    /// Teams whose files brought a kind of evidence and nearly stopped.
    pub teams_fallen: Family<Kind, Number>,
    /// Archived objects, by what their last reading found.
    pub objects: Family<Kind, Number>,
    /// The oldest of these readings.
    pub oldest_read_seconds: Number,
    /// The last audit that is through: objects looked at (`checked`), and by what was found.
    pub last_audit: Family<Kind, Number>,
    /// Bytes that it read.
    pub last_audit_bytes: Number,
    /// When it ended.
    pub last_audit_seconds: Number,
    /// 1 while judging again waits for something.
    pub judging_trouble: Number,
    /// Leaves of the ledger.
    pub ledger_leaves: Number,
    /// Leaves in the last checkpoint that the store gave back.
    pub ledger_published: Number,
    /// When it gave it back.
    pub ledger_published_seconds: Number,
    /// 1 while nothing is published until somebody has acted.
    pub ledger_trouble: Number,
    /// Records that wait for their put.
    pub records_waiting: Number,
    /// Of them, those whose key holds other bytes.
    pub records_refused: Number,
    /// The newest backup.
    pub backup_seconds: Number,
}

impl Standing {
    fn register(&self, registry: &mut Registry) {
        registry.register("jobs", "Jobs by state", self.jobs.clone());
        registry.register("deliveries_kept", "Deliveries in the catalogue, by outcome", self.kept.clone());
        registry.register("photos", "Photos archived in all", self.photos.clone());
        let waiting = "Photos that wait because the store is in trouble";
        registry.register("waiting_for_store", waiting, self.waiting_for_store.clone());
        let last = "When the last delivery came, 0: none yet";
        registry.register("last_delivery_timestamp_seconds", last, self.last_delivery_seconds.clone());
        let oldest = "When the oldest delivery came whose photo still waits, 0: none waits";
        registry.register("oldest_waiting_timestamp_seconds", oldest, self.oldest_waiting_seconds.clone());
        registry.register(
            "disk_free_bytes",
            "Room on the disk of the state folder",
            self.disk_free_bytes.clone(),
        );
        registry.register(
            "pipeline_paused",
            "1 while no photo is downloaded for want of room",
            self.paused.clone(),
        );
        registry.register(
            "hook_closed",
            "1 while deliveries are turned away for want of room",
            self.closed.clone(),
        );
        registry.register(
            "store_trouble",
            "1 while photos wait for the store to be well again",
            self.store_trouble.clone(),
        );
        registry.register(
            "store_trouble_since_timestamp_seconds",
            "When the store's present trouble began, 0 without one",
            self.store_trouble_since_seconds.clone(),
        );
        registry.register("teams", "Teams by what their timestamps mean", self.teams.clone());
        let fallen = "Teams whose files hardly bring this evidence any more";
        registry.register("teams_without", fallen, self.teams_fallen.clone());
        self.register_audits(registry);
        registry.register(
            "judging_trouble",
            "1 while judging again waits for something",
            self.judging_trouble.clone(),
        );
        registry.register("ledger_leaves", "Leaves of the ledger", self.ledger_leaves.clone());
        let published = "Leaves in the last checkpoint that the store gave back";
        registry.register("ledger_published_leaves", published, self.ledger_published.clone());
        registry.register(
            "ledger_published_timestamp_seconds",
            "When the store gave back the last checkpoint, 0: there is none",
            self.ledger_published_seconds.clone(),
        );
        registry.register(
            "ledger_trouble",
            "1 while nothing is published until somebody has acted",
            self.ledger_trouble.clone(),
        );
        let waiting = "Records that wait for their put";
        registry.register("records_waiting", waiting, self.records_waiting.clone());
        let refused = "Records that cannot be put, because their keys hold other bytes";
        registry.register("records_refused", refused, self.records_refused.clone());
        let newest = "When the newest backup was made, 0: there is none";
        registry.register("backup_timestamp_seconds", newest, self.backup_seconds.clone());
    }

    fn register_audits(&self, registry: &mut Registry) {
        registry.register(
            "objects",
            "Archived objects, by what their last reading found",
            self.objects.clone(),
        );
        let oldest = "When the object was read whose reading is the oldest, 0: none yet";
        registry.register("oldest_read_timestamp_seconds", oldest, self.oldest_read_seconds.clone());
        let last = "Objects that the last audit looked at, and how it found them";
        registry.register("last_audit_objects", last, self.last_audit.clone());
        registry.register(
            "last_audit_bytes",
            "Bytes that the last audit read",
            self.last_audit_bytes.clone(),
        );
        let ended = "When the last audit ended, 0: none yet";
        registry.register("last_audit_timestamp_seconds", ended, self.last_audit_seconds.clone());
    }
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
        let standing = Standing::default();
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
        standing.register(&mut registry);
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
            standing,
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
