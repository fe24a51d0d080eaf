//! How long it takes to guess an organizer's PIN by telephone: attackers call a bridge in virtual time, and what its store
//! lets them check is counted. The baseline of each ratio is the same attack without a lockout.
//!
//! Keys take 80 ms each, the fastest that networks pass on. The checks themselves are left out (each answer comes after the
//! 80 ms that a digest takes), because a day of a hundred lines has millions of them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench fails where it cannot go on, prints, and reads the real clock"
)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use holdline::admin::demonstration;
use holdline::domain::audit::{AuditEntry, Signed};
use holdline::domain::directory::{Change, Directory};
use holdline::domain::letter::Letter;
use holdline::domain::lockout::{AttemptsByLength, Gate, LockoutSettings};
use holdline::domain::pin::{HashError, Pin, PinDigest, PinHasher};
use holdline::domain::{
    CallRecord, CallSource, Digit, Entry, Key, LegId, MeetingCard, MeetingId, PhoneNumber, Record,
    Ticket, Uptime, UtcTime,
};
use holdline::exchange::{Config, Exchange, HungUpBy, Input, Output, SoundMode, Switch};
use holdline::media::sounds::Sounds;
use holdline::store::{Argon2Hasher, Attempt, MemoryStore, PinVerdict, Store, StoreError, answer};

const CONFERENCE_ID: &str = "147852036";
const KEY: Duration = Duration::from_millis(80);
const CHECK: Duration = Duration::from_millis(80);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How an attacker goes about it.
#[derive(Clone, Copy)]
struct Attack {
    name: &'static str,
    lines: u32,
    numbers: Numbers,
    keys: Keys,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Each line has its own.
    OwnEach,
    /// Each call comes from another.
    Rotating,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// A guess, a pause for the answer, the next guess.
    OneByOne,
    /// Nothing but `#` at the PIN prompt.
    PoundAlone,
    /// `#` one digit too early: as if the answer could tell whether the beginning was right.
    EarlyPound,
    /// Three guesses in one go, without waiting for an answer.
    TypeAhead,
}

const ATTACKS: [Attack; 7] = {
    use Keys::{EarlyPound, OneByOne, PoundAlone, TypeAhead};
    use Numbers::{OwnEach, Rotating};
    const fn attack(name: &'static str, lines: u32, numbers: Numbers, keys: Keys) -> Attack {
        Attack { name, lines, numbers, keys }
    }
    [
        attack("one line", 1, OwnEach, OneByOne),
        attack("one line, nothing but #", 1, OwnEach, PoundAlone),
        attack("one line, early #", 1, OwnEach, EarlyPound),
        attack("one line, type-ahead", 1, OwnEach, TypeAhead),
        attack("a hundred lines", 100, OwnEach, OneByOne),
        attack("a hundred lines, rotating numbers", 100, Rotating, OneByOne),
        attack("a hundred lines, both", 100, Rotating, TypeAhead),
    ]
};

fn main() {
    println!("attempts at one organizer's PIN that are checked at all, in one day of calling");
    println!("expected days to a hit: half of all PINs of that length, at that rate\n");
    println!(
        "{:<34} {:>8} {:>7} {:>11} {:>9}  expected days to a hit",
        "attack", "lockout", "digits", "checks/day", "ratio"
    );
    for attack in ATTACKS {
        let mut free = BTreeMap::new();
        for (lockout, settings, digits) in [
            ("none", none(), &[4, 5, 6, 8, 12][..]),
            ("nist", LockoutSettings::nist(), &[4, 5, 6, 8, 12][..]),
            ("sfb", LockoutSettings::sfb(), &[4, 5, 6, 8, 12][..]),
        ] {
            // From six digits on the limits are the same, and what takes time are the keys.
            let mut longest: Option<Day> = None;
            for &digits in digits {
                let day = match longest {
                    Some(day) if lockout != "none" && digits > 6 => day,
                    Some(_) | None => a_day(attack, settings, digits, lockout != "none"),
                };
                longest = Some(day);
                let baseline = *free.entry(digits).or_insert(day.checks);
                let ratio = match baseline > 0.0 {
                    true => format!("{:.6}", day.checks / baseline),
                    false => "-".to_owned(),
                };
                println!(
                    "{:<34} {lockout:>8} {digits:>7} {:>11.0} {ratio:>9}  {}",
                    attack.name,
                    day.checks,
                    expected(attack, day, digits),
                );
            }
        }
        println!();
    }
    timing();
}

