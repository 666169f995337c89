use std::path::PathBuf;

use super::exit::Exit;
use super::exit::Failure;
use super::project::counted;
use super::terminal::talk;
use super::write::write_files;
use crate::testing;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to write into; it is made if it is not there
    #[arg(value_name = "DIR", default_value = "definitions")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let files = testing::definitions();
    write_files(&args.folder, &files)?;
    talk(format_args!(
        "{} in `{}`; Rhai's language server reads them from the project's folder",
        counted(files.len(), "file"),
        args.folder.display()
    ));
    Ok(Exit::Ok)
}
