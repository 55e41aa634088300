//! How long somebody was there: arrival to departure, clipped to the actual session.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::violation::Violation;

/// One stretch of being there; an open end is the start or the end of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Presence {
    /// Came at.
    pub arrived: Option<Timestamp>,
    /// Left at.
    pub departed: Option<Timestamp>,
}

impl Presence {
    /// The stretch inside the session, in seconds of Unix time; empty when it lies outside.
    fn clipped(self, from: Timestamp, until: Timestamp) -> (Timestamp, Timestamp) {
        let start = self.arrived.unwrap_or(from).clamp(from, until);
        (start, self.departed.unwrap_or(until).clamp(start, until))
    }
}

/// Most times of one person in one session.
pub const STEPPED_OUT_MAX: usize = 20;

/// A time in between in which somebody was out of the session: called out, or their connection was gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SteppedOut {
    /// Out since.
    pub from: Timestamp,
    /// Back at.
    pub until: Timestamp,
}

/// When somebody was there: from the arrival to the departure, but for the times in between. None where nothing is known:
/// that is the whole session.
pub fn stretches(arrived: Option<Timestamp>, departed: Option<Timestamp>, out: &[SteppedOut]) -> Vec<Presence> {
    if arrived.is_none() && departed.is_none() && out.is_empty() {
        return Vec::new();
    }
    let since = std::iter::once(arrived).chain(out.iter().map(|one| Some(one.until)));
    let until = out.iter().map(|one| Some(one.from)).chain([departed]);
    since.zip(until).map(|(arrived, departed)| Presence { arrived, departed }).collect()
}

/// Every time in between that can't be: one that ends before it begins, that is not within the presence from `from` to
/// `until`, or that begins before the one before it is over. Fields are `stepped_out[index].from` and `.until`.
pub fn check_stepped_out(out: &[SteppedOut], from: Timestamp, until: Timestamp) -> Vec<Violation> {
    if out.len() > STEPPED_OUT_MAX {
        return vec![Violation::new("stepped_out", "too_many", format!("must be at most {STEPPED_OUT_MAX} times"))];
    }
    let mut found = Vec::new();
    let mut reached = from;
    for (index, one) in out.iter().enumerate() {
        let mut fault = |field: &str, message: &str| {
            found.push(Violation::new(format!("stepped_out[{index}].{field}"), "invalid_time", message));
        };
        if one.from < from {
            fault("from", "is before they came");
        } else if one.from < reached {
            fault("from", "is before they were back from the time before it; put them in order");
        }
        if one.until <= one.from {
            fault("until", "must be after they stepped out");
        } else if one.until > until {
            fault("until", "is after they left, or in the future");
        }
        reached = reached.max(one.until);
    }
    found
}

/// Whole minutes somebody was in the session that ran from `from` to `until`: the union of the stretches, rounded
/// down. Without any stretch, the whole session.
pub fn minutes_attended(stretches: &[Presence], from: Timestamp, until: Timestamp) -> u32 {
    let whole = [Presence { arrived: None, departed: None }];
    let stretches = if stretches.is_empty() { &whole[..] } else { stretches };
    let until = until.max(from);
    let mut clipped: Vec<_> = stretches.iter().map(|stretch| stretch.clipped(from, until)).collect();
    clipped.sort_unstable();
    let mut seconds = 0;
    let mut reached = from;
    for (start, end) in clipped {
        let start = start.max(reached);
        if end > start {
            seconds += end.duration_since(start).as_secs();
            reached = end;
        }
    }
    u32::try_from(seconds / 60).unwrap_or(u32::MAX)
}

/// Every time of somebody's presence that can't be: a departure before the arrival, an arrival after the session, a
/// departure before it. Fields are `stretches[index].arrived` and `.departed`. Coming early is no fault.
pub fn check_times(stretches: &[Presence], from: Timestamp, until: Timestamp) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, Presence { arrived, departed }) in stretches.iter().enumerate() {
        let mut fault = |field: &str, message: &str| {
            found.push(Violation::new(format!("stretches[{index}].{field}"), "outside_session", message));
        };
        if arrived.is_some_and(|arrived| arrived > until) {
            fault("arrived", "is after the session ended; correct the time, or the end of the session");
        }
        if departed.is_some_and(|departed| departed < from) {
            fault("departed", "is before the session started; correct the time, or the start of the session");
        }
        if arrived.zip(*departed).is_some_and(|(arrived, departed)| departed < arrived) {
            fault("departed", "is before the arrival");
        }
    }
    found
}

/// How late somebody came and how early they left, in whole minutes; 0 when on time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Punctuality {
    /// Minutes after the start, beyond the grace.
    pub late_minutes: u32,
    /// Minutes before the end, beyond the grace.
    pub left_early_minutes: u32,
}

/// Lateness against the actual session. Within `grace` minutes all is forgiven; beyond it the whole lateness shows.
pub fn punctuality(stretches: &[Presence], from: Timestamp, until: Timestamp, grace: u32) -> Punctuality {
    let minutes = |start: Timestamp, end: Timestamp| {
        let minutes = u32::try_from(end.duration_since(start).as_secs() / 60).unwrap_or(0);
        if minutes > grace { minutes } else { 0 }
    };
    // Without an arrival somebody was there from the start; with an open end, to the end.
    let first = stretches.iter().map(|stretch| stretch.arrived.unwrap_or(from)).min().unwrap_or(from);
    let last = stretches.iter().map(|stretch| stretch.departed.unwrap_or(until)).max().unwrap_or(until);
    Punctuality { late_minutes: minutes(from, first), left_early_minutes: minutes(last, until) }
}
