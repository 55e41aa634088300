//! What was measured, as a table that says what it was held against and how quiet the machine was.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use xtask::{Outcome, paths};

/// Several runs of one measurement.
#[derive(Debug, Clone)]
pub struct Runs(Vec<f64>);

impl Runs {
    /// In any order; there must be at least one.
    pub fn new(mut values: Vec<f64>) -> Runs {
        values.sort_by(f64::total_cmp);
        Runs(values)
    }

    /// The value in the middle.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// Runs of a sum of parts, each part by its median.
    pub fn plus(&self, other: &Runs) -> Runs {
        Runs(self.0.iter().map(|value| value + other.median()).collect())
    }

    fn shown(&self, unit: Unit) -> String {
        match self.0.as_slice() {
            [only] => unit.shown(*only),
            values => {
                let (least, most) = (values.first().copied(), values.last().copied());
                let ends = [least, most].map(|end| unit.plain(end.unwrap_or(f64::NAN)));
                format!("{} ({} to {})", unit.shown(self.median()), ends[0], ends[1])
            }
        }
    }
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Thousandths of a second, given in seconds.
    Milliseconds,
    /// A rate.
    PerSecond,
    /// Megabytes.
    Megabytes,
}

impl Unit {
    fn plain(self, value: f64) -> String {
        match self {
            Unit::Milliseconds => format!("{:.2}", value * 1000.0),
            Unit::PerSecond => format!("{value:.0}"),
            Unit::Megabytes => format!("{value:.1}"),
        }
    }

    fn shown(self, value: f64) -> String {
        let word = match self {
            Unit::Milliseconds => " ms",
            Unit::PerSecond => "/s",
            Unit::Megabytes => " MB",
        };
        self.plain(value) + word
    }
}

/// What a measurement must reach.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    /// At most so many times the ceiling's time, or the other way round for rates.
    Slower(f64),
    /// At least so many times the ceiling's rate.
    Faster(f64),
    /// At most this much, in the measurement's own unit.
    Most(f64),
}

/// One line of the table.
pub struct Line {
    /// What was done.
    pub work: String,
    /// On which database; empty when that does not matter.
    pub database: &'static str,
    /// What ours took or made.
    pub ours: Runs,
    /// What it is held against, with its name.
    pub beside: Option<(&'static str, Runs)>,
    /// The unit of both.
    pub unit: Unit,
    /// What it must reach.
    pub goal: Goal,
    /// The share of the machine's time that others used just before.
    pub busy: f64,
    /// The server's processor time for each request, in seconds, where it was counted.
    pub processor: Option<f64>,
}

impl Line {
    fn ratio(&self) -> Option<f64> {
        self.beside.as_ref().map(|(_, beside)| self.ours.median() / beside.median())
    }

    /// The goal in words, and whether it was reached.
    fn verdict(&self) -> (String, bool) {
        let ratio = self.ratio().unwrap_or(f64::NAN);
        match self.goal {
            Goal::Slower(most) => (format!("at most {most} times"), ratio <= most),
            Goal::Faster(least) => (format!("at least {least} times"), ratio >= least),
            Goal::Most(most) => (format!("at most {}", self.unit.shown(most)), self.ours.median() <= most),
        }
    }

    fn row(&self) -> String {
        let (goal, reached) = self.verdict();
        let beside = self
            .beside
            .as_ref()
            .map_or("—".to_owned(), |(name, beside)| format!("{name}: {}", beside.shown(self.unit)));
        let ratio = self.ratio().map_or("—".to_owned(), |ratio| format!("{ratio:.2}"));
        let busy = if self.busy > QUIET { format!(" (others {:.0} %)", self.busy * 100.0) } else { String::new() };
        let reached = if reached { "yes" } else { "**no**" };
        let Line { work, database, .. } = self;
        let processor = self.processor.map(|seconds| format!(", {:.2} ms of processor time each", seconds * 1000.0));
        let processor = processor.unwrap_or_default();
        format!(
            "| {work}{busy} | {database} | {}{processor} | {beside} | {ratio} | {goal} | {reached} |",
            self.ours.shown(self.unit)
        )
    }
}

/// Others may use so much of the machine before a line says so.
const QUIET: f64 = 0.1;

/// Prints the lines and writes them to `bench/RESULTS.md`.
pub fn write(lines: &[Line], quick: bool) -> Outcome {
    let text = table(lines, quick);
    println!("{text}");
    let file = paths::root().join("bench/RESULTS.md");
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// The lines with what they were measured on.
pub fn table(lines: &[Line], quick: bool) -> String {
    let mut text = String::from(
        "# Measurements\n\nWritten by `cargo xtask bench`: a release build, seeded data, the callers on the same machine \
         over loopback, SQLite with `synchronous=FULL`, PostgreSQL with `fsync`. Medians of the runs, the least and the \
         most in brackets. Each line is held against a ceiling measured in the same run on the same database. Where \
         others used more than a tenth of the machine just before a measurement, the line says so.\n\n",
    );
    let _ = writeln!(text, "{}\n", circumstances(quick));
    text.push_str(
        "| work | database | Convene | held against | ratio | to reach | reached |\n|---|---|---|---|---|---|---|\n",
    );
    for line in lines {
        let _ = writeln!(text, "{}", line.row());
    }
    text
}

/// Machine, date and commit.
fn circumstances(quick: bool) -> String {
    let told = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(paths::root()).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let changed =
        if told("git", &["status", "--porcelain", "--untracked-files=no"]).is_empty() { "" } else { " and changes" };
    format!(
        "- machine: {} ({cores} cores), {}\n- date: {}\n- commit: {}{changed}{}",
        model.map_or("unknown", |(_, name)| name),
        told("uname", &["-sr"]),
        told("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
        told("git", &["log", "-1", "--format=%h %s"]),
        if quick { "\n- quick: fewer runs and less data than the goals are set for" } else { "" }
    )
}

/// The share of the machine's time that is used while this program rests for a second.
pub async fn others() -> f64 {
    let before = times();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let after = times();
    let all = after.0.saturating_sub(before.0).max(1);
    let idle = after.1.saturating_sub(before.1);
    #[expect(clippy::cast_precision_loss, reason = "ticks of one second")]
    let share = 1.0 - idle as f64 / all as f64;
    share.max(0.0)
}

/// All ticks of all processors, and those in which they had nothing to do.
fn times() -> (u64, u64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = stat.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = first.split_whitespace().skip(1).filter_map(|number| number.parse().ok()).collect();
    (ticks.iter().take(8).sum(), ticks.get(3).copied().unwrap_or(0) + ticks.get(4).copied().unwrap_or(0))
}
