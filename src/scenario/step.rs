//! Steps as values: what a scenario sets, does and expects. A driver carries them out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::diagnostic::Span;
use super::expected::{Expectation, When};
use super::secrets::Secrets;
use crate::caller::Variant;
use crate::domain::directory::OrganizationSettings;
use crate::domain::settings::Announce;
use crate::domain::{
    Command, ConferenceId, Digit, Language, Languages, PhoneNumber, PromptId, Uptime, UtcTime,
};
use crate::proto::event_sender::EventFault;
use crate::proto::info::InfoWriting;

/// A scenario, understood: nothing in it names anybody or anything that is not there.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file.
    pub path: String,
    /// The line it begins in, or that of its row of examples; for a row in a file beside it, the line that names the file.
    pub line: usize,
    /// Of an outline whose rows are in a file beside it: which row, counted from 1 over all its examples.
    pub row: Option<usize>,
    /// The feature's name.
    pub feature: String,
    /// The rule it stands under.
    pub rule: Option<String>,
    /// Its name, placeholders filled in.
    pub name: String,
    /// All tags that hold for it.
    pub tags: Vec<String>,
    /// Everybody in it, in the order in which they come.
    pub people: Vec<Person>,
    /// What it sets before the first call.
    pub organization: Setup,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Whether it cannot be told without sound.
    pub needs_sound: bool,
    /// What is dots in all its texts, and has to be in whatever else is said of it.
    pub secrets: Secrets,
}

/// Somebody in a scenario, by place in [`Scenario::people`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Who(pub usize);

/// A caller, a user of the app, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// By what name the scenario knows them.
    pub name: String,
    /// Whether they belong to the organization.
    pub user: bool,
    /// From where they call; a number of their own if nothing is said.
    pub calls_from: CallsFrom,
    /// How their telephone sends keys.
    pub keys: KeysAs,
    /// Where their letters go.
    pub address: Option<String>,
    /// The telephone number the organization knows of them.
    pub own_number: Option<PhoneNumber>,
}

/// From where somebody calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallsFrom {
    /// A number that nobody else has.
    #[default]
    OwnNumber,
    /// This number.
    Number(PhoneNumber),
    /// The number is withheld.
    Withheld,
}

/// How a telephone sends keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeysAs {
    /// As tones in the sound.
    #[default]
    Tones,
    /// As telephone events (RFC 4733).
    Events,
    /// As SIP INFO.
    Info,
}

/// What is set before the first call.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The time at the beginning.
    pub epoch: UtcTime,
    /// The organization's settings.
    pub settings: OrganizationSettings,
    /// The numbers of its bridge; one in English if none is named.
    pub numbers: Vec<(PhoneNumber, Languages)>,
    /// The meetings, in the order in which they are named.
    pub meetings: Vec<SetMeeting>,
    /// Where organizers depart from the organization's rules.
    pub organizers: BTreeMap<Who, crate::domain::directory::RuleOverrides>,
}

impl Setup {
    /// Whether names are announced in any meeting.
    pub(super) fn announces_names(&self) -> bool {
        let of_all = std::iter::once(self.settings.meeting.announce);
        of_all
            .chain(self.meetings.iter().filter_map(|meeting| meeting.rules.announce))
            .chain(self.organizers.values().filter_map(|rules| rules.announce))
            .any(|it| it == Announce::Names)
    }
}

/// A meeting of a scenario.
#[derive(Clone, Debug)]
pub struct SetMeeting {
    /// By what callers know it.
    pub conference_id: ConferenceId,
    /// Whose it is.
    pub organizer: Who,
    /// Their PIN; drawn if nothing is said. An organizer of several meetings has one.
    pub pin: Option<SetPin>,
    /// Where it departs from the organization's rules.
    pub rules: crate::domain::directory::RuleOverrides,
    /// Until when it is held.
    pub held_until: Option<UtcTime>,
}

/// A PIN that a scenario sets. Nobody's: but it is not printed either.
#[derive(Clone, PartialEq, Eq)]
pub struct SetPin(pub(super) String);

impl SetPin {
    /// Its digits, for whoever keys or hashes them.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SetPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetPin")
    }
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// `Given`, `When`, `Then`, `And`, `But` or `*`, as written.
    pub keyword: &'static str,
    /// Whether it is one of a `Given`, a `When` or a `Then`.
    pub kind: Kind,
    /// What stands behind it, with PINs as dots.
    pub text: String,
    /// The rows of the table below it, with PINs as dots; none where there is no table.
    pub table: Vec<Vec<String>>,
    /// Where its keyword stands.
    pub at: Span,
    /// What it means.
    pub what: What,
}

