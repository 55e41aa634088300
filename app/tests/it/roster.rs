//! Groups and their rosters, as a manager and a program meet them.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, on_both};

pub async fn guests(client: &Client, how_many: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 1..=how_many {
        let guest = json!({ "display_name": format!("Guest {number}") });
        ids.push(client.post("/api/groups/guests", guest).await.expect(201).id());
    }
    ids
}

pub async fn group(client: &Client, fields: Value) -> String {
    let mut group = json!({ "name": "Monday skills", "type": "skills_training" });
    group.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    client.post("/api/groups", group).await.expect(201).id()
}

pub async fn add(client: &Client, group: &str, guest: &str) -> Value {
    let member = json!({ "member_type": "guest", "guest_id": guest });
    client.post(&format!("/api/groups/{group}/members"), member).await.expect(201).data().clone()
}

pub fn of<'a>(members: &'a [Value], field: &str) -> Vec<&'a Value> {
    members.iter().map(|member| &member[field]).collect()
}

on_both! {
    async fn twelve_have_seats_three_wait_and_the_first_waiting_moves_up(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = guests(&manager, 15).await;
        let group = group(&manager, json!({ "max_participants": 12 })).await;
        let mut members = Vec::new();
        for person in &people {
            members.push(add(&manager, &group, person).await);
        }
        assert!(members[..12].iter().all(|member| member["status"] == "active"));
        assert!(of(&members[12..], "status").iter().all(|status| *status == "waitlisted"));
        assert_eq!(of(&members[12..], "waitlist_position"), [&json!(1), &json!(2), &json!(3)]);

        let third = members[2]["id"].as_str().unwrap();
        let removal = manager.delete(&format!("/api/groups/{group}/members/{third}?reason=Moved%20away")).await.expect(200);
        assert_eq!(removal.data()["member"]["status"], "left");
        assert_eq!(removal.data()["member"]["left_reason"], "Moved away");
        assert_eq!(of(removal.data()["promoted"].as_array().unwrap(), "id"), [&members[12]["id"]]);

        let line = manager.get(&format!("/api/groups/{group}/members?status=waitlisted")).await.expect(200);
        assert_eq!(of(line.items(), "waitlist_position"), [&json!(1), &json!(2)]);
        let seats = manager.get(&format!("/api/groups/{group}")).await.expect(200).data()["seats"].clone();
        assert_eq!((&seats["taken"], &seats["waiting"], &seats["is_full"]), (&json!(12), &json!(2), &json!(true)));
        assert_eq!(app.count_of("member.promoted").await, 1);
        assert_eq!(app.count_of("capacity.full").await, 1);
        app.seal_and_verify().await;
    }

    async fn nobody_is_in_a_group_twice_and_who_left_may_come_back(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let person = guests(&manager, 1).await.remove(0);
        let group = group(&manager, json!({})).await;
        let first = add(&manager, &group, &person).await;
        let again = json!({ "guest_id": person });
        let members = format!("/api/groups/{group}/members");
        manager.post(&members, again.clone()).await.expect_code(409, "already_member");
        manager.delete(&format!("{members}/{}", first["id"].as_str().unwrap())).await.expect(200);
        manager.delete(&format!("{members}/{}", first["id"].as_str().unwrap())).await.expect_code(409, "invalid_transition");
        let second = manager.post(&members, again).await.expect(201);
        assert_ne!(second.data()["id"], first["id"], "a stint is never reused");
        let all = manager.get(&format!("{members}?status=all")).await.expect(200);
        assert_eq!(of(all.items(), "status"), [&json!("left"), &json!("active")]);
    }

    async fn on_full_decides_for_one_call(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let therapist = app.as_role(Role::Therapist).await;
        let people = guests(&manager, 4).await;
        let group = group(&manager, json!({ "max_participants": 2, "when_full": "reject" })).await;
        add(&manager, &group, &people[0]).await;
        add(&manager, &group, &people[1]).await;
        let members = format!("/api/groups/{group}/members");
        let third = |on_full: Value| json!({ "guest_id": people[2], "on_full": on_full });
        manager.post(&members, json!({ "guest_id": people[2] })).await.expect_code(409, "group_full");
        let refused = therapist.post(&members, third(json!("override"))).await.expect_code(403, "forbidden");
        assert_eq!(refused.json["permission"], "group.capacity.override");
        manager.post(&members, third(json!("override"))).await.expect_fields(&[("reason", "reason_required")]);
        let over = json!({ "guest_id": people[2], "on_full": "override", "reason": "Court order" });
        let over = manager.post(&members, over).await.expect(201);
        assert_eq!((&over.data()["status"], &over.data()["override_reason"]), (&json!("active"), &json!("Court order")));
        let waits = json!({ "guest_id": people[3], "on_full": "waitlist" });
        assert_eq!(manager.post(&members, waits).await.expect(201).data()["waitlist_position"], 1);

        // Over capacity: one who leaves frees no seat, and raising the seats promotes at once.
        let removal = manager.delete(&format!("{members}/{}", over.id())).await.expect(200);
        assert_eq!(removal.data()["promoted"], json!([]));
        let raised = manager.patch(&format!("/api/groups/{group}"), json!({ "max_participants": 3 })).await.expect(200);
        let seats = manager.get(&format!("/api/groups/{group}")).await.expect(200).data()["seats"].clone();
        assert_eq!((&seats["taken"], &seats["waiting"]), (&json!(3), &json!(0)));
        assert_eq!(raised.data()["seats"], seats, "the answer counts who was promoted");
    }

    async fn lowering_the_seats_removes_nobody(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = guests(&manager, 5).await;
        let group = group(&manager, json!({ "max_participants": 4 })).await;
        let mut members = Vec::new();
        for person in &people {
            members.push(add(&manager, &group, person).await);
        }
        let lowered = manager.patch(&format!("/api/groups/{group}"), json!({ "max_participants": 2 })).await.expect(200);
        let seats = &lowered.data()["seats"];
        assert_eq!((&seats["taken"], &seats["over_capacity"]), (&json!(4), &json!(true)));
        let path = |at: usize| format!("/api/groups/{group}/members/{}", members[at]["id"].as_str().unwrap());
        for at in [0, 1] {
            assert_eq!(manager.delete(&path(at)).await.expect(200).data()["promoted"], json!([]), "still no free seat");
        }
        let removal = manager.delete(&path(2)).await.expect(200);
        assert_eq!(removal.data()["promoted"].as_array().unwrap().len(), 1);
    }

    async fn a_batch_answers_row_by_row(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = guests(&manager, 4).await;
        let group = group(&manager, json!({ "max_participants": 2 })).await;
        add(&manager, &group, &people[0]).await;
        let row = |id: &str| json!({ "member_type": "guest", "guest_id": id });
        let nobody = app.id_of_nothing::<rules::id::kind::Guest>().to_string();
        let rows = [&people[0], &people[1], &people[1], &nobody, &people[2], &people[3]].map(|id| row(id));
        let batch = format!("/api/groups/{group}/members/batch");
        let answer = manager.post(&batch, json!({ "members": rows })).await.expect(201);
        let data = answer.data();
        assert_eq!((&data["created"], &data["waitlisted"], &data["skipped"]), (&json!(1), &json!(2), &json!(2)));
        assert_eq!((&data["errors"][0]["index"], &data["errors"][0]["code"]), (&json!(3), &json!("not_found")));
        assert_eq!(of(data["items"].as_array().unwrap(), "waitlist_position"), [&Value::Null, &json!(1), &json!(2)]);

        let whole = json!({ "members": [row(&guests(&manager, 1).await[0])], "on_full": "reject" });
        manager.post(&batch, whole).await.expect_code(409, "group_full");
        manager.post(&batch, json!({ "members": [] })).await.expect_fields(&[("members", "batch_size")]);
        let bad = json!({ "members": [{}, { "guest_id": people[0], "on_full": "reject" }] });
        let fields = [("members[0].patient_id", "one_person"), ("members[0].guest_id", "one_person"), ("members[1].on_full", "unknown_field")];
        manager.post(&batch, bad).await.expect_fields(&fields);
    }

    async fn closed_and_archived_groups_take_nobody(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = guests(&manager, 3).await;
        let group = group(&manager, json!({ "max_participants": 2 })).await;
        let first = add(&manager, &group, &people[0]).await;
        add(&manager, &group, &people[1]).await;
        add(&manager, &group, &people[2]).await;
        let (path, members) = (format!("/api/groups/{group}"), format!("/api/groups/{group}/members"));
        manager.patch(&path, json!({ "enrollment_mode": "closed" })).await.expect(200);
        let newcomer = json!({ "guest_id": guests(&manager, 1).await[0] });
        manager.post(&members, newcomer.clone()).await.expect_code(409, "enrollment_closed");
        let removal = manager.delete(&format!("{members}/{}", first["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(removal.data()["promoted"].as_array().unwrap().len(), 1, "who waits already is still promoted");

        manager.delete(&path).await.expect(200);
        manager.post(&members, newcomer).await.expect_code(409, "invalid_transition");
        manager.delete(&path).await.expect_code(409, "invalid_transition");
        manager.patch(&path, json!({ "name": "Another" })).await.expect_code(409, "invalid_transition");
        assert_eq!(manager.get("/api/groups").await.expect(200).items().len(), 0);
        assert_eq!(manager.get("/api/groups?status=archived").await.expect(200).items().len(), 1);
        assert_eq!(manager.get(&members).await.expect(200).items().len(), 2, "the roster stays readable");
        assert_eq!(manager.post(&format!("{path}/restore"), json!({})).await.expect(200).data()["status"], "active");
    }

    async fn an_inactive_person_is_passed_over_and_the_reason_kept(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = guests(&manager, 4).await;
        let group = group(&manager, json!({ "max_participants": 2 })).await;
        let mut members = Vec::new();
        for person in &people {
            members.push(add(&manager, &group, person).await);
        }
        manager.delete(&format!("/api/guests/{}", people[2])).await.expect(200);
        let roster = format!("/api/groups/{group}/members");
        let removal = manager.delete(&format!("{roster}/{}", members[0]["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(of(removal.data()["promoted"].as_array().unwrap(), "id"), [&members[3]["id"]]);
        let line = manager.get(&format!("{roster}?status=waitlisted")).await.expect(200);
        assert_eq!((&line.items()[0]["skip_reason"], &line.items()[0]["waitlist_position"]), (&json!("not_eligible"), &json!(1)));
        manager.post(&roster, json!({ "guest_id": people[2] })).await.expect_code(409, "already_member");
    }

    async fn every_bad_field_of_a_group_is_told_at_once(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let room = app.id_of_nothing::<rules::id::kind::Room>();
        let bad = json!({
            "name": "Skills", "type": "therapy", "max_participants": 1, "min_participants": 30, "duration_minutes": 4,
            "offer_hold_hours": 337, "room_id": room, "program_id": app.id_of_nothing::<rules::id::kind::Program>(),
        });
        manager.post("/api/groups", bad).await.expect_fields(&[
            ("max_participants", "out_of_range"), ("min_participants", "out_of_range"), ("duration_minutes", "out_of_range"),
            ("offer_hold_hours", "out_of_range"), ("program_id", "not_available"), ("room_id", "not_found"),
        ]);
        for (seats, status) in [(0, 422), (1, 422), (2, 201), (20, 201), (21, 422)] {
            let group = json!({ "name": "Seats", "type": "therapy", "max_participants": seats });
            manager.post("/api/groups", group).await.expect(status);
        }
        app.as_role(Role::Admin).await.patch("/api/settings", json!({ "capacity_ceiling": 40 })).await.expect(200);
        manager.post("/api/groups", json!({ "name": "Large", "type": "education", "max_participants": 40 })).await.expect(201);
        assert_eq!(manager.get("/api/groups?q=larg").await.expect(200).items().len(), 1);
        assert_eq!(manager.get("/api/groups?q=arge").await.expect(200).items().len(), 0, "a word begins with it or not");
    }

    async fn another_organizations_group_does_not_exist(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let person = guests(&manager, 1).await.remove(0);
        let group = group(&manager, json!({})).await;
        let other = app.other_organization().await;
        let stranger = other.as_role(Role::Admin).await;
        for path in [format!("/api/groups/{group}"), format!("/api/groups/{group}/members")] {
            stranger.get(&path).await.expect_code(404, "not_found");
        }
        stranger.patch(&format!("/api/groups/{group}"), json!({ "name": "Mine" })).await.expect(404);
        let own = stranger.post("/api/groups", json!({ "name": "Own", "type": "support" })).await.expect(201).id();
        let theft = json!({ "guest_id": person });
        stranger.post(&format!("/api/groups/{own}/members"), theft).await.expect_fields(&[("guest_id", "not_found")]);
        let nurse = app.as_role(Role::Nurse).await;
        let member = add(&nurse, &group, &person).await;
        let refused = nurse.delete(&format!("/api/groups/{group}/members/{}", member["id"].as_str().unwrap())).await;
        assert_eq!(refused.expect_code(403, "forbidden").json["permission"], "group.member.remove");
    }

    async fn many_at_once_never_take_one_seat_too_many(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = guests(&manager, 40).await;
        let group = group(&manager, json!({ "max_participants": 12 })).await;
        let adding = people.iter().map(|person| {
            let (manager, group, person) = (manager.clone(), group.clone(), person.clone());
            tokio::spawn(async move { add(&manager, &group, &person).await })
        });
        for added in adding.collect::<Vec<_>>() {
            added.await.unwrap();
        }
        let roster = manager.get(&format!("/api/groups/{group}/members?limit=200")).await.expect(200);
        let seated = roster.items().iter().filter(|member| member["status"] == "active").count();
        let mut positions: Vec<_> = roster.items().iter().filter_map(|member| member["waitlist_position"].as_u64()).collect();
        positions.sort_unstable();
        assert_eq!(seated, 12);
        assert_eq!(positions, (1..=28).collect::<Vec<_>>());
    }
}

on_both! {
    async fn who_was_what_and_when_can_be_read_back(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let person = guests(&manager, 1).await.remove(0);
        let group = group(&manager, json!({})).await;
        let member = add(&manager, &group, &person).await["id"].as_str().unwrap().to_owned();
        let before = app.now();
        app.advance(jiff::SignedDuration::from_hours(24));
        manager.delete(&format!("/api/groups/{group}/members/{member}")).await.expect(200);
        manager.patch(&format!("/api/groups/{group}"), json!({ "name": "Tuesday skills" })).await.expect(200);
        let members = format!("/api/groups/{group}/members/{member}/history");
        let all = manager.get(&members).await.expect(200);
        assert_eq!(of(all.items(), "version"), [&json!(2), &json!(1)]);
        let then = manager.get(&format!("{members}?at={before}")).await.expect(200);
        assert_eq!(then.items()[0]["record"]["status"], "active");
        let then = manager.get(&format!("/api/groups/{group}/history?at={before}")).await.expect(200);
        assert_eq!(then.items()[0]["record"]["name"], "Monday skills");
        assert_eq!(manager.get(&format!("/api/groups/{group}")).await.expect(200).data()["name"], "Tuesday skills");
    }
}
