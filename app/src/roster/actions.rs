//! Use cases: adding, removing and listing members. Every change holds the lock on the group's row.

use ::rules::{
    groups::GroupStatus,
    id::{GroupId, GuestId, MemberId, PatientId},
    permissions::Permission,
    roster::{
        BatchItem, Candidate, MOST_IN_BATCH, MemberStatus, MemberType, OnFull, Person, Placed, Refusal, Roster,
        Standing, Wish, add as decide, key_after, next_in_line, plan_batch, remove as decide_removal,
    },
    text::{Reason, Remark},
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, Member};
use crate::{
    door::{Cx, Scope},
    events::Event,
    groups::{self, Group},
    http::extract::{FieldErrors, Parsed, Patch},
    paging::{Limit, Page, bad_cursor, cursor},
    people,
    problem::{FieldError, Problem},
    settings::settings,
};

/// A person to add.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewMember {
    /// What the person is; follows from the id that is given.
    #[deserr(default)]
    pub member_type: Option<MemberType>,
    /// The patient; exactly one of the two ids.
    #[deserr(default)]
    pub patient_id: Option<PatientId>,
    /// The guest; exactly one of the two ids.
    #[deserr(default)]
    pub guest_id: Option<GuestId>,
    /// Remarks.
    #[deserr(default)]
    pub notes: Option<Remark>,
    /// What happens when no seat is free; the group's own rule unless given.
    #[deserr(default)]
    pub on_full: Option<OnFull>,
    /// Why a seat beyond the capacity is given; needed for `override`.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

impl NewMember {
    /// The one person that is named, and of the type that is named.
    fn person(&self) -> Result<Person, Vec<FieldError>> {
        let both = |message: &str| {
            ["patient_id", "guest_id"].map(|field| FieldError::new(field, "one_person", message)).to_vec()
        };
        let person = Person::of(self.patient_id, self.guest_id)
            .map_err(|_| both("exactly one of `patient_id` and `guest_id` must be given"))?;
        match self.member_type {
            Some(named) if named != person.member_type() => {
                let message = format!("is `{named}`, but the id is that of a {}", person.member_type());
                Err(vec![FieldError::new("member_type", "other_type", message)])
            }
            _ => Ok(person),
        }
    }
}

/// People to add at once.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct NewMembers {
    /// 1 to 200 people, in the order in which they get seats and places in the line.
    #[schema(min_items = 1, max_items = 200)]
    pub members: Vec<NewMember>,
    /// What happens when no seat is free; `reject` adds all or nobody.
    #[deserr(default)]
    pub on_full: Option<OnFull>,
    /// Why seats beyond the capacity are given; needed for `override`.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// A member with the name and the place in the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MemberView {
    /// The stint.
    #[serde(flatten)]
    pub member: Member,
    /// How the person is shown.
    pub name: String,
    /// The place in the line: 1, 2, 3 … without gaps; only while waiting.
    pub waitlist_position: Option<u32>,
}

/// Who was removed, and who has the seat now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Removal {
    /// The stint that ended.
    pub member: MemberView,
    /// Who was promoted from the line by it.
    pub promoted: Vec<MemberView>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BatchOutcome {
    /// How many have a seat.
    pub created: usize,
    /// How many wait.
    pub waitlisted: usize,
    /// How many were members already, or stood twice in the batch.
    pub skipped: usize,
    /// Who could not be added, and why.
    pub errors: Vec<BatchError>,
    /// The new stints, in the order of the batch.
    pub items: Vec<MemberView>,
}

/// One row of a batch that could not be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchError {
    /// The row, counted from zero.
    pub index: usize,
    /// A stable word.
    pub code: String,
    /// What would help.
    pub message: String,
}

/// A refusal of the rulebook as an answer.
fn refused(refusal: Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::OverrideNotPermitted => Problem::forbidden(Permission::GroupCapacityOverride),
        Refusal::ReasonRequired => Problem::invalid_field("reason", refusal.code(), detail),
        Refusal::BatchSize(_) => Problem::invalid_field("members", refusal.code(), detail),
        Refusal::NoSuchPosition(_) => Problem::invalid_field("position", refusal.code(), detail),
        Refusal::OnePerson | Refusal::NoSuchPerson => Problem::invalid_field("patient_id", refusal.code(), detail),
        _ => Problem::conflict(refusal.code(), detail),
    }
}

// Loading what a decision needs ---------------------------------------------------------------------------------------

