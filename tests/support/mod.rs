//! What the tests share: the real sounds, an office that answers questions, and the story.
#![allow(dead_code, clippy::unwrap_used, reason = "each test binary uses its part")]

pub mod contoso;
pub mod journals;
#[cfg(feature = "io")]
pub mod live;
pub mod stage;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use holdline::caller::story::Telling;
use holdline::caller::{Comes, Deed, Percept, Script, SoundIndex};
use holdline::domain::settings::MeetingRules;
use holdline::domain::{
    Answer, CallRecord, ConferenceId, Language, LegId, MeetingCard, MeetingId, MeetingRecord,
    PromptId, Question, Record, UserId, UtcTime,
};
use holdline::exchange::{Config, Happened, TraceEvent};
use holdline::media::sounds::Sounds;
use holdline::sim::{Outside, Report, World, WorldConfig};

pub const CONFERENCE_ID: &str = "147852036";
pub const PIN: &str = "48213";

/// The sounds as they are shipped, read once.
pub fn sounds() -> Arc<Sounds> {
    static SOUNDS: OnceLock<Arc<Sounds>> = OnceLock::new();
    Arc::clone(SOUNDS.get_or_init(|| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let read = |name: &str| std::fs::read(folder.join(name)).map_err(|e| e.to_string());
        Arc::new(Sounds::load(read, &Language::ALL).unwrap())
    }))
}

/// Short stand-ins, and their index.
pub fn short_sounds() -> (Arc<Sounds>, Arc<SoundIndex>) {
    static SOUNDS: OnceLock<(Arc<Sounds>, Arc<SoundIndex>)> = OnceLock::new();
    let (sounds, index) = SOUNDS.get_or_init(|| {
        let sounds = Arc::new(Sounds::synthetic());
        (Arc::clone(&sounds), Arc::new(SoundIndex::new(sounds)))
    });
    (Arc::clone(sounds), Arc::clone(index))
}

/// An office with one or more meetings, each with its organizer's PIN in the clear: for tests of what happens around the
/// store. The store itself is tested with digests.
pub struct Office {
    pub meetings: Vec<(MeetingCard, String)>,
    pub records: Vec<CallRecord>,
    pub meeting_records: Vec<MeetingRecord>,
    pub asked: usize,
}

impl Office {
    pub fn with_rules(rules: MeetingRules) -> Self {
        Self {
            meetings: vec![(card(1, CONFERENCE_ID, rules), PIN.to_owned())],
            records: Vec::new(),
            meeting_records: Vec::new(),
            asked: 0,
        }
    }
}

pub fn card(number: u64, conference_id: &str, rules: MeetingRules) -> MeetingCard {
    MeetingCard {
        meeting: MeetingId::new(number),
        conference_id: conference_id.parse::<ConferenceId>().unwrap(),
        organizer: UserId::new(number),
        rules,
    }
}

impl Outside for Office {
    fn answer(&mut self, question: &Question, _now: UtcTime) -> Answer {
        self.asked += 1;
        match question {
            Question::MayCall { .. } => Answer::MayCall,
            Question::FindMeeting { entry, .. } => (self.meetings.iter())
                .find(|(card, _)| card.conference_id.to_string().as_bytes() == entry.reveal())
                .map_or(Answer::NoSuchMeeting, |(card, _)| Answer::Meeting(Box::new(card.clone()))),
            Question::VerifyPin { meeting, entry, .. } => {
                let right = self.meetings.iter().any(|(card, pin)| {
                    card.meeting == *meeting && pin.as_bytes() == entry.reveal()
                });
                if right { Answer::Organizer } else { Answer::PinMismatch }
            }
        }
    }

    fn file(&mut self, record: Record) {
        match record {
            Record::Call(record) => self.records.push(record),
            Record::Meeting(record) => self.meeting_records.push(record),
        }
    }
}

