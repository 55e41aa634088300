//! `/sessions/needs-cover` and `/sessions/{id}/substitutes`: sessions whose leader is away, and who could take one.

use ::rules::id::{PractitionerId, SessionId};
use axum::{http::HeaderMap, response::Response, routing::get};
use deserr::Deserr;
use jiff::{ToSpan as _, civil::Date};
use maud::{Markup, html};

use super::reasons;
use crate::{
    door::Cx,
    frame,
    groups::{self, view::Offers},
    http::{
        PageRouter,
        extract::{At, FieldErrors, Parsed, Query},
    },
    paging::Page,
    problem::Problem,
    screens::{session::May, words},
    sessions::{
        actions::{self, CONFLICT_DAYS, CONFLICT_DAYS_MAX, ClashKind, ListConflicts, SubstituteView},
        answers::{ConflictView, SessionView},
        inputs::Day,
    },
    shell::ui::{
        Badge, Button, Card, Choice, Column, EmptyState, Field, FilterBar, Form, Icon, PageHeader, Person, Row, Table,
        Tone, pager, quiet,
    },
};

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/sessions/needs-cover", get(needs_cover))
        .route("/sessions/{id}/substitutes", get(substitutes))
}

/// Stretches of sessions that are looked through for one page, so that an empty page is true.
const STRETCHES_MAX: usize = 20;

/// Which sessions the list shows.
#[derive(Debug, Default, Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
struct Asked {
    /// Only this practitioner's.
    #[deserr(default)]
    practitioner_id: Option<PractitionerId>,
    /// From this day on.
    #[deserr(default)]
    date_from: Option<Parsed<Day>>,
    /// Up to and with this day.
    #[deserr(default)]
    date_to: Option<Parsed<Day>>,
    /// Where to go on.
    #[deserr(default)]
    cursor: Option<String>,
}

impl Asked {
    fn days(&self, today: Date) -> (Date, Date) {
        let from = self.date_from.map_or(today, |day| day.0.0);
        // Of one practitioner as many days as may be asked for.
        let usual = if self.practitioner_id.is_some() { CONFLICT_DAYS_MAX } else { CONFLICT_DAYS };
        let to = self.date_to.map_or_else(|| from.saturating_add(usual.days()), |day| day.0.0);
        (from, to.clamp(from, from.saturating_add(CONFLICT_DAYS_MAX.days())))
    }

    fn is_filtered(&self) -> bool {
        self.practitioner_id.is_some() || self.date_from.is_some() || self.date_to.is_some()
    }

    fn address(&self, (from, to): (Date, Date), cursor: Option<&str>) -> String {
        let who = self.practitioner_id.map(|who| format!("&practitioner_id={who}")).unwrap_or_default();
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        format!("/sessions/needs-cover?date_from={from}&date_to={to}{who}{cursor}")
    }
}

async fn needs_cover(cx: Cx, headers: HeaderMap, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let days = asked.days(cx.today());
    let page = found(&cx, &asked, days).await?;
    let offers = groups::pages::offers(&cx).await?;
    let next = page.next.as_ref().map(|cursor| asked.address(days, Some(cursor)));
    let first = asked.cursor.is_some().then(|| asked.address(days, None));
    let body = html! {
        (PageHeader::new("Sessions that need cover").crumb("Sessions", "/sessions")
            .lede("A leader has approved time off then and still leads it."))
        (Card::new("Sessions").flush().body(html! {
            (filters(&asked, days, &offers))
            div #covers {
                (covers(&cx, &page.items, days))
                @if next.is_some() || first.is_some() {
                    (pager(&format!("Showing {}", page.items.len()), first.as_deref(), next.as_deref()))
                }
            }
        }))
    };
    Ok(frame::show(&headers, frame::page(&cx, "sessions", "Sessions that need cover", body)))
}

