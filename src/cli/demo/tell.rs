use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::apply::Outcome;
use crate::cli::exit::Failure;
use crate::cli::run::rejection_text;
use crate::cli::terminal::{colour, data};
use crate::daemon::{Event, Listener};
use crate::plan::{Kind, Operation, Verdict, escape};

/// What was heard of the loop, told already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A cycle that sent something: the kinds and userNames, all of them done.
    Did(Vec<(Kind, String)>),
    Nothing,
    Refused,
    /// An operation failed, or the cycle did.
    Failed,
    Rejected,
    Reloaded,
}

/// Tells the story on stdout.
pub(super) struct Teller {
    colour: bool,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self { colour: colour() }
    }

    pub(super) fn heading(&self, when: &str, text: &str) -> Result<(), Failure> {
        let when = paint(self.colour, anstyle::AnsiColor::Cyan.on_default(), when);
        let text = paint(self.colour, anstyle::Style::new().bold(), text);
        self.line(&format!("\n{when}  {text}"))
    }

    pub(super) fn line(&self, text: &str) -> Result<(), Failure> {
        Ok(data(&format!("{text}\n"))?)
    }

    /// Lines of something that was said elsewhere, indented.
    pub(super) fn quote(&self, text: &str) -> Result<(), Failure> {
        text.trim_end().lines().try_for_each(|line| self.line(format!("       {line}").trim_end()))
    }
}

/// Hears the loop, tells what it hears, and passes on what it was.
pub(super) struct Narrator {
    to: UnboundedSender<(Heard, String)>,
    colour: bool,
}

/// What the narrator passed on, in order.
pub(super) type Ears = UnboundedReceiver<(Heard, String)>;

impl Narrator {
    pub(super) fn new() -> (Self, Ears) {
        let (sender, ears) = unbounded_channel();
        (Self { to: sender, colour: colour() }, ears)
    }
}

/// Operations that are told one by one; of more, the first ones and how many there are.
const TOLD: usize = 4;

impl Listener for Narrator {
    fn hear(&self, event: &Event<'_>) {
        let heard = match event {
            Event::CycleFinished { finished, .. } => {
                let plan = &finished.drawn.plan;
                match &plan.guard {
                    Verdict::Refused { breaches } => {
                        let guard = paint(self.colour, anstyle::AnsiColor::Red.on_default().bold(), "guard");
                        let why: Vec<_> =
                            breaches.iter().map(|breach| format!("{guard}: {}", breach.text)).collect();
                        (Heard::Refused, why.join("\n").replace("; ", ";\n  "))
                    }
                    Verdict::Allowed | Verdict::Approved { .. } if plan.is_empty() => (
                        Heard::Nothing,
                        format!("nothing to do: {} people as they should be", plan.unchanged),
                    ),
                    Verdict::Allowed | Verdict::Approved { .. } => {
                        self.did(&plan.operations, &finished.outcomes)
                    }
                }
            }
            Event::CycleFailed { error, .. } => (Heard::Failed, format!("the cycle failed: {error}")),
            Event::Reloaded { from, to, tests, .. } => (
                Heard::Reloaded,
                format!("{tests} tests passed; revision {from} gives way to {to}, no restart"),
            ),
            Event::Rejected { active, rejection } => {
                let stays = format!("rejected; revision {active} stays in force");
                (Heard::Rejected, format!("{}\n{stays}", rejection_text(rejection, self.colour)))
            }
            Event::Pending { revision, .. } => {
                (Heard::Failed, format!("revision {revision} waits for approval"))
            }
            Event::Unjudged { error, .. } => {
                (Heard::Failed, format!("the directory cannot be read: {error}"))
            }
            Event::Misconfigured { why } => (Heard::Failed, format!("the configuration is wrong: {why}")),
            Event::Started { .. }
            | Event::Listening { .. }
            | Event::StillPending { .. }
            | Event::Withdrawn { .. }
            | Event::Refused { .. }
            | Event::Reconfigured
            | Event::ConfigurationRestored
            | Event::StartedFromLastGood { .. }
            | Event::CycleStarted { .. }
            | Event::CycleUnchanged { .. }
            | Event::Progress { .. }
            | Event::Restored { .. }
            | Event::Stopped => return,
        };
        // The story may have ended before the loop.
        let _ = self.to.send(heard);
    }
}

impl Narrator {
    fn did(&self, operations: &[Operation], outcomes: &[Outcome]) -> (Heard, String) {
        let mut lines: Vec<String> =
            operations.iter().take(TOLD).map(|operation| self.sentence(operation)).collect();
        if operations.len() > TOLD {
            lines.push(format!("and {} more like it", operations.len() - TOLD));
        }
        let failed: Vec<_> =
            outcomes.iter().filter_map(|outcome| Some(format!("failed: {}", outcome.failure()?))).collect();
        if failed.is_empty() {
            let done =
                operations.iter().map(|operation| (operation.kind, operation.user_name.clone())).collect();
            return (Heard::Did(done), lines.join("\n"));
        }
        lines.extend(failed);
        (Heard::Failed, lines.join("\n"))
    }

    /// `update Mia Fischer: role campaign_coordinator -> manager`, and because of what.
    fn sentence(&self, operation: &Operation) -> String {
        let shown = |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), escape);
        let changes: Vec<_> = operation
            .changes
            .iter()
            .filter(|change| change.from.is_some() && operation.kind != Kind::Create)
            .map(|change| format!("{} {} → {}", change.attribute, shown(&change.from), shown(&change.to)))
            .collect();
        let reasons: Vec<_> = operation.reasons.iter().map(|reason| escape(&reason.to_string())).collect();
        let changes = if changes.is_empty() { String::new() } else { format!(": {}", changes.join(", ")) };
        let verb = paint(self.colour, style(operation.kind), operation.kind.name());
        format!("{verb} {}{changes}\n  because: {}", escape(&operation.user.name), reasons.join("; "))
    }
}

fn style(kind: Kind) -> anstyle::Style {
    match kind {
        Kind::Create | Kind::Reactivate => anstyle::AnsiColor::Green.on_default(),
        Kind::Update => anstyle::AnsiColor::Yellow.on_default(),
        Kind::Deactivate => anstyle::AnsiColor::Red.on_default(),
    }
}

fn paint(colour: bool, style: anstyle::Style, text: &str) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}
