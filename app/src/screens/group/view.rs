//! Markup of the group page.

use std::collections::BTreeSet;

use ::rules::{
    groups::{EnrollmentMode, GroupStatus, Promotion},
    roster::{MemberStatus, Person, SkipReason},
};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use serde_json::Value;

use super::{May, field_of};
use crate::{
    groups::{
        actions::GroupView,
        view::{Offers, badges, capacity, practitioner_name, type_name},
    },
    people::{Guest, Patient},
    problem::Problem,
    roster::actions::{MemberView, Waitlist},
    screens::words,
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
    let header = header.actions(actions(view, may, &base, key, here));
    let header = if group.description.is_empty() { header } else { header.lede(group.description.to_string()) };
    let tab = |label: &str, path: &str| Tab::new(label, format!("{base}{path}")).current(path == here);
    let schedule = may.sessions.then(|| tab("Schedule", "/schedule"));
    let all: Vec<Tab> =
        [Some(tab("Roster", "")), schedule, Some(tab("Past members", "/past")), Some(tab("On a day", "/on"))]
            .into_iter()
            .flatten()
            .collect();
    html! {
        (header)
        (tabs("Group", &all))
    }
}

fn actions(view: &GroupView, may: May, base: &str, key: &str, here: &str) -> Markup {
    let archived = view.group.status == GroupStatus::Archived;
    let open = view.group.enrollment_mode == EnrollmentMode::Open;
    let export = match here {
        "/schedule" => format!("/exports/schedule?group_id={}", view.group.id),
        "/past" => format!("/exports/rosters?group_id={}&status=left", view.group.id),
        _ => format!("/exports/rosters?group_id={}", view.group.id),
    };
    html! {
        @if may.export { (Button::quiet("Export CSV").icon(Icon::Download).href(export)) }
        @if may.sessions { (Button::quiet("Calendar").icon(Icon::Calendar).href(format!("/calendar?group={}", view.group.id))) }
        @if may.update && !archived { (Button::secondary("Edit").icon(Icon::Edit).href(format!("{base}/edit"))) }
        @if may.archive && !archived {
            (Confirm::new("Archive…", "The group ends: no new members, no promotions, and its future sessions are cancelled. Everything stays readable, and you can restore it.",
                Form::post(format!("{base}/archive")).hidden("idempotency_key", key), Button::danger("Archive group")).icon(Icon::Archive))
        }
        @if may.archive && archived { (post_button(format!("{base}/restore"), key, Button::primary("Restore group"))) }
        @if may.add && !archived && open { (Button::primary("Add members").icon(Icon::Plus).href(format!("{base}/add"))) }
    }
}

/// What the roster page shows.
pub struct Shown<'a> {
    /// The group.
    pub group: &'a GroupView,
    /// Who has a seat, an offer, or waits.
    pub live: &'a [MemberView],
    /// Why the line does not move.
    pub line: &'a Waitlist,
    /// Staff and places by name.
    pub offers: &'a Offers,
    /// The zone of the group's days.
    pub zone: &'a TimeZone,
    /// What the caller may do.
    pub may: May,
    /// Makes a second click the same request.
    pub key: &'a str,
    /// The present.
    pub now: Timestamp,
}

