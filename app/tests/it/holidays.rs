//! Holidays of a site: what series leave out, what is cancelled with them, and what is made when they are taken away.

use rules::permissions::{Permission, Role};
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, Engine, TestApp, on_both, strange_id},
    sessions::{each, group, session},
};

/// A new site.
async fn site(admin: &Client, name: &str, zone: &str) -> String {
    admin.post("/api/sites", json!({ "name": name, "zone": zone })).await.expect(201).id()
}

async fn holiday(admin: &Client, site: &str, body: Value) -> Answer {
    admin.post(&format!("/api/sites/{site}/holidays"), body).await
}

/// Makes a group of the site meet every Monday at nine, from 9 to 30 March and on to 27 April.
async fn mondays(admin: &Client, site: &str) -> (String, Answer) {
    let group = group(admin, json!({ "site_id": site })).await;
    let set = meets(admin, &group, "2026-03-02T09:00", "MO").await.expect(200);
    (group, set)
}

async fn meets(admin: &Client, group: &str, start: &str, day: &str) -> Answer {
    let rule = json!({ "start": start, "rrule": format!("FREQ=WEEKLY;BYDAY={day}") });
    admin.put(&format!("/api/groups/{group}/recurrence"), rule).await
}

/// The days of a group's sessions with a status.
async fn days(admin: &Client, group: &str, status: &str) -> Vec<String> {
    let found = admin.get(&format!("/api/sessions?group_id={group}&status={status}&limit=200")).await.expect(200);
    each(&found, "local_date").iter().map(|day| day.as_str().unwrap().to_owned()).collect()
}

/// A few days as they are listed.
fn list(days: &[&str]) -> Vec<String> {
    days.iter().map(|day| (*day).to_owned()).collect()
}

const MONDAYS: [&str; 8] =
    ["2026-03-09", "2026-03-16", "2026-03-23", "2026-03-30", "2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27"];

/// The Mondays without some of them.
fn mondays_without(gone: &[&str]) -> Vec<String> {
    list(&MONDAYS).into_iter().filter(|day| !gone.contains(&day.as_str())).collect()
}

/// The backend of PostgreSQL that waits for another one's lock, if there is one.
async fn who_waits_for(app: &TestApp, backend: i64) -> Option<i64> {
    let sql = "select pid::bigint as pid from pg_stat_activity where $1::text is not null and $2::int = any(pg_blocking_pids(pid)) order by pid";
    app.rows(sql, &[store::Value::Int(backend)]).await.first().map(|row| row.at(0).unwrap())
}

/// A holiday that comes while sessions are made, none of them to be seen yet, waits for them: then it knows of them.
#[tokio::test]
async fn a_holiday_waits_for_sessions_that_are_being_made() {
    if !Engine::Postgres.is_here() {
        return;
    }
    let app = TestApp::on(Engine::Postgres).await;
    let admin = app.as_role(Role::Admin).await;
    admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 1 })).await.expect(200);
    let site = site(&admin, "Main", "America/Phoenix").await;
    let (group, _) = mondays(&admin, &site).await;
    admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 3 })).await.expect(200);
    // The fill stops at its last statement, where it notes how far it came.
    let organization = app.organization.id.to_string();
    let mut held = app.app.db.write(Some(&organization)).await.unwrap();
    let sql =
        "select pg_backend_pid()::bigint from group_recurrences where organization_id = $1 order by id for update";
    let holder: i64 = held.rows(sql, &[organization.as_str().into()]).await.unwrap()[0].at(0).unwrap();
    let (cx, is_added) = (app.cx(), std::cell::Cell::new(false));
    let filled = async {
        loop {
            if let Some(filling) = who_waits_for(&app, holder).await {
                return filling;
            }
        }
    };
    let meanwhile = async {
        let filling = filled.await;
        let new = json!({ "first_day": "2026-03-23", "name": "Closed", "cancel_sessions": true });
        let adding = async {
            holiday(&admin, &site, new).await.expect(201);
            is_added.set(true);
        };
        let releasing = async {
            while !is_added.get() && who_waits_for(&app, filling).await.is_none() {}
            held.commit().await.unwrap();
        };
        tokio::join!(adding, releasing);
    };
    let (filled, ()) = tokio::join!(app::schedule::jobs::fill(&cx), meanwhile);
    assert_eq!(filled.unwrap(), 1);
    assert_eq!(days(&admin, &group, "scheduled").await, ["2026-03-09", "2026-03-16"]);
    assert_eq!(days(&admin, &group, "cancelled").await, ["2026-03-23"]);
}

