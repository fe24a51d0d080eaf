//! Tests of the screen: what stands where, at every size.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::door::wire::{HungUp, ToPhone, Told, Welcome};

fn phone() -> Phone {
    let mut phone = Phone::new(None, None);
    let numbers = vec!["+14255550100".parse().unwrap()];
    let welcome = Welcome { version: 1, organization: "Contoso".into(), numbers };
    phone.hear(Uptime::ZERO, ToPhone::Welcome(welcome));
    phone.hear(Uptime::ZERO, ToPhone::Answered);
    for told in [
        Told::State { state: "in-lobby".into() },
        Told::Prompt {
            name: "lobby-waiting".into(),
            words: "The meeting has not started yet. You will join when the organizer arrives."
                .into(),
            ms: 4_000,
        },
        Told::Room { members: 0, waiting: 2 },
        Told::Heard { who: vec!["organizer".into(), "\u{2026}0177".into()] },
    ] {
        phone.hear(Uptime::from_millis(61_000), ToPhone::Told(told));
    }
    phone.heard_dbm0 = Some(-16.0);
    phone
}

const NOW: Uptime = Uptime::from_millis(62_000);

fn terminal(width: u16, height: u16) -> Terminal<TestBackend> {
    Terminal::new(TestBackend::new(width, height)).unwrap()
}

fn drawn(phone: &Phone, colors: Colors) -> Terminal<TestBackend> {
    let mut terminal = terminal(80, 24);
    terminal.draw(|frame| draw(frame, phone, NOW, colors)).unwrap();
    terminal
}

fn shown(width: u16, height: u16) -> String {
    let mut terminal = terminal(width, height);
    terminal.draw(|frame| draw(frame, &phone(), NOW, Colors::Off)).unwrap();
    terminal.backend().to_string()
}

/// How the first place looks where that stands: its colour, and what else marks it.
fn look(terminal: &Terminal<TestBackend>, words: &str) -> (Color, Modifier) {
    let buffer = terminal.backend().buffer();
    let area = buffer.area;
    for row in 0..area.height {
        let symbols: Vec<&str> = (0..area.width).map(|x| buffer[(x, row)].symbol()).collect();
        if let Some(bytes) = symbols.concat().find(words) {
            let column = symbols.concat()[..bytes].chars().count();
            let cell = &buffer[(u16::try_from(column).unwrap(), row)];
            return (cell.fg, cell.modifier);
        }
    }
    panic!("{words:?} is nowhere\n{}", terminal.backend());
}

#[test]
fn it_looks_like_a_telephone_at_every_size() {
    for (width, height) in [(80, 24), (120, 40), (60, 22)] {
        let shown = shown(width, height);
        for wanted in [
            "Contoso",
            "+14255550100",
            "in lobby ",
            " 01:02\u{2502}",
            "7 pqrs",
            "heard",
            "-16 dB",
            "The meeting has not",
            "2 waiting",
            "hears organizer, \u{2026}0177",
            "what is spoken",
            "call log",
            "h hang up",
        ] {
            assert!(shown.contains(wanted), "{wanted:?} at {width} x {height}\n{shown}");
        }
    }
    assert!(shown(50, 15).contains("make it larger"));
}

const SIZES: [(u16, u16); 5] = [(60, 22), (80, 24), (100, 30), (120, 40), (140, 45)];

fn shows(phone: &Phone, now: Uptime, (width, height): (u16, u16)) -> String {
    let mut terminal = terminal(width, height);
    terminal.draw(|frame| draw(frame, phone, now, Colors::Off)).unwrap();
    terminal.backend().to_string()
}

fn told(phone: &mut Phone, told: Told) {
    phone.hear(NOW, ToPhone::Told(told));
}

/// What stands in the display above the keypad, row by row.
fn display(shown: &str) -> Vec<String> {
    let rows = shown.lines().take(usize::from(DISPLAY)).map(|row| {
        row.trim_start_matches('"').split('\u{2502}').nth(1).unwrap_or("").trim_end().to_owned()
    });
    rows.collect()
}

const STATES: [&str; 13] = [
    "choosing-language",
    "entering-conference-id",
    "finding-meeting",
    "organizer-question",
    "entering-pin",
    "checking-pin",
    "asking-name",
    "recording-name",
    "reviewing-name",
    "in-lobby",
    "in-meeting",
    "goodbye",
    "gone",
];

