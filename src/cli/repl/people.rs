use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::cli::exit::{Exit, Failure};
use crate::cli::explain::suggestion;
use crate::cli::project::{Project, counted, runtime, tell_facts};
use crate::cli::terminal::Bar;
use crate::diagnostic::closest;
use crate::directory::{self, Query};
use crate::facts::Facts;
use crate::plan::escape;
use crate::sync::{Step, Watcher as _};
use crate::testing::Fixtures;

/// The people that lines can be about: fixtures, and the directory's users, who are read when somebody is asked for.
pub(in crate::cli) struct People {
    pub(super) fixtures: Fixtures,
    /// The directory as it was read, and its name.
    read: Option<(String, Arc<Facts>)>,
    /// Attributes that lines named beside the policy's.
    more: BTreeSet<String>,
}

impl People {
    pub(in crate::cli) fn new(fixtures: Fixtures) -> Self {
        Self { fixtures, read: None, more: BTreeSet::new() }
    }

    /// Has the directory asked for these attributes beside those that the policy reads.
    pub(in crate::cli) fn asking(mut self, attributes: BTreeSet<String>) -> Self {
        self.more.extend(attributes);
        self
    }

    /// A fixture by its name, else the user of the directory whom `who` names.
    pub(in crate::cli) fn find(
        &mut self,
        project: &Project,
        who: &str,
        now: Timestamp,
    ) -> Result<(Arc<Facts>, usize), Failure> {
        let is_fixture = self.fixtures.people().any(|name| name == who);
        if is_fixture || project.config.directory.is_none() {
            return self.fixtures.person(who, now).map_err(|why| {
                let hint = if is_fixture {
                    "mend the fixture, then `:reload`"
                } else {
                    "users of the directory are found once the configuration has a [directory]"
                };
                Failure::new(Exit::Usage, escape(&why)).hint(hint)
            });
        }
        let (source, facts) = self.directory(project, now).map_err(|failure| {
            failure.about(format!("there is no fixture `{}`, and the directory cannot be asked", escape(who)))
        })?;
        let found: Vec<Uuid> = facts.find(who).iter().map(|person| person.guid).collect();
        match found.as_slice() {
            [one] => facts.index(one).map(|index| (Arc::clone(&facts), index)).ok_or_else(|| {
                Failure::new(Exit::Unexpected, format_args!("`{}` is not to be found again", escape(who)))
            }),
            [] => {
                let message = format!(
                    "there is no fixture, and nobody in `{}`, called `{}`",
                    escape(&source),
                    escape(who)
                );
                let hint = match closest(who, self.fixtures.people()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => suggestion(&facts, who),
                };
                Err(Failure::new(Exit::Usage, message).hint(hint))
            }
            several => {
                let message = format!("{} are called `{}`", counted(several.len(), "user"), escape(who));
                Err(Failure::new(Exit::Usage, message).hint("name one by DN or objectGUID"))
            }
        }
    }

    /// The same user of the directory, read anew with these attributes as well.
    pub(super) fn with_attributes(
        &mut self,
        project: &Project,
        attributes: BTreeSet<String>,
        guid: &Uuid,
        now: Timestamp,
    ) -> Result<Option<(Arc<Facts>, usize)>, Failure> {
        self.more.extend(attributes);
        self.read = None;
        let (_, facts) = self.directory(project, now)?;
        Ok(facts.index(guid).map(|index| (facts, index)))
    }

    fn directory(&mut self, project: &Project, now: Timestamp) -> Result<(String, Arc<Facts>), Failure> {
        if let Some((source, facts)) = &self.read {
            return Ok((source.clone(), Arc::clone(facts)));
        }
        let attributes = project.policy.reads().union(&self.more).cloned().collect();
        let query = Query { attributes, ..Query::default() };
        let bar = Bar::new();
        let progress = |read| bar.at(Step::Reading(read));
        let reading = directory::read(project.config.directory()?, &query, &progress);
        let snapshot = runtime()?.block_on(reading)?;
        bar.clear();
        let facts = Arc::new(Facts::of(&snapshot, now));
        tell_facts(&facts);
        self.read = Some((snapshot.source.clone(), Arc::clone(&facts)));
        Ok((snapshot.source, facts))
    }
}
