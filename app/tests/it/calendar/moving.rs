//! Moving a session from the calendar: the question, what is in the way, and who was faster.

use rules::permissions::Role;
use serde_json::json;

use super::{single, site};
use crate::{
    harness::{TestApp, on_both, strange_id},
    sessions::{group, member, patient, practitioner, session},
};

on_both! {
    /// What is dropped is asked about first: nothing changes until the form is sent, and then everything follows.
    async fn a_drop_asks_first(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        let id = session(&admin, &group, "2026-03-05T09:30").await;
        let browser = app.page_client(Role::Manager).await;
        let path = format!("/sessions/{id}/move");
        let wish = "starts_at=2026-03-06T10:15&duration_minutes=90&version=1&back=%2Fcalendar%3Fview%3Dweek%26day%3D2026-03-05";
        let asked = browser.get(&format!("{path}?{wish}")).await;
        asked.expect(200).expect_text("<section id=\"move\">").expect_text("Thu 5 Mar 2026, 09:30 to 10:30");
        asked.expect_text("Fri 6 Mar 2026, 10:15 to 11:45").expect_text("1 person who has a place");
        asked.expect_text("value=\"2026-03-06T10:15\"").expect_text("href=\"/calendar?view=week&amp;day=2026-03-05\"");
        assert!(!asked.html.contains("Alder"), "who it is is not asked here");
        let before = admin.get(&format!("/api/sessions/{id}")).await;
        assert_eq!(before.data()["starts_at"], "2026-03-05T09:30:00-07:00", "nothing has changed");
        let key = asked.hidden("idempotency_key");
        let back = asked.hidden("back").replace("&amp;", "&");
        let form = [("idempotency_key", &*key), ("version", "1"), ("back", &back), ("starts_at", "2026-03-06T10:15"),
            ("duration_minutes", "90"), ("room_id", ""), ("scope", "this")];
        let moved = browser.post_form(&path, &form).await;
        assert_eq!(moved.expect(303).location(), "/calendar?view=week&day=2026-03-05");
        let calendar = browser.follow(&moved).await;
        calendar.expect_text("Moved to Friday 6 March 2026, 10:15 to 11:45.").expect_text("10:15<span class=\"blk-end\">–11:45");
        // A second click is the same request.
        browser.post_form(&path, &form).await.expect(303);
        let after = admin.get(&format!("/api/sessions/{id}")).await;
        assert_eq!((&after.data()["starts_at"], after.version()), (&json!("2026-03-06T10:15:00-07:00"), 2));
        assert_eq!(app.count_of("session.rescheduled").await, 1);
        // Nowhere but to a calendar does it lead, and what stays where it is stays as it is.
        let away = [("version", "2"), ("back", "//elsewhere.example/calendar?"), ("starts_at", "2026-03-06T10:15"), ("duration_minutes", "90")];
        assert_eq!(browser.post_form(&path, &away).await.expect(303).location(), "/calendar?view=week&day=2026-03-06");
        assert_eq!(admin.get(&format!("/api/sessions/{id}")).await.version(), 2);
    }

    /// A room that is taken is told by the name of the session that has it; whoever may goes over it with a reason.
    async fn what_is_in_the_way_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (main, room) = site(&admin, "Main", "America/Phoenix").await;
        let leader = practitioner(&admin, "Vale").await;
        let there = || json!({ "site_id": main, "room_id": room, "leaders": [{ "practitioner_id": leader }] });
        let id = single(&admin, "Skills", "2026-03-05T09:00", there()).await;
        let other = single(&admin, "Grief circle", "2026-03-05T11:00", there()).await;
        let number = admin.get(&format!("/api/sessions/{other}")).await.data()["session_number"].as_str().unwrap().to_owned();
        let path = format!("/sessions/{id}/move");
        let therapist = app.page_client(Role::Therapist).await;
        let asked = therapist.get(&format!("{path}?starts_at=2026-03-05T11:30")).await;
        asked.expect(200).expect_text("Something is in the way").expect_text("“Grief circle”, 11:00–12:00");
        asked.expect_text("Robin Vale").expect_text("A manager may move it all the same");
        let form = [("version", "1"), ("starts_at", "2026-03-05T11:30"), ("duration_minutes", "60"), ("room_id", &*room)];
        let refused = therapist.post_form(&path, &form).await;
        refused.expect(409).expect_text("The room or a leader is taken").expect_text("The room is taken").expect_text("“Grief circle”");
        assert!(!refused.html.contains(&number), "a number is no name: {refused}");
        assert_eq!(admin.get(&format!("/api/sessions/{id}")).await.version(), 1, "it is where it was");

        let manager = app.page_client(Role::Manager).await;
        manager.get(&format!("{path}?starts_at=2026-03-05T11:30")).await.expect(200).expect_text("override_conflict");
        let over = [&form[..], &[("override_conflict", "on")]].concat();
        manager.post_form(&path, &over).await.expect(422);
        let over = [&over[..], &[("reason", "Two rooms in one")]].concat();
        let moved = manager.post_form(&path, &over).await;
        manager.follow(&moved).await.expect_text("Clash");
    }

    /// Two move the same session at once: one wins, and the other is told what changed.
    async fn the_second_to_move_is_told_what_changed(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let id = single(&admin, "Skills", "2026-03-05T09:00", json!({})).await;
        let (one, other) = (app.page_client(Role::Manager).await, app.page_client(Role::Manager).await);
        let path = format!("/sessions/{id}/move");
        let to = |at: &'static str| [("version", "1"), ("starts_at", at), ("duration_minutes", "60")];
        let (first, second) = (to("2026-03-05T10:00"), to("2026-03-06T14:00"));
        let (one_told, other_told) = tokio::join!(one.post_form(&path, &first), other.post_form(&path, &second));
        let (won, lost, browser) = if one_told.status == 303 { (one_told, other_told, other) } else { (other_told, one_told, one) };
        won.expect(303);
        lost.expect(412).expect_text("Somebody else was faster").expect_text("5 March 2026 09:00 →");
        assert_eq!(admin.get(&format!("/api/sessions/{id}")).await.version(), 2, "moved once");
        // Already the question tells it, and sent again from there it is for the version that was shown.
        let asked = browser.get(&format!("{path}?version=1&starts_at=2026-03-07T08:00")).await;
        asked.expect(200).expect_text("Somebody else was faster");
        assert_eq!(lost.hidden("version"), "2");
        let again = [("version", "2"), ("starts_at", "2026-03-06T16:00"), ("duration_minutes", "60")];
        browser.post_form(&path, &again).await.expect(303);
    }

    /// A session of a series asks which ones: this, those after it, or all that are to come.
    async fn this_and_following_are_moved_together(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let of_group = || format!("/api/sessions?group_id={group}");
        let sessions = admin.get(&of_group()).await;
        let second = sessions.items()[1]["id"].as_str().unwrap().to_owned();
        let browser = app.page_client(Role::Manager).await;
        let path = format!("/sessions/{second}/move");
        let asked = browser.get(&format!("{path}?starts_at=2026-03-24T13:00&scope=following")).await;
        asked.expect(200).expect_text("Every other Tuesday at 13:00").expect_text("3 sessions change");
        asked.expect_text("value=\"following\" checked");
        let form = [("version", "1"), ("starts_at", "2026-03-24T13:00"), ("duration_minutes", "60"), ("scope", "following")];
        let moved = browser.post_form(&path, &form).await;
        browser.follow(&moved).await.expect_text("3 sessions change");
        let starts: Vec<_> = admin.get(&of_group()).await.items().iter().map(|one| one["starts_at"].as_str().unwrap()[..16].to_owned()).collect();
        assert_eq!(starts, ["2026-03-09T09:00", "2026-03-24T13:00", "2026-04-07T13:00", "2026-04-21T13:00"]);
    }

    /// Who may not schedule is not asked, others' sessions are not there, and nothing that is sent makes an error.
    async fn strange_moves(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let id = single(&admin, "Skills", "2026-03-05T09:00", json!({})).await;
        let path = format!("/sessions/{id}/move");
        let nurse = app.page_client(Role::Nurse).await;
        nurse.get(&path).await.expect(403);
        nurse.post_form(&path, &[("starts_at", "2026-03-05T10:00")]).await.expect(403);
        let other = app.other_organization().await.page_client(Role::Admin).await;
        other.get(&path).await.expect(404);
        other.post_form(&path, &[("starts_at", "2026-03-05T10:00")]).await.expect(404);
        let browser = app.page_client(Role::Manager).await;
        browser.get(&format!("/sessions/{}/move", strange_id("ses"))).await.expect(404);
        browser.get(&path).await.expect(200).expect_text("value=\"2026-03-05T09:00\"");
        for (name, value) in [("starts_at", "0001-01-01T00:00"), ("starts_at", "9999-12-31T23:59"), ("starts_at", "soon"),
            ("duration_minutes", "-5"), ("duration_minutes", "4294967296"), ("duration_minutes", "😀"), ("room_id", "room_1"),
            ("room_id", &strange_id("room"))] {
            browser.post_form(&path, &[("version", "1"), (name, value)]).await.expect(422);
        }
        for query in ["starts_at=9999-12-31T23:59", "starts_at=%00", "version=x", "scope=every", "room_id=%FF", "duration_minutes=", "%"] {
            browser.get(&format!("{path}?{query}")).await.expect(200);
        }
        assert_eq!(admin.get(&format!("/api/sessions/{id}")).await.version(), 1);
        admin.post(&format!("/api/sessions/{id}/cancel"), json!({ "reason": "Snow" })).await.expect(200);
        browser.post_form(&path, &[("starts_at", "2026-03-05T10:00")]).await.expect(409).expect_text("cancelled");
    }
}
