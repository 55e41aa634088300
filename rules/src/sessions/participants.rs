//! One person in one session: booking, check-in, attendance (domain 5).

use super::{Gate, ParticipantStatus, ParticipantVerb, Refusal, SessionStatus, SessionType};
use crate::id::ParticipantId;
use crate::roster::Standing;

use ParticipantStatus as S;
use ParticipantVerb as V;

/// What is kept of a participant that says where an undo leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParticipantFacts {
    /// Where they stand.
    pub status: ParticipantStatus,
    /// `confirmed_at` is set.
    pub confirmed: bool,
    /// `arrival_at` is set.
    pub arrived: bool,
}

impl ParticipantFacts {
    /// Where an undo leads; none when there is nothing to undo.
    const fn before(&self) -> Option<ParticipantStatus> {
        match (self.status, self.arrived, self.confirmed) {
            (S::Booked, ..) => None,
            (S::Attended | S::NoShow, true, _) => Some(S::Arrived),
            (S::Attended | S::NoShow | S::Arrived | S::Cancelled, _, true) => Some(S::Confirmed),
            (S::Attended | S::NoShow | S::Arrived | S::Cancelled | S::Confirmed, ..) => Some(S::Booked),
        }
    }
}

/// Where a participant stands again when the start of the session is undone: nobody has attended or stayed away.
pub const fn before_start(participant: &ParticipantFacts) -> ParticipantStatus {
    match (participant.status, participant.before()) {
        (S::Attended | S::NoShow, Some(before)) => before,
        (status, _) => status,
    }
}

/// What a verb about a participant depends on in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion {
    /// Where the session stands.
    pub session: SessionStatus,
    /// The session is today.
    pub today: bool,
    /// Somebody has signed.
    pub signed: bool,
    /// Seats free: asked for by who comes after all.
    pub free: u32,
    /// Seats there are.
    pub capacity: u32,
    /// Whether who comes after all may be in it: asked for only where a place is taken anew.
    pub standing: Standing,
}

/// What came with the verb.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ask {
    /// A reason was given.
    pub has_reason: bool,
    /// The gates that are closed: see [`super::blocked_by`].
    pub blocked_by: Vec<Gate>,
    /// The caller asks to pass closed gates.
    pub override_gates: bool,
    /// The caller has `participant.gate_override`.
    pub may_override_gates: bool,
}

/// Decides one step of a participant: the new status. The caller sets or clears the timestamps that belong to it.
///
/// # Errors
/// A wrong turn, the session's state or a signature in the way, closed gates, not eligible, no seat, a missing reason.
pub fn act(
    participant: &ParticipantFacts,
    verb: ParticipantVerb,
    occasion: &Occasion,
    ask: &Ask,
) -> Result<ParticipantStatus, Refusal> {
    let from = participant.status;
    let to = target(participant, verb)?;
    let session = occasion.session;
    let started = session == SessionStatus::InProgress;
    let in_place = session.is_open() && (started || !matches!(verb, V::Attend | V::NoShow));
    if !in_place {
        return Err(Refusal::SessionState { session, from, to });
    }
    if occasion.signed {
        return Err(Refusal::Signed { from, to });
    }
    if verb == V::CheckIn && !occasion.today && !started {
        return Err(Refusal::NotToday);
    }
    if verb == V::NoShow && from == S::Arrived && !ask.has_reason {
        return Err(Refusal::ReasonRequired);
    }
    if matches!(verb, V::CheckIn | V::Attend) {
        pass_gates(ask)?;
    }
    if !from.takes_seat() && to.takes_seat() && occasion.standing.ineligible().is_some() {
        return Err(Refusal::NotEligible);
    }
    if from == S::Cancelled && occasion.free == 0 {
        return Err(Refusal::SessionFull { capacity: occasion.capacity });
    }
    Ok(to)
}

/// Where the verb leads from here, if that turn exists.
fn target(participant: &ParticipantFacts, verb: ParticipantVerb) -> Result<ParticipantStatus, Refusal> {
    let from = participant.status;
    let (to, allowed) = match verb {
        V::Undo => return participant.before().ok_or(Refusal::NothingToUndo),
        V::Confirm => (S::Confirmed, from == S::Booked),
        V::CheckIn => (S::Arrived, matches!(from, S::Booked | S::Confirmed)),
        V::Attend => (S::Attended, matches!(from, S::Booked | S::Confirmed | S::Arrived)),
        V::NoShow => (S::NoShow, matches!(from, S::Booked | S::Confirmed | S::Arrived)),
        V::Cancel => (S::Cancelled, matches!(from, S::Booked | S::Confirmed)),
        V::Rebook => (S::Booked, from == S::Cancelled),
    };
    if allowed { Ok(to) } else { Err(Refusal::ParticipantTransition { from, to }) }
}

