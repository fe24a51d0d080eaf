//! A scenario drawn at random: as lines, since that is what it is shrunk and written down as.

use std::fmt::Write as _;

use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha12Rng;

/// The PINs: twelve digits, which turn up nowhere by chance.
pub(super) const PINS: [&str; 2] = ["907351846294", "518240936275"];

const IDS: [&str; 2] = ["147852036", "369258147"];
const ORGANIZERS: [&str; 2] = ["Megan", "Olga"];
const CALLERS: [&str; 6] = ["Ann", "Bob", "Carl", "Dora", "Emil", "Fay"];

/// Settings with the values that are worth trying.
const SETTINGS: &[(&str, &[&str])] = &[
    ("start-requires", &["anyone"]),
    ("app-start", &["organizer-only"]),
    ("admission", &["on-command"]),
    ("organizer-question", &["also-after-start"]),
    ("when-authenticated-left", &["ends", "back-to-lobby"]),
    ("ends-after-authenticated-left", &["1 minute", "10 minutes"]),
    ("ends-after-callers-alone", &["1 minute", "20 minutes"]),
    ("ends-after-at-most", &["2 minutes", "1 hour"]),
    ("legs-max", &["1", "2", "3"]),
    ("announce", &["off", "names"]),
    ("mute-all", &["hard"]),
    ("recording", &["from-start"]),
    ("recording-notice", &["phone-callers"]),
    ("conference-id-tries", &["1", "10"]),
    ("pin-tries", &["1", "10"]),
    ("after-wrong-pins", &["lobby"]),
    ("first-digit-after", &["1 second"]),
    ("between-digits-after", &["1 second"]),
    ("whole-entry-after", &["5 seconds"]),
    ("barge-in", &["off"]),
    ("lobby-word-every", &["5 seconds", "never"]),
    ("lobby-ends-after", &["10 seconds", "2 minutes", "never"]),
    ("lobby-warning-before", &["never", "30 seconds"]),
    ("command-ends-after", &["500 ms"]),
    ("in-window.longer", &["2"]),
    ("total.longer", &["3"]),
    ("lockout", &["sfb"]),
    ("wrong-entries", &["3"]),
];

const COMMANDS: [&str; 14] =
    ["*1", "*3", "*5", "*6", "*7", "*8", "*21", "*22", "*23", "*24", "*99", "*", "#", "**"];

/// A scenario as lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What is set before the first call.
    pub settings: Vec<String>,
    /// What happens; a step with a table has several lines.
    pub steps: Vec<String>,
}

impl Draft {
    /// Draws one. With sound it is shorter, since each second costs.
    pub(super) fn draw(rng: &mut ChaCha12Rng, with_sound: bool) -> Self {
        let mut settings = Vec::new();
        for (name, values) in SETTINGS {
            if rng.random_range(0..8) == 0
                && let Some(value) = values.choose(rng)
            {
                settings.push(format!("the organization has set {name} to {value}"));
            }
        }
        if rng.random_range(0..4) == 0 {
            settings.push("the access number +1 425 555 0100 speaks German and English".to_owned());
        }
        let callers = rng.random_range(1..=CALLERS.len());
        if with_sound {
            for caller in CALLERS.iter().take(callers) {
                let how = ["tones", "tones", "events", "SIP INFO"][rng.random_range(0..4)];
                settings.push(format!("{caller} sends keys as {how}"));
            }
        }
        let steps = (0..rng.random_range(3..30)).map(|_| {
            if with_sound && rng.random_range(0..3) == 0 {
                step_of_sound(rng, callers)
            } else {
                step(rng, callers, with_sound)
            }
        });
        let steps = steps.collect();
        Self { settings, steps }
    }

    /// Without the steps in those places.
    pub(super) fn without(&self, leave_out: impl Fn(usize) -> bool) -> Self {
        let kept = self.steps.iter().enumerate().filter(|(place, _)| !leave_out(*place));
        Self { steps: kept.map(|(_, step)| step.clone()).collect(), ..self.clone() }
    }

    /// How many steps stand before the first of [`Draft::steps`] in its scenario.
    #[must_use]
    pub(super) fn steps_before(&self) -> usize {
        CAST.len() + self.settings.len()
    }

    /// The line of a step in [`Draft::to_feature`]; of one with a table its first.
    pub(super) fn line_of(&self, place: usize) -> usize {
        let before: usize = self.steps[..place].iter().map(|step| step.lines().count()).sum();
        HEAD_LINES + self.steps_before() + before + 1
    }

    /// As the text of a file.
    #[must_use]
    pub fn to_feature(&self, name: &str) -> String {
        let name = if name.is_empty() { "Drawn at random" } else { name };
        let mut text = format!("Feature: Found by chance\n\n  Scenario: {name}\n");
        debug_assert_eq!(text.lines().count(), HEAD_LINES);
        let mut keyword = "Given";
        for line in CAST.iter().map(|line| (*line).to_owned()).chain(self.settings.iter().cloned())
        {
            let _infallible = writeln!(text, "    {keyword} {line}");
            keyword = "And";
        }
        keyword = "When";
        for step in &self.steps {
            let _infallible = writeln!(text, "    {keyword} {step}");
            keyword = "And";
        }
        text
    }
}

/// Lines before the first step.
const HEAD_LINES: usize = 3;

