//! The organization's settings: their version, and their page.

use rules::permissions::Role;
use serde_json::json;

use crate::harness::{TestApp, on_both};

on_both! {
    /// Settings have a version: whoever has read another is told so, and nothing is overwritten.
    async fn settings_have_a_version(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let first = admin.get("/api/settings").await.expect(200);
        assert_eq!((first.version(), &first.data()["finance_gate"]), (1, &json!(true)));
        let second = admin.with_if_match(1).patch("/api/settings", json!({ "finance_gate": false })).await.expect(200);
        assert_eq!((second.version(), &second.data()["finance_gate"]), (2, &json!(false)));
        let late = admin.with_if_match(1).patch("/api/settings", json!({ "finance_gate": true })).await;
        late.expect_code(412, "stale");
        admin.patch("/api/settings", json!({ "capacity_ceiling": 1 })).await.expect_fields(&[("capacity_ceiling", "out_of_range")]);
        let third = admin.patch("/api/settings", json!({ "capacity_ceiling": 30 })).await.expect(200);
        assert_eq!((third.version(), &third.data()["finance_gate"]), (3, &json!(false)), "what was refused counts for nothing");
        assert_eq!(app.count_of("settings.changed").await, 2);
    }

    /// An administrator changes settings on their page; a bad number is said beside its field; two at once don't overwrite.
    async fn settings_are_changed_on_their_page(app: TestApp) {
        let (browser, admin) = (app.page_client(Role::Admin).await, app.as_role(Role::Admin).await);
        const HERE: &str = "/settings/general";
        let page = browser.get(HERE).await;
        page.expect(200).expect_text("Finance must be cleared").expect_text("Show preferred names");
        let (version, key) = (page.hidden("version"), page.hidden("idempotency_key"));
        let bad = [("version", version.as_str()), ("idempotency_key", key.as_str()), ("capacity_ceiling", "1"), ("schedule_horizon_weeks", "")];
        let refused = browser.post_form(HERE, &bad).await;
        refused.expect(422).expect_text("Schedule horizon weeks");
        let good = [
            ("version", version.as_str()),
            ("idempotency_key", "good"),
            ("capacity_ceiling", "24"),
            ("schedule_horizon_weeks", "6"),
            ("note_due_hours", "48"),
            ("consent_gate", "true"),
            ("preferred_name_on_sign_in_sheet", "true"),
        ];
        let saved = browser.post_form(HERE, &good).await;
        browser.follow(&saved).await.expect(200).expect_text("The settings are saved.");
        let now = admin.get("/api/settings").await.expect(200);
        let on = |name: &str| now.data()[name].clone();
        assert_eq!((on("finance_gate"), on("consent_gate"), on("preferred_name_on_sign_in_sheet")), (json!(false), json!(true), json!(true)));
        assert_eq!((on("capacity_ceiling"), on("schedule_horizon_weeks")), (json!(24), json!(6)));
        assert_eq!(on("note_due_hours"), json!(48));
        let again = good.map(|(name, value)| (name, if name == "idempotency_key" { "again" } else { value }));
        let late = browser.post_form(HERE, &again).await;
        late.expect(412).expect_text("Somebody else has changed this");
        assert_ne!(late.hidden("version"), version, "saving again is saving what is seen now");
        app.page_client(Role::Manager).await.get(HERE).await.expect(403);
    }
}
