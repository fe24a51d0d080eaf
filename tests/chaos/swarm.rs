//! Callers on real sound, with ears: who hears whom, and when.

use std::collections::BTreeSet;
use std::time::Duration;

use holdline::caller::{Comes, Deed, Ear, Heard, Script, SoundIndex, Voices};
use holdline::domain::settings::{Announce, DialogueSettings, MeetingRules};
use holdline::domain::{Digit, LegId, Uptime, UserId};
use holdline::exchange::{Config, Happened, Input};
use holdline::media::Frame;
use holdline::sim::{Faults, Report, Seat, Voice, WorldConfig, amiss_by_ear};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::model::Model;
use crate::support::journals::replays_whole_and_in_parts;
use crate::support::{self, Office};

/// Two meetings; each PIN has twelve digits, which turn up nowhere by chance.
const IDS: [&str; 2] = ["147852036", "369258147"];
const PINS: [&str; 2] = ["907351846294", "518240936275"];
const WRONG: &str = "318604927581";

#[derive(Clone, Debug)]
enum Kind {
    Waits,
    Organizer,
    WrongPins,
    OtherOrganizersPin,
    ByApp,
    Silent,
    UnknownId,
    Strays(String),
    HoldsKey,
    /// In the meeting, as its organizer or not, gives these commands between words.
    Commands(bool, Vec<&'static str>),
}

#[derive(Clone, Debug)]
pub struct Plan {
    kind: Kind,
    meeting: usize,
    dials_at_ms: u64,
    /// Frames from the answer until the caller hangs up, whatever is going on.
    hangs_up_after: u16,
}

#[derive(Clone, Debug)]
pub struct Case {
    plans: Vec<Plan>,
    faults: Faults,
    stop_at_ms: Option<u64>,
    rules: MeetingRules,
}

const COMMANDS: [&str; 11] =
    ["*6", "*6", "*22", "*7", "*5", "*3", "*1", "*23", "*24", "*21", "*99"];

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        4 => Just(Kind::Waits),
        4 => Just(Kind::Organizer),
        2 => Just(Kind::WrongPins),
        1 => Just(Kind::OtherOrganizersPin),
        2 => Just(Kind::ByApp),
        1 => Just(Kind::Silent),
        1 => Just(Kind::UnknownId),
        2 => "[0-9*#A-D]{1,24}".prop_map(Kind::Strays),
        1 => Just(Kind::HoldsKey),
        3 => (any::<bool>(), prop::collection::vec(prop::sample::select(COMMANDS.to_vec()), 1..5))
            .prop_map(|(organizer, commands)| Kind::Commands(organizer, commands)),
    ]
}

pub fn cases() -> impl Strategy<Value = Case> {
    // Calls are dialled in few places, so that many of them do the same at the same tick.
    let plan = (kinds(), 0..IDS.len(), 0_u64..5, 20_u16..1_400).prop_map(
        |(kind, meeting, dials, hangs_up_after)| Plan {
            kind,
            meeting,
            dials_at_ms: dials * 2_000,
            hangs_up_after,
        },
    );
    let faults = prop_oneof![
        Just(Faults::default()),
        (0_u16..30, 0_u16..30, 0_u16..300, 0_u16..150, 0_u16..150).prop_map(
            |(frames_lost, frames_late, store_slow, store_unavailable, store_gone)| Faults {
                frames_lost,
                frames_late,
                store_slow,
                store_slow_by: Duration::from_millis(2_700),
                store_unavailable,
                store_gone,
            }
        ),
    ];
    let stop = prop::option::weighted(0.1, 500_u64..25_000);
    // Half of them by the rules that most meetings have. Nobody is there long enough for a time limit.
    let defaults = MeetingRules::default;
    let rules = prop_oneof![
        2 => Just(defaults()),
        1 => Just(MeetingRules { announce: Announce::Names, ..defaults() }),
        3 => crate::bare::rules().prop_map(move |rules| MeetingRules {
            ends_after_authenticated_left: defaults().ends_after_authenticated_left,
            ends_after_callers_alone: defaults().ends_after_callers_alone,
            ends_after_at_most: defaults().ends_after_at_most,
            ..rules
        }),
    ];
    (prop::collection::vec(plan, 1..7), faults, stop, rules)
        .prop_map(|(plans, faults, stop_at_ms, rules)| Case { plans, faults, stop_at_ms, rules })
}

