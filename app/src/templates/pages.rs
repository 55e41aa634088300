//! `/settings/templates`.

mod group_sessions;
mod notes;

use ::rules::permissions::Permission;
use axum::{http::HeaderMap, response::Response, routing::get};

use super::{
    TemplateView,
    actions::{
        group_sessions as of_sessions,
        notes::{ListTemplates, TemplatesShown, every as note_templates},
    },
    view::{self, TEMPLATES},
};
use crate::{door::Cx, frame, http::PageRouter, problem::Problem, shell::layout::Page};

/// The routes of the room.
pub fn routes() -> PageRouter {
    PageRouter::new().route(TEMPLATES, get(list)).merge(notes::routes()).merge(group_sessions::routes())
}

fn page(cx: &Cx, title: &str, body: maud::Markup) -> Page {
    frame::page(cx, "settings", title, body).style("notes.css")
}

/// The templates that the caller manages: of group sessions, and of notes for who manages all.
async fn list(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    of_sessions::require_manage(&cx).await?;
    let mut sessions = of_sessions::every(&cx, TemplatesShown::All).await?;
    sessions.sort_by_key(|one| one.archived_at.is_some());
    let notes = match cx.permissions.allows(Permission::TemplateManage) {
        true => {
            let every = ListTemplates { status: Some(TemplatesShown::All), ..ListTemplates::default() };
            let all = note_templates(&cx, &every).await?;
            let (built_in, mut own): (Vec<TemplateView>, Vec<TemplateView>) =
                all.into_iter().partition(|one| one.is_built_in);
            own.sort_by_key(|one| one.archived_at.is_some());
            Some((own, built_in))
        }
        false => None,
    };
    let body = view::list(frame::settings_tabs(&cx, TEMPLATES), &sessions, notes.as_ref());
    Ok(frame::show(&headers, page(&cx, "Templates", body)))
}
