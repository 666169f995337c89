use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::policy::{Cause, Decision, Profile, Reason, Switches, Verdict, user_name_key};

/// Whom a wish or an operation is about, as the directory names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    #[serde(rename = "objectGUID")]
    pub guid: Uuid,
    pub name: String,
    /// Absent for somebody who is no longer in the directory.
    pub dn: Option<String>,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.dn {
            Some(dn) => write!(f, "{} ({dn})", self.name),
            None => write!(f, "{} ({})", self.name, self.guid),
        }
    }
}

/// What should be true of one person's account.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// An active account that looks like this.
    Have(Profile),
    /// No active account. An account that is nobody's yet is found by this `userName`.
    HaveNot { user_name: Option<String>, cause: Cause },
    /// Whatever is there stays as it is; found as for [`Wish::HaveNot`].
    Keep { user_name: Option<String> },
    /// Nothing is known, so nothing may be done.
    Unknown { why: Reason },
}

/// One wish a person who is in the directory, with the reasons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    pub wishes: BTreeMap<Uuid, (Person, Wish, Vec<Reason>)>,
}

impl Desired {
    /// Turns decisions into wishes. People whose profiles claim one `userName` (case apart) get
    /// [`Wish::Unknown`], all of them, each with the others' names. A `userName` that somebody who may have access
    /// claims is no longer one by which the account of somebody with less right is found.
    #[must_use]
    pub fn of(decisions: &[Decision], switches: &Switches) -> Self {
        let mut desired = Self::default();
        for decision in decisions {
            let person =
                Person { guid: decision.user, name: decision.name.clone(), dn: Some(decision.dn.clone()) };
            let (wish, reasons) = wish(decision, switches);
            match desired.wishes.entry(decision.user) {
                Entry::Vacant(entry) => {
                    entry.insert((person, wish, reasons));
                }
                Entry::Occupied(mut entry) => {
                    let why =
                        format!("objectGUID {} was decided more than once in this cycle", decision.user);
                    entry.get_mut().1 = Wish::Unknown { why: Reason::new(why) };
                }
            }
        }
        desired.settle_claims();
        desired.yield_names(decisions);
        desired
    }

    /// One human may have an old, disabled user beside the new one, with the same mail address: the old one must not
    /// cost the new one the account. Of people with the same right, all keep the name.
    fn yield_names(&mut self, decisions: &[Decision]) {
        let mut strongest: HashMap<String, Right> = HashMap::new();
        for decision in decisions {
            if let (Some(name), Some((_, wish, _))) = (claimed(decision), self.wishes.get(&decision.user)) {
                let right = strongest.entry(user_name_key(name.trim())).or_insert(Right::None);
                *right = wish.right().max(*right);
            }
        }
        for (_, wish, _) in self.wishes.values_mut() {
            let own = wish.right();
            if let Wish::HaveNot { user_name, .. } | Wish::Keep { user_name } = wish
                && let Some(name) = user_name
                && strongest.get(&user_name_key(name)).is_some_and(|right| *right > own)
            {
                *user_name = None;
            }
        }
    }

    /// Nobody gets a `userName` that somebody else claims too: which of them is right, only people can tell.
    fn settle_claims(&mut self) {
        let mut claims: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
        for (guid, (_, wish, _)) in &self.wishes {
            if let Wish::Have(profile) = wish
                && let Some(name) = profile.user_name()
            {
                claims.entry(user_name_key(name)).or_default().push(*guid);
            }
        }
        for (name, claimants) in claims.iter().filter(|(_, claimants)| claimants.len() > 1) {
            // One more than is named, so that each can leave out itself.
            let shown: Vec<(Uuid, String)> = claimants
                .iter()
                .take(NAMED + 1)
                .filter_map(|guid| self.wishes.get(guid).map(|(person, ..)| (*guid, person.to_string())))
                .collect();
            for guid in claimants {
                let others: Vec<&str> = shown
                    .iter()
                    .filter(|(other, _)| other != guid)
                    .map(|(_, person)| person.as_str())
                    .take(NAMED)
                    .collect();
                let more = claimants.len() - 1 - others.len();
                let others = others.join(", ");
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let text = format!(
                    "userName `{name}` is claimed by {others}{more} as well: correct the directory, or the policy's \
                     mapping of userName, so that each has one of their own"
                );
                if let Some((_, wish, _)) = self.wishes.get_mut(guid) {
                    *wish = Wish::Unknown { why: Reason::new(text) };
                }
            }
        }
    }
}

