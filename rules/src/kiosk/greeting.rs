//! By what the kiosk greets a guest. Of a patient the given name is a field of its own; of a guest staff write one line,
//! and some write whose guest it is: that is somebody else's name, which the screen never shows.

use crate::names::fold_name;

/// Words that say whose somebody is, or are no names: where one stands, no first name can be told.
const RELATIONS: &[&str] = &[
    "mother",
    "mom",
    "mum",
    "mama",
    "father",
    "dad",
    "papa",
    "parent",
    "parents",
    "stepmother",
    "stepmom",
    "stepfather",
    "stepdad",
    "sister",
    "brother",
    "sibling",
    "son",
    "daughter",
    "child",
    "wife",
    "husband",
    "spouse",
    "partner",
    "girlfriend",
    "boyfriend",
    "fiance",
    "fiancee",
    "friend",
    "aunt",
    "uncle",
    "niece",
    "nephew",
    "cousin",
    "grandmother",
    "grandma",
    "grandfather",
    "grandpa",
    "grandparent",
    "grandson",
    "granddaughter",
    "guardian",
    "caregiver",
    "carer",
    "sponsor",
    "family",
    "relative",
    "visitor",
    "madre",
    "padre",
    "hermana",
    "hermano",
    "hijo",
    "hija",
    "tia",
    "tio",
    "abuela",
    "abuelo",
    "esposa",
    "esposo",
    "of",
    "for",
    "and",
    "with",
    "the",
    "mr",
    "mrs",
    "ms",
    "mx",
    "miss",
    "dr",
    "baby",
];

/// The first name of a guest, where it can be told from the line by which staff address them; none where the line says
/// whose guest it is, is not a plain name, or would greet them by one of `others`: the names of the patient they are
/// related to.
pub fn guest_first_name(display_name: &str, others: &[&str]) -> Option<String> {
    let is_plain = |letter: char| letter.is_alphabetic() || matches!(letter, ' ' | '-' | '\'' | '’' | '.');
    if !display_name.chars().all(is_plain) {
        return None;
    }
    let words: Vec<&str> = display_name.split_whitespace().collect();
    let first = *words.first()?;
    if words.iter().any(|word| is_possessive(word) || RELATIONS.contains(&fold_name(word).trim_matches('.'))) {
        return None;
    }
    let is_a_name = first.chars().filter(|letter| letter.is_alphabetic()).count() > 1 && !first.ends_with('.');
    let is_general = fold_name(first) == "guest";
    let is_theirs =
        others.iter().flat_map(|name| name.split_whitespace()).any(|other| fold_name(other) == fold_name(first));
    (is_a_name && !is_general && !is_theirs).then(|| first.to_owned())
}

fn is_possessive(word: &str) -> bool {
    ["'s", "’s", "s'", "s’"].iter().any(|end| word.to_lowercase().ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_guest_is_greeted_by_their_own_first_name_or_by_none() {
        let greeted = |line: &str| guest_first_name(line, &["Wilhelmina", "Quill Feather"]);
        let own = [
            ("Sam Oldham", "Sam"),
            (" Mary-Jo  Carter ", "Mary-Jo"),
            ("Zoë", "Zoë"),
            ("D’Arcy Bell", "D’Arcy"),
            ("Sam Guest", "Sam"),
        ];
        for (line, first) in own {
            assert_eq!(greeted(line).as_deref(), Some(first), "{line}");
        }
        let nobody = [
            "Wilhelmina's mother",
            "Wilhelmina’s friend Sam",
            "Mother of Wilhelmina",
            "Sam (brother)",
            "Sam, for Billie",
            "Mrs. Oldham",
            "Dr Oldham",
            "S. Oldham",
            "S",
            "Guest 2",
            "Guest",
            "wilhelmina Oldham",
            "WILHELMINA",
            "Feather Oldham",
            "James' wife",
            "Oldham, Sam",
            "Sam & Kit",
            "",
            "—",
            "Baby Quill",
        ];
        for line in nobody {
            assert_eq!(greeted(line), None, "{line}");
        }
    }

    proptest! {
        /// Whatever the line is: what is shown is its own first word, and never a name of somebody else.
        #[test]
        fn only_the_own_first_word_is_shown(line in "[A-Za-zé'’,. -]{0,30}", other in "[A-Za-zé]{2,10}") {
            if let Some(first) = guest_first_name(&line, &[&other]) {
                prop_assert_eq!(line.split_whitespace().next(), Some(first.as_str()));
                prop_assert_ne!(fold_name(&first), fold_name(&other));
            }
        }
    }
}
