//! What a series means for the sessions of its group: what is to be made, moved, cancelled. Planning only reads; the
//! caller who carries a plan out holds the lock on the group's row.

mod carry;
mod closed;
mod matching;

use std::collections::BTreeMap;

use ::rules::{
    groups::{GroupStatus, LeaderRule, leader_rule},
    holidays::Days,
    id::{SessionId, SiteId},
    recurrence::{MOST_SHIFT_DAYS, Occurrence, Part, Zone},
    sessions::{Leader, SessionStatus, with_substitutes},
    text::Remark,
};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Time},
};
use serde::{Deserialize, Serialize};

pub use carry::carry_out;
pub use closed::Closed;

use super::{GroupRecurrence, Overrides, views::SkippedMeeting};
use crate::{
    door::Scope,
    groups::Group,
    people,
    problem::Problem,
    sessions::{
        self, Session,
        clashes::{self, Surroundings},
        making,
    },
    settings::settings,
    templates::actions::group_sessions as templates,
};

/// Sessions a plan looks at, at most: more than a year of every day, and every single date.
const OCCURRENCES_MAX: usize = 1_000;

/// How far a plan goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Dates and times.
    Dates,
    /// Also what sessions have from their group and their part: title, place, seats, leaders.
    Everything,
    /// Everything, after a new rule: what is at the time of a meeting of it becomes that meeting.
    NewRule,
}

/// Why a session of the series stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Somebody edited it by hand.
    EditedByHand,
    /// Somebody cancelled it.
    Cancelled,
    /// It has begun, or is over.
    Started,
    /// Its time has come, though nobody started it.
    Past,
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// Sessions to make.
    pub create: Vec<Session>,
    /// Sessions that change: as they are, and as they will be.
    pub change: Vec<(Session, Session)>,
    /// Sessions the rule yields again: as they are, and as they will be.
    pub reinstate: Vec<(Session, Session)>,
    /// Sessions the rule no longer yields.
    pub cancel: Vec<Session>,
    /// Sessions that are not the series' to change.
    pub kept: Vec<(Session, Kept)>,
    /// Meetings on a holiday of their site, of which no session is made.
    pub skipped: Vec<SkippedMeeting>,
    /// Sessions that are as they should be.
    pub unchanged: usize,
    /// Sessions that get other leaders.
    pub led: Vec<SessionId>,
    /// Who leads each stretch.
    pub leaders: Vec<Vec<Leader>>,
    /// Which stretch a session belongs to.
    pub stretch: BTreeMap<SessionId, usize>,
    /// Leaders follow from who is booked, and are looked at again.
    pub follows_caseload: bool,
}