/// The roster of a locked group as the rulebook sees it.
async fn roster_of(scope: &mut Scope<'_>, group: &Group) -> Result<Roster, Problem> {
    let ceiling = settings(scope).await?.capacity_ceiling;
    let counts = groups::counts(scope, &[group.id]).await?.remove(&group.id).unwrap_or_default();
    let eligible_waiting = match counts.waiting {
        0 => false,
        // Who is first in line may be inactive: look along the line until somebody could take a seat.
        _ => store::line(scope, group.id, LINE_MAX).await?.iter().any(|(_, active)| *active),
    };
    Ok(Roster {
        status: group.status,
        enrollment: group.enrollment_mode,
        when_full: group.when_full,
        promotion: group.promotion,
        seats: groups::actions::seats(group, counts, ceiling),
        eligible_waiting,
    })
}

/// How far along a line a promotion looks.
const LINE_MAX: usize = 5_000;

fn standing(active: bool) -> Standing {
    Standing { active, ..Standing::CLEAR }
}

/// The people as candidates for a group; none where there is no such person.
async fn candidates(
    scope: &mut Scope<'_>,
    group: GroupId,
    people: &[Person],
) -> Result<Vec<Option<Candidate>>, Problem> {
    let active = store::activity(scope, people).await?;
    let live = store::live(scope, group, people).await?;
    let candidate = |person: &Person| {
        let stint = live.iter().find(|member| member.person() == Some(*person));
        let standing = standing(*active.get(person)?);
        Some(Candidate { person: *person, live: stint.map(|member| member.status), standing })
    };
    Ok(people.iter().map(candidate).collect())
}

/// Members with their names and places in the line, in a constant number of statements.
///
/// # Errors
/// When the database can't answer.
pub async fn views(scope: &mut Scope<'_>, members: Vec<Member>) -> Result<Vec<MemberView>, Problem> {
    let people: Vec<Person> = members.iter().filter_map(Member::person).collect();
    let names = people::names(scope, &people).await?;
    let mut positions = std::collections::BTreeMap::new();
    let mut groups: Vec<GroupId> =
        members.iter().filter(|member| waits(member)).map(|member| member.group_id).collect();
    groups.dedup();
    for group in groups {
        positions.extend(store::positions(scope, group).await?);
    }
    let view = |member: Member| {
        let name = member.person().and_then(|person| names.get(&person)).cloned().unwrap_or_default();
        MemberView { name, waitlist_position: positions.get(&member.id).copied(), member }
    };
    Ok(members.into_iter().map(view).collect())
}

fn waits(member: &Member) -> bool {
    member.status == MemberStatus::Waitlisted
}

async fn view(scope: &mut Scope<'_>, member: Member) -> Result<MemberView, Problem> {
    views(scope, vec![member]).await?.pop().ok_or_else(|| Problem::not_found("member"))
}

// Adding --------------------------------------------------------------------------------------------------------------

/// Adds a person to a group: to a seat, or to the line.
///
/// # Errors
/// 404 for the group; 409 `already_member`, `group_full`, `enrollment_closed`, `not_eligible`; 422.
pub async fn add(cx: &Cx, group: GroupId, new: &NewMember) -> Result<MemberView, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let person = new.person().map_err(Problem::invalid)?;
            let candidate = candidates(scope, group.id, &[person]).await?.pop().flatten();
            let candidate = candidate.ok_or_else(|| no_such(person))?;
            let roster = roster_of(scope, &group).await?;
            let wish = wish(scope, new.on_full, new.reason.as_ref());
            let placed = decide(&roster, &candidate, wish).map_err(refused)?;
            let member = place(scope, &group, new, person, placed, None).await?;
            tell_if_full(scope, &group, &roster, &[placed]);
            view(scope, member).await
        })
    })
    .await
}

fn no_such(person: Person) -> Problem {
    let field = match person {
        Person::Patient(_) => "patient_id",
        Person::Guest(_) => "guest_id",
    };
    Problem::invalid_field(field, "not_found", format!("is no {} of your organization", person.member_type()))
}

fn wish(scope: &Scope<'_>, on_full: Option<OnFull>, reason: Option<&Reason>) -> Wish {
    let may_override = scope.cx.permissions.allows(Permission::GroupCapacityOverride);
    Wish { on_full, may_override, has_reason: reason.is_some() }
}

