//! Texts as words that remember where they stand.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::text::fold;

/// How a word is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Without capitals, or of a script that has none.
    Small,
    /// `Hope`, and `H`.
    Capital,
    /// `HOPE`: two letters or more.
    Shouted,
    /// `HopeYoung`: a capital after a small letter, or a space that shows nothing between two letters.
    Humped,
}

/// One word of a text.
#[derive(Debug, Clone)]
pub struct Word {
    /// Which of the texts it stands in.
    pub part: usize,
    /// Where it stands, in bytes of that text.
    pub range: Range<usize>,
    /// The word folded.
    pub folded: String,
    /// The word without its possessive ending, folded.
    pub base: Option<String>,
    /// How it is written.
    pub case: Case,
}

/// What lies between two words that may belong to the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Link {
    /// A comma: "Young, Hope".
    pub comma: bool,
    /// Another line, or another field.
    pub line: bool,
    /// One underscore or full stop and nothing else, as in `hope_young` and `hope.young`.
    pub address: bool,
    /// One space, or a hyphen with or without the end of a line: "Mc Donald", "Mary-Jane", "Lind-⏎qvist".
    pub close: bool,
    /// Only spaces, hyphens, quotation marks and full stops of initials: what may stand around a middle name.
    pub plain: bool,
}

/// The longest run of spaces and signs between two words of one name, in bytes.
const LONGEST_LINK: usize = 40;

impl Word {
    /// Whether it is written without capitals.
    pub fn is_small(&self) -> bool {
        self.case == Case::Small
    }

    /// Whether it ends in a possessive.
    pub fn is_possessive(&self) -> bool {
        self.base.is_some()
    }

    /// Whether it is one letter, but for its possessive.
    pub fn is_letter(&self) -> bool {
        self.base.as_ref().unwrap_or(&self.folded).chars().count() == 1
    }

    /// How the next word may belong to the same name: only spaces, markup, a comma, brackets or a hyphen lie between,
    /// or the full stop of an initial or a title. `None` when a sentence ends between them, or anything else does.
    pub fn link(&self, next: &Word, parts: &[&str]) -> Option<Link> {
        let mut link = Link { line: self.part != next.part, plain: true, ..Link::default() };
        let between = self.between(next, parts)?;
        let dot = self.is_letter() || is_title(&self.folded) || is_particle(&self.folded);
        let before_dot = between.starts_with('.') && dot;
        let after = if before_dot { &between[1..] } else { between.as_str() };
        link.address = matches!(after, "_" | ".") && !before_dot;
        if link.address {
            return Some(Link { plain: false, ..link });
        }
        for letter in after.chars() {
            match letter {
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => link.line = true,
                ',' | '،' | '、' => (link.comma, link.plain) = (true, false),
                '-' | '\u{2010}'..='\u{2012}' | '"' | '“' | '”' | '(' | ')' => {}
                letter if letter.is_whitespace() => {}
                letter if is_markup(letter) => link.plain = false,
                _ => return None,
            }
        }
        let hyphen = after.trim_start_matches(['-', '\u{2010}', '\u{2011}']);
        link.close = (hyphen.is_empty() && !after.is_empty())
            || (hyphen.len() < after.len() && hyphen.trim().is_empty())
            || (after.chars().count() == 1 && after != "\n" && after.trim().is_empty());
        Some(link)
    }

    /// The text between this word and the next, also when that stands in a later field.
    fn between(&self, next: &Word, parts: &[&str]) -> Option<String> {
        if self.part == next.part {
            let between = parts.get(self.part)?.get(self.range.end..next.range.start)?;
            return (between.len() <= LONGEST_LINK).then(|| between.to_owned());
        }
        let mut between = parts.get(self.part)?.get(self.range.end..)?.to_owned();
        for skipped in parts.get(self.part + 1..next.part)? {
            between.push_str(skipped);
            if between.len() > LONGEST_LINK {
                return None;
            }
        }
        between.push('\n');
        between.push_str(parts.get(next.part)?.get(..next.range.start)?);
        (between.len() <= LONGEST_LINK).then_some(between)
    }
}

fn is_markup(letter: char) -> bool {
    matches!(letter, '*' | '_' | '~' | '`' | '\'' | '‘' | '’' | '[' | ']' | '{' | '}' | '<' | '>' | '|' | '/' | '\\')
        || matches!(letter, '+' | '=' | ':' | '–' | '—' | '·' | '•' | '«' | '»' | '#')
}

