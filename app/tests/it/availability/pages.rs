//! Hours, time off and cover on pages, without scripts.

use super::*;
use crate::harness::PageClient;

/// Sends a form that a page shows, with its hidden fields.
async fn send(browser: &PageClient, page: &str, to: &str, fields: &[(&str, &str)]) -> crate::harness::Page {
    let shown = browser.get(page).await;
    let (_, form) =
        shown.expect(200).html.split_once(&format!("action=\"{to}\"")).unwrap_or_else(|| panic!("no {to}: {shown}"));
    let hidden = |name: &str| {
        let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let key = hidden("idempotency_key").unwrap();
    let version = hidden("version").unwrap_or_default();
    let mut all = vec![("idempotency_key", key.as_str())];
    if !version.is_empty() {
        all.push(("version", version.as_str()));
    }
    all.extend(fields);
    browser.post_form(to, &all).await
}

/// Approved time off of a day; its page.
async fn asked_and_approved(admin: &Client, who: &str, day: &str) -> String {
    let off = asked(admin, who, day, day).await;
    admin.post(&format!("/api/time-off/{off}/approve"), json!({})).await.expect(200);
    format!("/time-off/{off}")
}

on_both! {
    /// A therapist sets hours and asks for time off, a manager approves it and the substitute has the session.
    async fn hours_and_time_off_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own, _) = crate::session_pages::therapist(&app, &admin).await;
        let substitute = practitioner(&admin, "Second").await;
        let session = admin.post("/api/sessions", led_by(&[&own], "2026-03-09T09:00")).await.expect(201).id();
        let hours = format!("/staff/{own}/hours");
        robin.get(&hours).await.expect(200).expect_text("always available");
        let bad = [("weekday_0", "monday"), ("starts_0", ""), ("ends_0", ""), ("weekday_1", "monday"), ("starts_1", "12:00"), ("ends_1", "09:00")];
        let refused = send(&robin, &hours, &hours, &bad).await;
        refused.expect(422).expect_text("Monday, line 2: the end must be after the start");
        let good = [("weekday_0", "monday"), ("starts_0", "09:00"), ("ends_0", "00:00")];
        let saved = send(&robin, &hours, &hours, &good).await;
        robin.follow(&saved).await.expect(200).expect_text("The weekly hours are saved.");
        app.page_client(Role::Nurse).await.get(&hours).await.expect(200).expect_text("09:00 to 24:00");

        let list = format!("/staff/{own}/time-off");
        let asked = send(&robin, &list, &list, &[("kind", "sick"), ("first_day", "2026-03-09"), ("substitute_id", &substitute)]).await;
        let page = robin.follow(&asked).await;
        page.expect(200).expect_text("The request is sent.").expect_text("Sick leave");
        let off = asked.location().to_owned();
        let manager = app.page_client(Role::Manager).await;
        manager.get("/time-off").await.expect(200).expect_text(&off);
        manager.get(&off).await.expect(200).expect_text("Hand 1 of 1 sessions over");
        let approved = send(&manager, &off, &format!("{off}/approve"), &[("reassign", "true")]).await;
        manager.follow(&approved).await.expect(200).expect_text("Handed over: 1 session.");
        manager.get(&format!("/staff/{substitute}/schedule")).await.expect(200).expect_text(&session);
        manager.get("/sessions/needs-cover").await.expect(200).expect_text("Every session has somebody");
        let shown = admin.get(&format!("/api/sessions/{session}")).await.expect(200);
        let usual = shown.data()["leaders"][0]["stands_in_for_name"].as_str().unwrap().to_owned();
        manager.get(&format!("/sessions/{session}/leaders")).await.expect(200).expect_text(&format!("for {usual}"));
        manager.get(&format!("/sessions/{session}/substitutes")).await.expect(200).expect_text("Robin Vale is away.");
        // Without anybody named, the session needs cover until somebody takes the place of who is away.
        let other = admin.post("/api/sessions", led_by(&[&own], "2026-03-16T09:00")).await.expect(201).id();
        let second = asked_and_approved(&admin, &own, "2026-03-16").await;
        manager.get("/sessions/needs-cover").await.expect(200).expect_text(&other);
        manager.get(&second).await.expect(200).expect_text(&format!("/sessions/{other}/substitutes"));
        let page = format!("/sessions/{other}/substitutes");
        let fields = [("change", "replace"), ("practitioner_id", substitute.as_str()), ("instead_of", own.as_str())];
        manager.get(&page).await.expect(200).expect_text("in the place of Robin Vale").expect_text(&format!("name=\"instead_of\" value=\"{own}\""));
        let taken = send(&manager, &page, &format!("/sessions/{other}/leaders"), &fields).await;
        manager.follow(&taken).await.expect(200).expect_text("The leaders are changed.");
        manager.get("/sessions/needs-cover").await.expect(200).expect_text("Every session has somebody");
        let nurse = app.page_client(Role::Nurse).await;
        assert!(!nurse.get(&off).await.expect(200).html.contains("Sick leave"), "what it is for stays between two");
        nurse.get("/time-off").await.expect(403);
    }

    /// A line is added and taken out without a script, and nothing is saved by that; Enter in a field saves.
    async fn lines_of_hours_come_and_go(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own, _) = crate::session_pages::therapist(&app, &admin).await;
        let hours = format!("/staff/{own}/hours");
        let stored = format!("/api/practitioners/{own}/availability");
        let begun = send(&robin, &hours, &hours, &[("add", "usual")]).await;
        begun.expect(200).expect_text("name=\"starts_4\" value=\"09:00\"").expect_text("Friday, line 1, from");
        let form = begun.html.split_once(&format!("action=\"{hours}\"")).unwrap().1;
        let first = form.split_once("<button").unwrap().1.split_once('>').unwrap().0;
        assert!(!first.contains("name="), "Enter presses the first button: {first}");
        let line = [("weekday_0", "monday"), ("starts_0", "09:00"), ("ends_0", "12:00"), ("weekday_1", "monday"), ("starts_1", "13:00"), ("ends_1", "17:00")];
        let more = [&line[..], &[("add", "monday")]].concat();
        let more = send(&robin, &hours, &hours, &more).await;
        more.expect(200).expect_text("Monday, line 3, from").expect_text("value=\"13:00\"");
        let less = [&line[..], &[("remove", "0")]].concat();
        let less = send(&robin, &hours, &hours, &less).await;
        less.expect(200).expect_text("name=\"starts_1\" value=\"13:00\"");
        assert!(!less.html.contains("starts_0"), "it is taken out");
        assert_eq!(admin.get(&stored).await.expect(200).data()["blocks"], json!([]), "nothing is saved yet");
        send(&robin, &hours, &hours, &line).await.expect(303);
        assert_eq!(admin.get(&stored).await.expect(200).data()["blocks"].as_array().unwrap().len(), 2);
    }

    /// A site that is not in use any more stays chosen in hours that name it.
    async fn hours_keep_a_site_that_is_closed(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own, _) = crate::session_pages::therapist(&app, &admin).await;
        let site = admin.post("/api/sites", json!({ "name": "North", "zone": "America/Phoenix" })).await.expect(201).id();
        let stored = format!("/api/practitioners/{own}/availability");
        let block = json!({ "weekday": "monday", "starts": "09:00", "ends": "12:00", "site_id": site });
        admin.put(&stored, json!({ "blocks": [block] })).await.expect(200);
        admin.patch(&format!("/api/sites/{site}"), json!({ "is_active": false })).await.expect(200);
        let hours = format!("/staff/{own}/hours");
        let page = robin.get(&hours).await;
        page.expect(200).expect_text(&format!("<option value=\"{site}\" selected>North (not in use)"));
        app.page_client(Role::Nurse).await.get(&hours).await.expect(200).expect_text("North (not in use)");
        let unchanged = [("weekday_0", "monday"), ("starts_0", "09:00"), ("ends_0", "12:00"), ("site_id_0", site.as_str())];
        send(&robin, &hours, &hours, &unchanged).await.expect(303);
        assert_eq!(admin.get(&stored).await.expect(200).data()["blocks"][0]["site_id"], json!(site));
    }

    /// What is in the way is told with names, and once.
    async fn names_are_told_for_ids(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (_, own) = therapist(&app, &admin, Role::Therapist).await;
        let other = practitioner(&admin, "Second").await;
        asked_and_approved(&admin, &own, "2026-03-09").await;
        let mut new = led_by(&[&other], "2026-03-09T09:00");
        new["title"] = json!("Grief circle");
        let session = admin.post("/api/sessions", new).await.expect(201).id();
        let manager = app.page_client(Role::Manager).await;
        let told = |page: &crate::harness::Page| {
            let (_, summary) = page.html.split_once("error-summary").unwrap_or_else(|| panic!("nothing is told: {page}"));
            let summary = summary.split_once("</ul>").unwrap().0.to_owned();
            assert_eq!(summary.matches("Robin Vale is away.").count(), 1, "{summary}");
            assert!(!page.html.contains(&format!("{own} ")), "an id is told");
        };
        let fields = [("title", "Another"), ("leader_id", own.as_str()), ("starts_at", "2026-03-09T10:00"), ("duration_minutes", "60")];
        let refused = send(&manager, "/sessions/new", "/sessions/new", &fields).await;
        told(refused.expect(409));
        let edit = format!("/sessions/{session}/edit");
        let fields = [("title", "Grief circle"), ("leader_id", own.as_str()), ("starts_at", "2026-03-09T09:00"), ("duration_minutes", "60")];
        told(send(&manager, &edit, &edit, &fields).await.expect(409));
        let leaders = format!("/sessions/{session}/leaders");
        told(send(&manager, &leaders, &leaders, &[("change", "add"), ("practitioner_id", own.as_str())]).await.expect(409));
    }

    /// However far ahead a leader is away, the session says so wherever it is shown.
    async fn a_session_that_needs_cover_is_marked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (_, own) = therapist(&app, &admin, Role::Therapist).await;
        let mut new = led_by(&[&own], "2026-05-20T09:00");
        new["title"] = json!("Grief circle");
        let session = admin.post("/api/sessions", new).await.expect(201).id();
        asked_and_approved(&admin, &own, "2026-05-20").await;
        let manager = app.page_client(Role::Manager).await;
        manager.get("/sessions/needs-cover").await.expect(200).expect_text("Every session has somebody until 1 Apr 2026");
        for path in ["/sessions/needs-cover?date_from=2026-05-01".to_owned(), format!("/sessions/needs-cover?practitioner_id={own}")] {
            manager.get(&path).await.expect(200).expect_text("Robin Vale is away.").expect_text(&session);
        }
        manager.get("/sessions/needs-cover?date_from=2026-03-09&date_to=2020-01-01").await.expect(200).expect_text("until 9 Mar 2026");
        for path in ["/sessions?date_from=2026-05-20", "/today?day=2026-05-20", "/calendar?view=day&day=2026-05-20", "/calendar?view=agenda&day=2026-05-20", &format!("/staff/{own}/schedule")] {
            let page = manager.get(path).await;
            let after = page.expect(200).html.split_once("Grief circle").unwrap_or_else(|| panic!("{path}")).1;
            assert!(after.contains("Needs cover"), "{path}");
        }
        manager.get("/sessions").await.expect(200).expect_text("href=\"/sessions/needs-cover\"");
        let page = manager.get(&format!("/sessions/{session}")).await;
        page.expect(200).expect_text("Robin Vale is away then.").expect_text(&format!("/sessions/{session}/substitutes"));
    }

    /// What was asked for is changed on a page while nobody has decided, and taken back with a reason.
    async fn a_request_is_changed_and_withdrawn(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (robin, own, _) = crate::session_pages::therapist(&app, &admin).await;
        let off = asked(&admin, &own, "2026-03-09", "2026-03-09").await;
        let (page, edit) = (format!("/time-off/{off}"), format!("/time-off/{off}/edit"));
        robin.get(&page).await.expect(200).expect_text("Your time off").expect_text(&edit);
        robin.get(&edit).await.expect(200).expect_text("Surgery").expect_text("value=\"2026-03-09\"");
        let none = [("kind", "sick"), ("reason", ""), ("first_day", ""), ("last_day", "")];
        send(&robin, &edit, &edit, &none).await.expect(422).expect_text("First day is required");
        let changed = [("kind", "training"), ("reason", ""), ("first_day", "2026-03-09"), ("last_day", "2026-03-11")];
        let changed = send(&robin, &edit, &edit, &changed).await;
        robin.follow(&changed).await.expect(200).expect_text("The request is changed.").expect_text("Training");
        let known = admin.get(&format!("/api/time-off/{off}")).await.expect(200);
        assert_eq!((&known.data()["last_day"], &known.data()["reason"]), (&json!("2026-03-11"), &Value::Null));
        app.page_client(Role::Therapist).await.get(&edit).await.expect(404);
        let manager = app.page_client(Role::Manager).await;
        let theirs = manager.get(&page).await;
        theirs.expect(200).expect_text("Time off of Robin Vale");
        assert!(!theirs.html.contains("Withdraw"), "who approves declines");
        manager.get("/time-off").await.expect(200).expect_text(&off);
        let taken_back = send(&robin, &page, &format!("{page}/withdraw"), &[("reason", "The course is cancelled.")]).await;
        robin.follow(&taken_back).await.expect(200).expect_text("The course is cancelled.");
        robin.get(&edit).await.expect(200).expect_text("This is decided");
        manager.get("/time-off").await.expect(200).expect_text("Nothing to decide");
        manager.get("/time-off?status=withdrawn").await.expect(200).expect_text(&off);
    }

    /// A page says what is true of the sessions in somebody's time off.
    async fn a_decision_is_told_truly(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (_, own) = therapist(&app, &admin, Role::Therapist).await;
        let substitute = practitioner(&admin, "Second").await;
        for title in ["Grief circle", "Anger group"] {
            let mut new = led_by(&[&own], "2026-03-09T09:00");
            new["title"] = json!(title);
            new["override_conflict"] = json!(true);
            new["reason"] = json!("Both at once.");
            admin.post("/api/sessions", new).await.expect(201);
        }
        let new = json!({ "kind": "sick", "first_day": "2026-03-09", "substitute_id": substitute });
        let off = admin.post(&format!("/api/practitioners/{own}/time-off"), new).await.expect(201).id();
        let manager = app.page_client(Role::Manager).await;
        let page = manager.get(&format!("/time-off/{off}")).await;
        page.expect(200).expect_text("Hand 1 of 2 sessions over").expect_text("Of the 2 sessions in it, 1 can go to the substitute");
        let would = ["Grief circle", "Anger group"].map(|title| page.html.contains(&format!("Would be taking {title} at this time.")));
        assert_eq!(would.iter().filter(|would| **would).count(), 1, "{page}");
        manager.get("/sessions?date_from=2026-03-09").await.expect(200).expect_text("Room or leader not free");
    }
}
