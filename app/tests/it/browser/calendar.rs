//! The calendar with its script: a block is dragged, the same is asked as in the form, and a refusal puts it back.

use rules::permissions::Role;
use serde_json::json;

use crate::{
    calendar::{single, site},
    harness::{Browser, Engine, TestApp, chromedriver},
    sessions::{each, patient, practitioner},
};

/// Sets fields of a form by name.
pub async fn put(browser: &Browser, form: &str, fields: &[(&str, &str)]) {
    browser.find(form).await;
    let fields = json!(fields);
    let script = format!(
        "const form = document.querySelector({form:?}); for (const [name, value] of {fields}) {{ \
           const field = form.elements[name]; \
           const box = [...form.querySelectorAll(`[name=\"${{name}}\"]`)].find(one => one.value === value && 'checked' in one); \
           if (box && /checkbox|radio/.test(box.type)) box.checked = true; else field.value = value; }} return true"
    );
    browser.js(&script).await;
}

/// Sets fields of a form by name and sends it.
pub async fn send(browser: &Browser, form: &str, fields: &[(&str, &str)]) {
    put(browser, form, fields).await;
    let script = format!(
        "const form = document.querySelector({form:?}); \
         form.requestSubmit([...form.querySelectorAll('button')].find(one => !one.hasAttribute('formaction'))); return true"
    );
    browser.js(&script).await;
}

/// How many pixels of the calendar's grid are so many columns and hours.
pub async fn pixels(browser: &Browser, columns: f64, hours: f64) -> (i64, i64) {
    let of_grid = "const box = document.querySelector('.tg-body').getBoundingClientRect(), { first, last } = \
        document.querySelector('.tg').dataset; \
        return [document.querySelector('.tg-col').getBoundingClientRect().width, box.height / (last - first) * 60]";
    let found = browser.js(of_grid).await;
    let by = |at: usize, count: f64| (found[at].as_f64().unwrap() * count).round() as i64;
    (by(0, columns), by(1, hours))
}

/// Where the block of a session stands: its column's day and its time.
pub fn stands(session: &str, day: &str, time: &str) -> String {
    format!(
        "const link = document.querySelector('.blk a[href=\"/sessions/{session}\"]'); \
         return link?.closest('.tg-body').dataset.day === '{day}' && link.textContent.includes('{time}') \
           && !document.querySelector('.tg-ghost')"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_biweekly_group_is_filled_and_moved() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let (main, room) = site(&admin, "Main", "America/Phoenix").await;
    let leader = practitioner(&admin, "Vale").await;
    let mut people = Vec::new();
    for name in ["Alder", "Birch", "Cedar", "Dogwood"] {
        people.push(patient(&admin, name).await);
    }
    let browser = Browser::open(&app.base).await.unwrap();
    browser.screen(1280, "light").await;
    browser.sign_in(&app, Role::Manager).await;

    // A group that meets every second Monday at nine.
    browser.go("/groups/new").await;
    let of = [
        ("name", "Evening circle"),
        ("type", "therapy"),
        ("max_participants", "2"),
        ("facilitator_id", &*leader),
        ("site_id", &main),
        ("room_id", &room),
    ];
    send(&browser, "#group", &of).await;
    browser.see("The group is made").await;
    let group = browser.path().await.trim_start_matches("/groups/").to_owned();
    let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO" });
    admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);

    // Two have seats, one waits, and one is taken beyond the capacity with a reason.
    for person in &people[..3] {
        let added = admin.post(&format!("/api/groups/{group}/members"), json!({ "patient_id": person })).await;
        added.expect(201);
    }
    let over = json!({ "patient_id": people[3], "on_full": "override", "reason": "The judge asked" });
    admin.post(&format!("/api/groups/{group}/members"), over).await.expect(201);
    browser.go(&format!("/groups/{group}")).await;
    browser.see("1 person waits").await;
    browser.see("Over capacity").await;

    let sessions = admin.get(&format!("/api/sessions?group_id={group}")).await;
    let ids: Vec<String> = each(&sessions, "id").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let in_room = json!({ "site_id": main, "room_id": room, "leaders": [{ "practitioner_id": leader }] });
    single(&admin, "Grief circle", "2026-03-23T11:00", in_room).await;
    let week = "/calendar?view=week&day=2026-03-23";
    browser.go(week).await;
    browser.see("3/2, 1 over").await;
    let block = format!(".blk[data-moves='{}']", ids[1]);

    // Escape leaves a block where it is; so does a drop where it was.
    browser.until("it stands at nine", &stands(&ids[1], "2026-03-23", "09:00")).await;
    browser.drag(&block, false, (0, 7)).await;
    assert_eq!(browser.js("return document.querySelector('dialog[open]') === null").await, json!(true));
    browser.until("it is still there", &stands(&ids[1], "2026-03-23", "09:00")).await;

    // Onto the other session of its room and leader: the question says so, the answer refuses, the block goes back.
    browser.drag(&block, false, pixels(&browser, 0.0, 2.0).await).await;
    browser.see("Something is in the way").await;
    browser.see("Grief circle").await;
    browser.check_with_axe("the question of a move").await;
    browser.screenshot("calendar-clash").await;
    browser.click("#move-dialog button[type=submit]").await;
    browser.see("The room or a leader is taken").await;
    browser.keys("\u{e00c}").await;
    browser.until("it went back", &stands(&ids[1], "2026-03-23", "09:00")).await;
    assert_eq!(admin.get(&format!("/api/sessions/{}", ids[1])).await.version(), 1);

    // A day later and four hours on, this one and all after it.
    browser.drag(&block, false, pixels(&browser, 1.0, 4.0).await).await;
    browser.see("Tue 24 Mar 2026, 13:00 to 14:00").await;
    browser.click("#move-dialog input[value=following]").await;
    browser.see("Every other Tuesday at 13:00").await;
    browser.screenshot("calendar-following").await;
    browser.click("#move-dialog button[type=submit]").await;
    browser.until("it stands on Tuesday", &stands(&ids[1], "2026-03-24", "13:00")).await;
    assert_eq!(browser.path().await, week, "the calendar stays where it was");
    browser.go("/calendar?view=week&day=2026-04-07").await;
    browser.until("the next follows", &stands(&ids[2], "2026-04-07", "13:00")).await;
    browser.go("/calendar?view=week&day=2026-03-09").await;
    browser.until("the one before stays", &stands(&ids[0], "2026-03-09", "09:00")).await;

    // Its lower edge makes it longer.
    let first = format!(".blk[data-moves='{}']", ids[0]);
    browser.drag(&first, true, pixels(&browser, 0.0, 0.5).await).await;
    browser.see("09:00 to 10:30").await;
    browser.click("#move-dialog button[type=submit]").await;
    browser.until("it is longer", &stands(&ids[0], "2026-03-09", "10:30")).await;

    // From the keyboard: a quarter of an hour later, and on with Enter.
    browser.js(&format!("document.querySelector('.blk a[href=\"/sessions/{}\"]').focus(); return true", ids[0])).await;
    browser.press(&["\u{e00a}", "\u{e015}"]).await;
    browser.see("Enter goes on").await;
    browser.press(&["\u{e007}"]).await;
    browser.see("09:15 to 10:45").await;
    browser.press(&["\u{e00c}"]).await;
    browser.until("it stays", &stands(&ids[0], "2026-03-09", "10:30")).await;
    let complaints = browser.complaints().await;
    assert!(complaints.iter().all(|line| line.contains("409")), "only the refusal: {complaints:#?}");
    browser.close().await;
}

