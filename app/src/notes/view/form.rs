//! Markup of a draft, low enough for eight of them on a screen: what is chosen in one line, what is written below it,
//! what is seldom needed folded away. It saves itself as it is typed.

use ::rules::templates::{FieldType, NoteField};
use maud::{Markup, Render, html};

use super::Told;
use crate::{
    notes::answers::NoteView,
    shell::ui::{Button, Field, Form, Icon, Notice, Tone, form_actions, heard, post_button, save_status},
    templates::fields::{self, Standing},
};

/// How long after the last key a draft saves itself.
const AUTOSAVE: u32 = 1_200;

/// The form of a draft. `show_sent` fills it with what was sent instead of what is stored.
pub fn draft(note: &NoteView, told: &Told<'_>, show_sent: bool) -> Markup {
    drawn(note, told, show_sent, false)
}

fn drawn(note: &NoteView, told: &Told<'_>, show_sent: bool, again: bool) -> Markup {
    let sent = told.sent.filter(|_| show_sent);
    let of_form = sent.map(|sent| fields::read(&note.template.fields, sent));
    let values = of_form.as_ref().unwrap_or(&note.fields.0);
    let content = sent.map_or(note.content.as_str(), |sent| sent.get("content"));
    let scope = note.id.to_string();
    let standing = Standing { values, errors: show_sent.then_some(told.errors), scope: &scope };
    let of = |place: Place| note.template.fields.iter().filter(move |field| place_of(field) == place);
    let text = Field::textarea("content", "Text").rows(1).max_length(20_000).scope(&scope).value(content);
    let text = if show_sent { text.errors(told.errors) } else { text };
    let is_filled = |field: &NoteField| values.get(&field.key).is_some_and(|value| !field.is_blank(value));
    let is_open = show_sent || of(Place::Folded).any(is_filled);
    let body = html! {
        (hidden(note, told.key))
        @if let Some(comment) = &note.return_comment {
            (Notice::new(Tone::Warn, "Returned by the reviewer").text(comment.to_string()))
        }
        div.note-form {
            div.note-picks { @for field in of(Place::Picked) { (fields::control(field, &standing)) } }
            div.note-texts { @for field in of(Place::Written) { (fields::control(field, &standing)) } (text) }
            @if of(Place::Folded).next().is_some() {
                details.note-more open[is_open] {
                    summary { "More fields" (heard(&format!(" of {}", note.template.name))) }
                    div.note-texts { @for field in of(Place::Folded) { (fields::control(field, &standing)) } }
                }
            }
            (form_actions(html! { (Button::secondary("Save").icon(Icon::Check).small()) (save_status("")) }))
        }
    };
    let form = Form::post(format!("/notes/{}/save", note.id)).id(format!("f-{}", note.id)).autosave(AUTOSAVE);
    let form = form.checked_by_server().body(body);
    if again { form.out_of_band().render() } else { form.render() }
}

/// The form of a draft once more, put in the place of the one that is on the page.
pub fn draft_again(note: &NoteView, told: &Told<'_>) -> Markup {
    drawn(note, told, false, true)
}

/// Where a field stands in the form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the line of what is chosen.
    Picked,
    /// Below it, side by side.
    Written,
    /// Folded away until it is wanted.
    Folded,
}

fn place_of(field: &NoteField) -> Place {
    match (field.required || field.quick, field.field_type) {
        (false, _) => Place::Folded,
        (true, FieldType::Text | FieldType::MultiChoice | FieldType::Goal | FieldType::Rows) => Place::Written,
        (true, _) => Place::Picked,
    }
}

/// Takes the goals of the last note over, where there are fields of goals and none is named.
pub fn copy_goals(note: &NoteView, told: &Told<'_>) -> Markup {
    let goals = |field: &&NoteField| field.field_type == FieldType::Goal;
    let is_blank = |field: &NoteField| note.fields.0.get(&field.key).is_none_or(|value| field.is_blank(value));
    let button = Button::quiet("Copy goals from the last note").icon(Icon::History).small();
    html! {
        @if note.participant_id.is_some() && note.template.fields.iter().filter(goals).any(is_blank) {
            (post_button(format!("/notes/{}/copy-forward", note.id), format!("{}-goals-{}", told.key, note.id), button))
        }
    }
}

/// The version and the key that the next save sends: each save gives new ones.
fn hidden(note: &NoteView, key: &str) -> Markup {
    html! {
        input type="hidden" id={ "v-" (note.id) } name="version" value=(note.version);
        input type="hidden" id={ "k-" (note.id) } name="idempotency_key" value={ (key) "-" (note.id) "-" (note.version) };
    }
}

/// What a save that nobody sees answers: the next version and key, put in place by the script.
pub fn saved(note: &NoteView, key: &str) -> Markup {
    html! {
        input type="hidden" id={ "v-" (note.id) } name="version" value=(note.version) data-oob;
        input type="hidden" id={ "k-" (note.id) } name="idempotency_key" value={ (key) "-" (note.id) "-" (note.version) } data-oob;
    }
}
