//! `holdline demo`: tells the story once, in virtual time or live, and leaves behind what one can look at and hear.

mod files;
mod live;
mod page;
mod telling;
mod timeline;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use rand::SeedableRng as _;
use rand_chacha::ChaCha12Rng;

use crate::admin::demonstration;
use crate::caller::story::{Telling, cast};
use crate::caller::{Comes, Outcome, Script};
use crate::domain::directory::Change;
use crate::domain::pin::{Pin, PinHasher};
use crate::domain::settings::Recording;
use crate::domain::{HangupCause, LegId, MeetingId, PhoneNumber, Uptime};
use crate::exchange::{Config, TraceEvent};
use crate::media::sounds::Sounds;
use crate::sim::{Office, World, WorldConfig};
use crate::store::{Argon2Hasher, MemoryStore, Store};

use super::sounds::Loaded;
use files::Folder;
use timeline::Timeline;

/// Tell the story: two callers wait with music, a stranger is sent away, the organizer's PIN lets everybody in.
///
/// Writes what each of them heard, the recording of the meeting, the trace and a page to look at. The same seed gives
/// the same bytes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write to this folder; it is made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "demo")]
    out: PathBuf,
    /// Decides the PIN and when each caller dials.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run on the wall clock, on the real engine. Takes about a hundred seconds.
    #[arg(long)]
    live: bool,
}

/// What came of a telling, whichever driver told it.
struct Told {
    trace: Vec<TraceEvent>,
    callers: Vec<CallerTold>,
    recordings: BTreeMap<MeetingId, Vec<i16>>,
    broken: Vec<String>,
}

/// What came of one caller.
struct CallerTold {
    name: String,
    number: Option<PhoneNumber>,
    voice_hz: u32,
    leg: LegId,
    answered_at: Option<Uptime>,
    left: Option<(Uptime, HangupCause)>,
    heard: Vec<i16>,
    outcome: Outcome,
}

/// What both drivers need.
struct Stage {
    exchange: Config,
    sounds: Arc<Sounds>,
    store: Arc<dyn Store>,
    hasher: Arc<dyn PinHasher>,
    access_number: PhoneNumber,
    scripts: [Script; 4],
}

pub(super) fn run(arguments: &Arguments, sounds: Option<&Path>) -> anyhow::Result<()> {
    let folder = Folder::open(&arguments.out)?;
    let mut rng = ChaCha12Rng::seed_from_u64(arguments.seed);
    let (telling, pin) = telling::draw(&mut rng)?;
    let sounds = super::sounds::load(sounds)?;
    let stage = set(&telling, &pin, &sounds)?;
    drop(pin);
    let mut timeline = Timeline::new(&stage.scripts);
    timeline.head(arguments.seed, arguments.live);
    let told = match arguments.live {
        true => live::tell(&stage, &mut timeline)?,
        false => tell_in_virtual_time(&stage, arguments.seed, &mut timeline),
    };
    folder.write(&told)?;
    timeline.foot(&told, &folder);
    check(&told)
}

/// The organization, its store with real digests, and the callers.
fn set(telling: &Telling, pin: &Pin, sounds: &Loaded) -> anyhow::Result<Stage> {
    let hasher = Argon2Hasher::standard()?;
    let salt = *b"salt of the demo";
    let mut directory = demonstration::organization(pin, telling.conference_id, &hasher, salt)?;
    let mut settings = directory.organization().settings.clone();
    settings.meeting.recording = Recording::FromStart;
    directory.apply(Change::SettingsChanged(Box::new(settings)))?;
    let number = directory.organization().access_numbers.first().map(|access| access.number);
    let Some(access_number) = number else { bail!("the organization has no access number") };
    let exchange = Config::of(directory.organization());
    sounds.check(&exchange)?;
    Ok(Stage {
        exchange,
        sounds: Arc::clone(&sounds.all),
        store: Arc::new(MemoryStore::from_directory(directory)),
        hasher: Arc::new(hasher),
        access_number,
        scripts: cast(telling),
    })
}

fn tell_in_virtual_time(stage: &Stage, seed: u64, timeline: &mut Timeline) -> Told {
    let mut office = Office::new(Arc::clone(&stage.store), Arc::clone(&stage.hasher));
    let config =
        WorldConfig { seed, ..WorldConfig::new(stage.exchange.clone(), stage.access_number) };
    let world = World::new(config, Arc::clone(&stage.sounds), &stage.scripts, &mut office);
    let report = world.telling(|event| timeline.show(event)).run();
    let callers = report.seats.into_iter().zip(&stage.scripts).map(|(seat, script)| CallerTold {
        name: script.name.clone(),
        number: number_of(script),
        voice_hz: script.voice_hz,
        leg: seat.leg,
        answered_at: seat.answered_at,
        left: seat.left,
        outcome: seat.caller.outcome().clone(),
        heard: seat.heard.samples(),
    });
    Told {
        trace: report.trace,
        callers: callers.collect(),
        recordings: report.recordings,
        broken: report.broken.iter().map(|(at, violation)| format!("{at}: {violation}")).collect(),
    }
}

fn number_of(script: &Script) -> Option<PhoneNumber> {
    match script.comes {
        Comes::ByPhone(number) => number,
        Comes::ByApp(..) => None,
    }
}

/// A demo that does not tell its story is a fault, and says so.
fn check(told: &Told) -> anyhow::Result<()> {
    if let Some(broken) = told.broken.first() {
        bail!("an invariant is broken, which is a fault of Holdline: {broken}");
    }
    for caller in &told.callers {
        if let Outcome::GaveUp(percept) = &caller.outcome {
            bail!("{} waited for {percept:?} in vain, which is a fault of Holdline", caller.name);
        }
    }
    Ok(())
}
