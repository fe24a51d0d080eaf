//! What each caller hears and when: by ear where there is sound, else from the trace.
#![expect(clippy::wildcard_enum_match_arm, reason = "only what is heard is taken from a trace")]

use std::time::Duration;

use crate::caller::Heard;
use crate::domain::{Digit, Language, LegId, MeetingId, PromptId, Spoken, Uptime};
use crate::exchange::{Happened, SoundMode, TraceEvent};
use crate::media::Frame;
use crate::media::sounds::{Sounds, ToneId};
use crate::scenario::Percept;

use super::super::{Seat, World};

/// Something heard for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sense {
    pub heard: Heard,
    pub from: Uptime,
    pub until: Uptime,
}

/// What all callers hear.
#[derive(Debug)]
pub(super) struct Senses {
    by_ear: bool,
    /// By seat, where there is no sound.
    told: Vec<Told>,
    /// Events of the trace that have been taken.
    taken: usize,
}

/// What one caller hears, told from the trace.
#[derive(Debug)]
struct Told {
    leg: LegId,
    language: Language,
    answered_at: Option<Uptime>,
    left_at: Option<Uptime>,
    meeting: Option<MeetingId>,
    senses: Vec<Sense>,
    /// For each of them when it and all before it are over.
    over_at: Vec<Uptime>,
    music_since: Option<Uptime>,
}

/// Less than this is not heard.
const FRAME: Duration = Duration::from_micros(Frame::MICROS);

/// No sound for so long is silence.
pub(super) const SILENCE_LASTS: Duration = Duration::from_millis(500);

impl Senses {
    pub(super) fn new(sound: SoundMode) -> Self {
        Self { by_ear: sound == SoundMode::Frames, told: Vec::new(), taken: 0 }
    }

    /// Whether it is told by ear.
    pub(super) fn by_ear(&self) -> bool {
        self.by_ear
    }

    /// Every call is gone without a word in the trace.
    pub(super) fn all_gone(&mut self, at: Uptime) {
        for told in self.told.iter_mut().filter(|told| told.left_at.is_none()) {
            told.end_music(at);
            told.cut(at);
            told.left_at = Some(at);
        }
    }

    /// One more seat, whose number answers in that language.
    pub(super) fn add_seat(&mut self, leg: LegId, language: Language) {
        self.told.push(Told {
            leg,
            language,
            answered_at: None,
            left_at: None,
            meeting: None,
            senses: Vec::new(),
            over_at: Vec::new(),
            music_since: None,
        });
    }

    /// Takes what has happened since it was last asked.
    pub(super) fn listen(&mut self, world: &World<'_>, sounds: &Sounds) {
        if self.by_ear {
            return;
        }
        for event in world.trace().get(self.taken..).unwrap_or_default() {
            self.take(event, sounds);
        }
        self.taken = world.trace().len();
    }

    /// What a seat has heard up to now, in order. What goes on is over now.
    pub(super) fn of(&self, world: &World<'_>, place: usize) -> Vec<Sense> {
        match self.by_ear {
            true => by_ear(&world.seats()[place]).collect(),
            false => self.told[place].since(Uptime::ZERO, world.now()),
        }
    }

    /// What a seat has heard last, and still hears.
    pub(super) fn last(&self, world: &World<'_>, place: usize) -> Option<Sense> {
        match self.by_ear {
            true => by_ear(&world.seats()[place]).next_back(),
            false => self.told[place].last(world.now()),
        }
    }

    /// What of it was not over by then.
    pub(super) fn since(&self, world: &World<'_>, place: usize, since: Uptime) -> Vec<Sense> {
        let goes_on = |sense: &Sense| sense.until > since;
        match self.by_ear {
            true => {
                let mut heard: Vec<_> =
                    by_ear(&world.seats()[place]).rev().take_while(goes_on).collect();
                heard.reverse();
                heard
            }
            false => self.told[place].since(since, world.now()),
        }
    }

