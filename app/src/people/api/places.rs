//! `/api/sites` and `/api/rooms`.

use ::rules::{
    id::{RoomId, SiteId},
    permissions::Permission,
};
use utoipa_axum::routes;

use super::{Room, Site};
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        respond::{Created, Data, Listed},
    },
    people::actions::places::{self as actions, ChangeRoom, ChangeSite, ListRooms, ListSites, NewRoom, NewSite},
    problem::Problem,
};

pub fn routes() -> ApiRouter {
    ApiRouter::new()
        .routes(routes!(list_sites, add_site))
        .routes(routes!(site, change_site))
        .routes(routes!(site_history))
        .routes(routes!(list_rooms, add_room))
        .routes(routes!(room, change_room))
        .routes(routes!(room_history))
}

/// List sites
///
/// By name.
#[utoipa::path(get, path = "/api/sites", tag = "people", params(ListSites))]
async fn list_sites(cx: Cx, Query(list): Query<ListSites>) -> Result<Listed<Site>, Problem> {
    actions::list_sites(&cx, &list).await.map(Listed)
}

/// Add a site
#[utoipa::path(post, path = "/api/sites", tag = "people")]
async fn add_site(cx: Cx, Json(new): Json<NewSite>) -> Result<Created<Site>, Problem> {
    actions::add_site(&cx, &new).await.map(Created)
}

/// One site
#[utoipa::path(get, path = "/api/sites/{id}", tag = "people", params(("id" = SiteId, Path)))]
async fn site(cx: Cx, At(id): At<SiteId>) -> Result<Data<Site>, Problem> {
    actions::site(&cx, id).await.map(Data)
}

/// Change a site
#[utoipa::path(patch, path = "/api/sites/{id}", tag = "people", params(("id" = SiteId, Path)))]
async fn change_site(cx: Cx, At(id): At<SiteId>, Json(change): Json<ChangeSite>) -> Result<Data<Site>, Problem> {
    actions::change_site(&cx, id, &change).await.map(Data)
}

/// A site's record as it stood
#[utoipa::path(get, path = "/api/sites/{id}/history", tag = "people", params(("id" = SiteId, Path), AsOf))]
async fn site_history(cx: Cx, At(id): At<SiteId>, Query(as_of): Query<AsOf>) -> Result<Listed<RecordVersion>, Problem> {
    history::<Site, _>(&cx, Permission::GroupRead, id, &as_of).await.map(Listed)
}

/// List rooms
///
/// By site and name.
#[utoipa::path(get, path = "/api/rooms", tag = "people", params(ListRooms))]
async fn list_rooms(cx: Cx, Query(list): Query<ListRooms>) -> Result<Listed<Room>, Problem> {
    actions::list_rooms(&cx, &list).await.map(Listed)
}

/// Add a room
#[utoipa::path(post, path = "/api/rooms", tag = "people")]
async fn add_room(cx: Cx, Json(new): Json<NewRoom>) -> Result<Created<Room>, Problem> {
    actions::add_room(&cx, &new).await.map(Created)
}

/// One room
#[utoipa::path(get, path = "/api/rooms/{id}", tag = "people", params(("id" = RoomId, Path)))]
async fn room(cx: Cx, At(id): At<RoomId>) -> Result<Data<Room>, Problem> {
    actions::room(&cx, id).await.map(Data)
}

/// Change a room
#[utoipa::path(patch, path = "/api/rooms/{id}", tag = "people", params(("id" = RoomId, Path)))]
async fn change_room(cx: Cx, At(id): At<RoomId>, Json(change): Json<ChangeRoom>) -> Result<Data<Room>, Problem> {
    actions::change_room(&cx, id, &change).await.map(Data)
}

/// A room's record as it stood
#[utoipa::path(get, path = "/api/rooms/{id}/history", tag = "people", params(("id" = RoomId, Path), AsOf))]
async fn room_history(cx: Cx, At(id): At<RoomId>, Query(as_of): Query<AsOf>) -> Result<Listed<RecordVersion>, Problem> {
    history::<Room, _>(&cx, Permission::GroupRead, id, &as_of).await.map(Listed)
}
