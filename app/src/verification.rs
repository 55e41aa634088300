//! Whether everything still is what was written: the audit chain, every signed note, every chart entry.
//!
//! Above the rooms, because it asks several of them. The command line, the API and the page of the audit log call it.

use jiff::Timestamp;
use rules::{id::OrganizationId, permissions::Permission};
use serde::{Deserialize, Serialize};
use store::Db;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    audit::{
        self, Checkpoint, Reading,
        verify::{self as chain, Finding},
    },
    chart,
    door::Cx,
    http::{ApiRouter, openapi::with_schemas, respond::Data},
    notes::{
        self,
        verify::{Broken, Verified},
    },
    problem::Problem,
};

/// What a verification has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    /// Everything fits.
    pub is_clean: bool,
    /// The audit log: how many entries fit, and the first that does not, by its number.
    pub audit_log: Verified,
    /// Signed notes and annotations.
    pub notes: Verified,
    /// Chart entries.
    pub chart_entries: Verified,
}

impl Verification {
    /// The parts with their names, in order.
    pub fn parts(&self) -> [(&'static str, &Verified); 3] {
        [
            ("audit entries", &self.audit_log),
            ("signatures and annotations", &self.notes),
            ("chart entries", &self.chart_entries),
        ]
    }

    /// The first thing that does not fit, in words.
    pub fn first_broken(&self) -> Option<String> {
        let nouns = ["audit entry", "note", "chart entry"];
        let broken =
            self.parts().into_iter().zip(nouns).find_map(|((_, part), noun)| Some((noun, part.broken.as_ref()?)));
        broken.map(|(noun, broken)| format!("{noun} {} does not fit: {}", broken.id, broken.why))
    }
}

/// Verifies one organization's chain, signed notes and chart entries.
///
/// # Errors
/// When the database can't answer.
pub async fn of(
    db: &Db,
    organization: OrganizationId,
    checkpoints: &[Checkpoint],
    now: Timestamp,
) -> Result<Verification, store::Error> {
    let audit_log = match chain::verify(db, organization, checkpoints, now).await? {
        Finding::Clean { entries } => Verified { checked: u64::try_from(entries).unwrap_or_default(), broken: None },
        Finding::Broken { sequence, why } => {
            let checked = u64::try_from(sequence.saturating_sub(1)).unwrap_or_default();
            Verified { checked, broken: Some(Broken { id: sequence.to_string(), why }) }
        }
    };
    let notes = notes::verify::verify(db, organization).await?;
    let chart_entries = chart::verify::verify(db, organization).await?;
    let is_clean = [&audit_log, &notes, &chart_entries].iter().all(|part| part.broken.is_none());
    Ok(Verification { is_clean, audit_log, notes, chart_entries })
}

/// Verifies the caller's organization; that somebody did is recorded.
///
/// # Errors
/// 403.
pub async fn mine(cx: &Cx) -> Result<Verification, Problem> {
    cx.require(Permission::AuditRead).await?;
    let outcome = of(&cx.app.db, cx.organization.id, &[], cx.now()).await?;
    let reading = Reading { what: "verification", subject: cx.organization.id.to_string(), break_glass: None };
    audit::readings(cx, vec![reading]).await?;
    Ok(outcome)
}

/// The route.
pub fn routes() -> ApiRouter {
    with_schemas::<(Verification, Verified, Broken)>(ApiRouter::new().routes(routes!(verify)))
}

/// Verify the record
///
/// Reads the whole audit chain, every signed note and every chart entry of the organization, and names the first of each
/// that is not what was written. Nothing is changed.
#[utoipa::path(post, path = "/api/audit/verify", tag = "audit")]
async fn verify(cx: Cx) -> Result<Data<Verification>, Problem> {
    mine(&cx).await.map(Data)
}