    /// When somebody next hears something else though nothing happens: a piece is over, or there has been no sound for so
    /// long that it is silence. By ear it is heard with the frames, and never asked for.
    pub(super) fn changes_at(&self, now: Uptime) -> Option<Uptime> {
        self.told.iter().filter_map(|told| told.changes_at(now)).min()
    }

    fn take(&mut self, event: &TraceEvent, sounds: &Sounds) {
        match event.leg {
            Some(leg) => {
                let told = self.told.iter_mut().find(|told| told.leg == leg);
                if let Some(told) = told {
                    told.take(event, sounds);
                }
            }
            None => {
                for told in self.told.iter_mut().filter(|told| told.left_at.is_none()) {
                    if event.meeting.is_some() && told.meeting == event.meeting {
                        told.take_piece(event.at, &event.happened, sounds);
                    }
                }
            }
        }
    }
}

impl Told {
    fn take(&mut self, event: &TraceEvent, sounds: &Sounds) {
        match &event.happened {
            Happened::Answered | Happened::SignedIn => self.answered_at = Some(event.at),
            Happened::Language { language } => self.language = *language,
            Happened::Admitted { .. } => self.meeting = event.meeting,
            Happened::Lobby => self.meeting = None,
            Happened::MusicOn => self.music_since = Some(event.at),
            Happened::MusicOff => self.end_music(event.at),
            Happened::Left { .. } => {
                self.end_music(event.at);
                self.cut(event.at);
                self.left_at = Some(event.at);
            }
            piece => self.take_piece(event.at, piece, sounds),
        }
    }

    fn take_piece(&mut self, at: Uptime, happened: &Happened, sounds: &Sounds) {
        let (heard, lasts) = match happened {
            Happened::Prompt { prompt } => {
                let spoken = Spoken { language: self.language, prompt: *prompt };
                (Heard::Prompt(spoken), sounds.prompt(spoken).duration())
            }
            Happened::Tone { tone } => {
                let Some(tone) = ToneId::ALL.into_iter().find(|id| id.name() == *tone) else {
                    return;
                };
                (Heard::Tone(tone), sounds.tone(tone).duration())
            }
            Happened::PromptCut { .. } | Happened::ToneCut { .. } | Happened::NameCut => {
                return self.cut(at);
            }
            _no_piece => return,
        };
        self.hears(Sense { heard, from: at, until: at + lasts });
    }

    fn hears(&mut self, sense: Sense) {
        self.over_at.push(self.over_at.last().copied().max(Some(sense.until)).unwrap_or_default());
        self.senses.push(sense);
    }

    /// What sounds at that time is over then.
    fn cut(&mut self, at: Uptime) {
        if let Some(last) = self.senses.last_mut().filter(|last| last.until > at) {
            last.until = at;
            self.over_at.pop();
            self.over_at.push(self.over_at.last().copied().max(Some(at)).unwrap_or_default());
        }
    }

    fn end_music(&mut self, at: Uptime) {
        if let Some(from) = self.music_since.take() {
            self.hears(Sense { heard: Heard::Music, from, until: at });
        }
    }

    /// When something else is heard next, if nothing happens.
    fn changes_at(&self, now: Uptime) -> Option<Uptime> {
        if self.left_at.is_some() || self.music_since.is_some() {
            return None;
        }
        let quiet_since = self.over_at.last().copied().max(self.answered_at)?;
        [quiet_since, quiet_since + SILENCE_LASTS].into_iter().find(|at| *at > now)
    }

    /// What was not over by then, in order, with silence where nothing was heard.
    fn since(&self, since: Uptime, now: Uptime) -> Vec<Sense> {
        let Some(answered_at) = self.answered_at else { return Vec::new() };
        let end = self.left_at.unwrap_or(now).min(now);
        let over = self.over_at.partition_point(|over_at| *over_at <= since);
        let mut heard: Vec<Sense> = self.senses.get(over..).unwrap_or_default().to_vec();
        if let Some(from) = self.music_since {
            heard.push(Sense { heard: Heard::Music, from, until: end });
        }
        heard.sort_by_key(|sense| sense.from);
        let mut all = Vec::with_capacity(heard.len() * 2);
        let over_at = over.checked_sub(1).and_then(|last| self.over_at.get(last));
        let mut at = over_at.copied().unwrap_or_default().max(answered_at);
        for mut sense in heard.into_iter().filter(|sense| sense.from <= end) {
            if sense.from > at {
                all.push(Sense { heard: Heard::Silence, from: at, until: sense.from });
            }
            sense.until = sense.until.min(end);
            at = at.max(sense.until);
            all.push(sense);
        }
        if at < end {
            all.push(Sense { heard: Heard::Silence, from: at, until: end });
        }
        all.retain(|sense| sense.until > since);
        all
    }

