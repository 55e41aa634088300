//! `/patients/{id}/disclosures`, `/patients/{id}/chart/print` and `/disclosures/{id}`.

use ::rules::{
    id::{ChartEntryId, DisclosureId, GroupId, PatientId},
    permissions::Permission,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use deserr::Deserr;
use maud::Markup;
use serde_json::{Value, json};

use super::{
    actions::{self, ListDisclosures, NewDisclosure},
    view::{self, Held, What},
};
use crate::{
    chart::released::is_part2_record,
    door::{Cx, Principal},
    frame::{
        self,
        form::{asks_again, filled},
    },
    http::{
        PageRouter,
        extract::{At, Parsed, Query, parse},
        form::{As, Form},
    },
    identity::actions::{self as identity, Reauthenticate},
    paging::Paged,
    people::{Patient, actions::patients, view::patients as patient_view},
    problem::{FieldError, Problem},
    shell::{layout::Page, ui::FieldErrors},
    when::Day,
};

/// The section of the navigation.
const SECTION: &str = "patients";
/// The style of what is printed.
const STYLE: &str = "paper.css";

/// What is asked of whoever discloses something.
const FIELDS: &[(&str, As)] = &[
    ("recipient_name", As::Text),
    ("recipient_organization", As::Text),
    ("recipient_address", As::Text),
    ("requested_by", As::Text),
    ("purpose", As::Text),
    ("purpose_detail", As::Text),
    ("basis", As::Text),
    ("basis_detail", As::Text),
    ("consent_id", As::Text),
    ("method", As::Text),
    ("description", As::Text),
    ("is_part2", As::Text),
    ("date_from", As::Text),
    ("date_to", As::Text),
    ("group_id", As::Text),
    ("disclosed_on", As::Text),
];

/// The routes of the pages.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/patients/{id}/disclosures", get(of_patient).post(log))
        .route("/patients/{id}/disclosures/accounting", get(accounting))
        .route("/patients/{id}/disclosures/csv", get(csv).post(prove_csv))
        .route("/patients/{id}/chart/print", get(ask_print).post(disclose))
        .route("/disclosures/{id}", get(show))
        .route("/disclosures/{id}/print", get(print).post(prove_print))
        .route("/disclosures/{id}/pdf", get(pdf).post(prove_pdf))
}

/// Around what is shown of a patient's disclosures.
fn around(cx: &Cx, patient: &Patient, title: &str, body: Markup) -> Page {
    let body = patient_view::frame(cx, patient, "/disclosures", body);
    frame::page(cx, SECTION, format!("{}: {title}", patient.mrn), body)
}

// The log of a patient --------------------------------------------------------------------------------------------------

async fn of_patient(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(paged): Query<Paged>,
) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    Ok(frame::show(&headers, list_page(&cx, id, &paged, &Form::default(), &FieldErrors::new()).await?))
}

async fn list_page(cx: &Cx, id: PatientId, paged: &Paged, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let patient = patients::patient(cx, id).await?;
    let list = ListDisclosures {
        patient_id: Some(id),
        limit: paged.limit,
        cursor: paged.cursor.clone(),
        ..ListDisclosures::default()
    };
    let found = actions::list(cx, &list).await?;
    let held = Held { consents: &actions::consents(cx, id).await?, is_part2: is_part2_record(cx, id).await? };
    let here = format!("/patients/{id}/disclosures");
    let filled = filled(cx, form, errors, &here, &here);
    Ok(around(cx, &patient, "disclosures", view::log(cx, id, &found, &filled, &held, paged.cursor.is_none())))
}

