//! Which session is which meeting: by the name its series gave it, or by its start where the rule is new.

use std::collections::{BTreeMap, BTreeSet};

use ::rules::{
    recurrence::Occurrence,
    sessions::{REASON_SERIES_CHANGED, SessionStatus},
};
use jiff::{Timestamp, civil::Date};

use super::{Closed, Kept, Plan, Reach, Stretch, Wanted, is_free};
use crate::{groups::Group, people::Holiday, schedule::views::SkippedMeeting, sessions::Session};

/// What meetings and sessions are held against each other with.
pub struct Matching<'a> {
    pub group: &'a Group,
    pub stretches: &'a [Stretch],
    pub closed: &'a Closed,
    pub until: Date,
    pub now: Timestamp,
    pub reach: Reach,
}

impl Matching<'_> {
    /// Holds what the rule yields against what there is: the meetings that have no session yet, and the rest of the
    /// plan.
    pub fn compare(
        &self,
        wanted: Vec<Wanted>,
        mut known: BTreeMap<String, Session>,
        singles: &[Session],
    ) -> (Vec<Wanted>, Plan) {
        let (mut starts, mut plan) = (Vec::new(), Plan::default());
        let named: BTreeSet<String> = wanted.iter().map(|one| one.occurrence.recurrence_id.to_string()).collect();
        let coming: Vec<Wanted> = wanted.into_iter().filter(|one| one.occurrence.starts_at > self.now).collect();
        let mut pairs: BTreeMap<usize, Session> = BTreeMap::new();
        if self.reach == Reach::NewRule {
            by_start(&coming, &mut known, &mut pairs);
        }
        for (at, wanted) in coming.into_iter().enumerate() {
            let name = wanted.occurrence.recurrence_id.to_string();
            match pairs.remove(&at).or_else(|| known.remove(&name)) {
                Some(session) => self.keep(&mut plan, session, &wanted),
                None if wanted.occurrence.local_date > self.until => {}
                None => match singles.iter().find(|single| single.starts_at == wanted.occurrence.starts_at) {
                    Some(single) => adopt(&mut plan, single, &wanted.occurrence),
                    None => match self.holiday(&wanted) {
                        Some(holiday) => plan.skipped.push(SkippedMeeting::of(&wanted.occurrence, holiday)),
                        None => starts.push(wanted),
                    },
                },
            }
        }
        for (name, session) in known {
            if is_free(&session, self.now) && !named.contains(&name) {
                plan.cancel.push(session);
            } else if session.starts_at > self.now
                && let Some(why) = self.why_kept(&session)
            {
                plan.kept.push((session, why));
            }
        }
        (starts, plan)
    }

    /// The holiday that a meeting falls on, where it would be.
    fn holiday(&self, wanted: &Wanted) -> Option<&Holiday> {
        let site = self.stretches[wanted.stretch].overrides.site(self.group);
        self.closed.on(site, wanted.occurrence.local_date)
    }

    /// A session that is there: as it should be, otherwise, or cancelled by a rule that is gone.
    fn keep(&self, plan: &mut Plan, session: Session, wanted: &Wanted) {
        let by_series = session.status == SessionStatus::Cancelled
            && session.cancellation_reason.as_deref() == Some(REASON_SERIES_CHANGED);
        // What the series cancelled itself is not taken up again on a holiday.
        let holiday = if by_series { self.holiday(wanted) } else { None };
        if (!by_series || holiday.is_some())
            && let Some(why) = self.why_kept(&session)
        {
            plan.skipped.extend(holiday.map(|holiday| SkippedMeeting::of(&wanted.occurrence, holiday)));
            plan.unchanged += 1;
            let name = Some(wanted.occurrence.recurrence_id.to_string());
            if self.reach == Reach::NewRule && session.recurrence_id != name {
                plan.change.push((session.clone(), Session { recurrence_id: name, ..session.clone() }));
            }
            plan.kept.push((session, why));
            return;
        }
        let new = self.as_wanted(&session, wanted);
        let is_moved = (new.local_date, new.site_id) != (session.local_date, session.site_id);
        // What is there already takes place; nothing is moved to where the site is closed.
        if is_moved && let Some(holiday) = self.holiday(wanted) {
            plan.skipped.push(SkippedMeeting::of(&wanted.occurrence, holiday));
            plan.cancel.push(session);
            return;
        }
        plan.stretch.insert(session.id, wanted.stretch);
        if by_series {
            plan.reinstate.push((session, new));
        } else if new == session {
            plan.unchanged += 1;
        } else {
            plan.change.push((session, new));
        }
    }

    fn why_kept(&self, session: &Session) -> Option<Kept> {
        match session.status {
            SessionStatus::Cancelled | SessionStatus::Voided => Some(Kept::Cancelled),
            SessionStatus::Scheduled if session.edited_by_hand => Some(Kept::EditedByHand),
            SessionStatus::Scheduled if session.starts_at <= self.now => Some(Kept::Past),
            SessionStatus::Scheduled => None,
            _ => Some(Kept::Started),
        }
    }

    /// The session as its series wants it.
    fn as_wanted(&self, session: &Session, wanted: &Wanted) -> Session {
        let mut new = session.clone();
        let stretch = &self.stretches[wanted.stretch];
        new.zone = stretch.zone.clone();
        if self.reach != Reach::Dates {
            stretch.overrides.dress(&mut new, self.group, &stretch.zone, stretch.seats);
            new.max_capacity = stretch.seats;
        }
        new.recurrence_id = Some(wanted.occurrence.recurrence_id.to_string());
        let times = (wanted.occurrence.starts_at, wanted.occurrence.ends_at);
        if (new.starts_at, new.ends_at) != times || new.zone != session.zone {
            new.move_to(times.0, times.1);
        }
        new
    }
}

/// A session of the group at that very start, made by hand: it becomes the series' own.
fn adopt(plan: &mut Plan, single: &Session, occurrence: &Occurrence) {
    let recurrence_id = Some(occurrence.recurrence_id.to_string());
    plan.change.push((single.clone(), Session { recurrence_id, ..single.clone() }));
}

/// Pairs meetings of a new rule with the sessions that are at their start, those of their own name first.
fn by_start(wanted: &[Wanted], known: &mut BTreeMap<String, Session>, pairs: &mut BTreeMap<usize, Session>) {
    for (at, wanted) in wanted.iter().enumerate() {
        let name = wanted.occurrence.recurrence_id.to_string();
        let starts_at = wanted.occurrence.starts_at;
        let own = known.get(&name).is_some_and(|session| session.starts_at == starts_at).then_some(name);
        let live = |session: &Session| session.status != SessionStatus::Voided;
        let at_start = || known.iter().find(|(_, session)| session.starts_at == starts_at && live(session));
        if let Some(name) = own.or_else(|| at_start().map(|(name, _)| name.clone()))
            && let Some(session) = known.remove(&name)
        {
            pairs.insert(at, session);
        }
    }
}
