//! `rolecall test --coverage` and `--mutate`: what the tests show of the policy, and what they notice.

use std::sync::Arc;

use serde_json::Value;

use super::super::exit::{Exit, Failure};
use super::super::terminal::{Bar, colour, talk};
use super::{Args, Format};
use crate::config::PolicyPaths;
use crate::policy::Policy;
use crate::testing::{self, Coverage, Material, Mutation, Report, Share, Survey, Threshold};

/// What is known of the tests beside their results.
#[derive(Default)]
pub(super) struct Measured {
    coverage: Option<Coverage>,
    mutation: Option<Mutation>,
}

/// Measures what is asked for. Mistakes are made only where all tests pass: else nobody could tell who noticed what.
pub(super) fn measure(
    material: &Material,
    policy: &Arc<Policy>,
    args: &Args,
    report: &Report,
    survey: &Survey,
) -> Measured {
    let coverage = args.coverage.then(|| material.coverage(policy, survey));
    let mutation = (args.mutate && report.is_success()).then(|| {
        let bar = Bar::new();
        material.mutate(policy, survey, args.jobs, &|done, of| {
            bar.say(format!("making mistakes: {done} of {of}"));
        })
    });
    Measured { coverage, mutation }
}

impl Measured {
    /// Refuses what cannot be written.
    pub(super) fn check(args: &Args) -> Result<(), Failure> {
        let measures = args.coverage || args.mutate;
        if args.format == Format::Lcov && (!args.coverage || args.mutate) {
            let failure = Failure::new(Exit::Usage, "`--format lcov` is for `--coverage` alone");
            return Err(
                failure.hint("a tracefile tells which lines and branches were come to, and nothing else")
            );
        }
        if measures && matches!(args.format, Format::Junit | Format::Tap) {
            let word = if args.coverage { "--coverage" } else { "--mutate" };
            let message = format!("`{word}` has no place in the formats `junit` and `tap`");
            return Err(
                Failure::new(Exit::Usage, message).hint("take `human`, `json`, or `lcov` for coverage")
            );
        }
        Ok(())
    }

    /// What comes behind the report of the tests.
    pub(super) fn human(&self) -> String {
        let coverage = self.coverage.iter().map(|coverage| testing::coverage_human(coverage, colour()));
        let mutation = self.mutation.iter().map(|mutation| testing::mutation_human(mutation, colour()));
        coverage.chain(mutation).collect()
    }

    /// Adds `coverage` and `mutation` to the report of the tests.
    pub(super) fn add_to(&self, report: &mut Value) {
        let Some(members) = report.as_object_mut() else { return };
        if let Some(coverage) = &self.coverage {
            members.insert("coverage".to_owned(), testing::coverage_json(coverage));
        }
        if let Some(mutation) = &self.mutation {
            members.insert("mutation".to_owned(), testing::mutation_json(mutation));
        }
    }

    pub(super) fn lcov(&self, paths: &PolicyPaths) -> String {
        let here = std::env::current_dir().ok();
        let folder = here.and_then(|here| paths.folder.strip_prefix(here).ok()).unwrap_or(&paths.folder);
        let folder = folder.strip_prefix(".").unwrap_or(folder);
        self.coverage.as_ref().map(|coverage| testing::lcov(coverage, folder)).unwrap_or_default()
    }

    /// Whether everything that was measured is enough; what is not is told.
    pub(super) fn reaches(&self, threshold: Option<Threshold>) -> bool {
        let Some(threshold) = threshold else { return true };
        let coverage = self.coverage.iter().map(|coverage| ("the coverage", coverage.share()));
        let mutation = self.mutation.iter().map(|mutation| ("the mutation score", mutation.score()));
        let is_enough = |(what, share): &(&str, Share)| {
            let reaches = share.reaches(threshold);
            if !reaches {
                talk(format_args!(
                    "error: {what} is {} %, below the threshold of {threshold} %",
                    share.percent()
                ));
            }
            reaches
        };
        coverage.chain(mutation).filter(|measured| !is_enough(measured)).count() == 0
    }
}
