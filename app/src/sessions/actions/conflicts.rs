//! What clashes now, and what would clash.

use ::rules::{
    column::Value,
    id::{PatientId, PractitionerId, RoomId, SessionId, SiteId},
    permissions::Permission,
    recurrence::Zone,
    text::Name,
};
use ::store::Where;
use deserr::Deserr;
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime},
};
use utoipa::ToSchema;

use super::{
    super::{
        answers::{self, ClashView, ConflictView},
        clashes::{self, Clash, Surroundings, Wanted},
        making,
        store::{self, Session},
    },
    checks,
};
use crate::{
    door::{Cx, Scope},
    http::extract::{FieldErrors, Parsed},
    paging::{Limit, Page, bad_cursor, cursor},
    people::{Patient, Practitioner, Room, Site},
    problem::{FieldError, Problem},
    when::{Day, When},
};

/// Sessions that one page looks through, at most.
const SCAN: usize = 1_000;
/// Days that a list covers unless it is told.
pub const DAYS: i64 = 28;
/// Days that a list covers at most.
pub const DAYS_MAX: i64 = 92;
/// Leaders and participants of a question, at most.
const PEOPLE_MAX: usize = 200;

::rules::vocabulary! {
    /// What is in the way.
    pub enum ClashKind {
        /// A room or a leader is in another session.
        Taken = "taken",
        /// A leader has no hours then.
        OutsideHours = "outside_hours",
        /// A leader is away: the session needs cover.
        TimeOff = "time_off",
    }
}

/// What a list of clashing sessions is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListConflicts {
    /// Rows in a page: 1 to 200. A page may have fewer although there is a next one.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Limit>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// From this day on: today unless given.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_from: Option<Parsed<Day>>,
    /// Up to and with this day: four weeks later unless given, at most 92 days later.
    #[deserr(default)]
    #[param(value_type = Option<String>, format = Date)]
    pub date_to: Option<Parsed<Day>>,
    /// Only sessions at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only sessions this practitioner leads.
    #[deserr(default)]
    pub practitioner_id: Option<PractitionerId>,
    /// Only sessions in this room.
    #[deserr(default)]
    pub room_id: Option<RoomId>,
    /// Only clashes of this kind.
    #[deserr(default)]
    pub what: Option<ClashKind>,
}

impl ListConflicts {
    fn days(&self, today: Date) -> Result<(Date, Date), Problem> {
        let to = self.date_to.map(|day| day.0.0);
        let from = self.date_from.map_or_else(|| to.map_or(today, |to| to.min(today)), |day| day.0.0);
        let to = to.unwrap_or_else(|| from.saturating_add(DAYS.days()));
        if to < from || to > from.saturating_add(DAYS_MAX.days()) {
            let message = format!("must be from 0 to {DAYS_MAX} days after the first day");
            return Err(Problem::invalid_field("date_to", "out_of_range", message));
        }
        Ok((from, to))
    }
}

/// Sessions, scheduled or in progress, that clash now: by day and time.
///
/// # Errors
/// 422 for a bad cursor or too many days.
pub async fn list(cx: &Cx, list: &ListConflicts) -> Result<Page<ConflictView>, Problem> {
    let limit = list.limit.unwrap_or_default().0;
    let after: Option<SessionId> = cursor(list.cursor.as_deref())?;
    let (from, to) = list.days(cx.today())?;
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<Session>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let filter = Where::organization()
                .and_if("site_id = ?", list.site_id.as_ref())
                .and_if("room_id = ?", list.room_id.as_ref())
                .and("local_date >= ?", Value::Day(from))
                .and("local_date <= ?", Value::Day(to))
                .and_always("status in ('scheduled', 'in_progress')");
            let filter = match list.practitioner_id {
                Some(leader) => store::led_by(filter, &[leader]),
                None => filter,
            };
            let found = store::sessions_by_time(scope, filter, after.as_ref(), SCAN + 1).await?;
            let scanned = Page::cut(found, SCAN, |session| session.id);
            let (kept, next) = clashing(scope, scanned, list.what, limit).await?;
            Ok(Page { items: shown(scope, kept).await?, next })
        })
    })
    .await
}

type Found = (Session, Vec<Clash>);

