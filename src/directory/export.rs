use std::io::{self, Write};
use std::path::Path;

use super::snapshot::{Entry, Raw};
use super::{jsonl, ldif};

/// How a directory is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// RFC 2849
    Ldif,
    /// One JSON object a line
    JsonLines,
}

impl FileFormat {
    /// By the file's ending, `.ldif` or `.jsonl`; `None` for every other.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "ldif" => Some(Self::Ldif),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// Writes a directory, entry by entry, so that [`read`](super::read) finds in the file what was in the directory.
pub struct FileWriter<W> {
    out: W,
    format: FileFormat,
}

impl<W: Write> FileWriter<W> {
    /// # Errors
    /// What `out` refuses, as of everything here.
    pub fn new(mut out: W, format: FileFormat) -> io::Result<Self> {
        if format == FileFormat::Ldif {
            out.write_all(ldif::HEAD.as_bytes())?;
        }
        Ok(Self { out, format })
    }

    /// # Errors
    /// As [`FileWriter::new`].
    pub fn person(&mut self, entry: Entry) -> io::Result<()> {
        self.entry(entry, "user")
    }

    /// # Errors
    /// As [`FileWriter::new`].
    pub fn group(&mut self, entry: Entry) -> io::Result<()> {
        self.entry(entry, "group")
    }

    /// Gives back what was written to, with everything written.
    ///
    /// # Errors
    /// As [`FileWriter::new`].
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn entry(&mut self, mut entry: Entry, class: &str) -> io::Result<()> {
        // A server is asked for people and for groups apart, and need not be asked what they are.
        if entry.values("objectClass").is_empty() {
            entry.push("objectClass", Raw::Text(class.to_owned()));
        }
        match self.format {
            FileFormat::Ldif => ldif::write_entry(&mut self.out, &entry),
            FileFormat::JsonLines => jsonl::write_entry(&mut self.out, &entry),
        }
    }
}
