//! Use cases: adding, changing and removing a holiday of a site, with what that does to sessions.

use std::collections::BTreeSet;

use ::rules::{
    holidays::Days,
    id::{GroupId, HolidayId, SiteId},
    permissions::Permission,
    text::Name,
};
use deserr::Deserr;
use utoipa::ToSchema;

use super::super::{filling, views::HolidayChange};
use crate::{
    door::{Cx, Scope},
    events::Event,
    groups,
    http::extract::{FieldErrors, Parsed},
    people::{Holiday, Site, actions::holidays as people},
    problem::Problem,
    sessions::{
        actions::{CancelledMany, cancel_at_site, coming_at_site},
        inputs::Day,
    },
};

/// Sessions that an answer names.
const NAMED_MAX: usize = 50;
/// Sessions that an answer counts.
const COUNTED_MAX: usize = 10_000;

/// A holiday to add.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewHoliday {
    /// The first day.
    #[schema(value_type = String, format = Date)]
    pub first_day: Parsed<Day>,
    /// The last day; the first unless given. At most 366 days.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Parsed<Day>>,
    /// What it is called.
    pub name: Name,
    /// Cancel the sessions at the site on these days that are scheduled and still to come, with the name as the reason;
    /// needs `session.cancel`, too. False unless given.
    #[deserr(default)]
    pub cancel_sessions: Option<bool>,
}

/// What may be changed of a holiday.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeHoliday {
    /// The first day.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<Parsed<Day>>,
    /// The last day.
    #[deserr(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Parsed<Day>>,
    /// What it is called.
    #[deserr(default)]
    pub name: Option<Name>,
    /// Cancel the sessions at the site on these days that are scheduled and still to come.
    #[deserr(default)]
    pub cancel_sessions: Option<bool>,
}

fn checked(first: Parsed<Day>, last: Option<Parsed<Day>>) -> Result<Days, Problem> {
    Days::check(first.0.0, last.map(|last| last.0.0)).map_err(|wrong| vec![wrong].into())
}

async fn may_cancel(cx: &Cx, wanted: Option<bool>) -> Result<bool, Problem> {
    let cancels = wanted.unwrap_or_default();
    if cancels {
        cx.require(Permission::SettingsManage).await?;
        cx.require(Permission::SessionCancel).await?;
    }
    Ok(cancels)
}

/// Adds a holiday. Sessions that are there stay, unless they are to be cancelled with it.
///
/// # Errors
/// 403, 404 for the site, 422 with every bad field.
pub async fn add(cx: &Cx, site: SiteId, new: &NewHoliday) -> Result<HolidayChange, Problem> {
    let cancels = may_cancel(cx, new.cancel_sessions).await?;
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            scope.get::<Site, _>(site).await?;
            let days = checked(new.first_day, new.last_day)?;
            let locked = lock(scope, site, cancels.then_some(days), &[]).await?;
            let holiday = Holiday {
                id: scope.id(),
                site_id: site,
                first_day: days.first,
                last_day: days.last,
                name: new.name.clone(),
                removed_at: None,
                version: 1,
                created_by_user: scope.cx.user(),
                created_at: scope.now(),
                updated_at: scope.now(),
            };
            scope.insert(&holiday).await?;
            scope.emit(Event::HolidayAdded { holiday: holiday.id, site });
            told(scope, holiday, cancels.then_some(&locked), 0).await
        })
    })
    .await
}

/// Changes a holiday. The sessions of days that are no longer one are made at once.
///
/// # Errors
/// 403, 404, 409 when it was removed, 412, 422 with every bad field.
pub async fn change(cx: &Cx, site: SiteId, id: HolidayId, change: &ChangeHoliday) -> Result<HolidayChange, Problem> {
    let cancels = may_cancel(cx, change.cancel_sessions).await?;
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let seen = people::of(scope, site, id).await?;
            let first = change.first_day.unwrap_or(Parsed(Day(seen.first_day)));
            let days = checked(first, Some(change.last_day.unwrap_or(Parsed(Day(seen.last_day)))))?;
            let lifted = seen.days().without(Some(days));
            let locked = lock(scope, site, cancels.then_some(days), &lifted).await?;
            let old = standing(scope, &seen).await?;
            let name = change.name.clone().unwrap_or_else(|| old.name.clone());
            let new = Holiday { first_day: days.first, last_day: days.last, name, ..old.clone() };
            let saved = scope.update(&old, new).await?;
            scope.emit(Event::HolidayChanged { holiday: id, site });
            let made = filling::reopened(scope, site, &lifted, &locked).await?;
            told(scope, saved, cancels.then_some(&locked), made).await
        })
    })
    .await
}

