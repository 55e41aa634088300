//! One group from its first day on, through the pages: it is made and filled over capacity, one session is refused at a
//! clash, one is moved, then it and those after it; the calendar follows, and so do the feeds of both sides.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use super::calendar::{pixels, put, send, stands};
use crate::{
    calendar::{single, site},
    feeds::{events, has, lines, value},
    harness::{Browser, TestApp, chromedriver, on_both},
    notes::scene::someone,
    sessions::{each, patient},
};

/// Signs out, and somebody else in.
async fn hand_over(browser: &Browser, email: &str) {
    browser.js("document.querySelector('form[action=\"/sign-out\"]').requestSubmit(); return true").await;
    browser.until("signed out", "return location.pathname === '/sign-in' && document.readyState === 'complete'").await;
    browser.sign_in_as(email).await;
}

/// The path of the feed whose address is on the page.
async fn address(browser: &Browser) -> String {
    browser.see("it can’t be shown again").await;
    let shown = browser.js("return document.querySelector('#address code').textContent").await;
    let shown = shown.as_str().unwrap();
    shown[shown.find("/ics/").unwrap()..].to_owned()
}

/// Finds a person by name on the page for adding people.
async fn look_for(browser: &Browser, group: &str, family: &str) {
    browser.go(&format!("/groups/{group}")).await;
    browser.click(&format!("a[href='/groups/{group}/add']")).await;
    browser.find("#find [name=q]").await.send_keys(family).await.unwrap();
    let found = format!("return document.querySelector('#found tbody')?.innerText.includes('Pat {family}') ?? false");
    browser.until("found", &found).await;
}

/// The text of each row of a table, cell by cell, without the initials beside a name.
async fn cells(browser: &Browser, table: &str, columns: usize) -> Value {
    let script = format!(
        "return [...document.querySelectorAll('{table} tbody tr')].map(row => \
         [...row.cells].slice(0, {columns}).map(cell => {{ const text = cell.cloneNode(true); \
           text.querySelectorAll('[aria-hidden]').forEach(one => one.remove()); return text.textContent.trim().replace(/\\s+/g, ' '); }}))"
    );
    browser.js(&script).await
}

/// Every event of a feed by what names it: its series, and its occurrence where it is one that differs.
async fn read(app: &TestApp, address: &str) -> Vec<Vec<String>> {
    events(&lines(app, address).await)
}

fn sequence(event: &[String]) -> i64 {
    value(event, "SEQUENCE:").parse().unwrap()
}

/// The event that begins then.
#[track_caller]
fn at<'a>(events: &'a [Vec<String>], start: &str) -> &'a [String] {
    let line = format!("DTSTART;TZID=America/Phoenix:{start}");
    events.iter().find(|event| has(event, &line)).unwrap_or_else(|| panic!("nothing begins at {start}: {events:#?}"))
}

fn uids(events: &[Vec<String>]) -> BTreeSet<&str> {
    events.iter().map(|event| value(event, "UID:")).collect()
}

