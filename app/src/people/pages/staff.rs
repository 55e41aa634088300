//! `/staff`.

use ::rules::{id::PractitionerId, permissions::Permission};
use axum::{http::HeaderMap, response::Response, routing::get};

use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, text, tick},
    },
    http::{
        PageRouter,
        extract::{At, Query},
        form::{As, Form},
    },
    identity::actions::user_choices,
    people::{
        actions::practitioners::{self as actions, ChangePractitioner, ListPractitioners, NewPractitioner},
        store::Practitioner,
        view::staff::{self as view, Offers},
    },
    problem::Problem,
    shell::{layout::Page, ui::FieldErrors},
};

const SECTION: &str = "staff";

const FIELDS: &[(&str, As)] = &[
    ("given_name", As::Blank),
    ("family_name", As::Blank),
    ("credential", As::Clearable),
    ("license_number", As::Clearable),
    ("npi", As::Clearable),
    ("discipline", As::Clearable),
    ("supervisor_id", As::Clearable),
    ("user_id", As::Clearable),
];

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/staff", get(list).post(add))
        .route("/staff/new", get(new))
        .route("/staff/{id}", get(one).post(change))
}

async fn list(cx: Cx, headers: HeaderMap, Query(wanted): Query<ListPractitioners>) -> Result<Response, Problem> {
    let page = actions::list_practitioners(&cx, &wanted).await?;
    let supervisors: Vec<PractitionerId> = page.items.iter().filter_map(|one| one.supervisor_id).collect();
    let names = actions::names(&cx, &supervisors).await?;
    let status = wanted.status.map_or("active", |status| status.as_str());
    let body = view::list(&cx, &page, &names, status, wanted.cursor.is_none());
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Staff", body)))
}

async fn offers(cx: &Cx, chosen: Option<PractitionerId>) -> Result<Offers, Problem> {
    Ok(Offers { practitioners: actions::choices(cx, chosen).await?, users: user_choices(cx).await? })
}

async fn new(cx: Cx, headers: HeaderMap) -> Result<Response, Problem> {
    Ok(frame::show(&headers, new_page(&cx, &Form::default(), &FieldErrors::new()).await?))
}

async fn new_page(cx: &Cx, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let offers = offers(cx, None).await?;
    Ok(frame::page(cx, SECTION, "Add practitioner", view::new(&filled(cx, form, errors, "/staff", "/staff"), &offers)))
}

async fn add(cx: Cx, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let outcome = match form.read::<NewPractitioner>(FIELDS) {
        Ok(new) => actions::add_practitioner(&cx, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(one) => Ok(frame::done(&format!("/staff/{}", one.id), "The practitioner is added.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, new_page(&cx, &form, &frame::field_errors(&problem)).await?))
        }
    }
}

async fn one(cx: Cx, headers: HeaderMap, At(id): At<PractitionerId>) -> Result<Response, Problem> {
    let one = actions::practitioner(&cx, id).await?;
    if cx.permissions.allows(Permission::UserManage) {
        return Ok(frame::show(&headers, edit_page(&cx, &one, &stored(&one), &FieldErrors::new()).await?));
    }
    let supervisor: Vec<PractitionerId> = one.supervisor_id.into_iter().collect();
    let names = actions::names(&cx, &supervisor).await?;
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Practitioner", view::show(&cx, &one, &names))))
}

async fn edit_page(cx: &Cx, one: &Practitioner, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let offers = offers(cx, one.supervisor_id).await?;
    let form = filled(cx, form, errors, &format!("/staff/{}", one.id), "/staff");
    Ok(frame::page(cx, SECTION, "Practitioner", view::edit(cx, one, &form, &offers)))
}

fn stored(one: &Practitioner) -> Form {
    Form::of([
        ("version", one.version.to_string()),
        ("given_name", one.given_name.to_string()),
        ("family_name", one.family_name.to_string()),
        ("credential", text(one.credential.as_deref())),
        ("license_number", text(one.license_number.as_deref())),
        ("npi", text(one.npi.as_deref())),
        ("discipline", text(one.discipline.as_deref())),
        ("supervisor_id", one.supervisor_id.map(|id| id.to_string()).unwrap_or_default()),
        ("user_id", one.user_id.map(|id| id.to_string()).unwrap_or_default()),
        ("is_active", tick(one.is_active)),
    ])
}

async fn change(cx: Cx, At(id): At<PractitionerId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::UserManage).await?;
    let cx = frame::edited(cx, &form);
    let fields = [FIELDS, &[("is_active", As::Truth)]].concat();
    let outcome = match form.read::<ChangePractitioner>(&fields) {
        Ok(change) => actions::change_practitioner(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(&format!("/staff/{id}"), "Saved.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let one = actions::practitioner(&cx, id).await?;
            Ok(frame::refused(&problem, edit_page(&cx, &one, &form, &frame::field_errors(&problem)).await?))
        }
    }
}
