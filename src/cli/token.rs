//! `keepmark token`: tokens for programs that use the API.

use anyhow::bail;
use clap::Subcommand;
use serde_json::json;

use super::user::RoleName;
use super::{Ended, FormatName, catalog_beside};
use crate::app::clock;
use crate::catalog::Catalog;
use crate::catalog::token::ApiToken;
use crate::config::Config;
use crate::web::Bearer;

const DAY_MS: i64 = 24 * 3600 * 1000;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a token and print it, alone on stdout. It is shown this once: only its hash is kept.
    Create {
        /// What the token is for; each name once.
        name: String,
        /// What its bearer may do.
        #[arg(long, value_enum, default_value_t = RoleName::Viewer)]
        role: RoleName,
        /// End the token after so many days. Without it the token works until it is revoked.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        expires: Option<u16>,
    },
    /// List the tokens, when each ends and when it was last used. Never the tokens themselves.
    List(super::Format),
    /// End a token now.
    Revoke {
        /// The name that it was made with.
        name: String,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<Ended> {
    let catalog = catalog_beside(config)?;
    match command {
        Command::Create { name, role, expires } => {
            let (secret, now_ms) = (Bearer::for_api(), clock().as_millisecond());
            let token = ApiToken {
                name,
                role: role.into(),
                created_at_ms: now_ms,
                expires_at_ms: expires.map(|days| now_ms + i64::from(days) * DAY_MS),
                last_used_at_ms: None,
            };
            catalog.add_api_token(token, secret.sha256()).await?;
            println!("{}", secret.reveal());
        }
        Command::List(format) => list(&catalog, format.format).await?,
        Command::Revoke { name } => {
            if !catalog.revoke_api_token(name.clone()).await? {
                bail!("there is no token named {name}: `keepmark token list` names them all");
            }
            eprintln!("{name} works no more");
        }
    }
    Ok(Ended::Well)
}

async fn list(catalog: &Catalog, format: FormatName) -> anyhow::Result<()> {
    let tokens = catalog.api_tokens().await?;
    let time = |ms: Option<i64>| ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    if format == FormatName::Json {
        let tokens: Vec<_> = tokens
            .iter()
            .map(|token| {
                json!({
                    "name": token.name,
                    "role": token.role.as_str(),
                    "created_at": time(Some(token.created_at_ms)),
                    "expires_at": time(token.expires_at_ms),
                    "last_used_at": time(token.last_used_at_ms),
                })
            })
            .collect();
        println!("{}", json!({"tokens": tokens}));
        return Ok(());
    }
    for token in tokens {
        let ends = match time(token.expires_at_ms) {
            Some(ends) if ends <= clock() => format!("ended {}", ends.strftime("%F")),
            Some(ends) => format!("ends {}", ends.strftime("%F")),
            None => "does not end".to_owned(),
        };
        let used = time(token.last_used_at_ms).map_or_else(
            || "never used".to_owned(),
            |used| format!("last used {}", used.strftime("%F %H:%M UTC")),
        );
        println!("{:8} {}, {ends}, {used}", token.role.as_str(), token.name);
    }
    Ok(())
}
