//! Markup of the group page.

use std::collections::BTreeSet;

use ::rules::{
    groups::{EnrollmentMode, GroupStatus},
    roster::{MemberStatus, Person, SkipReason},
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{May, field_of};
use crate::{
    groups::{
        actions::GroupView,
        view::{Offers, badges, capacity, practitioner_name, type_name},
    },
    people::{Guest, Patient},
    problem::Problem,
    roster::actions::MemberView,
    shell::ui::{
        self, Badge, Button, Card, Column, Confirm, EmptyState, Field, Form, Icon, Notice, PageHeader, Row, Tab, Table,
        Tone, post_button, split, stack, tabs,
    },
};

/// The header and the tabs of every page of a group.
pub fn header(view: &GroupView, offers: &Offers, may: May, key: &str, here: &str) -> Markup {
    let group = &view.group;
    let base = format!("/groups/{}", group.id);
    let mut header = PageHeader::new(group.name.to_string())
        .crumb("Groups", "/groups")
        .status(html! { (badges(view)) })
        .fact(Icon::Groups, type_name(group.r#type))
        .fact(Icon::Clock, format!("{} minutes", group.duration_minutes));
    if let Some(name) = group.facilitator_id.and_then(|id| practitioner_name(offers, id)) {
        header = header.fact(Icon::Person, name);
    }
    if let Some(site) = offers.sites.iter().find(|site| Some(site.id) == group.site_id) {
        header = header.fact(Icon::Site, site.name.to_string());
    }
    let header = header.actions(actions(view, may, &base, key));
    let header = if group.description.is_empty() { header } else { header.lede(group.description.to_string()) };
    let tab = |label: &str, path: &str| Tab::new(label, format!("{base}{path}")).current(path == here);
    let schedule = may.sessions.then(|| tab("Schedule", "/schedule"));
    let all: Vec<Tab> =
        [Some(tab("Roster", "")), schedule, Some(tab("Past members", "/past"))].into_iter().flatten().collect();
    html! {
        (header)
        (tabs("Group", &all))
    }
}

fn actions(view: &GroupView, may: May, base: &str, key: &str) -> Markup {
    let archived = view.group.status == GroupStatus::Archived;
    let open = view.group.enrollment_mode == EnrollmentMode::Open;
    html! {
        @if may.update && !archived { (Button::secondary("Edit").icon(Icon::Edit).href(format!("{base}/edit"))) }
        @if may.archive && !archived {
            (Confirm::new("Archive…", "The group ends: no new members, no promotions, and its future sessions are cancelled. Everything stays readable, and you can restore it.",
                Form::post(format!("{base}/archive")).hidden("idempotency_key", key), Button::danger("Archive group")).icon(Icon::Archive))
        }
        @if may.archive && archived { (post_button(format!("{base}/restore"), key, Button::primary("Restore group"))) }
        @if may.add && !archived && open { (Button::primary("Add members").icon(Icon::Plus).href(format!("{base}/add"))) }
    }
}

/// The roster page.
pub fn roster(view: &GroupView, live: &[MemberView], offers: &Offers, zone: &TimeZone, may: May, key: &str) -> Markup {
    let (mut waiting, seated): (Vec<_>, Vec<_>) =
        live.iter().partition(|member| member.member.status == MemberStatus::Waitlisted);
    waiting.sort_by_key(|member| member.waitlist_position);
    let archived = view.group.status == GroupStatus::Archived;
    let remove = may.remove && !archived;
    html! {
        (header(view, offers, may, key, ""))
        (split(
            stack(html! {
                (Card::new("Members").note(format!("{} of {} seats", view.seats.taken, view.seats.capacity)).id("members").flush()
                    .body(html! { (members_table(&seated, zone, remove, key)) }))
                (Card::new("Waitlist").note(waiting_note(waiting.len())).id("waitlist").flush()
                    .body(html! { (waitlist_table(&waiting, view, zone, remove, key)) }))
            }),
            stack(html! {
                (Card::new("Seats").body(html! { (capacity(view)) (seats_in_words(view)) }))
                (Card::new("About").body(about(view, offers)))
            }),
        ))
    }
}

fn waiting_note(waiting: usize) -> String {
    match waiting {
        0 => "nobody waits".to_owned(),
        1 => "1 person waits".to_owned(),
        more => format!("{more} people wait"),
    }
}

fn seats_in_words(view: &GroupView) -> Markup {
    let seats = &view.seats;
    let words = match (seats.over_capacity, seats.is_full) {
        (true, _) => {
            "More people have seats than there are. Nobody is removed, and nobody is promoted until it fits again."
        }
        (false, true) => "The next to leave gives the seat to the first on the waitlist, at once.",
        (false, false) => "Who is added has a seat at once, unless somebody waits already.",
    };
    html! { p.quiet { (words) } }
}

fn about(view: &GroupView, offers: &Offers) -> Markup {
    let group = &view.group;
    let room = offers.rooms.iter().find(|room| Some(room.id) == group.room_id).map(|room| room.name.to_string());
    let co: Vec<_> = view.co_facilitator_ids.iter().filter_map(|id| practitioner_name(offers, *id)).collect();
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "None".to_owned());
    ui::definition_list([
        ("Room", html! { (or_none(room)) }),
        ("Co-facilitators", html! { (or_none(Some(co.join(", ")).filter(|text| !text.is_empty()))) }),
        (
            "When full",
            html! { (if group.when_full == ::rules::groups::WhenFull::Waitlist { "Waitlist" } else { "Refuse" }) },
        ),
        ("Least to hold it", html! { (or_none(group.min_participants.map(|least| least.to_string()))) }),
        ("Privacy", html! { (if group.is_part2 { "42 CFR Part 2" } else { "Standard" }) }),
    ])
}

/// The day of an instant as the clinic's calendar has it.
fn day(instant: Option<Timestamp>, zone: &TimeZone) -> String {
    instant.map(|at| at.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string()).unwrap_or_default()
}

fn person(view: &MemberView) -> ui::Person {
    let person = ui::Person::new(view.name.clone());
    match view.member.person() {
        Some(Person::Patient(id)) => person.href(format!("/patients/{id}")),
        Some(Person::Guest(id)) => person.guest(true).href(format!("/guests/{id}")),
        None => person,
    }
}

fn members_table(seated: &[&MemberView], zone: &TimeZone, remove: bool, key: &str) -> Table {
    let columns = [Column::new("Name"), Column::new("Since"), Column::new("Remarks"), Column::actions()];
    let rows = seated.iter().map(|view| {
        Row::new([
            html! { (person(view)) },
            html! { (day(view.member.joined_at, zone)) },
            html! {
                (view.member.notes)
                @if view.member.override_reason.is_some() { " " (Badge::new(Tone::Warn, "Beyond capacity")) }
            },
            html! { @if remove { (remove_confirm(view, key, "Their future bookings are cancelled. If somebody waits, the first in line has the seat at once.")) } },
        ])
        .id(view.member.id.to_string())
    });
    let empty =
        EmptyState::new(Icon::Groups, "No members yet").text("Add people by name, record number or birth date.");
    Table::new("Members", columns).rows(rows).empty(empty)
}

fn remove_confirm(view: &MemberView, key: &str, consequence: &str) -> Confirm {
    let action = format!("/groups/{}/members/{}/remove", view.member.group_id, view.member.id);
    let form = Form::post(action)
        .hidden("idempotency_key", format!("{key}-{}", view.member.id))
        .hidden("version", view.member.version);
    let reason =
        Field::text("reason", "Reason").hint("Optional; kept with the membership.").scope(view.member.id.to_string());
    let button = Button::danger("Remove").context(view.name.clone());
    Confirm::new("Remove…", consequence, form, button).small().fields(html! { (reason.max_length(500)) })
}

fn waitlist_table(waiting: &[&MemberView], view: &GroupView, zone: &TimeZone, remove: bool, key: &str) -> Table {
    let columns = [
        Column::number("Position"),
        Column::new("Name"),
        Column::new("Waiting since"),
        Column::new("Why not yet"),
        Column::actions(),
    ];
    let rows = waiting.iter().map(|one| {
        Row::new([
            html! { (one.waitlist_position.unwrap_or_default()) },
            html! { (person(one)) },
            html! { (day(Some(one.member.added_at), zone)) },
            html! { (why_not_yet(one, view, zone)) },
            html! { @if remove { (remove_confirm(one, key, "Everybody behind moves up one place.")) } },
        ])
        .id(one.member.id.to_string())
    });
    let empty = EmptyState::new(Icon::Clock, "Nobody waits")
        .text("When all seats are taken, people who are added wait here in order.");
    Table::new("Waitlist", columns).rows(rows).empty(empty)
}

/// Why somebody who waits has no seat: so that a waitlist can be explained to whoever asks.
fn why_not_yet(one: &MemberView, view: &GroupView, zone: &TimeZone) -> String {
    if let Some(reason) = one.member.skip_reason.as_ref().and_then(|word| SkipReason::parse(word)) {
        return format!("{} ({})", reason.message().trim_end_matches('.'), day(one.member.skipped_at, zone));
    }
    let why = match (view.group.status, view.seats.over_capacity, view.seats.is_full) {
        (GroupStatus::Archived, _, _) => "The group is archived.",
        (_, true, _) => "More seats are taken than there are.",
        (_, _, true) => "All seats are taken.",
        _ => "Not eligible for the free seat.",
    };
    why.to_owned()
}

/// Who was in the group.
pub fn past(view: &GroupView, gone: &[MemberView], offers: &Offers, zone: &TimeZone, may: May, key: &str) -> Markup {
    let columns = [Column::new("Name"), Column::new("From"), Column::new("To"), Column::new("Reason")];
    let rows = gone.iter().map(|one| {
        let from = one.member.joined_at.map_or("Never had a seat".to_owned(), |at| day(Some(at), zone));
        Row::new([
            html! { (person(one)) },
            html! { (from) },
            html! { (day(one.member.left_at, zone)) },
            html! { (one.member.left_reason.as_ref().map(ToString::to_string).unwrap_or_default()) },
        ])
    });
    let empty =
        EmptyState::new(Icon::History, "Nobody has left").text("People who leave are listed here with their dates.");
    html! {
        (header(view, offers, may, key, "/past"))
        (Card::new("Past members").flush().body(html! { (Table::new("Past members", columns).rows(rows).empty(empty)) }))
    }
}

/// A person a search has found.
#[derive(Debug, Clone)]
pub struct FoundPerson {
    /// Who.
    pub person: Person,
    /// How they are shown.
    pub name: String,
    /// What tells two people of one name apart.
    pub detail: String,
}

impl FoundPerson {
    /// A patient: record number and birth date.
    pub fn patient(patient: &Patient) -> Self {
        let detail = format!("{}, born {}", patient.mrn, patient.birth_date);
        Self { person: Person::Patient(patient.id), name: patient.display_name(), detail }
    }

    /// A guest.
    pub fn guest(guest: &Guest) -> Self {
        Self { person: Person::Guest(guest.id), name: guest.display_name.to_string(), detail: "Guest".to_owned() }
    }
}

/// What a search for people has found.
pub struct Found {
    /// Patients and guests.
    pub people: Vec<FoundPerson>,
    /// Who is in the group already.
    pub members: BTreeSet<Person>,
}

/// The page for adding people.
pub fn find(
    view: &GroupView,
    question: &str,
    found: Option<&Found>,
    may: May,
    key: &str,
    refused: Option<&Problem>,
) -> Markup {
    let base = format!("/groups/{}", view.group.id);
    let full = view.seats.is_full || view.seats.waiting > 0;
    let search = Form::post(format!("{base}/add")).id("find").live("#found").auto().body(html! {
        (Field::search("q", "Find a patient or guest").value(question).autofocus()
            .hint("Name, preferred name, record number, or birth date as 1970-04-25."))
        (Button::secondary("Search").icon(Icon::Search))
    });
    html! {
        (PageHeader::new("Add members").crumb("Groups", "/groups").crumb(view.group.name.to_string(), base.clone()))
        @if let Some(problem) = refused { (Notice::new(Tone::Bad, problem.title()).text(problem.detail())) }
        (Card::new("Seats").body(html! {
            (capacity(view))
            @if full { p.quiet { "No seat is free: who is added goes to the end of the waitlist." } }
        }))
        (search)
        div #found {
            @if let Some(found) = found { (results(view, found, full && may.over, key)) }
        }
    }
}

fn results(view: &GroupView, found: &Found, over: bool, key: &str) -> Table {
    let action = format!("/groups/{}/members", view.group.id);
    let columns = [Column::new("Name"), Column::new("Record"), Column::actions()];
    let rows = found.people.iter().map(|one| {
        let (name, id) = field_of(one.person);
        let form = |suffix: &str| {
            Form::post(action.clone()).inline().hidden(name, id.clone()).hidden("idempotency_key", format!("{key}-{id}{suffix}"))
        };
        let buttons = html! {
            @if found.members.contains(&one.person) { (Badge::new(Tone::Neutral, "Already a member")) }
            @else {
                (form("").body(html! { (Button::primary("Add").small().context(one.name.clone())) }))
                @if over {
                    (Confirm::new("Add beyond capacity…", "The group will have more members than seats. Say why: it is kept with the membership.",
                        form("-over").hidden("on_full", "override"), Button::danger("Add beyond capacity").context(one.name.clone())).small()
                        .fields(html! { (Field::text("reason", "Reason").scope(id.clone()).required().max_length(500)) }))
                }
            }
        };
        Row::new([
            html! { (ui::Person::new(one.name.clone()).guest(one.person.guest().is_some())) },
            html! { (one.detail) },
            buttons,
        ])
        .id(id)
    });
    let empty = EmptyState::new(Icon::Search, "Nobody found")
        .text("Check the spelling, try fewer letters, or register the person first.");
    Table::new("People found", columns).rows(rows).empty(empty)
}
