use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::complete::Names;
use super::people::People;
use super::show;
use crate::cli::docs::{reference, suggestion};
use crate::cli::exit::{Exit, Failure};
use crate::cli::explain::gist;
use crate::cli::place::Place;
use crate::cli::project::Project;
use crate::cli::terminal::talk_colour;
use crate::diagnostic::{self, Diagnostic, closest};
use crate::facts::Facts;
use crate::plan::escape;
use crate::policy::Explanation;
use crate::policy::reference::Reference;
use crate::policy::session::Session;
use crate::testing::{Fixtures, Material, Unreadable};

/// What a line came to.
pub(super) enum Answer {
    /// For stdout; may be empty.
    Says(String),
    /// For stderr: the line was wrong.
    Complains(String),
    Quits,
}

/// Why a line came to nothing.
enum Wrong {
    Failure(Failure),
    /// It is told with carets.
    Shown(String),
}

impl From<Failure> for Wrong {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// The commands, with what they do.
pub(super) const COMMANDS: [(&str, &str, &str); 10] = [
    (":user", ":user NAME", "whom lines are about: a fixture by name, else a user of the directory"),
    (":explain", ":explain EXPR", "an expression's value, the values of its parts, and what was read"),
    (":type", ":type EXPR", "the type of an expression's value"),
    (":docs", ":docs NAME", "what a function, word or attribute is"),
    (":roles", ":roles", "the policy's roles, and which of them the user passes"),
    (":decide", ":decide", "what the policy decides on the user"),
    (":reload", ":reload", "read the policy and the fixtures anew; what lines defined is forgotten"),
    (":help", ":help", "this list"),
    (":quit", ":quit", "leave, as the end of the input does"),
    (":q", ":q", "leave"),
];

/// Everything that lines work on.
pub(super) struct Console {
    config: PathBuf,
    place: Place,
    project: Project,
    session: Session,
    people: People,
    reference: Reference,
    now: Timestamp,
}

impl Console {
    pub(super) fn open(config: &Path, place: &Place, now: Timestamp) -> Result<Self, Failure> {
        let mut project = Project::load(config)?;
        place.settle(&mut project.config);
        let session = Session::new(Arc::clone(&project.policy), now);
        let people = People::new(fixtures(&project)?);
        let (config, place) = (config.to_owned(), place.clone());
        Ok(Self { config, place, project, session, people, reference: reference(), now })
    }

    /// Makes somebody the one that lines are about; the name.
    pub(super) fn select(&mut self, who: &str) -> Result<String, Failure> {
        let (facts, index) = self.people.find(&self.project, who, self.now)?;
        self.session
            .select(&facts, index)
            .ok_or_else(|| Failure::new(Exit::Unexpected, format_args!("`{}` is gone", escape(who))))
    }

    /// Who lines are about.
    pub(super) fn person(&self) -> Option<String> {
        let (facts, index) = self.session.person()?;
        facts.people.get(index).map(|person| escape(&person.name))
    }

    /// Takes a line, or several that belong together.
    pub(super) fn take(&mut self, text: &str) -> Answer {
        let text = text.trim();
        if text.is_empty() {
            return Answer::Says(String::new());
        }
        if matches!(text, ":quit" | ":q") {
            return Answer::Quits;
        }
        let answer = match text.strip_prefix(':') {
            Some(command) => self.command(command),
            None => self.evaluate(text),
        };
        match answer {
            Ok(answer) => Answer::Says(answer),
            Err(Wrong::Shown(text)) => Answer::Complains(text),
            Err(Wrong::Failure(failure)) => {
                let message = failure.message().map(|message| format!("error: {message}"));
                let hint = failure.hint.map(|hint| format!("hint: {hint}"));
                Answer::Complains(message.into_iter().chain(hint).collect::<Vec<_>>().join("\n"))
            }
        }
    }

