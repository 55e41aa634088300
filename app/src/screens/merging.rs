//! One person, two records: making a patient of a guest, and merging a duplicate; each with what would move.

use ::rules::{
    id::{GuestId, PatientId},
    permissions::Permission,
    roster::Person,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use deserr::Deserr;
use maud::{Markup, Render as _, html};
use serde_json::json;

use super::group::{FoundPerson, people_found};
use crate::{
    door::Cx,
    frame::{
        self, day,
        form::{Filled, filled, shown_again},
    },
    http::{
        PageRouter,
        extract::{At, FieldErrors as BadFields, Query, Truth, parse},
        form::{As, Form},
    },
    merging::actions::{self, ConvertGuest, MergePatient, Moved, Wish},
    people::{
        Guest, Patient,
        actions::{guests, patients},
    },
    problem::Problem,
    shell::{
        layout::Page,
        ui::{
            self, Badge, Button, Card, Column, EmptyState, Field, FieldErrors, Icon, Notice, PageHeader, Row, Table,
            Tone, definition_list, field_row, stack,
        },
    },
};

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/guests/{id}/convert", get(convert_page).post(convert))
        .route("/guests/{id}/convert/find", post(find_for_guest))
        .route("/patients/{id}/merge", get(merge_page).post(merge))
        .route("/patients/{id}/merge/find", post(find_duplicate))
}

const ASK: Wish = Wish { dry_run: Some(Truth(true)) };
const DO: Wish = Wish { dry_run: None };

/// The version the form is about: the one that was sent, else the one that is there.
fn with_version(form: &Form, version: i64) -> Form {
    let own = form.get("version").is_empty().then(|| ("version", version.to_string()));
    Form::of(form.pairs().map(|(name, text)| (name, text.to_owned())).chain(own))
}

/// What would move, and what stands in the way.
fn preview(moved: &Moved) -> Markup {
    let columns = [Column::new("Group"), Column::new("Membership"), Column::new("What becomes of it")];
    let rows = moved.stints.iter().map(|stint| {
        Row::new([
            html! { (stint.group_name) },
            html! { (stint.status) },
            html! { @if stint.both { "Both records are in it: the better place stays" } @else { "Moves" } },
        ])
    });
    let unclear = moved.unclear.iter().map(|one| format!("{} on {}", one.session_number, day(one.local_date)));
    html! {
        @if !moved.unclear.is_empty() {
            (Notice::new(Tone::Bad, "Both records have been in the same sessions.")
                .text(format!("Correct the attendance of one of them there first: {}.", unclear.collect::<Vec<_>>().join(", "))))
        }
        (Card::new("What moves").body(html! {
            (definition_list([
                ("Bookings and attendance", html! { (moved.bookings) }),
                ("Bookings that are one too many", html! { (moved.cancelled) }),
            ]))
            (Table::new("Memberships", columns).rows(rows)
                .empty(EmptyState::new(Icon::Groups, "In no group").text("No membership moves.")))
        }))
        (Notice::new(Tone::Warn, "This can't be undone.")
            .text("Signed notes stay as they were signed. Going back would mean moving every membership and booking by hand."))
    }
}

/// A search whose results lead on to `to` and the id.
fn finder(action: &str, form: &Form, to: &str, found: Option<&[FoundPerson]>) -> Markup {
    let columns = [Column::new("Name"), Column::new("Record"), Column::actions()];
    let rows = |found: &[FoundPerson]| {
        let patients = found.iter().filter_map(|one| Some((one, one.person.patient()?)));
        let rows = patients.map(|(one, id)| {
            Row::new([
                html! { (ui::Person::new(one.name.clone())) },
                html! { (one.detail) },
                html! { (Button::primary("Choose").small().context(one.name.clone()).href(format!("{to}{id}"))) },
            ])
            .id(id.to_string())
        });
        let empty = EmptyState::new(Icon::Search, "Nobody found").text("Check the spelling, or try fewer letters.");
        Table::new("Patients found", columns.clone()).rows(rows).empty(empty)
    };
    html! {
        (ui::Form::post(action).id("find").live("#found").auto().body(html! {
            (Field::search("q", "Find a patient").value(form.get("q")).autocomplete("off").max_length(200)
                .hint("Name, preferred name, record number, or birth date as 1970-04-25."))
            (Button::secondary("Search").icon(Icon::Search))
        }))
        div #found { @if let Some(found) = found { (rows(found)) } }
    }
}

