//! Consents: a signed, dated permission, and whether those that are needed are there (domain 5).
//!
//! A consent is never changed: a wrong or withdrawn one is revoked with a reason, and a new version of a text leaves
//! the consents to the older one as they are.

mod usual;

use jiff::civil::Date;

use crate::people::age;
use crate::text::Text;
use crate::violation::Violation;

pub use usual::{UsualText, usual_texts};

/// The age at which a parent signs no longer.
pub const COMES_OF_AGE: u32 = 18;
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

    /// Whether a consent of this kind lets somebody outside know something: it names to whom and what for.
    pub fn releases(&self) -> bool {
        matches!(self.as_text(), "roi" | "part2_tpo" | "part2_specific" | "sud_counseling_notes")
    }
}

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

/// What decides whether a consent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What it is to.
    pub kind: ConsentKind,
    /// Its first day.
    pub valid_from: Date,
    /// Its last day; none when it holds until it is revoked.
    pub valid_until: Option<Date>,
    /// It was revoked.
    pub is_revoked: bool,
}

impl Term {
    /// How it stands on a day. A revoked one holds on no day: what is withdrawn binds from that moment on.
    pub fn status(&self, day: Date) -> ConsentStatus {
        match self {
            Self { is_revoked: true, .. } => ConsentStatus::Revoked,
            Self { valid_from, .. } if *valid_from > day => ConsentStatus::NotYet,
            Self { valid_until: Some(last), .. } if *last < day => ConsentStatus::Expired,
            _ => ConsentStatus::InForce,
        }
    }
}

/// How somebody takes part, as far as consents depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakesPart {
    /// A guest, not a patient.
    pub guest: bool,
    /// In a group session.
    pub group: bool,
    /// By video.
    pub telehealth: bool,
}

impl NeededBy {
    /// Whether somebody who takes part so needs it.
    pub const fn binds(self, who: TakesPart) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::Patients => !who.guest,
            Self::Guests => who.guest,
            Self::Groups => who.group,
            Self::Telehealth => who.telehealth,
        }
    }
}

/// Whether every consent that is needed is there on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No text asks for any: what was seen by hand decides.
    NoneNeeded,
    /// Every one holds, and together they do until this day; none when that is open.
    Holds(Option<Date>),
    /// These are not there.
    Missing(Vec<ConsentKind>),
}

/// Judges a person's consents on the day of a session: of each kind that is needed the one that holds longest counts.
pub fn verdict(texts: &[(ConsentKind, NeededBy)], held: &[Term], who: TakesPart, day: Date) -> Verdict {
    let mut until: Option<Date> = None;
    let mut missing = Vec::new();
    let mut needed = texts.iter().filter(|(_, by)| by.binds(who)).map(|(kind, _)| kind).peekable();
    if needed.peek().is_none() {
        return Verdict::NoneNeeded;
    }
    for kind in needed {
        let holding = held.iter().filter(|term| term.kind == *kind && term.status(day) == ConsentStatus::InForce);
        // An open end is later than every day.
        match holding.map(|term| term.valid_until.unwrap_or(Date::MAX)).max() {
            Some(last) => until = until.min(Some(last)).or(Some(last)),
            None => missing.push(kind.clone()),
        }
    }
    if missing.is_empty() { Verdict::Holds(until.filter(|last| *last < Date::MAX)) } else { Verdict::Missing(missing) }
}

/// What somebody signs, before it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing<'a> {
    /// What it is to.
    pub kind: &'a ConsentKind,
    /// In what capacity.
    pub capacity: SignerCapacity,
    /// Who signs, as was written.
    pub has_signer_name: bool,
    /// By what they may sign for somebody else was written.
    pub has_authority: bool,
    /// To whom and what for was written.
    pub names_purpose: bool,
    /// When it was signed.
    pub signed_on: Date,
    /// Its first day.
    pub valid_from: Date,
    /// Its last day.
    pub valid_until: Option<Date>,
    /// When the patient was born; none of a guest.
    pub born: Option<Date>,
    /// The clinic's day.
    pub today: Date,
}

/// Everything that is wrong with a consent that is to be kept.
pub fn check(signing: &Signing<'_>) -> Vec<Violation> {
    let Signing { kind, capacity, signed_on, valid_from, valid_until, born, today, .. } = signing;
    let other = *capacity != SignerCapacity::Oneself;
    let mut found = Vec::new();
    let mut refuse = |wrong: bool, field: &'static str, code: &'static str, message: &str| {
        if wrong {
            found.push(Violation::new(field, code, message));
        }
    };
    refuse(other && !signing.has_signer_name, "signer_name", "missing", "is required when somebody else signs");
    let authority = "is required when somebody else signs: mother, court order of a date";
    refuse(other && !signing.has_authority, "signer_authority", "missing", authority);
    let scope = "is required: to whom what is disclosed, and what for";
    refuse(kind.releases() && !signing.names_purpose, "scope", "missing", scope);
    refuse(signed_on > today, "signed_on", "future", "must not be in the future");
    let unborn = born.is_some_and(|born| *signed_on < born);
    refuse(unborn, "signed_on", "before_birth", "must not be before the patient was born");
    refuse(valid_from < signed_on, "valid_from", "before_signing", "must not be before it was signed");
    let ends_first = valid_until.is_some_and(|last| last < *valid_from);
    refuse(ends_first, "valid_until", "before_start", "must not be before its first day");
    if *capacity == SignerCapacity::Parent {
        let of_age = born.is_none_or(|born| age(born, *signed_on) >= COMES_OF_AGE);
        refuse(of_age, "capacity", "of_age", "is for a minor; whoever is of age signs for themselves");
        let minority = born.and_then(last_day_of_minority);
        let beyond = minority.is_some_and(|last| valid_until.is_none_or(|until| until > last));
        refuse(beyond && !of_age, "valid_until", "of_age", "must not be after the day before the patient comes of age");
    }
    found
}

/// The last day on which a parent's consent can hold: the one before the birthday.
pub fn last_day_of_minority(born: Date) -> Option<Date> {
    let years = i16::try_from(COMES_OF_AGE).ok()?;
    let year = born.year().checked_add(years)?;
    // Who was born on 29 February has the birthday on 1 March in other years.
    let birthday = Date::new(year, born.month(), born.day()).or_else(|_| Date::new(year, 3, 1)).ok()?;
    birthday.yesterday().ok()
}

/// The last day of a consent for which nobody said one: as the text says, and a minor's that others sign for by their
/// coming of age at the latest.
pub fn default_last_day(
    months: Option<u32>,
    valid_from: Date,
    capacity: SignerCapacity,
    born: Option<Date>,
) -> Option<Date> {
    let by_text = months.and_then(|months| {
        let after = valid_from.checked_add(jiff::Span::new().try_months(i64::from(months)).ok()?).ok()?;
        after.yesterday().ok()
    });
    let for_minor = matches!(capacity, SignerCapacity::Parent | SignerCapacity::Guardian);
    let minor = born.filter(|born| for_minor && age(*born, valid_from) < COMES_OF_AGE).and_then(last_day_of_minority);
    match (by_text, minor) {
        (Some(text), Some(minor)) => Some(text.min(minor)),
        (text, minor) => text.or(minor),
    }
}

/// The words of a text somebody consents to: up to 20,000 characters.
pub type ConsentWords = Text<1, 20_000>;

#[cfg(test)]
mod tests;
