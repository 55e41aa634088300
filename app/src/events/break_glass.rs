//! What can happen to broken glasses. Why one was broken, no event tells.

use rules::{
    chart_access::{GlassFinding, GlassReason},
    id::{BreakGlassId, PatientId},
};
use serde_json::json;

use super::{Event, Told, told};

/// Something happened to a broken glass.
#[derive(Debug, Clone)]
pub enum BreakGlassEvent {
    /// Somebody opened a chart outside the care team.
    Broken { glass: BreakGlassId, patient: PatientId, reason: GlassReason },
    /// They closed it before its time.
    Ended { glass: BreakGlassId, patient: PatientId },
    /// Somebody else has decided whether there was need.
    Reviewed { glass: BreakGlassId, patient: PatientId, finding: GlassFinding },
}

impl From<BreakGlassEvent> for Event {
    fn from(event: BreakGlassEvent) -> Self {
        Self::BreakGlass(event)
    }
}

impl BreakGlassEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        match self {
            Self::Broken { glass, patient, reason } => {
                told("break_glass.broken", glass, json!({ "patient_id": patient, "reason": reason }))
            }
            Self::Ended { glass, patient } => told("break_glass.ended", glass, json!({ "patient_id": patient })),
            Self::Reviewed { glass, patient, finding } => {
                told("break_glass.reviewed", glass, json!({ "patient_id": patient, "finding": finding }))
            }
        }
    }
}
