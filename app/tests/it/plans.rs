//! No list reads more than it shows: every statement of every list uses an index, and rows cost no statements.

use std::collections::{BTreeMap, BTreeSet};

use rules::permissions::Role;

use crate::harness::{Client, Contract, Engine, Route, Samples, Statements, TestApp, flaws};

/// Statements that may read a whole table or sort, and why. May only shrink.
const EXCUSED: &[(&str, &str)] = &[];

/// Lists that can't be made longer by a route of the API, and why. May only shrink.
const FIXED: &[(&str, &str)] = &[
    ("GET /api/encounters/{id}/notes", "`notes::cost` has a session with many notes"),
    ("GET /api/notes/{id}/history", "a signed note does not change; every history is read by the same statement"),
    (
        "GET /api/sessions/{id}/history",
        "every history is read by the same statement, and those of groups and people grow",
    ),
    ("GET /api/sessions/{id}/participants/{pid}/history", "the same"),
    ("GET /api/keep-apart/{id}/history", "a pair only ends; every history is read by the same statement"),
    (
        "GET /api/practitioners/{id}/availability/history",
        "the hours are set anew for somebody else; every history is read by the same statement",
    ),
    ("GET /api/consents/{id}/history", "a consent is only revoked; every history is read by the same statement"),
    ("GET /api/kiosks/{id}/history", "a kiosk is only closed; every history is read by the same statement"),
    ("GET /api/documentation", "`notes::cost` has leaders with few and with many sessions to document"),
    ("GET /api/reviews", "`notes::cost` too"),
    ("GET /api/patients/{id}/chart", "`notes::cost` has a patient with many entries"),
    ("GET /api/patients/{id}/chart/counts", "`notes::cost` too"),
    ("GET /api/sessions/{id}/chart-entries", "`notes::cost` has a session with many"),
    ("GET /api/disclosures/{id}/history", "a disclosure never changes; every history is read by the same statement"),
    (
        "GET /api/break-glass/{id}/history",
        "each is ended and reviewed once; every history is read by the same statement",
    ),
    ("GET /api/audit", "what the samples leave fills its first page: it reads as many rows both times"),
    (
        "GET /api/sessions/conflicts",
        "sessions clash by an override with a reason only; each page looks through as many",
    ),
    ("GET /api/time-off/{id}/sessions", "the sample's practitioner leads nothing then; `availability::cover` has some"),
];

macro_rules! on_one_thread {
    ($($name:ident)*) => { $(
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
    )* };
}
on_one_thread! { every_list_uses_indexes more_rows_cost_no_more_statements }

/// The routes that read JSON and whose records there are.
fn readings<'a>(contract: &'a Contract, samples: &'a Samples) -> impl Iterator<Item = &'a Route> {
    let reads = contract.routes.iter().filter(|route| route.method == reqwest::Method::GET && route.answers_json());
    reads.filter(|route| route.ids().iter().all(|(_, prefix)| samples.has(prefix)))
}

/// Every list is asked in every way: each filter alone, all together, and the second page of each.
async fn every_list_uses_indexes(engine: Engine) {
    let listening = Statements::listen();
    let app = TestApp::on(engine).await;
    let (contract, admin) = (Contract::read(), app.as_role(Role::Admin).await);
    let samples = contract.samples(&app, &admin).await;
    for number in 0..3 {
        contract.make_more(&admin, &app, &samples, 30_000 + number).await;
    }
    app.seal().await;
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    for route in readings(&contract, &samples).filter(|route| route.is_list()) {
        listening.take();
        for query in contract.queries(route, &samples) {
            ask_twice(&admin, route, &route.path_to(&samples), &query).await;
            let statements = listening.take().into_iter().filter(|sql| sql.starts_with("select"));
            asked.extend(statements.map(|sql| (sql, format!("{route}?{query}"))));
        }
    }
    assert!(asked.len() > 10, "no statements were seen: {asked:?}");
    let mut tx = app.app.db.read(Some(&app.organization.id.to_string())).await.unwrap();
    let mut flawed = Vec::new();
    for (sql, route) in asked.iter().filter(|(sql, _)| EXCUSED.iter().all(|(text, _)| !sql.contains(text))) {
        let flaws = flaws(&mut tx, sql).await;
        if !flaws.is_empty() {
            flawed.push(format!("{route}\n  {sql}\n  {}", flaws.join("\n  ")));
        }
    }
    assert!(flawed.is_empty(), "these read or sort whole tables:\n{}", flawed.join("\n"));
}

/// Asks for the first page, and for the next if there is one.
async fn ask_twice(client: &Client, route: &Route, path: &str, query: &str) {
    if !route.has_parameter("limit") {
        client.get(&format!("{path}?{query}")).await.expect(200);
        return;
    }
    let first = client.get(&format!("{path}?{query}&limit=1")).await.expect(200);
    if let Some(next) = first.next() {
        client.get(&format!("{path}?{query}&limit=1&cursor={next}")).await.expect(200);
    }
}

/// What is read with one row of each kind is read with the same number of statements when there are many.
async fn more_rows_cost_no_more_statements(engine: Engine) {
    let listening = Statements::listen();
    let app = TestApp::on(engine).await;
    let (contract, admin) = (Contract::read(), app.as_role(Role::Admin).await);
    let samples = contract.samples(&app, &admin).await;
    app.seal().await;
    let before = cost(&contract, &admin, &samples, &listening).await;
    for number in 0..4 {
        let made = contract.make_more(&admin, &app, &samples, 40_000 + number).await;
        assert!(made > 3, "only {made} records were made");
    }
    app.seal().await;
    let after = cost(&contract, &admin, &samples, &listening).await;
    let mut same = BTreeSet::new();
    for (route, (rows, statements)) in &before {
        let (rows_after, statements_after) = &after[route];
        let grown: Vec<_> = statements_after.iter().filter(|sql| !statements.contains(sql)).collect();
        let (few, many) = (statements.len(), statements_after.len());
        assert_eq!(
            few, many,
            "{route} runs {few} statements for {rows:?} rows and {many} for {rows_after:?}: {grown:#?}"
        );
        if let (Some(rows), Some(rows_after)) = (rows, rows_after)
            && rows == rows_after
        {
            same.insert(route.as_str());
        }
    }
    assert_eq!(same, FIXED.iter().map(|(route, _)| *route).collect(), "lists that did not grow, so nothing was tried");
}

/// For each reading route, the rows it shows if it is a list, and the statements it runs.
async fn cost(
    contract: &Contract,
    client: &Client,
    samples: &Samples,
    listening: &Statements,
) -> BTreeMap<String, (Option<usize>, Vec<String>)> {
    let mut costs = BTreeMap::new();
    // Who asks is looked up at most once a second: not in this comparison.
    client.get("/api/me").await.expect(200);
    for route in readings(contract, samples) {
        // The last use of a token is written at most once a minute: not in this comparison.
        listening.take();
        let answer = client.get(&route.path_to(samples)).await.expect(200);
        let rows = route.is_list().then(|| answer.items().len());
        costs.insert(route.to_string(), (rows, listening.take()));
    }
    costs
}
