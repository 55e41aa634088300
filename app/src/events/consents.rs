//! What can happen to consents and their texts. What kind a consent is of, no event tells: some kinds alone say what
//! somebody is treated for.

use rules::{
    id::{ConsentId, ConsentTextId},
    roster::Person,
};
use serde_json::json;

use super::{Event, Told, told};

/// Something that happened to a consent or a text.
#[derive(Debug, Clone)]
pub enum ConsentEvent {
    /// There is another version of a text.
    TextAdded { text: ConsentTextId },
    /// Who needs a text, how long its consents hold or whether it is in use was changed.
    TextChanged { text: ConsentTextId },
    /// Somebody has consented.
    Taken { consent: ConsentId, person: Person },
    /// Somebody has withdrawn a consent.
    Revoked { consent: ConsentId, person: Person },
}

impl From<ConsentEvent> for Event {
    fn from(event: ConsentEvent) -> Self {
        Self::Consent(event)
    }
}

impl ConsentEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        let of = |person: &Person| match person {
            Person::Patient(patient) => json!({ "patient_id": patient }),
            Person::Guest(guest) => json!({ "guest_id": guest }),
        };
        match self {
            Self::TextAdded { text } => told("consent_text.added", text, json!({})),
            Self::TextChanged { text } => told("consent_text.changed", text, json!({})),
            Self::Taken { consent, person } => told("consent.taken", consent, of(person)),
            Self::Revoked { consent, person } => told("consent.revoked", consent, of(person)),
        }
    }
}
