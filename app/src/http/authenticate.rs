//! From a cookie or a token to who asks: the context of a request.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, header, request::Parts},
};
use axum_extra::extract::CookieJar;
use jiff::SignedDuration;

use super::{State, middleware::Facts};
use crate::{
    App,
    door::{Credential, CredentialKind, Cx, Lobby, Request, hash_secret},
    identity::{self, Profile},
    problem::Problem,
    record, settings,
};

/// How long a browser may do nothing.
const IDLE: SignedDuration = SignedDuration::from_mins(15);
/// How often the last use is written.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);
/// What every API token starts with.
pub const TOKEN_PREFIX: &str = "cvn_";

/// The cookie's name: bound to host and TLS where there is TLS.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-convene" } else { "convene" }
}

impl FromRequestParts<State> for Cx {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &State) -> Result<Self, Problem> {
        let facts = parts.extensions.get::<Facts>().cloned().unwrap_or_default();
        let mut cx = authenticate(app, &parts.method, &parts.headers, facts.request).await?;
        // Pages show beside their navigation what waits for who asks, and follow the settings.
        let path = parts.uri.path();
        if !path.starts_with("/api/") {
            let around = record::actions::around(&cx, parts.method == Method::GET).await?;
            (cx.request.waiting, cx.request.look) = (around.waiting, around.look);
            cx.request.glasses = around.glasses;
            if is_of_groups(path) && !cx.request.look.group_sessions {
                return Err(settings::actions::group_sessions_off());
            }
        }
        Ok(cx)
    }
}

/// Whether a page is about groups or is the tab of group sessions in a chart.
fn is_of_groups(path: &str) -> bool {
    let mut parts = path.trim_matches('/').split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("groups"), ..) => true,
        (Some("patients"), Some(_), Some(tab), after) => tab == "groups" || (tab == "chart" && after.is_none()),
        _ => false,
    }
}

/// The context of a request with these headers.
///
/// # Errors
/// 401 without a good credential, 403 for a browser's request from another site.
pub async fn authenticate(
    app: &Arc<App>,
    method: &Method,
    headers: &HeaderMap,
    request: Request,
) -> Result<Cx, Problem> {
    let sent = secret(app, headers);
    let (secret, by_token) = sent.ok_or_else(|| Problem::unauthenticated("Sign in, or send an API token."))?;
    if !by_token && !method.is_safe() && !is_same_origin(headers, &app.config.public_url) {
        let detail = "This request comes from another site's page. Open the page here and try again.";
        return Err(Problem::refused_access("cross_site", detail));
    }
    let hash = hash_secret(&secret);
    let (credential, profile) = match app.recent.find(&hash, app.clock.now()) {
        Ok(known) => known,
        Err(generation) => recognize(app, hash, by_token, (!is_stream(headers)).then_some(generation)).await?,
    };
    check(&credential, by_token, app)?;
    Ok(identity::context(app, credential, profile, request))
}

/// Whether a stream of events is asked for. A browser opens it again and again by itself, so it is no sign of a person:
/// it does not count as a use of a credential, and who did nothing else is signed out in time.
fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|kinds| kinds.as_bytes() == b"text/event-stream")
}

/// The context of a stream that is open since, as its caller stands now.
///
/// # Errors
/// 401 when the caller's credential is no longer good.
pub async fn again(app: &Arc<App>, headers: &HeaderMap, request: Request) -> Result<Cx, Problem> {
    let (secret, by_token) = secret(app, headers).ok_or_else(gone)?;
    let hash = hash_secret(&secret);
    let (credential, profile) = match app.recent.find(&hash, app.clock.now()) {
        Ok(known) => known,
        Err(_) => recognize(app, hash, by_token, None).await?,
    };
    check(&credential, by_token, app)?;
    Ok(identity::context(app, credential, profile, request))
}

/// Reads a credential and its user. Unless it is for a stream, notes the use and remembers both for a second; `since` is
/// the generation of what is remembered.
async fn recognize(
    app: &App,
    hash: String,
    by_token: bool,
    since: Option<u64>,
) -> Result<(Credential, Profile), Problem> {
    let mut credential = Lobby(&app.db).credential(&hash).await?.ok_or_else(gone)?;
    check(&credential, by_token, app)?;
    let now = app.clock.now();
    if since.is_some() && now.duration_since(credential.last_used_at) >= TOUCH {
        Lobby(&app.db).touch(credential.id, now).await?;
        credential.last_used_at = now;
    }
    let profile = identity::profile(&app.db, credential.organization.id, credential.user).await?.ok_or_else(gone)?;
    if let Some(since) = since {
        app.recent.keep(since, hash, credential.clone(), profile.clone(), now);
    }
    Ok((credential, profile))
}

fn gone() -> Problem {
    Problem::unauthenticated("You are no longer signed in. Sign in again.")
}

fn check(credential: &Credential, by_token: bool, app: &App) -> Result<(), Problem> {
    let now = app.clock.now();
    let wanted = if by_token { CredentialKind::Token } else { CredentialKind::Session };
    let idle = credential.kind == CredentialKind::Session && now.duration_since(credential.last_used_at) > IDLE;
    let good = credential.kind == wanted && credential.revoked_at.is_none() && credential.expires_at > now && !idle;
    if good { Ok(()) } else { Err(gone()) }
}

/// The secret of the caller's credential, and whether it is a token's.
pub fn secret(app: &App, headers: &HeaderMap) -> Option<(String, bool)> {
    bearer(headers).map(|token| (token, true)).or_else(|| cookie(app, headers).map(|secret| (secret, false)))
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim().to_owned())
}

/// The secret in the browser's cookie.
pub fn cookie(app: &App, headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(cookie_name(app.config.is_secure())).map(|cookie| cookie.value().to_owned())
}

/// Whether a browser says that the request comes from our own page: by `Sec-Fetch-Site`, else by an `Origin` with our
/// scheme, host and port. A page of our host that came without TLS may be somebody else's.
pub fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = text("host").unwrap_or_default();
            // Without an address for people it is not known whether a proxy before us speaks TLS.
            let ours = |(scheme, named): (&str, &str)| {
                named == host && public_url.split_once("://").is_none_or(|(wanted, _)| scheme == wanted)
            };
            origin == public_url || origin.split_once("://").is_some_and(ours)
        }
        (None, None) => false,
    }
}
