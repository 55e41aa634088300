//! Legacy appointments: every status by itself, every number as it was, groups as one session.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    path::Path,
    sync::Mutex,
};

use app::{
    export::{Wanted, WantedMembers, begin},
    import::{Options, Outcome, Report, run},
};
use exchange::{csv::Table, mapping::Kind};
use jiff::SignedDuration;
use rules::{permissions::Role, roster::MemberStatus};
use serde_json::json;

use super::{Export, go, import, others, start};
use crate::harness::{Engine, Tenant, on_both};

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/import").join(name)
}

/// The example with real groups.
fn groups() -> Export {
    Export::in_folder(&folder("group_visits"), &folder("group_visits.toml")).unwrap()
}

/// The rows of appointments that came to this.
fn came_to(report: &Report, outcome: Outcome) -> usize {
    report.count(Kind::Appointment, outcome)
}

fn refused(report: &Report) -> Vec<String> {
    others(report, &[Outcome::Created, Outcome::Updated, Outcome::Unchanged, Outcome::Skipped])
}

/// Every session and participant, without ids and instants of its own.
async fn everything(app: &Tenant) -> Vec<String> {
    const SQL: [&str; 4] = [
        "select s.external_id, s.session_number, s.session_type, s.title, s.zone, s.local_date, s.local_start, \
         s.starts_at, s.ends_at, s.actual_start, s.actual_end, s.status, s.source, s.modality, s.max_capacity, \
         s.cancellation_reason, s.has_conflict, s.version, e.status from sessions s join encounters e \
         on e.organization_id = s.organization_id and e.session_id = s.id where s.organization_id = $1 \
         order by s.external_id",
        "select p.external_id, p.appointment_number, p.status, p.arrival_at, p.departed_at, p.minutes_corrected, \
         p.cancellation_reason, p.no_show_reason, p.version, s.external_id from session_participants p \
         join sessions s on s.organization_id = p.organization_id and s.id = p.session_id \
         where p.organization_id = $1 order by p.external_id",
        "select s.external_id, t.external_id, l.role, l.starts_at from session_leaders l \
         join sessions s on s.organization_id = l.organization_id and s.id = l.session_id \
         join practitioners t on t.organization_id = l.organization_id and t.id = l.practitioner_id \
         where l.organization_id = $1 order by s.external_id, t.external_id",
        "select kind, external_id, fingerprint from imported_rows where organization_id = $1 order by kind, external_id",
    ];
    let mut all = Vec::new();
    for sql in SQL {
        all.extend(app.rows(sql, &[]).await.iter().map(|row| format!("{:?}", row.pairs().collect::<Vec<_>>())));
    }
    all
}

/// One text of a session or participant.
async fn one(app: &Tenant, sql: &str) -> String {
    let rows = app.rows(sql, &[]).await;
    assert_eq!(rows.len(), 1, "{sql}");
    rows[0].at::<Option<String>>(0).unwrap().unwrap_or_default()
}

async fn count(app: &Tenant, sql: &str) -> usize {
    app.rows(sql, &[]).await.len()
}

