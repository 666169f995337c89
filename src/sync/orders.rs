use crate::journal::CycleRecord;
use crate::script::Script;

/// Orders by hand.
#[derive(Clone, Copy, Debug)]
pub enum Orders<'a> {
    /// What a script orders.
    Script(&'a Script),
    /// Take that cycle back.
    Undo(&'a CycleRecord),
}

impl Orders<'_> {
    /// Where the plan comes from: plans of one origin take each other's place.
    #[must_use]
    pub fn origin(self) -> String {
        match self {
            Self::Script(script) => format!("script {}", script.path()),
            Self::Undo(cycle) => format!("undo of cycle {}", cycle.summary.id),
        }
    }

    /// Whose the operations are that wait.
    pub(super) fn name(self) -> String {
        match self {
            Self::Script(script) => script.path().to_owned(),
            Self::Undo(cycle) => format!("journal undo {}", cycle.summary.id),
        }
    }

    /// What carries them out.
    pub(super) fn command(self) -> String {
        match self {
            Self::Script(script) => format!("rolecall script {} --apply", script.path()),
            Self::Undo(cycle) => format!("rolecall journal undo {} --apply", cycle.summary.id),
        }
    }
}
