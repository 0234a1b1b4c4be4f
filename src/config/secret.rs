//! A text that must not be seen.
//!
//! Never: prints its value, in `Debug`, in an error or in a log.

use std::fmt;

/// A secret text. Only [`Secret::expose`] shows it, so that a search for that word finds every use.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for the one who must send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_printed_as_dots_and_told_only_on_demand() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?} {secret:#?}"), "… …");
        assert_eq!(secret.expose(), "hunter2");
    }
}
