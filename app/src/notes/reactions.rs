//! What follows once something was signed, or a session has ended.

use ::rules::{
    id::{NoteId, ParticipantId, SessionId},
    notes::NoteStatus,
    sessions::{ParticipationLevel, SessionStatus, SessionVerb},
    templates::follows_room,
    text::Text,
};

use super::{
    folder::Folder,
    store::{self, Note, Values},
};
use crate::{door::Scope, events::NoteEvent, problem::Problem, sessions};

/// A session has ended: if everything is signed already, it is documented.
///
/// # Errors
/// When the database can't answer.
pub async fn session_ended(scope: &mut Scope<'_>, session: SessionId) -> Result<(), Problem> {
    let mut folder = Folder::locked(scope, session).await?;
    settle(scope, &mut folder).await
}

/// A documented session was reopened: each signed note begins its next version as a draft; what was signed is kept with
/// its signatures, and attendance may be corrected.
///
/// # Errors
/// When the database can't answer.
pub async fn session_reopened(scope: &mut Scope<'_>, session: SessionId) -> Result<(), Problem> {
    let mut folder = Folder::locked(scope, session).await?;
    let signed: Vec<NoteId> = current(&folder, |note| note.status == NoteStatus::Signed);
    for id in signed {
        let old: Note = scope.lock(id).await?;
        let next = Note { status: NoteStatus::Draft, edition: old.edition + 1, ..old.clone().without_return() };
        folder.replace(scope.update(&old, next).await?);
        scope.emit(NoteEvent::Reopened { note: id, session });
    }
    unlock_if_unsigned(scope, &mut folder).await
}

/// Somebody's participation was marked in the room: their drafts say the same where nobody has chosen otherwise.
///
/// # Errors
/// When the database can't answer.
pub async fn took_part(
    scope: &mut Scope<'_>,
    (session, participant): (SessionId, ParticipantId),
    was: Option<ParticipationLevel>,
    is: Option<ParticipationLevel>,
) -> Result<(), Problem> {
    let Some(encounter) = sessions::encounter_of(scope, session).await? else { return Ok(()) };
    let notes = store::of_encounter(scope, encounter.id).await?;
    let drafts =
        notes.iter().filter(|note| note.participant_id == Some(participant) && note.status == NoteStatus::Draft);
    for id in drafts.map(|note| note.id) {
        let old: Note = scope.lock(id).await?;
        let follows = follows_room(&old.template.0.fields, &old.fields.0, was, is);
        // It may have been signed until it was locked.
        if let Some(fields) = follows.filter(|_| old.status == NoteStatus::Draft) {
            scope.update(&old, Note { fields: Values(fields), ..old.clone() }).await?;
            scope.emit(NoteEvent::Updated { note: id, session });
        }
    }
    Ok(())
}

/// A session was voided: its notes are entered in error with the same reason.
///
/// # Errors
/// When the database can't answer.
pub async fn session_voided(scope: &mut Scope<'_>, session: SessionId) -> Result<(), Problem> {
    let folder = Folder::locked(scope, session).await?;
    for id in current(&folder, |note| note.status.is_current()) {
        let old: Note = scope.lock(id).await?;
        let void_reason = folder.session.void_reason.clone();
        let voided = Note { status: NoteStatus::EnteredInError, void_reason, ..old.clone() };
        scope.update(&old, voided).await?;
        scope.emit(NoteEvent::Voided { note: id, session });
    }
    Ok(())
}

fn current(folder: &Folder, wanted: impl Fn(&Note) -> bool) -> Vec<NoteId> {
    folder.notes.iter().filter(|note| wanted(note)).map(|note| note.id).collect()
}

/// Completes the session, or asks for its review, when nothing is missing any more.
///
/// # Errors
/// When the database can't answer.
pub async fn settle(scope: &mut Scope<'_>, folder: &mut Folder) -> Result<(), Problem> {
    unlock_if_unsigned(scope, folder).await?;
    match folder.turn() {
        Some(verb) => turn(scope, folder, verb, None).await,
        None => Ok(()),
    }
}

/// Lets attendance be corrected when nothing is signed any more.
async fn unlock_if_unsigned(scope: &mut Scope<'_>, folder: &mut Folder) -> Result<(), Problem> {
    let signed = folder.notes.iter().any(|note| note.status == NoteStatus::Signed);
    if !signed && folder.session.first_signed_at.is_some() {
        folder.session = sessions::actions::note_signed(scope, &folder.session, None).await?;
    }
    Ok(())
}

/// Turns the session, and tells of it: `session.completed` and `session.documented` are written together.
///
/// # Errors
/// 409 for a wrong turn.
pub async fn turn(
    scope: &mut Scope<'_>,
    folder: &mut Folder,
    verb: SessionVerb,
    comment: Option<&Text<1, 4000>>,
) -> Result<(), Problem> {
    folder.session = sessions::actions::document(scope, &folder.session, verb, comment.is_some()).await?;
    let session = folder.session.id;
    match folder.session.status {
        SessionStatus::PendingReview => Ok(()),
        SessionStatus::Completed => {
            scope.emit(NoteEvent::SessionDocumented { session, group: folder.session.group_id });
            Ok(())
        }
        _ => unlock_if_unsigned(scope, folder).await,
    }
}