/// What came of one day.
#[derive(Clone, Copy)]
struct Day {
    checks: f64,
    /// After how many checks only an administrator unlocks; `None` without a lockout.
    locked_for_good_after: Option<f64>,
}

fn expected(attack: Attack, day: Day, digits: u8) -> String {
    let pins = 10_f64.powi(digits.into());
    match day.locked_for_good_after {
        _any if day.checks < 1.0 => "never: nothing is checked".to_owned(),
        _any if attack.keys == Keys::EarlyPound => {
            "never: what is too short is checked, and is the PIN of nobody".to_owned()
        }
        Some(total) => format!(
            "never: after {:.1} days and {total:.0} checks locked until unlocked, a chance of 1 in {:.0}",
            total / day.checks,
            pins / total
        ),
        None => format!("{:.3}", pins / 2.0 / day.checks),
    }
}

/// No lockout and nobody kept out.
fn none() -> LockoutSettings {
    let never = AttemptsByLength::same(u32::MAX);
    LockoutSettings { in_window: never, total: never, ..LockoutSettings::nist() }
}

/// One day of an attack. Without a lockout nothing changes from one hour to the next, so an hour stands for the day.
fn a_day(attack: Attack, lockout: LockoutSettings, digits: u8, locks: bool) -> Day {
    let pin = Pin::parse(&"9".repeat(digits.into())).unwrap();
    let hasher = Never(Argon2Hasher::cheap_for_tests().unwrap());
    let id = CONFERENCE_ID.parse().unwrap();
    let mut directory = demonstration::organization(&pin, id, &hasher, [7; 16]).unwrap();
    let mut settings = directory.organization().settings.clone();
    settings.lockout = lockout;
    if !locks {
        settings.caller_lockout.wrong_entries = u32::MAX.try_into().unwrap();
    }
    directory.apply(Change::SettingsChanged(Box::new(settings))).unwrap();
    let store =
        Counting { store: MemoryStore::from_directory(directory), checks: AtomicU64::new(0) };
    let (time, parts) = if locks { (DAY, 1.0) } else { (DAY / 24, 24.0) };
    // Where a lock lasts an hour, a hundred lines gain nothing by hurrying.
    let pause = Duration::from_secs(if locks && attack.lines > 1 { 30 } else { 1 });
    let mut siege = Siege::new(attack, digits, pause, &store, &hasher);
    siege.last(time);
    let checks = store.checks.load(Ordering::Relaxed) as f64;
    let total = f64::from(lockout.limits(pin.length()).total);
    Day { checks: checks * parts, locked_for_good_after: locks.then_some(total) }
}

/// Attackers at an exchange, in virtual time.
struct Siege<'a> {
    attack: Attack,
    pause: Duration,
    digits: u8,
    exchange: Exchange,
    store: &'a Counting,
    hasher: &'a Never,
    now: Uptime,
    due: BinaryHeap<Reverse<(Uptime, u64, Due)>>,
    added: u64,
    calls: u64,
    guess: u64,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Call(u32),
    Bring(Brought),
    HangUp(u32, u64),
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Brought {
    Answered(u64),
    Key(u64, char),
    Verdict(Ticket, Verdict),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    MayCall,
    KeptOut,
    Meeting,
    Mismatch,
}

impl<'a> Siege<'a> {
    fn new(
        attack: Attack,
        digits: u8,
        pause: Duration,
        store: &'a Counting,
        hasher: &'a Never,
    ) -> Self {
        let config = Config {
            sound: SoundMode::Durations,
            trace: Switch::Off,
            journal: Switch::Off,
            watch: Switch::Off,
            legs_max: 256,
            ..Config::default()
        };
        let mut siege = Self {
            attack,
            pause,
            digits,
            exchange: Exchange::new(config, Arc::new(Sounds::synthetic())),
            store,
            hasher,
            now: Uptime::ZERO,
            due: BinaryHeap::new(),
            added: 0,
            calls: 0,
            guess: 0,
        };
        (0..attack.lines).for_each(|line| {
            siege.later(Duration::from_millis(u64::from(line) * 37), Due::Call(line))
        });
        siege
    }

