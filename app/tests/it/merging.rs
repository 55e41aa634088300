//! One person, two records: a guest who becomes a patient, and a patient who was registered twice.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Client, TestApp, on_both},
    notes::scene::Scene,
    sessions::{each, group, member, participants, patient, session},
};

const JOINED: &str = "joined with the patient's own record";

async fn guest(client: &Client, name: &str) -> String {
    client.post("/api/guests", json!({ "display_name": name })).await.expect(201).id()
}

async fn join(client: &Client, group: &str, guest: &str) -> String {
    client.post(&format!("/api/groups/{group}/members"), json!({ "guest_id": guest })).await.expect(201).id()
}

fn born() -> Value {
    json!({ "given_name": "Kim", "family_name": "Elder", "birth_date": "1970-02-03" })
}

on_both! {
    /// Everything of the guest is the patient's, the guest is inactive and points there, and a second time is refused.
    async fn a_guest_becomes_a_patient(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let who = guest(&manager, "Kim").await;
        let (first, second) = (group(&manager, json!({})).await, group(&manager, json!({ "name": "Second" })).await);
        let stint = join(&manager, &first, &who).await;
        let old = join(&manager, &second, &who).await;
        manager.delete(&format!("/api/groups/{second}/members/{old}")).await.expect(200);
        let coming = session(&manager, &first, "2026-03-09T09:00").await;
        let path = format!("/api/guests/{who}/convert");
        let asked = manager.post(&format!("{path}?dry_run=true"), json!({})).await.expect(200);
        assert_eq!((&asked.data()["dry_run"], &asked.data()["bookings"], asked.data()["stints"].as_array().unwrap().len()), (&json!(true), &json!(1), 2));
        assert_eq!(app.count_of("guest.converted").await, 0);
        manager.with_if_match(9).post(&path, json!({ "patient": born() })).await.expect_code(412, "stale");
        manager.post(&path, json!({})).await.expect_fields(&[("patient_id", "one_patient")]);
        manager.post(&path, json!({ "patient": {} })).await.expect_fields(&[("patient.birth_date", "missing"), ("patient.family_name", "missing"), ("patient.given_name", "missing")]);
        let click = manager.with_key("once");
        let (one, two) = tokio::join!(click.post(&path, json!({ "patient": born() })), click.post(&path, json!({ "patient": born() })));
        assert_eq!(one.expect(200).data()["patient"]["id"], two.expect(200).data()["patient"]["id"]);
        manager.post(&path, json!({ "patient": born() })).await.expect_code(409, "already_converted");
        let now = manager.get(&format!("/api/guests/{who}")).await.expect(200);
        let into = now.data()["patient_id"].as_str().unwrap().to_owned();
        assert_eq!(now.data()["is_active"], false);
        let moved = manager.get(&format!("/api/groups/{first}/members/{stint}")).await.expect(200);
        assert_eq!((&moved.data()["patient_id"], &moved.data()["member_type"], &moved.data()["name"]), (&json!(into), &json!("patient"), &json!("Kim Elder")));
        assert_eq!(manager.get(&format!("/api/patients/{into}/groups")).await.expect(200).items().len(), 2, "history too");
        let rows = participants(&manager, &coming).await;
        assert_eq!((each(&rows, "patient_id"), each(&rows, "status")), (vec![json!(into)], vec![json!("booked")]));
        let versions = manager.get(&format!("/api/groups/{first}/members/{stint}/history")).await.expect(200);
        assert_eq!(versions.items()[1]["record"]["guest_id"], json!(who), "who it was is still there");
        assert_eq!(app.count_of("guest.converted").await, 1);
        app.seal_and_verify().await;
    }

    /// A patient who is there already: the better place in a group stays; a session in which both have been is named.
    async fn a_guest_is_a_known_patient(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (who, known) = (guest(&manager, "Kim").await, patient(&manager, "Elder").await);
        let small = group(&manager, json!({ "max_participants": 2 })).await;
        member(&manager, &small, &patient(&manager, "Seated").await).await;
        join(&manager, &small, &who).await;
        let waits = member(&manager, &small, &known).await;
        let coming = session(&manager, &small, "2026-03-09T09:00").await;
        let path = format!("/api/guests/{who}/convert");
        let stranger = app.id_of_nothing::<rules::id::kind::Patient>();
        manager.post(&path, json!({ "patient_id": stranger })).await.expect_fields(&[("patient_id", "not_found")]);
        let done = manager.post(&path, json!({ "patient_id": known })).await.expect(200);
        assert_eq!(done.data()["stints"][0]["both"], true);
        let live = manager.get(&format!("/api/groups/{small}/members")).await.expect(200);
        assert_eq!((each(&live, "status"), &live.items()[1]["patient_id"]), (vec![json!("active"), json!("active")], &json!(known)));
        let ended = manager.get(&format!("/api/groups/{small}/members/{waits}")).await.expect(200);
        assert_eq!((&ended.data()["status"], &ended.data()["left_reason"]), (&json!("left"), &json!(JOINED)));
        assert_eq!(each(&participants(&manager, &coming).await, "status"), ["booked", "booked"]);
    }

    /// Nothing that was signed changes: the hashes still fit, and the guest's note stays in the session.
    async fn signed_notes_stay_as_they_were(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let friend = guest(&scene.admin, "Kim").await;
        let path = format!("/api/sessions/{}/add-patient", scene.session);
        scene.admin.post(&path, json!({ "guest_id": friend })).await.expect(201);
        scene.all_attend().await;
        scene.end().await;
        scene.document([0, 1]).await;
        let chart = |id: String| { let client = scene.leader.client.clone(); async move { client.get(&format!("/api/patients/{id}/chart")).await.expect(200) } };
        let before = chart(scene.people[0].1.clone()).await.items()[0]["sha256"].clone();
        scene.admin.post(&format!("/api/guests/{friend}/convert"), json!({ "patient": born() })).await.expect(200);
        let stays = patient(&scene.admin, "Survivor").await;
        let merge = json!({ "from": scene.people[0].1, "reason": "Same birth date and card" });
        scene.admin.post(&format!("/api/patients/{stays}/merge"), merge).await.expect(200);
        let entries = chart(stays.clone()).await;
        assert_eq!((&entries.items()[0]["sha256"], &entries.items()[0]["content_verified"]), (&before, &json!(true)), "{entries}");
        let counts = scene.leader.client.get(&format!("/api/patients/{stays}/chart/counts")).await.expect(200);
        assert!(counts.status == 200);
        app.seal_and_verify().await;
        let notes = app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap();
        let kept = app::chart::verify::verify(&app.app.db, app.organization.id).await.unwrap();
        assert!(notes.broken.is_none() && kept.broken.is_none() && kept.checked == 2, "{notes:?} {kept:?}");
    }

    /// Everything of the duplicate is found under the patient that stays, by either number.
    async fn a_duplicate_is_merged(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (stays, goes) = (patient(&manager, "Alder").await, patient(&manager, "Aldor").await);
        let mrn = manager.get(&format!("/api/patients/{goes}")).await.expect(200).data()["mrn"].as_str().unwrap().to_owned();
        let (both, only) = (group(&manager, json!({})).await, group(&manager, json!({ "name": "Only" })).await);
        member(&manager, &both, &stays).await;
        let extra = member(&manager, &both, &goes).await;
        member(&manager, &only, &goes).await;
        let (shared, own) = (session(&manager, &both, "2026-03-09T09:00").await, session(&manager, &only, "2026-03-10T09:00").await);
        let path = format!("/api/patients/{stays}/merge");
        let asked = manager.post(&format!("{path}?dry_run=true"), json!({ "from": goes })).await.expect(200);
        assert_eq!((&asked.data()["bookings"], &asked.data()["cancelled"]), (&json!(1), &json!(1)));
        manager.post(&path, json!({ "from": goes })).await.expect_fields(&[("reason", "missing")]);
        manager.post(&path, json!({ "from": stays, "reason": "X" })).await.expect_fields(&[("from", "same_person")]);
        manager.with_if_match(5).post(&path, json!({ "from": goes, "reason": "X" })).await.expect_code(412, "stale");
        let other = app.other_organization().await.as_role(Role::Manager).await;
        other.post(&path, json!({ "from": goes, "reason": "X" })).await.expect_code(404, "not_found");
        app.as_role(Role::Nurse).await.post(&path, json!({ "from": goes, "reason": "X" })).await.expect_code(403, "forbidden");
        manager.post(&path, json!({ "from": goes, "reason": "Same card" })).await.expect(200);
        manager.post(&path, json!({ "from": goes, "reason": "Same card" })).await.expect_code(409, "already_merged");
        for q in [mrn.as_str(), "aldor"] {
            let found = manager.post("/api/patients/search", json!({ "q": q })).await.expect(200);
            assert_eq!(each(&found, "id"), [json!(stays)], "{q}");
        }
        let gone = manager.get(&format!("/api/patients/{goes}")).await.expect(200);
        assert_eq!((&gone.data()["is_active"], &gone.data()["merged_into"]), (&json!(false), &json!(stays)));
        manager.patch(&format!("/api/patients/{goes}"), json!({ "is_active": true })).await.expect_code(409, "already_merged");
        assert_eq!(each(&manager.get(&format!("/api/groups/{both}/members")).await.expect(200), "patient_id"), [json!(stays)]);
        let ended = manager.get(&format!("/api/groups/{both}/members/{extra}")).await.expect(200);
        assert_eq!((&ended.data()["status"], &ended.data()["left_reason"]), (&json!("left"), &json!(JOINED)));
        let mut statuses = each(&participants(&manager, &shared).await, "status");
        statuses.sort_by_key(Value::to_string);
        assert_eq!(statuses, ["booked", "cancelled"]);
        assert_eq!(each(&participants(&manager, &own).await, "patient_id"), [json!(stays)]);
        assert_eq!(app.count_of("patient.merged").await, 1);
        app.seal_and_verify().await;
    }

    /// Who has been in one session under both records is not merged before somebody says which of the two it was.
    async fn both_present_is_refused_by_name(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.all_attend().await;
        let (stays, goes) = (&scene.people[0].1, &scene.people[1].1);
        let path = format!("/api/patients/{stays}/merge");
        let asked = scene.admin.post(&format!("{path}?dry_run=true"), json!({ "from": goes })).await.expect(200);
        assert_eq!(asked.data()["unclear"][0]["session_id"], json!(scene.session));
        let refused = scene.admin.post(&path, json!({ "from": goes, "reason": "Same" })).await.expect_code(409, "both_present");
        assert_eq!(refused.json["errors"][0]["field"], json!(scene.session));
        assert!(scene.admin.get(&format!("/api/patients/{goes}")).await.expect(200).data()["merged_into"].is_null());
    }

    /// Two who are kept apart are not made one, and nobody is brought to whom they must not meet; pairs move along.
    async fn pairs_move_and_are_heeded(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let [one, two, three] = [patient(&manager, "One").await, patient(&manager, "Two").await, patient(&manager, "Three").await];
        let apart = async |a: &str, b: &str| {
            let new = json!({ "patient_id": a, "other_patient_id": b, "kind": "other", "reason": "Private" });
            manager.post("/api/keep-apart", new).await.expect(201).id()
        };
        let pair = apart(&one, &two).await;
        let merge = async |into: &str, from: &str| manager.post(&format!("/api/patients/{into}/merge"), json!({ "from": from, "reason": "Same" })).await;
        let refused = merge(&one, &two).await.expect_code(409, "not_eligible");
        assert!(!refused.text.contains("Private") && !refused.text.contains("apart"), "{refused}");
        let shared = group(&manager, json!({})).await;
        member(&manager, &shared, &one).await;
        let other = group(&manager, json!({ "name": "Other" })).await;
        member(&manager, &other, &three).await;
        merge(&three, &two).await.expect(200);
        let moved = manager.get(&format!("/api/keep-apart/{pair}")).await.expect(200);
        assert_eq!(moved.data()["other_patient_id"], json!(three));
        manager.post(&format!("/api/groups/{shared}/members"), json!({ "patient_id": three })).await.expect_code(409, "not_eligible");
        let friend = guest(&manager, "Friend").await;
        join(&manager, &shared, &friend).await;
        manager.post(&format!("/api/guests/{friend}/convert"), json!({ "patient_id": three })).await.expect_code(409, "not_eligible");
    }

    /// A guest may be somebody's relative, and stays theirs when the patient's record moves.
    async fn a_relative_belongs_to_a_patient(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (stays, goes) = (patient(&manager, "Alder").await, patient(&manager, "Aldor").await);
        let new = json!({ "display_name": "Rosa", "related_patient_id": goes, "relationship": "mother" });
        let rosa = manager.post("/api/guests", new).await.expect(201).id();
        manager.post("/api/guests", json!({ "display_name": "Nobody's", "related_patient_id": rosa })).await.expect(422);
        guest(&manager, "Somebody else").await;
        let merge = json!({ "from": goes, "reason": "Same card" });
        manager.post(&format!("/api/patients/{stays}/merge"), merge).await.expect(200);
        let found = manager.get(&format!("/api/guests?related_patient_id={stays}")).await.expect(200);
        assert_eq!((each(&found, "id"), each(&found, "relationship")), (vec![json!(rosa)], vec![json!("mother")]));
        let browser = app.page_client(Role::Manager).await;
        browser.get(&format!("/patients/{stays}")).await.expect(200).expect_text("Rosa").expect_text("mother");
        browser.get(&format!("/patients/{goes}")).await.expect(200).expect_text("Merged into");
        browser.get(&format!("/guests/{rosa}")).await.expect(200).expect_text("Alder");
    }

    /// Whoever is second, in either direction, changes nothing; nobody is merged into who is not there any more.
    async fn only_one_of_two_joins(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (one, two) = (patient(&manager, "Alder").await, patient(&manager, "Aldor").await);
        let shared = group(&manager, json!({})).await;
        member(&manager, &shared, &one).await;
        member(&manager, &shared, &two).await;
        let merge = async |into: &str, from: &str| manager.post(&format!("/api/patients/{into}/merge"), json!({ "from": from, "reason": "Same" })).await;
        let (there, back) = tokio::join!(merge(&one, &two), merge(&two, &one));
        let mut codes = [there.status, back.status];
        codes.sort_unstable();
        assert_eq!(codes, [200, 409], "{there} {back}");
        assert_eq!(app.count_of("patient.merged").await, 1);
        assert_eq!(manager.get(&format!("/api/groups/{shared}/members")).await.expect(200).items().len(), 1);
        let stays = if there.status == 200 { one } else { two };
        let who = guest(&manager, "Kim").await;
        join(&manager, &shared, &who).await;
        let path = format!("/api/guests/{who}/convert");
        let (first, second) = tokio::join!(manager.post(&path, json!({ "patient": born() })), manager.post(&path, json!({ "patient_id": stays })));
        let mut codes = [first.status, second.status];
        codes.sort_unstable();
        assert_eq!(codes, [200, 409], "{first} {second}");
        assert_eq!(app.count_of("guest.converted").await, 1);
        manager.patch(&format!("/api/guests/{who}"), json!({ "is_active": true })).await.expect_code(409, "already_converted");
        app.as_role(Role::Receptionist).await.post(&path, json!({ "patient_id": stays })).await.expect_code(403, "forbidden");
        let other = app.other_organization().await.as_role(Role::Manager).await;
        other.post(&path, json!({ "patient_id": stays })).await.expect_code(404, "not_found");
        let (third, fourth) = (patient(&manager, "Third").await, patient(&manager, "Fourth").await);
        manager.patch(&format!("/api/patients/{third}"), json!({ "is_active": false })).await.expect(200);
        merge(&third, &fourth).await.expect_code(409, "patient_inactive");
    }

    /// A calendar feed goes on at its address, with the patient's sessions; where both have one, the patient's stays.
    async fn a_feed_goes_on(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (who, known) = (guest(&manager, "Kim").await, patient(&manager, "Elder").await);
        let made = manager.post("/api/feeds", json!({ "guest_id": who })).await.expect(201);
        let first = made.data()["feed"]["id"].as_str().unwrap().to_owned();
        manager.post(&format!("/api/guests/{who}/convert"), json!({ "patient_id": known })).await.expect(200);
        let feed = manager.get(&format!("/api/feeds?patient_id={known}")).await.expect(200);
        assert_eq!(each(&feed, "id"), [json!(first)]);
        let twice = patient(&manager, "Eldar").await;
        manager.post("/api/feeds", json!({ "patient_id": twice })).await.expect(201);
        let merge = json!({ "from": twice, "reason": "Same" });
        manager.post(&format!("/api/patients/{known}/merge"), merge).await.expect(200);
        let feed = manager.get(&format!("/api/feeds?patient_id={known}")).await.expect(200);
        assert_eq!(each(&feed, "id"), [json!(first)]);
        assert_eq!(app.count_of("feed.revoked").await, 1);
    }

    /// Both on pages, with what would move shown first.
    async fn records_are_joined_on_pages(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (who, stays, goes) = (guest(&manager, "Kim <friend>").await, patient(&manager, "Alder").await, patient(&manager, "Aldor").await);
        let group = group(&manager, json!({ "name": "Evening circle" })).await;
        join(&manager, &group, &who).await;
        let browser = app.page_client(Role::Manager).await;
        browser.get(&format!("/guests/{who}")).await.expect(200).expect_text("Make a patient");
        let page = browser.get(&format!("/guests/{who}/convert")).await;
        page.expect(200).expect_text("Evening circle").expect_text("This can't be undone");
        let version = page.hidden("version");
        let fields = [("idempotency_key", "a1"), ("version", &*version), ("given_name", ""), ("family_name", "Elder"), ("birth_date", "1970-02-03")];
        browser.post_form(&format!("/guests/{who}/convert"), &fields).await.expect(422).expect_text("Given name");
        let fields = [("idempotency_key", "a2"), ("version", &*version), ("given_name", "Kim"), ("family_name", "Elder"), ("birth_date", "1970-02-03")];
        let done = browser.post_form(&format!("/guests/{who}/convert"), &fields).await;
        browser.follow(&done).await.expect(200).expect_text("Kim Elder");
        let found = browser.post_form(&format!("/patients/{stays}/merge/find"), &[("q", "Aldor")]).await;
        found.expect(200).expect_text(&format!("from={goes}"));
        let page = browser.get(&format!("/patients/{stays}/merge?from={goes}")).await;
        page.expect(200).expect_text("Side by side").expect_text("Differs");
        let version = page.hidden("version");
        let fields = [("idempotency_key", "b1"), ("version", &*version), ("from", &*goes), ("reason", "Same card")];
        let done = browser.post_form(&format!("/patients/{stays}/merge"), &fields).await;
        assert_eq!(done.location(), format!("/patients/{stays}"));
        let nurse = app.page_client(Role::Nurse).await;
        nurse.get(&format!("/patients/{stays}/merge")).await.expect(403);
        nurse.get(&format!("/guests/{who}/convert")).await.expect(403);
    }
}
