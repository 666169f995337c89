use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Error, PolicyPaths, folder};

/// What a policy is made of: scripts, and tables that they look things up in.
const POLICY_ENDINGS: [&str; 2] = [".rhai", ".csv"];

/// The SHA-256 over all sources of a policy; shown as its first 12 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision([u8; 32]);

impl Revision {
    /// All 64 hexadecimal digits.
    #[must_use]
    pub fn full(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<'de> serde::Deserialize<'de> for Revision {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let byte = |at: usize| text.get(2 * at..2 * at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
        let mut bytes = [0; 32];
        for (at, slot) in bytes.iter_mut().enumerate() {
            *slot = byte(at).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no revision")))?;
        }
        Ok(Self(bytes))
    }
}

/// The first 12 digits of a revision or another hash: what is shown of it, and typed.
#[must_use]
pub fn short(digits: &str) -> &str {
    digits.get(..12).unwrap_or(digits)
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(short(&self.full()))
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Revision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.full())
    }
}

/// The files of a policy, read as one set: path relative to the policy folder, with `/`, to text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The script that is run first; a key of `files`.
    pub entry: String,
    pub files: BTreeMap<String, Arc<str>>,
    pub extra_attributes: Vec<String>,
}

impl Sources {
    /// Reads every script (`.rhai`) and table (`.csv`) below the policy folder as one set: what changes meanwhile is
    /// read again, and a set of old and new files is never returned. A byte order mark is not part of the text.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, is no text, is too large, or lies outside the folder; when the entry
    /// is not there; when the files do not hold still.
    pub fn read(paths: &PolicyPaths) -> Result<Self, Error> {
        let files = Self::read_folder(&paths.folder, &POLICY_ENDINGS)?;
        if !files.contains_key(&paths.entry) {
            return Err(Error::NoEntry { entry: paths.entry.clone(), folder: paths.folder.clone() });
        }
        Ok(Self { entry: paths.entry.clone(), files, extra_attributes: paths.extra_attributes.clone() })
    }

    /// The files below any folder of the project whose names end in one of `endings` (`.rhai`), read in the same
    /// way: path relative to the folder, with `/`, to text. No file at all is no error.
    ///
    /// # Errors
    /// As [`Sources::read`], but for the entry.
    pub fn read_folder(folder: &Path, endings: &[&str]) -> Result<BTreeMap<String, Arc<str>>, Error> {
        folder::read(folder, endings)
    }

    /// Two sets have one revision exactly when every path, every byte and every setting is the same.
    #[must_use]
    pub fn revision(&self) -> Revision {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(env!("CARGO_PKG_VERSION"));
        part(&self.entry);
        part(&self.extra_attributes.len().to_string());
        for attribute in &self.extra_attributes {
            part(attribute);
        }
        for (path, text) in &self.files {
            part(path);
            part(text);
        }
        Revision(hash.finalize().into())
    }
}
