use std::collections::BTreeMap;
use std::path::Path;

use super::exit::{Exit, Failure};

/// Writes generated files below a folder: path relative to it, to text. What is there of the same name is replaced.
pub(super) fn write_files(folder: &Path, files: &BTreeMap<String, impl AsRef<[u8]>>) -> Result<(), Failure> {
    if folder.exists() && !folder.is_dir() {
        let message = format_args!("`{}` is a file, not a folder", folder.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    for (name, text) in files {
        let path = folder.join(name);
        let written =
            path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        written.map_err(|error| {
            Failure::new(Exit::Unexpected, format_args!("cannot write `{}`: {error}", path.display()))
        })?;
    }
    Ok(())
}
