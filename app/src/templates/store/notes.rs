//! Statements over note templates.

use ::rules::{
    column::{Json, Value},
    id::TemplateId,
    notes::{Discipline, NoteType},
    templates::{NoteField, NoteTemplate},
    text::Name,
};
use ::store::{Error, Where};
use jiff::Timestamp;

use crate::door::Scope;

::store::record! {
    /// A note template of the organization's own, as it is stored.
    pub struct OwnTemplate(TemplateId) in "note_templates" {
        /// Its name.
        pub name: Name,
        /// The name, folded: no two active templates have one.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub name_key: String,
        /// For the group note or for individual ones.
        pub note_type: NoteType,
        /// The discipline; none for a group note.
        pub discipline: Option<Discipline>,
        /// Which version of its name and fields this is, from 1.
        pub template_version: u32,
        /// Its fields, in order.
        #[schema(value_type = Vec<NoteField>)]
        pub fields: Json<Vec<NoteField>>,
        /// The key of the template it was copied from.
        pub copied_from: Option<String>,
        /// Since when nothing new starts from it.
        pub archived_at: Option<Timestamp>,
    }
}

impl OwnTemplate {
    /// The template as a note keeps it.
    pub fn template(&self) -> NoteTemplate {
        NoteTemplate {
            name: self.name.to_string(),
            note_type: self.note_type,
            discipline: self.discipline,
            fields: self.fields.0.clone(),
        }
    }
}

/// The organization's own templates by name: those in use, or the archived ones, or both.
pub async fn own(scope: &mut Scope<'_>, archived: Option<bool>, most: usize) -> Result<Vec<OwnTemplate>, Error> {
    let filter = Where::organization();
    let filter = match archived {
        Some(true) => filter.and_always("archived_at is not null"),
        Some(false) => filter.and_always("archived_at is null"),
        None => filter,
    };
    scope.filter(&filter, "name_key, id", most).await
}

/// Whether another active template has this folded name.
pub async fn name_is_taken(scope: &mut Scope<'_>, name_key: &str, but: TemplateId) -> Result<bool, Error> {
    const SQL: &str = "select id from note_templates where organization_id = $1 and name_key = $2 and id <> $3 \
        and archived_at is null order by id limit 1";
    Ok(scope.row(SQL, &[name_key.into(), Value::from(&but)]).await?.is_some())
}
