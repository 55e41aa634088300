//! What is wrong with a mapping is found before the first row is read, with its line.

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"
[lookups.boss]
file = "staff.csv"
key = "id"
value = "boss"

[files.staff]
file = "staff.csv"
kind = "practitioner"
[files.staff.fields]
external_id = "id"
name = "full_name"
supervisor = { first_of = ["supervisor", { lookup = "boss", key = "id" }] }
"#;

fn faults(text: &str) -> Vec<String> {
    Mapping::parse(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// The faults of the good mapping with one of its lines replaced.
fn with(line: &str, other: &str) -> Vec<String> {
    assert!(GOOD.contains(line), "{line}");
    faults(&GOOD.replace(line, other))
}

#[test]
fn a_good_mapping_is_read_in_the_order_of_kinds() {
    let group = "[files.a]\nfile = \"a.csv\"\nkind = \"group\"\nfields = { external_id = \"id\", name = \"n\", type = { value = \"php\" } }";
    let mapping = Mapping::parse(&format!("{GOOD}\n{group}")).unwrap();
    let kinds: Vec<Kind> = mapping.files.iter().map(|file| file.kind).collect();
    assert_eq!(kinds, [Kind::Practitioner, Kind::Group]);
    assert_eq!(mapping.formats().count(), 3);
    assert_eq!(mapping.dates, ["%Y-%m-%d"]);
}

#[test]
fn a_key_that_is_not_known_is_refused_with_its_line() {
    assert_eq!(
        with("key = \"id\"\n", "keys = \"id\"\n"),
        ["line 4: unknown field `keys`, expected one of `file`, `encoding`, `delimiter`, `key`, `value`, `skip`"]
    );
    let faults = with("name = \"full_name\"", "name = { column = \"full_name\", orders = \"given_first\" }");
    assert!(faults[0].starts_with("line 12: unknown field `orders`"), "{faults:?}");
    let faults = with("name = \"full_name\"", "name = { column = \"a\", value = \"b\" }");
    assert!(faults[0].starts_with("line 12: a source is exactly one of `column`"), "{faults:?}");
    let faults = with("[lookups.boss]", "[lookup.boss]");
    assert!(faults[0].starts_with("line 2: unknown field `lookup`"), "{faults:?}");
}

#[test]
fn everything_else_that_is_wrong_is_told_at_once() {
    let faults = faults(
        r#"delimiter = "é"
dates = ["%Y", "%d.%m.%Y"]
[lookups.l]
file = "../l.csv"
key = "a"
value = "b"
skip = [{ column = "a" }]
[files.a]
file = "a.csv"
kind = "group"
[files.a.fields]
external_id = "id"
names = "n"
type = { column = "t", values = { A = "therapie" }, otherwise = "other" }
max_participants = true
description = { lookup = "m", key = "id", format = "%Y-%m-%d" }
[files.b]
file = "b.csv"
kind = "assessment"
fields = {}
"#,
    );
    let wanted = [
        "line 1: a delimiter is one sign",
        "line 2: `%Y` is no format of a date",
        "line 4: a file is named as it is called",
        "line 7: `skip` needs",
        "line 8: a group needs `name` among its fields",
        "line 13: a group has no field `names`",
        "line 14: `type` must be one of therapy, ",
        "line 15: `max_participants` must be a whole number, and here it is `true`",
        "line 16: `format` is for dates",
        "line 16: there is no [lookups.m]",
        "line 19: the kind `assessment` is not imported yet; the kinds are ",
    ];
    assert_eq!(faults.len(), wanted.len(), "{faults:#?}");
    for (fault, wanted) in faults.iter().zip(wanted) {
        assert!(fault.starts_with(wanted), "{fault}, not {wanted}");
    }
}

#[test]
fn the_example_in_the_repository_is_good() {
    let mapping = Mapping::parse(include_str!("../../../examples/import/bhsim.toml")).unwrap();
    assert_eq!(mapping.files.len(), 6);
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-z\\[\\]=\"{}.,#\n ]{0,80}", at in 0_usize..300, with in "\\PC{0,3}") {
        let _ = Mapping::parse(&text);
        let mut broken: Vec<char> = GOOD.chars().collect();
        let at = at.min(broken.len());
        broken.splice(at..at, with.chars());
        let _ = Mapping::parse(&broken.into_iter().collect::<String>());
    }
}
