//! Parts of a whole in percent, never rounded up: all is said only of all.

use std::fmt;
use std::str::FromStr;

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub part: usize,
    pub whole: usize,
}

/// A share that is wanted at least, in thousandths of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(u32);

impl Share {
    /// Tenths of a percent, rounded down; of nothing all is there.
    fn tenths(self) -> usize {
        (self.part * 1000).checked_div(self.whole).unwrap_or(1000)
    }

    #[must_use]
    pub fn reaches(self, threshold: Threshold) -> bool {
        self.part * 100_000 >= threshold.0 as usize * self.whole
    }

    #[must_use]
    pub fn is_all(self) -> bool {
        self.part >= self.whole
    }

    /// The number of percent, as in `99.9`.
    #[must_use]
    pub fn percent(self) -> String {
        match self.tenths() {
            tenths if tenths % 10 == 0 => (tenths / 10).to_string(),
            tenths => format!("{}.{}", tenths / 10, tenths % 10),
        }
    }
}

impl fmt::Display for Share {
    /// `7/8 (87.5 %)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} ({} %)", self.part, self.whole, self.percent())
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a number of percent is wanted, from 0 to 100, as in 92.5".to_owned();
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits(whole) || !are_digits(decimals) || decimals.len() > 3 {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let thousandths: u32 = format!("{decimals:0<3}").parse().map_err(|_| wrong())?;
        let all = whole.checked_mul(1000).and_then(|all| all.checked_add(thousandths)).ok_or_else(wrong)?;
        if all > 100_000 { Err(wrong()) } else { Ok(Self(all)) }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(part: usize, whole: usize) -> String {
        Share { part, whole }.percent()
    }

    #[test]
    fn nothing_is_rounded_up() {
        assert_eq!(percent(9_996, 10_000), "99.9");
        assert_eq!(percent(999_999_999, 1_000_000_000), "99.9");
        assert_eq!(percent(10_000, 10_000), "100");
        assert_eq!(percent(2, 3), "66.6");
        assert_eq!(percent(0, 3), "0");
        assert_eq!(percent(0, 0), "100");
        assert_eq!(percent(7, 8), "87.5");
    }

    #[test]
    fn a_threshold_is_held_against_the_exact_share() {
        let reaches =
            |part, whole, threshold: &str| Share { part, whole }.reaches(threshold.parse().unwrap());
        assert!(reaches(7, 8, "87.5"));
        assert!(!reaches(7, 8, "87.501"));
        assert!(!reaches(9_996, 10_000, "100"));
        assert!(reaches(9_996, 10_000, "99.96"));
        assert!(reaches(0, 0, "100"));
        assert!(reaches(0, 5, "0"));
    }

    #[test]
    fn a_threshold_is_a_number_of_percent() {
        for text in
            ["", "-1", "100.001", "101", "1e2", "9,5", ".5", "5.", "1.2345", "99999999999", "NaN", "+5"]
        {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
        for text in ["0", "100", "92.5", "99.999", "7"] {
            assert_eq!(text.parse::<Threshold>().unwrap().to_string(), text);
        }
        assert_eq!("100.000".parse::<Threshold>().unwrap().to_string(), "100");
    }
}
