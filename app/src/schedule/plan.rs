//! What a recurrence means for the sessions of its group: what is to be made, moved, cancelled. Planning only reads;
//! the caller who carries a plan out holds the lock on the group's row.

use std::collections::BTreeMap;

use ::rules::{
    groups::GroupStatus,
    recurrence::{Occurrence, Recurrence, Zone},
    sessions::{Leader, LeaderRole, ParticipantSource, REASON_SERIES_CHANGED, SessionStatus},
};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Time},
};

use crate::{
    door::Scope,
    events::SessionEvent,
    groups::Group,
    problem::Problem,
    sessions::{self, Session, making},
    settings::settings,
};

/// Sessions a plan looks at, at most: more than a year of every day, and every single date.
const OCCURRENCES_MAX: usize = 1_000;

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// Sessions to make.
    pub create: Vec<Session>,
    /// Sessions whose times follow the rule, or that the rule takes in: as they are, and as they will be.
    pub change: Vec<(Session, Session)>,
    /// Sessions the rule yields again.
    pub reinstate: Vec<Session>,
    /// Sessions the rule no longer yields.
    pub cancel: Vec<Session>,
    /// Sessions that are as they should be.
    pub unchanged: usize,
    /// Who leads the new ones.
    leaders: Vec<Leader>,
}

impl Plan {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        [self.create.len(), self.change.len(), self.reinstate.len(), self.cancel.len()].iter().all(|count| *count == 0)
    }
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

/// What the recurrence means for the group up to a day.
///
/// # Errors
/// When the database can't answer.
pub async fn plan(scope: &mut Scope<'_>, group: &Group, recurrence: &Recurrence, until: Date) -> Result<Plan, Problem> {
    if group.status == GroupStatus::Archived {
        return Ok(Plan::default());
    }
    let zone = making::zone_of(scope, group.site_id).await?;
    let (now, today) = (scope.now(), zone.date(scope.now()));
    let known = sessions::of_series(scope, group.id, &today.to_datetime(Time::MIN).to_string()).await?;
    let singles = sessions::singles(scope, group.id, now).await?;
    // A shorter horizon cancels nothing: what lies behind it is compared with the rule, too.
    let last = known.keys().last().and_then(|start| start.parse::<DateTime>().ok()).map(|start| start.date());
    let reach = last.map_or(until, |last| last.max(until));
    let wanted = recurrence.occurrences(&zone, today, reach, OCCURRENCES_MAX);
    let coming = wanted.into_iter().filter(|occurrence| occurrence.starts_at > now);
    let (starts, mut plan) = compare(&zone, until, coming.collect(), known, &singles, now);
    plan.leaders = making::usual_leaders(scope, group).await?;
    plan.create = drafts(scope, group, &zone, &starts).await?;
    flag_conflicts(scope, group, &mut plan).await?;
    Ok(plan)
}

/// Whether the series may still change the session: nobody started, edited or cancelled it.
fn is_free(session: &Session) -> bool {
    session.status == SessionStatus::Scheduled && !session.edited_by_hand
}

/// Holds what the rule yields against what there is: the starts that have no session yet, and the rest of the plan.
fn compare(
    zone: &Zone,
    until: Date,
    wanted: Vec<Occurrence>,
    mut known: BTreeMap<String, Session>,
    singles: &[Session],
    now: Timestamp,
) -> (Vec<Occurrence>, Plan) {
    let (mut starts, mut plan) = (Vec::new(), Plan::default());
    for occurrence in wanted {
        match known.remove(&occurrence.recurrence_id.to_string()) {
            Some(session) => plan.keep(zone, session, &occurrence),
            None if occurrence.local_date > until => {}
            None => match singles.iter().find(|single| single.starts_at == occurrence.starts_at) {
                Some(single) => plan.adopt(single, &occurrence),
                None => starts.push(occurrence),
            },
        }
    }
    plan.cancel = known.into_values().filter(|session| is_free(session) && session.starts_at > now).collect();
    (starts, plan)
}

