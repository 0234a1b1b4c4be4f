//! The parts of Keepmark on an archive, in this process: for what is done a hundred times.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use keepmark::audit::Audit;
use keepmark::catalog::Catalog;
use keepmark::config::Config;
use keepmark::domain::record::{LedgerFinding, Record};
use keepmark::proof::check::{LedgerCheck, Report};
use keepmark::proof::key::KeyFile;
use keepmark::proof::publisher::Publisher;

use super::daemon::Archive;

pub fn clock() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// What a daemon on this archive would be made of.
pub struct Inside {
    pub config: Config,
    pub catalog: Catalog,
    pub store: keepmark::archive::Archive,
}

impl Inside {
    pub fn of(archive: &Archive) -> Self {
        Self::with_state(archive, &archive.state_dir())
    }

    /// The same store, with the catalogue of another state folder.
    pub fn with_state(archive: &Archive, state_dir: &Path) -> Self {
        let config = Config { state_dir: state_dir.to_owned(), ..config(archive) };
        let catalog = Catalog::open_beside(state_dir).unwrap();
        Self { config, catalog, store: Self::store_of(archive) }
    }

    /// The store alone.
    pub fn store_of(archive: &Archive) -> keepmark::archive::Archive {
        keepmark::archive::Archive::open(&config(archive).archive).unwrap()
    }

    pub fn audit(&self) -> Audit {
        Audit { catalog: self.catalog.clone(), archive: self.store.clone(), clock }
    }

    /// Publishes at each of its ticks where there is something to publish.
    pub fn publisher(&self) -> Publisher {
        Publisher {
            catalog: self.catalog.clone(),
            archive: self.store.clone(),
            key: KeyFile::new(&self.config.ledger),
            every: std::time::Duration::ZERO,
            alarm: Arc::default(),
            clock,
        }
    }

    pub async fn ledger_check(&self, against: Option<String>) -> Report {
        LedgerCheck { catalog: &self.catalog, archive: &self.store, against }.run(|_| ()).await.unwrap()
    }

    /// One more leaf: a record, which lies in the store.
    pub async fn add_record(&self) {
        let place = self.keep_record().await;
        let pending = self.catalog.pending_records(place - 1, 1).await.unwrap().remove(0).object;
        self.store.put_bytes(&pending.object_key, pending.body.into(), pending.sha256).await.unwrap();
        self.catalog.records_put(vec![place], clock().as_millisecond()).await.unwrap();
    }

    /// One more leaf, and nothing in the store.
    pub async fn add_leaf(&self) {
        let place = self.keep_record().await;
        self.catalog.records_put(vec![place], clock().as_millisecond()).await.unwrap();
    }

    async fn keep_record(&self) -> u64 {
        let finding = LedgerFinding { finding: "made_up".to_owned(), detail: String::new() };
        self.catalog.keep_record(Record::LedgerFinding(finding), rand::random(), clock()).await.unwrap()
    }
}

fn config(archive: &Archive) -> Config {
    let command = archive.command(&[]);
    let given = |(name, value): (&std::ffi::OsStr, Option<&std::ffi::OsStr>)| {
        Some((name.to_owned(), value?.to_owned()))
    };
    let environment: Vec<(OsString, OsString)> = command.get_envs().filter_map(given).collect();
    Config::load(None, environment).unwrap().config
}