/// Logs what was disclosed otherwise than as a document of the chart.
async fn log(cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    let made = match read(id, &form, None) {
        Ok(new) => actions::make(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match made {
        Ok(_) => Ok(frame::done(&format!("/patients/{id}/disclosures"), "The disclosure is logged.")),
        Err(problem) if problem.is_about_input() => {
            let errors = frame::labelled_errors(view::LABELS, &problem);
            Ok(frame::refused(&problem, list_page(&cx, id, &Paged::default(), &form, &errors).await?))
        }
        Err(problem) => Err(problem),
    }
}

/// The days of what is printed: the page prints days or one entry, and nothing else.
fn days_missing(form: &Form) -> Vec<FieldError> {
    let asked = ["date_from", "date_to"].into_iter().filter(|_| form.get("entry_id").is_empty());
    asked.filter(|day| form.get(day).is_empty()).map(|day| FieldError::new(day, "missing", "is required")).collect()
}

/// A refusal with what else is wrong with the form.
fn together(problem: Problem, missing: Vec<FieldError>) -> Problem {
    if missing.is_empty() || !problem.is_about_input() {
        return problem;
    }
    // Without its days a printed chart looks like something else that is logged.
    let not_asked =
        |error: &&FieldError| error.field != "description" && missing.iter().all(|one| one.field != error.field);
    let others: Vec<FieldError> = problem.errors().iter().filter(not_asked).cloned().collect();
    Problem::invalid(missing.into_iter().chain(others).collect())
}

/// The form in the words of the API.
fn read(patient: PatientId, form: &Form, entry: Option<&str>) -> Result<NewDisclosure, Problem> {
    let mut fields = form.json(FIELDS);
    fields["patient_id"] = Value::from(patient.to_string());
    if let Some(entry) = entry {
        fields["entry_ids"] = json!([entry]);
    }
    parse(fields)
}

async fn accounting(cx: Cx, headers: HeaderMap, At(id): At<PatientId>) -> Result<Response, Problem> {
    let (patient, disclosures) = actions::accounting(&cx, id, false).await?;
    let body = view::accounting(&cx, &patient, &disclosures);
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Accounting of disclosures", body).style(STYLE)))
}

// Printing and sending --------------------------------------------------------------------------------------------------

/// What of a chart is to leave.
#[derive(Debug, Clone, Default, Deserr)]
#[deserr(error = crate::http::extract::FieldErrors, deny_unknown_fields)]
struct Wanted {
    #[deserr(default)]
    entry_id: Option<ChartEntryId>,
    #[deserr(default)]
    date_from: Option<Parsed<Day>>,
    #[deserr(default)]
    date_to: Option<Parsed<Day>>,
    #[deserr(default)]
    group_id: Option<GroupId>,
}

async fn ask_print(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    let day = |day: Option<Parsed<Day>>| day.map(|day| day.0.0.to_string()).unwrap_or_default();
    let form = Form::of([
        ("entry_id", wanted.entry_id.map(|id| id.to_string()).unwrap_or_default()),
        ("date_from", day(wanted.date_from)),
        ("date_to", day(wanted.date_to)),
        ("group_id", wanted.group_id.map(|id| id.to_string()).unwrap_or_default()),
    ]);
    Ok(frame::show(&headers, print_page(&cx, id, &form, &FieldErrors::new()).await?))
}

async fn print_page(cx: &Cx, id: PatientId, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let patient = patients::patient(cx, id).await?;
    let consents = actions::consents(cx, id).await?;
    let groups = actions::groups(cx, id).await?;
    let filled = filled(cx, form, errors, &format!("/patients/{id}/chart/print"), &format!("/patients/{id}/chart"));
    let what = What { groups: &groups, asks_password: cx.require_fresh_proof().is_err() };
    let body = view::print_form(&filled, &consents, &what);
    let body = patient_view::frame(cx, &patient, "/chart", body);
    Ok(frame::page(cx, SECTION, format!("{}: print or send", patient.mrn), body))
}

async fn disclose(mut cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    let entry = Some(form.get("entry_id")).filter(|entry| !entry.is_empty());
    let missing = days_missing(&form);
    let made = match (prove(&mut cx, &form).await, read(id, &form, entry)) {
        (Ok(()), Ok(new)) if missing.is_empty() => actions::make(&cx, &new).await,
        (Ok(()), Ok(_)) => Err(Problem::invalid(missing)),
        (Err(problem), _) | (Ok(()), Err(problem)) => Err(together(problem, missing)),
    };
    match made {
        Ok(made) => Ok(frame::done(&format!("/disclosures/{}/print", made.disclosure.id), "The disclosure is logged.")),
        Err(problem) if asks_again(&problem) => {
            let errors = frame::labelled_errors(view::LABELS, &problem);
            Ok(frame::refused(&problem, print_page(&cx, id, &form, &errors).await?))
        }
        Err(problem) => Err(problem),
    }
}

/// Proves who the caller is by the password of a form, if there is one.
async fn prove(cx: &mut Cx, form: &Form) -> Result<(), Problem> {
    if form.get("password").is_empty() {
        return Ok(());
    }
    let proof: Reauthenticate = form.read(&[("password", As::Blank)])?;
    let mut asking = cx.clone();
    // The key of the form belongs to what the form is for.
    asking.request.idempotency = None;
    let valid_until = identity::reauthenticate(&asking, &proof).await?.valid_until;
    if let Principal::User { proven_until, .. } = &mut cx.principal {
        *proven_until = Some(valid_until);
    }
    Ok(())
}

// One disclosure --------------------------------------------------------------------------------------------------------

async fn show(cx: Cx, headers: HeaderMap, At(id): At<DisclosureId>) -> Result<Response, Problem> {
    let shown = actions::show(&cx, id).await?;
    let patient = patients::patient(&cx, shown.disclosure.patient_id).await?;
    Ok(frame::show(&headers, around(&cx, &patient, "disclosure", view::one(&cx, &shown))))
}

async fn print(cx: Cx, headers: HeaderMap, At(id): At<DisclosureId>) -> Result<Response, Problem> {
    match actions::paper(&cx, id).await {
        Ok(paper) => {
            let body = view::paper(&paper);
            Ok(frame::show(&headers, frame::page(&cx, SECTION, "Disclosed record", body).style(STYLE)))
        }
        Err(problem) if problem.code() == "reauth_required" => {
            Ok(frame::show(&headers, password_page(&cx, &format!("/disclosures/{id}/print"), &FieldErrors::new())))
        }
        Err(problem) => Err(problem),
    }
}

async fn prove_print(cx: Cx, At(id): At<DisclosureId>, form: Form) -> Result<Response, Problem> {
    let here = format!("/disclosures/{id}/print");
    past_password(cx, form, &here, &here).await
}

async fn pdf(cx: Cx, headers: HeaderMap, At(id): At<DisclosureId>) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    to_file(&cx, &headers, &format!("/disclosures/{id}/pdf"), &format!("/api/disclosures/{id}/pdf"))
}

async fn prove_pdf(cx: Cx, At(id): At<DisclosureId>, form: Form) -> Result<Response, Problem> {
    past_password(cx, form, &format!("/disclosures/{id}/pdf"), &format!("/api/disclosures/{id}/pdf")).await
}

async fn csv(cx: Cx, headers: HeaderMap, At(id): At<PatientId>) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    to_file(&cx, &headers, &format!("/patients/{id}/disclosures/csv"), &format!("/api/patients/{id}/disclosures.csv"))
}

