//! `/api/groups/{id}/recurrence` and `/api/groups/{id}/sessions/generate`.

use ::rules::{
    id::GroupId,
    recurrence::{Recurrence, RecurrenceInput},
};
use utoipa_axum::routes;

use super::actions::{self, DryRun, Meeting, RecurrenceView, ScheduleChange};
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::Data,
    },
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new().routes(routes!(show, set)).routes(routes!(generate));
    with_schemas::<(Recurrence, RecurrenceView, ScheduleChange, Meeting)>(router)
}

/// When a group meets
#[utoipa::path(get, path = "/api/groups/{id}/recurrence", tag = "schedule", params(("id" = GroupId, Path)))]
async fn show(cx: Cx, At(id): At<GroupId>) -> Result<Data<RecurrenceView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Set when a group meets
///
/// Makes the sessions of the coming weeks, and cancels those the rule no longer yields. `dry_run=true` only says so.
#[utoipa::path(put, path = "/api/groups/{id}/recurrence", tag = "schedule", params(("id" = GroupId, Path), DryRun))]
async fn set(
    cx: Cx,
    At(id): At<GroupId>,
    Query(dry_run): Query<DryRun>,
    Json(input): Json<RecurrenceInput>,
) -> Result<Data<ScheduleChange>, Problem> {
    actions::set(&cx, id, &input, dry_run).await.map(Data)
}

/// Make the sessions of the coming weeks
///
/// Up to the organization's horizon. Twice changes nothing. `dry_run=true` only says what is missing.
#[utoipa::path(post, path = "/api/groups/{id}/sessions/generate", tag = "schedule",
    params(("id" = GroupId, Path), DryRun))]
async fn generate(cx: Cx, At(id): At<GroupId>, Query(dry_run): Query<DryRun>) -> Result<Data<ScheduleChange>, Problem> {
    actions::generate(&cx, id, dry_run).await.map(Data)
}
