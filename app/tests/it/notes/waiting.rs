//! What waits: for a reviewer, and to be documented, with its deadline.

use jiff::SignedDuration;
use rules::{
    column::Value,
    permissions::{Flag, Role},
};
use serde_json::json;

use super::scene::{Scene, someone, text};
use crate::harness::{Answer, PASSWORD, TestApp, on_both};

fn sessions(listed: &Answer) -> Vec<String> {
    listed.items().iter().map(|one| text(&one["session"]["id"])).collect()
}

on_both! {
    /// A signed session of somebody who needs review waits for those who review and neither led nor signed it.
    async fn the_queue_lists_what_waits_for_others(app: TestApp) {
        let scene = Scene::with(&app, 2, &[Flag::RequiresReview]).await;
        scene.all_attend().await;
        scene.end().await;
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        let me = &reviewer.client;
        assert_eq!(sessions(&me.get("/api/reviews").await.expect(200)), [""; 0]);
        let notes = scene.document([0, 1]).await;
        let waiting = me.get("/api/reviews").await.expect(200);
        assert_eq!(sessions(&waiting), [scene.session.as_str()]);
        let one = &waiting.items()[0];
        assert_eq!((&one["notes"], &one["note_id"]), (&json!(3), &json!(notes[0])));
        assert_eq!(one["waiting_since"], one["session"]["pending_since"]);
        assert_eq!(one["session"]["leaders"][0]["practitioner_id"], scene.leader.practitioner.as_str());
        for (query, found) in [
            (format!("group_id={}", scene.group), 1),
            (format!("group_id={}", crate::harness::strange_id("grp")), 0),
            (format!("facilitator_id={}", scene.leader.practitioner), 1),
            (format!("facilitator_id={}", reviewer.practitioner), 0),
        ] {
            assert_eq!(me.get(&format!("/api/reviews?{query}")).await.expect(200).items().len(), found, "{query}");
        }
        scene.leader.client.get("/api/reviews").await.expect_code(403, "not_reviewer");
        assert_eq!(sessions(&scene.admin.get("/api/reviews").await.expect(200)), [scene.session.as_str()], "who manages any sees it");
        app.as_role(Role::Receptionist).await.get("/api/reviews").await.expect_code(403, "forbidden");
        let both = json!({ "flags": ["can_review", "requires_review"] });
        let user = me.user;
        scene.admin.patch(&format!("/api/users/{user}"), both).await.expect(422);
        // Who leads it too does not review it.
        let sql = "insert into session_leaders (organization_id, session_id, practitioner_id, role, must_sign, starts_at) \
            select organization_id, session_id, $2, 'supervisor', $3, starts_at from session_leaders \
            where organization_id = $1 and session_id = $4";
        app.tamper(sql, &[reviewer.practitioner.as_str().into(), Value::Bool(false), scene.session.as_str().into()]).await;
        assert_eq!(sessions(&me.get("/api/reviews").await.expect(200)), [""; 0], "nobody reviews what they lead");
    }

    /// The queue is worked through on its page: countersigned, or returned with a comment.
    async fn a_reviewer_works_through_the_queue(app: TestApp) {
        let scene = Scene::with(&app, 1, &[Flag::RequiresReview]).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document([0]).await;
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        let browser = app.browser();
        browser.sign_in(&reviewer.email).await;
        let today = browser.get("/today").await;
        today.expect(200).expect_text("/reviews").expect_text("to review");
        let page = browser.get("/reviews").await;
        page.expect(200).expect_text("Coping skills").expect_text("Robin Whitfield").expect_text("Waits since");
        let path = format!("/reviews/{}", scene.session);
        let wrong = browser.post_form(&format!("{path}/countersign"), &[("password", "wrong")]).await;
        wrong.expect(403).expect_text("password");
        let silent = browser.post_form(&format!("{path}/return"), &[("comment", ""), ("password", PASSWORD)]).await;
        silent.expect(422);
        let form = [("comment", "Say more about the role play."), ("password", PASSWORD)];
        let returned = browser.post_form(&format!("{path}/return"), &form).await;
        browser.follow(&returned).await.expect_text("Returned to the leaders").expect_text("Nothing waits for your review");
        assert_eq!(scene.status().await, "in_progress");
        assert_eq!(app.count_of("note.returned").await, 2, "all its notes");
        let sign = json!({ "password": PASSWORD });
        scene.leader.client.post(&format!("/api/encounters/{}/notes/sign", scene.encounter), sign).await.expect(200);
        assert_eq!(scene.status().await, "pending_review");
        let done = browser.post_form(&format!("{path}/countersign"), &[("password", PASSWORD)]).await;
        browser.follow(&done).await.expect_text("Countersigned");
        assert_eq!(scene.status().await, "completed");
        browser.post_form(&format!("{path}/countersign"), &[("password", PASSWORD)]).await.expect(409);
        let leads = app.browser();
        leads.sign_in(&scene.leader.email).await;
        leads.get("/reviews").await.expect(403);
        assert!(!leads.get("/today").await.html.contains("href=\"/reviews\""), "only who reviews is sent there");
    }

    /// A session that is over is listed until it is documented; its deadline follows the setting.
    async fn what_is_undone_is_listed_with_its_deadline(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let listed = async |query: &str| me.get(&format!("/api/documentation?{query}")).await.expect(200);
        assert_eq!(listed("").await.items()[0]["undone"], "not_ended", "it was to end at ten");
        scene.all_attend().await;
        scene.end().await;
        let one = listed("").await.items()[0].clone();
        assert_eq!((&one["undone"], &one["is_overdue"], &one["drafts"]), (&json!("unsigned"), &json!(false), &json!(0)));
        assert_eq!(one["due_at"], "2026-03-07T10:00:00-07:00");
        let missed = json!({ "group_id": scene.group, "starts_at": "2026-03-02T09:00" });
        let missed = scene.admin.post("/api/sessions", missed).await.expect(201).id();
        assert_eq!(sessions(&listed("").await), [missed.as_str(), &scene.session], "the oldest first");
        assert_eq!(sessions(&listed("undone=not_started").await), [missed.as_str()]);
        assert_eq!(sessions(&listed("undone=unsigned").await), [scene.session.as_str()]);
        let first = listed("limit=1").await;
        assert_eq!(sessions(&listed(&format!("limit=1&cursor={}", first.next().unwrap())).await), [scene.session.as_str()]);
        assert_eq!(sessions(&listed("overdue=true").await), [""; 0]);
        scene.admin.patch("/api/settings", json!({ "note_due_hours": 0 })).await.expect_fields(&[("note_due_hours", "out_of_range")]);
        scene.admin.patch("/api/settings", json!({ "note_due_hours": 48 })).await.expect(200);
        assert_eq!(sessions(&listed("overdue=true").await), [missed.as_str()], "it ended two days ago");
        assert_eq!(sessions(&listed("overdue=false").await), [scene.session.as_str()]);

        let other = someone(&app, &scene.admin, "Okonkwo", Role::Therapist, &[]).await;
        assert_eq!(sessions(&other.client.get("/api/documentation").await.expect(200)), [""; 0], "not theirs");
        let refused = other.client.get("/api/documentation?whose=all").await.expect_code(403, "forbidden");
        assert_eq!(refused.json["permission"], "session.manage_any");
        assert_eq!(sessions(&scene.admin.get("/api/documentation?whose=all").await.expect(200)).len(), 2);
        scene.admin.post(&format!("/api/sessions/{missed}/cancel"), json!({ "reason": "Nobody came" })).await.expect(200);
        scene.document([0]).await;
        assert_eq!(sessions(&listed("").await), [""; 0], "all is documented");
    }

    /// The page of what is undone, its number beside the navigation, and the mark on the board.
    async fn overdue_notes_are_seen_on_pages(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let page = browser.get("/documentation").await;
        page.expect(200).expect_text("Coping skills").expect_text("Not signed");
        assert!(!page.html.contains("Overdue</span>"), "{page}");
        assert!(!page.html.contains("overdue</span>"), "nothing is counted yet");
        app.advance(SignedDuration::from_hours(73));
        browser.sign_in(&scene.leader.email).await;
        let page = browser.get("/documentation").await;
        page.expect(200).expect_text("Overdue").expect_text("overdue");
        browser.get("/today?day=2026-03-04").await.expect(200).expect_text("Overdue");
        let manager = app.add_user(Role::Manager, &[]).await;
        let all = app.browser();
        all.sign_in(&manager.email.to_string()).await;
        all.get("/documentation").await.expect(200).expect_text("Everybody").expect_text("Coping skills");
        all.get("/documentation?undone=not_started").await.expect_text("Nothing fits these filters");
    }
}
