//! A Rust file taken apart just enough: its code without comments and texts, its texts, its tests.

use std::ops::Range;

/// A Rust file, read once for all checks.
pub struct Source {
    /// The path from the root of the workspace.
    pub path: String,
    /// The file with every comment, text and character literal blanked: places and lines stay what they were.
    pub code: String,
    /// The comments, blanked likewise around them.
    pub comments: String,
    /// The texts, in order.
    pub literals: Vec<Literal>,
    only_tests: bool,
    tests: Vec<Range<usize>>,
    lines: usize,
}

/// A text in the code: where its content begins, and the content as written, escapes and all.
pub struct Literal {
    pub start: usize,
    pub content: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Source {
        let parts = Scanner::new(text).scan();
        let only_tests = is_test_file(path) || parts.code.contains("#![cfg(test)]");
        let tests = test_items(&parts.code);
        let lines = text.lines().count();
        Source {
            path: path.to_owned(),
            code: parts.code,
            comments: parts.comments,
            literals: parts.literals,
            only_tests,
            tests,
            lines,
        }
    }

    /// The line, counted from 1, of a place in the file.
    pub fn line(&self, place: usize) -> usize {
        self.code.as_bytes()[..place.min(self.code.len())].iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// The place belongs to a test.
    pub fn is_test(&self, place: usize) -> bool {
        self.only_tests || self.tests.iter().any(|range| range.contains(&place))
    }

    /// How many lines the file has outside its tests.
    pub fn lines_outside_tests(&self) -> usize {
        if self.only_tests {
            return 0;
        }
        let tests: usize = self.tests.iter().map(|range| self.line(range.end) - self.line(range.start) + 1).sum();
        self.lines.saturating_sub(tests)
    }

    /// The identifiers and keywords of the code, each with its place.
    pub fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        words(&self.code)
    }

    /// What stands after a place, without the spaces before it.
    pub fn after(&self, place: usize) -> &str {
        self.code.get(place..).unwrap_or_default().trim_start()
    }

    /// What stands before a place, without the spaces after it.
    pub fn before(&self, place: usize) -> &str {
        self.code.get(..place).unwrap_or_default().trim_end()
    }

    /// The places where a run of tokens stands in the code, with or without spaces between them.
    pub fn places<'a>(&'a self, tokens: &'a [&'a str]) -> impl Iterator<Item = usize> + 'a {
        let first = tokens.first().copied().unwrap_or_default();
        let starts = self.code.match_indices(first).map(|(place, _)| place);
        starts.filter(move |place| self.stands(*place, tokens))
    }

    fn stands(&self, place: usize, tokens: &[&str]) -> bool {
        let whole = |token: &str, at: usize| {
            let part = |byte: Option<&u8>| byte.is_some_and(|byte| is_word(*byte));
            let bytes = self.code.as_bytes();
            let begins = token.starts_with(|first: char| !is_word(first as u8)) || at == 0 || !part(bytes.get(at - 1));
            begins && (token.ends_with(|last: char| !is_word(last as u8)) || !part(bytes.get(at + token.len())))
        };
        let mut at = place;
        tokens.iter().all(|token| {
            at = self.code.len() - self.after(at).len();
            let there = self.code[at..].starts_with(token) && whole(token, at);
            at += token.len();
            there
        })
    }
}

/// Words of Rust in a text, each with its place; a number is one too.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut place = 0;
    std::iter::from_fn(move || {
        let bytes = code.as_bytes();
        while place < bytes.len() && !is_word(bytes[place]) {
            place += 1;
        }
        let start = place;
        while place < bytes.len() && is_word(bytes[place]) {
            place += 1;
        }
        (start < place).then(|| (start, &code[start..place]))
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn is_test_file(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    path.split('/').any(|part| matches!(part, "tests" | "benches")) || stem == "tests" || stem.ends_with("_tests")
}

/// The items under `#[cfg(test)]`: each to its closing brace or semicolon.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let attribute = "#[cfg(test)]";
    code.match_indices(attribute).map(|(start, _)| start..item_end(code, start + attribute.len())).collect()
}

/// The end of the item that begins at a place: its semicolon or the brace that closes its first one.
pub fn item_end(code: &str, start: usize) -> usize {
    let (mut braces, mut others) = (0_usize, 0_usize);
    for (place, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'(' | b'[' => others += 1,
            b')' | b']' => others = others.saturating_sub(1),
            b'{' => braces += 1,
            b'}' if braces <= 1 && others == 0 => return place + 1,
            b'}' => braces = braces.saturating_sub(1),
            b';' if braces == 0 && others == 0 => return place + 1,
            _ => {}
        }
    }
    code.len()
}

/// Takes a file apart in one pass over its bytes.
struct Scanner<'a> {
    text: &'a str,
    place: usize,
    code: Vec<u8>,
    comments: Vec<u8>,
    literals: Vec<Literal>,
}

