//! Use cases: making, changing, archiving and restoring groups.

use ::rules::{
    column::{Json, Value},
    groups::{
        Bounds, DEFAULT_DURATION, DEFAULT_HOLD_HOURS, EnrollmentMode, GroupStatus, LeaderRule, Modality, Promotion,
        WhenFull, leader_rule,
    },
    id::{GroupId, PractitionerId},
    permissions::Permission,
    text::{Remark, fold},
    violation::Violation,
};
use ::store::Where;

use super::store::{self, Group};
use crate::{
    door::{Cx, Scope},
    events::Event,
    people::{Practitioner, Room, Site},
    problem::Problem,
    settings::{self, settings},
    templates::actions::group_sessions as templates,
};

mod input;
mod listing;
mod views;

pub use input::{ChangeGroup, NewGroup};
pub use listing::{ListGroups, StatusFilter, list, show};
pub use views::{GroupView, SeatsView, seats, view, views};

/// Makes a group.
///
/// # Errors
/// 422 with every bad field.
pub async fn create(cx: &Cx, new: &NewGroup) -> Result<GroupView, Problem> {
    cx.write(Permission::GroupCreate, |scope| {
        Box::pin(async move {
            settings::require_group_sessions(scope).await?;
            let mut group = from_input(scope, new);
            start_from_template(scope, new, &mut group).await?;
            let co = new.co_facilitator_ids.clone().unwrap_or_default();
            check(scope, &group, None, &co).await?;
            save_new(scope, &[(group.clone(), &co)]).await?;
            view(scope, group).await
        })
    })
    .await
}

/// Adds checked groups with what hangs on them, and tells of each.
///
/// # Errors
/// When the database can't answer.
pub async fn save_new(scope: &mut Scope<'_>, new: &[(Group, &[PractitionerId])]) -> Result<(), Problem> {
    store::insert(scope, new).await?;
    new.iter().for_each(|(group, _)| scope.emit(Event::GroupCreated { group: group.id }));
    Ok(())
}

/// The group of an input, with the defaults of the domain.
pub fn from_input(scope: &Scope<'_>, new: &NewGroup) -> Group {
    let rule = new.leader_rule.unwrap_or(LeaderRule::Fixed);
    Group {
        id: scope.id(),
        name: new.name.clone(),
        name_key: fold(&new.name),
        r#type: new.r#type,
        description: new.description.clone().unwrap_or_else(Remark::empty),
        status: GroupStatus::Active,
        min_participants: new.min_participants,
        max_participants: new.max_participants,
        when_full: new.when_full.unwrap_or(WhenFull::Waitlist),
        promotion: new.promotion.unwrap_or(Promotion::Auto),
        offer_hold_hours: new.offer_hold_hours.unwrap_or(DEFAULT_HOLD_HOURS),
        enrollment_mode: new.enrollment_mode.unwrap_or(EnrollmentMode::Open),
        leader_rule: leader_rule(rule, new.facilitator_id.is_some()),
        modality: new.modality.unwrap_or(Modality::InPerson),
        facilitator_id: new.facilitator_id,
        site_id: new.site_id,
        room_id: new.room_id,
        duration_minutes: new.duration_minutes.unwrap_or(DEFAULT_DURATION),
        program_id: new.program_id,
        template_id: new.template_id,
        external_id: None,
        custom_data: Json(new.custom_data.clone().map(|object| object.0).unwrap_or_default()),
        is_part2: new.is_part2.unwrap_or(false),
        archived_at: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    }
}

/// Gives a new group what its template says and the caller does not.
async fn start_from_template(scope: &mut Scope<'_>, new: &NewGroup, group: &mut Group) -> Result<(), Problem> {
    let Some(id) = new.template_id else { return Ok(()) };
    // One that is not there is refused with everything else.
    let Ok(template) = templates::named(scope, id, None).await? else { return Ok(()) };
    if new.description.is_none() {
        group.description = template.description;
    }
    group.duration_minutes = new.duration_minutes.or(template.duration_minutes).unwrap_or(group.duration_minutes);
    Ok(())
}

