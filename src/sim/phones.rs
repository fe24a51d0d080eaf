//! The telephones of a world: how they dial, what they send and hear, how they end a call.

use std::time::Duration;

use super::agenda::Happening;
use super::faults::FrameFate;
use super::heard::Heard;
use super::key_line::KeyLine;
use super::seat::Seat;
use super::world::{Silence, World, tick_after};
use crate::caller::{Act, Caller, Comes, Script};
use crate::domain::{
    Answer, CallSource, Entry, HangupCause, Key, LegId, PhoneNumber, Question, Uptime,
};
use crate::exchange::{HungUpBy, Input, SoundMode};
use crate::media::Frame;

/// Frames of silence after which a phone that saves them sends none: longer than any delay line holds sound back.
const QUIET_FRAMES_SENT: u32 = 5;

impl World<'_> {
    /// One more caller, who has not dialled. Gives the seat's place; legs are numbered from 1 by it.
    pub fn add_seat(&mut self, script: &Script, called: PhoneNumber) -> usize {
        let place = self.seats.len();
        self.seats.push(Seat {
            caller: Caller::new(script, self.index.clone(), self.voices.clone()),
            leg: LegId::new(place as u64 + 1),
            heard: Heard::new(self.sounds.clone()),
            answered_at: None,
            left: None,
            called,
            on_hold: false,
            was_on_hold: false,
            frames_lost: 0,
            address: None,
            comes: script.comes,
            keys: KeyLine::new(LegId::new(place as u64 + 1)),
            frame: None,
            quiet_frames: 0,
            first_heard_at: None,
        });
        place
    }

    /// The caller in this seat dials, or joins by the app.
    pub fn dial(&mut self, place: usize) {
        let now_utc = self.utc();
        let seat = &mut self.seats[place];
        let leg = seat.leg;
        match seat.comes {
            Comes::ByPhone(caller) => {
                let called = seat.called;
                let from = match (caller, seat.address) {
                    (None, Some(address)) => CallSource::of_address(address),
                    (number, _) => number.into(),
                };
                self.exchange.handle(self.now, Input::IncomingCall { leg, from, called });
            }
            Comes::ByApp(user, conference_id) => {
                let Some(entry) = Entry::parse(&conference_id.to_string()) else { return };
                let question = Question::FindMeeting { entry, from: CallSource::UNKNOWN };
                match self.outside.answer(&question, now_utc) {
                    Answer::Meeting(card) => {
                        seat.answered_at = Some(self.now);
                        self.next_callers_tick = self.next_tick_if_running();
                        self.exchange.handle(self.now, Input::AppJoins { leg, user, card });
                    }
                    Answer::NoSuchMeeting
                    | Answer::MayCall
                    | Answer::KeptOut
                    | Answer::Organizer
                    | Answer::PinMismatch
                    | Answer::Unavailable => {
                        seat.left = Some((self.now, HangupCause::StoreUnavailable));
                    }
                }
            }
        }
        self.drain();
    }

    /// The caller in this seat hangs up.
    pub fn hang_up(&mut self, place: usize) {
        let seat = &mut self.seats[place];
        if seat.left.is_some() {
            return;
        }
        seat.left = Some((self.now, HangupCause::CallerHungUp));
        let leg = seat.leg;
        self.exchange.handle(self.now, Input::HungUp { leg, by: HungUpBy::Caller });
        self.drain();
    }

    /// A key of this seat comes as an event at that time, if the call goes on then.
    pub fn key_event(&mut self, place: usize, at: Uptime, key: Key) {
        let leg = self.seats[place].leg;
        self.agenda.add(at.max(self.now), Happening::Brings(Input::Digit { leg, key }));
    }

    /// When callers next send and hear: on the exchange's own grid, just after its tick. Never where there is no sound.
    pub(super) fn callers_tick_at(&self) -> Option<Uptime> {
        match self.config.exchange.sound {
            SoundMode::Frames => {
                self.seats.iter().any(Seat::is_connected).then_some(self.next_callers_tick)
            }
            SoundMode::Durations => None,
        }
    }

    pub(super) fn next_tick_if_running(&self) -> Uptime {
        match self.next_callers_tick >= self.now {
            true => self.next_callers_tick,
            false => tick_after(self.now),
        }
    }

    pub(super) fn tick_callers(&mut self) {
        let tick = self.now.as_micros() / Frame::MICROS;
        for place in 0..self.seats.len() {
            let seat = &mut self.seats[place];
            if !seat.is_connected() {
                continue;
            }
            let mut heard = seat.frame.take().unwrap_or(Frame::SILENCE);
            if seat.on_hold {
                heard = Frame::SILENCE;
                seat.was_on_hold = true;
            }
            seat.first_heard_at.get_or_insert(self.now);
            seat.heard.push(&heard, tick);
            match seat.caller.tick(&heard) {
                Act::Send(frame) => self.send(place, &frame),
                Act::HangUp => self.hang_up(place),
            }
        }
        self.next_callers_tick = tick_after(self.now);
    }

    /// A frame on its way from a phone to the exchange.
    fn send(&mut self, place: usize, frame: &Frame) {
        let seat = &mut self.seats[place];
        if seat.on_hold {
            return;
        }
        seat.quiet_frames = match *frame == Frame::SILENCE {
            true => seat.quiet_frames.saturating_add(1),
            false => 0,
        };
        if self.config.silence == Silence::Saved && seat.quiet_frames > QUIET_FRAMES_SENT {
            return;
        }
        let leg = seat.leg;
        match self.config.faults.frame(seat.frames_lost, &mut self.rng) {
            FrameFate::Arrives => self.exchange.hear(self.now, leg, frame),
            FrameFate::Lost => {}
            FrameFate::Late => {
                let at = self.now + Duration::from_micros(Frame::MICROS);
                self.agenda.add(at, Happening::FrameComes(leg, Box::new(*frame)));
            }
        }
    }
}

/// The seat of a leg. A leg that came from some other door has none.
pub(super) fn place_of(leg: LegId) -> usize {
    usize::try_from(leg.number()).unwrap_or(usize::MAX).wrapping_sub(1)
}