// Guests --------------------------------------------------------------------------------------------------------------

/// Who is chosen already.
#[derive(Debug, Default, Deserr)]
#[deserr(error = BadFields, deny_unknown_fields)]
struct Chosen {
    #[deserr(default)]
    patient_id: Option<PatientId>,
    #[deserr(default)]
    from: Option<PatientId>,
}

async fn convert_page(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<GuestId>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let patient = chosen.patient_id;
    let page = guest_page(&cx, id, patient, &Form::default(), None, &FieldErrors::new()).await?;
    Ok(frame::show(&headers, page))
}

async fn guest_page(
    cx: &Cx,
    id: GuestId,
    patient: Option<PatientId>,
    form: &Form,
    found: Option<&[FoundPerson]>,
    errors: &FieldErrors,
) -> Result<Page, Problem> {
    let guest = guests::guest(cx, id).await?;
    let asked = ConvertGuest { patient_id: patient, patient: None };
    let moved = actions::convert(cx, id, ASK, &asked).await?;
    let path = format!("/guests/{id}");
    let form = &with_version(form, guest.version);
    let filled = filled(cx, form, errors, &format!("{path}/convert"), &path);
    let body = html! {
        (PageHeader::new("Make a patient").crumb("Guests", "/guests").crumb(guest.display_name.to_string(), path.clone()))
        (stack(html! {
            (preview(&moved))
            @match &moved.patient {
                Some(patient) => { (Card::new("Is this patient").body(known(&filled, &guest, patient))) }
                None => {
                    (Card::new("Register as a new patient").body(filled.post("Make a patient", new_patient(&filled))))
                    (Card::new("Or a patient who is registered already").body(
                        finder(&format!("{path}/convert/find"), form, &format!("{path}/convert?patient_id="), found)))
                }
            }
        }))
    };
    Ok(frame::page(cx, "guests", "Make a patient", body))
}

fn new_patient(filled: &Filled<'_>) -> Markup {
    html! {
        (field_row(html! {
            (filled.text("given_name", "Given name").required().autocomplete("off"))
            (filled.text("family_name", "Family name").required().autocomplete("off"))
        }))
        (field_row(html! {
            (filled.fill("birth_date", Field::date("birth_date", "Birth date")).min("1900-01-01").required())
            (filled.text("mrn", "MRN").max_length(40).placeholder("The next free number"))
        }))
    }
}

fn known(filled: &Filled<'_>, guest: &Guest, patient: &Patient) -> Markup {
    filled.post(
        "Make the guest this patient",
        html! {
                input type="hidden" name="patient_id" value=(patient.id);
            (definition_list([
                ("Guest", html! { (guest.display_name) }),
                ("Patient", html! { (patient.display_name()) }),
                ("MRN", html! { (patient.mrn) }),
                ("Birth date", html! { (day(patient.birth_date)) }),
            ]))
        },
    )
}

async fn find_for_guest(cx: Cx, At(id): At<GuestId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let found = people_found(&cx, form.get("q").trim()).await?;
    let page = guest_page(&cx, id, None, &form, Some(&found), &FieldErrors::new()).await?;
    Ok(page.render().into_response())
}

const NEW: &[(&str, As)] =
    &[("given_name", As::Blank), ("family_name", As::Blank), ("birth_date", As::Blank), ("mrn", As::Text)];

