//! Passwords: argon2id off the async threads, a bounded number at once, common ones refused.

use std::{collections::HashSet, sync::Arc};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::{config::Config, problem::Problem};

/// Hashes at once: each takes 46 MiB and a core.
const AT_ONCE: usize = 2;
/// The least number of characters.
const LENGTH_MIN: usize = 10;
/// The most: more would only cost time.
const LENGTH_MAX: usize = 200;
/// Passwords everybody tries first, beside those in the operator's file.
const COMMON: &[&str] = &[
    "1234567890",
    "12345678910",
    "0123456789",
    "0987654321",
    "qwertyuiop",
    "password12",
    "password123",
    "password1234",
    "passw0rd123",
    "iloveyou123",
    "letmein1234",
    "welcome123",
    "welcome1234",
    "administrator",
    "changeme123",
    "qwerty12345",
    "abc1234567",
    "convene123",
    "convene1234",
    "therapy123",
    "1q2w3e4r5t",
    "monkey12345",
    "sunshine123",
];

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    breached: Arc<HashSet<String>>,
    /// A hash nobody's password has: checked when there is no user, so that both answers take as long.
    nobody: Arc<str>,
}

impl Passwords {
    /// Reads the operator's list of breached passwords, if there is one.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn new(config: &Config) -> std::io::Result<Self> {
        let listed = config.breached_passwords.as_ref().map(std::fs::read_to_string).transpose()?.unwrap_or_default();
        let breached = listed.lines().map(str::trim).chain(COMMON.iter().copied()).map(str::to_lowercase).collect();
        let cost = config.password_cost;
        let params = Params::new(cost.memory, cost.passes, 1, None).unwrap_or_default();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = argon2.hash_password(b"nobody").map(|hash| hash.to_string()).unwrap_or_default().into();
        Ok(Self { argon2, permits: Arc::new(Semaphore::new(AT_ONCE)), breached: Arc::new(breached), nobody })
    }

    /// Refuses a password that is too short, too long, too common, or the user's own address.
    ///
    /// # Errors
    /// 422 at the field `password`.
    pub fn check(&self, password: &str, email: &str) -> Result<(), Problem> {
        let length = password.chars().count();
        let refuse = |code, message: String| Err(Problem::invalid_field("password", code, message));
        if !(LENGTH_MIN..=LENGTH_MAX).contains(&length) {
            return refuse(
                "password_length",
                format!("must have {LENGTH_MIN} to {LENGTH_MAX} characters, and has {length}"),
            );
        }
        if self.breached.contains(&password.to_lowercase()) || password.eq_ignore_ascii_case(email) {
            return refuse("password_common", "is one that everybody tries first; choose another".to_owned());
        }
        Ok(())
    }

    /// The hash to store.
    ///
    /// # Errors
    /// 500 when hashing fails, which needs a defect.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        self.off_thread(move |argon2| argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok())
            .await?
            .ok_or_else(|| Problem::internal(&"a password can't be hashed"))
    }

    /// Whether the password is the one that was hashed; without a hash, as slow and never.
    ///
    /// # Errors
    /// 500 when the check fails, which needs a defect.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.to_string());
        let matches = self
            .off_thread(move |argon2| {
                PasswordHash::new(&hash).is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(matches && exists)
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _permit = self.permits.acquire().await.map_err(|error| Problem::internal(&error))?;
        let argon2 = self.argon2.clone();
        tokio::task::spawn_blocking(move || work(&argon2)).await.map_err(|error| Problem::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PasswordCost;

    #[tokio::test]
    async fn a_password_matches_only_its_own_hash() {
        let config = Config { password_cost: PasswordCost::TEST, ..Config::default() };
        let passwords = Passwords::new(&config).unwrap();
        let hash = passwords.hash("correct horse battery".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse battery".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody".to_owned(), None).await.unwrap(), "nobody can't sign in");
    }

    #[test]
    fn common_and_short_passwords_are_refused() {
        let passwords = Passwords::new(&Config { password_cost: PasswordCost::TEST, ..Config::default() }).unwrap();
        let code = |password: &str| passwords.check(password, "ann@example.org").unwrap_err().errors()[0].code.clone();
        assert_eq!(code("short"), "password_length");
        assert_eq!(code("Password123"), "password_common");
        assert_eq!(code("ann@example.org"), "password_common");
        assert!(passwords.check("a quiet river at dawn", "ann@example.org").is_ok());
    }
}
