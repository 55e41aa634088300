//! `/audit`: who did, read or was refused what, and whether everything still is what was written.

use axum::{http::HeaderMap, response::Response, routing::get};
use maud::{Markup, html};

use crate::{
    audit::api::{AuditEntry, ListEntries, Outcome, entries},
    door::Cx,
    frame,
    http::{PageRouter, extract::Query},
    paging::Page,
    problem::Problem,
    shell::ui::{
        Badge, Button, Card, Column, EmptyState, Field, FilterBar, Icon, Notice, PageHeader, Row, Table, Tone, hash,
        pager, post_button, quiet,
    },
    verification::{self, Verification},
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/audit", get(show).post(verify))
}

const PATH: &str = "/audit";

async fn show(cx: Cx, headers: HeaderMap, Query(list): Query<ListEntries>) -> Result<Response, Problem> {
    let page = entries(&cx, &list).await?;
    let body = audit(&cx, &page, &list, None);
    Ok(frame::show(&headers, frame::page(&cx, "audit", "Audit log", body)))
}

async fn verify(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    let outcome = verification::mine(&cx).await?;
    let list = ListEntries::default();
    let page = entries(&cx, &list).await?;
    let body = audit(&cx, &page, &list, Some(&outcome));
    Ok(frame::show(&headers, frame::page(&cx, "audit", "Audit log", body)))
}

fn audit(cx: &Cx, page: &Page<AuditEntry>, list: &ListEntries, verified: Option<&Verification>) -> Markup {
    let columns = ["When", "Who", "What", "About", "Outcome", "From where", "Hash"].map(Column::new);
    let empty = match list.is_narrowed() {
        true => EmptyState::new(Icon::Filter, "No entry fits these filters"),
        false => EmptyState::new(Icon::Audit, "Nothing has happened yet"),
    };
    let table = Table::new("Audit log", columns).compact().rows(page.items.iter().map(|entry| row(cx, entry)));
    let first = list.cursor.is_some().then(|| narrowed(list, None));
    let next = page.next.as_deref().map(|cursor| narrowed(list, Some(cursor)));
    let button = Button::secondary("Verify everything").icon(Icon::Check);
    html! {
        (PageHeader::new("Audit log").lede("Every change, every reading of a chart, note or list of patients, every refusal. Each entry is chained to the one before.")
            .actions(post_button(PATH, cx.app.clock.secret(), button)))
        @if let Some(verified) = verified { (outcome_of(verified)) }
        (filters(list))
        div id="entries" {
            (Card::new("Entries").flush().body(html! { (table.empty(empty)) }))
            @if first.is_some() || next.is_some() {
                (pager(&format!("Showing {}", page.items.len()), first.as_deref(), next.as_deref()))
            }
        }
    }
}

fn outcome_of(verified: &Verification) -> Markup {
    let counts = verified.parts().map(|(name, part)| format!("{} {name}", part.checked)).join(", ");
    match verified.first_broken() {
        None => html! { (Notice::new(Tone::Good, "Everything is what was written").text(counts)) },
        Some(broken) => html! {
            (Notice::new(Tone::Bad, "Something was changed outside the product").text(broken).items([format!("Before it: {counts}")]))
        },
    }
}

fn filters(list: &ListEntries) -> Markup {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let date = |day: Option<crate::http::extract::Parsed<jiff::civil::Date>>| {
        day.map(|day| day.0.to_string()).unwrap_or_default()
    };
    let outcomes = [("", "Done and refused"), ("done", "Done"), ("refused", "Refused")];
    let actions = ["note.", "note.signed", "chart.read", "note.read", "session.", "participant.", "member.", "user."];
    let bar = FilterBar::new(PATH, "#entries")
        .field(Field::search("action", "Action").value(text(&list.action)).suggestions(actions))
        .field(Field::search("actor", "Who (id)").value(text(&list.actor)))
        .field(Field::search("subject", "About (id)").value(text(&list.subject)))
        .field(Field::select("outcome", "Outcome", outcomes).value(list.outcome.map_or("", Outcome::as_str)))
        .field(Field::date("date_from", "From").value(date(list.date_from)))
        .field(Field::date("date_to", "To").value(date(list.date_to)));
    html! { @if list.is_narrowed() { (bar.clear(PATH)) } @else { (bar) } }
}

fn narrowed(list: &ListEntries, cursor: Option<&str>) -> String {
    let date = |day: Option<crate::http::extract::Parsed<jiff::civil::Date>>| day.map(|day| day.0.to_string());
    let parts = [
        ("action", list.action.clone()),
        ("actor", list.actor.clone()),
        ("subject", list.subject.clone()),
        ("outcome", list.outcome.map(|outcome| outcome.to_string())),
        ("date_from", date(list.date_from)),
        ("date_to", date(list.date_to)),
        ("cursor", cursor.map(str::to_owned)),
    ];
    let query: Vec<String> =
        parts.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(&value?)))).collect();
    if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{}", query.join("&")) }
}

/// Text as it may stand in an address.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn row(cx: &Cx, entry: &AuditEntry) -> Row {
    let outcome = match entry.outcome.as_str() {
        "refused" => Badge::new(Tone::Warn, "Refused"),
        _ => Badge::new(Tone::Good, "Done"),
    };
    let by = |filter: &str, value: &str| {
        html! { @if value.is_empty() { (quiet("none")) } @else { a href={ (PATH) "?" (filter) "=" (encoded(value)) } { (value) } } }
    };
    Row::new([
        frame::moment(cx, entry.happened_at),
        by("actor", &entry.actor),
        by("action", &entry.action),
        by("subject", &entry.subject),
        html! { (outcome) },
        html! { (entry.source) },
        hash(&entry.hash),
    ])
    .id(format!("entry-{}", entry.sequence))
}
