//! What became of every row.

use std::{collections::BTreeMap, fmt::Write as _};

use exchange::{
    import::{LeftOut, Place},
    mapping::Kind,
};
use rules::{id::ImportId, roster::MemberStatus, sessions::ParticipantStatus};
use serde::{Deserialize, Serialize};
use serde_json::json;

rules::vocabulary! {
    /// What became of a row.
    pub enum Outcome {
        /// A new record.
        Created = "created",
        /// A record changed, because the row did.
        Updated = "updated",
        /// Everything is there already.
        Unchanged = "unchanged",
        /// Something is wrong with it.
        Refused = "refused",
        /// The mapping leaves it out.
        Skipped = "skipped",
    }
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowReport {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
    /// Its id in the other system.
    pub external_id: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Our id.
    pub id: Option<String>,
    /// Of a member: where the stint stands. Of an appointment: where the participant stands.
    pub status: Option<String>,
    /// Why it was refused or left out; of others, what is worth knowing.
    pub reasons: Vec<String>,
}

impl RowReport {
    /// A row that is not imported.
    pub fn of(left_out: LeftOut, outcome: Outcome) -> Self {
        let LeftOut { place, kind, external_id, reasons } = left_out;
        Self { place, kind, external_id, outcome, id: None, status: None, reasons }
    }

    fn line(&self) -> String {
        json!({
            "file": &*self.place.file, "line": self.place.line, "kind": self.kind.as_str(), "outcome": self.outcome,
            "external_id": self.external_id, "id": self.id, "status": self.status, "reasons": self.reasons,
        })
        .to_string()
    }
}

/// The seats of a group after the import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupReport {
    /// The name.
    pub name: String,
    /// Seats there are.
    pub capacity: u32,
    /// Seats taken.
    pub taken: u32,
    /// How many wait.
    pub waiting: u32,
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The import.
    pub id: ImportId,
    /// Nothing was written.
    pub dry_run: bool,
    /// It was stopped before the end; the next import goes on from there.
    pub stopped: bool,
    /// Every row.
    pub rows: Vec<RowReport>,
    /// The groups with rows of members, in the order of the export.
    pub groups: Vec<GroupReport>,
}

/// Refused rows named in the text; all of them are in the lines.
const REFUSED_SHOWN: usize = 50;

impl Report {
    /// An empty report.
    pub fn new(id: ImportId, dry_run: bool, skipped: Vec<LeftOut>) -> Self {
        let rows = skipped.into_iter().map(|row| RowReport::of(row, Outcome::Skipped)).collect();
        Self { id, dry_run, stopped: false, rows, groups: Vec::new() }
    }

    /// Puts the rows in the order of kinds, files and lines.
    pub fn sort(&mut self) {
        self.rows.sort_by(|a, b| (a.kind, &a.place).cmp(&(b.kind, &b.place)));
    }

