//! Who may sign what, and for whom: each refusal names the field and what would help.

use super::*;

/// What is said of a field.
fn message(answer: &Answer, field: &str) -> String {
    let errors = answer.json["errors"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let found = errors.iter().find(|error| error["field"] == field).unwrap_or_else(|| panic!("{answer}"));
    found["message"].as_str().unwrap().to_owned()
}

on_both! {
    /// Age and capacity go together; nothing is kept of what does not.
    async fn a_signer_must_be_able_to_sign(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let born = async |day: &str| {
            let new = json!({ "given_name": "Kit", "family_name": "Young", "preferred_name": "Kiki", "birth_date": day });
            admin.post("/api/patients", new).await.expect(201).id()
        };
        // The clinic's day is 4 March 2026.
        let (child, teen, adult) = (born("2014-03-05").await, born("2014-03-04").await, born("2008-03-04").await);
        admin.post("/api/consent-texts/usual", json!({})).await.expect(201);
        let take = async |who: &str, kind: &str, more: Value| consent(&admin, who, kind, more).await;
        let by = |capacity: &str| json!({ "capacity": capacity, "signer_name": "Mo Vale", "signer_authority": "By law" });

        let refused = take(&child, "treatment", json!({})).await;
        let refused = refused.expect_fields(&[("capacity", "too_young")]);
        assert!(message(&refused, "capacity").contains("a parent, guardian or representative signs"));
        take(&teen, "treatment", json!({})).await.expect(201);
        take(&child, "treatment", by("parent")).await.expect(201);
        take(&child, "treatment", by("health_care_agent")).await.expect_fields(&[("capacity", "minor")]);
        take(&adult, "treatment", by("health_care_agent")).await.expect(201);
        take(&adult, "treatment", by("parent")).await.expect_fields(&[("capacity", "of_age")]);
        // The day it was signed decides: yesterday the adult was a minor.
        let yesterday = json!({ "capacity": "parent", "signer_name": "Mo Vale", "signer_authority": "Mother", "signed_on": "2026-03-03" });
        let kept = take(&adult, "treatment", yesterday).await.expect(201);
        assert_eq!(kept.data()["valid_until"], "2026-03-03");
        for capacity in ["guardian", "representative"] {
            let kept = take(&teen, "treatment", by(capacity)).await.expect(201);
            assert_eq!(kept.data()["valid_until"], "2027-03-03", "as the text says");
            let mut longer = by(capacity);
            longer["valid_until"] = json!("2032-03-04");
            take(&teen, "treatment", longer.clone()).await.expect_fields(&[("valid_until", "of_age")]);
            longer["valid_until"] = json!("2032-03-03");
            take(&teen, "treatment", longer).await.expect(201);
        }
        take(&teen, "guardian_consent", json!({})).await.expect_fields(&[("capacity", "needs_representative")]);
        take(&teen, "guardian_consent", by("guardian")).await.expect(201);
        let stranger = take(&adult, "treatment", json!({ "signer_name": "Mo Vale" })).await;
        let stranger = stranger.expect_fields(&[("signer_name", "somebody_else")]);
        assert!(message(&stranger, "signer_name").contains("in what capacity"));
        take(&adult, "treatment", json!({ "signer_authority": "Mother" })).await.expect_fields(&[("signer_authority", "somebody_else")]);
        take(&adult, "treatment", json!({ "signer_name": "Kiki Y." })).await.expect(201);
        let held = admin.get(&format!("/api/consents?patient_id={child}")).await.expect(200);
        assert_eq!(held.items().len(), 1, "nothing is kept of what was refused");
    }

    /// Patients' kinds are not taken of guests, nor guests' of patients; texts do not ask for what nobody could give.
    async fn each_kind_is_of_who_can_give_it(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "finance_gate": false })).await.expect(200);
        let ann = patient(&admin, "Alder").await;
        let sam = admin.post("/api/guests", json!({ "display_name": "Sam Guest" })).await.expect(201).id();
        admin.post("/api/consent-texts/usual", json!({})).await.expect(201);
        let of_guest = async |more: Value| {
            let mut new = json!({ "guest_id": sam });
            new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            admin.post("/api/consents", new).await
        };
        let texts = admin.get("/api/consent-texts").await.expect(200);
        let id = |kind: &str| texts.items().iter().find(|text| text["kind"] == kind).unwrap()["id"].as_str().unwrap().to_owned();
        for kind in ["treatment", "financial_policy", "roi", "part2_tpo", "part2_specific", "sud_counseling_notes"] {
            of_guest(json!({ "kind": kind, "scope": "To somebody" })).await.expect_fields(&[("kind", "patients_only")]);
            let refused = of_guest(json!({ "text_id": id(kind), "scope": "To somebody" })).await;
            let refused = refused.expect_fields(&[("text_id", "patients_only")]);
            assert!(message(&refused, "text_id").contains("registered as a patient"));
        }
        let by_parent = json!({ "kind": "photo_or_recording", "capacity": "parent", "signer_name": "Mo", "signer_authority": "Mother" });
        let refused = of_guest(by_parent).await;
        let refused = refused.expect_fields(&[("capacity", "age_unknown")]);
        assert!(message(&refused, "capacity").contains("choose guardian or representative"));
        of_guest(json!({ "kind": "photo_or_recording", "capacity": "guardian", "signer_name": "Mo", "signer_authority": "Court" })).await.expect(201);
        for kind in ["guest_confidentiality", "group_confidentiality", "telehealth"] {
            of_guest(json!({ "kind": kind })).await.expect(201);
        }
        consent(&admin, &ann, "guest_confidentiality", json!({})).await.expect_fields(&[("kind", "guests_only")]);

        let change = async |kind: &str, by: &str| admin.patch(&format!("/api/consent-texts/{}", id(kind)), json!({ "needed_by": by })).await;
        change("treatment", "guests").await.expect_fields(&[("needed_by", "cannot_give")]);
        change("guest_confidentiality", "patients").await.expect_fields(&[("needed_by", "cannot_give")]);
        let new = json!({ "kind": "roi", "title": "Release", "words": "I agree.", "needed_by": "guests" });
        admin.post("/api/consent-texts", new).await.expect_fields(&[("needed_by", "cannot_give")]);
        // Asked of who takes part in groups, it binds the patients there; a guest has what a guest can give.
        change("treatment", "groups").await.expect(200);
        let skills = group(&admin, json!({})).await;
        let meeting = session(&admin, &skills, "2026-03-04T10:30").await;
        for who in [json!({ "guest_id": sam }), json!({ "patient_id": ann })] {
            admin.post(&format!("/api/sessions/{meeting}/add-patient"), who).await.expect(201);
        }
        let people = participants(&admin, &meeting).await;
        let of = |field: &str| people.items().iter().find(|one| !one[field].is_null()).unwrap()["consent_verified"].clone();
        assert_eq!((of("guest_id"), of("patient_id")), (json!(true), json!(false)));
    }

    /// The page says it beside the field.
    async fn the_page_names_the_field(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let sam = admin.post("/api/guests", json!({ "display_name": "Sam Guest" })).await.expect(201).id();
        let words = text(&admin, "treatment", "patients", Some(12)).await;
        text(&admin, "guest_confidentiality", "guests", Some(12)).await;
        let browser = app.page_client(Role::Admin).await;
        let here = format!("/guests/{sam}/consents");
        let shown = browser.get(&here).await;
        shown.expect(200).expect_text("About guest_confidentiality");
        assert!(!shown.html.contains("About treatment"), "what no guest can give is not offered");
        let key = shown.hidden("idempotency_key");
        let refused = browser.post_form(&here, &[("idempotency_key", &key), ("text_id", &words), ("capacity", "self")]).await;
        refused.expect(422).expect_text("is given by patients only; a guest signs the texts for guests, or is registered as a patient.");
        let next = format!("/settings/consents/new?text_id={words}");
        let shown = browser.get(&next).await;
        shown.expect(200).expect_text("Everybody signs again");
        let key = shown.hidden("idempotency_key");
        let fields = [("idempotency_key", key.as_str()), ("kind", "treatment"), ("title", "Treatment"), ("words", "More."), ("needed_by", "patients"), ("sign_again", "true")];
        let added = browser.post_form("/settings/consents/new", &fields).await;
        let page = browser.follow(&added).await;
        page.expect(200).expect_text("Consents count from version");
        let text = admin.get("/api/consent-texts?kind=treatment&in_use=true").await.expect(200);
        assert_eq!((&text.items()[0]["text_version"], &text.items()[0]["counts_from"]), (&json!(2), &json!(2)));
        let ann = patient(&admin, "Alder").await;
        consent(&admin, &ann, "treatment", json!({ "kind": "treatment", "text_id": words })).await.expect(201);
        browser.get(&format!("/patients/{ann}/consents")).await.expect(200).expect_text("Version 1, to be signed again");
    }
}
