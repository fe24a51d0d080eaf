//! What is spoken, to read: the clips of a sentence come one after the other and become one caption, with the keys as they
//! stand on the keypad. The trace has each clip by itself.

use std::time::Duration;

use crate::domain::{PromptId, Uptime};

/// What the newest caption is of, until it is cut or something else is spoken.
#[derive(Clone, Debug)]
pub(super) struct Spoken {
    /// The clip that began last; `None` of music, and of a prompt that only another bridge has.
    clip: Option<PromptId>,
    /// When it ends; `None` while nobody knows.
    ends_at: Option<Uptime>,
    /// Until when its next clip has to begin.
    grows_until: Uptime,
}

/// A clip's end is told by the clip after it, which may come that much later.
const LATE_MAX: Duration = Duration::from_millis(200);

/// After so long the next clip is of something else.
const GAP_MAX: Duration = Duration::from_secs(1);

/// So long a clip may be whose length is not told.
const UNTOLD_MAX: Duration = Duration::from_secs(5);

/// Letters of a caption that still grows. Help and a number digit by digit are shorter.
const GROWS_MAX: usize = 400;

impl Spoken {
    /// A clip of that name begins; 0 when its length is not known.
    pub(super) fn clip(now: Uptime, name: &str, lasts: Duration) -> Self {
        let ends_at = (lasts > Duration::ZERO).then(|| now + lasts);
        let grows_until = ends_at.unwrap_or(now + UNTOLD_MAX) + GAP_MAX;
        Self { clip: PromptId::from_name(name), ends_at, grows_until }
    }

    /// Music begins: it ends when it is told, and nothing is added to it.
    pub(super) fn music(now: Uptime) -> Self {
        Self { clip: None, ends_at: None, grows_until: now }
    }

    /// Another note has come after the caption: it is as it is.
    pub(super) fn close(&mut self) {
        self.grows_until = Uptime::ZERO;
    }

    /// Whether it is heard at the moment.
    pub(super) fn is_heard(&self, now: Uptime) -> bool {
        self.ends_at.is_none_or(|at| now < at + LATE_MAX)
    }

    /// Whether the next clip may still belong to this caption.
    pub(super) fn grows(&self, now: Uptime, caption: &str) -> bool {
        now < self.grows_until && caption.len() < GROWS_MAX && !is_sentence(caption)
    }

    /// What a clip of that name adds to the caption; `None` when it begins another.
    pub(super) fn gains(
        &self,
        now: Uptime,
        caption: &str,
        name: &str,
        words: &str,
    ) -> Option<String> {
        let clip = PromptId::from_name(name)?;
        if !self.grows(now, caption) || !follows(clip, self.clip?) {
            return None;
        }
        let gap = if is_key(clip) && self.clip.is_some_and(is_key) { "" } else { " " };
        let pressed = self.clip == Some(PromptId::Press);
        Some(match clip.name().strip_prefix("number-").filter(|_| pressed) {
            Some(key) => format!("{gap}{key}"),
            None => format!("{gap}{}", shown(name, words)),
        })
    }
}

