//! A bad row is refused alone, with its line and every reason.

use jiff::civil::date;
use proptest::prelude::*;
use rules::{groups::GroupType, roster::MemberStatus};

use super::*;
use crate::{encoding, mapping::OverCapacity};

const TODAY: Date = date(2026, 11, 21);

const MAPPING: &str = r#"
dates = ["%Y-%m-%d", "%m/%d/%Y"]
[lookups.boss]
file = "supervision.csv"
key = "who"
value = "boss"
skip = [{ column = "until", empty = false }]
[lookups.leaders]
file = "leaders.csv"
key = "group"
value = "who"
[files.staff]
file = "staff.csv"
kind = "practitioner"
[files.staff.fields]
external_id = { column = "id", prefix = "s:" }
name = "name"
supervisor = { first_of = ["boss", { lookup = "boss", key = "id" }], prefix = "s:" }
[files.people]
file = "people.csv"
kind = "patient"
skip = [{ column = "test", values = ["yes"], reason = "a test patient" }]
[files.people.fields]
external_id = "id"
name = { column = "name", single_given = "FNU" }
birth_date = "born"
sex = { column = "sex", values = { F = "female", M = "male" }, default = "unknown" }
[files.groups]
file = "groups.csv"
kind = "group"
[files.groups.fields]
external_id = "id"
name = { template = "{name} ({code})" }
type = { column = "kind", values = { T = "therapy" }, otherwise = "other" }
max_participants = 12
facilitator = { lookup = "leaders", key = "id" }
co_facilitators = { lookup = "leaders", key = "id" }
[files.stays]
file = "stays.csv"
kind = "member"
[files.stays.fields]
external_id = { template = "{who}-{group}-{from}" }
patient = "who"
group = "group"
start_date = "from"
end_date = "to"
status = { column = "status", values = { waiting = "waitlisted", "in" = "active", out = "left" } }
over_capacity = { column = "group", values = { g1 = "keep" }, otherwise = "waitlist" }
"#;

/// The files of a small clinic, some of them replaced.
fn export(replaced: &[(&str, &str)]) -> Result<Batch, Vec<String>> {
    let mut files = BTreeMap::from([
        ("supervision.csv", "who,boss,until\n2,9,2020-01-01\n2,1,"),
        ("leaders.csv", "group,who\ng1,1\ng1,2\ng1,1"),
        ("staff.csv", "id,name,boss\n1,Daniel Harris,\n2,Elena de la Cruz,\n3,Ivy Collins,2"),
        ("people.csv", "id,name,born,sex,test\n7,Sana Harris,1965-05-04,f,\n8,Sukarno,06/06/1901,,no\n9,T,x,,yes"),
        ("groups.csv", "id,name,code,kind\ng1,Skills,SK,T\ng2,Support,,S"),
        (
            "stays.csv",
            "who,group,from,to,status\n7,g1,2026-01-02,,\n8,g1,2026-01-03,2026-02-01,in\n8,g2,2026-03-01,,Waiting",
        ),
    ]);
    files.extend(replaced.iter().copied());
    let tables = files.into_iter().map(|(name, text)| (name.to_owned(), Table::read(text, ','))).collect();
    read(&Mapping::parse(MAPPING).unwrap(), &tables, TODAY)
}

/// Place and reasons of what was refused.
fn refused(replaced: &[(&str, &str)]) -> Vec<String> {
    let batch = export(replaced).unwrap();
    batch.refused.iter().map(|row| format!("{}: {}", row.place, row.reasons.join("; "))).collect()
}

