//! The kiosk on a tablet: a scanner that types, a finger that signs, a keyboard alone, and nothing to find afterwards.

use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Browser, Engine, TestApp, chromedriver},
    kiosk::{born, codes, guest, room},
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

/// Opens a kiosk in a browser, as staff do.
async fn open_kiosk(browser: &Browser, app: &TestApp) {
    browser.sign_in(app, Role::Receptionist).await;
    browser.go("/kiosks").await;
    browser.click("main form[action='/kiosks'] button[type=submit]").await;
    browser.see("Welcome. Please check in.").await;
}

/// A camera that shows a grey picture, and a reader of codes that sees in it what `held` says: Chromium on this system
/// has no reader of its own.
const CAMERA: &str = "window.held = null; window.tracks = []; window.asked = []; \
    window.BarcodeDetector = class { constructor(wishes) { window.asked.push(wishes.formats.join()); } \
        async detect(video) { if (!video.videoWidth) throw new Error('no picture yet'); \
            return window.held ? [{ rawValue: window.held, format: 'qr_code' }] : []; } }; \
    navigator.mediaDevices.getUserMedia = async (wishes) => { \
        if (window.forbidden) throw new DOMException('no', 'NotAllowedError'); \
        window.asked.push(`audio ${wishes.audio}`); \
        const picture = document.createElement('canvas'); picture.width = 640; picture.height = 480; \
        const pen = picture.getContext('2d'); const draw = () => { pen.fillStyle = '#999'; pen.fillRect(0, 0, 640, 480); }; \
        draw(); setInterval(draw, 40); \
        const stream = picture.captureStream(25); window.tracks.push(...stream.getTracks()); return stream; };";

const IS_OFF: &str = "return window.tracks.every(track => track.readyState === 'ended') \
    && document.querySelector('[data-camera-view]').hidden";

/// The camera reads the square on the slip: a patient goes on with the birth date, a guest is recognized at once; it is
/// off as soon as it is not needed, and whoever forbids it types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_camera_reads_the_code() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let room = room(&admin, &["Wilhelmina"]).await;
    let sam = guest(&admin, &room, json!({ "display_name": "Sam Oldham" })).await;
    let made = admin.post(&format!("/api/sessions/{}/kiosk-codes", room.session), json!({})).await.expect(201);
    let code = |participant: &str| {
        let found = made.data()["codes"].as_array().unwrap().iter().find(|one| one["participant_id"] == participant);
        found.unwrap()["code"].as_str().unwrap().to_owned()
    };
    let browser = Browser::open(&app.base).await.unwrap();
    open_kiosk(&browser, &app).await;
    let offers = "return document.querySelector('[data-camera]').hidden";
    assert_eq!(browser.js(offers).await, true, "without a reader of codes the page is as it was");

    browser.before_pages(CAMERA).await;
    browser.go("/kiosk").await;
    assert_eq!(browser.js(offers).await, false);
    look(&browser, "kiosk-camera", Some("/kiosk")).await;
    browser.click("[data-camera-start]").await;
    browser.see("Hold the square on your slip up to the camera.").await;
    look(&browser, "kiosk-camera-open", None).await;
    browser.js("window.held = 'https://example.org/menu'; return true").await;
    browser.see("This is not a code of ours.").await;
    browser.js(&format!("window.held = '{}'; return true", code(&room.people[0].2))).await;
    browser.until("the month has the focus", "return document.activeElement.name === 'birth_month'").await;
    assert_eq!(browser.js("return document.querySelector('[name=code]').value").await, code(&room.people[0].2));
    assert_eq!(browser.js(IS_OFF).await, true, "it is off once the code is read");
    assert_eq!(browser.js("return window.asked.join(' ')").await, "qr_code audio false");
    browser.keys("02\u{E004}01\u{E004}1980\u{E007}").await;
    browser.see("Hello, Wilhelmina").await;
    browser.click("form[action='/kiosk/leave'] button").await;
    browser.see("Welcome. Please check in.").await;

    // Stopped by hand; forbidden; then a guest's, which is enough by itself.
    browser.click("[data-camera-start]").await;
    browser.click("[data-camera-stop]").await;
    assert_eq!(browser.js(IS_OFF).await, true);
    browser.js("window.forbidden = true; return true").await;
    browser.click("[data-camera-start]").await;
    browser.see("The camera can’t be used. Please type the code.").await;
    browser.js("window.forbidden = false; return true").await;
    browser.click("[data-camera-start]").await;
    browser.js(&format!("window.held = '{}'; return true", code(&sam))).await;
    browser.see("Hello, Sam").await;
    look(&browser, "kiosk-sign-guest", None).await;
    sign(&browser).await;
    browser.click("#sign button[type=submit]").await;
    browser.see("You are checked in.").await;
    let people = participants(&admin, &room.session).await;
    assert_eq!(people.items().iter().find(|one| one["id"] == sam.as_str()).unwrap()["status"], "arrived");
    browser.close().await;
}

/// Whoever was recognized and leaves has left: neither the back button nor the old cookie brings their screen back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_the_screen_has_left() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let room = room(&admin, &["Wilhelmina"]).await;
    let codes = codes(&admin, &room).await;
    let browser = Browser::open(&app.base).await.unwrap();
    open_kiosk(&browser, &app).await;
    browser.keys(&format!("{}\u{E004}02\u{E004}01\u{E004}1980\u{E007}", codes[0])).await;
    browser.see("Hello, Wilhelmina").await;
    let visit = browser.cookie("convene_visit").await.unwrap();
    browser.click("form[action='/kiosk/leave'] button").await;
    browser.see("Welcome. Please check in.").await;
    assert_eq!(browser.cookie("convene_visit").await, None);
    // As somebody would who kept the cookie: the browser sends it again, and goes back to the screen that had the name.
    for step in ["history.back()", "location.href = '/kiosk/sign'"] {
        browser.set_cookie("convene_visit", &visit).await;
        let before = browser.js("return performance.timeOrigin").await;
        browser.js(&format!("{step}; return true")).await;
        browser.until("another page", &format!("return performance.timeOrigin !== {before}")).await;
        browser.see("Welcome. Please check in.").await;
        assert!(!browser.text().await.contains("Wilhelmina"), "{step}");
    }
    assert_eq!(participants(&admin, &room.session).await.items()[0]["status"], "booked");
    browser.close().await;
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
