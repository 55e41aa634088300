use super::*;
use crate::notes::NoteContent;
use proptest::prelude::*;
use serde_json::Map;
use serde_json::json;

fn values(json: Value) -> Map<String, Value> {
    json.as_object().cloned().unwrap_or_default()
}

fn field(json: Value) -> NoteField {
    let mut whole = json!({"key": "it", "label": "It"});
    whole.as_object_mut().expect("an object").extend(values(json));
    serde_json::from_value(whole).expect("a field")
}

/// The code of what is wrong with one value of one field.
fn code(described: &NoteField, value: Value) -> Option<&'static str> {
    let found = check_values(std::slice::from_ref(described), &values(json!({ "it": value })), Stage::Signing);
    found.first().map(|violation| violation.code)
}

#[test]
fn every_type_takes_its_values_and_no_other() {
    let text = field(json!({"type": "text", "required": true}));
    let choice = field(json!({"type": "choice", "options": ["a", "b"]}));
    let multi = field(json!({"type": "multi_choice", "options": ["a", "b"]}));
    let scale = field(json!({"type": "scale", "min": 0, "max": 10}));
    let number = field(json!({"type": "number", "min": 0}));
    let date = field(json!({"type": "date"}));
    let good = [
        (&text, json!("Calm\nand kind")),
        (&choice, json!("b")),
        (&multi, json!(["b", "a"])),
        (&scale, json!(0)),
        (&scale, json!(10)),
        (&number, json!(36.6)),
        (&date, json!("2026-02-28")),
        (&date, json!(null)),
        (&multi, json!([])),
    ];
    for (field, value) in good {
        assert_eq!(code(field, value.clone()), None, "{field:?} {value}");
    }
    let bad = [
        (&text, json!(1), "invalid"),
        (&text, json!("a\u{0}"), "invalid"),
        (&text, json!("x".repeat(MOST_TEXT + 1)), "too_long"),
        (&text, json!("  "), "required"),
        (&text, json!(null), "required"),
        (&choice, json!("c"), "invalid"),
        (&choice, json!(["a"]), "invalid"),
        (&multi, json!("a"), "invalid"),
        (&multi, json!(["a", "a"]), "invalid"),
        (&multi, json!(["a", "c"]), "invalid"),
        (&scale, json!(11), "invalid"),
        (&scale, json!(5.5), "invalid"),
        (&scale, json!("5"), "invalid"),
        (&number, json!(-0.1), "invalid"),
        (&date, json!("2026-02-30"), "invalid"),
        (&date, json!("2026-02-28T10:00"), "invalid"),
        (&date, json!(false), "invalid"),
    ];
    for (field, value, expected) in bad {
        assert_eq!(code(field, value.clone()), Some(expected), "{field:?} {value}");
    }
}

#[test]
fn a_draft_may_be_incomplete_but_not_wrong() {
    let fields = built_in(NoteType::SessionNote, None).fields;
    assert_eq!(check_values(&fields, &Map::new(), Stage::Draft), []);
    let missing = check_values(&fields, &Map::new(), Stage::Signing);
    let names: Vec<&str> = missing.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(names, ["fields.topic", "fields.interventions", "fields.group_response"]);
    let wrong = check_values(&fields, &values(json!({"topic": 1, "colour": "red"})), Stage::Draft);
    let codes: Vec<_> = wrong.iter().map(|violation| (violation.field.as_str(), violation.code)).collect();
    assert_eq!(codes, [("fields.topic", "invalid"), ("fields.colour", "unknown_field")]);
}

#[test]
fn what_is_signed_says_something() {
    let codes = |text: &str, json: Value, stage| -> Vec<(String, &'static str)> {
        let content = NoteContent { text: text.to_owned(), fields: values(json) };
        let fields = [field(json!({"type": "text"}))];
        check_content(&fields, &content, stage).into_iter().map(|found| (found.field, found.code)).collect()
    };
    assert_eq!(codes("All spoke.", json!({}), Stage::Signing), []);
    assert_eq!(codes("", json!({"it": "Calm"}), Stage::Signing), []);
    assert_eq!(codes(" ", json!({"it": ""}), Stage::Draft), []);
    assert_eq!(codes(" ", json!({"it": ""}), Stage::Signing), [("content".to_owned(), "required")]);
    let both = codes("\u{7}", json!({"it": 1}), Stage::Draft);
    assert_eq!(both, [("content".to_owned(), "invalid"), ("fields.it".to_owned(), "invalid")]);
}

