//! Findings for other programs: SARIF for code scanning, workflow commands for GitHub's log.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Label, Severity, page, plain_page};

/// Findings as one run in SARIF 2.1.0 (OASIS), each with the rule that it breaks. Columns count UTF-16 code units, as
/// the standard has it unless told otherwise (section 3.14.17), and a region ends right behind its last character
/// (section 3.30.8). Relative paths are below `%SRCROOT%`, the name by which GitHub knows the repository. What has no
/// place is put at the file `main`, since GitHub drops results without one.
#[must_use]
pub fn sarif(diagnostics: &Diagnostics, main: &str) -> Value {
    let codes: Vec<&str> =
        diagnostics.0.iter().map(|finding| finding.code).collect::<BTreeSet<_>>().into_iter().collect();
    let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
    let results: Vec<Value> = diagnostics.0.iter().map(|finding| result(finding, &codes, main)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rolecall",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Value {
    let Some(page) = page(code) else { return json!({ "id": code }) };
    json!({
        "id": code,
        "shortDescription": { "text": page.title },
        "help": { "text": plain_page(&page), "markdown": page.text },
    })
}

fn result(finding: &Diagnostic, codes: &[&str], main: &str) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let place = match &finding.label {
        Some(label) => place(label),
        None => json!({ "artifactLocation": location(main) }),
    };
    json!({
        "ruleId": finding.code,
        "ruleIndex": codes.iter().position(|code| *code == finding.code),
        "level": level,
        "message": { "text": whole_message(finding) },
        "locations": [{ "physicalLocation": place }],
    })
}

/// The message with its advice: neither format has a place for advice.
fn whole_message(finding: &Diagnostic) -> String {
    match &finding.hint {
        Some(hint) => format!("{}\n{hint}", finding.message),
        None => finding.message.clone(),
    }
}

fn place(label: &Label) -> Value {
    let [start, end] = label.utf16_ends();
    json!({
        "artifactLocation": location(&label.path),
        "region": { "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1 },
    })
}

fn location(path: &str) -> Value {
    if let Ok(url) = url::Url::from_file_path(path) {
        return json!({ "uri": url.as_str() });
    }
    json!({ "uri": relative(path), "uriBaseId": "%SRCROOT%" })
}

/// RFC 3986 section 3.3: what stands in a segment of a path as it is.
fn relative(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Findings as workflow commands, which GitHub shows beside the lines of a change:
/// `::error file=..,line=..,endLine=..,col=..,endColumn=..,title=..::message`.
#[must_use]
pub fn github(diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for finding in &diagnostics.0 {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        out.push_str(&format!("::{command} "));
        if let Some(label) = &finding.label {
            let ((line, column), (end_line, end)) = (label.line_column(), label.end_line_column());
            out.push_str(&format!("file={},line={line},endLine={end_line},", property(&label.path)));
            // Columns of a range over several lines are refused.
            if line == end_line {
                out.push_str(&format!("col={column},endColumn={end},"));
            }
        }
        let (title, message) = (property(finding.code), data(&whole_message(finding)));
        out.push_str(&format!("title={title}::{message}\n"));
    }
    out
}

/// As the runner's toolkit escapes what stands behind `::` (`escapeData` in actions/toolkit).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As it escapes the value of a property (`escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{github, sarif};
    use crate::diagnostic::{Diagnostic, Diagnostics};

    fn findings() -> Diagnostics {
        let text: Arc<str> = Arc::from("let a = \"😀\"; usr.x\nrole(\"a\",\n b);\n");
        let at = text.find("usr").unwrap();
        Diagnostics(vec![
            Diagnostic::error("P0007", "nothing here is called `usr`, 100% sure:\nno")
                .at("my policy/a,b:c.rhai", Arc::clone(&text), at..at + 3)
                .hint("did you mean `user`?"),
            Diagnostic::warning("P0201", "not imported").at(
                "/etc/x.rhai",
                Arc::clone(&text),
                at + 6..text.len(),
            ),
            Diagnostic::error("P0020", "nothing said"),
        ])
    }

    #[test]
    fn commands_of_a_workflow() {
        insta::assert_snapshot!(github(&findings()));
    }

    #[test]
    fn places_and_rules_in_sarif() {
        let mut sarif = sarif(&findings(), "policy/main.rhai");
        for rule in sarif["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
            assert!(rule["help"]["text"].as_str().unwrap().len() > 100);
            rule["help"] = "..".into();
        }
        insta::assert_snapshot!(format!("{sarif:#}"));
    }
}
