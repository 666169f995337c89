use std::collections::BTreeSet;
use std::future::pending;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// How long to wait for what.
#[derive(Clone, Copy)]
struct Pace {
    /// After the last event: a save is several.
    quiet: Duration,
    /// After the first event, should they never stop.
    longest: Duration,
    /// Without any event: no platform reports everything (network file systems report nothing).
    rescan: Duration,
    /// Until a watcher that died, or could not be made, is made anew.
    retry: Duration,
}

const PACE: Pace = Pace {
    quiet: Duration::from_millis(250),
    longest: Duration::from_secs(3),
    rescan: Duration::from_secs(60),
    retry: Duration::from_secs(5),
};

/// More than any policy has; where a root is somebody's home folder by mistake, the rest is seen by rescans.
const MOST_FOLDERS: usize = 1000;

/// A folder could not be watched.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch for changed files: {0}")]
pub struct Unwatchable(#[from] notify::Error);

/// Tells when to look at folders again. It says nothing of what changed: events are lost, doubled and late, so each is
/// only a reason to read everything and compare.
pub struct Watch {
    roots: Roots,
    pace: Pace,
    /// `None` while the watcher is dead.
    armed: Option<Armed>,
    /// The first and the last event since the last wake-up.
    events: Option<(Instant, Instant)>,
    rescan_at: Instant,
}

/// What is looked at: folders with all that is in them, and single files.
#[derive(Clone)]
struct Roots {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

struct Armed {
    _watcher: RecommendedWatcher,
    events: mpsc::Receiver<()>,
}

impl Watch {
    /// Watches these folders, whether they are there yet or not, and every folder below them. What is read after this
    /// returned and changes later is told.
    ///
    /// # Errors
    /// When the system gives no watcher, or not so many.
    pub fn new(folders: Vec<PathBuf>) -> Result<Self, Unwatchable> {
        Self::with_files(folders, Vec::new())
    }

    /// Watches these files as well, wherever they are. What else lies in their folders may wake for nothing.
    ///
    /// # Errors
    /// As [`Watch::new`].
    pub fn with_files(folders: Vec<PathBuf>, files: Vec<PathBuf>) -> Result<Self, Unwatchable> {
        Self::with_pace(Roots { folders, files }, PACE)
    }

    /// Asks the system for nothing, and wakes every 5 s.
    #[must_use]
    pub fn polling() -> Self {
        Self::polling_with(Pace { rescan: PACE.retry, ..PACE })
    }

    fn polling_with(pace: Pace) -> Self {
        let roots = Roots { folders: Vec::new(), files: Vec::new() };
        Self { roots, pace, armed: None, events: None, rescan_at: Instant::now() + pace.rescan }
    }

    fn with_pace(roots: Roots, pace: Pace) -> Result<Self, Unwatchable> {
        let armed = Some(arm(&roots)?);
        Ok(Self { roots, pace, armed, events: None, rescan_at: Instant::now() + pace.rescan })
    }

    /// Returns when the folders should be read again: 250 ms after the last event, at the latest 3 s after the first,
    /// and every 60 s without any. Nothing is lost when it is dropped before it returned.
    pub async fn changed(&mut self) {
        loop {
            let due = match self.events {
                Some((first, last)) => (last + self.pace.quiet).min(first + self.pace.longest),
                None => self.rescan_at,
            };
            tokio::select! {
                // In this order events that never end cannot put it off.
                biased;
                () = sleep_until(due) => break,
                event = next(&mut self.armed) => {
                    if event.is_some() {
                        self.wake();
                    } else {
                        self.armed = None;
                        self.rescan_at = self.rescan_at.min(Instant::now() + self.pace.retry);
                    }
                }
            }
        }
        self.rearm().await;
    }

    /// As if a file had changed now: whoever asks for a look may be in the middle of a save.
    pub fn wake(&mut self) {
        let now = Instant::now();
        self.events = Some((self.events.map_or(now, |(first, _)| first), now));
    }

    /// Made anew at every wake-up, before anything is read: so new folders are watched, folders that were replaced are
    /// not watched in their old place, and a dead watcher lives.
    async fn rearm(&mut self) {
        if self.roots.folders.is_empty() && self.roots.files.is_empty() {
            self.events = None;
            self.rescan_at = Instant::now() + self.pace.rescan;
            return;
        }
        let roots = self.roots.clone();
        let made = match tokio::task::spawn_blocking(move || arm(&roots)).await {
            Ok(made) => made.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let wait = if made.is_ok() { self.pace.rescan } else { self.pace.retry };
        match made {
            Ok(armed) => self.armed = Some(armed),
            Err(why) => tracing::warn!(%why, "changes may be seen late"),
        }
        self.events = None;
        self.rescan_at = Instant::now() + wait;
    }
}

/// The next event; `None` when the watcher died, never when there is none.
async fn next(armed: &mut Option<Armed>) -> Option<()> {
    match armed {
        Some(armed) => armed.events.recv().await,
        None => pending().await,
    }
}

fn arm(roots: &Roots) -> Result<Armed, Unwatchable> {
    // One event waiting is as good as many.
    let (sender, events) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading is an event too, and it is what follows from one.
        if !matches!(event, Ok(notify::Event { kind: EventKind::Access(_), .. })) {
            let _ = sender.try_send(());
        }
    })?;
    let mut watched = BTreeSet::new();
    loop {
        // Again, until nothing came between looking and watching.
        let found = folders(roots);
        let new: Vec<_> = found.difference(&watched).cloned().collect();
        if new.is_empty() {
            return Ok(Armed { _watcher: watcher, events });
        }
        for folder in new {
            match watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Err(error) if !is_gone(&error) => return Err(error.into()),
                // One that just went was seen to go in the folder above.
                _ => watched.insert(folder),
            };
        }
    }
}

fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::PathNotFound => true,
        notify::ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// What has to be watched now: each root and the folders below it, and where links on the way can be swapped.
fn folders(roots: &Roots) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for file in &roots.files {
        links(file, &mut found, 0);
        let beside = file.ancestors().skip(1).find_map(|above| above.canonicalize().ok());
        found.extend(beside);
        found.extend(file.canonicalize().ok().and_then(|real| real.parent().map(Path::to_owned)));
    }
    for root in &roots.folders {
        links(root, &mut found, 0);
        match root.canonicalize() {
            Ok(real) => below(&real, &real, &mut BTreeSet::new(), &mut found),
            // Where it will appear.
            Err(_) => found.extend(root.ancestors().skip(1).find_map(|above| above.canonicalize().ok())),
        }
    }
    found
}

/// The folder of each link in a path, and of the links that those lead to.
fn links(path: &Path, found: &mut BTreeSet<PathBuf>, depth: usize) {
    for part in path.ancestors() {
        let (Ok(target), Some(folder)) = (part.read_link(), part.parent()) else { continue };
        // As many as Linux follows (path_resolution(7)).
        if let Ok(real) = folder.canonicalize()
            && depth < 40
        {
            links(&real.join(target), found, depth + 1);
            found.insert(real);
        }
    }
}

