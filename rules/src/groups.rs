//! What a group is: its words, and the bounds of its settings (domain 2).

use crate::violation::Violation;

crate::vocabulary! {
    /// The kind of a group.
    pub enum GroupType {
        /// Process-oriented group therapy.
        Therapy = "therapy",
        /// Psychoeducation.
        Psychoeducation = "psychoeducation",
        /// Skills training.
        SkillsTraining = "skills_training",
        /// A support group.
        Support = "support",
        /// Education.
        Education = "education",
        /// Family sessions.
        Family = "family",
        /// Part of an intensive outpatient programme.
        Iop = "iop",
        /// Part of a partial hospitalization programme.
        Php = "php",
        /// Anything else.
        Other = "other",
    }
}

crate::vocabulary! {
    /// Whether a group still runs.
    pub enum GroupStatus {
        /// It runs.
        Active = "active",
        /// It has ended: readable, unchangeable, restorable.
        Archived = "archived",
    }
}

crate::vocabulary! {
    /// What happens when somebody is added to a full group.
    pub enum WhenFull {
        /// They wait in line.
        Waitlist = "waitlist",
        /// They are refused.
        Reject = "reject",
    }
}

crate::vocabulary! {
    /// How a free seat is given to who waits.
    pub enum Promotion {
        /// The next in line has it at once.
        Auto = "auto",
        /// It is offered and held for some hours.
        Offer = "offer",
        /// Somebody decides.
        Manual = "manual",
    }
}

crate::vocabulary! {
    /// Whether people may be added.
    pub enum EnrollmentMode {
        /// They may.
        Open = "open",
        /// They may not; who already waits is still promoted.
        Closed = "closed",
    }
}

crate::vocabulary! {
    /// Who leads the sessions of a group.
    pub enum LeaderRule {
        /// The group's facilitator and co-facilitators.
        Fixed = "fixed",
        /// Who starts the session.
        Starter = "starter",
        /// The primary therapists of those booked.
        Caseload = "caseload",
    }
}

crate::vocabulary! {
    /// Where people are while they take part.
    pub enum Modality {
        /// In the room.
        InPerson = "in_person",
        /// On video or telephone.
        Virtual = "virtual",
        /// Some in the room, some not.
        Hybrid = "hybrid",
    }
}

/// The fewest seats a group may have.
pub const LEAST_CAPACITY: u32 = 2;
/// The ceiling of an organization that set none.
pub const DEFAULT_CEILING: u32 = 20;
/// The shortest session, in minutes.
pub const LEAST_DURATION: u32 = 5;
/// The longest session, in minutes.
pub const MOST_DURATION: u32 = 720;
/// The length of a session of a group that says nothing, in minutes.
pub const DEFAULT_DURATION: u32 = 60;

/// How long an offered seat is held in a group that says nothing, in hours.
pub const DEFAULT_HOLD_HOURS: u32 = 48;
/// The longest an offered seat is held, in hours: two weeks.
pub const MOST_HOLD_HOURS: u32 = 336;

/// The settings of a group that have bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Fewer booked than this is shown as *below minimum*.
    pub min_participants: Option<u32>,
    /// The seats; none means the ceiling.
    pub max_participants: Option<u32>,
    /// The length of a session, in minutes.
    pub duration_minutes: u32,
    /// How long an offered seat is held, in hours.
    pub offer_hold_hours: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            min_participants: None,
            max_participants: None,
            duration_minutes: DEFAULT_DURATION,
            offer_hold_hours: DEFAULT_HOLD_HOURS,
        }
    }
}

