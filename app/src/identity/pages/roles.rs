//! `/settings/roles`.

use ::rules::{
    id::RoleId,
    permissions::{Permission, Role},
};
use axum::{
    extract::{Path, Query},
    http::HeaderMap,
    response::Response,
    routing::get,
};

use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, tick},
    },
    http::{
        PageRouter,
        extract::At,
        form::{As, Form},
    },
    identity::{
        actions::{self, ChangeRole, NewRole},
        store::CustomRole,
        view::roles as view,
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const ROLES: &str = "/settings/roles";

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route(ROLES, get(list).post(add))
        .route("/settings/roles/new", get(new))
        .route("/settings/roles/{id}", get(one).post(change))
}

fn page(cx: &Cx, title: &str, body: maud::Markup) -> Page {
    frame::page(cx, "settings", title, body)
}

async fn list(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let roles = actions::roles(&cx).await?;
    let body = view::list(frame::settings_tabs(&cx, ROLES), &roles.items);
    Ok(frame::show(&headers, page(&cx, "Roles", body)))
}

#[derive(serde::Deserialize)]
struct Copied {
    #[serde(default)]
    role: String,
}

async fn new(cx: Cx, headers: HeaderMap, Query(copied): Query<Copied>) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let role = Role::parse(&copied.role).unwrap_or(Role::Therapist);
    let permissions = role.permissions().iter().map(|one| ("permissions", one.to_string())).collect::<Vec<_>>();
    let form = Form::of([("role", role.to_string())].into_iter().chain(permissions));
    Ok(frame::show(&headers, new_page(&cx, &form, &FieldErrors::new())))
}

fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Page {
    let role = Role::parse(form.get("role")).unwrap_or(Role::Therapist);
    page(cx, "Add role", view::new(cx, role, &filled(cx, form, errors, ROLES, ROLES)))
}

async fn add(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let fields = [("name", As::Blank), ("role", As::Text), ("permissions", As::List)];
    let outcome = match form.read::<NewRole>(&fields) {
        Ok(new) => actions::add_role(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(ROLES, "The role is added. Give it to somebody under “Users”.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &form, &frame::field_errors(&problem))))
        }
    }
}

/// A built-in role, by its word, can be looked at and copied; one of the organization's own can be changed.
async fn one(cx: Cx, headers: HeaderMap, Path(name): Path<String>) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    if let Some(role) = Role::parse(&name) {
        return Ok(frame::show(&headers, page(&cx, "Role", view::built_in(role))));
    }
    let id = RoleId::parse(&name).map_err(|_| Problem::not_found("role"))?;
    let role = actions::custom_role(&cx, id).await?;
    Ok(frame::show(&headers, one_page(&cx, &role, &stored(&role), &FieldErrors::new())))
}

fn stored(role: &CustomRole) -> Form {
    let fields =
        [("version", role.version.to_string()), ("name", role.name.to_string()), ("is_active", tick(role.is_active))];
    Form::of(fields.into_iter().chain(role.permissions.iter().map(|one| ("permissions", one.to_string()))))
}

fn one_page(cx: &Cx, role: &CustomRole, form: &Form, errors: &FieldErrors) -> Page {
    page(cx, "Role", view::one(cx, role, &filled(cx, form, errors, &format!("{ROLES}/{}", role.id), ROLES)))
}

async fn change(cx: Cx, At(id): At<RoleId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let cx = frame::edited(cx, &form);
    let fields = [("name", As::Blank), ("permissions", As::List), ("is_active", As::Truth)];
    let outcome = match form.read::<ChangeRole>(&fields) {
        Ok(change) => actions::change_role(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(ROLES, "Saved. Who has the role has its new permissions at once.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let role = actions::custom_role(&cx, id).await?;
            Ok(frame::refused(&problem, one_page(&cx, &role, &form, &frame::field_errors(&problem))))
        }
    }
}
