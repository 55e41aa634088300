//! A participant as a tile: the name, where they stand, one large tap for what happens next, and the way back.

use ::rules::sessions::ParticipantStatus;
use maud::{Markup, html};

use super::{super::rows, Room, menu::menu};
use crate::{
    screens::words,
    sessions::answers::ParticipantView,
    shell::ui::{Icon, avatar, heard},
};

/// Taps that are no step forward: they stand in the menu.
const ASIDE: [&str; 4] = ["no_show", "left", "cancelled", "undo"];

/// The form of a participant's taps, by what sets its idempotency key apart.
pub fn form(room: &Room, person: &ParticipantView, suffix: &str, body: Markup) -> Markup {
    html! {
        form method="post" action={ "/sessions/" (room.session.id) "/participants/" (person.id) "/mark" } data-tap {
            (fields(room, person, suffix))
            (body)
        }
    }
}

/// What goes with every tap.
pub fn fields(room: &Room, person: &ParticipantView, suffix: &str) -> Markup {
    html! {
        input type="hidden" name="from" value=(super::FROM);
        input type="hidden" name="version" value=(person.version);
        input type="hidden" name="idempotency_key" value={ (room.key) "-" (person.id) (suffix) };
    }
}

/// The tile of one participant.
pub fn tile(room: &Room, person: &ParticipantView) -> Markup {
    let offers = rows::offers(&room.may, person);
    let next = offers.iter().copied().find(|(word, _, _)| !ASIDE.contains(word));
    let undoes = person.status != ParticipantStatus::Booked && room.may.undo(person.status);
    // Who has said they come is expected all the same: in a session that runs there is nothing to take back.
    let undoes = undoes && !(room.may.has_begun && person.status == ParticipantStatus::Confirmed);
    let refused = room.refused.as_ref().filter(|(id, _)| *id == person.id);
    let taps = html! {
        (tap(room, person, next))
        button.btn.tile-undo type="submit" name="mark" value="undo" hidden[!undoes] { (Icon::Undo) span { "Undo" (heard(" ")) (heard(&person.name)) } }
    };
    html! {
        li.tile id=(person.id) data-state=(person.status.as_str()) {
            (form(room, person, "", taps))
            (menu(room, person, &offers, next))
            @if let Some((_, why)) = refused { p.tile-told role="alert" data-refused { (Icon::Warning) span { (why) } } }
        }
    }
}

fn tap(room: &Room, person: &ParticipantView, next: Option<rows::Offer>) -> Markup {
    let is_open = !person.status.is_resolved() && !room.may.is_closed;
    let gates = if is_open { rows::gates_in_short(person) } else { Vec::new() };
    let is_shut = |word: &str| matches!(word, "attended" | "arrived") && is_open && !person.blocked_by.is_empty();
    let usable = next.filter(|(word, _, _)| !is_shut(word));
    let detail = rows::detail(&room.session.zone, person);
    html! {
        button.tile-tap type="submit" name="mark" value=(next.map_or("", |(word, _, _)| word)) disabled[usable.is_none()] {
            (avatar(&person.name))
            span.tile-words {
                span.tile-name { (person.name) @if person.guest_id.is_some() { " " span.tag { "Guest" } } }
                span.tile-line {
                    span.tile-state { (words::attendance(person.status).label()) }
                    @if let Some(detail) = detail { span.tile-detail { (detail) } }
                    @if let Some(source) = rows::source(person.source) { span.tile-detail { (source) } }
                }
                @for gate in gates { span.gate { (Icon::Lock) span { (gate) } } }
            }
            @if let Some((_, label, icon)) = usable { span.tile-verb { (icon) span { (label) } } }
        }
    }
}
