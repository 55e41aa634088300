//! `/api/templates`.

use ::rules::id::TemplateId;
use utoipa_axum::routes;

use super::super::actions::notes::{
    self as actions, ChangeTemplate, ListTemplates, NewTemplate, TemplateView, TemplatesShown,
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
        .routes(routes!(list, create))
        .routes(routes!(show, change, archive))
        .routes(routes!(restore))
        .routes(routes!(history));
    with_schemas::<(TemplateView, TemplatesShown)>(router)
}

/// List templates
///
/// What notes start from: the built-in ones, then the organization's own by name.
#[utoipa::path(get, path = "/api/templates", tag = "templates", params(ListTemplates))]
async fn list(cx: Cx, Query(list): Query<ListTemplates>) -> Result<Listed<TemplateView>, Problem> {
    actions::list(&cx, &list).await.map(Listed)
}

/// Make a template
///
/// From its fields, or as a copy of another with `copy_of`.
#[utoipa::path(post, path = "/api/templates", tag = "templates")]
async fn create(cx: Cx, Json(new): Json<NewTemplate>) -> Result<Created<TemplateView>, Problem> {
    actions::create(&cx, &new).await.map(Created)
}

/// One template
#[utoipa::path(get, path = "/api/templates/{id}", tag = "templates", params(("id" = TemplateId, Path)))]
async fn show(cx: Cx, At(id): At<TemplateId>) -> Result<Data<TemplateView>, Problem> {
    actions::show(&cx, id).await.map(Data)
}

/// Change a template
///
/// A change of its name or fields is its next version; notes that are begun keep the one they were begun with.
#[utoipa::path(patch, path = "/api/templates/{id}", tag = "templates", params(("id" = TemplateId, Path)))]
async fn change(
    cx: Cx,
    At(id): At<TemplateId>,
    Json(change): Json<ChangeTemplate>,
) -> Result<Data<TemplateView>, Problem> {
    actions::change(&cx, id, &change).await.map(Data)
}

/// Archive a template
///
/// Nothing new starts from it; notes that are begun keep it.
#[utoipa::path(delete, path = "/api/templates/{id}", tag = "templates", params(("id" = TemplateId, Path)))]
async fn archive(cx: Cx, At(id): At<TemplateId>) -> Result<Data<TemplateView>, Problem> {
    actions::archive(&cx, id).await.map(Data)
}

/// Restore an archived template
#[utoipa::path(post, path = "/api/templates/{id}/restore", tag = "templates", params(("id" = TemplateId, Path)))]
async fn restore(cx: Cx, At(id): At<TemplateId>) -> Result<Data<TemplateView>, Problem> {
    actions::restore(&cx, id).await.map(Data)
}

/// A template as it stood
#[utoipa::path(get, path = "/api/templates/{id}/history", tag = "templates", params(("id" = TemplateId, Path), AsOf))]
async fn history(cx: Cx, At(id): At<TemplateId>, Query(at): Query<AsOf>) -> Result<Listed<RecordVersion>, Problem> {
    actions::history(&cx, id, &at).await.map(Listed)
}
