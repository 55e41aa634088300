//! `/api/guests/{id}/convert` and `/api/patients/{id}/merge`.

use ::rules::id::{GuestId, PatientId};
use utoipa_axum::routes;

use super::actions::{self, ConvertGuest, MergePatient, Moved, MovedStint, UnclearSession, Wish};
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
    let router = ApiRouter::new().routes(routes!(convert_guest)).routes(routes!(merge_patient));
    with_schemas::<(Moved, MovedStint, UnclearSession)>(router)
}

/// Make a patient of a guest
///
/// Memberships, bookings and attendance are the patient's from now on, and the guest is inactive. There is no way back.
#[utoipa::path(post, path = "/api/guests/{id}/convert", tag = "people", params(("id" = GuestId, Path), Wish))]
async fn convert_guest(
    cx: Cx,
    At(id): At<GuestId>,
    Query(wish): Query<Wish>,
    Json(convert): Json<ConvertGuest>,
) -> Result<Data<Moved>, Problem> {
    actions::convert(&cx, id, wish, &convert).await.map(Data)
}

/// Merge a duplicate into a patient
///
/// Everything of the duplicate is the patient's from now on, who is found by both record numbers. There is no way back.
#[utoipa::path(post, path = "/api/patients/{id}/merge", tag = "people", params(("id" = PatientId, Path), Wish))]
async fn merge_patient(
    cx: Cx,
    At(id): At<PatientId>,
    Query(wish): Query<Wish>,
    Json(merge): Json<MergePatient>,
) -> Result<Data<Moved>, Problem> {
    actions::merge(&cx, id, wish, &merge).await.map(Data)
}
