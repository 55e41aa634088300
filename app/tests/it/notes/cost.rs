//! What reading notes and charts costs: the same number of statements for few rows and for many, by indexes.

use std::collections::BTreeSet;

use serde_json::json;

use super::scene::Scene;
use crate::harness::{Engine, Statements, TestApp, flaws};

macro_rules! on_one_thread {
    ($name:ident) => {
        mod $name {
            use super::*;
            #[tokio::test]
            async fn sqlite() {
                super::$name(Engine::Sqlite).await;
            }
            #[tokio::test]
            async fn postgres() {
                if Engine::Postgres.is_here() {
                    super::$name(Engine::Postgres).await;
                }
            }
        }
    };
}
on_one_thread! { nothing_is_merged_while_others_wait }
on_one_thread! { many_notes_cost_no_more_statements_than_few }
on_one_thread! { a_long_chart_costs_no_more_than_a_short_one }

/// Two versions are brought together before the note is locked: the earlier one is read, and only then the present one
/// is read again to be written over.
async fn nothing_is_merged_while_others_wait(engine: Engine) {
    let listening = Statements::listen();
    let app = TestApp::on(engine).await;
    let scene = Scene::new(&app, 1).await;
    let me = &scene.leader.client;
    let note = scene.begin(me, None, json!({ "content": "One. Two." })).await.expect(201).id();
    me.patch(&format!("/api/notes/{note}"), json!({ "content": "Three. Two." })).await.expect(200);
    listening.take();
    let mine = json!({ "content": "One. Four." });
    let both = me.with_if_match(1).patch(&format!("/api/notes/{note}?merge=true"), mine).await.expect(200);
    assert_eq!(both.data()["content"], "Three. Four.");
    let ran = listening.take();
    let last = |begin: &str, holds: &str| ran.iter().rposition(|sql| sql.starts_with(begin) && sql.contains(holds));
    let earlier = last("select record", "from record_versions").expect("the version that was read");
    let locked = last("select", "from notes where organization_id = $1 and id = $2").expect("the note itself");
    let written = last("update notes", "").expect("the save");
    assert!(earlier < locked && locked < written, "{ran:#?}");
}

async fn many_notes_cost_no_more_statements_than_few(engine: Engine) {
    let listening = Statements::listen();
    let app = TestApp::on(engine).await;
    let few = Scene::new(&app, 1).await;
    few.all_attend().await;
    few.end().await;
    let few_notes = few.document([0]).await;
    let many = Scene::new(&app, 8).await;
    many.all_attend().await;
    many.end().await;
    let many_notes = many.document(0..8).await;
    for start in ["10:15", "11:30", "13:00"] {
        let new = json!({ "group_id": many.group, "starts_at": format!("2026-03-04T{start}") });
        let again = many.again(&many.admin.post("/api/sessions", new).await.expect(201)).await;
        for place in 0..8 {
            again.mark(place, "no_show").await;
        }
        again.end().await;
        again.document([]).await;
    }
    for (scene, days) in [(&few, 1..2), (&many, 1..6)] {
        for day in days {
            let missed = json!({ "group_id": scene.group, "starts_at": format!("2026-02-1{day}T09:00") });
            scene.admin.post("/api/sessions", missed).await.expect(201);
            let signed = json!({ "group_id": scene.group, "starts_at": format!("2026-02-2{day}T09:00") });
            let signed = scene.admin.post("/api/sessions", signed).await.expect(201).id();
            let sql = "update sessions set status = 'pending_review' where organization_id = $1 and id = $2";
            app.tamper(sql, &[signed.as_str().into()]).await;
        }
    }
    let shown = json!({ "view_individual_group_sessions": true });
    many.admin.patch("/api/settings", shown).await.expect(200);
    let paths = |scene: &Scene<'_>, note: &str| {
        let (encounter, patient) = (&scene.encounter, &scene.people[0].1);
        vec![
            format!("GET /api/encounters/{encounter}/notes"),
            format!("GET /api/encounters/{encounter}/documentation"),
            format!("GET /api/notes/{note}"),
            format!("POST /api/notes/{note}/check"),
            format!("GET /api/patients/{patient}/chart"),
            format!("GET /api/patients/{patient}/chart/counts"),
            format!("GET /api/sessions/{}/record", scene.session),
            format!("GET /api/sessions/{}/chart-entries", scene.session),
            "GET /api/documentation".to_owned(),
            format!("GET /api/documentation?overdue=true&site_id={}", crate::harness::strange_id("site")),
            format!("GET /api/reviews?facilitator_id={}", scene.leader.practitioner),
        ]
    };
    let mut read = BTreeSet::new();
    for (small, large) in paths(&few, &few_notes[1]).into_iter().zip(paths(&many, &many_notes[1])) {
        let (small, large) = (statements(&few, &listening, &small).await, statements(&many, &listening, &large).await);
        assert_eq!(small.len(), large.len(), "{small:#?}\n{large:#?}");
        read.extend(large.into_iter().filter(|sql| sql.starts_with("select")));
    }
    // Asking for plans changes the connection's settings: at the end.
    let mut tx = app.app.db.read(Some(&app.organization.id.to_string())).await.unwrap();
    for sql in &read {
        assert_eq!(flaws(&mut tx, sql).await, [""; 0], "{sql}");
    }
}