/// Those of some sessions that clash, at most `limit`, and where to go on.
async fn clashing(
    scope: &mut Scope<'_>,
    scanned: Page<Session>,
    what: Option<ClashKind>,
    limit: usize,
) -> Result<(Vec<Found>, Option<String>), Problem> {
    let ids: Vec<SessionId> = scanned.items.iter().map(|session| session.id).collect();
    let leaders = store::leaders_of(scope, &ids).await?;
    let wanted = scanned.items.iter();
    let of = |id| leaders.get(&id).map(Vec::as_slice).unwrap_or_default();
    let wanted: Vec<Wanted> = wanted.map(|session| Wanted::of(session, of(session.id))).collect();
    let around = Surroundings::of(scope, &wanted).await?;
    let mut kept: Vec<Found> = Vec::new();
    for (session, wanted) in scanned.items.into_iter().zip(&wanted) {
        let mut clashes = around.clashes(wanted);
        clashes.retain(|clash| what.is_none_or(|what| what.as_str() == clash.code()));
        if clashes.is_empty() {
            continue;
        }
        if kept.len() == limit {
            let next = kept.last().map(|(session, _)| session.id.to_string());
            return Ok((kept, next));
        }
        kept.push((session, clashes));
    }
    Ok((kept, scanned.next))
}

async fn shown(scope: &mut Scope<'_>, found: Vec<Found>) -> Result<Vec<ConflictView>, Problem> {
    let (sessions, lists): (Vec<Session>, Vec<Vec<Clash>>) = found.into_iter().unzip();
    let lists = answers::clashes(scope, lists).await?;
    let sessions = answers::sessions(scope, sessions).await?;
    let pairs = sessions.into_iter().zip(lists);
    Ok(pairs.map(|(session, clashes)| ConflictView { session, clashes }).collect())
}

/// A question before saving: what would clash with a session at this time?
#[derive(Debug, Clone, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct AskConflicts {
    /// The session that is to change: it is in nobody's way, and what is not named here is as it is.
    #[deserr(default)]
    pub session_id: Option<SessionId>,
    /// The start: an instant with its offset, or the site's own time. Required without a session.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Parsed<When>>,
    /// The end; or give `duration_minutes`. As long as the session is, else an hour, unless given.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Parsed<When>>,
    /// How long: at most 720 minutes.
    #[deserr(default)]
    #[schema(minimum = 1, maximum = 720)]
    pub duration_minutes: Option<u32>,
    /// The site, whose clock counts.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// The room.
    #[deserr(default)]
    pub room_id: Option<RoomId>,
    /// Who leads it, supervisors aside.
    #[deserr(default)]
    pub leader_ids: Option<Vec<PractitionerId>>,
    /// Who takes part; their other sessions are warnings.
    #[deserr(default)]
    pub patient_ids: Option<Vec<PatientId>>,
}

/// What would clash with a session, before it is saved. Nothing is locked: saving asks again.
///
/// # Errors
/// 403 for patients without `patient.read`, 422 for a time that is none, or what is not there.
pub async fn ask(cx: &Cx, asked: &AskConflicts) -> Result<Page<ClashView>, Problem> {
    if asked.patient_ids.as_ref().is_some_and(|patients| !patients.is_empty()) {
        cx.require(Permission::PatientRead).await?;
    }
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            check(scope, asked).await?;
            let session = as_asked(scope, asked).await?;
            let leaders = match &asked.leader_ids {
                Some(leaders) => leaders.clone(),
                None => clashes::busy(&store::leaders(scope, session.id).await?),
            };
            let wanted = Wanted { leaders, ..Wanted::of(&session, &[]) };
            let mut found = Surroundings::of(scope, std::slice::from_ref(&wanted)).await?.clashes(&wanted);
            let patients = match &asked.patient_ids {
                Some(patients) => patients.clone(),
                None => {
                    let people = store::of_session(scope, session.id).await?.into_iter();
                    people.filter(|one| one.status.takes_seat()).filter_map(|one| one.patient_id).collect()
                }
            };
            for patient in asked.patient_ids.iter().flatten() {
                scope.record_reading("patient_sessions", patient);
            }
            let overlaps = store::booked_elsewhere(scope, &session, &patients).await?;
            found.extend(overlaps.into_iter().map(|(patient, other)| Clash::Patient(patient, other)));
            let shown = answers::clashes(scope, vec![found]).await?;
            Ok(Page { items: shown.into_iter().flatten().collect(), next: None })
        })
    })
    .await
}

