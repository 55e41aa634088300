//! `/time-off/{id}`: one time off, the sessions it touches, and what is decided.

use ::rules::{availability::TimeOffStatus, id::TimeOffId, permissions::Permission};
use axum::{http::HeaderMap, response::Response};
use maud::{Markup, html};

use super::{super::SECTION, view};
use crate::{
    door::Cx,
    frame::{self, form::shown_again},
    http::{
        extract::At,
        form::{As, Form},
    },
    people::actions::{
        practitioners,
        time_off::{self as actions, TimeOffView, WhyNot, Withdrawal},
    },
    problem::Problem,
    sessions::actions::{self as sessions, Approve, CoverView},
    shell::{
        layout::Page,
        ui::{self, Button, Card, Confirm, Field, FieldErrors, Icon, PageHeader, definition_list},
    },
};

pub async fn show(cx: Cx, headers: HeaderMap, At(id): At<TimeOffId>) -> Result<Response, Problem> {
    Ok(frame::show(&headers, page(&cx, id, &FieldErrors::new()).await?))
}

async fn page(cx: &Cx, id: TimeOffId, errors: &FieldErrors) -> Result<Page, Problem> {
    let off = actions::show(cx, id).await?;
    let who: Vec<_> = off.substitute_id.into_iter().chain([off.practitioner_id]).collect();
    let names = practitioners::names(cx, &who).await?;
    let stands = matches!(off.status, TimeOffStatus::Requested | TimeOffStatus::Approved);
    let covers = match stands && cx.permissions.allows(Permission::GroupEncounterRead) {
        true => Some(sessions::cover_preview(cx, id).await?),
        false => None,
    };
    let name = names.get(&off.practitioner_id).cloned().unwrap_or_default();
    let own = cx.practitioner() == Some(off.practitioner_id);
    let title = if own { "Your time off".to_owned() } else { format!("Time off of {name}") };
    let header = PageHeader::new(title)
        .crumb("Staff", "/staff")
        .crumb(name, format!("/staff/{}/time-off", off.practitioner_id))
        .status(html! { (view::standing(off.status)) })
        .fact(Icon::Calendar, view::when(cx, &off))
        .actions(actions_of(cx, &off, own));
    let body = html! {
        (header)
        div.stack {
            (errors)
            (Card::new("Request").body(about(&off, &names)))
            @if off.status == TimeOffStatus::Requested && cx.permissions.allows(Permission::TimeoffApprove) {
                (decision(cx, &off, covers.as_deref().unwrap_or_default()))
            }
            @if let Some(covers) = &covers {
                (Card::new("Sessions in this time").flush().body(html! { (view::sessions(cx, covers, off.substitute_id.is_some())) }))
            }
        }
    };
    Ok(frame::page(cx, SECTION, "Time off", body))
}

fn about(off: &TimeOffView, names: &view::Names) -> Markup {
    let mut rows = vec![("Substitute", view::name(names, off.substitute_id))];
    if let Some(kind) = off.kind {
        rows.push(("What for", html! { (view::kind(kind)) }));
    }
    if let Some(reason) = &off.reason {
        rows.push(("Reason", html! { (reason) }));
    }
    if let Some(why) = &off.decision_reason {
        rows.push(("Why", html! { (why) }));
    }
    definition_list(rows)
}

fn turn(cx: &Cx, off: &TimeOffView, verb: &str) -> ui::Form {
    ui::Form::post(format!("/time-off/{}/{verb}", off.id))
        .hidden("idempotency_key", format!("{}-{verb}", cx.app.clock.secret()))
        .hidden("version", off.version)
}

fn decision(cx: &Cx, off: &TimeOffView, covers: &[CoverView]) -> Markup {
    if cx.practitioner() == Some(off.practitioner_id) {
        let words = "Nobody decides about their own time off: somebody else who may approve time off does.";
        return html! { (Card::new("Decision").body(html! { p { (words) } })) };
    }
    let free = covers.iter().filter(|cover| cover.substitute_clashes.is_empty()).count();
    let free = if off.substitute_id.is_some() { free } else { 0 };
    // The reason is asked for in a panel of its own, so both buttons stand beside each other outside of their forms.
    let approve = turn(cx, off, "approve").id("approve").body(html! {
        p { (what_approving_does(covers.len(), free)) }
        @if free > 0 {
            (Field::checkbox("reassign", format!("Hand {free} of {} sessions over to the substitute", covers.len())).checked(true))
        }
    });
    let decline = Confirm::new(
        "Decline…",
        "They can ask again for other days.",
        turn(cx, off, "decline"),
        Button::danger("Decline"),
    )
    .fields(
        html! { (Field::text("reason", "Reason").scope("decline").required().max_length(500).hint("They read it.")) },
    );
    html! {
        (Card::new("Decision").body(html! {
            (approve)
            div.form-actions.decision-buttons { (Button::primary("Approve").icon(Icon::Check).form("approve")) (decline) }
        }))
    }
}

