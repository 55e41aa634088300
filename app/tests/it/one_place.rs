//! One person has one place, whichever of their records is named: the patient, or a guest who is that patient.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, TestApp, on_both},
    sessions::{each, group, member, participants, patient, session},
};

/// A patient, and two guests who are that patient.
struct Kim {
    patient: String,
    guests: [String; 2],
}

async fn linked(client: &Client, patient: &str) -> String {
    let new = json!({ "display_name": "K.", "patient_id": patient });
    client.post("/api/guests", new).await.expect(201).id()
}

async fn kim(client: &Client) -> Kim {
    let patient = patient(client, "Elder").await;
    let guests = [linked(client, &patient).await, linked(client, &patient).await];
    Kim { patient, guests }
}

async fn guest(client: &Client) -> String {
    client.post("/api/guests", json!({ "display_name": "Somebody" })).await.expect(201).id()
}

async fn join(client: &Client, group: &str, who: Value) -> Answer {
    client.post(&format!("/api/groups/{group}/members"), who).await
}

async fn book(client: &Client, session: &str, who: Value) -> Answer {
    client.post(&format!("/api/sessions/{session}/add-patient"), who).await
}

async fn link(client: &Client, guest: &str, patient: &str) -> Answer {
    client.patch(&format!("/api/guests/{guest}"), json!({ "patient_id": patient })).await
}

