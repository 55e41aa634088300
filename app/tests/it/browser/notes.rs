//! Writing notes in Chromium: drafts save themselves, nothing is lost, and every state of a note can be read.

use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Browser, Engine, PASSWORD, TestApp, chromedriver},
    notes::scene::{Scene, own_fields, own_text, someone, text},
};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";

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
    browser.go(&format!("/sessions/{}/notes?open={note}", scene.session)).await;
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
    // Signed out meanwhile: the words stay, the line says what helps, and they are saved after signing in elsewhere.
    let cookie = browser.cookie("convene").await.unwrap();
    browser.set_cookie("convene", "gone").await;
    browser.fill("content", "Words of a long evening.").await;
    browser.until("told", &said("You are signed out")).await;
    assert_eq!(stored().await, "Other words.");
    browser.set_cookie("convene", &cookie).await;
    browser.until("saved by itself", &said("Saved")).await;
    assert_eq!(stored().await, "Words of a long evening.");
    let path = format!("/api/notes/{note}");
    // This page hears nothing of others, as if the connection were slow.
    browser.js("document.querySelector('[data-watch]').removeAttribute('data-watch')").await;
    scene.leader.client.patch(&path, json!({ "content": "Somebody else's." })).await.expect(200);
    browser.fill("content", "Third words.").await;
    browser.until("told", &said("Not saved: somebody else")).await;
    assert_eq!(stored().await, "Somebody else's.", "nothing is overwritten");
    let typed = browser.js("return document.querySelector('[name=content]').value").await;
    assert_eq!(typed, "Third words.", "and nothing is lost");
    browser.complaints().await;
    browser.close().await;
}

/// Two people write in one note at once: each sees that the other is there, and the words of both are kept and shown to
/// both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_write_in_one_note() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let scene = Scene::new(&app, 1).await;
    let other = someone(&app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await;
    let co_leader = json!({ "practitioner_id": other.practitioner });
    scene.leader.client.post(&format!("/api/sessions/{}/leaders", scene.session), co_leader).await.expect(200);
    let note = scene.begin(&scene.leader.client, Some(0), json!({ "content": "He came late." })).await.expect(201).id();
    let (first, second) = Browser::open_two(&app.base).await.unwrap();
    for (browser, email) in [(&first, &scene.leader.email), (&second, &other.email)] {
        browser.sign_in_as(email).await;
        browser.go(&format!("/sessions/{}/notes?open={note}", scene.session)).await;
    }
    let end = "const text = document.querySelector('[name=content]'); text.focus(); \
        text.setSelectionRange(text.value.length, text.value.length)";
    first.js(end).await;
    first.keys(" He was calm.").await;
    second.js(end).await;
    second.keys("\nHe asked for water.").await;
    for browser in [&first, &second] {
        let both = "const text = document.querySelector('[name=content]').value; \
            return text.includes('He was calm.') && text.includes('He asked for water.')";
        browser.until("both are shown", both).await;
        browser
            .until(
                "the other is seen",
                &format!("return document.getElementById('w-{note}').textContent.includes('writes here')"),
            )
            .await;
    }
    // One after the other, each in a field that was empty: what came meanwhile is shown, and not taken away again.
    let empty = "const empty = [...document.querySelectorAll('textarea')].filter(field => !field.value)";
    first.js(&format!("{empty}; window.mine = empty[0]; empty[0].focus()")).await;
    first.keys("Words of the first writer").await;
    let shows = |words: &str| {
        format!("return [...document.querySelectorAll('textarea')].some(field => field.value.includes('{words}'))")
    };
    second.until("what the first wrote is shown", &shows("Words of the first writer")).await;
    second.js(&format!("{empty}; empty[0].focus()")).await;
    second.keys("Words of the second writer").await;
    first.until("what the second wrote is shown", &shows("Words of the second writer")).await;
    for browser in [&first, &second] {
        browser.until("nothing was taken away", &shows("Words of the first writer")).await;
    }
    let stored = scene.leader.client.get(&format!("/api/notes/{note}")).await.expect(200);
    for words in ["Words of the first writer", "Words of the second writer"] {
        assert!(stored.to_string().contains(words), "{words}: {stored}");
    }
    let stored = stored.data()["content"].as_str().unwrap_or_default().to_owned();
    let shown = second.js("return document.querySelector('[name=content]').value").await;
    assert_eq!(shown, stored.as_str());
    assert!(stored.starts_with("He came late.") && stored.matches("calm").count() == 1, "nothing is doubled: {stored}");
    for (browser, name) in [(&first, "first"), (&second, "second")] {
        browser.check_with_axe("two writers").await;
        browser.screenshot(&format!("two-writers-{name}")).await;
        let complaints = browser.complaints().await;
        assert!(complaints.is_empty(), "the console says: {complaints:#?}");
    }
    first.close().await;
    second.close().await;
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
        assert!(html < 60_000, "{name} has {html} bytes of HTML for nine people");
    }
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "the console says: {complaints:#?}");
    browser.close().await;
}

