//! `convene import`: the files of an export, their mapping, and the report.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use exchange::{
    csv::Table,
    encoding::{Encoding, decode},
    import::read,
    mapping::{Kind, Mapping},
};
use rules::recurrence::Zone;
use store::Db;

use super::{
    Outcome,
    setup::{Failure, said},
};
use crate::{
    App,
    clock::Clock,
    config::Config,
    door::{Cx, Lobby, Organization},
    import::{self, Options},
};

/// Bring a clinic's files in: sites, staff, patients, groups, members and appointments, as a mapping says.
///
/// Try it with `--dry-run` first. A second import of the same files changes nothing; one that was stopped goes on.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The mapping: which file holds what; `examples/import/bhsim.toml` shows how.
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// The folder of the export.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Say what would happen, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// The organization's short code; not needed when there is only one.
    #[arg(long, value_name = "CODE")]
    organization: Option<String>,
    /// Write what became of every row to this file, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub async fn import(db: Db, options: Import) -> Outcome {
    let mapping = read_mapping(&options.mapping)?;
    let tables = read_tables(&mapping, &options.folder)?;
    let (app, background) = App::start(db, Clock::system(), Config::default()).await?;
    let outcome = within(&app, &mapping, &tables, &options).await;
    background.finish().await;
    outcome
}

async fn within(app: &Arc<App>, mapping: &Mapping, tables: &BTreeMap<String, Table>, options: &Import) -> Outcome {
    let organization = organization(app, options.organization.as_deref()).await?;
    let cx = Cx::system(app, &organization, "import");
    let today = Zone::parse(&organization.zone).unwrap_or(Zone::UTC).date(cx.now());
    let batch = read(mapping, tables, today).map_err(|missing| missing.join("\n  "))?;
    // Made before anything else, so that an import does not end without its report.
    let mut lines = match &options.report {
        Some(file) => Some(File::create(file).map_err(|error| format!("{}: {error}", file.display()))?),
        None => None,
    };
    let stop = stop_on_interrupt();
    let progress = |kind, done, all| tell_progress(kind, done, all, &stop);
    let doing = Options { dry_run: options.dry_run, progress: &progress };
    let report = import::run(&cx, batch, &doing).await.map_err(|problem| said(&problem))?;
    if let Some(lines) = &mut lines {
        lines.write_all(report.lines().as_bytes())?;
    }
    let head = format!("{} ({})\n\n", organization.name, organization.short_code);
    let left_out = left_out(mapping, &options.folder)?;
    // Whoever reads only the first lines closes the pipe: that is no failure of the import.
    let _ = std::io::stdout().write_all([head, report.text(), left_out].concat().as_bytes());
    if report.is_all_refused() { Err("not one row could be read".into()) } else { Ok(()) }
}

fn read_mapping(file: &Path) -> Result<Mapping, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Mapping::parse(&text).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        format!("{} can't be used:\n  {}", file.display(), faults.join("\n  ")).into()
    })
}

/// Every file the mapping names, if it is there; what is missing is told with everything else that is.
fn read_tables(mapping: &Mapping, folder: &Path) -> Result<BTreeMap<String, Table>, Failure> {
    std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut tables = BTreeMap::new();
    for format in mapping.formats() {
        let path = folder.join(&format.file);
        match std::fs::read(&path) {
            Ok(bytes) => {
                let table = Table::read(&decode(&bytes, format.encoding), format.delimiter);
                tables.insert(format.file.clone(), table);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        }
    }
    Ok(tables)
}

pub async fn organization(app: &App, code: Option<&str>) -> Result<Organization, Failure> {
    let all = Lobby(&app.db).organizations().await?;
    match (code, all.as_slice()) {
        (Some(code), all) => {
            let found = all.iter().find(|one| one.short_code == code).cloned();
            found.ok_or_else(|| format!("there is no organization with the code {code}").into())
        }
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err("there is no organization yet; `convene organization add` makes one".into()),
        (None, _) => Err("there are several organizations: say which with --organization CODE".into()),
    }
}

/// Set by Ctrl-C: the chunk under way is finished, and the next import goes on after it.
fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            seen.store(true, Ordering::Relaxed);
        }
    });
    stop
}

fn tell_progress(kind: Kind, done: usize, all: usize, stop: &AtomicBool) -> ControlFlow<()> {
    if std::io::stderr().is_terminal() && all > 0 {
        eprint!("\r{}s: {done} of {all}\x1b[K", kind.as_str());
        if done == all {
            eprintln!();
        }
    }
    if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Files of the export that are not imported, with their rows and the reason: nothing is left out in silence.
fn left_out(mapping: &Mapping, folder: &Path) -> Result<String, Failure> {
    let named: Vec<&str> = mapping.formats().map(|format| format.file.as_str()).collect();
    let mut files: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| name.to_lowercase().ends_with(".csv") && !named.contains(&name.as_str()))
        .collect();
    files.sort();
    let mut text = if files.is_empty() { String::new() } else { "\nNot imported:\n".to_owned() };
    for file in files {
        let why = mapping.not_imported.get(&file).map_or("the mapping does not name it", String::as_str);
        let table = Table::read(&decode(&std::fs::read(folder.join(&file))?, Encoding::Utf8), ',');
        text.push_str(&format!("  {file} ({} rows): {why}\n", table.rows.len() + table.broken.len()));
    }
    Ok(text)
}
