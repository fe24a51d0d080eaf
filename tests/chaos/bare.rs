//! Inputs in any order at any microsecond, without sound: thousands of steps a second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdline::domain::settings::{
    Admission, Announce, AppStart, DialogueSettings, MeetingRules, MuteAll, NameRecording,
    OrganizerQuestion, Recording, RecordingNotice, StartRequires, WhenAuthenticatedLeft,
};
use holdline::domain::{Command, Language, Languages, LegId};
use holdline::exchange::{Config, Happened, Input, Journal, Order, SoundMode, TraceEvent};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::model::Model;
use crate::support::{
    self,
    journals::{forks_at_its_keys, replays_whole_and_in_parts},
    stage::{ACCESS_NUMBER, IDS, PINS, Stage},
};

#[derive(Clone, Debug)]
pub enum Op {
    Call(u64),
    App(u64, usize),
    Keys(u64, String),
    HangUp(u64),
    Command(u64, Command),
    Order(usize, Order),
    /// The next question is answered only after so many milliseconds; or never.
    SlowStore(Option<u16>),
    Stop,
}

#[derive(Clone, Debug)]
pub struct Case {
    rules: MeetingRules,
    /// Of the number that all call; none stands for the default.
    languages: Vec<Language>,
    ops: Vec<(u32, Op)>,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let leg = 1_u64..7;
    let keys = prop_oneof![
        3 => (0..IDS.len()).prop_map(|place| format!("{}#", IDS[place])),
        2 => (0..IDS.len()).prop_map(|place| format!("{}#*{}#", IDS[place], PINS[place])),
        2 => Just("#".to_owned()),
        1 => Just(format!("*{}#", PINS[0])),
        1 => Just("*12345#".to_owned()),
        1 => Just("54321#".to_owned()),
        2 => "[0-9*#A-D]{1,20}",
        4 => prop::sample::select(vec!["*6", "*5", "*7", "*8", "*21", "*22", "*23", "*24", "*1", "*3"])
            .prop_map(str::to_owned),
        1 => "\\*[0-9]{0,3}[*#]?[0-9]{0,3}",
    ];
    let whom = (1_u64..7).prop_map(LegId::new);
    let order = prop_oneof![
        2 => Just(Order::AdmitAll),
        2 => whom.clone().prop_map(|whom| Order::Admit { whom }),
        1 => whom.clone().prop_map(|whom| Order::Refuse { whom }),
        1 => whom.clone().prop_map(|whom| Order::Remove { whom }),
        1 => whom.clone().prop_map(|whom| Order::Mute { whom }),
        1 => whom.prop_map(|whom| Order::LetSpeak { whom }),
        1 => prop::sample::select(vec![
            Order::MuteAll,
            Order::LetAllSpeak,
            Order::Lock,
            Order::Unlock,
            Order::AnnouncementsOn,
            Order::AnnouncementsOff,
            Order::End,
            Order::Cancel,
        ]),
        1 => Just(Order::RecordingFailed),
    ];
    let op = prop_oneof![
        5 => leg.clone().prop_map(Op::Call),
        1 => (leg.clone(), 0..IDS.len()).prop_map(|(leg, place)| Op::App(leg, place)),
        8 => (leg.clone(), keys).prop_map(|(leg, keys)| Op::Keys(leg, keys)),
        4 => leg.clone().prop_map(Op::HangUp),
        1 => (leg, prop::sample::select(Command::ALL.to_vec()))
            .prop_map(|(leg, command)| Op::Command(leg, command)),
        3 => (0..IDS.len(), order).prop_map(|(place, order)| Op::Order(place, order)),
        2 => prop::option::of(0_u16..9_000).prop_map(Op::SlowStore),
        1 => Just(Op::Stop),
    ];
    // Gaps of nothing at all, of microseconds and of half a minute.
    let gap = prop_oneof![Just(0_u32), 1_u32..200_000, 200_000_u32..30_000_000];
    let ops = prop::collection::vec((gap, op), 1..60);
    let languages = prop_oneof![
        3 => Just(Vec::new()),
        1 => Just(vec![Language::DeDe]),
        1 => Just(vec![Language::DeDe, Language::EnUs]),
    ];
    (rules(), languages, parties(), ops).prop_map(|(rules, languages, party, ops)| {
        // Where there is a choice, whoever comes makes it first.
        let chooses = |op| match op {
            Op::Keys(leg, keys) if languages.len() > 1 => Op::Keys(leg, format!("2{keys}")),
            other => other,
        };
        let party = party.into_iter().map(|(gap, op)| (gap, chooses(op)));
        // And one comes late, whatever has become of the meeting.
        let keys = chooses(Op::Keys(6, format!("{}##", IDS[0])));
        let late = [(0, Op::HangUp(6)), (0, Op::Call(6)), (100_000, keys)];
        let ops = party.chain(ops).chain(late).collect();
        Case { rules, languages, ops }
    })
}

