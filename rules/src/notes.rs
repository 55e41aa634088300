//! What is written about a session: who may write, sign and review, and what is still missing (domain 6).

mod canonical;
mod completion;
mod due;
mod merging;
mod signing;
mod ways;

pub use canonical::{Layout, NoteContent, NoteIdentity, WrittenIn, canonical_bytes};
pub use completion::{
    Demands, Documentation, Missing, NoteFacts, documentation_status, last_signature, missing, missing_notes,
};
pub use due::{DUE_HOURS, DUE_HOURS_MAX, Undone, due_at, undone};
pub use merging::{Merged, merge};
pub use signing::{Refusal, Reviewer, Signer, may_annotate, may_edit, may_review, may_see_queue, may_sign, may_void};
pub use ways::{Way, instead};

crate::vocabulary! {
    /// What a note is about.
    pub enum NoteType {
        /// The group note: shared, without names.
        SessionNote = "session_note" | "group_note",
        /// One participant's note.
        IndividualNote = "individual_note",
    }
}

crate::vocabulary! {
    /// The discipline of an individual note: at most one note per participant and discipline.
    pub enum Discipline {
        /// Psychology.
        Psychology = "psychology",
        /// Occupational therapy.
        Ot = "ot",
        /// Applied behaviour analysis.
        Aba = "aba",
        /// Speech and language pathology.
        Slp = "slp",
        /// Medicine.
        Medical = "medical",
        /// Nursing.
        Nursing = "nursing",
        /// Any other.
        General = "general",
    }
}

crate::vocabulary! {
    /// Where one version of a note stands.
    pub enum NoteStatus {
        /// Being written.
        Draft = "draft",
        /// Signed by somebody: frozen.
        Signed = "signed",
        /// A later version took its place, after a return or a reopening.
        Superseded = "superseded",
        /// Its session was voided: kept, hidden by default.
        EnteredInError = "entered_in_error",
    }
}

impl NoteStatus {
    /// Whether this version is the current one.
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Draft | Self::Signed)
    }

    /// The word as people read it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Draft => "a draft",
            Self::Signed => "signed",
            Self::Superseded => "superseded",
            Self::EnteredInError => "entered in error",
        }
    }
}

crate::vocabulary! {
    /// How far a session is documented: derived, never stored.
    pub enum DocumentationStatus {
        /// Nothing is written.
        None = "none",
        /// Something is written or signed, and something is missing.
        Draft = "draft",
        /// Everything is signed.
        Signed = "signed",
        /// Everything is signed and waits for a reviewer.
        PendingReview = "pending_review",
        /// Signed, and changed or added to since.
        Amended = "amended",
    }
}

crate::vocabulary! {
    /// What a signature says.
    pub enum SignatureMeaning {
        /// I wrote this, or led it and stand by it.
        Author = "author",
        /// I led it too and stand by it.
        CoSignature = "co_signature",
        /// I reviewed it.
        Review = "review",
        /// I add this.
        Annotation = "annotation",
    }
}

#[cfg(test)]
mod tests;
