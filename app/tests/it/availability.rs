//! When practitioners work and when they are away, and what that means for sessions.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, TestApp, on_both, strange_id},
    sessions::{each, group, practitioner, session},
};

mod cover;
mod hand_back;
mod hours;
mod in_the_way;
mod pages;
mod time_off;

/// A therapist's program and the practitioner it belongs to.
pub async fn therapist(app: &TestApp, admin: &Client, role: Role) -> (Client, String) {
    let user = app.add_user(role, &[]).await;
    let new = json!({ "given_name": "Robin", "family_name": "Vale", "user_id": user.id });
    let practitioner = admin.post("/api/practitioners", new).await.expect(201).id();
    (app.as_user(&user, None).await, practitioner)
}

/// Time off of these days, asked for; its id.
pub async fn asked(client: &Client, who: &str, first: &str, last: &str) -> String {
    let new = json!({ "kind": "sick", "reason": "Surgery", "first_day": first, "last_day": last });
    client.post(&format!("/api/practitioners/{who}/time-off"), new).await.expect(201).id()
}

/// Sets hours of the same block on these days.
pub async fn works(client: &Client, who: &str, days: &[&str], from: &str, until: &str) -> Answer {
    let blocks: Vec<Value> = days.iter().map(|day| json!({ "weekday": day, "starts": from, "ends": until })).collect();
    client.put(&format!("/api/practitioners/{who}/availability"), json!({ "blocks": blocks })).await
}

/// A session of nobody's group that these lead.
pub fn led_by(who: &[&str], at: &str) -> Value {
    let leaders: Vec<Value> = who.iter().map(|who| json!({ "practitioner_id": who })).collect();
    json!({ "starts_at": at, "leaders": leaders })
}
