//! Whether what is written fits its fields.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{FieldType, MOST_ROWS, MOST_TEXT, NoteField, Stage};
use crate::notes::NoteContent;
use crate::text::is_forbidden;
use crate::violation::Violation;

/// Every bad value of a note, as `fields.KEY` or `fields.KEY[row].KEY`: unknown keys and wrong types always, missing
/// required ones when it is signed. `null`, blank text, an empty list and rows with nothing in them are no value.
pub fn check_values(fields: &[NoteField], values: &Map<String, Value>, stage: Stage) -> Vec<Violation> {
    let mut found = Vec::new();
    check_cells("fields", fields, values, stage, &mut found);
    found
}

fn check_cells(
    place: &str,
    fields: &[NoteField],
    values: &Map<String, Value>,
    stage: Stage,
    found: &mut Vec<Violation>,
) {
    for field in fields {
        field.judge(&format!("{place}.{}", field.key), values.get(&field.key), stage, found);
    }
    for key in values.keys().filter(|key| !fields.iter().any(|field| field.key == **key)) {
        found.push(Violation::new(format!("{place}.{key}"), "unknown_field", "is not a field of this note's template"));
    }
}

/// Every fault of a whole note: its running text as `content`, its values as [`check_values`] says. A note without a
/// template has no fields; what is signed says something.
pub fn check_content(fields: &[NoteField], content: &NoteContent, stage: Stage) -> Vec<Violation> {
    let text = text_fault(&content.text).map(|(code, message)| Violation::new("content", code, message));
    let says = |field: &NoteField| content.fields.get(&field.key).is_some_and(|value| !field.is_blank(value));
    let says_nothing = content.text.trim().is_empty() && !fields.iter().any(says);
    let empty = (stage == Stage::Signing && says_nothing)
        .then(|| Violation::new("content", "required", "is empty; write what happened before it is signed"));
    text.into_iter().chain(empty).chain(check_values(fields, &content.fields, stage)).collect()
}

/// The goals that a note takes from the patient's last one: for each field of goals in which nothing is named yet, the
/// goals of the field with the same key, or of the only one there is. Only what a goal is goes on, never its progress.
pub fn goals_forward(
    last: (&[NoteField], &Map<String, Value>),
    next: (&[NoteField], &Map<String, Value>),
) -> Map<String, Value> {
    let goals = |fields: &[NoteField]| -> Vec<NoteField> {
        fields.iter().filter(|field| field.field_type == FieldType::Goal).cloned().collect()
    };
    let (of_last, of_next) = (goals(last.0), goals(next.0));
    let is_named = |field: &NoteField| next.1.get(&field.key).is_some_and(|value| !field.is_blank(value));
    let from = |field: &NoteField| match of_last.as_slice() {
        [only] if of_next.len() == 1 => Some(only.key.clone()),
        several => several.iter().find(|one| one.key == field.key).map(|one| one.key.clone()),
    };
    let carried = |field: &NoteField| {
        let rows = last.1.get(&from(field)?)?.as_array()?;
        let named = rows.iter().filter_map(|row| row.get("goal").filter(|goal| goal.as_str().is_some_and(is_words)));
        let rows: Vec<Value> = named.map(|goal| serde_json::json!({ "goal": goal })).collect();
        (!rows.is_empty()).then(|| (field.key.clone(), Value::Array(rows)))
    };
    of_next.iter().filter(|field| !is_named(field)).filter_map(carried).collect()
}

fn is_words(text: &str) -> bool {
    !text.trim().is_empty()
}

impl NoteField {
    fn judge(&self, place: &str, value: Option<&Value>, stage: Stage, found: &mut Vec<Violation>) {
        let Some(value) = value.filter(|value| !self.is_blank(value)) else {
            if self.required && stage == Stage::Signing {
                let message = format!("“{}” must be filled in before signing", self.label);
                found.push(Violation::new(place, "required", message));
            }
            return;
        };
        if self.has_rows() {
            self.judge_rows(place, value, stage, found);
        } else if let Some((code, message)) = self.fault(value) {
            found.push(Violation::new(place, code, message));
        }
    }

