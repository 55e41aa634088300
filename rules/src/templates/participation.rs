//! Participation is marked in the room and asked for in the note: what was marked is where the note starts.

use serde_json::{Map, Value};

use super::{FieldType, NoteField};
use crate::sessions::ParticipationLevel;

/// The key of the field that says how somebody took part.
pub const PARTICIPATION: &str = "participation";

/// The option of the field of participation that says what was marked in the room; none where the template does not ask,
/// or asks in other words.
pub fn as_marked(fields: &[NoteField], level: ParticipationLevel) -> Option<&str> {
    let field = fields.iter().find(|field| field.key == PARTICIPATION && field.field_type == FieldType::Choice)?;
    field.options.iter().find(|option| option.eq_ignore_ascii_case(level.as_str())).map(String::as_str)
}

/// The values of a draft after somebody's participation was marked otherwise in the room; none when nothing follows: what
/// somebody has chosen in the note stays.
pub fn follows_room(
    fields: &[NoteField],
    values: &Map<String, Value>,
    was: Option<ParticipationLevel>,
    is: Option<ParticipationLevel>,
) -> Option<Map<String, Value>> {
    let stands = values.get(PARTICIPATION).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let marked = |level: Option<ParticipationLevel>| level.and_then(|level| as_marked(fields, level));
    if stands.is_some() && stands != marked(was) {
        return None;
    }
    let mut next = values.clone();
    match marked(is) {
        Some(option) => next.insert(PARTICIPATION.to_owned(), Value::from(option)),
        None => next.remove(PARTICIPATION),
    };
    (next != *values).then_some(next)
}
