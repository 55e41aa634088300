//! What becomes of a draft that two people wrote in at once: what each of them changed is kept, and where both changed the
//! same sentence or value, somebody has to look (domain 6: nobody loses words silently).

use diffy::{ConflictStyle, MergeOptions};
use serde_json::{Map, Value};

use super::NoteContent;
use crate::templates::{FieldType, NoteField};

/// Two changes of the same draft brought together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// What both wrote. Where they overlap, what was saved first.
    pub content: NoteContent,
    /// Where both changed the same: `content` or `fields.KEY`, in the order of the note. Empty when nothing is in doubt.
    pub overlaps: Vec<String>,
}

impl Merged {
    /// What both wrote, and where they overlap what `mine` says: for whoever is to bring the two together.
    pub fn over_theirs(mut self, mine: &NoteContent) -> NoteContent {
        for place in &self.overlaps {
            match place.strip_prefix("fields.") {
                None => self.content.text.clone_from(&mine.text),
                Some(key) => match mine.fields.get(key) {
                    Some(value) => drop(self.content.fields.insert(key.to_owned(), value.clone())),
                    None => drop(self.content.fields.remove(key)),
                },
            }
        }
        self.content
    }
}

/// Brings what `mine` changed of `base` into what was `saved` meanwhile.
///
/// Running text is taken sentence by sentence, a field with several choices choice by choice, rows that were added at the
/// end row by row; every other value is taken whole, as `fields` of the template say. What both added at one place is kept,
/// the earlier first.
pub fn merge(fields: &[NoteField], base: &NoteContent, saved: &NoteContent, mine: &NoteContent) -> Merged {
    let mut overlaps = Vec::new();
    let text = merge_text(&base.text, &saved.text, &mine.text).unwrap_or_else(|| {
        overlaps.push("content".to_owned());
        saved.text.clone()
    });
    let kind = |key: &str| fields.iter().find(|field| field.key == key).map(|field| field.field_type);
    let mut values = Map::new();
    let keys = saved.fields.keys().chain(mine.fields.keys().filter(|key| !saved.fields.contains_key(*key)));
    for key in keys {
        let of = |content: &NoteContent| content.fields.get(key).cloned().unwrap_or(Value::Null);
        let value = merge_value(kind(key), &of(base), &of(saved), &of(mine)).unwrap_or_else(|| {
            overlaps.push(format!("fields.{key}"));
            of(saved)
        });
        if !value.is_null() {
            values.insert(key.clone(), value);
        }
    }
    Merged { content: NoteContent { text, fields: values }, overlaps }
}

/// `None` where both changed it, and not to the same.
fn merge_value(kind: Option<FieldType>, base: &Value, saved: &Value, mine: &Value) -> Option<Value> {
    if mine == base || mine == saved {
        return Some(saved.clone());
    }
    if saved == base {
        return Some(mine.clone());
    }
    let nothing = Vec::new();
    let list = |value: &Value| if value.is_null() { Some(nothing.clone()) } else { value.as_array().cloned() };
    let text = |value: &Value| if value.is_null() { Some(String::new()) } else { value.as_str().map(str::to_owned) };
    match kind? {
        FieldType::Text => merge_text(&text(base)?, &text(saved)?, &text(mine)?).map(Value::from),
        FieldType::MultiChoice => Some(merge_choices(&list(base)?, list(saved)?, list(mine)?)),
        FieldType::Goal | FieldType::Rows => merge_rows(&list(base)?, list(saved)?, list(mine)?),
        // Two choices, dates or numbers make no third.
        FieldType::Choice | FieldType::Scale | FieldType::Number | FieldType::Date => None,
    }
}

/// What either chose, without what either took away.
fn merge_choices(base: &[Value], mut saved: Vec<Value>, mine: Vec<Value>) -> Value {
    saved.retain(|one| mine.contains(one) || !base.contains(one));
    let added: Vec<Value> = mine.into_iter().filter(|one| !base.contains(one) && !saved.contains(one)).collect();
    saved.extend(added);
    Value::Array(saved)
}

