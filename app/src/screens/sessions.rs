//! `/sessions`: every session, by day and time, with filters that live in the address.

mod open;

use ::rules::{
    permissions::Permission,
    sessions::{SessionStatus, SessionType},
};
use axum::{extract::RawQuery, http::HeaderMap, response::Response, routing::get};
use maud::{Markup, html};

use super::words;
use crate::{
    door::Cx,
    export::{Kind, pages::button},
    frame,
    groups::{
        self,
        actions::{GroupView, ListGroups},
        view::Offers,
    },
    http::{
        PageRouter,
        extract::{Parsed, Query},
    },
    paging::{Limit, Page},
    problem::Problem,
    sessions::{
        actions::{self, Away},
        answers::SessionView,
        inputs::{Day, ListSessions, SessionFilter},
    },
    shell::ui::{
        Button, Capacity, Card, Choice, Column, EmptyState, Field, FilterBar, Icon, PageHeader, Row, Table, pager,
        quiet,
    },
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/sessions", get(list)).route("/sessions/open", get(open::show))
}

/// Sessions on one page.
const SESSIONS_MAX: usize = 50;
/// Groups that the filter offers.
const GROUPS_MAX: usize = 200;

async fn list(
    cx: Cx,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
    Query(mut list): Query<ListSessions>,
) -> Result<Response, Problem> {
    // What is to come, unless somebody asks for another time.
    list.q = list.q.filter(|question| !question.trim().is_empty());
    if list.date_from.is_none() && list.date_to.is_none() && list.q.is_none() {
        list.date_from = Some(Parsed(Day(cx.today())));
    }
    list.limit = list.limit.or(Some(Limit(SESSIONS_MAX)));
    let page = actions::list(&cx, &list).await?;
    let offers = groups::pages::offers(&cx).await?;
    let away = actions::away(&cx, &page.items).await?;
    let all = ListGroups { limit: Some(Limit(GROUPS_MAX)), ..ListGroups::default() };
    let groups = groups::actions::list(&cx, &all).await?.items;
    let raw = raw.unwrap_or_default();
    let next = page.next.as_ref().map(|cursor| format!("/sessions?{}", words::with_cursor(&raw, cursor)));
    let body = html! {
        (header(&cx, &raw))
        (Card::new("Sessions").flush().body(html! {
            (filters(&list, &offers, &groups, !raw.is_empty()))
            div #sessions {
                (table(&cx, &page, &offers, &away))
                @if next.is_some() || list.cursor.is_some() {
                    (pager(&format!("Showing {}", page.items.len()), list.cursor.is_some().then_some("/sessions"), next.as_deref()))
                }
            }
        }))
    };
    Ok(frame::show(&headers, frame::page(&cx, "sessions", "Sessions", body)))
}

fn header(cx: &Cx, query: &str) -> PageHeader {
    PageHeader::new("Sessions").actions(html! {
        (Button::secondary("Needs cover").icon(Icon::Away).href("/sessions/needs-cover"))
        (Button::secondary("Open places").icon(Icon::Calendar).href("/sessions/open"))
        (button(cx, Kind::Schedule, "Export schedule", query))
        (button(cx, Kind::Sessions, "Export CSV", query))
        @if cx.permissions.allows(Permission::SessionCancel) {
            (Button::secondary("Cancel several").icon(Icon::Cross).href("/sessions/cancel"))
        }
        @if cx.permissions.allows(Permission::SessionSchedule) {
            (Button::primary("New session").icon(Icon::Plus).href("/sessions/new"))
        }
    })
}

fn filters(list: &ListSessions, offers: &Offers, groups: &[GroupView], is_set: bool) -> FilterBar {
    let id = |id: Option<String>| id.unwrap_or_default();
    let day = |day: Option<Parsed<Day>>| day.map(|day| day.0.0.to_string()).unwrap_or_default();
    let first =
        |label: &str, rest: Vec<Choice>| std::iter::once(Choice::new("", label)).chain(rest).collect::<Vec<_>>();
    let group = groups.iter().map(|view| Choice::new(view.group.id.to_string(), view.group.name.to_string()));
    let leader = offers.practitioners.iter().map(|who| Choice::new(who.id.to_string(), who.display_name()));
    let statuses = SessionFilter::ALL.iter().filter(|status| **status != SessionFilter::All);
    let status = statuses.map(|status| Choice::new(status.as_str(), words::capital(status.as_str())));
    let types = SessionType::ALL.iter().map(|kind| Choice::new(kind.as_str(), words::capital(kind.as_str())));
    let sites = offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
    let bar = FilterBar::new("/sessions", "#sessions")
        .field(Field::search("q", "Session number").value(list.q.clone().unwrap_or_default()))
        .field(Field::date("date_from", "From").value(day(list.date_from)))
        .field(Field::date("date_to", "To").value(day(list.date_to)))
        .field(
            Field::select("group_id", "Group", first("Every group", group.collect()))
                .value(id(list.group_id.map(|id| id.to_string()))),
        )
        .field(
            Field::select("facilitator_id", "Leader", first("Everybody", leader.collect()))
                .value(id(list.facilitator_id.map(|id| id.to_string()))),
        )
        .field(
            Field::select("site_id", "Site", first("Every site", sites.collect()))
                .value(id(list.site_id.map(|id| id.to_string()))),
        )
        .field(
            Field::select("status", "State", first("Every state", status.collect()))
                .value(list.status.map_or("", SessionFilter::as_str)),
        )
        .field(
            Field::select("type", "Type", first("Every type", types.collect()))
                .value(list.r#type.map_or("", SessionType::as_str)),
        );
    if is_set { bar.clear("/sessions") } else { bar }
}

/// Sessions in a table: when, what, who, how full, how it stands.
pub fn table(cx: &Cx, page: &Page<SessionView>, offers: &Offers, away: &Away) -> Table {
    let columns = [
        Column::new("Session"),
        Column::new("Type"),
        Column::new("When"),
        Column::new("Leaders"),
        Column::new("Room"),
        Column::new("Seats"),
        Column::new("State"),
    ];
    let empty = EmptyState::new(Icon::Calendar, "No sessions here")
        .text("Change the dates, or clear the filters. Sessions of a weekly group are made by themselves once it has a schedule.");
    Table::new("Sessions", columns).rows(page.items.iter().map(|session| row(cx, session, offers, away))).empty(empty)
}

fn row(cx: &Cx, session: &SessionView, offers: &Offers, away: &Away) -> Row {
    Row::new([
        html! { span.two-lines { strong { (session.title) } (quiet(&session.session_number)) } },
        html! { (words::capital(session.session_type.as_str())) },
        html! { span.two-lines.whole { span { (words::short_day(session.local_date)) } (quiet(&words::hours_here(cx, session))) } },
        leaders(session),
        html! { (words::room(offers, session.room_id).unwrap_or_default()) },
        seats(session),
        html! { (words::standing(session)) " " (words::flags(session, cx.now())) " " (words::needs_cover(away, session)) },
    ])
    .id(session.id.to_string())
    .href(format!("/sessions/{}", session.id))
    .muted(matches!(session.status, SessionStatus::Cancelled | SessionStatus::Voided))
}

fn leaders(session: &SessionView) -> Markup {
    html! { @if session.leaders.is_empty() { (quiet("Whoever starts it")) } @else { (words::leaders(session)) } }
}

fn seats(session: &SessionView) -> Markup {
    html! {
        @match session.session_type {
            SessionType::Individual => (quiet("1 person")),
            SessionType::Group => (Capacity::new(session.current_capacity, Some(session.max_capacity)).compact()),
        }
    }
}
