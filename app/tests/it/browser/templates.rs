//! Templates in Chromium: fields moved and rows added from the keyboard.

use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Browser, Engine, TestApp, chromedriver},
    notes::scene::Scene,
};

const ENTER: &str = "\u{e007}";

/// A row is added and written from the keyboard, and saves itself with the rest of the draft.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_is_added_and_saves_itself() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let scene = Scene::new(&app, 1).await;
    let goals = json!({ "fields": { "goal_progress": [{ "goal": "Goal 1", "progress": "Met" }] } });
    let note = scene.begin(&scene.leader.client, Some(0), goals).await.expect(201).id();
    let browser = Browser::open(&app.base).await.unwrap();
    browser.sign_in_as(&scene.leader.email).await;
    browser.go(&format!("/sessions/{}/notes?open={note}", scene.session)).await;
    browser.js("document.querySelector('[data-add-row]').focus()").await;
    browser.keys(ENTER).await;
    let focused = browser.js("const e = document.activeElement; return [e.name, e.value, e.id]").await;
    assert_eq!(focused[0], "fields.goal_progress[2].goal", "one empty row was there already");
    assert_eq!((&focused[1], focused[2].as_str().unwrap().ends_with("-2--goal")), (&json!(""), true));
    let label = "return document.activeElement.labels[0].textContent.startsWith('Goal')";
    assert_eq!(browser.js(label).await, true, "the new control has a label of its own");
    browser.keys("Goal 3").await;
    browser.until("saved", "return document.querySelector('[data-save-status]').textContent.startsWith('Saved')").await;
    let stored = scene.leader.client.get(&format!("/api/notes/{note}")).await.expect(200);
    let goals = &stored.data()["fields"]["goal_progress"];
    assert_eq!(*goals, json!([{ "goal": "Goal 1", "progress": "Met" }, { "goal": "Goal 3" }]));
    browser.check_with_axe("rows").await;
    browser.close().await;
}

/// Fields are added and moved from the keyboard without losing the place, and nothing is saved until it is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_template_is_made_from_the_keyboard() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let browser = Browser::open(&app.base).await.unwrap();
    browser.sign_in(&app, Role::Admin).await;
    browser.go("/settings/templates/new").await;
    browser.fill("name", "Check-in").await;
    for (at, label) in [(1, "First"), (2, "Second")] {
        browser.js("document.querySelector('button[value=\"add:\"]').focus()").await;
        browser.keys(ENTER).await;
        browser.until("added", &format!("return document.activeElement.id === 'field-{at}'")).await;
        browser.fill(&format!("fields[{at}].label"), label).await;
    }
    browser.js("document.querySelector('button[value=\"up:2\"]').focus()").await;
    browser.keys(ENTER).await;
    let first = "return document.querySelector('.template-field').id === 'field-2'";
    browser.until("moved", first).await;
    let held = browser.js("return document.activeElement.closest('.template-field')?.id").await;
    assert_eq!(held, "field-2", "the focus goes with the field");
    assert_eq!(browser.js("return document.querySelector('[name=\"fields[2].label\"]').value").await, "Second");
    assert_eq!(app.count_of("template.created").await, 0);
    for (width, scheme) in [(1280, "light"), (390, "dark")] {
        browser.screen(width, scheme).await;
        // It moved, because somebody moved a field: only its width is looked at.
        let width =
            browser.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await;
        assert_eq!(width, 0, "the editor is wider than the screen");
        browser.check_with_axe("editor").await;
        browser.screenshot(&format!("template-editor-{width}-{scheme}")).await;
    }
    browser.fill("name", "Check-in").await;
    browser.keys(ENTER).await;
    browser.see("The template is added.").await;
    browser.close().await;
}
