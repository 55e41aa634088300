//! Taps that arrive late: what others did forward contradicts them not, what others decided stays.

use super::*;
use crate::session_pages::room;

/// Marks somebody on the version that was looked at.
async fn belated(client: &Client, path: &str, verb: &str, seen: i64) -> Answer {
    client.post(&format!("{path}/{verb}"), json!({ "seen_version": seen })).await
}

/// A started session: the paths of its participants.
async fn started(admin: &Client, members: usize) -> Vec<String> {
    let (session, people) = room(admin, members).await;
    let leader = practitioner(admin, "Stone").await;
    let lead = json!({ "change": "hand_over", "practitioner_id": leader });
    admin.post(&format!("/api/sessions/{session}/leaders"), lead).await.expect(200);
    admin.post(&format!("/api/sessions/{session}/start"), json!({})).await.expect(200);
    people.iter().map(|person| format!("/api/sessions/{session}/participants/{person}")).collect()
}

on_both! {
    async fn a_step_forward_arrives_over_other_steps_forward(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let desk = app.as_role(Role::Receptionist).await;
        let people = started(&admin, 3).await;
        let seen = admin.get(&people[0]).await.expect(200).version();
        desk.post(&format!("{}/check-in", people[0]), json!({})).await.expect(200);
        // The version in `If-Match` refuses every change, and says what it was.
        let strict = admin.with_if_match(seen).post(&format!("{}/attend", people[0]), json!({})).await;
        let strict = strict.expect_code(412, "stale");
        assert!(strict.json["errors"][0]["message"].as_str().unwrap().contains("booked → arrived"), "{strict}");
        let attended = belated(&admin, &people[0], "attend", seen).await.expect(200);
        assert_eq!(attended.data()["status"], "attended");
        assert!(!attended.data()["arrival_at"].is_null(), "what the desk has noted stays");
        // Twice, and after somebody else: nothing is left to do, and nothing is done twice.
        let again = belated(&admin, &people[0], "attend", seen).await.expect(200);
        assert_eq!(again.version(), attended.version());
        let arrived = belated(&desk, &people[0], "check-in", seen).await.expect(200);
        assert_eq!((arrived.version(), &arrived.data()["status"]), (attended.version(), &json!("attended")));
        assert_eq!(app.count_of("participant.attended").await, 1);
        assert_eq!(app.count_of("participant.arrived").await, 1);
        // A no-show does not contradict that somebody said they come; it does contradict that they came.
        let seen = admin.get(&people[1]).await.version();
        desk.post(&format!("{}/confirm", people[1]), json!({})).await.expect(200);
        belated(&admin, &people[1], "no-show", seen).await.expect(200);
        let seen = admin.get(&people[2]).await.version();
        desk.post(&format!("{}/check-in", people[2]), json!({})).await.expect(200);
        let late = json!({ "seen_version": seen, "no_show_reason": "left_before_start" });
        admin.post(&format!("{}/no-show", people[2]), late).await.expect_code(412, "stale");
    }

    /// A time or a level that was set away from the connection arrives over a check-in, and over no other decision.
    async fn a_time_arrives_over_a_check_in(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let desk = app.as_role(Role::Receptionist).await;
        let people = started(&admin, 3).await;
        app.advance(jiff::SignedDuration::from_mins(20));
        let late = |seen: i64| json!({ "status": "attended", "arrival_at": "2026-03-04T10:10", "seen_version": seen });
        let seen = admin.get(&people[0]).await.expect(200).version();
        desk.post(&format!("{}/check-in", people[0]), json!({})).await.expect(200);
        let came = admin.patch(&people[0], late(seen)).await.expect(200);
        assert_eq!((&came.data()["status"], &came.data()["arrival_at"]), (&json!("attended"), &json!("2026-03-04T10:10:00-07:00")));
        // Another time that was set meanwhile is a later decision; the level is another matter.
        desk.patch(&people[0], json!({ "arrival_at": "2026-03-04T10:15" })).await.expect(200);
        let before = app.events().await.len();
        admin.patch(&people[0], late(came.version())).await.expect_code(412, "stale");
        assert_eq!(app.events().await.len(), before);
        let level = json!({ "participation_level": "engaged", "seen_version": came.version() });
        admin.patch(&people[0], level.clone()).await.expect(200);
        admin.patch(&people[0], level).await.expect_code(412, "stale");
        // A no-show stays, and so does what was taken back.
        let seen = admin.get(&people[1]).await.version();
        admin.post(&format!("{}/no-show", people[1]), json!({})).await.expect(200);
        admin.patch(&people[1], late(seen)).await.expect_code(412, "stale");
        let seen = admin.get(&people[2]).await.version();
        for step in ["attend", "undo"] {
            admin.post(&format!("{}/{step}", people[2]), json!({})).await.expect(200);
        }
        admin.patch(&people[2], late(seen)).await.expect_code(412, "stale");
        admin.patch(&people[2], late(99)).await.expect_fields(&[("seen_version", "out_of_range")]);
        let more = json!({ "finance_cleared": true, "seen_version": seen });
        admin.patch(&people[2], more).await.expect_fields(&[("seen_version", "invalid")]);
    }

    async fn a_later_decision_stays(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let people = started(&admin, 4).await;
        for (person, steps, stands) in [
            (&people[0], &["no-show"][..], "no_show"),
            (&people[1], &["cancel"], "cancelled"),
            (&people[2], &["attend", "undo"], "booked"),
            (&people[3], &["check-in", "no-show", "undo", "undo"], "booked"),
        ] {
            let seen = admin.get(person).await.version();
            for step in steps {
                let why = if *step == "no-show" || *step == "cancel" { json!({ "reason": "By phone" }) } else { json!({}) };
                admin.post(&format!("{person}/{step}"), why).await.expect(200);
            }
            let told = app.events().await.len();
            belated(&admin, person, "attend", seen).await.expect_code(412, "stale");
            let now = admin.get(person).await;
            assert_eq!((&now.data()["status"], app.events().await.len()), (&json!(stands), told));
            // Who has seen how it stands says it again.
            belated(&admin, person, "undo", seen).await.expect_code(412, "stale");
        }
        let now = admin.get(&people[2]).await.version();
        belated(&admin, &people[2], "attend", now).await.expect(200);
        let now = admin.get(&people[3]).await.version();
        for never in [0, -1, now + 2, i64::MAX, i64::MIN] {
            let answer = belated(&admin, &people[3], "attend", never).await;
            answer.expect_fields(&[("seen_version", "out_of_range")]);
        }
    }
}
