//! Every page: axe finds nothing in either theme, it fits the screen, nothing moves while it comes, and it is light.
//! The pictures are in `target/screenshots`.

use std::{collections::BTreeSet, path::Path};

use rules::permissions::Role;

use crate::{
    harness::{Browser, Contract, Engine, TestApp},
    notes::scene::Scene,
};

/// The pages: path, with the prefix of a record's id in braces, and the role of who looks at it.
pub const PAGES: &[(&str, Option<Role>)] = &[
    ("/sign-in", None),
    ("/no/such/page", Some(Role::Nurse)),
    ("/account", Some(Role::Nurse)),
    ("/account/tokens/new", Some(Role::Nurse)),
    ("/account/feeds", Some(Role::Nurse)),
    ("/search", Some(Role::Nurse)),
    ("/today", Some(Role::Admin)),
    ("/calendar", Some(Role::Admin)),
    ("/calendar?view=day", Some(Role::Admin)),
    ("/calendar?view=month", Some(Role::Admin)),
    ("/calendar?view=agenda", Some(Role::Nurse)),
    ("/sessions", Some(Role::Nurse)),
    ("/sessions/new", Some(Role::Admin)),
    ("/sessions/open", Some(Role::Receptionist)),
    ("/sessions/cancel", Some(Role::Admin)),
    ("/sessions/{ses}", Some(Role::Admin)),
    ("/sessions/{ses}/edit", Some(Role::Admin)),
    ("/sessions/{ses}/move", Some(Role::Admin)),
    ("/sessions/{ses}/leaders", Some(Role::Admin)),
    ("/sessions/{ses}/reopen", Some(Role::Admin)),
    ("/sessions/{ses}/void", Some(Role::Admin)),
    ("/documentation", Some(Role::Admin)),
    ("/reviews", Some(Role::Admin)),
    ("/sessions/{ses}/add", Some(Role::Admin)),
    ("/sessions/{ses}/sheet", Some(Role::Admin)),
    ("/sessions/{ses}/room", Some(Role::Admin)),
    ("/sessions/{ses}/kiosk-codes", Some(Role::Receptionist)),
    ("/kiosks", Some(Role::Receptionist)),
    ("/sessions/{ses}/participants/{par}", Some(Role::Admin)),
    ("/groups", Some(Role::Admin)),
    ("/groups/new", Some(Role::Therapist)),
    ("/groups/{grp}", Some(Role::Admin)),
    ("/groups/{grp}/edit", Some(Role::Admin)),
    ("/groups/{grp}/schedule", Some(Role::Admin)),
    ("/groups/{grp}/past", Some(Role::Nurse)),
    ("/groups/{grp}/on", Some(Role::Nurse)),
    ("/groups/{grp}/members/{gm}", Some(Role::Admin)),
    ("/groups/{grp}/add", Some(Role::Nurse)),
    ("/patients", Some(Role::Receptionist)),
    ("/patients/search", Some(Role::Receptionist)),
    ("/patients/new", Some(Role::Therapist)),
    ("/patients/{pa}", Some(Role::Admin)),
    ("/patients/{pa}/groups", Some(Role::Nurse)),
    ("/patients/{pa}/sessions", Some(Role::Nurse)),
    ("/patients/{pa}/feed", Some(Role::Receptionist)),
    ("/patients/{pa}/edit", Some(Role::Admin)),
    ("/guests", Some(Role::Manager)),
    ("/guests/search", Some(Role::Manager)),
    ("/guests/new", Some(Role::Manager)),
    ("/guests/{gst}", Some(Role::Admin)),
    ("/guests/{gst}/feed", Some(Role::Admin)),
    ("/guests/{gst}/convert", Some(Role::Admin)),
    ("/patients/{pa}/merge", Some(Role::Admin)),
    ("/staff", Some(Role::Admin)),
    ("/staff/new", Some(Role::Admin)),
    ("/staff/{prac}", Some(Role::Admin)),
    ("/staff/{prac}/schedule", Some(Role::Admin)),
    ("/staff/{prac}/hours", Some(Role::Admin)),
    ("/staff/{prac}/time-off", Some(Role::Admin)),
    ("/time-off", Some(Role::Admin)),
    ("/time-off/{off}", Some(Role::Admin)),
    ("/time-off/{off}/edit", Some(Role::Admin)),
    ("/sessions/needs-cover", Some(Role::Admin)),
    ("/sessions/{ses}/substitutes", Some(Role::Admin)),
    ("/settings/general", Some(Role::Admin)),
    ("/settings/consents", Some(Role::Admin)),
    ("/settings/consents/new", Some(Role::Admin)),
    ("/settings/consents/{ctxt}", Some(Role::Admin)),
    ("/patients/{pa}/disclosures", Some(Role::Admin)),
    ("/patients/{pa}/disclosures/accounting", Some(Role::Admin)),
    ("/patients/{pa}/chart/print", Some(Role::Admin)),
    ("/disclosures/{disc}", Some(Role::Admin)),
    ("/disclosures/{disc}/print", Some(Role::Admin)),
    ("/sessions/{ses}/charts", Some(Role::Admin)),
    ("/sessions/{ses}/kept-apart", Some(Role::Admin)),
    ("/patients/{pa}/consents", Some(Role::Admin)),
    ("/guests/{gst}/consents", Some(Role::Admin)),
    ("/consents/{cons}", Some(Role::Admin)),
    ("/settings/users", Some(Role::Admin)),
    ("/settings/users/new", Some(Role::Admin)),
    ("/settings/users/{usr}", Some(Role::Admin)),
    ("/settings/roles", Some(Role::Admin)),
    ("/settings/roles/new", Some(Role::Admin)),
    ("/settings/roles/{role}", Some(Role::Admin)),
    ("/settings/templates", Some(Role::Manager)),
    ("/settings/templates/new", Some(Role::Manager)),
    ("/settings/templates/{tpl}", Some(Role::Manager)),
    ("/settings/templates/aba", Some(Role::Manager)),
    ("/settings/templates/sessions/new", Some(Role::Manager)),
    ("/settings/templates/sessions/{gtpl}", Some(Role::Manager)),
    ("/settings/sites", Some(Role::Admin)),
    ("/settings/sites/new", Some(Role::Admin)),
    ("/settings/sites/{site}", Some(Role::Admin)),
    ("/settings/sites/{site}/rooms/new", Some(Role::Admin)),
    ("/settings/sites/{site}/holidays/new", Some(Role::Admin)),
    ("/settings/sites/{site}/holidays/{hol}", Some(Role::Admin)),
    ("/settings/rooms/{room}", Some(Role::Admin)),
    ("/patients/{pa}/chart", Some(Role::Nurse)),
    ("/chart-entries/{chart}", Some(Role::Nurse)),
    ("/notes/{note}", Some(Role::Nurse)),
    ("/sessions/{ses}/notes", Some(Role::Nurse)),
    ("/keep-apart", Some(Role::Manager)),
    ("/keep-apart/new", Some(Role::Manager)),
    ("/keep-apart/{apart}", Some(Role::Manager)),
    ("/patients/{pa}/keep-apart", Some(Role::Manager)),
    ("/patients/{pa}/break-glass", Some(Role::Therapist)),
    ("/break-glass", Some(Role::Auditor)),
    ("/break-glass/{glass}", Some(Role::Auditor)),
    ("/audit", Some(Role::Auditor)),
];

