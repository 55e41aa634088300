//! Whether the fields of a template can be used.

use super::{FieldType, MOST_COLUMNS, MOST_FIELDS, MOST_LABEL, MOST_OPTIONS, MOST_WORDS, NoteField};
use crate::text::is_forbidden;
use crate::violation::Violation;

/// The most characters of a unit.
const MOST_UNIT: usize = 30;

/// Every fault of the fields of a template, as `fields[index].part`.
pub fn check_fields(fields: &[NoteField]) -> Vec<Violation> {
    let mut found = Vec::new();
    if fields.is_empty() || fields.len() > MOST_FIELDS {
        found.push(Violation::new("fields", "out_of_range", format!("must be 1 to {MOST_FIELDS}")));
    } else if fields.iter().map(words).sum::<usize>() > MOST_WORDS {
        let message = format!("must have at most {MOST_WORDS} characters in all labels, hints and options together");
        found.push(Violation::new("fields", "too_long", message));
    }
    check_list("fields", &fields[..fields.len().min(MOST_FIELDS)], true, &mut found);
    found
}

fn words(field: &NoteField) -> usize {
    let own = [&field.key, &field.label].into_iter().chain(&field.options).chain(&field.hint).chain(&field.unit);
    own.map(|text| text.chars().count()).sum::<usize>() + field.fields.iter().map(words).sum::<usize>()
}

/// The faults of a list of fields at this place; `outer` where fields may have rows.
fn check_list(place: &str, fields: &[NoteField], outer: bool, found: &mut Vec<Violation>) {
    for (index, field) in fields.iter().enumerate() {
        let name = |part: &str| format!("{place}[{index}].{part}");
        let mut fault = |part: &str, message: &str| found.push(Violation::new(name(part), "invalid", message));
        if !is_key(&field.key) {
            fault("key", "must be small letters, digits and underscores, at most 60");
        } else if fields[..index].iter().any(|earlier| earlier.key == field.key) {
            fault("key", "is the key of an earlier field too; each key is used once");
        }
        if !is_label(&field.label, MOST_LABEL) {
            fault("label", "must be one line of 1 to 200 characters");
        }
        if field.hint.as_ref().is_some_and(|hint| !is_label(hint, MOST_LABEL)) {
            fault("hint", "must be one line of 1 to 200 characters");
        }
        for (part, message) in [field.options_fault(), field.bound_missing(), field.bounds_fault(), field.unit_fault()]
            .into_iter()
            .flatten()
        {
            fault(part, message);
        }
        if let Some((part, message)) = field.rows_fault(outer) {
            fault(part, message);
        } else {
            check_list(&name("fields"), &field.fields, false, found);
        }
    }
}

fn is_key(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=60).contains(&key.len()) && key.bytes().all(plain)
}

fn is_label(label: &str, most: usize) -> bool {
    let odd = |letter: char| letter.is_control() || is_forbidden(letter);
    !label.trim().is_empty() && label.chars().count() <= most && !label.chars().any(odd)
}

type Fault = Option<(&'static str, &'static str)>;

impl NoteField {
    fn options_fault(&self) -> Fault {
        let chosen = matches!(self.field_type, FieldType::Choice | FieldType::MultiChoice);
        let distinct = self.options.iter().enumerate().all(|(at, option)| !self.options[..at].contains(option));
        match self.options.len() {
            0 if !chosen => None,
            _ if !chosen => Some(("options", "belong only to a choice")),
            count if !(2..=MOST_OPTIONS).contains(&count) => Some(("options", "must be 2 to 60, one a line")),
            _ if distinct && self.options.iter().all(|option| is_label(option, MOST_LABEL)) => None,
            _ => Some(("options", "must differ from each other, each of 1 to 200 characters")),
        }
    }

    fn bound_missing(&self) -> Fault {
        match (self.field_type, self.min, self.max) {
            (FieldType::Scale, None, _) => Some(("min", "is required for a scale")),
            (FieldType::Scale, Some(_), None) => Some(("max", "is required for a scale")),
            _ => None,
        }
    }

    fn bounds_fault(&self) -> Fault {
        let range = self.min.zip(self.max);
        match self.field_type {
            FieldType::Scale | FieldType::Number if range.is_some_and(|(min, max)| min >= max) => {
                Some(("max", "must be more than `min`"))
            }
            FieldType::Scale if range.is_some_and(|(min, max)| max.saturating_sub(min) > 100) => {
                Some(("max", "makes a scale of more than 101 steps; ask for a number instead"))
            }
            FieldType::Scale | FieldType::Number => None,
            _ if self.min.is_some() || self.max.is_some() => {
                Some(("min", "belongs only to a scale or a number, and so does `max`"))
            }
            _ => None,
        }
    }

    fn unit_fault(&self) -> Fault {
        let unit = self.unit.as_ref()?;
        match self.field_type {
            FieldType::Number if is_label(unit, MOST_UNIT) => None,
            FieldType::Number => Some(("unit", "must be one line of 1 to 30 characters")),
            _ => Some(("unit", "belongs only to a number")),
        }
    }

    fn rows_fault(&self, outer: bool) -> Fault {
        match self.field_type {
            FieldType::Rows | FieldType::Goal if !outer => Some(("type", "can't be `rows` or `goal` inside of rows")),
            FieldType::Rows if !(1..=MOST_COLUMNS).contains(&self.fields.len()) => {
                Some(("fields", "must be 1 to 12 that repeat together"))
            }
            FieldType::Rows => None,
            _ if !self.fields.is_empty() => Some(("fields", "belong only to rows")),
            _ => None,
        }
    }
}
