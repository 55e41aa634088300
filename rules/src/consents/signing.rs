//! What a consent must say before it is kept: who may sign what, for whom, and until when that holds.

use jiff::civil::Date;

use super::{ConsentKind, NeededBy, SignerCapacity};
use crate::{names::fold_name, people::age, violation::Violation};

/// The age at which a parent signs no longer.
pub const COMES_OF_AGE: u32 = 18;
/// The age from which a patient may sign for themselves: the lowest at which a state lets minors consent to such
/// treatment. Whether this one may, whoever takes the consent knows.
pub const SIGNS_FROM: u32 = 12;

/// What somebody signs, before it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing<'a> {
    /// What it is to.
    pub kind: &'a ConsentKind,
    /// A guest gives it, or it is given for one.
    pub guest: bool,
    /// In what capacity.
    pub capacity: SignerCapacity,
    /// Who signs, as was written.
    pub signer_name: Option<&'a str>,
    /// Every name of the person it is about.
    pub own_names: &'a [&'a str],
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

impl Signing<'_> {
    fn for_somebody_else(&self) -> bool {
        self.capacity != SignerCapacity::Oneself
    }

    /// The age of the patient when it was signed; none of a guest.
    fn age(&self) -> Option<u32> {
        self.born.map(|born| age(born, self.signed_on))
    }

    fn is_minor(&self) -> bool {
        self.age().is_some_and(|age| age < COMES_OF_AGE)
    }
}

/// Everything that is wrong with a consent that is to be kept.
pub fn check(signing: &Signing<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    found.extend(kind(signing));
    found.extend(capacity(signing));
    signer(signing, &mut found);
    days(signing, &mut found);
    found
}

/// Who gives a consent of this kind.
fn kind(signing: &Signing<'_>) -> Option<Violation> {
    let message = if signing.guest && signing.kind.is_of_patients() {
        "is given by patients only; a guest signs the texts for guests, or is registered as a patient"
    } else if !signing.guest && signing.kind.is_of_guests() {
        "is given by guests only; a patient signs the texts for patients"
    } else {
        return None;
    };
    let code = if signing.guest { "patients_only" } else { "guests_only" };
    Some(Violation::new("kind", code, message))
}

/// Whether whoever signs in this capacity may, at the patient's age on that day.
fn capacity(signing: &Signing<'_>) -> Option<Violation> {
    use SignerCapacity as C;
    if signing.born.is_some_and(|born| born > signing.signed_on) {
        return None;
    }
    let (code, message) = match (signing.capacity, signing.age()) {
        (C::Parent, None) => (
            "age_unknown",
            "is for a minor, and no birth date of a guest is known; choose guardian or representative, or register the \
             guest as a patient",
        ),
        (C::Parent, Some(age)) if age >= COMES_OF_AGE => {
            ("of_age", "is for a minor; whoever is of age signs for themselves, or a guardian or agent does")
        }
        (C::HealthCareAgent, Some(age)) if age < COMES_OF_AGE => {
            ("minor", "is appointed by somebody of age; for a minor a parent or guardian signs")
        }
        (C::Oneself, Some(age)) if age < SIGNS_FROM => {
            ("too_young", "is not for a child under 12; a parent, guardian or representative signs")
        }
        (C::Oneself, _) if signing.kind.is_by_representative() => (
            "needs_representative",
            "must be who signs for the patient: parent, guardian or representative; what patients sign themselves is \
             the consent to treatment",
        ),
        _ => return None,
    };
    Some(Violation::new("capacity", code, message))
}

/// Whether it is said who signed, by what right, and what for.
fn signer(signing: &Signing<'_>, found: &mut Vec<Violation>) {
    let mut refuse = |wrong: bool, field: &'static str, code: &'static str, message: &str| {
        if wrong {
            found.push(Violation::new(field, code, message));
        }
    };
    let other = signing.for_somebody_else();
    refuse(other && signing.signer_name.is_none(), "signer_name", "missing", "is required when somebody else signs");
    let authority = "is required when somebody else signs: mother, court order of a date";
    refuse(other && !signing.has_authority, "signer_authority", "missing", authority);
    let stranger = !other && signing.signer_name.is_some_and(|name| !shares_a_word(name, signing.own_names));
    let message = "is none of the person’s own names; say in what capacity somebody else has signed";
    refuse(stranger, "signer_name", "somebody_else", message);
    let message = "is of somebody who signs for another; say in what capacity they have signed, or leave it out";
    refuse(!other && signing.has_authority, "signer_authority", "somebody_else", message);
    let scope = "is required: to whom what is disclosed, and what for";
    refuse(signing.kind.releases() && !signing.names_purpose, "scope", "missing", scope);
}

/// People sign with a nickname, a new last name or initials: one word in common is enough.
fn shares_a_word(name: &str, own: &[&str]) -> bool {
    let words = |text: &str| -> Vec<String> {
        fold_name(text)
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let own: Vec<String> = own.iter().flat_map(|name| words(name)).collect();
    words(name).iter().any(|word| own.contains(word))
}

fn days(signing: &Signing<'_>, found: &mut Vec<Violation>) {
    let Signing { signed_on, valid_from, valid_until, born, today, .. } = signing;
    let mut refuse = |wrong: bool, field: &'static str, code: &'static str, message: &str| {
        if wrong {
            found.push(Violation::new(field, code, message));
        }
    };
    refuse(signed_on > today, "signed_on", "future", "must not be in the future");
    let unborn = born.is_some_and(|born| *signed_on < born);
    refuse(unborn, "signed_on", "before_birth", "must not be before the patient was born");
    refuse(valid_from < signed_on, "valid_from", "before_signing", "must not be before it was signed");
    let ends_first = valid_until.is_some_and(|last| last < *valid_from);
    refuse(ends_first, "valid_until", "before_start", "must not be before its first day");
    // Who signs for a minor does so until the birthday: from then on the patient does, or a court says otherwise anew.
    let minority = born.filter(|_| signing.for_somebody_else() && signing.is_minor()).and_then(last_day_of_minority);
    let beyond = minority.is_some_and(|last| valid_until.is_none_or(|until| until > last));
    refuse(beyond, "valid_until", "of_age", "must not be after the day before the patient comes of age");
}

/// Whether nothing but their signature is missing for somebody to give a consent of this kind: a patient of age, for
/// themselves, and nothing of it goes to anybody else. For all others more has to be said, or it is not known.
pub fn signs_alone(kind: &ConsentKind, born: Option<Date>, today: Date) -> bool {
    let of_age = born.is_some_and(|born| born <= today && age(born, today) >= COMES_OF_AGE);
    of_age && !kind.is_by_representative() && !kind.is_of_guests() && !kind.releases()
}

/// What is wrong with who is to need a consent of a kind: nobody is asked for what they cannot give.
pub fn check_text(kind: &ConsentKind, needed_by: NeededBy) -> Vec<Violation> {
    let message = match needed_by {
        NeededBy::Guests if kind.is_of_patients() => "does not fit: only patients give this consent",
        NeededBy::Patients if kind.is_of_guests() => "does not fit: only guests give this consent",
        _ => return Vec::new(),
    };
    vec![Violation::new("needed_by", "cannot_give", message)]
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
    let for_minor = capacity != SignerCapacity::Oneself;
    let minor = born.filter(|born| for_minor && age(*born, valid_from) < COMES_OF_AGE).and_then(last_day_of_minority);
    match (by_text, minor) {
        (Some(text), Some(minor)) => Some(text.min(minor)),
        (text, minor) => text.or(minor),
    }
}
