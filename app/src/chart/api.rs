//! `/api/patients/{id}/chart` and `/api/chart-entries`.

use ::rules::{
    chart::EntryStatus,
    id::{ChartEntryId, PatientId, SessionId},
};
use utoipa_axum::routes;

use super::{
    EntryKind,
    actions::{self, ChartEntryView, EntriesShown, GroupTally, ListChart},
};
use crate::{
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Query},
        openapi::with_schemas,
        respond::{Data, Listed},
    },
    paging::Paged,
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(tallies))
        .routes(routes!(show))
        .routes(routes!(of_session));
    with_schemas::<(ChartEntryView, GroupTally, EntryKind, EntryStatus, EntriesShown)>(router)
}

/// A patient's chart of sessions
///
/// Newest first: an entry for each session attended, a line for each absence. Entries of a session that was reopened stay,
/// superseded by those that took their place; those of voided sessions are left out unless `status` asks for them.
#[utoipa::path(get, path = "/api/patients/{id}/chart", tag = "chart", params(("id" = PatientId, Path), ListChart))]
async fn list(cx: Cx, At(id): At<PatientId>, Query(list): Query<ListChart>) -> Result<Listed<ChartEntryView>, Problem> {
    actions::list(&cx, id, &list).await.map(Listed)
}

/// How often a patient was there and was not
///
/// By group; sessions without a group come together. Empty while the setting `show_group_attendance_in_chart` is off.
#[utoipa::path(get, path = "/api/patients/{id}/chart/counts", tag = "chart", params(("id" = PatientId, Path)))]
async fn tallies(cx: Cx, At(id): At<PatientId>) -> Result<Listed<GroupTally>, Problem> {
    actions::tallies(&cx, id).await.map(Listed)
}

/// One chart entry
#[utoipa::path(get, path = "/api/chart-entries/{id}", tag = "chart", params(("id" = ChartEntryId, Path)))]
async fn show(cx: Cx, At(id): At<ChartEntryId>) -> Result<Data<ChartEntryView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// What a session has left in everybody's charts
///
/// The current entries and absences, in order of creation. 409 `individual_notes_off` while the setting
/// `view_individual_group_sessions` is off.
#[utoipa::path(get, path = "/api/sessions/{id}/chart-entries", tag = "chart", params(("id" = SessionId, Path), Paged))]
async fn of_session(
    cx: Cx,
    At(id): At<SessionId>,
    Query(paged): Query<Paged>,
) -> Result<Listed<ChartEntryView>, Problem> {
    actions::of_session(&cx, id, &paged).await.map(|found| Listed(found.page))
}
