//! Another bridge's published table of who is in and who waits, held against this one in every configuration that both
//! can express; where they differ, it says why.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod support;

use std::collections::BTreeMap;

use holdline::domain::settings::{
    DialogueSettings, MeetingRules, StartRequires, WhenAuthenticatedLeft,
};
use holdline::domain::{LegId, Role};
use holdline::exchange::SoundMode;

use support::stage::{IDS, Stage};

const TABLE: &str = include_str!("oracle/asterisk-confbridge.csv");

/// What no meeting here can be in: it has one start rule, so its callers either all wait for someone entitled or none
/// of them does.
const NOT_EXPRESSIBLE: &[(&str, &str, &str)] = &[
    ("inactive", "join-unmarked", ""),
    ("single", "join-waitmarked", ""),
    ("single", "leave-unmarked", "waiting>0"),
    ("single", "leave-waitmarked", ""),
    ("multi-unmarked", "join-waitmarked", ""),
    ("multi-unmarked", "leave-waitmarked", ""),
];

/// A row that its own table makes impossible: of more than one active, one leaves, and neither an active nor a waiting one
/// is left.
const CANNOT_BE: &[(&str, &str, &str)] = &[("multi-marked", "leave-marked", "active=0;waiting=0")];

/// How many of each kind are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Crowd {
    unmarked: u32,
    waitmarked: u32,
    marked: u32,
}

impl Crowd {
    fn active(self) -> u32 {
        let let_in = if self.marked > 0 { self.waitmarked } else { 0 };
        self.unmarked + self.marked + let_in
    }

    fn waiting(self) -> u32 {
        if self.marked > 0 { 0 } else { self.waitmarked }
    }

    fn state(self) -> &'static str {
        state(self.marked, self.active(), self.waiting())
    }

    fn after(self, event: &str) -> Option<Self> {
        let mut after = self;
        let (deed, kind) = event.split_once('-').unwrap();
        let count = match kind {
            "unmarked" => &mut after.unmarked,
            "waitmarked" => &mut after.waitmarked,
            _marked => &mut after.marked,
        };
        *count = if deed == "join" { *count + 1 } else { count.checked_sub(1)? };
        Some(after)
    }

    fn holds(self, guard: &str) -> bool {
        guard.split(';').filter(|guard| !guard.is_empty()).all(|guard| {
            let (what, least) = guard.split_at(guard.find(['=', '>']).unwrap());
            let count = match what {
                "active" => self.active(),
                "waiting" => self.waiting(),
                _marked => self.marked,
            };
            let number: u32 = least[1..].parse().unwrap();
            if least.starts_with('=') { count == number } else { count > number }
        })
    }
}

fn state(marked: u32, active: u32, waiting: u32) -> &'static str {
    match (marked, active) {
        (0, 0) if waiting == 0 => "empty",
        (0, 0) => "inactive",
        (0, 1) => "single",
        (0, _more) => "multi-unmarked",
        (_some, 1) => "single-marked",
        (_some, _more) => "multi-marked",
    }
}

/// A meeting in which callers are of the kind that the crowd has, and whoever is marked is the organizer in the app.
struct Conference {
    stage: Stage,
    legs: BTreeMap<u64, &'static str>,
}

impl Conference {
    fn with(crowd: Crowd, event: &str) -> Self {
        let unmarked = crowd.unmarked > 0 || event.ends_with("-unmarked");
        let rules = MeetingRules {
            start_requires: match unmarked {
                true => StartRequires::Anyone,
                false => StartRequires::OrganizerPinOrApp,
            },
            when_authenticated_left: WhenAuthenticatedLeft::BackToLobby,
            ..MeetingRules::default()
        };
        let stage = Stage::new(&rules, DialogueSettings::default(), SoundMode::Durations);
        let mut conference = Self { stage, legs: BTreeMap::new() };
        for (kind, count) in [
            ("unmarked", crowd.unmarked),
            ("waitmarked", crowd.waitmarked),
            ("marked", crowd.marked),
        ] {
            (0..count).for_each(|_| conference.join(kind));
        }
        conference
    }

