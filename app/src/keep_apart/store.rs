//! Statements over pairs: lists, and where two people already meet.

use ::rules::{
    column::Value,
    id::{GroupId, KeepApartId, SessionId},
    roster::Person,
};
use ::store::{Error, Where};
use jiff::Timestamp;

use crate::{
    door::Scope,
    people::{KeepApart, apart::id_of},
};

/// The most groups, and the most sessions, that an answer names.
const SHARED_MAX: usize = 50;

/// Pairs, newest first, after one.
pub async fn list(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<KeepApartId>,
    limit: usize,
) -> Result<Vec<KeepApart>, Error> {
    let filter = filter.before("id", after.map(|id| vec![Value::from(&id)]));
    scope.filter(&filter, "id desc", limit).await
}

/// Limits a list to the pairs that a person is in.
pub fn of_person(filter: Where, person: Person) -> Where {
    filter.and_each(
        "exists (select 1 from keep_apart_sides side where side.organization_id = $1 and side.pair_id = keep_apart.id \
         and side.person = ?)",
        [id_of(person)],
    )
}

/// The groups both are in, or wait for, with their names.
pub async fn shared_groups(scope: &mut Scope<'_>, one: Person, other: Person) -> Result<Vec<(GroupId, String)>, Error> {
    let (mine, theirs) = (column(one), column(other));
    let sql = format!(
        "select g.id, g.name from group_members a join group_members b on b.organization_id = a.organization_id \
         and b.group_id = a.group_id and b.{theirs} = $3 and b.status in ('active', 'waitlisted', 'offered') \
         join groups g on g.organization_id = a.organization_id and g.id = a.group_id \
         where a.organization_id = $1 and a.{mine} = $2 and a.status in ('active', 'waitlisted', 'offered') \
         order by a.added_at, a.id limit {SHARED_MAX}"
    );
    let rows = scope.rows(&sql, &[id_of(one), id_of(other)]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The sessions that are not over in which both have a place.
pub async fn shared_sessions(
    scope: &mut Scope<'_>,
    one: Person,
    other: Person,
    now: Timestamp,
) -> Result<Vec<SessionId>, Error> {
    let (mine, theirs) = (column(one), column(other));
    const PLACED: &str = "('booked', 'confirmed', 'arrived', 'attended')";
    let sql = format!(
        "select a.session_id from session_participants a join session_participants b \
         on b.organization_id = a.organization_id and b.session_id = a.session_id and b.{theirs} = $3 \
         and b.status in {PLACED} join sessions s on s.organization_id = a.organization_id and s.id = a.session_id \
         where a.organization_id = $1 and a.{mine} = $2 and a.status in {PLACED} and a.starts_at > $4 \
         and s.status in ('scheduled', 'in_progress') and s.ends_at > $5 \
         order by a.starts_at, a.id limit {SHARED_MAX}"
    );
    // No session is longer than twelve hours.
    let earliest = now.checked_sub(jiff::SignedDuration::from_hours(12)).unwrap_or(now);
    let arguments = [id_of(one), id_of(other), Value::Time(earliest), Value::Time(now)];
    scope.rows(&sql, &arguments).await?.iter().map(|row| row.at(0)).collect()
}

fn column(person: Person) -> &'static str {
    match person {
        Person::Patient(_) => "patient_id",
        Person::Guest(_) => "guest_id",
    }
}
