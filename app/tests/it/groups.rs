//! What a group is, beside who is in it.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, on_both};

/// A practitioner, a site and a room of it, for a group to name.
async fn places(admin: &Client) -> [String; 4] {
    let practitioner = |name: &'static str| admin.post("/api/practitioners", json!({ "family_name": name }));
    let leads = practitioner("Lead").await.expect(201).id();
    let helps = practitioner("Help").await.expect(201).id();
    let site = admin.post("/api/sites", json!({ "name": "North", "zone": "America/Phoenix" })).await.expect(201).id();
    let room = admin.post("/api/rooms", json!({ "site_id": site, "name": "Blue room" })).await.expect(201).id();
    [leads, helps, site, room]
}

/// Every field that was said is answered as it was said.
fn has(answer: &Value, said: &Value) {
    for (name, value) in said.as_object().unwrap() {
        assert_eq!(&answer[name], value, "{name}");
    }
}

on_both! {
    /// What is said of a group is kept and given back; a change leaves alone what it does not name.
    async fn a_group_keeps_what_is_said_of_it(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let [leads, helps, site, room] = places(&admin).await;
        let said = json!({
            "name": "Parents of teenagers", "type": "family", "description": "Eight evenings.", "min_participants": 3,
            "max_participants": 9, "when_full": "reject", "enrollment_mode": "closed", "modality": "hybrid",
            "facilitator_id": leads, "co_facilitator_ids": [helps], "site_id": site, "room_id": room,
            "duration_minutes": 90, "custom_data": { "grant": { "code": "A-7", "years": [1, 2] } }, "is_part2": true,
        });
        let made = admin.post("/api/groups", said.clone()).await.expect(201);
        has(made.data(), &said);
        assert_eq!((&made.data()["leader_rule"], &made.data()["created_by_user"]), (&json!("fixed"), &json!(admin.user)));
        assert_eq!(made.data()["seats"]["below_minimum"], true, "nobody is in it yet");
        assert!(made.id().starts_with("grp_"));

        let page = app.page_client(Role::Admin).await.get(&format!("/groups/{}", made.id())).await;
        page.expect(200).expect_text("own fields").expect_text("grant, code").expect_text("A-7").expect_text("1, 2");

        let path = format!("/api/groups/{}", made.id());
        let change = json!({ "facilitator_id": null, "custom_data": {}, "min_participants": null });
        app.advance(jiff::SignedDuration::from_hours(1));
        let changed = admin.patch(&path, change.clone()).await.expect(200);
        has(changed.data(), &change);
        assert_eq!(changed.data()["leader_rule"], "starter", "nobody leads it, so whoever starts does");
        assert_eq!(changed.data()["seats"]["below_minimum"], false);
        assert_eq!(changed.data()["created_at"], made.data()["created_at"]);
        assert_ne!(changed.data()["updated_at"], made.data()["updated_at"]);
        for name in ["name", "description", "co_facilitator_ids", "room_id", "duration_minutes", "is_part2"] {
            assert_eq!(changed.data()[name], said[name], "{name}");
        }
        assert_eq!(admin.get(&path).await.expect(200).data(), changed.data());
    }

    /// Name and type are enough, and lists are narrowed by what a group is.
    async fn a_group_needs_a_name_and_a_type(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.post("/api/groups", json!({})).await.expect_fields(&[("name", "missing"), ("type", "missing")]);
        let plain = admin.post("/api/groups", json!({ "name": "Plain", "type": "iop" })).await.expect(201);
        let defaults = json!({
            "description": "", "status": "active", "min_participants": null, "max_participants": null, "when_full": "waitlist",
            "promotion": "auto", "enrollment_mode": "open", "leader_rule": "starter", "modality": "in_person",
            "duration_minutes": 60, "custom_data": {}, "is_part2": false, "co_facilitator_ids": [],
        });
        has(plain.data(), &defaults);
        assert_eq!(plain.data()["seats"]["capacity"], 20, "the organization's ceiling");

        let [leads, _, site, _] = places(&admin).await;
        let led = json!({ "name": "Led", "type": "php", "facilitator_id": leads, "site_id": site });
        admin.post("/api/groups", led).await.expect(201);
        for (filter, name) in [
            ("type=iop".to_owned(), "Plain"), ("type=php".to_owned(), "Led"),
            (format!("site_id={site}"), "Led"), (format!("facilitator_id={leads}"), "Led"),
        ] {
            let found = admin.get(&format!("/api/groups?{filter}")).await.expect(200);
            assert_eq!(found.items().iter().map(|group| &group["name"]).collect::<Vec<_>>(), [name], "{filter}");
        }
    }

    /// A patient's groups are listed newest first, with the groups they have left.
    async fn one_patient_is_in_several_groups(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let new = json!({ "given_name": "Ana", "family_name": "Reyes", "birth_date": "1988-02-03" });
        let patient = admin.post("/api/patients", new).await.expect(201).id();
        let mut members = Vec::new();
        for name in ["First", "Second"] {
            app.advance(jiff::SignedDuration::from_hours(1));
            let group = admin.post("/api/groups", json!({ "name": name, "type": "therapy" })).await.expect(201).id();
            let path = format!("/api/groups/{group}/members");
            let member = admin.post(&path, json!({ "patient_id": patient })).await.expect(201);
            members.push(format!("{path}/{}", member.id()));
        }
        admin.delete(&members[1]).await.expect(200);
        let listed = admin.get(&format!("/api/patients/{patient}/groups")).await.expect(200);
        let told: Vec<_> = listed.items().iter().map(|one| (&one["group_name"], &one["status"])).collect();
        assert_eq!(told, [(&json!("Second"), &json!("left")), (&json!("First"), &json!("active"))]);
    }

    /// Whoever adds, removes or raises the seats on the pages is told what came of it, promotions too.
    async fn pages_tell_who_moves_up(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = crate::sessions::group(&admin, json!({ "max_participants": 2 })).await;
        let browser = app.page_client(Role::Manager).await;
        for (family, told) in [("Alder", "Added to the group."), ("Birch", "Added to the group."),
            ("Cedar", "put on the waitlist at position 1."), ("Dogwood", "put on the waitlist at position 2."),
            ("Elm", "put on the waitlist at position 3."), ("Fir", "put on the waitlist at position 4.")] {
            let patient = crate::sessions::patient(&admin, family).await;
            let added = browser.post_form(&format!("/groups/{group}/members"), &[("patient_id", &patient)]).await;
            browser.follow(&added).await.expect(200).expect_text(told);
        }
        let first = admin.get(&format!("/api/groups/{group}/members")).await.items()[0]["id"].as_str().unwrap().to_owned();
        let removed = browser.post_form(&format!("/groups/{group}/members/{first}/remove"), &[]).await;
        browser.follow(&removed).await.expect_text("Removed from the group. The first on the waitlist has the seat now.");
        for (seats, told) in [
            ("3", "The group is changed. The first on the waitlist has a seat or is offered one now."),
            ("9", "The group is changed. 2 people from the waitlist have seats or are offered them now."),
            ("8", "The group is changed."),
        ] {
            let version = browser.get(&format!("/groups/{group}/edit")).await.expect(200).hidden("version");
            let fields = [("version", &*version), ("name", "Skills"), ("type", "therapy"), ("max_participants", seats), ("description", "")];
            let saved = browser.post_form(&format!("/groups/{group}/edit"), &fields).await;
            browser.follow(&saved).await.expect(200).expect_text(told);
        }
    }
}
