//! What the ears find amiss in a run whose trace says something else than what was heard.

use super::tests::{scenario, stage};
use super::*;
use crate::domain::{MeetingId, Role};
use crate::exchange::Happened;

const MEETING: &str = "    Given Megan organizes meeting 147852036\n    When Ann dials in and keys {ID}##\n    And 5 seconds pass\n    \
     And Megan dials in and keys {ID}#*{PIN}#\n    Then Megan is in the meeting\n    When Megan speaks for 2 seconds\n    And 5 \
     seconds pass\n";

fn run() -> Replayed {
    let replayed = replay(&scenario(MEETING), &stage(SoundWanted::Always));
    assert_eq!(what_is_amiss(&replayed), None);
    replayed
}

fn leg(replayed: &Replayed, name: &str) -> LegId {
    replayed.calls.iter().find(|call| call.name == name).unwrap().leg
}

/// What is amiss when every such event of somebody was another one.
fn amiss_if(name: &str, change: impl Fn(&mut TraceEvent)) -> String {
    let mut replayed = run();
    let leg = leg(&replayed, name);
    let of = replayed.report.trace.iter_mut().filter(|event| event.leg == Some(leg));
    of.for_each(change);
    what_is_amiss(&replayed).unwrap_or_default()
}

#[test]
fn whoever_is_elsewhere_must_not_be_heard() {
    let amiss = amiss_if("Megan", |event| {
        if matches!(event.happened, Happened::Admitted { .. }) {
            event.meeting = Some(MeetingId::new(99));
        }
    });
    assert!(amiss.starts_with("Ann hears Megan at "), "{amiss}");
}

#[test]
fn nobody_hears_themself() {
    let mut replayed = run();
    let (megan, ann) = (leg(&replayed, "Megan"), leg(&replayed, "Ann"));
    let voice = |leg| replayed.calls.iter().find(|call| call.leg == leg).unwrap().voice_hz;
    let (megans, anns) = (voice(megan), voice(ann));
    // As if what is heard was Ann's voice.
    for call in &mut replayed.calls {
        call.voice_hz = if call.leg == ann { megans } else { anns };
    }
    let amiss = what_is_amiss(&replayed).unwrap_or_default();
    assert!(amiss.starts_with("Ann hears themself at "), "{amiss}");
}

#[test]
fn whoever_is_muted_is_not_heard() {
    let mut replayed = run();
    let megan = leg(&replayed, "Megan");
    let trace = &mut replayed.report.trace;
    let admitted = |event: &TraceEvent| {
        event.leg == Some(megan) && matches!(event.happened, Happened::Admitted { .. })
    };
    let place = trace.iter().position(admitted).unwrap();
    let muted = Happened::Presence { muted: true, silenced: false, hand_raised: false };
    trace.insert(place + 1, TraceEvent { happened: muted, ..trace[place].clone() });
    let amiss = what_is_amiss(&replayed).unwrap_or_default();
    assert!(amiss.starts_with("Ann hears Megan, who is muted, at "), "{amiss}");
}

#[test]
fn whoever_waits_hears_something() {
    let nobody_speaks = MEETING.replace("When Megan speaks for 2 seconds", "When 2 seconds pass");
    let mut replayed = replay(&scenario(&nobody_speaks), &stage(SoundWanted::Always));
    // As if Megan waited where nobody speaks.
    for event in &mut replayed.report.trace {
        if let Happened::Admitted { role: Role::Organizer } = event.happened {
            event.happened = Happened::Lobby;
        }
    }
    let amiss = what_is_amiss(&replayed).unwrap_or_default();
    assert!(amiss.starts_with("Megan waits and hears nothing at "), "{amiss}");
}

#[test]
fn every_call_ends_once_and_whoever_is_there_when_the_process_dies_need_not() {
    let again = amiss_if("Ann", |event| {
        if let Happened::Left { .. } = event.happened {
            event.happened = Happened::Lobby;
        }
    });
    assert_eq!(again, "Ann has 0 ends");
    let restarts = format!("{MEETING}    When the process restarts\n");
    let replayed = replay(&scenario(&restarts), &stage(SoundWanted::Always));
    assert_eq!(what_is_amiss(&replayed), None);
    assert!(!replayed.report.trace.iter().any(|it| matches!(it.happened, Happened::Left { .. })));
}

/// Also what was before a restart can be replayed.
#[test]
fn each_life_has_its_journal_and_its_trace() {
    let text = "    Given Megan organizes meeting 147852036\n    When Ann dials in and keys {ID}##\n    And 5 seconds pass\n    And the \
                process restarts\n    And Bob dials in and keys {ID}##\n    And 5 seconds pass\n";
    let stage = stage(SoundWanted::WhereNeeded);
    let replayed = replay(&scenario(text), &stage);
    let lives: Vec<_> = replayed.report.lives().collect();
    assert_eq!(lives.len(), 2);
    for ((journal, trace), name) in lives.into_iter().zip(["Ann", "Bob"]) {
        let leg = leg(&replayed, name);
        assert_eq!(journal.legs().into_iter().collect::<Vec<_>>(), [leg]);
        assert!(trace.iter().all(|event| event.leg.is_none_or(|it| it == leg)));
        let last = journal.entries.last().unwrap().at;
        let brought = trace.iter().take_while(|event| event.at <= last);
        let again = crate::exchange::replay(journal, Arc::clone(&stage.sounds)).unwrap();
        assert!(again.iter().eq(brought), "{name}");
    }
}
