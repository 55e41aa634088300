//! `/documentation`: sessions that are over and not documented, with their deadlines.

use ::rules::{notes::Undone, permissions::Permission};
use axum::{extract::RawQuery, http::HeaderMap, response::Response, routing::get};
use maud::{Markup, html};

use super::words;
use crate::{
    door::Cx,
    frame,
    groups::{self, view::Offers},
    http::{PageRouter, extract::Query},
    paging::Page,
    problem::Problem,
    record::actions::{DueView, ListDue, Whose, due, may_see_all},
    sessions::answers::SessionView,
    shell::ui::{
        Badge, Button, Card, Choice, Column, EmptyState, Field, FilterBar, Icon, PageHeader, Row, Table, Tone, pager,
        quiet,
    },
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/documentation", get(list))
}

async fn list(
    cx: Cx,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
    Query(mut list): Query<ListDue>,
) -> Result<Response, Problem> {
    // Who leads no session sees everybody's at once.
    if cx.practitioner().is_none() && may_see_all(&cx) {
        list.whose = list.whose.or(Some(Whose::All));
    }
    let page = due(&cx, &list).await?;
    let offers = groups::pages::offers(&cx).await?;
    let raw = raw.unwrap_or_default();
    let next = page.next.as_ref().map(|cursor| format!("/documentation?{}", words::with_cursor(&raw, cursor)));
    let body = html! {
        (PageHeader::new("Documentation").lede("Sessions that are over and whose notes are not signed yet: what was sent back first, then the oldest."))
        (Card::new("To document").flush().body(html! {
            (filters(&cx, &list, &offers))
            div #due {
                (table(&cx, &page, &list))
                @if next.is_some() || list.cursor.is_some() {
                    (pager(&format!("Showing {}", page.items.len()), list.cursor.is_some().then_some("/documentation"), next.as_deref()))
                }
            }
        }))
    };
    Ok(frame::show(&headers, frame::page(&cx, frame::DOCUMENTATION, "Documentation", body)))
}

fn filters(cx: &Cx, list: &ListDue, offers: &Offers) -> FilterBar {
    let first =
        |label: &str, rest: Vec<Choice>| std::iter::once(Choice::new("", label)).chain(rest).collect::<Vec<_>>();
    let undone = Undone::ALL.iter().map(|undone| Choice::new(undone.as_str(), to_do(*undone)));
    let sites = offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string()));
    let leaders = offers.practitioners.iter().map(|who| Choice::new(who.id.to_string(), who.display_name()));
    let mut bar = FilterBar::new("/documentation", "#due");
    if may_see_all(cx) {
        let choices = [(Whose::Mine.as_str(), "My sessions"), (Whose::All.as_str(), "Everybody’s sessions")];
        let whose = list.whose.unwrap_or(Whose::Mine);
        bar = bar.field(Field::select("whose", "Whose", choices).value(whose));
    }
    bar = bar
        .field(
            Field::select("undone", "To do", first("Anything", undone.collect()))
                .value(list.undone.map_or("", Undone::as_str)),
        )
        .field(
            Field::select("overdue", "Deadline", [("", "Any"), ("true", "Overdue"), ("false", "Not yet overdue")])
                .value(list.overdue.map_or(String::new(), |overdue| overdue.0.to_string())),
        )
        .field(
            Field::select("site_id", "Site", first("Every site", sites.collect()))
                .value(list.site_id.map(|id| id.to_string()).unwrap_or_default()),
        );
    if list.whose == Some(Whose::All) {
        bar = bar.field(
            Field::select("facilitator_id", "Leader", first("Everybody", leaders.collect()))
                .value(list.facilitator_id.map(|id| id.to_string()).unwrap_or_default()),
        );
    }
    if list.is_narrowed() { bar.clear("/documentation") } else { bar }
}

fn table(cx: &Cx, page: &Page<DueView>, list: &ListDue) -> Table {
    let columns =
        ["Session", "When", "Leaders", "To do", "Notes", "Due"].map(Column::new).into_iter().chain([Column::actions()]);
    let empty = if list.is_narrowed() {
        EmptyState::new(Icon::Filter, "Nothing fits these filters")
    } else {
        EmptyState::new(Icon::Check, "Everything is documented")
            .text("A session appears here when its time is over, and goes when its notes are signed.")
    };
    Table::new("Sessions to document", columns).rows(page.items.iter().map(|one| row(cx, one))).empty(empty)
}

fn row(cx: &Cx, one: &DueView) -> Row {
    let session = &one.session;
    Row::new([
        html! { span.two-lines { strong { (session.title) } (quiet(&session.session_number)) } },
        html! { span.two-lines.whole { span { (words::short_day(session.local_date)) } (quiet(&words::hours_here(cx, session))) } },
        html! { (words::leaders(session)) },
        html! { @if one.returned_notes > 0 { (returned()) } @else { (badge(one.undone)) } },
        html! { span.two-lines.whole { span { (notes(one)) } @if let Some(comment) = &one.return_comment { (quiet(&sent_back(one, comment))) } @else if let Some(reason) = &one.session.reopen_reason { (quiet(&format!("Reopened: {reason}"))) } } },
        html! { (deadline(cx, one)) },
        html! { (act(cx, one)) },
    ])
    .id(session.id.to_string())
    .href(format!("/sessions/{}", session.id))
}

fn to_do(undone: Undone) -> &'static str {
    match undone {
        Undone::NotStarted => "Not started",
        Undone::NotEnded => "Not ended",
        Undone::Unsigned => "Not signed",
    }
}

fn badge(undone: Undone) -> Badge {
    let icon = match undone {
        Undone::NotStarted => Icon::Play,
        Undone::NotEnded => Icon::Clock,
        Undone::Unsigned => Icon::Notes,
    };
    Badge::new(Tone::Warn, to_do(undone)).icon(icon)
}

/// What a reviewer said, who and when.
fn sent_back(one: &DueView, comment: &str) -> String {
    let by = one.returned_by_name.as_deref().unwrap_or("the reviewer");
    let at = one.returned_at.as_ref().and_then(|at| words::local(&one.session.zone, at));
    let at = at.map(|at| at.strftime(", %-d %b, %H:%M").to_string()).unwrap_or_default();
    format!("Returned by {by}{at}: {comment}")
}

/// That a reviewer sent notes back.
pub fn returned() -> Badge {
    Badge::new(Tone::Bad, "Returned").icon(Icon::Undo)
}

fn notes(one: &DueView) -> String {
    match (one.signed_notes, one.drafts) {
        (0, 0) => "None yet".to_owned(),
        (signed, drafts) => format!("{signed} signed, {drafts} being written"),
    }
}

/// Until when, and that it is over.
fn deadline(cx: &Cx, one: &DueView) -> Markup {
    html! {
        @if one.is_overdue { (overdue()) " " }
        @if let Ok(at) = one.due_at.parse() { (frame::moment(cx, at)) }
    }
}

/// That notes are overdue.
pub fn overdue() -> Badge {
    Badge::new(Tone::Bad, "Overdue").icon(Icon::Warning)
}

fn act(cx: &Cx, one: &DueView) -> Markup {
    let SessionView { id, title, .. } = &one.session;
    let reads = cx.permissions.allows(Permission::GroupEncounterNoteRead);
    html! {
        @if one.undone == Undone::Unsigned && reads {
            (Button::secondary("Notes").small().icon(Icon::Notes).context(title.to_string()).href(format!("/sessions/{id}/notes")))
        } @else {
            (Button::secondary("Open").small().icon(Icon::Right).context(title.to_string()).href(format!("/sessions/{id}")))
        }
    }
}
