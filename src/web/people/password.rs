//! Hashing passwords: Argon2id, one at a time, so that guessing cannot take the machine from the hook.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::web::error::WebError;

/// A password that is the only factor is at least so long (NIST SP 800-63B-4, section 3.1.1.2).
const LENGTH_MIN: usize = 15;
/// Longer ones are no safer and cost the hasher; the same section asks for 64 at least.
const LENGTH_MAX: usize = 256;
/// How many wait for their turn; each takes some hundredths of a second.
const WAITING_MAX: usize = 32;

/// The hasher of this process.
pub struct Passwords {
    turn: Semaphore,
    waiting: Semaphore,
    /// Compared with where there is no such person, so that the time does not tell.
    nobody: String,
}

impl Default for Passwords {
    fn default() -> Self {
        let nobody = hash("nobody has this password", rand::random()).unwrap_or_default();
        Self { turn: Semaphore::new(1), waiting: Semaphore::new(WAITING_MAX), nobody }
    }
}

impl Passwords {
    /// A PHC string for a new password; the sentence where it is too short or too long.
    pub(in crate::web) async fn hash(&self, password: &str) -> Result<String, WebError> {
        let length = password.chars().count();
        if length < LENGTH_MIN {
            return Err(WebError::BadRequest(format!(
                "the password must have at least {LENGTH_MIN} characters: four or five words are easy to remember"
            )));
        }
        if length > LENGTH_MAX {
            return Err(WebError::BadRequest(format!(
                "the password may have at most {LENGTH_MAX} characters"
            )));
        }
        let password = password.to_owned();
        self.in_turn(move || hash(&password, rand::random())).await?.ok_or(WebError::Busy)
    }

    /// Whether a password is the one behind a PHC string; of nobody's, it takes the same time to be no.
    pub(in crate::web) async fn verify(
        &self,
        password: &str,
        known: Option<String>,
    ) -> Result<bool, WebError> {
        let is_somebody = known.is_some();
        let known = known.unwrap_or_else(|| self.nobody.clone());
        let password: String = password.chars().take(LENGTH_MAX + 1).collect();
        Ok(self.in_turn(move || verify(&password, &known)).await? && is_somebody)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WebError> {
        let _waiting = self.waiting.try_acquire().map_err(|_full| WebError::Busy)?;
        let _turn = self.turn.acquire().await.map_err(|_closed| WebError::Busy)?;
        tokio::task::spawn_blocking(work).await.map_err(|_panicked| WebError::Busy)
    }
}

/// With the crate's parameters, those of the OWASP cheat sheet on storing passwords: 19 MiB, two passes, one lane.
fn hash(password: &str, salt: [u8; 16]) -> Option<String> {
    let hashed: PasswordHash =
        Argon2::default().hash_password_with_salt(normalized(password).as_bytes(), &salt).ok()?;
    Some(hashed.to_string())
}

fn verify(password: &str, known: &str) -> bool {
    PasswordHash::new(known)
        .is_ok_and(|known| Argon2::default().verify_password(normalized(password).as_bytes(), &known).is_ok())
}

/// The same letters from another keyboard are the same password (NIST SP 800-63B-4, section 3.1.1.2).
fn normalized(password: &str) -> String {
    password.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let passwords = Passwords::default();
        let known = passwords.hash("caf\u{e9} horse battery staple").await.unwrap();
        assert!(known.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{known}");
        let is = async |password: &str| passwords.verify(password, Some(known.clone())).await.unwrap();
        assert!(is("cafe\u{301} horse battery staple").await, "composed otherwise");
        assert!(!is("cafe horse battery staple").await && !is("").await);
        assert!(!passwords.verify("nobody has this password", None).await.unwrap());
        assert!(!passwords.verify("any", Some("no hash".to_owned())).await.unwrap());
    }

    #[tokio::test]
    async fn a_short_password_is_refused_with_a_sentence() {
        let refused = Passwords::default().hash("fourteen chars").await.unwrap_err().to_string();
        assert!(refused.contains("at least 15 characters"), "{refused}");
        assert!(Passwords::default().hash(&"long ".repeat(60)).await.is_err());
    }
}
