use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Kind, Operation};
use crate::config::{GuardLimits, Limit};
use crate::desired::Account;
use crate::policy::Attribute;

/// What a directory is too much of that has fewer people than is plausible.
pub(super) const SHRINK: &str = "directory shrink";

/// One limit that a plan exceeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// What there is too much of: `deactivate`, `role changes`, `role admin`, `directory shrink` ..
    pub what: String,
    pub count: usize,
    pub limit: usize,
    /// The sentence for people: the numbers, what they are of, and how to get past.
    pub text: String,
    /// Nobody can let it pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub firm: bool,
}

/// Whether a plan may be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Allowed,
    Refused {
        breaches: Vec<Breach>,
    },
    /// Refused, and then a person let this very plan pass.
    Approved {
        breaches: Vec<Breach>,
        who: String,
        /// RFC 3339
        at: String,
    },
}

impl Verdict {
    /// Whether anything may be sent.
    #[must_use]
    pub fn permits(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    /// What the plan exceeds, whoever let it pass.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        match self {
            Self::Allowed => &[],
            Self::Refused { breaches } | Self::Approved { breaches, .. } => breaches,
        }
    }

    /// Lets a plan pass that a person approved; nobody can let an invariant pass.
    pub(crate) fn approve(&mut self, who: &str, at: &str) {
        if self.can_be_approved() {
            let breaches = self.breaches().to_vec();
            *self = Self::Approved { breaches, who: who.to_owned(), at: at.to_owned() };
        }
    }

    /// Whether a person could let the plan pass.
    #[must_use]
    pub fn can_be_approved(&self) -> bool {
        matches!(self, Self::Refused { breaches } if breaches.iter().all(|breach| !breach.firm))
    }

    /// Names another command in advice than `rolecall apply`: one that would carry out this very plan.
    pub(crate) fn advise(&mut self, command: &str) {
        if let Self::Refused { breaches } = self {
            for breach in breaches {
                breach.text = breach.text.replace("`rolecall apply", &format!("`{command}"));
            }
        }
    }
}

/// What a person allowed beyond the limits, for one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Deactivations, in place of the limit for them.
    pub deactivations: Option<usize>,
}

/// How many people the last whole read had, and how many this one has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    pub before: Option<usize>,
    pub now: usize,
}

/// Judges operations before the first is sent. `accounts` are the target's as they were read, `managed_active` is what
/// percentages are of; a percentage of 100 or more is no limit.
#[must_use]
pub fn judge(
    operations: &[Operation],
    accounts: &[Account],
    managed_active: usize,
    sizes: Sizes,
    limits: &GuardLimits,
    allowance: Allowance,
) -> Verdict {
    let count = |kind| operations.iter().filter(|operation| operation.kind == kind).count();
    let role_changes = operations.iter().filter(|operation| changes_role(operation)).count();
    let deactivations = count(Kind::Deactivate);
    let over = |what: &str, nouns: (&str, &str), count, limit, advice: &str| {
        over(what, nouns, count, managed_active, limit, advice)
    };

    let mut breaches = Vec::new();
    breaches.extend(over(
        "create",
        ("creation", "creations"),
        count(Kind::Create),
        limits.create,
        &raise("create"),
    ));
    breaches.extend(over(
        "update",
        ("update", "updates"),
        count(Kind::Update),
        limits.update,
        &raise("update"),
    ));
    let advice = raise("reactivate");
    breaches.extend(over(
        "reactivate",
        ("reactivation", "reactivations"),
        count(Kind::Reactivate),
        limits.reactivate,
        &advice,
    ));
    breaches.extend(match allowance.deactivations {
        Some(allowed) => over_allowance(deactivations, allowed),
        None => {
            let advice =
                format!("to allow as many this once: `rolecall apply --allow-deactivations {deactivations}`");
            over("deactivate", ("deactivation", "deactivations"), deactivations, limits.deactivate, &advice)
        }
    });
    let advice = raise("role_change");
    breaches.extend(over(
        "role changes",
        ("role change", "role changes"),
        role_changes,
        limits.role_change,
        &advice,
    ));
    let gained = gained(operations, accounts, limits);
    for (role, limit) in &limits.role {
        let count = gained.get(role.as_str()).copied().unwrap_or_default();
        let (what, advice) = (format!("role {role}"), raise(&format!("role.{role}")));
        let (one, several) = (format!("gain of the role `{role}`"), format!("gains of the role `{role}`"));
        breaches.extend(over(&what, (&one, &several), count, *limit, &advice));
    }
    breaches.extend(shrink(sizes, limits.shrink_percent));
    if breaches.is_empty() { Verdict::Allowed } else { Verdict::Refused { breaches } }
}

