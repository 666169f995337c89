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
        Some(Breach { what: setting.to_owned(), count, limit: highest, text })
    }
}
