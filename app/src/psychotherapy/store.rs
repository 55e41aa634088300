//! The records of the room, and statements over them.

use ::rules::{
    column::Value,
    id::{EncounterId, ParticipantId, PsychotherapyNoteId, UserId},
    text::Text,
};
use ::store::{Error, Where};

use crate::door::Scope;

/// What is written: at most 50,000 characters.
pub type Words = Text<1, 50_000>;

::store::record! {
    /// A psychotherapy note: for its author alone.
    pub struct PsychotherapyNote(PsychotherapyNoteId) in "psychotherapy_notes" {
        /// The encounter it is about.
        pub encounter_id: EncounterId,
        /// Whom it is about; nobody in particular without.
        pub participant_id: Option<ParticipantId>,
        /// Who wrote it, and alone reads it.
        pub author: UserId,
        /// What is written.
        pub content: Words,
    }
}

/// An author's notes about an encounter, in order of creation, after one.
pub async fn list(
    scope: &mut Scope<'_>,
    encounter: EncounterId,
    author: UserId,
    after: Option<PsychotherapyNoteId>,
    limit: usize,
) -> Result<Vec<PsychotherapyNote>, Error> {
    let filter = Where::organization().and("encounter_id = ?", &encounter).and("author = ?", &author);
    scope.filter(&filter.after("id", after.map(|id| vec![Value::from(&id)])), "id", limit).await
}

/// Replaces what is written: the older words are not kept.
pub async fn rewrite(scope: &mut Scope<'_>, old: &PsychotherapyNote, content: &Words) -> Result<(), Error> {
    const SQL: &str = "update psychotherapy_notes set content = $3, version = version + 1, updated_at = $4 \
        where organization_id = $1 and id = $2 and version = $5";
    let now = Value::Time(scope.now());
    let values = [(&old.id).into(), Value::Text(content.to_string()), now, Value::Int(old.version)];
    match scope.run(SQL, &values).await? {
        1 => Ok(()),
        _ => Err(Error::Stale),
    }
}

/// Takes a note away for good.
pub async fn delete(scope: &mut Scope<'_>, id: PsychotherapyNoteId) -> Result<(), Error> {
    const SQL: &str = "delete from psychotherapy_notes where organization_id = $1 and id = $2";
    scope.run(SQL, &[(&id).into()]).await.map(drop)
}
