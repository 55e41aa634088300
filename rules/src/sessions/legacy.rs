//! What an appointment of another system becomes (domain 13): every status by itself, none by default.

use super::{ParticipantStatus, SessionStatus};

crate::vocabulary! {
    /// How an appointment stands in the system it comes from.
    pub enum AppointmentStatus {
        /// To come.
        Booked = "booked",
        /// To come, and the patient said so.
        Confirmed = "confirmed",
        /// The patient is there.
        Arrived = "arrived",
        /// It took place.
        Attended = "attended" | "completed",
        /// The patient did not come.
        NoShow = "no_show",
        /// It was called off.
        Cancelled = "cancelled" | "canceled",
        /// It was moved to another appointment.
        Rescheduled = "rescheduled",
    }
}

impl AppointmentStatus {
    /// Where the participant stands.
    pub const fn of_participant(self) -> ParticipantStatus {
        match self {
            Self::Booked => ParticipantStatus::Booked,
            Self::Confirmed => ParticipantStatus::Confirmed,
            Self::Arrived => ParticipantStatus::Arrived,
            Self::Attended => ParticipantStatus::Attended,
            Self::NoShow => ParticipantStatus::NoShow,
            Self::Cancelled | Self::Rescheduled => ParticipantStatus::Cancelled,
        }
    }
}

/// Where a session stands whose participants came with these statuses: over when anybody attended or failed to come,
/// else still to come when anybody has a place, else called off. `None` without participants.
pub fn imported_session(participants: &[ParticipantStatus]) -> Option<SessionStatus> {
    use ParticipantStatus as P;
    let any = |wanted: &[P]| participants.iter().any(|status| wanted.contains(status));
    if participants.is_empty() {
        None
    } else if any(&[P::Attended, P::NoShow]) {
        Some(SessionStatus::Completed)
    } else if any(&[P::Booked, P::Confirmed, P::Arrived]) {
        Some(SessionStatus::Scheduled)
    } else {
        Some(SessionStatus::Cancelled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_own_meaning() {
        use ParticipantStatus as P;
        use SessionStatus as S;
        for (word, participant, session) in [
            ("booked", P::Booked, S::Scheduled),
            ("confirmed", P::Confirmed, S::Scheduled),
            ("arrived", P::Arrived, S::Scheduled),
            ("attended", P::Attended, S::Completed),
            ("completed", P::Attended, S::Completed),
            ("no_show", P::NoShow, S::Completed),
            ("cancelled", P::Cancelled, S::Cancelled),
            ("canceled", P::Cancelled, S::Cancelled),
            ("rescheduled", P::Cancelled, S::Cancelled),
        ] {
            let status = AppointmentStatus::parse(word).expect(word);
            assert_eq!(status.of_participant(), participant, "{word}");
            assert_eq!(imported_session(&[participant]), Some(session), "{word}");
        }
        assert_eq!(AppointmentStatus::parse("open"), None);
    }

    #[test]
    fn a_group_took_place_when_anybody_was_expected_and_it_was_not_called_off() {
        use ParticipantStatus as P;
        assert_eq!(imported_session(&[P::Cancelled, P::NoShow]), Some(SessionStatus::Completed));
        assert_eq!(imported_session(&[P::Cancelled, P::Attended, P::Cancelled]), Some(SessionStatus::Completed));
        assert_eq!(imported_session(&[P::Cancelled, P::Booked]), Some(SessionStatus::Scheduled));
        assert_eq!(imported_session(&[P::Cancelled, P::Cancelled]), Some(SessionStatus::Cancelled));
        assert_eq!(imported_session(&[]), None);
    }
}
