//! The day on pages, in a browser without scripts: Today, the session page, taps, and who sees which button.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Client, Page, PageClient, TestApp, on_both},
    sessions::{each, group, member, participants, patient, practitioner, session},
};

/// A therapist with a profile, signed in on pages: the browser, the practitioner, the address.
pub async fn therapist(app: &TestApp, admin: &Client) -> (PageClient, String, String) {
    let user = app.add_user(Role::Therapist, &[]).await;
    let new = json!({ "given_name": "Robin", "family_name": "Vale", "user_id": user.id });
    let practitioner = admin.post("/api/practitioners", new).await.expect(201).id();
    let browser = app.browser();
    browser.sign_in(&user.email).await;
    (browser, practitioner, user.email.to_string())
}

/// Today's session of a group with so many members, gates off; the ids of session and participants, by name.
pub async fn room(admin: &Client, members: usize) -> (String, Vec<String>) {
    admin.patch("/api/settings", json!({ "finance_gate": false, "consent_gate": false })).await.expect(200);
    let group = group(admin, json!({ "max_participants": 12 })).await;
    for number in 0..members {
        let letter = char::from(b'A' + u8::try_from(number).unwrap());
        member(admin, &group, &patient(admin, &format!("{letter}lder")).await).await;
    }
    let session = session(admin, &group, "2026-03-04T10:30").await;
    let people = participants(admin, &session).await;
    (session, each(&people, "id").iter().map(|id| id.as_str().unwrap().to_owned()).collect())
}

/// The part of a page about one participant.
fn row(page: &Page, participant: &str) -> String {
    let from = page.html.split_once(&format!("id=\"{participant}\""));
    let (_, rest) = from.unwrap_or_else(|| panic!("no row {participant}: {page}"));
    rest.split_once("</li>").map_or(rest, |(row, _)| row).to_owned()
}

