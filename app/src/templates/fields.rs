//! The fields of a template as controls of a form, and what a form says of them.

use std::collections::BTreeSet;

use ::rules::templates::{FieldType, MOST_ROWS, NoteField};
use maud::{Markup, Render as _, html};
use serde_json::{Map, Value};

use crate::{
    http::form::Form,
    shell::ui::{Field, FieldErrors, Rows, Width},
};

/// The name of a template's field in a form.
pub fn field_name(key: &str) -> String {
    format!("fields.{key}")
}

/// What stands in the controls.
pub struct Standing<'a> {
    /// The values, by key.
    pub values: &'a Map<String, Value>,
    /// What was refused of them.
    pub errors: Option<&'a FieldErrors>,
    /// Sets the form apart from others on the page.
    pub scope: &'a str,
}

/// The control of a field.
pub fn control(field: &NoteField, standing: &Standing<'_>) -> Markup {
    let name = field_name(&field.key);
    let value = standing.values.get(&field.key).unwrap_or(&Value::Null);
    drawn(field, &name, value, standing)
}

fn drawn(field: &NoteField, name: &str, value: &Value, standing: &Standing<'_>) -> Markup {
    if field.has_rows() {
        return rows(field, name, value, standing);
    }
    let control = single(field, name, value).scope(standing.scope);
    match standing.errors {
        Some(errors) => control.errors(errors).render(),
        None => control.render(),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn single(field: &NoteField, name: &str, value: &Value) -> Field {
    let label = field.label.clone();
    let options = || field.options.iter().map(|option| (option.clone(), option.clone()));
    let control = match field.field_type {
        FieldType::Text => Field::textarea(name, label).rows(1).max_length(20_000).value(words(value)),
        FieldType::Choice => {
            let none = std::iter::once((String::new(), "Not chosen".to_owned()));
            Field::select(name, label, none.chain(options())).value(words(value))
        }
        FieldType::MultiChoice => {
            let chosen = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            Field::checks(name, label, options()).values(chosen).in_line()
        }
        FieldType::Date => Field::date(name, label).value(words(value)),
        _ => number(field, name, label).value(words(value)),
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
    if let Some(unit) = &field.unit {
        control = control.suffix(unit);
    }
    if field.field_type == FieldType::Number { control.step("any") } else { control.step(1) }
}

/// The rows that are filled in, and an empty one.
fn rows(field: &NoteField, name: &str, value: &Value, standing: &Standing<'_>) -> Markup {
    let none = Map::new();
    let filled = value.as_array().into_iter().flatten().filter_map(Value::as_object);
    let error = standing.errors.and_then(|errors| errors.get(name));
    let start = Rows::new(name, &field.label)
        .scope(standing.scope)
        .hint(field.hint.as_deref())
        .error(error)
        .required(field.required);
    let rows = filled
        .chain([&none])
        .take(MOST_ROWS)
        .enumerate()
        .fold(start, |rows, (at, values)| rows.row(cells(field, name, at, values, standing)));
    rows.render()
}

fn cells(field: &NoteField, name: &str, index: usize, values: &Map<String, Value>, standing: &Standing<'_>) -> Markup {
    html! {
        @for column in field.columns() {
            (drawn(column, &format!("{name}[{index}].{}", column.key), values.get(&column.key).unwrap_or(&Value::Null), standing))
        }
    }
}

/// What stands in a form: every field of the template, `null` where it is empty; rows in which nothing is written are
/// left out.
pub fn read(fields: &[NoteField], form: &Form) -> Map<String, Value> {
    fields.iter().map(|field| (field.key.clone(), value(field, &field_name(&field.key), form))).collect()
}

fn value(field: &NoteField, name: &str, form: &Form) -> Value {
    let text = form.get(name);
    match field.field_type {
        FieldType::Goal | FieldType::Rows => filled_rows(field, name, form),
        FieldType::MultiChoice => {
            let chosen: Vec<Value> = form.all(name).filter(|one| !one.is_empty()).map(Value::from).collect();
            if chosen.is_empty() { Value::Null } else { Value::Array(chosen) }
        }
        _ if text.trim().is_empty() => Value::Null,
        FieldType::Scale | FieldType::Number => read_number(text.trim()),
        _ => Value::from(text),
    }
}

fn filled_rows(field: &NoteField, name: &str, form: &Form) -> Value {
    let start = format!("{name}[");
    let index = |name: &str| name.strip_prefix(start.as_str())?.split_once(']')?.0.parse::<u16>().ok();
    let indexes: BTreeSet<u16> = form.pairs().filter_map(|(name, _)| index(name)).collect();
    // One more than there may be says that there are too many.
    let rows = indexes.into_iter().take(MOST_ROWS + 1).filter_map(|at| {
        let cell =
            |column: &NoteField| (column.key.clone(), value(column, &format!("{name}[{at}].{}", column.key), form));
        let cells: Map<String, Value> =
            field.columns().iter().map(cell).filter(|(_, value)| !value.is_null()).collect();
        (!cells.is_empty()).then_some(Value::Object(cells))
    });
    let rows: Vec<Value> = rows.collect();
    if rows.is_empty() { Value::Null } else { Value::Array(rows) }
}

/// A number as JSON; what is none stays text, and is refused as such.
fn read_number(text: &str) -> Value {
    let whole = text.parse::<i64>().map(Value::from).ok();
    let fraction = || text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number);
    whole.or_else(fraction).unwrap_or_else(|| Value::from(text))
}

#[cfg(test)]
mod tests {
    use ::rules::{
        notes::{Discipline, NoteType},
        templates::built_in,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_of_a_form_are_read_without_the_empty_ones() {
        let fields = built_in(NoteType::IndividualNote, Some(Discipline::Aba)).fields;
        let form = Form::of([
            ("fields.participation", "Engaged"),
            ("fields.behaviors[0].behavior", " "),
            ("fields.behaviors[4].behavior", "Left the room"),
            ("fields.behaviors[4].times", "2"),
            ("fields.behaviors[4].minutes", "many"),
            ("fields.behaviors[x].behavior", "never"),
            ("fields.goal_progress[0].goal", ""),
        ]);
        let read = read(&fields, &form);
        assert_eq!(read["participation"], json!("Engaged"));
        assert_eq!(read["behaviors"], json!([{ "behavior": "Left the room", "times": 2, "minutes": "many" }]));
        assert_eq!((&read["goal_progress"], &read["affect"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn every_control_has_a_label_and_rows_wait_for_one_more() {
        let fields = built_in(NoteType::IndividualNote, Some(Discipline::Aba)).fields;
        let values = json!({ "behaviors": [{ "behavior": "Left <the> room" }] });
        let none = Map::new();
        let standing = Standing { values: values.as_object().unwrap_or(&none), errors: None, scope: "one" };
        let behaviors = fields.iter().find(|field| field.key == "behaviors").map(|field| control(field, &standing));
        let html = behaviors.map(|markup| markup.into_string()).unwrap_or_default();
        assert!(html.contains("Left &lt;the&gt; room"), "{html}");
        for index in [0, 1] {
            assert!(html.contains(&format!("name=\"fields.behaviors[{index}].behavior\"")), "{index}: {html}");
        }
        assert!(!html.contains("fields.behaviors[2]."), "{html}");
        assert_eq!(
            html.matches("<textarea").count() + html.matches("<select").count() + html.matches("<input").count(),
            12
        );
        assert_eq!(html.matches("<label").count(), 12);
    }
}
