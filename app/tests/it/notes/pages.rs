//! Notes, charts and the audit log on pages, without any script.

use reqwest::Method;
use rules::permissions::{Flag, Role};
use serde_json::json;

use super::scene::{Scene, own_fields, own_text, someone, text};
use crate::harness::{PASSWORD, PageClient, TestApp, on_both};

async fn browser_of(app: &TestApp, email: &str) -> PageClient {
    let browser = app.browser();
    browser.sign_in(email).await;
    browser
}

on_both! {
    /// Everything is begun, written, saved and signed on one screen.
    async fn a_session_is_documented_on_one_screen(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.all_attend().await;
        scene.end().await;
        let browser = browser_of(&app, &scene.leader.email).await;
        let path = format!("/sessions/{}/notes", scene.session);
        let page = browser.get(&path).await;
        page.expect(200).expect_text("Still missing").expect_text("Maria Okafor").expect_text("Write the group note.");
        let key = page.hidden("idempotency_key");
        let begun = browser.post_form(&format!("{path}/begin"), &[("idempotency_key", &key)]).await;
        browser.follow(&begun).await.expect_text("3 notes begun.").expect_text("Response of the group");
        let notes = scene.leader.client.get(&format!("/api/encounters/{}/notes", scene.encounter)).await;
        for (place, note) in notes.items().iter().enumerate() {
            let id = note["id"].as_str().unwrap();
            let fields = match place {
                0 => vec![("fields.topic", "Triggers"), ("fields.interventions", "Role play"), ("fields.group_response", "Open.")],
                _ => vec![
                    ("fields.participation", "Engaged"), ("fields.response", "Spoke up."), ("fields.goal_progress[0].goal", "Goal 2."),
                    ("fields.risk", "None observed"), ("fields.next_steps", "Keep the diary."),
                ],
            };
            let text = own_text(place);
            let form: Vec<(&str, &str)> = [("version", "1"), ("content", text.as_str())].into_iter().chain(fields).collect();
            let saved = browser.post_form(&format!("/notes/{id}/save"), &form).await;
            assert_eq!(saved.expect(303).location(), format!("{path}#n-{id}"));
        }
        let wrong = browser.post_form(&format!("{path}/sign"), &[("password", "wrong")]).await;
        assert!([403, 422].contains(&wrong.status), "{wrong}");
        wrong.expect_text("password");
        let signed = browser.post_form(&format!("{path}/sign"), &[("password", PASSWORD)]).await;
        browser.follow(&signed).await.expect_text("3 notes signed.")
            .expect_text("This session is completed").expect_text("in the charts of 2 patients").expect_text("/documentation");
        assert_eq!(scene.status().await, "completed");
    }

    /// Who signs while somebody is not marked is told whom, by name; after the last signature, what became of the session.
    async fn who_is_not_marked_is_named(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.mark(0, "attended").await;
        let note = scene.ready(&scene.leader.client, Some(0)).await;
        let browser = browser_of(&app, &scene.leader.email).await;
        let password = [("password", PASSWORD)];
        for path in [format!("/sessions/{}/notes/sign", scene.session), format!("/notes/{note}/sign")] {
            let refused = browser.post_form(&path, &password).await;
            refused.expect(409).expect_text("Maria Okafor is not marked yet.").expect_no_text("Par 0");
        }
        scene.mark(1, "no_show").await;
        scene.end().await;
        browser.follow(&browser.post_form(&format!("/notes/{note}/sign"), &password).await).await.expect_text("Signed.");
        let group = scene.ready(&scene.leader.client, None).await;
        let last = browser.post_form(&format!("/notes/{group}/sign"), &password).await;
        browser.follow(&last).await.expect_text("That was the last: the session is completed");
    }

    /// The page of eight and of twelve people stays light while all are written about; a row holds the quick fields of its
    /// note and saves those alone, and its note opens in place by a plain link, in the order of the room.
    async fn a_row_opens_to_the_whole_note(app: TestApp) {
        let scene = Scene::new(&app, 12).await;
        scene.all_attend().await;
        let browser = browser_of(&app, &scene.leader.email).await;
        let path = format!("/sessions/{}/notes", scene.session);
        let begun = browser.get(&path).await;
        assert!(begun.expect(200).html.len() < 60_000, "{} bytes before anything is begun", begun.html.len());
        let begun = browser.post_form(&format!("{path}/begin"), &[]).await;
        let first = begun.expect(303).location().to_owned();
        assert!(first.starts_with(&format!("{path}#f-")) && first.ends_with("-fields-topic"), "{first}");
        let page = browser.get(&path).await;
        assert!(page.expect(200).html.len() < 60_000, "{} bytes for twelve drafts", page.html.len());
        let notes = scene.leader.client.get(&format!("/api/encounters/{}/notes?limit=200", scene.encounter)).await;
        let notes: Vec<String> = notes.items().iter().skip(1).map(|note| text(&note["id"])).collect();
        let order: Vec<usize> = ["Haddad", "Ibarra", "Kowalski", "Santos", "Yamada"].iter()
            .map(|family| page.html.find(&format!("<h2>Maria {family}</h2>")).unwrap()).collect();
        assert!(order.is_sorted(), "as in the room: {order:?}");
        assert!(!page.html.contains("fields.next_steps"), "the rest is not sent");
        for id in &notes {
            page.expect_text(&format!("href=\"?open={id}#r-{id}\""));
            let text = own_text(1);
            let form = [("version", "1"), ("content", text.as_str()), ("fields.next_steps", "Keep the diary.")];
            browser.post_form(&format!("/notes/{id}/save"), &form).await.expect(303);
            let row = [("version", "2"), ("part", "row"), ("fields.response", "Spoke up."), ("fields.risk", "None observed")];
            browser.post_form(&format!("/notes/{id}/save"), &row).await.expect(303);
            let stored = scene.leader.client.get(&format!("/api/notes/{id}")).await.expect(200);
            let kept = json!({ "response": "Spoke up.", "risk": "None observed", "next_steps": "Keep the diary." });
            assert_eq!((&stored.data()["content"], &stored.data()["fields"]), (&json!(text), &kept), "what a row does not hold stays");
        }
        let page = browser.get(&path).await;
        assert!(page.html.len() < 60_000, "{} bytes for twelve", page.html.len());
        let open = browser.get(&format!("{path}?open={}", notes[4])).await;
        assert_eq!(open.expect(200).html.matches("name=\"fields.next_steps\"").count(), 1, "one is open");
        assert!(open.html.contains("Keep the diary.") && open.html.len() < 60_000, "{} bytes", open.html.len());
        let late = [("version", "2"), ("part", "row"), ("fields.response", "Spoke up."), ("fields.risk", "Not assessed")];
        let late = browser.post_form(&format!("/notes/{}/save", notes[0]), &late).await;
        late.expect(412).expect_text("<option selected>Not assessed").expect_text("Keep the diary.");
    }

    /// A name is marked where it stands, and waived with a reason on the way to the signature.
    async fn a_name_is_marked_where_it_stands(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.all_attend().await;
        let written = json!({ "content": "Maria Okafor <b>helped</b> her.", "fields": own_fields() });
        let note = scene.begin(&scene.leader.client, Some(0), written).await.expect(201).id();
        let browser = browser_of(&app, &scene.leader.email).await;
        let path = format!("/notes/{note}");
        let page = browser.get(&path).await;
        page.expect(200).expect_text("<mark>Maria Okafor</mark> &lt;b&gt;helped").expect_text("Why it must stay");
        let key = page.hidden("key.0");
        let sign = format!("{path}/sign");
        let refused = browser.post_form(&sign, &[("version", "1"), ("password", PASSWORD), ("key.0", &key), ("reason.0", "")]).await;
        refused.expect(422).expect_text("full name of another participant");
        let stale = browser.post_form(&sign, &[("version", "9"), ("password", PASSWORD), ("key.0", &key), ("reason.0", "Agreed.")]).await;
        stale.expect(412);
        let signed = browser.post_form(&sign, &[("version", "1"), ("password", PASSWORD), ("key.0", &key), ("reason.0", "Agreed.")]).await;
        let page = browser.follow(&signed).await;
        page.expect_text("Robin Whitfield, LCSW").expect_text("Waived findings").expect_text("Agreed.").expect_text("SHA-256");
        let added = browser.post_form(&format!("{path}/annotate"), &[("content", "Page 5."), ("password", PASSWORD)]).await;
        browser.follow(&added).await.expect_text("Page 5.");
    }

    /// A save that came too late shows both texts; a save by itself says so in a line and gives the next version.
    async fn a_late_save_shows_both_texts(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let me = &scene.leader.client;
        let note = scene.begin(me, Some(0), json!({ "content": "First words" })).await.expect(201).id();
        let path = format!("/notes/{note}/save");
        let by_itself = me.with_header("x-live-autosave", 1).with_header("accept", "text/html");
        let send = async |version: &str, content: &str| {
            let body = format!("version={version}&content={content}&fields.risk=");
            by_itself.raw(Method::POST, &path, "application/x-www-form-urlencoded", body).await
        };
        let saved = send("1", "Second+words").await.expect(200);
        assert!(saved.header("x-live-status").starts_with("Saved 10:00"), "{saved}");
        assert!(saved.text.contains("name=\"version\" value=\"2\""), "{saved}");
        let late = send("1", "Third+words").await.expect(412);
        assert!(late.header("x-live-status").contains("Yours are still here"), "{late}");
        let body = "version=1&content=First+words&fields.risk=&fields.response=Listened".to_owned();
        let beside = by_itself.raw(Method::POST, &path, "application/x-www-form-urlencoded", body).await.expect(200);
        assert!(beside.header("x-live-status").contains("with what somebody else wrote"), "{beside}");
        assert_eq!(beside.header("x-live-merged"), "1");
        assert!(beside.text.contains("Second words") && beside.text.contains("Listened"), "both are in the form: {beside}");
        let browser = browser_of(&app, &scene.leader.email).await;
        let late = browser.post_form(&path, &[("version", "1"), ("content", "Third words")]).await;
        late.expect(412).expect_text("Your words are still here").expect_text("Third words").expect_text("Second words");
        assert_eq!(late.hidden("version"), "3", "the next save is on top of what is stored");
        assert_eq!(late.html.matches("Listened").count(), 2, "what others wrote elsewhere is in the form as well: {late}");
        let fault = [("version", "1"), ("content", "First words"), ("fields.risk", "Perhaps")];
        let fault = browser.post_form(&path, &fault).await;
        fault.expect(422);
        assert_eq!(fault.hidden("version"), "1", "put right, it is merged with what is stored");
        let wrong = browser.post_form(&path, &[("version", "3"), ("content", "x"), ("fields.risk", "Perhaps")]).await;
        wrong.expect(422).expect_text("must be one of");
    }

    /// A reviewer countersigns or returns on the page of a note.
    async fn a_reviewer_works_on_pages(app: TestApp) {
        let scene = Scene::with(&app, 1, &[Flag::RequiresReview]).await;
        scene.all_attend().await;
        scene.end().await;
        let notes = scene.document([0]).await;
        let reviewer = someone(&app, &scene.admin, "Castellanos", Role::Doctor, &[Flag::CanReview]).await;
        let browser = browser_of(&app, &reviewer.email).await;
        browser.get(&format!("/sessions/{}/notes", scene.session)).await.expect(200).expect_text("waits for your review");
        let path = format!("/notes/{}", notes[1]);
        browser.get(&path).await.expect(200).expect_text("Countersign").expect_text("Return these as well");
        let back = [("comment", "Say more."), ("password", PASSWORD), ("note_ids", notes[0].as_str())];
        let back = browser.post_form(&format!("{path}/return"), &back).await;
        browser.follow(&back).await.expect_text("Returned to the leaders");
        let leader = browser_of(&app, &scene.leader.email).await;
        leader.get(&format!("/sessions/{}/notes", scene.session)).await.expect_text("Returned by Robin").expect_text("Say more.");
        for note in &notes {
            scene.sign(&scene.leader.client, note).await.expect(200);
        }
        let done = browser.post_form(&format!("{path}/review"), &[("password", PASSWORD)]).await;
        browser.follow(&done).await.expect_text("The session is completed.");
        assert_eq!(scene.status().await, "completed");
    }

    /// The chart on a patient's page, with counts once the setting is on, and each entry on its own.
    async fn a_chart_is_read_on_pages(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.mark(0, "attended").await;
        scene.mark(1, "no_show").await;
        scene.end().await;
        scene.document([0]).await;
        let browser = browser_of(&app, &scene.leader.email).await;
        let path = format!("/patients/{}/chart", scene.people[0].1);
        let page = browser.get(&path).await;
        page.expect(200).expect_text("Group Sessions").expect_text("Coping skills").expect_text("Present").expect_text("60 minutes");
        assert!(!page.html.contains("0 absent"), "counts are off: {page}");
        scene.admin.patch("/api/settings", json!({ "show_group_attendance_in_chart": true })).await.expect(200);
        browser.get(&path).await.expect_text("0 absent");
        browser.get(&format!("{path}?kind=absence")).await.expect_text("Nothing in the chart fits these filters");
        let entry = scene.leader.client.get(&format!("/api/patients/{}/chart", scene.people[0].1)).await;
        let path_of_entry = format!("/chart-entries/{}", entry.items()[0]["id"].as_str().unwrap());
        let entry = browser.get(&path_of_entry).await;
        entry.expect(200).expect_text("We looked at what sets us off.").expect_text("Robin Whitfield, LCSW").expect_text("9:00");
        // The number of the session leads to it, for who may see sessions.
        let session = scene.admin.get(&format!("/api/sessions/{}", scene.session)).await.expect(200);
        let number = text(&session.data()["session_number"]);
        let link = format!("<a href=\"/sessions/{}\">{number}</a>", scene.session);
        entry.expect_text(&link);
        browser.get(&format!("/sessions/{}", scene.session)).await.expect(200).expect_text(&number);
        let only_charts = json!({ "name": "Reads charts", "role": "auditor", "permissions": ["patient.read", "chart.read"] });
        let only_charts = scene.admin.post("/api/roles", only_charts).await.expect(201).id();
        let reader = app.add_user(Role::Auditor, &[]).await;
        scene.admin.patch(&format!("/api/users/{}", reader.id), json!({ "role": only_charts })).await.expect(200);
        let without = browser_of(&app, reader.email.as_ref()).await.get(&path_of_entry).await;
        assert!(without.expect(200).html.contains(&number) && !without.html.contains(&link), "{without}");
        browser.get(&format!("/patients/{}/chart", scene.people[1].1)).await.expect_text("Absent");
        app.tamper("update chart_entries set body = replace(body, 'sets us off', 'sets us on') where organization_id = $1", &[]).await;
        browser.get(&path).await.expect_text("Changed since it was kept");
        let manager = app.page_client(Role::Manager).await;
        manager.get(&path).await.expect(403);
    }
}