/// Who there always is.
const CAST: [&str; 3] = [
    "Megan organizes meeting 147852036 and her PIN is 907351846294",
    "Olga organizes meeting 369258147 and her PIN is 518240936275",
    "Alex is a user of the app",
];

fn step(rng: &mut ChaCha12Rng, callers: usize, with_sound: bool) -> String {
    let caller = CALLERS[rng.random_range(0..callers)];
    let place = rng.random_range(0..IDS.len());
    let (id, organizer) = (IDS[place], ORGANIZERS[place]);
    match rng.random_range(0..34) {
        0..5 => format!("{caller} dials in and keys {id}##"),
        5..8 => format!("{organizer} dials in and keys {id}#*{{PIN of {organizer}}}#"),
        8 => format!("{caller} dials in and keys {id}#*{{WRONG PIN of {organizer}}}#"),
        9 => format!("{caller} dials in and keys {id}#*{{PIN of {}}}#", ORGANIZERS[1 - place]),
        10 => format!("{caller} dials in and keys {}", strays(rng)),
        11..15 => {
            format!("{} keys {}", any(rng, callers), COMMANDS[rng.random_range(0..COMMANDS.len())])
        }
        15 => format!("{caller} keys {}", strays(rng)),
        16 => format!("{caller} keys {{PIN of {organizer}}}#"),
        17 => format!("{caller} holds key {} for {} ms", digit(rng), rng.random_range(20..4_000)),
        18..21 => format!("{} hangs up", any(rng, callers)),
        21 => format!("Alex joins meeting {id} by the app"),
        22 => format!("{organizer} joins meeting {id} by the app"),
        23 => {
            let verb = ["admits", "mutes", "unmutes"][rng.random_range(0..3)];
            format!("{organizer} {verb} everybody by the app")
        }
        24 => {
            let verb = ["admits", "refuses", "removes", "mutes", "unmutes"][rng.random_range(0..5)];
            format!("{organizer} {verb} {caller} by the app")
        }
        25 => {
            let verb = ["locks", "unlocks", "ends"][rng.random_range(0..3)];
            format!("{organizer} {verb} the meeting by the app")
        }
        26 => match rng.random_range(0..5) {
            0 => format!("the administrator resets {organizer}'s PIN"),
            1 => format!("the administrator unlocks {organizer}'s PIN"),
            2 => format!("the administrator resets the conference ID of meeting {id}"),
            3 => format!("the administrator disables {organizer}"),
            _four => format!("meeting {id} has set admission to on-start"),
        },
        27 => {
            let state = ["is gone", "fails", "is back", "is back"][rng.random_range(0..4)];
            format!("the store {state}")
        }
        28 if rng.random_range(0..3) == 0 => "the process restarts".to_owned(),
        28 => format!("the store answers after {} ms", rng.random_range(1..7_000)),
        29 => {
            let other = CALLERS[rng.random_range(0..callers)];
            let (one, two) = (any(rng, callers), strays(rng));
            format!("at the same time:\n      | {one} hangs up |\n      | {other} keys {two} |")
        }
        _time => {
            let most = if with_sound {
                15_000
            } else {
                [500, 5_000, 70_000, 2_000_000][rng.random_range(0..4)]
            };
            format!("{} ms pass", rng.random_range(1..most))
        }
    }
}

/// What only matters where there is sound.
fn step_of_sound(rng: &mut ChaCha12Rng, callers: usize) -> String {
    let who = any(rng, callers);
    let speaks = |rng: &mut ChaCha12Rng, who: &str| {
        format!("{who} speaks for {} ms", rng.random_range(100..6_000))
    };
    let from = |rng: &mut ChaCha12Rng, of: &[&'static str]| *of.choose(rng).unwrap_or(&"");
    match rng.random_range(0..10) {
        0..3 => speaks(rng, who),
        3..6 => {
            let other = any(rng, callers);
            let (one, two) = (speaks(rng, who), speaks(rng, other));
            let three = format!("{} keys {}", any(rng, callers), from(rng, &COMMANDS));
            format!("at the same time:\n      | {one} |\n      | {two} |\n      | {three} |")
        }
        6 => format!("{who} {} the phone", from(rng, &["mutes", "unmutes"])),
        7 => {
            let how = from(rng, &["puts the call on hold", "takes the call back"]);
            format!("{who} {how}")
        }
        8 => format!("{who} loses {} % of the packets", rng.random_range(0..30)),
        _bad_telephone => {
            let how = from(
                rng,
                &[
                    "twisted tones",
                    "noisy tones",
                    "short tones",
                    "too-short tones",
                    "leaking events",
                    "lost-end events",
                    "reordered events",
                    "repeated SIP INFO",
                ],
            );
            format!("{who} keys {} with {how}", from(rng, &COMMANDS))
        }
    }
}

fn any(rng: &mut ChaCha12Rng, callers: usize) -> &'static str {
    match rng.random_range(0..4) {
        0 => ORGANIZERS[rng.random_range(0..2)],
        _others => CALLERS[rng.random_range(0..callers)],
    }
}

fn digit(rng: &mut ChaCha12Rng) -> char {
    char::from(b"0123456789*#ABCD"[rng.random_range(0..16)])
}

fn strays(rng: &mut ChaCha12Rng) -> String {
    (0..rng.random_range(1..24)).map(|_| digit(rng)).collect()
}
