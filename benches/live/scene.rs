//! What every scene needs: a real engine on two shards that keeps journals, and somebody to wait for what happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use holdline::domain::pin::PinHasher;
use holdline::engine::journals::JournalsConfig;
use holdline::engine::{Census, Engine, EngineConfig};
use holdline::exchange::{Config, Switch};
use holdline::media::sounds::Sounds;
use holdline::store::{Argon2Hasher, MemoryStore, SqliteStore, Store};
use tokio::runtime::Runtime;

use crate::crowd;

const SHARDS: usize = 2;

/// Bytes of all journals, as `holdline serve` keeps them unless told otherwise.
const JOURNALS_MAX: u64 = 256 << 20;

pub struct Scene {
    pub engine: Engine,
    pub sounds: Arc<Sounds>,
    runtime: Runtime,
    /// With the journals, and with the database if there is one.
    _folder: tempfile::TempDir,
}

/// How long a scene is measured.
pub fn seconds() -> Duration {
    let seconds = std::env::var("HOLDLINE_BENCH_SECONDS");
    Duration::from_secs(seconds.map_or(60, |text| text.parse().unwrap()))
}

pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// What part of the frames that should be said or heard must be: a tick more or less may fall at either end.
pub const FRAMES_AT_LEAST: f64 = 0.999;

/// Whether they are as many as they should be.
pub fn are_all(frames: u64, wanted: u64) -> bool {
    frames as f64 >= FRAMES_AT_LEAST * wanted as f64
}

/// Whether a limit was not kept.
static BROKEN: AtomicBool = AtomicBool::new(false);

/// What to print of a limit.
pub fn verdict(kept: bool) -> &'static str {
    BROKEN.fetch_or(!kept, Ordering::Relaxed);
    if kept { "kept" } else { "NOT KEPT" }
}

/// Whether all limits so far were kept.
pub fn all_kept() -> bool {
    !BROKEN.load(Ordering::Relaxed)
}

impl Scene {
    /// PINs that cost nothing, a store in memory.
    pub fn new(legs_max: usize, meetings: u64) -> Self {
        let hasher = Argon2Hasher::cheap_for_tests().unwrap();
        let store = MemoryStore::from_directory(crowd::organization(meetings, &hasher));
        Self::with(legs_max, Arc::new(store), Arc::new(hasher), tempfile::tempdir().unwrap())
    }

    /// PINs at their real cost, the store in a file: as `holdline serve` has them, as it has journals.
    pub fn real(legs_max: usize, meetings: u64) -> Self {
        let hasher = Argon2Hasher::standard().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("holdline.db")).unwrap();
        store.import(crowd::organization(meetings, &hasher)).unwrap();
        Self::with(legs_max, Arc::new(store), Arc::new(hasher), folder)
    }

    fn with(
        legs_max: usize,
        store: Arc<dyn Store>,
        hasher: Arc<dyn PinHasher>,
        folder: tempfile::TempDir,
    ) -> Self {
        let exchange = Config { legs_max, watch: Switch::Off, ..Config::default() };
        let journals = Some(JournalsConfig {
            folder: folder.path().join("journals"),
            bytes_max: JOURNALS_MAX,
            age_max: None,
        });
        let config = EngineConfig { exchange, shards: SHARDS, journals, ..EngineConfig::default() };
        let sounds = crowd::sounds();
        let engine = Engine::start(config, Arc::clone(&sounds), store, hasher, None).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { engine, sounds, runtime, _folder: folder }
    }

    pub fn census(&self) -> Census {
        self.runtime.block_on(self.engine.census())
    }

    /// Waits until that many legs are in that state.
    pub fn wait_for(&self, state: &str, legs: u64) {
        for _ in 0..600 {
            if self.census().legs.get(state) == Some(&legs) {
                return;
            }
            pause(Duration::from_millis(200));
        }
        panic!("not all came to be {state}: {:?}", self.census());
    }

    pub fn end_quietly(self) {
        self.runtime.block_on(self.engine.shutdown(Duration::from_secs(5)));
    }

    pub fn end(self) {
        let late = self.runtime.block_on(self.engine.shutdown(Duration::from_secs(5)));
        println!("  stopped{}\n", if late.is_empty() { "" } else { ", not in time" });
    }
}
