//! `cargo xtask bench`: the table of what must be fast, each line beside its ceiling.

pub mod bare;
mod chart;
mod line;
mod load;
mod report;
mod sessions;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use app::App;
use app::clock::Clock;
use app::config::Config;
use app::door::{Cx, Scope};
use app::events::Event;
use serde_json::json;
use store::Record as _;
use tokio::task::JoinSet;
use xtask::Outcome;
use xtask::postgres::Durability;

use crate::Arguments;
use crate::race::{self, CLIENTS};
use crate::seed;
use crate::stand::{Kind, Stand, program};
use bare::{Bytes, RosterStatements, single_rows};
use load::{all, per_second, rate, take, waits};
use report::{Goal, Line, Runs, Unit, others};
use sessions::meet_weekly;

/// How much is measured.
#[derive(Clone, Copy)]
struct Size {
    quick: bool,
    runs: usize,
    times: usize,
    people: usize,
    patients: usize,
}

const FULL: Size = Size { quick: false, runs: 5, times: 200, people: 2_000, patients: 100_000 };
const QUICK: Size = Size { quick: true, runs: 3, times: 50, people: 500, patients: 5_000 };

/// The measurements so far.
struct Bench {
    size: Size,
    lines: Vec<Line>,
}

/// Measures on each database that is asked for; `--quick` takes fewer runs and less data, and `--charts` measures charts
/// alone and keeps nothing.
pub async fn run(arguments: &mut Arguments) -> Outcome {
    let size = if arguments.flag("--quick") { QUICK } else { FULL };
    let charts_alone = arguments.flag("--charts");
    let kinds = Kind::chosen(arguments.value("--database")?.as_deref())?;
    arguments.end()?;
    let mut bench = Bench { size, lines: Vec::new() };
    for kind in kinds {
        let measured = if charts_alone { bench.charts_of(kind).await } else { bench.database(kind).await };
        measured.map_err(|error| format!("{}: {error}", kind.name()))?;
    }
    if charts_alone {
        println!("{}", report::table(&bench.lines, size.quick));
        return Ok(());
    }
    bench.binary()?;
    report::write(&bench.lines, size.quick)
}

/// One line before its numbers are known.
struct Wanted<'a> {
    work: &'a str,
    stand: &'a Stand,
    unit: Unit,
    goal: Goal,
    busy: f64,
}

/// The server's processor time since a moment.
struct Spent(f64);

impl Spent {
    fn since_now(stand: &Stand) -> Outcome<Spent> {
        Ok(Spent(stand.processor_time()?))
    }

    /// For each of so many requests.
    fn each(&self, stand: &Stand, requests: usize) -> Outcome<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts of thousands")]
        let requests = requests as f64;
        Ok((stand.processor_time()? - self.0) / requests)
    }
}

impl Bench {
    async fn database(&mut self, kind: Kind) -> Outcome {
        let mut stand = Stand::new(kind, Durability::Kept).await?;
        stand.serve()?;
        let few = seed::patients(&stand, 0, 100).await?;
        let group = seed::groups(&stand, 900_000, 1).await?.remove(0);
        let mut client = stand.client()?;
        for patient in &few[..12] {
            client.post(&format!("/api/groups/{group}/members"), &json!({ "patient_id": patient })).await?.data(201)?;
        }
        stand.sealed().await?;
        self.roster(&stand, &group).await?;
        self.members(&stand).await?;
        self.door(&stand).await?;
        let search = self.search(&stand).await?;
        seed::patients(&stand, 10_000_000, self.size.patients).await?;
        seed::groups(&stand, 0, 10 * 1_000 + 50).await?;
        stand.sealed().await?;
        self.search_among_many(&stand, search).await?;
        self.lists(&stand).await?;
        self.line(&stand).await?;
        self.charts(&stand).await?;
        self.year(&stand).await?;
        self.weeks(&stand).await?;
        self.start(&mut stand).await
    }

