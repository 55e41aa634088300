use super::*;
use proptest::prelude::*;

fn names(first: &str, last: &str) -> Names {
    Names { full: vec![(first.to_owned(), last.to_owned())], preferred: None }
}

fn called(first: &str, last: &str, preferred: &str) -> Names {
    Names { preferred: Some(preferred.to_owned()), ..names(first, last) }
}

/// What is found, as form and text.
fn found<'a>(text: &'a str, others: &[Names], known: &[Names]) -> Vec<(NameForm, &'a str)> {
    let others: Vec<(usize, Names)> = others.iter().cloned().enumerate().collect();
    find_names(text, &others, known).into_iter().map(|finding| (finding.form, &text[finding.range])).collect()
}

use NameForm::{FirstName, FirstNameInitial, FullName, LastName, PreferredName};

#[test]
fn every_form_of_a_name_is_found_where_it_stands() {
    let ann = [called("Ann", "Lindqvist", "Nannie")];
    let cases: &[(&str, &[(NameForm, &str)])] = &[
        ("Argued with Ann Lindqvist today.", &[(FullName, "Ann Lindqvist")]),
        ("Argued with LINDQVIST, Ann.", &[(FullName, "LINDQVIST, Ann")]),
        ("Ann Lindqvist's remark", &[(FullName, "Ann Lindqvist's")]),
        ("Ann M. Lindqvist spoke", &[(FullName, "Ann M. Lindqvist")]),
        ("Ann Marie Lindqvist spoke", &[(FullName, "Ann Marie Lindqvist")]),
        ("Ann-Lindqvist", &[(FullName, "Ann-Lindqvist")]),
        ("sat beside Nannie", &[(PreferredName, "Nannie")]),
        ("sat beside nannie’s chair", &[(PreferredName, "nannie’s")]),
        ("sat beside Ann L. again", &[(FirstNameInitial, "Ann L")]),
        ("sat beside ann l.", &[(FirstNameInitial, "ann l")]),
        ("sat beside Ann L", &[(FirstNameInitial, "Ann L")]),
        ("Ann's story moved the group", &[(FirstName, "Ann's")]),
        ("Mr. Lindqvist agreed", &[(LastName, "Lindqvist")]),
        ("Annoyed by planning; the annex was cold", &[]),
        ("Ann left. Lindqvist stayed.", &[(FirstName, "Ann"), (LastName, "Lindqvist")]),
        ("asked Lindqvist. Ann agreed", &[(LastName, "Lindqvist"), (FirstName, "Ann")]),
        ("beside Ann Lindqvist l.", &[(FullName, "Ann Lindqvist")]),
        ("beside Ann Marie L.", &[(FirstNameInitial, "Ann Marie L")]),
        ("Ann and Lindqvist", &[(FirstName, "Ann"), (LastName, "Lindqvist")]),
        ("Ann l stayed", &[(FirstName, "Ann")]),
        ("Ann K. stayed", &[(FirstName, "Ann")]),
        ("", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text, &ann, &[]), *expected, "{text}");
    }
}

#[test]
fn accents_scripts_and_invisible_letters_do_not_hide_a_name() {
    assert_eq!(found("said jose NUNEZ", &[names("José", "Núñez")], &[]), [(FullName, "jose NUNEZ")]);
    assert_eq!(found("said José Núñez", &[names("Jose", "Nunez")], &[]), [(FullName, "José Núñez")]);
    assert_eq!(found("mit Lukasz Gross", &[names("Łukasz", "Groß")], &[]), [(FullName, "Lukasz Gross")]);
    assert_eq!(found("with Sean O’Brien's son", &[names("Sean", "O'Brien")], &[]), [(FullName, "Sean O’Brien's")]);
    assert_eq!(found("A\u{200b}nn Lee", &[names("Ann", "Lee")], &[]), [(FullName, "A\u{200b}nn Lee")]);
    let two = Names { full: vec![("Ming".into(), "Wang".into()), ("小明".into(), "王".into())], preferred: None };
    assert_eq!(found("今天王小明说得很好", std::slice::from_ref(&two), &[]), [(FullName, "王小明")]);
    assert_eq!(found("今天 王 小明 说", std::slice::from_ref(&two), &[]), [(FullName, "王 小明")]);
    assert_eq!(found("and Wang Ming spoke", &[two], &[]), [(FullName, "Wang Ming")]);
    assert_eq!(found("עם דוד לוי היום", &[names("דוד", "לוי")], &[]), [(FullName, "דוד לוי")]);
}

