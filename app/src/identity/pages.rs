//! Signing in and out, users, and one's own account.

mod account;
mod roles;
mod users;

use axum::{
    extract::{Query, State as Extracted},
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::{actions, view};
use crate::{
    App,
    door::Cx,
    http::{
        PageRouter, State,
        authenticate::{cookie_name, is_same_origin},
        form::Form,
        middleware::Facts,
    },
    problem::Problem,
};

/// The routes of the room.
pub fn routes() -> PageRouter {
    let router = PageRouter::new().route("/sign-in", get(show).post(sign_in)).route("/sign-out", post(sign_out));
    router.merge(users::routes()).merge(roles::routes()).merge(account::routes())
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

/// Only addresses of ours: never another site's.
fn safe(next: &str) -> &str {
    let ours = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r']);
    if ours { next } else { "/" }
}

async fn show(Query(Next { next }): Query<Next>) -> Response {
    view::sign_in(safe(&next), "", None, false).into_response()
}

async fn sign_in(
    Extracted(app): Extracted<State>,
    facts: axum::Extension<Facts>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    if !is_same_origin(&headers, &app.config.public_url) {
        return Err(Problem::refused_access("cross_site", "Open the page for signing in here, and try again."));
    }
    let (email, next) = (form.get("email"), safe(form.get("next")));
    let request = facts.0.request.clone();
    match actions::sign_in(&app, request, email, form.get("password"), form.get("organization")).await {
        Ok(session) => {
            Ok(([(header::SET_COOKIE, cookie(&app, &session.secret, false))], Redirect::to(next)).into_response())
        }
        Err(problem) if problem.status().is_client_error() => {
            let choose = problem.code() == "choose_organization";
            Ok((problem.status(), view::sign_in(next, email, Some(problem.detail()), choose)).into_response())
        }
        Err(problem) => Err(problem),
    }
}

async fn sign_out(Extracted(app): Extracted<State>, cx: Cx) -> Result<Response, Problem> {
    actions::sign_out(&cx).await?;
    Ok(([(header::SET_COOKIE, cookie(&app, "", true))], Redirect::to("/sign-in")).into_response())
}

fn cookie(app: &App, secret: &str, remove: bool) -> String {
    let secure = app.config.is_secure();
    let cookie = Cookie::build((cookie_name(secure), secret.to_owned()));
    let mut cookie = cookie.path("/").http_only(true).same_site(SameSite::Lax).secure(secure).build();
    if remove {
        cookie.make_removal();
    }
    cookie.to_string()
}
