//! The calendar: what each view shows, to whom, and what it costs.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Client, Engine, Page, Statements, TestApp, flaws, on_both, strange_id},
    sessions::{group, member, patient, practitioner, session},
};

mod moving;

/// A site of this zone with one room: their ids.
pub async fn site(admin: &Client, name: &str, zone: &str) -> (String, String) {
    let site = admin.post("/api/sites", json!({ "name": name, "zone": zone })).await.expect(201).id();
    let room = json!({ "site_id": site, "name": format!("{name} room"), "seats": 12 });
    let room = admin.post("/api/rooms", room).await.expect(201).id();
    (site, room)
}

/// A free-standing session; its id.
pub async fn single(admin: &Client, title: &str, at: &str, more: Value) -> String {
    let mut new = json!({ "title": title, "starts_at": at, "duration_minutes": 60 });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.post("/api/sessions", new).await.expect(201).id()
}

/// The blocks of a page, each as it stands in the HTML.
fn blocks(page: &Page) -> Vec<&str> {
    page.html.split("<li class=\"blk ").skip(1).map(|rest| rest.split("</li>").next().unwrap()).collect()
}

/// The block of a session.
#[track_caller]
fn block<'a>(page: &'a Page, session: &str) -> &'a str {
    let found = blocks(page).into_iter().find(|block| block.contains(session));
    found.unwrap_or_else(|| panic!("no block of {session}: {page}"))
}

