//! The parts of a series: which holds now, how a new rule replaces them, how one is split.

use ::rules::{
    column::Json,
    recurrence::{DAY_MINUTES, MOST_SHIFT_DAYS, Recurrence, Zone},
};
use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, Time},
};

use super::super::{
    Overrides,
    store::{self, GroupRecurrence},
    views::PartView,
};
use crate::{door::Scope, groups::Group, problem::Problem};

/// Parts of one series that still yield something, at most: more, and it is time for a new rule.
pub const PARTS_MAX: usize = 60;
/// Beyond every date.
const LAST_DAY: Date = Date::constant(2199, 12, 31);

/// Refuses when the caller has read another version of the series.
///
/// # Errors
/// 412.
pub fn current(scope: &Scope<'_>, parts: &[GroupRecurrence]) -> Result<(), Problem> {
    match (parts.iter().find(|part| part.is_head()), scope.cx.request.if_match) {
        (Some(head), Some(version)) if head.version != version => Err(Problem::stale(Some(head.version))),
        _ => Ok(()),
    }
}

/// The part of the next meeting; when none is to come, the last.
pub fn in_force<'a>(parts: &'a [GroupRecurrence], zone: &Zone, today: Date) -> Option<&'a GroupRecurrence> {
    let live = || parts.iter().filter(|part| !part.is_closed());
    let next = |part: &&GroupRecurrence| {
        part.part().occurrences(zone, today, LAST_DAY, 1).first().map(|occurrence| occurrence.starts_at)
    };
    let coming = live().filter_map(|part| next(&part).map(|first| (first, part))).min_by_key(|(first, _)| *first);
    coming.map(|(_, part)| part).or_else(|| live().next_back())
}

/// The parts that are not over yet, as they are shown.
pub fn views(parts: &[GroupRecurrence], zone: &Zone, today: Date) -> Vec<PartView> {
    let live = parts.iter().filter(|part| !part.is_closed());
    let mut shown: Vec<PartView> = live.filter_map(|part| view(part, zone, today)).collect();
    shown.sort_by_key(|part| part.from);
    shown
}

/// A part as it is shown; none when it is over.
fn view(row: &GroupRecurrence, zone: &Zone, today: Date) -> Option<PartView> {
    let part = row.part();
    part.occurrences(zone, today, LAST_DAY, 1).first()?;
    let first = part.occurrences(zone, Date::constant(1900, 1, 1), LAST_DAY, 1);
    // Only a part with an end has a last meeting that can be looked up.
    let last = part.before.map(|before| {
        let end = part.moved(before).unwrap_or(before).date();
        let found = part.occurrences(zone, end.saturating_sub(800.days()), end, 1_000);
        found.last().map_or(end, |occurrence| occurrence.local_date)
    });
    Some(PartView {
        from: first.first().map(|occurrence| occurrence.local_date),
        until: last,
        words: part.describe(),
        recurrence: part.shown(),
        overrides: row.overrides.0.clone(),
    })
}

/// A new row for a part.
fn row(scope: &Scope<'_>, group: &Group, recurrence: &Recurrence, starts_from: String) -> GroupRecurrence {
    GroupRecurrence {
        id: scope.id(),
        group_id: group.id,
        recurrence: Json(recurrence.clone()),
        own_duration: false,
        filled_until: Date::constant(1900, 1, 1),
        starts_from,
        ends_before: None,
        overrides: Json(Overrides::default()),
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    }
}

