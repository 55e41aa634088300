//! Markup of the room view around the tiles.

use ::rules::{
    id::SessionId,
    permissions::Permission,
    sessions::{ParticipantStatus as S, SessionStatus},
};
use maud::{Markup, Render as _, html};

use super::{
    super::{beginning, ending, view::late_start},
    FROM, Room, notice, path,
    tile::tile,
};
use crate::{
    door::Cx,
    screens::words,
    sessions::{
        actions::AttendanceView,
        answers::{ParticipantView, SessionView},
    },
    shell::ui::{Button, Card, Confirm, EmptyState, Field, Form, Icon, PageHeader, Tone, Width},
};

/// Not marked yet.
const OPEN: [S; 3] = [S::Booked, S::Confirmed, S::Arrived];

/// The page: what stays, and the room itself, which changes under the reader's hands.
pub fn page(cx: &Cx, room: &Room, told: Markup) -> Markup {
    let session = &room.session;
    let base = format!("/sessions/{}", session.id);
    let header = PageHeader::new(session.title.to_string())
        .crumb("Today", format!("/today?day={}", session.local_date))
        .fact(Icon::Clock, words::hours_here(cx, session))
        .fact(Icon::Person, words::leaders(session))
        .actions(html! {
            @if let Some(following) = &room.next { (next(following)) }
            @if cx.permissions.allows(Permission::GroupEncounterNoteRead) { (Button::quiet("Notes").icon(Icon::Notes).href(format!("{base}/notes"))) }
            (Button::quiet("Session page").icon(Icon::Left).href(base))
        });
    let user = cx.user().map(|user| user.to_string()).unwrap_or_default();
    html! {
        (header)
        div.room-line #room-line role="status" data-keep data-room=(session.id) data-user=(user) data-follow={ (path(session.id)) "/live" } {}
        (told_of(told))
        (inside(room))
        @if room.may.add { (walk_in(room)) }
    }
}

/// What a script puts in after a tap: the room, and what was told.
pub fn fragment(room: &Room, told: &Markup) -> Markup {
    html! {
        (inside(room))
        div #room-told data-oob { (told) }
    }
}

fn told_of(told: Markup) -> Markup {
    html! { div #room-told { (told) } }
}

/// The room itself. `data-sum` grows with every change of a version, so that what is older is known as older.
pub fn inside(room: &Room) -> Markup {
    let sum = room.people.iter().fold(room.session.version, |sum, person| sum.saturating_add(person.version));
    html! {
        div #room.room data-sum=(sum) data-ended[words::has_ended(&room.session)] {
            (bar(room))
            (ended(room))
            (beside(room))
            @if room.people.is_empty() {
                (EmptyState::new(Icon::Person, "Nobody is booked yet").text("Members of the group are booked by themselves. Anybody else comes in as a walk-in."))
            } @else {
                ul.room-people aria-label="Participants" { @for person in &room.people { (tile(room, person)) } }
            }
        }
    }
}

/// The numbers of the room: what is counted, and the states that count.
fn counts(room: &Room) -> &'static [(&'static str, &'static [S])] {
    match room.session.status {
        SessionStatus::Scheduled | SessionStatus::Cancelled => {
            &[("Expected", &[S::Booked, S::Confirmed]), ("Arrived", &[S::Arrived]), ("Cancelled", &[S::Cancelled])]
        }
        _ => &[
            ("Attended", &[S::Attended]),
            ("To mark", &OPEN),
            ("No-show", &[S::NoShow]),
            ("Cancelled", &[S::Cancelled]),
        ],
    }
}

fn counted(room: &Room, label: &str, states: &[S]) -> Markup {
    let words: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
    html! { div { dt { (label) } dd data-counts=(words.join(" ")) { (room.count(states)) } } }
}

fn bar(room: &Room) -> Markup {
    let marks = room.may.has_begun && room.may.attend && !room.may.is_closed && room.count(&OPEN) > 0;
    html! {
        div.room-bar {
            p.room-standing { (words::standing(&room.session)) }
            dl.room-counts {
                @for (label, states) in counts(room) { (counted(room, label, states)) }
            }
            div.room-acts {
                @if marks {
                    div.room-marks {
                        (everybody(room, "attended", "All present", Icon::Check))
                        (everybody(room, "no_show", "Rest no-show", Icon::Away))
                    }
                }
                div.room-turns { (turns(room)) }
            }
        }
    }
}

/// What comes after the end: when it was, and the way to the notes.
fn ended(room: &Room) -> Markup {
    let session = &room.session;
    let Some(end) = session.actual_end.as_ref().filter(|_| session.status != SessionStatus::Scheduled) else {
        return html! {};
    };
    let notes = format!("/sessions/{}/notes", session.id);
    let words = match (words::has_ended(session), room.notes) {
        (true, _) => "Everybody is marked. Its notes are still to be written and signed.",
        (false, true) => "Its notes are written.",
        (false, false) => "",
    };
    let to_notes =
        if room.writes && session.status == SessionStatus::InProgress { "Write the notes" } else { "Read the notes" };
    notice(Tone::Good, format!("The session ended at {}.", words::clock(&session.zone, end)))
        .text(words)
        .actions(html! { @if room.notes { (Button::primary(to_notes).icon(Icon::Notes).href(notes)) } })
        .render()
}

