//! A step that somebody decided on while looking at an earlier version: a tap that waited for the connection.

use jiff::Timestamp;

use super::{ParticipantStatus, ParticipantVerb, ParticipationLevel};

use ParticipantStatus as S;
use ParticipantVerb as V;

/// What becomes of a step that was decided on an earlier version of the participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belated {
    /// It means now what it meant then: [`super::act`] decides it from how they stand now.
    Take,
    /// Somebody else has taken it already, or a later one: there is nothing left to do.
    Done,
    /// Somebody has decided otherwise since: whoever tapped has to look again.
    Overtaken,
}

/// How far somebody has come; none for who is away.
const fn rank(status: ParticipantStatus) -> Option<u8> {
    match status {
        S::Booked => Some(0),
        S::Confirmed => Some(1),
        S::Arrived => Some(2),
        S::Attended => Some(3),
        S::NoShow | S::Cancelled => None,
    }
}

/// Whether nobody took anything back on the way, and nobody was away.
fn only_forward(statuses: &[ParticipantStatus]) -> bool {
    statuses.iter().all(|status| rank(*status).is_some())
        && statuses.windows(2).all(|pair| matches!(pair, [a, b] if rank(*a) <= rank(*b)))
}

/// Judges a belated step. `since` are the statuses from the version that was looked at to the one that stands, oldest
/// first, both included.
///
/// Others moving the participant forward contradicts nobody: who was tapped as attended while the desk noted the arrival
/// has attended. A no-show or cancellation, and whatever was taken back, is a later decision and stays; so does an
/// arrival that a no-show did not know of. Steps that take something back are only ever meant for what was looked at.
pub fn belated(verb: ParticipantVerb, since: &[ParticipantStatus]) -> Belated {
    let (Some(seen), Some(now)) = (since.first().copied(), since.last().copied()) else { return Belated::Overtaken };
    let unmoved = since.iter().all(|status| *status == seen);
    match verb {
        V::Cancel | V::Rebook | V::Undo => Belated::Overtaken,
        V::NoShow if unmoved || only_forward(since) && rank(now) < rank(S::Arrived) => Belated::Take,
        V::NoShow => Belated::Overtaken,
        V::Confirm | V::CheckIn | V::Attend if unmoved => Belated::Take,
        V::Confirm | V::CheckIn | V::Attend if only_forward(since) => {
            let to = match verb {
                V::Confirm => S::Confirmed,
                V::CheckIn => S::Arrived,
                _ => S::Attended,
            };
            if rank(seen) < rank(to) && rank(to) <= rank(now) { Belated::Done } else { Belated::Take }
        }
        V::Confirm | V::CheckIn | V::Attend => Belated::Overtaken,
    }
}

/// A version of a participant, as a belated change looks back on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    /// Where they stood.
    pub status: ParticipantStatus,
    /// When they came.
    pub arrived: Option<Timestamp>,
    /// When they left.
    pub departed: Option<Timestamp>,
    /// How much they took part.
    pub level: Option<ParticipationLevel>,
}

/// What a belated change sets, beside marking somebody as attended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sets {
    /// When they came.
    pub arrived: bool,
    /// When they left, for good or in between.
    pub departed: bool,
    /// How much they took part.
    pub level: bool,
}

