//! What can happen at kiosks.

use rules::id::{ArrivalSignatureId, KioskId, ParticipantId, SessionId};
use serde_json::json;

use super::{Event, Told, told};

/// Something that happened at a kiosk.
#[derive(Debug, Clone)]
pub enum KioskEvent {
    /// Staff opened a kiosk.
    Opened { kiosk: KioskId },
    /// Somebody closed it.
    Closed { kiosk: KioskId },
    /// Participants of a session have new codes.
    CodesMade { session: SessionId, count: usize },
    /// A participant's code was entered, and a patient's birth date with it.
    Recognized { participant: ParticipantId },
    /// Something else was; `door` is the kiosk, or whoever asked for one.
    NotRecognized { door: String, participant: Option<ParticipantId> },
    /// A participant who was recognized left the screen without arriving.
    Left { participant: ParticipantId },
    /// Somebody signed on the screen.
    Signed { signature: ArrivalSignatureId, participant: ParticipantId },
}

impl From<KioskEvent> for Event {
    fn from(event: KioskEvent) -> Self {
        Self::Kiosk(event)
    }
}

impl KioskEvent {
    /// What the outbox and the audit log keep of the event.
    pub fn told(&self) -> Told {
        match self {
            Self::Opened { kiosk } => told("kiosk.opened", kiosk, json!({})),
            Self::Closed { kiosk } => told("kiosk.closed", kiosk, json!({})),
            Self::CodesMade { session, count } => told("kiosk.codes_made", session, json!({ "count": count })),
            Self::Recognized { participant } => told("kiosk.recognized", participant, json!({})),
            Self::NotRecognized { door, participant } => {
                told("kiosk.not_recognized", door, json!({ "participant_id": participant }))
            }
            Self::Left { participant } => told("kiosk.left", participant, json!({})),
            Self::Signed { signature, participant } => {
                told("kiosk.signed", signature, json!({ "participant_id": participant }))
            }
        }
    }
}
