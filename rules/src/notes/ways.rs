//! What can be done instead, once something about a note was refused: only what works in that very state, so that no
//! refusal sends anybody to the next one.

use super::NoteStatus;
use crate::sessions::{ParticipantStatus, SessionStatus, SessionVerb};

/// Something to do about a note, by its reader or by whom they ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Write in it.
    Edit,
    /// Add signed words to it.
    Annotate,
    /// Void it, and write another.
    VoidAndBegin,
    /// Write another: this one does not count any more.
    Begin,
    /// Start its session.
    Start,
    /// Have its session returned by a reviewer.
    Return,
    /// Have its session opened again.
    Reopen,
}

impl Way {
    /// Every way, the nearest first.
    pub const ALL: [Self; 7] =
        [Self::Edit, Self::Annotate, Self::VoidAndBegin, Self::Begin, Self::Start, Self::Return, Self::Reopen];

    /// Whether it leads on from here.
    pub const fn works(self, note: NoteStatus, session: SessionStatus) -> bool {
        let in_progress = matches!(session, SessionStatus::InProgress);
        match self {
            Self::Edit => in_progress && matches!(note, NoteStatus::Draft),
            Self::Annotate => matches!(note, NoteStatus::Signed),
            Self::VoidAndBegin => in_progress && matches!(note, NoteStatus::Signed),
            Self::Begin => in_progress && !note.is_current(),
            Self::Start => session.allows(SessionVerb::Start),
            Self::Return => session.allows(SessionVerb::Return),
            Self::Reopen => session.allows(SessionVerb::Reopen),
        }
    }

    /// As a part of a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Edit => "change the note itself",
            Self::Annotate => "add an annotation",
            Self::VoidAndBegin => "have it voided and begin another note",
            Self::Begin => "begin another note",
            Self::Start => "start the session first",
            Self::Return => "have a reviewer return the session",
            Self::Reopen => "have the session reopened",
        }
    }
}

/// The sentence that names every way there is for a note in such a session.
pub fn instead(note: NoteStatus, session: SessionStatus) -> String {
    let ways: Vec<&str> = Way::ALL.iter().filter(|way| way.works(note, session)).map(|way| way.in_words()).collect();
    match ways.join(", or ") {
        none if none.is_empty() => "What is written there can only be read.".to_owned(),
        named => format!("{}{}.", named[..1].to_uppercase(), &named[1..]),
    }
}

/// What to do where a review was asked for that nothing waits for.
pub const fn before_review(session: SessionStatus) -> &'static str {
    match session {
        SessionStatus::Scheduled | SessionStatus::InProgress => {
            "It comes to review with its last signature, if one of its signers needs review."
        }
        SessionStatus::PendingReview => "Review it.",
        SessionStatus::Completed => "Have it reopened, or annotate its notes.",
        SessionStatus::Cancelled | SessionStatus::Voided => "There is nothing in it to review.",
    }
}

