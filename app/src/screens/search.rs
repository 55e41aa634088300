//! Search everywhere: patients, guests and groups by the beginnings of words. A POST, so that no name is in an address.

use ::rules::{permissions::Permission, text::Text};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, Render as _, html};

use crate::{
    door::Cx,
    frame,
    groups::{
        self,
        actions::{GroupView, ListGroups},
        view::{badges, type_name},
    },
    http::{PageRouter, form::Form},
    paging::Limit,
    people::{
        Guest, Patient,
        actions::{
            guests::{self, ListGuests},
            patients::{self, ListPatients},
        },
    },
    problem::Problem,
    shell::ui::{self, Button, Card, Column, EmptyState, Field, Icon, PageHeader, Row, Table},
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new().route("/search", get(ask).post(find))
}

/// Rows of each kind.
const FOUND_MAX: usize = 20;

#[derive(Default)]
struct Found {
    patients: Vec<Patient>,
    guests: Vec<Guest>,
    groups: Vec<GroupView>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.patients.is_empty() && self.guests.is_empty() && self.groups.is_empty()
    }
}

async fn ask(cx: Cx, headers: HeaderMap) -> Response {
    frame::show(&headers, frame::page(&cx, "", "Search", view("", None)))
}

async fn find(cx: Cx, form: Form) -> Result<Response, Problem> {
    let question = form.get("q").trim();
    let found = if question.is_empty() { Found::default() } else { look(&cx, question).await? };
    Ok(frame::page(&cx, "", "Search", view(question, Some(&found))).render().into_response())
}

/// What the caller may see of what fits.
async fn look(cx: &Cx, question: &str) -> Result<Found, Problem> {
    let q = Text::parse(question).map_err(|error| Problem::invalid_field("q", "invalid", error.to_string()))?;
    let (q, limit) = (Some(q), Some(Limit(FOUND_MAX)));
    let mut found = Found::default();
    if cx.permissions.allows(Permission::PatientRead) {
        let list = ListPatients { q: q.clone(), limit, ..ListPatients::default() };
        found.patients = patients::list_patients(cx, &list).await?.items;
    }
    if cx.permissions.allows(Permission::GroupRead) {
        found.guests = guests::list_guests(cx, &ListGuests { q, limit, ..ListGuests::default() }).await?.items;
    }
    if cx.permissions.allows(Permission::GroupRead) && cx.request.look.group_sessions {
        let list = ListGroups { q: Some(question.to_owned()), limit, ..ListGroups::default() };
        found.groups = groups::actions::list(cx, &list).await?.items;
    }
    Ok(found)
}

fn view(question: &str, found: Option<&Found>) -> Markup {
    html! {
        (PageHeader::new("Search").lede("Patients by name, record number or birth date; guests and groups by name."))
        (ui::Form::post("/search").id("search").live("#found").body(html! {
            (Field::search("q", "Search for").value(question).autofocus().max_length(200))
            (Button::primary("Search").icon(Icon::Search))
        }))
        div #found.stack {
            @if let Some(found) = found {
                @if found.is_empty() {
                    (EmptyState::new(Icon::Search, "Nothing found").text("Check the spelling, or try fewer letters."))
                }
                (patients_card(&found.patients))
                (guests_card(&found.guests))
                (groups_card(&found.groups))
            }
        }
    }
}

fn patients_card(patients: &[Patient]) -> Markup {
    let row = |one: &Patient| {
        let person = ui::Person::new(one.display_name()).href(format!("/patients/{}", one.id));
        Row::new([
            html! { (person) },
            html! { (one.mrn) },
            html! { (one.birth_date.strftime("%-d %b %Y").to_string()) },
        ])
    };
    let columns = [Column::new("Name"), Column::new("MRN"), Column::new("Born")];
    card("Patients", !patients.is_empty(), Table::new("Patients", columns).rows(patients.iter().map(row)))
}

fn guests_card(guests: &[Guest]) -> Markup {
    let row = |one: &Guest| {
        let person = ui::Person::new(one.display_name.to_string()).guest(true).href(format!("/guests/{}", one.id));
        Row::new([html! { (person) }, html! { (one.notes) }])
    };
    let columns = [Column::new("Name"), Column::new("Remarks")];
    card("Guests", !guests.is_empty(), Table::new("Guests", columns).rows(guests.iter().map(row)))
}

fn groups_card(groups: &[GroupView]) -> Markup {
    let row = |one: &GroupView| {
        let name = html! { a href={ "/groups/" (one.group.id) } { (one.group.name) } };
        Row::new([name, html! { (type_name(one.group.r#type)) }, badges(one)])
    };
    let columns = [Column::new("Name"), Column::new("Type"), Column::new("State")];
    card("Groups", !groups.is_empty(), Table::new("Groups", columns).rows(groups.iter().map(row)))
}

fn card(title: &str, shown: bool, table: Table) -> Markup {
    html! { @if shown { (Card::new(title).flush().body(html! { (table) })) } }
}