#[test]
fn everyday_words_are_names_only_when_written_so() {
    let people = [names("Will", "May"), called("Margaret", "Green", "Hope"), names("Do", "An")];
    assert_eq!(found("will hope to do more in may, an aim; green tea", &people, &[]), []);
    assert_eq!(found("Told that Will left", &people, &[]), [(FirstName, "Will")]);
    assert_eq!(found("Sat with Hope", &people, &[]), [(PreferredName, "Hope")]);
    assert_eq!(found("will may", &people, &[]), [], "two words that may stand beside one another");
    assert_eq!(found("sat with will may", &people, &[]), [(FullName, "will may")]);
    assert_eq!(found("Will May", &people, &[]), [(FullName, "Will May")]);
}

#[test]
fn names_of_the_patient_and_the_leaders_are_no_finding() {
    let others = [names("Ann", "Lee"), names("Ann", "Moore"), names("Tom", "Kim")];
    let patient = names("Ann", "Lee-Kim");
    assert_eq!(found("Ann was calm. Kim spoke.", &others, std::slice::from_ref(&patient)), []);
    assert_eq!(found("Ann Moore was calm", &others, std::slice::from_ref(&patient)), [(FullName, "Ann Moore")]);
    assert_eq!(found("Ann M. was calm", &others, &[patient]), [(FirstNameInitial, "Ann M")]);
    let leader = called("Thomas", "Berg", "Tom");
    assert_eq!(found("Tom asked", &others, &[leader]), [], "the leader is called Tom");
    assert_eq!(found("Tom Kim asked", &others, &[names("Tom", "Kim")]), [], "the same name throughout");
}

#[test]
fn people_who_share_a_name_are_named_together() {
    let others = [('a', names("Ann", "Lee")), ('b', names("Ann", "Moore")), ('c', names("Bo", "Lee"))];
    let findings = find_names("Ann spoke to Ann L. about Lee", &others, &[]);
    let people: Vec<Vec<char>> = findings.into_iter().map(|finding| finding.people).collect();
    assert_eq!(people, [vec!['a', 'b'], vec!['a'], vec!['a', 'c']]);
}

#[test]
fn a_preferred_name_that_is_the_first_name_only_warns() {
    assert_eq!(found("with Ann", &[called("Ann Marie", "Lee", "Ann")], &[]), [(FirstName, "Ann")]);
    assert_eq!(found("with Ann Marie Lee", &[called("Ann Marie", "Lee", "Ann")], &[]), [(FullName, "Ann Marie Lee")]);
    assert_eq!(found("with Ann Lee", &[called("Ann Marie", "Lee", "Ann")], &[]), [(FullName, "Ann Lee")]);
}

#[test]
fn i_is_an_initial_only_with_its_full_stop() {
    let ann = [names("Ann", "Ingram")];
    assert_eq!(found("With Ann I think it went well", &ann, &[]), [(FirstName, "Ann")]);
    assert_eq!(found("Sat with Ann I. again", &ann, &[]), [(FirstNameInitial, "Ann I")]);
}

#[test]
fn guests_have_one_line() {
    assert_eq!(
        found("with Mary Jo Carter", &[Names::of_line(" Mary Jo Carter ")], &[]),
        [(FullName, "Mary Jo Carter")]
    );
    assert_eq!(found("with Mary C.", &[Names::of_line("Mary Jo Carter")], &[]), [(FirstNameInitial, "Mary C")]);
    assert_eq!(found("with Zed", &[Names::of_line("Zed")], &[]), [(FirstName, "Zed")]);
    assert_eq!(found("anything", &[Names::of_line("")], &[]), []);
}

#[test]
fn a_waiver_lifts_the_same_finding_and_no_other() {
    let others = [(1, names("Ann", "Lee")), (2, names("Bo", "Diaz"))];
    let findings = find_names("Ann Lee and ANN LEE; Bo Diaz; Bo", &others, &[]);
    let waived = HashSet::from([findings[0].key()]);
    let open: Vec<&str> = unwaived(&findings, &waived).into_iter().map(|finding| finding.name.as_str()).collect();
    assert_eq!(open, ["bo diaz"]);
    assert_eq!(unwaived(&findings, &HashSet::new()).len(), 3);
}

