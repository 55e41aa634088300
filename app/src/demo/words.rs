//! What the demo's notes say: of nobody, and of everybody a little differently.

use serde_json::{Value, json};

const TOPICS: &[(&str, &str)] = &[
    ("Riding out a crisis", "Taught paced breathing and the use of cold water, then practised both in pairs."),
    ("Naming feelings", "Led a sorting exercise with feeling cards and modelled how to say them aloud."),
    ("Asking for help", "Set up three short role plays and gave feedback on tone and timing."),
    ("Sleep", "Explained what keeps people awake and drew up a plan for the evening with everybody."),
    ("Triggers", "Drew the chain from trigger to urge on the board and collected ways out of it."),
    ("Kindness towards oneself", "Read a short text aloud and guided a ten-minute exercise."),
];
const RESPONSES: &[&str] = &[
    "Most spoke without being asked, and the exercise was taken up with some laughter.",
    "A quiet start; from the second half on the group carried the conversation itself.",
    "Lively, with two side conversations that ended when they were named.",
    "Attentive. Several wrote things down and asked to keep the hand-out.",
];
const ISSUES: &[&str] = &[
    "Low mood in the mornings and trouble getting out of bed.",
    "Worry about money that keeps coming back at night.",
    "Arguments at home; afraid of losing the flat.",
    "Cravings after work, strongest on the way home.",
    "Panic in crowded buses; has started to walk instead.",
    "Grieves a parent who died in spring.",
    "Anger that arrives faster than words do.",
    "Loneliness since moving to the city.",
    "Pain that makes sitting through the hour hard.",
    "Shame about a relapse four weeks ago.",
    "Feels watched at the new workplace.",
];
const INTERVENTIONS: &[&str] = &[
    "Validated, then asked for one example from this week.",
    "Practised the breathing exercise together and timed it.",
    "Invited to try the role play in the second round.",
    "Named the link between thought and urge on the board.",
    "Offered the choice to listen only, and checked in after the break.",
    "Reframed the setback as something that can be learnt from.",
    "Gave feedback on eye contact and volume.",
];
const ANSWERS: &[&str] = &[
    "Took up the exercise at once and reported feeling calmer.",
    "Hesitant at first, then shared an example that others picked up.",
    "Listened throughout; spoke once, briefly and to the point.",
    "Left the room for a few minutes and came back without being asked.",
    "Disagreed openly and stayed friendly.",
    "Wept for a short time and accepted a tissue from a neighbour.",
    "Made a joke that eased the room.",
    "Asked twice for the exercise to be explained, then did it.",
];
const PROGRESS: &[(&str, &str, &str)] = &[
    ("Goal 1: use a coping skill at home", "Some progress", "Has used the skill twice at home."),
    ("Goal 2: name feelings", "Good progress", "Named three feelings without help."),
    ("Goal 1: use a coping skill at home", "No change", "Tells of no try since last time."),
    ("Goal 3: stay in touch with friends", "Met", "Called a friend on Sunday as planned."),
    ("Goal 2: name feelings", "Some progress", "Stayed the whole hour for the first time."),
];
const PLANS: &[&str] = &[
    "Practise on three evenings and bring the log.",
    "Talk with the primary therapist about medication.",
    "Try one bus stop, with the exercise card in hand.",
    "Keep the sleep diary for a week.",
    "Write the letter, and decide later whether to send it.",
    "Continue; next step in two weeks.",
];

fn one<'a>(list: &[&'a str], at: usize) -> &'a str {
    list[at % list.len()]
}

/// The fields of a group note.
pub fn group_note(session: usize) -> Value {
    let (topic, interventions) = TOPICS[session % TOPICS.len()];
    json!({ "topic": topic, "interventions": interventions, "group_response": one(RESPONSES, session) })
}

/// The fields of an individual note of psychology.
pub fn individual_note(session: usize, person: usize) -> Value {
    let at = session * 5 + person;
    let (goal, progress, evidence) = *PROGRESS.get((at + session) % PROGRESS.len()).unwrap_or(&("", "", ""));
    json!({
        "participation": one(&["Engaged", "Moderate", "Engaged", "Minimal"], at),
        "affect": one(&["Within normal range", "Anxious", "Depressed", "Within normal range", "Irritable"], at + session),
        "presenting_issues": one(ISSUES, at + session),
        "interventions": one(INTERVENTIONS, at),
        "mood": 3 + at % 6,
        "response": one(ANSWERS, at + 2 * session),
        "goal_progress": [{ "goal": goal, "progress": progress, "evidence": evidence }],
        "risk": "None observed",
        "next_steps": one(PLANS, at),
    })
}
