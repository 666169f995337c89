use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::console::{Answer, Console};
use super::prompt::talk_to;
use crate::cli::exit::{Exit, Failure};
use crate::cli::place::Place;
use crate::cli::terminal::{data, talk};
use crate::policy::session::is_complete;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A line is an expression, or a command that starts with a colon; `:help` lists them. Lines that come \
                        through a pipe are taken as if they were typed; the exit code is 1 when one of them was wrong."
)]
pub(crate) struct Args {
    /// Whom the lines are about: a fixture by name, else a user of the directory
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let mut console = Console::open(config, &args.place, Timestamp::now())?;
    if let Some(name) = &args.user {
        console.select(name)?;
    }
    if std::io::stdin().is_terminal() {
        talk_to(&mut console, history().as_deref())?;
        return Ok(Exit::Ok);
    }
    let mut exit = Exit::Ok;
    let mut text = String::new();
    let mut lines = std::io::stdin().lock().lines();
    loop {
        let line = lines.next().transpose()?;
        let ends = line.is_none();
        if let Some(line) = line {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&line);
            if !text.trim_start().starts_with(':') && !is_complete(&text) {
                continue;
            }
        }
        match console.take(&std::mem::take(&mut text)) {
            Answer::Says(answer) => data(&answer)?,
            Answer::Complains(answer) => {
                talk(answer.trim_end());
                exit = Exit::Unexpected;
            }
            Answer::Quits => return Ok(exit),
        }
        if ends {
            return Ok(exit);
        }
    }
}

/// Where a terminal's lines are kept (XDG Base Directory Specification), if there is such a place.
fn history() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("rolecall").join("repl_history"))
}
