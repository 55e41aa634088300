//! What follows from a participant's times and flags: minutes, lateness, closed gates.

use ::rules::sessions::{
    Gate, GateFacts, ParticipantStatus, Presence, Punctuality, blocked_by, minutes_attended, punctuality as reckon,
};

use super::store::{Participant, Session};
use crate::{door::Scope, problem::Problem, settings::settings};

/// Minutes late or early that nobody counts.
const GRACE: u32 = 5;

/// Which gates the organization has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gates {
    /// Finance must be cleared.
    pub finance: bool,
    /// Consent must be verified.
    pub consent: bool,
}

/// The gates in force.
///
/// # Errors
/// When the database can't answer.
pub async fn gates(scope: &mut Scope<'_>) -> Result<Gates, Problem> {
    let settings = settings(scope).await?;
    Ok(Gates { finance: settings.finance_gate, consent: settings.consent_gate })
}

impl Gates {
    /// The closed gates before this participant.
    pub fn blocking(self, participant: &Participant) -> Vec<Gate> {
        blocked_by(&GateFacts {
            finance: self.finance.then_some(participant.finance_cleared),
            consent: self.consent.then_some(participant.consent_verified),
            forms: None,
            guest: participant.guest_id.is_some(),
        })
    }
}

/// When somebody was there, as far as it is known; none means the whole session.
fn stretches(participant: &Participant) -> Vec<Presence> {
    let Participant { arrival_at: arrived, departed_at: departed, .. } = *participant;
    if arrived.is_none() && departed.is_none() { Vec::new() } else { vec![Presence { arrived, departed }] }
}

/// Minutes somebody was in the session: as corrected by hand, else from arrival to departure inside the actual
/// session. None unless they attended, and until the session has ended.
pub fn minutes(session: &Session, participant: &Participant) -> Option<u32> {
    let (from, until) = session.actual_start.zip(session.actual_end)?;
    let attended = participant.status == ParticipantStatus::Attended;
    let reckoned = attended.then(|| minutes_attended(&stretches(participant), from, until));
    participant.minutes_corrected.filter(|_| attended).or(reckoned)
}

/// How late somebody came and how early they left.
pub fn punctuality(session: &Session, participant: &Participant) -> Punctuality {
    let here = matches!(participant.status, ParticipantStatus::Arrived | ParticipantStatus::Attended);
    match (here, session.actual_start) {
        (true, Some(from)) => {
            let until = session.actual_end.or(participant.departed_at).unwrap_or(session.ends_at);
            reckon(&stretches(participant), from, until, GRACE)
        }
        _ => Punctuality::default(),
    }
}
