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
        refused.expect(422).expect_text("Row 2: ends must be after the start");
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
}
