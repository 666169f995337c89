use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::orders::{self, Options};
use super::place::Place;
use super::project::{Project, tell_findings};
use crate::script::Script;
use crate::sync::Orders;

/// As for a script of the policy.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
// What is done is done to the people of the directory.
#[command(mut_arg("snapshot", |arg| arg.conflicts_with("apply")))]
pub(super) struct Args {
    /// The script: it sees `directory.users()` and `klaviyo.accounts()`, and says `klaviyo.update(..)` and the like
    file: PathBuf,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let text = read(&args.file)?;
    let mut project = Project::load(config)?;
    args.place.settle(&mut project.config);
    let path = args.file.display().to_string();
    let script = Script::parse(&project.policy, &path, &text).map_err(|findings| {
        let errors = tell_findings(&findings);
        Failure::new(Exit::Policy, format_args!("the script `{path}` has {errors}"))
    })?;
    orders::run(&project, Orders::Script(&script), &args.options)
}

fn read(path: &Path) -> Result<Arc<str>, Failure> {
    let about = |error: std::io::Error| {
        let what = format!("cannot read the script `{}`", path.display());
        Failure { exit: Exit::Usage, ..Failure::from(error) }.about(what)
    };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(about)?;
    if bytes.len() as u64 > LARGEST {
        let message = format!("the script `{}` has more than {LARGEST} bytes", path.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Usage, format_args!("the script `{}` is no UTF-8", path.display()))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).into())
}
