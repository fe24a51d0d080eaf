//! Inputs in any order at any microsecond, without sound: thousands of steps a second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use holdline::domain::keypad::{CommandCharacter, KeyMap};
use holdline::domain::settings::{
    Admission, AfterWrongPins, Announce, AppStart, BargeIn, DialogueSettings, MeetingRules,
    MuteAll, NameRecording, OrganizerQuestion, Recording, RecordingNotice, StartRequires,
    WhenAuthenticatedLeft,
};
use holdline::domain::{
    CallSource, Command, ConferenceId, Language, Languages, LegId, MeetingCard, PromptId,
};
use holdline::exchange::{Config, Happened, Input, Journal, Order, SoundMode, TraceEvent};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::model::Model;
use crate::support::{
    self,
    journals::{forks_at_its_keys, goes_on_after_a_cut, replays_whole_and_in_parts},
    stage::{ACCESS_NUMBER, IDS, PINS, Stage},
};

#[derive(Clone, Debug)]
pub enum Op {
    /// From the number that may be kept out, or without one.
    Call(u64, bool),
    /// An app user: on legs 5 and 6 the organizer, on the others somebody else.
    App(u64, usize),
    Keys(u64, String),
    HangUp(u64),
    Command(u64, Command),
    Order(usize, Order),
    /// A meeting goes on by other rules, and later callers find it so.
    Change(usize, Box<MeetingRules>),
    /// A meeting has another conference ID from then on; the old one is nobody's.
    NewId(usize),
    /// The next question is answered only after so many milliseconds; or never.
    SlowStore(Option<u16>),
    Stop,
}

#[derive(Clone, Debug)]
pub struct Case {
    rules: MeetingRules,
    dialogue: DialogueSettings,
    /// Whether the store keeps out who calls from a number.
    keeps_out: bool,
    /// Of the number that all call; none stands for the default.
    languages: Vec<Language>,
    ops: Vec<(u32, Op)>,
}

/// The conference IDs that the meetings get when they get others.
fn new_ids() -> [ConferenceId; 2] {
    ["55512345", "66612345"].map(|digits| ConferenceId::with_check_digit(digits).unwrap())
}

/// The legs on which an app user is the organizer.
pub fn is_organizer_by_app(leg: LegId) -> bool {
    leg.number() % 10 > 4
}

/// Whatever a caller may key.
fn keys() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0..IDS.len()).prop_map(|place| format!("{}#", IDS[place])),
        2 => (0..IDS.len()).prop_map(|place| format!("{}#*{}#", IDS[place], PINS[place])),
        2 => Just("#".to_owned()),
        1 => Just(format!("*{}#", PINS[0])),
        1 => Just("*12345#".to_owned()),
        1 => Just("54321#".to_owned()),
        2 => "[0-9*#A-D]{1,20}",
        4 => prop::sample::select(vec!["*6", "*5", "*7", "*8", "*21", "*22", "*23", "*24", "*1", "*3"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["*4", "*9", "#0", "#31", "#32", "*0"]).prop_map(str::to_owned),
        1 => "\\*[0-9]{0,3}[*#]?[0-9]{0,3}",
        1 => (0..2_usize).prop_map(|place| format!("{}#", new_ids()[place])),
    ]
}

