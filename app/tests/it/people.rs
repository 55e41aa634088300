//! Patients, guests, practitioners, sites and rooms.

use jiff::SignedDuration;
use rules::permissions::{Permission, Role};
use serde_json::{Value, json};

use crate::harness::{Client, TestApp, on_both, strange_id};

fn ann() -> Value {
    json!({
        "mrn": "bh-00/17", "given_name": "Ánn Marie", "family_name": "O'Brien", "preferred_name": "Nannie",
        "other_given_name": "안나", "other_family_name": "김", "birth_date": "1970-04-25", "sex": "female",
        "email": "Ann@Example.org", "phone": "602 555 0142",
    })
}

fn patient(given: &str, family: &str, born: &str) -> Value {
    json!({ "given_name": given, "family_name": family, "birth_date": born })
}

/// The ids of the patients a search finds, both by address and by body.
async fn found(client: &Client, words: &str) -> Vec<String> {
    let ids = |items: &Vec<Value>| items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let encoded: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let by_address = client.get(&format!("/api/patients?q={encoded}")).await.expect(200);
    let by_body = client.post("/api/patients/search", json!({ "q": words })).await.expect(200);
    assert_eq!(ids(by_address.items()), ids(by_body.items()));
    ids(by_body.items())
}

/// Every page of a list, by cursors.
async fn all_pages(client: &Client, path: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next = String::new();
    loop {
        let page = client.get(&format!("{path}&limit=7&cursor={next}")).await.expect(200);
        ids.extend(page.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page.next() {
            Some(cursor) => next = cursor,
            None => return ids,
        }
    }
}

on_both! {
    /// A patient is registered, read, changed, and stays findable by what is true now.
    async fn a_patient_is_registered_and_changed(app: TestApp) {
        let clinician = app.as_role(Role::Therapist).await;
        let made = clinician.post("/api/patients", ann()).await.expect(201);
        assert_eq!(made.data()["mrn"], "BH-00/17");
        assert_eq!(made.data()["email"], "ann@example.org");
        assert_eq!(made.data()["created_by_user"], clinician.user.to_string());
        let path = format!("/api/patients/{}", made.id());
        assert_eq!(clinician.get(&path).await.expect(200).data(), made.data());

        let change = json!({ "family_name": "Smith", "preferred_name": null, "is_active": false });
        let changed = clinician.with_if_match(1).patch(&path, change).await.expect(200);
        assert_eq!((changed.version(), &changed.data()["preferred_name"]), (2, &Value::Null));
        assert_eq!(changed.data()["given_name"], "Ánn Marie");
        assert_eq!(found(&clinician, "smith").await, [""; 0], "inactive patients are left out");
        let all = clinician.get("/api/patients?q=smith&status=all").await.expect(200);
        assert_eq!(all.items().len(), 1);
        assert_eq!(clinician.get("/api/patients?q=nannie&status=all").await.expect(200).items().len(), 0);

        clinician.with_if_match(1).patch(&path, json!({ "phone": "1" })).await.expect_code(412, "stale");
        let names: Vec<String> = app.events().await.into_iter().map(|(name, _)| name).collect();
        assert!(names.ends_with(&["patient.created".into(), "patient.updated".into()]), "{names:?}");
        let audited = app.audited().await;
        for action in ["patient.created", "patient.updated", "patient.read", "patient_list.read"] {
            assert!(audited.contains(&(action.to_owned(), "done".to_owned())), "{action}: {audited:?}");
        }
    }

    /// Beginnings of any name, the record number and the birth date find a patient, in any combination.
    async fn patients_are_found_by_beginnings_of_words(app: TestApp) {
        let clinician = app.as_role(Role::Therapist).await;
        let id = clinician.post("/api/patients", ann()).await.expect(201).id();
        clinician.post("/api/patients", patient("Anton", "Brown", "1970-04-26")).await.expect(201);
        let hits = [
            "ann", "ÁNN", "mar", "o'b", "obrien", "nann", "안", "김", "bh-00/17", "bh0017", "1970-04-25", "04/25/1970",
            "obr ann", "ann 1970-04-25", "  MARIE   nannie ",
        ];
        for words in hits {
            assert_eq!(found(&clinician, words).await, std::slice::from_ref(&id), "{words}");
        }
        for words in ["nn", "ann brown", "anton 1970-04-25", "1970-04-27", "-", "xyz"] {
            assert_eq!(found(&clinician, words).await, [""; 0], "{words}");
        }
        assert_eq!(found(&clinician, "an").await.len(), 2, "two patients, each once, though one has two such words");
        assert_eq!(found(&clinician, " ").await.len(), 2, "no words: the whole list");
        let other = app.other_organization().await.as_role(Role::Therapist).await;
        assert_eq!(found(&other, "ann").await, [""; 0]);
    }

    /// Pages of a list and of a search have every row once.
    async fn pages_neither_skip_nor_double(app: TestApp) {
        let clinician = app.as_role(Role::Therapist).await;
        for number in 0..120 {
            // Many share their names, and some have two words that the search finds.
            let second = if number % 3 == 0 { " Maria" } else { "" };
            let new = patient(&format!("Mary{}{second}", number % 4), &format!("Max{}", number % 5), "1980-01-01");
            clinician.post("/api/patients", new).await.expect(201);
        }
        for path in ["/api/patients?status=active", "/api/patients?q=ma", "/api/patients?q=ma%20m", "/api/patients?q=1980-01-01"] {
            let ids = all_pages(&clinician, path).await;
            let mut once = ids.clone();
            once.sort();
            once.dedup();
            assert_eq!((ids.len(), once.len()), (120, 120), "{path}");
        }
        let listed = clinician.get("/api/patients?limit=200").await.expect(200);
        let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        let key = |item: &Value| (text(item, "family_name"), text(item, "given_name"), text(item, "id"));
        let keys: Vec<_> = listed.items().iter().map(key).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        for bad in ["cursor=x", "limit=0", "limit=201", "limit=x", "status=gone", "wrong=1", &format!("cursor={}", strange_id("pa"))] {
            assert_eq!(clinician.get(&format!("/api/patients?{bad}")).await.status, 422, "{bad}");
        }
        let none = strange_id("pa");
        clinician.get(&format!("/api/patients?q=ma&cursor={none}")).await.expect_fields(&[("cursor", "invalid_cursor")]);
    }

    /// Record numbers are made up where none is given, and never given twice.
    async fn record_numbers_are_unique(app: TestApp) {
        let clinician = app.as_role(Role::Therapist).await;
        let mrn = |answer: &crate::harness::Answer| answer.data()["mrn"].as_str().unwrap().to_owned();
        let first = clinician.post("/api/patients", patient("A", "B", "1990-01-01")).await.expect(201);
        assert_eq!(mrn(&first), "MRN-000001");
        for taken in ["MRN-000002", "mrn-000003", "MRN-000004"] {
            let new = json!({ "mrn": taken, "given_name": "A", "family_name": "B", "birth_date": "1990-01-01" });
            clinician.post("/api/patients", new.clone()).await.expect(201);
            clinician.post("/api/patients", new).await.expect_code(409, "mrn_taken");
        }
        let next = clinician.post("/api/patients", patient("A", "B", "1990-01-01")).await.expect(201);
        assert_eq!(mrn(&next), "MRN-000005");
        let path = format!("/api/patients/{}", next.id());
        clinician.patch(&path, json!({ "mrn": "MRN-000001" })).await.expect_code(409, "mrn_taken");
        clinician.patch(&path, json!({ "mrn": "MRN-000005" })).await.expect(200);
        let other = app.other_organization().await.as_role(Role::Therapist).await;
        assert_eq!(mrn(&other.post("/api/patients", patient("A", "B", "1990-01-01")).await.expect(201)), "MRN-000001");
        let external = json!({ "given_name": "A", "family_name": "B", "birth_date": "1990-01-01", "external_id": "x" });
        clinician.post("/api/patients", external.clone()).await.expect(201);
        clinician.post("/api/patients", external).await.expect_code(409, "external_id_taken");
    }

    /// Every bad field is named at once.
    async fn every_bad_field_is_named(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let bad = json!({
            "mrn": "a b", "given_name": " ", "birth_date": "1899-12-31", "sex": "x", "email": "ann", "phone": 7,
            "primary_therapist_id": "grp_1", "nonsense": 1,
        });
        let fields = admin.post("/api/patients", bad).await.expect(422).field_errors();
        let mut named: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
        named.sort_unstable();
        let wanted =
            ["birth_date", "email", "family_name", "given_name", "mrn", "nonsense", "phone", "primary_therapist_id", "sex"];
        assert_eq!(named, wanted);

        let mut tomorrow = patient("A", "B", "2026-03-05");
        tomorrow["primary_therapist_id"] = json!(strange_id("prac"));
        let refused = admin.post("/api/patients", tomorrow).await;
        refused.expect_fields(&[("birth_date", "invalid"), ("primary_therapist_id", "not_found")]);
        admin.post("/api/patients", patient("A", "B", "2026-03-04")).await.expect(201);

        let bad = json!({ "family_name": "", "npi": "1245319590", "discipline": "magic", "user_id": "x" });
        assert_eq!(admin.post("/api/practitioners", bad).await.expect(422).field_errors().len(), 4);
        admin.post("/api/sites", json!({ "name": "Main", "zone": "Mars/Olympus" })).await
            .expect_fields(&[("zone", "invalid")]);
        let site = admin.post("/api/sites", json!({ "name": "Main", "zone": "america/phoenix" })).await.expect(201);
        assert_eq!(site.data()["zone"], "America/Phoenix");
        for seats in [json!(0), json!(1001), json!(-1), json!("x"), json!(1.5)] {
            let room = json!({ "site_id": site.id(), "name": "Room 1", "seats": seats });
            assert_eq!(admin.post("/api/rooms", room).await.expect(422).field_errors().len(), 1, "{seats}");
        }
        admin.post("/api/rooms", json!({ "site_id": strange_id("site"), "name": "Room 1" })).await
            .expect_fields(&[("site_id", "not_found")]);
    }

    /// Another organization's records do not exist.
    async fn other_organizations_have_nothing(app: TestApp) {
        let (ours, theirs) = (app.as_role(Role::Admin).await, app.other_organization().await.as_role(Role::Admin).await);
        let patient = ours.post("/api/patients", ann()).await.expect(201).id();
        let guest = ours.post("/api/guests", json!({ "display_name": "Jo" })).await.expect(201).id();
        let practitioner = ours.post("/api/practitioners", json!({ "family_name": "Lee" })).await.expect(201).id();
        let site = ours.post("/api/sites", json!({ "name": "Main", "zone": "UTC" })).await.expect(201).id();
        let room = ours.post("/api/rooms", json!({ "site_id": site, "name": "1" })).await.expect(201).id();
        let paths = [("patients", &patient), ("guests", &guest), ("practitioners", &practitioner), ("sites", &site), ("rooms", &room)];
        for (list, id) in paths {
            let path = format!("/api/{list}/{id}");
            theirs.get(&path).await.expect_code(404, "not_found");
            theirs.patch(&path, json!({})).await.expect_code(404, "not_found");
            theirs.get(&format!("{path}/history")).await.expect_code(404, "not_found");
            ours.get(&path).await.expect(200);
            ours.get(&format!("/api/{list}/{}", strange_id("grp"))).await.expect_code(404, "not_found");
            let none = theirs.get(&format!("/api/{list}?status=all")).await.expect(200);
            assert_eq!(none.items().len(), 0, "{list}");
        }
        theirs.delete(&format!("/api/guests/{guest}")).await.expect_code(404, "not_found");
        theirs.post("/api/guests", json!({ "display_name": "Jo", "patient_id": patient })).await
            .expect_fields(&[("patient_id", "not_found")]);
        theirs.post("/api/practitioners", json!({ "family_name": "Lee", "supervisor_id": practitioner })).await
            .expect_fields(&[("supervisor_id", "not_found")]);
    }

    /// Whoever lacks a permission is told which.
    async fn permissions_are_named(app: TestApp) {
        let refused = |answer: crate::harness::Answer, permission: Permission| {
            assert_eq!(answer.expect_code(403, "forbidden").json["permission"], permission.as_str());
        };
        let auditor = app.as_role(Role::Auditor).await;
        refused(auditor.get("/api/patients").await, Permission::PatientRead);
        refused(auditor.post("/api/patients/search", json!({ "q": "a" })).await, Permission::PatientRead);
        for list in ["guests", "groups/guests", "practitioners", "sites", "rooms"] {
            refused(auditor.get(&format!("/api/{list}")).await, Permission::GroupRead);
        }
        let nurse = app.as_role(Role::Nurse).await;
        refused(nurse.post("/api/patients", ann()).await, Permission::PatientManage);
        refused(nurse.post("/api/guests", json!({ "display_name": "Jo" })).await, Permission::GuestManage);
        let manager = app.as_role(Role::Manager).await;
        refused(manager.post("/api/practitioners", json!({ "family_name": "Lee" })).await, Permission::UserManage);
        refused(manager.post("/api/sites", json!({ "name": "Main", "zone": "UTC" })).await, Permission::SettingsManage);
        let site = app.as_role(Role::Admin).await.post("/api/sites", json!({ "name": "Main", "zone": "UTC" })).await.expect(201);
        refused(manager.post("/api/rooms", json!({ "name": "1", "site_id": site.id() })).await, Permission::SettingsManage);
        refused(manager.patch(&format!("/api/sites/{}", site.id()), json!({})).await, Permission::SettingsManage);
        nurse.get(&format!("/api/sites/{}", site.id())).await.expect(200);
    }

    /// The same key and body is one patient.
    async fn a_repeated_request_is_one_patient(app: TestApp) {
        let clinician = app.as_role(Role::Therapist).await.with_key("once");
        let first = clinician.post("/api/patients", ann()).await.expect(201);
        let again = clinician.post("/api/patients", ann()).await.expect(201);
        assert_eq!(first.data(), again.data());
        clinician.post("/api/patients", patient("A", "B", "1990-01-01")).await.expect_code(422, "idempotency_key_reused");
        assert_eq!(app.count_of("patient.created").await, 1);
    }

    /// A record is read back as it stood, by who may read it or the audit log.
    async fn records_are_read_back_as_they_stood(app: TestApp) {
        let (clinician, auditor) = (app.as_role(Role::Therapist).await, app.as_role(Role::Auditor).await);
        let path = format!("/api/patients/{}", clinician.post("/api/patients", ann()).await.expect(201).id());
        let born = app.now();
        for phone in ["1", "2", "3"] {
            app.advance(SignedDuration::from_hours(1));
            clinician.patch(&path, json!({ "phone": phone })).await.expect(200);
        }
        let whole = auditor.get(&format!("{path}/history")).await.expect(200);
        let phones: Vec<_> = whole.items().iter().map(|item| item["record"]["phone"].as_str().unwrap()).collect();
        assert_eq!(phones, ["3", "2", "1", "602 555 0142"]);
        assert_eq!(whole.items()[0]["until"], Value::Null);
        assert_eq!(whole.items()[1]["until"], whole.items()[0]["from"]);
        assert!(whole.items().iter().all(|item| item["changed_by"] == clinician.user.to_string()), "{whole}");
        for (hours, phone) in [(0, "602 555 0142"), (1, "1"), (2, "2"), (5, "3")] {
            let at = born + SignedDuration::from_hours(hours);
            let then = clinician.get(&format!("{path}/history?at={at}")).await.expect(200);
            assert_eq!((then.items().len(), &then.items()[0]["record"]["phone"]), (1, &json!(phone)), "{hours}");
        }
        let before = born - SignedDuration::from_hours(1);
        assert_eq!(clinician.get(&format!("{path}/history?at={before}")).await.expect(200).items().len(), 0);
        let page = clinician.get(&format!("{path}/history?limit=3")).await.expect(200);
        let rest = clinician.get(&format!("{path}/history?limit=3&cursor={}", page.next().unwrap())).await.expect(200);
        assert_eq!((page.items().len(), rest.items().len(), rest.next()), (3, 1, None));
        let vague = clinician.get(&format!("{path}/history?at=yesterday")).await.expect_fields(&[("at", "invalid")]);
        assert_eq!(vague.json["detail"], "`at` must be an instant such as 2026-03-02T09:00:00Z.");
        app.as_program(&[Permission::GroupRead]).await.get(&format!("{path}/history")).await.expect_code(403, "forbidden");
    }

    /// Guests live at both addresses, are found by name, and are never deleted.
    async fn guests_come_and_go(app: TestApp) {
        let worker = app.as_role(Role::CaseManager).await;
        let new = json!({ "display_name": "Mary Jo Carter", "contact": { "phone": "602" }, "notes": "Sister" });
        let guest = worker.post("/api/groups/guests", new).await.expect(201);
        let path = format!("/api/guests/{}", guest.id());
        assert_eq!(worker.get("/api/groups/guests?q=cart%20jo").await.expect(200).items().len(), 1);
        assert_eq!(worker.get("/api/guests").await.expect(200).items()[0]["contact"], json!({ "phone": "602" }));
        worker.post("/api/guests", json!({ "display_name": "X", "contact": [] })).await.expect_fields(&[("contact", "invalid")]);
        worker.patch(&path, json!({ "display_name": "Mary Jo Smith" })).await.expect(200);
        assert_eq!(worker.get("/api/guests?q=carter").await.expect(200).items().len(), 0);
        worker.with_if_match(1).delete(&path).await.expect_code(412, "stale");
        let gone = worker.with_if_match(2).delete(&path).await.expect(200);
        assert_eq!(gone.data()["is_active"], json!(false));
        assert_eq!(worker.get("/api/guests?q=smith").await.expect(200).items().len(), 0);
        assert_eq!(worker.get("/api/guests?status=inactive").await.expect(200).items().len(), 1);
        worker.get(&path).await.expect(200);
    }

    /// Nobody supervises themselves, and a login belongs to one practitioner.
    async fn supervision_has_no_circles(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut chain: Vec<String> = Vec::new();
        for name in ["A", "B", "C"] {
            let new = json!({ "family_name": name, "supervisor_id": chain.last(), "npi": "1245319599", "discipline": "aba" });
            chain.push(admin.post("/api/practitioners", new).await.expect(201).id());
        }
        for below in &chain {
            admin.patch(&format!("/api/practitioners/{}", chain[0]), json!({ "supervisor_id": below })).await
                .expect_fields(&[("supervisor_id", "supervisor_loop")]);
        }
        let path = format!("/api/practitioners/{}", chain[1]);
        admin.patch(&path, json!({ "supervisor_id": null })).await.expect(200);
        admin.patch(&format!("/api/practitioners/{}", chain[0]), json!({ "supervisor_id": chain[2] })).await.expect(200);

        let user = admin.user;
        let linked = admin.patch(&path, json!({ "user_id": user })).await.expect(200);
        assert_eq!(linked.data()["user_id"], user.to_string());
        assert_eq!(admin.get("/api/me").await.expect(200).data()["practitioner_id"], linked.id());
        admin.post("/api/practitioners", json!({ "family_name": "D", "user_id": user })).await.expect_code(409, "user_taken");
        admin.patch(&path, json!({ "user_id": user })).await.expect(200);
        let listed = app.as_role(Role::Nurse).await.get("/api/practitioners").await.expect(200);
        assert_eq!(listed.items().iter().map(|item| &item["family_name"]).collect::<Vec<_>>(), ["A", "B", "C"]);
    }

    /// Rooms belong to sites.
    async fn rooms_belong_to_sites(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let mut sites = Vec::new();
        for name in ["North", "South"] {
            let site = admin.post("/api/sites", json!({ "name": name, "zone": "America/Phoenix" })).await.expect(201).id();
            for room in ["2", "1"] {
                let new = json!({ "site_id": site, "name": format!("{name} {room}"), "seats": 12 });
                admin.post("/api/rooms", new).await.expect(201);
            }
            sites.push(site);
        }
        let rooms = admin.get(&format!("/api/rooms?site_id={}", sites[1])).await.expect(200);
        assert_eq!(rooms.items().iter().map(|item| &item["name"]).collect::<Vec<_>>(), ["South 1", "South 2"]);
        let path = format!("/api/rooms/{}", rooms.items()[0]["id"].as_str().unwrap());
        let moved = admin.patch(&path, json!({ "site_id": sites[0], "seats": null, "is_active": false })).await.expect(200);
        assert_eq!((&moved.data()["seats"], &moved.data()["site_id"]), (&Value::Null, &json!(sites[0])));
        assert_eq!(all_pages(&admin, "/api/rooms?status=active").await.len(), 3);
        let site = admin.patch(&format!("/api/sites/{}", sites[0]), json!({ "zone": "UTC", "address": "1 Main St" })).await.expect(200);
        assert_eq!((&site.data()["zone"], site.version()), (&json!("UTC"), 2));
        admin.patch(&format!("/api/sites/{}", sites[0]), json!({ "zone": "Nowhere" })).await.expect_fields(&[("zone", "invalid")]);
    }
}
