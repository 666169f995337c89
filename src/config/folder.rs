use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Error;

/// Far above any script, far below what would fill the memory by mistake.
const LARGEST_FILE: u64 = 1 << 20;
/// Some hundred thousand rows.
const LARGEST_TABLE: u64 = 1 << 25;
/// Files and folders together, so that folders linked into each other end too.
const MOST_ENTRIES: usize = 2_000;
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(40);

/// The files below `folder` whose names end in one of `endings`, as one consistent set: path relative to `folder`,
/// with `/`, to text. Hidden files and folders are not looked at.
pub(super) fn read(folder: &Path, endings: &[&str]) -> Result<BTreeMap<String, Arc<str>>, Error> {
    for attempt in 0..ATTEMPTS {
        std::thread::sleep(PAUSE * attempt);
        match attempt_to_read(folder, endings) {
            Ok(Some(files)) => return Ok(files),
            Ok(None) => {}
            // What is replaced under our eyes is missing for a moment.
            Err(Error::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound && attempt + 1 < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unstable { path: folder.to_owned() })
}

/// `None` when something changed between the first look and the last.
fn attempt_to_read(folder: &Path, endings: &[&str]) -> Result<Option<BTreeMap<String, Arc<str>>>, Error> {
    let root = resolve(folder)?;
    let before = list(folder, &root, endings)?;
    let mut files = BTreeMap::new();
    for (name, file) in &before {
        files.insert(name.clone(), text(name, file)?);
    }
    let same = resolve(folder)? == root && list(folder, &root, endings)? == before;
    Ok(same.then_some(files))
}

/// The folder with every link resolved, once, so that a swap of links while reading cannot mix two versions. A
/// Kubernetes ConfigMap's own link `..data` is followed too.
fn resolve(folder: &Path) -> Result<PathBuf, Error> {
    let root = folder.canonicalize().map_err(|source| Error::Read { path: folder.to_owned(), source })?;
    match root.join("..data").canonicalize() {
        Ok(data) if data.starts_with(&root) => Ok(data),
        _ => Ok(root),
    }
}

/// A file as it was found: where it really is, and what tells that it changed.
#[derive(PartialEq)]
struct File {
    shown: PathBuf,
    real: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

fn list(folder: &Path, root: &Path, endings: &[&str]) -> Result<BTreeMap<String, File>, Error> {
    let mut walk = Walk { folder, root, endings, files: BTreeMap::new(), seen: 0 };
    walk.enter(root, "", &[])?;
    Ok(walk.files)
}

struct Walk<'a> {
    /// As the user wrote it, for messages.
    folder: &'a Path,
    /// The same, resolved; nothing outside it is read.
    root: &'a Path,
    endings: &'a [&'a str],
    files: BTreeMap<String, File>,
    seen: usize,
}

impl Walk<'_> {
    /// `above`: the resolved folders on the way here; a link back to one of them is not followed again.
    fn enter(&mut self, real: &Path, relative: &str, above: &[&Path]) -> Result<(), Error> {
        let here = self.folder.join(relative);
        let failed = |source| Error::Read { path: here.clone(), source };
        for entry in std::fs::read_dir(real).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            if is_hidden(&name) {
                continue;
            }
            self.seen += 1;
            if self.seen > MOST_ENTRIES {
                return Err(Error::TooMany { folder: self.folder.to_owned(), limit: MOST_ENTRIES });
            }
            self.visit(&real.join(&name), &name, relative, &[above, &[real]].concat())?;
        }
        Ok(())
    }

    fn visit(&mut self, path: &Path, name: &OsStr, relative: &str, above: &[&Path]) -> Result<(), Error> {
        let lossy = name.to_string_lossy();
        let wanted = self.endings.iter().any(|ending| lossy.ends_with(ending));
        let shown = self.folder.join(relative).join(name);
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(source) if wanted => return Err(Error::Read { path: shown, source }),
            // A dangling link that nobody asked for: locks of editors are such.
            Err(_) => return Ok(()),
        };
        let metadata = match std::fs::metadata(&real) {
            Ok(metadata) => metadata,
            Err(source) if wanted => return Err(Error::Read { path: shown, source }),
            Err(_) => return Ok(()),
        };
        if !wanted && !metadata.is_dir() {
            return Ok(());
        }
        if !real.starts_with(self.root) {
            return Err(Error::Outside { path: shown, folder: self.folder.to_owned() });
        }
        let Some(name) = name.to_str() else { return Err(Error::NotUtf8 { path: shown }) };
        let relative = if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
        if metadata.is_dir() {
            let loops = above.contains(&real.as_path());
            return if loops { Ok(()) } else { self.enter(&real, &relative, above) };
        }
        if !metadata.is_file() {
            // Reading a pipe would wait for ever.
            let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is not a regular file");
            return Err(Error::Read { path: shown, source });
        }
        let limit = largest(&relative);
        if metadata.len() > limit {
            return Err(Error::TooLarge { path: shown, limit });
        }
        let file = File {
            shown,
            real,
            length: metadata.len(),
            modified: metadata.modified().ok(),
            inode: inode(&metadata),
        };
        self.files.insert(relative, file);
        Ok(())
    }
}

/// Names with a dot in front: `.git`, a ConfigMap's `..data`, locks and swap files of editors.
fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}

/// Bytes that a file of this name may have.
fn largest(name: &str) -> u64 {
    if name.ends_with(".csv") { LARGEST_TABLE } else { LARGEST_FILE }
}

fn text(name: &str, file: &File) -> Result<Arc<str>, Error> {
    let failed = |source| Error::Read { path: file.shown.clone(), source };
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(&file.real).map_err(failed)?;
    // It may have grown since it was listed.
    let limit = largest(name);
    opened.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge { path: file.shown.clone(), limit });
    }
    let text = String::from_utf8(bytes).map_err(|_| Error::NotUtf8 { path: file.shown.clone() })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).into())
}
