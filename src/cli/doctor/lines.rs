use anstyle::{AnsiColor, Style};

use crate::diagnostic::{Survey, Weight};
use crate::plan::escape;

/// What was asked, with the section of the configuration that it is about.
pub(super) struct Part<'a> {
    /// `Target https://..`
    pub(super) heading: String,
    pub(super) section: &'static str,
    pub(super) survey: &'a Survey,
}

/// Each question with its answer, and the lines for the configuration.
pub(super) fn human(parts: &[Part<'_>], colour: bool) -> String {
    let mut out = String::new();
    for Part { heading, survey, .. } in parts {
        out.push_str(&format!("{}\n", escape(heading)));
        let width = survey.findings.iter().map(|finding| finding.question.len()).max().unwrap_or_default();
        for finding in &survey.findings {
            let (sign, style) = match finding.weight {
                Weight::Fine => ("+", AnsiColor::Green.on_default()),
                Weight::Note => ("·", Style::new()),
                Weight::Unanswered => ("?", AnsiColor::Yellow.on_default()),
                Weight::Problem => ("!", AnsiColor::Red.on_default().bold()),
            };
            let style = if colour { style } else { Style::new() };
            let answer = escape(&finding.answer);
            out.push_str(&format!("  {style}{sign}{style:#} {:<width$}  {answer}\n", finding.question));
        }
        out.push('\n');
    }
    out.push_str("+ as it should be   · good to know   ? reading does not tell   ! to be mended\n");
    for Part { section, survey, .. } in parts.iter().filter(|part| !part.survey.settings.is_empty()) {
        out.push_str(&format!("\n[{section}]\n"));
        for setting in &survey.settings {
            out.push_str(&format!("{} = {}", setting.key, setting.value));
            if setting.value != setting.now {
                out.push_str(&format!("    # is {} now", setting.now));
            }
            out.push('\n');
        }
    }
    out
}
