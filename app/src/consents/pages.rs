//! `/patients/{id}/consents`, `/guests/{id}/consents` and `/consents/{id}`; `/settings/consents` is in [`texts`].

mod texts;

use ::rules::{
    consents::{NeededBy, OnFile},
    id::{ConsentId, ConsentTextId, GuestId, PatientId},
    permissions::Permission,
    roster::Person,
};
use axum::{
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use deserr::Deserr;
use maud::{Markup, html};
use serde_json::Value;

use super::{
    actions::{self, ListConsents, NewConsent, Revocation},
    store::ConsentText,
    view,
};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again},
    },
    http::{
        PageRouter,
        extract::{At, Query, parse},
        form::{As, Form},
    },
    paging::{Limit, Paged},
    people::{
        actions::{guests, patients},
        view::patients as patient_view,
    },
    problem::Problem,
    shell::{
        layout::Page,
        ui::{FieldErrors, PageHeader},
    },
};

/// What is asked of whoever keeps a consent.
const FIELDS: &[(&str, As)] = &[
    ("text_id", As::Text),
    ("capacity", As::Text),
    ("signer_name", As::Text),
    ("signer_authority", As::Text),
    ("method", As::Text),
    ("signed_on", As::Text),
    ("valid_from", As::Text),
    ("valid_until", As::Text),
    ("scope", As::Text),
    ("remark", As::Text),
];

/// The routes of the pages.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/patients/{id}/consents", get(of_patient).post(take_of_patient))
        .route("/guests/{id}/consents", get(of_guest).post(take_of_guest))
        .route("/consents/{id}", get(show))
        .route("/consents/{id}/revoke", post(revoke))
        .merge(texts::routes())
}

/// Where the consents of a person are.
fn address(person: Person) -> String {
    match person {
        Person::Patient(id) => format!("/patients/{id}/consents"),
        Person::Guest(id) => format!("/guests/{id}/consents"),
    }
}

/// Which page of the consents, and which text the form begins with.
#[derive(Debug, Default, Deserr)]
#[deserr(error = crate::http::extract::FieldErrors, deny_unknown_fields)]
struct Asked {
    #[deserr(default)]
    limit: Option<Limit>,
    #[deserr(default)]
    cursor: Option<String>,
    #[deserr(default)]
    text_id: Option<ConsentTextId>,
}

impl Asked {
    fn paged(&self) -> Paged {
        Paged { limit: self.limit, cursor: self.cursor.clone() }
    }

    fn form(&self) -> Form {
        Form::of(self.text_id.map(|id| ("text_id", id.to_string())))
    }
}

async fn of_patient(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let page = page(&cx, Person::Patient(id), &asked.paged(), &asked.form(), &FieldErrors::new()).await?;
    Ok(frame::show(&headers, page))
}

async fn of_guest(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<GuestId>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let page = page(&cx, Person::Guest(id), &asked.paged(), &asked.form(), &FieldErrors::new()).await?;
    Ok(frame::show(&headers, page))
}

async fn page(cx: &Cx, person: Person, paged: &Paged, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let list = ListConsents {
        patient_id: person.patient(),
        guest_id: person.guest(),
        limit: paged.limit,
        cursor: paged.cursor.clone(),
        ..ListConsents::default()
    };
    let found = actions::list(cx, &list).await?;
    let mut texts: Vec<ConsentText> = match cx.permissions.allows(Permission::ConsentManage) {
        true => actions::in_use(cx).await?,
        false => Vec::new(),
    };
    let asked = actions::at_check_in(cx, person).await?;
    texts.retain(|text| may_give(person, text));
    // What is lacking comes first, and what others sign for somebody last.
    let lacks =
        |text: &ConsentText| asked.iter().any(|one| one.text.id == text.id && !matches!(one.on_file, OnFile::Holds(_)));
    texts.sort_by_key(|text| (text.kind.is_by_representative(), !lacks(text)));
    let here = address(person);
    let filled = filled(cx, form, errors, &here, &here);
    let body = html! {
        (view::at_check_in(&asked, &here, cx.permissions.allows(Permission::ConsentManage)))
        (view::of_person(cx, &found, &filled, &texts, &here, paged.cursor.is_none()))
    };
    around(cx, person, body).await
}