impl Shown<'_> {
    fn of(&self, status: MemberStatus) -> Vec<&MemberView> {
        let mut found: Vec<&MemberView> = self.live.iter().filter(|one| one.member.status == status).collect();
        found.sort_by_key(|one| (one.waitlist_position, one.member.offer_expires_at, one.member.added_at));
        found
    }

    /// The roster page.
    pub fn roster(&self) -> Markup {
        let view = self.group;
        let (seated, offered, waiting) =
            (self.of(MemberStatus::Active), self.of(MemberStatus::Offered), self.of(MemberStatus::Waitlisted));
        let archived = view.group.status == GroupStatus::Archived;
        let remove = self.may.remove && !archived;
        html! {
            (header(view, self.offers, self.may, self.key, ""))
            (split(
                stack(html! {
                    (Card::new("Members").note(format!("{} of {} seats", view.seats.taken, view.seats.capacity)).id("members").flush()
                        .body(html! { (members_table(&seated, self.zone, (self.may.add && !archived, remove), self.key)) }))
                    @if !offered.is_empty() {
                        (Card::new("Offered seats").note("held until they answer").id("offers").flush().body(self.offers_table(&offered)))
                    }
                    (Card::new("Waitlist").note(waiting_note(waiting.len())).id("waitlist").flush()
                        .body(html! { (waitlist_table(&waiting, view, self.zone)) }))
                    @if self.line.waiting > 0 { (self.why_nobody()) }
                }),
                stack(html! {
                    (Card::new("Seats").body(html! { (capacity(view)) (seats_in_words(view)) }))
                    (Card::new("About").body(about(view, self.offers)))
                    (own_fields(view))
                    (Card::new("Roster on a day").body(super::on_day::question(&format!("/groups/{}/on", view.group.id), None)))
                }),
            ))
        }
    }

    fn offers_table(&self, offered: &[&MemberView]) -> Markup {
        let columns = [Column::new("Name"), Column::new("Held until"), Column::actions()];
        let rows = offered.iter().map(|one| {
            let until = one.member.offer_expires_at.map(|at| words::deadline(at, self.zone, self.now));
            Row::new([
                html! { (person(one)) },
                html! { (until.unwrap_or_default()) },
                html! { (open_button(one, if self.may.add { "Answer or link" } else { "Open" })) },
            ])
            .id(one.member.id.to_string())
        });
        html! { (Table::new("Offered seats", columns).rows(rows)) }
    }

    /// Why nobody who waits has a seat.
    fn why_nobody(&self) -> Card {
        let skipped = &self.line.skipped;
        Card::new("Why was nobody offered a seat?").body(html! {
            p { (self.line.message.as_deref().unwrap_or_default()) }
            @if !skipped.is_empty() {
                ul {
                    @for one in skipped.iter().take(SKIPPED_MAX) {
                        li {
                            (one.waitlist_position.unwrap_or_default()) ". " (one.name) ": " (one.message) " "
                            (ui::quiet(&day(one.skipped_at, self.zone)))
                        }
                    }
                }
            }
        })
    }
}

/// People passed over on the page: the first in line are who matters.
const SKIPPED_MAX: usize = 20;

/// Leads to one membership.
pub fn open_button(view: &MemberView, label: &str) -> Button {
    let href = format!("/groups/{}/members/{}", view.member.group_id, view.member.id);
    Button::quiet(label).small().context(view.name.clone()).href(href)
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
        (false, true) if view.group.promotion == Promotion::Manual => {
            "When somebody leaves, the seat waits until somebody gives it to one on the waitlist."
        }
        (false, true) if view.group.promotion == Promotion::Offer => {
            "When somebody leaves, the seat is offered to the first on the waitlist and held until they answer."
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
        ("A free seat", html! { (promotion_in_words(group.promotion, group.offer_hold_hours)) }),
        ("Least to hold it", html! { (or_none(group.min_participants.map(|least| least.to_string()))) }),
        ("Privacy", html! { (if group.is_part2 { "42 CFR Part 2" } else { "Standard" }) }),
    ])
}

/// Fields of the clinic's own that a page shows; there may be more.
const OWN_FIELDS_SHOWN: usize = 40;

/// The fields of the clinic's own, as other systems have set them: those within one after its name.
fn own_fields(view: &GroupView) -> Markup {
    let mut found = Vec::new();
    flatten(String::new(), &Value::Object(view.group.custom_data.0.clone()), &mut found);
    let more = found.len().saturating_sub(OWN_FIELDS_SHOWN);
    found.truncate(OWN_FIELDS_SHOWN);
    html! {
        @if !found.is_empty() {
            (Card::new("The clinic’s own fields").body(html! {
                (ui::definition_list(found.into_iter().map(|(name, says)| (name, html! { span.words { (says) } }))))
                @if more > 0 { p.quiet { "And " (more) " more." } }
            }))
        }
    }
}

