//! The sign-in sheet: names as others may see them, and a line to sign on.

use ::rules::id::SessionId;
use axum::{http::HeaderMap, response::Response};
use maud::{Markup, html};

use super::{SECTION, Shown, load};
use crate::{
    door::Cx,
    frame,
    http::extract::At,
    problem::Problem,
    screens::words,
    sessions::actions::{self, SignInSheet},
    shell::ui::{Button, Card, Icon, PageHeader, with_script},
};

/// The sheet of a session.
pub async fn show(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    let sheet = actions::sign_in_sheet(&cx, id).await?;
    let shown = load(&cx, id).await?;
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Sign-in sheet", body(&cx, &shown, &sheet))))
}

fn body(cx: &Cx, shown: &Shown, sheet: &SignInSheet) -> Markup {
    let session = &shown.session;
    let header = PageHeader::new("Sign-in sheet")
        .crumb("Today", format!("/today?day={}", session.local_date))
        .crumb(session.title.to_string(), format!("/sessions/{}", session.id))
        .fact(Icon::Clock, words::when(cx, session))
        .fact(Icon::Person, words::leaders(session))
        .actions(with_script(html! { (Button::primary("Print").icon(Icon::Print).prints()) }));
    let header = match words::place(&shown.offers, session) {
        Some(place) => header.fact(Icon::Room, place),
        None => header,
    };
    let expected = words::people(sheet.participant_count);
    html! {
        (header)
        (Card::new(session.title.to_string()).note(format!("{expected} expected")).flush().body(html! {
            table.table.sheet {
                caption.vh { "Who is expected, with a line to sign on" }
                thead { tr { th scope="col" { "Name" } th scope="col" { "Time" } th scope="col" { "Signature" } } }
                tbody {
                    @for one in &sheet.lines { (line(&one.name)) }
                    @for _ in 0..sheet.blank_lines { (line("")) }
                }
            }
        }))
    }
}

fn line(name: &str) -> Markup {
    html! { tr { th scope="row" { (name) @if name.is_empty() { span.line {} span.vh { "Somebody else" } } } td { span.line {} } td { span.line {} } } }
}