    /// How many rows of a kind came to this.
    pub fn count(&self, kind: Kind, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.kind == kind && row.outcome == outcome).count()
    }

    /// Whether not one row could be read.
    pub fn is_all_refused(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|row| row.outcome == Outcome::Refused)
    }

    /// The report as JSON, a line for each row and one at the end.
    pub fn lines(&self) -> String {
        let mut text: String = self.rows.iter().map(|row| row.line() + "\n").collect();
        let counts: BTreeMap<&str, BTreeMap<&str, usize>> =
            Kind::ALL.iter().map(|kind| (kind.as_str(), self.counts(*kind))).collect();
        let end = json!({
            "import": self.id, "dry_run": self.dry_run, "stopped": self.stopped, "counts": counts, "groups": self.groups,
        });
        text.push_str(&end.to_string());
        text.push('\n');
        text
    }

    fn counts(&self, kind: Kind) -> BTreeMap<&'static str, usize> {
        Outcome::ALL.iter().map(|outcome| (outcome.as_str(), self.count(kind, *outcome))).collect()
    }

    /// The report for a terminal.
    pub fn text(&self) -> String {
        let files = self.files();
        let width = files.iter().map(|(file, kind)| file.len() + kind.as_str().len() + 3).max().unwrap_or_default();
        let mut text = format!("{:width$}", "");
        for head in Outcome::ALL {
            let _ = write!(text, "{head:>11}");
        }
        text.push('\n');
        for (file, kind) in files {
            let of = |outcome: Outcome| {
                let fits = |row: &&RowReport| *row.place.file == *file && row.outcome == outcome;
                self.rows.iter().filter(fits).count()
            };
            let name = format!("{file} ({})", kind.as_str());
            let _ = write!(text, "{name:width$}");
            for outcome in Outcome::ALL {
                let _ = write!(text, "{:>11}", of(*outcome));
            }
            text.push('\n');
        }
        self.tell_members(&mut text);
        self.tell_appointments(&mut text);
        self.tell_groups(&mut text);
        self.tell_rows(&mut text);
        if self.stopped {
            text.push_str("\nStopped. Run the same command again to go on.\n");
        }
        if self.dry_run {
            text.push_str("\nThis was a dry run: nothing was written.\n");
        }
        text
    }

    fn files(&self) -> Vec<(String, Kind)> {
        let mut files: Vec<(String, Kind)> =
            self.rows.iter().map(|row| (row.place.file.to_string(), row.kind)).collect();
        files.dedup();
        files
    }

    fn tell_members(&self, text: &mut String) {
        let made = |status: MemberStatus| self.made(Kind::Member, status.as_str());
        let (seated, waiting) = (made(MemberStatus::Active), made(MemberStatus::Waitlisted));
        let left = made(MemberStatus::Left);
        if seated + waiting + left > 0 {
            let _ = writeln!(text, "\nNew members: {seated} with a seat, {waiting} waiting, {left} who left");
        }
    }

    fn made(&self, kind: Kind, status: &str) -> usize {
        let new = |row: &&RowReport| row.kind == kind && row.outcome == Outcome::Created;
        self.rows.iter().filter(new).filter(|row| row.status.as_deref() == Some(status)).count()
    }

    fn tell_appointments(&self, text: &mut String) {
        let count = |status: &ParticipantStatus| (self.made(Kind::Appointment, status.as_str()), status.in_words());
        let counts = ParticipantStatus::ALL.iter().map(count).filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, status)| format!("{count} {status}")).collect();
        if !counts.is_empty() {
            let _ = writeln!(text, "\nNew appointments: {}", counts.join(", "));
        }
    }

    fn tell_groups(&self, text: &mut String) {
        if !self.groups.is_empty() {
            text.push('\n');
        }
        for group in &self.groups {
            let GroupReport { name, capacity, taken, waiting } = group;
            let over = if taken > capacity { ", over capacity" } else { "" };
            let _ = writeln!(text, "{name}: {taken} of {capacity} seats taken{over}, {waiting} waiting");
        }
    }

    fn tell_rows(&self, text: &mut String) {
        for outcome in [Outcome::Refused, Outcome::Skipped] {
            let rows: Vec<&RowReport> = self.rows.iter().filter(|row| row.outcome == outcome).collect();
            tell(text, outcome.as_str(), &rows);
        }
        let noted = |row: &&RowReport| !matches!(row.outcome, Outcome::Refused | Outcome::Skipped);
        let noted: Vec<&RowReport> = self.rows.iter().filter(noted).filter(|row| !row.reasons.is_empty()).collect();
        tell(text, "worth knowing", &noted);
    }
}

fn tell(text: &mut String, what: &str, rows: &[&RowReport]) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}:", what[..1].to_uppercase() + &what[1..]);
    for row in rows.iter().take(REFUSED_SHOWN) {
        let _ = writeln!(text, "  {}: {}", row.place, row.reasons.join("; "));
    }
    if rows.len() > REFUSED_SHOWN {
        let _ = writeln!(text, "  … and {} more; --report FILE has them all", rows.len() - REFUSED_SHOWN);
    }
}
