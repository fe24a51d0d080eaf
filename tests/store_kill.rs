//! Kills a process at any instant of its writes, and while it opens the database, makes it or brings an older one up to date,
//! again and again: what it said was kept is kept, and nothing half done is seen. `HOLDLINE_KILLS` says how often.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test, its child, and an instant at random to kill it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use holdline::admin::{self, Command as Admin, Desk, ResetBy};
use holdline::domain::directory::{Directory, MeetingKind, Organization, RuleOverrides};
use holdline::domain::{
    Actor, CallRecord, Entry, HangupCause, LegId, MeetingId, MeetingRecord, PhoneNumber, Record,
    Role, Signed, UserId, UtcTime,
};
use holdline::store::{Argon2Hasher, SqliteStore, Store};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Where the child writes; set only for it.
const FILE: &str = "HOLDLINE_KILL_FILE";
/// From which number on its calls are counted.
const FROM: &str = "HOLDLINE_KILL_FROM";

/// What the child says begins so: the test's own words come before the first of it, on the same line.
const SAYS: &str = "says ";

/// The latest a child is killed after it has said something, in microseconds: longer than a commit takes.
const INSTANT_MAX: u64 = 5_000;

fn now() -> UtcTime {
    UtcTime::from_micros(1_700_000_000_000_000)
}

fn call(leg: u64) -> CallRecord {
    let number: PhoneNumber = "+14255550123".parse().unwrap();
    CallRecord {
        leg: LegId::new(leg),
        user: None,
        caller: Some(number),
        called: Some(number),
        meeting: None,
        role: Some(Role::Attendee),
        pin_used: false,
        admitted_by: None,
        commands: Vec::new(),
        answered_at: now(),
        duration: Duration::from_secs(60),
        waited: Duration::ZERO,
        in_meeting: Duration::ZERO,
        cause: HangupCause::CallerHungUp,
    }
}

fn address(user: u64) -> String {
    format!("user{user}@contoso.example")
}

/// What the child does until it is killed.
struct Child {
    store: SqliteStore,
    hasher: Argon2Hasher,
    rng: ChaCha8Rng,
    leg: u64,
}

/// What is on file about a user: the digest of the PIN, and how many wrong ones count.
fn about(store: &SqliteStore, directory: &Directory, user: UserId) -> (String, u64) {
    let conferencing = directory.user(user).unwrap().audio_conferencing.as_ref();
    let digest = conferencing.map_or("-", |conferencing| conferencing.pin.digest.reveal());
    let counters = serde_json::to_value(store.counters(user).unwrap()).unwrap();
    (digest.to_owned(), counters["total"].as_u64().unwrap())
}

impl Child {
    /// People come and may hold meetings, have their PINs reset, tried and unlocked, and get letters; meetings are made and
    /// called off; calls and meetings are filed. What is about to be done is said before, and what came of it once it has been
    /// acknowledged.
    fn write_for_ever(path: &Path, from: u64) -> ! {
        say("opening");
        let store = SqliteStore::open(path).unwrap();
        let hasher = Argon2Hasher::cheap_for_tests().unwrap();
        let mut child = Self { store, hasher, rng: ChaCha8Rng::seed_from_u64(from), leg: from };
        loop {
            child.write();
        }
    }

    fn write(&mut self) {
        let directory = self.store.directory().unwrap();
        let next = directory.next_user_id().number();
        let user = UserId::new(self.rng.random_range(1..next.max(2)));
        let scheduled = directory.meetings().filter(|one| one.kind == MeetingKind::Scheduled);
        let meeting = scheduled.map(|meeting| meeting.id).next();
        match self.rng.random_range(0..10) {
            0 => {
                let (name, address) = (format!("User {next}"), Some(address(next)));
                self.alter(UserId::new(next), Admin::AddUser { name, address, number: None });
            }
            1 | 2 => self.alter(user, Admin::EnableConferencing { user, send_to: None }),
            3 => {
                let by = ResetBy::Administrator;
                self.alter(user, Admin::ResetPin { user, by, send_to: None });
            }
            4 => self.alter(user, Admin::Unlock { user }),
            5 | 6 => self.try_a_pin(&directory, user),
            7 => self.schedule(user),
            8 => meeting.into_iter().for_each(|meeting| self.call_off(meeting)),
            _ => self.file(),
        }
    }

