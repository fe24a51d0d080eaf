//! What happens to whole meetings: putting a leg where it belongs, the start that admits everybody in one step, the
//! ends.

use std::time::Duration;

use super::agenda::{Due, DueKind};
use super::announce::Passage;
use super::naming::Who;
use super::presence::Presence;
use super::room::{Belongs, Room, RoomIndex, Run};
use super::{Exchange, Happened, Output, Switch};
use crate::domain::call_record::AdmittedBy;
use crate::domain::limits::{ANNOUNCEMENT_LATE_TICKS_MAX, MEETING_WARNING_BEFORE, MEETINGS_MAX};
use crate::domain::meeting::{MeetingEvent, MeetingStep};
use crate::domain::settings::{Admission, Recording, RecordingNotice};
use crate::domain::{EndReason, MeetingCard, MeetingPhase, PromptId, Record, Role, Spoken, Uptime};
use crate::ivr::{Awaiting, Company, Entrance, Event, NameStep, Notice, Place, Recorded, Refusal};
use crate::media::plane::Piece;

impl Exchange {
    /// Puts a leg where someone in that role belongs, unless a name is to be said first.
    pub(super) fn place(&mut self, slot: u32, role: Role, name: NameStep) {
        if name == NameStep::Open && self.asks_name(slot, role) {
            return self.events.push_back((slot, Event::Put(Place::NameFirst)));
        }
        let Some(card) = self.leg_mut(slot).and_then(|leg| leg.found.take()) else { return };
        let Some(index) = self.room_for(*card) else {
            let refused = Place::Nowhere(Refusal::BridgeFull);
            self.events.push_back((slot, Event::Put(refused)));
            return;
        };
        self.note_guest(slot, index);
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        match room.belongs(role) {
            Belongs::Meeting => {
                let by = match (role, room.phase()) {
                    (Role::Attendee, MeetingPhase::Live) => AdmittedBy::Rules,
                    (Role::Attendee, MeetingPhase::Waiting | MeetingPhase::Ended)
                    | (Role::Organizer | Role::Authenticated, _) => AdmittedBy::Right,
                };
                self.enter_meeting(index, slot, role, by);
            }
            Belongs::Lobby(awaiting) => {
                room.waiting.push(slot);
                let first = room.waiting.len() == 1 && awaiting == Awaiting::Admission;
                let members = if first { room.members.clone() } else { Vec::new() };
                self.bind(slot, index, role);
                self.put_into_lobby(index, slot, awaiting);
                self.tell_organizers(&members, Notice::SomeoneWaiting);
            }
            Belongs::Nowhere(refusal) => {
                self.events.push_back((slot, Event::Put(Place::Nowhere(refusal))));
                self.close_if_empty(index);
            }
        }
    }

    fn bind(&mut self, slot: u32, room: RoomIndex, role: Role) {
        if let Some(leg) = self.leg_mut(slot) {
            leg.room = Some(room);
            leg.role = Some(role);
        }
    }

    /// How this leg is treated depends on how it is in the room.
    pub(super) fn note_guest(&mut self, slot: u32, index: RoomIndex) {
        let guest = self.leg(slot).map(|leg| leg.id);
        if self.config.journal == Switch::On
            && let Some(room) = self.room_mut(index)
            && room.guests.last().copied() != guest
        {
            room.guests.extend(guest);
        }
    }

    /// The room of that meeting, opened if it is not there; `None` when the exchange holds no more.
    fn room_for(&mut self, card: MeetingCard) -> Option<RoomIndex> {
        let meeting = card.meeting;
        if let Some(&index) = self.by_meeting.get(&meeting) {
            return Some(index);
        }
        if self.by_meeting.len() >= MEETINGS_MAX {
            return None;
        }
        let index = match self.rooms_free.pop() {
            Some(index) => index,
            None => {
                self.rooms.push(None);
                u32::try_from(self.rooms.len() - 1).ok()?
            }
        };
        self.rooms[index as usize] = Some(Room::new(card));
        self.by_meeting.insert(meeting, RoomIndex(index));
        self.outputs.push_back(Output::MeetingOpened(meeting));
        Some(RoomIndex(index))
    }

