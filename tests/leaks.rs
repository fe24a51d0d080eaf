//! A PIN of twelve digits is keyed at every place where one might key it; then everything that is ever written
//! down is searched for it, at the lowest log level.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use holdline::admin::{self, Command, Desk, ResetBy, demonstration};
use holdline::caller::{Deed, Outcome, Script};
use holdline::domain::pin::{Pin, PinHasher};
use holdline::domain::settings::DialogueSettings;
use holdline::domain::{Entry, PromptId, Question, UtcTime};
use holdline::exchange::Config;
use holdline::report::{CallerTrack, Story, page};
use holdline::sim::{Office, Report, World, WorldConfig};
use holdline::store::{Argon2Hasher, MemoryStore, Store};
use rand::SeedableRng as _;
use support::live::{in_time, run_live};
use support::*;

/// Twelve digits that are in no timestamp, number or conference ID of the run.
const LONG_PIN: &str = "907351846294";

/// Wrong ones, typed at the PIN prompt, and by mistake where the conference ID belongs.
const WRONG_PIN: &str = "318604927581";

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything logged in this process, from TRACE up.
fn captured() -> &'static Captured {
    static CAPTURED: OnceLock<Captured> = OnceLock::new();
    CAPTURED.get_or_init(|| {
        let captured = Captured::default();
        let writer = captured.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .init();
        captured
    })
}

/// Neither PIN is in the text, whole or but for a digit at either end.
fn assert_no_pin(what: &str, text: &str) {
    assert!(!text.is_empty(), "{what} is empty: nothing was searched");
    for pin in [LONG_PIN, WRONG_PIN] {
        for part in [&pin[..10], &pin[2..]] {
            assert!(!text.contains(part), "{what} holds a PIN: ...{part}...");
        }
        let spaced: String = pin[..10].chars().map(|digit| format!("{digit}, ")).collect();
        assert!(!text.contains(spaced.trim_end_matches(", ")), "{what} holds a PIN digit by digit");
    }
}

fn store() -> (Arc<MemoryStore>, Arc<dyn PinHasher>) {
    let hasher = Argon2Hasher::cheap_for_tests().unwrap();
    let (pin, id) = (Pin::parse(LONG_PIN).unwrap(), CONFERENCE_ID.parse().unwrap());
    let directory = demonstration::organization(&pin, id, &hasher, *b"sixteen of these").unwrap();
    (Arc::new(MemoryStore::from_directory(directory)), Arc::new(hasher))
}

fn scripts() -> Vec<Script> {
    vec![
        caller(
            "strays",
            500,
            0,
            vec![
                Deed::keys(&format!("{LONG_PIN}#")),
                until_prompt(PromptId::EnterConferenceIdAgain),
                Deed::keys(&format!("{CONFERENCE_ID}#*{WRONG_PIN}#")),
                until_prompt(PromptId::EnterPinAgain),
                Deed::keys(WRONG_PIN),
                wait(1),
                Deed::HangUp,
            ],
        ),
        caller(
            "waits",
            750,
            0,
            vec![
                Deed::keys(&format!("{CONFERENCE_ID}#")),
                until_prompt(PromptId::LobbyWaiting),
                Deed::keys(LONG_PIN),
                until(holdline::caller::Percept::Voice(1_050)),
                Deed::keys(LONG_PIN),
                wait(1),
                Deed::HangUp,
            ],
        ),
        caller(
            "organizer",
            1_050,
            9_000,
            vec![
                Deed::keys(&format!("{CONFERENCE_ID}#*{LONG_PIN}#")),
                wait(1),
                Deed::keys(&format!("*{LONG_PIN}#")),
                Deed::Speak(std::time::Duration::from_secs(5)),
                Deed::HangUp,
            ],
        ),
    ]
}

fn config() -> Config {
    let dialogue = DialogueSettings {
        first_digit_after: std::time::Duration::from_millis(900),
        ..DialogueSettings::default()
    };
    Config { dialogue, ..Config::default() }
}

fn simulate() -> (Report, Arc<MemoryStore>) {
    let (store, hasher) = store();
    let mut office = Office::new(Arc::clone(&store) as Arc<dyn Store>, hasher);
    let (sounds, index) = short_sounds();
    let world = WorldConfig::new(config(), "+14255550199".parse().unwrap());
    (World::with_index(world, sounds, index, &scripts(), &mut office).run(), store)
}

