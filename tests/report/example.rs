//! A run of some sixty scenarios as a report takes it: verdicts written by hand, stories and sound from real worlds.

use std::time::Duration;

use holdline::caller::story::{Telling, cast};
use holdline::caller::{Comes, Deed, Script};
use holdline::domain::settings::{MeetingRules, Recording, StartRequires};
use holdline::domain::{LegId, Uptime, UserId};
use holdline::report::suite::{
    Broken, Cucumber, Files, Junit, Page, Paint, Shown, SoundPlace, Totals, closing, failure,
    fragment, ladder, line,
};
use holdline::report::{CallerTrack, Story};
use holdline::scenario::{Failure, StepOutcome, StepVerdict, Verdict};
use holdline::sim::{Report, World};

use crate::support::*;

/// Twelve digits: five turn up by chance in a time or a picture.
pub const LONG_PIN: &str = "907351846294";
pub const WRONG_PINS: [&str; 3] = ["583920174652", "274619385027", "640182739516"];
pub const SEED: u64 = 42;

/// The story with real prompts and music.
pub fn told() -> Report {
    let rules = MeetingRules { recording: Recording::FromStart, ..MeetingRules::default() };
    let mut office = Office::with_rules(rules.clone());
    office.meetings = vec![(card(1, CONFERENCE_ID, rules), LONG_PIN.to_owned())];
    let telling = Telling {
        pin: LONG_PIN.to_owned(),
        wrong_pins: WRONG_PINS.map(str::to_owned),
        ..telling()
    };
    World::new(world_config(), sounds(), &cast(&telling), &mut office).run()
}

/// Forty who call at once, one of them by the app, where anybody may start.
pub fn crowd() -> Report {
    let rules = MeetingRules { start_requires: StartRequires::Anyone, ..MeetingRules::default() };
    let mut office = Office::with_rules(rules);
    let scripts: Vec<Script> = (0..40_u64)
        .map(|n| {
            let name = format!("Caller {}", n + 1);
            let keys = Deed::keys(&format!("{CONFERENCE_ID}#"));
            let deeds = vec![wait(1), keys, wait(20), Deed::HangUp];
            let mut script = caller(&name, 400 + 20 * n as u32, 100 * n, deeds);
            if n == 3 {
                script.comes = Comes::ByApp(UserId::new(9), CONFERENCE_ID.parse().unwrap());
                script.deeds = vec![wait(20), Deed::HangUp];
            }
            script
        })
        .collect();
    run(world_config(), &scripts, &mut office)
}

/// A story of what became of a world; `heard` decides whether its sound is kept.
pub fn story<'a>(report: &'a Report, title: &'a str, heard: bool) -> Story<'a> {
    let callers = report.seats.iter().map(|seat| CallerTrack {
        leg: seat.leg,
        name: seat.caller.name(),
        number: NUMBERS
            .iter()
            .find(|(name, _)| *name == seat.caller.name())
            .map(|(_, n)| n.parse().unwrap()),
        voice_hz: 500,
        answered_at: seat.answered_at,
        left: seat.left,
        // Lives as long as the test: a story borrows what was heard.
        heard: if heard { seat.heard.samples().leak() } else { &[] },
    });
    Story {
        title,
        summary: "What a scenario did.",
        callers: callers.collect(),
        trace: &report.trace,
        recording: None,
    }
}

const NUMBERS: [(&str, &str); 3] =
    [("first", "+14255550170"), ("second", "+14255550171"), ("organizer", "+14255550173")];

/// The last events before an instant, as a failure tells them.
pub fn last_events(report: &Report, at: Uptime) -> Vec<String> {
    let name = |leg: LegId| leg.to_string();
    let before = report.trace.iter().filter(|event| event.at <= at);
    let lines: Vec<String> = before.map(|event| event.to_json(name)).collect();
    lines[lines.len().saturating_sub(8)..].to_vec()
}

/// One scenario of the example: its verdict, which world it shows, with sound or without.
pub struct Case {
    pub verdict: Verdict,
    pub world: Which,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Nothing,
    Told,
    ToldWithoutSound,
    Crowd,
}

