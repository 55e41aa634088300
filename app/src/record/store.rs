//! Statements over what is written about sessions, and what is not.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    column::Value,
    id::{EncounterId, NoteId, PractitionerId, SessionId},
};
use ::store::{Error, Where};
use jiff::{SignedDuration, Timestamp};

use crate::{door::Scope, sessions::Session};

/// How each note of an encounter stands, in order of creation.
pub async fn notes(scope: &mut Scope<'_>, encounter: EncounterId) -> Result<Vec<String>, Error> {
    const SQL: &str = "select status from notes where organization_id = $1 and encounter_id = $2 order by id";
    let rows = scope.rows(SQL, &[(&encounter).into()]).await?;
    rows.iter().map(|row| row.at(0)).collect()
}

/// How each chart entry of a session stands, in order of creation.
pub async fn entries(scope: &mut Scope<'_>, session: SessionId) -> Result<Vec<String>, Error> {
    const SQL: &str = "select status from chart_entries where organization_id = $1 and session_id = $2 order by id";
    let rows = scope.rows(SQL, &[(&session).into()]).await?;
    rows.iter().map(|row| row.at(0)).collect()
}

/// The current notes of one encounter, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Signed.
    pub signed: u32,
    /// Being written.
    pub drafts: u32,
    /// The first that is signed.
    pub first_signed: Option<NoteId>,
    /// Being written again, because a reviewer sent them back.
    pub returned: u32,
    /// What the reviewer said of the first of these.
    pub comment: Option<String>,
    /// Who that was; none where it was sent back before this was kept.
    pub returned_by_name: Option<String>,
    /// When.
    pub returned_at: Option<Timestamp>,
}

/// The current notes of these encounters in numbers, in one statement.
pub async fn tallies(scope: &mut Scope<'_>, encounters: &[EncounterId]) -> Result<BTreeMap<EncounterId, Tally>, Error> {
    let filter = Where::organization().and_in("encounter_id", encounters.iter().map(Value::from));
    let filter = filter.and_always("status in ('draft', 'signed')");
    let sql = format!(
        "select encounter_id, id, status, return_comment, returned_by_name, returned_at from notes where {} \
         order by encounter_id, id",
        filter.sql()
    );
    let mut found: BTreeMap<EncounterId, Tally> = BTreeMap::new();
    for row in scope.rows(&sql, filter.arguments()).await? {
        let tally = found.entry(row.at(0)?).or_default();
        if row.at::<String>(2)? == "signed" {
            tally.signed += 1;
            tally.first_signed = tally.first_signed.or(Some(row.at(1)?));
        } else {
            tally.drafts += 1;
            if let Some(comment) = row.at::<Option<String>>(3)? {
                if tally.returned == 0 {
                    (tally.comment, tally.returned_by_name, tally.returned_at) =
                        (Some(comment), row.at(4)?, row.at(5)?);
                }
                tally.returned += 1;
            }
        }
    }
    Ok(found)
}

/// No session is longer than this: what ended early ends at most this long from now.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// Limits sessions to those whose time is over and that are neither documented nor called off. History of another
/// system demands no notes.
pub fn undone(filter: Where, now: Timestamp) -> Where {
    let horizon = now.checked_add(LONGEST).unwrap_or(Timestamp::MAX);
    filter
        .and_always("status in ('scheduled', 'in_progress')")
        .and_always("source = 'scheduled'")
        .and("ends_at <= ?", Value::Time(horizon))
        .and("(ends_at <= ? or actual_end is not null)", Value::Time(now))
}

/// A note of a session was sent back, and is not signed again.
pub const RETURNED: &str = "exists (select 1 from encounters e join notes n on n.organization_id = e.organization_id \
    and n.encounter_id = e.id where e.organization_id = sessions.organization_id and e.session_id = sessions.id \
    and n.status = 'draft' and n.return_comment is not null)";

/// Limits sessions to those with a note that was sent back, or to those without.
pub fn returned(filter: Where, is_returned: bool) -> Where {
    filter.and_always(&if is_returned { RETURNED.to_owned() } else { format!("not {RETURNED}") })
}

/// Whether a session has a note that was sent back.
pub async fn is_returned(scope: &mut Scope<'_>, session: SessionId) -> Result<bool, Error> {
    Ok(!returned_among(scope, &[session]).await?.is_empty())
}

/// Those of these sessions that have a note that was sent back.
pub async fn returned_among(scope: &mut Scope<'_>, sessions: &[SessionId]) -> Result<BTreeSet<SessionId>, Error> {
    let filter = returned(Where::organization().and_in("id", sessions.iter().map(Value::from)), true);
    let sql = format!("select id from sessions where {} order by id", filter.sql());
    scope.rows(&sql, filter.arguments()).await?.iter().map(|row| row.at(0)).collect()
}

/// Limits sessions to those that wait for a reviewer who neither led nor signed them.
pub fn pending(filter: Where, reviewer: Option<PractitionerId>) -> Where {
    let filter = filter.and_always("status = 'pending_review'");
    let Some(me) = reviewer else { return filter };
    filter
        .and(
            "not exists (select 1 from session_leaders l where l.organization_id = sessions.organization_id \
         and l.session_id = sessions.id and l.practitioner_id = ?)",
            &me,
        )
        .and(
            "not exists (select 1 from encounters e join note_signatures s on s.organization_id = e.organization_id \
         and s.encounter_id = e.id where e.organization_id = sessions.organization_id and e.session_id = sessions.id \
         and s.practitioner_id = ? and s.meaning <> 'review')",
            &me,
        )
}

/// Sessions by their planned end, after a row.
pub async fn by_end(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Session>,
    limit: usize,
) -> Result<Vec<Session>, Error> {
    let position = after.map(|last| vec![Value::Time(last.ends_at), (&last.id).into()]);
    scope.filter(&filter.after("ends_at, id", position), "ends_at, id", limit).await
}

/// How many sessions there are, up to a number nobody counts beyond.
pub async fn count(scope: &mut Scope<'_>, filter: &Where, most: u32) -> Result<u32, Error> {
    let sql =
        format!("select count(*) as n from (select id from sessions where {} limit {most}) counted", filter.sql());
    scope.row(&sql, filter.arguments()).await?.map_or(Ok(0), |row| row.at(0))
}