/// A chart of a thousand entries and one of ten: the same statements by the same indexes, pages of the same weight, and an
/// answer for what is too much to leave at once.
async fn a_long_chart_costs_no_more_than_a_short_one(engine: Engine) {
    let listening = Statements::listen();
    let app = TestApp::on(engine).await;
    let scene = Scene::new(&app, 2).await;
    scene.all_attend().await;
    scene.end().await;
    scene.document([0, 1]).await;
    let (short, long) = (scene.people[0].1.clone(), scene.people[1].1.clone());
    for (patient, more) in [(&short, 9_i64), (&long, 999)] {
        // Copies of the one entry, each an hour after the other: only the first is current, as after many a reopening.
        const SQL: &str = "insert into chart_entries (organization_id, id, patient_id, session_id, encounter_id, \
            participant_id, group_id, kind, local_date, starts_at, status, body, sha256, version, created_at, updated_at) \
            with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < cast($3 as bigint)) \
            select c.organization_id, substr(c.id, 1, 28) || cast(1000 + numbers.n as text), c.patient_id, c.session_id, \
            c.encounter_id, c.participant_id, c.group_id, c.kind, c.local_date, c.starts_at, 'superseded', c.body, \
            c.sha256, 1, c.created_at, c.updated_at from chart_entries c cross join numbers \
            where c.organization_id = $1 and c.patient_id = $2 and c.status = 'current'";
        app.tamper(SQL, &[patient.as_str().into(), (&more).into()]).await;
    }
    let page = app.browser();
    page.sign_in(&scene.leader.email).await;
    let mut read = BTreeSet::new();
    for path in ["chart", "chart/counts", "chart?status=superseded", "chart?kind=entry&date_from=2026-01-01&limit=200"]
    {
        let few = statements(&scene, &listening, &format!("GET /api/patients/{short}/{path}")).await;
        let many = statements(&scene, &listening, &format!("GET /api/patients/{long}/{path}")).await;
        assert_eq!(few.len(), many.len(), "{path}: {few:#?}\n{many:#?}");
        read.extend(many.into_iter().filter(|sql| sql.starts_with("select")));
    }
    let first = scene.leader.client.get(&format!("/api/patients/{long}/chart?limit=200")).await.expect(200);
    assert_eq!(first.items().len(), 200);
    let mut seen = first.items().len();
    let mut next = first.next();
    while let Some(cursor) = next {
        let path = format!("/api/patients/{long}/chart?limit=200&cursor={cursor}");
        let more = scene.leader.client.get(&path).await.expect(200);
        seen += more.items().len();
        next = more.next();
    }
    assert_eq!(seen, 1_000, "every entry, once");
    let shown = page.get(&format!("/patients/{long}/chart")).await;
    assert!(shown.expect(200).html.len() < 60_000, "{} bytes", shown.html.len());
    // What is too much for one document is said, and leaves in parts.
    let ids: Vec<_> = first.items().iter().map(|row| row["id"].clone()).collect();
    let release = |more: serde_json::Value| {
        let mut new = json!({
            "patient_id": long, "recipient_name": "A", "purpose": "patient_request", "basis": "patient_access",
            "password": crate::harness::PASSWORD,
        });
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        new
    };
    let me = &scene.leader.client;
    let made = me.post("/api/disclosures", release(json!({ "entry_ids": ids }))).await.expect(201);
    assert_eq!(made.data()["entry_count"], 200);
    me.post("/api/me/reauth", json!({ "password": crate::harness::PASSWORD })).await.expect(200);
    let file = me.get(&format!("/api/disclosures/{}/pdf", made.id())).await.expect(200);
    assert!(file.text.len() < 2_000_000, "{} bytes", file.text.len());
    let too_many = json!({ "entry_ids": vec![first.items()[0]["id"].clone(); 501] });
    me.post("/api/disclosures", release(too_many)).await.expect_fields(&[("entry_ids", "out_of_range")]);
    let sql =
        "update chart_entries set body = $3 where organization_id = $1 and patient_id = $2 and status = 'current'";
    app.tamper(sql, &[long.as_str().into(), "x".repeat(9 * 1024 * 1024).as_str().into()]).await;
    let days = json!({ "date_from": "2026-01-01", "date_to": "2026-12-31" });
    me.post("/api/disclosures", release(days)).await.expect_fields(&[("date_to", "too_many")]);
    let mut tx = app.app.db.read(Some(&app.organization.id.to_string())).await.unwrap();
    for sql in &read {
        assert_eq!(flaws(&mut tx, sql).await, [""; 0], "{sql}");
    }
}

async fn statements(scene: &Scene<'_>, listening: &Statements, request: &str) -> Vec<String> {
    let (method, path) = request.split_once(' ').unwrap();
    // Who asks is looked up at most once a second: not in this comparison.
    // What waits for a review is read by who reviews, or may act on any session.
    let client = if path.starts_with("/api/reviews") { &scene.admin } else { &scene.leader.client };
    client.get("/api/me").await.expect(200);
    listening.take();
    match method {
        "GET" => client.get(path).await.expect(200),
        _ => client.post(path, json!({})).await.expect(200),
    };
    listening.take()
}
