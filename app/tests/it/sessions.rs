//! Sessions: scheduled, numbered, booked, started, attended, ended.

use std::collections::BTreeSet;

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, TestApp, on_both, strange_id};

mod belated;
mod booking;
mod caseload;
mod day;
mod presence;
mod ranges;
mod scheduling;

/// A new patient.
pub async fn patient(admin: &Client, family: &str) -> String {
    let new = json!({ "given_name": "Pat", "family_name": family, "birth_date": "1980-02-03" });
    admin.post("/api/patients", new).await.expect(201).id()
}

/// A new practitioner.
pub async fn practitioner(admin: &Client, family: &str) -> String {
    let new = json!({ "given_name": "Robin", "family_name": family, "credential": "LCSW" });
    admin.post("/api/practitioners", new).await.expect(201).id()
}

/// A new group.
pub async fn group(admin: &Client, more: Value) -> String {
    let mut new = json!({ "name": "Coping skills", "type": "skills_training" });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post("/api/groups", new).await.expect(201).id()
}

/// Somebody with a seat in the group; the id of the membership.
pub async fn member(admin: &Client, group: &str, patient: &str) -> String {
    let added = admin.post(&format!("/api/groups/{group}/members"), json!({ "patient_id": patient })).await;
    added.expect(201).id()
}

/// A session of the group at this local time; its id.
pub async fn session(admin: &Client, group: &str, at: &str) -> String {
    admin.post("/api/sessions", json!({ "group_id": group, "starts_at": at })).await.expect(201).id()
}

/// The participants of a session.
pub async fn participants(admin: &Client, session: &str) -> Answer {
    admin.get(&format!("/api/sessions/{session}/participants")).await.expect(200)
}

/// One field of every item.
pub fn each(answer: &Answer, field: &str) -> Vec<Value> {
    answer.items().iter().map(|item| item[field].clone()).collect()
}
