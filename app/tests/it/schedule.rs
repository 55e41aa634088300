//! The schedule: what a rule makes of a group's coming weeks.

use std::{collections::BTreeSet, task::Poll};

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, Engine, TestApp, on_both},
    sessions::{each, group, member, participants, patient, practitioner, session},
};

/// Groups that a fill is killed among: more than it takes up at once, twice.
const GROUPS: usize = 50;

/// Mondays and Wednesdays at nine, from the first week of March 2026 on.
fn weekly() -> Value {
    json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO,WE" })
}

async fn set(admin: &Client, group: &str, rule: Value) -> Answer {
    admin.put(&format!("/api/groups/{group}/recurrence"), rule).await
}

async fn all(admin: &Client, group: &str, more: &str) -> Answer {
    admin.get(&format!("/api/sessions?group_id={group}&limit=200{more}")).await.expect(200)
}

fn count(value: &Value) -> usize {
    value.as_array().unwrap().len()
}

/// How many rows there are of everything a schedule writes.
async fn rows(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "sessions",
        "encounters",
        "session_participants",
        "session_leaders",
        "events",
        "record_versions",
        "audit_pending",
    ] {
        let sql = format!("select count(*) as n from {table} where organization_id = $1");
        counts.push(app.rows(&sql, &[]).await[0].at(0).unwrap());
    }
    counts
}

