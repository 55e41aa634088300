//! Markup of a session's documentation and of one note.

mod beside;
mod form;
mod sheet;

pub use beside::beside;
pub use form::{draft_again, saved};
pub use sheet::{conflict, sheet};

use ::rules::{
    notes::{DocumentationStatus, NoteStatus, NoteType},
    sessions::ParticipantStatus,
};
use jiff::civil::DateTime;
use maud::{Markup, html};

use super::{
    actions::Record,
    answers::{MissingView, NoteView, SignatureView},
};
use crate::{
    http::form::Form as Sent,
    sessions::Participant,
    shell::ui::{
        Badge, Button, Card, Choice, EmptyState, Field, FieldErrors, Form, Icon, Notice, PageHeader, Person, Tab, Tone,
        checklist, definition_list, form_actions, post_button, split, stack, tabs,
    },
    templates::{
        SessionTemplate,
        actions::notes::{all_built_in, key_of},
        billing, discipline_name, needs,
    },
};

/// What a page knows beside the record: the key of its forms, and what was refused of the one that was sent.
pub struct Told<'a> {
    /// For hidden `idempotency_key`s.
    pub key: &'a str,
    /// What was refused.
    pub errors: &'a FieldErrors,
    /// What was sent.
    pub sent: Option<&'a Sent>,
}

/// A local time of the site as people read it.
pub fn moment(instant: &str) -> Markup {
    let local = instant.get(..19).and_then(|local| local.parse::<DateTime>().ok());
    let shown = local.map_or_else(|| instant.to_owned(), |local| local.strftime("%-d %b %Y, %H:%M").to_string());
    crate::shell::ui::time(instant, &shown)
}

/// The header of every page about a session's documentation.
pub fn header(record: &Record, title: &str, is_note: bool) -> Markup {
    let session = &record.folder.session;
    let path = format!("/sessions/{}", session.id);
    let mut header = PageHeader::new(title)
        .crumb(session.title.to_string(), &path)
        .status(html! { (badge(record.documentation.documentation_status)) })
        .fact(Icon::Calendar, crate::frame::day(session.local_date))
        .fact(Icon::Notes, session.session_number.clone());
    if is_note {
        header = header.crumb("Notes", format!("{path}/notes"));
    }
    let list = [Tab::new("Session", &path), Tab::new("Notes", format!("{path}/notes")).current(!is_note)];
    html! { (header) (tabs("Session", &list)) }
}

fn badge(status: DocumentationStatus) -> Badge {
    match status {
        DocumentationStatus::None => Badge::new(Tone::Neutral, "Not documented"),
        DocumentationStatus::Draft => Badge::new(Tone::Info, "Being documented").icon(Icon::Edit),
        DocumentationStatus::Signed => Badge::new(Tone::Good, "Signed").icon(Icon::Sign),
        DocumentationStatus::PendingReview => Badge::new(Tone::Warn, "Pending review").icon(Icon::Eye),
        DocumentationStatus::Amended => Badge::new(Tone::Good, "Signed and amended").icon(Icon::Sign),
    }
}

/// Where a note stands, as a badge.
pub fn note_badge(note: &NoteView) -> Badge {
    match note.status {
        NoteStatus::Draft => Badge::new(Tone::Info, "Draft").icon(Icon::Edit),
        NoteStatus::Signed => Badge::new(Tone::Good, "Signed").icon(Icon::Sign),
        NoteStatus::Superseded => Badge::new(Tone::Neutral, "Superseded").icon(Icon::History),
        NoteStatus::EnteredInError => Badge::new(Tone::Bad, "Entered in error"),
    }
}

/// A note that is no longer what was signed: never overlooked.
pub fn tampered(note: &NoteView) -> Markup {
    html! {
        @if note.content_verified == Some(false) {
            (Notice::new(Tone::Bad, "This is not the text that was signed")
                .text("Something stored of this note was changed outside the product. The signed text is kept with each signature; the audit log says who signed what. Tell an administrator."))
        }
    }
}

