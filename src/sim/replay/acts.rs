//! What callers do: each deed is begun, and a step is over when all of its deeds are.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "who dials comes first, and everything else after it"
)]

use core::net::IpAddr;
use std::time::Duration;

use super::ReplayedCall;
use super::organization::{numbers, primary_language};
use super::player::Player;
use crate::caller::{Comes, Deed, Keying, Samples, Script};
use crate::domain::{Digit, Key, LegId, PhoneNumber, Spoken, Uptime};
use crate::proto::event_sender::EventFault;
use crate::proto::info::InfoWriting;
use crate::scenario::{Act, CallsFrom, Failure, KeyPart, Keys, KeysAs, OnOff, Packets, Who};

/// How much later the echo of a key comes: a round trip over a satellite.
const ECHO_AFTER: Duration = Duration::from_millis(500);

/// Longest wait for a call to be answered or refused: longer than any store may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// What is left to be waited for of a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing.
    Done,
    /// The telephone is doing it.
    Telephone,
    /// It is over at that time.
    Until(Uptime),
}

/// How keys are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    /// As tones.
    Sound,
    /// As tones would be where there is no sound: each takes effect at the time at which it is pressed.
    Bare,
    /// As RFC 4733 events, with that fault.
    Events(Option<EventFault>),
    /// As SIP INFO, so written.
    Infos(InfoWriting),
    /// As RFC 4733 events and as tones, these so much later.
    EventsAndTones(Duration),
    /// As RFC 4733 events and as SIP INFO, both at once.
    EventsAndInfos,
}

impl Player<'_, '_> {
    /// Has all this done at the same time, and waits until it is.
    pub(super) fn together(&mut self, deeds: &[(Who, &Act)]) -> Result<(), Failure> {
        // Whoever dials comes first: a key waits for its call to be answered.
        let mut rests = Vec::with_capacity(deeds.len());
        for (who, act) in deeds {
            match act {
                Act::Dials { number, .. } => self.dial(*who, *number)?,
                _no_call => rests.push((*who, self.start(*who, act)?)),
            }
        }
        let dialled: Vec<_> =
            deeds.iter().filter(|(_, act)| matches!(act, Act::Dials { .. })).copied().collect();
        for (who, _) in &dialled {
            self.wait_for_answer(*who)?;
        }
        for (who, act) in dialled {
            if let Act::Dials { keys: Some(keys), .. } = act {
                rests.push((who, self.key(who, keys)?));
            }
        }
        rests.into_iter().try_for_each(|(who, rest)| self.finish(who, rest))
    }

    /// Begins a deed that nobody waits for.
    pub(super) fn begin(&mut self, who: Who, act: &Act) -> Result<(), Failure> {
        if let Act::Dials { number, keys } = act {
            self.dial(who, *number)?;
            if let Some(keys) = keys {
                self.wait_for_answer(who)?;
                self.key(who, keys)?;
            }
            return Ok(());
        }
        self.start(who, act).map(|_nobody_waits| ())
    }

    fn start(&mut self, who: Who, act: &Act) -> Result<Rest, Failure> {
        if let Act::JoinsByApp(conference_id) = act {
            let sole = || self.office.conference_id(0);
            let Some(conference_id) = conference_id.or_else(sole) else {
                return Err(self.fails("there is a meeting to join", "there is none".to_owned()));
            };
            let Some(&user) = self.office.users.get(&who) else {
                return Err(self.fails("they are a user", "they are none".to_owned()));
            };
            self.sit(who, Comes::ByApp(user, conference_id), None)?;
            if self
                .seats
                .get(&who)
                .is_some_and(|&place| self.world.seats()[place].answered_at.is_none())
            {
                let expected =
                    format!("{} joins meeting {conference_id}", self.scenario.name_of(who));
                return Err(self.fails(&expected, "there is no such meeting by then".to_owned()));
            }
            return Ok(Rest::Done);
        }
        let place = self.connected(who)?;
        let seat = self.world.seat_mut(place);
        match act {
            Act::Dials { .. } | Act::JoinsByApp(_) => {}
            Act::Keys(keys) => return self.key(who, keys),
            Act::Holds(digit, time) => {
                let keying = Keying { on: *time, ..Keying::default() };
                let sending = self.keys_as(who, None);
                return Ok(self.press(place, vec![*digit], keying, sending));
            }
            Act::Speaks(time) => {
                seat.caller.then(Deed::Speak(*time));
                return Ok(Rest::Telephone);
            }
            Act::Says(prompt, language) => {
                let spoken = Spoken { language: *language, prompt: *prompt };
                let clip = self.stage.sounds.prompt(spoken);
                let samples = clip.frames().iter().flat_map(|frame| frame.0).collect();
                self.world.seat_mut(place).caller.then(Deed::Play(Samples(samples)));
                return Ok(Rest::Telephone);
            }
            Act::Plays(recording) => {
                seat.caller.then(Deed::Play(Samples(recording.samples.clone())));
                return Ok(Rest::Telephone);
            }
            Act::Waits(time) => return Ok(Rest::Until(self.world.now() + *time)),
            Act::Mutes(on) => seat.caller.mute(*on == OnOff::On),
            Act::PutsOnHold(on) => seat.on_hold = *on == OnOff::On,
            Act::Loses(lost) => seat.frames_lost = *lost,
            Act::HangsUp => self.world.hang_up(place),
        }
        Ok(Rest::Done)
    }

