//! `/api/notes`, the notes of an encounter, and templates.

use ::rules::id::{EncounterId, NoteId, ParticipantId, SessionId};
use utoipa_axum::routes;

use super::{
    actions::{
        self, Around, Begun, FieldInWords, IndividualNote, LeftUnsigned, NoteStanding, ParticipantRecord, SignedAll,
        WriterView,
    },
    answers::{AnnotationView, Checked, DocumentationView, MissingView, NoteView, SignatureView, WaiverView},
    check::Finding,
    inputs::{Annotate, ChangeNote, Here, ListNotes, NewNote, NotesShown, Return, Review, Saving, Sign, SignAll, Void},
    store::Note,
};
use crate::{
    audit::history::{AsOf, RecordVersion, history as history_of},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    problem::Problem,
};
use ::rules::permissions::Permission;

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(participant))
        .routes(routes!(list, create))
        .routes(routes!(begin_all))
        .routes(routes!(sign_all))
        .routes(routes!(documentation))
        .routes(routes!(show, change))
        .routes(routes!(copy_forward))
        .routes(routes!(here))
        .routes(routes!(check))
        .routes(routes!(sign))
        .routes(routes!(review))
        .routes(routes!(return_note))
        .routes(routes!(annotate))
        .routes(routes!(void))
        .routes(routes!(history));
    let router = with_schemas::<(NoteView, SignatureView, AnnotationView, WaiverView, Begun)>(router);
    let router = with_schemas::<(Checked, Finding, DocumentationView, MissingView)>(router);
    let router = with_schemas::<(ParticipantRecord, IndividualNote, FieldInWords)>(router);
    with_schemas::<(SignedAll, LeftUnsigned, NotesShown, WriterView, Around, NoteStanding)>(router)
}

/// One participant
///
/// With the text of their individual notes, for who may read notes.
#[utoipa::path(get, path = "/api/sessions/{id}/participants/{pid}", tag = "participants",
    params(("id" = SessionId, Path), ("pid" = ParticipantId, Path)))]
async fn participant(cx: Cx, At(ids): At<(SessionId, ParticipantId)>) -> Result<Data<ParticipantRecord>, Problem> {
    actions::participant(&cx, ids).await.map(Data)
}

/// List the notes of an encounter
///
/// In order of creation. Voided notes are left out unless `status=all`.
#[utoipa::path(get, path = "/api/encounters/{id}/notes", tag = "notes", params(("id" = EncounterId, Path), ListNotes))]
async fn list(cx: Cx, At(id): At<EncounterId>, Query(list): Query<ListNotes>) -> Result<Listed<NoteView>, Problem> {
    actions::list(&cx, id, &list).await.map(Listed)
}

/// Begin a note
///
/// A leader of the session, while it is in progress. One group note; one individual note for a participant and discipline.
#[utoipa::path(post, path = "/api/encounters/{id}/notes", tag = "notes", params(("id" = EncounterId, Path)))]
async fn create(cx: Cx, At(id): At<EncounterId>, Json(new): Json<NewNote>) -> Result<Created<NoteView>, Problem> {
    actions::create(&cx, id, &new).await.map(Created)
}

/// Begin every note that is still to be written
#[utoipa::path(post, path = "/api/encounters/{id}/notes/begin", tag = "notes", params(("id" = EncounterId, Path)))]
async fn begin_all(cx: Cx, At(id): At<EncounterId>) -> Result<Created<Begun>, Problem> {
    actions::begin_all(&cx, id).await.map(Created)
}

/// Sign every note that is ready
///
/// Notes that are not ready are named with why, and left as they are.
#[utoipa::path(post, path = "/api/encounters/{id}/notes/sign", tag = "notes", params(("id" = EncounterId, Path)))]
async fn sign_all(cx: Cx, At(id): At<EncounterId>, Json(sign): Json<SignAll>) -> Result<Data<SignedAll>, Problem> {
    actions::sign_all(&cx, id, &sign).await.map(Data)
}

/// How far an encounter is documented
///
/// And what is still missing, in the order of work.
#[utoipa::path(get, path = "/api/encounters/{id}/documentation", tag = "notes", params(("id" = EncounterId, Path)))]
async fn documentation(cx: Cx, At(id): At<EncounterId>) -> Result<Data<DocumentationView>, Problem> {
    actions::documentation(&cx, id).await.map(Data)
}

