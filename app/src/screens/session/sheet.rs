//! The sign-in sheet: names as others may see them, and a line to sign on.

use ::rules::{id::SessionId, sessions::ParticipantStatus};
use axum::{http::HeaderMap, response::Response};
use maud::{Markup, html};

use super::{SECTION, Shown, load};
use crate::{
    door::Cx,
    frame,
    http::extract::At,
    problem::Problem,
    screens::words,
    sessions::answers::ParticipantView,
    shell::ui::{Button, Card, Icon, PageHeader, with_script},
};

/// Lines for people nobody expects.
const BLANK: usize = 3;

/// The sheet of a session.
pub async fn show(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    let shown = load(&cx, id).await?;
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Sign-in sheet", body(&cx, &shown))))
}

fn body(cx: &Cx, shown: &Shown) -> Markup {
    let session = &shown.session;
    let header = PageHeader::new(session.title.to_string())
        .crumb("Today", format!("/today?day={}", session.local_date))
        .crumb(session.title.to_string(), format!("/sessions/{}", session.id))
        .fact(Icon::Clock, words::when(cx, session))
        .fact(Icon::Person, words::leaders(session))
        .actions(with_script(html! { (Button::primary("Print").icon(Icon::Print).prints()) }));
    let header = match words::place(&shown.offers, session) {
        Some(place) => header.fact(Icon::Room, place),
        None => header,
    };
    let expected = shown.people.iter().filter(|person| person.status != ParticipantStatus::Cancelled);
    html! {
        (header)
        (Card::new("Sign-in sheet").note("Names as others may see them").flush().body(html! {
            table.table.sheet {
                caption.vh { "Who is expected, with a line to sign on" }
                thead { tr { th scope="col" { "Name" } th scope="col" { "Time" } th scope="col" { "Signature" } } }
                tbody {
                    @for person in expected { (line(&shown_name(person))) }
                    @for _ in 0..BLANK { (line("")) }
                }
            }
        }))
    }
}

fn line(name: &str) -> Markup {
    html! { tr { th scope="row" { (name) @if name.is_empty() { span.vh { "Somebody else" } } } td { span.line {} } td { span.line {} } } }
}

/// First name and last initial; guests by initials.
fn shown_name(person: &ParticipantView) -> String {
    if person.guest_id.is_some() { words::initials(&person.name) } else { words::short_name(&person.name) }
}
