//! After signing: a reviewer's signature or return, and annotations.

use ::rules::{
    id::{AnnotationId, NoteId, PractitionerId, SessionId},
    notes::{NoteStatus, SignatureMeaning, may_annotate, may_review},
    permissions::Permission,
    sessions::SessionVerb,
};

use super::{
    super::{
        answers::{self, NoteView},
        check::Checker,
        folder::Folder,
        inputs::{Annotate, Return, Review},
        store::{self, Annotation, Note, sha256},
    },
    audited,
    drafts::locked,
    read::shown,
    sign::{printed, prove_for, signature},
};
use crate::{
    door::{Cx, Scope},
    events::NoteEvent,
    notes::reactions,
    problem::{FieldError, Problem},
};

fn reviewer(scope: &Scope<'_>, folder: &Folder) -> Result<PractitionerId, Problem> {
    Ok(may_review(folder.session.status, &scope.cx.reviewer(), &folder.leaders, &folder.ever_signed())?)
}

/// Countersigns the documentation of a note's session: every signed note of it gets the reviewer's signature, and the
/// session is completed.
///
/// # Errors
/// 404; 403 `not_reviewer`, `own_work`, `wrong_password`, `reauth_required`; 409 unless it is pending review.
pub async fn review(cx: &Cx, id: NoteId, review: &Review) -> Result<NoteView, Problem> {
    prove_for(cx, id, review.password.as_deref()).await?;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let mut folder = locked(scope, id).await?;
            let me = reviewer(scope, &folder)?;
            for note in folder.notes.clone().iter().filter(|note| note.status == NoteStatus::Signed) {
                countersign(scope, &mut folder, note, me).await?;
            }
            reactions::turn(scope, &mut folder, SessionVerb::Review, None).await?;
            let waivers = store::waivers(scope, id).await?;
            Ok(answers::note(&folder, folder.note(id)?, waivers))
        })
    });
    audited(cx, outcome.await).await
}

/// As [`review`], by the session.
///
/// # Errors
/// As [`review`]; 409 when the session has no signed note.
pub async fn review_session(cx: &Cx, session: SessionId, wanted: &Review) -> Result<(), Problem> {
    let notes = signed_of(cx, session).await?;
    review(cx, first(&notes)?, wanted).await.map(drop)
}

/// Sends every signed note of a session back, as [`return_note`] does with some.
///
/// # Errors
/// As [`return_note`]; 409 when the session has no signed note.
pub async fn return_session(cx: &Cx, session: SessionId, wanted: &Return) -> Result<(), Problem> {
    let notes = signed_of(cx, session).await?;
    let wanted = Return { note_ids: notes.clone(), ..wanted.clone() };
    return_note(cx, first(&notes)?, &wanted).await.map(drop)
}

async fn signed_of(cx: &Cx, session: SessionId) -> Result<Vec<NoteId>, Problem> {
    let outcome = cx.read(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let folder = Folder::of_session(scope, session).await?;
            reviewer(scope, &folder)?;
            Ok(folder.notes.iter().filter(|note| note.status == NoteStatus::Signed).map(|note| note.id).collect())
        })
    });
    audited(cx, outcome.await).await
}

fn first(notes: &[NoteId]) -> Result<NoteId, Problem> {
    let missing = || Problem::conflict("invalid_transition", "This session has no signed note that could be reviewed.");
    notes.first().copied().ok_or_else(missing)
}

async fn countersign(
    scope: &mut Scope<'_>,
    folder: &mut Folder,
    note: &Note,
    me: PractitionerId,
) -> Result<(), Problem> {
    let signature = signature(scope, folder, note, me, SignatureMeaning::Review).await?;
    scope.insert(&signature).await?;
    scope.emit(NoteEvent::Reviewed {
        note: note.id,
        session: note.session_id,
        signature: signature.id,
        sha256: signature.sha256.clone(),
        signer_sha256: signature.hash_of_signer(),
    });
    folder.signatures.push(signature);
    Ok(())
}