    /// Has it decided and committed; how many letters went with it, and the meeting that was made.
    fn carry_out(&mut self, tries: &str, command: Admin) -> Option<(usize, Option<MeetingId>)> {
        let directory = self.store.directory().unwrap();
        let mut desk = Desk { rng: &mut self.rng, hasher: &self.hasher, now: now() };
        let outcome = admin::decide(&directory, command, &mut desk).ok()?;
        drop(directory);
        let (letters, made) = (outcome.letters.len(), outcome.added_meeting());
        say(tries);
        let signed = Signed { by: Actor::Administrator, at: now() };
        self.store.commit(signed, outcome.changes, outcome.letters).unwrap();
        Some((letters, made))
    }

    fn alter(&mut self, user: UserId, command: Admin) {
        let tries = format!("tries user {}", user.number());
        let Some((letters, made)) = self.carry_out(&tries, command) else { return };
        self.say_about(user, letters);
        made.into_iter().for_each(|meeting| self.say_meeting(meeting));
    }

    fn say_about(&self, user: UserId, letters: usize) {
        let (digest, attempts) = about(&self.store, &self.store.directory().unwrap(), user);
        say(&format!("user {} {digest} {attempts} {letters}", user.number()));
    }

    fn say_meeting(&self, meeting: MeetingId) {
        let directory = self.store.directory().unwrap();
        let id = directory.meeting(meeting).unwrap().conference_id;
        say(&format!("meeting {} {id}", meeting.number()));
    }

    fn try_a_pin(&self, directory: &Directory, user: UserId) {
        let Some(meeting) = directory.meetings_of(user).next() else { return };
        say(&format!("tries user {}", user.number()));
        drop(self.store.open_attempt(meeting.id, now()).unwrap());
        self.say_about(user, 0);
    }

    fn schedule(&mut self, organizer: UserId) {
        let (subject, rules) = ("Roadmap".to_owned(), RuleOverrides::default());
        let command = Admin::AddMeeting { organizer, subject, rules, held_until: None };
        if let Some((_, Some(meeting))) = self.carry_out("tries a meeting", command) {
            self.say_meeting(meeting);
        }
    }

    fn call_off(&mut self, meeting: MeetingId) {
        let tries = format!("tries meeting {}", meeting.number());
        if self.carry_out(&tries, Admin::RemoveMeeting { meeting }).is_some() {
            say(&format!("off {}", meeting.number()));
        }
    }

    /// A call and a meeting, together.
    fn file(&mut self) {
        let meeting = MeetingRecord {
            meeting: MeetingId::new(self.leg),
            conference_id: "147852036".parse().unwrap(),
            organizer: UserId::new(1),
            started_at: now(),
            started_by: Role::Organizer,
            duration: Duration::from_secs(60),
            joined: 1,
            members_most: 1,
            recorded: Duration::ZERO,
            ended: None,
        };
        let records = [Record::Call(call(self.leg)), Record::Meeting(meeting)];
        say("tries a record");
        self.store.file_records(&records).unwrap();
        say(&format!("call {}", self.leg));
        self.leg += 1;
    }
}

fn say(what: &str) {
    println!("{SAYS}{what}");
    std::io::stdout().flush().unwrap();
}

/// All that was acknowledged.
#[derive(Clone, Default)]
struct Said {
    /// Of each user the digest, the wrong PINs that count, and the letters.
    users: BTreeMap<u64, (String, u64, u64)>,
    /// Meetings with their conference IDs.
    meetings: BTreeMap<u64, String>,
    called_off: Vec<(u64, String)>,
    calls: BTreeSet<u64>,
    /// What the child was about to do, without having said that it was done.
    tries: Vec<String>,
}