fn flatten(name: String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let inside = if name.is_empty() { key.clone() } else { format!("{name}, {key}") };
                flatten(inside, inner, found);
            }
        }
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            found.push((name, items.iter().map(plain).collect::<Vec<_>>().join(", ")));
        }
        Value::Array(items) => {
            for (at, item) in (1..).zip(items) {
                flatten(format!("{name} {at}"), item, found);
            }
        }
        single => found.push((name, plain(single))),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "Nothing".to_owned(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What becomes of a free seat.
fn promotion_in_words(promotion: Promotion, hours: u32) -> String {
    match promotion {
        Promotion::Auto => "Goes to the first in line".to_owned(),
        Promotion::Offer => format!("Is offered, and held for {hours} hours"),
        Promotion::Manual => "Is given by hand".to_owned(),
    }
}

/// The day of an instant as the clinic's calendar has it.
pub fn day(instant: Option<Timestamp>, zone: &TimeZone) -> String {
    instant.map(|at| at.to_zoned(zone.clone()).strftime("%-d %b %Y").to_string()).unwrap_or_default()
}

/// The person, linked to their own page.
pub fn person(view: &MemberView) -> ui::Person {
    let person = ui::Person::new(view.name.clone());
    match view.member.person() {
        Some(Person::Patient(id)) => person.href(format!("/patients/{id}")),
        Some(Person::Guest(id)) => person.guest(true).href(format!("/guests/{id}")),
        None => person,
    }
}

fn members_table(seated: &[&MemberView], zone: &TimeZone, (add, remove): (bool, bool), key: &str) -> Table {
    let columns = [Column::new("Name"), Column::new("Since"), Column::new("Remarks"), Column::actions()];
    let rows = seated.iter().map(|view| {
        Row::new([
            html! { (person(view)) },
            html! { (day(view.member.joined_at, zone)) },
            html! {
                (view.member.notes)
                @if view.member.override_reason.is_some() { " " (Badge::new(Tone::Warn, "Beyond capacity")) }
            },
            html! {
                (open_button(view, "Open"))
                @if remove { (remove_confirm(view, key, "Their future bookings are cancelled. If somebody waits, the first in line has the seat at once.")) }
            },
        ])
        .id(view.member.id.to_string())
    });
    let empty = EmptyState::new(Icon::Groups, "No members yet");
    let empty = if add { empty.text("Add people by name, record number or birth date.") } else { empty };
    Table::new("Members", columns).rows(rows).empty(empty)
}

/// Ends the membership after asking.
pub fn remove_confirm(view: &MemberView, key: &str, consequence: &str) -> Confirm {
    let action = format!("/groups/{}/members/{}/remove", view.member.group_id, view.member.id);
    let form = Form::post(action)
        .hidden("idempotency_key", format!("{key}-{}", view.member.id))
        .hidden("version", view.member.version);
    let reason =
        Field::text("reason", "Reason").hint("Optional; kept with the membership.").scope(view.member.id.to_string());
    let button = Button::danger("Remove").context(view.name.clone());
    Confirm::new("Remove…", consequence, form, button).small().fields(html! { (reason.max_length(500)) })
}

fn waitlist_table(waiting: &[&MemberView], view: &GroupView, zone: &TimeZone) -> Table {
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
            html! {
                (open_button(one, "Open"))
            },
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
        _ if view.group.promotion == Promotion::Manual => "A free seat is given by hand.",
        _ => "Not eligible for the free seat.",
    };
    why.to_owned()
}

/// Who was in the group.
pub fn past(view: &GroupView, gone: &[MemberView], offers: &Offers, zone: &TimeZone, may: May, key: &str) -> Markup {
    let columns = [
        Column::new("Name"),
        Column::new("How"),
        Column::new("From"),
        Column::new("To"),
        Column::new("Reason"),
        Column::actions(),
    ];
    let rows = gone.iter().map(|one| {
        let from = one.member.joined_at.map_or("Never had a seat".to_owned(), |at| day(Some(at), zone));
        Row::new([
            html! { (person(one)) },
            html! { (words::membership(one)) },
            html! { (from) },
            html! { (day(one.member.left_at, zone)) },
            html! { (one.member.left_reason.as_ref().map(ToString::to_string).unwrap_or_default()) },
            html! { (open_button(one, "Open")) },
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
