//! Who may do what: every route × every role × one's own, and another organization's, records.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use rules::permissions::{Flag, Permission, Permissions, Role, of_flags};
use serde_json::{Value, json};

use crate::harness::{Client, Contract, Engine, Route, Samples, TestApp, on_both};

/// Routes for everybody who is signed in, and why. May only shrink.
const OPEN: &[(&str, &str)] = &[
    ("GET /api/me", "who I am"),
    ("POST /api/me/password", "one's own, by the one until now"),
    ("POST /api/me/reauth", "proves again who I am"),
    ("GET /api/roles", "what roles there are is no secret"),
    ("GET /api/settings", "pages follow the settings, whoever looks at them"),
    ("GET /api/tokens", "one's own; everybody's needs `user.manage`"),
    ("POST /api/tokens", "a token reaches no further than its maker"),
    ("DELETE /api/tokens/{id}", "one's own; everybody's needs `user.manage`"),
];

/// Kinds of records in paths that no route makes yet. May only shrink.
const UNMADE: &[&str] = &[];

/// Who may read the audit log may read how a record came to be what it is, whoever else may; but for clinical text and for who is kept
/// apart from whom.
fn opens_too(route: &str) -> Option<Permission> {
    let private = ["/notes/{id}/history", "/keep-apart/{id}/history"];
    // Who reads the audit log reviews what others have opened; those see their own.
    let reviewed = ["GET /api/break-glass", "GET /api/break-glass/{id}"].contains(&route);
    let open = reviewed || route.ends_with("/history") && !private.iter().any(|end| route.ends_with(end));
    open.then_some(Permission::AuditRead)
}

/// The permission that a program without any is told it lacks, for each route that asks for one.
async fn asked(app: &TestApp, contract: &Contract) -> BTreeMap<String, Permission> {
    let nobody = app.as_program(&[]).await;
    let mut asked = BTreeMap::new();
    for route in &contract.routes {
        let answer = contract.call(route, &nobody, &Samples::default(), 0).await;
        if answer.status == 403 {
            let permission = answer.json["permission"].as_str().and_then(Permission::named);
            let permission = permission.unwrap_or_else(|| panic!("names no permission: {answer}"))[0];
            assert!(answer.json["detail"].as_str().unwrap_or_default().contains(permission.as_str()), "{answer}");
            asked.insert(route.to_string(), permission);
        }
    }
    asked
}

