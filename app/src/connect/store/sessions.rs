//! The sessions of a feed, and the series they belong to: a few statements however many there are.

use std::collections::BTreeSet;

use ::rules::{
    column::Value,
    groups::Modality,
    id::{GroupId, RoomId, SessionId, SiteId},
    recurrence::Zone,
    sessions::{LeaderRole, ParticipantStatus, SessionStatus},
};
use ::store::{Error, Where};
use jiff::{Timestamp, civil::Date};

use super::Subject;
use crate::{door::Scope, schedule::GroupRecurrence};

/// What is read of a session: nothing that says who or why.
const COLUMNS: &str = "s.id, s.session_number, s.group_id, s.site_id, s.room_id, s.zone, s.modality, s.starts_at, \
    s.ends_at, s.status, s.cancelled_at, s.recurrence_id, s.created_at, s.updated_at";

/// Groups in one statement: the databases bound the arguments of one.
const GROUPS_MAX: usize = 5_000;

/// Which days a feed shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Window {
    /// The instants at its ends; a day is that of universal time.
    fn instants(self) -> (Value, Value) {
        let at = |day: Date| Zone::UTC.first_instant(day.at(0, 0, 0, 0)).map(|zoned| zoned.timestamp());
        (Value::Time(at(self.from).unwrap_or(Timestamp::MIN)), Value::Time(at(self.until).unwrap_or(Timestamp::MAX)))
    }
}

/// A session as a feed shows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The session.
    pub id: SessionId,
    /// Its number.
    pub number: String,
    /// Its group.
    pub group: Option<GroupId>,
    /// Its site.
    pub site: Option<SiteId>,
    /// Its room.
    pub room: Option<RoomId>,
    /// The zone of its clock.
    pub zone: Zone,
    /// How people take part.
    pub modality: Modality,
    /// The start.
    pub starts_at: Timestamp,
    /// The end.
    pub ends_at: Timestamp,
    /// Where it stands.
    pub status: SessionStatus,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// The start its series gives it.
    pub recurrence_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How the feed's practitioner leads it.
    pub role: Option<LeaderRole>,
    /// How the feed's patient or guest is booked.
    pub booking: Option<Booking>,
}

