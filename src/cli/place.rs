use std::path::PathBuf;

use crate::config::{Config, DirectorySource, FileSource};

/// Where people are read.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Place {
    /// Take the people of an export (`.ldif`, `.jsonl`), in place of the directory's
    #[arg(long, value_name = "FILE")]
    pub(super) snapshot: Option<PathBuf>,
}

impl Place {
    /// Puts the export, if one is named, in the place of the configured directory.
    pub(super) fn settle(&self, config: &mut Config) {
        if let Some(path) = &self.snapshot {
            config.directory = Some(DirectorySource::File(FileSource { path: path.clone() }));
        }
    }
}
