//! What can happen to disclosures: they are made, and never changed. To whom and what for, no event tells.

use rules::id::{DisclosureId, PatientId};
use serde_json::json;

use super::{Event, Told, told};

/// Something left the house.
#[derive(Debug, Clone)]
pub enum DisclosureEvent {
    /// It was logged that something left, with so many chart entries.
    Made { disclosure: DisclosureId, patient: PatientId, entries: u32, is_part2: bool },
}

impl From<DisclosureEvent> for Event {
    fn from(event: DisclosureEvent) -> Self {
        Self::Disclosure(event)
    }
}

impl DisclosureEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        match self {
            Self::Made { disclosure, patient, entries, is_part2 } => {
                let data = json!({ "patient_id": patient, "entries": entries, "is_part2": is_part2 });
                told("disclosure.made", disclosure, data)
            }
        }
    }
}
