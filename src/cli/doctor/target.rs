use anstyle::{AnsiColor, Style};

use crate::plan::escape;
use crate::scim::{Survey, Weight};

/// Each question with its answer, and the lines for the configuration.
pub(super) fn human(url: &str, survey: &Survey, colour: bool) -> String {
    let mut out = format!("Target {}\n", escape(url));
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
    out.push_str("\n+ as it should be   · good to know   ? reading does not tell   ! to be mended\n");
    if survey.settings.is_empty() {
        return out;
    }
    out.push_str("\n[target]\n");
    for setting in &survey.settings {
        out.push_str(&format!("{} = {}", setting.key, setting.value));
        if setting.value != setting.now {
            out.push_str(&format!("    # is {} now", setting.now));
        }
        out.push('\n');
    }
    out
}
