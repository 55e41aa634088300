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
on_one_thread! { many_notes_cost_no_more_statements_than_few }

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
