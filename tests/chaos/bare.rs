//! Inputs in any order at any microsecond, without sound: thousands of steps a second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdline::domain::settings::{
    Admission, AppStart, DialogueSettings, MeetingRules, MuteAll, OrganizerQuestion, Recording,
    RecordingNotice, StartRequires, WhenAuthenticatedLeft,
};
use holdline::domain::{
    Answer, Command, Digit, Key, LegId, MeetingCard, Question, Record, Uptime, UserId,
};
use holdline::exchange::{
    Config, Exchange, Happened, HungUpBy, Input, Journal, JournalEntry, Order, Output, SoundMode,
    TraceEvent, replay,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::model::Model;
use crate::support;

const IDS: [&str; 2] = ["147852036", "369258147"];
const PIN: &str = "907351846294";

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
    ops: Vec<(u32, Op)>,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let leg = 1_u64..7;
    let keys = prop_oneof![
        3 => (0..IDS.len()).prop_map(|place| format!("{}#", IDS[place])),
        2 => (0..IDS.len()).prop_map(|place| format!("{}#*{PIN}#", IDS[place])),
        2 => Just("#".to_owned()),
        1 => Just(format!("*{PIN}#")),
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
    (rules(), parties(), ops).prop_map(|(rules, party, ops)| {
        let ops = party.into_iter().chain(ops).collect();
        Case { rules, ops }
    })
}

/// Up to four who come to a meeting one after the other, most of them to the same one: what is random finds somebody in.
fn parties() -> impl Strategy<Value = Vec<(u32, Op)>> {
    let guest = (prop_oneof![4 => Just(0_usize), 1 => Just(1)], 0..5_u8, 0_u32..9_000_000);
    prop::collection::vec(guest, 0..5).prop_map(|guests| {
        let come = |(leg, (place, kind, after)): (u64, (usize, u8, u32))| {
            let keys = match kind {
                0 => format!("{}#*{PIN}#", IDS[place]),
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
    )
        .prop_map(
            |(start_requires, admission, question, left, app, mute_all, recording, notice)| {
                MeetingRules {
                    start_requires,
                    admission,
                    organizer_question: question,
                    when_authenticated_left: left,
                    app_start: app,
                    mute_all,
                    recording,
                    recording_notice: notice,
                    legs_max: 4,
                    ..MeetingRules::default()
                }
            },
        )
}

struct Run {
    exchange: Exchange,
    config: Config,
    now: Uptime,
    due: BTreeMap<(Uptime, u64), Input>,
    added: u64,
    next_answer_takes: Option<Duration>,
    cards: Vec<MeetingCard>,
    trace: Vec<TraceEvent>,
    journal: Vec<JournalEntry>,
    records: Vec<Record>,
    broken: Vec<String>,
}

impl Run {
    fn new(sound: SoundMode, rules: &MeetingRules) -> Self {
        let dialogue =
            DialogueSettings { lobby_ends_after: Duration::from_secs(150), ..Default::default() };
        let config = Config { dialogue, sound, legs_max: 5, ..Config::default() };
        Self {
            exchange: Exchange::new(config.clone(), support::short_sounds().0),
            config,
            now: Uptime::ZERO,
            due: BTreeMap::new(),
            added: 0,
            next_answer_takes: Some(Duration::from_millis(5)),
            cards: vec![
                support::card(1, IDS[0], rules.clone()),
                support::card(2, IDS[1], rules.clone()),
            ],
            trace: Vec::new(),
            journal: Vec::new(),
            records: Vec::new(),
            broken: Vec::new(),
        }
    }

    fn later(&mut self, after: Duration, input: Input) {
        self.added += 1;
        self.due.insert((self.now + after, self.added), input);
    }

    fn bring(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    /// Lets time pass, bringing what is due on the way.
    fn pass(&mut self, until: Uptime) {
        loop {
            let own = self.exchange.next_deadline().map(|(at, _)| at).filter(|at| *at <= until);
            let brought =
                self.due.first_key_value().map(|(&(at, _), _)| at).filter(|at| *at <= until);
            match (own, brought) {
                (Some(at), None) => self.advance(at),
                (Some(at), Some(other)) if at <= other => self.advance(at),
                (_, Some(at)) => {
                    self.now = at;
                    if let Some((_, input)) = self.due.pop_first() {
                        self.bring(input);
                    }
                }
                (None, None) => break,
            }
        }
        self.now = until;
    }

    fn advance(&mut self, at: Uptime) {
        self.now = self.now.max(at);
        self.exchange.advance(at);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Answer { leg } => {
                    self.later(Duration::from_millis(90), Input::Answered { leg });
                }
                Output::Ask { ticket, question } => {
                    let answer = self.answer(&question);
                    if let Some(after) = self.next_answer_takes {
                        self.later(after, Input::Answer { ticket, answer });
                    }
                    self.next_answer_takes = Some(Duration::from_millis(5));
                }
                Output::FileRecord(record) => self.records.push(*record),
                Output::Trace(event) => self.trace.push(event),
                Output::Journal(entry) => self.journal.push(entry),
                Output::Broken(violation) => self.broken.push(format!("{}: {violation}", self.now)),
                Output::HangUp { .. } | Output::MeetingOpened(_) | Output::MeetingClosed(_) => {}
            }
        }
        while self.exchange.poll_audio().is_some() {}
    }

    fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::FindMeeting { entry } => (self.cards.iter())
                .find(|card| card.conference_id.to_string().as_bytes() == entry.reveal())
                .map_or(Answer::NoSuchMeeting, |card| Answer::Meeting(Box::new(card.clone()))),
            Question::VerifyPin { entry, .. } if entry.reveal() == PIN.as_bytes() => {
                Answer::Organizer
            }
            Question::VerifyPin { .. } => Answer::PinMismatch,
        }
    }

    fn do_op(&mut self, op: &Op) {
        match op {
            Op::Call(leg) => {
                let called = "+14255550199".parse().unwrap();
                self.bring(Input::IncomingCall { leg: LegId::new(*leg), caller: None, called });
            }
            Op::App(leg, place) => {
                let card = Box::new(self.cards[*place].clone());
                let user = UserId::new(9);
                self.bring(Input::AppJoins { leg: LegId::new(*leg), user, card });
            }
            Op::Keys(leg, keys) => {
                for digit in keys.chars().filter_map(Digit::from_char) {
                    let leg = LegId::new(*leg);
                    self.bring(Input::Digit { leg, key: Key::Digit(digit) });
                }
            }
            Op::HangUp(leg) => {
                self.bring(Input::HungUp { leg: LegId::new(*leg), by: HungUpBy::Caller });
            }
            Op::Command(leg, command) => {
                self.bring(Input::Command { leg: LegId::new(*leg), command: *command });
            }
            Op::Order(place, order) => {
                let meeting = self.cards[*place].meeting;
                self.bring(Input::Order { meeting, order: order.clone() });
            }
            Op::SlowStore(after) => {
                self.next_answer_takes = after.map(|ms| Duration::from_millis(ms.into()));
            }
            Op::Stop => self.bring(Input::Stop),
        }
    }
}

/// What has ever happened in any case, so that a swarm that no longer gets there is noticed.
pub static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn count_seen(trace: &[TraceEvent]) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.extend(trace.iter().filter_map(|event| match &event.happened {
        Happened::Command { command } => Some(format!("command {command}")),
        Happened::Ordered { order } => Some(format!("order {order}")),
        Happened::Prompt { prompt } => Some(format!("prompt {prompt}")),
        Happened::State { state } => Some(format!("state {state}")),
        Happened::Left { cause, .. } => Some(format!("cause {cause:?}")),
        Happened::MeetingEnded { reason } => Some(format!("end {reason:?}")),
        _other => None,
    }));
}

fn run(case: &Case, sound: SoundMode) -> Run {
    let mut run = Run::new(sound, &case.rules);
    for (gap, op) in &case.ops {
        run.pass(run.now + Duration::from_micros((*gap).into()));
        run.do_op(op);
    }
    // Longer than any of the limits: whoever is left then is stranded. Members of a live meeting leave by themselves.
    run.pass(run.now + Duration::from_secs(400));
    for leg in 1..7 {
        run.do_op(&Op::HangUp(leg));
    }
    run.pass(run.now + Duration::from_secs(1));
    run
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
    let journal = Journal { config: bare.config.clone(), entries: bare.journal };
    let text = journal.to_json_lines();
    must(!text.contains(PIN), "the PIN is in the journal".to_owned())?;
    let again = replay(&Journal::parse(&text).unwrap(), support::short_sounds().0);
    must(again.as_ref() == Ok(&bare.trace), "the journal replays to another trace".to_owned())?;
    let with_sound = run(&case, SoundMode::Frames);
    must(with_sound.trace == bare.trace, "with sound, another trace".to_owned())?;
    must(with_sound.records == bare.records, "with sound, other records".to_owned())
}