/// Judges a belated change of times or of the level. `since` are the versions from the one that was looked at to the one
/// that stands, oldest first, both included.
///
/// As with steps, others moving the participant forward contradicts nobody. An arrival that a check-in noted by itself is
/// no contradiction either: who is in the room knows better when somebody came into it. What somebody else has set
/// meanwhile by hand is a later decision.
pub fn belated_change(sets: Sets, since: &[Stood]) -> Belated {
    let statuses: Vec<ParticipantStatus> = since.iter().map(|stood| stood.status).collect();
    let unmoved = statuses.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
    let set_meanwhile = since.windows(2).any(|pair| {
        let [a, b] = pair else { return true };
        let checked_in = a.status != S::Arrived && b.status == S::Arrived;
        sets.arrived && a.arrived != b.arrived && !checked_in
            || sets.departed && a.departed != b.departed
            || sets.level && a.level != b.level
    });
    let is_known = !since.is_empty() && (unmoved || only_forward(&statuses));
    if is_known && !set_meanwhile { Belated::Take } else { Belated::Overtaken }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stood(status: S, arrived: i64, departed: i64, level: Option<ParticipationLevel>) -> Stood {
        let at = |minute: i64| (minute > 0).then(|| Timestamp::from_second(minute * 60).unwrap());
        Stood { status, arrived: at(arrived), departed: at(departed), level }
    }

    #[test]
    fn a_time_arrives_over_a_check_in_and_not_over_a_time() {
        let (came, left, took_part) = (
            Sets { arrived: true, ..Sets::default() },
            Sets { departed: true, ..Sets::default() },
            Sets { level: true, ..Sets::default() },
        );
        let [booked, arrived, attended] =
            [(S::Booked, 0), (S::Arrived, 2), (S::Attended, 2)].map(|(status, at)| stood(status, at, 0, None));
        let [corrected, gone, engaged] = [
            stood(S::Attended, 9, 0, None),
            stood(S::Attended, 2, 40, None),
            stood(S::Attended, 2, 0, Some(ParticipationLevel::Engaged)),
        ];
        let away = stood(S::NoShow, 0, 0, None);
        for (sets, since, wanted) in [
            (came, &[booked, arrived][..], Belated::Take),
            (came, &[booked, arrived, attended], Belated::Take),
            (came, &[attended, attended], Belated::Take),
            (came, &[attended, engaged], Belated::Take),
            (came, &[arrived, attended, corrected], Belated::Overtaken),
            (came, &[booked, arrived, booked], Belated::Overtaken),
            (came, &[booked, away], Belated::Overtaken),
            (came, &[], Belated::Overtaken),
            (left, &[booked, arrived, attended], Belated::Take),
            (left, &[attended, corrected], Belated::Take),
            (left, &[attended, gone], Belated::Overtaken),
            (left, &[gone, attended], Belated::Overtaken),
            (took_part, &[attended, gone], Belated::Take),
            (took_part, &[attended, engaged], Belated::Overtaken),
            (took_part, &[attended, away], Belated::Overtaken),
        ] {
            assert_eq!(belated_change(sets, since), wanted, "{sets:?} {since:?}");
        }
    }

    #[test]
    fn what_others_did_forward_is_no_contradiction() {
        for (verb, since, wanted) in [
            (V::Attend, &[S::Booked, S::Arrived][..], Belated::Take),
            (V::Attend, &[S::Booked, S::Confirmed, S::Arrived], Belated::Take),
            (V::Attend, &[S::Booked, S::Booked], Belated::Take),
            (V::Attend, &[S::Confirmed, S::Confirmed], Belated::Take),
            (V::CheckIn, &[S::Booked, S::Confirmed], Belated::Take),
            (V::Attend, &[S::Booked, S::Attended], Belated::Done),
            (V::Attend, &[S::Booked, S::Arrived, S::Attended], Belated::Done),
            (V::CheckIn, &[S::Booked, S::Arrived], Belated::Done),
            (V::CheckIn, &[S::Booked, S::Arrived, S::Attended], Belated::Done),
            (V::Confirm, &[S::Booked, S::Arrived], Belated::Done),
            (V::NoShow, &[S::Booked, S::Confirmed], Belated::Take),
            (V::NoShow, &[S::Arrived, S::Arrived], Belated::Take),
            // Nothing to do and a wrong turn differ: whoever saw an attended person did not mean a check-in.
            (V::CheckIn, &[S::Attended, S::Attended], Belated::Take),
        ] {
            assert_eq!(belated(verb, since), wanted, "{verb:?} {since:?}");
        }
    }

    #[test]
    fn a_later_decision_stays() {
        for (verb, since) in [
            (V::Attend, &[S::Booked, S::NoShow][..]),
            (V::Attend, &[S::Booked, S::Cancelled]),
            // Taken back: as they stood, and yet somebody has decided.
            (V::Attend, &[S::Booked, S::Attended, S::Booked]),
            (V::Attend, &[S::Booked, S::NoShow, S::Booked]),
            (V::Attend, &[S::Arrived, S::Booked]),
            (V::CheckIn, &[S::Booked, S::Cancelled, S::Booked, S::Confirmed]),
            (V::NoShow, &[S::Booked, S::Arrived]),
            (V::NoShow, &[S::Booked, S::Attended]),
            (V::NoShow, &[S::Booked, S::Arrived, S::Booked]),
            (V::Undo, &[S::Attended, S::Attended]),
            (V::Cancel, &[S::Booked, S::Booked]),
            (V::Rebook, &[S::Cancelled, S::Cancelled]),
            (V::Attend, &[]),
        ] {
            assert_eq!(belated(verb, since), Belated::Overtaken, "{verb:?} {since:?}");
        }
    }

    /// Whatever others did, an answer never goes over somebody who was marked away, or over something taken back.
    #[test]
    fn no_history_of_three_goes_over_a_decision() {
        const ALL: [S; 6] = [S::Booked, S::Confirmed, S::Arrived, S::Attended, S::NoShow, S::Cancelled];
        for verb in [V::Confirm, V::CheckIn, V::Attend, V::NoShow] {
            for (a, b, c) in
                ALL.iter().flat_map(|a| ALL.iter().flat_map(move |b| ALL.iter().map(move |c| (*a, *b, *c))))
            {
                let taken = belated(verb, &[a, b, c]) != Belated::Overtaken;
                let moved = a != b || b != c;
                let decided = [b, c].iter().any(|one| rank(*one).is_none()) || rank(b) < rank(a) || rank(c) < rank(b);
                assert!(!(taken && moved && decided), "{verb:?} {a:?} {b:?} {c:?}");
            }
        }
    }
}
