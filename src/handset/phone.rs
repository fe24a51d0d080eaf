//! The telephone itself, pure: keys, messages and ticks go in, messages come out, and everything there is to look at is
//! kept.

use std::collections::VecDeque;
use std::time::Duration;

use super::caption::{Spoken, begins};
use super::voice::Voice;
use crate::domain::{Digit, PhoneNumber, PromptId, Uptime};
use crate::door::wire::{Dial, ToBridge, ToPhone, Told};
use crate::media::Frame;
use crate::media::level::level_dbm0;

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The bridge has not said hello yet.
    Connecting,
    /// Nobody is called.
    Idle,
    /// A number is called, and has not answered.
    Dialling,
    /// The call goes on.
    InCall,
    /// The call is over, for this reason, and with this cause of Q.850.
    Over(String, u8),
    /// The bridge has ended the line, for this reason.
    Refused(String),
    /// The bridge is there no more, in these words.
    Gone(&'static str),
}

/// Something worth a line: what was said, what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Uptime,
    /// What kind.
    pub kind: NoteKind,
    /// In words.
    pub text: String,
}

/// The kinds of notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// What is spoken to the caller.
    Caption,
    /// Music begins for the caller.
    Music,
    /// What happened to the call.
    Event,
    /// A call begins.
    Calling,
}

/// A telephone.
#[derive(Debug)]
pub struct Phone {
    /// How far its call has come.
    pub stage: Stage,
    /// Whose bridge it is on.
    pub organization: String,
    /// The number that is, or will be, called.
    pub number: Option<PhoneNumber>,
    /// Where the call is, by its name in a trace.
    pub state: String,
    /// What was spoken and what happened, the oldest first: as many as are kept.
    pub notes: VecDeque<Note>,
    /// How many there have been.
    pub notes_made: usize,
    /// What was keyed of late, a PIN as dots.
    pub keyed: String,
    /// The digits of a number that is being keyed while no call goes on; empty when none is.
    pub new_number: String,
    /// Whether the first hello makes a call; otherwise somebody dials.
    pub calls_at_once: bool,
    /// Members of the meeting, and those who wait for it.
    pub room: Option<(u32, u32)>,
    /// Who else is heard.
    pub hears: Vec<String>,
    /// Whether one is muted: by oneself, by the organizer; whether one's hand is raised.
    pub presence: (bool, bool, bool),
    /// The level of what is heard, in dBm0.
    pub heard_dbm0: Option<f64>,
    /// The level of what is said.
    pub spoken_dbm0: Option<f64>,
    /// The key pressed last, and when.
    pub pressed: Option<(Digit, Uptime)>,
    /// Whether any call has been answered.
    pub was_answered: bool,
    /// When the call was answered.
    pub answered_at: Option<Uptime>,
    /// What is being said.
    pub voice: Voice,
    /// Whether a person can speak into it.
    pub has_microphone: bool,
    from: Option<PhoneNumber>,
    /// When the last call was over.
    over_at: Option<Uptime>,
    /// What the newest caption is of.
    spoken: Option<Spoken>,
    /// When a key was pressed last in the call.
    keyed_at: Option<Uptime>,
    /// Whether an entry has been ended since the state was told: what follows may be a PIN.
    entry_ended: bool,
    /// Whether a `*` has been keyed that no `#` has ended: what follows may be a PIN, whatever the state is meanwhile.
    after_star: bool,
}

/// Notes kept.
const NOTES_MAX: usize = 500;

/// Keys shown.
const KEYED_MAX: usize = 24;

/// What was keyed is shown for so long after the last key, where no entry is asked for: a bridge takes a command that is not whole
/// by then for none.
const KEYED_LASTS: Duration = Duration::from_secs(3);

/// For so long after a call is over keys are still meant for it, and may be the rest of a PIN.
const KEYS_LAST: Duration = Duration::from_secs(2);

impl Phone {
    /// A telephone that will call that number, or the bridge's first one.
    #[must_use]
    pub fn new(number: Option<PhoneNumber>, from: Option<PhoneNumber>) -> Self {
        Self {
            stage: Stage::Connecting,
            organization: String::new(),
            number,
            state: String::new(),
            notes: VecDeque::new(),
            notes_made: 0,
            keyed: String::new(),
            new_number: String::new(),
            calls_at_once: true,
            room: None,
            hears: Vec::new(),
            presence: (false, false, false),
            heard_dbm0: None,
            spoken_dbm0: None,
            pressed: None,
            was_answered: false,
            answered_at: None,
            voice: Voice::Quiet,
            has_microphone: false,
            from,
            over_at: None,
            spoken: None,
            keyed_at: None,
            entry_ended: false,
            after_star: false,
        }
    }

