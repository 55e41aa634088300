//! What a session still waits for, and until when (domain 6): its notes are due some hours after it ended.

use jiff::{SignedDuration, Timestamp};

use crate::sessions::SessionStatus;

/// Hours until the notes of a session are due, unless the organization sets others.
pub const DUE_HOURS: u32 = 72;
/// The most an organization may set: thirty days.
pub const DUE_HOURS_MAX: u32 = 720;

crate::vocabulary! {
    /// What is still to be done about a session whose time is over.
    pub enum Undone {
        /// Nobody has started it or said that it did not take place.
        NotStarted = "not_started",
        /// Nobody has ended it.
        NotEnded = "not_ended",
        /// Its notes are not signed.
        Unsigned = "unsigned",
    }
}

/// What is still to be done about a session; none while it is to come or goes on, and once it is documented.
pub fn undone(
    status: SessionStatus,
    ends_at: Timestamp,
    actual_end: Option<Timestamp>,
    now: Timestamp,
) -> Option<Undone> {
    match status {
        SessionStatus::Scheduled if ends_at <= now => Some(Undone::NotStarted),
        SessionStatus::InProgress if actual_end.is_some() => Some(Undone::Unsigned),
        SessionStatus::InProgress if ends_at <= now => Some(Undone::NotEnded),
        _ => None,
    }
}

/// Until when the notes of a session are to be signed: so many hours after it ended, or was to end. At the end of the
/// calendar, that end.
pub fn due_at(ends_at: Timestamp, actual_end: Option<Timestamp>, hours: u32) -> Timestamp {
    let ended = actual_end.unwrap_or(ends_at);
    ended.checked_add(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MAX)
}
