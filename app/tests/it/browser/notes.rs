//! Writing notes in Chromium: drafts save themselves, nothing is lost, and every state of a note can be read.

use serde_json::json;

use crate::{
    harness::{Browser, Engine, TestApp, chromedriver},
    notes::scene::{Scene, own_fields, own_text},
};

/// A draft saves itself while it is written, again and again; when somebody else has saved it too, it says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_saves_itself() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let scene = Scene::new(&app, 1).await;
    let note = scene.begin(&scene.leader.client, Some(0), json!({})).await.expect(201).id();
    let browser = Browser::open(&app.base).await.unwrap();
    browser.sign_in_as(&scene.leader.email).await;
    browser.go(&format!("/sessions/{}/notes", scene.session)).await;
    let stored = async || {
        let read = scene.leader.client.get(&format!("/api/notes/{note}")).await.expect(200);
        read.data()["content"].as_str().unwrap_or_default().to_owned()
    };
    let said =
        |words: &str| format!("return document.querySelector('[data-save-status]').textContent.startsWith('{words}')");
    browser.fill("content", "First words.").await;
    browser.until("saved", &said("Saved")).await;
    assert_eq!(stored().await, "First words.");
    browser.fill("content", "Other words.").await;
    browser
        .until(
            "saved again",
            &format!("{} && {}", said("Saved"), "document.querySelector('[name=version]').value === '3'"),
        )
        .await;
    assert_eq!(stored().await, "Other words.");
    let path = format!("/api/notes/{note}");
    scene.leader.client.patch(&path, json!({ "content": "Somebody else's." })).await.expect(200);
    browser.fill("content", "Third words.").await;
    browser.until("told", &said("Not saved: somebody else")).await;
    assert_eq!(stored().await, "Somebody else's.", "nothing is overwritten");
    let typed = browser.js("return document.querySelector('[name=content]').value").await;
    assert_eq!(typed, "Third words.", "and nothing is lost");
    browser.complaints().await;
    browser.close().await;
}

/// The documentation half written, a note with findings, and a signed one: axe finds nothing, and it fits the screen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_look_well_in_every_state() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let scene = Scene::new(&app, 9).await;
    scene.all_attend().await;
    scene.end().await;
    let me = &scene.leader.client;
    let group = scene.ready(me, None).await;
    scene.sign(me, &group).await.expect(200);
    let words = format!("Maria Okafor laughed. {}", own_text(0));
    let found = scene.begin(me, Some(0), json!({ "content": words, "fields": own_fields() })).await.expect(201).id();
    let signed = scene.ready(me, Some(1)).await;
    scene.sign(me, &signed).await.expect(200);
    for place in 2..8 {
        scene.ready(me, Some(place)).await;
    }
    let browser = Browser::open(&app.base).await.unwrap();
    browser.sign_in_as(&scene.leader.email).await;
    let pages = [
        ("documentation", format!("/sessions/{}/notes", scene.session)),
        ("note-with-findings", format!("/notes/{found}")),
        ("note-signed", format!("/notes/{signed}")),
    ];
    for (name, path) in pages {
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")] {
            browser.screen(width, scheme).await;
            browser.go(&path).await;
            let page = format!("{name} ({width} pixels, {scheme})");
            browser.check_layout(&page).await;
            browser.check_with_axe(&page).await;
            browser.screenshot(&format!("{name}-{width}-{scheme}")).await;
        }
        let (html, _) = browser.weight().await;
        assert!(html < 90_000, "{name} has {html} bytes of HTML for nine people");
    }
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "the console says: {complaints:#?}");
    browser.close().await;
}
