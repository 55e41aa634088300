//! Use cases: an author's own notes.

use ::rules::{
    id::{EncounterId, ParticipantId, PsychotherapyNoteId, SessionId, UserId},
    permissions::Permission,
    roster::Person,
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, PsychotherapyNote, Words};
use crate::{
    door::{Cx, Scope},
    events::PsychotherapyEvent,
    http::extract::FieldErrors,
    paging::{Page, Paged, cursor},
    people,
    problem::Problem,
    sessions::{self, Encounter, Participant, Session},
};

/// Who may keep such notes at all.
const WRITES: Permission = Permission::GroupEncounterNoteCreate;

/// A note to keep apart.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewPsychotherapyNote {
    /// Whom it is about; nobody in particular unless given.
    #[deserr(default)]
    pub participant_id: Option<ParticipantId>,
    /// What is written.
    pub content: Words,
}

/// Other words.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangePsychotherapyNote {
    /// What is written.
    pub content: Words,
}

/// That a note is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PsychotherapyNoteDeleted {
    /// The note.
    pub id: PsychotherapyNoteId,
}

/// What the author's page shows.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The session.
    pub session: Session,
    /// Its encounter.
    pub encounter: EncounterId,
    /// The author's notes.
    pub page: Page<PsychotherapyNote>,
    /// Who is in the session: participant and name.
    pub people: Vec<(ParticipantId, String)>,
}

fn author(cx: &Cx) -> Result<UserId, Problem> {
    cx.user().ok_or_else(|| Problem::unauthenticated("Sign in first."))
}

/// The caller's own note. Of somebody else's nobody learns that it is there.
async fn own(scope: &mut Scope<'_>, id: PsychotherapyNoteId) -> Result<PsychotherapyNote, Problem> {
    let author = author(scope.cx)?;
    let note: Option<PsychotherapyNote> = scope.find(id).await?;
    note.filter(|note| note.author == author).ok_or_else(|| Problem::not_found("psychotherapy note"))
}

/// The caller's own note, locked, if it is the version that was read.
async fn own_current(scope: &mut Scope<'_>, id: PsychotherapyNoteId) -> Result<PsychotherapyNote, Problem> {
    own(scope, id).await?;
    scope.lock_current(id).await
}

/// Keeps a note.
///
/// # Errors
/// 404 for the encounter, 422 with every bad field.
pub async fn keep(cx: &Cx, encounter: EncounterId, new: &NewPsychotherapyNote) -> Result<PsychotherapyNote, Problem> {
    // The answer is kept for a repeated request: it holds the id, and never the words.
    let id = cx
        .write(WRITES, |scope| {
            Box::pin(async move {
                let encounter: Encounter = scope.get(encounter).await?;
                if let Some(about) = new.participant_id {
                    let known: Option<Participant> = scope.find(about).await?;
                    if known.is_none_or(|one| one.session_id != encounter.session_id) {
                        let message = "is no participant of this session";
                        return Err(Problem::invalid_field("participant_id", "not_found", message));
                    }
                }
                let note = PsychotherapyNote {
                    id: scope.id(),
                    encounter_id: encounter.id,
                    participant_id: new.participant_id,
                    author: author(scope.cx)?,
                    content: new.content.clone(),
                    version: 1,
                    created_by_user: scope.cx.user(),
                    created_at: scope.now(),
                    updated_at: scope.now(),
                };
                scope.insert(&note).await?;
                scope.emit(PsychotherapyEvent::Kept { note: note.id });
                Ok(note.id)
            })
        })
        .await?;
    show(cx, id).await
}

/// One of the caller's notes.
///
/// # Errors
/// 404, also for somebody else's.
pub async fn show(cx: &Cx, id: PsychotherapyNoteId) -> Result<PsychotherapyNote, Problem> {
    cx.read(WRITES, |scope| {
        Box::pin(async move {
            let note = own(scope, id).await?;
            scope.record_reading("psychotherapy_note", id);
            Ok(note)
        })
    })
    .await
}

/// The caller's notes about an encounter, in order of creation.
///
/// # Errors
/// 404 for the encounter, 422 for a bad cursor.
pub async fn list(cx: &Cx, encounter: EncounterId, paged: &Paged) -> Result<Page<PsychotherapyNote>, Problem> {
    cx.require(WRITES).await?;
    let after: Option<PsychotherapyNoteId> = cursor(paged.cursor.as_deref())?;
    cx.read(WRITES, |scope| {
        Box::pin(async move {
            scope.get::<Encounter, _>(encounter).await?;
            listed(scope, encounter, after, paged.limit()).await
        })
    })
    .await
}

async fn listed(
    scope: &mut Scope<'_>,
    encounter: EncounterId,
    after: Option<PsychotherapyNoteId>,
    limit: usize,
) -> Result<Page<PsychotherapyNote>, Problem> {
    let author = author(scope.cx)?;
    let found = store::list(scope, encounter, author, after, limit + 1).await?;
    let page = Page::cut(found, limit, |note| note.id);
    page.items.iter().for_each(|note| scope.record_reading("psychotherapy_note", note.id));
    Ok(page)
}

/// Writes other words. The older ones are not kept.
///
/// # Errors
/// 404, also for somebody else's; 412, 422.
pub async fn change(
    cx: &Cx,
    id: PsychotherapyNoteId,
    change: &ChangePsychotherapyNote,
) -> Result<PsychotherapyNote, Problem> {
    cx.write(WRITES, |scope| {
        Box::pin(async move {
            let old = own_current(scope, id).await?;
            store::rewrite(scope, &old, &change.content).await?;
            scope.emit(PsychotherapyEvent::Changed { note: id });
            Ok(id)
        })
    })
    .await?;
    show(cx, id).await
}

/// Takes a note away for good.
///
/// # Errors
/// 404, also for somebody else's; 412.
pub async fn delete(cx: &Cx, id: PsychotherapyNoteId) -> Result<PsychotherapyNoteDeleted, Problem> {
    cx.write(WRITES, |scope| {
        Box::pin(async move {
            own_current(scope, id).await?;
            store::delete(scope, id).await?;
            scope.emit(PsychotherapyEvent::Deleted { note: id });
            Ok(PsychotherapyNoteDeleted { id })
        })
    })
    .await
}

/// What the author's page of a session shows.
///
/// # Errors
/// 404, 422 for a bad cursor.
pub async fn kept(cx: &Cx, session: SessionId, paged: &Paged) -> Result<Kept, Problem> {
    let after: Option<PsychotherapyNoteId> = cursor(paged.cursor.as_deref())?;
    cx.read(WRITES, |scope| {
        Box::pin(async move {
            let session: Session = scope.get(session).await?;
            let encounter = sessions::encounter_of(scope, session.id).await?;
            let encounter = encounter.ok_or_else(|| Problem::not_found("encounter"))?;
            let page = listed(scope, encounter.id, after, paged.limit()).await?;
            let participants = sessions::people_in(scope, session.id).await?;
            let persons: Vec<Person> = participants.iter().filter_map(Participant::person).collect();
            let names = people::names(scope, &persons).await?;
            let named = |one: &Participant| Some((one.id, names.get(&one.person()?)?.clone()));
            let people = participants.iter().filter_map(named).collect();
            Ok(Kept { session, encounter: encounter.id, page, people })
        })
    })
    .await
}
