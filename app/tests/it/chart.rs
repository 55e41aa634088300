//! Charts: what a documented session leaves, and who reads it.

use rules::permissions::Role;
use serde_json::{Value, json};

use crate::{
    harness::{TestApp, on_both, strange_id},
    notes::scene::{Scene, text},
};

on_both! {
    /// The whole job: twelve booked, nine came, two did not, one cancelled; nine entries and two lines.
    async fn a_documented_session_is_in_every_chart(app: TestApp) {
        let scene = Scene::new(&app, 12).await;
        for place in 0..12 {
            scene.mark(place, match place { 0..=8 => "attended", 9 | 10 => "no_show", _ => "cancelled" }).await;
        }
        scene.end().await;
        let notes = scene.document(0..9).await;
        assert_eq!(notes.len(), 10);
        assert_eq!(scene.status().await, "completed");
        assert_eq!((app.count_of("session.completed").await, app.count_of("session.documented").await), (1, 1));
        let encounter = scene.admin.get(&format!("/api/encounters/{}", scene.encounter)).await.expect(200);
        assert_eq!(encounter.data()["status"], "finished");
        let mut kinds = Vec::new();
        for (_, patient) in &scene.people {
            let chart = scene.leader.client.get(&format!("/api/patients/{patient}/chart")).await.expect(200);
            kinds.extend(chart.items().iter().map(|row| text(&row["kind"])));
        }
        assert_eq!(kinds.iter().filter(|kind| *kind == "entry").count(), 9);
        assert_eq!(kinds.iter().filter(|kind| *kind == "absence").count(), 2);
        assert_eq!(kinds.len(), 11, "who cancelled has neither");
        let entry = row(&scene, 3).await["entry"].clone();
        assert_eq!((&entry["session"]["title"], &entry["session"]["description"]), (&json!("Coping skills"), &json!("Skills for hard days")));
        let presence = &entry["attendance"];
        assert_eq!((&presence["status"], &presence["minutes"], &presence["number_of_participants"]), (&json!("attended"), &json!(60), &json!(9)));
        assert_eq!(presence["group_note"]["text"], "We looked at what sets us off.");
        assert_eq!(presence["notes"].as_array().unwrap().len(), 1);
        assert_eq!(presence["notes"][0]["signatures"][0]["credential"], "LCSW");
        let whole = entry.to_string();
        for other in (0..12).filter(|other| *other != 3) {
            let theirs = crate::notes::scene::own_text(other);
            assert!(!whole.contains(&theirs[..60]), "nobody else's note");
        }
        let absence = row(&scene, 9).await;
        assert_eq!((&absence["kind"], &absence["entry"]["attendance"]["status"]), (&json!("absence"), &json!("no_show")));
        assert!(!absence.to_string().contains("sets us off"), "without any note");
        let one = scene.leader.client.get(&format!("/api/chart-entries/{}", text(&absence["id"]))).await.expect(200);
        assert_eq!(one.data(), &absence);
        app.seal_and_verify().await;
        let verified = app::chart::verify::verify(&app.app.db, app.organization.id).await.unwrap();
        assert_eq!((verified.checked, verified.broken), (11, None));
        assert!(app.audited().await.contains(&("chart.read".to_owned(), "done".to_owned())));
    }

    /// A chart is filtered by group, kind and days, counted by group, and read page by page.
    async fn a_chart_is_filtered_and_counted(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document([0]).await;
        let new = json!({ "override_conflict": true, "reason": "Second run", "group_id": scene.group, "starts_at": "2026-03-04T09:30" });
        let made = scene.admin.post("/api/sessions", new).await.expect(201);
        let second = scene.again(&made).await;
        second.mark(0, "no_show").await;
        second.end().await;
        second.document([]).await;
        let me = &scene.leader.client;
        let path = format!("/api/patients/{}/chart", scene.people[0].1);
        let kinds = async |query: &str| {
            let listed = me.get(&format!("{path}?{query}")).await.expect(200);
            listed.items().iter().map(|row| text(&row["kind"])).collect::<Vec<_>>()
        };
        assert_eq!(kinds("").await, ["absence", "entry"], "newest first");
        assert_eq!(kinds("kind=entry").await, ["entry"]);
        assert_eq!(kinds(&format!("group_id={}", scene.group)).await.len(), 2);
        assert_eq!(kinds(&format!("group_id={}", strange_id("grp"))).await.len(), 0);
        assert_eq!(kinds("date_from=2026-03-04&date_to=2026-03-04").await.len(), 2);
        assert_eq!(kinds("date_from=2026-03-05").await.len(), 0);
        me.get(&format!("{path}?date_from=2026-03-05&date_to=2026-03-04")).await.expect_fields(&[("date_to", "out_of_range")]);
        let first = me.get(&format!("{path}?limit=1")).await.expect(200);
        let rest = me.get(&format!("{path}?limit=1&cursor={}", first.next().unwrap())).await.expect(200);
        assert_eq!((text(&rest.items()[0]["kind"]), rest.next()), ("entry".to_owned(), None));
        me.get(&format!("{path}?cursor=nonsense")).await.expect_fields(&[("cursor", "invalid_cursor")]);
        let hidden = me.get(&format!("{path}/counts")).await.expect(200);
        assert_eq!(hidden.data(), &json!([]), "the setting is off");
        scene.admin.patch("/api/settings", json!({ "show_group_attendance_in_chart": true })).await.expect(200);
        let counts = me.get(&format!("{path}/counts")).await.expect(200);
        let wanted = json!([{ "group_id": scene.group, "group_name": "Coping skills", "present": 1, "absent": 1 }]);
        assert_eq!(counts.data(), &wanted);
    }

    /// Charts are for who treats; another organization's do not exist.
    async fn charts_are_read_by_who_may(app: TestApp) {
        let scene = Scene::new(&app, 1).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document([0]).await;
        let entry = format!("/api/chart-entries/{}", text(&row(&scene, 0).await["id"]));
        let chart = format!("/api/patients/{}/chart", scene.people[0].1);
        for role in [Role::Nurse, Role::CaseManager, Role::RecordsAdmin] {
            app.as_role(role).await.get(&entry).await.expect(200);
        }
        for role in [Role::Manager, Role::Receptionist, Role::Biller, Role::Auditor] {
            let who = app.as_role(role).await;
            who.get(&entry).await.expect_code(403, "forbidden");
            let refused = who.get(&chart).await.expect_code(403, "forbidden");
            assert_eq!(refused.json["permission"], "chart.read");
        }
        let elsewhere = app.other_organization().await;
        let stranger = elsewhere.as_role(Role::Admin).await;
        for path in [&entry, &chart, &format!("{chart}/counts")] {
            stranger.get(path).await.expect_code(404, "not_found");
        }
    }

    /// A byte changed in a chart shows on the entry and in the verification, and so does an entry that is gone.
    async fn a_changed_chart_shows(app: TestApp) {
        let scene = Scene::new(&app, 2).await;
        scene.all_attend().await;
        scene.end().await;
        scene.document([0, 1]).await;
        let entry = row(&scene, 0).await;
        let id = text(&entry["id"]);
        let verify = async || app::chart::verify::verify(&app.app.db, app.organization.id).await.unwrap().broken;
        let body = app.rows("select body from chart_entries where organization_id = $1 and id = $2", &[id.as_str().into()]).await;
        let body: String = body[0].at(0).unwrap();
        let set = async |body: &str, hash: &str| {
            let sql = "update chart_entries set body = $2, sha256 = $3 where organization_id = $1 and id = $4";
            app.tamper(sql, &[body.into(), hash.into(), id.as_str().into()]).await;
        };
        let hash = text(&entry["sha256"]);
        set(&body.replace("\"minutes\":60", "\"minutes\":90"), &hash).await;
        assert_eq!(row(&scene, 0).await["content_verified"], false);
        assert_eq!(verify().await.unwrap().id, id);
        set("not JSON", &hash).await;
        let unreadable = row(&scene, 0).await;
        assert_eq!((&unreadable["content_verified"], &unreadable["entry"]), (&json!(false), &Value::Null));
        let forged = body.replace("\"minutes\":60", "\"minutes\":90");
        set(&forged, &app::notes::sha256(&forged)).await;
        assert!(verify().await.unwrap().why.contains("another hash"), "the audit log knows the hash");
        set(&body, &hash).await;
        assert_eq!(verify().await, None);
        app.tamper("delete from chart_entries where organization_id = $1 and id = $2", &[id.as_str().into()]).await;
        assert!(verify().await.unwrap().why.contains("gone"));
    }
}

/// The newest row of the chart of the patient at this place.
async fn row(scene: &Scene<'_>, place: usize) -> Value {
    let path = format!("/api/patients/{}/chart", scene.people[place].1);
    scene.leader.client.get(&path).await.expect(200).items()[0].clone()
}
