//! API tokens: what they may do, how long, and that their secret is shown once.

use jiff::SignedDuration;
use rules::permissions::{Permission, Role};
use serde_json::json;

use crate::harness::{TestApp, on_both};

on_both! {
    /// A token does what it was made for and its user may; a token of a token reaches no further.
    async fn a_token_reaches_no_further_than_its_maker(app: TestApp) {
        let nurse = app.as_role(Role::Nurse).await;
        let wish = json!({ "label": "Everything", "permissions": ["group.read", "user.manage"] });
        let made = nurse.post("/api/tokens", wish.clone()).await.expect(201);
        let token = nurse.with_token(made.data()["token"].as_str().unwrap());
        assert_eq!(token.get("/api/me").await.expect(200).data()["permissions"], json!(["group.read"]));
        token.get("/api/users").await.expect_code(403, "forbidden");

        let wider = token.post("/api/tokens", json!({ "label": "Wider" })).await.expect(201);
        let wider = token.with_token(wider.data()["token"].as_str().unwrap());
        assert_eq!(wider.get("/api/me").await.expect(200).data()["permissions"], json!(["group.read"]));
        let other = token.post("/api/tokens", json!({ "label": "Other", "permissions": ["chart.read"] })).await.expect(201);
        let other = token.with_token(other.data()["token"].as_str().unwrap());
        assert_eq!(other.get("/api/me").await.expect(200).data()["permissions"], json!([]));
    }

    /// Names of permissions are ours or EncoreOS's; others are refused by their place.
    async fn permissions_are_named(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let made = admin.post("/api/tokens", json!({ "label": "x", "permissions": ["pm.group_schedule.delete"] })).await;
        assert_eq!(made.expect(201).data()["credential"]["permissions"], json!(["session.cancel"]));
        let wrong = json!({ "label": "x", "permissions": ["group.read", "group.fly"] });
        admin.post("/api/tokens", wrong).await.expect_fields(&[("permissions[1]", "invalid")]);
        for days in [0, 367, -1] {
            let answer = admin.post("/api/tokens", json!({ "label": "x", "expires_in_days": days })).await.expect(422);
            assert_eq!(answer.field_errors()[0].0, "expires_in_days");
        }
    }

    /// A token lasts as many days as it was given, without ever idling.
    async fn a_token_expires(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let made = admin.post("/api/tokens", json!({ "label": "Two days", "expires_in_days": 2 })).await.expect(201);
        assert_eq!(made.data()["credential"]["expires_at"], "2026-03-06T17:00:00Z");
        let token = admin.with_token(made.data()["token"].as_str().unwrap());
        app.advance(SignedDuration::from_hours(48) - SignedDuration::from_secs(1));
        token.get("/api/me").await.expect(200);
        app.advance(SignedDuration::from_secs(1));
        token.get("/api/me").await.expect(401);
    }

    /// Its maker and who manages users can revoke a token; to others it is not there.
    async fn a_token_is_revoked(app: TestApp) {
        let (nurse, other, admin) =
            (app.as_role(Role::Nurse).await, app.as_role(Role::Nurse).await, app.as_role(Role::Admin).await);
        for revoker in [&nurse, &admin] {
            let made = nurse.post("/api/tokens", json!({ "label": "Mine" })).await.expect(201);
            let token = nurse.with_token(made.data()["token"].as_str().unwrap());
            let id = made.data()["credential"]["id"].as_str().unwrap().to_owned();
            let path = format!("/api/tokens/{id}");
            other.delete(&path).await.expect_code(404, "not_found");
            let listed = |list: crate::harness::Answer| list.expect(200).items().iter().any(|item| item["id"] == json!(id));
            assert!(listed(nurse.get("/api/tokens").await) && listed(admin.get("/api/tokens").await));
            assert!(!listed(other.get("/api/tokens").await), "another's tokens are nobody's business");
            token.get("/api/me").await.expect(200);
            let revoked = revoker.delete(&path).await.expect(200);
            assert_eq!(revoked.data()["revoked_at"], "2026-03-04T17:00:00Z");
            token.get("/api/me").await.expect(401);
            assert!(!listed(nurse.get("/api/tokens").await), "what is revoked is not listed");
        }
        assert_eq!(app.count_of("credential.revoked").await, 2);
    }

    /// The secret of a token is in one answer: not in the list, not in the database, not in a replay.
    async fn a_secret_is_shown_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await.with_key("once");
        let made = admin.post("/api/tokens", json!({ "label": "Once" })).await.expect(201);
        let secret = made.data()["token"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("cvn_") && secret.len() == 47, "256 bits: {secret}");
        let again = admin.post("/api/tokens", json!({ "label": "Once" })).await;
        again.expect_code(409, "already_done");
        assert_eq!(app.count_of("token.created").await, 2, "the story's own and this one");
        for (table, column) in [("idempotency_keys", "outcome"), ("events", "data"), ("audit_pending", "entry")] {
            let rows = app.rows(&format!("select {column} from {table} where organization_id = $1"), &[]).await;
            assert!(!rows.is_empty(), "{table} is empty");
            assert!(rows.iter().all(|row| !row.at::<String>(0).unwrap().contains(&secret)), "{table} knows it");
        }
        let hashes = app.rows("select hash, label from credentials where organization = $1", &[]).await;
        assert!(hashes.iter().all(|row| !row.at::<String>(0).unwrap().contains(&secret[4..])));
    }

    /// A program without a permission is told which, and it is written down who was refused what.
    async fn a_refusal_is_recorded(app: TestApp) {
        let program = app.as_program(&[Permission::GroupRead]).await;
        let answer = program.get("/api/users").await.expect_code(403, "forbidden");
        assert_eq!(answer.json["permission"], "user.manage");
        app.seal_and_verify().await;
        let admin = app.as_role(Role::Admin).await;
        let entries = admin.get(&format!("/api/audit?actor={}", program.user)).await.expect(200);
        let refusal = entries.items().iter().find(|entry| entry["outcome"] == "refused").cloned().unwrap();
        assert_eq!((&refusal["action"], &refusal["request"]), (&json!("user.manage"), &answer.json["request_id"]));
        assert_eq!(refusal["source"], "127.0.0.1");
    }

    /// Tokens are listed newest first, each once, in pages of any size.
    async fn tokens_are_listed_in_pages(app: TestApp) {
        let nurse = app.as_role(Role::Nurse).await;
        for number in 0..6 {
            nurse.post("/api/tokens", json!({ "label": format!("T{number}") })).await.expect(201);
        }
        let (mut labels, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = nurse.get(&format!("/api/tokens?limit=3&cursor={cursor}")).await.expect(200);
            labels.extend(page.items().iter().map(|token| token["label"].as_str().unwrap().to_owned()));
            let Some(next) = page.next() else { break };
            cursor = next;
        }
        assert_eq!(labels, ["T5", "T4", "T3", "T2", "T1", "T0", "story"]);
    }
}
