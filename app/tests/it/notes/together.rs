//! Two people in one note: what each wrote is kept, each knows of the other, and goals go on to the next session.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::json;
use tokio::task::JoinSet;

use super::scene::{Scene, own_fields, own_text, someone};
use crate::harness::{TestApp, on_both};

on_both! {
    /// Two change one draft: with `merge` both are kept, without it the second is refused, and the same words are never
    /// chosen between.
    async fn what_two_people_wrote_is_brought_together(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let other = someone(&app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await;
        let co_leader = json!({ "practitioner_id": other.practitioner, "must_sign": false });
        me.post(&format!("/api/sessions/{}/leaders", scene.session), co_leader).await.expect(200);
        let new = json!({ "content": "He came late. He was calm.", "fields": own_fields() });
        let note = scene.begin(me, Some(0), new).await.expect(201).id();
        let path = format!("/api/notes/{note}");
        let save = async |client: &crate::harness::Client, read: i64, merge: &str, words: &str| {
            client.with_if_match(read).patch(&format!("{path}{merge}"), json!({ "content": words })).await
        };
        save(me, 1, "", "He came late. He was calm. He spoke of his mother.").await.expect(200);
        save(&other.client, 1, "", "He came on time. He was calm.").await.expect_code(412, "stale");
        save(&other.client, 1, "?merge=false", "He came on time. He was calm.").await.expect_code(412, "stale");
        let both = save(&other.client, 1, "?merge=true", "He came on time. He was calm.").await.expect(200);
        assert_eq!(both.data()["content"], "He came on time. He was calm. He spoke of his mother.");
        assert_eq!((both.version(), &both.data()["fields"]), (3, &own_fields()), "what nobody changed stays");
        let same = save(me, 1, "?merge=true", "He came an hour late. He was calm.").await.expect_code(412, "stale");
        assert_eq!((&same.json["errors"][0]["field"], &same.json["current_version"]), (&json!("content"), &json!(3)));
        assert_eq!(me.get(&path).await.data()["content"], both.data()["content"], "and nothing is changed");
        let strange = save(me, 99, "?merge=true", "Words.").await;
        strange.expect_code(412, "stale");
        save(me, 3, "?merge=perhaps", "Words.").await.expect_fields(&[("merge", "invalid")]);
        let long = |letter: &str| format!("{}.", letter.repeat(12_000));
        let (mine, theirs) = (json!({ "content": long("m") }), json!({ "content": long("t") }));
        let empty = scene.begin(me, None, json!({})).await.expect(201).id();
        let group = format!("/api/notes/{empty}");
        me.with_if_match(1).patch(&group, mine).await.expect(200);
        let both = other.client.with_if_match(1).patch(&format!("{group}?merge=true"), theirs).await;
        assert_eq!(both.expect_code(412, "stale").json["errors"][0]["field"], "content", "each alone would fit");
        let beyond = json!({ "content": "x".repeat(20_001) });
        other.client.with_if_match(1).patch(&format!("{group}?merge=true"), beyond).await.expect(422);
        scene.all_attend().await;
        let signed = scene.sign(me, &note).await;
        signed.expect(200);
        save(&other.client, 1, "?merge=true", "Too late.").await.expect_code(409, "invalid_transition");
    }

    /// Eight people change eight sentences of one version at once: each save is taken, and each sentence is there.
    async fn no_save_is_lost_when_all_save_at_once(app: TestApp) {
        const WRITERS: usize = 8;
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let sentence = |mark: &str, number: usize| format!("Sentence {number} {mark}.");
        let whole = |mark: &str| (0..WRITERS).map(|number| sentence(mark, number)).collect::<Vec<_>>().join(" ");
        let before = whole("before");
        let note = scene.begin(me, None, json!({ "content": before.clone() })).await.expect(201).id();
        let path = format!("/api/notes/{note}?merge=true");
        let mut saves = JoinSet::new();
        for number in 0..WRITERS {
            let (client, path) = (me.with_if_match(1), path.clone());
            let mine = before.replace(&sentence("before", number), &sentence("after", number));
            saves.spawn(async move { client.patch(&path, json!({ "content": mine })).await.expect(200).version() });
        }
        let mut versions = saves.join_all().await;
        versions.sort_unstable();
        assert_eq!(versions, (2..2 + WRITERS as i64).collect::<Vec<_>>(), "every save is a version of its own");
        let kept = me.get(&format!("/api/notes/{note}")).await.expect(200);
        assert_eq!(kept.data()["content"], whole("after"));
    }

    /// Who writes in which note is seen by the others for half a minute; who may not write is not told.
    async fn writers_see_each_other(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let note = scene.begin(me, Some(0), json!({})).await.expect(201).id();
        let path = format!("/api/encounters/{}/writers", scene.encounter);
        let alone = me.post(&path, json!({ "note_id": note })).await.expect(200);
        assert_eq!(alone.data()["writers"], json!([]), "oneself is no other");
        assert_eq!(alone.data()["notes"], json!([{ "id": note, "status": "draft", "version": 1 }]));
        let manager = app.as_role(Role::Admin).await;
        let seen = manager.post(&path, json!({})).await.expect(200);
        assert_eq!(seen.data()["writers"][0]["note_id"], note.as_str());
        assert_eq!(me.post(&path, json!({})).await.data()["writers"][0]["note_id"], json!(null));
        app.advance(SignedDuration::from_secs(31));
        assert_eq!(manager.post(&path, json!({})).await.data()["writers"], json!([]), "gone");
        let colleague = someone(&app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await.client;
        colleague.post(&path, json!({})).await.expect_code(403, "not_leader");
        app.as_role(Role::Receptionist).await.post(&path, json!({})).await.expect_code(403, "forbidden");
        let other = app.other_organization().await;
        other.as_role(Role::Admin).await.post(&path, json!({})).await.expect(404);
        let elsewhere = Scene::new(&app, 1).await;
        let strange = elsewhere.begin(&elsewhere.leader.client, Some(0), json!({})).await.expect(201).id();
        me.post(&path, json!({ "note_id": strange })).await.expect_code(404, "not_found");
    }

    /// The goals of the last note of the discipline go on, without their progress, into a draft that names none.
    async fn goals_are_copied_forward(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let copy = |note: &str| format!("/api/notes/{note}/copy-forward");
        let blank = json!({ "content": own_text(0) });
        let empty = scene.begin(me, Some(1), blank.clone()).await.expect(201).id();
        me.post(&copy(&empty), json!({})).await.expect_code(409, "nothing_to_copy");
        let first = scene.ready(me, Some(0)).await;
        scene.sign(me, &first).await.expect(200);

        let again = json!({
            "group_id": scene.group, "starts_at": "2026-03-04T09:00", "override_conflict": true, "reason": "Once more",
        });
        let next = scene.again(&scene.admin.post("/api/sessions", again).await.expect(201)).await;
        let mine = next.begin(me, Some(0), blank.clone()).await.expect(201).id();
        let theirs = next.begin(me, Some(1), blank).await.expect(201).id();
        let copied = me.post(&copy(&mine), json!({})).await.expect(200);
        assert_eq!(copied.data()["fields"], json!({ "goal_progress": [{ "goal": "Goal 2" }] }));
        me.post(&copy(&mine), json!({})).await.expect_code(409, "nothing_to_copy");
        me.post(&copy(&theirs), json!({})).await.expect_code(409, "nothing_to_copy");
        me.with_if_match(1).post(&copy(&mine), json!({})).await.expect_code(412, "stale");
        me.post(&copy(&first), json!({})).await.expect_code(409, "invalid_transition");
        let colleague = someone(&app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await.client;
        colleague.post(&copy(&theirs), json!({})).await.expect_code(403, "not_leader");
        app.as_role(Role::Receptionist).await.post(&copy(&theirs), json!({})).await.expect_code(403, "forbidden");
    }
}
