//! The templates every organization starts with: what an auditor looks for in a group note, and each discipline's
//! usual fields. An organization copies and changes them.

use super::{FieldType, NoteField, NoteTemplate};
use crate::notes::{Discipline, NoteType};

/// The version of the built-in templates: a change of their fields makes the next.
pub const BUILT_IN_VERSION: u32 = 2;

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
    NoteField::new(key, label, field_type)
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

/// A number with its unit, within bounds.
fn measure(key: &str, label: &str, unit: &str, min: i64, max: i64) -> NoteField {
    let (min, max) = (Some(min), Some(max));
    NoteField { unit: Some(unit.to_owned()), min, max, ..field(key, label, FieldType::Number) }
}

/// A number of times.
fn count(key: &str, label: &str) -> NoteField {
    NoteField { min: Some(0), ..field(key, label, FieldType::Number) }
}

fn rows(key: &str, label: &str, fields: Vec<NoteField>) -> NoteField {
    NoteField { fields, ..field(key, label, FieldType::Rows) }
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
            field("goal_progress", "Progress towards goals", FieldType::Goal),
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
        Discipline::General => ("Individual note", general()),
    }
}

fn general() -> Vec<NoteField> {
    vec![
        text("observations", "Observations"),
        hinted(text("interventions", "Interventions"), "What was done with this person, beside the group's work."),
    ]
}

fn psychology() -> Vec<NoteField> {
    vec![
        required(text("presenting_issues", "Presenting issues")),
        required(text("interventions", "Interventions")),
        quick(scale("mood", "Mood (0 worst to 10 best)", 0, 10)),
        multi(
            "mental_status",
            "Mental status",
            &[
                "Oriented",
                "Cooperative",
                "Speech within normal range",
                "Thought process logical",
                "Insight limited",
                "Judgement limited",
                "Perceptual disturbance",
            ],
        ),
        text("homework", "Homework"),
    ]
}

fn occupational_therapy() -> Vec<NoteField> {
    let levels =
        ["Independent", "Set-up or supervision", "Minimal", "Moderate", "Maximal", "Dependent"].map(str::to_owned);
    let assistance = |key: &str, label: &str| NoteField { options: levels.to_vec(), ..choice(key, label, &[]) };
    vec![
        required(text("target_skills", "Target skills")),
        required(text("activities", "Activities")),
        quick(assistance("assistance", "Assistance")),
        rows(
            "skills",
            "Skills practised",
            vec![
                required(text("skill", "Skill")),
                assistance("assistance", "Assistance"),
                count("repetitions", "Repetitions"),
                text("remarks", "Remarks"),
            ],
        ),
        text("adaptations", "Adaptations and equipment"),
    ]
}

fn behaviour_analysis() -> Vec<NoteField> {
    let prompts = ["None", "Gestural", "Verbal", "Model", "Partial physical", "Full physical"];
    vec![
        required(rows(
            "behaviors",
            "Behaviours tracked",
            vec![
                required(text("behavior", "Behaviour")),
                quick(count("times", "Times seen")),
                measure("minutes", "In all", "minutes", 0, 1_440),
                choice("intensity", "Intensity", &["Mild", "Moderate", "Severe"]),
                text("antecedent", "Antecedent"),
                text("consequence", "Consequence"),
            ],
        )),
        required(rows(
            "skill_targets",
            "Skill targets",
            vec![
                required(text("target", "Target")),
                count("trials", "Trials"),
                count("correct", "Correct"),
                choice("prompt", "Prompt", &prompts),
                choice("mastery", "Mastery", &["Introduced", "In acquisition", "Mastered", "Maintained"]),
            ],
        )),
        text("reinforcers", "Reinforcers"),
    ]
}

fn speech_and_language() -> Vec<NoteField> {
    let cueing = |key: &str| choice(key, "Cueing", &["None", "Minimal", "Moderate", "Maximal"]);
    vec![
        required(text("communication_targets", "Communication targets")),
        required(text("activities", "Activities")),
        quick(scale("accuracy", "Accuracy in percent", 0, 100)),
        cueing("cueing"),
        rows(
            "targets",
            "By target",
            vec![
                required(text("target", "Target")),
                measure("accuracy", "Accuracy", "%", 0, 100),
                count("trials", "Trials"),
                cueing("cueing"),
            ],
        ),
        text("carryover", "Carry-over"),
    ]
}

fn medical() -> Vec<NoteField> {
    vec![
        required(text("subjective", "Subjective")),
        required(text("objective", "Objective, with mental status")),
        required(text("assessment", "Assessment")),
        rows(
            "medications",
            "Medication",
            vec![
                required(text("name", "Name and dose")),
                choice("change", "Change", &["Unchanged", "Started", "Increased", "Reduced", "Stopped"]),
                text("effects", "Effects and side effects"),
            ],
        ),
        field("follow_up", "Follow-up on", FieldType::Date),
    ]
}

fn nursing() -> Vec<NoteField> {
    vec![
        required(text("observations", "Observations")),
        measure("systolic", "Blood pressure: systolic", "mmHg", 40, 300),
        measure("diastolic", "Blood pressure: diastolic", "mmHg", 20, 200),
        measure("pulse", "Pulse", "per minute", 20, 250),
        measure("respiration", "Respiration", "per minute", 4, 80),
        measure("temperature", "Temperature", "°F", 80, 115),
        measure("oxygen", "Oxygen saturation", "%", 50, 100),
        quick(scale("pain", "Pain (0 to 10)", 0, 10)),
        text("interventions", "Interventions and education"),
        choice("medication_adherence", "Medication", &["As prescribed", "Partly", "Not", "None prescribed"]),
    ]
}
