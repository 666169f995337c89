//! What must stay in a directory whose people are hidden, so that the policy decides as it did.

use super::Policy;
use super::expr::{Kind, List, Node, Val};
use crate::facts::Kept;

impl Policy {
    /// What the scripts have written out, what names and addresses are searched for, and the attributes that are read.
    /// Of what Rhai alone evaluates, only whole values are known.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let mut kept = Kept { read: self.reads().clone(), ..Kept::default() };
        self.scripts.values().flat_map(|script| &script.names.texts).for_each(|text| kept.keep(text));
        self.switches().protected.iter().for_each(|name| kept.keep(name));
        let rules = &self.rules;
        let conditions = rules.roles.iter().map(|role| &role.condition);
        let all = conditions
            .chain(rules.maps.iter().map(|mapping| &mapping.expression))
            .chain(rules.invariants.iter().map(|invariant| &invariant.holds))
            .chain(rules.bounds.iter().map(|bound| &bound.date));
        for tree in all.filter_map(|rule| rule.tree.as_ref().ok()) {
            tree.root.visit(&mut |node| {
                if let Kind::Const(Val::List(List::Made(values))) = &node.kind {
                    values.iter().filter_map(text).for_each(|text| kept.keep(text));
                }
                for part in parts(node) {
                    kept.keep_part(&part);
                }
            });
        }
        kept
    }
}

fn text<'v>(value: &'v Val<'_>) -> Option<&'v str> {
    if let Val::Text(text) = value { Some(text) } else { None }
}

/// What a test looks for in a text of a person's; nothing where it is not theirs.
fn parts(node: &Node) -> Vec<String> {
    let is_test = matches!(
        node.kind,
        Kind::Test(..)
            | Kind::Contains(_)
            | Kind::AnyOf(_)
            | Kind::Matches { .. }
            | Kind::Compare(..)
            | Kind::Excel { .. }
    );
    let (mut is_theirs, mut found) = (false, Vec::new());
    if !is_test {
        return found;
    }
    node.visit(&mut |node| match &node.kind {
        Kind::Attribute { .. } | Kind::Virtual { .. } => is_theirs = true,
        Kind::Const(Val::Text(text)) => found.push(text.to_string()),
        Kind::Const(Val::List(List::Made(values))) => {
            found.extend(values.iter().filter_map(text).map(str::to_owned));
        }
        Kind::Matches { pattern, .. } => found.extend(words(pattern.as_str())),
        _ => {}
    });
    if is_theirs { found } else { Vec::new() }
}

/// What a regular expression has written out: `adm-` and `corp.com` of `^adm-.*@corp\.com$`.
fn words(pattern: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                // A class, such as `\d`.
                Some(class) if class.is_alphanumeric() => words.push(std::mem::take(&mut word)),
                Some(literal) => word.push(literal),
                None => {}
            },
            _ if c.is_alphanumeric() || " -_@'".contains(c) => word.push(c),
            _ => words.push(std::mem::take(&mut word)),
        }
    }
    words.push(word);
    words.retain(|word| word.trim().chars().count() > 1);
    words
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::config::Sources;

    #[test]
    fn what_is_tested_is_known_and_what_is_written_is_not_cut() {
        let main = r#"
            provision_by_role();
            protect("owner@example.com");
            role("admin", |user| user.in_group("CN=Admins,OU=Groups,DC=corp") || user.sAMAccountName.starts_with("adm-"));
            role("guest", |user| user.mail.matches("^ext[0-9]+.*@partner\\.test$") && user.title.equals("Guest"));
            map("userName", |user| LOWER(user.mail));
            map("name.givenName", |user| CONCATENATE(user.givenName, "an"));
        "#;
        let sources = Sources {
            entry: "main.rhai".into(),
            files: BTreeMap::from([("main.rhai".to_owned(), Arc::from(main))]),
            extra_attributes: Vec::new(),
        };
        let kept = Policy::compile(&sources).policy.unwrap().kept();
        for text in ["owner@example.com", "example.com", "admins", "groups", "adm-", "guest"] {
            assert!(kept.values.contains(text), "{text}");
        }
        let parts: Vec<_> = kept.parts.iter().map(String::as_str).collect();
        assert_eq!(parts, ["adm-", "an", "ext", "guest", "partner.test"]);
        assert!(kept.read.contains("title"));
    }
}
