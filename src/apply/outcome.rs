use serde::Serialize;

use crate::desired::Account;
use crate::plan::Operation;
use crate::policy::Attribute;

/// What became of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Done {
        /// The account afterwards; absent where it was deleted.
        account: Option<Account>,
        notes: Vec<String>,
    },
    Failed {
        why: String,
    },
    /// The target answered that it was done, and the account does not show it.
    Ignored {
        attributes: Vec<Attribute>,
        why: String,
    },
    /// Nothing was sent.
    NotSent {
        /// Absent where the run was stopped before its turn.
        why: Option<String>,
    },
}

impl Outcome {
    /// Why it was sent and is not as it should be.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed { why } | Self::Ignored { why, .. } => Some(why),
            Self::Done { .. } | Self::NotSent { .. } => None,
        }
    }
}

/// Where operations are written down: before they are sent, and after they were answered.
pub trait Record: Send + Sync {
    type Error: std::error::Error + Send + Sync + 'static;

    /// Must be durable when it returns. `index` is the operation's place in the plan.
    ///
    /// # Errors
    /// When it could not be written; then the operation is not sent and the run stops.
    fn before(&self, index: usize, operation: &Operation) -> Result<(), Self::Error>;

    /// # Errors
    /// When it could not be written; then the run stops.
    fn after(&self, index: usize, operation: &Operation, outcome: &Outcome) -> Result<(), Self::Error>;
}