/// The documentation of a session on one screen: the group note, and each participant's notes, beside the roster.
pub fn documentation(record: &Record, told: &Told<'_>) -> Markup {
    let notes: Vec<NoteView> = record.notes().collect();
    let group = notes.iter().find(|note| note.participant_id.is_none());
    let session = record.folder.session.id;
    let is_group = record.folder.session.group_id.is_some()
        || record.folder.session.session_type == ::rules::sessions::SessionType::Group;
    let main = html! {
        (told.errors)
        @if !record.hidden.is_empty() {
            (Notice::new(Tone::Info, "Not every note is shown")
                .text("Only those about patients you treat, or whose glass you have broken. The chart of a patient leads to the rest."))
        }
        @if record.may_write { (beside::elsewhere(session, None, false)) }
        @if record.may_write && !notes.is_empty() {
            p.quiet { "What is written saves itself. A star marks what signing needs." }
        }
        @if is_group {
            @match group {
                Some(note) => (card(record, note, told)),
                None => (Card::new("Group note").id("group-note").body(begin_group(record, told))),
            }
        }
        @for participant in &record.folder.participants { (of_participant(record, participant, &notes, told)) }
    };
    html! { (header(record, "Notes", false)) (split(stack(main), aside(record, &notes, told))) }
}

/// The way to the author's own notes, which are no part of the record.
pub fn kept_apart(session: ::rules::id::SessionId) -> Markup {
    html! {
        (Card::new("Kept apart").body(html! {
            p.quiet { "Your own psychotherapy notes of this session: no part of the record, and nobody else can read them." }
            (Button::quiet("Open").icon(Icon::Lock).href(format!("/sessions/{session}/kept-apart")))
        }))
    }
}

/// The notes entered in error: how many there are, and each when they are asked for.
pub fn in_error(record: &Record, all: bool) -> Markup {
    let path = format!("/sessions/{}/notes", record.folder.session.id);
    let voided: Vec<NoteView> = record.voided().collect();
    let count = if voided.len() == 1 { "1 note".to_owned() } else { format!("{} notes", voided.len()) };
    html! {
        @if !voided.is_empty() && !all {
            (Notice::new(Tone::Info, format!("{count} entered in error, kept and hidden"))
                .actions(html! { (Button::quiet("Show").small().icon(Icon::Eye).href(format!("{path}?status=all"))) }))
        } @else if !voided.is_empty() {
            (Card::new("Entered in error").note(count).id("in-error").body(html! {
                @for note in &voided {
                    div.note-text {
                        p { a href={ "/notes/" (note.id) } { (record.title_of(note)) } " " (note_badge(note)) }
                        (sheet::text(note, &[]))
                        (sheet::signed_by(note))
                    }
                }
                (Button::quiet("Hide").small().href(path))
            }))
        }
    }
}

fn begin_group(record: &Record, told: &Told<'_>) -> Markup {
    let path = format!("/sessions/{}/notes", record.folder.session.id);
    let field = template_field(record, NoteType::SessionNote).scope("begin-group").label_hidden();
    html! {
        @if record.may_write {
            p { "What the leaders did and how the group took part, without names." }
            (Form::post(path).hidden("idempotency_key", told.key).hidden("note_type", "session_note").inline().body(html! {
                @if record.templates_for(NoteType::SessionNote).next().is_some() { (field) }
                (Button::secondary("Begin the group note").icon(Icon::Edit))
            }))
        } @else if record.hidden.contains(&None) { p.quiet { "There is one, and it is not yours to read." } }
        @else { p.quiet { "Nobody has begun it yet." } }
    }
}

/// The templates a note may start from: the built-in ones, then the organization's own.
fn template_field(record: &Record, note_type: NoteType) -> Field {
    let built_in = all_built_in().into_iter().filter(|one| one.note_type == note_type);
    let built_in = built_in.map(|one| match one.discipline {
        Some(discipline) => Choice::new(one.key, discipline_name(discipline)),
        None => Choice::new(one.key, one.name),
    });
    let own = record.templates_for(note_type).map(|one| {
        let of = one.discipline.map(|of| format!(" ({})", discipline_name(of))).unwrap_or_default();
        Choice::new(one.key.clone(), format!("{}{of}", one.name)).group("Your clinic’s own")
    });
    Field::select("template", "Template", built_in.chain(own)).value(key_of(note_type, None))
}

