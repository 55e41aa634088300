//! Templates of group sessions: made by who may, and what sessions, groups, notes and reviews do because of them.

use rules::permissions::{Flag, Permission, Role};
use serde_json::{Value, json};

use super::every_type;
use crate::{
    harness::{Answer, Client, TestApp, on_both},
    notes::scene::{Scene, group_fields, own_fields, own_text, text},
};

const TEMPLATES: &str = "/api/group-session-templates";

fn full(title: &str) -> Value {
    json!({
        "title": title, "topic": "Triggers and cravings", "description": "A weekly group", "duration_minutes": 90,
        "billing_code": "90853", "billing_modifiers": ["HQ", "95"], "place_of_service": "02",
    })
}

async fn make(client: &Client, extra: Value) -> Answer {
    let mut new = full("Relapse prevention");
    for (name, value) in extra.as_object().unwrap() {
        new[name] = value.clone();
    }
    client.post(TEMPLATES, new).await
}

on_both! {
    /// Made, changed into its next version, copied, archived and restored; every fault told at once.
    async fn a_template_is_managed(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let made = make(&admin, json!({})).await.expect(201);
        assert_eq!((&made.data()["duration_minutes"], &made.data()["billing_modifiers"]), (&json!(90), &json!(["HQ", "95"])));
        let path = format!("{TEMPLATES}/{}", made.id());
        make(&admin, json!({ "title": "RELAPSE prevention" })).await.expect_code(409, "title_taken");
        let changed = admin.with_if_match(1).patch(&path, json!({ "topic": null, "place_of_service": "11" })).await.expect(200);
        assert_eq!((&changed.data()["template_version"], &changed.data()["topic"], &changed.data()["billing_code"]), (&json!(2), &json!(null), &json!("90853")));
        admin.with_if_match(1).patch(&path, json!({ "topic": "Late" })).await.expect(412);
        let copy = admin.post(TEMPLATES, json!({ "title": "Evenings", "copy_of": made.id(), "duration_minutes": null })).await.expect(201);
        assert_eq!((&copy.data()["duration_minutes"], &copy.data()["place_of_service"], &copy.data()["copied_from"]), (&json!(null), &json!("11"), &json!(made.id())));
        let bad = json!({
            "duration_minutes": 3, "waives_group_note": true, "waives_individual_notes": true, "group_note_template": "psychology",
            "individual_note_templates": [{ "discipline": "ot", "template": "nonsense" }, { "discipline": "ot", "template": "aba" }],
            "billing_code": "9085", "billing_modifiers": ["H"], "place_of_service": "office",
        });
        make(&admin, bad).await.expect_fields(&[
            ("duration_minutes", "out_of_range"), ("waives_individual_notes", "invalid"), ("group_note_template", "other_kind"),
            ("individual_note_templates[0].template", "not_found"), ("individual_note_templates[1].discipline", "duplicate"),
            ("individual_note_templates[1].template", "other_kind"), ("billing_code", "invalid"), ("billing_modifiers[0]", "invalid"),
            ("place_of_service", "invalid"),
        ]);
        admin.delete(&path).await.expect(200);
        admin.delete(&path).await.expect_code(409, "invalid_transition");
        admin.patch(&path, json!({ "topic": "x" })).await.expect_code(409, "invalid_transition");
        assert_eq!(admin.get(TEMPLATES).await.items().len(), 1);
        assert_eq!(admin.get(&format!("{TEMPLATES}?status=all")).await.items().len(), 2);
        admin.post(&format!("{path}/restore"), json!({})).await.expect(200);
        assert_eq!(admin.get(&format!("{path}/history")).await.items().len(), 4);
        assert_eq!(app.count_of("group_session_template.updated").await, 1);
    }

    /// The permission for all templates, or the flag for these; a token with a scope has no flag.
    async fn who_manages_them(app: TestApp) {
        for (role, flags, status) in [
            (Role::Therapist, vec![], 403),
            (Role::Therapist, vec![Flag::ManageGroupSessionTemplates], 201),
            (Role::Therapist, vec![Flag::ManageTemplates], 201),
            (Role::Manager, vec![], 201),
            (Role::Auditor, vec![Flag::ManageGroupSessionTemplates], 201),
        ] {
            let client = app.as_role_with(role, &flags).await;
            client.post(TEMPLATES, full(&format!("{role} {flags:?}"))).await.expect(status);
        }
        let user = app.add_user(Role::Therapist, &[Flag::ManageGroupSessionTemplates]).await;
        let scoped = app.as_user(&user, Some(vec![Permission::GroupRead])).await;
        scoped.get(TEMPLATES).await.expect(200);
        scoped.post(TEMPLATES, full("By a program")).await.expect_code(403, "forbidden");
        app.as_role(Role::Auditor).await.get(TEMPLATES).await.expect_code(403, "forbidden");
    }

    /// A session has what the template says where the caller says nothing.
    async fn a_session_starts_from_a_template(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let template = make(&admin, json!({})).await.expect(201).id();
        let minutes = |session: &Answer| session.data()["duration_minutes"].clone();
        let free = admin.post("/api/sessions", json!({ "template_id": template, "starts_at": "2026-03-05T09:00" })).await.expect(201);
        assert_eq!((&free.data()["title"], &free.data()["topic"], minutes(&free)), (&json!("Relapse prevention"), &json!("Triggers and cravings"), json!(90)));
        assert_eq!((&free.data()["template_id"], &free.data()["template"]), (&json!(template), &json!(null)));
        let said = json!({ "template_id": template, "starts_at": "2026-03-05T12:00", "title": "Own", "topic": "Sleep", "duration_minutes": 30 });
        let said = admin.post("/api/sessions", said).await.expect(201);
        assert_eq!((&said.data()["title"], &said.data()["topic"], minutes(&said)), (&json!("Own"), &json!("Sleep"), json!(30)));
        let group = admin.post("/api/groups", json!({ "name": "Mornings", "type": "therapy", "duration_minutes": 45 })).await.expect(201).id();
        let of_group = json!({ "template_id": template, "group_id": group, "starts_at": "2026-03-06T09:00" });
        let of_group = admin.post("/api/sessions", of_group).await.expect(201);
        assert_eq!((&of_group.data()["title"], minutes(&of_group)), (&json!("Relapse prevention"), json!(90)));
        let patient = admin.post("/api/patients", json!({ "given_name": "Ada", "family_name": "Byron", "birth_date": "1990-01-01" })).await.expect(201).id();
        let alone = json!({ "template_id": template, "patient_id": patient, "starts_at": "2026-03-06T12:00" });
        admin.post("/api/sessions", alone).await.expect_fields(&[("template_id", "invalid")]);
        admin.delete(&format!("{TEMPLATES}/{template}")).await.expect(200);
        let late = json!({ "template_id": template, "starts_at": "2026-03-07T09:00" });
        admin.post("/api/sessions", late).await.expect_fields(&[("template_id", "archived")]);
        let theirs = app.other_organization().await;
        let theirs = make(&theirs.as_role(Role::Admin).await, json!({})).await.expect(201).id();
        let strange = json!({ "template_id": theirs, "starts_at": "2026-03-07T09:00" });
        admin.post("/api/sessions", strange).await.expect_fields(&[("template_id", "not_found")]);
    }

    /// A group takes its description and length from its template, and its sessions follow when it gets another one.
    async fn a_groups_sessions_have_its_template(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let first = make(&admin, json!({})).await.expect(201).id();
        let second = make(&admin, json!({ "title": "Another", "topic": "Sleep" })).await.expect(201).id();
        let new = json!({ "name": "Mornings", "type": "therapy", "template_id": first });
        let group = admin.post("/api/groups", new).await.expect(201);
        assert_eq!((&group.data()["description"], &group.data()["duration_minutes"]), (&json!("A weekly group"), &json!(90)));
        let said = json!({ "name": "Evenings", "type": "therapy", "template_id": first, "description": "Own", "duration_minutes": 50 });
        let said = admin.post("/api/groups", said).await.expect(201);
        assert_eq!((&said.data()["description"], &said.data()["duration_minutes"]), (&json!("Own"), &json!(50)));
        let path = format!("/api/groups/{}", group.id());
        let rule = json!({ "start": "2026-03-09T09:00", "rrule": "FREQ=WEEKLY;COUNT=3" });
        admin.put(&format!("{path}/recurrence"), rule).await.expect(200);
        let single = admin.post("/api/sessions", json!({ "group_id": group.id(), "starts_at": "2026-03-06T09:00" })).await.expect(201);
        assert_eq!((&single.data()["title"], &single.data()["topic"]), (&json!("Mornings"), &json!("Triggers and cravings")));
        let templates = async || {
            let listed = admin.get(&format!("/api/sessions?group_id={}&date_from=2026-03-05", group.id())).await.expect(200);
            let all = listed.items().iter().map(|one| (text(&one["topic"]), text(&one["template_id"])));
            all.collect::<Vec<_>>()
        };
        assert_eq!(templates().await, vec![("Triggers and cravings".to_owned(), first.clone()); 4]);
        admin.patch(&path, json!({ "template_id": second })).await.expect(200);
        assert_eq!(templates().await, vec![("Triggers and cravings".to_owned(), second.clone()); 4], "what was planned keeps its topic");
        admin.delete(&format!("{TEMPLATES}/{second}")).await.expect(200);
        admin.patch(&path, json!({ "description": "Still its template" })).await.expect(200);
        admin.patch(&format!("/api/groups/{}", said.id()), json!({ "template_id": second })).await.expect_fields(&[("template_id", "archived")]);
        admin.patch(&path, json!({ "template_id": null })).await.expect(200);
        assert_eq!(templates().await, vec![("Triggers and cravings".to_owned(), String::new()); 4]);
    }

    /// Notes start from what the template of the session asks for; a started session keeps the template as it was.
    async fn notes_start_from_what_the_template_asks_for(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let admin = &scene.admin;
        let note = json!({ "name": "Check-in", "note_type": "individual_note", "discipline": "general", "fields": every_type() });
        let note = admin.post("/api/templates", note).await.expect(201).id();
        let group_note = admin.post("/api/templates", json!({ "name": "Ours", "copy_of": "group_note" })).await.expect(201).id();
        let asks = json!({ "group_note_template": group_note, "individual_note_templates": [{ "discipline": "general", "template": note }] });
        let template = make(admin, asks).await.expect(201).id();
        let next = json!({ "group_id": scene.group, "starts_at": "2026-03-04T09:30", "template_id": template, "override_conflict": true, "reason": "Second run" });
        let next = admin.post("/api/sessions", next).await.expect(201);
        let session = scene.again(&next).await;
        let path = format!("{TEMPLATES}/{template}");
        admin.patch(&path, json!({ "group_note_template": null, "individual_note_templates": [], "always_review": true })).await.expect(200);
        let kept = admin.get(&format!("/api/sessions/{}", session.session)).await.expect(200);
        assert_eq!((&kept.data()["template"]["template_version"], &kept.data()["template"]["settings"]["always_review"]), (&json!(1), &json!(false)));
        session.all_attend().await;
        let me = &session.leader.client;
        let begun = me.post(&format!("/api/encounters/{}/notes/begin", session.encounter), json!({})).await.expect(201);
        assert_eq!(begun.data()["note_ids"].as_array().unwrap().len(), 2);
        let listed = me.get(&format!("/api/encounters/{}/notes", session.encounter)).await;
        let keys: Vec<String> = listed.items().iter().map(|one| text(&one["template_key"])).collect();
        assert_eq!(keys, [group_note.clone(), note.clone()]);
        let other = session.begin(me, Some(0), json!({ "discipline": "nursing" })).await.expect(201);
        assert_eq!(other.data()["template_key"], "nursing", "the built-in one where the template names none");
    }

    /// As long as a template of sessions asks for a note template, that one is not archived.
    async fn a_note_template_that_is_asked_for_stays(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let note = admin.post("/api/templates", json!({ "name": "Ours", "copy_of": "group_note" })).await.expect(201).id();
        let template = make(&admin, json!({ "group_note_template": note })).await.expect(201).id();
        let refused = admin.delete(&format!("/api/templates/{note}")).await.expect_code(409, "template_in_use");
        assert!(refused.text.contains("Relapse prevention"), "{refused}");
        admin.patch(&format!("{TEMPLATES}/{template}"), json!({ "group_note_template": null })).await.expect(200);
        admin.delete(&format!("/api/templates/{note}")).await.expect(200);
        make(&admin, json!({ "title": "Late", "group_note_template": note })).await.expect_fields(&[("group_note_template", "archived")]);
    }

    /// A template may waive either note, and may have everything reviewed, whoever signed.
    async fn a_template_waives_notes_and_asks_for_review(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        let run = async |hour: &str, extra: Value| {
            let mut new = json!({ "title": format!("At {hour}") });
            for (name, value) in extra.as_object().unwrap() {
                new[name] = value.clone();
            }
            let template = scene.admin.post(TEMPLATES, new).await.expect(201).id();
            let next = json!({ "group_id": scene.group, "starts_at": format!("2026-03-04T{hour}"), "template_id": template, "override_conflict": true, "reason": "Again" });
            let next = scene.admin.post("/api/sessions", next).await.expect(201);
            let session = scene.again(&next).await;
            session.all_attend().await;
            session.end().await;
            session
        };
        let only_group = run("09:10", json!({ "waives_individual_notes": true })).await;
        assert_eq!(only_group.missing().await, ["group_note_missing", "leader_signature_missing"]);
        let me = &only_group.leader.client;
        me.post(&format!("/api/encounters/{}/notes/begin", only_group.encounter), json!({})).await.expect(201);
        let note = me.get(&format!("/api/encounters/{}/notes", only_group.encounter)).await;
        assert_eq!(note.items().len(), 1, "no individual note is begun where none is needed");
        let note = text(&note.items()[0]["id"]);
        me.patch(&format!("/api/notes/{note}"), json!({ "fields": group_fields() })).await.expect(200);
        only_group.sign(me, &note).await.expect(200);
        assert_eq!(only_group.status().await, "completed");

        let only_own = run("09:20", json!({ "waives_group_note": true })).await;
        assert_eq!(only_own.missing().await, ["individual_note_missing"]);
        let note = only_own.begin(me, Some(0), json!({ "content": own_text(1), "fields": own_fields() })).await.expect(201).id();
        only_own.sign(me, &note).await.expect(200);
        assert_eq!(only_own.status().await, "completed");

        let reviewed = run("09:30", json!({ "always_review": true })).await;
        let group = reviewed.begin(me, None, json!({ "content": "We practised.", "fields": group_fields() })).await.expect(201).id();
        let mut own = own_fields();
        own["response"] = json!("Spoke of the garden, and laughed.");
        let note = reviewed.begin(me, Some(0), json!({ "content": own_text(7), "fields": own })).await.expect(201).id();
        for note in [&group, &note] {
            reviewed.sign(me, note).await.expect(200);
        }
        assert_eq!(reviewed.status().await, "pending_review", "though nobody who signed needs review");
    }

    /// Made, changed and chosen on pages, by who has no more than the flag.
    async fn templates_of_sessions_on_pages(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let note = json!({ "name": "Check-in", "note_type": "individual_note", "discipline": "ot", "fields": every_type() });
        let note = admin.post("/api/templates", note).await.expect(201).id();
        let user = app.add_user(Role::Therapist, &[Flag::ManageGroupSessionTemplates]).await;
        let browser = app.browser();
        browser.sign_in(&user.email.to_string()).await;
        let list = browser.get("/settings/templates").await;
        list.expect(200).expect_text("No templates of group sessions yet");
        assert!(!list.html.contains("Built-in note templates"), "the flag is for these alone");
        browser.get("/settings/templates/new").await.expect(403);
        let path = "/settings/templates/sessions";
        let form = browser.get(&format!("{path}/new")).await;
        form.expect(200).expect_text("individual.ot").expect_text("Response of the group");
        let sent = [
            ("title", "Skills"), ("topic", "Sleep"), ("description", "For hard days"), ("duration_minutes", "75"), ("individual.ot", note.as_str()),
            ("waives_group_note", "true"), ("billing_code", "h0015"), ("billing_modifiers", "hq, 95"), ("place_of_service", "11"),
        ];
        let made = browser.post_form(&format!("{path}/new"), &sent).await;
        let page = browser.follow(&made).await;
        page.expect(200).expect_text("The template is added.").expect_text("H0015").expect_text("HQ 95").expect_text("Incidents");
        let one = made.location().to_owned();
        let id = one.rsplit('/').next().unwrap().to_owned();
        let stored = admin.get(&format!("{TEMPLATES}/{id}")).await.expect(200);
        assert_eq!(stored.data()["individual_note_templates"], json!([{ "discipline": "ot", "template": note }]));
        let wrong = [("version", "1"), ("title", "Skills"), ("billing_code", "90853"), ("billing_modifiers", "x"), ("individual.ot", "aba")];
        let refused = browser.post_form(&one, &wrong).await;
        refused.expect(422).expect_text("another kind of note").expect_text("must be two capital letters");
        let changed = browser.post_form(&one, &[("version", "1"), ("title", "Skills"), ("topic", "Anger"), ("duration_minutes", "40")]).await;
        browser.follow(&changed).await.expect_text("Saved as version 2.");
        browser.get("/groups/new").await.expect_text("Template of its sessions").expect_text("Skills");
        let group = [("name", "Mornings"), ("type", "therapy"), ("template_id", id.as_str()), ("max_participants", "8")];
        let group = browser.post_form("/groups/new", &group).await;
        let shown = admin.get(&format!("/api{}", group.location())).await.expect(200);
        assert_eq!((&shown.data()["duration_minutes"], &shown.data()["template_id"]), (&json!(40), &json!(id)));
        browser.get(&format!("{}/edit", group.location())).await.expect_text("Skills");
        browser.get(&format!("/sessions/new?template_id={id}")).await.expect_text("From a template").expect_text("Skills");
        let session = browser.post_form("/sessions/new", &[("template_id", &id), ("starts_at", "2026-03-06T09:00")]).await;
        browser.follow(&session).await.expect_text("The session is scheduled.").expect_text("Anger");
        let archived = browser.post_form(&format!("{one}/archive"), &[("version", "2")]).await;
        browser.follow(&archived).await.expect_text("Archived. Nothing new starts from it.");
        browser.get(&format!("{}/edit", group.location())).await.expect_text("Skills (archived)");
        app.page_client(Role::Therapist).await.get("/settings/templates").await.expect(403);
    }
}
