//! What goes wrong outside the exchange, drawn from a seeded stream.

use std::time::Duration;

use rand::RngExt as _;
use rand_chacha::ChaCha12Rng;

/// How often each thing goes wrong, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A frame is lost on its way to the exchange.
    pub frames_lost: u16,
    /// A frame comes one tick late.
    pub frames_late: u16,
    /// The store takes [`Faults::store_slow_by`] longer.
    pub store_slow: u16,
    /// How much longer.
    pub store_slow_by: Duration,
    /// The store says that it cannot answer.
    pub store_unavailable: u16,
    /// The store never answers.
    pub store_gone: u16,
}

/// What becomes of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameFate {
    Arrives,
    Late,
    Lost,
}

/// What becomes of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuestionFate {
    Answered,
    AnsweredAfter(Duration),
    Unavailable,
    Gone,
}

impl Faults {
    /// `lost_too` of a thousand are lost on this phone's line besides.
    pub(super) fn frame(&self, lost_too: u16, rng: &mut ChaCha12Rng) -> FrameFate {
        let lost = self.frames_lost.saturating_add(lost_too);
        if lost == 0 && self.frames_late == 0 {
            return FrameFate::Arrives;
        }
        let drawn = rng.random_range(0..1_000);
        match drawn {
            _ if drawn < lost => FrameFate::Lost,
            _ if drawn < lost.saturating_add(self.frames_late) => FrameFate::Late,
            _ => FrameFate::Arrives,
        }
    }

    pub(super) fn question(&self, rng: &mut ChaCha12Rng) -> QuestionFate {
        let drawn = rng.random_range(0..1_000);
        let unavailable = self.store_gone + self.store_unavailable;
        match drawn {
            _ if drawn < self.store_gone => QuestionFate::Gone,
            _ if drawn < unavailable => QuestionFate::Unavailable,
            _ if drawn < unavailable + self.store_slow => {
                QuestionFate::AnsweredAfter(self.store_slow_by)
            }
            _ => QuestionFate::Answered,
        }
    }
}
