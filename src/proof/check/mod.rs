//! The whole ledger derived again: every root from the leaves, every object of the tree from the store.
//!
//! Never changes anything, never stops at the first finding, and finds nothing while the store cannot be seen to be ours.

mod derived;
mod roots;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{ProofError, our_store};
use crate::archive::{Archive, ArchiveError};
use crate::catalog::Catalog;
use crate::catalog::ledger::Ledger;
use crate::catalog::ledger::check::{LeafRow, TileRow};
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::standing::Standing;
use crate::domain::ledger::tile::{TileName, WIDTH};
use crate::domain::photo::Sha256;

use derived::Derived;
use roots::Roots;

/// Objects that are read at once.
const READS: usize = 8;
/// Further findings of one kind say nothing more.
const FINDINGS_MAX: usize = 100;

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    /// Leaves that were derived again.
    pub leaves: u64,
    /// Checkpoints whose roots are those of the leaves.
    pub checkpoints: u64,
    /// Objects of the tree that were read.
    pub tiles: u64,
    /// What is wrong, a sentence each; the first hundred.
    pub findings: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl Report {
    fn find(&mut self, finding: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }
}

/// A check of the ledger.
pub struct LedgerCheck<'a> {
    /// Where the leaves are.
    pub catalog: &'a Catalog,
    /// Where the tree is.
    pub archive: &'a Archive,
    /// A checkpoint that somebody kept.
    pub against: Option<String>,
}

impl LedgerCheck<'_> {
    /// Derives everything again; `progress` is told how many leaves and objects are through.
    pub async fn run(&self, mut progress: impl FnMut(u64)) -> Result<Report, ProofError> {
        let mut report = Report::default();
        our_store(self.catalog, self.archive).await?;
        let ledger = self.catalog.ledger().await?;
        let keys = self.catalog.ledger_keys().await?;
        if !keys.is_empty() {
            self.check_leaves(&ledger, &keys, &mut report, &mut progress).await?;
        } else if self.against.is_some() {
            report.find("nothing was ever published of this ledger, and there is a checkpoint: the catalogue is not the one that signed it".to_owned());
        }
        self.check_tiles(&mut report, &mut progress).await?;
        self.check_standing(&mut report).await?;
        Ok(report)
    }

    async fn check_leaves(
        &self,
        ledger: &Ledger,
        keys: &[PublicKey],
        report: &mut Report,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), ProofError> {
        let mut roots = Roots::new(self, keys, report).await?;
        let mut derived = Derived::default();
        loop {
            let page = self.catalog.leaves_from(derived.size()).await?;
            if page.is_empty() {
                break;
            }
            for leaf in page {
                if leaf.number != derived.size() {
                    report.find(format!("leaf {} is missing in the database", derived.size()));
                    return Ok(());
                }
                check_leaf(&leaf, report);
                derived.push(leaf.entry);
                if roots.compare(self, derived.edge(), report).await? {
                    self.check_fixed(ledger, derived.open(), report).await?;
                }
            }
            self.check_fixed(ledger, derived.take_full(), report).await?;
            report.leaves = derived.size();
            progress(report.leaves);
        }
        roots.beyond(report);
        let without_leaf = self.catalog.count_evidence_without_leaf().await?;
        if without_leaf > 0 {
            report.find(format!(
                "{without_leaf} recorded objects have no leaf: somebody took leaves or added evidence"
            ));
        }
        Ok(())
    }

    /// What the leaves make is what was fixed; and what a checkpoint needs is known.
    async fn check_fixed(
        &self,
        ledger: &Ledger,
        tiles: Vec<(TileName, Sha256)>,
        report: &mut Report,
    ) -> Result<(), ProofError> {
        let names = tiles.iter().map(|(tile, _)| *tile).collect();
        for ((tile, sha256), fixed) in tiles.iter().zip(self.catalog.fixed_tiles(names).await?) {
            let path = tile.path();
            match fixed {
                Some(fixed) if fixed == *sha256 => {}
                Some(_) => {
                    report.find(format!("ledger/{path} does not hold the hashes or entries of its leaves"));
                }
                None if tile.leaves_min() <= ledger.published => {
                    report.find(format!("ledger/{path} is not known to the catalogue any more"));
                }
                None => {}
            }
        }
        Ok(())
    }

    async fn check_standing(&self, report: &mut Report) -> Result<(), ProofError> {
        let look = async || {
            self.catalog.standing_of(self.archive.ledger_checkpoint().await?).await.map_err(ProofError::from)
        };
        // A daemon may have published between the look at the store and that into the catalogue: then the next ones agree.
        if let Standing::Amiss(_) = look().await?
            && let Standing::Amiss(amiss) = look().await?
        {
            our_store(self.catalog, self.archive).await?;
            report.find(amiss.to_string());
        }
        Ok(())
    }

    async fn check_tiles(
        &self,
        report: &mut Report,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), ProofError> {
        let mut after = String::new();
        loop {
            let page = self.catalog.tiles_after(after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.object_key.as_str().to_owned();
            let reads = page.into_iter().map(|tile| self.read_tile(tile));
            let mut reads = stream::iter(reads).buffered(READS);
            while let Some(found) = reads.try_next().await? {
                report.tiles += 1;
                if let Some(finding) = found {
                    report.find(finding);
                }
                if report.tiles.is_multiple_of(u64::from(WIDTH)) {
                    progress(report.leaves + report.tiles);
                }
            }
        }
    }

    /// What is wrong with one object of the tree.
    async fn read_tile(&self, tile: TileRow) -> Result<Option<String>, ProofError> {
        let TileRow { object_key, sha256 } = tile;
        let name = object_key.as_str();
        match self.archive.read_back(&object_key).await {
            Ok(found) if found == sha256 => Ok(None),
            Ok(_) => Ok(Some(format!("{name} in the store was changed"))),
            Err(ArchiveError::Missing) => {
                our_store(self.catalog, self.archive).await?;
                Ok(Some(format!("{name} is missing in the store")))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The leaf is what was hashed; what its evidence says by now must be the same.
fn check_leaf(leaf: &LeafRow, report: &mut Report) {
    if leaf.by_evidence.as_ref().is_some_and(|entry| *entry != leaf.entry) {
        report.find(format!(
            "leaf {} does not say what the catalogue says of its photo or object",
            leaf.number
        ));
    }
}
