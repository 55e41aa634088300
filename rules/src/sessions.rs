//! One meeting and its day: from scheduled to completed, who leads it, who comes (domain 4 and 5).
//!
//! Every function is total: any state and any verb has an answer, and a wrong turn names both states.

mod belated;
mod gates;
mod leaders;
mod legacy;
mod minutes;
mod participants;
mod refusal;
mod words;

pub use belated::{Belated, Sets, Stood, belated, belated_change};
pub use gates::{Gate, GateFacts, blocked_by};
pub use leaders::{Leader, Starter, caseload_leaders, check_leaders, may_start, stand_in, with_substitutes};
pub use legacy::{AppointmentStatus, imported_session};
pub use minutes::{
    Presence, Punctuality, STEPPED_OUT_MAX, SteppedOut, check_stepped_out, check_times, minutes_attended, punctuality,
    stretches,
};
pub use participants::{
    Ask, Booked, Booking, Occasion, Occupancy, ParticipantFacts, act, before_start, book, occupancy, unresolved,
    verb_for,
};
pub use refusal::Refusal;
pub use words::{
    LeaderRole, NoShowReason, ParticipantModality, ParticipantSource, ParticipantStatus, ParticipantVerb,
    ParticipationLevel, PatientAt, ServiceKind, SessionSource, SessionStatus, SessionType, SessionVerb,
};

use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::groups::{LEAST_CAPACITY, LEAST_DURATION, MOST_DURATION};
use crate::id::ParticipantId;
use crate::recurrence::Zone;
use crate::violation::Violation;

/// Kept as `cancellation_reason` of the sessions that archiving a group cancels; restoring reinstates exactly these.
pub const REASON_GROUP_ARCHIVED: &str = "group archived";
/// Kept as `cancellation_reason` of sessions that a changed rule no longer yields.
pub const REASON_SERIES_CHANGED: &str = "series changed";

/// Where a session lies, seen from the site's today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timing {
    /// Its last day is over.
    Past,
    /// Today is one of its days.
    Today,
    /// It lies on a later day.
    Future,
}

/// Where a session lies at `now`, by the calendar of its site. A session past midnight has two days.
pub fn timing(starts_at: Timestamp, ends_at: Timestamp, now: Timestamp, zone: &Zone) -> Timing {
    let today: Date = zone.date(now);
    match (zone.date(starts_at) > today, zone.date(ends_at) < today) {
        (true, _) => Timing::Future,
        (false, true) => Timing::Past,
        (false, false) => Timing::Today,
    }
}

/// What a change of a session depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionFacts {
    /// Where it stands.
    pub status: SessionStatus,
    /// Where it lies.
    pub timing: Timing,
    /// A note of it is signed, or ever was, by whomever.
    pub note_signed: bool,
    /// It is on an issued invoice or an exported claim.
    pub billed: bool,
}

/// What a verb leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Where the session stands now.
    pub status: SessionStatus,
    /// It is started after its day: both times are shown.
    pub late_entry: bool,
}

/// Decides one step in the life of a session.
///
/// # Errors
/// A wrong turn, a missing reason, a session of a later day, a signed note or an issued bill in the way.
pub fn change(facts: &SessionFacts, verb: SessionVerb, has_reason: bool) -> Result<Changed, Refusal> {
    let (from, to) = (facts.status, verb.target());
    if !from.allows(verb) {
        return Err(Refusal::InvalidTransition { from, to });
    }
    use SessionVerb as V;
    match (verb, facts.timing) {
        (V::Start, Timing::Future) => return Err(Refusal::NotToday),
        (V::Reinstate, Timing::Past) => return Err(Refusal::InvalidTransition { from, to }),
        (V::UndoStart | V::Cancel, _) if facts.note_signed => return Err(Refusal::NoteSigned { from, to }),
        (V::Reopen | V::Void, _) if facts.billed => return Err(Refusal::Billed { from, to }),
        _ => {}
    }
    let late_entry = verb == V::Start && facts.timing == Timing::Past;
    if !has_reason && (late_entry || verb.needs_reason()) {
        return Err(Refusal::ReasonRequired);
    }
    Ok(Changed { status: to, late_entry })
}

/// How far what happened may lie from the plan, and how long a session may go on: what is told beyond it is a slip of
/// the hand, and its minutes would count.
pub const FARTHEST: SignedDuration = SignedDuration::from_hours(24);

/// Decides whether a session may end at this instant; it stays `in_progress` until the last signature.
///
/// # Errors
/// Not in progress, a time before the start or in the future, or participants nobody has marked.
pub fn end(
    status: SessionStatus,
    actual_start: Timestamp,
    actual_end: Timestamp,
    now: Timestamp,
    participants: &[(ParticipantId, ParticipantStatus)],
) -> Result<(), Refusal> {
    if status != SessionStatus::InProgress {
        return Err(Refusal::InvalidTransition { from: status, to: SessionStatus::Completed });
    }
    let is_too_long = actual_end.duration_since(actual_start) > FARTHEST;
    if actual_end <= actual_start || actual_end > now || is_too_long {
        return Err(Refusal::EndTime);
    }
    match unresolved(participants) {
        open if open.is_empty() => Ok(()),
        open => Err(Refusal::Unresolved(open)),
    }
}

/// How long after the planned end a session may be ended without saying when it ended.
pub const UNASKED_END: SignedDuration = SignedDuration::from_mins(10);

/// Whether a person who ends a session now is asked when it ended: longer after the planned end, "now" is more likely
/// the moment somebody remembered than the moment it was over, and everybody's minutes hang on it.
pub fn asks_when_it_ended(ends_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(ends_at) > UNASKED_END
}

/// Whether a person who starts a session now is asked when it began, as long after the planned start as with the end.
pub fn asks_when_it_began(starts_at: Timestamp, now: Timestamp) -> bool {
    asks_when_it_ended(starts_at, now)
}

/// The settings of a session that have bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionBounds {
    /// Alone or in a group.
    pub session_type: SessionType,
    /// The start.
    pub starts_at: Timestamp,
    /// The end.
    pub ends_at: Timestamp,
    /// Breaks inside it: start and end.
    pub breaks: Vec<(Timestamp, Timestamp)>,
    /// The seats.
    pub max_capacity: u32,
}

impl SessionBounds {
    /// Every field that is out of bounds; `ceiling` is the organization's.
    pub fn violations(&self, ceiling: u32) -> Vec<Violation> {
        let mut found = Vec::new();
        let minutes = self.ends_at.duration_since(self.starts_at).as_mins();
        if !(i64::from(LEAST_DURATION)..=i64::from(MOST_DURATION)).contains(&minutes) {
            let message = format!("must be {LEAST_DURATION} to {MOST_DURATION} minutes after the start");
            found.push(Violation::new("ends_at", "out_of_range", message));
        }
        for (index, (from, until)) in self.breaks.iter().enumerate() {
            if from >= until || *from < self.starts_at || *until > self.ends_at {
                let message = "must start before it ends, inside the session";
                found.push(Violation::new(format!("breaks[{index}]"), "out_of_range", message));
            }
        }
        let seats = match self.session_type {
            SessionType::Individual => 1..=1,
            SessionType::Group => LEAST_CAPACITY..=ceiling,
        };
        if !seats.contains(&self.max_capacity) {
            let message = match self.session_type {
                SessionType::Individual => "an individual session has exactly 1 seat".to_owned(),
                SessionType::Group => format!("must be {LEAST_CAPACITY} to {ceiling}, and is {}", self.max_capacity),
            };
            found.push(Violation::new("max_capacity", "out_of_range", message));
        }
        found
    }
}

#[cfg(test)]
mod tests;
