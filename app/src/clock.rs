//! Time, ids and chance: the only place that asks the machine for them.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rules::id::{Id, Kind};
use uuid::{ContextV7, Uuid};

/// The clock and the generator of ids and secrets of one running program.
#[derive(Clone)]
pub struct Clock {
    /// Where a clock stands that does not go by itself.
    fixed: Arc<Mutex<Option<Timestamp>>>,
    ids: Arc<Mutex<ContextV7>>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self { fixed: Arc::default(), ids: Arc::new(Mutex::new(ContextV7::new())) }
    }

    /// A clock that stands still until [`Clock::advance`]: for tests, and for stories of what has happened.
    pub fn fixed(at: Timestamp) -> Self {
        Self { fixed: Arc::new(Mutex::new(Some(at))), ..Self::system() }
    }

    /// The machine's clock from now on: the story has come to the present.
    pub fn release(&self) {
        *self.fixed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The present instant, cut to microseconds as every database keeps it.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
    pub fn now(&self) -> Timestamp {
        let now = *self.fixed.lock().unwrap_or_else(PoisonError::into_inner);
        rules::column::whole_microseconds(now.unwrap_or_else(Timestamp::now))
    }

    /// Moves a fixed clock on; the machine's clock can't be moved.
    pub fn advance(&self, by: SignedDuration) {
        let mut fixed = self.fixed.lock().unwrap_or_else(PoisonError::into_inner);
        *fixed = fixed.map(|now| now.checked_add(by).unwrap_or(now));
    }

    /// A new id, later in order than every one before.
    pub fn id<K: Kind>(&self) -> Id<K> {
        let now = self.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        let context = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        Id::from_uuid(Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanoseconds)))
    }

    /// 64 random bits: for what people type.
    pub fn bits(&self) -> u64 {
        rand::random()
    }

    /// 256 random bits, as 43 characters that are safe in a URL.
    pub fn secret(&self) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    }
}
