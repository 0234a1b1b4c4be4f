//! `keepmark audit`: codes against the archive, and the archive against its store.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use super::{Ended, catalog_beside};
use crate::app::clock;
use crate::archive::Archive;
use crate::audit::Audit;
use crate::audit::code::{BATCH, Depth};
use crate::audit::list::CodeList;
use crate::audit::report::{Form, Report};
use crate::config::Config;
use crate::domain::code::clean;

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
    let Options { codes, file, no_read, format } = options;
    let audit = Audit { catalog: catalog_beside(config)?, archive: Archive::open(&config.archive)?, clock };
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
            let codes = codes.iter().filter_map(|code| clean(code)).collect::<Vec<_>>().join("\n");
            of_list(&audit, CodeList::open(codes.as_bytes())?, depth, format.form()).await
        }
    }
}

fn open(path: &Path) -> anyhow::Result<CodeList<File>> {
    let file = File::open(path).with_context(|| in_file(path))?;
    CodeList::open(file).with_context(|| in_file(path))
}

fn in_file(path: &Path) -> String {
    format!("could not read the codes in {}", path.display())
}

/// Rows are printed as they are found: neither the list nor the result is held.
async fn of_list<R: Read>(
    audit: &Audit,
    mut list: CodeList<R>,
    depth: Depth,
    form: Form,
) -> anyhow::Result<Ended> {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let (mut report, head) = Report::begin(form);
    out.write_all(&head)?;
    loop {
        let batch = list.next_batch(BATCH)?;
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
