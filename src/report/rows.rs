//! Lays a story out in rows: one thing a caller or the meeting does, each in a row of its own unless it is in another column.

use super::{Story, ending};
use crate::domain::{Command, PromptId, Uptime};
use crate::exchange::{Happened, TraceEvent};

/// What is drawn in one place of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The caller's place, or the number of callers for the meeting.
    pub column: usize,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A prompt that is heard.
    Prompt(PromptId),
    /// Keys: a dot for each digit, `*` and `#` as they are; what came of them.
    Keys { keys: String, outcome: Outcome },
    /// Something said in words.
    Words(String),
    /// Hold music begins.
    Music,
    /// The meeting starts.
    Starts,
    /// The caller is let in.
    Admitted,
    /// The call is over.
    Left(String),
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Nothing,
    Good(String),
    Bad(String),
}

/// One row of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// What happens at one time.
    At(Uptime, Vec<Item>),
    /// So many whole seconds in which nothing happens.
    Break(u64),
    /// A step fails.
    Fails(Uptime),
    /// So many rows, which a picture has no room for.
    LeftOut(usize),
}

/// Most rows of a diagram: 11 000 pixels. What stands in the middle of a longer one is left out.
const ROWS_MAX: usize = 480;
/// So many of them are the beginning.
const ROWS_FIRST: usize = 120;

/// The colour in which a stretch of a column is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Band {
    Dialogue,
    Checking,
    Lobby,
    Meeting,
    Goodbye,
}

impl Band {
    pub(super) const ALL: [Self; 5] =
        [Self::Dialogue, Self::Checking, Self::Lobby, Self::Meeting, Self::Goodbye];

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Dialogue => "dialogue",
            Self::Checking => "checking",
            Self::Lobby => "lobby",
            Self::Meeting => "meeting",
            Self::Goodbye => "goodbye",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Dialogue => "prompts and keys",
            Self::Checking => "asking the store",
            Self::Lobby => "in the lobby",
            Self::Meeting => "in the meeting",
            Self::Goodbye => "last words",
        }
    }

    /// The band of a state's name in a trace; `None` where there is no call.
    pub(super) fn of(state: &str) -> Option<Self> {
        Some(match state {
            "choosing-language"
            | "entering-conference-id"
            | "organizer-question"
            | "entering-pin"
            | "asking-name"
            | "recording-name"
            | "reviewing-name" => Self::Dialogue,
            "finding-meeting" | "checking-pin" | "placing" => Self::Checking,
            "in-lobby" => Self::Lobby,
            "in-meeting" => Self::Meeting,
            "goodbye" => Self::Goodbye,
            _ringing_or_gone => return None,
        })
    }
}

/// Dots that stand for a PIN, whatever its length.
pub(super) const PIN_DOTS: usize = 5;

/// A gap longer than this is shown as a break.
const GAP_SECONDS: u64 = 8;

/// What one column has pending: keys not yet drawn.
#[derive(Clone, Default)]
struct Pending {
    keys: String,
    since: Uptime,
    at_pin: bool,
}

/// The rows of a story.
pub(super) fn rows(story: &Story<'_>) -> Vec<Row> {
    let mut items: Vec<(Uptime, Item)> = Vec::new();
    let mut pending = vec![Pending::default(); story.callers.len() + 1];
    for event in story.trace {
        let column = match event.leg {
            Some(leg) => match story.column_of(leg) {
                Some(column) => column,
                None => continue,
            },
            None => story.callers.len(),
        };
        take(event, column, &mut pending[column], &mut items);
    }
    items.sort_by_key(|(at, _)| *at);
    into_rows(items)
}

/// The rows with the instant marked at which a step failed, and not more than a picture has room for: the beginning, and what
/// led to the failure or the end.
pub(super) fn bounded(mut rows: Vec<Row>, fails_at: Option<Uptime>) -> Vec<Row> {
    let mut last = rows.len();
    if let Some(fails_at) = fails_at {
        let is_later = |row: &Row| matches!(row, Row::At(at, _) if *at > fails_at);
        let mut place = rows.iter().position(is_later).unwrap_or(rows.len());
        if matches!(rows.get(place.wrapping_sub(1)), Some(Row::Break(_))) {
            place -= 1;
        }
        rows.insert(place, Row::Fails(fails_at));
        last = (place + ROWS_AFTER_FAILURE).min(rows.len());
    }
    let after = rows.len().saturating_sub(last);
    if after > 0 && rows.len() > ROWS_MAX {
        rows.truncate(last);
        rows.push(Row::LeftOut(after));
    }
    if rows.len() > ROWS_MAX {
        let until = rows.len() - (ROWS_MAX - ROWS_FIRST);
        rows.splice(ROWS_FIRST..until, [Row::LeftOut(until - ROWS_FIRST)]);
    }
    rows
}

/// Where a diagram is too long, so many rows behind the failure stay.
const ROWS_AFTER_FAILURE: usize = 40;

fn take(event: &TraceEvent, column: usize, pending: &mut Pending, items: &mut Vec<(Uptime, Item)>) {
    let outcome = match &event.happened {
        Happened::Key { key } => {
            if pending.keys.is_empty() {
                pending.since = event.at;
            }
            pending.keys.push(if *key == 'x' { '•' } else { *key });
            return;
        }
        Happened::State { state } => {
            if !pending.keys.is_empty() && !matches!(*state, "finding-meeting" | "checking-pin") {
                flush(pending, column, Outcome::Nothing, items);
            }
            pending.at_pin |= *state == "entering-pin";
            return;
        }
        Happened::MeetingFound { conference_id } => Some(Outcome::Good(conference_id.to_string())),
        Happened::NoSuchMeeting => Some(Outcome::Bad("no such meeting".to_owned())),
        Happened::PinAccepted => Some(Outcome::Good("right PIN".to_owned())),
        Happened::PinRefused => Some(Outcome::Bad("wrong PIN".to_owned())),
        Happened::StoreUnavailable => Some(Outcome::Bad("no answer from the store".to_owned())),
        _other => None,
    };
    if let Some(outcome) = outcome {
        return flush(pending, column, outcome, items);
    }
    if let Some(what) = shown(&event.happened) {
        flush(pending, column, Outcome::Nothing, items);
        items.push((event.at, Item { column, what }));
    }
}