impl Said {
    /// Keeps what a line says, and whether it acknowledges something.
    fn takes(&mut self, line: &str) -> bool {
        let Some((_tests_own, said)) = line.split_once(SAYS) else { return false };
        let words: Vec<&str> = said.split_whitespace().collect();
        let number = |word: &str| word.parse::<u64>().unwrap();
        match words.as_slice() {
            ["tries", what @ ..] => {
                self.tries = what.iter().map(|word| (*word).to_owned()).collect();
                return false;
            }
            ["user", user, digest, attempts, letters] => {
                let known = self.users.entry(number(user)).or_default();
                let letters = known.2 + number(letters);
                *known = ((*digest).to_owned(), number(attempts), letters);
            }
            ["meeting", meeting, id] => {
                self.meetings.insert(number(meeting), (*id).to_owned());
            }
            ["off", meeting] => {
                let id = self.meetings.remove(&number(meeting));
                self.called_off.extend(id.map(|id| (number(meeting), id)));
            }
            ["call", leg] => drop(self.calls.insert(number(leg))),
            _opening => return false,
        }
        self.tries.clear();
        true
    }

    /// All of it is on file as it was said; of what was only tried, all or nothing, which is what was said from now on.
    fn is_kept(&mut self, path: &Path, kill: u64) {
        let store = SqliteStore::open(path).unwrap();
        let directory = store.directory().unwrap();
        let raw = rusqlite::Connection::open(path).unwrap();
        let sound: String = raw.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok", "after kill {kill}");
        self.users_are_kept(&store, &directory, &raw, kill);
        self.meetings_are_kept(&store, &directory, kill);
        let kept = store.latest_calls(usize::MAX).unwrap();
        let legs: BTreeSet<u64> = kept.iter().map(|call| call.leg.number()).collect();
        let lost: Vec<_> = self.calls.difference(&legs).collect();
        assert!(lost.is_empty(), "calls {lost:?} are gone after kill {kill}");
        assert!(kept.iter().all(|kept| *kept == call(kept.leg.number())), "each as it was");
        let meetings: i64 =
            raw.query_row("SELECT count(*) FROM meeting_records", [], |row| row.get(0)).unwrap();
        assert_eq!(meetings, i64::try_from(kept.len()).unwrap(), "filed together, kept together");
        assert!(*directory.organization() == Organization::default());
        self.tries.clear();
    }

    fn users_are_kept(
        &mut self,
        store: &SqliteStore,
        directory: &Directory,
        raw: &rusqlite::Connection,
        kill: u64,
    ) {
        let tried = match self.tries.as_slice() {
            [what, user] if what == "user" => user.parse().ok(),
            _other => None,
        };
        let mut letters = raw.prepare("SELECT count(*) FROM outbox WHERE recipient = ?1").unwrap();
        for (&user, said) in &mut self.users {
            assert!(directory.user(UserId::new(user)).is_some(), "user {user}, kill {kill}");
            let (digest, attempts) = about(store, directory, UserId::new(user));
            let letters: i64 = letters.query_row([address(user)], |row| row.get(0)).unwrap();
            let kept = (digest, attempts, u64::try_from(letters).unwrap());
            if tried == Some(user) {
                // A PIN and its letter come together. An attempt counts once, and unlocking clears all.
                assert_eq!(kept.0 != said.0, kept.2 == said.2 + 1, "{user}, kill {kill}: {kept:?}");
                assert!([0, said.1, said.1 + 1].contains(&kept.1), "{user}, kill {kill}: {kept:?}");
                *said = kept;
            } else {
                assert!(kept == *said, "user {user} is {kept:?} instead of {said:?}, kill {kill}");
            }
        }
        // Who came without a word, and perhaps got a PIN without one.
        for user in directory.users().map(|user| user.id) {
            self.users.entry(user.number()).or_insert_with(|| {
                let (digest, attempts) = about(store, directory, user);
                let sent: i64 =
                    letters.query_row([address(user.number())], |row| row.get(0)).unwrap();
                assert_eq!(digest != "-", sent == 1, "{user}, kill {kill}");
                (digest, attempts, u64::try_from(sent).unwrap())
            });
        }
    }

