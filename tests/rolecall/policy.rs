//! Policies through the library: the language, what is found wrong with them, and what they decide.

mod check;
mod decide;
mod explain;
mod fit;
mod hostile;
mod language;
mod lifecycle;
mod sandbox;
mod review;
mod stage;
mod trees;

use std::path::Path;
use std::sync::Arc;

use rolecall::config::{Config, Sources};
use rolecall::policy::Policy;
use rolecall::testing::{self, Material, Options};

#[test]
fn the_shipped_policy_passes_its_own_tests() {
    let config = Config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/rolecall.toml")).unwrap();
    let compiled = Policy::compile(&Sources::read(&config.policy).unwrap());
    assert_eq!(rolecall::diagnostic::human(&compiled.findings, false), "");
    let policy = Arc::new(compiled.policy.unwrap());
    let report = Material::read(&config.policy).unwrap().run(&policy, &Options::default());
    assert!(report.is_success(), "{}", testing::human(&report, false));
}
