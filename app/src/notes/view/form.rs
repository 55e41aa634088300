//! Markup of a draft: the shared part whole, what differs for each person as a row of quick fields that opens to the
//! whole note. One form for each note, which saves itself as it is typed.

use ::rules::{
    id::NoteId,
    templates::{FieldType, NoteField, NoteTemplate},
};
use maud::{Markup, Render, html};
use serde_json::{Map, Value};

use super::{Told, on_the_wall};
use crate::{
    http::form::Form as Sent,
    notes::answers::NoteView,
    shell::ui::{Button, Field, Form, Icon, Notice, Tone, field_id, form_actions, heard, post_button, save_status},
    templates::fields::{self, Standing},
};

/// That a note was sent back, by whom and when.
fn returned(note: &NoteView) -> String {
    let by = note.returned_by_name.as_deref().unwrap_or("the reviewer");
    let at = note.returned_at.as_deref().map(|at| format!(", {}", on_the_wall(at)));
    format!("Returned by {by}{}", at.unwrap_or_default())
}

/// How long after the last key a draft saves itself.
const AUTOSAVE: u32 = 1_200;

/// How much of a note its form holds. What it does not hold stays as it is when it is saved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// The quick fields in the participant's row.
    Row,
    /// Everything.
    Whole,
}

impl Part {
    /// What a form says of itself.
    pub fn of(word: &str) -> Self {
        if word == "row" { Self::Row } else { Self::Whole }
    }

    /// The fields that are in the form of this note.
    pub fn fields(self, template: &NoteTemplate) -> Vec<NoteField> {
        match self {
            Self::Row => template.in_row().into_iter().cloned().collect(),
            Self::Whole => template.fields.clone(),
        }
    }
}

/// What sets the fields of a note apart from those of others on the page: the end of its id, which no two share.
pub fn scope_of(note: NoteId) -> String {
    let id = note.to_string();
    id.get(id.len().saturating_sub(SCOPE)..).unwrap_or(&id).to_owned()
}

/// How many characters of an id that is.
const SCOPE: usize = 12;

/// The form of a draft.
pub fn draft(note: &NoteView, told: &Told<'_>, part: Part) -> Markup {
    drawn(note, told, part, false).render()
}

/// The whole form, filled with what was sent instead of what is stored, and with what was refused of it.
pub fn draft_as_sent(note: &NoteView, told: &Told<'_>) -> Markup {
    drawn(note, told, Part::Whole, true).render()
}

/// The form of a draft once more, put in the place of the one that is on the page.
pub fn draft_again(note: &NoteView, told: &Told<'_>, part: Part) -> Markup {
    drawn(note, told, part, false).out_of_band().render()
}

/// What stands in the fields: what was sent, where something was, over what is stored.
fn standing_values(note: &NoteView, sent: Option<&Sent>) -> (Map<String, Value>, String) {
    let (mut values, mut content) = (note.fields.0.clone(), note.content.clone());
    if let Some(sent) = sent {
        let part = Part::of(sent.get("part"));
        values.extend(fields::read(&part.fields(&note.template), sent));
        if part == Part::Whole {
            sent.get("content").clone_into(&mut content);
        }
    }
    (values, content)
}

fn drawn(note: &NoteView, told: &Told<'_>, part: Part, show_sent: bool) -> Form {
    let (values, content) = standing_values(note, told.sent.filter(|_| show_sent));
    let scope = scope_of(note.id);
    let standing = Standing { values: &values, errors: show_sent.then_some(told.errors), scope: &scope };
    let text = Field::textarea("content", "Text").rows(1).max_length(20_000).scope(&scope).value(content);
    let text = if show_sent { text.errors(told.errors) } else { text };
    let body = html! {
        (hidden(note, told.key))
        @if part == Part::Row { input type="hidden" name="part" value="row"; }
        @if let Some(comment) = &note.return_comment {
            (Notice::new(Tone::Warn, returned(note)).text(comment.to_string()))
        }
        div.note-form {
            @if note.participant_id.is_some() { (of_person(note, &standing, part, &text)) }
            @else { (of_group(note, &standing, show_sent, &text)) }
            (form_actions(html! {
                (Button::secondary("Save").small())
                @if note.participant_id.is_some() && !show_sent { (unfold(note, part)) }
                (save_status(""))
            }))
        }
    };
    let form = Form::post(format!("/notes/{}/save", note.id)).id(format!("f-{}", note.id)).autosave(AUTOSAVE);
    form.checked_by_server().body(body)
}