/// Writes the stint where the rulebook has placed it.
async fn place(
    scope: &mut Scope<'_>,
    group: &Group,
    new: &NewMember,
    person: Person,
    placed: Placed,
    behind: Option<i64>,
) -> Result<Member, Problem> {
    let waits = placed == Placed::Waitlisted;
    let order_key = match (waits, behind) {
        (false, _) => None,
        (true, Some(last)) => Some(key_after(Some(last))),
        (true, None) => Some(key_after(store::last_key(scope, group.id).await?)),
    };
    let member = Member {
        id: scope.id(),
        group_id: group.id,
        member_type: person.member_type(),
        patient_id: person.patient(),
        guest_id: person.guest(),
        status: if waits { MemberStatus::Waitlisted } else { MemberStatus::Active },
        notes: new.notes.clone().unwrap_or_else(Remark::empty),
        order_key,
        added_at: scope.now(),
        joined_at: (!waits).then(|| scope.now()),
        left_at: None,
        left_reason: None,
        override_reason: new.reason.clone().filter(|_| placed == Placed::Active { overridden: true }),
        skip_reason: None,
        skipped_at: None,
        external_id: None,
        version: 1,
        created_by_user: scope.cx.user(),
        created_at: scope.now(),
        updated_at: scope.now(),
    };
    match scope.insert(&member).await {
        // The lock makes this impossible; the index is the second fence.
        Err(::store::Error::Conflict) => return Err(refused(Refusal::AlreadyMember(member.status))),
        inserted => inserted?,
    }
    let (group, member_id) = (group.id, member.id);
    scope.emit(match waits {
        true => Event::MemberWaitlisted { group, member: member_id, person },
        false => Event::MemberAdded { group, member: member_id, person },
    });
    Ok(member)
}

/// Tells when the last free seat was taken just now.
fn tell_if_full(scope: &mut Scope<'_>, group: &Group, before: &Roster, placed: &[Placed]) {
    let taken = placed.iter().filter(|placed| matches!(placed, Placed::Active { .. })).count();
    let free = usize::try_from(before.seats.free()).unwrap_or(usize::MAX);
    if free > 0 && taken >= free {
        scope.emit(Event::GroupFull { group: group.id });
    }
}

/// Adds up to 200 people in one transaction: seats and places in the order of the batch.
///
/// # Errors
/// 404, 409 `group_full` when `reject` and not all fit, `enrollment_closed`; 422 with every bad row.
pub async fn add_batch(cx: &Cx, group: GroupId, batch: &NewMembers) -> Result<BatchOutcome, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let people = people_of(batch)?;
            let rows = candidates(scope, group.id, &people).await?;
            let roster = roster_of(scope, &group).await?;
            let wish = wish(scope, batch.on_full, batch.reason.as_ref());
            let plan = plan_batch(&roster, &rows, wish, |_, _| false).map_err(refused)?;
            let mut placed = Vec::new();
            let mut members = Vec::new();
            let mut last = store::last_key(scope, group.id).await?;
            for ((item, new), person) in plan.items.iter().zip(&batch.members).zip(people) {
                let BatchItem::Placed(place_at) = item else { continue };
                let new = NewMember { reason: batch.reason.clone(), ..new.clone() };
                let behind = last.or(Some(key_after(None) - ::rules::roster::KEY_GAP));
                let member = place(scope, &group, &new, person, *place_at, behind).await?;
                last = member.order_key.or(last);
                placed.push(*place_at);
                members.push(member);
            }
            tell_if_full(scope, &group, &roster, &placed);
            if members.is_empty() {
                // Nothing was written, and the door wants to know of what was asked.
                scope.record_reading("roster", group.id);
            }
            let errors = plan.errors().map(|(index, refusal)| batch_error(index, refusal)).collect();
            Ok(BatchOutcome {
                created: plan.created(),
                waitlisted: plan.waitlisted(),
                skipped: plan.skipped(),
                errors,
                items: views(scope, members).await?,
            })
        })
    })
    .await
}

fn batch_error(index: usize, refusal: Refusal) -> BatchError {
    BatchError { index, code: refusal.code().to_owned(), message: refusal.to_string() }
}

