//! Statements over who has a session's roster open.

use ::rules::{
    column::Value,
    id::{SessionId, UserId},
};
use ::store::Error;
use jiff::{SignedDuration, Timestamp};

use crate::door::Scope;

/// How long a row counts that nobody writes anew: its server may have died.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

/// One stream that is open.
#[derive(Debug, Clone)]
pub struct Viewing {
    /// The session that is looked at.
    pub session: SessionId,
    /// The number of the request that opened it.
    pub id: String,
}

fn since(now: Timestamp) -> Value {
    Value::Time(now.checked_sub(KEPT).unwrap_or(now))
}

/// Writes that the caller looks at a session, or still does; what others left behind goes.
pub async fn look(scope: &mut Scope<'_>, viewing: &Viewing) -> Result<(), Error> {
    const SEEN: &str = "insert into session_viewers (organization_id, session_id, id, user_id, seen_at) \
        values ($1, $2, $3, $4, $5) on conflict (organization_id, session_id, id) do update set seen_at = excluded.seen_at";
    const GONE: &str = "delete from session_viewers where organization_id = $1 and session_id = $2 and seen_at <= $3";
    let Some(user) = scope.cx.user() else { return Ok(()) };
    let (session, now) = (Value::from(&viewing.session), scope.now());
    let row = [session.clone(), Value::Text(viewing.id.clone()), (&user).into(), Value::Time(now)];
    scope.run(SEEN, &row).await?;
    scope.run(GONE, &[session, since(now)]).await.map(drop)
}

/// Writes that somebody looks no longer.
pub async fn leave(scope: &mut Scope<'_>, viewing: &Viewing) -> Result<(), Error> {
    const SQL: &str = "delete from session_viewers where organization_id = $1 and session_id = $2 and id = $3";
    scope.run(SQL, &[(&viewing.session).into(), Value::Text(viewing.id.clone())]).await.map(drop)
}

/// Who looks at a session, each once: user and name.
pub async fn viewers(scope: &mut Scope<'_>, session: SessionId) -> Result<Vec<(UserId, String)>, Error> {
    const SQL: &str = "select distinct v.user_id, u.display_name from session_viewers v join users u \
        on u.organization_id = v.organization_id and u.id = v.user_id \
        where v.organization_id = $1 and v.session_id = $2 and v.seen_at > $3 order by u.display_name, v.user_id";
    let since = since(scope.now());
    let rows = scope.rows(SQL, &[(&session).into(), since]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}
