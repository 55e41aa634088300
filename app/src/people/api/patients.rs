//! `/api/patients`.

use ::rules::{id::PatientId, permissions::Permission};
use utoipa_axum::routes;

use super::Patient;
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        respond::{Created, Data, Listed},
    },
    people::actions::patients::{self as actions, ChangePatient, ListPatients, NewPatient},
    problem::Problem,
};

pub fn routes() -> ApiRouter {
    ApiRouter::new()
        .routes(routes!(list_patients, add_patient))
        .routes(routes!(search_patients))
        .routes(routes!(patient, change_patient))
        .routes(routes!(patient_history))
}

/// List or search patients
///
/// By family name; with `q`, those whose names, record number or birth date begin with every word of it.
#[utoipa::path(get, path = "/api/patients", tag = "people", params(ListPatients))]
async fn list_patients(cx: Cx, Query(list): Query<ListPatients>) -> Result<Listed<Patient>, Problem> {
    actions::list_patients(&cx, &list).await.map(Listed)
}

/// Search patients without their names in an address
///
/// As `GET /api/patients`, with what it is limited to in the body.
#[utoipa::path(post, path = "/api/patients/search", tag = "people")]
async fn search_patients(cx: Cx, Json(list): Json<ListPatients>) -> Result<Listed<Patient>, Problem> {
    actions::list_patients(&cx, &list).await.map(Listed)
}

/// Register a patient
#[utoipa::path(post, path = "/api/patients", tag = "people")]
async fn add_patient(cx: Cx, Json(new): Json<NewPatient>) -> Result<Created<Patient>, Problem> {
    actions::add_patient(&cx, &new).await.map(Created)
}

/// One patient
#[utoipa::path(get, path = "/api/patients/{id}", tag = "people", params(("id" = PatientId, Path)))]
async fn patient(cx: Cx, At(id): At<PatientId>) -> Result<Data<Patient>, Problem> {
    actions::patient(&cx, id).await.map(Data)
}

/// Change a patient
#[utoipa::path(patch, path = "/api/patients/{id}", tag = "people", params(("id" = PatientId, Path)))]
async fn change_patient(
    cx: Cx,
    At(id): At<PatientId>,
    Json(change): Json<ChangePatient>,
) -> Result<Data<Patient>, Problem> {
    actions::change_patient(&cx, id, &change).await.map(Data)
}

/// A patient's record as it stood
#[utoipa::path(get, path = "/api/patients/{id}/history", tag = "people", params(("id" = PatientId, Path), AsOf))]
async fn patient_history(
    cx: Cx,
    At(id): At<PatientId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<Patient, _>(&cx, Permission::PatientRead, id, &as_of).await.map(Listed)
}
