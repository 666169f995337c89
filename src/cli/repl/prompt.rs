use std::path::Path;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::complete::Names;
use super::console::{Answer, Console};
use crate::cli::exit::Failure;
use crate::cli::terminal::{data, talk};
use crate::policy::session::is_complete;

/// Reads lines from the terminal until its end.
pub(super) fn talk_to(console: &mut Console, history: Option<&Path>) -> Result<(), Failure> {
    let config = Config::builder()
        .auto_add_history(true)
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .build();
    let mut editor: Editor<Helping, FileHistory> =
        Editor::with_config(config).map_err(anyhow::Error::from)?;
    if let Some(path) = history {
        // A first time has none.
        let _ = editor.load_history(path);
    }
    talk(":help lists what can be typed, Tab completes, Ctrl-D leaves");
    loop {
        editor.set_helper(Some(Helping { names: console.names() }));
        let prompt = console.person().map_or_else(|| "> ".to_owned(), |name| format!("{name}> "));
        match editor.readline(&prompt) {
            Ok(line) => match console.take(&line) {
                Answer::Says(answer) => data(&answer)?,
                Answer::Complains(answer) => talk(answer.trim_end()),
                Answer::Quits => break,
            },
            // Ctrl-C drops the line, as in a shell.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(anyhow::Error::from(error).into()),
        }
    }
    if let Some(path) = history {
        let kept = path.parent().map_or(Ok(()), std::fs::create_dir_all).is_ok();
        if !kept || editor.save_history(path).is_err() {
            talk(format_args!("warning: the lines cannot be kept in `{}`", path.display()));
        }
    }
    Ok(())
}

/// What the line editor asks while a line is typed.
struct Helping {
    names: Names,
}

impl Helper for Helping {}

impl Hinter for Helping {
    type Hint = String;
}

impl Highlighter for Helping {}

impl Validator for Helping {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let taken = text.trim_start().starts_with(':') || is_complete(text);
        Ok(if taken { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for Helping {
    type Candidate = Pair;

    fn complete(&self, line: &str, cursor: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, names) = self.names.complete(line.get(..cursor).unwrap_or_default());
        let pairs = names.into_iter().map(|name| Pair { display: name.clone(), replacement: name });
        Ok((start, pairs.collect()))
    }
}
