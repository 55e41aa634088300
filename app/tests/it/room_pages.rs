//! The room view in a browser without scripts: every tap is a plain form.

use jiff::SignedDuration;
use rules::permissions::Role;
use serde_json::json;

use crate::{
    harness::{Page, PageClient, TestApp, on_both},
    session_pages::{room, therapist},
    sessions::{each, participants, patient},
};

/// The part of a page about one participant.
fn tile(page: &Page, participant: &str) -> String {
    let (_, rest) = page.html.split_once(&format!("id=\"{participant}\"")).unwrap_or_else(|| panic!("no tile: {page}"));
    rest.split_once("</li>").map_or(rest, |(tile, _)| tile).to_owned()
}

fn hidden(part: &str, name: &str) -> String {
    let (_, rest) =
        part.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}: {part}"));
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Taps a button of a tile, as the page sends it: of the form in which the button stands.
async fn tap(
    browser: &PageClient,
    session: &str,
    participant: &str,
    button: (&str, &str),
    more: &[(&str, &str)],
) -> Page {
    let page = browser.get(&format!("/sessions/{session}/room")).await;
    let tile = tile(page.expect(200), participant);
    let marker = format!("name=\"{}\" value=\"{}\"", button.0, button.1);
    let form = tile
        .split("<form")
        .find(|form| form.contains(&marker))
        .unwrap_or_else(|| panic!("{button:?} is not offered: {tile}"));
    let (key, version) = (hidden(form, "idempotency_key"), hidden(form, "version"));
    let mut fields = vec![("from", "room"), ("idempotency_key", &*key), ("version", &*version)];
    fields.push(button);
    fields.extend(more);
    browser.post_form(&format!("/sessions/{session}/participants/{participant}/mark"), &fields).await
}

async fn turn(browser: &PageClient, session: &str, verb: &str) -> Page {
    let page = browser.get(&format!("/sessions/{session}/room")).await;
    let to = format!("/sessions/{session}/{verb}");
    let (_, form) =
        page.expect(200).html.split_once(&format!("action=\"{to}\"")).unwrap_or_else(|| panic!("no {verb}: {page}"));
    let (key, version) = (hidden(form, "idempotency_key"), hidden(form, "version"));
    browser.post_form(&to, &[("from", "room"), ("idempotency_key", &key), ("version", &version)]).await
}

