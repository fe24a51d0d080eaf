//! One step: a fact is taken, a leg's dialogue gets its event, and what the dialogue wants is done.

use super::agenda::{Due, DueKind};
use super::leg::{CallFacts, Leg, NEVER, Origin};
use super::room::{app_role, lead};
use super::routing::{Hears, hears};
use super::{Exchange, Happened, HungUpBy, Input, Output, Recorded};
use crate::domain::limits::STORE_WAIT_MAX;
use crate::domain::{
    Answer, CallSource, HangupCause, Languages, LegId, MeetingCard, MeetingPhase, Question, Record,
    Role, Ticket,
};
use crate::ivr::{Deed, Dialogue, Event, NameStep, Reply, State, Wait};
use crate::media::plane::Route;

impl Exchange {
    pub(super) fn take(&mut self, input: Input) {
        match input {
            Input::IncomingCall { leg, from, called } => {
                let facts = CallFacts::new(Origin::Phone { from, called });
                if let Some(slot) = self.admit_call(leg, Dialogue::ringing(), facts) {
                    let caller = from.number();
                    self.trace(Some(leg), None, Happened::Offered { caller, called });
                    match from.is_unknown() {
                        true => self.outputs.push_back(Output::Answer { leg }),
                        false => self.ask(slot, Question::MayCall { from }),
                    }
                }
            }
            Input::Answered { leg } => {
                let languages = self.languages_of(leg);
                self.event_for(leg, Event::Answered(languages));
            }
            Input::Digit { leg, key } => self.keep_event_key(leg, key),
            Input::Answer { ticket, answer } => self.take_answer(ticket, answer),
            Input::HandOver { ticket, card } => self.hand_over(ticket, card),
            Input::TakeOver { passing } => self.take_over(*passing),
            Input::HungUp { leg, by } => {
                let Some(&slot) = self.by_id.get(&leg) else {
                    self.counts.inputs_ignored += 1;
                    return;
                };
                self.dispatch(slot, Event::HungUp);
                self.remove(
                    slot,
                    match by {
                        HungUpBy::Caller => HangupCause::CallerHungUp,
                        HungUpBy::Trunk => HangupCause::TrunkFailed,
                    },
                );
            }
            Input::AppJoins { leg, user, card } => {
                let facts = CallFacts {
                    answered_at: self.now,
                    meeting: Some(card.meeting),
                    ..CallFacts::new(Origin::App(user))
                };
                if let Some(slot) =
                    self.admit_call(leg, Dialogue::signed_in(self.config.language), facts)
                {
                    self.trace(Some(leg), Some(card.meeting), Happened::SignedIn);
                    let role = app_role(&card, user);
                    self.found(slot, card);
                    self.place(slot, role, NameStep::Done);
                }
            }
            Input::Command { leg, command } => match self.by_id.get(&leg) {
                Some(&slot) => self.command(slot, leg, command),
                None => self.counts.inputs_ignored += 1,
            },
            Input::Order { meeting, order } => self.order(meeting, order),
            Input::Stop => self.stop_all(),
        }
    }

    /// Makes a leg; refuses it when there is no room, ignores it when its id is in use.
    fn admit_call(&mut self, leg: LegId, dialogue: Dialogue, facts: CallFacts) -> Option<u32> {
        if self.by_id.contains_key(&leg) {
            self.counts.inputs_ignored += 1;
            return None;
        }
        let new = Leg::new(leg, dialogue, facts);
        let refused = match (self.stopping, self.by_id.len() >= self.config.legs_max) {
            (true, _) => Some(HangupCause::Stopping),
            (false, true) => Some(HangupCause::BridgeFull),
            (false, false) => None,
        };
        if let Some(cause) = refused {
            self.outputs.push_back(Output::HangUp { leg, cause });
            self.file(&new, cause);
            return None;
        }
        Some(self.insert_leg(new))
    }

    pub(super) fn insert_leg(&mut self, new: Leg) -> u32 {
        let slot = match self.legs_free.pop() {
            Some(slot) => slot,
            None => {
                self.legs.push(None);
                u32::try_from(self.legs.len() - 1)
                    .expect("the legs of all exchanges fit in 32 bits")
            }
        };
        self.by_id.insert(new.id, slot);
        self.plane.open(slot, new.id);
        self.legs[slot as usize] = Some(new);
        slot
    }