/// Words before a name that are no part of it.
pub fn is_title(word: &str) -> bool {
    matches!(word, "mr" | "mrs" | "ms" | "miss" | "mx" | "dr" | "prof" | "sra" | "srta" | "frau" | "herr")
}

/// Words after a name that are no part of it.
pub fn is_suffix(word: &str) -> bool {
    matches!(word, "jr" | "sr" | "ii" | "iii" | "iv" | "phd" | "md")
}

/// The small words inside last names.
pub fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "del" | "dela" | "della" | "di" | "da" | "dos" | "das" | "du" | "des" | "la" | "las" | "le" | "los"
    ) || matches!(word, "el" | "al" | "van" | "von" | "vom" | "zu" | "der" | "den" | "ter" | "bin" | "ibn" | "bint")
        || matches!(word, "abu" | "st" | "san" | "y" | "af" | "av" | "ap" | "mc" | "mac")
}

/// Apostrophes, and what is typed for them.
pub fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '＇' | '′' | '`' | '´')
}

/// Characters that show nothing, or nothing of their own, and may stand inside a word.
pub fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}')
        || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter) || is_invisible(letter)
}

/// The words of some texts, in order. An apostrophe between letters belongs to the word.
pub fn split(parts: &[&str]) -> Vec<Word> {
    let mut words = Vec::new();
    for (part, text) in parts.iter().enumerate() {
        words.extend(ranges(text).into_iter().map(|range| word(part, text, range)));
    }
    words.retain(|word| !word.folded.is_empty());
    words
}

fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut letters = text.char_indices().peekable();
    let mut start = None;
    while let Some((at, letter)) = letters.next() {
        let inside = is_part(letter)
            || start.is_some() && is_apostrophe(letter) && letters.peek().is_some_and(|(_, next)| is_part(*next));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                ranges.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    ranges.extend(start.map(|from| from..text.len()));
    ranges
}

fn word(part: usize, text: &str, range: Range<usize>) -> Word {
    let raw = &text[range.clone()];
    let base = raw.strip_suffix(['s', 'S']).and_then(|rest| rest.strip_suffix(is_apostrophe));
    let case = case(base.unwrap_or(raw));
    Word { part, folded: fold_name(raw), base: base.map(fold_name).filter(|base| !base.is_empty()), case, range }
}

fn case(raw: &str) -> Case {
    let (mut capitals, mut smalls, mut hump, mut last_small, mut gap) = (0, 0, false, false, false);
    for letter in raw.chars().filter(|letter| !is_apostrophe(*letter)) {
        if letter.is_uppercase() {
            hump |= last_small;
            capitals += 1;
        } else if letter.is_alphabetic() {
            smalls += 1;
        }
        hump |= gap && letter.is_alphanumeric();
        gap = letter == '\u{200b}' && capitals + smalls > 0;
        last_small = letter.is_lowercase() || (last_small && is_invisible(letter));
    }
    match (capitals, smalls) {
        _ if hump => Case::Humped,
        (0, _) => Case::Small,
        (2.., 0) => Case::Shouted,
        _ => Case::Capital,
    }
}

/// A name folded as [`fold`] does; letters that no decomposition splits read as their plain neighbours, and spellings of
/// one Arabic letter as one.
pub fn fold_name(text: &str) -> String {
    let visible: String = text.chars().filter(|letter| !is_invisible(*letter) && !is_apostrophe(*letter)).collect();
    let mut plain = String::with_capacity(visible.len());
    for letter in fold(&visible).chars() {
        match letter {
            'ł' => plain.push('l'),
            'ø' => plain.push('o'),
            'đ' | 'ð' => plain.push('d'),
            'ı' => plain.push('i'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ς' => plain.push('σ'),
            'ى' | 'ی' => plain.push('ي'),
            'ک' => plain.push('ك'),
            'ة' => plain.push('ه'),
            _ => plain.push(letter),
        }
    }
    plain
}

/// The folded words of a name, without titles.
pub fn name_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = split(&[name]).into_iter().map(|word| word.folded).collect();
    if words.iter().any(|word| !is_title(word)) {
        words.retain(|word| !is_title(word));
    }
    words
}
