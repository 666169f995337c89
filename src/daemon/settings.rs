use crate::config::{self, Config, DirectorySource, Target};
use crate::scim::{self, Client};

/// A configuration that is in force, with what was made of it.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) directory: DirectorySource,
    pub(super) target: Target,
    pub(super) client: Client,
}

/// Why a configuration is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It cannot be read, or is wrong.
    #[error(transparent)]
    Config(#[from] config::Error),
    #[error(transparent)]
    Target(#[from] scim::Error),
    /// It says something else of what cannot change while the loop runs.
    #[error("{} cannot change while it runs", names.join(", "))]
    Fixed { names: Vec<&'static str> },
}

impl Settings {
    pub(super) fn new(config: Config) -> Result<Self, Unfit> {
        let directory = config.directory()?.clone();
        let target = config.target()?.clone();
        let client = Client::new(&target)?;
        Ok(Self { config, directory, target, client })
    }

    /// These settings with what another configuration says; `None` when it says the same.
    pub(super) fn changed_to(&self, config: Config) -> Result<Option<Self>, Unfit> {
        if config == self.config {
            return Ok(None);
        }
        let names = fixed(&self.config, &config);
        if names.is_empty() { Self::new(config).map(Some) } else { Err(Unfit::Fixed { names }) }
    }
}

/// What differs of that on which the state folder, the links and whoever watches the loop rely.
fn fixed(old: &Config, new: &Config) -> Vec<&'static str> {
    let directory = |config: &Config| match &config.directory {
        None => (None, None, None),
        Some(DirectorySource::File(file)) => (Some("file"), Some(file.path.display().to_string()), None),
        Some(DirectorySource::Ldap(ldap)) => {
            (Some("ldap"), Some(ldap.servers.to_string()), Some(ldap.base_dn.clone()))
        }
    };
    let base_url = |config: &Config| config.target.as_ref().map(|target| target.base_url.clone());
    let ((old_kind, old_place, old_base), (kind, place, base)) = (directory(old), directory(new));
    let place_name = if kind == Some("file") { "`path` in [directory]" } else { "`url` in [directory]" };
    [
        (old.state != new.state, "`folder` in [state]"),
        (old_kind != kind, "`kind` in [directory]"),
        (old_kind == kind && old_place != place, place_name),
        (old_kind == kind && old_base != base, "`base_dn` in [directory]"),
        (base_url(old) != base_url(new), "`base_url` in [target]"),
        (old.http != new.http, "[http]"),
        (old.watch != new.watch, "`watch` in [run]"),
        (old.log != new.log, "`log` in [run]"),
        (old.facts != new.facts, "`facts` in [journal]"),
    ]
    .into_iter()
    .filter_map(|(differs, name)| differs.then_some(name))
    .collect()
}
