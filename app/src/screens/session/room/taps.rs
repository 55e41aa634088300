//! Taps of the room view that set times or how somebody took part.

use ::rules::{
    id::{ParticipantId, SessionId},
    sessions::{ParticipantStatus, SessionStatus},
};
use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use crate::{
    door::Cx,
    http::{
        extract::{Parsed, Patch},
        form::{As, Form},
    },
    problem::Problem,
    sessions::{
        actions::{self, ChangeParticipant},
        answers::{ParticipantView, SessionView},
        inputs::TimeOut,
    },
    when::When,
};

/// The longest time by which somebody comes late or leaves early.
const MINUTES_MAX: i64 = 720;
/// The longest time that a tap has waited for the connection.
const WAITED_MAX: i64 = 24 * 60 * 60;

/// When a tap was made, which has waited so many seconds for the connection. The tablet says how long, not when: its
/// clock may be wrong.
pub fn tapped_at(cx: &Cx, headers: &HeaderMap) -> Option<Timestamp> {
    let waited = headers.get("x-live-waited")?.to_str().ok()?.parse::<i64>().ok()?;
    let waited = SignedDuration::from_secs(waited.clamp(0, WAITED_MAX));
    (!waited.is_zero()).then(|| cx.now().checked_sub(waited).ok()).flatten()
}

/// A form in which a tap says one thing more than its word, `late:10` or `no_show:illness`, with that in its field.
pub fn plain(form: Form) -> Form {
    let Some((word, more)) = form.get("mark").split_once(':') else { return form };
    let name = match word {
        "no_show" => "no_show_reason",
        "level" => "participation_level",
        "signed" => "kind",
        _ => "minutes",
    };
    let others = form.pairs().filter(|(field, _)| *field != "mark" && *field != name);
    Form::of(others.chain([("mark", word), (name, more)]))
}

/// A tap that changes times or the level; none for any other word.
pub async fn change(
    cx: &Cx,
    headers: &HeaderMap,
    ids: (SessionId, ParticipantId),
    form: &Form,
) -> Option<Result<ParticipantView, Problem>> {
    let word = form.get("mark");
    if !["now", "late", "on_time", "left_now", "early", "stayed", "back", "level"].contains(&word) {
        return None;
    }
    // A tap may arrive late: others moving the person forward since does not contradict it.
    let mut cx = cx.clone();
    let seen_version = cx.request.if_match.take();
    let outcome = async {
        let session = actions::show(&cx, ids.0).await?;
        let now = tapped_at(&cx, headers).unwrap_or_else(|| cx.now());
        let change = match word {
            "back" => back(&actions::participant(&cx, ids).await?, now)?,
            word => wanted(&session, word, form, now)?,
        };
        actions::change_participant(&cx, ids, &ChangeParticipant { seen_version, ..change }).await
    };
    Some(outcome.await)
}

fn wanted(session: &SessionView, word: &str, form: &Form, now: Timestamp) -> Result<ChangeParticipant, Problem> {
    let at = |instant: &str| instant.parse::<Timestamp>().unwrap_or(now);
    let begun = at(session.actual_start.as_ref().unwrap_or(&session.starts_at));
    let ended = at(session.actual_end.as_ref().unwrap_or(&session.ends_at));
    let set = |at: Timestamp| Patch::Set(Parsed(When::Instant(at)));
    let same = ChangeParticipant::default;
    let shifted = |from: Timestamp, sign: i64| {
        let minutes = minutes(form)?;
        from.checked_add(SignedDuration::from_mins(sign * minutes)).map_err(|_| out_of_range())
    };
    // Who comes late or leaves early was there.
    let there = (session.status == SessionStatus::InProgress).then_some(ParticipantStatus::Attended);
    Ok(match word {
        "now" => ChangeParticipant { status: there, arrival_at: set(now), ..same() },
        "late" => ChangeParticipant { status: there, arrival_at: set(shifted(begun, 1)?), ..same() },
        "on_time" => ChangeParticipant { arrival_at: Patch::Clear, ..same() },
        "left_now" => ChangeParticipant { status: there, departed_at: set(now), ..same() },
        "early" => ChangeParticipant { status: there, departed_at: set(shifted(ended, -1)?), ..same() },
        "stayed" => ChangeParticipant { departed_at: Patch::Clear, ..same() },
        _ => form.read(&[("participation_level", As::Clearable)])?,
    })
}

/// Who had left is in the room again: they were out in between.
fn back(person: &ParticipantView, now: Timestamp) -> Result<ChangeParticipant, Problem> {
    let at = |instant: &str| instant.parse::<Timestamp>().ok().map(|at| Parsed(When::Instant(at)));
    let Some(from) = person.departed_at.as_deref().and_then(at) else {
        let detail = "Nobody has said that they left. Say so first, or that they stayed to the end.";
        return Err(Problem::conflict("invalid_transition", detail));
    };
    let known = person.stepped_out.iter().map(|one| Some(TimeOut { from: at(&one.from)?, until: at(&one.until)? }));
    let until = Parsed(When::Instant(now));
    let stepped_out = known.chain([Some(TimeOut { from, until })]).collect();
    Ok(ChangeParticipant { departed_at: Patch::Clear, stepped_out, ..ChangeParticipant::default() })
}

fn minutes(form: &Form) -> Result<i64, Problem> {
    let minutes = form.get("minutes").trim().parse::<i64>().ok();
    minutes.filter(|minutes| (1..=MINUTES_MAX).contains(minutes)).ok_or_else(out_of_range)
}

fn out_of_range() -> Problem {
    Problem::invalid_field("minutes", "out_of_range", format!("must be a whole number from 1 to {MINUTES_MAX}"))
}
