//! `/patients/{id}/chart`, the tab of group sessions, and `/chart-entries/{id}`.

use ::rules::{
    id::{ChartEntryId, PatientId, SessionId},
    permissions::Permission,
};
use axum::{http::HeaderMap, response::Response, routing::get};

use super::{
    actions::{self, ListChart},
    view,
};
use crate::{
    door::Cx,
    frame,
    http::{
        PageRouter,
        extract::{At, Query},
    },
    paging::{Limit, Paged},
    people::{actions::patients, view::patients as patient_view},
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/patients/{id}/chart", get(chart))
        .route("/chart-entries/{id}", get(entry))
        .route("/sessions/{id}/charts", get(of_session))
}

/// The section of the navigation.
const SECTION: &str = "patients";

async fn chart(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(list): Query<ListChart>,
) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    let patient = patients::patient(&cx, id).await?;
    let page = actions::list(&cx, id, &list).await?;
    let (counts, show_counts) = actions::by_group(&cx, id).await?;
    let body = view::chart(&cx.request.look.chart_tab, id, &page, &list, &counts, show_counts);
    let body = patient_view::frame(&cx, &patient, "/chart", body);
    let title = format!("{}: {}", patient.mrn, cx.request.look.chart_tab);
    Ok(frame::show(&headers, frame::page(&cx, SECTION, title, body)))
}

async fn entry(cx: Cx, headers: HeaderMap, At(id): At<ChartEntryId>) -> Result<Response, Problem> {
    let shown = actions::show(&cx, id).await?;
    let patient = patients::patient(&cx, shown.patient_id).await?;
    let sees_sessions = cx.permissions.allows(Permission::GroupEncounterRead);
    let body = patient_view::frame(&cx, &patient, "/chart", view::entry(&shown, sees_sessions));
    Ok(frame::show(
        &headers,
        frame::page(&cx, SECTION, format!("{}: chart entry", patient.mrn), body).style("notes.css"),
    ))
}

/// Entries in a page: each is as long as its notes.
const WITH_NOTES: usize = 10;

async fn of_session(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<SessionId>,
    Query(mut paged): Query<Paged>,
) -> Result<Response, Problem> {
    paged.limit = paged.limit.or(Some(Limit(WITH_NOTES)));
    let found = actions::of_session(&cx, id, &paged).await?;
    let title = format!("{}: in the charts", found.session.session_number);
    Ok(frame::show(&headers, frame::page(&cx, "today", title, view::of_session(&found, paged.cursor.is_some()))))
}
