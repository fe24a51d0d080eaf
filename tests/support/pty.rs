//! A program in a terminal of its own, and what is to be seen there: the few signs that a whole screen is drawn with.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// A program that runs in a terminal, as its user sees it.
pub struct Screen {
    child: Child,
    keyboard: ChildStdin,
    drawn: Receiver<Vec<u8>>,
    unread: Vec<u8>,
    all: Vec<u8>,
    /// The name of its terminal.
    device: String,
    cells: Vec<Vec<char>>,
    at: (usize, usize),
}

/// Nobody has to wait longer until something is drawn.
const PATIENCE: Duration = Duration::from_secs(30);

/// Nor for one thing, however often others are drawn.
const COMES_WITHIN: Duration = Duration::from_secs(120);

impl Screen {
    /// In a terminal of 80 x 24, with these variables in its environment.
    pub fn open(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let quoted: Vec<String> = arguments.iter().map(|word| format!("'{word}'")).collect();
        let command = format!("stty cols 80 rows 24; tty; exec '{program}' {}", quoted.join(" "));
        let mut child = Command::new("script")
            .args(["-qfec", &command, "/dev/null"])
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("this needs `script` of util-linux: {error}"));
        let keyboard = child.stdin.take().unwrap();
        let (mut output, (draws, drawn)) = (child.stdout.take().unwrap(), channel());
        std::thread::spawn(move || {
            let mut some = [0; 4_096];
            while let Ok(read @ 1..) = output.read(&mut some) {
                let _nobody_looks = draws.send(some[..read].to_vec());
            }
        });
        let mut screen = Self {
            child,
            keyboard,
            drawn,
            unread: Vec::new(),
            all: Vec::new(),
            device: String::new(),
            cells: vec![Vec::new(); 200],
            at: (0, 0),
        };
        while !screen.unread.contains(&b'\n') {
            assert!(screen.look(), "it ended");
        }
        let end = screen.unread.iter().position(|byte| *byte == b'\n').unwrap();
        let first: Vec<u8> = screen.unread.drain(..=end).collect();
        screen.device = String::from_utf8(first).unwrap().trim().to_owned();
        assert!(screen.device.starts_with("/dev/"), "{:?}", screen.device);
        screen
    }

    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Clicks on that key of a keypad, wherever it stands in a box.
    pub fn clicks(&mut self, key: char) {
        let face = |row: &[char], column: usize| {
            row[column] == key
                && column > 0
                && (1..4).any(|to_the_left| {
                    column >= to_the_left && row[column - to_the_left] == '\u{2502}'
                })
        };
        let found = self.cells.iter().enumerate().skip(5).find_map(|(row, cells)| {
            let column = (0..cells.len().min(26)).find(|&column| face(cells, column))?;
            Some((row, column))
        });
        let (row, column) = found.unwrap_or_else(|| panic!("no key {key}\n{}", self.shown()));
        let (column, row) = (column + 1, row + 1);
        self.types(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    }

    /// Gives the terminal another size, as its window would.
    pub fn resize(&mut self, width: u16, height: u16) {
        let (width, height) = (width.to_string(), height.to_string());
        let sizes = ["-F", &self.device, "cols", &width, "rows", &height];
        assert!(Command::new("stty").args(sizes).status().unwrap().success());
    }

    #[track_caller]
    pub fn until(&mut self, words: &str) {
        self.until_shown(words, |shown| shown.contains(words));
    }

    #[track_caller]
    pub fn until_it(&mut self, is: impl Fn(&str) -> bool) {
        self.until_shown("what is waited for here", is);
    }

    #[track_caller]
    fn until_shown(&mut self, what: &str, is: impl Fn(&str) -> bool) {
        let began = Instant::now();
        loop {
            self.draw();
            if is(&self.shown()) {
                return;
            }
            let goes_on = self.look() && began.elapsed() < COMES_WITHIN;
            assert!(goes_on, "it ended, or does not show {what:?}:\n{}", self.shown());
        }
    }

    /// What is to be seen.
    pub fn shown(&self) -> String {
        let last = self.cells.iter().rposition(|row| !row.is_empty()).map_or(0, |row| row + 1);
        let rows: Vec<String> = self.cells[..last].iter().map(|row| row.iter().collect()).collect();
        rows.join("\n")
    }

    /// Whether it has drawn anything in colour.
    pub fn has_colours(&self) -> bool {
        let text = String::from_utf8_lossy(&self.all);
        text.split("\x1b[").skip(1).any(|after| {
            let style = after.split(|sign: char| !(sign.is_ascii_digit() || sign == ';')).next();
            let is_style = after.chars().find(|sign| sign.is_alphabetic()) == Some('m');
            let parts = style.unwrap_or("").split(';').filter_map(|part| part.parse().ok());
            is_style
                && parts.into_iter().any(|part: u32| matches!(part, 30..=38 | 40..=48 | 90..=107))
        })
    }

    /// Whether it has drawn at all, and not only written lines.
    pub fn was_drawn_on(&self) -> bool {
        self.all.contains(&b'\x1b')
    }

    /// Waits until it has ended; whether it ended well.
    #[track_caller]
    pub fn ends(&mut self) -> bool {
        let began = Instant::now();
        while began.elapsed() < COMES_WITHIN && self.look() {}
        let is_over = self.drawn.try_recv() == Err(TryRecvError::Disconnected);
        assert!(is_over, "it does not end:\n{}", self.shown());
        self.child.wait().unwrap().success()
    }

    /// Takes what is drawn next; `false` when nothing is any more.
    fn look(&mut self) -> bool {
        let Ok(bytes) = self.drawn.recv_timeout(PATIENCE) else { return false };
        self.all.extend_from_slice(&bytes);
        self.unread.extend_from_slice(&bytes);
        true
    }

    /// Draws what has come, as far as it is whole.
    fn draw(&mut self) {
        let bytes = std::mem::take(&mut self.unread);
        let mut rest = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) => {
                self.unread = bytes[error.valid_up_to()..].to_vec();
                std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap()
            }
        };
        while let Some(sign) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("\x1b[") {
                let Some(end) = after.find(|sign: char| sign.is_ascii_alphabetic()) else {
                    let cut = std::mem::take(&mut self.unread);
                    self.unread = [rest.as_bytes(), &cut].concat();
                    return;
                };
                self.obey(&after[..end], after.as_bytes()[end]);
                rest = &after[end + 1..];
                continue;
            }
            if rest == "\x1b" {
                let cut = std::mem::take(&mut self.unread);
                self.unread = [rest.as_bytes(), &cut].concat();
                return;
            }
            match sign {
                '\r' => self.at.1 = 0,
                '\n' => self.at.0 += 1,
                sign if sign.is_control() => {}
                sign => self.put(sign),
            }
            rest = &rest[sign.len_utf8()..];
        }
    }

    fn put(&mut self, sign: char) {
        let (row, column) = self.at;
        let cells = &mut self.cells[row];
        if cells.len() <= column {
            cells.resize(column + 1, ' ');
        }
        cells[column] = sign;
        self.at.1 += 1;
    }

    fn obey(&mut self, numbers: &str, order: u8) {
        let mut numbers = numbers.split(';').map(|number| number.parse().unwrap_or(1_usize));
        let mut next = || numbers.next().unwrap_or(1);
        match order {
            b'H' => {
                let (row, column) = (next(), next());
                self.at = (row - 1, column - 1);
            }
            b'J' => self.cells.iter_mut().for_each(Vec::clear),
            _style_or_mode => {}
        }
    }
}

/// A test that fails leaves no program behind.
impl Drop for Screen {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _waited_for_already = self.child.wait();
    }
}
