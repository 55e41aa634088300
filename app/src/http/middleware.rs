//! What happens to every request: a number, a bound, a guard, a line in the log, and a problem's body.

use std::{any::Any, net::SocketAddr, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{ConnectInfo, MatchedPath, Request, State as Extracted},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use ring::hmac;

use super::{State, authenticate, extract::BODY_MAX};
use crate::{
    App,
    door::{self, Idempotency, hex},
    kiosk,
    problem::Problem,
    shell,
};

/// What the outer layers know of a request, for the context.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Number, source, preconditions.
    pub request: door::Request,
}

/// The policy of every page: nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";
/// The browsable API documentation brings its own inline styles.
const POLICY_OF_DOCS: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The outermost layer: numbers, bounds and logs the request, and writes the body of a problem.
pub async fn outermost(Extracted(app): Extracted<State>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let facts = facts(&app, &request);
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let is_api = path.starts_with("/api/") || path == "/api";
    let id = facts.request.id.clone();
    let is_live = request.headers().contains_key("x-live");
    request.extensions_mut().insert(facts);
    let mut response = match kiosk::turned_back(&app, request.headers(), &path) {
        Some(response) => response,
        None => match bounded(&app, request, &path).await {
            Ok(request) => next.run(request).await,
            Err(problem) => problem.into_response(),
        },
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = show(&problem, &id, is_api, &method, &path, response);
    }
    if is_live && response.status().is_redirection() {
        response = leave_page(response);
    }
    guard(response.headers_mut(), &path, &id, app.config.is_secure());
    log(&response, &method, &id, started);
    response
}

/// Remembers the route's template for the log: it is known only inside the router.
pub async fn remember_route(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let template = route.map(|route| route.as_str().to_owned());
    let mut response = next.run(request).await;
    if let Some(template) = template {
        response.extensions_mut().insert(Route(template));
    }
    response
}

#[derive(Clone)]
struct Route(String);

fn facts(app: &App, request: &Request) -> Facts {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let is_trusted = peer.is_some_and(|peer| app.config.trusted_proxies.contains(&peer));
    let forwarded = text(HeaderName::from_static("x-forwarded-for")).and_then(|list| list.rsplit(',').next());
    let source = match forwarded.filter(|_| is_trusted) {
        Some(address) => address.trim().chars().take(64).collect(),
        None => peer.map(|peer| peer.to_string()).unwrap_or_default(),
    };
    let if_match =
        text(header::IF_MATCH).and_then(|tag| tag.trim().trim_start_matches("W/").trim_matches('"').parse().ok());
    let id = app.clock.id::<rules::id::kind::Event>().to_string().replacen("evt", "req", 1);
    Facts { request: door::Request { id, source, if_match, idempotency: None, ..door::Request::default() } }
}

