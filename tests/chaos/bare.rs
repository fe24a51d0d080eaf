//! Inputs in any order at any microsecond, without sound: thousands of steps a second.

use std::collections::BTreeMap;
use std::time::Duration;

use holdline::domain::settings::{DialogueSettings, MeetingRules};
use holdline::domain::{Answer, Digit, Key, LegId, MeetingCard, Question, Record, Uptime, UserId};
use holdline::exchange::{
    Config, Exchange, HungUpBy, Input, Journal, JournalEntry, Output, SoundMode, TraceEvent, replay,
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
    /// The next question is answered only after so many milliseconds; or never.
    SlowStore(Option<u16>),
    Stop,
}

#[derive(Clone, Debug)]
pub struct Case {
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
        2 => "[0-9*#A-D]{1,20}",
    ];
    let op = prop_oneof![
        5 => leg.clone().prop_map(Op::Call),
        1 => (leg.clone(), 0..IDS.len()).prop_map(|(leg, place)| Op::App(leg, place)),
        8 => (leg.clone(), keys).prop_map(|(leg, keys)| Op::Keys(leg, keys)),
        4 => leg.prop_map(Op::HangUp),
        2 => prop::option::of(0_u16..9_000).prop_map(Op::SlowStore),
        1 => Just(Op::Stop),
    ];
    // Gaps of nothing at all, of microseconds and of half a minute.
    let gap = prop_oneof![Just(0_u32), 1_u32..200_000, 200_000_u32..30_000_000];
    prop::collection::vec((gap, op), 1..60).prop_map(|ops| Case { ops })
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
    fn new(sound: SoundMode) -> Self {
        let dialogue =
            DialogueSettings { lobby_ends_after: Duration::from_secs(150), ..Default::default() };
        let config = Config { dialogue, sound, legs_max: 5, ..Config::default() };
        let rules = MeetingRules { legs_max: 4, ..MeetingRules::default() };
        Self {
            exchange: Exchange::new(config.clone(), support::short_sounds().0),
            config,
            now: Uptime::ZERO,
            due: BTreeMap::new(),
            added: 0,
            next_answer_takes: Some(Duration::from_millis(5)),
            cards: vec![support::card(1, IDS[0], rules.clone()), support::card(2, IDS[1], rules)],
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
            Op::SlowStore(after) => {
                self.next_answer_takes = after.map(|ms| Duration::from_millis(ms.into()));
            }
            Op::Stop => self.bring(Input::Stop),
        }
    }
}

fn run(case: &Case, sound: SoundMode) -> Run {
    let mut run = Run::new(sound);
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
    let tail = support::last_lines(&bare.trace, 20);
    let must = |holds: bool, what: String| match holds {
        true => Ok(()),
        false => Err(TestCaseError::fail(format!("{what}\n{tail}"))),
    };
    must(bare.broken.is_empty(), format!("{:?}", bare.broken))?;
    must(bare.exchange.legs() == 0 && bare.exchange.meetings() == 0, "something is left".into())?;
    let known = bare.cards.iter().map(|card| (card.conference_id, card.meeting));
    Model::new(known).follow(&bare.trace).or_else(|wrong| must(false, wrong))?;
    let journal = Journal { config: bare.config.clone(), entries: bare.journal };
    must(!journal.to_json_lines().contains(PIN), "the PIN is in the journal".to_owned())?;
    let again = replay(&journal, support::short_sounds().0);
    must(again.as_ref() == Ok(&bare.trace), "the journal replays to another trace".to_owned())?;
    let with_sound = run(&case, SoundMode::Frames);
    must(with_sound.trace == bare.trace, "with sound, another trace".to_owned())?;
    must(with_sound.records == bare.records, "with sound, other records".to_owned())
}