fn pass_gates(ask: &Ask) -> Result<(), Refusal> {
    match ask {
        Ask { blocked_by, .. } if blocked_by.is_empty() => Ok(()),
        Ask { override_gates: false, blocked_by, .. } => Err(Refusal::Blocked(blocked_by.clone())),
        Ask { may_override_gates: false, .. } => Err(Refusal::NotPermitted("participant.gate_override")),
        Ask { has_reason: false, .. } => Err(Refusal::ReasonRequired),
        _ => Ok(()),
    }
}

/// The verb that leads to a status somebody set directly; none when they stand there already.
///
/// # Errors
/// No verb leads there from here.
pub fn verb_for(participant: &ParticipantFacts, to: ParticipantStatus) -> Result<Option<ParticipantVerb>, Refusal> {
    let from = participant.status;
    if from == to {
        return Ok(None);
    }
    // Rebooking says more than undoing, so it is tried first.
    let verbs = [V::Rebook, V::Confirm, V::CheckIn, V::Attend, V::NoShow, V::Cancel, V::Undo];
    let found = verbs.into_iter().find(|verb| target(participant, *verb) == Ok(to));
    found.map(Some).ok_or(Refusal::ParticipantTransition { from, to })
}

/// A person who is to be added to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking {
    /// Where the session stands.
    pub session: SessionStatus,
    /// Somebody has signed.
    pub signed: bool,
    /// Their row in this session, if there is one.
    pub existing: Option<ParticipantStatus>,
    /// Whether they may be in it.
    pub standing: Standing,
    /// An active member of the group: always booked, whatever the capacity.
    pub on_roster: bool,
    /// Seats free.
    pub free: u32,
    /// Seats there are.
    pub capacity: u32,
    /// The caller asks for a seat beyond the capacity.
    pub override_capacity: bool,
    /// The caller has `group.capacity.override`.
    pub may_override: bool,
    /// The caller gave a reason.
    pub has_reason: bool,
}

/// What a booking makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Booked {
    /// A new participant with a new number.
    New,
    /// The cancelled row again, with its number.
    Again,
}

/// Decides whether a person may be added to a session.
///
/// # Errors
/// Over or signed, already in it, not eligible, full, override not permitted or without reason.
pub fn book(booking: &Booking) -> Result<Booked, Refusal> {
    if !booking.session.is_open() || booking.signed {
        return Err(Refusal::NotOpen(booking.session));
    }
    let booked = match booking.existing {
        None => Booked::New,
        Some(S::Cancelled) => Booked::Again,
        Some(status) => return Err(Refusal::AlreadyParticipant(status)),
    };
    if booking.standing.ineligible().is_some() {
        return Err(Refusal::NotEligible);
    }
    match booking {
        Booking { on_roster: true, .. } | Booking { free: 1.., .. } => Ok(booked),
        Booking { override_capacity: false, capacity, .. } => Err(Refusal::SessionFull { capacity: *capacity }),
        Booking { may_override: false, .. } => Err(Refusal::NotPermitted("group.capacity.override")),
        Booking { has_reason: false, .. } => Err(Refusal::ReasonRequired),
        _ => Ok(booked),
    }
}

/// The participants nobody has marked: booked, confirmed or arrived.
pub fn unresolved(participants: &[(ParticipantId, ParticipantStatus)]) -> Vec<ParticipantId> {
    participants.iter().filter(|(_, status)| !status.is_resolved()).map(|(id, _)| *id).collect()
}

/// The seats of a session in numbers: derived, never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Occupancy {
    /// Participants neither cancelled nor no-show.
    pub current_capacity: u32,
    /// Seats free.
    pub available_spots: u32,
    /// No seat is free.
    pub is_full: bool,
    /// Taken seats in percent, rounded; above 100 when more than there are.
    pub capacity_percentage: u32,
    /// Fewer than the group's minimum.
    pub below_minimum: bool,
}

/// Counts the seats of a session. An individual session has no minimum.
pub fn occupancy(
    session_type: SessionType,
    max_capacity: u32,
    min_participants: Option<u32>,
    statuses: impl IntoIterator<Item = ParticipantStatus>,
) -> Occupancy {
    let taken = statuses.into_iter().filter(|status| status.takes_seat()).count();
    let taken = u32::try_from(taken).unwrap_or(u32::MAX);
    let percentage = (u64::from(taken) * 100 + u64::from(max_capacity) / 2).checked_div(max_capacity.into());
    let minimum = min_participants.filter(|_| session_type == SessionType::Group);
    Occupancy {
        current_capacity: taken,
        available_spots: max_capacity.saturating_sub(taken),
        is_full: taken >= max_capacity,
        capacity_percentage: u32::try_from(percentage.unwrap_or(100)).unwrap_or(u32::MAX),
        below_minimum: minimum.is_some_and(|minimum| taken < minimum),
    }
}
