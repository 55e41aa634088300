//! Numbers people read out on the telephone: `SES-{ORG}-{YYYY}-{N}`, `APT-…`, `INV-…` (domain 1).
//!
//! Unique per organization and never reused; gaps are allowed. Imported numbers stay as they came and need not
//! look like these.

use std::fmt;

/// The first number of each year.
pub const FIRST_NUMBER: u32 = 10_001;

crate::vocabulary! {
    /// What a number counts.
    pub enum Series {
        /// Sessions.
        Session = "SES",
        /// Participants: the billing number.
        Appointment = "APT",
        /// Invoices.
        Invoice = "INV",
    }
}

/// The short code of an organization: 2 to 10 of A–Z and 0–9. Fixed once a number is issued.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortCode(String);

/// A text that is no short code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 2 to 10 letters A to Z and digits, such as BHC")]
pub struct BadShortCode;

impl ShortCode {
    /// Reads a code; lower case is raised.
    ///
    /// # Errors
    /// [`BadShortCode`] for another length or another character.
    pub fn parse(text: &str) -> Result<Self, BadShortCode> {
        let code = text.trim().to_ascii_uppercase();
        let fits = (2..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(code)) } else { Err(BadShortCode) }
    }

    fn as_text(&self) -> &str {
        &self.0
    }
}

crate::parsed_text!(ShortCode, BadShortCode, "2 to 10 of A–Z and 0–9.", "BHC");

/// A number as we issue it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HumanNumber {
    /// What it counts.
    pub series: Series,
    /// Whose it is.
    pub organization: ShortCode,
    /// The year of the session's local date.
    pub year: i16,
    /// From [`FIRST_NUMBER`] in each year.
    pub number: u32,
}

impl HumanNumber {
    /// Reads a number of ours: to skip imported ones that would collide, and to sort by.
    /// `None` for anything else, which is no error: imported numbers look as they like.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '-');
        let series = Series::parse(parts.next()?)?;
        let code = parts.next()?;
        let organization = ShortCode::parse(code).ok()?;
        let read =
            Self { series, organization, year: parts.next()?.parse().ok()?, number: parts.next()?.parse().ok()? };
        // What does not read back as written (lower case, signs, more zeros) is not one of ours.
        (read.to_string() == text).then_some(read)
    }
}

impl fmt::Display for HumanNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { series, organization, year, number } = self;
        write!(out, "{series}-{organization}-{year:04}-{number:05}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_look_as_the_domain_says() {
        let code = ShortCode::parse("bhc").expect("a code");
        let number = |number| HumanNumber { series: Series::Session, organization: code.clone(), year: 2026, number };
        assert_eq!(number(FIRST_NUMBER).to_string(), "SES-BHC-2026-10001");
        assert_eq!(number(7).to_string(), "SES-BHC-2026-00007");
        assert_eq!(number(123_456).to_string(), "SES-BHC-2026-123456");
        assert_eq!(HumanNumber::parse("SES-BHC-2026-10001"), Some(number(10_001)));
    }

    #[test]
    fn foreign_numbers_are_not_ours() {
        for text in ["", "SES", "SES-BHC-2026", "SES-BHC-2026-", "ses-BHC-2026-10001", "SES-bhc-2026-10001"] {
            assert_eq!(HumanNumber::parse(text), None, "{text}");
        }
        for text in ["SES-BHC-2026-010001", "SES-BHC-2026-+10001", "SES-B-2026-10001", "SES-BHC-2026-10001-1"] {
            assert_eq!(HumanNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn short_codes_are_bounded() {
        assert!(["AB", "ABCDE12345"].iter().all(|code| ShortCode::parse(code).is_ok()));
        assert!(["A", "ABCDE123456", "A-B", "ÄB", ""].iter().all(|code| ShortCode::parse(code).is_err()));
    }

    proptest! {
        #[test]
        fn every_number_reads_back(code in "[A-Z0-9]{2,10}", year in 1900_i16..=9999, number: u32, series in prop::sample::select(Series::ALL)) {
            let number = HumanNumber { series, organization: ShortCode::parse(&code).unwrap(), year, number };
            prop_assert_eq!(HumanNumber::parse(&number.to_string()), Some(number));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (HumanNumber::parse(&text), ShortCode::parse(&text));
        }
    }
}
