//! `/kiosk`: what stands on the screen in the waiting room. Nobody is signed in there, and there is nothing to go back
//! to: every page is an answer to a GET that the browser keeps nowhere, and shows a name only while that visit is open.

mod staff;

use ::rules::kiosk::{Holder, KioskCode};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use deserr::Deserr;
use serde_json::{Value, json};

use super::{
    actions::{self, Arrive, KnockOutcome, Leave, NewKnock},
    door::{cookie, cookie_name, opened, visit_cookie_name},
    view::{self, Said},
};
use crate::{
    App,
    door::Cx,
    http::{
        PageRouter, State,
        authenticate::is_same_origin,
        extract::{FieldErrors, Query, parse},
        form::Form,
        middleware::Facts,
    },
    problem::Problem,
};

/// How long the browser keeps the cookie of a visit: as long as the visit is open.
const VISIT_SECONDS: i64 = 120;
/// How long a page that ends a visit stays on the screen.
const END_SECONDS: u32 = 12;

/// The routes of the kiosk and of whoever opens one.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/kiosk", get(start).post(knock))
        .route("/kiosk/sign", get(sign).post(arrive))
        .route("/kiosk/thanks", get(thanks))
        .route("/kiosk/front-desk", get(front_desk))
        .route("/kiosk/leave", axum::routing::post(leave))
        .route("/kiosk/close", get(ask_to_close).post(close))
        .merge(staff::routes())
}

/// The screen that asks: the browser of an open kiosk, with what its requests say of it.
struct Screen {
    app: State,
    cx: Cx,
    headers: HeaderMap,
}

impl Screen {
    fn is_secure(&self) -> bool {
        self.app.config.is_secure()
    }

    /// What is on the cookie of the visit.
    fn visit(&self) -> Option<String> {
        cookie(&self.headers, visit_cookie_name(self.is_secure()))
    }
}

impl FromRequestParts<State> for Screen {
    type Rejection = Response;

    /// Refuses what no page of ours sends, and shows where there is no kiosk.
    async fn from_request_parts(parts: &mut Parts, app: &State) -> Result<Self, Response> {
        if !parts.method.is_safe() && !is_same_origin(&parts.headers, &app.config.public_url) {
            let detail = "This does not come from the kiosk's own page.";
            return Err(Problem::refused_access("cross_site", detail).into_response());
        }
        let facts = parts.extensions.get::<Facts>().cloned().unwrap_or_default();
        let headers = parts.headers.clone();
        match opened(app, &headers, facts.request).await.map_err(IntoResponse::into_response)? {
            Some(cx) => Ok(Self { app: app.clone(), cx, headers }),
            None => Err(no_kiosk(app)),
        }
    }
}

/// The page that says that there is no kiosk in this browser; what was left of one is forgotten.
fn no_kiosk(app: &App) -> Response {
    let mut response = (StatusCode::UNAUTHORIZED, view::no_kiosk()).into_response();
    for name in [cookie_name(app.config.is_secure()), visit_cookie_name(app.config.is_secure())] {
        append(&mut response, &made(app, name, "", None));
    }
    response
}

