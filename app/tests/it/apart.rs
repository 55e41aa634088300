//! People who are kept apart: nobody meets whom they must not, and nobody learns why.

mod moving;
mod privacy;
mod records;

use std::collections::BTreeSet;

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, Client, Engine, Statements, TestApp, on_both},
    sessions::{each, group, member, participants, patient, session},
};

async fn guest(client: &Client, name: &str) -> String {
    client.post("/api/guests", json!({ "display_name": name })).await.expect(201).id()
}

/// Keeps two patients apart; the id of the pair.
async fn keep_apart(client: &Client, one: &str, other: &str) -> Answer {
    let new =
        json!({ "patient_id": one, "other_patient_id": other, "kind": "protective_order", "reason": "Ruling 77" });
    client.post("/api/keep-apart", new).await.expect(201)
}

async fn inactivate(client: &Client, patient: &str) {
    client.patch(&format!("/api/patients/{patient}"), json!({ "is_active": false })).await.expect(200);
}

/// The bytes of an answer, but for the number of the request and the names of who is asked about.
fn bytes(answer: &Answer, ids: &[&str]) -> (u16, String) {
    let text = answer.text.replace(answer.json["request_id"].as_str().unwrap_or("-"), "REQUEST");
    (answer.status, ids.iter().fold(text, |text, id| text.replace(id, "WHO")))
}

/// Four people: one who is in places, one kept apart from them, one who is inactive, one whom nothing stops.
struct Four {
    there: String,
    apart: String,
    inactive: String,
    free: String,
}

async fn four(client: &Client) -> Four {
    let [there, apart, inactive, free] = [
        patient(client, "Alder").await,
        patient(client, "Birch").await,
        patient(client, "Cedar").await,
        patient(client, "Dogwood").await,
    ];
    Four { there, apart, inactive, free }
}

impl Four {
    /// The last two stand as they are named.
    async fn settle(&self, client: &Client) {
        keep_apart(client, &self.there, &self.apart).await;
        inactivate(client, &self.inactive).await;
    }

    /// The same call about who is kept apart and about who is inactive is answered alike, and refused.
    async fn alike(&self, what: &str, call: impl AsyncFn(&str) -> Answer) -> Answer {
        let (apart, inactive) = (call(&self.apart).await, call(&self.inactive).await);
        let ids = [&*self.apart, &*self.inactive];
        assert_eq!(bytes(&apart, &ids), bytes(&inactive, &ids), "{what} tells the two apart");
        apart
    }
}

