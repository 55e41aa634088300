//! `/api/group-session-templates`.

use ::rules::{
    id::GroupSessionTemplateId,
    templates::{DisciplineTemplate, GroupSessionSettings},
};
use utoipa_axum::routes;

use super::super::actions::group_sessions::{
    self as actions, ChangeGroupSessionTemplate, GroupSessionTemplateView, ListGroupSessionTemplates,
    NewGroupSessionTemplate,
};
use crate::{
    audit::history::{AsOf, RecordVersion},
    door::Cx,
    http::{
        ApiRouter,
        extract::{At, Json, Query},
        openapi::with_schemas,
        respond::{Created, Data, Listed},
    },
    problem::Problem,
};

pub fn routes() -> ApiRouter {
    let router = ApiRouter::new()
        .routes(routes!(list_for_sessions, create_for_sessions))
        .routes(routes!(show_for_sessions, change_for_sessions, archive_for_sessions))
        .routes(routes!(restore_for_sessions))
        .routes(routes!(history_for_sessions));
    with_schemas::<(GroupSessionTemplateView, GroupSessionSettings, DisciplineTemplate)>(router)
}

/// List templates of group sessions
///
/// By title.
#[utoipa::path(get, path = "/api/group-session-templates", tag = "templates", params(ListGroupSessionTemplates))]
async fn list_for_sessions(
    cx: Cx,
    Query(list): Query<ListGroupSessionTemplates>,
) -> Result<Listed<GroupSessionTemplateView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Make a template of group sessions
#[utoipa::path(post, path = "/api/group-session-templates", tag = "templates")]
async fn create_for_sessions(
    cx: Cx,
    Json(new): Json<NewGroupSessionTemplate>,
) -> Result<Created<GroupSessionTemplateView>, Problem> {
    actions::create(&cx, &new).await.map(Created)
}

/// One template of group sessions
#[utoipa::path(get, path = "/api/group-session-templates/{id}", tag = "templates",
    params(("id" = GroupSessionTemplateId, Path)))]
async fn show_for_sessions(
    cx: Cx,
    At(id): At<GroupSessionTemplateId>,
) -> Result<Data<GroupSessionTemplateView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Change a template of group sessions
///
/// Sessions that have started keep the version they were started with.
#[utoipa::path(patch, path = "/api/group-session-templates/{id}", tag = "templates",
    params(("id" = GroupSessionTemplateId, Path)))]
async fn change_for_sessions(
    cx: Cx,
    At(id): At<GroupSessionTemplateId>,
    Json(change): Json<ChangeGroupSessionTemplate>,
) -> Result<Data<GroupSessionTemplateView>, Problem> {
    actions::change(&cx, id, &change).await.map(Data)
}

/// Archive a template of group sessions
///
/// Nothing new starts from it; groups and sessions that have it keep it.
#[utoipa::path(delete, path = "/api/group-session-templates/{id}", tag = "templates",
    params(("id" = GroupSessionTemplateId, Path)))]
async fn archive_for_sessions(
    cx: Cx,
    At(id): At<GroupSessionTemplateId>,
) -> Result<Data<GroupSessionTemplateView>, Problem> {
    actions::archive(&cx, id).await.map(Data)
}

/// Restore an archived template of group sessions
#[utoipa::path(post, path = "/api/group-session-templates/{id}/restore", tag = "templates",
    params(("id" = GroupSessionTemplateId, Path)))]
async fn restore_for_sessions(
    cx: Cx,
    At(id): At<GroupSessionTemplateId>,
) -> Result<Data<GroupSessionTemplateView>, Problem> {
    actions::restore(&cx, id).await.map(Data)
}

/// A template of group sessions as it stood
#[utoipa::path(get, path = "/api/group-session-templates/{id}/history", tag = "templates",
    params(("id" = GroupSessionTemplateId, Path), AsOf))]
async fn history_for_sessions(
    cx: Cx,
    At(id): At<GroupSessionTemplateId>,
    Query(at): Query<AsOf>,
) -> Result<Listed<RecordVersion>, Problem> {
    actions::history(&cx, id, &at).await.map(Listed)
}
