//! Content lines: names and values, escaped and folded (RFC 5545, 3.1 and 3.3.11).

use std::fmt::Write as _;

/// The octets a line may have, without its end.
const LINE_MAX: usize = 75;

/// The lines of a calendar as they are written.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// A line whose value needs no escaping: ours, never a person's.
    pub fn plain(&mut self, name: &str, value: impl std::fmt::Display) {
        let mut line = String::new();
        // Writing to a string can't fail.
        let _ = write!(line, "{name}:{value}");
        self.fold(&line);
    }

    /// A line whose value is free text.
    pub fn text(&mut self, name: &str, value: &str) {
        self.plain(name, escape(value));
    }

    /// A line is cut after at most 75 octets, and never inside a character; what follows begins with a space.
    fn fold(&mut self, line: &str) {
        let mut rest = line;
        let mut room = LINE_MAX;
        while rest.len() > room {
            let cut = rest.floor_char_boundary(room);
            self.0.push_str(&rest[..cut]);
            self.0.push_str("\r\n ");
            rest = &rest[cut..];
            room = LINE_MAX - 1;
        }
        self.0.push_str(rest);
        self.0.push_str("\r\n");
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

/// The lines of a calendar before they were folded, without their ends.
pub fn unfold(text: &str) -> Vec<String> {
    let whole = text.replace("\r\n ", "").replace("\r\n\t", "");
    whole.split("\r\n").filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Free text as a value: backslash, semicolon, comma and the end of a line are escaped, and other control characters
/// are left out, since no calendar may have them.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// What [`escape`] was given, but for the control characters it left out.
pub fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next().map(|letter| if matches!(letter, 'n' | 'N') { '\n' } else { letter })),
            letter => text.push(letter),
        }
    }
    text
}
