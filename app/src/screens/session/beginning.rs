//! Beginning a session: when, where that has to be asked.

use ::rules::sessions::{SessionStatus, asks_when_it_began};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    screens::words,
    sessions::answers::SessionView,
    shell::ui::{Button, Confirm, Field, Form, Icon},
};

fn starts_at(session: &SessionView) -> Option<Timestamp> {
    session.starts_at.parse().ok()
}

/// Whether whoever starts it now is asked when it began: long after the planned start, nobody's minutes begin now unasked.
pub fn asks(session: &SessionView, now: Timestamp) -> bool {
    let is_late = starts_at(session).is_some_and(|planned| asks_when_it_began(planned, now));
    session.status == SessionStatus::Scheduled && is_late
}

/// The button that starts it, with the time where it is asked for: the planned start.
pub fn button(session: &SessionView, now: Timestamp, form: Form) -> Markup {
    let Some(planned) = starts_at(session).filter(|_| asks(session, now)) else {
        return html! { (form.inline().body(html! { (Button::primary("Start session").icon(Icon::Play)) })) };
    };
    let began = session.zone.local(planned).strftime("%Y-%m-%dT%H:%M").to_string();
    let clock = words::clock(&session.zone, &session.starts_at);
    let consequence =
        format!("It was to begin at {clock}. Everybody’s minutes are reckoned from the time it really began.");
    let is_now = format!("It is {} now.", words::clock(&session.zone, &now.to_string()));
    let ask = Confirm::new("Start session…", consequence, form, Button::primary("Start session").icon(Icon::Play))
        .icon(Icon::Play)
        .primary()
        .fields(
            html! { (Field::date_time("actual_start", "Began at").scope("start").value(began).required().hint(is_now)) },
        );
    html! { (ask) }
}
