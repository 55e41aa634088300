//! Changing several sessions of a series: this one and those after it, or all that are to come.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, TestApp, on_both},
    sessions::{each, group, member, participants, patient, practitioner, session},
};

mod concurrent;

/// Sessions on Mondays at nine, of eight weeks: 9 March to 27 April 2026.
async fn mondays(admin: &Client, group: &str) -> Vec<String> {
    let rule = json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO" });
    admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
    each(&all(admin, group).await, "id").iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn all(admin: &Client, group: &str) -> Answer {
    admin.get(&format!("/api/sessions?group_id={group}&limit=200")).await.expect(200)
}

/// The starts of the group's sessions that are not cancelled: month, day and time.
async fn starts(admin: &Client, group: &str) -> Vec<String> {
    let found = all(admin, group).await;
    let live = found.items().iter().filter(|one| one["status"] != "cancelled");
    live.map(|one| one["starts_at"].as_str().unwrap()[5..16].to_owned()).collect()
}

async fn edit(admin: &Client, id: &str, scope: &str, change: Value) -> Answer {
    admin.patch(&format!("/api/sessions/{id}?scope={scope}"), change).await
}

async fn read(admin: &Client, id: &str) -> Value {
    admin.get(&format!("/api/sessions/{id}")).await.expect(200).data().clone()
}

fn count(value: &Value) -> usize {
    value.as_array().unwrap().len()
}

on_both! {
    /// A count is of the stretch that says it, and every answer says what holds now.
    async fn a_count_is_of_its_stretch(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=6" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let third = all(&admin, &group).await.items()[2]["id"].as_str().unwrap().to_owned();
        let done = edit(&admin, &third, "following", json!({ "starts_at": "2026-03-24T10:00" })).await.expect(200);
        assert_eq!(done.data()["change"]["words"], "Every Tuesday at 10:00, 4 times");
        let filled = admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await.expect(200);
        assert_eq!(filled.data()["words"], "Every Monday at 09:00, 2 times");
        let words: Vec<_> = filled.data()["parts"].as_array().unwrap().iter().map(|part| part["words"].clone()).collect();
        assert_eq!(words, ["Every Monday at 09:00, 2 times", "Every Tuesday at 10:00, 4 times"]);
    }

    /// What a series moves to a holiday of its site does not take place, is listed, and does when the holiday is lifted.
    async fn nothing_is_moved_to_a_holiday(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let site = admin.post("/api/sites", json!({ "name": "East", "zone": "America/Phoenix" })).await.expect(201).id();
        let group = group(&admin, json!({ "site_id": site })).await;
        let ids = mondays(&admin, &group).await;
        let closed = json!({ "first_day": "2026-03-24", "name": "Founder’s day" });
        let holiday = admin.post(&format!("/api/sites/{site}/holidays"), closed).await.expect(201).id();
        let there = json!({ "first_day": "2026-04-06", "name": "Already there" });
        admin.post(&format!("/api/sites/{site}/holidays"), there).await.expect(201);
        edit(&admin, &ids[4], "following", json!({ "starts_at": "2026-04-06T09:30" })).await.expect(200);
        assert!(starts(&admin, &group).await.contains(&"04-06T09:30".to_owned()), "it was there before, and stays that day");
        let change = json!({ "starts_at": "2026-03-17T09:00" });
        let asked = admin.patch(&format!("/api/sessions/{}?scope=following&dry_run=true", ids[1]), change.clone()).await.expect(200);
        let done = edit(&admin, &ids[1], "following", change).await.expect(200);
        for told in [&asked.data()["change"], &done.data()["change"]] {
            assert_eq!((count(&told["skipped"]), count(&told["cancelled"])), (1, 1), "{told}");
            assert_eq!((&told["skipped"][0]["local_date"], &told["skipped"][0]["holiday"]), (&json!("2026-03-24"), &json!("Founder’s day")));
            assert_eq!(told["cancelled"][0]["session_id"], json!(ids[2]));
        }
        assert_eq!(starts(&admin, &group).await[..3], ["03-09T09:00", "03-17T09:00", "03-31T09:00"]);
        let lifted = admin.delete(&format!("/api/sites/{site}/holidays/{holiday}")).await.expect(200);
        assert_eq!(lifted.data()["made"], 1);
        assert_eq!(starts(&admin, &group).await[2], "03-24T09:00");
        assert_eq!(read(&admin, &ids[2]).await["status"], "scheduled", "the same session");
    }

    /// A change can't begin with a session that was cancelled, has begun or is past, and each is told as it is.
    async fn what_stays_is_told_as_it_is(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        let refused = async |id: &str| {
            let refused = edit(&admin, id, "following", json!({ "topic": "Sleep" })).await.expect_code(409, "invalid_transition");
            refused.json["detail"].as_str().unwrap().to_owned()
        };
        admin.post(&format!("/api/sessions/{}/cancel", ids[1]), json!({ "reason": "Snow" })).await.expect(200);
        assert!(refused(&ids[1]).await.starts_with("This session is cancelled, so it stays"));
        app.advance(SignedDuration::from_hours(24 * 5));
        assert!(refused(&ids[0]).await.starts_with("The time of this session has come"));
    }

    /// This and following: the same sessions at other times, with their numbers, names and bookings; the rest stays,
    /// and the sessions made later are where the change put them.
    async fn this_and_following_moves_the_same_sessions(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let group = group(&admin, json!({ "facilitator_id": dana })).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        member(&admin, &group, &patient(&admin, "Birch").await).await;
        let ids = mondays(&admin, &group).await;
        let before = read(&admin, &ids[3]).await;
        let booked = participants(&admin, &ids[3]).await;
        let change = json!({ "starts_at": "2026-04-01T10:00", "duration_minutes": 90 });
        let asked = admin.patch(&format!("/api/sessions/{}?scope=following&dry_run=true", ids[3]), change.clone()).await.expect(200);
        let told = &asked.data()["change"];
        assert_eq!((count(&told["changed"]), &told["words"], &told["told"]["participants"]), (5, &json!("Every Wednesday at 10:00"), &json!(2)), "{told}");
        assert_eq!(told["told"]["leaders"], json!(["Robin Whitfield, LCSW"]));
        assert_eq!((&told["changed"][0]["was_starts_at"], &told["changed"][0]["starts_at"]), (&json!("2026-03-30T09:00:00-07:00"), &json!("2026-04-01T10:00:00-07:00")));
        assert_eq!(read(&admin, &ids[3]).await, before, "only asked");
        let done = edit(&admin, &ids[3], "following", change).await.expect(200);
        assert_eq!(count(&done.data()["change"]["changed"]), 5);
        let expected = ["03-09T09:00", "03-16T09:00", "03-23T09:00", "04-01T10:00", "04-08T10:00", "04-15T10:00", "04-22T10:00", "04-29T10:00"];
        assert_eq!(starts(&admin, &group).await, expected);
        let after = read(&admin, &ids[3]).await;
        for same in ["session_number", "recurrence_id", "edited_by_hand"] {
            assert_eq!(after[same], before[same], "{same}");
        }
        assert_eq!((&after["duration_minutes"], after["version"].as_i64()), (&json!(90), Some(before["version"].as_i64().unwrap() + 1)));
        assert_eq!(each(&participants(&admin, &ids[3]).await, "appointment_number"), each(&booked, "appointment_number"));
        assert_eq!((app.count_of("group.series_changed").await, app.count_of("session.rescheduled").await), (1, 1));
        app.advance(SignedDuration::from_hours(24 * 14));
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), 1);
        assert_eq!(starts(&admin, &group).await[8..], ["05-06T10:00", "05-13T10:00"]);
        assert_eq!(app::schedule::jobs::fill(&app.cx()).await.unwrap(), 0);
        let shown = admin.get(&format!("/api/groups/{group}/recurrence")).await.expect(200);
        let parts: Vec<_> = shown.data()["parts"].as_array().unwrap().iter().map(|part| (part["words"].clone(), part["from"].clone())).collect();
        assert_eq!(parts, [(json!("Every Monday at 09:00"), json!("2026-03-02")), (json!("Every Wednesday at 10:00"), json!("2026-04-01"))]);
        app.seal_and_verify().await;
    }

    /// Of the first occurrence, this and following is the whole future, and there is still one part.
    async fn following_the_first_is_the_whole_future(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=3" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let first = all(&admin, &group).await.items()[0]["id"].as_str().unwrap().to_owned();
        edit(&admin, &first, "following", json!({ "starts_at": "2026-03-10T09:30" })).await.expect(200);
        assert_eq!(starts(&admin, &group).await, ["03-10T09:30", "03-17T09:30", "03-24T09:30"], "the count counts on");
        let shown = admin.get(&format!("/api/groups/{group}/recurrence")).await.expect(200);
        assert_eq!((count(&shown.data()["parts"]), &shown.data()["recurrence"]["rrule"]), (1, &json!("FREQ=WEEKLY;COUNT=3;WKST=TU")));
    }

    /// All to come: a session in progress, one edited by hand, one cancelled and one that is over are kept, and said.
    async fn all_to_come_keeps_what_is_not_its_own(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        edit(&admin, &ids[2], "this", json!({ "topic": "Boundaries" })).await.expect(200);
        admin.post(&format!("/api/sessions/{}/cancel", ids[3]), json!({ "reason": "Holiday" })).await.expect(200);
        app.advance(SignedDuration::from_hours(24 * 12));
        let leader = practitioner(&admin, "Okafor").await;
        admin.post(&format!("/api/sessions/{}/leaders", ids[1]), json!({ "practitioner_id": leader })).await.expect(200);
        admin.post(&format!("/api/sessions/{}/start", ids[1]), json!({})).await.expect(200);
        let done = edit(&admin, &ids[1], "all", json!({ "starts_at": "2026-03-16T13:00" })).await.expect(200);
        let change = &done.data()["change"];
        let why: Vec<_> = change["kept"].as_array().unwrap().iter().map(|kept| kept["why"].clone()).collect();
        assert_eq!(why, ["started", "edited_by_hand", "cancelled"].map(|why| json!(why)), "{change}");
        assert_eq!(starts(&admin, &group).await[..6], ["03-09T09:00", "03-16T09:00", "03-23T09:00", "04-06T13:00", "04-13T13:00", "04-20T13:00"]);
        assert_eq!(read(&admin, &ids[1]).await["status"], "in_progress");
    }

    /// The parts say what they have different; what they do not say follows the group, today and later.
    async fn a_part_overrides_and_the_group_reaches_the_rest(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        let kim = practitioner(&admin, "Kim").await;
        let change = json!({ "topic": "Sleep", "title": "Calm nights", "max_capacity": 6, "leaders": [{ "practitioner_id": kim }] });
        let done = edit(&admin, &ids[5], "following", change).await.expect(200);
        assert_eq!(count(&done.data()["change"]["changed"]), 3, "{done}");
        let dana = practitioner(&admin, "Whitfield").await;
        admin.patch(&format!("/api/groups/{group}"), json!({ "name": "Coping", "modality": "virtual", "facilitator_id": dana, "leader_rule": "fixed" })).await.expect(200);
        let (first, last) = (read(&admin, &ids[0]).await, read(&admin, &ids[7]).await);
        assert_eq!((&first["title"], &first["modality"], &first["topic"], &first["leaders"][0]["practitioner_id"]), (&json!("Coping"), &json!("virtual"), &Value::Null, &json!(dana)));
        assert_eq!((&last["title"], &last["modality"], &last["topic"], &last["max_capacity"]), (&json!("Calm nights"), &json!("virtual"), &json!("Sleep"), &json!(6)));
        assert_eq!(last["leaders"][0]["practitioner_id"], json!(kim));
        app.advance(SignedDuration::from_hours(24 * 7));
        app::schedule::jobs::fill(&app.cx()).await.unwrap();
        let made = all(&admin, &group).await.items().last().unwrap().clone();
        assert_eq!((&made["local_date"], &made["topic"], &made["leaders"][0]["practitioner_id"]), (&json!("2026-05-04"), &json!("Sleep"), &json!(kim)));
    }

    /// A clash at any of the new times refuses the whole change and names each; overriding needs permission and reason.
    async fn clashes_refuse_the_whole_change(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let group = group(&admin, json!({ "facilitator_id": dana })).await;
        let ids = mondays(&admin, &group).await;
        let mut taken = Vec::new();
        for day in ["2026-03-17T11:00", "2026-04-07T11:30"] {
            let new = json!({ "starts_at": day, "leaders": [{ "practitioner_id": dana }] });
            let made = admin.post("/api/sessions", new).await.expect(201);
            taken.push(made.data()["session_number"].as_str().unwrap().to_owned());
        }
        let change = json!({ "starts_at": "2026-03-10T11:00" });
        let asked = admin.patch(&format!("/api/sessions/{}?scope=all&dry_run=true", ids[0]), change.clone()).await.expect(200);
        assert_eq!(count(&asked.data()["change"]["conflicts"]), 2);
        let refused = edit(&admin, &ids[0], "all", change.clone()).await.expect_code(409, "conflict");
        for other in &taken {
            assert!(refused.text.contains(other.as_str()), "{other} is not named: {refused}");
        }
        assert_eq!(starts(&admin, &group).await[0], "03-09T09:00", "nothing moved");
        let mut over = change;
        over["override_conflict"] = json!(true);
        edit(&app.as_role(Role::Therapist).await, &ids[0], "all", over.clone()).await.expect_code(403, "forbidden");
        edit(&admin, &ids[0], "all", over.clone()).await.expect_fields(&[("reason", "reason_required")]);
        over["reason"] = json!("Two rooms beside each other");
        edit(&admin, &ids[0], "all", over).await.expect(200);
        let flagged: Vec<_> = all(&admin, &group).await.items().iter().filter(|one| one["has_conflict"] == true).map(|one| one["local_date"].clone()).collect();
        assert_eq!(flagged, [json!("2026-03-17"), json!("2026-04-07")]);
    }

    /// A daily series moves a day without clashing with itself.
    async fn a_series_does_not_clash_with_itself(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let dana = practitioner(&admin, "Whitfield").await;
        let group = group(&admin, json!({ "facilitator_id": dana })).await;
        let daily = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=10" });
        admin.put(&format!("/api/groups/{group}/recurrence"), daily).await.expect(200);
        let ids = each(&all(&admin, &group).await, "id");
        edit(&admin, ids[0].as_str().unwrap(), "all", json!({ "starts_at": "2026-03-10T09:00" })).await.expect(200);
        let moved = starts(&admin, &group).await;
        assert_eq!((moved.len(), moved[0].as_str(), moved[4].as_str()), (10, "03-10T09:00", "03-14T09:00"));
        let again = admin.post(&format!("/api/groups/{group}/sessions/generate"), json!({})).await.expect(200);
        assert_eq!((count(&again.data()["created"]), count(&again.data()["cancelled"]), &again.data()["unchanged"]), (0, 0, &json!(10)));
    }

    /// What can't be is said: a session by itself, one that is over, the past, the neighbour, another's, too far.
    async fn what_can_not_be_is_said(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        let single = session(&admin, &group, "2026-03-12T09:00").await;
        let topic = json!({ "topic": "Sleep" });
        edit(&admin, &single, "following", topic.clone()).await.expect_fields(&[("scope", "not_in_series")]);
        edit(&admin, &ids[0], "some", topic.clone()).await.expect(422);
        edit(&admin, &ids[2], "following", json!({ "starts_at": "2026-03-16T09:00" })).await.expect_fields(&[("starts_at", "out_of_order")]);
        edit(&admin, &ids[2], "following", json!({ "starts_at": "2026-03-01T09:00" })).await.expect_fields(&[("starts_at", "past")]);
        edit(&admin, &ids[2], "following", json!({ "starts_at": "2028-03-01T09:00" })).await.expect_fields(&[("starts_at", "too_far")]);
        edit(&admin, &ids[2], "following", json!({ "max_capacity": 21 })).await.expect_fields(&[("max_capacity", "out_of_range")]);
        let breaks = json!({ "breaks": [{ "starts_at": "2026-03-23T09:10", "ends_at": "2026-03-23T09:20" }] });
        edit(&admin, &ids[2], "all", breaks).await.expect_fields(&[("breaks", "one_session")]);
        edit(&app.as_role(Role::Receptionist).await, &ids[2], "all", topic.clone()).await.expect_code(403, "forbidden");
        let stranger = app.other_organization().await.as_role(Role::Admin).await;
        edit(&stranger, &ids[2], "all", topic.clone()).await.expect_code(404, "not_found");
        admin.post(&format!("/api/sessions/{}/cancel", ids[1]), json!({ "reason": "Snow" })).await.expect(200);
        edit(&admin, &ids[1], "following", topic.clone()).await.expect_code(409, "invalid_transition");
        app.advance(SignedDuration::from_hours(24 * 90));
        let admin = app.as_role(Role::Admin).await;
        edit(&admin, &ids[2], "following", topic.clone()).await.expect_code(409, "invalid_transition");
        admin.delete(&format!("/api/groups/{group}")).await.expect(200);
        edit(&admin, &ids[2], "all", topic).await.expect_code(409, "invalid_transition");
    }

    /// When no session is left, all to come is nobody.
    async fn nothing_to_come_is_said(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let once = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=2" });
        admin.put(&format!("/api/groups/{group}/recurrence"), once).await.expect(200);
        let first = all(&admin, &group).await.items()[0]["id"].as_str().unwrap().to_owned();
        app.advance(SignedDuration::from_hours(24 * 30));
        let admin = app.as_role(Role::Admin).await;
        edit(&admin, &first, "all", json!({ "topic": "Sleep" })).await.expect_code(422, "nothing_to_come");
    }

    /// A dry run writes nothing, whatever it is asked.
    async fn a_dry_run_writes_nothing(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        let written = async || {
            let mut counts = Vec::new();
            for table in ["sessions", "record_versions", "events", "audit_pending", "group_recurrences"] {
                let sql = format!("select count(*) as n from {table} where organization_id = $1");
                counts.push(app.rows(&sql, &[]).await[0].at::<i64>(0).unwrap());
            }
            counts
        };
        let before = written().await;
        for scope in ["this", "following", "all"] {
            let change = json!({ "starts_at": "2026-03-24T15:00", "topic": "Sleep" });
            let asked = admin.patch(&format!("/api/sessions/{}?scope={scope}&dry_run=true", ids[2]), change).await.expect(200);
            let expected = match scope { "this" => 1, "following" => 6, _ => 8 };
            assert_eq!((count(&asked.data()["change"]["changed"]), &asked.data()["change"]["dry_run"]), (expected, &json!(true)), "{scope}");
        }
        assert_eq!(written().await, before);
    }

    /// A rule from a day on leaves what is before as it is; without a day it replaces everything to come.
    async fn a_rule_from_a_day_on(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        let tuesdays = json!({ "start": "2026-03-03T14:00", "rrule": "FREQ=WEEKLY;BYDAY=TU" });
        let path = format!("/api/groups/{group}/recurrence");
        let done = admin.put(&format!("{path}?from=2026-04-01"), tuesdays.clone()).await.expect(200);
        assert_eq!((count(&done.data()["cancelled"]), count(&done.data()["created"])), (4, 4));
        assert_eq!(starts(&admin, &group).await[2..6], ["03-23T09:00", "03-30T09:00", "04-07T14:00", "04-14T14:00"]);
        edit(&admin, &ids[0], "all", json!({ "topic": "Sleep" })).await.expect(200);
        assert!(all(&admin, &group).await.items().iter().filter(|one| one["status"] == "scheduled").all(|one| one["topic"] == "Sleep"), "all is all parts");
        let shown = admin.get(&path).await.expect(200);
        assert_eq!((count(&shown.data()["parts"]), &shown.data()["words"]), (2, &json!("Every Monday at 09:00")));
        admin.put(&path, tuesdays).await.expect(200);
        let shown = admin.get(&path).await.expect(200);
        assert_eq!((count(&shown.data()["parts"]), &shown.data()["words"]), (1, &json!("Every Tuesday at 14:00")));
        assert!(starts(&admin, &group).await.iter().all(|start| start.ends_with("14:00")));
        admin.put(&format!("{path}?from=soon"), json!({ "start": "2026-03-03T14:00" })).await.expect_fields(&[("from", "invalid")]);
    }

    /// Saving a moved schedule as it is shown changes nothing: its sessions are already there.
    async fn a_shown_rule_saved_again_keeps_every_session(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        edit(&admin, &ids[0], "all", json!({ "starts_at": "2026-03-10T10:30" })).await.expect(200);
        let path = format!("/api/groups/{group}/recurrence");
        let shown = admin.get(&path).await.expect(200).data()["recurrence"].clone();
        let again = json!({ "start": shown["start"], "rrule": shown["rrule"] });
        let done = admin.put(&path, again).await.expect(200);
        assert_eq!((count(&done.data()["cancelled"]), count(&done.data()["created"])), (0, 0), "{done}");
        let now: Vec<_> = each(&all(&admin, &group).await, "id").iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        assert_eq!(now, ids);
    }

    /// A group that meets at half past one moves an hour later: on the night the clocks go forward, half past two does
    /// not exist, and the session is at half past three.
    async fn a_night_without_that_hour(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "schedule_horizon_weeks": 52 })).await.expect(200);
        let site = admin.post("/api/sites", json!({ "name": "North", "zone": "Europe/Berlin" })).await.expect(201).id();
        let group = group(&admin, json!({ "site_id": site })).await;
        let sundays = json!({ "start": "2026-03-15T01:30", "rrule": "FREQ=WEEKLY;BYDAY=SU;COUNT=4" });
        admin.put(&format!("/api/groups/{group}/recurrence"), sundays).await.expect(200);
        let ids = each(&all(&admin, &group).await, "id");
        edit(&admin, ids[0].as_str().unwrap(), "all", json!({ "starts_at": "2026-03-15T02:30" })).await.expect(200);
        assert_eq!(starts(&admin, &group).await, ["03-15T02:30", "03-22T02:30", "03-29T03:30", "04-05T02:30"]);
    }
}