/// Reads the body of an unsafe request, up to the bound, and hashes it for the idempotency key.
async fn bounded(app: &App, request: Request, path: &str) -> Result<Request, Problem> {
    if request.method().is_safe() {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    if let Some(tag) = parts.headers.get(header::IF_MATCH)
        && tag != "*"
        && parts.extensions.get::<Facts>().is_none_or(|facts| facts.request.if_match.is_none())
    {
        return Err(Problem::malformed("`If-Match` must be the `version` that was read: a whole number."));
    }
    let body = axum::body::to_bytes(body, BODY_MAX).await.map_err(|_| Problem::too_large(BODY_MAX))?;
    if let Some(facts) = parts.extensions.get_mut::<Facts>() {
        let secret = authenticate::secret(app, &parts.headers).map(|(secret, _)| secret).unwrap_or_default();
        facts.request.idempotency = idempotency(&parts.headers, &body, &secret, &format!("{} {path}", parts.method))?;
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The key of a request: from the header, or from the hidden field that every form of ours has.
///
/// A body may hold a password. So its hash is keyed by the caller's secret, which is stored nowhere: whoever has the
/// database can't try passwords against it.
fn idempotency(headers: &HeaderMap, body: &[u8], secret: &str, request: &str) -> Result<Option<Idempotency>, Problem> {
    const FIELD: &[u8] = b"idempotency_key=";
    let header = headers.get("idempotency-key").map(HeaderValue::as_bytes);
    let is_form =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form"));
    let field = || body.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(FIELD)).filter(|_| is_form);
    let Some(key) = header.or_else(field).filter(|key| !key.is_empty()) else { return Ok(None) };
    let key =
        std::str::from_utf8(key).ok().filter(|key| key.len() <= 200 && key.bytes().all(|byte| byte.is_ascii_graphic()));
    let key = key.ok_or_else(|| Problem::malformed("`Idempotency-Key` must be 1 to 200 visible ASCII characters."))?;
    let body_hash = hex(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body).as_ref());
    Ok(Some(Idempotency { key: key.to_owned(), request: request.to_owned(), body_hash }))
}

/// The page of the API by its file: it would lead to the folder's address with a slash, which is taken away before.
pub async fn to_the_docs(request: Request, next: Next) -> Response {
    match request.uri().path() {
        "/api/docs" => Redirect::to("/api/docs/index.html").into_response(),
        _ => next.run(request).await,
    }
}

/// A problem for whoever asked: RFC 9457 to programs, the way to sign in or a page to people.
fn show(
    problem: &Problem,
    id: &str,
    is_api: bool,
    method: &axum::http::Method,
    path: &str,
    empty: Response,
) -> Response {
    let mut response = if is_api {
        let body = serde_json::to_string(&problem.body(id)).unwrap_or_default();
        (problem.status(), [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    } else if problem.status() == StatusCode::UNAUTHORIZED {
        let next = if method.is_safe() { path } else { "/" };
        Redirect::to(&format!("/sign-in?next={}", next.replace('&', "%26"))).into_response()
    } else {
        (
            problem.status(),
            shell::layout::error_page(
                problem.title(),
                problem.detail(),
                (problem.way(), ("Back to the start", "/")),
                Some(id),
            ),
        )
            .into_response()
    };
    if let Some(seconds) = empty.headers().get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    if problem.status() == StatusCode::UNAUTHORIZED && is_api {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(route) = empty.extensions().get::<Route>() {
        response.extensions_mut().insert(route.clone());
    }
    response
}

/// A script follows a redirect unseen and would use up the message that goes with it: tell it where to go instead.
fn leave_page(redirect: Response) -> Response {
    let mut response = redirect;
    *response.status_mut() = StatusCode::OK;
    if let Some(to) = response.headers_mut().remove(header::LOCATION) {
        // Only a form that saves itself stays to say so; everything else goes there.
        if to.as_bytes().starts_with(b"/sign-in") {
            let words =
                "You are signed out. Sign in again in another tab: what you wrote stays here and is saved then.";
            response.headers_mut().insert("x-live-status", HeaderValue::from_static(words));
        }
        response.headers_mut().insert("x-live-location", to);
    }
    response
}

/// What a page may ask of the device: nothing, but that the kiosk's first page may read a code with the camera.
fn permissions_policy(path: &str) -> &'static str {
    match path {
        "/kiosk" => "camera=(self), microphone=(), geolocation=()",
        _ => "camera=(), microphone=(), geolocation=()",
    }
}

fn guard(headers: &mut HeaderMap, path: &str, id: &str, secure: bool) {
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set("x-request-id", id);
    set("x-content-type-options", "nosniff");
    set("x-frame-options", "DENY");
    if !path.starts_with("/offers/") {
        set("referrer-policy", "same-origin");
    }
    set("cross-origin-opener-policy", "same-origin");
    set("permissions-policy", permissions_policy(path));
    set("content-security-policy", if path.starts_with("/api/docs") { POLICY_OF_DOCS } else { POLICY });
    if secure {
        set("strict-transport-security", "max-age=63072000");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

fn log(response: &Response, method: &axum::http::Method, id: &str, started: Instant) {
    let route = response.extensions().get::<Route>().map_or("none", |route| route.0.as_str()).to_owned();
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let labels = [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..2]).record(elapsed.as_secs_f64());
    tracing::info!(request = id, %method, route, status, milliseconds = elapsed.as_secs_f64() * 1000.0, "answered");
}

/// A panic in a handler is our mistake, and no more than that request's.
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let cause = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    Problem::internal(&format!("panic: {}", cause.unwrap_or("unknown"))).into_response()
}

/// No route has this path.
pub async fn not_found() -> Problem {
    Problem::not_found("address")
}

/// The route has other methods.
pub async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}

/// Says whether the database answers.
pub async fn ready(Extracted(app): Extracted<Arc<App>>) -> Response {
    let answered = match app.db.read(None).await {
        Ok(mut tx) => tx.rows("select 1 as one", &[]).await.map(drop),
        Err(error) => Err(error),
    };
    answered.map_or_else(|_| Problem::unavailable().into_response(), |()| "ready\n".into_response())
}
