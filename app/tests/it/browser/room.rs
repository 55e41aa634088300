//! The room view in Chromium: two people on one roster, taps while the connection is away, targets for a thumb.

use std::time::Instant;

use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Browser, Client, Engine, TestApp, chromedriver},
    session_pages::{room, therapist},
    sessions::{each, participants, patient, practitioner},
};

/// Gives a session its leader, and starts it.
async fn begin(admin: &Client, session: &str, leader: &str) {
    let lead = json!({ "change": "hand_over", "practitioner_id": leader });
    admin.post(&format!("/api/sessions/{session}/leaders"), lead).await.expect(200);
    admin.post(&format!("/api/sessions/{session}/start"), json!({})).await.expect(200);
}

/// Opens the room view and waits until it is live.
async fn open(browser: &Browser, session: &str) {
    browser.go(&format!("/sessions/{session}/room")).await;
    live(browser).await;
}

async fn live(browser: &Browser) {
    browser.until("it is live", "return document.querySelector('#room-line')?.dataset.line === 'live'").await;
}

/// Clicks a button of a tile.
async fn tap(browser: &Browser, participant: &str, button: &str) {
    let css = format!("#{participant} {button}");
    browser.find(&css).await;
    browser.js(&format!("document.querySelector(`{css}`).scrollIntoView({{ block: 'center' }}); return true")).await;
    browser.click(&css).await;
}

/// Waits until a tile stands so.
async fn stands(browser: &Browser, participant: &str, state: &str) {
    let script = format!("return document.getElementById('{participant}').dataset.state === '{state}'");
    browser.until(&format!("{participant} is {state}"), &script).await;
}

/// Waits until so many taps wait.
async fn waiting(browser: &Browser, count: usize) {
    let script = format!("return document.querySelector('#room-line').dataset.waiting === '{count}'");
    browser.until(&format!("{count} taps wait"), &script).await;
}

