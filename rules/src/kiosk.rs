//! Checking in at the kiosk in the waiting room: the code, the birth date, and the signature on the screen (domain 5).
//!
//! Whoever stands there learns nothing but their own first name and the time of their session: every knock that is not
//! wholly right has the same answer. Of a guest no birth date is known: their code alone says who they are, and its first
//! letter that it does.

use deserr::Deserr;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::violation::Violation;

mod greeting;

pub use greeting::guest_first_name;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: 40 bits, of which a guest's has 35.
const CODE_LENGTH: usize = 8;
/// What guests' codes begin with, and no patient's.
const OF_GUESTS: char = 'G';
/// What a patient's code begins with instead.
const OF_PATIENTS: char = '0';
/// Wrong birth dates after which a code is dead: the front desk makes another.
pub const TRIES_MAX: u32 = 5;
/// How wide the field is that is signed in, in its own units.
pub const SIGNATURE_WIDTH: u16 = 1_000;
/// How high it is.
pub const SIGNATURE_HEIGHT: u16 = 400;
/// The most strokes of a signature.
pub const STROKES_MAX: usize = 100;
/// The most points of a signature, in all its strokes.
pub const POINTS_MAX: usize = 4_000;
/// The fewest points: less is a slip of the finger.
pub const POINTS_MIN: usize = 4;

/// Whose a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A patient, who enters their birth date as well.
    Patient,
    /// A guest, who has nothing but the code.
    Guest,
}

/// What somebody scans or types at the kiosk: eight characters in two groups, without letters that look like digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KioskCode(String);

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the eight letters and digits on the slip, such as 7K3M-9QX2")]
pub struct BadKioskCode;

impl KioskCode {
    /// The code with these bits; a caller takes them from its generator.
    pub fn from_bits(bits: u64, holder: Holder) -> Self {
        let letter = |place: usize| {
            let digit = (bits >> (place * 5)) & 31;
            char::from(ALPHABET[usize::try_from(digit).unwrap_or_default()])
        };
        let first = match (holder, letter(CODE_LENGTH - 1)) {
            (Holder::Guest, _) => OF_GUESTS,
            (Holder::Patient, OF_GUESTS) => OF_PATIENTS,
            (Holder::Patient, letter) => letter,
        };
        Self(std::iter::once(first).chain((0..CODE_LENGTH - 1).rev().map(letter)).collect())
    }

    /// Whose it is, as its first letter says.
    pub fn holder(&self) -> Holder {
        if self.0.starts_with(OF_GUESTS) { Holder::Guest } else { Holder::Patient }
    }

    /// Reads a code as people type it: small letters, spaces and hyphens anywhere, O for 0, I and L for 1.
    ///
    /// # Errors
    /// [`BadKioskCode`] for another length or character.
    pub fn parse(text: &str) -> Result<Self, BadKioskCode> {
        let typed = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
        let read = |letter: char| match letter.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            letter => u8::try_from(letter).ok().filter(|byte| ALPHABET.contains(byte)).map(char::from),
        };
        let code: Option<String> = typed.take(CODE_LENGTH + 1).map(read).collect();
        code.filter(|code| code.len() == CODE_LENGTH).map(Self).ok_or(BadKioskCode)
    }

    /// The eight characters, for the hash that is stored.
    pub fn plain(&self) -> &str {
        &self.0
    }

    /// As it is printed: `7K3M-9QX2`.
    pub fn as_text(&self) -> String {
        let (first, second) = self.0.split_at(CODE_LENGTH / 2);
        format!("{first}-{second}")
    }
}

/// What is known when somebody knocks with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knock {
    /// Wrong birth dates with this code so far.
    pub tries: u32,
    /// Somebody has arrived with it.
    pub is_used: bool,
    /// Its time is over.
    pub is_over: bool,
    /// The session is held at the kiosk's site, or at none.
    pub is_here: bool,
    /// What says that it is them.
    pub proof: Proof,
}

/// What says that whoever knocks is who the code was given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A patient's birth date.
    BirthDate {
        /// When the patient was born.
        born: Date,
        /// What was entered, if anything was.
        said: Option<Date>,
    },
    /// Nothing but the code: a guest's, of whom no birth date is known.
    CodeAlone,
}

impl Proof {
    fn is_right(self) -> bool {
        match self {
            Self::BirthDate { born, said } => said == Some(born),
            Self::CodeAlone => true,
        }
    }
}

/// What becomes of a knock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is them.
    Known,
    /// Another birth date: this counts as a try.
    WrongDate,
    /// The code is good for nothing here.
    Dead,
}

/// Judges a knock. A dead code tells nothing of the birth date.
pub fn knock(knock: &Knock) -> Answer {
    let dead = knock.tries >= TRIES_MAX || knock.is_used || knock.is_over || !knock.is_here;
    match dead {
        true => Answer::Dead,
        false if knock.proof.is_right() => Answer::Known,
        false => Answer::WrongDate,
    }
}

/// One stroke of a signature: points from the upper left corner of a field of 1,000 by 400.
pub type Stroke = Vec<Point>;

/// One point of a stroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Deserr, utoipa::ToSchema)]
#[deserr(deny_unknown_fields)]
pub struct Point {
    /// From the left: 0 to 1,000.
    #[schema(maximum = 1_000)]
    pub x: u16,
    /// From the top: 0 to 400.
    #[schema(maximum = 400)]
    pub y: u16,
}

