use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::exit::{Exit, Failure};
use super::place::Place;
use super::project::{Project, counted, keep_schema, runtime, tell_facts};
use super::terminal::{Bar, talk};
use crate::config::Secret;
use crate::directory::{self, Completeness, EntryRef, FileFormat, FileWriter, Query, Snapshot};
use crate::facts::{Facts, Redactor};
use crate::plan::escape;
use crate::policy::{Decision, Policy, Verdict};
use crate::sync::{Step, Watcher as _};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every command that reads the directory takes the file in its place with `--snapshot FILE`. With \
                  `--redact`, names, addresses, phone numbers, DNs, GUIDs and SIDs become pseudonyms, the same wherever \
                  somebody is referred to; departments, titles, times and numbers stay, and so does what the policy \
                  names or reads. The key is kept in the state folder, so that the next snapshot has the same pseudonyms; \
                  whoever has it can find out who is who."
)]
pub(super) struct Args {
    /// The file to write; its ending says the format. Without it, everything goes to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How entries are written, if the file's ending is not to say it
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write pseudonyms, by which the policy decides as it does by the names
    #[arg(long)]
    redact: bool,
    /// Make the pseudonyms with the key in this environment variable, in place of the one in the state folder
    #[arg(long, value_name = "NAME", requires = "redact")]
    redact_key_env: Option<String>,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// RFC 2849
    Ldif,
    /// One JSON object a line
    Jsonl,
}

/// How many names a warning shows.
const SHOWN: usize = 3;
/// Characters of a key that come through the environment.
const SHORTEST: usize = 16;

pub(super) fn run(config: &Path, args: &Args) -> Result<Exit, Failure> {
    let format = format(args)?;
    let mut project = Project::load(config)?;
    args.place.settle(&mut project.config);
    let snapshot = read(&project)?;
    if let Completeness::Partial { why } = &snapshot.completeness {
        // A file is taken for everybody there is.
        let message =
            format!("no snapshot is written of a directory that was not read whole: {}", escape(why));
        return Err(Failure::new(Exit::Unexpected, message));
    }
    let redactor = match args.redact {
        true => Some(Redactor::new(key(&project, args.redact_key_env.as_deref())?, project.policy.kept())),
        false => None,
    };
    match &args.output {
        Some(path) => to_file(path, format, &snapshot, redactor.as_ref())?,
        None => match write(BufWriter::new(io::stdout().lock()), format, &snapshot, redactor.as_ref()) {
            // A reader who went away is no error.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Ok),
            other => drop(other?),
        },
    }
    let (people, groups) = (counted(snapshot.people.len(), "user"), counted(snapshot.groups.len(), "group"));
    talk(format_args!("wrote {people} and {groups} of `{}`", escape(&snapshot.source)));
    if let Some(redactor) = &redactor {
        tell_kept(&snapshot, redactor);
        tell_difference(&project.policy, snapshot, redactor);
    }
    Ok(Exit::Ok)
}

fn format(args: &Args) -> Result<FileFormat, Failure> {
    let of_ending = args.output.as_deref().map(|path| (path, FileFormat::of(path)));
    match (args.format, of_ending) {
        (Some(Format::Ldif), _) => Ok(FileFormat::Ldif),
        (Some(Format::Jsonl), _) => Ok(FileFormat::JsonLines),
        (None, None) => Ok(FileFormat::Ldif),
        (None, Some((_, Some(format)))) => Ok(format),
        (None, Some((path, None))) => {
            let message = format!("`{}` ends neither in `.ldif` nor in `.jsonl`", path.display());
            Err(Failure::new(Exit::Usage, message).hint("name it so, or say `--format`"))
        }
    }
}

fn read(project: &Project) -> Result<Snapshot, Failure> {
    let source = project.config.directory()?;
    let query = Query { attributes: project.policy.reads().clone(), ..Query::default() };
    let bar = Bar::new();
    let progress = |read| bar.at(Step::Reading(read));
    let reading = directory::read_with_schema(source, &query, Timestamp::now(), &progress);
    let (snapshot, schema) = runtime()?.block_on(reading)?;
    // Nothing that is written depends on it.
    keep_schema(schema, &project.config.state);
    Ok(snapshot)
}

fn write<W: Write>(
    out: W,
    format: FileFormat,
    snapshot: &Snapshot,
    redactor: Option<&Redactor>,
) -> io::Result<W> {
    let mut file = FileWriter::new(out, format)?;
    let hidden = |entry: EntryRef<'_>| match redactor {
        Some(redactor) => redactor.entry(&entry.to_entry()),
        None => entry.to_entry(),
    };
    snapshot.people.iter().try_for_each(|entry| file.person(hidden(entry)))?;
    snapshot.groups.iter().try_for_each(|entry| file.group(hidden(entry)))?;
    file.finish()
}

