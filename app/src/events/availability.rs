//! What can happen to when practitioners work: their weekly hours, and time off.

use rules::{
    availability::TimeOffVerb,
    id::{PractitionerId, TimeOffId},
};
use serde_json::json;

use super::{Event, Told, told};

/// Something that happened to when a practitioner works.
#[derive(Debug, Clone)]
pub enum AvailabilityEvent {
    /// The weekly hours were set.
    HoursSet { practitioner: PractitionerId },
    /// Somebody asks for time off.
    TimeOffRequested { time_off: TimeOffId, practitioner: PractitionerId },
    /// Time off was changed, approved, declined or taken back.
    TimeOffTurned { time_off: TimeOffId, practitioner: PractitionerId, verb: TimeOffVerb },
}

impl From<AvailabilityEvent> for Event {
    fn from(event: AvailabilityEvent) -> Self {
        Self::Availability(event)
    }
}

impl AvailabilityEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        match self {
            Self::HoursSet { practitioner } => told("practitioner.hours_set", practitioner, json!({})),
            Self::TimeOffRequested { time_off, practitioner } => {
                told("time_off.requested", time_off, json!({ "practitioner_id": practitioner }))
            }
            Self::TimeOffTurned { time_off, practitioner, verb } => {
                told(turned(*verb), time_off, json!({ "practitioner_id": practitioner }))
            }
        }
    }
}

const fn turned(verb: TimeOffVerb) -> &'static str {
    match verb {
        TimeOffVerb::Change => "time_off.changed",
        TimeOffVerb::Approve => "time_off.approved",
        TimeOffVerb::Decline => "time_off.declined",
        TimeOffVerb::Withdraw => "time_off.withdrawn",
    }
}
