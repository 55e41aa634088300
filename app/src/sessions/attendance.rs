//! What follows from a participant's times and flags: minutes, lateness, closed gates.

use ::rules::sessions::{
    ConsentFacts, Gate, GateFacts, ParticipantStatus, Presence, Punctuality, blocked_by, minutes_attended,
    punctuality as reckon,
};

use super::store::{Participant, Session};
use crate::{door::Scope, problem::Problem, settings::settings};

/// Minutes late or early that nobody counts.
const GRACE: u32 = 5;

/// The gates that bind in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gates(Vec<Gate>);

/// The gates in force.
///
/// # Errors
/// When the database can't answer.
pub async fn gates(scope: &mut Scope<'_>) -> Result<Gates, Problem> {
    let settings = settings(scope).await?;
    let binding = [(Gate::Finance, settings.finance_gate), (Gate::Consent, settings.consent_gate)];
    Ok(Gates(binding.into_iter().filter(|(_, binds)| *binds).map(|(gate, _)| gate).collect()))
}

impl Gates {
    /// The closed gates before this participant.
    pub fn blocking(&self, session: &Session, participant: &Participant) -> Vec<Gate> {
        let facts = GateFacts {
            guest: participant.guest_id.is_some(),
            finance_cleared: participant.finance_cleared,
            consent: consent(session, participant),
            forms_due: 0,
        };
        blocked_by(&self.0, &facts)
    }
}

/// How consent stands on the day of the session: one that ends before it does not count.
pub fn consent(session: &Session, participant: &Participant) -> ConsentFacts {
    let Participant { consent_verified: verified, consent_until: until, .. } = *participant;
    ConsentFacts { verified, until, on: session.local_date }
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