impl Bounds {
    /// Every field that is out of bounds; `ceiling` is the organization's. Empty when all is well.
    pub fn violations(&self, ceiling: u32) -> Vec<Violation> {
        let mut found = Vec::new();
        if let Some(max) = self.max_participants.filter(|max| !(LEAST_CAPACITY..=ceiling).contains(max)) {
            let message = format!(
                "must be {LEAST_CAPACITY} to {ceiling}, and is {max}; a larger group needs a higher capacity ceiling in \
                 the organization's settings"
            );
            found.push(Violation::new("max_participants", "out_of_range", message));
        }
        let most = self.max_participants.unwrap_or(ceiling);
        if let Some(min) = self.min_participants.filter(|min| *min > most) {
            let message = format!("must not be more than the group's {most} seats, and is {min}");
            found.push(Violation::new("min_participants", "out_of_range", message));
        }
        if !(LEAST_DURATION..=MOST_DURATION).contains(&self.duration_minutes) {
            let minutes = self.duration_minutes;
            let message = format!("must be {LEAST_DURATION} to {MOST_DURATION} minutes, and is {minutes}");
            found.push(Violation::new("duration_minutes", "out_of_range", message));
        }
        if !(1..=MOST_HOLD_HOURS).contains(&self.offer_hold_hours) {
            let message = format!("must be 1 to {MOST_HOLD_HOURS} hours, and is {}", self.offer_hold_hours);
            found.push(Violation::new("offer_hold_hours", "out_of_range", message));
        }
        found
    }
}

/// The rule that decides who leads: without a facilitator it is who starts the session.
pub const fn leader_rule(chosen: LeaderRule, has_facilitator: bool) -> LeaderRule {
    match chosen {
        LeaderRule::Fixed if !has_facilitator => LeaderRule::Starter,
        _ => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(bounds: Bounds, ceiling: u32) -> Vec<String> {
        bounds.violations(ceiling).into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn bounds_are_inclusive() {
        let with_max = |max| Bounds { max_participants: Some(max), ..Bounds::default() };
        assert!(fields(Bounds::default(), 20).is_empty());
        assert!(fields(with_max(2), 20).is_empty() && fields(with_max(20), 20).is_empty());
        assert_eq!(fields(with_max(1), 20), ["max_participants"]);
        assert_eq!(fields(with_max(21), 20), ["max_participants"]);
        assert!(fields(with_max(21), 40).is_empty());
        let lasting = |minutes| Bounds { duration_minutes: minutes, ..Bounds::default() };
        assert!(fields(lasting(5), 20).is_empty() && fields(lasting(720), 20).is_empty());
        assert_eq!(fields(lasting(4), 20), ["duration_minutes"]);
        assert_eq!(fields(lasting(721), 20), ["duration_minutes"]);
        let holding = |offer_hold_hours| Bounds { offer_hold_hours, ..Bounds::default() };
        assert!(fields(holding(1), 20).is_empty() && fields(holding(336), 20).is_empty());
        assert_eq!(fields(holding(337), 20), ["offer_hold_hours"]);
    }

    #[test]
    fn the_minimum_is_judged_by_the_seats_there_are() {
        let bounds = Bounds { min_participants: Some(8), max_participants: Some(8), ..Bounds::default() };
        assert!(fields(bounds, 20).is_empty());
        assert_eq!(fields(Bounds { max_participants: Some(7), ..bounds }, 20), ["min_participants"]);
        assert!(fields(Bounds { max_participants: None, ..bounds }, 20).is_empty());
        assert_eq!(fields(Bounds { max_participants: None, ..bounds }, 7), ["min_participants"]);
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let bounds =
            Bounds { min_participants: Some(90), max_participants: Some(50), duration_minutes: 0, offer_hold_hours: 0 };
        let all = ["max_participants", "min_participants", "duration_minutes", "offer_hold_hours"];
        assert_eq!(fields(bounds, 20), all);
    }

    #[test]
    fn a_group_without_facilitator_is_led_by_who_starts() {
        assert_eq!(leader_rule(LeaderRule::Fixed, false), LeaderRule::Starter);
        assert_eq!(leader_rule(LeaderRule::Fixed, true), LeaderRule::Fixed);
        assert_eq!(leader_rule(LeaderRule::Caseload, false), LeaderRule::Caseload);
    }
}
