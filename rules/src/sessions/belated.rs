//! A step that somebody decided on while looking at an earlier version: a tap that waited for the connection.

use super::{ParticipantStatus, ParticipantVerb};

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

#[cfg(test)]
mod tests {
    use super::*;

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
