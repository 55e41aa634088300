//! The same key and body get the same answer, and do nothing twice.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{PASSWORD, TestApp, on_both};

fn a_user(number: u32) -> serde_json::Value {
    let email = format!("twice.{number}@example.org");
    json!({ "email": email, "display_name": "Twice", "role": "nurse", "password": PASSWORD })
}

on_both! {
    /// A repeated request gets the first answer, word for word; nothing is made, told or recorded again.
    async fn a_repetition_gets_the_first_answer(app: TestApp) {
        let admin = app.as_role(Role::Admin).await.with_key("a-1");
        let first = admin.post("/api/groups", json!({ "name": "Skills", "type": "therapy" })).await.expect(201);
        let events = app.events().await;
        app.advance(SignedDuration::from_hours(23));
        let again = admin.post("/api/groups", json!({ "name": "Skills", "type": "therapy" })).await.expect(201);
        assert_eq!(first.json, again.json);
        assert_eq!(app.events().await, events);
        let listed = admin.get("/api/groups").await.expect(200);
        assert_eq!(listed.items().len(), 1);
    }

    /// After a day a key is forgotten, and a refusal is not kept at all.
    async fn a_key_lasts_a_day(app: TestApp) {
        let admin = app.as_role(Role::Admin).await.with_key("a-1");
        let bad = json!({ "name": "Skills", "type": "therapy", "min_participants": 9, "max_participants": 3 });
        admin.post("/api/groups", bad).await.expect(422);
        let group = json!({ "name": "Skills", "type": "therapy" });
        let first = admin.post("/api/groups", group.clone()).await.expect(201).id();
        app.advance(SignedDuration::from_hours(24));
        let later = admin.post("/api/groups", group).await.expect(201).id();
        assert_ne!(first, later);
    }

    /// The same key with another body is a mistake; for another path or another credential it is another key.
    async fn a_key_belongs_to_one_request(app: TestApp) {
        let admin = app.as_role(Role::Admin).await.with_key("a-1");
        let made = admin.post("/api/groups", json!({ "name": "Skills", "type": "therapy" })).await.expect(201);
        let other = json!({ "name": "Other", "type": "therapy" });
        admin.post("/api/groups", other.clone()).await.expect_code(422, "idempotency_key_reused");
        admin.patch(&format!("/api/groups/{}", made.id()), json!({ "name": "Renamed" })).await.expect(200);
        app.as_role(Role::Admin).await.with_key("a-1").post("/api/groups", other).await.expect(201);
        for key in ["", "a b", "é", &"k".repeat(201)] {
            let answer = admin.with_key(key).post("/api/groups", json!({ "name": "N", "type": "therapy" })).await;
            assert_eq!(answer.status, if key.is_empty() { 201 } else { 400 }, "{key}: {answer}");
        }
    }

    /// Whoever sends the same thing ten times at once has one record, and ten equal answers.
    async fn concurrent_repetitions_make_one_record(app: TestApp) {
        let admin = app.as_role(Role::Admin).await.with_key("at-once");
        let mut calls = JoinSet::new();
        for _ in 0..10 {
            let admin = admin.clone();
            calls.spawn(async move { admin.post("/api/groups", json!({ "name": "Once", "type": "therapy" })).await });
        }
        let answers = calls.join_all().await;
        let ids: Vec<String> = answers.into_iter().map(|answer| answer.expect(201).id()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(app.count_of("group.created").await, 1);
        app.seal_and_verify().await;
    }

    /// Without a key everything is done as often as it is asked, and uniqueness holds between them.
    async fn without_a_key_uniqueness_still_holds(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut calls = JoinSet::new();
        for _ in 0..8 {
            let admin = admin.clone();
            calls.spawn(async move { admin.post("/api/users", a_user(1)).await });
        }
        let mut statuses: Vec<u16> = calls.join_all().await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    }
}
