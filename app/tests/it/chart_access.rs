//! Who reads whose chart: everybody clinical or the care team alone.

mod glass;

use reqwest::Method;
use rules::permissions::{Flag, Role};
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, Contract, PASSWORD, TestApp, on_both},
    notes::scene::{Scene, Someone, own_fields, someone, text},
};

/// A documented session of two patients, in an organization where only the care team reads charts.
struct Ward<'a> {
    scene: Scene<'a>,
    /// The group note, then each patient's own.
    notes: Vec<String>,
    /// Each patient's chart entry.
    entries: Vec<String>,
    /// A therapist who treats neither.
    stranger: Someone,
}

impl<'a> Ward<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let scene = Scene::new(app, 2).await;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0, 1]).await;
        let mut entries = Vec::new();
        for (_, patient) in &scene.people {
            let chart = scene.admin_chart(patient).await;
            entries.push(text(&chart.items()[0]["id"]));
        }
        let on = json!({ "chart_access": "care_team", "view_individual_group_sessions": true });
        scene.admin.patch("/api/settings", on).await.expect(200);
        let stranger = someone(app, &scene.admin, "Abara", Role::Therapist, &[]).await;
        Self { scene, notes, entries, stranger }
    }

    fn patient(&self, place: usize) -> &str {
        &self.scene.people[place].1
    }

    /// What is read of the patient there.
    fn readings(&self, place: usize) -> Vec<String> {
        let (patient, note) = (self.patient(place), &self.notes[place + 1]);
        vec![
            format!("/api/patients/{patient}/chart"),
            format!("/api/patients/{patient}/chart/counts"),
            format!("/api/patients/{patient}/disclosures.csv"),
            format!("/api/disclosures?patient_id={patient}"),
            format!("/api/chart-entries/{}", self.entries[place]),
            format!("/api/notes/{note}"),
            format!("/api/notes/{note}/history"),
        ]
    }

    /// Of whom somebody may read: every reading of both patients is tried.
    async fn reads(&self, who: &Client) -> [bool; 2] {
        who.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let mut reads = [false; 2];
        for (place, reads) in reads.iter_mut().enumerate() {
            let mut answers = Vec::new();
            for path in self.readings(place) {
                answers.push(who.get(&path).await);
            }
            *reads = answers[0].status == 200;
            for answer in answers {
                if *reads {
                    answer.expect(200)
                } else {
                    answer.expect_code(403, "not_care_team")
                };
            }
        }
        self.of_the_session(who, reads).await;
        reads
    }

    /// What the session's own lists show of those two: exactly what may be read.
    async fn of_the_session(&self, who: &Client, reads: [bool; 2]) {
        let notes = who.get(&format!("/api/encounters/{}/notes", self.scene.encounter)).await;
        let charts = who.get(&format!("/api/sessions/{}/chart-entries", self.scene.session)).await;
        let group = who.get(&format!("/api/notes/{}", self.notes[0])).await;
        if !reads.contains(&true) {
            notes.expect_code(403, "not_care_team");
            charts.expect_code(403, "not_care_team");
            group.expect_code(403, "not_care_team");
            return;
        }
        group.expect(200);
        let ids = |answer: &Answer| answer.items().iter().map(|one| text(&one["id"])).collect::<Vec<_>>();
        let of =
            |all: &[String]| (0..2).filter(|place| reads[*place]).map(|place| all[place].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&charts.expect(200)), of(&self.entries));
        assert_eq!(ids(&notes.expect(200))[1..], of(&self.notes[1..]));
    }

    async fn break_glass(&self, who: &Client, place: usize) -> Answer {
        who.post("/api/break-glass", self.glass(place)).await
    }

    fn glass(&self, place: usize) -> Value {
        json!({ "patient_id": self.patient(place), "reason": "emergency", "detail": "Found in the hall", "password": PASSWORD })
    }
}

impl Scene<'_> {
    async fn admin_chart(&self, patient: &str) -> Answer {
        self.admin.get(&format!("/api/patients/{patient}/chart")).await.expect(200)
    }
}

const BOTH: [bool; 2] = [true, true];
const FIRST: [bool; 2] = [true, false];
const NONE: [bool; 2] = [false, false];

