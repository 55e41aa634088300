//! The pages of templates, and notes with every type of field, without any script.

use rules::permissions::{Flag, Role};
use serde_json::json;

use super::{every_type, every_value};
use crate::{
    harness::{TestApp, on_both},
    notes::scene::Scene,
};

const TEMPLATES: &str = "/settings/templates";
const NEW: &str = "/settings/templates/new";

on_both! {
    /// A built-in template is looked at and copied; the copy is changed and saved as its next version.
    async fn a_copy_is_made_and_changed(app: TestApp) {
        let browser = app.page_client(Role::Manager).await;
        browser.get("/groups").await.expect(200).expect_text("href=\"/settings/templates\"");
        let page = browser.get(TEMPLATES).await;
        page.expect(200).expect_text("No note templates of your own yet").expect_text("Applied behaviour analysis note");
        browser.get(&format!("{TEMPLATES}/aba")).await.expect(200).expect_text("Copy and change").expect_text("Behaviours tracked");
        let form = browser.get(&format!("{TEMPLATES}/new?copy_of=general")).await;
        form.expect(200).expect_text("Individual note (copy)").expect_text("value=\"Participation\"");
        let key = form.hidden("idempotency_key");
        let sent = [
            ("idempotency_key", key.as_str()), ("name", "Our note"), ("note_type", "individual_note"), ("discipline", "general"),
            ("copy_of", "general"), ("fields[7].type", "text"), ("fields[7].key", "response"), ("fields[7].label", "Response"),
            ("fields[3].type", "scale"), ("fields[3].label", "Blood sugar"), ("fields[3].min", "1"), ("fields[3].max", "9"),
            ("fields[3].required", "true"),
        ];
        let made = browser.post_form(NEW, &sent).await;
        let page = browser.follow(&made).await;
        page.expect(200).expect_text("The template is added.").expect_text("Version 1").expect_text("blood_sugar");
        let path = made.location().to_owned();
        let version = page.hidden("version");
        let mut change = vec![
            ("version", version.as_str()), ("name", "Our note"),
            ("fields[1].type", "text"), ("fields[1].key", "response"), ("fields[1].label", "Response"),
        ];
        let saved = browser.post_form(&path, &change).await;
        browser.follow(&saved).await.expect_text("Saved as version 2.");
        let stale = browser.post_form(&path, &change).await;
        stale.expect(412).expect_text("Our note");
        change[0].1 = "2";
        change.push(("fields[1].hint", "a\nb"));
        browser.post_form(&path, &change).await.expect(422).expect_text("“Response”: “Help text” must be one line");
        let archived = browser.post_form(&format!("{path}/archive"), &[("version", "2")]).await;
        browser.follow(&archived).await.expect_text("Nothing new starts from it.").expect_text("Restore");
        browser.get(TEMPLATES).await.expect_text("Archived");
        let restored = browser.post_form(&format!("{path}/restore"), &[("version", "3")]).await;
        browser.follow(&restored).await.expect_text("Notes may start from it again.");
    }

    /// Fields are added, moved and removed with buttons that save nothing; what was typed stays.
    async fn fields_are_moved_with_buttons(app: TestApp) {
        let browser = app.page_client(Role::Admin).await;
        let start = [
            ("name", "Half done"), ("note_type", "session_note"), ("add", "rows"), ("add5", "number"),
            ("fields[2].type", "text"), ("fields[2].label", "First <b>"), ("fields[5].type", "rows"), ("fields[5].label", "Second"),
            ("fields[5].fields[6].type", "text"), ("fields[5].fields[6].label", "Inner"),
        ];
        let press = async |act: &str| {
            let mut sent = start.to_vec();
            sent.push(("act", act));
            browser.post_form(NEW, &sent).await
        };
        let labels = |page: &str| -> Vec<String> {
            page.split("name=\"fields[").skip(1).filter_map(|part| {
                let (name, rest) = part.split_once("\" value=\"")?;
                name.ends_with("].label").then(|| rest.split('"').next().unwrap_or_default().to_owned())
            }).collect()
        };
        let moved = press("up:5").await;
        moved.expect(200).expect_text("Half done");
        assert_eq!(labels(&moved.html), ["Second", "Inner", "First &lt;b&gt;"]);
        assert_eq!(labels(&press("up:2").await.html), ["First &lt;b&gt;", "Second", "Inner"], "the first can't go up");
        assert_eq!(labels(&press("remove:2").await.html), ["Second", "Inner"]);
        assert_eq!(labels(&press("remove:5.6").await.html), ["First &lt;b&gt;", "Second"]);
        let added = press("add:").await;
        assert_eq!(labels(&added.html), ["First &lt;b&gt;", "Second", "Inner", ""]);
        added.expect_text("id=\"field-7\"").expect_text("Add column");
        let column = press("add:5").await;
        assert_eq!(labels(&column.html), ["First &lt;b&gt;", "Second", "Inner", ""]);
        column.expect_text("fields[5].fields[7].unit");
        assert_eq!(labels(&press("sideways:9.9").await.html).len(), 3, "what is no act does nothing");
        assert_eq!(app.count_of("template.created").await, 0);
        let mut wrong = vec![("name", ""), ("note_type", "session_note"), ("fields[4].type", "choice"), ("fields[4].label", "Pick")];
        browser.post_form(NEW, &wrong).await.expect(422).expect_text("Name must");
        wrong[0].1 = "Named";
        browser.post_form(NEW, &wrong).await.expect(422).expect_text("href=\"#f-fields-4--options\"");
    }

    /// Every type of field is written on the page of a session's notes, and read on that of the note.
    async fn every_type_is_written_and_read(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        let new = json!({ "name": "Check-in", "note_type": "individual_note", "fields": every_type() });
        let template = scene.admin.post("/api/templates", new).await.expect(201).id();
        let browser = app.browser();
        browser.sign_in(&scene.leader.email).await;
        let path = format!("/sessions/{}/notes", scene.session);
        browser.get(&path).await.expect_text("Check-in (General)");
        let begin = [("note_type", "individual_note"), ("participant_id", scene.people[0].0.as_str()), ("template", template.as_str())];
        let begun = browser.post_form(&path, &begin).await;
        let page = browser.follow(&begun).await;
        page.expect(200).expect_text("fields.incidents[0].what").expect_text("per minute").expect_text("Add row");
        let note = begun.location().split("?open=").nth(1).and_then(|rest| rest.split('#').next()).unwrap().to_owned();
        let words = [
            ("version", "1"), ("content", ""), ("fields.words", "Steady."), ("fields.mood", "7"), ("fields.affect", "Bright"),
            ("fields.skills", "Breathing"), ("fields.skills", "Calling"), ("fields.pulse", "72.5"), ("fields.next", "2026-03-11"),
            ("fields.goals[0].goal", "Goal 2"), ("fields.goals[0].progress", "Met"), ("fields.goals[0].evidence", "Two calls."),
            ("fields.incidents[0].what", "Left the room"), ("fields.incidents[0].times", "2"), ("fields.incidents[1].what", " "),
            ("fields.incidents[3].what", "Came back"), ("fields.incidents[3].times", ""),
        ];
        let mut wrong = words.to_vec();
        wrong[13].1 = "twice";
        let refused = browser.post_form(&format!("/notes/{note}/save"), &wrong).await;
        refused.expect(422).expect_text("Times must be a number, at least 0.").expect_text("value=\"twice\"");
        browser.post_form(&format!("/notes/{note}/save"), &words).await.expect(303);
        let stored = scene.leader.client.get(&format!("/api/notes/{note}")).await.expect(200);
        assert_eq!(stored.data()["fields"], every_value());
        let page = browser.get(&format!("/notes/{note}")).await;
        page.expect_text("7 (0 to 10)").expect_text("72.5 per minute").expect_text("11 Mar 2026").expect_text("Left the room");
        page.expect_text("Check-in, version 1").expect_text("Nothing stands in the way of signing");
    }

    /// Who does not manage templates has no page of them.
    async fn only_who_manages_sees_the_pages(app: TestApp) {
        let therapist = app.page_client(Role::Therapist).await;
        for path in [TEMPLATES, "/settings/templates/new", "/settings/templates/aba"] {
            therapist.get(path).await.expect(403);
        }
        therapist.post_form(NEW, &[("name", "Mine"), ("act", "add:")]).await.expect(403);
        assert!(!therapist.get("/groups").await.html.contains("/settings"));
        let user = app.add_user(Role::Therapist, &[Flag::ManageTemplates]).await;
        let flagged = app.browser();
        flagged.sign_in(&user.email.to_string()).await;
        flagged.get(TEMPLATES).await.expect(200);
    }
}
