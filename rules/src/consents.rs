//! Consents: a signed, dated permission, and whether those that are needed are there (domain 5).
//!
//! A consent is never changed: a wrong or withdrawn one is revoked with a reason, and a new version of a text leaves
//! the consents to the older one as they are. Whether they still count at check-in, the text in use says.

mod signing;
mod standing;
mod usual;

use crate::text::Text;

pub use signing::{
    COMES_OF_AGE, SIGNS_FROM, Signing, check, check_text, default_last_day, last_day_of_minority, signs_alone,
};
pub use standing::{Needed, OnFile, Said, Standing, TakesPart, Term, lacking, standing};
pub use usual::{UsualText, usual_texts};

/// The longest a text may say its consents hold, in months: ten years.
pub const MONTHS_MAX: u32 = 120;

/// What a consent is to: 2 to 40 small letters, digits and underscores. A clinic has the usual kinds and its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsentKind(String);

/// A text that is no kind of consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 2 to 40 small letters, digits and underscores, and begin with a letter, such as telehealth")]
pub struct BadConsentKind;

impl ConsentKind {
    /// Reads a kind.
    ///
    /// # Errors
    /// [`BadConsentKind`] for another length or character.
    pub fn parse(text: &str) -> Result<Self, BadConsentKind> {
        let text = text.trim();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        let fits = (2..=40).contains(&text.len()) && text.bytes().all(plain);
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if fits && begins { Ok(Self(text.to_owned())) } else { Err(BadConsentKind) }
    }

    /// The kind's word.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// Whether only patients give it: it is about their own treatment, records or bills. No guest is ever asked for it.
    pub fn is_of_patients(&self) -> bool {
        OF_PATIENTS.contains(&self.as_text())
    }

    /// Whether only guests give it.
    pub fn is_of_guests(&self) -> bool {
        OF_GUESTS.contains(&self.as_text())
    }

    /// Whether somebody else signs it for the patient.
    pub fn is_by_representative(&self) -> bool {
        self.as_text() == "guardian_consent"
    }

    /// Whether a consent of this kind lets somebody outside know something: it names to whom and what for.
    pub fn releases(&self) -> bool {
        matches!(self.as_text(), "roi" | "part2_tpo" | "part2_specific" | "sud_counseling_notes")
    }
}

/// The kinds only patients give.
pub const OF_PATIENTS: &[&str] = &[
    "treatment",
    "guardian_consent",
    "financial_policy",
    "roi",
    "part2_tpo",
    "part2_specific",
    "sud_counseling_notes",
];
/// The kinds only guests give.
pub const OF_GUESTS: &[&str] = &["guest_confidentiality"];

crate::parsed_text!(ConsentKind, BadConsentKind, "A kind of consent: small letters, digits, underscores.", "treatment");

crate::vocabulary! {
    /// Who needs a consent before they are checked in.
    pub enum NeededBy {
        /// Nobody: it is kept where it was given.
        Nobody = "nobody",
        /// Every patient.
        Patients = "patients",
        /// Every guest.
        Guests = "guests",
        /// Every patient and guest.
        Everybody = "everybody",
        /// Whoever takes part in a group session.
        Groups = "groups",
        /// Whoever takes part by video.
        Telehealth = "telehealth",
    }
}

crate::vocabulary! {
    /// In what capacity somebody signs.
    pub enum SignerCapacity {
        /// For themselves.
        Oneself = "self",
        /// As a parent of a minor.
        Parent = "parent",
        /// As a guardian appointed by a court.
        Guardian = "guardian",
        /// By a power of attorney for health care.
        HealthCareAgent = "health_care_agent",
        /// As another representative the law names.
        Representative = "representative",
    }
}

crate::vocabulary! {
    /// How it was signed.
    pub enum SigningMethod {
        /// On paper, which the clinic keeps.
        Paper = "paper",
        /// On a screen.
        Electronic = "electronic",
        /// Spoken, with whoever wrote it down as witness.
        Verbal = "verbal",
    }
}

crate::vocabulary! {
    /// How a consent stands on a day.
    pub enum ConsentStatus {
        /// It holds.
        InForce = "in_force",
        /// Its first day is still to come.
        NotYet = "not_yet",
        /// Its last day is past.
        Expired = "expired",
        /// It was withdrawn.
        Revoked = "revoked",
    }
}

crate::vocabulary! {
    /// Why a consent is lacking at check-in.
    pub enum ConsentLack {
        /// It was never given.
        Missing = "missing",
        /// Its first day is after the session.
        NotYet = "not_yet",
        /// Its last day is before the session.
        Expired = "expired",
        /// It was withdrawn.
        Revoked = "revoked",
        /// A newer version of the text must be signed.
        Outdated = "outdated",
    }
}

/// The words of a text somebody consents to: up to 20,000 characters.
pub type ConsentWords = Text<1, 20_000>;

#[cfg(test)]
mod tests;
