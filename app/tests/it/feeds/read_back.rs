//! A feed read by programs of somebody else (`icalendar` and `recurring-ical-events`, from PyPI) says exactly the
//! sessions that the API lists: moved, cancelled and single ones, over the days on which clocks change.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use jiff::Timestamp;

use super::*;

/// The interpreter with the programs of others; says so when it is not there, and fails then where everything must be.
fn python() -> Option<String> {
    let python = std::env::var("CONVENE_TEST_PYTHON").ok().filter(|python| !python.is_empty());
    if python.is_none() {
        eprintln!("skipped: CONVENE_TEST_PYTHON is not set; `cargo xtask test` sets it");
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "Python is missing, and nothing may be skipped");
    }
    python
}

/// What the others' programs find in a calendar: start and end of each occurrence.
fn read(python: &str, calendar: &str) -> Vec<(Timestamp, Timestamp)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../e2e/read_calendar.py");
    let mut reader = Command::new(python)
        .arg(script)
        .args(["2025-01-01T00:00:00+00:00", "2028-01-01T00:00:00+00:00"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = reader.stdin.take().unwrap();
    input.write_all(calendar.as_bytes()).unwrap();
    drop(input);
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{calendar}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<(Timestamp, Timestamp)> = serde_json::from_slice(&output.stdout).unwrap();
    found
}

/// The sessions that take place, as the API lists them.
fn held(sessions: &[Value]) -> Vec<(Timestamp, Timestamp)> {
    let instant = |value: &Value| text(value).parse::<Timestamp>().unwrap();
    let held = sessions.iter().filter(|one| !["cancelled", "voided"].contains(&one["status"].as_str().unwrap()));
    let mut held: Vec<_> = held.map(|one| (instant(&one["starts_at"]), instant(&one["ends_at"]))).collect();
    held.sort();
    held
}

/// Every session of a group or of a place, page by page.
async fn all(admin: &Client, filter: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/sessions?{filter}&status=all&limit=200&cursor={cursor}")).await.expect(200);
        found.extend(page.items().iter().cloned());
        let Some(next) = page.next() else { return found };
        cursor = next;
    }
}

/// Moves one, cancels one, and adds one by hand.
async fn disturb(admin: &Client, group: &str) {
    let made = of_group(admin, group).await;
    let at = |index: usize| format!("/api/sessions/{}", text(&made[index]["id"]));
    let day = |index: usize| text(&made[index]["local_date"]);
    let moved = json!({ "starts_at": format!("{}T15:15", day(1)), "ends_at": format!("{}T16:00", day(1)) });
    admin.patch(&at(1), moved).await.expect(200);
    admin.post(&format!("{}/cancel", at(3)), json!({ "reason": "Flood" })).await.expect(200);
    session(admin, group, &format!("{}T19:00", day(2))).await;
}

