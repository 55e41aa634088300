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
use crate::{
    door::Scope,
    people::{self, Records},
    problem::Problem,
};

/// What decides whether people may have a place in one session.
pub struct Company {
    active: BTreeMap<Person, bool>,
    pairs: Pairs,
    /// Those of the pairs who have a place, and those of the people's records that have one.
    present: BTreeSet<Person>,
    records: Records,
    on: Date,
}

impl Company {
    /// What is known of these people and of who is in the session, in a number of statements that does not depend on
    /// how many there are. They are held as they are until the end of the transaction.
    pub async fn of(scope: &mut Scope<'_>, session: &Session, asked: &[Person]) -> Result<Self, Problem> {
        let active = people::hold(scope, asked).await?;
        let pairs = people::pairs_of(scope, asked).await?;
        let records = people::hold_records(scope, asked).await?;
        let looked_for = records.with_others(&pairs.people());
        let there = store::with_a_place(scope, &[session.id], &looked_for).await?;
        let present = there.into_iter().map(|(_, person)| person).collect();
        Ok(Self { active, pairs, present, records, on: session.local_date })
    }

    /// The other record by which a person has a place already.
    pub fn by_another_record(&self, person: Person) -> Option<Person> {
        self.present.iter().copied().find(|there| self.records.are_one(*there, person))
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

/// Who of those that are to be booked has a place already by another record, or comes before by one in the list.
pub async fn doubled(
    scope: &mut Scope<'_>,
    wanted: &[(&Session, Person)],
) -> Result<BTreeSet<(SessionId, Person)>, Problem> {
    let asked: BTreeSet<Person> = wanted.iter().map(|(_, person)| *person).collect();
    let asked: Vec<Person> = asked.into_iter().collect();
    let records = people::hold_records(scope, &asked).await?;
    let several = records.of_several();
    if several.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ids: BTreeSet<SessionId> = wanted.iter().map(|(session, _)| session.id).collect();
    let ids: Vec<SessionId> = ids.into_iter().collect();
    let there = store::with_a_place(scope, &ids, &several).await?;
    let mut by: BTreeMap<(SessionId, Person), Person> = BTreeMap::new();
    for (session, person) in there {
        by.entry((session, records.who(person))).or_insert(person);
    }
    let mut doubled = BTreeSet::new();
    for (session, person) in wanted {
        if *by.entry((session.id, records.who(*person))).or_insert(*person) != *person {
            doubled.insert((session.id, *person));
        }
    }
    Ok(doubled)
}

/// Bookings that can't all stand.
#[derive(Default)]
pub struct Crowded {
    /// Whose people must not meet somebody who was booked before them.
    pub apart: Vec<Participant>,
    /// Whose people were booked before by another record.
    pub doubled: Vec<Participant>,
}

/// The bookings of these sessions of groups whose people have not come yet, the earliest of each session first.
pub async fn booked(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<Vec<Participant>, Problem> {
    let groups = sessions.iter().filter(|session| session.session_type == SessionType::Group);
    let ids: Vec<SessionId> = groups.map(|session| session.id).collect();
    let mut rows = store::in_sessions(scope, &ids).await?;
    rows.retain(|row| matches!(row.status, ParticipantStatus::Booked | ParticipantStatus::Confirmed));
    rows.sort_by_key(|row| (row.session_id, row.id));
    Ok(rows)
}

/// Everybody who is booked by these rows, each once.
pub fn people_in(rows: &[Participant]) -> Vec<Person> {
    let people: BTreeSet<Person> = rows.iter().filter_map(Participant::person).collect();
    people.into_iter().collect()
}

/// What can't stand of the [`booked`] rows of sessions that take place after all, or on another day: a pair, or a link
/// between records, may have come since they were made, and a pair may hold on the one day and not on the other.
pub async fn crowded(scope: &mut Scope<'_>, sessions: &[Session], booked: &[Participant]) -> Result<Crowded, Problem> {
    let days: BTreeMap<SessionId, Date> = sessions.iter().map(|session| (session.id, session.local_date)).collect();
    let people = people_in(booked);
    let (pairs, records) = (people::pairs_of(scope, &people).await?, people::records(scope, &people).await?);
    let mut crowded = Crowded::default();
    for rows in booked.chunk_by(|one, other| one.session_id == other.session_id) {
        let Some(on) = rows.first().and_then(|row| days.get(&row.session_id)) else { continue };
        let mut seen = BTreeSet::new();
        let is_first = |row: &&Participant| row.person().is_some_and(|person| seen.insert(records.who(person)));
        let (first, doubled): (Vec<&Participant>, Vec<&Participant>) = rows.iter().partition(is_first);
        let wanted: Vec<Person> = first.iter().filter_map(|row| row.person()).collect();
        let without = pairs.without_a_place(&[], &wanted, *on);
        let apart = first.into_iter().filter(|row| row.person().is_some_and(|who| without.contains(&who)));
        crowded.apart.extend(apart.cloned());
        crowded.doubled.extend(doubled.into_iter().cloned());
    }
    Ok(crowded)
}

/// How many bookings do not stand when the sessions are as they are given here: on another day, perhaps. Only asks.
///
/// # Errors
/// When the database can't answer.
pub async fn without_place_then(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<usize, Problem> {
    let booked = booked(scope, sessions).await?;
    let crowded = crowded(scope, sessions, &booked).await?;
    Ok(crowded.apart.len() + crowded.doubled.len())
}
