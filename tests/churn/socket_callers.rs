//! Callers on the local socket, each call on a connection of its own: some hang up, some vanish.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use holdline::domain::{Digit, Language};
use holdline::door::local::{self, Local};
use holdline::door::places::Places;
use holdline::door::reception::Reception;
use holdline::door::wire::{Dial, Hello, ToBridge, ToPhone, VERSION};
use holdline::door::words::Words;
use holdline::engine::Engine;
use holdline::media::Frame;
use holdline::media::sounds::Sounds;
use holdline::store::{Argon2Hasher, SqliteStore};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use tokio::runtime::Runtime;

use crate::crowd::{self, PIN};

/// Opens the local door of a bridge.
pub fn open_door(
    runtime: &Runtime,
    engine: &Engine,
    store: Arc<SqliteStore>,
    hasher: Arc<Argon2Hasher>,
    socket: &Path,
) {
    let rng = ChaCha20Rng::seed_from_u64(1);
    let desk = local::desk_thread(engine, store, hasher, rng).unwrap();
    let reception = Reception {
        engine: engine.clone(),
        words: Words::default(),
        sounds: Arc::new(Sounds::synthetic()),
        organization: "Contoso".to_owned(),
        numbers: vec![("+14255550100".parse().unwrap(), Language::EnUs)],
    };
    let local = Local { reception: Arc::new(reception), desk };
    let _runtime = runtime.enter();
    local::open(local, Places::MOST, socket).unwrap();
}

/// Lets so many call one time after the other for so long; each gives how often it has called.
pub fn let_call(
    socket: &Path,
    callers: u64,
    meetings: u64,
    time: Duration,
) -> Vec<JoinHandle<u64>> {
    let until = Instant::now() + time;
    let caller = |number: u64| {
        let socket: PathBuf = socket.to_owned();
        std::thread::spawn(move || {
            let mut calls = 0;
            while Instant::now() < until {
                call(&socket, 1 + (number + calls) % meetings, number + calls);
                calls += 1;
            }
            calls
        })
    };
    (0..callers).map(caller).collect()
}

fn call(socket: &Path, meeting: u64, kind: u64) {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut say = |message: &ToBridge| stream.write_all(&message.encode()).unwrap();
    say(&ToBridge::Hello(Hello { version: VERSION }));
    say(&ToBridge::Dial(Dial { to: "+14255550100".parse().unwrap(), from: None }));
    let id = crowd::conference_id(meeting);
    let (keys, seconds) = match kind % 5 {
        0 => (format!("{id}#*{PIN}#"), 5),
        1 => (format!("{id}##"), 8),
        2 => ("147#".to_owned(), 3),
        _speaks => (format!("{id}#"), 4),
    };
    let ends_at = Instant::now() + Duration::from_secs(seconds);
    let (mut bytes, mut some, mut ends) = (Vec::new(), [0; 4_096], false);
    loop {
        let read = stream.read(&mut some).unwrap();
        assert!(read > 0, "the bridge closed the line");
        bytes.extend_from_slice(&some[..read]);
        while let Some((message, length)) = ToPhone::decode(&bytes).unwrap() {
            bytes.drain(..length);
            let mut say = |message: &ToBridge| stream.write_all(&message.encode()).unwrap();
            match message {
                ToPhone::Answered => {
                    keys.chars()
                        .filter_map(Digit::from_char)
                        .for_each(|digit| say(&ToBridge::Key(digit)));
                }
                ToPhone::Sound(_) if kind % 5 > 2 && !ends => {
                    say(&ToBridge::Sound(Box::new(Frame([3_000; Frame::SAMPLES]))));
                }
                ToPhone::HungUp(_) => return,
                ToPhone::Welcome(_) | ToPhone::Sound(_) | ToPhone::Told(_) => {}
                ToPhone::Refused(why) => panic!("{why}"),
            }
        }
        if Instant::now() >= ends_at && !ends {
            ends = true;
            // Every third is suddenly not there any more.
            if kind.is_multiple_of(3) {
                return;
            }
            stream.write_all(&ToBridge::HangUp.encode()).unwrap();
        }
    }
}
