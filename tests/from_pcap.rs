//! `holdline scenario from-pcap` from outside: captures made byte by byte become scenarios that are read without a fault and
//! replayed; what is no capture says so; no PIN gets out.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;

use assert_cmd::Command;

#[path = "support/capture.rs"]
mod capture;

use capture::{Phone, Wire};

/// Twelve digits: none of them turns up by chance.
const PIN: &str = "907351846294";

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(name: &str, bytes: &[u8]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.0.path().join(name), bytes).unwrap();
        folder
    }

    /// The exit code, and what was said to whom reads and to whom looks.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::cargo_bin("holdline").unwrap();
        let output = command.current_dir(self.0.path()).args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    fn passes(&self, arguments: &[&str]) -> String {
        let (code, said, complaint) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}\n{said}\n{complaint}");
        said
    }
}

/// Ann waits in the lobby, with events; Megan comes with her PIN, by sound, mutes herself, and hangs up first.
fn two_calls() -> Wire {
    let mut wire = Wire::default();
    let mut ann = Phone::new("+14255550171", 10, "ann");
    ann.dials(&mut wire, 0, 1_000);
    ann.keys_events(&mut wire, 4_480, "147852036#", 80, 160);
    ann.keys_events(&mut wire, 9_000, "#", 80, 160);
    let mut megan = Phone { events: 0, sound: 8, ..Phone::new("+14255550172", 11, "megan") };
    megan.dials(&mut wire, 10_000, 1_000);
    megan.keys_tones(
        &mut wire,
        11_000,
        42_000,
        &[
            (15_000, "147852036#", 90, 110),
            (18_000, &format!("*{PIN}#"), 90, 110),
            (32_000, "*6", 90, 110),
        ],
    );
    megan.hangs_up(&mut wire, 42_000);
    ann.hangs_up(&mut wire, 45_200);
    wire
}

#[test]
fn two_calls_become_a_scenario_that_is_replayed() {
    let wire = two_calls();
    let mut texts = Vec::new();
    for (name, bytes) in [("capture.pcap", wire.pcap()), ("capture.pcapng", wire.pcapng())] {
        let folder = Folder::with(name, &bytes);
        let printed = folder.passes(&["scenario", "from-pcap", name]);
        let told = folder.passes(&["scenario", "from-pcap", name, "--out", "wire.feature"]);
        assert!(told.contains("holdline replay wire.feature"), "{told}");
        let text = fs::read_to_string(folder.0.path().join("wire.feature")).unwrap();
        assert_eq!(text, printed);
        for steps in [
            "Given Organizer organizes meeting 147852036\n",
            "And Caller1 calls from +14255550171\n",
            "# Caller1 called +14255550100.\n",
            "And Caller1 sends keys as events\n",
            "And Caller2 calls from +14255550172\n",
            "When at 0.000 s Caller1 dials in\n",
            "And at 3.600 s Caller1 keys {ID}# with tones of 80 ms and gaps of 160 ms\n",
            "And at 8.120 s Caller1 keys # with tones of 80 ms\n",
            "And at 10.000 s Caller2 dials in\n",
            "And at 44.320 s Caller1 hangs up\n",
            " Caller2 keys {ID}# with tones of ",
            " Caller2 keys *{PIN}# with tones of ",
            " Caller2 keys *6 with tones of ",
            "Then the call record of Caller1 says cause is caller-hung-up\n",
        ] {
            assert!(text.contains(steps), "{steps}\n{text}");
        }
        for part in PIN.as_bytes().windows(5) {
            let part = str::from_utf8(part).unwrap();
            assert!(!text.contains(part), "{part}\n{text}");
        }
        folder.passes(&["scenario", "check", "wire.feature"]);
        folder.passes(&["replay", "wire.feature", "--out", "report"]);
        texts.push(text.replace("capture.pcapng", "capture.pcap"));
    }
    assert_eq!(texts[0], texts[1]);
}

