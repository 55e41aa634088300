//! Cancelling the sessions of some days at once, sessions with free places, and how many seats a session may have.

use rules::permissions::Role;
use serde_json::{Value, json};

use super::{each, group, member, patient, practitioner, session};
use crate::harness::{PASSWORD, TestApp, on_both};

on_both! {
    /// The scheduled sessions of some days are cancelled with one event; others, and what has begun, are not touched.
    async fn the_sessions_of_some_days_are_cancelled(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let (one, two) = (group(&admin, json!({ "facilitator_id": dana })).await, group(&admin, json!({ "name": "Second" })).await);
        member(&admin, &one, &patient(&admin, "Alder").await).await;
        for day in ["2026-03-09", "2026-03-10", "2026-03-16"] {
            session(&admin, &one, &format!("{day}T09:00")).await;
            session(&admin, &two, &format!("{day}T12:00")).await;
        }
        let week = json!({ "date_from": "2026-03-09", "date_to": "2026-03-13" });
        let asked = admin.post("/api/sessions/cancel?dry_run=true", week.clone()).await.expect(200);
        assert_eq!((&asked.data()["count"], &asked.data()["participants"], &asked.data()["dry_run"]), (&json!(4), &json!(1), &json!(true)));
        assert_eq!(app.count_of("session.cancelled").await, 0, "only asked");
        let mut led = week.clone();
        led["practitioner_id"] = json!(dana);
        led["reason"] = json!("Away");
        let done = admin.post("/api/sessions/cancel", led.clone()).await.expect(200);
        assert_eq!((&done.data()["count"], &done.data()["sessions"][0]["local_date"]), (&json!(2), &json!("2026-03-09")));
        assert_eq!(app.count_of("session.cancelled").await, 1, "one event however many");
        let gone = admin.get("/api/sessions?status=cancelled").await.expect(200);
        assert_eq!((each(&gone, "group_id"), each(&gone, "cancellation_reason")), (vec![json!(one); 2], vec![json!("Away"); 2]));
        admin.post("/api/sessions/cancel", led).await.expect_code(422, "nothing_to_cancel");
        assert_eq!(admin.get("/api/sessions?status=scheduled").await.expect(200).items().len(), 4);
        app.seal_and_verify().await;
    }

    /// What is asked wrongly is said; who may not, may not; another organization's sessions are not there.
    async fn a_range_is_checked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        session(&admin, &group, "2026-03-09T09:00").await;
        let path = "/api/sessions/cancel";
        admin.post(path, json!({ "date_from": "2026-03-10", "date_to": "2026-03-09" })).await
            .expect_fields(&[("date_to", "out_of_range"), ("reason", "reason_required")]);
        let day = json!({ "date_from": "2026-03-09", "date_to": "2026-03-09", "reason": "Closed" });
        app.as_role(Role::Receptionist).await.post(path, day.clone()).await.expect_code(403, "forbidden");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        stranger.post(path, day.clone()).await.expect_code(422, "nothing_to_cancel");
        admin.post(path, day).await.expect(200);
    }

    /// Days the wrong way round are a mistake, said wherever a list takes them, and never an empty answer.
    async fn days_the_wrong_way_round_are_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (pat, prac) = (patient(&admin, "Alder").await, practitioner(&admin, "Vale").await);
        admin.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let (chart, time_off) = (format!("patients/{pat}/chart"), format!("practitioners/{prac}/time-off"));
        for list in [
            "sessions", "sessions/available", "audit", &*chart, "exports/schedule.csv", "exports/sessions.csv", "time-off", &*time_off,
        ] {
            let refused = admin.get(&format!("/api/{list}?date_from=2026-03-10&date_to=2026-03-09")).await;
            let refused = refused.expect_fields(&[("date_to", "out_of_range")]);
            assert_eq!(refused.json["detail"], "`date_to` must not be before `date_from`, 2026-03-10, and is 2026-03-09.", "{list}");
            admin.get(&format!("/api/{list}?date_from=2026-03-09&date_to=2026-03-09")).await.expect(200);
        }
    }

    /// Sessions with free places: scheduled, to come, soonest first, by place, leader, service and days.
    async fn open_places_are_found(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let site = admin.post("/api/sites", json!({ "name": "East", "zone": "America/Phoenix" })).await.expect(201).id();
        let make = async |more: Value| {
            let mut new = json!({ "title": "Open group", "starts_at": "2026-03-10T09:00", "max_capacity": 2 });
            new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin.post("/api/sessions", new).await.expect(201).id()
        };
        let late = make(json!({ "starts_at": "2026-03-12T09:00", "site_id": site, "service_type": "Skills" })).await;
        let soon = make(json!({ "starts_at": "2026-03-10T09:00", "leaders": [{ "practitioner_id": dana }] })).await;
        let full = make(json!({ "starts_at": "2026-03-11T09:00" })).await;
        for name in ["Alder", "Birch"] {
            let body = json!({ "patient_id": patient(&admin, name).await });
            admin.post(&format!("/api/sessions/{full}/add-patient"), body).await.expect(201);
        }
        let gone = make(json!({ "starts_at": "2026-03-13T09:00" })).await;
        admin.post(&format!("/api/sessions/{gone}/cancel"), json!({ "reason": "Snow" })).await.expect(200);
        let front_desk = app.as_role(Role::Receptionist).await;
        let open = async |query: &str| each(&front_desk.get(&format!("/api/sessions/available{query}")).await.expect(200), "id");
        assert_eq!(open("").await, [json!(soon), json!(late)]);
        assert_eq!(open(&format!("?site_id={site}")).await, [json!(late)]);
        assert_eq!(open(&format!("?facilitator_id={dana}")).await, [json!(soon)]);
        assert_eq!(open("?service_type=Skills").await, [json!(late)]);
        assert_eq!(open("?date_from=2026-03-11&date_to=2026-03-12").await, [json!(late)]);
        let first = front_desk.get("/api/sessions/available?limit=1").await.expect(200);
        assert_eq!((&first.items()[0]["available_spots"], first.items().len()), (&json!(2), 1));
        let cursor = first.json["page"]["next"].as_str().unwrap_or_default();
        assert_eq!(open(&format!("?limit=1&cursor={cursor}")).await, [json!(late)]);
        let body = json!({ "patient_id": patient(&admin, "Cedar").await });
        front_desk.post(&format!("/api/sessions/{soon}/add-patient"), body).await.expect(201);
        let spots = front_desk.get("/api/sessions/available").await.expect(200);
        assert_eq!(each(&spots, "available_spots")[0], json!(1), "filled later");
    }

    /// Session creation with various capacities: one for an individual session, 2 to 20 for a group, 0 and 21 refused.
    async fn capacities_at_their_bounds(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let pat = patient(&admin, "Alder").await;
        for (day, seats, is_good) in [(1, 0, false), (2, 1, true), (3, 2, false), (4, 20, false), (5, 21, false)] {
            let new = json!({ "patient_id": pat, "starts_at": format!("2026-04-0{day}T09:00"), "max_capacity": seats });
            let made = admin.post("/api/sessions", new).await;
            assert_eq!(made.status == 201, is_good, "individual with {seats}: {made}");
        }
        for (day, seats, is_good) in [(1, 0, false), (2, 1, false), (3, 2, true), (4, 20, true), (5, 21, false)] {
            let new = json!({ "title": "Open group", "starts_at": format!("2026-04-0{day}T12:00"), "max_capacity": seats });
            let made = admin.post("/api/sessions", new).await;
            match is_good {
                true => drop(made.expect(201)),
                false => drop(made.expect_fields(&[("max_capacity", "out_of_range")])),
            }
        }
        let site = admin.post("/api/sites", json!({ "name": "East", "zone": "America/Phoenix" })).await.expect(201).id();
        let room = admin.post("/api/rooms", json!({ "site_id": site, "name": "Small", "seats": 8 })).await.expect(201).id();
        let crowded = json!({ "title": "Open group", "starts_at": "2026-04-07T12:00", "site_id": site, "room_id": room });
        let crowded = admin.post("/api/sessions", crowded).await.expect(201);
        assert_eq!(crowded.data()["warnings"][0]["code"], "room_too_small", "told, not refused: people may take part from elsewhere");
        let usual = admin.post("/api/sessions", json!({ "title": "Open group", "starts_at": "2026-04-06T12:00" })).await.expect(201);
        assert_eq!((&usual.data()["max_capacity"], &usual.data()["current_capacity"]), (&json!(20), &json!(0)), "empty, to be filled later");
    }

    /// Adding up to the capacity, and nobody beyond it: two and twenty seats, in a session and in a group.
    async fn filled_to_capacity_and_no_further(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut people = Vec::new();
        for number in 0..21 {
            people.push(patient(&admin, &format!("Person{number}")).await);
        }
        for (day, seats) in [(1, 2), (2, 20)] {
            let new = json!({ "title": "Open group", "starts_at": format!("2026-04-0{day}T09:00"), "max_capacity": seats });
            let made = admin.post("/api/sessions", new).await.expect(201).id();
            let path = format!("/api/sessions/{made}/add-patient");
            for who in &people[..seats] {
                admin.post(&path, json!({ "patient_id": who })).await.expect(201);
            }
            admin.post(&path, json!({ "patient_id": people[seats] })).await.expect_code(409, "session_full");
            let full = admin.get(&format!("/api/sessions/{made}")).await.expect(200);
            assert_eq!(["current_capacity", "available_spots", "is_full"].map(|field| full.data()[field].clone()), [json!(seats), json!(0), json!(true)]);

            let group = group(&admin, json!({ "max_participants": seats, "when_full": "reject" })).await;
            let rows: Vec<Value> = people[..seats].iter().map(|who| json!({ "patient_id": who })).collect();
            let done = admin.post(&format!("/api/groups/{group}/members/batch"), json!({ "members": rows })).await.expect(201);
            assert_eq!(done.data()["created"], json!(seats));
            let one_more = json!({ "patient_id": people[seats] });
            admin.post(&format!("/api/groups/{group}/members"), one_more).await.expect_code(409, "group_full");
            let shown = admin.get(&format!("/api/groups/{group}")).await.expect(200);
            assert_eq!((&shown.data()["seats"]["taken"], &shown.data()["seats"]["is_full"]), (&json!(seats), &json!(true)));
        }
    }
}