/// What becomes of so many sessions, of which the substitute is free for some.
fn what_approving_does(sessions: usize, free: usize) -> String {
    let then = match (sessions, free) {
        (0, _) => "Nothing is scheduled in it.".to_owned(),
        (1, 0) => "The one session in it stays with them until somebody takes it.".to_owned(),
        (1, _) => "The one session in it can go to the substitute.".to_owned(),
        (all, 0) => format!("The {all} sessions in it stay with them until somebody takes them."),
        (all, free) if all == free => format!("The {all} sessions in it can go to the substitute."),
        (all, free) => format!(
            "Of the {all} sessions in it, {free} can go to the substitute; the others stay with them until somebody takes them."
        ),
    };
    format!("Approving makes this time a conflict for new sessions. {then}")
}

/// Changing and taking back. Who approves somebody else's declines instead, while nothing is decided.
fn actions_of(cx: &Cx, off: &TimeOffView, own: bool) -> Markup {
    let approves = cx.permissions.allows(Permission::TimeoffApprove);
    let change = Button::quiet("Change").icon(Icon::Edit).href(format!("/time-off/{}/edit", off.id));
    html! {
        @match off.status {
            TimeOffStatus::Requested => {
                @if own || approves { (change) }
                @if own { (withdraw_button(cx, off, "Nobody decides about it any more.")) }
            }
            TimeOffStatus::Approved if own || approves => {
                (withdraw_button(cx, off, "This time is free for sessions again. Those that a substitute took stay with the substitute."))
            }
            _ => {}
        }
    }
}

fn withdraw_button(cx: &Cx, off: &TimeOffView, words: &str) -> Confirm {
    Confirm::new("Withdraw…", words, turn(cx, off, "withdraw"), Button::danger("Withdraw"))
        .icon(Icon::Undo)
        .fields(html! { (Field::text("reason", "Reason").scope("withdraw").max_length(500).hint("May stay empty.")) })
}

/// The page again with what was refused, or on with a message.
async fn answered<T>(
    cx: &Cx,
    id: TimeOffId,
    outcome: Result<T, Problem>,
    message: impl Fn(&T) -> String,
) -> Result<Response, Problem> {
    match outcome {
        Ok(done) => Ok(frame::done(&format!("/time-off/{id}"), &message(&done))),
        Err(problem) => {
            let problem = shown_again(problem)?;
            Ok(frame::refused(&problem, page(cx, id, &frame::field_errors(&problem)).await?))
        }
    }
}

pub async fn approve(cx: Cx, At(id): At<TimeOffId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::TimeoffApprove).await?;
    let cx = frame::edited(cx, &form);
    let outcome = match form.read::<Approve>(&[("reassign", As::TruthIfAny)]) {
        Ok(input) => sessions::approve_time_off(&cx, id, &input).await,
        Err(problem) => Err(problem),
    };
    answered(&cx, id, outcome, |done| {
        let count = |count: usize| if count == 1 { "1 session".to_owned() } else { format!("{count} sessions") };
        match (done.handed_over.len(), done.needs_cover.len()) {
            (0, 0) => "Approved.".to_owned(),
            (over, 0) => format!("Approved. Handed over: {}.", count(over)),
            (over, rest) => format!("Approved. Handed over: {}. To be covered: {}.", count(over), count(rest)),
        }
    })
    .await
}

pub async fn decline(cx: Cx, At(id): At<TimeOffId>, form: Form) -> Result<Response, Problem> {
    cx.require(Permission::TimeoffApprove).await?;
    let cx = frame::edited(cx, &form);
    let outcome = match form.read::<WhyNot>(&[("reason", As::Text)]) {
        Ok(why) => actions::decline(&cx, id, &why).await,
        Err(problem) => Err(problem),
    };
    answered(&cx, id, outcome, |_| "The time off is declined.".to_owned()).await
}

pub async fn withdraw(cx: Cx, At(id): At<TimeOffId>, form: Form) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let outcome = match form.read::<Withdrawal>(&[("reason", As::Text)]) {
        Ok(why) => actions::withdraw(&cx, id, &why).await,
        Err(problem) => Err(problem),
    };
    answered(&cx, id, outcome, |_| "The time off is withdrawn.".to_owned()).await
}
