//! `/api/practitioners`.

use ::rules::{id::PractitionerId, permissions::Permission};
use utoipa_axum::routes;

use super::Practitioner;
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        respond::{Created, Data, Listed},
    },
    people::actions::practitioners::{self as actions, ChangePractitioner, ListPractitioners, NewPractitioner},
    problem::Problem,
};

pub fn routes() -> ApiRouter {
    ApiRouter::new()
        .routes(routes!(list_practitioners, add_practitioner))
        .routes(routes!(practitioner, change_practitioner))
        .routes(routes!(practitioner_history))
}

/// List practitioners
///
/// By family name.
#[utoipa::path(get, path = "/api/practitioners", tag = "people", params(ListPractitioners))]
async fn list_practitioners(cx: Cx, Query(list): Query<ListPractitioners>) -> Result<Listed<Practitioner>, Problem> {
    actions::list_practitioners(&cx, &list).await.map(Listed)
}

/// Add a practitioner
#[utoipa::path(post, path = "/api/practitioners", tag = "people")]
async fn add_practitioner(cx: Cx, Json(new): Json<NewPractitioner>) -> Result<Created<Practitioner>, Problem> {
    actions::add_practitioner(&cx, &new).await.map(Created)
}

/// One practitioner
#[utoipa::path(get, path = "/api/practitioners/{id}", tag = "people", params(("id" = PractitionerId, Path)))]
async fn practitioner(cx: Cx, At(id): At<PractitionerId>) -> Result<Data<Practitioner>, Problem> {
    actions::practitioner(&cx, id).await.map(Data)
}

/// Change a practitioner
#[utoipa::path(patch, path = "/api/practitioners/{id}", tag = "people", params(("id" = PractitionerId, Path)))]
async fn change_practitioner(
    cx: Cx,
    At(id): At<PractitionerId>,
    Json(change): Json<ChangePractitioner>,
) -> Result<Data<Practitioner>, Problem> {
    actions::change_practitioner(&cx, id, &change).await.map(Data)
}

/// A practitioner's record as it stood
#[utoipa::path(get, path = "/api/practitioners/{id}/history", tag = "people", params(("id" = PractitionerId, Path), AsOf))]
async fn practitioner_history(
    cx: Cx,
    At(id): At<PractitionerId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<Practitioner, _>(&cx, Permission::GroupRead, id, &as_of).await.map(Listed)
}
