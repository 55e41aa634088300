//! The kiosk: opened by staff, knocked at with a code and a birth date, signed at; and the sign-in sheet.

use jiff::SignedDuration;
use rules::permissions::{Permission, Role};
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, Page, PageClient, TestApp, on_both},
    sessions::{group, member, participants},
};

/// A site, a session there today, and who is in it: patients by given name, each born another day.
pub struct Room {
    pub site: String,
    pub session: String,
    /// Given name, patient, participant.
    pub people: Vec<(String, String, String)>,
}

/// A birth date by place.
pub fn born(place: usize) -> String {
    format!("1980-02-{:02}", place + 1)
}

/// A session today at 10:30 with these people, without gates.
pub async fn room(admin: &Client, names: &[&str]) -> Room {
    admin.patch("/api/settings", json!({ "finance_gate": false, "consent_gate": false })).await.expect(200);
    let site =
        admin.post("/api/sites", json!({ "name": "Main Street", "zone": "America/Phoenix" })).await.expect(201).id();
    let skills = group(admin, json!({ "site_id": site })).await;
    let mut patients = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let new = json!({ "given_name": name, "family_name": "Quillfeather", "birth_date": born(place) });
        let patient = admin.post("/api/patients", new).await.expect(201).id();
        member(admin, &skills, &patient).await;
        patients.push(((*name).to_owned(), patient));
    }
    let new = json!({ "group_id": skills, "starts_at": "2026-03-04T10:30" });
    let session = admin.post("/api/sessions", new).await.expect(201).id();
    let booked = participants(admin, &session).await;
    let of = |patient: &str| {
        let found = booked.items().iter().find(|one| one["patient_id"] == patient).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let people = patients.into_iter().map(|(name, patient)| (name, patient.clone(), of(&patient))).collect();
    Room { site, session, people }
}

/// New codes, in the order of the room's people.
pub async fn codes(admin: &Client, room: &Room) -> Vec<String> {
    let made = admin.post(&format!("/api/sessions/{}/kiosk-codes", room.session), json!({})).await.expect(201);
    let of = |participant: &str| {
        let list = made.data()["codes"].as_array().unwrap();
        let found = list.iter().find(|one| one["participant_id"] == participant).unwrap();
        found["code"].as_str().unwrap().to_owned()
    };
    room.people.iter().map(|(_, _, participant)| of(participant)).collect()
}

async fn knock(client: &Client, site: &str, code: &str, born: &str) -> Answer {
    client.post("/api/kiosk/knock", json!({ "site_id": site, "code": code, "birth_date": born })).await
}

fn drawn() -> Value {
    json!([[{ "x": 10, "y": 20 }, { "x": 300, "y": 220 }, { "x": 600, "y": 90 }], [{ "x": 700, "y": 100 }, { "x": 800, "y": 140 }]])
}

/// A browser that staff have made a kiosk of.
async fn opened(app: &TestApp, room: &Room) -> PageClient {
    let browser = app.page_client(Role::Receptionist).await;
    let page = browser.get("/kiosks").await;
    let key = page.expect(200).hidden("idempotency_key");
    let opened = browser.post_form("/kiosks", &[("idempotency_key", &key), ("site_id", &room.site)]).await;
    assert_eq!(opened.location(), "/kiosk", "{opened}");
    browser
}