/// Everything that is wrong with a group, at once. `old` is what it was: what did not change is not judged again.
async fn check(scope: &mut Scope<'_>, new: &Group, old: Option<&Group>, co: &[PractitionerId]) -> Result<(), Problem> {
    let ceiling = settings(scope).await?.capacity_ceiling;
    let bounds = Bounds {
        min_participants: new.min_participants,
        max_participants: new.max_participants,
        duration_minutes: new.duration_minutes,
        offer_hold_hours: new.offer_hold_hours,
    };
    let mut found = bounds.violations(ceiling);
    if new.program_id.is_some() {
        found.push(Violation::new("program_id", "not_available", "can't be set yet: this comes with programmes"));
    }
    if let Some(id) = new.template_id {
        found.extend(templates::named(scope, id, old.and_then(|old| old.template_id)).await?.err());
    }
    found.extend(check_places(scope, new, old).await?);
    found.extend(check_people(scope, new, old, co).await?);
    if found.is_empty() { Ok(()) } else { Err(found.into()) }
}

async fn check_places(scope: &mut Scope<'_>, new: &Group, old: Option<&Group>) -> Result<Vec<Violation>, Problem> {
    let mut found = Vec::new();
    if let Some(id) = new.site_id.filter(|id| old.and_then(|old| old.site_id) != Some(*id)) {
        let site: Option<Site> = scope.find(id).await?;
        if !site.is_some_and(|site| site.is_active) {
            found.push(Violation::new("site_id", "not_found", "is no active site of your organization"));
        }
    }
    if let Some(id) = new.room_id {
        let room: Option<Room> = scope.find(id).await?;
        match room.filter(|room| room.is_active || old.and_then(|old| old.room_id) == Some(id)) {
            None => found.push(Violation::new("room_id", "not_found", "is no active room of your organization")),
            Some(room) if new.site_id != Some(room.site_id) => {
                found.push(Violation::new("room_id", "other_site", "must be a room of the group's site"));
            }
            Some(_) => {}
        }
    }
    Ok(found)
}

async fn check_people(
    scope: &mut Scope<'_>,
    new: &Group,
    old: Option<&Group>,
    co: &[PractitionerId],
) -> Result<Vec<Violation>, Problem> {
    let mut found = Vec::new();
    let message = "is no active practitioner of your organization";
    if let Some(id) = new.facilitator_id.filter(|id| old.and_then(|old| old.facilitator_id) != Some(*id)) {
        let practitioner: Option<Practitioner> = scope.find(id).await?;
        if !practitioner.is_some_and(|practitioner| practitioner.is_active) {
            found.push(Violation::new("facilitator_id", "not_found", message));
        }
    }
    if co.len() > 20 {
        found.push(Violation::new("co_facilitator_ids", "too_many", "must be at most 20 practitioners"));
        return Ok(found);
    }
    let filter = Where::organization().and_in("id", co.iter().map(Value::from)).and_always("is_active = true");
    let known: Vec<Practitioner> = scope.filter(&filter, "id", co.len().max(1)).await?;
    for (at, id) in co.iter().enumerate() {
        let field = format!("co_facilitator_ids[{at}]");
        if Some(*id) == new.facilitator_id || co[..at].contains(id) {
            found.push(Violation::new(field, "duplicate", "already leads this group"));
        } else if !known.iter().any(|practitioner| practitioner.id == *id) {
            found.push(Violation::new(field, "not_found", message));
        }
    }
    Ok(found)
}

/// Changes a group; holds at once for future sessions not edited by hand.
///
/// # Errors
/// 404, 409 when archived, 412, 422 with every bad field.
pub async fn change(cx: &Cx, id: GroupId, change: &ChangeGroup) -> Result<GroupView, Problem> {
    cx.write(Permission::GroupUpdate, |scope| {
        Box::pin(async move {
            let old: Group = scope.lock_current(id).await?;
            if old.status == GroupStatus::Archived {
                return Err(Problem::conflict("invalid_transition", "The group is archived. Restore it to change it."));
            }
            let new = changed(&old, change);
            let before = store::co_facilitators(scope, &[id]).await?.remove(&id).unwrap_or_default();
            let co = change.co_facilitator_ids.as_ref().unwrap_or(&before);
            check(scope, &new, Some(&old), co).await?;
            let saved = save_change(scope, &old, new, co).await?;
            // Seats that became free are taken by who waits: the answer counts them.
            scope.react().await?;
            view(scope, saved).await
        })
    })
    .await
}

