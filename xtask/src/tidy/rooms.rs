//! The rooms of the app: their order, what each of their files may hold, and the doors that are counted.

use super::Finding;
use super::source::{Source, item_end, words};

/// A room may use only rooms before it.
const ROOMS: [&str; 26] = [
    "audit",
    "identity",
    "settings",
    "people",
    "consents",
    "templates",
    "forms",
    "groups",
    "roster",
    "sessions",
    "keep_apart",
    "kiosk",
    "schedule",
    "chart_access",
    "notes",
    "psychotherapy",
    "chart",
    "disclosures",
    "record",
    "merging",
    "programs",
    "billing",
    "notify",
    "connect",
    "export",
    "reports",
];

/// The pages that show several rooms stand above them all.
const SCREENS: &str = "screens";

/// One text serves both databases; each place where it cannot is a burden for good.
const MOST_FORKS: usize = 8;

/// The room of a file, if it is in one.
pub fn room(path: &str) -> Option<&'static str> {
    let (first, _) = path.strip_prefix("app/src/")?.split_once(['/', '.'])?;
    ROOMS.iter().find(|room| **room == first).copied()
}

/// What a file of the app is for: the name of the file, or of the folder right below its room.
pub fn role(path: &str) -> &str {
    let inside = path.strip_prefix("app/src/").unwrap_or(path);
    let part = inside.split('/').nth(1).unwrap_or_default();
    part.trim_end_matches(".rs")
}

/// A folder with the files of a room is in the order of rooms.
pub fn known(source: &Source) -> Vec<Finding> {
    let in_folder = source.path.strip_prefix("app/src/").and_then(|inside| inside.split_once('/'));
    match in_folder {
        Some((folder, "store.rs" | "actions.rs")) if !ROOMS.contains(&folder) => {
            vec![Finding::on(
                &source.path,
                1,
                format!("the room `{folder}` has no place in the order of rooms in xtask/src/tidy/rooms.rs"),
            )]
        }
        _ => Vec::new(),
    }
}

/// A room uses only rooms before it, and never the screens; its tests may.
pub fn order(source: &Source) -> Vec<Finding> {
    let Some(own) = room(&source.path) else { return Vec::new() };
    let rank = |name: &str| ROOMS.iter().position(|room| *room == name);
    let later = |name: &str| name == SCREENS || rank(name).is_some_and(|other| Some(other) > rank(own));
    let used = crate_uses(source).into_iter().filter(|(place, name)| later(name) && !source.is_test(*place));
    used.map(|(place, name)| {
        Finding::at(source, place, format!("the room `{own}` may not use `{name}`, which comes after it"))
    })
    .collect()
}

/// The modules named right after `crate::`, also in braces.
fn crate_uses(source: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for place in source.places(&["crate", "::"]) {
        let rest = source.after(source.code.len() - source.after(place + "crate".len()).len() + 2);
        let start = source.code.len() - rest.len();
        if rest.starts_with('{') {
            found.extend(heads(source, start));
        } else {
            found.extend(words(rest).next().map(|(at, word)| (start + at, word)));
        }
    }
    found
}

/// The first word of each part of a list in braces that begins at a place.
fn heads(source: &Source, start: usize) -> Vec<(usize, &str)> {
    let list = &source.code[start..item_end(&source.code, start)];
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 1 && matches!(byte, b'{' | b',') {
            found.extend(words(&list[at..]).next().map(|(word_at, word)| (start + at + word_at, word)));
        }
    }
    found
}

/// A room's store knows no HTTP and no markup, its view loads nothing.
pub fn files(source: &Source) -> Vec<Finding> {
    let Some(room) = room(&source.path) else { return Vec::new() };
    let (banned, why): (&[&str], &str) = match role(&source.path) {
        "store" => (&["axum", "axum_extra", "maud", "html"], "stores: HTTP and markup are for pages and views"),
        "actions" => {
            (&["axum", "axum_extra", "maud", "html"], "acts, for the API, the pages and jobs alike: it knows no HTTP")
        }
        "view" => (&["await", "async"], "draws what it is given: pages load"),
        _ => return Vec::new(),
    };
    let found = source.words().filter(|(place, word)| banned.contains(word) && !source.is_test(*place));
    found
        .map(|(place, word)| {
            Finding::at(source, place, format!("`{word}` in the {} of `{room}`, which {why}", role(&source.path)))
        })
        .collect()
}

