use serde::Serialize;

/// What was asked and answered, in the order in which it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Survey {
    pub findings: Vec<Finding>,
    /// Of the configuration, as far as the answers say; whether or not the configuration has them already.
    pub settings: Vec<Setting>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A few words.
    pub question: &'static str,
    pub weight: Weight,
    pub answer: String,
}

/// What a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// As rolecall wants it.
    Fine,
    /// Worth knowing; rolecall copes with it.
    Note,
    /// Reading does not tell.
    Unanswered,
    /// rolecall cannot work with it, or not by these settings.
    Problem,
}

/// A line of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    pub key: &'static str,
    /// As TOML has it.
    pub value: String,
    /// As it is set now.
    pub now: String,
}

impl Survey {
    /// The heaviest weight that there is.
    #[must_use]
    pub fn worst(&self) -> Option<Weight> {
        self.findings.iter().map(|finding| finding.weight).max()
    }

    /// The settings that would have to be other ones.
    pub fn to_change(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter().filter(|setting| setting.value != setting.now)
    }

    pub fn fine(&mut self, question: &'static str, answer: impl Into<String>) {
        self.add(question, Weight::Fine, answer);
    }

    pub fn note(&mut self, question: &'static str, answer: impl Into<String>) {
        self.add(question, Weight::Note, answer);
    }

    pub fn unanswered(&mut self, question: &'static str, answer: impl Into<String>) {
        self.add(question, Weight::Unanswered, answer);
    }

    pub fn problem(&mut self, question: &'static str, answer: impl Into<String>) {
        self.add(question, Weight::Problem, answer);
    }

    fn add(&mut self, question: &'static str, weight: Weight, answer: impl Into<String>) {
        self.findings.push(Finding { question, weight, answer: answer.into() });
    }

    pub fn set(&mut self, key: &'static str, value: impl Into<String>, now: impl Into<String>) {
        self.settings.push(Setting { key, value: value.into(), now: now.into() });
    }
}
