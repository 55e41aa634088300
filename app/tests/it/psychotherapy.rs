//! Psychotherapy notes: for their author alone, whoever else asks and wherever they look.

use reqwest::Method;
use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Client, Contract, PASSWORD, TestApp, on_both},
    notes::scene::{Scene, someone},
};

/// A word that stands nowhere else.
const MARKER: &str = "Quetzalcoatl";

async fn keep(who: &Client, scene: &Scene<'_>) -> String {
    let new =
        json!({ "participant_id": scene.people[0].0, "content": format!("{MARKER} came up again. My own doubts.") });
    let path = format!("/api/encounters/{}/psychotherapy-notes", scene.encounter);
    who.with_key("kept").post(&path, new).await.expect(201).id()
}

on_both! {
    /// The author writes, reads, changes and deletes; nobody else learns that there is one.
    async fn a_note_is_for_its_author_alone(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let id = keep(me, &scene).await;
        assert_eq!(keep(me, &scene).await, id, "the same request is done once");
        let (one, all) = (format!("/api/psychotherapy-notes/{id}"), format!("/api/encounters/{}/psychotherapy-notes", scene.encounter));
        let shown = me.get(&one).await.expect(200);
        assert!(shown.data()["content"].as_str().unwrap().contains(MARKER));
        assert_eq!(me.get(&all).await.expect(200).items().len(), 1);
        let colleague = someone(&app, &scene.admin, "Abara", Role::Therapist, &[]).await.client;
        for role in [Role::Admin, Role::Superuser, Role::Manager, Role::RecordsAdmin] {
            hidden_from(&app.as_role(role).await, &one, &all).await;
        }
        hidden_from(&colleague, &one, &all).await;
        for role in [Role::Nurse, Role::Auditor, Role::Biller, Role::Receptionist] {
            let who = app.as_role(role).await;
            who.get(&one).await.expect_code(403, "forbidden");
            who.get(&all).await.expect_code(403, "forbidden");
        }
        let elsewhere = app.other_organization().await;
        let stranger = elsewhere.as_role(Role::Therapist).await;
        stranger.get(&one).await.expect_code(404, "not_found");
        stranger.get(&all).await.expect_code(404, "not_found");
        // What is stale changes nothing; what is changed leaves no older words behind.
        me.with_if_match(7).patch(&one, json!({ "content": "Late" })).await.expect_code(412, "stale");
        let changed = me.with_if_match(1).patch(&one, json!({ "content": "Other words" })).await.expect(200);
        assert_eq!((changed.version(), &changed.data()["content"]), (2, &json!("Other words")));
        me.patch(&one, json!({ "content": "" })).await.expect(422);
        me.patch(&one, json!({})).await.expect_fields(&[("content", "missing")]);
        me.with_if_match(1).delete(&one).await.expect_code(412, "stale");
        me.with_if_match(2).delete(&one).await.expect(200);
        me.get(&one).await.expect_code(404, "not_found");
        assert_eq!(me.get(&all).await.expect(200).items().len(), 0);
        for event in ["kept", "changed", "deleted"] {
            assert_eq!(app.count_of(&format!("psychotherapy_note.{event}")).await, 1, "{event}");
        }
        assert!(app.audited().await.contains(&("psychotherapy_note.read".to_owned(), "done".to_owned())));
        let other = me.post(&all, json!({ "content": "x", "participant_id": crate::harness::strange_id("par") })).await;
        other.expect_fields(&[("participant_id", "not_found")]);
        app.seal_and_verify().await;
    }

    /// A word of a note is in no answer to anybody else: not in any list, record, history, file, feed or page, and in no
    /// table but its own.
    async fn no_word_of_a_note_gets_out(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let id = keep(me, &scene).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document([0, 1]).await;
        let contract = Contract::read();
        let admin = app.as_role(Role::Admin).await;
        admin.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let samples = contract.samples(&app, &admin).await;
        let (participant, patient) = &scene.people[0];
        let new = json!({ "patient_id": patient, "recipient_name": "A", "purpose": "patient_request", "basis": "patient_access", "date_from": "2026-01-01", "date_to": "2026-12-31" });
        let left = admin.post("/api/disclosures", new).await.expect(201).id();
        let samples = samples
            .with("enc", &scene.encounter).with("ses", &scene.session).with("psy", &id).with("par", participant)
            .with("pa", patient).with("grp", &scene.group).with("disc", &left);
        let mut asked = 0;
        for route in contract.routes.iter().filter(|route| route.method == Method::GET) {
            let answer = contract.call(route, &admin, &samples, 0).await;
            assert!(!answer.text.contains(MARKER), "{answer}");
            asked += 1;
        }
        assert!(asked > 80, "{asked} routes were asked");
        let feed = admin.get("/api/events?limit=200").await;
        assert!(!feed.text.contains(MARKER));
        let page = app.page_client(Role::Admin).await;
        let pages = [
            format!("/sessions/{}", scene.session), format!("/sessions/{}/notes", scene.session),
            format!("/sessions/{}/kept-apart", scene.session), format!("/patients/{patient}"),
            format!("/patients/{patient}/chart"), format!("/patients/{patient}/sessions"), format!("/groups/{}", scene.group),
            "/audit".to_owned(), "/today".to_owned(), "/documentation".to_owned(),
        ];
        for path in &pages {
            let shown = page.get(path).await;
            assert!(!shown.expect(200).html.contains(MARKER), "{path}");
        }
        let found = page.post_form("/search", &[("q", MARKER), ("idempotency_key", "s")]).await;
        found.expect(200).expect_text("Nothing found");
        for (table, column) in [
            ("record_versions", "record"), ("events", "data"), ("idempotency_keys", "outcome"), ("audit_pending", "entry"),
            ("chart_entries", "body"), ("notes", "content"), ("note_signatures", "signed_text"),
        ] {
            let sql = format!("select {column} from {table} where organization_id = $1");
            let rows = app.rows(&sql, &[]).await;
            assert!(rows.iter().all(|row| !row.at::<String>(0).unwrap_or_default().contains(MARKER)), "{table}");
        }
        let own = app.rows("select content from psychotherapy_notes where organization_id = $1", &[]).await;
        assert!(own[0].at::<String>(0).unwrap().contains(MARKER), "it is where it belongs, so the search can find");
    }

    /// The author's page: written, changed, deleted; another's page of the same session shows nothing.
    async fn notes_are_kept_on_their_page(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let notes = format!("/sessions/{}/notes", scene.session);
        page.get(&notes).await.expect(200).expect_text("Kept apart");
        let here = format!("/sessions/{}/kept-apart", scene.session);
        page.get(&here).await.expect(200).expect_text("Only you can read what is here");
        page.post_form(&here, &[("idempotency_key", "a"), ("content", " ")]).await.expect(422).expect_text("Content");
        let fields = [("idempotency_key", "b"), ("participant_id", scene.people[0].0.as_str()), ("content", "Countertransference <b>")];
        let sent = page.post_form(&here, &fields).await;
        let shown = page.follow(&sent).await;
        shown.expect(200).expect_text("About Maria Santos").expect_text("Countertransference &lt;b&gt;");
        let all = format!("/api/encounters/{}/psychotherapy-notes", scene.encounter);
        let id = scene.leader.client.get(&all).await.expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let stale = [("idempotency_key", "c"), ("version", "9"), ("content", "Late")];
        page.post_form(&format!("{here}/{id}"), &stale).await.expect(412).expect_text("Late");
        let good = [("idempotency_key", "d"), ("version", "1"), ("content", "Better words")];
        let saved = page.post_form(&format!("{here}/{id}"), &good).await;
        page.follow(&saved).await.expect(200).expect_text("Better words");
        let other = app.page_client(Role::Therapist).await;
        let theirs = other.get(&here).await;
        assert!(!theirs.expect(200).html.contains("Better words"));
        other.post_form(&format!("{here}/{id}/delete"), &[("idempotency_key", "x")]).await.expect(404);
        let gone = page.post_form(&format!("{here}/{id}/delete"), &[("idempotency_key", "e"), ("version", "2")]).await;
        page.follow(&gone).await.expect(200).expect_text("It is deleted for good.");
    }
}

/// Nobody but the author finds the note, by its id or in a list, and nobody changes it.
async fn hidden_from(who: &Client, one: &str, all: &str) {
    who.get(one).await.expect_code(404, "not_found");
    who.patch(one, json!({ "content": "Mine now" })).await.expect_code(404, "not_found");
    who.delete(one).await.expect_code(404, "not_found");
    assert_eq!(who.get(all).await.expect(200).items().len(), 0);
}