    /// Lets a leg into a meeting that is live or that it may start.
    pub(super) fn enter_meeting(
        &mut self,
        index: RoomIndex,
        slot: u32,
        role: Role,
        by: AdmittedBy,
    ) {
        self.bind(slot, index, role);
        let step = self.meeting_event(index, MeetingEvent::Joined(role));
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let alone = room.members.is_empty()
            && (room.waiting.is_empty() || room.card.rules.admission == Admission::OnCommand);
        room.members.push(slot);
        room.started_by_right |= role.may_start(&room.card.rules);
        let meeting = room.card.meeting;
        if step == MeetingStep::Started {
            let id = self.leg(slot).map(|leg| leg.id);
            self.trace(id, Some(meeting), Happened::MeetingStarted { by: role });
            self.start(index, slot, role);
        }
        if let Some(room) = self.room_mut(index) {
            room.count_joined(1);
        }
        let company = if alone { Company::Alone } else { Company::Others };
        self.put_into_meeting(index, slot, company, by);
        let mut came = vec![slot];
        if step == MeetingStep::Started {
            came.extend(self.admit_waiting(index));
        }
        self.announce_coming(index, Passage::In, &came);
    }

    /// Begins a run; what is said to all in it is in the language of whoever starts it.
    fn start(&mut self, index: RoomIndex, slot: u32, by: Role) {
        let bridge = self.plane.open_bridge();
        let language = self.leg(slot).map(|leg| leg.dialogue.language()).unwrap_or_default();
        let now = self.now;
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        room.bridge = Some(bridge);
        room.language = language;
        let meeting = room.card.meeting;
        let recording_since = match room.card.rules.recording {
            Recording::FromStart => Some(now),
            Recording::Off => None,
        };
        room.run = Some(Run {
            started_at: now,
            started_by: by,
            joined: 0,
            members_most: 0,
            recorded: Duration::ZERO,
            recording_since,
        });
        if recording_since.is_some() {
            self.recorded.insert(meeting);
            self.trace(None, Some(meeting), Happened::RecordingOn);
        }
    }

