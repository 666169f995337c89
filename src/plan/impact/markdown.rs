use std::fmt::Write as _;

use super::human::{change, name, turn, why};
use super::{EffectKind, Impact};
use crate::plan::Breach;
use crate::policy::Attribute;

impl Impact {
    /// For a comment on a pull request: a table of figures, and folded lists of at most `most` people each.
    #[must_use]
    pub fn markdown(&self, breaches: &[Breach], most: usize) -> String {
        let mut out = String::from("### What these rules would change\n\n");
        let _ = writeln!(out, "{}\n", text(&self.sentence()));
        if !breaches.is_empty() {
            out.push_str(
                "> [!WARNING]\n> More than the guard lets pass; a running service waits for approval:\n",
            );
            for breach in breaches {
                let _ = writeln!(out, "> - {}", text(&breach.text));
            }
            out.push('\n');
        }
        if let Some(why) = &self.partial {
            let _ = writeln!(out, "The directory was not read whole, so there may be more: {}\n", text(why));
        }
        if !self.settings.is_empty() {
            out.push_str("| for everyone | before | now |\n|---|---|---|\n");
            for setting in &self.settings {
                let _ =
                    writeln!(out, "| {} | {} | {} |", setting.name, cell(&setting.from), cell(&setting.to));
            }
            out.push('\n');
        }
        if !self.effects.is_empty() {
            out.push_str("| | people | of them |\n|---|---:|---|\n");
            for kind in EffectKind::ALL {
                let count = self.count(kind);
                if count > 0 {
                    let _ = writeln!(out, "| {} | {count} | {} |", kind.title(), cell(&self.breakdown(kind)));
                }
            }
            out.push('\n');
        }
        for kind in EffectKind::ALL {
            self.fold(&mut out, kind, most);
        }
        out
    }

    fn fold(&self, out: &mut String, kind: EffectKind, most: usize) {
        let count = self.count(kind);
        if count == 0 || most == 0 {
            return;
        }
        let _ = writeln!(out, "<details><summary>{} ({count})</summary>\n", kind.title());
        out.push_str("| who | what | why |\n|---|---|---|\n");
        for effect in self.of_kind(kind).take(most) {
            let mut what = Vec::new();
            if effect.role.from != effect.role.to {
                what.push(format!("role {}", turn(&effect.role)));
            }
            let others = effect.changes.iter().filter(|changed| changed.attribute != Attribute::ROLE);
            what.extend(others.map(change));
            let lines =
                |lines: &[String]| lines.iter().map(|line| cell(line)).collect::<Vec<_>>().join("<br>");
            let _ = writeln!(out, "| {} | {} | {} |", cell(&name(effect)), lines(&what), lines(&why(effect)));
        }
        if count > most {
            let _ = writeln!(out, "\n… and {} more", count - most);
        }
        out.push_str("\n</details>\n\n");
    }
}

/// What people are called must not become markup: neither HTML nor a mention, nor the end of a cell. What stands
/// between two backticks is code and stays as it is, unless the backticks do not pair up one by one.
fn text(text: &str) -> String {
    let has_code = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    let mut out = String::new();
    let mut in_code = false;
    for c in text.chars() {
        match c {
            '`' if has_code => {
                in_code = !in_code;
                out.push(c);
            }
            c if in_code => out.push(c),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '`' | '\\' | '*' | '_' | '[' | ']' | '~' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn cell(content: &str) -> String {
    text(content).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::{cell, text};

    #[test]
    fn names_are_no_markup() {
        for (given, wanted) in [
            ("`manager` (a_b.rhai:1)", "`manager` (a\\_b.rhai:1)"),
            ("<img src=x> @all #1 [x](y) *z*", "&lt;img src=x&gt; &#64;all \\#1 \\[x\\](y) \\*z\\*"),
            ("`<b>` and <b>", "`<b>` and &lt;b&gt;"),
            ("` <b>", "\\` &lt;b&gt;"),
            ("` <b> ```", "\\` &lt;b&gt; \\`\\`\\`"),
        ] {
            assert_eq!(text(given), wanted);
        }
        assert_eq!(cell("a|b"), "a\\|b");
    }
}
