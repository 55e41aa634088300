//! Patients, guests and staff: what they are called, and what their numbers must be.

use jiff::civil::Date;

use crate::names::{Names, fold_name};
use crate::text::{fold, tokens};

/// A person's names as they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PersonNames<'a> {
    /// First name or names.
    pub first: &'a str,
    /// Last name or names; may be empty.
    pub last: &'a str,
    /// First and last name in a second language or script.
    pub other: Option<(&'a str, &'a str)>,
    /// What they like to be called.
    pub preferred: Option<&'a str>,
}

impl PersonNames<'_> {
    /// "Ann Lee": on documents and claims.
    pub fn full(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }

    /// "Lee, Ann": in lists that are sorted.
    pub fn listed(&self) -> String {
        match (self.first.trim(), self.last.trim()) {
            (first, "") => first.to_owned(),
            ("", last) => last.to_owned(),
            (first, last) => format!("{last}, {first}"),
        }
    }

    /// "Ann “Nannie” Lee": on pages of staff. Without the middle part when there is no other name to show.
    pub fn display(&self) -> String {
        match self.preferred.map(str::trim).filter(|name| !name.is_empty() && *name != self.first.trim()) {
            Some(preferred) => {
                format!("{} “{preferred}” {}", self.first.trim(), self.last.trim()).trim_end().to_owned()
            }
            None => self.full(),
        }
    }

    /// "Ann L.", or "Nannie L." with the setting `preferred_name_on_sign_in_sheet`: on what others in the room see.
    pub fn sign_in(&self, preferred: bool) -> String {
        let called = self.preferred.filter(|name| preferred && !name.trim().is_empty()).unwrap_or(self.first).trim();
        match initial(self.last) {
            Some(initial) => format!("{called} {initial}").trim_start().to_owned(),
            None => called.to_owned(),
        }
    }

    /// The names as the name check needs them.
    pub fn for_check(&self) -> Names {
        let pairs = std::iter::once((self.first, self.last)).chain(self.other);
        let full = pairs.map(|(first, last)| (first.to_owned(), last.to_owned())).collect();
        Names { full, preferred: self.preferred.map(str::to_owned) }
    }

    /// The words a search finds the person by: every name in every script, and the MRN whole and in its parts.
    pub fn search_words(&self, mrn: Option<&str>) -> Vec<String> {
        let (other_first, other_last) = self.other.unwrap_or_default();
        let names = [self.first, self.last, other_first, other_last, self.preferred.unwrap_or_default()].join(" ");
        let mrn = mrn.unwrap_or_default();
        let whole = fold(mrn).replace(' ', "");
        let mut words = tokens(&format!("{names} {} {mrn} {whole}", fold_name(&names)));
        words.sort_unstable();
        words
    }
}

/// The first letter as a capital with a full stop.
fn initial(name: &str) -> Option<String> {
    let letter = name.trim().chars().find(|letter| letter.is_alphanumeric())?;
    Some(format!("{}.", letter.to_uppercase()))
}

/// "M. J. C.": how a guest stands on a sign-in sheet.
pub fn guest_initials(display_name: &str) -> String {
    display_name.split_whitespace().filter_map(initial).collect::<Vec<_>>().join(" ")
}

/// What somebody typed into a search of people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonQuery {
    /// Every one of these must be the start of a word of the person.
    pub words: Vec<String>,
    /// The birth date must be this.
    pub birth_date: Option<Date>,
}

/// The most words of a search that are looked for.
pub const MOST_QUERY_WORDS: usize = 8;

/// Reads a search: words, and a date as `1990-03-02` or `03/02/1990` anywhere among them.
pub fn query(text: &str) -> PersonQuery {
    let mut read = PersonQuery::default();
    let mut rest = Vec::new();
    for part in text.split_whitespace() {
        match date(part) {
            Some(day) => read.birth_date = Some(day),
            None => rest.push(part),
        }
    }
    read.words = tokens(&rest.join(" "));
    read.words.truncate(MOST_QUERY_WORDS);
    read
}

fn date(text: &str) -> Option<Date> {
    let shape = |pattern: &[usize], mark| text.split(mark).map(str::len).eq(pattern.iter().copied());
    if shape(&[4, 2, 2], '-') {
        return text.parse().ok();
    }
    let slashes = text.split('/').count() == 3 && text.rsplit('/').next().is_some_and(|year| year.len() == 4);
    slashes.then(|| Date::strptime("%m/%d/%Y", text).ok()).flatten()
}

/// Why a birth date can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBirthDate {
    /// After today.
    #[error("must not be in the future")]
    Future,
    /// Before 1900.
    #[error("must not be before 1900; check the year")]
    TooLongAgo,
}

