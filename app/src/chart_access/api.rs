//! `/api/break-glass`.

use ::rules::{
    chart_access::{ChartAccess, GlassFinding, GlassReason, GlassStanding},
    id::BreakGlassId,
    permissions::Permission,
};
use utoipa_axum::routes;

use super::{
    actions::{self, BreakGlassReport, BreakGlassView, GlassReading, ListGlasses, NewBreakGlass, ReviewGlass},
    store::BreakGlass,
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
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list_broken_glasses, break_glass))
        .routes(routes!(show_broken_glass))
        .routes(routes!(end_broken_glass))
        .routes(routes!(review_broken_glass))
        .routes(routes!(broken_glass_history));
    let router = with_schemas::<(BreakGlass, BreakGlassView, BreakGlassReport, GlassReading)>(router);
    with_schemas::<(ChartAccess, GlassReason, GlassStanding, GlassFinding)>(router)
}

/// List charts that were opened outside the care team
///
/// Newest first; with `audit.read` all of them, otherwise one's own. `standing=to_review` is what waits for a review.
#[utoipa::path(get, path = "/api/break-glass", tag = "break glass", params(ListGlasses))]
async fn list_broken_glasses(cx: Cx, Query(list): Query<ListGlasses>) -> Result<Listed<BreakGlassView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Break the glass
///
/// Opens a patient's chart to the caller for an hour, where the setting `chart_access` is `care_team` and the caller does
/// not treat the patient. Needs the `password` or a fresh proof. Each reading is marked in the audit log, and somebody else
/// reviews it.
#[utoipa::path(post, path = "/api/break-glass", tag = "break glass")]
async fn break_glass(cx: Cx, Json(new): Json<NewBreakGlass>) -> Result<Created<BreakGlassView>, Problem> {
    actions::break_glass(&cx, &new).await.map(Created)
}

/// One chart that was opened outside the care team
///
/// With what was read through the broken glass, for who may read the audit log.
#[utoipa::path(get, path = "/api/break-glass/{id}", tag = "break glass", params(("id" = BreakGlassId, Path)))]
async fn show_broken_glass(cx: Cx, At(id): At<BreakGlassId>) -> Result<Data<BreakGlassReport>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// End it before its time
///
/// By whoever broke the glass.
#[utoipa::path(post, path = "/api/break-glass/{id}/end", tag = "break glass", params(("id" = BreakGlassId, Path)))]
async fn end_broken_glass(cx: Cx, At(id): At<BreakGlassId>) -> Result<Data<BreakGlassView>, Problem> {
    actions::end(&cx, id).await.map(Data)
}

/// Review it
///
/// Once it is over, by somebody else with `audit.read`.
#[utoipa::path(post, path = "/api/break-glass/{id}/review", tag = "break glass", params(("id" = BreakGlassId, Path)))]
async fn review_broken_glass(
    cx: Cx,
    At(id): At<BreakGlassId>,
    Json(review): Json<ReviewGlass>,
) -> Result<Data<BreakGlassView>, Problem> {
    actions::review(&cx, id, &review).await.map(Data)
}

/// A broken glass as it stood
#[utoipa::path(get, path = "/api/break-glass/{id}/history", tag = "break glass",
    params(("id" = BreakGlassId, Path), AsOf))]
async fn broken_glass_history(
    cx: Cx,
    At(id): At<BreakGlassId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<BreakGlass, _>(&cx, Permission::AuditRead, id, &as_of).await.map(Listed)
}