on_both! {
    /// One answer for every reason, in the same order of checks, byte for byte: joining, alone and among others.
    async fn joining_tells_no_reason(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let small = group(&manager, json!({ "max_participants": 2 })).await;
        member(&manager, &small, &people.there).await;
        people.settle(&manager).await;
        let members = format!("/api/groups/{small}/members");
        let alone = async |who: &str| manager.post(&members, json!({ "patient_id": who })).await;
        people.alike("joining", alone).await.expect_code(409, "not_eligible");
        for on_full in ["reject", "waitlist"] {
            let call = async |who: &str| manager.post(&members, json!({ "patient_id": who, "on_full": on_full })).await;
            people.alike("joining on full", call).await.expect_code(409, "not_eligible");
        }
        let batch = async |who: &str| {
            let rows = [json!({ "patient_id": who }), json!({ "patient_id": people.there })];
            manager.post(&format!("{members}/batch"), json!({ "members": rows })).await
        };
        let answer = people.alike("a batch", batch).await.expect(201);
        assert_eq!(answer.data()["errors"][0]["code"], "not_eligible");
        assert_eq!((&answer.data()["created"], &answer.data()["skipped"]), (&json!(0), &json!(1)));

        // Full, closed, archived, without permission: in the same order for both.
        member(&manager, &small, &people.free).await;
        let reject = async |who: &str| manager.post(&members, json!({ "patient_id": who, "on_full": "reject" })).await;
        people.alike("joining a full group", reject).await.expect_code(409, "not_eligible");
        let over = async |who: &str| manager.post(&members, json!({ "patient_id": who, "on_full": "override" })).await;
        people.alike("joining beyond the seats", over).await.expect_code(409, "not_eligible");
        let nurse = app.as_role(Role::Nurse).await;
        let nurses = async |who: &str| nurse.post(&members, json!({ "patient_id": who, "on_full": "override" })).await;
        people.alike("joining beyond one's rights", nurses).await.expect_code(409, "not_eligible");
        let biller = app.as_role(Role::Biller).await;
        let billers = async |who: &str| biller.post(&members, json!({ "patient_id": who })).await;
        people.alike("joining without permission", billers).await.expect_code(403, "forbidden");
        manager.patch(&format!("/api/groups/{small}"), json!({ "enrollment_mode": "closed" })).await.expect(200);
        people.alike("joining a closed group", alone).await.expect_code(409, "enrollment_closed");
        manager.delete(&format!("/api/groups/{small}")).await.expect(200);
        people.alike("joining an archived group", alone).await.expect_code(409, "invalid_transition");
    }

    /// The same in sessions: bookings, walk-ins, make-ups, and places that are taken back.
    async fn booking_tells_no_reason(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        manager.patch("/api/settings", json!({})).await;
        let admin = app.as_role(Role::Admin).await;
        admin.patch("/api/settings", json!({ "finance_gate": false, "consent_gate": false })).await.expect(200);
        let people = four(&manager).await;
        let group = group(&manager, json!({ "max_participants": 12 })).await;
        let today = session(&manager, &group, "2026-03-04T10:30").await;
        let book = async |session: &str, who: &str, source: Value| {
            let body = json!({ "patient_id": who, "source": source });
            manager.post(&format!("/api/sessions/{session}/add-patient"), body).await
        };
        book(&today, &people.there, json!("booked")).await.expect(201);
        // Both had a place once, and gave it back.
        let mut rows = Vec::new();
        for who in [&people.apart, &people.inactive] {
            let row = book(&today, who, json!("booked")).await.expect(201).id();
            let path = format!("/api/sessions/{today}/participants/{row}");
            manager.post(&format!("{path}/cancel"), json!({ "reason": "Called in" })).await.expect(200);
            rows.push(path);
        }
        people.settle(&manager).await;
        let path_of = |who: &str| rows[usize::from(who == people.inactive)].clone();
        let undo = async |who: &str| manager.post(&format!("{}/undo", path_of(who)), json!({})).await;
        people.alike("taking a place back", undo).await.expect_code(409, "not_eligible");
        let patch = async |who: &str| manager.patch(&path_of(who), json!({ "status": "booked" })).await;
        people.alike("a status that is set", patch).await.expect_code(409, "not_eligible");
        for source in [json!("booked"), json!("make_up"), Value::Null] {
            let call = async |who: &str| book(&today, who, source.clone()).await;
            people.alike("booking", call).await.expect_code(409, "not_eligible");
        }
        let other = session(&manager, &group, "2026-03-05T10:30").await;
        book(&other, &people.there, Value::Null).await.expect(201);
        let fresh = async |who: &str| book(&other, who, Value::Null).await;
        people.alike("booking anew", fresh).await.expect_code(409, "not_eligible");
        admin.patch(&format!("/api/sessions/{other}"), json!({ "max_capacity": 2 })).await.expect(200);
        book(&other, &people.free, Value::Null).await.expect(201);
        people.alike("booking into a full session", fresh).await.expect_code(409, "not_eligible");
        let over = async |who: &str| {
            let body = json!({ "patient_id": who, "override_capacity": true });
            manager.post(&format!("/api/sessions/{other}/add-patient"), body).await
        };
        people.alike("booking beyond the seats", over).await.expect_code(409, "not_eligible");
        let biller = app.as_role(Role::Biller).await;
        let billers = async |who: &str| biller.post(&format!("/api/sessions/{other}/add-patient"), json!({ "patient_id": who })).await;
        people.alike("booking without permission", billers).await.expect_code(403, "forbidden");
        // Where the other has no place, nothing stops them.
        let third = session(&manager, &group, "2026-03-06T10:30").await;
        book(&third, &people.apart, Value::Null).await.expect(201);
        admin.post(&format!("/api/sessions/{other}/cancel"), json!({ "reason": "Storm" })).await.expect(200);
        people.alike("booking into a cancelled session", fresh).await.expect_code(409, "invalid_transition");
    }

    /// A walk-in of a running session, and an absence that is taken back while the other has come.
    async fn a_running_session_keeps_them_apart(app: TestApp) {
        let (manager, admin) = (app.as_role(Role::Manager).await, app.as_role(Role::Admin).await);
        let people = four(&manager).await;
        let scene = crate::notes::scene::Scene::new(&app, 1).await;
        let session = &scene.session;
        let walk_in = async |who: &str| {
            admin.post(&format!("/api/sessions/{session}/add-patient"), json!({ "patient_id": who, "source": "walk_in" })).await
        };
        let mut rows = Vec::new();
        for who in [&people.apart, &people.inactive] {
            let row = walk_in(who).await.expect(201).id();
            let path = format!("/api/sessions/{session}/participants/{row}");
            admin.post(&format!("{path}/no-show"), json!({})).await.expect(200);
            rows.push(path);
        }
        people.settle(&manager).await;
        walk_in(&people.there).await.expect(201);
        let undo = async |who: &str| admin.post(&format!("{}/undo", rows[usize::from(who == people.inactive)]), json!({})).await;
        people.alike("an absence taken back", undo).await.expect_code(409, "not_eligible");
        let second = patient(&manager, "Elm").await;
        keep_apart(&manager, &second, &people.there).await;
        walk_in(&second).await.expect_code(409, "not_eligible");
    }

    /// Of a pair in one batch the first is placed; the second is told no more than anybody.
    async fn of_two_in_one_batch_the_first_is_placed(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        people.settle(&manager).await;
        let group = group(&manager, json!({ "max_participants": 12 })).await;
        let rows = [&people.there, &people.free, &people.apart, &people.inactive].map(|id| json!({ "patient_id": id }));
        let batch = manager.post(&format!("/api/groups/{group}/members/batch"), json!({ "members": rows })).await.expect(201);
        let mut errors = batch.data()["errors"].as_array().unwrap().clone();
        assert_eq!(errors.iter_mut().map(|error| error["index"].take()).collect::<Vec<_>>(), [json!(2), json!(3)]);
        assert_eq!(errors[0], errors[1]);
        assert_eq!(batch.data()["created"], 2);
    }

    /// Whoever waits and must not meet a member is passed over as anybody who can't have the seat, and is next once the
    /// member is gone. Of two who wait, one is promoted.
    async fn promotion_passes_over_who_must_not_come(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let line = group(&manager, json!({ "max_participants": 2 })).await;
        let there = member(&manager, &line, &people.there).await;
        let seated = member(&manager, &line, &people.free).await;
        for who in [&people.apart, &people.inactive] {
            member(&manager, &line, who).await;
        }
        let last = patient(&manager, "Elm").await;
        member(&manager, &line, &last).await;
        people.settle(&manager).await;
        let path = |stint: &str| format!("/api/groups/{line}/members/{stint}");
        let removal = manager.delete(&path(&seated)).await.expect(200);
        assert_eq!(each_patient(&removal.data()["promoted"]), [&*last], "who may come overtakes who may not");
        let waiting = manager.get(&format!("/api/groups/{line}/members?status=waitlisted")).await.expect(200);
        assert_eq!(each(&waiting, "skip_reason"), ["not_eligible", "not_eligible"], "one word for both");
        // A newcomer overtakes nobody who could have the seat: there is none such.
        let newcomer = patient(&manager, "Fir").await;
        manager.patch(&format!("/api/groups/{line}"), json!({ "max_participants": 3 })).await.expect(200);
        let stint = manager.post(&format!("/api/groups/{line}/members"), json!({ "patient_id": newcomer })).await.expect(201);
        assert_eq!(stint.data()["status"], "active");
        let removal = manager.delete(&path(&there)).await.expect(200);
        assert_eq!(each_patient(&removal.data()["promoted"]), [&*people.apart]);

        // Two who wait together: the first is promoted, the second stays.
        let pair = group(&manager, json!({ "max_participants": 2 })).await;
        let mut seats = Vec::new();
        for name in ["Gum", "Hazel"] {
            seats.push(member(&manager, &pair, &patient(&manager, name).await).await);
        }
        let (one, other) = (patient(&manager, "Ivy").await, patient(&manager, "Juniper").await);
        member(&manager, &pair, &one).await;
        member(&manager, &pair, &other).await;
        keep_apart(&manager, &one, &other).await;
        let raised = manager.patch(&format!("/api/groups/{pair}"), json!({ "max_participants": 4 })).await.expect(200);
        assert_eq!(raised.data()["seats"]["taken"], 3, "{raised}");
    }

    /// A pair that comes after both are members removes nobody, and says where they meet. Sessions that are made later
    /// have a place for the first of them, and a row without one for the other.
    async fn a_later_pair_removes_nobody(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let group = group(&manager, json!({ "max_participants": 12 })).await;
        member(&manager, &group, &people.there).await;
        let stint = member(&manager, &group, &people.apart).await;
        let before = session(&manager, &group, "2026-03-09T09:00").await;
        session(&manager, &group, "2026-03-02T09:00").await;
        let kept = keep_apart(&manager, &people.there, &people.apart).await;
        let shared = &kept.data()["shared"];
        assert_eq!((&shared["groups"][0]["group_id"], shared["groups"].as_array().unwrap().len()), (&json!(group), 1));
        assert_eq!((&shared["sessions"][0]["session_id"], shared["sessions"].as_array().unwrap().len()), (&json!(before), 1), "the past is over");
        assert_eq!(each(&participants(&manager, &before).await, "status"), ["booked", "booked"], "nobody is removed");
        let after = session(&manager, &group, "2026-03-16T09:00").await;
        let rows = participants(&manager, &after).await;
        assert_eq!(each(&rows, "status"), ["booked", "cancelled"]);
        assert_eq!(rows.items()[1]["cancellation_reason"], "not eligible for this session");
        // The same row, word for word, as for a member who is inactive: it tells nobody of a pair.
        let resting = self::group(&manager, json!({ "max_participants": 12 })).await;
        let asleep = patient(&manager, "Rowan").await;
        member(&manager, &resting, &asleep).await;
        manager.patch(&format!("/api/patients/{asleep}"), json!({ "is_active": false })).await.expect(200);
        let without = session(&manager, &resting, "2026-03-16T11:00").await;
        let alike = |row: &Value| (row["status"].clone(), row["cancellation_reason"].clone());
        assert_eq!(alike(&participants(&manager, &without).await.items()[0]), alike(&rows.items()[1]));
        // Resolved by hand, and ended: then there is nothing left to say.
        manager.delete(&format!("/api/groups/{group}/members/{stint}")).await.expect(200);
        let shown = manager.get(&format!("/api/keep-apart/{}", kept.id())).await.expect(200);
        assert_eq!(shown.data()["shared"], json!({ "groups": [], "sessions": [] }));
        manager.post(&format!("/api/groups/{group}/members"), json!({ "patient_id": people.apart })).await.expect_code(409, "not_eligible");
        manager.delete(&format!("/api/keep-apart/{}", kept.id())).await.expect(200);
        member(&manager, &group, &people.apart).await;
        assert_eq!(each(&participants(&manager, &after).await, "status"), ["booked", "booked"]);
    }

    /// A member who joins has no place in a session where somebody they must not meet was booked by hand; a last day
    /// holds through that day.
    async fn a_place_in_one_session_keeps_a_member_out_of_it(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let group = group(&manager, json!({ "max_participants": 12 })).await;
        let (soon, late) = (session(&manager, &group, "2026-03-09T09:00").await, session(&manager, &group, "2026-03-16T09:00").await);
        let new = json!({ "patient_id": people.there, "other_patient_id": people.apart, "kind": "other", "reason": "Until then", "ends_on": "2026-03-09" });
        manager.post("/api/keep-apart", new).await.expect(201);
        for id in [&soon, &late] {
            manager.post(&format!("/api/sessions/{id}/add-patient"), json!({ "patient_id": people.there })).await.expect(201);
        }
        member(&manager, &group, &people.apart).await;
        assert_eq!(each(&participants(&manager, &soon).await, "status"), ["booked", "cancelled"]);
        assert_eq!(each(&participants(&manager, &late).await, "status"), ["booked", "booked"], "after its last day");
    }

    /// Whoever is added while somebody keeps the two apart is either refused, or is in the answer of the pair.
    async fn a_race_leaves_nobody_unsaid(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let mut outcomes = BTreeSet::new();
        for round in 0..12 {
            let people = [patient(&manager, &format!("One{round}")).await, patient(&manager, &format!("Two{round}")).await];
            let group = group(&manager, json!({ "max_participants": 12 })).await;
            member(&manager, &group, &people[0]).await;
            let coming = session(&manager, &group, "2026-03-09T09:00").await;
            let members = format!("/api/groups/{group}/members");
            let body = json!({ "patient_id": people[1] });
            let pair = async { keep_apart(&manager, &people[0], &people[1]).await };
            let join = async { manager.post(&members, body.clone()).await };
            let book = async { manager.post(&format!("/api/sessions/{coming}/add-patient"), body.clone()).await };
            let (kept, joined, booked) = match round % 2 {
                0 => tokio::join!(pair, join, book),
                _ => { let (joined, booked, kept) = tokio::join!(join, book, pair); (kept, joined, booked) }
            };
            let shared = &kept.data()["shared"];
            let said = shared["groups"].as_array().unwrap().len() == 1;
            assert_eq!(joined.status == 201, said, "round {round}: {joined} {kept}");
            let in_session = shared["sessions"].as_array().unwrap().len() == 1;
            let placed = each(&participants(&manager, &coming).await, "status").iter().filter(|status| **status == "booked").count() == 2;
            assert_eq!(placed, in_session, "round {round}: {booked} {kept}");
            outcomes.insert(said);
        }
        assert!(!outcomes.is_empty());
    }

    /// The pages of who may know; nobody else has the tab or the place.
    async fn pairs_are_kept_on_pages(app: TestApp) {
        let manager = app.as_role(Role::Manager).await;
        let people = four(&manager).await;
        let friend = guest(&manager, "Kim Sponsor").await;
        let browser = app.page_client(Role::Manager).await;
        let home = browser.get(&format!("/patients/{}", people.there)).await;
        home.expect(200).expect_text("/keep-apart");
        let tab = browser.get(&format!("/patients/{}/keep-apart", people.there)).await;
        tab.expect(200).expect_text("Nobody is kept apart here");
        let found = browser.post_form("/keep-apart/new", &[("patient_id", &*people.there), ("q", "Kim")]).await;
        found.expect(200).expect_text(&format!("other_guest_id={friend}"));
        let form = browser.get(&format!("/keep-apart/new?patient_id={}&other_guest_id={friend}", people.there)).await;
        form.expect(200).expect_text("Kim Sponsor");
        let key = form.hidden("idempotency_key");
        let fields = [("idempotency_key", &*key), ("patient_id", &people.there), ("other_guest_id", &friend), ("kind", "staff_conflict"), ("reason", ""), ("ends_on", "")];
        let refused = browser.post_form("/keep-apart", &fields).await;
        refused.expect(422).expect_text("Reason");
        let fields = [("idempotency_key", "k2"), ("patient_id", &*people.there), ("other_guest_id", &friend), ("kind", "staff_conflict"), ("reason", "Sponsor of <staff>"), ("ends_on", "")];
        let done = browser.post_form("/keep-apart", &fields).await;
        let shown = browser.follow(&done).await;
        shown.expect(200).expect_text("Sponsor of &lt;staff&gt;").expect_text("In force");
        browser.get("/keep-apart").await.expect(200).expect_text("Kim Sponsor");
        let (key, version) = (shown.hidden("idempotency_key"), shown.hidden("version"));
        let stale = browser.post_form(&format!("{}/end", done.location()), &[("idempotency_key", "k3"), ("version", "9")]).await;
        assert_eq!(stale.status, 412);
        let ended = browser.post_form(&format!("{}/end", done.location()), &[("idempotency_key", &*key), ("version", &*version)]).await;
        browser.follow(&ended).await.expect(200).expect_text("Ended");
        let nurse = app.page_client(Role::Nurse).await;
        let page = nurse.get(&format!("/patients/{}", people.there)).await;
        assert!(!page.expect(200).html.contains("keep-apart"));
        for path in ["/keep-apart".to_owned(), format!("/patients/{}/keep-apart", people.there), done.location().to_owned()] {
            nurse.get(&path).await.expect(403);
        }
    }
}