on_both! {
    /// With the setting, of a patient read the leaders of a session or group they are in, the primary therapist, who
    /// supervises them, and whoever may act on any session; without it every clinical role.
    async fn the_care_team_reads_and_nobody_else(app: TestApp) {
        let ward = Ward::new(&app).await;
        let Ward { scene, stranger, .. } = &ward;
        let admin = &scene.admin;
        assert_eq!(ward.reads(&scene.leader.client).await, BOTH, "leads the session");
        assert_eq!(ward.reads(admin).await, BOTH, "may act on any session");
        assert_eq!(ward.reads(&stranger.client).await, NONE);
        let nurse = app.as_role(Role::Nurse).await;
        for path in ward.readings(0).iter().filter(|path| !path.contains("disclosures.csv")) {
            nurse.get(path).await.expect_code(403, "not_care_team");
        }

        let primary = someone(&app, admin, "Bello", Role::Therapist, &[]).await;
        let above = someone(&app, admin, "Castro", Role::Doctor, &[]).await;
        let patient = format!("/api/patients/{}", ward.patient(0));
        admin.patch(&patient, json!({ "primary_therapist_id": primary.practitioner })).await.expect(200);
        assert_eq!(ward.reads(&primary.client).await, FIRST, "is the primary therapist");
        assert_eq!(ward.reads(&above.client).await, NONE);
        let supervised = json!({ "supervisor_id": above.practitioner });
        admin.patch(&format!("/api/practitioners/{}", primary.practitioner), supervised).await.expect(200);
        assert_eq!(ward.reads(&above.client).await, FIRST, "supervises the primary therapist");

        let other = admin.post("/api/groups", json!({ "name": "Walks", "type": "support" })).await.expect(201).id();
        let members = format!("/api/groups/{other}/members");
        let member = admin.post(&members, json!({ "patient_id": ward.patient(0) })).await.expect(201).id();
        let co = json!({ "co_facilitator_ids": [stranger.practitioner] });
        admin.patch(&format!("/api/groups/{other}"), co).await.expect(200);
        assert_eq!(ward.reads(&stranger.client).await, FIRST, "leads a group the patient is in");
        admin.delete(&format!("{members}/{member}")).await.expect(200);
        assert_eq!(ward.reads(&stranger.client).await, NONE, "no longer");
        admin.post(&members, json!({ "patient_id": ward.patient(0) })).await.expect(201);
        assert_eq!(ward.reads(&stranger.client).await, FIRST);
        admin.delete(&format!("/api/groups/{other}")).await.expect(200);
        assert_eq!(ward.reads(&stranger.client).await, NONE, "an archived group is none");

        let new = json!({
            "starts_at": "2026-03-20T09:00", "session_type": "individual", "duration_minutes": 50, "patient_id": ward.patient(0),
            "leaders": [{ "practitioner_id": stranger.practitioner, "role": "primary" }],
        });
        let off = admin.post("/api/sessions", new.clone()).await.expect(201).id();
        assert_eq!(ward.reads(&stranger.client).await, FIRST);
        admin.post(&format!("/api/sessions/{off}/cancel"), json!({ "reason": "Made in error" })).await.expect(200);
        assert_eq!(ward.reads(&stranger.client).await, NONE, "a cancelled session is none");
        let session = admin.post("/api/sessions", new).await.expect(201).id();
        let booked = format!("/api/sessions/{session}/participants");
        let participant = text(&admin.get(&booked).await.expect(200).items()[0]["id"]);
        assert_eq!(ward.reads(&stranger.client).await, FIRST, "leads a session the patient is in");
        admin.post(&format!("{booked}/{participant}/cancel"), json!({ "reason": "Booked in error" })).await.expect(200);
        assert_eq!(ward.reads(&stranger.client).await, NONE, "a cancelled booking is none");

        admin.patch("/api/settings", json!({ "chart_access": "all" })).await.expect(200);
        assert_eq!(ward.reads(&stranger.client).await, BOTH, "without the setting");
        app.seal_and_verify().await;
    }

    /// What is refused is refused as a whole, audited, and for the lists of everybody's disclosures too; rosters and the
    /// schedule stay open.
    async fn what_is_not_ones_own_stays_shut(app: TestApp) {
        let ward = Ward::new(&app).await;
        let who = &ward.stranger.client;
        who.get("/api/disclosures").await.expect_code(403, "not_care_team");
        ward.scene.leader.client.get("/api/disclosures").await.expect_code(403, "not_care_team");
        ward.scene.admin.get("/api/disclosures").await.expect(200);
        let new = json!({ "patient_id": ward.patient(0), "recipient_name": "A", "purpose": "patient_request", "basis": "patient_access", "description": "A call" });
        who.post("/api/disclosures", new).await.expect_code(403, "not_care_team");
        who.post(&format!("/api/notes/{}/check", ward.notes[1]), json!({})).await.expect_code(403, "not_care_team");
        let words = json!({ "content": "An addition", "password": PASSWORD });
        who.post(&format!("/api/notes/{}/annotate", ward.notes[1]), words).await.expect_code(403, "not_care_team");
        let audited = app.audited().await;
        let refused = audited.iter().filter(|(action, outcome)| action == "chart.read" && outcome == "refused").count();
        assert_eq!(refused, 5, "each by its permission, with whose chart it was: {audited:?}");
        who.get(&format!("/api/sessions/{}", ward.scene.session)).await.expect(200);
        who.get(&format!("/api/sessions/{}/participants", ward.scene.session)).await.expect(200);
        who.get(&format!("/api/patients/{}", ward.patient(0))).await.expect(200);
    }

    /// Whoever is to review a session reads it for as long as it waits for them.
    async fn a_reviewer_reads_what_waits_for_them(app: TestApp) {
        let scene = Scene::with(&app, 1, &[Flag::RequiresReview]).await;
        scene.admin.patch("/api/settings", json!({ "chart_access": "care_team" })).await.expect(200);
        let reviewer = someone(&app, &scene.admin, "Duarte", Role::Therapist, &[Flag::CanReview]).await;
        scene.all_attend().await;
        scene.end().await;
        let note = scene.ready(&scene.leader.client, Some(0)).await;
        let path = format!("/api/notes/{note}");
        reviewer.client.get(&path).await.expect_code(403, "not_care_team");
        let group = scene.ready(&scene.leader.client, None).await;
        for note in [&group, &note] {
            scene.sign(&scene.leader.client, note).await.expect(200);
        }
        assert_eq!(scene.status().await, "pending_review");
        reviewer.client.get(&path).await.expect(200);
        reviewer.client.post(&format!("{path}/review"), json!({ "password": PASSWORD })).await.expect(200);
        reviewer.client.get(&path).await.expect_code(403, "not_care_team");
    }

    /// On a page of notes, what is not one's own to read is said to be there, and not to be missing.
    async fn hidden_notes_are_not_called_missing(app: TestApp) {
        let ward = Ward::new(&app).await;
        ward.break_glass(&ward.stranger.client, 0).await.expect(201);
        let page = app.browser();
        page.sign_in(&ward.stranger.email).await;
        let shown = page.get(&format!("/sessions/{}/notes", ward.scene.session)).await;
        shown.expect(200).expect_text("Not every note is shown").expect_text("is not yours to read");
        assert!(!shown.html.contains("No note yet"));
    }

    /// A word of a note is in no answer to whoever is not on the care team: not in any list, record, history, file, feed
    /// or page; with a broken glass it is there.
    async fn no_word_of_a_note_gets_past_the_glass(app: TestApp) {
        const MARKER: &str = "Quetzalcoatl";
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        let me = &scene.leader.client;
        let words = json!({ "content": format!("{MARKER} came up again."), "fields": own_fields() });
        let note = scene.begin(me, Some(0), words).await.expect(201).id();
        let mut fields = crate::notes::scene::group_fields();
        fields["topic"] = json!(MARKER);
        let group = scene.begin(me, None, json!({ "content": format!("About {MARKER}."), "fields": fields })).await.expect(201).id();
        for note in [&group, &note] {
            scene.sign(me, note).await.expect(200);
        }
        let contract = Contract::read();
        let samples = contract.samples(&app, &scene.admin).await;
        let patient = &scene.people[0].1;
        let entry = text(&scene.admin_chart(patient).await.items()[0]["id"]);
        let new = json!({ "patient_id": patient, "recipient_name": "A", "purpose": "patient_request", "basis": "patient_access", "date_from": "2026-01-01", "date_to": "2026-12-31", "password": PASSWORD });
        let left = me.post("/api/disclosures", new).await.expect(201).id();
        let samples = samples
            .with("enc", &scene.encounter).with("ses", &scene.session).with("par", &scene.people[0].0).with("note", &note)
            .with("pa", patient).with("grp", &scene.group).with("disc", &left).with("chart", &entry);
        let on = json!({ "chart_access": "care_team", "view_individual_group_sessions": true });
        scene.admin.patch("/api/settings", on).await.expect(200);
        let stranger = someone(&app, &scene.admin, "Abara", Role::Therapist, &[]).await;
        stranger.client.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let found = async || {
            let mut found = Vec::new();
            for route in contract.routes.iter().filter(|route| route.method == Method::GET) {
                let answer = contract.call(route, &stranger.client, &samples, 0).await;
                if answer.text.contains(MARKER) {
                    found.push(route.to_string());
                }
            }
            let page = app.browser();
            page.sign_in(&stranger.email).await;
            for path in [
                format!("/sessions/{}", scene.session), format!("/sessions/{}/notes", scene.session),
                format!("/sessions/{}/charts", scene.session), format!("/notes/{note}"), format!("/notes/{group}"),
                format!("/patients/{patient}"), format!("/patients/{patient}/chart"), format!("/chart-entries/{entry}"),
                format!("/patients/{patient}/sessions"), format!("/patients/{patient}/disclosures"), format!("/disclosures/{left}"),
                format!("/disclosures/{left}/print"), format!("/groups/{}", scene.group), "/today".to_owned(), "/documentation".to_owned(),
            ] {
                if page.get(&path).await.html.contains(MARKER) {
                    found.push(path);
                }
            }
            found
        };
        assert_eq!(found().await, Vec::<String>::new());
        let new = json!({ "patient_id": patient, "reason": "covering", "detail": "Robin is away" });
        stranger.client.post("/api/break-glass", new).await.expect(201);
        let through = found().await;
        for place in ["/api/patients/{id}/chart", "/api/notes/{id}", "/api/notes/{id}/history", "/api/encounters/{id}/notes", "/api/chart-entries/{id}", "/api/sessions/{id}/chart-entries"] {
            assert!(through.contains(&format!("GET {place}")), "{place} shows what the glass opens: {through:?}");
        }
        assert!(through.iter().filter(|path| path.starts_with('/')).count() >= 5, "{through:?}");
    }
}
