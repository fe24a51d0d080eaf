//! The dialogue of one leg: where it is, and the one `match` that says what each event does there.
//!
//! The table beside which it is meant to be read is in `ARCHITECTURE.md`, "A leg's dialogue".

use std::time::Duration;

use super::collector::{Collected, Collector};
use super::event::{
    Company, Deed, Dismissal, Entrance, Event, Event as E, Lead, Notice, Place as P, Recorded,
    Refusal, Reply as R, Wait,
};
use super::phrase::Phrase;
use super::state::{Awaiting, Manner, State};
use super::words::words;
use crate::domain::settings::{AfterWrongPins, BargeIn, DialogueSettings};
use crate::domain::{Digit, EndReason, Entry, HangupCause, Key, PromptId, Role, Uptime};

/// One leg's dialogue. A value: events go in, deeds come out.
#[derive(Debug)]
pub struct Dialogue {
    state: State,
    collector: Option<Box<Collector>>,
}

impl Dialogue {
    /// For a call that has just been offered.
    #[must_use]
    pub fn ringing() -> Self {
        Self { state: State::Ringing, collector: None }
    }

    /// For an app user, who is put where they belong at once.
    #[must_use]
    pub fn signed_in() -> Self {
        Self { state: State::Placing(Manner::App), collector: None }
    }

    /// Where it is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Takes one event; what is to be done is added to `deeds`, in order.
    pub fn handle(
        &mut self,
        now: Uptime,
        event: Event,
        settings: &DialogueSettings,
        deeds: &mut Vec<Deed>,
    ) {
        Step { dialogue: self, now, settings, deeds }.take(event);
    }
}

/// One event being taken: the dialogue with all it needs at hand.
struct Step<'a> {
    dialogue: &'a mut Dialogue,
    now: Uptime,
    settings: &'a DialogueSettings,
    deeds: &'a mut Vec<Deed>,
}

