//! `/sessions/{id}/kept-apart`: an author's own notes of a session.

use ::rules::{
    id::{PsychotherapyNoteId, SessionId},
    permissions::Permission,
};
use axum::{
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};

use super::{
    actions::{self, ChangePsychotherapyNote, NewPsychotherapyNote},
    view,
};
use crate::{
    door::Cx,
    frame,
    http::{
        PageRouter,
        extract::{At, Query},
        form::{As, Form},
    },
    paging::Paged,
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

/// The routes of the pages.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/sessions/{id}/kept-apart", get(show).post(keep))
        .route("/sessions/{id}/kept-apart/{note_id}", post(change))
        .route("/sessions/{id}/kept-apart/{note_id}/delete", post(delete))
}

fn here(session: SessionId) -> String {
    format!("/sessions/{session}/kept-apart")
}

async fn page(
    cx: &Cx,
    session: SessionId,
    paged: &Paged,
    refused: Option<(&str, &Form, &FieldErrors)>,
) -> Result<Page, Problem> {
    let kept = actions::kept(cx, session, paged).await?;
    let body = view::kept(cx, &kept, refused, paged.cursor.is_some());
    Ok(frame::page(cx, "today", "Kept apart", body))
}

async fn show(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<SessionId>,
    Query(paged): Query<Paged>,
) -> Result<Response, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    Ok(frame::show(&headers, page(&cx, id, &paged, None).await?))
}

/// On to the page with a message, or the page again with what was refused; `scope` says which form it was.
async fn answered<T>(
    cx: &Cx,
    session: SessionId,
    scope: &str,
    form: &Form,
    outcome: Result<T, Problem>,
    done: &str,
) -> Result<Response, Problem> {
    match outcome {
        Ok(_) => Ok(frame::done(&here(session), done)),
        Err(problem) if problem.is_about_input() => {
            let errors = frame::scoped_errors(scope, &problem);
            let page = page(cx, session, &Paged::default(), Some((scope, form, &errors))).await?;
            Ok(frame::refused(&problem, page))
        }
        Err(problem) => Err(problem),
    }
}

async fn keep(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let encounter = actions::kept(&cx, id, &Paged::default()).await?.encounter;
    let kept = match form.read::<NewPsychotherapyNote>(&[("participant_id", As::Text), ("content", As::Blank)]) {
        Ok(new) => actions::keep(&cx, encounter, &new).await,
        Err(problem) => Err(problem),
    };
    answered(&cx, id, "new", &form, kept, "Kept apart. Nobody else can read it.").await
}

async fn change(cx: Cx, At((id, note)): At<(SessionId, PsychotherapyNoteId)>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let cx = frame::edited(cx, &form);
    let changed = match form.read::<ChangePsychotherapyNote>(&[("content", As::Blank)]) {
        Ok(change) => actions::change(&cx, note, &change).await,
        Err(problem) => Err(problem),
    };
    answered(&cx, id, &note.to_string(), &form, changed, "Saved.").await
}

async fn delete(cx: Cx, At((id, note)): At<(SessionId, PsychotherapyNoteId)>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::GroupEncounterNoteCreate).await?;
    let cx = frame::edited(cx, &form);
    let deleted = actions::delete(&cx, note).await;
    answered(&cx, id, &note.to_string(), &form, deleted, "It is deleted for good.").await
}
