//! What leaves as CSV: to whom, after which proof, and in which form.

mod command;

use exchange::csv::Table;
use jiff::SignedDuration;
use rules::permissions::{Permission, Role};
use serde_json::json;

use crate::harness::{Client, Engine, PASSWORD, TestApp, on_both};

/// A program whose user has just proved who they are.
async fn proven(app: &TestApp, role: Role) -> Client {
    let client = app.as_role(role).await;
    client.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
    client
}

/// A patient in a group; the id of the group.
async fn seat(client: &Client, group: &str, number: usize, given: &str) {
    let patient = json!({ "mrn": format!("X{number}"), "given_name": given, "family_name": "O\"Neil, Jr", "birth_date": "1990-01-01" });
    let patient = client.post("/api/patients", patient).await.expect(201).id();
    client.post(&format!("/api/groups/{group}/members"), json!({ "patient_id": patient })).await.expect(201);
}

async fn group(client: &Client, name: &str, seats: u32) -> String {
    client
        .post("/api/groups", json!({ "name": name, "type": "therapy", "max_participants": seats }))
        .await
        .expect(201)
        .id()
}

fn column(text: &str, name: &str) -> Vec<String> {
    let table = Table::read(text, ',');
    assert_eq!(table.broken, [], "{text}");
    assert_eq!(table.lacks(name), None);
    table.rows.iter().map(|row| table.cell(row, name).to_owned()).collect()
}

