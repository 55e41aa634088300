//! What is written, as people read it: in the order of the template, with labels and units.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{FieldType, NoteField};

/// One value as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<'a> {
    /// Where it stands: `fields.mood`, `fields.behaviors[0].what`.
    pub place: String,
    /// The label of its field.
    pub label: &'a str,
    /// What it says.
    pub cell: Cell<'a>,
}

/// What a value says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Free text, as it was written.
    Text(&'a str),
    /// A chosen or measured value, in words.
    Words(String),
    /// Rows of values.
    Rows(Vec<Vec<Said<'a>>>),
}

/// The values in the order of the template; what says nothing is left out.
pub fn said<'a>(fields: &'a [NoteField], values: &'a Map<String, Value>) -> Vec<Said<'a>> {
    cells("fields", fields, values)
}

fn cells<'a>(place: &str, fields: &'a [NoteField], values: &'a Map<String, Value>) -> Vec<Said<'a>> {
    let shown = |field: &'a NoteField| {
        let value = values.get(&field.key).filter(|value| !field.is_blank(value))?;
        let place = format!("{place}.{}", field.key);
        Some(Said { cell: cell(&place, field, value), label: &field.label, place })
    };
    fields.iter().filter_map(shown).collect()
}

fn cell<'a>(place: &str, field: &'a NoteField, value: &'a Value) -> Cell<'a> {
    match (field.field_type, value) {
        (FieldType::Text, Value::String(text)) => Cell::Text(text),
        (_, Value::Array(rows)) if field.has_rows() => Cell::Rows(self::rows(place, field, rows)),
        (FieldType::Date, Value::String(day)) => {
            let read = day.parse::<Date>().map(|day| day.strftime("%-d %b %Y").to_string());
            Cell::Words(read.unwrap_or_else(|_| day.clone()))
        }
        (FieldType::Scale, Value::Number(number)) => match (field.min, field.max) {
            (Some(min), Some(max)) => Cell::Words(format!("{number} ({min} to {max})")),
            _ => Cell::Words(number.to_string()),
        },
        (FieldType::Number, Value::Number(number)) => match &field.unit {
            Some(unit) => Cell::Words(format!("{number} {unit}")),
            None => Cell::Words(number.to_string()),
        },
        (_, Value::String(text)) => Cell::Words(text.trim().to_owned()),
        (_, Value::Array(items)) => Cell::Words(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        (_, other) => Cell::Words(other.to_string()),
    }
}

fn rows<'a>(place: &str, field: &'a NoteField, rows: &'a [Value]) -> Vec<Vec<Said<'a>>> {
    let filled = rows.iter().enumerate().filter(|(_, row)| !field.is_blank_row(row));
    let row = |(at, row): (usize, &'a Value)| {
        row.as_object().map(|values| cells(&format!("{place}[{at}]"), field.columns(), values)).unwrap_or_default()
    };
    filled.map(row).collect()
}

impl Cell<'_> {
    /// The value in one text; each row has a line of its own.
    pub fn in_words(&self) -> String {
        let line = |row: &Vec<Said<'_>>| {
            let cells = row.iter().map(|said| format!("{}: {}", said.label, said.cell.in_words()));
            cells.collect::<Vec<_>>().join("; ")
        };
        match self {
            Cell::Text(text) => text.trim().to_owned(),
            Cell::Words(words) => words.clone(),
            Cell::Rows(rows) => rows.iter().map(line).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// The values as label and text, in the order of the template: what a chart, a print or a search shows.
pub fn in_words(fields: &[NoteField], values: &Map<String, Value>) -> Vec<(String, String)> {
    said(fields, values).into_iter().map(|said| (said.label.to_owned(), said.cell.in_words())).collect()
}

/// The free text among the values, a paragraph each, with its place: what the name check and the clone check read.
pub fn free_text<'a>(fields: &'a [NoteField], values: &'a Map<String, Value>) -> Vec<(String, &'a str)> {
    texts_of("fields", fields, values)
}

fn texts_of<'a>(place: &str, fields: &'a [NoteField], values: &'a Map<String, Value>) -> Vec<(String, &'a str)> {
    let mut found = Vec::new();
    for field in fields {
        let place = format!("{place}.{}", field.key);
        match values.get(&field.key) {
            Some(Value::String(text)) if field.field_type == FieldType::Text => found.push((place, text.as_str())),
            Some(Value::Array(rows)) if field.has_rows() => {
                let rows = rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.as_object()?)));
                found.extend(rows.flat_map(|(at, row)| texts_of(&format!("{place}[{at}]"), field.columns(), row)));
            }
            _ => {}
        }
    }
    found
}

/// What a place such as `fields.behaviors[0].what` is called: "Behaviours, row 1: What".
pub fn place_of(fields: &[NoteField], place: &str) -> Option<String> {
    let place = place.strip_prefix("fields.")?;
    let (key, inner) = place.split_once('[').map_or((place, None), |(key, inner)| (key, Some(inner)));
    let field = fields.iter().find(|field| field.key == key)?;
    let Some(inner) = inner else { return Some(field.label.clone()) };
    let (row, column) = inner.split_once(']')?;
    let row = row.parse::<usize>().ok()?.checked_add(1)?;
    let column = column.strip_prefix('.').and_then(|key| field.columns().iter().find(|column| column.key == key));
    let column = column.map(|column| format!(": {}", column.label)).unwrap_or_default();
    Some(format!("{}, row {row}{column}", field.label))
}

/// The text at a place such as `fields.behaviors[0].what`.
pub fn text_at<'a>(values: &'a Map<String, Value>, place: &str) -> Option<&'a str> {
    let place = place.strip_prefix("fields.")?;
    match place.split_once('[') {
        None => values.get(place)?.as_str(),
        Some((key, inner)) => {
            let (row, column) = inner.split_once("].")?;
            values.get(key)?.as_array()?.get(row.parse::<usize>().ok()?)?.get(column)?.as_str()
        }
    }
}
