//! A participant as a row of the room view: where they stand, and one tap for each thing that may happen next.

use ::rules::{
    consents::ConsentLack,
    recurrence::Zone,
    sessions::{Gate, ParticipantSource, ParticipantStatus},
};
use maud::{Markup, html};

use super::{May, Shown};
use crate::{
    frame::day,
    screens::words,
    sessions::answers::{LackingConsent, ParticipantView},
    shell::ui::{AttendanceRow, Button, Icon, Person},
};

/// What a tap is posted as, what it says, and its icon.
pub type Offer = (&'static str, &'static str, Icon);

/// The row of one participant.
pub fn row(shown: &Shown, person: &ParticipantView) -> AttendanceRow {
    let session = &shown.session;
    let page = format!("/sessions/{}/participants/{}", session.id, person.id);
    let offers = offers(&shown.may, person);
    let may_undo = shown.may.undo(person.status);
    let row = AttendanceRow::new(
        person.id.to_string(),
        format!("{page}/mark"),
        person.name.clone(),
        words::attendance(person.status),
    )
    .person(face(shown, person))
    .hidden("version", person.version)
    .hidden("idempotency_key", format!("{}-{}", shown.key, person.id))
    .live("#room")
    .more(page);
    let row = match detail(&shown.session.zone, person) {
        Some(detail) => row.detail(detail),
        None => row,
    };
    let is_open = !person.status.is_resolved();
    let row = match is_open && !shown.may.is_closed {
        true => row.blocked_by(gates(person)),
        false => row,
    };
    let row = row.keeps(keeps(&shown.may, person));
    match (is_open, offers.is_empty(), may_undo) {
        (true, false, _) => row.offers(offers),
        (false, _, true) => row,
        _ => row.locked(),
    }
}

fn face(shown: &Shown, person: &ParticipantView) -> Person {
    let face = Person::new(person.name.clone()).guest(person.guest_id.is_some());
    let href = match (person.patient_id, person.guest_id) {
        (Some(id), _) if shown.may.patients => Some(format!("/patients/{id}")),
        (None, Some(id)) if shown.may.groups => Some(format!("/guests/{id}")),
        _ => None,
    };
    let face = match href {
        Some(href) => face.href(href),
        None => face,
    };
    match source(person.source) {
        Some(source) => face.detail(source),
        None => face,
    }
}

/// How somebody came to be here, where it is not as a member of the group.
pub fn source(source: ParticipantSource) -> Option<&'static str> {
    match source {
        ParticipantSource::Roster => None,
        ParticipantSource::Booked => Some("For this session"),
        ParticipantSource::WalkIn => Some("Walk-in"),
        ParticipantSource::MakeUp => Some("Make-up"),
        ParticipantSource::Imported => Some("Imported"),
    }
}

/// Every closed gate in a few words, and of consents each that is lacking.
pub fn gates(person: &ParticipantView) -> Vec<String> {
    let words = |gate: &Gate| match gate {
        Gate::Consent if !person.consents.is_empty() => person.consents.iter().map(consent_words).collect(),
        gate => vec![gate_words(*gate).to_owned()],
    };
    person.blocked_by.iter().flat_map(words).collect()
}

/// As [`gates`], a line for each gate: where several consents are lacking, the first and how many more.
pub fn gates_in_short(person: &ParticipantView) -> Vec<String> {
    let words = |gate: &Gate| match (gate, person.consents.as_slice()) {
        (Gate::Consent, [only]) => consent_words(only),
        (Gate::Consent, [first, more @ ..]) => format!("{} and {} more", consent_words(first), more.len()),
        (gate, _) => gate_words(*gate).to_owned(),
    };
    person.blocked_by.iter().map(words).collect()
}

/// Which consent is lacking, and why.
pub fn consent_words(lacking: &LackingConsent) -> String {
    let on = || lacking.day.map(day).unwrap_or_default();
    let why = match lacking.why {
        ConsentLack::Missing => "missing".to_owned(),
        ConsentLack::NotYet => format!("begins {}", on()),
        ConsentLack::Expired => format!("expired {}", on()),
        ConsentLack::Revoked => "revoked".to_owned(),
        ConsentLack::Outdated => "to be signed again".to_owned(),
    };
    format!("{}: {why}", lacking.title)
}

/// The page where a consent that asks for more than a signature is kept.
pub fn consents_page(person: &ParticipantView) -> Option<String> {
    let patient = person.patient_id.map(|id| format!("/patients/{id}/consents"));
    patient.or_else(|| person.guest_id.map(|id| format!("/guests/{id}/consents")))
}

