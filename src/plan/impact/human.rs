use std::fmt::Write as _;

use super::{Effect, EffectKind, Impact, RoleTurn};
use crate::plan::{Breach, Change, escape, value};
use crate::policy::{Attribute, Reason};

/// Of the ways from role to role, so many are told in one line.
const TURNS: usize = 8;

impl Impact {
    /// As people read it: who is touched and why, by kind, the gravest first; what is over a limit; one line that sums
    /// up. `most`: so many people of each kind.
    #[must_use]
    pub fn human(&self, breaches: &[Breach], most: usize) -> String {
        let mut out = String::new();
        if !self.settings.is_empty() {
            let _ = writeln!(out, "What holds for everyone");
            for setting in &self.settings {
                let (name, from, to) = (setting.name, escape(&setting.from), escape(&setting.to));
                let _ = writeln!(out, "  {name}: {from} → {to}");
            }
            out.push('\n');
        }
        for kind in EffectKind::ALL {
            self.list(&mut out, kind, most);
        }
        if !breaches.is_empty() {
            let _ = writeln!(
                out,
                "More than the guard lets pass: as an edit of a running service, it waits for approval"
            );
            breaches.iter().for_each(|breach| {
                let _ = writeln!(out, "  ! {}", escape(&breach.text));
            });
            out.push('\n');
        }
        if let Some(why) = &self.partial {
            let _ =
                writeln!(out, "The directory was not read whole, so there may be more: {}\n", escape(why));
        }
        let _ = writeln!(out, "{}", self.sentence());
        out
    }

    /// `2 lose access, 1 gets another role; 497 of 500 as before. Revision 0123456789ab → ba9876543210.`
    #[must_use]
    pub fn sentence(&self) -> String {
        let text = self.touched();
        let mut letters = text.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        format!("{first}{}. Revision {} → {}.", letters.as_str(), self.from, self.to)
    }

    /// `2 lose access, 1 gets another role; 497 of 500 as before`
    #[must_use]
    pub fn touched(&self) -> String {
        let mut parts: Vec<String> = EffectKind::ALL
            .into_iter()
            .map(|kind| (kind, self.count(kind)))
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| kind.counted(count))
            .collect();
        if parts.is_empty() {
            parts.push("nobody is touched".to_owned());
        }
        if !self.settings.is_empty() {
            let names: Vec<&str> = self.settings.iter().map(|setting| setting.name).collect();
            parts.push(format!("other settings for everyone ({})", names.join(", ")));
        }
        let same = self.people.saturating_sub(self.effects.len());
        format!("{}; {same} of {} as before", parts.join(", "), self.people)
    }

    fn list(&self, out: &mut String, kind: EffectKind, most: usize) {
        let count = self.count(kind);
        if count == 0 {
            return;
        }
        let _ = writeln!(out, "{} ({count})", kind.title());
        for effect in self.of_kind(kind).take(most) {
            one(out, effect);
        }
        if count > most {
            let _ = writeln!(out, "  … and {} more", count - most);
            let told = self.breakdown(kind);
            if !told.is_empty() {
                let _ = writeln!(out, "  all of them: {told}");
            }
        }
        out.push('\n');
    }

    /// What the many have in common, with counts.
    pub(super) fn breakdown(&self, kind: EffectKind) -> String {
        if kind == EffectKind::Changes {
            let attributes =
                self.attributes().into_iter().map(|(attribute, count)| format!("{attribute} {count}"));
            return attributes.collect::<Vec<_>>().join(", ");
        }
        let turns = self.turns(kind);
        let mut told: Vec<String> =
            turns.iter().take(TURNS).map(|(way, count)| format!("{} {count}", turn(way))).collect();
        if turns.len() > TURNS {
            told.push(format!("{} other ways", turns.len() - TURNS));
        }
        told.join(", ")
    }
}

/// `analyst → manager`
pub(super) fn turn(turn: &RoleTurn) -> String {
    format!("{} → {}", value(turn.from.as_deref()), value(turn.to.as_deref()))
}

/// `title Writer → Author`
pub(super) fn change(change: &Change) -> String {
    format!("{} {} → {}", change.attribute, value(change.from.as_deref()), value(change.to.as_deref()))
}

pub(super) fn name(effect: &Effect) -> String {
    match &effect.user_name {
        Some(user_name) => format!("{} <{}>", escape(&effect.user.name), escape(user_name)),
        None => escape(&effect.user.name),
    }
}

/// Why it was so, why it will be, and the terms that decided; what says nothing new is left out.
pub(super) fn why(effect: &Effect) -> Vec<String> {
    let mut lines = Vec::new();
    if effect.kind != EffectKind::Changes {
        let joined =
            |reasons: &[Reason]| reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let (before, after) = (joined(&effect.before), joined(&effect.after));
        if !before.is_empty() {
            lines.push(format!("was: {}", escape(&before)));
        }
        // The terms behind a role that is given name the rule, too.
        if !after.is_empty() && (effect.role.to.is_none() || effect.because.is_empty()) {
            lines.push(format!("now: {}", escape(&after)));
        }
    }
    lines.extend(effect.because.iter().map(|line| escape(line)));
    lines
}

fn one(out: &mut String, effect: &Effect) {
    let symbol = match effect.kind {
        EffectKind::Loses => '-',
        EffectKind::Gains => '+',
        EffectKind::ChangesRole | EffectKind::Changes => '~',
        EffectKind::Undecided => '!',
        EffectKind::Kept => '·',
    };
    let role = if effect.role.from == effect.role.to {
        String::new()
    } else {
        format!("  role {}", turn(&effect.role))
    };
    let _ = writeln!(out, "  {symbol} {}{role}", name(effect));
    for changed in effect.changes.iter().filter(|changed| changed.attribute != Attribute::ROLE) {
        let _ = writeln!(out, "      {}", change(changed));
    }
    for line in why(effect) {
        let _ = writeln!(out, "      {line}");
    }
}
