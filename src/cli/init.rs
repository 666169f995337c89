use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::project::configuration;
use super::terminal::{data, talk};
use super::unit::unit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to write into; it is made, or has to be empty
    #[arg(value_name = "DIR", required_unless_present = "systemd")]
    folder: Option<PathBuf>,
    /// Print a systemd unit that runs the configured project, in place of writing one
    #[arg(long, conflicts_with = "folder")]
    systemd: bool,
}

macro_rules! shipped {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../scripts/", $path)))),*]
    };
}

/// The policy project that ships with rolecall: path relative to the project, and text.
pub(super) const PROJECT: &[(&str, &str)] = shipped![
    "rolecall.toml",
    "policy/main.rhai",
    "policy/roles.rhai",
    "policy/lists.rhai",
    "tests/roles_test.rhai",
    "tests/lifecycle_test.rhai",
    "tests/mappings_test.rhai",
    "tests/snapshots/mappings_test.snap",
    "fixtures/people.toml",
    "fixtures/warehouse.toml",
    "fixtures/leavers.ldif",
];

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let Some(folder) = &args.folder else {
        data(&unit(&configuration(config)?, &std::env::current_exe()?))?;
        talk("write it to /etc/systemd/system/rolecall.service, then `systemctl enable --now rolecall`");
        return Ok(Exit::Ok);
    };
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::new(
            Exit::Usage,
            format_args!("`{}` is a file, not a folder", folder.display()),
        )
        .hint("name a new folder; nothing was written"));
    }
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::new(Exit::Usage, format_args!("`{}` is not empty", folder.display()))
            .hint("name a new folder; nothing was written"));
    }
    write_project(folder)?;
    talk(format_args!(
        "A policy project is in `{0}`. Next:\n  rolecall --config {0}/rolecall.toml check\n  rolecall --config {0}/rolecall.toml test\nThen name your directory and your Klaviyo account in rolecall.toml, and see what would be done:\n  rolecall --config {0}/rolecall.toml plan",
        folder.display()
    ));
    Ok(Exit::Ok)
}

/// Writes the shipped project below a folder.
pub(super) fn write_project(folder: &Path) -> Result<(), Failure> {
    for (path, text) in PROJECT {
        let path = folder.join(path);
        let written =
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| {
            Failure::new(Exit::Unexpected, format_args!("cannot write `{}`: {error}", path.display()))
        })?;
    }
    Ok(())
}