/// Either the whole file is there, or what was there before. Nobody else may read it.
fn to_file(
    path: &Path,
    format: FileFormat,
    snapshot: &Snapshot,
    redactor: Option<&Redactor>,
) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(Exit::Unexpected, format_args!("cannot write `{}`: {error}", path.display()))
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Of the file that is made on the way nobody has heard.
    std::fs::metadata(folder).map_err(failed)?;
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let file = write(BufWriter::new(file), format, snapshot, redactor)
        .and_then(|written| written.into_inner().map_err(io::IntoInnerError::into_error))
        .map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The key of the pseudonyms: of the environment, or the one that the state folder keeps, made when it is first needed.
fn key(project: &Project, environment: Option<&str>) -> Result<[u8; 32], Failure> {
    if let Some(name) = environment {
        let secret = Secret::Env(name.to_owned()).read("key of the pseudonyms")?;
        if secret.expose_secret().chars().count() < SHORTEST {
            let message = format!("the key in `{name}` has fewer than {SHORTEST} characters");
            return Err(Failure::new(Exit::Usage, message).hint("`openssl rand -hex 32` makes one"));
        }
        return Ok(Sha256::digest(secret.expose_secret().as_bytes()).into());
    }
    let path = project.config.state.join("redact.key");
    let failed = |error: io::Error| {
        let message = format!("cannot keep the key of the pseudonyms in `{}`: {error}", path.display());
        Failure::new(Exit::Unexpected, message)
    };
    match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            Failure::new(Exit::Unexpected, format_args!("`{}` is no key of pseudonyms", path.display()))
                .hint("remove it, and a new one is made; pseudonyms are others then")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::fs::create_dir_all(&project.config.state).map_err(failed)?;
            let mut key = [0; 32];
            for (half, random) in key.chunks_exact_mut(16).zip([uuid::Uuid::new_v4(), uuid::Uuid::new_v4()]) {
                half.copy_from_slice(random.as_bytes());
            }
            let mut file = tempfile::NamedTempFile::new_in(&project.config.state).map_err(failed)?;
            file.write_all(&key).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
            file.persist(&path).map_err(|error| failed(error.error))?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

/// Says what anybody can read in the file.
fn tell_kept(snapshot: &Snapshot, redactor: &Redactor) {
    let names: BTreeSet<&str> = snapshot
        .people
        .iter()
        .flat_map(|entry| entry.attributes())
        .map(|attribute| attribute.name)
        .filter(|name| redactor.keeps(name))
        .collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    talk(format_args!("written as they are, so look through them before you pass the file on: {names}"));
}

/// Decides everybody by both, and warns of those for whom it comes out otherwise.
fn tell_difference(policy: &Policy, snapshot: Snapshot, redactor: &Redactor) {
    let now = Timestamp::now();
    let hidden = Snapshot {
        people: snapshot.people.iter().map(|entry| redactor.entry(&entry.to_entry())).collect(),
        groups: snapshot.groups.iter().map(|entry| redactor.entry(&entry.to_entry())).collect(),
        ..snapshot.clone()
    };
    let before = Arc::new(Facts::of(&snapshot, now));
    let after = Arc::new(Facts::of(&hidden, now));
    tell_facts(&before);
    let outcome = |decision: &Decision| match &decision.verdict {
        Verdict::Provision { profile } => format!("{:?}", profile.role),
        Verdict::NotEntitled => "no role".to_owned(),
        Verdict::Barred => "barred".to_owned(),
        Verdict::Failed { .. } => "failed".to_owned(),
    };
    let others: std::collections::HashMap<_, _> =
        policy.decide_all(&after).iter().map(|decision| (decision.user, outcome(decision))).collect();
    let differ: Vec<String> = policy
        .decide_all(&before)
        .iter()
        .filter(|decision| others.get(&redactor.guid(decision.user)) != Some(&outcome(decision)))
        .map(|decision| format!("`{}`", escape(&decision.name)))
        .collect();
    if differ.is_empty() {
        talk("the policy decides on everybody as it does by the names");
    } else {
        let shown = differ.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        let more = if differ.len() > SHOWN { ", …" } else { "" };
        let count = counted(differ.len(), "user");
        talk(format_args!(
            "warning: by the pseudonyms the policy decides otherwise on {count} ({shown}{more}): a rule looks into \
             names or addresses in a way that cannot be kept"
        ));
    }
}
