//! What is outside the exchange: the one who answers its questions and files its records, and what the world does about its
//! orders.

use std::time::Duration;

use super::agenda::Happening;
use super::faults::QuestionFate;
use super::phones::place_of;
use super::world::World;
use crate::domain::{Answer, Question, Record, Ticket, UtcTime};
use crate::exchange::{Input, Output};
use crate::media::plane::Sound;

/// What is outside the exchange and the callers: the one who answers questions and files records.
pub trait Outside {
    /// Answers a question of the exchange.
    fn answer(&mut self, question: &Question, now: UtcTime) -> Answer;

    /// Puts a record on file.
    fn file(&mut self, record: Record);
}

impl World<'_> {
    /// Carries out what the exchange wants, and hands each phone its sound.
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            self.carry_out(output);
        }
        let mut shared = std::mem::take(&mut self.shared);
        while let Some((leg, sound)) = self.exchange.poll_audio() {
            let place = place_of(leg);
            let Some(seat) = self.seats.get_mut(place) else { continue };
            match sound {
                Sound::Own(frame) => seat.frame = Some(*frame),
                Sound::Shared(id) => shared.push((place, id)),
            }
        }
        for (place, id) in shared.drain(..) {
            self.seats[place].frame = Some(*self.exchange.frame(id));
        }
        self.shared = shared;
        while let Some((meeting, frame)) = self.exchange.poll_recording() {
            self.recordings.entry(meeting).or_default().extend_from_slice(&frame.0);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Answer { leg } => {
                let at = self.now + self.config.answers_after;
                self.agenda.add(at, Happening::Brings(Input::Answered { leg }));
            }
            Output::HangUp { leg, cause } => {
                let now = self.now;
                let seat = self.seats.get_mut(place_of(leg));
                if let Some(seat) = seat.filter(|seat| seat.left.is_none()) {
                    seat.left = Some((now, cause));
                }
            }
            Output::Ask { ticket, question } => self.answer(ticket, &question),
            Output::FileRecord(record) => self.outside.file(*record),
            Output::MeetingOpened(_)
            | Output::MeetingClosed(_)
            | Output::RecordingEnded(_)
            // There is one exchange in a world, and it owns every meeting.
            | Output::HandedOver(_) => {}
            Output::Trace(event) => {
                (self.on_event)(&event);
                self.trace.push(event);
            }
            Output::Journal(entry) => self.journal.push(entry),
            Output::Broken(violation) => self.broken.push((self.now, violation)),
        }
    }

    fn answer(&mut self, ticket: Ticket, question: &Question) {
        let takes = match question {
            Question::MayCall { .. } | Question::FindMeeting { .. } => self.config.find_takes,
            Question::VerifyPin { .. } => self.config.pin_check_takes,
        };
        let answer = |world: &mut Self, more: Duration| {
            let answer = world.outside.answer(question, world.utc());
            (takes + more, answer)
        };
        let (takes, answer) = match self.config.faults.question(&mut self.rng) {
            QuestionFate::Gone => return,
            QuestionFate::Unavailable => (takes, Answer::Unavailable),
            QuestionFate::Answered => answer(self, Duration::ZERO),
            QuestionFate::AnsweredAfter(more) => answer(self, more),
        };
        let answered = Happening::Brings(Input::Answer { ticket, answer });
        self.agenda.add(self.now + takes, answered);
    }
}