/// Two managers have the same week before them: the second to drop is told what the first has changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_to_drop_is_told() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let id = single(&admin, "Skills", "2026-03-09T09:00", json!({})).await;
    let browser = Browser::open(&app.base).await.unwrap();
    browser.screen(1280, "dark").await;
    browser.sign_in(&app, Role::Manager).await;
    browser.go("/calendar?view=week&day=2026-03-09").await;
    let block = format!(".blk[data-moves='{id}']");
    browser.find(&block).await;
    let moved = json!({ "starts_at": "2026-03-10T14:00" });
    admin.with_if_match(1).patch(&format!("/api/sessions/{id}"), moved).await.expect(200);
    browser.drag(&block, false, (0, 64)).await;
    browser.see("Somebody else was faster").await;
    browser.see("10 March 2026 14:00").await;
    browser.check_with_axe("who was faster").await;
    browser.screenshot("calendar-faster").await;
    browser.close().await;
}

/// On a touch screen a finger that moves scrolls; one that rests lifts the session, and moves it from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finger_that_rests_lifts_a_session() {
    if chromedriver().is_none() {
        return;
    }
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let id = single(&admin, "Skills", "2026-03-09T09:00", json!({})).await;
    let browser = Browser::open(&app.base).await.unwrap();
    browser.screen(1024, "light").await;
    browser.sign_in(&app, Role::Manager).await;
    let week = "/calendar?view=week&day=2026-03-09";
    browser.go(week).await;
    let block = format!(".blk[data-moves='{id}']");
    let lifted =
        "return document.querySelector('.blk-moving') !== null && document.querySelector('.tg-ghost') !== null";
    let none = json!(false);

    // A finger that moves at once scrolls the page.
    let (x, y) = browser.point_on(&block, false).await;
    browser.touch("touchStart", Some((x, y))).await;
    browser.touch("touchMove", Some((x, y + 30))).await;
    browser.touch("touchMove", Some((x, y + 60))).await;
    assert_eq!(browser.js(lifted).await, none);
    browser.touch("touchEnd", None).await;

    // One that rests lifts it. Let go where it was, it stays, and the session is not opened either.
    let at = browser.point_on(&block, false).await;
    browser.touch("touchStart", Some(at)).await;
    assert_eq!(browser.js(lifted).await, none, "not yet");
    browser.until("it is lifted", lifted).await;
    browser.touch("touchEnd", None).await;
    browser.until("it is let go", &format!("return !(() => {{ {lifted} }})()")).await;
    assert_eq!(browser.js("return document.querySelector('dialog[open]') === null").await, json!(true));
    assert_eq!(browser.path().await, week);

    // Moved by two hours: the same is asked as after any drag.
    let (x, y) = browser.point_on(&block, false).await;
    let (_, down) = pixels(&browser, 0.0, 2.0).await;
    let scrolled = browser.js("return scrollY").await;
    browser.touch("touchStart", Some((x, y))).await;
    browser.until("it is lifted", lifted).await;
    browser.touch("touchMove", Some((x, y + down / 2))).await;
    browser.touch("touchMove", Some((x, y + down))).await;
    browser.touch("touchEnd", None).await;
    browser.see("Mon 9 Mar 2026, 11:00 to 12:00").await;
    assert_eq!(browser.js("return scrollY").await, scrolled, "the page has scrolled under the finger");
    browser.click("#move-dialog button[type=submit]").await;
    browser.until("it stands at eleven", &stands(&id, "2026-03-09", "11:00")).await;
    assert_eq!(admin.get(&format!("/api/sessions/{id}")).await.version(), 2);
    browser.close().await;
}
