//! `/api/sites/{id}/holidays`: what a site keeps, and what its sessions follow.

use ::rules::id::{HolidayId, SiteId};
use utoipa_axum::routes;

use crate::{
    audit::history::{AsOf, RecordVersion},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        respond::{Created, Data, Listed},
    },
    people::{
        Holiday,
        actions::holidays::{self as people, ListHolidays},
    },
    problem::Problem,
    schedule::{
        HolidayChange,
        actions::holidays::{self as actions, ChangeHoliday, NewHoliday},
    },
};

pub fn routes() -> ApiRouter {
    ApiRouter::new()
        .routes(routes!(list_holidays, add_holiday))
        .routes(routes!(holiday, change_holiday, remove_holiday))
        .routes(routes!(holiday_history))
}

/// List the holidays of a site
///
/// By their first day, past ones too; without those that were removed.
#[utoipa::path(get, path = "/api/sites/{id}/holidays", tag = "people", params(("id" = SiteId, Path), ListHolidays))]
async fn list_holidays(
    cx: Cx,
    At(site): At<SiteId>,
    Query(list): Query<ListHolidays>,
) -> Result<Listed<Holiday>, Problem> {
    people::list(&cx, site, &list).await.map(Listed)
}

/// Add a holiday
///
/// Series make no session at the site on these days. Sessions that are there already stay, and are in the answer, unless
/// `cancel_sessions` is true.
#[utoipa::path(post, path = "/api/sites/{id}/holidays", tag = "people", params(("id" = SiteId, Path)))]
async fn add_holiday(
    cx: Cx,
    At(site): At<SiteId>,
    Json(new): Json<NewHoliday>,
) -> Result<Created<HolidayChange>, Problem> {
    actions::add(&cx, site, &new).await.map(Created)
}

/// One holiday
#[utoipa::path(get, path = "/api/sites/{id}/holidays/{holiday_id}", tag = "people",
    params(("id" = SiteId, Path), ("holiday_id" = HolidayId, Path)))]
async fn holiday(cx: Cx, At((site, id)): At<(SiteId, HolidayId)>) -> Result<Data<Holiday>, Problem> {
    people::show(&cx, site, id).await.map(Data)
}

/// Change a holiday
///
/// Sessions on days that are no longer a holiday are made at once; those that were cancelled stay cancelled.
#[utoipa::path(patch, path = "/api/sites/{id}/holidays/{holiday_id}", tag = "people",
    params(("id" = SiteId, Path), ("holiday_id" = HolidayId, Path)))]
async fn change_holiday(
    cx: Cx,
    At((site, id)): At<(SiteId, HolidayId)>,
    Json(change): Json<ChangeHoliday>,
) -> Result<Data<HolidayChange>, Problem> {
    actions::change(&cx, site, id, &change).await.map(Data)
}

/// Remove a holiday
///
/// The sessions it kept from being made are made at once; those that were cancelled stay cancelled. It stays readable,
/// with `removed_at`.
#[utoipa::path(delete, path = "/api/sites/{id}/holidays/{holiday_id}", tag = "people",
    params(("id" = SiteId, Path), ("holiday_id" = HolidayId, Path)))]
async fn remove_holiday(cx: Cx, At((site, id)): At<(SiteId, HolidayId)>) -> Result<Data<HolidayChange>, Problem> {
    actions::remove(&cx, site, id).await.map(Data)
}

/// A holiday as it stood
#[utoipa::path(get, path = "/api/sites/{id}/holidays/{holiday_id}/history", tag = "people",
    params(("id" = SiteId, Path), ("holiday_id" = HolidayId, Path), AsOf))]
async fn holiday_history(
    cx: Cx,
    At((site, id)): At<(SiteId, HolidayId)>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    people::versions(&cx, site, id, &as_of).await.map(Listed)
}
