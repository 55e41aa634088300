//! What can happen between this system and others: records that come, files and calendars that leave.

use rules::{
    id::{FeedId, GroupId, ImportId, OrganizationId},
    roster::Person,
};
use serde_json::{Value, json};

use super::{Event, Told, told};

/// Something that came from another system, or leaves for one.
#[derive(Debug, Clone)]
pub enum ExchangeEvent {
    /// Rows of another system became records. New ones are told of here, at once, and changed ones by themselves.
    Imported { import: ImportId, kind: &'static str, created: Vec<String>, updated: u32 },
    /// Rows of another system became members of a group: at once, however many.
    RosterImported { group: GroupId, import: ImportId, seated: Vec<Person>, waitlisted: u32, ended: u32 },
    /// Records begin to leave as a file.
    ExportBegun { organization: OrganizationId, export: &'static str, filters: Value },
    /// They have left.
    ExportEnded { organization: OrganizationId, export: &'static str, rows: u64 },
    /// A calendar feed was made.
    FeedCreated { feed: FeedId },
    /// A calendar feed has another address.
    FeedRotated { feed: FeedId },
    /// A calendar feed ended.
    FeedRevoked { feed: FeedId },
}

impl From<ExchangeEvent> for Event {
    fn from(event: ExchangeEvent) -> Self {
        Self::Exchange(event)
    }
}

impl ExchangeEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        match self {
            Self::Imported { import, kind, created, updated } => {
                let data = json!({ "kind": kind, "created": created, "updated": updated });
                told("import.records", import, data)
            }
            Self::RosterImported { group, import, seated, waitlisted, ended } => {
                let data =
                    json!({ "import_id": import, "seated": seated.len(), "waitlisted": waitlisted, "ended": ended });
                told("group.roster_imported", group, data)
            }
            Self::ExportBegun { organization, export, filters } => {
                told("export.started", organization, json!({ "export": export, "filters": filters }))
            }
            Self::ExportEnded { organization, export, rows } => {
                told("export.finished", organization, json!({ "export": export, "rows": rows }))
            }
            Self::FeedCreated { feed } => told("feed.created", feed, json!({})),
            Self::FeedRotated { feed } => told("feed.rotated", feed, json!({})),
            Self::FeedRevoked { feed } => told("feed.revoked", feed, json!({})),
        }
    }
}