on_both! {
    /// Weekly, every other week, monthly, and at hours that the change of the clocks skips or repeats.
    async fn others_read_the_same_sessions(app: TestApp) {
        let Some(python) = python() else { return };
        let clinic = Clinic::new(&app).await;
        let admin = &clinic.admin;
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 52 })).await.expect(200);
        for (zone, starts) in [
            ("America/New_York", ["2026-03-01T02:30", "2026-03-08T01:30", "2026-03-02T09:00", "2026-02-10T23:30"]),
            ("Australia/Lord_Howe", ["2026-03-01T02:15", "2026-03-08T01:45", "2026-03-02T09:00", "2026-02-10T23:30"]),
        ] {
            let site = admin.post("/api/sites", json!({ "name": zone, "zone": zone })).await.expect(201).id();
            let (_, of_site) = feed(admin, json!({ "site_id": site })).await;
            for (start, rule) in starts.into_iter().zip([
                "FREQ=WEEKLY;BYDAY=SU",
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TH",
                "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=60",
                "FREQ=MONTHLY;BYDAY=2TU,-1SU",
            ]) {
                let own = group(admin, json!({ "site_id": site, "duration_minutes": 90 })).await;
                let rule = json!({ "start": start, "rrule": rule, "rdate": ["2026-05-05T07:00"], "exdate": ["2026-04-05"] });
                admin.put(&format!("/api/groups/{own}/recurrence"), rule).await.expect(200);
                disturb(admin, &own).await;
            }
            let listed = held(&all(admin, &format!("site_id={site}")).await);
            assert!(listed.len() > 150, "{}", listed.len());
            let calendar = app.as_nobody().get(&of_site).await.expect(200);
            assert_eq!(read(&python, &calendar.text), listed, "{zone}: {}", calendar.text);
        }
    }

    /// One who is booked into some of them, and has given one up, reads just the others.
    async fn others_read_a_patients_sessions(app: TestApp) {
        let Some(python) = python() else { return };
        let clinic = Clinic::new(&app).await;
        let admin = &clinic.admin;
        disturb(admin, &clinic.group).await;
        let late = patient(admin, "Ibarra").await;
        let (_, address) = feed(admin, json!({ "patient_id": late })).await;
        let nothing = app.as_nobody().get(&address).await.expect(200);
        assert_eq!(read(&python, &nothing.text), []);
        let made = of_group(admin, &clinic.group).await;
        let booked: Vec<Value> = made.iter().filter(|one| one["status"] == "scheduled").step_by(2).cloned().collect();
        for one in &booked {
            let path = format!("/api/sessions/{}/add-patient", text(&one["id"]));
            admin.post(&path, json!({ "patient_id": late })).await.expect(201);
        }
        let calendar = app.as_nobody().get(&address).await.expect(200);
        assert_eq!(read(&python, &calendar.text), held(&booked));
        let session = text(&booked[1]["id"]);
        let listed = participants(admin, &session).await;
        let own = listed.items().iter().find(|one| one["patient_id"] == late.as_str()).unwrap();
        let path = format!("/api/sessions/{session}/participants/{}/cancel", text(&own["id"]));
        admin.post(&path, json!({ "reason": "Ill" })).await.expect(200);
        let kept = [&booked[..1], &booked[2..]].concat();
        let calendar = app.as_nobody().get(&address).await.expect(200);
        assert_eq!(read(&python, &calendar.text), held(&kept));
    }

    /// What was changed for one and all after it, again and again, is read as it is listed: at other hours and weekdays, at
    /// another length, in another zone, over the days on which clocks change, with days left out by holidays, also by one
    /// that comes later and cancels what is planned. A patient who is in it reads the same.
    async fn others_read_series_that_were_changed(app: TestApp) {
        let Some(python) = python() else { return };
        let clinic = Clinic::new(&app).await;
        let admin = &clinic.admin;
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 52 })).await.expect(200);
        let site = |zone: &'static str| async move {
            admin.post("/api/sites", json!({ "name": zone, "zone": zone })).await.expect(201).id()
        };
        let (main, away) = (site("America/New_York").await, site("Australia/Lord_Howe").await);
        let (_, of_leader) = feed(&clinic.leader.client, json!({ "practitioner_id": clinic.leader.practitioner })).await;
        let (_, of_patient) = feed(admin, json!({ "patient_id": clinic.patient })).await;
        let mut groups = vec![clinic.group.clone()];
        for (start, rule) in [
            ("2026-03-01T02:30", "FREQ=WEEKLY;BYDAY=SU"),
            ("2026-03-02T11:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"),
            ("2026-03-10T23:30", "FREQ=MONTHLY;BYDAY=2TU,-1SU"),
        ] {
            let more = json!({ "site_id": main, "duration_minutes": 30, "facilitator_id": clinic.leader.practitioner });
            let own = group(admin, more).await;
            member(admin, &own, &clinic.patient).await;
            let rule = json!({ "start": start, "rrule": rule, "exdate": ["2026-04-05"] });
            admin.put(&format!("/api/groups/{own}/recurrence"), rule).await.expect(200);
            groups.push(own);
        }
        let compared = async |after: &str| {
            let mut listed = Vec::new();
            for group in &groups {
                listed.extend(all(admin, &format!("group_id={group}")).await);
            }
            let listed = held(&listed);
            assert!(listed.len() > 100, "{after}: {}", listed.len());
            for address in [&of_leader, &of_patient] {
                let calendar = app.as_nobody().get(address).await.expect(200);
                assert_eq!(read(&python, &calendar.text), listed, "{after}: {}", calendar.text);
            }
            listed
        };
        let mut before = compared("as they were made").await;
        for (after, first, days, hour, more) in [
            ("later in the day", 4, 0, Some(14), json!({ "duration_minutes": 45 })),
            ("a day later", 7, 1, Some(15), json!({})),
            ("at another site in another zone", 10, 0, None, json!({ "site_id": away })),
            ("once more, from an earlier one on", 6, 0, Some(2), json!({})),
        ] {
            app.advance(SignedDuration::from_mins(5));
            for (number, group) in groups.iter().enumerate() {
                let one = of_group(admin, group).await[first].clone();
                let mut change = more.clone();
                if let Some(hour) = hour {
                    let day: jiff::civil::Date = text(&one["local_date"]).parse().unwrap();
                    let day = day.checked_add(jiff::Span::new().days(days)).unwrap();
                    // Each at an hour of its own: nobody is in two places at once.
                    change["starts_at"] = json!(format!("{day}T{:02}:15", hour + 2 * number));
                }
                admin.patch(&format!("/api/sessions/{}?scope=following", text(&one["id"])), change).await.expect(200);
            }
            let now = compared(after).await;
            assert_ne!(now, before, "{after}: nothing was changed");
            before = now;
        }
        // One day by itself, then holidays: of days that are not made yet, and of a week that is.
        disturb(admin, &groups[2]).await;
        app.advance(SignedDuration::from_mins(5));
        for (site, body) in [
            (&main, json!({ "first_day": "2026-03-23", "last_day": "2026-04-19", "name": "Spring break" })),
            (&away, json!({ "first_day": "2026-08-01", "last_day": "2026-08-31", "name": "Winter" })),
        ] {
            let mut body = body;
            body["cancel_sessions"] = json!(true);
            admin.post(&format!("/api/sites/{site}/holidays"), body).await.expect(201);
        }
        let now = compared("with holidays").await;
        assert!(now.len() < before.len(), "nothing was cancelled");
        app.advance(SignedDuration::from_hours(24 * 40));
        app::schedule::jobs::fill(&app.cx()).await.unwrap();
        let later = compared("forty days later").await;
        assert!(later.last() > now.last(), "nothing was made");
    }
}
