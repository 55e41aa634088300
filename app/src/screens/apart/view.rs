//! Markup of keep-apart pairs.

use ::rules::{id::PatientId, keep_apart::KeepApartKind, roster::Person};
use maud::{Markup, html};

use super::People;
use crate::{
    door::Cx,
    frame::{self, day, form::Filled},
    keep_apart::actions::{KeepApartView, ListKeepApart, Shared, Which},
    paging::Page,
    screens::group::{FoundPerson, field_of},
    shell::ui::{
        self, Badge, Button, Card, Column, Confirm, EmptyState, Field, FilterBar, Form, Icon, Notice, PageHeader, Row,
        Table, Tone, Width, definition_list, pager, stack,
    },
};

/// The kind of reason as people say it.
fn kind(kind: KeepApartKind) -> &'static str {
    match kind {
        KeepApartKind::ProtectiveOrder => "Protective order",
        KeepApartKind::Relatives => "Relatives",
        KeepApartKind::StaffConflict => "Staff conflict",
        KeepApartKind::Other => "Other",
    }
}

/// The list.
pub fn list(page: &Page<KeepApartView>, wanted: &ListKeepApart) -> Markup {
    let new = Button::primary("Keep two people apart").icon(Icon::Plus).href("/keep-apart/new");
    html! {
        (PageHeader::new("Keep apart")
            .lede("Pairs of people who must never share a session. Only who may manage them sees this page; everybody \
                   else is told that somebody is not eligible, as for any other reason.")
            .actions(html! { (new) }))
        (Card::new("Pairs").flush().body(pairs("/keep-apart", page, wanted)))
    }
}

/// The tab of a patient.
pub fn of_patient(patient: PatientId, page: &Page<KeepApartView>, wanted: &ListKeepApart) -> Markup {
    let new = Button::secondary("Keep apart from somebody").small().icon(Icon::Plus);
    let new = new.href(format!("/keep-apart/new?patient_id={patient}"));
    let path = format!("/patients/{patient}/keep-apart");
    html! { (Card::new("Keep apart").flush().actions(html! { (new) }).body(pairs(&path, page, wanted))) }
}

fn pairs(path: &str, page: &Page<KeepApartView>, wanted: &ListKeepApart) -> Markup {
    let status = wanted.status.unwrap_or(Which::InForce);
    let choices = [("in_force", "In force"), ("ended", "Ended"), ("all", "All")];
    let bar = FilterBar::new(path, "#pairs")
        .field(Field::select("status", "Which pairs", choices).value(status.as_str()).label_hidden());
    let columns = ["Who", "From whom", "Kind", "Until", "Status"].map(Column::new);
    let empty = EmptyState::new(Icon::Lock, "Nobody is kept apart here")
        .text("Keep two people apart when they must never be in one session.");
    let table = Table::new("Pairs", columns).rows(page.items.iter().map(row)).empty(empty);
    let address = format!("{path}?status={status}");
    let next = page.next.as_ref().map(|cursor| format!("{address}&cursor={cursor}"));
    let first = wanted.cursor.as_ref().map(|_| address.as_str());
    html! {
        (bar)
        div #pairs {
            (table)
            @if first.is_some() || next.is_some() {
                (pager(&format!("Showing {}", page.items.len()), first, next.as_deref()))
            }
        }
    }
}

fn row(view: &KeepApartView) -> Row {
    Row::new([
        html! { (ui::Person::new(view.name.clone()).guest(view.pair.guest_id.is_some())) },
        html! { (ui::Person::new(view.other_name.clone()).guest(view.pair.other_guest_id.is_some())) },
        html! { (kind(view.pair.kind)) },
        html! { (view.pair.ends_on.map_or_else(|| "Until it is ended".to_owned(), day)) },
        html! { (status(view)) },
    ])
    .id(view.pair.id.to_string())
    .href(format!("/keep-apart/{}", view.pair.id))
    .muted(!view.in_force)
}

fn status(view: &KeepApartView) -> Badge {
    match view.in_force {
        true => Badge::new(Tone::Warn, "In force").icon(Icon::Lock),
        false => Badge::new(Tone::Neutral, "Ended"),
    }
}

/// Choosing two people, then saying why.
pub fn new(people: &People, filled: &Filled<'_>, found: Option<&[FoundPerson]>) -> Markup {
    let header = PageHeader::new("Keep two people apart").crumb("Keep apart", "/keep-apart");
    html! {
        (header)
        @match (&people.one, &people.other) {
            (Some(one), Some(other)) => { (Card::new("Why").body(why(one, other, filled))) }
            (Some(one), None) => {
                (Card::new("The first").body(chosen(one)))
                (Card::new("From whom").body(finder("Find the other patient or guest", people, filled, found)))
            }
            (None, _) => { (Card::new("Who").body(finder("Find a patient or guest", people, filled, found))) }
        }
    }
}

fn chosen(one: &FoundPerson) -> Markup {
    html! { (ui::Person::new(one.name.clone()).detail(one.detail.clone()).guest(one.person.guest().is_some())) }
}

fn hidden(people: &People) -> Vec<(String, String)> {
    let side = |prefix: &str, one: &Option<FoundPerson>| {
        one.as_ref().map(|one| field_of(one.person)).map(|(name, id)| (format!("{prefix}{name}"), id))
    };
    [side("", &people.one), side("other_", &people.other)].into_iter().flatten().collect()
}

