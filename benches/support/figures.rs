//! Figures: quantiles, medians, and tables as Markdown writes them.

use std::time::Duration;

/// The value below which this share of all lies (nearest rank); 0 for none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of some million values"
    )]
    let rank = (sorted.len() as f64 * share).ceil().max(1.0) as usize;
    sorted.get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// The middle value.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// How many a second.
pub fn rate(count: usize, took: Duration) -> f64 {
    number(count) / took.as_secs_f64()
}

/// A count to calculate with.
pub fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Prints a table: its head and its rows, the first column to the left.
pub fn print_table<const COLUMNS: usize>(head: [&str; COLUMNS], rows: &[[String; COLUMNS]]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or_default()
    };
    let line = |cells: [&str; COLUMNS]| {
        let padded = cells.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<width$}", width = width(column)),
            _ => format!("{cell:>width$}", width = width(column)),
        });
        println!("| {} |", padded.collect::<Vec<_>>().join(" | "));
    };
    line(head);
    let rules: Vec<_> = (0..COLUMNS)
        .map(|column| match column {
            0 => "-".repeat(width(column)),
            _ => format!("{}:", "-".repeat(width(column) - 1)),
        })
        .collect();
    println!("| {} |", rules.join(" | "));
    for row in rows {
        line(row.each_ref().map(String::as_str));
    }
    println!();
}
