//! `/api/groups/{id}/recurrence`, `/api/groups/{id}/sessions/generate`, and changing a session or several of its series.

mod holidays;

use ::rules::{
    id::{GroupId, SessionId},
    recurrence::{Recurrence, RecurrenceInput},
};
use utoipa_axum::routes;

use super::{
    Conflict, EditedSession, HolidayChange, Kept, KeptMeeting, Meeting, MovedMeeting, Overrides, PartView,
    RecurrenceView, ScheduleChange, SeriesChange, SkippedMeeting, Told,
    actions::{self, DryRun, Setting},
};
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::Data,
    },
    people::Holiday,
    problem::Problem,
    sessions::inputs::{ChangeSession, EditScope, Editing},
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(show, set))
        .routes(routes!(generate))
        .routes(routes!(change_session))
        .merge(holidays::routes());
    let router = with_schemas::<(Recurrence, RecurrenceView, ScheduleChange, Meeting, PartView, Overrides)>(router);
    let router = with_schemas::<(EditedSession, SeriesChange, MovedMeeting, KeptMeeting, Kept)>(router);
    with_schemas::<(Conflict, Told, EditScope, Holiday, HolidayChange, SkippedMeeting)>(router)
}

/// When a group meets
#[utoipa::path(get, path = "/api/groups/{id}/recurrence", tag = "schedule", params(("id" = GroupId, Path)))]
async fn show(cx: Cx, At(id): At<GroupId>) -> Result<Data<RecurrenceView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Set when a group meets
///
/// Makes the sessions of the coming weeks, and cancels those the rule no longer yields; with `from`, from that day on
/// only. `dry_run=true` only says so.
#[utoipa::path(put, path = "/api/groups/{id}/recurrence", tag = "schedule", params(("id" = GroupId, Path), Setting))]
async fn set(
    cx: Cx,
    At(id): At<GroupId>,
    Query(setting): Query<Setting>,
    Json(input): Json<RecurrenceInput>,
) -> Result<Data<ScheduleChange>, Problem> {
    actions::set(&cx, id, &input, setting).await.map(Data)
}

/// Change a session
///
/// This one only, unless `scope` says `following` or `all`: what is changed by hand alone is left alone by its series
/// and its group from then on; what is changed with its series keeps its number and its bookings. `dry_run=true` only
/// says what would change, what would clash, and who is told.
#[utoipa::path(patch, path = "/api/sessions/{id}", tag = "sessions", params(("id" = SessionId, Path), Editing))]
async fn change_session(
    cx: Cx,
    At(id): At<SessionId>,
    Query(editing): Query<Editing>,
    Json(change): Json<ChangeSession>,
) -> Result<Data<EditedSession>, Problem> {
    actions::change_session(&cx, id, &editing, &change).await.map(Data)
}

/// Make the sessions of the coming weeks
///
/// Up to the organization's horizon. Twice changes nothing. `dry_run=true` only says what is missing.
#[utoipa::path(post, path = "/api/groups/{id}/sessions/generate", tag = "schedule",
    params(("id" = GroupId, Path), DryRun))]
async fn generate(cx: Cx, At(id): At<GroupId>, Query(dry_run): Query<DryRun>) -> Result<Data<ScheduleChange>, Problem> {
    actions::generate(&cx, id, dry_run).await.map(Data)
}