    fn judge_rows(&self, place: &str, value: &Value, stage: Stage, found: &mut Vec<Violation>) {
        let Some(rows) = value.as_array() else {
            found.push(Violation::new(place, "invalid", format!("must be a list of rows, each with {}", self.keys())));
            return;
        };
        if rows.len() > MOST_ROWS {
            found.push(Violation::new(place, "too_many", format!("must be at most {MOST_ROWS} rows")));
        }
        for (at, row) in rows.iter().enumerate().take(MOST_ROWS).filter(|(_, row)| !self.is_blank_row(row)) {
            let place = format!("{place}[{at}]");
            match row.as_object() {
                Some(cells) => check_cells(&place, self.columns(), cells, stage, found),
                None => found.push(Violation::new(place, "invalid", format!("must be a row with {}", self.keys()))),
            }
        }
    }

    fn keys(&self) -> String {
        let keys: Vec<String> = self.columns().iter().map(|column| format!("`{}`", column.key)).collect();
        keys.join(", ")
    }

    /// What is wrong with a value, if anything: a stable code and a sentence.
    fn fault(&self, value: &Value) -> Option<(&'static str, String)> {
        let fits = match (self.field_type, value) {
            (FieldType::Text, Value::String(text)) => return text_fault(text),
            (FieldType::Choice, Value::String(option)) => self.options.contains(option),
            (FieldType::MultiChoice, Value::Array(chosen)) => self.are_options(chosen),
            (FieldType::Scale, Value::Number(number)) => number.as_i64().is_some_and(|number| self.holds(number)),
            (FieldType::Number, Value::Number(number)) => number.as_f64().is_some_and(|number| self.spans(number)),
            (FieldType::Date, Value::String(day)) => is_day(day),
            _ => false,
        };
        (!fits).then(|| ("invalid", self.expects()))
    }

    fn expects(&self) -> String {
        match self.field_type {
            FieldType::Text => "must be text".to_owned(),
            FieldType::Choice => format!("must be one of: {}", self.options.join(", ")),
            FieldType::MultiChoice => format!("must list some of, each once: {}", self.options.join(", ")),
            FieldType::Scale => format!("must be a whole number{}", self.range()),
            FieldType::Number => format!("must be a number{}", self.range()),
            FieldType::Date => "must be a date such as 2026-03-02".to_owned(),
            FieldType::Goal | FieldType::Rows => format!("must be a list of rows, each with {}", self.keys()),
        }
    }

    fn are_options(&self, chosen: &[Value]) -> bool {
        let known = |value: &Value| value.as_str().is_some_and(|text| self.options.iter().any(|option| option == text));
        let distinct = chosen.iter().enumerate().all(|(at, value)| !chosen[..at].contains(value));
        chosen.len() <= self.options.len() && chosen.iter().all(known) && distinct
    }

    fn holds(&self, number: i64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }

    fn spans(&self, number: f64) -> bool {
        // Bounds are small whole numbers, which a double holds exactly.
        self.min.is_none_or(|min| number >= min as f64) && self.max.is_none_or(|max| number <= max as f64)
    }

    fn range(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!(" from {min} to {max}"),
            (Some(min), None) => format!(", at least {min}"),
            (None, Some(max)) => format!(", at most {max}"),
            (None, None) => String::new(),
        }
    }
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn text_fault(text: &str) -> Option<(&'static str, String)> {
    if let Some(control) = text.chars().find(|letter| is_forbidden(*letter)) {
        return Some((
            "invalid",
            format!("contains the control character U+{:04X}; please retype that place", control as u32),
        ));
    }
    let length = text.chars().count();
    (length > MOST_TEXT).then(|| ("too_long", format!("must have at most {MOST_TEXT} characters, and has {length}")))
}