/// The page about a run, ladder and events and all.
fn page_of(report: &Report) -> String {
    let callers = report.seats.iter().map(|seat| CallerTrack {
        leg: seat.leg,
        name: seat.caller.name(),
        number: None,
        voice_hz: 500,
        answered_at: seat.answered_at,
        left: seat.left,
        heard: &[],
    });
    page(&Story {
        title: "A leak",
        summary: "None.",
        callers: callers.collect(),
        trace: &report.trace,
        recording: None,
    })
}

#[test]
fn no_digit_of_a_pin_is_in_anything_written_down_in_virtual_time() {
    let log = captured();
    let (report, store) = simulate();
    assert_whole(&report);
    for seat in &report.seats {
        assert_eq!(*seat.caller.outcome(), Outcome::Done, "{}", seat.caller.name());
    }
    let trace: String =
        report.trace.iter().map(|event| event.to_json(|leg| leg.to_string())).collect();
    assert_no_pin("the trace", &trace);
    assert_no_pin("the trace's Debug", &format!("{:?}", report.trace));
    assert_no_pin("the journal", &report.journal.to_json_lines());
    assert_no_pin("the report's Debug", &format!("{report:?}"));
    assert_no_pin("the scripts' Debug", &format!("{:?}", scripts()));
    assert_no_pin("the page", &page_of(&report));
    assert_no_pin("the records", &serde_json::to_string(&store.records()).unwrap());
    let directory = store.directory().unwrap();
    assert_no_pin("the directory", &serde_json::to_string(&*directory).unwrap());
    assert_no_pin("the directory's Debug", &format!("{directory:?}"));
    let question = Question::FindMeeting {
        entry: Entry::parse(LONG_PIN).unwrap(),
        from: holdline::domain::CallSource::UNKNOWN,
    };
    tracing::info!(?question, "a question in the log");
    assert_no_pin("the log", &String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
}

#[test]
fn no_digit_of_a_pin_is_in_anything_written_down_live() {
    let log = captured();
    let mut stores = Vec::new();
    let run = || {
        let (store, hasher) = store();
        stores.push(Arc::clone(&store));
        run_live(config(), &scripts(), 2, store, hasher)
    };
    let live = in_time(run, |live| {
        for phone in &live.phones {
            assert_eq!(*phone.caller.outcome(), Outcome::Done, "{}", phone.caller.name());
        }
    });
    let store = stores.last().unwrap();
    assert!(live.broken.is_empty(), "{:?}", live.broken);
    assert_eq!(store.records().len(), 3, "a record for each call, filed before the stop was done");
    let trace: String =
        live.trace.iter().map(|event| event.to_json(|leg| leg.to_string())).collect();
    assert_no_pin("the trace", &trace);
    for (journal, _) in &live.journals {
        assert_no_pin("a journal", &journal.to_json_lines());
    }
    assert_no_pin("the phones' Debug", &format!("{:?}", live.phones));
    assert_no_pin("the log", &String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
}

#[test]
fn a_pin_that_was_just_made_is_shown_to_whoever_made_it_and_to_nobody_else() {
    let log = captured();
    let (store, hasher) = store();
    let mut rng = rand_chacha::ChaCha12Rng::seed_from_u64(5);
    let directory = store.directory().unwrap();
    let reset =
        Command::ResetPin { user: demonstration::MEGAN, by: ResetBy::Administrator, send_to: None };
    let mut desk = Desk { rng: &mut rng, hasher: &*hasher, now: UtcTime::from_micros(1) };
    let outcome = admin::decide(&directory, reset, &mut desk).unwrap();
    let debug = format!("{outcome:?}");
    tracing::info!(?outcome, "a reset in the log");
    let changes = serde_json::to_string(&outcome.changes).unwrap();
    let pin = outcome.revealed.unwrap().take();
    let shown = format!("\"{}\"", pin.reveal());
    for (what, text) in [("Debug", debug), ("the changes", changes)] {
        assert!(!text.contains(&shown) && !text.contains(&format!(" {} ", pin.reveal())), "{what}");
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("a reset in the log"));
}
