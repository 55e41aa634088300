//! Every answer of the roster that is a no.

use super::{MOST_IN_BATCH, MemberStatus};

/// Why something about the roster can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither or both of `patient_id` and `guest_id`.
    #[error("Name exactly one person: either `patient_id` or `guest_id`.")]
    OnePerson,
    /// The id names nobody in this organization.
    #[error("There is no such person here. Check the id, or register the person first.")]
    NoSuchPerson,
    /// The group has ended.
    #[error("The group is archived, so its roster can't change. Restore the group first.")]
    GroupArchived,
    /// There is a live row already.
    #[error("This person is already in the group ({0}).")]
    AlreadyMember(MemberStatus),
    /// The group takes nobody new.
    #[error("The group is closed to new members. Set its enrollment mode to open to add somebody.")]
    EnrollmentClosed,
    /// Kept apart, inactive or not admitted: deliberately one answer.
    #[error("This person is not eligible for this group. A manager can tell you what would help.")]
    NotEligible,
    /// No seat for one more.
    #[error("All {capacity} seats are taken. Put the person on the waitlist, or raise the number of seats.")]
    GroupFull {
        /// Seats there are.
        capacity: u32,
    },
    /// A seat is free, but others wait for it.
    #[error("Others already wait for the next seat. Put the person on the waitlist behind them.")]
    OthersWait,
    /// The whole batch does not fit, and `reject` was asked.
    #[error(
        "The group has {free} free seats and the batch needs {needed}, so nobody was added. Add fewer people, or allow \
         the waitlist."
    )]
    BatchDoesNotFit {
        /// Seats free for newcomers.
        free: u32,
        /// Seats the batch needs.
        needed: u32,
    },
    /// An empty batch, or one of more than [`MOST_IN_BATCH`].
    #[error("A batch has 1 to {MOST_IN_BATCH} people, and this one has {0}. Send it in parts.")]
    BatchSize(usize),
    /// `override` without the permission.
    #[error("Adding beyond the capacity needs the permission `group.capacity.override`.")]
    OverrideNotPermitted,
    /// Something that needs a reason came without one.
    #[error("Please say why: this is kept with the change.")]
    ReasonRequired,
    /// The stint is over.
    #[error("This membership has ended already ({0}). Add the person again if they come back.")]
    Gone(MemberStatus),
    /// Only who waits can be moved or promoted.
    #[error("Only a waitlisted member can be moved or given a seat; this one is {0}.")]
    NotWaiting(MemberStatus),
    /// Only who has an offer can accept or decline it.
    #[error("There is no offer to answer: this member is {0}.")]
    NotOffered(MemberStatus),
    /// The deadline of the offer has passed.
    #[error("The offer has run out, and the seat goes to the next in line. Add the person again to wait for another.")]
    OfferOver,
    /// Everybody else has to wait until a seat is free.
    #[error(
        "All {capacity} seats are taken, so there is none to give. Raise the number of seats, or promote beyond the \
         capacity with `on_full` set to `override` and a reason."
    )]
    NoSeatToGive {
        /// Seats there are.
        capacity: u32,
    },
    /// A position that the line does not have.
    #[error("The waitlist has positions 1 to {0}.")]
    NoSuchPosition(usize),
}

impl Refusal {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OnePerson => "one_person",
            Self::NoSuchPerson => "not_found",
            Self::GroupArchived | Self::Gone(_) | Self::NotWaiting(_) | Self::NotOffered(_) => "invalid_transition",
            Self::OfferOver => "offer_expired",
            Self::AlreadyMember(_) => "already_member",
            Self::EnrollmentClosed => "enrollment_closed",
            Self::NotEligible => "not_eligible",
            Self::GroupFull { .. } | Self::OthersWait | Self::BatchDoesNotFit { .. } | Self::NoSeatToGive { .. } => {
                "group_full"
            }
            Self::BatchSize(_) => "batch_size",
            Self::OverrideNotPermitted => "forbidden",
            Self::ReasonRequired => "reason_required",
            Self::NoSuchPosition(_) => "out_of_range",
        }
    }
}