pub fn verdict(path: &str, line: usize, feature: &str, name: &str, lasted_ms: u64) -> Verdict {
    let step = |place: usize, keyword: &str, text: &str, from_ms: u64, until_ms: u64| StepVerdict {
        keyword: keyword.to_owned(),
        text: text.to_owned(),
        table: Vec::new(),
        line: line + 1 + place,
        column: 5,
        outcome: StepOutcome::Passed,
        from: Uptime::from_millis(from_ms),
        until: Uptime::from_millis(until_ms),
    };
    Verdict {
        path: path.to_owned(),
        line,
        row: None,
        feature: feature.to_owned(),
        rule: None,
        name: name.to_owned(),
        tags: vec!["@dial-in".to_owned()],
        steps: vec![
            step(0, "Given", "Olga organizes meeting 147 852 036 and her PIN is •••••", 0, 0),
            step(1, "When", "first dials in and keys 147852036#", 500, 9_320),
            step(2, "Then", "first hears \"lobby-waiting\", then hold music", 9_320, 24_700),
            step(3, "When", "organizer dials in and keys 147852036#*•••••#", 76_000, 80_180),
            step(4, "Then", "the meeting starts within 1 second", 80_180, 80_460),
            step(5, "And", "first and organizer hear each other", 80_460, 88_000),
        ],
        lasted: Duration::from_millis(lasted_ms),
    }
}

pub fn fail(
    mut verdict: Verdict,
    step: usize,
    expected: &str,
    instead: &str,
    report: &Report,
) -> Verdict {
    let until = verdict.steps[step].until;
    verdict.steps[step].outcome = StepOutcome::Failed(Failure {
        expected: expected.to_owned(),
        instead: instead.to_owned(),
        last_events: last_events(report, until),
        ..Failure::default()
    });
    for later in &mut verdict.steps[step + 1..] {
        later.outcome = StepOutcome::Skipped;
        (later.from, later.until) = (until, until);
    }
    verdict
}

pub const BROKEN: [Broken<'static>; 2] = [
    Broken {
        path: "features/typos.feature",
        line: 14,
        column: 10,
        text: "features/typos.feature:14:10: no step reads like this\n   |\n14 |     Then Ann heers hold music\n   |          ^^^^^^^^^^^^^^^^^^^^\n   = nearest: Ann hears hold music",
    },
    Broken {
        path: "features/cast.feature",
        line: 3,
        column: 0,
        text: "features/cast.feature:3: the file data/callers.csv is not there",
    },
];

/// What a run is told through: every output.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    pub page: String,
    pub junit: String,
    pub cucumber: String,
    pub terminal: String,
    /// The ladder of each scenario that has one, by its path.
    pub ladders: Vec<(String, String)>,
    /// Paths of the sounds that the page refers to, with the world and the place of the caller.
    pub sounds: Vec<(String, Which, usize)>,
}

pub fn outputs(cases: &[Case], told: &Report, crowd: &Report, embed_all: bool) -> Outputs {
    let (mut page, head) = Page::begin("Holdline replay", SEED);
    let (mut junit, junit_head) = Junit::begin(SEED);
    let (mut cucumber, cucumber_head) = Cucumber::begin(SEED);
    let mut out =
        Outputs { page: head, junit: junit_head, cucumber: cucumber_head, ..Outputs::default() };
    let mut totals = Totals::default();
    for broken in &BROKEN {
        totals.broken += 1;
        out.page += &page.broken(broken);
        out.junit += &junit.broken(broken);
        out.cucumber += &cucumber.broken(broken);
    }
    for (place, case) in cases.iter().enumerate() {
        let verdict = &case.verdict;
        let story = match case.world {
            Which::Nothing => None,
            Which::Told => Some(story(told, &verdict.name, true)),
            Which::ToldWithoutSound => Some(story(told, &verdict.name, false)),
            Which::Crowd => Some(story(crowd, &verdict.name, true)),
        };
        let files = Files::of(place + 1, verdict, story.as_ref());
        let picture = story.as_ref().map(|story| ladder(verdict, story));
        let sound = SoundPlace::of(verdict, embed_all);
        let shown = Shown { verdict, story: story.as_ref(), files: &files, sound, seed: SEED };
        out.page += &page.scenario(fragment(&shown));
        out.junit += &junit.scenario(verdict, &files);
        out.cucumber += &cucumber.scenario(verdict, &files, picture.as_deref());
        out.terminal += &(line(verdict, Paint::Plain) + "\n");
        out.terminal += &failure(verdict, &files, SEED, "out", Paint::Plain).unwrap_or_default();
        out.ladders.extend(files.ladder.clone().zip(picture));
        let heard = files.sounds.iter().enumerate();
        out.sounds.extend(heard.filter_map(|(n, path)| Some((path.clone()?, case.world, n))));
        totals.count(verdict);
    }
    out.page += &page.end();
    out.junit += &junit.end();
    out.cucumber += &cucumber.end();
    out.terminal += &(closing(&totals, SEED, Paint::Plain) + "\n");
    out
}

