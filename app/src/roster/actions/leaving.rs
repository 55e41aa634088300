//! Removing people, and giving the free seats to who waits.

use std::collections::BTreeMap;

use ::rules::{
    groups::GroupStatus,
    id::{GroupId, MemberId},
    permissions::Permission,
    roster::{MemberStatus, Person, Promotions, Refusal, Roster, SkipReason, Waiting, next_in_line, remove as decide},
    text::{Reason, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, Among, Member},
    MemberView, refused, roster_of, view, views,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    groups::{self, Group},
    problem::Problem,
};

/// Who was removed, and who has the seat now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Removal {
    /// The stint that ended.
    pub member: MemberView,
    /// Who was promoted from the line by it.
    pub promoted: Vec<MemberView>,
}

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
            let removed = decide(old.status).map_err(refused)?;
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

pub(super) async fn member_of(scope: &mut Scope<'_>, group: &Group, id: MemberId) -> Result<Member, Problem> {
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
    let (line, given) = next(scope, group, &roster).await?;
    let mut promoted = Vec::new();
    for old in &line {
        if given.promoted.contains(&old.id) {
            promoted.push(give_seat(scope, group, old).await?);
        } else if let Some((_, why)) = given.skipped.iter().find(|(member, _)| *member == old.id) {
            keep_why(scope, old, *why).await?;
        }
    }
    Ok(promoted)
}

/// How far along the line a promotion looks first; twice as far each time that is not enough.
const LOOK_FIRST: usize = 50;

/// Who is next, with as much of the line as it takes to know.
async fn next(scope: &mut Scope<'_>, group: &Group, roster: &Roster) -> Result<(Vec<Member>, Promotions), Problem> {
    let free = usize::try_from(roster.seats.free()).unwrap_or(usize::MAX);
    let mut look = LOOK_FIRST;
    loop {
        let line = store::line(scope, group.id, look).await?;
        let people: BTreeMap<MemberId, Person> =
            line.iter().filter_map(|member| Some((member.id, member.person()?))).collect();
        let asked: Vec<Person> = people.values().copied().collect();
        let standings = store::standings(scope, group.id, &asked, Among::Seated).await?;
        let waiting = line.iter().filter_map(|member| {
            let standing = standings.of(*people.get(&member.id)?)?;
            Some(Waiting { member: member.id, standing })
        });
        let waiting: Vec<Waiting> = waiting.collect();
        let given = next_in_line(roster, &waiting, |one, other| standings.apart(people[&one], people[&other]));
        if given.promoted.len() >= free || line.len() < look {
            return Ok((line, given));
        }
        look *= 2;
    }
}

/// Keeps why somebody was passed over, once.
async fn keep_why(scope: &mut Scope<'_>, old: &Member, why: SkipReason) -> Result<(), Problem> {
    let skip_reason = Text::parse(why.as_str()).ok();
    if skip_reason != old.skip_reason {
        let skipped = Member { skip_reason, skipped_at: Some(scope.now()), ..old.clone() };
        scope.update(old, skipped).await?;
    }
    Ok(())
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
