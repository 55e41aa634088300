//! Disclosures: what leaves the house, what it shows, and the log that says so.

use exchange::csv::Table;
use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, PASSWORD, TestApp, on_both, strange_id},
    notes::scene::{Scene, text},
};

const NOTICE: &str = "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";

/// A documented session of one patient, who has one chart entry.
async fn documented(app: &TestApp) -> Scene<'_> {
    let scene = Scene::new(app, 1).await;
    scene.all_attend().await;
    scene.end().await;
    scene.document([0]).await;
    scene
}

/// What is asked of everybody who discloses something.
fn to_the_patient(scene: &Scene<'_>, more: Value) -> Value {
    let mut new = json!({
        "patient_id": scene.people[0].1, "recipient_name": "Maria Santos", "purpose": "patient_request",
        "basis": "patient_access", "password": PASSWORD,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        new[name] = value.clone();
    }
    new
}

/// The whole chart of March.
fn march() -> Value {
    json!({ "date_from": "2026-03-01", "date_to": "2026-03-31" })
}

async fn prove(who: &Client) {
    who.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
}

async fn entry_of(scene: &Scene<'_>) -> Value {
    let path = format!("/api/patients/{}/chart?status=all", scene.people[0].1);
    scene.leader.client.get(&path).await.expect(200).items()[0].clone()
}

/// A consent of the patient to a release, in force.
async fn release_consent(scene: &Scene<'_>, kind: &str) -> String {
    let new = json!({ "kind": kind, "title": "Release", "words": "I agree to the release." });
    scene.admin.post("/api/consent-texts", new).await.expect(201);
    let new = json!({ "patient_id": scene.people[0].1, "kind": kind, "scope": "The record of March to Dr. Chen for treatment" });
    scene.admin.post("/api/consents", new).await.expect(201).id()
}

on_both! {
    /// A chart leaves with a line in the log, and the file is exactly what left, also after the chart went on.
    async fn what_leaves_is_logged_and_stays_what_it_was(app: TestApp) {
        let scene = documented(&app).await;
        let me = &scene.leader.client;
        let made = me.with_key("once").post("/api/disclosures", to_the_patient(&scene, march())).await.expect(201);
        let again = me.with_key("once").post("/api/disclosures", to_the_patient(&scene, march())).await.expect(201);
        assert_eq!(made.data(), again.data(), "the same request is done once");
        let entry = entry_of(&scene).await;
        assert_eq!(made.data()["entries"], json!([{ "id": entry["id"], "version": 1, "sha256": entry["sha256"] }]));
        assert_eq!((&made.data()["entry_count"], &made.data()["is_part2"], &made.data()["notice"]), (&json!(1), &json!(false), &Value::Null));
        assert!(text(&made.data()["disclosed_by"]).ends_with(", Therapist"), "{made}");
        let path = format!("/api/disclosures/{}", made.id());
        me.get(&format!("{path}/pdf")).await.expect_code(403, "reauth_required");
        prove(me).await;
        let file = me.get(&format!("{path}/pdf")).await.expect(200);
        assert_eq!(file.headers["content-type"], "application/pdf");
        assert!(file.text.starts_with("%PDF-") && file.headers["content-disposition"].to_str().unwrap().contains(&made.id()));
        // The chart goes on; what left does not.
        let note = text(&entry["entry"]["attendance"]["notes"][0]["note"]);
        me.post(&format!("/api/notes/{note}/annotate"), json!({ "content": "Zebras were meant.", "password": PASSWORD })).await.expect(201);
        assert_eq!(entry_of(&scene).await["version"], 2);
        assert_eq!(me.get(&path).await.expect(200).data()["entries"][0]["version"], 1);
        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let print = format!("/disclosures/{}/print", made.id());
        // Signing in was a proof; it is over.
        app.advance(SignedDuration::from_mins(6));
        page.get(&print).await.expect(200).expect_text("Your password");
        let sent = page.post_form(&print, &[("idempotency_key", "p"), ("password", PASSWORD)]).await;
        let shown = page.follow(&sent).await;
        shown.expect(200).expect_text("Record of Maria Santos").expect_text("We looked at what sets us off.").expect_text("LCSW");
        assert!(!shown.html.contains("Zebras") && !shown.html.contains("was changed outside"), "as it was then");
        let later = me.post("/api/disclosures", to_the_patient(&scene, json!({ "entry_ids": [entry["id"]] }))).await.expect(201);
        page.get(&format!("/disclosures/{}/print", later.id())).await.expect(200).expect_text("Zebras were meant.");
        assert_eq!(app.count_of("disclosure.made").await, 2);
        let audited = app.audited().await;
        for act in ["disclosure.made", "disclosure.read", "chart.read"] {
            assert!(audited.contains(&(act.to_owned(), "done".to_owned())), "{act}");
        }
        app.seal_and_verify().await;
    }

    /// A byte changed in the chart is told of on what leaves.
    async fn a_changed_entry_is_told_of(app: TestApp) {
        let scene = documented(&app).await;
        let id = text(&entry_of(&scene).await["id"]);
        let body = app.rows("select body from chart_entries where organization_id = $1 and id = $2", &[id.as_str().into()]).await;
        let body: String = body[0].at(0).unwrap();
        let forged = body.replace("\"minutes\":60", "\"minutes\":90");
        app.tamper("update chart_entries set body = $2 where organization_id = $1 and id = $3", &[forged.as_str().into(), id.as_str().into()]).await;
        let made = scene.leader.client.post("/api/disclosures", to_the_patient(&scene, march())).await.expect(201);
        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let print = format!("/disclosures/{}/print", made.id());
        let sent = page.post_form(&print, &[("idempotency_key", "p"), ("password", PASSWORD)]).await;
        page.follow(&sent).await.expect(200).expect_text("This is not the entry that was kept");
        app.tamper("update chart_entries set body = 'gone' where organization_id = $1 and id = $2", &[id.as_str().into()]).await;
        page.get(&print).await.expect(200).expect_text("The stored text can’t be read any more.".replace('’', "'").as_str());
        prove(&scene.leader.client).await;
        scene.leader.client.get(&format!("/api/disclosures/{}/pdf", made.id())).await.expect(200);
    }

    /// Records of substance use treatment leave only by a right that lets them, with the notice on every page; the mark
    /// holds by what the group was then, or is now.
    async fn substance_use_records_carry_their_notice(app: TestApp) {
        let scene = documented(&app).await;
        let me = &scene.leader.client;
        let clinic = json!({ "basis": "treatment_payment_operations", "purpose": "treatment", "date_from": "2026-03-01", "date_to": "2026-03-31" });
        let plain = me.post("/api/disclosures", to_the_patient(&scene, clinic.clone())).await.expect(201);
        assert_eq!(plain.data()["is_part2"], false);
        scene.admin.patch(&format!("/api/groups/{}", scene.group), json!({ "is_part2": true })).await.expect(200);
        let refused = me.post("/api/disclosures", to_the_patient(&scene, clinic)).await;
        refused.expect_fields(&[("basis", "part2")]);
        let consent = release_consent(&scene, "part2_specific").await;
        let by_consent = |consent: &str| {
            to_the_patient(&scene, json!({ "basis": "consent", "purpose": "treatment", "consent_id": consent, "date_from": "2026-03-01", "date_to": "2026-03-31" }))
        };
        let made = me.post("/api/disclosures", by_consent(&consent)).await.expect(201);
        assert_eq!((&made.data()["is_part2"], &made.data()["notice"]), (&json!(true), &json!(NOTICE)));
        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let print = format!("/disclosures/{}/print", made.id());
        let sent = page.post_form(&print, &[("idempotency_key", "p"), ("password", PASSWORD)]).await;
        let shown = page.follow(&sent).await;
        shown.expect(200).expect_text(NOTICE).expect_text("The record of March to Dr. Chen for treatment");
        assert!(shown.html.contains("<tfoot>"), "it comes again on every printed page");
        // A consent that is withdrawn lets nothing more out.
        scene.admin.post(&format!("/api/consents/{consent}/revoke"), json!({ "reason": "Withdrawn" })).await.expect(200);
        me.post("/api/disclosures", by_consent(&consent)).await.expect_fields(&[("consent_id", "not_in_force")]);
        // What was written while the group was marked stays marked.
        let new = json!({ "group_id": scene.group, "starts_at": "2026-03-04T09:30", "override_conflict": true, "reason": "Second run" });
        let second = scene.again(&scene.admin.post("/api/sessions", new).await.expect(201)).await;
        second.mark(0, "no_show").await;
        second.end().await;
        second.document([]).await;
        scene.admin.patch(&format!("/api/groups/{}", scene.group), json!({ "is_part2": false })).await.expect(200);
        let path = format!("/api/patients/{}/chart", scene.people[0].1);
        let rows = me.get(&path).await.expect(200);
        let marks: Vec<bool> = rows.items().iter().map(|row| row["entry"]["session"]["is_part2"] == true).collect();
        assert_eq!(marks, [true, false], "the newest first");
        for (row, marked) in rows.items().iter().zip(marks) {
            let made = me.post("/api/disclosures", to_the_patient(&scene, json!({ "entry_ids": [row["id"]] }))).await.expect(201);
            assert_eq!(made.data()["is_part2"], marked);
        }
    }

    /// What leaves by telephone or fax has no entries to tell: whether it is under part 2 is said, and unless it is the
    /// patient's groups say it. The notice and the rights follow.
    async fn what_leaves_otherwise_is_judged_by_what_is_said(app: TestApp) {
        let scene = documented(&app).await;
        let me = &scene.leader.client;
        let call = |more: Value| {
            let mut new = to_the_patient(&scene, json!({ "description": "A call", "method": "spoken" }));
            new.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            new
        };
        let log = async |more: Value| me.post("/api/disclosures", call(more)).await;
        let mark = |made: &Answer| (made.data()["is_part2"].clone(), made.data()["notice"].clone());
        let (marked, plain) = ((json!(true), json!(NOTICE)), (json!(false), Value::Null));
        let clinic = json!({ "basis": "treatment_payment_operations", "purpose": "treatment" });
        let with = |more: Value| {
            let mut all = clinic.clone();
            all.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            all
        };
        assert_eq!(mark(&log(clinic.clone()).await.expect(201)), plain, "no group of the patient is marked");
        assert_eq!(mark(&log(json!({ "is_part2": true })).await.expect(201)), marked, "who let it out knows");
        log(with(json!({ "is_part2": true }))).await.expect_fields(&[("basis", "part2")]);
        log(json!({ "is_part2": "maybe" })).await.expect_fields(&[("is_part2", "invalid")]);

        scene.admin.patch(&format!("/api/groups/{}", scene.group), json!({ "is_part2": true })).await.expect(200);
        assert_eq!(mark(&log(json!({})).await.expect(201)), marked, "as the patient's groups say");
        let refused = log(clinic.clone()).await;
        assert!(refused.text.contains("if none of them left, say so with `is_part2`"), "{refused}");
        refused.expect_fields(&[("basis", "part2")]);
        assert_eq!(mark(&log(with(json!({ "is_part2": false }))).await.expect(201)), plain);
        // Chart entries can't be talked away.
        let entries = json!({ "is_part2": false, "date_from": "2026-03-01", "date_to": "2026-03-31" });
        me.post("/api/disclosures", to_the_patient(&scene, entries)).await.expect_fields(&[("is_part2", "part2")]);
        let entries = json!({ "is_part2": true, "date_from": "2026-03-01", "date_to": "2026-03-31" });
        assert_eq!(mark(&me.post("/api/disclosures", to_the_patient(&scene, entries)).await.expect(201)), marked);
        // Who was in such a group stays a patient of it; so does who never was a member, and is in its charts.
        let member = scene.admin.get(&format!("/api/groups/{}/members", scene.group)).await.expect(200);
        let member = text(&member.items()[0]["id"]);
        scene.admin.delete(&format!("/api/groups/{}/members/{member}?reason=Moved", scene.group)).await.expect(200);
        assert_eq!(mark(&log(json!({})).await.expect(201)), marked, "who has left was in it");

        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let base = format!("/patients/{}/disclosures", scene.people[0].1);
        let shown = page.get(&base).await;
        shown.expect(200).expect_text("groups say: yes").expect_text("is or was in a group under 42 CFR part 2");
        let form = |key: &'static str, said: &'static str| {
            [
                ("idempotency_key", key), ("description", "A fax to the clinic"), ("recipient_name", "Dr. Chen"), ("purpose", "treatment"),
                ("basis", "treatment_payment_operations"), ("method", "fax"), ("is_part2", said),
            ]
        };
        page.post_form(&base, &form("a", "")).await.expect(422).expect_text("does not let records under 42 CFR part 2 out");
        page.post_form(&base, &form("b", "false")).await.expect(303);
        let last = me.get(&format!("/api/disclosures?patient_id={}", scene.people[0].1)).await.expect(200);
        assert_eq!((&last.items()[0]["description"], &last.items()[0]["is_part2"]), (&json!("A fax to the clinic"), &json!(false)));
        let first = last.items().iter().find(|one| one["is_part2"] == true).map(|one| text(&one["id"])).unwrap();
        page.get(&format!("/disclosures/{first}")).await.expect(200).expect_text(NOTICE);
    }

    /// An auditor reads what was let out and what was agreed to, as it stood: to whom, what for, by what right. Not the
    /// lists, nor what left, nor a note, nor the drawn signature.
    async fn an_auditor_reads_the_acts_and_not_the_record(app: TestApp) {
        let scene = documented(&app).await;
        let consent = release_consent(&scene, "roi_single").await;
        let revoked = format!("/api/consents/{consent}/revoke");
        scene.admin.post(&revoked, json!({ "reason": "Withdrawn" })).await.expect(200);
        let made = scene.leader.client.post("/api/disclosures", to_the_patient(&scene, march())).await.expect(201);
        let auditor = app.as_role(Role::Auditor).await;
        app.seal().await;
        let log = auditor.get("/api/audit?action=disclosure.made").await.expect(200);
        assert_eq!(log.items()[0]["subject"], json!(made.id()), "the log leads to it");
        let left = auditor.get(&format!("/api/disclosures/{}/history", made.id())).await.expect(200);
        let left = &left.items()[0]["record"];
        assert_eq!((&left["recipient_name"], &left["basis"], &left["entry_count"]), (&json!("Maria Santos"), &json!("patient_access"), &json!(1)));
        let held = auditor.get(&format!("/api/consents/{consent}/history")).await.expect(200);
        let reasons: Vec<Value> = held.items().iter().map(|one| one["record"]["revoked_reason"].clone()).collect();
        assert_eq!(reasons, [json!("Withdrawn"), Value::Null], "as it stood before and after");
        assert!(app.audited().await.contains(&("history.read".to_owned(), "done".to_owned())), "reading is recorded");
        prove(&auditor).await;
        let entry = entry_of(&scene).await;
        let note = text(&entry["entry"]["attendance"]["notes"][0]["note"]);
        for path in [
            "/api/disclosures".to_owned(),
            format!("/api/disclosures/{}", made.id()),
            format!("/api/disclosures/{}/pdf", made.id()),
            format!("/api/patients/{}/disclosures.csv", scene.people[0].1),
            format!("/api/consents?patient_id={}", scene.people[0].1),
            format!("/api/consents/{consent}"),
            format!("/api/patients/{}/chart", scene.people[0].1),
            format!("/api/chart-entries/{}", text(&entry["id"])),
            format!("/api/notes/{note}"),
            format!("/api/notes/{note}/history"),
        ] {
            auditor.get(&path).await.expect_code(403, "forbidden");
        }
    }

    /// What is wrong is said of every field, and nothing leaves.
    async fn what_is_wrong_leaves_nothing(app: TestApp) {
        let scene = documented(&app).await;
        let me = &scene.leader.client;
        let send = async |more: Value| me.post("/api/disclosures", to_the_patient(&scene, more)).await;
        send(json!({})).await.expect_fields(&[("description", "missing")]);
        send(json!({ "date_from": "2026-03-01" })).await.expect_fields(&[("date_to", "missing")]);
        send(json!({ "date_to": "2026-03-01" })).await.expect_fields(&[("date_from", "missing")]);
        send(json!({ "date_from": "2026-03-02", "date_to": "2026-03-01" })).await.expect_fields(&[("date_to", "out_of_range")]);
        send(json!({ "date_from": "1900-01-01", "date_to": "1900-01-02" })).await.expect_fields(&[("date_from", "nothing")]);
        send(json!({ "description": "A call", "group_id": scene.group })).await.expect_fields(&[("group_id", "needs_days")]);
        send(json!({ "entry_ids": [] })).await.expect_fields(&[("entry_ids", "out_of_range")]);
        send(json!({ "entry_ids": [strange_id("chart")] })).await.expect_fields(&[("entry_ids", "not_found")]);
        send(json!({ "description": "A call", "disclosed_on": "2199-12-31" })).await.expect_fields(&[("disclosed_on", "out_of_range")]);
        send(json!({ "basis": "court_order", "description": "A call" })).await.expect_fields(&[("basis_detail", "missing")]);
        let all = json!({ "basis": "medical_emergency", "purpose": "other", "description": "A call" });
        send(all).await.expect_fields(&[("purpose_detail", "missing"), ("basis_detail", "missing"), ("recipient_organization", "missing")]);
        let treatment = release_consent(&scene, "our_own").await;
        send(json!({ "basis": "consent", "consent_id": treatment, "description": "A call" })).await.expect_fields(&[("consent_id", "releases_nothing")]);
        let other = scene.admin.post("/api/patients", json!({ "given_name": "Lin", "family_name": "Osei", "birth_date": "1990-01-01" })).await.expect(201).id();
        let entry = entry_of(&scene).await;
        send(json!({ "patient_id": other, "entry_ids": [entry["id"]] })).await.expect_fields(&[("entry_ids", "not_found")]);
        send(json!({ "date_from": "2026-03-01", "date_to": "2026-03-31", "password": "not the password" })).await.expect_code(403, "wrong_password");
        let mut silent = to_the_patient(&scene, march());
        silent.as_object_mut().unwrap().remove("password");
        me.post("/api/disclosures", silent).await.expect_code(403, "reauth_required");
        assert_eq!(me.get("/api/disclosures").await.expect(200).items().len(), 0);
        assert_eq!(app.count_of("disclosure.made").await, 0);
        // Spoken words are logged without a proof, also of a day gone by.
        let told = json!({ "description": "Told the sister by telephone", "method": "spoken", "disclosed_on": "2026-02-27", "password": null });
        let mut told = to_the_patient(&scene, told);
        told.as_object_mut().unwrap().remove("password");
        let told = me.post("/api/disclosures", told).await.expect(201);
        assert_eq!((&told.data()["disclosed_on"], &told.data()["entry_count"]), (&json!("2026-02-27"), &json!(0)));
    }

    /// Only who reads charts; another organization's do not exist; nothing of the log changes.
    async fn disclosures_are_for_who_reads_charts(app: TestApp) {
        let scene = documented(&app).await;
        let made = scene.leader.client.post("/api/disclosures", to_the_patient(&scene, march())).await.expect(201);
        let paths = [
            format!("/api/disclosures/{}", made.id()),
            format!("/api/disclosures/{}/pdf", made.id()),
            format!("/api/patients/{}/disclosures.csv", scene.people[0].1),
        ];
        for role in [Role::Manager, Role::Receptionist, Role::Biller, Role::Auditor] {
            let who = app.as_role(role).await;
            for path in &paths {
                assert_eq!(who.get(path).await.expect_code(403, "forbidden").json["permission"], "chart.read");
            }
            who.post("/api/disclosures", to_the_patient(&scene, march())).await.expect_code(403, "forbidden");
        }
        let elsewhere = app.other_organization().await;
        let stranger = elsewhere.as_role(Role::Admin).await;
        prove(&stranger).await;
        for path in &paths {
            stranger.get(path).await.expect_code(404, "not_found");
        }
        stranger.post("/api/disclosures", to_the_patient(&scene, march())).await.expect_fields(&[("patient_id", "not_found")]);
        scene.admin.patch(&paths[0], json!({})).await.expect(405);
        scene.admin.delete(&paths[0]).await.expect(405);
    }

    /// The log of one patient: listed, accounted for on paper, and as a file.
    async fn the_log_is_accounted_for(app: TestApp) {
        let scene = documented(&app).await;
        let me = &scene.leader.client;
        for name in ["Dr. Chen", "=Sister", "Court"] {
            me.post("/api/disclosures", to_the_patient(&scene, json!({ "recipient_name": name, "description": "A call" }))).await.expect(201);
        }
        let path = format!("/api/disclosures?patient_id={}", scene.people[0].1);
        let first = me.get(&format!("{path}&limit=2")).await.expect(200);
        let rest = me.get(&format!("{path}&limit=2&cursor={}", first.next().unwrap())).await.expect(200);
        let names: Vec<String> = first.items().iter().chain(rest.items()).map(|one| text(&one["recipient_name"])).collect();
        assert_eq!(names, ["Court", "=Sister", "Dr. Chen"]);
        assert_eq!(me.get(&format!("{path}&basis=court_order")).await.expect(200).items().len(), 0);
        assert_eq!(me.get(&format!("{path}&date_to=2026-03-03")).await.expect(200).items().len(), 0);
        let file = format!("/api/patients/{}/disclosures.csv", scene.people[0].1);
        me.get(&file).await.expect_code(403, "reauth_required");
        prove(me).await;
        let file = me.get(&file).await.expect(200);
        let table = Table::read(&file.text, ',');
        let cells: Vec<&str> = table.rows.iter().map(|row| table.cell(row, "recipient_name")).collect();
        assert_eq!(cells, ["Court", "'=Sister", "Dr. Chen"]);
        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let base = format!("/patients/{}/disclosures", scene.people[0].1);
        page.get(&base).await.expect(200).expect_text("Dr. Chen").expect_text("Log another disclosure");
        page.get(&format!("{base}/accounting")).await.expect(200).expect_text("Accounting of disclosures of the record of Maria Santos").expect_text("Court");
        app.advance(SignedDuration::from_mins(6));
        page.get(&format!("{base}/csv")).await.expect(200).expect_text("Your password");
    }

    /// From the chart to the paper, on pages: a wrong password and a bad field are said, then it leaves.
    async fn a_chart_is_printed_from_its_page(app: TestApp) {
        let scene = documented(&app).await;
        let page = app.browser();
        page.sign_in(&scene.leader.email).await;
        let chart = format!("/patients/{}/chart", scene.people[0].1);
        page.get(&chart).await.expect(200).expect_text("Print or send");
        app.advance(SignedDuration::from_mins(6));
        let print = format!("{chart}/print?date_from=2026-03-01&date_to=2026-03-31");
        let form = page.get(&print).await;
        form.expect(200).expect_text("Your password").expect_text("Every group");
        let fields = |key: &'static str, password: &'static str, name: &'static str| {
            [
                ("idempotency_key", key), ("password", password), ("recipient_name", name), ("purpose", "patient_request"),
                ("basis", "patient_access"), ("method", "paper"), ("date_from", "2026-03-01"), ("date_to", "2026-03-31"),
            ]
        };
        let post = format!("{chart}/print");
        page.post_form(&post, &fields("a", "wrong", "Maria Santos")).await.expect(403).expect_text("The password is not right.");
        page.post_form(&post, &fields("b", PASSWORD, "")).await.expect(422).expect_text("“To whom” ");
        let days = [("idempotency_key", "d"), ("password", PASSWORD), ("date_from", ""), ("date_to", ""), ("basis", "patient_access")];
        let refused = page.post_form(&post, &days).await;
        refused.expect(422).expect_text("“From” is required.").expect_text("“To” is required.").expect_text("“To whom” is required.");
        refused.expect_text("“What for” is required.");
        assert!(!refused.html.contains("Description is") && !refused.html.contains("“By what right” is"), "{refused}");
        let sent = page.post_form(&post, &fields("c", PASSWORD, "Maria Santos")).await;
        let paper = page.follow(&sent).await;
        paper.expect(200).expect_text("Disclosed to").expect_text("Own note").expect_text("1 person").expect_text("SHA-256");
        let log = page.get(&format!("/patients/{}/disclosures", scene.people[0].1)).await;
        log.expect(200).expect_text("Chart entry of 4 March 2026").expect_text("Patient access");
        let one = page.get(&sent.location().replace("/print", "")).await;
        one.expect(200).expect_text("What left").expect_text("Open to print");
        let pdf = page.get(&sent.location().replace("/print", "/pdf")).await;
        assert!(pdf.location().ends_with("/pdf") && pdf.location().starts_with("/api/disclosures/"), "{}", pdf.location());
    }
}
