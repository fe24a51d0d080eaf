//! Journals: what was late, what was cut off, what is taken out of them and put together.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::time::Duration;

use holdline::domain::settings::{DialogueSettings, MeetingRules};
use holdline::exchange::{Happened, Journal, Output, SoundMode};

use support::journals::replays_whole_and_in_parts;
use support::stage::{IDS, Stage};

const ANN: u64 = 1;

/// A driver that slept for seconds skips ticks; where it woke up, prompts begin and end at the same times in a replay.
#[test]
fn a_driver_that_was_late_is_as_late_again() {
    for sleeps_ms in [550, 1_000, 7_003, 61_019] {
        let mut stage =
            Stage::new(&MeetingRules::default(), DialogueSettings::default(), SoundMode::Frames);
        stage.comes(ANN, &format!("{}##", IDS[0]));
        assert_eq!(stage.state(ANN), Some("in-lobby"));
        stage.now = stage.now + Duration::from_millis(sleeps_ms);
        while stage.exchange.next_deadline().is_some_and(|(at, _)| at <= stage.now) {
            stage.exchange.advance(stage.now);
            while let Some(output) = stage.exchange.poll_output() {
                match output {
                    Output::Trace(event) => stage.trace.push(event),
                    Output::Journal(entry) => stage.journal.push(entry),
                    other => panic!("{other:?}"),
                }
            }
            while stage.exchange.poll_audio().is_some() {}
        }
        stage.keys(ANN, "5");
        stage.seconds(90);
        stage.hang_up(ANN);
        let skipped = |event: &holdline::exchange::TraceEvent| {
            matches!(event.happened, Happened::TicksSkipped { .. })
        };
        assert!(stage.trace.iter().any(skipped), "{sleeps_ms} ms");
        let journal = Journal::parse(&stage.written_journal()).unwrap();
        replays_whole_and_in_parts(&journal, &stage.trace).unwrap();
    }
}
