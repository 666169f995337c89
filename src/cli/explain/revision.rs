//! The rules of an earlier revision: out of the journal, or the last good ones that the service keeps.

use jiff::Timestamp;

use crate::cli::exit::{Exit, Failure};
use crate::cli::project::{counted, tell_findings};
use crate::config::{Config, Sources, short};
use crate::daemon::LastGood;
use crate::journal::Journal;
use crate::policy::Policy;

/// Rules as they were.
pub(in crate::cli) struct Earlier {
    /// All 64 digits, as they were recorded: another version of the binary would count another.
    pub(in crate::cli) revision: String,
    /// When a cycle first went by them; absent for those that none went by yet.
    pub(in crate::cli) since: Option<Timestamp>,
    pub(in crate::cli) policy: Policy,
}

const SHOWN: usize = 5;

/// The start of a revision, as it is typed.
pub(in crate::cli) fn prefix(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    let digits = text.chars().all(|digit| digit.is_ascii_hexdigit());
    if !digits || text.len() < 4 || text.len() > 64 {
        return Err("4 or more of a revision's hexadecimal digits are wanted".to_owned());
    }
    Ok(text)
}

/// The rules of the revision that starts so; those on disk count, too.
pub(in crate::cli) fn find(config: &Config, prefix: &str) -> Result<Earlier, Failure> {
    let (revision, since, sources) = one(known(config, prefix)?, prefix)?;
    let policy = compiled(&sources, &revision)?;
    Ok(Earlier { revision, since: since.and_then(|since| since.parse().ok()), policy })
}

/// All 64 digits, when a cycle first went by it, what it is made of.
type Known = (String, Option<String>, Sources);

fn known(config: &Config, prefix: &str) -> Result<Vec<Known>, Failure> {
    let mut known: Vec<Known> = Vec::new();
    // Who only reads makes no state folder.
    if config.state.exists() {
        let recorded = Journal::open(&config.state)?.revisions(prefix)?;
        known.extend(recorded.into_iter().map(|kept| (kept.revision, Some(kept.first_seen), kept.sources)));
    }
    let elsewhere = LastGood::new(&config.state).read().into_iter().chain(Sources::read(&config.policy).ok());
    for sources in elsewhere {
        let revision = sources.revision().full();
        if revision.starts_with(prefix) && !known.iter().any(|(known, ..)| *known == revision) {
            known.push((revision, None, sources));
        }
    }
    Ok(known)
}

/// The one that is meant.
fn one(known: Vec<Known>, prefix: &str) -> Result<Known, Failure> {
    match <[Known; 1]>::try_from(known) {
        Ok([known]) => Ok(known),
        Err(none) if none.is_empty() => {
            Err(Failure::new(Exit::Usage, format_args!("no revision that starts with `{prefix}` is kept"))
                .hint("`rolecall journal show` names the revision of every cycle"))
        }
        Err(several) => {
            let shown: Vec<_> =
                several.iter().take(SHOWN).map(|(revision, ..)| format!("`{}`", short(revision))).collect();
            let more = if several.len() > SHOWN { " …" } else { "" };
            let message = format!("{} start with `{prefix}`", counted(several.len(), "revision"));
            Err(Failure::new(Exit::Usage, message).hint(format!("they are {}{more}", shown.join(", "))))
        }
    }
}

fn compiled(sources: &Sources, revision: &str) -> Result<Policy, Failure> {
    let compiled = Policy::compile(sources);
    compiled.policy.ok_or_else(|| {
        let errors = tell_findings(&compiled.findings);
        let start = short(revision);
        Failure::new(Exit::Policy, format_args!("by this version of rolecall, revision {start} has {errors}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_must_mean_one() {
        let known = |revision: &str| {
            let sources =
                Sources { entry: "main.rhai".into(), files: [].into(), extra_attributes: Vec::new() };
            (format!("{revision:0<64}"), None, sources)
        };
        let (revision, ..) = one(vec![known("abcd1")], "abcd").unwrap();
        assert_eq!(short(&revision), "abcd10000000");
        let failure = one(vec![known("abcd1"), known("abcd2")], "abcd").unwrap_err();
        assert_eq!(failure.message().as_deref(), Some("2 revisions start with `abcd`"));
        assert_eq!(failure.hint.as_deref(), Some("they are `abcd10000000`, `abcd20000000`"));
        assert!(one(Vec::new(), "abcd").is_err());
        assert_eq!(prefix(" ABCD ").as_deref(), Ok("abcd"));
        assert!(prefix("abc").is_err() && prefix("abcx").is_err() && prefix(&"a".repeat(65)).is_err());
    }
}
