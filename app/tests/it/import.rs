//! Coming from another system: what is in the files is here afterwards, once, and what is wrong is told by line.

mod appointments;
mod cost;
mod export;

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    sync::{Arc, Mutex},
};

use app::{
    clock::Clock,
    door::Cx,
    import::{Options, Outcome, Report, run},
};
use exchange::{import::Batch, mapping::Kind};
use jiff::{SignedDuration, civil::date};
use rules::permissions::{Permissions, Role};
use serde_json::{Value, json};

use crate::harness::{Engine, Tenant, TestApp, config, on_both};
use export::{Export, MAPPING, TODAY};

/// The product on a day after everything in the export.
async fn start(engine: Engine) -> TestApp {
    TestApp::start(engine, Clock::fixed("2026-11-21T18:00:00Z".parse().unwrap()), config()).await
}

async fn go(cx: &Cx, batch: Batch, dry_run: bool) -> Report {
    let options = Options { dry_run, progress: &|_, _, _| ControlFlow::Continue(()) };
    run(cx, batch, &options).await.unwrap_or_else(|problem| panic!("no import: {}", problem.detail()))
}

async fn import(app: &Tenant, export: &Export) -> Report {
    go(&app.cx(), export.read(), false).await
}

/// Place, outcome and reasons of every row of a report that came to none of these.
fn others(report: &Report, but: &[Outcome]) -> Vec<String> {
    let others = report.rows.iter().filter(|row| !but.contains(&row.outcome));
    others.map(|row| format!("{}: {}: {}", row.place, row.outcome, row.reasons.join("; "))).collect()
}

/// How many staff, patients, groups and members came to this.
fn counts(report: &Report, outcome: Outcome) -> [usize; 4] {
    [Kind::Practitioner, Kind::Patient, Kind::Group, Kind::Member].map(|kind| report.count(kind, outcome))
}

/// Everything the organization has from its export, without ids and instants of its own.
async fn everything(app: &Tenant) -> Vec<String> {
    const SQL: [&str; 6] = [
        "select p.external_id, p.family_name, p.version, s.external_id from practitioners p left join practitioners s \
         on s.organization_id = p.organization_id and s.id = p.supervisor_id where p.organization_id = $1 \
         order by p.external_id",
        "select external_id, mrn, given_name, family_name, birth_date, sex, version from patients \
         where organization_id = $1 order by external_id",
        "select p.external_id, t.token from search_tokens t join patients p on p.organization_id = t.organization_id \
         and p.id = t.subject_id where t.organization_id = $1 order by p.external_id, t.token",
        "select g.external_id, g.name, g.type, g.max_participants, g.is_part2, g.version, p.external_id from groups g \
         left join practitioners p on p.organization_id = g.organization_id and p.id = g.facilitator_id \
         where g.organization_id = $1 order by g.external_id",
        "select m.external_id, p.external_id, g.external_id, m.status, m.order_key, m.added_at, m.joined_at, m.left_at, \
         m.override_reason, m.version from group_members m \
         join patients p on p.organization_id = m.organization_id and p.id = m.patient_id \
         join groups g on g.organization_id = m.organization_id and g.id = m.group_id \
         where m.organization_id = $1 order by m.external_id",
        "select kind, external_id, fingerprint from imported_rows where organization_id = $1 order by kind, external_id",
    ];
    let mut all = Vec::new();
    for sql in SQL {
        all.extend(app.rows(sql, &[]).await.iter().map(|row| format!("{:?}", row.pairs().collect::<Vec<_>>())));
    }
    all
}

/// The external ids in a group with this status, in the order of the roster or the line.
async fn in_group(app: &Tenant, group: &str, status: &str) -> Vec<String> {
    let sql = "select m.external_id from group_members m join groups g on g.organization_id = m.organization_id \
        and g.id = m.group_id where m.organization_id = $1 and g.external_id = $2 and m.status = $3 \
        order by m.order_key, m.added_at, m.id";
    app.rows(sql, &[group.into(), status.into()]).await.iter().map(|row| row.at(0).unwrap()).collect()
}