/// What the scanner found.
struct Parts {
    code: String,
    comments: String,
    literals: Vec<Literal>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        let blank: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { b'\n' } else { b' ' }).collect();
        Scanner { text, place: 0, code: blank.clone(), comments: blank, literals: Vec::new() }
    }

    fn scan(mut self) -> Parts {
        while self.place < self.text.len() {
            let rest = &self.text.as_bytes()[self.place..];
            match rest {
                [b'/', b'/', ..] => self.line_comment(),
                [b'/', b'*', ..] => self.block_comment(),
                [b'"', ..] => self.quoted(),
                [b'\'', ..] => self.quote(),
                [b'r' | b'b' | b'c', ..] if !self.inside_word() => self.prefixed(),
                [byte, ..] => self.keep(*byte),
                [] => break,
            }
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Parts { code: text(self.code), comments: text(self.comments), literals: self.literals }
    }

    fn keep(&mut self, byte: u8) {
        self.code[self.place] = byte;
        self.place += 1;
    }

    fn inside_word(&self) -> bool {
        self.place > 0 && is_word(self.text.as_bytes()[self.place - 1])
    }

    fn comment_to(&mut self, end: usize) {
        self.comments[self.place..end].copy_from_slice(&self.text.as_bytes()[self.place..end]);
        self.place = end;
    }

    fn line_comment(&mut self) {
        let length = self.text[self.place..].find('\n').unwrap_or(self.text.len() - self.place);
        self.comment_to(self.place + length);
    }

    fn block_comment(&mut self) {
        let bytes = self.text.as_bytes();
        let (mut depth, mut end) = (0_usize, self.place);
        while end < bytes.len() {
            match &bytes[end..] {
                [b'/', b'*', ..] => (depth, end) = (depth + 1, end + 2),
                [b'*', b'/', ..] => (depth, end) = (depth - 1, end + 2),
                _ => end += 1,
            }
            if depth == 0 {
                break;
            }
        }
        self.comment_to(end);
    }

    /// A text in quotes, from its opening quote.
    fn quoted(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.place + 1;
        let mut end = start;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.literal(start, end.min(bytes.len()), 1);
    }

    /// `r`, `b` or `c`: the prefix of a text, or the beginning of a word.
    fn prefixed(&mut self) {
        let bytes = self.text.as_bytes();
        let mut end = self.place;
        while matches!(bytes.get(end), Some(b'r' | b'b' | b'c')) && end < self.place + 2 {
            end += 1;
        }
        let raw = bytes[end - 1] == b'r';
        let hashes = bytes[end..].iter().take_while(|byte| **byte == b'#').count();
        match bytes.get(end + hashes) {
            Some(b'"') if raw => {
                let start = end + hashes + 1;
                let close = format!("\"{}", "#".repeat(hashes));
                let length = self.text[start..].find(&close).unwrap_or(self.text.len() - start);
                self.literal(start, start + length, close.len());
            }
            Some(b'"') if hashes == 0 => {
                self.place = end;
                self.quoted();
            }
            Some(b'\'') if hashes == 0 && end == self.place + 1 && bytes[self.place] == b'b' => {
                self.place = end;
                self.quote();
            }
            _ => self.keep(bytes[self.place]),
        }
    }

    fn literal(&mut self, start: usize, end: usize, closing: usize) {
        let content = self.text.get(start..end).unwrap_or_default().to_owned();
        self.literals.push(Literal { start, content });
        self.place = (end + closing).min(self.text.len());
    }

    /// A single quote: a character, or the beginning of a lifetime.
    fn quote(&mut self) {
        let rest = &self.text[self.place + 1..];
        let mut characters = rest.chars();
        let length = match (characters.next(), characters.next()) {
            (Some('\\'), Some(escaped)) => {
                let from = 1 + escaped.len_utf8();
                rest.get(from..).and_then(|rest| rest.find('\'')).map(|more| from + more)
            }
            (Some(character), Some('\'')) => Some(character.len_utf8()),
            _ => None,
        };
        match length {
            Some(length) => self.place += length + 2,
            None => self.keep(b'\''),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_texts_and_characters_are_not_code() {
        let text = r##"let a = "one \" // two"; // three "four"
            /* five /* six */ seven */ let b = r#"eight " nine"#; let c = '"'; fn d<'e>(f: &'e str) {} let g = b'\'';"##;
        let source = Source::new("a.rs", text);
        let words: Vec<&str> = source.words().map(|(_, word)| word).collect();
        assert_eq!(words, "let a let b let c fn d e f e str let g".split(' ').collect::<Vec<_>>());
        let contents: Vec<&str> = source.literals.iter().map(|literal| literal.content.as_str()).collect();
        assert_eq!(contents, [r#"one \" // two"#, r#"eight " nine"#]);
        assert_eq!(source.code.len(), text.len());
        assert!(source.comments.contains("seven") && !source.comments.contains("eight"));
    }

    #[test]
    fn test_modules_are_known_by_place() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { let c = [1; 2]; }\n}\nfn d() {}\n";
        let source = Source::new("a.rs", text);
        let tested: Vec<&str> =
            source.words().filter(|(place, _)| source.is_test(*place)).map(|(_, word)| word).collect();
        assert_eq!(tested, "cfg test mod tests fn b let c 1 2".split(' ').collect::<Vec<_>>());
        assert_eq!(source.lines_outside_tests(), 2);
        assert!(Source::new("app/tests/story.rs", text).is_test(0));
    }

    #[test]
    fn tokens_are_found_whole_and_across_spaces() {
        let source = Source::new("a.rs", "a.dialect (); my_dialect(); Cx :: system(1)");
        assert_eq!(source.places(&["dialect", "("]).count(), 1);
        assert_eq!(source.places(&["Cx", "::", "system", "("]).count(), 1);
        assert_eq!(source.places(&["x", "::", "system"]).count(), 0);
    }
}
