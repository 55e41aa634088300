//! Whether people may be in a group: the one place that every way into it asks.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    id::GroupId,
    keep_apart::Pairs,
    roster::{MemberStatus, Person, Standing},
};
use ::store::Error;
use jiff::civil::Date;

use super::live;
use crate::{door::Scope, people};

/// Whom the people are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Everybody who is in the group, or waits for it: for who joins.
    Everybody,
    /// Those with a seat, or with one held: for who waits already, or nobody of a pair that waits would ever be next.
    Seated,
}

impl Among {
    fn counts(self, status: MemberStatus) -> bool {
        self == Self::Everybody || status.takes_seat()
    }
}

/// What is known of people who are to be in a group.
#[derive(Debug, Clone, Default)]
pub struct Standings {
    active: BTreeMap<Person, bool>,
    kept_apart: BTreeSet<Person>,
    pairs: Pairs,
    today: Date,
}

impl Standings {
    /// Where a person stands; none when there is no such person.
    pub fn of(&self, person: Person) -> Option<Standing> {
        let active = *self.active.get(&person)?;
        Some(Standing { kept_apart: self.kept_apart.contains(&person), active, ..Standing::CLEAR })
    }

    /// Whether two of these people must not both be let in.
    pub fn apart(&self, one: Person, other: Person) -> bool {
        self.pairs.apart(one, other, self.today)
    }
}

/// Where people stand who are to be in a group, in a number of statements that does not depend on how many are asked
/// about or are in it. They are held as they are until the end of the transaction; the caller holds the group's lock.
///
/// # Errors
/// When the database can't answer.
pub async fn standings(
    scope: &mut Scope<'_>,
    group: GroupId,
    asked: &[Person],
    among: Among,
) -> Result<Standings, Error> {
    let active = people::hold(scope, asked).await?;
    let (pairs, today) = (people::pairs_of(scope, asked).await?, scope.cx.today());
    let mut kept_apart = BTreeSet::new();
    if !pairs.is_empty() {
        let members = live(scope, group, &pairs.people()).await?;
        let there = members.iter().filter(|member| among.counts(member.status));
        let there: Vec<Person> = there.filter_map(super::Member::person).collect();
        kept_apart.extend(asked.iter().filter(|person| pairs.apart_from_any(**person, &there, today)));
    }
    Ok(Standings { active, kept_apart, pairs, today })
}
