//! A telephone on the local door: its messages become a call of the engine, and what the call hears goes back to it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::local::Local;
use super::wire::{Dial, HungUp, ToBridge, ToPhone, Told, VERSION, Welcome};
use crate::domain::{HangupCause, Key, Language, LegId, Spoken};
use crate::engine::{LineEvent, OfferError, Telling};
use crate::exchange::{Happened, HungUpBy};

/// One telephone.
struct Line<'a> {
    local: &'a Local,
    writer: OwnedWriteHalf,
    greeted: bool,
    call: Option<Call>,
    stop: CancellationToken,
}

/// Time a telephone has to take its last messages when the bridge stops.
const LAST_MESSAGES: Duration = Duration::from_millis(500);

struct Call {
    leg: LegId,
    events: mpsc::Receiver<LineEvent>,
    language: Language,
}

/// Whether the line goes on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    End,
}

/// Serves a telephone until it goes, says what makes no sense, or the bridge stops.
pub(super) async fn serve(
    local: &Local,
    first: u8,
    mut reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    stop: &CancellationToken,
) -> io::Result<()> {
    let mut line = Line { local, writer, greeted: false, call: None, stop: stop.clone() };
    let mut bytes = vec![first];
    let ended = loop {
        let event = tokio::select! {
            biased;
            () = stop.cancelled() => break line.last_messages().await,
            event = next_event(&mut line.call) => Some(event),
            read = reader.read_buf(&mut bytes) => match read {
                Ok(0) => break Ok(()),
                Ok(_some) => None,
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

impl Line<'_> {
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
        match message {
            ToBridge::Hello(hello) if hello.version == VERSION => {
                self.greeted = true;
                let numbers = self.local.numbers.iter().map(|(number, _)| *number).collect();
                let organization = self.local.organization.clone();
                self.say(&ToPhone::Welcome(Welcome { version: VERSION, organization, numbers }))
                    .await?;
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
            ToBridge::Dial(dial) => self.dial(&dial).await?,
            ToBridge::Key(digit) => {
                if let Some(call) = &self.call {
                    self.local.engine.key(call.leg, Key::Digit(digit));
                }
            }
            ToBridge::Sound(frame) => {
                if let Some(call) = &self.call {
                    self.local.engine.hear(call.leg, *frame);
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
        let known = self.local.numbers.iter().find(|(number, _)| *number == dial.to);
        let Some(&(called, language)) = known else {
            let hung_up = HungUp { cause: "no-such-number".to_owned(), q850: 1 };
            return self.say(&ToPhone::HungUp(hung_up)).await;
        };
        let engine = &self.local.engine;
        let leg = engine.new_leg();
        match engine.offer(leg, dial.from.into(), called, Telling::Told) {
            Ok(events) => self.call = Some(Call { leg, events, language }),
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
                self.local.engine.answered(call.leg);
                self.say(&ToPhone::Answered).await?;
            }
            Some(LineEvent::Frame(frame)) => self.say(&ToPhone::Sound(frame)).await?,
            Some(LineEvent::Room { members, waiting }) => {
                self.say(&ToPhone::Told(Told::Room { members, waiting })).await?;
            }
            Some(LineEvent::Happened(event)) => {
                if let Happened::Language { language } = event.happened {
                    call.language = language;
                }
                let told = told(&event.happened, call.language, self.local);
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
            self.local.engine.hung_up(call.leg, HungUpBy::Caller);
        }
        call.is_some()
    }

    async fn say_hung_up(&mut self, cause: HangupCause) -> io::Result<()> {
        let hung_up = HungUp { cause: cause.name().to_owned(), q850: cause.q850() };
        self.say(&ToPhone::HungUp(hung_up)).await
    }

    async fn refuse(&mut self, why: String) -> io::Result<Then> {
        self.say(&ToPhone::Refused(why)).await?;
        Ok(Then::End)
    }

    /// What is left of the call when the bridge stops.
    async fn last_messages(&mut self) -> io::Result<()> {
        while let Some(call) = self.call.as_mut() {
            let event = call.events.try_recv().ok();
            self.pass_on(event).await?;
        }
        Ok(())
    }

    /// Somebody who does not listen holds up nobody but themself, and the end of the bridge not at all.
    async fn say(&mut self, message: &ToPhone) -> io::Result<()> {
        let (clock, bytes) = (self.local.engine.clock(), message.encode());
        let too_late = async {
            self.stop.cancelled().await;
            clock.until(clock.uptime() + LAST_MESSAGES).await;
        };
        tokio::select! {
            biased;
            written = self.writer.write_all(&bytes) => written,
            () = too_late => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// What is worth telling somebody who looks at their telephone.
fn told(happened: &Happened, language: Language, local: &Local) -> Option<Told> {
    if let Happened::Prompt { prompt } = happened {
        let words = local.words.of(Spoken { language, prompt: *prompt }).to_owned();
        return Some(Told::Prompt { name: prompt.name().to_owned(), words });
    }
    if let Happened::State { state } = happened {
        return Some(Told::State { state: (*state).to_owned() });
    }
    if let Happened::Presence { muted, silenced, hand_raised } = *happened {
        return Some(Told::Presence { muted, silenced, hand_raised });
    }
    match matches!(happened, Happened::MusicOn) {
        true => Some(Told::Music),
        false => matches!(happened, Happened::PromptCut { .. }).then_some(Told::Cut),
    }
}
