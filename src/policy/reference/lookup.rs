use super::entry::{Entry, Reference, Section};
use crate::diagnostic::closest;

/// A name that nothing has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no function, word or attribute `{name}`")]
pub struct Unknown {
    pub name: String,
    /// The name that was most likely meant.
    pub near: Option<String>,
}

impl Reference {
    /// Everything of this name: `LOWER`, `contains`, `user.manager`, `name.givenName`, `people::given_name`. Letter case
    /// counts only where it tells two names apart.
    ///
    /// # Errors
    /// When nothing has the name.
    pub fn find(&self, name: &str) -> Result<Vec<&Entry>, Unknown> {
        let name = name.trim();
        let asked = name.strip_suffix("()").unwrap_or(name);
        let exact: Vec<_> =
            self.entries.iter().filter(|entry| entry.answers().any(|known| known == asked)).collect();
        if !exact.is_empty() {
            return Ok(exact);
        }
        let alike: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.answers().any(|known| known.eq_ignore_ascii_case(asked)))
            .collect();
        if !alike.is_empty() {
            return Ok(alike);
        }
        // An operator is near to every short name.
        let words = self.entries.iter().flat_map(Entry::answers);
        let words = words.filter(|name| !asked.is_empty() && name.starts_with(char::is_alphabetic));
        let near = closest(asked, words);
        Err(Unknown { name: name.to_owned(), near: near.map(str::to_owned) })
    }

    /// What may be typed behind `user.`, letter case as it is written.
    pub fn of_persons(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|entry| matches!(entry.section, Section::Person | Section::Attribute))
            .map(|entry| entry.name.as_str())
    }

    /// What may be typed behind a text, a list or a time and a dot.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.callable(true)
    }

    /// What may be called at the start of an expression.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.callable(false)
    }

    fn callable(&self, methods: bool) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|entry| {
                matches!(entry.section, Section::Text | Section::Time | Section::Excel | Section::Rhai)
            })
            .filter(move |entry| {
                let callees = entry.signatures.iter().filter_map(|signature| signature.split('(').next());
                callees.into_iter().any(|callee| callee.contains('.') == methods)
            })
            .flat_map(|entry| entry.name.split(' '))
            .filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()))
    }
}

impl Entry {
    /// The names that it is found by: its own, those of its parts, and `user.manager` as it is called.
    fn answers(&self) -> impl Iterator<Item = &str> {
        let names = match self.section {
            // A SCIM path may have spaces in it.
            Section::Account => vec![self.name.as_str()],
            _ => self.name.split(' ').chain(self.name.split("::").skip(1)).collect(),
        };
        let called = self.signatures.iter().filter_map(|signature| {
            let callee = signature.split(['(', ' ']).next()?;
            callee.contains('.').then_some(callee)
        });
        names.into_iter().chain(called)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_people_write_them() {
        let reference = Reference::new();
        let found = |name: &str| -> Vec<String> {
            let entries = reference.find(name).unwrap();
            entries.iter().map(|entry| format!("{:?} {}", entry.section, entry.name)).collect()
        };
        assert_eq!(found("LOWER"), ["Excel LOWER"]);
        assert_eq!(found("lower"), ["Excel LOWER"]);
        assert_eq!(found("len"), ["Text len"]);
        assert_eq!(found("LEN"), ["Excel LEN"]);
        assert_eq!(found("user.manager"), ["Person manager"]);
        assert_eq!(found("USER.DEPARTMENT"), ["Attribute department"]);
        assert_eq!(found("department"), ["Attribute department"]);
        assert_eq!(found("map"), ["Policy map", "Text map"]);
        assert_eq!(found("now()"), ["Time now"]);
        assert_eq!(found("given_name"), ["Module people::given_name"]);
        assert_eq!(found("people::given_name"), ["Module people::given_name"]);
        assert_eq!(found("emails[type eq \"work\"].value"), ["Account emails[type eq \"work\"].value"]);
        assert_eq!(found("name.givenName"), ["Account name.givenName"]);
        assert_eq!(found("decision.role"), ["Decision role"]);
        assert_eq!(found("<="), ["Time < <= > >=", "Operator < <= > >="]);
    }

    #[test]
    fn a_name_that_nothing_has_is_told_with_what_was_meant() {
        let reference = Reference::new();
        let near = |name: &str| reference.find(name).unwrap_err().near;
        assert_eq!(near("LOWRE").as_deref(), Some("LOWER"));
        assert_eq!(near("user.departmnet").as_deref(), Some("user.department"));
        assert_eq!(near("provision_by_rolle").as_deref(), Some("provision_by_role"));
        assert_eq!(near("flibbertigibbet"), None);
        assert_eq!(near(""), None);
    }
}
