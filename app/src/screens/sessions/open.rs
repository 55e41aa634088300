//! `/sessions/open`: sessions still to come that have a place, soonest first: for the phone call that asks for one.

use ::rules::permissions::Permission;
use axum::{extract::RawQuery, http::HeaderMap, response::Response};
use maud::html;

use super::seats;
use crate::{
    door::Cx,
    frame,
    groups::{self, view::Offers},
    http::extract::{Parsed, Query},
    paging::Limit,
    problem::Problem,
    screens::words,
    sessions::{
        actions,
        answers::SessionView,
        inputs::{Day, ListAvailable},
    },
    shell::ui::{
        Button, Card, Choice, Column, EmptyState, Field, FilterBar, Icon, PageHeader, Row, Table, pager, quiet,
    },
};

/// Sessions on one page.
const SESSIONS_MAX: usize = 50;

/// The list of open places.
pub async fn show(
    cx: Cx,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
    Query(mut list): Query<ListAvailable>,
) -> Result<Response, Problem> {
    list.limit = list.limit.or(Some(Limit(SESSIONS_MAX)));
    list.service_type = list.service_type.filter(|service| !service.trim().is_empty());
    let page = actions::available(&cx, &list).await?;
    let offers = groups::pages::offers(&cx).await?;
    let raw = raw.unwrap_or_default();
    let next = page.next.as_ref().map(|cursor| format!("/sessions/open?{}", words::with_cursor(&raw, cursor)));
    let books = cx.permissions.allows(Permission::ParticipantBook);
    let columns =
        [Column::new("Session"), Column::new("When"), Column::new("Leaders"), Column::new("Seats"), Column::actions()];
    let empty = EmptyState::new(Icon::Calendar, "No open place").text("Choose other days, or clear the filters.");
    let rows = page.items.iter().map(|session| row(&cx, session, books));
    let body = html! {
        (PageHeader::new("Open places").crumb("Sessions", "/sessions"))
        (Card::new("Sessions with a place").flush().body(html! {
            (filters(&list, &offers, !raw.is_empty()))
            div #sessions {
                (Table::new("Sessions with a place", columns).rows(rows).empty(empty))
                @if next.is_some() || list.cursor.is_some() {
                    (pager(&format!("Showing {}", page.items.len()), list.cursor.is_some().then_some("/sessions/open"), next.as_deref()))
                }
            }
        }))
    };
    Ok(frame::show(&headers, frame::page(&cx, "sessions", "Open places", body)))
}

fn filters(list: &ListAvailable, offers: &Offers, is_set: bool) -> FilterBar {
    let day = |day: Option<Parsed<Day>>| day.map(|day| day.0.0.to_string()).unwrap_or_default();
    let id = |id: Option<String>| id.unwrap_or_default();
    let first =
        |label: &str, rest: Vec<Choice>| std::iter::once(Choice::new("", label)).chain(rest).collect::<Vec<_>>();
    let sites = offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
    let leaders = offers.practitioners.iter().map(|who| Choice::new(who.id.to_string(), who.display_name()));
    let bar = FilterBar::new("/sessions/open", "#sessions")
        .field(Field::date("date_from", "From").value(day(list.date_from)))
        .field(Field::date("date_to", "To").value(day(list.date_to)))
        .field(
            Field::select("site_id", "Site", first("Every site", sites.collect()))
                .value(id(list.site_id.map(|id| id.to_string()))),
        )
        .field(
            Field::select("facilitator_id", "Leader", first("Everybody", leaders.collect()))
                .value(id(list.facilitator_id.map(|id| id.to_string()))),
        )
        .field(Field::text("service_type", "Service").value(list.service_type.clone().unwrap_or_default()));
    if is_set { bar.clear("/sessions/open") } else { bar }
}

fn row(cx: &Cx, session: &SessionView, books: bool) -> Row {
    Row::new([
        html! { span.two-lines { strong { (session.title) } (quiet(&session.session_number)) } },
        html! { span.two-lines.whole { span { (words::short_day(session.local_date)) } (quiet(&words::hours_here(cx, session))) } },
        super::leaders(session),
        seats(session),
        html! {
            @if books {
                (Button::secondary("Book").small().context(words::short_day(session.local_date)).href(format!("/sessions/{}/add", session.id)))
            }
        },
    ])
    .id(session.id.to_string())
    .href(format!("/sessions/{}", session.id))
}