on_both! {
    /// A program without any permission is refused by every route, by the name of what it lacks and before anything
    /// it has sent is judged; but for the few that are open. The refusals stand in the audit log.
    async fn every_route_asks_for_a_permission(app: TestApp) {
        let contract = Contract::read();
        let asked = asked(&app, &contract).await;
        let names: Vec<String> = contract.routes.iter().map(Route::to_string).collect();
        let open: Vec<&str> = names.iter().filter(|name| !asked.contains_key(*name)).map(String::as_str).collect();
        let strange: Vec<_> = open.iter().filter(|name| OPEN.iter().all(|(known, _)| known != *name)).collect();
        assert!(strange.is_empty(), "these ask for no permission, or only after looking at the request: {strange:#?}");
        let stale: Vec<_> = OPEN.iter().filter(|(known, _)| !open.contains(known)).collect();
        assert!(stale.is_empty(), "these are not open, or not there; take them off the list: {stale:#?}");
        // A wrong password is in the log too, and is no want of a permission.
        let is_refusal = |entry: &(String, String)| entry.1 == "refused" && Permission::parse(&entry.0).is_some();
        let refused = app.audited().await.into_iter().filter(is_refusal).count();
        assert_eq!(refused, asked.len(), "each refusal is in the audit log");
    }

    /// What a role has is what it can do: no more, in no organization but its own, and no less.
    async fn roles_do_what_the_table_says(app: TestApp) {
        let contract = Contract::read();
        let asked = asked(&app, &contract).await;
        let (admin, other) = (app.as_role(Role::Admin).await, app.other_organization().await);
        let other_admin = other.as_role(Role::Admin).await;
        let (own, theirs) = (contract.samples(&app, &admin).await, contract.samples(&other, &other_admin).await);
        check_samples(&contract, &own);
        let before = state(&contract, &other_admin, &theirs).await;
        for role in Role::ALL {
            let client = app.as_role(*role).await;
            for route in &contract.routes {
                let needed = asked.get(&route.to_string());
                let too = opens_too(&route.to_string()).is_some_and(|too| role.permissions().allows(too));
                let may = too || needed.is_none_or(|needed| role.permissions().allows(*needed));
                for foreign in foreign_paths(route, &own, &theirs) {
                    let answer = contract.call(route, &client, &foreign, 1).await;
                    let wanted = if may { (404, "not_found") } else { (403, "forbidden") };
                    assert_eq!((answer.status, answer.code()), wanted, "{role}, another organization's: {answer}");
                }
                if needed.is_some() {
                    let answer = contract.call(route, &client, &own, 10_000).await;
                    let refused = (answer.status, answer.code()) == (403, "forbidden");
                    assert_eq!(refused, !may, "{role}: {answer}");
                }
            }
        }
        assert_eq!(before, state(&contract, &other_admin, &theirs).await, "another organization's records changed");
    }

    /// No record can be made to point to another organization's.
    async fn nothing_points_to_another_organization(app: TestApp) {
        let contract = Contract::read();
        let (admin, other) = (app.as_role(Role::Admin).await, app.other_organization().await);
        let own = contract.samples(&app, &admin).await;
        let theirs = contract.samples(&other, &other.as_role(Role::Admin).await).await;
        for route in contract.routes_with_body() {
            if route.ids().iter().any(|(_, prefix)| !own.has(prefix)) {
                continue;
            }
            for (name, schema) in contract.fields(route) {
                let item = contract.resolve(&schema)["items"].clone();
                let kind = contract.id_kind(&schema).map(|kind| (kind, false));
                let Some((prefix, many)) = kind.or_else(|| contract.id_kind(&item).map(|kind| (kind, true))) else { continue };
                if !theirs.has(&prefix) {
                    continue;
                }
                let mut body = contract.body(route, &own, 20_000).unwrap();
                body[&name] = if many { json!([theirs.id(&prefix)]) } else { json!(theirs.id(&prefix)) };
                let answer = admin.send(route.method.clone(), &route.path_to(&own), Some(body)).await;
                // A search for another organization's record finds nothing.
                let nothing = answer.status == 200 && answer.json["data"] == json!([]);
                assert!(nothing || [404, 409, 422].contains(&answer.status), "{name} points to another organization: {answer}");
            }
        }
    }

    /// No list shows another organization's records, whatever it is asked.
    async fn lists_show_ones_own(app: TestApp) {
        let contract = Contract::read();
        let other = app.other_organization().await;
        let theirs = contract.samples(&other, &other.as_role(Role::Admin).await).await;
        let admin = app.as_role(Role::Admin).await;
        let own = contract.samples(&app, &admin).await;
        app.seal().await;
        other.seal().await;
        for route in contract.routes.iter().filter(|route| route.is_list()) {
            let (_, kinds) = (route, route.ids());
            if kinds.iter().all(|(_, prefix)| own.has(prefix)) {
                let listed = admin.get(&route.path_to(&own)).await.expect(200).text;
                for prefix in rules::id::PREFIXES.iter().filter(|prefix| theirs.has(prefix)) {
                    assert!(!listed.contains(&theirs.id(prefix)), "{route} shows another organization's {prefix}");
                }
                assert!(!listed.contains(&other.organization.id.to_string()), "{route}");
            }
        }
    }
}

/// The paths in which one id is another organization's.
fn foreign_paths(route: &Route, own: &Samples, theirs: &Samples) -> Vec<Samples> {
    let known = route.ids().into_iter().filter(|(_, prefix)| theirs.has(prefix));
    known.map(|(_, prefix)| own.with(&prefix, &theirs.id(&prefix))).collect()
}

