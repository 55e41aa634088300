//! `/guests`.

use ::rules::{
    id::{GuestId, PatientId},
    permissions::Permission,
};
use axum::{http::HeaderMap, response::Response, routing::get};
use deserr::Deserr;
use serde_json::{Map, Value};

use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, tick},
    },
    http::{
        PageRouter,
        extract::{At, FieldErrors as BadFields, Query, parse},
        form::{As, Form},
    },
    people::{
        actions::{
            guests::{self as actions, ChangeGuest, ListGuests, NewGuest},
            patients,
        },
        store::Guest,
        view::guests as view,
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const SECTION: &str = "guests";

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/guests", get(list).post(add))
        .route("/guests/search", get(list).post(search))
        .route("/guests/new", get(new))
        .route("/guests/{id}", get(one).post(change))
}

async fn list(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    search(cx, headers, Form::default()).await
}

async fn search(cx: Cx, headers: HeaderMap, sent: Form) -> Result<Response, Problem> {
    let wanted: ListGuests = sent.read(&[("q", As::Text), ("status", As::Text), ("cursor", As::Text)])?;
    let page = actions::list_guests(&cx, &wanted).await?;
    let body = view::list(&page, &sent, cx.permissions.allows(Permission::GuestManage));
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Guests", body)))
}

/// Whose relative a new guest is.
#[derive(Debug, Default, Deserr)]
#[deserr(error = BadFields, deny_unknown_fields)]
struct Related {
    #[deserr(default)]
    related_patient_id: Option<PatientId>,
}

async fn new(cx: Cx, headers: HeaderMap, Query(related): Query<Related>) -> Result<Response, Problem> {
    cx.require(Permission::GuestManage).await?;
    let form = Form::of(related.related_patient_id.map(|id| ("related_patient_id", id.to_string())));
    Ok(frame::show(&headers, new_page(&cx, &form, &FieldErrors::new())))
}

fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Page {
    let body = view::new(&filled(cx, form, errors, "/guests", "/guests"));
    frame::page(cx, SECTION, "Add guest", body)
}

/// The form's fields as the API has them: what is asked for goes into the contact, whose other parts stay.
fn read<T: deserr::Deserr<BadFields>>(
    form: &Form,
    fields: &[(&str, As)],
    contact: &Map<String, Value>,
) -> Result<T, Problem> {
    let mut contact = contact.clone();
    for (name, _) in view::CONTACT {
        match form.get(name).trim() {
            "" => contact.remove(*name),
            text => contact.insert((*name).to_owned(), Value::from(text)),
        };
    }
    let mut fields = form.json(fields);
    fields["contact"] = Value::Object(contact);
    parse(fields)
}

async fn add(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::GuestManage).await?;
    let fields = [
        ("display_name", As::Blank),
        ("notes", As::Blank),
        ("related_patient_id", As::Text),
        ("relationship", As::Text),
    ];
    let outcome = match read::<NewGuest>(&form, &fields, &Map::new()) {
        Ok(new) => actions::add_guest(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(guest) => Ok(frame::done(&format!("/guests/{}", guest.id), "The guest is added.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &form, &frame::field_errors(&problem))))
        }
    }
}

async fn one(cx: Cx, headers: HeaderMap, At(id): At<GuestId>) -> Result<Response, Problem> {
    let guest = actions::guest(&cx, id).await?;
    Ok(frame::show(&headers, one_page(&cx, &guest, &stored(&guest), &FieldErrors::new()).await?))
}

async fn one_page(cx: &Cx, guest: &Guest, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let allows = |permission| cx.permissions.allows(permission);
    let may_change = allows(Permission::GuestManage) && guest.converted_at.is_none();
    let related = match guest.related_patient_id.filter(|_| allows(Permission::PatientRead)) {
        Some(id) => Some(patients::patient(cx, id).await?.display_name()),
        None => None,
    };
    let form = filled(cx, form, errors, &format!("/guests/{}", guest.id), "/guests");
    let may = view::May {
        consents: allows(Permission::PatientRead),
        book: allows(Permission::ParticipantBook),
        convert: may_change && allows(Permission::PatientManage),
    };
    let body = view::one(guest, related.as_deref(), may_change.then_some(&form), may);
    Ok(frame::page(cx, SECTION, "Guest", body))
}

fn stored(guest: &Guest) -> Form {
    let told = view::CONTACT.iter().map(|(name, _)| {
        let text = guest.contact.get(*name).and_then(Value::as_str).unwrap_or_default();
        (*name, text.to_owned())
    });
    let rest = [
        ("version", guest.version.to_string()),
        ("display_name", guest.display_name.to_string()),
        ("notes", guest.notes.to_string()),
        ("related_patient_id", guest.related_patient_id.map(|id| id.to_string()).unwrap_or_default()),
        ("relationship", guest.relationship.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("is_active", tick(guest.is_active)),
    ];
    Form::of(told.chain(rest))
}

async fn change(cx: Cx, At(id): At<GuestId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::GuestManage).await?;
    let cx = frame::edited(cx, &form);
    let guest = actions::guest(&cx, id).await?;
    let mut fields = vec![("display_name", As::Blank), ("notes", As::Blank), ("is_active", As::Truth)];
    if guest.related_patient_id.is_some() {
        fields.push(("relationship", As::Clearable));
    }
    let outcome = match read::<ChangeGuest>(&form, &fields, &guest.contact) {
        Ok(change) => actions::change_guest(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(&format!("/guests/{id}"), "Saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, one_page(&cx, &guest, &form, &frame::field_errors(&problem)).await?))
        }
    }
}
