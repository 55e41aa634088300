//! After signing: review, return, annotations.

use rules::permissions::{Flag, Role};
use serde_json::json;

use super::scene::{Scene, own_text, someone, text};
use crate::harness::{PASSWORD, TestApp, on_both};

on_both! {
    /// Who needs review sends the session to pending review; somebody else countersigns it.
    async fn a_session_is_reviewed(app: TestApp) {
        let scene = Scene::with(&app, 2, &[Flag::RequiresReview]).await;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0, 1]).await;
        assert_eq!(scene.status().await, "pending_review");
        assert_eq!((app.count_of("session.pending_review").await, app.count_of("session.completed").await), (1, 0));
        let chart = format!("/api/patients/{}/chart", scene.people[0].1);
        assert!(scene.admin.get(&chart).await.expect(200).items().is_empty(), "nothing is in the chart yet");
        let review = format!("/api/notes/{}/review", notes[0]);
        let body = json!({ "password": PASSWORD });
        scene.leader.client.post(&review, body.clone()).await.expect_code(403, "not_reviewer");
        let other = someone(&app, &scene.admin, "Okonkwo", Role::Doctor, &[]).await;
        other.client.post(&review, body.clone()).await.expect_code(403, "not_reviewer");
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        reviewer.client.post(&review, json!({})).await.expect_code(403, "reauth_required");
        let reviewed = reviewer.client.post(&review, body.clone()).await.expect(200);
        let signatures = reviewed.data()["signatures"].as_array().unwrap();
        assert_eq!((&signatures[1]["meaning"], &signatures[1]["printed_name"]), (&json!("review"), &json!("Robin Castellanos")));
        assert_eq!(scene.status().await, "completed");
        assert_eq!(app.count_of("note.reviewed").await, 3);
        assert_eq!((app.count_of("session.completed").await, app.count_of("session.documented").await), (1, 1));
        reviewer.client.post(&review, body).await.expect_code(409, "invalid_transition");
        assert_eq!(scene.admin.get(&chart).await.items().len(), 1);
        app.seal_and_verify().await;
        let verified = app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap();
        assert_eq!((verified.checked, verified.broken), (6, None));
    }

    /// A returned note begins its next version; what was signed is kept as superseded.
    async fn a_note_is_returned_and_signed_again(app: TestApp) {
        let scene = Scene::with(&app, 2, &[Flag::RequiresReview]).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0, 1]).await;
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        let path = format!("/api/notes/{}", notes[1]);
        let wrong = json!({ "comment": "More", "password": PASSWORD, "note_ids": [crate::harness::strange_id("note")] });
        reviewer.client.post(&format!("{path}/return"), wrong).await.expect_fields(&[("note_ids[0]", "not_found")]);
        let back = json!({ "comment": "Say what changed since last week.", "password": PASSWORD });
        let returned = reviewer.client.post(&format!("{path}/return"), back).await.expect(200);
        assert_eq!((&returned.data()["status"], &returned.data()["edition"]), (&json!("draft"), &json!(2)));
        assert_eq!(returned.data()["return_comment"], "Say what changed since last week.");
        assert_eq!((&returned.data()["returned_by"], &returned.data()["returned_by_name"]), (&json!(reviewer.practitioner), &json!("Robin Castellanos")));
        assert!(returned.data()["returned_at"].as_str().unwrap().starts_with("2026-03-04T"));
        assert_eq!(returned.data()["signatures"][0]["is_superseded"], true);
        assert_eq!(scene.status().await, "in_progress");
        assert_eq!(scene.missing().await, ["individual_note_unsigned"]);
        let first = text(&returned.data()["signatures"][0]["sha256"]);
        me.patch(&path, json!({ "content": own_text(7) })).await.expect(200);
        let signed = scene.sign(me, &notes[1]).await.expect(200);
        let signatures = signed.data()["signatures"].as_array().unwrap();
        assert_eq!((signatures.len(), &signatures[1]["edition"]), (2, &json!(2)));
        assert_ne!(text(&signatures[1]["sha256"]), first);
        assert_eq!(signed.data()["content_verified"], true);
        assert_eq!(scene.status().await, "pending_review");
        reviewer.client.post(&format!("{path}/review"), json!({ "password": PASSWORD })).await.expect(200);
        let documentation = me.get(&format!("/api/encounters/{}/documentation", scene.encounter)).await;
        assert_eq!(documentation.data()["documentation_status"], "amended");
        app.seal_and_verify().await;
        assert_eq!(app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken, None);
    }

    /// When everything goes back nothing is signed any more, and attendance may be corrected.
    async fn all_notes_are_returned_together(app: TestApp) {
        let scene = Scene::with(&app, 1, &[Flag::RequiresReview]).await;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0]).await;
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        let back = json!({ "comment": "Start over.", "password": PASSWORD, "note_ids": [notes[0], notes[1]] });
        reviewer.client.post(&format!("/api/notes/{}/return", notes[0]), back).await.expect(200);
        assert_eq!(app.count_of("note.returned").await, 2);
        let session = scene.admin.get(&format!("/api/sessions/{}", scene.session)).await;
        assert_eq!((&session.data()["status"], &session.data()["first_signed_at"]), (&json!("in_progress"), &json!(null)));
        let undone = scene.leader.client.post(&format!("/api/sessions/{}/undo-start", scene.session), json!({})).await;
        undone.expect(409);
    }

    /// Words are added to a signed note, signed and dated, and reach exactly the charts that show it.
    async fn annotations_reach_the_chart(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0, 1]).await;
        assert_eq!(scene.status().await, "completed");
        let path = format!("/api/notes/{}/annotate", notes[1]);
        let words = json!({ "content": "The worksheet was page 5.", "password": PASSWORD });
        scene.admin.post(&path, words.clone()).await.expect_code(422, "no_practitioner");
        me.post(&path, json!({ "content": "Again" })).await.expect_code(403, "reauth_required");
        let annotated = me.post(&path, words).await.expect(201);
        assert_eq!(annotated.data()["annotations"][0]["printed_name"], "Robin Whitfield");
        let entry = async |place: usize| {
            let chart = me.get(&format!("/api/patients/{}/chart", scene.people[place].1)).await.expect(200);
            chart.items()[0].clone()
        };
        let shown = entry(0).await;
        assert_eq!(shown["entry"]["attendance"]["notes"][0]["annotations"][0]["text"], "The worksheet was page 5.");
        assert_eq!((&shown["version"], &shown["content_verified"]), (&json!(2), &json!(true)));
        assert_eq!(entry(1).await["version"], 1);
        let group = json!({ "content": "All had the handout.", "password": PASSWORD });
        me.post(&format!("/api/notes/{}/annotate", notes[0]), group).await.expect(201);
        assert_eq!((&entry(0).await["version"], &entry(1).await["version"]), (&json!(3), &json!(2)));
        app.seal_and_verify().await;
        let verified = app::chart::verify::verify(&app.app.db, app.organization.id).await.unwrap();
        assert_eq!((verified.checked, verified.broken), (2, None));
        let sql = "update note_annotations set content = 'Page 6.' where organization_id = $1 and note_id = $2";
        app.tamper(sql, &[notes[1].as_str().into()]).await;
        assert_eq!(me.get(&format!("/api/notes/{}", notes[1])).await.data()["content_verified"], false);
    }
}
