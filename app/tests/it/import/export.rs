//! The files of a made-up clinic, in whatever size a story needs.

use std::{collections::BTreeMap, path::Path};

use exchange::{
    csv::Table,
    encoding::{Encoding, decode},
    import::{Batch, read},
    mapping::Mapping,
};
use jiff::civil::{Date, date};

/// The day of the stories of imports.
pub const TODAY: Date = date(2026, 11, 21);

pub const MAPPING: &str = r#"
[lookups.leaders]
file = "leaders.csv"
key = "group"
value = "who"

[files.staff]
file = "staff.csv"
kind = "practitioner"
fields = { external_id = "id", name = "name", supervisor = "boss" }

[files.people]
file = "people.csv"
kind = "patient"
[files.people.fields]
external_id = "id"
name = "name"
birth_date = "born"
sex = { column = "sex", values = { F = "female", M = "male" } }

[files.groups]
file = "groups.csv"
kind = "group"
[files.groups.fields]
external_id = "id"
name = { template = "{name} ({code})" }
type = { value = "therapy" }
max_participants = "seats"
facilitator = { lookup = "leaders", key = "id" }
co_facilitators = { lookup = "leaders", key = "id" }
is_part2 = { column = "code", values = { G-0 = true }, otherwise = false }

[files.stays]
file = "stays.csv"
kind = "member"
[files.stays.fields]
external_id = "id"
patient = "who"
group = "group"
start_date = "from"
end_date = "to"
notes = "notes"
over_capacity = { column = "group", values = { G0 = "keep" }, otherwise = "waitlist" }

[not_imported]
"visits.csv" = "visits are not imported yet"
"#;

/// The files of an export, with the mapping that reads them.
#[derive(Clone)]
pub struct Export {
    files: BTreeMap<String, String>,
    mapping: String,
}

impl Export {
    /// A clinic of so many patients, staff and groups of twelve. Every patient is in one group now and was in another
    /// before; the first group keeps everybody. Supervisors stand below those they supervise.
    pub fn of(patients: usize, staff: usize, groups: usize) -> Self {
        let boss = |number: usize| if number == 0 { String::new() } else { format!("S{}", (number - 1) / 2) };
        let staff_rows = (0..staff).rev().map(|number| format!("S{number},Staff{number} Carter,{}", boss(number)));
        let people = (0..patients).map(|number| {
            let (year, month) = (1950 + number % 50, number % 12 + 1);
            format!("P{number},Given{number} Family{number},{year}-{month:02}-{month:02},{}", ["M", "F"][number % 2])
        });
        let group_rows = (0..groups).map(|number| format!("G{number},G-{number},Group {number},12"));
        let leaders = (0..groups)
            .flat_map(|number| [number % staff, (number + 1) % staff].map(|leader| format!("G{number},S{leader}")));
        let stays = (0..patients).flat_map(|number| {
            let (now, before) = (number % groups, (number + 1) % groups);
            // Not in the order of the file.
            let day = 28 - number % 27;
            let current = format!("M{number},P{number},G{now},2026-{:02}-{day:02},,", 10 - number % 7);
            let ended = format!("L{number},P{number},G{before},2026-01-{day:02},2026-06-{:02},", number % 28 + 1);
            [current, ended]
        });
        let files = [
            file("staff.csv", "id,name,boss", staff_rows),
            file("people.csv", "id,name,born,sex", people),
            file("groups.csv", "id,code,name,seats", group_rows),
            file("leaders.csv", "group,who", leaders),
            file("stays.csv", "id,who,group,from,to,notes", stays),
        ];
        Self { files: files.into(), mapping: MAPPING.to_owned() }
    }

