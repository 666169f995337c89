use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Severity};

/// Findings as people read them: the message, the line with carets under the words, the hint; a blank line between.
#[must_use]
pub fn human(diagnostics: &Diagnostics, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in &diagnostics.0 {
        out.push_str(&one(diagnostic, &renderer));
        out.push_str("\n\n");
    }
    out
}

fn one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut elements: Vec<Element<'_>> = Vec::new();
    if let Some(label) = &diagnostic.label {
        let mut mark = AnnotationKind::Primary.span(label.span.clone());
        if !label.text.is_empty() {
            mark = mark.label(&label.text);
        }
        elements.push(Snippet::source(&*label.source).path(&label.path).annotation(mark).into());
    }
    if let Some(hint) = &diagnostic.hint {
        elements.push(Level::HELP.message(hint).into());
    }
    let group = level.primary_title(&diagnostic.message).id(diagnostic.code).elements(elements);
    renderer.render(&[group])
}

/// One line a finding, as editors parse it: `path:line:column: severity[code]: message`.
#[must_use]
pub fn short(diagnostics: &Diagnostics) -> String {
    let mut out = String::new();
    for diagnostic in &diagnostics.0 {
        if let Some(label) = &diagnostic.label {
            let (line, column) = label.line_column();
            out.push_str(&format!("{}:{line}:{column}: ", label.path));
        }
        out.push_str(&format!("{}[{}]: {}", name(diagnostic.severity), diagnostic.code, diagnostic.message));
        if let Some(hint) = &diagnostic.hint {
            out.push_str(&format!(" ({hint})"));
        }
        out.push('\n');
    }
    out
}

/// Findings as a JSON array of `{code, severity, message, path, line, column, hint}`.
#[must_use]
pub fn json(diagnostics: &Diagnostics) -> Value {
    diagnostics
        .0
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.label.as_ref().map(|label| (label.path.clone(), label.line_column()));
            json!({
                "code": diagnostic.code,
                "severity": name(diagnostic.severity),
                "message": diagnostic.message,
                "path": place.as_ref().map(|(path, _)| path),
                "line": place.as_ref().map(|(_, (line, _))| line),
                "column": place.as_ref().map(|(_, (_, column))| column),
                "hint": diagnostic.hint,
            })
        })
        .collect()
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
