//! Who may be in a session with whom: asked wherever somebody is given a place in one. The caller holds the session's
//! lock, or its group's.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    id::SessionId,
    keep_apart::Pairs,
    roster::{Person, Standing},
    sessions::{ParticipantStatus, SessionType},
};
use jiff::civil::Date;

use super::store::{self, Participant, Session};
use crate::{door::Scope, people, problem::Problem};

/// What decides whether people may have a place in one session.
pub struct Company {
    active: BTreeMap<Person, bool>,
    pairs: Pairs,
    /// Those of the pairs who have a place.
    present: BTreeSet<Person>,
    on: Date,
}

impl Company {
    /// What is known of these people and of who is in the session, in a number of statements that does not depend on
    /// how many there are. They are held as they are until the end of the transaction.
    pub async fn of(scope: &mut Scope<'_>, session: &Session, asked: &[Person]) -> Result<Self, Problem> {
        let active = people::hold(scope, asked).await?;
        let pairs = people::pairs_of(scope, asked).await?;
        let there = store::with_a_place(scope, &[session.id], &pairs.people()).await?;
        let present = there.into_iter().map(|(_, person)| person).collect();
        Ok(Self { active, pairs, present, on: session.local_date })
    }

    /// Where a person stands; none when there is no such person.
    pub fn standing(&self, person: Person) -> Option<Standing> {
        let active = *self.active.get(&person)?;
        let kept_apart = self.pairs.apart_from_any(person, &self.present, self.on);
        Some(Standing { kept_apart, active, ..Standing::CLEAR })
    }

    /// Somebody has a place now, or has none any more.
    pub fn place(&mut self, person: Person, has_one: bool) {
        match has_one {
            true => self.present.insert(person),
            false => self.present.remove(&person),
        };
    }
}

/// Who of those that are to be booked gets no place: whoever has one already, or comes before in the list, stays.
pub async fn without_a_place(
    scope: &mut Scope<'_>,
    wanted: &[(&Session, Person)],
) -> Result<BTreeSet<(SessionId, Person)>, Problem> {
    let group = |(session, _): &&(&Session, Person)| session.session_type == SessionType::Group;
    let wanted: Vec<(&Session, Person)> = wanted.iter().filter(group).copied().collect();
    let asked: BTreeSet<Person> = wanted.iter().map(|(_, person)| *person).collect();
    let asked: Vec<Person> = asked.into_iter().collect();
    let active = people::hold(scope, &asked).await?;
    let pairs = people::pairs_of(scope, &asked).await?;
    // An inactive person has none either, or the row without a place would tell of a pair.
    let inactive = wanted.iter().filter(|(_, person)| active.get(person) == Some(&false));
    let inactive: BTreeSet<(SessionId, Person)> = inactive.map(|(session, person)| (session.id, *person)).collect();
    if pairs.is_empty() {
        return Ok(inactive);
    }
    let mut by_session: BTreeMap<SessionId, (Date, Vec<Person>)> = BTreeMap::new();
    for (session, person) in &wanted {
        by_session.entry(session.id).or_insert((session.local_date, Vec::new())).1.push(*person);
    }
    let ids: Vec<SessionId> = by_session.keys().copied().collect();
    let mut present: BTreeMap<SessionId, Vec<Person>> = BTreeMap::new();
    for (session, person) in store::with_a_place(scope, &ids, &pairs.people()).await? {
        present.entry(session).or_default().push(person);
    }
    let without = by_session.into_iter().flat_map(|(session, (on, wanted))| {
        let there = present.remove(&session).unwrap_or_default();
        pairs.without_a_place(&there, &wanted, on).into_iter().map(move |person| (session, person))
    });
    Ok(without.chain(inactive).collect())
}

/// The bookings of sessions that take place after all, whose people must not meet somebody who was booked before them:
/// a pair may have come, or a session have moved, since they were made.
pub async fn crowded(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<Vec<Participant>, Problem> {
    let groups = sessions.iter().filter(|session| session.session_type == SessionType::Group);
    let days: BTreeMap<SessionId, Date> = groups.map(|session| (session.id, session.local_date)).collect();
    let ids: Vec<SessionId> = days.keys().copied().collect();
    let mut rows = store::in_sessions(scope, &ids).await?;
    rows.retain(|row| matches!(row.status, ParticipantStatus::Booked | ParticipantStatus::Confirmed));
    rows.sort_by_key(|row| (row.session_id, row.id));
    let people: BTreeSet<Person> = rows.iter().filter_map(Participant::person).collect();
    let people: Vec<Person> = people.into_iter().collect();
    people::hold(scope, &people).await?;
    let pairs = people::pairs_of(scope, &people).await?;
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let mut crowded = Vec::new();
    for rows in rows.chunk_by(|one, other| one.session_id == other.session_id) {
        let Some(on) = rows.first().and_then(|row| days.get(&row.session_id)) else { continue };
        let wanted: Vec<Person> = rows.iter().filter_map(Participant::person).collect();
        let without = pairs.without_a_place(&[], &wanted, *on);
        crowded.extend(rows.iter().filter(|row| row.person().is_some_and(|who| without.contains(&who))).cloned());
    }
    Ok(crowded)
}