    fn later(&mut self, after: Duration, due: Due) {
        self.added += 1;
        self.due.push(Reverse((self.now + after, self.added, due)));
    }

    fn last(&mut self, time: Duration) {
        let until = Uptime::ZERO + time;
        while let Some(Reverse((at, _, due))) = self.due.pop()
            && at < until
        {
            while let Some((own, _)) = self.exchange.next_deadline()
                && own <= at
            {
                self.now = own;
                self.exchange.advance(own);
                self.drain();
            }
            self.now = at;
            self.do_due(due);
        }
    }

    fn do_due(&mut self, due: Due) {
        match due {
            Due::Call(line) => self.call(line),
            Due::HangUp(line, leg) => {
                let by = HungUpBy::Caller;
                self.bring(Input::HungUp { leg: LegId::new(leg), by });
                self.later(self.pause, Due::Call(line));
            }
            Due::Bring(Brought::Answered(leg)) => {
                self.bring(Input::Answered { leg: LegId::new(leg) });
            }
            Due::Bring(Brought::Key(leg, key)) => {
                let key = Key::Digit(Digit::from_char(key).unwrap());
                self.bring(Input::Digit { leg: LegId::new(leg), key });
            }
            Due::Bring(Brought::Verdict(ticket, verdict)) => {
                use holdline::domain::Answer as A;
                let answer = match verdict {
                    Verdict::MayCall => A::MayCall,
                    Verdict::KeptOut => A::KeptOut,
                    Verdict::Meeting => {
                        let id = CONFERENCE_ID.parse().unwrap();
                        let directory = self.store.directory().unwrap();
                        A::Meeting(Box::new(directory.card(id, self.utc()).unwrap()))
                    }
                    Verdict::Mismatch => A::PinMismatch,
                };
                self.bring(Input::Answer { ticket, answer });
            }
        }
    }

    /// A call with all it is going to key.
    fn call(&mut self, line: u32) {
        self.calls += 1;
        let leg = self.calls;
        let number = match self.attack.numbers {
            Numbers::OwnEach => u64::from(line),
            Numbers::Rotating => self.calls,
        };
        let from: PhoneNumber = format!("+1{:010}", 2_000_000_000 + number).parse().unwrap();
        let called = "+14255550100".parse().unwrap();
        let from = CallSource::of_number(from);
        self.bring(Input::IncomingCall { leg: LegId::new(leg), from, called });

        let mut at = Duration::from_millis(300);
        let key = |siege: &mut Self, at: &mut Duration, keys: &str| {
            for character in keys.chars() {
                siege.later(*at, Due::Bring(Brought::Key(leg, character)));
                *at += KEY;
            }
        };
        key(self, &mut at, &format!("{CONFERENCE_ID}#*"));
        for _ in 0..3 {
            let guess = match self.attack.keys {
                Keys::OneByOne | Keys::TypeAhead => self.next_guess(),
                Keys::EarlyPound => self.next_guess().split_off(1),
                Keys::PoundAlone => String::new(),
            };
            key(self, &mut at, &format!("{guess}#"));
            match self.attack.keys {
                Keys::OneByOne | Keys::EarlyPound | Keys::PoundAlone => {
                    at += Duration::from_millis(200);
                }
                Keys::TypeAhead => {}
            }
        }
        self.later(at + Duration::from_millis(300), Due::HangUp(line, leg));
    }

    /// Never the PIN itself, which is all nines.
    fn next_guess(&mut self) -> String {
        self.guess = (self.guess + 1) % 9_999;
        format!("{:0width$}", self.guess, width = usize::from(self.digits))
    }

    fn bring(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    fn utc(&self) -> UtcTime {
        UtcTime::default() + self.now.since(Uptime::ZERO)
    }

    fn drain(&mut self) {
        use holdline::domain::Answer as A;
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Answer { leg } => {
                    let answered = Due::Bring(Brought::Answered(leg.number()));
                    self.later(Duration::from_millis(100), answered);
                }
                Output::Ask { ticket, question } => {
                    let verdict = match answer(self.store, self.hasher, &question, self.utc()) {
                        A::MayCall => Verdict::MayCall,
                        A::KeptOut => Verdict::KeptOut,
                        A::Meeting(_) => Verdict::Meeting,
                        A::PinMismatch => Verdict::Mismatch,
                        other => unreachable!("an attacker got {other:?}"),
                    };
                    let after = match verdict {
                        Verdict::Mismatch => CHECK,
                        Verdict::MayCall | Verdict::KeptOut | Verdict::Meeting => {
                            Duration::from_millis(1)
                        }
                    };
                    self.later(after, Due::Bring(Brought::Verdict(ticket, verdict)));
                }
                Output::HangUp { .. }
                | Output::FileRecord(_)
                | Output::MeetingOpened(_)
                | Output::HandedOver(_)
                | Output::RecordingEnded(_)
                | Output::MeetingClosed(_)
                | Output::Trace(_)
                | Output::Journal(_)
                | Output::Broken(_) => {}
            }
        }
    }
}

