//! The record as an auditor reads it: the log filtered, and everything that was signed or kept verified.

use std::process::Command;

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Engine, PASSWORD, TestApp, on_both},
    notes::scene::Scene,
};

on_both! {
    /// The audit log's filters over the API, and the verification.
    async fn the_audit_log_is_filtered(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.begin(&scene.leader.client, None, json!({})).await.expect(201);
        app.as_role(Role::Biller).await.get(&format!("/api/encounters/{}/notes", scene.encounter)).await.expect(403);
        app.seal().await;
        let auditor = app.as_role(Role::Auditor).await;
        let actions = async |query: &str| {
            let listed = auditor.get(&format!("/api/audit?limit=200&{query}")).await.expect(200);
            listed.items().iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(actions("action=note.created").await, ["note.created"]);
        assert!(actions("action=group.").await.iter().all(|action| action.starts_with("group.")));
        assert_eq!(actions("outcome=refused").await, ["group.encounter.note.read"]);
        assert_eq!(actions("date_from=2026-03-05").await.len(), 0);
        assert!(actions("date_from=2026-03-04&date_to=2026-03-04").await.len() > 3);
        auditor.get("/api/audit?outcome=perhaps").await.expect_fields(&[("outcome", "invalid")]);
    }

    /// A byte changed in the database is named by the verification, and by who reads the record.
    async fn a_changed_byte_is_named(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0]).await;
        app.seal().await;
        let auditor = app.as_role(Role::Auditor).await;
        let verify = async || auditor.post("/api/audit/verify", json!({})).await.expect(200).data().clone();
        let clean = verify().await;
        assert_eq!((&clean["is_clean"], &clean["notes"]["checked"], &clean["chart_entries"]["checked"]), (&json!(true), &json!(2), &json!(1)));
        let set = async |words: &str, other: &str| {
            let sql = "update notes set content = replace(content, $3, $4) where organization_id = $1 and id = $2";
            app.tamper(sql, &[notes[1].as_str().into(), words.into(), other.into()]).await;
        };
        set("Told", "told").await;
        let broken = verify().await;
        assert_eq!((&broken["is_clean"], &broken["notes"]["broken"]["id"]), (&json!(false), &json!(notes[1])));
        let note = scene.leader.client.get(&format!("/api/notes/{}", notes[1])).await.expect(200);
        assert_eq!(note.data()["content_verified"], false);
        set("told", "Told").await;
        assert_eq!(verify().await["is_clean"], true);
        app.tamper("update chart_entries set body = replace(body, '60', '90') where organization_id = $1", &[]).await;
        assert_eq!(verify().await["chart_entries"]["broken"]["why"], "its text is not the text that was kept");
        app.as_role(Role::Manager).await.post("/api/audit/verify", json!({})).await.expect_code(403, "forbidden");
    }

    /// Who signed, when and as what is vouched for by the audit log; what is signed can't become a draft again.
    async fn a_changed_signer_is_named(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0]).await;
        let annotation = json!({ "content": "One more thing.", "password": PASSWORD });
        scene.leader.client.post(&format!("/api/notes/{}/annotate", notes[0]), annotation).await.expect(201);
        let auditor = app.as_role(Role::Auditor).await;
        let verify = async || auditor.post("/api/audit/verify", json!({})).await.expect(200).data()["notes"]["broken"].clone();
        assert_eq!(verify().await, Value::Null, "entries that wait for their seal vouch too");
        app.seal().await;
        assert_eq!(verify().await, Value::Null);
        let changes = [
            ("note_signatures", "printed_name = printed_name || ' Mallory'", "printed_name = replace(printed_name, ' Mallory', '')"),
            ("note_signatures", "credential = credential || ' MD'", "credential = replace(credential, ' MD', '')"),
            ("note_signatures", "meaning = 'co_signature'", "meaning = 'author'"),
            ("note_signatures", "requires_review = true", "requires_review = false"),
            ("note_signatures", "edition = 2", "edition = 1"),
            ("note_annotations", "printed_name = printed_name || ' Mallory'", "printed_name = replace(printed_name, ' Mallory', '')"),
            ("note_annotations", "credential = credential || ' MD'", "credential = replace(credential, ' MD', '')"),
        ];
        let shown = async || scene.leader.client.get(&format!("/api/notes/{}", notes[0])).await.expect(200).data()["content_verified"].clone();
        for (table, change, back) in changes {
            let set = async |what: &str| app.tamper(&format!("update {table} set {what} where organization_id = $1"), &[]).await;
            set(change).await;
            assert_ne!(verify().await, Value::Null, "{change}");
            assert_eq!(shown().await, false, "{change}");
            set(back).await;
            assert_eq!(verify().await, Value::Null, "{back}");
            assert_eq!(shown().await, true, "{back}");
        }
        // What was signed before the row knew the hash of its signer: the audit log alone vouches for it.
        let older = async |table: &str| {
            app.tamper(&format!("update {table} set signer_sha256 = null where organization_id = $1"), &[]).await;
            assert_eq!((verify().await, shown().await), (Value::Null, json!(true)), "{table}");
        };
        older("note_signatures").await;
        older("note_annotations").await;
        let status = async |status: &str| {
            let sql = "update notes set status = $3 where organization_id = $1 and id = $2";
            app.tamper(sql, &[notes[1].as_str().into(), status.into()]).await;
        };
        status("draft").await;
        let broken = json!({ "id": notes[1], "why": "it says that it is a draft, and it is signed" });
        assert_eq!(verify().await, broken);
        let note = scene.leader.client.get(&format!("/api/notes/{}", notes[1])).await.expect(200);
        assert_eq!(note.data()["content_verified"], false);
        status("signed").await;
        let sql = "update note_signatures set signed_at = $2 where organization_id = $1";
        app.tamper(sql, &[rules::column::Value::Time(app.now() - jiff::SignedDuration::from_mins(5))]).await;
        let why = verify().await["why"].clone();
        assert_eq!(why, "whose signature it is, since when or as what is not what the audit log knows");
    }

    /// The audit log is filtered on its page, and everything is verified at the press of a button.
    async fn the_audit_log_is_read_on_a_page(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0]).await;
        app.seal().await;
        let auditor = app.page_client(Role::Auditor).await;
        auditor.get("/audit").await.expect(200).expect_text("note.signed").expect_text("Verify everything");
        let signed = auditor.get("/audit?action=note.signed").await;
        signed.expect(200).expect_text(&notes[0]);
        assert!(!signed.html.contains(">session.completed<"), "{signed}");
        auditor.get("/audit?date_to=2026-03-03").await.expect_text("No entry fits these filters");
        let key = auditor.get("/audit").await.hidden("idempotency_key");
        let clean = auditor.post_form("/audit", &[("idempotency_key", &key)]).await;
        clean.expect(200).expect_text("Everything is what was written").expect_text("1 chart entries");
        let sql = "update notes set content = 'Other' where organization_id = $1 and id = $2";
        app.tamper(sql, &[notes[1].as_str().into()]).await;
        let broken = auditor.post_form("/audit", &[]).await;
        broken.expect(200).expect_text("changed outside the product").expect_text(&notes[1]);
        app.page_client(Role::Therapist).await.get("/audit").await.expect(403);
    }
}

/// `convene audit verify` reads the same, and ends as failed when something does not fit.
#[tokio::test]
async fn the_command_line_names_a_changed_byte() {
    let app = TestApp::on(Engine::Sqlite).await;
    let scene = Scene::new(&app, 1).await;
    scene.all_attend().await;
    scene.end().await;
    let notes = scene.document([0]).await;
    app.seal().await;
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convene"));
        let done = command.args(["audit", "verify", "--database", &app.database]).output().unwrap();
        let said = [done.stdout, done.stderr].map(|words| String::from_utf8(words).unwrap()).join("");
        (done.status.success(), said)
    };
    let (fine, said) = run();
    assert!(fine && said.contains("2 signatures and annotations, 1 chart entries; every one fits"), "{said}");
    let sql = "update notes set content = 'Other' where organization_id = $1 and id = $2";
    app.tamper(sql, &[notes[1].as_str().into()]).await;
    let (fine, said) = run();
    assert!(!fine && said.contains(&notes[1]), "{said}");
}
