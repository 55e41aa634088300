//! One line of the ledger.

use jiff::Timestamp;
use rules::{
    column::Value,
    id::{AuditEntryId, BreakGlassId},
};
use serde_json::json;

use crate::door::Cx;

/// That personal data was read: what kind, and whose or of which record.
#[derive(Debug, Clone)]
pub struct Reading {
    /// `roster`, `chart`, `note`, `patient_list`.
    pub what: &'static str,
    /// The id of the record.
    pub subject: String,
    /// The broken glass it was read through.
    pub break_glass: Option<BreakGlassId>,
}

/// An entry before it is sealed: its id, the exact text that will be hashed, and when it was written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The id; the order of ids is the order of writing.
    pub id: AuditEntryId,
    /// JSON; sealed as it is, byte for byte.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

impl Entry {
    /// A change.
    pub fn written(cx: &Cx, at: Timestamp, action: &str, subject: String, detail: serde_json::Value) -> Self {
        Self::new(cx, at, action, subject, "done", detail)
    }

    /// A reading.
    pub fn read(cx: &Cx, at: Timestamp, reading: Reading) -> Self {
        let detail = reading.break_glass.map_or_else(|| json!({}), |glass| json!({ "break_glass": glass }));
        Self::new(cx, at, &format!("{}.read", reading.what), reading.subject, "done", detail)
    }

    /// A refusal for want of a permission, about the record with this id, if any.
    pub fn refused(cx: &Cx, at: Timestamp, permission: &str, subject: String) -> Self {
        Self::new(cx, at, permission, subject, "refused", json!({}))
    }

    fn new(cx: &Cx, at: Timestamp, action: &str, subject: String, outcome: &str, detail: serde_json::Value) -> Self {
        let id = cx.app.clock.id();
        let text = json!({
            "id": id, "at": at, "actor": cx.actor(), "action": action, "subject": subject, "outcome": outcome,
            "request": cx.request.id, "source": cx.request.source, "detail": detail,
        });
        Self { id, text: text.to_string(), at }
    }

    /// The values of a row of `audit_pending`.
    pub fn into_values(self) -> [Value; 3] {
        [(&self.id).into(), Value::Text(self.text), Value::Time(self.at)]
    }
}