fn each_patient(members: &Value) -> Vec<&str> {
    members.as_array().unwrap().iter().map(|member| member["patient_id"].as_str().unwrap()).collect()
}

/// However many are in the group, and however many pairs they are in, asking costs the same.
#[tokio::test]
async fn members_cost_no_statements() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if !engine.is_here() {
            continue;
        }
        let listening = Statements::listen();
        let app = TestApp::on(engine).await;
        let manager = app.as_role(Role::Manager).await;
        let mut costs = Vec::new();
        for size in [2, 12] {
            let group = group(&manager, json!({ "max_participants": 20 })).await;
            let newcomer = patient(&manager, "Newcomer").await;
            for number in 0..size {
                let who = patient(&manager, &format!("Member{number}")).await;
                member(&manager, &group, &who).await;
                keep_apart(&manager, &newcomer, &patient(&manager, &format!("Far{number}")).await).await;
            }
            listening.take();
            manager.post(&format!("/api/groups/{group}/members"), json!({ "patient_id": newcomer })).await.expect(201);
            let run: Vec<String> = listening.take().into_iter().filter(|sql| !sql.contains("api_tokens")).collect();
            costs.push(
                run.iter()
                    .filter(|sql| {
                        sql.contains("keep_apart") || sql.contains("group_members") || sql.contains("patients")
                    })
                    .count(),
            );
        }
        assert_eq!(costs[0], costs[1], "{engine:?}");
    }
}