/// A guest of the room's session; the participant's id.
pub async fn guest(admin: &Client, room: &Room, new: Value) -> String {
    let guest = admin.post("/api/guests", new).await.expect(201).id();
    let path = format!("/api/sessions/{}/add-patient", room.session);
    admin.post(&path, json!({ "guest_id": guest })).await.expect(201);
    let booked = participants(admin, &room.session).await;
    let found = booked.items().iter().find(|one| one["guest_id"] == guest.as_str()).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

/// Types a code and a birth date at the kiosk.
async fn typed(browser: &PageClient, code: &str, born: &str) -> Page {
    let mut parts = born.split('-');
    let (year, month, day) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let fields = [("code", code), ("birth_month", month), ("birth_day", day), ("birth_year", year)];
    browser.post_form("/kiosk", &fields).await
}

on_both! {
    /// Somebody scans their code, enters their birth date, signs and is here; the code is good for nothing then.
    async fn somebody_checks_in_at_the_kiosk(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina", "Bartholomew"]).await;
        let codes = codes(&admin, &room).await;
        let browser = opened(&app, &room).await;
        browser.get("/kiosk").await.expect(200).expect_text("Your birth date");
        let scanned = browser.post_form("/kiosk", &[("code", &codes[0])]).await;
        scanned.expect(200).expect_text(&codes[0]);
        let known = typed(&browser, &codes[0].to_lowercase().replace('-', " "), &born(0)).await;
        assert_eq!(known.location(), "/kiosk/sign");
        let shown = browser.follow(&known).await;
        shown.expect(200).expect_text("Hello, Wilhelmina").expect_text("begins at 10:30");
        for hidden in ["Quillfeather", "Bartholomew", "Coping skills", &room.people[0].1, &room.session] {
            assert!(!shown.html.contains(hidden), "the screen shows {hidden}");
        }
        let unsigned = browser.post_form("/kiosk/sign", &[("strokes", ""), ("typed_name", " ")]).await;
        browser.follow(&unsigned).await.expect(200).expect_text("Please sign in the field, or type your name.");
        let signed = browser.post_form("/kiosk/sign", &[("strokes", &drawn().to_string()), ("typed_name", "")]).await;
        assert_eq!(signed.location(), "/kiosk/thanks");
        let end = browser.follow(&signed).await;
        end.expect(200).expect_text("You are checked in.");
        assert!(!end.html.contains("Wilhelmina"), "no name stays on the screen");
        assert_eq!(end.header("refresh"), "12;url=/kiosk");
        let people = participants(&admin, &room.session).await;
        let status = |at: usize| people.items().iter().find(|one| one["id"] == room.people[at].2).unwrap()["status"].clone();
        assert_eq!((status(0), status(1)), (json!("arrived"), json!("booked")));
        let kept = admin.get(&format!("/api/sessions/{}/participants/{}/signatures", room.session, room.people[0].2)).await.expect(200);
        let kept = &kept.data()["signatures"].as_array().unwrap()[0];
        assert_eq!((&kept["strokes"], &kept["typed_name"]), (&drawn(), &Value::Null));
        assert_eq!(typed(&browser, &codes[0], &born(0)).await.location(), "/kiosk?said=again", "one use");
        app.seal_and_verify().await;
        let actors: Vec<String> = app.rows("select actor from events where organization_id = $1 and name = 'participant.arrived'", &[]).await.iter().map(|row| row.at(0).unwrap()).collect();
        assert!(actors.len() == 1 && actors[0].starts_with("kiosk:kio_"), "{actors:?}");
    }

    /// Nothing of the product can be reached from the browser of a kiosk, and nothing found by going back.
    async fn a_kiosk_leads_nowhere_else(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina"]).await;
        let codes = codes(&admin, &room).await;
        let browser = app.page_client(Role::Receptionist).await;
        let own = browser.cookie("convene").unwrap();
        let key = browser.get("/kiosks").await.hidden("idempotency_key");
        browser.post_form("/kiosks", &[("idempotency_key", &key), ("site_id", &room.site)]).await.expect(303);
        assert_eq!(browser.cookie("convene"), None, "who opened it is signed out");
        browser.set_cookie("convene", &own);
        for path in ["/", "/today", "/patients", "/kiosks", "/account", "/sign-in", "/search", "/sessions/nothing", "/kiosk2", "/ics/x.ics"] {
            assert_eq!(browser.get(path).await.location(), "/kiosk", "{path}");
        }
        assert_eq!(browser.post_form("/sign-in", &[("email", "a@example.org"), ("password", "x")]).await.location(), "/kiosk");
        for path in ["/api/docs", "/api/openapi.json", "/api/me", "/api/patients", &format!("/api/sessions/{}", room.session), "/api/kiosks"] {
            browser.get(path).await.expect(401);
        }
        app.browser().get("/today").await.expect(303);
        let known = typed(&browser, &codes[0], &born(0)).await;
        let shown = browser.follow(&known).await;
        assert_eq!(shown.header("cache-control"), "no-store");
        let visit = browser.cookie("convene_visit").unwrap();
        browser.post_form("/kiosk/leave", &[]).await.expect(303);
        assert_eq!(browser.get("/kiosk/sign").await.location(), "/kiosk", "going back leads to the start");
        // Who kept the cookie has nothing: the visit itself is over, and only that, for the code is good for another.
        browser.set_cookie("convene_visit", &visit);
        let old = browser.get("/kiosk/sign").await;
        assert_eq!(old.location(), "/kiosk", "the old cookie is refused");
        assert!(!old.html.contains("Wilhelmina"));
        browser.set_cookie("convene_visit", &visit);
        let kept = browser.post_form("/kiosk/sign", &[("typed_name", "Wilhelmina")]).await;
        assert_eq!(kept.location(), "/kiosk", "nobody arrives with it");
        assert_eq!(participants(&admin, &room.session).await.items()[0]["status"], "booked");
        assert_eq!(app.count_of("kiosk.left").await, 1);
        typed(&browser, &codes[0], &born(0)).await.expect(303);
        browser.get("/kiosk/sign").await.expect(200).expect_text("Hello, Wilhelmina");
        // The start page ends it as well, which is where the back button leads.
        let visit = browser.cookie("convene_visit").unwrap();
        browser.get("/kiosk").await.expect(200);
        browser.set_cookie("convene_visit", &visit);
        assert_eq!(browser.get("/kiosk/sign").await.location(), "/kiosk");
        assert_eq!(app.count_of("kiosk.left").await, 2);
        typed(&browser, &codes[0], &born(0)).await.expect(303);
        browser.get("/kiosk/sign").await.expect(200);
        app.advance(SignedDuration::from_mins(3));
        assert_eq!(browser.get("/kiosk/sign").await.location(), "/kiosk", "and a visit is over after two minutes");
        let late = browser.post_form("/kiosk/sign", &[("typed_name", "Wilhelmina")]).await;
        assert_eq!(late.location(), "/kiosk");
        let mut elsewhere = app.browser();
        elsewhere.site = "cross-site";
        elsewhere.set_cookie("convene_kiosk", &browser.cookie("convene_kiosk").unwrap());
        typed(&elsewhere, &codes[0], &born(0)).await.expect(403);
    }

    /// Every knock that is not wholly right is answered alike; after five wrong dates the code is dead.
    async fn wrong_knocks_are_answered_alike(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina", "Bartholomew"]).await;
        let elsewhere = admin.post("/api/sites", json!({ "name": "Elsewhere", "zone": "America/Phoenix" })).await.expect(201).id();
        let old = codes(&admin, &room).await;
        let codes = codes(&admin, &room).await;
        let desk = app.as_program(&[Permission::ParticipantCheckin]).await;
        let outcome = |answer: Answer| answer.expect(200).data().clone();
        let unknown = json!({ "outcome": "unknown", "visit": null, "first_name": null, "starts_at": null });
        assert_eq!(outcome(knock(&desk, &room.site, "0000-0000", &born(0)).await), unknown);
        assert_eq!(outcome(knock(&desk, &room.site, "no code", &born(0)).await), unknown);
        assert_eq!(outcome(knock(&desk, &room.site, &old[0], &born(0)).await), unknown, "codes rotate");
        assert_eq!(outcome(knock(&desk, &elsewhere, &codes[0], &born(0)).await), unknown, "at another site");
        for _ in 0..5 {
            assert_eq!(outcome(knock(&desk, &room.site, &codes[0], &born(1)).await), unknown);
        }
        assert_eq!(outcome(knock(&desk, &room.site, &codes[0], &born(0)).await), unknown, "dead after five wrong dates");
        let known = outcome(knock(&desk, &room.site, &codes[1], &born(1)).await);
        assert_eq!((&known["outcome"], &known["first_name"]), (&json!("recognized"), &json!("Bartholomew")));
        desk.post("/api/kiosk/knock", json!({ "code": "x", "birth_date": "1980-13-01" })).await.expect_fields(&[("birth_date", "invalid")]);
        desk.post("/api/kiosk/knock", json!({ "code": "x", "birth_date": "1980-01-01" })).await.expect_fields(&[("site_id", "missing")]);
        app.advance(SignedDuration::from_hours(2));
        assert_eq!(outcome(knock(&desk, &room.site, &codes[1], &born(1)).await), unknown, "the session is over");
        assert_eq!(app.count_of("kiosk.not_recognized").await, 11);
        let many = app.as_program(&[Permission::ParticipantCheckin]).await;
        let mut refused = None;
        for _ in 0..60 {
            let answer = knock(&many, &room.site, "0000-0000", &born(0)).await;
            if answer.status == 429 {
                refused = Some(answer.header("retry-after").to_owned());
                break;
            }
        }
        assert!(refused.is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "guessing is slowed down");
    }

    /// A closed gate leads to the front desk, without a reason on the screen; what staff see is as ever.
    async fn gates_lead_to_the_front_desk(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina"]).await;
        admin.patch("/api/settings", json!({ "finance_gate": true, "consent_gate": true })).await.expect(200);
        let codes = codes(&admin, &room).await;
        let browser = opened(&app, &room).await;
        let known = typed(&browser, &codes[0], &born(0)).await;
        assert_eq!(known.location(), "/kiosk/front-desk");
        let page = browser.follow(&known).await;
        page.expect(200).expect_text("Please see the front desk");
        let shown = page.html.to_lowercase();
        for word in ["finance", "consent", "payer", "wilhelmina", "blocked"] {
            assert!(!shown.contains(word), "the screen says {word}");
        }
        let path = format!("/api/sessions/{}/participants/{}", room.session, room.people[0].2);
        admin.patch(&path, json!({ "finance_cleared": true, "consent_verified": true })).await.expect(200);
        let known = typed(&browser, &codes[0], &born(0)).await;
        assert_eq!(known.location(), "/kiosk/sign");
        // A gate that closes meanwhile still counts.
        admin.patch(&path, json!({ "finance_cleared": false })).await.expect(200);
        let refused = browser.post_form("/kiosk/sign", &[("typed_name", "Wilhelmina")]).await;
        assert_eq!(refused.location(), "/kiosk/front-desk");
        assert_eq!(participants(&admin, &room.session).await.items()[0]["status"], "booked");
        admin.patch(&path, json!({ "finance_cleared": true })).await.expect(200);
        admin.post(&format!("{path}/check-in"), json!({})).await.expect(200);
        assert_eq!(typed(&browser, &codes[0], &born(0)).await.location(), "/kiosk/thanks", "here already");
    }

    /// Staff close a kiosk with their own password, in its browser or from elsewhere; then it is an ordinary browser.
    async fn staff_close_a_kiosk(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina"]).await;
        let browser = opened(&app, &room).await;
        let (desk, auditor) = (app.add_user(Role::Receptionist, &[]).await, app.add_user(Role::Auditor, &[]).await);
        let close = |email: &str, password: &str| {
            let (browser, email, password) = (&browser, email.to_owned(), password.to_owned());
            async move { browser.post_form("/kiosk/close", &[("email", &email), ("password", &password)]).await }
        };
        close(&desk.email, "not the password").await.expect(403).expect_text("The password is not right.");
        close("nobody@example.org", crate::harness::PASSWORD).await.expect(403);
        close(&auditor.email, crate::harness::PASSWORD).await.expect(403);
        let other = app.other_organization().await.add_user(Role::Admin, &[]).await;
        close(&other.email, crate::harness::PASSWORD).await.expect(403);
        let closed = close(&desk.email, crate::harness::PASSWORD).await;
        assert_eq!(closed.location(), "/sign-in");
        browser.get("/sign-in").await.expect(200);
        let kiosk = admin.get("/api/kiosks").await.expect(200).items()[0].clone();
        assert_eq!(kiosk["closed_by_user"], json!(desk.id.to_string()));

        let second = opened(&app, &room).await;
        let listed = admin.get("/api/kiosks?is_open=true").await.expect(200);
        let id = listed.items()[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(listed.items().len(), 1);
        admin.with_if_match(9).delete(&format!("/api/kiosks/{id}")).await.expect_code(412, "stale");
        admin.delete(&format!("/api/kiosks/{id}")).await.expect(200);
        admin.delete(&format!("/api/kiosks/{id}")).await.expect_code(409, "invalid_transition");
        second.get("/kiosk").await.expect(401).expect_text("This kiosk is not open");
        assert_eq!(second.cookie("convene_kiosk"), None);
        second.get("/sign-in").await.expect(200);
        let third = opened(&app, &room).await;
        app.advance(SignedDuration::from_hours(24 * 31));
        third.get("/kiosk").await.expect(401);
    }

    /// A signature is bounded, and is one: drawn or typed.
    async fn a_signature_is_one_and_bounded(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina"]).await;
        let codes = codes(&admin, &room).await;
        let known = knock(&admin, &room.site, &codes[0], &born(0)).await.expect(200);
        let visit = known.data()["visit"].as_str().unwrap().to_owned();
        let arrive = |more: Value| {
            let mut body = json!({ "visit": visit });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let admin = admin.clone();
            async move { admin.post("/api/kiosk/arrive", body).await }
        };
        arrive(json!({})).await.expect_fields(&[("strokes", "one_signature")]);
        arrive(json!({ "strokes": drawn(), "typed_name": "W" })).await.expect_fields(&[("strokes", "one_signature")]);
        arrive(json!({ "strokes": [] })).await.expect_fields(&[("strokes", "invalid")]);
        arrive(json!({ "strokes": [[{ "x": 1001, "y": 0 }, { "x": 1, "y": 1 }, { "x": 1, "y": 1 }, { "x": 1, "y": 1 }]] })).await.expect_fields(&[("strokes", "invalid")]);
        arrive(json!({ "strokes": [[{ "x": 70000, "y": 0 }]] })).await.expect(422);
        let many: Vec<Value> = (0..101).map(|_| json!([{ "x": 1, "y": 1 }])).collect();
        arrive(json!({ "strokes": many })).await.expect_fields(&[("strokes", "invalid")]);
        let here = arrive(json!({ "typed_name": "Wilhelmina Q." })).await.expect(201);
        assert_eq!(here.data()["status"], "arrived");
        arrive(json!({ "typed_name": "Wilhelmina Q." })).await.expect_code(404, "not_found");
        let page = app.page_client(Role::Receptionist).await;
        let shown = page.get(&format!("/sessions/{}/participants/{}", room.session, room.people[0].2)).await;
        shown.expect(200).expect_text("Signed at the kiosk").expect_text("Wilhelmina Q.");
    }

    /// A guest has nothing but a code, signs, and is here; the screen shows their own first name and nobody else's.
    async fn a_guest_checks_in_by_the_code_alone(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina"]).await;
        let related = &room.people[0].1;
        let sam = guest(&admin, &room, json!({ "display_name": "Sam Oldham", "related_patient_id": related, "relationship": "mother" })).await;
        let nameless = guest(&admin, &room, json!({ "display_name": "Wilhelmina's brother", "related_patient_id": related })).await;
        let made = admin.post(&format!("/api/sessions/{}/kiosk-codes", room.session), json!({})).await.expect(201);
        let made = made.data()["codes"].as_array().unwrap().clone();
        let of = |participant: &str| made.iter().find(|one| one["participant_id"] == participant).unwrap();
        let code = |participant: &str| of(participant)["code"].as_str().unwrap().to_owned();
        assert_eq!((&of(&sam)["needs_birth_date"], &of(&room.people[0].2)["needs_birth_date"]), (&json!(false), &json!(true)));
        assert!(code(&sam).starts_with('G') && !code(&room.people[0].2).starts_with('G'));
        assert_eq!(of(&sam)["name"], "S. O.");

        let browser = opened(&app, &room).await;
        let known = browser.post_form("/kiosk", &[("code", &code(&sam))]).await;
        assert_eq!(known.location(), "/kiosk/sign");
        let shown = browser.follow(&known).await;
        shown.expect(200).expect_text("Hello, Sam").expect_text("begins at 10:30");
        for hidden in ["Oldham", "Wilhelmina", "Quillfeather", "mother", "Coping skills", related, &room.session] {
            assert!(!shown.html.contains(hidden), "the screen shows {hidden}");
        }
        let signed = browser.post_form("/kiosk/sign", &[("strokes", &drawn().to_string())]).await;
        assert_eq!(signed.location(), "/kiosk/thanks");
        let status = async |id: &str| participants(&admin, &room.session).await.items().iter().find(|one| one["id"] == id).unwrap()["status"].clone();
        assert_eq!((status(&sam).await, status(&nameless).await), (json!("arrived"), json!("booked")));
        let kept = admin.get(&format!("/api/sessions/{}/participants/{sam}/signatures", room.session)).await.expect(200);
        assert_eq!(kept.data()["signatures"][0]["strokes"], drawn());
        assert_eq!(browser.post_form("/kiosk", &[("code", &code(&sam))]).await.location(), "/kiosk?said=again", "one use");

        // Staff wrote whose brother it is: that is no name to greet anybody by.
        let known = browser.post_form("/kiosk", &[("code", &code(&nameless)), ("birth_year", "what")]).await;
        let shown = browser.follow(&known).await;
        shown.expect(200).expect_text("Hello");
        assert!(!shown.html.contains("Wilhelmina") && !shown.html.contains("brother"));
        app.seal_and_verify().await;
        let actors: Vec<String> = app.rows("select actor from events where organization_id = $1 and name = 'participant.arrived'", &[]).await.iter().map(|row| row.at(0).unwrap()).collect();
        assert!(actors.len() == 1 && actors[0].starts_with("kiosk:kio_"), "{actors:?}");
    }

    /// A guest's code is bound as a patient's is: to its site, its hours, one arrival, the gates; guessing is counted; and
    /// no patient gets by without a birth date.
    async fn a_guests_code_is_bound_as_any(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina"]).await;
        let elsewhere = admin.post("/api/sites", json!({ "name": "Elsewhere", "zone": "America/Phoenix" })).await.expect(201).id();
        let sam = guest(&admin, &room, json!({ "display_name": "Sam Oldham" })).await;
        let desk = app.as_program(&[Permission::ParticipantCheckin]).await;
        let alone = async |site: &str, code: &str| desk.post("/api/kiosk/knock", json!({ "site_id": site, "code": code })).await;
        let unknown = json!({ "outcome": "unknown", "visit": null, "first_name": null, "starts_at": null });
        let made = async || {
            let made = admin.post(&format!("/api/sessions/{}/kiosk-codes", room.session), json!({})).await.expect(201);
            let of = |id: &str| made.data()["codes"].as_array().unwrap().iter().find(|one| one["participant_id"] == id).unwrap()["code"].as_str().unwrap().to_owned();
            (of(&sam), of(&room.people[0].2))
        };
        let old = made().await.0;
        let (own, patients) = made().await;
        for (site, code, why) in [(&room.site, old.as_str(), "codes rotate"), (&elsewhere, &own, "another site"), (&room.site, "G000-0000", "guessed")] {
            assert_eq!(alone(site, code).await.expect(200).data(), &unknown, "{why}");
        }
        for code in [patients.as_str(), "0000-0000", "no code"] {
            alone(&room.site, code).await.expect_fields(&[("birth_date", "missing")]);
        }
        admin.patch("/api/settings", json!({ "consent_gate": true, "finance_gate": true })).await.expect(200);
        admin.post("/api/consent-texts/usual", json!({})).await.expect(201);
        assert_eq!(alone(&room.site, &own).await.expect(200).data()["outcome"], "front_desk");
        let guest_id = participants(&admin, &room.session).await.items().iter().find(|one| one["id"] == sam.as_str()).unwrap()["guest_id"].clone();
        admin.post("/api/consents", json!({ "guest_id": guest_id, "kind": "guest_confidentiality" })).await.expect(201);
        let known = alone(&room.site, &own).await.expect(200).data().clone();
        assert_eq!((&known["outcome"], &known["first_name"]), (&json!("recognized"), &json!("Sam")), "finance binds no guest");
        let visit = json!({ "visit": known["visit"] });
        desk.post("/api/kiosk/leave", visit.clone()).await.expect(200);
        desk.post("/api/kiosk/leave", visit.clone()).await.expect_code(404, "not_found");
        desk.post("/api/kiosk/arrive", json!({ "visit": known["visit"], "typed_name": "Sam" })).await.expect_code(404, "not_found");
        app.advance(SignedDuration::from_hours(3));
        assert_eq!(alone(&room.site, &own).await.expect(200).data(), &unknown, "the session is over");
        for _ in 0..40 {
            alone(&room.site, "G000-0000").await;
        }
        alone(&room.site, &own).await.expect(429);
    }

    /// The camera may be asked for on the kiosk's first page and nowhere else, and the page works without it.
    async fn only_the_first_page_may_ask_for_the_camera(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina"]).await;
        let codes = codes(&admin, &room).await;
        let browser = opened(&app, &room).await;
        let start = browser.get("/kiosk").await;
        assert_eq!(start.header("permissions-policy"), "camera=(self), microphone=(), geolocation=()");
        assert!(start.html.contains("data-camera hidden") && start.html.contains("/assets/camera."));
        let known = typed(&browser, &codes[0], &born(0)).await;
        let sign = browser.follow(&known).await;
        let elsewhere = app.page_client(Role::Admin).await.get("/today").await;
        for page in [sign, browser.get("/kiosk/thanks").await, elsewhere] {
            assert_eq!(page.header("permissions-policy"), "camera=(), microphone=(), geolocation=()");
            assert!(!page.html.contains("/assets/camera."));
        }
    }

    /// Slips are shown once, with a square to scan, for patients and guests.
    async fn slips_are_made_for_who_is_expected(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina", "Bartholomew"]).await;
        let sam = admin.post("/api/guests", json!({ "display_name": "Sam Guest" })).await.expect(201).id();
        admin.post(&format!("/api/sessions/{}/add-patient", room.session), json!({ "guest_id": sam })).await.expect(201);
        let browser = app.page_client(Role::Receptionist).await;
        let here = format!("/sessions/{}/kiosk-codes", room.session);
        let key = browser.get(&here).await.expect(200).hidden("idempotency_key");
        let slips = browser.post_form(&here, &[("idempotency_key", &key)]).await;
        slips.expect(200).expect_text("Wilhelmina Q.").expect_text("S. G.").expect_text("it is all you need");
        assert!(!slips.html.contains("Sam Guest"));
        assert_eq!(slips.html.matches("class=\"qr\"").count(), 3);
        assert_eq!(browser.post_form(&here, &[("idempotency_key", &key)]).await.location(), here, "shown once");
        app.advance(SignedDuration::from_hours(3));
        admin.post(&format!("/api{here}"), json!({})).await.expect_code(409, "invalid_transition");
    }

    /// The sign-in sheet shows first names or, by setting, preferred ones, last initials, guests by initials.
    async fn the_sign_in_sheet_follows_the_setting(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let room = room(&admin, &["Wilhelmina", "Bartholomew"]).await;
        admin.patch(&format!("/api/patients/{}", room.people[0].1), json!({ "preferred_name": "Billie" })).await.expect(200);
        let sam = admin.post("/api/guests", json!({ "display_name": "Sam Oldham Guest" })).await.expect(201).id();
        admin.post(&format!("/api/sessions/{}/add-patient", room.session), json!({ "guest_id": sam })).await.expect(201);
        let path = format!("/api/sessions/{}/sign-in-sheet", room.session);
        let names = |sheet: &Answer| sheet.data()["lines"].as_array().unwrap().iter().map(|line| line["name"].clone()).collect::<Vec<_>>();
        let sheet = admin.get(&path).await.expect(200);
        assert_eq!(names(&sheet), [json!("Bartholomew Q."), json!("S. O. G."), json!("Wilhelmina Q.")]);
        assert_eq!((&sheet.data()["participant_count"], &sheet.data()["blank_lines"]), (&json!(3), &json!(3)));
        admin.patch("/api/settings", json!({ "preferred_name_on_sign_in_sheet": true })).await.expect(200);
        assert_eq!(names(&admin.get(&path).await.expect(200)), [json!("Bartholomew Q."), json!("Billie Q."), json!("S. O. G.")]);
        let page = app.page_client(Role::Nurse).await.get(&format!("/sessions/{}/sheet", room.session)).await;
        page.expect(200).expect_text("Billie Q.").expect_text("3 people expected").expect_text("Somebody else");
        assert!(!page.html.contains("Quillfeather") && !page.html.contains("Oldham"));
    }
}
