//! Temporary projects, the binary run in them, and what of its output differs from run to run.

use std::fmt;
use std::io::{Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A folder of its own for one test, removed at its end.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::with_prefix("rolecall-test-").unwrap() }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// Writes a file, and the folders that it needs.
    pub(crate) fn write(&self, relative: &str, text: &str) -> &Self {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// The text with the project's folder as `[project]`.
    pub(crate) fn hide(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "[project]")
    }

    /// The binary, to be run in the project's folder: `project.rolecall(["plan"]).env("KEY", "x").run()`.
    pub(crate) fn rolecall<'a>(&'a self, args: impl IntoIterator<Item = &'a str>) -> Rolecall<'a> {
        self.command(env!("CARGO_BIN_EXE_rolecall"), args)
    }

    /// Another program, in the same way.
    pub(crate) fn command<'a>(
        &'a self,
        program: &str,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Rolecall<'a> {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.folder.path()).env_clear();
        // What a program needs to start at all, and nothing that could change what it says.
        for name in ["PATH", "HOME", "TMPDIR", "SYSTEMROOT"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        Rolecall { project: self, command }
    }
}

pub(crate) struct Rolecall<'a> {
    project: &'a Project,
    command: Command,
}

impl Rolecall<'_> {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end, with nothing on its standard input.
    pub(crate) fn run(mut self) -> Ran {
        let Output { status, stdout, stderr } =
            self.command.stdin(std::process::Stdio::null()).output().unwrap();
        let text = |bytes| self.project.hide(&String::from_utf8(bytes).expect("output is UTF-8"));
        Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Rolecall<'_> {
    /// Runs it to its end, with these lines on its standard input.
    pub(crate) fn typed(mut self, lines: &str) -> Ran {
        let piped = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let lines = lines.to_owned();
        // It may end before it has read everything.
        let writer = spawn(move || drop(input.write_all(lines.as_bytes())));
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let text = |bytes| self.project.hide(&String::from_utf8(bytes).expect("output is UTF-8"));
        Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }
}

/// A whole run, and what it took of the machine.
pub(crate) struct Used {
    pub(crate) ran: Ran,
    /// Of the processor.
    pub(crate) time: Duration,
    /// At its height, in bytes.
    pub(crate) memory: u64,
}

impl<'a> Rolecall<'a> {
    /// Runs it to its end, and watches what it takes. Linux alone tells.
    pub(crate) fn measured(self) -> Used {
        // The kernel counts processor time in hundredths of a second (proc(5), `sysconf(_SC_CLK_TCK)`).
        const TICK: Duration = Duration::from_millis(10);
        let mut running = self.start();
        let since = Instant::now();
        let process = PathBuf::from(format!("/proc/{}", running.child.id()));
        let (mut time, mut memory) = (Duration::ZERO, 0);
        while running.child.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < PATIENCE, "it goes on: {}", running.said());
            let read = |name: &str| std::fs::read_to_string(process.join(name)).unwrap_or_default();
            let height = read("status").lines().find_map(|line| {
                line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
            });
            memory = memory.max(height.unwrap_or(0) * 1024);
            // utime and stime are the 14th and 15th field; the 2nd may hold spaces, and ends with `)`.
            let ticks = read("stat").rsplit_once(')').map_or(0, |(_, fields)| {
                fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum()
            });
            time = time.max(TICK * ticks);
            sleep(Duration::from_millis(2));
        }
        Used { ran: running.end(), time, memory }
    }

    /// Starts it, to go on by itself.
    pub(crate) fn start(mut self) -> Running<'a> {
        let piped = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let out = Stream::of(child.stdout.take().unwrap());
        let err = Stream::of(child.stderr.take().unwrap());
        Running { project: self.project, child, out, err }
    }
}

/// Longer than anything that is waited for takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until something holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "not in time: {what}");
        sleep(Duration::from_millis(1));
    }
}

/// The binary at work; it is killed when this is dropped.
pub(crate) struct Running<'a> {
    project: &'a Project,
    child: Child,
    out: Stream,
    err: Stream,
}

impl Running<'_> {
    pub(crate) fn said(&self) -> String {
        self.project.hide(&self.err.text())
    }

    /// What it has written to stdout so far.
    pub(crate) fn wrote(&self) -> String {
        self.project.hide(&self.out.text())
    }

    /// Waits until it has said this so many times on stderr.
    pub(crate) fn says(&mut self, times: usize, text: &str) {
        let since = Instant::now();
        while self.said().matches(text).count() < times {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && since.elapsed() < PATIENCE, "no `{text}` in\n{}", self.said());
            sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `TERM`, `INT`, `HUP` ..
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        self.end()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ran {
        until("the end of the binary", || self.child.try_wait().unwrap().is_some());
        let code = self.child.wait().unwrap().code();
        Ran {
            code,
            stdout: self.project.hide(&self.out.whole()),
            stderr: self.project.hide(&self.err.whole()),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process writes, as it comes.
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                kept.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// All of it, after the process has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }
}

/// A whole run. Its `Display` is for snapshots, under [`stable`]'s guard.
#[derive(Debug)]
pub(crate) struct Ran {
    /// `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code {code}")?,
            None => writeln!(f, "ended by a signal")?,
        }
        writeln!(f, "--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// While the guard lives, snapshots have `[revision]`, `[id]`, `[time]`, `[duration]` and `[port]` in the place of what
/// differs from run to run.
pub(crate) fn stable() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    for (pattern, word) in [
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "[id]"),
        (r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", "[revision]"),
        (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", "[time]"),
        (r"\b\d+(\.\d+)? ?(ns|µs|ms|s)\b", "[duration]"),
        (r"\b(127\.0\.0\.\d+|localhost):\d+", "$1:[port]"),
    ] {
        settings.add_filter(pattern, word);
    }
    settings.bind_to_scope()
}

#[test]
fn the_binary_runs_in_the_project_with_a_clean_environment() {
    let ran = Project::new().rolecall(["--version"]).env("NO_COLOR", "1").run();
    assert_eq!(ran.code, Some(0), "{ran}");
}

#[test]
fn what_differs_from_run_to_run_is_named() {
    let project = Project::new();
    let stdout = project.hide(&format!(
        "{}: revision 0123456789ab, objectGUID 55c755fb-5779-5f73-8cc4-00dcd3be71fd\n\
         2026-01-31T10:20:30.5Z took 1.25s of 30 s, 12 users, http://127.0.0.1:8080/scim/v2\n",
        project.path("rolecall.toml").display()
    ));
    let ran = Ran { code: None, stdout, stderr: String::new() };
    let _guard = stable();
    insta::assert_snapshot!(ran, @r"
    ended by a signal
    --- stdout
    [project]/rolecall.toml: revision [revision], objectGUID [id]
    [time] took [duration] of [duration], 12 users, http://127.0.0.1:[port]/scim/v2
    --- stderr
    ");
}