/// How much of a right to an account a wish is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    None,
    Kept,
    /// Theirs, or it may be: nobody knows.
    Full,
}

impl Wish {
    fn right(&self) -> Right {
        match self {
            Self::HaveNot { .. } => Right::None,
            Self::Keep { .. } => Right::Kept,
            Self::Have(_) | Self::Unknown { .. } => Right::Full,
        }
    }
}

fn claimed(decision: &Decision) -> Option<&str> {
    match &decision.verdict {
        Verdict::Provision { profile } => profile.user_name(),
        _ => decision.user_name.as_deref(),
    }
}

/// How many of the others a sentence names.
const NAMED: usize = 3;

fn wish(decision: &Decision, switches: &Switches) -> (Wish, Vec<Reason>) {
    let mut reasons = decision.reasons.clone();
    let mut unless_told = |text: &str| {
        if reasons.is_empty() {
            reasons.push(Reason::new(text));
        }
    };
    let user_name = decision.user_name.clone().filter(|name| unusable(Some(name)).is_none());
    let wish = match &decision.verdict {
        Verdict::Provision { profile } => match unusable(profile.user_name()) {
            None => Wish::Have(profile.clone()),
            Some(why) => Wish::Unknown { why: Reason::new(why) },
        },
        Verdict::NotEntitled if switches.keep_access_on_role_change => {
            unless_told("no rule passes; access is kept");
            Wish::Keep { user_name }
        }
        Verdict::NotEntitled => {
            unless_told("no rule passes");
            Wish::HaveNot { user_name, cause: Cause::NoRole }
        }
        Verdict::Barred => {
            unless_told("disabled or expired in the directory");
            Wish::HaveNot { user_name, cause: Cause::Disabled }
        }
        Verdict::Failed { why } => Wish::Unknown { why: why.clone() },
    };
    (wish, reasons)
}

