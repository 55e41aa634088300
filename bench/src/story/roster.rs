//! A group with a limit fills up, and its line moves.

use serde_json::{Value, json};
use xtask::Outcome;

use super::expect;
use crate::http::Client;
use crate::race::text;

/// Seats of the group, and how many people want one.
pub const SEATS: usize = 12;
const WANTED: usize = 15;

/// A group of twelve, fifteen additions: twelve seats in order, then a line of three.
pub async fn filled(client: &mut Client, people: &[String], leader: &str) -> Outcome<String> {
    let new = json!({
        "name": "Coping skills", "type": "therapy", "max_participants": SEATS, "facilitator_id": leader,
    });
    let group = text(&client.post("/api/groups", &new).await?.data(201)?["id"]);
    for (at, person) in people.iter().take(WANTED).enumerate() {
        let path = format!("/api/groups/{group}/members");
        let member = client.post(&path, &json!({ "patient_id": person })).await?.data(201)?;
        let (status, position) = match at.checked_sub(SEATS) {
            None => ("active", Value::Null),
            Some(before) => ("waitlisted", json!(before + 1)),
        };
        expect("status", &member["status"], &json!(status))?;
        expect("waitlist_position", &member["waitlist_position"], &position)?;
    }
    let seats = client.get(&format!("/api/groups/{group}")).await?.data(200)?["seats"].take();
    expect("seats taken", &seats["taken"], &json!(SEATS))?;
    expect("waiting", &seats["waiting"], &json!(WANTED - SEATS))?;
    println!("  {WANTED} people were added to a group of {SEATS}: {SEATS} have a seat, the others wait as 1, 2, 3");
    Ok(group)
}

/// One leaves, and the answer itself says who has the seat now: the first who waited.
pub async fn first_in_line_moves_up(client: &mut Client, group: &str) -> Outcome {
    let members = client.get(&format!("/api/groups/{group}/members")).await?.data(200)?;
    let members = members.as_array().cloned().unwrap_or_default();
    let line = |place: u64| members.iter().find(|member| member["waitlist_position"] == place);
    let leaves = members.iter().find(|member| member["status"] == "active").ok_or("nobody has a seat")?;
    let path = format!("/api/groups/{group}/members/{}?reason=Moved%20away", text(&leaves["id"]));
    let removal = client.send("DELETE", &path, "", b"").await?.data(200)?;
    expect("who left", &removal["member"]["status"], &json!("left"))?;
    let promoted = removal["promoted"].as_array().cloned().unwrap_or_default();
    expect("how many were promoted", &json!(promoted.len()), &json!(1))?;
    expect("who was promoted", &promoted[0]["id"], &line(1).ok_or("nobody waits")?["id"])?;
    expect("the promoted one's status", &promoted[0]["status"], &json!("active"))?;
    let second = text(&line(2).ok_or("only one waits")?["id"]);
    let second = client.get(&format!("/api/groups/{group}/members/{second}")).await?.data(200)?;
    expect("the next in line", &second["waitlist_position"], &json!(1))?;
    println!("  one left, and the first who waited has the seat in the same answer; the line moved up");
    Ok(())
}
