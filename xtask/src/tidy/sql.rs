//! SQL: where it may stand, that it names the organization, and that its order is one order.

use super::Finding;
use super::rooms::{role, room};
use super::source::{Literal, Source, words};

/// Where SQL stands besides the stores of the rooms: the door, the audit chain and the queue of jobs.
const OTHER_STORES: [&str; 6] =
    ["app/src/cx", "app/src/door/", "app/src/audit/", "app/src/import/sources.rs", "app/src/jobs.rs", "app/src/jobs/"];

/// Columns that no two rows share within what a statement reads, or that end in `_id` or `_position`.
const UNIQUE: [&str; 5] = ["id", "position", "seq", "sequence", "ordinal"];

/// Said in a statement whose last column is unique though its name does not tell.
const SAYS_UNIQUE: &str = "-- unique";

/// The statements of a file, but for its tests.
fn statements(source: &Source) -> impl Iterator<Item = (&Literal, String)> {
    let literals = source.literals.iter().filter(|literal| !source.is_test(literal.start));
    literals.filter_map(|literal| Some((literal, statement(&literal.content)?)))
}

/// The text in small letters if it is a statement. Prose begins with a capital, SQL with a verb in one case.
fn statement(content: &str) -> Option<String> {
    let content = content.trim_start_matches(|first: char| first.is_whitespace() || first == '\\');
    let (_, verb) = words(content).next()?;
    let small = content.to_lowercase();
    let follows = match verb {
        "select" | "SELECT" | "delete" | "DELETE" => "from",
        "insert" | "INSERT" => "into",
        "update" | "UPDATE" => "set",
        "with" | "WITH" => "select",
        _ => return None,
    };
    let is_statement = content.starts_with(verb) && words(&small).any(|(_, word)| word == follows);
    is_statement.then_some(small)
}

/// In the app, only stores hold SQL.
pub fn place(source: &Source) -> Vec<Finding> {
    let store = room(&source.path).is_some() && role(&source.path) == "store";
    let stores = store || OTHER_STORES.iter().any(|path| source.path.starts_with(path));
    let checked = ["app/src/", "rules/src/", "exchange/src/"].iter().any(|path| source.path.starts_with(path));
    if stores || !checked {
        return Vec::new();
    }
    let message = "SQL stands in the store.rs of a room";
    statements(source).map(|(literal, _)| Finding::at(source, literal.start, message)).collect()
}

/// In a room, every statement binds the organization as `$1`, or is finished by a `Where` or `insert_rows`, which do.
pub fn organization(source: &Source) -> Vec<Finding> {
    if room(&source.path).is_none() {
        return Vec::new();
    }
    let bound = |sql: &str| {
        let filled = sql.split_once("where").is_some_and(|(_, condition)| condition.contains('{'));
        let head =
            sql.contains("organization_id") && ["values", "values {}"].iter().any(|end| sql.trim_end().ends_with(end));
        filled
            || head
            || sql.match_indices("$1").any(|(at, _)| !sql[at + 2..].starts_with(|next: char| next.is_ascii_digit()))
    };
    let message = "every statement of a room binds the organization as $1";
    let unbound = statements(source).filter(|(_, sql)| !bound(sql));
    unbound.map(|(literal, _)| Finding::at(source, literal.start, message)).collect()
}

/// In the app, every `order by` ends with a column that no two rows share: without it the database may answer
/// the same question in another order the next time, and a page may show a row twice.
pub fn order(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("app/src/") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for literal in source.literals.iter().filter(|literal| !source.is_test(literal.start)) {
        let small = literal.content.to_lowercase();
        for (at, clause) in order_clauses(&small) {
            let given = clause.trim_start().starts_with('{');
            if !given && !small.contains(SAYS_UNIQUE) && !ends_unique(clause) {
                let message =
                    format!("`order by {}` does not end with an id: two rows may change places", clause.trim());
                findings.push(Finding::at(source, literal.start + at, message));
            }
        }
    }
    findings
}

