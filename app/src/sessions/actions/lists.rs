//! Lists of sessions, encounters and participants.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{EncounterId, GroupId, ParticipantId, PatientId, SessionId},
    permissions::Permission,
    recurrence::Zone,
    sessions::{ParticipantStatus, SessionStatus},
};
use ::store::Where;
use deserr::Deserr;

use super::super::{
    answers::{self, EncounterView, ParticipantView, PatientSession, SessionView},
    inputs::{ListAvailable, ListSessions, SessionFilter},
    store::{self, Encounter, Participant, Session},
};
use crate::{
    audit::history::{AsOf, RecordVersion, history},
    door::{Cx, Scope},
    groups::Group,
    http::extract::{FieldErrors, Truth},
    paging::{Limit, Page, bad_cursor, cursor, days_in_order},
    people::Patient,
    problem::Problem,
};

/// Sessions by day and time. Voided ones are left out unless `status` asks.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListSessions) -> Result<Page<SessionView>, Problem> {
    days_in_order(list.date_from.map(|day| day.0.0), list.date_to.map(|day| day.0.0))?;
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<SessionId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let filter = filter(list);
            let filter = match list.facilitator_id {
                Some(leader) => store::led_by(filter, &[leader]),
                None => filter,
            };
            let filter = match list.q.as_deref().map(str::trim).filter(|question| !question.is_empty()) {
                Some(question) => asked(scope, filter, question).await?,
                None => filter,
            };
            page(scope, filter, after, limit).await
        })
    })
    .await
}

fn filter(list: &ListSessions) -> Where {
    let filter = Where::organization()
        .and_if("site_id = ?", list.site_id.as_ref())
        .and_if("group_id = ?", list.group_id.as_ref())
        .and_if("local_date >= ?", list.date_from.map(|day| Value::Day(day.0.0)))
        .and_if("local_date <= ?", list.date_to.map(|day| Value::Day(day.0.0)))
        .and_if("session_type = ?", list.r#type.as_ref());
    match list.status.map(SessionFilter::status) {
        Some(Some(status)) => filter.and("status = ?", &status),
        Some(None) => filter,
        None => filter.and_always("status <> 'voided'"),
    }
}

/// Narrows to sessions whose number begins so, or which somebody of that name leads.
async fn asked(scope: &mut Scope<'_>, filter: Where, question: &str) -> Result<Where, Problem> {
    let mut found = store::sessions_numbered(scope, &question.to_uppercase()).await?;
    if found.is_empty() {
        found = store::sessions_numbered(scope, question).await?;
    }
    if !found.is_empty() {
        return Ok(filter.and_in("id", found.iter().map(Value::from)));
    }
    let leaders = store::practitioners_named(scope, question).await?;
    Ok(store::led_by(filter, &leaders))
}

async fn page(
    scope: &mut Scope<'_>,
    filter: Where,
    after: Option<SessionId>,
    limit: usize,
) -> Result<Page<SessionView>, Problem> {
    let after = match after {
        Some(id) => Some(scope.find::<Session>(id).await?.ok_or_else(bad_cursor)?),
        None => None,
    };
    let found = store::sessions_by_time(scope, filter, after.as_ref(), limit + 1).await?;
    let page = Page::cut(found, limit, |session| session.id);
    Ok(Page { items: answers::sessions(scope, page.items).await?, next: page.next })
}

/// Scheduled sessions still to come that have a free seat.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn available(cx: &Cx, list: &ListAvailable) -> Result<Page<SessionView>, Problem> {
    days_in_order(list.date_from.map(|day| day.0.0), list.date_to.map(|day| day.0.0))?;
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<SessionId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let now = scope.now();
            // The day of the clock furthest behind: no session of another day can still be to come.
            let today = Zone::UTC.date(now).yesterday().unwrap_or(jiff::civil::Date::MIN);
            let from = list.date_from.map_or(today, |day| day.0.0.max(today));
            let filter = Where::organization()
                .and_if("site_id = ?", list.site_id.as_ref())
                .and("local_date >= ?", Value::Day(from))
                .and_if("local_date <= ?", list.date_to.map(|day| Value::Day(day.0.0)))
                .and("status = ?", &SessionStatus::Scheduled)
                .and("starts_at > ?", Value::Time(now))
                .and_if("service_type = ?", list.service_type.as_deref());
            let filter = match list.facilitator_id {
                Some(leader) => store::led_by(filter, &[leader]),
                None => filter,
            };
            page(scope, store::with_free_seats(filter), after, limit).await
        })
    })
    .await
}

/// One session.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: SessionId) -> Result<SessionView, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let session = scope.get(id).await?;
            answers::session(scope, session).await
        })
    })
    .await
}

/// The encounters of a group, newest first.
///
/// # Errors
/// 404, 422 for a bad cursor.
pub async fn encounters(
    cx: &Cx,
    group: GroupId,
    limit: usize,
    after: Option<&str>,
) -> Result<Page<EncounterView>, Problem> {
    let after: Option<EncounterId> = cursor(after)?;
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            scope.get::<Group, _>(group).await?;
            let filter = Where::organization().and("group_id = ?", &group);
            let filter = filter.and_if("id < ?", after.as_ref());
            let found: Vec<Encounter> = scope.filter(&filter, "id desc", limit + 1).await?;
            let page = Page::cut(found, limit, |encounter| encounter.id);
            Ok(Page { items: answers::encounters(scope, page.items).await?, next: page.next })
        })
    })
    .await
}

