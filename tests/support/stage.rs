//! An exchange on a stage: inputs at any microsecond, a store that answers after a stated time, everything kept.

use std::collections::BTreeMap;
use std::time::Duration;

use holdline::domain::settings::{DialogueSettings, MeetingRules};
use holdline::domain::{
    Answer, CallRecord, CallSource, Command, Digit, HangupCause, Key, LegId, MeetingCard,
    MeetingRecord, Question, Record, Uptime, UserId,
};
use holdline::exchange::{
    Config, Exchange, Happened, HungUpBy, Input, Journal, JournalEntry, Order, Output, Passing,
    Present, SoundMode, TraceEvent,
};
use holdline::ivr::State;

use super::{card, last_lines, short_sounds};

/// The number all call.
pub const ACCESS_NUMBER: &str = "+14255550199";

/// The conference IDs of the stage's two meetings, and the PINs of their organizers.
pub const IDS: [&str; 2] = ["147852036", "369258147"];
pub const PINS: [&str; 2] = ["907351846294", "518240936275"];

pub struct Stage {
    pub exchange: Exchange,
    pub config: Config,
    pub now: Uptime,
    pub cards: Vec<MeetingCard>,
    /// After how long the next question is answered; never with `None`. Then 5 ms again.
    pub next_answer_takes: Option<Duration>,
    /// Whose calls the store has refused.
    pub keeps_out: Option<CallSource>,
    pub trace: Vec<TraceEvent>,
    pub journal: Vec<JournalEntry>,
    pub records: Vec<Record>,
    pub hung_up: Vec<(LegId, HangupCause)>,
    pub broken: Vec<String>,
    pub handed_over: Vec<Passing>,
    /// Where a keeper of the journal would have begun another file, and who was there.
    pub cut: Option<(usize, Present)>,
    due: BTreeMap<(Uptime, u64), Input>,
    added: u64,
}

impl Stage {
    /// Two meetings with these rules, short sounds or none.
    pub fn new(rules: &MeetingRules, dialogue: DialogueSettings, sound: SoundMode) -> Self {
        Self::with_config(rules, Config { dialogue, sound, ..Config::default() })
    }

    pub fn with_config(rules: &MeetingRules, config: Config) -> Self {
        Self {
            exchange: Exchange::new(config.clone(), short_sounds().0),
            config,
            now: Uptime::ZERO,
            cards: (1..).zip(IDS).map(|(n, id)| card(n, id, rules.clone())).collect(),
            next_answer_takes: Some(ANSWER_TAKES),
            keeps_out: None,
            trace: Vec::new(),
            journal: Vec::new(),
            records: Vec::new(),
            hung_up: Vec::new(),
            broken: Vec::new(),
            handed_over: Vec::new(),
            cut: None,
            due: BTreeMap::new(),
            added: 0,
        }
    }

