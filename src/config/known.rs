//! The names of all settings, and advice about a name that is none of them.
//!
//! Never: accepts a name that is nearly right.

use std::collections::BTreeSet;

use super::ConfigError;
use super::setting::{Place, described, variable_name};

/// The dotted names of all settings, in alphabetical order.
pub(super) struct Known<'a>(pub Vec<&'a str>);

impl<'a> Known<'a> {
    /// The sections, each once.
    pub fn sections(&self) -> BTreeSet<&'a str> {
        self.0.iter().map(|key| split(key).0).filter(|section| !section.is_empty()).collect()
    }

    /// The error about a name in a file that is no setting.
    pub fn unknown_in_file(&self, key: &str, place: &Place) -> ConfigError {
        let what = format!("setting {}", described(key, place));
        ConfigError::Unknown { what, advice: self.advice(key, in_file) }
    }

    /// The error about a section in a file that no setting has, and that holds none.
    pub fn unknown_section(&self, section: &str, place: &Place) -> ConfigError {
        let what = format!("section {}", described(section, place));
        ConfigError::Unknown { what, advice: self.list(section) }
    }

    /// The error about a variable that begins like ours and is no setting.
    pub fn unknown_variable(&self, name: &str) -> ConfigError {
        let key =
            name.trim_start_matches("KEEPMARK").trim_start_matches('_').to_lowercase().replace("__", ".");
        ConfigError::Unknown { what: format!("variable {name}"), advice: self.advice(&key, variable_name) }
    }

    /// Whether a variable is one of ours but for the number of its underscores: it would be ignored in silence.
    pub fn misses_underscores(&self, name: &str) -> bool {
        let single = |name: &str| name.replace("__", "_");
        self.0.iter().any(|key| single(&variable_name(key)) == single(name))
    }

    fn advice(&self, key: &str, written: impl Fn(&str) -> String) -> String {
        let nearest: Vec<_> = self.nearest(key).into_iter().map(written).collect();
        if nearest.is_empty() {
            self.list(split(key).0)
        } else {
            format!("did you mean {}?", nearest.join(" or "))
        }
    }

    /// The names that are fewest slips away, where those are few. A right setting in the wrong section is one.
    fn nearest(&self, wrong: &str) -> Vec<&'a str> {
        let (wrong_section, wrong_leaf) = split(wrong);
        let slips_max = 1 + (wrong_leaf.chars().count() / 3).max(1);
        let slips = |key: &str| {
            let (section, leaf) = split(key);
            let elsewhere = usize::from(section != wrong_section);
            strsim::damerau_levenshtein(key, wrong)
                .min(strsim::damerau_levenshtein(leaf, wrong_leaf) + elsewhere)
        };
        let least = self.0.iter().map(|key| slips(key)).min().filter(|least| *least <= slips_max);
        self.0.iter().copied().filter(|key| Some(slips(key)) == least).collect()
    }

    /// What the section holds; where it is none, which sections there are.
    fn list(&self, section: &str) -> String {
        let inside = self.0.iter().map(|key| split(key)).filter(|(of, _)| *of == section && !of.is_empty());
        let inside: Vec<_> = inside.map(|(_, leaf)| format!("`{leaf}`")).collect();
        if inside.is_empty() {
            let sections: Vec<_> = self.sections().iter().map(|section| format!("`{section}`")).collect();
            format!("the sections are {}", sections.join(", "))
        } else {
            format!("the settings of `{section}` are {}", inside.join(", "))
        }
    }
}

/// The section, empty for a setting outside of all sections, and the name inside it.
fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or(("", key))
}

fn in_file(key: &str) -> String {
    if key.contains('.') { format!("`{key}`") } else { format!("`{key}`, above the first [section]") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = [
        "archive.allow_http",
        "fetch.allow_http",
        "log.level",
        "server.listen",
        "server.public_url",
        "state_dir",
    ];

    fn advice(wrong: &str) -> String {
        Known(KNOWN.to_vec()).advice(wrong, in_file)
    }

    #[test]
    fn slips_of_the_setting_the_section_and_both_find_the_setting() {
        for wrong in ["server.listn", "servr.listen", "servr.listn", "listen", "log.listen", "server_listen"]
        {
            assert_eq!(advice(wrong), "did you mean `server.listen`?", "{wrong}");
        }
        assert_eq!(advice("server.state_dir"), "did you mean `state_dir`, above the first [section]?");
        assert_eq!(advice("fetch.allow_htp"), "did you mean `fetch.allow_http`?");
        assert_eq!(advice("allow_http"), "did you mean `archive.allow_http` or `fetch.allow_http`?");
    }

    #[test]
    fn a_name_like_no_other_lists_what_could_be_meant() {
        assert_eq!(advice("server.port"), "the settings of `server` are `listen`, `public_url`");
        assert_eq!(advice("smtp.relay"), "the sections are `archive`, `fetch`, `log`, `server`");
        assert_eq!(advice("relay"), "the sections are `archive`, `fetch`, `log`, `server`");
    }

    #[test]
    fn a_variable_with_too_few_underscores_is_noticed_and_others_are_let_alone() {
        let known = Known(KNOWN.to_vec());
        assert!(
            known.misses_underscores("KEEPMARK_SERVER_LISTEN")
                && known.misses_underscores("KEEPMARK_STATE_DIR")
        );
        assert!(!known.misses_underscores("KEEPMARK_SERVICE_HOST"), "Kubernetes sets this one");
        assert!(!known.misses_underscores("KEEPMARK_CONFIG"));
    }
}
