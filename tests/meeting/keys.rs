//! Commands by keys, in a meeting.

use super::*;

/// Every command, by its keys: what whoever keys it hears.
#[test]
fn each_command_says_what_it_came_to() {
    for (keys, organizer_hears, caller_hears) in [
        ("*1", "help-mute press star digit-6 help-hand", "help-mute press star digit-6 help-hand"),
        ("*3", "number-3 roll-call-people", "number-3 roll-call-people"),
        ("*5", "hand-raised", "hand-raised"),
        ("*5*5", "hand-raised hand-lowered", "hand-raised hand-lowered"),
        ("*6", "muted", "muted"),
        ("*6*6", "muted unmuted", "muted unmuted"),
        ("*7", "meeting-now-locked", "not-allowed"),
        ("*7*7", "meeting-now-locked meeting-now-unlocked", "not-allowed not-allowed"),
        ("*8", "nobody-waiting", "not-allowed"),
        ("*21", "nobody-waiting", "not-allowed"),
        ("*22", "everyone-muted", "not-allowed"),
        ("*22*22", "everyone-muted everyone-unmuted", "not-allowed not-allowed"),
        ("*23", "announcements-off", "not-allowed"),
        ("*23*23", "announcements-off announcements-on", "not-allowed not-allowed"),
        ("*24", "nobody-waiting", "not-allowed"),
        ("5", "", ""),
    ] {
        for (leg, expected) in [(OLGA, organizer_hears), (ANN, caller_hears)] {
            let mut stage = in_meeting(MeetingRules::default());
            let mark = stage.mark();
            match keys.strip_prefix('*') {
                Some(commands) => {
                    commands.split('*').for_each(|keys| stage.keyed(leg, &format!("*{keys}")));
                }
                None => stage.keyed(leg, keys),
            }
            assert_eq!(stage.said(mark, leg).join(" "), expected, "{keys} by leg {leg}");
            stage.assert_whole();
        }
    }
}

#[test]
fn what_is_no_command_says_so_after_a_pause() {
    for keys in ["*9", "*0", "*", "*2", "*2#", "*99999999999999999999", "*A", "*48213#"] {
        let mut stage = in_meeting(MeetingRules::default());
        let mark = stage.mark();
        stage.keys(ANN, keys);
        stage.pass(Duration::from_millis(1_900));
        assert!(stage.said(mark, ANN).is_empty(), "{keys}");
        stage.seconds(1);
        assert_eq!(stage.said(mark, ANN)[0], "unknown-command", "{keys}");
    }
    // The command character begins anew.
    let mut stage = in_meeting(MeetingRules::default());
    let mark = stage.mark();
    stage.keyed(ANN, "*2*6");
    assert_eq!(stage.said(mark, ANN), ["muted"]);
}

/// What is to be heard to its end is: commands keyed meanwhile are carried out in their order when it is over, and a journal
/// without a key's value knows which of them they were.
#[test]
fn a_word_to_be_heard_to_its_end_is_not_cut_by_a_command() {
    let heard_to_the_end = [PromptId::RecordingOn].into();
    let dialogue = DialogueSettings { heard_to_the_end, ..DialogueSettings::default() };
    let rules = MeetingRules {
        recording: Recording::FromStart,
        recording_notice: RecordingNotice::PhoneCallers,
        ..MeetingRules::default()
    };
    let mut stage = Stage::new(&rules, dialogue, SoundMode::Durations);
    stage.caller_comes(ANN);
    stage.organizer_comes(OLGA);
    let mark = stage.mark();
    stage.call(BEN);
    stage.pass(Duration::from_millis(200));
    stage.keys(BEN, &format!("{}#", IDS[0]));
    stage.pass(Duration::from_millis(150));
    assert_eq!(stage.said(mark, BEN).last(), Some(&"joining"));
    let notice = stage.mark();
    stage.keys(BEN, "*5*6*");
    stage.pass(Duration::from_millis(200));
    assert_eq!(stage.said(notice, BEN), ["recording-on"]);
    stage.seconds(1);
    stage.keys(BEN, "3");
    stage.seconds(1);
    let cut = Happened::PromptCut { prompt: PromptId::RecordingOn };
    assert!(!stage.since(mark).any(|event| event.happened == cut));
    let said = stage.said(notice, BEN);
    assert_eq!(said[said.len() - 4..], ["hand-raised", "muted", "number-3", "roll-call-people"]);
    // Who waited hears of the recording too, on coming in.
    assert!(stage.said(0, ANN).contains(&"recording-on"));
    stage.hang_up(BEN);
    assert_eq!(stage.record_of(BEN).commands, [Command::Hand, Command::Mute, Command::RollCall]);
    let journal = Journal::parse(&stage.written_journal()).unwrap();
    assert_eq!(replay(&journal, support::short_sounds().0).unwrap(), stage.trace);
    stage.assert_whole();
}

#[test]
fn another_key_map_takes_the_place_of_the_first() {
    let keys = KeyMap::new(CommandCharacter::Pound, [("0", Command::Mute)]).unwrap();
    let dialogue = DialogueSettings { keys, ..DialogueSettings::default() };
    let mut stage = Stage::new(&MeetingRules::default(), dialogue, SoundMode::Durations);
    stage.organizer_comes(OLGA);
    stage.seconds(2);
    let mark = stage.mark();
    stage.keyed(OLGA, "*6");
    assert!(stage.said(mark, OLGA).is_empty());
    stage.keyed(OLGA, "#0");
    assert_eq!(stage.said(mark, OLGA), ["muted"]);
}

#[test]
fn a_hard_mute_is_the_organizers_to_end_and_a_soft_one_anybodys() {
    for (mute_all, told, then) in [
        (
            MuteAll::Soft,
            vec!["muted-by-organizer", "to-unmute", "press", "star", "digit-6"],
            "unmuted",
        ),
        (MuteAll::Hard, vec!["muted", "cannot-unmute"], "cannot-unmute"),
    ] {
        let mut stage = in_meeting(MeetingRules { mute_all, ..MeetingRules::default() });
        let mark = stage.mark();
        stage.keyed(OLGA, "*22");
        stage.seconds(1);
        assert_eq!(stage.said(mark, ANN), told);
        let mark = stage.mark();
        stage.keyed(ANN, "*6");
        assert_eq!(stage.said(mark, ANN), [then]);
        // Who comes later is muted too, and told so.
        let mark = stage.mark();
        stage.caller_comes(9);
        stage.seconds(1);
        assert!(stage.said(mark, 9).ends_with(&told), "{:?}", stage.said(mark, 9));
        let mark = stage.mark();
        stage.keyed(OLGA, "*22");
        assert_eq!(stage.said(mark, BEN), ["unmuted-by-organizer"]);
        assert_eq!(stage.said(mark, OLGA), ["everyone-unmuted"]);
    }
}

#[test]
fn ones_own_mute_outlasts_the_organizers() {
    let mut stage = in_meeting(MeetingRules::default());
    stage.keyed(ANN, "*6");
    stage.keyed(OLGA, "*22");
    stage.keyed(OLGA, "*22");
    let mark = stage.mark();
    stage.keyed(ANN, "*6");
    assert_eq!(stage.said(mark, ANN), ["unmuted"], "she was still muted by herself");
}
