//! Markup of the session page.

use ::rules::{
    permissions::Permission,
    sessions::{ParticipantStatus, SessionStatus, SessionType},
};
use maud::{Markup, html};

use super::{Shown, beginning, ending, rows};
use crate::{
    door::Cx,
    frame,
    screens::words,
    shell::ui::{
        Button, Card, Confirm, EmptyState, Field, Form, Icon, Notice, PageHeader, StatTile, Tab, Tone, attendance_list,
        definition_list, tabs, tiles, time,
    },
};

/// The page of a session, under what was just told.
pub fn page(cx: &Cx, shown: &Shown, told: Markup) -> Markup {
    html! {
        (header(cx, shown))
        (pages(cx, shown))
        div #room.stack {
            (told)
            (notices(shown))
            (counts(shown))
            (participants(shown))
            (about(cx, shown))
        }
    }
}

fn header(cx: &Cx, shown: &Shown) -> PageHeader {
    let session = &shown.session;
    let header = PageHeader::new(session.title.to_string())
        .crumb("Today", format!("/today?day={}", session.local_date))
        .status(html! { (words::standing(session)) (words::flags(session, cx.now()))
        @if let Some(badge) = words::over_capacity(session) { (badge) } })
        .fact(Icon::Clock, words::when(cx, session))
        .fact(Icon::Person, words::leaders(session));
    let header = match words::place(&shown.offers, session) {
        Some(place) => header.fact(Icon::Room, place),
        None => header,
    };
    let header = match &session.topic {
        Some(topic) => header.lede(topic.to_string()),
        None => header,
    };
    header.actions(actions(shown))
}

/// The pages of a session: who is in it, and what is written of it.
fn pages(cx: &Cx, shown: &Shown) -> Markup {
    let base = format!("/sessions/{}", shown.session.id);
    let mut list = vec![Tab::new("Session", base.clone()).current(true)];
    if cx.permissions.allows(Permission::GroupEncounterNoteRead) {
        list.push(Tab::new("Notes", format!("{base}/notes")));
    }
    if cx.request.look.individual_notes && cx.permissions.allows(Permission::ChartRead) {
        list.push(Tab::new("In the charts", format!("{base}/charts")));
    }
    html! { @if list.len() > 1 { (tabs("Session", &list)) } }
}

fn turn(shown: &Shown, verb: &str) -> Form {
    Form::post(format!("/sessions/{}/{verb}", shown.session.id))
        .hidden("idempotency_key", format!("{}-{verb}", shown.key))
        .hidden("version", shown.session.version)
}

fn reason(scope: &str) -> Field {
    Field::text("reason", "Reason").scope(scope).required().max_length(500)
}

fn actions(shown: &Shown) -> Markup {
    let (session, may) = (&shown.session, &shown.may);
    let base = format!("/sessions/{}", session.id);
    html! {
        @if session.status.is_open() { (Button::secondary("Room view").icon(Icon::Tablet).href(format!("{base}/room"))) }
        @if session.status.is_open() { (Button::quiet("Sign-in sheet").icon(Icon::Print).href(format!("{base}/sheet"))) }
        @if session.status.is_open() && shown.may.check_in { (Button::quiet("Kiosk codes").icon(Icon::Room).href(format!("{base}/kiosk-codes"))) }
        @if may.edit { (Button::quiet("Edit").icon(Icon::Edit).href(format!("{base}/edit"))) }
        @if may.cancel { (cancel(shown)) }
        @if may.reopen { (Button::quiet("Reopen…").icon(Icon::Undo).href(format!("{base}/reopen"))) }
        @if may.void { (Button::quiet("Void…").icon(Icon::Remove).href(format!("{base}/void"))) }
        @if may.undo_start { (undo_start(shown)) }
        @if may.correct_end { (correct_times(shown)) }
        @if may.start && may.is_late { (late_start(turn(shown, "start"))) }
        @if may.start && !may.is_late {
            (beginning::button(session, shown.now, turn(shown, "start")))
        }
        @if may.end { (ending::button(session, shown.now, turn(shown, "end"))) }
    }
}

fn cancel(shown: &Shown) -> Confirm {
    let booked = shown.people.iter().filter(|person| person.status.takes_seat()).count();
    let who = if booked == 0 { String::new() } else { format!(" {} lose their place in it.", words::people(booked)) };
    let words = format!(
        "This one session does not take place.{who} No other session changes, and its number stays. This can’t be undone."
    );
    Confirm::new("Cancel…", words, turn(shown, "cancel"), Button::danger("Cancel session"))
        .icon(Icon::Cross)
        .fields(html! { (reason("cancel").hint("Kept with the session.")) })
}