fn unusable(user_name: Option<&str>) -> Option<String> {
    match user_name {
        None => Some("the policy gives no userName".into()),
        Some(name) if name.trim().is_empty() => Some("the policy gives a blank userName".into()),
        Some(name) if name.trim() != name => {
            Some(format!("the policy gives the userName `{name}`, with white space around it"))
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Attribute;

    fn decision(n: u128, verdict: Verdict) -> Decision {
        Decision {
            user: Uuid::from_u128(n),
            name: format!("P{n}"),
            dn: format!("CN=P{n}"),
            user_name: None,
            verdict,
            roles: Vec::new(),
            reasons: Vec::new(),
        }
    }

    fn named(n: u128, user_name: Option<&str>) -> Decision {
        let attributes = BTreeMap::from([(Attribute::USER_NAME, user_name.map(str::to_owned))]);
        let profile = Profile { attributes, ..Profile::default() };
        decision(n, Verdict::Provision { profile })
    }

    fn why(desired: &Desired, n: u128) -> Option<&str> {
        match &desired.wishes[&Uuid::from_u128(n)].1 {
            Wish::Unknown { why } => Some(&why.text),
            _ => None,
        }
    }

    #[test]
    fn verdicts_become_wishes() {
        let failed = Verdict::Failed { why: Reason::new("boom") };
        let all = [
            named(1, Some("a@x")),
            decision(2, Verdict::NotEntitled),
            decision(3, Verdict::Barred),
            decision(4, failed),
        ];
        for keep in [false, true] {
            let switches = Switches { keep_access_on_role_change: keep, ..Switches::default() };
            let desired = Desired::of(&all, &switches);
            let wishes: Vec<_> = desired.wishes.values().map(|(_, wish, _)| wish).collect();
            assert!(matches!(wishes[0], Wish::Have(_)));
            let have_not = |cause| Wish::HaveNot { user_name: None, cause };
            let without_role = if keep { Wish::Keep { user_name: None } } else { have_not(Cause::NoRole) };
            assert_eq!(wishes[1], &without_role);
            assert_eq!(wishes[2], &have_not(Cause::Disabled));
            assert_eq!(wishes[3], &Wish::Unknown { why: Reason::new("boom") });
        }
        assert!(Desired::of(&[], &Switches::default()).wishes.is_empty());
    }

    #[test]
    fn a_user_name_must_be_one() {
        let all = [named(1, None), named(2, Some("")), named(3, Some(" \t\u{a0}")), named(4, Some(" a@x"))];
        let desired = Desired::of(&all, &Switches::default());
        let texts: Vec<_> = (1..=4).map(|n| why(&desired, n).unwrap()).collect();
        insta::assert_debug_snapshot!(texts, @r#"
        [
            "the policy gives no userName",
            "the policy gives a blank userName",
            "the policy gives a blank userName",
            "the policy gives the userName ` a@x`, with white space around it",
        ]
        "#);
    }

    #[test]
    fn nobody_gets_a_user_name_that_is_claimed_twice() {
        let all = [named(1, Some("É@x")), named(2, Some("é@X")), named(3, Some("other@x"))];
        let desired = Desired::of(&all, &Switches::default());
        insta::assert_snapshot!(why(&desired, 1).unwrap(), @"userName `é@x` is claimed by P2 (CN=P2) as well: correct the directory, or the policy's mapping of userName, so that each has one of their own");
        assert!(why(&desired, 2).unwrap().contains("P1 (CN=P1) as well"));
        assert_eq!(why(&desired, 3), None);
    }

    #[test]
    fn a_constant_mapping_names_a_few_of_the_many() {
        let all: Vec<_> = (0..50_000).map(|n| named(n, Some("same@x"))).collect();
        let desired = Desired::of(&all, &Switches::default());
        for n in [0, 2, 3, 4, 49_999] {
            let text = why(&desired, n).unwrap();
            assert!(text.contains(" and 49996 more as well"), "{text}");
            assert!(!text.contains(&format!("P{n} ")), "{text}");
        }
    }

    #[test]
    fn a_person_decided_twice_is_left_alone() {
        let all = [named(1, Some("a@x")), decision(1, Verdict::Barred)];
        assert!(why(&Desired::of(&all, &Switches::default()), 1).unwrap().contains("more than once"));
    }

    /// The `userName` by which the account of somebody without a right to one is found.
    fn found_by(desired: &Desired, n: u128) -> Option<&str> {
        match &desired.wishes[&Uuid::from_u128(n)].1 {
            Wish::HaveNot { user_name, .. } | Wish::Keep { user_name } => user_name.as_deref(),
            other => panic!("{other:?}"),
        }
    }

    fn without(n: u128, verdict: Verdict, user_name: &str) -> Decision {
        Decision { user_name: Some(user_name.to_owned()), ..decision(n, verdict) }
    }

    #[test]
    fn a_user_name_is_left_to_who_has_more_right_to_it() {
        let failed = || Verdict::Failed { why: Reason::new("boom") };
        let mut all = vec![
            without(1, Verdict::Barred, "É@x"),
            without(2, Verdict::NotEntitled, "kept@x"),
            without(3, Verdict::Barred, "KEPT@x"),
            without(4, Verdict::Barred, "free@x"),
            without(5, Verdict::Barred, "Free@x"),
            without(6, Verdict::Barred, " "),
            without(7, Verdict::Barred, "unknown@x"),
            without(8, failed(), "Unknown@x"),
            named(9, Some("é@X")),
        ];
        let switches = Switches { keep_access_on_role_change: true, ..Switches::default() };
        let found = |all: &[Decision]| {
            let desired = Desired::of(all, &switches);
            (1..=7).map(|n| found_by(&desired, n).map(str::to_owned)).collect::<Vec<_>>()
        };
        let expected = [None, Some("kept@x"), None, Some("free@x"), Some("Free@x"), None, None];
        assert_eq!(found(&all), expected.map(|name| name.map(str::to_owned)));
        // Two who claim it are both left alone; it is not free for that.
        all.push(named(10, Some("É@x")));
        assert_eq!(found(&all)[0], None);
        all.truncate(8);
        assert_eq!(found(&all)[0].as_deref(), Some("É@x"));
    }
}