/// The quick fields, and below them the rest where the whole note is wanted: the row stays as it is when it opens.
fn of_person(note: &NoteView, standing: &Standing<'_>, part: Part, text: &Field) -> Markup {
    let row = note.template.in_row();
    let rest = |required: bool| {
        let others = note.template.fields.iter().filter(|field| !row.iter().any(|quick| quick.key == field.key));
        others.filter(move |field| (field.required || field.quick) == required)
    };
    html! {
        div.note-quick { @for field in &row { (fields::control(field, standing)) } }
        @if part == Part::Whole {
            div.note-rest.note-texts id={ "r-" (note.id) } tabindex="-1" data-focus="in" role="group" aria-label="The rest of this note" {
                @for field in rest(true) { (fields::control(field, standing)) }
                (text)
                @for field in rest(false) { (fields::control(field, standing)) }
            }
        }
    }
}

fn of_group(note: &NoteView, standing: &Standing<'_>, show_sent: bool, text: &Field) -> Markup {
    let of = |place: Place| note.template.fields.iter().filter(move |field| place_of(field) == place);
    let is_filled = |field: &NoteField| standing.values.get(&field.key).is_some_and(|value| !field.is_blank(value));
    let is_open = show_sent || of(Place::Folded).any(is_filled);
    html! {
        div.note-picks { @for field in of(Place::Picked) { (fields::control(field, standing)) } }
        div.note-texts { @for field in of(Place::Written) { (fields::control(field, standing)) } (text) }
        @if of(Place::Folded).next().is_some() {
            details.note-more open[is_open] {
                summary { "More fields" (heard(&format!(" of {}", note.template.name))) }
                div.note-texts { @for field in of(Place::Folded) { (fields::control(field, standing)) } }
            }
        }
    }
}

/// The way to the whole note, in place, and back to its row.
fn unfold(note: &NoteView, part: Part) -> Markup {
    let id = note.id;
    let button = match part {
        Part::Row => Button::quiet("Full note").href(format!("?open={id}#r-{id}")),
        Part::Whole => Button::quiet("Fold").href(format!("?#n-{id}")),
    };
    html! { (button.small().id(format!("o-{id}")).live(format!("#n-{id}"))) }
}

/// The id of the first field of a draft: where writing begins.
pub fn first_field(note: &NoteView) -> String {
    let row = note.template.in_row();
    let first = match note.participant_id {
        Some(_) => row.first().copied(),
        None => {
            let of = |place: Place| note.template.fields.iter().find(move |field| place_of(field) == place);
            of(Place::Picked).or_else(|| of(Place::Written)).filter(|field| !field.has_rows())
        }
    };
    let name = first.map_or_else(|| "content".to_owned(), |field| fields::field_name(&field.key));
    field_id(Some(&scope_of(note.id)), &name)
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
        input type="hidden" id={ "k-" (note.id) } name="idempotency_key" value={ (key) "-" (scope_of(note.id)) "-" (note.version) };
    }
}

/// What a save that nobody sees answers: the next version and key, put in place by the script.
pub fn saved(note: &NoteView, key: &str) -> Markup {
    html! {
        input type="hidden" id={ "v-" (note.id) } name="version" value=(note.version) data-oob;
        input type="hidden" id={ "k-" (note.id) } name="idempotency_key" value={ (key) "-" (scope_of(note.id)) "-" (note.version) } data-oob;
    }
}
