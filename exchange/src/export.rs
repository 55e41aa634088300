//! Lines of CSV for the outside world: UTF-8, RFC 4180, and no cell that a spreadsheet takes for a formula.

/// One line with its end. Cells with a comma, a quotation mark, a line break or space around them stand in quotation
/// marks.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        push(&mut text, &harmless(cell));
    }
    text.push_str("\r\n");
    text
}

fn push(text: &mut String, cell: &str) {
    let quoted = cell.contains([',', '"', '\r', '\n']) || cell.trim() != cell;
    if quoted {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

/// The cell as a spreadsheet shows it and never reckons with it: what begins like a formula has an apostrophe before it.
pub fn harmless(cell: &str) -> String {
    // A spreadsheet looks past what is blank before the sign.
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula || cell.starts_with(['\t', '\r', '\n']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::Table;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_only_text() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\r\n=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "1-1", "Ann", "a=b", "'=1", "🌿"] {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn lines_are_those_of_the_standard() {
        assert_eq!(
            line(["a", "", "b, c", "say \"hi\"", "two\nlines", " x"]),
            "a,,\"b, c\",\"say \"\"hi\"\"\",\"two\nlines\",\" x\"\r\n"
        );
    }

    proptest! {
        #[test]
        fn another_reader_reads_what_is_written(rows in proptest::collection::vec(proptest::array::uniform3(r#"[a-z=+@ ,;"\n\r\t🌿é'-]{0,8}"#), 1..8)) {
            let text: String = rows.iter().map(|row| line(row.iter().map(String::as_str))).collect();
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            // A line of empty cells is a line of commas, never an empty one.
            let read: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
            let wanted: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| harmless(cell)).collect()).collect();
            prop_assert_eq!(read, wanted);
        }

        #[test]
        fn our_own_reader_reads_it_back_trimmed(rows in proptest::collection::vec(proptest::array::uniform3(r#"[a-z ,"\n🌿é]{1,8}"#), 1..8)) {
            let head = line(["x", "y", "z"]);
            let text: String = std::iter::once(head).chain(rows.iter().map(|row| line(row.iter().map(String::as_str)))).collect();
            let table = Table::read(&text, ',');
            let wanted: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| harmless(cell).trim().to_owned()).collect::<Vec<_>>())
                .filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
            let read: Vec<Vec<String>> = table.rows.iter().map(|row| ["x", "y", "z"].iter().map(|name| table.cell(row, name).to_owned()).collect()).collect();
            prop_assert_eq!(read, wanted);
        }
    }
}
