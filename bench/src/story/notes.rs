//! What happened is written down and signed, and from then on stands in every chart.

use serde_json::{Value, json};
use xtask::Outcome;

use super::session::{Held, NO_SHOWS};
use super::{LEADERS_PASSWORD, expect};
use crate::http::Client;
use crate::race::text;

/// What each of those who came is remembered for: no two notes are alike.
const MOMENTS: [&str; 9] = [
    "how a quarrel at home ended with a walk around the block",
    "sleeping through for the first time since the move",
    "the letter to an old friend that is still not sent",
    "headphones, and how they help with noise on the landing",
    "crowded buses, and counting backwards from ninety",
    "cooking for one and then knocking at the door across",
    "plans for a holiday with a difficult aunt",
    "asking for a later shift and getting it",
    "painting again after three years without a brush",
];

/// The leader writes the group's note and one for each who came, and signs them all at once.
pub async fn signed(leader: &mut Client, held: &Held) -> Outcome {
    let path = format!("/api/encounters/{}/notes", held.encounter);
    let fields = json!({ "topic": "Triggers", "interventions": "Role play", "group_response": "Open and attentive." });
    let note = json!({ "note_type": "session_note", "content": "We looked at what sets us off.", "fields": fields });
    leader.post(&path, &note).await?.data(201)?;
    for ((participant, _), moment) in held.attended().iter().zip(MOMENTS) {
        let fields = json!({
            "participation": "Engaged", "response": "Spoke up twice.", "goal_progress": [{ "goal": "Goal 2", "progress": "Some progress" }],
            "risk": "None observed", "next_steps": "Keep the diary.",
        });
        let content = format!("Told the others about {moment}.");
        let note = json!({
            "note_type": "individual_note", "participant_id": participant, "content": content, "fields": fields,
        });
        leader.post(&path, &note).await?.data(201)?;
    }
    let refused = leader.post(&format!("{path}/sign"), &json!({ "password": "a guess at best" })).await?;
    expect("the status of a signature with a wrong password", &json!(refused.status), &json!(403))?;
    let sign = json!({ "password": LEADERS_PASSWORD });
    let done = leader.post(&format!("{path}/sign"), &sign).await?.data(200)?;
    expect("notes that could not be signed", &done["left"], &json!([]))?;
    let notes = 1 + held.attended().len();
    expect("notes that were signed", &json!(done["signed"].as_array().map(Vec::len)), &json!(notes))?;
    let session = leader.get(&held.path).await?.data(200)?;
    expect("the session's status", &session["status"], &json!("completed"))?;
    println!("  {notes} notes were written and signed, which completes the session");
    Ok(())
}

/// Who came has an entry with their own note, who stayed away a line without any, and who cancelled nothing.
pub async fn charted(leader: &mut Client, held: &Held) -> Outcome {
    let (mut entries, mut absences) = (0, 0);
    for (at, (_, patient)) in held.booked.iter().enumerate() {
        let chart = leader.get(&format!("/api/patients/{patient}/chart")).await?.data(200)?;
        let rows: Vec<&Value> =
            chart.as_array().into_iter().flatten().filter(|row| row["encounter_id"] == held.encounter).collect();
        let kinds: Vec<String> = rows.iter().map(|row| text(&row["kind"])).collect();
        let wanted = match at.checked_sub(held.attended().len()) {
            None => vec!["entry"],
            Some(absent) if absent < NO_SHOWS => vec!["absence"],
            Some(_) => vec![],
        };
        expect("what stands in a chart", &json!(kinds), &json!(wanted))?;
        for row in rows {
            expect("whether a chart still is what was kept", &row["content_verified"], &json!(true))?;
            let notes = row["entry"]["attendance"]["notes"].as_array().map_or(0, Vec::len);
            expect("notes in a chart", &json!(notes), &json!(usize::from(row["kind"] == "entry")))?;
        }
        entries += usize::from(wanted == ["entry"]);
        absences += usize::from(wanted == ["absence"]);
    }
    println!("  {entries} charts have an entry with the patient's own note, {absences} a line of absence");
    Ok(())
}
