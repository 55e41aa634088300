//! A pair that holds for some time: sessions that are moved into it, and what its end gives back.

use rules::permissions::Role;
use serde_json::{Value, json};

use super::{keep_apart, patient};
use crate::{
    harness::{Answer, Client, TestApp, on_both},
    sessions::{each, group, member, participants, session},
};

/// Keeps two patients apart through a day.
async fn until(client: &Client, one: &str, other: &str, last: &str) {
    let new = json!({ "patient_id": one, "other_patient_id": other, "kind": "relatives", "reason": "Ruling 78", "ends_on": last });
    client.post("/api/keep-apart", new).await.expect(201);
}

async fn statuses(client: &Client, session: &str) -> Vec<Value> {
    each(&participants(client, session).await, "status")
}

/// A group of two who are kept apart through a day from now on.
async fn two(client: &Client, last: &str) -> (String, [String; 2]) {
    let people = [patient(client, "Alder").await, patient(client, "Birch").await];
    let group = group(client, json!({})).await;
    for who in &people {
        member(client, &group, who).await;
    }
    until(client, &people[0], &people[1], last).await;
    (group, people)
}

async fn of_group(client: &Client, group: &str) -> Answer {
    client.get(&format!("/api/sessions?group_id={group}&limit=200")).await.expect(200)
}

/// The day and the bookings of each session of the group that takes place.
async fn days(client: &Client, group: &str) -> Vec<(String, usize)> {
    let mut days = Vec::new();
    for one in of_group(client, group).await.items().iter().filter(|one| one["status"] == "scheduled") {
        let placed = statuses(client, one["id"].as_str().unwrap()).await;
        let placed = placed.iter().filter(|status| **status == "booked").count();
        days.push((one["local_date"].as_str().unwrap()[5..].to_owned(), placed));
    }
    days
}

fn expect(days: &[(&str, usize)]) -> Vec<(String, usize)> {
    days.iter().map(|(day, placed)| ((*day).to_owned(), *placed)).collect()
}

