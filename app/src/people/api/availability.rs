//! `/api/practitioners/{id}/availability` and time off.

use ::rules::id::{PractitionerId, TimeOffId};
use utoipa_axum::routes;

use crate::{
    audit::history::{AsOf, RecordVersion},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        respond::{Created, Data, Listed},
    },
    people::actions::{
        hours::{self, HoursView, NewHours},
        time_off::{self as actions, ChangeTimeOff, ListTimeOff, NewTimeOff, TimeOffView, WhyNot, Withdrawal},
    },
    problem::Problem,
};

pub fn routes() -> ApiRouter {
    ApiRouter::new()
        .routes(routes!(hours_of, set_hours))
        .routes(routes!(hours_history))
        .routes(routes!(list_time_off, request_time_off))
        .routes(routes!(all_time_off))
        .routes(routes!(time_off, change_time_off))
        .routes(routes!(time_off_history))
        .routes(routes!(decline_time_off))
        .routes(routes!(withdraw_time_off))
}

/// When a practitioner works
///
/// Weekly hours by the clock on the wall. Without any, the practitioner is always available.
#[utoipa::path(get, path = "/api/practitioners/{id}/availability", tag = "people", params(("id" = PractitionerId, Path)))]
async fn hours_of(cx: Cx, At(id): At<PractitionerId>) -> Result<Data<HoursView>, Problem> {
    hours::hours(&cx, id).await.map(Data)
}

/// Set when a practitioner works
///
/// Replaces all blocks. One's own hours need no permission, anybody else's `user.manage`.
#[utoipa::path(put, path = "/api/practitioners/{id}/availability", tag = "people", params(("id" = PractitionerId, Path)))]
async fn set_hours(cx: Cx, At(id): At<PractitionerId>, Json(new): Json<NewHours>) -> Result<Data<HoursView>, Problem> {
    hours::set_hours(&cx, id, &new).await.map(Data)
}

/// When a practitioner worked, as it stood
#[utoipa::path(get, path = "/api/practitioners/{id}/availability/history", tag = "people", params(("id" = PractitionerId, Path), AsOf))]
async fn hours_history(
    cx: Cx,
    At(id): At<PractitionerId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    hours::versions(&cx, id, &as_of).await.map(Listed)
}

/// List a practitioner's time off
///
/// By its start. Others than the practitioner and who approves see what is approved, and not what it is for.
#[utoipa::path(get, path = "/api/practitioners/{id}/time-off", tag = "people", params(("id" = PractitionerId, Path), ListTimeOff))]
async fn list_time_off(
    cx: Cx,
    At(id): At<PractitionerId>,
    Query(list): Query<ListTimeOff>,
) -> Result<Listed<TimeOffView>, Problem> {
    actions::list(&cx, id, &list).await.map(Listed)
}

/// Ask for time off
///
/// For oneself without further permission, for anybody with `timeoff.approve`.
#[utoipa::path(post, path = "/api/practitioners/{id}/time-off", tag = "people", params(("id" = PractitionerId, Path)))]
async fn request_time_off(
    cx: Cx,
    At(id): At<PractitionerId>,
    Json(new): Json<NewTimeOff>,
) -> Result<Created<TimeOffView>, Problem> {
    actions::request(&cx, id, &new).await.map(Created)
}

/// List everybody's time off
///
/// By its start, for who approves.
#[utoipa::path(get, path = "/api/time-off", tag = "people", params(ListTimeOff))]
async fn all_time_off(cx: Cx, Query(list): Query<ListTimeOff>) -> Result<Listed<TimeOffView>, Problem> {
    actions::all(&cx, &list).await.map(Listed)
}

/// One time off
#[utoipa::path(get, path = "/api/time-off/{id}", tag = "people", params(("id" = TimeOffId, Path)))]
async fn time_off(cx: Cx, At(id): At<TimeOffId>) -> Result<Data<TimeOffView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Time off as it stood
///
/// For the practitioner, who approves, and who reads the audit log.
#[utoipa::path(get, path = "/api/time-off/{id}/history", tag = "people", params(("id" = TimeOffId, Path), AsOf))]
async fn time_off_history(
    cx: Cx,
    At(id): At<TimeOffId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    actions::versions(&cx, id, &as_of).await.map(Listed)
}

/// Change time off
///
/// While nobody has decided about it.
#[utoipa::path(patch, path = "/api/time-off/{id}", tag = "people", params(("id" = TimeOffId, Path)))]
async fn change_time_off(
    cx: Cx,
    At(id): At<TimeOffId>,
    Json(change): Json<ChangeTimeOff>,
) -> Result<Data<TimeOffView>, Problem> {
    actions::change(&cx, id, &change).await.map(Data)
}

/// Decline time off
///
/// With a reason. Nobody decides about their own.
#[utoipa::path(post, path = "/api/time-off/{id}/decline", tag = "people", params(("id" = TimeOffId, Path)))]
async fn decline_time_off(
    cx: Cx,
    At(id): At<TimeOffId>,
    Json(why): Json<WhyNot>,
) -> Result<Data<TimeOffView>, Problem> {
    actions::decline(&cx, id, &why).await.map(Data)
}

/// Withdraw time off
///
/// Asked for or approved. Substitutes keep the sessions they took.
#[utoipa::path(post, path = "/api/time-off/{id}/withdraw", tag = "people", params(("id" = TimeOffId, Path)))]
async fn withdraw_time_off(
    cx: Cx,
    At(id): At<TimeOffId>,
    Json(why): Json<Withdrawal>,
) -> Result<Data<TimeOffView>, Problem> {
    actions::withdraw(&cx, id, &why).await.map(Data)
}