    fn add(&mut self, wanted: Wanted<'_>, ours: Runs, beside: Option<(&'static str, Runs)>) {
        let Wanted { work, stand, unit, goal, busy } = wanted;
        eprintln!("{}: {work}: {:.4}", stand.kind.name(), ours.median());
        let database = stand.kind.name();
        self.lines.push(Line { work: work.to_owned(), database, ours, beside, unit, goal, busy, processor: None });
    }

    /// Says how much processor time each request of the last line took the server.
    fn with_processor_time(&mut self, each: f64) {
        if let Some(line) = self.lines.last_mut() {
            eprintln!("  {:.3} ms of processor time each", each * 1000.0);
            line.processor = Some(each);
        }
    }

    /// The roster of twelve: one caller against its parts, then 16 callers against other systems.
    async fn roster(&mut self, stand: &Stand, group: &str) -> Outcome {
        let Size { runs, times, .. } = self.size;
        let path = format!("/api/groups/{group}/members");
        let busy = others().await;
        let mut client = stand.client()?;
        let answer = client.get(&path).await?;
        let bytes = Bytes::serve(stand, &answer.body)?;
        let db = stand.database().await?;
        let bare = RosterStatements::new(stand, &db, group);
        let ours = waits(&mut client, &path, runs, times).await?;
        let statements = bare.waits(runs, times).await?;
        bare.clean().await?;
        let served = waits(&mut bytes.client.another(), &path, runs, times).await?;
        let work = "read one roster of 12 over HTTP, one caller";
        let wanted = Wanted { work, stand, unit: Unit::Milliseconds, goal: Goal::Slower(1.5), busy };
        self.add(
            wanted,
            ours,
            Some(("the same bytes from memory and the same statements bare", statements.plus(&served))),
        );
        let busy = others().await;
        let spent = Spent::since_now(stand)?;
        let ours = rate(&client, &path, 16, runs, 20 * times).await?;
        let spent = spent.each(stand, runs * 20 * times)?;
        let work = "rosters of 12 read by 16 callers";
        let wanted = Wanted { work, stand, unit: Unit::PerSecond, goal: Goal::Faster(20.0), busy };
        self.add(
            wanted,
            ours,
            Some(("the best other system measured (Medplum 5, two processes)", Runs::new(vec![1_372.0]))),
        );
        self.with_processor_time(spent);
        Ok(())
    }

    /// Adding members: 64 callers against durable commits, then 16 callers against other systems.
    async fn members(&mut self, stand: &Stand) -> Outcome {
        let Size { runs, people, .. } = self.size;
        let db = stand.database().await?;
        let times = if stand.kind == Kind::Sqlite { people / 4 } else { people };
        let goal = Goal::Faster(if stand.kind == Kind::Sqlite { 5.0 } else { 0.25 });
        let name = match stand.kind {
            Kind::Sqlite => "durable transactions of one row, one after another",
            Kind::Postgres => "durable transactions of one row, 64 at once",
        };
        for (sessions, first) in [("no", 1_000_000), ("eight", 2_000_000)] {
            let busy = others().await;
            let (mut many, mut single, mut spent_by_many) = (Vec::new(), Vec::new(), Vec::new());
            for run in 0..runs {
                single.push(single_rows(&db, times).await?);
                let (rate, spent) = self.added(stand, CLIENTS, first + 10_000 * run, sessions == "eight").await?;
                many.push(rate);
                spent_by_many.push(spent);
            }
            let work = format!("add a member, 64 callers, groups of 12 with a waitlist, {sessions} future sessions");
            self.add(
                Wanted { work: &work, stand, unit: Unit::PerSecond, goal, busy },
                Runs::new(many),
                Some((name, Runs::new(single))),
            );
            self.with_processor_time(Runs::new(spent_by_many).median());
        }
        let (mut some, mut spent_by_some) = (Vec::new(), Vec::new());
        let busy = others().await;
        for run in 0..runs {
            let (rate, spent) = self.added(stand, 16, 3_000_000 + 10_000 * run, false).await?;
            some.push(rate);
            spent_by_some.push(spent);
        }
        let work = "members added by 16 callers, with the check of capacity";
        let wanted = Wanted { work, stand, unit: Unit::PerSecond, goal: Goal::Faster(20.0), busy };
        self.add(
            wanted,
            Runs::new(some),
            Some(("the best other system measured (Django, four workers)", Runs::new(vec![213.0]))),
        );
        self.with_processor_time(Runs::new(spent_by_some).median());
        Ok(())
    }

    /// Additions in a second, and the server's processor time for each; the capacities are checked afterwards.
    async fn added(&self, stand: &Stand, callers: usize, first: usize, meet: bool) -> Outcome<(f64, f64)> {
        let plan = race::plan(stand, self.size.people / race::SHARE, self.size.people, first).await?;
        if meet {
            meet_weekly(stand, &plan.groups).await?;
        }
        stand.sealed().await?;
        let spent = Spent::since_now(stand)?;
        let began = Instant::now();
        let result = race::finish(race::start_with(&stand.client()?, &plan, &Arc::default(), callers)).await?;
        let made = per_second(plan.additions.len(), began);
        let spent = spent.each(stand, plan.additions.len())?;
        race::expect_all_added(&plan, &result)?;
        race::check_groups(stand, &plan).await?;
        Ok((made, spent))
    }

    /// A row with its event and its audit entry through the door, against the row alone.
    async fn door(&mut self, stand: &Stand) -> Outcome {
        let Size { runs, people, .. } = self.size;
        for callers in [1, CLIENTS] {
            let times = if callers == 1 { people / 4 } else { people };
            let busy = others().await;
            let app = App::start(stand.database().await?, Clock::system(), Config::default()).await;
            let (app, background) = app.map_err(|error| error.to_string())?;
            let cx = Arc::new(Cx::system(&app, &stand.organization, "bench"));
            let (mut with, mut alone) = (Vec::new(), Vec::new());
            for _ in 0..runs {
                with.push(1.0 / writes(&cx, callers, times, true).await?);
                alone.push(1.0 / writes(&cx, callers, times, false).await?);
            }
            background.finish().await;
            let work = format!("a write with its audit entry and event, {callers} at once (time of each)");
            let (unit, goal) = (Unit::Milliseconds, Goal::Slower(1.5));
            let wanted = Wanted { work: &work, stand, unit, goal, busy };
            self.add(wanted, Runs::new(with), Some(("the write alone", Runs::new(alone))));
        }
        Ok(())
    }

    /// A search for a patient among a hundred; nothing while the API has no such search.
    async fn search(&mut self, stand: &Stand) -> Outcome<Runs> {
        let Size { runs, times, .. } = self.size;
        waits(&mut stand.client()?, SEARCH, runs, times).await
    }

    async fn search_among_many(&mut self, stand: &Stand, few: Runs) -> Outcome {
        let busy = others().await;
        let Size { runs, times, patients, .. } = self.size;
        let ours = waits(&mut stand.client()?, SEARCH, runs, times).await?;
        let work = format!("search for one patient among {patients}");
        let (unit, goal) = (Unit::Milliseconds, Goal::Slower(1.25));
        self.add(Wanted { work: &work, stand, unit, goal, busy }, ours, Some(("among the few of the start", few)));
        Ok(())
    }

    /// The first page of a list against its thousandth.
    async fn lists(&mut self, stand: &Stand) -> Outcome {
        let Size { runs, times, .. } = self.size;
        for (list, limit) in [("patients", if self.size.quick { 4 } else { 50 }), ("groups", 10)] {
            let busy = others().await;
            let mut client = stand.client()?;
            let first = format!("/api/{list}?limit={limit}");
            let far = format!("{first}&cursor={}", cursor_after(stand, list, limit * 1_000).await?);
            let (near, far) =
                (waits(&mut client, &first, runs, times).await?, waits(&mut client, &far, runs, times).await?);
            let work = format!("the thousandth page of {list}, {limit} rows");
            let (unit, goal) = (Unit::Milliseconds, Goal::Slower(1.25));
            self.add(Wanted { work: &work, stand, unit, goal, busy }, far, Some(("the first page", near)));
        }
        Ok(())
    }

    /// From the start of the program to its first answer, and what it holds when it rests.
    async fn start(&mut self, stand: &mut Stand) -> Outcome {
        let busy = others().await;
        let (mut starts, mut memory) = (Vec::new(), Vec::new());
        for _ in 0..self.size.runs {
            stand.stop();
            let began = Instant::now();
            stand.serve()?;
            stand.client()?.get("/api/me").await?.data(200)?;
            starts.push(began.elapsed().as_secs_f64());
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            memory.push(stand.memory()?);
        }
        let work = "from the start of the program to its first answer";
        let wanted = Wanted { work, stand, unit: Unit::Milliseconds, goal: Goal::Most(0.2), busy };
        self.add(wanted, Runs::new(starts), None);
        let wanted =
            Wanted { work: "idle memory (resident)", stand, unit: Unit::Megabytes, goal: Goal::Most(64.0), busy };
        self.add(wanted, Runs::new(memory), None);
        Ok(())
    }

    /// The size of the program without its symbols.
    fn binary(&mut self) -> Outcome {
        let copy = std::env::temp_dir().join(format!("convene-stripped-{}", std::process::id()));
        let mut strip = std::process::Command::new("strip");
        xtask::command::succeed(strip.arg("-o").arg(&copy).arg(program()?))?;
        let size = std::fs::metadata(&copy).map(|file| file.len()).map_err(|error| error.to_string());
        let _ = std::fs::remove_file(&copy);
        #[expect(clippy::cast_precision_loss, reason = "bytes of one file")]
        let megabytes = size? as f64 / 1_048_576.0;
        let work = "the program without symbols".to_owned();
        let (ours, unit, goal) = (Runs::new(vec![megabytes]), Unit::Megabytes, Goal::Most(50.0));
        self.lines.push(Line { work, database: "", ours, beside: None, unit, goal, busy: 0.0, processor: None });
        Ok(())
    }
}

