//! Bookings follow the roster, sessions follow their group.

use super::*;

on_both! {
    /// A member is booked into the sessions to come, loses the places on leaving, and has the same ones again later.
    async fn bookings_follow_the_roster(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let (ann, ben) = (patient(&admin, "Alder").await, patient(&admin, "Birch").await);
        let past = session(&admin, &group, "2026-03-02T09:00").await;
        let first = session(&admin, &group, "2026-03-09T09:00").await;
        member(&admin, &group, &ann).await;
        let second = session(&admin, &group, "2026-03-16T09:00").await;
        let stint = member(&admin, &group, &ben).await;
        assert!(participants(&admin, &past).await.items().is_empty(), "the past is untouched");
        for id in [&first, &second] {
            let booked = participants(&admin, id).await;
            assert_eq!(each(&booked, "name"), ["Pat Alder", "Pat Birch"]);
            assert_eq!(each(&booked, "status"), ["booked", "booked"]);
            assert_eq!(each(&booked, "source"), ["roster", "roster"]);
        }
        let numbers = each(&participants(&admin, &first).await, "appointment_number");
        admin.delete(&format!("/api/groups/{group}/members/{stint}")).await.expect(200);
        for id in [&first, &second] {
            let left = participants(&admin, id).await;
            assert_eq!(each(&left, "status"), ["booked", "cancelled"]);
            assert_eq!(left.items()[1]["cancellation_reason"], "left the group");
        }
        member(&admin, &group, &ben).await;
        let again = participants(&admin, &first).await;
        assert_eq!(each(&again, "status"), ["booked", "booked"]);
        assert_eq!(each(&again, "appointment_number"), numbers, "the same booking with its number");
        let of_ben = admin.get(&format!("/api/patients/{ben}/sessions")).await.expect(200);
        assert_eq!(of_ben.items().len(), 2);
        assert_eq!(of_ben.items()[0]["session"]["id"], first);
        app.seal_and_verify().await;
    }

    /// Who waits is not booked; who is promoted is.
    async fn a_promoted_member_is_booked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({ "max_participants": 2 })).await;
        let session = session(&admin, &group, "2026-03-09T09:00").await;
        let mut stints = Vec::new();
        for name in ["Alder", "Birch", "Cedar"] {
            stints.push(member(&admin, &group, &patient(&admin, name).await).await);
        }
        assert_eq!(each(&participants(&admin, &session).await, "name"), ["Pat Alder", "Pat Birch"]);
        admin.delete(&format!("/api/groups/{group}/members/{}", stints[0])).await.expect(200);
        let now = participants(&admin, &session).await;
        assert_eq!(each(&now, "name"), ["Pat Alder", "Pat Birch", "Pat Cedar"]);
        assert_eq!(each(&now, "status"), ["cancelled", "booked", "booked"]);
        let seats = admin.get(&format!("/api/sessions/{session}")).await;
        assert_eq!((&seats.data()["current_capacity"], &seats.data()["is_full"]), (&json!(2), &json!(true)));
        assert!(admin.get("/api/sessions/available").await.items().is_empty());
    }

    /// Archiving a group cancels what is to come, and that comes back with it.
    async fn archiving_cancels_and_restoring_reinstates(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        let past = session(&admin, &group, "2026-03-02T09:00").await;
        let coming = session(&admin, &group, "2026-03-09T09:00").await;
        admin.delete(&format!("/api/groups/{group}")).await.expect(200);
        let read = async |id: &str| admin.get(&format!("/api/sessions/{id}")).await.expect(200).data().clone();
        let cancelled = read(&coming).await;
        assert_eq!((&cancelled["status"], &cancelled["cancellation_reason"]), (&json!("cancelled"), &json!("group archived")));
        assert_eq!(read(&past).await["status"], "scheduled");
        admin.post(&format!("/api/groups/{group}/restore"), json!({})).await.expect(200);
        let back = read(&coming).await;
        assert_eq!((&back["status"], &back["cancellation_reason"]), (&json!("scheduled"), &Value::Null));
        assert_eq!(back["current_capacity"], 1);
        let encounter = admin.get(&format!("/api/encounters/{}", back["encounter_id"].as_str().unwrap())).await;
        assert_eq!(encounter.data()["status"], "planned");
    }

    /// Sessions to come follow their group, unless somebody edited them by hand.
    async fn sessions_follow_their_group(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (dana, kim) = (practitioner(&admin, "Whitfield").await, practitioner(&admin, "Kim").await);
        let group = group(&admin, json!({ "facilitator_id": dana })).await;
        let plain = session(&admin, &group, "2026-03-09T09:00").await;
        let edited = json!({ "group_id": group, "starts_at": "2026-03-16T09:00", "title": "Graduation" });
        let edited = admin.post("/api/sessions", edited).await.expect(201).id();
        let site = json!({ "name": "East", "zone": "America/New_York", "address": "" });
        let site = admin.post("/api/sites", site).await.expect(201).id();
        let change = json!({
            "name": "Calm", "facilitator_id": kim, "site_id": site, "duration_minutes": 90, "max_participants": 5,
        });
        admin.patch(&format!("/api/groups/{group}"), change).await.expect(200);
        let read = async |id: &str| admin.get(&format!("/api/sessions/{id}")).await.expect(200).data().clone();
        let followed = read(&plain).await;
        assert_eq!((&followed["title"], &followed["max_capacity"]), (&json!("Calm"), &json!(5)));
        assert_eq!(followed["leaders"][0]["practitioner_id"], kim);
        assert_eq!(followed["starts_at"], "2026-03-09T09:00:00-04:00", "nine o'clock stays nine o'clock");
        assert_eq!(followed["ends_at"], "2026-03-09T10:30:00-04:00");
        let kept = read(&edited).await;
        assert_eq!((&kept["title"], &kept["max_capacity"]), (&json!("Graduation"), &json!(20)));
        assert_eq!(kept["leaders"][0]["practitioner_id"], dana);
        assert_eq!(kept["starts_at"], "2026-03-16T09:00:00-07:00");
    }

    /// A leader and a room are in one place at a time, unless somebody says why not.
    async fn nobody_is_in_two_places_at_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let site = admin.post("/api/sites", json!({ "name": "East", "zone": "America/Phoenix" })).await.expect(201).id();
        let room = json!({ "site_id": site, "name": "Room 1" });
        let room = admin.post("/api/rooms", room).await.expect(201).id();
        let at = |time: &str| json!({ "starts_at": format!("2026-03-09T{time}"), "site_id": site });
        let with = |time: &str, field: &str, value: Value| {
            let mut new = at(time);
            new[field] = value;
            new
        };
        let leads = json!([{ "practitioner_id": dana }]);
        admin.post("/api/sessions", with("09:00", "leaders", leads.clone())).await.expect(201);
        admin.post("/api/sessions", with("09:00", "room_id", json!(room))).await.expect(201);
        let clash = admin.post("/api/sessions", with("09:30", "leaders", leads.clone())).await.expect_code(409, "conflict");
        assert_eq!(clash.field_errors(), [("leaders".to_owned(), "taken".to_owned())]);
        let clash = admin.post("/api/sessions", with("08:30", "room_id", json!(room))).await.expect_code(409, "conflict");
        assert_eq!(clash.field_errors(), [("room_id".to_owned(), "taken".to_owned())]);
        admin.post("/api/sessions", with("10:00", "leaders", leads.clone())).await.expect(201);
        let mut anyway = with("09:30", "leaders", leads);
        anyway["override_conflict"] = json!(true);
        admin.post("/api/sessions", anyway.clone()).await.expect_fields(&[("reason", "reason_required")]);
        anyway["reason"] = json!("Two short groups side by side");
        let therapist = app.as_role(Role::Therapist).await;
        therapist.post("/api/sessions", anyway.clone()).await.expect_code(403, "forbidden");
        let made = admin.post("/api/sessions", anyway).await.expect(201);
        assert_eq!((&made.data()["has_conflict"], &made.data()["conflict_reason"]), (&json!(true), &json!("Two short groups side by side")));
    }

    /// An individual session is for one patient, whose other session at that time is worth a word.
    async fn an_individual_session_has_its_patient(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let ann = patient(&admin, "Alder").await;
        let new = json!({ "patient_id": ann, "starts_at": "2026-03-09T09:00" });
        let made = admin.post("/api/sessions", new.clone()).await.expect(201);
        assert_eq!((&made.data()["session_type"], &made.data()["max_capacity"]), (&json!("individual"), &json!(1)));
        assert_eq!((&made.data()["is_full"], &made.data()["warnings"]), (&json!(true), &json!([])));
        let encounter = admin.get(&format!("/api/encounters/{}", made.data()["encounter_id"].as_str().unwrap())).await;
        assert_eq!((&encounter.data()["subject_type"], &encounter.data()["patient_id"]), (&json!("patient"), &json!(ann)));
        let second = admin.post("/api/sessions", new).await.expect(201);
        assert_eq!(second.data()["warnings"][0]["code"], "patient_overlap");
        assert_eq!(second.data()["warnings"][0]["session_id"], made.id());
        let nobody = json!({ "patient_id": strange_id("pa"), "starts_at": "2026-03-09T09:00" });
        admin.post("/api/sessions", nobody).await.expect_fields(&[("patient_id", "not_found")]);
    }
}
