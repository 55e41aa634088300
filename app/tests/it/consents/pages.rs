//! Consents on pages, without scripts.

use super::*;
use crate::harness::{Page, PageClient};

/// Sends a form of a page with its key.
async fn send(browser: &PageClient, page: &str, to: &str, fields: &[(&str, &str)]) -> Page {
    let shown = browser.get(page).await;
    shown.expect(200);
    let (_, form) = shown.html.split_once(&format!("action=\"{to}\"")).unwrap_or_else(|| panic!("no {to}: {shown}"));
    let hidden = |name: &str| {
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let (key, version) = (hidden("idempotency_key").unwrap(), hidden("version"));
    let mut all = vec![("idempotency_key", key.as_str())];
    all.extend(version.as_deref().map(|version| ("version", version)));
    all.extend(fields);
    browser.post_form(to, &all).await
}

on_both! {
    /// A therapist keeps a consent on the patient's page, reads what was signed, and revokes it with a reason.
    async fn a_consent_is_kept_and_revoked_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let ann = patient(&admin, "Alder").await;
        let here = format!("/patients/{ann}/consents");
        let robin = app.page_client(Role::Therapist).await;
        robin.get(&here).await.expect(200).expect_text("There is no text to consent to yet");
        let treatment = text(&admin, "treatment", "patients", Some(12)).await;
        let guardian = [("text_id", treatment.as_str()), ("capacity", "guardian"), ("signed_on", "2026-03-02")];
        let refused = send(&robin, &here, &here, &guardian).await;
        refused.expect(422).expect_text("Signer name is required when somebody else signs.");
        let good = [("text_id", treatment.as_str()), ("signed_on", "2026-03-02"), ("method", "paper"), ("capacity", "self")];
        let kept = send(&robin, &here, &here, &good).await;
        let page = robin.follow(&kept).await;
        page.expect(200).expect_text("The consent is kept.").expect_text("2 Mar 2026 to 1 Mar 2027").expect_text("In force");
        let listed = admin.get(&format!("/api/consents?patient_id={ann}")).await.expect(200);
        let one = format!("/consents/{}", listed.items()[0]["id"].as_str().unwrap());
        robin.get(&one).await.expect(200).expect_text("I agree.").expect_text("For themselves");
        let revoke = format!("{one}/revoke");
        send(&robin, &one, &revoke, &[("reason", "")]).await.expect(422);
        let revoked = send(&robin, &one, &revoke, &[("reason", "Withdrawn in writing")]).await;
        robin.follow(&revoked).await.expect(200).expect_text("The consent is revoked.").expect_text("Withdrawn in writing");
        let desk = app.page_client(Role::Receptionist).await;
        let seen = desk.get(&here).await;
        seen.expect(200).expect_text("Revoked");
        assert!(!seen.html.contains("Keep a consent"), "who may not keep one is not asked to");
        desk.post_form(&here, &good).await.expect(403);
    }

    /// What check-in asks for leads the page, with what is lacking, until when the rest holds, and a way to keep it.
    async fn what_check_in_asks_for_leads_the_page(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let ann = patient(&admin, "Alder").await;
        let here = format!("/patients/{ann}/consents");
        let robin = app.page_client(Role::Therapist).await;
        text(&admin, "guest_confidentiality", "guests", None).await;
        text(&admin, "photography", "nobody", None).await;
        let nothing = robin.get(&here).await;
        assert!(!nothing.html.contains("Asked for at check-in"), "nothing is asked of a patient: {nothing}");
        text(&admin, "treatment", "patients", Some(12)).await;
        let video = text(&admin, "telehealth", "telehealth", None).await;
        consent(&admin, &ann, "treatment", json!({ "signed_on": "2026-03-02" })).await.expect(201);
        let page = robin.get(&here).await;
        page.expect(200).expect_text("One is missing").expect_text("Holds to 1 Mar 2027").expect_text("By video");
        let (leads, rest) = page.html.split_once("Nothing</span>").expect("nothing is to do for what holds");
        assert!(!leads.contains("About photography") && !page.html.contains("About guest"), "{page}");
        assert!(rest.contains("About photography"), "it can be kept all the same");
        let keep = format!("{here}?text_id={video}#take");
        page.expect_text(&keep);
        let chosen = robin.get(keep.trim_end_matches("#take")).await;
        chosen.expect(200).expect_text(&format!("value=\"{video}\" selected"));
        consent(&admin, &ann, "telehealth", json!({ "signed_on": "2026-03-02", "valid_until": "2026-03-03" })).await.expect(201);
        robin.get(&here).await.expect_text("Expired 3 Mar 2026");
        admin.patch("/api/settings", json!({ "consent_gate": false })).await.expect(200);
        let off = robin.get(&here).await;
        assert!(!off.html.contains("Asked for at check-in"), "check-in asks for none");
    }

    /// A guest has consents too, and an open end is said.
    async fn a_guest_consents_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let sam = admin.post("/api/guests", json!({ "display_name": "Sam Guest" })).await.expect(201).id();
        let words = text(&admin, "guest_confidentiality", "guests", Some(12)).await;
        let (here, browser) = (format!("/guests/{sam}/consents"), app.page_client(Role::Admin).await);
        browser.get(&format!("/guests/{sam}")).await.expect(200).expect_text(&here);
        let kept = send(&browser, &here, &here, &[("text_id", words.as_str()), ("open_end", "true")]).await;
        browser.follow(&kept).await.expect(200).expect_text("until revoked");
    }

    /// An administrator begins with the usual texts, writes a new version, and takes a text out of use.
    async fn texts_are_kept_on_the_settings_page(app: TestApp) {
        let (browser, admin) = (app.page_client(Role::Admin).await, app.as_role(Role::Admin).await);
        const HERE: &str = "/settings/consents";
        browser.get(HERE).await.expect(200).expect_text("No texts yet");
        let usual = send(&browser, HERE, "/settings/consents/usual", &[]).await;
        browser.follow(&usual).await.expect(200).expect_text("11 texts are added.").expect_text("Consent to telehealth");
        let first = admin.get("/api/consent-texts?kind=telehealth").await.expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let new = format!("/settings/consents/new?text_id={first}");
        browser.get(&new).await.expect(200).expect_text("I agree to take part by video.");
        let next = [("kind", "telehealth"), ("title", "Telehealth"), ("words", "By video, I agree."), ("needed_by", "telehealth"), ("months", "6")];
        let added = send(&browser, &new, "/settings/consents/new", &next).await;
        browser.follow(&added).await.expect(200).expect_text("telehealth, version 2").expect_text("By video, I agree.");
        let second = added.location().to_owned();
        let changed = send(&browser, &second, &second, &[("needed_by", "nobody"), ("months", "")]).await;
        browser.follow(&changed).await.expect(200).expect_text("Not in use");
        let again = format!("{HERE}/{first}");
        let back = send(&browser, &again, &again, &[("needed_by", "telehealth"), ("months", "12"), ("in_use", "true")]).await;
        browser.follow(&back).await.expect(200).expect_text("Saved.");
        let bad = send(&browser, "/settings/consents/new", "/settings/consents/new", &[("kind", "Big Words"), ("title", ""), ("words", "")]).await;
        bad.expect(422).expect_text("Kind must be 2 to 40 small letters").expect_text("Title must not be empty.");
        app.page_client(Role::Therapist).await.get(HERE).await.expect(403);
    }
}
