//! The templates every organization starts with: what an auditor looks for in a group note, and each discipline's
//! usual fields. An organization copies and changes them.

use super::{FieldType, NoteField, NoteTemplate};
use crate::notes::{Discipline, NoteType};

/// The built-in template of a note; an individual note without a discipline is `general`.
pub fn built_in(note_type: NoteType, discipline: Option<Discipline>) -> NoteTemplate {
    let (name, fields, discipline) = match note_type {
        NoteType::SessionNote => ("Group note", group(), None),
        NoteType::IndividualNote => {
            let discipline = discipline.unwrap_or(Discipline::General);
            let (name, own) = of_discipline(discipline);
            (name, [common_start(), own, common_end()].concat(), Some(discipline))
        }
    };
    NoteTemplate { name: name.to_owned(), note_type, discipline, fields }
}

fn field(key: &str, label: &str, field_type: FieldType) -> NoteField {
    let (key, label) = (key.to_owned(), label.to_owned());
    NoteField {
        key,
        label,
        field_type,
        required: false,
        quick: false,
        options: vec![],
        min: None,
        max: None,
        hint: None,
    }
}

fn text(key: &str, label: &str) -> NoteField {
    field(key, label, FieldType::Text)
}

fn options(field_type: FieldType, key: &str, label: &str, options: &[&str]) -> NoteField {
    let options = options.iter().map(|option| (*option).to_owned()).collect();
    NoteField { options, ..field(key, label, field_type) }
}

fn choice(key: &str, label: &str, words: &[&str]) -> NoteField {
    options(FieldType::Choice, key, label, words)
}

fn multi(key: &str, label: &str, words: &[&str]) -> NoteField {
    options(FieldType::MultiChoice, key, label, words)
}

fn scale(key: &str, label: &str, min: i64, max: i64) -> NoteField {
    NoteField { min: Some(min), max: Some(max), ..field(key, label, FieldType::Scale) }
}

fn required(field: NoteField) -> NoteField {
    NoteField { required: true, ..field }
}

fn quick(field: NoteField) -> NoteField {
    NoteField { quick: true, ..field }
}

fn hinted(field: NoteField, hint: &str) -> NoteField {
    NoteField { hint: Some(hint.to_owned()), ..field }
}

/// The shared part: no names, and what the leaders did.
fn group() -> Vec<NoteField> {
    vec![
        required(text("topic", "Topic")),
        required(hinted(
            text("interventions", "Interventions"),
            "What the leaders did, not only what was talked about.",
        )),
        multi(
            "approach",
            "Approach",
            &[
                "CBT",
                "DBT skills",
                "Motivational interviewing",
                "Psychoeducation",
                "Process",
                "Relapse prevention",
                "Other",
            ],
        ),
        required(hinted(text("group_response", "Response of the group"), "How the group took part, without names.")),
        text("co_leader_interventions", "Interventions of the co-leader"),
        text("homework", "Homework for all"),
        text("plan", "Plan for the next session"),
    ]
}

/// How this patient took part: on every individual note.
fn common_start() -> Vec<NoteField> {
    vec![
        required(quick(choice(
            "participation",
            "Participation",
            &["Engaged", "Moderate", "Minimal", "Withdrawn", "Disruptive"],
        ))),
        quick(choice(
            "affect",
            "Affect",
            &["Within normal range", "Anxious", "Depressed", "Irritable", "Flat", "Labile", "Elevated"],
        )),
    ]
}

/// What every individual note closes with: response, goals, risk, plan.
fn common_end() -> Vec<NoteField> {
    vec![
        required(quick(text("response", "Response to the session"))),
        required(hinted(
            text("goal_progress", "Progress towards goals"),
            "Name the numbered goal of the treatment plan.",
        )),
        required(quick(choice("risk", "Risk", &["None observed", "Present, see text", "Not assessed"]))),
        text("risk_text", "Risk: what was seen and done"),
        required(text("next_steps", "Plan")),
    ]
}

fn of_discipline(discipline: Discipline) -> (&'static str, Vec<NoteField>) {
    match discipline {
        Discipline::Psychology => ("Psychology note", psychology()),
        Discipline::Ot => ("Occupational therapy note", occupational_therapy()),
        Discipline::Aba => ("Applied behaviour analysis note", behaviour_analysis()),
        Discipline::Slp => ("Speech and language note", speech_and_language()),
        Discipline::Medical => ("Medical note", medical()),
        Discipline::Nursing => ("Nursing note", nursing()),
        Discipline::General => ("Individual note", vec![text("observations", "Observations")]),
    }
}

fn psychology() -> Vec<NoteField> {
    vec![
        required(text("presenting_issues", "Presenting issues")),
        required(text("interventions", "Interventions")),
        quick(scale("mood", "Mood (0 worst to 10 best)", 0, 10)),
        text("homework", "Homework"),
    ]
}

fn occupational_therapy() -> Vec<NoteField> {
    vec![
        required(text("target_skills", "Target skills")),
        required(text("activities", "Activities")),
        quick(choice(
            "assistance",
            "Assistance",
            &["Independent", "Set-up or supervision", "Minimal", "Moderate", "Maximal", "Dependent"],
        )),
        text("adaptations", "Adaptations and equipment"),
    ]
}

fn behaviour_analysis() -> Vec<NoteField> {
    let count = |key: &str, label: &str| NoteField { min: Some(0), ..field(key, label, FieldType::Number) };
    vec![
        required(text("skill_targets", "Skill targets")),
        required(text("behaviors_tracked", "Behaviours tracked")),
        quick(count("behavior_count", "Behaviour: times seen")),
        count("behavior_minutes", "Behaviour: minutes in all"),
        quick(count("trials", "Trials")),
        quick(count("trials_correct", "Trials correct")),
        multi("prompts", "Prompts", &["None", "Gestural", "Verbal", "Model", "Partial physical", "Full physical"]),
        text("antecedents_consequences", "Antecedents and consequences"),
    ]
}

fn speech_and_language() -> Vec<NoteField> {
    vec![
        required(text("communication_targets", "Communication targets")),
        required(text("activities", "Activities")),
        quick(scale("accuracy", "Accuracy in percent", 0, 100)),
        choice("cueing", "Cueing", &["None", "Minimal", "Moderate", "Maximal"]),
        text("carryover", "Carry-over"),
    ]
}

fn medical() -> Vec<NoteField> {
    vec![
        required(text("subjective", "Subjective")),
        required(text("objective", "Objective, with mental status")),
        required(text("assessment", "Assessment")),
        text("medications", "Medication: changes, effects, side effects"),
        field("follow_up", "Follow-up on", FieldType::Date),
    ]
}

fn nursing() -> Vec<NoteField> {
    let vital = |key: &str, label: &str, min, max| NoteField {
        min: Some(min),
        max: Some(max),
        ..field(key, label, FieldType::Number)
    };
    vec![
        required(text("observations", "Observations")),
        vital("systolic", "Blood pressure: systolic", 40, 300),
        vital("diastolic", "Blood pressure: diastolic", 20, 200),
        vital("pulse", "Pulse", 20, 250),
        vital("temperature", "Temperature", 30, 115),
        quick(scale("pain", "Pain (0 to 10)", 0, 10)),
        text("interventions", "Interventions and education"),
        choice("medication_adherence", "Medication", &["As prescribed", "Partly", "Not", "None prescribed"]),
    ]
}
