//! The clinic's people come in from the files of another system.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xtask::{Outcome, paths};

use super::expect;
use crate::http::Client;
use crate::race::text;
use crate::stand::Stand;

/// Brings a clinic in through the command line while it is served, twice: the second time changes nothing. Returns
/// patients.
pub async fn imported(stand: &Stand, client: &mut Client) -> Outcome<Vec<String>> {
    let export = export();
    let report = stand.directory().join("report");
    let mapping = paths::root().join("examples/import/bhsim.toml");
    let words = [&mapping, &export, &report].map(|path| path.display().to_string());
    let command = ["import", "--mapping", &words[0], &words[1], "--report", &words[2]];
    stand.convene(&command)?;
    let made = outcomes(&report)?;
    expect("rows that were refused", &json!(made.refused), &json!(0))?;
    stand.convene(&command)?;
    let again = outcomes(&report)?;
    expect("rows that a second import left as they were", &json!(again.unchanged), &json!(made.created))?;
    expect("rows that a second import changed", &json!(again.created + again.updated + again.refused), &json!(0))?;
    let mut patients = Vec::new();
    for (file, list) in [("programs", "groups"), ("employees", "practitioners"), ("individuals", "patients")] {
        patients = everything(client, list).await?;
        let rows = std::fs::read_to_string(export.join(format!("{file}.csv")));
        let rows = rows.map_err(|error| format!("{file}.csv: {error}"))?.lines().count() - 1;
        expect(list, &json!(patients.len()), &json!(rows))?;
    }
    println!(
        "  {} rows of a clinic are imported, {} of them patients; a second time changes nothing",
        made.created,
        patients.len()
    );
    Ok(patients)
}

/// The export that is handed around beside the repository, else the small one in it, which is said.
fn export() -> PathBuf {
    let shared = paths::root().join("../shared/data/clinic");
    if shared.is_dir() {
        return shared;
    }
    println!("  ../shared/data/clinic is not there: the small clinic in bench/fixtures/clinic is imported instead");
    paths::root().join("bench/fixtures/clinic")
}

/// What became of the rows of an import.
#[derive(Default)]
struct Outcomes {
    created: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
}

/// Sums the counts in the last line of a report.
fn outcomes(report: &Path) -> Outcome<Outcomes> {
    let text = std::fs::read_to_string(report).map_err(|error| format!("no report: {error}"))?;
    let end: Value =
        serde_json::from_str(text.lines().last().unwrap_or_default()).map_err(|error| error.to_string())?;
    let mut sums = Outcomes::default();
    for counts in end["counts"].as_object().into_iter().flat_map(|kinds| kinds.values()) {
        let count = |outcome: &str| counts[outcome].as_u64().unwrap_or(0);
        sums.created += count("created");
        sums.updated += count("updated");
        sums.unchanged += count("unchanged");
        sums.refused += count("refused");
    }
    Ok(sums)
}

/// The ids of everything in a list, page by page.
async fn everything(client: &mut Client, list: &str) -> Outcome<Vec<String>> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = client.get(&format!("/api/{list}?limit=50{cursor}")).await?;
        let rows = answer.data(200)?;
        ids.extend(rows.as_array().into_iter().flatten().map(|row| text(&row["id"])));
        match answer.json()["page"]["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(ids),
        }
    }
}
