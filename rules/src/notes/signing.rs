//! Who may write, sign, review and annotate.

use super::NoteStatus;
use super::ways::{before_review, instead, not_attending};
use crate::id::{ParticipantId, PractitionerId};
use crate::sessions::{Leader, ParticipantStatus, SessionStatus, Starter};

/// Why a note can't be written, signed or reviewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is frozen.
    #[error("A note that is {} stays as it is. {}", note.in_words(), instead(*note, *session))]
    Frozen {
        /// Where the note stands.
        note: NoteStatus,
        /// Where its session stands.
        session: SessionStatus,
    },
    /// The session's own state is in the way.
    #[error(
        "Notes are written and signed while the session is in progress; this one is {}. {}",
        session.in_words(), instead(*note, *session)
    )]
    NotInProgress {
        /// Where the note stands; a draft, where it is still to be begun.
        note: NoteStatus,
        /// Where its session stands.
        session: SessionStatus,
    },
    /// Somebody else's session.
    #[error("Only the leaders of this session write and sign its notes. Ask one of them to add you as a leader.")]
    NotLeader,
    /// A signature needs a printed name and credential.
    #[error("Your login has no practitioner profile, so it can't sign. Ask an administrator to link one.")]
    NoPractitioner,
    /// Signed once already by this person.
    #[error("You have signed this note already. Add an annotation if something is missing in it.")]
    AlreadySigned,
    /// Nobody has said whether these came, and after a signature nobody could.
    #[error("Mark everybody as attended, no-show or cancelled before you sign: attendance is fixed from then on.")]
    Unresolved(Vec<ParticipantId>),
    /// The note is about somebody who did not come.
    #[error("{}", not_attending(*status, *is_begun, *is_fixed))]
    NotAttending {
        /// How they are marked.
        status: ParticipantStatus,
        /// There is such a note already.
        is_begun: bool,
        /// A note of the session is signed, so attendance can't be corrected.
        is_fixed: bool,
    },
    /// Nothing waits for a reviewer.
    #[error(
        "Only a session that is pending review can be reviewed or returned; this one is {}. {}",
        .0.in_words(), before_review(*.0)
    )]
    NotPending(SessionStatus),
    /// Without the flag.
    #[error("Reviewing needs the flag `can_review`. Ask an administrator who reviews sessions here.")]
    NotReviewer,
    /// Flagged `requires_review` too.
    #[error("Who needs review can't give it. Ask a colleague who reviews sessions here.")]
    NeedsReview,
    /// Their own work.
    #[error("You led or signed this session, so somebody else reviews it. Ask another reviewer.")]
    OwnWork,
    /// Annotations are for what is signed.
    #[error("Only a signed note is annotated; this one is {}. {}", note.in_words(), instead(*note, *session))]
    NotSigned {
        /// Where the note stands.
        note: NoteStatus,
        /// Where its session stands.
        session: SessionStatus,
    },
}

impl Refusal {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Frozen { .. } | Self::NotInProgress { .. } | Self::NotPending(_) | Self::NotSigned { .. } => {
                "invalid_transition"
            }
            Self::NotAttending { .. } => "not_attending",
            Self::NotLeader => "not_leader",
            Self::NoPractitioner => "no_practitioner",
            Self::AlreadySigned => "already_signed",
            Self::Unresolved(_) => "unresolved_participants",
            Self::NotReviewer | Self::NeedsReview => "not_reviewer",
            Self::OwnWork => "own_work",
        }
    }
}

/// Who wants to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signer<'a> {
    /// The practitioner profile of the login.
    pub practitioner: Option<PractitionerId>,
    /// The leaders of the session.
    pub leaders: &'a [Leader],
}

/// Decides whether a note may be written or changed: a draft, its session in progress, by a leader or who may
/// manage any session.
///
/// # Errors
/// Frozen, the wrong state of the session, or not a leader.
pub fn may_edit(note: NoteStatus, session: SessionStatus, who: &Starter, leaders: &[Leader]) -> Result<(), Refusal> {
    if session != SessionStatus::InProgress {
        return Err(Refusal::NotInProgress { note, session });
    }
    if note != NoteStatus::Draft {
        return Err(Refusal::Frozen { note, session });
    }
    who.may_document(leaders).map_err(|_| Refusal::NotLeader)
}

