//! The session page: who is in the room, one tap a person, and what happens to the session as a whole.

mod adding;
pub mod beginning;
mod edit;
mod ending;
mod form;
mod leaders;
mod marks;
mod may;
mod participant;
mod room;
mod rows;
mod sheet;
mod taken_back;
mod view;

use ::rules::{id::SessionId, permissions::Permission};
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use maud::{Markup, Render as _, html};

pub use edit::{editing, sentence, told as who_is_told, which};
pub use leaders::over;
pub use may::May;

use super::today::SECTION;
use crate::{
    door::Cx,
    frame,
    groups::{self, view::Offers},
    http::{
        PageRouter,
        extract::At,
        form::{As, Form},
    },
    problem::Problem,
    sessions::{
        actions::{self, EndSession, StartSession, WithReason},
        answers::{LeaderView, ParticipantView, SessionView},
    },
    shell::{
        layout::Page,
        ui::{Notice, Tone},
    },
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/sessions/new", get(form::new).post(form::create))
        .route("/sessions/{id}", get(show))
        .route("/sessions/{id}/edit", get(edit::edit).post(edit::change))
        .route("/sessions/{id}/edit/preview", post(edit::preview))
        .route("/sessions/{id}/start", post(start))
        .route("/sessions/{id}/undo-start", post(undo_start))
        .route("/sessions/{id}/end", post(end))
        .route("/sessions/{id}/cancel", post(cancel))
        .route("/sessions/{id}/reopen", get(taken_back::ask_reopen).post(taken_back::reopen))
        .route("/sessions/{id}/void", get(taken_back::ask_void).post(taken_back::void))
        .route("/sessions/{id}/leaders", get(leaders::show).post(leaders::change))
        .route("/sessions/{id}/sheet", get(sheet::show))
        .route("/sessions/{id}/room", get(room::show))
        .route("/sessions/{id}/room/live", get(room::stream))
        .route("/sessions/{id}/add", get(adding::find).post(adding::found))
        .route("/sessions/{id}/participants", post(adding::add))
        .route("/sessions/{id}/attendance", post(marks::many))
        .route("/sessions/{id}/participants/{participant_id}", get(participant::show))
        .route("/sessions/{id}/participants/{participant_id}/mark", post(marks::one))
        .route("/sessions/{id}/participants/{participant_id}/change", post(participant::change))
}

/// All a session's page shows.
struct Shown {
    session: SessionView,
    people: Vec<ParticipantView>,
    offers: Offers,
    group: Option<String>,
    /// The leaders who are away then.
    away: Vec<LeaderView>,
    may: May,
    key: String,
    now: Timestamp,
}

async fn load(cx: &Cx, id: SessionId) -> Result<Shown, Problem> {
    let session = actions::show(cx, id).await?;
    let people = actions::participants(cx, id).await?;
    let offers = groups::pages::offers(cx).await?;
    let group = match session.group_id {
        Some(group) => Some(groups::actions::show(cx, group).await?.group.name.to_string()),
        None => None,
    };
    let may = May::of(cx, &session);
    let away = actions::away(cx, std::slice::from_ref(&session)).await?.remove(&id).unwrap_or_default();
    Ok(Shown { session, people, offers, group, away, may, key: cx.app.clock.secret(), now: cx.now() })
}

async fn page(cx: &Cx, id: SessionId, told: Markup) -> Result<Page, Problem> {
    let shown = load(cx, id).await?;
    let title = shown.session.title.to_string();
    Ok(frame::page(cx, SECTION, title, view::page(cx, &shown, told)))
}

async fn show(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, page(&cx, id, html! {}).await?))
}

// What a tap or a turn is answered with -------------------------------------------------------------------------------

/// Whether a script asks: then the page itself is the answer, to be put in place.
fn is_live(headers: &HeaderMap) -> bool {
    headers.contains_key("x-live")
}

/// The session's page after something was done.
async fn done(cx: &Cx, headers: &HeaderMap, id: SessionId, message: &str) -> Result<Response, Problem> {
    if !is_live(headers) {
        return Ok(frame::done(&format!("/sessions/{id}"), message));
    }
    let page = page(cx, id, html! {}).await?;
    Ok((status_line(message), page.render()).into_response())
}

