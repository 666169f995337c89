//! Whether a decision depends on when it is made.

use super::Policy;

/// What tells the time, by name: `now()`, and Excel's `NOW()` and `TODAY()`, letter case apart.
const WORDS: [&str; 2] = ["now", "today"];

impl Policy {
    /// Whether the same person may be decided otherwise at another time, though nothing else differs. Where a script
    /// only mentions what tells the time, it counts: to decide somebody again harms nobody.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        if !self.rules.bounds.is_empty() {
            return true;
        }
        let own = || self.scripts.values().filter(|script| !is_ours(&script.path));
        let imported = |path: &str| {
            let name = path.trim_end_matches(".rhai");
            own().any(|script| script.text.contains(name))
        };
        self.scripts
            .values()
            .filter(|script| !is_ours(&script.path) || imported(&script.path))
            .any(|script| tells_time(&script.text))
    }
}

fn is_ours(path: &str) -> bool {
    path.starts_with("std/")
}

fn tells_time(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| WORDS.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Sources;

    fn depends(body: &str) -> bool {
        let text = format!(
            "provision_by_role();\nrole(\"r\", |user| {body});\nmap(\"userName\", |user| user.mail);\n"
        );
        let files = BTreeMap::from([("main.rhai".to_owned(), text.into())]);
        let sources = Sources { entry: "main.rhai".to_owned(), files, extra_attributes: Vec::new() };
        let compiled = Policy::compile(&sources);
        compiled.policy.unwrap_or_else(|| panic!("{:?}", compiled.findings)).depends_on_time()
    }

    #[test]
    fn what_asks_the_clock_depends_on_it() {
        assert!(depends("user.whenCreated < now()"));
        assert!(depends("YEAR(TODAY()) > 2000"));
        assert!(depends("formula(\"=NOW()>5\")"));
        assert!(!depends("user.title == \"Known\""));
        assert!(!depends("user.enabled"));
    }

    #[test]
    fn a_module_of_ours_counts_where_it_is_imported() {
        let with = |import: &str| {
            let text = format!(
                "import \"{import}\" as m;\nprovision_everyone(\"r\");\nmap(\"userName\", |user| user.mail);\n"
            );
            let files = BTreeMap::from([("main.rhai".to_owned(), text.into())]);
            let sources = Sources { entry: "main.rhai".to_owned(), files, extra_attributes: Vec::new() };
            Policy::compile(&sources).policy.is_some_and(|policy| policy.depends_on_time())
        };
        assert!(with("std/people"));
        assert!(!with("std/mail"));
    }
}
