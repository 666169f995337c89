/// What people are told of one thing that scripts may say: what its registration takes, and what `rolecall docs` shows.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// As it is written; several operators that are alike stand together, a space between them.
    pub(crate) name: &'static str,
    /// A call with the names of what goes in, and the type of what comes out: `text.equals(other) -> boolean`.
    pub(crate) signatures: &'static [&'static str],
    pub(crate) summary: &'static str,
    /// What an absent attribute does in it; empty where none can come in.
    pub(crate) blank: &'static str,
    /// Where it is not what Excel or plain Rhai would do; empty where it is.
    pub(crate) differs: &'static str,
    pub(crate) examples: &'static [Example],
}

/// A piece of script, and what comes of it; tests run every one.
#[derive(Clone, Copy, Debug)]
pub enum Example {
    /// An expression about `user`, who is Mia of [`PEOPLE`](super::PEOPLE), and its value.
    Value(&'static str, &'static str),
    /// A policy (its `userName` may be left out), and what it says of Mia.
    Policy(&'static str, &'static str),
    /// A test file over [`PEOPLE`](super::PEOPLE) as fixtures; it passes.
    Test(&'static str),
    /// A script that is run once, where Mia has an account and Clara has none, and what it orders.
    Script(&'static str, &'static str),
}

impl Doc {
    #[must_use]
    pub const fn new(name: &'static str, signatures: &'static [&'static str], summary: &'static str) -> Self {
        Self { name, signatures, summary, blank: "", differs: "", examples: &[] }
    }

    #[must_use]
    pub const fn blank(self, blank: &'static str) -> Self {
        Self { blank, ..self }
    }

    #[must_use]
    pub const fn differs(self, differs: &'static str) -> Self {
        Self { differs, ..self }
    }

    #[must_use]
    pub const fn examples(self, examples: &'static [Example]) -> Self {
        Self { examples, ..self }
    }

    /// The names that it is registered under.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.name.split(' ')
    }

    /// How many arguments its calls take, `x` of `x.name(..)` included. Optional arguments are calls of their own.
    pub(crate) fn calls(&self) -> impl Iterator<Item = Vec<&'static str>> {
        self.signatures.iter().map(|signature| parameters(signature))
    }
}

/// `text.equals(other) -> boolean` -> `text`, `other`
fn parameters(signature: &str) -> Vec<&str> {
    let call = signature.split(" -> ").next().unwrap_or_default();
    let (callee, arguments) = call.split_once('(').unwrap_or((call, ""));
    let receiver = callee.split_once('.').map(|(receiver, _)| receiver);
    let arguments = arguments.trim_end_matches(')').split(", ").filter(|name| !name.is_empty());
    receiver.into_iter().chain(arguments).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_those_of_the_signature() {
        for (signature, names) in [
            ("now() -> time", vec![]),
            ("text.equals(other) -> boolean", vec!["text", "other"]),
            ("role(name, condition)", vec!["name", "condition"]),
            ("list.len -> integer", vec!["list"]),
        ] {
            assert_eq!(parameters(signature), names, "{signature}");
        }
    }
}
