//! The frame of every page of ours: navigation by permission, organization, who is signed in, messages.

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, SameSite};
use maud::{Markup, Render as _};
use rules::permissions::Permission;

use crate::{
    door::{Cx, Principal},
    http::form::Form,
    problem::Problem,
    shell::{
        layout::{NavItem, Page},
        ui::{FieldErrors, Icon, Notice, Tone},
    },
};

/// The cookie that carries one message over a redirect.
const FLASH: &str = "convene_flash";

/// A place of the navigation: section, icon, label, address, permission.
type Place = (&'static str, Icon, &'static str, &'static str, Permission);

const PLACES: &[Place] = &[("groups", Icon::Groups, "Groups", "/groups", Permission::GroupRead)];

/// A page for who asks.
pub fn page(cx: &Cx, section: &'static str, title: impl Into<String>, body: Markup) -> Page {
    let places = PLACES.iter().filter(|place| cx.permissions.allows(place.4));
    let nav = places.map(|(section, icon, label, href, _)| NavItem::new(section, *icon, *label, *href)).collect();
    let page = Page::new(title).section(section).nav(nav).organization(&cx.organization.name).search(None).body(body);
    match &cx.principal {
        Principal::User { name, role, .. } => page.user(name, role.as_str().replace('_', " ")),
        Principal::System(_) => page,
    }
}

/// The page as an answer, with the message of the last act if one was carried over.
pub fn show(headers: &HeaderMap, page: Page) -> Response {
    let jar = axum_extra::extract::CookieJar::from_headers(headers);
    match jar.get(FLASH).map(|cookie| decode(cookie.value())) {
        Some(message) => {
            let mut clear = Cookie::build((FLASH, "")).path("/").build();
            clear.make_removal();
            let page = page.flash(Notice::new(Tone::Good, message));
            ([(header::SET_COOKIE, clear.to_string())], page.render()).into_response()
        }
        None => page.render().into_response(),
    }
}

/// A form shown again with what is wrong: the status says that nothing was changed.
pub fn refused(problem: &Problem, page: Page) -> Response {
    (problem.status(), page.render()).into_response()
}

/// On to another page, with a message about what was done.
pub fn done(to: &str, message: &str) -> Response {
    let flash = Cookie::build((FLASH, encode(message))).path("/").http_only(true).same_site(SameSite::Lax).build();
    (StatusCode::SEE_OTHER, [(header::SET_COOKIE, flash.to_string())], Redirect::to(to)).into_response()
}

fn encode(message: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(message)
}

fn decode(text: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// The context of a form that changes a record: its hidden `version` is the precondition.
pub fn edited(mut cx: Cx, form: &Form) -> Cx {
    cx.request.if_match = form.get("version").parse().ok();
    cx
}

/// What is wrong with a form, for its fields and its summary.
pub fn field_errors(problem: &Problem) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for error in problem.errors() {
        errors.add(error.field.clone(), sentence(&error.message));
    }
    if problem.errors().is_empty() {
        errors.add_general(problem.detail());
    }
    errors
}

/// A message that stands alone: the API's begin in the middle of a sentence about the field.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