async fn convert(cx: Cx, At(id): At<GuestId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let cx = frame::edited(cx, &form);
    let chosen = Some(form.get("patient_id")).filter(|id| !id.is_empty());
    let asked = match chosen {
        Some(id) => json!({ "patient_id": id }),
        None => json!({ "patient": form.json(NEW) }),
    };
    let outcome = match parse::<ConvertGuest>(asked) {
        Ok(asked) => actions::convert(&cx, id, DO, &asked).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(Moved { patient: Some(patient), .. }) => {
            Ok(frame::done(&format!("/patients/{}", patient.id), "The guest is this patient from now on."))
        }
        Ok(_) => Ok(frame::done("/patients", "The guest is a patient from now on.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let errors = frame::field_errors(&problem);
            let chosen = chosen.and_then(|id| PatientId::parse(id).ok());
            Ok(frame::refused(&problem, guest_page(&cx, id, chosen, &form, None, &errors).await?))
        }
    }
}

// Patients ------------------------------------------------------------------------------------------------------------

async fn merge_page(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let page = patient_page(&cx, id, chosen.from, &Form::default(), None, &FieldErrors::new()).await?;
    Ok(frame::show(&headers, page))
}

async fn patient_page(
    cx: &Cx,
    id: PatientId,
    from: Option<PatientId>,
    form: &Form,
    found: Option<&[FoundPerson]>,
    errors: &FieldErrors,
) -> Result<Page, Problem> {
    let stays = patients::patient(cx, id).await?;
    let path = format!("/patients/{id}");
    let form = &with_version(form, stays.version);
    let filled = filled(cx, form, errors, &format!("{path}/merge"), &path);
    let body = match from {
        None => {
            let others: Option<Vec<FoundPerson>> =
                found.map(|found| found.iter().filter(|one| one.person != Person::Patient(id)).cloned().collect());
            let find = finder(&format!("{path}/merge/find"), form, &format!("{path}/merge?from="), others.as_deref());
            html! { (Card::new("Which record is the duplicate?").body(find)) }
        }
        Some(from) => {
            let goes = patients::patient(cx, from).await?;
            let moved = actions::merge(cx, id, ASK, &MergePatient { from, reason: None }).await?;
            stack(html! {
                (side_by_side(&stays, &goes))
                (preview(&moved))
                (Card::new("Merge").body(filled.post("Merge the duplicate", html! {
                    input type="hidden" name="from" value=(from);
                    (filled.fill("reason", Field::textarea("reason", "How do you know that they are one person?"))
                        .required().max_length(500))
                })))
            })
        }
    };
    let body = html! {
        (PageHeader::new("Merge a duplicate").crumb("Patients", "/patients").crumb(stays.display_name(), path.clone()))
        (body)
    };
    Ok(frame::page(cx, "patients", "Merge a duplicate", body))
}

fn side_by_side(stays: &Patient, goes: &Patient) -> Markup {
    let columns = [Column::new("What"), Column::new("Stays"), Column::new("Duplicate")];
    let text = |value: Option<&str>| value.unwrap_or("Not given").to_owned();
    let facts = |one: &Patient| {
        [
            one.names().full(),
            text(one.preferred_name.as_deref()),
            one.mrn.to_string(),
            day(one.birth_date),
            text(one.phone.as_deref()),
            text(one.email.as_deref()),
            text(one.address.as_deref()),
        ]
    };
    let labels = ["Name", "Preferred name", "MRN", "Birth date", "Telephone", "E-mail", "Address"];
    let rows = labels.into_iter().zip(facts(stays)).zip(facts(goes)).map(|((label, own), other)| {
        let differs = own != other;
        Row::new([
            html! { (label) },
            html! { (own) },
            html! { (other) @if differs { " " (Badge::new(Tone::Warn, "Differs")) } },
        ])
    });
    html! { (Card::new("Side by side").flush().body(html! { (Table::new("Side by side", columns).rows(rows)) })) }
}

async fn find_duplicate(cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let found = people_found(&cx, form.get("q").trim()).await?;
    let page = patient_page(&cx, id, None, &form, Some(&found), &FieldErrors::new()).await?;
    Ok(page.render().into_response())
}

async fn merge(cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let cx = frame::edited(cx, &form);
    let outcome = match form.read::<MergePatient>(&[("from", As::Text), ("reason", As::Blank)]) {
        Ok(asked) => actions::merge(&cx, id, DO, &asked).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(&format!("/patients/{id}"), "Merged: everything of the duplicate is here now.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let errors = frame::field_errors(&problem);
            let from = PatientId::parse(form.get("from")).ok();
            Ok(frame::refused(&problem, patient_page(&cx, id, from, &form, None, &errors).await?))
        }
    }
}
