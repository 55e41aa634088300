//! Markup of groups: the list and the form.

use ::rules::{
    groups::{EnrollmentMode, GroupStatus, GroupType, LeaderRule, MOST_HOLD_HOURS, Modality, Promotion, WhenFull},
    id::{PractitionerId, SiteId},
};
use maud::{Markup, html};

use super::actions::GroupView;
use crate::{
    paging::Page,
    people::{Practitioner, Room, Site},
    shell::ui::{
        Badge, Button, Capacity, Card, Choice, Column, EmptyState, Field, FieldErrors, FilterBar, Form, Icon,
        PageHeader, Row, Table, Tone, Width, field_row, fieldset, form_actions, pager,
    },
};

/// What a form offers to choose from.
pub struct Offers {
    /// Active practitioners.
    pub practitioners: Vec<Practitioner>,
    /// Active sites.
    pub sites: Vec<Site>,
    /// Active rooms.
    pub rooms: Vec<Room>,
}

/// A type in words.
pub fn type_name(kind: GroupType) -> &'static str {
    match kind {
        GroupType::Therapy => "Therapy",
        GroupType::Psychoeducation => "Psychoeducation",
        GroupType::SkillsTraining => "Skills training",
        GroupType::Support => "Support",
        GroupType::Education => "Education",
        GroupType::Family => "Family",
        GroupType::Iop => "Intensive outpatient (IOP)",
        GroupType::Php => "Partial hospitalization (PHP)",
        GroupType::Other => "Other",
    }
}

fn modality_name(modality: Modality) -> &'static str {
    match modality {
        Modality::InPerson => "In person",
        Modality::Virtual => "Virtual",
        Modality::Hybrid => "Hybrid",
    }
}

/// What a group's state deserves to be said about: archived, closed, over capacity, full, below minimum.
pub fn badges(view: &GroupView) -> Markup {
    html! {
        @if view.group.status == GroupStatus::Archived { (Badge::new(Tone::Neutral, "Archived").icon(Icon::Archive)) }
        @if view.group.enrollment_mode == EnrollmentMode::Closed { (Badge::new(Tone::Neutral, "Closed to new members").icon(Icon::Lock)) }
        @if view.seats.over_capacity { (Badge::new(Tone::Bad, "Over capacity").icon(Icon::Warning)) }
        @else if view.seats.is_full { (Badge::new(Tone::Warn, "Full")) }
        @if view.seats.below_minimum { (Badge::new(Tone::Warn, "Below minimum")) }
    }
}

/// The seats as a bar with words.
pub fn capacity(view: &GroupView) -> Capacity {
    let seats = &view.seats;
    let seated = seats.taken.saturating_sub(seats.offered);
    Capacity::new(seated, Some(seats.capacity)).held(seats.offered).waiting(seats.waiting)
}

