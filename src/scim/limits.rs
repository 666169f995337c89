//! What a target says of its limits: `Retry-After` (RFC 9110 section 10.2.3) and the `RateLimit` headers in the forms
//! that are in use (draft-polli-ratelimit-headers-02, draft-ietf-httpapi-ratelimit-headers-07 and later).

use std::time::Duration;

use hyper::HeaderMap;
use hyper::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;

/// A limit, and the stretch of time that it is for.
pub(super) type Quota = (u32, Duration);

/// What one answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) quotas: Vec<Quota>,
    /// Requests that are left of the tightest.
    pub(super) remaining: Option<u32>,
    /// Until there are more.
    pub(super) reset: Option<Duration>,
    pub(super) retry_after: Option<Duration>,
}

/// Limits over a longer time are for the person who writes the configuration.
const LONGEST: Duration = Duration::from_secs(120);

impl Limits {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let whole = |name: &str| header(name).and_then(|text| text.trim().parse().ok());
        let seconds = |name: &str| whole(name).map(|seconds: u32| Duration::from_secs(seconds.into()));
        let combined = header("ratelimit").map(parameters).unwrap_or_default();
        let part = |names: [&str; 2]| {
            let of = |name: &str| combined.iter().find(|(key, _)| key == name);
            names.into_iter().find_map(of).and_then(|(_, value)| value.parse::<u32>().ok())
        };
        let mut quotas: Vec<Quota> =
            ["ratelimit-limit", "ratelimit-policy"].into_iter().filter_map(header).flat_map(quotas).collect();
        quotas.sort();
        quotas.dedup();
        Self {
            quotas,
            remaining: whole("ratelimit-remaining").or_else(|| part(["r", "remaining"])),
            reset: seconds("ratelimit-reset")
                .or_else(|| part(["t", "reset"]).map(|seconds| Duration::from_secs(seconds.into()))),
            retry_after: header(RETRY_AFTER.as_str())
                .and_then(|text| retry_after(text, header(DATE.as_str()))),
        }
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.remaining == Some(0)
    }

    /// How long the target wants to be left alone.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.retry_after.or(self.reset.filter(|_| self.is_exhausted()))
    }
}

/// `3, 3;w=1, 60;w=60`, or `"burst";q=3;w=1, "steady";q=60;w=60`. A limit without its time says nothing.
fn quotas(text: &str) -> Vec<Quota> {
    let quota = |item: &str| {
        let parts = parameters(item);
        let of = |name: &str| {
            parts.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.parse::<u32>().ok())
        };
        let limit = of("q").or_else(|| item.split(';').next()?.trim().parse().ok())?;
        let span = Duration::from_secs(of("w")?.into());
        (limit > 0 && !span.is_zero() && span <= LONGEST).then_some((limit, span))
    };
    text.split(',').filter_map(quota).collect()
}

/// `name=value` between commas and semicolons.
fn parameters(text: &str) -> Vec<(String, String)> {
    let part = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned()))
    };
    text.split([',', ';']).filter_map(part).collect()
}

/// Seconds, or a date, which is measured by the target's own clock where it shows one.
fn retry_after(text: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(text)?;
    let now = date.and_then(http_date).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// RFC 9110 section 5.6.7, in the form that is to be sent.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper::header::{HeaderMap, HeaderName, HeaderValue};
    use proptest::prelude::proptest;

    use super::{Limits, retry_after};

    fn limits(headers: &[(&'static str, &str)]) -> Limits {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        Limits::of(&headers.iter().map(header).collect::<HeaderMap>())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(retry_after("7", None), seconds(7));
        let date = "Fri, 31 Dec 1999 23:59:59 GMT";
        assert_eq!(retry_after(date, Some("Fri, 31 Dec 1999 23:59:29 GMT")), seconds(30));
        assert_eq!(retry_after(date, None), seconds(0));
        assert_eq!(retry_after("soon", None), None);
    }

    #[test]
    fn limits_come_in_several_forms() {
        let quota = |limit, seconds| (limit, Duration::from_secs(seconds));
        let klaviyo = limits(&[
            ("ratelimit-limit", "3, 3;w=1, 60;w=60"),
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "12"),
        ]);
        assert_eq!(klaviyo.quotas, [quota(3, 1), quota(60, 60)]);
        assert_eq!(klaviyo.wait(), Some(Duration::from_secs(12)));
        let structured = limits(&[
            ("ratelimit-policy", "\"burst\";q=100;w=60, \"day\";q=1000;w=86400"),
            ("ratelimit", "\"burst\";r=50;t=30"),
        ]);
        assert_eq!(structured.quotas, [quota(100, 60)]);
        assert_eq!((structured.remaining, structured.wait()), (Some(50), None));
        let listed = limits(&[("ratelimit", "limit=100, remaining=0, reset=5")]);
        assert_eq!(listed.wait(), Some(Duration::from_secs(5)));
        assert_eq!(limits(&[("ratelimit-limit", "100")]), Limits::default());
        assert_eq!(limits(&[("ratelimit-limit", "0;w=1, 5;w=0, x;w=1")]).quotas, []);
        let both = limits(&[("retry-after", "1"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "9")]);
        assert_eq!(both.wait(), Some(Duration::from_secs(1)));
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(text in "[ -~]{0,40}") {
            for name in ["retry-after", "ratelimit", "ratelimit-limit", "ratelimit-policy", "ratelimit-reset"] {
                let _ = limits(&[(name, &text)]).wait();
            }
        }
    }
}
