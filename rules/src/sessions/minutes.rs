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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-02T{text}:00Z").parse().expect(text)
    }

    fn there(from: &str, until: &str) -> Presence {
        let time = |text: &str| (!text.is_empty()).then(|| at(text));
        Presence { arrived: time(from), departed: time(until) }
    }

    #[test]
    fn minutes_are_clipped_to_the_actual_session() {
        let minutes = |stretches: &[Presence]| minutes_attended(stretches, at("09:00"), at("10:00"));
        assert_eq!(minutes(&[]), 60, "without times the whole session");
        assert_eq!(minutes(&[there("08:50", "")]), 60, "coming early adds nothing");
        assert_eq!(minutes(&[there("09:10", "09:50")]), 40);
        assert_eq!(minutes(&[there("", "09:50"), there("09:55", "")]), 55);
        assert_eq!(minutes(&[there("09:30", "09:40"), there("09:00", "09:35")]), 40, "an overlap counts once");
        assert_eq!(minutes(&[there("10:05", "10:20")]), 0);
        assert_eq!(minutes(&[there("09:40", "09:20")]), 0);
        assert_eq!(minutes_attended(&[], at("10:00"), at("09:00")), 0);
    }

    fn out(times: &[(&str, &str)]) -> Vec<SteppedOut> {
        times.iter().map(|(from, until)| SteppedOut { from: at(from), until: at(until) }).collect()
    }

    #[test]
    fn times_in_between_are_no_presence() {
        let minutes = |came: &str, left: &str, times: &[(&str, &str)]| {
            let Presence { arrived, departed } = there(came, left);
            minutes_attended(&stretches(arrived, departed, &out(times)), at("09:00"), at("10:00"))
        };
        assert_eq!(minutes("", "", &[]), 60);
        assert_eq!(minutes("", "", &[("09:10", "09:20")]), 50);
        assert_eq!(minutes("09:05", "09:55", &[("09:10", "09:20"), ("09:30", "09:31")]), 39);
        assert_eq!(minutes("", "", &[("08:50", "09:10")]), 50, "before it began nothing is lost");
        assert_eq!(minutes("", "", &[("09:50", "10:20")]), 50, "nor after it ended");
    }

    #[test]
    fn times_in_between_lie_in_the_presence_and_in_order() {
        let faults = |times: &[(&str, &str)]| -> Vec<String> {
            let found = check_stepped_out(&out(times), at("09:00"), at("10:00"));
            found.into_iter().map(|fault| fault.field).collect()
        };
        assert_eq!(faults(&[]), [""; 0]);
        assert_eq!(faults(&[("09:00", "09:10"), ("09:10", "10:00")]), [""; 0], "they may touch");
        assert_eq!(faults(&[("08:59", "09:10")]), ["stepped_out[0].from"]);
        assert_eq!(faults(&[("09:50", "10:01")]), ["stepped_out[0].until"]);
        assert_eq!(faults(&[("09:50", "09:50")]), ["stepped_out[0].until"]);
        assert_eq!(faults(&[("09:20", "09:30"), ("09:10", "09:15")]), ["stepped_out[1].from"]);
        assert_eq!(faults(&[("09:20", "09:30"), ("09:29", "09:40")]), ["stepped_out[1].from"]);
        assert_eq!(faults(&[("09:01", "09:02"); STEPPED_OUT_MAX + 1]), ["stepped_out"]);
    }

    #[test]
    fn times_lie_in_the_session() {
        let faults = |from: &str, until: &str| -> Vec<String> {
            check_times(&[there(from, until)], at("09:00"), at("10:00")).into_iter().map(|found| found.field).collect()
        };
        assert_eq!(faults("08:30", "10:30"), [""; 0], "early and late is clipped, not wrong");
        assert_eq!(faults("10:00", ""), [""; 0]);
        assert_eq!(faults("10:01", ""), ["stretches[0].arrived"]);
        assert_eq!(faults("", "08:59"), ["stretches[0].departed"]);
        assert_eq!(faults("09:30", "09:20"), ["stretches[0].departed"]);
    }

    #[test]
    fn lateness_is_forgiven_within_the_grace() {
        let judged = |stretches: &[Presence], grace| {
            let judged = punctuality(stretches, at("09:00"), at("10:00"), grace);
            (judged.late_minutes, judged.left_early_minutes)
        };
        assert_eq!(judged(&[], 0), (0, 0));
        assert_eq!(judged(&[there("08:50", "10:05")], 0), (0, 0));
        assert_eq!(judged(&[there("09:05", "09:50")], 0), (5, 10));
        assert_eq!(judged(&[there("09:05", "09:50")], 5), (0, 10), "all or nothing");
        assert_eq!(judged(&[there("09:05", "09:20"), there("09:30", "")], 0), (5, 0));
    }

    proptest! {
        #[test]
        fn minutes_are_the_presence_without_what_lies_between(
            came in prop::option::of(0_i64..5000), left in prop::option::of(0_i64..9000), length in 0_i64..7200,
            cuts in prop::collection::btree_set(0_i64..9000, 0..10),
        ) {
            let at = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
            let (from, until) = (900, 900 + length);
            let cuts: Vec<i64> = cuts.into_iter().collect();
            let out: Vec<SteppedOut> = cuts.chunks_exact(2).map(|pair| SteppedOut { from: at(pair[0]), until: at(pair[1]) }).collect();
            let (since, to) = (came.unwrap_or(from), left.unwrap_or(until));
            prop_assume!(check_stepped_out(&out, at(since.max(from)), at(to)).is_empty());
            let stretches = stretches(came.map(at), left.map(at), &out);
            let minutes = minutes_attended(&stretches, at(from), at(until));
            let away = |second: i64| cuts.chunks_exact(2).any(|pair| (pair[0]..pair[1]).contains(&second));
            let seconds = (from..until).filter(|second| (since..to).contains(second) && !away(*second)).count();
            prop_assert_eq!(minutes as usize, seconds / 60);
        }

        #[test]
        fn minutes_never_exceed_the_session(times in prop::collection::vec((prop::option::of(0_i64..9000), prop::option::of(0_i64..9000)), 0..5), length in 0_i64..7200) {
            let at = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
            let stretches: Vec<Presence> = times.iter().map(|(from, until)| Presence { arrived: from.map(at), departed: until.map(at) }).collect();
            let minutes = minutes_attended(&stretches, at(900), at(900 + length));
            // The slow way: every second on its own.
            let inside = |second: i64| times.is_empty() || times.iter().any(|(from, until)| from.is_none_or(|from| from <= second) && until.is_none_or(|until| second < until));
            let seconds = (900..900 + length).filter(|second| inside(*second)).count();
            prop_assert_eq!(minutes as usize, seconds / 60);
        }
    }
}