on_both! {
    /// A session that was forgotten on its day is entered from the room, which asks why in its place.
    async fn a_forgotten_session_is_entered_in_the_room(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, _) = room(&admin, 1).await;
        let (browser, _, email) = therapist(&app, &admin).await;
        app.advance(SignedDuration::from_hours(24));
        browser.sign_in(&email).await;
        let here = format!("/sessions/{session}/room");
        browser.get(&here).await.expect(200).expect_text("Why it was not entered on its day.");
        turn(&browser, &session, "start").await.expect(422).expect_text("Please say why");
        let late = [("from", "room"), ("idempotency_key", "late"), ("reason", "The tablet was out of power")];
        let entered = browser.post_form(&format!("/sessions/{session}/start"), &late).await;
        assert_eq!(entered.location(), here);
        browser.follow(&entered).await.expect_text("To mark");
        assert_eq!(admin.get(&format!("/api/sessions/{session}")).await.data()["late_entry_reason"], "The tablet was out of power");
    }

    /// The whole of a session day by plain forms: arrived, begun, attended, away with a reason, late, left, level, all
    /// present and taken back, a walk-in, ended.
    async fn a_session_day_without_scripts(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 6).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let here = format!("/sessions/{session}/room");
        browser.get("/today").await.expect(200);
        browser.get(&format!("/sessions/{session}")).await.expect_text(&format!("href=\"{here}\""));
        let taken = tap(&browser, &session, &people[0], ("mark", "arrived"), &[]).await;
        assert_eq!(taken.location(), here);
        browser.follow(&taken).await.expect_text("Arrived.");
        assert_eq!(turn(&browser, &session, "start").await.location(), here);
        browser.get("/today").await.expect_text(&format!("href=\"{here}\""));
        tap(&browser, &session, &people[0], ("mark", "attended"), &[]).await.expect(303);
        app.advance(SignedDuration::from_mins(12));
        tap(&browser, &session, &people[1], ("mark", "no_show:illness"), &[]).await.expect(303);
        tap(&browser, &session, &people[2], ("mark", "late:10"), &[]).await.expect(303);
        tap(&browser, &session, &people[3], ("mark", "now"), &[]).await.expect(303);
        tap(&browser, &session, &people[0], ("mark", "left_now"), &[]).await.expect(303);
        tap(&browser, &session, &people[0], ("mark", "level:engaged"), &[]).await.expect(303);
        let all = participants(&admin, &session).await;
        let one = |id: &str| all.items().iter().find(|one| one["id"] == id).unwrap().clone();
        assert_eq!((one(&people[1])["status"].clone(), one(&people[1])["no_show_reason"].clone()), (json!("no_show"), json!("illness")));
        assert_eq!((one(&people[2])["status"].clone(), one(&people[2])["late_minutes"].clone()), (json!("attended"), json!(10)));
        assert_eq!(one(&people[3])["late_minutes"], json!(12));
        assert_eq!(one(&people[0])["participation_level"], json!("engaged"));
        assert!(one(&people[0])["departed_at"].is_string());
        tap(&browser, &session, &people[2], ("mark", "on_time"), &[]).await.expect(303);
        tap(&browser, &session, &people[0], ("mark", "stayed"), &[]).await.expect(303);
        tap(&browser, &session, &people[1], ("mark", "undo"), &[]).await.expect(303);

        // Everybody else at once, and that taken back.
        let to = format!("/sessions/{session}/attendance");
        let marked = browser.post_form(&to, &[("from", "room"), ("idempotency_key", "all"), ("rest", "attended")]).await;
        marked.expect(200).expect_text("3 people marked.");
        let undo = marked.hidden("undo");
        assert_eq!(undo.split(' ').count(), 3);
        browser.post_form(&to, &[("from", "room"), ("idempotency_key", "back"), ("undo", &undo)]).await.expect(200).expect_text("3 people marked.");
        assert_eq!(each(&participants(&admin, &session).await, "status").iter().filter(|one| *one == "booked").count(), 3);
        browser.post_form(&to, &[("from", "room"), ("idempotency_key", "rest"), ("rest", "no_show")]).await.expect(200);

        // Somebody who is not on the list, found by a POST.
        let walk_in = patient(&admin, "Walker").await;
        let search = [("from", "room"), ("source", "walk_in"), ("q", "Walker")];
        let found = browser.post_form(&format!("/sessions/{session}/add"), &search).await;
        found.expect(200).expect_text(&walk_in);
        let fields = [("from", "room"), ("patient_id", &*walk_in), ("source", "walk_in"), ("idempotency_key", "walk")];
        let added = browser.post_form(&format!("/sessions/{session}/participants"), &fields).await;
        assert_eq!(added.location(), here);
        let page = browser.follow(&added).await;
        page.expect_text("Walk-in").expect_text("Walker");
        let again = browser.post_form(&format!("/sessions/{session}/participants"), &[&fields[..3], &[("q", "Walker")]].concat()).await;
        let (_, panel) = again.expect(409).html.split_once("id=\"found\"").expect("the search panel");
        assert!(panel.contains("role=\"alert\"") && panel.contains("already in the session") && again.html.contains("value=\"Walker\""), "{again}");
        turn(&browser, &session, "end").await.expect(409).expect_text("not marked yet");
        let all = participants(&admin, &session).await;
        let walker = all.items().iter().find(|one| one["source"] == "walk_in").unwrap()["id"].as_str().unwrap().to_owned();
        tap(&browser, &session, &walker, ("mark", "attended"), &[]).await.expect(303);
        turn(&browser, &session, "end").await.expect(303);
        let ended = browser.get(&here).await;
        ended.expect_text("The session ended at 10:").expect_text("Write the notes").expect_no_text("Next: ");
        // After the end, how early somebody left is a number of minutes.
        tap(&browser, &session, &people[2], ("mark", "early:10"), &[]).await.expect(303);
        browser.get(&here).await.expect_text("To document");
    }

    /// Who leaves and comes back was out in between.
    async fn who_is_back_was_out_in_between(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        let here = format!("/sessions/{session}/room");
        turn(&browser, &session, "start").await.expect(303);
        tap(&browser, &session, &people[0], ("mark", "attended"), &[]).await.expect(303);
        app.advance(SignedDuration::from_mins(9));
        tap(&browser, &session, &people[0], ("mark", "left_now"), &[]).await.expect(303);
        app.advance(SignedDuration::from_mins(5));
        browser.get(&here).await.expect_text("left 10:09");
        tap(&browser, &session, &people[0], ("mark", "back"), &[]).await.expect(303);
        let all = participants(&admin, &session).await;
        let out = json!([{ "from": "2026-03-04T10:09:00-07:00", "until": "2026-03-04T10:14:00-07:00" }]);
        assert_eq!((&all.items()[0]["departed_at"], &all.items()[0]["stepped_out"]), (&json!(null), &out));
        browser.get(&here).await.expect_no_text("left 10:09");
    }

    /// A time that was tapped before the desk checked the person in arrives; one that somebody has set since stays.
    async fn a_belated_time_goes_over_a_check_in_alone(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 1).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        turn(&browser, &session, "start").await.expect(303);
        app.advance(SignedDuration::from_mins(12));
        let one = format!("/api/sessions/{session}/participants/{}", people[0]);
        let version = async || admin.get(&one).await.expect(200).version().to_string();
        let late = async |seen: &str, minutes: &str, key: &str| {
            let to = format!("/sessions/{session}/participants/{}/mark", people[0]);
            let fields = [("from", "room"), ("mark", minutes), ("version", seen), ("idempotency_key", key)];
            browser.post_form(&to, &fields).await
        };
        let seen = version().await;
        admin.post(&format!("{one}/check-in"), json!({})).await.expect(200);
        late(&seen, "late:10", "first").await.expect(303);
        let came = async || admin.get(&one).await.data()["arrival_at"].clone();
        assert_eq!(came().await, "2026-03-04T10:10:00-07:00");
        let seen = version().await;
        admin.patch(&one, json!({ "arrival_at": "2026-03-04T10:07" })).await.expect(200);
        late(&seen, "late:5", "second").await.expect(412).expect_text("Somebody else was faster");
        assert_eq!(came().await, "2026-03-04T10:07:00-07:00");
    }

    /// Who may not does not see it, and a refusal stands by the person it concerns.
    async fn a_refusal_stands_by_the_person(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, people) = room(&admin, 2).await;
        let (browser, _, _) = therapist(&app, &admin).await;
        turn(&browser, &session, "start").await.expect(303);
        let to = format!("/sessions/{session}/participants/{}/mark", people[0]);
        let page = browser.get(&format!("/sessions/{session}/room")).await;
        let version = hidden(&tile(&page, &people[0]), "version");
        let attended = [("from", "room"), ("mark", "attended"), ("version", &*version)];
        browser.post_form(&to, &attended).await.expect(303);
        // The same once more has nothing to do; the contrary is told who was faster, and with what.
        browser.post_form(&to, &attended).await.expect(303);
        let away = [("from", "room"), ("mark", "no_show:illness"), ("version", &*version)];
        let told = browser.post_form(&to, &away).await;
        let tile_told = tile(told.expect(412), &people[0]);
        assert!(tile_told.contains("Somebody else was faster. Robin therapist") && tile_told.contains(" marked Attended at 10:00."), "{tile_told}");
        assert!(!tile(&told, &people[1]).contains("data-refused"));
        for wrong in ["0", "-3", "721", "ten", "", "99999999999999999999"] {
            let late = [("from", "room"), ("mark", "late"), ("minutes", wrong)];
            browser.post_form(&to, &late).await.expect(422).expect_text("Minutes must be a whole number");
        }
        let ahead = [("from", "room"), ("mark", "late"), ("minutes", "30")];
        browser.post_form(&to, &ahead).await.expect(422).expect_text("not in the future");
        browser.post_form(&to, &[("from", "room"), ("mark", "dance")]).await.expect(400);
        let many = format!("/sessions/{session}/attendance");
        browser.post_form(&many, &[("from", "room"), ("undo", "par_1=booked x")]).await.expect(422);

        // A closed gate is passed by who may, with a reason.
        admin.patch("/api/settings", json!({ "finance_gate": true })).await.expect(200);
        let to = format!("/sessions/{session}/participants/{}/mark", people[1]);
        let anyway = [("from", "room"), ("mark", "attended"), ("override_gates", "true"), ("reason", "Paid in cash")];
        assert!(!browser.get(&format!("/sessions/{session}/room")).await.html.contains("anyway"), "a therapist passes no gate");
        browser.post_form(&to, &anyway).await.expect(403).expect_text("participant.gate_override");
        let manager = app.page_client(Role::Manager).await;
        manager.get(&format!("/sessions/{session}/room")).await.expect_text("Mark attended anyway").expect_text("Finance not cleared");
        manager.post_form(&to, &anyway).await.expect(303);

        let path = format!("/sessions/{session}/room");
        app.page_client(Role::Auditor).await.get(&path).await.expect(403);
        let biller = app.page_client(Role::Biller).await.get(&path).await;
        assert!(!tile(biller.expect(200), &people[0]).contains("value=\"attended\""), "who only looks has no taps");
        let other = app.other_organization().await;
        let stranger = other.page_client(Role::Admin).await;
        stranger.get(&path).await.expect(404);
        stranger.get(&format!("{path}/live")).await.expect(404);
        app.page_client(Role::Auditor).await.get(&format!("{path}/live")).await.expect(403);
    }

    /// Long after the planned end nobody's minutes go on unasked: the page and the room ask when it ended, also whoever
    /// opened the page before. What comes next is said.
    async fn a_late_end_is_asked_for(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let (session, _) = room(&admin, 1).await;
        let (browser, robin, email) = therapist(&app, &admin).await;
        let (here, page) = (format!("/sessions/{session}/room"), format!("/sessions/{session}"));
        turn(&browser, &session, "start").await.expect(303);
        let lead = json!({ "change": "hand_over", "practitioner_id": robin });
        let later = json!({ "session_type": "individual", "patient_id": patient(&admin, "Later").await, "title": "After it",
            "starts_at": "2026-03-04T15:00", "ends_at": "2026-03-04T15:50" });
        let later = admin.post("/api/sessions", later).await.expect(201).id();
        admin.post(&format!("/api/sessions/{later}/leaders"), lead).await.expect(200);
        browser.post_form(&format!("/sessions/{session}/attendance"), &[("from", "room"), ("rest", "attended")]).await;
        // 11:30 is the planned end: until ten minutes after it, ending is one tap.
        app.advance(SignedDuration::from_mins(100));
        browser.sign_in(&email).await;
        for path in [&here, &page] {
            browser.get(path).await.expect_text("End session</").expect_no_text("It was to end at");
        }
        app.advance(SignedDuration::from_mins(1));
        for path in [&here, &page] {
            let asks = browser.get(path).await;
            asks.expect_text("End session…").expect_text("It was to end at 11:30").expect_text("value=\"2026-03-04T11:30\"");
        }
        turn(&browser, &session, "end").await.expect(422).expect_text("Say when it really ended");
        browser.post_form(&format!("{page}/end"), &[]).await.expect(422).expect_text("Say when it really ended");
        for wrong in ["2026-03-04T09:00", "2026-03-04T23:00", "yesterday", "0001-01-01T00:00"] {
            let fields = [("from", "room"), ("actual_end", wrong)];
            browser.post_form(&format!("{page}/end"), &fields).await.expect(422);
        }
        let ended = [("from", "room"), ("actual_end", "2026-03-04T11:30")];
        browser.post_form(&format!("{page}/end"), &ended).await.expect(303);
        let attended = participants(&admin, &session).await;
        assert_eq!(attended.items()[0]["minutes_attended"], 90, "up to the planned end");
        let told = browser.get(&here).await;
        told.expect_text("The session ended at 11:30.").expect_text("Next: After it, 15:00");
        told.expect_text(&format!("href=\"/sessions/{later}/room\""));
        // Who does not write notes is not sent to them.
        let desk = app.page_client(Role::Receptionist).await;
        desk.get(&here).await.expect_text("The session ended at 11:30.").expect_no_text("Write the notes");
    }
}