/// What the telephones of a capture did comes to the same again: the caller of the PIN has started the meeting.
#[test]
fn the_replay_does_what_the_calls_did() {
    let folder = Folder::with("capture.pcap", &two_calls().pcap());
    let text = folder.passes(&["scenario", "from-pcap", "capture.pcap"]);
    let before_the_end: String = text
        .lines()
        .filter(|line| !line.ends_with("hangs up") && !line.contains("the call record of"))
        .map(|line| format!("{line}\n"))
        .collect();
    let expects = "    When 2 seconds pass\n    Then Caller2 is the organizer of the meeting\n    And Caller1 and Caller2 are in the meeting\n    And \
                   Caller2 is muted\n";
    fs::write(folder.0.path().join("wire.feature"), before_the_end + expects).unwrap();
    folder.passes(&["replay", "wire.feature", "--out", "report"]);
}

#[test]
fn calls_by_info_and_calls_without_sip_are_replayed_too() {
    let mut wire = Wire::default();
    let mut ann = Phone::new("anonymous", 10, "ann");
    ann.dials(&mut wire, 0, 300);
    ann.keys_info(&mut wire, 4_000, "147852036##", 90);
    ann.hangs_up(&mut wire, 20_000);
    let mut bob = Phone::new("", 12, "bob");
    bob.keys_events(&mut wire, 6_000, "147852036##", 100, 100);
    let folder = Folder::with("capture.pcap", &wire.pcap());
    let text = folder.passes(&["scenario", "from-pcap", "capture.pcap", "--out", "wire.feature"]);
    assert!(text.contains("wire.feature is made."), "{text}");
    let text = fs::read_to_string(folder.0.path().join("wire.feature")).unwrap();
    for steps in [
        "Caller1 withholds the number\n",
        "Caller1 sends keys as SIP INFO\n",
        "Caller1 keys {ID}# with tones of 160 ms and gaps of 90 ms\n",
        "Caller2 sends keys as events\n",
        "Caller2 keys {ID}# with tones of 100 ms and gaps of 100 ms\n",
    ] {
        assert!(text.contains(steps), "{steps}\n{text}");
    }
    folder.passes(&["replay", "wire.feature", "--out", "report"]);
}

#[test]
fn what_is_no_capture_of_calls_is_said_and_leaves_nothing_behind() {
    let whole = two_calls();
    let mut strange = Wire::default();
    let ann = Phone::new("", 10, "ann");
    strange.udp(0, ann.phone, ann.bridge, b"hello");
    let pcap = whole.pcap();
    for (bytes, why) in [
        (&b"PK\x03\x04 an archive, say"[..], "this is no capture"),
        (b"", "this is no capture"),
        (&pcap[..24], "there is no packet"),
        (&pcap[..pcap.len() - 7], "is cut off at its end, after "),
        (&strange.pcap(), "there is no call in the 1 packets"),
    ] {
        let folder = Folder::with("a.pcap", bytes);
        let (code, said, complaint) =
            folder.run(&["scenario", "from-pcap", "a.pcap", "--out", "b.feature"]);
        assert_eq!(code, 2, "{why}: {said}{complaint}");
        assert!(complaint.starts_with("a.pcap: ") && complaint.contains(why), "{why}: {complaint}");
        assert!(!folder.0.path().join("b.feature").exists());
    }
    let folder = Folder::with("a.pcap", &pcap);
    let (code, _, complaint) = folder.run(&["scenario", "from-pcap", "none.pcap"]);
    assert_eq!(
        (code, complaint.starts_with("none.pcap: it cannot be read")),
        (2, true),
        "{complaint}"
    );
    let (code, _, complaint) = folder.run(&["scenario", "from-pcap", "a.pcap", "--out", "a.pcap"]);
    assert_eq!((code, complaint.contains("a.pcap cannot be made")), (2, true), "{complaint}");
    assert_eq!(fs::read(folder.0.path().join("a.pcap")).unwrap(), pcap);
}