    fn command(&mut self, command: &str) -> Result<String, Wrong> {
        let (name, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let argument = argument.trim();
        let wanted = |argument: &str, what: &str| {
            if argument.is_empty() {
                Err(Failure::new(Exit::Usage, format_args!("`:{name}` wants {what}")))
            } else {
                Ok(())
            }
        };
        match name {
            "user" if argument.is_empty() => Ok(match self.person() {
                Some(name) => format!("{name}\n"),
                None => "nobody is selected: `:user NAME`\n".to_owned(),
            }),
            "user" => {
                let name = self.select(argument)?;
                Ok(format!("{}\n", escape(&name)))
            }
            "explain" => {
                wanted(argument, "an expression")?;
                self.read_what_is_named(argument)?;
                self.session
                    .trace(argument)
                    .map(|traced| show::trace(&traced))
                    .map_err(|finding| wrong(*finding))
            }
            "type" => {
                wanted(argument, "an expression")?;
                self.read_what_is_named(argument)?;
                self.session
                    .type_of(argument)
                    .map(|name| format!("{name}\n"))
                    .map_err(|finding| wrong(*finding))
            }
            "docs" => {
                wanted(argument, "a name")?;
                let entries = self.reference.find(argument).map_err(|unknown| {
                    let hint = suggestion(&unknown);
                    Failure::new(Exit::Usage, escape(&unknown.to_string())).hint(hint)
                })?;
                Ok(entries.iter().map(|entry| entry.markdown()).collect::<Vec<_>>().join("\n"))
            }
            "roles" => match self.explanation() {
                Some(explanation) => Ok(show::roles(&explanation)),
                None => {
                    Ok(self.project.policy.role_names().map(|name| format!("{}\n", escape(name))).collect())
                }
            },
            "decide" => match self.explanation() {
                Some(explanation) => Ok(gist(&explanation, self.project.policy.switches())),
                None => Err(Failure::new(Exit::Usage, "nobody is selected")
                    .hint("`:user NAME` selects a person")
                    .into()),
            },
            "reload" => Ok(self.reload()?),
            "help" => Ok(help()),
            other => {
                let names = COMMANDS.iter().map(|(name, ..)| name.trim_start_matches(':'));
                let hint = match closest(other, names) {
                    Some(near) => format!("did you mean `:{near}`?"),
                    None => "`:help` lists the commands".to_owned(),
                };
                let message = format_args!("there is no command `:{}`", escape(other));
                Err(Failure::new(Exit::Usage, message).hint(hint).into())
            }
        }
    }

    fn evaluate(&mut self, text: &str) -> Result<String, Wrong> {
        self.read_what_is_named(text)?;
        let value = self.session.evaluate(text).map_err(|finding| wrong(*finding))?;
        Ok(value.map(|value| format!("{}\n", escape(&value))).unwrap_or_default())
    }

    /// A directory is asked for what the policy reads; a line may name more.
    fn read_what_is_named(&mut self, text: &str) -> Result<(), Failure> {
        let unread = self.session.unread(text);
        let person = self.session.person().and_then(|(facts, index)| facts.people.get(index));
        let Some(guid) = person.map(|person| person.guid).filter(|_| !unread.is_empty()) else {
            return Ok(());
        };
        if let Some((facts, index)) = self.people.with_attributes(&self.project, unread, &guid, self.now)? {
            self.session.select(&facts, index);
        }
        Ok(())
    }

    fn explanation(&self) -> Option<Explanation> {
        let (facts, index) = self.session.person()?;
        self.project.policy.explain(facts, index)
    }

    fn reload(&mut self) -> Result<String, Failure> {
        let now = self.now;
        let before: Option<(Arc<Facts>, usize)> =
            self.session.person().map(|(facts, index)| (Arc::clone(facts), index));
        let mut console = Self::open(&self.config, &self.place, now)?;
        if let Some(person) = before.as_ref().and_then(|(facts, index)| facts.people.get(*index)) {
            let fixture = console.people.fixtures.people().map(str::to_owned).find(|name| {
                let found = console.people.fixtures.person(name, now);
                found.is_ok_and(|(facts, index)| {
                    facts.people.get(index).is_some_and(|other| other.guid == person.guid)
                })
            });
            let who = fixture.unwrap_or_else(|| person.guid.to_string());
            // Somebody who is gone is selected no more; that is told by the prompt.
            if let Err(failure) = console.select(&who)
                && failure.exit != Exit::Usage
            {
                return Err(failure);
            }
        }
        *self = console;
        Ok(format!("revision {}\n", self.project.policy.revision()))
    }

    /// What can be completed now.
    pub(super) fn names(&self) -> Names {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let session: Vec<&str> = self.session.names().filter(|name| !name.contains("::")).collect();
        let modules: BTreeMap<String, Vec<String>> = session
            .iter()
            .map(|name| {
                ((*name).to_owned(), self.session.members(name).map(str::to_owned).collect::<Vec<_>>())
            })
            .filter(|(_, members)| !members.is_empty())
            .collect();
        Names {
            of_persons: owned(self.reference.of_persons().chain(self.session.extra_attributes()).collect()),
            methods: owned(self.reference.methods().collect()),
            functions: owned(self.reference.functions().chain(session).collect()),
            documented: self.reference.entries().iter().map(|entry| entry.name.clone()).collect(),
            fixtures: owned(self.people.fixtures.people().collect()),
            modules,
        }
    }
}

pub(in crate::cli) fn fixtures(project: &Project) -> Result<Fixtures, Failure> {
    let material = Material::read(&project.config.policy).map_err(|error| match error {
        Unreadable::Files(error) => error.into(),
        Unreadable::Invalid(findings) => {
            let text = diagnostic::human(&findings, talk_colour());
            Failure::new(Exit::Tests, format_args!("the fixtures cannot be read\n{}", text.trim_end()))
        }
    })?;
    Ok(Arc::unwrap_or_clone(material.fixtures))
}

/// A line that is wrong, with carets.
fn wrong(finding: Diagnostic) -> Wrong {
    Wrong::Shown(diagnostic::human(&finding.into(), talk_colour()))
}

fn help() -> String {
    let widest = COMMANDS.iter().map(|(_, usage, _)| usage.len()).max().unwrap_or(0);
    let shown = COMMANDS.iter().filter(|(name, ..)| *name != ":q");
    let commands: String = shown.map(|(_, usage, what)| format!("{usage:widest$}  {what}\n")).collect();
    format!(
        "Anything else is an expression: `user.title.contains(\"Manager\")`, `let x = LOWER(user.mail)`, `import \"lists\" as lists`.\n\n{commands}"
    )
}