/// A folder and those in it. Hidden ones are none of ours, but for what a ConfigMap's `..data` leads to, and what lies
/// outside the root is not policy.
fn below(folder: &Path, root: &Path, walked: &mut BTreeSet<PathBuf>, found: &mut BTreeSet<PathBuf>) {
    if !folder.starts_with(root) || walked.len() >= MOST_FOLDERS || !walked.insert(folder.to_owned()) {
        return;
    }
    found.insert(folder.to_owned());
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        if name.as_encoded_bytes().starts_with(b".") && name != "..data" {
            continue;
        }
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_symlink() {
            links(&path, found, 0);
        } else if !kind.is_dir() {
            continue;
        }
        if let Ok(real) = path.canonicalize() {
            if real.is_dir() {
                below(&real, root, walked, found);
            } else {
                found.extend(real.parent().map(Path::to_owned));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const FAST: Pace = Pace {
        quiet: Duration::from_millis(80),
        longest: Duration::from_millis(400),
        rescan: Duration::from_secs(600),
        retry: Duration::from_millis(50),
    };

    struct Folder {
        dir: tempfile::TempDir,
        watch: Watch,
    }

    impl Folder {
        fn new(prepare: impl FnOnce(&Path)) -> Self {
            let dir = tempfile::tempdir().unwrap();
            prepare(dir.path());
            let watch = Watch::with_pace(roots(dir.path().join("policy")), FAST).unwrap();
            Self { dir, watch }
        }

        fn path(&self, relative: &str) -> PathBuf {
            self.dir.path().join(relative)
        }

        /// Whether a wake-up comes in time.
        async fn wakes(&mut self) -> bool {
            tokio::time::timeout(Duration::from_secs(5), self.watch.changed()).await.is_ok()
        }

        async fn rests(&mut self) -> bool {
            tokio::time::timeout(FAST.longest * 2, self.watch.changed()).await.is_err()
        }
    }

    fn roots(folder: PathBuf) -> Roots {
        let files = vec![folder.parent().unwrap().join("rolecall.toml")];
        Roots { folders: vec![folder], files }
    }

    fn plain(root: &Path) {
        fs::create_dir_all(root.join("policy/lists")).unwrap();
        fs::write(root.join("policy/main.rhai"), "1").unwrap();
        fs::write(root.join("policy/lists/a.rhai"), "1").unwrap();
    }

    #[tokio::test]
    async fn a_save_wakes_once_and_reading_never() {
        let mut folder = Folder::new(plain);
        fs::read(folder.path("policy/main.rhai")).unwrap();
        fs::read_dir(folder.path("policy")).unwrap().for_each(drop);
        assert!(folder.rests().await);
        // As editors save: another file, moved over the old one.
        fs::write(folder.path("policy/.main.rhai.tmp"), "2").unwrap();
        fs::rename(folder.path("policy/.main.rhai.tmp"), folder.path("policy/main.rhai")).unwrap();
        assert!(folder.wakes().await);
        assert!(folder.rests().await);
        // And again, in a folder below.
        fs::write(folder.path("policy/lists/a.rhai"), "2").unwrap();
        assert!(folder.wakes().await);
        assert!(folder.rests().await);
    }

    #[tokio::test]
    async fn a_file_beside_the_folder_wakes_when_it_is_made_written_and_replaced() {
        let mut folder = Folder::new(plain);
        for text in ["1", "2"] {
            fs::write(folder.path("rolecall.toml"), text).unwrap();
            assert!(folder.wakes().await);
            assert!(folder.rests().await);
        }
        fs::write(folder.path("rolecall.toml~"), "3").unwrap();
        fs::rename(folder.path("rolecall.toml~"), folder.path("rolecall.toml")).unwrap();
        assert!(folder.wakes().await);
    }

    #[tokio::test]
    async fn without_events_it_wakes_again_and_again() {
        let rescan = Duration::from_millis(30);
        let (mut watch, start) = (Watch::polling_with(Pace { rescan, ..FAST }), Instant::now());
        for _ in 0..3 {
            watch.changed().await;
        }
        assert!(start.elapsed() >= rescan * 3 && start.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_look_that_is_asked_for_waits_for_the_save_it_falls_into() {
        for mut watch in [Folder::new(plain).watch, Watch::polling_with(FAST)] {
            let start = Instant::now();
            watch.wake();
            watch.changed().await;
            assert!(start.elapsed() >= FAST.quiet);
            assert!(tokio::time::timeout(FAST.longest * 2, watch.changed()).await.is_err());
        }
        let mut folder = Folder::new(plain);
        folder.watch.wake();
        tokio::time::sleep(FAST.quiet / 2).await;
        fs::write(folder.path("policy/main.rhai"), "2").unwrap();
        let saved = Instant::now();
        assert!(folder.wakes().await);
        assert!(saved.elapsed() >= FAST.quiet);
        assert!(folder.rests().await);
    }

    #[tokio::test]
    async fn a_new_folder_is_watched() {
        let mut folder = Folder::new(plain);
        fs::create_dir_all(folder.path("policy/x/y")).unwrap();
        assert!(folder.wakes().await);
        fs::write(folder.path("policy/x/y/b.rhai"), "").unwrap();
        assert!(folder.wakes().await);
    }

    #[tokio::test]
    async fn a_storm_gives_few_wake_ups() {
        let mut folder = Folder::new(plain);
        let file = folder.path("policy/main.rhai");
        let writer = std::thread::spawn(move || {
            for number in 0..1000 {
                fs::write(&file, number.to_string()).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let mut wakes = 0;
        loop {
            if !folder.rests().await {
                wakes += 1;
            } else if writer.is_finished() {
                break;
            }
        }
        writer.join().unwrap();
        // The longest wait goes by at least twice in the second or more that the storm takes.
        assert!((2..30).contains(&wakes), "{wakes}");
    }

    #[tokio::test]
    async fn a_folder_that_goes_and_comes_back_is_watched() {
        let mut folder = Folder::new(plain);
        fs::remove_dir_all(folder.path("policy")).unwrap();
        assert!(folder.wakes().await);
        assert!(folder.rests().await);
        plain(folder.dir.path());
        assert!(folder.wakes().await);
        fs::write(folder.path("policy/lists/a.rhai"), "3").unwrap();
        assert!(folder.wakes().await);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_config_map_that_is_swapped_wakes() {
        use std::os::unix::fs::symlink;
        let mut folder = Folder::new(|root| {
            fs::create_dir_all(root.join("policy/..1")).unwrap();
            fs::create_dir_all(root.join("policy/..2")).unwrap();
            symlink("..1", root.join("policy/..data")).unwrap();
            symlink("..data/main.rhai", root.join("policy/main.rhai")).unwrap();
        });
        symlink("..2", folder.path("policy/..data_tmp")).unwrap();
        fs::rename(folder.path("policy/..data_tmp"), folder.path("policy/..data")).unwrap();
        assert!(folder.wakes().await);
        assert!(folder.rests().await);
        fs::write(folder.path("policy/..2/main.rhai"), "").unwrap();
        assert!(folder.wakes().await);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_above_the_folder_that_is_swapped_wakes() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        for version in ["1", "2"] {
            fs::create_dir_all(dir.path().join("releases").join(version).join("policy")).unwrap();
        }
        symlink("releases/1", dir.path().join("current")).unwrap();
        let watch = Watch::with_pace(roots(dir.path().join("current/policy")), FAST).unwrap();
        let mut folder = Folder { dir, watch };
        symlink("releases/2", folder.path("next")).unwrap();
        fs::rename(folder.path("next"), folder.path("current")).unwrap();
        assert!(folder.wakes().await);
        assert!(folder.rests().await);
        fs::write(folder.path("releases/2/policy/main.rhai"), "").unwrap();
        assert!(folder.wakes().await);
    }

    #[tokio::test]
    async fn it_wakes_without_events_and_when_the_watcher_died() {
        let mut folder = Folder::new(plain);
        folder.watch.rescan_at = Instant::now() + Duration::from_millis(10);
        assert!(folder.wakes().await);
        let (_, events) = mpsc::channel(1);
        folder.watch.armed.as_mut().unwrap().events = events;
        assert!(folder.wakes().await);
        fs::write(folder.path("policy/main.rhai"), "4").unwrap();
        assert!(folder.wakes().await);
    }

    #[tokio::test]
    async fn dropping_the_wait_loses_nothing() {
        let mut folder = Folder::new(plain);
        fs::write(folder.path("policy/main.rhai"), "5").unwrap();
        let short = tokio::time::timeout(FAST.quiet / 2, folder.watch.changed()).await;
        assert!(short.is_err());
        assert!(folder.wakes().await);
    }
}
