//! Groups as they are shown, with their seats in numbers.

use ::rules::{
    id::{GroupId, PractitionerId},
    roster::Seats,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::store::{self, Counts, Group};
use crate::{door::Scope, problem::Problem, settings::settings};

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
    /// Seats held by an offer; counted in `taken`.
    #[serde(default)]
    pub offered: u32,
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
        offered: counts.offered,
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
    let counts = store::counts_now(scope, &ids).await?;
    let mut co = store::co_facilitators(scope, &ids).await?;
    let view = |group: Group| {
        let counted = counts.get(&group.id).copied().unwrap_or_default();
        let seats = seats_view(&group, counted, ceiling);
        GroupView { co_facilitator_ids: co.remove(&group.id).unwrap_or_default(), seats, group }
    };
    Ok(groups.into_iter().map(view).collect())
}

/// One group with its seats.
///
/// # Errors
/// When the database can't answer.
pub async fn view(scope: &mut Scope<'_>, group: Group) -> Result<GroupView, Problem> {
    let view = views(scope, vec![group]).await?.pop();
    view.ok_or_else(|| Problem::not_found("group"))
}
