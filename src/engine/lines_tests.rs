//! Tests of lines: a door that is behind is told how it stands as soon as it listens again, and always why a call is over.
#![allow(clippy::wildcard_enum_match_arm, reason = "what is told is shown, whatever it is")]

use super::*;
use crate::domain::Uptime;
use crate::engine::line::LINE_EVENTS_MAX;
use crate::engine::trunk::{TRUNK_BATCHES_MAX, TRUNK_EVENTS_MAX, Trunk};
use crate::exchange::TraceEvent;

const LEG: LegId = LegId::new(7);

fn line() -> (Lines, mpsc::Receiver<LineEvent>) {
    let mut lines = Lines::new(0, Arc::default());
    let (events, receiver) = mpsc::channel(LINE_EVENTS_MAX + LAST_WORD);
    lines.insert(LEG, Line::new(Way::Alone(events), Telling::Told));
    (lines, receiver)
}

fn happened(happened: Happened) -> LineEvent {
    let at = Uptime::default();
    LineEvent::Happened(Box::new(TraceEvent { at, leg: Some(LEG), meeting: None, happened }))
}

fn state(state: &'static str) -> LineEvent {
    happened(Happened::State { state })
}

fn presence(muted: bool) -> LineEvent {
    happened(Happened::Presence { muted, silenced: false, hand_raised: false })
}

fn room(members: u32) -> LineEvent {
    LineEvent::Room { members, waiting: 0 }
}

fn frames(lines: &mut Lines, count: usize) {
    (0..count).for_each(|_| lines.give(0, LEG, &Frame::SILENCE, None));
}

/// What was told, in words; frames apart.
fn told(receiver: &mut mpsc::Receiver<LineEvent>) -> (usize, Vec<String>) {
    let (mut frames, mut told) = (0, Vec::new());
    while let Ok(event) = receiver.try_recv() {
        match event {
            LineEvent::Frame(_) => frames += 1,
            LineEvent::Happened(event) => match event.happened {
                Happened::State { state } => told.push(state.to_owned()),
                Happened::Presence { muted, .. } => told.push(format!("muted {muted}")),
                other => told.push(format!("{other:?}")),
            },
            LineEvent::Room { members, .. } => told.push(format!("{members} in the room")),
            LineEvent::HungUp(cause) => told.push(cause.name().to_owned()),
            other => told.push(format!("{other:?}")),
        }
    }
    (frames, told)
}

#[test]
fn how_it_stands_is_told_to_a_slow_door_when_it_listens_again() {
    let (mut lines, mut receiver) = line();
    frames(&mut lines, LINE_EVENTS_MAX + 5);
    for event in [state("in-lobby"), presence(true), room(1), state("in-meeting"), room(2)] {
        assert!(lines.tell(LEG, event), "it comes later");
    }
    assert!(!lines.tell(LEG, happened(Happened::MusicOn)), "that is of the moment");
    assert_eq!(told(&mut receiver), (LINE_EVENTS_MAX, vec![]));
    frames(&mut lines, 1);
    let last = ["muted true", "in-meeting", "2 in the room"].map(str::to_owned);
    assert_eq!(told(&mut receiver), (1, last.to_vec()));
    assert_eq!(lines.counts.frames_not_taken.load(Ordering::Relaxed), 5);
}

#[test]
fn what_is_owed_is_not_overtaken_and_goes_with_a_leg_that_moves() {
    let (mut lines, mut receiver) = line();
    frames(&mut lines, LINE_EVENTS_MAX);
    assert!(lines.tell(LEG, state("in-lobby")));
    let (mut elsewhere, moved) = (Lines::new(1, Arc::default()), lines.remove(LEG).unwrap());
    elsewhere.insert(LEG, moved);
    assert_eq!(told(&mut receiver).1, Vec::<String>::new());
    assert!(elsewhere.tell(LEG, state("in-meeting")));
    assert_eq!(told(&mut receiver).1, ["in-lobby", "in-meeting"]);
}

#[test]
fn why_a_call_is_over_always_fits() {
    let (mut lines, mut receiver) = line();
    frames(&mut lines, LINE_EVENTS_MAX + 5);
    assert!(lines.tell(LEG, state("goodbye")));
    assert!(lines.tell(LEG, LineEvent::HungUp(HangupCause::MeetingCancelled)));
    lines.remove(LEG);
    assert_eq!(told(&mut receiver), (LINE_EVENTS_MAX, vec!["meeting-cancelled".to_owned()]));
    assert!(receiver.is_closed());
}

fn lines() -> (Lines, Arc<EngineCounts>) {
    let counts = Arc::<EngineCounts>::default();
    (Lines::new(0, Arc::clone(&counts)), counts)
}

fn on_trunk(trunk: &Trunk) -> Line {
    Line::new(Way::Trunk(Arc::clone(&trunk.way)), Telling::SoundOnly)
}

/// What must come is owed, also of a leg that has gone, and comes when there is room; what is for the eye does not.
#[test]
fn a_trunk_that_nobody_reads_is_owed_what_must_come() {
    let ((mut lines, _counts), mut trunk) = (lines(), Trunk::new());
    let [one, ends, looks] = [1, 2, 3].map(LegId::new);
    [one, ends, looks].into_iter().for_each(|leg| lines.insert(leg, on_trunk(&trunk)));
    assert!((0..TRUNK_EVENTS_MAX).all(|_| lines.tell(one, LineEvent::Answer)));
    assert!(lines.tell(ends, LineEvent::HungUp(HangupCause::Removed)));
    assert!(lines.remove(ends).is_some());
    assert!(!lines.tell(looks, LineEvent::Room { members: 1, waiting: 0 }));
    lines.send_batches();
    let answers =
        (0..).take_while(|_| matches!(trunk.events.try_recv(), Ok((_, LineEvent::Answer))));
    assert_eq!(answers.count(), TRUNK_EVENTS_MAX);
    lines.send_batches();
    let paid = trunk.events.try_recv();
    assert!(matches!(paid, Ok((leg, LineEvent::HungUp(_))) if leg == ends), "{paid:?}");
    assert!(trunk.events.try_recv().is_err());
}

/// The sound of a tick that finds no room is dropped whole, and each frame of it counted.
#[test]
fn a_trunk_that_nobody_reads_loses_the_newest_ticks() {
    let ((mut lines, counts), mut trunk) = (lines(), Trunk::new());
    let legs = [1, 2, 3].map(LegId::new);
    legs.into_iter().for_each(|leg| lines.insert(leg, on_trunk(&trunk)));
    for tick in 0..TRUNK_BATCHES_MAX + 2 {
        let frame = Frame([i16::try_from(tick).unwrap(); Frame::SAMPLES]);
        for (slot, leg) in (0..).zip(legs) {
            lines.give(slot, leg, &frame, Some(FrameId(0)));
        }
        lines.send_batches();
    }
    assert_eq!(counts.frames_not_taken.load(Ordering::Relaxed), 2 * 3);
    for tick in 0..TRUNK_BATCHES_MAX {
        let batch = trunk.sound.try_recv().unwrap();
        let heard: Vec<usize> = batch.iter().map(|(_, frame)| frame.0[0] as usize).collect();
        assert_eq!(heard, [tick; 3]);
    }
    assert!(trunk.sound.try_recv().is_err());
}
