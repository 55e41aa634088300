//! What stands in the way of a session at a time: its room or a leader is taken, a leader has no hours then, or is
//! away. Everything around a span is read once, in a fixed number of statements; then each session is only judged.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    availability::{Hours, Outside},
    id::{PatientId, PractitionerId, RoomId, SessionId, SiteId, TimeOffId},
    sessions::{Leader, LeaderRole},
};
use jiff::Timestamp;

use super::store::{self, Session, Taken};
use crate::{
    door::Scope,
    people::{self, TimeOff},
    problem::Problem,
};

/// What two sessions can't share, or a leader can't do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// The room is taken by another session.
    Room(RoomId, Taken),
    /// A leader is in another session.
    Leader(PractitionerId, Taken),
    /// A leader has no hours at this time.
    OutsideHours(PractitionerId, Outside),
    /// A leader is away.
    TimeOff(PractitionerId, TimeOffId),
    /// Who is to lead no longer leads sessions.
    Inactive(PractitionerId),
    /// A participant is in another session: a warning.
    Patient(PatientId, SessionId),
}

impl Clash {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Room(..) | Self::Leader(..) => "taken",
            Self::OutsideHours(..) => "outside_hours",
            Self::TimeOff(..) => "time_off",
            Self::Inactive(_) => "inactive",
            Self::Patient(..) => "patient_overlap",
        }
    }

    /// The other session, where there is one.
    pub const fn other(&self) -> Option<SessionId> {
        match self {
            Self::Room(_, other) | Self::Leader(_, other) => Some(other.session),
            Self::Patient(_, other) => Some(*other),
            Self::OutsideHours(..) | Self::TimeOff(..) | Self::Inactive(_) => None,
        }
    }

    /// The field to change.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Room(..) => "room_id",
            Self::Leader(..) | Self::OutsideHours(..) | Self::TimeOff(..) | Self::Inactive(_) => "leaders",
            Self::Patient(..) => "participants",
        }
    }
}

impl std::fmt::Display for Clash {
    /// What an error of the field says. Staff are named by their ids: a problem never names a person.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Room(_, other) => write!(out, "is taken by {}", other.number),
            Self::Leader(who, other) => write!(out, "{who} leads {}", other.number),
            Self::OutsideHours(who, outside) => write!(out, "{who} {outside}"),
            Self::TimeOff(who, _) => write!(out, "{who} is away"),
            Self::Inactive(who) => write!(out, "{who} no longer leads sessions"),
            Self::Patient(_, other) => write!(out, "somebody is in {other}"),
        }
    }
}

/// A session, or what one would be: what is judged.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The session itself, which is in nobody's way.
    pub own: Option<SessionId>,
    /// Where.
    pub site: Option<SiteId>,
    /// In which room.
    pub room: Option<RoomId>,
    /// Who leads it, supervisors aside.
    pub leaders: Vec<PractitionerId>,
    /// When.
    pub interval: (Timestamp, Timestamp),
}

impl Wanted {
    /// What a session is, with these leaders.
    pub fn of(session: &Session, leaders: &[Leader]) -> Self {
        Self {
            own: Some(session.id),
            site: session.site_id,
            room: session.room_id,
            leaders: busy(leaders),
            interval: (session.starts_at, session.ends_at),
        }
    }
}

/// The leaders who have to be there: supervisors need not.
pub fn busy(leaders: &[Leader]) -> Vec<PractitionerId> {
    let there = leaders.iter().filter(|leader| leader.role != LeaderRole::Supervisor);
    let mut busy: Vec<PractitionerId> = there.map(|leader| leader.practitioner).collect();
    busy.sort_unstable();
    busy
}

/// What is known of rooms and practitioners in a span of time.
#[derive(Debug, Default)]
pub struct Surroundings {
    rooms: BTreeMap<RoomId, Vec<Taken>>,
    leaders: BTreeMap<PractitionerId, Vec<Taken>>,
    hours: BTreeMap<PractitionerId, Hours>,
    away: BTreeMap<PractitionerId, Vec<TimeOff>>,
}

