//! What an import asks of the database: a few statements for each chunk, whatever is in it.

use super::*;
use crate::harness::Statements;

const VISITS: &str = "\n[files.visits]\nfile = \"visits.csv\"\nkind = \"appointment\"\n[files.visits.fields]\n\
    external_id = \"id\"\npatient = \"who\"\npractitioner = \"by\"\nstart = \"at\"\nduration_minutes = \"long\"\n\
    zone = { value = \"America/Phoenix\" }\nstatus = { column = \"state\", values = { done = \"completed\" } }\n";

/// A clinic of so many patients, each in one group now and in one before, and seen twice.
fn clinic(patients: usize) -> Export {
    let export = Export::of(patients, 200, 8);
    let rows = (0..patients * 2).map(|number| {
        let (day, hour, month) = (number % 28 + 1, 8 + number / 28 % 9, number % 10 + 1);
        format!("V{number},P{},S{},2026-{month:02}-{day:02}T{hour:02}:00,50,done", number % patients, number % 200)
    });
    let text = std::iter::once("id,who,by,at,long,state".to_owned()).chain(rows).collect::<Vec<_>>().join("\n");
    export.with_file("visits.csv", text, VISITS)
}

/// How many statements an import of each kind of rows runs: the first time, and a second time when nothing has changed.
async fn cost(app: &Tenant, export: &Export, listening: &Statements) -> [Vec<(Kind, usize)>; 2] {
    let mut costs = [Vec::new(), Vec::new()];
    for cost in &mut costs {
        let counted: Mutex<Vec<(Kind, usize)>> = Mutex::default();
        listening.take();
        // Told before the first chunk of a kind and after each: what ran in between is of that kind.
        let progress = |kind: Kind, _: usize, _: usize| {
            let ran = listening.take().len();
            let mut counted = counted.lock().unwrap();
            match counted.last_mut() {
                Some((last, count)) if *last == kind => *count += ran,
                _ => counted.push((kind, 0)),
            }
            ControlFlow::Continue(())
        };
        let options = Options { dry_run: false, progress: &progress };
        let report = run(&app.cx(), export.read(), &options).await.unwrap();
        assert_eq!(others(&report, &[Outcome::Created, Outcome::Unchanged]), [""; 0]);
        *cost = counted.into_inner().unwrap();
    }
    costs
}

/// Twice as many rows take twice as many statements at most, and far fewer than there are rows; rows that have not changed
/// only cost what it takes to see that.
async fn twice_the_rows_cost_twice_the_statements(engine: Engine) {
    let listening = Statements::listen();
    let app = start(engine).await;
    for (few, many, files) in [
        (
            clinic(400),
            clinic(800),
            &[(Kind::Patient, "people.csv"), (Kind::Member, "stays.csv"), (Kind::Appointment, "visits.csv")][..],
        ),
        (
            Export::of(10, 200, 200),
            Export::of(10, 400, 400),
            &[(Kind::Practitioner, "staff.csv"), (Kind::Group, "groups.csv")][..],
        ),
    ] {
        let few_cost = cost(&app.other_organization().await, &few, &listening).await;
        let many_cost = cost(&app.other_organization().await, &many, &listening).await;
        for (what, few_cost, many_cost) in
            [("new", &few_cost[0], &many_cost[0]), ("unchanged", &few_cost[1], &many_cost[1])]
        {
            for (kind, file) in files {
                let of = |costs: &[(Kind, usize)]| costs.iter().find(|(known, _)| known == kind).unwrap().1;
                let (once, twice, rows) = (of(few_cost), of(many_cost), many.rows(file));
                assert_eq!(rows, few.rows(file) * 2);
                assert!(
                    once > 0 && twice <= once * 2,
                    "{what}: {kind:?}: {once} statements, and {twice} for twice the rows"
                );
                assert!(twice * 3 < rows, "{what}: {kind:?}: {twice} statements for {rows} rows");
            }
        }
    }
}

#[tokio::test]
async fn twice_the_rows_on_sqlite() {
    twice_the_rows_cost_twice_the_statements(Engine::Sqlite).await;
}

#[tokio::test]
async fn twice_the_rows_on_postgres() {
    if Engine::Postgres.is_here() {
        twice_the_rows_cost_twice_the_statements(Engine::Postgres).await;
    }
}
