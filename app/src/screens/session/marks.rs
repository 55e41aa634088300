//! Taps: one person, or everybody who is not marked yet.

use ::rules::{
    id::{ParticipantId, SessionId},
    permissions::Permission,
    sessions::{NoShowReason, ParticipantVerb},
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use maud::{Render as _, html};
use serde_json::{Value, json};

use super::{answered, done, is_live, page, refused, room, status_line};
use crate::{
    consents::{self, actions::NewConsent},
    door::Cx,
    frame,
    http::{
        extract::{At, Parsed, parse},
        form::{As, Form},
    },
    problem::Problem,
    screens::words,
    sessions::{
        self,
        actions::{self, AttendanceView, ChangeParticipant, Mark, MarkMany},
        answers::ParticipantView,
    },
    shell::ui::{Notice, Tone},
    when::When,
};

/// One tap: a step of one participant, or a gate that is opened.
pub async fn one(
    cx: Cx,
    headers: HeaderMap,
    At(ids): At<(SessionId, ParticipantId)>,
    form: Form,
) -> Result<Response, Problem> {
    let cx = frame::edited(cx, &form);
    let form = room::plain(form);
    let outcome = tap(&cx, &headers, ids, &form).await;
    if form.get("from") == room::FROM {
        let done = outcome.map(|person| room::Done::of_person(&person, said(form.get("mark"))));
        return room::answered(&cx, &headers, (ids.0, Some(ids.1)), done).await;
    }
    if form.get("from") == "details" {
        return super::participant::answered(&cx, ids, outcome.map(drop), said(form.get("mark"))).await;
    }
    answered(&cx, &headers, ids.0, outcome, said(form.get("mark"))).await
}

async fn tap(
    cx: &Cx,
    headers: &HeaderMap,
    ids: (SessionId, ParticipantId),
    form: &Form,
) -> Result<ParticipantView, Problem> {
    if let Some(changed) = room::change(cx, headers, ids, form).await {
        return changed;
    }
    let word = form.get("mark");
    if word == "signed" {
        return signed_today(cx, ids, form.get("kind")).await;
    }
    let opened = match word {
        "finance" => Some(ChangeParticipant { finance_cleared: Some(true), ..ChangeParticipant::default() }),
        "consent" => Some(ChangeParticipant { consent_verified: Some(true), ..ChangeParticipant::default() }),
        _ => None,
    };
    if let Some(change) = opened {
        return actions::change_participant(cx, ids, &change).await;
    }
    let verb = verb(word).ok_or_else(|| Problem::malformed("The page asked for a mark that does not exist."))?;
    let mut mark: Mark = form.read(&fields(verb))?;
    // A tap may arrive late: others moving the person forward since does not contradict it.
    let mut cx = cx.clone();
    mark.seen_version = cx.request.if_match.take();
    if verb == ParticipantVerb::CheckIn && mark.at.is_none() {
        mark.at = room::tapped_at(&cx, headers).map(|at| Parsed(When::Instant(at)));
    }
    if word == "left" {
        mark.no_show_reason = Some(NoShowReason::LeftBeforeStart);
    }
    actions::mark(&cx, ids, verb, &mark).await
}

/// The patient has signed a lacking consent on paper today, for themselves. What is on file already is not kept twice.
async fn signed_today(cx: &Cx, ids: (SessionId, ParticipantId), kind: &str) -> Result<ParticipantView, Problem> {
    cx.require(Permission::ConsentManage).await?;
    let person = actions::participant(cx, ids).await?;
    match person.consents.iter().find(|one| one.kind.as_text() == kind) {
        None => return Ok(person),
        Some(lacking) if !lacking.may_sign_today => {
            let message = "This consent asks for more than the patient’s own signature of today. Keep it on the person’s Consents page.";
            return Err(Problem::conflict("not_in_one_click", message));
        }
        Some(_) => {}
    }
    let new = parse::<NewConsent>(json!({ "patient_id": person.patient_id, "kind": kind }))?;
    consents::actions::take(cx, &new).await?;
    actions::participant(cx, ids).await
}

fn verb(word: &str) -> Option<ParticipantVerb> {
    match word {
        "confirmed" => Some(ParticipantVerb::Confirm),
        "arrived" => Some(ParticipantVerb::CheckIn),
        "attended" => Some(ParticipantVerb::Attend),
        "no_show" | "left" => Some(ParticipantVerb::NoShow),
        "cancelled" => Some(ParticipantVerb::Cancel),
        "undo" => Some(ParticipantVerb::Undo),
        _ => None,
    }
}

/// What may come with a tap; the page of one participant asks for more than the room view.
fn fields(verb: ParticipantVerb) -> Vec<(&'static str, As)> {
    let reason = ("reason", As::Text);
    match verb {
        ParticipantVerb::CheckIn => vec![reason, ("at", As::Text), ("override_gates", As::TruthIfAny)],
        ParticipantVerb::Attend => vec![reason, ("override_gates", As::TruthIfAny)],
        ParticipantVerb::NoShow => {
            vec![reason, ("no_show_reason", As::Text), ("no_show_notes", As::Text), ("excused", As::Truth)]
        }
        ParticipantVerb::Cancel => vec![reason, ("excused", As::Truth)],
        _ => Vec::new(),
    }
}

/// What is said of a tap that was taken.
fn said(word: &str) -> &'static str {
    match word {
        "confirmed" => "Confirmed.",
        "arrived" => "Arrived.",
        "attended" => "Attended.",
        "no_show" => "No-show.",
        "left" => "Left before it began.",
        "cancelled" => "Booking cancelled.",
        "undo" => "Undone.",
        "finance" => "Finance is cleared.",
        "consent" => "Consent is noted as seen.",
        "late" | "now" => "Came late.",
        "left_now" | "early" => "Left early.",
        "back" => "Is back.",
        "level" => "Participation is noted.",
        "signed" => "The consent is kept as signed today.",
        _ => "Done.",
    }
}