fn voice_of(place: usize) -> u32 {
    450 + 100 * u32::try_from(place).unwrap()
}

fn script(place: usize, plan: &Plan) -> Script {
    let id = IDS[plan.meeting];
    let keys = |text: &str| Deed::keys(text);
    let mut deeds = match &plan.kind {
        Kind::Waits | Kind::Commands(false, _) => vec![keys(&format!("{id}##"))],
        Kind::Organizer | Kind::Commands(true, _) => {
            vec![keys(&format!("{id}#*{}#", PINS[plan.meeting]))]
        }
        Kind::WrongPins => vec![
            keys(&format!("{id}#*{WRONG}#")),
            Deed::Wait(Duration::from_secs(1)),
            keys(&format!("{WRONG}#{WRONG}#")),
        ],
        Kind::OtherOrganizersPin => vec![keys(&format!("{id}#*{}#", PINS[1 - plan.meeting]))],
        Kind::ByApp => vec![],
        Kind::Silent => vec![Deed::Wait(Duration::from_secs(600))],
        Kind::UnknownId => vec![keys("123456789#"), Deed::Wait(Duration::from_secs(1)), keys("1#")],
        Kind::Strays(text) => vec![keys(text), Deed::Wait(Duration::from_millis(300)), keys(id)],
        Kind::HoldsKey => {
            let star = Digit::STAR;
            vec![keys(id), keys("#"), Deed::HoldKey(star, Duration::from_secs(60))]
        }
    };
    if let Kind::Commands(_, commands) = &plan.kind {
        for command in commands {
            deeds.extend([Deed::Speak(Duration::from_secs(2)), keys(command)]);
        }
    }
    deeds.push(Deed::Speak(Duration::from_secs(600)));
    let comes = match &plan.kind {
        Kind::ByApp => Comes::ByApp(UserId::new(77), id.parse().unwrap()),
        _by_phone => Comes::ByPhone(None),
    };
    Script {
        name: format!("{place}"),
        comes,
        voice_hz: voice_of(place),
        dials_at: Duration::from_millis(plan.dials_at_ms),
        deeds,
    }
}

fn config(case: &Case) -> WorldConfig {
    let dialogue = DialogueSettings {
        lobby_word_every: Duration::from_secs(6),
        lobby_ends_after: Duration::from_secs(20),
        ..DialogueSettings::default()
    };
    let exchange = Config { dialogue, ..Config::default() };
    let mut config = WorldConfig::new(exchange, "+14255550199".parse().unwrap());
    config.faults = case.faults;
    config
}

