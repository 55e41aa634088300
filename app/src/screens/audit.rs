//! `/audit`: who did, read or was refused what, and whether everything still is what was written.

use std::collections::BTreeMap;

use axum::{http::HeaderMap, response::Response, routing::get};
use maud::{Markup, html};

use crate::{
    audit::api::{AuditEntry, ListEntries, Outcome, entries},
    door::Cx,
    frame,
    http::{
        PageRouter,
        extract::{Parsed, Query},
    },
    identity::actions::actors,
    paging::Page,
    problem::Problem,
    shell::ui::{
        Badge, Button, Card, Column, EmptyState, Field, FilterBar, Icon, Notice, PageHeader, Row, Table, Tone, pager,
        post_button, quiet, stack,
    },
    verification::{self, Verification},
    when::Day,
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/audit", get(show).post(verify))
}

const PATH: &str = "/audit";

/// Kinds of acts an auditor looks for: the beginning of their names, and what they are called.
const KINDS: &[(&str, &str)] = &[
    ("", "Every act"),
    ("chart.read", "Charts read"),
    ("chart.", "Charts, read and written"),
    ("note.read", "Notes read"),
    ("note.signed", "Notes signed"),
    ("note.", "Notes, read and written"),
    ("patient_list.read", "Lists of patients read"),
    ("roster.read", "Rosters read"),
    ("patient.", "Patients"),
    ("guest.", "Guests"),
    ("group.", "Groups"),
    ("member.", "Members"),
    ("session.", "Sessions"),
    ("participant.", "Participants"),
    ("import.", "Imports"),
    ("export.", "Exports"),
    ("practitioner.", "Staff"),
    ("user.signed_in", "Sign-ins"),
    ("user.", "Users"),
    ("role.", "Roles"),
    ("token.", "API tokens"),
    ("settings.", "Settings"),
    ("verification.read", "Verifications"),
];

async fn show(cx: Cx, headers: HeaderMap, Query(list): Query<ListEntries>) -> Result<Response, Problem> {
    page_of(&cx, &headers, &list, None).await
}

async fn verify(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    let outcome = verification::mine(&cx).await?;
    page_of(&cx, &headers, &ListEntries::default(), Some(&outcome)).await
}

async fn page_of(
    cx: &Cx,
    headers: &HeaderMap,
    list: &ListEntries,
    verified: Option<&Verification>,
) -> Result<Response, Problem> {
    let page = entries(cx, list).await?;
    let people = actors(cx).await?.into_iter().map(|user| (user.id.to_string(), user.display_name.to_string()));
    let body = audit(cx, &page, list, &people.collect(), verified);
    Ok(frame::show(headers, frame::page(cx, "audit", "Audit log", body)))
}

/// The names of users, by id.
type People = BTreeMap<String, String>;

fn audit(
    cx: &Cx,
    page: &Page<AuditEntry>,
    list: &ListEntries,
    people: &People,
    verified: Option<&Verification>,
) -> Markup {
    let columns = ["When", "Who", "What", "About", "Outcome", "From where"].map(Column::new);
    let empty = match list.is_narrowed() {
        true => EmptyState::new(Icon::Filter, "No entry fits these filters"),
        false => EmptyState::new(Icon::Audit, "Nothing has happened yet"),
    };
    let table = Table::new("Audit log", columns).compact().rows(page.items.iter().map(|entry| row(cx, entry, people)));
    let first = list.cursor.is_some().then(|| narrowed(list, None));
    let next = page.next.as_deref().map(|cursor| narrowed(list, Some(cursor)));
    let button = Button::secondary("Verify everything").icon(Icon::Check);
    html! {
        (PageHeader::new("Audit log").lede("Every change, every reading of a chart, note or list of patients, every refusal. Each entry is chained to the one before.")
            .actions(post_button(PATH, cx.app.clock.secret(), button)))
        (stack(html! {
            @if let Some(verified) = verified { (outcome_of(verified)) }
            (filters(list, people))
            div id="entries" {
                (Card::new("Entries").flush().body(html! { (table.empty(empty)) }))
                @if first.is_some() || next.is_some() {
                    (pager(&format!("Showing {}", page.items.len()), first.as_deref(), next.as_deref()))
                }
            }
        }))
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

/// What may be chosen, and what is chosen already, also where it came from a link in the list.
fn choices(known: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<(String, String)> {
    let mut choices: Vec<(String, String)> = known.into_iter().collect();
    if !choices.iter().any(|(value, _)| value == chosen) {
        choices.push((chosen.to_owned(), chosen.to_owned()));
    }
    choices
}

fn filters(list: &ListEntries, people: &People) -> Markup {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let date = |day: Option<Parsed<Day>>| day.map(|day| day.0.0.to_string()).unwrap_or_default();
    let outcomes = [("", "Done and refused"), ("done", "Done"), ("refused", "Refused")];
    let kinds = KINDS.iter().map(|(value, name)| ((*value).to_owned(), (*name).to_owned()));
    let mut everybody: Vec<(String, String)> = people.iter().map(|(id, name)| (id.clone(), name.clone())).collect();
    everybody.sort_by(|one, other| one.1.cmp(&other.1));
    everybody.insert(0, (String::new(), "Everybody".to_owned()));
    let (action, actor) = (text(&list.action), text(&list.actor));
    let bar = FilterBar::new(PATH, "#entries")
        .field(Field::select("actor", "Who", choices(everybody, &actor)).value(actor))
        .field(Field::select("action", "What", choices(kinds, &action)).value(action))
        .field(Field::search("subject", "Record, by its id").value(text(&list.subject)))
        .field(Field::select("outcome", "Outcome", outcomes).value(list.outcome.map_or("", Outcome::as_str)))
        .field(Field::date("date_from", "From").value(date(list.date_from)))
        .field(Field::date("date_to", "To").value(date(list.date_to)));
    html! { @if list.is_narrowed() { (bar.clear(PATH)) } @else { (bar) } }
}

fn narrowed(list: &ListEntries, cursor: Option<&str>) -> String {
    let date = |day: Option<Parsed<Day>>| day.map(|day| day.0.0.to_string());
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

fn row(cx: &Cx, entry: &AuditEntry, people: &People) -> Row {
    let outcome = match entry.outcome.as_str() {
        "refused" => Badge::new(Tone::Warn, "Refused"),
        _ => Badge::new(Tone::Good, "Done"),
    };
    let by = |filter: &str, value: &str, shown: &str| {
        html! { @if value.is_empty() { (quiet("none")) } @else { a href={ (PATH) "?" (filter) "=" (encoded(value)) } { (shown) } } }
    };
    let who = people.get(&entry.actor).map_or(entry.actor.as_str(), String::as_str);
    Row::new([
        html! { span.nowrap { (frame::moment(cx, entry.happened_at)) } },
        by("actor", &entry.actor, who),
        by("action", &entry.action, &entry.action),
        // An id may break, or the table is wider than the page.
        html! { span.words { (by("subject", &entry.subject, &entry.subject)) } },
        html! { (outcome) },
        html! { (entry.source) },
    ])
    .id(format!("entry-{}", entry.sequence))
}
