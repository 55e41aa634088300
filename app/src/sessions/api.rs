//! `/api/sessions`, `/api/encounters`, `/api/participants`.

mod conflicts;
pub mod live;
mod participants;

use ::rules::{
    id::{EncounterId, GroupId, PatientId, SessionId},
    permissions::Permission,
};
use utoipa_axum::routes;

use super::{
    Session,
    actions::{self, CancelMany, CancelledMany, ChangeLeaders, EndSession, StartSession, WithReason},
    answers::{BreakView, EncounterView, LeaderView, PatientSession, SessionView, Warning},
    inputs::{Asking, ListAvailable, ListSessions, NewEncounter, NewSession, SessionFilter},
};
use crate::{
    audit::history::{AsOf, RecordVersion, history},
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
    let router = ApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(available))
        .routes(routes!(cancel_many))
        .routes(routes!(show))
        .routes(routes!(start))
        .routes(routes!(undo_start))
        .routes(routes!(end))
        .routes(routes!(cancel))
        .routes(routes!(reopen))
        .routes(routes!(void))
        .routes(routes!(leaders))
        .routes(routes!(session_history))
        .merge(conflicts::routes())
        .merge(participants::routes())
        .merge(live::routes())
        .routes(routes!(encounters, create_encounter))
        .routes(routes!(encounter))
        .routes(routes!(of_patient));
    with_schemas::<(
        SessionFilter,
        SessionView,
        LeaderView,
        BreakView,
        Warning,
        EncounterView,
        PatientSession,
        CancelledMany,
    )>(router)
}

/// List sessions
///
/// By day and time. Voided sessions are left out unless `status` asks for them.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions", params(ListSessions))]
async fn list(cx: Cx, Query(list): Query<ListSessions>) -> Result<Listed<SessionView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Schedule a session
///
/// Of a group, free-standing, or for one patient. Members of the group are booked at once.
#[utoipa::path(post, path = "/api/sessions", tag = "sessions")]
async fn create(cx: Cx, Json(new): Json<NewSession>) -> Result<Created<SessionView>, Problem> {
    actions::create(&cx, &new).await.map(Created)
}

/// List sessions with free seats
///
/// Scheduled ones still to come.
#[utoipa::path(get, path = "/api/sessions/available", tag = "sessions", params(ListAvailable))]
async fn available(cx: Cx, Query(list): Query<ListAvailable>) -> Result<Listed<SessionView>, Problem> {
    actions::available(&cx, &list).await.map(Listed)
}

/// Cancel the sessions of some days
///
/// The scheduled ones, each with the reason; at most 1,000 at once. Without a group, site, room or practitioner: those of
/// the whole organization. It can't be undone. `dry_run=true` only lists them.
#[utoipa::path(post, path = "/api/sessions/cancel", tag = "sessions", params(Asking))]
async fn cancel_many(
    cx: Cx,
    Query(asking): Query<Asking>,
    Json(wanted): Json<CancelMany>,
) -> Result<Data<CancelledMany>, Problem> {
    let dry_run = asking.dry_run.is_some_and(|wanted| wanted.0);
    actions::cancel_many(&cx, &wanted, dry_run).await.map(Data)
}

/// One session
#[utoipa::path(get, path = "/api/sessions/{id}", tag = "sessions", params(("id" = SessionId, Path)))]
async fn show(cx: Cx, At(id): At<SessionId>) -> Result<Data<SessionView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Start a session
///
/// Opens its encounter. Who starts an unassigned session leads it.
#[utoipa::path(post, path = "/api/sessions/{id}/start", tag = "sessions", params(("id" = SessionId, Path)))]
async fn start(cx: Cx, At(id): At<SessionId>, Json(input): Json<StartSession>) -> Result<Data<SessionView>, Problem> {
    actions::start(&cx, id, &input).await.map(Data)
}

/// Undo the start of a session
///
/// While no note is signed. Nobody has attended or stayed away then.
#[utoipa::path(post, path = "/api/sessions/{id}/undo-start", tag = "sessions", params(("id" = SessionId, Path)))]
async fn undo_start(
    cx: Cx,
    At(id): At<SessionId>,
    Json(input): Json<WithReason>,
) -> Result<Data<SessionView>, Problem> {
    actions::undo_start(&cx, id, &input).await.map(Data)
}