    fn last(&self, now: Uptime) -> Option<Sense> {
        let end = self.left_at.unwrap_or(now).min(now);
        self.since(end - Duration::from_micros(1), now).pop()
    }
}

fn by_ear(seat: &Seat) -> impl DoubleEndedIterator<Item = Sense> {
    let heard = seat.first_heard_at().map(move |first| {
        let at = move |frame: u64| first + Duration::from_micros(frame * Frame::MICROS);
        seat.caller.ear().impressions().iter().map(move |it| Sense {
            heard: it.heard.clone(),
            from: at(it.from_frame),
            until: at(it.from_frame + it.frames),
        })
    });
    heard.into_iter().flatten()
}

/// Whether something is that, as far as one sound can tell.
pub(super) fn is(sense: &Sense, percept: &Percept, language: Option<Language>) -> bool {
    match (percept, &sense.heard) {
        (Percept::Prompt(prompt), Heard::Prompt(spoken)) => {
            word(spoken.prompt) == word(*prompt)
                && language.is_none_or(|wanted| spoken.language == wanted)
        }
        (Percept::Music, Heard::Music) => true,
        (Percept::Silence, Heard::Silence) => sense.until.since(sense.from) >= SILENCE_LASTS,
        (Percept::Tone(name), Heard::Tone(tone)) => tone.name() == *name,
        _another => false,
    }
}

/// The same for prompts that nobody can tell apart: a key's name and the number are one word.
fn word(prompt: PromptId) -> PromptId {
    let number = |digit: &Digit| {
        let value = digit.as_char().to_digit(10)?;
        PromptId::number_below_hundred(value)
    };
    let mut digits = "0123456789".chars().filter_map(Digit::from_char);
    let same = digits.find(|digit| number(digit) == Some(prompt)).and_then(PromptId::digit);
    same.unwrap_or(prompt)
}

/// Whether it goes on, rather than begins and ends by itself.
pub(super) fn goes_on(percept: &Percept) -> bool {
    match percept {
        Percept::Music | Percept::Silence | Percept::Voices(_) | Percept::Nobody => true,
        Percept::Prompt(_) | Percept::Tone(_) => false,
    }
}

/// When it is first so at or after that time: what begins and ends must begin then, what goes on must go on then.
pub(super) fn first_at(
    senses: &[Sense],
    percept: &Percept,
    language: Option<Language>,
    since: Uptime,
) -> Option<Uptime> {
    let found = senses.iter().enumerate().find(|(place, sense)| match goes_on(percept) {
        false => sense.from >= since && is(sense, percept, language),
        // What goes on now has gone on as long as it has.
        true if place + 1 == senses.len() => sense.until > since && is(sense, percept, language),
        true => {
            let rest = Sense { from: sense.from.max(since), ..(*sense).clone() };
            // What something else has followed is over, unless a frame of it was left.
            sense.until > since + FRAME && is(&rest, percept, language)
        }
    });
    found.map(|(_, sense)| sense.from.max(since))
}

/// When the last of these is so, each after the one before it.
pub(super) fn sequence_at(
    senses: &[Sense],
    percepts: &[Percept],
    language: Option<Language>,
    since: Uptime,
) -> Option<Uptime> {
    let mut at = since;
    for (place, percept) in percepts.iter().enumerate() {
        let since = if place == 0 || goes_on(percept) { at } else { at + Duration::from_micros(1) };
        at = first_at(senses, percept, language, since)?;
    }
    Some(at)
}