    /// The languages of the number that a leg called.
    fn languages_of(&self, leg: LegId) -> Languages {
        let slot = self.by_id.get(&leg);
        let called = slot.and_then(|&slot| self.leg(slot)).and_then(Leg::called);
        let languages = called.and_then(|called| self.config.languages.get(&called));
        languages.copied().unwrap_or(self.config.language.into())
    }

    fn event_for(&mut self, leg: LegId, event: Event) {
        match self.by_id.get(&leg) {
            Some(&slot) => self.events.push_back((slot, event)),
            None => self.counts.inputs_ignored += 1,
        }
    }

    fn take_answer(&mut self, ticket: Ticket, answer: Answer) {
        match self.awaiting(ticket) {
            Some(slot) => self.take_reply(slot, answer),
            None => self.counts.answers_late += 1,
        }
    }

    /// The leg that awaits the answer to this question.
    pub(super) fn awaiting(&self, ticket: Ticket) -> Option<u32> {
        let slot = *self.by_id.get(&ticket.leg)?;
        (self.leg(slot)?.ticket() == Some(ticket)).then_some(slot)
    }

    pub(super) fn take_reply(&mut self, slot: u32, answer: Answer) {
        let Some(leg) = self.leg_mut(slot) else { return };
        leg.awaits_answer = false;
        let id = leg.id;
        self.end_waits(slot, &[DueKind::StoreWait]);
        let (happened, reply) = match answer {
            Answer::MayCall | Answer::KeptOut => {
                let may = answer == Answer::MayCall;
                let reply = if may { Reply::MayCall } else { Reply::KeptOut };
                return self.events.push_back((slot, Event::Store(reply)));
            }
            Answer::Meeting(card) => {
                let lead =
                    lead(&card, self.phase_of(card.meeting).unwrap_or(MeetingPhase::Waiting));
                let conference_id = card.conference_id;
                self.found(slot, card);
                (Happened::MeetingFound { conference_id }, Reply::MeetingFound(lead))
            }
            Answer::NoSuchMeeting => {
                self.counts.wrong_entries += 1;
                (Happened::NoSuchMeeting, Reply::NoSuchMeeting)
            }
            Answer::Organizer => {
                if let Some(leg) = self.leg_mut(slot) {
                    leg.pin_used = true;
                }
                (Happened::PinAccepted, Reply::PinRight)
            }
            Answer::PinMismatch => {
                self.counts.wrong_entries += 1;
                (Happened::PinRefused, Reply::PinMismatch)
            }
            Answer::Unavailable => (Happened::StoreUnavailable, Reply::Unavailable),
        };
        self.trace(Some(id), None, happened);
        self.events.push_back((slot, Event::Store(reply)));
    }

    fn found(&mut self, slot: u32, card: Box<MeetingCard>) {
        if let Some(&index) = self.by_meeting.get(&card.meeting) {
            self.note_guest(slot, index);
        }
        if let Some(leg) = self.leg_mut(slot) {
            leg.facts.meeting = Some(card.meeting);
            leg.found = Some(card);
        }
    }

    /// Gives a leg's dialogue an event, does what it wants, and derives anew what the leg hears.
    pub(super) fn dispatch(&mut self, slot: u32, event: Event) {
        let now = self.now;
        let mut deeds = std::mem::take(&mut self.deeds);
        let Some(leg) = self.legs.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let before = leg.dialogue.state();
        leg.dialogue.handle(now, event, &self.config.dialogue, &mut deeds);
        let after = leg.dialogue.state();
        let id = leg.id;
        if matches!(event, Event::Answered(_)) && leg.facts.answered_at == NEVER {
            leg.facts.answered_at = now;
            self.trace(Some(id), None, Happened::Answered);
        }
        if before.name() != after.name() {
            self.trace(Some(id), None, Happened::State { state: after.name() });
        }
        for deed in deeds.drain(..) {
            self.do_deed(slot, id, deed);
        }
        self.deeds = deeds;
        if let Some(leg) = self.leg_mut(slot) {
            leg.count_lobby_time(now);
        }
        self.leave_on_goodbye(slot);
        self.tell_next(slot);
        self.reroute(slot);
    }