/// A page of sessions that need cover. Each stretch that is looked through may have none.
async fn found(cx: &Cx, asked: &Asked, (from, to): (Date, Date)) -> Result<Page<ConflictView>, Problem> {
    let mut list = ListConflicts {
        practitioner_id: asked.practitioner_id,
        date_from: Some(Parsed(Day(from))),
        date_to: Some(Parsed(Day(to))),
        cursor: asked.cursor.clone(),
        what: Some(ClashKind::TimeOff),
        ..ListConflicts::default()
    };
    let mut page = actions::conflicts(cx, &list).await?;
    for _ in 0..STRETCHES_MAX {
        if !page.items.is_empty() || page.next.is_none() {
            break;
        }
        list.cursor = page.next;
        page = actions::conflicts(cx, &list).await?;
    }
    Ok(page)
}

fn filters(asked: &Asked, (from, to): (Date, Date), offers: &Offers) -> FilterBar {
    let leaders = offers.practitioners.iter().map(|who| Choice::new(who.id.to_string(), who.display_name()));
    let leaders = std::iter::once(Choice::new("", "Everybody")).chain(leaders);
    let chosen = asked.practitioner_id.map(|id| id.to_string()).unwrap_or_default();
    let bar = FilterBar::new("/sessions/needs-cover", "#covers")
        .field(Field::date("date_from", "From").value(from))
        .field(Field::date("date_to", "To").value(to))
        .field(Field::select("practitioner_id", "Leader", leaders).value(chosen));
    if asked.is_filtered() { bar.clear("/sessions/needs-cover") } else { bar }
}

fn covers(cx: &Cx, list: &[ConflictView], (from, to): (Date, Date)) -> Table {
    let columns = [Column::new("Session"), Column::new("When"), Column::new("Who is away"), Column::actions()];
    let rows = list.iter().map(|one| {
        let session = &one.session;
        Row::new([
            html! { a href={ "/sessions/" (session.id) } { (session.title) } },
            html! { span.two-lines.whole { span { (words::short_day(session.local_date)) } (quiet(&words::hours_here(cx, session))) } },
            reasons(&one.clashes),
            html! { (Button::quiet("Find cover").small().context(session.title.to_string())
                .href(format!("/sessions/{}/substitutes", session.id))) },
        ])
        .id(session.id.to_string())
    });
    let empty =
        EmptyState::new(Icon::Check, format!("Every session has somebody until {}", frame::day(to))).text(format!(
            "From {} on, no leader is away in a session of theirs. Choose other days to look further.",
            frame::day(from)
        ));
    Table::new("Sessions that need cover", columns).rows(rows).empty(empty)
}

async fn substitutes(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    let session = actions::show(&cx, id).await?;
    let found = actions::substitutes(&cx, id).await?;
    let may = May::of(&cx, &session).lead;
    let away = actions::away(&cx, std::slice::from_ref(&session)).await?.remove(&id).unwrap_or_default();
    let leader = away
        .first()
        .map(|leader| leader.practitioner_id)
        .or(session.leaders.first().map(|leader| leader.practitioner_id));
    let place = session.leaders.iter().find(|one| Some(one.practitioner_id) == leader).map(|one| one.name.clone());
    let key = cx.app.clock.secret();
    let rows = found.iter().map(|one| row(&session, one, leader, may.then_some(key.as_str())));
    let columns = [Column::new("Practitioner"), Column::new("At that time"), Column::actions()];
    let empty = EmptyState::new(Icon::Staff, "Nobody else").text("There are no other active practitioners.");
    let header = PageHeader::new("Who could take this?")
        .crumb("Today", format!("/today?day={}", session.local_date))
        .crumb(session.title.to_string(), format!("/sessions/{id}"))
        .fact(Icon::Clock, words::when(&cx, &session))
        .fact(Icon::Person, words::leaders(&session));
    let body = html! {
        (header)
        div.stack {
            @if let Some(name) = place.filter(|_| may) { p { "Who is handed the session leads it in the place of " (name) "." } }
            (Card::new("Practitioners").flush().body(html! { (Table::new("Who could take this session", columns).rows(rows).empty(empty)) }))
        }
    };
    Ok(frame::show(&headers, frame::page(&cx, "sessions", "Who could take this?", body)))
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
