//! Consents: what people agree to, who has, and what check-in makes of it.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, TestApp, on_both},
    sessions::{group, member, participants, patient, practitioner, session},
};

mod gate;
mod pages;
mod signers;

/// A text of a kind that this many months hold; its id.
async fn text(admin: &Client, kind: &str, needed_by: &str, months: Option<u32>) -> String {
    let new = json!({ "kind": kind, "title": format!("About {kind}"), "words": "I agree.", "needed_by": needed_by, "months": months });
    admin.post("/api/consent-texts", new).await.expect(201).id()
}

async fn consent(client: &Client, patient: &str, kind: &str, more: Value) -> Answer {
    let mut new = json!({ "patient_id": patient, "kind": kind });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/api/consents", new).await
}

/// What is known of the first participant of a session.
async fn first(admin: &Client, session: &str) -> Value {
    participants(admin, session).await.items()[0].clone()
}

fn flag(participant: &Value) -> (bool, Value) {
    (participant["consent_verified"].as_bool().unwrap(), participant["consent_until"].clone())
}

on_both! {
    /// A new version is in use from then on; consents to the older one stay, and so do its words.
    async fn a_new_version_leaves_old_consents_as_they_are(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let ann = patient(&admin, "Alder").await;
        let old = text(&admin, "treatment", "patients", Some(12)).await;
        let given = consent(&admin, &ann, "treatment", json!({})).await.expect(201);
        let new = json!({ "kind": "treatment", "title": "Consent to treatment", "words": "I agree, and more." });
        let new = admin.post("/api/consent-texts", new).await.expect(201);
        assert_eq!((&new.data()["text_version"], &new.data()["in_use"], &new.data()["needed_by"]), (&json!(2), &json!(true), &json!("patients")));
        let shown = admin.get(&format!("/api/consents/{}", given.id())).await.expect(200);
        assert_eq!((&shown.data()["text_version"], &shown.data()["status"]), (&json!(1), &json!("in_force")));
        let before = admin.get(&format!("/api/consent-texts/{old}")).await.expect(200);
        assert_eq!((&before.data()["words"], &before.data()["in_use"]), (&json!("I agree."), &json!(false)));
        let words = json!({ "words": "Something else." });
        admin.patch(&format!("/api/consent-texts/{old}"), words).await.expect_fields(&[("words", "unknown_field")]);
        admin.patch(&format!("/api/consent-texts/{old}"), json!({ "in_use": true })).await.expect_code(409, "another_in_use");
        let listed = admin.get("/api/consent-texts?kind=treatment&in_use=true").await.expect(200);
        assert_eq!((listed.items().len(), &listed.items()[0]["text_version"]), (1, &json!(2)));
        let second = consent(&admin, &ann, "treatment", json!({})).await.expect(201);
        assert_eq!(second.data()["text_version"], 2);
        admin.patch(&format!("/api/consent-texts/{}", new.id()), json!({ "in_use": false })).await.expect(200);
        consent(&admin, &ann, "treatment", json!({})).await.expect_fields(&[("kind", "not_found")]);
        consent(&admin, &ann, "treatment", json!({ "text_id": old })).await.expect(201);
    }

    /// A clinic begins with the usual texts and has each once.
    async fn the_usual_texts_are_added_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        text(&admin, "treatment", "patients", None).await;
        let added = admin.post("/api/consent-texts/usual", json!({})).await.expect(201);
        let added = added.data()["added"].as_array().unwrap().len();
        assert!(added >= 8);
        assert_eq!(admin.get("/api/consent-texts").await.expect(200).items().len(), added + 1);
        admin.post("/api/consent-texts/usual", json!({})).await.expect_code(409, "nothing_to_add");
    }

    /// Every bad field is said at once; who signs for somebody else says by what; a parent no longer for an adult.
    async fn a_consent_is_judged_before_it_is_kept(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let ann = patient(&admin, "Alder").await;
        text(&admin, "roi", "nobody", None).await;
        text(&admin, "treatment", "patients", Some(12)).await;
        let wrong = json!({ "capacity": "guardian", "signed_on": "2026-03-05", "valid_from": "2026-03-04", "valid_until": "2026-03-03" });
        consent(&admin, &ann, "roi", wrong).await.expect_fields(&[
            ("signer_name", "missing"),
            ("signer_authority", "missing"),
            ("scope", "missing"),
            ("signed_on", "future"),
            ("valid_from", "before_signing"),
            ("valid_until", "before_start"),
        ]);
        let by_parent = json!({ "capacity": "parent", "signer_name": "Mo Alder", "signer_authority": "Mother" });
        consent(&admin, &ann, "treatment", by_parent.clone()).await.expect_fields(&[("capacity", "of_age")]);
        let young = json!({ "given_name": "Kit", "family_name": "Young", "birth_date": "2009-01-01" });
        let young = admin.post("/api/patients", young).await.expect(201).id();
        let kept = consent(&admin, &young, "treatment", by_parent).await.expect(201);
        assert_eq!((&kept.data()["valid_until"], &kept.data()["signer_name"]), (&json!("2026-12-31"), &json!("Mo Alder")));
        admin.post("/api/consents", json!({ "kind": "roi" })).await.expect_fields(&[("patient_id", "one_person")]);
        admin.post("/api/consents", json!({ "patient_id": ann })).await.expect_fields(&[("text_id", "missing")]);
        for day in ["0001-01-01", "9999-12-31"] {
            consent(&admin, &ann, "treatment", json!({ "valid_until": day })).await.expect(422);
        }
        let open = consent(&admin, &ann, "treatment", json!({ "valid_until": null })).await.expect(201);
        assert_eq!((&open.data()["valid_until"], &open.data()["signer_name"]), (&Value::Null, &json!("Pat Alder")));
    }

    /// A consent verifies the bookings there are and those to come; revoking it clears them, also what was seen by hand.
    async fn a_consent_verifies_bookings_until_it_is_revoked(app: TestApp) {
        let (admin, robin) = (app.as_role(Role::Admin).await, app.as_role(Role::Therapist).await);
        let ann = patient(&admin, "Alder").await;
        let skills = group(&admin, json!({})).await;
        member(&admin, &skills, &ann).await;
        let today = session(&admin, &skills, "2026-03-04T10:30").await;
        let booking = format!("/api/sessions/{today}/participants/{}", first(&admin, &today).await["id"].as_str().unwrap());
        text(&admin, "treatment", "patients", Some(12)).await;
        let other = text(&admin, "photo_or_recording", "nobody", None).await;
        assert_eq!(flag(&first(&admin, &today).await), (false, Value::Null));
        let given = consent(&robin, &ann, "treatment", json!({ "signed_on": "2026-03-01" })).await.expect(201);
        assert_eq!(flag(&first(&admin, &today).await), (true, json!("2027-02-28")));
        let later = session(&admin, &skills, "2026-03-11T10:30").await;
        assert_eq!(flag(&first(&admin, &later).await), (true, json!("2027-02-28")));
        let far = session(&admin, &skills, "2027-03-03T10:30").await;
        assert_eq!(flag(&first(&admin, &far).await), (false, Value::Null), "it has ended by then");
        let photo = robin.post("/api/consents", json!({ "patient_id": ann, "text_id": other })).await.expect(201).id();
        admin.patch(&booking, json!({ "consent_verified": true })).await.expect(200);
        assert_eq!(flag(&first(&admin, &today).await), (true, Value::Null), "seen by hand, no day ends it");
        robin.post(&format!("/api/consents/{photo}/revoke"), json!({ "reason": "Changed their mind" })).await.expect(200);
        assert!(flag(&first(&admin, &today).await).0, "nobody needs that one");
        let revoke = format!("/api/consents/{}/revoke", given.id());
        robin.post(&revoke, json!({})).await.expect_fields(&[("reason", "missing")]);
        robin.with_if_match(9).post(&revoke, json!({ "reason": "In writing" })).await.expect_code(412, "stale");
        let revoked = robin.post(&revoke, json!({ "reason": "In writing" })).await.expect(200);
        assert_eq!((&revoked.data()["status"], &revoked.data()["revoked_reason"]), (&json!("revoked"), &json!("In writing")));
        robin.post(&revoke, json!({ "reason": "Again" })).await.expect_code(409, "invalid_transition");
        for session in [&today, &later] {
            assert_eq!(flag(&first(&admin, session).await), (false, Value::Null));
        }
        assert_eq!(first(&admin, &today).await["blocked_by"], json!(["finance", "consent"]));
        assert_eq!((app.count_of("consent.taken").await, app.count_of("consent.revoked").await), (2, 2));
        app.seal_and_verify().await;
    }

    /// A session that moves beyond the last day of a consent is not verified any more, at once, in lists as well; and is
    /// again when it moves back.
    async fn what_ends_before_the_session_does_not_count(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let ann = patient(&admin, "Alder").await;
        text(&admin, "treatment", "patients", None).await;
        consent(&admin, &ann, "treatment", json!({ "valid_until": "2026-03-10" })).await.expect(201);
        let skills = group(&admin, json!({})).await;
        member(&admin, &skills, &ann).await;
        let meeting = session(&admin, &skills, "2026-03-09T10:30").await;
        assert_eq!(flag(&first(&admin, &meeting).await), (true, json!("2026-03-10")));
        admin.patch(&format!("/api/sessions/{meeting}"), json!({ "starts_at": "2026-03-12T10:30" })).await.expect(200);
        let moved = first(&admin, &meeting).await;
        assert_eq!(flag(&moved), (false, Value::Null));
        assert!(moved["blocked_by"].as_array().unwrap().contains(&json!("consent")));
        assert_eq!(admin.get("/api/participants?consent_verified=true").await.expect(200).items().len(), 0);
        admin.patch(&format!("/api/sessions/{meeting}"), json!({ "starts_at": "2026-03-10T10:30" })).await.expect(200);
        assert_eq!(flag(&first(&admin, &meeting).await), (true, json!("2026-03-10")));
        assert_eq!(admin.get("/api/participants?consent_verified=true").await.expect(200).items().len(), 1);
        // On the day itself the clock alone decides: the last day counts, the next does not.
        app.advance(SignedDuration::from_hours(24 * 6));
        let on_last = session(&admin, &skills, "2026-03-10T16:00").await;
        assert_eq!(flag(&first(&admin, &on_last).await), (true, json!("2026-03-10")));
        let robin = app.as_role(Role::Receptionist).await;
        let booking = format!("/api/sessions/{on_last}/participants/{}", first(&admin, &on_last).await["id"].as_str().unwrap());
        robin.patch(&booking, json!({ "finance_cleared": true })).await.expect(200);
        robin.post(&format!("{booking}/check-in"), json!({})).await.expect(200);
    }

    /// Guests, groups and video need what their texts say: each kind that is missing keeps the gate closed.
    async fn who_needs_what_depends_on_how_they_take_part(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.post("/api/consent-texts/usual", json!({})).await.expect(201);
        let groups = admin.get("/api/consent-texts?kind=group_confidentiality").await.expect(200).items()[0].clone();
        let path = format!("/api/consent-texts/{}", groups["id"].as_str().unwrap());
        admin.patch(&path, json!({ "needed_by": "groups" })).await.expect(200);
        let ann = patient(&admin, "Alder").await;
        let sam = admin.post("/api/guests", json!({ "display_name": "Sam Guest" })).await.expect(201).id();
        let skills = group(&admin, json!({})).await;
        member(&admin, &skills, &ann).await;
        let meeting = session(&admin, &skills, "2026-03-04T10:30").await;
        admin.post(&format!("/api/sessions/{meeting}/add-patient"), json!({ "guest_id": sam })).await.expect(201);
        let verified = || async {
            let people = participants(&admin, &meeting).await;
            let of = |column: &str| people.items().iter().find(|one| !one[column].is_null()).unwrap()["consent_verified"].clone();
            (of("patient_id"), of("guest_id"))
        };
        consent(&admin, &ann, "treatment", json!({})).await.expect(201);
        assert_eq!(verified().await, (json!(false), json!(false)), "group_confidentiality is missing");
        consent(&admin, &ann, "group_confidentiality", json!({})).await.expect(201);
        assert_eq!(verified().await, (json!(true), json!(false)));
        for kind in ["group_confidentiality", "guest_confidentiality"] {
            admin.post("/api/consents", json!({ "guest_id": sam, "kind": kind })).await.expect(201);
        }
        assert_eq!(verified().await, (json!(true), json!(true)));
        let people = participants(&admin, &meeting).await;
        let own = people.items().iter().find(|one| !one["patient_id"].is_null()).unwrap()["id"].as_str().unwrap().to_owned();
        let own = format!("/api/sessions/{meeting}/participants/{own}");
        let by_video = admin.patch(&own, json!({ "modality": "video" })).await.expect(200);
        assert_eq!(by_video.data()["consent_verified"], false, "telehealth needs its own");
        admin.patch(&own, json!({ "modality": "in_person" })).await.expect(200);
        assert_eq!(verified().await.0, json!(true));
        let leader = practitioner(&admin, "Vale").await;
        let alone = json!({ "session_type": "individual", "patient_id": ann, "starts_at": "2026-03-05T09:00", "leaders": [{ "practitioner_id": leader }] });
        let alone = admin.post("/api/sessions", alone).await.expect(201).id();
        assert_eq!(first(&admin, &alone).await["consent_verified"], true);
    }

    /// The consents of a duplicate are the patient's once the two are one.
    async fn consents_come_along_when_records_are_merged(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (ann, twice) = (patient(&admin, "Alder").await, patient(&admin, "Alder").await);
        text(&admin, "treatment", "patients", None).await;
        let given = consent(&admin, &twice, "treatment", json!({})).await.expect(201).id();
        let merge = json!({ "from": twice, "reason": "One person" });
        admin.post(&format!("/api/patients/{ann}/merge"), merge).await.expect(200);
        let held = admin.get(&format!("/api/consents?patient_id={ann}&status=in_force")).await.expect(200);
        assert_eq!((held.items().len(), &held.items()[0]["id"]), (1, &json!(given)));
        consent(&admin, &twice, "treatment", json!({})).await.expect_fields(&[("patient_id", "not_found")]);
    }

    /// Lists show consents as they stand today; who may not keep consents is told what they lack; reading is in the log.
    async fn consents_are_listed_as_they_stand(app: TestApp) {
        let (admin, desk) = (app.as_role(Role::Admin).await, app.as_role(Role::Receptionist).await);
        let ann = patient(&admin, "Alder").await;
        text(&admin, "treatment", "patients", None).await;
        let terms = [
            ("in_force", json!({ "valid_until": "2026-03-04" })),
            ("not_yet", json!({ "valid_from": "2026-03-05" })),
            ("expired", json!({ "signed_on": "2026-01-01", "valid_until": "2026-03-03" })),
        ];
        for (_, term) in &terms {
            consent(&admin, &ann, "treatment", term.clone()).await.expect(201);
        }
        for (status, _) in &terms {
            let found = desk.get(&format!("/api/consents?patient_id={ann}&status={status}")).await.expect(200);
            assert_eq!((found.items().len(), &found.items()[0]["status"]), (1, &json!(status)));
        }
        assert_eq!(desk.get("/api/consents?kind=treatment").await.expect(200).items().len(), 3);
        let page = desk.get(&format!("/api/consents?patient_id={ann}&limit=2")).await.expect(200);
        let rest = desk.get(&format!("/api/consents?patient_id={ann}&limit=2&cursor={}", page.next().unwrap())).await.expect(200);
        assert_eq!((page.items().len(), rest.items().len(), rest.next()), (2, 1, None));
        consent(&desk, &ann, "treatment", json!({})).await.expect_code(403, "forbidden");
        assert!(app.audited().await.contains(&("consent_list".to_owned(), "done".to_owned())) || app.audited().await.iter().any(|entry| entry.0.contains("consent_list")));
    }
}
