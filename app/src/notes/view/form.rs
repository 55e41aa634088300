//! Markup of a draft, low enough for eight of them on a screen: what is chosen in one line, what is written below it,
//! what is seldom needed folded away. It saves itself as it is typed.

use ::rules::templates::{FieldType, NoteField};
use maud::{Markup, html};
use serde_json::Value;

use super::Told;
use crate::{
    notes::answers::NoteView,
    shell::ui::{Button, Field, Form, Icon, Notice, Tone, Width, form_actions, heard, save_status},
};

/// How long after the last key a draft saves itself.
const AUTOSAVE: u32 = 1_200;

/// The name of a template's field in a form.
pub fn field_name(key: &str) -> String {
    format!("fields.{key}")
}

/// The form of a draft. `show_sent` fills it with what was sent instead of what is stored.
pub fn draft(note: &NoteView, told: &Told<'_>, show_sent: bool) -> Markup {
    let sent = told.sent.filter(|_| show_sent);
    let stored = |name: &str| match name.strip_prefix("fields.") {
        None => note.content.clone(),
        Some(key) => note.fields.0.get(key).map(words).unwrap_or_default(),
    };
    let value = |name: &str| sent.map_or_else(|| stored(name), |sent| sent.get(name).to_owned());
    let chosen = |name: &str| -> Vec<String> {
        match sent {
            Some(sent) => sent.all(name).map(str::to_owned).collect(),
            None => note.fields.0.get(name.trim_start_matches("fields.")).map(list).unwrap_or_default(),
        }
    };
    let scope = note.id.to_string();
    let judged = |field: Field| if show_sent { field.errors(told.errors) } else { field };
    let draw = |field: &NoteField| {
        let name = field_name(&field.key);
        judged(control(field, &name, &value(&name), chosen(&name)).scope(&scope))
    };
    let of = |place: Place| note.template.fields.iter().filter(move |field| place_of(field) == place);
    let text = Field::textarea("content", "Text").rows(1).max_length(20_000).scope(&scope).value(value("content"));
    let folded = of(Place::Folded).map(|field| field_name(&field.key));
    let is_open = show_sent || folded.into_iter().any(|name| !value(&name).is_empty());
    let body = html! {
        (hidden(note, told.key))
        @if let Some(comment) = &note.return_comment {
            (Notice::new(Tone::Warn, "Returned by the reviewer").text(comment.to_string()))
        }
        div.note-form {
            div.note-picks { @for field in of(Place::Picked) { (draw(field)) } }
            div.note-texts { @for field in of(Place::Written) { (draw(field)) } (judged(text)) }
            @if of(Place::Folded).next().is_some() {
                details.note-more open[is_open] {
                    summary { "More fields" (heard(&format!(" of {}", note.template.name))) }
                    div.note-texts { @for field in of(Place::Folded) { (draw(field)) } }
                }
            }
            (form_actions(html! { (Button::secondary("Save").icon(Icon::Check).small()) (save_status("")) }))
        }
    };
    let form = Form::post(format!("/notes/{}/save", note.id)).id(format!("f-{}", note.id)).autosave(AUTOSAVE);
    html! { (form.checked_by_server().body(body)) }
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
        (true, FieldType::Text | FieldType::MultiChoice) => Place::Written,
        (true, _) => Place::Picked,
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

fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn control(field: &NoteField, name: &str, value: &str, chosen: Vec<String>) -> Field {
    let label = field.label.clone();
    let options = || field.options.iter().map(|option| (option.clone(), option.clone()));
    let control = match field.field_type {
        FieldType::Text => Field::textarea(name, label).rows(1).max_length(20_000).value(value),
        FieldType::Choice => {
            let none = std::iter::once((String::new(), "Not chosen".to_owned()));
            Field::select(name, label, none.chain(options())).value(value)
        }
        FieldType::MultiChoice => Field::checks(name, label, options()).values(chosen).in_line(),
        FieldType::Scale | FieldType::Number => number(field, name, label).value(value),
        FieldType::Date => Field::date(name, label).value(value),
    };
    // The star only says that signing needs it: a draft is saved as it is.
    let control = if field.required { control.required() } else { control };
    // A hint in the field itself takes no line of its own.
    match &field.hint {
        Some(hint) if field.field_type == FieldType::Text => control.placeholder(hint.clone()),
        Some(hint) => control.hint(hint.clone()),
        None => control,
    }
}

fn number(field: &NoteField, name: &str, label: String) -> Field {
    let mut control = Field::number(name, label).width(Width::Short);
    if let Some(min) = field.min {
        control = control.min(min);
    }
    if let Some(max) = field.max {
        control = control.max(max);
    }
    if field.field_type == FieldType::Number { control.step("any") } else { control.step(1) }
}