/// Refuses what is not there: every bad field at once.
async fn check(scope: &mut Scope<'_>, asked: &AskConflicts) -> Result<(), Problem> {
    let (leaders, patients) = (asked.leader_ids.as_deref(), asked.patient_ids.as_deref());
    let (leaders, patients) = (leaders.unwrap_or_default(), patients.unwrap_or_default());
    let mut found = Vec::new();
    for (field, length) in [("leader_ids", leaders.len()), ("patient_ids", patients.len())] {
        if length > PEOPLE_MAX {
            found.push(FieldError::new(field, "too_many", format!("must be at most {PEOPLE_MAX} ids")));
        }
    }
    if !found.is_empty() {
        return Err(Problem::invalid(found));
    }
    let known: Vec<PractitionerId> = match asked.session_id {
        Some(id) => {
            if scope.find::<Session>(id).await?.is_none() {
                found.push(FieldError::new("session_id", "not_found", "is no session of your organization"));
            }
            store::leaders(scope, id).await?.iter().map(|leader| leader.practitioner).collect()
        }
        None => Vec::new(),
    };
    let filter = Where::organization().and_in("id", leaders.iter().map(Value::from));
    let practitioners: Vec<Practitioner> = match leaders.is_empty() {
        true => Vec::new(),
        false => scope.filter(&filter, "id", leaders.len()).await?,
    };
    let may =
        |id: &PractitionerId| practitioners.iter().any(|one| one.id == *id && (one.is_active || known.contains(id)));
    for (at, _) in leaders.iter().enumerate().filter(|(_, id)| !may(id)) {
        let message = "is no active practitioner of your organization";
        found.push(FieldError::new(format!("leader_ids[{at}]"), "not_found", message));
    }
    let filter = Where::organization().and_in("id", patients.iter().map(Value::from));
    let people: Vec<Patient> = match patients.is_empty() {
        true => Vec::new(),
        false => scope.filter(&filter, "id", patients.len()).await?,
    };
    for (at, _) in patients.iter().enumerate().filter(|(_, id)| people.iter().all(|one| one.id != **id)) {
        let message = "is no patient of your organization";
        found.push(FieldError::new(format!("patient_ids[{at}]"), "not_found", message));
    }
    found.extend(missing_place(scope, asked).await?);
    if found.is_empty() { Ok(()) } else { Err(Problem::invalid(found)) }
}

async fn missing_place(scope: &mut Scope<'_>, asked: &AskConflicts) -> Result<Vec<FieldError>, Problem> {
    let mut found = Vec::new();
    if let Some(id) = asked.site_id
        && scope.find::<Site>(id).await?.is_none()
    {
        found.push(FieldError::new("site_id", "not_found", "is no site of your organization"));
    }
    if let Some(id) = asked.room_id
        && scope.find::<Room>(id).await?.is_none()
    {
        found.push(FieldError::new("room_id", "not_found", "is no room of your organization"));
    }
    Ok(found)
}

/// The session as it would be.
async fn as_asked(scope: &mut Scope<'_>, asked: &AskConflicts) -> Result<Session, Problem> {
    let known: Option<Session> = match asked.session_id {
        Some(id) => scope.find(id).await?,
        None => None,
    };
    let site = asked.site_id.or(known.as_ref().and_then(|known| known.site_id));
    let zone = making::zone_of(scope, site).await?;
    let usual = known.as_ref().map_or(60, |known| known.ends_at.duration_since(known.starts_at).as_mins());
    let starts_at = start(asked, known.as_ref(), &zone)?;
    let ends_at = asked.ends_at.map(|when| when.0);
    let usual = u32::try_from(usual).unwrap_or(60);
    let ends_at = checks::end(&zone, starts_at, ends_at, asked.duration_minutes, usual)
        .map_err(|found| Problem::from(vec![found]))?;
    let minutes = ends_at.duration_since(starts_at).as_mins();
    let longest = store::LONGEST.as_mins();
    if !(1..=longest).contains(&minutes) {
        let message = format!("must be from 1 to {longest} minutes after the start");
        return Err(Problem::invalid_field("ends_at", "out_of_range", message));
    }
    let title = Name::parse("Session").map_err(|error| Problem::internal(&error))?;
    let mut session = known.unwrap_or_else(|| making::blank(scope, None, title, zone.clone(), 1));
    session.room_id = asked.room_id.or(session.room_id.filter(|_| session.site_id == site));
    session.site_id = site;
    session.zone = zone;
    session.set_times(starts_at, ends_at);
    Ok(session)
}

/// When it would start. At a site of another zone, the time of the clock on the wall stays.
fn start(asked: &AskConflicts, known: Option<&Session>, zone: &Zone) -> Result<Timestamp, Problem> {
    let local = |known: &Session| known.local_start.parse::<DateTime>().ok().map(When::Local);
    let stays = known.filter(|known| known.zone == *zone).map(|known| When::Instant(known.starts_at));
    let when = asked.starts_at.map(|when| when.0).or(stays).or_else(|| known.and_then(local));
    let when = when.ok_or_else(|| Problem::invalid_field("starts_at", "missing", "is required without a session"))?;
    when.instant(zone).ok_or_else(|| Problem::invalid_field("starts_at", "invalid", "is beyond the calendar"))
}
