//! How much is written about one session.

use ::rules::{id::SessionId, permissions::Permission};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::store;
use crate::{door::Cx, problem::Problem, sessions};

/// How much is written about a session: what reopening or voiding it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Written {
    /// Notes that are signed.
    pub signed_notes: u32,
    /// Notes that are being written.
    pub drafts: u32,
    /// Notes entered in error.
    pub notes_in_error: u32,
    /// Charts in which it has a current entry.
    pub charts: u32,
    /// Superseded chart entries.
    pub superseded_entries: u32,
    /// Chart entries entered in error.
    pub entries_in_error: u32,
}

/// How much is written about a session: numbers, never a word of it.
///
/// # Errors
/// 404.
pub async fn written(cx: &Cx, id: SessionId) -> Result<Written, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            scope.get::<sessions::Session, _>(id).await?;
            let encounter = sessions::encounter_of(scope, id).await?;
            let encounter = encounter.ok_or_else(|| Problem::not_found("encounter"))?;
            let notes = store::notes(scope, encounter.id).await?;
            let entries = store::entries(scope, id).await?;
            Ok(Written {
                signed_notes: count(&notes, "signed"),
                drafts: count(&notes, "draft"),
                notes_in_error: count(&notes, "entered_in_error"),
                charts: count(&entries, "current"),
                superseded_entries: count(&entries, "superseded"),
                entries_in_error: count(&entries, "entered_in_error"),
            })
        })
    })
    .await
}

fn count(all: &[String], status: &str) -> u32 {
    // No session has four billion notes.
    u32::try_from(all.iter().filter(|known| *known == status).count()).unwrap_or(u32::MAX)
}