on_both! {
    /// A holiday that is added while the horizon is filled: no session is made on it that it does not know of. Cancelled
    /// with it, none is left, whichever came first; nobody waits for somebody who waits for them.
    async fn a_holiday_added_while_sessions_are_made(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 1 })).await.expect(200);
        let mut sites = Vec::new();
        for round in 0..10 {
            let site = site(&admin, &format!("Site {round}"), "America/Phoenix").await;
            let mut groups = Vec::new();
            for _ in 0..4 {
                groups.push(mondays(&admin, &site).await.0);
            }
            sites.push((site, groups));
        }
        let mut weeks = 2;
        for (site, groups) in &sites {
            weeks += 1;
            admin.patch("/api/settings", json!({ "schedule_horizon_weeks": weeks })).await.expect(200);
            let last: jiff::civil::Date = "2026-03-02".parse().unwrap();
            let last = last.checked_add(jiff::Span::new().weeks(weeks)).unwrap().to_string();
            let new = json!({ "first_day": last, "name": "Closed", "cancel_sessions": true });
            let cx = app.cx();
            let generate = format!("/api/groups/{}/sessions/generate", groups[3]);
            let (filled, added, one) = tokio::join!(app::schedule::jobs::fill(&cx), holiday(&admin, site, new), admin.post(&generate, json!({})));
            filled.unwrap();
            added.expect(201);
            one.expect(200);
            for group in groups {
                let there = days(&admin, group, "scheduled").await;
                assert!(!there.contains(&last), "{last} is a holiday: {there:?}");
            }
        }
    }

    /// A series leaves the days of a holiday out and says so, in the preview, in the answer and in the next dates.
    async fn a_series_leaves_holidays_out(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = site(&admin, "East", "America/Phoenix").await;
        let new = json!({ "first_day": "2026-03-14", "last_day": "2026-03-23", "name": "Spring break" });
        let made = holiday(&admin, &site, new).await.expect(201);
        assert_eq!((&made.data()["affected_count"], &made.data()["cancelled"]), (&json!(0), &json!(false)));
        holiday(&admin, &site, json!({ "first_day": "2026-03-23", "name": "Founder’s day" })).await.expect(201);
        let (group, set) = mondays(&admin, &site).await;
        let skipped = set.data()["skipped"].as_array().unwrap();
        assert_eq!(skipped.len(), 2, "two holidays on one day leave it out once: {set}");
        assert_eq!(skipped[0]["recurrence_id"], "2026-03-16T09:00:00");
        assert_eq!((&skipped[1]["local_date"], &skipped[1]["holiday"]), (&json!("2026-03-23"), &json!("Spring break")));
        assert_eq!(days(&admin, &group, "scheduled").await, mondays_without(&["2026-03-16", "2026-03-23"]));
        assert_eq!(set.data()["next"][1]["holiday"], "Spring break");
        let shown = admin.get(&format!("/api/groups/{group}/recurrence")).await.expect(200);
        let next: Vec<_> = shown.data()["next"].as_array().unwrap().iter().map(|one| one["holiday"].clone()).collect();
        assert_eq!(next[..4], [Value::Null, json!("Spring break"), json!("Spring break"), Value::Null]);
        let again = admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await.expect(200);
        assert_eq!((again.data()["created"].as_array().unwrap().len(), again.data()["skipped"].as_array().unwrap().len()), (0, 2));
        app.seal_and_verify().await;
    }

    /// The day that counts is that of the site: also on the Sunday on which clocks skip the meeting's time.
    async fn a_holiday_on_the_sunday_clocks_change(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = site(&admin, "East", "America/New_York").await;
        holiday(&admin, &site, json!({ "first_day": "2026-03-08", "name": "Closed" })).await.expect(201);
        let group = group(&admin, json!({ "site_id": site })).await;
        let set = meets(&admin, &group, "2026-03-01T02:30", "SU").await.expect(200);
        assert_eq!(each_of(&set, "skipped", "local_date"), list(&["2026-03-08"]));
        assert_eq!(days(&admin, &group, "scheduled").await.first().unwrap(), "2026-03-15");
        let late = group_at(&admin, &site).await;
        let set = meets(&admin, &late, "2026-03-01T23:45", "SU").await.expect(200);
        assert_eq!(each_of(&set, "skipped", "local_date"), list(&["2026-03-08"]), "it is Monday in Greenwich");
    }

    /// A holiday is its site's alone, also where a stretch of a series is at another site than its group.
    async fn another_site_is_open(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (east, west) = (site(&admin, "East", "America/Phoenix").await, site(&admin, "West", "America/Phoenix").await);
        let (moved, _) = mondays(&admin, &east).await;
        let found = admin.get(&format!("/api/sessions?group_id={moved}&limit=200")).await.expect(200);
        let third = found.items()[2]["id"].as_str().unwrap();
        admin.patch(&format!("/api/sessions/{third}?scope=following"), json!({ "site_id": west })).await.expect(200);
        let closed = holiday(&admin, &west, json!({ "first_day": "2026-04-27", "last_day": "2026-05-04", "name": "West is closed" })).await;
        let closed = closed.expect(201);
        assert_eq!(closed.data()["affected_count"], 1, "what is there stays, unless it is cancelled with it");
        holiday(&admin, &east, json!({ "first_day": "2026-05-11", "name": "East is closed" })).await.expect(201);
        app.advance(jiff::SignedDuration::from_hours(24 * 14));
        let filled = admin.post(&format!("/api/groups/{moved}/sessions/generate"), json!({})).await.expect(200);
        assert_eq!(each_of(&filled, "created", "local_date"), list(&["2026-05-11"]), "{filled}");
        assert_eq!(each_of(&filled, "skipped", "local_date"), list(&["2026-05-04"]));
        let (home, set) = mondays(&admin, &east).await;
        assert_eq!(each_of(&set, "skipped", "local_date"), list(&["2026-05-11"]));
        let opened = admin.delete(&format!("/api/sites/{west}/holidays/{}", closed.id())).await.expect(200);
        assert_eq!(opened.data()["made"], 1, "only the stretch that is there: {opened}");
        assert!(days(&admin, &moved, "scheduled").await.contains(&"2026-05-04".to_owned()));
        assert!(!days(&admin, &home, "scheduled").await.contains(&"2026-05-11".to_owned()));
    }

    /// A holiday that comes later names what is planned on it and leaves it; cancelled with it is exactly what is at
    /// the site, scheduled and still to come.
    async fn a_holiday_that_comes_later(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (east, west) = (site(&admin, "East", "America/Phoenix").await, site(&admin, "West", "America/Phoenix").await);
        let ((here, _), (there, _)) = (mondays(&admin, &east).await, mondays(&admin, &west).await);
        let single = admin.post("/api/sessions", json!({ "title": "Single", "site_id": east, "starts_at": "2026-03-10T09:00", "max_capacity": 3 }));
        let single = single.await.expect(201).id();
        let new = json!({ "first_day": "2026-03-09", "last_day": "2026-03-10", "name": "Flood" });
        let kept = holiday(&admin, &east, new.clone()).await.expect(201);
        assert_eq!((&kept.data()["affected_count"], &kept.data()["affected"][1]["session_id"]), (&json!(2), &json!(single)));
        assert_eq!(days(&admin, &here, "scheduled").await, list(&MONDAYS), "nothing is cancelled in silence");
        let shown = admin.get(&format!("/api/groups/{here}/recurrence")).await.expect(200);
        assert_eq!(shown.data()["next"][0]["holiday"], Value::Null, "it takes place all the same");

        let mut cancels = new;
        cancels["cancel_sessions"] = json!(true);
        let done = holiday(&admin, &east, cancels).await.expect(201);
        assert_eq!((&done.data()["affected_count"], &done.data()["cancelled"]), (&json!(2), &json!(true)));
        assert_eq!((days(&admin, &here, "cancelled").await, days(&admin, &there, "scheduled").await), (list(&["2026-03-09"]), list(&MONDAYS)));
        let gone = admin.get(&format!("/api/sessions/{single}")).await.expect(200);
        assert_eq!((&gone.data()["status"], &gone.data()["cancellation_reason"]), (&json!("cancelled"), &json!("Flood")));
        assert_eq!((app.count_of("session.cancelled").await, app.count_of("holiday.added").await), (1, 2));

        // Removed, the one keeps its day closed no more; what was cancelled stays so.
        for id in [kept.id(), done.id()] {
            let gone = admin.delete(&format!("/api/sites/{east}/holidays/{id}")).await.expect(200);
            assert_eq!(gone.data()["made"], 0);
        }
        assert_eq!(days(&admin, &here, "cancelled").await, list(&["2026-03-09"]));
        app.seal_and_verify().await;
    }

    /// What a holiday kept from being made is made when it is shortened or removed, once; another holiday still counts.
    async fn days_that_are_given_back_are_filled(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = site(&admin, "East", "America/Phoenix").await;
        let long = json!({ "first_day": "2026-03-09", "last_day": "2026-03-31", "name": "Renovation" });
        let long = holiday(&admin, &site, long).await.expect(201).id();
        holiday(&admin, &site, json!({ "first_day": "2026-03-30", "name": "Easter" })).await.expect(201);
        let (group, _) = mondays(&admin, &site).await;
        assert_eq!(days(&admin, &group, "scheduled").await, list(&MONDAYS[4..]));
        let path = format!("/api/sites/{site}/holidays/{long}");
        let shorter = admin.patch(&path, json!({ "first_day": "2026-03-16", "last_day": "2026-03-16" })).await.expect(200);
        assert_eq!(shorter.data()["made"], 2, "9 and 23 March; 30 March is Easter: {shorter}");
        assert_eq!(days(&admin, &group, "scheduled").await, mondays_without(&["2026-03-16", "2026-03-30"]));
        let renamed = admin.patch(&path, json!({ "name": "Painting" })).await.expect(200);
        assert_eq!((&renamed.data()["made"], renamed.version()), (&json!(0), 3));
        assert_eq!(admin.delete(&path).await.expect(200).data()["made"], 1);
        assert_eq!(days(&admin, &group, "scheduled").await, mondays_without(&["2026-03-30"]));
        admin.delete(&path).await.expect_code(409, "invalid_transition");
        admin.patch(&path, json!({ "name": "Again" })).await.expect_code(409, "invalid_transition");
        let left = admin.get(&format!("/api/sites/{site}/holidays")).await.expect(200);
        assert_eq!(each(&left, "name"), [json!("Easter")]);
        assert!(admin.get(&path).await.expect(200).data()["removed_at"].is_string(), "it stays readable");
        let history = admin.get(&format!("{path}/history")).await.expect(200);
        assert_eq!(history.items().len(), 4);
        app.seal_and_verify().await;
    }

    /// A session that its series cancelled is not taken up again on a holiday, but when the holiday goes.
    async fn a_rule_that_comes_back_heeds_holidays(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = site(&admin, "East", "America/Phoenix").await;
        let (group, _) = mondays(&admin, &site).await;
        meets(&admin, &group, "2026-03-03T09:00", "TU").await.expect(200);
        let closed = holiday(&admin, &site, json!({ "first_day": "2026-03-16", "name": "Closed" })).await.expect(201).id();
        let back = meets(&admin, &group, "2026-03-02T09:00", "MO").await.expect(200);
        assert_eq!((each_of(&back, "skipped", "local_date"), each_of(&back, "reinstated", "local_date").len()), (list(&["2026-03-16"]), 7));
        let gone = admin.delete(&format!("/api/sites/{site}/holidays/{closed}")).await.expect(200);
        assert_eq!(gone.data()["made"], 1);
        assert_eq!(days(&admin, &group, "scheduled").await, list(&MONDAYS));
    }

    /// Who may not, may not; what is another's is not there; every bad field is said; a second click is the first.
    async fn holidays_are_checked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (east, west) = (site(&admin, "East", "America/Phoenix").await, site(&admin, "West", "America/Phoenix").await);
        let path = format!("/api/sites/{east}/holidays");
        let day = json!({ "first_day": "2026-12-25", "name": "Christmas" });
        let clicked = admin.with_key("twice");
        let first = clicked.post(&path, day.clone()).await.expect(201);
        assert_eq!(clicked.post(&path, day.clone()).await.expect(201).id(), first.id());
        assert_eq!((&first.data()["last_day"], admin.get(&path).await.items().len()), (&json!("2026-12-25"), 1));

        admin.post(&path, json!({ "first_day": "9999-12-31", "last_day": "soon", "name": " " })).await
            .expect_fields(&[("first_day", "invalid"), ("last_day", "invalid"), ("name", "invalid")]);
        admin.post(&path, json!({ "first_day": "2026-12-25", "last_day": "2026-12-24", "name": "Back" })).await
            .expect_fields(&[("last_day", "out_of_range")]);
        admin.post(&path, json!({ "first_day": "2026-01-01", "last_day": "2027-01-02", "name": "Long" })).await
            .expect_fields(&[("last_day", "out_of_range")]);
        admin.post(&path, json!({ "first_day": "2199-12-31", "last_day": "2199-12-31", "name": "Far" })).await.expect(201);
        admin.post(&path, json!({ "name": "None" })).await.expect(422);

        let one = format!("{path}/{}", first.id());
        admin.patch(&one, json!({ "last_day": "2026-12-01" })).await.expect_fields(&[("last_day", "out_of_range")]);
        admin.with_if_match(9).patch(&one, json!({ "name": "X" })).await.expect_code(412, "stale");
        admin.with_if_match(9).delete(&one).await.expect_code(412, "stale");
        let manager = app.as_role(Role::Manager).await;
        manager.get(&one).await.expect(200);
        manager.post(&path, day.clone()).await.expect_code(403, "forbidden");
        manager.patch(&one, json!({ "name": "X" })).await.expect_code(403, "forbidden");
        manager.delete(&one).await.expect_code(403, "forbidden");
        let settings = app.as_program(&[Permission::SettingsManage, Permission::GroupRead]).await;
        let mut cancels = day.clone();
        cancels["cancel_sessions"] = json!(true);
        settings.post(&path, cancels).await.expect_code(403, "forbidden");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        for gone in [&one, &format!("{one}/history"), &path] {
            stranger.get(gone).await.expect_code(404, "not_found");
        }
        stranger.post(&path, day.clone()).await.expect_code(404, "not_found");
        stranger.delete(&one).await.expect_code(404, "not_found");
        admin.get(&format!("/api/sites/{west}/holidays/{}", first.id())).await.expect_code(404, "not_found");
        admin.get(&format!("/api/sites/{west}/holidays/{}/history", first.id())).await.expect_code(404, "not_found");
        admin.delete(&format!("/api/sites/{east}/holidays/{}", strange_id("hol"))).await.expect_code(404, "not_found");
        assert_eq!(admin.get(&one).await.expect(200).version(), 1, "nothing was changed");
    }

    /// Who adds a holiday but may see no sessions learns how many there are, not which.
    async fn sessions_are_named_to_who_may_see_them(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = site(&admin, "East", "America/Phoenix").await;
        let group = group(&admin, json!({ "site_id": site })).await;
        session(&admin, &group, "2026-03-09T09:00").await;
        let settings = app.as_program(&[Permission::SettingsManage, Permission::GroupRead]).await;
        let added = holiday(&settings, &site, json!({ "first_day": "2026-03-09", "name": "Closed" })).await.expect(201);
        assert_eq!((&added.data()["affected_count"], &added.data()["affected"]), (&json!(1), &json!([])));
    }

    /// A holiday is added, changed and removed on pages without scripts; the schedule and the calendar show it.
    async fn holidays_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let place = site(&admin, "East", "America/Phoenix").await;
        let (group, _) = mondays(&admin, &place).await;
        let browser = app.page_client(Role::Admin).await;
        let page = format!("/settings/sites/{place}");
        browser.get(&page).await.expect(200).expect_text("No holidays to come");
        let new = format!("{page}/holidays/new");
        let form = browser.get(&new).await;
        form.expect(200).expect_text("Cancel the sessions of these days");
        let key = form.hidden("idempotency_key");
        let bad = [("name", " "), ("first_day", ""), ("last_day", "2026-03-01")];
        browser.post_form(&new, &bad).await.expect(422).expect_text("First day is required").expect_text("Name must not be empty");
        let fields = [("idempotency_key", &*key), ("name", "Spring break"), ("first_day", "2026-03-16"), ("last_day", "")];
        let added = browser.post_form(&new, &fields).await;
        let one = added.location().to_owned();
        assert_eq!(browser.post_form(&new, &fields).await.location(), one, "a second click adds no second one");
        let shown = browser.follow(&added).await;
        shown.expect_text("1 session is still planned.").expect_text("Mon 16 Mar 2026, 09:00: Coping skills");
        let version = shown.hidden("version");
        let fields = [("version", &*version), ("name", "Spring break"), ("first_day", "2026-03-16"), ("last_day", "2026-05-08"), ("cancel_sessions", "true")];
        let saved = browser.post_form(&one, &fields).await;
        browser.follow(&saved).await.expect_text("Saved. 7 sessions are cancelled.");
        browser.post_form(&one, &fields).await.expect(412).expect_text("Somebody else has changed this");
        browser.get(&page).await.expect(200).expect_text("Spring break").expect_text("8 May 2026");

        let later = group_at(&admin, &place).await;
        let rule = [("days", "MO"), ("at", "11:00"), ("starts_on", "2026-03-02"), ("every", "1"), ("ends", "never")];
        let preview = browser.post_form(&format!("/groups/{later}/schedule/preview"), &rule).await;
        preview.expect(200).expect_text("<del>Mon 16 Mar 2026</del> Spring break").expect_text("Left out: holidays");
        browser.get(&format!("/groups/{group}/schedule")).await.expect_text("<del>Mon 16 Mar 2026</del> Spring break");
        for view in ["day", "week", "month", "agenda"] {
            browser.get(&format!("/calendar?view={view}&day=2026-03-17")).await.expect(200).expect_text("Spring break");
        }
        let west = site(&admin, "West", "America/Phoenix").await;
        browser.get("/calendar?view=day&day=2026-03-17").await.expect(200).expect_text("Spring break, East");
        let elsewhere = browser.get(&format!("/calendar?view=day&day=2026-03-17&site={west}")).await;
        assert!(!elsewhere.expect(200).html.contains("Spring break"));

        let current = browser.get(&one).await;
        let (key, version) = (current.hidden("idempotency_key"), current.hidden("version"));
        let fields = [("idempotency_key", &*key), ("version", &*version)];
        let removed = browser.post_form(&format!("{one}/remove"), &fields).await;
        browser.follow(&removed).await.expect_text("The holiday is removed. Sessions that were cancelled stay cancelled.");
        browser.get(&one).await.expect(200).expect_text("This holiday was removed.");
        let manager = app.page_client(Role::Manager).await;
        for closed in [&new, &one] {
            manager.get(closed).await.expect(403);
        }
    }
}

async fn group_at(admin: &Client, site: &str) -> String {
    group(admin, json!({ "site_id": site })).await
}

/// One field of every item of a list in an answer.
fn each_of(answer: &Answer, name: &str, field: &str) -> Vec<String> {
    let all = answer.data()[name].as_array().unwrap();
    all.iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}
