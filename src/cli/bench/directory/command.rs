use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use clap::ValueEnum;
use secrecy::ExposeSecret as _;

use super::company::{BASE, Company};
use super::figures::{self, Figures, megabytes, per};
use super::place::Place;
use super::played::Played;
use super::{export, ldapsearch, reading, server};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::{Bar, data};
use crate::config::{DirectorySource, FileSource, Secret};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// How many people the made-up company has; a million take 1.8 GB of memory and a file of 1.7 GB for a while
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    people: u64,
    /// Which company; the same seed makes the same
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How often each reads, in turn
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Read from this server instead of a made-up company
    #[arg(long, requires = "bind_dn", requires = "base_dn")]
    url: Option<String>,
    #[arg(long, value_name = "DN")]
    bind_dn: Option<String>,
    /// The environment variable that has the password
    #[arg(long, value_name = "NAME", default_value = "ROLECALL_BIND_PASSWORD")]
    password_env: String,
    #[arg(long, value_name = "DN")]
    base_dn: Option<String>,
    /// Certificates to trust in place of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Read without encryption
    #[arg(long)]
    allow_plaintext: bool,
    /// Entries a page
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(i32).range(1..))]
    page_size: i32,
    /// The part of a measurement that a process of its own does
    #[arg(long, hide = true)]
    part: Option<Part>,
    /// What that part reads
    #[arg(long, hide = true)]
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Part {
    Server,
    Reader,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Exit, Failure> {
    match (args.part, &args.file) {
        (Some(Part::Server), _) => server::serve(&args.company())?,
        (Some(Part::Reader), Some(path)) => {
            reading::measure(&DirectorySource::File(FileSource { path: path.clone() }))?;
        }
        (Some(Part::Reader), None) => reading::measure(&DirectorySource::Ldap(args.place().source()))?,
        (None, _) => data(&measure(args)?)?,
    }
    Ok(Exit::Ok)
}

impl Args {
    fn company(&self) -> Company {
        Company::new(self.seed, usize::try_from(self.people).unwrap_or(usize::MAX))
    }

    fn place(&self) -> Place {
        Place {
            url: self.url.clone().unwrap_or_default(),
            bind_dn: self.bind_dn.clone().unwrap_or_default(),
            password: Secret::Env(self.password_env.clone()),
            base_dn: self.base_dn.clone().unwrap_or_default(),
            ca_file: self.ca_file.clone(),
            allow_plaintext: self.allow_plaintext,
            page_size: self.page_size,
        }
    }
}

fn measure(args: &Args) -> Result<String, Failure> {
    let bar = Bar::new();
    if args.url.is_some() {
        return over_ldap(&bar, args, &args.place(), None);
    }
    let folder = tempfile::TempDir::with_prefix("rolecall-bench-")?;
    let password = folder.path().join("password");
    std::fs::write(&password, "played")?;
    let company = args.company();
    let mut played = Played::start(args.seed, company.people)?;
    let place = Place {
        url: played.url.clone(),
        bind_dn: format!("CN=bench,{BASE}"),
        base_dn: BASE.to_owned(),
        password: Secret::File(password),
        allow_plaintext: true,
        ..args.place()
    };
    let mut out = over_ldap(&bar, args, &place, Some(&mut played))?;
    drop(played);

    bar.say("LDIF".to_owned());
    let path = folder.path().join("people.ldif");
    let size = export::write(&company, &path)?;
    let mut command = reader()?;
    command.arg("--file").arg(&path);
    let figures = figures::of(command)?;
    let _ = writeln!(out, "the same from an LDIF file of {:.0} MB", megabytes(size));
    line(&mut out, "rolecall", figures.people + figures.groups, figures.seconds);
    out.push('\n');
    memory(&mut out, &figures, Some(size));
    Ok(out)
}

fn reader() -> Result<Command, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench", "directory", "--part", "reader"]);
    Ok(command)
}

fn over_ldap(
    bar: &Bar,
    args: &Args,
    place: &Place,
    mut played: Option<&mut Played>,
) -> Result<String, Failure> {
    let compared = ldapsearch::is_installed();
    let (mut ours, mut theirs, mut received, mut last) = (Vec::new(), Vec::new(), None, None);
    for round in 1..=args.rounds {
        bar.say(format!("LDAP, round {round} of {}", args.rounds));
        if compared {
            let (seconds, connections) = ldapsearch::measure(place)?;
            theirs.push(seconds);
            if let Some(played) = &mut played {
                for _ in 0..connections {
                    played.sent()?;
                }
            }
        }
        let figures = figures::of(reader_of(place)?)?;
        if let Some(played) = &mut played {
            received = Some(played.sent()?);
        }
        ours.push(figures.seconds);
        last = Some(figures);
    }
    let Some(figures) = last else { return Ok(String::new()) };
    let entries = figures.people + figures.groups;
    let (ours, theirs) = (median(ours), median(theirs));
    let mut out = format!(
        "{} people and {} groups over LDAP, medians of {} rounds in turn\n",
        figures.people, figures.groups, args.rounds
    );
    line(&mut out, "rolecall", entries, ours);
    if compared {
        let _ = writeln!(out, ": {:.2} of the time of ldapsearch", ours / theirs);
        line(&mut out, "ldapsearch", entries, theirs);
        out.push('\n');
    } else {
        out.push_str("\n  `ldapsearch` is not installed, so there is nothing to compare with\n");
    }
    memory(&mut out, &figures, received);
    Ok(out)
}

/// The reader, with the same server and password.
fn reader_of(place: &Place) -> Result<Command, Failure> {
    const PASSWORD: &str = "ROLECALL_BENCH_PASSWORD";
    let mut command = reader()?;
    command
        .args(["--url", &place.url, "--bind-dn", &place.bind_dn, "--base-dn", &place.base_dn])
        .args(["--page-size", &place.page_size.to_string(), "--password-env", PASSWORD])
        .env(PASSWORD, place.password.read("directory password")?.expose_secret());
    if let Some(file) = &place.ca_file {
        command.arg("--ca-file").arg(file);
    }
    if place.allow_plaintext {
        command.arg("--allow-plaintext");
    }
    Ok(command)
}

/// Without its line break.
fn line(out: &mut String, who: &str, entries: usize, seconds: f64) {
    let _ = write!(out, "  {who:10} {seconds:>8.2} s, {:>8.0} entries a second", per(entries, 1) / seconds);
}

fn memory(out: &mut String, figures: &Figures, received: Option<u64>) {
    if let Some(peak) = figures.peak {
        let _ = write!(out, "  at most {:.0} MB of memory", megabytes(peak));
        if let Some(received) = received {
            let (peak, received) = (megabytes(peak), megabytes(received));
            let _ = write!(out, ", {:.2} of the {received:.0} MB read", peak / received);
        }
        out.push('\n');
    }
    let _ =
        writeln!(out, "  the snapshot has {:.0} bytes a person", per(figures.people_bytes, figures.people));
    let _ = writeln!(
        out,
        "  facts of it: {:.2} s, {:.0} bytes a person more",
        figures.facts_seconds,
        per(figures.facts_bytes, figures.people)
    );
    if let Some(why) = &figures.partial {
        let _ = writeln!(out, "  not whole: {why}");
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
