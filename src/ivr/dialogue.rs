//! The dialogue of one leg: where it is, and the one `match` that says what each event does there.
//!
//! What each of them then does is in `steps.rs`. The table beside which it is meant to be read is in
//! `ARCHITECTURE.md`, "A leg's dialogue".

use super::collector::Collector;
use super::event::{
    Deed, Dismissal, Event, Event as E, Lead, Notice, Place as P, Refusal, Reply as R, Wait,
};
use super::state::{Awaiting, Manner, Naming, State, Take};
use super::steps::{Failed, last_words, lobby_end_words, lobby_word};
use crate::domain::settings::DialogueSettings;
use crate::domain::{Digit, HangupCause, Key, Language, PromptId, Role, Uptime};

/// One leg's dialogue. A value: events go in, deeds come out.
#[derive(Debug)]
pub struct Dialogue {
    pub(super) state: State,
    pub(super) language: Language,
    pub(super) collector: Option<Box<Collector>>,
}

impl Dialogue {
    /// For a call that has just been offered.
    #[must_use]
    pub fn ringing() -> Self {
        Self { state: State::Ringing, language: Language::default(), collector: None }
    }

    /// For an app user, who is put where they belong at once. A meeting they start is spoken to in that language.
    #[must_use]
    pub fn signed_in(language: Language) -> Self {
        Self { state: State::Placing(Manner::App), language, collector: None }
    }

    /// For a leg that comes from another exchange, where its meeting has been found.
    #[must_use]
    pub fn taken(language: Language, tried: u8, kept: Vec<Key>) -> Self {
        let collector = (!kept.is_empty()).then(|| Box::new(Collector::with_kept(kept)));
        Self { state: State::FindingMeeting { tried }, language, collector }
    }

    /// What another exchange needs to go on from here, if the store is being asked for the meeting. The call is over
    /// here then.
    pub fn give_away(&mut self) -> Option<Found> {
        let State::FindingMeeting { tried } = self.state else { return None };
        self.state = State::Gone;
        let kept = self.collector.take().map_or_else(Vec::new, |mut collector| {
            std::iter::from_fn(|| collector.next_kept()).collect()
        });
        Some(Found { tried, kept })
    }

