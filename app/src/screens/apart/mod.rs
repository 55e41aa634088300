//! Keep-apart pairs: who is kept apart, from whom, and where the two still meet. Only for who may know.

mod view;

use ::rules::{
    id::{GuestId, KeepApartId, PatientId},
    permissions::Permission,
    roster::Person,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use deserr::Deserr;
use maud::Render as _;

use super::group::{FoundPerson, people_found};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again},
    },
    http::{
        PageRouter,
        extract::{At, FieldErrors as BadFields, Query},
        form::{As, Form},
    },
    keep_apart::actions::{self, ListKeepApart, NewKeepApart},
    people::{
        actions::{guests, patients},
        view::patients as patient_view,
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const SECTION: &str = "keep-apart";

/// The routes of the screen.
pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/keep-apart", get(list).post(keep))
        .route("/keep-apart/new", get(new).post(find))
        .route("/keep-apart/{id}", get(one))
        .route("/keep-apart/{id}/end", post(end))
        .route("/patients/{id}/keep-apart", get(of_patient))
}

async fn list(cx: Cx, headers: HeaderMap, Query(wanted): Query<ListKeepApart>) -> Result<Response, Problem> {
    let page = actions::list(&cx, &wanted).await?;
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Keep apart", view::list(&page, &wanted))))
}

async fn of_patient(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PatientId>,
    Query(wanted): Query<ListKeepApart>,
) -> Result<Response, Problem> {
    cx.require(Permission::KeepApartManage).await?;
    let patient = patients::patient(&cx, id).await?;
    let wanted = ListKeepApart { patient_id: Some(id), guest_id: None, ..wanted };
    let page = actions::list(&cx, &wanted).await?;
    let body = patient_view::frame(&cx, &patient, "/keep-apart", view::of_patient(id, &page, &wanted));
    Ok(frame::show(&headers, frame::page(&cx, "patients", "Patient", body)))
}

/// Who is chosen already.
#[derive(Debug, Clone, Default, Deserr)]
#[deserr(error = BadFields, deny_unknown_fields)]
pub struct Chosen {
    #[deserr(default)]
    patient_id: Option<PatientId>,
    #[deserr(default)]
    guest_id: Option<GuestId>,
    #[deserr(default)]
    other_patient_id: Option<PatientId>,
    #[deserr(default)]
    other_guest_id: Option<GuestId>,
}

/// The fields that say who is chosen.
const CHOSEN: &[(&str, As)] =
    &[("patient_id", As::Text), ("guest_id", As::Text), ("other_patient_id", As::Text), ("other_guest_id", As::Text)];

/// The people who are chosen, as they are shown.
pub struct People {
    one: Option<FoundPerson>,
    other: Option<FoundPerson>,
}

async fn people(cx: &Cx, chosen: &Chosen) -> Result<People, Problem> {
    let one = Person::of(chosen.patient_id, chosen.guest_id).ok();
    let other = Person::of(chosen.other_patient_id, chosen.other_guest_id).ok();
    Ok(People { one: person(cx, one).await?, other: person(cx, other).await? })
}

async fn person(cx: &Cx, who: Option<Person>) -> Result<Option<FoundPerson>, Problem> {
    Ok(match who {
        None => None,
        Some(Person::Patient(id)) => Some(FoundPerson::patient(&patients::patient(cx, id).await?)),
        Some(Person::Guest(id)) => Some(FoundPerson::guest(&guests::guest(cx, id).await?)),
    })
}

async fn new(cx: Cx, headers: HeaderMap, Query(chosen): Query<Chosen>) -> Result<Response, Problem> {
    cx.require(Permission::KeepApartManage).await?;
    let people = people(&cx, &chosen).await?;
    Ok(frame::show(&headers, new_page(&cx, &people, &Form::default(), None, &FieldErrors::new())))
}

fn new_page(cx: &Cx, people: &People, form: &Form, found: Option<&[FoundPerson]>, errors: &FieldErrors) -> Page {
    let filled = filled(cx, form, errors, "/keep-apart", "/keep-apart");
    frame::page(cx, SECTION, "Keep two people apart", view::new(people, &filled, found))
}

/// A POST, so that no name is ever in an address.
async fn find(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::KeepApartManage).await?;
    let people = people(&cx, &form.read::<Chosen>(CHOSEN)?).await?;
    let found = people_found(&cx, form.get("q").trim()).await?;
    Ok(new_page(&cx, &people, &form, Some(&found), &FieldErrors::new()).render().into_response())
}

async fn keep(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::KeepApartManage).await?;
    let fields = [CHOSEN, &[("kind", As::Text), ("reason", As::Blank), ("ends_on", As::Text)]].concat();
    let outcome = match form.read::<NewKeepApart>(&fields) {
        Ok(new) => actions::create(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(kept) => Ok(frame::done(&format!("/keep-apart/{}", kept.pair.id), "From now on these two are kept apart.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let people = people(&cx, &form.read::<Chosen>(CHOSEN)?).await?;
            let errors = frame::field_errors(&problem);
            Ok(frame::refused(&problem, new_page(&cx, &people, &form, None, &errors)))
        }
    }
}

async fn one(cx: Cx, headers: HeaderMap, At(id): At<KeepApartId>) -> Result<Response, Problem> {
    let shown = actions::show(&cx, id).await?;
    let body = view::one(&cx, &shown, &cx.app.clock.secret());
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Kept apart", body)))
}

async fn end(cx: Cx, At(id): At<KeepApartId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    actions::end(&cx, id).await?;
    Ok(frame::done(&format!("/keep-apart/{id}"), "Ended: these two may meet again."))
}