impl Step<'_> {
    /// The one total match: every event in every state.
    fn take(&mut self, event: Event) {
        use State as S;
        match (self.dialogue.state, event) {
            (S::Ringing, E::Answered) => self.begin(
                S::EnteringConferenceId { tried: 0 },
                &[PromptId::Welcome, PromptId::EnterConferenceId],
            ),
            (S::Ringing, E::Store(R::MayCall | R::Unavailable)) => {
                self.deeds.push(Deed::Answer);
            }
            (S::Ringing, E::Store(R::KeptOut)) => self.hang_up(HangupCause::KeptOut),
            (S::Ringing, E::Stop) => self.hang_up(HangupCause::Stopping),

            (S::EnteringConferenceId { tried }, E::Key(key)) => {
                if let Some(entry) = self.collect(key) {
                    self.submit_conference_id(tried, entry);
                }
            }
            (S::EnteringConferenceId { tried }, E::WaitOver(Wait::Keys)) => {
                let keyed = self.drop_entry();
                self.conference_id_failed(tried, keyed);
            }
            (S::FindingMeeting { .. }, E::Store(R::MeetingFound(Lead::OrganizerQuestion))) => {
                self.begin(S::OrganizerQuestion, &[PromptId::OrganizerQuestion]);
            }
            (S::FindingMeeting { .. }, E::Store(R::MeetingFound(Lead::Straight))) => {
                self.place(Manner::Caller, Role::Attendee);
            }
            (S::FindingMeeting { tried }, E::Store(R::NoSuchMeeting)) => {
                self.conference_id_failed(tried, Keyed::Something);
            }

            (S::OrganizerQuestion, E::Key(Key::Digit(Digit::STAR))) => {
                self.deeds.extend([Deed::Hush, Deed::AwaitNothing]);
                self.begin(S::EnteringPin { tried: 0 }, &[PromptId::EnterPin]);
            }
            (S::OrganizerQuestion, E::Key(Key::Digit(Digit::POUND)) | E::WaitOver(Wait::Keys)) => {
                self.place(Manner::Caller, Role::Attendee)
            }

            (S::EnteringPin { tried }, E::Key(key)) => {
                if let Some(entry) = self.collect(key) {
                    self.submit_pin(tried, entry);
                }
            }
            (S::EnteringPin { tried }, E::WaitOver(Wait::Keys)) => {
                let keyed = self.drop_entry();
                self.pin_failed(tried, keyed);
            }
            (S::CheckingPin { .. }, E::Store(R::PinRight)) => {
                self.place(Manner::Caller, Role::Organizer);
            }
            (S::CheckingPin { tried }, E::Store(R::PinMismatch)) => {
                self.pin_failed(tried, Keyed::Something);
            }

            (S::FindingMeeting { .. } | S::CheckingPin { .. }, E::Key(key)) => self.keep(key),
            (S::FindingMeeting { .. } | S::CheckingPin { .. }, E::Store(R::Unavailable)) => {
                self.farewell(HangupCause::StoreUnavailable, PromptId::ServiceUnavailable);
            }
            (
                S::EnteringConferenceId { .. } | S::OrganizerQuestion | S::EnteringPin { .. },
                E::PhraseEnded,
            ) => self.await_first_key(),

            (S::Placing(manner), E::Put(P::Lobby(awaiting))) => {
                let word = match (manner, awaiting) {
                    (Manner::AfterWrongPins, _) => PromptId::PinToLobby,
                    (Manner::Caller | Manner::App, Awaiting::Start) => PromptId::LobbyWaiting,
                    (Manner::Caller | Manner::App, Awaiting::Admission) => {
                        PromptId::LobbyAwaitAdmission
                    }
                };
                self.wait_in_lobby(awaiting, word);
            }
            (S::Placing(manner), E::Put(P::Meeting(entrance))) => self.join(manner, entrance),
            (S::Placing(_), E::Put(P::Nowhere(Refusal::MeetingLocked))) => {
                self.farewell(HangupCause::MeetingLocked, PromptId::MeetingLocked);
            }
            (S::Placing(_), E::Put(P::Nowhere(Refusal::MeetingFull))) => {
                self.farewell(HangupCause::MeetingFull, PromptId::MeetingFull);
            }
            (S::Placing(_), E::Put(P::Nowhere(Refusal::BridgeFull))) => {
                self.farewell(HangupCause::BridgeFull, PromptId::ServiceUnavailable);
            }

            (S::InLobby(awaiting), E::WaitOver(Wait::LobbyWord)) => {
                self.say(&[lobby_word(awaiting)]);
                self.await_lobby_word();
            }
            (S::InLobby(_), E::WaitOver(Wait::LobbyWarning)) => {
                self.say(&[PromptId::LobbyWarning]);
                let left = self.settings.lobby_warning_before.min(self.settings.lobby_ends_after);
                self.deeds.push(Deed::Await(Wait::LobbyEnd, left));
            }
            (S::InLobby(_), E::WaitOver(Wait::LobbyEnd)) => {
                self.farewell(HangupCause::LobbyTimeLimit, PromptId::LobbyGoodbye);
            }
            (S::InLobby(_), E::Put(P::Lobby(awaiting))) => {
                self.dialogue.state = S::InLobby(awaiting);
                self.say(&[lobby_word(awaiting)]);
                self.await_lobby_word();
            }
            (S::InLobby(_), E::Put(P::Meeting(entrance))) => {
                self.deeds.extend([Deed::Hush, Deed::AwaitNothing]);
                self.dialogue.state = S::InMeeting;
                self.say_all(&entrance_words(entrance));
            }
            (S::InMeeting, E::Put(P::Lobby(awaiting))) => {
                self.drop_entry();
                self.deeds.push(Deed::AwaitNothing);
                self.wait_in_lobby(awaiting, PromptId::BackToLobby);
            }
            (S::InMeeting, E::Key(key)) => self.key_command(key),
            (S::InMeeting, E::WaitOver(Wait::Keys)) => {
                self.drop_entry();
                self.tell(Notice::UnknownCommand);
            }
            (S::InMeeting, E::Notice(notice)) => self.tell(notice),
            (S::InLobby(_) | S::InMeeting, E::Dismissed(Dismissal::Refused)) => {
                self.farewell(HangupCause::Refused, PromptId::LobbyRefused);
            }
            (S::InLobby(_) | S::InMeeting, E::Dismissed(Dismissal::Removed)) => {
                self.farewell(HangupCause::Removed, PromptId::Removed);
            }
            (S::InLobby(_) | S::InMeeting, E::MeetingEnded(reason)) => {
                let (cause, word) = last_words(reason);
                self.farewell(cause, word);
            }

            (S::Goodbye(cause), E::PhraseEnded) => self.hang_up(cause),
            (
                S::EnteringConferenceId { .. }
                | S::FindingMeeting { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::CheckingPin { .. }
                | S::Placing(_)
                | S::InLobby(_)
                | S::InMeeting,
                E::Stop,
            ) => self.farewell(HangupCause::Stopping, PromptId::ServiceStopping),
            (
                S::Ringing
                | S::EnteringConferenceId { .. }
                | S::FindingMeeting { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::CheckingPin { .. }
                | S::Placing(_)
                | S::InLobby(_)
                | S::InMeeting
                | S::Goodbye(_)
                | S::Gone,
                E::HungUp,
            ) => self.dialogue.state = S::Gone,
            (
                S::Ringing
                | S::OrganizerQuestion
                | S::Placing(_)
                | S::InLobby(_)
                | S::Goodbye(_)
                | S::Gone,
                E::Key(_),
            ) => self.deeds.push(Deed::KeyIgnored),

            // What comes too late or out of turn changes nothing.
            (
                S::Ringing,
                E::PhraseEnded
                | E::WaitOver(_)
                | E::Store(R::MeetingFound(_) | R::NoSuchMeeting | R::PinRight | R::PinMismatch)
                | E::Put(_),
            )
            | (
                S::EnteringConferenceId { .. } | S::OrganizerQuestion | S::EnteringPin { .. },
                E::Answered
                | E::WaitOver(Wait::LobbyWord | Wait::LobbyWarning | Wait::LobbyEnd)
                | E::Store(_)
                | E::Put(_),
            )
            | (
                S::FindingMeeting { .. },
                E::Answered
                | E::PhraseEnded
                | E::WaitOver(_)
                | E::Store(R::MayCall | R::KeptOut | R::PinRight | R::PinMismatch)
                | E::Put(_),
            )
            | (
                S::CheckingPin { .. },
                E::Answered
                | E::PhraseEnded
                | E::WaitOver(_)
                | E::Store(R::MayCall | R::KeptOut | R::MeetingFound(_) | R::NoSuchMeeting)
                | E::Put(_),
            )
            | (S::Placing(_), E::Answered | E::PhraseEnded | E::WaitOver(_) | E::Store(_))
            | (
                S::InLobby(_),
                E::Answered
                | E::PhraseEnded
                | E::WaitOver(Wait::Keys)
                | E::Store(_)
                | E::Put(P::Nowhere(_))
                | E::Notice(_),
            )
            | (
                S::InMeeting,
                E::Answered
                | E::PhraseEnded
                | E::WaitOver(Wait::LobbyWord | Wait::LobbyWarning | Wait::LobbyEnd)
                | E::Store(_)
                | E::Put(P::Meeting(_) | P::Nowhere(_)),
            )
            | (S::Goodbye(_), E::Answered | E::WaitOver(_) | E::Store(_) | E::Put(_) | E::Stop)
            | (
                S::Gone,
                E::Answered | E::PhraseEnded | E::WaitOver(_) | E::Store(_) | E::Put(_) | E::Stop,
            )
            | (
                S::Ringing
                | S::EnteringConferenceId { .. }
                | S::FindingMeeting { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::CheckingPin { .. }
                | S::Placing(_)
                | S::Goodbye(_)
                | S::Gone,
                E::MeetingEnded(_) | E::Notice(_) | E::Dismissed(_),
            ) => {}
        }
    }

    /// Enters a state that takes keys: those typed ahead first, and the question only when none was of use.
    fn begin(&mut self, state: State, question: &[PromptId]) {
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

    fn collect(&mut self, key: Key) -> Option<Entry> {
        if self.settings.barge_in == BargeIn::On {
            self.deeds.push(Deed::Hush);
        }
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
    fn submit_conference_id(&mut self, tried: u8, entry: Entry) {
        if entry.is_empty() {
            return self.conference_id_failed(tried, Keyed::Something);
        }
        self.dialogue.state = State::FindingMeeting { tried };
        self.deeds.push(Deed::AskMeeting(entry));
    }

    fn submit_pin(&mut self, tried: u8, entry: Entry) {
        if entry.is_empty() {
            return self.pin_failed(tried, Keyed::Something);
        }
        self.dialogue.state = State::CheckingPin { tried };
        self.deeds.push(Deed::AskPin(entry));
    }

    fn conference_id_failed(&mut self, tried: u8, keyed: Keyed) {
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
        self.ask_again(State::EnteringConferenceId { tried }, keyed, question);
    }

    fn pin_failed(&mut self, tried: u8, keyed: Keyed) {
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
        self.ask_again(State::EnteringPin { tried }, keyed, question);
    }

    fn ask_again(&mut self, state: State, keyed: Keyed, question: PromptId) {
        match keyed {
            Keyed::Something => self.begin(state, &[question]),
            Keyed::Nothing => self.begin(state, &[PromptId::NoEntryHeard, question]),
        }
    }

    /// The first-digit wait begins when the question has been heard, unless a key came sooner.
    fn await_first_key(&mut self) {
        if !self.entry_begun() {
            self.deeds.push(Deed::Await(Wait::Keys, self.settings.first_digit_after));
        }
    }

    fn place(&mut self, manner: Manner, role: Role) {
        self.dialogue.collector = None;
        self.dialogue.state = State::Placing(manner);
        self.deeds.extend([Deed::Hush, Deed::AwaitNothing, Deed::Place(role)]);
    }

    fn wait_in_lobby(&mut self, awaiting: Awaiting, word: PromptId) {
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
    fn key_command(&mut self, key: Key) {
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

    fn tell(&mut self, notice: Notice) {
        self.deeds.push(Deed::Say(words(notice)));
    }

    fn await_lobby_word(&mut self) {
        if self.settings.lobby_word_every > Duration::ZERO {
            self.deeds.push(Deed::Await(Wait::LobbyWord, self.settings.lobby_word_every));
        }
    }

    fn join(&mut self, manner: Manner, entrance: Entrance) {
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
        prompts.extend(entrance_words(entrance));
        self.say_all(&prompts);
    }

    fn farewell(&mut self, cause: HangupCause, word: PromptId) {
        self.dialogue.collector = None;
        self.dialogue.state = State::Goodbye(cause);
        self.deeds.push(Deed::AwaitNothing);
        self.say(&[word]);
    }

    fn hang_up(&mut self, cause: HangupCause) {
        self.dialogue.collector = None;
        self.dialogue.state = State::Gone;
        self.deeds.extend([Deed::Hush, Deed::AwaitNothing, Deed::HangUp(cause)]);
    }

    fn say(&mut self, prompts: &[PromptId]) {
        self.deeds.push(Deed::Say(Phrase::new(prompts)));
    }

    fn say_all(&mut self, prompts: &[PromptId]) {
        if !prompts.is_empty() {
            self.say(prompts);
        }
    }

    fn keep(&mut self, key: Key) {
        if !self.dialogue.collector.get_or_insert_default().keep(key) {
            self.deeds.push(Deed::KeyIgnored);
        }
    }

    fn next_kept(&mut self) -> Option<Key> {
        self.dialogue.collector.as_mut().and_then(|collector| collector.next_kept())
    }

    fn entry_begun(&self) -> bool {
        self.dialogue.collector.as_ref().is_some_and(|collector| collector.has_begun())
    }

    fn drop_entry(&mut self) -> Keyed {
        match self.dialogue.collector.take().is_some_and(|collector| collector.has_begun()) {
            true => Keyed::Something,
            false => Keyed::Nothing,
        }
    }
}

/// Whether a failed try had any key in it.
#[derive(Clone, Copy)]
enum Keyed {
    Something,
    Nothing,
}

/// What is said in the lobby every minute.
fn lobby_word(awaiting: Awaiting) -> PromptId {
    match awaiting {
        Awaiting::Start => PromptId::LobbyStillWaiting,
        Awaiting::Admission => PromptId::LobbyAwaitAdmission,
    }
}

/// What whoever comes into a meeting has to know about it.
fn entrance_words(entrance: Entrance) -> Vec<PromptId> {
    let mut prompts = Vec::new();
    match entrance.recorded {
        Recorded::Told => prompts.push(PromptId::RecordingOn),
        Recorded::Untold => {}
    }
    if let Some(unmuting) = entrance.silenced {
        prompts.extend_from_slice(words(Notice::Silenced(unmuting)).prompts());
    }
    if entrance.waiting > 0 {
        prompts.extend_from_slice(words(Notice::Waiting(entrance.waiting)).prompts());
    }
    prompts
}

fn last_words(reason: EndReason) -> (HangupCause, PromptId) {
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
