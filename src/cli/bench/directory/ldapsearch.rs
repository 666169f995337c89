use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use secrecy::ExposeSecret as _;

use super::company::ASKED;
use super::place::{GROUPS, PEOPLE, Place};
use crate::cli::exit::{Exit, Failure};
use crate::directory::{OF_GROUPS, Query};

pub(super) fn is_installed() -> bool {
    let asked = Command::new("ldapsearch").arg("-VV").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok()
}

/// Has `ldapsearch` read the same, people and then groups, and throw it away: how many seconds that takes, and over
/// how many connections.
pub(super) fn measure(place: &Place) -> Result<(f64, usize), Failure> {
    let mut password = tempfile::NamedTempFile::new()?;
    password.write_all(place.password.read("directory password")?.expose_secret().as_bytes())?;
    let asked = ASKED.iter().map(|name| (*name).to_owned()).collect();
    let people: Vec<String> = Query { attributes: asked, ..Query::default() }.asked().into_iter().collect();
    let groups: Vec<String> = OF_GROUPS.map(str::to_owned).into();
    let searches = [(PEOPLE, people), (GROUPS, groups)];
    let started = Instant::now();
    for (filter, attributes) in &searches {
        search(place, password.path(), filter, attributes)?;
    }
    Ok((started.elapsed().as_secs_f64(), searches.len()))
}

fn search(place: &Place, password: &Path, filter: &str, attributes: &[String]) -> Result<(), Failure> {
    let mut command = Command::new("ldapsearch");
    command
        .args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", &place.url, "-D", &place.bind_dn, "-y"])
        .arg(password)
        .args(["-b", &place.base_dn, "-E", &format!("pr={}/noprompt", place.page_size), filter])
        .args(attributes)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if place.url.starts_with("ldap:") && !place.allow_plaintext {
        command.arg("-ZZ");
    }
    if let Some(file) = &place.ca_file {
        command.env("LDAPTLS_CACERT", file);
    }
    let status = command.status()?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(Exit::Unexpected, format_args!("`ldapsearch` did not read: {status}")))
}