/// A hasher for which no guess is ever right, without the work.
struct Never(Argon2Hasher);

impl PinHasher for Never {
    fn digest(&self, pin: &Pin, salt: [u8; 16]) -> Result<PinDigest, HashError> {
        self.0.digest(pin, salt)
    }

    fn verify(&self, _: &[u8], _: &PinDigest) -> Result<bool, HashError> {
        Ok(false)
    }

    fn decoy(&self) -> &PinDigest {
        self.0.decoy()
    }

    fn is_outdated(&self, _: &PinDigest) -> bool {
        false
    }
}

/// Counts the attempts that could have succeeded.
struct Counting {
    store: MemoryStore,
    checks: AtomicU64,
}

impl Store for Counting {
    fn may_call(&self, from: CallSource, now: UtcTime) -> Result<bool, StoreError> {
        self.store.may_call(from, now)
    }

    fn count_wrong_entries(&self, entries: &[(CallSource, UtcTime)]) -> Result<(), StoreError> {
        self.store.count_wrong_entries(entries)
    }

    fn find_meeting(&self, entry: &Entry, now: UtcTime) -> Result<Option<MeetingCard>, StoreError> {
        self.store.find_meeting(entry, now)
    }

    fn open_attempt(&self, meeting: MeetingId, now: UtcTime) -> Result<Attempt, StoreError> {
        let attempt = self.store.open_attempt(meeting, now)?;
        if attempt.gate() == Gate::Open {
            self.checks.fetch_add(1, Ordering::Relaxed);
        }
        Ok(attempt)
    }

    fn close_attempt(
        &self,
        attempt: Attempt,
        verdict: PinVerdict,
        now: UtcTime,
    ) -> Result<PinVerdict, StoreError> {
        self.store.close_attempt(attempt, verdict, now)
    }

    fn commit(
        &self,
        signed: Signed,
        changes: Vec<Change>,
        letters: Vec<Letter>,
    ) -> Result<(), StoreError> {
        self.store.commit(signed, changes, letters)
    }

    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.store.audit(limit)
    }

    fn file_records(&self, _: &[Record]) -> Result<(), StoreError> {
        Ok(())
    }

    fn latest_calls(&self, limit: usize) -> Result<Vec<CallRecord>, StoreError> {
        self.store.latest_calls(limit)
    }

    fn directory(&self) -> Result<Arc<Directory>, StoreError> {
        self.store.directory()
    }
}

/// Whether the time of a check tells a guess of the right length from one of a wrong length: Welch's t, of which 4.5 is
/// the usual alarm. With the cheap parameters, in which a difference would stand out most.
fn timing() {
    const TRIES: usize = 10_000;
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let digest = hasher.digest(&Pin::parse("48213").unwrap(), [3; 16]).unwrap();
    let mut times: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..TRIES {
        for (entry, times) in [&b"48214"[..], &b"482134821348"[..]].into_iter().zip(&mut times) {
            let since = Instant::now();
            let right = hasher.verify(entry, &digest).unwrap();
            times.push(since.elapsed().as_nanos() as f64);
            assert!(!right, "a wrong PIN was right");
        }
    }
    let [right, wrong] = times.map(|mut times| {
        // The slowest hundredth is the machine's.
        times.sort_by(f64::total_cmp);
        times.truncate(TRIES * 99 / 100);
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    let t = (right.0 - wrong.0) / (right.1 + wrong.1).sqrt();
    println!(
        "a check of the right length: {:.0} ns; of twelve digits instead of five: {:.0} ns; ratio {:.4}, Welch's t {t:.2}",
        right.0,
        wrong.0,
        wrong.0 / right.0
    );
}