/// What is wrong with the strokes of a signature.
pub fn check_strokes(strokes: &[Stroke]) -> Vec<Violation> {
    let points: usize = strokes.iter().map(Vec::len).sum();
    let outside = |point: &Point| point.x > SIGNATURE_WIDTH || point.y > SIGNATURE_HEIGHT;
    let refuse = |message: String| vec![Violation::new("strokes", "invalid", message)];
    if strokes.len() > STROKES_MAX || points > POINTS_MAX {
        return refuse(format!("must have at most {STROKES_MAX} strokes and {POINTS_MAX} points"));
    }
    if points < POINTS_MIN {
        return refuse("is too short for a signature".to_owned());
    }
    match strokes.iter().flatten().any(outside) {
        true => refuse(format!("must lie within {SIGNATURE_WIDTH} by {SIGNATURE_HEIGHT}")),
        false => Vec::new(),
    }
}

/// The strokes as the path of a drawing.
pub fn path(strokes: &[Stroke]) -> String {
    let mut path = String::new();
    for stroke in strokes {
        for (at, point) in stroke.iter().enumerate() {
            let letter = if at == 0 { 'M' } else { 'L' };
            path.push_str(&format!("{letter}{} {}", point.x, point.y));
        }
        // A dot has a length of nothing and is drawn by its round end.
        if let [only] = stroke.as_slice() {
            path.push_str(&format!("L{} {}", only.x, only.y));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = KioskCode::parse("7k3m-9qx2").unwrap();
        assert_eq!((code.plain(), code.as_text().as_str()), ("7K3M9QX2", "7K3M-9QX2"));
        assert_eq!(KioskCode::parse(" oIl0 0000 ").unwrap().plain(), "01100000");
        for bad in ["", "7K3M9QX", "7K3M9QX22", "7K3M9QXU", "7K3M9QXé", "7K3M9QX2 and more"] {
            assert_eq!(KioskCode::parse(bad), Err(BadKioskCode), "{bad}");
        }
        assert_eq!(KioskCode::from_bits(0, Holder::Patient).plain(), "00000000");
        assert_eq!(KioskCode::from_bits(u64::MAX, Holder::Patient).plain(), "ZZZZZZZZ");
        assert_eq!(KioskCode::from_bits(u64::MAX, Holder::Guest).plain(), "GZZZZZZZ");
        assert_eq!(KioskCode::from_bits(16 << 35, Holder::Patient).plain(), "00000000", "G is for guests");
    }

    #[test]
    fn every_knock_that_is_not_right_is_refused() {
        let good = Knock {
            tries: TRIES_MAX - 1,
            is_used: false,
            is_over: false,
            is_here: true,
            proof: Proof::BirthDate { born: date(1980, 2, 3), said: Some(date(1980, 2, 3)) },
        };
        assert_eq!(knock(&good), Answer::Known);
        let said = |said| Knock { proof: Proof::BirthDate { born: date(1980, 2, 3), said }, ..good };
        let wrong = said(Some(date(1980, 3, 2)));
        assert_eq!((knock(&wrong), knock(&said(None))), (Answer::WrongDate, Answer::WrongDate));
        let guest = Knock { proof: Proof::CodeAlone, ..good };
        assert_eq!(knock(&guest), Answer::Known);
        for dead in [
            Knock { tries: TRIES_MAX, ..good },
            Knock { is_used: true, ..good },
            Knock { is_over: true, ..good },
            Knock { is_here: false, ..good },
            Knock { is_used: true, ..wrong },
            Knock { is_used: true, ..guest },
            Knock { tries: TRIES_MAX, ..guest },
            Knock { is_over: true, ..guest },
            Knock { is_here: false, ..guest },
        ] {
            assert_eq!(knock(&dead), Answer::Dead, "{dead:?}");
        }
    }

    fn line(points: &[(u16, u16)]) -> Stroke {
        points.iter().map(|(x, y)| Point { x: *x, y: *y }).collect()
    }

    #[test]
    fn a_signature_is_bounded_and_drawn() {
        let signed = vec![line(&[(0, 0), (10, 20), (1_000, 400)]), line(&[(5, 5)])];
        assert!(check_strokes(&signed).is_empty());
        assert_eq!(path(&signed), "M0 0L10 20L1000 400M5 5L5 5");
        assert_eq!(check_strokes(&[line(&[(1, 1), (2, 2)])]).len(), 1, "a slip of the finger");
        assert_eq!(check_strokes(&[]).len(), 1);
        assert_eq!(check_strokes(&[line(&[(0, 0), (0, 401), (1, 1), (2, 2)])]).len(), 1);
        assert_eq!(check_strokes(&vec![line(&[(1, 1)]); STROKES_MAX + 1]).len(), 1);
        assert_eq!(check_strokes(&[line(&vec![(1, 1); POINTS_MAX + 1])]).len(), 1);
    }

    proptest! {
        #[test]
        fn every_code_reads_back(bits: u64, guest: bool) {
            let holder = if guest { Holder::Guest } else { Holder::Patient };
            let code = KioskCode::from_bits(bits, holder);
            prop_assert_eq!(code.holder(), holder);
            prop_assert_eq!(KioskCode::parse(&code.as_text().to_lowercase()), Ok(code));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = KioskCode::parse(&text);
        }
    }
}
