//! A telephone at a door: its messages become a call of the engine, and what the call hears goes back to it.
//!
//! Who is too fast is held up: sound beyond the pace is dropped and counted, keys and calls beyond it end the line with a word.
//! Who does not listen holds up nobody but themself, and is taken for gone after a while.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::bearer::Bearer;
use super::pace::Pace;
use super::reception::{Reception, Whence};
use super::wire::{Dial, HungUp, ToBridge, ToPhone, Told, VERSION, Welcome};
use crate::domain::{HangupCause, Key, Language, LegId, PromptId, Role, Spoken};
use crate::engine::clock::Clock;
use crate::engine::{LineEvent, OfferError, Telling};
use crate::exchange::{Happened, HungUpBy, Speaker};

/// One telephone.
struct Line<'a, B> {
    reception: &'a Reception,
    whence: Whence,
    bearer: B,
    greeted: bool,
    call: Option<Call>,
    sounds: Pace,
    keys: Pace,
    calls: Pace,
    stop: CancellationToken,
}

/// Time for a telephone to say hello. Afterwards it may be there without a call as long as it likes.
const HELLO_MAX: Duration = Duration::from_secs(10);

/// What a telephone hears for which there is no place.
pub(super) const TOO_MANY: &str = "too many telephones are connected: try again in a while";

/// Time a telephone has to take its last messages when the bridge stops.
const LAST_MESSAGES: Duration = Duration::from_millis(500);

/// Time after which a telephone that takes nothing counts as gone.
const DEAF_MAX: Duration = Duration::from_secs(20);

/// Frames at once: what a network held up for two seconds. Time goes on at one every 20 ms; a telephone's clock may be a
/// little faster than ours.
const SOUNDS: Pace = Pace::new(100, Duration::from_millis(19));

/// Keys at once: more than the longest type-ahead. No hand, and no script that waits for an answer, is faster.
const KEYS: Pace = Pace::new(100, Duration::from_millis(40));

/// Calls at once. Each is a record on the disk.
const CALLS: Pace = Pace::new(10, Duration::from_secs(1));

struct Call {
    leg: LegId,
    events: mpsc::Receiver<LineEvent>,
    language: Language,
    /// Whether music is what the telephone was told last that it hears.
    has_music: bool,
}

/// Whether the line goes on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    End,
}

/// Serves a telephone until it goes, says what makes no sense, or the bridge stops. `bytes` are what it has said already.
pub(super) async fn serve(
    reception: &Reception,
    whence: Whence,
    mut bytes: Vec<u8>,
    bearer: impl Bearer,
    stop: &CancellationToken,
) -> io::Result<()> {
    let mut line = Line {
        reception,
        whence,
        bearer,
        greeted: false,
        call: None,
        sounds: SOUNDS,
        keys: KEYS,
        calls: CALLS,
        stop: stop.clone(),
    };
    let clock = reception.engine.clock();
    let hello_until = clock.uptime() + HELLO_MAX;
    let ended = loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => {
                let until = clock.uptime() + LAST_MESSAGES;
                let taken = clock.within(until, line.last_messages()).await;
                break taken.unwrap_or(Err(io::ErrorKind::TimedOut.into()));
            }
            () = clock.until(hello_until), if !line.greeted => {
                let why = format!("no hello came within {} s", HELLO_MAX.as_secs());
                break line.refuse(why).await.map(|_end| ());
            }
            event = next_event(&mut line.call) => Some(event),
            read = line.bearer.read(&mut bytes) => match read {
                Ok(0) => break Ok(()),
                Ok(_some) => None,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    break line.refuse(error.to_string()).await.map(|_end| ());
                }
                Err(error) => break Err(error),
            },
        };
        let then = match event {
            Some(event) => line.pass_on(event).await,
            None => line.take_all(&mut bytes).await,
        };
        match then {
            Ok(Then::GoOn) => {}
            Ok(Then::End) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    line.hang_up();
    ended
}

/// What comes next of a call; never anything without one.
async fn next_event(call: &mut Option<Call>) -> Option<LineEvent> {
    match call {
        Some(call) => call.events.recv().await,
        None => std::future::pending().await,
    }
}