/// Up to four who come to a meeting one after the other, most of them to the same one: what is random finds somebody in.
fn parties() -> impl Strategy<Value = Vec<(u32, Op)>> {
    let guest = (prop_oneof![4 => Just(0_usize), 1 => Just(1)], 0..5_u8, 0_u32..9_000_000);
    prop::collection::vec(guest, 0..5).prop_map(|guests| {
        let come = |(leg, (place, kind, after)): (u64, (usize, u8, u32))| {
            let keys = match kind {
                0 => format!("{}#*{}#", IDS[place], PINS[place]),
                1 | 2 => format!("{}##", IDS[place]),
                3 => format!("{}#*", IDS[place]),
                _by_app => return vec![(after, Op::App(leg, place))],
            };
            vec![(after, Op::Call(leg)), (100_000, Op::Keys(leg, keys))]
        };
        (1..).zip(guests).flat_map(come).collect()
    })
}

/// All settings of a meeting that change who is where.
fn rules() -> impl Strategy<Value = MeetingRules> {
    let start = [StartRequires::OrganizerPinOrApp, StartRequires::Anyone];
    let admission = [Admission::OnStart, Admission::OnCommand];
    let question = [OrganizerQuestion::BeforeStart, OrganizerQuestion::AlsoAfterStart];
    let left = [
        WhenAuthenticatedLeft::GoesOn,
        WhenAuthenticatedLeft::Ends,
        WhenAuthenticatedLeft::BackToLobby,
    ];
    let app = [AppStart::AnyUser, AppStart::OrganizerOnly];
    let recording = [Recording::Off, Recording::FromStart];
    (
        prop::sample::select(start.to_vec()),
        prop::sample::select(admission.to_vec()),
        prop::sample::select(question.to_vec()),
        prop::sample::select(left.to_vec()),
        prop::sample::select(app.to_vec()),
        prop::sample::select(vec![MuteAll::Soft, MuteAll::Hard]),
        prop::sample::select(recording.to_vec()),
        prop::sample::select(vec![RecordingNotice::Off, RecordingNotice::PhoneCallers]),
        prop::sample::select(vec![
            Announce::Off,
            Announce::Tones,
            Announce::Tones,
            Announce::Names,
        ]),
        prop::sample::select(vec![NameRecording::On, NameRecording::On, NameRecording::Off]),
    )
        .prop_map(
            |(
                start_requires,
                admission,
                question,
                left,
                app,
                mute_all,
                recording,
                notice,
                announce,
                name_recording,
            )| {
                MeetingRules {
                    start_requires,
                    admission,
                    organizer_question: question,
                    when_authenticated_left: left,
                    app_start: app,
                    mute_all,
                    recording,
                    recording_notice: notice,
                    announce,
                    name_recording,
                    legs_max: 4,
                    ..MeetingRules::default()
                }
            },
        )
}

/// The calls made on each line so far: the next one is another leg, as an engine's are.
#[derive(Default)]
struct Lines([u64; 7]);

impl Lines {
    /// The leg of the latest call on a line.
    fn leg(&self, line: u64) -> u64 {
        line + 10 * self.0[usize::try_from(line).unwrap()].saturating_sub(1)
    }

    /// The leg of a call that is about to be made; the one before, while that is still there.
    fn new_leg(&mut self, line: u64, stage: &Stage) -> u64 {
        if stage.state(self.leg(line)).is_none() {
            self.0[usize::try_from(line).unwrap()] += 1;
        }
        self.leg(line)
    }

    fn order(&self, order: &Order) -> Order {
        let of = |line: LegId| LegId::new(self.leg(line.number()));
        match order {
            Order::Admit { whom } => Order::Admit { whom: of(*whom) },
            Order::Refuse { whom } => Order::Refuse { whom: of(*whom) },
            Order::Remove { whom } => Order::Remove { whom: of(*whom) },
            Order::Mute { whom } => Order::Mute { whom: of(*whom) },
            Order::LetSpeak { whom } => Order::LetSpeak { whom: of(*whom) },
            other => other.clone(),
        }
    }
}

