//! Patients: the list, the form, the page of one.

use std::collections::BTreeMap;

use ::rules::{id::PractitionerId, people::age, permissions::Permission};
use jiff::civil::Date;
use maud::{Markup, html};

use super::{activity, activity_filter, pager_by_form};
use crate::{
    door::Cx,
    frame::{
        day,
        form::{Filled, with_none},
    },
    http::form::Form,
    paging::Page,
    people::store::{Guest, Patient, Practitioner},
    shell::ui::{
        Button, Card, Column, EmptyState, Field, FilterBar, Icon, Notice, PageHeader, Person, Row, Tab, Table, Tone,
        Width, definition_list, field_row, fieldset, quiet, split, tabs,
    },
};

/// Where the tab of group sessions is.
const CHART: &str = "/chart";

/// The pages of a patient: label, what follows the patient's address, permission. A later room adds its own here.
const TABS: &[(&str, &str, Permission)] = &[
    ("Overview", "", Permission::PatientRead),
    ("Groups", "/groups", Permission::GroupRead),
    ("Sessions", "/sessions", Permission::GroupEncounterRead),
    // The settings say what it is called.
    ("", CHART, Permission::ChartRead),
    ("Disclosures", "/disclosures", Permission::ChartRead),
    ("Consents", "/consents", Permission::PatientRead),
    ("Keep apart", "/keep-apart", Permission::KeepApartManage),
    ("Calendar feed", "/feed", Permission::ParticipantBook),
    ("Edit", "/edit", Permission::PatientManage),
];

/// The names of practitioners that a page shows.
pub type Names = BTreeMap<PractitionerId, String>;

/// The list, and the search above it.
pub fn list(page: &Page<Patient>, sent: &Form, therapists: &Names, today: Date, may_add: bool) -> Markup {
    let add = Button::primary("Register patient").icon(Icon::Plus).href("/patients/new");
    let search = FilterBar::post("/patients/search", "#patients")
        .field(
            Field::search("q", "Search by name, MRN or birth date")
                .value(sent.get("q"))
                .label_hidden()
                .placeholder("Name, MRN or birth date")
                .autocomplete("off")
                .max_length(200),
        )
        .field(activity_filter(sent.get("status")));
    let columns = [
        Column::new("Patient"),
        Column::new("MRN"),
        Column::new("Born"),
        Column::new("Primary therapist"),
        Column::new("Status"),
    ];
    let rows = page.items.iter().map(|patient| row(patient, therapists, today));
    let table = Table::new("Patients", columns).rows(rows).empty(nobody(sent, may_add));
    html! {
        (PageHeader::new("Patients").actions(html! { @if may_add { (add) } }))
        (Card::new("All patients").flush().body(html! {
            (search)
            div #patients {
                (table)
                (pager_by_form(page, "/patients/search", sent, "#patients"))
            }
        }))
    }
}

fn row(patient: &Patient, therapists: &Names, today: Date) -> Row {
    let therapist = patient.primary_therapist_id.and_then(|id| therapists.get(&id));
    let other = patient.names().other.map(|(given, family)| format!("{given} {family}").trim().to_owned());
    let person = Person::new(patient.display_name());
    let person = if let Some(other) = other { person.detail(other) } else { person };
    Row::new([
        html! { (person) },
        html! { (patient.mrn) },
        html! { (day(patient.birth_date)) " " (quiet(&format!("({})", age(patient.birth_date, today)))) },
        html! { @if let Some(name) = therapist { (name) } @else { (quiet("None")) } },
        html! { (activity(patient.is_active)) },
    ])
    .id(patient.id.to_string())
    .href(format!("/patients/{}", patient.id))
    .muted(!patient.is_active)
}

fn nobody(sent: &Form, may_add: bool) -> EmptyState {
    if !sent.get("q").trim().is_empty() {
        let text =
            "Every word must begin one of the patient's names or the MRN. Try fewer letters, or look under “All”.";
        return EmptyState::new(Icon::Search, "Nobody is found by these words").text(text);
    }
    let empty = EmptyState::new(Icon::Patients, "No patients here");
    if !may_add {
        return empty.text("Patients appear here once they are registered.");
    }
    empty
        .text("Register the first patient; groups and sessions can have them then.")
        .actions(html! { (Button::primary("Register patient").icon(Icon::Plus).href("/patients/new")) })
}

/// The page of one patient around what a tab shows; `current` is what follows the patient's address.
pub fn frame(cx: &Cx, patient: &Patient, current: &str, body: Markup) -> Markup {
    let path = format!("/patients/{}", patient.id);
    let look = &cx.request.look;
    let is_used = |after: &str| look.group_sessions || !["/groups", CHART].contains(&after);
    let shown = TABS.iter().filter(|(_, after, permission)| cx.permissions.allows(*permission) && is_used(after));
    let tab = |(label, after, _): &(&str, &'static str, Permission)| {
        let label = if *after == CHART { look.chart_tab.clone() } else { (*label).to_owned() };
        Tab::new(label, format!("{path}{after}")).current(*after == current)
    };
    let list: Vec<Tab> = shown.map(tab).collect();
    let born = format!("Born {}, {} years", day(patient.birth_date), age(patient.birth_date, cx.today()));
    html! {
        (PageHeader::new(patient.display_name())
            .crumb("Patients", "/patients")
            .status(html! { (activity(patient.is_active)) })
            .fact(Icon::Person, numbered(&patient.mrn))
            .fact(Icon::Calendar, born))
        (tabs("Patient", &list))
        (body)
    }
}

/// A record number that says what it is.
fn numbered(mrn: &str) -> String {
    if mrn.starts_with("MRN") { mrn.to_owned() } else { format!("MRN {mrn}") }
}

