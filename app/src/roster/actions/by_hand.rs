//! What staff decide of the line: who is given a seat, and who has which place.

use ::rules::{
    id::{GroupId, MemberId},
    permissions::Permission,
    roster::{MemberStatus, OnFull, Refusal, Waiting, Wish, move_in_line, promote as decide, seat_given_by},
    text::Reason,
};
use deserr::Deserr;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::{self, Member},
    MemberView,
    leaving::{Why, free_seats, give_seat, line_of, member_of, tell_of_seats},
    link,
    offering::settle,
    refused, roster_of, view,
};
use crate::{
    door::{Cx, Scope},
    events::Event,
    groups::{self, Group},
    http::extract::FieldErrors,
    problem::Problem,
};

::rules::vocabulary! {
    /// How a seat is given by hand.
    pub enum SeatKind {
        /// The person has it at once.
        Active = "active",
        /// It is held for the person until the deadline.
        Offered = "offered",
    }
}

/// A seat for one who waits.
#[derive(Debug, Default, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct GiveSeat {
    /// Whether the seat is theirs at once or offered; unless given, `offered` in a group that offers, else `active`.
    #[deserr(default)]
    pub status: Option<SeatKind>,
    /// `override` gives a seat beyond the capacity: needs `group.capacity.override` and a reason.
    #[deserr(default)]
    pub on_full: Option<OnFull>,
    /// Why; needed when somebody eligible waits longer, or beyond the capacity.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// A seat that was given by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenSeat {
    /// The member.
    pub member: MemberView,
    /// The private address of the offer, shown this once; a repeated request does not see it again.
    #[serde(skip)]
    pub offer_url: Option<String>,
}

/// Gives a seat to one who waits, in any group and by whatever rule it promotes.
///
/// # Errors
/// 404; 403 for `override` without its permission; 409 `group_full`, `not_eligible`, `invalid_transition`; 412; 422
/// for a missing reason.
pub async fn give(cx: &Cx, group: GroupId, id: MemberId, input: &GiveSeat) -> Result<GivenSeat, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            settle(scope, &group).await?;
            let old = member_of(scope, &group, id).await?;
            let (to, free_before) = (kind_of(&group, input), free_seats(scope, &group).await?);
            let given = decided(scope, &group, &old, input).await?;
            let reason = |wanted: bool| input.reason.as_ref().filter(|_| wanted);
            let why = Why { out_of_order: reason(given.out_of_order), beyond_capacity: reason(given.overridden) };
            let seated = give_seat(scope, &group, &old, to, &why).await?;
            tell_of_seats(scope, &group, free_before).await?;
            let offer_url = match to {
                MemberStatus::Offered => Some(link::renew(scope, &seated).await?),
                _ => None,
            };
            Ok(GivenSeat { member: view(scope, seated).await?, offer_url })
        })
    })
    .await
}

fn kind_of(group: &Group, input: &GiveSeat) -> MemberStatus {
    match input.status {
        Some(SeatKind::Active) => MemberStatus::Active,
        Some(SeatKind::Offered) => MemberStatus::Offered,
        None => seat_given_by(group.promotion),
    }
}

async fn decided(
    scope: &mut Scope<'_>,
    group: &Group,
    old: &Member,
    input: &GiveSeat,
) -> Result<::rules::roster::Given, Problem> {
    let roster = roster_of(scope, group).await?;
    let place = store::position(scope, old).await?.unwrap_or_default();
    let line = line_of(scope, group.id, usize::try_from(place).unwrap_or(usize::MAX)).await?;
    let line: Vec<Waiting> = line.waiting.into_iter().map(|(_, waiting)| waiting).collect();
    let may_override = scope.cx.permissions.allows(Permission::GroupCapacityOverride);
    let wish = Wish { on_full: input.on_full, may_override, has_reason: input.reason.is_some() };
    decide(&roster, (old.id, old.status), &line, wish).map_err(refused)
}

/// Another place in the line.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Move {
    /// The place: 1 is served first.
    #[schema(minimum = 1)]
    pub position: u32,
    /// Why; kept with the membership.
    #[deserr(default)]
    pub reason: Option<Reason>,
}

/// Moves one who waits to another place in the line; everybody else keeps their order.
///
/// # Errors
/// 404; 409 when the member does not wait or the group is archived; 412; 422 for a missing reason or a place the line
/// does not have.
pub async fn move_to(cx: &Cx, group: GroupId, id: MemberId, input: &Move) -> Result<MemberView, Problem> {
    cx.write(Permission::GroupMemberAdd, |scope| {
        Box::pin(async move {
            let group: Group = groups::lock(scope, group).await?;
            settle(scope, &group).await?;
            let old = member_of(scope, &group, id).await?;
            if group.status == ::rules::groups::GroupStatus::Archived {
                return Err(refused(Refusal::GroupArchived));
            }
            let line = store::spots(scope, group.id).await?;
            let moved = move_in_line(&line, (id, old.status), input.position, input.reason.is_some());
            let moved = moved.map_err(refused)?;
            let own = moved.iter().find(|spot| spot.member == id).map(|spot| spot.key).or(old.order_key);
            store::set_keys(scope, &moved).await?;
            let saved = Member { order_key: own, move_reason: input.reason.clone(), ..old.clone() };
            let saved = scope.update(&old, saved).await?;
            if let Some(person) = old.person() {
                let position = input.position;
                scope.emit(Event::MemberMoved { group: group.id, member: id, person, position });
            }
            view(scope, saved).await
        })
    })
    .await
}