/// Some sixty scenarios: most pass, some do not, with what names and rules people write.
pub fn cases(told: &Report, crowd: &Report) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |verdict, world| cases.push(Case { verdict, world });
    let (lobby, feature) = ("features/lobby.feature", "The organizer starts the meeting by phone");
    add(
        verdict(lobby, 8, feature, "Everyone waits until the organizer comes", 112_400),
        Which::Told,
    );
    let ruled = |line: usize, name: &str| {
        let mut verdict = verdict(lobby, line, feature, name, 96_000);
        verdict.rule = Some("Three tries a call, then goodbye".to_owned());
        verdict.tags.extend(["@pin".to_owned(), "@security".to_owned()]);
        verdict
    };
    add(ruled(20, "A stranger is sent away after three wrong PINs"), Which::Told);
    add(
        fail(
            ruled(33, "The organizer hears how many wait"),
            4,
            "the meeting starts within 1 second, by 01:20.180",
            "nobody started it; first and second still heard hold music at 01:20.460",
            told,
        ),
        Which::Told,
    );
    add(
        verdict(lobby, 47, feature, "Nobody hears hold music once they are in", 88_000),
        Which::ToldWithoutSound,
    );
    let (outline, feature) = ("features/outlines/keys.feature", "Keys, however they come");
    for (place, how) in [
        "tone",
        "RFC 4733 event",
        "SIP INFO",
        "tone, 40 ms short",
        "tone with twist",
        "two at once",
    ]
    .into_iter()
    .cycle()
    .take(30)
    .enumerate()
    {
        let mut row = verdict(
            outline,
            20 + place,
            feature,
            &format!("A conference ID keyed by {how}"),
            30_000 + 777 * place as u64,
        );
        row.tags.push("@keys".to_owned());
        let world = if place % 3 == 0 { Which::ToldWithoutSound } else { Which::Nothing };
        if place == 17 {
            let row = fail(
                row,
                1,
                "first is in the lobby",
                "first heard \"conference-id-again\" at 00:09.320",
                told,
            );
            add(row, Which::ToldWithoutSound);
        } else {
            add(row, world);
        }
    }
    let (crowds, feature) = ("features/crowds.feature", "Many at once");
    add(verdict(crowds, 5, feature, "Every caller of a group of 40 is in", 46_000), Which::Crowd);
    let mut last = verdict(
        crowds,
        15,
        feature,
        "Every caller of a group of 40 hears the last of them",
        46_000,
    );
    last.steps[5].text = "Caller 39 hears Caller 40".to_owned();
    add(
        fail(
            last,
            5,
            "Caller 39 hears Caller 40",
            "Caller 39 heard silence from 00:21.000 to 00:46.000",
            crowd,
        ),
        Which::Crowd,
    );
    let (odd, feature) =
        ("features/ünï code/会议.feature", "Namen, wie sie kommen: 会议 · اجتماع · встреча");
    for (place, name) in [
        "Zoë und Jürgen hören sich",
        "会议开始前所有人都在等候室里听音乐",
        "الجميع ينتظرون حتى يصل المنظم",
        "🎧 music & <b>bold</b> \"quoted\" 'single' </script><script>alert(1)</script>",
        "control \u{1b}[31mred\u{7} and \u{202e}turned\u{202c} and \u{0}nothing",
        "A very long name that goes on and on, as names of generated scenarios do when every value of a row of examples is put into them: caller=+14255550170, called=+14255550199, language=de-DE, admission=on-command, lockout=nist, organizer question=asked, first digit after=7s, between digits=4s, whole entry=30s",
    ]
    .into_iter()
    .enumerate()
    {
        let mut odd = verdict(odd, 10 + place, feature, name, 12_340 + place as u64);
        odd.tags = vec!["@ünïcode".to_owned(), "@odd-names".to_owned()];
        add(odd, if place == 2 { Which::ToldWithoutSound } else { Which::Nothing });
    }
    let (soon, feature) = ("features/store.feature", "The store is slow, or gone");
    for (place, name) in [
        "The store answers after 3 s",
        "The store is gone",
        "The process restarts",
        "It comes back",
    ]
    .into_iter()
    .cycle()
    .take(16)
    .enumerate()
    {
        let mut verdict =
            verdict(soon, 6 + 9 * place, feature, name, 4_000_000 + 61_000 * place as u64);
        verdict.tags.push("@faults".to_owned());
        add(verdict, Which::Nothing);
    }
    cases
}
