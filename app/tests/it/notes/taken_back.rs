//! After a session is documented: reopened, voided, and nothing of it lost.

use rules::{
    column::Value,
    permissions::{Flag, Role},
};
use serde_json::{Value as Json, json};

use super::scene::{Scene, own_text, someone, text};
use crate::harness::{Answer, PASSWORD, TestApp, on_both};

fn because(reason: &str) -> Json {
    json!({ "reason": reason })
}

/// The rows of the chart of the patient at this place.
async fn chart(scene: &Scene<'_>, place: usize, query: &str) -> Answer {
    scene.leader.client.get(&format!("/api/patients/{}/chart?{query}", scene.people[place].1)).await.expect(200)
}

fn statuses(rows: &Answer) -> Vec<String> {
    rows.items().iter().map(|row| text(&row["status"])).collect()
}

/// What the whole database says of what was signed and kept.
async fn broken(app: &TestApp) -> Vec<String> {
    app.seal_and_verify().await;
    let notes = app::notes::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken;
    let charts = app::chart::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken;
    [notes, charts].into_iter().flatten().map(|broken| broken.why).collect()
}

async fn bill(app: &TestApp, scene: &Scene<'_>, billed: bool) {
    let sql = "update sessions set is_billed = $2 where organization_id = $1 and id = $3";
    app.tamper(sql, &[Value::Bool(billed), scene.session.as_str().into()]).await;
}