on_both! {
    /// A weekly rule makes the sessions of eight weeks, with leaders, bookings, encounters and numbers.
    async fn a_rule_makes_the_coming_sessions(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let group = group(&admin, json!({ "facilitator_id": dana })).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        member(&admin, &group, &patient(&admin, "Birch").await).await;
        let preview = admin.put(&format!("/api/groups/{group}/recurrence?dry_run=true"), weekly()).await.expect(200);
        assert_eq!((&preview.data()["words"], count(&preview.data()["created"])), (&json!("Every Monday and Wednesday at 09:00"), 16));
        assert!(all(&admin, &group, "").await.items().is_empty(), "a preview makes nothing");
        let done = set(&admin, &group, weekly()).await.expect(200);
        assert_eq!((count(&done.data()["created"]), &done.data()["until"]), (16, &json!("2026-04-29")));
        let made = all(&admin, &group, "").await;
        let days = each(&made, "local_date");
        assert_eq!((days.first().unwrap(), days.last().unwrap()), (&json!("2026-03-09"), &json!("2026-04-29")), "what is past today is past");
        let numbers: BTreeSet<String> = each(&made, "session_number").iter().map(Value::to_string).collect();
        assert_eq!(numbers.len(), 16);
        for one in made.items() {
            assert!(one["starts_at"].as_str().unwrap().ends_with("T09:00:00-07:00"), "{one}");
            assert_eq!((&one["current_capacity"], &one["leaders"][0]["practitioner_id"]), (&json!(2), &json!(dana)));
            assert!(one["encounter_id"].is_string() && !one["recurrence_id"].is_null());
        }
        let shown = admin.get(&format!("/api/groups/{group}/recurrence")).await.expect(200);
        assert_eq!(shown.data()["next"][0]["session_id"], made.items()[0]["id"]);
        assert_eq!(shown.data()["next"][0]["local_date"], "2026-03-09");
        assert_eq!(app.count_of("group.recurrence_set").await, 1);
        app.seal_and_verify().await;
    }

    /// Making the sessions twice makes nothing and writes nothing; so does the job.
    async fn the_second_pass_writes_nothing(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        set(&admin, &group, weekly()).await.expect(200);
        let before = rows(&app).await;
        let again = admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await.expect(200);
        assert_eq!((count(&again.data()["created"]), &again.data()["unchanged"]), (0, &json!(16)));
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), 0);
        assert_eq!(rows(&app).await, before);
        app.advance(SignedDuration::from_hours(24 * 7));
        let missing = admin.post(&format!("/api/groups/{group}/sessions/generate?dry_run=true"), json!({})).await.expect(200);
        assert_eq!((count(&missing.data()["created"]), rows(&app).await), (2, before));
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), 1);
        assert_eq!(all(&admin, &group, "").await.items().len(), 18);
        let filled = rows(&app).await;
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), 0);
        assert_eq!(rows(&app).await, filled);
        let booked = all(&admin, &group, "&date_from=2026-05-01").await;
        assert_eq!(each(&booked, "current_capacity"), [1, 1].map(|n| json!(n)));
    }

    /// A schedule without any meeting is refused with the reason, asked or meant; so is one beyond the calendar.
    async fn a_schedule_without_a_meeting_is_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let path = format!("/api/groups/{group}/recurrence");
        let rule = |rrule: &str| json!({ "start": "2026-03-02T09:00", "rrule": rrule });
        let left_out = json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;COUNT=2", "exdate": ["2026-03-02", "2026-03-09"] });
        for (body, field, words) in [
            (rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "rrule", "never yields a meeting"),
            (rule("FREQ=WEEKLY;BYDAY=TU;UNTIL=20260302"), "rrule", "ends before its first meeting, which would be on 3 March 2026"),
            (left_out, "exdate", "must leave a meeting over"),
        ] {
            for asked in ["", "?dry_run=true"] {
                let refused = admin.put(&format!("{path}{asked}"), body.clone()).await.expect_fields(&[(field, "yields_nothing")]);
                assert!(refused.json["detail"].as_str().unwrap().contains(words), "{refused}");
            }
        }
        let far = set(&admin, &group, json!({ "start": "2200-03-02T09:00", "rrule": "FREQ=WEEKLY;UNTIL=22010101" })).await.expect(422);
        assert_eq!(far.json["errors"][0]["message"], "must be in the years 1900 to 2199");
        assert!(far.json["errors"][1]["message"].as_str().unwrap().contains("UNTIL must be in the years 1900 to 2199"), "{far}");
        assert_eq!(all(&admin, &group, "").await.items().len(), 0);
        for (at, words) in [("2026-03-09T09:00:60", "seconds from 00 to 59"), ("2026-03-09T09:00:60Z", "seconds from 00 to 59"), ("2200-01-01T09:00", "years 1900 to 2199"), ("soon", "such as")] {
            let refused = admin.post("/api/sessions", json!({ "group_id": group, "starts_at": at })).await.expect(422);
            assert!(refused.json["detail"].as_str().unwrap().contains(words), "{refused}");
        }
    }

    /// The body of the smallest schedule is what the document says is enough.
    async fn single_dates_may_be_left_out(app: TestApp) {
        let document = app.as_nobody().get("/api/openapi.json").await.expect(200);
        assert_eq!(document.json["components"]["schemas"]["RecurrenceInput"]["required"], json!(["start"]));
    }

    /// A server that is killed while it makes the sessions of many groups leaves whole groups or none; the next one
    /// makes the rest, nothing twice, and then there is nothing left to write.
    async fn a_killed_fill_is_finished_without_a_double(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 1 })).await.expect(200);
        for _ in 0..GROUPS {
            let group = group(&admin, json!({})).await;
            set(&admin, &group, json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;BYDAY=WE" })).await.expect(200);
        }
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 12 })).await.expect(200);
        let behind = "select count(*) as n from group_recurrences where organization_id = $1 and filled_until < $2";
        let until = store::Value::Day("2026-05-01".parse().unwrap());
        let behind = async || app.rows(behind, std::slice::from_ref(&until)).await[0].at::<i64>(0).unwrap();
        let all_of_them = behind().await;
        // The second batch meets a row that can't be read: what the first one made stays, and of the second nothing.
        let sql = "select id, recurrence from group_recurrences where organization_id = $1 order by filled_until, id";
        let row = app.rows(sql, &[]).await.remove(29);
        let (id, rule): (String, String) = (row.at(0).unwrap(), row.at(1).unwrap());
        let rewrite = async |text: &str| {
            let sql = "update group_recurrences set recurrence = $2 where organization_id = $1 and id = $3";
            app.tamper(sql, &[text.into(), id.as_str().into()]).await
        };
        assert_eq!(rewrite("{").await, 1);
        app::schedule::jobs::fill(&app.cx()).await.expect_err("it stops in the middle");
        assert_eq!(behind().await, all_of_them - 20, "a batch is whole or not there");
        rewrite(&rule).await;
        // The next one is dropped wherever it is after a look, as a killed server drops it.
        let cx = app.cx();
        let mut fill = Box::pin(app::schedule::jobs::fill(&cx));
        let _ = std::future::poll_fn(|context| Poll::Ready(fill.as_mut().poll(context).is_ready())).await;
        drop(fill);
        let left = behind().await;
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), usize::try_from(left).unwrap());
        let counts = "select group_id, count(*) as n, count(distinct recurrence_id) as starts from sessions \
             where organization_id = $1 group by group_id order by group_id";
        let counts: Vec<(i64, i64)> =
            app.rows(counts, &[]).await.iter().map(|row| (row.at(1).unwrap(), row.at(2).unwrap())).collect();
        assert_eq!(counts, vec![(12, 12); GROUPS]);
        let before = rows(&app).await;
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), 0);
        assert_eq!(rows(&app).await, before, "the second pass writes nothing");
        app.seal_and_verify().await;
    }

    /// Nine o'clock stays nine o'clock when the clocks change, in spring and in autumn.
    async fn local_time_does_not_drift(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 52 })).await.expect(200);
        let site = admin.post("/api/sites", json!({ "name": "East", "zone": "America/New_York" })).await.expect(201).id();
        let group = group(&admin, json!({ "site_id": site })).await;
        let sunday = json!({ "start": "2026-03-01T09:00", "rrule": "FREQ=WEEKLY;BYDAY=SU" });
        set(&admin, &group, sunday).await.expect(200);
        let made = all(&admin, &group, "").await;
        assert_eq!(made.items().len(), 52);
        assert!(each(&made, "starts_at").iter().all(|at| at.as_str().unwrap().contains("T09:00:00-0")), "{made}");
        let offset = |day: &str| {
            let of_day = made.items().iter().find(|one| one["local_date"] == day).unwrap();
            of_day["starts_at"].as_str().unwrap()[19..].to_owned()
        };
        assert_eq!((offset("2026-03-08"), offset("2026-10-25"), offset("2026-11-01")), ("-04:00".into(), "-04:00".into(), "-05:00".into()));
        let night = json!({ "start": "2026-03-01T02:30", "rrule": "FREQ=WEEKLY;BYDAY=SU" });
        let moved = set(&admin, &group, night).await.expect(200);
        assert_eq!(count(&moved.data()["cancelled"]), 52);
        let first = &moved.data()["created"][0];
        assert_eq!((&first["starts_at"], &first["recurrence_id"]), (&json!("2026-03-08T03:30:00-04:00"), &json!("2026-03-08T02:30:00")));
    }

    /// A new rule cancels what it no longer yields, but nothing that was edited or begun; the old rule brings it back.
    async fn a_changed_rule_cancels_and_makes(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        set(&admin, &group, weekly()).await.expect(200);
        let ids = each(&all(&admin, &group, "").await, "id");
        let id = |at: usize| ids[at].as_str().unwrap().to_owned();
        admin.patch(&format!("/api/sessions/{}", id(1)), json!({ "topic": "Boundaries" })).await.expect(200);
        admin.post(&format!("/api/sessions/{}/cancel", id(3)), json!({ "reason": "Holiday" })).await.expect(200);
        let mondays = json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO" });
        let changed = set(&admin, &group, mondays.clone()).await.expect(200);
        assert_eq!((count(&changed.data()["cancelled"]), count(&changed.data()["created"])), (6, 0));
        let read = async |id: String| admin.get(&format!("/api/sessions/{id}")).await.expect(200).data().clone();
        assert_eq!(read(id(1)).await["status"], "scheduled", "edited by hand");
        assert_eq!(read(id(3)).await["cancellation_reason"], "Holiday");
        let gone = read(id(5)).await;
        assert_eq!((&gone["status"], &gone["cancellation_reason"]), (&json!("cancelled"), &json!("series changed")));
        let birch = patient(&admin, "Birch").await;
        member(&admin, &group, &birch).await;
        let back = set(&admin, &group, weekly()).await.expect(200);
        assert_eq!((count(&back.data()["reinstated"]), count(&back.data()["created"])), (6, 0));
        assert_eq!(read(id(3)).await["status"], "cancelled", "what somebody cancelled stays cancelled");
        let again = read(id(5)).await;
        assert_eq!((&again["status"], &again["current_capacity"]), (&json!("scheduled"), &json!(2)), "with the roster of today");
        let later = json!({ "start": "2026-03-02T10:00", "rrule": "FREQ=WEEKLY;BYDAY=MO" });
        let moved = set(&admin, &group, later).await.expect(200);
        assert_eq!(count(&moved.data()["created"]), 8);
        let until = json!({ "start": "2026-03-02T10:00", "rrule": "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260320" });
        assert_eq!(count(&set(&admin, &group, until).await.expect(200).data()["cancelled"]), 6);
        app.seal_and_verify().await;
    }

    /// A series has its group's length, zone and name, unless it has a length of its own.
    async fn a_series_follows_its_group(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        set(&admin, &group, weekly()).await.expect(200);
        let site = admin.post("/api/sites", json!({ "name": "East", "zone": "America/New_York" })).await.expect(201).id();
        let change = json!({ "duration_minutes": 90, "name": "Calm", "site_id": site });
        admin.patch(&format!("/api/groups/{group}"), change).await.expect(200);
        let followed = all(&admin, &group, "").await;
        assert_eq!(followed.items().len(), 16);
        for one in followed.items() {
            assert_eq!((&one["duration_minutes"], &one["title"]), (&json!(90), &json!("Calm")));
            assert!(one["starts_at"].as_str().unwrap().ends_with("T09:00:00-04:00"), "{one}");
        }
        let mut own = weekly();
        own["duration_minutes"] = json!(45);
        assert_eq!(count(&set(&admin, &group, own).await.expect(200).data()["changed"]), 16);
        admin.patch(&format!("/api/groups/{group}"), json!({ "duration_minutes": 120 })).await.expect(200);
        assert!(each(&all(&admin, &group, "").await, "duration_minutes").iter().all(|minutes| *minutes == 45));
    }

    /// Archiving stops a series; restoring brings back what it had and what it missed.
    async fn a_restored_group_catches_up(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        set(&admin, &group, weekly()).await.expect(200);
        admin.delete(&format!("/api/groups/{group}")).await.expect(200);
        assert_eq!(app.count_of("session.cancelled").await, 1, "one event with a count");
        set(&admin, &group, weekly()).await.expect_code(409, "invalid_transition");
        admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await.expect_code(409, "invalid_transition");
        app.advance(SignedDuration::from_hours(24 * 7));
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), 0, "an archived group has no coming sessions");
        admin.post(&format!("/api/groups/{group}/restore"), json!({})).await;
        let back = all(&admin, &group, "&status=scheduled&date_from=2026-03-12").await;
        assert_eq!(back.items().len(), 16, "two are past, two are new");
    }

    /// Sessions of a series that clash are made and flagged; one scheduled by hand at the same start is taken in.
    async fn clashes_are_flagged_and_singles_taken_in(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let group = group(&admin, json!({ "facilitator_id": dana })).await;
        let taken = json!({ "starts_at": "2026-03-11T09:30", "leaders": [{ "practitioner_id": dana }] });
        admin.post("/api/sessions", taken).await.expect(201);
        let single = session(&admin, &group, "2026-03-16T09:00").await;
        let done = set(&admin, &group, weekly()).await.expect(200);
        assert_eq!((count(&done.data()["created"]), count(&done.data()["changed"])), (15, 1));
        let flagged: Vec<_> = all(&admin, &group, "").await.items().iter().filter(|one| one["has_conflict"] == true).cloned().collect();
        assert_eq!(flagged.len(), 1);
        assert_eq!(flagged[0]["local_date"], "2026-03-11");
        let adopted = admin.get(&format!("/api/sessions/{single}")).await;
        assert_eq!(adopted.data()["recurrence_id"], "2026-03-16T09:00:00");
    }

    /// Every frequency makes its sessions: the rule's own days, within the horizon.
    async fn every_frequency_is_scheduled(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        for (rule, words, made) in [
            ("FREQ=DAILY;INTERVAL=14", "Every 14 days at 09:00", 4),
            ("FREQ=MONTHLY;BYDAY=-1FR", "On the last Friday of each month at 09:00", 2),
            ("FREQ=MONTHLY;BYMONTHDAY=15", "On the 15th of each month at 09:00", 2),
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
             "Every month, on any weekday (Monday to Friday), of these days of a month only the 1st, at 09:00", 1),
            ("FREQ=YEARLY;BYMONTH=4;BYDAY=2TU", "Every year on the second Tuesday of April at 09:00", 1),
            ("FREQ=YEARLY;BYWEEKNO=15;BYDAY=MO,WE", "Every year, in the 15th week of the year, on any Monday or any Wednesday, at 09:00", 2),
        ] {
            let group = group(&admin, json!({})).await;
            let done = set(&admin, &group, json!({ "start": "2026-03-03T09:00", "rrule": rule })).await.expect(200);
            assert_eq!((&done.data()["words"], count(&done.data()["created"])), (&json!(words), made), "{rule}");
            assert_eq!(done.data()["recurrence"]["rrule"], rule);
        }
    }

    /// What can't be is said, each field by its name, and what would help.
    async fn bad_rules_are_refused(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let hourly = json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=HOURLY;BYWEEKNO=3;COUNT=0" });
        let refused = set(&admin, &group, hourly).await.expect_fields(&[("rrule", "invalid")]);
        let told = refused.json["errors"][0]["message"].to_string();
        assert!(["HOURLY is not for groups", "COUNT must be 1 to 9999"].iter().all(|part| told.contains(part)), "{told}");
        let bad = json!({ "start": "soon", "rrule": "FREQ=OFTEN", "duration_minutes": 1, "exdate": ["x"] });
        set(&admin, &group, bad).await.expect_fields(&[
            ("start", "invalid"), ("rrule", "invalid"), ("duration_minutes", "out_of_range"), ("exdate[0]", "invalid"),
        ]);
        let nothing = admin.get(&format!("/api/groups/{group}/recurrence")).await.expect(200);
        assert_eq!((&nothing.data()["recurrence"], count(&nothing.data()["next"])), (&Value::Null, 0));
        admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await.expect_code(404, "not_found");
        set(&app.as_role(Role::Nurse).await, &group, weekly()).await.expect_code(403, "forbidden");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        set(&stranger, &group, weekly()).await.expect_code(404, "not_found");
        set(&admin, &group, weekly()).await.expect(200);
        admin.with_if_match(7).put(&format!("/api/groups/{group}/recurrence"), weekly()).await.expect_code(412, "stale");
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 53 })).await.expect_fields(&[("schedule_horizon_weeks", "out_of_range")]);
    }

    /// Eight who make the sessions of one group at once, while members join, make each once and book each member once.
    async fn sessions_are_made_once_whoever_makes_them(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let first = json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO" });
        set(&admin, &group, first).await.expect(200);
        let mut people = Vec::new();
        for number in 0..6 {
            people.push(patient(&admin, &format!("Person {number}")).await);
        }
        let mut work = tokio::task::JoinSet::new();
        for number in 0..8 {
            let (admin, group) = (admin.clone(), group.clone());
            let joins = people.get(number).cloned();
            work.spawn(async move {
                set(&admin, &group, weekly()).await.expect(200);
                admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await.expect(200);
                if let Some(patient) = joins {
                    member(&admin, &group, &patient).await;
                }
            });
        }
        work.join_all().await;
        let made = all(&admin, &group, "").await;
        assert_eq!(made.items().len(), 16);
        assert!(each(&made, "current_capacity").iter().all(|taken| *taken == 6), "{made}");
        let booked = participants(&admin, made.items()[0]["id"].as_str().unwrap()).await;
        let numbers: BTreeSet<String> = each(&booked, "appointment_number").iter().map(Value::to_string).collect();
        assert_eq!(numbers.len(), 6);
        app.seal_and_verify().await;
    }
}