    /// Whoever hears the last words is in no meeting and waits for none any more.
    fn leave_on_goodbye(&mut self, slot: u32) {
        let now = self.now;
        let Some(leg) = self.leg_mut(slot) else { return };
        if let (State::Goodbye(_), Some(room)) = (leg.dialogue.state(), leg.room) {
            let role = leg.role.unwrap_or(Role::Attendee);
            leg.leave_meeting(now);
            let Some(leg) = self.leg(slot) else { return };
            let who = self.who(slot, leg);
            self.leave_room(room, slot, role, who);
        }
    }

    fn do_deed(&mut self, slot: u32, id: LegId, deed: Deed) {
        match deed {
            Deed::Say(phrase) => self.say(slot, id, &phrase),
            Deed::Hush => self.hush(slot, id),
            Deed::Await(Wait::Keys, after) => self.wait(slot, DueKind::Keys, after),
            Deed::Await(Wait::LobbyWord, after) => self.wait(slot, DueKind::LobbyWord, after),
            Deed::Await(Wait::LobbyEnd, after) => self.wait(slot, DueKind::LobbyEnd, after),
            Deed::AwaitNothing => {
                self.end_waits(slot, &[DueKind::Keys, DueKind::LobbyEnd]);
                self.forget_question(slot);
            }
            Deed::Answer => self.outputs.push_back(Output::Answer { leg: id }),
            Deed::AskMeeting(entry) => {
                let from = self.leg(slot).map_or(CallSource::UNKNOWN, Leg::source);
                self.ask(slot, Question::FindMeeting { entry, from });
            }
            Deed::AskPin(entry) => {
                let asked = self.leg(slot).and_then(|leg| Some((leg.facts.meeting?, leg.source())));
                if let Some((meeting, from)) = asked {
                    self.ask(slot, Question::VerifyPin { meeting, entry, from });
                }
            }
            Deed::Await(Wait::LobbyWarning, after) => self.wait(slot, DueKind::LobbyWarning, after),
            Deed::Chosen(language, digit) => {
                self.trace(Some(id), None, Happened::Language { language });
                let (at, number) = (self.now, self.key_pressed);
                self.journal(at, || Recorded::Revealed {
                    revealed: digit.as_char().to_string(),
                    by: id,
                    keys: vec![number],
                });
            }
            Deed::Command(command, keys) => self.key_command(slot, id, command, &keys),
            Deed::RecordName => self.begin_name(slot),
            Deed::EndName => self.end_name(slot, id),
            Deed::Place(role, name) => self.place(slot, role, name),
            Deed::KeyIgnored => {
                self.counts.keys_ignored += 1;
                self.trace(Some(id), None, Happened::KeyIgnored);
            }
            Deed::HangUp(cause) => {
                self.outputs.push_back(Output::HangUp { leg: id, cause });
                self.remove(slot, cause);
            }
        }
    }

    fn ask(&mut self, slot: u32, question: Question) {
        let Some(leg) = self.leg_mut(slot) else { return };
        leg.asked = leg.asked.wrapping_add(1);
        leg.awaits_answer = true;
        let ticket = Ticket { leg: leg.id, question: leg.asked };
        self.wait(slot, DueKind::StoreWait, STORE_WAIT_MAX);
        self.outputs.push_back(Output::Ask { ticket, question });
    }

    /// What still comes of a leg's question is late.
    fn forget_question(&mut self, slot: u32) {
        if let Some(leg) = self.leg_mut(slot) {
            leg.awaits_answer = false;
        }
    }

    fn wait(&mut self, slot: u32, kind: DueKind, after: std::time::Duration) {
        self.wait_until(slot, kind, self.now + after);
    }

    pub(super) fn wait_until(&mut self, slot: u32, kind: DueKind, at: crate::domain::Uptime) {
        self.change_waits(slot, |leg| leg.set_wait(at, kind));
    }

    /// Forgets what a leg waits for in the lanes of these kinds.
    pub(super) fn end_waits(&mut self, slot: u32, kinds: &[DueKind]) {
        self.change_waits(slot, |leg| kinds.iter().for_each(|&kind| leg.clear_wait(kind)));
    }

    /// Changes what a leg waits for and keeps its one entry in the agenda.
    fn change_waits(&mut self, slot: u32, change: impl FnOnce(&mut Leg)) {
        let Some(leg) = self.leg_mut(slot) else { return };
        let before = leg.next_due(slot);
        change(leg);
        let after = leg.next_due(slot);
        if before != after {
            before.into_iter().for_each(|due| self.agenda.cancel(due));
            after.into_iter().for_each(|due| self.agenda.add(due));
        }
    }

