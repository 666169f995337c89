use std::collections::BTreeMap;
use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::project::counted;
use super::terminal::{data, talk};
use super::write::write_files;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write a page for each command into this folder; without it, rolecall's own page goes to stdout
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &Args, command: clap::Command) -> Result<Exit, Failure> {
    let mut pages = BTreeMap::new();
    collect(command.disable_help_subcommand(true), &mut pages)?;
    let Some(folder) = &args.folder else {
        let page = pages.remove("rolecall.1").unwrap_or_default();
        data(&String::from_utf8(page).map_err(anyhow::Error::from)?)?;
        return Ok(Exit::Ok);
    };
    write_files(folder, &pages)?;
    talk(format_args!("{} in `{}`", counted(pages.len(), "man page"), folder.display()));
    Ok(Exit::Ok)
}

/// `rolecall.1`, `rolecall-plan.1`, `rolecall-journal-show.1`
fn collect(mut command: clap::Command, pages: &mut BTreeMap<String, Vec<u8>>) -> Result<(), Failure> {
    command.build();
    let mut next = vec![command];
    while let Some(command) = next.pop() {
        next.extend(command.get_subcommands().filter(|sub| sub.get_name() != "help").cloned());
        let man = clap_mangen::Man::new(command);
        let mut page = Vec::new();
        man.render(&mut page)?;
        pages.insert(man.get_filename(), page);
    }
    Ok(())
}