/// Replaces a checked group by its next version with what hangs on it, and tells of it. The caller holds its lock.
///
/// # Errors
/// [`::store::Error::Stale`] as a 412 when it is no longer the version that was read.
pub async fn save_change(
    scope: &mut Scope<'_>,
    old: &Group,
    new: Group,
    co: &[PractitionerId],
) -> Result<Group, Problem> {
    let most = |group: &Group| group.max_participants.unwrap_or(u32::MAX);
    let capacity_raised = most(&new) > most(old) || new.promotion != old.promotion;
    let free_before = free_seats(scope, old).await?;
    let saved = scope.update(old, new).await?;
    store::set_co_facilitators(scope, saved.id, co).await?;
    store::index_name(scope, &saved).await?;
    scope.emit(Event::GroupUpdated { group: saved.id, capacity_raised, free_before });
    Ok(saved)
}

/// How many seats of a group are free, for who tells of a change of that.
async fn free_seats(scope: &mut Scope<'_>, group: &Group) -> Result<u32, Problem> {
    let ceiling = settings(scope).await?.capacity_ceiling;
    let counts = store::counts(scope, &[group.id]).await?.remove(&group.id).unwrap_or_default();
    Ok(seats(group, counts, ceiling).free())
}

fn changed(old: &Group, change: &ChangeGroup) -> Group {
    let mut new = old.clone();
    new.name = change.name.clone().unwrap_or(new.name);
    new.name_key = fold(&new.name);
    new.r#type = change.r#type.unwrap_or(new.r#type);
    new.description = change.description.clone().unwrap_or(new.description);
    new.min_participants = change.min_participants.clone().apply(new.min_participants);
    new.max_participants = change.max_participants.clone().apply(new.max_participants);
    new.when_full = change.when_full.unwrap_or(new.when_full);
    new.promotion = change.promotion.unwrap_or(new.promotion);
    new.offer_hold_hours = change.offer_hold_hours.unwrap_or(new.offer_hold_hours);
    new.enrollment_mode = change.enrollment_mode.unwrap_or(new.enrollment_mode);
    new.modality = change.modality.unwrap_or(new.modality);
    new.facilitator_id = change.facilitator_id.clone().apply(new.facilitator_id);
    // Left to whoever starts them for want of a facilitator, the sessions are led by the one who is named now.
    let wanted = match old.facilitator_id {
        None if old.leader_rule == LeaderRule::Starter => LeaderRule::Fixed,
        _ => old.leader_rule,
    };
    new.leader_rule = leader_rule(change.leader_rule.unwrap_or(wanted), new.facilitator_id.is_some());
    new.site_id = change.site_id.clone().apply(new.site_id);
    new.room_id = change.room_id.clone().apply(new.room_id);
    new.duration_minutes = change.duration_minutes.unwrap_or(new.duration_minutes);
    new.program_id = change.program_id.clone().apply(new.program_id);
    new.template_id = change.template_id.clone().apply(new.template_id);
    new.custom_data = change.custom_data.clone().map_or(new.custom_data, |object| Json(object.0));
    new.is_part2 = change.is_part2.unwrap_or(new.is_part2);
    new
}

/// Ends a group: no new members, promotion or sessions; everything stays readable.
///
/// # Errors
/// 404, 409 when it is archived already, 412.
pub async fn archive(cx: &Cx, id: GroupId) -> Result<GroupView, Problem> {
    turn(cx, id, GroupStatus::Archived).await
}

/// Lets an archived group run again.
///
/// # Errors
/// 404, 409 when it is not archived, 412.
pub async fn restore(cx: &Cx, id: GroupId) -> Result<GroupView, Problem> {
    turn(cx, id, GroupStatus::Active).await
}

async fn turn(cx: &Cx, id: GroupId, to: GroupStatus) -> Result<GroupView, Problem> {
    cx.write(Permission::GroupDelete, |scope| {
        Box::pin(async move {
            if to == GroupStatus::Active {
                settings::require_group_sessions(scope).await?;
            }
            let old: Group = scope.lock_current(id).await?;
            if old.status == to {
                let detail = format!("The group is {to} already; it can't go from {to} to {to}.");
                return Err(Problem::conflict("invalid_transition", detail));
            }
            let archived_at = (to == GroupStatus::Archived).then(|| scope.now());
            let saved = scope.update(&old, Group { status: to, archived_at, ..old.clone() }).await?;
            scope.emit(match to {
                GroupStatus::Archived => Event::GroupArchived { group: id },
                GroupStatus::Active => Event::GroupRestored { group: id },
            });
            scope.react().await?;
            view(scope, saved).await
        })
    })
    .await
}