#[test]
fn a_name_in_two_fields_is_a_finding_in_each() {
    let others = [('a', names("Hope", "Young")), ('b', names("Tom", "Kim"))];
    let check = NameCheck::new(&others, &[]);
    let places = |texts: &[&str]| {
        let found = check.find(texts);
        found.into_iter().map(|one| (one.part, one.range.clone(), one.key(), one.people)).collect::<Vec<_>>()
    };
    let (key, hope) = ("full_name:hope young".to_owned(), vec!['a']);
    let both = [(0, 11..15, key.clone(), hope.clone()), (1, 0..5, key.clone(), hope.clone())];
    assert_eq!(places(&["Sat beside Hope", "Young agreed"]), both, "one waiver is for both");
    assert_eq!(
        places(&["Hope", "", "Young"]),
        [(0, 0..4, key.clone(), hope.clone()), (2, 0..5, key.clone(), hope.clone())]
    );
    assert_eq!(places(&["Young", "left early", "Hope"]), [(0, 0..5, key.clone(), hope.clone()), (2, 0..4, key, hope)]);
    let lone = ("first_name:tom".to_owned(), "last_name:kim".to_owned());
    let apart = [(0, 11..14, lone.0, vec!['b']), (1, 0..3, lone.1, vec!['b'])];
    assert_eq!(places(&["Sat beside Tom.", "Kim agreed"]), apart, "a sentence ends between them");
}

#[test]
fn the_patient_keeps_a_name_that_is_another_s_the_other_way_round() {
    let (others, own) = ([names("James", "Thomas")], [names("Thomas", "James")]);
    assert_eq!(found("James Thomas; Thomas James", &others, &own), [(FullName, "James Thomas")]);
    assert_eq!(found("James, Thomas; Thomas, James", &others, &own), [(FullName, "Thomas, James")]);
    assert_eq!(found("James; Thomas; Thomas J.; James T.", &others, &own), [(FirstNameInitial, "James T")]);
    let others = [names("Jane", "Doe")];
    assert_eq!(found("Mary Jane and Jane", &others, &[names("Mary Jane", "Smith")]), []);
    assert_eq!(found("Mary Jane Doe", &others, &[names("Mary Jane", "Smith")]), [(FullName, "Jane Doe")]);
}

proptest! {
    #[test]
    fn no_text_panics_and_ranges_are_inside(text in ".{0,60}", first in ".{0,6}", last in ".{0,6}") {
        let others = [((), called(&first, &last, &last))];
        for finding in find_names(&text, &others, &[]) {
            prop_assert!(text.get(finding.range).is_some_and(|name| !name.is_empty()));
        }
    }

    #[test]
    fn a_full_name_is_always_found(before in "[a-z .,]{0,20}", first in "[A-Z][a-zéöñ]{1,8}", last in "[A-Z][a-zéöñ]{1,8}", after in "( [a-z .,]{0,20})?") {
        let text = format!("{before} {first} {last}{after}");
        let found = found(&text, &[names(&first, &last)], &[]);
        prop_assert!(found.iter().any(|(form, _)| *form == FullName), "{}: {:?}", text, found);
    }
}

#[test]
fn a_folded_name_is_found_as_it_is_written() {
    for (text, name, written) in [
        ("Then Björn Lindgren’s turn.", "bjorn lindgren", Some("Björn Lindgren")),
        ("LINDGREN, Björn said", "bjorn lindgren", Some("LINDGREN, Björn")),
        ("With O'Brien, Maeve.", "maeve obrien", Some("O'Brien, Maeve")),
        ("Maria O. laughed", "maria o", Some("Maria O")),
        ("Jean-Luc Picard", "jean luc picard", Some("Jean-Luc Picard")),
        ("Zoë's letter", "zoe", Some("Zoë")),
        ("Nobody here", "bjorn lindgren", None),
        ("Björn alone", "bjorn lindgren", None),
        ("", "bjorn", None),
        ("Björn", "", None),
    ] {
        assert_eq!(as_written(text, name), written, "{text}");
    }
    let others = [((), Names { full: vec![("Björn".to_owned(), "Lindgren".to_owned())], preferred: None })];
    let text = "Sat beside Björn Lindgren.";
    let found = find_names(text, &others, &[]);
    assert_eq!(as_written(text, &found[0].name), Some("Björn Lindgren"));
}