/// Checks a birth date against the site's today.
///
/// # Errors
/// In the future, or before 1900.
pub fn check_birth_date(born: Date, today: Date) -> Result<(), BadBirthDate> {
    match born {
        born if born > today => Err(BadBirthDate::Future),
        born if born.year() < 1900 => Err(BadBirthDate::TooLongAgo),
        _ => Ok(()),
    }
}

/// Whole years of age on a day; a birthday on 29 February is kept on 1 March in other years.
pub fn age(born: Date, day: Date) -> u32 {
    let years = i32::from(day.year()) - i32::from(born.year());
    let before_birthday = (day.month(), day.day()) < (born.month(), born.day());
    u32::try_from(years - i32::from(before_birthday)).unwrap_or(0)
}

/// A medical record number: 1 to 40 letters, digits and `- . / _`, in capitals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mrn(String);

/// A text that is no medical record number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 letters A to Z, digits and - . / _ without spaces")]
pub struct BadMrn;

impl Mrn {
    /// Reads a number; small letters are raised, so that one number can't be given twice in two spellings.
    ///
    /// # Errors
    /// [`BadMrn`] for another length or character, or without any letter or digit.
    pub fn parse(text: &str) -> Result<Self, BadMrn> {
        let number = text.trim().to_ascii_uppercase();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/' | b'_');
        let fits = number.len() <= 40 && number.bytes().all(plain);
        if fits && number.bytes().any(|byte| byte.is_ascii_alphanumeric()) { Ok(Self(number)) } else { Err(BadMrn) }
    }

    /// The number.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

crate::parsed_text!(Mrn, BadMrn, "A medical record number: 1 to 40 letters, digits and - . / _.", "MRN-10234");

/// A National Provider Identifier: ten digits of which the last is a check digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Npi(String);

/// Why a text is no NPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNpi {
    /// Not ten digits that start with 1 or 2.
    #[error("must be ten digits that start with 1 or 2")]
    Shape,
    /// The check digit is wrong.
    #[error("has a wrong check digit; compare it with the NPI registry")]
    CheckDigit,
}

impl Npi {
    /// Reads an NPI and checks its last digit: Luhn's formula over the digits with 80840 before them.
    ///
    /// # Errors
    /// Another shape, or a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, BadNpi> {
        let text = text.trim();
        let digits: Vec<u32> = text.chars().filter_map(|letter| letter.to_digit(10)).collect();
        if digits.len() != 10 || text.len() != 10 || !matches!(digits[0], 1 | 2) {
            return Err(BadNpi::Shape);
        }
        // The prefix 80840 adds 24 to the sum whatever follows it.
        let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
        let sum =
            digits.iter().rev().enumerate().map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit });
        let sum = 24 + sum.sum::<u32>();
        if sum.is_multiple_of(10) { Ok(Self(text.to_owned())) } else { Err(BadNpi::CheckDigit) }
    }

    /// The ten digits.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

crate::parsed_text!(Npi, BadNpi, "A National Provider Identifier: ten digits with a check digit.", "1245319599");

/// An e-mail address as it can be written to, in small letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// A text that is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as ann@example.org")]
pub struct BadEmail;

impl Email {
    /// Reads an address. Whether it exists only a message can tell; this keeps out what can't be one, and everything
    /// that could break a header.
    ///
    /// # Errors
    /// [`BadEmail`].
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@').ok_or(BadEmail)?;
        let forbidden = |letter: char| {
            letter.is_control()
                || letter.is_whitespace()
                || matches!(letter, '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '@' | '[' | '\\' | ']')
        };
        let dots = |part: &str| !part.starts_with('.') && !part.ends_with('.') && !part.contains("..");
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
        };
        let fits = (1..=64).contains(&local.len()) && address.len() <= 254 && dots(local) && !local.contains(forbidden);
        let place = domain.contains('.') && domain.split('.').all(label);
        if fits && place { Ok(Self(address)) } else { Err(BadEmail) }
    }

    /// The address.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

