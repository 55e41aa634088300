//! Statements over sessions.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::{Json, Value},
    groups::Modality,
    id::{GroupId, GroupSessionTemplateId, ProgramId, RoomId, SessionId, SiteId},
    recurrence::Zone,
    roster::Person,
    sessions::{ServiceKind, SessionSource, SessionStatus, SessionType},
    text::{Name, Reason, Remark, Text},
};
use ::store::{Error, Where};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{door::Scope, templates::SessionTemplate};

/// No session is longer: what overlaps an interval starts at most this long before it.
pub(in crate::sessions) const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// A break inside a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// Its start.
    pub starts_at: Timestamp,
    /// Its end.
    pub ends_at: Timestamp,
}

::store::record! {
    /// One meeting at one time, as it is stored.
    pub struct Session(SessionId) in "sessions" {
        /// `SES-{ORG}-{YYYY}-{N}`.
        pub session_number: String,
        /// For one person or for several.
        pub session_type: SessionType,
        /// The group; none for an individual or free-standing session.
        pub group_id: Option<GroupId>,
        /// The programme.
        pub program_id: Option<ProgramId>,
        /// The title.
        pub title: Name,
        /// What it is about.
        pub topic: Option<Remark>,
        /// The site.
        pub site_id: Option<SiteId>,
        /// The room.
        pub room_id: Option<RoomId>,
        /// The zone of its clock.
        pub zone: Zone,
        /// The day it starts, by the clock on the wall.
        #[schema(value_type = String, format = Date)]
        pub local_date: Date,
        /// The time it starts, by the clock on the wall: `2026-03-02T09:00:00`.
        pub local_start: String,
        /// The planned start.
        pub starts_at: Timestamp,
        /// The planned end.
        pub ends_at: Timestamp,
        /// Breaks inside it.
        #[schema(value_type = Vec<Object>)]
        pub breaks: Json<Vec<Break>>,
        /// When it began.
        pub actual_start: Option<Timestamp>,
        /// When it ended.
        pub actual_end: Option<Timestamp>,
        /// What kind of service it is, in the clinic's words.
        pub service_type: Option<Text<1, 200>>,
        /// What it counts as.
        pub service_kind: ServiceKind,
        /// How people take part.
        pub modality: Modality,
        /// The seats.
        pub max_capacity: u32,
        /// Where it stands.
        pub status: SessionStatus,
        /// Made here or elsewhere.
        pub source: SessionSource,
        /// Why it was cancelled.
        pub cancellation_reason: Option<Reason>,
        /// When it was cancelled.
        pub cancelled_at: Option<Timestamp>,
        /// Why it was started after its day.
        pub late_entry_reason: Option<Reason>,
        /// Why it was scheduled over a conflict.
        pub conflict_reason: Option<Reason>,
        /// It was made although it clashes with another.
        pub has_conflict: bool,
        /// The start its series gives it, for good.
        pub recurrence_id: Option<String>,
        /// Changed by hand: its series and its group leave it alone.
        pub edited_by_hand: bool,
        /// When the first note of it was signed; none again once none is, after a return or a reopening.
        pub first_signed_at: Option<Timestamp>,
        /// When something of it was signed for the first time, for good.
        pub ever_signed_at: Option<Timestamp>,
        /// Since when it waits for a reviewer; none unless it does.
        pub pending_since: Option<Timestamp>,
        /// When it was last reopened.
        pub reopened_at: Option<Timestamp>,
        /// Why it was last reopened.
        pub reopen_reason: Option<Reason>,
        /// When it was voided.
        pub voided_at: Option<Timestamp>,
        /// Why it was voided.
        pub void_reason: Option<Reason>,
        /// It is on an issued invoice or an exported claim.
        pub is_billed: bool,
        /// The id in the system the record came from.
        pub external_id: Option<Text<1, 200>>,
        /// The template it starts from.
        pub template_id: Option<GroupSessionTemplateId>,
        /// That template as it was when the session started.
        #[schema(value_type = Option<SessionTemplate>)]
        pub template: Option<Json<SessionTemplate>>,
    }
}