#[test]
fn built_in_templates_pass_their_own_check() {
    for discipline in Discipline::ALL.iter().copied() {
        let template = built_in(NoteType::IndividualNote, Some(discipline));
        assert_eq!(check_fields(&template.fields), [], "{discipline}");
        assert_eq!(template.discipline, Some(discipline));
        let keys: Vec<&str> = template.fields.iter().map(|field| field.key.as_str()).collect();
        assert!(["participation", "response", "goal_progress", "next_steps"].iter().all(|key| keys.contains(key)));
        assert!(template.fields.iter().any(|field| field.quick));
    }
    assert_eq!(check_fields(&built_in(NoteType::SessionNote, None).fields), []);
    assert_eq!(built_in(NoteType::IndividualNote, None).discipline, Some(Discipline::General));
    let psychology = built_in(NoteType::IndividualNote, Some(Discipline::Psychology)).fields;
    assert!(
        ["presenting_issues", "interventions", "homework"]
            .iter()
            .all(|key| psychology.iter().any(|field| field.key == *key))
    );
}

#[test]
fn every_fault_of_a_template_is_named() {
    let parts =
        |fields: &[NoteField]| -> Vec<String> { check_fields(fields).into_iter().map(|found| found.field).collect() };
    assert_eq!(parts(&[]), ["fields"]);
    let good = field(json!({"type": "text"}));
    let many: Vec<NoteField> = (0..61).map(|at| NoteField { key: format!("k{at}"), ..good.clone() }).collect();
    assert_eq!(parts(&many), ["fields"]);
    assert_eq!(parts(&[good.clone(), good.clone()]), ["fields[1].key"]);
    let cases = [
        (json!({"type": "text", "key": "Mood"}), "key"),
        (json!({"type": "text", "key": ""}), "key"),
        (json!({"type": "text", "label": " "}), "label"),
        (json!({"type": "text", "hint": "a\nb"}), "hint"),
        (json!({"type": "text", "options": ["a"]}), "options"),
        (json!({"type": "text", "min": 1}), "min"),
        (json!({"type": "choice", "options": ["a"]}), "options"),
        (json!({"type": "choice", "options": ["a", "a"]}), "options"),
        (json!({"type": "multi_choice", "options": ["a", ""]}), "options"),
        (json!({"type": "scale", "min": 0}), "max"),
        (json!({"type": "scale", "max": 9}), "min"),
        (json!({"type": "scale", "min": 5, "max": 5}), "max"),
        (json!({"type": "scale", "min": 0, "max": 101}), "max"),
        (json!({"type": "number", "min": 5, "max": 4}), "max"),
    ];
    for (fault, part) in cases {
        assert_eq!(parts(&[field(fault.clone())]), [format!("fields[0].{part}")], "{fault}");
    }
}

#[test]
fn values_are_shown_in_the_order_of_the_template() {
    let template = built_in(NoteType::SessionNote, None);
    let note = values(json!({"plan": "", "homework": " Page 4 ", "topic": "Triggers", "approach": ["CBT", "Process"]}));
    let shown = in_words(&template.fields, &note);
    let shown: Vec<(&str, &str)> = shown.iter().map(|(label, text)| (label.as_str(), text.as_str())).collect();
    assert_eq!(shown, [("Topic", "Triggers"), ("Approach", "CBT, Process"), ("Homework for all", "Page 4")]);
    assert_eq!(
        free_text(&template.fields, &note),
        [("fields.topic", "Triggers"), ("fields.homework", " Page 4 "), ("fields.plan", "")]
            .map(|(place, text)| (place.to_owned(), text))
    );
}

#[test]
fn a_field_reads_back_as_it_was_written() {
    for discipline in Discipline::ALL.iter().copied() {
        let template = built_in(NoteType::IndividualNote, Some(discipline));
        let json = serde_json::to_string(&template).expect("json");
        assert_eq!(serde_json::from_str::<NoteTemplate>(&json).expect("reads back"), template);
    }
}

proptest! {
    #[test]
    fn no_value_panics(text in ".{0,20}", number: f64, whole: i64, min in prop::option::of(any::<i64>()), max in prop::option::of(any::<i64>())) {
        let shapes = [json!(text), json!(number), json!(whole), json!([text]), json!({"a": text}), json!(true)];
        for field_type in FieldType::ALL.iter().copied() {
            let described = NoteField { field_type, min, max, options: vec![text.clone(), "b".into()], ..field(json!({"type": "text"})) };
            let _ = check_fields(std::slice::from_ref(&described));
            for shape in &shapes {
                let _ = code(&described, shape.clone());
            }
        }
    }
}