pub fn cases() -> impl Strategy<Value = Case> {
    let leg = 1_u64..7;
    let whom = (1_u64..7).prop_map(LegId::new);
    let order = prop_oneof![
        2 => Just(Order::AdmitAll),
        2 => whom.clone().prop_map(|whom| Order::Admit { whom }),
        1 => whom.clone().prop_map(|whom| Order::Refuse { whom }),
        1 => whom.clone().prop_map(|whom| Order::Remove { whom }),
        1 => whom.clone().prop_map(|whom| Order::Mute { whom }),
        1 => whom.prop_map(|whom| Order::LetSpeak { whom }),
        1 => prop::sample::select(vec![
            Order::MuteAll,
            Order::LetAllSpeak,
            Order::Lock,
            Order::Unlock,
            Order::AnnouncementsOn,
            Order::AnnouncementsOff,
            Order::End,
            Order::Cancel,
        ]),
        1 => Just(Order::RecordingFailed),
    ];
    let op = prop_oneof![
        5 => (leg.clone(), any::<bool>()).prop_map(|(leg, from)| Op::Call(leg, from)),
        1 => (leg.clone(), 0..IDS.len()).prop_map(|(leg, place)| Op::App(leg, place)),
        8 => (leg.clone(), keys()).prop_map(|(leg, keys)| Op::Keys(leg, keys)),
        4 => leg.clone().prop_map(Op::HangUp),
        1 => (leg, prop::sample::select(Command::ALL.to_vec()))
            .prop_map(|(leg, command)| Op::Command(leg, command)),
        3 => (0..IDS.len(), order).prop_map(|(place, order)| Op::Order(place, order)),
        1 => (0..IDS.len()).prop_map(Op::NewId),
        2 => prop::option::of(0_u16..9_000).prop_map(Op::SlowStore),
        1 => Just(Op::Stop),
    ];
    // Gaps of nothing at all, of microseconds and of half a minute.
    let gap = prop_oneof![Just(0_u32), 1_u32..200_000, 200_000_u32..30_000_000];
    let ops = prop::collection::vec((gap, op), 1..60);
    let languages = prop_oneof![
        3 => Just(Vec::new()),
        1 => Just(vec![Language::DeDe]),
        1 => Just(vec![Language::DeDe, Language::EnUs]),
    ];
    let changes = prop_oneof![
        4 => Just(Vec::new()),
        1 => prop::collection::vec((0..IDS.len(), rules(), any::<prop::sample::Index>()), 1..4),
    ];
    (rules(), dialogues(), any::<bool>(), languages, parties(), ops, changes).prop_map(
        |(rules, dialogue, keeps_out, languages, party, mut ops, changes)| {
            // Where there is a choice, whoever comes makes it first.
            let chooses = |op| match op {
                Op::Keys(leg, keys) if languages.len() > 1 => Op::Keys(leg, format!("2{keys}")),
                other => other,
            };
            for (place, rules, when) in changes {
                ops.insert(when.index(ops.len()), (0, Op::Change(place, Box::new(rules))));
            }
            let party = party.into_iter().map(|(gap, op)| (gap, chooses(op)));
            // And one comes late, whatever has become of the meeting.
            let keys = chooses(Op::Keys(6, format!("{}##", IDS[0])));
            let late = [(0, Op::HangUp(6)), (0, Op::Call(6, false)), (100_000, keys)];
            let ops = party.chain(ops).chain(late).collect();
            Case { rules, dialogue, keeps_out, languages, ops }
        },
    )
}

/// Up to four who come to a meeting one after the other, most of them to the same one: what is random finds somebody in.
fn parties() -> impl Strategy<Value = Vec<(u32, Op)>> {
    let guest = (prop_oneof![4 => Just(0_usize), 1 => Just(1)], 0..5_u8, 0_u32..9_000_000);
    prop::collection::vec(guest, 0..5).prop_map(|guests| {
        let come = |(leg, (place, kind, after)): (u64, (usize, u8, u32))| {
            let keys = match kind {
                0 => format!("{}#*{}#", IDS[place], PINS[place]),
                1 | 2 => format!("{}##", IDS[place]),
                3 => format!("{}#*", IDS[place]),
                _by_app => return vec![(after, Op::App(leg, place))],
            };
            vec![(after, Op::Call(leg, false)), (100_000, Op::Keys(leg, keys))]
        };
        (1..).zip(guests).flat_map(come).collect()
    })
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(all.to_vec())
}

fn seconds(all: &[u64]) -> impl Strategy<Value = Duration> + use<> {
    one_of(all).prop_map(Duration::from_secs)
}