    /// Everybody who waits is in, in this one step, when the rules have it so; else they are told what they wait for.
    /// Gives those who have come in.
    fn admit_waiting(&mut self, index: RoomIndex) -> Vec<u32> {
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return Vec::new() };
        match room.card.rules.admission {
            Admission::OnCommand => {
                let awaiting = Event::Put(Place::Lobby(Awaiting::Admission));
                self.events.extend(room.waiting.iter().map(|&slot| (slot, awaiting)));
                Vec::new()
            }
            Admission::OnStart => {
                let waiting = std::mem::take(&mut room.waiting);
                self.let_in(index, &waiting, AdmittedBy::Rules);
                waiting
            }
        }
    }

    /// Lets these legs, who are on no list any more, into a meeting that runs.
    pub(super) fn let_in(&mut self, index: RoomIndex, slots: &[u32], by: AdmittedBy) {
        let Some(room) = self.room_mut(index) else { return };
        room.members.extend(slots);
        room.count_joined(slots.len());
        for &slot in slots {
            self.put_into_meeting(index, slot, Company::Others, by);
        }
    }

    fn put_into_meeting(&mut self, index: RoomIndex, slot: u32, company: Company, by: AdmittedBy) {
        let now = self.now;
        let Some(room) = self.rooms[index.0 as usize].as_ref() else { return };
        let Some(leg) = self.legs.get_mut(slot as usize).and_then(Option::as_mut) else { return };
        let Some(role) = leg.role else { return };
        let rules = &room.card.rules;
        let recorded = room.run.as_ref().is_some_and(|run| run.recording_since.is_some());
        let silenced = room.audience_muted && role != Role::Organizer;
        let may_admit = role == Role::Organizer && rules.admission == Admission::OnCommand;
        let entrance = Entrance {
            role,
            company,
            recorded: match (recorded, rules.recording_notice, leg.is_app()) {
                (true, RecordingNotice::PhoneCallers, false) => Recorded::Told,
                (false, _, _) | (_, RecordingNotice::Off, _) | (_, _, true) => Recorded::Untold,
            },
            silenced: (silenced && !leg.is_app()).then_some(room.unmuting()),
            waiting: if may_admit {
                u32::try_from(room.waiting.len()).unwrap_or(u32::MAX)
            } else {
                0
            },
        };
        let presence = leg.presence.get_or_insert_with(|| Box::new(Presence::new(by)));
        presence.admitted_by = by;
        presence.organizer = (role == Role::Organizer).then_some(room.card.organizer);
        presence.silenced = silenced;
        presence.comes_in(now);
        let (id, meeting) = (leg.id, room.card.meeting);
        self.trace(Some(id), Some(meeting), Happened::Admitted { role });
        if silenced {
            self.trace_presence(slot);
        }
        self.events.push_back((slot, Event::Put(Place::Meeting(entrance))));
    }

    fn put_into_lobby(&mut self, index: RoomIndex, slot: u32, awaiting: Awaiting) {
        let meeting = self.room(index).map(|room| room.card.meeting);
        let id = self.leg(slot).map(|leg| leg.id);
        self.trace(id, meeting, Happened::Lobby);
        self.events.push_back((slot, Event::Put(Place::Lobby(awaiting))));
    }

    /// A leg is gone from its room.
    pub(super) fn leave_room(&mut self, index: RoomIndex, slot: u32, role: Role, who: Who) {
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let was_member = room.members.contains(&slot);
        room.leave(slot);
        if was_member {
            let (members, waiting) = (room.members.len(), room.waiting.len());
            let step = self.meeting_event(index, MeetingEvent::Left { role, members, waiting });
            match step {
                MeetingStep::BackToLobby => self.wait_again(index),
                MeetingStep::Ended(reason) => self.end_meeting(index, reason),
                MeetingStep::Unchanged | MeetingStep::Started => {
                    if who.is_announced() {
                        self.announce(index, Passage::Out, &[who]);
                    }
                }
            }
        }
        self.close_if_empty(index);
    }

    pub(super) fn end_meeting_in_time(&mut self, index: RoomIndex) {
        match self.meeting_event(index, MeetingEvent::TimeUp) {
            MeetingStep::Ended(reason) => self.end_meeting(index, reason),
            MeetingStep::Unchanged | MeetingStep::Started | MeetingStep::BackToLobby => {}
        }
    }

    /// Sends every leg away with a last word.
    pub(super) fn stop_all(&mut self) {
        let again = std::mem::replace(&mut self.stopping, true);
        let slots: Vec<u32> =
            (0..).zip(&self.legs).filter(|(_, leg)| leg.is_some()).map(|(slot, _)| slot).collect();
        if again {
            return slots.into_iter().for_each(|slot| self.cut_off(slot));
        }
        let rooms: Vec<_> = self.by_meeting.values().copied().collect();
        for index in rooms {
            self.meeting_event(index, MeetingEvent::Close(EndReason::Stopping));
            self.end_meeting(index, EndReason::Stopping);
        }
        for slot in slots {
            self.events.push_back((slot, Event::Stop));
        }
    }

    /// Gives a meeting's life an event; keeps its end on the agenda.
    pub(super) fn meeting_event(&mut self, index: RoomIndex, event: MeetingEvent) -> MeetingStep {
        let now = self.now;
        let Some(room) = self.rooms[index.0 as usize].as_mut() else {
            return MeetingStep::Unchanged;
        };
        let step = room.life.handle(now, event, &room.card.rules);
        self.renew_end(index);
        step
    }

    /// Keeps a meeting's end on the agenda, and the word before it: its life or its rules may have changed.
    pub(super) fn renew_end(&mut self, index: RoomIndex) {
        let Some(room) = self.room(index) else { return };
        let ends_at = room.life.ends_at(&room.card.rules);
        if ends_at != room.ends_at {
            let warns_at =
                ends_at.map(|at| at - MEETING_WARNING_BEFORE).filter(|&at| at > self.now);
            self.set_end(index, ends_at, warns_at);
        }
    }

    fn set_end(&mut self, index: RoomIndex, ends_at: Option<Uptime>, warns_at: Option<Uptime>) {
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let dues = |ends_at: Option<Uptime>, warns_at: Option<Uptime>| {
            let due = |at, kind| Due { at, kind, whose: index.0 };
            let end = ends_at.map(|at| due(at, DueKind::MeetingEnd));
            end.into_iter().chain(warns_at.map(|at| due(at, DueKind::MeetingWarning)))
        };
        dues(room.ends_at, room.warns_at).for_each(|due| self.agenda.cancel(due));
        dues(ends_at, warns_at).for_each(|due| self.agenda.add(due));
        (room.ends_at, room.warns_at) = (ends_at, warns_at);
    }

    /// All in a meeting are told that it will soon end.
    pub(super) fn warn_of_end(&mut self, index: RoomIndex) {
        let Some(room) = self.room_mut(index) else { return };
        room.warns_at = None;
        let spoken = Spoken { language: room.language, prompt: PromptId::MeetingEndsSoon };
        self.say_to_all(index, &[Piece::Prompt(spoken)], ANNOUNCEMENT_LATE_TICKS_MAX);
    }

    /// Members go back to the lobby until someone entitled comes.
    fn wait_again(&mut self, index: RoomIndex) {
        self.close_bridge(index);
        self.file_run(index, None);
        let now = self.now;
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let members = std::mem::take(&mut room.members);
        let waiting = std::mem::replace(&mut room.waiting, members.clone());
        room.waiting.extend(&waiting);
        let meeting = room.card.meeting;
        self.trace(None, Some(meeting), Happened::MeetingWaits);
        for slot in members {
            if let Some(presence) = self.leg_mut(slot).and_then(|leg| leg.presence.as_mut()) {
                presence.goes_out(now);
            }
            self.put_into_lobby(index, slot, Awaiting::Start);
        }
        let awaiting = Event::Put(Place::Lobby(Awaiting::Start));
        self.events.extend(waiting.into_iter().map(|slot| (slot, awaiting)));
        self.start_by_rules(index);
    }

    /// Lets the first who waits start the meeting, where anyone may: nobody else has to come for that.
    pub(super) fn start_by_rules(&mut self, index: RoomIndex) {
        let Some(room) = self.room_mut(index) else { return };
        let may = Role::Attendee.may_start(&room.card.rules);
        if may && room.phase() == MeetingPhase::Waiting && !room.waiting.is_empty() {
            let first = room.waiting.remove(0);
            self.enter_meeting(index, first, Role::Attendee, AdmittedBy::Rules);
        }
    }

    /// Files the record of a run that is over.
    fn file_run(&mut self, index: RoomIndex, ended: Option<EndReason>) {
        let (now, epoch) = (self.now, self.config.epoch);
        let record = self.room_mut(index).and_then(|room| room.end_run(now, epoch, ended));
        if let Some(record) = record {
            let record = Record::Meeting(record);
            self.outputs.push_back(Output::FileRecord(Box::new(record)));
        }
    }

    /// The meeting is over for all who are in it or wait for it.
    pub(super) fn end_meeting(&mut self, index: RoomIndex, reason: EndReason) {
        self.close_bridge(index);
        self.file_run(index, Some(reason));
        let now = self.now;
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let meeting = room.card.meeting;
        let mut slots = std::mem::take(&mut room.members);
        slots.append(&mut room.waiting);
        self.trace(None, Some(meeting), Happened::MeetingEnded { reason });
        for slot in slots {
            if let Some(leg) = self.leg_mut(slot) {
                leg.leave_meeting(now);
            }
            self.events.push_back((slot, Event::MeetingEnded(reason)));
        }
        self.close_if_empty(index);
    }

    fn close_bridge(&mut self, index: RoomIndex) {
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        if let Some(bridge) = room.bridge.take() {
            self.plane.close_bridge(bridge);
        }
        let _was_recorded = self.end_recording(index);
    }

    /// Ends a meeting's recording, if there is one.
    pub(super) fn end_recording(&mut self, index: RoomIndex) -> bool {
        let now = self.now;
        let Some(room) = self.room_mut(index) else { return false };
        let meeting = room.card.meeting;
        if let Some(run) = room.run.as_mut() {
            run.recorded += run.recording_since.take().map_or(Duration::ZERO, |at| now.since(at));
        }
        let was_recorded = self.recorded.remove(&meeting);
        if was_recorded {
            self.trace(None, Some(meeting), Happened::RecordingOff);
            self.outputs.push_back(Output::RecordingEnded(meeting));
        }
        was_recorded
    }

    fn close_if_empty(&mut self, index: RoomIndex) {
        let Some(room) = self.rooms[index.0 as usize].as_ref() else { return };
        if !room.is_empty() {
            return;
        }
        let meeting = room.card.meeting;
        self.set_end(index, None, None);
        self.close_bridge(index);
        if let Some(room) = self.rooms[index.0 as usize].take() {
            self.keep_guests(meeting, room.guests);
        }
        self.rooms_free.push(index.0);
        self.by_meeting.remove(&meeting);
        self.outputs.push_back(Output::MeetingClosed(meeting));
    }
}
