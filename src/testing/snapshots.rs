//! Values kept in a readable file beside the tests, and compared.
//!
//! One file a test file: `# ..` comments at the top, then `=== name` and the value's lines, for each snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;

const HEADER: &str = "=== ";

/// The snapshots of one test file: name to text, without a line break at its end.
pub type Snapshots = BTreeMap<String, String>;

/// # Errors
/// The first line that is neither a comment nor belongs to a snapshot, or a name that is there twice (`T0004`).
pub(super) fn parse(path: &str, text: &Arc<str>) -> Result<Snapshots, Box<Diagnostic>> {
    let mut snapshots = Snapshots::new();
    let mut current: Option<(String, Vec<&str>)> = None;
    let mut at = 0;
    let put = |snapshots: &mut Snapshots, (name, lines): (String, Vec<&str>)| {
        snapshots.insert(name, lines.join("\n").trim_end().to_owned());
    };
    for whole in text.split_inclusive('\n') {
        let (start, line) = (at, whole.trim_end_matches(['\n', '\r']));
        at += whole.len();
        let wrong = |message: String| {
            let finding = Diagnostic::error("T0004", message)
                .hint("remove the file, and `rolecall test --update` writes it anew");
            Err(Box::new(finding.at(path, Arc::clone(text), start..start + line.len())))
        };
        if let Some(name) = line.strip_prefix(HEADER) {
            if let Some(done) = current.take() {
                put(&mut snapshots, done);
            }
            if snapshots.contains_key(name) {
                return wrong(format!("the snapshot `{name}` is there twice"));
            }
            current = Some((name.to_owned(), Vec::new()));
        } else if let Some((_, lines)) = &mut current {
            lines.push(line);
        } else if !line.is_empty() && !line.starts_with('#') {
            return wrong(format!("a line that belongs to no snapshot: each begins with `{HEADER}name`"));
        }
    }
    if let Some(done) = current {
        put(&mut snapshots, done);
    }
    Ok(snapshots)
}

/// The text that [`parse`] reads the same snapshots from.
pub(super) fn render(test_file: &str, snapshots: &Snapshots) -> String {
    let mut text = format!(
        "# What the tests in {test_file} compare with. Written by `rolecall test --update`; keep it in Git.\n"
    );
    for (name, value) in snapshots {
        text.push_str(&format!("\n{HEADER}{name}\n{value}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn what_is_no_snapshot_is_shown() {
        let said = |text: &str| {
            let finding = parse("a.snap", &Arc::from(text)).unwrap_err();
            let (line, _) = finding.label.as_ref().unwrap().line_column();
            format!("{line}: {}", finding.message)
        };
        assert_eq!(
            said("# a\n\n<<<<<<< HEAD\n=== a\n"),
            "3: a line that belongs to no snapshot: each begins with `=== name`"
        );
        assert_eq!(said("=== a\n1\r\n=== a\n2\n"), "3: the snapshot `a` is there twice");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            names in proptest::collection::btree_set("[a-z=# é]{1,8}", 0..4),
            value in proptest::collection::vec("[a-z#é:\"-][a-z =]{0,6}[a-z]", 1..4),
        ) {
            let snapshots: Snapshots = names.into_iter().map(|name| (name, value.join("\n"))).collect();
            let text = render("a_test.rhai", &snapshots);
            prop_assert_eq!(parse("a.snap", &Arc::from(text)).unwrap(), snapshots);
        }
    }
}
