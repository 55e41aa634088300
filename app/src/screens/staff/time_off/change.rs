//! `/time-off/{id}/edit`: changing what was asked for, while nobody has decided.

use ::rules::{availability::TimeOffStatus, id::TimeOffId, permissions::Permission};
use axum::{http::HeaderMap, response::Response};
use jiff::Timestamp;
use maud::html;

use super::{super::SECTION, fields, may_ask};
use crate::{
    door::Cx,
    frame::{
        self,
        form::{filled, shown_again, text},
    },
    http::{
        extract::{At, parse},
        form::{As, Form},
    },
    people::actions::{
        practitioners,
        time_off::{self as actions, ChangeTimeOff, TimeOffView},
    },
    problem::Problem,
    shell::{
        layout::Page,
        ui::{Button, Card, EmptyState, FieldErrors, Icon, PageHeader},
    },
};

/// When somebody is away, in the fields of the form.
const TIMES: [&str; 4] = ["first_day", "last_day", "starts_at", "ends_at"];

fn stored(cx: &Cx, off: &TimeOffView) -> Form {
    let local = |instant: &str| match (off.first_day, instant.parse::<Timestamp>()) {
        (None, Ok(instant)) => cx.zone().local(instant).strftime("%Y-%m-%dT%H:%M").to_string(),
        _ => String::new(),
    };
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    Form::of([
        ("kind", off.kind.map(|kind| kind.to_string()).unwrap_or_default()),
        ("reason", text(off.reason.as_deref())),
        ("first_day", day(off.first_day)),
        ("last_day", day(off.last_day)),
        ("starts_at", local(&off.starts_at)),
        ("ends_at", local(&off.ends_at)),
        ("substitute_id", off.substitute_id.map(|id| id.to_string()).unwrap_or_default()),
        ("version", off.version.to_string()),
    ])
}

/// What is to be different. Days and times are sent together, and only when any of them is another.
fn wish(stored: &Form, form: &Form) -> Result<ChangeTimeOff, Problem> {
    let mut named = vec![("kind", As::Text), ("reason", As::Clearable), ("substitute_id", As::Clearable)];
    if TIMES.iter().any(|name| form.get(name).trim() != stored.get(name)) {
        if TIMES.iter().all(|name| form.get(name).trim().is_empty()) {
            return Err(Problem::invalid_field("first_day", "missing", "is required"));
        }
        named.extend(TIMES.map(|name| (name, As::Text)));
    }
    parse(form.json(&named))
}

async fn page(cx: &Cx, off: &TimeOffView, form: &Form, errors: &FieldErrors) -> Result<Page, Problem> {
    let who = practitioners::practitioner(cx, off.practitioner_id).await?;
    let here = format!("/time-off/{}", off.id);
    let header = PageHeader::new("Change the request")
        .crumb("Staff", "/staff")
        .crumb(who.display_name(), format!("/staff/{}/time-off", who.id))
        .crumb("Time off", here.clone());
    let form = filled(cx, form, errors, &format!("{here}/edit"), &here);
    let body = html! {
        (header)
        @if off.status == TimeOffStatus::Requested {
            @let others = practitioners::choices(cx, off.substitute_id).await?;
            div.narrow { (form.post("Save the request", fields(&form, &who, &others, cx.practitioner() == Some(who.id)))) }
        } @else {
            (Card::new("Request").flush().body(html! {
                (EmptyState::new(Icon::Lock, "This is decided").text("It stays as it is. Withdraw it and ask again for other days.")
                    .actions(html! { (Button::secondary("Back to the time off").href(&here)) }))
            }))
        }
    };
    Ok(frame::page(cx, SECTION, "Change the request", body))
}

/// The time off, for whoever may change it.
async fn load(cx: &Cx, id: TimeOffId) -> Result<TimeOffView, Problem> {
    let off = actions::show(cx, id).await?;
    if !may_ask(cx, off.practitioner_id) {
        cx.require(Permission::TimeoffApprove).await?;
    }
    Ok(off)
}

pub async fn show(cx: Cx, headers: HeaderMap, At(id): At<TimeOffId>) -> Result<Response, Problem> {
    let off = load(&cx, id).await?;
    Ok(frame::show(&headers, page(&cx, &off, &stored(&cx, &off), &FieldErrors::new()).await?))
}

pub async fn save(cx: Cx, At(id): At<TimeOffId>, form: Form) -> Result<Response, Problem> {
    let off = load(&cx, id).await?;
    let cx = frame::edited(cx, &form);
    let outcome = match wish(&stored(&cx, &off), &form) {
        Ok(change) => actions::change(&cx, id, &change).await,
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(_) => Ok(frame::done(&format!("/time-off/{id}"), "The request is changed.")),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, page(&cx, &off, &form, &frame::field_errors(&problem)).await?))
        }
    }
}
