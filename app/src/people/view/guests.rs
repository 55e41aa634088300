//! Guests: the list, the form, the page of one.

use maud::{Markup, html};

use super::{activity, activity_filter, pager_by_form};
use crate::{
    frame::form::Filled,
    http::form::Form,
    paging::Page,
    people::store::Guest,
    shell::ui::{
        Button, Card, Column, EmptyState, Field, FilterBar, Icon, Notice, PageHeader, Person, Row, Table, Tone,
        definition_list, field_row, quiet,
    },
};

/// The parts of a contact that the form asks for.
pub const CONTACT: &[(&str, &str)] = &[("relation", "Relation"), ("phone", "Telephone"), ("email", "E-mail")];

/// What the caller may do with a guest.
#[derive(Debug, Clone, Copy)]
pub struct May {
    /// See and make the calendar feed.
    pub book: bool,
    /// See the guest's consents.
    pub consents: bool,
    /// Make a patient of the guest.
    pub convert: bool,
}

/// The list, and the search above it.
pub fn list(page: &Page<Guest>, sent: &Form, may_add: bool) -> Markup {
    let add = || Button::primary("Add guest").icon(Icon::Plus).href("/guests/new");
    let search = FilterBar::post("/guests/search", "#guests")
        .field(
            Field::search("q", "Search by name")
                .value(sent.get("q"))
                .label_hidden()
                .placeholder("Name")
                .autocomplete("off")
                .max_length(200),
        )
        .field(activity_filter(sent.get("status")));
    let empty = if sent.get("q").trim().is_empty() {
        EmptyState::new(Icon::Guests, "No guests here")
            .text("Guests take part without being patients: a partner, a sponsor, a speaker.")
            .actions(html! { @if may_add { (add()) } })
    } else {
        EmptyState::new(Icon::Search, "Nobody is found by these words").text("Try fewer letters, or look under “All”.")
    };
    let columns = [Column::new("Guest"), Column::new("Contact"), Column::new("Status")];
    html! {
        (PageHeader::new("Guests").actions(html! { @if may_add { (add()) } }))
        (Card::new("All guests").flush().body(html! {
            (search)
            div #guests {
                (Table::new("Guests", columns).rows(page.items.iter().map(row)).empty(empty))
                (pager_by_form(page, "/guests/search", sent, "#guests"))
            }
        }))
    }
}

fn row(guest: &Guest) -> Row {
    let told: Vec<&str> = CONTACT.iter().filter_map(|(name, _)| guest.contact.get(*name)?.as_str()).collect();
    Row::new([
        html! { (Person::new(guest.display_name.to_string())) },
        html! { @if told.is_empty() { (quiet("None")) } @else { (told.join(" · ")) } },
        html! { (activity(guest.is_active)) },
    ])
    .id(guest.id.to_string())
    .href(format!("/guests/{}", guest.id))
    .muted(!guest.is_active)
}

/// Adding.
pub fn new(filled: &Filled<'_>) -> Markup {
    html! {
        (PageHeader::new("Add guest").crumb("Guests", "/guests"))
        (Card::new("Guest").body(filled.post("Add guest", fields(filled, false))))
    }
}

/// One guest: to be changed, or only read.
pub fn one(guest: &Guest, related: Option<&str>, filled: Option<&Filled<'_>>, may: May) -> Markup {
    let others = guest.contact.iter().filter(|(name, _)| CONTACT.iter().all(|(known, _)| known != name));
    let others: Vec<(String, Markup)> = others
        .map(|(name, value)| {
            (name.replace('_', " "), html! { (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) })
        })
        .collect();
    let told = CONTACT.iter().map(|(name, label)| {
        let value = guest.contact.get(*name).and_then(|value| value.as_str()).unwrap_or("Not given");
        (*label, html! { (value) })
    });
    html! {
        (PageHeader::new(guest.display_name.to_string())
            .crumb("Guests", "/guests")
            .status(html! { (activity(guest.is_active)) })
            .actions(html! {
                @if may.convert && guest.converted_at.is_none() {
                    (Button::secondary("Make a patient…").icon(Icon::Person).href(format!("/guests/{}/convert", guest.id)))
                }
                @if may.consents {
                    (Button::quiet("Consents").icon(Icon::Check).href(format!("/guests/{}/consents", guest.id)))
                }
                @if may.book {
                    (Button::quiet("Calendar feed").icon(Icon::Calendar).href(format!("/guests/{}/feed", guest.id)))
                }
            }))
        @if let (Some(_), Some(patient)) = (guest.converted_at, guest.patient_id) {
            (Notice::new(Tone::Info, "This guest is a patient now.").text("Memberships and bookings are the patient's."))
            p { a href={ "/patients/" (patient) } { "Open the patient" } }
        }
        @if let (Some(name), Some(patient)) = (related, guest.related_patient_id) {
            (Card::new("Belongs to").body(definition_list([
                ("Patient", html! { a href={ "/patients/" (patient) } { (name) } }),
                ("Relationship", html! {
                    @if let Some(what) = &guest.relationship { (what) } @else { (quiet("Not given")) }
                }),
            ])))
        }
        @match filled {
            Some(filled) => { (Card::new("Guest").body(filled.post("Save", fields(filled, true)))) }
            None => {
                (Card::new("Guest").body(definition_list(told.chain([("Notes", html! { (guest.notes) })]))))
            }
        }
        @if !others.is_empty() { (Card::new("More contact details").body(definition_list(others))) }
    }
}

fn fields(filled: &Filled<'_>, is_known: bool) -> Markup {
    html! {
        (filled.text("display_name", "Name").required().autocomplete("off"))
        (filled.text("relation", "Relation").hint("To whom they belong, or why they come."))
        @if !filled.value("related_patient_id").is_empty() {
            input type="hidden" name="related_patient_id" value=(filled.value("related_patient_id"));
            (filled.text("relationship", "Relationship to the patient").max_length(100)
                .hint("Mother, partner, sponsor: what they are to the patient."))
        }
        (field_row(html! {
            (filled.fill("phone", Field::telephone("phone", "Telephone")).max_length(50).autocomplete("off"))
            (filled.fill("email", Field::email("email", "E-mail")).max_length(254).autocomplete("off"))
        }))
        (filled.fill("notes", Field::textarea("notes", "Notes")).max_length(4000))
        @if is_known { (filled.tick("is_active", "May be added to groups")) }
    }
}
