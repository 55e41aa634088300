//! What can happen to templates.

use rules::id::{GroupSessionTemplateId, TemplateId};
use serde_json::json;

use super::{Event, Told, told};

/// A change of a template.
#[derive(Debug, Clone)]
pub enum TemplateEvent {
    /// A template was made.
    Created { template: TemplateId },
    /// A template changed; `version` is that of what it says.
    Updated { template: TemplateId, version: u32 },
    /// Nothing new starts from a template any more.
    Archived { template: TemplateId },
    /// An archived template is in use again.
    Restored { template: TemplateId },
    /// A template of group sessions was made.
    GroupSessionCreated { template: GroupSessionTemplateId },
    /// A template of group sessions changed; `version` is that of what it says.
    GroupSessionUpdated { template: GroupSessionTemplateId, version: u32 },
    /// Nothing new starts from a template of group sessions any more.
    GroupSessionArchived { template: GroupSessionTemplateId },
    /// An archived template of group sessions is in use again.
    GroupSessionRestored { template: GroupSessionTemplateId },
}

impl From<TemplateEvent> for Event {
    fn from(event: TemplateEvent) -> Self {
        Self::Template(event)
    }
}

impl TemplateEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        match self {
            Self::Created { template } => told("template.created", template, json!({})),
            Self::Updated { template, version } => {
                told("template.updated", template, json!({ "template_version": version }))
            }
            Self::Archived { template } => told("template.archived", template, json!({})),
            Self::Restored { template } => told("template.restored", template, json!({})),
            Self::GroupSessionCreated { template } => told("group_session_template.created", template, json!({})),
            Self::GroupSessionUpdated { template, version } => {
                told("group_session_template.updated", template, json!({ "template_version": version }))
            }
            Self::GroupSessionArchived { template } => told("group_session_template.archived", template, json!({})),
            Self::GroupSessionRestored { template } => told("group_session_template.restored", template, json!({})),
        }
    }
}
