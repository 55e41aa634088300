//! What can happen to notes and charts. What is signed or kept for good is told with its hash, against which the records
//! are verified.

use rules::{
    chart::EntryStatus,
    id::{AnnotationId, ChartEntryId, GroupId, NoteId, SessionId, SignatureId},
};
use serde_json::{Value, json};

use super::{Event, Told, told};

/// A change of a note or of charts.
#[derive(Debug, Clone)]
pub enum NoteEvent {
    /// A note was begun.
    Created { note: NoteId, session: SessionId },
    /// A draft was saved.
    Updated { note: NoteId, session: SessionId },
    /// A note was signed; the hashes are of the signed text, and of who signed it when and as what.
    Signed { note: NoteId, session: SessionId, signature: SignatureId, sha256: String, signer_sha256: String },
    /// A reviewer countersigned a note.
    Reviewed { note: NoteId, session: SessionId, signature: SignatureId, sha256: String, signer_sha256: String },
    /// A reviewer sent a note back.
    Returned { note: NoteId, session: SessionId },
    /// The session of a signed note was reopened: the note begins its next version.
    Reopened { note: NoteId, session: SessionId },
    /// Words were added to a signed note; the hashes are of what was signed, and of who signed it when.
    Annotated { note: NoteId, session: SessionId, annotation: AnnotationId, sha256: String, signer_sha256: String },
    /// A note was entered in error.
    Voided { note: NoteId, session: SessionId },
    /// Every required note of a session is signed. Written together with its completion.
    SessionDocumented { session: SessionId, group: Option<GroupId> },
    /// A documented session was written into charts.
    ChartsWritten { session: SessionId, entries: Vec<KeptEntry> },
    /// The session of these entries was reopened: they are kept as superseded.
    ChartsSuperseded { session: SessionId, entries: Vec<KeptEntry> },
    /// These superseded entries have others in their place.
    ChartsReplaced { session: SessionId, entries: Vec<KeptEntry> },
    /// The session of these entries was voided.
    ChartsVoided { session: SessionId, entries: Vec<KeptEntry> },
    /// Words added to a note reached the chart entries that show it.
    ChartsAnnotated { session: SessionId, entries: Vec<KeptEntry> },
}

/// One chart entry as it was kept.
#[derive(Debug, Clone)]
pub struct KeptEntry {
    /// The entry.
    pub id: ChartEntryId,
    /// Its version.
    pub version: i64,
    /// The SHA-256 of its text.
    pub sha256: String,
    /// Where it stands.
    pub status: EntryStatus,
}

impl From<NoteEvent> for Event {
    fn from(event: NoteEvent) -> Self {
        Self::Note(event)
    }
}

impl NoteEvent {
    /// What the outbox and the audit log keep of the event.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Created { note, session } => told("note.created", note, in_session(*session)),
            Self::Updated { note, session } => told("note.updated", note, in_session(*session)),
            Self::Returned { note, session } => told("note.returned", note, in_session(*session)),
            Self::Reopened { note, session } => told("note.reopened", note, in_session(*session)),
            Self::Voided { note, session } => told("note.voided", note, in_session(*session)),
            Self::Signed { note, session, signature, sha256, signer_sha256 } => {
                told("note.signed", note, signed(*session, vec![by(signature, sha256, signer_sha256)]))
            }
            Self::Reviewed { note, session, signature, sha256, signer_sha256 } => {
                told("note.reviewed", note, signed(*session, vec![by(signature, sha256, signer_sha256)]))
            }
            Self::Annotated { note, session, annotation, sha256, signer_sha256 } => {
                told("note.annotated", note, signed(*session, vec![by(annotation, sha256, signer_sha256)]))
            }
            Self::SessionDocumented { session, group } => {
                told("session.documented", session, json!({ "group_id": group }))
            }
            Self::ChartsWritten { session, entries } => told("chart.written", session, signed(*session, all(entries))),
            Self::ChartsSuperseded { session, entries } => {
                told("chart.superseded", session, signed(*session, all(entries)))
            }
            Self::ChartsReplaced { session, entries } => {
                told("chart.replaced", session, signed(*session, all(entries)))
            }
            Self::ChartsVoided { session, entries } => told("chart.voided", session, signed(*session, all(entries))),
            Self::ChartsAnnotated { session, entries } => {
                told("chart.annotated", session, signed(*session, all(entries)))
            }
        }
    }
}

fn in_session(session: SessionId) -> Value {
    json!({ "session_id": session })
}

fn signed(session: SessionId, signed: Vec<Value>) -> Value {
    json!({ "session_id": session, "signed": signed })
}

fn by(id: &impl serde::Serialize, sha256: &str, signer_sha256: &str) -> Value {
    json!({ "id": id, "version": 1, "sha256": sha256, "signer_sha256": signer_sha256 })
}

fn all(entries: &[KeptEntry]) -> Vec<Value> {
    let kept = |entry: &KeptEntry| json!({ "id": entry.id, "version": entry.version, "sha256": entry.sha256, "status": entry.status });
    entries.iter().map(kept).collect()
}