on_both! {
    /// One session: the earlier booking stays, the other is cancelled. Asking first tells how many, and not who or why.
    async fn a_session_moved_into_the_period_parts_them(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (group, people) = two(&manager, "2026-03-20").await;
        let coming = session(&manager, &group, "2026-03-25T09:00").await;
        assert_eq!(statuses(&manager, &coming).await, ["booked", "booked"], "the pair has ended by then");
        let path = format!("/api/sessions/{coming}");
        let asked = manager.patch(&format!("{path}?dry_run=true"), json!({ "starts_at": "2026-03-27T09:00" })).await.expect(200);
        assert_eq!(asked.data()["change"]["told"]["not_eligible"], 0);
        let change = json!({ "starts_at": "2026-03-18T09:00" });
        let asked = manager.patch(&format!("{path}?dry_run=true"), change.clone()).await.expect(200);
        let told = &asked.data()["change"]["told"];
        assert_eq!((&told["participants"], &told["not_eligible"]), (&json!(2), &json!(1)));
        assert!(people.iter().all(|who| !asked.text.contains(who)) && !asked.text.contains("apart"), "{asked}");
        assert_eq!(statuses(&manager, &coming).await, ["booked", "booked"], "only asked");
        manager.patch(&path, change).await.expect(200);
        let rows = participants(&manager, &coming).await;
        assert_eq!((each(&rows, "status"), &rows.items()[1]["patient_id"]), (vec![json!("booked"), json!("cancelled")], &json!(people[1])));
        assert_eq!(rows.items()[1]["cancellation_reason"], "not eligible for this session");
        app.seal_and_verify().await;
    }

    /// This and following, and all: whichever session comes to a day on which the pair holds.
    async fn a_series_moved_into_the_period_parts_them(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        for scope in ["all", "following"] {
            let (group, _) = two(&manager, "2026-03-22").await;
            let rule = json!({ "start": "2026-03-23T09:00", "rrule": "FREQ=WEEKLY;COUNT=3" });
            manager.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
            assert_eq!(days(&manager, &group).await, expect(&[("03-23", 2), ("03-30", 2), ("04-06", 2)]));
            let first = of_group(&manager, &group).await.items()[0]["id"].as_str().unwrap().to_owned();
            let path = format!("/api/sessions/{first}?scope={scope}");
            let change = json!({ "starts_at": "2026-03-22T09:00" });
            let asked = manager.patch(&format!("{path}&dry_run=true"), change.clone()).await.expect(200);
            assert_eq!(asked.data()["change"]["told"]["not_eligible"], 1, "{scope}");
            manager.patch(&path, change).await.expect(200);
            assert_eq!(days(&manager, &group).await, expect(&[("03-22", 1), ("03-29", 2), ("04-05", 2)]), "{scope}");
        }
    }

    /// Another rule of the group: the sessions that become its meetings, and those made for it.
    async fn a_rule_moved_into_the_period_parts_them(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (group, _) = two(&manager, "2026-03-22").await;
        let path = format!("/api/groups/{group}/recurrence");
        manager.put(&path, json!({ "start": "2026-03-23T09:00", "rrule": "FREQ=WEEKLY;COUNT=3" })).await.expect(200);
        manager.put(&path, json!({ "start": "2026-03-22T09:00", "rrule": "FREQ=WEEKLY;COUNT=3" })).await.expect(200);
        assert_eq!(days(&manager, &group).await, expect(&[("03-22", 1), ("03-29", 2), ("04-05", 2)]));
        // Back to days on which they may meet, and to one on which they may not: the rule yields the same sessions again.
        manager.put(&path, json!({ "start": "2026-03-23T09:00", "rrule": "FREQ=WEEKLY;COUNT=3" })).await.expect(200);
        assert_eq!(days(&manager, &group).await, expect(&[("03-23", 2), ("03-30", 2), ("04-06", 2)]));
    }

    /// When a pair ends, members have their place in coming sessions that were made meanwhile; where there is a seat, and
    /// where nobody cancelled it by hand. Which people they are is said nowhere.
    async fn the_end_of_a_pair_gives_places_back(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = [patient(&manager, "Alder").await, patient(&manager, "Birch").await];
        let group = group(&manager, json!({})).await;
        for who in &people {
            member(&manager, &group, who).await;
        }
        let by_hand = session(&manager, &group, "2026-03-06T09:00").await;
        let row = participants(&manager, &by_hand).await.items()[1]["id"].as_str().unwrap().to_owned();
        manager.post(&format!("/api/sessions/{by_hand}/participants/{row}/cancel"), json!({ "reason": "Called in" })).await.expect(200);
        let pair = keep_apart(&manager, &people[0], &people[1]).await;
        let past = session(&manager, &group, "2026-03-04T12:00").await;
        let roomy = session(&manager, &group, "2026-03-09T09:00").await;
        let full = session(&manager, &group, "2026-03-10T09:00").await;
        manager.patch(&format!("/api/sessions/{full}"), json!({ "max_capacity": 2 })).await.expect(200);
        let third = json!({ "patient_id": patient(&manager, "Cedar").await });
        manager.post(&format!("/api/sessions/{full}/add-patient"), third).await.expect(201);
        assert_eq!(statuses(&manager, &roomy).await, ["booked", "cancelled"]);
        app.advance(jiff::SignedDuration::from_hours(24));
        let before = app.events().await.len();
        manager.delete(&format!("/api/keep-apart/{}", pair.id())).await.expect(200);
        assert_eq!(statuses(&manager, &roomy).await, ["booked", "booked"]);
        let placed = |rows: Vec<Value>| rows.iter().filter(|status| **status == "booked").count();
        assert_eq!(placed(statuses(&manager, &full).await), 2, "no seat was free");
        assert_eq!(statuses(&manager, &by_hand).await, ["booked", "cancelled"], "cancelled by hand");
        assert_eq!(statuses(&manager, &past).await, ["booked", "cancelled"], "the past is untouched");
        let events = app.events().await;
        let names: Vec<&str> = events[before..].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["keep_apart.ended", "session.updated"]);
        // Another pair still holds.
        keep_apart(&manager, &people[1], &people[0]).await;
        let later = session(&manager, &group, "2026-03-16T09:00").await;
        let again = manager.get("/api/keep-apart").await.expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let other = patient(&manager, "Dogwood").await;
        let unlike = keep_apart(&manager, &people[1], &other).await;
        manager.delete(&format!("/api/keep-apart/{}", unlike.id())).await.expect(200);
        assert_eq!(statuses(&manager, &later).await, ["booked", "cancelled"]);
        manager.delete(&format!("/api/keep-apart/{again}")).await.expect(200);
        assert_eq!(statuses(&manager, &later).await, ["booked", "booked"]);
        app.seal_and_verify().await;
    }
}
