//! Who leads a session, and who may start it (domain 6, *Leaders*).

use super::{LeaderRole, Refusal};
use crate::groups::LeaderRule;
use crate::id::PractitionerId;

/// One practitioner in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Leader {
    /// Who.
    pub practitioner: PractitionerId,
    /// As what.
    pub role: LeaderRole,
    /// Whether their signature is needed.
    pub must_sign: bool,
    /// Whom they stand in for while that one is away.
    #[serde(default)]
    pub stands_in_for: Option<PractitionerId>,
}

impl Leader {
    /// A leader with the usual duty to sign: primary and co sign, supervisors don't.
    pub const fn new(practitioner: PractitionerId, role: LeaderRole) -> Self {
        Self {
            practitioner,
            role,
            must_sign: matches!(role, LeaderRole::Primary | LeaderRole::Co),
            stands_in_for: None,
        }
    }
}

/// Who wants to start a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// The practitioner profile of the login, if there is one.
    pub practitioner: Option<PractitionerId>,
    /// Has `session.manage_any`.
    pub manage_any: bool,
}

impl Starter {
    /// Whether they may edit and document the session: its leader, or may manage any.
    ///
    /// # Errors
    /// [`Refusal::NotLeader`].
    pub fn may_document(&self, leaders: &[Leader]) -> Result<(), Refusal> {
        let leads = self.practitioner.is_some_and(|me| leaders.iter().any(|leader| leader.practitioner == me));
        if leads || self.manage_any { Ok(()) } else { Err(Refusal::NotLeader) }
    }
}

/// Decides whether somebody may start a session, and who leads it from then on.
///
/// Nobody leads it: the starter's practitioner becomes primary. Somebody does: only its leaders start it, or whoever
/// may manage any session; without a primary a starting leader becomes it. In a `caseload` group the starter is
/// always primary. Supervisors alone do not make a session assigned.
///
/// # Errors
/// [`Refusal::NoPractitioner`] for an unassigned session, [`Refusal::NotLeader`] for somebody else's.
pub fn may_start(leaders: &[Leader], rule: LeaderRule, starter: &Starter) -> Result<Vec<Leader>, Refusal> {
    let assigned = leaders.iter().any(|leader| leader.role != LeaderRole::Supervisor);
    if !assigned {
        let me = starter.practitioner.ok_or(Refusal::NoPractitioner)?;
        return Ok(with_primary(leaders, me));
    }
    starter.may_document(leaders)?;
    let has_primary = leaders.iter().any(|leader| leader.role == LeaderRole::Primary);
    Ok(match starter.practitioner {
        Some(me) if rule == LeaderRule::Caseload || !has_primary => with_primary(leaders, me),
        _ => leaders.to_vec(),
    })
}

/// The leaders with this one as primary; a primary before becomes co.
fn with_primary(leaders: &[Leader], primary: PractitionerId) -> Vec<Leader> {
    let demoted = |leader: &Leader| match leader.role {
        LeaderRole::Primary => Leader { role: LeaderRole::Co, ..*leader },
        LeaderRole::Co | LeaderRole::Supervisor => *leader,
    };
    let others = leaders.iter().filter(|leader| leader.practitioner != primary).map(demoted);
    std::iter::once(Leader::new(primary, LeaderRole::Primary)).chain(others).collect()
}

/// The leaders of a `caseload` session: the primary therapists of those booked, with the starter, else the
/// facilitator, as primary. Asked again whenever attendance changes, until the first signature.
pub fn caseload_leaders(
    starter: Option<PractitionerId>,
    facilitator: Option<PractitionerId>,
    therapists: impl IntoIterator<Item = PractitionerId>,
) -> Vec<Leader> {
    let primary = starter.or(facilitator);
    let mut leaders: Vec<Leader> = primary.map(|who| Leader::new(who, LeaderRole::Primary)).into_iter().collect();
    for therapist in therapists {
        if !leaders.iter().any(|leader| leader.practitioner == therapist) {
            leaders.push(Leader::new(therapist, LeaderRole::Co));
        }
    }
    leaders
}

/// The leaders after one of them is away and another takes their place, as what they were. Who leads already only takes
/// the higher of the two roles.
pub fn stand_in(leaders: &[Leader], away: PractitionerId, substitute: PractitionerId) -> Vec<Leader> {
    let Some(gone) = leaders.iter().find(|leader| leader.practitioner == away) else { return leaders.to_vec() };
    let own = leaders.iter().find(|leader| leader.practitioner == substitute);
    let taking = Leader {
        practitioner: substitute,
        role: own.map_or(gone.role, |own| own.role.min(gone.role)),
        must_sign: gone.must_sign || own.is_some_and(|own| own.must_sign),
        // Of a substitute of a substitute, the one who is to come back in the end.
        stands_in_for: gone.stands_in_for.or(Some(away)),
    };
    let others = leaders.iter().filter(|leader| leader.practitioner != substitute);
    others.map(|leader| if leader.practitioner == away { taking } else { *leader }).collect()
}

/// The usual leaders of a session with those who stand in for one of them: a group whose leaders change leaves
/// substitutes where they are, as what the group has now.
pub fn with_substitutes(usual: &[Leader], before: &[Leader]) -> Vec<Leader> {
    let substitutes = before.iter().filter_map(|leader| leader.stands_in_for.map(|away| (away, leader.practitioner)));
    substitutes.fold(usual.to_vec(), |leaders, (away, substitute)| stand_in(&leaders, away, substitute))
}

/// Checks leaders as somebody set them.
///
/// # Errors
/// [`Refusal::Leaders`] for two primaries or one practitioner twice.
pub fn check_leaders(leaders: &[Leader]) -> Result<(), Refusal> {
    let primaries = leaders.iter().filter(|leader| leader.role == LeaderRole::Primary).count();
    let mut seen = std::collections::HashSet::new();
    let distinct = leaders.iter().all(|leader| seen.insert(leader.practitioner));
    if primaries <= 1 && distinct { Ok(()) } else { Err(Refusal::Leaders) }
}
