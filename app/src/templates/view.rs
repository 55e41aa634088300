//! Markup of templates, as settings.

pub mod editor;
pub mod group_sessions;

use ::rules::notes::{Discipline, NoteType};
use ::rules::templates::{FieldType, NoteField};
use maud::{Markup, html};
use serde_json::Map;

use super::{
    GroupSessionTemplateView, TemplateView,
    fields::{Standing, control},
};
use crate::shell::ui::{
    Badge, Button, Card, Column, EmptyState, Icon, PageHeader, Row, Table, Tone, quiet, split, stack,
};

/// Where the pages are.
pub const TEMPLATES: &str = "/settings/templates";

/// The name of a discipline.
pub const fn discipline_name(discipline: Discipline) -> &'static str {
    match discipline {
        Discipline::Psychology => "Psychology",
        Discipline::Ot => "Occupational therapy",
        Discipline::Aba => "Applied behaviour analysis",
        Discipline::Slp => "Speech and language",
        Discipline::Medical => "Medical",
        Discipline::Nursing => "Nursing",
        Discipline::General => "General",
    }
}

/// What a template is for, in words.
pub fn purpose(note_type: NoteType, discipline: Option<Discipline>) -> String {
    match (note_type, discipline) {
        (NoteType::SessionNote, _) => "Group note".to_owned(),
        (NoteType::IndividualNote, of) => {
            format!("Individual note, {}", discipline_name(of.unwrap_or(Discipline::General)).to_lowercase())
        }
    }
}

/// The type of a field, in words.
pub const fn type_name(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text => "Text",
        FieldType::Choice => "One choice",
        FieldType::MultiChoice => "Several choices",
        FieldType::Scale => "Scale",
        FieldType::Number => "Number",
        FieldType::Date => "Date",
        FieldType::Goal => "Goals",
        FieldType::Rows => "Rows",
    }
}

fn status(template: &TemplateView) -> Badge {
    match (template.is_built_in, template.archived_at) {
        (true, _) => Badge::new(Tone::Neutral, "Built in").icon(Icon::Lock),
        (false, Some(_)) => Badge::new(Tone::Neutral, "Archived").icon(Icon::Archive),
        (false, None) => Badge::new(Tone::Good, "In use"),
    }
}

fn count(fields: &[NoteField]) -> String {
    if fields.len() == 1 { "1 field".to_owned() } else { format!("{} fields", fields.len()) }
}

/// The templates of group sessions and, for who manages them, of notes: the organization's own, then those that come
/// with the product.
pub fn list(
    tabs: Markup,
    sessions: &[GroupSessionTemplateView],
    notes: Option<&(Vec<TemplateView>, Vec<TemplateView>)>,
) -> Markup {
    let add = html! {
        @if notes.is_some() {
            (Button::secondary("Add note template").icon(Icon::Plus).href(format!("{TEMPLATES}/new")))
        }
        (Button::primary("Add group session template").icon(Icon::Plus).href(format!("{}/new", group_sessions::SESSIONS)))
    };
    html! {
        (PageHeader::new("Settings").actions(add))
        (tabs)
        (stack(html! {
            (group_sessions::list(sessions))
            @if let Some((own, built_in)) = notes { (of_notes(own, built_in)) }
        }))
    }
}

fn of_notes(own: &[TemplateView], built_in: &[TemplateView]) -> Markup {
    let empty = EmptyState::new(Icon::Notes, "No note templates of your own yet")
        .text("Notes start from the built-in ones below. Copy one to change it, or add one from nothing.");
    html! {
        (Card::new("Note templates of your own").flush().note("A change is the next version; notes that are begun keep theirs")
            .body(html! { (table("Note templates of your own", own).empty(empty)) }))
        (Card::new("Built-in note templates").flush().note("They can be copied, and do not change")
            .body(html! { (table("Built-in note templates", built_in)) }))
    }
}

fn table(title: &str, templates: &[TemplateView]) -> Table {
    let columns = ["Template", "For", "Fields", "Version", "Status"].map(Column::new);
    Table::new(title, columns).rows(templates.iter().map(row))
}

fn row(template: &TemplateView) -> Row {
    Row::new([
        html! { (template.name) },
        html! { (purpose(template.note_type, template.discipline)) },
        html! { (count(&template.fields)) },
        html! { (template.template_version) },
        html! { (status(template)) },
    ])
    .id(template.key.clone())
    .href(format!("{TEMPLATES}/{}", template.key))
    .muted(template.archived_at.is_some())
}

/// The header of one template's page.
pub fn header(template: &TemplateView, actions: Markup) -> PageHeader {
    PageHeader::new(&template.name)
        .crumb("Templates", TEMPLATES)
        .status(html! { (status(template)) })
        .fact(Icon::Notes, purpose(template.note_type, template.discipline))
        .fact(Icon::History, format!("Version {}", template.template_version))
        .actions(actions)
}

/// A built-in template: what it asks for, how it looks, and a way to copy it.
pub fn built_in(template: &TemplateView) -> Markup {
    let copy = format!("{TEMPLATES}/new?copy_of={}", template.key);
    html! {
        (header(template, html! { (Button::primary("Copy and change").icon(Icon::Copy).href(copy)) }))
        (split(asked(&template.fields), preview("Preview", "preview", &template.fields)))
    }
}

/// What a template asks for, in a list.
pub fn asked(fields: &[NoteField]) -> Markup {
    let columns = ["Field", "Type", "Before signing"].map(Column::new);
    let rows = fields.iter().map(|field| {
        Row::new([
            html! { (field.label) @if let Some(hint) = &field.hint { br; (quiet(hint)) } },
            html! { (type_name(field.field_type)) @if let Some(parts) = parts(field) { br; (quiet(&parts)) } },
            html! { @if field.required { "Needed" } @else { (quiet("May stay empty")) } },
        ])
    });
    html! { (Card::new("Fields").note(count(fields)).flush().body(html! { (Table::new("Fields", columns).rows(rows)) })) }
}

/// The options, bounds, unit or columns of a field.
fn parts(field: &NoteField) -> Option<String> {
    let labels = || field.columns().iter().map(|column| column.label.as_str()).collect::<Vec<_>>().join(" · ");
    let range = match (field.min, field.max) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    };
    match field.field_type {
        FieldType::Choice | FieldType::MultiChoice => Some(field.options.join(" · ")),
        FieldType::Goal | FieldType::Rows => Some(labels()),
        FieldType::Scale | FieldType::Number => {
            let parts: Vec<String> = range.into_iter().chain(field.unit.clone()).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        FieldType::Text | FieldType::Date => None,
    }
}

/// The fields as a note would show them. What is typed here goes nowhere.
pub fn preview(title: &str, id: &str, fields: &[NoteField]) -> Markup {
    let standing = Standing { values: &Map::new(), errors: None, scope: id };
    html! {
        (Card::new(title).note("As a note looks").id(id).body(html! {
            div.note-form {
                @if fields.is_empty() { (quiet("Add a field to see it here.")) }
                @for field in fields { (control(field, &standing)) }
            }
        }))
    }
}
