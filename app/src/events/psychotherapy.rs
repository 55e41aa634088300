//! What can happen to psychotherapy notes. That there is one is told, and nothing else of it.

use rules::id::PsychotherapyNoteId;
use serde_json::json;

use super::{Event, Told, told};

/// Something happened to a psychotherapy note.
#[derive(Debug, Clone)]
pub enum PsychotherapyEvent {
    /// It was written.
    Kept { note: PsychotherapyNoteId },
    /// Its words were changed.
    Changed { note: PsychotherapyNoteId },
    /// It is gone.
    Deleted { note: PsychotherapyNoteId },
}

impl From<PsychotherapyEvent> for Event {
    fn from(event: PsychotherapyEvent) -> Self {
        Self::Psychotherapy(event)
    }
}

impl PsychotherapyEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        match self {
            Self::Kept { note } => told("psychotherapy_note.kept", note, json!({})),
            Self::Changed { note } => told("psychotherapy_note.changed", note, json!({})),
            Self::Deleted { note } => told("psychotherapy_note.deleted", note, json!({})),
        }
    }
}