    /// Takes what the bridge says; gives what is said in return. The first hello makes the call, unless somebody
    /// is to dial.
    pub fn hear(&mut self, now: Uptime, message: ToPhone) -> Option<ToBridge> {
        match message {
            ToPhone::Welcome(welcome) => {
                self.organization = welcome.organization;
                self.number = self.number.or(welcome.numbers.first().copied());
                self.stage = Stage::Idle;
                if self.calls_at_once {
                    return self.dial(now);
                }
            }
            ToPhone::Answered => {
                self.stage = Stage::InCall;
                self.answered_at = Some(now);
                self.was_answered = true;
                if self.has_microphone {
                    self.voice = Voice::person();
                }
                self.note(now, NoteKind::Event, "answered");
            }
            ToPhone::Sound(frame) => self.heard_dbm0 = level_dbm0(&frame.0),
            ToPhone::Told(told) => self.take_told(now, told),
            ToPhone::HungUp(hung_up) => {
                let text = format!("call over: {} ({})", hung_up.cause, hung_up.q850);
                self.note(now, NoteKind::Event, &text);
                self.stage = Stage::Over(hung_up.cause, hung_up.q850);
                self.over_at = Some(now);
                self.end();
            }
            ToPhone::Refused(why) => {
                self.note(now, NoteKind::Event, &why);
                self.stage = Stage::Refused(why);
                self.end();
            }
        }
        None
    }

    fn take_told(&mut self, now: Uptime, told: Told) {
        match told {
            Told::Prompt { name, words, ms } => {
                if name == PromptId::NoEntryHeard.name() {
                    self.forget_entry();
                }
                self.caption(now, &name, &words, Duration::from_millis(ms.into()));
            }
            Told::Cut => self.spoken = None,
            Told::Music => {
                self.note(now, NoteKind::Music, "\u{266a} hold music");
                self.spoken = Some(Spoken::music(now));
            }
            Told::State { state } => {
                self.entry_ended = false;
                self.keyed.clear();
                if !matches!(state.as_str(), "in-lobby" | "in-meeting") {
                    self.forget_meeting();
                }
                // That it is being decided lasts no time.
                if state != "placing" {
                    self.note(now, NoteKind::Event, &state.replace('-', " "));
                }
                self.state = state;
            }
            Told::Room { members, waiting } => self.room = Some((members, waiting)),
            Told::Heard { who } => self.hears = who,
            Told::Presence { muted, silenced, hand_raised } => {
                self.presence = (muted, silenced, hand_raised);
            }
        }
    }

    /// A clip begins: it goes on with the caption, or begins another.
    fn caption(&mut self, now: Uptime, name: &str, words: &str, lasts: Duration) {
        let newest = self.notes.back_mut().filter(|note| note.kind == NoteKind::Caption);
        let gains = newest.and_then(|note| {
            let more = self.spoken.as_ref()?.gains(now, &note.text, name, words)?;
            note.text.push_str(&more);
            Some(())
        });
        if gains.is_none() {
            self.note(now, NoteKind::Caption, &begins(name, words));
        }
        self.spoken = Some(Spoken::clip(now, name, lasts));
    }

    /// Whether the newest caption is heard at the moment.
    #[must_use]
    pub fn is_spoken(&self, now: Uptime) -> bool {
        self.spoken.as_ref().is_some_and(|spoken| spoken.is_heard(now))
    }

    /// How many notes there have been that stay as they are: all, or all but a caption that may grow.
    #[must_use]
    pub fn notes_whole(&self, now: Uptime) -> usize {
        let newest = self.notes.back().filter(|note| note.kind == NoteKind::Caption);
        let grows = newest
            .zip(self.spoken.as_ref())
            .is_some_and(|(note, spoken)| spoken.grows(now, &note.text));
        self.notes_made - usize::from(grows)
    }

    /// Nothing more of the call is heard.
    pub fn hush(&mut self) {
        self.spoken = None;
    }

    /// The bridge has thrown away what was keyed, and asks again. Only if nothing has been keyed since an entry was ended, what
    /// follows is surely one that may be seen.
    fn forget_entry(&mut self) {
        if self.keyed.ends_with(Digit::POUND.as_char()) {
            self.entry_ended = false;
        }
        self.keyed.clear();
    }

    fn forget_meeting(&mut self) {
        (self.room, self.presence) = (None, (false, false, false));
        self.hears.clear();
    }

    /// The bridge is there no more: in these words, and in some for the log.
    pub fn lose_bridge(&mut self, now: Uptime, in_short: &'static str, why: &str) {
        self.note(now, NoteKind::Event, why);
        self.stage = Stage::Gone(in_short);
        self.end();
    }