/// What a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// How things are.
    Given,
    /// What happens.
    When,
    /// What is to be so then.
    Then,
}

/// What a step means.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It has been taken into [`Scenario::people`] or [`Scenario::organization`].
    Set,
    /// These do this, all at the same time; the step is over when they have done it.
    Does(Vec<Who>, Act),
    /// At that time since the beginning; nobody waits until it is done.
    At(Uptime, Vec<Who>, Act),
    /// Several deeds at the same time.
    Together(Vec<(Vec<Who>, Act)>),
    /// Somebody keys wrong entries, and calls again whenever they are sent away.
    Guesses(Who, Guessing),
    /// Time passes.
    Passes(Duration),
    /// An app user does something in a meeting.
    App(Who, AppDeed),
    /// Somebody administers.
    Administers(Administration),
    /// Something goes wrong outside.
    Fault(Fault),
    /// Something is to be so.
    Expects(Expectation),
}

impl What {
    /// When it is over at the earliest, of what begins at that time since the scenario's beginning.
    pub(super) fn ends_at_least(&self, from: Duration) -> Duration {
        match self {
            Self::Set | Self::App(..) | Self::Administers(_) | Self::Fault(_) => from,
            Self::Does(_, act) => from.saturating_add(act.lasts_at_least()),
            Self::At(at, ..) => from.max(at.since(Uptime::ZERO)),
            Self::Together(deeds) => {
                let longest = deeds.iter().map(|(_, act)| act.lasts_at_least()).max();
                from.saturating_add(longest.unwrap_or_default())
            }
            Self::Passes(time) => from.saturating_add(*time),
            Self::Guesses(_, guessing) => from.saturating_add(guessing.lasts_at_least()),
            Self::Expects(expectation) => match expectation.when {
                When::Soon | When::Within(_) => from,
                // They count from something that was so before, at the beginning at the earliest.
                When::After(time) | When::For(time) => from.max(time),
            },
        }
    }
}

/// What a caller does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Dials, and keys this once the call is answered.
    Dials {
        /// Which number; the first one if nothing is said.
        number: Option<PhoneNumber>,
        /// What is keyed then.
        keys: Option<Keys>,
    },
    /// Joins by the app the meeting with that conference ID, or the only one.
    JoinsByApp(Option<ConferenceId>),
    /// Keys this.
    Keys(Keys),
    /// Holds one key.
    Holds(Digit, Duration),
    /// Speaks with their own tone.
    Speaks(Duration),
    /// Says a prompt of the catalogue, in a language.
    Says(PromptId, Language),
    /// Plays a file.
    Plays(Recording),
    /// Does nothing for a while.
    Waits(Duration),
    /// Sends nothing more of what they say, or does again.
    Mutes(OnOff),
    /// Neither sends nor hears, or does again.
    PutsOnHold(OnOff),
    /// Loses so many of a thousand packets on the way to the bridge from now on.
    Loses(u16),
    /// Hangs up.
    HangsUp,
}

/// Wrong entries, one after the other, over as many calls as it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guessing {
    /// At which meeting, by place in [`Setup::meetings`].
    pub meeting: usize,
    /// Whether PINs are guessed at, or conference IDs.
    pub at: Guessed,
    /// How many.
    pub count: usize,
    /// So many, and the next so long after the beginning of those; all at once if nothing is said.
    pub pace: Option<(usize, Duration)>,
}

/// What is guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guessed {
    /// The organizer's PIN.
    Pins,
    /// The conference ID.
    ConferenceIds,
}

impl Act {
    fn lasts_at_least(&self) -> Duration {
        match self {
            Self::Holds(_, time) | Self::Speaks(time) | Self::Waits(time) => *time,
            Self::Dials { .. }
            | Self::JoinsByApp(_)
            | Self::Keys(_)
            | Self::Says(..)
            | Self::Plays(_)
            | Self::Mutes(_)
            | Self::PutsOnHold(_)
            | Self::Loses(_)
            | Self::HangsUp => Duration::ZERO,
        }
    }
}

impl Guessing {
    fn lasts_at_least(&self) -> Duration {
        self.pace.map_or(Duration::ZERO, |(many, every)| {
            let pauses = self.count.saturating_sub(1) / many.max(1);
            every.saturating_mul(u32::try_from(pauses).unwrap_or(u32::MAX))
        })
    }
}

/// Begun or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOff {
    /// From now on.
    On,
    /// No more.
    Off,
}

