//! `/api/sessions/conflicts`, who could take a session, and approving time off with its sessions.

use ::rules::id::{SessionId, TimeOffId};
use utoipa_axum::routes;

use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Data, Listed},
    },
    paging::Page,
    problem::Problem,
    sessions::{
        actions::{self, Approve, Approved, AskConflicts, ClashKind, CoverView, ListConflicts, SubstituteView},
        answers::{ClashView, ConflictView},
    },
};

/// The routes.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(conflicts, ask_conflicts))
        .routes(routes!(substitutes))
        .routes(routes!(time_off_sessions))
        .routes(routes!(approve_time_off));
    with_schemas::<(ClashKind, ClashView, ConflictView, SubstituteView, CoverView, Approved)>(router)
}

/// List sessions that clash
///
/// Scheduled ones and those in progress, by day and time: a room or a leader is in two sessions at once, a leader has
/// no hours then, or is away (`what=time_off`: these need cover). A participant's other session is a warning where
/// they are booked, and not listed here.
#[utoipa::path(get, path = "/api/sessions/conflicts", tag = "sessions", params(ListConflicts))]
async fn conflicts(cx: Cx, Query(list): Query<ListConflicts>) -> Result<Listed<ConflictView>, Problem> {
    actions::conflicts(&cx, &list).await.map(Listed)
}

/// Ask what would clash
///
/// A question before saving: what would be in the way of a session at this time? Changes nothing, and is no promise:
/// saving asks again. Participants' other sessions are among the answers as `patient_overlap`, which refuses nothing.
#[utoipa::path(post, path = "/api/sessions/conflicts", tag = "sessions")]
async fn ask_conflicts(cx: Cx, Json(asked): Json<AskConflicts>) -> Result<Listed<ClashView>, Problem> {
    actions::ask_conflicts(&cx, &asked).await.map(Listed)
}

/// List who could take a session
///
/// Active practitioners who do not lead it: the free ones first, then who leads the group, treats a participant, or has
/// the same discipline and credential; for the others, what is in their way. At most 100.
#[utoipa::path(get, path = "/api/sessions/{id}/substitutes", tag = "sessions", params(("id" = SessionId, Path)))]
async fn substitutes(cx: Cx, At(id): At<SessionId>) -> Result<Listed<SubstituteView>, Problem> {
    actions::substitutes(&cx, id).await.map(|items| Listed(Page { items, next: None }))
}

/// List the sessions in somebody's time off
///
/// The scheduled ones they lead, each with why the substitute can't take it.
#[utoipa::path(get, path = "/api/time-off/{id}/sessions", tag = "people", params(("id" = TimeOffId, Path)))]
async fn time_off_sessions(cx: Cx, At(id): At<TimeOffId>) -> Result<Listed<CoverView>, Problem> {
    actions::cover_preview(&cx, id).await.map(|items| Listed(Page { items, next: None }))
}

/// Approve time off
///
/// With `reassign`, the substitute leads the sessions in this time from now on, except those in which they are not
/// free. The sessions still follow their series and their group; only the substitute stays. Nobody approves their own.
#[utoipa::path(post, path = "/api/time-off/{id}/approve", tag = "people", params(("id" = TimeOffId, Path)))]
async fn approve_time_off(
    cx: Cx,
    At(id): At<TimeOffId>,
    Json(input): Json<Approve>,
) -> Result<Data<Approved>, Problem> {
    actions::approve_time_off(&cx, id, &input).await.map(Data)
}