impl<B: Bearer> Line<'_, B> {
    async fn take_all(&mut self, bytes: &mut Vec<u8>) -> io::Result<Then> {
        let mut taken = 0;
        let then = loop {
            match ToBridge::decode(&bytes[taken..]) {
                Ok(Some((message, length))) => {
                    taken += length;
                    if self.take(message).await? == Then::End {
                        break Then::End;
                    }
                }
                Ok(None) => break Then::GoOn,
                Err(error) => break self.refuse(error.to_string()).await?,
            }
        };
        bytes.drain(..taken);
        Ok(then)
    }

    async fn take(&mut self, message: ToBridge) -> io::Result<Then> {
        let engine = &self.reception.engine;
        let now = engine.clock().uptime();
        match message {
            ToBridge::Hello(hello) if hello.version == VERSION => {
                self.greeted = true;
                let numbers = self.reception.numbers.iter().map(|(number, _)| *number);
                let welcome = Welcome::new(&self.reception.organization, numbers);
                self.say(&ToPhone::Welcome(welcome)).await?;
            }
            ToBridge::Hello(hello) => {
                let why = format!(
                    "this bridge speaks version {VERSION}, the telephone {}: use the same program",
                    hello.version
                );
                return self.refuse(why).await;
            }
            _before_hello if !self.greeted => {
                return self.refuse("a telephone says hello first".to_owned()).await;
            }
            ToBridge::Dial(_) if self.call.is_some() => {
                return self.refuse("a call is going on: hang up first".to_owned()).await;
            }
            ToBridge::Dial(_) if !self.calls.take(now) => {
                return self.refuse("calls come too fast: at most one a second".to_owned()).await;
            }
            ToBridge::Dial(dial) => self.dial(&dial).await?,
            ToBridge::Key(_) if !self.keys.take(now) => {
                return self.refuse("keys come too fast: at most 25 a second".to_owned()).await;
            }
            ToBridge::Key(digit) => {
                if let Some(call) = &self.call {
                    engine.key(call.leg, Key::Digit(digit));
                }
            }
            ToBridge::Sound(frame) => {
                if !self.sounds.take(now) {
                    engine.counts().frames_refused.fetch_add(1, Ordering::Relaxed);
                } else if let Some(call) = &self.call {
                    engine.hear(call.leg, *frame);
                }
            }
            ToBridge::HangUp => {
                if self.hang_up() {
                    self.say_hung_up(HangupCause::CallerHungUp).await?;
                }
            }
        }
        Ok(Then::GoOn)
    }

    async fn dial(&mut self, dial: &Dial) -> io::Result<()> {
        let known = self.reception.numbers.iter().find(|(number, _)| *number == dial.to);
        let Some(&(called, language)) = known else {
            let hung_up = HungUp { cause: "no-such-number".to_owned(), q850: 1 };
            return self.say(&ToPhone::HungUp(hung_up)).await;
        };
        let engine = &self.reception.engine;
        let leg = engine.new_leg();
        let from = match self.whence {
            Whence::AsItSays => dial.from.into(),
            Whence::From(source) => source,
        };
        match engine.offer(leg, from, called, Telling::Told) {
            Ok(events) => self.call = Some(Call { leg, events, language, has_music: false }),
            Err(OfferError::Busy | OfferError::NoSuchMeeting | OfferError::StoreUnavailable) => {
                self.say_hung_up(HangupCause::BridgeFull).await?;
            }
        }
        Ok(())
    }

    async fn pass_on(&mut self, event: Option<LineEvent>) -> io::Result<Then> {
        let Some(call) = self.call.as_mut() else { return Ok(Then::GoOn) };
        match event {
            Some(LineEvent::Answer) => {
                self.reception.engine.answered(call.leg);
                self.say(&ToPhone::Answered).await?;
            }
            Some(LineEvent::Frame(frame)) => self.say(&ToPhone::Sound(frame)).await?,
            Some(LineEvent::Room { members, waiting }) => {
                self.say(&ToPhone::Told(Told::Room { members, waiting })).await?;
            }
            Some(LineEvent::Heard(speakers)) => {
                let who = speakers.iter().map(in_words).collect();
                self.say(&ToPhone::Told(Told::Heard { who })).await?;
            }
            Some(LineEvent::Happened(event)) => {
                let told = call.told(&event.happened, self.reception);
                if let Some(told) = told {
                    self.say(&ToPhone::Told(told)).await?;
                }
            }
            Some(LineEvent::HungUp(cause)) => {
                self.call = None;
                self.say_hung_up(cause).await?;
            }
            None => {
                self.call = None;
                self.say_hung_up(HangupCause::Stopping).await?;
            }
        }
        Ok(Then::GoOn)
    }

    /// Ends the call, if there is one.
    fn hang_up(&mut self) -> bool {
        let call = self.call.take();
        if let Some(call) = &call {
            self.reception.engine.hung_up(call.leg, HungUpBy::Caller);
        }
        call.is_some()
    }

    async fn say_hung_up(&mut self, cause: HangupCause) -> io::Result<()> {
        let hung_up = HungUp { cause: cause.name().to_owned(), q850: cause.q850() };
        self.say(&ToPhone::HungUp(hung_up)).await
    }

    async fn refuse(&mut self, why: String) -> io::Result<Then> {
        self.say(&ToPhone::Refused(why.clone())).await?;
        tokio::select! {
            biased;
            () = self.bearer.close(&why) => {}
            () = too_late(self.reception.engine.clock(), &self.stop) => {}
        }
        Ok(Then::End)
    }

    /// What is left of the call when the bridge stops.
    async fn last_messages(&mut self) -> io::Result<()> {
        while let Some(call) = self.call.as_mut() {
            let event = call.events.try_recv().ok();
            self.pass_on(event).await?;
        }
        self.bearer.close("the bridge stops").await;
        Ok(())
    }

    /// Sends a message; somebody who does not listen holds up the end of the bridge not at all.
    async fn say(&mut self, message: &ToPhone) -> io::Result<()> {
        let bytes = message.encode();
        tokio::select! {
            biased;
            written = self.bearer.write(&bytes) => written,
            () = too_late(self.reception.engine.clock(), &self.stop) => {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }
}

/// Waits as long as a telephone may take to take something.
async fn too_late(clock: Clock, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => clock.until(clock.uptime() + LAST_MESSAGES).await,
        () = clock.until(clock.uptime() + DEAF_MAX) => {}
    }
}