pub fn telling() -> Telling {
    Telling {
        conference_id: CONFERENCE_ID.parse().unwrap(),
        pin: PIN.to_owned(),
        wrong_pins: ["12345", "4821", "482130"].map(str::to_owned),
        dials_at: [500, 3_000, 18_000, 76_000].map(Duration::from_millis),
    }
}

pub fn world_config() -> WorldConfig {
    WorldConfig::new(Config::default(), "+14255550199".parse().unwrap())
}

/// A caller with that voice who does this.
pub fn caller(name: &str, voice_hz: u32, dials_at_ms: u64, deeds: Vec<Deed>) -> Script {
    Script {
        name: name.to_owned(),
        comes: Comes::ByPhone(None),
        voice_hz,
        dials_at: Duration::from_millis(dials_at_ms),
        deeds,
    }
}

pub fn until(percept: Percept) -> Deed {
    Deed::Until(percept, Duration::from_secs(7_200))
}

pub fn until_prompt(prompt: PromptId) -> Deed {
    until(Percept::Prompt(prompt))
}

pub fn wait(seconds: u64) -> Deed {
    Deed::Wait(Duration::from_secs(seconds))
}

/// These, then waits so long and hangs up.
pub fn with_end(mut deeds: Vec<Deed>, seconds: u64) -> Vec<Deed> {
    deeds.extend(hangs_up_after(seconds));
    deeds
}

/// Waits so long and hangs up.
pub fn hangs_up_after(seconds: u64) -> [Deed; 2] {
    [wait(seconds), Deed::HangUp]
}

/// Runs these callers to the end on short sounds; fails on a broken invariant.
pub fn run(config: WorldConfig, scripts: &[Script], office: &mut Office) -> Report {
    let (sounds, index) = short_sounds();
    let report = World::with_index(config, sounds, index, scripts, office).run();
    assert_whole(&report);
    report
}

/// No invariant broken, no leg left behind.
pub fn assert_whole(report: &Report) {
    assert!(report.broken.is_empty(), "{:?}\n{}", report.broken, last_lines(&report.trace, 20));
    assert_eq!(report.exchange.legs(), 0, "legs left\n{}", last_lines(&report.trace, 20));
}

pub fn last_lines(trace: &[TraceEvent], lines: usize) -> String {
    let from = trace.len().saturating_sub(lines);
    let name = |leg: LegId| leg.to_string();
    trace[from..].iter().map(|event| event.to_json(name) + "\n").collect()
}

/// What happened to one leg, in short words: states, prompts, and how it ended.
pub fn story_of(trace: &[TraceEvent], leg: LegId) -> Vec<String> {
    trace
        .iter()
        .filter(|event| event.leg == Some(leg))
        .filter_map(|event| match &event.happened {
            Happened::State { state } => Some((*state).to_owned()),
            Happened::Prompt { prompt } => Some(format!("\"{prompt}\"")),
            Happened::Left { cause, .. } => Some(format!("left: {cause:?}")),
            Happened::MusicOn => Some("music".to_owned()),
            Happened::Admitted { role } => Some(format!("admitted: {role:?}")),
            _ => None,
        })
        .collect()
}

/// What happened to a meeting, in short words: who started it and came in, commands, locks, recordings, tones, its end.
pub fn story_of_meeting(trace: &[TraceEvent], meeting: MeetingId) -> Vec<String> {
    let is_told = |happened: &Happened| {
        matches!(
            happened,
            Happened::MeetingStarted { .. }
                | Happened::Admitted { .. }
                | Happened::Command { .. }
                | Happened::Presence { .. }
                | Happened::Locked
                | Happened::Unlocked
                | Happened::Tone { .. }
                | Happened::RecordingOn
                | Happened::RecordingOff
                | Happened::MeetingWaits
                | Happened::MeetingEnded { .. }
        )
    };
    let of_meeting = trace.iter().filter(|event| event.meeting == Some(meeting));
    let told = of_meeting.filter(|event| is_told(&event.happened));
    told.map(|event| {
        let leg = event.leg.map_or_else(String::new, |leg| format!("{leg} "));
        format!("{leg}{:?}", event.happened)
    })
    .collect()
}
