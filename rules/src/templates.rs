//! What a note starts from: typed fields, checked when a template is made and when a note is signed (domain 6).

mod built_in;

pub use built_in::built_in;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::notes::{Discipline, NoteContent, NoteType};
use crate::text::is_forbidden;
use crate::violation::Violation;

/// The most fields a template may have.
pub const MOST_FIELDS: usize = 60;
/// The most options one field may have.
pub const MOST_OPTIONS: usize = 60;
/// The most characters of one text value.
pub const MOST_TEXT: usize = 20_000;
/// The most characters of a key, a label, a hint or an option.
pub const MOST_LABEL: usize = 200;

crate::vocabulary! {
    /// What a template is for.
    pub enum TemplateKind {
        /// A group and its sessions.
        GroupSession = "group_session",
        /// A note.
        Note = "note",
        /// A patient's week of groups.
        Schedule = "schedule",
    }
}

crate::vocabulary! {
    /// The type of a field, and so of its value.
    pub enum FieldType {
        /// Free text.
        Text = "text",
        /// One of the options.
        Choice = "choice",
        /// Some of the options, each once.
        MultiChoice = "multi_choice",
        /// A whole number from `min` to `max`.
        Scale = "scale",
        /// A number, within `min` and `max` if they are given.
        Number = "number",
        /// A day.
        Date = "date",
    }
}

/// One field of a note template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, deserr::Deserr, utoipa::ToSchema)]
#[deserr(deny_unknown_fields)]
pub struct NoteField {
    /// What the value is kept under: small letters, digits and underscores, unique in the template.
    pub key: String,
    /// What a person reads.
    pub label: String,
    /// What the value is.
    #[serde(rename = "type")]
    #[deserr(rename = "type")]
    pub field_type: FieldType,
    /// Signing needs a value.
    #[serde(default)]
    #[deserr(default)]
    pub required: bool,
    /// Shown beside each participant on the screen where a whole group is documented.
    #[serde(default)]
    #[deserr(default)]
    pub quick: bool,
    /// The options of a choice.
    #[serde(default)]
    #[deserr(default)]
    pub options: Vec<String>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[deserr(default)]
    pub min: Option<i64>,
    /// The greatest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[deserr(default)]
    pub max: Option<i64>,
    /// A line of help under the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[deserr(default)]
    pub hint: Option<String>,
}

/// What a note starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoteTemplate {
    /// The name of the template.
    pub name: String,
    /// Whether it is for the group note or for individual ones.
    pub note_type: NoteType,
    /// The discipline it is for; none for a group note.
    pub discipline: Option<Discipline>,
    /// Its fields, in order.
    pub fields: Vec<NoteField>,
}

/// Whether a note is only kept, or to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Saved as it is: what is there must be of its type.
    Draft,
    /// Signed: what is required must be there.
    Signing,
}

/// Every fault of the fields of a template, as `fields[index].part`.
pub fn check_fields(fields: &[NoteField]) -> Vec<Violation> {
    let mut found = Vec::new();
    if fields.is_empty() || fields.len() > MOST_FIELDS {
        found.push(Violation::new("fields", "out_of_range", format!("must have 1 to {MOST_FIELDS} fields")));
    }
    for (index, field) in fields.iter().enumerate().take(MOST_FIELDS) {
        let mut fault = |part: &str, message: &str| {
            found.push(Violation::new(format!("fields[{index}].{part}"), "invalid", message));
        };
        if !is_key(&field.key) {
            fault("key", "must be small letters, digits and underscores, at most 60");
        } else if fields[..index].iter().any(|earlier| earlier.key == field.key) {
            fault("key", "is the key of an earlier field too; each key is used once");
        }
        if !is_label(&field.label) {
            fault("label", "must be one line of 1 to 200 characters");
        }
        if field.hint.as_ref().is_some_and(|hint| !is_label(hint)) {
            fault("hint", "must be one line of 1 to 200 characters");
        }
        if let Some((part, message)) = field.bounds_fault() {
            fault(part, message);
        }
    }
    found
}

fn is_key(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=60).contains(&key.len()) && key.bytes().all(plain)
}

fn is_label(label: &str) -> bool {
    (1..=MOST_LABEL).contains(&label.trim().chars().count()) && !label.chars().any(char::is_control)
}

