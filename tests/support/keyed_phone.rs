//! `holdline phone` in a process of its own, whose keys are pressed as it is told.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::bridge::holdline;

pub struct KeyedPhone {
    child: Child,
    keys: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl KeyedPhone {
    /// Where a bridge runs in that folder.
    pub fn dials_in(data: &Path) -> Self {
        let mut phone = holdline();
        phone.args(["phone", "--data"]).arg(data);
        let mut child = phone.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keys, lines) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, keys, lines: BufReader::new(lines) }
    }

    pub fn keys(&mut self, keys: &str) {
        writeln!(self.keys, "{keys}").unwrap();
    }

    /// Reads what it says until that is told.
    pub fn until(&mut self, told: &str) {
        let mut said = String::new();
        while !said.contains(told) {
            assert!(self.lines.read_line(&mut said).unwrap() > 0, "it was hung up: {said}");
        }
    }

    pub fn hangs_up(mut self) {
        self.keys("h");
        self.until("call over");
        assert!(self.child.wait().unwrap().success());
    }
}
