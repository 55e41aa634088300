//! Statements over who writes where just now.

use std::collections::BTreeSet;

use ::rules::{
    column::Value,
    id::{NoteId, SessionId},
};
use ::store::Error;
use jiff::{SignedDuration, Timestamp};

use super::super::actions::{NoteStanding, WriterView};
use crate::{door::Scope, problem::Problem};

/// After this nobody asks for a row any more, and whoever writes next takes it away.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);

/// Writes down where the caller is; takes away what is long past.
pub async fn writes(scope: &mut Scope<'_>, session: SessionId, note: Option<NoteId>) -> Result<(), Error> {
    const UPSERT: &str = "insert into note_writers (organization_id, session_id, user_id, note_id, seen_at) \
        values ($1, $2, $3, $4, $5) on conflict (organization_id, session_id, user_id) \
        do update set note_id = excluded.note_id, seen_at = excluded.seen_at";
    const FORGET: &str = "delete from note_writers where organization_id = $1 and seen_at < $2";
    let Some(user) = scope.cx.user() else { return Ok(()) };
    let now = scope.now();
    let past = now.checked_sub(FORGOTTEN).unwrap_or(Timestamp::MIN);
    scope.run(FORGET, &[Value::Time(past)]).await?;
    let note = note.map_or(Value::Null, |note| Value::from(&note));
    scope.run(UPSERT, &[(&session).into(), (&user).into(), note, Value::Time(now)]).await?;
    Ok(())
}

/// Who else was seen in the documentation of a session since an instant, by name.
pub async fn writers(scope: &mut Scope<'_>, session: SessionId, since: Timestamp) -> Result<Vec<WriterView>, Problem> {
    const SQL: &str = "select w.user_id, u.display_name, w.note_id, w.seen_at from note_writers w \
        join users u on u.organization_id = w.organization_id and u.id = w.user_id \
        where w.organization_id = $1 and w.session_id = $2 and w.seen_at >= $3 order by w.user_id -- unique";
    let me = scope.cx.user();
    let rows = scope.rows(SQL, &[(&session).into(), Value::Time(since)]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let (user_id, name, note_id, seen_at) = (row.at(0)?, row.at(1)?, row.at(2)?, row.at(3)?);
        found.push(WriterView { user_id, name, note_id, seen_at });
    }
    found.retain(|one| Some(one.user_id) != me);
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Drafts of a session that somebody else wrote in last who leads it and must sign.
pub async fn drafts_of_other_leaders(scope: &mut Scope<'_>, session: SessionId) -> Result<BTreeSet<NoteId>, Error> {
    const SQL: &str = "select n.id from encounters e join notes n \
        on n.organization_id = e.organization_id and n.encounter_id = e.id \
        join practitioners p on p.organization_id = n.organization_id and p.user_id = n.edited_by_user \
        join session_leaders l on l.organization_id = e.organization_id and l.session_id = e.session_id \
        and l.practitioner_id = p.id and l.must_sign = true \
        where e.organization_id = $1 and e.session_id = $2 and n.status = 'draft' and n.edited_by_user <> $3 order by n.id";
    let me = scope.cx.user().map_or(Value::Null, |user| Value::from(&user));
    scope.rows(SQL, &[(&session).into(), me]).await?.iter().map(|row| row.at(0)).collect()
}

/// Where the notes of a session that count stand, in order of creation.
pub async fn standings(scope: &mut Scope<'_>, session: SessionId) -> Result<Vec<NoteStanding>, Error> {
    const SQL: &str = "select n.id, n.status, n.version from encounters e join notes n \
        on n.organization_id = e.organization_id and n.encounter_id = e.id \
        where e.organization_id = $1 and e.session_id = $2 and n.status in ('draft', 'signed') order by n.id";
    let rows = scope.rows(SQL, &[(&session).into()]).await?;
    rows.iter().map(|row| Ok(NoteStanding { id: row.at(0)?, status: row.at(1)?, version: row.at(2)? })).collect()
}