/// So many groups that meet every day at nine for weeks.
async fn daily(admin: &Client, groups: usize) {
    for number in 0..groups {
        let group = group(admin, json!({ "name": format!("Morning group number {number}") })).await;
        let rule = json!({ "start": "2026-03-05T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
    }
}

const VIEWS: [&str; 4] = ["day", "week", "month", "agenda"];

on_both! {
    /// A session is in every view with what one has to know of it, and nobody's name but its leader's.
    async fn each_view_shows_the_sessions(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (_, room) = site(&admin, "Main", "America/Phoenix").await;
        let site_id = admin.get(&format!("/api/rooms/{room}")).await.data()["site_id"].clone();
        let leader = practitioner(&admin, "Vale").await;
        let of = json!({ "max_participants": 3, "min_participants": 3, "facilitator_id": leader, "site_id": site_id, "room_id": room });
        let group = group(&admin, of).await;
        for name in ["Alder", "Birch"] {
            member(&admin, &group, &patient(&admin, name).await).await;
        }
        let id = session(&admin, &group, "2026-03-05T09:30").await;
        let ash = patient(&admin, "Ash").await;
        let own = admin.post("/api/sessions", json!({ "patient_id": ash, "starts_at": "2026-03-05T11:00" })).await.expect(201);
        let browser = app.page_client(Role::Nurse).await;
        for view in VIEWS {
            let page = browser.get(&format!("/calendar?view={view}&day=2026-03-05")).await;
            page.expect(200).expect_text(&format!("/sessions/{id}")).expect_text("Coping skills").expect_text("09:30");
            page.expect_text(&format!("/sessions/{}", own.id())).expect_text("Individual session");
            for name in ["Alder", "Birch", "Ash", "Pat "] {
                assert!(!page.html.contains(name), "{view} shows {name}");
            }
            if view != "month" {
                page.expect_text("09:30<span class=\"blk-end\">–10:30</span>").expect_text("2/3, 1 open");
                page.expect_text("Below minimum").expect_text("Robin Vale");
                page.expect_text(own.data()["session_number"].as_str().unwrap());
            }
        }
        let week = browser.get("/calendar?day=2026-03-05").await;
        week.expect_text("<h1>2 – 8 March 2026</h1>").expect_text("Robin Vale · Main room");
        // Half past nine is 18 rows of five minutes after eight, for twelve, over the whole width.
        assert!(block(&week, &id).starts_with("t18 d12 x0 w60 blk-plan blk-look\""), "{}", block(&week, &id));
        assert!(!week.html.contains("data-moves") && !week.html.contains("/sessions/new"), "a nurse schedules nothing");
        let manager = app.page_client(Role::Manager).await;
        let week = manager.get("/calendar?day=2026-03-05").await;
        week.expect_text(&format!("data-moves=\"{id}\" data-at=\"570\" data-minutes=\"60\" data-version=\"1\""));
        week.expect_text("/sessions/new?day=2026-03-05");
        let by_leader = browser.get("/calendar?view=day&day=2026-03-05&by=facilitator").await;
        by_leader.expect_text("Robin Vale, LCSW</h2>").expect_text("No leader yet</h2>");
        browser.get("/calendar?view=day&day=2026-03-05").await.expect_text("Main room</h2>").expect_text("No room</h2>");

        // What is cancelled is left out unless it is asked for; then it says so.
        admin.post(&format!("/api/sessions/{id}/cancel"), json!({ "reason": "Snow" })).await.expect(200);
        for view in VIEWS {
            let path = format!("/calendar?view={view}&day=2026-03-05");
            assert!(!browser.get(&path).await.html.contains(&id), "{view} shows what is cancelled");
            let page = browser.get(&format!("{path}&cancelled=on")).await;
            page.expect_text(&id).expect_text("blk-gone");
            assert!(page.html.to_lowercase().contains("cancelled</span>"), "{view} does not say it is cancelled");
        }
    }

    /// Filters live in the address; ids of others match nothing, and nothing that is sent makes an error.
    async fn filters_and_strange_addresses(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (main, room) = site(&admin, "Main", "America/Phoenix").await;
        let (east, hall) = site(&admin, "East", "America/New_York").await;
        let leader = practitioner(&admin, "Vale").await;
        let skills = group(&admin, json!({ "site_id": main, "room_id": room })).await;
        let of_group = session(&admin, &skills, "2026-03-05T09:00").await;
        let led = single(&admin, "Led", "2026-03-05T09:00", json!({ "site_id": east, "room_id": hall, "leaders": [{ "practitioner_id": leader }] })).await;
        let browser = app.page_client(Role::Therapist).await;
        for view in VIEWS {
            let of = |filter: String| format!("/calendar?view={view}&day=2026-03-05&{filter}");
            for (filter, shown, hidden) in [
                (format!("site={main}"), &of_group, &led),
                (format!("room={hall}"), &led, &of_group),
                (format!("facilitator={leader}"), &led, &of_group),
                (format!("group={skills}"), &of_group, &led),
            ] {
                let page = browser.get(&of(filter.clone())).await;
                page.expect(200).expect_text(shown).expect_text("Clear filters");
                assert!(!page.html.contains(hidden), "{view} by {filter}: {page}");
            }
            // A time that is not the organization's says whose it is.
            let page = browser.get(&of(format!("site={east}"))).await;
            page.expect_text("New York time");
            let both = browser.get(&of("x=1".to_owned())).await;
            assert!(view == "month" || both.html.contains("New York time"));
            both.expect_text(&of_group).expect_text(&led);
        }
        let other = app.other_organization().await;
        let theirs = other.as_role(Role::Admin).await;
        let (their_site, their_room) = site(&theirs, "Theirs", "America/Phoenix").await;
        let their_group = group(&theirs, json!({})).await;
        let their_session = session(&theirs, &their_group, "2026-03-05T09:00").await;
        for filter in [format!("site={their_site}"), format!("room={their_room}"), format!("group={their_group}"),
            format!("facilitator={}", strange_id("prac"))] {
            let page = browser.get(&format!("/calendar?day=2026-03-05&{filter}")).await;
            page.expect(200).expect_text("No sessions by these filters").expect_text("Not in use any more");
            assert!(!page.html.contains(&their_session) && !page.html.contains("Theirs"), "{page}");
        }
        for day in ["0001-01-01", "9999-12-31", "2026-02-30", "today", "%F0%9F%98%80", "%00", "%FF", "-1"] {
            for view in VIEWS {
                let page = browser.get(&format!("/calendar?view={view}&day={day}")).await;
                page.expect(200);
            }
        }
        let odd = browser.get("/calendar?view=year&day=9999-12-31&site=room_1&by=shoe&group=%27%20or%201=1&room=%").await;
        odd.expect(200).expect_text("The address names no day from 1900 to 2199").expect_text("names no site that can be read");
        for end in ["1900-01-01", "2199-12-31"] {
            for view in VIEWS {
                browser.get(&format!("/calendar?view={view}&day={end}")).await.expect(200);
            }
        }
        app.page_client(Role::Auditor).await.get("/calendar").await.expect(403);
        app.browser().get("/calendar").await.expect(303);
    }

    /// Early, late, over midnight, and on the Sundays when the clocks change.
    async fn odd_hours(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (east, _) = site(&admin, "East", "America/New_York").await;
        let at_east = || json!({ "site_id": east });
        let early = single(&admin, "Early", "2026-03-05T05:00", json!({})).await;
        let late = single(&admin, "Late", "2026-03-05T23:30", json!({ "duration_minutes": 30 })).await;
        let over = single(&admin, "Over", "2026-03-08T23:15", json!({ "duration_minutes": 120 })).await;
        let browser = app.page_client(Role::Manager).await;
        let week = browser.get("/calendar?day=2026-03-05").await;
        // From five on, until midnight: the grid has nineteen hours.
        week.expect(200).expect_text("tg-c7 tg-h19 tg-week");
        assert!(block(&week, &early).starts_with("t0 d12 "), "{}", block(&week, &early));
        assert!(block(&week, &late).starts_with("t222 d6 "), "{}", block(&week, &late));
        assert!(block(&week, &over).starts_with("t219 d9 "), "cut off at midnight: {}", block(&week, &over));
        // On Monday of the next week it goes on, from midnight, though it began on the Sunday.
        let next = browser.get("/calendar?day=2026-03-09").await;
        assert!(block(&next, &over).starts_with("t0 d15 "), "{}", block(&next, &over));
        next.expect_text("Since the day before").expect_text("data-at=\"-45\" data-minutes=\"120\"");
        browser.get("/calendar?view=agenda&day=2026-03-09").await.expect_text(&over);
        let before = browser.get("/calendar?view=day&day=2026-03-10").await;
        assert!(!before.html.contains(&over), "it is over by then");

        // 23 hours: half past two moves to half past three. 25 hours: half past one comes twice.
        let gap = single(&admin, "Gap", "2026-03-08T02:30", at_east()).await;
        let spring = browser.get(&format!("/calendar?day=2026-03-08&site={east}")).await;
        spring.expect_text("Clocks go forward");
        assert!(block(&spring, &gap).contains("03:30<"), "{}", block(&spring, &gap));
        let first = single(&admin, "First", "2026-11-01T01:30:00-04:00", at_east()).await;
        let second = single(&admin, "Second", "2026-11-01T01:30:00-05:00", at_east()).await;
        let back = single(&admin, "Back", "2026-11-01T01:40:00-04:00", json!({ "site_id": east, "duration_minutes": 40 })).await;
        let autumn = browser.get(&format!("/calendar?day=2026-11-01&site={east}")).await;
        autumn.expect_text("Clocks go back");
        assert!(!block(&autumn, &first).contains("New York"), "the page says it once");
        assert!(!block(&autumn, &first).contains("second time") && block(&autumn, &second).contains("(second time)"));
        assert!(block(&autumn, &back).contains("01:40<span class=\"blk-end\">–01:20<"), "{}", block(&autumn, &back));
        assert!(block(&autumn, &back).starts_with("t8 d8 "), "as long as it lasts: {}", block(&autumn, &back));
        let phoenix = browser.get("/calendar?day=2026-03-08").await;
        assert!(!phoenix.html.contains("Clocks go"), "not in Phoenix");
    }

    /// A full week stays light; what has no room is counted, and what is too much is said to be missing.
    async fn many_sessions(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        daily(&admin, 15).await;
        let browser = app.page_client(Role::Manager).await;
        let week = browser.get("/calendar?day=2026-03-11").await;
        week.expect(200).expect_text("+ 13 more");
        assert_eq!(blocks(&week).len(), 7 * 3, "two of each day, and one that says how many more there are");
        assert!(week.html.len() < 60_000, "{} bytes", week.html.len());
        let month = browser.get("/calendar?view=month&day=2026-03-11").await;
        month.expect(200).expect_text("+ 12 more");
        assert!(month.html.len() < 60_000, "{} bytes", month.html.len());
        let agenda = browser.get("/calendar?view=agenda&day=2026-03-09").await;
        agenda.expect(200).expect_text("More than 200 sessions").expect_text("into Sunday 22 March");
        agenda.expect_text("/calendar?view=agenda&amp;day=2026-03-22");
        let one = browser.get("/calendar?view=day&day=2026-03-11").await;
        one.expect(200).expect_text("view=agenda&amp;day=2026-03-11");
        assert!(!one.html.contains("More than"));
    }

    /// Addresses of before lead to today's pages, with and without a slash at the end.
    async fn addresses_of_before(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let browser = app.page_client(Role::Nurse).await;
        for (old, new) in [
            ("/pm/groups".to_owned(), "/groups".to_owned()),
            ("/pm/groups/".to_owned(), "/groups".to_owned()),
            (format!("/pm/groups/{group}"), format!("/groups/{group}")),
            ("/appointments/sessions".to_owned(), "/sessions".to_owned()),
            ("/appointments/sessions/".to_owned(), "/sessions".to_owned()),
        ] {
            let answer = browser.get(&old).await;
            assert_eq!((answer.expect(308).location(), browser.get(&new).await.status), (new.as_str(), 200), "{old}");
        }
        browser.get("/pm/groups/42").await.expect(404);
    }

    /// From a group, a room, a site and a practitioner it is one step to what is planned there.
    async fn pages_lead_to_their_calendar(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (site, room) = site(&admin, "Main", "America/Phoenix").await;
        let (leader, group) = (practitioner(&admin, "Vale").await, group(&admin, json!({})).await);
        let browser = app.page_client(Role::Admin).await;
        for (page, link) in [
            (format!("/groups/{group}/schedule"), format!("/calendar?group={group}")),
            (format!("/staff/{leader}"), format!("/calendar?facilitator={leader}")),
            (format!("/settings/sites/{site}"), format!("/calendar?site={site}")),
            (format!("/settings/rooms/{room}"), format!("/calendar?room={room}")),
        ] {
            browser.get(&page).await.expect(200).expect_text(&format!("href=\"{link}\""));
            browser.get(&link).await.expect(200).expect_text("selected");
        }
    }
}

/// More sessions cost no more statements, and each statement finds its rows by an index.
async fn every_view_costs_the_same(engine: Engine) {
    let listening = Statements::listen();
    let app = TestApp::on(engine).await;
    let admin = app.as_role(Role::Admin).await;
    let (main, room) = site(&admin, "Main", "America/Phoenix").await;
    let leader = practitioner(&admin, "Vale").await;
    let skills = group(&admin, json!({ "site_id": main, "room_id": room, "facilitator_id": leader })).await;
    session(&admin, &skills, "2026-03-10T08:00").await;
    let browser = app.page_client(Role::Manager).await;
    let filters = [
        "",
        &format!("&site={main}"),
        &format!("&room={room}"),
        &format!("&facilitator={leader}"),
        &format!("&group={skills}"),
        "&cancelled=1",
        &format!("&site={main}&room={room}&facilitator={leader}&group={skills}&cancelled=1"),
    ];
    let paths: Vec<String> = VIEWS
        .iter()
        .flat_map(|view| filters.iter().map(move |filter| format!("/calendar?view={view}&day=2026-03-10{filter}")))
        .collect();
    app.seal().await;
    let mut before = Vec::new();
    // Who asks is looked up at most once a second: not in this comparison.
    browser.get("/calendar").await.expect(200);
    for path in &paths {
        listening.take();
        browser.get(path).await.expect(200);
        before.push(listening.take());
    }
    daily(&admin, 3).await;
    app.seal().await;
    browser.get("/calendar").await.expect(200);
    for (path, before) in paths.iter().zip(&before) {
        listening.take();
        browser.get(path).await.expect(200);
        let after = listening.take();
        assert_eq!(after.len(), before.len(), "{path}: {before:#?}, then {after:#?}");
    }
    let mut tx = app.app.db.read(Some(&app.organization.id.to_string())).await.unwrap();
    let mut flawed = Vec::new();
    let mut asked: Vec<&String> =
        before.iter().flatten().filter(|sql| sql.contains(" from session") && sql.starts_with("select")).collect();
    asked.sort();
    asked.dedup();
    assert!(asked.len() > 10, "{asked:#?}");
    for sql in asked {
        flawed.extend(flaws(&mut tx, sql).await.into_iter().map(|flaw| format!("{sql}\n  {flaw}")));
    }
    assert!(flawed.is_empty(), "these read or sort whole tables:\n{}", flawed.join("\n"));
}

#[tokio::test]
async fn every_view_costs_the_same_on_sqlite() {
    every_view_costs_the_same(Engine::Sqlite).await;
}

#[tokio::test]
async fn every_view_costs_the_same_on_postgres() {
    if Engine::Postgres.is_here() {
        every_view_costs_the_same(Engine::Postgres).await;
    }
}