    fn meetings_are_kept(&mut self, store: &SqliteStore, directory: &Directory, kill: u64) {
        let found = |id: &str| {
            let card = store.find_meeting(&Entry::parse(id).unwrap(), now()).unwrap();
            card.map(|card| card.meeting.number())
        };
        if let [what, meeting] = self.tries.as_slice()
            && what == "meeting"
            && directory.meeting(MeetingId::new(meeting.parse().unwrap())).is_none()
        {
            let meeting = meeting.parse().unwrap();
            let id = self.meetings.remove(&meeting);
            self.called_off.extend(id.map(|id| (meeting, id)));
        }
        for (&meeting, id) in &self.meetings {
            assert_eq!(found(id), Some(meeting), "kill {kill}");
            let kept = directory.meeting(MeetingId::new(meeting)).unwrap();
            assert_eq!(kept.conference_id.to_string(), *id, "kill {kill}");
        }
        for (meeting, id) in &self.called_off {
            assert_ne!(found(id), Some(*meeting), "kill {kill}");
            assert!(directory.meeting(MeetingId::new(*meeting)).is_none(), "kill {kill}");
        }
        for user in directory.users() {
            let is_enabled = user.audio_conferencing.is_some();
            assert_eq!(directory.conference_id_of(user.id).is_some(), is_enabled, "{}", user.name);
        }
    }
}

/// The version of today's databases.
const NEWEST: u32 = UNDONE[0].0 + 1;

/// What takes a database back to the version before, from today's on.
const UNDONE: [(u32, &str); 4] = [
    (
        4,
        "ALTER TABLE audit DROP COLUMN at_us; ALTER TABLE audit DROP COLUMN by_whom;
         ALTER TABLE audit DROP COLUMN kind;",
    ),
    (3, "DROP TABLE pepper; PRAGMA application_id = 0;"),
    (2, "DROP INDEX callers_by_last; ALTER TABLE callers DROP COLUMN last_us;"),
    (1, "DROP TABLE cards;"),
];

