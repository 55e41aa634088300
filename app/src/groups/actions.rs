//! Use cases: making, changing, archiving and restoring groups.

use ::rules::{
    column::{Json, Value},
    groups::{
        Bounds, DEFAULT_DURATION, EnrollmentMode, GroupStatus, GroupType, LeaderRule, Modality, Promotion, WhenFull,
        leader_rule,
    },
    id::{GroupId, PractitionerId, ProgramId, RoomId, SiteId, TemplateId},
    permissions::Permission,
    roster::Seats,
    text::{Name, Remark, fold},
    violation::Violation,
};
use ::store::Where;
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, Counts, Group};
use crate::{
    door::{Cx, Scope},
    events::Event,
    http::extract::{FieldErrors, Parsed, Patch},
    paging::{Limit, Page, bad_cursor, cursor},
    people::{Practitioner, Room, Site},
    problem::Problem,
    search::{self, Kind},
    settings::settings,
};

/// A group to make. Name and type are enough.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewGroup {
    /// The name.
    pub name: Name,
    /// What kind of activity it is.
    #[deserr(rename = "type")]
    pub r#type: GroupType,
    /// What it is about.
    #[deserr(default)]
    pub description: Option<Remark>,
    /// Fewer than this shows as below minimum.
    #[deserr(default)]
    pub min_participants: Option<u32>,
    /// The seats: 2 to the organization's ceiling; none means the ceiling.
    #[deserr(default)]
    #[schema(minimum = 2)]
    pub max_participants: Option<u32>,
    /// What happens to who is added when no seat is free: `waitlist` unless given.
    #[deserr(default)]
    pub when_full: Option<WhenFull>,
    /// How a free seat is given to who waits: `auto` unless given.
    #[deserr(default)]
    pub promotion: Option<Promotion>,
    /// Whether people may be added: `open` unless given.
    #[deserr(default)]
    pub enrollment_mode: Option<EnrollmentMode>,
    /// Who leads its sessions: `fixed` with a facilitator, else `starter`.
    #[deserr(default)]
    pub leader_rule: Option<LeaderRule>,
    /// How people take part: `in_person` unless given.
    #[deserr(default)]
    pub modality: Option<Modality>,
    /// The facilitator.
    #[deserr(default)]
    pub facilitator_id: Option<PractitionerId>,
    /// Who leads beside the facilitator.
    #[deserr(default)]
    pub co_facilitator_ids: Option<Vec<PractitionerId>>,
    /// The site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// The room.
    #[deserr(default)]
    pub room_id: Option<RoomId>,
    /// How long it meets: 5 to 720 minutes, 60 unless given.
    #[deserr(default)]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u32>,
    /// The programme it belongs to.
    #[deserr(default)]
    pub program_id: Option<ProgramId>,
    /// The template its sessions start from.
    #[deserr(default)]
    pub template_id: Option<TemplateId>,
    /// Fields of the organization's own: any JSON object.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub custom_data: Option<JsonObject>,
    /// Whether its records are under 42 CFR Part 2.
    #[deserr(default)]
    pub is_part2: Option<bool>,
}