/// Nine notes about eight people are begun, written and signed from the keyboard in at most 800 keystrokes beside the
/// words themselves: each row opens to its note with the focus in the first field of the rest, and the last words are
/// signed although nobody waited for them to be saved.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_people_are_documented_from_the_keyboard() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let scene = Scene::new(&app, 8).await;
    scene.all_attend().await;
    scene.end().await;
    let browser = Browser::open(&app.base).await.unwrap();
    browser.sign_in_as(&scene.leader.email).await;
    browser.go(&format!("/sessions/{}/notes", scene.session)).await;
    browser.js("document.querySelector('form[action$=\"/notes/begin\"] button').focus()").await;
    browser.keys(ENTER).await;
    browser.see("9 notes begun.").await;
    browser.until("writing begins in the first field", "return document.activeElement.name === 'fields.topic'").await;
    let mut keystrokes = 1;
    let mut written = 0;
    let mut opened = String::new();
    let mut at_first = true;
    while written < 1_000 {
        if !std::mem::take(&mut at_first) {
            keystrokes += 1;
            browser.keys(TAB).await;
        }
        let focused = "const e = document.activeElement; return [e.tagName, e.name || '', e.type || '', e.id]";
        let focused = browser.js(focused).await;
        let said = |at: usize| focused[at].as_str().unwrap();
        match (said(0), said(1), said(2), said(3)) {
            ("SELECT", ..) => {
                keystrokes += 1;
                browser.keys(DOWN).await;
            }
            ("TEXTAREA", "content", ..) => browser.keys(&own_text(written % 12)).await,
            ("TEXTAREA", name, _, id) => browser.keys(&format!("{} for {name}: {id}.", written * 7919)).await,
            ("INPUT", "password", ..) => {
                browser.keys(PASSWORD).await;
                keystrokes += 1;
                browser.keys(ENTER).await;
                break;
            }
            ("A", _, _, id) if id.starts_with("o-") && id != opened => {
                opened = id.to_owned();
                keystrokes += 1;
                browser.keys(ENTER).await;
                let rest = opened.replacen("o-", "r-", 1);
                let inside =
                    format!("return document.getElementById('{rest}')?.contains(document.activeElement) ?? false");
                browser.until("the note opens with the focus in it", &inside).await;
                let field = browser.js("return document.activeElement.matches('input, select, textarea')").await;
                assert_eq!(field, true, "the focus is in a field");
                at_first = true;
            }
            _ => continue,
        }
        written += usize::from(said(1) == "content");
    }
    browser.see("9 notes signed.").await;
    browser.see("This session is completed").await;
    assert_eq!(scene.status().await, "completed");
    assert!(keystrokes <= 800, "{keystrokes} keystrokes beside the words");
    let notes = scene.leader.client.get(&format!("/api/encounters/{}/notes", scene.encounter)).await.expect(200);
    let mut texts: Vec<String> = notes.items().iter().map(|note| text(&note["content"])).collect();
    let mut typed: Vec<String> = (0..9).map(own_text).collect();
    texts.sort();
    typed.sort();
    assert_eq!(texts, typed, "every word that was typed is signed");
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "the console says: {complaints:#?}");
    browser.close().await;
}

