use std::collections::BTreeSet;
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::exit::{Exit, Failure};
use super::place::Place;
use super::project::Project;
use super::repl::{People, fixtures};
use super::terminal::{data, talk, talk_colour};
use crate::diagnostic;
use crate::facts::attribute_type;
use crate::policy::excel::{Clock, Value, serial_of};
use crate::policy::formula::{Formula, Mistake, Problem, line};
use crate::policy::{Tables, User};

/// Far above any list of formulas that somebody wrote.
const LARGEST: u64 = 1 << 26;

/// What messages call a formula that was typed.
const TYPED: &str = "formula";

#[derive(Debug, clap::Args)]
#[command(
    after_help = "With --file, each line is answered by one line `type<TAB>value`; a line that is no formula by the \
                  error that a cell would show, and a note on stderr."
)]
pub(super) struct Args {
    /// The formula, as a spreadsheet has it: '=PROPER("mia")', or about somebody: '=UPPER([sn])'
    #[arg(value_name = "FORMULA", required_unless_present = "file", conflicts_with = "file")]
    formula: Option<String>,
    /// Work out one formula per line of a file; `-` is stdin
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Whom `[attribute]` is read of: a fixture by name, else a user of the directory
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let now = Timestamp::now();
    match (&args.formula, &args.file) {
        (Some(text), _) => one(config, args, text, now),
        (None, Some(file)) => many(config, args, file, now),
        (None, None) => Ok(Exit::Usage),
    }
}

fn one(config: &Path, args: &Args, text: &str, now: Timestamp) -> Result<Exit, Failure> {
    let source: Arc<str> = Arc::from(text);
    let told = |problem: Problem| {
        let findings = problem.finding(TYPED, Arc::clone(&source), |span| span).into();
        talk(diagnostic::human(&findings, talk_colour()).trim_end());
        Failure::told(Exit::Usage)
    };
    let formula = Formula::parse(text).map_err(told)?;
    let asked = Asked::of(config, args, [&formula], now)?;
    let formula = formula.with_tables(&asked.tables).map_err(told)?;
    data(&format!("{}\n", asked.answer(&formula).map_err(told)?))?;
    Ok(Exit::Ok)
}

fn many(config: &Path, args: &Args, file: &Path, now: Timestamp) -> Result<Exit, Failure> {
    let text: Arc<str> = Arc::from(read(file)?);
    let path = if file.as_os_str() == "-" { "stdin".to_owned() } else { file.display().to_string() };
    let mut start = 0;
    let lines: Vec<_> = text
        .split_inclusive('\n')
        .map(|whole| {
            let at = start;
            start += whole.len();
            (at, Formula::parse_as_typed(whole.trim_end_matches(['\n', '\r'])))
        })
        .collect();
    let asked = Asked::of(
        config,
        args,
        lines.iter().filter_map(|(_, parsed)| parsed.as_ref().ok()).map(|(formula, _)| formula),
        now,
    )?;
    let mut out = String::new();
    for (at, parsed) in lines {
        let note = |problem: &Problem| {
            let placed = |span: Range<usize>| at + span.start..at + span.end;
            let finding = problem.finding(&path, Arc::clone(&text), placed);
            talk(diagnostic::short(&finding.into()).trim_end());
        };
        let answered = parsed.and_then(|(formula, problem)| {
            problem.iter().for_each(note);
            asked.answer(&formula.with_tables(&asked.tables)?)
        });
        let value = answered.unwrap_or_else(|problem| {
            note(&problem);
            Value::Error(problem.code())
        });
        out.push_str(&line(&value));
        out.push('\n');
    }
    data(&out)?;
    Ok(Exit::Ok)
}

/// What formulas are worked out with.
struct Asked {
    user: Option<User>,
    extra: Vec<String>,
    tables: Arc<Tables>,
    now: Timestamp,
}

impl Asked {
    /// Reads whom they are about, with every attribute that they name, and the look-up tables of the policy.
    fn of<'f>(
        config: &Path,
        args: &Args,
        formulas: impl IntoIterator<Item = &'f Formula>,
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let formulas: Vec<&Formula> = formulas.into_iter().collect();
        if args.user.is_none() && !formulas.iter().any(|formula| formula.has_tables()) {
            return Ok(Self { user: None, extra: Vec::new(), tables: Arc::default(), now });
        }
        let mut project = Project::load(config)?;
        args.place.settle(&mut project.config);
        let tables = Arc::clone(project.policy.tables());
        let extra: Vec<String> =
            project.sources.extra_attributes.iter().map(|name| name.to_ascii_lowercase()).collect();
        let Some(name) = &args.user else { return Ok(Self { user: None, extra, tables, now }) };
        let named: BTreeSet<String> = formulas
            .into_iter()
            .flat_map(Formula::names)
            .map(str::to_ascii_lowercase)
            .filter(|name| attribute_type(name).is_some() || extra.contains(name))
            .collect();
        let (facts, index) = People::new(fixtures(&project)?).asking(named).find(&project, name, now)?;
        Ok(Self { user: Some(project.policy.user(&facts, index)), extra, tables, now })
    }

    fn answer(&self, formula: &Formula) -> Result<Value, Problem> {
        formula.check_attributes(&self.extra)?;
        let somewhere = formula.attributes().first().map_or(0..0, |attribute| attribute.span.clone());
        if let Some(user) = &self.user {
            return user.formula(formula).map_err(|why| Problem::new(Mistake::Attribute, why, somewhere));
        }
        let clock = Clock { now: serial_of(self.now) };
        formula.evaluate(&clock, &mut |_| {
            let message = "this is an attribute of somebody, and nobody is named";
            Err(Problem::new(Mistake::Attribute, message, somewhere.clone()).hint("`--user NAME` names them"))
        })
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    let shown = file.display();
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        let what = format!("cannot read the formulas in `{shown}`");
        Failure { exit: Exit::Usage, ..Failure::from(error) }.about(what)
    })?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::new(Exit::Usage, format_args!("`{shown}` has more than {LARGEST} bytes")));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Usage, format_args!("`{shown}` is no UTF-8")))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}
