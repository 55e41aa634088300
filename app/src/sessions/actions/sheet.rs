//! The sign-in sheet: who is expected, by names as others in the room may see them.

use ::rules::{
    id::{ParticipantId, SessionId},
    permissions::Permission,
    roster::Person,
    sessions::ParticipantStatus,
    text::Name,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::store::{self, Participant, Session};
use crate::{door::Cx, people, problem::Problem, settings::settings};

/// Lines for people nobody expects.
const BLANK_LINES: u32 = 3;

/// One line of a sign-in sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetLine {
    /// Whose.
    pub participant_id: ParticipantId,
    /// First or preferred name and last initial, as the setting says; of guests the initials.
    pub name: String,
    /// Whether it is a guest.
    pub is_guest: bool,
}

/// A sign-in sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignInSheet {
    /// The session.
    pub session_id: SessionId,
    /// Its number.
    pub session_number: String,
    /// Its title.
    pub title: Name,
    /// Its start.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// Its end.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// Who is expected, by name.
    pub lines: Vec<SheetLine>,
    /// Lines for people nobody expects.
    pub blank_lines: u32,
    /// How many are expected: the number that may stand where no name may.
    pub participant_count: usize,
}

/// The sign-in sheet of a session.
///
/// # Errors
/// 404.
pub async fn sign_in_sheet(cx: &Cx, id: SessionId) -> Result<SignInSheet, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let session: Session = scope.get(id).await?;
            let mut rows = store::of_session(scope, id).await?;
            rows.retain(|row| row.status != ParticipantStatus::Cancelled);
            let expected: Vec<Person> = rows.iter().filter_map(Participant::person).collect();
            let preferred = settings(scope).await?.preferred_name_on_sign_in_sheet;
            let names = people::sheet_names(scope, &expected, preferred).await?;
            let line = |row: &Participant| SheetLine {
                participant_id: row.id,
                name: row.person().and_then(|person| names.get(&person).cloned()).unwrap_or_default(),
                is_guest: row.guest_id.is_some(),
            };
            let mut lines: Vec<SheetLine> = rows.iter().map(line).collect();
            lines.sort_by(|a, b| (&a.name, a.participant_id).cmp(&(&b.name, b.participant_id)));
            scope.record_reading("roster", id);
            Ok(SignInSheet {
                session_id: id,
                session_number: session.session_number,
                title: session.title,
                starts_at: session.zone.rfc3339(session.starts_at),
                ends_at: session.zone.rfc3339(session.ends_at),
                participant_count: lines.len(),
                lines,
                blank_lines: BLANK_LINES,
            })
        })
    })
    .await
}
