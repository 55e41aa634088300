//! What a tap on the tile does not do: why somebody is away, late, left early, how they took part, closed gates.

use ::rules::sessions::{NoShowReason, ParticipantStatus, ParticipationLevel};
use maud::{Markup, html};

use super::{
    super::rows::{self, Offer},
    Room,
    tile::{fields, form},
};
use crate::{
    screens::words,
    sessions::answers::ParticipantView,
    shell::ui::{Button, Field, Icon, heard},
};

/// Minutes that are one tap away.
const MINUTES: [i64; 5] = [5, 10, 15, 20, 30];

/// The menu beside a tile.
pub fn menu(room: &Room, person: &ParticipantView, offers: &[Offer], next: Option<Offer>) -> Markup {
    let details = format!("/sessions/{}/participants/{}", room.session.id, person.id);
    let is_open = !person.status.is_resolved() && !room.may.is_closed;
    let attended = person.status == ParticipantStatus::Attended && !room.may.is_closed;
    let times = room.may.has_begun && room.may.attend && room.may.check_in && (is_open || attended);
    let taps = html! {
        @if is_open { (other(person, offers, next)) }
        @if is_open && room.may.has_begun && room.may.attend { (away(person)) }
        @if times { (late(room, person)) (early(room, person)) }
        @if attended && room.may.attend { (level(person)) }
    };
    html! {
        details.tile-more data-pop {
            summary.btn { (Icon::More) (heard("More for ")) (heard(&person.name)) }
            div.tile-menu {
                @if !taps.0.is_empty() { (form(room, person, "-menu", taps)) }
                @if times { (minutes(room, person)) }
                @if is_open && !person.blocked_by.is_empty() && room.may.pass_gates { (anyway(room, person)) }
                p { a href=(details) { "All about this participation" } }
            }
        }
    }
}

/// One tap of the menu.
fn act(mark: &str, label: &str) -> Markup {
    html! { button.btn type="submit" name="mark" value=(mark) { (label) } }
}

fn part(title: &str, taps: Markup) -> Markup {
    html! { section { h2 { (title) } div.choices-row { (taps) } } }
}

/// Steps that are possible, and not the usual one.
fn other(person: &ParticipantView, offers: &[Offer], next: Option<Offer>) -> Markup {
    // Why somebody is away is asked below; undoing has a button of its own.
    let aside =
        |word: &str| ["no_show", "left", "undo"].contains(&word) || next.is_some_and(|(next, _, _)| next == word);
    let shut = |word: &str| matches!(word, "attended" | "arrived") && !person.blocked_by.is_empty();
    let others: Vec<&Offer> = offers.iter().filter(|(word, _, _)| !aside(word) && !shut(word)).collect();
    let label = |word: &str, label: &'static str| if word == "cancelled" { "Cancel the booking" } else { label };
    html! {
        @if !others.is_empty() {
            (part("Instead", html! { @for (word, said, _) in &others { (act(word, label(word, said))) } }))
        }
    }
}

/// A closed gate is passed with a reason: words that somebody types wait nowhere, so this needs the connection.
fn anyway(room: &Room, person: &ParticipantView) -> Markup {
    let (mark, label) =
        if room.may.has_begun { ("attended", "Mark attended anyway") } else { ("arrived", "Check in anyway") };
    let action = format!("/sessions/{}/participants/{}/mark", room.session.id, person.id);
    let reason = Field::text("reason", "Reason").scope(format!("{}-anyway", person.id)).required().max_length(500);
    html! {
        section {
            h2 { (rows::gates(person).join(", ")) }
            form.anyway method="post" action=(action) data-live="#room" {
                (fields(room, person, "-anyway"))
                input type="hidden" name="mark" value=(mark);
                input type="hidden" name="override_gates" value="true";
                (reason.hint("Kept with the record."))
                (Button::secondary(label))
            }
        }
    }
}

/// Why somebody did not come: one tap says both.
fn away(person: &ParticipantView) -> Markup {
    let here = person.status == ParticipantStatus::Arrived;
    let reasons = NoShowReason::ALL.iter().filter(|reason| (**reason == NoShowReason::LeftBeforeStart) == here);
    let label = |reason: NoShowReason| match reason {
        NoShowReason::Unknown => "Reason unknown".to_owned(),
        known => words::capital(known.as_str()),
    };
    part("No-show", html! { @for reason in reasons { (act(&format!("no_show:{reason}"), &label(*reason))) } })
}

/// How long the session has run, in minutes.
fn run(room: &Room) -> i64 {
    let at = |instant: &Option<String>| instant.as_ref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let begun = at(&room.session.actual_start);
    begun.map_or(0, |begun| at(&room.session.actual_end).unwrap_or(room.now).duration_since(begun).as_mins())
}

fn late(room: &Room, person: &ParticipantView) -> Markup {
    let steps = MINUTES.into_iter().filter(|minutes| *minutes <= run(room));
    let taps = html! {
        @if room.session.actual_end.is_none() { (act("now", "Came just now")) }
        @for minutes in steps { (act(&format!("late:{minutes}"), &format!("{minutes} min"))) }
        @if person.arrival_at.is_some() && person.status == ParticipantStatus::Attended { (act("on_time", "Was on time")) }
    };
    part("Came late", taps)
}

fn early(room: &Room, person: &ParticipantView) -> Markup {
    let ended = room.session.actual_end.is_some();
    let steps = MINUTES.into_iter().filter(|minutes| ended && *minutes < run(room));
    let taps = html! {
        @if !ended && person.departed_at.is_none() { (act("left_now", "Leaves now")) }
        @if !ended && person.departed_at.is_some() { (act("back", "Is back")) }
        @for minutes in steps { (act(&format!("early:{minutes}"), &format!("{minutes} min"))) }
        @if person.departed_at.is_some() { (act("stayed", "Stayed to the end")) }
    };
    part("Left early", taps)
}

/// Minutes that are not one tap away.
fn minutes(room: &Room, person: &ParticipantView) -> Markup {
    let (run, ended) = (run(room), room.session.actual_end.is_some());
    let field = Field::number("minutes", "Other minutes").scope(person.id.to_string()).min(1).max(run).required();
    let taps = html! {
        div.other-minutes {
            (field)
            button.btn type="submit" name="mark" value="late" { "Late" }
            @if ended { button.btn type="submit" name="mark" value="early" { "Left early" } }
        }
    };
    html! { @if run > 0 { (form(room, person, "-minutes", taps)) } }
}

fn level(person: &ParticipantView) -> Markup {
    let is = |level: &ParticipationLevel| if person.participation_level == Some(*level) { "true" } else { "false" };
    let taps = html! {
        @for level in ParticipationLevel::ALL {
            button.btn type="submit" name="mark" value={ "level:" (level) } aria-pressed=(is(level)) { (words::capital(level.as_str())) }
        }
        @if person.participation_level.is_some() { (act("level:", "Not said")) }
    };
    part("Participation", taps)
}