/// What to do about somebody who did not come and of whom nothing is written: attendance is fixed as long as any note of
/// the session is signed.
pub(super) fn not_attending(status: ParticipantStatus, is_begun: bool, is_fixed: bool) -> String {
    let (verb, way) = match (is_begun, is_fixed) {
        (false, false) => ("written", "Correct the attendance first."),
        (false, true) => ("written", "Attendance is fixed once a note is signed; add an annotation to one that is."),
        (true, false) => ("signed", "Correct the attendance, or void this note."),
        (true, true) => ("signed", "Attendance is fixed once a note is signed, so void this one."),
    };
    format!("This participant is marked as {}, so no note about them is {verb}. {way}", status.in_words())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PractitionerId;
    use crate::notes::{Refusal, Signer, may_annotate, may_edit, may_sign, may_void};
    use crate::sessions::{Leader, LeaderRole, SessionFacts, Starter, Timing, change};
    use uuid::Uuid;

    fn me() -> PractitionerId {
        PractitionerId::from_uuid(Uuid::from_u128(1))
    }

    fn leaders() -> [Leader; 1] {
        [Leader::new(me(), LeaderRole::Primary)]
    }

    fn who() -> Starter {
        Starter { practitioner: Some(me()), manage_any: false }
    }

    fn may_begin(session: SessionStatus) -> bool {
        may_edit(NoteStatus::Draft, session, &who(), &leaders()).is_ok()
    }

    fn may_turn(status: SessionStatus, verb: SessionVerb) -> bool {
        let facts = SessionFacts { status, timing: Timing::Today, note_signed: true, billed: false };
        change(&facts, verb, true).is_ok()
    }

    /// What the rulebook itself says of a way.
    fn allowed(way: Way, note: NoteStatus, session: SessionStatus) -> bool {
        match way {
            Way::Edit => may_edit(note, session, &who(), &leaders()).is_ok(),
            Way::Annotate => may_annotate(note, session, Some(me())).is_ok(),
            Way::VoidAndBegin => {
                let voids = note == NoteStatus::Signed && may_void(note, session, &who(), &leaders()).is_ok();
                voids && may_begin(session)
            }
            Way::Begin => !note.is_current() && may_begin(session),
            Way::Start => may_turn(session, SessionVerb::Start),
            Way::Return => may_turn(session, SessionVerb::Return),
            Way::Reopen => may_turn(session, SessionVerb::Reopen),
        }
    }

    fn refusals(note: NoteStatus, session: SessionStatus) -> Vec<Refusal> {
        let signer = Signer { practitioner: Some(me()), leaders: &leaders() };
        [
            may_edit(note, session, &who(), &leaders()).err(),
            may_sign(note, session, &signer, &[], &[]).err(),
            may_void(note, session, &who(), &leaders()).err(),
            may_annotate(note, session, Some(me())).err(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Every state against every refusal: what a refusal names, the rulebook allows there, and it names all of it.
    #[test]
    fn no_refusal_points_to_another() {
        let mut judged = 0;
        for (note, session) in
            NoteStatus::ALL.iter().flat_map(|note| SessionStatus::ALL.iter().map(|session| (*note, *session)))
        {
            for refusal in refusals(note, session) {
                let words = refusal.to_string().to_lowercase();
                for way in Way::ALL {
                    let named = words.contains(way.in_words());
                    // "Begin another note" stands in the longer one, too.
                    let named = named && !(way == Way::Begin && words.contains(Way::VoidAndBegin.in_words()));
                    assert_eq!(named, allowed(way, note, session), "{way:?}: {note} in {session}: {words}");
                }
                let stuck = Way::ALL.iter().all(|way| !allowed(*way, note, session));
                assert_eq!(words.contains("only be read"), stuck, "{note} in {session}: {words}");
                judged += 1;
            }
        }
        assert!(judged > 50, "{judged} refusals");
    }

    #[test]
    fn refusals_read_well() {
        use NoteStatus::{Draft, EnteredInError, Signed};
        use SessionStatus as S;
        for (note, session, wanted) in [
            (Signed, S::InProgress, "Add an annotation, or have it voided and begin another note."),
            (Signed, S::PendingReview, "Add an annotation, or have a reviewer return the session."),
            (Signed, S::Completed, "Add an annotation, or have the session reopened."),
            (EnteredInError, S::InProgress, "Begin another note."),
            (EnteredInError, S::Completed, "Have the session reopened."),
            (EnteredInError, S::Voided, "What is written there can only be read."),
            (Draft, S::InProgress, "Change the note itself."),
            (Draft, S::Scheduled, "Start the session first."),
            (Draft, S::Cancelled, "What is written there can only be read."),
        ] {
            assert_eq!(instead(note, session), wanted, "{note} in {session}");
        }
        let signed = Refusal::Frozen { note: Signed, session: S::InProgress }.to_string();
        assert_eq!(
            signed,
            "A note that is signed stays as it is. Add an annotation, or have it voided and begin another note."
        );
        let draft = Refusal::NotSigned { note: Draft, session: S::InProgress }.to_string();
        assert_eq!(draft, "Only a signed note is annotated; this one is a draft. Change the note itself.");
    }

    /// Nothing waits for a review: what is named instead works there.
    #[test]
    fn a_review_that_nothing_waits_for_says_what_works() {
        for session in SessionStatus::ALL.iter().copied().filter(|one| *one != SessionStatus::PendingReview) {
            let words = Refusal::NotPending(session).to_string();
            assert_eq!(words.contains("reopened"), may_turn(session, SessionVerb::Reopen), "{words}");
            assert!(!words.contains("Review it."), "{words}");
            assert_eq!(words.contains("last signature"), session.is_open(), "{words}");
        }
    }

    #[test]
    fn of_who_did_not_come_nothing_is_written() {
        let said = |begun, fixed| not_attending(ParticipantStatus::NoShow, begun, fixed);
        assert!(said(false, false).ends_with("is written. Correct the attendance first."), "{}", said(false, false));
        assert!(said(true, false).ends_with("is signed. Correct the attendance, or void this note."));
        // Once anything is signed, nobody is marked otherwise.
        for begun in [false, true] {
            assert!(!said(begun, true).contains("Correct the attendance"), "{}", said(begun, true));
        }
    }
}