/// The rows of both, where both only added some after those that were there.
fn merge_rows(base: &[Value], mut saved: Vec<Value>, mine: Vec<Value>) -> Option<Value> {
    let added = mine.strip_prefix(base)?.to_vec();
    saved.starts_with(base).then_some(())?;
    let new: Vec<Value> = added.into_iter().filter(|row| !saved[base.len()..].contains(row)).collect();
    saved.extend(new);
    Some(Value::Array(saved))
}

/// The most parts of a text that are compared: the work grows with their square. Prose of 20,000 characters has some 600.
const MOST_PARTS: usize = 1_000;

/// `None` where both changed the same sentence, or there are too many to look.
fn merge_text(base: &str, saved: &str, mine: &str) -> Option<String> {
    if mine == base || mine == saved {
        return Some(saved.to_owned());
    }
    if saved == base {
        return Some(mine.to_owned());
    }
    if [base, saved, mine].iter().any(|text| sentences(text).len() > MOST_PARTS) {
        return None;
    }
    let merging = {
        let mut options = MergeOptions::new();
        options.set_conflict_style(ConflictStyle::Diff3);
        options.merge(&lined(base), &lined(saved), &lined(mine))
    };
    match merging {
        Ok(merged) => Some(unlined(&merged)),
        Err(marked) => settled(&marked).map(|lines| unlined(&lines)),
    }
}

/// Stands for a line break within a line: no text holds one, control characters are refused.
const BREAK: char = '\u{1}';

/// Every sentence, and the space after it, in a line of its own that begins with a mark: the library compares lines, and
/// no line can be taken for one of its own.
fn lined(text: &str) -> String {
    sentences(text).iter().fold(String::with_capacity(text.len() * 2), |mut lines, part| {
        lines.push('=');
        lines.extend(part.chars().map(|letter| if letter == '\n' { BREAK } else { letter }));
        lines.push('\n');
        lines
    })
}

fn unlined(lines: &str) -> String {
    lines.lines().filter_map(|line| line.strip_prefix('=')).collect::<String>().replace(BREAK, "\n")
}

/// The sentences of a text and the spaces between them, which together are the text.
fn sentences(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, letter) in text.char_indices() {
        let is_space = letter.is_whitespace();
        let begins_space = is_space && (letter == '\n' || matches!(before, Some('.' | '!' | '?' | ':' | ';')));
        let ends_space = !is_space && text[start..at].chars().next().is_some_and(char::is_whitespace);
        if at > start && (begins_space && !before.is_some_and(char::is_whitespace) || ends_space) {
            parts.push(&text[start..at]);
            start = at;
        }
        before = Some(letter);
    }
    parts.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    parts
}

/// Where one of the three parts of a marked conflict goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Agreed,
    Saved,
    Base,
    Mine,
}

/// The lines with every conflict settled in which both only added: `None` when another is among them.
fn settled(marked: &str) -> Option<String> {
    let mut whole = String::new();
    let (mut saved, mut base, mut mine) = (String::new(), String::new(), String::new());
    let mut side = Side::Agreed;
    for line in marked.lines() {
        match (line.chars().next(), side) {
            (Some('<'), _) => side = Side::Saved,
            (Some('|'), _) => side = Side::Base,
            // Only a marker is seven of them and nothing else: a line of ours is a mark and at least one letter.
            (Some('='), Side::Base) if line == "=======" => side = Side::Mine,
            (Some('>'), _) => {
                whole.push_str(&both(&base, &saved, &mine)?);
                (saved, base, mine) = Default::default();
                side = Side::Agreed;
            }
            _ => {
                let part = match side {
                    Side::Agreed => &mut whole,
                    Side::Saved => &mut saved,
                    Side::Base => &mut base,
                    Side::Mine => &mut mine,
                };
                part.push_str(line);
                part.push('\n');
            }
        }
    }
    Some(whole)
}

