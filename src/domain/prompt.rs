//! The prompts by name: one id for each sound of the catalogue, and how a number is put together from them.
//!
//! What a prompt says and how long it is, the catalogue and the sounds tell; here are only the names, so
//! that the dialogue, a script's ear and the trace speak of the same thing.

use std::fmt;

macro_rules! prompts {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// One prompt of the catalogue. Its name is the file's name without the ending.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the catalogue says what each of them says")]
        pub enum PromptId {
            $($variant),*
        }

        impl PromptId {
            /// Every prompt, in the catalogue's order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the catalogue, the trace and a script: `enter-conference-id`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),*
                }
            }
        }
    };
}

prompts! {
    Welcome = "welcome",
    ForThisLanguage = "for-this-language",
    EnterConferenceId = "enter-conference-id",
    EnterConferenceIdAgain = "enter-conference-id-again",
    EnterConferenceIdLast = "enter-conference-id-last",
    NoEntryHeard = "no-entry-heard",
    ConferenceIdGoodbye = "conference-id-goodbye",
    OrganizerQuestion = "organizer-question",
    EnterPin = "enter-pin",
    EnterPinAgain = "enter-pin-again",
    EnterPinLast = "enter-pin-last",
    PinGoodbye = "pin-goodbye",
    PinToLobby = "pin-to-lobby",
    OrganizerWelcome = "organizer-welcome",
    RecordName = "record-name",
    ReviewName = "review-name",
    KeepName = "keep-name",
    LobbyWaiting = "lobby-waiting",
    LobbyStillWaiting = "lobby-still-waiting",
    LobbyAwaitAdmission = "lobby-await-admission",
    LobbyWarning = "lobby-warning",
    LobbyGoodbye = "lobby-goodbye",
    LobbyRefused = "lobby-refused",
    Joining = "joining",
    FirstInMeeting = "first-in-meeting",
    AloneInMeeting = "alone-in-meeting",
    MeetingFull = "meeting-full",
    MeetingLocked = "meeting-locked",
    MeetingEnded = "meeting-ended",
    OrganizerEndedMeeting = "organizer-ended-meeting",
    MeetingEndsSoon = "meeting-ends-soon",
    MeetingCancelled = "meeting-cancelled",
    BackToLobby = "back-to-lobby",
    Removed = "removed",
    Goodbye = "goodbye",
    ServiceUnavailable = "service-unavailable",
    ServiceStopping = "service-stopping",
    TimeLimitGoodbye = "time-limit-goodbye",
    Muted = "muted",
    Unmuted = "unmuted",
    MutedByOrganizer = "muted-by-organizer",
    UnmutedByOrganizer = "unmuted-by-organizer",
    CannotUnmute = "cannot-unmute",
    HandRaised = "hand-raised",
    HandLowered = "hand-lowered",
    EveryoneMuted = "everyone-muted",
    EveryoneUnmuted = "everyone-unmuted",
    AnnouncementsOn = "announcements-on",
    AnnouncementsOff = "announcements-off",
    MeetingNowLocked = "meeting-now-locked",
    MeetingNowUnlocked = "meeting-now-unlocked",
    AdmittedAll = "admitted-all",
    NobodyWaiting = "nobody-waiting",
    OnePersonWaiting = "one-person-waiting",
    PeopleWaiting = "people-waiting",
    SomeoneWaiting = "someone-waiting",
    RollCallIntro = "roll-call-intro",
    RollCallOne = "roll-call-one",
    RollCallPeople = "roll-call-people",
    CallerNumber = "caller-number",
    UnnamedCaller = "unnamed-caller",
    AppUser = "app-user",
    OrganizerIs = "organizer-is",
    HasJoined = "has-joined",
    HasLeft = "has-left",
    SeveralJoined = "several-joined",
    SeveralLeft = "several-left",
    RecordingOn = "recording-on",
    RecordingOff = "recording-off",
    HelpAttendee = "help-attendee",
    HelpOrganizer = "help-organizer",
    UnknownCommand = "unknown-command",
    NotAllowed = "not-allowed",
    Press = "press",
    Star = "star",
    Pound = "pound",
    Number0 = "number-0",
    Number1 = "number-1",
    Number2 = "number-2",
    Number3 = "number-3",
    Number4 = "number-4",
    Number5 = "number-5",
    Number6 = "number-6",
    Number7 = "number-7",
    Number8 = "number-8",
    Number9 = "number-9",
    Number10 = "number-10",
    Number11 = "number-11",
    Number12 = "number-12",
    Number13 = "number-13",
    Number14 = "number-14",
    Number15 = "number-15",
    Number16 = "number-16",
    Number17 = "number-17",
    Number18 = "number-18",
    Number19 = "number-19",
    Number20 = "number-20",
    Number30 = "number-30",
    Number40 = "number-40",
    Number50 = "number-50",
    Number60 = "number-60",
    Number70 = "number-70",
    Number80 = "number-80",
    Number90 = "number-90",
    NumberHundred = "number-hundred",
    NumberThousand = "number-thousand",
    Digit0 = "digit-0",
    Digit1 = "digit-1",
    Digit2 = "digit-2",
    Digit3 = "digit-3",
    Digit4 = "digit-4",
    Digit5 = "digit-5",
    Digit6 = "digit-6",
    Digit7 = "digit-7",
    Digit8 = "digit-8",
    Digit9 = "digit-9",
}

impl PromptId {
    /// The prompt of that name, if the catalogue has one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|prompt| prompt.name() == name)
    }

    /// Its place in [`PromptId::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for PromptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_places_go_both_ways() {
        for (place, &prompt) in PromptId::ALL.iter().enumerate() {
            assert_eq!(PromptId::from_name(prompt.name()), Some(prompt));
            assert_eq!(prompt.index(), place);
        }
        assert_eq!(PromptId::from_name("elevator"), None);
    }
}
