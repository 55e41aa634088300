//! Markup around the notes of a session: how far it is, what is missing, what holds drafts back, and the signature.

use ::rules::{
    notes::{DocumentationStatus, NoteStatus},
    sessions::{ParticipantStatus, SessionStatus},
};
use maud::{Markup, html};

use super::{Told, form::scope_of, sheet};
use crate::{
    notes::{
        actions::{Held, Record},
        answers::{MissingView, NoteView},
        check::Finding,
    },
    shell::ui::{Button, Card, Field, Form, Icon, Notice, Tone, checklist, field_id, form_actions, post_button},
};

fn charts(record: &Record) -> String {
    let is_in =
        |one: &&crate::sessions::Participant| one.status == ParticipantStatus::Attended && one.patient_id.is_some();
    match record.folder.participants.iter().filter(is_in).count() {
        1 => "the chart of 1 patient".to_owned(),
        count => format!("the charts of {count} patients"),
    }
}

/// That the session is completed, or waits for its review, and what comes next.
pub fn state(record: &Record) -> Markup {
    let session = format!("/sessions/{}", record.folder.session.id);
    let queue = Button::secondary("What is left to document").small().icon(Icon::Notes).href("/documentation");
    let back = Button::quiet("The session").small().icon(Icon::Right).href(session);
    let charts = charts(record);
    match (record.folder.session.status, record.documentation.documentation_status) {
        (SessionStatus::PendingReview, _) if record.may_review => html! {
            (Notice::new(Tone::Warn, "This session waits for your review")
                .text("Open a note to countersign all of them, or to return some."))
        },
        (SessionStatus::PendingReview, _) => html! {
            (Notice::new(Tone::Info, "Everything is signed, and the session waits for its review")
                .text(format!("A reviewer who did not lead it countersigns it or sends it back. It is in {charts} once it is countersigned."))
                .actions(html! { (queue) (back) }))
        },
        (SessionStatus::Completed, DocumentationStatus::Signed | DocumentationStatus::Amended) => html! {
            (Notice::new(Tone::Good, "This session is completed")
                .text(format!("Everything is signed, and it is in {charts}."))
                .actions(html! { (queue) (back) }))
        },
        (SessionStatus::InProgress, _) if record.folder.session.reopened_at.is_some() => html! {
            (Notice::new(Tone::Warn, "This session was reopened: its notes are to be signed again")
                .text(record.folder.session.reopen_reason.as_ref().map(ToString::to_string).unwrap_or_default()))
        },
        _ => html! {},
    }
}

