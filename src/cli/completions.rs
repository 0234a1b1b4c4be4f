//! `keepmark completions SHELL` and `keepmark man`: what packages install beside the program.

use std::io::{self, Write as _};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Ended};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The shell that is to know the commands.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints a script for the shell.
pub(super) fn complete(options: &Options) -> Ended {
    clap_complete::generate(options.shell, &mut Cli::command(), "keepmark", &mut io::stdout());
    Ended::Well
}

/// Prints the manual, all commands on one page: roff, for section 1.
pub(super) fn manual() -> anyhow::Result<Ended> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    // Subcommands learn their full names, "keepmark hook rotate", and the options of all commands.
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for subcommand in leaves(&command) {
        render_section(subcommand, &mut page)?;
    }
    io::stdout().write_all(&page)?;
    Ok(Ended::Well)
}

/// The commands that do something, in the order of the help.
fn leaves(command: &clap::Command) -> Vec<&clap::Command> {
    let subcommands = command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help");
    let leaves_of = |subcommand| {
        let below = leaves(subcommand);
        if below.is_empty() { vec![subcommand] } else { below }
    };
    subcommands.flat_map(leaves_of).collect()
}

fn render_section(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    writeln!(page, ".SH \"{name}\"")?;
    let man = clap_mangen::Man::new(command.clone());
    let mut body = Vec::new();
    man.render_description_section(&mut body)?;
    man.render_options_section(&mut body)?;
    // Sections of the subcommand's own become parts of its section here.
    let body =
        String::from_utf8_lossy(&body).replace(".SH DESCRIPTION\n", "").replace(".SH OPTIONS", ".SS Options");
    page.write_all(body.as_bytes())
}
