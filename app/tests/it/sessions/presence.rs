//! Being there with times in between, and when a confirmation went out.

use jiff::SignedDuration;
use rules::permissions::Permission;

use super::*;
use crate::session_pages::{room, therapist};

/// An administrator who leads sessions too.
async fn lead(admin: &Client) {
    let new = json!({ "given_name": "Robin", "family_name": "Ash", "user_id": admin.user });
    admin.post("/api/practitioners", new).await.expect(201);
}

on_both! {
    /// Times in between are left out of the minutes, each inside the presence and after the one before it.
    async fn somebody_steps_out(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        lead(&admin).await;
        let path = format!("/api/sessions/{session}");
        admin.post(&format!("{path}/start"), json!({})).await.expect(200);
        let one = format!("{path}/participants/{}", people[0]);
        let out = |times: &[(&str, &str)]| {
            let at = |time: &str| format!("2026-03-04T{time}");
            let times: Vec<Value> = times.iter().map(|(from, until)| json!({ "from": at(from), "until": at(until) })).collect();
            json!({ "stepped_out": times })
        };
        admin.patch(&one, out(&[("10:10", "10:20")])).await.expect_fields(&[("stepped_out", "not_here")]);
        admin.post(&format!("{one}/attend"), json!({})).await.expect(200);
        admin.patch(&one, out(&[("10:10", "10:20")])).await.expect_fields(&[("stepped_out[0].until", "invalid_time")]);
        app.advance(SignedDuration::from_mins(60));
        let two = admin.patch(&one, out(&[("10:10", "10:20"), ("10:40", "10:45")])).await.expect(200);
        assert_eq!(two.data()["stepped_out"][1], json!({ "from": "2026-03-04T10:40:00-07:00", "until": "2026-03-04T10:45:00-07:00" }));
        admin.post(&format!("{path}/end"), json!({})).await.expect(200);
        let now = async || {
            let now = admin.get(&one).await.expect(200);
            (now.data()["minutes_attended"].clone(), now.data()["late_minutes"].clone(), now.data()["left_early_minutes"].clone())
        };
        assert_eq!(now().await, (json!(45), json!(0), json!(0)), "who is back is neither late nor early");
        admin.patch(&one, json!({ "arrival_at": "2026-03-04T10:15" })).await.expect_fields(&[("stepped_out[0].from", "invalid_time")]);
        admin.patch(&one, json!({ "departed_at": "2026-03-04T10:42" })).await.expect_fields(&[("stepped_out[1].until", "invalid_time")]);
        admin.patch(&one, out(&[("10:40", "10:45"), ("10:10", "10:20")])).await.expect_fields(&[("stepped_out[1].from", "invalid_time")]);
        admin.patch(&one, out(&[("10:20", "10:10")])).await.expect_fields(&[("stepped_out[0].until", "invalid_time")]);
        admin.patch(&one, out(&[("10:10", "10:11"); 21])).await.expect_fields(&[("stepped_out", "too_many")]);
        admin.patch(&one, json!({ "stepped_out": [{ "from": "soon" }] })).await
            .expect_fields(&[("stepped_out[0].from", "invalid"), ("stepped_out[0].until", "missing")]);
        assert_eq!(now().await.0, 45, "a refusal changes nothing");
        let both = json!({ "departed_at": "2026-03-04T10:50", "stepped_out": out(&[("10:10", "10:20")])["stepped_out"] });
        admin.patch(&one, both).await.expect(200);
        assert_eq!(now().await, (json!(40), json!(0), json!(10)));
        admin.patch(&one, out(&[])).await.expect(200);
        assert_eq!(now().await.0, 50);
        let reader = app.as_program(&[Permission::ParticipantAttend]).await;
        reader.patch(&one, out(&[])).await.expect_code(403, "forbidden");
    }

    /// The same on the page of a participant: a row for each time, and an empty one.
    async fn times_in_between_are_kept_on_a_page(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let (browser, _, email) = therapist(&app, &admin).await;
        lead(&admin).await;
        let path = format!("/api/sessions/{session}");
        let page = format!("/sessions/{session}/participants/{}", people[0]);
        let send = async |part: &str, fields: &[(&str, &str)]| {
            let version = browser.get(&page).await.expect(200).hidden("version");
            browser.post_form(&format!("{page}/change"), &[&[("version", &*version), ("part", part)], fields].concat()).await
        };
        let sent = [("confirmation_sent_at", "2026-03-04T09:30")];
        browser.follow(&send("confirmation", &sent).await).await.expect_text("4 Mar 2026, 09:30");
        send("confirmation", &[("confirmation_sent_at", "2026-03-05T09:30")]).await.expect(422).expect_text("not in the future");
        admin.post(&format!("{path}/start"), json!({})).await.expect(200);
        admin.post(&format!("{path}/participants/{}/attend", people[0]), json!({})).await.expect(200);
        app.advance(SignedDuration::from_mins(60));
        browser.sign_in(&email).await;
        let row = |from, until| [("stepped_out_from", from), ("stepped_out_until", until)];
        let none = row("", "");
        let one = row("2026-03-04T10:10", "2026-03-04T10:20");
        let done = send("stepped_out", &[one, none].concat()).await;
        browser.follow(&done).await.expect_text("10:10 to 10:20");
        let half = row("2026-03-04T10:30", "");
        send("stepped_out", &[one, half].concat()).await.expect(422);
        send("stepped_out", &[none, none].concat()).await.expect(303);
        assert_eq!(participants(&admin, &session).await.items()[0]["stepped_out"], json!([]));
    }

    /// When a confirmation went out is kept by who checks in, and never in the future.
    async fn a_confirmation_is_noted_as_sent(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let desk = app.as_role(Role::Receptionist).await;
        let one = format!("/api/sessions/{session}/participants/{}", people[0]);
        let sent = desk.patch(&one, json!({ "confirmation_sent_at": "2026-03-03T16:00" })).await.expect(200);
        assert_eq!(sent.data()["confirmation_sent_at"], "2026-03-03T16:00:00-07:00");
        desk.patch(&one, json!({ "confirmation_sent_at": "2026-03-05T16:00" })).await.expect_fields(&[("confirmation_sent_at", "invalid_time")]);
        let taken_back = desk.patch(&one, json!({ "confirmation_sent_at": null })).await.expect(200);
        assert_eq!((&taken_back.data()["confirmation_sent_at"], &taken_back.data()["status"]), (&Value::Null, &json!("booked")));
        app.as_role(Role::Biller).await.patch(&one, json!({ "confirmation_sent_at": null })).await.expect_code(403, "forbidden");
    }
}