    /// In which language it is held.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// How many keys of a command have come after the one that begins it; `None` when none has begun.
    #[must_use]
    pub fn command_keys(&self) -> Option<usize> {
        let collector = self.collector.as_ref().filter(|_| self.state == State::InMeeting);
        collector.map(|collector| collector.keys())
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

/// Where a dialogue was when its meeting was found.
#[derive(Debug)]
pub struct Found {
    /// Conference IDs tried before this one.
    pub tried: u8,
    /// Keys typed ahead.
    pub kept: Vec<Key>,
}

/// One event being taken: the dialogue with all it needs at hand.
pub(super) struct Step<'a> {
    pub(super) dialogue: &'a mut Dialogue,
    pub(super) now: Uptime,
    pub(super) settings: &'a DialogueSettings,
    pub(super) deeds: &'a mut Vec<Deed>,
}

impl Step<'_> {
    /// The one total match: every event in every state.
    pub(super) fn take(&mut self, event: Event) {
        use State as S;
        match (self.dialogue.state, event) {
            (S::Ringing, E::Answered(languages)) => self.welcome(languages),
            (S::Ringing, E::Store(R::MayCall | R::Unavailable)) => {
                self.deeds.push(Deed::Answer);
            }
            (S::Ringing, E::Store(R::KeptOut)) => self.hang_up(HangupCause::KeptOut),
            (S::Ringing, E::Stop) => self.hang_up(HangupCause::Stopping),

            (S::ChoosingLanguage(languages), E::Key(key)) => self.choose_language(languages, key),
            (S::ChoosingLanguage(_), E::WaitOver(Wait::Keys)) => self.ask_conference_id(),
            (S::EnteringConferenceId { tried }, E::Key(key)) => {
                if let Some(entry) = self.collect(key) {
                    self.submit_conference_id(tried, entry);
                }
            }
            (S::EnteringConferenceId { tried }, E::WaitOver(Wait::Keys)) => {
                self.conference_id_failed(tried, Failed::Incomplete);
            }
            (S::FindingMeeting { .. }, E::Store(R::MeetingFound(Lead::OrganizerQuestion))) => {
                self.begin(S::OrganizerQuestion, &[PromptId::OrganizerQuestion]);
            }
            (S::FindingMeeting { .. }, E::Store(R::MeetingFound(Lead::Straight))) => {
                self.place(Manner::Caller, Role::Attendee);
            }
            (S::FindingMeeting { tried }, E::Store(R::NoSuchMeeting)) => {
                self.conference_id_failed(tried, Failed::Refused);
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
                self.pin_failed(tried, Failed::Incomplete);
            }
            (S::CheckingPin { .. }, E::Store(R::PinRight)) => {
                self.place(Manner::Caller, Role::Organizer);
            }
            (S::CheckingPin { tried }, E::Store(R::PinMismatch)) => {
                self.pin_failed(tried, Failed::Refused);
            }

            (S::FindingMeeting { .. } | S::CheckingPin { .. }, E::Key(key)) => self.keep(key),
            (S::FindingMeeting { .. } | S::CheckingPin { .. }, E::Store(R::Unavailable)) => {
                self.farewell(HangupCause::StoreUnavailable, PromptId::ServiceUnavailable);
            }
            (
                S::ChoosingLanguage(_)
                | S::EnteringConferenceId { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::ReviewingName(_),
                E::PhraseEnded,
            ) => self.await_first_key(),

            (S::Placing(manner), E::Put(P::NameFirst)) => {
                self.ask_name(Naming { manner, take: Take::First }, &[]);
            }
            (S::AskingName(naming), E::PhraseEnded) => self.record_name(naming),
            (S::RecordingName(_), E::Key(Key::Digit(Digit::POUND)) | E::WaitOver(Wait::Keys)) => {
                self.deeds.extend([Deed::AwaitNothing, Deed::EndName]);
            }
            (S::RecordingName(naming), E::NameTaken(taken)) => self.name_taken(naming, taken),
            (S::ReviewingName(naming), E::Key(Key::Digit(Digit::STAR))) => {
                self.ask_name(Naming { take: Take::Last, ..naming }, &[]);
            }
            (
                S::AskingName(naming) | S::ReviewingName(naming),
                E::Key(Key::Digit(Digit::POUND)) | E::WaitOver(Wait::Keys),
            ) => self.name_settled(naming),

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
            (S::InLobby(awaiting), E::WaitOver(Wait::LobbyWarning)) => {
                self.say(&[lobby_end_words(awaiting).0]);
                self.await_lobby_word();
                let left = self.settings.lobby_warning_before.min(self.settings.lobby_ends_after);
                self.deeds.push(Deed::Await(Wait::LobbyEnd, left));
            }
            (S::InLobby(awaiting), E::WaitOver(Wait::LobbyEnd)) => {
                self.farewell(HangupCause::LobbyTimeLimit, lobby_end_words(awaiting).1);
            }
            (S::InLobby(_), E::Put(P::Lobby(awaiting))) => {
                self.dialogue.state = S::InLobby(awaiting);
                self.say(&[lobby_word(awaiting)]);
                self.await_lobby_word();
            }
            (S::InLobby(_), E::Put(P::Meeting(entrance))) => {
                self.deeds.extend([Deed::Hush, Deed::AwaitNothing]);
                self.dialogue.state = S::InMeeting;
                self.say_all(&self.entrance_words(entrance));
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
                S::ChoosingLanguage(_)
                | S::EnteringConferenceId { .. }
                | S::FindingMeeting { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::CheckingPin { .. }
                | S::AskingName(_)
                | S::RecordingName(_)
                | S::ReviewingName(_)
                | S::Placing(_)
                | S::InLobby(_)
                | S::InMeeting,
                E::Stop,
            ) => self.farewell(HangupCause::Stopping, PromptId::ServiceStopping),
            (
                S::Ringing
                | S::ChoosingLanguage(_)
                | S::EnteringConferenceId { .. }
                | S::FindingMeeting { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::CheckingPin { .. }
                | S::AskingName(_)
                | S::RecordingName(_)
                | S::ReviewingName(_)
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
                | S::AskingName(_)
                | S::RecordingName(_)
                | S::ReviewingName(_)
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
                S::ChoosingLanguage(_)
                | S::EnteringConferenceId { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::AskingName(_)
                | S::ReviewingName(_),
                E::Answered(_)
                | E::WaitOver(Wait::LobbyWord | Wait::LobbyWarning | Wait::LobbyEnd)
                | E::Store(_)
                | E::Put(_),
            )
            | (
                S::FindingMeeting { .. },
                E::Answered(_)
                | E::PhraseEnded
                | E::WaitOver(_)
                | E::Store(R::MayCall | R::KeptOut | R::PinRight | R::PinMismatch)
                | E::Put(_),
            )
            | (
                S::CheckingPin { .. },
                E::Answered(_)
                | E::PhraseEnded
                | E::WaitOver(_)
                | E::Store(R::MayCall | R::KeptOut | R::MeetingFound(_) | R::NoSuchMeeting)
                | E::Put(_),
            )
            | (
                S::RecordingName(_),
                E::Answered(_)
                | E::PhraseEnded
                | E::WaitOver(Wait::LobbyWord | Wait::LobbyWarning | Wait::LobbyEnd)
                | E::Store(_)
                | E::Put(_),
            )
            | (S::Placing(_), E::Answered(_) | E::PhraseEnded | E::WaitOver(_) | E::Store(_))
            | (
                S::InLobby(_),
                E::Answered(_)
                | E::PhraseEnded
                | E::WaitOver(Wait::Keys)
                | E::Store(_)
                | E::Put(P::NameFirst | P::Nowhere(_))
                | E::Notice(_),
            )
            | (
                S::InMeeting,
                E::Answered(_)
                | E::PhraseEnded
                | E::WaitOver(Wait::LobbyWord | Wait::LobbyWarning | Wait::LobbyEnd)
                | E::Store(_)
                | E::Put(P::Meeting(_) | P::NameFirst | P::Nowhere(_)),
            )
            | (
                S::Goodbye(_),
                E::Answered(_) | E::WaitOver(_) | E::Store(_) | E::Put(_) | E::Stop,
            )
            | (
                S::Gone,
                E::Answered(_)
                | E::PhraseEnded
                | E::WaitOver(_)
                | E::Store(_)
                | E::Put(_)
                | E::Stop,
            )
            | (
                S::Ringing
                | S::ChoosingLanguage(_)
                | S::EnteringConferenceId { .. }
                | S::FindingMeeting { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::CheckingPin { .. }
                | S::AskingName(_)
                | S::RecordingName(_)
                | S::ReviewingName(_)
                | S::Placing(_)
                | S::Goodbye(_)
                | S::Gone,
                E::MeetingEnded(_) | E::Notice(_) | E::Dismissed(_),
            )
            | (
                S::Ringing
                | S::ChoosingLanguage(_)
                | S::EnteringConferenceId { .. }
                | S::FindingMeeting { .. }
                | S::OrganizerQuestion
                | S::EnteringPin { .. }
                | S::CheckingPin { .. }
                | S::AskingName(_)
                | S::ReviewingName(_)
                | S::Placing(_)
                | S::InLobby(_)
                | S::InMeeting
                | S::Goodbye(_)
                | S::Gone,
                E::NameTaken(_),
            ) => {}
        }
    }
}
