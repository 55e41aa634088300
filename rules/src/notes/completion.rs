//! What is still needed, and what the last signature does.

use super::{DocumentationStatus, NoteStatus, NoteType};
use crate::id::{NoteId, ParticipantId, PractitionerId};
use crate::sessions::{Leader, SessionStatus, SessionType, SessionVerb};

/// What the template of a session demands; either may be waived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demands {
    /// A signed group note.
    pub group_note: bool,
    /// A signed individual note per attended patient.
    pub individual_notes: bool,
}

impl Demands {
    /// What is demanded unless a template waives it: an individual session has no group note.
    pub const fn of(session_type: SessionType) -> Self {
        Self { group_note: matches!(session_type, SessionType::Group), individual_notes: true }
    }

    /// What is left of it where a template waives either.
    pub const fn but(self, waives_group_note: bool, waives_individual_notes: bool) -> Self {
        Self {
            group_note: self.group_note && !waives_group_note,
            individual_notes: self.individual_notes && !waives_individual_notes,
        }
    }
}

/// One version of one note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteFacts {
    /// The note.
    pub note: NoteId,
    /// What it is.
    pub note_type: NoteType,
    /// Whose it is, if individual.
    pub participant: Option<ParticipantId>,
    /// Where it stands.
    pub status: NoteStatus,
    /// Who signed this version.
    pub signed_by: Vec<PractitionerId>,
}

/// What the documentation of a session depends on.
#[derive(Debug, Clone, Copy)]
pub struct Documentation<'a> {
    /// Where the session stands.
    pub session: SessionStatus,
    /// Its end is stored.
    pub ended: bool,
    /// What is demanded.
    pub demands: Demands,
    /// Its leaders.
    pub leaders: &'a [Leader],
    /// The patients who attended; guests are not among them, no note of theirs is demanded.
    pub attended_patients: &'a [ParticipantId],
    /// The participants nobody has marked.
    pub unresolved: &'a [ParticipantId],
    /// All versions of all notes.
    pub notes: &'a [NoteFacts],
    /// A note has annotations.
    pub annotated: bool,
}

/// One thing that stands between a session and its completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nobody has said whether this participant came.
    Attendance(ParticipantId),
    /// The session has not ended.
    End,
    /// There is no group note.
    GroupNote,
    /// The group note is not signed.
    GroupNoteSignature(NoteId),
    /// An attended patient has no note.
    IndividualNote(ParticipantId),
    /// An attended patient's note is not signed.
    IndividualNoteSignature(NoteId, ParticipantId),
    /// A note of somebody else, such as a second discipline's, is begun and not signed.
    DraftLeft(NoteId),
    /// A leader who must sign has not.
    LeaderSignature(PractitionerId),
}

impl Missing {
    /// A stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Attendance(_) => "attendance_missing",
            Self::End => "session_not_ended",
            Self::GroupNote => "group_note_missing",
            Self::GroupNoteSignature(_) => "group_note_unsigned",
            Self::IndividualNote(_) => "individual_note_missing",
            Self::IndividualNoteSignature(..) => "individual_note_unsigned",
            Self::DraftLeft(_) => "note_unsigned",
            Self::LeaderSignature(_) => "leader_signature_missing",
        }
    }

    /// The line of the checklist.
    pub const fn message(&self) -> &'static str {
        match self {
            Self::Attendance(_) => "Say whether this participant came.",
            Self::End => "End the session.",
            Self::GroupNote => "Write the group note.",
            Self::GroupNoteSignature(_) => "Sign the group note.",
            Self::IndividualNote(_) => "Write this patient's note.",
            Self::IndividualNoteSignature(..) => "Sign this patient's note.",
            Self::DraftLeft(_) => "Sign this note, or void it.",
            Self::LeaderSignature(_) => "This leader still signs.",
        }
    }

    /// The participant it is about, if any.
    pub const fn participant(&self) -> Option<ParticipantId> {
        match self {
            Self::Attendance(who) | Self::IndividualNote(who) | Self::IndividualNoteSignature(_, who) => Some(*who),
            _ => None,
        }
    }
}

/// Everything that is still missing, in the order of work: attendance, end, notes, signatures.
pub fn missing(facts: &Documentation<'_>) -> Vec<Missing> {
    let mut found: Vec<Missing> = facts.unresolved.iter().map(|who| Missing::Attendance(*who)).collect();
    found.extend((!facts.ended).then_some(Missing::End));
    found.extend(missing_notes(facts));
    found.extend(missing_signatures(facts));
    found
}

