//! Adding people: one, or up to 200 at once.

use ::rules::{
    id::{GroupId, GuestId, PatientId},
    permissions::Permission,
    roster::{
        BatchItem, KEY_GAP, MOST_IN_BATCH, MemberStatus, MemberType, OnFull, Person, Placed, Refusal, Roster, Wish,
        add as decide, key_after, plan_batch,
    },
    text::{Reason, Remark},
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, Member},
    MemberView, candidates,
    offering::settle,
    refused, roster_of, view, views,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    groups::{self, Group},
    http::extract::FieldErrors,
    problem::{FieldError, Problem},
    settings::require_group_sessions,
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

/// Adds a person to a group: to a seat, or to the line.
///
/// # Errors
/// 404 for the group; 409 `already_member`, `group_full`, `enrollment_closed`, `not_eligible`; 422.
pub async fn add(cx: &Cx, group: GroupId, new: &NewMember) -> Result<MemberView, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            require_group_sessions(scope).await?;
            let group: Group = groups::lock(scope, group).await?;
            settle(scope, &group).await?;
            let person = new.person().map_err(Problem::invalid)?;
            let candidate = candidates(scope, group.id, &[person]).await?.0.pop().flatten();
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
        offered_at: None,
        offer_expires_at: None,
        promotion_reason: None,
        move_reason: None,
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
            require_group_sessions(scope).await?;
            let group: Group = groups::lock(scope, group).await?;
            settle(scope, &group).await?;
            let people = people_of(batch)?;
            let (rows, standings) = candidates(scope, group.id, &people).await?;
            let roster = roster_of(scope, &group).await?;
            let wish = wish(scope, batch.on_full, batch.reason.as_ref());
            let apart = |one: usize, other: usize| standings.apart(people[one], people[other]);
            let plan = plan_batch(&roster, &rows, wish, apart).map_err(refused)?;
            let mut placed = Vec::new();
            let mut members = Vec::new();
            let mut last = store::last_key(scope, group.id).await?;
            for ((item, new), person) in plan.items.iter().zip(&batch.members).zip(people) {
                let BatchItem::Placed(place_at) = item else { continue };
                let new = NewMember { reason: batch.reason.clone(), ..new.clone() };
                let behind = last.or(Some(key_after(None) - KEY_GAP));
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