/// The value of a hidden field in a part of a page.
fn hidden(part: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let (_, rest) = part.split_once(&field).unwrap_or_else(|| panic!("no field {name}: {part}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Taps one button of a row, as the page sends it.
async fn tap(browser: &PageClient, session: &str, participant: &str, mark: &str) -> Page {
    let page = browser.get(&format!("/sessions/{session}")).await;
    let row = row(page.expect(200), participant);
    assert!(row.contains(&format!("value=\"{mark}\"")), "{mark} is not offered: {row}");
    let (key, version) = (hidden(&row, "idempotency_key"), hidden(&row, "version"));
    let fields = [("idempotency_key", &*key), ("version", &*version), ("mark", mark)];
    browser.post_form(&format!("/sessions/{session}/participants/{participant}/mark"), &fields).await
}

/// Presses a button of the session as a whole.
async fn turn(browser: &PageClient, session: &str, verb: &str, more: &[(&str, &str)]) -> Page {
    let page = browser.get(&format!("/sessions/{session}")).await;
    let to = format!("/sessions/{session}/{verb}");
    let (_, form) =
        page.expect(200).html.split_once(&format!("action=\"{to}\"")).unwrap_or_else(|| panic!("no {verb}: {page}"));
    let (key, version) = (hidden(form, "idempotency_key"), hidden(form, "version"));
    let fields = [("idempotency_key", &*key), ("version", &*version)];
    browser.post_form(&to, &[&fields, more].concat()).await
}

/// Fails unless the tiles of a session's page say these numbers.
#[track_caller]
fn expect_counts(page: &Page, counts: &[(&str, usize)]) {
    for (label, count) in counts {
        page.expect_text(&format!("{label}</p><p class=\"stat-value\">{count}</p>"));
    }
}

on_both! {
    /// Today lists the day's sessions by what is to be done, marks what should have begun, and starts it with one
    /// button; other days and one's own sessions are a filter away.
    async fn today_shows_the_day(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, robin, _) = therapist(&app, &admin).await;
        let first = browser.get("/").await;
        assert_eq!(first.location(), "/today");
        browser.follow(&first).await.expect_text("No sessions on this day").expect_text("Wednesday 4 March 2026");
        let own = json!({ "title": "Grief", "starts_at": "2026-03-04T09:55", "leaders": [{ "practitioner_id": robin }] });
        let own = admin.post("/api/sessions", own).await.expect(201).id();
        let somebody = practitioner(&admin, "Stone").await;
        let other = json!({ "title": "Art", "starts_at": "2026-03-04T09:00", "leaders": [{ "practitioner_id": somebody }] });
        let other = admin.post("/api/sessions", other).await.expect(201).id();
        let open = admin.post("/api/sessions", json!({ "title": "Walk", "starts_at": "2026-03-04T15:00" })).await.expect(201).id();
        let gone = admin.post("/api/sessions", json!({ "title": "Choir", "starts_at": "2026-03-04T16:00" })).await.expect(201).id();
        admin.post(&format!("/api/sessions/{gone}/cancel"), json!({ "reason": "Snow" })).await.expect(200);
        let page = browser.get("/today").await;
        let at = |text: &str| page.html.find(text).unwrap_or_else(|| panic!("`{text}` is not in it: {page}"));
        assert!(at("Upcoming") < at(&other) && at(&other) < at(&own), "by time, whoever leads it");
        assert!(at(&own) < at(&open) && at(&open) < at("Cancelled<") && at("Cancelled<") < at(&gone));
        page.expect_text("Not started, 5 min late").expect_text("Snow");
        assert_eq!(page.html.matches("Not started, 5 min late").count(), 1, "each mark once");
        let starts = |id: &str| page.html.contains(&format!("/sessions/{id}/start"));
        assert_eq!([&own, &other, &open, &gone].map(|id| starts(id)), [true, false, true, false], "only what one may start");
        let mine = browser.get("/today?day=2026-03-04&whose=mine").await;
        assert!(mine.expect(200).html.contains(&own) && !mine.html.contains(&other));
        browser.get("/today?day=2026-03-05").await.expect(200).expect_text("No sessions on this day");
        let api = admin.get(&format!("/api/sessions?facilitator_id={somebody}")).await.expect(200);
        assert_eq!(each(&api, "id"), [json!(other)]);

        turn(&browser, &own, "start", &[]).await.expect(303);
        browser.get("/today").await.expect_text("In progress").expect_text("Attendance");
        let list = browser.get(&format!("/sessions?facilitator_id={somebody}")).await;
        assert!(list.expect(200).html.contains(&other) && !list.html.contains(&own));
    }

    /// A therapist marks a full room, tap by tap, sees the counts, takes one back, and ends the session.
    async fn a_full_room_is_marked(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 12).await;
        let (browser, _, email) = therapist(&app, &admin).await;
        let path = format!("/sessions/{session}");
        let before = browser.get(&path).await;
        expect_counts(before.expect(200), &[("Booked", 12), ("Confirmed", 0), ("Arrived", 0), ("Cancelled", 0)]);
        tap(&browser, &session, &people[0], "confirmed").await.expect(303);
        tap(&browser, &session, &people[1], "arrived").await.expect(303);
        turn(&browser, &session, "start", &[]).await.expect(303);
        for person in &people[..9] {
            tap(&browser, &session, person, "attended").await.expect(303);
        }
        let done = tap(&browser, &session, &people[9], "no_show").await;
        browser.follow(&done).await.expect_text("No-show.");
        tap(&browser, &session, &people[10], "cancelled").await.expect(303);
        tap(&browser, &session, &people[8], "undo").await.expect(303);
        app.advance(SignedDuration::from_mins(1));
        let early = turn(&browser, &session, "end", &[]).await;
        early.expect(409).expect_text("2 people are not marked yet");
        tap(&browser, &session, &people[8], "attended").await.expect(303);
        tap(&browser, &session, &people[11], "no_show").await.expect(303);
        let page = browser.get(&path).await;
        expect_counts(&page, &[("Attended", 9), ("To mark", 0), ("No-show", 2), ("Cancelled", 1)]);
        let statuses = each(&participants(&admin, &session).await, "status");
        let count = |status: &str| statuses.iter().filter(|known| *known == status).count();
        assert_eq!(["attended", "no_show", "cancelled"].map(count), [9, 2, 1]);
        app.advance(SignedDuration::from_mins(44));
        browser.sign_in(&email).await;
        turn(&browser, &session, "end", &[]).await.expect(303);
        browser.get(&path).await.expect_text("To document").expect_text("45 minutes").expect_text("Correct the times");
        turn(&browser, &session, "end", &[("actual_end", "2026-03-04T10:40")]).await.expect(303);
        browser.get(&path).await.expect_text("40 minutes");
    }

    /// The rest is marked with one tap; whoever could not be marked is named with the reason.
    async fn the_rest_is_marked_at_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 3).await;
        admin.patch("/api/settings", json!({ "consent_gate": true })).await.expect(200);
        let (browser, _, _) = therapist(&app, &admin).await;
        assert!(!browser.get(&format!("/sessions/{session}")).await.html.contains("All present"), "it has not begun");
        turn(&browser, &session, "start", &[]).await.expect(303);
        tap(&browser, &session, &people[0], "consent").await.expect(303);
        let to = format!("/sessions/{session}/attendance");
        let some = browser.post_form(&to, &[("idempotency_key", "all"), ("rest", "attended")]).await;
        some.expect(200).expect_text("1 marked, 2 not.").expect_text("Pat Blder: ").expect_text("consent");
        let rest = browser.post_form(&to, &[("idempotency_key", "rest"), ("rest", "no_show")]).await;
        expect_counts(&browser.follow(&rest).await, &[("Attended", 1), ("To mark", 0), ("No-show", 2)]);
    }

    /// A closed gate is named and has its own button for who may open it; who may not sees that, and a reason passes it.
    async fn gates_have_names_and_buttons(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        admin.patch("/api/settings", json!({ "finance_gate": true, "consent_gate": true })).await.expect(200);
        let (browser, _, _) = therapist(&app, &admin).await;
        turn(&browser, &session, "start", &[]).await.expect(303);
        let page = browser.get(&format!("/sessions/{session}")).await;
        let shown = row(&page, &people[0]);
        assert!(shown.contains("Finance not cleared") && shown.contains("No consent on file"), "{shown}");
        assert!(shown.contains("value=\"consent\"") && !shown.contains("value=\"finance\""), "therapists clear no finance: {shown}");
        let attended = shown.split("<button").find(|button| button.contains("value=\"attended\"")).unwrap();
        assert!(attended.contains(" disabled"), "{attended}");
        let forced = [("mark", "attended")];
        let to = format!("/sessions/{session}/participants/{}/mark", people[0]);
        browser.post_form(&to, &forced).await.expect(409).expect_text("finance is not cleared");
        let desk = app.page_client(Role::Receptionist).await;
        tap(&desk, &session, &people[0], "finance").await.expect(303);
        tap(&browser, &session, &people[0], "consent").await.expect(303);
        tap(&browser, &session, &people[0], "attended").await.expect(303);
        tap(&browser, &session, &people[0], "undo").await.expect(303);

        // A manager passes what is closed, and says why.
        admin.patch(&format!("/api/sessions/{session}/participants/{}", people[0]), json!({ "finance_cleared": false })).await.expect(200);
        let manager = app.page_client(Role::Manager).await;
        let details = format!("/sessions/{session}/participants/{}", people[0]);
        manager.get(&details).await.expect(200).expect_text("Mark attended anyway");
        let anyway = [("from", "details"), ("mark", "attended"), ("override_gates", "true")];
        manager.post_form(&to, &anyway).await.expect(422).expect_text("Please say why");
        let passed = manager.post_form(&to, &[&anyway[..], &[("reason", "Paid in cash")]].concat()).await;
        manager.follow(&passed).await.expect_text("Paid in cash");
        assert!(!browser.get(&details).await.html.contains("anyway"), "a therapist passes no gate");
    }

    /// Each role sees the buttons for what it may do, and no other.
    async fn buttons_are_for_who_may(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let (leader, practitioner, _) = therapist(&app, &admin).await;
        let lead = json!({ "change": "hand_over", "practitioner_id": practitioner });
        admin.post(&format!("/api/sessions/{session}/leaders"), lead).await.expect(200);
        let path = format!("/sessions/{session}");
        let verbs = ["start\"", "cancel\"", "/edit\"", "/leaders\"", "/add\""];
        let offered = async |browser: &PageClient| {
            let page = browser.get(&path).await;
            let row = row(page.expect(200), &people[0]);
            let marks = ["confirmed", "arrived", "attended", "cancelled"];
            let marks: Vec<&str> = marks.into_iter().filter(|mark| row.contains(&format!("value=\"{mark}\""))).collect();
            let verbs: Vec<&str> = verbs.into_iter().filter(|verb| page.html.contains(&format!("{path}{}{verb}", if verb.starts_with('/') { "" } else { "/" }))).collect();
            (verbs, marks)
        };
        assert_eq!(offered(&leader).await, (verbs.to_vec(), vec!["confirmed", "arrived", "cancelled"]));
        let roles: [(Role, &[&str], &[&str]); 5] = [
            // Somebody else's session: planned by every therapist, started by its leader.
            (Role::Therapist, &["cancel\"", "/edit\"", "/leaders\"", "/add\""], &["confirmed", "arrived", "cancelled"]),
            (Role::CaseManager, &["/add\""], &["confirmed", "arrived", "cancelled"]),
            (Role::Receptionist, &["/add\""], &["confirmed", "arrived", "cancelled"]),
            (Role::Nurse, &[], &["confirmed", "arrived"]),
            (Role::Biller, &[], &[]),
        ];
        for (role, verbs, marks) in roles {
            let browser = app.page_client(role).await;
            assert_eq!(offered(&browser).await, (verbs.to_vec(), marks.to_vec()), "{role}");
        }
        let auditor = app.page_client(Role::Auditor).await;
        assert_eq!(auditor.get("/").await.location(), "/account");
        auditor.get("/today").await.expect(403);
        auditor.get(&path).await.expect(403);
        // What is not offered is refused, too.
        let other = app.page_client(Role::Therapist).await;
        other.post_form(&format!("{path}/start"), &[]).await.expect(403).expect_text("Only its leaders");
        app.page_client(Role::Nurse).await.post_form(&format!("{path}/start"), &[]).await.expect(403);
        assert_eq!(admin.get(&format!("/api{path}")).await.data()["status"], "scheduled");
        let other = app.other_organization().await;
        other.page_client(Role::Admin).await.get(&path).await.expect(404);
    }

    /// What somebody else has changed is not overwritten: the page says so and shows how it stands.
    async fn a_stale_tap_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        turn(&browser, &session, "start", &[]).await.expect(303);
        let page = browser.get(&format!("/sessions/{session}")).await;
        let old = row(&page, &people[0]);
        let (key, version) = (hidden(&old, "idempotency_key"), hidden(&old, "version"));
        let to = format!("/sessions/{session}/participants/{}/mark", people[0]);
        let attended = [("idempotency_key", &*key), ("version", &*version), ("mark", "attended")];
        browser.post_form(&to, &attended).await.expect(303);
        // The same tap again is the same tap.
        browser.post_form(&to, &attended).await.expect(303);
        assert_eq!(app.count_of("participant.attended").await, 1);
        let stale = [("idempotency_key", "another tab"), ("version", &*version), ("mark", "no_show")];
        let told = browser.post_form(&to, &stale).await;
        told.expect(412).expect_text("Somebody else was faster").expect_text("Attended</span>");
        let strange = browser.post_form(&to, &[("mark", "dance")]).await;
        strange.expect(400);
    }

    /// A session is scheduled, changed, handed over, filled and cancelled on pages; every bad field is told.
    async fn a_session_is_planned_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (browser, robin, _) = therapist(&app, &admin).await;
        let group = group(&admin, json!({ "max_participants": 2 })).await;
        let (ann, ben) = (patient(&admin, "Ash").await, patient(&admin, "Birch").await);
        let page = browser.get(&format!("/sessions/new?group_id={group}")).await;
        page.expect(200).expect_text("Coping skills");
        let new = [("group_id", &*group), ("starts_at", "2026-03-04T13:00"), ("duration_minutes", "90"), ("topic", "Sleep")];
        let bad = browser.post_form("/sessions/new", &[new[0], ("starts_at", "soon"), ("duration_minutes", "2")]).await;
        bad.expect(422).expect_text("Starts at must be an instant").expect_text("value=\"2\"");
        let made = browser.post_form("/sessions/new", &new).await;
        let session = made.location().trim_start_matches("/sessions/").to_owned();
        browser.follow(&made).await.expect_text("13:00 to 14:30").expect_text("Sleep").expect_text("Nobody is booked yet");
        let one = [("patient_id", &*ann), ("leader_id", &*robin), ("starts_at", "2026-03-05T09:00"), ("duration_minutes", "50")];
        browser.get(&format!("/sessions/new?patient_id={ann}")).await.expect(200).expect_text("Pat Ash");
        let individual = browser.post_form("/sessions/new", &one).await;
        browser.follow(&individual).await.expect_text("Individual").expect_text("Robin Vale").expect_text("Pat Ash");

        let edit = format!("/sessions/{session}/edit");
        let form = browser.get(&edit).await;
        let version = form.expect(200).expect_text("Only this session changes.").hidden("version");
        let change = [("version", &*version), ("title", "Coping skills"), ("topic", ""), ("starts_at", "2026-03-04T12:00"), ("duration_minutes", "60"), ("max_capacity", "2")];
        let changed = browser.post_form(&edit, &change).await;
        browser.follow(&changed).await.expect_text("12:00 to 13:00");
        browser.post_form(&edit, &change).await.expect(412).expect_text("Somebody else has changed this");
        browser.post_form(&edit, &[("title", ""), ("max_capacity", "1")]).await.expect(422).expect_text("Title must not be empty.");

        let leaders = format!("/sessions/{session}/leaders");
        browser.get(&leaders).await.expect(200).expect_text("Whoever starts the session leads it.");
        browser.post_form(&leaders, &[("change", "add")]).await.expect(422);
        let led = browser.post_form(&leaders, &[("change", "hand_over"), ("practitioner_id", &robin)]).await;
        browser.follow(&led).await.expect_text("Robin Vale").expect_text("Primary");
        let stone = practitioner(&admin, "Stone").await;
        let supervised = browser.post_form(&leaders, &[("change", "supervise"), ("practitioner_id", &stone)]).await;
        browser.follow(&supervised).await.expect_text("Robin Stone, LCSW").expect_text("Supervisor</span>");
        let role = admin.get(&format!("/api/sessions/{session}")).await.expect(200).data()["leaders"][1].clone();
        assert_eq!((&role["role"], &role["must_sign"]), (&json!("supervisor"), &json!(false)));

        let add = format!("/sessions/{session}/add");
        let found = browser.post_form(&add, &[("q", "birch"), ("source", "make_up")]).await;
        found.expect(200).expect_text("Pat Birch").expect_text(&ben);
        let people = format!("/sessions/{session}/participants");
        let added = browser.post_form(&people, &[("patient_id", &ben), ("source", "make_up")]).await;
        browser.follow(&added).await.expect_text("Pat Birch").expect_text("Make-up");
        browser.post_form(&people, &[("patient_id", &ben)]).await.expect(409).expect_text("already in the session");
        browser.post_form(&people, &[("patient_id", &ann)]).await.expect(303);
        let third = patient(&admin, "Cedar").await;
        browser.post_form(&people, &[("patient_id", &third)]).await.expect(409).expect_text("full");
        let sought = [("q", "cedar"), ("source", "make_up"), ("patient_id", &*third)];
        let full = browser.post_form(&people, &sought).await;
        full.expect(409).expect_text("value=\"cedar\"").expect_text("Pat Cedar");
        let (_, beside) = full.html.split_once("Pat Cedar").unwrap();
        assert!(beside.contains("role=\"alert\"") && beside.contains("All 2 seats of this session are taken"), "beside the person: {beside}");
        let twice = browser.post_form(&people, &[("q", "birch"), ("patient_id", &*ben)]).await;
        twice.expect(409).expect_text("In this session").expect_text("already in the session");
        browser.get(&format!("/sessions/{session}/sheet")).await.expect(200).expect_text("Pat B.").expect_text("Signature");

        turn(&browser, &session, "cancel", &[]).await.expect(422).expect_text("Please say why");
        let cancelled = turn(&browser, &session, "cancel", &[("reason", "Snow")]).await;
        browser.follow(&cancelled).await.expect_text("This session does not take place.").expect_text("Snow");
        assert_eq!(admin.get(&format!("/api/sessions/{session}")).await.data()["status"], "cancelled");
    }

    /// What a tap does not ask is on the page of the participant: times, minutes, why somebody stayed away.
    async fn a_participants_page_keeps_the_rest(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 2).await;
        let (browser, _, email) = therapist(&app, &admin).await;
        let page = format!("/sessions/{session}/participants/{}", people[0]);
        let send = async |part: &str, fields: &[(&str, &str)]| {
            let version = browser.get(&page).await.expect(200).hidden("version");
            let (to, first) = match part {
                "mark" => (format!("{page}/mark"), ("from", "details")),
                part => (format!("{page}/change"), ("part", part)),
            };
            browser.post_form(&to, &[&[("version", &*version), first], fields].concat()).await
        };
        let kept = async |field: &str| -> Value { participants(&admin, &session).await.items()[0][field].clone() };
        send("mark", &[("mark", "arrived"), ("at", "2026-03-04T09:50")]).await.expect(303);
        assert_eq!(kept("arrival_at").await, "2026-03-04T09:50:00-07:00");
        send("mark", &[("mark", "undo")]).await.expect(303);
        turn(&browser, &session, "start", &[]).await.expect(303);
        send("mark", &[("mark", "no_show"), ("no_show_reason", "illness"), ("excused", "true")]).await.expect(303);
        assert_eq!((kept("no_show_reason").await, kept("excused").await), (json!("illness"), json!(true)));
        browser.get(&format!("/sessions/{session}")).await.expect_text("Illness, excused");
        send("absence", &[("no_show_reason", "weather"), ("no_show_notes", "Snow")]).await.expect(303);
        assert_eq!((kept("no_show_reason").await, kept("excused").await), (json!("weather"), json!(false)));
        send("mark", &[("mark", "undo")]).await.expect(303);
        tap(&browser, &session, &people[0], "attended").await.expect(303);
        tap(&browser, &session, &people[1], "no_show").await.expect(303);
        app.advance(SignedDuration::from_mins(60));
        browser.sign_in(&email).await;
        turn(&browser, &session, "end", &[]).await.expect(303);
        send("times", &[("arrival_at", "2026-03-04T10:20"), ("departed_at", "")]).await.expect(303);
        assert_eq!(kept("minutes_attended").await, 40);
        send("minutes", &[("minutes_attended", "30")]).await.expect(422).expect_text("required to correct minutes");
        send("minutes", &[("minutes_attended", "30"), ("reason", "Left for a call")]).await.expect(303);
        send("part", &[("participation_level", "engaged"), ("modality", "video"), ("patient_at", "home")]).await.expect(303);
        browser.get(&page).await.expect_text("Left for a call");
        let all = ["minutes_attended", "participation_level", "modality", "patient_at"];
        let mut found = Vec::new();
        for field in all {
            found.push(kept(field).await);
        }
        assert_eq!(found, [json!(30), json!("engaged"), json!("video"), json!("home")]);
    }

    /// Started or ended long after the plan, a session asks when it was; both times are corrected until a note is signed.
    async fn late_starts_say_when_it_began(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let (browser, _, email) = therapist(&app, &admin).await;
        let here = format!("/sessions/{session}");
        app.advance(SignedDuration::from_mins(40));
        browser.sign_in(&email).await;
        browser.get(&here).await.expect(200).expect_no_text("Start session…");
        app.advance(SignedDuration::from_mins(1));
        browser.sign_in(&email).await;
        let asks = browser.get(&here).await;
        asks.expect(200).expect_text("Start session…").expect_text("It was to begin at 10:30.").expect_text("2026-03-04T10:30").expect_text("It is 10:41 now.");
        browser.get(&format!("{here}/room")).await.expect_text("Start session…");
        browser.get("/today").await.expect_text("Not started, 11 min late").expect_text("Start…");
        turn(&browser, &session, "start", &[("actual_start", "2026-03-04T11:30")]).await.expect(422).expect_text("must not be in the future");
        turn(&browser, &session, "start", &[("actual_start", "2026-03-04T10:30")]).await.expect(303);
        tap(&browser, &session, &people[0], "attended").await.expect(303);
        app.advance(SignedDuration::from_mins(80));
        browser.sign_in(&email).await;
        browser.get("/today").await.expect_text("Not ended, 31 min over");
        turn(&browser, &session, "end", &[("actual_end", "2026-03-04T11:30")]).await.expect(303);
        let minutes = async || participants(&admin, &session).await.items()[0]["minutes_attended"].clone();
        assert_eq!(minutes().await, 60);
        let times = [("actual_start", "2026-03-04T10:45"), ("actual_end", "2026-03-04T11:25")];
        turn(&browser, &session, "end", &times).await.expect(303);
        assert_eq!(minutes().await, 40);
        let wrong = [("actual_start", "2026-03-04T11:45"), ("actual_end", "2026-03-04T11:25")];
        turn(&browser, &session, "end", &wrong).await.expect(422);
        assert_eq!(minutes().await, 40, "a refusal changes nothing");
    }

    /// A session that was forgotten is entered later, with the reason; a start that was a mistake is taken back.
    async fn a_session_is_entered_late(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let (browser, _, email) = therapist(&app, &admin).await;
        app.advance(SignedDuration::from_hours(24));
        browser.sign_in(&email).await;
        browser.get("/today?day=2026-03-04").await.expect_text("Not started, and its time is over<");
        turn(&browser, &session, "start", &[]).await.expect(422).expect_text("Please say why");
        let late = turn(&browser, &session, "start", &[("reason", "The network was down")]).await;
        browser.follow(&late).await.expect_text("The network was down");
        tap(&browser, &session, &people[0], "attended").await.expect(303);
        turn(&browser, &session, "undo-start", &[]).await.expect(303);
        let statuses = each(&participants(&admin, &session).await, "status");
        assert_eq!(statuses, ["booked"]);
    }
}
