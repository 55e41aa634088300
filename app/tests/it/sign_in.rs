//! Signing in and out, as a browser sees it.

use app::config::Config;
use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::json;

use crate::harness::{Engine, PASSWORD, TestApp, clock, config, on_both};

on_both! {
    /// A wrong password and an unknown address get the same answer, and the address stays in the form.
    async fn a_wrong_password_is_told_kindly(app: TestApp) {
        let user = app.add_user(Role::Nurse, &[]).await;
        let browser = app.browser();
        for email in [user.email.as_str(), "nobody@example.org"] {
            let page = browser.post_form("/sign-in", &[("email", email), ("password", "not the river")]).await;
            page.expect(401).expect_text("The e-mail address or the password is not right.").expect_text(email);
            assert_eq!(page.headers.get("set-cookie"), None, "{page}");
        }
        let audited = app.audited().await;
        assert!(audited.contains(&(format!("sign_in {}", user.id), "refused".to_owned())), "{audited:?}");
        browser.get("/api/me").await.expect(401);
    }

    /// Neither the case of the address nor spaces around it matter; the password is taken as it is.
    async fn an_address_is_compared_without_case(app: TestApp) {
        let user = app.add_user(Role::Nurse, &[]).await;
        let shouted = format!("  {} ", user.email.to_uppercase());
        let page = app.browser().post_form("/sign-in", &[("email", &shouted), ("password", PASSWORD)]).await;
        assert_eq!(page.expect(303).location(), "/");
        let shouted = PASSWORD.to_uppercase();
        app.browser().post_form("/sign-in", &[("email", &user.email), ("password", &shouted)]).await.expect(401);
    }

    /// Guessing is slowed down for the address that is guessed, not for everybody.
    async fn guessing_is_slowed_down(engine: Engine) {
        let app = TestApp::start(engine, clock(), Config { sign_in_tries: 3, ..config() }).await;
        let user = app.add_user(Role::Nurse, &[]).await;
        let browser = app.browser();
        let guess = [("email", user.email.as_str()), ("password", "a guess a minute")];
        let mut page = browser.post_form("/sign-in", &guess).await;
        for _ in 0..4 {
            page = browser.post_form("/sign-in", &guess).await;
        }
        page.expect(429).expect_text("Too many tries");
        browser.post_form("/sign-in", &[("email", &user.email), ("password", PASSWORD)]).await.expect(429);
    }

    /// The cookie is out of reach for scripts, and bound to TLS and host where there is TLS.
    async fn the_cookie_is_guarded(engine: Engine) {
        for (public_url, wanted) in [
            ("", ["convene=", "HttpOnly", "SameSite=Lax", "Path=/"].as_slice()),
            ("https://groups.example.org", &["__Host-convene=", "HttpOnly", "SameSite=Lax", "Path=/", "Secure"]),
        ] {
            let app = TestApp::start(engine, clock(), Config { public_url: public_url.to_owned(), ..config() }).await;
            let user = app.add_user(Role::Nurse, &[]).await;
            let page = app.browser().post_form("/sign-in", &[("email", &user.email), ("password", PASSWORD)]).await;
            let cookie = page.expect(303).headers["set-cookie"].to_str().unwrap().to_owned();
            assert!(cookie.starts_with(wanted[0]), "{cookie}");
            let parts: Vec<&str> = cookie.split("; ").collect();
            assert!(wanted[1..].iter().all(|part| parts.contains(part)), "{cookie} should say {wanted:?}");
            assert!(!cookie.contains("Domain") && parts.contains(&"Secure") != public_url.is_empty(), "{cookie}");
            assert_eq!(page.headers.contains_key("strict-transport-security"), !public_url.is_empty());
        }
    }

    /// Another site's page can neither sign somebody in nor act with their cookie; it can't even read.
    async fn another_site_can_do_nothing(app: TestApp) {
        let user = app.add_user(Role::Admin, &[]).await;
        let mut browser = app.browser();
        browser.sign_in(&user.email).await;
        for site in ["cross-site", "same-site", "none"] {
            browser.site = site;
            browser.post_form("/sign-out", &[]).await.expect(403);
            browser.post_form("/api/tokens", &[("label", "x")]).await.expect(403).expect_text("cross_site");
            browser.post_form("/sign-in", &[("email", &user.email), ("password", PASSWORD)]).await.expect(403);
        }
        browser.site = "same-origin";
        browser.get("/api/me").await.expect(200);
        let cookie = format!("convene={}", browser.cookie("convene").unwrap());
        let program = app.as_nobody().with_header("cookie", &cookie);
        let strange = program.with_header("origin", "https://evil.example.org");
        strange.post("/api/tokens", json!({ "label": "x" })).await.expect_code(403, "cross_site");
        program.post("/api/tokens", json!({ "label": "x" })).await.expect_code(403, "cross_site");
        let own = program.with_header("origin", &app.base);
        own.post("/api/tokens", json!({ "label": "x" })).await.expect(201);
        let told_apart = own.with_header("sec-fetch-site", "cross-site");
        told_apart.post("/api/tokens", json!({ "label": "x" })).await.expect_code(403, "cross_site");
    }

    /// An origin is ours with its scheme: a page of the same host that came without TLS may be somebody else's.
    async fn an_origin_without_tls_is_another(engine: Engine) {
        let public_url = "https://groups.example.org".to_owned();
        let app = TestApp::start(engine, clock(), Config { public_url, ..config() }).await;
        let browser = app.browser();
        browser.sign_in(&app.add_user(Role::Admin, &[]).await.email).await;
        let cookie = format!("__Host-convene={}", browser.cookie("__Host-convene").unwrap());
        let program = app.as_nobody().with_header("cookie", &cookie);
        let host = app.base.split_once("://").unwrap().1;
        let send = async |origin: &str| program.with_header("origin", origin).post("/api/tokens", json!({ "label": "x" })).await;
        for strange in ["http://groups.example.org", &format!("http://{host}"), "https://groups.example.org:8443", "null"] {
            send(strange).await.expect_code(403, "cross_site");
        }
        send("https://groups.example.org").await.expect(201);
        send(&format!("https://{host}")).await.expect(201);
    }

    /// Signing out ends the session itself, not only the browser's memory of it.
    async fn signing_out_ends_the_session(app: TestApp) {
        let browser = app.page_client(Role::Nurse).await;
        let secret = browser.cookie("convene").unwrap();
        let page = browser.post_form("/sign-out", &[]).await;
        assert_eq!(page.expect(303).location(), "/sign-in");
        assert_eq!(browser.cookie("convene"), None, "the browser is told to forget");
        browser.set_cookie("convene", &secret);
        browser.get("/api/me").await.expect(401);
        assert_eq!(app.count_of("user.signed_out").await, 1);
        app.seal_and_verify().await;
    }

    /// Who is disabled, or gets another role, has nothing open any more, at once.
    async fn a_disabled_user_is_out_at_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        for change in [json!({ "is_active": false }), json!({ "role": "biller" }), json!({ "password": "another quiet river" })] {
            let user = app.add_user(Role::Nurse, &[]).await;
            let (browser, program) = (app.browser(), app.as_user(&user, None).await);
            browser.sign_in(&user.email).await;
            browser.get("/api/me").await.expect(200);
            program.get("/api/me").await.expect(200);
            admin.patch(&format!("/api/users/{}", user.id), change.clone()).await.expect(200);
            browser.get("/api/me").await.expect(401);
            program.get("/api/me").await.expect_code(401, "unauthenticated");
            let again = browser.post_form("/sign-in", &[("email", &user.email), ("password", PASSWORD)]).await;
            let may_return = change.get("role").is_some();
            assert_eq!(again.status, if may_return { 303 } else { 401 }, "{change}: {again}");
        }
        // A name is no reason to be thrown out.
        let user = app.add_user(Role::Nurse, &[]).await;
        let program = app.as_user(&user, None).await;
        admin.patch(&format!("/api/users/{}", user.id), json!({ "display_name": "Robin" })).await.expect(200);
        program.get("/api/me").await.expect(200);
    }

    /// Whoever changes their own password has nothing open elsewhere any more, at once.
    async fn a_new_password_ends_what_is_open_elsewhere(app: TestApp) {
        let user = app.add_user(Role::Nurse, &[]).await;
        let (here, elsewhere) = (app.browser(), app.as_user(&user, None).await);
        here.sign_in(&user.email).await;
        for _ in 0..2 {
            here.get("/api/me").await.expect(200);
            elsewhere.get("/api/me").await.expect(200);
        }
        let mine = app.as_user(&user, None).await;
        let change = json!({ "current": PASSWORD, "new": "another quiet river" });
        mine.post("/api/me/password", change).await.expect(200);
        mine.get("/api/me").await.expect(200);
        elsewhere.get("/api/me").await.expect_code(401, "unauthenticated");
        here.get("/api/me").await.expect(401);
    }

    /// A staff profile counts from the request on that makes it, and no longer than it is active.
    async fn a_staff_profile_counts_at_once(app: TestApp) {
        let (admin, nurse) = (app.as_role(Role::Admin).await, app.as_role(Role::Nurse).await);
        let profile = async || nurse.get("/api/me").await.expect(200).data()["practitioner_id"].clone();
        assert_eq!(profile().await, json!(null));
        let new = json!({ "given_name": "Robin", "family_name": "Vale", "user_id": nurse.user });
        let id = admin.post("/api/practitioners", new).await.expect(201).id();
        assert_eq!(profile().await, json!(id));
        admin.patch(&format!("/api/practitioners/{id}"), json!({ "is_active": false })).await.expect(200);
        assert_eq!(profile().await, json!(null));
    }

    /// What another server or a command revokes is refused here a second later.
    async fn a_revocation_elsewhere_counts_within_a_second(app: TestApp) {
        let (nurse, browser) = (app.as_role(Role::Nurse).await, app.page_client(Role::Nurse).await);
        nurse.get("/api/me").await.expect(200);
        browser.get("/api/me").await.expect(200);
        let now = ::store::Value::Time(app.now());
        app.tamper("update credentials set revoked_at = $2 where organization = $1", &[now]).await;
        app.advance(SignedDuration::from_secs(1));
        nurse.get("/api/me").await.expect_code(401, "unauthenticated");
        browser.get("/api/me").await.expect(401);
    }

    /// Fifteen minutes without a request end a session; requests keep it, for twelve hours in all.
    async fn a_session_ends_by_itself(app: TestApp) {
        let idle = app.page_client(Role::Nurse).await;
        app.advance(SignedDuration::from_mins(15));
        idle.get("/api/me").await.expect(200);
        app.advance(SignedDuration::from_mins(15) + SignedDuration::from_secs(1));
        idle.get("/api/me").await.expect(401);

        let busy = app.page_client(Role::Nurse).await;
        for minutes in (10..12 * 60).step_by(10) {
            app.advance(SignedDuration::from_mins(10));
            let page = busy.get("/api/me").await;
            assert_eq!(page.status, 200, "after {minutes} minutes");
        }
        app.advance(SignedDuration::from_mins(10));
        busy.get("/api/me").await.expect(401);
    }

    /// A page for which one must sign in leads to signing in, and from there back; never to another site.
    async fn signing_in_leads_back(app: TestApp) {
        let user = app.add_user(Role::Admin, &[]).await;
        let browser = app.browser();
        for (next, wanted) in [
            ("/groups", "/groups"),
            ("//evil.example.org", "/"),
            ("https://evil.example.org", "/"),
            ("/\\evil.example.org", "/"),
            ("javascript:alert(1)", "/"),
        ] {
            let fields = [("email", user.email.as_str()), ("password", PASSWORD), ("next", next)];
            assert_eq!(browser.post_form("/sign-in", &fields).await.expect(303).location(), wanted, "{next}");
        }
    }

    /// Who works for two organizations with one password is asked which; with two passwords, the password tells.
    async fn two_organizations_are_told_apart(app: TestApp) {
        let other = app.other_organization().await;
        let (here, there) = (app.as_role(Role::Admin).await, other.as_role(Role::Admin).await);
        let email = format!("locum@{}.example.org", app.organization.short_code.to_lowercase());
        let user = json!({ "email": email, "display_name": "Lou Locum", "role": "nurse", "password": PASSWORD });
        here.post("/api/users", user.clone()).await.expect(201);
        let id = there.post("/api/users", user).await.expect(201).id();
        let browser = app.browser();
        let page = browser.post_form("/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
        page.expect(422).expect_text("Enter the short code");
        let code = other.organization.short_code.to_lowercase();
        let fields = [("email", email.as_str()), ("password", PASSWORD), ("organization", code.as_str())];
        browser.post_form("/sign-in", &fields).await.expect(303);
        browser.get("/api/me").await.expect(200).expect_text(&other.organization.id.to_string());
        there.patch(&format!("/api/users/{id}"), json!({ "password": "a loud sea at dusk" })).await.expect(200);
        browser.post_form("/sign-in", &[("email", &email), ("password", PASSWORD)]).await.expect(303);
        browser.get("/api/me").await.expect_text(&app.organization.id.to_string());
    }

    /// A proof of identity holds for five minutes, for the session that gave it and no other.
    async fn a_proof_holds_for_five_minutes(app: TestApp) {
        let nurse = app.as_role(Role::Nurse).await;
        let proof = |answer: crate::harness::Answer| answer.data()["reauthenticated_until"].clone();
        assert_eq!(proof(nurse.get("/api/me").await), json!(null), "a token is no proof");
        nurse.post("/api/me/reauth", json!({ "password": "not the river" })).await.expect_code(403, "wrong_password");
        let given = nurse.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        assert_eq!(given.data()["valid_until"], "2026-03-04T17:05:00Z");
        assert_eq!(proof(nurse.get("/api/me").await), "2026-03-04T17:05:00Z");
        app.advance(SignedDuration::from_mins(5) - SignedDuration::from_secs(1));
        assert_eq!(proof(nurse.get("/api/me").await), "2026-03-04T17:05:00Z");
        app.advance(SignedDuration::from_secs(1));
        assert_eq!(proof(nurse.get("/api/me").await), json!(null));
        let audited = app.audited().await;
        assert!(audited.contains(&("reauthenticate".to_owned(), "refused".to_owned())), "{audited:?}");
    }

    /// The last administrator can't lock everybody out.
    async fn somebody_keeps_the_keys(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let own = format!("/api/users/{}", admin.user);
        for change in [json!({ "is_active": false }), json!({ "role": "nurse" })] {
            admin.patch(&own, change).await.expect_code(409, "last_admin");
        }
        app.add_user(Role::Superuser, &[]).await;
        admin.patch(&own, json!({ "role": "nurse" })).await.expect(200);
    }
}