async fn prove_csv(cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    let here = format!("/patients/{id}/disclosures/csv");
    past_password(cx, form, &here, &format!("/api/patients/{id}/disclosures.csv")).await
}

/// On to a file, or the password first.
fn to_file(cx: &Cx, headers: &HeaderMap, here: &str, file: &str) -> Result<Response, Problem> {
    match cx.require_fresh_proof() {
        Ok(()) => Ok(Redirect::to(file).into_response()),
        Err(_) => Ok(frame::show(headers, password_page(cx, here, &FieldErrors::new()))),
    }
}

async fn past_password(mut cx: Cx, form: Form, here: &str, to: &str) -> Result<Response, Problem> {
    cx.require(Permission::ChartRead).await?;
    let proven = match prove(&mut cx, &form).await {
        Ok(()) => cx.require_fresh_proof(),
        Err(problem) => Err(problem),
    };
    match proven {
        Ok(()) => Ok(Redirect::to(to).into_response()),
        Err(problem) if asks_again(&problem) => {
            Ok(frame::refused(&problem, password_page(&cx, here, &frame::field_errors(&problem))))
        }
        Err(problem) => Err(problem),
    }
}

fn password_page(cx: &Cx, here: &str, errors: &FieldErrors) -> Page {
    frame::page(cx, SECTION, "It is you", view::password(cx, here, errors))
}