#[test]
fn each_state_and_how_long_the_call_lasts_are_shown_whole_at_every_size() {
    for size in SIZES {
        for state in STATES {
            let mut phone = phone();
            phone.number = Some("+123456789012345".parse().unwrap());
            told(&mut phone, Told::State { state: state.into() });
            for (lasts, wanted) in [(62_000, "01:02"), (7_199_000, "119:59")] {
                let shown = shows(&phone, Uptime::from_millis(lasts), size);
                let display = display(&shown);
                let first = display[1].split_whitespace().collect::<Vec<_>>();
                assert_eq!(first, ["+123456789012345", wanted], "{size:?}\n{shown}");
                assert_eq!(display[2], state.replace('-', " "), "{size:?}\n{shown}");
            }
        }
    }
}

#[test]
fn why_a_call_ended_is_shown_whole_at_every_size() {
    use crate::domain::HangupCause;
    let causes = HangupCause::ALL.map(|cause| (cause.name(), cause.q850()));
    for size in SIZES {
        for (cause, q850) in causes.into_iter().chain([("no-such-number", 1)]) {
            let mut phone = phone();
            phone.hear(NOW, ToPhone::HungUp(HungUp { cause: cause.into(), q850 }));
            let shown = shows(&phone, NOW, size);
            let wanted = format!("{} ({q850})", cause.replace('-', " "));
            assert_eq!(display(&shown)[2], wanted, "{shown}");
        }
        let mut phone = phone();
        phone.hear(NOW, ToPhone::Refused("no".into()));
        let shown = shows(&phone, NOW, size);
        assert_eq!(display(&shown)[2], "the bridge ended it", "{shown}");
    }
}

/// What stands below the keypad, row by row.
fn below(shown: &str, (width, height): (u16, u16)) -> Vec<String> {
    let (key_width, key_height) = key_size(Rect::new(0, 0, width, height));
    let rows = shown.lines().skip(usize::from(DISPLAY + 4 * key_height));
    let left = rows.map(|row| {
        let row = row.trim_matches('"').chars().take(usize::from(3 * key_width + 2));
        row.collect::<String>().trim_end().to_owned()
    });
    left.filter(|row| row.contains(char::is_alphabetic) && !row.contains("0-9")).collect()
}

#[test]
fn whether_one_is_muted_stands_on_lines_of_its_own_and_touches_nothing() {
    for size in SIZES {
        for (presence, wanted) in [
            ((true, false, false), &[" muted"][..]),
            ((false, false, true), &[" hand raised"]),
            ((true, false, true), &[" muted, hand raised"]),
            ((true, true, false), &[" muted, also by organizer"]),
            ((false, true, true), &[" muted by organizer,", " hand raised"]),
        ] {
            let mut phone = phone();
            phone.hears.clear();
            phone.room = Some((1_000, 250));
            phone.presence = presence;
            let shown = shows(&phone, NOW, size);
            let below = below(&shown, size);
            let (wide, all) = (size.0 >= 120, below[2..].join("\n"));
            // As many as there are rows for; what is one's own first.
            let wanted = if wide {
                vec![wanted.concat()]
            } else {
                wanted.iter().map(|row| (*row).to_owned()).collect()
            };
            assert!(all.contains(&wanted.join("\n")), "{size:?}\n{shown}");
            if size.1 > 22 {
                assert_eq!(below[2], " 1000 in it, 250 waiting", "{size:?}\n{shown}");
            }
        }
    }
}

#[test]
fn nothing_of_the_meeting_is_shown_once_it_is_over() {
    let mut phone = phone();
    told(&mut phone, Told::State { state: "in-meeting".into() });
    told(&mut phone, Told::Presence { muted: true, silenced: false, hand_raised: true });
    assert!(shows(&phone, NOW, (80, 24)).contains("hand raised"));
    told(&mut phone, Told::State { state: "goodbye".into() });
    let shown = shows(&phone, NOW, (80, 24));
    for gone in ["in it", "waiting\u{2502}", "muted", "raised", "hears"] {
        assert!(!shown.contains(gone), "{gone:?}\n{shown}");
    }
}