/// The group's sessions that are still to come and stand so, by time.
pub async fn future(
    scope: &mut Scope<'_>,
    group: GroupId,
    status: SessionStatus,
    after: Timestamp,
) -> Result<Vec<Session>, Error> {
    let filter = Where::organization().and("group_id = ?", &group).and("status = ?", &status);
    // The board's days are a day behind at most, wherever the site is: the range keeps to the index.
    let from = Zone::UTC.date(after).yesterday().unwrap_or(Date::MIN);
    let filter = filter.and("local_date >= ?", Value::Day(from)).and("starts_at > ?", Value::Time(after));
    let tail = format!("where {} order by local_date, starts_at, id", filter.sql());
    scope.select(&tail, filter.arguments()).await
}

/// The group's session at this start that was neither cancelled nor voided.
pub async fn at(scope: &mut Scope<'_>, group: GroupId, starts_at: Timestamp) -> Result<Option<Session>, Error> {
    let filter = Where::organization().and("group_id = ?", &group);
    // The local day is the UTC day, the one before or the one after.
    let day = Zone::UTC.date(starts_at);
    let filter = filter.and("local_date >= ?", Value::Day(day.yesterday().unwrap_or(day)));
    let filter = filter.and("local_date <= ?", Value::Day(day.tomorrow().unwrap_or(day)));
    let filter = filter.and("starts_at = ?", Value::Time(starts_at));
    let filter = filter.and_always("status not in ('cancelled', 'voided')");
    Ok(scope.filter(&filter, "local_date, starts_at, id", 1).await?.into_iter().next())
}

/// The sessions of the group's series, by the start the series gives them: those whose start that is from a local start
/// on, and those that are on a day or later, wherever their series had them.
///
/// # Errors
/// When the database can't answer.
pub async fn of_series(
    scope: &mut Scope<'_>,
    group: GroupId,
    from: &str,
    day: Date,
) -> Result<BTreeMap<String, Session>, Error> {
    const NAMED: &str = "where organization_id = $1 and group_id = $2 and recurrence_id >= $3 \
        and recurrence_id is not null order by recurrence_id, id";
    const MOVED: &str = "where organization_id = $1 and group_id = $2 and local_date >= $3 and recurrence_id < $4 \
        order by local_date, starts_at, id";
    let mut found: Vec<Session> = scope.select(NAMED, &[(&group).into(), from.into()]).await?;
    found.extend(scope.select::<Session>(MOVED, &[(&group).into(), Value::Day(day), from.into()]).await?);
    Ok(found.into_iter().filter_map(|session| Some((session.recurrence_id.clone()?, session))).collect())
}

/// These sessions, by id.
///
/// # Errors
/// When the database can't answer.
pub async fn by_ids(scope: &mut Scope<'_>, ids: &[SessionId]) -> Result<Vec<Session>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let filter = Where::organization().and_in("id", chunk.iter().map(Value::from));
        found.extend(scope.filter::<Session>(&filter, "id", chunk.len()).await?);
    }
    Ok(found)
}

/// Takes the names their series gave them from sessions that get others, so that no two ever have one name.
///
/// # Errors
/// When the database can't answer.
pub async fn forget_names(scope: &mut Scope<'_>, sessions: &[SessionId]) -> Result<(), Error> {
    for chunk in sessions.chunks(500) {
        let filter = Where::organization().and_in("id", chunk.iter().map(Value::from));
        let sql = format!("update sessions set recurrence_id = null where {}", filter.sql());
        scope.run(&sql, filter.arguments()).await?;
    }
    Ok(())
}

