//! Writing: notes begun, saved as they are typed, and voided.

use ::rules::{
    column::Json,
    id::{EncounterId, NoteId, ParticipantId, UserId},
    notes::{self as rulebook, Discipline, NoteContent, NoteStatus, NoteType, Refusal, may_edit},
    permissions::Permission,
    sessions::{ParticipantStatus, SessionType},
    templates::{Stage, check_content, follows_room},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, NoteView},
        folder::{Folder, practitioners, starter},
        inputs::{ChangeNote, NewNote, Void},
        reactions,
        store::{self, Note, Values},
    },
    audited,
    together::{self, Coming},
};
use crate::{
    audit,
    door::{Cx, Scope},
    events::NoteEvent,
    people::Practitioner,
    problem::{FieldError, Problem},
    sessions,
    templates::{self, Chosen},
};

/// Begins a note.
///
/// # Errors
/// 404 for the encounter; 403 `not_leader`; 409 `note_exists`, `invalid_transition`, `not_attending`; 422.
pub async fn create(cx: &Cx, encounter: EncounterId, new: &NewNote) -> Result<NoteView, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let mut folder = open_for_writing(scope, encounter).await?;
            let participant = about(&folder, new)?;
            let draft = draft(scope, &folder, new, participant).await?;
            refuse_twins(&folder, &draft)?;
            let note = add(scope, &mut folder, draft).await?;
            Ok(answers::note(&folder, &note, Vec::new()))
        })
    });
    audited(cx, outcome.await).await
}

/// The folder of an encounter with its session locked, in which the caller may write.
async fn open_for_writing(scope: &mut Scope<'_>, encounter: EncounterId) -> Result<Folder, Problem> {
    let encounter: sessions::Encounter = scope.get(encounter).await?;
    let folder = Folder::locked(scope, encounter.session_id).await?;
    may_edit(NoteStatus::Draft, folder.session.status, &starter(scope.cx), &folder.leaders)?;
    Ok(folder)
}

/// Whom a new note is about.
fn about(folder: &Folder, new: &NewNote) -> Result<Option<ParticipantId>, Problem> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, code: &str, message: &str| errors.push(FieldError::new(field, code, message));
    match new.note_type {
        NoteType::SessionNote => {
            if new.participant_id.is_some() {
                wrong(
                    "participant_id",
                    "not_individual",
                    "belongs to an `individual_note`; the group note is about all",
                );
            }
            if new.discipline.is_some() {
                wrong("discipline", "not_individual", "belongs to an `individual_note`");
            }
            if folder.session.session_type == SessionType::Individual {
                wrong("note_type", "no_group", "must be `individual_note`: this session is for one person");
            }
        }
        NoteType::IndividualNote => match new.participant_id.map(|id| folder.participant(id)) {
            None => wrong("participant_id", "missing", "is required for an `individual_note`"),
            Some(None) => wrong("participant_id", "not_found", "is no participant of this session"),
            Some(Some(_)) => {}
        },
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let away = new.participant_id.and_then(|id| folder.participant(id)).filter(|one| !one.status.takes_seat());
    match away {
        Some(one) => Err(not_attending(folder, one.status, false)),
        None => Ok(new.participant_id),
    }
}

/// 409: who did not come has a line in the chart, and no note.
pub(super) fn not_attending(folder: &Folder, status: ParticipantStatus, is_begun: bool) -> Problem {
    Refusal::NotAttending { status, is_begun, is_fixed: folder.session.first_signed_at.is_some() }.into()
}

/// The template of a new note: the one that is named, else the one that the session's template asks for, else the
/// built-in one. An individual note without a discipline has that of the template that is named.
async fn template_of(scope: &mut Scope<'_>, folder: &Folder, new: &NewNote) -> Result<Chosen, Problem> {
    let discipline = match (new.note_type, &new.template) {
        (NoteType::SessionNote, _) => None,
        (NoteType::IndividualNote, Some(_)) => new.discipline,
        (NoteType::IndividualNote, None) => Some(new.discipline.unwrap_or(Discipline::General)),
    };
    let wanted = folder.settings().filter(|_| new.template.is_none());
    if let Some(key) = wanted.and_then(|settings| settings.note_template(discipline))
        && let Some(asked_for) = templates::actions::notes::by_key(scope, key).await?
    {
        return Ok(asked_for);
    }
    templates::actions::notes::chosen(scope, new.template.as_deref(), new.note_type, discipline).await
}

