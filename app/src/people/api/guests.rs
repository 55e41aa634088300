//! `/api/guests`, also at the documents' own address `/api/groups/guests`.

use ::rules::{id::GuestId, permissions::Permission};
use utoipa_axum::routes;

use super::Guest;
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        respond::{Created, Data, Listed},
    },
    people::actions::guests::{self as actions, ChangeGuest, ListGuests, NewGuest},
    problem::Problem,
};

pub fn routes() -> ApiRouter {
    ApiRouter::new()
        .routes(routes!(list_guests, add_guest))
        .routes(routes!(list_guests_of_groups, add_guest_of_groups))
        .routes(routes!(guest, change_guest, remove_guest))
        .routes(routes!(guest_history))
}

/// List or search guests
#[utoipa::path(get, path = "/api/guests", tag = "people", params(ListGuests))]
async fn list_guests(cx: Cx, Query(list): Query<ListGuests>) -> Result<Listed<Guest>, Problem> {
    actions::list_guests(&cx, &list).await.map(Listed)
}

/// List or search guests
///
/// The same as `GET /api/guests`.
#[utoipa::path(get, path = "/api/groups/guests", tag = "people", params(ListGuests))]
async fn list_guests_of_groups(cx: Cx, Query(list): Query<ListGuests>) -> Result<Listed<Guest>, Problem> {
    actions::list_guests(&cx, &list).await.map(Listed)
}

/// Register a guest
#[utoipa::path(post, path = "/api/guests", tag = "people")]
async fn add_guest(cx: Cx, Json(new): Json<NewGuest>) -> Result<Created<Guest>, Problem> {
    actions::add_guest(&cx, &new).await.map(Created)
}

/// Register a guest
///
/// The same as `POST /api/guests`.
#[utoipa::path(post, path = "/api/groups/guests", tag = "people")]
async fn add_guest_of_groups(cx: Cx, Json(new): Json<NewGuest>) -> Result<Created<Guest>, Problem> {
    actions::add_guest(&cx, &new).await.map(Created)
}

/// One guest
#[utoipa::path(get, path = "/api/guests/{id}", tag = "people", params(("id" = GuestId, Path)))]
async fn guest(cx: Cx, At(id): At<GuestId>) -> Result<Data<Guest>, Problem> {
    actions::guest(&cx, id).await.map(Data)
}

/// Change a guest
#[utoipa::path(patch, path = "/api/guests/{id}", tag = "people", params(("id" = GuestId, Path)))]
async fn change_guest(cx: Cx, At(id): At<GuestId>, Json(change): Json<ChangeGuest>) -> Result<Data<Guest>, Problem> {
    actions::change_guest(&cx, id, &change).await.map(Data)
}

/// Make a guest inactive
///
/// Nobody is ever deleted: the guest keeps past memberships and can be made active again.
#[utoipa::path(delete, path = "/api/guests/{id}", tag = "people", params(("id" = GuestId, Path)))]
async fn remove_guest(cx: Cx, At(id): At<GuestId>) -> Result<Data<Guest>, Problem> {
    actions::remove_guest(&cx, id).await.map(Data)
}

/// A guest's record as it stood
#[utoipa::path(get, path = "/api/guests/{id}/history", tag = "people", params(("id" = GuestId, Path), AsOf))]
async fn guest_history(
    cx: Cx,
    At(id): At<GuestId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<Guest, _>(&cx, Permission::GroupRead, id, &as_of).await.map(Listed)
}