/// All settings of a meeting.
pub fn rules() -> impl Strategy<Value = MeetingRules> {
    let who = (
        one_of(&[StartRequires::OrganizerPinOrApp, StartRequires::Anyone]),
        one_of(&[Admission::OnStart, Admission::OnCommand]),
        one_of(&[OrganizerQuestion::BeforeStart, OrganizerQuestion::AlsoAfterStart]),
        one_of(&[AppStart::AnyUser, AppStart::OrganizerOnly]),
        one_of(&[1, 4, 4, 4, 1_000]),
    );
    let ends = (
        one_of(&[
            WhenAuthenticatedLeft::GoesOn,
            WhenAuthenticatedLeft::Ends,
            WhenAuthenticatedLeft::BackToLobby,
        ]),
        // Short enough that some end while somebody is in; at the longest all are warned before.
        seconds(&[60, 90 * 60]),
        seconds(&[60, 90, 4 * 60 * 60]),
        seconds(&[120, 330, 24 * 60 * 60]),
    );
    let heard = (
        one_of(&[MuteAll::Soft, MuteAll::Hard]),
        one_of(&[Recording::Off, Recording::FromStart]),
        one_of(&[RecordingNotice::Off, RecordingNotice::PhoneCallers]),
        one_of(&[Announce::Off, Announce::Tones, Announce::Tones, Announce::Names]),
        one_of(&[NameRecording::On, NameRecording::On, NameRecording::Off]),
    );
    (who, ends, heard).prop_map(|(who, ends, heard)| {
        let (start_requires, admission, organizer_question, app_start, legs_max) = who;
        let (when_authenticated_left, after_authenticated_left, after_callers_alone, at_most) =
            ends;
        let (mute_all, recording, recording_notice, announce, name_recording) = heard;
        MeetingRules {
            start_requires,
            app_start,
            admission,
            organizer_question,
            when_authenticated_left,
            ends_after_authenticated_left: after_authenticated_left,
            ends_after_callers_alone: after_callers_alone,
            ends_after_at_most: at_most,
            legs_max,
            announce,
            name_recording,
            mute_all,
            recording,
            recording_notice,
        }
    })
}

/// All settings of the dialogue, within their ranges.
fn dialogues() -> impl Strategy<Value = DialogueSettings> {
    let few = [("0", Command::Mute), ("31", Command::AdmitAll), ("32", Command::Lock)];
    let maps = [
        KeyMap::default(),
        KeyMap::default(),
        KeyMap::skype_for_business(),
        KeyMap::new(CommandCharacter::Pound, few).unwrap(),
    ];
    let heard = [
        vec![],
        vec![],
        vec![PromptId::Welcome, PromptId::OrganizerQuestion, PromptId::EnterPin],
        vec![PromptId::Joining, PromptId::RecordingOn, PromptId::RecordName, PromptId::KeepName],
    ];
    let entry = (
        one_of(&[1, 3, 3, 10]),
        one_of(&[1, 3, 3, 10]),
        one_of(&[AfterWrongPins::Goodbye, AfterWrongPins::Lobby]),
        seconds(&[1, 7, 7]),
        seconds(&[1, 4, 4]),
        seconds(&[5, 30, 30]),
    );
    let keys = (
        one_of(&[BargeIn::On, BargeIn::On, BargeIn::On, BargeIn::Off]),
        one_of(&heard),
        one_of(&maps),
        one_of(&[500_u64, 2_000, 2_000]),
    );
    let lobby =
        (seconds(&[0, 5, 60, 60]), seconds(&[0, 10, 150, 150]), seconds(&[0, 1, 60, 3_600]));
    (entry, keys, lobby).prop_map(|(entry, keys, lobby)| {
        let (conference_id_tries, pin_tries, after_wrong_pins, first, between, whole) = entry;
        let (barge_in, heard_to_the_end, keys, command_ends_after_ms) = keys;
        let (lobby_word_every, lobby_ends_after, lobby_warning_before) = lobby;
        let settings = DialogueSettings {
            conference_id_tries,
            pin_tries,
            after_wrong_pins,
            first_digit_after: first,
            between_digits_after: between,
            whole_entry_after: whole,
            barge_in,
            heard_to_the_end: heard_to_the_end.into_iter().collect(),
            lobby_word_every,
            lobby_ends_after,
            lobby_warning_before,
            keys,
            command_ends_after: Duration::from_millis(command_ends_after_ms),
        };
        settings.check().expect("within the ranges");
        settings
    })
}