impl NoteField {
    fn bounds_fault(&self) -> Option<(&'static str, &'static str)> {
        let chosen = matches!(self.field_type, FieldType::Choice | FieldType::MultiChoice);
        let distinct = self.options.iter().enumerate().all(|(at, option)| !self.options[..at].contains(option));
        let range = self.min.zip(self.max);
        match self.field_type {
            _ if chosen && !(2..=MOST_OPTIONS).contains(&self.options.len()) => {
                Some(("options", "must be 2 to 60 options"))
            }
            _ if !chosen && !self.options.is_empty() => Some(("options", "only a choice has options")),
            _ if !distinct || !self.options.iter().all(|option| is_label(option)) => {
                Some(("options", "must be different lines of 1 to 200 characters"))
            }
            FieldType::Scale if range.is_none() => Some(("min", "a scale needs both `min` and `max`")),
            FieldType::Scale | FieldType::Number if range.is_some_and(|(min, max)| min >= max) => {
                Some(("max", "must be more than `min`"))
            }
            FieldType::Scale if range.is_some_and(|(min, max)| max.saturating_sub(min) > 100) => {
                Some(("max", "a scale has at most 101 steps; use a number"))
            }
            FieldType::Scale | FieldType::Number => None,
            _ if self.min.is_some() || self.max.is_some() => {
                Some(("min", "only a scale or a number has `min` and `max`"))
            }
            _ => None,
        }
    }

    /// What is wrong with a value, if anything: a stable code and a sentence.
    fn fault(&self, value: &Value) -> Option<(&'static str, String)> {
        let invalid = |message: String| Some(("invalid", message));
        match (self.field_type, value) {
            (FieldType::Text, Value::String(text)) => text_fault(text),
            (FieldType::Text, _) => invalid("must be text".to_owned()),
            (FieldType::Choice, Value::String(option)) if self.options.contains(option) => None,
            (FieldType::Choice, _) => invalid(format!("must be one of: {}", self.options.join(", "))),
            (FieldType::MultiChoice, Value::Array(chosen)) if self.are_options(chosen) => None,
            (FieldType::MultiChoice, _) => {
                invalid(format!("must list some of, each once: {}", self.options.join(", ")))
            }
            (FieldType::Scale, Value::Number(number)) if number.as_i64().is_some_and(|number| self.holds(number)) => {
                None
            }
            (FieldType::Number, Value::Number(number)) if number.as_f64().is_some_and(|number| self.spans(number)) => {
                None
            }
            (FieldType::Scale, _) => invalid(format!("must be a whole number{}", self.range())),
            (FieldType::Number, _) => invalid(format!("must be a number{}", self.range())),
            (FieldType::Date, Value::String(day)) if is_day(day) => None,
            (FieldType::Date, _) => invalid("must be a date such as 2026-03-02".to_owned()),
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

/// Every bad value of a note, as `fields.KEY`: unknown keys and wrong types always, missing required ones when it
/// is signed. `null`, empty text and an empty list are no value.
pub fn check_values(fields: &[NoteField], values: &Map<String, Value>, stage: Stage) -> Vec<Violation> {
    let mut found = Vec::new();
    for field in fields {
        let name = || format!("fields.{}", field.key);
        match values.get(&field.key).filter(|value| !is_empty(value)) {
            Some(value) => {
                found.extend(field.fault(value).map(|(code, message)| Violation::new(name(), code, message)))
            }
            None if field.required && stage == Stage::Signing => {
                found.push(Violation::new(
                    name(),
                    "required",
                    format!("“{}” must be filled in before signing", field.label),
                ));
            }
            None => {}
        }
    }
    for key in values.keys().filter(|key| !fields.iter().any(|field| field.key == **key)) {
        found.push(Violation::new(format!("fields.{key}"), "unknown_field", "is not a field of this note's template"));
    }
    found
}

/// Every fault of a whole note: its running text as `content`, its values as [`check_values`] says. A note without a
/// template has no fields; what is signed says something.
pub fn check_content(fields: &[NoteField], content: &NoteContent, stage: Stage) -> Vec<Violation> {
    let text = text_fault(&content.text).map(|(code, message)| Violation::new("content", code, message));
    let says_nothing = content.text.trim().is_empty() && content.fields.values().all(is_empty);
    let empty = (stage == Stage::Signing && says_nothing)
        .then(|| Violation::new("content", "required", "an empty note can't be signed; write what happened"));
    text.into_iter().chain(empty).chain(check_values(fields, &content.fields, stage)).collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

/// The values as label and text, in the order of the template: what a chart, a print or a search shows.
pub fn in_words(fields: &[NoteField], values: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let shown = |field: &NoteField| {
        let value = values.get(&field.key).filter(|value| !is_empty(value))?;
        Some((field.label.clone(), text(value)))
    };
    fields.iter().filter_map(shown).collect()
}

/// The free text among the values, a paragraph each: what the name check and the clone check read.
pub fn free_text<'a>(fields: &'a [NoteField], values: &'a Map<String, Value>) -> Vec<(&'a str, &'a str)> {
    let texts = fields.iter().filter(|field| field.field_type == FieldType::Text);
    texts.filter_map(|field| Some((field.key.as_str(), values.get(&field.key)?.as_str()?))).collect()
}

#[cfg(test)]
mod tests;
