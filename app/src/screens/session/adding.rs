//! Adding a patient or a guest to one session: a booking, a walk-in, a make-up.

use std::collections::BTreeSet;

use ::rules::{id::SessionId, permissions::Permission, roster::Person};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use maud::{Markup, Render as _, html};

use super::{SECTION, Shown, load, room, shows_again, title, told};
use crate::{
    door::Cx,
    frame,
    http::{
        extract::At,
        form::{As, Form},
    },
    problem::Problem,
    screens::{
        group::{FoundPerson, field_of, people_found},
        words,
    },
    sessions::{
        actions::{self, AddPerson},
        answers::ParticipantView,
    },
    shell::ui::{
        self, Badge, Button, Capacity, Card, Column, Confirm, EmptyState, Field, Icon, Notice, PageHeader, Row, Table,
        Tone, Width,
    },
};

/// The page to find somebody.
pub async fn find(cx: Cx, headers: HeaderMap, At(id): At<SessionId>) -> Result<Response, Problem> {
    cx.require(Permission::ParticipantBook).await?;
    let shown = load(&cx, id).await?;
    Ok(frame::show(
        &headers,
        frame::page(&cx, SECTION, "Add to the session", body(&cx, &shown, &Form::default(), None, html! {})),
    ))
}

/// A POST, so that no name is ever in an address.
pub async fn found(cx: Cx, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::ParticipantBook).await?;
    let people = people_found(&cx, form.get("q").trim()).await?;
    let shown = load(&cx, id).await?;
    let body = body(&cx, &shown, &form, Some((&people, None)), html! {});
    Ok(frame::page(&cx, SECTION, "Add to the session", body).render().into_response())
}

const FIELDS: &[(&str, As)] = &[
    ("patient_id", As::Text),
    ("guest_id", As::Text),
    ("source", As::Text),
    ("override_capacity", As::TruthIfAny),
    ("reason", As::Text),
];

/// Adds somebody.
pub async fn add(cx: Cx, headers: HeaderMap, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let added = match form.read::<AddPerson>(FIELDS) {
        Ok(new) => actions::add(&cx, id, &new).await,
        Err(problem) => Err(problem),
    };
    let added = match added {
        Err(problem) if shows_again(&problem) && !form.get("q").trim().is_empty() => {
            return not_added(&cx, &headers, id, (&form, &problem)).await;
        }
        added => added,
    };
    if form.get("from") == room::FROM {
        let done = added.map(|person| room::Done::of_session(outcome(&person)));
        return room::answered(&cx, &headers, (id, None), done).await;
    }
    match added {
        Ok(person) => Ok(frame::done(&format!("/sessions/{id}"), outcome(&person))),
        Err(problem) if shows_again(&problem) => {
            let shown = load(&cx, id).await?;
            let body = body(&cx, &shown, &form, None, told(&problem));
            Ok(frame::refused(&problem, frame::page(&cx, SECTION, "Add to the session", body)))
        }
        Err(problem) => Err(problem),
    }
}

/// Why somebody was not added: in a few words, and in a sentence that says what would help.
type Refused<'a> = (&'a str, String);

/// What was found stays, and the refusal stands beside the person it is about, where the reader looks.
async fn not_added(
    cx: &Cx,
    headers: &HeaderMap,
    id: SessionId,
    (form, problem): (&Form, &Problem),
) -> Result<Response, Problem> {
    let people = people_found(cx, form.get("q").trim()).await?;
    let shown = load(cx, id).await?;
    let why = problem.errors().first().map(|error| frame::sentence(&error.field, &error.message));
    let why = (title(problem), why.unwrap_or_else(|| problem.detail().to_owned()));
    if form.get("from") == room::FROM {
        let found = html! { (results(&shown, form, &people, Some(&why))) };
        return room::not_added(cx, headers, id, problem, (form.get("q").to_owned(), found)).await;
    }
    let body = body(cx, &shown, form, Some((&people, Some(&why))), html! {});
    Ok(frame::refused(problem, frame::page(cx, SECTION, "Add to the session", body)))
}

/// What to say of somebody who was added. Names stay out of messages that travel in a cookie.
fn outcome(person: &ParticipantView) -> &'static str {
    if person.warnings.is_empty() {
        "Added to the session."
    } else {
        "Added to the session. They have another session at this time."
    }
}