on_both! {
    /// Joining, alone and among others, by any record after any other, also past a full group.
    async fn who_is_in_the_group_by_another_record_is_in_it(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let kim = kim(&manager).await;
        let [one, two] = &kim.guests;
        let skills = group(&manager, json!({})).await;
        member(&manager, &skills, &kim.patient).await;
        let refused = join(&manager, &skills, json!({ "guest_id": one })).await.expect_code(409, "already_member");
        let again = join(&manager, &skills, json!({ "patient_id": kim.patient })).await.expect_code(409, "already_member");
        assert_eq!(refused.json["detail"], again.json["detail"], "the same words");
        let over = json!({ "guest_id": one, "on_full": "override", "reason": "Asked for" });
        join(&manager, &skills, over).await.expect_code(409, "already_member");
        let batch = |people: Value| { let manager = manager.clone(); let skills = skills.clone(); async move { manager.post(&format!("/api/groups/{skills}/members/batch"), json!({ "members": people })).await.expect(201) } };
        let done = batch(json!([{ "guest_id": one }, { "patient_id": kim.patient }, { "guest_id": guest(&manager).await }])).await;
        assert_eq!((&done.data()["created"], &done.data()["skipped"]), (&json!(1), &json!(2)));

        let second = group(&manager, json!({ "name": "Second" })).await;
        let stint = join(&manager, &second, json!({ "guest_id": one })).await.expect(201).id();
        join(&manager, &second, json!({ "patient_id": kim.patient })).await.expect_code(409, "already_member");
        join(&manager, &second, json!({ "guest_id": two })).await.expect_code(409, "already_member");
        manager.delete(&format!("/api/groups/{second}/members/{stint}")).await.expect(200);
        join(&manager, &second, json!({ "patient_id": kim.patient })).await.expect(201);

        // Twice in one batch; the first of the two is placed.
        let third = group(&manager, json!({ "name": "Third" })).await;
        let rows = json!({ "members": [{ "guest_id": two }, { "patient_id": kim.patient }, { "guest_id": one }] });
        let done = manager.post(&format!("/api/groups/{third}/members/batch"), rows).await.expect(201);
        assert_eq!((&done.data()["created"], &done.data()["skipped"]), (&json!(1), &json!(2)));
        assert_eq!(done.data()["items"][0]["guest_id"], json!(two));
    }

    /// Who waits, or has an offer, is in the group: no other record waits or is seated beside it.
    async fn who_waits_by_another_record_waits_once(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let kim = kim(&manager).await;
        let small = group(&manager, json!({ "max_participants": 2, "promotion": "offer" })).await;
        let leaver = member(&manager, &small, &patient(&manager, "Alder").await).await;
        member(&manager, &small, &patient(&manager, "Birch").await).await;
        let waits = join(&manager, &small, json!({ "guest_id": kim.guests[0] })).await.expect(201);
        assert_eq!(waits.data()["status"], "waitlisted");
        let refused = async || { join(&manager, &small, json!({ "patient_id": kim.patient })).await.expect_code(409, "already_member") };
        assert!(refused().await.text.contains("waitlisted"));
        manager.delete(&format!("/api/groups/{small}/members/{leaver}")).await.expect(200);
        assert!(refused().await.text.contains("offered"));
        manager.post(&format!("/api/groups/{small}/members/{}/accept", waits.id()), json!({})).await.expect(200);
        assert!(refused().await.text.contains("active"));
    }

    /// Bookings, walk-ins, make-ups, and a place that is taken back; who was booked apart from the roster stays.
    async fn who_is_in_the_session_by_another_record_is_in_it(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let kim = kim(&manager).await;
        let [one, _] = &kim.guests;
        let skills = group(&manager, json!({})).await;
        let coming = session(&manager, &skills, "2026-03-09T09:00").await;
        let row = book(&manager, &coming, json!({ "patient_id": kim.patient })).await.expect(201).id();
        for source in ["booked", "walk_in", "make_up"] {
            let who = json!({ "guest_id": one, "source": source });
            book(&manager, &coming, who).await.expect_code(409, "already_participant");
        }
        let path = format!("/api/sessions/{coming}/participants/{row}");
        manager.post(&format!("{path}/cancel"), json!({ "reason": "Called in" })).await.expect(200);
        let instead = book(&manager, &coming, json!({ "guest_id": one })).await.expect(201).id();
        manager.post(&format!("{path}/undo"), json!({})).await.expect_code(409, "already_participant");
        manager.patch(&path, json!({ "status": "booked" })).await.expect_code(409, "already_participant");
        book(&manager, &coming, json!({ "patient_id": kim.patient })).await.expect_code(409, "already_participant");
        // Once the guest's place is given back, it is there again.
        let other = format!("/api/sessions/{coming}/participants/{instead}");
        manager.post(&format!("{other}/cancel"), json!({ "reason": "Twice" })).await.expect(200);
        manager.post(&format!("{path}/undo"), json!({})).await.expect(200);

        // The patient joins the group: no second place where the guest has one.
        let open = group(&manager, json!({ "name": "Open" })).await;
        let (first, second) = (session(&manager, &open, "2026-03-10T09:00").await, session(&manager, &open, "2026-03-11T09:00").await);
        book(&manager, &first, json!({ "guest_id": one })).await.expect(201);
        member(&manager, &open, &kim.patient).await;
        let rows = participants(&manager, &first).await;
        assert_eq!(each(&rows, "status"), ["booked", "cancelled"]);
        assert_eq!(rows.items()[1]["cancellation_reason"], "in this session by another record");
        assert_eq!(each(&participants(&manager, &second).await, "status"), ["booked"]);
        app.seal_and_verify().await;
    }

    /// A guest who has a place beside the patient is not said to be them: to join the two places is what helps.
    async fn linking_never_makes_a_second_place(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (known, who) = (patient(&manager, "Elder").await, guest(&manager).await);
        let skills = group(&manager, json!({})).await;
        member(&manager, &skills, &known).await;
        join(&manager, &skills, json!({ "guest_id": who })).await.expect(201);
        let refused = link(&manager, &who, &known).await.expect_code(409, "both_present");
        assert_eq!(refused.field_errors(), [(skills.clone(), "both_present".to_owned())]);
        assert_eq!(manager.get(&format!("/api/guests/{who}")).await.expect(200).data()["patient_id"], Value::Null);
        link(&manager, &who, &app.id_of_nothing::<rules::id::kind::Patient>().to_string()).await.expect_fields(&[("patient_id", "not_found")]);
        manager.post(&format!("/api/guests/{who}/convert"), json!({ "patient_id": known })).await.expect(200);
        assert_eq!(manager.get(&format!("/api/groups/{skills}/members")).await.expect(200).items().len(), 1);

        // In one session; in one that is over it stays as it was.
        let friend = guest(&manager).await;
        let today = session(&manager, &skills, "2026-03-04T10:30").await;
        book(&manager, &today, json!({ "guest_id": friend })).await.expect(201);
        let refused = link(&manager, &friend, &known).await.expect_code(409, "both_present");
        assert_eq!(refused.field_errors(), [(today, "both_present".to_owned())]);
        app.advance(jiff::SignedDuration::from_hours(30));
        link(&manager, &friend, &known).await.expect(200);
        assert_eq!(app.count_of("guest.linked").await, 1);
    }

    /// A duplicate's guest comes to the patient that stays: not into a group in which they are already.
    async fn merging_never_makes_a_second_place(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (stays, goes) = (patient(&manager, "Alder").await, patient(&manager, "Aldor").await);
        let who = linked(&manager, &goes).await;
        let skills = group(&manager, json!({})).await;
        member(&manager, &skills, &stays).await;
        let stint = join(&manager, &skills, json!({ "guest_id": who })).await.expect(201).id();
        let merge = json!({ "from": goes, "reason": "Same birth date" });
        let path = format!("/api/patients/{stays}/merge");
        manager.post(&path, merge.clone()).await.expect_code(409, "both_present");
        manager.delete(&format!("/api/groups/{skills}/members/{stint}")).await.expect(200);
        manager.post(&path, merge).await.expect(200);
        join(&manager, &skills, json!({ "guest_id": who })).await.expect_code(409, "already_member");
    }

    /// Two who were booked before they were known to be one have one place in a session that takes place after all.
    async fn a_session_that_comes_back_has_one_place_for_one_person(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let (known, who) = (patient(&manager, "Elder").await, guest(&manager).await);
        let skills = group(&manager, json!({})).await;
        let coming = session(&manager, &skills, "2026-03-12T15:00").await;
        book(&manager, &coming, json!({ "guest_id": who })).await.expect(201);
        book(&manager, &coming, json!({ "patient_id": known })).await.expect(201);
        manager.delete(&format!("/api/groups/{skills}")).await.expect(200);
        link(&manager, &who, &known).await.expect(200);
        manager.post(&format!("/api/groups/{skills}/restore"), json!({})).await.expect(200);
        let rows = participants(&manager, &coming).await;
        let row = |mine: bool| rows.items().iter().find(|row| (row["guest_id"] == json!(who)) == mine).unwrap();
        assert_eq!((&row(true)["status"], &row(false)["status"]), (&json!("booked"), &json!("cancelled")), "the first stays");
        assert_eq!(row(false)["cancellation_reason"], "in this session by another record");
    }

    /// Whoever joins while somebody says who they are: one of the two is refused.
    async fn a_race_gives_one_place(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        for round in 0..8 {
            let (known, who) = (patient(&manager, &format!("Elder{round}")).await, guest(&manager).await);
            // A second guest of theirs joins in every other round.
            let joiner = match round % 2 {
                0 => json!({ "patient_id": known }),
                _ => json!({ "guest_id": linked(&manager, &known).await }),
            };
            let skills = group(&manager, json!({})).await;
            join(&manager, &skills, json!({ "guest_id": who })).await.expect(201);
            let (linking, joining) = tokio::join!(link(&manager, &who, &known), join(&manager, &skills, joiner));
            let done = (linking.status, joining.status);
            assert!(matches!(done, (200, 409) | (409, 201)), "round {round}: {linking} {joining}");
            let live = manager.get(&format!("/api/groups/{skills}/members")).await.expect(200).items().len();
            assert_eq!(live, if joining.status == 201 { 2 } else { 1 });
        }
    }
}
