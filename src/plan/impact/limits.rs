use super::{EffectKind, Impact};
use crate::config::{GuardLimits, Limit};
use crate::plan::Breach;
use crate::plan::guard::highest;

impl Impact {
    /// What is more than one cycle may do: the same limits as for operations, of those who had access. Whoever keeps
    /// what they have, or cannot be decided, counts for nothing, because nothing would be done.
    #[must_use]
    pub fn breaches(&self, limits: &GuardLimits) -> Vec<Breach> {
        let (loses, gains) = (self.count(EffectKind::Loses), self.count(EffectKind::Gains));
        let roles = self.count(EffectKind::ChangesRole);
        let updates = roles + self.count(EffectKind::Changes);
        [
            ("deactivate", loses, ["loses access", "lose access"], limits.deactivate),
            ("role_change", roles, ["gets another role", "get another role"], limits.role_change),
            ("create", gains, ["gains access", "gain access"], limits.create),
            ("update", updates, ["changes", "change"], limits.update),
        ]
        .into_iter()
        .filter_map(|(setting, count, words, limit)| self.over(setting, count, words, limit))
        .collect()
    }

    fn over(&self, setting: &str, count: usize, [one, many]: [&str; 2], limit: Limit) -> Option<Breach> {
        let highest = highest(limit, self.had);
        if count <= highest {
            return None;
        }
        let who = if count == 1 { format!("1 person {one}") } else { format!("{count} people {many}") };
        let rule = if highest == limit.max {
            format!("`{setting}` in `[guard]`: at most {} at a time", limit.max)
        } else {
            format!(
                "`{setting}` in `[guard]`: {} % of the {} who have access, {} in any case",
                limit.percent, self.had, limit.floor
            )
        };
        let text = format!("{who}, more than the limit of {highest} ({rule})");
        Some(Breach { what: setting.to_owned(), count, limit: highest, text, firm: false })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::config::Sources;
    use crate::directory::{Completeness, Entry, Raw, Snapshot};
    use crate::facts::Facts;
    use crate::policy::Policy;

    /// So many people called `a`, and so many called `b`.
    fn facts(a: usize, b: usize) -> Arc<Facts> {
        let person = |index: usize| {
            let name = if index < a { "a" } else { "b" };
            let mut entry = Entry::new(format!("CN={index},DC=example"));
            for (attribute, text) in [
                ("objectGUID", uuid::Uuid::from_u128(index as u128 + 1).to_string()),
                ("objectClass", "user".to_owned()),
                ("userAccountControl", "512".to_owned()),
                ("mail", format!("{index}@example.com")),
                ("department", name.to_owned()),
            ] {
                entry.set(attribute, Raw::Text(text));
            }
            entry
        };
        let snapshot = Snapshot {
            source: "test".into(),
            people: (0..a + b).map(person).collect(),
            groups: Default::default(),
            asked: None,
            completeness: Completeness::Whole,
            absent: Default::default(),
        };
        Arc::new(Facts::of(&snapshot, Timestamp::UNIX_EPOCH))
    }

    fn policy(condition: &str) -> Policy {
        let text = format!(
            "provision_by_role();\nrole(\"analyst\", |user| {condition});\nmap(\"userName\", |user| user.mail);\n"
        );
        let files = [("main.rhai".to_owned(), Arc::from(text.as_str()))].into();
        let compiled =
            Policy::compile(&Sources { entry: "main.rhai".into(), files, extra_attributes: Vec::new() });
        compiled.policy.unwrap()
    }

    #[test]
    fn so_many_pass_and_one_more_does_not() {
        let (everybody, some) = (policy("user.mail != ()"), policy("user.department == \"b\""));
        // 5 % of 200, which is more than 5 in any case.
        for (lost, is_over) in [(0, false), (5, false), (10, false), (11, true), (51, true)] {
            let facts = facts(lost, 200 - lost);
            let impact = Impact::of(&facts, &everybody, &some, 0);
            assert_eq!(impact.count(EffectKind::Loses), lost);
            let breaches = impact.breaches(&GuardLimits::default());
            assert_eq!(!breaches.is_empty(), is_over, "{breaches:?}");
            // The other way round they gain, and a first run may create everyone.
            let back = Impact::of(&facts, &some, &everybody, 0);
            assert_eq!(
                (back.count(EffectKind::Gains), back.breaches(&GuardLimits::default())),
                (lost, vec![])
            );
            assert!(Impact::of(&facts, &some, &some, 0).is_none());
        }
        let impact = Impact::of(&facts(11, 189), &everybody, &some, 0);
        insta::assert_snapshot!(
            impact.breaches(&GuardLimits::default())[0].text,
            @"11 people lose access, more than the limit of 10 (`deactivate` in `[guard]`: 5 % of the 200 who have access, 5 in any case)"
        );
    }

    #[test]
    fn nobody_at_all_is_no_impact() {
        let impact = Impact::of(&facts(0, 0), &policy("user.mail != ()"), &policy("user.mail == ()"), 5);
        assert!(impact.is_none() && impact.breaches(&GuardLimits::default()).is_empty());
    }
}
