//! Before signing: fields, names of others, copied texts.

use serde_json::json;

use super::scene::{Scene, group_fields, own_fields, own_text, text};
use crate::harness::{PASSWORD, TestApp, on_both};

on_both! {
    /// The name of another participant stands in the way until it is changed, or waived with a reason.
    async fn a_name_blocks_until_it_is_waived_or_gone(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let words = "Zoë said: Maria Okafor helped her.";
        let note = scene.begin(me, Some(0), json!({ "content": words, "fields": own_fields() })).await.expect(201).id();
        let path = format!("/api/notes/{note}");
        let checked = me.post(&format!("{path}/check"), json!({})).await.expect(200);
        assert_eq!(checked.data()["is_ready"], false);
        let finding = &checked.data()["findings"][0];
        assert_eq!((&finding["kind"], &finding["code"], &finding["field"]), (&json!("name"), &json!("full_name"), &json!("content")));
        assert_eq!(finding["people"], json!([scene.people[1].1]));
        let (start, end) = (finding["start_byte"].as_u64().unwrap() as usize, finding["end_byte"].as_u64().unwrap() as usize);
        assert_eq!(&words[start..end], "Maria Okafor");
        assert_eq!(finding["start_char"], 10);
        assert_eq!(finding["end_char"], 22);
        scene.sign(me, &note).await.expect_fields(&[("content", "name_found")]);
        let waive = |key: &str| json!({ "password": PASSWORD, "waivers": [{ "key": key, "reason": "Her sister; agreed." }] });
        me.post(&format!("{path}/sign"), waive("full_name:somebody else")).await.expect_fields(&[("waivers[0].key", "unknown_finding")]);
        let signed = me.post(&format!("{path}/sign"), waive(&text(&finding["key"]))).await.expect(200);
        assert_eq!(signed.data()["status"], "signed");
        assert_eq!(signed.data()["waivers"][0]["reason"], "Her sister; agreed.");

        let group = json!({ "content": "Okafor M. was loud. Maria S. was not.", "fields": group_fields() });
        let group = scene.begin(me, None, group).await.expect(201).id();
        let checked = me.post(&format!("/api/notes/{group}/check"), json!({})).await.expect(200);
        let found: Vec<_> = checked.data()["findings"].as_array().unwrap().iter()
            .map(|finding| (text(&finding["code"]), finding["blocks"].as_bool().unwrap())).collect();
        assert_eq!(found, [("last_name".to_owned(), false), ("first_name_initial".to_owned(), true)]);
        scene.sign(me, &group).await.expect_fields(&[("content", "name_found")]);
        me.patch(&format!("/api/notes/{group}"), json!({ "content": "The group was loud." })).await.expect(200);
        scene.sign(me, &group).await.expect(200);
    }

    /// The patient's own name and the leader's may stand; a guest's may not.
    async fn own_names_are_known(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let guest = scene.admin.post("/api/guests", json!({ "display_name": "Benedikt Frost" })).await.expect(201).id();
        let path = format!("/api/groups/{}/members", scene.group);
        scene.admin.post(&path, json!({ "guest_id": guest })).await.expect(201);
        let words = "Maria Santos told Robin Whitfield. Later Benedikt Frost laughed.";
        let note = scene.begin(me, Some(0), json!({ "content": words, "fields": own_fields() })).await.expect(201).id();
        let checked = me.post(&format!("/api/notes/{note}/check"), json!({})).await.expect(200);
        let found = checked.data()["findings"].as_array().unwrap().clone();
        assert_eq!(found.len(), 1, "{checked}");
        assert_eq!((&found[0]["code"], &found[0]["people"]), (&json!("full_name"), &json!([guest])));
    }

    /// A text that is another's, or the patient's last one, needs a change or a reason.
    async fn copied_texts_are_found(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let same = json!({ "content": own_text(0), "fields": own_fields() });
        let first = scene.begin(me, Some(0), same.clone()).await.expect(201).id();
        let second = scene.begin(me, Some(1), same).await.expect(201).id();
        let checked = me.post(&format!("/api/notes/{second}/check"), json!({})).await.expect(200);
        let finding = &checked.data()["findings"][0];
        assert_eq!((&finding["code"], &finding["percent"], &finding["other_note_id"]), (&json!("clone"), &json!(100), &json!(first)));
        scene.sign(me, &second).await.expect_fields(&[("content", "clone")]);
        me.patch(&format!("/api/notes/{second}"), json!({ "content": own_text(5), "fields": { "response": "Listened from the window." } })).await.expect(200);
        scene.sign(me, &second).await.expect(200);
        scene.sign(me, &first).await.expect(200);

        let next = json!({ "group_id": scene.group, "starts_at": "2026-03-04T09:30" });
        let next = scene.admin.post("/api/sessions", json!({ "override_conflict": true, "reason": "Second run", "group_id": next["group_id"], "starts_at": next["starts_at"] })).await.expect(201);
        let again = scene.again(&next).await;
        let note = again.begin(me, Some(0), json!({ "content": own_text(0), "fields": own_fields() })).await.expect(201).id();
        let checked = me.post(&format!("/api/notes/{note}/check"), json!({})).await.expect(200);
        assert_eq!(checked.data()["findings"][0]["other_note_id"], first.as_str(), "this patient's last note: {checked}");
    }

    /// What a template asks for must be there to sign, and every gap is told at once.
    async fn required_fields_must_be_filled_in(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let note = scene.begin(me, Some(0), json!({ "fields": { "participation": "Engaged" } })).await.expect(201).id();
        scene.sign(me, &note).await.expect_fields(&[
            ("fields.response", "required"), ("fields.goal_progress", "required"), ("fields.risk", "required"),
            ("fields.next_steps", "required"),
        ]);
        let checked = me.post(&format!("/api/notes/{note}/check"), json!({})).await.expect(200);
        assert!(checked.data()["findings"].as_array().unwrap().iter().all(|finding| finding["can_be_waived"] == false));
    }
}