/// The columns of each `order by` of a statement, with their place. Prose ("in the order by which …") has
/// a longer first column than any statement.
fn order_clauses(sql: &str) -> Vec<(usize, &str)> {
    let mut clauses = Vec::new();
    for (place, word) in words(sql).filter(|(_, word)| *word == "order") {
        let rest = &sql[place + word.len()..];
        let Some((by, "by")) = words(rest).next() else { continue };
        if !rest[..by].trim_matches(['\\', ' ', '\n']).is_empty() {
            continue;
        }
        let columns = &rest[by + 2..];
        clauses.push((place, &columns[..clause_end(columns)]));
    }
    clauses
}

/// Where the columns of an `order by` end: at the bracket that closes around it, at a comment or semicolon, or
/// at the next clause.
fn clause_end(columns: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in columns.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return at,
            b')' => depth -= 1,
            b';' => return at,
            b'-' if columns[at..].starts_with("--") => return at,
            _ => {}
        }
    }
    let next = ["limit", "offset", "for", "union", "rows", "range", "returning", "on", "fetch"];
    words(columns).find(|(_, word)| next.contains(word)).map_or(columns.len(), |(at, _)| at)
}

fn ends_unique(clause: &str) -> bool {
    let skipped = ["asc", "desc", "nulls", "first", "last", "n"];
    let last = clause.rsplit(',').next().unwrap_or_default();
    let column = words(last).map(|(_, word)| word).filter(|word| !skipped.contains(word)).last().unwrap_or_default();
    UNIQUE.contains(&column) || column.ends_with("_id") || column.ends_with("_position")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(findings: Vec<Finding>) -> Vec<usize> {
        findings.iter().map(|finding| finding.line).collect()
    }

    const STATEMENTS: &str = r#"
        const A: &str = "select name from groups where organization_id = $1";
        let b = "Select a group from the list";
        let c = format!("update {table} set a = $12");
        // "delete from groups"
        let d = "insert \
                 into groups (a) values ($1)";
        let e = "with ready as (select 1) select a from ready";
        let f = format!("select {} from groups where {} order by name, id", columns, filter.sql());
        #[cfg(test)]
        mod tests { const G: &str = "delete from groups"; }
    "#;

    #[test]
    fn sql_stands_in_stores() {
        assert_eq!(lines(place(&Source::new("app/src/groups/pages.rs", STATEMENTS))), [2, 4, 6, 8, 9]);
        assert_eq!(lines(place(&Source::new("app/src/screens/today.rs", STATEMENTS))), [2, 4, 6, 8, 9]);
        for store in ["app/src/groups/store.rs", "app/src/cx/lobby.rs", "app/src/audit/seal.rs", "app/src/jobs.rs"] {
            assert_eq!(lines(place(&Source::new(store, STATEMENTS))), [], "{store}");
        }
    }

    #[test]
    fn a_statement_of_a_room_binds_the_organization() {
        assert_eq!(lines(organization(&Source::new("app/src/groups/store.rs", STATEMENTS))), [4, 8]);
        assert_eq!(lines(organization(&Source::new("app/src/cx.rs", STATEMENTS))), []);
    }

    #[test]
    fn an_order_ends_with_what_no_two_rows_share() {
        let judged =
            |sql: &str| order(&Source::new("app/src/groups/store.rs", &format!("const A: &str = \"{sql}\";"))).len();
        for good in [
            "select a from b where c = $1 order by name, id limit 5",
            "select a from b order by starts_at desc nulls last, g.id desc for update",
            "select row_number() over (partition by a order by c, member_id) from b order by lower(name), id",
            "select a from b order by number -- unique",
            "the order by which they came",
            "select a from b order by waitlist_position",
        ] {
            let expected = usize::from(good.starts_with("the"));
            assert_eq!(judged(good), expected, "{good}");
        }
        for bad in [
            "select a from b order by name limit 5",
            "select a from b order by id, name",
            "select a from b where c in (select d from e order by f) order by id",
        ] {
            assert_eq!(judged(bad), 1, "{bad}");
        }
    }
}