    pub(super) fn finish(&mut self, who: Who, rest: Rest) -> Result<(), Failure> {
        match rest {
            Rest::Done => Ok(()),
            Rest::Until(at) => self.pass(at.max(self.world.now())),
            Rest::Telephone => {
                let place = self.connected(who)?;
                let limit = self.world.now() + crate::domain::limits::SCENARIO_LASTS_MAX;
                self.wait_until(limit, |world, _senses| {
                    let seat = &world.seats()[place];
                    seat.caller.is_idle() || seat.left.is_some()
                })?;
                match self.world.seats()[place].caller.is_idle() {
                    true => Ok(()),
                    false => self.connected(who).map(|_still_there| ()),
                }
            }
        }
    }

    pub(super) fn dial(&mut self, who: Who, number: Option<PhoneNumber>) -> Result<(), Failure> {
        let from = match self.scenario.people[who.0].calls_from {
            CallsFrom::Number(number) => Some(number),
            CallsFrom::Withheld => None,
            CallsFrom::OwnNumber => own_number(who),
        };
        self.sit(who, Comes::ByPhone(from), number)
    }

    /// A new call of somebody.
    fn sit(&mut self, who: Who, comes: Comes, number: Option<PhoneNumber>) -> Result<(), Failure> {
        let name = self.scenario.name_of(who);
        if let Some(&place) = self.seats.get(&who)
            && self.world.seats()[place].left.is_none()
        {
            let expected = format!("{name} makes a call");
            return Err(self.fails(&expected, format!("{name} is in a call already")));
        }
        let told = match self.calls.iter().filter(|call| call.who == who).count() {
            0 => name.to_owned(),
            before => format!("{name} ({})", before + 1),
        };
        let numbers = numbers(self.scenario);
        let Some(called) = number.or(numbers.first().map(|(number, _)| *number)) else {
            return Err(self.fails("the bridge has a number", "it has none".to_owned()));
        };
        let voice_hz = super::probe::voice_hz(who.0);
        let script = Script {
            name: told.clone(),
            comes,
            voice_hz,
            dials_at: Duration::ZERO,
            deeds: Vec::new(),
        };
        let place = self.world.add_seat(&script, called);
        self.world.seat_mut(place).address = address_of(who);
        let leg = LegId::new(place as u64 + 1);
        self.senses.add_seat(leg, primary_language(self.scenario, called));
        let number = match comes {
            Comes::ByPhone(number) => number,
            Comes::ByApp(..) => None,
        };
        self.calls.push(ReplayedCall { leg, who, name: told, voice_hz, number });
        self.seats.insert(who, place);
        self.world.dial(place);
        Ok(())
    }

    pub(super) fn wait_for_answer(&mut self, who: Who) -> Result<(), Failure> {
        let Some(&place) = self.seats.get(&who) else { return Ok(()) };
        let limit = self.world.now() + ANSWERED_WITHIN;
        let came = self.wait_until(limit, |world, _senses| {
            let seat = &world.seats()[place];
            seat.answered_at.is_some() || seat.left.is_some()
        })?;
        if came {
            return Ok(());
        }
        let name = self.scenario.name_of(who);
        Err(self
            .fails(&format!("{name}'s call is taken or refused"), "it rings and rings".to_owned()))
    }

    /// The place of somebody whose call goes on.
    pub(super) fn connected(&self, who: Who) -> Result<usize, Failure> {
        let name = self.scenario.name_of(who);
        let expected = format!("{name} is in a call");
        let place = self.seat_of(who, &expected)?;
        match self.world.seats()[place].left {
            None => Ok(place),
            Some((at, cause)) => {
                let instead = format!("{name}'s call was over at {at}, because {}", cause.name());
                Err(self.fails(&expected, instead))
            }
        }
    }

