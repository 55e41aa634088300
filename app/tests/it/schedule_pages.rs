//! The group's Schedule tab, in a browser without scripts, and the sessions of a patient.

use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Page, TestApp, on_both},
    session_pages::therapist,
    sessions::{each, group, member, patient},
};

/// What the form sends for Mondays and Wednesdays at nine.
const WEEKLY: &[(&str, &str)] =
    &[("days", "MO"), ("days", "WE"), ("at", "09:00"), ("starts_on", "2026-03-02"), ("every", "1"), ("ends", "never")];

/// How many sessions the page lists to come.
fn listed(page: &Page) -> usize {
    page.html.matches("Cancel session").count()
}

on_both! {
    /// Somebody says when a group meets, looks at what that makes before saving, and finds the sessions made.
    async fn a_schedule_is_set_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({ "max_participants": 8 })).await;
        member(&admin, &group, &patient(&admin, "Alder").await).await;
        let path = format!("/groups/{group}/schedule");
        let empty = browser.get(&path).await;
        empty.expect(200).expect_text("Nobody has said yet when this group meets.").expect_text("No sessions to come");
        let preview = browser.post_form(&format!("{path}/preview"), WEEKLY).await;
        preview.expect(200).expect_text("Every Monday and Wednesday at 09:00").expect_text("If you save: 16 sessions made.");
        preview.expect_text("Mon 9 Mar 2026, 09:00 to 10:00").expect_text("value=\"WE\" checked");
        assert_eq!(admin.get(&format!("/api/sessions?group_id={group}")).await.items().len(), 0, "nothing was changed");
        let key = [("idempotency_key", "weekly")];
        let saved = browser.post_form(&path, &[WEEKLY, &key].concat()).await;
        let page = browser.follow(&saved).await;
        page.expect_text("Saved: 16 sessions made.").expect_text("Every Monday and Wednesday at 09:00");
        assert_eq!(listed(&page), 16);
        assert!(page.html.len() < 60_000, "{} bytes", page.html.len());

        // One less day, every other week, until a day: what the rule no longer yields is cancelled.
        let version = page.hidden("version");
        let change = [("version", &*version), ("days", "MO"), ("at", "09:00"), ("starts_on", "2026-03-02"), ("every", "2"),
            ("ends", "until"), ("until", "2026-03-31"), ("exdate", "2026-03-16"), ("duration_minutes", "45")];
        let saved = browser.post_form(&path, &change).await;
        let page = browser.follow(&saved).await;
        page.expect_text("Every other Monday at 09:00 until 31 March 2026, except 1 date").expect_text("09:00 to 09:45");
        page.expect_text("value=\"2026-03-31\"").expect_text("2026-03-16</textarea>").expect_text("Series changed");
        assert_eq!(listed(&page), 1, "only 30 March is left");
        browser.post_form(&path, &change).await.expect(412).expect_text("Somebody else has changed this");

        let bad = [("days", "MO"), ("at", ""), ("starts_on", "2026-03-02"), ("ends", "until"), ("until", "")];
        browser.post_form(&path, &bad).await.expect(422).expect_text("The last day is required");
        let bad = [("days", "MO"), ("at", "25:00"), ("starts_on", "2026-03-02"), ("every", "0"), ("exdate", "soon")];
        let refused = browser.post_form(&path, &bad).await;
        refused.expect(422).expect_text("The first day and the time must be").expect_text("The schedule is not a rule a group can meet by").expect_text("What is left out");
    }

    /// Monthly by the place of a weekday, yearly, on single dates, or by the rule's own text: what the form can say it
    /// shows again, and any other rule opens as its text.
    async fn every_rule_has_a_form(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({})).await;
        let path = format!("/groups/{group}/schedule");
        let usual = [("at", "09:00"), ("starts_on", "2026-03-02"), ("every", "1"), ("ends", "never")];
        let monthly = [("repeats", "monthly"), ("month_by", "weekday"), ("places", "1"), ("places", "-1"), ("place_day", "FR")];
        let preview = browser.post_form(&format!("{path}/preview"), &[&usual[..], &monthly].concat()).await;
        preview.expect(200).expect_text("On the first and last Friday of each month at 09:00").expect_text("Fri 27 Mar 2026, 09:00 to 10:00");
        browser.post_form(&path, &[&usual[..], &monthly].concat()).await.expect(303);
        let page = browser.get(&path).await;
        page.expect_text("value=\"monthly\" checked").expect_text("value=\"-1\" checked").expect_text("value=\"FR\" selected");

        let raw = [("repeats", "rule"), ("rrule", "rrule:freq=monthly;byday=mo,tu,we,th,fr;bysetpos=-2")];
        browser.post_form(&path, &[&usual[..], &raw].concat()).await.expect(303);
        let page = browser.get(&path).await;
        page.expect_text("value=\"rule\" checked").expect_text("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2</textarea>");
        let hourly = [("repeats", "rule"), ("rrule", "FREQ=HOURLY;COUNT=0")];
        let refused = browser.post_form(&path, &[&usual[..], &hourly].concat()).await;
        refused.expect(422).expect_text("FREQ=HOURLY is not for groups").expect_text("COUNT must be 1 to 9999");
        let yearly = [("repeats", "yearly"), ("month_by", "weekday"), ("place_day", "MO")];
        browser.post_form(&path, &[&usual[..], &yearly].concat()).await.expect(422).expect_text("The month is required").expect_text("At least one is required");
        let once = [("repeats", "once"), ("rdate", "2026-03-12\n2026-03-20T14:00")];
        browser.post_form(&path, &[&usual[..], &once].concat()).await.expect(303);
        browser.get(&path).await.expect_text("On 2 March 2026 at 09:00, and on 2 further dates").expect_text("value=\"once\" checked");
    }

    /// A preview says which dates a change of clocks moves, and what would be cancelled.
    async fn a_preview_tells_what_clocks_do(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let site = admin.post("/api/sites", json!({ "name": "East", "zone": "America/New_York" })).await.expect(201).id();
        let group = group(&admin, json!({ "site_id": site })).await;
        let path = format!("/groups/{group}/schedule");
        let sundays = |at| [("repeats", "weekly"), ("days", "SU"), ("at", at), ("starts_on", "2026-03-01"), ("every", "1"), ("ends", "never")];
        browser.post_form(&path, &sundays("09:00")).await.expect(303);
        let preview = browser.post_form(&format!("{path}/preview"), &sundays("02:30")).await;
        preview.expect(200).expect_text("Sun 8 Mar 2026, 03:30 to 04:30").expect_text("Clocks go forward then and skip its time");
        preview.expect_text("Sun 15 Mar 2026, 02:30 to 03:30").expect_text("<h3>Cancelled</h3>");
        let autumn = [("repeats", "once"), ("at", "01:30"), ("starts_on", "2026-11-01")];
        browser.post_form(&format!("{path}/preview"), &autumn).await.expect(200).expect_text("the first is meant");
    }

    /// One session of a series is cancelled from the list; nobody sees buttons that are not theirs.
    async fn sessions_of_a_group_are_kept_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({})).await;
        let path = format!("/groups/{group}/schedule");
        browser.post_form(&path, WEEKLY).await.expect(303);
        admin.post("/api/sessions", json!({ "group_id": group, "starts_at": "2026-03-03T15:00" })).await.expect(201);
        let page = browser.get(&path).await;
        page.expect(200).expect_text("Past").expect_text("Single").expect_text(&format!("/sessions/new?group_id={group}"));
        let to = page.html.split("action=\"").find(|part| part.starts_with("/sessions/") && part.contains("/cancel\""));
        let to = to.and_then(|part| part.split('"').next()).unwrap().to_owned();
        let cancelled = browser.post_form(&to, &[("reason", "Holiday"), ("back", "schedule")]).await;
        assert_eq!(cancelled.location(), path);
        let page = browser.follow(&cancelled).await;
        page.expect_text("Holiday");
        assert_eq!(listed(&page), 16, "15 to come, and the single one of yesterday");
        // Twice makes nothing, and what was cancelled by hand stays so.
        let filled = browser.post_form(&format!("{path}/fill"), &[]).await;
        browser.follow(&filled).await.expect_text("every session is there already.");

        let nurse = app.page_client(Role::Nurse).await;
        let shown = nurse.get(&path).await;
        shown.expect(200).expect_text("Every Monday and Wednesday at 09:00");
        assert!(!shown.html.contains("Save schedule") && !shown.html.contains("Cancel…") && !shown.html.contains("New session"));
        nurse.post_form(&path, WEEKLY).await.expect(403);
        admin.delete(&format!("/api/groups/{group}")).await.expect(200);
        let archived = browser.get(&path).await;
        assert!(!archived.expect(200).html.contains("Save schedule"));
        browser.post_form(&path, WEEKLY).await.expect(409).expect_text("The group is archived");
    }

    /// A patient's page lists the sessions they are booked into, and leads to a new one of their own.
    async fn the_sessions_of_a_patient(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let ann = patient(&admin, "Ash").await;
        let path = format!("/patients/{ann}/sessions");
        browser.get(&path).await.expect(200).expect_text("In no session yet").expect_text(&format!("/sessions/new?patient_id={ann}"));
        let group = group(&admin, json!({})).await;
        member(&admin, &group, &ann).await;
        let session = admin.post("/api/sessions", json!({ "group_id": group, "starts_at": "2026-03-04T15:00" })).await.expect(201);
        let own = admin.post("/api/sessions", json!({ "patient_id": ann, "starts_at": "2026-03-05T15:00" })).await.expect(201);
        let page = browser.get(&path).await;
        for session in [&session, &own] {
            page.expect_text(&session.id());
        }
        page.expect_text("Coping skills").expect_text("Booked").expect_text("Individual session");
        let numbers = each(&admin.get(&format!("/api/patients/{ann}/sessions")).await, "participant");
        page.expect_text(numbers[0]["appointment_number"].as_str().unwrap());
        assert!(!app.page_client(Role::Nurse).await.get(&path).await.expect(200).html.contains("/sessions/new"));
        app.page_client(Role::Auditor).await.get(&path).await.expect(403);
    }

    /// A changed schedule may hold from a day on: what holds now stays until then, and the preview shows both.
    async fn a_schedule_changes_from_a_day_on(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({})).await;
        let path = format!("/groups/{group}/schedule");
        assert!(!browser.get(&path).await.html.contains("name=\"from\""), "there is nothing yet to stay");
        browser.post_form(&path, WEEKLY).await.expect(303);
        let page = browser.get(&path).await;
        page.expect_text("name=\"from\"").expect_text("Change from");
        let version = page.hidden("version");
        let change = [("version", &*version), ("days", "TU"), ("at", "10:00"), ("starts_on", "2026-03-02"), ("every", "1"), ("ends", "never"), ("from", "2026-04-01")];
        let preview = browser.post_form(&format!("{path}/preview"), &change).await;
        preview.expect(200).expect_text("From Tuesday 7 April 2026: Every Tuesday at 10:00").expect_text("value=\"2026-04-01\"");
        browser.post_form(&path, &change).await.expect(303);
        let shown = admin.get(&format!("/api/groups/{group}/recurrence")).await.expect(200);
        let words: Vec<_> = shown.data()["parts"].as_array().unwrap().iter().map(|part| part["words"].clone()).collect();
        assert_eq!(words, ["Every Monday and Wednesday at 09:00", "Every Tuesday at 10:00"]);
        let soon = [&change[..6], &[("from", "soon")]].concat();
        browser.post_form(&format!("{path}/preview"), &soon).await.expect(422).expect_text("The day of the change must be a date");
    }
}