    /// A leg's deadline is reached.
    pub(super) fn end_wait(&mut self, due: Due) {
        let slot = due.whose;
        self.end_waits(slot, &[due.kind]);
        let Some(leg) = self.leg_mut(slot) else { return };
        let event = match due.kind {
            DueKind::PromptEnd => return self.end_prompt(slot),
            DueKind::StoreWait => {
                let id = leg.id;
                self.forget_question(slot);
                self.trace(Some(id), None, Happened::StoreUnavailable);
                Event::Store(Reply::Unavailable)
            }
            DueKind::Keys => Event::WaitOver(Wait::Keys),
            DueKind::LobbyWord => Event::WaitOver(Wait::LobbyWord),
            DueKind::LobbyWarning => Event::WaitOver(Wait::LobbyWarning),
            DueKind::LobbyEnd => Event::WaitOver(Wait::LobbyEnd),
            DueKind::EventKey | DueKind::MeetingEnd | DueKind::MeetingWarning => return,
        };
        self.events.push_back((slot, event));
    }

    /// Derives what a leg hears and tells the plane.
    pub(super) fn reroute(&mut self, slot: u32) {
        let Some(route) = self.derived_route(slot) else { return };
        let old = self.plane.route_of(slot);
        if old == route {
            return;
        }
        self.plane.route(slot, route);
        let id = self.leg(slot).map(|leg| leg.id);
        match (old == Route::Music, route == Route::Music) {
            (false, true) => self.trace(id, None, Happened::MusicOn),
            (true, false) => self.trace(id, None, Happened::MusicOff),
            (true, true) | (false, false) => {}
        }
    }

    /// Where a leg has to listen, from its phase, its meeting's phase and what is being said to it.
    pub(super) fn derived_route(&self, slot: u32) -> Option<Route> {
        let leg = self.leg(slot)?;
        let room = leg.room.and_then(|room| self.rooms[room.0 as usize].as_ref());
        Some(match hears(leg.phase(), room.map(|room| room.phase()), leg.private(), leg.voice()) {
            Hears::Nothing => Route::Closed,
            Hears::Silence => Route::Silence,
            Hears::Music => Route::Music,
            Hears::Prompt => leg.saying.as_ref().map_or(Route::Silence, |saying| {
                Route::Piece(saying.piece(), saying.from_tick as u32)
            }),
            Hears::Bridge => {
                room.and_then(|room| room.bridge).map_or(Route::Silence, Route::Bridge)
            }
            Hears::BridgeOnly => {
                room.and_then(|room| room.bridge).map_or(Route::Silence, Route::BridgeOnly)
            }
        })
    }

    /// Ends a call in the middle of its last word.
    pub(super) fn cut_off(&mut self, slot: u32) {
        let Some(leg) = self.leg(slot).map(|leg| leg.id) else { return };
        let cause = HangupCause::Stopping;
        self.outputs.push_back(Output::HangUp { leg, cause });
        self.dispatch(slot, Event::HungUp);
        self.remove(slot, cause);
    }

    /// Takes a leg out of everything; its record is filed.
    fn remove(&mut self, slot: u32, cause: HangupCause) {
        self.end_waits(slot, &[DueKind::PromptEnd, DueKind::Keys, DueKind::LobbyEnd]);
        let Some(leg) = self.legs.get_mut(slot as usize).and_then(Option::take) else { return };
        if self.plane.route_of(slot) == Route::Music {
            self.trace(Some(leg.id), None, Happened::MusicOff);
        }
        self.plane.close(slot);
        self.by_id.remove(&leg.id);
        self.legs_free.push(slot);
        self.file(&leg, cause);
        if let Some(room) = leg.room {
            let who = self.who(slot, &leg);
            self.leave_room(room, slot, leg.role.unwrap_or(Role::Attendee), who);
        }
        self.forget_name(slot);
        self.held_keys.forget(slot);
    }

    fn file(&mut self, leg: &Leg, cause: HangupCause) {
        let left = Happened::Left { cause, q850: cause.q850() };
        self.trace(Some(leg.id), leg.facts.meeting, left);
        let record = Record::Call(leg.record(self.now, self.config.epoch, cause));
        self.outputs.push_back(Output::FileRecord(Box::new(record)));
    }
}
