//! Markup of a draft: the running text and the template's fields, saved as they are typed.

use ::rules::templates::{FieldType, NoteField};
use maud::{Markup, html};
use serde_json::Value;

use super::Told;
use crate::{
    notes::answers::NoteView,
    shell::ui::{Button, Field, Form, Icon, Notice, Tone, Width, form_actions, save_status},
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
    let text = Field::textarea("content", "Text").rows(3).max_length(20_000).scope(&scope).value(value("content"));
    let fields = note.template.fields.iter().map(|field| {
        let name = field_name(&field.key);
        control(field, &name, &value(&name), chosen(&name)).scope(&scope)
    });
    let body = html! {
        (hidden(note, told.key))
        @if let Some(comment) = &note.return_comment {
            (Notice::new(Tone::Warn, "Returned by the reviewer").text(comment.to_string()))
        }
        @for field in fields {
            @if show_sent { (field.errors(told.errors)) } @else { (field) }
        }
        @if show_sent { (text.errors(told.errors)) } @else { (text) }
        (form_actions(html! { (Button::secondary("Save").icon(Icon::Check)) (save_status("")) }))
    };
    let form = Form::post(format!("/notes/{}/save", note.id)).id(format!("f-{}", note.id)).autosave(AUTOSAVE);
    html! { (form.checked_by_server().body(body)) }
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
    let label = if field.required { format!("{} (required to sign)", field.label) } else { field.label.clone() };
    let options = || field.options.iter().map(|option| (option.clone(), option.clone()));
    let control = match field.field_type {
        FieldType::Text => Field::textarea(name, label).rows(2).max_length(20_000).value(value),
        FieldType::Choice => {
            let none = std::iter::once((String::new(), "Not chosen".to_owned()));
            Field::select(name, label, none.chain(options())).value(value)
        }
        FieldType::MultiChoice => Field::checks(name, label, options()).values(chosen).in_line(),
        FieldType::Scale | FieldType::Number => number(field, name, label).value(value),
        FieldType::Date => Field::date(name, label).value(value),
    };
    match &field.hint {
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
