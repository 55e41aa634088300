//! Removing people, and giving the free seats to who waits.

use std::collections::BTreeMap;

use ::rules::{
    groups::GroupStatus,
    id::{GroupId, MemberId},
    permissions::Permission,
    roster::{
        MemberStatus, Person, Promotions, Refusal, Roster, SkipReason, Waiting, deadline, next_in_line,
        remove as decide, seat_given_by,
    },
    text::{Reason, Text},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, Among, Member, Standings},
    MemberView,
    offering::settle,
    refused, roster_of, view, views,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    groups::{self, Group},
    problem::Problem,
};

/// A stint that changed, and who has a seat because of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RosterChange {
    /// The stint that changed.
    pub member: MemberView,
    /// Who was given a seat from the line by it: `active`, or `offered` in a group that offers.
    pub promoted: Vec<MemberView>,
}

/// Ends a stint; whoever is next in line has the seat in the same transaction.
///
/// # Errors
/// 404, 409 when it has ended already, 412.
pub async fn remove(cx: &Cx, group: GroupId, id: MemberId, reason: Option<&Reason>) -> Result<RosterChange, Problem> {
    cx.write(Permission::GroupMemberRemove, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            settle(scope, &group).await?;
            let old = member_of(scope, &group, id).await?;
            if group.status == GroupStatus::Archived {
                return Err(refused(Refusal::GroupArchived));
            }
            let removed = decide(old.status).map_err(refused)?;
            let (was, person) = (old.status, old.person());
            let free_before = free_seats(scope, &group).await?;
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
            if was == MemberStatus::Offered {
                store::forget_link(scope, id).await?;
            }
            let promoted = if removed.frees_seat { promote(scope, &group).await? } else { Vec::new() };
            tell_of_seats(scope, &group, free_before).await?;
            Ok(RosterChange { member: view(scope, left).await?, promoted: views(scope, promoted).await? })
        })
    })
    .await
}

/// Ends a stint of somebody who is in the group by another one; the caller holds the group's lock, and promotes. Their
/// bookings stay.
///
/// # Errors
/// When the database can't answer.
pub async fn end_double(scope: &mut Scope<'_>, old: &Member, reason: &str) -> Result<(), Problem> {
    let left = Member {
        status: MemberStatus::Left,
        order_key: None,
        left_at: Some(scope.now()),
        left_reason: Reason::parse(reason).ok(),
        ..old.clone()
    };
    scope.update(old, left).await?;
    if old.status == MemberStatus::Offered {
        store::forget_link(scope, old.id).await?;
    }
    if let Some(person) = old.person() {
        scope.emit(Event::StintJoined { group: old.group_id, member: old.id, person, was: old.status });
    }
    Ok(())
}

/// How many seats of a locked group are free.
///
/// # Errors
/// When the database can't answer.
pub async fn free_seats(scope: &mut Scope<'_>, group: &Group) -> Result<u32, Problem> {
    Ok(roster_of(scope, group).await?.seats.free())
}

/// Tells when the last free seat of a group was taken, or a full group has a free one again.
///
/// # Errors
/// When the database can't answer.
pub async fn tell_of_seats(scope: &mut Scope<'_>, group: &Group, free_before: u32) -> Result<(), Problem> {
    match (free_before, free_seats(scope, group).await?) {
        (0, 0) => {}
        (0, _) => scope.emit(Event::GroupSeatsAvailable { group: group.id }),
        (_, 0) => scope.emit(Event::GroupFull { group: group.id }),
        _ => {}
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
            promoted.push(give_seat(scope, group, old, seat_given_by(group.promotion), &Why::default()).await?);
        } else if let Some((_, why)) = given.skipped.iter().find(|(member, _)| *member == old.id) {
            keep_why(scope, old, *why).await?;
        }
    }
    Ok(promoted)
}

/// How far along the line a promotion looks first; twice as far each time that is not enough.
const LOOK_FIRST: usize = 50;

