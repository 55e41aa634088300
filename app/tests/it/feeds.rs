//! Calendar feeds: what a calendar program reads, and who may give it what address.

use std::collections::BTreeSet;

use exchange::icalendar::unfold;
use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, Engine, Statements, Tenant, TestApp, on_both},
    notes::scene::{Scene, Someone, someone},
    sessions::{group, member, participants, patient, session},
};

mod owners;
mod pages;
mod read_back;

/// Makes a feed; its id and its address.
async fn feed(client: &Client, body: Value) -> (String, String) {
    let made = client.post("/api/feeds", body).await.expect(201);
    (text(&made.data()["feed"]["id"]), text(&made.data()["address"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The lines of a feed, unfolded.
pub async fn lines(app: &Tenant, address: &str) -> Vec<String> {
    let answer = app.as_nobody().get(address).await.expect(200);
    assert!(answer.text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{answer}");
    unfold(&answer.text)
}

/// The lines of each event.
pub fn events(lines: &[String]) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut is_inside = false;
    for line in lines {
        match line.as_str() {
            "BEGIN:VEVENT" => {
                is_inside = true;
                found.push(Vec::new());
            }
            "END:VEVENT" => is_inside = false,
            line if is_inside => found.last_mut().unwrap().push(line.to_owned()),
            _ => {}
        }
    }
    found
}

pub fn has(event: &[String], line: &str) -> bool {
    event.iter().any(|found| found == line)
}

pub fn value<'a>(event: &'a [String], name: &str) -> &'a str {
    event.iter().find_map(|line| line.strip_prefix(name)).unwrap_or_default()
}

/// Mondays at nine.
async fn weekly(admin: &Client, group: &str) {
    let rule = json!({ "start": "2026-03-02T09:00", "rrule": "FREQ=WEEKLY;BYDAY=MO" });
    admin.put(&format!("/api/groups/{group}/recurrence"), rule).await.expect(200);
}

/// The sessions of a group, by time.
async fn of_group(admin: &Client, group: &str) -> Vec<Value> {
    admin.get(&format!("/api/sessions?group_id={group}&limit=200")).await.expect(200).items().clone()
}

/// A site with a room, a therapist who leads a weekly group there, and one patient in it.
struct Clinic {
    admin: Client,
    leader: Someone,
    site: String,
    room: String,
    group: String,
    patient: String,
}

impl Clinic {
    async fn new(app: &Tenant) -> Self {
        let admin = app.as_role(Role::Admin).await;
        let leader = someone(app, &admin, "Whitfield", Role::Therapist, &[]).await;
        let new =
            json!({ "name": "North 🌵 Campus; Tempe", "zone": "America/New_York", "address": "12 Main Street\nTempe" });
        let site = admin.post("/api/sites", new).await.expect(201).id();
        let room = admin.post("/api/rooms", json!({ "site_id": site, "name": "Room, 2" })).await.expect(201).id();
        let more = json!({ "name": "Anger Management", "description": "For hard days", "site_id": site, "room_id": room,
            "facilitator_id": leader.practitioner });
        let group = group(&admin, more).await;
        let patient = patient(&admin, "Quillfeather").await;
        member(&admin, &group, &patient).await;
        weekly(&admin, &group).await;
        Self { admin, leader, site, room, group, patient }
    }
}

on_both! {
    /// One's own sessions: one event for the series, with the headers that calendar programs go by.
    async fn a_practitioners_feed_is_fetched(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let body = json!({ "practitioner_id": clinic.leader.practitioner });
        let (_, address) = feed(&clinic.leader.client, body).await;
        assert!(address.starts_with("/ics/") && address.ends_with(".ics") && address.len() == 52, "256 bits: {address}");
        let nobody = app.as_nobody();
        let answer = nobody.get(&address).await.expect(200);
        assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert_eq!(answer.header("last-modified"), "Wed, 04 Mar 2026 17:00:00 GMT");
        let tag = answer.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.len() == 34, "a strong tag: {tag}");
        let known = nobody.with_header("if-none-match", format!("\"other\", {tag}")).get(&address).await.expect(304);
        assert_eq!((known.text.as_str(), known.header("etag")), ("", tag.as_str()));
        let head = nobody.send(reqwest::Method::HEAD, &address, None).await.expect(200);
        assert_eq!((head.text.as_str(), head.header("etag")), ("", tag.as_str()));
        nobody.post(&address, json!({})).await.expect(405);

        let all = events(&unfold(&answer.text));
        assert_eq!(all.len(), 1, "one series: {answer}");
        let series = &all[0];
        assert!(has(series, "DTSTART;TZID=America/New_York:20260309T090000"), "{series:?}");
        assert!(has(series, "DTEND;TZID=America/New_York:20260309T100000"), "{series:?}");
        assert!(has(series, "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260427T130000Z"), "no further than what is made: {series:?}");
        assert!(has(series, "SUMMARY:Session") && has(series, "CLASS:PRIVATE") && has(series, "STATUS:CONFIRMED"));
        assert!(has(series, r"LOCATION:Room\, 2\, North 🌵 Campus\; Tempe"), "{series:?}");
        assert!(value(series, "UID:").starts_with("rec_"));

        // The same as long as nothing changes, another when something does.
        app.advance(SignedDuration::from_hours(30));
        assert_eq!(nobody.get(&address).await.expect(200).header("etag"), tag);
        let first = of_group(&clinic.admin, &clinic.group).await[0].clone();
        let path = format!("/api/sessions/{}/cancel", text(&first["id"]));
        clinic.admin.post(&path, json!({ "reason": "Flood" })).await.expect(200);
        let changed = nobody.with_header("if-none-match", &tag).get(&address).await.expect(200);
        assert_ne!(changed.header("etag"), tag);
        assert_eq!(changed.header("last-modified"), "Thu, 05 Mar 2026 23:00:00 GMT");
    }

    /// A moved session keeps its name and says which it was; a cancelled one is told for thirty days, then left out.
    async fn moved_and_cancelled_sessions_are_told(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let (_, address) = feed(&clinic.admin, json!({ "room_id": clinic.room })).await;
        let before = events(&lines(&app, &address).await);
        let made = of_group(&clinic.admin, &clinic.group).await;
        app.advance(SignedDuration::from_mins(5));
        let moved = json!({ "starts_at": "2026-03-18T14:00", "ends_at": "2026-03-18T15:30" });
        clinic.admin.patch(&format!("/api/sessions/{}", text(&made[1]["id"])), moved).await.expect(200);
        let path = format!("/api/sessions/{}/cancel", text(&made[2]["id"]));
        clinic.admin.post(&path, json!({ "reason": "Flood" })).await.expect(200);
        let after = events(&lines(&app, &address).await);
        assert_eq!(after.len(), 3);
        let uids: BTreeSet<&str> = after.iter().map(|event| value(event, "UID:")).collect();
        assert_eq!(uids, BTreeSet::from([value(&before[0], "UID:")]), "one name for good");
        let (moved, cancelled) = (&after[1], &after[2]);
        assert!(has(moved, "RECURRENCE-ID;TZID=America/New_York:20260316T090000"), "{moved:?}");
        assert!(has(moved, "DTSTART;TZID=America/New_York:20260318T140000"), "{moved:?}");
        assert!(has(moved, "DTEND;TZID=America/New_York:20260318T153000"), "{moved:?}");
        assert_eq!(value(moved, "SUMMARY:"), format!("Session {}", text(&made[1]["session_number"])));
        assert!(has(cancelled, "RECURRENCE-ID;TZID=America/New_York:20260323T090000"), "{cancelled:?}");
        assert!(has(cancelled, "STATUS:CANCELLED") && has(cancelled, "TRANSP:TRANSPARENT"), "{cancelled:?}");
        let sequence = |event: &[String]| value(event, "SEQUENCE:").parse::<i64>().unwrap();
        assert!(after.iter().all(|event| sequence(event) > sequence(&before[0])), "{after:?}");

        app.advance(SignedDuration::from_hours(30 * 24) - SignedDuration::from_secs(1));
        assert_eq!(events(&lines(&app, &address).await).len(), 3);
        app.advance(SignedDuration::from_secs(1));
        let later = events(&lines(&app, &address).await);
        assert_eq!(later.len(), 2);
        assert!(has(&later[0], "EXDATE;TZID=America/New_York:20260323T090000"), "{later:?}");
        assert!(sequence(&later[0]) > sequence(&after[0]), "that is a change, too");
    }

    /// Whoever is booked sees their own sessions and no others, also when they leave the group.
    async fn a_patient_sees_their_own(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let late = patient(&clinic.admin, "Ibarra").await;
        let (_, address) = feed(&clinic.admin, json!({ "patient_id": late })).await;
        let empty = lines(&app, &address).await;
        assert!(empty.contains(&"BEGIN:VTIMEZONE".to_owned()) && events(&empty).is_empty(), "valid, with nothing in it");
        let made = of_group(&clinic.admin, &clinic.group).await;
        for index in [1, 4] {
            let path = format!("/api/sessions/{}/add-patient", text(&made[index]["id"]));
            clinic.admin.post(&path, json!({ "patient_id": late })).await.expect(201);
        }
        let own = events(&lines(&app, &address).await);
        assert_eq!(own.len(), 1);
        assert!(has(&own[0], "DTSTART;TZID=America/New_York:20260316T090000"), "{own:?}");
        assert!(has(&own[0], "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260406T130000Z"), "{own:?}");
        assert_eq!(own[0].iter().filter(|line| line.starts_with("EXDATE")).count(), 2, "{own:?}");
        assert!(has(&own[0], "SUMMARY:Appointment"), "{own:?}");
        assert!(has(&own[0], r"LOCATION:North 🌵 Campus\; Tempe\, 12 Main Street\, Tempe"), "no room: {own:?}");
        assert!(!own[0].iter().any(|line| line.starts_with("URL")), "{own:?}");

        let (_, address) = feed(&clinic.admin, json!({ "patient_id": clinic.patient })).await;
        assert!(has(&events(&lines(&app, &address).await)[0], "RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20260427T130000Z"));
        let listed = clinic.admin.get(&format!("/api/groups/{}/members", clinic.group)).await.expect(200);
        let stint = text(&listed.items()[0]["id"]);
        clinic.admin.delete(&format!("/api/groups/{}/members/{stint}?reason=Moved", clinic.group)).await.expect(200);
        let left = events(&lines(&app, &address).await);
        assert!(left[1..].iter().all(|event| has(event, "STATUS:CANCELLED")) && left.len() == 9, "{left:?}");
        app.advance(SignedDuration::from_hours(24 * 31));
        assert!(events(&lines(&app, &address).await).is_empty());
    }

    /// Nothing in any feed says who comes, who leads, or what it is about.
    async fn a_feed_names_nobody_and_nothing_clinical(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        let clinic = Clinic::new(&app).await;
        let admin = &clinic.admin;
        let guest = admin.post("/api/guests", json!({ "display_name": "Jo Featherstone" })).await.expect(201).id();
        let alone = json!({ "session_type": "individual", "patient_id": clinic.patient, "site_id": clinic.site, "title": "Trauma intake",
            "topic": "Nightmares", "service_type": "Exposure therapy", "room_id": clinic.room, "starts_at": "2026-03-10T13:00", "ends_at": "2026-03-10T14:00",
            "leaders": [{ "practitioner_id": clinic.leader.practitioner, "role": "primary" }] });
        admin.post("/api/sessions", alone).await.expect(201);
        let made = of_group(admin, &clinic.group).await;
        let first = format!("/api/sessions/{}", text(&made[0]["id"]));
        admin.post(&format!("{first}/add-patient"), json!({ "guest_id": guest })).await.expect(201);
        admin.patch(&first, json!({ "title": "Rage and shame", "topic": "Triggers at home" })).await.expect(200);
        let path = format!("/api/sessions/{}/cancel", text(&made[1]["id"]));
        admin.post(&path, json!({ "reason": "Whitfield relapsed" })).await.expect(200);

        let mut secrets: BTreeSet<String> = BTreeSet::new();
        for (table, columns) in [
            ("patients", "given_name, family_name, mrn"),
            ("practitioners", "given_name, family_name, credential"),
            ("users", "display_name, email, role"),
            ("guests", "display_name, notes, contact"),
            ("groups", "name, description, type"),
            ("sessions", "title, topic, service_type"),
            ("sessions", "cancellation_reason, session_type, service_kind"),
            ("session_participants", "appointment_number, cancellation_reason, status"),
        ] {
            for row in app.rows(&format!("select {columns} from {table} where organization_id = $1"), &[]).await {
                secrets.extend((0..3).filter_map(|at| row.at::<Option<String>>(at).unwrap()));
            }
        }
        // The organization's code is in every number.
        let code = app.organization.short_code.to_lowercase();
        let words: BTreeSet<String> = secrets.iter().flat_map(|text| text.split([' ', '@', '.', ','])).map(str::to_lowercase).collect();
        let words: BTreeSet<&String> = words.iter().filter(|word| word.len() > 3 && **word != code).collect();
        assert!(words.len() > 20 && words.iter().any(|word| *word == "quillfeather"), "{words:?}");

        let leader = &clinic.leader;
        for (client, body) in [
            (&leader.client, json!({ "practitioner_id": leader.practitioner })),
            (&scene.leader.client, json!({ "practitioner_id": scene.leader.practitioner })),
            (admin, json!({ "site_id": clinic.site })),
            (admin, json!({ "room_id": clinic.room })),
            (admin, json!({ "patient_id": clinic.patient })),
            (admin, json!({ "patient_id": scene.people[0].1 })),
            (admin, json!({ "guest_id": guest })),
        ] {
            let (_, address) = feed(client, body.clone()).await;
            let lines = lines(&app, &address).await;
            assert!(!events(&lines).is_empty(), "{body} shows nothing");
            // Ids and the words of the format itself are no names.
            let said: Vec<String> = lines.iter().filter(|line| !line.starts_with("UID:")).map(|line| line.to_lowercase()).collect();
            for word in &words {
                let found: Vec<_> = said.iter().filter(|line| is_said(line, word)).collect();
                assert!(found.is_empty(), "{body} says {word}: {found:?}");
            }
        }
    }

    /// A session held online says so instead of a room.
    async fn what_is_held_online_has_no_room(app: TestApp) {
        let clinic = Clinic::new(&app).await;
        let made = of_group(&clinic.admin, &clinic.group).await;
        clinic.admin.patch(&format!("/api/sessions/{}", text(&made[0]["id"])), json!({ "modality": "virtual" })).await.expect(200);
        for body in [json!({ "room_id": clinic.room }), json!({ "patient_id": clinic.patient })] {
            let (_, address) = feed(&clinic.admin, body).await;
            let all = events(&lines(&app, &address).await);
            assert!(all.len() == 2 && has(&all[1], "LOCATION:Online"), "{all:?}");
        }
    }
}

/// Whether a word stands by itself in the value of a line.
fn is_said(line: &str, word: &str) -> bool {
    let value = line.split_once(':').map_or("", |(_, value)| value);
    // The words with which the format says whether it takes place.
    !line.starts_with("status:")
        && !line.starts_with("prodid:")
        && value.split(|letter: char| !letter.is_alphanumeric()).any(|one| one == word)
}

/// Two thousand sessions cost as many statements as a few, and each statement uses an index.
#[tokio::test]
async fn a_long_feed_costs_no_more_statements() {
    for engine in [Engine::Sqlite, Engine::Postgres].into_iter().filter(|engine| engine.is_here()) {
        let listening = Statements::listen();
        let app = TestApp::on(engine).await;
        let clinic = Clinic::new(&app).await;
        let leader = json!({ "practitioner_id": clinic.leader.practitioner });
        let own = [
            feed(&clinic.leader.client, leader).await.1,
            feed(&clinic.admin, json!({ "site_id": clinic.site })).await.1,
            feed(&clinic.admin, json!({ "room_id": clinic.room })).await.1,
            feed(&clinic.admin, json!({ "patient_id": clinic.patient })).await.1,
        ];
        let nobody = app.as_nobody();
        let mut costs = Vec::new();
        for round in 0..2 {
            let mut cost = Vec::new();
            for address in &own {
                nobody.get(address).await.expect(200);
                listening.take();
                nobody.get(address).await.expect(200);
                cost.push(listening.take());
            }
            costs.push(cost);
            if round == 0 {
                many(&app, &clinic).await;
            }
        }
        for (few, many) in costs[0].iter().zip(&costs[1]) {
            assert_eq!(few.len(), many.len(), "{few:#?} {many:#?}");
            assert!(few.len() < 20, "{few:#?}");
        }
        for address in &own {
            let all = events(&lines(&app, address).await);
            assert!(all.len() > 2_000, "{}", all.len());
        }
        let mut tx = app.app.db.read(Some(&app.organization.id.to_string())).await.unwrap();
        let asked: BTreeSet<&String> =
            costs.iter().flatten().flatten().filter(|sql| sql.starts_with("select")).collect();
        for sql in asked {
            let flaws = crate::harness::flaws(&mut tx, sql).await;
            assert!(flaws.is_empty(), "{sql}: {flaws:?}");
        }
    }
}

/// Two thousand sessions beside the series, past the API: as it is in a busy practitioner's year.
async fn many(app: &TestApp, clinic: &Clinic) {
    let first = text(&of_group(&clinic.admin, &clinic.group).await[0]["id"]);
    let copies = [
        (
            "sessions",
            "id, session_number",
            "'ses_' || n.n, n.n",
            "session_type, title, group_id, site_id, room_id, zone, local_date, local_start, starts_at, ends_at, breaks, \
             service_kind, modality, max_capacity, status, source, has_conflict, edited_by_hand, is_billed, version, \
             created_at, updated_at",
        ),
        ("session_leaders", "session_id", "'ses_' || n.n", "practitioner_id, role, must_sign, starts_at"),
        (
            "session_participants",
            "id, session_id, appointment_number",
            "'par_' || n.n, 'ses_' || n.n, n.n",
            "starts_at, patient_id, status, source, finance_cleared, consent_verified, excused, version, created_at, \
             updated_at",
        ),
    ];
    for from in (0..2_000).step_by(400) {
        let numbers: Vec<String> = (from..from + 400).map(|number| format!("select '{number:026}' as n")).collect();
        let numbers = numbers.join(" union all ");
        for (table, new, made, same) in copies {
            let key = if table == "sessions" { "id" } else { "session_id" };
            let sql = format!(
                "insert into {table} (organization_id, {new}, {same}) select organization_id, {made}, {same} \
                 from {table} cross join ({numbers}) n where organization_id = $1 and {key} = $2"
            );
            assert_eq!(app.tamper(&sql, &[first.as_str().into()]).await, 400, "{table}");
        }
    }
}
