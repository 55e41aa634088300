//! Statements over notes.

use std::collections::BTreeMap;

use ::rules::{
    column::{BadColumn, Field, Json, Value},
    id::{EncounterId, NoteId, ParticipantId, PatientId, PractitionerId, SessionId, UserId},
    notes::{
        Discipline, Layout, NoteContent, NoteFacts, NoteIdentity, NoteStatus, NoteType, WrittenIn, canonical_bytes,
    },
    templates::NoteTemplate,
    text::{Reason, Remark},
};
use ::store::{Error, Where};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::Signature;
use crate::door::Scope;

/// The values of a note's fields, as JSON text in one column.
///
/// Text that is no JSON object any more reads as no values: then the note is not what was signed, and says so, instead
/// of being unreadable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Values(pub Map<String, serde_json::Value>);

impl Field for Values {
    fn to_value(&self) -> Value {
        Value::Text(serde_json::Value::Object(self.0.clone()).to_string())
    }
    fn from_value(value: &Value) -> Result<Self, BadColumn> {
        let text = String::from_value(value)?;
        Ok(Self(serde_json::from_str(&text).unwrap_or_default()))
    }
}

::store::record! {
    /// One note of one encounter, as it is stored.
    pub struct Note(NoteId) in "notes" {
        /// The encounter.
        pub encounter_id: EncounterId,
        /// The session.
        pub session_id: SessionId,
        /// Whose it is, if individual.
        pub participant_id: Option<ParticipantId>,
        /// The patient it is about, if it is one.
        pub patient_id: Option<PatientId>,
        /// What it is.
        pub note_type: NoteType,
        /// The discipline, if individual.
        pub discipline: Option<Discipline>,
        /// The template it started from.
        pub template_key: String,
        /// The version of that template.
        pub template_version: u32,
        /// The template as it was then.
        #[schema(value_type = NoteTemplate)]
        pub template: Json<NoteTemplate>,
        /// The running text.
        pub content: String,
        /// The values of the template's fields.
        pub fields: Values,
        /// Where it stands.
        pub status: NoteStatus,
        /// Which version of the text this is, from 1: a return begins the next.
        pub edition: u32,
        /// Who wrote in it last.
        pub edited_by_user: Option<UserId>,
        /// What a reviewer said when it was returned.
        pub return_comment: Option<Remark>,
        /// Which practitioner returned it.
        #[serde(default)]
        pub returned_by: Option<PractitionerId>,
        /// Their printed name at the time.
        #[serde(default)]
        pub returned_by_name: Option<String>,
        /// When.
        #[serde(default)]
        pub returned_at: Option<Timestamp>,
        /// Why it was voided.
        pub void_reason: Option<Reason>,
    }
}

impl Note {
    /// This note as one that nobody has sent back.
    pub fn without_return(self) -> Self {
        Self { return_comment: None, returned_by: None, returned_by_name: None, returned_at: None, ..self }
    }

    /// What is written in it.
    pub fn written(&self) -> NoteContent {
        NoteContent { text: self.content.clone(), fields: self.fields.0.clone() }
    }

    /// What it is, beside its content.
    pub fn identity(&self) -> NoteIdentity {
        NoteIdentity {
            note: self.id,
            version: self.edition,
            session: self.session_id,
            participant: self.participant_id,
            note_type: self.note_type,
            discipline: self.discipline,
        }
    }

    /// The exact text that a signature of this edition stands for, in a layout.
    pub fn canonical(&self, layout: Layout) -> String {
        let written_in =
            WrittenIn { key: &self.template_key, version: self.template_version, template: &self.template };
        // Always UTF-8: it is written as JSON text.
        String::from_utf8(canonical_bytes(&self.identity(), &self.written(), written_in, layout)).unwrap_or_default()
    }

    /// The note as the rulebook sees it.
    pub fn facts(&self, signatures: &[Signature]) -> NoteFacts {
        let signed = signatures.iter().filter(|signature| signature.is_of(self) && !signature.is_review());
        NoteFacts {
            note: self.id,
            note_type: self.note_type,
            participant: self.participant_id,
            status: self.status,
            signed_by: signed.map(|signature| signature.practitioner_id).collect(),
        }
    }
}

/// The notes of an encounter in order of creation.
pub async fn of_encounter(scope: &mut Scope<'_>, encounter: EncounterId) -> Result<Vec<Note>, Error> {
    scope.select("where organization_id = $1 and encounter_id = $2 order by id", &[(&encounter).into()]).await
}

/// The last signed individual note of each of these patients in another encounter.
pub async fn last_of_patients(
    scope: &mut Scope<'_>,
    encounter: EncounterId,
    patients: &[PatientId],
) -> Result<BTreeMap<PatientId, Note>, Error> {
    let mut last = BTreeMap::new();
    for chunk in patients.chunks(500) {
        let filter = Where::starting("n.organization_id = $1");
        let filter = filter.and_in("n.patient_id", chunk.iter().map(Value::from));
        let filter = filter.and_always("n.status = 'signed'").and("n.encounter_id <> ?", &encounter);
        let sql = format!("select max(n.id) as id from notes n where {} group by n.patient_id", filter.sql());
        let mut ids: Vec<NoteId> = Vec::new();
        for row in scope.rows(&sql, filter.arguments()).await? {
            ids.push(row.at(0)?);
        }
        let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
        for note in scope.filter::<Note>(&filter, "id", ids.len().max(1)).await? {
            last.extend(note.patient_id.map(|patient| (patient, note)));
        }
    }
    Ok(last)
}

/// The last signed note of the same patient and discipline in another encounter.
pub async fn last_of_discipline(scope: &mut Scope<'_>, note: &Note) -> Result<Option<Note>, Error> {
    let (Some(patient), Some(discipline)) = (&note.patient_id, note.discipline) else { return Ok(None) };
    let filter = Where::organization().and("patient_id = ?", patient).and_always("status = 'signed'");
    let filter = filter.and("discipline = ?", discipline.as_str()).and("encounter_id <> ?", &note.encounter_id);
    Ok(scope.filter(&filter, "patient_id desc, id desc", 1).await?.pop())
}