/// What keeps the consent that is lacking: one click where the patient may sign it for themselves, else the form for it.
/// Several have their clicks on the participant's page: a row has no room for them.
fn keeps(may: &May, person: &ParticipantView) -> Markup {
    let link = |href: String| Button::quiet("Keep a consent…").context(&person.name).href(href);
    html! {
        @match person.consents.as_slice() {
            _ if !may.keep_consent => {}
            [] => {}
            [one] if one.may_sign_today => {
                (Button::secondary("Signed on paper today").context(&person.name).value("mark", format!("signed:{}", one.kind.as_text())))
            }
            [_] => { @if let Some(href) = consents_page(person) { (link(href)) } }
            _ => (link(format!("/sessions/{}/participants/{}", person.session_id, person.id))),
        }
    }
}

/// A closed gate in a few words.
fn gate_words(gate: Gate) -> &'static str {
    match gate {
        Gate::Finance => "Finance not cleared",
        Gate::Consent => "No consent on file",
        Gate::Forms => "Forms are due",
    }
}

/// A tap that opens a gate, where the caller may.
fn opens(may: &May, gate: Gate) -> Option<Offer> {
    match gate {
        Gate::Finance if may.clear_finance => Some(("finance", "Clear finance", Icon::Lock)),
        Gate::Consent if may.see_consent => Some(("consent", "Consent seen", Icon::Lock)),
        _ => None,
    }
}

/// What may happen next, the most usual first.
pub fn offers(may: &May, person: &ParticipantView) -> Vec<Offer> {
    use ParticipantStatus as S;
    let status = person.status;
    if may.is_closed || status.is_resolved() {
        return Vec::new();
    }
    let opening: Vec<Offer> = person.blocked_by.iter().filter_map(|gate| opens(may, *gate)).collect();
    // While every gate can be opened from here, that comes first, and nothing is shown that would be refused.
    let is_next = opening.is_empty() || opening.len() < person.blocked_by.len();
    let expected = matches!(status, S::Booked | S::Confirmed);
    let here = status == S::Arrived;
    // One button that can't be pressed yet says enough.
    let arrives = if may.has_begun { person.blocked_by.is_empty() } else { is_next && may.is_today };
    let offers = [
        (is_next && may.has_begun && may.attend, ("attended", "Attended", Icon::Check)),
        (expected && may.check_in && arrives, ("arrived", "Arrived", Icon::Room)),
        (!may.has_begun && status == S::Booked && may.check_in, ("confirmed", "Confirmed", Icon::Check)),
        (may.has_begun && may.attend && expected, ("no_show", "No-show", Icon::Away)),
        (may.has_begun && may.attend && here, ("left", "Left", Icon::Away)),
        (expected && may.book, ("cancelled", "Cancel", Icon::Cross)),
        ((here || !may.has_begun && status == S::Confirmed) && may.undo(status), ("undo", "Undo", Icon::Undo)),
    ];
    let usual = offers.into_iter().filter(|(fits, _)| *fits).map(|(_, offer)| offer);
    opening.into_iter().chain(usual).collect()
}

/// A fact beside the state: when they came, why they did not.
pub fn detail(zone: &Zone, person: &ParticipantView) -> Option<String> {
    let at = |instant: &Option<String>| instant.as_ref().map(|instant| words::clock(zone, instant));
    match person.status {
        ParticipantStatus::Booked | ParticipantStatus::Confirmed => None,
        ParticipantStatus::Arrived => at(&person.arrival_at).map(|time| late(time, person.late_minutes)),
        ParticipantStatus::Attended => match person.minutes_attended {
            Some(1) => Some("1 minute".to_owned()),
            Some(minutes) => Some(format!("{minutes} minutes")),
            None => {
                let came = at(&person.arrival_at).map(|time| late(time, person.late_minutes));
                let left = at(&person.departed_at).map(|time| format!("left {time}"));
                let said: Vec<String> = came.into_iter().chain(left).collect();
                (!said.is_empty()).then(|| said.join(", "))
            }
        },
        ParticipantStatus::NoShow => {
            let reason = person.no_show_reason.map(|reason| words::capital(reason.as_str()));
            let reason = reason.filter(|reason| reason != "Unknown").unwrap_or_else(|| "Reason unknown".to_owned());
            Some(if person.excused { format!("{reason}, excused") } else { reason })
        }
        ParticipantStatus::Cancelled => person.cancellation_reason.as_ref().map(ToString::to_string),
    }
}

fn late(time: String, minutes: u32) -> String {
    match minutes {
        0 => time,
        1 => format!("{time}, 1 minute late"),
        more => format!("{time}, {more} minutes late"),
    }
}
