//! What happens to whole meetings: putting a leg where it belongs, the start that admits everybody in one step, the
//! ends.

use super::agenda::{Due, DueKind};
use super::room::{Belongs, Room, RoomIndex};
use super::{Exchange, Happened, Output};
use crate::domain::limits::MEETINGS_MAX;
use crate::domain::meeting::{MeetingEvent, MeetingStep};
use crate::domain::settings::{Admission, Announce, Recording};
use crate::domain::{EndReason, MeetingCard, Role};
use crate::ivr::{Company, Event, Place, Refusal};
use crate::media::sounds::ToneId;

impl Exchange {
    /// Puts a leg where someone in that role belongs.
    pub(super) fn place(&mut self, slot: u32, role: Role) {
        let Some(card) = self.leg_mut(slot).and_then(|leg| leg.found.take()) else { return };
        let Some(index) = self.room_for(*card) else {
            let refused = Place::Nowhere(Refusal::BridgeFull);
            self.events.push_back((slot, Event::Put(refused)));
            return;
        };
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        match room.belongs(role) {
            Belongs::Meeting => {
                self.enter_meeting(index, slot, role);
            }
            Belongs::Lobby => {
                room.waiting.push(slot);
                self.bind(slot, index, role);
                self.put_into_lobby(index, slot);
            }
            Belongs::Nowhere => {
                let refused = Place::Nowhere(Refusal::MeetingFull);
                self.events.push_back((slot, Event::Put(refused)));
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
    fn enter_meeting(&mut self, index: RoomIndex, slot: u32, role: Role) {
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
            self.start(index);
        }
        self.put_into_meeting(index, slot, if alone { Company::Alone } else { Company::Others });
        if step == MeetingStep::Started {
            self.admit_waiting(index);
        }
        self.announce(index, ToneId::Entry);
    }

    fn start(&mut self, index: RoomIndex) {
        let bridge = self.plane.open_bridge();
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        room.bridge = Some(bridge);
        let meeting = room.card.meeting;
        match room.card.rules.recording {
            Recording::FromStart => {
                self.recorded.insert(meeting);
                self.trace(None, Some(meeting), Happened::RecordingOn);
            }
            Recording::Off => {}
        }
    }

    /// Everybody who waits is in, in this one step, when the rules have it so.
    fn admit_waiting(&mut self, index: RoomIndex) {
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        match room.card.rules.admission {
            Admission::OnCommand => {}
            Admission::OnStart => {
                let waiting = std::mem::take(&mut room.waiting);
                room.members.extend(&waiting);
                for slot in waiting {
                    self.put_into_meeting(index, slot, Company::Others);
                }
            }
        }
    }

    fn put_into_meeting(&mut self, index: RoomIndex, slot: u32, company: Company) {
        let meeting = self.rooms[index.0 as usize].as_ref().map(|room| room.card.meeting);
        let Some((id, role)) = self.leg(slot).and_then(|leg| Some((leg.id, leg.role?))) else {
            return;
        };
        self.trace(Some(id), meeting, Happened::Admitted { role });
        self.events.push_back((slot, Event::Put(Place::Meeting(role, company))));
    }

    fn put_into_lobby(&mut self, index: RoomIndex, slot: u32) {
        let meeting = self.rooms[index.0 as usize].as_ref().map(|room| room.card.meeting);
        let id = self.leg(slot).map(|leg| leg.id);
        self.trace(id, meeting, Happened::Lobby);
        self.events.push_back((slot, Event::Put(Place::Lobby)));
    }

    /// A leg is gone from its room.
    pub(super) fn leave_room(&mut self, index: RoomIndex, slot: u32, role: Role) {
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
                    self.announce(index, ToneId::Exit);
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
        self.stopping = true;
        let slots: Vec<u32> =
            (0..).zip(&self.legs).filter(|(_, leg)| leg.is_some()).map(|(slot, _)| slot).collect();
        let rooms: Vec<_> = self.by_meeting.values().copied().collect();
        for index in rooms {
            self.meeting_event(index, MeetingEvent::Stop);
            self.end_meeting(index, EndReason::Stopping);
        }
        for slot in slots {
            self.events.push_back((slot, Event::Stop));
        }
    }

    /// Gives a meeting's life an event; keeps its end on the agenda.
    fn meeting_event(&mut self, index: RoomIndex, event: MeetingEvent) -> MeetingStep {
        let now = self.now;
        let Some(room) = self.rooms[index.0 as usize].as_mut() else {
            return MeetingStep::Unchanged;
        };
        let step = room.life.handle(now, event, &room.card.rules);
        let ends_at = room.life.ends_at(&room.card.rules);
        let old = std::mem::replace(&mut room.ends_at, ends_at);
        let due = |at| Due { at, kind: DueKind::MeetingEnd, whose: index.0 };
        if old != ends_at {
            old.into_iter().for_each(|at| self.agenda.cancel(due(at)));
            ends_at.into_iter().for_each(|at| self.agenda.add(due(at)));
        }
        step
    }

    /// Members go back to the lobby until someone entitled comes.
    fn wait_again(&mut self, index: RoomIndex) {
        self.close_bridge(index);
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let members = std::mem::take(&mut room.members);
        room.waiting.extend(&members);
        let meeting = room.card.meeting;
        self.trace(None, Some(meeting), Happened::MeetingWaits);
        for slot in members {
            self.put_into_lobby(index, slot);
        }
    }

    /// The meeting is over for all who are in it or wait for it.
    fn end_meeting(&mut self, index: RoomIndex, reason: EndReason) {
        self.close_bridge(index);
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let meeting = room.card.meeting;
        let mut slots = std::mem::take(&mut room.members);
        slots.append(&mut room.waiting);
        self.trace(None, Some(meeting), Happened::MeetingEnded { reason });
        for slot in slots {
            if let Some(leg) = self.leg_mut(slot) {
                leg.room = None;
            }
            self.events.push_back((slot, Event::MeetingEnded(reason)));
        }
        self.close_if_empty(index);
    }

    fn close_bridge(&mut self, index: RoomIndex) {
        let Some(room) = self.rooms[index.0 as usize].as_mut() else { return };
        let (meeting, bridge) = (room.card.meeting, room.bridge.take());
        if let Some(bridge) = bridge {
            self.plane.close_bridge(bridge);
        }
        if self.recorded.remove(&meeting) {
            self.trace(None, Some(meeting), Happened::RecordingOff);
        }
    }

    fn close_if_empty(&mut self, index: RoomIndex) {
        let Some(room) = self.rooms[index.0 as usize].as_ref() else { return };
        if !room.is_empty() {
            return;
        }
        let (meeting, ends_at) = (room.card.meeting, room.ends_at);
        if let Some(at) = ends_at {
            self.agenda.cancel(Due { at, kind: DueKind::MeetingEnd, whose: index.0 });
        }
        self.close_bridge(index);
        self.rooms[index.0 as usize] = None;
        self.rooms_free.push(index.0);
        self.by_meeting.remove(&meeting);
        self.outputs.push_back(Output::MeetingClosed(meeting));
    }

    fn announce(&mut self, index: RoomIndex, tone: ToneId) {
        let Some(room) = self.rooms[index.0 as usize].as_ref() else { return };
        let (meeting, bridge) = (room.card.meeting, room.bridge);
        match (room.card.rules.announce, bridge) {
            (Announce::Tones, Some(bridge)) => {
                if self.plane.announce(bridge, tone, self.next_tick) {
                    self.trace(None, Some(meeting), Happened::Tone { tone: tone.name() });
                }
            }
            (Announce::Tones, None) | (Announce::Off, _) => {}
        }
    }
}