/// The people of a batch, or every row that names none or two.
fn people_of(batch: &NewMembers) -> Result<Vec<Person>, Problem> {
    if batch.members.is_empty() || batch.members.len() > MOST_IN_BATCH {
        return Err(refused(Refusal::BatchSize(batch.members.len())));
    }
    let mut errors = Vec::new();
    let mut people = Vec::with_capacity(batch.members.len());
    for (index, new) in batch.members.iter().enumerate() {
        match new.person() {
            Ok(person) => people.push(person),
            Err(found) => errors.extend(Problem::invalid(found).within(&format!("members[{index}]")).errors().to_vec()),
        }
        for (given, field) in [(new.on_full.is_some(), "on_full"), (new.reason.is_some(), "reason")] {
            if given {
                let message = format!("belongs beside `members`: one `{field}` holds for the whole batch");
                errors.push(FieldError::new(format!("members[{index}].{field}"), "unknown_field", message));
            }
        }
    }
    if errors.is_empty() { Ok(people) } else { Err(Problem::invalid(errors)) }
}

// Leaving and promotion -----------------------------------------------------------------------------------------------

/// Ends a stint; whoever is next in line has the seat in the same transaction.
///
/// # Errors
/// 404, 409 when it has ended already, 412.
pub async fn remove(cx: &Cx, group: GroupId, id: MemberId, reason: Option<&Reason>) -> Result<Removal, Problem> {
    cx.write(Permission::GroupMemberRemove, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let old = member_of(scope, &group, id).await?;
            if group.status == GroupStatus::Archived {
                return Err(refused(Refusal::GroupArchived));
            }
            let removed = decide_removal(old.status).map_err(refused)?;
            let (was, person) = (old.status, old.person());
            let left = Member {
                status: MemberStatus::Left,
                order_key: None,
                left_at: Some(scope.now()),
                left_reason: reason.cloned(),
                ..old.clone()
            };
            let left = scope.update(&old, left).await?;
            if let Some(person) = person {
                scope.emit(Event::MemberLeft { group: group.id, member: id, person, was });
            }
            let promoted = if removed.frees_seat { promote(scope, &group).await? } else { Vec::new() };
            if removed.frees_seat && promoted.is_empty() {
                tell_if_available(scope, &group).await?;
            }
            Ok(Removal { member: view(scope, left).await?, promoted: views(scope, promoted).await? })
        })
    })
    .await
}

/// Tells when a full group has a free seat again.
async fn tell_if_available(scope: &mut Scope<'_>, group: &Group) -> Result<(), Problem> {
    if roster_of(scope, group).await?.seats.free() == 1 {
        scope.emit(Event::GroupSeatsAvailable { group: group.id });
    }
    Ok(())
}

async fn member_of(scope: &mut Scope<'_>, group: &Group, id: MemberId) -> Result<Member, Problem> {
    let member: Member = scope.lock_current(id).await?;
    if member.group_id == group.id { Ok(member) } else { Err(Problem::not_found("member")) }
}

/// Gives free seats to the first eligible people of the line; keeps why others were passed over.
///
/// # Errors
/// When the database can't answer.
pub async fn promote(scope: &mut Scope<'_>, group: &Group) -> Result<Vec<Member>, Problem> {
    let roster = roster_of(scope, group).await?;
    if roster.seats.free() == 0 {
        return Ok(Vec::new());
    }
    let line = store::line(scope, group.id, LINE_MAX).await?;
    let waiting: Vec<_> = line
        .iter()
        .map(|(member, active)| ::rules::roster::Waiting { member: member.id, standing: standing(*active) })
        .collect();
    let given = next_in_line(&roster, &waiting, |_, _| false);
    let mut promoted = Vec::new();
    for (old, _) in &line {
        if given.promoted.contains(&old.id) {
            promoted.push(give_seat(scope, group, old).await?);
        } else if let Some((_, why)) = given.skipped.iter().find(|(member, _)| *member == old.id) {
            let skip_reason = ::rules::text::Text::parse(why.as_str()).ok();
            let skipped = Member { skip_reason, skipped_at: Some(scope.now()), ..old.clone() };
            scope.update(old, skipped).await?;
        }
    }
    Ok(promoted)
}

async fn give_seat(scope: &mut Scope<'_>, group: &Group, old: &Member) -> Result<Member, Problem> {
    let seated = Member {
        status: MemberStatus::Active,
        order_key: None,
        joined_at: Some(scope.now()),
        skip_reason: None,
        skipped_at: None,
        ..old.clone()
    };
    let seated = scope.update(old, seated).await?;
    if let Some(person) = old.person() {
        scope.emit(Event::MemberPromoted { group: group.id, member: old.id, person });
    }
    Ok(seated)
}

// Changing and listing ------------------------------------------------------------------------------------------------

/// What may be changed of a member.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct ChangeMember {
    /// Remarks; `null` empties them.
    #[deserr(default)]
    #[schema(value_type = Option<String>)]
    pub notes: Patch<Remark>,
}