/// What is typed into a row is saved before the row opens or folds, the focus is never lost, what covers the foot of the
/// screen does not cover the field one writes in, and what could not be saved is not folded away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_opens_and_folds_without_losing_a_word() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let scene = Scene::new(&app, 8).await;
    scene.all_attend().await;
    let me = &scene.leader.client;
    let mut notes = Vec::new();
    for place in 0..8 {
        notes.push(scene.begin(me, Some(place), json!({ "content": own_text(place) })).await.expect(201).id());
    }
    let browser = Browser::open(&app.base).await.unwrap();
    browser.sign_in_as(&scene.leader.email).await;
    for width in [1280, 390] {
        browser.screen(width, "light").await;
        browser.go(&format!("/sessions/{}/notes", scene.session)).await;
        let covered = "const bar = document.querySelector('.sign-bar').getBoundingClientRect(); \
            return [...document.querySelectorAll('main .note-form textarea')].filter(field => { \
            field.focus(); const at = field.getBoundingClientRect(); return at.bottom > bar.top || at.top < 0 }).length";
        assert_eq!(browser.js(covered).await, 0, "fields under the bar at {width} pixels");
    }
    browser.screen(1280, "light").await;
    browser.go(&format!("/sessions/{}/notes", scene.session)).await;
    let note = &notes[3];
    let focus = |name: &str| format!("document.querySelector('#f-{note} [name=\"{name}\"]').focus()");
    browser.js(&focus("fields.response")).await;
    browser.keys("Words of the row").await;
    browser.js(&format!("document.getElementById('o-{note}').focus()")).await;
    browser.keys(ENTER).await;
    let inside = format!("return document.getElementById('r-{note}')?.contains(document.activeElement) ?? false");
    browser.until("opened", &inside).await;
    let stored = me.get(&format!("/api/notes/{note}")).await.expect(200);
    assert_eq!(stored.data()["fields"]["response"], "Words of the row", "it was saved before it opened");
    assert_eq!(stored.data()["content"], own_text(3), "what is not in the row stays");
    browser.js(&focus("fields.next_steps")).await;
    browser.keys("Words of the note").await;
    browser.js(&format!("document.getElementById('o-{note}').focus()")).await;
    browser.keys(ENTER).await;
    browser.until("folded", &format!("return !document.getElementById('r-{note}')")).await;
    assert_eq!(browser.js("return document.activeElement.id").await, format!("o-{note}"), "the focus stays");
    let stored = me.get(&format!("/api/notes/{note}")).await.expect(200);
    assert_eq!(stored.data()["fields"]["next_steps"], "Words of the note");
    // Somebody else changes the same words, and this page hears nothing of it.
    browser.keys(ENTER).await;
    browser.until("opened again", &inside).await;
    browser.js("document.querySelector('[data-watch]').removeAttribute('data-watch')").await;
    me.patch(&format!("/api/notes/{note}"), json!({ "fields": { "next_steps": "Of another" } })).await.expect(200);
    browser.js(&focus("fields.next_steps")).await;
    browser.keys(" and mine").await;
    browser.js(&format!("document.getElementById('o-{note}').focus()")).await;
    browser.keys(ENTER).await;
    browser.until("said", "return document.getElementById('live-status').textContent.includes('Not saved yet')").await;
    let kept = format!("return document.querySelector('#f-{note} [name=\"fields.next_steps\"]').value");
    assert!(browser.js(&kept).await.as_str().unwrap().contains(" and mine"), "what is not saved stays");
    browser.complaints().await;
    browser.close().await;
}
