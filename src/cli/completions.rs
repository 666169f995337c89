use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::terminal::data;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "bash:  rolecall completions bash > ~/.local/share/bash-completion/completions/rolecall
zsh:   rolecall completions zsh > \"${fpath[1]}/_rolecall\"
fish:  rolecall completions fish > ~/.config/fish/completions/rolecall.fish"
)]
pub(super) struct Args {
    /// The shell that is to complete rolecall's commands and options
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args, mut command: clap::Command) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "rolecall", &mut script);
    data(&String::from_utf8(script).map_err(anyhow::Error::from)?)?;
    Ok(Exit::Ok)
}
