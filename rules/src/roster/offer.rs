//! A held seat: offering it, and what becomes of the offer; and giving a seat by hand.

use jiff::{SignedDuration, Timestamp};

use super::{MemberStatus, OnFull, Refusal, Roster, Standing, Wish};
use crate::{
    groups::{GroupStatus, Promotion},
    id::MemberId,
    roster::Waiting,
};

/// What a seat that is given makes of who waited: a held one in a group that offers, else a taken one.
pub const fn seat_given_by(promotion: Promotion) -> MemberStatus {
    match promotion {
        Promotion::Offer => MemberStatus::Offered,
        Promotion::Auto | Promotion::Manual => MemberStatus::Active,
    }
}

/// Until when a seat is held that is offered now.
pub fn deadline(now: Timestamp, hold_hours: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(hold_hours.into())).unwrap_or(now)
}

/// An offer, or what was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Where the stint stands.
    pub status: MemberStatus,
    /// Until when the seat is held. An offer without a deadline is over.
    pub expires_at: Option<Timestamp>,
}

impl Offer {
    /// Whether the deadline has passed and nobody has written so yet. The deadline itself is past it.
    pub fn is_over(self, now: Timestamp) -> bool {
        self.status == MemberStatus::Offered && self.expires_at.is_none_or(|deadline| deadline <= now)
    }

    fn stands(self, group: GroupStatus, now: Timestamp) -> Result<(), Refusal> {
        match (group, self.status) {
            (GroupStatus::Archived, _) => Err(Refusal::GroupArchived),
            (_, MemberStatus::Offered) if self.is_over(now) => Err(Refusal::OfferOver),
            (_, MemberStatus::Offered) => Ok(()),
            (_, MemberStatus::Expired) => Err(Refusal::OfferOver),
            (_, status) => Err(Refusal::NotOffered(status)),
        }
    }

    /// Whether the offer may be accepted: the stint becomes `active`. The seat was held, so seats are not asked for.
    ///
    /// # Errors
    /// The first of: the group is archived, there is no offer, its deadline has passed, the person is not eligible.
    pub fn accept(self, group: GroupStatus, standing: Standing, now: Timestamp) -> Result<(), Refusal> {
        self.stands(group, now)?;
        standing.ineligible().map_or(Ok(()), |_| Err(Refusal::NotEligible))
    }

    /// Whether the offer may be declined: the stint becomes `declined`, and the next in line has the offer.
    ///
    /// # Errors
    /// The first of: the group is archived, there is no offer, its deadline has passed.
    pub fn decline(self, group: GroupStatus, now: Timestamp) -> Result<(), Refusal> {
        self.stands(group, now)
    }
}

/// A seat that is given by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The seat is beyond the capacity.
    pub overridden: bool,
    /// Somebody eligible who waits longer was passed by.
    pub out_of_order: bool,
}

/// Decides whether somebody who waits may be given a seat by hand now. `line` is everybody who waits, in order, as far
/// as this member.
///
/// # Errors
/// The first of: archived, not waiting, not eligible, full, override not permitted, reason missing.
pub fn promote(
    roster: &Roster,
    member: (MemberId, MemberStatus),
    line: &[Waiting],
    wish: Wish,
) -> Result<Given, Refusal> {
    let (member, status) = member;
    if roster.status == GroupStatus::Archived {
        return Err(Refusal::GroupArchived);
    }
    let place = line.iter().position(|waiting| waiting.member == member);
    let place = place.filter(|_| status == MemberStatus::Waitlisted).ok_or(Refusal::NotWaiting(status))?;
    let (before, own) = (line.get(..place).unwrap_or_default(), line.get(place));
    if own.is_none_or(|own| own.standing.ineligible().is_some()) {
        return Err(Refusal::NotEligible);
    }
    let overridden = roster.seats.free() == 0;
    match wish.on_full {
        _ if !overridden => {}
        Some(OnFull::Override) if wish.may_override => {}
        Some(OnFull::Override) => return Err(Refusal::OverrideNotPermitted),
        _ => return Err(Refusal::NoSeatToGive { capacity: roster.seats.capacity() }),
    }
    let out_of_order = before.iter().any(|waiting| waiting.standing.ineligible().is_none());
    if (overridden || out_of_order) && !wish.has_reason {
        return Err(Refusal::ReasonRequired);
    }
    Ok(Given { overridden, out_of_order })
}
