//! The running bridge from outside: the binary, on a folder of its own.
#![allow(dead_code, reason = "each test binary uses its part")]

#[path = "in_memory.rs"]
mod in_memory;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub use in_memory::folder;

/// A bridge that runs, on a folder of its own.
pub struct Bridge {
    pub child: Child,
    /// There until it is stopped.
    folder: Option<TempDir>,
    /// What it said until it was ready.
    pub said: String,
}

/// The program, without what the environment of the tests would tell it.
pub fn holdline() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("holdline"));
    command.env_remove("RUST_LOG").env_remove("HOLDLINE_PEPPER");
    command
}

/// Sends a process a signal, such as `-TERM`.
pub fn send_signal(pid: u32, signal: &str) {
    let signal = match signal {
        "-TERM" => Signal::TERM,
        "-INT" => Signal::INT,
        "-HUP" => Signal::HUP,
        "-STOP" => Signal::STOP,
        "-CONT" => Signal::CONT,
        other => panic!("{other}"),
    };
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), signal).unwrap();
}

/// A bound for what would never come: no promise of ours.
pub const EVER: Duration = Duration::from_secs(60);

impl Bridge {
    pub fn start() -> Self {
        Self::start_in(folder())
    }

    pub fn start_in(folder: TempDir) -> Self {
        Self::start_as(holdline(), folder)
    }

    pub fn start_as(command: Command, folder: TempDir) -> Self {
        Self::start_logging(command, folder, "warn", Stdio::piped())
    }

    /// With a log of its own; what does not go into a pipe is not given by [`Bridge::stop`].
    pub fn start_logging(mut command: Command, folder: TempDir, what: &str, log: Stdio) -> Self {
        let mut child = command
            .args(["serve", "--http", "127.0.0.1:0", "--log", what, "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
        while !said.contains("HTTP ") {
            assert!(lines.read_line(&mut said).unwrap() > 0, "it ended: {said}");
        }
        Self { child, folder: Some(folder), said }
    }

    pub fn data(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        holdline().args(arguments).arg("--data").arg(self.data()).output().unwrap()
    }

    /// Where it answers HTTP.
    pub fn address(&self) -> &str {
        self.said.split("http://").nth(1).unwrap().split('/').next().unwrap()
    }

    pub fn get(&self, path: &str) -> String {
        let address = self.address();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Waits until its metrics are so, and gives them: a shard that was late is not in all of them.
    pub fn until_metrics(&self, is: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let metrics = self.get("/metrics");
            if is(&metrics) {
                return metrics;
            }
            assert!(began.elapsed() < EVER, "{metrics}");
        }
    }

    pub fn pin(&self) -> String {
        std::fs::read_to_string(self.data().join("first-pin")).unwrap().trim().to_owned()
    }

    /// Tells it to stop; gives its exit code and what it logged. A code of 0 says by its own clock that it took less than five
    /// seconds.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, String, TempDir) {
        let began = Instant::now();
        send_signal(self.child.id(), signal);
        let code = self.child.wait().unwrap().code();
        assert!(began.elapsed() < EVER, "{:?}", began.elapsed());
        let mut log = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            stderr.read_to_string(&mut log).unwrap();
        }
        (code, log, self.folder.take().unwrap())
    }
}

/// A test that fails leaves no bridge behind.
impl Drop for Bridge {
    fn drop(&mut self) {
        let _stopped_already = self.child.kill();
        let _waited_for_already = self.child.wait();
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes a file that only its owner can read.
pub fn for_owner_alone(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