/// The list of groups with its filters.
pub fn list(
    page: &Page<GroupView>,
    filter: &[(&str, &str)],
    offers: &Offers,
    may_create: bool,
    more: Option<&str>,
) -> Markup {
    let chosen = |name: &str| filter.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
    let new = || html! { @if may_create { (Button::primary("New group").icon(Icon::Plus).href("/groups/new")) } };
    let types = std::iter::once(Choice::new("", "Every type"));
    let types = types.chain(GroupType::ALL.iter().map(|kind| Choice::new(kind.as_str(), type_name(*kind))));
    let statuses = [("", "Active"), ("archived", "Archived"), ("all", "All")];
    let empty = EmptyState::new(Icon::Groups, "No groups here")
        .text("Make a group, add its members, and give it a schedule.")
        .actions(new());
    let columns = [
        Column::new("Group"),
        Column::new("Type"),
        Column::new("Facilitator"),
        Column::new("Seats"),
        Column::new("State"),
    ];
    let rows = page.items.iter().map(|view| {
        let facilitator = view.group.facilitator_id.and_then(|id| offers.practitioners.iter().find(|one| one.id == id));
        Row::new([
            html! { a href={ "/groups/" (view.group.id) } { (view.group.name) } },
            html! { (type_name(view.group.r#type)) },
            html! { (facilitator.map(Practitioner::display_name).unwrap_or_default()) },
            html! { (capacity(view).compact()) },
            badges(view),
        ])
        .id(view.group.id.to_string())
        .muted(view.group.status == GroupStatus::Archived)
    });
    let filters = FilterBar::new("/groups", "#groups")
        .field(Field::search("q", "Name").value(chosen("q")).placeholder("Name").label_hidden())
        .field(Field::select("type", "Type", types).value(chosen("type")).label_hidden())
        .field(Field::select("status", "State", statuses).value(chosen("status")).label_hidden());
    let filters = if filter.iter().all(|(_, value)| value.is_empty()) { filters } else { filters.clear("/groups") };
    html! {
        (PageHeader::new("Groups").lede("Who meets, how many seats are taken, and who waits.").actions(new()))
        (Card::new("All groups").flush().body(html! {
            (filters)
            div #groups {
                (Table::new("Groups", columns).rows(rows).empty(empty))
                @if more.is_some() { (pager(&format!("Showing {}", page.items.len()), None, more)) }
            }
        }))
    }
}

/// What a form holds: what was typed, else what is stored.
pub struct Held<'a> {
    /// The value of a field.
    pub value: &'a (dyn Fn(&str) -> String + Sync),
    /// The chosen co-facilitators.
    pub co: Vec<String>,
    /// The templates its sessions may start from: key and title.
    pub templates: Vec<(String, String)>,
}

/// The form for making or changing a group.
pub fn form(
    action: &str,
    key: &str,
    version: Option<i64>,
    held: &Held<'_>,
    offers: &Offers,
    errors: &FieldErrors,
) -> Form {
    let value = held.value;
    let types = GroupType::ALL.iter().map(|kind| (kind.as_str(), type_name(*kind)));
    let form = Form::post(action).id("group").hidden("idempotency_key", key).checked_by_server();
    let form = match version {
        Some(version) => form.hidden("version", version),
        None => form,
    };
    let (cancel, save) =
        if version.is_some() { (action.trim_end_matches("/edit"), "Save changes") } else { ("/groups", "Make group") };
    form.body(html! {
        (errors)
        (fieldset("About", None, html! {
            (Field::text("name", "Name").value(value("name")).errors(errors).required().max_length(200))
            (Field::select("type", "Type", types).value(value("type")).errors(errors).width(Width::Medium))
            (Field::textarea("description", "Description").value(value("description")).errors(errors).rows(3)
                .hint("What the group is about."))
            @if !held.templates.is_empty() {
                (Field::select("template_id", "Template of its sessions", templates(held)).value(value("template_id")).errors(errors)
                    .hint("Says which notes its sessions need. A new group takes its description and length from it where these are empty."))
            }
            (Field::checkbox("is_part2", "Substance use records under 42 CFR Part 2").checked(!value("is_part2").is_empty()))
        }))
        (fieldset("Seats", Some("Members hold seats. When none is free, people wait in line."), html! {
            (field_row(html! {
                (Field::number("min_participants", "Least to hold it").value(value("min_participants")).errors(errors).width(Width::Tiny).min("0"))
                (Field::number("max_participants", "Seats").value(value("max_participants")).errors(errors).width(Width::Tiny).min("2")
                    .hint("Empty: as many as the organization allows."))
            }))
            (Field::radios("when_full", "When it is full", [
                Choice::new(WhenFull::Waitlist.as_str(), "Put people on the waitlist"),
                Choice::new(WhenFull::Reject.as_str(), "Refuse"),
            ]).value(value("when_full")).errors(errors))
            (Field::radios("promotion", "A seat that becomes free", [
                Choice::new(Promotion::Auto.as_str(), "Goes to the first in line at once"),
                Choice::new(Promotion::Offer.as_str(), "Is offered to the first in line").hint("Held until they answer; then the next is asked."),
                Choice::new(Promotion::Manual.as_str(), "Waits until somebody gives it"),
            ]).value(value("promotion")).errors(errors))
            (Field::number("offer_hold_hours", "An offered seat is held for").value(value("offer_hold_hours")).errors(errors)
                .suffix("hours").width(Width::Tiny).min("1").max(MOST_HOLD_HOURS))
            (Field::radios("enrollment_mode", "Enrollment", [
                Choice::new(EnrollmentMode::Open.as_str(), "Open to new members"),
                Choice::new(EnrollmentMode::Closed.as_str(), "Closed").hint("Who waits already is still promoted."),
            ]).value(value("enrollment_mode")).errors(errors))
        }))
        (fieldset("Where and who", None, where_and_who(held, offers, errors)))
        (form_actions(html! { (Button::primary(save)) (Button::quiet("Cancel").href(cancel)) }))
    })
}

/// Who leads it, where it meets, and how people take part.
fn where_and_who(held: &Held<'_>, offers: &Offers, errors: &FieldErrors) -> Markup {
    let value = held.value;
    let modalities = Modality::ALL.iter().map(|modality| (modality.as_str(), modality_name(*modality)));
    html! {
        (Field::select("facilitator_id", "Facilitator", practitioners(offers)).value(value("facilitator_id")).errors(errors)
            .hint("Without one, whoever starts a session leads it."))
        @if !offers.practitioners.is_empty() {
            (Field::checks("co_facilitator_ids", "Co-facilitators", practitioners(offers).skip(1)).values(held.co.clone()).errors(errors))
        }
        (Field::radios("leader_rule", "Its sessions are led by", [
            Choice::new(LeaderRule::Fixed.as_str(), "The facilitator and the co-facilitators"),
            Choice::new(LeaderRule::Caseload.as_str(), "The primary therapists of those who are booked").hint("With the facilitator, if there is one."),
            Choice::new(LeaderRule::Starter.as_str(), "Whoever starts them"),
        ]).value(value("leader_rule")).errors(errors))
        (field_row(html! {
            (Field::select("site_id", "Site", sites(offers)).value(value("site_id")).errors(errors))
            (Field::select("room_id", "Room", rooms(offers)).value(value("room_id")).errors(errors))
        }))
        (field_row(html! {
            (Field::select("modality", "How people take part", modalities).value(value("modality")).errors(errors))
            (Field::number("duration_minutes", "Length").value(value("duration_minutes")).errors(errors).suffix("minutes").width(Width::Tiny).min("5").max("720"))
        }))
    }
}

fn templates(held: &Held<'_>) -> impl Iterator<Item = Choice> {
    let none = std::iter::once(Choice::new("", "None"));
    none.chain(held.templates.iter().map(|(id, title)| Choice::new(id.clone(), title.clone())))
}

fn practitioners(offers: &Offers) -> impl Iterator<Item = Choice> {
    let none = std::iter::once(Choice::new("", "None"));
    none.chain(offers.practitioners.iter().map(|one| Choice::new(one.id.to_string(), one.display_name())))
}

fn sites(offers: &Offers) -> impl Iterator<Item = Choice> {
    let none = std::iter::once(Choice::new("", "None"));
    none.chain(offers.sites.iter().map(|site| Choice::new(site.id.to_string(), site.name.to_string())))
}

fn rooms(offers: &Offers) -> impl Iterator<Item = Choice> {
    let none = std::iter::once(Choice::new("", "None"));
    let site = |id: SiteId| offers.sites.iter().find(|site| site.id == id).map(|site| site.name.to_string());
    none.chain(offers.rooms.iter().map(move |room| {
        Choice::new(room.id.to_string(), room.name.to_string()).group(site(room.site_id).unwrap_or_default())
    }))
}

/// The name of a practitioner among the offers.
pub fn practitioner_name(offers: &Offers, id: PractitionerId) -> Option<String> {
    offers.practitioners.iter().find(|one| one.id == id).map(Practitioner::display_name)
}
