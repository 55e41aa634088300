//! Who leads while somebody is away, what clashes now, what would, and who could take a session.

use super::*;

/// The leaders of a session, as ids.
async fn leaders(admin: &Client, session: &str) -> Vec<String> {
    let shown = admin.get(&format!("/api/sessions/{session}")).await.expect(200);
    let leaders = shown.data()["leaders"].as_array().unwrap().iter();
    leaders.map(|one| one["practitioner_id"].as_str().unwrap().to_owned()).collect()
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

on_both! {
    /// The substitute takes the sessions they are free for, as what the other was; the rest is listed. The series and
    /// the group go on, and the substitute stays.
    async fn sessions_are_handed_over(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own) = therapist(&app, &admin, Role::Therapist).await;
        let (substitute, third) = (practitioner(&admin, "Second").await, practitioner(&admin, "Third").await);
        let group = group(&admin, json!({ "facilitator_id": own })).await;
        let (first, second, later) = (
            session(&admin, &group, "2026-03-09T09:00").await,
            session(&admin, &group, "2026-03-10T09:00").await,
            session(&admin, &group, "2026-03-12T09:00").await,
        );
        admin.post("/api/sessions", led_by(&[&substitute], "2026-03-10T09:30")).await.expect(201);
        let off = json!({ "kind": "vacation", "first_day": "2026-03-09", "last_day": "2026-03-10", "substitute_id": substitute });
        let off = robin.post(&format!("/api/practitioners/{own}/time-off"), off).await.expect(201).id();
        let path = format!("/api/time-off/{off}");
        let preview = admin.get(&format!("{path}/sessions")).await.expect(200);
        assert_eq!(preview.items().len(), 2);
        assert!(preview.items()[0]["substitute_clashes"].as_array().unwrap().is_empty());
        assert_eq!(codes(&preview.items()[1]["substitute_clashes"]), ["taken"]);
        app.as_role(Role::Nurse).await.get(&format!("{path}/sessions")).await.expect_code(404, "not_found");
        let done = admin.with_key("once").post(&format!("{path}/approve"), json!({ "reassign": true })).await.expect(200);
        let again = admin.with_key("once").post(&format!("{path}/approve"), json!({ "reassign": true })).await.expect(200);
        assert_eq!(done.data(), again.data(), "a double click approves once");
        assert_eq!(done.data()["time_off"]["status"], "approved");
        assert_eq!(done.data()["handed_over"][0]["id"], first);
        assert_eq!(done.data()["needs_cover"][0]["session"]["id"], second);
        assert_eq!(leaders(&admin, &first).await, [substitute.as_str()]);
        assert_eq!((leaders(&admin, &second).await, leaders(&admin, &later).await), (vec![own.clone()], vec![own.clone()]));
        let cover = admin.get("/api/sessions/conflicts?what=time_off").await.expect(200);
        assert_eq!(cover.items().len(), 1);
        assert_eq!(cover.items()[0]["session"]["id"], second);
        // The group changes: its sessions follow, and who stands in stays.
        admin.patch(&format!("/api/groups/{group}"), json!({ "name": "Renamed", "facilitator_id": third })).await.expect(200);
        assert_eq!(leaders(&admin, &later).await, [third.as_str()]);
        let renamed = admin.get(&format!("/api/sessions/{first}")).await;
        assert_eq!((&renamed.data()["title"], &renamed.data()["edited_by_hand"]), (&json!("Renamed"), &json!(false)));
        admin.patch(&format!("/api/groups/{group}"), json!({ "facilitator_id": own })).await.expect(200);
        assert_eq!(leaders(&admin, &later).await, [own.as_str()]);
        app.seal_and_verify().await;
    }

    /// Standing in survives a group whose leader stays the same.
    async fn a_substitute_stays_while_the_leader_is_the_same(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (own, substitute) = (practitioner(&admin, "First").await, practitioner(&admin, "Second").await);
        let group = group(&admin, json!({ "facilitator_id": own })).await;
        let id = session(&admin, &group, "2026-03-09T09:00").await;
        let off = json!({ "kind": "other", "first_day": "2026-03-09", "substitute_id": substitute });
        let off = admin.post(&format!("/api/practitioners/{own}/time-off"), off).await.expect(201).id();
        let manager = app.as_role(Role::Manager).await;
        manager.post(&format!("/api/time-off/{off}/approve"), json!({ "reassign": true })).await.expect(200);
        admin.patch(&format!("/api/groups/{group}"), json!({ "name": "Renamed" })).await.expect(200);
        assert_eq!(leaders(&admin, &id).await, [substitute.as_str()]);
        let shown = admin.get(&format!("/api/sessions/{id}")).await;
        assert_eq!((&shown.data()["title"], &shown.data()["leaders"][0]["role"]), (&json!("Renamed"), &json!("primary")));
        admin.post(&format!("/api/time-off/{off}/withdraw"), json!({})).await.expect(200);
        assert_eq!(leaders(&admin, &id).await, [substitute], "taking it back leaves the session where it is");
    }

    /// Handing over needs somebody to hand over to.
    async fn nobody_is_no_substitute(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (own, substitute) = (practitioner(&admin, "First").await, practitioner(&admin, "Second").await);
        let off = asked(&admin, &own, "2026-03-09", "2026-03-09").await;
        let path = format!("/api/time-off/{off}");
        admin.post(&format!("{path}/approve"), json!({ "reassign": true })).await.expect_fields(&[("reassign", "no_substitute")]);
        admin.patch(&path, json!({ "substitute_id": substitute })).await.expect(200);
        admin.patch(&format!("/api/practitioners/{substitute}"), json!({ "is_active": false })).await.expect(200);
        admin.post(&format!("{path}/approve"), json!({ "reassign": true })).await.expect_fields(&[("reassign", "inactive")]);
        admin.with_if_match(1).post(&format!("{path}/approve"), json!({})).await.expect_code(412, "stale");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        stranger.post(&format!("{path}/approve"), json!({})).await.expect_code(404, "not_found");
        assert_eq!(app.count_of("time_off.approved").await, 0);
    }

    /// What clashes now is listed by time, in pages; the same is answered before saving.
    async fn what_clashes_is_listed_and_asked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = admin.post("/api/sites", json!({ "name": "Main", "zone": "America/Phoenix" })).await.expect(201).id();
        let room = admin.post("/api/rooms", json!({ "site_id": site, "name": "Room 1" })).await.expect(201).id();
        let (first, second) = (practitioner(&admin, "First").await, practitioner(&admin, "Second").await);
        let mut made = Vec::new();
        for (who, at) in [(&first, "09:00"), (&first, "09:30"), (&second, "09:45"), (&second, "14:00")] {
            let mut new = led_by(&[who], &format!("2026-03-09T{at}"));
            new["site_id"] = json!(site);
            new["room_id"] = json!(room);
            new["override_conflict"] = json!(true);
            new["reason"] = json!("Told by the story.");
            made.push(admin.post("/api/sessions", new).await.expect(201).id());
        }
        let listed = admin.get("/api/sessions/conflicts").await.expect(200);
        let ids: Vec<Value> = listed.items().iter().map(|item| item["session"]["id"].clone()).collect();
        assert_eq!(ids, made[..3]);
        assert_eq!(codes(&listed.items()[0]["clashes"]), ["taken", "taken", "taken"], "the room twice, the leader once");
        let page = admin.get("/api/sessions/conflicts?limit=2").await.expect(200);
        let rest = admin.get(&format!("/api/sessions/conflicts?limit=2&cursor={}", page.next().unwrap())).await;
        assert_eq!((page.items().len(), rest.items().len(), rest.next()), (2, 1, None));
        assert_eq!(admin.get(&format!("/api/sessions/conflicts?practitioner_id={second}")).await.items().len(), 1);
        assert_eq!(admin.get(&format!("/api/sessions/conflicts?room_id={room}&site_id={site}")).await.items().len(), 3);
        assert!(admin.get("/api/sessions/conflicts?what=outside_hours").await.items().is_empty());
        assert!(admin.get("/api/sessions/conflicts?date_from=2026-03-10").await.items().is_empty());
        admin.get("/api/sessions/conflicts?date_from=2026-03-10&date_to=2026-07-01").await.expect_fields(&[("date_to", "out_of_range")]);

        works(&admin, &second, &["monday"], "09:00", "12:00").await.expect(200);
        let ask = |more: Value| {
            let mut body = json!({ "starts_at": "2026-03-09T13:30", "leader_ids": [second], "room_id": room, "site_id": site });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let asked = admin.post("/api/sessions/conflicts", ask(json!({}))).await.expect(200);
        assert_eq!(codes(asked.data()), ["taken", "taken", "outside_hours"]);
        let own = admin.post("/api/sessions/conflicts", ask(json!({ "session_id": made[3] }))).await.expect(200);
        assert_eq!(codes(own.data()), ["outside_hours"]);
        let dragged = json!({ "session_id": made[3], "starts_at": "2026-03-09T10:00", "duration_minutes": 30 });
        let dragged = admin.post("/api/sessions/conflicts", dragged).await.expect(200);
        assert_eq!(codes(dragged.data()), ["taken", "taken", "taken"], "room of two, and who leads it leads another");
        admin.post("/api/sessions/conflicts", json!({})).await.expect_fields(&[("starts_at", "missing")]);
        admin.post("/api/sessions/conflicts", ask(json!({ "duration_minutes": 4000 }))).await.expect_fields(&[("ends_at", "out_of_range")]);
        admin.post("/api/sessions/conflicts", json!({ "session_id": strange_id("ses") })).await.expect_fields(&[("session_id", "not_found")]);
        let strange = json!({ "session_id": strange_id("ses"), "site_id": strange_id("site"), "room_id": strange_id("room"),
            "leader_ids": [first, strange_id("prac")], "patient_ids": [strange_id("pa")], "starts_at": "2026-03-09T13:30" });
        admin.post("/api/sessions/conflicts", strange).await.expect_fields(&[
            ("session_id", "not_found"), ("site_id", "not_found"), ("room_id", "not_found"), ("leader_ids[1]", "not_found"), ("patient_ids[0]", "not_found"),
        ]);
        let many = vec![json!(strange_id("pa")); 201];
        admin.post("/api/sessions/conflicts", ask(json!({ "patient_ids": many }))).await.expect_fields(&[("patient_ids", "too_many")]);
        assert_eq!(app.count_of("session.scheduled").await, 4, "asking changes nothing");
        app.as_role(Role::Auditor).await.post("/api/sessions/conflicts", ask(json!({}))).await.expect_code(403, "forbidden");
    }

    /// A participant's other session is a warning in the question, and refuses nothing at booking or walking in.
    async fn a_participants_overlap_warns(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let pat = crate::sessions::patient(&admin, "Stone").await;
        let one = admin.post("/api/sessions", json!({ "starts_at": "2026-03-04T10:00" })).await.expect(201).id();
        let other = admin.post("/api/sessions", json!({ "starts_at": "2026-03-04T10:30" })).await.expect(201).id();
        admin.post(&format!("/api/sessions/{one}/add-patient"), json!({ "patient_id": pat })).await.expect(201);
        let asked = admin.post("/api/sessions/conflicts", json!({ "session_id": other, "patient_ids": [pat] })).await.expect(200);
        assert_eq!(codes(asked.data()), ["patient_overlap"]);
        assert_eq!(asked.items()[0]["session_id"], one);
        let (_, own) = therapist(&app, &admin, Role::Therapist).await;
        admin.post(&format!("/api/sessions/{other}/leaders"), json!({ "practitioner_id": own })).await.expect(200);
        let walked = json!({ "patient_id": pat, "source": "walk_in" });
        let walked = admin.post(&format!("/api/sessions/{other}/add-patient"), walked).await.expect(201);
        assert_eq!(codes(&walked.data()["warnings"]), ["patient_overlap"]);
    }

    /// The free ones first, then what speaks for them; the others with what is in their way.
    async fn who_could_take_a_session(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let add = |family: &'static str, discipline: &'static str| {
            let admin = admin.clone();
            async move {
                let new = json!({ "family_name": family, "given_name": "Robin", "discipline": discipline });
                admin.post("/api/practitioners", new).await.expect(201).id()
            }
        };
        let (leads, away, busy) = (add("Leads", "psychology").await, add("Away", "psychology").await, add("Busy", "ot").await);
        let (alike, facilitator, other) = (add("Zane", "psychology").await, add("Young", "ot").await, add("Adams", "ot").await);
        let gone = add("Gone", "psychology").await;
        admin.patch(&format!("/api/practitioners/{gone}"), json!({ "is_active": false })).await.expect(200);
        let group = group(&admin, json!({ "facilitator_id": facilitator })).await;
        let new = json!({ "group_id": group, "starts_at": "2026-03-09T09:00", "leaders": [{ "practitioner_id": leads }] });
        let id = admin.post("/api/sessions", new).await.expect(201).id();
        let off = asked(&admin, &away, "2026-03-09", "2026-03-09").await;
        admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
        admin.post("/api/sessions", led_by(&[&busy], "2026-03-09T09:30")).await.expect(201);
        works(&admin, &busy, &["friday"], "09:00", "12:00").await.expect(200);
        let found = admin.get(&format!("/api/sessions/{id}/substitutes")).await.expect(200);
        assert_eq!(each(&found, "practitioner_id"), [json!(facilitator), json!(alike), json!(other), json!(away), json!(busy)]);
        assert_eq!(each(&found, "is_free"), [true, true, true, false, false]);
        assert_eq!(codes(&found.items()[3]["clashes"]), ["time_off"]);
        assert_eq!(codes(&found.items()[4]["clashes"]), ["taken", "outside_hours"]);
        assert_eq!(found.items()[3]["clashes"][0]["message"], "Robin Away is away.");
        // One press: in the place of who leads it, or of another who is away.
        let path = format!("/api/sessions/{id}/leaders");
        let strange = json!({ "change": "replace", "practitioner_id": alike, "instead_of": other });
        admin.post(&path, strange).await.expect_fields(&[("instead_of", "not_found")]);
        let added = json!({ "practitioner_id": alike, "instead_of": leads });
        admin.post(&path, added).await.expect_fields(&[("instead_of", "invalid")]);
        admin.post(&path, json!({ "practitioner_id": facilitator })).await.expect(200);
        admin.post(&path, json!({ "change": "replace", "practitioner_id": alike })).await.expect(200);
        let shown = admin.get(&format!("/api/sessions/{id}")).await;
        assert_eq!((&shown.data()["leaders"][0]["practitioner_id"], &shown.data()["leaders"][0]["role"]), (&json!(alike), &json!("primary")));
        assert_eq!(leaders(&admin, &id).await.len(), 2, "who was replaced leads no more");
        let co = json!({ "change": "replace", "practitioner_id": other, "instead_of": facilitator });
        let shown = admin.post(&path, co).await.expect(200);
        assert_eq!((&shown.data()["leaders"][1]["practitioner_id"], &shown.data()["leaders"][1]["role"]), (&json!(other), &json!("co")));
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        stranger.get(&format!("/api/sessions/{id}/substitutes")).await.expect_code(404, "not_found");
    }
}
