use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::company::Company;
use crate::cli::exit::Failure;
use crate::directory::write_ldif;

/// Writes the company as an LDIF file: its size in octets.
pub(super) fn write(company: &Company, path: &Path) -> Result<u64, Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    let people = (0..company.people).map(|number| company.person(number));
    let groups = (0..company.groups.len()).map(|number| company.group(number));
    for (index, object) in people.chain(groups).enumerate() {
        let text = write_ldif(&[company.entry(&object)]);
        // Each is written as a file of its own, and a file says once which version it has.
        let text = if index == 0 { &text } else { text.split_once("\n\n").map_or("", |(_, entry)| entry) };
        file.write_all(text.as_bytes())?;
    }
    Ok(file.into_inner().map_err(|error| error.into_error())?.metadata()?.len())
}