/// The doors that are counted: a line to print, and a finding for each fork beyond the most there may be.
pub fn counted(sources: &[Source]) -> (String, Vec<Finding>) {
    let app: Vec<&Source> = sources.iter().filter(|source| source.path.starts_with("app/src/")).collect();
    let count = |tokens: &[&str]| app.iter().map(|source| outside_tests(source, tokens).len()).sum::<usize>();
    let forks: Vec<Finding> = app
        .iter()
        .flat_map(|source| {
            outside_tests(source, &["dialect", "(", ")"]).into_iter().map(|place| {
                Finding::at(
                    source,
                    place,
                    format!("more than {MOST_FORKS} statements fork by database: write one text for both"),
                )
            })
        })
        .collect();
    let line = format!(
        "{} uses of Cx::system, {} of the lobby, {} forks by database (at most {MOST_FORKS})",
        count(&["Cx", "::", "system", "("]),
        count(&["Lobby"]) + count(&["lobby"]),
        forks.len()
    );
    let excess = forks.into_iter().skip(MOST_FORKS).collect();
    (line, excess)
}

fn outside_tests(source: &Source, tokens: &[&str]) -> Vec<usize> {
    source.places(tokens).filter(|place| !source.is_test(*place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: Vec<Finding>) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_room_uses_only_rooms_before_it() {
        let text = "use crate::people::Patient;\nuse crate::sessions::Session;\nuse crate::{cx::Cx, audit::{self, billing},\n notes::Note};\nfn a() { crate::screens::today(); }\n#[cfg(test)]\nmod tests { use crate::reports; }";
        assert_eq!(lines(order(&Source::new("app/src/roster/actions.rs", text))), [2, 4, 5]);
        assert_eq!(lines(order(&Source::new("app/src/roster.rs", text))), [2, 4, 5]);
        assert_eq!(lines(order(&Source::new("app/src/reactions.rs", text))), []);
        assert_eq!(lines(order(&Source::new("app/src/screens/today.rs", text))), []);
    }

    #[test]
    fn a_room_without_a_place_is_refused() {
        assert_eq!(lines(known(&Source::new("app/src/lounge/store.rs", ""))), [1]);
        assert_eq!(lines(known(&Source::new("app/src/groups/store.rs", ""))), []);
        assert_eq!(lines(known(&Source::new("app/src/shell/layout.rs", ""))), []);
    }

    #[test]
    fn each_file_of_a_room_keeps_to_its_trade() {
        let text = "use axum::Json;\nlet a = b.await;\nmaud::html! {}\n#[cfg(test)]\nmod tests { use axum::Json; }";
        assert_eq!(lines(files(&Source::new("app/src/groups/store.rs", text))), [1, 3, 3]);
        assert_eq!(lines(files(&Source::new("app/src/groups/store/locks.rs", text))), [1, 3, 3]);
        assert_eq!(lines(files(&Source::new("app/src/groups/view.rs", text))), [2]);
        assert_eq!(lines(files(&Source::new("app/src/groups/pages.rs", text))), []);
        assert_eq!(lines(files(&Source::new("app/src/shell/view.rs", text))), []);
    }

    #[test]
    fn forks_are_counted_and_the_ninth_is_refused() {
        let fork = "match scope.dialect() { _ => Cx::system(\"job\") };\n";
        let sources = |times: usize| [Source::new("app/src/jobs.rs", &fork.repeat(times))];
        let (line, excess) = counted(&sources(8));
        assert_eq!(line, "8 uses of Cx::system, 0 of the lobby, 8 forks by database (at most 8)");
        assert_eq!(excess, []);
        assert_eq!(lines(counted(&sources(9)).1), [9]);
        assert_eq!(lines(counted(&[Source::new("store/src/lib.rs", &fork.repeat(9))]).1), []);
    }
}
