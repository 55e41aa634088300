//! What callers send about templates of group sessions.

use ::rules::{
    id::GroupSessionTemplateId,
    templates::{DisciplineTemplate, GroupSessionSettings},
    text::{Name, Remark},
};
use deserr::Deserr;
use utoipa::ToSchema;

use crate::http::extract::{FieldErrors, Patch};

/// A template of group sessions to make.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewGroupSessionTemplate {
    /// What a session is called that is scheduled from it; no two templates in use have one title.
    pub title: Name,
    /// A template to copy: what is not given is as there; null is nothing.
    #[deserr(default)]
    pub copy_of: Option<GroupSessionTemplateId>,
    /// What it is about.
    #[deserr(default)]
    #[schema(value_type = Option<Remark>)]
    pub topic: Patch<Remark>,
    /// What it is for; a group that is made from it is described so.
    #[deserr(default)]
    pub description: Option<Remark>,
    /// How long it is unless somebody says otherwise: 5 to 720 minutes.
    #[deserr(default)]
    #[schema(value_type = Option<u32>, minimum = 5, maximum = 720)]
    pub duration_minutes: Patch<u32>,
    /// The key of the note template of the group note; the built-in one unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub group_note_template: Patch<String>,
    /// The note templates of individual notes, by discipline; the built-in ones for the rest.
    #[deserr(default)]
    pub individual_note_templates: Option<Vec<DisciplineTemplate>>,
    /// No group note is needed. False unless given.
    #[deserr(default)]
    pub waives_group_note: Option<bool>,
    /// No individual notes are needed. False unless given.
    #[deserr(default)]
    pub waives_individual_notes: Option<bool>,
    /// What is signed goes to review, whoever signed it. False unless given.
    #[deserr(default)]
    pub always_review: Option<bool>,
    /// The procedure code it is billed with: CPT or HCPCS, five capital letters and digits.
    #[deserr(default)]
    #[schema(value_type = Option<String>, max_length = 5)]
    pub billing_code: Patch<String>,
    /// The modifiers of the code: at most four of two letters or digits.
    #[deserr(default)]
    #[schema(max_items = 4)]
    pub billing_modifiers: Option<Vec<String>>,
    /// Where the service takes place: the two digits of CMS's list.
    #[deserr(default)]
    #[schema(value_type = Option<String>, max_length = 2)]
    pub place_of_service: Patch<String>,
}

/// What may be changed of a template of group sessions: a change makes its next version. Sessions that have started keep
/// theirs.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeGroupSessionTemplate {
    /// What a session is called that is scheduled from it.
    #[deserr(default)]
    pub title: Option<Name>,
    /// What it is about.
    #[deserr(default)]
    #[schema(value_type = Option<Remark>)]
    pub topic: Patch<Remark>,
    /// What it is for.
    #[deserr(default)]
    pub description: Option<Remark>,
    /// How long it is unless somebody says otherwise.
    #[deserr(default)]
    #[schema(value_type = Option<u32>, minimum = 5, maximum = 720)]
    pub duration_minutes: Patch<u32>,
    /// The key of the note template of the group note.
    #[deserr(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub group_note_template: Patch<String>,
    /// The note templates of individual notes, by discipline: replaces them all.
    #[deserr(default)]
    pub individual_note_templates: Option<Vec<DisciplineTemplate>>,
    /// No group note is needed.
    #[deserr(default)]
    pub waives_group_note: Option<bool>,
    /// No individual notes are needed.
    #[deserr(default)]
    pub waives_individual_notes: Option<bool>,
    /// What is signed goes to review, whoever signed it.
    #[deserr(default)]
    pub always_review: Option<bool>,
    /// The procedure code it is billed with.
    #[deserr(default)]
    #[schema(value_type = Option<String>, max_length = 5)]
    pub billing_code: Patch<String>,
    /// The modifiers of the code: replaces them all.
    #[deserr(default)]
    #[schema(max_items = 4)]
    pub billing_modifiers: Option<Vec<String>>,
    /// Where the service takes place.
    #[deserr(default)]
    #[schema(value_type = Option<String>, max_length = 2)]
    pub place_of_service: Patch<String>,
}

impl From<&NewGroupSessionTemplate> for ChangeGroupSessionTemplate {
    fn from(new: &NewGroupSessionTemplate) -> Self {
        let new = new.clone();
        Self {
            title: Some(new.title),
            topic: new.topic,
            description: new.description,
            duration_minutes: new.duration_minutes,
            group_note_template: new.group_note_template,
            individual_note_templates: new.individual_note_templates,
            waives_group_note: new.waives_group_note,
            waives_individual_notes: new.waives_individual_notes,
            always_review: new.always_review,
            billing_code: new.billing_code,
            billing_modifiers: new.billing_modifiers,
            place_of_service: new.place_of_service,
        }
    }
}

impl ChangeGroupSessionTemplate {
    pub(super) fn of(&self, old: GroupSessionSettings) -> GroupSessionSettings {
        let change = self.clone();
        GroupSessionSettings {
            title: change.title.unwrap_or(old.title),
            topic: change.topic.apply(old.topic).filter(|topic| !topic.is_empty()),
            description: change.description.unwrap_or(old.description),
            duration_minutes: change.duration_minutes.apply(old.duration_minutes),
            group_note_template: change.group_note_template.apply(old.group_note_template),
            individual_note_templates: change.individual_note_templates.unwrap_or(old.individual_note_templates),
            waives_group_note: change.waives_group_note.unwrap_or(old.waives_group_note),
            waives_individual_notes: change.waives_individual_notes.unwrap_or(old.waives_individual_notes),
            always_review: change.always_review.unwrap_or(old.always_review),
            billing_code: change.billing_code.apply(old.billing_code),
            billing_modifiers: change.billing_modifiers.unwrap_or(old.billing_modifiers),
            place_of_service: change.place_of_service.apply(old.place_of_service),
        }
    }
}

/// A template that says nothing but its title.
pub(super) fn blank(title: Name) -> GroupSessionSettings {
    GroupSessionSettings {
        title,
        topic: None,
        description: Remark::empty(),
        duration_minutes: None,
        group_note_template: None,
        individual_note_templates: Vec::new(),
        waives_group_note: false,
        waives_individual_notes: false,
        always_review: false,
        billing_code: None,
        billing_modifiers: Vec::new(),
        place_of_service: None,
    }
}