/// From the top down, whether each row of the captions stands out.
fn captions(phone: &Phone, now: Uptime) -> Vec<(String, bool)> {
    let mut terminal = terminal(80, 24);
    terminal.draw(|frame| draw(frame, phone, now, Colors::Off)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = (1..10).map(|y| {
        let row: String = (27..79).map(|x| buffer[(x, y)].symbol()).collect();
        let bold = (34..79).any(|x| buffer[(x, y)].modifier.contains(Modifier::BOLD));
        (row.trim().to_owned(), bold)
    });
    rows.filter(|(row, _)| !row.is_empty()).collect()
}

fn says(phone: &mut Phone, at: u64, name: &str, words: &str, ms: u32) {
    let told = Told::Prompt { name: name.into(), words: words.into(), ms };
    phone.hear(Uptime::from_millis(at), ToPhone::Told(told));
}

/// In the lobby and on into the meeting.
#[test]
fn a_caption_stands_out_while_it_is_spoken_and_music_is_shown_while_it_plays() {
    let mut phone = phone();
    phone.notes.clear();
    let hears = |phone: &mut Phone, at, told| {
        phone.hear(Uptime::from_millis(at), ToPhone::Told(told));
    };
    let shows = |phone: &Phone, at, wanted: &[(&str, bool)]| {
        let shown = captions(phone, Uptime::from_millis(at));
        let shown: Vec<_> = shown.iter().map(|(row, bold)| (row.as_str(), *bold)).collect();
        assert_eq!(shown, wanted, "at {at} ms");
    };
    let (waits, music) = ("01:10  Please wait.", "01:12  \u{266a} hold music");
    says(&mut phone, 70_000, "lobby-waiting", "Please wait.", 2_000);
    shows(&phone, 71_990, &[(waits, true)]);
    shows(&phone, 72_300, &[(waits, false)]);
    hears(&mut phone, 72_500, Told::Music);
    shows(&phone, 99_000, &[(waits, false), (music, true)]);
    // It ends without a word.
    hears(&mut phone, 99_000, Told::Cut);
    shows(&phone, 99_000, &[(waits, false)]);
    hears(&mut phone, 99_500, Told::Music);
    let joins = "01:40  You are now joining.";
    says(&mut phone, 100_000, "joining", "You are now joining.", 3_000);
    shows(&phone, 101_000, &[(waits, false), (joins, true)]);
    hears(&mut phone, 101_000, Told::Cut);
    shows(&phone, 101_000, &[(waits, false), (joins, false)]);
}

/// Everything that an organizer can key, at 80 x 24.
#[test]
fn a_whole_menu_can_be_read_with_its_keys() {
    let mut phone = phone();
    phone.notes.clear();
    let mut at = 70_000;
    let mut clip = |name: &str, words: &str| {
        says(&mut phone, at, name, words, 500);
        at += 520;
    };
    for (name, words, keys) in [
        ("help-mute", "To mute or unmute yourself,", "6"),
        ("help-hand", "To raise or lower your hand,", "5"),
        ("help-roll-call", "To hear who is in the meeting,", "3"),
        ("help-admit-all", "To let in everyone who is waiting,", "21"),
        ("help-mute-all", "To mute everyone else,", "22"),
        ("help-announcements", "To switch announcements on or off,", "23"),
        ("help-lobby-count", "To hear how many are waiting,", "24"),
        ("help-lock", "To lock or unlock the meeting,", "7"),
        ("help-again", "To hear this again,", "1"),
    ] {
        clip(name, words);
        clip("press", "press");
        clip("star", "star");
        keys.chars().for_each(|key| clip(&format!("digit-{key}"), "some number"));
    }
    let shown = captions(&phone, Uptime::from_millis(at));
    assert_eq!(shown.len(), 9, "{shown:?}");
    assert_eq!(shown[0].0, "01:10  To mute or unmute yourself, press *6");
    assert_eq!(shown[3].0, "01:16  To let in everyone who is waiting, press *21");
    assert_eq!(shown[5].0, "01:21  To switch announcements on or off, press *23");
    assert!(shown[8].0.ends_with("To hear this again, press *1") && shown[8].1);
    assert_eq!(shown.iter().filter(|(_, bold)| *bold).count(), 1);
}

#[test]
fn captions_of_the_call_before_stand_above_a_line() {
    let mut phone = phone();
    assert!(captions(&phone, NOW)[0].0.starts_with("01:01  The meeting"), "no line above");
    phone.hear(NOW, ToPhone::HungUp(HungUp { cause: "normal".into(), q850: 16 }));
    phone.dial(NOW);
    phone.hear(NOW, ToPhone::Answered);
    let shown = captions(&phone, NOW);
    assert!(!shown.iter().any(|(_, bold)| *bold), "{shown:?}");
    says(&mut phone, 62_000, "welcome", "Welcome.", 1_000);
    let shown = captions(&phone, NOW);
    let rule = "\u{2500}".repeat(52);
    let rows: Vec<_> = shown.iter().map(|(row, _)| row.as_str()).collect();
    assert_eq!(rows[rows.len() - 2..], [rule.as_str(), "01:02  Welcome."], "{rows:?}");
    assert_eq!(rows.iter().filter(|row| **row == rule).count(), 1, "{rows:?}");
    // Where nothing is colour, the line is dim.
    assert_eq!(look(&drawn(&phone, Colors::Off), &rule), (Color::Reset, Modifier::DIM));
    assert_eq!(look(&drawn(&phone, Colors::On), &rule).0, Color::DarkGray);
}

/// With colours and without: what stands out does so either way.
#[test]
fn colours_are_there_or_no_colour_is() {
    let mut phone = phone();
    phone.presence = (true, false, false);
    phone.press(NOW, Digit::from_char('5').unwrap());
    let (plain, dim, bold) = (Modifier::empty(), Modifier::DIM, Modifier::BOLD);
    let (on, off) = (drawn(&phone, Colors::On), drawn(&phone, Colors::Off));
    assert_eq!(on.backend().to_string(), off.backend().to_string(), "the words are the same");
    for (words, color, with, without) in [
        ("in lobby ", Color::Green, plain, plain),
        ("01:02", Color::Green, plain, plain),
        ("\u{2588}\u{2588}", Color::Green, plain, plain),
        ("\u{2591}\u{2591}", Color::DarkGray, plain, dim),
        ("muted", Color::Yellow, plain, plain),
        ("abc", Color::DarkGray, plain, dim),
        (" 0-9 * #", Color::DarkGray, plain, dim),
        ("+14255550100", Color::Reset, bold, bold),
        ("organizer, ", Color::Reset, bold, bold),
        ("5 jkl", Color::Cyan, bold | Modifier::REVERSED, bold | Modifier::REVERSED),
    ] {
        assert_eq!(look(&on, words), (color, with), "{words:?} in colour");
        assert_eq!(look(&off, words), (Color::Reset, without), "{words:?} without");
    }
    let cells = &off.backend().buffer().content;
    assert!(cells.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
    phone.hear(NOW, ToPhone::Refused("no".into()));
    assert_eq!(look(&drawn(&phone, Colors::On), "the bridge ended").0, Color::Red);
    assert_eq!(look(&drawn(&phone, Colors::Off), "the bridge ended").0, Color::Reset);
}

#[test]
fn a_window_that_changes_its_size_is_drawn_whole() {
    let mut terminal = terminal(80, 24);
    for (width, height) in [(80, 24), (120, 40), (59, 24), (1, 1), (60, 22), (200, 60)] {
        terminal.backend_mut().resize(width, height);
        terminal.draw(|frame| draw(frame, &phone(), NOW, Colors::On)).unwrap();
        assert_eq!(terminal.backend().to_string(), shown(width, height), "{width} x {height}");
    }
}

/// While no call goes on: what is keyed, and how it is called.
#[test]
fn the_screen_tells_how_a_number_is_dialled() {
    let mut phone = Phone::new(None, None);
    phone.stage = Stage::Idle;
    let idle = drawn(&phone, Colors::Off).backend().to_string();
    for wanted in ["no number", "ready", "key a number, d calls it", "Backspace erase   d call it"]
    {
        assert!(idle.contains(wanted), "{wanted:?}\n{idle}");
    }
    for key in "4930".chars() {
        phone.press(NOW, Digit::from_char(key).unwrap());
    }
    let keyed = drawn(&phone, Colors::Off).backend().to_string();
    assert!(keyed.contains("+4930_") && !keyed.contains("no number"), "{keyed}");
    phone.dial(NOW);
    let calling = drawn(&phone, Colors::Off).backend().to_string();
    assert!(calling.contains("+4930 ") && calling.contains("calling"), "{calling}");
    assert!(!calling.contains("d calls it"), "{calling}");
}

#[test]
fn the_mouse_finds_each_key() {
    let area = Rect::new(0, 0, 80, 24);
    let at = |x, y| key_at(area, Position::new(x, y)).map(Digit::as_char);
    assert_eq!([at(2, 6), at(12, 9), at(20, 15)], [Some('1'), Some('5'), Some('#')]);
    assert_eq!([at(40, 6), at(2, 2), at(2, 20)], [None, None, None]);
    let area = Rect::new(0, 0, 120, 40);
    let at = |x, y| key_at(area, Position::new(x, y)).map(Digit::as_char);
    assert_eq!([at(2, 6), at(14, 12), at(36, 24)], [Some('1'), Some('5'), Some('#')]);
    assert_eq!([at(37, 6), at(2, 25)], [None, None]);
}
