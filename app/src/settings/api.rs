//! `/api/settings`.

use utoipa_axum::routes;

use super::actions::{self, ChangeSettings, SettingsView};
use crate::{
    door::Cx,
    http::{ApiRouter, extract::Json, openapi::with_schemas, respond::Data},
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> ApiRouter {
    with_schemas::<(SettingsView,)>(ApiRouter::new().routes(routes!(show, change)))
}

/// The organization's settings
#[utoipa::path(get, path = "/api/settings", tag = "settings")]
async fn show(cx: Cx) -> Result<Data<SettingsView>, Problem> {
    actions::show(&cx).await.map(Data)
}

/// Change settings
#[utoipa::path(patch, path = "/api/settings", tag = "settings")]
async fn change(cx: Cx, Json(change): Json<ChangeSettings>) -> Result<Data<SettingsView>, Problem> {
    actions::change(&cx, &change).await.map(Data)
}
