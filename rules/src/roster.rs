//! Who belongs to a group: joining, waiting, leaving, and who is next (domain 3).
//!
//! The caller holds the lock on the group's row, loads a [`Roster`] and the people, asks, and saves what follows.
//! Nothing here counts rows: [`Seats`] come from the same transaction.

mod batch;
mod line;
mod offer;
mod refusal;
mod seats;

pub use batch::{BatchItem, BatchPlan, MOST_IN_BATCH, plan_batch};
pub use line::{KEY_GAP, Spot, key_after, move_in_line, positions};
pub use offer::{Given, Offer, deadline, promote, seat_given_by};
pub use refusal::Refusal;
pub use seats::{SeatSummary, Seats};

use crate::groups::{EnrollmentMode, GroupStatus, Promotion, WhenFull};
use crate::id::{GuestId, MemberId, PatientId};

crate::vocabulary! {
    /// Where one stint of one person in a group stands.
    pub enum MemberStatus {
        /// Has a seat.
        Active = "active" | "enrolled",
        /// Waits in line.
        Waitlisted = "waitlisted",
        /// Has a seat held until it is accepted.
        Offered = "offered",
        /// Left, or was removed.
        Left = "left",
        /// Declined the offer.
        Declined = "declined",
        /// Let the offer run out.
        Expired = "expired",
    }
}

impl MemberStatus {
    /// Whether the stint is over; who is gone may be added again, as a new row.
    pub const fn is_gone(self) -> bool {
        matches!(self, Self::Left | Self::Declined | Self::Expired)
    }

    /// Whether a seat is taken: `active` or `offered`.
    pub const fn takes_seat(self) -> bool {
        matches!(self, Self::Active | Self::Offered)
    }
}

crate::vocabulary! {
    /// What a member is.
    pub enum MemberType {
        /// A registered patient.
        Patient = "patient",
        /// A guest: somebody who takes part and is not a patient.
        Guest = "guest",
    }
}

crate::vocabulary! {
    /// What one call wants when the group is full; without it the group's own rule holds.
    pub enum OnFull {
        /// Wait in line.
        Waitlist = "waitlist",
        /// Be refused.
        Reject = "reject",
        /// Have a seat beyond the capacity: a permission and a reason.
        Override = "override",
    }
}

/// A patient or a guest, never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// A registered patient.
    Patient(PatientId),
    /// A guest.
    Guest(GuestId),
}

impl Person {
    /// The one id that was given, of two fields of which exactly one must be.
    ///
    /// # Errors
    /// [`Refusal::OnePerson`] for none or both.
    pub fn of(patient: Option<PatientId>, guest: Option<GuestId>) -> Result<Self, Refusal> {
        match (patient, guest) {
            (Some(patient), None) => Ok(Self::Patient(patient)),
            (None, Some(guest)) => Ok(Self::Guest(guest)),
            _ => Err(Refusal::OnePerson),
        }
    }

    /// Which of the two it is.
    pub const fn member_type(self) -> MemberType {
        match self {
            Self::Patient(_) => MemberType::Patient,
            Self::Guest(_) => MemberType::Guest,
        }
    }

    /// The patient's id, if it is a patient.
    pub const fn patient(self) -> Option<PatientId> {
        match self {
            Self::Patient(id) => Some(id),
            Self::Guest(_) => None,
        }
    }

    /// The guest's id, if it is a guest.
    pub const fn guest(self) -> Option<GuestId> {
        match self {
            Self::Patient(_) => None,
            Self::Guest(id) => Some(id),
        }
    }
}

/// What a decision needs to know of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roster {
    /// Whether the group still runs.
    pub status: GroupStatus,
    /// Whether people may be added.
    pub enrollment: EnrollmentMode,
    /// What the group does when full.
    pub when_full: WhenFull,
    /// How it gives free seats.
    pub promotion: Promotion,
    /// Its seats.
    pub seats: Seats,
    /// Whether somebody eligible already waits: a newcomer never overtakes them.
    pub eligible_waiting: bool,
}

