//! `keepmark token`: tokens for the API and for signing in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Subcommand, ValueEnum};

use super::{Ended, catalog_beside};
use crate::app::clock;
use crate::config::Config;
use crate::domain::access::Role;
use crate::domain::photo::Sha256;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token and print it, alone on stdout. It is shown this once: only its hash is kept.
    Create {
        /// What the token is for; each name once.
        name: String,
        /// What its bearer may do.
        #[arg(long, value_enum, default_value_t = RoleName::Viewer)]
        role: RoleName,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleName {
    /// See photos.
    Viewer,
    /// See photos and run audits.
    Auditor,
    /// Everything.
    Admin,
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<Ended> {
    let Command::Create { name, role } = command;
    let role = match role {
        RoleName::Viewer => Role::Viewer,
        RoleName::Auditor => Role::Auditor,
        RoleName::Admin => Role::Admin,
    };
    let token = format!("km_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    let catalog = catalog_beside(config)?;
    catalog.add_api_token(name, role, Sha256::of(token.as_bytes()), clock().as_millisecond()).await?;
    println!("{token}");
    Ok(Ended::Well)
}