/// Two people have one room open, on PostgreSQL through two servers: each sees the other, and what the other taps.
async fn two_people_see_each_other(engine: Engine) {
    if chromedriver().is_none() || !engine.is_here() {
        return;
    }
    let app = TestApp::on(engine).await;
    let admin = app.as_role(Role::Admin).await;
    let (session, people) = room(&admin, 6).await;
    let (_, robin, email) = therapist(&app, &admin).await;
    begin(&admin, &session, &robin).await;
    let base = match engine {
        Engine::Sqlite => app.base.clone(),
        Engine::Postgres => app.second_server().await.1,
    };
    let (Some(one), Some(other)) = (Browser::open(&app.base).await, Browser::open(&base).await) else { return };
    one.sign_in_as(&email).await;
    other.go("/sign-in").await;
    other.sign_in(&app, Role::Manager).await;
    open(&one, &session).await;
    open(&other, &session).await;
    one.see("Also here: Robin manager").await;
    other.see("Also here: Robin therapist").await;

    let mut times = Vec::new();
    for person in &people[..3] {
        let begun = Instant::now();
        tap(&one, person, ".tile-tap").await;
        stands(&other, person, "attended").await;
        times.push(begun.elapsed().as_millis());
    }
    for person in &people[..3] {
        let begun = Instant::now();
        tap(&other, person, ".tile-undo").await;
        stands(&one, person, "booked").await;
        times.push(begun.elapsed().as_millis());
    }
    println!("{engine:?}: a tap is seen by the other after (ms, the click itself included): {times:?}");
    // A half-open menu stays open under what comes in.
    one.click(&format!("#{} summary", people[5])).await;
    tap(&other, &people[0], ".tile-tap").await;
    stands(&one, &people[0], "attended").await;
    let script = format!("return document.querySelector('#{} details').open", people[5]);
    assert_eq!(one.js(&script).await, json!(true));
    other.close().await;
    one.until("the other has left", "return document.querySelector('.room-beside').hidden").await;
    one.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_see_each_other_on_one_server() {
    two_people_see_each_other(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_see_each_other_on_two_servers() {
    two_people_see_each_other(Engine::Postgres).await;
}

/// In the middle of attendance the connection goes. Taps show and wait, and each arrives once; a tap that somebody else
/// was faster with is told by the person it concerns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn airplane_mode_loses_and_doubles_nothing() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let (session, people) = room(&admin, 9).await;
    let (_, robin, email) = therapist(&app, &admin).await;
    begin(&admin, &session, &robin).await;
    let Some(browser) = Browser::open(&app.base).await else { return };
    browser.sign_in_as(&email).await;
    open(&browser, &session).await;
    for person in &people[..3] {
        tap(&browser, person, ".tile-tap").await;
    }
    waiting(&browser, 0).await;
    let before = app.events().await.len();

    browser.network(false).await;
    browser.until("it says so", "return document.querySelector('#room-line').dataset.line === 'away'").await;
    for person in &people[3..6] {
        tap(&browser, person, ".tile-tap").await;
        stands(&browser, person, "attended").await;
    }
    // One taken back before it was ever sent, or after the first try of it: the same in the end.
    tap(&browser, &people[5], ".tile-undo").await;
    tap(&browser, &people[6], "summary").await;
    tap(&browser, &people[6], "[value='no_show:illness']").await;
    tap(&browser, &people[0], ".tile-undo").await;
    tap(&browser, &people[7], ".tile-tap").await;
    browser.see("will be sent by themselves").await;
    stands(&browser, &people[6], "no_show").await;
    stands(&browser, &people[0], "booked").await;
    assert_eq!(app.events().await.len(), before, "nothing has arrived yet");
    let stored = browser
        .js("return sessionStorage.getItem(Object.keys(sessionStorage).find(key => key.startsWith('room:')))")
        .await;
    let stored = stored.as_str().unwrap();
    assert!(
        stored.contains(&people[3]) && !stored.contains("lder") && !stored.contains("Pat"),
        "names wait nowhere: {stored}"
    );
    // Somebody at the desk is faster with one of them.
    let path = format!("/api/sessions/{session}/participants/{}/no-show", people[7]);
    admin.post(&path, json!({})).await.expect(200);
    // With another the desk notes the arrival: who has attended has arrived.
    tap(&browser, &people[8], ".tile-tap").await;
    let path = format!("/api/sessions/{session}/participants/{}/check-in", people[8]);
    admin.post(&path, json!({})).await.expect(200);

    browser.network(true).await;
    waiting(&browser, 0).await;
    live(&browser).await;
    let told = format!(
        "return document.querySelector('#{} .tile-told')?.innerText.includes('Somebody else was faster') === true",
        people[7]
    );
    browser.until("the refusal stands by the person", &told).await;
    let told = format!("return document.querySelector('#{} .tile-told').innerText", people[7]);
    let told = browser.js(&told).await.as_str().unwrap().to_owned();
    assert!(told.contains("Robin admin") && told.contains(" marked No-show at 10:00"), "{told}");
    stands(&browser, &people[7], "no_show").await;
    stands(&browser, &people[8], "attended").await;
    let answer = participants(&admin, &session).await;
    let status =
        |id: &str| answer.items().iter().find(|one| one["id"] == id).unwrap()["status"].as_str().unwrap().to_owned();
    let statuses: Vec<String> = people.iter().map(|id| status(id)).collect();
    let wanted = ["booked", "attended", "attended", "attended", "attended", "booked", "no_show", "no_show", "attended"];
    assert_eq!(statuses, wanted);
    let of = |name: &'static str, id: String| {
        let app = &app;
        async move { app.events().await.into_iter().filter(|event| *event == (name.to_owned(), id.clone())).count() }
    };
    for person in &people[1..5] {
        assert_eq!(of("participant.attended", person.clone()).await, 1, "{person}");
    }
    assert_eq!(
        (of("participant.attended", people[0].clone()).await, of("participant.booked", people[0].clone()).await),
        (1, 1)
    );
    assert_eq!(
        (of("participant.no_show", people[6].clone()).await, of("participant.no_show", people[7].clone()).await),
        (1, 1)
    );
    let taken_back = of("participant.attended", people[5].clone()).await;
    assert!(taken_back <= 1, "{taken_back}");
    let audited = app.audited().await;
    let entries =
        audited.iter().filter(|(action, outcome)| action == "participant.attended" && outcome == "done").count();
    assert_eq!(entries, 6 + taken_back, "one entry for each");
    assert_eq!(of("participant.attended", people[8].clone()).await, 1);
    // Who has seen what the other did may say it again: the no-show is undone, then they have attended.
    browser.click(&format!("#{} .tile-told button", people[7])).await;
    browser.until("seen", &format!("return !document.querySelector('#{} .tile-told')", people[7])).await;
    waiting(&browser, 0).await;
    stands(&browser, &people[7], "attended").await;
    assert_eq!(of("participant.attended", people[7].clone()).await, 1);
    let complaints = browser.complaints().await;
    let known = |line: &String| line.contains("ERR_INTERNET_DISCONNECTED") || line.contains("412");
    assert!(complaints.iter().all(known), "{complaints:#?}");
    browser.close().await;
}

/// An answer that is lost on the way, and a page that is loaded anew while taps wait: what was tapped arrives once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_and_a_new_page_count_once() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let (session, people) = room(&admin, 4).await;
    let (_, robin, email) = therapist(&app, &admin).await;
    begin(&admin, &session, &robin).await;
    let Some(browser) = Browser::open(&app.base).await else { return };
    browser.sign_in_as(&email).await;
    open(&browser, &session).await;
    // The first answer comes back to nobody.
    browser.js("const real = window.fetch; let lost = false; window.fetch = async (...all) => { const reply = await real(...all); \
        if (!lost) { lost = true; throw new TypeError('lost'); } return reply; }; return true").await;
    tap(&browser, &people[0], ".tile-tap").await;
    browser
        .until("sent again, and answered", "return document.querySelector('#room-line').dataset.waiting === '0'")
        .await;
    stands(&browser, &people[0], "attended").await;
    assert_eq!(app.count_of("participant.attended").await, 1);

    // Nothing gets through: the taps outlive the page.
    browser.js("window.fetch = () => Promise.reject(new TypeError('away')); return true").await;
    for person in &people[1..] {
        tap(&browser, person, ".tile-tap").await;
    }
    waiting(&browser, 3).await;
    assert_eq!(app.count_of("participant.attended").await, 1);
    browser.go("/today").await;
    open(&browser, &session).await;
    waiting(&browser, 0).await;
    for person in &people {
        stands(&browser, person, "attended").await;
    }
    assert_eq!(app.count_of("participant.attended").await, 4);

    // Who signs out leaves nothing behind.
    browser.js("window.fetch = () => Promise.reject(new TypeError('away')); return true").await;
    tap(&browser, &people[0], ".tile-undo").await;
    waiting(&browser, 1).await;
    browser.click(".user-menu summary").await;
    browser.click("form[action='/sign-out'] button").await;
    browser.see("would be lost").await;
    browser.click("dialog button[value=yes]").await;
    browser.until("signed out", "return location.pathname === '/sign-in'").await;
    assert_eq!(
        browser.js("return Object.keys(sessionStorage).filter(key => key.startsWith('room:')).length").await,
        json!(0)
    );
    assert_eq!(
        each(&participants(&admin, &session).await, "status").iter().filter(|one| *one == "attended").count(),
        4
    );
    browser.close().await;
}