/// A create gives a role as well, and is limited as a create.
fn changes_role(operation: &Operation) -> bool {
    matches!(operation.kind, Kind::Update | Kind::Reactivate)
        && operation.changes.iter().any(|change| change.attribute == Attribute::ROLE)
}

/// How many people come to have each role that is limited: by a new account, by a change, or because an account that
/// has it comes to life again.
fn gained<'a>(
    operations: &'a [Operation],
    accounts: &'a [Account],
    limits: &GuardLimits,
) -> HashMap<&'a str, usize> {
    let mut gained = HashMap::new();
    if limits.role.is_empty() {
        return gained;
    }
    let roles: HashMap<&str, &str> =
        accounts.iter().filter_map(|account| Some((account.id.as_str(), account.role.as_deref()?))).collect();
    for operation in operations {
        let change = operation.changes.iter().find(|change| change.attribute == Attribute::ROLE);
        let role = match (change, operation.kind) {
            (_, Kind::Deactivate) => None,
            (Some(change), _) => change.to.as_deref(),
            (None, Kind::Reactivate) => {
                operation.account.as_deref().and_then(|account| roles.get(account)).copied()
            }
            (None, _) => None,
        };
        if let Some(role) = role {
            *gained.entry(role).or_default() += 1;
        }
    }
    gained
}

fn raise(setting: &str) -> String {
    format!("if that is right, raise `{setting}` in `[guard]`")
}

/// The highest count that a limit lets pass.
pub(super) fn highest(limit: Limit, managed_active: usize) -> usize {
    if limit.percent >= 100 {
        return limit.max;
    }
    let percent = (managed_active as u128 * u128::from(limit.percent) / 100) as usize;
    limit.max.min(limit.floor.max(percent))
}

fn over(
    what: &str,
    nouns: (&str, &str),
    count: usize,
    managed_active: usize,
    limit: Limit,
    advice: &str,
) -> Option<Breach> {
    let highest = highest(limit, managed_active);
    if count <= highest {
        return None;
    }
    let rule = if highest == limit.max {
        format!("at most {} at a time", limit.max)
    } else {
        format!(
            "{} % of the {managed_active} active managed accounts, {} in any case",
            limit.percent, limit.floor
        )
    };
    let share = percent(count, managed_active).map(|n| format!(" ({n} %)")).unwrap_or_default();
    let text = format!(
        "{}{share} {} more than the limit of {highest} ({rule}); {advice}",
        counted(count, nouns),
        are(count)
    );
    Some(Breach { what: what.to_owned(), count, limit: highest, text, firm: false })
}

fn over_allowance(count: usize, allowed: usize) -> Option<Breach> {
    (count > allowed).then(|| Breach {
        what: Kind::Deactivate.name().to_owned(),
        count,
        limit: allowed,
        text: format!(
            "{} {} more than the {allowed} that were allowed; look at the plan again, then: \
             `rolecall apply --allow-deactivations {count}`",
            counted(count, ("deactivation", "deactivations")),
            are(count)
        ),
        firm: false,
    })
}

