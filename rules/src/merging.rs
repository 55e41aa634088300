//! One person, two records: what becomes of a booking and of a stint when a guest turns out to be a patient, or a patient
//! was registered twice.

use jiff::Timestamp;

use crate::roster::MemberStatus;
use crate::sessions::ParticipantStatus;

/// What becomes of a booking of the record that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingFate {
    /// It is the other record's from now on.
    Moves,
    /// The other record has a booking of its own: this one is cancelled, unless it was already.
    IsExtra,
    /// As [`BookingFate::IsExtra`], and the other record's cancelled booking is given its place back.
    GivesItsPlace,
    /// Both have been in this session, or it is signed: which of the two was there only a person can say.
    IsUnclear,
}

/// Decides about a booking; `other` is where the other record stands in the same session, if it does.
pub fn booking(own: ParticipantStatus, other: Option<ParticipantStatus>, signed: bool) -> BookingFate {
    use ParticipantStatus as S;
    let marked = |status| matches!(status, S::Arrived | S::Attended | S::NoShow);
    match (own, other) {
        (_, None) => BookingFate::Moves,
        (S::Cancelled, Some(_)) => BookingFate::IsExtra,
        (own, Some(other)) if signed || marked(own) || marked(other) => BookingFate::IsUnclear,
        (_, Some(S::Cancelled)) => BookingFate::GivesItsPlace,
        (_, Some(_)) => BookingFate::IsExtra,
    }
}

/// Whether, of two live stints in one group, the first is the better place: a seat before a held one before the line,
/// and the earlier of two alike.
pub fn is_better(one: (MemberStatus, Timestamp), other: (MemberStatus, Timestamp)) -> bool {
    let rank = |status| match status {
        MemberStatus::Active => 0,
        MemberStatus::Offered => 1,
        MemberStatus::Waitlisted => 2,
        MemberStatus::Left | MemberStatus::Declined | MemberStatus::Expired => 3,
    };
    (rank(one.0), one.1) < (rank(other.0), other.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParticipantStatus as S;

    #[test]
    fn a_booking_moves_unless_the_other_has_one() {
        assert_eq!(booking(S::Attended, None, true), BookingFate::Moves);
        assert_eq!(booking(S::Cancelled, Some(S::Attended), true), BookingFate::IsExtra);
        assert_eq!(booking(S::Booked, Some(S::Confirmed), false), BookingFate::IsExtra);
        assert_eq!(booking(S::Confirmed, Some(S::Cancelled), false), BookingFate::GivesItsPlace);
        for marked in [S::Arrived, S::Attended, S::NoShow] {
            assert_eq!(booking(marked, Some(S::Cancelled), false), BookingFate::IsUnclear);
            assert_eq!(booking(S::Booked, Some(marked), false), BookingFate::IsUnclear);
        }
        assert_eq!(booking(S::Booked, Some(S::Booked), true), BookingFate::IsUnclear);
    }

    #[test]
    fn the_better_place_survives() {
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        assert!(is_better((MemberStatus::Active, late), (MemberStatus::Waitlisted, early)));
        assert!(is_better((MemberStatus::Offered, late), (MemberStatus::Waitlisted, early)));
        assert!(is_better((MemberStatus::Active, early), (MemberStatus::Active, late)));
        assert!(!is_better((MemberStatus::Active, early), (MemberStatus::Active, early)), "then the other stays");
    }
}
