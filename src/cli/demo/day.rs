use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;

use super::stage::Stage;
use super::tell::{Ears, Heard, Narrator, Teller};
use crate::cli::exit::{Exit, Failure};
use crate::cli::explain;
use crate::cli::project::Project;
use crate::config::Config;
use crate::daemon::Service;
use crate::directory::Raw;
use crate::plan::Kind;
use crate::sync::Unwatched;

/// How long a scene waits for what it is about; a large company takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

/// One more rule, as somebody writes it during the day.
const NEW_RULE: &str = r#"
role("portfolio_analyst", |user| user.mail != () && user.department.equals("Sales"));
"#;
/// The same with a bracket forgotten.
const BROKEN_RULE: &str = r#"
role("portfolio_analyst", |user| user.mail != () && user.department.equals("Sales";
"#;
const ROLES: &str = "policy/roles.rhai";

/// The loop at work, and the scenes that happen to it.
pub(super) struct Day {
    stage: Stage,
    teller: Teller,
    service: Service,
    narrator: Narrator,
    ears: Ears,
}

impl Day {
    pub(super) fn begin(stage: Stage, teller: Teller) -> Result<Self, Failure> {
        let config = Config::load(&stage.configuration())?;
        let (narrator, ears) = Narrator::new();
        Ok(Self {
            service: Service::start(config, Timestamp::now, fastrand::Rng::new())?,
            stage,
            teller,
            narrator,
            ears,
        })
    }

    /// Runs the loop, as `rolecall run` does, and the day beside it.
    pub(super) async fn live(&mut self, stop: &watch::Receiver<bool>) -> Result<(), Failure> {
        let (over, ended) = watch::channel(false);
        let Self { stage, teller, service, narrator, ears } = self;
        let mut scenes = Scenes { stage, teller, service, ears };
        let day = async {
            let outcome = scenes.play().await;
            over.send_replace(true);
            outcome
        };
        let _ = stop;
        let ((), outcome) = tokio::join!(service.run(&ended, narrator), day);
        outcome
    }

    pub(super) async fn end(self, keep: Option<&Path>) -> Result<Exit, Failure> {
        let Self { stage, teller, .. } = self;
        teller.heading("18:00", "That was the day")?;
        let Some(folder) = keep else {
            teller.quote(
                "Nothing is left behind. Next:\n\
                 \u{20} rolecall demo --keep DIR    # the same, and play on\n\
                 \u{20} rolecall init DIR           # a project for your own directory and Klaviyo",
            )?;
            return Ok(Exit::Ok);
        };
        stage.leave().await?;
        let folder = folder.display();
        teller.quote(&format!(
            "Everything is in {folder}. Ask it:\n\
             \u{20} rolecall --config {folder}/rolecall.toml explain mia.fischer\n\
             \u{20} rolecall --config {folder}/rolecall.toml journal list\n\
             Play on: start its Klaviyo in one terminal, the loop in another, and edit {folder}/people.ldif\n\
             or the scripts in {folder}/policy:\n\
             \u{20} rolecall simulator --key demo-key --state {folder}/klaviyo.json\n\
             \u{20} rolecall --config {folder}/rolecall.toml run"
        ))?;
        Ok(Exit::Ok)
    }
}

struct Scenes<'a> {
    stage: &'a mut Stage,
    teller: &'a Teller,
    service: &'a Service,
    ears: &'a mut Ears,
}

impl Scenes<'_> {
    async fn play(&mut self) -> Result<(), Failure> {
        self.teller.heading("09:00", "`rolecall run` starts")?;
        self.see(&Heard::Nothing).await?;

        self.teller.heading("09:20", "Mia Fischer is promoted to Marketing Manager")?;
        self.stage.company.set("mia.fischer", "title", "Marketing Manager");
        self.directory_changes(&did(Kind::Update, "mia.fischer@example.com")).await?;

        self.teller.heading("10:05", "Tom Becker leaves; IT disables his account")?;
        self.stage.company.disable("tom.becker");
        self.directory_changes(&did(Kind::Deactivate, "tom.becker@example.com")).await?;

        self.teller.heading("11:30", "Ana Silva is back; she had an account two years ago")?;
        self.stage.company.enable("ana.silva");
        self.directory_changes(&did(Kind::Reactivate, "ana.silva@example.com")).await?;

        self.teller.heading("13:15", "Somebody edits Zoë O'Brien-Smith in Klaviyo by hand")?;
        self.stage
            .klaviyo
            .set("zoe.obrien-smith@example.com", "name.familyName", &json!("Smith"))
            .map_err(|error| Failure::from(anyhow::Error::from(error)))?;
        self.service.trigger();
        self.see(&did(Kind::Update, "zoe.obrien-smith@example.com")).await?;

        self.rules_change().await?;
        self.the_guard_stops_a_mass_change().await?;
        self.somebody_asks_why().await
    }

    async fn rules_change(&mut self) -> Result<(), Failure> {
        let rules = self.stage.read(ROLES)?;
        self.teller.heading("14:40", "A new rule is saved, reports for Sales, with a bracket forgotten")?;
        self.stage.write(ROLES, &format!("{rules}{BROKEN_RULE}"))?;
        self.see(&Heard::Rejected).await?;

        self.teller.heading("14:42", "The bracket is put in, and the file saved again")?;
        self.stage.write(ROLES, &format!("{rules}{NEW_RULE}"))?;
        self.see(&Heard::Reloaded).await?;
        let heard = self.next().await?;
        let creates =
            matches!(&heard, Heard::Did(done) if done.iter().all(|(kind, _)| *kind == Kind::Create));
        if creates { Ok(()) } else { Err(unexpected("accounts created by the new rule", &heard)) }
    }

    async fn the_guard_stops_a_mass_change(&mut self) -> Result<(), Failure> {
        self.teller.heading("16:10", "An import script blanks the department of everyone in Marketing")?;
        let marketing = Raw::Text("Marketing".to_owned());
        let is_hit = |values: &[Raw]| values.contains(&marketing);
        for person in
            self.stage.company.people.iter_mut().filter(|person| is_hit(person.values("department")))
        {
            person.remove("department");
            person.set("info", Raw::Text("was in Marketing".to_owned()));
        }
        self.directory_changes(&Heard::Refused).await?;
        self.teller.quote("nothing was sent; whoever had an account this morning still has it")?;

        self.teller.heading("16:30", "The import is run again, the right way")?;
        for person in self.stage.company.people.iter_mut().filter(|person| !person.values("info").is_empty())
        {
            person.set("department", Raw::Text("Marketing".to_owned()));
            person.remove("info");
        }
        self.directory_changes(&Heard::Nothing).await
    }

    async fn somebody_asks_why(&mut self) -> Result<(), Failure> {
        self.teller
            .heading("17:15", "The auditor asks why Mia is a manager: `rolecall explain mia.fischer`")?;
        let project = Project::load(&self.stage.configuration())?;
        let (_, facts) =
            explain::read(&project.config, &project.policy, Timestamp::now(), &Unwatched).await?;
        let guid = facts.find("mia.fischer").first().map(|person| person.guid);
        let explanation = guid.and_then(|guid| project.policy.explain(&facts, facts.index(&guid)?));
        let Some(explanation) = explanation else {
            return Err(Failure::new(Exit::Unexpected, "the demo did not find Mia Fischer"));
        };
        self.teller.quote(&explain::gist(&explanation, project.policy.switches()))
    }

    /// Saves the directory and asks for a cycle.
    async fn directory_changes(&mut self, wanted: &Heard) -> Result<(), Failure> {
        self.stage.save_directory()?;
        self.service.trigger();
        self.see(wanted).await
    }

    async fn see(&mut self, wanted: &Heard) -> Result<(), Failure> {
        let heard = self.next().await?;
        if heard == *wanted { Ok(()) } else { Err(unexpected(&format!("{wanted:?}"), &heard)) }
    }

    /// The next thing that is heard of the loop, told.
    async fn next(&mut self) -> Result<Heard, Failure> {
        let Ok(Some((heard, text))) = tokio::time::timeout(PATIENCE, self.ears.recv()).await else {
            return Err(Failure::new(Exit::Unexpected, "the demo waited for something that did not happen"));
        };
        self.teller.quote(&text)?;
        Ok(heard)
    }
}

fn did(kind: Kind, user_name: &str) -> Heard {
    Heard::Did(vec![(kind, user_name.to_owned())])
}

fn unexpected(wanted: &str, heard: &Heard) -> Failure {
    Failure::new(Exit::Unexpected, format_args!("the demo expected {wanted} and saw {heard:?}"))
}