/// Sends notes back with a comment: each begins its next version as a draft, what was signed is kept as superseded,
/// and the session is in progress again.
///
/// # Errors
/// 404; 403; 409 unless it is pending review; 422 for notes of another session.
pub async fn return_note(cx: &Cx, id: NoteId, wanted: &Return) -> Result<NoteView, Problem> {
    prove_for(cx, id, wanted.password.as_deref()).await?;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let mut folder = locked(scope, id).await?;
            let more = named(&folder, &wanted.note_ids)?;
            let me = reviewer(scope, &folder)?;
            let (name, _) = printed(scope, me).await?;
            let back = returned(&folder, id, more)?;
            for note in back {
                let next = Note {
                    status: NoteStatus::Draft,
                    edition: note.edition + 1,
                    return_comment: wanted.remark(),
                    returned_by: Some(me),
                    returned_by_name: Some(name.clone()),
                    returned_at: Some(scope.now()),
                    ..note.clone()
                };
                folder.replace(scope.update(&note, next).await?);
                scope.emit(NoteEvent::Returned { note: note.id, session: note.session_id });
            }
            reactions::turn(scope, &mut folder, SessionVerb::Return, Some(&wanted.comment)).await?;
            let waivers = store::waivers(scope, id).await?;
            Ok(answers::note(&folder, folder.note(id)?, waivers))
        })
    });
    audited(cx, outcome.await).await
}

fn signed(folder: &Folder, id: NoteId) -> Option<&Note> {
    folder.notes.iter().find(|note| note.id == id && note.status == NoteStatus::Signed)
}

/// The notes that are named beside the one that goes back, each signed.
fn named(folder: &Folder, ids: &[NoteId]) -> Result<Vec<Note>, Problem> {
    let mut found: Vec<Note> = Vec::new();
    let mut errors = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        match signed(folder, *id) {
            Some(note) => found.push(note.clone()),
            None => {
                let message = "is no signed note of this session";
                errors.push(FieldError::new(format!("note_ids[{at}]"), "not_found", message));
            }
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(Problem::invalid(errors)) }
}

/// The notes that go back, each once: this one, and those named with it.
fn returned(folder: &Folder, id: NoteId, more: Vec<Note>) -> Result<Vec<Note>, Problem> {
    let first = signed(folder, id).ok_or_else(|| {
        Problem::conflict("invalid_transition", "Only a signed note is returned. Return another note of this session.")
    })?;
    let mut found = vec![first.clone()];
    for note in more {
        if found.iter().all(|known| known.id != note.id) {
            found.push(note);
        }
    }
    Ok(found)
}

/// Adds words to a signed note, signed and dated; they reach every chart entry that shows the note.
///
/// # Errors
/// 404; 403; 409 unless the note is signed; 422 `no_practitioner`, or for the name of somebody else (`name_found`).
pub async fn annotate(cx: &Cx, id: NoteId, new: &Annotate) -> Result<NoteView, Problem> {
    prove_for(cx, id, new.password.as_deref()).await?;
    let outcome = cx.write(Permission::GroupEncounterNoteCreate, |scope| {
        Box::pin(async move {
            let folder = locked(scope, id).await?;
            let note = folder.note(id)?.clone();
            folder.reach(scope).await?.read(scope, folder.about(&note), "note", id)?;
            let me = may_annotate(note.status, folder.session.status, scope.cx.practitioner())?;
            if let Some(problem) = Checker::load(scope, &folder).await?.refuses(&folder, &note, &new.content) {
                return Err(problem);
            }
            let annotation = annotation(scope, &note, me, &new.content).await?;
            scope.insert(&annotation).await?;
            scope.emit(NoteEvent::Annotated {
                note: id,
                session: note.session_id,
                annotation: annotation.id,
                sha256: annotation.sha256.clone(),
                signer_sha256: annotation.hash_of_signer(),
            });
            Ok(())
        })
    });
    // A repeated request is answered from what is kept: that it was done, and never the words, which may be theirs to read
    // no longer.
    audited(cx, outcome.await).await?;
    shown(cx, Permission::GroupEncounterNoteCreate, id).await
}

async fn annotation(
    scope: &mut Scope<'_>,
    note: &Note,
    me: PractitionerId,
    content: &str,
) -> Result<Annotation, Problem> {
    let (printed_name, credential) = printed(scope, me).await?;
    let id: AnnotationId = scope.id();
    let signed_text = Annotation::text_to_sign(id, note, content);
    let unsealed = Annotation {
        id,
        note_id: note.id,
        encounter_id: note.encounter_id,
        edition: note.edition,
        content: content.to_owned(),
        practitioner_id: me,
        user_id: scope.cx.user(),
        printed_name,
        credential,
        signed_at: scope.now(),
        sha256: sha256(&signed_text),
        signed_text,
        signer_sha256: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    Ok(unsealed.sealed())
}
