//! A session's roster, followed live: what is told, to whom, how often, and when it ends.

use app::live::STREAMS_MAX;
use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{Client, Stream, TestApp, in_time, on_both},
    session_pages::room,
    sessions::{practitioner, session},
};

/// The stream of a session, past its first event.
async fn opened(client: &Client, session: &str) -> Stream {
    let mut stream = client.follow(&format!("/api/sessions/{session}/live")).await;
    assert_eq!(stream.next().await.unwrap().name, "roster");
    stream
}

/// Takes a step with a participant.
async fn step(client: &Client, session: &str, participant: &str, verb: &str) {
    client.post(&format!("/api/sessions/{session}/participants/{participant}/{verb}"), json!({})).await.expect(200);
}

/// Gives the session a leader, and starts it.
async fn begin(admin: &Client, session: &str) {
    let leader = practitioner(admin, "Vale").await;
    let lead = json!({ "change": "hand_over", "practitioner_id": leader });
    admin.post(&format!("/api/sessions/{session}/leaders"), lead).await.expect(200);
    admin.post(&format!("/api/sessions/{session}/start"), json!({})).await.expect(200);
}

/// How often the roster was recorded as read.
async fn readings(app: &TestApp) -> usize {
    app.audited().await.iter().filter(|(action, _)| action == "participants.read").count()
}

