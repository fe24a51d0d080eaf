//! Whence a leg's keys come: one source a leg, so that a press counts once.
//!
//! A telephone that sends events often lets the beginning of the tone through as well, and some send all of it. Both say the
//! same press. So the first event settles that this leg's keys are events (RFC 4733, SIP INFO), and no tone of it is a key from
//! then on. What is left out is in no journal: whoever replays one sees each press once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Exchange;
use crate::domain::{LegId, Uptime};

/// An event that begins so soon after a tone was found is the same press: a tone and the pause behind it last 80 ms at least
/// (ITU-T Q.24), of which 60 are over when the detector is sure.
const SAME_PRESS: Duration = Duration::from_millis(80);

/// Whence a leg's keys come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DtmfSource {
    /// Tones as long as no event comes.
    #[default]
    Unsettled,
    /// The same, and when the latest was found.
    Tones(Uptime),
    /// Events, and nothing else.
    Events,
}

impl DtmfSource {
    /// A tone is found: whether it is a key.
    fn tone(&mut self, at: Uptime) -> bool {
        match self {
            Self::Unsettled | Self::Tones(_) => {
                *self = Self::Tones(at);
                true
            }
            Self::Events => false,
        }
    }

    /// An event comes: whether it is a key of its own.
    fn event(&mut self, at: Uptime) -> bool {
        match std::mem::replace(self, Self::Events) {
            Self::Unsettled | Self::Events => true,
            Self::Tones(found_at) => at >= found_at + SAME_PRESS,
        }
    }
}

impl Exchange {
    /// Whether a tone of this leg is a key.
    pub(super) fn is_key_as_tone(&mut self, leg: LegId, at: Uptime) -> bool {
        self.is_key(leg, |source| source.tone(at))
    }

    /// Whether an event of this leg is a key of its own.
    pub(super) fn is_key_as_event(&mut self, leg: LegId, at: Uptime) -> bool {
        self.is_key(leg, |source| source.event(at))
    }

    fn is_key(&mut self, leg: LegId, is_key: impl FnOnce(&mut DtmfSource) -> bool) -> bool {
        let slot = self.by_id.get(&leg).copied();
        let leg = slot.and_then(|slot| self.leg_mut(slot));
        // A key of nobody is ignored where it is pressed.
        let is_key = leg.is_none_or(|leg| is_key(&mut leg.dtmf_source));
        self.counts.keys_ignored += u64::from(!is_key);
        is_key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Uptime = Uptime::from_micros(1_000_000);

    #[test]
    fn a_tone_beside_its_event_is_no_second_key_whichever_comes_first() {
        let mut leaking = DtmfSource::default();
        assert!(leaking.event(AT));
        assert!(!leaking.tone(AT + Duration::from_millis(40)));
        assert!(!leaking.tone(AT + Duration::from_secs(60)), "for as long as the call lasts");

        let mut late = DtmfSource::default();
        assert!(late.tone(AT));
        assert!(!late.event(AT + Duration::from_millis(20)));
        assert!(late.event(AT + Duration::from_millis(40)), "the next press is one");
    }

    #[test]
    fn who_sends_tones_alone_is_heard_and_a_later_event_is_a_key() {
        let mut tones = DtmfSource::default();
        assert!(tones.tone(AT) && tones.tone(AT + Duration::from_millis(80)));
        assert!(tones.event(AT + Duration::from_millis(160)));
    }
}