/// The notes of one participant, or how to begin one.
fn of_participant(record: &Record, participant: &Participant, notes: &[NoteView], told: &Told<'_>) -> Markup {
    let own: Vec<&NoteView> = notes.iter().filter(|note| note.participant_id == Some(participant.id)).collect();
    let name = record.name_of(participant.id);
    let here = participant.status.takes_seat();
    html! {
        @for note in &own { (card(record, note, told)) }
        @if own.is_empty() && here {
            (Card::new(name).id(format!("p-{}", participant.id)).actions(html! { (attendance(participant.status)) })
                .body(begin_own(record, participant, told)))
        }
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
fn card(record: &Record, note: &NoteView, told: &Told<'_>) -> Markup {
    let path = format!("/notes/{}", note.id);
    let title = record.title_of(note);
    let open = match note.status {
        NoteStatus::Draft => Button::secondary("Check and sign").icon(Icon::Sign),
        _ => Button::quiet("Open").icon(Icon::Right),
    };
    let actions =
        html! { (beside::who(note.id, &[], false)) (note_badge(note)) (open.small().context(&title).href(&path)) };
    let body = match note.status {
        NoteStatus::Draft if record.may_write => {
            html! { (form::draft(note, told, false)) (form::copy_goals(note, told)) }
        }
        _ => html! { div.note-text { (tampered(note)) (sheet::text(note, &[])) (sheet::signed_by(note)) } },
    };
    let card = match note.participant_id {
        Some(participant) => Card::new(record.name_of(participant)).note(&note.template.name),
        None => Card::new(title),
    };
    html! { (card.id(format!("n-{}", note.id)).actions(actions).body(body)) }
}

fn attendance(status: ParticipantStatus) -> Badge {
    let tone = match status {
        ParticipantStatus::Attended => Tone::Good,
        ParticipantStatus::NoShow => Tone::Bad,
        ParticipantStatus::Arrived => Tone::Info,
        _ => Tone::Neutral,
    };
    Badge::new(tone, status.in_words())
}

/// The roster, what is missing, and signing everything that is ready.
fn aside(record: &Record, notes: &[NoteView], told: &Told<'_>) -> Markup {
    let missing = &record.documentation.missing;
    let session = record.folder.session.id;
    let open = notes.iter().filter(|note| note.status == NoteStatus::Draft).count();
    html! {
        (Card::new("Still missing").id("missing").body(html! {
            @if missing.is_empty() { p { (missing_nothing(record)) } }
            @else { (lines(record, missing)) }
        }))
        @if record.may_write {
            (Card::new("Write and sign").body(html! { div.note-form {
                @if record.may_begin {
                    (post_button(format!("/sessions/{session}/notes/begin"), format!("{}-begin", told.key),
                        Button::secondary("Begin all notes").icon(Icon::Plus)))
                }
                @if !notes.is_empty() { (sign_all(record, open, told)) }
            } }))
        }
        @if let Some(template) = record.folder.session.template.as_ref() { (of_template(template)) }
        @if record.may_review { (Notice::new(Tone::Warn, "This session waits for your review").text("Open a note to countersign all of them, or to return some.")) }
        (roster(record))
    }
}

/// What the template of the session asks for.
fn of_template(template: &SessionTemplate) -> Card {
    let settings = &template.settings;
    Card::new("Template").note(format!("Version {}", template.template_version)).body(definition_list([
        ("From", html! { (settings.title) }),
        ("Notes", html! { (needs(settings)) }),
        ("Review", html! { @if settings.always_review { "Always, before it is completed" } @else { "Where a signer needs it" } }),
        ("Billing", html! { (billing(settings)) }),
    ]))
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

fn sign_all(record: &Record, open: usize, told: &Told<'_>) -> Markup {
    let path = format!("/sessions/{}/notes/sign", record.folder.session.id);
    let hint = match open {
        0 => "Your signature goes under every note you have not signed.".to_owned(),
        1 => "One draft; it is signed if nothing stands in the way.".to_owned(),
        open => format!("{open} drafts; each is signed if nothing stands in the way."),
    };
    let password = Field::password("password", "Your password").autocomplete("current-password").required();
    let body = html! {
        (password.hint(hint).scope("sign-all"))
        (form_actions(html! { (Button::primary("Sign all that are ready").icon(Icon::Sign)) }))
    };
    html! { (Form::post(path).hidden("idempotency_key", format!("{}-sign", told.key)).body(body)) }
}

fn count_of_people(count: usize) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

fn roster(record: &Record) -> Markup {
    let people = &record.folder.participants;
    html! {
        (Card::new("Roster").note(count_of_people(people.len())).body(html! {
            @if people.is_empty() { (EmptyState::new(Icon::Groups, "Nobody is booked")) }
            ul.plain {
                @for one in people {
                    li { (Person::new(record.name_of(one.id)).small().guest(one.guest_id.is_some())) " " (attendance(one.status)) }
                }
            }
        }))
    }
}

/// One signature in a line.
pub fn signature_line(signature: &SignatureView) -> Markup {
    let credential = Some(signature.credential.as_str()).filter(|text| !text.is_empty());
    html! {
        (signature.printed_name) @if let Some(credential) = credential { ", " (credential) } ", " (moment(&signature.signed_at))
    }
}
