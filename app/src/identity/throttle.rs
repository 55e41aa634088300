//! Slows down guessing: so many tries a minute for one address and for one source, and nobody is locked out.

use std::{num::NonZeroU32, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use crate::problem::Problem;

/// Counts tries by key.
#[derive(Clone)]
pub struct Throttle(Arc<DefaultKeyedRateLimiter<String>>);

impl Throttle {
    /// So many tries a minute for each key.
    pub fn new(tries: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(tries).unwrap_or(NonZeroU32::MIN));
        Self(Arc::new(RateLimiter::keyed(quota)))
    }

    /// Counts a try for each key.
    ///
    /// # Errors
    /// 429 with the seconds to wait, when one key has none left.
    pub fn count(&self, keys: [String; 2]) -> Result<(), Problem> {
        for key in keys {
            if let Err(refused) = self.0.check_key(&key) {
                let wait = refused.wait_time_from(governor::clock::DefaultClock::default().now());
                return Err(Problem::too_many(u32::try_from(wait.as_secs()).unwrap_or(60) + 1));
            }
        }
        // Keys that have all their tries again need no memory.
        if self.0.len() > 10_000 {
            self.0.retain_recent();
        }
        Ok(())
    }
}