/// How many people have a place in one of these sessions, each counted once.
///
/// # Errors
/// When the database can't answer.
pub async fn people_told(scope: &mut Scope<'_>, sessions: &[SessionId]) -> Result<usize, Error> {
    let mut people = BTreeSet::new();
    for chunk in sessions.chunks(500) {
        let filter = Where::organization().and_in("session_id", chunk.iter().map(Value::from));
        let filter = filter.and_always("status in ('booked', 'confirmed')");
        let sql = format!(
            "select coalesce(patient_id, guest_id) as person from session_participants where {} \
             group by coalesce(patient_id, guest_id) order by person -- unique",
            filter.sql()
        );
        for row in scope.rows(&sql, filter.arguments()).await? {
            people.insert(row.at::<String>(0)?);
        }
    }
    Ok(people.len())
}

/// The group's scheduled sessions still to come that belong to no series.
///
/// # Errors
/// When the database can't answer.
pub async fn singles(scope: &mut Scope<'_>, group: GroupId, after: Timestamp) -> Result<Vec<Session>, Error> {
    let found = future(scope, group, SessionStatus::Scheduled, after).await?;
    Ok(found.into_iter().filter(|session| session.recurrence_id.is_none()).collect())
}

/// The group's sessions still to come in which this person has a place.
pub async fn future_ids_of_person(
    scope: &mut Scope<'_>,
    group: GroupId,
    person: Person,
    after: Timestamp,
) -> Result<Vec<SessionId>, Error> {
    let (column, id) = person_column(person);
    let sql = format!(
        "select p.session_id from session_participants p join sessions s on s.organization_id = p.organization_id \
         and s.id = p.session_id where p.organization_id = $1 and p.{column} = $2 and p.starts_at > $3 \
         and p.status in ('booked', 'confirmed') and s.group_id = $4 and s.status in ('scheduled', 'cancelled') \
         order by p.starts_at, p.id"
    );
    let rows = scope.rows(&sql, &[id, Value::Time(after), (&group).into()]).await?;
    rows.iter().map(|row| row.at(0)).collect()
}

/// The column that holds the person, and their id.
pub(super) fn person_column(person: Person) -> (&'static str, Value) {
    match person {
        Person::Patient(id) => ("patient_id", Value::from(&id)),
        Person::Guest(id) => ("guest_id", Value::from(&id)),
    }
}

/// Cancels sessions, their encounters with them.
pub async fn cancel_all(scope: &mut Scope<'_>, sessions: &[Session], reason: &str) -> Result<(), Error> {
    let columns = [
        ("status", Value::from(&SessionStatus::Cancelled)),
        ("cancellation_reason", reason.into()),
        ("cancelled_at", Value::Time(scope.now())),
    ];
    scope.change_all(sessions, &columns).await?;
    super::turn_encounters(scope, sessions, super::EncounterStatus::Cancelled).await
}

/// Lets cancelled sessions take place after all.
pub async fn reinstate_all(scope: &mut Scope<'_>, sessions: &[Session]) -> Result<(), Error> {
    let columns = [
        ("status", Value::from(&SessionStatus::Scheduled)),
        ("cancellation_reason", Value::Null),
        ("cancelled_at", Value::Null),
    ];
    scope.change_all(sessions, &columns).await?;
    super::turn_encounters(scope, sessions, super::EncounterStatus::Planned).await
}

/// Saves a session that changed, and keeps its start beside its leaders and participants.
pub async fn save(scope: &mut Scope<'_>, old: &Session, new: Session) -> Result<Session, Error> {
    let saved = scope.update(old, new).await?;
    if old.starts_at != saved.starts_at {
        move_to(scope, saved.id, saved.starts_at).await?;
    }
    Ok(saved)
}

/// Keeps the start of a session beside its leaders and participants.
async fn move_to(scope: &mut Scope<'_>, session: SessionId, starts_at: Timestamp) -> Result<(), Error> {
    const LEADERS: &str = "update session_leaders set starts_at = $2 where organization_id = $1 and session_id = $3";
    const PARTICIPANTS: &str =
        "update session_participants set starts_at = $2 where organization_id = $1 and session_id = $3";
    let arguments = [Value::Time(starts_at), (&session).into()];
    scope.run(LEADERS, &arguments).await?;
    scope.run(PARTICIPANTS, &arguments).await.map(drop)
}
