//! Use cases: adding, removing and listing members. Every change holds the lock on the group's row.

mod adding;
mod by_hand;
mod leaving;
pub mod link;
mod listing;
mod offering;
mod waitlist;

pub use adding::{BatchError, BatchOutcome, NewMember, NewMembers, add, add_batch};
pub use by_hand::{GiveSeat, GivenSeat, Move, SeatKind, give, move_to};
pub use leaving::{RosterChange, end_double, free_seats, promote, remove, tell_of_seats};
pub use listing::{
    ChangeMember, Day, GroupLeader, ListMembers, MemberFilter, PersonGroup, change, history, list, of_patient, show,
    stints,
};
pub use offering::{Decline, accept, decline, expire_due, settle};
pub use waitlist::{SkippedMember, Waitlist, waitlist};

use std::collections::BTreeMap;

use ::rules::{
    id::{GroupId, MemberId},
    permissions::Permission,
    roster::{Candidate, MemberStatus, Person, Refusal, Roster},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{self, Among, Member, Standings};
use crate::{
    door::Scope,
    groups::{self, Group},
    people,
    problem::Problem,
    settings::settings,
};

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

/// The roster of a locked group as the rulebook sees it.
async fn roster_of(scope: &mut Scope<'_>, group: &Group) -> Result<Roster, Problem> {
    let ceiling = settings(scope).await?.capacity_ceiling;
    let counts = groups::counts(scope, &[group.id]).await?.remove(&group.id).unwrap_or_default();
    let eligible_waiting = match counts.waiting {
        0 => false,
        _ => store::somebody_eligible_waits(scope, group.id).await?,
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

/// The people as candidates for a group; none where there is no such person. And who of them must not meet. Who is in
/// the group by another record is in it.
async fn candidates(
    scope: &mut Scope<'_>,
    group: GroupId,
    people: &[Person],
) -> Result<(Vec<Option<Candidate>>, Standings), Problem> {
    let standings = store::standings(scope, group, people, Among::Everybody).await?;
    let records = people::hold_records(scope, people).await?;
    let live = store::live(scope, group, &records.with_others(people)).await?;
    let candidate = |person: &Person| {
        let who = records.who(*person);
        let is_theirs = |member: &&Member| member.person().is_some_and(|one| records.who(one) == who);
        let standing = standings.of(*person)?;
        Some(Candidate { person: who, live: live.iter().find(is_theirs).map(|member| member.status), standing })
    };
    Ok((people.iter().map(candidate).collect(), standings))
}

/// Members with their names and places in the line, in a constant number of statements.
///
/// # Errors
/// When the database can't answer.
pub async fn views(scope: &mut Scope<'_>, members: Vec<Member>) -> Result<Vec<MemberView>, Problem> {
    let people: Vec<Person> = members.iter().filter_map(Member::person).collect();
    let names = people::names(scope, &people).await?;
    let positions = positions(scope, &members).await?;
    let now = scope.now();
    let view = |member: Member| {
        let member = offering::as_it_stands(member, now);
        let name = member.person().and_then(|person| names.get(&person)).cloned().unwrap_or_default();
        MemberView { name, waitlist_position: positions.get(&member.id).copied(), member }
    };
    Ok(members.into_iter().map(view).collect())
}

/// The places in the line of those of these members who wait: counted for one, read once a group for several.
async fn positions(scope: &mut Scope<'_>, members: &[Member]) -> Result<BTreeMap<MemberId, u32>, Problem> {
    let waiting: Vec<&Member> = members.iter().filter(|member| member.status == MemberStatus::Waitlisted).collect();
    if let [only] = waiting.as_slice() {
        let position = store::position(scope, only).await?;
        return Ok(position.map(|position| (only.id, position)).into_iter().collect());
    }
    let mut all = BTreeMap::new();
    let mut groups: Vec<GroupId> = waiting.iter().map(|member| member.group_id).collect();
    groups.sort_unstable();
    groups.dedup();
    for group in groups {
        all.extend(store::positions(scope, group).await?);
    }
    Ok(all)
}

async fn view(scope: &mut Scope<'_>, member: Member) -> Result<MemberView, Problem> {
    views(scope, vec![member]).await?.pop().ok_or_else(|| Problem::not_found("member"))
}
