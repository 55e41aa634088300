//! Lists of sessions and participants, in pages.

use ::rules::{
    column::Value,
    id::{PractitionerId, SessionId},
    text::{fold, prefix_end, tokens},
};
use ::store::{Error, Where};
use jiff::civil::Date;

use super::{Participant, Session};
use crate::{door::Scope, people::Practitioner};

/// Sessions by day and time, after a row.
pub async fn sessions_by_time(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Session>,
    limit: usize,
) -> Result<Vec<Session>, Error> {
    let position = after.map(|last| vec![Value::Day(last.local_date), Value::Time(last.starts_at), (&last.id).into()]);
    let order = "local_date, starts_at, id";
    scope.filter(&filter.after(order, position), order, limit).await
}

/// The ids and days of sessions, by day and time.
pub async fn days_of_sessions(
    scope: &mut Scope<'_>,
    filter: &Where,
    limit: usize,
) -> Result<Vec<(SessionId, Date)>, Error> {
    let sql = format!(
        "select id, local_date from sessions where {} order by local_date, starts_at, id limit {limit}",
        filter.sql()
    );
    let rows = scope.rows(&sql, filter.arguments()).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// Participants by the time of their sessions, after a row; those of voided sessions are left out.
pub async fn participants_by_time(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<&Participant>,
    limit: usize,
) -> Result<Vec<Participant>, Error> {
    const VOIDED: &str = "not exists (select 1 from sessions v where v.organization_id = \
        session_participants.organization_id and v.id = session_participants.session_id and v.status = 'voided')";
    let position = after.map(|last| vec![Value::Time(last.starts_at), (&last.id).into()]);
    let filter = filter.and_always(VOIDED);
    scope.filter(&filter.after("starts_at, id", position), "starts_at, id", limit).await
}

/// The sessions whose number begins so, at most 200.
pub async fn sessions_numbered(scope: &mut Scope<'_>, prefix: &str) -> Result<Vec<SessionId>, Error> {
    let filter = Where::organization().and("session_number >= ?", prefix);
    let filter = filter.and_if("session_number < ?", prefix_end(prefix).as_deref());
    let sql = format!("select id from sessions where {} order by session_number limit 200 -- unique", filter.sql());
    scope.rows(&sql, filter.arguments()).await?.iter().map(|row| row.at(0)).collect()
}

/// The practitioners in whose name every one of these words begins a word, at most 20.
pub async fn practitioners_named(scope: &mut Scope<'_>, question: &str) -> Result<Vec<PractitionerId>, Error> {
    let filter = Where::organization();
    let everybody: Vec<Practitioner> = scope.filter(&filter, "family_name, given_name, id", 5_000).await?;
    let wanted = fold(question);
    let matches = |person: &Practitioner| {
        let name = fold(&person.display_name());
        !wanted.is_empty() && wanted.split(' ').all(|word| name.split(' ').any(|part| part.starts_with(word)))
    };
    Ok(everybody.iter().filter(|person| matches(person)).map(|person| person.id).take(20).collect())
}

/// Narrows a list of sessions to those that one of these practitioners leads; of nobody, to none.
pub fn led_by(filter: Where, leaders: &[PractitionerId]) -> Where {
    if leaders.is_empty() {
        return filter.and_always("1 = 0");
    }
    let each = vec!["l.practitioner_id = ?"; leaders.len()].join(" or ");
    let condition = format!(
        "exists (select 1 from session_leaders l where l.organization_id = sessions.organization_id \
         and l.session_id = sessions.id and ({each}))"
    );
    filter.and_each(&condition, leaders.iter().map(Value::from))
}

/// Narrows a list of sessions to those with a free seat.
pub fn with_free_seats(filter: Where) -> Where {
    filter.and_always(
        "max_capacity > (select count(*) from session_participants p \
         where p.organization_id = sessions.organization_id and p.session_id = sessions.id \
         and p.status not in ('cancelled', 'no_show'))",
    )
}

/// Words of one search, at most: more would only cost time.
const WORDS_MAX: usize = 8;

/// Narrows a list of participants to a number that begins so, or to people in whose name every word begins a word.
pub fn participants_asked(filter: Where, question: &str) -> Where {
    const HEAD: &str = "exists (select 1 from search_tokens t \
        where t.organization_id = session_participants.organization_id \
        and t.subject_id = coalesce(session_participants.patient_id, session_participants.guest_id) and t.token >= ?";
    let number = question.to_uppercase();
    if number.starts_with("APT-") {
        let filter = filter.and("appointment_number >= ?", number.as_str());
        return filter.and_if("appointment_number < ?", prefix_end(&number).as_deref());
    }
    let words = tokens(question);
    if words.is_empty() {
        return filter.and_always("1 = 0");
    }
    words.into_iter().take(WORDS_MAX).fold(filter, |filter, word| match prefix_end(&word) {
        Some(end) => filter.and_each(&format!("{HEAD} and t.token < ?)"), [Value::Text(word), Value::Text(end)]),
        None => filter.and_each(&format!("{HEAD})"), [Value::Text(word)]),
    })
}
