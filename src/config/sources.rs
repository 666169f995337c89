use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

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

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.full().get(..12).unwrap_or_default())
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
        part(&self.extra_attributes.join(","));
        for (path, text) in &self.files {
            part(path);
            part(text);
        }
        Revision(hash.finalize().into())
    }
}
