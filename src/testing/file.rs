//! Runs the tests of one file, with an engine and a world of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rhai::{Engine, Scope};

use super::expect;
use super::finding::{of_fault, of_unmet, placed};
use super::fixtures::Fixtures;
use super::kept::Kept;
use super::matcher::MATCHERS;
use super::outcome::{Failure, Outcome, Suite, TestResult};
use super::people;
use super::runner::Options;
use super::shuffle::shuffle;
use super::snapshots::Snapshots;
use super::tally::{Skipped, Unmet};
use super::words::{self, WORDS};
use super::world::{Body, Case, Decidee, World};
use crate::diagnostic::{Diagnostic, Diagnostics, closest};
use crate::policy::{
    Closure, Fault, Limited, Parsed, Policy, check_functions, parse_one, script_engine, words as policy_words,
};

/// One test file, and what its tests need.
#[derive(Clone, Copy)]
pub(super) struct TestFile<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a Arc<str>,
    pub(super) policy: &'a Arc<Policy>,
    pub(super) fixtures: &'a Arc<Fixtures>,
    pub(super) snapshots: &'a Snapshots,
}

/// What came of a file.
pub(super) struct FileRun {
    pub(super) suite: Suite,
    pub(super) filtered: usize,
    pub(super) not_run: usize,
    /// Only of a run that is watched.
    pub(super) asked: Vec<Asked>,
}

/// A test that was run, by its place in the file, and whom it had decided.
pub(super) struct Asked {
    pub(super) case: usize,
    pub(super) decidees: Vec<Decidee>,
    /// The hooks that it had asked, by their places, and whether they said anything.
    pub(super) spoken: BTreeSet<(usize, bool)>,
}

/// The answer for a file that could not be used.
pub(super) fn broken(finding: Diagnostic) -> TestResult {
    TestResult {
        name: "(the file)".to_owned(),
        outcome: Outcome::Error(Box::new(finding)),
        took: Duration::ZERO,
    }
}

/// A test file that is loaded, ready to run its tests.
pub(super) struct Loaded<'a> {
    file: TestFile<'a>,
    engine: Engine,
    world: Arc<World>,
    kept: Arc<Kept>,
    script: Parsed,
    pub(super) cases: Vec<Case>,
    /// Who was decided while the file was loaded.
    pub(super) decidees: Vec<Decidee>,
    /// The hooks that were asked meanwhile.
    spoken: BTreeSet<(usize, bool)>,
}

impl<'a> TestFile<'a> {
    /// Runs what the options choose. `stop` tells, and is told, that a test failed and no more are to be run.
    pub(super) fn run(self, options: &Options, stop: &AtomicBool, watched: bool) -> FileRun {
        let mut run = FileRun {
            suite: Suite {
                file: self.path.to_owned(),
                results: Vec::new(),
                snapshots: self.snapshots.clone(),
                stale: Vec::new(),
            },
            filtered: 0,
            not_run: 0,
            asked: Vec::new(),
        };
        let loaded = match self.open(options.update) {
            Ok(loaded) => loaded,
            Err(findings) => {
                stop.store(true, Ordering::Relaxed);
                run.suite.results = findings.into_iter().map(broken).collect();
                return run;
            }
        };
        let path = loaded.file.path;
        let all = loaded.cases.len();
        let mut chosen: Vec<_> =
            loaded.cases.iter().enumerate().filter(|(_, case)| options.takes(path, &case.name)).collect();
        run.filtered = all - chosen.len();
        shuffle(&mut chosen, options.seed);
        let mut results = Vec::new();
        for (index, case) in chosen {
            if options.fail_fast && stop.load(Ordering::Relaxed) {
                run.not_run += 1;
                continue;
            }
            let started = Instant::now();
            let outcome = loaded.outcome(case);
            if matches!(outcome, Outcome::Failed(_) | Outcome::Error(_)) {
                stop.store(true, Ordering::Relaxed);
            }
            let decidees = loaded.world.take_decidees();
            let spoken = loaded.world.take_spoken();
            if watched {
                let decidees = loaded.decidees.iter().cloned().chain(decidees).collect();
                run.asked.push(Asked { case: index, decidees, spoken: &loaded.spoken | &spoken });
            }
            let name = case.name.clone();
            results.push((index, TestResult { name, outcome, took: started.elapsed() }));
        }
        results.sort_by_key(|(index, _)| *index);
        run.suite.results = results.into_iter().map(|(_, result)| result).collect();
        // A test that stopped half-way may not have come to its snapshots.
        let whole = run.suite.results.len() == all
            && run.suite.results.iter().all(|result| result.outcome == Outcome::Passed);
        (run.suite.snapshots, run.suite.stale) = loaded.kept.end(whole);
        run
    }

