//! Single sessions and their encounters.

use super::*;

on_both! {
    /// A free-standing session has its number, its encounter and the zone of the organization.
    async fn a_session_stands_alone(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let made = admin.post("/api/sessions", json!({ "starts_at": "2026-03-09T09:00", "title": "Orientation" })).await;
        let made = made.expect(201);
        let session = made.data();
        assert_eq!(session["session_number"], format!("SES-{}-2026-10001", app.organization.short_code));
        assert_eq!(session["starts_at"], "2026-03-09T09:00:00-07:00");
        assert_eq!(session["ends_at"], "2026-03-09T10:00:00-07:00");
        assert_eq!(session["status"], "scheduled");
        assert_eq!(session["session_type"], "group");
        assert_eq!((&session["max_capacity"], &session["available_spots"]), (&json!(20), &json!(20)));
        let encounter = admin.get(&format!("/api/encounters/{}", session["encounter_id"].as_str().unwrap())).await;
        let encounter = encounter.expect(200);
        assert_eq!(encounter.data()["status"], "planned");
        assert_eq!(encounter.data()["subject_type"], "group");
        assert_eq!(encounter.data()["session"]["id"], session["id"]);
        assert_eq!(app.count_of("session.scheduled").await, 1);
        app.seal_and_verify().await;
    }

    /// Every bad field is told at once, and nothing is written.
    async fn every_bad_field_of_a_session_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let bad = json!({
            "starts_at": "2026-03-09T09:00", "duration_minutes": 4, "max_capacity": 1,
            "site_id": crate::harness::strange_id("site"), "leaders": [{ "practitioner_id": crate::harness::strange_id("prac") }],
            "breaks": [{ "starts_at": "2026-03-09T08:00", "ends_at": "2026-03-09T08:10" }],
        });
        admin.post("/api/sessions", bad).await.expect_fields(&[
            ("ends_at", "out_of_range"),
            ("max_capacity", "out_of_range"),
            ("site_id", "not_found"),
            ("leaders[0].practitioner_id", "not_found"),
            ("breaks[0]", "out_of_range"),
        ]);
        admin.post("/api/sessions", json!({ "starts_at": "soon" })).await.expect_fields(&[("starts_at", "invalid")]);
        let individual = json!({ "starts_at": "2026-03-09T09:00", "session_type": "individual" });
        admin.post("/api/sessions", individual).await.expect_fields(&[("patient_id", "missing")]);
        assert_eq!(app.count_of("session.scheduled").await, 0);
        assert!(admin.get("/api/sessions").await.items().is_empty());
    }

    /// Sixteen sessions scheduled at once have sixteen numbers.
    async fn numbers_are_unique_under_load(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut made = tokio::task::JoinSet::new();
        for hour in 0..16 {
            let admin = admin.clone();
            made.spawn(async move {
                let new = json!({ "starts_at": format!("2026-03-09T{:02}:00", hour + 4) });
                admin.post("/api/sessions", new).await.expect(201).data()["session_number"].as_str().unwrap().to_owned()
            });
        }
        let numbers: BTreeSet<String> = made.join_all().await.into_iter().collect();
        assert_eq!(numbers.len(), 16);
        let other = app.other_organization().await;
        let first = other.as_role(Role::Admin).await.post("/api/sessions", json!({ "starts_at": "2026-03-09T09:00" })).await;
        let wanted = format!("SES-{}-2026-10001", other.organization.short_code);
        assert_eq!(first.data()["session_number"], wanted, "each organization has its own series");
    }

    /// The documents' own call: the second encounter at the same time is the same session.
    async fn an_encounter_uses_the_session_at_its_time(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = admin.post("/api/groups", json!({ "name": "Coping skills", "type": "skills_training" })).await.id();
        let path = format!("/api/groups/{group}/encounters");
        let new = json!({ "encounter_date": "2026-03-09T16:00:00Z", "type": "Group therapy", "chief_complaint": "Stress" });
        let first = admin.post(&path, new.clone()).await.expect(201);
        assert_eq!(first.data()["encounter_date"], "2026-03-09T09:00:00-07:00");
        assert_eq!(first.data()["group_id"], group);
        assert_eq!(first.data()["chief_complaint"], "Stress");
        assert_eq!(first.data()["session"]["title"], "Coping skills");
        let second = admin.post(&path, json!({ "encounter_date": "2026-03-09T09:00" })).await.expect(201);
        assert_eq!(second.data()["id"], first.data()["id"]);
        assert_eq!(admin.get(&path).await.items().len(), 1);
        admin.delete(&format!("/api/groups/{group}")).await.expect(200);
        admin.post(&path, json!({ "encounter_date": "2026-03-10T09:00" })).await.expect_code(409, "invalid_transition");
    }

    /// Lists filter by day, group, status and number, and go on where a page ended.
    async fn sessions_are_listed_by_time(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut numbers = Vec::new();
        for day in [12, 10, 11] {
            let new = json!({ "starts_at": format!("2026-03-{day}T09:00") });
            numbers.push(admin.post("/api/sessions", new).await.data()["session_number"].as_str().unwrap().to_owned());
        }
        let days = |answer: &crate::harness::Answer| -> Vec<String> {
            answer.items().iter().map(|item| item["local_date"].as_str().unwrap().to_owned()).collect()
        };
        let all = admin.get("/api/sessions").await;
        assert_eq!(days(&all), ["2026-03-10", "2026-03-11", "2026-03-12"]);
        let some = admin.get("/api/sessions?date_from=2026-03-11&date_to=2026-03-11").await;
        assert_eq!(days(&some), ["2026-03-11"]);
        let found = admin.get(&format!("/api/sessions?q={}", numbers[0].to_lowercase())).await;
        assert_eq!(days(&found), ["2026-03-12"]);
        assert!(admin.get("/api/sessions?q=nobody").await.items().is_empty());
        let first = admin.get("/api/sessions?limit=2").await;
        let next = first.json["page"]["next"].as_str().unwrap();
        let rest = admin.get(&format!("/api/sessions?limit=2&cursor={next}")).await;
        assert_eq!((days(&first).len(), days(&rest)), (2, vec!["2026-03-12".to_owned()]));
        assert_eq!(admin.get("/api/sessions/available").await.items().len(), 3);
        let biller = app.as_role(Role::Biller).await;
        biller.get("/api/sessions").await.expect(200);
        biller.post("/api/sessions", json!({ "starts_at": "2026-03-12T09:00" })).await.expect_code(403, "forbidden");
        app.as_role(Role::Auditor).await.get("/api/sessions").await.expect_code(403, "forbidden");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        let id = all.items()[0]["id"].as_str().unwrap().to_owned();
        stranger.get(&format!("/api/sessions/{id}")).await.expect_code(404, "not_found");
        assert!(stranger.get("/api/sessions").await.items().is_empty());
    }
}