/// What may be changed of a group; what is not named stays as it is.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeGroup {
    /// The name.
    #[deserr(default)]
    pub name: Option<Name>,
    /// What kind of activity it is.
    #[deserr(default, rename = "type")]
    pub r#type: Option<GroupType>,
    /// What it is about.
    #[deserr(default)]
    pub description: Option<Remark>,
    /// Fewer than this shows as below minimum.
    #[deserr(default)]
    #[schema(value_type = Option<u32>)]
    pub min_participants: Patch<u32>,
    /// The seats. Fewer than are taken removes nobody; more promotes at once.
    #[deserr(default)]
    #[schema(value_type = Option<u32>)]
    pub max_participants: Patch<u32>,
    /// What happens to who is added when no seat is free.
    #[deserr(default)]
    pub when_full: Option<WhenFull>,
    /// How a free seat is given to who waits.
    #[deserr(default)]
    pub promotion: Option<Promotion>,
    /// Whether people may be added.
    #[deserr(default)]
    pub enrollment_mode: Option<EnrollmentMode>,
    /// Who leads its sessions.
    #[deserr(default)]
    pub leader_rule: Option<LeaderRule>,
    /// How people take part.
    #[deserr(default)]
    pub modality: Option<Modality>,
    /// The facilitator.
    #[deserr(default)]
    #[schema(value_type = Option<PractitionerId>)]
    pub facilitator_id: Patch<PractitionerId>,
    /// Who leads beside the facilitator; replaces the whole list.
    #[deserr(default)]
    pub co_facilitator_ids: Option<Vec<PractitionerId>>,
    /// The site.
    #[deserr(default)]
    #[schema(value_type = Option<SiteId>)]
    pub site_id: Patch<SiteId>,
    /// The room.
    #[deserr(default)]
    #[schema(value_type = Option<RoomId>)]
    pub room_id: Patch<RoomId>,
    /// How long it meets, in minutes.
    #[deserr(default)]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u32>,
    /// The programme it belongs to.
    #[deserr(default)]
    #[schema(value_type = Option<ProgramId>)]
    pub program_id: Patch<ProgramId>,
    /// The template its sessions start from.
    #[deserr(default)]
    #[schema(value_type = Option<TemplateId>)]
    pub template_id: Patch<TemplateId>,
    /// Fields of the organization's own; replaces the whole object.
    #[deserr(default)]
    #[schema(value_type = Option<Object>)]
    pub custom_data: Option<JsonObject>,
    /// Whether its records are under 42 CFR Part 2.
    #[deserr(default)]
    pub is_part2: Option<bool>,
}

pub use crate::http::extract::JsonObject;

/// A group with its seats in numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupView {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// Who leads beside the facilitator.
    pub co_facilitator_ids: Vec<PractitionerId>,
    /// The seats.
    pub seats: SeatsView,
}

/// The seats of a group in numbers; derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeatsView {
    /// Seats there are.
    pub capacity: u32,
    /// Seats taken: active and offered.
    pub taken: u32,
    /// Seats free.
    pub free: u32,
    /// No seat is free.
    pub is_full: bool,
    /// More are taken than there are.
    pub over_capacity: bool,
    /// Taken seats in percent.
    pub percentage: u32,
    /// How many wait.
    pub waiting: u32,
    /// Fewer have a seat than the group needs.
    pub below_minimum: bool,
}

/// The seats of a group with these counts.
pub fn seats(group: &Group, counts: Counts, ceiling: u32) -> Seats {
    Seats { max: group.max_participants, ceiling, active: counts.active, offered: counts.offered }
}

fn seats_view(group: &Group, counts: Counts, ceiling: u32) -> SeatsView {
    let seats = seats(group, counts, ceiling).summary();
    SeatsView {
        capacity: seats.capacity,
        taken: seats.taken,
        free: seats.free,
        is_full: seats.is_full,
        over_capacity: seats.over_capacity,
        percentage: seats.percentage,
        waiting: counts.waiting,
        below_minimum: group.min_participants.is_some_and(|least| counts.active < least),
    }
}

/// Groups with their seats and co-facilitators, in three statements however many they are.
///
/// # Errors
/// When the database can't answer.
pub async fn views(scope: &mut Scope<'_>, groups: Vec<Group>) -> Result<Vec<GroupView>, Problem> {
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
    let ceiling = settings(scope).await?.capacity_ceiling;
    let counts = store::counts(scope, &ids).await?;
    let mut co = store::co_facilitators(scope, &ids).await?;
    let view = |group: Group| {
        let counted = counts.get(&group.id).copied().unwrap_or_default();
        let seats = seats_view(&group, counted, ceiling);
        GroupView { co_facilitator_ids: co.remove(&group.id).unwrap_or_default(), seats, group }
    };
    Ok(groups.into_iter().map(view).collect())
}

async fn view(scope: &mut Scope<'_>, group: Group) -> Result<GroupView, Problem> {
    let view = views(scope, vec![group]).await?.pop();
    view.ok_or_else(|| Problem::not_found("group"))
}

/// Makes a group.
///
/// # Errors
/// 422 with every bad field.
pub async fn create(cx: &Cx, new: &NewGroup) -> Result<GroupView, Problem> {
    cx.write(Permission::GroupCreate, |scope| {
        Box::pin(async move {
            let group = from_input(scope, new);
            let co = new.co_facilitator_ids.clone().unwrap_or_default();
            check(scope, &group, None, &co).await?;
            save_new(scope, &group, &co).await?;
            view(scope, group).await
        })
    })
    .await
}