    /// Loads the file, with an engine and a world of its own.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub(super) fn open(self, update: bool) -> Result<Loaded<'a>, Vec<Diagnostic>> {
        let world = World::new(Arc::clone(self.policy), Arc::clone(self.fixtures));
        let kept = Arc::new(Kept::new(self.snapshots.clone(), update));
        let mut engine = script_engine(self.policy);
        expect::register(&mut engine, &world, &kept, self.text);
        words::register(&mut engine, &world);
        people::register(&mut engine, &world);
        let (script, cases) = self.load(&engine, &world)?;
        let decidees = world.take_decidees();
        let spoken = world.take_spoken();
        Ok(Loaded { file: self, engine, world, kept, script, cases, decidees, spoken })
    }

    /// Parses, checks and loads the file: its tests in the order in which they are written.
    fn load(&self, engine: &Engine, world: &World) -> Result<(Parsed, Vec<Case>), Vec<Diagnostic>> {
        let script = parse_one(engine, self.path, Arc::clone(self.text))
            .map_err(|finding| vec![at_its_matcher(Diagnostic { code: "T0101", ..*finding })])?;
        let policy_words = policy_words();
        let mut calls = script.names.calls.iter().filter(|call| !call.method && call.module.is_empty());
        if let Some(word) = calls.find(|call| policy_words.contains(call.name.as_str())) {
            let message = format!("`{}` counts for nothing in a test: it belongs into the policy", word.name);
            let finding = Diagnostic::error("T0103", message);
            return Err(vec![placed(finding, self.path, word.position, &script, self.policy)]);
        }
        let mut findings = Diagnostics::default();
        check_functions(engine, &BTreeMap::from([(self.path.to_owned(), script.clone())]), &mut findings);
        if findings.has_errors() {
            return Err(unknown_functions(findings));
        }
        let loading = Limited::start();
        let loaded = engine.run_ast_with_scope(&mut Scope::new(), &script.ast);
        drop(loading);
        loaded.map_err(|error| vec![of_fault(&Fault::of(&error, self.path), &script, self.policy)])?;
        Ok((script, world.seal()))
    }
}

impl Loaded<'_> {
    /// Runs one of the file's tests.
    pub(super) fn outcome(&self, case: &Case) -> Outcome {
        self.kept.begin(&case.name);
        match &case.body {
            Body::Skip(why) => Outcome::Skipped(why.clone()),
            Body::Run(body) => self.answer(body),
        }
    }

    /// Whether the test passes under this policy, as if nothing had been run before.
    pub(super) fn passes(&self, case: usize, policy: Arc<Policy>) -> bool {
        self.world.suppose(policy);
        self.world.take_decisions();
        self.world.take_decidees();
        self.kept.forget();
        self.cases
            .get(case)
            .is_some_and(|case| matches!(self.outcome(case), Outcome::Passed | Outcome::Skipped(_)))
    }

    fn answer(&self, body: &Closure) -> Outcome {
        let Self { world, script, .. } = self;
        let policy = self.file.policy;
        let answer = body.call(&self.engine, [], world.now());
        let told = world.tally.take();
        let at_test = |finding: Diagnostic| placed(finding, &body.file, body.position, script, policy);
        match answer {
            Err(fault) if fault.thrown::<Unmet>().is_some() => {
                let unmet = fault.thrown::<Unmet>().unwrap_or_else(|| Unmet::new(fault.text.clone()));
                let finding = of_unmet(&unmet, &fault.file, fault.position, script, policy);
                failed(finding, unmet)
            }
            Err(fault) if fault.thrown::<Skipped>().is_none() => {
                Outcome::Error(Box::new(of_fault(&fault, script, policy)))
            }
            _ => match (told.unmet, told.skipped) {
                (Some(unmet), _) => {
                    let message =
                        format!("the test caught an expectation that did not hold: {}", unmet.message);
                    failed(at_test(Diagnostic::error("T0100", message)), unmet)
                }
                (None, Some(why)) => Outcome::Skipped(why),
                (None, None) if told.expectations == 0 => {
                    let message = "the test expects nothing, so it cannot fail";
                    let hint = "say what must hold: `expect(decide(user).role).to_be(\"analyst\")`";
                    Outcome::Error(Box::new(at_test(Diagnostic::error("T0102", message)).hint(hint)))
                }
                (None, None) => Outcome::Passed,
            },
        }
    }
}

/// Rhai points behind what it has read; a demand that is wrong is shown under its own word.
fn at_its_matcher(mut finding: Diagnostic) -> Diagnostic {
    let word = finding.message.split('`').nth(1).map(str::to_owned);
    if let (Some(word), Some(label)) = (word, &mut finding.label) {
        let before = label.source.get(..label.span.start).unwrap_or_default();
        let at = before.rfind(&format!(".{word}")).map(|dot| dot + 1);
        if let Some(at) =
            at.filter(|_| finding.message.contains("argument") || finding.message.starts_with("nothing"))
        {
            label.span = at..at + word.len();
        }
    }
    finding
}

/// The findings about calls, as a test's author sees them: the words of tests are nearer than all other functions, and
/// behind a misspelt `expect` stands no function that nobody defines.
fn unknown_functions(findings: Diagnostics) -> Vec<Diagnostic> {
    let written = |finding: &Diagnostic| {
        let label = finding.label.as_ref()?;
        label.source.get(label.span.clone()).map(str::to_owned)
    };
    let is_matcher = |finding: &Diagnostic| {
        written(finding).is_some_and(|word| MATCHERS.iter().any(|matcher| matcher.name == word))
    };
    let (matchers, mut told): (Vec<_>, Vec<_>) = findings.0.into_iter().partition(is_matcher);
    if told.is_empty() {
        told = matchers;
    }
    for finding in &mut told {
        finding.code = "T0104";
        let near = written(finding).and_then(|word| closest(&word, WORDS.iter().copied()));
        if let Some(near) = near.filter(|_| finding.message.starts_with("there is no")) {
            finding.hint = Some(format!("did you mean `{near}`?"));
        }
    }
    told
}

fn failed(finding: Diagnostic, unmet: Unmet) -> Outcome {
    let Unmet { difference, parts, because, .. } = unmet;
    Outcome::Failed(Box::new(Failure { finding, difference, parts, because }))
}
