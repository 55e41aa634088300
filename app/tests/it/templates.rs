//! Templates: made, changed, archived, copied; what notes keep of them, and pages.

mod group_sessions;
mod making;
mod pages;
mod writing;

use serde_json::{Value, json};

/// A template with a field of every type.
pub fn every_type() -> Value {
    json!([
        { "key": "words", "label": "In short", "type": "text", "required": true, "hint": "One line" },
        { "key": "mood", "label": "Mood", "type": "scale", "min": 0, "max": 10, "required": true, "quick": true },
        { "key": "affect", "label": "Affect", "type": "choice", "options": ["Bright", "Flat"] },
        { "key": "skills", "label": "Skills", "type": "multi_choice", "options": ["Breathing", "Walking", "Calling"] },
        { "key": "pulse", "label": "Pulse", "type": "number", "min": 20, "max": 250, "unit": "per minute" },
        { "key": "next", "label": "Seen again", "type": "date" },
        { "key": "goals", "label": "Goals", "type": "goal", "required": true },
        {
            "key": "incidents", "label": "Incidents", "type": "rows",
            "fields": [
                { "key": "what", "label": "What", "type": "text", "required": true },
                { "key": "times", "label": "Times", "type": "number", "min": 0 },
            ],
        },
    ])
}

/// Values that fit it.
pub fn every_value() -> Value {
    json!({
        "words": "Steady.", "mood": 7, "affect": "Bright", "skills": ["Breathing", "Calling"], "pulse": 72.5,
        "next": "2026-03-11", "goals": [{ "goal": "Goal 2", "progress": "Met", "evidence": "Two calls." }],
        "incidents": [{ "what": "Left the room", "times": 2 }, { "what": "Came back" }],
    })
}