/// Everybody who is not marked yet.
pub async fn many(cx: Cx, headers: HeaderMap, At(id): At<SessionId>, form: Form) -> Result<Response, Problem> {
    let marks = match form.get("undo") {
        "" => form.read::<MarkMany>(&[("rest", As::Text)]),
        undo => parse::<MarkMany>(json!({ "items": taken_back(undo) })),
    };
    if form.get("from") == room::FROM {
        let done = many_of_room(&cx, id, marks).await;
        return room::answered(&cx, &headers, (id, None), done).await;
    }
    let marked = match marks {
        Ok(marks) => actions::mark_many(&cx, id, &marks).await,
        Err(problem) => Err(problem),
    };
    match marked {
        Ok(view) if view.errors.is_empty() => {
            let message = format!("{} marked.", words::people(view.marked.try_into().unwrap_or_default()));
            done(&cx, &headers, id, &message).await
        }
        Ok(view) => some(&cx, &headers, id, &view).await,
        Err(problem) => refused(&cx, id, problem).await,
    }
}

async fn many_of_room(cx: &Cx, id: SessionId, marks: Result<MarkMany, Problem>) -> Result<room::Done, Problem> {
    let marks = marks?;
    let before = sessions::actions::roster_again(cx, id).await?.participants;
    let view = actions::mark_many(cx, id, &marks).await?;
    Ok(room::Done::of_many(id, &before, &view, &cx.app.clock.secret()))
}

/// Where people stood before they were marked together: `par_…=booked par_…=arrived`.
fn taken_back(undo: &str) -> Value {
    let items = undo.split_ascii_whitespace().filter_map(|one| one.split_once('='));
    items.map(|(id, status)| json!({ "participant_id": id, "status": status })).collect()
}

/// Some were not marked: the page says who, and why.
async fn some(cx: &Cx, headers: &HeaderMap, id: SessionId, view: &AttendanceView) -> Result<Response, Problem> {
    let name = |id| view.participants.iter().find(|one| one.id == id).map_or("", |one| one.name.as_str());
    let left = view.errors.iter().map(|error| format!("{}: {}", name(error.participant_id), error.message));
    let title = format!("{} marked, {} not.", view.marked, view.errors.len());
    let notice = Notice::new(Tone::Warn, title.clone()).items(left).flash();
    let page = page(cx, id, html! { div.told tabindex="-1" data-focus { (notice) } }).await?;
    if is_live(headers) {
        Ok((status_line(&title), page.render()).into_response())
    } else {
        Ok(page.render().into_response())
    }
}