/// Changes a member's remarks.
///
/// # Errors
/// 404, 412, 422.
pub async fn change(cx: &Cx, group: GroupId, id: MemberId, change: &ChangeMember) -> Result<MemberView, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let old = member_of(scope, &group, id).await?;
            let notes = change.notes.clone().apply(Some(old.notes.clone())).unwrap_or_else(Remark::empty);
            let saved = scope.update(&old, Member { notes, ..old.clone() }).await?;
            scope.emit(Event::MemberUpdated { group: group.id, member: id });
            view(scope, saved).await
        })
    })
    .await
}

/// What a roster is limited to.
#[derive(Debug, Default, Deserr, utoipa::IntoParams)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMembers {
    /// Rows in a page: 1 to 200.
    #[deserr(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: Option<Parsed<Limit>>,
    /// Where to go on.
    #[deserr(default)]
    pub cursor: Option<String>,
    /// Live members unless given; `all` lists who is gone too.
    #[deserr(default)]
    pub status: Option<MemberFilter>,
}

::rules::vocabulary! {
    /// Which members a roster shows.
    pub enum MemberFilter {
        /// With a seat.
        Active = "active" | "enrolled",
        /// Waiting.
        Waitlisted = "waitlisted",
        /// With a seat held.
        Offered = "offered",
        /// Gone.
        Left = "left",
        /// Declined an offer.
        Declined = "declined",
        /// Let an offer run out.
        Expired = "expired",
        /// Everybody who ever was.
        All = "all",
    }
}

fn statuses(filter: Option<MemberFilter>) -> Vec<MemberStatus> {
    match filter {
        None => vec![MemberStatus::Active, MemberStatus::Offered, MemberStatus::Waitlisted],
        Some(MemberFilter::All) => MemberStatus::ALL.to_vec(),
        Some(one) => MemberStatus::parse(one.as_str()).into_iter().collect(),
    }
}

/// The roster of a group in the order in which people were added.
///
/// # Errors
/// 404, 422 for a bad cursor.
pub async fn list(cx: &Cx, group: GroupId, list: &ListMembers) -> Result<Page<MemberView>, Problem> {
    let limit = list.limit.map_or_else(Limit::default, |limit| limit.0).0;
    let after: Option<MemberId> = cursor(list.cursor.as_deref())?;
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            scope.get::<Group, _>(group).await?;
            let after = match after {
                Some(id) => Some(scope.find::<Member>(id).await?.ok_or_else(bad_cursor)?),
                None => None,
            };
            let found = store::of_group(scope, group, &statuses(list.status), after.as_ref(), limit + 1).await?;
            let page = Page::cut(found, limit, |member| member.id);
            scope.record_reading("roster", group);
            Ok(Page { items: views(scope, page.items).await?, next: page.next })
        })
    })
    .await
}

/// One member.
///
/// # Errors
/// 404.
pub async fn show(cx: &Cx, group: GroupId, id: MemberId) -> Result<MemberView, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let member: Member = scope.get(id).await?;
            if member.group_id != group {
                return Err(Problem::not_found("member"));
            }
            scope.record_reading("roster", group);
            view(scope, member).await
        })
    })
    .await
}

/// A stint of a person with its group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonGroup {
    /// The stint.
    #[serde(flatten)]
    pub member: MemberView,
    /// The group's name.
    pub group_name: String,
    /// Whether the group still runs.
    pub group_status: GroupStatus,
}

/// Stints shown at once, newest first.
const STINTS_MAX: usize = 200;

/// The groups a patient is or was in, newest first.
///
/// # Errors
/// 404.
pub async fn of_patient(cx: &Cx, patient: PatientId) -> Result<Vec<PersonGroup>, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            scope.get::<people::Patient, _>(patient).await?;
            let members = store::of_person(scope, Person::Patient(patient), STINTS_MAX).await?;
            scope.record_reading("patient_groups", patient);
            let filter = members.iter().map(|member| ::rules::column::Value::from(&member.group_id));
            let filter = ::store::Where::organization().and_in("id", filter);
            let groups: Vec<Group> = scope.filter(&filter, "id", STINTS_MAX).await?;
            let with_group = |member: MemberView| {
                let group = groups.iter().find(|group| group.id == member.member.group_id)?;
                Some(PersonGroup { group_name: group.name.to_string(), group_status: group.status, member })
            };
            Ok(views(scope, members).await?.into_iter().filter_map(with_group).collect())
        })
    })
    .await
}