crate::vocabulary! {
    /// Why a person may not be in a group. For the audit log only: whoever asks sees [`Refusal::NotEligible`], the
    /// same for all, so that nobody learns of a keep-apart pair from an answer.
    pub enum Ineligible {
        /// A private pair with somebody who is in the group.
        KeptApart = "kept_apart",
        /// The person's record is inactive.
        Inactive = "inactive",
        /// The group belongs to a programme and the patient has no admission to it.
        NotAdmitted = "not_admitted",
    }
}

/// What decides whether a person may be in a group at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// A keep-apart pair with somebody who is in the group, or in the session, exists.
    pub kept_apart: bool,
    /// The person's record is active.
    pub active: bool,
    /// The group has a programme, and the person is not admitted to it.
    pub lacks_admission: bool,
}

impl Standing {
    /// Nothing stands in the way.
    pub const CLEAR: Self = Self { kept_apart: false, active: true, lacks_admission: false };

    /// What stands in the way, if anything.
    pub const fn ineligible(self) -> Option<Ineligible> {
        match self {
            Self { kept_apart: true, .. } => Some(Ineligible::KeptApart),
            Self { active: false, .. } => Some(Ineligible::Inactive),
            Self { lacks_admission: true, .. } => Some(Ineligible::NotAdmitted),
            _ => None,
        }
    }
}

/// A person who is to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Who: for a guest that is a patient, the patient, so that one person is one whichever record is named.
    pub person: Person,
    /// The status of their live row in this group, by whichever record, if they have one.
    pub live: Option<MemberStatus>,
    /// Whether they may be in it.
    pub standing: Standing,
}

/// What the caller wants when the group is full, and what it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wish {
    /// The call's own rule; none means the group's.
    pub on_full: Option<OnFull>,
    /// The caller has `group.capacity.override`.
    pub may_override: bool,
    /// The caller gave a reason.
    pub has_reason: bool,
}

/// Where an added person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// Has a seat. `overridden` when it is beyond the capacity or past the line: keep the reason.
    Active {
        /// The seat was taken by override.
        overridden: bool,
    },
    /// Waits at the last position.
    Waitlisted,
}

/// Whether anybody at all may be added to the group.
///
/// # Errors
/// Archived or closed.
pub fn open_for_adding(roster: &Roster) -> Result<(), Refusal> {
    match (roster.status, roster.enrollment) {
        (GroupStatus::Archived, _) => Err(Refusal::GroupArchived),
        (GroupStatus::Active, EnrollmentMode::Closed) => Err(Refusal::EnrollmentClosed),
        (GroupStatus::Active, EnrollmentMode::Open) => Ok(()),
    }
}

/// Decides where a person who is added goes.
///
/// # Errors
/// The first of: archived, already a member, closed, not eligible, full (or others wait), override not permitted,
/// reason missing.
pub fn add(roster: &Roster, candidate: &Candidate, wish: Wish) -> Result<Placed, Refusal> {
    if roster.status == GroupStatus::Archived {
        return Err(Refusal::GroupArchived);
    }
    may_join(candidate)?;
    open_for_adding(roster)?;
    eligible(candidate)?;
    place(roster, wish)
}

fn may_join(candidate: &Candidate) -> Result<(), Refusal> {
    match candidate.live.filter(|status| !status.is_gone()) {
        Some(status) => Err(Refusal::AlreadyMember(status)),
        None => Ok(()),
    }
}

fn eligible(candidate: &Candidate) -> Result<(), Refusal> {
    candidate.standing.ineligible().map_or(Ok(()), |_| Err(Refusal::NotEligible))
}

/// The seat or the place in line for one more eligible person.
fn place(roster: &Roster, wish: Wish) -> Result<Placed, Refusal> {
    if roster.seats.free() > 0 && !roster.eligible_waiting {
        return Ok(Placed::Active { overridden: false });
    }
    match wish.on_full.unwrap_or(group_rule(roster.when_full)) {
        OnFull::Waitlist => Ok(Placed::Waitlisted),
        OnFull::Reject if roster.seats.free() > 0 => Err(Refusal::OthersWait),
        OnFull::Reject => Err(Refusal::GroupFull { capacity: roster.seats.capacity() }),
        OnFull::Override if !wish.may_override => Err(Refusal::OverrideNotPermitted),
        OnFull::Override if !wish.has_reason => Err(Refusal::ReasonRequired),
        OnFull::Override => Ok(Placed::Active { overridden: true }),
    }
}

