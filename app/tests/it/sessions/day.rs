//! The day of a session: start, marks, gates, undo, end.

use super::*;
use jiff::SignedDuration;
use rules::permissions::{Flag, Permission};

/// Today's session of a group with these members; the ids of session and participants, by name.
async fn today(admin: &Client, names: &[&str]) -> (String, Vec<String>) {
    let group = group(admin, json!({})).await;
    for name in names {
        member(admin, &group, &patient(admin, name).await).await;
    }
    let session = session(admin, &group, "2026-03-04T10:30").await;
    let people = participants(admin, &session).await;
    let ids = people.items().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    (session, ids)
}

/// Opens both gates of a participant.
async fn clear(admin: &Client, session: &str, participant: &str) {
    let path = format!("/api/sessions/{session}/participants/{participant}");
    admin.patch(&path, json!({ "finance_cleared": true, "consent_verified": true })).await.expect(200);
}

async fn verb(client: &Client, session: &str, participant: &str, verb: &str, body: Value) -> Answer {
    client.post(&format!("/api/sessions/{session}/participants/{participant}/{verb}"), body).await
}

/// A leader: a user with a role and a practitioner profile.
async fn leader(app: &TestApp, admin: &Client, role: Role, family: &str) -> (Client, String) {
    let client = app.as_role(role).await;
    let new = json!({ "given_name": "Robin", "family_name": family, "user_id": client.user });
    let id = admin.post("/api/practitioners", new).await.expect(201).id();
    (client, id)
}