fn finder(label: &str, people: &People, filled: &Filled<'_>, found: Option<&[FoundPerson]>) -> Markup {
    let search = hidden(people)
        .into_iter()
        .fold(Form::post("/keep-apart/new").id("find").live("#found").auto(), |form, (name, id)| form.hidden(name, id));
    html! {
        (search.body(html! {
            (Field::search("q", label).value(filled.form.get("q")).autofocus().autocomplete("off").max_length(200)
                .hint("Name, preferred name, record number, or birth date as 1970-04-25."))
            (Button::secondary("Search").icon(Icon::Search))
        }))
        div #found { @if let Some(found) = found { (results(people, found)) } }
    }
}

fn results(people: &People, found: &[FoundPerson]) -> Table {
    let columns = [Column::new("Name"), Column::new("Record"), Column::actions()];
    let first = hidden(people);
    let rows = found.iter().map(|one| {
        let (name, id) = field_of(one.person);
        let own = (if first.is_empty() { name.to_owned() } else { format!("other_{name}") }, id.clone());
        let query = first.iter().chain([&own]).map(|(name, id)| format!("{name}={id}"));
        let address = format!("/keep-apart/new?{}", query.collect::<Vec<_>>().join("&"));
        let taken = people.one.as_ref().is_some_and(|known| known.person == one.person);
        Row::new([
            chosen(&FoundPerson { detail: String::new(), ..one.clone() }),
            html! { (one.detail) },
            html! {
                @if taken { (Badge::new(Tone::Neutral, "Chosen")) }
                @else { (Button::primary("Choose").small().context(one.name.clone()).href(address)) }
            },
        ])
        .id(id)
    });
    let empty = EmptyState::new(Icon::Search, "Nobody found")
        .text("Check the spelling, try fewer letters, or register the person first.");
    Table::new("People found", columns).rows(rows).empty(empty)
}

fn why(one: &FoundPerson, other: &FoundPerson, filled: &Filled<'_>) -> Markup {
    let kinds = KeepApartKind::ALL.iter().map(|one| (one.to_string(), kind(*one).to_owned()));
    let sides = [("", one), ("other_", other)];
    filled.post(
        "Keep apart",
        html! {
            @for (prefix, side) in sides {
                @let (name, id) = field_of(side.person);
                input type="hidden" name=(format!("{prefix}{name}")) value=(id);
            }
            (definition_list([("Who", chosen(one)), ("From whom", chosen(other))]))
            (filled.fill("kind", Field::select("kind", "Kind of reason", kinds)).width(Width::Medium))
            (filled.fill("reason", Field::textarea("reason", "Reason")).required().max_length(500)
                .hint("Only who may manage pairs ever reads it."))
            (filled.fill("ends_on", Field::date("ends_on", "Last day")).width(Width::Medium)
                .hint("Left empty, it holds until somebody ends it."))
        },
    )
}

/// One pair.
pub fn one(cx: &Cx, view: &KeepApartView, key: &str) -> Markup {
    let pair = &view.pair;
    let who = |name: &str, person: Option<Person>| {
        let shown = ui::Person::new(name.to_owned());
        match person {
            Some(Person::Patient(id)) => html! { (shown.href(format!("/patients/{id}"))) },
            Some(Person::Guest(id)) => html! { (shown.guest(true).href(format!("/guests/{id}"))) },
            None => html! { (shown) },
        }
    };
    let people = pair.people();
    let end = Confirm::new(
        "End…",
        "These two may be in one group and in one session again. The pair stays readable, with its reason.",
        Form::post(format!("/keep-apart/{}/end", pair.id))
            .hidden("idempotency_key", key)
            .hidden("version", pair.version),
        Button::danger("End this pair"),
    );
    let rows = [
        ("Who", who(&view.name, people.map(|(one, _)| one))),
        ("From whom", who(&view.other_name, people.map(|(_, other)| other))),
        ("Kind", html! { (kind(pair.kind)) }),
        ("Reason", html! { (pair.reason) }),
        ("Since", frame::moment(cx, pair.created_at)),
        ("Last day", html! { (pair.ends_on.map_or_else(|| "Until it is ended".to_owned(), day)) }),
    ];
    let ended = pair.ended_at.map(|at| ("Ended", frame::moment(cx, at)));
    html! {
        (PageHeader::new("Kept apart").crumb("Keep apart", "/keep-apart").status(html! { (status(view)) })
            .actions(html! { @if pair.ended_at.is_none() { (end) } }))
        (stack(html! {
            @if let Some(shared) = view.shared.as_ref().filter(|_| view.in_force) { (meeting(shared)) }
            (Card::new("Pair").body(definition_list(rows.into_iter().chain(ended))))
        }))
    }
}

/// Where the two still meet.
fn meeting(shared: &Shared) -> Markup {
    if shared.groups.is_empty() && shared.sessions.is_empty() {
        return html! {};
    }
    let columns = [Column::new("What"), Column::new("Where")];
    let groups = shared.groups.iter().map(|group| {
        Row::new([html! { "Group" }, html! { (group.name) }])
            .id(group.group_id.to_string())
            .href(format!("/groups/{}", group.group_id))
    });
    let sessions = shared.sessions.iter().map(|session| {
        Row::new([html! { "Session on " (day(session.local_date)) }, html! { (session.title) }])
            .id(session.session_id.to_string())
            .href(format!("/sessions/{}", session.session_id))
    });
    html! {
        (Notice::new(Tone::Warn, "These two still meet.")
            .text("Nobody is removed by itself. Remove one of them from each of these groups, and cancel one booking in \
                   each of these sessions."))
        (Card::new("Where they meet").flush().body(html! {
            (Table::new("Where they meet", columns).rows(groups.chain(sessions)))
        }))
    }
}
