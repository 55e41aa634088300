//! A text as words that remember where they stand.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::text::fold;

/// One word of a text.
#[derive(Debug, Clone)]
pub struct Word {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// The word folded.
    folded: String,
    /// The word without its possessive ending, folded.
    base: Option<String>,
    /// It is written without capitals.
    pub is_lower: bool,
}

impl Word {
    /// The folded forms it may be read as.
    pub fn forms(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.folded).chain(&self.base)
    }

    /// Whether the next word may belong to the same name: only spaces, a comma or a hyphen lie between, or the full
    /// stop of an initial.
    pub fn joins(&self, next: &Word, text: &str) -> bool {
        let between = text.get(self.range.end..next.range.start).unwrap_or("");
        let between = if self.folded.chars().count() == 1 { between.trim_start_matches('.') } else { between };
        between.chars().all(|letter| letter.is_whitespace() || matches!(letter, ',' | '-' | '‐' | '‑' | '·'))
    }

    /// Whether it is an initial: a capital alone. "I" is one only with its full stop.
    pub fn is_initial(&self, text: &str) -> bool {
        let dotted = text.get(self.range.end..).is_some_and(|rest| rest.starts_with('.'));
        dotted || (!self.is_lower && self.folded != "i") || self.base.is_some()
    }
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | 'ʼ' | '＇')
}

/// Characters that show nothing and may stand inside a word.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter) || is_invisible(letter)
}

/// The words of a text. An apostrophe between letters belongs to the word.
pub fn split(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut letters = text.char_indices().peekable();
    let mut start = None;
    while let Some((at, letter)) = letters.next() {
        let inside = is_part(letter)
            || start.is_some() && is_apostrophe(letter) && letters.peek().is_some_and(|(_, next)| is_part(*next));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push(word(text, from..at));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| word(text, from..text.len())));
    words.retain(|word| !word.folded.is_empty());
    words
}

fn word(text: &str, range: Range<usize>) -> Word {
    let raw = &text[range.clone()];
    let base = raw.strip_suffix(['s', 'S']).and_then(|rest| rest.strip_suffix(is_apostrophe));
    let is_lower = !raw.chars().any(char::is_uppercase);
    Word { folded: fold_name(raw), base: base.map(fold_name), is_lower, range }
}

/// A name folded as [`fold`] does, and letters that no decomposition splits read as their plain neighbours.
pub fn fold_name(text: &str) -> String {
    let visible: String = text.chars().filter(|letter| !is_invisible(*letter)).collect();
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
            _ => plain.push(letter),
        }
    }
    plain
}

/// The folded words of a name.
pub fn name_words(name: &str) -> Vec<String> {
    split(name).into_iter().map(|word| word.folded).collect()
}

/// One letter folded.
pub fn fold_letter(letter: char) -> String {
    fold_name(letter.encode_utf8(&mut [0; 4]))
}

/// Whether a letter is of a script that puts no spaces between words.
pub fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{edf}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
}