/// Decides whether a note may be voided: one that counts, its session in progress, by a leader or who may manage any
/// session. Who may void a signed one at all, permissions say.
///
/// # Errors
/// Void already, the wrong state of the session, or not a leader.
pub fn may_void(note: NoteStatus, session: SessionStatus, who: &Starter, leaders: &[Leader]) -> Result<(), Refusal> {
    if !note.is_current() {
        return Err(Refusal::Frozen { note, session });
    }
    if session != SessionStatus::InProgress {
        return Err(Refusal::NotInProgress { note, session });
    }
    who.may_document(leaders).map_err(|_| Refusal::NotLeader)
}

/// Decides whether a person may sign a note: a leader of any role, once, with everybody in the session marked.
/// The first signature freezes the text; co-signers sign the same bytes.
///
/// # Errors
/// The wrong state, no profile, not a leader, signed already, or participants nobody has marked.
pub fn may_sign(
    note: NoteStatus,
    session: SessionStatus,
    signer: &Signer<'_>,
    signed_by: &[PractitionerId],
    unresolved: &[ParticipantId],
) -> Result<(), Refusal> {
    if session != SessionStatus::InProgress {
        return Err(Refusal::NotInProgress { note, session });
    }
    if !note.is_current() {
        return Err(Refusal::Frozen { note, session });
    }
    let me = signer.practitioner.ok_or(Refusal::NoPractitioner)?;
    if !signer.leaders.iter().any(|leader| leader.practitioner == me) {
        return Err(Refusal::NotLeader);
    }
    if signed_by.contains(&me) {
        return Err(Refusal::AlreadySigned);
    }
    if unresolved.is_empty() { Ok(()) } else { Err(Refusal::Unresolved(unresolved.to_vec())) }
}

/// Who wants to review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reviewer {
    /// The practitioner profile of the login.
    pub practitioner: Option<PractitionerId>,
    /// The flag `can_review`.
    pub can_review: bool,
    /// The flag `requires_review`.
    pub requires_review: bool,
}

/// Decides whether a person may see what waits for a review.
///
/// # Errors
/// Not flagged as a reviewer, or flagged as somebody whose own work needs review.
pub const fn may_see_queue(reviewer: &Reviewer) -> Result<(), Refusal> {
    match reviewer {
        Reviewer { can_review: false, .. } => Err(Refusal::NotReviewer),
        Reviewer { requires_review: true, .. } => Err(Refusal::NeedsReview),
        Reviewer { .. } => Ok(()),
    }
}

/// Decides whether a person may countersign or return a session.
///
/// # Errors
/// Nothing pends, no flag, no profile to sign with, or their own work.
pub fn may_review(
    session: SessionStatus,
    reviewer: &Reviewer,
    leaders: &[Leader],
    signed_by: &[PractitionerId],
) -> Result<PractitionerId, Refusal> {
    may_see_queue(reviewer)?;
    let me = reviewer.practitioner.ok_or(Refusal::NoPractitioner)?;
    if signed_by.contains(&me) || leaders.iter().any(|leader| leader.practitioner == me) {
        return Err(Refusal::OwnWork);
    }
    if session == SessionStatus::PendingReview { Ok(me) } else { Err(Refusal::NotPending(session)) }
}

/// Decides whether a note may be annotated: it is signed, whatever its session is.
///
/// # Errors
/// Not signed, or no profile to sign the annotation with.
pub fn may_annotate(
    note: NoteStatus,
    session: SessionStatus,
    practitioner: Option<PractitionerId>,
) -> Result<PractitionerId, Refusal> {
    if note != NoteStatus::Signed {
        return Err(Refusal::NotSigned { note, session });
    }
    practitioner.ok_or(Refusal::NoPractitioner)
}