/// The parts after a new rule: alone, or from a day on.
///
/// # Errors
/// 422 when a meeting that was moved to before that day and one of the new rule would have the same name.
pub fn replaced(
    scope: &Scope<'_>,
    group: &Group,
    old: &[GroupRecurrence],
    (recurrence, own_duration): (&Recurrence, bool),
    from: Option<Date>,
) -> Result<Vec<GroupRecurrence>, Problem> {
    let starts_from = from.map(|day| day.to_datetime(Time::MIN));
    let mut parts: Vec<GroupRecurrence> = old.iter().map(|part| cut(part, starts_from)).collect();
    if !parts.iter().any(GroupRecurrence::is_head) {
        parts.push(cut(&row(scope, group, recurrence, String::new()), None));
    }
    let name = starts_from.map(|start| start.to_string()).unwrap_or_default();
    let at = parts.iter().position(|part| part.starts_from == name).unwrap_or_else(|| {
        parts.push(row(scope, group, recurrence, name));
        parts.len() - 1
    });
    let new = &mut parts[at];
    (new.recurrence, new.own_duration) = (Json(recurrence.clone()), own_duration);
    (new.ends_before, new.overrides) = (None, Json(Overrides::default()));
    parts.sort_by(|a, b| a.starts_from.cmp(&b.starts_from));
    check_names(&parts, from)?;
    few(&parts)?;
    Ok(parts)
}

/// The part up to a start on the clock on the wall; without one, closed.
fn cut(part: &GroupRecurrence, at: Option<DateTime>) -> GroupRecurrence {
    let closed = || GroupRecurrence { ends_before: Some(part.starts_from.clone()), ..part.clone() };
    let Some(at) = at else { return closed() };
    // The part names its meetings by where the rule has them.
    let at = at.checked_sub(part.overrides.shift_minutes.minutes()).unwrap_or(at).to_string();
    if part.starts_from >= at {
        return closed();
    }
    let ends_before = part.ends_before.clone().filter(|end| *end < at).unwrap_or(at);
    GroupRecurrence { ends_before: Some(ends_before), ..part.clone() }
}

/// A meeting that was moved to an earlier day keeps its name; a new rule from that day on may not yield it again.
fn check_names(parts: &[GroupRecurrence], from: Option<Date>) -> Result<(), Problem> {
    let live: Vec<_> = parts.iter().filter(|part| !part.is_closed()).map(GroupRecurrence::part).collect();
    let Some(from) = from.filter(|_| live.iter().any(|part| part.shift_minutes < 0)) else { return Ok(()) };
    let until = from.saturating_add((MOST_SHIFT_DAYS + 1).days());
    let first = from.saturating_sub((MOST_SHIFT_DAYS + 1).days());
    let mut names = std::collections::BTreeSet::new();
    for part in &live {
        for occurrence in part.occurrences(&Zone::UTC, first, until, 2_000) {
            if !names.insert(occurrence.recurrence_id) {
                let message = "is too near to sessions that were moved here from later days. Choose a later day, or \
                    leave it out to change everything that is to come";
                return Err(Problem::invalid_field("from", "too_near", message));
            }
        }
    }
    Ok(())
}

fn few(parts: &[GroupRecurrence]) -> Result<(), Problem> {
    if parts.iter().filter(|part| !part.is_closed()).count() <= PARTS_MAX {
        return Ok(());
    }
    let detail = format!(
        "This series has changed {PARTS_MAX} times already. Set a new rule in the schedule of the group instead."
    );
    Err(Problem::unprocessable("too_many_parts", detail))
}

/// What changes from a meeting on.
#[derive(Debug, Default)]
pub struct Delta {
    /// Each meeting is so many minutes later than it was.
    pub later_by: i64,
    /// Each is so long.
    pub duration_minutes: Option<u32>,
    /// What else its sessions have different from the group.
    pub overrides: Overrides,
}

impl Delta {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.later_by == 0 && self.duration_minutes.is_none() && self.overrides == Overrides::default()
    }
}

/// The part that holds the meeting of this name.
pub fn holder<'a>(parts: &'a [GroupRecurrence], name: &str) -> Option<&'a GroupRecurrence> {
    let held = |part: &&GroupRecurrence| {
        part.starts_from.as_str() <= name && part.ends_before.as_deref().is_none_or(|end| name < end)
    };
    parts.iter().find(held)
}

