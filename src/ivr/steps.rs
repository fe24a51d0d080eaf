//! What a dialogue does about an event, once the one `match` in `dialogue.rs` has said which it is: asking, collecting,
//! placing, saying.

use std::time::Duration;

use super::collector::Collected;
use super::dialogue::Step;
use super::event::{Company, Deed, Entrance, Event, NameStep, NameTaken, Notice, Recorded, Wait};
use super::phrase::{Phrase, Said};
use super::state::{Awaiting, Manner, Naming, State, Take};
use super::words::words;
use crate::domain::limits::NAME_LASTS_MAX;
use crate::domain::settings::AfterWrongPins;
use crate::domain::{Digit, EndReason, Entry, HangupCause, Key, Languages, PromptId, Role, Spoken};

impl Step<'_> {
    /// The welcome, and which key is which language where there are several. Whether the caller may call is nobody's question
    /// any more.
    pub(super) fn welcome(&mut self, languages: Languages) {
        self.deeds.push(Deed::AwaitNothing);
        self.dialogue.language = languages.primary();
        if languages.all().len() == 1 {
            self.dialogue.state = State::EnteringConferenceId { tried: 0 };
            return self.say(&[PromptId::Welcome, PromptId::EnterConferenceId]);
        }
        self.dialogue.state = State::ChoosingLanguage(languages);
        let welcome = Spoken { language: languages.primary(), prompt: PromptId::Welcome };
        let offers = (1..).zip(languages.all()).flat_map(|(key, &language)| {
            let key = PromptId::number_below_hundred(key).unwrap_or(PromptId::Number1);
            [PromptId::ForThisLanguage, PromptId::Press, key]
                .map(|prompt| Spoken { language, prompt })
        });
        let said = std::iter::once(welcome).chain(offers).map(Said::Prompt);
        self.deeds.push(Deed::Say(Phrase::of(said)));
    }

    /// `#` takes the language that is spoken; a key that is no language's has no meaning.
    pub(super) fn choose_language(&mut self, languages: Languages, key: Key) {
        let chosen = match key {
            Key::Digit(Digit::POUND) => return self.ask_conference_id(),
            Key::Digit(digit) => languages.by_key(digit.as_char()).map(|chosen| (chosen, digit)),
            Key::Masked => None,
        };
        match chosen {
            Some((language, digit)) => {
                self.dialogue.language = language;
                self.deeds.push(Deed::Chosen(language, digit));
                self.ask_conference_id();
            }
            None => self.deeds.push(Deed::KeyIgnored),
        }
    }

    pub(super) fn ask_conference_id(&mut self) {
        self.deeds.extend([Deed::Hush, Deed::AwaitNothing]);
        self.begin(State::EnteringConferenceId { tried: 0 }, &[PromptId::EnterConferenceId]);
    }

    /// Enters a state that takes keys: those typed ahead first, and the question only when none was of use.
    pub(super) fn begin(&mut self, state: State, question: &[PromptId]) {
        self.dialogue.state = state;
        while self.dialogue.state == state
            && let Some(key) = self.next_kept()
        {
            self.take(Event::Key(key));
        }
        if self.dialogue.state == state && !self.entry_begun() {
            self.say(question);
        }
    }

    pub(super) fn collect(&mut self, key: Key) -> Option<Entry> {
        self.deeds.push(Deed::Hush);
        let collector = self.dialogue.collector.get_or_insert_default();
        match collector.take(self.now, key, self.settings) {
            Collected::More(after) => {
                self.deeds.push(Deed::Await(Wait::Keys, after));
                None
            }
            Collected::Complete(entry) => {
                self.deeds.extend([Deed::Hush, Deed::AwaitNothing]);
                Some(entry)
            }
        }
    }

    /// An empty entry is a try like any other, but no question for the store.
    pub(super) fn submit_conference_id(&mut self, tried: u8, entry: Entry) {
        if entry.is_empty() {
            return self.conference_id_failed(tried, Failed::Incomplete);
        }
        self.dialogue.state = State::FindingMeeting { tried };
        self.deeds.push(Deed::AskMeeting(entry));
    }

    pub(super) fn submit_pin(&mut self, tried: u8, entry: Entry) {
        if entry.is_empty() {
            return self.pin_failed(tried, Failed::Incomplete);
        }
        self.dialogue.state = State::CheckingPin { tried };
        self.deeds.push(Deed::AskPin(entry));
    }

    pub(super) fn conference_id_failed(&mut self, tried: u8, failed: Failed) {
        self.dialogue.collector = None;
        let tried = tried.saturating_add(1);
        let question = match self.settings.conference_id_tries.saturating_sub(tried) {
            0 => {
                let cause = HangupCause::NoConferenceId;
                return self.farewell(cause, PromptId::ConferenceIdGoodbye);
            }
            1 => PromptId::EnterConferenceIdLast,
            _several => PromptId::EnterConferenceIdAgain,
        };
        let why = failed.why(PromptId::ConferenceIdUnknown);
        self.begin(State::EnteringConferenceId { tried }, &[why, question]);
    }

    pub(super) fn pin_failed(&mut self, tried: u8, failed: Failed) {
        self.dialogue.collector = None;
        let tried = tried.saturating_add(1);
        let question =
            match (self.settings.pin_tries.saturating_sub(tried), self.settings.after_wrong_pins) {
                (0, AfterWrongPins::Goodbye) => {
                    return self.farewell(HangupCause::WrongPin, PromptId::PinGoodbye);
                }
                (0, AfterWrongPins::Lobby) => {
                    return self.place(Manner::AfterWrongPins, Role::Attendee);
                }
                (1, _) => PromptId::EnterPinLast,
                (_several, _) => PromptId::EnterPinAgain,
            };
        let why = failed.why(PromptId::PinWrong);
        self.begin(State::EnteringPin { tried }, &[why, question]);
    }

    /// The first-digit wait begins when the question has been heard, unless a key came sooner.
    pub(super) fn await_first_key(&mut self) {
        if !self.entry_begun() {
            self.deeds.push(Deed::Await(Wait::Keys, self.settings.first_digit_after));
        }
    }

    pub(super) fn place(&mut self, manner: Manner, role: Role) {
        self.dialogue.collector = None;
        self.dialogue.state = State::Placing(manner);
        self.deeds.extend([Deed::Hush, Deed::AwaitNothing, Deed::Place(role, NameStep::Open)]);
    }

    /// Asks for the name; what is said after the tone is it. An apology goes before the second asking.
    pub(super) fn ask_name(&mut self, naming: Naming, apology: &[PromptId]) {
        self.dialogue.state = State::AskingName(naming);
        self.deeds.extend([Deed::Hush, Deed::AwaitNothing]);
        let asked =
            Phrase::new(self.dialogue.language, &[apology, &[PromptId::RecordName]].concat());
        self.deeds.push(Deed::Say(asked.and(Said::RecordTone)));
    }

    pub(super) fn record_name(&mut self, naming: Naming) {
        self.dialogue.state = State::RecordingName(naming);
        self.deeds.extend([Deed::RecordName, Deed::Await(Wait::Keys, NAME_LASTS_MAX)]);
    }

    /// Who said nothing is asked once more, and then goes on without a name.
    pub(super) fn name_taken(&mut self, naming: Naming, taken: NameTaken) {
        match (naming.take, taken) {
            (Take::First, NameTaken::Said) => {
                self.dialogue.state = State::ReviewingName(naming);
                let said = Phrase::new(self.dialogue.language, &[PromptId::ReviewName]);
                let keep = Spoken { language: self.dialogue.language, prompt: PromptId::KeepName };
                self.deeds.push(Deed::Say(said.and(Said::OwnName).and(Said::Prompt(keep))));
            }
            (Take::First, NameTaken::Silent) => {
                self.ask_name(Naming { take: Take::Last, ..naming }, &[PromptId::NoEntryHeard]);
            }
            (Take::Last, _) => self.name_settled(naming),
        }
    }

    pub(super) fn name_settled(&mut self, naming: Naming) {
        self.dialogue.state = State::Placing(naming.manner);
        let place = Deed::Place(Role::Attendee, NameStep::Done);
        self.deeds.extend([Deed::Hush, Deed::AwaitNothing, place]);
    }

    pub(super) fn wait_in_lobby(&mut self, awaiting: Awaiting, word: PromptId) {
        self.dialogue.state = State::InLobby(awaiting);
        self.say(&[word]);
        self.await_lobby_word();
        let (ends_after, warning) =
            (self.settings.lobby_ends_after, self.settings.lobby_warning_before);
        if ends_after > Duration::ZERO {
            self.deeds.push(match warning > Duration::ZERO && warning < ends_after {
                true => Deed::Await(Wait::LobbyWarning, ends_after - warning),
                false => Deed::Await(Wait::LobbyEnd, ends_after),
            });
        }
    }

    /// A key in the meeting: the command character begins a command, and the key that completes it resolves it. What is
    /// no command says so only after a pause, so that keys whose values a journal left out do the same again.
    pub(super) fn key_command(&mut self, key: Key) {
        self.deeds.push(Deed::Hush);
        if key == Key::Digit(self.settings.keys.character().digit()) {
            self.dialogue.collector = Some(Box::default());
        } else {
            let Some(collector) = self.dialogue.collector.as_mut() else {
                return self.deeds.push(Deed::KeyIgnored);
            };
            if let Some((command, keys)) = collector.take_command(key, &self.settings.keys) {
                self.dialogue.collector = None;
                self.deeds.extend([Deed::AwaitNothing, Deed::Command(command, keys)]);
                return;
            }
        }
        self.deeds.push(Deed::Await(Wait::Keys, self.settings.command_ends_after));
    }

    pub(super) fn tell(&mut self, notice: Notice) {
        let language = self.dialogue.language;
        let phrase = Phrase::new(language, &words(language, &self.settings.keys, notice));
        let names = matches!(notice, Notice::RollCall(2..));
        self.deeds.push(Deed::Say(if names {
            phrase.and(Said::Members(language))
        } else {
            phrase
        }));
    }

    pub(super) fn await_lobby_word(&mut self) {
        if self.settings.lobby_word_every > Duration::ZERO {
            self.deeds.push(Deed::Await(Wait::LobbyWord, self.settings.lobby_word_every));
        }
    }

    pub(super) fn join(&mut self, manner: Manner, entrance: Entrance) {
        self.dialogue.state = State::InMeeting;
        let mut prompts = match (manner, entrance.role, entrance.company) {
            (Manner::App, _, _) => return,
            (_caller, Role::Organizer, Company::Others) => vec![PromptId::OrganizerWelcome],
            (_caller, Role::Organizer, Company::Alone) => {
                vec![PromptId::OrganizerWelcome, PromptId::FirstInMeeting]
            }
            (_caller, Role::Attendee | Role::Authenticated, Company::Others) => {
                vec![PromptId::Joining]
            }
            (_caller, Role::Attendee | Role::Authenticated, Company::Alone) => {
                vec![PromptId::FirstInMeeting]
            }
        };
        prompts.extend(self.entrance_words(entrance));
        self.say_all(&prompts);
    }

    /// What whoever comes into a meeting has to know about it.
    pub(super) fn entrance_words(&self, entrance: Entrance) -> Vec<PromptId> {
        let recorded = match entrance.recorded {
            Recorded::Told => Some(PromptId::RecordingOn),
            Recorded::Untold => None,
        };
        let silenced = entrance.silenced.map(Notice::Silenced);
        let waiting = (entrance.waiting > 0).then_some(Notice::Waiting(entrance.waiting));
        let notices = silenced.into_iter().chain(waiting);
        let told =
            notices.flat_map(|notice| words(self.dialogue.language, &self.settings.keys, notice));
        recorded.into_iter().chain(told).collect()
    }

    pub(super) fn farewell(&mut self, cause: HangupCause, word: PromptId) {
        self.dialogue.collector = None;
        self.dialogue.state = State::Goodbye(cause);
        self.deeds.push(Deed::AwaitNothing);
        self.say(&[word]);
    }

    pub(super) fn hang_up(&mut self, cause: HangupCause) {
        self.dialogue.collector = None;
        self.dialogue.state = State::Gone;
        self.deeds.extend([Deed::Hush, Deed::AwaitNothing, Deed::HangUp(cause)]);
    }

    pub(super) fn say(&mut self, prompts: &[PromptId]) {
        self.deeds.push(Deed::Say(Phrase::new(self.dialogue.language, prompts)));
    }

    pub(super) fn say_all(&mut self, prompts: &[PromptId]) {
        if !prompts.is_empty() {
            self.say(prompts);
        }
    }

    pub(super) fn keep(&mut self, key: Key) {
        if !self.dialogue.collector.get_or_insert_default().keep(key) {
            self.deeds.push(Deed::KeyIgnored);
        }
    }

    pub(super) fn next_kept(&mut self) -> Option<Key> {
        self.dialogue.collector.as_mut().and_then(|collector| collector.next_kept())
    }

    pub(super) fn entry_begun(&self) -> bool {
        self.dialogue.collector.as_ref().is_some_and(|collector| collector.has_begun())
    }

    pub(super) fn drop_entry(&mut self) {
        self.dialogue.collector = None;
    }
}

