//! `/staff/{id}/time-off` and `/time-off`: asking for time off, deciding about it, and what becomes of the sessions.

mod decide;
mod view;

use ::rules::{id::PractitionerId, permissions::Permission};
use axum::{
    http::HeaderMap,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};

use super::{SECTION, around};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{Filled, filled, shown_again, with_none},
    },
    http::{
        PageRouter,
        extract::{At, Query},
        form::{As, Form},
    },
    paging,
    people::{
        Practitioner,
        actions::{
            practitioners,
            time_off::{self as actions, ListTimeOff, NewTimeOff, TimeOffView},
        },
    },
    problem::Problem,
    shell::{
        layout::Page,
        ui::{Card, Field, FieldErrors, PageHeader, field_row, fieldset, pager},
    },
};

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/staff/{id}/time-off", get(list).post(ask))
        .route("/time-off", get(waiting))
        .route("/time-off/{id}", get(decide::show))
        .route("/time-off/{id}/approve", post(decide::approve))
        .route("/time-off/{id}/decline", post(decide::decline))
        .route("/time-off/{id}/withdraw", post(decide::withdraw))
}

fn may_ask(cx: &Cx, who: PractitionerId) -> bool {
    cx.practitioner() == Some(who) || cx.permissions.allows(Permission::TimeoffApprove)
}

async fn list(
    cx: Cx,
    headers: HeaderMap,
    At(id): At<PractitionerId>,
    Query(wanted): Query<ListTimeOff>,
) -> Result<Response, Problem> {
    Ok(frame::show(&headers, page(&cx, id, &wanted, &Form::default(), &FieldErrors::new()).await?))
}

async fn page(
    cx: &Cx,
    who: PractitionerId,
    wanted: &ListTimeOff,
    form: &Form,
    errors: &FieldErrors,
) -> Result<Page, Problem> {
    let one: Practitioner = practitioners::practitioner(cx, who).await?;
    let found = actions::list(cx, who, wanted).await?;
    let here = format!("/staff/{who}/time-off");
    let body = html! {
        (Card::new("Time off").flush().body(table(cx, &found, &here, wanted.cursor.is_none()).await?))
        @if may_ask(cx, who) && one.is_active {
            @let others = practitioners::choices(cx, None).await?;
            (Card::new("Ask for time off").body(form_of(&filled(cx, form, errors, &here, &here), who, &others)))
        }
    };
    Ok(frame::page(cx, SECTION, "Time off", around(cx, &one, "/time-off", body)))
}

async fn table(cx: &Cx, page: &paging::Page<TimeOffView>, here: &str, is_first: bool) -> Result<Markup, Problem> {
    let who: Vec<PractitionerId> =
        page.items.iter().flat_map(|one| one.substitute_id.into_iter().chain([one.practitioner_id])).collect();
    let names = practitioners::names(cx, &who).await?;
    let next = page.next.as_ref().map(|cursor| format!("{here}?cursor={cursor}"));
    Ok(html! {
        (view::table(cx, &page.items, &names))
        @if next.is_some() || !is_first {
            (pager(&format!("Showing {}", page.items.len()), (!is_first).then_some(here), next.as_deref()))
        }
    })
}

/// What waits for a decision, or everything.
async fn waiting(cx: Cx, headers: HeaderMap, Query(mut wanted): Query<ListTimeOff>) -> Result<Response, Problem> {
    wanted.status = wanted.status.or(Some(::rules::availability::TimeOffStatus::Requested));
    let found = actions::all(&cx, &wanted).await?;
    let body = html! {
        (PageHeader::new("Time off to decide").crumb("Staff", "/staff"))
        (Card::new("Requests").flush().body(table(&cx, &found, "/time-off", wanted.cursor.is_none()).await?))
    };
    Ok(frame::show(&headers, frame::page(&cx, SECTION, "Time off to decide", body)))
}

const FIELDS: &[(&str, As)] = &[
    ("kind", As::Text),
    ("reason", As::Text),
    ("first_day", As::Text),
    ("last_day", As::Text),
    ("starts_at", As::Text),
    ("ends_at", As::Text),
    ("substitute_id", As::Text),
];

async fn ask(cx: Cx, At(id): At<PractitionerId>, form: Form) -> Result<Response, Problem> {
    if !may_ask(&cx, id) {
        cx.require(Permission::TimeoffApprove).await?;
    }
    let outcome = match form.read::<NewTimeOff>(FIELDS) {
        Ok(new) => actions::request(&cx, id, &new).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(made) => Ok(frame::done(
            &format!("/time-off/{}", made.id),
            "The request is sent. Somebody who approves time off decides.",
        )),
        Err(problem) => {
            let problem = shown_again(problem)?;
            let page = page(&cx, id, &ListTimeOff::default(), &form, &frame::field_errors(&problem)).await?;
            Ok(frame::refused(&problem, page))
        }
    }
}

fn form_of(filled: &Filled<'_>, who: PractitionerId, others: &[Practitioner]) -> Markup {
    let kinds = view::KINDS.iter().map(|(kind, label)| (kind.as_str().to_owned(), (*label).to_owned()));
    let others = others.iter().filter(|one| one.id != who).map(|one| (one.id.to_string(), one.display_name()));
    let fields = html! {
        (filled.fill("kind", Field::select("kind", "What for", with_none("Choose", kinds)).required())
            .hint("Only you and who approves time off see this."))
        (field_row(html! {
            (filled.fill("first_day", Field::date("first_day", "First day")))
            (filled.fill("last_day", Field::date("last_day", "Last day")).hint("Empty for one day."))
        }))
        (fieldset("Not whole days", Some("Instead of the days above."), field_row(html! {
            (filled.fill("starts_at", Field::date_time("starts_at", "From")))
            (filled.fill("ends_at", Field::date_time("ends_at", "Until")))
        })))
        (filled.fill("substitute_id", Field::select("substitute_id", "Substitute", with_none("Nobody yet", others)))
            .hint("Who leads your sessions meanwhile. Who approves decides."))
        (filled.fill("reason", Field::textarea("reason", "Reason").rows(2)).max_length(2_000))
    };
    filled.post("Ask for time off", fields)
}
