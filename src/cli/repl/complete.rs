use std::collections::{BTreeMap, BTreeSet};

use super::console::COMMANDS;

/// What can be written where.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Behind a person.
    pub(super) of_persons: Vec<String>,
    /// Behind any other value.
    pub(super) methods: Vec<String>,
    /// Where an expression begins.
    pub(super) functions: Vec<String>,
    pub(super) documented: Vec<String>,
    pub(super) fixtures: Vec<String>,
    /// Behind `module::`, by what it is called.
    pub(super) modules: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// Where the word before the cursor begins, and what it may become, by name; letter case does not matter.
    pub(super) fn complete(&self, before: &str) -> (usize, Vec<String>) {
        let line = before.trim_start();
        let (start, candidates): (usize, Vec<&str>) = if let Some(who) = line.strip_prefix(":user ") {
            (before.len() - who.trim_start().len(), self.fixtures.iter().map(String::as_str).collect())
        } else if let Some(name) = line.strip_prefix(":docs ") {
            (before.len() - name.trim_start().len(), self.documented.iter().map(String::as_str).collect())
        } else if line.starts_with(':') && !line.contains(' ') {
            (before.len() - line.len(), COMMANDS.iter().map(|(name, ..)| *name).collect())
        } else {
            let start = before
                .char_indices()
                .rev()
                .take_while(|(_, character)| character.is_alphanumeric() || *character == '_')
                .last()
                .map_or(before.len(), |(at, _)| at);
            (start, self.behind(before.get(..start).unwrap_or_default()))
        };
        let word = before.get(start..).unwrap_or_default().to_lowercase();
        let fitting: BTreeSet<&str> =
            candidates.into_iter().filter(|name| name.to_lowercase().starts_with(&word)).collect();
        (start, fitting.into_iter().map(str::to_owned).collect())
    }

    fn behind(&self, before: &str) -> Vec<&str> {
        let words = |names: &'static [&'static str]| names.iter().any(|name| before.ends_with(name));
        let names = if words(&["user.", "manager.", "user?.", "manager?."]) {
            &self.of_persons
        } else if let Some(module) = before.strip_suffix("::") {
            let name = module.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            return self.modules.get(name).into_iter().flatten().map(String::as_str).collect();
        } else if before.ends_with('.') {
            &self.methods
        } else {
            &self.functions
        };
        names.iter().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn what_is_offered_fits_the_place() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let names = Names {
            of_persons: words("department departmentNumber in_group manager"),
            methods: words("contains len"),
            functions: words("LOWER LEFT now user"),
            documented: words("LOWER department"),
            fixtures: words("mia noah"),
            modules: [("lists".to_owned(), words("MARKETING SUPPORT"))].into(),
        };
        for (before, start, offered) in [
            ("user.dep", 5, "department departmentNumber"),
            ("user.manager.in", 13, "in_group"),
            ("LOWER(user.DEPARTMENTN", 11, "departmentNumber"),
            ("user.title.c", 11, "contains"),
            ("lo", 0, "LOWER"),
            ("x && n", 5, "now"),
            ("user.department.any_of(lists::S", 30, "SUPPORT"),
            (":user ", 6, "mia noah"),
            (":user m", 6, "mia"),
            (":ex", 0, ":explain"),
            (":explain user.mana", 14, "manager"),
            (":docs low", 6, "LOWER"),
            ("ü + l", 5, "LEFT LOWER"),
        ] {
            let expected = (start, words(offered));
            assert_eq!(names.complete(before), expected, "{before}");
        }
        assert_eq!(names.complete("zzz").1, [""; 0]);
    }
}
