//! Walks the whole graph of a leg's dialogue: every state is reached, and each is left by keys, by time alone, and by
//! hanging up.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use holdline::domain::settings::{AfterWrongPins, DialogueSettings};
use holdline::domain::{Digit, EndReason, Key, Language, Languages, Role, Uptime};
use holdline::ivr::{
    Awaiting, Company, Deed, Dialogue, Dismissal, Entrance, Event, Lead, NameTaken, Notice, Place,
    Recorded, Refusal, Reply, State, Wait,
};

const ENTRANCE: Entrance = Entrance {
    role: Role::Attendee,
    company: Company::Others,
    recorded: Recorded::Untold,
    silenced: None,
    waiting: 0,
};

fn both() -> Languages {
    Languages::new(&Language::ALL).unwrap()
}

/// Everything that can come from outside.
fn events() -> Vec<Event> {
    let mut events: Vec<Event> =
        Digit::ALL.iter().map(|digit| Event::Key(Key::Digit(*digit))).collect();
    events.extend([
        Event::Answered(Languages::default()),
        Event::Answered(both()),
        Event::PhraseEnded,
        Event::WaitOver(Wait::Keys),
        Event::WaitOver(Wait::LobbyWord),
        Event::WaitOver(Wait::LobbyWarning),
        Event::WaitOver(Wait::LobbyEnd),
        Event::Store(Reply::MayCall),
        Event::Store(Reply::KeptOut),
        Event::Store(Reply::MeetingFound(Lead::OrganizerQuestion)),
        Event::Store(Reply::MeetingFound(Lead::Straight)),
        Event::Store(Reply::NoSuchMeeting),
        Event::Store(Reply::PinRight),
        Event::Store(Reply::PinMismatch),
        Event::Store(Reply::Unavailable),
        Event::Put(Place::Lobby(Awaiting::Start)),
        Event::Put(Place::Lobby(Awaiting::Admission)),
        Event::Put(Place::Meeting(ENTRANCE)),
        Event::Put(Place::NameFirst),
        Event::NameTaken(NameTaken::Said),
        Event::NameTaken(NameTaken::Silent),
        Event::Put(Place::Nowhere(Refusal::MeetingFull)),
        Event::Put(Place::Nowhere(Refusal::MeetingLocked)),
        Event::Put(Place::Nowhere(Refusal::BridgeFull)),
        Event::Dismissed(Dismissal::Refused),
        Event::Dismissed(Dismissal::Removed),
        Event::MeetingEnded(EndReason::Organizer),
        Event::MeetingEnded(EndReason::Cancelled),
        Event::Notice(Notice::SomeoneWaiting),
        Event::Stop,
        Event::HungUp,
    ]);
    events
}

/// A dialogue with what it waits for, as an exchange would keep it.
struct Walk {
    dialogue: Dialogue,
    settings: DialogueSettings,
    now: Uptime,
    waits: BTreeMap<&'static str, (Uptime, Event)>,
}

impl Walk {
    fn after(settings: &DialogueSettings, path: &[Event]) -> Self {
        let mut walk = Self {
            dialogue: Dialogue::ringing(),
            settings: settings.clone(),
            now: Uptime::ZERO,
            waits: BTreeMap::new(),
        };
        walk.await_in("answer", Duration::from_secs(60), Event::HungUp);
        path.iter().for_each(|event| walk.take(*event));
        walk
    }

    fn take(&mut self, event: Event) {
        let mut deeds = Vec::new();
        let mut said = false;
        self.dialogue.handle(self.now, event, &self.settings, &mut deeds);
        if self.dialogue.state() != State::Ringing {
            self.waits.remove("answer");
        }
        for deed in deeds {
            match deed {
                Deed::Say(_) => {
                    self.await_in("phrase", Duration::from_secs(1), Event::PhraseEnded);
                }
                Deed::Hush => {
                    self.waits.remove("phrase");
                }
                Deed::Await(wait, after) => {
                    let lane = match wait {
                        Wait::Keys | Wait::LobbyWord => "keys, store or word",
                        Wait::LobbyWarning | Wait::LobbyEnd => "end",
                    };
                    self.await_in(lane, after, Event::WaitOver(wait));
                }
                Deed::AskMeeting(_) | Deed::AskPin(_) => {
                    let silent = Event::Store(Reply::Unavailable);
                    self.await_in("keys, store or word", Duration::from_secs(5), silent);
                }
                Deed::AwaitNothing => self.waits.retain(|lane, _| *lane == "phrase"),
                Deed::EndName => said = true,
                Deed::Place(..) => {
                    let put = Event::Put(Place::Lobby(Awaiting::Start));
                    self.await_in("place", Duration::ZERO, put);
                }
                Deed::Answer
                | Deed::Chosen(..)
                | Deed::Command(..)
                | Deed::RecordName
                | Deed::KeyIgnored
                | Deed::HangUp(_) => {}
            }
        }
        if said {
            self.take(Event::NameTaken(NameTaken::Said));
        }
        if self.dialogue.state() == State::InMeeting {
            // No meeting lasts longer than a day: its own rules see to that.
            let over = Event::MeetingEnded(EndReason::LongestTime);
            self.await_in("meeting", Duration::from_secs(24 * 60 * 60), over);
        }
    }

