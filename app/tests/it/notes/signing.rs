//! Signing: who, with what proof, and that nothing changes a signed text.

use rules::permissions::{Flag, Role};
use serde_json::json;

use super::scene::{Scene, own_fields, own_text, someone, text};
use crate::harness::{PASSWORD, TestApp, on_both};

on_both! {
    /// Notes may be signed while the session goes on: it still ends, and is documented then. What they tell of stays,
    /// and whoever reads the audit log does not read them.
    async fn a_session_ends_after_its_notes_are_signed(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.all_attend().await;
        let notes = scene.document([0, 1]).await;
        assert_eq!(scene.status().await, "in_progress");
        let path = format!("/api/sessions/{}", scene.session);
        let late = scene.admin.patch(&path, json!({ "topic": "Late" })).await;
        late.expect_code(409, "invalid_transition");
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let end = format!("action=\"/sessions/{}/end\"", scene.session);
        for page in ["", "/room"] {
            browser.get(&format!("/sessions/{}{page}", scene.session)).await.expect(200).expect_text(&end);
        }
        scene.end().await;
        assert_eq!(scene.status().await, "completed");
        let over = browser.get(&format!("/sessions/{}", scene.session)).await;
        assert!(!over.html.contains(&end), "it ends once: {over}");
        let auditor = app.as_role(Role::Auditor).await;
        auditor.get(&format!("/api/notes/{}/history", notes[1])).await.expect_code(403, "forbidden");
        let named = json!({ "content": "So said Maria Okafor.", "password": PASSWORD });
        let path = format!("/api/notes/{}/annotate", notes[1]);
        scene.leader.client.post(&path, named).await.expect_fields(&[("content", "name_found")]);
    }

    /// Signing needs the password or a fresh proof; the signature keeps name, credential, time, meaning and hash.
    async fn a_signature_says_who_and_what(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let note = scene.ready(me, Some(0)).await;
        let path = format!("/api/notes/{note}/sign");
        me.post(&path, json!({})).await.expect_code(403, "reauth_required");
        me.post(&path, json!({ "password": "not it at all" })).await.expect_code(403, "wrong_password");
        me.post(&path, json!({ "password": PASSWORD, "meaning": "review" })).await.expect_fields(&[("meaning", "invalid")]);
        let signed = me.with_if_match(1).post(&path, json!({ "password": PASSWORD, "meaning": "author" })).await.expect(200);
        assert_eq!((&signed.data()["status"], &signed.data()["content_verified"]), (&json!("signed"), &json!(true)));
        let signature = &signed.data()["signatures"][0];
        assert_eq!((&signature["printed_name"], &signature["credential"]), (&json!("Robin Whitfield"), &json!("LCSW")));
        assert_eq!((&signature["meaning"], &signature["signed_at"]), (&json!("author"), &json!("2026-03-04T10:00:00-07:00")));
        let hash = ring::digest::digest(&ring::digest::SHA256, text(&signature["signed_text"]).as_bytes());
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(signature["sha256"], hex);
        me.post(&path, json!({ "password": PASSWORD })).await.expect_code(409, "already_signed");
        me.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let group = scene.ready(me, None).await;
        me.post(&format!("/api/notes/{group}/sign"), json!({})).await.expect(200);
        app.seal_and_verify().await;
    }

    /// Nobody signs for somebody who is not marked, nor about somebody who did not come, nor without a profile.
    async fn not_everything_can_be_signed(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let note = scene.ready(me, Some(0)).await;
        let refused = scene.sign(me, &note).await.expect_code(409, "unresolved_participants");
        assert_eq!(refused.field_errors().len(), 2, "each is named: {refused}");
        scene.mark(0, "no_show").await;
        scene.mark(1, "attended").await;
        scene.sign(me, &note).await.expect_code(409, "not_attending");
        scene.mark(0, "attended").await;
        scene.sign(&scene.admin, &note).await.expect_code(422, "no_practitioner");
        let other = someone(&app, &scene.admin, "Okonkwo", Role::Doctor, &[]).await;
        scene.sign(&other.client, &note).await.expect_code(403, "not_leader");
        scene.sign(&app.as_role(Role::Nurse).await, &note).await.expect_code(403, "forbidden");
        assert_eq!(app.count_of("note.signed").await, 0);
        scene.sign(me, &note).await.expect(200);
        let attendance = scene.admin.get(&format!("/api/sessions/{}", scene.session)).await;
        assert_eq!(attendance.data()["first_signed_at"], "2026-03-04T10:00:00-07:00", "attendance is fixed from now on");
    }

    /// Every leader who must sign does; the second signs the same bytes.
    async fn leaders_sign_the_same_text(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let co = someone(&app, &scene.admin, "Okonkwo", Role::Doctor, &[]).await;
        let leaders = format!("/api/sessions/{}/leaders", scene.session);
        scene.leader.client.post(&leaders, json!({ "practitioner_id": co.practitioner })).await.expect(200);
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0]).await;
        assert_eq!(scene.missing().await, ["leader_signature_missing"]);
        assert_eq!(scene.status().await, "in_progress");
        let signed = scene.sign(&co.client, &notes[0]).await.expect(200);
        let signatures = signed.data()["signatures"].as_array().unwrap();
        assert_eq!((&signatures[1]["meaning"], &signatures[1]["sha256"]), (&json!("co_signature"), &signatures[0]["sha256"]));
        assert_eq!(scene.status().await, "completed");
        assert_eq!(scene.missing().await, [""; 0]);
    }

    /// Who pressed twice has signed once, and who read an older text signs nothing.
    async fn a_double_click_signs_once_and_a_stale_one_not_at_all(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let begin = json!({ "note_type": "individual_note", "participant_id": scene.people[0].0, "content": own_text(0), "fields": own_fields() });
        let path = format!("/api/encounters/{}/notes", scene.encounter);
        let first = me.with_key("begin").post(&path, begin.clone()).await.expect(201);
        let again = me.with_key("begin").post(&path, begin.clone()).await.expect(201);
        assert_eq!((first.id(), app.count_of("note.created").await), (again.id(), 1));
        me.post(&path, begin).await.expect_code(409, "note_exists");
        let sign = format!("/api/notes/{}/sign", first.id());
        let co = json!({ "content": "Changed by somebody else in the meantime." });
        me.patch(&format!("/api/notes/{}", first.id()), co).await.expect(200);
        let password = json!({ "password": PASSWORD });
        me.with_if_match(1).post(&sign, password.clone()).await.expect_code(412, "stale");
        assert_eq!(app.count_of("note.signed").await, 0);
        let signed = me.with_key("sign").with_if_match(2).post(&sign, password.clone()).await.expect(200);
        let again = me.with_key("sign").with_if_match(2).post(&sign, password).await.expect(200);
        assert_eq!(signed.data(), again.data());
        assert_eq!((app.count_of("note.signed").await, signed.data()["signatures"].as_array().unwrap().len()), (1, 1));
    }

    /// No route changes a signed text.
    async fn signed_text_stays(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let note = scene.ready(me, Some(0)).await;
        scene.sign(me, &note).await.expect(200);
        let path = format!("/api/notes/{note}");
        let before = me.get(&path).await.expect(200).data().clone();
        for who in [me, &scene.admin] {
            who.patch(&path, json!({ "content": "Other" })).await.expect_code(409, "invalid_transition");
            who.patch(&path, json!({ "fields": { "risk": "Not assessed" } })).await.expect_code(409, "invalid_transition");
        }
        me.post(&format!("{path}/void"), json!({ "reason": "No" })).await.expect_code(403, "signed");
        me.post(&format!("{path}/return"), json!({ "comment": "No", "password": PASSWORD })).await.expect_code(403, "not_reviewer");
        me.put(&path, json!({ "content": "Other" })).await.expect(405);
        me.delete(&path).await.expect(405);
        assert_eq!(me.get(&path).await.data(), &before);
        let manager = app.as_role(Role::Manager).await;
        let voided = manager.post(&format!("{path}/void"), json!({ "reason": "Wrong chart" })).await.expect(200);
        assert_eq!((&voided.data()["status"], &voided.data()["content"]), (&json!("entered_in_error"), &before["content"]));
        assert_eq!(voided.data()["content_verified"], true);
    }

    /// A byte changed past the product shows, on the note and in the verification.
    async fn a_changed_byte_shows(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let note = scene.ready(me, Some(0)).await;
        scene.sign(me, &note).await.expect(200);
        app.seal_and_verify().await;
        let verified = async || app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap();
        assert_eq!((verified().await.checked, verified().await.broken), (1, None));
        let shown = async || me.get(&format!("/api/notes/{note}")).await.expect(200).data()["content_verified"].clone();
        let undo = async |sql: &str, wrong: &str, right: &str| {
            app.tamper(sql, &[wrong.into(), note.as_str().into()]).await;
            let broken = verified().await.broken;
            app.tamper(sql, &[right.into(), note.as_str().into()]).await;
            broken
        };
        let fields = "update notes set fields = $2 where organization_id = $1 and id = $3";
        let kept = text_of(&app, "fields", &note).await;
        app.tamper(fields, &["no object".into(), note.as_str().into()]).await;
        assert_eq!(shown().await, false, "even text that is no JSON is told, not a failure");
        app.tamper(fields, &[kept.as_str().into(), note.as_str().into()]).await;
        assert_eq!(shown().await, true);
        let content = "update notes set content = $2 where organization_id = $1 and id = $3";
        let broken = undo(content, "Told the others about nothing.", &text_of(&app, "content", &note).await).await;
        assert_eq!(broken.unwrap().id, note);
        let hash = "update note_signatures set sha256 = $2 where organization_id = $1 and note_id = $3";
        let kept = app.rows("select sha256 from note_signatures where organization_id = $1 order by id", &[]).await[0].at::<String>(0).unwrap();
        assert_eq!(undo(hash, "00", &kept).await.unwrap().id, note);
        assert_eq!(verified().await.broken, None, "all is as it was");
        let edition = "update notes set edition = 2, version = version where organization_id = $1 and id = $2";
        app.tamper(edition, &[note.as_str().into()]).await;
        assert_eq!(shown().await, false);
        assert_eq!(verified().await.broken.unwrap().id, note, "a signed note without a signature under its edition");
    }

    /// Who rewrites text, hash and signature together still contradicts the audit log.
    async fn the_audit_log_knows_every_hash(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        let note = scene.ready(&scene.leader.client, Some(0)).await;
        scene.sign(&scene.leader.client, &note).await.expect(200);
        let signed = scene.leader.client.get(&format!("/api/notes/{note}")).await;
        let forged = text(&signed.data()["signatures"][0]["signed_text"]).replace("Told the others", "Told nobody");
        let hash = app::notes::sha256(&forged);
        let sql = "update note_signatures set signed_text = $2, sha256 = $3 where organization_id = $1 and note_id = $4";
        app.tamper(sql, &[forged.as_str().into(), hash.as_str().into(), note.as_str().into()]).await;
        let content = text(&signed.data()["content"]).replace("Told the others", "Told nobody");
        let sql = "update notes set content = $2 where organization_id = $1 and id = $3";
        app.tamper(sql, &[content.as_str().into(), note.as_str().into()]).await;
        let broken = app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken.unwrap();
        assert!(broken.why.contains("audit log"), "pending entries count too: {broken:?}");
        app.seal().await;
        let broken = app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken.unwrap();
        assert!(broken.why.contains("another hash"), "{broken:?}");
        app.tamper("delete from note_signatures where organization_id = $1", &[]).await;
        app.tamper("update notes set status = 'draft' where organization_id = $1", &[]).await;
        let broken = app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken.unwrap();
        assert!(broken.why.contains("gone"), "{broken:?}");
    }

    /// Everything that is ready is signed at once; what is not is named.
    async fn what_is_ready_is_signed_at_once(app: TestApp) {
        let scene = Scene::new(&app, 3).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        for place in [None, Some(0), Some(1)] {
            scene.ready(me, place).await;
        }
        let open = scene.begin(me, Some(2), json!({ "content": "Not done yet." })).await.expect(201).id();
        let path = format!("/api/encounters/{}/notes/sign", scene.encounter);
        me.post(&path, json!({})).await.expect_code(403, "reauth_required");
        let outcome = me.post(&path, json!({ "password": PASSWORD })).await.expect(200);
        assert_eq!(outcome.data()["signed"].as_array().unwrap().len(), 3);
        assert_eq!((&outcome.data()["left"][0]["note_id"], &outcome.data()["left"][0]["code"]), (&json!(open), &json!("required")));
        me.post(&path, json!({ "password": PASSWORD })).await.expect_code(409, "nothing_to_sign");
    }

    /// Nobody signs what another leader has written along with their own; once its writer has signed, they co-sign it.
    async fn what_another_leader_wrote_is_not_signed_along(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let other = someone(&app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await;
        me.post(&format!("/api/sessions/{}/leaders", scene.session), json!({ "practitioner_id": other.practitioner })).await.expect(200);
        scene.all_attend().await;
        let (group, mine) = (scene.ready(me, None).await, scene.ready(me, Some(0)).await);
        let theirs = scene.ready(&other.client, Some(1)).await;
        let path = format!("/api/encounters/{}/notes/sign", scene.encounter);
        let mut outcomes = Vec::new();
        for who in [&other.client, me, &other.client] {
            let outcome = who.post(&path, json!({ "password": PASSWORD })).await.expect(200);
            let ids = |part: &str, id: fn(&serde_json::Value) -> &serde_json::Value| -> Vec<String> {
                let all = outcome.data()[part].as_array().unwrap();
                all.iter().map(|one| id(one).as_str().unwrap().to_owned()).collect()
            };
            outcomes.push((ids("signed", |one| one), ids("left", |one| &one["code"])));
        }
        let by_another = || vec!["written_by_another".to_owned(); 2];
        assert_eq!(outcomes[0], (vec![theirs.clone()], by_another()));
        assert_eq!(outcomes[1], (vec![group.clone(), mine.clone(), theirs], vec![]));
        assert_eq!(outcomes[2], (vec![group, mine.clone()], vec![]));
        let signed = me.get(&format!("/api/notes/{mine}")).await;
        let meanings: Vec<&str> = signed.data()["signatures"].as_array().unwrap().iter().map(|one| one["meaning"].as_str().unwrap()).collect();
        assert_eq!(meanings, ["author", "co_signature"]);
    }

    /// Two leaders sign the same note at once: both signatures stand, and the text is frozen once.
    async fn a_double_signature_counts_once(app: TestApp) {
        let scene = Scene::with(&app, 1, &[Flag::ManageTemplates]).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        let note = scene.ready(me, Some(0)).await;
        let mut signing = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (me, path) = (me.clone(), format!("/api/notes/{note}/sign"));
            signing.spawn(async move { me.post(&path, json!({ "password": PASSWORD })).await.status });
        }
        let mut statuses = signing.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
        let signed = me.get(&format!("/api/notes/{note}")).await;
        assert_eq!(signed.data()["signatures"].as_array().unwrap().len(), 1);
        assert_eq!(app.count_of("note.signed").await, 1);
    }
}

async fn text_of(app: &TestApp, column: &str, note: &str) -> String {
    let sql = format!("select {column} from notes where organization_id = $1 and id = $2");
    app.rows(&sql, &[note.into()]).await[0].at(0).unwrap()
}
