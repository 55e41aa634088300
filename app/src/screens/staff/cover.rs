//! `/sessions/needs-cover` and `/sessions/{id}/substitutes`: sessions whose leader is away, and who could take one.

use ::rules::id::{PractitionerId, SessionId};
use axum::{http::HeaderMap, response::Response, routing::get};
use deserr::Deserr;
use maud::{Markup, html};

use super::reasons;
use crate::{
    door::Cx,
    frame,
    http::{
        PageRouter,
        extract::{At, FieldErrors, Query},
    },
    problem::Problem,
    screens::{session::May, words},
    sessions::{
        actions::{self, AskConflicts, ClashKind, ListConflicts, SubstituteView},
        answers::{ConflictView, SessionView},
    },
    shell::ui::{
        Badge, Button, Card, Column, EmptyState, Form, Icon, PageHeader, Person, Row, Table, Tone, pager, quiet,
    },
};

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/sessions/needs-cover", get(needs_cover))
        .route("/sessions/{id}/substitutes", get(substitutes))
}

/// Whose sessions the list shows.
#[derive(Debug, Default, Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
struct Whose {
    /// Only this practitioner's.
    #[deserr(default)]
    practitioner_id: Option<PractitionerId>,
    /// Where to go on.
    #[deserr(default)]
    cursor: Option<String>,
}

async fn needs_cover(cx: Cx, headers: HeaderMap, Query(whose): Query<Whose>) -> Result<Response, Problem> {
    let list = ListConflicts {
        practitioner_id: whose.practitioner_id,
        cursor: whose.cursor.clone(),
        what: Some(ClashKind::TimeOff),
        ..ListConflicts::default()
    };
    let page = actions::conflicts(&cx, &list).await?;
    let next = page.next.as_ref().map(|cursor| match whose.practitioner_id {
        Some(who) => format!("/sessions/needs-cover?practitioner_id={who}&cursor={cursor}"),
        None => format!("/sessions/needs-cover?cursor={cursor}"),
    });
    let body = html! {
        (PageHeader::new("Sessions that need cover").crumb("Sessions", "/sessions")
            .lede("A leader has approved time off then and still leads it. The next four weeks."))
        (Card::new("Sessions").flush().body(html! {
            (covers(&cx, &page.items))
            @if next.is_some() || whose.cursor.is_some() {
                (pager(&format!("Showing {}", page.items.len()), whose.cursor.is_some().then_some("/sessions/needs-cover"), next.as_deref()))
            }
        }))
    };
    Ok(frame::show(&headers, frame::page(&cx, "sessions", "Sessions that need cover", body)))
}

fn covers(cx: &Cx, list: &[ConflictView]) -> Table {
    let columns = [Column::new("Session"), Column::new("When"), Column::new("Who is away"), Column::actions()];
    let rows = list.iter().map(|one| {
        let session = &one.session;
        Row::new([
            html! { a href={ "/sessions/" (session.id) } { (session.title) } },
            html! { span.two-lines.whole { span { (words::short_day(session.local_date)) } (quiet(&words::hours_here(cx, session))) } },
            reasons(&one.clashes),
            html! { (Button::quiet("Who could take this?").small().context(session.title.to_string())
                .href(format!("/sessions/{}/substitutes", session.id))) },
        ])
        .id(session.id.to_string())
    });
    let empty =
        EmptyState::new(Icon::Check, "Every session has somebody").text("No leader is away in a session of theirs.");
    Table::new("Sessions that need cover", columns).rows(rows).empty(empty)
}

async fn substitutes(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    let session = actions::show(&cx, id).await?;
    let found = actions::substitutes(&cx, id).await?;
    let may = May::of(&cx, &session).lead;
    let away = away(&cx, id).await?;
    let leader = away.or(session.leaders.first().map(|leader| leader.practitioner_id));
    let place = session.leaders.iter().find(|one| Some(one.practitioner_id) == leader).map(|one| one.name.clone());
    let key = cx.app.clock.secret();
    let rows = found.iter().map(|one| row(&session, one, leader, may.then_some(key.as_str())));
    let columns = [Column::new("Practitioner"), Column::new("Free"), Column::actions()];
    let empty = EmptyState::new(Icon::Staff, "Nobody else").text("There are no other active practitioners.");
    let header = PageHeader::new("Who could take this?")
        .crumb("Today", format!("/today?day={}", session.local_date))
        .crumb(session.title.to_string(), format!("/sessions/{id}"))
        .fact(Icon::Clock, words::when(&cx, &session))
        .fact(Icon::Person, words::leaders(&session));
    let body = html! {
        (header)
        @if let Some(name) = place.filter(|_| may) { p { "Who is handed the session leads it in the place of " (name) "." } }
        (Card::new("Practitioners").flush().body(html! { (Table::new("Who could take this session", columns).rows(rows).empty(empty)) }))
    };
    Ok(frame::show(&headers, frame::page(&cx, "sessions", "Who could take this?", body)))
}

/// The leader of a session who has time off then.
async fn away(cx: &Cx, id: SessionId) -> Result<Option<PractitionerId>, Problem> {
    let asked = AskConflicts { session_id: Some(id), ..AskConflicts::default() };
    let found = actions::ask_conflicts(cx, &asked).await?.items.into_iter();
    Ok(found.filter(|clash| clash.code == ClashKind::TimeOff.as_str()).find_map(|clash| clash.practitioner_id))
}

/// Somebody in the table; with a key, the session can be handed over to them in the place of a leader.
fn row(session: &SessionView, one: &SubstituteView, leader: Option<PractitionerId>, key: Option<&str>) -> Row {
    let merits = [
        (one.leads_group, "Leads this group"),
        (one.treats_participant, "Treats a participant"),
        (one.same_discipline, "Same discipline"),
        (one.same_credential, "Same credential"),
    ];
    let merits: Vec<&str> = merits.iter().filter(|(holds, _)| *holds).map(|(_, words)| *words).collect();
    Row::new([
        html! { (Person::new(one.name.clone()).detail(merits.join(", "))) },
        html! { @if one.is_free { (Badge::new(Tone::Good, "Free")) } @else { (reasons(&one.clashes)) } },
        html! { @if let Some(key) = key.filter(|_| one.is_free) { (hand_over(session, one, leader, key)) } },
    ])
    .id(one.practitioner_id.to_string())
    .muted(!one.is_free)
}

fn hand_over(session: &SessionView, one: &SubstituteView, leader: Option<PractitionerId>, key: &str) -> Markup {
    let form = Form::post(format!("/sessions/{}/leaders", session.id))
        .inline()
        .hidden("idempotency_key", format!("{key}-{}", one.practitioner_id))
        .hidden("version", session.version)
        .hidden("change", "replace")
        .hidden("practitioner_id", one.practitioner_id);
    let form = match leader {
        Some(leader) => form.hidden("instead_of", leader),
        None => form,
    };
    html! { (form.body(html! { (Button::secondary("Hand over").small().context(one.name.clone())) })) }
}