    fn await_in(&mut self, lane: &'static str, after: Duration, event: Event) {
        self.waits.insert(lane, (self.now + after, event));
    }

    /// Lets only time pass; how long it takes until the call is over.
    fn ends_by_itself(mut self) -> Option<Duration> {
        for _ in 0..10_000 {
            if self.dialogue.state() == State::Gone {
                return Some(self.now.since(Uptime::ZERO));
            }
            let (lane, (at, event)) =
                self.waits.iter().min_by_key(|(_, (at, _))| *at).map(|(l, w)| (*l, *w))?;
            self.waits.remove(lane);
            self.now = self.now.max(at);
            self.take(event);
        }
        None
    }
}

/// The shortest path to each state there is.
fn paths(settings: &DialogueSettings) -> BTreeMap<String, Vec<Event>> {
    let mut found = BTreeMap::new();
    let mut open = VecDeque::from([Vec::new()]);
    while let Some(path) = open.pop_front() {
        let state = format!("{:?}", Walk::after(settings, &path).dialogue.state());
        if found.contains_key(&state) {
            continue;
        }
        found.insert(state, path.clone());
        for event in events() {
            // An entry needs a key before its `#`.
            for keys in [vec![event], vec![Event::Key(Key::Digit(Digit::ALL[1])), event]] {
                open.push_back(path.iter().copied().chain(keys).collect());
            }
        }
    }
    found
}

fn settings() -> [DialogueSettings; 2] {
    let lobby = AfterWrongPins::Lobby;
    [
        DialogueSettings::default(),
        DialogueSettings { after_wrong_pins: lobby, ..DialogueSettings::default() },
    ]
}

#[test]
fn every_state_is_reached() {
    for settings in settings() {
        let reached: BTreeSet<&str> = paths(&settings)
            .values()
            .map(|path| Walk::after(&settings, path).dialogue.state().name())
            .collect();
        let all = [
            "asking-name",
            "checking-pin",
            "choosing-language",
            "entering-conference-id",
            "entering-pin",
            "finding-meeting",
            "gone",
            "goodbye",
            "in-lobby",
            "in-meeting",
            "organizer-question",
            "placing",
            "recording-name",
            "reviewing-name",
            "ringing",
        ];
        assert_eq!(reached.into_iter().collect::<Vec<_>>(), all);
    }
}

#[test]
fn time_alone_and_hanging_up_lead_out_of_every_state() {
    for settings in settings() {
        for (state, path) in paths(&settings) {
            let ended = Walk::after(&settings, &path).ends_by_itself();
            assert!(ended.is_some(), "{state} has no way out by time: {path:?}");
            let longest = Duration::from_secs(24 * 60 * 60 + 10);
            assert!(ended.is_some_and(|after| after <= longest), "{state}: {ended:?}");
            let mut walk = Walk::after(&settings, &path);
            walk.take(Event::HungUp);
            assert_eq!(walk.dialogue.state(), State::Gone, "{state} outlives its caller");
        }
    }
}

/// Where a caller is asked something, keys lead on; elsewhere they are not asked anything.
#[test]
fn keys_lead_out_of_every_state_that_asks() {
    let settings = DialogueSettings::default();
    let pound = Event::Key(Key::Digit(Digit::POUND));
    for (state, path) in paths(&settings) {
        let mut walk = Walk::after(&settings, &path);
        let before = walk.dialogue.state();
        let asks = matches!(
            before,
            State::ChoosingLanguage(_)
                | State::EnteringConferenceId { .. }
                | State::OrganizerQuestion
                | State::EnteringPin { .. }
                | State::AskingName(_)
                | State::RecordingName(_)
                | State::ReviewingName(_)
        );
        walk.take(pound);
        assert_eq!(walk.dialogue.state() != before, asks, "{state}");
    }
}
