//! From files to rules in force: the gate that every change has to pass.

use std::sync::Arc;

use crate::config::{self, PolicyPaths, Revision, Sources};
use crate::diagnostic::Diagnostics;
use crate::policy::Policy;
use crate::testing::{Material, Options, Report, Unreadable};

/// Rules that are in force, and what they were made of.
#[derive(Debug)]
pub struct Active {
    pub policy: Arc<Policy>,
    pub sources: Sources,
    /// How many tests they passed.
    pub tests: usize,
}

/// Why rules are not taken over.
#[derive(Debug)]
pub enum Rejection {
    /// The files cannot be read as one set.
    Unreadable(config::Error),
    /// They do not compile, or a fixture or a snapshot is wrong.
    Invalid { revision: Revision, findings: Diagnostics },
    /// Their own tests do not pass.
    Tests { revision: Revision, report: Report },
}

impl Rejection {
    /// The revision that was rejected, where the files could be read.
    #[must_use]
    pub fn revision(&self) -> Option<Revision> {
        match self {
            Self::Unreadable(_) => None,
            Self::Invalid { revision, .. } | Self::Tests { revision, .. } => Some(*revision),
        }
    }
}

/// Reads, compiles, checks and tests the rules of a project. A project without tests passes.
///
/// # Errors
/// The first gate that they do not pass, with everything that is wrong there.
pub fn load(paths: &PolicyPaths) -> Result<Active, Rejection> {
    let sources = Sources::read(paths).map_err(Rejection::Unreadable)?;
    let material = match Material::read(paths) {
        Ok(material) => material,
        Err(Unreadable::Files(error)) => return Err(Rejection::Unreadable(error)),
        Err(Unreadable::Invalid(findings)) => {
            return Err(Rejection::Invalid { revision: sources.revision(), findings });
        }
    };
    admit(sources, &material)
}

/// The same for sources that were read already.
pub(super) fn admit(sources: Sources, material: &Material) -> Result<Active, Rejection> {
    let revision = sources.revision();
    let compiled = Policy::compile(&sources);
    let Some(policy) = compiled.policy.map(Arc::new) else {
        return Err(Rejection::Invalid { revision, findings: compiled.findings });
    };
    let report = material.run(&policy, &Options::default());
    let counts = report.counts();
    if counts.failed + counts.errors > 0 {
        return Err(Rejection::Tests { revision, report });
    }
    Ok(Active { policy, sources, tests: counts.passed })
}
