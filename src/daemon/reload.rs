//! From files to rules: the gates that every change has to pass before anybody asks whom it touches.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::config::{self, PolicyPaths, Revision, Sources};
use crate::diagnostic::Diagnostics;
use crate::policy::Policy;
use crate::testing::{Fixtures, Material, Options, Report, Unreadable};

/// Rules that passed, and what they were made of.
#[derive(Debug)]
pub struct Active {
    pub policy: Arc<Policy>,
    pub sources: Sources,
    /// How many tests they passed.
    pub tests: usize,
}

impl Active {
    pub(super) fn revision(&self) -> Revision {
        self.policy.revision()
    }
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

/// Everything that the answer of [`load`] depends on. Files that are touched and say the same are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    sources: Sources,
    around: Vec<BTreeMap<String, Arc<str>>>,
}

impl Seen {
    /// `None` where it cannot be read: then nobody can say that it is the same.
    pub(super) fn read(paths: &PolicyPaths) -> Option<Self> {
        let folder = |folder: &Path, endings: &[&str]| {
            if folder.exists() { Sources::read_folder(folder, endings).ok() } else { Some(BTreeMap::new()) }
        };
        let around =
            vec![folder(&paths.tests, &[".rhai", ".snap"])?, folder(&paths.fixtures, &Fixtures::ENDINGS)?];
        Some(Self { sources: Sources::read(paths).ok()?, around })
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