impl Plan {
    /// A session that is there: as it should be, at another time, or cancelled by a rule that is gone.
    fn keep(&mut self, zone: &Zone, session: Session, occurrence: &Occurrence) {
        let by_series = session.status == SessionStatus::Cancelled
            && session.cancellation_reason.as_deref() == Some(REASON_SERIES_CHANGED);
        let same = (session.starts_at, session.ends_at) == (occurrence.starts_at, occurrence.ends_at);
        if by_series {
            self.reinstate.push(session);
        } else if is_free(&session) && !same {
            let mut new = Session { zone: zone.clone(), ..session.clone() };
            new.move_to(occurrence.starts_at, occurrence.ends_at);
            self.change.push((session, new));
        } else {
            self.unchanged += 1;
        }
    }

    /// A session of the group at that very start, made by hand: it becomes the series' own.
    fn adopt(&mut self, single: &Session, occurrence: &Occurrence) {
        let recurrence_id = Some(occurrence.recurrence_id.to_string());
        self.change.push((single.clone(), Session { recurrence_id, ..single.clone() }));
    }
}

/// The sessions that are to be made, without numbers.
async fn drafts(
    scope: &mut Scope<'_>,
    group: &Group,
    zone: &Zone,
    starts: &[Occurrence],
) -> Result<Vec<Session>, Problem> {
    let seats = making::seats_of(scope, Some(group)).await?;
    let draft = |occurrence: &Occurrence| {
        let mut session = making::blank(scope, Some(group), group.name.clone(), zone.clone(), seats);
        session.recurrence_id = Some(occurrence.recurrence_id.to_string());
        session.set_times(occurrence.starts_at, occurrence.ends_at);
        session
    };
    Ok(starts.iter().map(draft).collect())
}

/// Flags new sessions whose room or leader is taken, by one look at everything in between.
async fn flag_conflicts(scope: &mut Scope<'_>, group: &Group, plan: &mut Plan) -> Result<(), Problem> {
    let (Some(first), Some(last)) = (plan.create.first(), plan.create.last()) else { return Ok(()) };
    let between = (first.starts_at, last.ends_at);
    let busy: Vec<_> = plan
        .leaders
        .iter()
        .filter(|leader| leader.role != LeaderRole::Supervisor)
        .map(|one| one.practitioner)
        .collect();
    let taken = sessions::taken_between(scope, group.room_id, &busy, between).await?;
    for session in &mut plan.create {
        session.has_conflict =
            taken.iter().any(|(starts_at, ends_at)| *starts_at < session.ends_at && *ends_at > session.starts_at);
    }
    Ok(())
}

/// Carries a plan out. The caller holds the lock on the group's row.
///
/// # Errors
/// When the database can't answer.
pub async fn carry_out(scope: &mut Scope<'_>, group: &Group, plan: Plan) -> Result<Vec<Session>, Problem> {
    if !plan.cancel.is_empty() {
        sessions::cancel_all(scope, &plan.cancel, REASON_SERIES_CHANGED).await?;
        let (count, reason) = (plan.cancel.len(), REASON_SERIES_CHANGED);
        scope.emit(SessionEvent::ManyCancelled { group: group.id, count, reason });
    }
    if !plan.reinstate.is_empty() {
        sessions::reinstate_all(scope, &plan.reinstate).await?;
        sessions::reactions::follow_roster(scope, group, &plan.reinstate).await?;
        scope.emit(SessionEvent::Reinstated { group: group.id, count: plan.reinstate.len() });
    }
    for (old, new) in &plan.change {
        sessions::save(scope, old, new.clone()).await?;
    }
    if !plan.change.is_empty() {
        scope.emit(SessionEvent::Followed { group: group.id, count: plan.change.len() });
    }
    if plan.create.is_empty() {
        return Ok(Vec::new());
    }
    let members = making::active_members(scope, group.id).await?;
    let made = making::make(scope, plan.create, &plan.leaders, &members, ParticipantSource::Roster).await?;
    making::lead_by_caseload(scope, group, &made).await?;
    scope.emit(SessionEvent::SeriesScheduled { group: group.id, count: made.len() });
    Ok(made)
}
