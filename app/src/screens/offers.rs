//! The private page of an offer: no sign-in, nothing clinical, nobody's name.

use axum::{
    extract::{Path, State as Extracted},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use maud::{Markup, Render as _, html};

use crate::{
    door::Cx,
    http::{PageRouter, State, middleware::Facts},
    problem::Problem,
    roster::actions::link::{self, Seen},
    schedule::{RecurrenceView, actions as schedule},
    screens::words,
    shell::{
        layout::BarePage,
        ui::{Button, Form, definition_list, stack},
    },
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/offers/{token}", get(show))
        .route("/offers/{token}/accept", post(accept))
        .route("/offers/{token}/decline", post(decline))
}

async fn opened(app: &State, facts: &Facts, token: &str) -> Result<Option<Cx>, Problem> {
    link::open(app, facts.request.clone(), token).await
}

async fn show(
    Extracted(app): Extracted<State>,
    facts: axum::Extension<Facts>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let Some(cx) = opened(&app, &facts.0, &token).await? else { return Ok(dead()) };
    let Some(seen) = link::seen(&cx).await? else { return Ok(dead()) };
    let meets = schedule::meets(&cx, seen.group).await?;
    Ok(private(StatusCode::OK, page(&cx, &token, &seen, &meets)))
}

async fn accept(
    Extracted(app): Extracted<State>,
    facts: axum::Extension<Facts>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    answer(&app, &facts.0, &token, true).await
}

async fn decline(
    Extracted(app): Extracted<State>,
    facts: axum::Extension<Facts>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    answer(&app, &facts.0, &token, false).await
}

async fn answer(app: &State, facts: &Facts, token: &str, accept: bool) -> Result<Response, Problem> {
    let Some(cx) = opened(app, facts, token).await? else { return Ok(dead()) };
    match link::answer(&cx, accept).await {
        Ok(()) => Ok(private(StatusCode::OK, answered(&cx, accept))),
        Err(problem) if problem.code() == "not_eligible" => Ok(private(problem.status(), ask_the_clinic(&cx))),
        Err(problem) if problem.status().is_client_error() => Ok(dead()),
        Err(problem) => Err(problem),
    }
}

fn page(cx: &Cx, token: &str, seen: &Seen, meets: &RecurrenceView) -> Markup {
    let zone = meets.zone.time_zone().clone();
    let form =
        |verb: &str, button: Button| Form::post(format!("/offers/{token}/{verb}")).inline().body(button.render());
    let mut facts = Vec::new();
    if let Some(words) = &meets.words {
        facts.push(("When it meets", html! { (words) }));
    }
    if let Some(first) = meets.next.iter().find(|meeting| meeting.holiday.is_none()) {
        let hours =
            format!("{} to {}", words::clock(&meets.zone, &first.starts_at), words::clock(&meets.zone, &first.ends_at));
        facts.push(("Next time", html! { (words::long_day(first.local_date)) ", " (hours) }));
    }
    facts.push(("Please answer by", html! { (words::deadline(seen.expires_at, &zone, cx.now())) }));
    bare(
        "A place for you",
        Some(&cx.organization.name),
        stack(html! {
            p { (cx.organization.name) " has a place in a group session for you. It is held for you until you answer, or until the time below." }
            (definition_list(facts))
            div.toolbar {
                (form("accept", Button::primary("Accept the place")))
                (form("decline", Button::secondary("Decline")))
            }
            p.quiet { "If you have a question, call " (cx.organization.name) ". Please don’t pass this address on: whoever has it can answer for you." }
        }),
    )
}

fn answered(cx: &Cx, accept: bool) -> Markup {
    let (title, text) = match accept {
        true => ("The place is yours", "Thank you. You are expected at the next session."),
        false => (
            "Thank you for telling us",
            "The place goes to somebody else. You are welcome to ask for another any time.",
        ),
    };
    bare(title, Some(&cx.organization.name), html! { p { (text) } })
}

fn ask_the_clinic(cx: &Cx) -> Markup {
    let text = "We can’t confirm this place here. Please call us, and we will find out what is possible.";
    bare("Please call us", Some(&cx.organization.name), html! { p { (text) } })
}

/// One page for every address that leads nowhere: answered, over, withdrawn, made anew, or never there.
fn dead() -> Response {
    let body = stack(html! {
        p { "This address is no longer in use. The offer was answered, was withdrawn, or has run out." }
        p { "If you have answered it just now, your answer has reached us. If you have a question, please call your clinic." }
    });
    private(StatusCode::GONE, bare("Nothing to answer here", None, body))
}

fn bare(title: &str, organization: Option<&str>, body: Markup) -> Markup {
    let page = BarePage::new(title).body(body);
    match organization {
        Some(name) => page.organization(name).render(),
        None => page.render(),
    }
}

/// Kept nowhere, and told to nobody.
fn private(status: StatusCode, body: Markup) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    (status, headers, [("x-robots-tag", "noindex, nofollow")], body).into_response()
}
