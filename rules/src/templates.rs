//! What a note starts from: typed fields, checked when a template is made and when a note is signed (domain 6).

mod built_in;
mod group_session;
mod participation;
mod shape;
mod values;
mod words;

pub use built_in::{BUILT_IN_VERSION, built_in};
pub use group_session::{DisciplineTemplate, GroupSessionSettings};
pub use participation::{PARTICIPATION, as_marked, follows_room};
pub use shape::check_fields;
pub use values::{check_content, check_values, goals_forward};
pub use words::{Cell, Said, free_text, in_words, place_of, said, text_at};

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::notes::{Discipline, NoteType};

/// The most fields a template may have.
pub const MOST_FIELDS: usize = 60;
/// The most options one field may have.
pub const MOST_OPTIONS: usize = 60;
/// The most characters of one text value.
pub const MOST_TEXT: usize = 20_000;
/// The most characters of a key, a label, a hint or an option.
pub const MOST_LABEL: usize = 200;
/// The most fields that repeat together.
pub const MOST_COLUMNS: usize = 12;
/// The most rows of one field.
pub const MOST_ROWS: usize = 40;
/// The most characters of all keys, labels, hints and options of a template together: each note keeps a copy.
pub const MOST_WORDS: usize = 40_000;

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
        /// Rows of goals of the treatment plan, each with how far it has come.
        Goal = "goal",
        /// Rows of the fields it lists.
        Rows = "rows",
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
    /// The unit of a number: "mmHg".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[deserr(default)]
    pub unit: Option<String>,
    /// The fields that repeat together in each of the `rows`, at most 12; none of them has rows itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[deserr(default)]
    #[schema(no_recursion)]
    pub fields: Vec<NoteField>,
}

/// What a goal of the treatment plan is written as.
static GOAL_COLUMNS: LazyLock<Vec<NoteField>> = LazyLock::new(|| {
    let progress = ["Regressed", "No change", "Some progress", "Good progress", "Met", "Not addressed"];
    vec![
        NoteField { required: true, ..NoteField::new("goal", "Goal", FieldType::Text) },
        NoteField {
            options: progress.map(str::to_owned).to_vec(),
            ..NoteField::new("progress", "Progress", FieldType::Choice)
        },
        NoteField::new("evidence", "What shows it", FieldType::Text),
    ]
});

impl NoteField {
    /// A field that may stay empty.
    pub fn new(key: &str, label: &str, field_type: FieldType) -> Self {
        Self {
            key: key.to_owned(),
            label: label.to_owned(),
            field_type,
            required: false,
            quick: false,
            options: Vec::new(),
            min: None,
            max: None,
            hint: None,
            unit: None,
            fields: Vec::new(),
        }
    }

    /// Whether its value is a list of rows.
    pub const fn has_rows(&self) -> bool {
        matches!(self.field_type, FieldType::Goal | FieldType::Rows)
    }

    /// The fields of each of its rows.
    pub fn columns(&self) -> &[NoteField] {
        match self.field_type {
            FieldType::Goal => &GOAL_COLUMNS,
            FieldType::Rows => &self.fields,
            _ => &[],
        }
    }

    /// Whether a value says nothing: `null`, blank text, an empty list, rows in which nothing is filled in.
    pub fn is_blank(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            Value::Array(rows) if self.has_rows() => rows.iter().all(|row| self.is_blank_row(row)),
            Value::Array(items) => items.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
        }
    }

    /// Whether nothing is filled in in a row.
    pub fn is_blank_row(&self, row: &Value) -> bool {
        let column = |key: &str| self.columns().iter().find(|column| column.key == key);
        let blank = |(key, value): (&String, &Value)| column(key).is_some_and(|column| column.is_blank(value));
        row.as_object().is_some_and(|cells| cells.iter().all(blank))
    }
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

/// The most fields of a note that stand in its row on the screen where a whole group is documented.
pub const MOST_IN_ROW: usize = 5;

impl NoteTemplate {
    /// The fields in a participant's row: the quick ones, and where there are none those that signing needs. What takes
    /// a row of its own (several choices, goals, rows) is in the whole note.
    pub fn in_row(&self) -> Vec<&NoteField> {
        let is_low = |field: &&NoteField| !field.has_rows() && field.field_type != FieldType::MultiChoice;
        let of = |wanted: fn(&NoteField) -> bool| -> Vec<&NoteField> {
            self.fields.iter().filter(is_low).filter(|field| wanted(field)).take(MOST_IN_ROW).collect()
        };
        let quick = of(|field| field.quick);
        if quick.is_empty() { of(|field| field.required) } else { quick }
    }
}

/// Whether a note is only kept, or to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Saved as it is: what is there must be of its type.
    Draft,
    /// Signed: what is required must be there.
    Signing,
}

#[cfg(test)]
mod tests;
