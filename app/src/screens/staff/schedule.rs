//! `/staff/{id}/schedule`: the coming sessions of a practitioner.

use ::rules::id::PractitionerId;
use axum::{http::HeaderMap, response::Response, routing::get};
use maud::html;

use super::{SECTION, around};
use crate::{
    door::Cx,
    frame, groups,
    http::{
        PageRouter,
        extract::{At, Parsed, Query},
    },
    paging::{Limit, Paged},
    people::actions::practitioners,
    problem::Problem,
    screens::sessions::table,
    sessions::{
        actions,
        inputs::{Day, ListSessions},
    },
    shell::ui::{Button, Card, Icon, Notice, Tone, pager},
};

pub fn routes() -> PageRouter {
    PageRouter::new().route("/staff/{id}/schedule", get(show))
}

/// Sessions on one page.
const SESSIONS_MAX: usize = 50;

async fn show(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PractitionerId>,
    Query(paged): Query<Paged>,
) -> Result<Response, Problem> {
    let one = practitioners::practitioner(&cx, id).await?;
    let list = ListSessions {
        limit: Some(Limit(SESSIONS_MAX)),
        cursor: paged.cursor.clone(),
        facilitator_id: Some(id),
        date_from: Some(Parsed(Day(cx.today()))),
        ..ListSessions::default()
    };
    let page = actions::list(&cx, &list).await?;
    let away = actions::away(&cx, &page.items).await?;
    let waiting = away.len();
    let offers = groups::pages::offers(&cx).await?;
    let here = format!("/staff/{id}/schedule");
    let next = page.next.as_ref().map(|cursor| format!("{here}?cursor={cursor}"));
    let body = html! { div.stack {
        @if waiting > 0 {
            (Notice::new(Tone::Warn, match waiting { 1 => "1 session needs cover.".to_owned(), more => format!("{more} sessions need cover.") })
                .text("A leader is away by approved time off, and still leads.")
                .actions(html! { (Button::secondary("See which").icon(Icon::Away).href(format!("/sessions/needs-cover?practitioner_id={id}"))) }))
        }
        (Card::new("Coming sessions").flush().body(html! {
            (table(&cx, &page, &offers, &away))
            @if next.is_some() || paged.cursor.is_some() {
                (pager(&format!("Showing {}", page.items.len()), paged.cursor.is_some().then_some(here.as_str()), next.as_deref()))
            }
        }))
    } };
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Schedule", around(&cx, &one, "/schedule", body))))
}