/// The first who wait, in order, as the rulebook sees them.
pub(super) struct Line {
    pub waiting: Vec<(Member, Waiting)>,
    people: BTreeMap<MemberId, Person>,
    standings: Standings,
}

impl Line {
    /// Whether two of them must not both have a seat.
    fn apart(&self, one: MemberId, other: MemberId) -> bool {
        let (one, other) = (self.people.get(&one), self.people.get(&other));
        one.zip(other).is_some_and(|(one, other)| self.standings.apart(*one, *other))
    }
}

/// The first of the line, held against those who have seats.
pub(super) async fn line_of(scope: &mut Scope<'_>, group: GroupId, limit: usize) -> Result<Line, Problem> {
    let line = store::line(scope, group, limit).await?;
    let people: BTreeMap<MemberId, Person> =
        line.iter().filter_map(|member| Some((member.id, member.person()?))).collect();
    let asked: Vec<Person> = people.values().copied().collect();
    let standings = store::standings(scope, group, &asked, Among::Seated).await?;
    let waiting = line.into_iter().filter_map(|member| {
        let standing = standings.of(*people.get(&member.id)?)?;
        Some((member.clone(), Waiting { member: member.id, standing }))
    });
    Ok(Line { waiting: waiting.collect(), people, standings })
}

/// Who is next, with as much of the line as it takes to know.
async fn next(scope: &mut Scope<'_>, group: &Group, roster: &Roster) -> Result<(Vec<Member>, Promotions), Problem> {
    let free = usize::try_from(roster.seats.free()).unwrap_or(usize::MAX);
    let mut look = LOOK_FIRST;
    loop {
        let line = line_of(scope, group.id, look).await?;
        let waiting: Vec<Waiting> = line.waiting.iter().map(|(_, waiting)| *waiting).collect();
        let given = next_in_line(roster, &waiting, |one, other| line.apart(one, other));
        let line: Vec<Member> = line.waiting.into_iter().map(|(member, _)| member).collect();
        if given.promoted.len() >= free || line.len() < look {
            return Ok((line, given));
        }
        look *= 2;
    }
}

/// Keeps why somebody was passed over, and when that was last.
async fn keep_why(scope: &mut Scope<'_>, old: &Member, why: SkipReason) -> Result<(), Problem> {
    let skip_reason = Text::parse(why.as_str()).ok();
    let skipped = Member { skip_reason, skipped_at: Some(scope.now()), ..old.clone() };
    scope.update(old, skipped).await?;
    Ok(())
}

/// Why a seat is given otherwise than the group's own rule would.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Why<'a> {
    /// Somebody eligible waits longer.
    pub out_of_order: Option<&'a Reason>,
    /// There was no seat.
    pub beyond_capacity: Option<&'a Reason>,
}

/// Gives a seat to one who waits: `active`, or `offered` until the deadline. `why` is kept.
pub(super) async fn give_seat(
    scope: &mut Scope<'_>,
    group: &Group,
    old: &Member,
    to: MemberStatus,
    why: &Why<'_>,
) -> Result<Member, Problem> {
    let is_offer = to == MemberStatus::Offered;
    let now = scope.now();
    let seated = Member {
        status: to,
        order_key: None,
        joined_at: (!is_offer).then_some(now),
        offered_at: is_offer.then_some(now),
        offer_expires_at: is_offer.then(|| deadline(now, group.offer_hold_hours)),
        promotion_reason: why.out_of_order.cloned(),
        override_reason: why.beyond_capacity.cloned().or_else(|| old.override_reason.clone()),
        skip_reason: None,
        skipped_at: None,
        ..old.clone()
    };
    let seated = scope.update(old, seated).await?;
    if let Some(person) = old.person() {
        let (group, member) = (group.id, old.id);
        scope.emit(match is_offer {
            true => Event::MemberOffered { group, member, person },
            false => Event::MemberPromoted { group, member, person },
        });
    }
    Ok(seated)
}