/// Addresses of pages that are no pages: what is sent in, what machines read, what leads on: to a file, right after one
/// has signed in.
const NOT_PAGES: &[&str] = &[
    "/offers/{}",
    // Only in the browser of a kiosk: `browser::kiosk` looks at them.
    "/kiosk",
    "/kiosk/sign",
    "/kiosk/thanks",
    "/kiosk/front-desk",
    "/kiosk/close",
    "/",
    "/assets/{}",
    "/ics/{}",
    "/exports/{}",
    "/sessions/{}/room/live",
    // On to a file, or the password first, as exports.
    "/patients/{}/disclosures/csv",
    "/disclosures/{}/pdf",
    "/healthz",
    "/readyz",
    "/metrics",
    "/pm/groups",
    "/pm/groups/{}",
    "/appointments/sessions",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_accessible_light_and_still() {
    let app = TestApp::on(Engine::Sqlite).await;
    let Some(browser) = Browser::open(&app.base).await else { return };
    let (contract, admin) = (Contract::read(), app.as_role(Role::Admin).await);
    let samples = contract.samples(&app, &admin).await;
    contract.make_more(&admin, &app, &samples, 50_000).await;
    app.seal().await;
    let mut signed_in = None;
    for (template, role) in PAGES {
        if signed_in != *role {
            browser.go("/sign-in").await;
            if let Some(role) = role {
                browser.sign_in(&app, *role).await;
            }
            signed_in = *role;
        }
        let path = rules::id::PREFIXES
            .iter()
            .fold((*template).to_owned(), |path, prefix| path.replace(&format!("{{{prefix}}}"), &samples.id(prefix)));
        let name = template.trim_start_matches('/').replace(['/', '?', '='], "-").replace(['{', '}'], "");
        for scheme in ["light", "dark"] {
            for width in [1280, 390] {
                browser.screen(width, scheme).await;
                browser.go(&path).await;
                let shown = browser.path().await;
                assert_eq!(shown, path, "{template} leads elsewhere for {role:?}");
                let page = format!("{template} ({width} pixels, {scheme})");
                browser.check_layout(&page).await;
                browser.check_with_axe(&page).await;
                browser.screenshot(&format!("{name}-{width}-{scheme}")).await;
            }
        }
        let (html, all) = browser.weight().await;
        assert!((500..60_000).contains(&html), "{template} has {html} bytes of HTML");
        assert!(all < 150_000, "{template} loads {all} bytes");
    }
    let complaints = browser.complaints().await;
    // The page that is not there says so in the console as well.
    let complaints: Vec<_> = complaints.iter().filter(|line| !line.contains("/no/such/page")).collect();
    assert!(complaints.is_empty(), "the console says: {complaints:#?}");
    browser.close().await;
}

/// The longest name there can be, without a space, does not make a page wider than the screen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_word_stays_on_the_screen() {
    let app = TestApp::on(Engine::Sqlite).await;
    let Some(browser) = Browser::open(&app.base).await else { return };
    let scene = Scene::new(&app, 1).await;
    let long = "W".repeat(200);
    app.tamper("update groups set name = $2 where organization_id = $1", &[long.as_str().into()]).await;
    app.tamper("update sessions set title = $2 where organization_id = $1", &[long.as_str().into()]).await;
    browser.go("/sign-in").await;
    browser.sign_in(&app, Role::Admin).await;
    let (session, group, patient) = (&scene.session, &scene.group, &scene.people[0].1);
    for path in [
        format!("/sessions/{session}"),
        format!("/sessions/{session}/sheet"),
        format!("/sessions/{session}/notes"),
        "/sessions".to_owned(),
        "/groups".to_owned(),
        format!("/groups/{group}"),
        format!("/patients/{patient}/groups"),
        format!("/patients/{patient}/sessions"),
    ] {
        for width in [1280, 768, 390] {
            browser.screen(width, "light").await;
            browser.go(&path).await;
            browser.check_layout(&format!("{path} ({width} pixels)")).await;
        }
    }
    browser.close().await;
}