/// What keeps each draft from being signed, with the way to it.
pub fn held(record: &Record, notes: &[NoteView], held: &[Held]) -> Markup {
    let count = if held.len() == 1 { "1 note is".to_owned() } else { format!("{} notes are", held.len()) };
    html! {
        div #held tabindex="-1" {
            @if !held.is_empty() {
                (Card::new(format!("{count} not ready to be signed")).body(html! {
                    ul.note-held {
                        @for one in held {
                            @if let Some(note) = notes.iter().find(|note| note.id == one.note) {
                                li {
                                    strong { (note.participant_id.map_or("Group note", |id| record.name_of(id))) }
                                    ul {
                                        @if let Some(why) = &one.why { li { (why) } }
                                        @for finding in &one.findings { (line(note, finding)) }
                                    }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}

/// A finding with the way to where it is put right: its field, or the page of the note, where it may be waived.
fn line(note: &NoteView, finding: &Finding) -> Markup {
    let id = note.id;
    let is_written = finding.field == "content" || finding.field.starts_with("fields.");
    let href = match (finding.can_be_waived, is_written) {
        (false, true) if note.participant_id.is_some() => {
            let field = field_id(Some(&scope_of(id)), &finding.field);
            format!("/sessions/{}/notes?open={id}#{field}", note.session_id)
        }
        (false, true) => format!("#{}", field_id(Some(&scope_of(id)), &finding.field)),
        _ => format!("/notes/{id}"),
    };
    html! { li { a href=(href) { (sheet::place_of(note, finding)) } ": " (finding.message) } }
}

/// Begins everything that is still to be written.
pub fn begin(record: &Record, notes: &[NoteView], told: &Told<'_>) -> Markup {
    let session = record.folder.session.id;
    let closed = notes.iter().filter(|note| note.participant_id.is_some() && note.status != NoteStatus::Draft).count();
    html! {
        @if record.may_begin || (record.may_write && !notes.is_empty()) || closed > 1 {
            div.note-tools {
                @if record.may_begin {
                    (post_button(format!("/sessions/{session}/notes/begin"), format!("{}-begin", told.key),
                        Button::secondary("Begin all notes").icon(Icon::Plus)))
                }
                @if record.may_write && !notes.is_empty() {
                    p.quiet { "What is written saves itself. A star marks what signing needs." }
                }
                @if closed > 1 {
                    (Button::quiet("Show every signed text").small().icon(Icon::Eye).href(format!("/sessions/{session}/notes?texts=all")))
                }
            }
        }
    }
}

/// What is still missing, each with the way to it.
pub fn missing(record: &Record) -> Markup {
    let missing = &record.documentation.missing;
    html! {
        (Card::new("Still missing").id("missing").body(html! {
            @if missing.is_empty() { p { (missing_nothing(record)) } }
            @else { (lines(record, missing)) }
        }))
    }
}

fn missing_nothing(record: &Record) -> &'static str {
    match record.documentation.documentation_status {
        DocumentationStatus::PendingReview => "Everything is signed. A reviewer countersigns it or sends it back.",
        DocumentationStatus::None => "Nothing is to be written for this session.",
        _ => "Nothing. Each patient's chart has its entry.",
    }
}

fn lines(record: &Record, missing: &[MissingView]) -> Markup {
    let session = format!("/sessions/{}", record.folder.session.id);
    let line = |line: &MissingView| {
        let about = line.participant_id.map(|id| record.name_of(id)).or(line.practitioner_name.as_deref());
        let text = about.map_or_else(|| line.message.clone(), |about| format!("{about}: {}", line.message));
        let href = match (line.note_id, line.code.as_str(), line.participant_id) {
            (Some(note), _, _) => format!("#n-{note}"),
            (None, "individual_note_missing", Some(participant)) => format!("#p-{participant}"),
            (None, "group_note_missing", _) => "#group-note".to_owned(),
            (None, "leader_signature_missing", _) => format!("{session}/notes"),
            _ => session.clone(),
        };
        (text, href)
    };
    let all: Vec<(String, String)> = missing.iter().map(line).collect();
    let steps: Vec<(bool, &str, &str)> = all.iter().map(|(text, href)| (false, text.as_str(), href.as_str())).collect();
    checklist(&steps)
}

/// The signature under everything that is ready, in reach wherever one writes: the last thing on the page.
pub fn sign_bar(record: &Record, told: &Told<'_>) -> Markup {
    let session = record.folder.session.id;
    let open = record.folder.notes.iter().filter(|note| note.status == NoteStatus::Draft).count();
    let is_begun = record.folder.notes.iter().any(|note| note.status.is_current());
    let missing = record.documentation.missing.len();
    let hint = match open {
        0 => "Your signature goes under every note you have not signed.".to_owned(),
        1 => "One draft; it is signed if nothing stands in the way.".to_owned(),
        open => format!("{open} drafts; each is signed if nothing stands in the way."),
    };
    let password = Field::password("password", "Your password").autocomplete("current-password").required();
    let form =
        Form::post(format!("/sessions/{session}/notes/sign")).hidden("idempotency_key", format!("{}-sign", told.key));
    html! {
        @if record.may_write && is_begun {
            section.sign-bar aria-label="Sign" {
                p {
                    @if missing > 0 { a href="#missing" { "Still missing: " (missing) } ". " }
                    span.quiet.sign-hint { (hint) }
                }
                (form.inline().body(html! {
                    (password.scope("sign-all").label_hidden().placeholder("Your password"))
                    (form_actions(html! { (Button::primary("Sign all that are ready").icon(Icon::Sign)) }))
                }))
            }
        }
    }
}