/// Who somebody is, for those who hear them: of a number only its end.
fn in_words(speaker: &Speaker) -> String {
    match (speaker.role, speaker.number) {
        (Role::Organizer, _) => "organizer".to_owned(),
        (Role::Attendee | Role::Authenticated, Some(number)) => {
            let digits = number.to_string();
            format!("\u{2026}{}", &digits[digits.len().saturating_sub(4)..])
        }
        (Role::Attendee | Role::Authenticated, None) => format!("caller {}", speaker.leg.number()),
    }
}

impl Call {
    /// What is worth telling somebody who looks at their telephone.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all else is for the trace")]
    fn told(&mut self, happened: &Happened, reception: &Reception) -> Option<Told> {
        let told = match *happened {
            Happened::Language { language } => {
                self.language = language;
                return None;
            }
            Happened::Prompt { prompt } => prompt_told(self.language, prompt, reception),
            Happened::State { state } => Told::State { state: state.to_owned() },
            Happened::Presence { muted, silenced, hand_raised } => {
                Told::Presence { muted, silenced, hand_raised }
            }
            Happened::MusicOn => Told::Music,
            Happened::PromptCut { .. } => Told::Cut,
            // Where a prompt has begun meanwhile, the end of the music is told by that.
            Happened::MusicOff if self.has_music => Told::Cut,
            _ => return None,
        };
        if let Told::Music | Told::Prompt { .. } | Told::Cut = told {
            self.has_music = told == Told::Music;
        }
        Some(told)
    }
}

fn prompt_told(language: Language, prompt: PromptId, reception: &Reception) -> Told {
    let spoken = Spoken { language, prompt };
    let lasts = match reception.sounds.speaks(language) {
        true => reception.sounds.prompt(spoken).duration(),
        false => Duration::ZERO,
    };
    let words = reception.words.of(spoken).to_owned();
    let ms = u32::try_from(lasts.as_millis()).unwrap_or(u32::MAX);
    Told::Prompt { name: prompt.name().to_owned(), words, ms }
}
