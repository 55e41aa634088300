//! What becomes of an offered seat: accepted, declined, or over. The next in line follows in the same transaction.

use ::rules::{
    id::{GroupId, MemberId},
    permissions::Permission,
    roster::MemberStatus,
    text::Reason,
};
use deserr::Deserr;
use jiff::Timestamp;
use utoipa::ToSchema;

use super::{
    super::store::{self, Among, Member},
    RosterChange,
    leaving::{free_seats, member_of, promote, tell_of_seats},
    refused, view, views,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    groups::{self, Group},
    http::extract::FieldErrors,
    problem::Problem,
};

/// Why an offer is declined.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Decline {
    /// What was said; kept with the stint.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// Takes the seat that was offered.
///
/// # Errors
/// 404, 409 `offer_expired` after the deadline, `invalid_transition` without an offer, `not_eligible`; 412.
pub async fn accept(cx: &Cx, group: GroupId, id: MemberId) -> Result<RosterChange, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let old = member_of(scope, &group, id).await?;
            accepted(scope, &group, old).await
        })
    })
    .await
}

/// Writes that an offer of a locked group is accepted, if it may be.
pub(super) async fn accepted(scope: &mut Scope<'_>, group: &Group, old: Member) -> Result<RosterChange, Problem> {
    let person = old.person().ok_or_else(|| Problem::not_found("member"))?;
    let standings = store::standings(scope, group.id, &[person], Among::Seated).await?;
    let standing = standings.of(person).ok_or_else(|| Problem::not_found("member"))?;
    old.offer().accept(group.status, standing, scope.now()).map_err(refused)?;
    let seated = Member { status: MemberStatus::Active, joined_at: Some(scope.now()), ..old.clone() };
    let seated = scope.update(&old, seated).await?;
    store::forget_link(scope, old.id).await?;
    scope.emit(Event::MemberPromoted { group: group.id, member: old.id, person });
    Ok(RosterChange { member: view(scope, seated).await?, promoted: Vec::new() })
}

/// Gives back the seat that was offered; the next in line has the offer.
///
/// # Errors
/// 404, 409 `offer_expired` after the deadline, `invalid_transition` without an offer; 412.
pub async fn decline(cx: &Cx, group: GroupId, id: MemberId, input: &Decline) -> Result<RosterChange, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            let old = member_of(scope, &group, id).await?;
            declined(scope, &group, old, input.reason.as_ref()).await
        })
    })
    .await
}

/// Writes that an offer of a locked group is declined, if it may be.
pub(super) async fn declined(
    scope: &mut Scope<'_>,
    group: &Group,
    old: Member,
    reason: Option<&Reason>,
) -> Result<RosterChange, Problem> {
    old.offer().decline(group.status, scope.now()).map_err(refused)?;
    let free_before = free_seats(scope, group).await?;
    let ended = scope.now();
    let gone = end(scope, group, &old, MemberStatus::Declined, ended, reason).await?;
    let mut promoted = settle(scope, group).await?;
    promoted.extend(promote(scope, group).await?);
    tell_of_seats(scope, group, free_before).await?;
    Ok(RosterChange { member: view(scope, gone).await?, promoted: views(scope, promoted).await? })
}

async fn end(
    scope: &mut Scope<'_>,
    group: &Group,
    old: &Member,
    status: MemberStatus,
    ended: Timestamp,
    reason: Option<&Reason>,
) -> Result<Member, Problem> {
    let gone = Member { status, left_at: Some(ended), left_reason: reason.cloned(), ..old.clone() };
    let gone = scope.update(old, gone).await?;
    store::forget_link(scope, old.id).await?;
    if let Some(person) = old.person() {
        let (group, member) = (group.id, old.id);
        scope.emit(match status {
            MemberStatus::Declined => Event::MemberDeclined { group, member, person },
            _ => Event::MemberExpired { group, member, person },
        });
    }
    Ok(gone)
}

/// Offers of one group that are ended in one transaction, at most: it has no more seats.
const OVERDUE_MAX: usize = 200;

/// Ends the offers of a locked group whose deadline has passed and gives their seats to the next in line; answers who
/// has one now. Whoever changes a roster does so first, so that nothing waits for the job.
///
/// # Errors
/// When the database can't answer.
pub async fn settle(scope: &mut Scope<'_>, group: &Group) -> Result<Vec<Member>, Problem> {
    let now = scope.now();
    let overdue = store::overdue(scope, Some(group.id), now, OVERDUE_MAX).await?;
    if overdue.is_empty() {
        return Ok(Vec::new());
    }
    let free_before = free_seats(scope, group).await?;
    for old in &overdue {
        let ended = old.offer_expires_at.unwrap_or(now);
        end(scope, group, old, MemberStatus::Expired, ended, None).await?;
    }
    let promoted = promote(scope, group).await?;
    tell_of_seats(scope, group, free_before).await?;
    Ok(promoted)
}

/// A member as it stands at this instant: an offer whose deadline has passed is over, also before anybody has written so.
pub(super) fn as_it_stands(member: Member, now: Timestamp) -> Member {
    if !member.offer().is_over(now) {
        return member;
    }
    Member { status: MemberStatus::Expired, left_at: member.offer_expires_at.or(Some(now)), ..member }
}

/// Groups looked at in one go.
const BATCH: usize = 50;

/// Ends every offer that is over, a transaction for each group; returns of how many groups. When none is, that is one
/// question and nothing is written.
///
/// # Errors
/// When the database can't answer; what was done until then stays.
pub async fn expire_due(cx: &Cx) -> Result<usize, Problem> {
    let mut settled = 0;
    loop {
        let due = cx
            .read(Permission::GroupMemberAdd, |scope| {
                Box::pin(async move {
                    let now = scope.now();
                    Ok(store::overdue(scope, None, now, BATCH).await?)
                })
            })
            .await?;
        let mut groups: Vec<GroupId> = due.iter().map(|member| member.group_id).collect();
        groups.sort_unstable();
        groups.dedup();
        if groups.is_empty() {
            return Ok(settled);
        }
        settled += groups.len();
        for group in groups {
            settle_one(cx, group).await?;
        }
    }
}

async fn settle_one(cx: &Cx, group: GroupId) -> Result<(), Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            settle(scope, &group).await?;
            // Another server, or somebody at a desk, may have been first: then this was only a look.
            scope.record_reading("roster", group.id);
            Ok(())
        })
    })
    .await
}