/// End a session
///
/// Everybody must be marked. It stays in progress until the last signature.
#[utoipa::path(post, path = "/api/sessions/{id}/end", tag = "sessions", params(("id" = SessionId, Path)))]
async fn end(cx: Cx, At(id): At<SessionId>, Json(input): Json<EndSession>) -> Result<Data<SessionView>, Problem> {
    actions::end(&cx, id, &input).await.map(Data)
}

/// Cancel a session
///
/// With a reason; no other session is touched.
#[utoipa::path(post, path = "/api/sessions/{id}/cancel", tag = "sessions", params(("id" = SessionId, Path)))]
async fn cancel(cx: Cx, At(id): At<SessionId>, Json(input): Json<WithReason>) -> Result<Data<SessionView>, Problem> {
    actions::cancel(&cx, id, &input).await.map(Data)
}

/// Reopen a completed session
///
/// With a reason, unless it is billed. It is in progress again: each note begins its next version as a draft, and what was
/// signed and stands in charts is kept as superseded.
#[utoipa::path(post, path = "/api/sessions/{id}/reopen", tag = "sessions", params(("id" = SessionId, Path)))]
async fn reopen(cx: Cx, At(id): At<SessionId>, Json(input): Json<WithReason>) -> Result<Data<SessionView>, Problem> {
    actions::reopen(&cx, id, &input).await.map(Data)
}

/// Void a session
///
/// With a reason, unless it is billed. The session, its notes and what it left in charts are marked as entered in error:
/// kept, and left out of lists unless asked for. It can't be undone.
#[utoipa::path(post, path = "/api/sessions/{id}/void", tag = "sessions", params(("id" = SessionId, Path)))]
async fn void(cx: Cx, At(id): At<SessionId>, Json(input): Json<WithReason>) -> Result<Data<SessionView>, Problem> {
    actions::void(&cx, id, &input).await.map(Data)
}

/// Change who leads
///
/// Add somebody, hand over, put one in the place of another, remove.
#[utoipa::path(post, path = "/api/sessions/{id}/leaders", tag = "sessions", params(("id" = SessionId, Path)))]
async fn leaders(
    cx: Cx,
    At(id): At<SessionId>,
    Json(input): Json<ChangeLeaders>,
) -> Result<Data<SessionView>, Problem> {
    actions::change_leaders(&cx, id, &input).await.map(Data)
}

/// List a group's encounters
///
/// Newest first.
#[utoipa::path(get, path = "/api/groups/{id}/encounters", tag = "encounters", params(("id" = GroupId, Path), Paged))]
async fn encounters(cx: Cx, At(id): At<GroupId>, Query(paged): Query<Paged>) -> Result<Listed<EncounterView>, Problem> {
    actions::encounters(&cx, id, paged.limit(), paged.cursor.as_deref()).await.map(Listed)
}

/// Create an encounter of a group
///
/// Uses the group's session at that start, or schedules one.
#[utoipa::path(post, path = "/api/groups/{id}/encounters", tag = "encounters", params(("id" = GroupId, Path)))]
async fn create_encounter(
    cx: Cx,
    At(id): At<GroupId>,
    Json(new): Json<NewEncounter>,
) -> Result<Created<EncounterView>, Problem> {
    actions::create_encounter(&cx, id, &new).await.map(Created)
}

/// One encounter
#[utoipa::path(get, path = "/api/encounters/{id}", tag = "encounters", params(("id" = EncounterId, Path)))]
async fn encounter(cx: Cx, At(id): At<EncounterId>) -> Result<Data<EncounterView>, Problem> {
    actions::encounter(&cx, id).await.map(Data)
}

/// A session's record as it stood
#[utoipa::path(get, path = "/api/sessions/{id}/history", tag = "sessions", params(("id" = SessionId, Path), AsOf))]
async fn session_history(
    cx: Cx,
    At(id): At<SessionId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<Session, _>(&cx, Permission::GroupEncounterRead, id, &as_of).await.map(Listed)
}

/// List a patient's sessions
///
/// By time, each with how the patient took part.
#[utoipa::path(get, path = "/api/patients/{id}/sessions", tag = "sessions", params(("id" = PatientId, Path), Paged))]
async fn of_patient(
    cx: Cx,
    At(id): At<PatientId>,
    Query(paged): Query<Paged>,
) -> Result<Listed<PatientSession>, Problem> {
    actions::of_patient(&cx, id, paged.limit(), paged.cursor.as_deref()).await.map(Listed)
}
