//! `keepmark audit`: codes against the archive, and the archive against its store.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use super::{Ended, audit_run, catalog_beside};
use crate::app::clock;
use crate::archive::Archive;
use crate::audit::Audit;
use crate::audit::code::{BATCH, Depth};
use crate::audit::list::{CodeList, ListError};
use crate::audit::report::{Form, Report};
use crate::catalog::audit::run::Kind;
use crate::config::Config;
use crate::domain::code::clean;

/// The largest sample: beyond it, all is read as soon.
const SAMPLE_MAX: usize = 100_000;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Verification codes; `-` reads them from standard input.
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// Codes from a file: one a line, or a CSV with any separator.
    #[arg(long, value_name = "FILE", conflicts_with = "codes")]
    file: Option<PathBuf>,
    /// Say what is on record and read no object again.
    #[arg(long)]
    no_read: bool,
    /// Read every archived object again, then compare the store's list with the catalogue.
    #[arg(long, conflicts_with_all = ["codes", "file", "no_read"])]
    all: bool,
    /// Read the objects of so many photos again, drawn by lot.
    #[arg(long, value_name = "N", value_parser = photos_to_draw,
          conflicts_with_all = ["codes", "file", "no_read", "all"])]
    sample: Option<usize>,
    /// Draw the sample again that was drawn with this seed.
    #[arg(long, requires = "sample")]
    seed: Option<String>,
    /// Only compare the store's list with the catalogue.
    #[arg(long, conflicts_with_all = ["codes", "file", "no_read", "all", "sample"])]
    inventory: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = FormName::Text)]
    format: FormName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormName {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

impl FormName {
    fn form(self) -> Form {
        match self {
            Self::Text => Form::Text,
            Self::Json => Form::Json,
            Self::Csv => Form::Csv,
        }
    }
}

pub(super) async fn run(config: &Config, options: Options) -> anyhow::Result<Ended> {
    let Options { codes, file, no_read, all, sample, seed, inventory, format } = options;
    let audit = Audit { catalog: catalog_beside(config)?, archive: Archive::open(&config.archive)?, clock };
    let is_named = seed.is_some();
    let seed = seed.unwrap_or_else(|| format!("{:016x}", rand::random::<u64>()));
    let kind = match (all, inventory, sample) {
        (true, ..) => Some(Kind::All),
        (_, true, _) => Some(Kind::Inventory),
        (.., Some(photos)) => Some(Kind::Sample { photos, seed, is_named }),
        (false, false, None) => None,
    };
    if let Some(kind) = kind {
        return audit_run::run(config, &audit, kind, format.form()).await;
    }
    let depth = if no_read { Depth::Records } else { Depth::Objects };
    if let Some(path) = file {
        let codes = open(&path)?.count().with_context(|| in_file(&path))?;
        tracing::debug!(codes, "the list is whole");
        return of_list(&audit, open(&path)?, depth, format.form()).await;
    }
    match codes.as_slice() {
        [] => bail!("name codes, or a file of them: `keepmark audit --help` says how"),
        [dash] if dash == "-" => {
            of_list(&audit, CodeList::open(std::io::stdin())?, depth, format.form()).await
        }
        codes => {
            let list = codes.iter().filter_map(|code| clean(code)).collect::<Vec<_>>();
            let mut batches = list.chunks(BATCH);
            of_batches(&audit, || Ok(batches.next().unwrap_or_default().to_vec()), depth, format.form()).await
        }
    }
}

fn photos_to_draw(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(photos @ 1..=SAMPLE_MAX) => Ok(photos),
        _ => Err(format!(
            "a sample has 1 to {SAMPLE_MAX} photos: for more, `keepmark audit --all` reads every one as soon"
        )),
    }
}

fn open(path: &Path) -> anyhow::Result<CodeList<File>> {
    let file = File::open(path).with_context(|| in_file(path))?;
    CodeList::open(file).with_context(|| in_file(path))
}

fn in_file(path: &Path) -> String {
    format!("could not read the codes in {}", path.display())
}

async fn of_list<R: Read>(
    audit: &Audit,
    mut list: CodeList<R>,
    depth: Depth,
    form: Form,
) -> anyhow::Result<Ended> {
    of_batches(audit, || list.next_batch(BATCH), depth, form).await
}

/// Rows are printed as they are found: neither the list nor the result is held.
async fn of_batches(
    audit: &Audit,
    mut next_batch: impl FnMut() -> Result<Vec<String>, ListError>,
    depth: Depth,
    form: Form,
) -> anyhow::Result<Ended> {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let (mut report, head) = Report::begin(form);
    out.write_all(&head)?;
    loop {
        let batch = next_batch()?;
        if batch.is_empty() {
            break;
        }
        for row in audit.codes(batch, depth).await? {
            out.write_all(&report.row(&row))?;
        }
        out.flush()?;
    }
    let (tail, counts) = report.end();
    out.write_all(&tail)?;
    out.flush()?;
    Ok(if counts.has_findings() { Ended::WithFindings } else { Ended::Well })
}