/// How a clip is shown with which a caption begins: as a sentence does.
pub(super) fn begins(name: &str, words: &str) -> String {
    let shown = shown(name, words);
    let mut letters = shown.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How a clip is shown: a key as on the keypad, all else in the bridge's words.
fn shown(name: &str, words: &str) -> String {
    let key = match name {
        "star" => "*",
        "pound" => "#",
        other => other.strip_prefix("digit-").unwrap_or(words),
    };
    key.to_owned()
}

fn is_sentence(caption: &str) -> bool {
    caption.trim_end().ends_with(['.', '!', '?'])
}

/// Whether that clip goes on with the sentence that the other one has begun.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other prompt begins a sentence")]
fn follows(clip: PromptId, before: PromptId) -> bool {
    use PromptId as P;
    if is_number(clip) {
        return before == P::Press || is_number(before);
    }
    if is_key(clip) {
        return matches!(before, P::Press | P::CallerNumber) || is_key(before);
    }
    match clip {
        P::Press | P::HasJoined | P::HasLeft => true,
        P::PeopleWaiting | P::RollCallPeople => is_number(before),
        P::CallerNumber | P::UnnamedCaller | P::AppUser => before == P::OrganizerIs,
        _ => false,
    }
}

fn is_number(clip: PromptId) -> bool {
    clip.name().starts_with("number-")
}

fn is_key(clip: PromptId) -> bool {
    matches!(clip, PromptId::Star | PromptId::Pound) || clip.name().starts_with("digit-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The captions that come of clips of a second each, without a pause.
    fn captions(clips: &[(&str, &str)]) -> Vec<String> {
        let (mut captions, mut spoken): (Vec<String>, Option<Spoken>) = (Vec::new(), None);
        for (second, (name, words)) in (0..).zip(clips) {
            let now = Uptime::from_millis(second * 1_000);
            let before = captions.last().cloned().unwrap_or_default();
            match spoken.and_then(|spoken| spoken.gains(now, &before, name, words)) {
                Some(more) => captions.last_mut().unwrap().push_str(&more),
                None => captions.push(begins(name, words)),
            }
            spoken = Some(Spoken::clip(now, name, Duration::from_secs(1)));
        }
        captions
    }

    #[test]
    fn the_clips_of_a_sentence_are_one_caption_with_its_keys() {
        let key = |key: &'static str| (key, "a key's name");
        let press = ("press", "press");
        for (clips, wanted) in [
            (
                vec![
                    ("help-mute-all", "To mute everyone else,"),
                    press,
                    key("star"),
                    key("digit-2"),
                    key("digit-2"),
                    ("help-again", "To hear this again,"),
                    press,
                    key("star"),
                    key("digit-1"),
                ],
                vec!["To mute everyone else, press *22", "To hear this again, press *1"],
            ),
            (
                vec![
                    ("welcome", "Welcome."),
                    ("for-this-language", "For English"),
                    press,
                    ("number-1", "one"),
                    ("for-this-language", "F\u{fc}r Deutsch"),
                    ("press", "dr\u{fc}cken Sie"),
                    ("number-2", "zwei"),
                ],
                vec!["Welcome.", "For English press 1", "F\u{fc}r Deutsch dr\u{fc}cken Sie 2"],
            ),
            (
                vec![
                    ("number-2", "zwei"),
                    ("number-hundred", "hundert"),
                    ("number-13", "dreizehn"),
                    ("roll-call-people", "Personen sind in dieser Besprechung."),
                    ("unnamed-caller", "Ein Anrufer ohne Namen"),
                    ("caller-number", "Der Anrufer mit der Nummer"),
                    key("digit-1"),
                    key("digit-7"),
                    ("organizer-is", "Der Organisator ist"),
                    ("app-user", "ein Nutzer der App"),
                ],
                vec![
                    "Zwei hundert dreizehn Personen sind in dieser Besprechung.",
                    "Ein Anrufer ohne Namen",
                    "Der Anrufer mit der Nummer 17",
                    "Der Organisator ist ein Nutzer der App",
                ],
            ),
            (vec![("of-another-bridge", "To dance,"), press], vec!["To dance,", "Press"]),
        ] {
            assert_eq!(captions(&clips), wanted);
        }
    }

    #[test]
    fn a_caption_grows_no_more_after_a_pause_or_when_it_is_very_long() {
        let spoken = Spoken::clip(Uptime::ZERO, "help-mute", Duration::from_secs(2));
        let gains = |at, caption: &str| {
            spoken.gains(Uptime::from_millis(at), caption, "press", "press").is_some()
        };
        assert!(gains(2_020, "To mute,") && gains(2_999, "To mute,") && !gains(3_000, "To mute,"));
        assert!(!gains(2_020, &"x".repeat(GROWS_MAX)) && !gains(2_020, "It is muted."));
        let heard = |at| spoken.is_heard(Uptime::from_millis(at));
        assert!(heard(2_199) && !heard(2_200));
        // A bridge that does not tell how long a clip is.
        let spoken = Spoken::clip(Uptime::ZERO, "help-mute", Duration::ZERO);
        assert!(spoken.is_heard(Uptime::from_millis(60_000)));
        assert!(spoken.grows(Uptime::from_millis(5_999), "To mute,"));
        assert!(!spoken.grows(Uptime::from_millis(6_000), "To mute,"));
    }
}