/// The page, with who was found and why the one who was to be added was not.
fn body(
    cx: &Cx,
    shown: &Shown,
    form: &Form,
    found: Option<(&[FoundPerson], Option<&Refused>)>,
    told: Markup,
) -> Markup {
    let session = &shown.session;
    let base = format!("/sessions/{}", session.id);
    let header = PageHeader::new("Add to the session")
        .crumb("Today", format!("/today?day={}", session.local_date))
        .crumb(session.title.to_string(), base.clone())
        .fact(Icon::Clock, words::when(cx, session));
    let as_what = [("", "As usual"), ("walk_in", "Walk-in"), ("make_up", "Makes up for a missed session")];
    let search = ui::Form::post(format!("{base}/add")).hidden("from", form.get("from")).id("find").live("#found").auto().body(html! {
        (Field::search("q", "Find a patient or guest").value(form.get("q")).autofocus().autocomplete("off").max_length(200)
            .hint("Name, preferred name, record number, or birth date as 1970-04-25."))
        (Field::select("source", "Comes as", as_what).value(form.get("source")).width(Width::Medium))
        (Button::secondary("Search").icon(Icon::Search))
    });
    html! {
        (header)
        (told)
        (Card::new("Seats").body(html! {
            (Capacity::new(session.current_capacity, Some(session.max_capacity)))
            @if session.is_full { p.quiet { "No seat is free. Members of the group still have a place." } }
        }))
        (Card::new("Who").body(html! {
            (search)
            div #found { @if let Some((found, why)) = found { (results(shown, form, found, why)) } }
        }))
    }
}

fn results(shown: &Shown, sent: &Form, found: &[FoundPerson], refused: Option<&Refused>) -> Table {
    let here: BTreeSet<Person> = shown
        .people
        .iter()
        .filter(|one| one.status != ::rules::sessions::ParticipantStatus::Cancelled)
        .filter_map(|one| Person::of(one.patient_id, one.guest_id).ok())
        .collect();
    let columns = [Column::new("Name"), Column::new("Record"), Column::actions()];
    let rows = found.iter().map(|one| {
        Row::new([
            html! { (ui::Person::new(one.name.clone()).guest(one.person.guest().is_some())) },
            html! { (one.detail) },
            html! {
                (buttons(shown, sent, one, here.contains(&one.person)))
                @if let Some(why) = refused.filter(|_| sent.get(field_of(one.person).0) == field_of(one.person).1) { (told_beside(why)) }
            },
        ])
        .id(field_of(one.person).1)
    });
    let empty = EmptyState::new(Icon::Search, "Nobody found")
        .text("Check the spelling, try fewer letters, or register the person first.");
    Table::new("People found", columns).rows(rows).empty(empty)
}

/// Why somebody was not added, beside them. Without scripts it takes the focus of the page that is loaded.
fn told_beside((title, why): &Refused) -> Markup {
    html! { div role="alert" tabindex="-1" data-focus { (Notice::new(Tone::Bad, *title).text(why)) } }
}

fn buttons(shown: &Shown, sent: &Form, one: &FoundPerson, is_here: bool) -> Markup {
    let (name, id) = field_of(one.person);
    let form = |suffix: &str| {
        let form = ui::Form::post(format!("/sessions/{}/participants", shown.session.id)).inline();
        let form = if sent.get("from") == room::FROM { form.live("#room") } else { form };
        form.hidden("from", sent.get("from"))
            .hidden("q", sent.get("q"))
            .hidden(name, id.clone())
            .hidden("source", sent.get("source"))
            .hidden("idempotency_key", format!("{}-{id}{suffix}", shown.key))
    };
    let over = Confirm::new(
        "Add beyond capacity…",
        "The session will have more people than seats. Say why: it is kept with the booking.",
        form("-over").hidden("override_capacity", "true"),
        Button::danger("Add beyond capacity").context(one.name.clone()),
    );
    let reason = Field::text("reason", "Reason").scope(id.clone()).required().max_length(500);
    html! {
        @if is_here { (Badge::new(Tone::Neutral, "In this session")) }
        @else {
            (form("").body(html! { (Button::primary("Add").small().context(one.name.clone())) }))
            @if shown.session.is_full && shown.may.over { (over.small().fields(html! { (reason) })) }
        }
    }
}