on_both! {
    /// A completed session is opened again with a reason: what was signed stays as superseded, in the notes and in the
    /// charts, and the next version takes its place.
    async fn a_completed_session_is_reopened(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        let path = format!("/api/sessions/{}", scene.session);
        let manager = app.as_role(Role::Manager).await;
        manager.post(&format!("{path}/reopen"), because("Too early")).await.expect_code(409, "invalid_transition");
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0, 1]).await;
        assert_eq!(scene.status().await, "completed");
        me.post(&format!("{path}/reopen"), because("Mine")).await.expect_code(403, "forbidden");
        manager.post(&format!("{path}/reopen"), json!({})).await.expect_fields(&[("reason", "reason_required")]);
        bill(&app, &scene, true).await;
        manager.post(&format!("{path}/reopen"), because("Billed")).await.expect_code(409, "invalid_transition");
        bill(&app, &scene, false).await;
        let written = manager.get(&format!("{path}/record")).await.expect(200);
        assert_eq!((&written.data()["signed_notes"], &written.data()["charts"]), (&json!(3), &json!(2)));
        let stale = manager.with_if_match(1).post(&format!("{path}/reopen"), because("Late")).await;
        stale.expect_code(412, "stale");

        let first = chart(&scene, 0, "").await.items()[0].clone();
        let reopened = manager.post(&format!("{path}/reopen"), because("The second half is missing.")).await.expect(200);
        assert_eq!((&reopened.data()["status"], &reopened.data()["reopen_reason"]), (&json!("in_progress"), &json!("The second half is missing.")));
        assert_eq!(reopened.data()["first_signed_at"], Json::Null);
        me.post(&format!("{path}/undo-start"), json!({})).await.expect(409);
        manager.post(&format!("{path}/cancel"), because("Never mind")).await.expect(409);
        assert_eq!((app.count_of("session.reopened").await, app.count_of("note.reopened").await), (1, 3));
        let encounter = manager.get(&format!("/api/encounters/{}", scene.encounter)).await.expect(200);
        assert_eq!(encounter.data()["status"], "in_progress");
        let note = me.get(&format!("/api/notes/{}", notes[1])).await.expect(200);
        assert_eq!((&note.data()["status"], &note.data()["edition"], &note.data()["content_verified"]), (&json!("draft"), &json!(2), &json!(true)));
        assert_eq!(note.data()["signatures"][0]["is_superseded"], true);
        assert!(text(&note.data()["signatures"][0]["signed_text"]).contains("a quarrel at home"), "what was signed is kept");
        assert_eq!(statuses(&chart(&scene, 0, "").await), ["superseded"]);
        assert_eq!(broken(&app).await, [""; 0]);

        me.patch(&format!("/api/notes/{}", notes[1]), json!({ "content": own_text(7) })).await.expect(200);
        scene.sign(me, &notes[1]).await.expect(200);
        assert_eq!(scene.status().await, "in_progress", "every note is signed again");
        me.post(&format!("/api/encounters/{}/notes/sign", scene.encounter), json!({ "password": PASSWORD })).await.expect(200);
        assert_eq!(scene.status().await, "completed");
        let rows = chart(&scene, 0, "").await;
        assert_eq!(statuses(&rows), ["current", "superseded"]);
        let (new, old) = (&rows.items()[0], &rows.items()[1]);
        assert_eq!((&old["id"], &old["sha256"], &old["entry"]), (&first["id"], &first["sha256"], &first["entry"]));
        assert_eq!((&old["superseded_by_id"], &new["supersedes_id"]), (&new["id"], &old["id"]), "a link both ways");
        assert!(new["entry"].to_string().contains("the plan for the holidays"));
        assert_eq!(new["entry"]["attendance"]["notes"][0]["version"], 2);
        assert_eq!(statuses(&chart(&scene, 0, "status=current").await), ["current"]);
        assert_eq!(statuses(&chart(&scene, 0, "status=superseded").await), ["superseded"]);
        scene.admin.patch("/api/settings", json!({ "show_group_attendance_in_chart": true })).await.expect(200);
        let counts = me.get(&format!("/api/patients/{}/chart/counts", scene.people[0].1)).await.expect(200);
        assert_eq!(counts.items()[0]["present"], 1, "only what is current counts");
        let documentation = me.get(&format!("/api/encounters/{}/documentation", scene.encounter)).await;
        assert_eq!(documentation.data()["documentation_status"], "amended");
        assert_eq!(broken(&app).await, [""; 0]);
        let added = json!({ "content": "Page 5.", "password": PASSWORD });
        me.post(&format!("/api/notes/{}/annotate", notes[1]), added).await.expect(201);
        let rows = chart(&scene, 0, "").await;
        assert!(rows.items()[0].to_string().contains("Page 5.") && !rows.items()[1].to_string().contains("Page 5."));
        assert_eq!(broken(&app).await, [""; 0]);
    }

    /// Attendance is corrected in a reopened session: who had not come after all has a line, and no note; who needs
    /// review is reviewed again.
    async fn attendance_is_corrected_after_reopening(app: TestApp) {
        let scene = Scene::with(&app, 2, &[Flag::RequiresReview]).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0, 1]).await;
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        let review = format!("/api/notes/{}/review", notes[0]);
        reviewer.client.post(&review, json!({ "password": PASSWORD })).await.expect(200);
        let path = format!("/api/sessions/{}", scene.session);
        scene.admin.post(&format!("{path}/reopen"), because("The wrong Maria")).await.expect(200);
        scene.mark(1, "no_show").await;
        me.post(&format!("/api/notes/{}/void", notes[2]), because("She was not there")).await.expect(200);
        let signed = me.post(&format!("/api/encounters/{}/notes/sign", scene.encounter), json!({ "password": PASSWORD })).await;
        assert_eq!(signed.expect(200).data()["signed"].as_array().unwrap().len(), 2);
        assert_eq!(scene.status().await, "pending_review");
        assert_eq!(statuses(&chart(&scene, 1, "").await), ["superseded"], "nothing takes its place before the review");
        reviewer.client.post(&review, json!({ "password": PASSWORD })).await.expect(200);
        let rows = chart(&scene, 1, "").await;
        let kinds: Vec<String> = rows.items().iter().map(|row| text(&row["kind"])).collect();
        assert_eq!((kinds, statuses(&rows)), (vec!["absence".to_owned(), "entry".to_owned()], vec!["current".to_owned(), "superseded".to_owned()]));
        assert_eq!(broken(&app).await, [""; 0]);
    }

    /// A session is voided from every state but one: its notes and entries are kept, marked and hidden.
    async fn a_session_is_voided_and_kept(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let me = &scene.leader.client;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0, 1]).await;
        let path = format!("/api/sessions/{}", scene.session);
        let before = chart(&scene, 0, "").await.items()[0].clone();
        me.post(&format!("{path}/void"), because("Mine")).await.expect_code(403, "forbidden");
        let records = app.as_role(Role::RecordsAdmin).await;
        records.post(&format!("{path}/void"), json!({})).await.expect_fields(&[("reason", "reason_required")]);
        bill(&app, &scene, true).await;
        records.post(&format!("{path}/void"), because("Billed")).await.expect_code(409, "invalid_transition");
        bill(&app, &scene, false).await;
        let voided = records.post(&format!("{path}/void"), because("The wrong group")).await.expect(200);
        assert_eq!((&voided.data()["status"], &voided.data()["void_reason"]), (&json!("voided"), &json!("The wrong group")));
        records.post(&format!("{path}/void"), because("Again")).await.expect_code(409, "invalid_transition");
        records.post(&format!("{path}/reopen"), because("Back")).await.expect_code(409, "invalid_transition");
        assert_eq!((app.count_of("session.voided").await, app.count_of("note.voided").await), (1, 3));

        let list = format!("/api/encounters/{}/notes", scene.encounter);
        assert_eq!(me.get(&list).await.expect(200).items().len(), 0, "hidden by default");
        let all = me.get(&format!("{list}?status=all")).await.expect(200);
        let kept: Vec<(String, String)> = all.items().iter().map(|note| (text(&note["status"]), text(&note["void_reason"]))).collect();
        assert_eq!(kept, vec![("entered_in_error".to_owned(), "The wrong group".to_owned()); 3]);
        assert!(all.items().iter().all(|note| note["content_verified"] == true));
        me.patch(&format!("/api/notes/{}", notes[0]), json!({ "content": "Other" })).await.expect_code(409, "invalid_transition");
        assert!(chart(&scene, 0, "").await.items().is_empty());
        let row = chart(&scene, 0, "status=entered_in_error").await.items()[0].clone();
        assert_eq!((&row["id"], &row["entry"], &row["content_verified"]), (&before["id"], &before["entry"], &json!(true)));
        assert_eq!(statuses(&chart(&scene, 0, "status=all").await), ["entered_in_error"]);
        let listed = async |query: &str| me.get(&format!("/api/sessions?{query}")).await.expect(200).items().len();
        assert_eq!((listed("").await, listed("status=voided").await, listed("status=all").await), (0, 1, 1));
        let written = records.get(&format!("{path}/record")).await.expect(200);
        assert_eq!((&written.data()["notes_in_error"], &written.data()["entries_in_error"], &written.data()["charts"]), (&json!(3), &json!(2), &json!(0)));
        assert_eq!(broken(&app).await, [""; 0]);
    }

    /// What was never documented is voided too, and so is what a reopening left behind.
    async fn any_session_may_be_voided(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let path = |id: &str| format!("/api/sessions/{id}");
        let new = async |start: &str| {
            let new = json!({ "group_id": scene.group, "starts_at": start });
            scene.admin.post("/api/sessions", new).await.expect(201).id()
        };
        let (scheduled, cancelled) = (new("2026-03-09T09:00").await, new("2026-03-16T09:00").await);
        scene.admin.post(&format!("{}/cancel", path(&cancelled)), because("Holiday")).await.expect(200);
        scene.ready(&scene.leader.client, Some(0)).await;
        for id in [&scheduled, &cancelled, &scene.session] {
            let voided = scene.admin.post(&format!("{}/void", path(id)), because("A mistake")).await.expect(200);
            assert_eq!(voided.data()["status"], "voided", "{id}");
        }
        assert_eq!(app.count_of("note.voided").await, 1, "the draft");

        let new = json!({ "override_conflict": true, "reason": "Second run", "group_id": scene.group, "starts_at": "2026-03-04T09:30" });
        let again = scene.again(&scene.admin.post("/api/sessions", new).await.expect(201)).await;
        again.all_attend().await;
        again.end().await;
        again.document([0]).await;
        again.admin.post(&format!("{}/reopen", path(&again.session)), because("Late words")).await.expect(200);
        again.admin.post(&format!("{}/void", path(&again.session)), because("It was another day")).await.expect(200);
        assert_eq!(statuses(&chart(&again, 0, "status=all").await), ["entered_in_error"], "what was superseded too");
        assert_eq!(broken(&app).await, [""; 0]);
    }

    /// An entry that is hidden by a change of the database is named: the audit log knows where each stands.
    async fn a_changed_standing_shows(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document([0]).await;
        let id = text(&chart(&scene, 0, "").await.items()[0]["id"]);
        let mark = async |status: &str| {
            let sql = "update notes set status = $2 where organization_id = $1 and session_id = $3";
            app.tamper(sql, &[status.into(), scene.session.as_str().into()]).await;
        };
        mark("entered_in_error").await;
        assert!(broken(&app).await.concat().contains("entered in error, and nobody voided it"));
        mark("signed").await;
        let set = async |status: &str| {
            let sql = "update chart_entries set status = $2 where organization_id = $1 and id = $3";
            app.tamper(sql, &[status.into(), id.as_str().into()]).await;
        };
        set("entered_in_error").await;
        assert!(broken(&app).await.concat().contains("entered in error, and the audit log does not know it"));
        set("current").await;
        assert_eq!(broken(&app).await, [""; 0]);
        scene.admin.post(&format!("/api/sessions/{}/void", scene.session), because("A mistake")).await.expect(200);
        assert_eq!(broken(&app).await, [""; 0]);
        mark("signed").await;
        assert!(broken(&app).await.concat().contains("it was voided, and says that it counts"));
        mark("entered_in_error").await;
        set("current").await;
        assert!(broken(&app).await.concat().contains("the chart entry is current"));
    }

    /// The pages say what will happen before it does, and show what is superseded with the way to what took its place.
    async fn pages_say_what_will_happen(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document([0, 1]).await;
        let user = app.add_user(Role::Admin, &[]).await;
        let browser = app.browser();
        browser.sign_in(&user.email.to_string()).await;
        let path = format!("/sessions/{}", scene.session);
        browser.get(&path).await.expect(200).expect_text(&format!("{path}/reopen")).expect_text(&format!("{path}/void"));
        let page = browser.get(&format!("{path}/reopen")).await;
        page.expect(200).expect_text("3 notes: the next version").expect_text("in 2 charts is shown as superseded");
        let (key, version) = (page.hidden("idempotency_key"), page.hidden("version"));
        let form = |reason: &'static str| [("idempotency_key", key.clone()), ("version", version.clone()), ("reason", reason.to_owned())];
        let send = async |verb: &str, reason: &'static str| {
            let form = form(reason);
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.post_form(&format!("{path}/{verb}"), &form).await
        };
        send("reopen", "").await.expect(422).expect_text("Please say why");
        let done = send("reopen", "Late words").await;
        browser.follow(&done).await.expect_text("The session is reopened").expect_text("Late words");
        browser.get(&format!("{path}/reopen")).await.expect(200).expect_text("Only a completed session");
        let chart_path = format!("/patients/{}/chart", scene.people[0].1);
        browser.get(&chart_path).await.expect(200).expect_text("Superseded: being amended");
        scene.leader.client.post(&format!("/api/encounters/{}/notes/sign", scene.encounter), json!({ "password": PASSWORD })).await.expect(200);
        let rows = chart(&scene, 0, "").await;
        let (new, old) = (text(&rows.items()[0]["id"]), text(&rows.items()[1]["id"]));
        browser.get(&format!("/chart-entries/{new}")).await.expect(200).expect_text(&format!("/chart-entries/{old}"));
        browser.get(&format!("/chart-entries/{old}")).await.expect_text("This entry is superseded").expect_text(&format!("/chart-entries/{new}"));

        let page = browser.get(&format!("{path}/void")).await;
        page.expect(200).expect_text("3 notes (3 signed, 0 being written)").expect_text("can’t be undone");
        let (key, version) = (page.hidden("idempotency_key"), page.hidden("version"));
        let form = [("idempotency_key", key.as_str()), ("version", version.as_str()), ("reason", "Another group")];
        let done = browser.post_form(&format!("{path}/void"), &form).await;
        browser.follow(&done).await.expect_text("The session is voided").expect_text("Another group");
        let notes = browser.get(&format!("{path}/notes")).await;
        notes.expect(200).expect_text("3 notes entered in error");
        assert!(!notes.html.contains("a quarrel at home"), "hidden by default");
        browser.get(&format!("{path}/notes?status=all")).await.expect_text("a quarrel at home").expect_text("Robin Whitfield");
        let mine = browser.get(&format!("/patients/{}/sessions", scene.people[0].1)).await;
        assert!(!mine.expect(200).html.contains(&scene.session), "left out of the patient's sessions");
        let hidden = browser.get(&chart_path).await;
        assert!(!hidden.html.contains("/chart-entries/"), "hidden by default");
        browser.get(&format!("{chart_path}?status=entered_in_error")).await.expect_text("Entered in error").expect_text(&format!("/chart-entries/{new}"));
        let nurse = app.add_user(Role::Nurse, &[]).await;
        let nurses = app.browser();
        nurses.sign_in(&nurse.email.to_string()).await;
        nurses.get(&format!("{path}/void")).await.expect(403);
    }
}
