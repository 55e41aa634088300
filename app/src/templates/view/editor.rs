//! Markup of the editor of a note template: a list of fields that are added, moved and removed with buttons, so that the
//! keyboard is enough.

use ::rules::{
    notes::{Discipline, NoteType},
    templates::{FieldType, NoteField, check_fields},
};
use maud::{Markup, Render as _, html};
use serde_json::Value;

use super::{
    super::{
        TemplateView,
        draft::{Draft, DraftField},
    },
    TEMPLATES, discipline_name, header, preview, type_name,
};
use crate::{
    frame::form::Filled,
    shell::ui::{
        Button, Card, Choice, Confirm, Field, Form, Icon, Notice, PageHeader, Tone, Width, field_row, fieldset,
        form_actions, sent_by_enter, split,
    },
};

/// A page with the editor of a new template.
pub fn new(draft: &Draft, filled: &Filled<'_>) -> Markup {
    let kinds = [
        Choice::new(NoteType::IndividualNote.as_str(), "An individual note"),
        Choice::new(NoteType::SessionNote.as_str(), "The group note"),
    ];
    let disciplines = Discipline::ALL.iter().map(|one| Choice::new(one.as_str(), discipline_name(*one)));
    let none = Choice::new("", "None: the group note");
    let about = html! {
        (filled.text("name", "Name").required().autocomplete("off"))
        (field_row(html! {
            (filled.fill("note_type", Field::select("note_type", "For", kinds)))
            (filled.fill("discipline", Field::select("discipline", "Discipline", std::iter::once(none).chain(disciplines))))
        }))
    };
    html! {
        (PageHeader::new("Add note template").crumb("Templates", TEMPLATES))
        (editor(draft, filled, about, "Add template"))
    }
}

/// A page with the editor of a template of the organization's own, or what it says once it is archived.
pub fn one(template: &TemplateView, draft: &Draft, filled: &Filled<'_>) -> Markup {
    let copy = Button::secondary("Copy").icon(Icon::Copy).href(format!("{TEMPLATES}/new?copy_of={}", template.key));
    let version = template.version.unwrap_or_default();
    let turned = |verb: &str| {
        Form::post(format!("{TEMPLATES}/{}/{verb}", template.key))
            .hidden("idempotency_key", format!("{}-{verb}", filled.key))
            .hidden("version", version)
    };
    let actions = html! {
        (copy)
        @if template.archived_at.is_some() {
            (turned("restore").inline().body(html! { (Button::primary("Restore").icon(Icon::Undo)) }))
        } @else {
            (Confirm::new("Archive…", "Nothing new starts from it. Notes that are begun keep it.", turned("archive"),
                Button::danger("Archive template")).icon(Icon::Archive))
        }
    };
    let about = html! { (filled.text("name", "Name").required().autocomplete("off")) };
    html! {
        (header(template, actions))
        @if template.archived_at.is_some() {
            (filled.errors)
            (split(super::asked(&template.fields), preview("Preview", "preview", &template.fields)))
        } @else {
            (editor(draft, filled, about, "Save"))
        }
    }
}

fn editor(draft: &Draft, filled: &Filled<'_>, about: Markup, save: &str) -> Markup {
    let form = Form::post(&filled.action).hidden("idempotency_key", &filled.key).checked_by_server();
    let hidden = ["version", "copy_of"].into_iter().filter(|name| !filled.value(name).is_empty());
    let form = hidden.fold(form, |form, name| form.hidden(name, filled.value(name)));
    let body = html! {
        (sent_by_enter())
        (filled.errors)
        (about)
        (fields(draft, filled))
        (form_actions(html! {
            (Button::primary(save).icon(Icon::Check))
            (act("Show in preview", "show").icon(Icon::Eye))
            (Button::quiet("Cancel").href(&filled.back))
        }))
    };
    html! { div id="editor" { (split(html! { (Card::new("Template").body(form.body(body).render())) }, shown(draft))) } }
}

/// What can be shown of the fields as they stand.
fn shown(draft: &Draft) -> Markup {
    let read = |field: &Value| serde_json::from_value::<NoteField>(field.clone()).ok();
    let fits = |field: &NoteField| check_fields(std::slice::from_ref(field)).is_empty();
    let fields: Vec<NoteField> = draft.fields.iter().filter_map(|one| read(&one.json())).filter(fits).collect();
    let hidden = draft.fields.len() - fields.len();
    html! {
        (preview("Preview", "preview", &fields))
        @if hidden > 0 { (Notice::new(Tone::Info, "Some fields are not shown yet").text("They still lack a label, options or bounds.")) }
    }
}

/// A button that changes the form and saves nothing.
fn act(label: &str, act: &str) -> Button {
    Button::secondary(label).value("act", act).live("#editor").skip_checks()
}

