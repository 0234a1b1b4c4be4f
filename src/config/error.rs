//! What can be wrong with a configuration.
//!
//! Never: holds a value that may be secret. Texts of secrets and URLs do not come in here at all, and the TOML
//! library's own errors, which quote the line, are not kept as a source.

use std::io;
use std::path::PathBuf;

/// Why the configuration was refused; each says what to do. `setting` is the place as an operator finds it:
/// `` `server.listen` in /etc/keepmark/config.toml `` or the name of the variable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file was named that is not there.
    #[error(
        "the configuration file {path}, named by {named_by}, does not exist: create it or correct {named_by}",
        path = path.display()
    )]
    MissingFile {
        /// As it was named.
        path: PathBuf,
        /// `--config` or `KEEPMARK_CONFIG`.
        named_by: &'static str,
    },
    /// A file is there and cannot be read.
    #[error(
        "cannot read the configuration file {path}: let the user that runs keepmark read it",
        path = path.display()
    )]
    UnreadableFile {
        /// As it was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{path} is not valid TOML at line {line}, column {column}: {problem}", path = path.display())]
    Syntax {
        /// As it was named.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// In characters, from 1.
        column: usize,
        /// The parser's reason, without the text it read.
        problem: String,
    },
    /// A name that no setting has.
    #[error("unknown {what}: {advice}")]
    Unknown {
        /// `` setting `server.listn` in /path `` or `variable KEEPMARK__SERVER__LISTN`.
        what: String,
        /// The nearest known names, or all those that could be meant.
        advice: String,
    },
    /// A number where a text belongs, and the like.
    #[error("{setting} must be {expected}, for example `{example}`")]
    WrongType {
        /// Where.
        setting: String,
        /// The type in words.
        expected: &'static str,
        /// A line that is right.
        example: String,
    },
    /// The right type, but no value that this setting takes.
    #[error("{setting} {problem}")]
    Refused {
        /// Where.
        setting: String,
        /// A predicate: `must …`.
        problem: String,
    },
    /// Two settings that exclude each other.
    #[error("{first} and {second} {problem}")]
    Contradiction {
        /// Where.
        first: String,
        /// Where.
        second: String,
        /// A predicate for both.
        problem: &'static str,
    },
    /// A variable of ours whose bytes are no text.
    #[error("the value of {variable} is not valid UTF-8: set it again, or unset it")]
    NotUtf8 {
        /// Its name.
        variable: String,
    },
    /// The file that a `…_file` setting names. Its path stays out: the secret itself may have been written there.
    #[error(
        "{setting} names a file that cannot be read: write its path, not the secret itself, \
         and let the user that runs keepmark read it"
    )]
    UnreadableSecret {
        /// Where.
        setting: String,
        /// What the system said.
        source: io::Error,
    },
}
