//! `/api/encounters/{id}/psychotherapy-notes` and `/api/psychotherapy-notes`.

use ::rules::id::{EncounterId, PsychotherapyNoteId};
use utoipa_axum::routes;

use super::{
    actions::{self, ChangePsychotherapyNote, NewPsychotherapyNote, PsychotherapyNoteDeleted},
    store::PsychotherapyNote,
};
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    paging::Paged,
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new().routes(routes!(list_psychotherapy_notes, keep_psychotherapy_note)).routes(routes!(
        show_psychotherapy_note,
        change_psychotherapy_note,
        delete_psychotherapy_note
    ));
    with_schemas::<(PsychotherapyNote, PsychotherapyNoteDeleted)>(router)
}

/// List one's own psychotherapy notes of an encounter
///
/// In order of creation. Somebody else's are in no list.
#[utoipa::path(get, path = "/api/encounters/{id}/psychotherapy-notes", tag = "psychotherapy notes",
    params(("id" = EncounterId, Path), Paged))]
async fn list_psychotherapy_notes(
    cx: Cx,
    At(id): At<EncounterId>,
    Query(paged): Query<Paged>,
) -> Result<Listed<PsychotherapyNote>, Problem> {
    actions::list(&cx, id, &paged).await.map(Listed)
}

/// Keep a psychotherapy note
///
/// Apart from the record, for its author alone: in no chart, export, search, print, claim or feed.
#[utoipa::path(post, path = "/api/encounters/{id}/psychotherapy-notes", tag = "psychotherapy notes",
    params(("id" = EncounterId, Path)))]
async fn keep_psychotherapy_note(
    cx: Cx,
    At(id): At<EncounterId>,
    Json(new): Json<NewPsychotherapyNote>,
) -> Result<Created<PsychotherapyNote>, Problem> {
    actions::keep(&cx, id, &new).await.map(Created)
}

/// One of one's own psychotherapy notes
///
/// 404 for everybody but its author, whatever they may do.
#[utoipa::path(get, path = "/api/psychotherapy-notes/{id}", tag = "psychotherapy notes",
    params(("id" = PsychotherapyNoteId, Path)))]
async fn show_psychotherapy_note(cx: Cx, At(id): At<PsychotherapyNoteId>) -> Result<Data<PsychotherapyNote>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Change a psychotherapy note
///
/// The older words are not kept.
#[utoipa::path(patch, path = "/api/psychotherapy-notes/{id}", tag = "psychotherapy notes",
    params(("id" = PsychotherapyNoteId, Path)))]
async fn change_psychotherapy_note(
    cx: Cx,
    At(id): At<PsychotherapyNoteId>,
    Json(change): Json<ChangePsychotherapyNote>,
) -> Result<Data<PsychotherapyNote>, Problem> {
    actions::change(&cx, id, &change).await.map(Data)
}

/// Delete a psychotherapy note
///
/// For good: that there was one stays in the audit log.
#[utoipa::path(delete, path = "/api/psychotherapy-notes/{id}", tag = "psychotherapy notes",
    params(("id" = PsychotherapyNoteId, Path)))]
async fn delete_psychotherapy_note(
    cx: Cx,
    At(id): At<PsychotherapyNoteId>,
) -> Result<Data<PsychotherapyNoteDeleted>, Problem> {
    actions::delete(&cx, id).await.map(Data)
}