/// One encounter.
///
/// # Errors
/// 404.
pub async fn encounter(cx: &Cx, id: EncounterId) -> Result<EncounterView, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let encounter: Encounter = scope.get(id).await?;
            let mut shown = answers::encounters(scope, vec![encounter]).await?;
            shown.pop().ok_or_else(|| Problem::not_found("encounter"))
        })
    })
    .await
}

/// A patient's participations, in the order of their sessions, with the sessions.
///
/// # Errors
/// 404, 422 for a bad cursor.
pub async fn of_patient(
    cx: &Cx,
    patient: PatientId,
    limit: usize,
    after: Option<&str>,
) -> Result<Page<PatientSession>, Problem> {
    let after: Option<ParticipantId> = cursor(after)?;
    cx.require(Permission::PatientRead).await?;
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            scope.get::<Patient, _>(patient).await?;
            let after = match after {
                Some(id) => Some(scope.find::<Participant>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let filter = Where::organization().and("patient_id = ?", &patient);
            let found = store::participants_by_time(scope, filter, after.as_ref(), limit + 1).await?;
            let page = Page::cut(found, limit, |participant| participant.id);
            scope.record_reading("patient_sessions", patient);
            let items = answers::with_sessions(scope, page.items).await?;
            Ok(Page { items, next: page.next })
        })
    })
    .await
}

/// The participants of a session.
///
/// # Errors
/// 404.
pub async fn participants(cx: &Cx, session: SessionId) -> Result<Vec<ParticipantView>, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let session: Session = scope.get(session).await?;
            let found = store::of_session(scope, session.id).await?;
            scope.record_reading("participants", session.id);
            let mut shown = answers::participants(scope, &BTreeMap::from([(session.id, &session)]), found).await?;
            shown.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
            Ok(shown)
        })
    })
    .await
}

/// One participant of a session.
///
/// # Errors
/// 404.
pub async fn participant(
    cx: &Cx,
    (session, participant): (SessionId, ParticipantId),
) -> Result<ParticipantView, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let session: Session = scope.get(session).await?;
            let found: Participant = scope.get(participant).await?;
            if found.session_id != session.id {
                return Err(Problem::not_found("participant"));
            }
            scope.record_reading("participant", found.id);
            answers::participant(scope, &session, found).await
        })
    })
    .await
}

/// The versions of a participant, newest first, for who may see participants or the audit log.
///
/// # Errors
/// 403, 404, 422 for a bad cursor.
pub async fn participant_history(
    cx: &Cx,
    (session, participant): (SessionId, ParticipantId),
    as_of: &AsOf,
) -> Result<Page<RecordVersion>, Problem> {
    let versions = history::<Participant, _>(cx, Permission::GroupEncounterRead, participant, as_of).await?;
    let found: Participant = cx.read_as_oneself(|scope| Box::pin(async move { scope.get(participant).await })).await?;
    if found.session_id == session { Ok(versions) } else { Err(Problem::not_found("participant")) }
}

/// What a list of participants is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParticipants {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Only those who stand so.
    #[deserr(default)]
    pub status: Option<ParticipantStatus>,
    /// Only those whose finance is cleared, or is not.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub finance_cleared: Option<Truth>,
    /// Only those whose consent is verified, or is not.
    #[deserr(default)]
    #[param(value_type = Option<bool>)]
    pub consent_verified: Option<Truth>,
    /// The beginning of an appointment number, or of words of the person's name.
    #[deserr(default)]
    pub q: Option<String>,
}

/// Participants by the time of their sessions.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list_participants(cx: &Cx, list: &ListParticipants) -> Result<Page<ParticipantView>, Problem> {
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<ParticipantId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<Participant>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let flag = |flag: Option<Truth>| flag.map(|flag| Value::Bool(flag.0));
            let filter = Where::organization()
                .and_if("status = ?", list.status.as_ref())
                .and_if("finance_cleared = ?", flag(list.finance_cleared));
            let filter = match list.consent_verified {
                Some(verified) => store::by_consent(filter, verified.0),
                None => filter,
            };
            let question = list.q.as_deref().map(str::trim).filter(|question| !question.is_empty());
            let filter = match question {
                Some(question) => store::participants_asked(filter, question),
                None => filter,
            };
            let found = store::participants_by_time(scope, filter, after.as_ref(), limit + 1).await?;
            let page = Page::cut(found, limit, |participant| participant.id);
            let sessions = answers::sessions_of(scope, &page.items).await?;
            let by_id: BTreeMap<SessionId, &Session> = sessions.iter().map(|one| (one.id, one)).collect();
            scope.record_reading("participants", scope.cx.organization.id);
            Ok(Page { items: answers::participants(scope, &by_id, page.items).await?, next: page.next })
        })
    })
    .await
}
