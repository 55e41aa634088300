//! Notes written from templates: what they keep, what is judged, what is sealed.

use rules::permissions::Role;
use serde_json::{Map, Value, json};

use super::{every_type, every_value};
use crate::{
    harness::{TestApp, on_both},
    notes::scene::{Scene, group_fields, someone, text},
};

fn sha256(text: &str) -> String {
    ring::digest::digest(&ring::digest::SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

async fn template(scene: &Scene<'_>) -> String {
    let new = json!({ "name": "Check-in", "note_type": "individual_note", "discipline": "psychology", "fields": every_type() });
    scene.admin.post("/api/templates", new).await.expect(201).id()
}

on_both! {
    /// A note keeps the template it was begun with, as a draft and when it is signed; the next one has the next version.
    async fn a_note_keeps_its_template(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let template = template(&scene).await;
        let begun = scene.begin(me, Some(0), json!({ "template": template, "fields": every_value() })).await.expect(201);
        assert_eq!((&begun.data()["discipline"], &begun.data()["template_version"]), (&json!("psychology"), &json!(1)));
        let fields = json!([{ "key": "other", "label": "Something else", "type": "text", "required": true }]);
        let path = format!("/api/templates/{template}");
        scene.admin.patch(&path, json!({ "name": "Changed", "fields": fields })).await.expect(200);
        let note = format!("/api/notes/{}", begun.id());
        let kept = me.patch(&note, json!({ "fields": { "mood": 8 } })).await.expect(200);
        assert_eq!((&kept.data()["template_version"], &kept.data()["template"]["name"]), (&json!(1), &json!("Check-in")));
        me.patch(&note, json!({ "fields": { "other": "x" } })).await.expect_fields(&[("fields.other", "unknown_field")]);
        let signed = scene.sign(me, &begun.id()).await.expect(200);
        assert_eq!(signed.data()["content_verified"], true);
        let second = scene.begin(me, Some(1), json!({ "template": template, "fields": { "other": "New." } })).await.expect(201);
        assert_eq!((&second.data()["template_version"], &second.data()["template"]["name"]), (&json!(2), &json!("Changed")));
        scene.admin.delete(&path).await.expect(200);
        scene.sign(me, &second.id()).await.expect(200);
        let third = json!({ "template": template, "discipline": "ot" });
        scene.begin(me, Some(1), third).await.expect_fields(&[("template", "other_kind")]);
        scene.begin(me, Some(1), json!({ "template": template })).await.expect_fields(&[("template", "archived")]);
        app.seal_and_verify().await;
    }

    /// A template must fit the note, and the discipline may be left to it.
    async fn a_template_fits_its_note(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let own = template(&scene).await;
        scene.begin(me, None, json!({ "template": own })).await.expect_fields(&[("template", "other_kind")]);
        scene.begin(me, Some(0), json!({ "template": "group_note" })).await.expect_fields(&[("template", "other_kind")]);
        scene.begin(me, Some(0), json!({ "template": "nonsense" })).await.expect_fields(&[("template", "not_found")]);
        let theirs = app.other_organization().await;
        let theirs = theirs.as_role(Role::Admin).await.post("/api/templates", json!({ "name": "Theirs", "copy_of": "ot" })).await.expect(201).id();
        scene.begin(me, Some(0), json!({ "template": theirs })).await.expect_fields(&[("template", "not_found")]);
        let note = scene.begin(me, Some(0), json!({ "template": "nursing" })).await.expect(201);
        assert_eq!((&note.data()["discipline"], &note.data()["template_key"]), (&json!("nursing"), &json!("nursing")));
        let note = scene.begin(me, Some(0), json!({ "template": own })).await.expect(201);
        assert_eq!((&note.data()["discipline"], &note.data()["template_key"]), (&json!("psychology"), &json!(own)));
        scene.begin(me, Some(0), json!({ "template": own })).await.expect_code(409, "note_exists");
    }

    /// Every value is judged by its type, all at once; what is required is asked for before signing, in rows, too.
    async fn every_value_is_judged(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let template = template(&scene).await;
        let note = scene.begin(me, Some(0), json!({ "template": template })).await.expect(201).id();
        let path = format!("/api/notes/{note}");
        let bad = json!({
            "words": 1, "mood": 10.5, "affect": "Blue", "skills": ["Walking", "Walking"], "pulse": 251, "next": "11 March",
            "goals": [{ "goal": "Goal 1", "progress": "Splendid" }, "Goal 2"], "incidents": [{ "what": 3, "when": "x" }, { "times": -1 }],
        });
        me.patch(&path, json!({ "fields": bad })).await.expect_fields(&[
            ("fields.words", "invalid"), ("fields.mood", "invalid"), ("fields.affect", "invalid"), ("fields.skills", "invalid"),
            ("fields.pulse", "invalid"), ("fields.next", "invalid"), ("fields.goals[0].progress", "invalid"),
            ("fields.goals[1]", "invalid"), ("fields.incidents[0].what", "invalid"),
            ("fields.incidents[0].when", "unknown_field"), ("fields.incidents[1].times", "invalid"),
        ]);
        let rows: Vec<Value> = (0..41).map(|at| json!({ "what": format!("Number {at}") })).collect();
        me.patch(&path, json!({ "fields": { "incidents": rows } })).await.expect_fields(&[("fields.incidents", "too_many")]);
        let open = json!({ "words": " ", "goals": [{ "evidence": "Two calls." }, {}], "incidents": [{ "what": "", "times": null }, { "times": 2 }] });
        me.patch(&path, json!({ "fields": open })).await.expect(200);
        scene.sign(me, &note).await.expect_fields(&[
            ("fields.words", "required"), ("fields.mood", "required"), ("fields.goals[0].goal", "required"),
            ("fields.incidents[1].what", "required"),
        ]);
        me.patch(&path, json!({ "fields": every_value() })).await.expect(200);
        scene.sign(me, &note).await.expect(200);
    }

    /// Names of others are found in rows, too, and the chart tells typed values in words.
    async fn rows_are_read_like_text(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.mark(0, "attended").await;
        scene.mark(1, "no_show").await;
        scene.end().await;
        let template = template(&scene).await;
        let mut written = every_value();
        written["incidents"][1]["what"] = json!("Shouted at Maria Okafor");
        let note = scene.begin(me, Some(0), json!({ "template": template, "fields": written })).await.expect(201).id();
        let checked = me.post(&format!("/api/notes/{note}/check"), json!({})).await.expect(200);
        let finding = &checked.data()["findings"][0];
        assert_eq!((&finding["field"], &finding["start_char"]), (&json!("fields.incidents[1].what"), &json!(11)));
        scene.sign(me, &note).await.expect_fields(&[("fields.incidents[1].what", "name_found")]);
        me.patch(&format!("/api/notes/{note}"), json!({ "fields": every_value() })).await.expect(200);
        scene.sign(me, &note).await.expect(200);
        let group = scene.begin(me, None, json!({ "content": "We practised.", "fields": group_fields() })).await.expect(201).id();
        scene.sign(me, &group).await.expect(200);
        let chart = me.get(&format!("/api/patients/{}/chart", scene.people[0].1)).await.expect(200);
        let fields = &chart.items()[0]["entry"]["attendance"]["notes"][0]["fields"];
        assert_eq!(*fields, json!([
            ["In short", "Steady."], ["Mood", "7 (0 to 10)"], ["Affect", "Bright"], ["Skills", "Breathing, Calling"],
            ["Pulse", "72.5 per minute"], ["Seen again", "11 Mar 2026"],
            ["Goals", "Goal: Goal 2; Progress: Met; What shows it: Two calls."],
            ["Incidents", "What: Left the room; Times: 2\nWhat: Came back"],
        ]), "{chart}");
    }

    /// What was signed was signed with its labels: another label beside the same value shows. What was signed before
    /// labels were sealed still verifies, and who signs it next signs the same bytes.
    async fn a_label_is_part_of_what_was_signed(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let co = someone(&app, &scene.admin, "Okonkwo", Role::Doctor, &[]).await;
        me.post(&format!("/api/sessions/{}/leaders", scene.session), json!({ "practitioner_id": co.practitioner })).await.expect(200);
        scene.all_attend().await;
        let template = template(&scene).await;
        let note = scene.begin(me, Some(0), json!({ "template": template, "fields": every_value() })).await.expect(201).id();
        scene.sign(me, &note).await.expect(200);
        let path = format!("/api/notes/{note}");
        let verified = async || me.get(&path).await.expect(200).data()["content_verified"].clone();
        assert_eq!(verified().await, true);
        let relabel = "update notes set template = replace(template, $2, $3) where organization_id = $1 and id = $4";
        let label = |word: &str| format!("\"label\":\"{word}\"");
        app.tamper(relabel, &[label("Mood").as_str().into(), label("Risk").as_str().into(), note.as_str().into()]).await;
        assert_eq!(verified().await, false, "7 was signed as a mood");
        app.tamper(relabel, &[label("Risk").as_str().into(), label("Mood").as_str().into(), note.as_str().into()]).await;
        assert_eq!(verified().await, true);

        let stored = me.get(&path).await.expect(200).data().clone();
        let mut older: Map<String, Value> = serde_json::from_str(&text(&stored["signatures"][0]["signed_text"])).unwrap();
        assert!(older.remove("template").is_some_and(|sealed| sealed["fields"][1]["label"] == "Mood"));
        older.insert("canonical".into(), json!(1));
        let older = Value::Object(older).to_string();
        let replace = "update note_signatures set signed_text = $2, sha256 = $3 where organization_id = $1 and note_id = $4";
        app.tamper(replace, &[older.as_str().into(), sha256(&older).as_str().into(), note.as_str().into()]).await;
        assert_eq!(verified().await, true, "as it was signed then");
        let signed = scene.sign(&co.client, &note).await.expect(200);
        assert_eq!(signed.data()["signatures"][1]["signed_text"], older);
    }
}
