//! Every answer about a session or a participant that is a no.

use super::{Gate, ParticipantStatus, SessionStatus};
use crate::id::ParticipantId;

/// Why something about a session can't be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A turn that does not exist.
    #[error("A session that is {} can't become {}.{}", from.in_words(), to.in_words(), ways(*from))]
    InvalidTransition {
        /// Where it stands.
        from: SessionStatus,
        /// Where it was to go.
        to: SessionStatus,
    },
    /// A signed note is in the way.
    #[error(
        "A session that is {} can't become {} once a note is signed. Complete it, then reopen or void it with a reason.",
        from.in_words(), to.in_words()
    )]
    NoteSigned {
        /// Where it stands.
        from: SessionStatus,
        /// Where it was to go.
        to: SessionStatus,
    },
    /// An issued invoice or an exported claim is in the way.
    #[error(
        "A session that is {} can't become {} while it is billed. Void its invoice or claim first.",
        from.in_words(), to.in_words()
    )]
    Billed {
        /// Where it stands.
        from: SessionStatus,
        /// Where it was to go.
        to: SessionStatus,
    },
    /// The session is on a later day.
    #[error("This session is on a later day. Move it to today first.")]
    NotToday,
    /// Something that needs a reason came without one.
    #[error("Please say why: this is kept with the record.")]
    ReasonRequired,
    /// An end before the start or in the future.
    #[error("A session ends after it started, and not in the future. Correct the time.")]
    EndTime,
    /// Nobody has said whether these came.
    #[error("{} not marked yet. Mark each as attended, no-show or cancelled, or mark the rest no-show.", people(.0.len()))]
    Unresolved(Vec<ParticipantId>),
    /// The person who starts has no practitioner profile.
    #[error("Nobody leads this session, and your login has no practitioner profile. Ask an administrator to link one.")]
    NoPractitioner,
    /// Somebody else's session.
    #[error(
        "Only its leaders start and document this session. Ask one of them, or somebody who may manage any session."
    )]
    NotLeader,
    /// Two primary leaders, or one person twice.
    #[error("A session has at most one primary leader, and each practitioner leads it once.")]
    Leaders,
    /// A turn that does not exist for a participant.
    #[error("Somebody who is {} can't become {}.", from.in_words(), to.in_words())]
    ParticipantTransition {
        /// Where they stand.
        from: ParticipantStatus,
        /// Where they were to go.
        to: ParticipantStatus,
    },
    /// The session's own state is in the way.
    #[error(
        "Somebody who is {} can't become {} while the session is {}.{}",
        from.in_words(), to.in_words(), session.in_words(), hint(*session)
    )]
    SessionState {
        /// Where the session stands.
        session: SessionStatus,
        /// Where they stand.
        from: ParticipantStatus,
        /// Where they were to go.
        to: ParticipantStatus,
    },
    /// A signature is in the way.
    #[error(
        "Somebody who is {} can't become {} once a note is signed. Annotate the note, or reopen the session once it is completed.",
        from.in_words(), to.in_words()
    )]
    Signed {
        /// Where they stand.
        from: ParticipantStatus,
        /// Where they were to go.
        to: ParticipantStatus,
    },
    /// There is nothing to take back.
    #[error("This booking has nothing to undo.")]
    NothingToUndo,
    /// Gates are closed.
    #[error("Check-in is blocked: {}.", gates(.0))]
    Blocked(Vec<Gate>),
    /// No seat for one more.
    #[error("All {capacity} seats of this session are taken. Raise its capacity, or choose another session.")]
    SessionFull {
        /// Seats there are.
        capacity: u32,
    },
    /// The person is in the session already.
    #[error("This person is already in the session ({}).", .0.in_words())]
    AlreadyParticipant(ParticipantStatus),
    /// Nobody can be added to a session that is over.
    #[error("Nobody can be added to a session that is {}.", .0.in_words())]
    NotOpen(SessionStatus),
    /// Kept apart, inactive or not admitted: deliberately one answer.
    #[error("This person is not eligible for this session. A manager can tell you what would help.")]
    NotEligible,
    /// Going beyond the capacity or through a gate without the permission.
    #[error("This needs the permission `{0}`.")]
    NotPermitted(&'static str),
}

impl Refusal {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidTransition { .. }
            | Self::NoteSigned { .. }
            | Self::Billed { .. }
            | Self::ParticipantTransition { .. }
            | Self::SessionState { .. }
            | Self::Signed { .. }
            | Self::NothingToUndo
            | Self::NotOpen(_) => "invalid_transition",
            Self::NotToday => "session_not_today",
            Self::ReasonRequired => "reason_required",
            Self::EndTime => "invalid_time",
            Self::Unresolved(_) => "unresolved_participants",
            Self::NoPractitioner => "no_practitioner",
            Self::NotLeader => "not_leader",
            Self::Leaders => "invalid_leaders",
            Self::Blocked(_) => "blocked",
            Self::SessionFull { .. } => "session_full",
            Self::AlreadyParticipant(_) => "already_participant",
            Self::NotEligible => "not_eligible",
            Self::NotPermitted(_) => "forbidden",
        }
    }
}

/// The states that can be asked for, as a help: a cancelled session comes back with its group, not by itself.
fn ways(from: SessionStatus) -> String {
    let mut names: Vec<&str> = Vec::new();
    let asked = |verb: &&super::SessionVerb| from.allows(**verb) && **verb != super::SessionVerb::Reinstate;
    for verb in super::SessionVerb::ALL.iter().filter(asked) {
        let name = verb.target().in_words();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        [] => String::new(),
        names => format!(" It can become: {}.", names.join(", ")),
    }
}

fn hint(session: SessionStatus) -> &'static str {
    match session {
        SessionStatus::Scheduled => " Start the session first.",
        SessionStatus::PendingReview => " Have a reviewer return it first.",
        SessionStatus::Completed => " Reopen it first.",
        SessionStatus::InProgress | SessionStatus::Cancelled | SessionStatus::Voided => "",
    }
}

fn people(count: usize) -> String {
    if count == 1 { "1 person is".to_owned() } else { format!("{count} people are") }
}

fn gates(missing: &[Gate]) -> String {
    missing.iter().map(|gate| gate.message()).collect::<Vec<_>>().join("; ")
}
