//! Who supervises whom: supervisors come before those they supervise, and nobody supervises themselves.

use std::collections::HashMap;

use exchange::{
    import::{LeftOut, Line, PractitionerRow},
    mapping::Kind,
};
use rules::permissions::Permission;

use super::sources;
use crate::{door::Cx, problem::Problem};

/// Levels of supervision at most.
const LEVELS_MAX: usize = 20;

/// Who supervises each practitioner that is there already; both by the id of the other system, or by ours.
pub type Known = HashMap<String, Option<String>>;

/// Reads who supervises whom.
///
/// # Errors
/// 403 without `import.run`.
pub async fn known(cx: &Cx) -> Result<Known, Problem> {
    let found = cx.read(Permission::ImportRun, |scope| Box::pin(async move { Ok(sources::supervision(scope).await?) }));
    let found = found.await?;
    let name = |one: &sources::Supervised| one.external_id.clone().unwrap_or_else(|| one.id.to_string());
    let names: HashMap<_, _> = found.iter().map(|one| (one.id, name(one))).collect();
    let above = |one: &sources::Supervised| one.supervisor.and_then(|id| names.get(&id).cloned());
    Ok(found.iter().map(|one| (name(one), above(one))).collect())
}

/// The rows so that supervisors come first, and the rows that would close a circle or go too high.
pub fn in_order(rows: Vec<Line<PractitionerRow>>, known: &Known) -> (Vec<Line<PractitionerRow>>, Vec<LeftOut>) {
    let written: HashMap<String, Option<String>> = rows.iter().map(|line| (own(line), above(line))).collect();
    let supervisor = |id: &str| written.get(id).or_else(|| known.get(id)).cloned().flatten();
    let mut ordered: Vec<(usize, Line<PractitionerRow>)> = Vec::with_capacity(rows.len());
    let mut left_out = Vec::new();
    for line in rows {
        match levels(&own(&line), supervisor) {
            Ok(levels) => ordered.push((levels, line)),
            Err(reason) => left_out.push(LeftOut {
                kind: Kind::Practitioner,
                external_id: Some(own(&line)),
                place: line.place,
                reasons: vec![reason.to_owned()],
            }),
        }
    }
    // Stable: those of one level stay in the order of the file.
    ordered.sort_by_key(|(levels, _)| *levels);
    (ordered.into_iter().map(|(_, line)| line).collect(), left_out)
}

fn own(line: &Line<PractitionerRow>) -> String {
    line.row.external_id.to_string()
}

fn above(line: &Line<PractitionerRow>) -> Option<String> {
    line.row.supervisor.as_ref().map(ToString::to_string)
}

/// How many stand above somebody.
fn levels(own: &str, supervisor: impl Fn(&str) -> Option<String>) -> Result<usize, &'static str> {
    let mut above = supervisor(own);
    for levels in 0..=LEVELS_MAX {
        match above {
            None => return Ok(levels),
            Some(id) if id == own => return Err("`supervisor` would make them supervise themselves, through others"),
            Some(id) => above = supervisor(&id),
        }
    }
    Err("`supervisor` stands in a circle or more than 20 levels high")
}

#[cfg(test)]
mod tests {
    use exchange::import::Place;

    use super::*;

    fn line(number: u64, id: &str, supervisor: Option<&str>) -> Line<PractitionerRow> {
        let text = |text: &str| rules::text::Text::parse(text).unwrap();
        let row = PractitionerRow {
            external_id: text(id),
            given_name: rules::text::Text::parse("").unwrap(),
            family_name: rules::text::Text::parse("Lee").unwrap(),
            credential: None,
            license_number: None,
            npi: None,
            discipline: None,
            supervisor: supervisor.map(text),
            is_active: None,
        };
        Line { place: Place { file: "staff.csv".into(), line: number }, row }
    }

    #[test]
    fn supervisors_come_first_and_circles_are_refused() {
        let rows = vec![
            line(2, "a", Some("b")),
            line(3, "b", Some("c")),
            line(4, "c", None),
            line(5, "d", Some("e")),
            line(6, "e", Some("f")),
            line(7, "g", Some("elsewhere")),
            line(8, "h", Some("d")),
        ];
        let known = Known::from([("f".to_owned(), Some("d".to_owned())), ("a".to_owned(), Some("a".to_owned()))]);
        let (ordered, left_out) = in_order(rows, &known);
        let ids: Vec<String> = ordered.iter().map(own).collect();
        assert_eq!(ids, ["c", "b", "g", "a"]);
        let refused: Vec<u64> = left_out.iter().map(|row| row.place.line).collect();
        assert_eq!(refused, [5, 6, 8], "the circle passes through one who is there already");
    }
}