fn fields(draft: &Draft, filled: &Filled<'_>) -> Markup {
    let list = html! {
        @if let Some(error) = filled.errors.get("fields") { p.field-error id="f-fields" { (Icon::Stop) span { (error) } } }
        ol.template-fields {
            @for (at, field) in draft.fields.iter().enumerate() {
                (one_field(field, (at, draft.fields.len()), "fields", "", draft.focus, filled))
            }
        }
        (adder("", FieldType::ALL, filled))
    };
    fieldset("Fields", Some("In the order of the note. Signing needs those that are marked as needed."), list)
}

/// The choice of a type and the button that adds a field of it; `path` is of the rows it is added to.
fn adder(path: &str, types: &[FieldType], filled: &Filled<'_>) -> Markup {
    let name = format!("add{path}");
    let choices = types.iter().map(|one| (one.as_str(), type_name(*one)));
    let field = Field::select(&name, "Type of the next field", choices).value(filled.value(&name)).label_hidden();
    let label = if path.is_empty() { "Add field" } else { "Add column" };
    html! { div.toolbar { (field) (act(label, &format!("add:{path}")).icon(Icon::Plus)) } }
}

fn one_field(
    field: &DraftField,
    (at, of): (usize, usize),
    place: &str,
    path: &str,
    focus: Option<u32>,
    filled: &Filled<'_>,
) -> Markup {
    let name = format!("{place}[{}]", field.tag);
    let path = if path.is_empty() { field.tag.to_string() } else { format!("{path}.{}", field.tag) };
    let called = match field.text("label") {
        "" => format!("field {}", at + 1),
        label => label.to_owned(),
    };
    let tool = |label: &str, verb: &str, icon: Icon| {
        Button::quiet(label)
            .icon(icon)
            .small()
            .icon_only()
            .context(&called)
            .value("act", format!("{verb}:{path}"))
            .live("#editor")
            .skip_checks()
    };
    html! {
        li.template-field id={ "field-" (path) } tabindex="-1" data-focus[focus == Some(field.tag)] {
            div.template-field-head {
                strong { (type_name(field.field_type)) }
                div.toolbar {
                    (tool("Move up", "up", Icon::Up).disabled(at == 0))
                    (tool("Move down", "down", Icon::Down).disabled(at + 1 == of))
                    (tool("Remove", "remove", Icon::Remove))
                }
            }
            input type="hidden" name={ (name) ".type" } value=(field.field_type);
            input type="hidden" name={ (name) ".key" } value=(field.text("key"));
            (parts(field, &name, filled))
            @if field.field_type == FieldType::Rows {
                ol.template-fields {
                    @for (at, column) in field.columns.iter().enumerate() {
                        (one_field(column, (at, field.columns.len()), &format!("{name}.fields"), &path, focus, filled))
                    }
                }
                (adder(&path, &COLUMN_TYPES, filled))
            }
        }
    }
}

/// What a column of rows may be.
const COLUMN_TYPES: [FieldType; 6] =
    [FieldType::Text, FieldType::Choice, FieldType::MultiChoice, FieldType::Scale, FieldType::Number, FieldType::Date];

/// What the editor calls the parts of a field that the API calls otherwise.
pub const LABELS: &[(&str, &str)] =
    &[("hint", "Help text"), ("options", "Options, one a line"), ("min", "Lowest"), ("max", "Highest")];

fn label(part: &'static str) -> &'static str {
    LABELS.iter().find(|(name, _)| *name == part).map_or(part, |(_, label)| label)
}

/// The controls of one field: its label, its help, and what its type needs.
fn parts(field: &DraftField, name: &str, filled: &Filled<'_>) -> Markup {
    let part = |part: &str| format!("{name}.{part}");
    let text = |key: &str, label: &str| {
        Field::text(part(key), label).value(field.text(key)).errors(filled.errors).max_length(200)
    };
    let tick = |key: &str, label: &str| {
        Field::checkbox(part(key), label).checked(!field.text(key).is_empty()).errors(filled.errors)
    };
    let number = |key: &str, label: &str| {
        Field::number(part(key), label).value(field.text(key)).errors(filled.errors).width(Width::Short).step(1)
    };
    html! {
        (field_row(html! {
            (text("label", "Label").required().autocomplete("off"))
            (text("hint", label("hint")).autocomplete("off"))
        }))
        @match field.field_type {
            FieldType::Choice | FieldType::MultiChoice => {
                (Field::textarea(part("options"), label("options")).rows(3).value(field.text("options")).errors(filled.errors).required())
            }
            FieldType::Scale => (field_row(html! { (number("min", label("min")).required()) (number("max", label("max")).required()) })),
            FieldType::Number => (field_row(html! { (number("min", label("min"))) (number("max", label("max"))) (text("unit", "Unit").max_length(30)) })),
            _ => {}
        }
        div.toolbar {
            (tick("required", "Needed before signing"))
            @if !name.contains("].fields[") { (tick("quick", "Among the first fields")) }
        }
    }
}
