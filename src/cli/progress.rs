//! The bar of a long command: on stderr, and only on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many of these things; its message says what is done with them just now.
pub(super) fn bar(length: i64, things: &str) -> ProgressBar {
    let template = format!("{{wide_bar}} {{pos}} of {{len}} {things}, {{eta}} left{{msg}}");
    let bar = ProgressBar::new(length.unsigned_abs());
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
