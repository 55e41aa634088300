//! `/patients`.

use ::rules::{
    id::{PatientId, PractitionerId},
    permissions::Permission,
};
use axum::{http::HeaderMap, response::Response, routing::get};

use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, text, tick},
    },
    http::{
        PageRouter,
        extract::At,
        form::{As, Form},
    },
    people::{
        actions::{
            guests::{self, ListGuests},
            patients::{self as actions, ChangePatient, ListPatients, NewPatient},
            practitioners,
        },
        store::Patient,
        view::patients as view,
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const SECTION: &str = "patients";

/// What both forms have; in a known patient's, an empty field clears.
const FIELDS: &[(&str, As)] = &[
    ("given_name", As::Blank),
    ("family_name", As::Blank),
    ("preferred_name", As::Clearable),
    ("other_given_name", As::Clearable),
    ("other_family_name", As::Clearable),
    ("birth_date", As::Blank),
    ("sex", As::Clearable),
    ("phone", As::Clearable),
    ("email", As::Clearable),
    ("address", As::Clearable),
    ("primary_therapist_id", As::Clearable),
];

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/patients", get(list).post(add))
        .route("/patients/search", get(list).post(search))
        .route("/patients/new", get(new))
        .route("/patients/{id}", get(overview))
        .route("/patients/{id}/edit", get(edit).post(change))
}

async fn list(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    search(cx, headers, Form::default()).await
}

async fn search(cx: Cx, headers: HeaderMap, sent: Form) -> Result<Response, Problem> {
    let wanted: ListPatients = sent.read(&[("q", As::Text), ("status", As::Text), ("cursor", As::Text)])?;
    let page = actions::list_patients(&cx, &wanted).await?;
    let therapists: Vec<PractitionerId> =
        page.items.iter().filter_map(|patient| patient.primary_therapist_id).collect();
    let names = practitioners::names(&cx, &therapists).await?;
    let may_add = cx.permissions.allows(Permission::PatientManage);
    let body = view::list(&page, &sent, &names, cx.today(), may_add);
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Patients", body)))
}

async fn new(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    Ok(frame::show(&headers, new_page(&cx, &Form::default(), &FieldErrors::new()).await?))
}

async fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let therapists = practitioners::choices(cx, None).await?;
    let body = view::new(&filled(cx, form, errors, "/patients", "/patients"), &therapists);
    Ok(frame::page(cx, SECTION, "Register patient", body))
}

async fn add(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let fields = [FIELDS, &[("mrn", As::Text)]].concat();
    let outcome = match form.read::<NewPatient>(&fields) {
        Ok(new) => actions::add_patient(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(patient) => Ok(frame::done(&format!("/patients/{}", patient.id), "The patient is registered.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &form, &frame::field_errors(&problem)).await?))
        }
    }
}

async fn overview(cx: Cx, headers: HeaderMap, At(id): At<PatientId>) -> Result<Response, Problem> {
    let patient = actions::patient(&cx, id).await?;
    let therapist: Vec<PractitionerId> = patient.primary_therapist_id.into_iter().collect();
    let names = practitioners::names(&cx, &therapist).await?;
    let body = view::frame(&cx, &patient, "", view::overview(&patient, &names, &around(&cx, &patient).await?));
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Patient", body)))
}

async fn around(cx: &Cx, patient: &Patient) -> Result<view::Around, Problem> {
    let allows = |permission| cx.permissions.allows(permission);
    let merged_into = match patient.merged_into {
        Some(id) => Some(actions::patient(cx, id).await?),
        None => None,
    };
    let relatives = match allows(Permission::GroupRead) {
        true => {
            let list = ListGuests { related_patient_id: Some(patient.id), ..ListGuests::default() };
            Some(guests::list_guests(cx, &list).await?.items)
        }
        false => None,
    };
    let (may_add_relative, may_merge) = (allows(Permission::GuestManage), allows(Permission::PatientManage));
    Ok(view::Around { merged_into, relatives, may_add_relative, may_merge })
}

async fn edit(cx: Cx, headers: HeaderMap, At(id): At<PatientId>) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let patient = actions::patient(&cx, id).await?;
    let page = edit_page(&cx, &patient, &stored(&patient), &FieldErrors::new()).await?;
    Ok(frame::show(&headers, page))
}

async fn edit_page(cx: &Cx, patient: &Patient, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let therapists = practitioners::choices(cx, patient.primary_therapist_id).await?;
    let path = format!("/patients/{}", patient.id);
    let form = filled(cx, form, errors, &format!("{path}/edit"), &path);
    let body = view::frame(cx, patient, "/edit", view::edit(&form, &therapists));
    Ok(frame::page(cx, SECTION, "Patient", body))
}

/// The form as it stands before anybody types.
fn stored(patient: &Patient) -> Form {
    Form::of([
        ("version", patient.version.to_string()),
        ("mrn", patient.mrn.to_string()),
        ("given_name", patient.given_name.to_string()),
        ("family_name", patient.family_name.to_string()),
        ("preferred_name", text(patient.preferred_name.as_deref())),
        ("other_given_name", text(patient.other_given_name.as_deref())),
        ("other_family_name", text(patient.other_family_name.as_deref())),
        ("birth_date", patient.birth_date.to_string()),
        ("sex", text(patient.sex.as_deref())),
        ("phone", text(patient.phone.as_deref())),
        ("email", text(patient.email.as_deref())),
        ("address", text(patient.address.as_deref())),
        ("primary_therapist_id", patient.primary_therapist_id.map(|id| id.to_string()).unwrap_or_default()),
        ("is_active", tick(patient.is_active)),
    ])
}

async fn change(cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::PatientManage).await?;
    let cx = frame::edited(cx, &form);
    let fields = [FIELDS, &[("mrn", As::Blank), ("is_active", As::Truth)]].concat();
    let outcome = match form.read::<ChangePatient>(&fields) {
        Ok(change) => actions::change_patient(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(&format!("/patients/{id}"), "Saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let patient = actions::patient(&cx, id).await?;
            Ok(frame::refused(&problem, edit_page(&cx, &patient, &form, &frame::field_errors(&problem)).await?))
        }
    }
}
