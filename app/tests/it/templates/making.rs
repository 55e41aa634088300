//! Making, changing, archiving and copying over the API.

use rules::permissions::{Flag, Role};
use serde_json::json;

use super::every_type;
use crate::harness::{TestApp, on_both};

on_both! {
    /// A change is the next version; archiving is none, and every version can be read back.
    async fn a_template_is_made_changed_archived_and_restored(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let new = json!({ "name": "Check-in", "note_type": "individual_note", "discipline": "ot", "fields": every_type() });
        let made = admin.post("/api/templates", new.clone()).await.expect(201);
        assert_eq!((&made.data()["template_version"], &made.data()["is_built_in"]), (&json!(1), &json!(false)));
        assert_eq!(made.data()["key"], made.data()["id"]);
        let path = format!("/api/templates/{}", made.id());
        admin.post("/api/templates", json!({ "name": "CHECK-IN", "copy_of": "ot" })).await.expect_code(409, "name_taken");
        let same = admin.patch(&path, json!({ "name": "Check-in" })).await.expect(200);
        assert_eq!(same.data()["template_version"], 1, "nothing it asks for has changed");
        admin.with_if_match(1).patch(&path, json!({ "name": "Late" })).await.expect(412);
        let fields = json!([{ "key": "words", "label": "In short", "type": "text" }]);
        let changed = admin.with_if_match(2).patch(&path, json!({ "fields": fields })).await.expect(200);
        assert_eq!((&changed.data()["template_version"], &changed.data()["version"]), (&json!(2), &json!(3)));
        let history = admin.get(&format!("{path}/history")).await.expect(200);
        let kept: Vec<_> = history.items().iter().map(|one| one["record"]["fields"].as_array().unwrap().len()).collect();
        assert_eq!(kept, [1, 8, 8]);

        let archived = admin.delete(&path).await.expect(200);
        assert!(archived.data()["archived_at"].is_string() && archived.data()["template_version"] == 2);
        admin.delete(&path).await.expect_code(409, "invalid_transition");
        admin.patch(&path, json!({ "name": "Gone" })).await.expect_code(409, "invalid_transition");
        let keys = async |query: &str| {
            let listed = admin.get(&format!("/api/templates{query}")).await.expect(200);
            listed.items().iter().map(|one| one["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(keys("").await.len(), 8, "the built-in ones");
        assert_eq!(keys("?status=archived").await, [made.id()]);
        assert_eq!(keys("?status=all&discipline=ot").await, ["ot".to_owned(), made.id()]);
        assert_eq!(keys("?note_type=session_note").await, ["group_note"]);
        let first = admin.get("/api/templates?limit=3").await;
        let cursor = first.next().expect("there are more");
        let rest = keys(&format!("?cursor={cursor}")).await;
        assert_eq!((first.items().len(), rest.len()), (3, 5), "nothing is shown twice and nothing is left out");
        admin.get("/api/templates?cursor=nothing").await.expect_fields(&[("cursor", "invalid_cursor")]);
        admin.post("/api/templates", new).await.expect(201);
        admin.post(&format!("{path}/restore"), json!({})).await.expect_code(409, "name_taken");
        let other = admin.get("/api/templates?discipline=ot").await;
        admin.patch(&format!("/api/templates/{}", other.items()[1]["key"].as_str().unwrap()), json!({ "name": "Another" })).await.expect(200);
        admin.post(&format!("{path}/restore"), json!({})).await.expect(200);
        admin.post(&format!("{path}/restore"), json!({})).await.expect_code(409, "invalid_transition");
        let names: Vec<String> = app.events().await.into_iter().filter(|(_, id)| *id == made.id()).map(|(name, _)| name).collect();
        assert_eq!(names, ["template.created", "template.updated", "template.updated", "template.archived", "template.restored"]);
        app.seal_and_verify().await;
    }

    /// Everything that is wrong with a template is told at once, wherever it stands.
    async fn every_fault_is_told_at_once(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let nested = json!({ "key": "inner", "label": "Inner", "type": "rows", "fields": [{ "key": "a", "label": "A", "type": "text" }] });
        let fields = json!([
            { "key": "Mood", "label": "Mood", "type": "scale", "min": 3, "max": 3 },
            { "key": "one", "label": " ", "type": "choice", "options": ["a"] },
            { "key": "one", "label": "Again", "type": "text", "unit": "cm" },
            { "key": "table", "label": "Table", "type": "rows", "fields": [nested, { "key": "b", "label": "B\nC", "type": "number", "unit": "" }] },
            { "key": "empty", "label": "Empty", "type": "rows" },
        ]);
        let new = json!({ "name": "Odd", "note_type": "session_note", "discipline": "ot", "fields": fields });
        admin.post("/api/templates", new).await.expect_fields(&[
            ("discipline", "not_individual"), ("fields[0].key", "invalid"), ("fields[0].max", "invalid"),
            ("fields[1].label", "invalid"), ("fields[1].options", "invalid"), ("fields[2].key", "invalid"),
            ("fields[2].unit", "invalid"), ("fields[3].fields[0].type", "invalid"), ("fields[3].fields[1].label", "invalid"),
            ("fields[3].fields[1].unit", "invalid"), ("fields[4].fields", "invalid"),
        ]);
        admin.post("/api/templates", json!({ "name": "Empty" })).await.expect_fields(&[("note_type", "missing"), ("fields", "missing")]);
        admin.post("/api/templates", json!({ "name": "Lost", "copy_of": "tpl_nothing" })).await.expect_fields(&[("copy_of", "not_found")]);
        let many: Vec<_> = (0..60).map(|at| json!({ "key": format!("k{at}"), "label": "x".repeat(200), "hint": "y".repeat(200), "type": "choice", "options": ["a".repeat(200), "b".repeat(200)] })).collect();
        let large = json!({ "name": "Large", "note_type": "session_note", "fields": many });
        admin.post("/api/templates", large).await.expect_fields(&[("fields", "too_long")]);
        let template = admin.post("/api/templates", json!({ "name": "Small", "copy_of": "nursing" })).await.expect(201).id();
        admin.patch(&format!("/api/templates/{template}"), json!({ "fields": [] })).await.expect_fields(&[("fields", "out_of_range")]);
    }

    /// A built-in template is copied and never changed; a copy of a copy says where it is from.
    async fn a_copy_is_ones_own(app: TestApp) {
        let admin = app.as_role(Role::Admin).await;
        let copy = admin.post("/api/templates", json!({ "name": "Our ABA note", "copy_of": "aba" })).await.expect(201);
        assert_eq!((&copy.data()["discipline"], &copy.data()["copied_from"]), (&json!("aba"), &json!("aba")));
        let built_in = admin.get("/api/templates?discipline=aba").await;
        assert_eq!(copy.data()["fields"], built_in.items()[0]["fields"]);
        assert_eq!((&built_in.items()[0]["is_built_in"], &built_in.items()[0]["version"]), (&json!(true), &json!(null)));
        for method in [reqwest::Method::PATCH, reqwest::Method::DELETE] {
            admin.send(method, "/api/templates/aba", Some(json!({ "name": "Mine" }))).await.expect_code(404, "not_found");
        }
        let again = json!({ "name": "Ours for nursing", "copy_of": copy.id(), "discipline": "nursing" });
        let again = admin.post("/api/templates", again).await.expect(201);
        assert_eq!((&again.data()["discipline"], &again.data()["copied_from"]), (&json!("nursing"), &json!(copy.id())));
    }

    /// Managing needs the permission, which a flag gives too; reading, that of notes.
    async fn who_manages_templates(app: TestApp) {
        let new = |name: &str| json!({ "name": name, "copy_of": "general" });
        for (role, flags, status) in [
            (Role::Therapist, vec![], 403),
            (Role::Therapist, vec![Flag::ManageGroupSessionTemplates], 403),
            (Role::Therapist, vec![Flag::ManageTemplates], 201),
            (Role::Biller, vec![Flag::ManageTemplates], 201),
            (Role::Manager, vec![], 201),
        ] {
            let client = app.as_role_with(role, &flags).await;
            client.post("/api/templates", new(&format!("{role} {flags:?}"))).await.expect(status);
            client.get("/api/templates").await.expect(200);
        }
        app.as_role(Role::Biller).await.get("/api/templates").await.expect_code(403, "forbidden");
    }
}