/// The background job is there for every organization, does its work, and comes again; one that a killed server had
/// claimed is done when the claim is over. On SQLite alone: PostgreSQL's jobs belong to all stories at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_job_keeps_the_horizon_filled() {
    let app = TestApp::on(Engine::Sqlite).await;
    let admin = app.as_role(Role::Admin).await;
    let group = group(&admin, json!({})).await;
    set(&admin, &group, weekly()).await.expect(200);
    app::jobs::ensure(&app.app).await.unwrap();
    app::jobs::ensure(&app.app).await.unwrap();
    assert_eq!(app::jobs::run_due(&app.app).await.unwrap(), app::jobs::Job::ALL.len(), "one organization, one of each");
    assert_eq!(app::jobs::run_due(&app.app).await.unwrap(), 0, "not due again at once");
    app.advance(SignedDuration::from_hours(24 * 14));
    let killed = "update jobs set claimed_until = $2 where organization = $1";
    let until = app.now().checked_add(SignedDuration::from_mins(4)).unwrap();
    app.tamper(killed, &[store::Value::Time(until)]).await;
    assert_eq!(app::jobs::run_due(&app.app).await.unwrap(), 0, "another server has it");
    app.advance(SignedDuration::from_mins(4));
    assert_eq!(app::jobs::run_due(&app.app).await.unwrap(), app::jobs::Job::ALL.len());
    assert_eq!(all(&admin, &group, "").await.items().len(), 20);
}
