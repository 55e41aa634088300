//! Drafts: who may write what, and no word is lost.

use reqwest::Method;
use rules::permissions::Role;
use serde_json::json;

use super::scene::{Scene, someone, text};
use crate::harness::{Answer, PASSWORD, TestApp, on_both, strange_id};

on_both! {
    /// The documents' own calls: a session note and an individual note with their content.
    async fn notes_are_begun_as_the_documents_say(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let path = format!("/api/encounters/{}/notes", scene.encounter);
        let new = json!({ "note_type": "session_note", "content": "The group talked about triggers." });
        let note = me.post(&path, new).await.expect(201);
        assert_eq!(note.data()["status"], "draft");
        assert_eq!(note.data()["content"], "The group talked about triggers.");
        assert_eq!(note.data()["template"]["name"], "Group note");
        assert_eq!(note.data()["content_verified"], json!(null));
        let new = json!({
            "note_type": "individual_note", "participant_id": scene.people[0].0, "discipline": "ot", "content": "Calm.",
        });
        let own = me.post(&path, new).await.expect(201);
        assert_eq!(own.data()["template_key"], "ot");
        assert_eq!(own.data()["patient_id"], scene.people[0].1.as_str());
        let listed = me.get(&path).await.expect(200);
        assert_eq!(listed.items().len(), 2);
        let ot = me.get(&format!("{path}?discipline=ot")).await.expect(200);
        assert_eq!(ot.items().iter().map(|note| text(&note["id"])).collect::<Vec<_>>(), [own.id()]);
        let first = me.get(&format!("{path}?limit=1")).await.expect(200);
        let second = me.get(&format!("{path}?limit=1&cursor={}", first.next().unwrap())).await.expect(200);
        assert_eq!((second.items()[0]["id"].clone(), second.next()), (json!(own.id()), None));
        assert_eq!(app.count_of("note.created").await, 2);
        assert!(app.audited().await.contains(&("note.read".to_owned(), "done".to_owned())), "reading is recorded");
    }

    /// One participant shows the text of their notes to who may read them, and that it was read is recorded.
    async fn a_participant_shows_their_notes(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let path = format!("/api/sessions/{}/participants/{}", scene.session, scene.people[0].0);
        assert_eq!(me.get(&path).await.expect(200).data()["individual_notes"], json!([]));
        let read = async || app.audited().await.iter().filter(|(action, _)| action == "note.read").count();
        assert_eq!(read().await, 0);
        let own = scene.begin(me, Some(0), json!({ "content": "Calm today.", "fields": { "risk": "None observed" } })).await.expect(201);
        scene.begin(me, Some(1), json!({ "content": "Restless." })).await.expect(201);
        let shown = me.get(&path).await.expect(200);
        let notes = shown.data()["individual_notes"].as_array().unwrap();
        assert_eq!(notes.len(), 1, "{shown}");
        assert_eq!((&notes[0]["note_id"], &notes[0]["text"], &notes[0]["status"]), (&json!(own.id()), &json!("Calm today."), &json!("draft")));
        assert_eq!(read().await, 1);
        let desk = app.as_role(Role::Receptionist).await;
        assert_eq!(desk.get(&path).await.expect(200).data()["individual_notes"], json!(null));
        assert_eq!(read().await, 1);
        let other = format!("/api/sessions/{}/participants/{}", strange_id("ses"), scene.people[0].0);
        me.get(&other).await.expect(404);
        me.post(&format!("/api/notes/{}/void", own.id()), json!({ "reason": "Wrong person" })).await.expect(200);
        assert_eq!(me.get(&path).await.expect(200).data()["individual_notes"], json!([]), "what was voided does not count");
    }

    /// One group note, and one note for a participant and discipline.
    async fn there_is_one_note_of_each_kind(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.begin(me, None, json!({})).await.expect(201);
        scene.begin(me, None, json!({})).await.expect_code(409, "note_exists");
        let own = scene.begin(me, Some(0), json!({})).await.expect(201);
        assert_eq!(own.data()["discipline"], "general");
        scene.begin(me, Some(0), json!({ "discipline": "general" })).await.expect_code(409, "note_exists");
        scene.begin(me, Some(0), json!({ "discipline": "nursing" })).await.expect(201);
        scene.begin(me, Some(1), json!({})).await.expect(201);
        let void = format!("/api/notes/{}/void", own.id());
        let voided = me.post(&void, json!({ "reason": "Wrong person" })).await.expect(200);
        assert_eq!((&voided.data()["status"], &voided.data()["void_reason"]), (&json!("entered_in_error"), &json!("Wrong person")));
        scene.begin(me, Some(0), json!({})).await.expect(201);
        let path = format!("/api/encounters/{}/notes", scene.encounter);
        assert_eq!(me.get(&path).await.items().len(), 4);
        assert_eq!(me.get(&format!("{path}?status=all")).await.items().len(), 5, "it is kept");
    }

    /// Everything that is wrong with a new note is told at once.
    async fn every_bad_field_of_a_note_is_told(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let stranger = json!({ "participant_id": strange_id("par"), "discipline": "ot" });
        scene.begin(me, None, stranger).await.expect_fields(&[("participant_id", "not_individual"), ("discipline", "not_individual")]);
        let path = format!("/api/encounters/{}/notes", scene.encounter);
        me.post(&path, json!({ "note_type": "individual_note" })).await.expect_fields(&[("participant_id", "missing")]);
        let other = json!({ "note_type": "individual_note", "participant_id": strange_id("par") });
        me.post(&path, other).await.expect_fields(&[("participant_id", "not_found")]);
        let fields = json!({ "fields": { "risk": "Perhaps", "mood": 3, "response": 7 }, "content": "x".repeat(20_001) });
        scene.begin(me, Some(0), fields).await.expect_fields(&[
            ("content", "too_long"), ("fields.response", "invalid"), ("fields.risk", "invalid"), ("fields.mood", "unknown_field"),
        ]);
        scene.begin(me, Some(0), json!({ "template": "group_note" })).await.expect_fields(&[("template", "other_kind")]);
        scene.mark(0, "no_show").await;
        scene.begin(me, Some(0), json!({})).await.expect_code(409, "not_attending");
        assert_eq!(app.count_of("note.created").await, 0);
    }

    /// Leaders write, and who may manage any session; others don't, nor before it starts.
    async fn only_leaders_write(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let other = someone(&app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await;
        scene.begin(&other.client, None, json!({})).await.expect_code(403, "not_leader");
        let nurse = app.as_role(Role::Nurse).await;
        let refused = scene.begin(&nurse, None, json!({})).await.expect_code(403, "forbidden");
        assert_eq!(refused.json["permission"], "group.encounter.note.create");
        scene.begin(&app.as_role(Role::RecordsAdmin).await, None, json!({})).await.expect(201);
        let note = scene.begin(&scene.leader.client, Some(0), json!({})).await.expect(201).id();
        let path = format!("/api/notes/{note}");
        nurse.get(&path).await.expect(200);
        app.as_role(Role::Receptionist).await.get(&path).await.expect_code(403, "forbidden");
        app.as_role(Role::Biller).await.get(&path).await.expect_code(403, "forbidden");
        other.client.patch(&path, json!({ "content": "mine" })).await.expect_code(403, "not_leader");
        assert!(app.audited().await.contains(&("not_leader".to_owned(), "refused".to_owned())), "refusals are recorded");
        let elsewhere = app.other_organization().await;
        let stranger = elsewhere.as_role(Role::Admin).await;
        for path in [path.clone(), format!("/api/encounters/{}/notes", scene.encounter)] {
            stranger.get(&path).await.expect_code(404, "not_found");
        }
        stranger.post(&format!("{path}/check"), json!({})).await.expect_code(404, "not_found");
        scene.begin(&stranger, None, json!({})).await.expect_code(404, "not_found");
        let later = json!({ "group_id": scene.group, "starts_at": "2026-03-11T09:00" });
        let later = scene.admin.post("/api/sessions", later).await.expect(201);
        let path = format!("/api/encounters/{}/notes", text(&later.data()["encounter_id"]));
        let refused = scene.leader.client.post(&path, json!({ "note_type": "session_note" })).await;
        refused.expect_code(409, "invalid_transition");
    }

    /// A draft saves itself field by field; who read an older version is told, and overwrites nothing.
    async fn a_stale_save_loses_no_words(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let note = scene.begin(me, Some(0), json!({ "content": "One", "fields": { "response": "Calm" } })).await.expect(201);
        let path = format!("/api/notes/{}", note.id());
        let saved = me.with_if_match(1).patch(&path, json!({ "content": "Two", "fields": { "risk": "None observed" } })).await;
        let saved = saved.expect(200);
        assert_eq!(saved.data()["fields"], json!({ "response": "Calm", "risk": "None observed" }));
        assert_eq!(saved.version(), 2);
        let stale = me.with_if_match(1).patch(&path, json!({ "content": "Three" })).await.expect_code(412, "stale");
        assert!(stale.json["detail"].as_str().unwrap().contains("version 2"), "{stale}");
        assert_eq!(me.get(&path).await.data()["content"], "Two");
        let cleared = me.with_if_match(2).patch(&path, json!({ "fields": { "response": null } })).await.expect(200);
        assert_eq!(cleared.data()["fields"], json!({ "risk": "None observed" }));
        for nothing in [json!({}), json!({ "fields": {} })] {
            me.patch(&path, nothing.clone()).await.expect_fields(&[("content", "missing")]);
            me.with_if_match(1).patch(&format!("{path}?merge=true"), nothing).await.expect_fields(&[("content", "missing")]);
        }
        assert_eq!(me.get(&path).await.version(), 3, "nothing is changed by nothing");
        let history = me.get(&format!("{path}/history")).await.expect(200);
        let texts: Vec<_> = history.items().iter().map(|version| text(&version["record"]["content"])).collect();
        assert_eq!(texts, ["Two", "Two", "One"]);
    }

    /// Line breaks come as browsers and Windows send them, and are kept as one; what is signed has no other.
    async fn line_breaks_of_every_kind_are_plain(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let goal = json!([{ "goal": "Goal 2\r\nand 3" }]);
        let written = json!({ "content": "One.\r\n\r\nTwo.\n", "fields": { "response": "Calm.\r\nTired.", "goal_progress": goal } });
        let note = scene.begin(me, Some(0), written).await.expect(201);
        let plain = json!({ "response": "Calm.\nTired.", "goal_progress": [{ "goal": "Goal 2\nand 3" }] });
        assert_eq!((&note.data()["content"], &note.data()["fields"]), (&json!("One.\n\nTwo.\n"), &plain));
        let path = format!("/api/notes/{}", note.id());
        let saved = me.patch(&path, json!({ "content": "One.\r\nThree." })).await.expect(200);
        assert_eq!(saved.data()["content"], "One.\nThree.");
        for lone in ["One.\rTwo.", "\r", "One.\r\r\nTwo.", "One.\n\rTwo."] {
            me.patch(&path, json!({ "content": lone })).await.expect_fields(&[("content", "control_character")]);
            let fields = json!({ "fields": { "response": lone } });
            me.patch(&path, fields).await.expect_fields(&[("fields.response", "control_character")]);
        }
        // A browser without scripts sends every line break of a form so.
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let form = [("version", "2"), ("content", "One.\r\nFour."), ("fields.response", "Awake.\r\nAt last.")];
        browser.post_form(&format!("/notes/{}/save", note.id()), &form).await.expect(303);
        let kept = me.get(&path).await.expect(200);
        assert_eq!((&kept.data()["content"], &kept.data()["fields"]["response"]), (&json!("One.\nFour."), &json!("Awake.\nAt last.")));
    }

    /// A refusal names what works where the note is, and what it names does.
    async fn a_refusal_leads_on(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let said = |answer: Answer| text(&answer.json["detail"]);
        let first = scene.begin(me, Some(0), json!({})).await.expect(201).id();
        let path = format!("/api/notes/{first}");
        let annotation = json!({ "content": "Page 5.", "password": PASSWORD });
        let draft = said(me.post(&format!("{path}/annotate"), annotation.clone()).await.expect_code(409, "invalid_transition"));
        assert!(draft.ends_with("this one is a draft. Change the note itself."), "{draft}");
        me.post(&format!("{path}/void"), json!({ "reason": "Wrong person" })).await.expect(200);
        let again = json!({ "reason": "Again" });
        for refused in [
            me.patch(&path, json!({ "content": "Words" })).await,
            me.post(&format!("{path}/annotate"), annotation.clone()).await,
            me.post(&format!("{path}/void"), again).await,
            scene.sign(me, &first).await,
        ] {
            let words = said(refused.expect_code(409, "invalid_transition"));
            assert!(words.ends_with(" Begin another note."), "{words}");
        }
        let by_itself = me.with_header("x-live-autosave", 1).with_header("accept", "text/html");
        let form = "version=2&content=Words";
        let save = format!("/notes/{first}/save");
        let line = by_itself.raw(Method::POST, &save, "application/x-www-form-urlencoded", form).await;
        assert!(line.header("x-live-status").ends_with(" Begin another note."), "{line}");

        scene.all_attend().await;
        let group = scene.ready(me, None).await;
        scene.sign(me, &group).await.expect(200);
        let frozen = said(me.patch(&format!("/api/notes/{group}"), json!({ "content": "Words" })).await.expect(409));
        assert!(frozen.ends_with("Add an annotation, or have it voided and begin another note."), "{frozen}");
        me.post(&format!("/api/notes/{group}/annotate"), annotation.clone()).await.expect(201);
        let (one, other) = (scene.ready(me, Some(0)).await, scene.ready(me, Some(1)).await);
        scene.sign(me, &one).await.expect(200);
        scene.end().await;
        scene.sign(me, &other).await.expect(200);
        assert_eq!(scene.status().await, "completed");
        let signed = said(me.patch(&format!("/api/notes/{one}"), json!({ "content": "Words" })).await.expect(409));
        assert!(signed.ends_with("this one is completed. Add an annotation, or have the session reopened."), "{signed}");
        me.post(&format!("/api/notes/{one}/annotate"), annotation.clone()).await.expect(201);
        let voided = said(me.post(&format!("{path}/annotate"), annotation).await.expect(409));
        assert!(voided.ends_with("this one is entered in error. Have the session reopened."), "{voided}");
        let manager = app.as_role(Role::Manager).await;
        let reopen = format!("/api/sessions/{}/reopen", scene.session);
        manager.post(&reopen, json!({ "reason": "One more discipline" })).await.expect(200);
        scene.begin(me, Some(0), json!({ "discipline": "ot" })).await.expect(201);
    }

    /// Whoever did not come has no note: while attendance can be corrected that is said, and afterwards what can be done.
    async fn who_did_not_come_has_no_note(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let note = scene.ready(me, Some(1)).await;
        scene.mark(0, "attended").await;
        scene.mark(1, "no_show").await;
        let said = |answer: Answer| text(&answer.expect_code(409, "not_attending").json["detail"]);
        let sign = async || said(scene.sign(me, &note).await);
        assert!(sign().await.ends_with("Correct the attendance, or void this note."));
        let begin = async || said(scene.begin(me, Some(1), json!({ "discipline": "ot" })).await);
        assert!(begin().await.ends_with("Correct the attendance first."));
        let group = scene.ready(me, None).await;
        scene.sign(me, &group).await.expect(200);
        let undo = format!("/api/sessions/{}/participants/{}/undo", scene.session, scene.people[1].0);
        scene.admin.post(&undo, json!({})).await.expect_code(409, "invalid_transition");
        assert!(sign().await.ends_with("so void this one."), "attendance can't be corrected any more");
        assert!(begin().await.ends_with("add an annotation to one that is."));
        me.post(&format!("/api/notes/{note}/void"), json!({ "reason": "Did not come" })).await.expect(200);
    }

    /// Everything that is to be written is begun at once, in the writer's discipline.
    async fn all_notes_are_begun_at_once(app: TestApp) {
        let scene = Scene::new(&app, 3).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        scene.mark(2, "no_show").await;
        let practitioner = format!("/api/practitioners/{}", scene.leader.practitioner);
        scene.admin.patch(&practitioner, json!({ "discipline": "psychology" })).await.expect(200);
        let path = format!("/api/encounters/{}/notes/begin", scene.encounter);
        let begun = me.post(&path, json!({})).await.expect(201);
        assert_eq!(begun.data()["note_ids"].as_array().unwrap().len(), 3);
        let listed = me.get(&format!("/api/encounters/{}/notes", scene.encounter)).await.expect(200);
        let kinds: Vec<_> = listed.items().iter().map(|note| text(&note["template_key"])).collect();
        assert_eq!(kinds, ["group_note", "psychology", "psychology"]);
        me.post(&path, json!({})).await.expect_code(409, "nothing_to_begin");
    }

    /// The built-in templates are there to read, each with the fields of its discipline.
    async fn templates_are_listed(app: TestApp) {
        let therapist = app.as_role(Role::Therapist).await;
        let listed = therapist.get("/api/templates").await.expect(200);
        assert_eq!(listed.items().len(), 8);
        assert_eq!((&listed.items()[0]["key"], &listed.items()[0]["template_version"]), (&json!("group_note"), &json!(2)));
        for (discipline, wanted) in [
            ("psychology", ["presenting_issues", "interventions", "mental_status"]),
            ("ot", ["target_skills", "activities", "assistance"]),
            ("aba", ["behaviors", "skill_targets", "reinforcers"]),
            ("slp", ["communication_targets", "accuracy", "cueing"]),
            ("medical", ["subjective", "assessment", "medications"]),
            ("nursing", ["systolic", "oxygen", "medication_adherence"]),
            ("general", ["participation", "goal_progress", "next_steps"]),
        ] {
            let one = listed.items().iter().find(|one| one["key"] == discipline).expect("built in");
            let keys: Vec<String> = one["fields"].as_array().unwrap().iter().map(|field| text(&field["key"])).collect();
            assert!(wanted.iter().all(|key| keys.iter().any(|known| known == key)), "{discipline}: {keys:?}");
        }
    }
}
