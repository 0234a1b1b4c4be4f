//! A secret that stands for somebody: of a session, a link or an API token. Never shown by `Debug`, never stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::photo::Sha256;

/// 256 random bits: nobody guesses one, so that its plain SHA-256 is enough to know it again.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(String);

impl Bearer {
    /// A new one.
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// A new one for the API, to be known by its first letters where it turns up.
    pub fn for_api() -> Self {
        Self(format!("km_{}", Self::random().0))
    }

    /// The secret itself, to be handed out once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the catalogue keeps of it.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_is_no_other_and_hides_itself() {
        let (one, other) = (Bearer::random(), Bearer::for_api());
        assert_ne!(one, Bearer::random());
        assert!(other.reveal().starts_with("km_") && other.reveal().len() == 46);
        assert!(!format!("{one:?}").contains(one.reveal()));
        assert_eq!(one.sha256(), Sha256::of(one.reveal().as_bytes()));
    }
}
