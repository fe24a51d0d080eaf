//! What a look-up costs in a large directory: the store in a file beside the one in memory.
//! `HOLDLINE_BENCH_USERS` says how many users. The exit code is 1 when the limit is not kept.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a bench"
)]

use std::process::ExitCode;
use std::time::Instant;

use holdline::domain::directory::{Change, Directory, Organization, PinOnFile, User};
use holdline::domain::pin::{Pin, PinHasher};
use holdline::domain::{ConferenceId, Entry, MeetingId, UserId, UtcTime};
use holdline::store::{Argon2Hasher, MemoryStore, SqliteStore, Store};

/// Look-ups of a round.
const LOOK_UPS: u64 = 50_000;
const ROUNDS: u64 = 5;

/// Look-ups each of which comes right after a write, when no page that a connection keeps is of use.
const AFTER_WRITES: u64 = 1_000;

/// What a look-up in a file may take in a directory of a million.
const LIMIT_MICROS: f64 = 5.0;

fn main() -> ExitCode {
    let users: u64 =
        std::env::var("HOLDLINE_BENCH_USERS").map_or(1_000_000, |text| text.parse().unwrap());
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let pin = Pin::parse("48213").unwrap();
    let pin = PinOnFile { digest: hasher.digest(&pin, [7; 16]).unwrap(), length: pin.length() };
    let mut directory = Directory::new(Organization::default());
    let id = |number: u64| {
        ConferenceId::with_check_digit(&format!("{:08}", 10_000_000 + number)).unwrap()
    };
    for number in 1..=users {
        let user = UserId::new(number);
        let meeting = MeetingId::new(number);
        directory.apply(Change::UserAdded(User::new(user, format!("User {number}")))).unwrap();
        let pin = pin.clone();
        let conference_id = id(number);
        directory.apply(Change::ConferencingEnabled { user, meeting, conference_id, pin }).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holdline.db");
    let file = SqliteStore::open(&path).unwrap();
    let began = Instant::now();
    file.import(directory.clone()).unwrap();
    println!("{users} users written in {:.1} s", began.elapsed().as_secs_f64());
    drop(file);
    let began = Instant::now();
    let file = SqliteStore::open(&path).unwrap();
    let start = (file.is_empty().unwrap(), file.pepper_mark().unwrap(), file.organization());
    println!(
        "opened, with what a start asks for, in {:.1} ms",
        began.elapsed().as_secs_f64() * 1e3
    );
    drop(start);
    let memory = MemoryStore::from_directory(directory);
    // All over the directory, in no order; each round asks for others, so that it finds nothing that the last has left.
    let entry = |turn: u64| {
        let number = turn.wrapping_mul(2_654_435_761) % users + 1;
        Entry::parse(&id(number).to_string()).unwrap()
    };
    let rounds: Vec<Vec<Entry>> = (0..ROUNDS)
        .map(|round| (round * LOOK_UPS..(round + 1) * LOOK_UPS).map(entry).collect())
        .collect();
    let look_ups = |store: &dyn Store, entries: &[Entry]| {
        let began = Instant::now();
        for entry in entries {
            assert!(store.find_meeting(entry, UtcTime::default()).unwrap().is_some());
        }
        began.elapsed().as_secs_f64() * 1e6 / entries.len() as f64
    };
    let mut took: Vec<(f64, f64)> = rounds
        .iter()
        .map(|entries| (look_ups(&memory, entries), look_ups(&file, entries)))
        .collect();
    took.sort_by(|one, other| one.1.total_cmp(&other.1));
    let (in_memory, in_file) = took[took.len() / 2];
    println!("a look-up in memory {in_memory:7.2} us");
    println!("a look-up in a file {in_file:7.2} us   ratio {:.1}", in_file / in_memory);
    let is_kept = in_file <= LIMIT_MICROS;
    println!("  limit {LIMIT_MICROS:.0} us: {}", if is_kept { "kept" } else { "NOT KEPT" });
    let from = "+14255550177".parse().unwrap();
    let after_writes: f64 = (0..AFTER_WRITES)
        .map(|turn| {
            file.count_wrong_entry(from, UtcTime::default()).unwrap();
            look_ups(&file, &[entry(turn)])
        })
        .sum();
    println!("right after a write {:7.2} us", after_writes / AFTER_WRITES as f64);
    let began = Instant::now();
    let whole = file.directory().unwrap();
    println!(
        "the whole directory, for whoever administers, loaded in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    drop(whole);
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
