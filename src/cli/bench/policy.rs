use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::company::company;
use super::plain;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::data;
use crate::config::Sources;
use crate::facts::Facts;
use crate::policy::{Columns, Evaluator, Policy, busy, with_room};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many people
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    users: u32,
    /// How often each is measured, in turn; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
}

/// Who runs the race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    Plain,
    Trees,
    Rhai,
}

const RUNNERS: [(Runner, &str); 3] =
    [(Runner::Plain, "plain Rust"), (Runner::Trees, "trees"), (Runner::Rhai, "Rhai alone")];

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let sources = Sources {
        entry: "main.rhai".to_owned(),
        files: BTreeMap::from([("main.rhai".to_owned(), Arc::from(plain::POLICY))]),
        extra_attributes: Vec::new(),
    };
    let compiled = Policy::compile(&sources);
    let Some(policy) = compiled.policy else {
        return Err(Failure::new(Exit::Unexpected, crate::diagnostic::short(&compiled.findings)));
    };
    let facts = company(args.users as usize);
    let race = Race { policy: &policy, facts: &facts };
    let expected = race.all(Runner::Plain);
    for (runner, name) in RUNNERS {
        if let Some(index) = race.all(runner).iter().zip(&expected).position(|(a, b)| a != b) {
            let message = format!("{name} and plain Rust differ on person {index}");
            return Err(Failure::new(Exit::Unexpected, message));
        }
    }
    let one = race.measured(args.rounds, 1);
    let two = race.measured(args.rounds, 2);
    data(&table(args, &one, &two))?;
    data(&race.roles_alone(args.rounds))?;
    Ok(Exit::Ok)
}

/// Nanoseconds a person, per runner.
type Times = [f64; RUNNERS.len()];

fn table(args: &Args, one: &Times, two: &Times) -> String {
    let mut out = format!(
        "10 roles and 8 mappings of {} people, all alike by each; medians of {} rounds in turn\n\n\
         {:12} {:>14} {:>12} {:>16}\n",
        args.users, args.rounds, "", "ns a person", "to plain", "two threads, ns"
    );
    let [plain, trees, rhai] = *one;
    for (((_, name), one), two) in RUNNERS.iter().zip(one).zip(two) {
        let _ = writeln!(out, "{name:12} {one:>14.0} {:>12.2} {two:>16.0}", one / plain);
    }
    let [_, trees_by_two, rhai_by_two] = *two;
    let _ = writeln!(
        out,
        "\ntrees take {:.2} of plain Rust's time, and are {:.1} times as fast as Rhai alone ({:.1} times with two \
         threads)",
        trees / plain,
        rhai / trees,
        rhai_by_two / trees_by_two,
    );
    out
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

struct Race<'r> {
    policy: &'r Policy,
    facts: &'r Arc<Facts>,
}

impl Race<'_> {
    fn go(&self, runner: Runner, people: Range<usize>, answers: &mut (dyn FnMut(u64, &[&str]) + Send)) {
        match runner {
            Runner::Plain => plain::race(self.facts, people, answers),
            Runner::Trees => self.policy.race(Evaluator::Trees, self.facts, people, answers),
            Runner::Rhai => self.policy.race(Evaluator::Rhai, self.facts, people, answers),
        }
    }

    /// Roles alone: person by person, and of everybody at once, whose values are numbered in the first pass.
    fn roles_alone(&self, rounds: u32) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a million people at most")]
        let people = self.facts.people.len() as f64;
        let timed = |work: &mut dyn FnMut()| {
            let started = Instant::now();
            work();
            #[expect(clippy::cast_precision_loss, reason = "less than a day")]
            let nanoseconds = started.elapsed().as_nanos() as f64;
            nanoseconds / people
        };
        let (mut rows, mut first, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            rows.push(timed(&mut || drop(black_box(self.policy.roles_of_everybody(self.facts)))));
            let mut columns = Columns::new(self.facts);
            first.push(timed(&mut || drop(black_box(columns.roles(self.policy)))));
            later.push(timed(&mut || drop(black_box(columns.roles(self.policy)))));
        }
        let [rows, first, later] = [rows, first, later].map(median);
        format!(
            "roles alone, ns a person: {rows:.0} person by person; of everybody at once {first:.0} the first time, \
             {later:.0} again ({:.1} times as fast)\n",
            rows / later
        )
    }

    fn all(&self, runner: Runner) -> Vec<(u64, Vec<String>)> {
        let mut out = Vec::with_capacity(self.facts.people.len());
        self.go(runner, 0..self.facts.people.len(), &mut |roles, texts| {
            out.push((roles, texts.iter().map(|text| (*text).to_owned()).collect()));
        });
        out
    }

    /// Medians; by one thread its processor time, by several the time on the wall.
    fn measured(&self, rounds: u32, threads: usize) -> Times {
        let mut times: [Vec<f64>; RUNNERS.len()] = Default::default();
        for _ in 0..rounds {
            for ((runner, _), times) in RUNNERS.iter().zip(&mut times) {
                #[expect(clippy::cast_precision_loss, reason = "a million people at most")]
                let people = self.facts.people.len() as f64;
                #[expect(clippy::cast_precision_loss, reason = "less than a day")]
                times.push(self.timed(*runner, threads).as_nanos() as f64 / people);
            }
        }
        times.map(median)
    }

    fn timed(&self, runner: Runner, threads: usize) -> Duration {
        let run = |people: Range<usize>| {
            let mut sum = 0u64;
            self.go(runner, people, &mut |roles, texts| {
                let length: usize = texts.iter().map(|text| text.len()).sum();
                sum = sum.wrapping_mul(31).wrapping_add(roles).wrapping_add(length as u64);
            });
            black_box(sum);
        };
        let people = self.facts.people.len();
        if threads == 1 {
            return with_room(|| {
                let started = busy();
                run(0..people);
                busy().saturating_sub(started)
            });
        }
        let started = Instant::now();
        thread::scope(|scope| {
            for part in 0..threads {
                scope.spawn(move || run(people * part / threads..people * (part + 1) / threads));
            }
        });
        started.elapsed()
    }
}
