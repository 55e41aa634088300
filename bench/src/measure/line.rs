//! Who waits for a group: the first page of a long line against that of a short one.

use serde_json::{Value, json};
use xtask::Outcome;

use super::load::waits;
use super::report::{Goal, Unit, others};
use super::{Bench, Wanted};
use crate::race::text;
use crate::seed;
use crate::stand::Stand;

/// Seats of the groups people wait for.
const SEATS: usize = 2;
/// Who waits in the long line, and in the short one: one page of it.
const WAITING: usize = 500;
const A_PAGE: usize = 50;
/// People of one call.
const AT_ONCE: usize = 200;

impl Bench {
    /// The first fifty who wait, of five hundred.
    pub(super) async fn line(&mut self, stand: &Stand) -> Outcome {
        let people = seed::patients(stand, 50_000_000, WAITING + SEATS).await?;
        let (long, short) = (line_of(stand, &people).await?, line_of(stand, &people[..A_PAGE + SEATS]).await?);
        stand.sealed().await?;
        let (runs, times) = (self.size.runs, self.size.times);
        let mut client = stand.client()?;
        let busy = others().await;
        let beside = waits(&mut client, &waitlist(&short), runs, times).await?;
        let ours = waits(&mut client, &waitlist(&long), runs, times).await?;
        let work = format!("the first {A_PAGE} of a waitlist of {WAITING}");
        let wanted = Wanted { work: &work, stand, unit: Unit::Milliseconds, goal: Goal::Slower(1.25), busy };
        self.add(wanted, ours, Some(("of a waitlist of 50", beside)));
        Ok(())
    }
}

fn waitlist(group: &str) -> String {
    format!("/api/groups/{group}/members?status=waitlisted&limit={A_PAGE}")
}

/// A group for which all but two of these people wait.
async fn line_of(stand: &Stand, people: &[String]) -> Outcome<String> {
    let mut client = stand.client()?;
    let new = json!({ "name": "Much asked for", "type": "therapy", "max_participants": SEATS });
    let group = text(&client.post("/api/groups", &new).await?.data(201)?["id"]);
    for people in people.chunks(AT_ONCE) {
        let members: Vec<Value> = people.iter().map(|patient| json!({ "patient_id": patient })).collect();
        client.post(&format!("/api/groups/{group}/members/batch"), &json!({ "members": members })).await?.data(201)?;
    }
    Ok(group)
}
