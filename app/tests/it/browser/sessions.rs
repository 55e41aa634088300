//! A full room on a tablet: one tap a person, counts that follow, nothing lost and nothing counted twice.

use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Browser, Engine, TestApp, chromedriver},
    session_pages::room,
    sessions::{each, participants},
};

/// Clicks a button of a participant's row.
async fn tap(browser: &Browser, participant: &str, mark: &str) {
    let button = format!("#{participant} button[value={mark}]");
    browser.find(&button).await;
    // From under the bar at the foot of a narrow screen.
    browser.js(&format!("document.querySelector('{button}').scrollIntoView({{ block: 'center' }}); return true")).await;
    browser.click(&button).await;
}

/// Waits until a tile says this number.
async fn count(browser: &Browser, label: &str, count: usize) {
    let script = format!(
        "return [...document.querySelectorAll('.stat')].some(tile => tile.querySelector('.stat-label').innerText === '{label}' \
         && tile.querySelector('.stat-value').innerText === '{count}')"
    );
    browser.until(&format!("{label}: {count}"), &script).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_therapist_marks_a_full_room() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let (session, people) = room(&admin, 12).await;
    let user = app.add_user(Role::Therapist, &[]).await;
    let new = json!({ "given_name": "Robin", "family_name": "Vale", "user_id": user.id });
    admin.post("/api/practitioners", new).await.expect(201);
    let browser = Browser::open(&app.base).await.unwrap();
    browser.screen(820, "light").await;
    browser.sign_in_as(&user.email).await;
    browser.go("/today").await;
    browser.click(".board-acts button").await;
    browser.see("End session").await;
    assert_eq!(browser.path().await, format!("/sessions/{session}"));

    // Every tap stays on the page: a mark on the window is still there at the end.
    browser.js("window.stays = true").await;
    for (at, person) in people[..9].iter().enumerate() {
        tap(&browser, person, "attended").await;
        count(&browser, "Attended", at + 1).await;
    }
    // The keyboard goes on where it was: the row's own way back has the focus.
    browser
        .until("focus in the row", &format!("return document.activeElement.closest('#{}') !== null", people[8]))
        .await;
    tap(&browser, &people[9], "no_show").await;
    tap(&browser, &people[10], "no_show").await;
    tap(&browser, &people[11], "cancelled").await;
    for (label, number) in [("Attended", 9), ("No-show", 2), ("Cancelled", 1), ("To mark", 0)] {
        count(&browser, label, number).await;
    }
    assert_eq!(browser.js("return window.stays").await, json!(true), "the page was loaded anew");
    let script = "return [...document.querySelectorAll('.taps .btn')].every(button => button.getBoundingClientRect().height >= 44 \
        && button.getBoundingClientRect().width >= 44)";
    assert_eq!(browser.js(script).await, json!(true), "a target is smaller than 44 pixels");
    browser.go(&format!("/sessions/{session}")).await;
    browser.check_layout("the room on a tablet").await;
    browser.check_with_axe("the room on a tablet").await;
    browser.screenshot("room-tablet").await;

    // Two clicks at once are one tap.
    tap(&browser, &people[0], "undo").await;
    count(&browser, "Attended", 8).await;
    let twice = format!(
        "const button = document.querySelector('#{} button[value=attended]'); button.click(); button.click(); return true",
        people[0]
    );
    browser.js(&twice).await;
    count(&browser, "Attended", 9).await;
    assert_eq!(app.count_of("participant.attended").await, 10, "nine, and one again after it was undone");

    // Another tab was faster: the page says so, shows how it stands, and the next tap works.
    let undo = format!("/api/sessions/{session}/participants/{}/undo", people[9]);
    admin.post(&undo, json!({})).await.expect(200);
    tap(&browser, &people[9], "undo").await;
    browser.see("Somebody else was faster").await;
    count(&browser, "To mark", 1).await;
    tap(&browser, &people[9], "no_show").await;
    count(&browser, "To mark", 0).await;
    browser.until("the message is gone", "return !document.body.innerText.includes('Somebody else was faster')").await;

    app.advance(jiff::SignedDuration::from_mins(1));
    browser.js("scrollTo(0, 0); return true").await;
    browser.click("form[action$='/end'] button").await;
    browser.see("To document").await;
    let statuses = each(&participants(&admin, &session).await, "status");
    let of = |status: &str| statuses.iter().filter(|known| *known == status).count();
    assert_eq!(["attended", "no_show", "cancelled"].map(of), [9, 2, 1]);
    let complaints = browser.complaints().await;
    assert!(complaints.iter().all(|line| line.contains("412")), "only the refusal: {complaints:#?}");
    browser.close().await;
}
