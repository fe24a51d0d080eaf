//! The prompts by name: one id for each sound of the catalogue, and how a number is put together from them.
//!
//! What a prompt says and how long it is, the catalogue and the sounds tell; here are only the names, so
//! that the dialogue, a script's ear and the trace speak of the same thing.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::digit::Digit;

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
    ConferenceIdUnknown = "conference-id-unknown",
    EnterConferenceIdAgain = "enter-conference-id-again",
    EnterConferenceIdLast = "enter-conference-id-last",
    NoEntryHeard = "no-entry-heard",
    ConferenceIdGoodbye = "conference-id-goodbye",
    OrganizerQuestion = "organizer-question",
    EnterPin = "enter-pin",
    PinWrong = "pin-wrong",
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
    LobbyAdmitWarning = "lobby-admit-warning",
    LobbyAdmitGoodbye = "lobby-admit-goodbye",
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
    HelpMute = "help-mute",
    HelpHand = "help-hand",
    HelpRollCall = "help-roll-call",
    HelpAdmitAll = "help-admit-all",
    HelpMuteAll = "help-mute-all",
    HelpAnnouncements = "help-announcements",
    HelpLobbyCount = "help-lobby-count",
    HelpLock = "help-lock",
    HelpAgain = "help-again",
    ToUnmute = "to-unmute",
    ForHelp = "for-help",
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
    Number21 = "number-21",
    Number22 = "number-22",
    Number23 = "number-23",
    Number24 = "number-24",
    Number25 = "number-25",
    Number26 = "number-26",
    Number27 = "number-27",
    Number28 = "number-28",
    Number29 = "number-29",
    Number30 = "number-30",
    Number31 = "number-31",
    Number32 = "number-32",
    Number33 = "number-33",
    Number34 = "number-34",
    Number35 = "number-35",
    Number36 = "number-36",
    Number37 = "number-37",
    Number38 = "number-38",
    Number39 = "number-39",
    Number40 = "number-40",
    Number41 = "number-41",
    Number42 = "number-42",
    Number43 = "number-43",
    Number44 = "number-44",
    Number45 = "number-45",
    Number46 = "number-46",
    Number47 = "number-47",
    Number48 = "number-48",
    Number49 = "number-49",
    Number50 = "number-50",
    Number51 = "number-51",
    Number52 = "number-52",
    Number53 = "number-53",
    Number54 = "number-54",
    Number55 = "number-55",
    Number56 = "number-56",
    Number57 = "number-57",
    Number58 = "number-58",
    Number59 = "number-59",
    Number60 = "number-60",
    Number61 = "number-61",
    Number62 = "number-62",
    Number63 = "number-63",
    Number64 = "number-64",
    Number65 = "number-65",
    Number66 = "number-66",
    Number67 = "number-67",
    Number68 = "number-68",
    Number69 = "number-69",
    Number70 = "number-70",
    Number71 = "number-71",
    Number72 = "number-72",
    Number73 = "number-73",
    Number74 = "number-74",
    Number75 = "number-75",
    Number76 = "number-76",
    Number77 = "number-77",
    Number78 = "number-78",
    Number79 = "number-79",
    Number80 = "number-80",
    Number81 = "number-81",
    Number82 = "number-82",
    Number83 = "number-83",
    Number84 = "number-84",
    Number85 = "number-85",
    Number86 = "number-86",
    Number87 = "number-87",
    Number88 = "number-88",
    Number89 = "number-89",
    Number90 = "number-90",
    Number91 = "number-91",
    Number92 = "number-92",
    Number93 = "number-93",
    Number94 = "number-94",
    Number95 = "number-95",
    Number96 = "number-96",
    Number97 = "number-97",
    Number98 = "number-98",
    Number99 = "number-99",
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

    /// The prompt that says a number from 0 to 99.
    #[must_use]
    pub fn number_below_hundred(number: u32) -> Option<Self> {
        const ZERO: usize = PromptId::Number0.index();
        let place = ZERO + usize::try_from(number).ok().filter(|&number| number < 100)?;
        Self::ALL.get(place).copied()
    }

    /// The prompt that says a key, or one digit of a telephone number; `None` for the keys `A` to `D`.
    #[must_use]
    pub fn digit(digit: Digit) -> Option<Self> {
        const ZERO: usize = PromptId::Digit0.index();
        match digit.as_char() {
            '*' => Some(Self::Star),
            '#' => Some(Self::Pound),
            digit => Self::ALL.get(ZERO + digit.to_digit(10)? as usize).copied(),
        }
    }

    /// Its place in [`PromptId::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// By its name.
impl Serialize for PromptId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for PromptId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let none = || de::Error::custom(format!("the catalogue has no prompt {name:?}"));
        Self::from_name(&name).ok_or_else(none)
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
        let written = serde_json::to_string(&[PromptId::RecordingOn]).unwrap();
        assert_eq!(written, r#"["recording-on"]"#);
        let read = serde_json::from_str::<[PromptId; 1]>;
        assert_eq!(read(&written).unwrap(), [PromptId::RecordingOn]);
        let error = read(r#"["elevator"]"#).unwrap_err().to_string();
        assert!(error.contains("no prompt \"elevator\""), "{error}");
        for number in 0..100 {
            let prompt = PromptId::number_below_hundred(number).unwrap();
            assert_eq!(prompt.name(), format!("number-{number}"));
        }
        assert_eq!(PromptId::number_below_hundred(100), None);
        let said = |key| PromptId::digit(Digit::from_char(key).unwrap()).map(PromptId::name);
        let keys = ['0', '9', '*', '#', 'A'].map(said);
        assert_eq!(keys, [Some("digit-0"), Some("digit-9"), Some("star"), Some("pound"), None]);
    }
}
