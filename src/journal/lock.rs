use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::Error;
use super::store::{create_folder, private};

/// The right to change the target and the links: one process at a time has it, until it is dropped or the process
/// ends in whatever way. Readers need none.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a state folder, which is created where it is missing. Does not wait.
    ///
    /// # Errors
    /// When another process has it, or the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self, Error> {
        create_folder(folder)?;
        let path = folder.join("lock");
        let open = |source| Error::Open { path: path.clone(), source };
        let mut file = private().open(&path).map_err(open)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The number is for the message alone; without it the message is shorter.
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(Error::Busy { folder: folder.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(open(source)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(open)?;
        writeln!(file, "{}", std::process::id()).map_err(open)?;
        Ok(Self { _file: file })
    }
}
