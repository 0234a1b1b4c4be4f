//! The layers of the configuration: the compiled-in `config.toml`, a file, the environment.
//!
//! Never: holds a default (they stand in `config.toml` alone), reads the process's environment, or lets an
//! unknown name pass.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use toml::{Table, Value};

use super::ConfigError;
use super::known::Known;
use super::setting::{Place, Setting, described, variable_name};

/// Every setting with its default and its why.
pub(super) const DEFAULTS: &str = include_str!("../../config.toml");

const PREFIX: &str = "KEEPMARK_";

/// All settings, each with the value of the topmost layer that gives one.
pub(super) struct Settings {
    /// Those that no component has taken yet, by dotted name.
    pub(super) left: BTreeMap<String, Setting>,
}

impl Settings {
    /// The settings of a `config.toml`.
    pub fn defaults(text: &str) -> Self {
        let table: Table = text.parse().expect("config.toml is compiled in, and a test parses it");
        let mut settings = Self { left: BTreeMap::new() };
        settings.insert_defaults("", table);
        settings
    }

    fn insert_defaults(&mut self, section: &str, table: Table) {
        for (name, value) in table {
            let key = dotted(section, &name);
            match value {
                Value::Table(inner) => self.insert_defaults(&key, inner),
                value => {
                    self.left.insert(key.clone(), Setting { key, value, place: Place::Defaults });
                }
            }
        }
    }

    /// Lays a file over what is there.
    pub fn overlay_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let table: Table = text.parse().map_err(|error| syntax_error(path, text, &error))?;
        self.overlay_table("", table, &Place::File(path.to_owned()))
    }

    fn overlay_table(&mut self, section: &str, table: Table, place: &Place) -> Result<(), ConfigError> {
        for (name, value) in table {
            let key = dotted(section, &name);
            if let Some(setting) = self.left.get_mut(&key) {
                if !same_type(&setting.value, &value) {
                    return Err(wrong_type(setting, place));
                }
                setting.value = value;
                setting.place = place.clone();
                continue;
            }
            let known = self.known();
            let is_section = known.sections().contains(key.as_str());
            match value {
                Value::Table(inner) if is_section || !inner.is_empty() => {
                    self.overlay_table(&key, inner, place)?;
                }
                Value::Table(_) => return Err(known.unknown_section(&key, place)),
                _ if is_section => return Err(no_section(&key, place)),
                _ => return Err(known.unknown_in_file(&key, place)),
            }
        }
        Ok(())
    }

    /// Lays the environment over what is there and returns the names of the variables that did, sorted.
    pub fn overlay_environment(
        &mut self,
        environment: &[(OsString, OsString)],
    ) -> Result<Vec<String>, ConfigError> {
        let mut names = Vec::new();
        for (name, value) in environment {
            let name = name.to_string_lossy();
            if name.starts_with(PREFIX) && self.overlay_variable(&name, value)? {
                names.push(name.into_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Whether the variable is a setting.
    fn overlay_variable(&mut self, name: &str, value: &OsStr) -> Result<bool, ConfigError> {
        let Some(setting) = self.left.values_mut().find(|setting| variable_name(&setting.key) == name) else {
            let known = self.known();
            if name.starts_with("KEEPMARK__") || known.misses_underscores(name) {
                return Err(known.unknown_variable(name));
            }
            return Ok(false);
        };
        let text = value.to_str().ok_or_else(|| ConfigError::NotUtf8 { variable: name.to_owned() })?;
        setting.value = typed(text, &setting.value).ok_or_else(|| wrong_type(setting, &Place::Variable))?;
        setting.place = Place::Variable;
        Ok(true)
    }

    /// Hands a setting to the component that spends it.
    pub fn take(&mut self, key: &str) -> Setting {
        self.left.remove(key).expect("each load takes every setting once, and a test loads config.toml")
    }

    fn known(&self) -> Known<'_> {
        Known(self.left.keys().map(String::as_str).collect())
    }
}

/// A name with a dot of its own (`"server.listen" = …`) keeps its quotes, so that it equals no setting.
fn dotted(section: &str, name: &str) -> String {
    let name = if name.contains('.') { format!("\"{name}\"") } else { name.to_owned() };
    if section.is_empty() { name } else { format!("{section}.{name}") }
}

/// Every list in `config.toml` is one of texts.
fn same_type(default: &Value, value: &Value) -> bool {
    let texts_only = value.as_array().is_none_or(|items| items.iter().all(Value::is_str));
    default.same_type(value) && texts_only
}

/// The text of a variable as a value of the default's type.
fn typed(text: &str, default: &Value) -> Option<Value> {
    let parsed = || text.trim().parse().ok().filter(|value| same_type(default, value));
    match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Array(_) if text.trim().is_empty() => Some(Value::Array(Vec::new())),
        // `[::1]:8470` opens a bracket too, but does not end with one.
        Value::Array(_) if !(text.trim().starts_with('[') && text.trim().ends_with(']')) => {
            Some(Value::Array(vec![Value::String(text.trim().to_owned())]))
        }
        _ => parsed(),
    }
}

/// The example never shows a text that was set: it may be a secret.
fn wrong_type(setting: &Setting, place: &Place) -> ConfigError {
    let (expected, value) = match &setting.value {
        Value::String(_) => ("a text in quotes", "\"…\"".to_owned()),
        Value::Integer(number) => ("a whole number", number.to_string()),
        Value::Boolean(_) => ("true or false", "false".to_owned()),
        _ => ("a list of texts", "[\"…\", \"…\"]".to_owned()),
    };
    let example = match place {
        Place::Variable if value.starts_with('[') => format!("{}='{value}'", variable_name(&setting.key)),
        Place::Variable => format!("{}={value}", variable_name(&setting.key)),
        _ => format!("{} = {value}", setting.key.rsplit('.').next().unwrap_or_default()),
    };
    ConfigError::WrongType { setting: described(&setting.key, place), expected, example }
}

fn no_section(section: &str, place: &Place) -> ConfigError {
    ConfigError::WrongType {
        setting: described(section, place),
        expected: "a section with its settings in the lines below it",
        example: format!("[{section}]"),
    }
}

/// The parser's message without the line it quotes, which may hold a secret.
fn syntax_error(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    ConfigError::Syntax {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        problem: error.message().to_owned(),
    }
}
