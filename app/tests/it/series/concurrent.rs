//! Two people change the same session at once.

use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{TestApp, on_both},
    sessions::{group, participants, patient},
};

use super::{all, edit, mondays, read, starts};

on_both! {
    /// Two managers move the same session at once: one wins, and the other is told what changed.
    async fn the_second_of_two_managers_is_told_what_changed(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let manager = app.as_role(Role::Manager).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        let version = read(&admin, &ids[0]).await["version"].as_i64().unwrap();
        let path = format!("/api/sessions/{}", ids[0]);
        let (one, two) = (admin.with_if_match(version), manager.with_if_match(version));
        let (first, second) = tokio::join!(
            one.patch(&path, json!({ "starts_at": "2026-03-09T10:00" })),
            two.patch(&path, json!({ "starts_at": "2026-03-09T11:00" })),
        );
        let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
        let (won, lost) = (won.expect(200), lost.expect_code(412, "stale"));
        let hour = if won.data()["starts_at"] == "2026-03-09T10:00:00-07:00" { "10:00" } else { "11:00" };
        assert_eq!(lost.json["current_version"], json!(version + 1));
        let start = lost.json["errors"].as_array().unwrap().iter().find(|error| error["field"] == "starts_at").unwrap();
        let words = format!("Somebody changed it meanwhile: 9 March 2026 09:00 → 9 March 2026 {hour}.");
        assert_eq!((&start["code"], &start["message"]), (&json!("changed"), &json!(words)));
        assert_eq!(starts(&admin, &group).await[0], format!("03-09T{hour}"));
        // A switch that was left empty is a mistake, and changes nothing.
        for asked in ["scope=all&dry_run=", "scope=&dry_run=true"] {
            admin.patch(&format!("{path}?{asked}"), json!({ "topic": "Sleep" })).await.expect(422);
        }
        let late = admin.with_if_match(version).patch(&format!("{path}?scope=all"), json!({ "topic": "Sleep" })).await;
        late.expect_code(412, "stale");
        let late = admin.with_if_match(version).patch(&format!("{path}?scope=all&dry_run=true"), json!({ "topic": "Sleep" })).await;
        late.expect_code(412, "stale");
    }

    /// A double click books once, and a change of a whole series sent by two at once is done in order, without a double.
    async fn a_double_click_books_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let group = group(&admin, json!({})).await;
        let ids = mondays(&admin, &group).await;
        let pat = patient(&admin, "Alder").await;
        let (path, body) = (format!("/api/sessions/{}/add-patient", ids[0]), json!({ "patient_id": pat }));
        let click = admin.with_key("one-click");
        let (a, b) = tokio::join!(click.post(&path, body.clone()), click.post(&path, body));
        // The second is answered with the first's answer, or told that it is being worked on.
        assert!([a.status, b.status].contains(&201), "{a} {b}");
        assert_eq!(participants(&admin, &ids[0]).await.items().len(), 1);
        let (later, longer) = (json!({ "starts_at": "2026-03-23T10:00" }), json!({ "duration_minutes": 45 }));
        let (a, b) = tokio::join!(edit(&admin, &ids[2], "following", later), edit(&admin, &ids[4], "following", longer));
        a.expect(200);
        b.expect(200);
        let found = all(&admin, &group).await;
        assert_eq!(found.items().len(), 8);
        assert_eq!(starts(&admin, &group).await[1..3], ["03-16T09:00", "03-23T10:00"]);
        let lengths: Vec<_> = found.items().iter().map(|one| one["duration_minutes"].as_i64().unwrap()).collect();
        assert_eq!(lengths, [60, 60, 60, 60, 45, 45, 45, 45]);
    }
}
