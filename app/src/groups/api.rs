//! `/api/groups`.

use ::rules::{id::GroupId, permissions::Permission};
use utoipa_axum::routes;

use super::{
    actions::{self, ChangeGroup, GroupView, ListGroups, NewGroup, SeatsView, StatusFilter},
    store::Group,
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
        .routes(routes!(list, create))
        .routes(routes!(show, change, archive))
        .routes(routes!(restore))
        .routes(routes!(group_history));
    with_schemas::<(Group, GroupView, SeatsView, StatusFilter)>(router)
}

/// List groups
///
/// By name. Archived groups are left out unless `status` asks for them.
#[utoipa::path(get, path = "/api/groups", tag = "groups", params(ListGroups))]
async fn list(cx: Cx, Query(list): Query<ListGroups>) -> Result<Listed<GroupView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Make a group
#[utoipa::path(post, path = "/api/groups", tag = "groups")]
async fn create(cx: Cx, Json(new): Json<NewGroup>) -> Result<Created<GroupView>, Problem> {
    actions::create(&cx, &new).await.map(Created)
}

/// One group
#[utoipa::path(get, path = "/api/groups/{id}", tag = "groups", params(("id" = GroupId, Path)))]
async fn show(cx: Cx, At(id): At<GroupId>) -> Result<Data<GroupView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Change a group
///
/// Lowering `max_participants` removes nobody; raising it promotes whoever waits, at once.
#[utoipa::path(patch, path = "/api/groups/{id}", tag = "groups", params(("id" = GroupId, Path)))]
async fn change(cx: Cx, At(id): At<GroupId>, Json(change): Json<ChangeGroup>) -> Result<Data<GroupView>, Problem> {
    actions::change(&cx, id, &change).await.map(Data)
}

/// Archive a group
///
/// That is how a group ends: nothing is deleted.
#[utoipa::path(delete, path = "/api/groups/{id}", tag = "groups", params(("id" = GroupId, Path)))]
async fn archive(cx: Cx, At(id): At<GroupId>) -> Result<Data<GroupView>, Problem> {
    actions::archive(&cx, id).await.map(Data)
}

/// Restore an archived group
#[utoipa::path(post, path = "/api/groups/{id}/restore", tag = "groups", params(("id" = GroupId, Path)))]
async fn restore(cx: Cx, At(id): At<GroupId>) -> Result<Data<GroupView>, Problem> {
    actions::restore(&cx, id).await.map(Data)
}

/// A group as it stood
#[utoipa::path(get, path = "/api/groups/{id}/history", tag = "groups", params(("id" = GroupId, Path), AsOf))]
async fn group_history(
    cx: Cx,
    At(id): At<GroupId>,
    Query(as_of): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    history::<Group, _>(&cx, Permission::GroupRead, id, &as_of).await.map(Listed)
}