/// Links to pages that are not there yet. May only shrink.
const DEAD: &[&str] = &[];

/// Every link on every page leads to a page that who sees the link may see.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_link_leads_somewhere() {
    let app = TestApp::on(Engine::Sqlite).await;
    let (contract, admin) = (Contract::read(), app.as_role(Role::Admin).await);
    let samples = contract.samples(&app, &admin).await;
    contract.make_more(&admin, &app, &samples, 50_000).await;
    let mut dead = BTreeSet::new();
    for role in Role::ALL {
        let browser = app.page_client(*role).await;
        // From where signing in leads, and from every page that has no record in its address and is theirs to see.
        let mut open = vec!["/".to_owned()];
        for (path, _) in PAGES.iter().filter(|(path, _)| !path.contains('{') && *path != "/no/such/page") {
            if browser.get(path).await.status == 200 {
                open.push((*path).to_owned());
            }
        }
        let mut seen: BTreeSet<String> = open.iter().cloned().collect();
        while let Some(path) = open.pop() {
            let page = browser.get(&path).await;
            if [403, 404].contains(&page.status) {
                dead.insert(path.clone());
            }
            let links = page.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
            for link in links.filter(|link| link.starts_with('/') && !link.starts_with("//")) {
                let plain = link.split(['?', '#']).next().unwrap_or_default().to_owned();
                if seen.insert(plain.clone()) {
                    open.push(plain);
                }
            }
        }
    }
    let dead: BTreeSet<String> = dead.iter().map(|path| with_kinds(path)).collect();
    assert_eq!(dead, DEAD.iter().map(|path| (*path).to_owned()).collect(), "links that lead nowhere, or that do now");
}

/// A path with the kinds of its ids for the ids.
fn with_kinds(path: &str) -> String {
    let kind = |part: &str| {
        let prefix =
            part.split_once('_').map(|(prefix, _)| prefix).filter(|prefix| rules::id::PREFIXES.contains(prefix));
        prefix.map_or_else(|| part.to_owned(), |prefix| format!("{{{prefix}}}"))
    };
    path.split('/').map(kind).collect::<Vec<_>>().join("/")
}

/// The pages are listed above by hand; this finds the one that was forgotten.
#[test]
fn every_page_is_looked_at() {
    let mut routed = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut routed);
    assert!(routed.len() > 3, "no routes were found: {routed:?}");
    let plain = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let listed: BTreeSet<String> = PAGES.iter().map(|(path, _)| plain(path)).collect();
    let forgotten: Vec<_> = routed.iter().map(|path| plain(path)).filter(|path| !listed.contains(path)).collect();
    let forgotten: Vec<_> = forgotten.iter().filter(|path| !NOT_PAGES.contains(&path.as_str())).collect();
    assert!(forgotten.is_empty(), "nobody looks at these pages: {forgotten:#?}");
}

/// Every path that a file routes to something that answers a GET, but for the API's.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for route in text.split(".route(").skip(1) {
                let Some((path, handlers)) = route.split_once(',') else { continue };
                // Written out, or by the name of a constant of the file.
                let path = path.trim().trim_matches('"');
                let constant =
                    text.split_once(&format!("const {path}: &str = \"")).and_then(|(_, rest)| rest.split('"').next());
                let path = constant.unwrap_or(path);
                if path.starts_with('/') && handlers.trim_start().starts_with("get(") {
                    found.insert(path.to_owned());
                }
            }
        }
    }
}
