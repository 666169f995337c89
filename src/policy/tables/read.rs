//! The text of a CSV file -> its columns (RFC 4180).

use std::ops::Range;

use csv::{ByteRecord, ReaderBuilder};

use super::cell::typed;
use super::mistake::Broken;
use crate::policy::excel::{MAX_TEXT, Value};

/// As a sheet of Excel has.
const MOST_ROWS: usize = 1 << 20;
/// Some hundred megabytes.
const MOST_CELLS: usize = 1 << 22;

/// A header and what stands below it, both at least one cell.
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    pub(super) cells: Vec<Vec<Value>>,
}

/// # Errors
/// The first thing for which the text is no table.
pub(super) fn columns(text: &str) -> Result<Columns, Broken> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut names: Vec<String> = Vec::new();
    let mut cells: Vec<Vec<String>> = Vec::new();
    let mut start = 0;
    loop {
        let read = reader.read_byte_record(&mut record);
        let end = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
        // Rows without anything in them are passed over, with their ends.
        let begun = record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let row = begun.unwrap_or(start).max(start)..end;
        start = end;
        match read {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(Broken::new(format!("this cannot be read: {error}"), line(text, &row))),
        }
        let written = text.get(row.clone()).unwrap_or_default();
        if written.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            return Err(Broken {
                hint: Some(
                    "a value with `\"`, a comma or a line's end in it stands in quotes, its own quotes twice",
                ),
                ..Broken::new("a quote that is opened in this row is never closed", line(text, &row))
            });
        }
        let fields: Vec<String> =
            record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        if names.is_empty() {
            cells = vec![Vec::new(); fields.len()];
            header(&fields)
                .map_err(|(message, hint)| Broken { hint, ..Broken::new(message, line(text, &row)) })?;
            names = fields;
            continue;
        }
        if fields.len() != names.len() {
            let message = format!(
                "this row has {} value{}, and the header names {}",
                fields.len(),
                if fields.len() == 1 { "" } else { "s" },
                names.len()
            );
            return Err(Broken {
                hint: Some("a value with a comma in it stands in quotes"),
                ..Broken::new(message, line(text, &row))
            });
        }
        if fields.iter().any(|field| field.len() > MAX_TEXT && field.encode_utf16().count() > MAX_TEXT) {
            return Err(Broken::new(
                format!("a value is longer than {MAX_TEXT} characters"),
                line(text, &row),
            ));
        }
        let rows = cells.first().map_or(0, Vec::len) + 1;
        if rows > MOST_ROWS || rows.saturating_mul(names.len()) > MOST_CELLS {
            let message = format!("a table has at most {MOST_ROWS} rows and {MOST_CELLS} values");
            return Err(Broken::new(message, line(text, &row)));
        }
        cells.iter_mut().zip(fields).for_each(|(column, field)| column.push(field));
    }
    if names.is_empty() {
        return Err(Broken {
            hint: Some("the first row names the columns: `Code,City`"),
            ..Broken::new("the table is empty", 0..text.len())
        });
    }
    // As in a sheet, there is always a row to fill.
    let cells = cells.iter().map(|column| if column.is_empty() { vec![Value::Blank] } else { typed(column) });
    Ok(Columns { names, cells: cells.collect() })
}

type Complaint = (String, Option<&'static str>);

fn header(names: &[String]) -> Result<(), Complaint> {
    if let [only] = names
        && only.contains([';', '\t'])
    {
        return Err((
            "the header names one column only".to_owned(),
            Some("values are separated by commas: save the file as CSV with commas"),
        ));
    }
    for (index, name) in names.iter().enumerate() {
        if name.trim().is_empty() {
            return Err((
                format!("column {} has no name", index + 1),
                Some("the first row names the columns"),
            ));
        }
        let lower = name.trim().to_lowercase();
        if names.iter().take(index).any(|earlier| earlier.trim().to_lowercase() == lower) {
            return Err((format!("two columns are called `{}`", name.trim()), Some("give one another name")));
        }
    }
    Ok(())
}

/// The first line of a row, without what ends it.
fn line(text: &str, row: &Range<usize>) -> Range<usize> {
    let written = text.get(row.clone()).unwrap_or_default();
    let start = row.start + (written.len() - written.trim_start_matches(['\r', '\n']).len());
    let length = text.get(start..row.end).and_then(|rest| rest.find(['\r', '\n']));
    start..length.map_or(row.end, |length| start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match columns(text) {
            Ok(Columns { names, cells }) => {
                let column =
                    |cells: &[Value]| cells.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
                let columns =
                    names.iter().zip(&cells).map(|(name, cells)| format!("{name}={}", column(cells)));
                columns.collect::<Vec<_>>().join(" ")
            }
            Err(broken) => {
                format!("{} at {:?}", broken.message, text.get(broken.span).unwrap_or("nowhere"))
            }
        }
    }

    #[test]
    fn what_a_file_may_be() {
        for (text, table) in [
            ("a,b\n1,x\n", "a=1 b=x"),
            ("a,b\r\n1,x\r\n\r\n2,y", "a=1|2 b=x|y"),
            ("a\n\"x, \"\"y\"\"\nz\"\n", "a=x, \"y\"\nz"),
            ("é,ß\nü,😀", "é=ü ß=😀"),
            ("a,b\n", "a= b="),
            ("\n\na,b\n,\n", "a= b="),
            ("", "the table is empty at \"\""),
            ("\n", "the table is empty at \"\\n\""),
            ("a,b\n1\n", "this row has 1 value, and the header names 2 at \"1\""),
            ("a,b\n1,2\n\n1,2,3\r\n4,5", "this row has 3 values, and the header names 2 at \"1,2,3\""),
            ("a,A\n", "two columns are called `A` at \"a,A\""),
            ("a,,c\n", "column 2 has no name at \"a,,c\""),
            ("a;b\n1;2\n", "the header names one column only at \"a;b\""),
            ("a,b\n1,\"x\n2,y\n", "a quote that is opened in this row is never closed at \"1,\\\"x\""),
            ("a,b\n1,x\"y\n2,y\n", "a quote that is opened in this row is never closed at \"1,x\\\"y\""),
        ] {
            assert_eq!(told(text), table, "{text:?}");
        }
        let long = format!("a\n{}\n", "x".repeat(MAX_TEXT + 1));
        assert!(told(&long).starts_with("a value is longer"));
    }
}