#[test]
fn goals_go_on_without_their_progress() {
    let goals = |key: &str| field(json!({ "key": key, "type": "goal" }));
    let last = json!({ "old": [
        { "goal": "Sleep through", "progress": "Met", "evidence": "Diary" },
        { "progress": "Met" },
        { "goal": "  " },
        { "goal": "Call a friend" },
    ] });
    let carry = |from: &[NoteField], to: &[NoteField], has: Value| {
        goals_forward((from, &values(last.clone())), (to, &values(has)))
    };
    let wanted = json!({ "new": [{ "goal": "Sleep through" }, { "goal": "Call a friend" }] });
    assert_eq!(carry(&[goals("old")], &[goals("new")], json!({})), values(wanted), "the only field of goals");
    assert_eq!(carry(&[goals("old")], &[goals("new"), goals("old")], json!({})).keys().collect::<Vec<_>>(), ["old"]);
    assert!(
        carry(&[goals("old")], &[goals("new")], json!({ "new": [{ "goal": "Mine" }] })).is_empty(),
        "named already"
    );
    assert_eq!(
        carry(&[goals("old")], &[goals("new")], json!({ "new": [{ "goal": "" }] })).len(),
        1,
        "a blank row is none"
    );
    assert!(carry(&[field(json!({ "key": "old", "type": "text" }))], &[goals("new")], json!({})).is_empty());
}

#[test]
fn a_row_has_the_quick_fields_or_those_that_signing_needs() {
    let keys = |template: &NoteTemplate| -> Vec<String> {
        template.in_row().into_iter().map(|field| field.key.clone()).collect()
    };
    let usual = built_in(NoteType::IndividualNote, Some(Discipline::General));
    assert_eq!(keys(&usual), ["participation", "affect", "response", "risk"]);
    let group = built_in(NoteType::SessionNote, None);
    assert_eq!(keys(&group), ["topic", "interventions", "group_response"]);
    let own = |fields: Value| NoteTemplate { fields: serde_json::from_value(fields).expect("fields"), ..usual.clone() };
    let high = own(json!([
        { "key": "goals", "label": "Goals", "type": "goal", "quick": true },
        { "key": "skills", "label": "Skills", "type": "multi_choice", "options": ["a"], "quick": true },
        { "key": "words", "label": "Words", "type": "text", "required": true },
        { "key": "more", "label": "More", "type": "text" },
    ]));
    assert_eq!(keys(&high), ["words"], "what is high is in the whole note");
    let quick = |at: usize| json!({ "key": format!("f{at}"), "label": "F", "type": "text", "quick": true });
    let many = own((0..9).map(quick).collect());
    assert_eq!(keys(&many), ["f0", "f1", "f2", "f3", "f4"]);
}

#[test]
fn participation_follows_the_room_until_somebody_chooses() {
    use crate::sessions::ParticipationLevel as Level;
    let fields = built_in(NoteType::IndividualNote, None).fields;
    let after = |text: Option<&str>, was: Option<Level>, is: Option<Level>| {
        let values = text.map_or_else(Map::new, |text| values(json!({ "participation": text })));
        let next = follows_room(&fields, &values, was, is)?;
        Some(next.get("participation").and_then(Value::as_str).unwrap_or("none").to_owned())
    };
    let said = |text: &str| Some(text.to_owned());
    for level in Level::ALL {
        assert!(as_marked(&fields, *level).is_some(), "{level}");
    }
    assert_eq!(after(None, None, Some(Level::Minimal)), said("Minimal"));
    assert_eq!(after(Some(" "), None, Some(Level::Minimal)), said("Minimal"));
    assert_eq!(after(Some("Minimal"), Some(Level::Minimal), Some(Level::Engaged)), said("Engaged"));
    assert_eq!(after(Some("Minimal"), Some(Level::Minimal), None), said("none"));
    assert_eq!(after(Some("Withdrawn"), Some(Level::Minimal), Some(Level::Engaged)), None, "somebody chose");
    assert_eq!(after(Some("Withdrawn"), None, Some(Level::Engaged)), None, "somebody chose");
    assert_eq!(after(Some("Engaged"), Some(Level::Engaged), Some(Level::Engaged)), None, "nothing changes");
    assert_eq!(after(None, Some(Level::Engaged), None), None);
    let asks_otherwise = [field(json!({ "key": "participation", "type": "choice", "options": ["Good", "Poor"] }))];
    assert_eq!(follows_room(&asks_otherwise, &Map::new(), None, Some(Level::Engaged)), None);
}