/// How somebody is booked into a session.
#[derive(Debug, Clone, Copy)]
pub struct Booking {
    /// Where the booking stands.
    pub status: ParticipantStatus,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// How they take part, when it is not as the others do.
    pub modality: Option<Modality>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The sessions of a subject that lie in a window, by time, at most `limit`.
pub async fn rows(scope: &mut Scope<'_>, subject: Subject, window: Window, limit: usize) -> Result<Vec<Row>, Error> {
    let (sql, subject, (from, until)) = match subject {
        Subject::Practitioner(id) => (led(), Value::from(&id), window.instants()),
        Subject::Patient(id) => (booked("patient_id"), Value::from(&id), window.instants()),
        Subject::Guest(id) => (booked("guest_id"), Value::from(&id), window.instants()),
        Subject::Room(id) => (in_room(), Value::from(&id), window.instants()),
        Subject::Site(id) => (at_site(), Value::from(&id), (Value::Day(window.from), Value::Day(window.until))),
    };
    let rows = scope.rows(&format!("{sql} limit {limit}"), &[subject, from, until]).await?;
    rows.iter().map(row).collect()
}

fn led() -> String {
    format!(
        "select {COLUMNS}, l.role from session_leaders l join sessions s on s.organization_id = l.organization_id \
         and s.id = l.session_id where l.organization_id = $1 and l.practitioner_id = $2 and l.starts_at >= $3 \
         and l.starts_at <= $4 and s.status <> 'voided' order by l.starts_at, l.session_id"
    )
}

fn booked(column: &str) -> String {
    format!(
        "select {COLUMNS}, null as role, p.status as booking, p.cancelled_at as booking_cancelled_at, \
         p.modality as booking_modality, p.updated_at as booking_updated_at \
         from session_participants p join sessions s on s.organization_id = p.organization_id \
         and s.id = p.session_id where p.organization_id = $1 and p.{column} = $2 and p.starts_at >= $3 \
         and p.starts_at <= $4 and s.status <> 'voided' order by p.starts_at, p.id"
    )
}

fn in_room() -> String {
    format!(
        "select {COLUMNS} from sessions s where s.organization_id = $1 and s.room_id = $2 and s.starts_at >= $3 \
         and s.starts_at <= $4 and s.status <> 'voided' order by s.starts_at, s.id"
    )
}

fn at_site() -> String {
    format!(
        "select {COLUMNS} from sessions s where s.organization_id = $1 and s.site_id = $2 and s.local_date >= $3 \
         and s.local_date <= $4 and s.status <> 'voided' order by s.local_date, s.starts_at, s.id"
    )
}

fn row(row: &::store::Row) -> Result<Row, Error> {
    let booking = match row.at::<Option<ParticipantStatus>>(15)? {
        Some(status) => {
            Some(Booking { status, cancelled_at: row.at(16)?, modality: row.at(17)?, updated_at: row.at(18)? })
        }
        None => None,
    };
    Ok(Row {
        id: row.at(0)?,
        number: row.at(1)?,
        group: row.at(2)?,
        site: row.at(3)?,
        room: row.at(4)?,
        zone: row.at(5)?,
        modality: row.at(6)?,
        starts_at: row.at(7)?,
        ends_at: row.at(8)?,
        status: row.at(9)?,
        cancelled_at: row.at(10)?,
        recurrence_id: row.at(11)?,
        created_at: row.at(12)?,
        updated_at: row.at(13)?,
        role: row.at(14)?,
        booking,
    })
}

/// When a group meets, with when anything of it last changed.
#[derive(Debug, Clone)]
pub struct Series {
    /// The rule.
    pub recurrence: GroupRecurrence,
    /// The last change of the group, of its rule, or of one of its sessions from a day on.
    pub changed_at: Timestamp,
}

/// The series of these groups; two statements for up to five thousand groups.
pub async fn series(scope: &mut Scope<'_>, groups: &BTreeSet<GroupId>, from: Date) -> Result<Vec<Series>, Error> {
    let groups: Vec<Value> = groups.iter().map(Value::from).collect();
    let mut found = Vec::new();
    for chunk in groups.chunks(GROUPS_MAX) {
        let changed = changed(scope, chunk, from).await?;
        let filter = Where::organization().and_in("group_id", chunk.to_vec());
        let tail = format!("where {} order by group_id, id", filter.sql());
        for recurrence in scope.select::<GroupRecurrence>(&tail, filter.arguments()).await? {
            let of_group = changed.iter().filter(|(group, _)| *group == recurrence.group_id).map(|(_, at)| *at);
            let changed_at = of_group.chain([recurrence.updated_at]).max().unwrap_or(recurrence.updated_at);
            found.push(Series { recurrence, changed_at });
        }
    }
    Ok(found)
}

/// When these groups, or their sessions from a day on, last changed: also those that left the feed.
async fn changed(scope: &mut Scope<'_>, groups: &[Value], from: Date) -> Result<Vec<(GroupId, Timestamp)>, Error> {
    let filter = Where::starting("g.organization_id = $1").and_in("g.id", groups.to_vec());
    let sql = format!(
        "select g.id, g.updated_at, (select max(s.updated_at) from sessions s where s.organization_id = $1 \
         and s.group_id = g.id and s.local_date >= ${}) as sessions_updated_at from groups g where {}",
        filter.arguments().len() + 2,
        filter.sql()
    );
    let mut arguments = filter.arguments().to_vec();
    arguments.push(Value::Day(from));
    let rows = scope.rows(&sql, &arguments).await?;
    let both = |row: &::store::Row| {
        let (own, sessions): (Timestamp, Option<Timestamp>) = (row.at(1)?, row.at(2)?);
        Ok((row.at(0)?, sessions.map_or(own, |sessions| sessions.max(own))))
    };
    rows.iter().map(both).collect()
}