/// Adds a checked group with what hangs on it, and tells of it.
///
/// # Errors
/// When the database can't answer.
pub async fn save_new(scope: &mut Scope<'_>, group: &Group, co: &[PractitionerId]) -> Result<(), Problem> {
    scope.insert(group).await?;
    store::set_co_facilitators(scope, group.id, co).await?;
    search::index(scope, Kind::Group, &group.id.to_string(), &[&group.name]).await?;
    scope.emit(Event::GroupCreated { group: group.id });
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

/// Everything that is wrong with a group, at once. `old` is what it was: what did not change is not judged again.
async fn check(scope: &mut Scope<'_>, new: &Group, old: Option<&Group>, co: &[PractitionerId]) -> Result<(), Problem> {
    let ceiling = settings(scope).await?.capacity_ceiling;
    let bounds = Bounds {
        min_participants: new.min_participants,
        max_participants: new.max_participants,
        duration_minutes: new.duration_minutes,
        promotion: new.promotion,
    };
    let mut found = bounds.violations(ceiling);
    for (set, field) in [(new.program_id.is_some(), "program_id"), (new.template_id.is_some(), "template_id")] {
        if set {
            found.push(Violation::new(
                field,
                "not_available",
                "can't be set yet: this comes with programmes and templates",
            ));
        }
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
            let most = |group: &Group| group.max_participants.unwrap_or(u32::MAX);
            let capacity_raised = most(&new) > most(&old) || new.promotion != old.promotion;
            let saved = scope.update(&old, new).await?;
            if *co != before {
                store::set_co_facilitators(scope, id, co).await?;
            }
            search::index(scope, Kind::Group, &id.to_string(), &[&saved.name]).await?;
            scope.emit(Event::GroupUpdated { group: id, capacity_raised });
            view(scope, saved).await
        })
    })
    .await
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
    new.enrollment_mode = change.enrollment_mode.unwrap_or(new.enrollment_mode);
    new.modality = change.modality.unwrap_or(new.modality);
    new.facilitator_id = change.facilitator_id.clone().apply(new.facilitator_id);
    new.leader_rule = leader_rule(change.leader_rule.unwrap_or(new.leader_rule), new.facilitator_id.is_some());
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
            view(scope, saved).await
        })
    })
    .await
}

/// What a list of groups is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGroups {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Parsed<Limit>>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// `active` unless given; `all` lists archived groups too.
    #[deserr(default)]
    pub status: Option<StatusFilter>,
    /// Only groups of this type.
    #[deserr(default, rename = "type")]
    pub r#type: Option<GroupType>,
    /// Only groups at this site.
    #[deserr(default)]
    pub site_id: Option<SiteId>,
    /// Only groups of this facilitator.
    #[deserr(default)]
    pub facilitator_id: Option<PractitionerId>,
    /// Words of the name; each may be the beginning of one.
    #[deserr(default)]
    pub q: Option<String>,
}

::rules::vocabulary! {
    /// Which groups a list shows.
    pub enum StatusFilter {
        /// Groups that run.
        Active = "active",
        /// Groups that have ended.
        Archived = "archived",
        /// Both.
        All = "all",
    }
}

/// Groups by name.
///
/// # Errors
/// 422 for a bad cursor.
pub async fn list(cx: &Cx, list: &ListGroups) -> Result<Page<GroupView>, Problem> {
    let limit = list.limit.map_or_else(Limit::default, |limit| limit.0).0;
    let after: Option<GroupId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let after = match after {
                Some(id) => Some(scope.find::<Group>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let status = list.status.unwrap_or(StatusFilter::Active);
            let filter = Where::organization()
                .and_if("status = ?", Some(status).filter(|status| *status != StatusFilter::All).as_ref())
                .and_if("type = ?", list.r#type.as_ref())
                .and_if("site_id = ?", list.site_id.as_ref())
                .and_if("facilitator_id = ?", list.facilitator_id.as_ref());
            let filter = search::narrow(filter, Kind::Group, list.q.as_deref().unwrap_or_default());
            let found = store::list(scope, filter, after.as_ref(), limit + 1).await?;
            let page = Page::cut(found, limit, |group| group.id);
            Ok(Page { items: views(scope, page.items).await?, next: page.next })
        })
    })
    .await
}

/// One group.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, id: GroupId) -> Result<GroupView, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let group = scope.get(id).await?;
            view(scope, group).await
        })
    })
    .await
}
