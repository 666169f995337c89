use serde::Serialize;

use crate::desired::{Person, Wish};
use crate::plan::Change;
use crate::policy::{Attribute, Profile, Reason};

/// What happens to one person; the order is the order in which effects are shown, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// Had, or may have had, an account, and is to have none.
    Loses,
    /// Has another role, or one where there was none.
    ChangesRole,
    /// Is to have an account.
    Gains,
    /// Nobody can say any more: the rules fail, or two people claim one `userName`. Nothing is done.
    Undecided,
    /// No rule passes any more, and an account that is there stays as it is.
    Kept,
    /// Keeps the role, and has other attributes.
    Changes,
}

impl EffectKind {
    pub const ALL: [Self; 6] =
        [Self::Loses, Self::ChangesRole, Self::Gains, Self::Undecided, Self::Kept, Self::Changes];
}

/// From one role to another; `None` is no role, or no account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RoleTurn {
    pub from: Option<String>,
    pub to: Option<String>,
}

/// One person for whom the other rules want something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    pub kind: EffectKind,
    pub user: Person,
    pub user_name: Option<String>,
    pub role: RoleTurn,
    /// Attributes of the account, for those who have one before and after; the role among them.
    pub changes: Vec<Change>,
    /// Why it was so.
    pub before: Vec<Reason>,
    /// Why it will be so.
    pub after: Vec<Reason>,
    /// The terms that decided, for the first people of each kind: `` `manager` (roles.rhai:12) does not pass: .. ``
    pub because: Vec<String>,
}

/// The effect of two wishes for one person; `None` when they come to the same.
pub(super) fn kind(before: &Wish, after: &Wish) -> Option<EffectKind> {
    match (before, after) {
        (Wish::Have(before), Wish::Have(after)) => {
            if before.role != after.role {
                Some(EffectKind::ChangesRole)
            } else {
                (!changes(before, after).is_empty()).then_some(EffectKind::Changes)
            }
        }
        (_, Wish::Have(_)) => Some(EffectKind::Gains),
        (Wish::HaveNot { .. }, Wish::HaveNot { .. } | Wish::Keep { .. }) => None,
        (_, Wish::HaveNot { .. }) => Some(EffectKind::Loses),
        (Wish::Have(_), Wish::Keep { .. }) => Some(EffectKind::Kept),
        (_, Wish::Keep { .. }) => None,
        (Wish::Unknown { .. }, Wish::Unknown { .. }) => None,
        (_, Wish::Unknown { .. }) => Some(EffectKind::Undecided),
    }
}

pub(super) fn role(wish: &Wish) -> Option<String> {
    match wish {
        Wish::Have(profile) => profile.role.clone(),
        _ => None,
    }
}

/// What would be sent, as far as rules can tell without the account. An attribute that is no longer mapped is left as
/// it is.
pub(super) fn changes(before: &Profile, after: &Profile) -> Vec<Change> {
    let mut changes = Vec::new();
    if before.role != after.role {
        changes.push(Change {
            attribute: Attribute::ROLE,
            from: before.role.clone(),
            to: after.role.clone(),
        });
    }
    for (attribute, to) in &after.attributes {
        let from = before.attributes.get(attribute).cloned().flatten();
        let same = match (&from, to) {
            (Some(from), Some(to)) => attribute.same(from, to),
            (None, None) => before.attributes.contains_key(attribute),
            _ => false,
        };
        if !same {
            changes.push(Change { attribute: *attribute, from, to: to.clone() });
        }
    }
    changes.sort_by_key(|change| change.attribute);
    changes
}

impl EffectKind {
    /// As it is written for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Loses => "loses",
            Self::ChangesRole => "changes_role",
            Self::Gains => "gains",
            Self::Undecided => "undecided",
            Self::Kept => "kept",
            Self::Changes => "changes",
        }
    }

    /// The heading of a list.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Loses => "Loses access",
            Self::ChangesRole => "Gets another role",
            Self::Gains => "Gains access",
            Self::Undecided => "Can no longer be decided, and is left alone",
            Self::Kept => "Passes no rule any more, and keeps the account",
            Self::Changes => "Keeps the role, and changes otherwise",
        }
    }

    /// `1 loses access`, `2 lose access`.
    pub(super) fn counted(self, count: usize) -> String {
        let (one, many) = match self {
            Self::Loses => ("loses access", "lose access"),
            Self::ChangesRole => ("gets another role", "get another role"),
            Self::Gains => ("gains access", "gain access"),
            Self::Undecided => ("can no longer be decided", "can no longer be decided"),
            Self::Kept => ("only keeps the account", "only keep the account"),
            Self::Changes => ("changes otherwise", "change otherwise"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Cause;

    fn have(role: &str, title: Option<&str>) -> Wish {
        let attributes = Attribute::all()
            .filter(|attribute| attribute.path() == "title")
            .map(|attribute| (attribute, title.map(str::to_owned)))
            .collect();
        Wish::Have(Profile { role: Some(role.to_owned()), attributes, ..Profile::default() })
    }

    /// Stated once more, as a table: rows are what was wanted, columns what is wanted now.
    #[test]
    fn what_two_wishes_come_to() {
        use EffectKind::{Changes, ChangesRole, Gains, Kept, Loses, Undecided};
        let wishes = [
            have("analyst", Some("Writer")),
            have("analyst", Some("Author")),
            have("manager", Some("Writer")),
            Wish::HaveNot { user_name: None, cause: Cause::NoRole },
            Wish::Keep { user_name: None },
            Wish::Unknown { why: Reason::new("failed") },
        ];
        let table = [
            [None, Some(Changes), Some(ChangesRole), Some(Loses), Some(Kept), Some(Undecided)],
            [Some(Changes), None, Some(ChangesRole), Some(Loses), Some(Kept), Some(Undecided)],
            [Some(ChangesRole), Some(ChangesRole), None, Some(Loses), Some(Kept), Some(Undecided)],
            [Some(Gains), Some(Gains), Some(Gains), None, None, Some(Undecided)],
            [Some(Gains), Some(Gains), Some(Gains), Some(Loses), None, Some(Undecided)],
            [Some(Gains), Some(Gains), Some(Gains), Some(Loses), None, None],
        ];
        for (before, row) in wishes.iter().zip(table) {
            for (after, wanted) in wishes.iter().zip(row) {
                assert_eq!(kind(before, after), wanted, "{before:?} -> {after:?}");
            }
        }
    }

    #[test]
    fn an_attribute_that_is_no_longer_mapped_is_left_as_it_is() {
        let profile = |wish: &Wish| match wish {
            Wish::Have(profile) => profile.clone(),
            other => panic!("{other:?}"),
        };
        let (with, without) = (profile(&have("analyst", Some("Writer"))), Profile::default());
        let without = Profile { role: with.role.clone(), ..without };
        assert_eq!(changes(&with, &without), []);
        assert_eq!(changes(&without, &with).len(), 1);
        // Blank where nothing was said before: whatever the account has goes.
        assert_eq!(changes(&without, &profile(&have("analyst", None))).len(), 1);
    }
}
