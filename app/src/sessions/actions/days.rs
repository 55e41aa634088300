//! Sessions of a span of days: what a calendar shows.

use std::collections::BTreeMap;

use ::rules::{
    column::Value,
    id::{GroupId, PractitionerId, RoomId, SessionId, SiteId},
    permissions::Permission,
};
use ::store::Where;
use jiff::{Timestamp, civil::Date};

use super::super::{
    answers::{self, SessionView},
    store::{self, Session},
};
use crate::{
    door::{Cx, Scope},
    problem::Problem,
};

/// Which sessions a calendar asks for.
#[derive(Debug, Clone, Copy)]
pub struct InDays {
    /// The first day, by the clock of each session's site.
    pub from: Date,
    /// The last.
    pub until: Date,
    /// When the first day begins, at the site where it begins first: what ends later may go on into it.
    pub midnight: Timestamp,
    /// Only at this site.
    pub site: Option<SiteId>,
    /// Only in this room.
    pub room: Option<RoomId>,
    /// Only of this group.
    pub group: Option<GroupId>,
    /// Only led by this practitioner.
    pub leader: Option<PractitionerId>,
    /// Cancelled ones too.
    pub cancelled: bool,
}

/// The sessions of a span of days.
#[derive(Debug)]
pub struct FoundInDays {
    /// By day and time; those that began the day before and go on into the first day come first.
    pub sessions: Vec<SessionView>,
    /// There are more than were asked for.
    pub more: bool,
}

/// The sessions of a span of days, at most so many, in as many statements however many they are.
///
/// # Errors
/// 403.
pub async fn in_days(cx: &Cx, asked: &InDays, most: usize) -> Result<FoundInDays, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let mut found = store::sessions_by_time(scope, asked.filter(), None, most + 1).await?;
            let more = found.len() > most;
            found.truncate(most);
            Ok(FoundInDays { sessions: answers::sessions(scope, found).await?, more })
        })
    })
    .await
}

/// How many sessions each day has, and the first of them.
#[derive(Debug)]
pub struct FoundByDay {
    /// Each day that has any: how many, and the first.
    pub days: BTreeMap<Date, (u32, Vec<SessionView>)>,
    /// There are more than were counted: the last day is not whole, and what comes after it is missing.
    pub more: bool,
}

/// How many sessions each day has, and the first `each` of them; at most `most` are counted.
///
/// # Errors
/// 403.
pub async fn by_day(cx: &Cx, asked: &InDays, each: usize, most: usize) -> Result<FoundByDay, Problem> {
    cx.read(Permission::GroupEncounterRead, |scope| {
        Box::pin(async move {
            let filter = asked.conditions().and("local_date >= ?", Value::Day(asked.from));
            let mut known = store::days_of_sessions(scope, &filter, most + 1).await?;
            let more = known.len() > most;
            known.truncate(most);
            let mut counts: BTreeMap<Date, u32> = BTreeMap::new();
            let mut first = Vec::new();
            for (id, day) in known {
                let count = counts.entry(day).or_default();
                if usize::try_from(*count).is_ok_and(|count| count < each) {
                    first.push(id);
                }
                *count += 1;
            }
            let mut shown = shown(scope, &first).await?;
            let days = counts.into_iter().map(|(day, count)| (day, (count, shown.remove(&day).unwrap_or_default())));
            Ok(FoundByDay { days: days.collect(), more })
        })
    })
    .await
}

/// Sessions by their days, each day's by time.
async fn shown(scope: &mut Scope<'_>, ids: &[SessionId]) -> Result<BTreeMap<Date, Vec<SessionView>>, Problem> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let filter = Where::organization().and_in("id", ids.iter().map(Value::from));
    let mut found: Vec<Session> = scope.filter(&filter, "id", ids.len()).await?;
    found.sort_by_key(|session| (session.local_date, session.starts_at, session.id));
    let mut days: BTreeMap<Date, Vec<SessionView>> = BTreeMap::new();
    for session in answers::sessions(scope, found).await? {
        days.entry(session.local_date).or_default().push(session);
    }
    Ok(days)
}

impl InDays {
    /// Everything but where the days begin.
    fn conditions(&self) -> Where {
        let filter = Where::organization()
            .and_if("site_id = ?", self.site.as_ref())
            .and_if("room_id = ?", self.room.as_ref())
            .and_if("group_id = ?", self.group.as_ref())
            .and("local_date <= ?", Value::Day(self.until));
        let filter = match self.cancelled {
            true => filter.and_always("status <> 'voided'"),
            false => filter.and_always("status not in ('cancelled', 'voided')"),
        };
        match self.leader {
            Some(leader) => store::led_by(filter, &[leader]),
            None => filter,
        }
    }

    /// The days, and of the day before what goes on past its midnight.
    fn filter(&self) -> Where {
        let before = self.from.yesterday().unwrap_or(self.from);
        self.conditions()
            .and("local_date >= ?", Value::Day(before))
            .and_each("(local_date >= ? or ends_at > ?)", [Value::Day(self.from), Value::Time(self.midnight)])
    }
}