/// The leader's next session of the day; shown once this one has ended.
fn next(session: &SessionView) -> Markup {
    let at = words::clock(&session.zone, &session.starts_at);
    html! {
        span.room-next {
            (Button::secondary(format!("Next: {}, {at}", session.title)).icon(Icon::Right).href(path(session.id)))
        }
    }
}

/// One tap for everybody who is not marked yet.
fn everybody(room: &Room, rest: &str, label: &str, icon: Icon) -> Markup {
    html! {
        form method="post" action={ "/sessions/" (room.session.id) "/attendance" } data-tap {
            input type="hidden" name="from" value=(FROM);
            input type="hidden" name="idempotency_key" value={ (room.key) "-" (rest) };
            button.btn type="submit" name="rest" value=(rest) { (icon) span { (label) } }
        }
    }
}

fn turn(room: &Room, verb: &str) -> Form {
    Form::post(format!("/sessions/{}/{verb}", room.session.id))
        .hidden("from", FROM)
        .hidden("idempotency_key", format!("{}-{verb}", room.key))
        .hidden("version", room.session.version)
        .live("#room")
}

/// What begins and ends the session. To enter one late needs a reason, which is asked for here.
fn turns(room: &Room) -> Markup {
    let may = &room.may;
    let undo = "The session is scheduled again, as if it had not begun. Who was marked attended or no-show is not marked any more.";
    html! {
        @if may.start && !may.is_late {
            (beginning::button(&room.session, room.now, turn(room, "start")))
        }
        @if may.start && may.is_late {
            (late_start(turn(room, "start")))
        }
        @if may.undo_start {
            (Confirm::new("Undo start…", undo, turn(room, "undo-start"), Button::danger("Undo start")).icon(Icon::Undo))
        }
        @if may.end { (ending::button(&room.session, room.now, turn(room, "end"))) }
    }
}

fn beside(room: &Room) -> Markup {
    let names: Vec<&str> = room.beside.iter().map(|viewer| viewer.name.as_str()).collect();
    html! {
        p.room-beside hidden[names.is_empty()] { (Icon::Eye) span { "Also here: " (names.join(", ")) } }
        @if room.may.is_closed && room.session.status == SessionStatus::InProgress {
            p.quiet { "A note is signed, so attendance stays as it is." }
        }
    }
}

/// Somebody who is not on the list: found by a search that is a POST, so that no name is ever in an address.
fn walk_in(room: &Room) -> Markup {
    let source = if room.may.has_begun || room.may.is_today { "walk_in" } else { "" };
    let search = Form::post(format!("/sessions/{}/add", room.session.id))
        .id("walk-in")
        .hidden("from", FROM)
        .hidden("source", source)
        .live("#found")
        .auto()
        .body(html! {
            (Field::search("q", "Find a patient or guest").value(room.sought.0.clone()).autocomplete("off").max_length(200).width(Width::Medium)
                .hint("Name, preferred name, record number, or birth date as 1970-04-25."))
            (Button::secondary("Search").icon(Icon::Search))
        });
    html! {
        (Card::new("Somebody is not on the list?").id("add").body(html! { (search) div #found { (room.sought.1) } }))
    }
}

/// What is told of many taps at once: how many, who was not marked and why, and how to take it back.
pub fn many(id: SessionId, before: &[ParticipantView], view: &AttendanceView, key: &str) -> (String, Markup) {
    let name = |id| view.participants.iter().find(|one| one.id == id).map_or("", |one| one.name.as_str());
    let left: Vec<String> =
        view.errors.iter().map(|error| format!("{}: {}", name(error.participant_id), error.message)).collect();
    let marked = words::people(view.marked.try_into().unwrap_or_default());
    let is_back = view.participants.iter().all(|one| !one.status.is_resolved()) && view.marked > 0;
    let title = if left.is_empty() && is_back {
        format!("Undone: {marked} not marked any more.")
    } else if left.is_empty() {
        format!("{marked} marked.")
    } else {
        format!("{marked} marked, {} not.", left.len())
    };
    let was = |one: &ParticipantView| before.iter().find(|old| old.id == one.id).map(|old| old.status);
    let changed = view.participants.iter().filter_map(|one| Some((one.id, was(one).filter(|was| *was != one.status)?)));
    let undo: Vec<String> = changed.map(|(id, was)| format!("{id}={was}")).collect();
    let tone = if left.is_empty() { Tone::Good } else { Tone::Warn };
    let back = Form::post(format!("/sessions/{id}/attendance"))
        .inline()
        .hidden("from", FROM)
        .hidden("idempotency_key", format!("{key}-undo"))
        .hidden("undo", undo.join(" "))
        .live("#room")
        .body(html! { (Button::secondary("Undo").icon(Icon::Undo).context("these marks")) });
    let told = notice(tone, title.clone()).items(left).actions(html! { @if !undo.is_empty() { (back) } });
    (title, html! { (told) })
}