crate::parsed_text!(Email, BadEmail, "An e-mail address.", "ann@example.org");

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const ANN: PersonNames<'_> =
        PersonNames {
            first: "Ann Marie", last: "de la Cruz", other: Some(("안나", "김")), preferred: Some("Nannie")
        };

    #[test]
    fn names_for_each_place() {
        assert_eq!(ANN.full(), "Ann Marie de la Cruz");
        assert_eq!(ANN.listed(), "de la Cruz, Ann Marie");
        assert_eq!(ANN.display(), "Ann Marie “Nannie” de la Cruz");
        assert_eq!((ANN.sign_in(false), ANN.sign_in(true)), ("Ann Marie D.".into(), "Nannie D.".into()));
        let plain = PersonNames { preferred: Some(" "), other: None, ..ANN };
        assert_eq!((plain.display(), plain.sign_in(true)), ("Ann Marie de la Cruz".into(), "Ann Marie D.".into()));
        let single = PersonNames { first: "Sukarno", ..PersonNames::default() };
        assert_eq!(
            (single.full(), single.listed(), single.sign_in(true)),
            ("Sukarno".into(), "Sukarno".into(), "Sukarno".into())
        );
        let called = PersonNames { preferred: Some("Bung"), ..single };
        assert_eq!(called.display(), "Sukarno “Bung”");
        assert_eq!(guest_initials(" mary  jo Carter"), "M. J. C.");
        assert_eq!(guest_initials("—"), "");
        assert_eq!(ANN.for_check().full.len(), 2);
    }

    #[test]
    fn people_are_found_by_every_name_and_number() {
        let words = ANN.search_words(Some("BH-00/17"));
        for word in ["ann", "marie", "de", "cruz", "안나", "김", "nannie", "bh", "00", "17", "bh0017"] {
            assert!(words.contains(&fold(word)), "{word}");
        }
        let lukasz = PersonNames { first: "Łukasz", last: "O’Brien", ..PersonNames::default() };
        assert_eq!(lukasz.search_words(None), ["lukasz", "obrien", "łukasz"]);
    }

    #[test]
    fn a_search_has_words_and_a_birth_date() {
        let read = query("  Lee, ann 03/02/1990 ");
        assert_eq!((read.words, read.birth_date), (vec!["lee".to_owned(), "ann".to_owned()], Some(date(1990, 3, 2))));
        assert_eq!(query("1990-03-02").birth_date, Some(date(1990, 3, 2)));
        assert_eq!(query("1990-13-02").birth_date, None);
        assert_eq!(query("BH-00/17/2").birth_date, None);
        assert_eq!(query(&"a b c d e f g h i j k".repeat(3)).words.len(), MOST_QUERY_WORDS);
        assert_eq!(query(" - "), PersonQuery::default());
    }

    #[test]
    fn birth_dates_are_sane_and_ages_count_birthdays() {
        let today = date(2026, 3, 2);
        assert_eq!(check_birth_date(today, today), Ok(()));
        assert_eq!(check_birth_date(date(2026, 3, 3), today), Err(BadBirthDate::Future));
        assert_eq!(check_birth_date(date(1899, 12, 31), today), Err(BadBirthDate::TooLongAgo));
        assert_eq!((age(date(2008, 3, 2), today), age(date(2008, 3, 3), today)), (18, 17));
        assert_eq!((age(date(2008, 2, 29), date(2026, 2, 28)), age(date(2008, 2, 29), date(2026, 3, 1))), (17, 18));
        assert_eq!(age(date(2030, 1, 1), today), 0);
    }

    #[test]
    fn numbers_are_checked() {
        assert_eq!(Mrn::parse(" mrn-10/234 ").as_ref().map(Mrn::as_text), Ok("MRN-10/234"));
        assert!(["", "--", "a b", "ä", &"1".repeat(41)].iter().all(|text| Mrn::parse(text).is_err()));
        for good in ["1245319599", "1234567893", "2000000002"] {
            assert!(Npi::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Npi::parse("1245319590"), Err(BadNpi::CheckDigit));
        for bad in ["3245319599", "124531959", "12453195999", "12453195a9", "", "１２４５３１９５９９"] {
            assert_eq!(Npi::parse(bad), Err(BadNpi::Shape), "{bad}");
        }
    }

    #[test]
    fn addresses_can_be_written_to() {
        assert_eq!(Email::parse(" Ann.Lee+x@Example.ORG ").as_ref().map(Email::as_text), Ok("ann.lee+x@example.org"));
        let bad = [
            "",
            "ann",
            "@example.org",
            "ann@",
            "ann@localhost",
            "a@b@c.org",
            "ann lee@example.org",
            "ann@exa mple.org",
            "ann\r\nBcc: x@example.org",
            "<ann@example.org>",
            ".ann@example.org",
            "ann@-x.org",
            "ann@x..org",
            "a,b@x.org",
        ];
        assert!(bad.iter().all(|text| Email::parse(text).is_err()));
    }

    proptest! {
        #[test]
        fn a_changed_digit_of_an_npi_shows(place in 0_usize..10, by in 1_u32..10) {
            let mut digits: Vec<u32> = "1245319599".chars().filter_map(|letter| letter.to_digit(10)).collect();
            digits[place] = (digits[place] + by) % 10;
            let text: String = digits.iter().map(u32::to_string).collect();
            prop_assert!(Npi::parse(&text).is_err());
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (Mrn::parse(&text), Npi::parse(&text), Email::parse(&text), query(&text), guest_initials(&text));
            let names = PersonNames { first: &text, last: &text, other: Some((&text, &text)), preferred: Some(&text) };
            let _ = (names.display(), names.sign_in(true), names.search_words(Some(&text)));
        }
    }
}
