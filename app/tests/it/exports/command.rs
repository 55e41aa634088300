//! `convene export`: the same files as the API's, for whoever holds the server's own database.

use std::process::Command;

use super::*;

/// A running clinic, and the command over its database.
struct Clinic {
    app: TestApp,
    manager: Client,
}

impl Clinic {
    async fn on(engine: Engine) -> Self {
        // The command does the jobs that are due, by the clock of this machine: not in other stories' organizations.
        let app = TestApp::alone(engine).await;
        let manager = proven(&app, Role::Manager).await;
        Self { app, manager }
    }

    /// Whether the command ended well, what it wrote, and what it said of what went wrong.
    fn export(&self, arguments: &[&str]) -> (bool, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convene"));
        command.arg("export").args(arguments).args(["--database", &self.app.database]);
        command.env_remove("CONVENE_DATABASE_URL").current_dir(self.app.directory());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    }

    /// What the command writes and what the API answers.
    async fn both(&self, what: &str, filters: &[(&str, &str)]) -> (String, String) {
        let options: Vec<String> =
            filters.iter().map(|(name, value)| format!("--{}={value}", name.replace('_', "-"))).collect();
        let mut arguments = vec![what];
        arguments.extend(options.iter().map(String::as_str));
        let (ok, written, said) = self.export(&arguments);
        assert!(ok, "{arguments:?}: {said}");
        let query: Vec<String> = filters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let path = format!("/api/exports/{what}.csv?{}", query.join("&"));
        (written, self.manager.get(&path).await.expect(200).text)
    }
}

on_both! {
    /// Rosters, the schedule and sessions as the API gives them, filtered alike; nothing in them is a formula.
    async fn the_command_writes_what_the_api_answers(engine: Engine) {
        let clinic = Clinic::on(engine).await;
        let manager = &clinic.manager;
        let skills = group(manager, "=Skills 🌿", 2).await;
        let other = group(manager, "Other", 5).await;
        for (number, given) in ["=cmd()", "+Zoë", "@Ann"].into_iter().enumerate() {
            seat(manager, &skills, number, given).await;
        }
        seat(manager, &other, 9, "Bo").await;
        for (day, group) in [(5, &skills), (6, &skills), (7, &other)] {
            let new = json!({ "group_id": group, "starts_at": format!("2026-03-{day:02}T09:00"), "topic": "=1+1" });
            let made = manager.post("/api/sessions", new).await.expect(201).id();
            if day == 6 {
                manager.post(&format!("/api/sessions/{made}/cancel"), json!({ "reason": "-Flood, \"again\"" })).await.expect(200);
            }
        }
        let mut cells = Vec::new();
        for (what, filters, rows) in [
            ("rosters", vec![], 4),
            ("rosters", vec![("group_id", &*skills), ("status", "waitlisted")], 1),
            ("rosters", vec![("at", "2026-03-03")], 0),
            ("schedule", vec![("date_from", "2026-03-01"), ("date_to", "2026-03-31")], 2),
            ("sessions", vec![], 3),
            ("sessions", vec![("group_id", &*skills), ("status", "cancelled")], 1),
        ] {
            let (written, answered) = clinic.both(what, &filters).await;
            assert_eq!(written, answered, "{what} {filters:?}");
            let table = Table::read(&written, ',');
            assert_eq!((table.rows.len(), table.broken.len()), (rows, 0), "{what} {filters:?}: {written}");
            let head = written.lines().next().unwrap().split(',').map(str::to_owned).collect::<Vec<_>>();
            cells.extend(table.rows.iter().flat_map(|row| head.iter().map(|name| table.cell(row, name).to_owned()).collect::<Vec<_>>()));
        }
        for cell in &cells {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "a formula: {cell}");
        }
        for text in ["'=Skills 🌿", "'=cmd()", "'+Zoë", "'@Ann", "'-Flood, \"again\""] {
            assert!(cells.iter().any(|cell| cell == text), "{text} is not in {cells:?}");
        }
    }

    /// A file, how many rows are in it, and who took it: the audit log names the command.
    async fn a_file_is_written_and_told_of(engine: Engine) {
        let clinic = Clinic::on(engine).await;
        let skills = group(&clinic.manager, "Skills", 2).await;
        seat(&clinic.manager, &skills, 1, "Ann").await;
        let code = &clinic.app.organization.short_code;
        let (ok, told, said) = clinic.export(&["rosters", "--organization", code, "--output", "r.csv"]);
        assert!(ok && told == "1 row in r.csv\n", "{told}{said}");
        let file = std::fs::read_to_string(clinic.app.directory().join("r.csv")).unwrap();
        assert_eq!(column(&file, "first_name"), ["Ann"]);
        clinic.app.seal_and_verify().await;
        let log = clinic.app.as_role(Role::Admin).await.get("/api/audit?limit=200").await.expect(200);
        for act in ["export.started", "export.finished", "patient_list.read"] {
            let entry = log.items().iter().find(|entry| entry["action"] == act);
            assert_eq!(entry.map(|entry| &entry["actor"]), Some(&json!("system:export")), "{act} in {log}");
        }
    }

    /// What can't be written is said in a sentence that helps, and leaves a file that is there as it is.
    async fn a_wrong_wish_is_refused(engine: Engine) {
        let clinic = Clinic::on(engine).await;
        clinic.app.other_organization().await;
        let code = clinic.app.organization.short_code.clone();
        let kept = clinic.app.directory().join("kept.csv");
        std::fs::write(&kept, "as it was").unwrap();
        for (arguments, wanted) in [
            (vec!["pictures"], "rosters, schedule, sessions"),
            (vec!["rosters", "--organization", &code, "--status", "asleep"], "the status must be one of"),
            (vec!["rosters", "--organization", &code, "--date-from", "2026-03-01"], "rosters have --at"),
            (vec!["sessions", "--organization", &code, "--at", "2026-03-01"], "--at is for rosters"),
            (vec!["sessions", "--organization", &code, "--date-from", "soon"], "--date-from"),
            (vec!["sessions", "--organization", &code, "--group-id", "grp_1"], "--group-id"),
            (vec!["rosters", "--output", "kept.csv"], "--organization CODE"),
            (vec!["rosters", "--organization", "NOBODY", "--output", "kept.csv"], "no organization with the code NOBODY"),
            (vec!["rosters", "--organization", &code, "--output", "nowhere/r.csv"], "nowhere/r.csv: "),
        ] {
            let (ok, written, said) = clinic.export(&arguments);
            assert!(!ok && written.is_empty() && said.contains(wanted), "{arguments:?}: {written}{said}");
            assert!(!said.contains("panicked"), "{said}");
        }
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "as it was");
        let told = clinic.app.events().await.into_iter().filter(|(name, _)| name.starts_with("export."));
        assert_eq!(told.count(), 0, "nothing has left");
    }
}
