//! The whole ledger derived again: every root from the leaves, every object of the tree from the store.
//!
//! Never changes anything, and never stops at the first finding.

use std::collections::VecDeque;
use std::convert::Infallible;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::ProofError;
use crate::archive::{Archive, ArchiveError};
use crate::catalog::Catalog;
use crate::catalog::ledger_check::{LeafRow, TileRow};
use crate::catalog::ledger_checkpoint::Signed;
use crate::domain::ledger::checkpoint::{self, NotACheckpoint};
use crate::domain::ledger::entry::leaf_hash;
use crate::domain::ledger::key::PublicKey;
use crate::domain::ledger::standing::Standing;
use crate::domain::ledger::tile::{Kind, TileName, WIDTH};
use crate::domain::ledger::tree::Edge;
use crate::domain::photo::Sha256;

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
        let keys = self.catalog.ledger_keys().await?;
        if !keys.is_empty() {
            self.check_leaves(&keys, &mut report, &mut progress).await?;
        } else if self.against.is_some() {
            report.find("nothing was ever published of this ledger, and there is a checkpoint: the catalogue is not the one that signed it".to_owned());
        }
        self.check_tiles(&mut report, &mut progress).await?;
        self.check_standing(&mut report).await?;
        Ok(report)
    }

    async fn check_leaves(
        &self,
        keys: &[PublicKey],
        report: &mut Report,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), ProofError> {
        let mut roots = Roots::new(self, keys, report).await?;
        let (mut edge, mut full) = (Edge::default(), Vec::new());
        loop {
            let page = self.catalog.leaves_from(edge.size()).await?;
            if page.is_empty() {
                break;
            }
            for leaf in page {
                if leaf.number != edge.size() {
                    report.find(format!("leaf {} is missing in the database", edge.size()));
                    return Ok(());
                }
                check_leaf(&leaf, report);
                let leaf = leaf_hash(&leaf.entry);
                let Ok(()) = edge.push(leaf, |level, number, hashes| {
                    full.push((
                        TileName { kind: Kind::Hashes { level }, number, width: WIDTH },
                        Sha256::of(hashes),
                    ));
                    Ok::<_, Infallible>(())
                });
                roots.compare(self, &edge, report).await?;
            }
            for (tile, sha256) in full.drain(..) {
                if self.catalog.fixed_tile(tile).await?.is_some_and(|fixed| fixed != sha256) {
                    report.find(format!("ledger/{} does not hold the hashes of its leaves", tile.path()));
                }
            }
            report.leaves = edge.size();
            progress(report.leaves);
        }
        roots.beyond(report);
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
            let reads = page.into_iter().map(async |TileRow { object_key, sha256 }| {
                let name = object_key.as_str().to_owned();
                match self.archive.read_back(&object_key).await {
                    Ok(found) if found == sha256 => Ok(None),
                    Ok(_) => Ok(Some(format!("{name} in the store was changed"))),
                    Err(ArchiveError::Missing) => Ok(Some(format!("{name} is missing in the store"))),
                    Err(error) => Err(error),
                }
            });
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

/// The checkpoints that the roots along the way are held against.
struct Roots<'a> {
    keys: &'a [PublicKey],
    next: VecDeque<Signed>,
    /// The one that somebody kept.
    kept: Option<checkpoint::Checkpoint>,
    is_wrong: bool,
}

impl<'a> Roots<'a> {
    async fn new(
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

    async fn compare(
        &mut self,
        check: &LedgerCheck<'_>,
        edge: &Edge,
        report: &mut Report,
    ) -> Result<(), ProofError> {
        let size = edge.size();
        if let Some(kept) = self.kept.take_if(|kept| kept.size == size)
            && kept.root != edge.root()
        {
            report.find(format!(
                "the first {size} leaves are not those of the checkpoint that was kept: the ledger was rewritten after it"
            ));
        }
        while let Some(signed) = self.next.pop_front_if(|signed| signed.size == size) {
            self.compare_signed(&signed, edge, report);
            if self.next.is_empty() {
                self.next = check.catalog.checkpoints_from(size + 1).await?.into();
            }
        }
        Ok(())
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
    fn beyond(&self, report: &mut Report) {
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
