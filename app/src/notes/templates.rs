//! The templates notes start from: so far the built-in ones.

use ::rules::{
    notes::{Discipline, NoteType},
    templates::{NoteField, NoteTemplate, built_in},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// The version of the built-in templates: a change of their fields makes the next.
pub const BUILT_IN_VERSION: u32 = 1;
/// The key of the built-in group note.
const GROUP_NOTE: &str = "group_note";

/// What a note starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateView {
    /// What a note names to start from it.
    pub key: String,
    /// Its version.
    pub version: u32,
    /// It comes with the product.
    pub is_built_in: bool,
    /// Its name.
    pub name: String,
    /// For the group note or for individual ones.
    pub note_type: NoteType,
    /// The discipline; none for a group note.
    pub discipline: Option<Discipline>,
    /// Its fields, in order.
    pub fields: Vec<NoteField>,
}

/// The key of the built-in template of a kind of note.
pub fn key_of(note_type: NoteType, discipline: Option<Discipline>) -> &'static str {
    match note_type {
        NoteType::SessionNote => GROUP_NOTE,
        NoteType::IndividualNote => discipline.unwrap_or(Discipline::General).as_str(),
    }
}

/// Every template.
pub fn all() -> Vec<TemplateView> {
    let individual = Discipline::ALL.iter().map(|discipline| (NoteType::IndividualNote, Some(*discipline)));
    std::iter::once((NoteType::SessionNote, None)).chain(individual).map(|(kind, of)| view(kind, of)).collect()
}

fn view(note_type: NoteType, discipline: Option<Discipline>) -> TemplateView {
    let NoteTemplate { name, note_type, discipline, fields } = built_in(note_type, discipline);
    let key = key_of(note_type, discipline).to_owned();
    TemplateView { key, version: BUILT_IN_VERSION, is_built_in: true, name, note_type, discipline, fields }
}

/// The template a new note starts from.
///
/// # Errors
/// 422 when the key names none, or one for another kind of note.
pub fn chosen(
    key: Option<&str>,
    note_type: NoteType,
    discipline: Option<Discipline>,
) -> Result<(String, NoteTemplate), Problem> {
    let own = key_of(note_type, discipline);
    let key = key.unwrap_or(own);
    if key == own {
        return Ok((key.to_owned(), built_in(note_type, discipline)));
    }
    let known = all().into_iter().any(|template| template.key == key);
    let message = match known {
        true => format!("is a template for another kind of note; this one starts from `{own}`"),
        false => "is no template; `GET /api/templates` lists them".to_owned(),
    };
    Err(Problem::invalid_field("template", if known { "other_kind" } else { "not_found" }, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_found_by_its_key() {
        let all = all();
        assert_eq!(all.len(), 1 + Discipline::ALL.len());
        for template in all {
            let found = chosen(Some(&template.key), template.note_type, template.discipline);
            assert_eq!(found.map(|(_, found)| found.fields).ok(), Some(template.fields), "{}", template.key);
        }
        let wrong = |key| chosen(Some(key), NoteType::IndividualNote, Some(Discipline::Ot)).unwrap_err();
        assert_eq!(wrong("group_note").errors()[0].code, "other_kind");
        assert_eq!(wrong("nonsense").errors()[0].code, "not_found");
    }
}
