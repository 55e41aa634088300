//! From the cookie of a kiosk to a context that can do nothing but check people in.

use std::sync::Arc;

use ::rules::permissions::{Permission, Permissions};
use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;

use super::store::Kiosk;
use crate::{
    App,
    door::{Cx, Lobby, Principal, Request, hash_secret},
    problem::Problem,
};

/// Where the browser of a kiosk may go; everything else leads back to `/kiosk`.
const PATHS: [&str; 2] = ["/kiosk/", "/assets/"];

/// The cookie's name: bound to host and TLS where there is TLS.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-convene-kiosk" } else { "convene_kiosk" }
}

/// The cookie that says whose arrival is on the screen.
pub fn visit_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-convene-visit" } else { "convene_visit" }
}

/// What a cookie of the browser holds.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

/// The context of a kiosk's browser, which may check people in and nothing else; none when it is no kiosk, or closed.
///
/// # Errors
/// When the database can't answer.
pub async fn opened(app: &Arc<App>, headers: &HeaderMap, request: Request) -> Result<Option<Cx>, Problem> {
    let Some(secret) = cookie(headers, cookie_name(app.config.is_secure())) else { return Ok(None) };
    let Some((organization, id)) = Lobby(&app.db).kiosk(&hash_secret(&secret)).await? else { return Ok(None) };
    let permissions: Permissions = [Permission::ParticipantCheckin].into_iter().collect();
    let cx = Cx { app: app.clone(), principal: Principal::Kiosk(id), organization, permissions, request };
    let kiosk: Option<Kiosk> = cx.read_as_oneself(|scope| Box::pin(async move { Ok(scope.find(id).await?) })).await?;
    Ok(kiosk.is_some_and(|kiosk| kiosk.is_open(cx.now())).then_some(cx))
}

/// Where somebody goes who is in the browser of a kiosk and asks for anything else; none for everybody else.
pub fn turned_back(app: &App, headers: &HeaderMap, path: &str) -> Option<Response> {
    let is_kiosk = cookie(headers, cookie_name(app.config.is_secure())).is_some();
    // A program sends its own token, and no cookie of a kiosk stands in its way.
    if !is_kiosk || headers.contains_key(header::AUTHORIZATION) {
        return None;
    }
    let own = path == "/kiosk" || path == "/kiosk/" || PATHS.iter().any(|start| path.starts_with(start));
    let is_api = path.starts_with("/api/");
    match (own, is_api) {
        (true, _) => None,
        (false, true) => Some(Problem::unauthenticated("This browser is a kiosk.").into_response()),
        (false, false) => Some(Redirect::to("/kiosk").into_response()),
    }
}