on_both! {
    /// First everything; then each change of a participant or of the session, as it stands then, and nothing else.
    async fn every_change_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 3).await;
        let mut stream = admin.follow(&format!("/api/sessions/{session}/live")).await;
        let first = stream.next().await.unwrap();
        assert_eq!((first.name.as_str(), first.id.is_empty()), ("roster", false));
        assert_eq!(first.data["session"]["id"], json!(session));
        assert_eq!(first.data["participants"].as_array().unwrap().len(), 3);
        assert_eq!(first.data["viewers"].as_array().unwrap().len(), 1, "oneself");

        step(&admin, &session, &people[1], "check-in").await;
        let told = stream.next().await.unwrap();
        assert_eq!((told.name.as_str(), &told.data["id"], &told.data["status"]), ("participant", &json!(people[1]), &json!("arrived")));
        let known = admin.get(&format!("/api/sessions/{session}/participants")).await;
        let known = known.items().iter().find(|one| one["id"] == people[1].as_str());
        assert_eq!(Some(&told.data), known, "as the API shows them");

        let path = format!("/api/sessions/{session}/participants/{}", people[1]);
        admin.patch(&path, json!({ "finance_cleared": true })).await.expect(200);
        assert_eq!(stream.next().await.unwrap().data["finance_cleared"], json!(true));
        begin(&admin, &session).await;
        while stream.until("session").await.data["status"] != "in_progress" {}
        step(&admin, &session, &people[1], "attend").await;
        admin.patch(&path, json!({ "participation_level": "engaged" })).await.expect(200);
        while stream.until("participant").await.data["participation_level"] != "engaged" {}
        admin.post(&format!("/api/sessions/{session}/attendance"), json!({ "rest": "no_show" })).await.expect(200);
        let told = [stream.until("participant").await, stream.until("participant").await];
        assert!(told.iter().all(|one| one.data["status"] == "no_show"));
        assert_ne!(told[0].data["id"], told[1].data["id"]);
    }

    /// A name that changes is told as well: whatever the roster shows differently is a change.
    async fn a_new_name_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 2).await;
        let mut stream = opened(&admin, &session).await;
        let person = admin.get(&format!("/api/sessions/{session}/participants/{}", people[0])).await;
        let patient = person.data()["patient_id"].as_str().unwrap();
        admin.patch(&format!("/api/patients/{patient}"), json!({ "preferred_name": "Zed" })).await.expect(200);
        let told = stream.next().await.unwrap();
        assert_eq!(told.data["id"], json!(people[0]));
        assert!(told.data["name"].as_str().unwrap().contains("Zed"), "{told:?}");
    }

    /// Who comes back with the id of the last event is told what differs from it: nothing is lost, nothing comes twice.
    async fn a_stream_goes_on_where_it_broke_off(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 4).await;
        let path = format!("/api/sessions/{session}/live");
        let mut stream = admin.follow(&path).await;
        stream.next().await.unwrap();
        step(&admin, &session, &people[0], "check-in").await;
        let last = stream.next().await.unwrap();
        drop(stream);
        step(&admin, &session, &people[1], "check-in").await;
        step(&admin, &session, &people[2], "confirm").await;
        step(&admin, &session, &people[2], "undo").await;

        let mut stream = admin.with_header("last-event-id", &last.id).follow(&path).await;
        let mut told = Vec::new();
        for _ in 0..2 {
            let event = stream.next().await.unwrap();
            told.push((event.data["id"].clone(), event.data["status"].clone(), event.id));
        }
        told.sort_by_key(|(_, status, _)| status.to_string());
        assert_eq!((&told[0].0, &told[0].1), (&json!(people[1]), &json!("arrived")));
        // Confirmed and not: another version, so it is told how they stand.
        assert_eq!((&told[1].0, &told[1].1), (&json!(people[2]), &json!("booked")));
        step(&admin, &session, &people[3], "check-in").await;
        let next = stream.next().await.unwrap();
        assert_eq!((&next.data["id"], next.name.as_str()), (&json!(people[3]), "participant"), "and nothing twice");

        // Of the two changes only one had come when the stream broke off: the other is told now.
        drop(stream);
        step(&admin, &session, &people[0], "undo").await;
        step(&admin, &session, &people[1], "undo").await;
        let mut stream = admin.with_header("last-event-id", &next.id).follow(&path).await;
        let (first, id) = { let one = stream.next().await.unwrap(); (one.data["id"].clone(), one.id) };
        drop(stream);
        let mut stream = admin.with_header("last-event-id", &id).follow(&path).await;
        let second = stream.next().await.unwrap();
        assert_eq!(second.name, "participant");
        assert_ne!(second.data["id"], first);
        // What is no id of ours is no reason to know less.
        let mut stream = admin.with_header("last-event-id", "evt_1; drop").follow(&path).await;
        assert_eq!(stream.next().await.unwrap().name, "roster");
    }

    /// What happens in another session, or in another organization, is nobody's business here.
    async fn nothing_else_is_told(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (here, people) = room(&admin, 2).await;
        let group = admin.get(&format!("/api/sessions/{here}")).await.data()["group_id"].as_str().unwrap().to_owned();
        let there = session(&admin, &group, "2026-03-04T14:00").await;
        let others = admin.get(&format!("/api/sessions/{there}/participants")).await;
        let other = others.items()[0]["id"].as_str().unwrap().to_owned();
        let mut stream = opened(&admin, &here).await;
        step(&admin, &there, &other, "confirm").await;
        step(&admin, &here, &people[0], "confirm").await;
        assert_eq!(stream.next().await.unwrap().data["id"], json!(people[0]));

        let path = format!("/api/sessions/{here}/live");
        app.as_role(Role::Auditor).await.get(&path).await.expect_code(403, "forbidden");
        app.as_nobody().get(&path).await.expect_code(401, "unauthenticated");
        let foreign = app.other_organization().await;
        foreign.as_role(Role::Admin).await.get(&path).await.expect_code(404, "not_found");
        app.as_role(Role::Biller).await.get(&path).await.expect(200);
    }

    /// Whose token is revoked, or who may no longer look, is told so and sees nothing more.
    async fn a_stream_ends_with_the_right_to_it(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let user = app.add_user(Role::Nurse, &[]).await;
        let nurse = app.as_user(&user, None).await;
        let mut stream = opened(&nurse, &session).await;
        admin.patch(&format!("/api/users/{}", user.id), json!({ "is_active": false })).await.expect(200);
        step(&admin, &session, &people[0], "confirm").await;
        let gone = stream.next().await.unwrap();
        assert_eq!((gone.name.as_str(), &gone.data["code"]), ("gone", &json!("unauthenticated")));
        assert!(stream.next().await.is_none(), "nothing comes after it");

        // A role of the organization's own that no longer lets one look.
        let role = json!({ "name": "Looks on", "role": "nurse", "permissions": ["group.encounter.read"] });
        let role = admin.post("/api/roles", role).await.expect(201).id();
        let new = json!({ "email": "looks.on@example.org", "display_name": "Looks On", "role": role, "password": "a quiet river at dawn" });
        let user = admin.post("/api/users", new).await.expect(201).id();
        let made = app::identity::actions::make_token_for(&app.cx(), rules::id::UserId::parse(&user).unwrap(), "s", None, 9).await;
        let looks_on = nurse.with_token(&made.ok().unwrap().token);
        let mut stream = opened(&looks_on, &session).await;
        admin.patch(&format!("/api/roles/{role}"), json!({ "permissions": ["group.read"] })).await.expect(200);
        let gone = stream.until("gone").await;
        assert!(["forbidden", "unauthenticated"].contains(&gone.data["code"].as_str().unwrap()), "{gone:?}");
        assert!(stream.next().await.is_none());
    }

    /// Two servers on one database: a tap through one is told by the other, which also says who looks on where, and
    /// what is revoked through one ends what is open on the other.
    async fn two_servers_tell_of_each_other(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 2).await;
        let (second, base) = app.second_server().await;
        let far = app.as_role(Role::Manager).await.at(&base);
        let mut here = opened(&admin, &session).await;
        let mut there = opened(&far, &session).await;
        let viewers = here.until("viewers").await;
        assert_eq!(viewers.data.as_array().unwrap().len(), 2, "{viewers:?}");

        step(&far, &session, &people[0], "check-in").await;
        let told = here.until("participant").await;
        assert_eq!((&told.data["id"], &told.data["status"]), (&json!(people[0]), &json!("arrived")));
        assert_eq!(there.until("participant").await.data, told.data);
        step(&admin, &session, &people[1], "check-in").await;
        let told = there.until("participant").await;
        assert_eq!(told.data["id"], json!(people[1]));
        // An id is good at every server.
        let mut again = admin.at(&base).with_header("last-event-id", &told.id).follow(&format!("/api/sessions/{session}/live")).await;
        begin(&admin, &session).await;
        while again.until("session").await.data["status"] != "in_progress" {}

        admin.patch(&format!("/api/users/{}", far.user), json!({ "is_active": false })).await.expect(200);
        // The other server knows who it has seen for a second, by its clock.
        second.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(there.until("gone").await.data["code"], "unauthenticated");
        drop(again);
        in_time("the other to be gone", async {
            while here.until("viewers").await.data.as_array().unwrap().len() > 1 {}
        })
        .await;
    }

    /// Opening is recorded as a reading, once; what is told after it is not. It is no use of the credential either.
    async fn opening_is_one_reading_and_no_use(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 3).await;
        let before = readings(&app).await;
        app.advance(SignedDuration::from_mins(5));
        let nurse = app.as_role(Role::Nurse).await;
        app.advance(SignedDuration::from_mins(5));
        let used = async || {
            let rows = app.rows("select last_used_at from credentials where organization = $1 and user_id = $2", &[(&nurse.user).into()]).await;
            rows[0].at::<jiff::Timestamp>(0).unwrap()
        };
        let first = used().await;
        let mut stream = opened(&nurse, &session).await;
        for person in &people {
            step(&admin, &session, person, "confirm").await;
            stream.until("participant").await;
        }
        assert_eq!(readings(&app).await, before + 1);
        assert_eq!(used().await, first, "a stream that is open keeps nobody signed in");
        nurse.get("/api/me").await.expect(200);
        assert!(used().await > first, "while a request does");
    }

    /// A user has so many streams and no more; one that is closed makes room. None outlives the program, and none is
    /// held back by what makes other answers small.
    async fn streams_are_bounded_and_end(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let path = format!("/api/sessions/{session}/live");
        let mut open = Vec::new();
        for _ in 0..STREAMS_MAX {
            open.push(opened(&admin, &session).await);
        }
        let answer = admin.get(&path).await;
        assert_eq!(answer.clone().expect_code(429, "too_many_streams").header("retry-after"), "5");
        let other = app.as_role(Role::Admin).await;
        other.get(&path).await.expect(200);
        drop(open.pop());
        in_time("a free place", async { while admin.get(&path).await.status == 429 {} }).await;

        let mut stream = other.with_header("accept-encoding", "gzip").follow(&path).await;
        assert!(stream.headers.get("content-encoding").is_none());
        assert_eq!(stream.headers["cache-control"], "no-store");
        assert_eq!(stream.headers["x-accel-buffering"], "no");
        stream.until("roster").await;
        step(&admin, &session, &people[0], "confirm").await;
        stream.until("participant").await;
        app.app.live.close();
        while let Some(event) = stream.next().await {
            assert_ne!(event.name, "gone", "nobody was sent away: {event:?}");
        }
        for mut stream in open {
            while stream.next().await.is_some() {}
        }
        let nothing: Option<Value> = other.follow(&path).await.next().await.map(|event| event.data);
        assert!(nothing.is_none_or(|roster| roster["session"].is_object()), "at most what was there");
    }
}