/// Removes a holiday. The sessions it kept from being made are made at once; what was cancelled stays cancelled.
///
/// # Errors
/// 404, 409 when it was removed, 412.
pub async fn remove(cx: &Cx, site: SiteId, id: HolidayId) -> Result<HolidayChange, Problem> {
    cx.write(Permission::SettingsManage, |scope| {
        Box::pin(async move {
            let seen = people::of(scope, site, id).await?;
            let locked = lock(scope, site, None, &[seen.days()]).await?;
            let old = standing(scope, &seen).await?;
            let new = Holiday { removed_at: Some(scope.now()), ..old.clone() };
            let holiday = scope.update(&old, new).await?;
            scope.emit(Event::HolidayRemoved { holiday: id, site });
            let made = filling::reopened(scope, site, &[old.days()], &locked).await?;
            Ok(HolidayChange { holiday, affected_count: 0, affected: Vec::new(), cancelled: false, made })
        })
    })
    .await
}

/// A holiday with the sessions that are scheduled and still to come on its days.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, site: SiteId, id: HolidayId) -> Result<HolidayChange, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let holiday = people::of(scope, site, id).await?;
            told(scope, holiday, None, 0).await
        })
    })
    .await
}

/// Locks everything a change of holidays touches, in the order of everybody: the groups whose sessions are cancelled on
/// some days or made on others, then the site. From then on no series makes a session there that has not seen it.
async fn lock(
    scope: &mut Scope<'_>,
    site: SiteId,
    cancelled: Option<Days>,
    lifted: &[Days],
) -> Result<BTreeSet<GroupId>, Problem> {
    let mut groups = filling::meeting_at(scope, site, lifted).await?;
    if let Some(days) = cancelled {
        let found = coming_at_site(scope, site, days, COUNTED_MAX).await?;
        groups.extend(found.sessions.iter().filter_map(|session| session.group_id));
    }
    for group in &groups {
        groups::lock(scope, *group).await?;
    }
    scope.lock::<Site, _>(site).await?;
    Ok(groups)
}

/// The holiday, locked, as the caller has read it, not removed, and still on the days that were seen.
async fn standing(scope: &mut Scope<'_>, seen: &Holiday) -> Result<Holiday, Problem> {
    let holiday: Holiday = scope.lock_current(seen.id).await?;
    if holiday.days() != seen.days() {
        // Other groups may have to be locked: begin again.
        return Err(Problem::unavailable());
    }
    if holiday.removed_at.is_some() {
        let detail = "This holiday was removed. Add it again if the site is closed after all.";
        return Err(Problem::conflict("invalid_transition", detail));
    }
    Ok(holiday)
}

/// The holiday with the sessions on its days; cancelled with it where groups were locked for that.
async fn told(
    scope: &mut Scope<'_>,
    holiday: Holiday,
    locked: Option<&BTreeSet<GroupId>>,
    made: usize,
) -> Result<HolidayChange, Problem> {
    let (site, days) = (holiday.site_id, holiday.days());
    let there = coming_at_site(scope, site, days, COUNTED_MAX).await?;
    let CancelledMany { count, mut sessions, .. } = match locked {
        None => there,
        Some(locked) => {
            let is_new = |group: GroupId| !locked.contains(&group);
            if there.sessions.iter().filter_map(|session| session.group_id).any(is_new) {
                // Made between the look and the lock: begin again, and lock its group before the site.
                return Err(Problem::unavailable());
            }
            cancel_at_site(scope, site, days, &holiday.name).await?
        }
    };
    let shown = scope.cx.permissions.allows(Permission::GroupEncounterRead);
    sessions.truncate(if shown { NAMED_MAX } else { 0 });
    let cancelled = locked.is_some() && count > 0;
    Ok(HolidayChange { holiday, affected_count: count, affected: sessions, cancelled, made })
}
