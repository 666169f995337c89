use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::Schema;

impl Schema {
    /// What was kept in the state folder, if anything was and it can be read.
    #[must_use]
    pub fn kept(state: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path(state)).ok()?).ok()
    }

    /// Replaces what was kept, in one step.
    ///
    /// # Errors
    /// When it cannot be written; what was kept before is kept still.
    pub fn keep(&self, state: &Path) -> io::Result<()> {
        std::fs::create_dir_all(state)?;
        let mut file = tempfile::NamedTempFile::new_in(state)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        file.persist(path(state)).map_err(|error| error.error)?;
        Ok(())
    }
}

fn path(state: &Path) -> PathBuf {
    state.join("directory-schema.json")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_was_kept_is_there_again_and_what_is_torn_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        assert_eq!(Schema::kept(&state), None);
        let types = ["( 1.1 NAME 'sn' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )"];
        let schema = Schema::of("x".into(), Timestamp::UNIX_EPOCH, types, []);
        schema.keep(&state).unwrap();
        schema.keep(&state).unwrap();
        assert_eq!(Schema::kept(&state), Some(schema));
        std::fs::write(path(&state), "{\"source\": \"x\"").unwrap();
        assert_eq!(Schema::kept(&state), None);
    }
}