fn check_samples(contract: &Contract, samples: &Samples) {
    let kinds = contract.routes.iter().flat_map(|route| route.ids()).map(|(_, prefix)| prefix);
    let mut unmade: Vec<String> = kinds.filter(|prefix| !samples.has(prefix)).collect();
    unmade.sort();
    unmade.dedup();
    assert_eq!(
        unmade, UNMADE,
        "a kind of record that no route makes (harness/samples.rs can), or one that is made now"
    );
}

/// What every route about one record answers.
async fn state(contract: &Contract, client: &Client, samples: &Samples) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for route in &contract.routes {
        let known = !route.ids().is_empty() && route.ids().iter().all(|(_, prefix)| samples.has(prefix));
        if known && route.method == reqwest::Method::GET {
            let answer = client.get(&route.path_to(samples)).await;
            answers.push((route.to_string(), answer.json["data"].clone()));
        }
    }
    assert!(!answers.is_empty(), "no record was looked at");
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_printed_table_is_up_to_date() {
    let app = TestApp::on(Engine::Sqlite).await;
    let table = table(&asked(&app, &Contract::read()).await);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/permissions.md");
    if std::env::var_os("CONVENE_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &table).unwrap();
    }
    let printed = std::fs::read_to_string(&file).unwrap_or_default();
    let advice =
        "docs/permissions.md is out of date; CONVENE_WRITE_DOCS=1 cargo test -p app --test it printed_table writes it";
    assert!(printed == table, "{advice}");
}

fn table(asked: &BTreeMap<String, Permission>) -> String {
    let mut text =
        "# Who may do what\n\nPrinted from the program by a test; `app/tests/it/permissions.rs` says how to \
        print it again.\n\n## Roles\n\n"
            .to_owned();
    let heads: Vec<String> = Role::ALL.iter().map(|role| role.as_str().replace('_', " ")).collect();
    let _ = writeln!(text, "| permission | {} |\n|---|{}", heads.join(" | "), ":-:|".repeat(heads.len()));
    for permission in Permission::ALL {
        let marks: Vec<&str> = Role::ALL.iter().map(|role| mark(role.permissions(), *permission)).collect();
        let _ = writeln!(text, "| `{permission}` | {} |", marks.join(" | "));
    }
    text.push_str("\n## Personal flags\n\n| flag | grants |\n|---|---|\n");
    for flag in Flag::ALL {
        let role = Role::Auditor;
        let granted = of_flags(&[*flag]).iter().filter(|permission| !role.permissions().allows(*permission));
        let granted: Vec<String> = granted.map(|permission| format!("`{permission}`")).collect();
        let _ = writeln!(
            text,
            "| `{flag}` | {} |",
            if granted.is_empty() { "no permission".to_owned() } else { granted.join(", ") }
        );
    }
    text.push_str("\n## Routes\n\nWhat a route asks for before it looks at anything else. A field may ask for more.\n\n| route | asks for |\n|---|---|\n");
    let open = OPEN.iter().map(|(route, why)| ((*route).to_owned(), format!("to be signed in: {why}")));
    let guarded = asked.iter().map(|(route, permission)| {
        let too = opens_too(route).map_or_else(String::new, |too| format!(" or `{too}`"));
        (route.clone(), format!("`{permission}`{too}"))
    });
    let mut rows: Vec<(String, String)> = open.chain(guarded).collect();
    rows.sort_by_key(|(route, _)| route.split_once(' ').map(|(method, path)| (path.to_owned(), method.to_owned())));
    for (route, asks) in rows {
        let _ = writeln!(text, "| `{route}` | {asks} |");
    }
    text
}

fn mark(permissions: Permissions, permission: Permission) -> &'static str {
    if permissions.allows(permission) { "yes" } else { "" }
}
