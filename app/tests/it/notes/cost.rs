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
    let paths = |scene: &Scene<'_>, note: &str| {
        let (encounter, patient) = (&scene.encounter, &scene.people[0].1);
        [
            format!("GET /api/encounters/{encounter}/notes"),
            format!("GET /api/encounters/{encounter}/documentation"),
            format!("GET /api/notes/{note}"),
            format!("POST /api/notes/{note}/check"),
            format!("GET /api/patients/{patient}/chart"),
            format!("GET /api/patients/{patient}/chart/counts"),
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
    scene.leader.client.get("/api/me").await.expect(200);
    listening.take();
    match method {
        "GET" => scene.leader.client.get(path).await.expect(200),
        _ => scene.leader.client.post(path, json!({})).await.expect(200),
    };
    listening.take()
}
