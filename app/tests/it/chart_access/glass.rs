//! Breaking the glass: what it opens, to whom, how long, and who reviews it.

use jiff::SignedDuration;
use rules::permissions::{Permission, Role};
use serde_json::{Value, json};

use super::{FIRST, NONE, Ward};
use crate::{
    harness::{PASSWORD, TestApp, on_both, strange_id},
    notes::scene::{someone, text},
};

on_both! {
    /// With a reason and the password, one chart for one hour, by one person; each reading says so.
    async fn a_broken_glass_opens_one_chart_for_an_hour(app: TestApp) {
        let ward = Ward::new(&app).await;
        let who = &ward.stranger.client;
        let mut silent = ward.glass(0);
        silent["password"] = Value::Null;
        who.post("/api/break-glass", silent).await.expect_code(403, "reauth_required");
        let mut wrong = ward.glass(0);
        wrong["password"] = json!("not the password");
        who.post("/api/break-glass", wrong).await.expect_code(403, "wrong_password");
        who.post("/api/break-glass", json!({ "reason": "boredom", "detail": " " })).await
            .expect_fields(&[("patient_id", "missing"), ("reason", "invalid"), ("detail", "invalid")]);
        let mut nobody = ward.glass(0);
        nobody["patient_id"] = json!(strange_id("pa"));
        who.post("/api/break-glass", nobody).await.expect_fields(&[("patient_id", "not_found")]);
        assert_eq!(ward.reads(who).await, NONE);

        let made = who.with_key("once").post("/api/break-glass", ward.glass(0)).await.expect(201);
        let again = who.with_key("once").post("/api/break-glass", ward.glass(0)).await.expect(201);
        assert_eq!(made.data(), again.data(), "the same request is done once");
        assert_eq!(made.data()["standing"], "open");
        ward.break_glass(who, 0).await.expect_code(409, "still_open");
        assert_eq!(ward.reads(who).await, FIRST);
        let other = someone(&app, &ward.scene.admin, "Eriksen", Role::Therapist, &[]).await;
        assert_eq!(ward.reads(&other.client).await, NONE, "it is open for who broke it");

        app.seal_and_verify().await;
        let path = format!("/api/audit?actor={}&action=chart.read", ward.stranger.client.user);
        let read = ward.scene.admin.get(&path).await.expect(200);
        let through: Vec<_> = read.items().iter().filter(|one| one["outcome"] == "done").collect();
        assert!(!through.is_empty() && through.iter().all(|one| one["break_glass"] == made.id().as_str()), "{read}");
        let leads = format!("/api/audit?actor={}&action=chart.read", ward.scene.leader.client.user);
        ward.scene.leader.client.get(&format!("/api/patients/{}/chart", ward.patient(0))).await.expect(200);
        app.seal_and_verify().await;
        let read = ward.scene.admin.get(&leads).await.expect(200);
        assert!(read.items()[0]["break_glass"].is_null(), "{read}");

        app.advance(SignedDuration::from_mins(59));
        who.get(&format!("/api/patients/{}/chart", ward.patient(0))).await.expect(200);
        app.advance(SignedDuration::from_mins(1));
        assert_eq!(ward.reads(who).await, NONE, "the hour is over");
        assert_eq!(ward.break_glass(who, 0).await.expect(201).data()["standing"], "open", "and may begin again");
    }

    /// Only where there is one: not for the care team, not without the setting, not for who may not, not elsewhere.
    async fn a_glass_is_broken_only_where_there_is_one(app: TestApp) {
        let ward = Ward::new(&app).await;
        ward.break_glass(&ward.scene.leader.client, 0).await.expect_code(409, "no_glass");
        ward.break_glass(&ward.scene.admin, 0).await.expect_code(409, "no_glass");
        let nurse = app.as_role(Role::Nurse).await;
        assert_eq!(ward.break_glass(&nurse, 0).await.expect_code(403, "forbidden").json["permission"], "chart.break_glass");
        let elsewhere = app.other_organization().await;
        let abroad = elsewhere.as_role(Role::Therapist).await;
        ward.break_glass(&abroad, 0).await.expect_fields(&[("patient_id", "not_found")]);
        let made = ward.break_glass(&ward.stranger.client, 0).await.expect(201);
        let path = format!("/api/break-glass/{}", made.id());
        abroad.get(&path).await.expect_code(404, "not_found");
        abroad.post(&format!("{path}/end"), json!({})).await.expect_code(404, "not_found");
        elsewhere.as_role(Role::Admin).await.post(&format!("{path}/review"), json!({ "finding": "justified" })).await.expect_code(404, "not_found");
        let other = someone(&app, &ward.scene.admin, "Eriksen", Role::Therapist, &[]).await;
        other.client.get(&path).await.expect_code(404, "not_found");
        assert_eq!(other.client.get("/api/break-glass").await.expect(200).items().len(), 0);
        assert_eq!(ward.stranger.client.get("/api/break-glass").await.expect(200).items().len(), 1);
        ward.scene.admin.patch("/api/settings", json!({ "chart_access": "all" })).await.expect(200);
        ward.break_glass(&other.client, 0).await.expect_code(409, "no_glass");
    }

    /// Many clicks at once begin one hour.
    async fn many_clicks_break_one_glass(app: TestApp) {
        let ward = Ward::new(&app).await;
        let who = &ward.stranger.client;
        who.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let mut new = ward.glass(0);
        new["password"] = Value::Null;
        let clicks = (0..12).map(|_| who.post("/api/break-glass", new.clone()));
        let outcomes = futures_util::future::join_all(clicks).await;
        assert_eq!(outcomes.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(outcomes.iter().filter(|answer| answer.code() == "still_open").count(), 11);
        assert_eq!(app.count_of("break_glass.broken").await, 1);
    }

    /// Who broke it may end it; somebody else decides whether there was need, once it is over.
    async fn it_is_ended_and_reviewed(app: TestApp) {
        let ward = Ward::new(&app).await;
        let (who, admin) = (&ward.stranger.client, &ward.scene.admin);
        let id = ward.break_glass(who, 0).await.expect(201).id();
        who.get(&format!("/api/patients/{}/chart", ward.patient(0))).await.expect(200);
        who.get(&format!("/api/notes/{}", ward.notes[1])).await.expect(200);
        let path = format!("/api/break-glass/{id}");
        let needed = json!({ "finding": "justified", "remark": "The ambulance came." });
        admin.post(&format!("{path}/review"), needed.clone()).await.expect_code(409, "not_over");
        let other = someone(&app, admin, "Eriksen", Role::Therapist, &[]).await;
        other.client.post(&format!("{path}/end"), json!({})).await.expect_code(403, "not_yours");
        who.with_if_match(7).post(&format!("{path}/end"), json!({})).await.expect_code(412, "stale");
        app.advance(SignedDuration::from_mins(5));
        assert_eq!(who.post(&format!("{path}/end"), json!({})).await.expect(200).data()["standing"], "to_review");
        who.get(&format!("/api/patients/{}/chart", ward.patient(0))).await.expect_code(403, "not_care_team");
        who.post(&format!("{path}/end"), json!({})).await.expect_code(409, "over");

        app.seal_and_verify().await;
        let to_review = admin.get("/api/break-glass?standing=to_review").await.expect(200);
        assert_eq!(to_review.items().len(), 1);
        let report = admin.get(&path).await.expect(200);
        let mut read: Vec<String> = report.data()["readings"].as_array().unwrap().iter().map(|one| text(&one["action"])).collect();
        read.sort();
        assert_eq!(read, ["chart.read", "note.read"], "{report}");
        assert_eq!(who.get(&path).await.expect(200).data()["readings"], json!([]), "the log is for auditors");
        who.post(&format!("{path}/review"), needed.clone()).await.expect_code(403, "forbidden");
        admin.post(&format!("{path}/review"), json!({ "finding": "not_justified" })).await.expect_fields(&[("remark", "missing")]);
        admin.with_if_match(1).post(&format!("{path}/review"), needed.clone()).await.expect_code(412, "stale");
        let reviewed = admin.post(&format!("{path}/review"), needed.clone()).await.expect(200);
        assert_eq!((&reviewed.data()["standing"], &reviewed.data()["finding"]), (&json!("reviewed"), &json!("justified")));
        admin.post(&format!("{path}/review"), needed).await.expect_code(409, "already_reviewed");
        assert_eq!(admin.get("/api/break-glass?standing=to_review").await.expect(200).items().len(), 0);
        for event in ["broken", "ended", "reviewed"] {
            assert_eq!(app.count_of(&format!("break_glass.{event}")).await, 1, "{event}");
        }
        assert_eq!(admin.get(&format!("{path}/history")).await.expect(200).items().len(), 3);
        app.seal_and_verify().await;
    }

    /// What was written through a glass names it, and a repeated request answers nothing that is shut again.
    async fn what_is_written_through_a_glass_says_so(app: TestApp) {
        let ward = Ward::new(&app).await;
        let (who, admin) = (&ward.stranger.client, &ward.scene.admin);
        let id = ward.break_glass(who, 0).await.expect(201).id();
        let path = format!("/api/notes/{}", ward.notes[1]);
        let words = json!({ "content": "Seen today in place of a colleague.", "password": PASSWORD });
        let added = who.with_key("added").post(&format!("{path}/annotate"), words.clone()).await.expect(201);
        assert_eq!(added.data()["annotations"].as_array().unwrap().len(), 1);
        for _ in 0..3 {
            who.get(&path).await.expect(200);
        }
        who.post(&format!("/api/break-glass/{id}/end"), json!({})).await.expect(200);
        who.with_key("added").post(&format!("{path}/annotate"), words).await.expect_code(403, "not_care_team");
        assert_eq!(app.count_of("note.annotated").await, 1);
        app.seal_and_verify().await;
        let report = admin.get(&format!("/api/break-glass/{id}")).await.expect(200);
        let of = |action: &str| report.data()["readings"].as_array().unwrap().iter().filter(|one| one["action"] == action).cloned().collect::<Vec<_>>();
        assert_eq!(of("note.annotated").len(), 1, "{report}");
        let read = of("note.read");
        assert_eq!(read.len(), 1, "each record once: {report}");
        assert!(read[0]["times"].as_u64().unwrap() >= 4, "{report}");
    }

    /// A glass opens the record it was broken for, and not one that it is merged into; nothing to whoever may break none any more.
    async fn a_glass_goes_no_further(app: TestApp) {
        let ward = Ward::new(&app).await;
        let (who, admin) = (&ward.stranger.client, &ward.scene.admin);
        let new = json!({ "given_name": "Maria", "family_name": "Santos", "birth_date": "1984-05-06" });
        let double = admin.post("/api/patients", new).await.expect(201).id();
        let glass = json!({ "patient_id": double, "reason": "emergency", "detail": "Found in the hall", "password": PASSWORD });
        who.post("/api/break-glass", glass).await.expect(201);
        let chart = format!("/api/patients/{}/chart", ward.patient(0));
        who.get(&format!("/api/patients/{double}/chart")).await.expect(200);
        let merge = json!({ "from": double, "reason": "The same person" });
        admin.post(&format!("/api/patients/{}/merge", ward.patient(0)), merge).await.expect(200);
        who.get(&chart).await.expect_code(403, "not_care_team");
        let page = app.browser();
        page.sign_in(&ward.stranger.email).await;
        let leads_on = page.get(&format!("/patients/{double}/break-glass")).await;
        assert_eq!(leads_on.location(), format!("/patients/{}/break-glass", ward.patient(0)));

        ward.break_glass(who, 0).await.expect(201);
        who.get(&chart).await.expect(200);
        let user = format!("/api/users/{}", who.user);
        admin.patch(&user, json!({ "role": "nurse" })).await.expect(200);
        let nurse = app.browser();
        nurse.sign_in(&ward.stranger.email).await;
        nurse.get(&format!("/patients/{}/chart", ward.patient(0))).await.expect(403);
        assert!(!nurse.get("/patients").await.expect(200).html.contains("broken the glass"));
    }

    /// Nobody reviews what they opened themselves.
    async fn nobody_reviews_their_own(app: TestApp) {
        let ward = Ward::new(&app).await;
        let both = app.as_program(&[
            Permission::ChartRead,
            Permission::ChartBreakGlass,
            Permission::AuditRead,
        ]).await;
        let id = ward.break_glass(&both, 0).await.expect(201).id();
        both.post(&format!("/api/break-glass/{id}/end"), json!({})).await.expect(200);
        both.post(&format!("/api/break-glass/{id}/review"), json!({ "finding": "justified" })).await.expect_code(403, "own_glass");
    }

    /// The pages: the way to the glass, the banner with the time that is left, ending it, and the review.
    async fn the_glass_has_its_pages(app: TestApp) {
        let ward = Ward::new(&app).await;
        let page = app.browser();
        page.sign_in(&ward.stranger.email).await;
        let (patient, form) = (ward.patient(0), format!("/patients/{}/break-glass", ward.patient(0)));
        let refused = page.get(&format!("/patients/{patient}/chart")).await;
        refused.expect(403).expect_text("Break the glass").expect_text(&form);
        page.get(&form).await.expect(200).expect_text("Open the chart for one hour");
        let sent = [("idempotency_key", "a"), ("reason", "emergency"), ("detail", "Kept words"), ("password", "wrong")];
        page.post_form(&form, &sent).await.expect(403).expect_text("The password is not right").expect_text("Kept words");
        page.post_form(&form, &[("idempotency_key", "b"), ("password", PASSWORD)]).await.expect(422).expect_text("Detail");
        let sent = [("idempotency_key", "c"), ("reason", "emergency"), ("detail", "Found in the hall"), ("password", PASSWORD)];
        let broken = page.post_form(&form, &sent).await;
        let chart = page.follow(&broken).await;
        chart.expect(200).expect_text("The chart is open to you for an hour").expect_text("60 minutes left").expect_text("Coping skills");
        page.get("/today").await.expect(200).expect_text("You have broken the glass of");
        app.advance(SignedDuration::from_mins(10));
        page.get(&form).await.expect(200).expect_text("50 minutes left").expect_text("still open");
        let listed = ward.stranger.client.get("/api/break-glass").await.expect(200);
        let id = text(&listed.items()[0]["id"]);
        let admin = app.page_client(Role::Admin).await;
        admin.get(&format!("/break-glass/{id}")).await.expect(200).expect_text("still open");
        let ended = page.post_form(&format!("/break-glass/{id}/end"), &[("idempotency_key", "d")]).await;
        let after = page.follow(&ended).await;
        after.expect(200).expect_text("It is over");
        assert!(!after.html.contains("minutes left"), "the banner is gone");
        page.get(&format!("/patients/{patient}/chart")).await.expect(403);
        let again = page.post_form(&format!("/break-glass/{id}/end"), &[("idempotency_key", "e")]).await;
        page.follow(&again).await.expect(200).expect_text("It had ended already");

        app.seal().await;
        admin.get("/today").await.expect(200).expect_text("1<span class=\"vh\"> to review");
        admin.get("/break-glass?standing=to_review").await.expect(200).expect_text("Found in the hall").expect_text("Maria Santos");
        let again = ward.break_glass(&ward.stranger.client, 0).await.expect(201).id();
        let first = admin.get(&format!("/break-glass?patient_id={patient}&limit=1")).await;
        first.expect(200).expect_text(&format!("patient_id={patient}&amp;limit=1&amp;cursor={again}"));
        let auditor = app.page_client(Role::Auditor).await;
        let seen = auditor.get("/break-glass").await;
        seen.expect(200);
        assert!(!seen.html.contains("Santos"), "an auditor knows the number alone");
        let report = admin.get(&format!("/break-glass/{id}")).await;
        report.expect(200).expect_text("Was there need").expect_text("chart");
        let review = format!("/break-glass/{id}/review");
        let sent = [("idempotency_key", "f"), ("version", "2"), ("finding", "not_justified")];
        admin.post_form(&review, &sent).await.expect(422).expect_text("Remark");
        let sent = [("idempotency_key", "g"), ("version", "2"), ("finding", "not_justified"), ("remark", "Spoken to")];
        let kept = admin.post_form(&review, &sent).await;
        admin.follow(&kept).await.expect(200).expect_text("The review is kept").expect_text("No need");
        admin.get(&format!("/break-glass/{id}")).await.expect(200).expect_text("Spoken to").expect_text("already");
    }
}