fn undo_start(shown: &Shown) -> Confirm {
    let words = "The session is scheduled again, as if it had not begun. Who was marked attended or no-show is not marked any more.";
    Confirm::new("Undo start…", words, turn(shown, "undo-start"), Button::danger("Undo start")).icon(Icon::Undo)
}

fn correct_times(shown: &Shown) -> Confirm {
    let session = &shown.session;
    let local = |instant: Option<&str>| {
        let at = instant.and_then(|instant| words::local(&session.zone, instant));
        at.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
    };
    let (began, ended) = (local(session.actual_start.as_deref()), local(session.actual_end.as_deref()));
    let words = "Everybody’s minutes are reckoned again.";
    Confirm::new("Correct the times…", words, turn(shown, "end"), Button::primary("Save the times"))
        .icon(Icon::Clock)
        .fields(html! {
            (Field::date_time("actual_start", "Began at").scope("end").value(began))
            (Field::date_time("actual_end", "Ended at").scope("end").value(ended))
        })
}

/// A session that was forgotten on its day is entered with a reason, asked for where the reader is.
pub fn late_start(start: Form) -> Confirm {
    let words = "The day of this session is over. It is marked as entered late; mark who came, and end it.";
    Confirm::new("Enter late…", words, start, Button::primary("Enter the session"))
        .icon(Icon::Play)
        .fields(html! { (reason("start").hint("Why it was not entered on its day.")) })
}

/// Who can start a session that the reader cannot, and what would help.
fn waits_for(session: &crate::sessions::answers::SessionView) -> &'static str {
    match session.leaders.is_empty() {
        true => "Nobody leads it yet: name somebody under Leaders, or have your login linked to a staff profile.",
        false => "Add yourself under Leaders, or ask one of them.",
    }
}

/// What stands in the way, or deserves a sentence.
fn notices(shown: &Shown) -> Markup {
    let session = &shown.session;
    html! {
        @if session.status == SessionStatus::Cancelled {
            (Notice::new(Tone::Info, "This session does not take place.")
                .text(session.cancellation_reason.as_ref().map(ToString::to_string).unwrap_or_default()))
        }
        @if !shown.away.is_empty() { (needs_cover(shown)) }
        @if session.status == SessionStatus::Voided {
            (Notice::new(Tone::Bad, "This session was entered in error.")
                .text(session.void_reason.as_ref().map(ToString::to_string).unwrap_or_default()))
        }
        @if shown.may.waits_for_its_leader { (Notice::new(Tone::Info, "This session has not begun, and its leader starts it.").text(waits_for(session))) }
        @if session.reopened_at.is_some() && session.status == SessionStatus::InProgress {
            (Notice::new(Tone::Warn, "This session was reopened: its notes are to be signed again.")
                .text(session.reopen_reason.as_ref().map(ToString::to_string).unwrap_or_default()))
        }
        @if session.first_signed_at.is_some() && session.status == SessionStatus::InProgress {
            (Notice::new(Tone::Info, "A note is signed, so attendance stays as it is."))
        }
    }
}

/// That a leader is away, and where to find somebody else.
fn needs_cover(shown: &Shown) -> Notice {
    let names: Vec<&str> = shown.away.iter().map(|leader| leader.name.as_str()).collect();
    let (names, verb) = (names.join(" and "), if names.len() == 1 { "is" } else { "are" });
    let substitutes = format!("/sessions/{}/substitutes", shown.session.id);
    Notice::new(Tone::Warn, format!("{names} {verb} away then.")).text("This session needs cover.").actions(html! {
        @if shown.may.lead { (Button::secondary("Who could take this?").icon(Icon::Staff).href(substitutes)) }
    })
}

fn count(shown: &Shown, statuses: &[ParticipantStatus]) -> usize {
    shown.people.iter().filter(|person| statuses.contains(&person.status)).count()
}

