//! Slows down guessing: so many tries a minute for one address and for one source, and nobody is locked out.

use std::{num::NonZeroU32, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use crate::problem::Problem;

/// A source may be a whole clinic behind one address: it has this many times the tries of one person.
const SOURCE_TIMES: u32 = 10;

/// Keys kept before those that need no memory are forgotten.
const KEYS_MAX: usize = 10_000;

/// Counts tries by person and by source.
#[derive(Clone)]
pub struct Throttle {
    persons: Arc<DefaultKeyedRateLimiter<String>>,
    sources: Arc<DefaultKeyedRateLimiter<String>>,
}

impl Throttle {
    /// So many tries a minute for each person.
    pub fn new(tries: u32) -> Self {
        let quota = |tries| Quota::per_minute(NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN));
        let limiter = |tries| Arc::new(RateLimiter::keyed(quota(tries)));
        Self { persons: limiter(tries), sources: limiter(tries.saturating_mul(SOURCE_TIMES)) }
    }

    /// Counts a try of a person from a source.
    ///
    /// # Errors
    /// 429 with the seconds to wait, when one of them has none left.
    pub fn count(&self, person: String, source: &str) -> Result<(), Problem> {
        for (limiter, key) in [(&self.persons, person), (&self.sources, source.to_owned())] {
            if let Err(refused) = limiter.check_key(&key) {
                let wait = refused.wait_time_from(governor::clock::DefaultClock::default().now());
                return Err(Problem::too_many(u32::try_from(wait.as_secs()).unwrap_or(60) + 1));
            }
            // Keys that have all their tries again need no memory.
            if limiter.len() > KEYS_MAX {
                limiter.retain_recent();
            }
        }
        Ok(())
    }
}
