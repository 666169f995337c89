use std::fmt;

use serde_json::Value;

/// A filter (RFC 7644 section 3.4.2.2), as far as questions to a target need one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter<'a> {
    /// `path eq value`; the path is ours, the value may be anybody's.
    Equal(&'a str, Value),
    Present(&'a str),
    And(Box<Filter<'a>>, Box<Filter<'a>>),
}

impl<'a> Filter<'a> {
    pub(super) fn equal(path: &'a str, value: impl Into<Value>) -> Self {
        Self::Equal(path, value.into())
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self::And(Box::new(self), Box::new(other))
    }
}

impl fmt::Display for Filter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Its strings are JSON's.
            Self::Equal(path, value) => write!(f, "{path} eq {value}"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::And(one, other) => write!(f, "{one} and {other}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn strings_cannot_leave_their_quotes() {
        let name = Filter::equal("userName", "o\"b\\ or active eq true\n");
        assert_eq!(name.to_string(), r#"userName eq "o\"b\\ or active eq true\n""#);
        let both = Filter::Present("title").and(Filter::equal("active", false));
        assert_eq!(both.to_string(), "title pr and active eq false");
    }
}
