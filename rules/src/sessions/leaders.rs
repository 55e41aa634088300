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

    /// The place of this leader as another has it, kept for somebody: for nobody when it is their own.
    fn taken_by(self, substitute: PractitionerId, kept_for: PractitionerId) -> Self {
        Self { practitioner: substitute, stands_in_for: Some(kept_for).filter(|who| *who != substitute), ..self }
    }

    /// Two places of one practitioner as one: the higher role, and whom they stand in for there.
    fn together(self, other: Self) -> Self {
        let (high, low) = if self.role <= other.role { (self, other) } else { (other, self) };
        Self {
            must_sign: high.must_sign || low.must_sign,
            stands_in_for: high.stands_in_for.or(low.stands_in_for),
            ..high
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
/// the higher of the two roles. Who takes back the place that was kept for them leads in their own name again, and
/// nobody takes their own place.
pub fn stand_in(leaders: &[Leader], away: PractitionerId, substitute: PractitionerId) -> Vec<Leader> {
    let is_gone = |leader: &Leader| leader.practitioner == away && away != substitute;
    let Some(gone) = leaders.iter().find(|leader| is_gone(leader)) else { return leaders.to_vec() };
    // Of a substitute of a substitute, the one who is to come back in the end.
    let place = gone.taken_by(substitute, gone.stands_in_for.unwrap_or(away));
    let own = leaders.iter().find(|leader| leader.practitioner == substitute);
    let taking = own.map_or(place, |own| own.together(place));
    let others = leaders.iter().filter(|leader| leader.practitioner != substitute);
    others.map(|leader| if is_gone(leader) { taking } else { *leader }).collect()
}

/// The usual leaders of a session with those who stand in for one of them, by role and then by id: a group whose leaders
/// change leaves substitutes where they are, as what the group has now. Every place is somebody's afterwards.
pub fn with_substitutes(usual: &[Leader], before: &[Leader]) -> Vec<Leader> {
    let mut leaders: Vec<Leader> = Vec::with_capacity(usual.len());
    for leader in usual {
        let stands_in = |other: &&Leader| {
            other.stands_in_for == Some(leader.practitioner) && other.practitioner != leader.practitioner
        };
        let substitute = before.iter().find(stands_in);
        let now = substitute.map_or(*leader, |other| leader.taken_by(other.practitioner, leader.practitioner));
        match leaders.iter_mut().find(|known| known.practitioner == now.practitioner) {
            Some(known) => *known = known.together(now),
            None => leaders.push(now),
        }
    }
    leaders.sort_by_key(|leader| (leader.role, leader.practitioner));
    leaders
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn who(number: u128) -> PractitionerId {
        PractitionerId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn primary(number: u128) -> Leader {
        Leader::new(who(number), LeaderRole::Primary)
    }

    fn co(number: u128) -> Leader {
        Leader::new(who(number), LeaderRole::Co)
    }

    fn instead_of(number: u128, leader: Leader) -> Leader {
        Leader { stands_in_for: Some(who(number)), ..leader }
    }

    #[test]
    fn handed_over_and_back_again() {
        let handed = stand_in(&[primary(1)], who(1), who(2));
        assert_eq!(handed, [instead_of(1, primary(2))]);
        assert_eq!(stand_in(&handed, who(2), who(3)), [instead_of(1, primary(3))], "kept for the first");
        let back = stand_in(&handed, who(2), who(1));
        assert_eq!(back, [primary(1)], "nobody stands in for themselves");
        assert_eq!(with_substitutes(&[primary(1), co(4)], &back), [primary(1), co(4)]);
        assert_eq!(stand_in(&[primary(1)], who(1), who(1)), [primary(1)], "nobody takes their own place");
        let once = [instead_of(1, primary(1))];
        assert_eq!(with_substitutes(&[primary(1)], &once), [primary(1)], "as sessions were left once");
    }

    #[test]
    fn places_of_several_who_are_away() {
        let usual = [co(1), co(4)];
        let both = [instead_of(4, co(1)), instead_of(1, co(2))];
        assert_eq!(with_substitutes(&usual, &both), both, "who stands in for one is away for another");
        let two = stand_in(&stand_in(&[primary(1), co(4)], who(1), who(2)), who(4), who(2));
        assert_eq!(two, [instead_of(1, primary(2))], "kept for whom the higher place is");
        let leads_too = stand_in(&[primary(1), co(2)], who(1), who(2));
        assert_eq!(with_substitutes(&[primary(1), co(2)], &leads_too), [instead_of(1, primary(2))]);
        assert_eq!(with_substitutes(&[primary(5)], &leads_too), [primary(5)], "the group has others now");
    }

    /// Leaders as a group has them: the first is primary, supervisors come last.
    fn usual() -> impl Strategy<Value = Vec<Leader>> {
        let people = proptest::sample::subsequence((1..6).collect::<Vec<u128>>(), 1..=4).prop_shuffle();
        (people, 0_usize..3).prop_map(|(people, supervisors)| {
            let leading = people.len().saturating_sub(supervisors).max(1);
            let role = |at: usize| match at {
                0 => LeaderRole::Primary,
                at if at < leading => LeaderRole::Co,
                _ => LeaderRole::Supervisor,
            };
            people.iter().enumerate().map(|(at, number)| Leader::new(who(*number), role(at))).collect()
        })
    }

    fn has_primary(leaders: &[Leader]) -> bool {
        leaders.iter().filter(|leader| leader.role == LeaderRole::Primary).count() == 1
    }

    fn is_sound(leaders: &[Leader]) -> bool {
        let own = |leader: &Leader| leader.stands_in_for == Some(leader.practitioner);
        check_leaders(leaders).is_ok() && has_primary(leaders) && !leaders.iter().any(own)
    }

    proptest! {
        /// However often sessions are handed over, back, and to themselves, and whatever the group becomes meanwhile,
        /// one leads as primary, each leads once, and nobody stands in for themselves.
        #[test]
        fn no_session_loses_its_leader(
            usual in usual(), later in usual(), turns in proptest::collection::vec((1_u128..6, 1_u128..6, any::<bool>()), 0..12),
        ) {
            let mut leaders = usual.clone();
            for (away, substitute, follows) in turns {
                let before = leaders.clone();
                let leads = |list: &[Leader], who: PractitionerId| list.iter().any(|leader| leader.practitioner == who);
                leaders = stand_in(&before, who(away), who(substitute));
                prop_assert!(is_sound(&leaders), "{leaders:?}");
                if away != substitute && leads(&before, who(away)) {
                    prop_assert!(!leads(&leaders, who(away)) && leads(&leaders, who(substitute)));
                    if !leads(&before, who(substitute)) {
                        prop_assert_eq!(&stand_in(&leaders, who(substitute), who(away)), &before, "and back again");
                    }
                } else {
                    prop_assert_eq!(&leaders, &before);
                }
                if follows {
                    leaders = with_substitutes(&usual, &leaders);
                    prop_assert!(is_sound(&leaders), "{leaders:?}");
                    prop_assert_eq!(&with_substitutes(&usual, &leaders), &leaders, "once is enough");
                }
            }
            let now = with_substitutes(&later, &leaders);
            prop_assert!(is_sound(&now), "{now:?}");
            prop_assert_eq!(&with_substitutes(&later, &now), &now);
        }

        /// A group that changes in another way leaves its sessions as they were handed over.
        #[test]
        fn a_hand_over_stays(usual in usual(), away in 1_u128..6, substitute in 1_u128..6) {
            let mut handed = stand_in(&usual, who(away), who(substitute));
            handed.sort_by_key(|leader| (leader.role, leader.practitioner));
            prop_assert_eq!(with_substitutes(&usual, &handed), handed);
        }
    }
}