fn do_op(stage: &mut Stage, lines: &mut Lines, op: &Op) {
    match op {
        Op::Call(line) => stage.call(lines.new_leg(*line, stage)),
        Op::App(line, place) => stage.app(lines.new_leg(*line, stage), 9, *place),
        Op::Keys(line, keys) => stage.keys(lines.leg(*line), keys),
        Op::HangUp(line) => stage.hang_up(lines.leg(*line)),
        Op::Command(line, command) => stage.command(lines.leg(*line), *command),
        Op::Order(place, order) => stage.order(*place, lines.order(order)),
        Op::SlowStore(after) => {
            stage.next_answer_takes = after.map(|ms| Duration::from_millis(ms.into()));
        }
        Op::Stop => stage.bring(Input::Stop),
    }
}

/// What has ever happened in any case, so that a swarm that no longer gets there is noticed.
pub static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn count_seen(trace: &[TraceEvent]) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.extend(trace.iter().filter_map(|event| match &event.happened {
        Happened::Command { command } => Some(format!("command {command}")),
        Happened::Language { language } => Some(format!("language {language}")),
        Happened::Ordered { order } => Some(format!("order {order}")),
        Happened::Prompt { prompt } => Some(format!("prompt {prompt}")),
        Happened::State { state } => Some(format!("state {state}")),
        Happened::Left { cause, .. } => Some(format!("cause {cause:?}")),
        Happened::MeetingEnded { reason } => Some(format!("end {reason:?}")),
        _other => None,
    }));
}

fn run(case: &Case, sound: SoundMode) -> Stage {
    let dialogue =
        DialogueSettings { lobby_ends_after: Duration::from_secs(150), ..Default::default() };
    let languages = match case.languages.as_slice() {
        [] => BTreeMap::new(),
        some => BTreeMap::from([(ACCESS_NUMBER.parse().unwrap(), Languages::new(some).unwrap())]),
    };
    let config = Config { dialogue, sound, languages, legs_max: 5, ..Config::default() };
    let mut stage = Stage::with_config(&case.rules, config);
    let mut lines = Lines::default();
    for (gap, op) in &case.ops {
        stage.pass(Duration::from_micros((*gap).into()));
        do_op(&mut stage, &mut lines, op);
    }
    // Longer than any of the limits: whoever is left then is stranded. Members of a live meeting leave by themselves.
    stage.seconds(400);
    for line in 1..7 {
        stage.hang_up(lines.leg(line));
    }
    stage.seconds(1);
    stage
}

/// Runs a case with and without sound and checks all that must hold.
pub fn check(case: Case) -> Result<(), TestCaseError> {
    let bare = run(&case, SoundMode::Durations);
    count_seen(&bare.trace);
    let tail = support::last_lines(&bare.trace, 20);
    let must = |holds: bool, what: String| match holds {
        true => Ok(()),
        false => Err(TestCaseError::fail(format!("{what}\n{tail}"))),
    };
    must(bare.broken.is_empty(), format!("{:?}", bare.broken))?;
    must(bare.exchange.legs() == 0 && bare.exchange.meetings() == 0, "something is left".into())?;
    let known = bare.cards.iter().map(|card| (card.conference_id, card.meeting));
    Model::new(known, case.rules.clone())
        .follow(&bare.trace)
        .or_else(|wrong| must(false, wrong))?;
    let text = bare.written_journal();
    let written = PINS.iter().any(|pin| text.contains(pin));
    must(!written, "a PIN is in the journal".to_owned())?;
    let journal = Journal::parse(&text).unwrap();
    replays_whole_and_in_parts(&journal, &bare.trace).or_else(|wrong| must(false, wrong))?;
    forks_at_its_keys(&journal, &bare.trace).or_else(|wrong| must(false, wrong))?;
    let with_sound = run(&case, SoundMode::Frames);
    must(with_sound.broken.is_empty(), format!("{:?}", with_sound.broken))?;
    if case.rules.announce == Announce::Names {
        // Nobody here has a voice to say a name with.
        return Ok(());
    }
    must(with_sound.trace == bare.trace, "with sound, another trace".to_owned())?;
    must(with_sound.records == bare.records, "with sound, other records".to_owned())
}