/// On a tablet and on a telephone: targets for a thumb, everything by keyboard, nothing for axe to find.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_for_thumbs_and_keys() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let (session, people) = room(&admin, 8).await;
    admin.patch("/api/settings", json!({ "consent_gate": true, "finance_gate": true })).await.expect(200);
    for person in &people[..6] {
        let open = json!({ "consent_verified": true, "finance_cleared": true });
        admin.patch(&format!("/api/sessions/{session}/participants/{person}"), open).await.expect(200);
    }
    let leader = practitioner(&admin, "Stone").await;
    begin(&admin, &session, &leader).await;
    let Some(browser) = Browser::open(&app.base).await else { return };
    browser.go("/sign-in").await;
    browser.sign_in(&app, Role::Admin).await;
    open(&browser, &session).await;
    // By keyboard alone: the tap, then what takes it back has the focus.
    browser.js(&format!("document.querySelector('#{} .tile-tap').focus(); return true", people[0])).await;
    browser.keys("\u{e007}").await;
    stands(&browser, &people[0], "attended").await;
    waiting(&browser, 0).await;
    let held =
        "return document.activeElement.className.includes('tile-undo') && document.activeElement.closest('.tile').id";
    assert_eq!(browser.js(held).await, json!(people[0]));
    browser.keys("\u{e007}").await;
    stands(&browser, &people[0], "booked").await;
    waiting(&browser, 0).await;
    tap(&browser, &people[0], ".tile-tap").await;
    tap(&browser, &people[1], "summary").await;
    tap(&browser, &people[1], "[value='no_show:illness']").await;
    stands(&browser, &people[1], "no_show").await;
    waiting(&browser, 0).await;

    // A gate is named, opened with one tap by who may, or passed with a reason.
    let gates = format!("return document.querySelector('#{} .tile-tap').innerText", people[6]);
    let gates = browser.js(&gates).await.as_str().unwrap().to_owned();
    assert!(gates.contains("Finance not cleared") && gates.contains("No consent on file"), "{gates}");
    tap(&browser, &people[6], ".tile-tap").await;
    waiting(&browser, 0).await;
    tap(&browser, &people[7], "summary").await;
    let reason = format!("#{} [name=reason]", people[7]);
    browser.find(&reason).await.send_keys("Paid in cash, consent on paper").await.unwrap();
    tap(&browser, &people[7], "form[data-live] button").await;
    stands(&browser, &people[7], "attended").await;
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (820, "light"), (390, "light"), (390, "dark")] {
        browser.screen(width, scheme).await;
        open(&browser, &session).await;
        browser.check_layout(&format!("the room ({width})")).await;
        browser.check_with_axe(&format!("the room ({width}, {scheme})")).await;
        browser.screenshot(&format!("room-full-{width}-{scheme}")).await;
        tap(&browser, &people[2], "summary").await;
        let over = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.js(over).await, json!(0), "the menu is wider than the screen at {width}");
        browser.check_with_axe(&format!("the room with a menu ({width}, {scheme})")).await;
        browser.screenshot(&format!("room-menu-{width}-{scheme}")).await;
        let small = "return [...document.querySelectorAll('#room button:not([hidden]), #room summary, .tile-menu a')] \
            .filter(one => one.checkVisibility()).filter(one => { const box = one.getBoundingClientRect(); return box.height < 44 || box.width < 44; }) \
            .map(one => one.className + ' ' + one.innerText)";
        assert_eq!(browser.js(small).await, json!([]), "smaller than 44 pixels at {width}");
        let large = "return [...document.querySelectorAll('.tile-tap, .tile-undo:not([hidden]), .tile-more > summary')] \
            .filter(one => one.getBoundingClientRect().height < 64).map(one => one.className)";
        assert_eq!(browser.js(large).await, json!([]), "what is tapped most is lower than 64 pixels at {width}");
    }
    browser.close().await;
}

