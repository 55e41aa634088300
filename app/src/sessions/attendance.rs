//! What follows from a participant's times and flags: minutes, lateness, closed gates.

use ::rules::consents::Standing;
use ::rules::sessions::{
    Gate, GateFacts, ParticipantStatus, Presence, Punctuality, blocked_by, minutes_attended, punctuality as reckon,
};

use super::{
    answers::LackingConsent,
    consent::{self, Consents},
    store::{Participant, Session},
};
use crate::{door::Scope, problem::Problem, settings::settings};
use jiff::civil::Date;

/// Minutes late or early that nobody counts.
const GRACE: u32 = 5;

/// The gates that bind in an organization, and what is known of some participants there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gates {
    binding: Vec<Gate>,
    consents: Consents,
}

/// The gates in force, for these participants, in four statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn gates(
    scope: &mut Scope<'_>,
    participants: impl IntoIterator<Item = &Participant>,
) -> Result<Gates, Problem> {
    let settings = settings(scope).await?;
    let binding = [(Gate::Finance, settings.finance_gate), (Gate::Consent, settings.consent_gate)];
    let binding = binding.into_iter().filter(|(_, binds)| *binds).map(|(gate, _)| gate).collect();
    Ok(Gates { binding, consents: Consents::of(scope, participants).await? })
}

impl Gates {
    /// The closed gates before this participant.
    pub fn blocking(&self, session: &Session, participant: &Participant) -> Vec<Gate> {
        let facts = GateFacts {
            guest: participant.guest_id.is_some(),
            finance_cleared: participant.finance_cleared,
            consent_verified: self.consent(session, participant).verified,
            forms_due: 0,
        };
        blocked_by(&self.binding, &facts)
    }

    /// How this participant's consents stand on the day of the session.
    pub fn consent(&self, session: &Session, participant: &Participant) -> Standing {
        self.consents.standing(session, participant)
    }

    /// Which consents a participant before the closed gate is lacking; none where it is open.
    pub fn lacking(
        &self,
        session: &Session,
        person: &Participant,
        born: Option<Date>,
        today: Date,
    ) -> Vec<LackingConsent> {
        match self.blocking(session, person).contains(&Gate::Consent) {
            true => self.consents.lacking(session, person, born, today),
            false => Vec::new(),
        }
    }

    /// Keeps how they stand, for somebody who is marked as attended or away: later changes do not touch that.
    pub fn keep(&self, session: &Session, old: &Participant, new: &mut Participant) {
        consent::keep(new, self.consent(session, old));
    }
}

/// When somebody was there, as far as it is known; none means the whole session.
fn stretches(participant: &Participant) -> Vec<Presence> {
    ::rules::sessions::stretches(participant.arrival_at, participant.departed_at, &participant.stepped_out)
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
