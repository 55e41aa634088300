//! `/api/keep-apart`.

use ::rules::id::KeepApartId;
use utoipa_axum::routes;

use super::actions::{self, KeepApartView, ListKeepApart, NewKeepApart, Shared, SharedGroup, SharedSession, Which};
use crate::{
    audit::history::{AsOf, RecordVersion},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    people::KeepApart,
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list_keep_apart, keep_apart))
        .routes(routes!(show_keep_apart, end_keep_apart))
        .routes(routes!(keep_apart_history));
    with_schemas::<(KeepApart, KeepApartView, Shared, SharedGroup, SharedSession, Which)>(router)
}

/// List pairs of people who are kept apart
///
/// Newest first; who runs the system sees only the pairs they made.
#[utoipa::path(get, path = "/api/keep-apart", tag = "keep apart", params(ListKeepApart))]
async fn list_keep_apart(cx: Cx, Query(list): Query<ListKeepApart>) -> Result<Listed<KeepApartView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Keep two people apart
///
/// From now on they are never booked into the same session nor added to the same group. Where they already meet is
/// in the answer, to be resolved by hand: nobody is removed.
#[utoipa::path(post, path = "/api/keep-apart", tag = "keep apart")]
async fn keep_apart(cx: Cx, Json(new): Json<NewKeepApart>) -> Result<Created<KeepApartView>, Problem> {
    actions::create(&cx, &new).await.map(Created)
}

/// One pair
#[utoipa::path(get, path = "/api/keep-apart/{id}", tag = "keep apart", params(("id" = KeepApartId, Path)))]
async fn show_keep_apart(cx: Cx, At(id): At<KeepApartId>) -> Result<Data<KeepApartView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// End a pair
///
/// The two may meet again: a member who had no place in a coming session of their group because of the pair is booked
/// into it while there is a seat. The pair stays readable, with its reason.
#[utoipa::path(delete, path = "/api/keep-apart/{id}", tag = "keep apart", params(("id" = KeepApartId, Path)))]
async fn end_keep_apart(cx: Cx, At(id): At<KeepApartId>) -> Result<Data<KeepApartView>, Problem> {
    actions::end(&cx, id).await.map(Data)
}

/// A pair as it stood
///
/// Only for who may see the pair: the permission to read the audit log does not open it.
#[utoipa::path(get, path = "/api/keep-apart/{id}/history", tag = "keep apart", params(("id" = KeepApartId, Path), AsOf))]
async fn keep_apart_history(
    cx: Cx,
    At(id): At<KeepApartId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    actions::versions(&cx, id, &as_of).await.map(Listed)
}