/// What in the page can be tapped and is smaller than a thumb, with every menu open.
const SMALL: &str = "const all = [...document.querySelectorAll('a[href], button, summary, input:not([type=hidden]), select, textarea')]; \
    for (const menu of document.querySelectorAll('main details')) menu.open = true; \
    return all.filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.matches('.skip, .vh')).map(one => [one, one.getBoundingClientRect()]) \
    .filter(([, box]) => box.height < 44 || box.width < 44) \
    .map(([one, box]) => `${one.nodeName} ${one.className} ${one.innerText || one.name} ${box.width}x${box.height}`)";

/// Every link, button and field of the room view is large enough for a thumb: before it begins, while it runs, with
/// somebody found who is not on the list, when it is to be ended late, and after it has ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_in_the_room_is_large_enough() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let (session, people) = room(&admin, 3).await;
    patient(&admin, "Walker").await;
    let (_, robin, email) = therapist(&app, &admin).await;
    let Some(browser) = Browser::open(&app.base).await else { return };
    browser.sign_in_as(&email).await;
    let measure = async |when: &str| {
        for width in [390, 1024] {
            browser.screen(width, "light").await;
            open(&browser, &session).await;
            if when.contains("found") {
                browser.find("#walk-in [name=q]").await.send_keys("Walk").await.unwrap();
                browser.until("somebody is found", "return !!document.querySelector('#found button')").await;
            }
            browser.screenshot(&format!("room-{}-{width}", when.replace(' ', "-"))).await;
            assert_eq!(browser.js(SMALL).await, json!([]), "smaller than 44 pixels {when} at {width}");
        }
    };
    measure("before it begins").await;
    begin(&admin, &session, &robin).await;
    measure("with somebody found").await;
    for person in &people {
        let path = format!("/api/sessions/{session}/participants/{person}/attend");
        admin.post(&path, json!({})).await.expect(200);
    }
    app.advance(jiff::SignedDuration::from_mins(110));
    browser.go("/sign-in").await;
    browser.sign_in_as(&email).await;
    measure("to be ended late").await;
    let end = json!({ "actual_end": "2026-03-04T11:30" });
    admin.post(&format!("/api/sessions/{session}/end"), end).await.expect(200);
    measure("after its end").await;
    browser.close().await;
}
