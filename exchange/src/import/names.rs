//! One text with a whole name, taken apart.

use serde::Deserialize;

/// In which order the parts of a name stand. A comma always means that the family name comes first, unless only a
/// suffix follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// `Ann Marie Lee`.
    #[default]
    GivenFirst,
    /// `Lee Ann Marie`: the first word is the family name.
    FamilyFirst,
}

/// What may follow a name and belongs to the family name, without dots and in small letters.
const SUFFIXES: [&str; 10] = ["jr", "sr", "ii", "iii", "iv", "v", "esq", "phd", "md", "dds"];
/// Small words that belong to the family name after them, as long as they are written small.
const PARTICLES: [&str; 24] = [
    "af", "al", "ap", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "la",
    "las", "le", "los", "ter", "van", "von", "zu",
];

fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&word.replace('.', "").to_lowercase().as_str())
}

/// Given and family name. A name of one word is a family name with an empty given name.
pub fn split(name: &str, order: Order) -> (String, String) {
    let (before, after) = name.split_once(',').unwrap_or((name, ""));
    let before: Vec<&str> = before.split_whitespace().collect();
    let after: Vec<&str> = after.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    if !after.iter().all(|word| is_suffix(word)) && !before.is_empty() {
        let (suffixes, given): (Vec<&str>, Vec<&str>) = after.into_iter().partition(|word| is_suffix(word));
        return (given.join(" "), [before, suffixes].concat().join(" "));
    }
    let words = [before, after].concat();
    let trailing = words.iter().rev().take_while(|word| is_suffix(word)).count();
    let (body, suffixes) = words.split_at(words.len() - trailing.min(words.len().saturating_sub(1)));
    let (given, family) = match order {
        Order::GivenFirst => body.split_at(family_start(body)),
        Order::FamilyFirst => (&body[body.len().min(1)..], &body[..body.len().min(1)]),
    };
    (given.join(" "), [family, suffixes].concat().join(" "))
}

/// Where the family name begins: at the last word, or at the small words right before it.
fn family_start(words: &[&str]) -> usize {
    let last = words.len().saturating_sub(1);
    last - words[..last].iter().skip(1).rev().take_while(|word| PARTICLES.contains(word)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_come_apart_as_a_registrar_would_take_them() {
        for (name, given, family) in [
            ("Riley Scott", "Riley", "Scott"),
            ("  Ann  Marie Lee ", "Ann Marie", "Lee"),
            ("Sukarno", "", "Sukarno"),
            ("James Moore Jr.", "James", "Moore Jr."),
            ("James Moore, III", "James", "Moore III"),
            ("Maria de la Cruz", "Maria", "de la Cruz"),
            ("Vincent van Gogh", "Vincent", "van Gogh"),
            ("de la Cruz", "de", "la Cruz"),
            ("Van Morrison", "Van", "Morrison"),
            ("Lee, Ann Marie", "Ann Marie", "Lee"),
            ("Moore, Jr., James", "James", "Moore Jr."),
            ("Moore, James, Jr.", "James", "Moore Jr."),
            ("김 안나", "김", "안나"),
            ("Jr", "", "Jr"),
            (",", "", ""),
            ("", "", ""),
        ] {
            assert_eq!(split(name, Order::GivenFirst), (given.to_owned(), family.to_owned()), "{name}");
        }
        assert_eq!(split("김 안나", Order::FamilyFirst), ("안나".to_owned(), "김".to_owned()));
        assert_eq!(split("Moore James Jr", Order::FamilyFirst), ("James".to_owned(), "Moore Jr".to_owned()));
    }

    proptest! {
        #[test]
        fn no_word_is_lost(name in "[a-z,. ]{0,30}|(de|jr|von|Lee|[a-z]{1,4})( (de|jr|von|Lee)){0,4}") {
            for order in [Order::GivenFirst, Order::FamilyFirst] {
                let (given, family) = split(&name, order);
                let words = |text: &str| {
                    let mut words: Vec<String> = text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
                    words.sort();
                    words
                };
                prop_assert_eq!(words(&format!("{given} {family}")), words(&name));
                prop_assert!(!family.is_empty() || words(&name).is_empty());
            }
        }
    }
}