on_both! {
    /// What is told to have happened lies near what was planned: a wrong year would count as minutes.
    async fn times_stay_near_the_session(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = today(&admin, &["Alder", "Birch"]).await;
        let path = format!("/api/sessions/{session}");
        let early = json!({ "arrival_at": "2026-03-04T09:00:00-07:00" });
        let participant = format!("{path}/participants/{}", people[0]);
        admin.patch(&participant, early.clone()).await.expect_fields(&[("arrival_at", "not_here")]);
        let minutes = json!({ "minutes_attended": 30, "reason": "By the sheet" });
        admin.patch(&participant, minutes).await.expect_fields(&[("minutes_attended", "not_here")]);
        let (robin, _) = leader(&app, &admin, Role::Therapist, "Vale").await;
        for year in ["1900", "2025"] {
            let start = json!({ "actual_start": format!("{year}-03-04T10:00:00-07:00") });
            robin.post(&format!("{path}/start"), start).await.expect_fields(&[("actual_start", "invalid_time")]);
        }
        robin.post(&format!("{path}/start"), json!({})).await.expect(200);
        for id in &people {
            clear(&admin, &session, id).await;
            verb(&robin, &session, id, "attend", json!({})).await.expect(200);
        }
        let far = json!({ "arrival_at": "2020-03-04T10:00:00-07:00" });
        admin.patch(&participant, far).await.expect_fields(&[("arrival_at", "invalid_time")]);
        app.advance(SignedDuration::from_hours(30));
        let long = json!({ "actual_end": "2026-03-05T15:00:00-07:00" });
        robin.post(&format!("{path}/end"), long).await.expect_fields(&[("actual_end", "invalid_time")]);
        robin.post(&format!("{path}/end"), json!({ "actual_end": "2026-03-04T11:00:00-07:00" })).await.expect(200);
    }

    /// What became of a session and of each participant can be read back, change by change, and as it stood at a time.
    async fn a_session_can_be_read_back(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = today(&admin, &["Alder"]).await;
        let path = format!("/api/sessions/{session}");
        let before = app.app.clock.now();
        app.advance(SignedDuration::from_mins(1));
        let (robin, _) = leader(&app, &admin, Role::Therapist, "Vale").await;
        robin.post(&format!("{path}/start"), json!({})).await.expect(200);
        clear(&admin, &session, &people[0]).await;
        verb(&robin, &session, &people[0], "attend", json!({})).await.expect(200);
        app.advance(SignedDuration::from_mins(40));
        let ended = robin.post(&format!("{path}/end"), json!({})).await.expect(200);
        let auditor = app.as_role(Role::Auditor).await;
        let versions = auditor.get(&format!("{path}/history")).await.expect(200);
        assert_eq!(versions.items().len() as i64, ended.version(), "every version is kept");
        let then = admin.get(&format!("{path}/history?at={before}")).await.expect(200);
        assert_eq!(then.items()[0]["record"]["status"], "scheduled");
        let participant = format!("{path}/participants/{}", people[0]);
        let now = admin.get(&participant).await.expect(200).version();
        assert_eq!(auditor.get(&format!("{participant}/history")).await.expect(200).items().len() as i64, now);
        let elsewhere = today(&admin, &["Birch"]).await.0;
        let wrong = format!("/api/sessions/{elsewhere}/participants/{}/history", people[0]);
        admin.get(&wrong).await.expect(404);
        app.as_role(Role::Biller).await.get(&format!("{path}/history")).await.expect(200);
    }

    /// From scheduled to ended: each step, its times and what is told.
    async fn a_session_runs_its_course(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = today(&admin, &["Alder", "Birch", "Cedar"]).await;
        let path = format!("/api/sessions/{session}");
        let (robin, practitioner) = leader(&app, &admin, Role::Therapist, "Vale").await;
        admin.post(&format!("{path}/end"), json!({})).await.expect_code(409, "invalid_transition");
        let started = robin.post(&format!("{path}/start"), json!({})).await.expect(200);
        assert_eq!((&started.data()["status"], &started.data()["actual_start"]), (&json!("in_progress"), &json!("2026-03-04T10:00:00-07:00")));
        assert_eq!(started.data()["leaders"][0]["practitioner_id"], practitioner, "who starts an unassigned session leads it");
        let encounter = admin.get(&format!("/api/encounters/{}", started.data()["encounter_id"].as_str().unwrap())).await;
        assert_eq!(encounter.data()["status"], "in_progress");
        robin.post(&format!("{path}/start"), json!({})).await.expect_code(409, "invalid_transition");
        for id in &people {
            clear(&admin, &session, id).await;
        }
        app.advance(SignedDuration::from_mins(1));
        let unresolved = robin.post(&format!("{path}/end"), json!({})).await.expect_code(409, "unresolved_participants");
        assert_eq!(unresolved.field_errors().len(), 3);
        verb(&robin, &session, &people[0], "attend", json!({})).await.expect(200);
        app.advance(SignedDuration::from_mins(19));
        let late = verb(&robin, &session, &people[1], "check-in", json!({})).await.expect(200);
        assert_eq!((&late.data()["status"], &late.data()["late_minutes"]), (&json!("arrived"), &json!(20)));
        verb(&robin, &session, &people[1], "attend", json!({})).await.expect(200);
        verb(&robin, &session, &people[2], "no-show", json!({ "no_show_reason": "illness", "excused": true })).await.expect(200);
        app.advance(SignedDuration::from_mins(40));
        let ended = robin.post(&format!("{path}/end"), json!({})).await.expect(200);
        assert_eq!((&ended.data()["status"], &ended.data()["actual_end"]), (&json!("in_progress"), &json!("2026-03-04T11:00:00-07:00")));
        assert_eq!(ended.data()["current_capacity"], 2);
        let end = participants(&admin, &session).await;
        assert_eq!(each(&end, "status"), ["attended", "attended", "no_show"]);
        assert_eq!(each(&end, "minutes_attended"), [json!(60), json!(40), Value::Null]);
        let events: Vec<String> = app.events().await.into_iter().map(|(name, _)| name).collect();
        for name in ["session.started", "session.ended", "participant.arrived", "participant.attended", "participant.no_show"] {
            assert!(events.iter().any(|event| event == name), "{name} is not told: {events:?}");
        }
        app.seal_and_verify().await;
    }

    /// Closed gates stand in the way of arriving and attending, each by its name; a reason and a permission pass them.
    async fn gates_are_named_and_passed_with_a_reason(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = today(&admin, &["Alder", "Birch"]).await;
        let id = &people[0];
        let shown = participants(&admin, &session).await;
        assert_eq!((&shown.items()[0]["can_check_in"], &shown.items()[0]["blocked_by"]), (&json!(false), &json!(["finance", "consent"])));
        let blocked = verb(&admin, &session, id, "check-in", json!({})).await.expect_code(409, "blocked");
        assert_eq!(blocked.field_errors().len(), 2);
        let desk = app.as_role(Role::Receptionist).await;
        let path = format!("/api/sessions/{session}/participants/{id}");
        desk.patch(&path, json!({ "finance_cleared": true })).await.expect(200);
        let blocked = verb(&desk, &session, id, "check-in", json!({})).await.expect_code(409, "blocked");
        assert_eq!(blocked.field_errors(), [("consent".to_owned(), "blocked".to_owned())]);
        let anyway = json!({ "override_gates": true, "reason": "Signed on paper" });
        verb(&desk, &session, id, "check-in", anyway.clone()).await.expect_code(403, "forbidden");
        verb(&admin, &session, id, "check-in", json!({ "override_gates": true })).await.expect_fields(&[("reason", "reason_required")]);
        let passed = verb(&admin, &session, id, "check-in", anyway).await.expect(200);
        assert_eq!((&passed.data()["status"], &passed.data()["gate_override_reason"]), (&json!("arrived"), &json!("Signed on paper")));
        let seen = desk.patch(&format!("/api/sessions/{session}/participants/{}", people[1]), json!({ "consent_verified": true })).await;
        assert_eq!(seen.expect(200).data()["blocked_by"], json!(["finance"]));
        let biller = app.as_role(Role::Biller).await;
        biller.patch(&path, json!({ "consent_verified": true })).await.expect_code(403, "forbidden");
        admin.patch("/api/settings", json!({ "finance_gate": false, "consent_gate": false })).await.expect(200);
        verb(&desk, &session, &people[1], "check-in", json!({})).await.expect(200);
        let audited = app.audited().await;
        assert!(audited.iter().any(|(_, outcome)| outcome == "refused"));
    }

    /// Every mark can be taken back, and leads where it came from.
    async fn every_mark_can_be_undone(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "finance_gate": false, "consent_gate": false })).await.expect(200);
        let (session, people) = today(&admin, &["Alder"]).await;
        let (id, path) = (&people[0], format!("/api/sessions/{session}"));
        let (robin, _) = leader(&app, &admin, Role::Therapist, "Vale").await;
        let status = async |name: &str, body: Value| {
            let answer = verb(&robin, &session, id, name, body).await.expect(200);
            answer.data()["status"].as_str().unwrap().to_owned()
        };
        assert_eq!(status("confirm", json!({})).await, "confirmed");
        assert_eq!(status("check-in", json!({ "at": "2026-03-04T09:50" })).await, "arrived");
        verb(&robin, &session, id, "attend", json!({})).await.expect_code(409, "invalid_transition");
        robin.post(&format!("{path}/start"), json!({})).await.expect(200);
        assert_eq!(status("attend", json!({})).await, "attended");
        assert_eq!(status("undo", json!({})).await, "arrived");
        verb(&robin, &session, id, "no-show", json!({})).await.expect_fields(&[("reason", "reason_required")]);
        assert_eq!(status("no-show", json!({ "reason": "Left at once" })).await, "no_show");
        assert_eq!(status("undo", json!({})).await, "arrived");
        assert_eq!(status("undo", json!({})).await, "confirmed");
        assert_eq!(status("undo", json!({})).await, "booked");
        verb(&robin, &session, id, "undo", json!({})).await.expect_code(409, "invalid_transition");
        assert_eq!(status("cancel", json!({ "reason": "Ill" })).await, "cancelled");
        assert_eq!(status("undo", json!({})).await, "booked");
        let last = admin.get(&format!("{path}/participants/{id}")).await.expect(200);
        for field in ["confirmed_at", "arrival_at", "attended_at", "cancelled_at", "no_show_reason", "cancellation_reason"] {
            assert_eq!(last.data()[field], Value::Null, "{field}");
        }
        assert_eq!(status("attend", json!({})).await, "attended");
        let undone = robin.post(&format!("{path}/undo-start"), json!({})).await.expect(200);
        assert_eq!((&undone.data()["status"], &undone.data()["actual_start"]), (&json!("scheduled"), &Value::Null));
        assert_eq!(undone.data()["leaders"], json!([]), "nobody leads it again");
        assert_eq!(each(&participants(&admin, &session).await, "status"), ["booked"]);
    }

    /// All present with one tap, the rest no-show with another; who can't be marked is told.
    async fn many_are_marked_at_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = today(&admin, &["Alder", "Birch", "Cedar", "Dogwood"]).await;
        let (robin, _) = leader(&app, &admin, Role::Therapist, "Vale").await;
        robin.post(&format!("/api/sessions/{session}/start"), json!({})).await.expect(200);
        clear(&admin, &session, &people[0]).await;
        clear(&admin, &session, &people[1]).await;
        let path = format!("/api/sessions/{session}/attendance");
        let some = robin.post(&path, json!({
            "items": [{ "participant_id": people[2], "status": "cancelled", "reason": "Called in" }], "rest": "attended",
        })).await.expect(200);
        assert_eq!(some.data()["marked"], 3);
        assert_eq!(some.data()["errors"].as_array().unwrap().len(), 1, "{some}");
        assert_eq!((&some.data()["errors"][0]["participant_id"], &some.data()["errors"][0]["code"]), (&json!(people[3]), &json!("blocked")));
        let rest = robin.post(&path, json!({ "rest": "no_show" })).await.expect(200);
        assert_eq!(rest.data()["marked"], 1);
        let now = participants(&admin, &session).await;
        assert_eq!(each(&now, "status"), ["attended", "attended", "cancelled", "no_show"]);
        robin.post(&path, json!({})).await.expect_fields(&[("items", "missing")]);
        let stranger = json!({ "items": [{ "participant_id": strange_id("par"), "status": "attended" }] });
        assert_eq!(robin.post(&path, stranger).await.expect(200).data()["errors"][0]["code"], "not_found");
        app.as_role(Role::Nurse).await.post(&path, json!({ "rest": "no_show" })).await.expect_code(403, "forbidden");
    }

    /// A session is started by its leaders, or by who may manage any; who has no profile can't lead.
    async fn a_session_is_started_by_its_leaders(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, first) = leader(&app, &admin, Role::Therapist, "Vale").await;
        let (kim, second) = leader(&app, &admin, Role::CaseManager, "Kim").await;
        let group = group(&admin, json!({ "facilitator_id": first })).await;
        let id = session(&admin, &group, "2026-03-04T10:30").await;
        let path = format!("/api/sessions/{id}");
        kim.post(&format!("{path}/start"), json!({})).await.expect_code(403, "not_leader");
        kim.post(&format!("{path}/leaders"), json!({ "practitioner_id": second })).await.expect_code(403, "not_leader");
        admin.post(&format!("{path}/start"), json!({})).await.expect(200);
        let kept = admin.post(&format!("{path}/undo-start"), json!({})).await.expect(200);
        assert_eq!(kept.data()["leaders"][0]["practitioner_id"], first, "who leads a group's session stays");
        robin.post(&format!("{path}/start"), json!({})).await.expect(200);
        let added = robin.post(&format!("{path}/leaders"), json!({ "practitioner_id": second })).await.expect(200);
        assert_eq!(each_leader(&added), [(first.clone(), "primary".to_owned()), (second.clone(), "co".to_owned())]);
        let over = json!({ "change": "hand_over", "practitioner_id": second });
        let handed = robin.post(&format!("{path}/leaders"), over).await.expect(200);
        assert_eq!(each_leader(&handed), [(second.clone(), "primary".to_owned()), (first.clone(), "co".to_owned())]);
        let out = json!({ "change": "remove", "practitioner_id": first });
        kim.post(&format!("{path}/leaders"), out).await.expect(200);
        let last = json!({ "change": "remove", "practitioner_id": second });
        kim.post(&format!("{path}/leaders"), last).await.expect_fields(&[("practitioner_id", "last_leader")]);
        robin.post(&format!("{path}/end"), json!({})).await.expect_code(403, "not_leader");
        kim.post(&format!("{path}/end"), json!({})).await.expect(422);
        app.advance(SignedDuration::from_mins(5));
        kim.post(&format!("{path}/end"), json!({})).await.expect(200);

        let free = admin.post("/api/sessions", json!({ "starts_at": "2026-03-04T12:30" })).await.id();
        admin.post(&format!("/api/sessions/{free}/start"), json!({})).await.expect_code(422, "no_practitioner");
        let flagged = app.as_role_with(Role::Nurse, &[Flag::ManageGroupSessions]).await;
        flagged.post(&format!("/api/sessions/{free}/start"), json!({})).await.expect_code(422, "no_practitioner");
        let nurse = app.as_role(Role::Nurse).await;
        nurse.post(&format!("/api/sessions/{free}/start"), json!({})).await.expect_code(403, "forbidden");
    }

    /// A later day's session waits; an earlier day's needs a reason and shows it was entered late.
    async fn a_session_starts_on_its_day_or_late(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, _) = leader(&app, &admin, Role::Therapist, "Vale").await;
        let group = group(&admin, json!({})).await;
        let later = session(&admin, &group, "2026-03-05T10:00").await;
        robin.post(&format!("/api/sessions/{later}/start"), json!({})).await.expect_code(409, "session_not_today");
        let earlier = session(&admin, &group, "2026-03-03T10:00").await;
        let path = format!("/api/sessions/{earlier}");
        robin.post(&format!("{path}/start"), json!({})).await.expect_fields(&[("reason", "reason_required")]);
        let started = robin.post(&format!("{path}/start"), json!({ "reason": "No network that day" })).await.expect(200);
        assert_eq!(started.data()["late_entry_reason"], "No network that day");
        assert_eq!(started.data()["actual_start"], "2026-03-03T10:00:00-07:00");
        let ended = robin.post(&format!("{path}/end"), json!({})).await.expect(200);
        assert_eq!(ended.data()["actual_end"], "2026-03-03T11:00:00-07:00");
        robin.post(&format!("{path}/reopen"), json!({})).await.expect_code(403, "forbidden");
        admin.post(&format!("{path}/reopen"), json!({})).await.expect_code(409, "invalid_transition");
    }

    /// A cancelled session says why and touches no other.
    async fn one_session_is_cancelled(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let (one, two) = (session(&admin, &group, "2026-03-09T09:00").await, session(&admin, &group, "2026-03-16T09:00").await);
        let path = format!("/api/sessions/{one}");
        admin.post(&format!("{path}/cancel"), json!({})).await.expect_fields(&[("reason", "reason_required")]);
        let cancelled = admin.post(&format!("{path}/cancel"), json!({ "reason": "Holiday" })).await.expect(200);
        assert_eq!((&cancelled.data()["status"], &cancelled.data()["cancellation_reason"]), (&json!("cancelled"), &json!("Holiday")));
        assert_eq!(app.count_of("session.cancelled").await, 1, "told once, and only of what was done");
        admin.post(&format!("{path}/cancel"), json!({ "reason": "Again" })).await.expect_code(409, "invalid_transition");
        admin.post(&format!("{path}/start"), json!({})).await.expect_code(409, "invalid_transition");
        assert_eq!(admin.get(&format!("/api/sessions/{two}")).await.data()["status"], "scheduled");
        admin.post(&format!("{path}/add-patient"), json!({ "patient_id": patient(&admin, "Alder").await })).await
            .expect_code(409, "invalid_transition");
        app.as_role(Role::Receptionist).await.post(&format!("/api/sessions/{two}/cancel"), json!({ "reason": "No" })).await
            .expect_code(403, "forbidden");
    }

    /// One session is moved: its number stays, its series no longer touches it, a stale version is refused.
    async fn one_session_is_changed(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        let id = session(&admin, &group, "2026-12-31T09:00").await;
        let path = format!("/api/sessions/{id}");
        let before = admin.get(&path).await;
        let moved = json!({ "starts_at": "2027-01-04T13:30", "topic": "Review" });
        let after = admin.with_if_match(1).patch(&path, moved.clone()).await.expect(200);
        assert_eq!(after.data()["session_number"], before.data()["session_number"]);
        assert_eq!(after.data()["starts_at"], "2027-01-04T13:30:00-07:00");
        assert_eq!((&after.data()["duration_minutes"], &after.data()["edited_by_hand"]), (&json!(60), &json!(true)));
        admin.with_if_match(1).patch(&path, moved).await.expect_code(412, "stale");
        admin.patch(&format!("{path}?scope=all"), json!({ "topic": "x" })).await.expect_code(422, "invalid");
        admin.patch(&path, json!({ "ends_at": "2027-01-04T13:31" })).await.expect_fields(&[("ends_at", "out_of_range")]);
        assert_eq!(app.count_of("session.rescheduled").await, 1);
        let of_ann = participants(&admin, &id).await;
        assert_eq!(of_ann.items()[0]["starts_at"], "2027-01-04T13:30:00-07:00");
    }

    /// Seats bind whoever is added, but the members; a make-up may go beyond them with a reason.
    async fn seats_bind_who_is_added(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({ "max_participants": 2 })).await;
        let id = session(&admin, &group, "2026-03-09T09:00").await;
        let path = format!("/api/sessions/{id}/add-patient");
        let (ann, ben, cas) = (patient(&admin, "Alder").await, patient(&admin, "Birch").await, patient(&admin, "Cedar").await);
        let first = admin.post(&path, json!({ "patient_id": ann })).await.expect(201);
        assert_eq!(first.data()["source"], "booked");
        admin.post(&path, json!({ "patient_id": ann })).await.expect_code(409, "already_participant");
        admin.post(&path, json!({ "patient_id": ben })).await.expect(201);
        assert_eq!(app.count_of("capacity.full").await, 1);
        admin.post(&path, json!({ "patient_id": cas })).await.expect_code(409, "session_full");
        let beyond = json!({ "patient_id": cas, "source": "make_up", "override_capacity": true });
        admin.post(&path, beyond.clone()).await.expect_fields(&[("reason", "reason_required")]);
        let mut beyond = beyond;
        beyond["reason"] = json!("Missed last week");
        app.as_role(Role::Therapist).await.post(&path, beyond.clone()).await.expect_code(403, "forbidden");
        let over = admin.post(&path, beyond).await.expect(201);
        assert_eq!((&over.data()["source"], &over.data()["capacity_override_reason"]), (&json!("make_up"), &json!("Missed last week")));
        let dov = patient(&admin, "Dogwood").await;
        member(&admin, &group, &dov).await;
        let seats = admin.get(&format!("/api/sessions/{id}")).await;
        assert_eq!((&seats.data()["current_capacity"], &seats.data()["available_spots"]), (&json!(4), &json!(0)));
        assert_eq!(seats.data()["capacity_percentage"], 200, "a member is always booked");
        admin.post(&path, json!({})).await.expect(422);
        admin.post(&path, json!({ "patient_id": strange_id("pa") })).await.expect_fields(&[("patient_id", "not_found")]);
        let guest = admin.post("/api/guests", json!({ "display_name": "Aunt May" })).await.expect(201).id();
        verb(&admin, &id, first.data()["id"].as_str().unwrap(), "cancel", json!({ "reason": "Ill" })).await.expect(200);
        admin.post(&path, json!({ "guest_id": guest })).await.expect_code(409, "session_full");
        let all = admin.get("/api/participants?q=cedar").await.expect(200);
        assert_eq!(each(&all, "name"), ["Pat Cedar"]);
        let number = first.data()["appointment_number"].as_str().unwrap();
        assert_eq!(each(&admin.get(&format!("/api/participants?q={number}")).await, "name"), ["Pat Alder"]);
        assert_eq!(each(&admin.get("/api/participants?status=cancelled").await, "name"), ["Pat Alder"]);
    }

    /// Times and minutes are corrected by hand, within what can be, and with a reason.
    async fn times_and_minutes_are_corrected(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = today(&admin, &["Alder"]).await;
        let (robin, _) = leader(&app, &admin, Role::Therapist, "Vale").await;
        clear(&admin, &session, &people[0]).await;
        let path = format!("/api/sessions/{session}");
        robin.post(&format!("{path}/start"), json!({})).await.expect(200);
        app.advance(SignedDuration::from_mins(60));
        let one = format!("{path}/participants/{}", people[0]);
        let set = json!({ "status": "attended", "arrival_at": "2026-03-04T10:05", "departed_at": "2026-03-04T10:50" });
        robin.patch(&one, set).await.expect(200);
        robin.post(&format!("{path}/end"), json!({})).await.expect(200);
        let now = admin.get(&one).await;
        assert_eq!((&now.data()["minutes_attended"], &now.data()["left_early_minutes"]), (&json!(45), &json!(10)));
        robin.patch(&one, json!({ "minutes_attended": 50 })).await.expect_fields(&[("reason", "reason_required")]);
        let fixed = robin.patch(&one, json!({ "minutes_attended": 50, "reason": "Stepped out for a call" })).await.expect(200);
        assert_eq!(fixed.data()["minutes_attended"], 50);
        let wrong = json!({ "arrival_at": "2026-03-04T10:55", "departed_at": "2026-03-04T10:50", "minutes_attended": 999 });
        robin.patch(&one, wrong).await.expect_fields(&[
            ("departed_at", "outside_session"), ("minutes_attended", "out_of_range"), ("reason", "reason_required"),
        ]);
        let reckoned = robin.patch(&one, json!({ "minutes_attended": null, "departed_at": null })).await.expect(200);
        assert_eq!(reckoned.data()["minutes_attended"], 55);
        let program = app.as_program(&[Permission::ParticipantCheckin]).await;
        program.patch(&one, json!({ "participation_level": "engaged" })).await.expect_code(403, "forbidden");
        robin.patch(&one, json!({ "participation_level": "engaged", "patient_at": "clinic" })).await.expect(200);
    }

    /// Thirty-two taps on the same row: each is answered, and the row is where the last led.
    async fn taps_at_once_do_not_get_lost(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "finance_gate": false, "consent_gate": false })).await.expect(200);
        let (session, people) = today(&admin, &["Alder", "Birch"]).await;
        let mut taps = tokio::task::JoinSet::new();
        for number in 0..32 {
            let (admin, session, id) = (admin.clone(), session.clone(), people[number % 2].clone());
            taps.spawn(async move {
                let name = if number % 4 < 2 { "check-in" } else { "undo" };
                let answer = verb(&admin, &session, &id, name, json!({})).await;
                assert!([200, 409].contains(&answer.status), "{answer}");
                answer.status == 200
            });
        }
        let done = taps.join_all().await.into_iter().filter(|done| *done).count();
        let told = app.count_of("participant.arrived").await + app.count_of("participant.booked").await;
        // Each of the two was booked once by the schedule of the group, told as one event of the session.
        assert!(told >= done, "{told} events for {done} taps");
        app.seal_and_verify().await;
    }
}

fn each_leader(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let leaders = answer.data()["leaders"].as_array().unwrap();
    leaders.iter().map(|leader| (text(&leader["practitioner_id"]), text(&leader["role"]))).collect()
}
