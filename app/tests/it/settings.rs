//! The organization's settings: their version, and their page.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{TestApp, on_both},
    notes::scene::Scene,
};

on_both! {
    /// Settings have a version: whoever has read another is told so, and nothing is overwritten.
    async fn settings_have_a_version(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let first = admin.get("/api/settings").await.expect(200);
        assert_eq!((first.version(), &first.data()["finance_gate"]), (1, &json!(true)));
        let second = admin.with_if_match(1).patch("/api/settings", json!({ "finance_gate": false })).await.expect(200);
        assert_eq!((second.version(), &second.data()["finance_gate"]), (2, &json!(false)));
        let late = admin.with_if_match(1).patch("/api/settings", json!({ "finance_gate": true })).await;
        late.expect_code(412, "stale");
        admin.patch("/api/settings", json!({ "capacity_ceiling": 1 })).await.expect_fields(&[("capacity_ceiling", "out_of_range")]);
        let third = admin.patch("/api/settings", json!({ "capacity_ceiling": 30 })).await.expect(200);
        assert_eq!((third.version(), &third.data()["finance_gate"]), (3, &json!(false)), "what was refused counts for nothing");
        assert_eq!(app.count_of("settings.changed").await, 2);
    }

    /// An administrator changes settings on their page; a bad number is said beside its field; two at once don't overwrite.
    async fn settings_are_changed_on_their_page(app: TestApp) {
        let (browser, admin) = (app.page_client(Role::Admin).await, app.as_role(Role::Admin).await);
        const HERE: &str = "/settings/general";
        let page = browser.get(HERE).await;
        page.expect(200).expect_text("Finance must be cleared").expect_text("Show preferred names");
        let (version, key) = (page.hidden("version"), page.hidden("idempotency_key"));
        let bad = [("version", version.as_str()), ("idempotency_key", key.as_str()), ("capacity_ceiling", "1"), ("schedule_horizon_weeks", "")];
        let refused = browser.post_form(HERE, &bad).await;
        refused.expect(422).expect_text("“Sessions are made ahead”");
        let good = [
            ("version", version.as_str()),
            ("idempotency_key", "good"),
            ("capacity_ceiling", "24"),
            ("schedule_horizon_weeks", "6"),
            ("note_due_hours", "48"),
            ("consent_gate", "true"),
            ("preferred_name_on_sign_in_sheet", "true"),
            ("use_group_sessions", "true"),
            ("chart_tab_name", "Groups & classes"),
        ];
        let saved = browser.post_form(HERE, &good).await;
        browser.follow(&saved).await.expect(200).expect_text("The settings are saved.");
        let now = admin.get("/api/settings").await.expect(200);
        let on = |name: &str| now.data()[name].clone();
        assert_eq!((on("finance_gate"), on("consent_gate"), on("preferred_name_on_sign_in_sheet")), (json!(false), json!(true), json!(true)));
        assert_eq!((on("capacity_ceiling"), on("schedule_horizon_weeks")), (json!(24), json!(6)));
        assert_eq!(on("note_due_hours"), json!(48));
        assert_eq!((on("use_group_sessions"), on("chart_tab_name")), (json!(true), json!("Groups & classes")));
        let again = good.map(|(name, value)| (name, if name == "idempotency_key" { "again" } else { value }));
        let late = browser.post_form(HERE, &again).await;
        late.expect(412).expect_text("Somebody else has changed this");
        assert_ne!(late.hidden("version"), version, "saving again is saving what is seen now");
        app.page_client(Role::Manager).await.get(HERE).await.expect(403);
    }

    /// The tab is called what the clinic calls it, from 1 to 40 characters.
    async fn the_tab_in_charts_has_the_clinics_name(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let page = app.page_client(Role::Therapist).await;
        let chart = format!("/patients/{}/chart", scene.people[0].1);
        page.get(&chart).await.expect(200).expect_text("Group Sessions");
        for bad in [String::new(), "x".repeat(41)] {
            let refused = scene.admin.patch("/api/settings", json!({ "chart_tab_name": bad })).await;
            assert_eq!(refused.expect(422).field_errors()[0].0, "chart_tab_name");
        }
        scene.admin.patch("/api/settings", json!({ "chart_tab_name": "Gruppen & <b>" })).await.expect(200);
        let renamed = page.get(&chart).await;
        renamed.expect(200).expect_text("Gruppen &amp; &lt;b&gt;");
        assert!(!renamed.html.contains("Group Sessions"));
        page.get(&format!("/patients/{}", scene.people[0].1)).await.expect(200).expect_text("Gruppen &amp; &lt;b&gt;");
    }

    /// Without group sessions their pages and the tab are gone, nothing new is taken and nothing is made; everything is
    /// still there, and comes back.
    async fn group_sessions_are_turned_off_and_on(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let (admin, group) = (&scene.admin, &scene.group);
        let patient = &scene.people[0].1;
        let old = json!({ "name": "Of last year", "type": "therapy" });
        let old = format!("/api/groups/{}", admin.post("/api/groups", old).await.expect(201).id());
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule.clone()).await.expect(200);
        let sessions = async || admin.get(&format!("/api/sessions?group_id={group}&limit=200")).await.expect(200).items().len();
        let before = sessions().await;
        let page = app.page_client(Role::Admin).await;
        let hidden = [format!("/groups/{group}"), "/groups".to_owned(), format!("/patients/{patient}/groups"), format!("/patients/{patient}/chart")];
        for path in &hidden {
            page.get(path).await.expect(200);
        }
        admin.patch("/api/settings", json!({ "use_group_sessions": false })).await.expect(200);
        for path in &hidden {
            page.get(path).await.expect(409).expect_text("turned group sessions off");
        }
        let home = page.get("/patients").await;
        assert!(!home.expect(200).html.contains("href=\"/groups\""), "no place in the navigation");
        let tabs = page.get(&format!("/patients/{patient}")).await;
        assert!(!tabs.expect(200).html.contains(&format!("/patients/{patient}/chart\"")), "no tab");
        // Reading goes on.
        admin.get(&format!("/api/groups/{group}")).await.expect(200);
        admin.get(&format!("/api/groups/{group}/members")).await.expect(200);
        admin.get(&format!("/api/patients/{patient}/chart")).await.expect(200);
        // Nothing new begins.
        let session = json!({ "group_id": group, "starts_at": "2026-03-05T09:00" });
        let writes = [
            admin.post("/api/groups", json!({ "name": "New", "type": "therapy" })).await,
            admin.post(&format!("/api/groups/{group}/members"), json!({ "patient_id": patient })).await,
            admin.post(&format!("/api/groups/{group}/members/batch"), json!({ "members": [{ "patient_id": patient }] })).await,
            admin.put(&format!("/api/groups/{group}/recurrence"), rule).await,
            admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await,
            admin.post("/api/sessions", session).await,
            admin.post(&format!("/api/groups/{group}/encounters"), json!({ "encounter_date": "2026-03-06T09:00" })).await,
        ];
        for refused in writes {
            let refused = refused.expect_code(409, "group_sessions_off");
            assert!(refused.json["detail"].as_str().unwrap().contains("`use_group_sessions`"), "{refused}");
        }
        // What is there is kept right over the API: a mark that is wrong would let records out, and who leaves has left.
        let path = format!("/api/groups/{group}");
        admin.patch(&path, json!({ "is_part2": true })).await.expect(200);
        admin.patch(&path, json!({ "is_part2": false })).await.expect(200);
        let archived = old.as_str();
        admin.delete(archived).await.expect(200);
        admin.post(&format!("{archived}/restore"), json!({})).await.expect_code(409, "group_sessions_off");
        // What runs is ended and documented all the same.
        scene.all_attend().await;
        scene.end().await;
        scene.document([0]).await;
        assert_eq!(scene.status().await, "completed");
        app.advance(SignedDuration::from_hours(24 * 28));
        app::jobs::ensure(&app.app).await.unwrap();
        app::jobs::run_due(&app.app).await.unwrap();
        let admin = &app.as_role(Role::Admin).await;
        let sessions = async || admin.get(&format!("/api/sessions?group_id={group}&limit=200")).await.expect(200).items().len();
        admin.patch(&format!("/api/groups/{group}"), json!({ "description": "Later" })).await.expect(200);
        assert_eq!(sessions().await, before, "generation is paused");
        admin.patch("/api/settings", json!({ "use_group_sessions": true })).await.expect(200);
        app.advance(SignedDuration::from_hours(2));
        app::jobs::run_due(&app.app).await.unwrap();
        let admin = &app.as_role(Role::Admin).await;
        let found = admin.get(&format!("/api/sessions?group_id={group}&limit=200")).await.expect(200).items().len();
        assert!(found >= before + 3, "what was not made is made: {found} after {before}");
    }

    /// A session shows everybody's notes as they stand in the charts, where the clinic wants that and to who reads charts.
    async fn a_session_shows_everybodys_chart_entries(app: TestApp) {
        let scene = Scene::new(&app, 3).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document(0..3).await;
        let path = format!("/api/sessions/{}/chart-entries", scene.session);
        let me = &scene.leader.client;
        let off = me.get(&path).await.expect_code(409, "individual_notes_off");
        assert!(off.json["detail"].as_str().unwrap().contains("`view_individual_group_sessions`"));
        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let here = format!("/sessions/{}", scene.session);
        assert!(!page.get(&here).await.expect(200).html.contains("In the charts"));
        scene.admin.patch("/api/settings", json!({ "view_individual_group_sessions": true })).await.expect(200);
        let shown = me.get(&format!("{path}?limit=2")).await.expect(200);
        let rest = me.get(&format!("{path}?limit=2&cursor={}", shown.next().unwrap())).await.expect(200);
        let whose: Vec<&str> = shown.items().iter().chain(rest.items()).map(|row| row["patient_id"].as_str().unwrap()).collect();
        assert_eq!(whose.len(), 3);
        assert!(scene.people.iter().all(|(_, patient)| whose.contains(&patient.as_str())));
        page.get(&here).await.expect(200).expect_text("In the charts");
        let charts = page.get(&format!("{here}/charts")).await;
        charts.expect(200).expect_text("Santos").expect_text("Okafor").expect_text("Lindqvist");
        assert_eq!(app.as_role(Role::Receptionist).await.get(&path).await.expect_code(403, "forbidden").json["permission"], "chart.read");
        let elsewhere = app.other_organization().await;
        elsewhere.as_role(Role::Admin).await.get(&path).await.expect_code(404, "not_found");
        let read = app.audited().await.into_iter().filter(|entry| *entry == ("chart.read".to_owned(), "done".to_owned())).count();
        assert_eq!(read, 6, "once for every patient shown");
    }
}
