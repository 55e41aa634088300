//! A note template as it stands in its editor: fields that are added, moved and removed before anything is saved.

use ::rules::templates::{FieldType, MOST_COLUMNS, MOST_FIELDS, NoteField};
use serde_json::{Map, Value, json};

use crate::http::form::Form;

/// A field as it stands in the editor. Its tag stays the same wherever it is moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftField {
    /// The number in the names of its controls.
    pub tag: u32,
    /// What it is.
    pub field_type: FieldType,
    /// The columns of rows.
    pub columns: Vec<DraftField>,
    texts: Vec<(String, String)>,
}

/// A template as it stands in the editor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// Its fields, in order.
    pub fields: Vec<DraftField>,
    /// The tag of the field that was added just now.
    pub focus: Option<u32>,
}

/// The parts of a field that are a line of text.
const LINES: [&str; 4] = ["key", "label", "hint", "unit"];
/// The parts of a field that are a number.
const NUMBERS: [&str; 2] = ["min", "max"];
/// The parts of a field that are ticked.
const TICKS: [&str; 2] = ["required", "quick"];

impl DraftField {
    /// What stands in a part of it.
    pub fn text(&self, part: &str) -> &str {
        self.texts.iter().find(|(known, _)| known == part).map_or("", |(_, text)| text.as_str())
    }

    fn blank(tag: u32, field_type: FieldType) -> Self {
        Self { tag, field_type, columns: Vec::new(), texts: Vec::new() }
    }

    fn of(field: &NoteField, tag: &mut u32) -> Self {
        *tag += 1;
        let own = *tag;
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        let tick = |is_on: bool| is_on.then(|| "true".to_owned());
        let texts = [
            ("key", Some(field.key.clone())),
            ("label", Some(field.label.clone())),
            ("hint", field.hint.clone()),
            ("unit", field.unit.clone()),
            ("min", number(field.min)),
            ("max", number(field.max)),
            ("required", tick(field.required)),
            ("quick", tick(field.quick)),
            ("options", Some(field.options.join("\n"))),
        ];
        let texts = texts.into_iter().filter_map(|(part, text)| Some((part.to_owned(), text?))).collect();
        let columns = field.fields.iter().map(|column| Self::of(column, tag)).collect();
        Self { tag: own, field_type: field.field_type, columns, texts }
    }

    /// The field as the API takes it. What has no key yet gets one of its label.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(self.field_type));
        for part in LINES.iter().filter(|part| !self.text(part).is_empty()) {
            object.insert((*part).to_owned(), json!(self.text(part)));
        }
        object.entry("label").or_insert_with(|| json!(""));
        let key = if self.text("key").is_empty() { key_of(self.text("label")) } else { self.text("key").to_owned() };
        object.insert("key".to_owned(), json!(key));
        for part in NUMBERS.iter().filter(|part| !self.text(part).is_empty()) {
            let number = self.text(part).parse::<i64>().map_or_else(|_| json!(self.text(part)), |number| json!(number));
            object.insert((*part).to_owned(), number);
        }
        for part in TICKS {
            object.insert(part.to_owned(), json!(!self.text(part).is_empty()));
        }
        let options: Vec<&str> = self.text("options").lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        object.insert("options".to_owned(), json!(options));
        if self.field_type == FieldType::Rows {
            object.insert("fields".to_owned(), all(&self.columns));
        }
        Value::Object(object)
    }
}

/// Fields as the API takes them, each with a key of its own.
pub fn all(fields: &[DraftField]) -> Value {
    let mut known: Vec<String> = Vec::new();
    let one = |field: &DraftField| {
        let mut json = field.json();
        let key = json["key"].as_str().unwrap_or_default().to_owned();
        if field.text("key").is_empty() {
            let free = (1..).map(|n| if n == 1 { key.clone() } else { format!("{key}_{n}") });
            let taken = |key: &String| known.contains(key) || fields.iter().any(|other| other.text("key") == key);
            let mut free = free.skip_while(taken);
            json["key"] = json!(free.next());
        }
        known.push(json["key"].as_str().unwrap_or_default().to_owned());
        json
    };
    fields.iter().map(one).collect()
}

/// A key that tells of a label: "Blood pressure" as `blood_pressure`.
fn key_of(label: &str) -> String {
    let folded = ::rules::text::fold(label);
    let words = folded.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let key: String = words.collect::<Vec<_>>().join("_").chars().take(50).collect();
    if key.is_empty() { "field".to_owned() } else { key }
}

