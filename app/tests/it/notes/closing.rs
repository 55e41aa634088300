//! The last steps of documenting a session on pages: what the room knew, what holds a note back, what was sent back, and
//! what the session stands at.

use rules::permissions::{Flag, Role};
use serde_json::json;

use super::scene::{Scene, own_fields, own_text, someone, text};
use crate::harness::{PASSWORD, TestApp, on_both};

on_both! {
    /// Participation marked in the room is where the note starts; a later mark is taken over until somebody chooses
    /// otherwise in the note.
    async fn participation_is_not_asked_twice(app: TestApp) {
        let scene = Scene::new(&app, 3).await;
        scene.all_attend().await;
        let me = &scene.leader.client;
        let mark = async |place: usize, level: &str| {
            let path = format!("/api/sessions/{}/participants/{}", scene.session, scene.people[place].0);
            let level = if level.is_empty() { json!(null) } else { json!(level) };
            me.patch(&path, json!({ "participation_level": level })).await.expect(200);
        };
        mark(0, "minimal").await;
        let first = scene.begin(me, Some(0), json!({})).await.expect(201);
        assert_eq!(first.data()["fields"], json!({ "participation": "Minimal" }));
        let said = json!({ "fields": { "participation": "Withdrawn" } });
        let chosen = scene.begin(me, Some(1), said).await.expect(201).id();
        me.post(&format!("/api/encounters/{}/notes/begin", scene.encounter), json!({})).await.expect(201);
        let listed = me.get(&format!("/api/encounters/{}/notes", scene.encounter)).await.expect(200);
        let third = listed.items().iter().find(|note| note["participant_id"] == scene.people[2].0.as_str()).cloned();
        let third = text(&third.expect("begun")["id"]);
        let stands = async |note: &str| {
            let note = me.get(&format!("/api/notes/{note}")).await.expect(200);
            (text(&note.data()["fields"]["participation"]), note.data()["version"].as_i64().unwrap_or_default())
        };
        assert_eq!(stands(&third).await, (String::new(), 1));
        for place in 0..3 {
            mark(place, "engaged").await;
        }
        assert_eq!(stands(&first.id()).await, ("Engaged".to_owned(), 2), "nobody chose otherwise");
        assert_eq!(stands(&chosen).await, ("Withdrawn".to_owned(), 1), "somebody chose");
        assert_eq!(stands(&third).await, ("Engaged".to_owned(), 2));
        mark(2, "").await;
        assert_eq!(stands(&third).await.0, "");
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let page = browser.get(&format!("/sessions/{}/notes", scene.session)).await;
        page.expect(200).expect_text("<option selected>Engaged").expect_text("<option selected>Withdrawn");
    }

    /// What could not be signed with the rest is named: whose note, which finding, and the way to it; with the last
    /// signature the page says that the session is completed.
    async fn what_holds_a_note_back_is_named(app: TestApp) {
        let scene = Scene::new(&app, 3).await;
        scene.all_attend().await;
        scene.end().await;
        let me = &scene.leader.client;
        scene.ready(me, None).await;
        scene.ready(me, Some(0)).await;
        let named = json!({ "content": "Maria Santos <i>laughed</i>.", "fields": own_fields() });
        let named = scene.begin(me, Some(1), named).await.expect(201).id();
        let mut fields = own_fields();
        fields["next_steps"] = json!(null);
        let bare = scene.begin(me, Some(2), json!({ "content": own_text(2), "fields": fields })).await.expect(201).id();
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let path = format!("/sessions/{}/notes", scene.session);
        let signed = browser.post_form(&format!("{path}/sign"), &[("password", PASSWORD)]).await;
        assert_eq!(signed.expect(303).location(), format!("{path}?held=true#held"));
        let page = browser.follow(&signed).await;
        page.expect_text("2 notes signed; 2 notes not ready yet.").expect_text("2 notes are not ready to be signed");
        page.expect_text(&format!("<a href=\"/notes/{named}\">Text: “Maria Santos”</a>: This is the full name of another participant."));
        page.expect_text("<strong>Maria Okafor</strong>").expect_text("<strong>Maria Lindqvist</strong>");
        page.expect_text(&format!("{path}?open={bare}#f-")).expect_text("-fields-next_steps\">Plan</a>");
        // With nothing ready it is refused, and still said.
        let refused = browser.post_form(&format!("{path}/sign"), &[("password", PASSWORD)]).await;
        refused.expect(409).expect_text("2 notes are not ready to be signed").expect_text("Text: “Maria Santos”");
        me.patch(&format!("/api/notes/{named}"), json!({ "content": own_text(1) })).await.expect(200);
        me.patch(&format!("/api/notes/{bare}"), json!({ "fields": { "next_steps": "Keep on." } })).await.expect(200);
        let signed = browser.post_form(&format!("{path}/sign"), &[("password", PASSWORD)]).await;
        assert_eq!(signed.expect(303).location(), path);
        let done = browser.follow(&signed).await;
        done.expect_text("This session is completed").expect_text("in the charts of 3 patients");
        done.expect_text("href=\"/documentation\"");
        assert!(!done.html.contains("Sign all that are ready") && !done.html.contains("not ready"), "{done}");
        let whole = browser.get(&format!("{path}?texts=all")).await;
        whole.expect(200).expect_text(&own_text(2));
        assert!(!done.html.contains(&own_text(2)), "a signed note is a row, too");
    }

    /// Signed work of somebody who needs review waits, and the page says so; what is sent back stands first among what
    /// is to be documented, with the comment.
    async fn what_is_sent_back_stands_first(app: TestApp) {
        let scene = Scene::with(&app, 1, &[Flag::RequiresReview]).await;
        scene.all_attend().await;
        scene.end().await;
        let missed = json!({ "group_id": scene.group, "starts_at": "2026-03-02T09:00" });
        scene.admin.post("/api/sessions", missed).await.expect(201);
        let notes = scene.document([0]).await;
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let path = format!("/sessions/{}/notes", scene.session);
        let page = browser.get(&path).await;
        page.expect(200).expect_text("Everything is signed, and the session waits for its review").expect_text("href=\"/documentation\"");
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        let back = json!({ "comment": "Say more <b>here</b>.", "password": PASSWORD });
        reviewer.client.post(&format!("/api/notes/{}/return", notes[1]), back).await.expect(200);
        let listed = scene.leader.client.get("/api/documentation").await.expect(200);
        assert_eq!(listed.items().len(), 2);
        let sent = &listed.items()[0];
        assert_eq!((&sent["returned_notes"], &sent["return_comment"]), (&json!(1), &json!("Say more <b>here</b>.")));
        let told = ["returned_by_name", "returned_at"].map(|field| sent[field].as_str().unwrap_or_default());
        assert_eq!(told, ["Robin Castellanos", "2026-03-04T10:00:00-07:00"]);
        let rest = &listed.items()[1];
        assert_eq!((&rest["return_comment"], &rest["returned_by_name"]), (&json!(null), &json!(null)), "older, and never sent back");
        // The same row by row: what was sent back first, and nothing twice.
        let first = scene.leader.client.get("/api/documentation?limit=1").await.expect(200);
        let second = scene.leader.client.get(&format!("/api/documentation?limit=1&cursor={}", first.next().unwrap())).await.expect(200);
        let ids = [&first, &second].map(|page| page.items()[0]["session"]["id"].clone());
        assert_eq!((ids, second.next()), ([sent["session"]["id"].clone(), rest["session"]["id"].clone()], None));
        browser.get("/today?day=2026-03-04").await.expect(200).expect_text("Returned</span>").expect_text("overdue or returned");
        let page = browser.get("/documentation").await;
        page.expect(200).expect_text("Returned by Robin Castellanos, 4 Mar, 10:00: Say more &lt;b&gt;here&lt;/b&gt;.").expect_text(&format!("{path}\""));
        let at = |words: &str| page.html.find(words).expect("listed");
        assert!(at("Returned by Robin") < at("Not started</span>"), "what was sent back stands first");
        scene.sign(&scene.leader.client, &notes[1]).await.expect(200);
        assert!(!browser.get("/documentation").await.html.contains("Returned by"));
    }

    /// A waived name is shown as it is written.
    async fn a_waived_name_is_shown_as_it_is_written(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let new = json!({ "given_name": "Zoë", "family_name": "Böhm", "birth_date": "1984-05-06" });
        let patient = scene.admin.post("/api/patients", new).await.expect(201).id();
        let path = format!("/api/groups/{}/members", scene.group);
        scene.admin.post(&path, json!({ "patient_id": patient })).await.expect(201);
        scene.all_attend().await;
        let me = &scene.leader.client;
        let written = json!({ "content": "Sat beside Zoë Böhm, as always.", "fields": own_fields() });
        let note = scene.begin(me, Some(0), written).await.expect(201).id();
        let waiver = json!({ "key": "full_name:zoe bohm", "reason": "Agreed." });
        me.post(&format!("/api/notes/{note}/sign"), json!({ "password": PASSWORD, "waivers": [waiver] })).await.expect(200);
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let page = browser.get(&format!("/notes/{note}")).await;
        page.expect(200).expect_text("Full name “Zoë Böhm”").expect_text("Agreed.").expect_text("data-label=\"Meaning\">Author");
        assert!(!page.html.contains("zoe bohm"));
    }
}