/// The calls made on each line so far: the next one is another leg, as an engine's are.
#[derive(Default)]
struct Lines([u64; 7]);

impl Lines {
    /// The leg of the latest call on a line.
    fn leg(&self, line: u64) -> u64 {
        line + 10 * self.0[usize::try_from(line).unwrap()].saturating_sub(1)
    }

    /// The leg of a call that is about to be made; the one before, while that is still there.
    fn new_leg(&mut self, line: u64, stage: &Stage) -> u64 {
        if stage.state(self.leg(line)).is_none() {
            self.0[usize::try_from(line).unwrap()] += 1;
        }
        self.leg(line)
    }

    fn order(&self, order: &Order) -> Order {
        let of = |line: LegId| LegId::new(self.leg(line.number()));
        match order {
            Order::Admit { whom } => Order::Admit { whom: of(*whom) },
            Order::Refuse { whom } => Order::Refuse { whom: of(*whom) },
            Order::Remove { whom } => Order::Remove { whom: of(*whom) },
            Order::Mute { whom } => Order::Mute { whom: of(*whom) },
            Order::LetSpeak { whom } => Order::LetSpeak { whom: of(*whom) },
            other => other.clone(),
        }
    }
}

fn do_op(stage: &mut Stage, lines: &mut Lines, op: &Op) {
    match op {
        Op::Call(line, true) => {
            stage.call_from(lines.new_leg(*line, stage), BAD_NUMBER.parse().unwrap());
        }
        Op::Call(line, false) => stage.call(lines.new_leg(*line, stage)),
        Op::App(line, place) => {
            let leg = lines.new_leg(*line, stage);
            let organizer = stage.cards[*place].organizer.number();
            let user = if is_organizer_by_app(LegId::new(leg)) { organizer } else { 9 };
            stage.app(leg, user, *place);
        }
        Op::Keys(line, keys) => stage.keys(lines.leg(*line), keys),
        Op::HangUp(line) => stage.hang_up(lines.leg(*line)),
        Op::Command(line, command) => stage.command(lines.leg(*line), *command),
        Op::Order(place, order) => stage.order(*place, lines.order(order)),
        Op::Change(place, rules) => {
            stage.cards[*place].rules = (**rules).clone();
            stage.order(*place, Order::Change { card: Box::new(stage.cards[*place].clone()) });
        }
        Op::NewId(place) => {
            let conference_id = new_ids()[*place];
            stage.cards[*place] = MeetingCard { conference_id, ..stage.cards[*place].clone() };
            stage.order(*place, Order::Change { card: Box::new(stage.cards[*place].clone()) });
        }
        Op::SlowStore(after) => {
            stage.next_answer_takes = after.map(|ms| Duration::from_millis(ms.into()));
        }
        Op::Stop => stage.bring(Input::Stop),
    }
}

/// What has ever happened in any case, so that a swarm that no longer gets there is noticed.
pub static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn count_seen(trace: &[TraceEvent]) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    seen.extend(trace.iter().filter_map(|event| match &event.happened {
        Happened::Command { command } => Some(format!("command {command}")),
        Happened::Language { language } => Some(format!("language {language}")),
        Happened::Ordered { order } => Some(format!("order {order}")),
        Happened::Prompt { prompt } => Some(format!("prompt {prompt}")),
        Happened::State { state } => Some(format!("state {state}")),
        Happened::Left { cause, .. } => Some(format!("cause {cause:?}")),
        Happened::MeetingEnded { reason } => Some(format!("end {reason:?}")),
        _other => None,
    }));
}

/// The number whose calls may be kept out.
const BAD_NUMBER: &str = "+14255550123";