const SEARCH: &str = "/api/patients?q=priya%20okafor";

/// The id of the row at a place of a list, as its cursor.
async fn cursor_after(stand: &Stand, list: &str, rows: usize) -> Outcome<String> {
    let mut client = stand.client()?;
    let mut cursor = String::new();
    for page in 0..rows.div_ceil(200) {
        let limit = 200.min(rows - page * 200);
        let answer = client.get(&format!("/api/{list}?limit={limit}{cursor}")).await?;
        let next = race::text(&answer.json()["page"]["next"]);
        if next.is_empty() {
            return Err(format!("{list} ends before row {rows} ({})", answer.status));
        }
        cursor = format!("&cursor={next}");
    }
    Ok(cursor.replace("&cursor=", ""))
}

/// Guests written in a second, with or without what the door adds.
async fn writes(cx: &Arc<Cx>, callers: usize, times: usize, through_the_door: bool) -> Outcome<f64> {
    let left = Arc::new(AtomicUsize::new(times));
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for _ in 0..callers {
        let (cx, left) = (cx.clone(), left.clone());
        tasks.spawn(async move {
            while take(&left) {
                let written = if through_the_door { through(&cx).await } else { alone(&cx).await };
                written?;
            }
            Ok(())
        });
    }
    all(tasks).await?;
    debug_assert_eq!(left.load(Ordering::SeqCst), 0);
    Ok(per_second(times, began))
}

async fn through(cx: &Cx) -> Outcome {
    let written = cx.write_as_oneself(|scope: &mut Scope<'_>| {
        Box::pin(async move {
            let guest = seed::guest(&scope.cx.app.clock)?;
            scope.insert(&guest).await?;
            scope.emit(Event::GuestCreated { guest: guest.id });
            Ok(guest.id)
        })
    });
    written.await.map(drop).map_err(|problem| problem.detail().to_owned())
}

async fn alone(cx: &Cx) -> Outcome {
    let written = async {
        let guest = seed::guest(&cx.app.clock)?;
        let values = guest.values();
        let places = (2..values.len() + 2).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
        let columns = app::people::Guest::COLUMNS;
        let sql = format!("insert into guests (organization_id, {columns}) values ($1, {places})");
        let organization = cx.organization.id.to_string();
        let mut tx = cx.app.db.write(Some(&organization)).await?;
        tx.run(&sql, &[vec![store::Value::Text(organization)], values].concat()).await?;
        tx.commit().await?;
        Ok(())
    };
    written.await.map_err(|problem: app::problem::Problem| problem.detail().to_owned())
}
