//! The exact bytes a signature stands for.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Discipline, NoteType};
use crate::id::{NoteId, ParticipantId, SessionId};
use crate::templates::NoteTemplate;

/// What is written in a note.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NoteContent {
    /// The running text; may be empty when the fields say it all.
    pub text: String,
    /// The values of the template's fields.
    pub fields: Map<String, Value>,
}

/// What a note is, beside its content: signed with it, so that a text can't be moved to another patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteIdentity {
    /// The note.
    pub note: NoteId,
    /// From 1.
    pub version: u32,
    /// Its session.
    pub session: SessionId,
    /// Whose it is, if individual.
    pub participant: Option<ParticipantId>,
    /// What it is.
    pub note_type: NoteType,
    /// Its discipline, if individual.
    pub discipline: Option<Discipline>,
}

/// The template a note was written in: signed with it, so that no label can be put beside a value later.
#[derive(Debug, Clone, Copy)]
pub struct WrittenIn<'a> {
    /// What names the template.
    pub key: &'a str,
    /// The version of the template.
    pub version: u32,
    /// The template as it was then.
    pub template: &'a NoteTemplate,
}

/// How the signed bytes are laid out. What was signed in a layout is verified in it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Identity and content.
    First,
    /// The template with its labels, too.
    WithTemplate,
}

impl Layout {
    /// The layout of everything that is signed now.
    pub const PRESENT: Self = Self::WithTemplate;

    /// The layout of a signed text: its first key says so. A text that says nothing of the kind is judged by the
    /// present one, and does not fit it.
    pub fn of(signed_text: &str) -> Self {
        if signed_text.starts_with("{\"canonical\":1,") { Self::First } else { Self::PRESENT }
    }
}

/// The note as the bytes that are kept, hashed and signed: JSON without spaces, keys sorted at every depth. The same
/// note gives the same bytes for ever; the first key names the layout.
pub fn canonical_bytes(
    identity: &NoteIdentity,
    content: &NoteContent,
    written_in: WrittenIn<'_>,
    layout: Layout,
) -> Vec<u8> {
    let NoteIdentity { note, version, session, participant, note_type, discipline } = identity;
    let mut whole = serde_json::json!({
        "canonical": 1,
        "content": {"fields": content.fields, "text": content.text},
        "discipline": discipline,
        "note": note,
        "note_type": note_type,
        "participant": participant,
        "session": session,
        "version": version,
    });
    if layout == Layout::WithTemplate {
        let WrittenIn { key, version, template } = written_in;
        whole["canonical"] = Value::from(2);
        whole["template"] =
            serde_json::json!({"fields": template.fields, "key": key, "name": template.name, "version": version});
    }
    let mut out = String::new();
    write(&whole, &mut out);
    out.into_bytes()
}

/// Sorts keys itself: whether `serde_json` does depends on features another crate may switch on.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            list(out, ('{', '}'), sorted, |out, (key, member)| {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(member, out);
            });
        }
        Value::Array(items) => list(out, ('[', ']'), items, |out, item| write(item, out)),
        plain => out.push_str(&plain.to_string()),
    }
}

fn list<T>(out: &mut String, braces: (char, char), items: impl IntoIterator<Item = T>, each: impl Fn(&mut String, T)) {
    out.push(braces.0);
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        each(out, item);
    }
    out.push(braces.1);
}
