//! Who was recognized within the last second, so that a page's many requests ask the database once.
//!
//! A change made through this server counts at once: whoever writes to a table that callers are recognized by forgets
//! everybody. A change made through another server, or a command of the program, counts within [`KEPT`].

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use super::store::Profile;
use crate::door::Credential;

/// How long somebody stays recognized.
const KEPT: SignedDuration = SignedDuration::from_secs(1);
/// Past so many, everybody is forgotten: that costs each one look at the database.
const KNOWN_MAX: usize = 10_000;

/// The tables that say who a caller is and what they may do.
const TABLES: [&str; 5] = ["credentials", "organizations", "users", "roles", "practitioners"];

/// Whether a statement writes to what callers are recognized by.
pub fn changes_access(sql: &str) -> bool {
    let mut words = sql.split_ascii_whitespace();
    let table = match words.next() {
        Some("update") => words.next(),
        Some("insert" | "delete") => words.nth(1),
        _ => None,
    };
    table.is_some_and(|table| TABLES.contains(&table))
}

/// The credentials seen in the last second, by the hash of their secrets.
#[derive(Default)]
pub struct Recent(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Counts how often everybody was forgotten: what was read before must not be kept after.
    generation: u64,
    seen: HashMap<String, Seen>,
}

#[derive(Clone)]
struct Seen {
    at: Timestamp,
    credential: Credential,
    profile: Profile,
}

impl Seen {
    /// Also when the clock was set back, which must not make anything last.
    fn is_fresh(&self, now: Timestamp) -> bool {
        (SignedDuration::ZERO..KEPT).contains(&now.duration_since(self.at))
    }
}

impl Recent {
    /// The credential with this hash and the profile of its user, if both were read within the last second; else
    /// the generation to give to [`Recent::keep`].
    pub fn find(&self, hash: &str, now: Timestamp) -> Result<(Credential, Profile), u64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = known.seen.get(hash).filter(|seen| seen.is_fresh(now)).cloned();
        seen.map(|seen| (seen.credential, seen.profile)).ok_or(known.generation)
    }

    /// Keeps what was read since [`Recent::find`], unless everybody was forgotten in the meantime.
    pub fn keep(&self, generation: u64, hash: String, credential: Credential, profile: Profile, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.generation != generation {
            return;
        }
        if known.seen.len() >= KNOWN_MAX {
            known.seen.clear();
        }
        known.seen.insert(hash, Seen { at: now, credential, profile });
    }

    /// Forgets everybody: somebody may no longer do what they could, or is no longer signed in.
    pub fn forget(&self) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.generation += 1;
        known.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use rules::permissions::Role;

    use super::*;
    use crate::door::{CredentialKind, Organization};

    fn somebody(at: Timestamp) -> (Credential, Profile) {
        let id = rules::id::Id::from_uuid(uuid::Uuid::from_u128(7));
        let organization =
            Organization { id, short_code: "A1".to_owned(), name: "A".to_owned(), zone: "UTC".to_owned() };
        let credential = Credential {
            id: rules::id::Id::from_uuid(uuid::Uuid::from_u128(8)),
            kind: CredentialKind::Token,
            organization,
            user: rules::id::Id::from_uuid(uuid::Uuid::from_u128(9)),
            permissions: None,
            last_used_at: at,
            expires_at: at,
            reauthenticated_until: None,
            revoked_at: None,
        };
        (
            credential,
            Profile { name: "B".to_owned(), role: Role::Admin, own_role: None, flags: Vec::new(), practitioner: None },
        )
    }

    fn keep(recent: &Recent, generation: u64, now: Timestamp) {
        let (credential, profile) = somebody(now);
        recent.keep(generation, "hash".to_owned(), credential, profile, now);
    }

    #[test]
    fn somebody_is_known_for_a_second() {
        let (recent, now) = (Recent::default(), Timestamp::UNIX_EPOCH);
        keep(&recent, recent.find("hash", now).err().unwrap(), now);
        assert!(recent.find("hash", now).is_ok());
        assert!(recent.find("another", now).is_err());
        assert!(recent.find("hash", now + KEPT).is_err());
        assert!(recent.find("hash", now - KEPT).is_err(), "the clock was set back");
    }

    /// A table that is joined to these statements one day belongs to the list as well.
    #[test]
    fn everything_that_says_who_calls_is_on_the_list() {
        for sql in [crate::door::CREDENTIAL, super::super::store::PROFILE] {
            let words: Vec<&str> = sql.split_ascii_whitespace().collect();
            let tables = words.windows(2).filter(|pair| ["from", "join"].contains(&pair[0])).map(|pair| pair[1]);
            let forgotten: Vec<&str> = tables.filter(|table| !TABLES.contains(table)).collect();
            assert!(forgotten.is_empty(), "{forgotten:?}");
        }
    }

    #[test]
    fn writing_to_the_list_is_seen_and_reading_is_not() {
        for sql in ["update users set role = $2", "insert into roles (id) values ($1)", "delete from credentials where"]
        {
            assert!(changes_access(sql), "{sql}");
        }
        for sql in ["select id from users", "update groups set name = $2", "insert into events (id) values ($1)"] {
            assert!(!changes_access(sql), "{sql}");
        }
    }

    #[test]
    fn what_was_read_before_everybody_was_forgotten_is_not_kept() {
        let (recent, now) = (Recent::default(), Timestamp::UNIX_EPOCH);
        let before = recent.find("hash", now).err().unwrap();
        recent.forget();
        keep(&recent, before, now);
        assert!(recent.find("hash", now).is_err());
    }
}
