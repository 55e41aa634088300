//! Changing and cancelling several sessions on pages, in a browser without scripts.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{TestApp, on_both},
    session_pages::therapist,
    sessions::{each, group, member, patient, practitioner, session},
};

on_both! {
    /// Edit asks which sessions, Preview says what would change and who is told, Save does it, and the Schedule tells what
    /// holds until when.
    async fn a_series_is_moved_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({})).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let ids = each(&admin.get(&format!("/api/sessions?group_id={group}")).await, "id");
        let edit = format!("/sessions/{}/edit", ids[4].as_str().unwrap());
        let form = browser.get(&edit).await;
        form.expect(200).expect_text("This one and all after it").expect_text("All that are to come");
        let version = form.hidden("version");
        let change = [
            ("version", &*version), ("scope", "following"), ("title", "Coping skills"), ("topic", ""),
            ("starts_at", "2026-04-08T10:00"), ("duration_minutes", "60"), ("max_capacity", "20"),
        ];
        let preview = browser.post_form(&format!("{edit}/preview"), &change).await;
        preview.expect(200).expect_text("Every Wednesday at 10:00").expect_text("4 sessions change.");
        preview.expect_text("was Mon 6 Apr 2026, 09:00").expect_text("1 person who has a place");
        let still = admin.get(&format!("/api/sessions/{}", ids[4].as_str().unwrap())).await;
        assert_eq!(still.data()["starts_at"], "2026-04-06T09:00:00-07:00", "nothing was changed");
        let saved = browser.post_form(&edit, &change).await;
        browser.follow(&saved).await.expect_text("Saved: 4 sessions change.").expect_text("10:00 to 11:00");
        let late = browser.post_form(&edit, &change).await;
        late.expect(412).expect_text("Somebody else has changed this").expect_text("6 April 2026 09:00 → 8 April 2026 10:00");
        let schedule = browser.get(&format!("/groups/{group}/schedule")).await;
        schedule.expect_text("From Monday 9 March 2026 until Monday 30 March 2026: Every Monday at 09:00");
        schedule.expect_text("From Wednesday 8 April 2026: Every Wednesday at 10:00");
    }

    /// The sessions of some days are shown, then cancelled; an open place is found and booked.
    async fn several_are_cancelled_and_open_places_found_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({})).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO;COUNT=3" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        browser.get(&format!("/sessions/cancel?group_id={group}")).await.expect(200).expect_text("This can’t be undone.");
        let days = [("date_from", "2026-03-09"), ("date_to", "2026-03-16"), ("group_id", &*group)];
        let shown = browser.post_form("/sessions/cancel/preview", &days).await;
        shown.expect(200).expect_text("2 sessions would be cancelled").expect_text("Mon 9 Mar 2026, 09:00");
        browser.post_form("/sessions/cancel", &days).await.expect(422).expect_text("Reason is required");
        let why = [days[0], days[1], days[2], ("reason", "The clinic is closed")];
        let done = browser.post_form("/sessions/cancel", &why).await;
        browser.follow(&done).await.expect_text("Cancelled: 2 sessions.");
        let open = browser.get("/sessions/open?date_from=&date_to=&site_id=&facilitator_id=&service_type=").await;
        open.expect(200).expect_text("Mon 23 Mar 2026").expect_text("Book");
        let found = browser.get("/sessions?q=SES-").await;
        found.expect(200).expect_text("Coping skills").expect_text("Session number");
    }

    /// What a form carries unseen is read as strictly as the rest: a version or a scope that is none changes nothing.
    async fn a_form_with_a_strange_version_or_scope_changes_nothing(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({})).await;
        let id = session(&admin, &group, "2026-03-09T09:00").await;
        let before = admin.get(&format!("/api/sessions/{id}")).await.expect(200).data().clone();
        let edit = [("title", "Sleep"), ("starts_at", "2026-03-09T10:00")];
        for path in [format!("/sessions/{id}/edit"), format!("/sessions/{id}/move")] {
            for version in ["abc", "1.5", "99999999999999999999"] {
                let refused = browser.post_form(&path, &[&edit[..], &[("version", version), ("scope", "this")]].concat()).await;
                refused.expect(422).expect_text("Open the page again, then repeat your change");
            }
            let refused = browser.post_form(&path, &[&edit[..], &[("version", "1"), ("scope", "zzz")]].concat()).await;
            refused.expect(422).expect_text("must be one of this, following, all");
        }
        assert_eq!(admin.get(&format!("/api/sessions/{id}")).await.expect(200).data(), &before);
    }

    /// Edit says who leads it and lets somebody else be chosen, for one session or all after it; who is not in the form
    /// any more, and supervisors, are not lost by saving something else.
    async fn leaders_are_changed_with_the_session(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let [vale, kim, okafor, sole] = ["Vale", "Kim", "Okafor", "Sole"].map(|name| practitioner(&admin, name));
        let (vale, kim, okafor, sole) = (vale.await, kim.await, okafor.await, sole.await);
        let group = group(&admin, json!({ "facilitator_id": vale, "co_facilitator_ids": [kim] })).await;
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO;COUNT=4" });
        admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
        let ids = each(&admin.get(&format!("/api/sessions?group_id={group}")).await, "id");
        let session = |at: usize| format!("/sessions/{}", ids[at].as_str().unwrap());
        let led = async |at: usize| -> Vec<(String, String)> {
            let shown = admin.get(&format!("/api{}", session(at))).await.expect(200);
            let leaders = shown.data()["leaders"].as_array().unwrap().clone();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            leaders.iter().map(|leader| (text(&leader["practitioner_id"]), text(&leader["role"]))).collect()
        };
        let roles = |all: &[(&str, &str)]| all.iter().map(|(id, role)| ((*id).to_owned(), (*role).to_owned())).collect::<Vec<_>>();
        let browser = app.page_client(Role::Manager).await;
        let form = browser.get(&format!("{}/edit", session(1))).await;
        form.expect(200).expect_text(&format!("<option value=\"{vale}\" selected"));
        form.expect_text("Co-leaders").expect_text("Robin Okafor, LCSW");

        // Another leader from the second on; who was co-leader stays, and one comes.
        let common = [("title", "Coping skills"), ("topic", ""), ("duration_minutes", "60"), ("max_capacity", "20")];
        let send = async |at: usize, scope: &str, more: &[(&str, &str)]| {
            let edit = format!("{}/edit", session(at));
            let version = browser.get(&edit).await.expect(200).hidden("version");
            let fields = [&common[..], &[("version", &*version), ("scope", scope)], more].concat();
            browser.post_form(&edit, &fields).await
        };
        let change = [("leader_id", &*okafor), ("co_leader_ids", &*kim), ("co_leader_ids", &*sole)];
        let saved = send(1, "following", &change).await;
        browser.follow(&saved).await.expect_text("Saved: 3 sessions change.");
        assert_eq!(led(0).await, roles(&[(&vale, "primary"), (&kim, "co")]));
        for at in 1..4 {
            assert_eq!(led(at).await, roles(&[(&okafor, "primary"), (&kim, "co"), (&sole, "co")]), "session {at}");
        }

        // Who need not sign does not have to because somebody else comes.
        let quiet = json!({ "leaders": [{ "practitioner_id": okafor }, { "practitioner_id": kim, "role": "co", "must_sign": false }] });
        admin.patch(&format!("/api{}", session(3)), quiet).await.expect(200);
        let saved = send(3, "this", &change).await;
        browser.follow(&saved).await.expect(200);
        let shown = admin.get(&format!("/api{}", session(3))).await.expect(200);
        let signs = |who: &str| {
            let leaders = shown.data()["leaders"].as_array().unwrap().clone();
            leaders.into_iter().find(|leader| leader["practitioner_id"] == who).unwrap()["must_sign"].clone()
        };
        assert_eq!([signs(&okafor), signs(&kim), signs(&sole)], [json!(true), json!(false), json!(true)]);

        // Something else is saved: nobody is led anew, also with one who has left and a supervisor.
        let with = json!({ "leaders": [{ "practitioner_id": vale }, { "practitioner_id": sole, "role": "supervisor" }] });
        admin.patch(&format!("/api{}", session(2)), with).await.expect(200);
        admin.patch(&format!("/api/practitioners/{vale}"), json!({ "is_active": false })).await.expect(200);
        browser.get(&format!("{}/edit", session(2))).await.expect_text(&format!("<option value=\"{vale}\" selected"));
        let saved = send(2, "this", &[("leader_id", &*vale), ("topic", "Sleep")]).await;
        browser.follow(&saved).await.expect(200);
        assert_eq!(led(2).await, roles(&[(&vale, "primary"), (&sole, "supervisor")]));
        let saved = send(2, "this", &[("leader_id", &*kim)]).await;
        browser.follow(&saved).await.expect(200);
        assert_eq!(led(2).await, roles(&[(&kim, "primary"), (&sole, "supervisor")]));

        // Who is busy then is named beside the field.
        let taken = json!({ "starts_at": "2026-03-30T09:30", "leaders": [{ "practitioner_id": vale }] });
        admin.patch(&format!("/api/practitioners/{vale}"), json!({ "is_active": true })).await.expect(200);
        admin.post("/api/sessions", taken).await.expect(201);
        let refused = send(3, "this", &[("leader_id", &*vale), ("starts_at", "2026-03-30T09:00")]).await;
        refused.expect(409).expect_text("Robin Vale");
        assert_eq!(led(3).await[0].0, okafor);
    }
}