impl Draft {
    /// The fields that are stored.
    pub fn of(fields: &[NoteField]) -> Self {
        let mut tag = 0;
        Self { fields: fields.iter().map(|field| DraftField::of(field, &mut tag)).collect(), focus: None }
    }

    /// The fields as they stand in a form.
    pub fn read(form: &Form) -> Self {
        Self { fields: read_fields(form, "fields", true), focus: None }
    }

    fn next_tag(&self) -> u32 {
        let all = self.fields.iter().flat_map(|field| std::iter::once(field).chain(&field.columns));
        all.map(|field| field.tag).max().unwrap_or(0).saturating_add(1)
    }

    /// Does what a button of the editor says: `add:`, `up:3`, `down:3.5`, `remove:3`.
    pub fn act(&mut self, act: &str, form: &Form) {
        let (verb, path) = act.split_once(':').unwrap_or((act, ""));
        let tag = self.next_tag();
        let mut tags = path.split('.').filter_map(|tag| tag.parse::<u32>().ok());
        let (first, second) = (tags.next(), tags.next());
        if verb == "add" {
            let wanted = FieldType::parse(form.get(&format!("add{path}"))).unwrap_or(FieldType::Text);
            let rows = self.fields.iter_mut().find(|field| Some(field.tag) == first);
            let (list, most) = match (first, rows) {
                (Some(_), Some(rows)) => (&mut rows.columns, MOST_COLUMNS),
                _ => (&mut self.fields, MOST_FIELDS),
            };
            if list.len() < most {
                list.push(DraftField::blank(tag, wanted));
                self.focus = Some(tag);
            }
            return;
        }
        let (list, tag) = match (first, second) {
            (Some(rows), Some(column)) => match self.fields.iter_mut().find(|field| field.tag == rows) {
                Some(rows) => (&mut rows.columns, column),
                None => return,
            },
            (Some(tag), None) => (&mut self.fields, tag),
            (None, _) => return,
        };
        let Some(at) = list.iter().position(|field| field.tag == tag) else { return };
        match verb {
            "up" if at > 0 => list.swap(at, at - 1),
            "down" if at + 1 < list.len() => list.swap(at, at + 1),
            "remove" => drop(list.remove(at)),
            _ => {}
        }
    }

    /// The name of a control that a refusal is about: `fields[2].label` is the third field's, whatever its tag.
    pub fn control_of(&self, field: &str) -> String {
        renamed(&self.fields, field).unwrap_or_else(|| field.to_owned())
    }

    /// What the template's field that a refusal is about is called: its label, or its place where it has none.
    pub fn called(&self, field: &str) -> Option<String> {
        let (index, _) = field.strip_prefix("fields[")?.split_once(']')?;
        let at: usize = index.parse().ok()?;
        let label = self.fields.get(at)?.text("label");
        Some(if label.is_empty() { format!("Field {}", at + 1) } else { label.to_owned() })
    }
}

fn renamed(fields: &[DraftField], field: &str) -> Option<String> {
    let (index, rest) = field.strip_prefix("fields[")?.split_once(']')?;
    let found = fields.get(index.parse::<usize>().ok()?)?;
    let rest = match rest.strip_prefix('.') {
        Some(inner) if inner.starts_with("fields[") => format!(".{}", renamed(&found.columns, inner)?),
        // An option has no control of its own.
        Some(part) => format!(".{}", part.split('[').next().unwrap_or(part)),
        None => ".label".to_owned(),
    };
    Some(format!("fields[{}]{rest}", found.tag))
}

/// The fields under a name, in the order in which they stand in the form.
fn read_fields(form: &Form, place: &str, outer: bool) -> Vec<DraftField> {
    let start = format!("{place}[");
    let mut found: Vec<DraftField> = Vec::new();
    for (name, text) in form.pairs() {
        let part = name.strip_prefix(start.as_str()).and_then(|rest| rest.split_once("]."));
        let Some((tag, part)) = part.and_then(|(tag, part)| Some((tag.parse::<u32>().ok()?, part))) else { continue };
        // A field begins with its type.
        if part == "type" && found.len() <= MOST_FIELDS && found.iter().all(|field| field.tag != tag) {
            let field_type = FieldType::parse(text).unwrap_or(FieldType::Text);
            let columns = if outer { read_fields(form, &format!("{place}[{tag}].fields"), false) } else { Vec::new() };
            found.push(DraftField { columns, ..DraftField::blank(tag, field_type) });
        } else if !part.contains('[')
            && let Some(field) = found.iter_mut().find(|field| field.tag == tag)
        {
            field.texts.push((part.to_owned(), text.to_owned()));
        }
    }
    found
}
