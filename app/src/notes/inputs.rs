//! What callers send about notes.

use ::rules::{
    id::{NoteId, ParticipantId},
    notes::{Discipline, NoteType, SignatureMeaning},
    text::{Reason, Remark, Text},
};
use deserr::Deserr;
use utoipa::ToSchema;

use crate::{
    http::extract::{FieldErrors, JsonObject, Truth},
    paging::Limit,
};

/// A note to begin.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewNote {
    /// The group note, or one participant's.
    pub note_type: NoteType,
    /// Whose it is; for an individual note.
    #[deserr(default)]
    pub participant_id: Option<ParticipantId>,
    /// The discipline of an individual note; `general` unless given.
    #[deserr(default)]
    pub discipline: Option<Discipline>,
    /// The template it starts from, by the key `GET /api/templates` gives; the built-in one of its kind unless given.
    #[deserr(default)]
    pub template: Option<String>,
    /// The running text.
    #[deserr(default)]
    #[schema(max_length = 20_000)]
    pub content: Option<String>,
    /// Values of the template's fields, by key.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub fields: Option<JsonObject>,
}

/// What may be changed of a draft; what is not named stays as it is.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeNote {
    /// The running text.
    #[deserr(default)]
    #[schema(max_length = 20_000)]
    pub content: Option<String>,
    /// Values of fields: those named are replaced, `null` clears one.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub fields: Option<JsonObject>,
}

/// How a change is saved.
#[derive(Debug, Clone, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Saving {
    /// Brings the change of an earlier version, named by `If-Match`, together with what was saved since; 412 is left for
    /// where both changed the same sentence or value.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub merge: Option<Truth>,
}

/// Where a writer is.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Here {
    /// The note the caller writes in; none while they look at the whole.
    #[deserr(default)]
    pub note_id: Option<NoteId>,
}

/// Why a finding may stay.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewWaiver {
    /// The key of the finding.
    pub key: Text<1, 500>,
    /// Why it must stay; kept with the note.
    pub reason: Reason,
}

/// A signature.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Sign {
    /// The caller's password; not needed within five minutes of `POST /api/me/reauth`.
    #[deserr(default)]
    pub password: Option<String>,
    /// What the signature says: `author` for the first unless given, then `co_signature`.
    #[deserr(default)]
    pub meaning: Option<SignatureMeaning>,
    /// Findings that may stay, each with its reason.
    #[deserr(default)]
    #[schema(required = false, max_items = 200)]
    pub waivers: Vec<NewWaiver>,
}

/// A signature under every note of a session that is ready.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct SignAll {
    /// The caller's password; not needed within five minutes of `POST /api/me/reauth`.
    #[deserr(default)]
    pub password: Option<String>,
}

/// A reviewer's signature under every note of a session.
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Review {
    /// The caller's password; not needed within five minutes of `POST /api/me/reauth`.
    #[deserr(default)]
    pub password: Option<String>,
}

/// What a reviewer sends back.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Return {
    /// What must be changed.
    pub comment: Text<1, 4000>,
    /// Further notes of the same session that go back with this one.
    #[deserr(default)]
    #[schema(required = false, max_items = 200)]
    pub note_ids: Vec<NoteId>,
    /// The caller's password; not needed within five minutes of `POST /api/me/reauth`.
    #[deserr(default)]
    pub password: Option<String>,
}

/// Words to add to a signed note.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Annotate {
    /// What is added.
    pub content: Text<1, 4000>,
    /// The caller's password; not needed within five minutes of `POST /api/me/reauth`.
    #[deserr(default)]
    pub password: Option<String>,
}

/// Why a note was entered in error.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Void {
    /// Why; kept with the note.
    pub reason: Reason,
}

/// What a list of notes is limited to.
#[derive(Debug, Clone, Default, Deserr, ToSchema, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListNotes {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only notes of this discipline.
    #[deserr(default)]
    pub discipline: Option<Discipline>,
    /// Only notes about this participant.
    #[deserr(default)]
    pub participant_id: Option<ParticipantId>,
    /// `all` lists voided notes too.
    #[deserr(default)]
    pub status: Option<NotesShown>,
}

::rules::vocabulary! {
    /// Which notes a list shows.
    pub enum NotesShown {
        /// Drafts and signed ones.
        Current = "current",
        /// Voided ones too.
        All = "all",
    }
}

impl Return {
    /// The comment as it is kept.
    pub fn remark(&self) -> Option<Remark> {
        Remark::parse(&self.comment).ok()
    }
}
