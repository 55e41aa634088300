//! The pages of people, places, users and one's own account, in a browser without scripts.

use rules::permissions::Role;

use crate::harness::{PASSWORD, PageClient, TestApp, on_both};

/// Fills in and sends a form that a page shows.
async fn send(browser: &PageClient, page: &str, to: &str, fields: &[(&str, &str)]) -> crate::harness::Page {
    let form = browser.get(page).await;
    let key = form.expect(200).hidden("idempotency_key");
    let version = form.html.contains("name=\"version\"").then(|| form.hidden("version"));
    let mut all = vec![("idempotency_key", key.as_str())];
    all.extend(version.as_deref().map(|version| ("version", version)));
    all.extend(fields);
    browser.post_form(to, &all).await
}

/// The last part of an address.
fn last(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or_default()
}

on_both! {
    /// A patient is registered, found without a name in any address, and changed, all on pages.
    async fn a_patient_on_pages(app: TestApp) {
        let browser = app.page_client(Role::Therapist).await;
        browser.get("/patients").await.expect(200).expect_text("No patients here");
        let bad = [("given_name", "Ann"), ("family_name", " "), ("birth_date", "1870-01-01"), ("email", "ann")];
        let refused = send(&browser, "/patients/new", "/patients", &bad).await;
        refused.expect(422).expect_text("Family name must not be empty.");
        refused.expect_text("Birth date must not be before 1900").expect_text("value=\"Ann\"");
        refused.expect_text("E-mail must be an e-mail address");

        let good = [("given_name", "Ann"), ("family_name", "O'Brien"), ("birth_date", "1970-04-25"), ("preferred_name", "Nan")];
        let made = send(&browser, "/patients/new", "/patients", &good).await;
        let address = made.location().to_owned();
        let page = browser.follow(&made).await;
        page.expect(200).expect_text("The patient is registered.").expect_text("Nan O'Brien").expect_text("Born 25 Apr 1970, 55 years");
        page.expect_text("MRN-000001");
        let taken = send(&browser, "/patients/new", "/patients", &[&good[..], &[("mrn", "mrn-000001")]].concat()).await;
        taken.expect(409).expect_text("Another patient has this medical record number.");

        let found = browser.post_form("/patients/search", &[("q", "obr nan"), ("status", "active")]).await;
        found.expect(200).expect_text(&address);
        let none = browser.post_form("/patients/search", &[("q", "zz")]).await;
        none.expect(200).expect_text("Nobody is found by these words");

        let edit = format!("{address}/edit");
        let change = [("mrn", "A-1"), ("given_name", "Ann"), ("family_name", "Lee"), ("birth_date", "1970-04-25"), ("is_active", "true")];
        let changed = send(&browser, &edit, &edit, &change).await;
        browser.follow(&changed).await.expect(200).expect_text("Ann Lee").expect_text("Saved.");
        let cleared = send(&browser, &edit, &edit, &[("mrn", "A-1"), ("given_name", ""), ("family_name", "Lee"), ("birth_date", "1970-04-25")]).await;
        cleared.expect(422).expect_text("Given name must not be empty.");
        let stale = browser.post_form(&edit, &[&change[..], &[("version", "1")]].concat()).await;
        stale.expect(412).expect_text("Somebody else has changed this");
        assert!(app.as_role(Role::Nurse).await.get(&format!("/api{address}")).await.expect(200).version() == 2);

        let nurse = app.page_client(Role::Nurse).await;
        assert!(!nurse.get("/patients").await.expect(200).html.contains("/patients/new"), "a nurse registers nobody");
        nurse.get("/patients/new").await.expect(403);
        app.page_client(Role::Auditor).await.get("/patients").await.expect(403);
    }

    /// A patient's page lists the groups they are in, and were in.
    async fn the_groups_of_a_patient(app: TestApp) {
        let (program, admin) = (app.as_role(Role::Manager).await, app.as_role(Role::Admin).await);
        let new = serde_json::json!({ "given_name": "Ann", "family_name": "Lee", "birth_date": "1970-04-25" });
        let patient = program.post("/api/patients", new).await.expect(201).id();
        let browser = app.page_client(Role::Therapist).await;
        let address = format!("/patients/{patient}/groups");
        browser.get(&address).await.expect(200).expect_text("In no group yet");
        for name in ["Grief", "Skills"] {
            let leader = serde_json::json!({ "given_name": "Rosa", "family_name": name, "credential": "LCSW" });
            let leader = admin.post("/api/practitioners", leader).await.expect(201).id();
            let group = serde_json::json!({ "name": name, "type": "therapy", "facilitator_id": leader });
            let members = format!("/api/groups/{}/members", program.post("/api/groups", group).await.expect(201).id());
            let member = serde_json::json!({ "member_type": "patient", "patient_id": patient });
            let member = program.post(&members, member).await.expect(201).id();
            if name == "Grief" {
                program.delete(&format!("{members}/{member}?reason=Moved")).await.expect(200);
            }
        }
        let page = browser.get(&address).await;
        page.expect(200).expect_text("Led by").expect_text("Rosa Skills");
        let listed = program.get(&format!("/api/patients/{patient}/groups")).await.expect(200);
        assert_eq!(listed.items()[0]["led_by"][0]["name"], "Rosa Skills, LCSW");
        page.expect_text("Grief").expect_text("Left").expect_text("Moved").expect_text("Skills").expect_text("Member<");
        browser.get(&format!("/patients/{patient}")).await.expect(200).expect_text(&address);
    }

    /// A guest's contact keeps what the page does not ask for.
    async fn a_guest_on_pages(app: TestApp) {
        let browser = app.page_client(Role::Therapist).await;
        let made = send(&browser, "/guests/new", "/guests", &[("display_name", "Jo"), ("phone", "602"), ("notes", "")]).await;
        let address = made.location().to_owned();
        browser.follow(&made).await.expect(200).expect_text("value=\"602\"");
        let program = app.as_role(Role::Therapist).await;
        let api = format!("/api{address}");
        program.patch(&api, serde_json::json!({ "contact": { "phone": "602", "fax": "1" } })).await.expect(200);
        let fields = [("display_name", "Jo"), ("phone", ""), ("relation", "Sister"), ("notes", "")];
        send(&browser, &address, &address, &fields).await.expect(303);
        let guest = program.get(&api).await.expect(200);
        assert_eq!(guest.data()["contact"], serde_json::json!({ "fax": "1", "relation": "Sister" }));
        assert_eq!(guest.data()["is_active"], false, "the box was not ticked");
        browser.post_form("/guests/search", &[("q", "jo"), ("status", "all")]).await.expect(200).expect_text(&address);
        send(&browser, &address, &address, &[("display_name", " "), ("notes", "")]).await.expect(422);
        let reader = app.page_client(Role::Receptionist).await;
        assert!(!reader.get(&address).await.expect(200).html.contains("name=\"display_name\""), "only to be read");
    }

    /// Sites, rooms, practitioners and users are kept by who may, on pages.
    async fn settings_on_pages(app: TestApp) {
        let browser = app.page_client(Role::Admin).await;
        let site = send(&browser, "/settings/sites/new", "/settings/sites", &[("name", "Main"), ("zone", "Mars")]).await;
        site.expect(422).expect_text("Zone must be the name of an IANA time zone");
        let site = send(&browser, "/settings/sites/new", "/settings/sites", &[("name", "Main"), ("zone", "America/Phoenix")]).await;
        let site = site.location().to_owned();
        let rooms = format!("{site}/rooms/new");
        send(&browser, &rooms, &rooms, &[("name", "Room 1"), ("seats", "0")]).await.expect(422).expect_text("Seats must be a number from 1 to 1,000.");
        send(&browser, &rooms, &rooms, &[("name", "Room 1"), ("seats", "12")]).await.expect(303);
        let page = browser.get(&site).await;
        let room = page.expect(200).html.split("/settings/rooms/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let room = format!("/settings/rooms/{room}");
        send(&browser, &room, &room, &[("name", "Room 2"), ("seats", ""), ("is_active", "true")]).await.expect(303);
        browser.get("/settings/sites").await.expect(200).expect_text("Room 2");
        let fields = [("name", "Main Street"), ("zone", "UTC"), ("address", ""), ("is_active", "true")];
        send(&browser, &site, &site, &fields).await.expect(303);

        let staff = [("given_name", "Dana"), ("family_name", "Lee"), ("npi", "1"), ("discipline", "aba")];
        send(&browser, "/staff/new", "/staff", &staff).await.expect(422).expect_text("NPI must be ten digits");
        let staff = send(&browser, "/staff/new", "/staff", &[staff[0], staff[1], staff[3]]).await.location().to_owned();
        let own = last(&staff).to_owned();
        let fields = [("given_name", "Dana"), ("family_name", "Lee"), ("supervisor_id", &*own)];
        send(&browser, &staff, &staff, &fields).await.expect(422).expect_text("supervise themselves");
        browser.get("/staff").await.expect(200).expect_text("Applied behaviour analysis");
        let manager = app.page_client(Role::Manager).await;
        manager.get(&staff).await.expect(200).expect_text("Applied behaviour analysis");
        for closed in ["/staff/new", "/settings/sites", "/settings/users", "/settings/sites/new", site.as_str(), room.as_str()] {
            manager.get(closed).await.expect(403);
        }
    }

    /// Users are added and changed; their password is set anew.
    async fn users_on_pages(app: TestApp) {
        let browser = app.page_client(Role::Admin).await;
        let email = format!("new@{}.example.org", app.organization.short_code.to_lowercase());
        let bad = [("email", "x"), ("display_name", ""), ("role", "nurse"), ("password", "short")];
        let refused = send(&browser, "/settings/users/new", "/settings/users", &bad).await;
        refused.expect(422).expect_text("Display name must not be empty.");
        let good = [("email", email.as_str()), ("display_name", "Robin"), ("role", "nurse"), ("password", PASSWORD), ("flags", "requires_review")];
        let user = send(&browser, "/settings/users/new", "/settings/users", &good).await;
        let address = user.location().to_owned();
        browser.follow(&user).await.expect(200).expect_text("Robin");
        let signed_in = app.browser();
        signed_in.sign_in(&email).await;
        signed_in.get("/account").await.expect(200).expect_text("What they sign needs a review");

        let clash = [("display_name", "Robin"), ("role", "nurse"), ("flags", "requires_review"), ("flags", "can_review"), ("is_active", "true")];
        send(&browser, &address, &address, &clash).await.expect(422).expect_text("can't hold both");
        let to = format!("{address}/password");
        send(&browser, &address, &to, &[("password", "short")]).await.expect(422).expect_text("f-password-password");
        send(&browser, &address, &to, &[("password", "another river at dusk")]).await.expect(303);
        assert_eq!(signed_in.get("/account").await.status, 303, "a new password ends what was open");
        send(&browser, &address, &address, &[("display_name", "Robin"), ("role", "nurse")]).await.expect(303);
        browser.get("/settings/users?status=all&role=nurse").await.expect(200).expect_text("Inactive");
        assert!(!browser.get("/settings/users").await.expect(200).html.contains("Robin</"), "inactive users are left out");
    }

    /// One's own password and tokens.
    async fn ones_own_account(app: TestApp) {
        let user = app.add_user(Role::Therapist, &[]).await;
        let (here, there) = (app.browser(), app.browser());
        here.sign_in(&user.email).await;
        there.sign_in(&user.email).await;
        let program = app.as_user(&user, None).await;
        let fields = [("label", "Reports"), ("expires_in_days", "30"), ("permissions", "group.read")];
        let made = send(&here, "/account/tokens/new", "/account/tokens", &fields).await;
        let token = made.expect(200).html.split("cvn_").nth(1).map(|rest| format!("cvn_{}", rest.split('<').next().unwrap()));
        let with_token = program.with_token(&token.unwrap());
        let me = with_token.get("/api/me").await.expect(200);
        assert_eq!(me.data()["permissions"], serde_json::json!(["group.read"]));
        let again = here.post_form("/account/tokens", &[("idempotency_key", "k"), ("label", "Twice")]).await;
        again.expect(200);
        let again = here.post_form("/account/tokens", &[("idempotency_key", "k"), ("label", "Twice")]).await;
        again.expect(409).expect_text("shown only once");
        send(&here, "/account/tokens/new", "/account/tokens", &[("label", ""), ("expires_in_days", "400")]).await.expect(422);
        let page = here.get("/account").await;
        page.expect(200).expect_text("1 permission").expect_text("All you may");
        let id = me_credential(&app, "Reports").await;
        here.post_form(&format!("/account/tokens/{id}/revoke"), &[("idempotency_key", "r")]).await.expect(303);
        with_token.get("/api/me").await.expect_code(401, "unauthenticated");

        let change = |current: &'static str, new: &'static str| [("current", current), ("new", new)];
        let to = "/account/password";
        send(&here, "/account", to, &change("wrong", "another river at dusk")).await.expect(422).expect_text("Current is not your password.");
        send(&here, "/account", to, &change(PASSWORD, "short")).await.expect(422).expect_text("must have 10 to 200 characters");
        send(&here, "/account", to, &change(PASSWORD, PASSWORD)).await.expect(422).expect_text("choose another");
        send(&here, "/account", to, &change(PASSWORD, "another river at dusk")).await.expect(303);
        here.get("/account").await.expect(200);
        assert_eq!(there.get("/account").await.status, 303, "the other browser is signed out");
        program.get("/api/me").await.expect_code(401, "unauthenticated");
        assert_eq!(app.count_of("user.password_changed").await, 1);
        let email = user.email.to_string();
        let signed_in = app.browser().post_form("/sign-in", &[("email", &email), ("password", "another river at dusk")]).await;
        assert_eq!(signed_in.location(), "/");
    }
}

/// The id of the token with this label.
async fn me_credential(app: &TestApp, label: &str) -> String {
    let sql = "select id from credentials where organization = $1 and label = $2";
    app.rows(sql, &[label.into()]).await[0].at(0).unwrap()
}
