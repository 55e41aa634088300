//! What can happen to sessions, participants and series. A bulk consequence is one event with a count.

use rules::{
    id::{EncounterId, GroupId, OrganizationId, ParticipantId, PractitionerId, SessionId, TimeOffId},
    roster::Person,
    sessions::{ParticipantStatus, ParticipationLevel},
};
use serde_json::{Value, json};

use super::{Event, Told, of_person, told};
use crate::sessions::inputs::EditScope;

/// A change of a session, a participant or a series.
#[derive(Debug, Clone)]
pub enum SessionEvent {
    /// A session was scheduled by hand.
    Scheduled { session: SessionId, group: Option<GroupId> },
    /// Sessions of a series were made.
    SeriesScheduled { group: GroupId, count: usize },
    /// Something of a session changed, but not when it is.
    Updated { session: SessionId },
    /// A session is at another time.
    Rescheduled { session: SessionId, group: Option<GroupId> },
    /// Sessions follow a change of their group or their series.
    Followed { group: GroupId, count: usize },
    /// Sessions of a group have something else than before, but are at their times.
    ManyUpdated { group: GroupId, count: usize },
    /// Several sessions of a series were changed by hand, from this one on or all that are to come.
    SeriesChanged { group: GroupId, session: SessionId, scope: EditScope },
    /// Sessions of a stretch of days were cancelled by hand, together.
    RangeCancelled { organization: OrganizationId, sessions: Vec<SessionId> },
    /// A session was cancelled by hand.
    Cancelled { session: SessionId, group: Option<GroupId> },
    /// Sessions of a group were cancelled together.
    ManyCancelled { group: GroupId, count: usize, reason: &'static str },
    /// Sessions that archiving had cancelled take place after all.
    Reinstated { group: GroupId, count: usize },
    /// A session began.
    Started { session: SessionId, encounter: EncounterId },
    /// A session had not begun after all.
    StartUndone { session: SessionId },
    /// A session is over; its notes are still being written.
    Ended { session: SessionId, encounter: EncounterId },
    /// A session is signed and waits for a reviewer.
    PendingReview { session: SessionId },
    /// A reviewer sent a session back.
    Returned { session: SessionId },
    /// A session is signed, and reviewed where it must be.
    Completed { session: SessionId, encounter: EncounterId },
    /// A completed session is in progress again.
    Reopened { session: SessionId, encounter: EncounterId },
    /// A session was entered in error.
    Voided { session: SessionId, group: Option<GroupId> },
    /// Other practitioners lead a session.
    LeadersChanged { session: SessionId },
    /// A substitute leads a session while somebody is away.
    HandedOver { session: SessionId, time_off: TimeOffId, substitute: PractitionerId },
    /// A session has no free seat left.
    Full { session: SessionId },
    /// A full session has a free seat again.
    SeatsAvailable { session: SessionId },
    /// A person was booked into one session.
    ParticipantBooked { participant: ParticipantId, session: SessionId, person: Person },
    /// A person was booked into sessions of a group.
    PersonBooked { group: GroupId, person: Person, count: usize },
    /// Somebody's status in a session changed.
    ParticipantTurned { participant: ParticipantId, session: SessionId, status: ParticipantStatus },
    /// Many people of a session were marked at once; each is told of, too.
    AttendanceTaken { session: SessionId, count: u32 },
    /// A person's bookings in sessions of a group were cancelled.
    PersonCancelled { group: GroupId, person: Person, count: usize },
    /// Something else of a participant changed: times, flags, minutes; with how they took part, before and after.
    ParticipantUpdated { participant: ParticipantId, session: SessionId, took_part: [Option<ParticipationLevel>; 2] },
    /// Bookings of a person that are still open stand otherwise at the consent gate, by a consent given or revoked.
    ConsentsFollowed { person: Person, count: usize },
    /// Groups that were behind have their sessions up to the horizon.
    SeriesFilled { organization: OrganizationId, groups: usize },
    /// When a group meets was set.
    RecurrenceSet { group: GroupId },
}

impl From<SessionEvent> for Event {
    fn from(event: SessionEvent) -> Self {
        Self::Session(event)
    }
}

impl SessionEvent {
    /// What the outbox and the audit log keep of the event.
    pub(super) fn told(&self) -> Told {
        let nothing = || json!({});
        match self {
            Self::Scheduled { session, group } => told("session.scheduled", session, json!({ "group_id": group })),
            Self::SeriesScheduled { group, count } => told("session.scheduled", group, json!({ "count": count })),
            Self::Updated { session } => told("session.updated", session, nothing()),
            Self::Rescheduled { session, group } => told("session.rescheduled", session, json!({ "group_id": group })),
            Self::Followed { group, count } => told("session.rescheduled", group, json!({ "count": count })),
            Self::ManyUpdated { group, count } => told("session.updated", group, json!({ "count": count })),
            Self::SeriesChanged { group, session, scope } => {
                told("group.series_changed", group, json!({ "session_id": session, "scope": scope }))
            }
            Self::RangeCancelled { organization, sessions } => {
                told("session.cancelled", organization, json!({ "count": sessions.len(), "session_ids": sessions }))
            }
            Self::Cancelled { session, group } => told("session.cancelled", session, json!({ "group_id": group })),
            Self::ManyCancelled { group, count, reason } => {
                told("session.cancelled", group, json!({ "count": count, "reason": reason }))
            }
            Self::Reinstated { group, count } => told("session.reinstated", group, json!({ "count": count })),
            Self::Started { session, encounter } => {
                told("session.started", session, json!({ "encounter_id": encounter }))
            }
            Self::StartUndone { session } => told("session.start_undone", session, nothing()),
            Self::Ended { session, encounter } => told("session.ended", session, json!({ "encounter_id": encounter })),
            Self::PendingReview { session } => told("session.pending_review", session, nothing()),
            Self::Returned { session } => told("session.returned", session, nothing()),
            Self::Completed { session, encounter } => {
                told("session.completed", session, json!({ "encounter_id": encounter }))
            }
            Self::Reopened { session, encounter } => {
                told("session.reopened", session, json!({ "encounter_id": encounter }))
            }
            Self::Voided { session, group } => told("session.voided", session, json!({ "group_id": group })),
            Self::LeadersChanged { session } => told("session.leaders_changed", session, nothing()),
            Self::HandedOver { session, time_off, substitute } => {
                let data = json!({ "substitute_id": substitute, "time_off_id": time_off });
                told("session.leaders_changed", session, data)
            }
            Self::Full { session } => told("capacity.full", session, nothing()),
            Self::SeatsAvailable { session } => told("capacity.available", session, nothing()),
            Self::ParticipantBooked { participant, session, person } => {
                told("participant.booked", participant, in_session(*session, *person))
            }
            Self::PersonBooked { group, person, count } => {
                told("participant.booked", group, counted(*group, *person, *count))
            }
            Self::PersonCancelled { group, person, count } => {
                told("participant.cancelled", group, counted(*group, *person, *count))
            }
            Self::ParticipantTurned { participant, session, status } => {
                told(participant_event(*status), participant, json!({ "session_id": session }))
            }
            Self::AttendanceTaken { session, count } => {
                told("session.attendance_taken", session, json!({ "count": count }))
            }
            Self::ParticipantUpdated { participant, session, .. } => {
                told("participant.updated", participant, json!({ "session_id": session }))
            }
            Self::ConsentsFollowed { person, count } => consents_followed(*person, *count),
            Self::SeriesFilled { organization, groups } => {
                told("schedule.filled", organization, json!({ "groups": groups }))
            }
            Self::RecurrenceSet { group } => told("group.recurrence_set", group, nothing()),
        }
    }
}

fn consents_followed(person: Person, count: usize) -> Told {
    let data = json!({ "count": count });
    match person {
        Person::Patient(patient) => told("participant.consent_changed", &patient, data),
        Person::Guest(guest) => told("participant.consent_changed", &guest, data),
    }
}

fn counted(group: GroupId, person: Person, count: usize) -> Value {
    let mut data = of_person(group, person);
    data["count"] = json!(count);
    data
}

fn in_session(session: SessionId, person: Person) -> Value {
    match person {
        Person::Patient(patient) => json!({ "session_id": session, "patient_id": patient }),
        Person::Guest(guest) => json!({ "session_id": session, "guest_id": guest }),
    }
}

const fn participant_event(status: ParticipantStatus) -> &'static str {
    match status {
        ParticipantStatus::Booked => "participant.booked",
        ParticipantStatus::Confirmed => "participant.confirmed",
        ParticipantStatus::Arrived => "participant.arrived",
        ParticipantStatus::Attended => "participant.attended",
        ParticipantStatus::NoShow => "participant.no_show",
        ParticipantStatus::Cancelled => "participant.cancelled",
    }
}