#[test]
fn every_kind_is_read() {
    let batch = export(&[]).unwrap();
    assert_eq!(batch.refused, []);
    let staff: Vec<_> = batch.practitioners.iter().map(|line| &line.row).collect();
    let supervisors: Vec<_> = staff.iter().map(|row| row.supervisor.as_deref()).collect();
    assert_eq!(supervisors, [None, Some("s:1"), Some("s:2")], "an assignment that has ended does not count");
    assert_eq!((&*staff[1].given_name, &*staff[1].family_name), ("Elena", "de la Cruz"));
    let people: Vec<_> = batch.patients.iter().map(|line| &line.row).collect();
    assert_eq!((people[0].sex.as_deref(), people[1].sex.as_deref()), (Some("female"), Some("unknown")));
    assert_eq!((&*people[1].given_name, &*people[1].family_name), ("FNU", "Sukarno"));
    assert_eq!((people[1].mrn.as_str(), people[1].birth_date), ("8", date(1901, 6, 6)));
    assert_eq!(batch.skipped[0].reasons, ["a test patient"]);
    let groups: Vec<_> = batch.groups.iter().map(|line| &line.row).collect();
    assert_eq!((&*groups[0].name, &*groups[1].name), ("Skills (SK)", "Support ()"));
    assert_eq!((groups[0].r#type, groups[1].r#type), (GroupType::Therapy, GroupType::Other));
    assert_eq!(groups[0].facilitator.as_deref(), Some("1"));
    assert_eq!(groups[0].co_facilitators.iter().map(|id| &**id).collect::<Vec<_>>(), ["2"]);
    let stays: Vec<_> = batch.members.iter().map(|line| &line.row).collect();
    assert_eq!(&*stays[1].external_id, "8-g1-2026-01-03");
    assert_eq!((stays[1].end, stays[1].over_capacity), (Some(date(2026, 2, 1)), OverCapacity::Keep));
    assert_eq!((stays[2].status, stays[2].over_capacity), (Some(MemberStatus::Waitlisted), OverCapacity::Waitlist));
    assert_eq!(batch.members[2].place.to_string(), "stays.csv line 4");
}

#[test]
fn a_bad_row_is_refused_alone_with_every_reason() {
    let people = "id,name,born,sex,test\n7,,1965-13-04,Q,\n8,Ann Lee,2027-01-01,F,\n8,Ann\u{1} Lee,1899-01-01,F,\n9,Bo\n\
        10,Ann Lee,1990-01-01,F,\n10,Ann Lee,1990-01-01,F,\nä,Ann Lee,1990-01-01,F,\n,Ann Lee,1990-01-01,F,";
    assert_eq!(
        refused(&[("people.csv", people)]),
        [
            "people.csv line 5: has 2 fields where the header has 5",
            "people.csv line 2: `family_name` must not be empty; `birth_date` is not a date of the form %Y-%m-%d or \
             %m/%d/%Y; `sex` is `Q`, which the mapping's `values` do not name",
            "people.csv line 3: `birth_date` must not be in the future",
            "people.csv line 4: `given_name` contains the control character U+0001; only line breaks and tabs are \
             allowed; `birth_date` must not be before 1900; check the year",
            "people.csv line 7: has the id `10` of people.csv line 6; has the record number `10` of people.csv line 6",
            "people.csv line 8: `mrn` is missing, and `external_id` must be 1 to 40 letters A to Z, digits and - . / _ \
             without spaces",
            "people.csv line 9: `external_id` is missing",
        ]
    );
    let stays =
        "who,group,from,to,status\n7,g1,2026-02-30,,\n7,g1,2026-02-03,2026-02-02,\n7,,,,out\n7,g2,2026-01-01,,gone";
    assert_eq!(
        refused(&[("stays.csv", stays)]),
        [
            "stays.csv line 2: `start_date` is not a date of the form %Y-%m-%d or %m/%d/%Y",
            "stays.csv line 3: `end_date` is before `start_date`",
            "stays.csv line 4: `group` is missing; `start_date` is missing; `status` is left, and `end_date` is missing",
            "stays.csv line 5: `status` is `gone`, which the mapping's `values` do not name",
        ]
    );
    let staff = "id,name,boss\n1,Daniel Harris,1";
    assert_eq!(refused(&[("staff.csv", staff)]), ["staff.csv line 2: `supervisor` is the same person"]);
}

#[test]
fn dates_may_come_with_a_time() {
    let mapping = MAPPING.replace(
        "start_date = \"from\"",
        "start_date = { column = \"from\", format = [\"%Y-%m-%dT%H:%M\", \"%d.%m.%y %H:%M:%S%.f%z\"] }",
    );
    let stays = "who,group,from,to,status\n7,g1,2026-04-03T12:45,,\n8,g1,04.05.26 23:30:00.5-0700,,\n9,g1,2026-04-03,,";
    let tables = BTreeMap::from([("stays.csv", stays)]);
    let others = [
        "supervision.csv,who;boss;until",
        "leaders.csv,group;who",
        "staff.csv,id;name;boss",
        "people.csv,id;name;born;sex;test",
        "groups.csv,id;name;code;kind",
    ];
    let others = others
        .iter()
        .filter_map(|text| text.split_once(','))
        .map(|(name, header)| (name.to_owned(), Table::read(header, ';')));
    let tables =
        tables.into_iter().map(|(name, text)| (name.to_owned(), Table::read(text, ','))).chain(others).collect();
    let batch = read(&Mapping::parse(&mapping).unwrap(), &tables, TODAY).unwrap();
    let days: Vec<Date> = batch.members.iter().map(|line| line.row.start).collect();
    assert_eq!(days, [date(2026, 4, 3), date(2026, 5, 4)], "the day as it is written there");
    assert_eq!(batch.refused[0].place.line, 4);
}

#[test]
fn files_that_do_not_fit_the_mapping_are_named_before_anything_is_read() {
    let missing = export(&[("people.csv", "id,full name\n1,a"), ("groups.csv", "")]).unwrap_err();
    assert_eq!(missing.len(), 5, "{missing:?}");
    assert_eq!(missing[0], "groups.csv is empty");
    assert_eq!(missing[1], "people.csv has no column `born`; it has `id`, `full name`");
}

proptest! {
    #[test]
    fn no_file_panics_and_no_row_is_lost(bytes in proptest::collection::vec(any::<u8>(), 0..120), rows in "([7-9a\",]{0,4},){0,5}(\n|\r\n|é)") {
        let people = format!("id,name,born,sex,test\n{rows}{}", encoding::decode(&bytes, encoding::Encoding::Windows1252));
        let table = Table::read(&people, ',');
        let stood = table.rows.len() + table.broken.len();
        let batch = export(&[("people.csv", &people), ("stays.csv", "who,group,from,to,status")]).unwrap();
        prop_assert_eq!(batch.patients.len() + batch.refused.len() + batch.skipped.len(), stood);
    }
}
