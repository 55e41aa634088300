//! Two people who must never share a session (domain 3): who may know of a pair, what a pair has to say, and whom it
//! keeps out of where.

use jiff::civil::Date;

use crate::permissions::Role;
use crate::roster::Person;
use crate::violation::Violation;

crate::vocabulary! {
    /// Why two people are kept apart.
    pub enum KeepApartKind {
        /// A court says so.
        ProtectiveOrder = "protective_order",
        /// They are related, or were.
        Relatives = "relatives",
        /// One of them is of the staff, or close to it.
        StaffConflict = "staff_conflict",
        /// Another reason.
        Other = "other",
    }
}

/// Which pairs somebody with `keep_apart.manage` sees and ends (domain 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Every pair of the organization: those who treat, and who fill groups.
    All,
    /// Only the pairs they made themselves: who runs the system has no need to know of others.
    Own,
}

/// How far the permission reaches for this role; a copied role reaches as far as the one it was copied from. The
/// program itself has no role.
pub const fn reach(role: Option<Role>) -> Reach {
    match role {
        Some(Role::Superuser | Role::Admin) => Reach::Own,
        _ => Reach::All,
    }
}

/// Everything that is wrong with a pair that is to be kept.
pub fn check(one: Person, other: Person, ends_on: Option<Date>, today: Date) -> Vec<Violation> {
    let mut found = Vec::new();
    if one == other {
        let field = if other.patient().is_some() { "other_patient_id" } else { "other_guest_id" };
        found.push(Violation::new(field, "same_person", "must be somebody else: nobody is kept apart from themselves"));
    }
    if ends_on.is_some_and(|day| day < today) {
        found.push(Violation::new("ends_on", "out_of_range", "must not be before today"));
    }
    found
}

/// Two people who are kept apart, in either order, through a day or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// One of them.
    pub one: Person,
    /// The other.
    pub other: Person,
    /// The last day it holds; none while nobody ends it.
    pub ends_on: Option<Date>,
}

/// The pairs that matter to a decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairs(Vec<Pair>);

impl Pairs {
    /// These pairs, all of which nobody has ended.
    pub const fn new(pairs: Vec<Pair>) -> Self {
        Self(pairs)
    }

    /// Whether there is none: as a rule.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everybody who is in a pair, each once.
    pub fn people(&self) -> Vec<Person> {
        let mut people: Vec<Person> = self.0.iter().flat_map(|pair| [pair.one, pair.other]).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Whether two people must not meet on a day.
    pub fn apart(&self, one: Person, other: Person, on: Date) -> bool {
        self.0.iter().any(|pair| {
            let these = (pair.one, pair.other) == (one, other) || (pair.one, pair.other) == (other, one);
            these && pair.ends_on.is_none_or(|last| on <= last)
        })
    }

    /// Whether a person must not meet any of these on a day.
    pub fn apart_from_any<'a>(&self, person: Person, others: impl IntoIterator<Item = &'a Person>, on: Date) -> bool {
        !self.is_empty() && others.into_iter().any(|other| self.apart(person, *other, on))
    }

    /// Who of those that are to have a place gets none, in order: whoever is there, or comes before, stays.
    pub fn without_a_place(&self, present: &[Person], wanted: &[Person], on: Date) -> Vec<Person> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut there = present.to_vec();
        let mut without = Vec::new();
        for person in wanted {
            if self.apart_from_any(*person, &there, on) {
                without.push(*person);
            } else {
                there.push(*person);
            }
        }
        without
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{GuestId, PatientId};
    use jiff::civil::date;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn patient(number: u128) -> Person {
        Person::Patient(PatientId::from_uuid(Uuid::from_u128(number)))
    }

    fn guest(number: u128) -> Person {
        Person::Guest(GuestId::from_uuid(Uuid::from_u128(number)))
    }

    const DAY: Date = date(2026, 3, 4);

    fn pair(one: Person, other: Person) -> Pair {
        Pair { one, other, ends_on: None }
    }

    #[test]
    fn who_runs_the_system_sees_only_their_own_pairs() {
        for role in Role::ALL {
            let own = matches!(role, Role::Superuser | Role::Admin);
            assert_eq!(reach(Some(*role)) == Reach::Own, own, "{role}");
        }
        assert_eq!(reach(None), Reach::All);
    }

    #[test]
    fn a_pair_is_of_two_people_and_ends_today_or_later() {
        assert_eq!(check(patient(1), guest(1), Some(DAY), DAY), []);
        let wrong = check(guest(1), guest(1), Some(date(2026, 3, 3)), DAY);
        let fields: Vec<_> = wrong.iter().map(|violation| (violation.field.as_str(), violation.code)).collect();
        assert_eq!(fields, [("other_guest_id", "same_person"), ("ends_on", "out_of_range")]);
    }

    #[test]
    fn a_pair_holds_both_ways_and_through_its_last_day() {
        let pairs = Pairs::new(vec![Pair { ends_on: Some(DAY), ..pair(patient(1), guest(1)) }]);
        assert!(pairs.apart(patient(1), guest(1), DAY) && pairs.apart(guest(1), patient(1), DAY));
        assert!(!pairs.apart(patient(1), guest(1), date(2026, 3, 5)), "the day after");
        assert!(!pairs.apart(patient(1), guest(2), DAY) && !pairs.apart(patient(1), patient(1), DAY));
        assert_eq!(pairs.people(), [patient(1), guest(1)]);
    }

    #[test]
    fn whoever_is_there_stays_and_the_later_one_has_no_place() {
        let pairs = Pairs::new(vec![pair(patient(1), patient(2)), pair(patient(2), patient(3))]);
        let line = [patient(1), patient(2), patient(3)];
        assert_eq!(pairs.without_a_place(&[], &line, DAY), [patient(2)], "who has no place keeps nobody out");
        assert_eq!(
            pairs.without_a_place(&[patient(2)], &[patient(3), patient(4), patient(1)], DAY),
            [patient(3), patient(1)]
        );
        assert_eq!(Pairs::default().without_a_place(&[patient(1)], &line, DAY), []);
    }

    proptest! {
        #[test]
        fn nobody_with_a_place_meets_whom_they_must_not(
            edges in prop::collection::vec((0_u128..8, 0_u128..8), 0..12),
            present in prop::collection::vec(0_u128..8, 0..1),
            wanted in prop::collection::vec(0_u128..8, 0..8),
        ) {
            let pairs = Pairs::new(edges.into_iter().map(|(a, b)| pair(patient(a), patient(b))).filter(|p| p.one != p.other).collect());
            let present: Vec<Person> = present.into_iter().map(patient).collect();
            let wanted: Vec<Person> = wanted.into_iter().map(patient).collect();
            let without = pairs.without_a_place(&present, &wanted, DAY);
            let there: Vec<Person> = present.iter().chain(wanted.iter().filter(|one| !without.contains(one))).copied().collect();
            for one in &there {
                prop_assert!(!pairs.apart_from_any(*one, &there, DAY));
            }
        }
    }
}
