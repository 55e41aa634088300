//! A pair is of people: whichever record of a person is asked about, and whenever a session takes place after all.

use rules::permissions::Role;
use serde_json::json;

use super::{guest, keep_apart};
use crate::{
    harness::{TestApp, on_both},
    sessions::{each, group, member, participants, patient, session},
};

on_both! {
    /// A guest who is the patient is kept apart as the patient is, linked before the pair or after it.
    async fn a_linked_guest_is_the_same_person(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (there, apart) = (patient(&manager, "Alder").await, patient(&manager, "Birch").await);
        let linked = json!({ "display_name": "B.", "patient_id": apart });
        let before = manager.post("/api/guests", linked.clone()).await.expect(201).id();
        let later = guest(&manager, "Someone").await;
        let skills = group(&manager, json!({})).await;
        member(&manager, &skills, &there).await;
        let pair = keep_apart(&manager, &there, &apart).await;
        let after = manager.post("/api/guests", linked).await.expect(201).id();
        let members = format!("/api/groups/{skills}/members");
        let booking = session(&manager, &skills, "2026-03-09T09:00").await;
        let book = format!("/api/sessions/{booking}/add-patient");
        for who in [&before, &after] {
            manager.post(&members, json!({ "guest_id": who })).await.expect_code(409, "not_eligible");
            manager.post(&book, json!({ "guest_id": who })).await.expect_code(409, "not_eligible");
        }
        // Nobody yet; then linked, and free again.
        let path = format!("/api/guests/{later}");
        manager.patch(&path, json!({ "patient_id": apart })).await.expect(200);
        manager.post(&members, json!({ "guest_id": later })).await.expect_code(409, "not_eligible");
        manager.patch(&path, json!({ "patient_id": null })).await.expect(200);
        manager.post(&members, json!({ "guest_id": later })).await.expect(201);
        // The pair ends for every record at once; one person still has one seat.
        manager.delete(&format!("/api/keep-apart/{}", pair.id())).await.expect(200);
        manager.post(&members, json!({ "guest_id": before })).await.expect(201);
        manager.post(&members, json!({ "guest_id": after })).await.expect_code(409, "already_member");
    }

    /// Two who were booked before they were kept apart do not meet in a session that takes place after all: the first of
    /// them keeps the place.
    async fn a_session_that_comes_back_heeds_the_pair(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (there, apart) = (patient(&manager, "Alder").await, patient(&manager, "Birch").await);
        let skills = group(&manager, json!({})).await;
        member(&manager, &skills, &there).await;
        member(&manager, &skills, &apart).await;
        let rule = async |day: &str| {
            let rule = json!({ "start": format!("2026-03-{day}T09:00"), "rrule": "FREQ=WEEKLY;COUNT=2" });
            manager.put(&format!("/api/groups/{skills}/recurrence"), rule).await.expect(200);
        };
        let statuses = async |session: &str| each(&participants(&manager, session).await, "status");
        let single = session(&manager, &skills, "2026-03-12T15:00").await;
        rule("09").await;
        let listed = manager.get(&format!("/api/sessions?group_id={skills}&date_to=2026-03-09")).await.expect(200);
        let of_series = listed.items()[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(statuses(&of_series).await, ["booked", "booked"]);
        manager.put(&format!("/api/groups/{skills}/recurrence"), json!({ "start": "2026-04-20T09:00" })).await.expect(200);
        manager.delete(&format!("/api/groups/{skills}")).await.expect(200);
        keep_apart(&manager, &there, &apart).await;
        manager.post(&format!("/api/groups/{skills}/restore"), json!({})).await.expect(200);
        assert_eq!(statuses(&single).await, ["booked", "cancelled"], "archiving had cancelled it");
        rule("09").await;
        assert_eq!(statuses(&of_series).await, ["booked", "cancelled"], "the rule had cancelled it");
        let rows = participants(&manager, &single).await;
        assert_eq!(rows.items()[1]["cancellation_reason"], "not eligible for this session");
        app.seal_and_verify().await;
    }
}