impl Plan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        let counts = [self.create.len(), self.change.len(), self.reinstate.len(), self.cancel.len(), self.led.len()];
        counts.iter().all(|count| *count == 0)
    }

    /// Who is to lead a session of the plan.
    pub fn leaders_of(&self, session: SessionId) -> &[Leader] {
        self.stretch.get(&session).and_then(|at| self.leaders.get(*at)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A part with what its sessions get.
struct Stretch {
    part: Part,
    overrides: Overrides,
    zone: Zone,
    seats: u32,
    leaders: Vec<Leader>,
}

/// A meeting, and the stretch that yields it.
struct Wanted {
    occurrence: Occurrence,
    stretch: usize,
}

/// The last day for which sessions are made: the same for every site, so that one question finds all that is due.
///
/// # Errors
/// When the database can't answer.
pub async fn horizon(scope: &mut Scope<'_>) -> Result<Date, Problem> {
    let weeks = settings(scope).await?.schedule_horizon_weeks;
    let today = Zone::UTC.date(scope.now());
    today.checked_add(i64::from(weeks).weeks()).map_err(|error| Problem::internal(&error))
}

/// What the series means for the group up to a day.
///
/// # Errors
/// When the database can't answer.
pub async fn plan(
    scope: &mut Scope<'_>,
    group: &Group,
    parts: &[GroupRecurrence],
    until: Date,
    reach: Reach,
) -> Result<Plan, Problem> {
    if group.status == GroupStatus::Archived {
        return Ok(Plan::default());
    }
    let stretches = stretches(scope, group, parts).await?;
    let (now, today) = (scope.now(), Zone::UTC.date(scope.now()).saturating_sub(1.days()));
    let known = sessions::of_series(scope, group.id, &first_name(&stretches, today), today).await?;
    let singles = sessions::singles(scope, group.id, now).await?;
    // A shorter horizon cancels nothing: what lies behind it is compared with the rule, too.
    let last = known.values().map(|session| session.local_date).max();
    let last = last.map_or(until, |last| last.max(until));
    let wanted = wanted(&stretches, today, last);
    let sites = stretches.iter().map(|stretch| stretch.overrides.site(group));
    let closed = Closed::read(scope, sites, Days { first: today, last }).await?;
    let held = matching::Matching { group, stretches: &stretches, closed: &closed, until, now, reach };
    let (mut starts, mut plan) = held.compare(wanted, known, &singles);
    if !settings(scope).await?.use_group_sessions {
        // What is there stays and follows its group; nothing is added until groups meet again.
        starts.clear();
        plan.reinstate.clear();
    }
    let topic = topic_of_template(scope, group, !starts.is_empty()).await?;
    for start in &starts {
        let session = draft(scope, group, topic.as_ref(), &stretches[start.stretch], &start.occurrence);
        plan.stretch.insert(session.id, start.stretch);
        plan.create.push(session);
    }
    plan.leaders = stretches.into_iter().map(|stretch| stretch.leaders).collect();
    if reach != Reach::Dates {
        follow_leaders(scope, group, &mut plan).await?;
    }
    flag_conflicts(scope, &mut plan).await?;
    Ok(plan)
}

/// The sites that a series is at.
pub fn sites(group: &Group, parts: &[GroupRecurrence]) -> Vec<SiteId> {
    parts.iter().filter(|part| !part.is_closed()).filter_map(|part| part.overrides.site(group)).collect()
}

/// Holds the sites that these series are at, whose groups the caller has locked: until the end of the transaction no
/// holiday is added there, so that no session is made on one that the plan has not seen.
///
/// # Errors
/// When the database can't answer.
pub async fn hold_sites<'a>(
    scope: &mut Scope<'_>,
    series: impl IntoIterator<Item = (&'a Group, &'a [GroupRecurrence])>,
) -> Result<(), Problem> {
    let sites: Vec<SiteId> = series.into_iter().flat_map(|(group, parts)| sites(group, parts)).collect();
    Ok(people::hold_sites(scope, &sites).await?)
}

/// Whether the leaders of a group's sessions follow from who is booked.
pub fn leads_by_caseload(group: &Group) -> bool {
    leader_rule(group.leader_rule, group.facilitator_id.is_some()) == LeaderRule::Caseload
}

async fn stretches(scope: &mut Scope<'_>, group: &Group, parts: &[GroupRecurrence]) -> Result<Vec<Stretch>, Problem> {
    let usual = making::usual_leaders(scope, group).await?;
    let usual_seats = making::seats_of(scope, Some(group)).await?;
    let ceiling = settings(scope).await?.capacity_ceiling;
    let mut stretches = Vec::with_capacity(parts.len());
    for row in parts.iter().filter(|row| !row.is_closed()) {
        let overrides = row.overrides.0.clone();
        stretches.push(Stretch {
            part: row.part(),
            zone: making::zone_of(scope, overrides.site(group)).await?,
            seats: overrides.max_capacity.unwrap_or(usual_seats).min(ceiling),
            leaders: overrides.leaders.clone().unwrap_or_else(|| usual.clone()),
            overrides,
        });
    }
    Ok(stretches)
}

/// The first name that a session still to come can have: a part may have moved its sessions to later days.
fn first_name(stretches: &[Stretch], today: Date) -> String {
    let latest = stretches.iter().map(|stretch| stretch.part.shift_minutes).max().unwrap_or_default().max(0);
    let days = (latest / ::rules::recurrence::DAY_MINUTES).min(MOST_SHIFT_DAYS) + 1;
    today.saturating_sub(days.days()).to_datetime(Time::MIN).to_string()
}

/// The meetings of all stretches, by time.
fn wanted(stretches: &[Stretch], from: Date, until: Date) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for (at, stretch) in stretches.iter().enumerate() {
        let found = stretch.part.occurrences(&stretch.zone, from, until, OCCURRENCES_MAX);
        wanted.extend(found.into_iter().map(|occurrence| Wanted { occurrence, stretch: at }));
    }
    wanted.sort_by_key(|wanted| (wanted.occurrence.starts_at, wanted.occurrence.recurrence_id));
    wanted
}