/// What both added at one place: the earlier, then the later, unless one of them only goes on
/// from the other.
fn both(base: &str, saved: &str, mine: &str) -> Option<String> {
    let (of_base, of_saved, of_mine) = (unlined(base), unlined(saved), unlined(mine));
    if !(of_saved.starts_with(&of_base) && of_mine.starts_with(&of_base)) {
        return None;
    }
    if goes_on(&of_saved, of_mine.trim_end()) {
        return Some(saved.to_owned());
    }
    if goes_on(&of_mine, of_saved.trim_end()) {
        return Some(mine.to_owned());
    }
    if !of_base.is_empty() {
        return None;
    }
    let apart = of_saved.ends_with(char::is_whitespace) || of_mine.starts_with(char::is_whitespace);
    let between = if apart { "" } else { "= \n" };
    Some(format!("{saved}{between}{mine}"))
}

/// Whether a text begins with another and goes on after a whole word of it: "Dose 50" does not go on from "Dose 5".
fn goes_on(longer: &str, shorter: &str) -> bool {
    let rest = longer.strip_prefix(shorter);
    rest.is_some_and(|rest| !rest.chars().next().is_some_and(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn text(base: &str, saved: &str, mine: &str) -> Option<String> {
        merge_text(base, saved, mine)
    }

    #[test]
    fn sentences_are_the_text() {
        for whole in ["", "One.", "One. Two!\n\nThree? ", "  lead", "no end\nnext; more: x", "a.b.c", "Ä. é!"] {
            assert_eq!(sentences(whole).concat(), whole);
            assert_eq!(unlined(&lined(whole)), whole);
        }
        assert_eq!(sentences("One. Two!\nThree"), ["One.", " ", "Two!", "\n", "Three"]);
    }

    #[test]
    fn sentences_of_both_are_kept() {
        let base = "He came late. He was calm. He left early.";
        let cases = [
            (
                "He came on time. He was calm. He left early.",
                "He came late. He was calm. He stayed.",
                Some("He came on time. He was calm. He stayed."),
            ),
            (
                "He came late. He was calm. He left early. Saved.",
                "He came late. He was calm. He left early. Mine.",
                Some("He came late. He was calm. He left early. Saved. Mine."),
            ),
            (
                "Saved. He came late. He was calm. He left early.",
                "He came late. He left early.",
                Some("Saved. He came late. He left early."),
            ),
            ("He came late. He was angry. He left early.", "He came late. He was tired. He left early.", None),
            ("He came late. He left early.", "He came late. He was tired. He left early.", None),
            (base, "Mine alone.", Some("Mine alone.")),
            ("Saved alone.", base, Some("Saved alone.")),
        ];
        for (saved, mine, wanted) in cases {
            assert_eq!(text(base, saved, mine).as_deref(), wanted, "{saved} / {mine}");
        }
    }

    #[test]
    fn two_who_begin_are_both_kept_and_what_goes_on_is_not_doubled() {
        assert_eq!(text("", "One.", "Two.").as_deref(), Some("One. Two."));
        assert_eq!(text("", "One", "One and two").as_deref(), Some("One and two"));
        assert_eq!(text("", "One and two", "One").as_deref(), Some("One and two"));
        assert_eq!(text("He was", "He was calm", "He was calm and kind").as_deref(), Some("He was calm and kind"));
        assert_eq!(text("He was", "He was calm", "He was late"), None);
        assert_eq!(text("Dose", "Dose 5", "Dose 50"), None, "two values, not one that goes on");
        assert_eq!(text("", "Drank 1", "Drank 10 beers").as_deref(), Some("Drank 1 Drank 10 beers"));
        let many = |mark: &str| format!("{mark} ").repeat(10_000);
        assert_eq!(text(&many("."), &many("!"), &many("?")), None, "too many to look at");
        assert_eq!(text("", "=======", "<<<<<<< x\n>>>>>>>").as_deref(), Some("======= <<<<<<< x\n>>>>>>>"));
    }

    #[test]
    fn values_are_merged_by_their_kind() {
        use FieldType::{Choice, Date, MultiChoice, Rows, Scale, Text};
        let cases = [
            (Choice, json!("calm"), json!("calm"), json!("angry"), Some(json!("angry"))),
            (Choice, json!(null), json!("Low"), json!("moderate"), None),
            (Choice, json!(null), json!("Low"), json!("Low moderate"), None),
            (Date, json!(null), json!("2026-03-02"), json!("2026-03-03"), None),
            (Scale, json!(1), json!(2), json!(1), Some(json!(2))),
            (Scale, json!(1), json!(2), json!(3), None),
            (Scale, json!(null), json!(2), json!(2), Some(json!(2))),
            (MultiChoice, json!(["a", "b"]), json!(["a", "b", "c"]), json!(["b", "d"]), Some(json!(["b", "c", "d"]))),
            (MultiChoice, json!(null), json!(["a"]), json!(["b"]), Some(json!(["a", "b"]))),
            (
                Rows,
                json!([{ "g": 1 }]),
                json!([{ "g": 1 }, { "g": 2 }]),
                json!([{ "g": 1 }, { "g": 3 }]),
                Some(json!([{ "g": 1 }, { "g": 2 }, { "g": 3 }])),
            ),
            (Rows, json!([{ "g": 1 }]), json!([{ "g": 2 }]), json!([{ "g": 3 }]), None),
            (Text, json!("One."), json!(null), json!("Two."), None),
        ];
        for (kind, base, saved, mine, wanted) in cases {
            assert_eq!(merge_value(Some(kind), &base, &saved, &mine), wanted, "{base} {saved} {mine}");
        }
    }

    #[test]
    fn overlaps_are_named_and_the_rest_is_kept() {
        let content = |text: &str, fields: Value| NoteContent {
            text: text.to_owned(),
            fields: fields.as_object().cloned().unwrap_or_default(),
        };
        let base = content("Base.", json!({ "mood": "low", "risk": "none" }));
        let saved = content("Base. Saved.", json!({ "mood": "high", "risk": "none" }));
        let mine = content("Base. Mine.", json!({ "mood": "even" }));
        let fields =
            [NoteField::new("mood", "Mood", FieldType::Choice), NoteField::new("risk", "Risk", FieldType::Choice)];
        let merged = merge(&fields, &base, &saved, &mine);
        assert_eq!(merged.overlaps, ["fields.mood"]);
        assert_eq!(merged.content, content("Base. Saved. Mine.", json!({ "mood": "high" })));
        let mine = merged.over_theirs(&mine);
        assert_eq!(mine, content("Base. Saved. Mine.", json!({ "mood": "even" })), "only the overlap is mine alone");
        let (saved, mine) = (content("Saved.", json!({ "mood": "high" })), content("Mine.", json!({})));
        let base = content("Base.", json!({ "mood": "low" }));
        assert_eq!(merge(&fields, &base, &saved, &mine).over_theirs(&mine), mine, "what I cleared stays cleared");
    }

    fn note() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[a-d]{1,2}[.!?]", 0..6)
    }

    proptest! {
        /// A plain model: whatever either wrote that was not there before is in the result, or the two overlap.
        #[test]
        fn nobody_loses_a_sentence(base in note(), saved in note(), mine in note()) {
            let (base, saved, mine) = (base.join(" "), saved.join(" "), mine.join(" "));
            if let Some(merged) = merge_text(&base, &saved, &mine) {
                let there = |part: &str, whole: &str| sentences(whole).contains(&part);
                for (one, other) in [(&saved, &mine), (&mine, &saved)] {
                    for part in sentences(one).into_iter().filter(|part| !part.trim().is_empty()) {
                        // It was new, or the other left it where it was.
                        if !there(part, &base) || there(part, other) {
                            prop_assert!(there(part, &merged), "{part} of {base} / {saved} / {mine} in {merged}");
                        }
                    }
                }
            }
        }

        #[test]
        fn one_writer_is_never_in_doubt(base in note(), mine in note()) {
            let (base, mine) = (base.join(" "), mine.join(" "));
            prop_assert_eq!(merge_text(&base, &base, &mine), Some(mine.clone()));
            prop_assert_eq!(merge_text(&base, &mine, &base), Some(mine.clone()));
            prop_assert_eq!(merge_text(&base, &mine, &mine), Some(mine));
        }
    }
}