on_both! {
    /// Names with quotes, emoji and formulas arrive as text; who waits has a rank; other groups stay out.
    async fn rosters_leave_as_a_file(app: TestApp) {
        let manager = proven(&app, Role::Manager).await;
        let skills = group(&manager, "=Skills 🌿", 2).await;
        let other = group(&manager, "Other", 5).await;
        for (number, given) in ["=cmd()", "Zoë", "@Ann"].into_iter().enumerate() {
            seat(&manager, &skills, number, given).await;
        }
        seat(&manager, &other, 9, "Bo").await;
        let file = manager.get("/api/exports/rosters.csv").await.expect(200);
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(file.headers["content-disposition"], "attachment; filename=\"rosters.csv\"");
        assert!(file.text.ends_with("\r\n") && file.text.lines().count() == 5, "{}", file.text);
        let file = manager.get(&format!("/api/exports/rosters.csv?group_id={skills}")).await.expect(200);
        assert_eq!(column(&file.text, "group_name"), ["'=Skills 🌿"; 3]);
        assert_eq!(column(&file.text, "first_name"), ["'=cmd()", "Zoë", "'@Ann"]);
        assert_eq!(column(&file.text, "last_name"), ["O\"Neil, Jr"; 3]);
        assert_eq!(column(&file.text, "status"), ["active", "active", "waitlisted"]);
        assert_eq!(column(&file.text, "waitlist_rank"), ["", "", "1"]);
        let waits = manager.get(&format!("/api/exports/rosters.csv?group_id={skills}&status=waitlisted")).await.expect(200);
        assert_eq!(column(&waits.text, "first_name"), ["'@Ann"]);
        let before = manager.get("/api/exports/rosters.csv?at=2001-01-01").await.expect(200);
        assert_eq!(column(&before.text, "status"), [""; 0]);
        let today = app.cx().today();
        let now = manager.get(&format!("/api/exports/rosters.csv?at={today}&group_id={skills}")).await.expect(200);
        assert_eq!(column(&now.text, "status"), ["active", "active", "waitlisted"]);
        // Told of twice, with filters and rows; and the names were read.
        let audited = app.audited().await;
        for act in ["export.started", "export.finished", "patient_list.read"] {
            assert!(audited.iter().filter(|(action, _)| action == act).count() >= 5, "{act} in {audited:?}");
        }
        let told = app.rows("select data from events where organization_id = $1 and name = 'export.finished' order by id", &[]).await;
        let rows: Vec<String> = told.iter().map(|row| row.at(0).unwrap()).collect();
        assert!(rows[0].contains("\"rows\":4") && rows[1].contains("\"rows\":3"), "{rows:?}");
        app.seal_and_verify().await;
    }

    /// Sessions have local times and their zone, and counts instead of names.
    async fn sessions_and_the_schedule_leave_as_files(app: TestApp) {
        let manager = proven(&app, Role::Manager).await;
        let skills = group(&manager, "Skills", 5).await;
        seat(&manager, &skills, 1, "Hidden").await;
        let tomorrow = app.cx().today().tomorrow().unwrap();
        let mut made = Vec::new();
        for hour in [9, 11, 13] {
            let new = json!({ "group_id": skills, "starts_at": format!("{tomorrow}T{hour:02}:00:00Z") });
            made.push(manager.post("/api/sessions", new).await.expect(201));
        }
        manager.post(&format!("/api/sessions/{}/cancel", made[1].id()), json!({ "reason": "Flood, \"again\"" })).await.expect(200);
        let all = manager.get("/api/exports/sessions.csv").await.expect(200);
        assert_eq!(column(&all.text, "status"), ["scheduled", "cancelled", "scheduled"]);
        assert_eq!(column(&all.text, "cancel_reason")[1], "Flood, \"again\"");
        assert_eq!(column(&all.text, "booked"), ["1", "1", "1"]);
        let starts = column(&all.text, "start");
        assert!(starts.iter().all(|start| start.len() == 16 && start.contains('T')), "{starts:?}");
        assert!(!all.text.contains("Hidden") && !all.text.contains("O\"\"Neil"), "no participant is named");
        let plan = manager.get("/api/exports/schedule.csv").await.expect(200);
        assert_eq!(column(&plan.text, "available_spots"), ["4", "4"]);
        let cancelled = manager.get("/api/exports/schedule.csv?status=cancelled").await.expect(200);
        assert_eq!(column(&cancelled.text, "session_number").len(), 1);
        let none = manager.get(&format!("/api/exports/sessions.csv?date_to={}", app.cx().today())).await.expect(200);
        assert_eq!(none.text.lines().count(), 1, "the head alone");
        manager.get("/api/exports/sessions.csv?date_from=soon&stat=x").await.expect(422);
        // Another organization's group has no rows here.
        let elsewhere = app.other_organization().await;
        let theirs = elsewhere.as_role(Role::Manager).await;
        theirs.post("/api/me/reauth", json!({ "password": PASSWORD })).await.expect(200);
        let file = theirs.get(&format!("/api/exports/sessions.csv?group_id={skills}")).await.expect(200);
        assert_eq!(file.text.lines().count(), 1);
    }

    /// Without the permission there is no file, and without the password none either.
    async fn an_export_needs_its_permission_and_a_fresh_proof(app: TestApp) {
        for path in ["rosters", "schedule", "sessions"].map(|what| format!("/api/exports/{what}.csv")) {
            let refused = app.as_role(Role::Therapist).await.get(&path).await.expect_code(403, "forbidden");
            assert!(refused.text.contains(Permission::ExportRun.as_str()), "{}", refused.text);
            app.as_role(Role::Manager).await.get(&path).await.expect_code(403, "reauth_required");
            proven(&app, Role::Biller).await.get(&path).await.expect(200);
        }
    }

    /// The button leads past the password to the file, without scripts, and only who may export has it.
    async fn the_button_asks_for_the_password(app: TestApp) {
        let pages = app.page_client(Role::Manager).await;
        // Signing in is a proof of five minutes, too.
        app.advance(SignedDuration::from_mins(6));
        let list = pages.get("/sessions").await;
        assert!(list.html.contains("href=\"/exports/sessions\""), "{list}");
        let ask = pages.get("/exports/sessions?status=completed&q=x").await.expect(200).clone();
        assert!(ask.html.contains("Your password"), "{ask}");
        let wrong = pages.post_form("/exports/sessions", &[("password", "not it")]).await;
        assert!(wrong.html.contains("The password is not right."), "{wrong}");
        let past = pages.post_form("/exports/sessions?status=completed&q=x", &[("password", PASSWORD)]).await;
        assert_eq!(past.location(), "/api/exports/sessions.csv?status=completed");
        let file = pages.follow(&past).await;
        assert!(file.html.starts_with("session_number,"), "{file}");
        let again = pages.get("/exports/rosters").await;
        assert_eq!(again.location(), "/api/exports/rosters.csv", "proved already");
        let therapist = app.page_client(Role::Therapist).await;
        assert!(!therapist.get("/sessions").await.html.contains("/exports/"));
        assert_eq!(therapist.get("/exports/rosters").await.status, 403);
    }

    /// A file of many parts is whole and in one order.
    async fn many_rows_leave_in_parts(engine: Engine) {
        let app = TestApp::on(engine).await;
        let manager = proven(&app, Role::Manager).await;
        let patient = json!({ "mrn": "X1", "given_name": "Ann", "family_name": "Lee", "birth_date": "1990-01-01" });
        let patient = manager.post("/api/patients", patient).await.expect(201).id();
        let wide = group(&manager, "Wide", 5).await;
        // Stints that have ended, written as an import would.
        let zero = "insert into group_members (organization_id, id, group_id, member_type, patient_id, status, notes, \
            added_at, joined_at, left_at, version, created_at, updated_at) values ";
        for part in 0..4 {
            let rows: Vec<String> = (0..300).map(|row| {
                let id = format!("gm_{:026}", part * 300 + row);
                format!("($1, '{id}', $2, 'patient', $3, 'left', '', $4, $4, $4, 1, $4, $4)")
            }).collect();
            let sql = format!("{zero}{}", rows.join(", "));
            app.tamper(&sql, &[wide.as_str().into(), patient.as_str().into(), rules::column::Value::Time(app.cx().now())]).await;
        }
        let file = manager.get(&format!("/api/exports/rosters.csv?group_id={wide}&status=left")).await.expect(200);
        let ids = column(&file.text, "external_id");
        assert_eq!(ids.len(), 1_200);
        assert!(ids.is_sorted_by(|a, b| a < b), "each once, in order");
    }
}
