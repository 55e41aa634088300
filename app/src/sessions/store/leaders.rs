//! Statements over who leads.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{PractitionerId, SessionId},
    sessions::Leader,
};
use ::store::{Error, Row, Where};
use jiff::Timestamp;

use super::Session;
use crate::door::Scope;

/// The leaders of a session, the primary first.
pub async fn leaders(scope: &mut Scope<'_>, session: SessionId) -> Result<Vec<Leader>, Error> {
    Ok(leaders_of(scope, &[session]).await?.remove(&session).unwrap_or_default())
}

/// The leaders of these sessions, in one statement.
pub async fn leaders_of(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
) -> Result<BTreeMap<SessionId, Vec<Leader>>, Error> {
    let filter = Where::organization().and_in("session_id", sessions.iter().map(Value::from));
    let sql = format!(
        "select session_id, practitioner_id, role, must_sign, stands_in_for from session_leaders where {} \
         order by session_id, practitioner_id",
        filter.sql()
    );
    let mut all: BTreeMap<SessionId, Vec<Leader>> = BTreeMap::new();
    for row in scope.rows(&sql, filter.arguments()).await? {
        all.entry(row.at(0)?).or_default().push(leader(&row)?);
    }
    all.values_mut().for_each(|leaders| leaders.sort_by_key(|leader| leader.role));
    Ok(all)
}

fn leader(row: &Row) -> Result<Leader, Error> {
    Ok(Leader { practitioner: row.at(1)?, role: row.at(2)?, must_sign: row.at(3)?, stands_in_for: row.at(4)? })
}

/// Replaces the leaders of sessions, in a few statements.
pub async fn set_leaders(
    scope: &mut Scope<'_>,
    sessions: &[(SessionId, Timestamp)],
    leaders: &[Leader],
) -> Result<(), Error> {
    for chunk in sessions.chunks(500) {
        let filter = Where::organization().and_in("session_id", chunk.iter().map(|(id, _)| Value::from(id)));
        scope.run(&format!("delete from session_leaders where {}", filter.sql()), filter.arguments()).await?;
    }
    add_leaders(scope, sessions, leaders).await
}

/// Gives each of these sessions leaders of its own, in a few statements.
///
/// # Errors
/// When the database can't answer.
pub async fn lead(scope: &mut Scope<'_>, changes: &[(&Session, Vec<Leader>)]) -> Result<(), Error> {
    for chunk in changes.chunks(500) {
        let filter =
            Where::organization().and_in("session_id", chunk.iter().map(|(session, _)| Value::from(&session.id)));
        scope.run(&format!("delete from session_leaders where {}", filter.sql()), filter.arguments()).await?;
    }
    let led = changes.iter().map(|(session, leaders)| ((session.id, session.starts_at), leaders.as_slice()));
    add_leaders_of_each(scope, &led.collect::<Vec<_>>()).await
}

/// Gives new sessions their leaders, all the same.
pub async fn add_leaders(
    scope: &mut Scope<'_>,
    sessions: &[(SessionId, Timestamp)],
    leaders: &[Leader],
) -> Result<(), Error> {
    let led: Vec<_> = sessions.iter().map(|session| (*session, leaders)).collect();
    add_leaders_of_each(scope, &led).await
}

/// Gives new sessions their leaders, each its own, in a few statements.
pub async fn add_leaders_of_each(
    scope: &mut Scope<'_>,
    sessions: &[((SessionId, Timestamp), &[Leader])],
) -> Result<(), Error> {
    const HEAD: &str = "insert into session_leaders \
        (organization_id, session_id, practitioner_id, role, must_sign, stands_in_for, starts_at) values";
    let mut values: Vec<Value> = Vec::with_capacity(sessions.len() * 6);
    for ((session, starts_at), leaders) in sessions {
        for Leader { practitioner, role, must_sign, stands_in_for } in *leaders {
            values.extend([session.into(), practitioner.into(), role.into(), must_sign.into()]);
            values.extend([stands_in_for.into(), starts_at.into()]);
        }
    }
    scope.insert_rows(HEAD, 6, &values).await
}

/// The primary therapists of those who have a place in these sessions, each once a session.
pub async fn therapists(
    scope: &mut Scope<'_>,
    sessions: &[SessionId],
) -> Result<BTreeMap<SessionId, Vec<PractitionerId>>, Error> {
    let filter = Where::starting("p.organization_id = $1");
    let filter = filter.and_in("p.session_id", sessions.iter().map(Value::from));
    let filter = filter.and_always("p.status not in ('cancelled', 'no_show') and t.primary_therapist_id is not null");
    let sql = format!(
        "select p.session_id, t.primary_therapist_id from session_participants p join patients t \
         on t.organization_id = p.organization_id and t.id = p.patient_id where {} \
         order by p.session_id, p.status, p.id",
        filter.sql()
    );
    let mut all: BTreeMap<SessionId, Vec<PractitionerId>> = BTreeMap::new();
    for row in scope.rows(&sql, filter.arguments()).await? {
        all.entry(row.at(0)?).or_default().push(row.at(1)?);
    }
    for therapists in all.values_mut() {
        therapists.sort_unstable();
        therapists.dedup();
    }
    Ok(all)
}