on_both! {
    /// People of one practitioner, programme and start are in one session, in the group the export names by id or name.
    async fn appointments_of_a_group_become_one_session(engine: Engine) {
        let app = start(engine).await;
        let export = groups();
        let report = import(&app, &export).await;
        let refused = refused(&report);
        assert_eq!(refused.len(), 6, "{refused:#?}");
        for wanted in [
            "`patient` P3 is in this session already: visits.csv line 4",
            "`status` is `PENDING`, which the mapping's `values` do not name",
            "`patient` names the patient `P99`, and there is none",
            "has the id `A-9001` of visits.csv line",
            "`start` is not a date with its time of the form",
            "`status` is booked, and others of this session have come or stayed away",
        ] {
            assert!(refused.iter().any(|row| row.contains(wanted)), "{wanted}: {refused:#?}");
        }
        assert_eq!(came_to(&report, Outcome::Created) + 6, export.rows("visits.csv"));
        // Six weeks of two groups, two of a third, one of none.
        assert_eq!(count(&app, "select id from sessions where organization_id = $1 and session_type = 'group'").await, 15);
        let skills = "select status from sessions s where organization_id = $1 and session_type = 'group' \
            and local_start = '2026-10-20T09:00:00'";
        assert_eq!(one(&app, skills).await, "completed");
        let off = "select cancellation_reason from sessions where organization_id = $1 and session_type = 'group' \
            and status = 'cancelled'";
        assert_eq!(one(&app, off).await, "Clinic closed", "only the week that was called off for everybody");
        let admin = app.as_role(Role::Admin).await;
        let groups = admin.get("/api/groups").await.expect(200);
        for (name, sessions) in [("Morning DBT Skills", 6), ("Relapse Prevention", 6), ("Grief \"Circle\" 🌿", 2)] {
            let id = groups.items().iter().find(|group| group["name"] == name).unwrap()["id"].clone();
            let path = format!("/api/sessions?group_id={}&limit=200", id.as_str().unwrap());
            assert_eq!(admin.get(&path).await.expect(200).items().len(), sessions, "{name}");
        }
        // Beyond the usual seats nobody is lost, and the session is as large as it was.
        let large = admin.get("/api/sessions?date_from=2026-10-20&date_to=2026-10-20&limit=200").await.expect(200);
        let large = large.items().iter().find(|session| session["title"] == "Grief \"Circle\" 🌿").unwrap().clone();
        assert_eq!(large["max_capacity"], 20);
        let path = format!("/api/sessions/{}/participants", large["id"].as_str().unwrap());
        let people = admin.get(&path).await.expect(200);
        let with = |status: &str| people.items().iter().filter(|row| row["status"] == status).count();
        assert_eq!((with("attended"), with("no_show")), (20, 3));
        app.seal_and_verify().await;
    }

    /// Numbers stay, every status maps by itself, and the successor of what was moved is named.
    async fn an_appointment_keeps_its_number_and_its_meaning(engine: Engine) {
        let app = start(engine).await;
        import(&app, &groups()).await;
        let session = |number: &str, column: &str| format!(
            "select {column} from sessions where organization_id = $1 and session_number = 'SES-{number}'"
        );
        let moved = "select s.session_number from sessions s join session_participants p \
            on p.organization_id = s.organization_id and p.session_id = s.id where s.organization_id = $1 \
            and s.session_type = 'individual' and s.status = 'cancelled' and p.status = 'cancelled'";
        let number = one(&app, moved).await;
        let number = number.strip_prefix("SES-").unwrap();
        assert_eq!(one(&app, &session(number, "cancellation_reason")).await, "Rescheduled to SES-A-9001.");
        assert_eq!(one(&app, &session("A-9001", "status")).await, "completed");
        assert_eq!(one(&app, &session("A-9001", "source")).await, "imported");
        let kept = "select appointment_number from session_participants where organization_id = $1 and external_id = 'A-9001'";
        assert_eq!(one(&app, kept).await, "A-9001");
        let admin = app.as_role(Role::Admin).await;
        let found = admin.get("/api/sessions?q=SES-A-9001&limit=10").await.expect(200);
        assert_eq!(found.items().len(), 1);
        let path = format!("/api/sessions/{}/participants", found.items()[0]["id"].as_str().unwrap());
        let people = admin.get(&path).await.expect(200);
        assert_eq!((&people.items()[0]["minutes_attended"], people.items().len()), (&json!(45), 1));
        // What happens twice is the first time, what does not exist moves forward by the gap.
        let starts: BTreeSet<String> = admin.get("/api/sessions?date_from=2026-01-01&limit=200").await.expect(200).items().iter()
            .map(|session| session["starts_at"].as_str().unwrap().to_owned()).collect();
        for start in ["2026-11-01T01:30:00-04:00", "2026-03-08T03:30:00-04:00", "2026-11-03T09:00:00-05:00", "2026-10-27T09:00:00-04:00", "2026-10-20T17:00:00-07:00"] {
            let instant: jiff::Timestamp = start.parse().unwrap();
            assert!(starts.iter().any(|one| one.parse::<jiff::Timestamp>().unwrap() == instant), "{start} in {starts:?}");
        }
    }

    /// History asks for nothing: no notes, no chart entry, no message. What is to come is a session like any other.
    async fn imported_history_is_complete_and_silent(engine: Engine) {
        let app = start(engine).await;
        let report = import(&app, &groups()).await;
        let names: BTreeSet<String> = app.events().await.into_iter().map(|(name, _)| name).collect();
        assert!(names.iter().all(|name| ["group.created", "site.created"].contains(&name.as_str()) || name.starts_with("import.")), "{names:?}");
        assert_eq!(count(&app, "select id from chart_entries where organization_id = $1").await, 0);
        assert_eq!(count(&app, "select id from sessions where organization_id = $1 and source = 'imported' and status not in ('completed', 'cancelled')").await, 0);
        assert_eq!(count(&app, "select id from sessions where organization_id = $1 and source = 'scheduled' and status <> 'scheduled'").await, 0);
        assert!(report.text().contains("is past and still open: resolve it on the board of 2026-11-10"), "{}", report.text());
        assert!(report.text().contains("overlaps another session of its leader"), "{}", report.text());
        let flagged = "select local_start from sessions where organization_id = $1 and has_conflict = true";
        assert_eq!(count(&app, flagged).await, 1, "flagged, and not refused");
        let pages = app.page_client(Role::Admin).await;
        let board = pages.get("/today?day=2026-10-20").await.html;
        assert!(board.contains("Completed") && !board.contains("to document"), "{board}");
        let open = pages.get("/today?day=2026-11-10").await.html;
        assert!(open.contains("Past, to resolve"), "{open}");
    }

    /// The same files again write nothing, and a dry run says what happens.
    async fn twice_changes_nothing_and_a_dry_run_is_true(engine: Engine) {
        let app = start(engine).await;
        let export = groups();
        let rows = |report: &Report| -> Vec<_> {
            report.rows.iter().map(|row| (row.place.clone(), row.outcome, row.status.clone(), row.reasons.clone())).collect()
        };
        let dry = go(&app.cx(), export.read(), true).await;
        assert_eq!(count(&app, "select id from sessions where organization_id = $1").await, 0);
        let first = import(&app, &export).await;
        assert_eq!(rows(&dry), rows(&first));
        let (before, events) = (everything(&app).await, app.events().await);
        app.advance(SignedDuration::from_hours(3));
        let again = import(&app, &export).await;
        assert_eq!(came_to(&again, Outcome::Unchanged), came_to(&first, Outcome::Created));
        assert_eq!((everything(&app).await, app.events().await), (before, events));
    }

    /// What changed there comes in as long as nobody touched it here; what was touched is refused with its line.
    async fn a_changed_status_comes_in_unless_it_was_changed_here(engine: Engine) {
        let app = start(engine).await;
        let export = groups();
        import(&app, &export).await;
        let line = |needle: &str| export.text("visits.csv").lines().find(|line| line.contains(needle)).unwrap().to_owned();
        let (past, ahead) = (line("2026-11-10T15:00"), line("2026-11-24T13:45"));
        let next = export
            .with("visits.csv", &past, &past.replace("ARRIVED", "COMPLETED"))
            .with("visits.csv", &ahead, &ahead.replace("BOOKED", "CANCELED"));
        // Somebody here has confirmed the one that is still to come.
        let admin = app.as_role(Role::Admin).await;
        let session = admin.get("/api/sessions?date_from=2026-11-24&date_to=2026-11-24&type=individual").await.expect(200);
        let session = session.items()[0]["id"].as_str().unwrap().to_owned();
        let person = admin.get(&format!("/api/sessions/{session}/participants")).await.expect(200).items()[0]["id"].clone();
        admin.post(&format!("/api/sessions/{session}/participants/{}/confirm", person.as_str().unwrap()), json!({})).await.expect(200);
        for _ in 0..2 {
            let dry = go(&app.cx(), next.read(), true).await;
            assert_eq!(came_to(&dry, Outcome::Refused), 7);
        }
        let report = import(&app, &next).await;
        assert_eq!((came_to(&report, Outcome::Updated), came_to(&report, Outcome::Refused)), (1, 7));
        let told = refused(&report).into_iter().find(|row| row.contains("does not overwrite")).unwrap();
        let number = export.text("visits.csv").lines().position(|line| line == ahead).unwrap() + 1;
        assert!(told.starts_with(&format!("visits.csv line {number}: ")), "{told}");
        let now = "select s.status from sessions s where organization_id = $1 and local_start = '2026-11-10T15:00:00'";
        assert_eq!(one(&app, now).await, "completed");
        let source = "select source from sessions where organization_id = $1 and local_start = '2026-11-10T15:00:00'";
        assert_eq!(one(&app, source).await, "imported");
        let encounter = "select e.status from encounters e join sessions s on s.organization_id = e.organization_id \
            and s.id = e.session_id where e.organization_id = $1 and s.local_start = '2026-11-10T15:00:00'";
        assert_eq!(one(&app, encounter).await, "finished");
        let kept = "select p.status from session_participants p join sessions s on s.organization_id = p.organization_id \
            and s.id = p.session_id where p.organization_id = $1 and s.local_start = '2026-11-24T13:45:00'";
        assert_eq!(one(&app, kept).await, "confirmed");
        // A third import finds the first change done, and refuses the second again.
        let again = import(&app, &next).await;
        assert_eq!((came_to(&again, Outcome::Updated), came_to(&again, Outcome::Refused)), (0, 7));
        app.seal_and_verify().await;
    }

    /// A group session still to come that took place is over for all of them at once, or the rows say why not.
    async fn a_group_session_is_over_for_everybody_or_for_nobody(engine: Engine) {
        let app = start(engine).await;
        let export = groups();
        import(&app, &export).await;
        let ahead = |line: &&str| line.contains("2026-11-24T09:00");
        let text = export.text("visits.csv").to_owned();
        let held = text.lines().map(|line| if ahead(&line) {
            line.replace("CONFIRMED", "COMPLETED").replace("SCHEDULED", "NO_SHOW")
        } else { line.to_owned() });
        let all = export.replaced("visits.csv", held.collect::<Vec<_>>().join("\n"));
        let first = text.lines().find(ahead).unwrap();
        let only = export.with("visits.csv", first, &first.replace("CONFIRMED", "COMPLETED"));
        let report = import(&app, &only).await;
        assert!(refused(&report).iter().any(|row| row.contains("others of this session are still open")), "{:#?}", refused(&report));
        let report = import(&app, &all).await;
        assert_eq!(came_to(&report, Outcome::Updated), 6, "{:#?}", refused(&report));
        let session = "select status from sessions where organization_id = $1 and local_start = '2026-11-24T09:00:00'";
        assert_eq!(one(&app, session).await, "completed");
    }

    /// Stopped before any chunk, an import that is begun again ends like one that was never stopped.
    async fn a_stopped_import_of_appointments_goes_on(engine: Engine) {
        let app = start(engine).await;
        let export = groups();
        import(&app, &export).await;
        let whole = everything(&app).await;
        for stop in 5..9 {
            let tenant = app.other_organization().await;
            let told = Mutex::new(0);
            let until = |_: Kind, _: usize, _: usize| {
                let mut told = told.lock().unwrap();
                *told += 1;
                if *told > stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            run(&tenant.cx(), export.read(), &Options { dry_run: false, progress: &until }).await.unwrap();
            import(&tenant, &export).await;
            assert_eq!(everything(&tenant).await, whole, "stopped after {stop}");
        }
    }

    /// Numbers that look like ours are skipped by the blocks, and ours that are taken are not given twice.
    async fn numbers_never_collide(engine: Engine) {
        let app = start(engine).await;
        let export = groups();
        let code = app.cx().organization.short_code.clone();
        let visits = export.text("visits.csv").replace("A-9001", &format!("APT-{code}-2026-10001"));
        import(&app, &export.replaced("visits.csv", visits.clone())).await;
        let admin = app.as_role(Role::Admin).await;
        let patient = admin.get("/api/patients?limit=1").await.expect(200).items()[0]["id"].clone();
        let new = json!({ "patient_id": patient, "starts_at": "2026-12-01T17:00:00Z", "title": "Intake" });
        let made = admin.post("/api/sessions", new).await.expect(201);
        let path = format!("/api/sessions/{}/participants", made.id());
        let number = admin.get(&path).await.expect(200).items()[0]["appointment_number"].as_str().unwrap().to_owned();
        assert_eq!(number, format!("APT-{code}-2026-10002"));
        let taken = export.replaced("visits.csv", export.text("visits.csv").replace("A-9001", &number));
        let report = import(&app, &taken).await;
        let told = refused(&report);
        assert!(told.iter().any(|row| row.contains(&format!("`appointment_number` {number} is that of another appointment here"))), "{told:#?}");
    }

    /// The shared export of another generator, where it is at hand: every visit is accounted for, status by status.
    async fn the_visits_of_the_shared_clinic_come_in(engine: Engine) {
        let Some(export) = Export::shared() else { return };
        let app = start(engine).await;
        let report = import(&app, &export).await;
        assert_eq!(came_to(&report, Outcome::Created) + came_to(&report, Outcome::Refused), export.rows("visits.csv"));
        assert_eq!(came_to(&report, Outcome::Refused), 0, "{:#?}", refused(&report));
        let table = Table::read(export.text("visits.csv"), ',');
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &table.rows {
            let status = match table.cell(row, "visit_status") {
                "COMPLETED" => "attended",
                "NO_SHOW" => "no_show",
                "SCHEDULED" => "booked",
                "CANCELED" | "RESCHEDULED" => "cancelled",
                other => panic!("{other}"),
            };
            *wanted.entry(status).or_default() += 1;
        }
        for (status, wanted) in wanted {
            let rows = app.rows("select id from session_participants where organization_id = $1 and status = $2 and source = 'imported'", &[status.into()]).await;
            assert_eq!(rows.len(), wanted, "{status}");
        }
        let visits = export.rows("visits.csv");
        assert_eq!(count(&app, "select id from sessions where organization_id = $1").await, visits, "every key has one person");
        assert_eq!(count(&app, "select s.id from sessions s join session_participants p on p.organization_id = s.organization_id and p.session_id = s.id where s.organization_id = $1 and s.session_number = 'SES-' || p.appointment_number").await, visits);
        let again = import(&app, &export).await;
        assert_eq!(came_to(&again, Outcome::Unchanged), visits);
    }

    /// What leaves as rosters.csv comes in again: the same people in the same groups, with their dates.
    async fn rosters_that_left_come_in_again(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(30, 4, 2);
        import(&app, &export).await;
        let mut rosters = String::new();
        for status in [None, Some(MemberStatus::Left)] {
            let wanted = WantedMembers { status, ..WantedMembers::default() };
            let mut file = begin(&app.cx(), Wanted::Rosters(wanted)).await.unwrap();
            let mut text = String::new();
            while let Some(part) = file.next().await.unwrap() {
                text.push_str(&part);
            }
            rosters.push_str(if rosters.is_empty() { &text } else { text.split_once("\r\n").unwrap().1 });
        }
        let mapping = "[files.rosters]\nfile = \"rosters.csv\"\nkind = \"member\"\n[files.rosters.fields]\n\
            external_id = \"external_id\"\npatient = \"patient_external_id\"\ngroup = \"group_external_id\"\n\
            start_date = \"added_on\"\nend_date = \"left_on\"\nstatus = \"status\"\nend_reason = \"reason\"\n\
            over_capacity = { column = \"group_external_id\", values = { G0 = \"keep\" }, otherwise = \"waitlist\" }\n";
        let other = app.other_organization().await;
        import(&other, &export.replaced("stays.csv", "id,who,group,from,to,notes\n".to_owned())).await;
        let again = Export::only("rosters.csv", rosters, mapping);
        let report = import(&other, &again).await;
        assert_eq!(refused(&report), [""; 0]);
        const STINTS: &str = "select m.external_id, p.external_id, g.external_id, m.status, m.added_at, m.left_at \
            from group_members m join patients p on p.organization_id = m.organization_id and p.id = m.patient_id \
            join groups g on g.organization_id = m.organization_id and g.id = m.group_id \
            where m.organization_id = $1 order by m.external_id";
        let stints = |rows: Vec<store::Row>| -> Vec<String> {
            rows.iter().map(|row| format!("{:?}", row.pairs().collect::<Vec<_>>())).collect()
        };
        assert_eq!(stints(other.rows(STINTS, &[]).await), stints(app.rows(STINTS, &[]).await));
    }

    /// A chunk costs the same few statements whatever is in it.
    async fn ten_thousand_appointments_come_in(engine: Engine) {
        let app = start(engine).await;
        let export = Export::of(40, 5, 2);
        let rows = (0..10_000).map(|number: usize| {
            let (day, hour) = (number % 28 + 1, 8 + number / 28 % 9);
            format!("V{number},P{},S{},2026-{:02}-{day:02}T{hour:02}:00,50,done", number % 40, number % 5, number % 10 + 1)
        });
        let mapping = "\n[files.visits]\nfile = \"visits.csv\"\nkind = \"appointment\"\n[files.visits.fields]\n\
            external_id = \"id\"\npatient = \"who\"\npractitioner = \"by\"\nstart = \"at\"\nduration_minutes = \"long\"\n\
            zone = { value = \"America/Phoenix\" }\nstatus = { column = \"state\", values = { done = \"completed\" } }\n";
        let text = std::iter::once("id,who,by,at,long,state".to_owned()).chain(rows).collect::<Vec<_>>().join("\n");
        let export = export.with_file("visits.csv", text, mapping);
        let report = import(&app, &export).await;
        assert_eq!(came_to(&report, Outcome::Created), 10_000);
        assert_eq!(count(&app, "select id from sessions where organization_id = $1 and status = 'completed'").await, 10_000);
    }
}