    fn join(&mut self, kind: &'static str) {
        let leg = self.legs.len() as u64 + 1;
        self.legs.insert(leg, kind);
        match kind {
            "marked" => self.stage.app(leg, 1, 0),
            _caller => self.stage.comes(leg, &format!("{}##", IDS[0])),
        }
    }

    fn happens(&mut self, event: &str) {
        let (deed, kind) = event.split_once('-').unwrap();
        let kind = ["unmarked", "waitmarked", "marked"].into_iter().find(|k| *k == kind).unwrap();
        if deed == "join" {
            return self.join(kind);
        }
        let leg = self.legs.iter().find(|(_, of)| **of == kind).map(|(leg, _)| *leg).unwrap();
        self.legs.remove(&leg);
        self.stage.hang_up(leg);
    }

    fn state(&self) -> &'static str {
        let is = |leg: &u64, wanted| self.stage.state(*leg) == Some(wanted);
        let count = |wanted, of: fn(&str) -> bool| {
            let legs = self.legs.iter().filter(|(leg, kind)| is(leg, wanted) && of(kind));
            u32::try_from(legs.count()).unwrap()
        };
        let marked = count("in-meeting", |kind| kind == "marked");
        state(marked, count("in-meeting", |_| true), count("in-lobby", |_| true))
    }
}

#[test]
fn who_is_in_and_who_waits_is_as_the_other_bridge_has_it() {
    let crowds: Vec<Crowd> = (0..4)
        .flat_map(|callers| (0..3).map(move |marked| (callers, marked)))
        .flat_map(|(callers, marked)| {
            let unmarked = Crowd { unmarked: callers, waitmarked: 0, marked };
            [unmarked, Crowd { unmarked: 0, waitmarked: callers, marked }]
        })
        .collect();
    let (mut rows, mut tried) = (0, 0);
    for line in TABLE.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let [from, event, guard, target] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        rows += 1;
        let fitting: Vec<Crowd> = crowds
            .iter()
            .copied()
            .filter(|crowd| crowd.state() == from)
            .filter(|crowd| !(crowd.unmarked > 0 && event.ends_with("-waitmarked")))
            .filter(|crowd| !(crowd.waitmarked > 0 && event.ends_with("-unmarked")))
            .filter(|crowd| crowd.after(event).is_some_and(|after| after.holds(guard)))
            .collect();
        if target == "invalid" {
            assert!(fitting.is_empty(), "{line}: nobody of that kind can be there: {fitting:?}");
            continue;
        }
        let row = (from, event, guard);
        let expressible = !NOT_EXPRESSIBLE.contains(&row) && !CANNOT_BE.contains(&row);
        assert_eq!(expressible, !fitting.is_empty(), "{line}: {fitting:?}");
        for crowd in fitting {
            let mut conference = Conference::with(crowd, event);
            assert_eq!(conference.state(), from, "{line}: {crowd:?}");
            conference.happens(event);
            assert_eq!(conference.state(), target, "{line}: {crowd:?}");
            conference.stage.assert_whole();
            tried += 1;
        }
    }
    assert_eq!(rows, 46);
    assert!(tried > 60, "{tried}");
}

/// Where we differ on purpose: by default the meeting goes on without its organizer, as the behaviour we model has it;
/// the other bridge's way is the end rule `back-to-lobby`, held against the table above.
#[test]
fn by_default_the_meeting_goes_on_without_its_organizer() {
    let rules = MeetingRules::default();
    let mut stage = Stage::new(&rules, DialogueSettings::default(), SoundMode::Durations);
    stage.caller_comes(2);
    stage.app(1, 1, 0);
    stage.hang_up(1);
    assert_eq!(stage.state(2), Some("in-meeting"));
    let role = stage.trace.iter().find_map(|event| match event.happened {
        holdline::exchange::Happened::Admitted { role } if event.leg == Some(LegId::new(2)) => {
            Some(role)
        }
        _ => None,
    });
    assert_eq!(role, Some(Role::Attendee));
}
