//! The users in a file: `{"last": 3, "users": [..]}`, replaced as a whole.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `U` is a list of users.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct State<U> {
    /// How many users there have ever been, so that no `id` is given twice.
    #[serde(default)]
    pub(super) last: u64,
    pub(super) users: U,
}

/// The state of an earlier start; none where there is no file yet.
pub(super) fn load(path: &Path) -> std::io::Result<State<Vec<Value>>> {
    match std::fs::read(path) {
        Ok(text) => Ok(serde_json::from_slice(&text)?),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(State::default()),
        Err(e) => Err(e),
    }
}

/// Writes beside the file and renames, so that the file is whole at every moment.
pub(super) fn save(path: &Path, state: &State<Vec<Arc<Value>>>) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, state)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
