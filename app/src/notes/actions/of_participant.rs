//! The individual notes of one participant, beside how they took part.

use ::rules::{
    id::{NoteId, ParticipantId, SessionId},
    notes::{Discipline, NoteStatus},
    permissions::Permission,
    templates::in_words,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::{folder::Folder, store::Note};
use crate::{
    door::{Cx, Scope},
    problem::Problem,
    sessions::{actions, answers::ParticipantView},
};

/// A participant with the text of their individual notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParticipantRecord {
    /// The participant.
    #[serde(flatten)]
    pub participant: ParticipantView,
    /// The notes about them that count, one for each discipline; null where the caller may not read them. That they are
    /// read, is recorded.
    pub individual_notes: Option<Vec<IndividualNote>>,
}

/// The text of a note as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IndividualNote {
    /// The note.
    pub note_id: NoteId,
    /// Its discipline.
    pub discipline: Option<Discipline>,
    /// Where it stands.
    pub status: NoteStatus,
    /// The running text; may be empty when the fields say it all.
    pub text: String,
    /// What its fields say, in the order of its template.
    pub fields: Vec<FieldInWords>,
}

/// A field of a note and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldInWords {
    /// What the template calls it.
    pub label: String,
    /// Its value in words.
    pub value: String,
}

impl IndividualNote {
    fn of(note: &Note) -> Self {
        let fields = in_words(&note.template.fields, &note.fields.0);
        Self {
            note_id: note.id,
            discipline: note.discipline,
            status: note.status,
            text: note.content.clone(),
            fields: fields.into_iter().map(|(label, value)| FieldInWords { label, value }).collect(),
        }
    }
}

/// One participant of a session with their individual notes.
///
/// # Errors
/// 403, 404.
pub async fn participant(cx: &Cx, ids: (SessionId, ParticipantId)) -> Result<ParticipantRecord, Problem> {
    let participant = actions::participant(cx, ids).await?;
    let individual_notes = match cx.permissions.allows(Permission::GroupEncounterNoteRead) {
        true => individual_notes(cx, ids).await?,
        false => None,
    };
    Ok(ParticipantRecord { participant, individual_notes })
}

async fn individual_notes(
    cx: &Cx,
    (session, participant): (SessionId, ParticipantId),
) -> Result<Option<Vec<IndividualNote>>, Problem> {
    cx.read(Permission::GroupEncounterNoteRead, |scope| {
        Box::pin(async move {
            let folder = Folder::of_session(scope, session).await?;
            readable(scope, &folder, participant).await
        })
    })
    .await
}

/// The notes about a participant, if all of them are the caller's to read. Who treats somebody else has none, and is not
/// refused: they asked for the participant.
async fn readable(
    scope: &mut Scope<'_>,
    folder: &Folder,
    participant: ParticipantId,
) -> Result<Option<Vec<IndividualNote>>, Problem> {
    let reach = folder.reach(scope).await?;
    let notes: Vec<&Note> = folder.notes_of(participant).collect();
    if notes.iter().any(|note| !reach.covers(folder.about(note))) {
        return Ok(None);
    }
    for note in &notes {
        reach.read(scope, folder.about(note), "note", note.id)?;
    }
    Ok(Some(notes.into_iter().map(IndividualNote::of).collect()))
}
