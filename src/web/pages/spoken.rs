//! Numbers and times as HTML: in plain English, marked so that the script says them in the reader's own language.
//!
//! Nothing here holds text of others: what stands between the marks is digits and names of months and days.

use std::fmt::{Display, Formatter, Result};

use askama::filters::HtmlSafe;
use jiff::civil::{Date, DateTime};

use super::words::{Moment, thousands};

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct Count(pub i64);

/// A number of tenths, as `3.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tenths(pub u64);

/// `1 photo`, `12 photos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) struct Photos(pub i64);

/// A civil time at the place of a photo, to the day, month or second. It belongs to no zone and is never shifted.
#[derive(Debug, Clone)]
pub(in crate::web) struct Civil {
    datetime: String,
    text: String,
}

/// Sentences of our own with numbers in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Sentences(String);

impl Sentences {
    /// Goes on with words of the program.
    pub(super) fn say(mut self, words: &'static str) -> Self {
        self.0.push_str(words);
        self
    }

    /// Goes on with what is HTML already.
    pub(super) fn tell(mut self, marked: impl HtmlSafe) -> Self {
        self.0.push_str(&marked.to_string());
        self
    }
}

impl Civil {
    /// A time, written as jiff's strftime says.
    pub(super) fn time(at: DateTime, format: &str) -> Self {
        Self { datetime: at.to_string(), text: at.strftime(format).to_string() }
    }

    /// A day, written as jiff's strftime says.
    pub(super) fn day(day: Date, format: &str) -> Self {
        Self { datetime: day.to_string(), text: day.strftime(format).to_string() }
    }

    /// A month and its year.
    pub(super) fn month(first: Date) -> Self {
        Self { datetime: first.strftime("%Y-%m").to_string(), text: first.strftime("%B %Y").to_string() }
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "<data value=\"{}\">{}</data>", self.0, thousands(self.0))
    }
}

impl Display for Tenths {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let text = format!("{}.{}", self.0 / 10, self.0 % 10);
        write!(f, "<data value=\"{text}\">{text}</data>")
    }
}

impl Display for Photos {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", Count(self.0), if self.0 == 1 { "photo" } else { "photos" })
    }
}

impl Display for Civil {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "<time datetime=\"{}\" data-local>{}</time>", self.datetime, self.text)
    }
}

impl Display for Moment {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "<time datetime=\"{}\">{}</time>", self.datetime, self.text)
    }
}

impl Display for Sentences {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Sentences {}
impl HtmlSafe for Count {}
impl HtmlSafe for Tenths {}
impl HtmlSafe for Photos {}
impl HtmlSafe for Civil {}
impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_carry_what_a_program_reads() {
        assert_eq!(Photos(1).to_string(), "<data value=\"1\">1</data> photo");
        assert_eq!(Photos(1234).to_string(), "<data value=\"1234\">1\u{2009}234</data> photos");
        let day = jiff::civil::date(2025, 12, 11);
        let month = Civil::month(day).to_string();
        assert_eq!(month, "<time datetime=\"2025-12\" data-local>December 2025</time>");
        let time = Civil::time(day.at(13, 45, 0, 0), "%H:%M").to_string();
        assert_eq!(time, "<time datetime=\"2025-12-11T13:45:00\" data-local>13:45</time>");
    }
}