async fn draft(
    scope: &mut Scope<'_>,
    folder: &Folder,
    new: &NewNote,
    participant: Option<ParticipantId>,
) -> Result<Note, Problem> {
    let Chosen { key, version, template, .. } = template_of(scope, folder, new).await?;
    let fields = new.fields.clone().map(|fields| fields.0).unwrap_or_default();
    let mut written = NoteContent { text: new.content.clone().unwrap_or_default(), fields: without_nothing(fields) };
    let marked = participant.and_then(|id| folder.participant(id)).and_then(|one| one.participation_level);
    // What was marked in the room is not asked for again.
    if let Some(fields) = follows_room(&template.fields, &written.fields, None, marked) {
        written.fields = fields;
    }
    let violations = check_content(&template.fields, &written, Stage::Draft);
    if !violations.is_empty() {
        return Err(violations.into());
    }
    Ok(Note {
        id: scope.id(),
        encounter_id: folder.encounter.id,
        session_id: folder.session.id,
        participant_id: participant,
        patient_id: participant.and_then(|id| folder.participant(id)).and_then(|one| one.patient_id),
        note_type: new.note_type,
        discipline: template.discipline,
        template_key: key,
        template_version: version,
        template: Json(template),
        content: written.text,
        fields: Values(written.fields),
        status: NoteStatus::Draft,
        edition: 1,
        edited_by_user: scope.cx.user(),
        return_comment: None,
        returned_by: None,
        returned_by_name: None,
        returned_at: None,
        void_reason: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    })
}

fn without_nothing(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// One group note; one individual note for a participant and discipline.
fn refuse_twins(folder: &Folder, draft: &Note) -> Result<(), Problem> {
    let twin = folder.notes.iter().find(|note| {
        note.status.is_current()
            && (note.note_type, note.participant_id, note.discipline)
                == (draft.note_type, draft.participant_id, draft.discipline)
    });
    let Some(twin) = twin else { return Ok(()) };
    let detail = match twin.note_type {
        NoteType::SessionNote => format!("This session has its group note already: {}. Change that one.", twin.id),
        NoteType::IndividualNote => {
            format!("This participant has a note of this discipline already: {}. Change that one.", twin.id)
        }
    };
    Err(Problem::conflict("note_exists", detail))
}

async fn add(scope: &mut Scope<'_>, folder: &mut Folder, note: Note) -> Result<Note, Problem> {
    scope.insert(&note).await?;
    scope.emit(NoteEvent::Created { note: note.id, session: note.session_id });
    folder.replace(note.clone());
    Ok(note)
}

/// The notes that were begun at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Begun {
    /// The new drafts: the group note first, then in the order of the participants.
    pub note_ids: Vec<NoteId>,
}

/// Begins every note that is still to be written: the group note, and one for each patient who is here and has none,
/// of the caller's discipline.
///
/// # Errors
/// 404; 403 `not_leader`; 409 `invalid_transition`, `nothing_to_begin`.
pub async fn begin_all(cx: &Cx, encounter: EncounterId) -> Result<Begun, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let mut folder = open_for_writing(scope, encounter).await?;
            let own = own_discipline(scope).await?;
            let mut note_ids = Vec::new();
            for new in still_to_write(&folder, own) {
                let note = draft(scope, &folder, &new, new.participant_id).await?;
                note_ids.push(add(scope, &mut folder, note).await?.id);
            }
            if note_ids.is_empty() {
                let detail = "Every note of this session is begun. Participants who are not here yet have none.";
                return Err(Problem::conflict("nothing_to_begin", detail));
            }
            Ok(Begun { note_ids })
        })
    });
    audited(cx, outcome.await).await
}

/// Whether anything is still to be begun.
pub(super) fn is_more_to_begin(folder: &Folder) -> bool {
    !still_to_write(folder, Discipline::General).is_empty()
}

fn still_to_write(folder: &Folder, own: Discipline) -> Vec<NewNote> {
    let blank = |note_type, participant_id, discipline| NewNote {
        note_type,
        participant_id,
        discipline,
        template: None,
        content: None,
        fields: None,
    };
    let demands = folder.demands();
    let group = demands.group_note && folder.group_note().is_none();
    let here = folder.participants.iter().filter(|one| {
        let here = matches!(one.status, ParticipantStatus::Arrived | ParticipantStatus::Attended);
        here && demands.individual_notes && one.patient_id.is_some() && folder.notes_of(one.id).next().is_none()
    });
    let individual = here.map(|one| blank(NoteType::IndividualNote, Some(one.id), Some(own)));
    group.then(|| blank(NoteType::SessionNote, None, None)).into_iter().chain(individual).collect()
}

/// The discipline of the caller's profile, as far as notes know it.
pub(super) async fn own_discipline(scope: &mut Scope<'_>) -> Result<Discipline, Problem> {
    let Some(me) = scope.cx.practitioner() else { return Ok(Discipline::General) };
    let found = practitioners(scope, &[me]).await?.remove(&me);
    let word = found.and_then(|me: Practitioner| me.discipline).map(|word| word.to_lowercase());
    Ok(word.as_deref().and_then(Discipline::parse).unwrap_or(Discipline::General))
}