on_both! {
    /// Staff, patients, groups and members are here, with their supervisors, seats, places and dates.
    async fn a_clinic_comes_in(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(150, 14, 8);
        let report = import(&app, &export).await;
        assert_eq!(others(&report, &[Outcome::Created]), [""; 0]);
        assert_eq!(counts(&report, Outcome::Created), [14, 150, 8, export.rows("stays.csv")]);

        let admin = app.as_role(Role::Admin).await;
        let staff = admin.get("/api/practitioners?limit=200").await.expect(200);
        assert_eq!(staff.items().iter().filter(|one| !one["supervisor_id"].is_null()).count(), 13);
        let groups = admin.get("/api/groups?limit=200").await.expect(200);
        let named = |name: &str| groups.items().iter().find(|group| group["name"] == name).unwrap().clone();
        let (waits, kept) = (named("Group 1 (G-1)"), named("Group 0 (G-0)"));
        assert_eq!((&waits["seats"]["taken"], &waits["seats"]["over_capacity"]), (&12.into(), &false.into()));
        assert_eq!(kept["seats"]["over_capacity"], true);
        assert_eq!((&kept["seats"]["waiting"], &kept["is_part2"]), (&0.into(), &true.into()));
        assert_eq!(waits["co_facilitator_ids"].as_array().unwrap().len(), 1);

        let path = format!("/api/groups/{}/members?limit=200", waits["id"].as_str().unwrap());
        let members = admin.get(&path).await.expect(200);
        let positions: Vec<&Value> = members.items().iter().map(|member| &member["waitlist_position"]).filter(|position| !position.is_null()).collect();
        let wanted: Vec<Value> = (1..=positions.len()).map(Value::from).collect();
        assert!(!wanted.is_empty() && positions == wanted.iter().collect::<Vec<_>>(), "{positions:?}");
        let started: Vec<&str> = members.items().iter().map(|member| member["added_at"].as_str().unwrap()).collect();
        assert!(started.is_sorted(), "who began first has the seat");
        assert!(members.items().iter().take(12).all(|member| member["status"] == "active" && member["joined_at"] == member["added_at"]));
        let gone = admin.get(&format!("{path}&status=left")).await.expect(200);
        assert!(gone.items().iter().any(|member| member["left_at"] == "2026-06-02T06:59:59Z"), "the last second in Phoenix");

        let found = admin.get("/api/patients?q=family7%20given").await.expect(200);
        assert!(found.items().iter().any(|patient| patient["mrn"] == "P7" && patient["birth_date"] == "1957-08-08"));
        assert_eq!(app.count_of("patient.created").await, 0, "new records are told of together");
        let told = app.events().await.into_iter().filter(|(name, _)| name == "group.roster_imported");
        assert_eq!(told.map(|(_, group)| group).collect::<BTreeSet<_>>().len(), 8);
        app.seal_and_verify().await;
    }

    /// A second import finds everything as it is, and writes nothing at all.
    async fn twice_changes_nothing(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(60, 5, 3);
        let first = import(&app, &export).await;
        let (before, events) = (everything(&app).await, app.events().await);
        app.advance(SignedDuration::from_hours(30));
        let second = import(&app, &export).await;
        assert_eq!(others(&second, &[Outcome::Unchanged]), [""; 0]);
        assert_eq!(counts(&second, Outcome::Unchanged), counts(&first, Outcome::Created));
        assert_eq!((everything(&app).await, app.events().await), (before, events));
        assert_eq!(first.groups, second.groups);
    }

    /// A dry run says row by row what the import then does, and leaves nothing behind.
    async fn a_dry_run_tells_the_truth_and_writes_nothing(engine: Engine) {
        let app = start(engine).await;
        let bad = Export::of(90, 6, 4).with("people.csv", "P3,Given3 Family3,1953-04-04,F", "P3,Given3 Family3,not,F");
        let tell = |report: &Report| {
            let rows: Vec<_> = report.rows.iter().map(|row| (row.place.clone(), row.outcome, row.status.clone(), row.reasons.clone())).collect();
            (rows, report.groups.clone())
        };
        for export in [bad, Export::of(450, 6, 4), Export::of(450, 6, 4).moved_on()] {
            let (before, events) = (everything(&app).await, app.events().await);
            let dry = go(&app.cx(), export.read(), true).await;
            assert_eq!((everything(&app).await, app.events().await), (before, events));
            let real = import(&app, &export).await;
            assert_eq!(tell(&dry), tell(&real));
            assert!(dry.text().contains("nothing was written") && !real.text().contains("nothing was written"));
        }
    }

    /// Stopped before any of its chunks, an import that is begun again ends like one that was never stopped.
    async fn a_stopped_import_goes_on(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(450, 8, 3);
        let chunks = Arc::new(Mutex::new(0));
        let count = |_: Kind, _: usize, _: usize| {
            *chunks.lock().unwrap() += 1;
            ControlFlow::Continue(())
        };
        run(&app.cx(), export.read(), &Options { dry_run: false, progress: &count }).await.unwrap();
        let whole = everything(&app).await;
        let chunks = *chunks.lock().unwrap();
        assert!(chunks > 10, "{chunks} chunks");
        for stop in 0..chunks {
            let tenant = app.other_organization().await;
            let told = Mutex::new(0);
            let until = |_: Kind, _: usize, _: usize| {
                let mut told = told.lock().unwrap();
                *told += 1;
                if *told > stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let report = run(&tenant.cx(), export.read(), &Options { dry_run: false, progress: &until }).await.unwrap();
            assert!(report.stopped && report.text().contains("Run the same command again"));
            assert_eq!(others(&import(&tenant, &export).await, &[Outcome::Created, Outcome::Unchanged]), [""; 0]);
            assert_eq!(everything(&tenant).await, whole, "stopped after {stop}");
        }
    }

    /// A bad row is refused with its line and every reason, with whoever refers to it, and nobody else.
    async fn a_bad_row_is_refused_alone(engine: Engine) {
        let app = start(engine).await;
        app.as_role(Role::Admin).await.post("/api/patients", json!({
            "mrn": "P5", "given_name": "Ann", "family_name": "Lee", "birth_date": "1990-01-01"
        })).await.expect(201);
        let export = Export::of(20, 5, 2)
            .with("people.csv", "P3,Given3 Family3,1953-04-04,F", "P3,Given3 Family3,1953-02-30,Z")
            .with("staff.csv", "S4,Staff4 Carter,S1", "S4,Staff4 Carter,S9")
            .with("groups.csv", "G1,G-1,Group 1,12", "G1,G-1,Group 1,50")
            .with("stays.csv", "M0,P0,G0,", "M0,P77,G7,");
        let report = import(&app, &export).await;
        let refused = others(&report, &[Outcome::Created]);
        assert_eq!(refused[..4], [
            "staff.csv line 2: refused: `supervisor` names the practitioner `S9`, and there is none",
            "people.csv line 5: refused: `birth_date` is not a date of the form %Y-%m-%d; `sex` is `Z`, which the mapping's `values` do not name",
            "people.csv line 7: refused: `mrn` P5 is that of another patient here: it may be the same person",
            "groups.csv line 3: refused: `max_participants` must be 2 to 20, and is 50; a larger group needs a higher capacity ceiling in the organization's settings",
        ]);
        assert_eq!(refused[4], "stays.csv line 2: refused: `patient` names the patient `P77`, and there is none; `group` names the group `G7`, and there is none");
        assert!(refused[5..].iter().all(|row| row.contains("its row was refused, ")), "{refused:#?}");
        let people = app.rows("select id from patients where organization_id = $1", &[]).await.len();
        assert_eq!((people, counts(&report, Outcome::Created)[1]), (19, 18));
        assert!(report.text().contains("people.csv line 5: `birth_date` is not a date"));
        let lines = report.lines();
        assert_eq!(lines.lines().count(), report.rows.len() + 1);
        assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    }

    /// What changed in the export changes here; what did not change there stays as people here have made it.
    async fn changes_come_in_and_local_changes_stay(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(40, 5, 2);
        import(&app, &export).await;
        let seated = in_group(&app, "G1", "active").await;
        let waiting = in_group(&app, "G1", "waitlisted").await;
        assert_eq!((seated.len(), waiting.is_empty()), (12, false));
        app.tamper("update patients set preferred_name = 'Nannie', phone = '555' where organization_id = $1 and external_id = 'P1'", &[]).await;
        app.tamper("update patients set preferred_name = 'Bo' where organization_id = $1 and external_id = 'P2'", &[]).await;

        let next = export
            .with("people.csv", "P1,Given1 Family1,", "P1,Given1 Newname,")
            .ended(&seated[3], "2026-11-20")
            .ended(&waiting[0], "2026-11-21");
        let report = import(&app, &next).await;
        assert_eq!(counts(&report, Outcome::Updated), [0, 1, 0, 2]);
        assert_eq!(counts(&report, Outcome::Refused), [0; 4]);
        let now = app.rows("select family_name, preferred_name, phone, version from patients where organization_id = $1 and external_id in ('P1', 'P2') order by external_id", &[]).await;
        let names: Vec<(String, Option<String>)> = now.iter().map(|row| (row.at(0).unwrap(), row.at(1).unwrap())).collect();
        assert_eq!(names, [("Newname".to_owned(), Some("Nannie".to_owned())), ("Family2".to_owned(), Some("Bo".to_owned()))]);
        assert_eq!(in_group(&app, "G1", "waitlisted").await, waiting[2..], "the next in line has the seat");
        assert!(in_group(&app, "G1", "active").await.contains(&waiting[1]));
        assert_eq!((app.count_of("member.left").await, app.count_of("member.promoted").await), (2, 1));
        let admin = app.as_role(Role::Admin).await;
        assert_eq!(admin.get("/api/patients?q=newname").await.expect(200).items().len(), 1);

        // Whom people here have removed is not brought back by a row that has not changed, nor by one that has.
        app.tamper("update group_members set status = 'left' where organization_id = $1 and external_id = $2", &[seated[0].as_str().into()]).await;
        assert_eq!(others(&import(&app, &next).await, &[Outcome::Unchanged]), [""; 0]);
        let report = import(&app, &next.noted(&seated[0])).await;
        assert_eq!(counts(&report, Outcome::Updated), [0, 0, 0, 1]);
        assert!(report.text().contains("the stint is left here and is not opened again"), "{}", report.text());
    }

    /// More seats in the export promote whoever waits.
    async fn more_seats_promote(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(40, 5, 2);
        import(&app, &export).await;
        let waiting = in_group(&app, "G1", "waitlisted").await;
        let report = import(&app, &export.with("groups.csv", "G1,G-1,Group 1,12", "G1,G-1,Group 1,14")).await;
        assert_eq!(counts(&report, Outcome::Updated), [0, 0, 1, 0]);
        assert_eq!(in_group(&app, "G1", "waitlisted").await, waiting[2..]);
    }

    /// Who comes into a group with sessions ahead is booked into them, and who has left is not any more.
    async fn bookings_follow_what_comes_in(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(8, 3, 1);
        import(&app, &export).await;
        let admin = app.as_role(Role::Admin).await;
        let group = admin.get("/api/groups").await.expect(200).items()[0]["id"].clone();
        let session = json!({ "group_id": group, "starts_at": "2026-12-01T17:00:00Z" });
        let session = admin.post("/api/sessions", session).await.expect(201).id();
        import(&app, &Export::of(9, 3, 1).ended("M0", "2026-11-20")).await;
        let booked = admin.get(&format!("/api/sessions/{session}/participants")).await.expect(200);
        let with = |status: &str| booked.items().iter().filter(|row| row["status"] == status).count();
        assert_eq!((with("booked"), with("cancelled")), (8, 1));
    }

    /// Who is in a group as a guest already has no second seat by a row that names the patient.
    async fn who_is_here_as_a_guest_has_one_seat(engine: Engine) {
        let app = start(engine).await;
        import(&app, &Export::of(8, 3, 1)).await;
        let admin = app.as_role(Role::Admin).await;
        let group = admin.get("/api/groups").await.expect(200).items()[0]["id"].as_str().unwrap().to_owned();
        let patient = admin.get("/api/patients?q=family8").await.expect(200);
        assert_eq!(patient.items().len(), 0, "the ninth is not here yet");
        let export = Export::of(9, 3, 1);
        let new = json!({ "given_name": "Given8", "family_name": "Family8", "birth_date": "1990-01-01", "external_id": "P8" });
        let patient = admin.post("/api/patients", new).await.expect(201).id();
        let guest = admin.post("/api/guests", json!({ "display_name": "G.", "patient_id": patient })).await.expect(201).id();
        admin.post(&format!("/api/groups/{group}/members"), json!({ "guest_id": guest })).await.expect(201);
        let report = import(&app, &export).await;
        assert_eq!(others(&report, &[Outcome::Created, Outcome::Updated, Outcome::Unchanged]), [
            "stays.csv line 18: refused: This person is already in the group (active).",
        ]);
        let live = admin.get(&format!("/api/groups/{group}/members?limit=200")).await.expect(200);
        assert!(live.items().iter().all(|member| member["patient_id"] != json!(patient)), "{live}");
    }

    /// Whoever may not import is refused before anything is read.
    async fn importing_needs_its_permission(engine: Engine) {
        let app = start(engine).await;
        let cx = Cx { permissions: Permissions::default(), ..app.cx() };
        let options = Options { dry_run: true, progress: &|_, _, _| ControlFlow::Continue(()) };
        let refused = run(&cx, Export::of(3, 2, 1).read(), &options).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        assert_eq!(app.events().await, []);
    }

    /// The shared export of another generator, where it is at hand.
    async fn the_shared_clinic_comes_in(engine: Engine) {
        let Some(export) = Export::shared() else { return };
        let app = start(engine).await;
        let report = import(&app, &export).await;
        assert_eq!(others(&report, &[Outcome::Created, Outcome::Skipped]), [""; 0]);
        assert_eq!(counts(&report, Outcome::Created), [14, 150, 8, 333]);
        let count = |sql: &'static str| async { app.rows(sql, &[]).await.len() };
        assert_eq!(count("select id from practitioners where organization_id = $1 and supervisor_id is not null").await, 8);
        assert_eq!(count("select id from group_members where organization_id = $1 and status = 'left'").await, 113);
        assert_eq!(report.groups.iter().filter(|group| group.taken > group.capacity).count(), 1);
        assert_eq!(report.groups.iter().map(|group| group.taken + group.waiting).sum::<u32>(), 220);
        let again = import(&app, &export).await;
        assert_eq!(counts(&again, Outcome::Unchanged), [14, 150, 8, 333]);
        assert_eq!(TODAY, date(2026, 11, 21));
    }
}

/// The command: its words, its files and how it ends.
mod command {
    use std::{path::Path, process::Command};

    use super::*;
    use crate::harness::Directory;

    fn convene(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convene"));
        command.args(arguments).arg("--database").arg(format!("sqlite:{}", folder.join("c.db").display()));
        let output = command.current_dir(folder).env_remove("CONVENE_DATABASE_URL").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    }

    #[test]
    fn it_imports_reports_and_says_what_can_not_be_used() {
        let folder = Directory::new();
        let export = Export::of(20, 4, 2).with("people.csv", "P3,Given3 Family3,", "P3,,");
        export.write_to(&folder.0);
        std::fs::write(folder.0.join("m.toml"), MAPPING).unwrap();
        std::fs::write(folder.0.join("visits.csv"), "id\n1\n2\n").unwrap();
        std::fs::write(folder.0.join("extra.csv"), "id\n").unwrap();
        let import = ["import", "--mapping", "m.toml", "."];

        let (ok, _, said) = convene(&folder.0, &import);
        assert!(!ok && said.contains("`convene organization add` makes one"), "{said}");
        convene(&folder.0, &["organization", "add", "--code", "SAG", "--name", "Saguaro"]);
        let (ok, told, _) = convene(&folder.0, &[&import[..], &["--dry-run"]].concat());
        assert!(ok && told.contains("nothing was written"), "{told}");
        let (ok, told, said) = convene(&folder.0, &[&import[..], &["--report", "r.jsonl"]].concat());
        assert!(ok, "refused rows are no failure: {said}");
        assert!(
            told.starts_with("Saguaro (SAG)\n") && told.contains("people.csv line 5: `family_name` must not be empty"),
            "{told}"
        );
        assert!(told.contains("visits.csv (2 rows): visits are not imported yet"), "{told}");
        assert!(told.contains("extra.csv (0 rows): the mapping does not name it"), "{told}");
        let report = std::fs::read_to_string(folder.0.join("r.jsonl")).unwrap();
        assert!(report.contains(r#""outcome":"refused""#), "{report}");

        convene(&folder.0, &["organization", "add", "--code", "HAR", "--name", "Harbor"]);
        let (ok, _, said) = convene(&folder.0, &import);
        assert!(!ok && said.contains("--organization CODE"), "{said}");
        let (ok, _, said) = convene(&folder.0, &[&import[..], &["--organization", "NO"]].concat());
        assert!(!ok && said.contains("no organization with the code NO"), "{said}");

        let in_harbor = [&import[..], &["--organization", "HAR"]].concat();
        std::fs::write(folder.0.join("people.csv"), "id,name\n").unwrap();
        std::fs::remove_file(folder.0.join("staff.csv")).unwrap();
        let (ok, _, said) = convene(&folder.0, &in_harbor);
        assert!(
            !ok && said.contains("people.csv has no column `born`") && said.contains("there is no file staff.csv"),
            "{said}"
        );
        std::fs::write(folder.0.join("m.toml"), MAPPING.replace("kind = \"group\"", "kinds = \"group\"")).unwrap();
        let (ok, _, said) = convene(&folder.0, &in_harbor);
        assert!(!ok && said.contains("unknown field `kinds`") && said.contains("line "), "{said}");
    }

    #[test]
    fn it_fails_when_not_one_row_can_be_read() {
        let folder = Directory::new();
        Export::of(1, 1, 1).only_headers_and("people.csv", "P1,,,").write_to(&folder.0);
        std::fs::write(folder.0.join("m.toml"), MAPPING).unwrap();
        convene(&folder.0, &["organization", "add", "--code", "SAG", "--name", "Saguaro"]);
        let (ok, told, said) = convene(&folder.0, &["import", "--mapping", "m.toml", "."]);
        assert!(
            !ok && said.contains("not one row could be read") && told.contains("people.csv line 2"),
            "{told}{said}"
        );
    }
}
