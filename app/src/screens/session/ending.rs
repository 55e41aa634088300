//! Ending a session: when, where that has to be asked, and what comes after it.

use ::rules::sessions::{SessionStatus, asks_when_it_ended};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    door::Cx,
    problem::Problem,
    screens::words,
    sessions::{
        actions::{self, InDays},
        answers::SessionView,
    },
    shell::ui::{Button, Confirm, Field, Form, Icon},
};

/// The most sessions of one leader on one day that are looked through for the next.
const A_DAY: usize = 100;

fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Whether whoever ends it now has to say when it ended: long after the planned end nobody's minutes go on until now
/// unasked. A late entry ends as planned unless something else is said.
pub fn asks(session: &SessionView, now: Timestamp) -> bool {
    let runs = session.status == SessionStatus::InProgress && session.actual_end.is_none();
    let overran = instant(&session.ends_at).is_some_and(|ends_at| asks_when_it_ended(ends_at, now));
    runs && overran && session.late_entry_reason.is_none()
}

/// The button that ends it, with the time where it is asked for: the planned end, unless it began after that.
pub fn button(session: &SessionView, now: Timestamp, form: Form) -> Markup {
    if !asks(session, now) {
        return html! { (form.inline().body(html! { (Button::primary("End session").icon(Icon::Check)) })) };
    }
    let begun = session.actual_start.as_deref().and_then(instant);
    let planned = instant(&session.ends_at).filter(|ends_at| begun.is_none_or(|begun| begun < *ends_at));
    let ended = session.zone.local(planned.unwrap_or(now)).strftime("%Y-%m-%dT%H:%M").to_string();
    let clock = words::clock(&session.zone, &session.ends_at);
    let consequence =
        format!("It was to end at {clock}. Everybody’s minutes are reckoned up to the time it really ended.");
    let ask = Confirm::new("End session…", consequence, form, Button::primary("End session").icon(Icon::Check))
        .icon(Icon::Check)
        .primary()
        .fields(html! { (Field::date_time("actual_end", "Ended at").scope("end").value(ended).required()) });
    html! { (ask) }
}

/// Refuses to end a session unasked that was to end long ago: the page was opened before.
///
/// # Errors
/// 422 when the time has to be said.
pub fn said(session: &SessionView, now: Timestamp, given: &str) -> Result<(), Problem> {
    if !given.trim().is_empty() || !asks(session, now) {
        return Ok(());
    }
    let clock = words::clock(&session.zone, &session.ends_at);
    let message = format!("is needed: the session was to end at {clock}. Say when it really ended");
    Err(Problem::invalid_field("actual_end", "required", message))
}

/// The next session that day of whoever leads this one: their own, or else the first leader's.
///
/// # Errors
/// 403.
pub async fn next(cx: &Cx, session: &SessionView) -> Result<Option<SessionView>, Problem> {
    let own = cx.practitioner().filter(|own| session.leaders.iter().any(|one| one.practitioner_id == *own));
    let leader = own.or(session.leaders.first().map(|one| one.practitioner_id)).or(cx.practitioner());
    let (Some(leader), Some(begins)) = (leader, instant(&session.starts_at)) else { return Ok(None) };
    let day = session.local_date;
    let asked = InDays {
        from: day,
        until: day,
        midnight: begins,
        site: None,
        room: None,
        group: None,
        leader: Some(leader),
        cancelled: false,
    };
    let found = actions::in_days(cx, &asked, A_DAY).await?.sessions;
    let later = |one: &SessionView| one.id != session.id && instant(&one.starts_at).is_some_and(|at| at >= begins);
    Ok(found.into_iter().find(|one| later(one) && one.status.is_open() && !words::has_ended(one)))
}
