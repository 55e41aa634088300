//! Statements over templates of group sessions.

use ::rules::{
    column::{Json, Value},
    id::GroupSessionTemplateId,
    templates::GroupSessionSettings,
};
use ::store::{Error, Where};
use jiff::Timestamp;

use crate::door::Scope;

::store::record! {
    /// What a group session starts from.
    pub struct GroupSessionTemplate(GroupSessionTemplateId) in "group_session_templates" {
        /// The title, folded: no two templates in use have one.
        #[serde(skip, default)]
        #[schema(ignore)]
        pub title_key: String,
        /// Which version of what it says this is, from 1.
        pub template_version: u32,
        /// What it says.
        #[schema(value_type = GroupSessionSettings)]
        pub settings: Json<GroupSessionSettings>,
        /// The template it was copied from.
        pub copied_from: Option<GroupSessionTemplateId>,
        /// Since when nothing new starts from it.
        pub archived_at: Option<Timestamp>,
    }
}

/// The templates by title: those in use, or the archived ones, or both.
pub async fn all(
    scope: &mut Scope<'_>,
    archived: Option<bool>,
    most: usize,
) -> Result<Vec<GroupSessionTemplate>, Error> {
    let filter = Where::organization();
    let filter = match archived {
        Some(true) => filter.and_always("archived_at is not null"),
        Some(false) => filter.and_always("archived_at is null"),
        None => filter,
    };
    scope.filter(&filter, "title_key, id", most).await
}

/// Whether another template in use has this folded title.
pub async fn title_is_taken(
    scope: &mut Scope<'_>,
    title_key: &str,
    but: GroupSessionTemplateId,
) -> Result<bool, Error> {
    const SQL: &str = "select id from group_session_templates where organization_id = $1 and title_key = $2 \
        and id <> $3 and archived_at is null order by id limit 1";
    Ok(scope.row(SQL, &[title_key.into(), Value::from(&but)]).await?.is_some())
}
