//! The kiosk on a tablet: a scanner that types, a finger that signs, a keyboard alone, and nothing to find afterwards.

use rules::permissions::Role;

use crate::{
    harness::{Browser, Engine, TestApp, chromedriver},
    kiosk::{born, codes, room},
    sessions::participants,
};

/// Looks at a screen of the kiosk as every page is looked at; one that is not there a second time, only at its size.
async fn look(browser: &Browser, name: &str, path: Option<&str>) {
    for scheme in ["light", "dark"] {
        for width in [1280, 390] {
            browser.screen(width, scheme).await;
            let page = format!("{name} ({width} pixels, {scheme})");
            if let Some(path) = path {
                browser.go(path).await;
                browser.check_layout(&page).await;
            }
            browser.check_with_axe(&page).await;
            browser.screenshot(&format!("{name}-{width}-{scheme}")).await;
        }
    }
    browser.screen(820, "light").await;
}

/// Signs on the field, as a finger would.
async fn sign(browser: &Browser) {
    let script = "const pad = document.querySelector('[data-pad]'); const box = pad.getBoundingClientRect(); \
        const at = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, { pointerId: 1, isPrimary: true, bubbles: true, \
            clientX: box.left + x * box.width, clientY: box.top + y * box.height })); \
        pad.setPointerCapture = () => {}; \
        at('pointerdown', .1, .5); for (let x = 1; x < 9; x++) at('pointermove', x / 10, .5 + .3 * Math.sin(x)); \
        at('pointerup', .9, .5); return true";
    browser.js(script).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_checks_in_on_the_screen() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let room = room(&admin, &["Wilhelmina", "Bartholomew", "Clementine"]).await;
    let browser = Browser::open(&app.base).await.unwrap();
    browser.sign_in(&app, Role::Receptionist).await;
    browser.go(&format!("/sessions/{}/kiosk-codes", room.session)).await;
    browser.click("main form button[type=submit]").await;
    browser.see("They are shown this once.").await;
    look(&browser, "kiosk-slips", None).await;
    let codes = codes(&admin, &room).await;
    browser.go("/kiosks").await;
    browser.click("main form[action='/kiosks'] button[type=submit]").await;
    browser.see("Welcome. Please check in.").await;
    look(&browser, "kiosk", Some("/kiosk")).await;

    // A scanner types the code and Enter; then the birth date is typed, all by keyboard.
    browser.js("document.querySelector('[name=code]').focus(); return true").await;
    browser.keys(&format!("{}\u{E007}", codes[0])).await;
    browser.until("the month has the focus", "return document.activeElement.name === 'birth_month'").await;
    browser.keys("02\u{E004}01\u{E004}1980\u{E007}").await;
    browser.see("Hello, Wilhelmina").await;
    look(&browser, "kiosk-sign", Some("/kiosk/sign")).await;
    sign(&browser).await;
    browser.click("#sign button[type=submit]").await;
    browser.see("You are checked in.").await;
    look(&browser, "kiosk-thanks", Some("/kiosk/thanks")).await;

    // Going back, as often as one likes, never shows who was there.
    let depth = browser.js("return history.length").await.as_u64().unwrap_or_default();
    for _ in 2..depth.min(12) {
        let before = browser.js("return performance.timeOrigin").await;
        browser.js("history.back(); return true").await;
        browser.until("another page", &format!("return performance.timeOrigin !== {before}")).await;
        let text = browser.text().await;
        assert!(!text.contains("Wilhelmina"), "going back shows: {text}");
        let typed =
            browser.js("return [...document.querySelectorAll('input')].map(field => field.value).join('')").await;
        assert!(!typed.to_string().contains("1980"), "what was typed is still there: {typed}");
    }

    // The second by keyboard alone, with a typed name.
    browser.go("/kiosk").await;
    browser.js("document.querySelector('[name=code]').focus(); return true").await;
    browser.keys(&format!("{}\u{E004}02\u{E004}02\u{E004}1980\u{E007}", codes[1])).await;
    browser.see("Hello, Bartholomew").await;
    browser.js("document.querySelector('[name=typed_name]').focus(); return true").await;
    browser.keys("Bartholomew Q.\u{E007}").await;
    browser.see("You are checked in.").await;

    // A wrong date, then somebody who is at the wrong screen and says so.
    browser.go("/kiosk").await;
    browser.keys(&format!("{}\u{E004}12\u{E004}31\u{E004}1999\u{E007}", codes[2])).await;
    browser.see("We could not find you by this code and birth date.").await;
    look(&browser, "kiosk-again", Some("/kiosk?said=again")).await;
    browser.keys(&format!("{}\u{E004}2\u{E004}3\u{E004}1980\u{E007}", codes[2])).await;
    browser.see("Hello, Clementine").await;
    browser.click("form[action='/kiosk/leave'] button").await;
    browser.see("Welcome. Please check in.").await;
    browser.go("/kiosk/front-desk").await;
    look(&browser, "kiosk-front-desk", Some("/kiosk/front-desk")).await;

    // Nothing else is in reach; staff close it.
    browser.go("/patients").await;
    assert_eq!(browser.path().await, "/kiosk");
    let desk = app.add_user(Role::Receptionist, &[]).await;
    browser.go("/kiosk/close").await;
    look(&browser, "kiosk-close", Some("/kiosk/close")).await;
    browser.fill("email", &desk.email).await;
    browser.fill("password", crate::harness::PASSWORD).await;
    browser.click("main button[type=submit]").await;
    browser.see("Sign in").await;

    let people = participants(&admin, &room.session).await;
    let status =
        |at: usize| people.items().iter().find(|one| one["id"] == room.people[at].2).unwrap()["status"].clone();
    assert_eq!([status(0), status(1), status(2)], ["arrived", "arrived", "booked"]);
    let kept = admin.get(&format!("/api/sessions/{}/participants/{}/signatures", room.session, room.people[0].2)).await;
    let strokes = kept.expect(200).data()["signatures"][0]["strokes"].clone();
    assert!(strokes[0].as_array().is_some_and(|points| points.len() >= 5), "what was drawn is kept: {strokes}");
    assert_eq!(born(0), "1980-02-01");
    browser.close().await;
}
