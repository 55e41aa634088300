//! Statements over who and what is taken when.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    id::{PractitionerId, RoomId, SessionId},
};
use ::store::{Error, Where};
use jiff::Timestamp;

use super::{Session, sessions::LONGEST};
use crate::door::Scope;

/// A session that takes a room or a leader for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// From then.
    pub starts_at: Timestamp,
    /// Until then, not included.
    pub ends_at: Timestamp,
    /// The session.
    pub session: SessionId,
    /// Its number.
    pub number: String,
}

impl Taken {
    /// What a session takes.
    pub fn by(session: &Session) -> Self {
        let (starts_at, ends_at) = (session.starts_at, session.ends_at);
        Self { starts_at, ends_at, session: session.id, number: session.session_number.clone() }
    }

    /// Whether it and an interval have a moment in common.
    pub fn overlaps(&self, (starts_at, ends_at): (Timestamp, Timestamp)) -> bool {
        self.starts_at < ends_at && self.ends_at > starts_at
    }
}

/// When these rooms are taken in a span of time.
pub async fn rooms_taken(
    scope: &mut Scope<'_>,
    rooms: &BTreeSet<RoomId>,
    (from, until): (Timestamp, Timestamp),
) -> Result<BTreeMap<RoomId, Vec<Taken>>, Error> {
    if rooms.is_empty() {
        return Ok(BTreeMap::new());
    }
    let earliest = from.checked_sub(LONGEST).unwrap_or(from);
    let filter = Where::organization().and_in("room_id", rooms).and("starts_at > ?", Value::Time(earliest));
    let filter = filter.and("starts_at < ?", Value::Time(until)).and("ends_at > ?", Value::Time(from));
    let filter = filter.and_always("status in ('scheduled', 'in_progress')");
    let sql = format!(
        "select room_id, starts_at, ends_at, id, session_number from sessions where {} order by room_id, starts_at, id",
        filter.sql()
    );
    by_key(scope.rows(&sql, filter.arguments()).await?)
}

/// When these practitioners lead sessions, other than as supervisors, in a span of time.
pub async fn leaders_taken(
    scope: &mut Scope<'_>,
    leaders: &BTreeSet<PractitionerId>,
    (from, until): (Timestamp, Timestamp),
) -> Result<BTreeMap<PractitionerId, Vec<Taken>>, Error> {
    if leaders.is_empty() {
        return Ok(BTreeMap::new());
    }
    let earliest = from.checked_sub(LONGEST).unwrap_or(from);
    let filter = Where::starting("l.organization_id = $1").and_always("l.role <> 'supervisor'");
    let filter = filter.and_in("l.practitioner_id", leaders).and("l.starts_at > ?", Value::Time(earliest));
    let filter = filter.and("l.starts_at < ?", Value::Time(until)).and("s.ends_at > ?", Value::Time(from));
    let filter = filter.and_always("s.status in ('scheduled', 'in_progress')");
    let sql = format!(
        "select l.practitioner_id, s.starts_at, s.ends_at, s.id, s.session_number from session_leaders l \
         join sessions s on s.organization_id = l.organization_id and s.id = l.session_id where {} \
         order by l.practitioner_id, l.starts_at, l.session_id",
        filter.sql()
    );
    by_key(scope.rows(&sql, filter.arguments()).await?)
}

fn by_key<K: Ord + ::rules::column::Field>(rows: Vec<::store::Row>) -> Result<BTreeMap<K, Vec<Taken>>, Error> {
    let mut all: BTreeMap<K, Vec<Taken>> = BTreeMap::new();
    for row in rows {
        let taken = Taken { starts_at: row.at(1)?, ends_at: row.at(2)?, session: row.at(3)?, number: row.at(4)? };
        all.entry(row.at(0)?).or_default().push(taken);
    }
    Ok(all)
}

/// The scheduled sessions that somebody leads, other than as a supervisor, in a span of time: by start.
pub async fn led_between(
    scope: &mut Scope<'_>,
    leader: PractitionerId,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<SessionId>, Error> {
    let earliest = from.checked_sub(LONGEST).unwrap_or(from);
    let filter = Where::starting("l.organization_id = $1").and("l.practitioner_id = ?", &leader);
    let filter = filter.and_always("l.role <> 'supervisor'").and("l.starts_at > ?", Value::Time(earliest));
    let filter = filter.and("l.starts_at < ?", Value::Time(until)).and("s.ends_at > ?", Value::Time(from));
    let sql = format!(
        "select l.session_id from session_leaders l join sessions s on s.organization_id = l.organization_id \
         and s.id = l.session_id where {} and s.status = 'scheduled' order by l.starts_at, l.session_id",
        filter.sql()
    );
    scope.rows(&sql, filter.arguments()).await?.iter().map(|row| row.at(0)).collect()
}
