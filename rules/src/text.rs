//! Text as it may enter: trimmed, bounded, without control characters; and folded for search.

use std::{borrow::Cow, fmt, ops::Deref};

use deserr::{DeserializeError, Deserr, ErrorKind, IntoValue, ValueKind, ValuePointerRef};
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Text of `MIN` to `MAX` characters after trimming, without control characters other than newline and tab.
///
/// `MIN` is 0 where an empty text is allowed. Characters are Unicode scalar values, so an emoji counts as what
/// it is made of, never as bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// A name or a label: one to 200 characters.
pub type Name = Text<1, 200>;
/// A short remark or reason: one to 500 characters.
pub type Reason = Text<1, 500>;
/// A description or a remark that may be empty: up to 4,000 characters.
pub type Remark = Text<0, 4000>;

/// Why a text was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Shorter than the least length after trimming.
    #[error("must not be empty")]
    Empty,
    /// Longer than the most it may have.
    #[error("must have at most {max} characters, and has {length}")]
    TooLong {
        /// The most characters allowed.
        max: usize,
        /// The characters it has.
        length: usize,
    },
    /// A control character other than newline and tab.
    #[error("contains the control character U+{0:04X}; only line breaks and tabs are allowed")]
    Control(u32),
}

/// What leaves no mark on a page: soft hyphens, zero-width letters and signs of direction.
const fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || letter.is_ascii_whitespace()
}

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// Trims and checks a text. `\r\n` becomes `\n`, as HTML forms send it.
    ///
    /// # Errors
    /// [`BadText`] with the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let text = with_plain_breaks(text);
        let text = text.trim();
        if let Some(control) = text.chars().find(|letter| is_forbidden(*letter)) {
            return Err(BadText::Control(control as u32));
        }
        match text.chars().count() {
            length if length < MIN || MIN > 0 && text.chars().all(is_invisible) => Err(BadText::Empty),
            length if length > MAX => Err(BadText::TooLong { max: MAX, length }),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The empty text, where one is allowed.
    ///
    /// ```compile_fail
    /// let name = rules::text::Name::empty(); // a name is never empty
    /// ```
    pub fn empty() -> Self {
        const { assert!(MIN == 0, "this text must not be empty") };
        Self(String::new())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text with `\n` for every line break: HTML forms and Windows send `\r\n`. A `\r` alone is no line break and stays,
/// to be refused.
pub fn with_plain_breaks(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

/// Control characters that no text of ours may hold: all but newline and tab.
pub fn is_forbidden(letter: char) -> bool {
    letter.is_control() && letter != '\n' && letter != '\t'
}

impl<const MIN: usize, const MAX: usize> Deref for Text<MIN, MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl<const MIN: usize, const MAX: usize> fmt::Display for Text<MIN, MAX> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
impl<const MIN: usize, const MAX: usize> TryFrom<String> for Text<MIN, MAX> {
    type Error = BadText;
    fn try_from(text: String) -> Result<Self, BadText> {
        Self::parse(&text)
    }
}
impl<const MIN: usize, const MAX: usize> From<Text<MIN, MAX>> for String {
    fn from(text: Text<MIN, MAX>) -> Self {
        text.0
    }
}
impl<const MIN: usize, const MAX: usize, E: DeserializeError> Deserr<E> for Text<MIN, MAX> {
    fn deserialize_from_value<V: IntoValue>(value: deserr::Value<V>, location: ValuePointerRef<'_>) -> Result<Self, E> {
        let kind = value.kind();
        let refused = match value {
            deserr::Value::String(text) => match Self::parse(&text) {
                Ok(text) => return Ok(text),
                Err(error) => error.to_string(),
            },
            _ => format!("must be text, not {}", kind_name(kind)),
        };
        Err(deserr::take_cf_content(E::error::<V>(None, ErrorKind::Unexpected { msg: refused }, location)))
    }
}
impl<const MIN: usize, const MAX: usize> utoipa::PartialSchema for Text<MIN, MAX> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let schema = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
        schema.min_length((MIN > 0).then_some(MIN)).max_length(Some(MAX)).into()
    }
}
impl<const MIN: usize, const MAX: usize> utoipa::ToSchema for Text<MIN, MAX> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("Text_{MIN}_{MAX}").into()
    }
}

/// What a JSON value is called when it is not what was wanted.
pub fn kind_name(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Null => "nothing (null)",
        ValueKind::Boolean => "true or false",
        ValueKind::Integer | ValueKind::NegativeInteger | ValueKind::Float => "a number",
        ValueKind::String => "text",
        ValueKind::Sequence => "a list",
        ValueKind::Map => "an object",
    }
}

/// A text folded for search and comparison: compatibility decomposition, accents dropped, lower case, and
/// everything that is not a letter or digit turned into one space.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(' ') && letter != '\'' && letter != '’' {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// The folded words of a text, each once, in order of appearance.
pub fn tokens(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold(text).split(' ').filter(|word| !word.is_empty()) {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The smallest text after every text that starts with `prefix`, in the order of UTF-8 bytes: the upper end of a
/// prefix search written as `>=` and `<`. `None` when there is none.
pub fn prefix_end(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        let next = (last as u32 + 1..=char::MAX as u32).find_map(char::from_u32);
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// A word of a vocabulary as people read it: `left_before_start` is `Left before start`.
pub fn capital(word: &str) -> String {
    let words = word.replace('_', " ");
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_trimmed_and_bounded() {
        assert_eq!(Name::parse(" \u{200b} \u{202e}"), Err(BadText::Empty), "nothing that could be read");
        assert_eq!(Name::parse("  Ann \r\n B ").as_deref(), Ok("Ann \n B"));
        assert_eq!(Name::parse("one\rtwo"), Err(BadText::Control(0x0d)), "no line break");
        assert_eq!(Name::parse(" \n "), Err(BadText::Empty));
        assert_eq!(Name::parse("a\0b"), Err(BadText::Control(0)));
        assert_eq!(Name::parse(&"x".repeat(201)), Err(BadText::TooLong { max: 200, length: 201 }));
        assert!(Name::parse("👩‍👩‍👧 שלום").is_ok());
    }

    #[test]
    fn line_breaks_are_plain() {
        assert_eq!(with_plain_breaks("a\r\nb\r\n\r\nc\n"), "a\nb\n\nc\n");
        assert_eq!(with_plain_breaks("a\rb\r"), "a\rb\r", "what is no line break stays");
        assert!(matches!(with_plain_breaks("a\nb"), Cow::Borrowed(_)), "nothing is copied where nothing changes");
    }

    #[test]
    fn folding_forgets_case_accents_and_apostrophes() {
        assert_eq!(fold("  José  O'Brien-Smith "), "jose obrien smith");
        assert_eq!(tokens("Ann ann Ánn Lee"), ["ann", "lee"]);
        assert_eq!(fold("Łukasz"), "łukasz");
    }

    proptest! {
        #[test]
        fn prefix_range_holds_exactly_what_starts_with_it(prefix in ".{1,4}", text in ".{0,8}") {
            let inside = text.as_str() >= prefix.as_str() && prefix_end(&prefix).is_none_or(|end| text.as_str() < end.as_str());
            prop_assert_eq!(inside, text.starts_with(&prefix));
        }

        #[test]
        fn folding_twice_changes_nothing(text in ".{0,20}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