fn counted(count: usize, (one, several): (&str, &str)) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn shrink(sizes: Sizes, shrink_percent: u32) -> Option<Breach> {
    let before = sizes.before.filter(|before| *before > sizes.now)?;
    let lost = before - sizes.now;
    let allowed = (before as u128 * u128::from(shrink_percent.min(100)) / 100) as usize;
    if lost <= allowed && sizes.now > 0 {
        return None;
    }
    let text = if sizes.now == 0 {
        format!(
            "the directory had {before} people at the last whole read and has none now: nothing is ever done on the \
             strength of an empty directory; check the base DN and the filter"
        )
    } else {
        format!(
            "the directory shrank from {before} people to {} ({} % fewer), which is more than the limit of \
             {shrink_percent} %; check the base DN, the filter and the rights of the bind account; if that is right, \
             raise `shrink_percent` in `[guard]`",
            sizes.now,
            percent(lost, before).unwrap_or_default()
        )
    };
    Some(Breach { what: SHRINK.to_owned(), count: lost, limit: allowed, text, firm: sizes.now == 0 })
}

/// Rounded up, so that what is over a limit also looks so.
fn percent(part: usize, whole: usize) -> Option<u128> {
    (whole > 0).then(|| (part as u128 * 100).div_ceil(whole as u128))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::desired::Person;
    use crate::plan::Change;

    const FREE: Limit = Limit { max: usize::MAX, percent: 100, floor: 0 };

    fn limits() -> GuardLimits {
        GuardLimits {
            create: FREE,
            update: FREE,
            reactivate: FREE,
            deactivate: FREE,
            role_change: FREE,
            role: BTreeMap::new(),
            shrink_percent: 100,
        }
    }

    fn operations(kind: Kind, count: usize) -> Vec<Operation> {
        let user = Person { guid: Uuid::nil(), name: String::new(), dn: None };
        let role = |from: Option<&str>, to: &str| Change {
            attribute: Attribute::ROLE,
            from: from.map(str::to_owned),
            to: Some(to.to_owned()),
        };
        let changes = match kind {
            Kind::Create => vec![role(None, "analyst")],
            Kind::Update => vec![role(Some("analyst"), "admin")],
            Kind::Reactivate | Kind::Deactivate => Vec::new(),
        };
        let one =
            Operation { kind, user, account: None, user_name: String::new(), changes, reasons: Vec::new() };
        vec![one; count]
    }

    fn account(id: usize, role: Option<&str>) -> Account {
        Account {
            id: id.to_string(),
            user_name: String::new(),
            active: true,
            role: role.map(str::to_owned),
            attributes: BTreeMap::new(),
        }
    }

    fn role_operation(kind: Kind, id: usize, from: Option<&str>, to: Option<&str>) -> Operation {
        let change = to.map(|to| Change {
            attribute: Attribute::ROLE,
            from: from.map(str::to_owned),
            to: Some(to.to_owned()),
        });
        Operation {
            kind,
            user: Person { guid: Uuid::nil(), name: String::new(), dn: None },
            account: (kind != Kind::Create).then(|| id.to_string()),
            user_name: String::new(),
            changes: change.into_iter().collect(),
            reasons: Vec::new(),
        }
    }

    fn texts(verdict: &Verdict) -> Vec<&str> {
        verdict.breaches().iter().map(|breach| breach.text.as_str()).collect()
    }

    fn set(limits: &mut GuardLimits, kind: Kind, limit: Limit) {
        *match kind {
            Kind::Create => &mut limits.create,
            Kind::Update => &mut limits.update,
            Kind::Reactivate => &mut limits.reactivate,
            Kind::Deactivate => &mut limits.deactivate,
        } = limit;
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn over_the_limit_is_what_the_configuration_says(
            kind in prop::sample::select(Kind::ALL.to_vec()),
            count in 0..60usize,
            managed in 0..200usize,
            max in 0..60usize,
            percent in 0..130u32,
            floor in 0..20usize,
        ) {
            let mut limits = limits();
            set(&mut limits, kind, Limit { max, percent, floor });
            let verdict = judge(&operations(kind, count), &[], managed, Sizes::default(), &limits, Allowance::default());
            let over_percent = percent < 100 && count > floor && count * 100 > percent as usize * managed;
            prop_assert_eq!(verdict != Verdict::Allowed, count > max || over_percent);
        }

        #[test]
        fn gaining_a_role_is_counted_whatever_the_way(
            ways in prop::collection::vec((0..7usize, any::<bool>()), 0..40),
            max in 0..20usize,
        ) {
            let mut limits = limits();
            limits.role.insert("admin".into(), Limit { max, ..FREE });
            let (mut accounts, mut operations) = (Vec::new(), Vec::new());
            let mut expected = 0;
            for (index, (way, to_admin)) in ways.into_iter().enumerate() {
                let role = if to_admin { "admin" } else { "analyst" };
                let (kind, from, to) = match way {
                    0 => (Kind::Create, None, Some(role)),
                    1 => (Kind::Update, Some("support"), Some(role)),
                    2 => (Kind::Update, None, Some(role)),
                    3 => (Kind::Update, Some(role), None),
                    4 => (Kind::Reactivate, Some(role), None),
                    5 => (Kind::Reactivate, Some("support"), Some(role)),
                    _ => (Kind::Deactivate, Some(role), None),
                };
                expected += usize::from(to_admin && !matches!(way, 3 | 6));
                accounts.push(account(index, from));
                operations.push(role_operation(kind, index, from, to));
            }
            let verdict =
                judge(&operations, &accounts, 10, Sizes::default(), &limits, Allowance::default());
            prop_assert_eq!(verdict.permits(), expected <= max);
        }

        #[test]
        fn more_operations_make_no_plan_pass(
            counts in prop::array::uniform4(0..20usize),
            more in prop::array::uniform4(0..5usize),
            managed in 0..100usize,
            percent in 0..100u32,
            floor in 0..10usize,
        ) {
            let mut limits = limits();
            for kind in Kind::ALL {
                set(&mut limits, kind, Limit { max: 15, percent, floor });
            }
            limits.role_change = Limit { max: 15, percent, floor };
            let all = |counts: [usize; 4]| -> Vec<Operation> {
                Kind::ALL.into_iter().zip(counts).flat_map(|(kind, n)| operations(kind, n)).collect()
            };
            let judged = |counts| {
                judge(&all(counts), &[], managed, Sizes::default(), &limits, Allowance::default()).permits()
            };
            let with_more = std::array::from_fn(|n| counts[n] + more[n]);
            prop_assert!(judged(counts) || !judged(with_more));
        }

        #[test]
        fn a_directory_shrinks_by_no_more_than_the_limit(
            before in 0..500usize,
            now in 0..500usize,
            shrink_percent in 0..=100u32,
        ) {
            let limits = GuardLimits { shrink_percent, ..limits() };
            let sizes = Sizes { before: Some(before), now };
            let verdict = judge(&[], &[], 10, sizes, &limits, Allowance::default());
            let lost = before.saturating_sub(now);
            let over = lost * 100 > before * shrink_percent as usize;
            prop_assert_eq!(verdict.permits(), !(lost > 0 && (over || now == 0)));
            prop_assert_eq!(verdict.can_be_approved(), !verdict.permits() && now > 0);
        }

        #[test]
        fn an_allowance_is_exact(count in 0..30usize, allowed in 0..30usize) {
            let mut limits = limits();
            limits.deactivate = Limit { max: 3, percent: 0, floor: 0 };
            let allowance = Allowance { deactivations: Some(allowed) };
            let verdict =
                judge(&operations(Kind::Deactivate, count), &[], 10, Sizes::default(), &limits, allowance);
            prop_assert_eq!(verdict == Verdict::Allowed, count <= allowed);
        }
    }

    #[test]
    fn a_refusal_says_the_numbers_and_the_way_past() {
        let mut limits = limits();
        limits.deactivate = Limit { max: 100, percent: 10, floor: 3 };
        limits.update = Limit { max: 5, percent: 100, floor: 0 };
        limits.role_change = Limit { max: 20, percent: 10, floor: 4 };
        limits.shrink_percent = 20;
        let mut all = operations(Kind::Deactivate, 12);
        all.extend(operations(Kind::Update, 6));
        all.extend(operations(Kind::Create, 1000));
        let sizes = Sizes { before: Some(100), now: 79 };
        let verdict = judge(&all, &[], 50, sizes, &limits, Allowance::default());
        insta::assert_debug_snapshot!(texts(&verdict), @r#"
        [
            "6 updates (12 %) are more than the limit of 5 (at most 5 at a time); if that is right, raise `update` in `[guard]`",
            "12 deactivations (24 %) are more than the limit of 5 (10 % of the 50 active managed accounts, 3 in any case); to allow as many this once: `rolecall apply --allow-deactivations 12`",
            "6 role changes (12 %) are more than the limit of 5 (10 % of the 50 active managed accounts, 4 in any case); if that is right, raise `role_change` in `[guard]`",
            "the directory shrank from 100 people to 79 (21 % fewer), which is more than the limit of 20 %; check the base DN, the filter and the rights of the bind account; if that is right, raise `shrink_percent` in `[guard]`",
        ]
        "#);
        let allowed = Allowance { deactivations: Some(11) };
        let verdict = judge(&all[..12], &[], 50, Sizes::default(), &limits, allowed);
        insta::assert_debug_snapshot!(texts(&verdict), @r#"
        [
            "12 deactivations are more than the 11 that were allowed; look at the plan again, then: `rolecall apply --allow-deactivations 12`",
        ]
        "#);
    }

    #[test]
    fn an_approval_lets_pass_what_can_be_approved_alone() {
        let breach = |firm| Breach { what: "x".into(), count: 2, limit: 1, text: "x".into(), firm };
        for (breaches, passes) in [(vec![breach(false)], true), (vec![breach(false), breach(true)], false)] {
            let mut verdict = Verdict::Refused { breaches };
            verdict.approve("mia", "2026-01-01T00:00:00Z");
            assert_eq!(verdict.permits(), passes);
            assert!(!verdict.can_be_approved());
            assert!(!verdict.breaches().is_empty());
        }
        let mut verdict = Verdict::Allowed;
        verdict.approve("mia", "2026-01-01T00:00:00Z");
        assert_eq!(verdict, Verdict::Allowed);
    }

    #[test]
    fn an_empty_directory_is_never_acted_on() {
        let judge = |before, now| judge(&[], &[], 9, Sizes { before, now }, &limits(), Allowance::default());
        insta::assert_debug_snapshot!(texts(&judge(Some(9), 0)), @r#"
        [
            "the directory had 9 people at the last whole read and has none now: nothing is ever done on the strength of an empty directory; check the base DN and the filter",
        ]
        "#);
        for (before, now) in [(Some(9), 1), (Some(0), 0), (None, 0), (Some(9), 9), (Some(9), 20)] {
            assert_eq!(judge(before, now), Verdict::Allowed);
        }
    }

    #[test]
    fn a_first_run_may_create_everyone() {
        let mut limits = limits();
        limits.create = Limit { max: 500, percent: 100, floor: 0 };
        let judge =
            |n| judge(&operations(Kind::Create, n), &[], 0, Sizes::default(), &limits, Allowance::default());
        assert_eq!(judge(500), Verdict::Allowed);
        insta::assert_debug_snapshot!(texts(&judge(501)), @r#"
        [
            "501 creations are more than the limit of 500 (at most 500 at a time); if that is right, raise `create` in `[guard]`",
        ]
        "#);
    }
}