fn run(case: &Case, sound: SoundMode) -> Stage {
    let languages = match case.languages.as_slice() {
        [] => BTreeMap::new(),
        some => BTreeMap::from([(ACCESS_NUMBER.parse().unwrap(), Languages::new(some).unwrap())]),
    };
    let dialogue = case.dialogue.clone();
    let config = Config { dialogue, sound, languages, legs_max: 5, ..Config::default() };
    let mut stage = Stage::with_config(&case.rules, config);
    let mut lines = Lines::default();
    let bad: CallSource = BAD_NUMBER.parse().unwrap();
    stage.keeps_out = case.keeps_out.then_some(bad);
    let mut done = 0;
    for (gap, op) in &case.ops {
        stage.pass(Duration::from_micros((*gap).into()));
        do_op(&mut stage, &mut lines, op);
        done += 1;
        if done == case.ops.len() * 2 / 3 {
            stage.cut = Some((stage.journal.len(), stage.exchange.present()));
        }
    }
    // Longer than any of the limits that are not for ever: whoever is left in a dialogue then is stranded. Members of a live
    // meeting, and who may wait for ever, leave by themselves.
    stage.seconds(400);
    let stranded = (1..7).filter_map(|line| stage.state(lines.leg(line)));
    let stranded: Vec<_> =
        stranded.filter(|state| !["in-meeting", "in-lobby"].contains(state)).collect();
    if !stranded.is_empty() {
        stage.broken.push(format!("stranded in {stranded:?}"));
    }
    for line in 1..7 {
        stage.hang_up(lines.leg(line));
    }
    stage.seconds(1);
    stage
}

/// Runs a case with and without sound and checks all that must hold.
pub fn check(case: Case) -> Result<(), TestCaseError> {
    let bare = run(&case, SoundMode::Durations);
    count_seen(&bare.trace);
    let tail = support::last_lines(&bare.trace, 20);
    let must = |holds: bool, what: String| match holds {
        true => Ok(()),
        false => Err(TestCaseError::fail(format!("{what}\n{tail}"))),
    };
    must(bare.broken.is_empty(), format!("{:?}", bare.broken))?;
    must(bare.exchange.legs() == 0 && bare.exchange.meetings() == 0, "something is left".into())?;
    // The model has one set of rules: where they change, what is watched after every step has to do.
    if !case.ops.iter().any(|(_, op)| matches!(op, Op::Change(..))) {
        let ids = |place: usize| [IDS[place].parse().unwrap(), new_ids()[place]];
        let known = bare.cards.iter().enumerate();
        let known = known.flat_map(|(place, card)| ids(place).map(|id| (id, card.meeting)));
        Model::new(known, case.rules.clone(), is_organizer_by_app)
            .follow(&bare.trace)
            .or_else(|wrong| must(false, wrong))?;
    }
    let text = bare.written_journal();
    let written = PINS.iter().any(|pin| text.contains(pin));
    must(!written, "a PIN is in the journal".to_owned())?;
    let journal = Journal::parse(&text).unwrap();
    replays_whole_and_in_parts(&journal, &bare.trace).or_else(|wrong| must(false, wrong))?;
    if let Some((place, present)) = &bare.cut {
        goes_on_after_a_cut(&journal, &bare.trace, *place, present)
            .or_else(|wrong| must(false, wrong))?;
    }
    forks_at_its_keys(&journal, &bare.trace).or_else(|wrong| must(false, wrong))?;
    let with_sound = run(&case, SoundMode::Frames);
    must(with_sound.broken.is_empty(), format!("{:?}", with_sound.broken))?;
    let names = |rules: &MeetingRules| rules.announce == Announce::Names;
    let changed = case.ops.iter().any(|(_, op)| matches!(op, Op::Change(_, rules) if names(rules)));
    if names(&case.rules) || changed {
        // Nobody here has a voice to say a name with.
        return Ok(());
    }
    must(with_sound.trace == bare.trace, "with sound, another trace".to_owned())?;
    must(with_sound.records == bare.records, "with sound, other records".to_owned())
}