/// 8 kHz samples of a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Recording {
    /// As it is named in the scenario.
    pub name: String,
    /// The samples.
    pub samples: std::sync::Arc<[i16]>,
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recording({:?}, {} samples)", self.name, self.samples.len())
    }
}

/// Keys, how fast and how well.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    /// Which.
    pub parts: Vec<KeyPart>,
    /// How they are sent, if otherwise than the caller's telephone does.
    pub sent_as: Option<KeysAs>,
    /// How long each sounds; 100 ms if nothing is said.
    pub on: Option<Duration>,
    /// How long the pause between two is; 100 ms if nothing is said.
    pub off: Option<Duration>,
    /// What is wrong with them, if they are tones.
    pub variant: Option<Variant>,
    /// What is peculiar about them, if they are events or SIP INFO for this once.
    pub packets: Option<Packets>,
}

/// Keys sent as packets, and what is peculiar about these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packets {
    /// RFC 4733 events.
    Events(EventFault),
    /// SIP INFO.
    Infos(InfoWriting),
    /// RFC 4733 events, and the tones beside them: each press comes both ways.
    EventsAndTones,
    /// RFC 4733 events, and the tones a moment later.
    EventsThenTones,
    /// RFC 4733 events, and SIP INFO beside them.
    EventsAndInfos,
}

/// A part of what is keyed. Prints no digit: it may be one of a PIN.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// A key.
    Digit(Digit),
    /// The PIN of a user as it is then.
    PinOf(Who),
    /// A PIN as long as that of a user, and none of anybody.
    WrongPinOf(Who),
    /// The conference ID of a meeting, by place in [`Setup::meetings`], as it is then.
    IdOf(usize),
    /// The conference ID of a user's standing meeting, as it is then.
    OwnIdOf(Who),
}

impl fmt::Debug for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digit(digit) => write!(f, "{}", digit.masked()),
            Self::PinOf(who) => write!(f, "PIN of {}", who.0),
            Self::WrongPinOf(who) => write!(f, "wrong PIN of {}", who.0),
            Self::IdOf(meeting) => write!(f, "ID of {meeting}"),
            Self::OwnIdOf(who) => write!(f, "ID of user {}", who.0),
        }
    }
}

/// What an app user does in a meeting: the one they are in, or else the one they organize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppDeed {
    /// Admits all who wait.
    AdmitsAll,
    /// Admits one.
    Admits(Vec<Who>),
    /// Sends one who waits away.
    Refuses(Vec<Who>),
    /// Sends a member away.
    Removes(Vec<Who>),
    /// Mutes these.
    Mutes(Vec<Who>),
    /// Lets these speak again.
    LetsSpeak(Vec<Who>),
    /// Mutes everybody.
    MutesAll,
    /// Lets everybody speak again.
    LetsAllSpeak,
    /// Lets nobody else in.
    Locks,
    /// Lets others in again.
    Unlocks,
    /// Ends the meeting.
    Ends,
    /// Mutes or unmutes themself, raises or lowers the hand.
    Commands(Command),
}

/// What somebody administers.
#[derive(Clone, Debug, PartialEq)]
pub enum Administration {
    /// An administrator resets a PIN so many times; the letter goes to that address, if to another than the user's own.
    ResetsPin(Who, usize, Option<String>),
    /// A user resets their own.
    ResetsOwnPin(Who),
    /// An administrator unlocks a PIN.
    Unlocks(Who),
    /// A meeting gets another conference ID, so many times.
    ResetsId(usize, usize),
    /// A meeting is called off.
    Cancels(usize),
    /// A user may hold meetings by phone; the letter goes to that address, if to another than their own.
    Enables(Who, Option<String>),
    /// A user may hold no more meetings by phone.
    Disables(Who),
    /// An administrator looks at the list of users.
    ListsUsers,
    /// The organization sets something.
    Sets(Box<OrganizationSettings>),
    /// An organizer sets something for all their meetings.
    SetsOrganizer(Who, Box<crate::domain::directory::RuleOverrides>),
    /// A meeting sets something.
    SetsMeeting(usize, Box<crate::domain::directory::RuleOverrides>),
    /// A meeting is put off.
    Reschedules(usize, UtcTime),
}

/// What goes wrong outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store answers so late.
    StoreSlow(Duration),
    /// The store does not answer.
    StoreGone,
    /// The store says that it cannot answer.
    StoreFails,
    /// The store answers as usual.
    StoreBack,
    /// The process dies and starts anew on the same store: all calls are gone.
    Restart,
}