fn version(path: &Path) -> u32 {
    let raw = rusqlite::Connection::open(path).unwrap();
    raw.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// Copies a database and what SQLite keeps beside it.
fn copied(from: &Path, to: PathBuf) -> PathBuf {
    for ending in ["", "-wal", "-journal"] {
        let [from, to] = [from, &to].map(|path| format!("{}{ending}", path.display()));
        if Path::new(&from).exists() {
            std::fs::copy(from, to).unwrap();
        }
    }
    to
}

/// A copy as a program of that version would have left it.
fn as_of_version(wanted: u32, path: &Path, to: PathBuf) -> PathBuf {
    assert_eq!(version(path), NEWEST, "there is a newer version: say here how to undo it");
    let copy = copied(path, to);
    let raw = rusqlite::Connection::open(&copy).unwrap();
    for (_, undone) in UNDONE.iter().filter(|(before, _)| *before >= wanted) {
        raw.execute_batch(undone).unwrap();
    }
    raw.pragma_update(None, "user_version", wanted).unwrap();
    copy
}

/// What a child that is killed while it opens a database finds.
#[derive(Clone, Copy)]
enum Finds {
    Nothing,
    Older,
    Todays,
}

/// How kills fall into a deed whose time depends on the machine: where one came too late the next comes earlier, and else later.
struct Aim {
    instant_max: u64,
    /// How often a kill came before the end.
    halfway: u64,
}

impl Aim {
    fn new() -> Self {
        Self { instant_max: INSTANT_MAX, halfway: 0 }
    }

    fn learns(&mut self, is_halfway: bool) {
        self.halfway += u64::from(is_halfway);
        let next = if is_halfway { self.instant_max * 3 / 2 } else { self.instant_max / 2 };
        self.instant_max = next.max(1);
    }
}

/// So many more kills until one has fallen into each kind of opening: what they take is learnt from where the others fell.
const AIMED_MORE: u64 = 200;

#[test]
fn what_was_acknowledged_survives_a_kill() {
    if let Ok(path) = std::env::var(FILE) {
        let from = std::env::var(FROM).unwrap().parse().unwrap();
        Child::write_for_ever(Path::new(&path), from);
    }
    let kills: u64 = std::env::var("HOLDLINE_KILLS").map_or(100, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holdline.db");
    let mut rng = ChaCha8Rng::seed_from_u64(kills);
    let mut all = Said::default();
    let (mut making, mut renewing) = (Aim::new(), Aim::new());
    for kill in 0..kills + AIMED_MORE {
        // One in four while it opens the database: one that is not there, one of an older version, and the one that all write. Then
        // only what no kill has fallen into.
        let opens = match (kill < kills, kill % 4, kill / 4 % 3) {
            (true, 0, 0) => Some(Finds::Nothing),
            (true, 0, 1) => Some(Finds::Older),
            (true, 0, _) => Some(Finds::Todays),
            (true, ..) => None,
            (false, ..) if kills < 100 => break,
            (false, ..) if making.halfway == 0 => Some(Finds::Nothing),
            (false, ..) if renewing.halfway == 0 => Some(Finds::Older),
            (false, ..) => break,
        };
        let own = || folder.path().join(format!("of-kill-{kill}.db"));
        let (mut of_its_own, older) = match opens {
            Some(Finds::Nothing) => (Some((own(), Said::default())), 0),
            Some(Finds::Older) => {
                let older = rng.random_range(1..NEWEST);
                (Some((as_of_version(older, &path, own()), all.clone())), older)
            }
            Some(Finds::Todays) | None => (None, NEWEST),
        };
        let (path, all) = match &mut of_its_own {
            Some((path, said)) => (&*path, said),
            None => (&path, &mut all),
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "what_was_acknowledged_survives_a_kill", "--nocapture"])
            .env(FILE, path)
            .env(FROM, (kill * 1_000_000 + 1).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let acknowledged = if opens.is_some() { 0 } else { rng.random_range(1..12) };
        let mut seen = 0;
        loop {
            let line = said.next().unwrap().unwrap();
            seen += u64::from(all.takes(&line));
            if seen == acknowledged && (seen > 0 || line.ends_with("opening")) {
                break;
            }
        }
        let instant_max = match opens {
            Some(Finds::Nothing) => making.instant_max,
            Some(Finds::Older) => renewing.instant_max,
            Some(Finds::Todays) | None => INSTANT_MAX,
        };
        std::thread::sleep(Duration::from_micros(rng.random_range(0..instant_max)));
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before the kill reached it counts as well.
        for line in said {
            all.takes(&line.unwrap());
        }
        if let Ok(about) = std::fs::metadata(path) {
            assert_eq!(about.mode() & 0o777, 0o600, "others can read it after kill {kill}");
            let left = copied(path, folder.path().join(format!("left-by-kill-{kill}.db")));
            let is_halfway = version(&left) == older;
            match opens {
                Some(Finds::Nothing) => making.learns(is_halfway),
                Some(Finds::Older) => renewing.learns(is_halfway),
                Some(Finds::Todays) | None => {}
            }
        }
        all.is_kept(path, kill);
    }
    println!(
        "{kills} kills; kept of {} users, {} meetings and {} called off, {} calls: all that was acknowledged",
        all.users.len(),
        all.meetings.len(),
        all.called_off.len(),
        all.calls.len()
    );
    let (made, renewed) = (making.halfway, renewing.halfway);
    println!(
        "of them while a database was made {made}, while one was brought up to date {renewed}"
    );
    assert!(kills < 100 || (made > 0 && renewed > 0), "no kill fell into an opening");
    let with_a_pin = all.users.values().filter(|(digest, ..)| digest != "-").count();
    assert!(with_a_pin > 0 && !all.calls.is_empty(), "something was written");
    assert!(!all.meetings.is_empty() && !all.called_off.is_empty());
    assert!(all.users.values().any(|(_, attempts, _)| *attempts > 0));
}