/// Saves a draft as far as it is written. When somebody else has saved it since the caller read it, `merge` brings both
/// together, as far as nothing is in doubt.
///
/// # Errors
/// 404; 403 `not_leader`; 409 for a signed note; 412 when somebody else has saved it since, or changed the same words; 422.
pub async fn change(cx: &Cx, id: NoteId, change: &ChangeNote, merge: bool) -> Result<NoteView, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let outcome = match cx.request.if_match.filter(|_| merge) {
        Some(read) => together::change(cx, id, read, change).await,
        None => save(cx, id, change, Coming::AsItIs).await,
    };
    audited(cx, outcome).await
}

/// Writes a change of a draft down.
pub(super) async fn save(cx: &Cx, id: NoteId, change: &ChangeNote, coming: Coming<'_>) -> Result<NoteView, Problem> {
    cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            // The note's row alone: whoever signs it locks that too, and two leaders write in different notes at once.
            let old: Note = match coming {
                Coming::AsItIs => scope.lock_current(id).await?,
                Coming::Apart(_) | Coming::Locked { .. } => scope.lock(id).await?,
            };
            let mut folder = Folder::of_session(scope, old.session_id).await?;
            may_edit(old.status, folder.session.status, &starter(scope.cx), &folder.leaders)?;
            let note = coming.note_on(scope, &old, change).await?;
            let violations = check_content(&note.template.fields, &note.written(), Stage::Draft);
            if !violations.is_empty() {
                return Err(violations.into());
            }
            let saved = scope.update(&old, note).await?;
            scope.emit(NoteEvent::Updated { note: id, session: saved.session_id });
            folder.replace(saved.clone());
            let waivers = store::waivers(scope, id).await?;
            Ok(answers::note(&folder, &saved, waivers))
        })
    })
    .await
}

/// The draft with a change in it.
pub(super) fn changed(old: &Note, change: &ChangeNote, by: Option<UserId>) -> Result<Note, Problem> {
    let names_a_field = change.fields.as_ref().is_some_and(|fields| !fields.0.is_empty());
    if change.content.is_none() && !names_a_field {
        let message = "is missing, and `fields` names none: say what to change";
        return Err(Problem::invalid_field("content", "missing", message));
    }
    let mut note = old.clone();
    note.content = change.content.clone().unwrap_or(note.content);
    for (key, value) in change.fields.iter().flat_map(|fields| fields.0.clone()) {
        if value.is_null() {
            note.fields.0.remove(&key);
        } else {
            note.fields.0.insert(key, value);
        }
    }
    note.edited_by_user = by;
    Ok(note)
}

/// Voids a note that was begun or signed in error: it is kept, and no longer counts. A signed one needs
/// `session.void`, and its session still in progress.
///
/// # Errors
/// 404; 403; 409 once the session is documented; 412.
pub async fn void(cx: &Cx, id: NoteId, void: &Void) -> Result<NoteView, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let known = cx.read_as_oneself(|scope| Box::pin(async move { scope.get::<Note, _>(id).await })).await?;
    if known.status == NoteStatus::Signed && !cx.permissions.allows(Permission::SessionVoid) {
        audit::refused(cx, Permission::SessionVoid.as_str()).await?;
        let detail =
            "A signed note is voided by somebody with the permission `session.void`. Add an annotation instead.";
        return Err(Problem::refused_access("signed", detail));
    }
    let was = known.status;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let mut folder = locked(scope, id).await?;
            let old: Note = scope.lock_current(id).await?;
            may_void(scope, &folder, &old, was)?;
            let reason = Some(void.reason.clone());
            let note = Note { status: NoteStatus::EnteredInError, void_reason: reason, ..old.clone() };
            let saved = scope.update(&old, note).await?;
            scope.emit(NoteEvent::Voided { note: id, session: saved.session_id });
            folder.replace(saved.clone());
            reactions::settle(scope, &mut folder).await?;
            let waivers = store::waivers(scope, id).await?;
            Ok(answers::note(&folder, &saved, waivers))
        })
    });
    audited(cx, outcome.await).await
}

/// The folder of a note, its session locked.
pub(super) async fn locked(scope: &mut Scope<'_>, id: NoteId) -> Result<Folder, Problem> {
    let known: Note = scope.get(id).await?;
    Folder::locked(scope, known.session_id).await
}

fn may_void(scope: &Scope<'_>, folder: &Folder, note: &Note, was: NoteStatus) -> Result<(), Problem> {
    if note.status.is_current() && note.status != was {
        return Err(Problem::stale(Some(note.version)));
    }
    Ok(rulebook::may_void(note.status, folder.session.status, &starter(scope.cx), &folder.leaders)?)
}