    /// Calls, if no call goes on: the number that has been keyed, else the same as before.
    pub fn dial(&mut self, now: Uptime) -> Option<ToBridge> {
        match self.stage {
            Stage::Idle | Stage::Over(..) => {
                self.number = self.new_number.parse().ok().or(self.number);
                let to = self.number?;
                self.new_number.clear();
                self.stage = Stage::Dialling;
                self.note(now, NoteKind::Calling, &format!("calling {to}"));
                Some(ToBridge::Dial(Dial { to, from: self.from }))
            }
            Stage::Connecting
            | Stage::Dialling
            | Stage::InCall
            | Stage::Refused(_)
            | Stage::Gone(_) => None,
        }
    }

    /// Whether it is the bridge's turn: to say hello, or to answer.
    #[must_use]
    pub fn awaits_bridge(&self) -> bool {
        matches!(self.stage, Stage::Connecting | Stage::Dialling)
    }

    /// Whether a call was made and is over.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Over(..) | Stage::Refused(_))
    }

    /// Whether the line to the bridge has ended: nothing more can come of it.
    #[must_use]
    pub fn is_over_for_good(&self) -> bool {
        matches!(self.stage, Stage::Refused(_) | Stage::Gone(_))
    }

    /// Whether keys are digits of a number to call: no call goes on.
    #[must_use]
    pub fn takes_number(&self) -> bool {
        matches!(self.stage, Stage::Idle | Stage::Over(..))
    }

    /// Takes back the last digit of a number that is being keyed.
    pub fn erase(&mut self) {
        self.new_number.pop();
    }

    /// Presses a key. In a call it is shown as a dot wherever it may belong to a PIN; while none goes on it is a digit of the
    /// number to call.
    pub fn press(&mut self, now: Uptime, digit: Digit) -> Option<ToBridge> {
        self.pressed = Some((digit, now));
        if self.takes_number() {
            self.add_to_number(now, digit);
        }
        if self.stage != Stage::InCall {
            return None;
        }
        let open = match self.state.as_str() {
            "entering-conference-id" | "choosing-language" => !self.entry_ended && !self.after_star,
            "in-meeting" => true,
            _may_be_a_pin => false,
        };
        let is_digit = digit.as_char().is_ascii_alphanumeric();
        if self.state == "in-meeting" && !is_digit {
            // It begins a command.
            self.keyed.clear();
        }
        self.keyed_at = Some(now);
        self.entry_ended |= digit == Digit::POUND;
        self.after_star = digit == Digit::STAR || self.after_star && digit != Digit::POUND;
        self.keyed.push(if is_digit && !open { '\u{2022}' } else { digit.as_char() });
        if self.keyed.chars().count() > KEYED_MAX {
            self.keyed.remove(0);
        }
        Some(ToBridge::Key(digit))
    }

    fn add_to_number(&mut self, now: Uptime, digit: Digit) {
        let is_of_the_last_call = self.over_at.is_some_and(|at| now.since(at) < KEYS_LAST);
        let fits = self.new_number.len() < PhoneNumber::DIGITS_MAX;
        if digit.as_char().is_ascii_digit() && fits && !is_of_the_last_call {
            self.new_number.push(digit.as_char());
        }
    }

    /// Hangs up.
    pub fn hang_up(&self) -> Option<ToBridge> {
        matches!(self.stage, Stage::Dialling | Stage::InCall).then_some(ToBridge::HangUp)
    }

    /// 20 ms have passed: what is said in them.
    pub fn tick(&mut self, now: Uptime) -> Option<ToBridge> {
        // Of an entry that is asked for, the bridge says when it is no more.
        let is_asked = self.state.starts_with("entering-");
        if !is_asked && self.keyed_at.is_some_and(|at| now.since(at) >= KEYED_LASTS) {
            self.keyed.clear();
        }
        if self.stage != Stage::InCall {
            return None;
        }
        let frame: Frame = self.voice.next_frame();
        self.spoken_dbm0 = level_dbm0(&frame.0);
        Some(ToBridge::Sound(Box::new(frame)))
    }

    /// Adds a line.
    pub fn note(&mut self, at: Uptime, kind: NoteKind, text: &str) {
        if self.notes.len() >= NOTES_MAX {
            self.notes.pop_front();
        }
        self.spoken.iter_mut().for_each(Spoken::close);
        self.notes.push_back(Note { at, kind, text: text.to_owned() });
        self.notes_made += 1;
    }

    fn end(&mut self) {
        self.voice = Voice::Quiet;
        self.state.clear();
        self.keyed.clear();
        self.after_star = false;
        self.forget_meeting();
        (self.spoken, self.keyed_at) = (None, None);
        (self.heard_dbm0, self.spoken_dbm0, self.answered_at) = (None, None, None);
    }
}

#[cfg(test)]
#[path = "phone_tests.rs"]
mod tests;