/// A cookie of the kiosk: for so many seconds, or taken away.
fn made(app: &App, name: &str, value: &str, seconds: Option<i64>) -> String {
    let secure = if app.config.is_secure() { "; Secure" } else { "" };
    let seconds = seconds.unwrap_or(0);
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

fn append(response: &mut Response, cookie: &str) {
    if let Ok(value) = header::HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// The visit is over: the browser forgets it.
fn without_visit(app: &App, mut response: Response) -> Response {
    append(&mut response, &made(app, visit_cookie_name(app.config.is_secure()), "", None));
    response
}

/// Goes back to the start by itself, also without scripts.
fn passing(mut response: Response, seconds: u32) -> Response {
    if let Ok(value) = header::HeaderValue::from_str(&format!("{seconds};url=/kiosk")) {
        response.headers_mut().insert(header::REFRESH, value);
    }
    response
}

/// What is said on the start page.
#[derive(Debug, Default, Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
struct Start {
    #[deserr(default)]
    said: Option<Said>,
}

async fn start(screen: Screen, Query(start): Query<Start>) -> Result<Response, Problem> {
    end_visit(&screen).await?;
    Ok(without_visit(&screen.app, view::start(&screen.cx.organization.name, "", start.said).into_response()))
}

/// Ends the visit that is on the screen, if there is one, so that nothing of it can be brought back.
async fn end_visit(screen: &Screen) -> Result<(), Problem> {
    let Some(visit) = screen.visit() else { return Ok(()) };
    match actions::leave(&screen.cx, &Leave { visit }).await {
        Err(problem) if problem.status() != StatusCode::NOT_FOUND => Err(problem),
        _ => Ok(()),
    }
}

/// The fields of the start page as the API has them.
fn read(form: &Form) -> Option<Result<NewKnock, Problem>> {
    // A guest has nothing but the code; what else was typed is none of our business.
    if KioskCode::parse(form.get("code")).is_ok_and(|code| code.holder() == Holder::Guest) {
        return Some(parse(json!({ "code": form.get("code") })));
    }
    let part = |name| form.get(name).trim().to_owned();
    let (year, month, day) = (part("birth_year"), part("birth_month"), part("birth_day"));
    // A scanner ends with the Enter key: the birth date is still to come then.
    if [&year, &month, &day].iter().all(|text| text.is_empty()) {
        return None;
    }
    let birth_date = format!("{year:0>4}-{month:0>2}-{day:0>2}");
    Some(parse(json!({ "code": form.get("code"), "birth_date": birth_date })))
}

async fn knock(screen: Screen, form: Form) -> Result<Response, Problem> {
    let Screen { app, cx, .. } = &screen;
    let Some(new) = read(&form) else {
        return Ok(view::start(&cx.organization.name, form.get("code"), None).into_response());
    };
    let to = |path: &str| Redirect::to(path).into_response();
    let again = || to("/kiosk?said=again");
    let Ok(new) = new else { return Ok(again()) };
    match actions::knock(cx, &new).await {
        Ok(found) => Ok(match (found.outcome, found.visit) {
            (KnockOutcome::Recognized, Some(visit)) => {
                let mut response = to("/kiosk/sign");
                let name = visit_cookie_name(screen.is_secure());
                append(&mut response, &made(app, name, &visit, Some(VISIT_SECONDS)));
                response
            }
            (KnockOutcome::Here, _) => to("/kiosk/thanks"),
            (KnockOutcome::FrontDesk, _) => to("/kiosk/front-desk"),
            (KnockOutcome::Recognized | KnockOutcome::Unknown, _) => again(),
        }),
        Err(problem) if problem.status() == StatusCode::TOO_MANY_REQUESTS => Ok(to("/kiosk?said=wait")),
        Err(problem) if problem.status().is_client_error() => Ok(again()),
        Err(problem) => Err(problem),
    }
}

async fn sign(screen: Screen, Query(start): Query<Start>) -> Result<Response, Problem> {
    let Screen { app, cx, .. } = &screen;
    let visit = screen.visit();
    let seen = match &visit {
        Some(visit) => actions::seen(cx, visit).await?,
        None => None,
    };
    Ok(match seen {
        Some(seen) => {
            let page = view::sign(&cx.organization.name, &seen, start.said);
            passing(page.into_response(), u32::try_from(VISIT_SECONDS).unwrap_or(END_SECONDS))
        }
        None => without_visit(app, Redirect::to("/kiosk").into_response()),
    })
}

/// The form as the API has it: what was drawn, else the name that was typed.
fn arrival(visit: &str, form: &Form) -> Result<Arrive, Problem> {
    let drawn: Option<Value> = serde_json::from_str(form.get("strokes")).ok();
    let drawn = drawn.filter(|strokes| strokes.as_array().is_some_and(|list| !list.is_empty()));
    match drawn {
        Some(strokes) => parse(json!({ "visit": visit, "strokes": strokes })),
        None => parse(json!({ "visit": visit, "typed_name": form.get("typed_name") })),
    }
}

async fn arrive(screen: Screen, form: Form) -> Result<Response, Problem> {
    let Screen { app, cx, .. } = &screen;
    let visit = screen.visit().unwrap_or_default();
    let to = |path: &str| Redirect::to(path).into_response();
    let arrived = match arrival(&visit, &form) {
        Ok(arrival) => actions::arrive(cx, &arrival).await,
        Err(problem) => Err(problem),
    };
    match arrived {
        Ok(_) => Ok(without_visit(app, to("/kiosk/thanks"))),
        // The screen stays, so that they sign.
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => Ok(to("/kiosk/sign?said=unsigned")),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => Ok(without_visit(app, to("/kiosk"))),
        Err(problem) if problem.status().is_client_error() => Ok(without_visit(app, to("/kiosk/front-desk"))),
        Err(problem) => Err(problem),
    }
}

async fn leave(screen: Screen) -> Result<Response, Problem> {
    end_visit(&screen).await?;
    Ok(without_visit(&screen.app, Redirect::to("/kiosk").into_response()))
}

async fn thanks(screen: Screen) -> Response {
    ending(&screen, view::thanks)
}

async fn front_desk(screen: Screen) -> Response {
    ending(&screen, view::front_desk)
}

fn ending(screen: &Screen, page: fn(&str) -> maud::Markup) -> Response {
    let response = page(&screen.cx.organization.name).into_response();
    passing(without_visit(&screen.app, response), END_SECONDS)
}

async fn ask_to_close(screen: Screen) -> Response {
    passing(view::close(&screen.cx.organization.name, None).into_response(), 120)
}

async fn close(screen: Screen, form: Form) -> Result<Response, Problem> {
    let Screen { app, cx, .. } = &screen;
    match actions::close_by_password(cx, form.get("email"), form.get("password")).await {
        Ok(()) => {
            let secure = screen.is_secure();
            let mut response = without_visit(app, Redirect::to("/sign-in").into_response());
            append(&mut response, &made(app, cookie_name(secure), "", None));
            Ok(response)
        }
        Err(problem) if problem.status().is_client_error() => {
            let page = view::close(&cx.organization.name, Some(problem.detail()));
            Ok((problem.status(), page).into_response())
        }
        Err(problem) => Err(problem),
    }
}
