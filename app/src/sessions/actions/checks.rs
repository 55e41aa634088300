//! What must hold of a session before it is saved: place, leaders, times, and nobody in two places at once.

use ::rules::{
    id::{RoomId, SiteId},
    permissions::Permission,
    recurrence::Zone,
    sessions::{Leader, SessionBounds, check_leaders},
    text::Reason,
    violation::Violation,
};
use jiff::{Timestamp, ToSpan as _};

use super::super::{
    clashes::{Clash, Surroundings, Wanted},
    inputs::{NewBreak, When},
    store::{Break, Session},
};
use crate::{
    door::{Cx, Scope},
    people::{Practitioner, Room, Site},
    problem::{FieldError, Problem},
    settings::settings,
};

/// Most leaders of one session.
const LEADERS_MAX: usize = 20;
/// Most breaks of one session.
const BREAKS_MAX: usize = 20;

/// Judges where a session is to be; `old` is where it was, which is not judged again.
pub async fn place(
    scope: &mut Scope<'_>,
    site: Option<SiteId>,
    room: Option<RoomId>,
    old: Option<&Session>,
) -> Result<Vec<Violation>, Problem> {
    let mut found = Vec::new();
    if let Some(id) = site.filter(|id| old.and_then(|old| old.site_id) != Some(*id)) {
        let site: Option<Site> = scope.find(id).await?;
        if !site.is_some_and(|site| site.is_active) {
            found.push(Violation::new("site_id", "not_found", "is no active site of your organization"));
        }
    }
    if let Some(id) = room {
        let known: Option<Room> = scope.find(id).await?;
        match known.filter(|room| room.is_active || old.and_then(|old| old.room_id) == Some(id)) {
            None => found.push(Violation::new("room_id", "not_found", "is no active room of your organization")),
            Some(room) if site != Some(room.site_id) => {
                found.push(Violation::new("room_id", "other_site", "must be a room of the session's site"));
            }
            Some(_) => {}
        }
    }
    Ok(found)
}

/// Judges who is to lead; `known` are those who lead it already.
pub async fn leaders(scope: &mut Scope<'_>, leaders: &[Leader], known: &[Leader]) -> Result<Vec<Violation>, Problem> {
    if leaders.len() > LEADERS_MAX {
        let message = format!("must be at most {LEADERS_MAX} practitioners");
        return Ok(vec![Violation::new("leaders", "too_many", message)]);
    }
    let mut found = Vec::new();
    if let Err(refusal) = check_leaders(leaders) {
        found.push(Violation::new("leaders", refusal.code(), refusal.to_string()));
    }
    for (at, leader) in leaders.iter().enumerate() {
        if known.iter().any(|old| old.practitioner == leader.practitioner) {
            continue;
        }
        let person: Option<Practitioner> = scope.find(leader.practitioner).await?;
        if !person.is_some_and(|person| person.is_active) {
            let message = "is no active practitioner of your organization";
            found.push(Violation::new(format!("leaders[{at}].practitioner_id"), "not_found", message));
        }
    }
    Ok(found)
}

/// The end of a session that starts then: as given, else so many minutes later.
pub fn end(
    zone: &Zone,
    starts_at: Timestamp,
    ends_at: Option<When>,
    minutes: Option<u32>,
    usual: u32,
) -> Result<Timestamp, Violation> {
    let wrong = |message: &str| Violation::new("ends_at", "invalid", message);
    match (ends_at, minutes) {
        (Some(_), Some(_)) => Err(wrong("is given together with `duration_minutes`: one of them is enough")),
        (Some(when), None) => when.instant(zone).ok_or_else(|| wrong("is beyond the calendar")),
        (None, minutes) => {
            let minutes = i64::from(minutes.unwrap_or(usual).min(10_000));
            starts_at.checked_add(minutes.minutes()).map_err(|_| wrong("is beyond the calendar"))
        }
    }
}

/// Breaks as they are stored.
pub fn breaks(zone: &Zone, list: &[NewBreak]) -> Result<Vec<Break>, Violation> {
    if list.len() > BREAKS_MAX {
        return Err(Violation::new("breaks", "too_many", format!("must be at most {BREAKS_MAX}")));
    }
    let read = |pause: &NewBreak| {
        let (starts_at, ends_at) = (pause.starts_at.0.instant(zone)?, pause.ends_at.0.instant(zone)?);
        Some(Break { starts_at, ends_at })
    };
    let read: Option<Vec<Break>> = list.iter().map(read).collect();
    read.ok_or_else(|| Violation::new("breaks", "invalid", "are beyond the calendar"))
}

/// Judges the numbers of a session.
pub async fn bounds(scope: &mut Scope<'_>, session: &Session) -> Result<Vec<Violation>, Problem> {
    let bounds = SessionBounds {
        session_type: session.session_type,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        breaks: session.breaks.iter().map(|pause| (pause.starts_at, pause.ends_at)).collect(),
        max_capacity: session.max_capacity,
    };
    Ok(bounds.violations(settings(scope).await?.capacity_ceiling))
}

/// Whether the caller wants to schedule over a conflict, and why.
#[derive(Debug, Clone, Copy, Default)]
pub struct Override<'a> {
    /// They do.
    pub wanted: bool,
    /// Why.
    pub reason: Option<&'a Reason>,
}

impl<'a> Override<'a> {
    /// Reads the wish of an input.
    pub fn of(wanted: Option<bool>, reason: Option<&'a Reason>) -> Self {
        Self { wanted: wanted.unwrap_or(false), reason }
    }

    /// Asks for the permission and the reason before anything else.
    ///
    /// # Errors
    /// 403, or 422 without a reason.
    pub async fn permitted(self, cx: &Cx) -> Result<(), Problem> {
        if !self.wanted {
            return Ok(());
        }
        cx.require(Permission::SessionOverrideConflict).await?;
        match self.reason {
            Some(_) => Ok(()),
            None => Err(::rules::sessions::Refusal::ReasonRequired.into()),
        }
    }
}

/// Refuses a session whose room or a leader is taken, or whose leader has no hours or is away then, unless the caller
/// overrides; says whether there is a conflict. Every clash is in the one answer. What was in the way of the session
/// already as it was `before` refuses nothing. Room and leaders are locked first, so that two sessions scheduled at
/// once, or time off approved meanwhile, can't miss each other.
pub async fn conflicts(
    scope: &mut Scope<'_>,
    wanted: &Wanted,
    before: Option<&Wanted>,
    wish: Override<'_>,
) -> Result<bool, Problem> {
    if let Some(room) = wanted.room {
        scope.lock::<Room, _>(room).await?;
    }
    for leader in &wanted.leaders {
        scope.lock::<Practitioner, _>(*leader).await?;
    }
    let both: Vec<Wanted> = before.into_iter().chain([wanted]).cloned().collect();
    let around = Surroundings::of(scope, &both).await?;
    let found = around.clashes(wanted);
    let is_old = |clash: &Clash| before.is_some_and(|before| around.is_old(clash, wanted, before));
    let new: Vec<&Clash> = found.iter().filter(|clash| !is_old(clash)).collect();
    if new.is_empty() || wish.wanted {
        return Ok(!found.is_empty());
    }
    let detail = "The room or a leader is not free at this time. Choose another time, room or leader, or override the \
        conflict with a reason.";
    let errors = new.iter().map(|clash| FieldError::new(clash.field(), clash.code(), clash.to_string()));
    Err(Problem::conflict("conflict", detail).with_errors(errors.collect()))
}