    /// The export beside the repository and the repository's example of a mapping; none when it is not there.
    pub fn shared() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/clinic");
        let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/import/bhsim.toml");
        Self::in_folder(&folder, &mapping)
    }

    /// The export in a folder; none when it is not there.
    pub fn in_folder(folder: &Path, mapping: &Path) -> Option<Self> {
        let files = std::fs::read_dir(folder).ok()?.filter_map(|entry| {
            let entry = entry.ok()?;
            let text = decode(&std::fs::read(entry.path()).ok()?, Encoding::Utf8);
            Some((entry.file_name().into_string().ok()?, text))
        });
        Some(Self { files: files.collect(), mapping: std::fs::read_to_string(mapping).unwrap() })
    }

    /// One file with what reads it.
    pub fn only(file: &str, text: String, mapping: &str) -> Self {
        Self { files: BTreeMap::from([(file.to_owned(), text)]), mapping: mapping.to_owned() }
    }

    /// What a file holds.
    pub fn text(&self, file: &str) -> &str {
        &self.files[file]
    }

    /// The export with another file of this name.
    pub fn replaced(&self, file: &str, text: String) -> Self {
        let mut other = self.clone();
        other.files.insert(file.to_owned(), text);
        other
    }

    /// The export with one more file, and the part of the mapping that reads it.
    pub fn with_file(&self, file: &str, text: String, mapping: &str) -> Self {
        let mut other = self.replaced(file, text);
        other.mapping.push_str(mapping);
        other
    }

    /// The export with one text in one file replaced.
    #[track_caller]
    pub fn with(&self, file: &str, from: &str, to: &str) -> Self {
        let mut other = self.clone();
        let text = other.files.get_mut(file).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from} in {file}");
        *text = text.replace(from, to);
        other
    }

    /// The export in which a stint has ended.
    #[track_caller]
    pub fn ended(&self, stint: &str, on: &str) -> Self {
        let row = self.line_of(stint);
        self.with("stays.csv", &row, &row.replacen(",,", &format!(",{on},"), 1))
    }

    /// The export with a remark on a stint.
    #[track_caller]
    pub fn noted(&self, stint: &str) -> Self {
        let row = self.line_of(stint);
        self.with("stays.csv", &row, &format!("{row}a remark"))
    }

    fn line_of(&self, stint: &str) -> String {
        let begins = format!("{stint},");
        self.files["stays.csv"].lines().find(|line| line.starts_with(&begins)).unwrap().to_owned()
    }

    /// The export some weeks later: some left, some came, some have another name.
    pub fn moved_on(&self) -> Self {
        let mut other = self.clone();
        let people = other.files.get_mut("people.csv").unwrap();
        *people = people.replace("9 Family", "9 Newname");
        let stays = other.files.get_mut("stays.csv").unwrap();
        let leave = |line: &str| {
            let leaves = line.starts_with("M1") && line.ends_with(",,");
            if leaves { format!("{}2026-11-01,", &line[..line.len() - 1]) } else { line.to_owned() }
        };
        *stays = stays.lines().map(leave).collect::<Vec<_>>().join("\n");
        stays.push_str("\nN1,P10,G1,2026-11-02,,\nN2,P11,G2,2026-11-02,,");
        other
    }

    /// The headers alone, but for one row.
    pub fn only_headers_and(&self, file: &str, row: &str) -> Self {
        let mut other = self.clone();
        for text in other.files.values_mut() {
            *text = text.lines().next().unwrap_or_default().to_owned();
        }
        other.files.get_mut(file).unwrap().push_str(&format!("\n{row}"));
        other
    }

    /// How many rows a file has.
    pub fn rows(&self, file: &str) -> usize {
        self.files[file].lines().count() - 1
    }

    pub fn read(&self) -> Batch {
        let tables = self.files.iter().map(|(name, text)| (name.clone(), Table::read(text, ','))).collect();
        read(&Mapping::parse(&self.mapping).unwrap(), &tables, TODAY).unwrap()
    }

    pub fn write_to(&self, folder: &Path) {
        self.files.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
    }
}

fn file(name: &str, header: &str, rows: impl Iterator<Item = String>) -> (String, String) {
    (name.to_owned(), std::iter::once(header.to_owned()).chain(rows).collect::<Vec<_>>().join("\n"))
}