impl Surroundings {
    /// Reads what is around these rooms and practitioners, in at most five statements.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn read(
        scope: &mut Scope<'_>,
        rooms: &BTreeSet<RoomId>,
        leaders: &BTreeSet<PractitionerId>,
        span: (Timestamp, Timestamp),
    ) -> Result<Self, Problem> {
        let mut away: BTreeMap<PractitionerId, Vec<TimeOff>> = BTreeMap::new();
        for one in people::away(scope, leaders, span).await? {
            away.entry(one.practitioner_id).or_default().push(one);
        }
        Ok(Self {
            rooms: store::rooms_taken(scope, rooms, span).await?,
            leaders: store::leaders_taken(scope, leaders, span).await?,
            hours: people::hours(scope, leaders).await?,
            away,
        })
    }

    /// Reads what is around several wanted sessions.
    ///
    /// # Errors
    /// When the database can't answer.
    pub async fn of(scope: &mut Scope<'_>, wanted: &[Wanted]) -> Result<Self, Problem> {
        let starts = wanted.iter().map(|one| one.interval.0).min();
        let Some(span) = starts.zip(wanted.iter().map(|one| one.interval.1).max()) else { return Ok(Self::default()) };
        let rooms = wanted.iter().filter_map(|one| one.room).collect();
        let leaders = wanted.iter().flat_map(|one| one.leaders.iter().copied()).collect();
        Self::read(scope, &rooms, &leaders, span).await
    }

    /// Everything that stands in the way of a session: the room first, then by leader.
    pub fn clashes(&self, wanted: &Wanted) -> Vec<Clash> {
        let rooms = wanted.room.and_then(|room| self.rooms.get(&room).map(|taken| (room, taken)));
        let rooms = rooms
            .into_iter()
            .flat_map(|(room, taken)| overlapping(taken, wanted).map(move |other| Clash::Room(room, other.clone())));
        let mut found: Vec<Clash> = rooms.collect();
        wanted.leaders.iter().for_each(|who| found.extend(self.of_leader(*who, wanted)));
        found
    }

    /// Everything that stands in the way of somebody leading a session.
    pub fn of_leader(&self, who: PractitionerId, wanted: &Wanted) -> Vec<Clash> {
        let taken = self.leaders.get(&who).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<Clash> = overlapping(taken, wanted).map(|other| Clash::Leader(who, other.clone())).collect();
        let (starts_at, ends_at) = wanted.interval;
        let away = self.away.get(&who).map(Vec::as_slice).unwrap_or_default();
        let away = away.iter().filter(|off| off.starts_at < ends_at && off.ends_at > starts_at);
        found.extend(away.map(|off| Clash::TimeOff(who, off.id)));
        let outside = self.hours.get(&who).and_then(|hours| hours.judge(wanted.site, wanted.interval).err());
        found.extend(outside.map(|outside| Clash::OutsideHours(who, outside)));
        found
    }
}

impl Surroundings {
    /// Whether a clash of a wanted session was there before, for no less of the time: the same leader or room, the same
    /// session or time off, and nothing of what they have in common is new.
    pub fn is_old(&self, clash: &Clash, wanted: &Wanted, before: &Wanted) -> bool {
        let was = |of: (Timestamp, Timestamp)| {
            self.clashes(before).contains(clash) && is_within(shared(wanted.interval, of), shared(before.interval, of))
        };
        match clash {
            Clash::Room(_, other) | Clash::Leader(_, other) => was((other.starts_at, other.ends_at)),
            Clash::TimeOff(who, id) => {
                let off = self.away.get(who).and_then(|away| away.iter().find(|off| off.id == *id));
                off.is_some_and(|off| was((off.starts_at, off.ends_at)))
            }
            Clash::OutsideHours(who, _) => {
                let outside = |old: &Clash| matches!(old, Clash::OutsideHours(other, _) if other == who);
                wanted.site == before.site
                    && is_within(wanted.interval, before.interval)
                    && self.clashes(before).iter().any(outside)
            }
            Clash::Inactive(_) | Clash::Patient(..) => false,
        }
    }
}

/// What two intervals that overlap have in common.
fn shared(one: (Timestamp, Timestamp), other: (Timestamp, Timestamp)) -> (Timestamp, Timestamp) {
    (one.0.max(other.0), one.1.min(other.1))
}

fn is_within(inner: (Timestamp, Timestamp), outer: (Timestamp, Timestamp)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// The sessions in a list by start that overlap the wanted one, without itself.
fn overlapping<'a>(taken: &'a [Taken], wanted: &'a Wanted) -> impl Iterator<Item = &'a Taken> {
    let (starts_at, ends_at) = wanted.interval;
    let earliest = starts_at.checked_sub(store::LONGEST).unwrap_or(starts_at);
    let first = taken.partition_point(|other| other.starts_at <= earliest);
    let near = taken[first..].iter().take_while(move |other| other.starts_at < ends_at);
    near.filter(move |other| other.overlaps(wanted.interval) && Some(other.session) != wanted.own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_overlaps_is_in_the_way() {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let id = |bits| SessionId::from_uuid(uuid::Uuid::from_u128(bits));
        let taken = |bits, from, until| Taken {
            starts_at: at(from),
            ends_at: at(until),
            session: id(bits),
            number: bits.to_string(),
        };
        let all = [taken(1, 20, 24), taken(2, 24, 36), taken(3, 30, 31), taken(4, 32, 33), taken(5, 33, 34)];
        let wanted = |own, from, until| Wanted {
            own,
            site: None,
            room: None,
            leaders: Vec::new(),
            interval: (at(from), at(until)),
        };
        let found =
            |wanted: &Wanted| -> Vec<String> { overlapping(&all, wanted).map(|one| one.number.clone()).collect() };
        assert_eq!(found(&wanted(None, 31, 33)), ["2", "4"]);
        assert_eq!(found(&wanted(Some(id(4)), 31, 33)), ["2"]);
        assert_eq!(found(&wanted(None, 24, 25)), ["2"]);
        assert!(found(&wanted(None, 36, 40)).is_empty());
    }
}