on_both! {
    async fn a_group_from_its_first_day_on(app: TestApp) {
        if chromedriver().is_none() {
            return;
        }
        let admin = app.as_role(Role::Admin).await;
        let leader = someone(&app, &admin, "Whitfield", Role::Therapist, &[]).await;
        let (main, room) = site(&admin, "Main", "America/Phoenix").await;
        let mut people = Vec::new();
        for name in ["Alder", "Birch", "Cedar", "Dogwood", "Elm"] {
            people.push(patient(&admin, name).await);
        }
        let manager = app.add_user(Role::Manager, &[]).await.email.to_string();
        let browser = Browser::open(&app.base).await.unwrap();
        browser.screen(1280, "light").await;

        // The therapist puts their sessions into the calendar on their telephone. There are none yet.
        browser.sign_in_as(&leader.email).await;
        browser.go("/account/feeds").await;
        browser.click("form[action='/account/feeds'] button").await;
        let of_leader = address(&browser).await;
        assert_eq!(read(&app, &of_leader).await.len(), 0);

        // The manager makes a group of two seats that meets every other Monday at nine.
        hand_over(&browser, &manager).await;
        browser.go("/groups/new").await;
        let of = [("name", "Evening circle"), ("type", "therapy"), ("max_participants", "2"),
            ("facilitator_id", &*leader.practitioner), ("site_id", &main), ("room_id", &room)];
        send(&browser, "#group", &of).await;
        browser.see("The group is made").await;
        let group = browser.path().await.trim_start_matches("/groups/").to_owned();
        browser.click(&format!("a[href='/groups/{group}/schedule']")).await;
        let editor = format!("form[action='/groups/{group}/schedule']");
        let biweekly = [("repeats", "weekly"), ("days", "MO"), ("starts_on", "2026-03-09"), ("at", "09:00"), ("every", "2")];
        put(&browser, &editor, &biweekly).await;
        browser.click(&format!("{editor} button[formaction]")).await;
        browser.see("Every other Monday at 09:00").await;
        browser.see("If you save: 4 sessions made.").await;
        let dates = browser.js("return [...document.querySelectorAll('#preview .dates li')].slice(0, 4).map(one => one.innerText)").await;
        assert_eq!(dates[1], "Mon 23 Mar 2026, 09:00 to 10:00", "{dates}");
        browser.check_with_axe("the schedule with its preview").await;
        browser.screenshot("story-schedule").await;
        let made = format!("/api/sessions?group_id={group}");
        assert_eq!(admin.get(&made).await.items().len(), 0, "a preview makes nothing");
        browser.click(&format!("{editor} button:not([formaction])")).await;
        browser.see("Saved: 4 sessions made.").await;
        let ids: Vec<String> = each(&admin.get(&made).await, "id").iter().map(|id| id.as_str().unwrap().to_owned()).collect();

        // The therapist fills it. Two have seats, two wait in line; beyond the capacity they may not go.
        hand_over(&browser, &leader.email).await;
        for (family, told) in [("Alder", "Added to the group."), ("Birch", "Added to the group."),
            ("Cedar", "put on the waitlist at position 1."), ("Dogwood", "put on the waitlist at position 2.")] {
            look_for(&browser, &group, family).await;
            assert_eq!(browser.js("return document.querySelector('#found .confirm')").await, Value::Null);
            browser.click("#found button.btn-primary").await;
            browser.see(told).await;
        }
        assert_eq!(cells(&browser, "#waitlist", 2).await, json!([["1", "Pat Cedar"], ["2", "Pat Dogwood"]]));
        browser.go(&format!("/patients/{}/feed", people[4])).await;
        browser.click(&format!("form[action='/patients/{}/feed'] button", people[4])).await;
        let of_patient = address(&browser).await;
        assert_eq!(read(&app, &of_patient).await.len(), 0);

        // The manager may, and says why.
        hand_over(&browser, &manager).await;
        look_for(&browser, &group, "Elm").await;
        browser.click("#found .confirm summary").await;
        browser.fill("reason", "The judge asked").await;
        browser.click("#found .confirm[open] .btn-danger").await;
        browser.see("Added to the group.").await;
        let members = cells(&browser, "#members", 3).await;
        assert_eq!((members[1][0].as_str(), members[2][0].as_str()), (Some("Pat Birch"), Some("Pat Elm")), "{members}");
        assert!(members[2][2].as_str().unwrap().contains("Beyond capacity"), "{members}");
        assert_eq!(cells(&browser, "#waitlist", 2).await, json!([["1", "Pat Cedar"], ["2", "Pat Dogwood"]]));
        browser.see("Over capacity").await;
        browser.screenshot("story-roster").await;
        let begun = [read(&app, &of_leader).await, read(&app, &of_patient).await];
        for feed in &begun {
            assert_eq!(feed.len(), 1, "one series: {feed:#?}");
            let series = at(feed, "20260309T090000");
            assert!(value(series, "RRULE:").starts_with("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260420"), "{series:?}");
        }

        // Where the room and the therapist are taken it can't go: the page says so, and nothing moves.
        let there = json!({ "site_id": main, "room_id": room, "leaders": [{ "practitioner_id": leader.practitioner }] });
        let taken = single(&admin, "Grief circle", "2026-03-23T11:00", there).await;
        browser.go("/calendar?view=week&day=2026-03-23").await;
        browser.see("3/2, 1 over").await;
        let second = format!(".blk[data-moves='{}']", ids[1]);
        browser.drag(&second, false, pixels(&browser, 0.0, 2.0).await).await;
        browser.see("Something is in the way").await;
        browser.click("#move-dialog button[type=submit]").await;
        browser.see("The room or a leader is taken").await;
        browser.see("The room is taken").await;
        browser.see("Robin Whitfield").await;
        browser.see("“Grief circle”, 11:00–12:00").await;
        browser.keys("\u{e00c}").await;
        browser.until("it went back", &stands(&ids[1], "2026-03-23", "09:00")).await;
        assert_eq!(read(&app, &of_patient).await, begun[1], "nothing has moved");

        // That one to Tuesday at ten: each feed tells it as an occurrence of the series it has always been of.
        app.advance(SignedDuration::from_mins(5));
        browser.drag(&second, false, pixels(&browser, 1.0, 1.0).await).await;
        browser.see("Tue 24 Mar 2026, 10:00 to 11:00").await;
        browser.click("#move-dialog button[type=submit]").await;
        browser.until("it stands on Tuesday", &stands(&ids[1], "2026-03-24", "10:00")).await;
        let moved = [read(&app, &of_leader).await, read(&app, &of_patient).await];
        for (feed, before) in moved.iter().zip(&begun) {
            let one = at(feed, "20260324T100000");
            assert!(has(one, "RECURRENCE-ID;TZID=America/Phoenix:20260323T090000"), "{one:?}");
            let series = at(feed, "20260309T090000");
            assert_eq!(value(one, "UID:"), value(series, "UID:"));
            assert_eq!(value(series, "UID:"), value(&before[0], "UID:"), "one name for good");
            assert!(sequence(one) > sequence(&before[0]), "{feed:#?}");
        }

        // The next and all after it to Wednesdays at one.
        app.advance(SignedDuration::from_mins(5));
        browser.go("/calendar?view=week&day=2026-04-06").await;
        let third = format!(".blk[data-moves='{}']", ids[2]);
        browser.find(&third).await;
        browser.drag(&third, false, pixels(&browser, 2.0, 4.0).await).await;
        browser.see("Wed 8 Apr 2026, 13:00 to 14:00").await;
        browser.click("#move-dialog input[value=following]").await;
        browser.see("Every other Wednesday at 13:00").await;
        browser.see("2 sessions change").await;
        browser.screenshot("story-following").await;
        browser.click("#move-dialog button[type=submit]").await;
        browser.until("it stands on Wednesday", &stands(&ids[2], "2026-04-08", "13:00")).await;
        browser.go("/calendar?view=week&day=2026-04-22").await;
        browser.until("the last follows", &stands(&ids[3], "2026-04-22", "13:00")).await;
        browser.go("/calendar?view=week&day=2026-03-09").await;
        browser.until("the first stays", &stands(&ids[0], "2026-03-09", "09:00")).await;

        for (address, before) in [(&of_leader, &moved[0]), (&of_patient, &moved[1])] {
            let feed = read(&app, address).await;
            let (series, one, part) = (at(&feed, "20260309T090000"), at(&feed, "20260324T100000"), at(&feed, "20260408T130000"));
            assert!(value(series, "RRULE:").contains("BYDAY=MO") && value(series, "RRULE:").contains("UNTIL=20260323"), "{series:?}");
            assert!(value(part, "RRULE:").contains("INTERVAL=2") && value(part, "RRULE:").contains("UNTIL=20260422"), "{part:?}");
            assert!(uids(before).is_subset(&uids(&feed)), "what was known keeps its name: {feed:#?}");
            assert_eq!(value(one, "UID:"), value(series, "UID:"));
            assert!(sequence(series) > sequence(at(before, "20260309T090000")), "{feed:#?}");
            assert_eq!(feed.iter().any(|event| value(event, "UID:").starts_with(&taken)), address == &of_leader, "one's own only");
        }

        // Once more, and the part that was made then keeps its name, too.
        let parts = [read(&app, &of_leader).await, read(&app, &of_patient).await];
        app.advance(SignedDuration::from_mins(5));
        browser.go(&format!("/sessions/{}/move?starts_at=2026-04-08T15:30&scope=following", ids[2])).await;
        browser.see("Every other Wednesday at 15:30").await;
        browser.click("#move-form button[type=submit]").await;
        browser.see("Moved to Wednesday 8 April 2026, 15:30 to 16:30").await;
        for (address, before) in [(&of_leader, &parts[0]), (&of_patient, &parts[1])] {
            let feed = read(&app, address).await;
            let (part, was) = (at(&feed, "20260408T153000"), at(before, "20260408T130000"));
            assert_eq!(value(part, "UID:"), value(was, "UID:"));
            assert!(sequence(part) > sequence(was), "{part:?}");
            assert_eq!(uids(&feed), uids(before));
        }
        let complaints = browser.complaints().await;
        assert!(complaints.iter().all(|line| line.contains("409")), "only the refusal: {complaints:#?}");
        browser.close().await;
    }
}
