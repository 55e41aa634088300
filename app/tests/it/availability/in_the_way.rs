//! What stands in the way of a session: a room, a leader, their hours, their time off.

use super::*;

on_both! {
    /// Everything in the way is in one answer; whoever may override says why, and the session is flagged.
    async fn all_clashes_are_told_at_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = admin.post("/api/sites", json!({ "name": "Main", "zone": "America/Phoenix" })).await.expect(201).id();
        let room = admin.post("/api/rooms", json!({ "site_id": site, "name": "Room 1" })).await.expect(201).id();
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        works(&admin, &own, &["monday"], "09:00", "12:00").await.expect(200);
        let off = asked(&robin, &own, "2026-03-09", "2026-03-09").await;
        let at = |time: &str| {
            let mut new = led_by(&[&own], &format!("2026-03-{time}"));
            new["site_id"] = json!(site);
            new["room_id"] = json!(room);
            new
        };
        robin.post("/api/sessions", at("09T11:00")).await.expect(201);
        robin.post("/api/sessions", at("09T12:00")).await.expect_code(409, "conflict");
        robin.post("/api/sessions", at("02T10:00")).await.expect(201);
        admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
        let refused = robin.post("/api/sessions", at("09T11:30")).await.expect_code(409, "conflict");
        let mut found = refused.field_errors();
        found.sort();
        let leaders = |code: &str| ("leaders".to_owned(), code.to_owned());
        assert_eq!(found, [leaders("outside_hours"), leaders("taken"), leaders("time_off"), ("room_id".to_owned(), "taken".to_owned())]);
        let mut over = at("09T11:30");
        over["override_conflict"] = json!(true);
        over["reason"] = json!("Nobody else can.");
        robin.post("/api/sessions", over.clone()).await.expect_code(403, "forbidden");
        let made = admin.post("/api/sessions", over).await.expect(201);
        assert_eq!((&made.data()["has_conflict"], &made.data()["conflict_reason"]), (&json!(true), &json!("Nobody else can.")));
        // Moving into hours, and to another week, is fine; starting is never refused.
        let moved = admin.patch(&format!("/api/sessions/{}", made.id()), json!({ "starts_at": "2026-03-16T09:00" })).await.expect(200);
        assert_eq!(moved.data()["has_conflict"], false);
        app.seal_and_verify().await;
    }

    /// A series that goes to another site alone is judged by the hours there, too.
    async fn another_site_is_judged(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut sites = Vec::new();
        for name in ["Main", "East"] {
            sites.push(admin.post("/api/sites", json!({ "name": name, "zone": "America/Phoenix" })).await.expect(201).id());
        }
        let leader = practitioner(&admin, "Vale").await;
        let block = json!({ "weekday": "monday", "starts": "09:00", "ends": "12:00", "site_id": sites[0] });
        admin.put(&format!("/api/practitioners/{leader}/availability"), json!({ "blocks": [block] })).await.expect(200);
        let group = group(&admin, json!({ "facilitator_id": leader, "site_id": sites[0] })).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=2" });
        let set = admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let first = set.data()["created"][0]["session_id"].as_str().unwrap().to_owned();
        for scope in ["this", "all"] {
            let path = format!("/api/sessions/{first}?scope={scope}");
            let refused = admin.patch(&path, json!({ "site_id": sites[1] })).await.expect_code(409, "conflict");
            assert!(refused.text.contains("works at another site on this Monday"), "{refused}");
        }
        let over = json!({ "site_id": sites[1], "override_conflict": true, "reason": "Only this once" });
        admin.patch(&format!("/api/sessions/{first}?scope=all"), over).await.expect(200);
        let moved = admin.get(&format!("/api/sessions/{first}")).await.expect(200);
        assert_eq!((&moved.data()["has_conflict"], &moved.data()["conflict_reason"]), (&json!(true), &json!("Only this once")));
    }

    /// A supervisor need not be there; a leader who is added is asked for, too.
    async fn added_leaders_are_checked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (first, second) = (practitioner(&admin, "First").await, practitioner(&admin, "Second").await);
        works(&admin, &second, &["tuesday"], "09:00", "12:00").await.expect(200);
        let id = admin.post("/api/sessions", led_by(&[&first], "2026-03-09T09:00")).await.expect(201).id();
        let path = format!("/api/sessions/{id}/leaders");
        let refused = admin.post(&path, json!({ "practitioner_id": second })).await.expect_code(409, "conflict");
        assert_eq!(refused.field_errors(), [("leaders".to_owned(), "outside_hours".to_owned())]);
        assert!(refused.json["errors"][0]["message"].as_str().unwrap().ends_with("has no hours on this Monday"), "{refused}");
        admin.post(&path, json!({ "practitioner_id": second, "role": "supervisor" })).await.expect(200);
    }

    /// A supervisor who is to lead is asked for like anybody who is new, whatever the change is called; the room is not.
    async fn supervisors_who_lead_are_checked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = admin.post("/api/sites", json!({ "name": "Main", "zone": "America/Phoenix" })).await.expect(201).id();
        let room = admin.post("/api/rooms", json!({ "site_id": site, "name": "Room 1" })).await.expect(201).id();
        let (first, second, third) =
            (practitioner(&admin, "First").await, practitioner(&admin, "Second").await, practitioner(&admin, "Third").await);
        let off = asked(&admin, &second, "2026-03-09", "2026-03-09").await;
        admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
        let mut new = json!({ "starts_at": "2026-03-09T09:00", "site_id": site, "room_id": room,
            "override_conflict": true, "reason": "Told by the story." });
        admin.post("/api/sessions", new.clone()).await.expect(201);
        new["leaders"] = json!([{ "practitioner_id": first }, { "practitioner_id": second, "role": "supervisor" }]);
        let id = admin.post("/api/sessions", new).await.expect(201).id();
        let path = format!("/api/sessions/{id}/leaders");
        let changes = [json!({}), json!({ "change": "hand_over" }), json!({ "change": "replace", "instead_of": first })];
        for mut change in changes {
            change["practitioner_id"] = json!(second);
            let refused = admin.post(&path, change).await.expect_code(409, "conflict");
            assert_eq!(refused.field_errors(), [("leaders".to_owned(), "time_off".to_owned())]);
        }
        admin.post(&path, json!({ "practitioner_id": third })).await.expect(200);
    }

    /// What was in the way before refuses nothing; what an edit newly causes does.
    async fn an_old_clash_stays_no_reason_to_refuse(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (own, other) = (practitioner(&admin, "First").await, practitioner(&admin, "Second").await);
        let group = group(&admin, json!({ "facilitator_id": own })).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=3" });
        let set = admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let id = set.data()["created"][0]["session_id"].as_str().unwrap().to_owned();
        let off = json!({ "kind": "other", "starts_at": "2026-03-09T09:30", "ends_at": "2026-03-09T17:00" });
        let off = admin.post(&format!("/api/practitioners/{own}/time-off"), off).await.expect(201).id();
        admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
        let path = format!("/api/sessions/{id}");
        for scope in ["following", "all"] {
            let minutes = if scope == "all" { 45 } else { 50 };
            let change = json!({ "duration_minutes": minutes });
            let done = admin.patch(&format!("{path}?scope={scope}"), change).await.expect(200);
            assert_eq!(done.data()["has_conflict"], true, "{scope}");
        }
        let longer = admin.patch(&format!("{path}?scope=all"), json!({ "duration_minutes": 90 })).await.expect_code(409, "conflict");
        assert_eq!(longer.field_errors(), [("leaders".to_owned(), "time_off".to_owned())]);
        admin.patch(&path, json!({ "duration_minutes": 75 })).await.expect_code(409, "conflict");
        let same = json!({ "duration_minutes": 40, "leaders": [{ "practitioner_id": own }] });
        let shorter = admin.patch(&path, same).await.expect(200);
        assert_eq!(shorter.data()["has_conflict"], true);
        admin.patch(&path, json!({ "starts_at": "2026-03-09T10:00" })).await.expect_code(409, "conflict");
        let free = admin.patch(&path, json!({ "leaders": [{ "practitioner_id": other }] })).await.expect(200);
        assert_eq!(free.data()["has_conflict"], false);
    }

    /// A session that is in somebody's way starts all the same.
    async fn starting_is_never_refused_for_a_conflict(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        let id = admin.post("/api/sessions", led_by(&[&own], "2026-03-04T10:15")).await.expect(201).id();
        let off = asked(&robin, &own, "2026-03-04", "2026-03-04").await;
        admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
        works(&robin, &own, &["sunday"], "09:00", "12:00").await.expect(200);
        robin.post(&format!("/api/sessions/{id}/start"), json!({})).await.expect(200);
    }

    /// A series makes its sessions also outside hours and in time off, and flags them.
    async fn a_series_is_flagged_where_its_leader_is_not_there(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        works(&robin, &own, &["monday", "tuesday"], "09:00", "12:00").await.expect(200);
        let off = asked(&robin, &own, "2026-03-16", "2026-03-17").await;
        admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
        let group = group(&admin, json!({ "facilitator_id": own })).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4" });
        let set = admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let flags: Vec<(String, bool)> = set.data()["created"].as_array().unwrap().iter()
            .map(|one| (one["local_date"].as_str().unwrap().to_owned(), one["has_conflict"].as_bool().unwrap())).collect();
        let wanted = [("2026-03-09", false), ("2026-03-11", true), ("2026-03-16", true), ("2026-03-18", true)];
        assert_eq!(flags, wanted.map(|(day, flag)| (day.to_owned(), flag)));
    }

    /// Two sessions scheduled at once for one leader or one room: one of them is made.
    async fn two_at_once_take_a_leader_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (first, second) = (practitioner(&admin, "First").await, practitioner(&admin, "Second").await);
        for round in 0..4 {
            let day = 9 + round;
            let (a, b) = (format!("2026-03-{day:02}T09:00"), format!("2026-03-{day:02}T09:30"));
            let (one, other) = tokio::join!(
                admin.post("/api/sessions", led_by(&[&first, &second], &a)),
                admin.post("/api/sessions", led_by(&[&second, &first], &b)),
            );
            let mut codes = [one.status, other.status];
            codes.sort_unstable();
            assert_eq!(codes, [201, 409], "{one} {other}");
        }
    }

    /// Time off approved while a session is scheduled: the session is refused, or it was there before.
    async fn time_off_and_a_session_at_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        for day in 9..13 {
            let day = format!("2026-03-{day:02}");
            let off = asked(&robin, &own, &day, &day).await;
            let approve = format!("/api/time-off/{off}/approve");
            let (made, approved) = tokio::join!(
                robin.post("/api/sessions", led_by(&[&own], &format!("{day}T10:00"))),
                admin.post(&approve, json!({})),
            );
            let approved = approved.expect(200);
            match made.status {
                201 => assert_eq!(approved.data()["needs_cover"].as_array().unwrap().len(), 1, "{approved}"),
                _ => drop(made.expect_code(409, "conflict")),
            }
        }
    }
}