/// Runs a case and checks all that must hold.
pub fn check(case: Case) -> Result<(), TestCaseError> {
    let rules = case.rules.clone();
    let mut office = Office {
        meetings: (IDS.iter().zip(PINS).zip(1..))
            .map(|((id, pin), n)| (support::card(n, id, rules.clone()), pin.to_owned()))
            .collect(),
        records: Vec::new(),
        meeting_records: Vec::new(),
        asked: 0,
    };
    let scripts: Vec<Script> =
        case.plans.iter().enumerate().map(|(place, plan)| script(place, plan)).collect();
    let hang_ups = case.plans.iter().enumerate().map(|(place, plan)| {
        let at = plan.dials_at_ms + u64::from(plan.hangs_up_after) * 20 + 7;
        let (leg, by) = (LegId::new(place as u64 + 1), holdline::exchange::HungUpBy::Caller);
        (Uptime::from_millis(at), Input::HungUp { leg, by })
    });
    let stop = case.stop_at_ms.map(|at| (Uptime::from_millis(at), Input::Stop));
    let (sounds, index) = support::short_sounds();
    let report = holdline::sim::World::with_index(
        config(&case),
        sounds,
        std::sync::Arc::clone(&index),
        &scripts,
        &mut office,
    )
    .with_inputs(hang_ups.chain(stop))
    .run();
    let tail = support::last_lines(&report.trace, 20);
    let must = |holds: bool, what: String| match holds {
        true => Ok(()),
        false => Err(TestCaseError::fail(format!("{what}\n{tail}"))),
    };
    must(report.broken.is_empty(), format!("{:?}", report.broken))?;
    must(report.exchange.legs() == 0, "a leg is left".to_owned())?;
    let offered = (report.trace.iter())
        .filter(|e| matches!(e.happened, Happened::Offered { .. } | Happened::SignedIn))
        .count();
    let mut recorded: Vec<LegId> = office.records.iter().map(|record| record.leg).collect();
    recorded.sort_unstable();
    recorded.dedup();
    must(
        recorded.len() == office.records.len() && recorded.len() >= offered,
        format!("{offered} calls, records of {recorded:?}"),
    )?;
    let known = office.meetings.iter().map(|(card, _)| (card.conference_id, card.meeting));
    Model::new(known, rules, |_leg| false)
        .follow(&report.trace)
        .or_else(|wrong| must(false, wrong))?;
    ears(&report).map_or(Ok(()), |wrong| must(false, wrong))?;
    recordings(&report, index, case.rules.announce).or_else(|wrong| must(false, wrong))?;
    let text = report.journal.to_json_lines();
    let traced: String = report.trace.iter().map(|e| e.to_json(|leg| leg.to_string())).collect();
    for pin in PINS.iter().chain([&WRONG]) {
        must(!text.contains(pin) && !traced.contains(pin), "a PIN is written down".to_owned())?;
    }
    replays_whole_and_in_parts(&report.journal, &report.trace).or_else(|wrong| must(false, wrong))
}

/// What was heard where it should not be, and where nothing was. The prompts are tones here, without a vowel.
fn ears(report: &Report) -> Option<String> {
    const VOICE_PASSES: u64 = 2;
    let names: Vec<String> = report.seats.iter().map(|seat| seat.leg.to_string()).collect();
    let seats = report.seats.iter().zip(&names).enumerate();
    let voices: Vec<Voice<'_>> = seats
        .map(|(place, (seat, name))| Voice { leg: seat.leg, name, hz: voice_of(place) })
        .collect();
    amiss_by_ear(report, &voices, VOICE_PASSES)
}

/// Nobody is in a recording who never was in its meeting, and none of what is heard in the lobby.
fn recordings(
    report: &Report,
    index: std::sync::Arc<SoundIndex>,
    announce: Announce,
) -> Result<(), String> {
    let admitted =
        report.trace.iter().filter(|it| matches!(it.happened, Happened::Admitted { .. }));
    let inside: BTreeSet<_> = admitted.map(|event| (event.leg, event.meeting)).collect();
    let voices = std::sync::Arc::new(Voices::new((0..report.seats.len()).map(voice_of)));
    for (meeting, samples) in &report.recordings {
        let mut ear = Ear::new(std::sync::Arc::clone(&index), std::sync::Arc::clone(&voices));
        for samples in samples.as_chunks::<{ Frame::SAMPLES }>().0 {
            ear.hear(&Frame(*samples));
        }
        for recorded in ear.impressions() {
            match &recorded.heard {
                Heard::Music => return Err(format!("music in the recording of {meeting}")),
                Heard::Voices(voices) if recorded.frames >= 3 && announce != Announce::Names => {
                    for &hz in voices {
                        let speaker = speaker(&report.seats, hz).leg;
                        if !inside.contains(&(Some(speaker), Some(*meeting))) {
                            return Err(format!("{speaker} is in the recording of {meeting}"));
                        }
                    }
                }
                Heard::Voices(_) | Heard::Silence | Heard::Prompt(_) | Heard::Tone(_) => {}
            }
        }
    }
    Ok(())
}

fn speaker(seats: &[Seat], hz: u32) -> &Seat {
    let place = usize::try_from((hz - 450) / 100).unwrap();
    &seats[place]
}
