//! Time off: asked for, approved, declined, withdrawn.

use super::*;

on_both! {
    /// Whole days are those of the organization's clock; what it is for stays between two.
    async fn somebody_asks_for_their_own(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        let path = format!("/api/practitioners/{own}/time-off");
        let made = robin.post(&path, json!({ "kind": "sick", "reason": "Surgery", "first_day": "2026-03-09", "last_day": "2026-03-10" })).await;
        let made = made.expect(201);
        assert_eq!((&made.data()["status"], &made.data()["kind"]), (&json!("requested"), &json!("sick")));
        assert_eq!((&made.data()["starts_at"], &made.data()["ends_at"]), (&json!("2026-03-09T00:00:00-07:00"), &json!("2026-03-11T00:00:00-07:00")));
        let id = made.id();
        let manager = app.as_role(Role::Manager).await;
        assert_eq!(manager.get("/api/time-off?status=requested").await.items().len(), 1);
        assert_eq!(manager.get(&format!("/api/time-off/{id}")).await.data()["reason"], "Surgery");
        let nurse = app.as_role(Role::Nurse).await;
        assert!(nurse.get(&path).await.items().is_empty(), "nobody else sees what is only asked for");
        nurse.get(&format!("/api/time-off/{id}")).await.expect_code(404, "not_found");
        manager.post(&format!("/api/time-off/{id}/approve"), json!({})).await.expect(200);
        let seen = nurse.get(&path).await.expect(200);
        assert_eq!((&seen.items()[0]["status"], &seen.items()[0]["kind"], &seen.items()[0]["reason"]), (&json!("approved"), &Value::Null, &Value::Null));
        assert_eq!(seen.items()[0]["first_day"], "2026-03-09");
        nurse.get("/api/time-off").await.expect_code(403, "forbidden");
        assert_eq!(app.count_of("time_off.requested").await + app.count_of("time_off.approved").await, 2);
        app.seal_and_verify().await;
    }

    /// Turns that there are, once each; nobody decides about their own; a wrong role does nothing.
    async fn time_off_is_decided_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Manager).await;
        let id = asked(&robin, &own, "2026-03-09", "2026-03-09").await;
        let path = format!("/api/time-off/{id}");
        for verb in ["approve", "decline"] {
            let refused = robin.post(&format!("{path}/{verb}"), json!({ "reason": "Mine" }).as_object().filter(|_| verb == "decline").map_or(json!({}), |body| json!(body))).await;
            refused.expect_code(403, "own_time_off");
        }
        let therapist = app.as_role(Role::Therapist).await;
        therapist.post(&format!("{path}/approve"), json!({})).await.expect_code(403, "forbidden");
        therapist.post(&format!("{path}/withdraw"), json!({})).await.expect_code(403, "forbidden");
        therapist.patch(&path, json!({ "kind": "other" })).await.expect_code(403, "forbidden");
        admin.post(&format!("{path}/decline"), json!({})).await.expect_fields(&[("reason", "missing")]);
        robin.patch(&path, json!({ "first_day": "2026-03-12", "kind": "training" })).await.expect(200);
        robin.with_if_match(1).patch(&path, json!({})).await.expect_code(412, "stale");
        let declined = admin.post(&format!("{path}/decline"), json!({ "reason": "We are three." })).await.expect(200);
        assert_eq!((&declined.data()["status"], &declined.data()["decision_reason"]), (&json!("declined"), &json!("We are three.")));
        for verb in ["approve", "withdraw"] {
            admin.post(&format!("{path}/{verb}"), json!({})).await.expect_code(409, "invalid_transition");
        }
        robin.patch(&path, json!({ "kind": "other" })).await.expect_code(409, "invalid_transition");
        let again = asked(&robin, &own, "2026-03-12", "2026-03-12").await;
        admin.post(&format!("/api/time-off/{again}/approve"), json!({})).await.expect(200);
        admin.post(&format!("/api/time-off/{again}/approve"), json!({})).await.expect_code(409, "invalid_transition");
        robin.post(&format!("/api/time-off/{again}/withdraw"), json!({})).await.expect(200);
        let refusals: Vec<_> = app.audited().await.into_iter().filter(|(action, _)| action == "own_time_off").collect();
        assert_eq!(refusals.len(), 2, "a decision about one's own is in the audit log");
    }

    /// A double click asks once; two requests for the same days are one.
    async fn the_same_days_are_asked_for_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        let path = format!("/api/practitioners/{own}/time-off");
        let new = json!({ "kind": "vacation", "first_day": "2026-03-09" });
        let twice = robin.with_key("twice");
        let (first, second) = tokio::join!(twice.post(&path, new.clone()), twice.post(&path, new.clone()));
        assert_eq!(first.expect(201).id(), second.expect(201).id());
        let half = json!({ "kind": "training", "starts_at": "2026-03-09T13:00", "ends_at": "2026-03-09T15:00" });
        robin.post(&path, half.clone()).await.expect_code(409, "time_off_overlaps");
        let more = json!({ "kind": "training", "starts_at": "2026-03-10T13:00", "ends_at": "2026-03-10T15:00" });
        let (one, other) = tokio::join!(robin.post(&path, more.clone()), admin.post(&path, more.clone()));
        let mut codes = [one.status, other.status];
        codes.sort_unstable();
        assert_eq!(codes, [201, 409]);
    }

    /// Every way in which days and times can be wrong.
    async fn strange_spans_are_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let who = practitioner(&admin, "Vale").await;
        let path = format!("/api/practitioners/{who}/time-off");
        let cases = [
            (json!({}), "first_day", "missing"),
            (json!({ "first_day": "2026-03-09", "last_day": "2026-03-08" }), "last_day", "out_of_range"),
            (json!({ "first_day": "2026-03-09", "last_day": "2027-03-12" }), "last_day", "out_of_range"),
            (json!({ "first_day": "9999-12-31" }), "first_day", "invalid"),
            (json!({ "first_day": "2026-03-09", "starts_at": "2026-03-09T10:00" }), "first_day", "invalid"),
            (json!({ "starts_at": "2026-03-09T10:00" }), "ends_at", "missing"),
            (json!({ "starts_at": "2026-03-09T10:00", "ends_at": "2026-03-09T10:00" }), "ends_at", "out_of_range"),
            (json!({ "first_day": "2026-03-09", "substitute_id": who }), "substitute_id", "invalid"),
            (json!({ "first_day": "2026-03-09", "substitute_id": strange_id("prac") }), "substitute_id", "not_found"),
        ];
        for (mut body, field, code) in cases {
            body["kind"] = json!("other");
            admin.post(&path, body).await.expect_fields(&[(field, code)]);
        }
        let therapist = app.as_role(Role::Therapist).await;
        therapist.post(&path, json!({ "kind": "other", "first_day": "2026-03-09" })).await.expect_code(403, "forbidden");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        stranger.post(&path, json!({ "kind": "other", "first_day": "2026-03-09" })).await.expect_code(404, "not_found");
        assert_eq!(app.count_of("time_off.requested").await, 0);
    }
}