/// Who belongs to a patient's record, and what the caller may do about it.
#[derive(Debug, Default)]
pub struct Around {
    /// The patient this record was a duplicate of.
    pub merged_into: Option<Patient>,
    /// Guests who are relatives, partners or sponsors; none when the caller may not see guests.
    pub relatives: Option<Vec<Guest>>,
    /// Whether relatives may be added.
    pub may_add_relative: bool,
    /// Whether a duplicate may be merged into this record.
    pub may_merge: bool,
}

/// What is known of a patient.
pub fn overview(patient: &Patient, therapists: &Names, around: &Around) -> Markup {
    let names = patient.names();
    let or_none = |text: Option<&str>| match text {
        Some(text) => html! { (text) },
        None => quiet("Not given"),
    };
    let other = names.other.map(|(given, family)| format!("{given} {family}"));
    let therapist = patient.primary_therapist_id.and_then(|id| therapists.get(&id)).map(String::as_str);
    let main = html! {
        @if let Some(stays) = &around.merged_into {
            (Notice::new(Tone::Info, format!("Merged into {} ({}).", stays.display_name(), stays.mrn))
                .text("This record is a duplicate: everything is found under the patient it was merged into."))
            p { a href={ "/patients/" (stays.id) } { "Open " (stays.display_name()) } }
        }
        (Card::new("Names").body(definition_list([
            ("Full name", html! { (names.full()) }),
            ("Preferred name", or_none(patient.preferred_name.as_deref())),
            ("In another language", or_none(other.as_deref().map(str::trim))),
        ])))
        (Card::new("Contact").body(definition_list([
            ("Telephone", or_none(patient.phone.as_deref())),
            ("E-mail", or_none(patient.email.as_deref())),
            ("Address", or_none(patient.address.as_deref())),
        ])))
    };
    let aside = html! {
        (Card::new("Care").body(definition_list([
            ("Primary therapist", or_none(therapist)),
            ("MRN", html! { (patient.mrn) }),
            ("Birth date", html! { (day(patient.birth_date)) }),
            ("Sex", or_none(patient.sex.as_deref())),
        ])))
        @if !patient.former_mrns.is_empty() {
            (Card::new("Merged duplicates").body(definition_list([
                ("Former MRNs", html! { (patient.former_mrns.join(", ")) }),
                ("Former names", html! { (patient.former_names.join(", ")) }),
            ])))
        }
        @if let Some(relatives) = &around.relatives {
            (Card::new("Relatives and guests").body(html! {
                @if relatives.is_empty() { p { (quiet("Nobody is noted.")) } }
                @else { ul { @for guest in relatives {
                    li {
                        a href={ "/guests/" (guest.id) } { (guest.display_name) }
                        @if let Some(what) = &guest.relationship { ", " (what) }
                    }
                } } }
                @if around.may_add_relative && patient.merged_into.is_none() {
                    (Button::quiet("Add a relative").icon(Icon::Plus)
                        .href(format!("/guests/new?related_patient_id={}", patient.id)))
                }
            }))
        }
        @if around.may_merge && patient.is_active {
            (Card::new("Registered twice?").body(html! {
                (Button::secondary("Merge a duplicate…").href(format!("/patients/{}/merge", patient.id)))
            }))
        }
    };
    split(main, aside)
}

/// Registering.
pub fn new(filled: &Filled<'_>, therapists: &[Practitioner]) -> Markup {
    html! {
        (PageHeader::new("Register patient").crumb("Patients", "/patients"))
        (Card::new("Patient").body(filled.post("Register patient", fields(filled, therapists, false))))
    }
}

/// Changing.
pub fn edit(filled: &Filled<'_>, therapists: &[Practitioner]) -> Markup {
    html! { (Card::new("Patient").body(filled.post("Save", fields(filled, therapists, true)))) }
}

fn fields(filled: &Filled<'_>, therapists: &[Practitioner], is_known: bool) -> Markup {
    let choices = therapists.iter().map(|one| (one.id.to_string(), one.display_name()));
    let sexes = [("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown")];
    let sexes = sexes.map(|(value, label)| (value.to_owned(), label.to_owned()));
    let mrn = filled.text("mrn", "MRN").max_length(40).width(Width::Medium);
    let mrn = if is_known { mrn.required() } else { mrn.placeholder("The next free number") };
    html! {
        (field_row(html! {
            (filled.text("given_name", "Given name").required().autocomplete("off"))
            (filled.text("family_name", "Family name").required().autocomplete("off"))
        }))
        (filled.text("preferred_name", "Preferred name").hint("How the patient wants to be called.").autocomplete("off"))
        (field_row(html! {
            (filled.fill("birth_date", Field::date("birth_date", "Birth date")).min("1900-01-01").required())
            (filled.fill("sex", Field::select("sex", "Sex", with_none("Not given", sexes))))
            (mrn)
        }))
        (fieldset("Name in another language or script", None, field_row(html! {
            (filled.text("other_given_name", "Given name").autocomplete("off"))
            (filled.text("other_family_name", "Family name").autocomplete("off"))
        })))
        (fieldset("Contact", None, html! {
            (field_row(html! {
                (filled.fill("phone", Field::telephone("phone", "Telephone")).max_length(50).autocomplete("off"))
                (filled.fill("email", Field::email("email", "E-mail")).max_length(254).autocomplete("off"))
            }))
            (filled.fill("address", Field::textarea("address", "Address")).rows(2).max_length(500))
        }))
        (filled.fill("primary_therapist_id", Field::select("primary_therapist_id", "Primary therapist", with_none("None", choices))))
        @if is_known { (filled.tick("is_active", "In treatment")) }
    }
}
