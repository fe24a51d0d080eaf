//! Kills a process in the middle of its writes, again and again: what it said was kept is kept, and nothing half done is
//! seen. `HOLDLINE_KILLS` says how often.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test, and its child")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use holdline::admin::{self, Command as Admin, Desk};
use holdline::domain::directory::Organization;
use holdline::domain::{
    CallRecord, HangupCause, LegId, PhoneNumber, Record, Role, UserId, UtcTime,
};
use holdline::store::{Argon2Hasher, SqliteStore, Store};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Where the child writes; set only for it.
const FILE: &str = "HOLDLINE_KILL_FILE";
/// From which number on its calls are counted.
const FROM: &str = "HOLDLINE_KILL_FROM";

fn call(leg: u64) -> Record {
    let number: PhoneNumber = "+14255550123".parse().unwrap();
    Record::Call(CallRecord {
        leg: LegId::new(leg),
        user: None,
        caller: Some(number),
        called: Some(number),
        meeting: None,
        role: Some(Role::Attendee),
        pin_used: false,
        admitted_by: None,
        commands: Vec::new(),
        answered_at: UtcTime::from_micros(1_700_000_000_000_000),
        duration: Duration::from_secs(60),
        waited: Duration::ZERO,
        in_meeting: Duration::ZERO,
        cause: HangupCause::CallerHungUp,
    })
}

/// What the child does until it is killed: people come and may hold meetings, get letters, have their PIN reset; calls are
/// filed. Each is said on standard output once it has been acknowledged.
fn write_for_ever(path: &Path, from: u64) -> ! {
    let store = SqliteStore::open(path).unwrap();
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(from);
    let mut leg = from;
    loop {
        let directory = store.directory().unwrap();
        let user = UserId::new(rng.random_range(1..directory.next_user_id().number().max(2)));
        let command = match rng.random_range(0..4) {
            0 => Admin::AddUser {
                name: format!("User {leg}"),
                address: Some(format!("user{leg}@contoso.example")),
                number: None,
            },
            1 => Admin::EnableConferencing { user, send_to: None },
            2 => Admin::ResetPin { user, by: admin::ResetBy::Administrator, send_to: None },
            _file_a_call => {
                store.file_record(call(leg)).unwrap();
                say(&format!("call {leg}"));
                leg += 1;
                continue;
            }
        };
        let now = UtcTime::from_micros(1_700_000_000_000_000);
        let mut desk = Desk { rng: &mut rng, hasher: &hasher, now };
        let Ok(outcome) = admin::decide(&directory, command, &mut desk) else { continue };
        drop(directory);
        let (added, enabled) = (outcome.added_user(), outcome.added_meeting());
        let letters = outcome.letters.len();
        store.commit(outcome.changes, outcome.letters).unwrap();
        match (added, enabled) {
            (Some(user), _) => say(&format!("user {}", user.number())),
            (None, Some(_)) => say(&format!("enabled {} {letters}", user.number())),
            (None, None) => say("reset"),
        }
    }
}

fn say(what: &str) {
    println!("{what}");
    std::io::stdout().flush().unwrap();
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    if let Ok(path) = std::env::var(FILE) {
        let from = std::env::var(FROM).unwrap().parse().unwrap();
        write_for_ever(Path::new(&path), from);
    }
    let kills: u64 = std::env::var("HOLDLINE_KILLS").map_or(100, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holdline.db");
    let mut rng = ChaCha8Rng::seed_from_u64(kills);
    let (mut users, mut enabled, mut calls, mut letters) = (0, Vec::new(), Vec::new(), 0);
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "what_was_acknowledged_survives_a_kill", "--nocapture"])
            .env(FILE, &path)
            .env(FROM, (kill * 1_000_000 + 1).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        // A number of acknowledged writes, and then the middle of another one.
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut seen, until) = (0, rng.random_range(0..12));
        while seen <= until {
            seen += u64::from(took(
                &said.next().unwrap().unwrap(),
                &mut users,
                &mut enabled,
                &mut calls,
                &mut letters,
            ));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had said before the kill reached it counts as well.
        for line in said {
            took(&line.unwrap(), &mut users, &mut enabled, &mut calls, &mut letters);
        }
        let store = SqliteStore::open(&path).unwrap();
        let directory = store.directory().unwrap();
        assert!(directory.users().any(|user| user.id.number() == users) || users == 0);
        for user in &enabled {
            let user = directory.user(UserId::new(*user)).unwrap();
            assert!(user.audio_conferencing.is_some(), "{} was enabled", user.name);
            assert!(directory.conference_id_of(user.id).is_some(), "whole or not at all");
        }
        let kept = store.latest_calls(usize::MAX).unwrap();
        let kept: std::collections::BTreeSet<_> =
            kept.iter().map(|call| call.leg.number()).collect();
        for leg in &calls {
            assert!(
                kept.contains(leg),
                "call {leg} was acknowledged and is gone after kill {kill}"
            );
        }
    }
    let store = SqliteStore::open(&path).unwrap();
    assert!(store.take_letters().unwrap().len() >= letters, "every letter that came with a PIN");
    assert!(*store.directory().unwrap().organization() == Organization::default());
    assert!(users > 0 && !enabled.is_empty() && !calls.is_empty(), "something was written");
}

/// Whether the line was an acknowledgement; keeps it.
fn took(
    line: &str,
    users: &mut u64,
    enabled: &mut Vec<u64>,
    calls: &mut Vec<u64>,
    letters: &mut usize,
) -> bool {
    // The test's own words come before the first of them, on the same line.
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        [.., "user", id] => *users = id.parse().unwrap(),
        [.., "enabled", id, sent] => {
            enabled.push(id.parse().unwrap());
            *letters += sent.parse::<usize>().unwrap();
        }
        [.., "call", leg] => calls.push(leg.parse().unwrap()),
        [.., "reset"] => *letters += 1,
        _the_tests_own => return false,
    }
    true
}
