//! Handing over and back, what is noted on the sessions, and what is kept of it.

use super::*;

/// Asks for time off on one day and approves it, with its sessions handed over.
async fn handed_over(admin: &Client, who: &str, substitute: &str, day: &str) -> String {
    let new = json!({ "kind": "other", "first_day": day, "substitute_id": substitute });
    let off = admin.post(&format!("/api/practitioners/{who}/time-off"), new).await.expect(201).id();
    admin.post(&format!("/api/time-off/{off}/approve"), json!({ "reassign": true })).await.expect(200);
    off
}

async fn shown(admin: &Client, session: &str) -> Value {
    admin.get(&format!("/api/sessions/{session}")).await.expect(200).data().clone()
}

/// Who leads, and for whom.
fn led(session: &Value) -> Vec<(Value, Value)> {
    let leaders = session["leaders"].as_array().unwrap().iter();
    leaders.map(|one| (one["practitioner_id"].clone(), one["stands_in_for"].clone())).collect()
}

/// What the audit log has this action about.
async fn subjects(app: &TestApp, action: &str) -> Vec<String> {
    app.seal().await;
    let sql = "select subject from audit_log where organization_id = $1 and action = $2 order by sequence";
    app.rows(sql, &[action.into()]).await.iter().map(|row| row.at(0).unwrap()).collect()
}

on_both! {
    /// A session that is handed over and back has its leader also after its group or its series changes.
    async fn handed_back_sessions_keep_their_leader(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (dana, other) = (practitioner(&admin, "Dana").await, practitioner(&admin, "Other").await);
        let group = group(&admin, json!({ "facilitator_id": dana })).await;
        let single = session(&admin, &group, "2026-03-09T14:00").await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=2" });
        let set = admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let of_series = set.data()["created"][0]["session_id"].as_str().unwrap().to_owned();
        let off = handed_over(&admin, &dana, &other, "2026-03-09").await;
        let given = shown(&admin, &single).await;
        assert_eq!(led(&given), [(json!(other), json!(dana))]);
        assert!(given["leaders"][0]["stands_in_for_name"].as_str().unwrap().contains("Dana"), "{given}");
        admin.post(&format!("/api/time-off/{off}/withdraw"), json!({})).await.expect(200);
        handed_over(&admin, &other, &dana, "2026-03-09").await;
        for name in ["First", "Second"] {
            admin.patch(&format!("/api/groups/{group}"), json!({ "name": name })).await.expect(200);
            for id in [&single, &of_series] {
                assert_eq!(led(&shown(&admin, id).await), [(json!(dana), Value::Null)], "{name}");
            }
        }
    }

    /// Each session that is handed over has an entry of its own; hours and time off have a history for whom they concern.
    async fn what_is_done_is_kept(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        let other = practitioner(&admin, "Other").await;
        for at in ["09:00", "11:00"] {
            admin.post("/api/sessions", led_by(&[&own], &format!("2026-03-09T{at}"))).await.expect(201);
        }
        let off = handed_over(&admin, &own, &other, "2026-03-09").await;
        let changed = subjects(&app, "session.leaders_changed").await;
        assert_eq!(changed.len(), 2, "{changed:?}");
        assert!(changed.iter().all(|subject| subject.starts_with("ses_")), "{changed:?}");
        let path = format!("/api/time-off/{off}/history");
        for who in [&admin, &robin] {
            assert_eq!(each(&who.get(&path).await.expect(200), "version"), [json!(2), json!(1)]);
        }
        let (stranger, _) = therapist(&app, &admin, Role::Therapist).await;
        stranger.get(&path).await.expect_code(403, "forbidden");
        let asked = super::asked(&robin, &own, "2026-04-01", "2026-04-01").await;
        stranger.get(&format!("/api/time-off/{asked}/history")).await.expect_code(404, "not_found");
        let hours = format!("/api/practitioners/{own}/availability/history");
        assert!(robin.get(&hours).await.expect(200).items().is_empty());
        works(&robin, &own, &["monday"], "09:00", "12:00").await.expect(200);
        works(&robin, &own, &["tuesday"], "09:00", "12:00").await.expect(200);
        assert_eq!(each(&robin.get(&hours).await.expect(200), "version"), [json!(2), json!(1)]);
        let (manager, managers) = therapist(&app, &admin, Role::Manager).await;
        let mine = super::asked(&manager, &managers, "2026-04-01", "2026-04-01").await;
        manager.post(&format!("/api/time-off/{mine}/approve"), json!({})).await.expect_code(403, "own_time_off");
        assert_eq!(subjects(&app, "own_time_off").await, [mine], "a refused decision names the time off");
    }

    /// Sessions are flagged when their leader turns out to be away, and no longer once that is taken back; also where
    /// the group gets a leader who is away.
    async fn flags_follow_who_is_away(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (away, other) = (practitioner(&admin, "Away").await, practitioner(&admin, "Other").await);
        let off = asked(&admin, &away, "2026-03-09", "2026-03-09").await;
        let own = admin.post("/api/sessions", led_by(&[&away], "2026-03-09T11:00")).await.expect(201).id();
        let done = admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
        assert_eq!(done.data()["needs_cover"][0]["session"]["has_conflict"], true);
        let group = group(&admin, json!({ "facilitator_id": other })).await;
        let single = session(&admin, &group, "2026-03-09T14:00").await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=2" });
        let set = admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let created = set.data()["created"].as_array().unwrap().iter();
        let created: Vec<String> = created.map(|one| one["session_id"].as_str().unwrap().to_owned()).collect();
        admin.patch(&format!("/api/groups/{group}"), json!({ "facilitator_id": away })).await.expect(200);
        for (id, flag) in [(&own, true), (&single, true), (&created[0], true), (&created[1], false)] {
            assert_eq!(shown(&admin, id).await["has_conflict"], flag);
        }
        admin.post(&format!("/api/time-off/{off}/withdraw"), json!({})).await.expect(200);
        for id in [&own, &single, &created[0]] {
            assert_eq!(shown(&admin, id).await["has_conflict"], false);
        }
    }

    /// A substitute who left is no substitute, and who left has no time off.
    async fn who_left_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (own, substitute) = (practitioner(&admin, "First").await, practitioner(&admin, "Second").await);
        admin.post("/api/sessions", led_by(&[&own], "2026-03-09T09:00")).await.expect(201);
        let new = json!({ "kind": "other", "first_day": "2026-03-09", "substitute_id": substitute });
        let off = admin.post(&format!("/api/practitioners/{own}/time-off"), new.clone()).await.expect(201).id();
        admin.patch(&format!("/api/practitioners/{substitute}"), json!({ "is_active": false })).await.expect(200);
        let preview = admin.get(&format!("/api/time-off/{off}/sessions")).await.expect(200);
        let clash = &preview.items()[0]["substitute_clashes"][0];
        assert_eq!((&clash["code"], &clash["practitioner_id"]), (&json!("inactive"), &json!(substitute)));
        let path = format!("/api/practitioners/{substitute}/time-off");
        admin.post(&path, json!({ "kind": "other", "first_day": "2026-03-09" })).await.expect_code(409, "inactive");
        let path = format!("/api/practitioners/{own}/time-off");
        let cut = json!({ "kind": "other", "first_day": "2026-05-01T00:00" });
        assert_eq!(admin.post(&path, cut).await.expect(422).field_errors()[0].0, "first_day");
    }
}