/// One note
#[utoipa::path(get, path = "/api/notes/{id}", tag = "notes", params(("id" = NoteId, Path)))]
async fn show(cx: Cx, At(id): At<NoteId>) -> Result<Data<NoteView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Save a draft
///
/// Send `If-Match`: when somebody else has saved it since, the answer is 412 with the current version, and nothing is
/// overwritten. With `merge=true` both changes are kept, and 412 names the fields in which both changed the same.
#[utoipa::path(patch, path = "/api/notes/{id}", tag = "notes", params(("id" = NoteId, Path), Saving))]
async fn change(
    cx: Cx,
    At(id): At<NoteId>,
    Query(saving): Query<Saving>,
    Json(change): Json<ChangeNote>,
) -> Result<Data<NoteView>, Problem> {
    let merge = saving.merge.is_some_and(|merge| merge.0);
    actions::change(&cx, id, &change, merge).await.map(Data)
}

/// Copy a patient's goals forward
///
/// The goals of this patient's last signed note of the same discipline, into a draft that names none yet. Progress is not
/// copied.
#[utoipa::path(post, path = "/api/notes/{id}/copy-forward", tag = "notes", params(("id" = NoteId, Path)))]
async fn copy_forward(cx: Cx, At(id): At<NoteId>) -> Result<Data<NoteView>, Problem> {
    actions::copy_forward(&cx, id).await.map(Data)
}

/// Say where you write
///
/// And get who else writes in the documentation of this encounter. Say it again every few seconds: after half a minute
/// without a word nobody counts as there.
#[utoipa::path(post, path = "/api/encounters/{id}/writers", tag = "notes", params(("id" = EncounterId, Path)))]
async fn here(cx: Cx, At(id): At<EncounterId>, Json(here): Json<Here>) -> Result<Data<Around>, Problem> {
    actions::here(&cx, id, &here).await.map(Data)
}

/// Check a note before signing
///
/// Required fields, times, names of others with their places, copied texts. Nothing is changed.
#[utoipa::path(post, path = "/api/notes/{id}/check", tag = "notes", params(("id" = NoteId, Path)))]
async fn check(cx: Cx, At(id): At<NoteId>) -> Result<Data<Checked>, Problem> {
    actions::check(&cx, id).await.map(Data)
}

/// Sign a note
///
/// A leader, with the password or a fresh proof. From the first signature on the text is frozen; the last one that is
/// required completes the session.
#[utoipa::path(post, path = "/api/notes/{id}/sign", tag = "notes", params(("id" = NoteId, Path)))]
async fn sign(cx: Cx, At(id): At<NoteId>, Json(sign): Json<Sign>) -> Result<Data<NoteView>, Problem> {
    actions::sign(&cx, id, &sign).await.map(Data)
}

/// Countersign a session's notes
///
/// A user with the flag `can_review` who did not lead it. Every signed note of the session gets the signature, and the
/// session is completed.
#[utoipa::path(post, path = "/api/notes/{id}/review", tag = "notes", params(("id" = NoteId, Path)))]
async fn review(cx: Cx, At(id): At<NoteId>, Json(review): Json<Review>) -> Result<Data<NoteView>, Problem> {
    actions::review(&cx, id, &review).await.map(Data)
}

/// Return a note
///
/// Instead of countersigning: the note, and those named with it, begin their next version, and the session is in progress
/// again.
#[utoipa::path(post, path = "/api/notes/{id}/return", tag = "notes", params(("id" = NoteId, Path)))]
async fn return_note(cx: Cx, At(id): At<NoteId>, Json(wanted): Json<Return>) -> Result<Data<NoteView>, Problem> {
    actions::return_note(&cx, id, &wanted).await.map(Data)
}

/// Annotate a signed note
#[utoipa::path(post, path = "/api/notes/{id}/annotate", tag = "notes", params(("id" = NoteId, Path)))]
async fn annotate(cx: Cx, At(id): At<NoteId>, Json(new): Json<Annotate>) -> Result<Created<NoteView>, Problem> {
    actions::annotate(&cx, id, &new).await.map(Created)
}

/// Void a note
///
/// It is kept as entered in error. A signed note needs `session.void`.
#[utoipa::path(post, path = "/api/notes/{id}/void", tag = "notes", params(("id" = NoteId, Path)))]
async fn void(cx: Cx, At(id): At<NoteId>, Json(why): Json<Void>) -> Result<Data<NoteView>, Problem> {
    actions::void(&cx, id, &why).await.map(Data)
}

/// A note as it stood
#[utoipa::path(get, path = "/api/notes/{id}/history", tag = "notes", params(("id" = NoteId, Path), AsOf))]
async fn history(cx: Cx, At(id): At<NoteId>, Query(at): Query<AsOf>) -> Result<Listed<RecordVersion>, Problem> {
    // It is clinical text: who reads the audit log reads of it, not it.
    actions::may_read(&cx, id).await?;
    history_of::<Note, _>(&cx, Permission::GroupEncounterNoteRead, id, &at).await.map(Listed)
}
