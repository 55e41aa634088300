//! Markup of a session's documentation and of one note.

mod beside;
mod closing;
mod form;
mod rows;
mod sheet;

pub use beside::beside;
pub use closing::sign_bar;
pub use form::{Part, draft_again, first_field, saved, scope_of};
pub use sheet::{conflict, sheet};

use ::rules::{
    id::NoteId,
    notes::{DocumentationStatus, NoteStatus, NoteType},
};
use jiff::civil::DateTime;
use maud::{Markup, html};

use super::{
    actions::{Held, Record},
    answers::{NoteView, SignatureView},
};
use crate::{
    http::form::Form as Sent,
    shell::ui::{
        Badge, Button, Card, Choice, Field, FieldErrors, Form, Icon, Notice, PageHeader, Tab, Tone, definition_list,
        stack, tabs,
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
    crate::shell::ui::time(instant, &on_the_wall(instant))
}

/// The same as text.
pub fn on_the_wall(instant: &str) -> String {
    let local = instant.get(..19).and_then(|local| local.parse::<DateTime>().ok());
    local.map_or_else(|| instant.to_owned(), |local| local.strftime("%-d %b %Y, %H:%M").to_string())
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
            (Notice::new(Tone::Bad, "This is not what was signed")
                .text("Something stored of this note, or of who signed it, was changed outside the product. The signed text is kept with each signature; the audit log says who signed what. Tell an administrator."))
        }
    }
}

/// What is asked of the documentation's page beside the record.
#[derive(Default)]
pub struct Asked {
    /// The note that is shown whole, in its place.
    pub open: Option<NoteId>,
    /// Every text that is not a form is shown whole.
    pub all: bool,
    /// What keeps drafts from being signed, when that was asked.
    pub held: Option<Vec<Held>>,
}

/// The documentation of a session on one screen: the shared part once, and a row for each participant in the order of
/// the room view; a row opens to the whole note.
pub fn documentation(record: &Record, asked: &Asked, told: &Told<'_>) -> Markup {
    let notes: Vec<NoteView> = record.notes().collect();
    let group = notes.iter().find(|note| note.participant_id.is_none());
    let session = record.folder.session.id;
    let is_group = record.folder.session.group_id.is_some()
        || record.folder.session.session_type == ::rules::sessions::SessionType::Group;
    let body = html! {
        (told.errors)
        (closing::state(record))
        @if let Some(held) = &asked.held { (closing::held(record, &notes, held)) }
        @if !record.hidden.is_empty() {
            (Notice::new(Tone::Info, "Not every note is shown")
                .text("Only those about patients you treat, or whose glass you have broken. The chart of a patient leads to the rest."))
        }
        @if record.may_write { (beside::elsewhere(session, None, false)) }
        (closing::begin(record, &notes, told))
        @if is_group {
            @match group {
                Some(note) => (rows::card(record, note, asked, told)),
                None => (Card::new("Group note").id("group-note").body(begin_group(record, told))),
            }
        }
        div.note-rows {
            @for participant in &record.folder.participants { (rows::of_participant(record, participant, &notes, asked, told)) }
        }
        (closing::missing(record))
        @if let Some(template) = record.folder.session.template.as_ref() { (of_template(template)) }
    };
    html! { (header(record, "Notes", false)) (stack(body)) }
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
    let own_key = (note_type == NoteType::IndividualNote).then_some(record.discipline);
    Field::select("template", "Template", built_in.chain(own)).value(key_of(note_type, own_key))
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

/// One signature in a line.
pub fn signature_line(signature: &SignatureView) -> Markup {
    let credential = Some(signature.credential.as_str()).filter(|text| !text.is_empty());
    html! {
        (signature.printed_name) @if let Some(credential) = credential { ", " (credential) } ", " (moment(&signature.signed_at))
    }
}
