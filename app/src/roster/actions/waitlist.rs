//! Why nobody was given a seat: what holds the whole line, and who was passed over last.

use ::rules::{
    id::{GroupId, MemberId},
    permissions::Permission,
    roster::{Held, MemberStatus, Roster, SkipReason, held},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{super::store, roster_of, views};
use crate::{
    door::Cx,
    groups::{self, Group},
    problem::Problem,
};

/// Who was passed over, at most: the first in line are who matters.
const SKIPPED_MAX: usize = 200;

/// The line of a group, and why it does not move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Waitlist {
    /// The group.
    pub group_id: GroupId,
    /// How many wait.
    pub waiting: u32,
    /// Seats that are free.
    pub free: u32,
    /// What holds everybody who waits, if anything does.
    pub held: Option<Held>,
    /// The same as a sentence; none when nobody waits.
    pub message: Option<String>,
    /// Who waits and was passed over when a seat became free, in the order of the line; the first 200.
    pub skipped: Vec<SkippedMember>,
}

/// One who waits and was passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SkippedMember {
    /// The stint.
    pub member_id: MemberId,
    /// How the person is shown.
    pub name: String,
    /// The place in the line.
    pub waitlist_position: Option<u32>,
    /// Why: one word for every kind of ineligibility.
    pub skip_reason: SkipReason,
    /// The same as a sentence.
    pub message: String,
    /// When that was last.
    pub skipped_at: Option<Timestamp>,
}

/// What holds a line that could move but has not: nobody in it was eligible when it was last asked.
const NOBODY_ELIGIBLE: &str = "A seat is free, and nobody who waits was eligible for it when it was last given.";

/// What holds a line for less than a minute.
const RUN_OUT: &str = "An offer has run out: its seat goes to the next in line who is eligible within a minute.";

/// The line of a group, and why it does not move.
///
/// # Errors
/// 404.
pub async fn waitlist(cx: &Cx, group: GroupId) -> Result<Waitlist, Problem> {
    cx.read(Permission::GroupRead, |scope| {
        Box::pin(async move {
            let group: Group = scope.get(group).await?;
            let written = roster_of(scope, &group).await?;
            let counts = groups::counts_now(scope, &[group.id]).await?.remove(&group.id).unwrap_or_default();
            let seats = groups::actions::seats(&group, counts, written.seats.ceiling);
            let roster = Roster { seats, ..written };
            let passed = store::skipped(scope, group.id, SKIPPED_MAX).await?;
            scope.record_reading("roster", group.id);
            let skipped = views(scope, passed).await?;
            let held = held(&roster);
            let free = if written.seats.offered > seats.offered { RUN_OUT } else { NOBODY_ELIGIBLE };
            let message = held.map_or(free, Held::message).to_owned();
            Ok(Waitlist {
                group_id: group.id,
                waiting: counts.waiting,
                free: roster.seats.free(),
                held,
                message: Some(message).filter(|_| counts.waiting > 0),
                skipped: skipped.iter().filter_map(SkippedMember::of).collect(),
            })
        })
    })
    .await
}

impl SkippedMember {
    fn of(view: &super::MemberView) -> Option<Self> {
        let member = &view.member;
        let skip_reason = member.skip_reason.as_ref().and_then(|word| SkipReason::parse(word))?;
        (member.status == MemberStatus::Waitlisted).then(|| Self {
            member_id: member.id,
            name: view.name.clone(),
            waitlist_position: view.waitlist_position,
            skip_reason,
            message: skip_reason.message().to_owned(),
            skipped_at: member.skipped_at,
        })
    }
}
