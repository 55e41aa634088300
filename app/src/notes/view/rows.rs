//! Markup of the people on the documentation's screen: a row each, which opens to the whole note.

use ::rules::{
    notes::{NoteStatus, NoteType},
    sessions::ParticipantStatus,
    templates::in_words,
};
use maud::{Markup, html};

use super::{Asked, Told, beside, form, form::Part, note_badge, sheet, tampered, template_field};
use crate::{
    notes::{actions::Record, answers::NoteView},
    sessions::Participant,
    shell::ui::{Attendance, Badge, Button, Card, Form, Icon},
};

/// The most characters of a field that is shown beside a note that is folded.
const GLIMPSE: usize = 120;

/// The notes of one participant, or how to begin one, or why there is none.
pub fn of_participant(
    record: &Record,
    participant: &Participant,
    notes: &[NoteView],
    asked: &Asked,
    told: &Told<'_>,
) -> Markup {
    let own: Vec<&NoteView> = notes.iter().filter(|note| note.participant_id == Some(participant.id)).collect();
    let row = Card::new(record.name_of(participant.id)).id(format!("p-{}", participant.id));
    let row = if participant.guest_id.is_some() { row.note("Guest") } else { row };
    let row = row.actions(html! { (attendance(participant.status)) });
    html! {
        @for note in &own { (card(record, note, asked, told)) }
        @if own.is_empty() && participant.status.takes_seat() { (row.body(begin_own(record, participant, told))) }
        @else if own.is_empty() { (row.body(html! { p.quiet { @if participant.guest_id.is_some() { "No note." } @else { "No note: the chart has a line about the absence." } } })) }
    }
}

fn begin_own(record: &Record, participant: &Participant, told: &Told<'_>) -> Markup {
    let path = format!("/sessions/{}/notes", record.folder.session.id);
    let scope = format!("begin-{}", participant.id);
    let field = template_field(record, NoteType::IndividualNote).scope(scope).label_hidden();
    html! {
        @if record.may_write {
            (Form::post(path).hidden("idempotency_key", format!("{}-{}", told.key, participant.id))
                .hidden("note_type", "individual_note").hidden("participant_id", participant.id).inline()
                .body(html! { (field) (Button::secondary("Begin note").icon(Icon::Edit).context(record.name_of(participant.id))) }))
        } @else if record.hidden.contains(&Some(participant.id)) { p.quiet { "What is written about them is not yours to read." } }
        @else { p.quiet { "No note yet." } }
    }
}

/// One note: the name of the person, or of the group note, is the heading; the template's name stands beside it.
pub fn card(record: &Record, note: &NoteView, asked: &Asked, told: &Told<'_>) -> Markup {
    let title = record.title_of(note);
    let is_open = note.participant_id.is_none() || asked.open == Some(note.id);
    let is_draft = note.status == NoteStatus::Draft && record.may_write;
    let path = format!("/notes/{}", note.id);
    let participant = note.participant_id.and_then(|id| record.folder.participant(id));
    let away = participant.map(|one| one.status).filter(|status| *status != ParticipantStatus::Attended);
    let actions = html! {
        (beside::who(note.id, &[], false))
        @if let Some(status) = away { (attendance(status)) }
        (note_badge(note))
        @if is_draft && is_open { (Button::secondary("Check and sign").icon(Icon::Sign).small().context(&title).href(&path)) }
        @else if !is_draft { (Button::quiet("Open").icon(Icon::Right).small().context(&title).href(&path)) }
    };
    let body = match (is_draft, is_open) {
        (true, true) => html! { (form::draft(note, told, Part::Whole)) (form::copy_goals(note, told)) },
        (true, false) => form::draft(note, told, Part::Row),
        (false, _) if is_open || asked.all => {
            html! { div.note-text { (tampered(note)) (sheet::text(note, &[])) (sheet::signed_by(note)) } }
        }
        (false, _) => html! { div.note-text { (tampered(note)) (glimpse(note)) (sheet::signed_by(note)) } },
    };
    let card = match note.participant_id {
        Some(participant) => Card::new(record.name_of(participant)).note(&note.template.name),
        None => Card::new(title),
    };
    html! { (card.id(format!("n-{}", note.id)).actions(actions).body(body)) }
}

/// What stands in the quick fields of a note that is folded, each in a few words.
fn glimpse(note: &NoteView) -> Markup {
    let row: Vec<_> = note.template.in_row().into_iter().cloned().collect();
    let all = in_words(&row, &note.fields.0);
    html! {
        @if all.is_empty() { p.quiet { "Nothing is written in the quick fields." } }
        @else {
            dl.note-glimpse { @for (label, words) in &all { div { dt { (label) } dd { (in_few(words)) } } } }
        }
    }
}

fn in_few(words: &str) -> String {
    match words.char_indices().nth(GLIMPSE) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or(words).trim_end()),
        None => words.to_owned(),
    }
}

/// Whether somebody came, as a badge.
fn attendance(status: ParticipantStatus) -> Badge {
    match status {
        ParticipantStatus::Booked => Attendance::Booked,
        ParticipantStatus::Confirmed => Attendance::Confirmed,
        ParticipantStatus::Arrived => Attendance::Arrived,
        ParticipantStatus::Attended => Attendance::Attended,
        ParticipantStatus::NoShow => Attendance::NoShow,
        ParticipantStatus::Cancelled => Attendance::Cancelled,
    }
    .badge()
}
