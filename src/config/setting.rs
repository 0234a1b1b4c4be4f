//! One setting: its value, where the value came from, and the readings that several components share.
//!
//! Never: quotes a text in an error, because the wrong text may be a misplaced password.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Value;
use url::Url;

use super::ConfigError;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The compiled-in `config.toml`.
    Defaults,
    /// A configuration file.
    File(PathBuf),
    /// The environment.
    Variable,
}

/// The value of one setting. It has the type that the compiled-in `config.toml` gives this setting.
#[derive(Clone)]
pub(super) struct Setting {
    pub key: String,
    pub value: Value,
    pub place: Place,
}

/// The name of the variable that overrides a setting.
pub(super) fn variable_name(key: &str) -> String {
    format!("KEEPMARK__{}", key.to_uppercase().replace('.', "__"))
}

/// A setting as an operator finds it.
pub(super) fn described(key: &str, place: &Place) -> String {
    match place {
        Place::Defaults => format!("`{key}`"),
        Place::File(path) => format!("`{key}` in {}", path.display()),
        Place::Variable => variable_name(key),
    }
}

impl Setting {
    /// A text, perhaps empty.
    pub fn text(&self) -> &str {
        self.value.as_str().expect("this setting is a text in config.toml, and every layer keeps its type")
    }

    /// A text, or nothing where it is empty.
    pub fn given_text(&self) -> Option<&str> {
        Some(self.text()).filter(|text| !text.is_empty())
    }

    /// A text that must not be empty.
    pub fn needed_text(&self) -> Result<&str, ConfigError> {
        self.given_text().ok_or_else(|| self.refused("must not be empty"))
    }

    /// A path, or nothing where it is empty.
    pub fn given_path(&self) -> Option<&Path> {
        self.given_text().map(Path::new)
    }

    /// `true` or `false`.
    pub fn flag(&self) -> bool {
        self.value.as_bool().expect("this setting is a flag in config.toml, and every layer keeps its type")
    }

    /// A whole number in a range.
    pub fn number<T>(&self, range: RangeInclusive<T>) -> Result<T, ConfigError>
    where
        T: TryFrom<i64> + PartialOrd + fmt::Display,
    {
        let number = self.value.as_integer();
        let number = number.expect("this setting is a number in config.toml, and every layer keeps its type");
        T::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
            self.refused(format!("must be {} to {}, not {number}", range.start(), range.end()))
        })
    }

    /// A length of time written in seconds.
    pub fn seconds(&self, range: RangeInclusive<u64>) -> Result<Duration, ConfigError> {
        self.number(range).map(Duration::from_secs)
    }

    /// A list of texts, each read by the function; its reason is a clause such as "it is no IP address".
    pub fn list<T, E: fmt::Display>(
        &self,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Vec<T>, ConfigError> {
        let items = self.value.as_array();
        let items = items.expect("this setting is a list in config.toml, and every layer keeps its type");
        let texts = items.iter().filter_map(Value::as_str).enumerate();
        let wrong = |index, why| self.refused(format!("has a wrong entry {}: {why}", index + 1));
        texts.map(|(index, text)| read(text).map_err(|why| wrong(index, why))).collect()
    }

    /// An address on the web, or nothing where it is empty.
    pub fn given_url(&self) -> Result<Option<Url>, ConfigError> {
        let Some(text) = self.given_text() else { return Ok(None) };
        let url = Url::parse(text)
            .map_err(|why| self.refused(format!("is no URL such as https://example.com: {why}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(self.refused("must not carry a user name or password"));
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err(self.refused("must begin with https:// or http://"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(self.refused("must end before any ? or #"));
        }
        Ok(Some(url))
    }

    /// The error that this value is not one the setting takes; `problem` is a predicate.
    pub fn refused(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::Refused { setting: self.described(), problem: problem.into() }
    }

    /// The error that this value and another exclude each other; `problem` is a predicate for both.
    pub fn contradicts(&self, other: &Self, problem: &'static str) -> ConfigError {
        ConfigError::Contradiction { first: self.described(), second: other.described(), problem }
    }

    /// The setting as an operator finds it.
    pub fn described(&self) -> String {
        described(&self.key, &self.place)
    }
}