/// Whether somebody can give a consent to this text.
fn may_give(person: Person, text: &ConsentText) -> bool {
    match person {
        Person::Patient(_) => !text.kind.is_of_guests() && text.needed_by != NeededBy::Guests,
        Person::Guest(_) => !text.kind.is_of_patients() && text.needed_by != NeededBy::Patients,
    }
}

/// The page of the person around what is shown of their consents.
async fn around(cx: &Cx, person: Person, body: Markup) -> Result<Page, Problem> {
    match person {
        Person::Patient(id) => {
            let patient = patients::patient(cx, id).await?;
            let body = patient_view::frame(cx, &patient, "/consents", body);
            Ok(frame::page(cx, "patients", "Patient", body))
        }
        Person::Guest(id) => {
            let guest = guests::guest(cx, id).await?;
            let header = PageHeader::new("Consents")
                .crumb("Guests", "/guests")
                .crumb(guest.display_name.to_string(), format!("/guests/{id}"));
            Ok(frame::page(cx, "guests", "Consents", html! { (header) (body) }))
        }
    }
}

async fn take_of_patient(cx: Cx, At(id): At<PatientId>, form: Form) -> Result<Response, Problem> {
    take(cx, Person::Patient(id), form).await
}

async fn take_of_guest(cx: Cx, At(id): At<GuestId>, form: Form) -> Result<Response, Problem> {
    take(cx, Person::Guest(id), form).await
}

async fn take(cx: Cx, person: Person, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::ConsentManage).await?;
    let taken = match read(person, &form) {
        Ok(new) => actions::take(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match taken {
        Ok(_) => Ok(frame::done(&address(person), "The consent is kept.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let page = page(&cx, person, &Paged::default(), &form, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

/// The form in the words of the API: an open end is said, an empty one is the text's.
fn read(person: Person, form: &Form) -> Result<NewConsent, Problem> {
    let mut fields = form.json(FIELDS);
    if !form.get("open_end").is_empty() {
        fields["valid_until"] = Value::Null;
    }
    match person {
        Person::Patient(id) => fields["patient_id"] = Value::from(id.to_string()),
        Person::Guest(id) => fields["guest_id"] = Value::from(id.to_string()),
    }
    parse(fields)
}

async fn show(cx: Cx, headers: HeaderMap, At(id): At<ConsentId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, one(&cx, id, &FieldErrors::new()).await?))
}

async fn one(cx: &Cx, id: ConsentId, errors: &FieldErrors) -> Result<Page, Problem> {
    let shown = actions::show(cx, id).await?;
    let text = actions::text(cx, shown.consent.text_id).await?;
    let person = shown.consent.person().ok_or_else(|| Problem::not_found("consent"))?;
    let name = match person {
        Person::Patient(id) => patients::patient(cx, id).await?.display_name(),
        Person::Guest(id) => guests::guest(cx, id).await?.display_name.to_string(),
    };
    let may_revoke = cx.permissions.allows(Permission::ConsentManage);
    let key = cx.app.clock.secret();
    let body = view::one(cx, &shown, &text, (&name, &address(person)), may_revoke.then_some((key.as_str(), errors)));
    let section = if person.patient().is_some() { "patients" } else { "guests" };
    Ok(frame::page(cx, section, shown.title.to_string(), body))
}

async fn revoke(cx: Cx, At(id): At<ConsentId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::ConsentManage).await?;
    let cx = frame::edited(cx, &form);
    let revoked = match form.read::<Revocation>(&[("reason", As::Blank)]) {
        Ok(why) => actions::revoke(&cx, id, &why).await,
        Err(problem) => Err(problem),
    };
    match revoked {
        Ok(_) => Ok(frame::done(&format!("/consents/{id}"), "The consent is revoked.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, one(&cx, id, &frame::field_errors(&problem)).await?))
        }
    }
}