    pub fn bring(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    /// Lets time pass, bringing what is due on the way.
    pub fn pass(&mut self, after: Duration) {
        let until = self.now + after;
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

    pub fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub fn call(&mut self, leg: u64) {
        self.call_from(leg, CallSource::UNKNOWN);
    }

    pub fn call_from(&mut self, leg: u64, from: CallSource) {
        let called = ACCESS_NUMBER.parse().unwrap();
        self.bring(Input::IncomingCall { leg: LegId::new(leg), from, called });
    }

    pub fn app(&mut self, leg: u64, user: u64, place: usize) {
        let card = Box::new(self.cards[place].clone());
        self.bring(Input::AppJoins { leg: LegId::new(leg), user: UserId::new(user), card });
    }

    pub fn keys(&mut self, leg: u64, keys: &str) {
        for digit in keys.chars().filter_map(Digit::from_char) {
            self.bring(Input::Digit { leg: LegId::new(leg), key: Key::Digit(digit) });
        }
    }

    pub fn hang_up(&mut self, leg: u64) {
        self.bring(Input::HungUp { leg: LegId::new(leg), by: HungUpBy::Caller });
    }

    pub fn command(&mut self, leg: u64, command: Command) {
        self.bring(Input::Command { leg: LegId::new(leg), command });
    }

    pub fn order(&mut self, place: usize, order: Order) {
        let meeting = self.cards[place].meeting;
        self.bring(Input::Order { meeting, order });
    }

    /// A caller calls the first meeting and says nothing of being its organizer.
    pub fn caller_comes(&mut self, leg: u64) {
        self.comes(leg, &format!("{}##", IDS[0]));
    }

    /// The organizer of the first meeting calls and keys the PIN.
    pub fn organizer_comes(&mut self, leg: u64) {
        self.comes(leg, &format!("{}#*{}#", IDS[0], PINS[0]));
    }

    /// Calls and keys all this in one go; a second later it has come to what it comes to.
    pub fn comes(&mut self, leg: u64, keys: &str) {
        self.call(leg);
        self.pass(Duration::from_millis(200));
        self.keys(leg, keys);
        self.seconds(1);
    }

    /// Lets a caller key this in a meeting; a second later all has been said about it.
    pub fn keyed(&mut self, leg: u64, keys: &str) {
        self.keys(leg, keys);
        self.seconds(1);
    }

    pub fn state(&self, leg: u64) -> Option<&'static str> {
        self.exchange.state_of(LegId::new(leg)).map(State::name)
    }

    /// What has happened, from that place in the trace on.
    pub fn since(&self, mark: usize) -> impl Iterator<Item = &TraceEvent> {
        self.trace[mark..].iter()
    }

    /// The prompts that have begun for a leg from that place in the trace on.
    pub fn said(&self, mark: usize, leg: u64) -> Vec<&'static str> {
        self.since(mark)
            .filter(|event| event.leg == Some(LegId::new(leg)))
            .filter_map(|event| match event.happened {
                Happened::Prompt { prompt } => Some(prompt.name()),
                _ => None,
            })
            .collect()
    }

    pub fn mark(&self) -> usize {
        self.trace.len()
    }

    pub fn call_records(&self) -> Vec<&CallRecord> {
        let calls = self.records.iter().filter_map(|record| match record {
            Record::Call(record) => Some(record),
            Record::Meeting(_) => None,
        });
        calls.collect()
    }

    pub fn record_of(&self, leg: u64) -> &CallRecord {
        let records = self.call_records();
        records.into_iter().rfind(|record| record.leg == LegId::new(leg)).unwrap()
    }

    pub fn meeting_records(&self) -> Vec<&MeetingRecord> {
        let meetings = self.records.iter().filter_map(|record| match record {
            Record::Meeting(record) => Some(record),
            Record::Call(_) => None,
        });
        meetings.collect()
    }

    pub fn written_journal(&self) -> String {
        let journal = Journal { config: self.config.clone(), entries: self.journal.clone() };
        journal.to_json_lines()
    }

    /// No invariant broken.
    pub fn assert_whole(&self) {
        assert!(self.broken.is_empty(), "{:?}\n{}", self.broken, last_lines(&self.trace, 20));
    }

    fn later(&mut self, after: Duration, input: Input) {
        self.added += 1;
        self.due.insert((self.now + after, self.added), input);
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
                    self.next_answer_takes = Some(ANSWER_TAKES);
                }
                Output::HangUp { leg, cause } => self.hung_up.push((leg, cause)),
                Output::FileRecord(record) => self.records.push(*record),
                Output::Trace(event) => self.trace.push(event),
                Output::Journal(entry) => self.journal.push(entry),
                Output::Broken(violation) => self.broken.push(format!("{}: {violation}", self.now)),
                Output::MeetingOpened(_) | Output::MeetingClosed(_) | Output::RecordingEnded(_) => {
                }
                Output::HandedOver(passing) => self.handed_over.push(*passing),
            }
        }
        while self.exchange.poll_audio().is_some() {}
    }

    fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::MayCall { from } if self.keeps_out == Some(*from) => Answer::KeptOut,
            Question::MayCall { .. } => Answer::MayCall,
            Question::FindMeeting { entry, .. } => (self.cards.iter())
                .find(|card| card.conference_id.to_string().as_bytes() == entry.reveal())
                .map_or(Answer::NoSuchMeeting, |card| Answer::Meeting(Box::new(card.clone()))),
            Question::VerifyPin { meeting, entry, .. } => {
                let whose = self.cards.iter().position(|card| card.meeting == *meeting);
                match whose.is_some_and(|place| PINS[place].as_bytes() == entry.reveal()) {
                    true => Answer::Organizer,
                    false => Answer::PinMismatch,
                }
            }
        }
    }
}

const ANSWER_TAKES: Duration = Duration::from_millis(5);
