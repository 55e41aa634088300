//! The clone check: an individual text that is nearly another's, or nearly the last one of the same patient
//! (domain 6, *Before signing*).
//!
//! Texts are compared word by word, folded. Alike by 90 % means that nine words of ten are the same in the same
//! order: the measure is the longest common subsequence, found without walking further than the limit allows.

use crate::text::fold;

/// From how many percent alike a text counts as a clone, unless the organization says otherwise.
pub const DEFAULT_LIMIT: u32 = 90;
/// Shorter texts say the same thing in the same words, and are not compared. In folded characters.
pub const LEAST_LENGTH: usize = 40;
/// Words beyond this are not compared, so that the work is bounded.
const MOST_WORDS: usize = 10_000;

/// A text that is too much like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alike<K> {
    /// Whose text, or which.
    pub of: K,
    /// How much they are alike, in percent, rounded down.
    pub percent: u32,
}

/// The texts that are alike by `limit` percent or more (50 to 100), in the order given.
pub fn clones<'a, K>(text: &str, others: impl IntoIterator<Item = (K, &'a str)>, limit: u32) -> Vec<Alike<K>> {
    let mine = fold(text);
    if mine.chars().count() < LEAST_LENGTH {
        return Vec::new();
    }
    let compare = |(of, other): (K, &'a str)| {
        let other = fold(other);
        let long = other.chars().count() >= LEAST_LENGTH;
        let percent = long.then(|| alike(&words(&mine), &words(&other), limit)).flatten()?;
        Some(Alike { of, percent })
    };
    others.into_iter().filter_map(compare).collect()
}

fn words(folded: &str) -> Vec<&str> {
    folded.split(' ').take(MOST_WORDS).collect()
}

/// How much two word lists are alike, in percent rounded down; none when less than `limit`.
fn alike(a: &[&str], b: &[&str], limit: u32) -> Option<u32> {
    let total = a.len() + b.len();
    let limit = usize::try_from(limit.clamp(50, 100)).ok()?;
    let most_edits = total * (100 - limit) / 100;
    let edits = edits(a, b, most_edits)?;
    u32::try_from((total - edits) * 100 / total.max(1)).ok()
}

/// The fewest words to delete and insert that turn `a` into `b`; none when more than `most`. This is the greedy
/// search for the furthest-reaching path on each diagonal: about `most` times the length of work, never its square.
fn edits(a: &[&str], b: &[&str], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    // `furthest[middle + k]` is how far into `a` the best path on diagonal `k` (place in `a` minus place in `b`) is.
    let middle = most + 1;
    let mut furthest = vec![0_usize; 2 * most + 3];
    for edit in 0..=most {
        for diagonal in (middle - edit..=middle + edit).step_by(2) {
            let down = diagonal == middle - edit
                || (diagonal != middle + edit && furthest[diagonal - 1] < furthest[diagonal + 1]);
            let mut x = if down { furthest[diagonal + 1] } else { furthest[diagonal - 1] + 1 };
            // A path that ran off either list leads nowhere, but others may still step from it.
            while (x + middle).checked_sub(diagonal).is_some_and(|y| x < a.len() && y < b.len() && a[x] == b[y]) {
                x += 1;
            }
            furthest[diagonal] = x;
            if x >= a.len() && (x + middle).checked_sub(diagonal).is_some_and(|y| y >= b.len()) {
                return Some(edit);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOTE: &str = "Patient took part in the role play on refusing a drink, named two triggers at work, and asked \
                        for a copy of the worksheet to practise at home before the next group.";

    fn percent(text: &str, other: &str, limit: u32) -> Option<u32> {
        clones(text, [((), other)], limit).first().map(|found| found.percent)
    }

    #[test]
    fn copies_are_found_whatever_their_case_and_stops() {
        assert_eq!(percent(NOTE, NOTE, 90), Some(100));
        assert_eq!(percent(NOTE, &NOTE.to_uppercase().replace(',', ";"), 90), Some(100));
        assert_eq!(percent(NOTE, &NOTE.replace("two triggers", "three triggers"), 90), Some(96));
        assert_eq!(percent(NOTE, &NOTE.replace("two triggers", "three triggers"), 97), None);
    }

    #[test]
    fn texts_of_their_own_are_not() {
        let other =
            "Came ten minutes late, said little, and left before the break; agreed to call on Thursday about sleep.";
        assert_eq!(percent(NOTE, other, 90), None);
        assert_eq!(percent(NOTE, &format!("{NOTE} {other}"), 90), None, "half of it is new");
        assert_eq!(percent("Attended, no concerns.", "Attended, no concerns.", 90), None, "too short to tell");
        assert_eq!(percent(NOTE, "", 90), None);
    }

    #[test]
    fn the_limit_is_met_exactly() {
        // Ten words, one replaced: eighteen of twenty words are common.
        let mine = "alpha bravo charlie delta echo foxtrot golf hotel india juliett";
        let other = mine.replace("golf", "tango");
        assert_eq!(percent(mine, &other, 90), Some(90));
        assert_eq!(percent(mine, &other, 91), None);
    }

    #[test]
    fn long_texts_are_bounded() {
        let long = "word ".repeat(60_000);
        assert_eq!(percent(&long, &format!("{long} end"), 90), Some(100), "only the first words are compared");
        let numbers: String = (0..20_000).map(|number| format!("{number} ")).collect();
        assert_eq!(percent(&long, &numbers, 90), None);
    }

    fn common(a: &[&str], b: &[&str]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut corner = 0;
            for (place, y) in b.iter().enumerate() {
                let above = row[place + 1];
                row[place + 1] = if x == y { corner + 1 } else { above.max(row[place]) };
                corner = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn edits_are_those_of_the_longest_common_subsequence(
            a in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..14),
            b in prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..14),
            most in 0_usize..30
        ) {
            let expected = a.len() + b.len() - 2 * common(&a, &b);
            prop_assert_eq!(edits(&a, &b, most), (expected <= most).then_some(expected));
        }

        #[test]
        fn no_text_panics(a in ".{0,80}", b in ".{0,80}", limit: u32) {
            let _ = clones(&a, [((), b.as_str())], limit);
        }
    }
}
