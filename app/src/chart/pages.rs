//! `/patients/{id}/chart`, the tab of group sessions, and `/chart-entries/{id}`.

use ::rules::{
    id::{ChartEntryId, PatientId},
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
    people::{actions::patients, view::patients as patient_view},
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/patients/{id}/chart", get(chart)).route("/chart-entries/{id}", get(entry))
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
    let body = view::chart(id, &page, &list, &counts, show_counts);
    let body = patient_view::frame(&cx, &patient, "/chart", body);
    Ok(frame::show(&headers, frame::page(&cx, SECTION, format!("{}: group sessions", patient.mrn), body)))
}

async fn entry(cx: Cx, headers: HeaderMap, At(id): At<ChartEntryId>) -> Result<Response, Problem> {
    let shown = actions::show(&cx, id).await?;
    let patient = patients::patient(&cx, shown.patient_id).await?;
    let body = patient_view::frame(&cx, &patient, "/chart", view::entry(&shown));
    Ok(frame::show(
        &headers,
        frame::page(&cx, SECTION, format!("{}: chart entry", patient.mrn), body).style("notes.css"),
    ))
}
