//! `/staff/{id}/time-off` and `/time-off`: asking for time off, deciding about it, and what becomes of the sessions.

mod change;
mod decide;
mod view;

use ::rules::{availability::TimeOffStatus, id::PractitionerId, permissions::Permission};
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
    screens::words,
    shell::{
        layout::Page,
        ui::{
            Card, Choice, EmptyState, Field, FieldErrors, FilterBar, Icon, PageHeader, Width, field_row, fieldset,
            pager,
        },
    },
};

pub fn routes() -> PageRouter {
    PageRouter::new()
        .route("/staff/{id}/time-off", get(list).post(ask))
        .route("/time-off", get(waiting))
        .route("/time-off/{id}", get(decide::show))
        .route("/time-off/{id}/edit", get(change::show).post(change::save))
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
        div.stack {
        (Card::new("Time off").flush().body(table(cx, &found, &Listed { here: &here, is_first: wanted.cursor.is_none(), of: Some(who) }).await?))
        @if may_ask(cx, who) && one.is_active {
            @let others = practitioners::choices(cx, None).await?;
            (Card::new("Ask for time off").body(form_of(&filled(cx, form, errors, &here, &here), &one, &others, cx.practitioner() == Some(who))))
        }
        }
    };
    Ok(frame::page(cx, SECTION, "Time off", around(cx, &one, "/time-off", body)))
}

/// Where a list of time off stands.
struct Listed<'a> {
    /// Its address.
    here: &'a str,
    /// It is the first page.
    is_first: bool,
    /// Whose it is, where it is one practitioner's.
    of: Option<PractitionerId>,
}

async fn table(cx: &Cx, page: &paging::Page<TimeOffView>, listed: &Listed<'_>) -> Result<Markup, Problem> {
    let Listed { here, is_first, of } = *listed;
    let who: Vec<PractitionerId> =
        page.items.iter().flat_map(|one| one.substitute_id.into_iter().chain([one.practitioner_id])).collect();
    let names = practitioners::names(cx, &who).await?;
    let next =
        page.next.as_ref().map(|cursor| format!("{here}{}cursor={cursor}", if here.contains('?') { '&' } else { '?' }));
    Ok(html! {
        (view::table(cx, &page.items, &names, of.is_none()))
        @if next.is_some() || !is_first {
            (pager(&format!("Showing {}", page.items.len()), (!is_first).then_some(here), next.as_deref()))
        }
    })
}

/// What waits for a decision, or what was decided.
async fn waiting(cx: Cx, headers: HeaderMap, Query(mut wanted): Query<ListTimeOff>) -> Result<Response, Problem> {
    let status = wanted.status.unwrap_or(TimeOffStatus::Requested);
    wanted.status = Some(status);
    let found = actions::all(&cx, &wanted).await?;
    let days = [wanted.date_from.map(|day| ("date_from", day.0.0)), wanted.date_to.map(|day| ("date_to", day.0.0))];
    let days: String = days.into_iter().flatten().map(|(name, day)| format!("&{name}={day}")).collect();
    let here = format!("/time-off?status={status}{days}");
    let listed = Listed { here: &here, is_first: wanted.cursor.is_none(), of: None };
    let statuses = TimeOffStatus::ALL.iter().map(|one| Choice::new(one.as_str(), words::capital(one.as_str())));
    let filters = FilterBar::new("/time-off", "#requests")
        .field(Field::select("status", "State", statuses.collect::<Vec<_>>()).value(status.as_str()).label_hidden());
    let is_empty = found.items.is_empty() && status == TimeOffStatus::Requested && listed.is_first;
    let body = html! {
        (PageHeader::new("Time off to decide").crumb("Staff", "/staff"))
        (Card::new("Requests").flush().body(html! {
            (filters)
            div #requests {
                @if is_empty { (EmptyState::new(Icon::Check, "Nothing to decide").text("Whoever asks for time off is listed here until somebody decides.")) }
                @else { (table(&cx, &found, &listed).await?) }
            }
        }))
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

/// The fields of a request; `own` when who asks is who is away.
fn form_of(filled: &Filled<'_>, who: &Practitioner, others: &[Practitioner], own: bool) -> Markup {
    filled.post("Ask for time off", fields(filled, who, others, own))
}

fn fields(filled: &Filled<'_>, who: &Practitioner, others: &[Practitioner], own: bool) -> Markup {
    let kinds = view::KINDS.iter().map(|(kind, label)| (kind.as_str().to_owned(), (*label).to_owned()));
    let others = others.iter().filter(|one| one.id != who.id).map(|one| (one.id.to_string(), one.display_name()));
    let (reader, sessions) = match own {
        true => ("you".to_owned(), "your sessions"),
        false => (who.display_name(), "their sessions"),
    };
    html! {
        (filled.fill("kind", Field::select("kind", "What for", with_none("Choose", kinds)).required()).width(Width::Medium)
            .hint(format!("Only {reader} and who approves time off see this and the reason.")))
        (filled.fill("reason", Field::textarea("reason", "Reason").rows(2)).max_length(4_000))
        (fieldset("Whole days", Some("Leave the last day empty for a single day."), field_row(html! {
            (filled.fill("first_day", Field::date("first_day", "First day")))
            (filled.fill("last_day", Field::date("last_day", "Last day")))
        })))
        (fieldset("Or a part of a day", Some("Instead of the days above."), field_row(html! {
            (filled.fill("starts_at", Field::date_time("starts_at", "From")))
            (filled.fill("ends_at", Field::date_time("ends_at", "Until")))
        })))
        (fieldset("Cover", None, html! {
            (filled.fill("substitute_id", Field::select("substitute_id", "Substitute", with_none("Nobody yet", others))).width(Width::Medium)
                .hint(format!("Who could lead {sessions} meanwhile. Who approves decides.")))
        }))
    }
}
