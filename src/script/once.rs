use std::collections::BTreeSet;
use std::sync::Arc;

use rhai::{Dynamic, Scope};
use sha2::{Digest, Sha256};

use super::orders::World;
use super::words::{self, Directory, Klaviyo};
use crate::desired::Account;
use crate::diagnostic::Diagnostics;
use crate::facts::Facts;
use crate::plan::{Links, Order};
use crate::policy::{Beside, Decision, Policy};

/// A script that is run once.
pub struct Script {
    path: String,
    text: Arc<str>,
    hash: String,
    beside: Beside,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("path", &self.path).field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// What a script sees.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub policy: &'a Policy,
    pub facts: &'a Arc<Facts>,
    pub decisions: &'a [Decision],
    pub accounts: &'a [Account],
    /// To whom accounts belong, those included that the rules' plan adopts.
    pub links: &'a Links,
}

impl Script {
    /// Parses and checks; nothing of it runs. `path` is how findings and the journal call it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(policy: &Policy, path: &str, text: &Arc<str>) -> Result<Self, Diagnostics> {
        let world = Arc::new(World::empty());
        let beside = Beside::parse(policy, path, Arc::clone(text), words::register, &scope(&world))?;
        let hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: path.to_owned(), text: Arc::clone(text), hash, beside })
    }

    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The SHA-256 of its text, as 64 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Lower-case names of the directory attributes that it reads.
    #[must_use]
    pub fn reads(&self) -> BTreeSet<String> {
        self.beside.reads()
    }

    /// Runs it. The orders stand in the order in which they were given, at most one an account.
    ///
    /// # Errors
    /// What went wrong, and where.
    pub fn orders(&self, ground: Ground<'_>) -> Result<Vec<Order>, Diagnostics> {
        let world = Arc::new(World::of(ground));
        let mut scope = scope(&world);
        self.beside.run(ground.policy, ground.facts.now, words::register, &mut scope)?;
        Ok(world.take())
    }
}

/// The two constants that a script starts from.
fn scope(world: &Arc<World>) -> Scope<'static> {
    let mut scope = Scope::new();
    scope.push_constant_dynamic("directory", Dynamic::from(Directory(Arc::clone(world))).into_read_only());
    scope.push_constant_dynamic("klaviyo", Dynamic::from(Klaviyo(Arc::clone(world))).into_read_only());
    scope
}
