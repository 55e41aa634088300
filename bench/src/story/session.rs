//! The group meets: its weeks are planned, and everybody who was booked into one meeting is marked.

use app::clock::Clock;
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use xtask::Outcome;

use super::{expect, roster::SEATS};
use crate::http::Client;
use crate::race::text;

/// How the twelve who were booked took part; the rest attended.
pub const NO_SHOWS: usize = 2;
const CANCELLED: usize = 1;

/// A meeting that has ended.
pub struct Held {
    /// Its address in the API.
    pub path: String,
    /// Its record.
    pub encounter: String,
    /// Participant and patient of everybody who was booked: those who came, those who did not, those who had cancelled.
    pub booked: Vec<(String, String)>,
}

impl Held {
    /// Those who came.
    pub fn attended(&self) -> &[(String, String)] {
        &self.booked[..SEATS - NO_SHOWS - CANCELLED]
    }
}

/// The group meets once a week: the sessions of the coming weeks are there at once, with everybody booked.
pub async fn planned(admin: &mut Client, group: &str) -> Outcome {
    let tomorrow = in_hours(0).to_zoned(TimeZone::UTC).date().checked_add(1.day());
    let tomorrow = tomorrow.map_err(|error| error.to_string())?;
    let rule = json!({ "start": format!("{tomorrow}T09:00"), "rrule": "FREQ=WEEKLY" });
    let path = format!("/api/groups/{group}/recurrence");
    let change = admin.send("PUT", &path, "", rule.to_string().as_bytes()).await?.data(200)?;
    let made = change["created"].as_array().map_or(0, Vec::len);
    let sessions = admin.get(&format!("/api/sessions?group_id={group}&limit=200")).await?.data(200)?;
    let sessions = sessions.as_array().cloned().unwrap_or_default();
    expect("sessions of the coming weeks", &json!(sessions.len()), &json!(made.max(7)))?;
    for session in &sessions {
        expect("people booked into a session", &session["current_capacity"], &json!(SEATS))?;
    }
    println!("  it meets once a week: {made} sessions are made, each with {SEATS} booked");
    Ok(())
}

/// One meeting from its start to its end.
pub async fn held(admin: &mut Client, leader: &mut Client, group: &str) -> Outcome<Held> {
    let began = in_hours(-1).to_string();
    let new = json!({ "group_id": group, "starts_at": began, "duration_minutes": 60 });
    let session = admin.post("/api/sessions", &new).await?.data(201)?;
    let path = format!("/api/sessions/{}", text(&session["id"]));
    // The reason counts only in the first hour of a day, when the meeting was yesterday.
    let start = json!({ "actual_start": began, "reason": "Entered after the meeting" });
    let started = leader.post(&format!("{path}/start"), &start).await?.data(200)?;
    expect("the session's status", &started["status"], &json!("in_progress"))?;
    let booked = participants(leader, &path).await?;
    expect("who is booked", &json!(booked.len()), &json!(SEATS))?;
    let present = SEATS - NO_SHOWS - CANCELLED;
    for (participant, _) in &booked[..present] {
        let gates = json!({ "finance_cleared": true, "consent_verified": true });
        let path = format!("{path}/participants/{participant}");
        admin.send("PATCH", &path, "", gates.to_string().as_bytes()).await?.data(200)?;
    }
    mark(leader, &path, &booked, present).await?;
    let end = json!({ "actual_end": in_hours(0).to_string() });
    let ended = leader.post(&format!("{path}/end"), &end).await?.data(200)?;
    expect("who was there", &ended["current_capacity"], &json!(present))?;
    println!(
        "  a meeting was started and ended: {present} attended, {NO_SHOWS} did not come, {CANCELLED} had cancelled"
    );
    Ok(Held { path, encounter: text(&session["encounter_id"]), booked })
}

/// One is cancelled and two stayed away, each by name; then all the rest attended, in one call.
async fn mark(leader: &mut Client, path: &str, booked: &[(String, String)], present: usize) -> Outcome {
    let one = |at: usize, status: &str, reason: &str| json!({ "participant_id": booked[at].0, "status": status, "reason": reason });
    let mut items: Vec<Value> = (present..present + NO_SHOWS).map(|at| one(at, "no_show", "Did not call")).collect();
    items.extend((present + NO_SHOWS..SEATS).map(|at| one(at, "cancelled", "Called in the morning")));
    let marks = json!({ "items": items, "rest": "attended" });
    let marked = leader.post(&format!("{path}/attendance"), &marks).await?.data(200)?;
    expect("who could not be marked", &marked["errors"], &json!([]))?;
    expect("how many were marked", &marked["marked"], &json!(SEATS))?;
    for (status, wanted) in [("attended", present), ("no_show", NO_SHOWS), ("cancelled", CANCELLED)] {
        let people = marked["participants"].as_array().into_iter().flatten();
        expect(status, &json!(people.filter(|one| one["status"] == status).count()), &json!(wanted))?;
    }
    Ok(())
}

/// Participant and patient of everybody in a session.
async fn participants(client: &mut Client, path: &str) -> Outcome<Vec<(String, String)>> {
    let people = client.get(&format!("{path}/participants")).await?.data(200)?;
    let pair = |one: &Value| (text(&one["id"]), text(&one["patient_id"]));
    Ok(people.as_array().into_iter().flatten().map(pair).collect())
}

/// The time in so many hours.
fn in_hours(hours: i64) -> Timestamp {
    let now = Clock::system().now();
    now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(now)
}
