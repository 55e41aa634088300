//! Calendar feeds in a browser without scripts.

use super::*;
use crate::harness::PageClient;

/// The address that a page shows.
fn shown(page: &crate::harness::Page) -> String {
    let address = page.html.split("/ics/").nth(1).and_then(|rest| rest.split(".ics").next());
    format!("/ics/{}.ics", address.unwrap_or_else(|| panic!("no address: {page}")))
}

async fn press(browser: &PageClient, page: &str, to: &str, fields: &[(&str, &str)]) -> crate::harness::Page {
    let form = browser.get(page).await;
    let key = form.expect(200).hidden("idempotency_key");
    let version = form.html.contains("name=\"version\"").then(|| form.hidden("version"));
    let mut all = vec![("idempotency_key", key.as_str())];
    all.extend(version.as_deref().map(|version| ("version", version)));
    all.extend(fields);
    browser.post_form(to, &all).await
}

on_both! {
    /// One's own: made, given another address, revoked.
    async fn ones_own_feed_on_pages(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let browser = app.browser();
        browser.sign_in(&clinic.leader.email).await;
        browser.get("/account").await.expect(200).expect_text("/account/feeds");
        let page = browser.get("/account/feeds").await;
        page.expect(200).expect_text("No calendar feeds").expect_text("The sessions I lead").expect_text("Room, 2, North 🌵 Campus");
        let made = press(&browser, "/account/feeds", "/account/feeds", &[("place", "")]).await;
        made.expect(200).expect_text("Copy it now").expect_text("Google Calendar");
        let first = shown(&made);
        app.as_nobody().get(&first).await.expect(200);
        let listed = browser.get("/account/feeds").await;
        assert!(!listed.html.contains("/ics/"), "it is shown once");
        listed.expect_text("The sessions I lead").expect_text("4 Mar 2026").expect_text("New address");

        let refused = press(&browser, "/account/feeds", "/account/feeds", &[("place", "")]).await;
        refused.expect(409).expect_text("There is a feed for this already.");
        press(&browser, "/account/feeds", "/account/feeds", &[("place", "nonsense")]).await.expect(422);
        let of_room = press(&browser, &format!("/account/feeds?place={}", clinic.room), "/account/feeds", &[("place", &clinic.room)]).await;
        app.as_nobody().get(&shown(of_room.expect(200))).await.expect(200);

        let feeds = clinic.leader.client.get("/api/feeds").await.expect(200);
        let id = text(&feeds.items()[0]["id"]);
        let stale = [("version", "1")];
        let rotated = browser.post_form(&format!("/feeds/{id}/rotate"), &stale).await;
        let second = shown(rotated.expect(200));
        app.as_nobody().get(&first).await.expect(410);
        // The other tab still has the version before.
        browser.post_form(&format!("/feeds/{id}/rotate"), &stale).await.expect(412).expect_text("Somebody else has changed this");
        app.as_nobody().get(&second).await.expect(200);
        let revoked = browser.post_form(&format!("/feeds/{id}/revoke"), &[("version", "2")]).await;
        browser.follow(&revoked).await.expect(200).expect_text("The feed is revoked.");
        app.as_nobody().get(&second).await.expect(410);
    }

    /// A patient's and a guest's, by who books them; others do not see the page.
    async fn a_persons_feed_on_pages(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let guest = clinic.admin.post("/api/guests", json!({ "display_name": "Jo" })).await.expect(201).id();
        let desk = app.page_client(Role::Receptionist).await;
        for path in [format!("/patients/{}/feed", clinic.patient), format!("/guests/{guest}/feed")] {
            let owner = path.trim_end_matches("/feed");
            desk.get(owner).await.expect(200).expect_text(&path);
            desk.get(&path).await.expect(200).expect_text("No calendar feed");
            let made = press(&desk, &path, &path, &[]).await;
            app.as_nobody().get(&shown(made.expect(200))).await.expect(200);
            desk.get(&path).await.expect(200).expect_text("Last fetched").expect_text("New address");
            press(&desk, &path, &path, &[]).await.expect(409);
            let nurse = app.page_client(Role::Nurse).await;
            nurse.get(&path).await.expect(403);
            assert!(!nurse.get(owner).await.expect(200).html.contains(&path));
        }
        let gone = patient(&clinic.admin, "Gone").await;
        clinic.admin.patch(&format!("/api/patients/{gone}"), json!({ "is_active": false })).await.expect(200);
        let page = desk.get(&format!("/patients/{gone}/feed")).await;
        page.expect(200).expect_text("Whoever no longer comes");
        desk.get(&format!("/patients/{}/feed", clinic.site)).await.expect(404);
    }
}