fn flush(pending: &mut Pending, column: usize, outcome: Outcome, items: &mut Vec<(Uptime, Item)>) {
    let mut keys = std::mem::take(&mut pending.keys);
    if keys.is_empty() && outcome == Outcome::Nothing {
        return;
    }
    if let Some((entry, typed_ahead)) = keys.split_once('#')
        && typed_ahead.contains('•')
    {
        keys = format!("{entry}#{}", alike(typed_ahead));
    }
    if std::mem::take(&mut pending.at_pin) && keys.contains('•') {
        let ends = if keys.ends_with('#') { "#" } else { "" };
        let starts = if keys.starts_with('*') { "*" } else { "" };
        keys = format!("{starts}{}{ends}", "•".repeat(PIN_DOTS));
        pending.at_pin = !matches!(outcome, Outcome::Good(_));
    }
    items.push((pending.since, Item { column, what: What::Keys { keys, outcome } }));
}

/// Keys typed ahead may be a PIN: every run of dots is as long as any other.
fn alike(keys: &str) -> String {
    let mut out = String::new();
    for key in keys.chars() {
        match key {
            '•' if out.ends_with('•') => {}
            '•' => out.extend(std::iter::repeat_n('•', PIN_DOTS)),
            sign => out.push(sign),
        }
    }
    out
}

fn shown(happened: &Happened) -> Option<What> {
    Some(match happened {
        Happened::Answered => What::Words("is answered".to_owned()),
        Happened::SignedIn => What::Words("signs in by app".to_owned()),
        Happened::Prompt { prompt } => What::Prompt(*prompt),
        Happened::NameTaken { ms: 0 } => What::Words("says no name".to_owned()),
        Happened::NameTaken { .. } => What::Words("says their name".to_owned()),
        Happened::MusicOn => What::Music,
        Happened::MeetingStarted { .. } => What::Starts,
        Happened::Admitted { .. } => What::Admitted,
        Happened::MeetingWaits => What::Words("waits again".to_owned()),
        Happened::MeetingEnded { .. } => What::Left("ends".to_owned()),
        Happened::Left { cause, .. } => What::Left(ending(*cause).to_owned()),
        Happened::Language { language } => What::Words(format!("chooses {language}")),
        Happened::Command { command } => What::Words(command_words(*command).to_owned()),
        Happened::Ordered { order } => What::Words(format!("order: {order}")),
        Happened::Locked => What::Words("is locked".to_owned()),
        Happened::Unlocked => What::Words("is unlocked".to_owned()),
        Happened::RecordingFailed => What::Words("recording failed".to_owned()),
        Happened::TicksSkipped { ticks } => What::Words(format!("{ticks} ticks skipped")),
        Happened::Offered { .. }
        | Happened::State { .. }
        | Happened::PromptCut { .. }
        | Happened::HandedOver
        | Happened::TakenOver
        | Happened::Key { .. }
        | Happened::KeyIgnored
        | Happened::MeetingFound { .. }
        | Happened::NoSuchMeeting
        | Happened::PinAccepted
        | Happened::PinRefused
        | Happened::StoreUnavailable
        | Happened::Lobby
        | Happened::MusicOff
        | Happened::Presence { .. }
        | Happened::Tone { .. }
        | Happened::ToneCut { .. }
        | Happened::Name
        | Happened::NameCut
        | Happened::RecordingOn
        | Happened::RecordingOff => return None,
    })
}

/// What a command does, in words for a reader.
fn command_words(command: Command) -> &'static str {
    match command {
        Command::Help => "asks for help",
        Command::RollCall => "asks who is there",
        Command::Hand => "raises or lowers hand",
        Command::Mute => "mutes or unmutes",
        Command::Lock => "locks or unlocks",
        Command::AdmitAll => "admits all",
        Command::MuteAll => "mutes or unmutes all",
        Command::Announcements => "turns announcements",
        Command::LobbyCount => "asks how many wait",
    }
}

/// Items at one time share a row as long as each has its column to itself. Whoever is let in shares the row in which the
/// meeting starts.
fn into_rows(items: Vec<(Uptime, Item)>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut last = Uptime::ZERO;
    for (at, item) in items {
        let gap = at.since(last).as_secs();
        if gap >= GAP_SECONDS && !rows.is_empty() {
            rows.push(Row::Break(gap));
        }
        last = at;
        let joins = match rows.last() {
            Some(Row::At(row_at, row)) => *row_at == at && fits(row, &item),
            Some(Row::Break(_) | Row::Fails(_) | Row::LeftOut(_)) | None => false,
        };
        match rows.last_mut() {
            Some(Row::At(_, row)) if joins => row.push(item),
            _begin_a_row => rows.push(Row::At(at, vec![item])),
        }
    }
    rows
}

fn fits(row: &[Item], item: &Item) -> bool {
    let admissions = row.iter().all(|other| other.what == What::Admitted);
    (item.what == What::Admitted) == admissions
        && !row.iter().any(|other| other.what == What::Starts)
        && item.what != What::Starts
        && row.iter().all(|other| other.column != item.column)
}