/// Whether the series may still change the session: nobody started, edited or cancelled it, and it is to come.
fn is_free(session: &Session, now: Timestamp) -> bool {
    session.status == SessionStatus::Scheduled && !session.edited_by_hand && session.starts_at > now
}

/// What the sessions of a group are about that are made from its template, if any are.
async fn topic_of_template(scope: &mut Scope<'_>, group: &Group, any: bool) -> Result<Option<Remark>, Problem> {
    let template = templates::as_it_is(scope, group.template_id.filter(|_| any)).await?;
    Ok(template.and_then(|template| template.settings.topic))
}

/// A session that is to be made, without a number.
fn draft(
    scope: &Scope<'_>,
    group: &Group,
    topic: Option<&Remark>,
    stretch: &Stretch,
    occurrence: &Occurrence,
) -> Session {
    let mut session = making::blank(scope, Some(group), group.name.clone(), stretch.zone.clone(), stretch.seats);
    session.topic = topic.cloned();
    stretch.overrides.dress(&mut session, group, &stretch.zone, stretch.seats);
    session.max_capacity = stretch.seats;
    session.recurrence_id = Some(occurrence.recurrence_id.to_string());
    session.set_times(occurrence.starts_at, occurrence.ends_at);
    session
}

/// Finds the sessions that get the leaders their stretch has now. A caseload's leaders follow from who is booked.
async fn follow_leaders(scope: &mut Scope<'_>, group: &Group, plan: &mut Plan) -> Result<(), Problem> {
    if leads_by_caseload(group) {
        plan.follows_caseload = true;
        return Ok(());
    }
    let made: Vec<SessionId> = plan.create.iter().map(|session| session.id).collect();
    let ids: Vec<SessionId> = plan.stretch.keys().copied().filter(|id| !made.contains(id)).collect();
    let before = sessions::leaders_of(scope, &ids).await?;
    let differ = |id: &SessionId| {
        let before = before.get(id).map(Vec::as_slice).unwrap_or_default();
        with_substitutes(plan.leaders_of(*id), before) != before
    };
    plan.led = ids.into_iter().filter(differ).collect();
    Ok(())
}

/// Flags new sessions whose room or a leader is not free, by one look at everything in between.
async fn flag_conflicts(scope: &mut Scope<'_>, plan: &mut Plan) -> Result<(), Problem> {
    let wanted = |session: &Session| clashes::Wanted::of(session, plan.leaders_of(session.id));
    let wanted: Vec<clashes::Wanted> = plan.create.iter().map(wanted).collect();
    let around = Surroundings::of(scope, &wanted).await?;
    for (session, wanted) in plan.create.iter_mut().zip(&wanted) {
        session.has_conflict = !around.clashes(wanted).is_empty();
    }
    Ok(())
}

/// The name of a session as the rules know it.
pub fn name_of(session: &Session) -> Option<DateTime> {
    session.recurrence_id.as_ref().and_then(|name| name.parse().ok())
}
