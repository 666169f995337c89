use serde::{Deserialize, Serialize};

use super::{Kind, Operation};
use crate::config::{GuardLimits, Limit};
use crate::policy::Attribute;

/// One limit that a plan exceeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// What there is too much of: `deactivate`, `role changes`, `directory shrink` ..
    pub what: String,
    pub count: usize,
    pub limit: usize,
    /// The sentence for people: the numbers, what they are of, and how to get past.
    pub text: String,
}

/// Whether a plan may be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Allowed,
    Refused { breaches: Vec<Breach> },
}

impl Verdict {
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

/// Judges operations before the first is sent. `managed_active` is what percentages are of; a percentage of 100 or
/// more is no limit.
#[must_use]
pub fn judge(
    operations: &[Operation],
    managed_active: usize,
    sizes: Sizes,
    limits: &GuardLimits,
    allowance: Allowance,
) -> Verdict {
    let count = |kind| operations.iter().filter(|operation| operation.kind == kind).count();
    let role_changes = operations.iter().filter(|operation| changes_role(operation)).count();
    let deactivations = count(Kind::Deactivate);
    let over =
        |what, noun, count, limit, advice: &str| over(what, noun, count, managed_active, limit, advice);

    let mut breaches = Vec::new();
    breaches.extend(over("create", "creation", count(Kind::Create), limits.create, &raise("create")));
    breaches.extend(over("update", "update", count(Kind::Update), limits.update, &raise("update")));
    let advice = raise("reactivate");
    breaches.extend(over("reactivate", "reactivation", count(Kind::Reactivate), limits.reactivate, &advice));
    breaches.extend(match allowance.deactivations {
        Some(allowed) => over_allowance(deactivations, allowed),
        None => {
            let advice =
                format!("to allow as many this once: `rolecall apply --allow-deactivations {deactivations}`");
            over("deactivate", "deactivation", deactivations, limits.deactivate, &advice)
        }
    });
    let advice = raise("role_change");
    breaches.extend(over("role changes", "role change", role_changes, limits.role_change, &advice));
    breaches.extend(shrink(sizes, limits.shrink_percent));
    if breaches.is_empty() { Verdict::Allowed } else { Verdict::Refused { breaches } }
}

fn changes_role(operation: &Operation) -> bool {
    matches!(operation.kind, Kind::Update | Kind::Reactivate)
        && operation
            .changes
            .iter()
            .any(|change| change.attribute == Attribute::ROLE && change.from.is_some() && change.to.is_some())
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
    noun: &str,
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
        counted(count, noun),
        are(count)
    );
    Some(Breach { what: what.to_owned(), count, limit: highest, text })
}

fn over_allowance(count: usize, allowed: usize) -> Option<Breach> {
    (count > allowed).then(|| Breach {
        what: Kind::Deactivate.name().to_owned(),
        count,
        limit: allowed,
        text: format!(
            "{} {} more than the {allowed} that were allowed; look at the plan again, then: \
             `rolecall apply --allow-deactivations {count}`",
            counted(count, "deactivation"),
            are(count)
        ),
    })
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
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
    Some(Breach { what: "directory shrink".to_owned(), count: lost, limit: allowed, text })
}

/// Rounded up, so that what is over a limit also looks so.
fn percent(part: usize, whole: usize) -> Option<u128> {
    (whole > 0).then(|| (part as u128 * 100).div_ceil(whole as u128))
}

#[cfg(test)]
mod tests {
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

    fn texts(verdict: &Verdict) -> Vec<&str> {
        match verdict {
            Verdict::Allowed => Vec::new(),
            Verdict::Refused { breaches } => breaches.iter().map(|breach| breach.text.as_str()).collect(),
        }
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
            let verdict = judge(&operations(kind, count), managed, Sizes::default(), &limits, Allowance::default());
            let over_percent = percent < 100 && count > floor && count * 100 > percent as usize * managed;
            prop_assert_eq!(verdict != Verdict::Allowed, count > max || over_percent);
        }

        #[test]
        fn an_allowance_is_exact(count in 0..30usize, allowed in 0..30usize) {
            let mut limits = limits();
            limits.deactivate = Limit { max: 3, percent: 0, floor: 0 };
            let allowance = Allowance { deactivations: Some(allowed) };
            let verdict =
                judge(&operations(Kind::Deactivate, count), 10, Sizes::default(), &limits, allowance);
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
        let verdict = judge(&all, 50, sizes, &limits, Allowance::default());
        insta::assert_debug_snapshot!(texts(&verdict), @r#"
        [
            "6 updates (12 %) are more than the limit of 5 (at most 5 at a time); if that is right, raise `update` in `[guard]`",
            "12 deactivations (24 %) are more than the limit of 5 (10 % of the 50 active managed accounts, 3 in any case); to allow as many this once: `rolecall apply --allow-deactivations 12`",
            "6 role changes (12 %) are more than the limit of 5 (10 % of the 50 active managed accounts, 4 in any case); if that is right, raise `role_change` in `[guard]`",
            "the directory shrank from 100 people to 79 (21 % fewer), which is more than the limit of 20 %; check the base DN, the filter and the rights of the bind account; if that is right, raise `shrink_percent` in `[guard]`",
        ]
        "#);
        let allowed = Allowance { deactivations: Some(11) };
        let verdict = judge(&all[..12], 50, Sizes::default(), &limits, allowed);
        insta::assert_debug_snapshot!(texts(&verdict), @r#"
        [
            "12 deactivations are more than the 11 that were allowed; look at the plan again, then: `rolecall apply --allow-deactivations 12`",
        ]
        "#);
    }

    #[test]
    fn an_empty_directory_is_never_acted_on() {
        let judge = |before, now| judge(&[], 9, Sizes { before, now }, &limits(), Allowance::default());
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
            |n| judge(&operations(Kind::Create, n), 0, Sizes::default(), &limits, Allowance::default());
        assert_eq!(judge(500), Verdict::Allowed);
        insta::assert_debug_snapshot!(texts(&judge(501)), @r#"
        [
            "501 creations are more than the limit of 500 (at most 500 at a time); if that is right, raise `create` in `[guard]`",
        ]
        "#);
    }
}
