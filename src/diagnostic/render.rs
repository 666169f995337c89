use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Diagnostics, Label, Severity};

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
        // The lines that are shown, and no more: the renderer goes through all that it is given, for each finding.
        let (lines, span) = (label.lines(), label.fitting_span());
        let mut mark = AnnotationKind::Primary.span(span.start - lines.start..span.end - lines.start);
        if !label.text.is_empty() {
            mark = mark.label(&label.text);
        }
        let shown = label.source.get(lines).unwrap_or_default();
        let (first, _) = label.line_column();
        elements.push(Snippet::source(shown).line_start(first).path(&label.path).annotation(mark).into());
    }
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
    let Some(hint) = &diagnostic.hint else {
        return renderer.render(&[title.elements(elements)]);
    };
    if elements.is_empty() {
        // Without a place there is no line for the hint to hang from.
        let (title, help) = (Group::with_title(title), Group::with_title(Level::HELP.primary_title(hint)));
        return format!("{}\n{}", renderer.render(&[title]), renderer.render(&[help]));
    }
    elements.push(Level::HELP.message(hint).into());
    renderer.render(&[title.elements(elements)])
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
        let mut said = format!("{}[{}]: {}", name(diagnostic.severity), diagnostic.code, diagnostic.message);
        if let Some(hint) = &diagnostic.hint {
            said.push_str(&format!(" ({hint})"));
        }
        // What a message quotes may hold line breaks, and orders to the terminal.
        out.push_str(&said.replace(char::is_control, " "));
        out.push('\n');
    }
    out
}

/// Findings as a JSON array of `{code, severity, message, path, line, column, end_line, end_column, hint}`; columns count
/// characters, and the end is right behind the last.
#[must_use]
pub fn json(diagnostics: &Diagnostics) -> Value {
    diagnostics
        .0
        .iter()
        .map(|diagnostic| {
            let label = diagnostic.label.as_deref();
            let (start, end) = (label.map(Label::line_column), label.map(Label::end_line_column));
            json!({
                "code": diagnostic.code,
                "severity": name(diagnostic.severity),
                "message": diagnostic.message,
                "path": label.map(|label| &label.path),
                "line": start.map(|(line, _)| line),
                "column": start.map(|(_, column)| column),
                "end_line": end.map(|(line, _)| line),
                "end_column": end.map(|(_, column)| column),
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

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::Arc;

    use proptest::prelude::{Strategy, proptest};

    use super::{human, json, short};
    use crate::diagnostic::{Diagnostic, Diagnostics};

    fn finding(source: &str, span: Range<usize>) -> Diagnostics {
        Diagnostic::error("P0001", "`x` is wrong")
            .at("main.rhai", Arc::from(source), span)
            .under("here")
            .into()
    }

    fn shown(source: &str, span: Range<usize>) -> String {
        human(&finding(source, span), false)
    }

    #[test]
    fn a_word() {
        insta::assert_snapshot!(shown("let a = 1;\nlet x = y;\n", 15..16));
    }

    #[test]
    fn several_lines() {
        insta::assert_snapshot!(shown("role(\"admin\",\n  |u| u.title\n    == 3);\nlast();\n", 16..38));
    }

    #[test]
    fn tabs_and_wide_characters() {
        insta::assert_snapshot!(shown("\tlet a = \"東京 é\" + x;", 23..24));
    }

    #[test]
    fn windows_line_ends() {
        insta::assert_snapshot!(shown("let a;\r\nlet x;\r\n", 12..13));
    }

    #[test]
    fn an_empty_file() {
        insta::assert_snapshot!(shown("", 0..0));
    }

    #[test]
    fn the_end_of_a_file() {
        insta::assert_snapshot!(shown("let a = {\n", 10..10));
    }

    #[test]
    fn a_span_that_does_not_fit() {
        insta::assert_snapshot!(shown("é", 1..99));
    }

    #[test]
    fn without_a_place_and_with_a_hint() {
        let mut all =
            Diagnostics::from(Diagnostic::warning("C0001", "nothing there").hint("write something"));
        all.push(Diagnostic::error("P0002", "two\nlines \u{1b}[31mand colour"));
        insta::assert_snapshot!(human(&all, false));
    }

    #[test]
    fn colour_is_asked_for() {
        assert!(human(&finding("x", 0..1), true).contains("\u{1b}["));
        assert!(!human(&finding("x", 0..1), false).contains('\u{1b}'));
    }

    #[test]
    fn one_line_each_for_editors() {
        let mut all = finding("a\né x", 5..6);
        all.push(Diagnostic::warning("C0002", "no place\nat all").hint("a hint"));
        insta::assert_snapshot!(short(&all), @r"
        main.rhai:2:3: error[P0001]: `x` is wrong
        warning[C0002]: no place at all (a hint)
        ");
    }

    #[test]
    fn an_object_each_for_programs() {
        let mut all = finding("a\né x", 5..6);
        all.push(Diagnostic::warning("C0002", "no place").hint("a hint"));
        insta::assert_snapshot!(serde_json::to_string_pretty(&json(&all)).unwrap());
        assert_eq!(json(&Diagnostics::default()).to_string(), "[]");
    }

    proptest! {
        #[test]
        fn no_text_and_no_span_is_too_odd(
            source in "(\\PC|[\t\r\n\u{0}\u{85}\u{200d}]){0,30}",
            span in (0_usize..100, 0_usize..100).prop_map(|(start, end)| start..end),
        ) {
            let all = finding(&source, span);
            let text = human(&all, false);
            assert!(text.contains("`x` is wrong"), "{text}");
            assert_eq!(short(&all).lines().count(), 1);
        }
    }
}