/// The numbers of the room.
fn counts(shown: &Shown) -> Markup {
    use ParticipantStatus as S;
    let count = |statuses: &[S]| count(shown, statuses);
    let open = count(&[S::Booked, S::Confirmed, S::Arrived]);
    let seats = match shown.session.session_type {
        SessionType::Individual => "Individual session".to_owned(),
        SessionType::Group => format!("of {} seats", shown.session.max_capacity),
    };
    let has_begun = !matches!(shown.session.status, SessionStatus::Scheduled | SessionStatus::Cancelled);
    let away = StatTile::new("Cancelled", count(&[S::Cancelled]));
    html! {
        @if has_begun {
            (tiles(html! {
                (StatTile::new("Attended", count(&[S::Attended])).note(Tone::Neutral, format!("of {}", shown.people.len())))
                @if open == 0 { (StatTile::new("To mark", 0).note(Tone::Good, "Everybody is marked")) }
                @else { (StatTile::new("To mark", open).note(Tone::Warn, "Before it can end")) }
                (StatTile::new("No-show", count(&[S::NoShow])))
                (away)
            }))
        } @else {
            (tiles(html! {
                (StatTile::new("Booked", open).note(Tone::Neutral, seats))
                (StatTile::new("Confirmed", count(&[S::Confirmed])))
                (StatTile::new("Arrived", count(&[S::Arrived])))
                (away)
            }))
        }
    }
}

fn participants(shown: &Shown) -> Markup {
    let may = &shown.may;
    let base = format!("/sessions/{}", shown.session.id);
    let all: Vec<_> = shown.people.iter().map(|person| rows::row(shown, person)).collect();
    let add = |button: Button| button.icon(Icon::Plus).href(format!("{base}/add"));
    let empty = EmptyState::new(Icon::Person, "Nobody is booked yet")
        .text("Members of the group are booked by themselves. Anybody else can be added to this one session.")
        .actions(html! { @if may.add { (add(Button::primary("Add somebody"))) } });
    let actions = html! {
        @if may.has_begun && may.attend && !may.is_closed && count(shown, OPEN) > 0 {
            (everybody(shown, "attended", "All present", Icon::Check))
            (everybody(shown, "no_show", "Rest no-show", Icon::Away))
        }
        @if may.add && !all.is_empty() { (add(Button::quiet("Add").small())) }
    };
    let card = Card::new("Participants").note(words::seats(&shown.session)).id("participants").actions(actions).flush();
    html! {
        @if all.is_empty() { (card.body(html! { (empty) })) } @else { (card.body(attendance_list("Participants", &all))) }
    }
}

/// Not marked yet.
const OPEN: &[ParticipantStatus] =
    &[ParticipantStatus::Booked, ParticipantStatus::Confirmed, ParticipantStatus::Arrived];

/// One tap for everybody who is not marked yet.
fn everybody(shown: &Shown, rest: &str, label: &str, icon: Icon) -> Form {
    Form::post(format!("/sessions/{}/attendance", shown.session.id))
        .inline()
        .live("#room")
        .hidden("idempotency_key", format!("{}-{rest}", shown.key))
        .hidden("rest", rest)
        .body(html! { (Button::quiet(label).small().icon(icon)) })
}

fn about(cx: &Cx, shown: &Shown) -> Card {
    let session = &shown.session;
    let at = |instant: &str| match instant.parse() {
        Ok(at) => frame::moment(cx, at),
        Err(_) => html! {},
    };
    let mut facts: Vec<(&str, Markup)> = vec![("Number", html! { (session.session_number) })];
    if let (Some(id), Some(name)) = (session.group_id, &shown.group) {
        let link = html! { @if shown.may.groups { a href={ "/groups/" (id) } { (name) } } @else { (name) } };
        facts.push(("Group", link));
    }
    facts.push(("Counts as", html! { (words::service_kind(session.service_kind)) }));
    if let Some(service) = &session.service_type {
        facts.push(("Service", html! { (service) }));
    }
    facts.push(("Takes part", html! { (words::modality(session.modality)) }));
    let hours = [("Began", &session.actual_start), ("Ended", &session.actual_end)];
    for (label, instant) in hours {
        if let Some(instant) = instant {
            facts.push((label, time(instant, &words::clock(&session.zone, instant))));
        }
    }
    let turns = [
        ("Cancelled", &session.cancelled_at),
        ("Waits for review since", &session.pending_since),
        ("Reopened", &session.reopened_at),
        ("Voided", &session.voided_at),
    ];
    for (label, instant) in turns {
        if let Some(instant) = instant {
            facts.push((label, at(instant)));
        }
    }
    let reasons = [
        ("Entered late", &session.late_entry_reason),
        ("Scheduled over a conflict", &session.conflict_reason),
        ("Why it was reopened", &session.reopen_reason),
    ];
    for (label, reason) in reasons {
        if let Some(reason) = reason {
            facts.push((label, html! { (reason) }));
        }
    }
    let lead = html! {
        @if shown.may.lead {
            (Button::quiet("Leaders").small().icon(Icon::Staff).href(format!("/sessions/{}/leaders", session.id)))
        }
    };
    Card::new("About this session").actions(lead).body(definition_list(facts))
}
