//! How long a deactivation waits, by what it is for.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Why somebody is to have no active account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No rule passes any more.
    NoRole,
    /// Disabled or expired in the directory, or outside `active_from` and `active_until`.
    Disabled,
    /// Deleted from the directory, or moved out of scope.
    Gone,
}

impl Cause {
    pub const ALL: [Self; 3] = [Self::NoRole, Self::Disabled, Self::Gone];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoRole => "no_role",
            Self::Disabled => "disabled",
            Self::Gone => "gone",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.name() == name)
    }
}

/// What `deprovision_after` says. Zero: at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grace {
    pub no_role: SignedDuration,
    pub disabled: SignedDuration,
    pub gone: SignedDuration,
}

impl Grace {
    #[must_use]
    pub fn of(self, cause: Cause) -> SignedDuration {
        match cause {
            Cause::NoRole => self.no_role,
            Cause::Disabled => self.disabled,
            Cause::Gone => self.gone,
        }
    }

    pub(crate) fn set(&mut self, cause: Cause, time: SignedDuration) {
        match cause {
            Cause::NoRole => self.no_role = time,
            Cause::Disabled => self.disabled = time,
            Cause::Gone => self.gone = time,
        }
    }

    /// The moment when the wait is over that began at `since`.
    #[must_use]
    pub fn end(self, cause: Cause, since: Timestamp) -> Timestamp {
        since.saturating_add(self.of(cause)).unwrap_or(Timestamp::MAX)
    }
}

/// Longer than this nobody means to wait.
const MOST_DAYS: i64 = 3_660;

/// Reads `30m`, `12h`, `7d`, `2w`, and `0d`.
pub(crate) fn duration(text: &str) -> Option<SignedDuration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let minutes = match text.get(digits.len()..)?.trim_start() {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        "w" => 7 * 24 * 60,
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let minutes = digits.parse::<i64>().ok()?.checked_mul(minutes)?;
    (minutes <= MOST_DAYS * 24 * 60).then(|| SignedDuration::from_mins(minutes))
}

/// A wait as people write it: `7d`, `36h`.
#[derive(Clone, Copy, Debug)]
pub struct Shown(pub SignedDuration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.as_mins();
        let (number, unit) = match minutes {
            _ if minutes % (24 * 60) == 0 => (minutes / (24 * 60), "d"),
            _ if minutes % 60 == 0 => (minutes / 60, "h"),
            _ => (minutes, "m"),
        };
        write!(f, "{number}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, minutes, shown) in [
            ("7d", 10_080, "7d"),
            (" 36 h ", 2_160, "36h"),
            ("2w", 20_160, "14d"),
            ("90m", 90, "90m"),
            ("0d", 0, "0d"),
            ("3660d", 5_270_400, "3660d"),
        ] {
            let duration = duration(text).unwrap();
            assert_eq!(duration, SignedDuration::from_mins(minutes), "{text}");
            assert_eq!(Shown(duration).to_string(), shown);
        }
        for text in ["", "7", "d", "-7d", "7 days", "1.5d", "7d12h", "3661d", "99999999999999999999w", "７d"]
        {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn a_wait_ends_within_time() {
        let grace = Grace { gone: SignedDuration::from_hours(24), ..Grace::default() };
        assert_eq!(grace.end(Cause::Gone, Timestamp::MAX), Timestamp::MAX);
        assert_eq!(grace.end(Cause::NoRole, Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH);
        assert!(Cause::ALL.into_iter().all(|cause| Cause::parse(cause.name()) == Some(cause)));
    }
}