/// The notes that are still missing or unsigned.
pub fn missing_notes(facts: &Documentation<'_>) -> Vec<Missing> {
    let mut found = Vec::new();
    if facts.demands.group_note {
        found.extend(match current(facts, NoteType::SessionNote, None).next() {
            None => Some(Missing::GroupNote),
            Some(note) if note.status == NoteStatus::Draft => Some(Missing::GroupNoteSignature(note.note)),
            Some(_) => None,
        });
    }
    if facts.demands.individual_notes {
        found.extend(facts.attended_patients.iter().filter_map(|who| individual(facts, *who)));
    }
    let named = |note: NoteId| {
        found.iter().any(|missing| match missing {
            Missing::GroupNoteSignature(known) | Missing::IndividualNoteSignature(known, _) => *known == note,
            _ => false,
        })
    };
    let drafts = facts.notes.iter().filter(|note| note.status == NoteStatus::Draft && !named(note.note));
    let left: Vec<Missing> = drafts.map(|note| Missing::DraftLeft(note.note)).collect();
    found.extend(left);
    found
}

/// One signed note of any discipline is enough for a patient.
fn individual(facts: &Documentation<'_>, who: ParticipantId) -> Option<Missing> {
    let mut notes = current(facts, NoteType::IndividualNote, Some(who)).peekable();
    let first = notes.peek().map(|note| note.note);
    let signed = notes.any(|note| note.status == NoteStatus::Signed);
    match first {
        _ if signed => None,
        None => Some(Missing::IndividualNote(who)),
        Some(note) => Some(Missing::IndividualNoteSignature(note, who)),
    }
}

fn current<'a>(
    facts: &Documentation<'a>,
    note_type: NoteType,
    who: Option<ParticipantId>,
) -> impl Iterator<Item = &'a NoteFacts> + use<'a> {
    let fits =
        move |note: &&NoteFacts| note.status.is_current() && note.note_type == note_type && note.participant == who;
    facts.notes.iter().filter(fits)
}

/// Leaders who must sign and have not: the group note carries the signatures of all; where none is demanded, any note
/// of the session does.
fn missing_signatures(facts: &Documentation<'_>) -> Vec<Missing> {
    let counts = |note: &NoteFacts| {
        note.status == NoteStatus::Signed && (!facts.demands.group_note || note.note_type == NoteType::SessionNote)
    };
    let signed = |who: PractitionerId| facts.notes.iter().any(|note| counts(note) && note.signed_by.contains(&who));
    let must = facts.leaders.iter().filter(|leader| leader.must_sign && !signed(leader.practitioner));
    // Nothing to sign at all: nobody attended and no note is demanded.
    let anything = facts.demands.group_note || facts.notes.iter().any(|note| note.status.is_current());
    must.filter(|_| anything).map(|leader| Missing::LeaderSignature(leader.practitioner)).collect()
}

/// What follows once something was signed or the session ended: nothing while anything is missing, else completed,
/// or pending review when anybody who signed needs review. Where nothing is signed because nothing was to be written,
/// there is nothing to review.
pub fn last_signature(facts: &Documentation<'_>, needs_review: bool) -> Option<SessionVerb> {
    let ready = facts.session == SessionStatus::InProgress && missing(facts).is_empty();
    let signed = facts.notes.iter().any(|note| note.status == NoteStatus::Signed);
    ready.then_some(if needs_review && signed { SessionVerb::Submit } else { SessionVerb::Complete })
}

/// How far a session is documented.
pub fn documentation_status(facts: &Documentation<'_>) -> DocumentationStatus {
    let current = facts.notes.iter().any(|note| note.status.is_current());
    let superseded = facts.notes.iter().any(|note| note.status == NoteStatus::Superseded);
    match facts.session {
        SessionStatus::PendingReview => DocumentationStatus::PendingReview,
        // Imported history is complete without any note.
        SessionStatus::Completed if !current => DocumentationStatus::None,
        SessionStatus::Completed if facts.annotated || superseded => DocumentationStatus::Amended,
        SessionStatus::Completed => DocumentationStatus::Signed,
        _ if current => DocumentationStatus::Draft,
        _ => DocumentationStatus::None,
    }
}