/// The parts after a change from the meeting of a name on: the part that holds it is split there, unless it begins
/// there, and everything from there on changes.
///
/// # Errors
/// 422 when the series has too many parts, or a meeting would be too far from where its rule has it.
pub fn changed(
    scope: &Scope<'_>,
    old: &[GroupRecurrence],
    at: DateTime,
    delta: &Delta,
) -> Result<Vec<GroupRecurrence>, Problem> {
    let mut parts = old.to_vec();
    let name = at.to_string();
    let Some(held) = holder(old, &name).cloned() else { return Err(gone()) };
    let begins = begins_at(&held, at);
    let first = if begins { held.starts_from.clone() } else { name.clone() };
    if !begins {
        let before = GroupRecurrence { ends_before: Some(name.clone()), ..held.clone() };
        // A part that was closed may have begun at this very meeting: its row is used again.
        let reused = parts.iter().find(|part| part.starts_from == name).cloned();
        parts.retain(|part| part.id != held.id && part.starts_from != name);
        let fresh =
            GroupRecurrence { id: scope.id(), created_at: scope.now(), updated_at: scope.now(), ..held.clone() };
        let fresh = GroupRecurrence { version: 1, created_by_user: scope.cx.user(), ..fresh };
        let row = reused.unwrap_or(fresh);
        parts.push(before);
        parts.push(GroupRecurrence {
            recurrence: held.recurrence.clone(),
            own_duration: held.own_duration,
            starts_from: name,
            ends_before: held.ends_before.clone(),
            overrides: held.overrides.clone(),
            ..row
        });
    }
    for part in parts.iter_mut().filter(|part| !part.is_closed() && part.starts_from >= first) {
        take(part, delta)?;
    }
    parts.sort_by(|a, b| a.starts_from.cmp(&b.starts_from));
    few(&parts)?;
    Ok(parts)
}

/// Whether no meeting of the part comes before this one.
fn begins_at(part: &GroupRecurrence, at: DateTime) -> bool {
    let mut unmoved = part.part();
    unmoved.shift_minutes = 0;
    let found = unmoved.occurrences(&Zone::UTC, Date::constant(1900, 1, 1), at.date(), 1);
    found.first().is_none_or(|first| first.recurrence_id >= at)
}

fn take(part: &mut GroupRecurrence, delta: &Delta) -> Result<(), Problem> {
    part.overrides.0.take(&delta.overrides);
    part.overrides.0.shift_minutes += delta.later_by;
    if part.overrides.shift_minutes.abs() > MOST_SHIFT_DAYS * DAY_MINUTES {
        let message = "is more than a year from where the schedule of the group has it. Set a new rule there instead";
        return Err(Problem::invalid_field("starts_at", "too_far", message));
    }
    if let Some(duration_minutes) = delta.duration_minutes {
        part.recurrence.0.duration_minutes = duration_minutes;
        part.own_duration = true;
    }
    Ok(())
}

/// The meeting is in no part: an older rule yielded it.
pub fn gone() -> Problem {
    let message = "must be `this`: the schedule of the group no longer yields this session";
    Problem::invalid_field("scope", "not_in_series", message)
}

/// Saves the parts that changed. The one from the beginning counts every change of the series.
///
/// # Errors
/// When the database can't answer.
pub async fn save(
    scope: &mut Scope<'_>,
    old: &[GroupRecurrence],
    new: &[GroupRecurrence],
    filled_until: Date,
) -> Result<(), Problem> {
    for part in new {
        let part = GroupRecurrence { filled_until, ..part.clone() };
        match old.iter().find(|old| old.id == part.id) {
            None => scope.insert(&part).await?,
            Some(old) if *old != part || part.is_head() => drop(scope.update(old, part).await?),
            Some(_) => {}
        }
    }
    let ids: Vec<_> = new.iter().map(|part| part.id).collect();
    Ok(store::filled(scope, &ids, filled_until).await?)
}