    fn keys_as(&self, who: Who, wanted: Option<KeysAs>) -> Sending {
        let usual = self.sends_keys.get(&who).copied();
        let usual = usual.unwrap_or(self.scenario.people[who.0].keys);
        match wanted.unwrap_or(usual) {
            KeysAs::Tones if self.senses.by_ear() => Sending::Sound,
            KeysAs::Tones => Sending::Bare,
            KeysAs::Events => Sending::Events(None),
            KeysAs::Info => Sending::Infos(InfoWriting::Plain),
        }
    }

    pub(super) fn key(&mut self, who: Who, keys: &Keys) -> Result<Rest, Failure> {
        let place = self.connected(who)?;
        let digits = self.digits(&keys.parts)?;
        let usual = Keying::default();
        let keying = Keying {
            on: keys.on.unwrap_or(usual.on),
            off: keys.off.unwrap_or(usual.off),
            variant: keys.variant,
        };
        let sending = match keys.packets {
            Some(Packets::Events(fault)) => Sending::Events(Some(fault)),
            Some(Packets::Infos(writing)) => Sending::Infos(writing),
            Some(Packets::EventsAndTones) => Sending::EventsAndTones(Duration::ZERO),
            Some(Packets::EventsThenTones) => Sending::EventsAndTones(ECHO_AFTER),
            Some(Packets::EventsAndInfos) => Sending::EventsAndInfos,
            None if keys.variant.is_some() => self.keys_as(who, Some(KeysAs::Tones)),
            None => self.keys_as(who, keys.sent_as),
        };
        let from_now_on = match keys.packets {
            Some(
                Packets::Events(_)
                | Packets::EventsAndTones
                | Packets::EventsThenTones
                | Packets::EventsAndInfos,
            ) => Some(KeysAs::Events),
            Some(Packets::Infos(_)) => Some(KeysAs::Info),
            None => keys.sent_as,
        };
        if let Some(sent_as) = from_now_on {
            self.sends_keys.insert(who, sent_as);
        }
        Ok(self.press(place, digits, keying, sending))
    }

    fn press(
        &mut self,
        place: usize,
        digits: Vec<Digit>,
        keying: Keying,
        sending: Sending,
    ) -> Rest {
        Rest::Until(match sending {
            Sending::Sound => {
                self.world.seat_mut(place).caller.then(Deed::KeysIn(digits, keying));
                return Rest::Telephone;
            }
            Sending::Bare => {
                let mut at = self.world.now();
                for digit in digits {
                    self.world.key_event(place, at, Key::Digit(digit));
                    at = at + keying.on + keying.off;
                }
                at
            }
            Sending::Events(fault) => self.world.key_events(place, &digits, keying, fault),
            Sending::Infos(writing) => self.world.key_infos(place, &digits, keying, writing),
            Sending::EventsAndInfos => self.world.key_both_ways(place, &digits, keying),
            Sending::EventsAndTones(later) => {
                self.world.key_events(place, &digits, keying, None);
                let caller = &mut self.world.seat_mut(place).caller;
                if !later.is_zero() {
                    caller.then(Deed::Wait(later));
                }
                caller.then(Deed::KeysIn(digits, keying));
                return Rest::Telephone;
            }
        })
    }

    fn digits(&self, parts: &[KeyPart]) -> Result<Vec<Digit>, Failure> {
        let mut digits = Vec::new();
        for part in parts {
            let text = match part {
                KeyPart::Digit(digit) => {
                    digits.push(*digit);
                    continue;
                }
                KeyPart::PinOf(who) => self.office.pins.get(who).map(|pin| pin.reveal().to_owned()),
                KeyPart::WrongPinOf(who) => self.office.wrong_pin(*who),
                KeyPart::OwnIdOf(who) => self.office.own_id(*who).map(|id| id.to_string()),
                KeyPart::IdOf(meeting) => {
                    self.office.conference_id(*meeting).map(|id| id.to_string())
                }
            };
            let Some(text) = text else {
                return Err(
                    self.fails("what is to be keyed is there", "it is gone by now".to_owned())
                );
            };
            digits.extend(text.chars().filter_map(Digit::from_char));
        }
        Ok(digits)
    }
}

/// Whence somebody calls who has no number: everybody has a line of their own, as in RFC 2544.
fn address_of(who: Who) -> Option<IpAddr> {
    let [_, _, high, low] = u32::try_from(who.0 + 1).ok()?.to_be_bytes();
    Some(IpAddr::from([198, 18, high, low]))
}

fn own_number(who: Who) -> Option<PhoneNumber> {
    format!("+1425556{:04}", who.0 + 1).parse().ok()
}