/// How a try came to nothing.
#[derive(Clone, Copy)]
pub(super) enum Failed {
    /// Nothing was keyed, or nothing was ended.
    Incomplete,
    /// What was keyed is of no use.
    Refused,
}

impl Failed {
    /// What the caller is told before being asked again.
    fn why(self, refused: PromptId) -> PromptId {
        match self {
            Self::Incomplete => PromptId::NoEntryHeard,
            Self::Refused => refused,
        }
    }
}

/// What is said in the lobby every minute.
pub(super) fn lobby_word(awaiting: Awaiting) -> PromptId {
    match awaiting {
        Awaiting::Start => PromptId::LobbyStillWaiting,
        Awaiting::Admission => PromptId::LobbyAwaitAdmission,
    }
}

/// What is said when the longest wait is nearly over, and when it is.
pub(super) fn lobby_end_words(awaiting: Awaiting) -> (PromptId, PromptId) {
    match awaiting {
        Awaiting::Start => (PromptId::LobbyWarning, PromptId::LobbyGoodbye),
        Awaiting::Admission => (PromptId::LobbyAdmitWarning, PromptId::LobbyAdmitGoodbye),
    }
}

pub(super) fn last_words(reason: EndReason) -> (HangupCause, PromptId) {
    match reason {
        EndReason::AuthenticatedLeft => {
            (HangupCause::MeetingEnded, PromptId::OrganizerEndedMeeting)
        }
        EndReason::Cancelled => (HangupCause::MeetingCancelled, PromptId::MeetingCancelled),
        EndReason::Empty | EndReason::AuthenticatedLeftLongAgo | EndReason::Organizer => {
            (HangupCause::MeetingEnded, PromptId::MeetingEnded)
        }
        EndReason::CallersAlone | EndReason::LongestTime => {
            (HangupCause::MeetingEnded, PromptId::TimeLimitGoodbye)
        }
        EndReason::Stopping => (HangupCause::Stopping, PromptId::ServiceStopping),
    }
}