/// What a script says aloud: never a name, for it travels in a header.
fn status_line(message: &str) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::from_str(message).unwrap_or_else(|_| HeaderValue::from_static("Done."));
    [(HeaderName::from_static("x-live-status"), value)]
}

/// The session's page as it stands, with what was refused; any other problem is a page of its own.
async fn refused(cx: &Cx, id: SessionId, problem: Problem) -> Result<Response, Problem> {
    if !shows_again(&problem) {
        return Err(problem);
    }
    let page = page(cx, id, told(&problem)).await?;
    Ok((problem.status(), status_line(title(&problem)), page.render()).into_response())
}

/// Whether the page is shown again: also to whoever may not do this to somebody else's session.
fn shows_again(problem: &Problem) -> bool {
    problem.is_about_input() || problem.status() == StatusCode::FORBIDDEN && problem.code() != "forbidden"
}

fn title(problem: &Problem) -> &str {
    if problem.code() == "stale" { "Somebody else was faster" } else { problem.title() }
}

/// What was refused, in words for the page.
fn told(problem: &Problem) -> Markup {
    let notice = match problem.code() {
        "stale" => Notice::new(Tone::Warn, title(problem))
            .text("This has changed since you opened the page. It is shown as it stands now: please look, then repeat what still needs doing."),
        _ if problem.status() == StatusCode::UNPROCESSABLE_ENTITY && !problem.errors().is_empty() => {
            return html! { (frame::field_errors(problem)) };
        }
        _ => Notice::new(Tone::Bad, title(problem)).text(problem.detail()),
    };
    html! { div.told tabindex="-1" data-focus { (notice.flash()) } }
}

async fn answered<T>(
    cx: &Cx,
    headers: &HeaderMap,
    id: SessionId,
    outcome: Result<T, Problem>,
    message: &str,
) -> Result<Response, Problem> {
    match outcome {
        Ok(_) => done(cx, headers, id, message).await,
        Err(problem) => refused(cx, id, problem).await,
    }
}

// The session as a whole ----------------------------------------------------------------------------------------------

async fn start(cx: Cx, headers: HeaderMap, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let started = match form.read::<StartSession>(&[("reason", As::Text), ("actual_start", As::Text)]) {
        Ok(input) => actions::start(&cx, id, &input).await,
        Err(problem) => Err(problem),
    };
    turned(&cx, &headers, (id, &form), started, "The session has begun. Mark who is here.").await
}

async fn undo_start(cx: Cx, headers: HeaderMap, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let undone = actions::undo_start(&cx, id, &WithReason::default()).await;
    turned(&cx, &headers, (id, &form), undone, "The session is scheduled again.").await
}

async fn end(cx: Cx, headers: HeaderMap, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let ended = end_as_said(&cx, id, &form).await;
    turned(&cx, &headers, (id, &form), ended, "The session has ended.").await
}

async fn end_as_said(cx: &Cx, id: SessionId, form: &Form) -> Result<SessionView, Problem> {
    let input = form.read::<EndSession>(&[("actual_start", As::Text), ("actual_end", As::Text)])?;
    ending::said(&actions::show(cx, id).await?, cx.now(), form.get("actual_end"))?;
    actions::end(cx, id, &input).await
}

/// The answer to a turn of the session, on the page it was asked for.
async fn turned(
    cx: &Cx,
    headers: &HeaderMap,
    (id, form): (SessionId, &Form),
    outcome: Result<SessionView, Problem>,
    message: &str,
) -> Result<Response, Problem> {
    if form.get("from") == room::FROM {
        return room::answered(cx, headers, (id, None), outcome.map(|_| room::Done::of_session(message))).await;
    }
    answered(cx, headers, id, outcome, message).await
}

async fn cancel(cx: Cx, headers: HeaderMap, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::SessionCancel).await?;
    let cx = frame::edited(cx, &form);
    let cancelled = match form.read::<WithReason>(&[("reason", As::Text)]) {
        Ok(input) => actions::cancel(&cx, id, &input).await,
        Err(problem) => Err(problem),
    };
    match &cancelled {
        // The list of a group's sessions goes on where it was.
        Ok(SessionView { group_id: Some(group), .. }) if form.get("back") == "schedule" => {
            Ok(frame::done(&format!("/groups/{group}/schedule"), "The session is cancelled."))
        }
        _ => answered(&cx, &headers, id, cancelled, "The session is cancelled. Its number stays.").await,
    }
}
