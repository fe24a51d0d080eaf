//! The page and the diagram of a small story.

use super::*;
use crate::domain::{HangupCause, LegId, MeetingId, PromptId, Role};
use crate::exchange::{Happened, TraceEvent};
use crate::report::CallerTrack;
use crate::report::ladder;
use crate::report::rows::{Row, What, bounded, rows};

fn event(at_ms: u64, leg: u64, happened: Happened) -> TraceEvent {
    TraceEvent {
        at: Uptime::from_millis(at_ms),
        leg: Some(LegId::new(leg)),
        meeting: Some(MeetingId::new(1)),
        happened,
    }
}

/// One who keys a PIN of twelve digits and starts; another who is let in.
fn trace() -> Vec<TraceEvent> {
    let mut trace = vec![
        event(100, 1, Happened::Answered),
        event(100, 1, Happened::State { state: "entering-conference-id" }),
        event(100, 1, Happened::Prompt { prompt: PromptId::Welcome }),
        event(200, 2, Happened::State { state: "in-lobby" }),
        event(200, 2, Happened::MusicOn),
        event(30_000, 1, Happened::State { state: "entering-pin" }),
    ];
    trace.extend((0..12).map(|n| event(30_100 + n, 1, Happened::Key { key: 'x' })));
    trace.extend([
        event(30_200, 1, Happened::Key { key: '#' }),
        event(30_300, 1, Happened::PinAccepted),
        event(30_300, 1, Happened::MeetingStarted { by: Role::Organizer }),
        event(30_300, 1, Happened::Admitted { role: Role::Organizer }),
        event(30_300, 2, Happened::Admitted { role: Role::Attendee }),
        event(40_000, 2, Happened::Left { cause: HangupCause::CallerHungUp, q850: 16 }),
    ]);
    trace
}

fn story(trace: &[TraceEvent]) -> Story<'_> {
    let caller = |number: u64, name| CallerTrack {
        leg: LegId::new(number),
        name,
        number: None,
        voice_hz: 500,
        answered_at: Some(Uptime::from_millis(100)),
        left: None,
        heard: &[1_000; 1_600],
    };
    Story {
        title: "A <story> & more",
        summary: "Two callers.",
        callers: vec![caller(1, "Ann"), caller(2, "<Bob>")],
        trace,
        recording: Some(&[500; 800]),
    }
}

#[test]
fn a_pin_is_drawn_as_so_many_dots_whatever_its_length() {
    let trace = trace();
    let keys: Vec<String> = rows(&story(&trace))
        .into_iter()
        .filter_map(|row| match row {
            Row::At(_, items) => items.into_iter().find_map(|item| match item.what {
                What::Keys { keys, .. } => Some(keys),
                _ => None,
            }),
            Row::Break(_) | Row::Fails(_) | Row::LeftOut(_) => None,
        })
        .collect();
    assert_eq!(keys, ["•••••#"]);
    assert_eq!(ladder::svg(&story(&trace)).matches("class=\"dot\"").count(), 5);
}

/// All is keyed in one go, so no state tells where the PIN begins.
#[test]
fn a_pin_typed_ahead_is_drawn_as_so_many_dots_too() {
    let mut trace = vec![event(100, 1, Happened::Answered)];
    let keys = "xxxxxxxxx#*xxxxxxxxxxxx#".chars();
    trace.extend(keys.zip(200..).map(|(key, at_ms)| event(at_ms, 1, Happened::Key { key })));
    trace.push(event(
        300,
        1,
        Happened::MeetingFound { conference_id: "147852036".parse().unwrap() },
    ));
    let svg = ladder::svg(&story(&trace));
    assert_eq!(svg.matches("class=\"dot\"").count(), 9 + 5);
    assert_eq!(svg.matches("class=\"key\"").count(), 3);
}

fn at(seconds: u64) -> Row {
    Row::At(Uptime::from_millis(seconds * 1_000), Vec::new())
}

#[test]
fn a_failure_stands_behind_what_was_before_it_and_a_long_run_keeps_what_led_to_it() {
    let fails = |seconds: u64| Row::Fails(Uptime::from_millis(seconds * 1_000));
    let rows = bounded(vec![at(1), Row::Break(29), at(30)], Some(Uptime::from_millis(5_000)));
    assert_eq!(rows, [at(1), fails(5), Row::Break(29), at(30)]);
    let rows = bounded(vec![at(1), at(30)], Some(Uptime::from_millis(30_000)));
    assert_eq!(rows, [at(1), at(30), fails(30)]);
    assert_eq!(bounded(vec![at(1), at(30)], None), [at(1), at(30)]);

    let long = || (0..10_000).map(at).collect::<Vec<_>>();
    let rows = bounded(long(), Some(Uptime::from_millis(5_000_500)));
    let place = rows.iter().position(|row| matches!(row, Row::Fails(_))).unwrap();
    assert_eq!(
        (rows[0].clone(), rows[place - 1].clone(), rows[place + 1].clone()),
        (at(0), at(5_000), at(5_001))
    );
    assert!(rows.len() <= 482, "{}", rows.len());
    let left_out: usize =
        rows.iter().map(|row| if let Row::LeftOut(n) = row { *n } else { 0 }).sum();
    assert_eq!(left_out + rows.len() - 2, 10_001, "every row is there or counted");
    let rows = bounded(long(), None);
    assert_eq!((rows.len(), rows.last()), (481, Some(&at(9_999))));
}

#[test]
fn no_two_things_share_a_place_and_a_long_wait_is_a_break() {
    let trace = trace();
    let rows = rows(&story(&trace));
    assert!(rows.contains(&Row::Break(29)), "{rows:?}");
    for row in &rows {
        if let Row::At(_, items) = row {
            let mut columns: Vec<_> = items.iter().map(|item| item.column).collect();
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), items.len(), "{row:?}");
        }
    }
}

#[test]
fn the_page_stands_alone_and_escapes_what_it_is_given() {
    let trace = trace();
    let html = page(&story(&trace));
    assert!(html.contains("&#60;Bob&#62;") || html.contains("&lt;Bob&gt;"));
    assert!(!html.contains("<Bob>") && !html.contains("<story>"));
    for outside in ["http://", "https://", "<script", "<link"] {
        let allowed = html.matches("http://www.w3.org/2000/svg").count();
        let found = html.matches(outside).count();
        assert_eq!(found, if outside == "http://" { allowed } else { 0 }, "{outside}");
    }
    assert_eq!(html.matches("<audio").count(), 3);
    assert_eq!(html, page(&story(&trace)), "the same story gives the same bytes");
}

#[test]
fn the_diagrams_tags_are_balanced() {
    let trace = trace();
    let svg = ladder::svg(&story(&trace));
    let mut open: Vec<&str> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let (head, _) = tag.split_once('>').unwrap();
        let name = head.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match (head.starts_with('/'), head.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "{tag}"),
            (false, true) => {}
            (false, false) => open.push(name),
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}