const fn group_rule(when_full: WhenFull) -> OnFull {
    match when_full {
        WhenFull::Waitlist => OnFull::Waitlist,
        WhenFull::Reject => OnFull::Reject,
    }
}

/// What follows when a member is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// A seat is free now: ask [`next_in_line`].
    pub frees_seat: bool,
    /// Later positions in the line close up.
    pub closes_up: bool,
}

/// Decides whether a member may be removed; the status becomes `left`.
///
/// # Errors
/// Already gone.
pub fn remove(status: MemberStatus) -> Result<Removed, Refusal> {
    match status {
        MemberStatus::Active | MemberStatus::Offered => Ok(Removed { frees_seat: true, closes_up: false }),
        MemberStatus::Waitlisted => Ok(Removed { frees_seat: false, closes_up: true }),
        MemberStatus::Left | MemberStatus::Declined | MemberStatus::Expired => Err(Refusal::Gone(status)),
    }
}

/// A waitlisted member, in order of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The membership.
    pub member: MemberId,
    /// Whether the person may be in the group now.
    pub standing: Standing,
}

crate::vocabulary! {
    /// Why nobody at all is promoted.
    pub enum Held {
        /// The group is archived.
        Archived = "archived",
        /// More seats are taken than there are.
        OverCapacity = "over_capacity",
        /// No seat is free.
        Full = "full",
        /// The group promotes by hand.
        Manual = "manual",
    }
}

impl Held {
    /// The sentence for the waitlist page.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Archived => "The group is archived, so nobody is promoted. Restore it to go on.",
            Self::OverCapacity => "More seats are taken than there are, so nobody is promoted until it fits again.",
            Self::Full => "All seats are taken. The next that is free goes to the first in line who is eligible.",
            Self::Manual => "This group promotes by hand: a free seat waits until somebody gives it.",
        }
    }
}

crate::vocabulary! {
    /// Why one who waits was passed over: stored, and said on the waitlist page. One word for every kind of
    /// ineligibility, as in [`Refusal::NotEligible`].
    pub enum SkipReason {
        /// Not eligible when the seat became free.
        NotEligible = "not_eligible",
    }
}

impl SkipReason {
    /// The sentence for the waitlist page.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NotEligible => "Passed over: not eligible when a seat became free.",
        }
    }
}

/// Who gets the free seats.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promotions {
    /// Are given a seat in this order: see [`seat_given_by`].
    pub promoted: Vec<MemberId>,
    /// Were passed over for one of them, or for an empty seat.
    pub skipped: Vec<(MemberId, SkipReason)>,
    /// Why nobody could be promoted, whoever waits.
    pub held: Option<Held>,
}

/// Gives the free seats to the first eligible people of the line. A closed group still promotes.
///
/// Promoting somebody can make another ineligible (a keep-apart pair that waits together): `apart` says whether two
/// members who wait must not both be promoted.
pub fn next_in_line(roster: &Roster, line: &[Waiting], apart: impl Fn(MemberId, MemberId) -> bool) -> Promotions {
    if let Some(held) = held(roster) {
        return Promotions { held: Some(held), ..Promotions::default() };
    }
    let mut given = Promotions::default();
    let mut free = roster.seats.free();
    for waiting in line {
        if free == 0 {
            break;
        }
        let clashes = given.promoted.iter().any(|earlier| apart(*earlier, waiting.member));
        if clashes || waiting.standing.ineligible().is_some() {
            given.skipped.push((waiting.member, SkipReason::NotEligible));
        } else {
            given.promoted.push(waiting.member);
            free -= 1;
        }
    }
    given
}

/// Why nobody can be promoted by the group's own rule now, whoever waits.
pub fn held(roster: &Roster) -> Option<Held> {
    match roster {
        Roster { status: GroupStatus::Archived, .. } => Some(Held::Archived),
        Roster { seats, .. } if seats.over_capacity() => Some(Held::OverCapacity),
        Roster { seats, .. } if seats.free() == 0 => Some(Held::Full),
        Roster { promotion: Promotion::Auto | Promotion::Offer, .. } => None,
        Roster { promotion: Promotion::Manual, .. } => Some(Held::Manual),
    }
}

#[cfg(test)]
mod tests;
