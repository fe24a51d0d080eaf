//! Hears the keys pressed in telephone sound (ITU-T Q.23, Q.24).
//!
//! Every 5 ms it looks at the last 15 ms through a window at the eight tones. A look is good when one row and one column
//! stand out together: loud enough, not too unlike in level, nearly all of the sound there is, and of the right
//! frequency, which the turn of the phase since the last look tells to a few hertz. A key is certain when
//! enough good looks of full level have come one after the other, and over when as many have not.

use std::sync::LazyLock;

use super::frame::Frame;
use super::level::PEAK_0_DBM0;
use super::tone::{COLUMNS_HZ, KEYPAD, ROWS_HZ};
use crate::domain::Digit;

/// What the detector found in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ear {
    /// A key that has become certain in this frame. Once a press, however long it lasts.
    pub pressed: Option<Digit>,
    /// Whether part of a key's tone may be in this frame, or in the two before it.
    pub suspect: bool,
}

/// Hears the keys of one leg. Fixed size, no heap.
#[derive(Clone, Debug)]
pub struct Detector {
    history: [f32; WINDOW],
    /// The eight tones in the look before, as complex numbers.
    before: [(f32, f32); TONES],
    run: Run,
    state: State,
}

/// Good looks at one key, one after the other.
#[derive(Clone, Debug, Default)]
struct Run {
    place: Option<(usize, usize)>,
    powers: [f32; RUN_LOOKS_MAX],
    looks: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Quiet,
    /// A key has been reported and sounds on; so many looks since have not been good.
    Pressed {
        place: (usize, usize),
        power: f32,
        away: usize,
    },
}

const TONES: usize = 8;

/// Samples from one look to the next: 5 ms, fine enough for a gap of 10 ms to be told from one of 40.
const HOP: usize = 40;

/// Samples in one look: 15 ms keep low and high tones apart by the window's main lobe.
const WINDOW: usize = 120;

/// Good looks of at least a quarter of the run's greatest power that make a key certain. A tone of 23 ms gives
/// fewer, one of 40 ms more.
const SURE_LOOKS: usize = 6;

/// Looks kept of a run: enough to find [`SURE_LOOKS`] among the rising ones.
const RUN_LOOKS_MAX: usize = 10;

/// Good looks after which the frame is suspect: one alone happens in speech.
const SUSPECT_LOOKS: usize = 2;

/// Looks that are not good, one after the other, that end a press: a gap of 10 ms gives fewer, one of 40 ms more.
const OVER_LOOKS: usize = 5;

/// The least level of each tone: those of 25 dB below 0 dBm0 must be heard, with some to spare.
const LEVEL_MIN_DBM0: f32 = -29.0;

/// Least part of all the power that the two tones must have.
const SHARE_MIN: f32 = 0.62;

/// How much weaker the high tone may be (normal twist), and how much weaker the low one (reverse), in power.
const TWIST_NORMAL: f32 = 7.08;
const TWIST_REVERSE: f32 = 2.82;

/// Furthest from its nominal frequency that a tone may be: 1.5 % must be heard, 3.5 % must not.
const OFF_MAX: f32 = 0.025;

/// How far below its full power a tone that was reported may fall without being away.
const AWAY_POWER: f32 = 0.05;

struct Table {
    window_sum: f32,
    window_power: f32,
    window: [f32; WINDOW],
    cosine: [[f32; WINDOW]; TONES],
    sine: [[f32; WINDOW]; TONES],
    /// How far each tone turns in one hop, in radians.
    turn: [f32; TONES],
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        window_sum: 0.0,
        window_power: 0.0,
        window: [0.0; WINDOW],
        cosine: [[0.0; WINDOW]; TONES],
        sine: [[0.0; WINDOW]; TONES],
        turn: [0.0; TONES],
    };
    let turn = std::f64::consts::TAU;
    for place in 0..WINDOW {
        let hann = 0.5 - 0.5 * libm::cos(turn * (place as f64 + 0.5) / WINDOW as f64);
        table.window[place] = hann as f32;
        table.window_sum += hann as f32;
        table.window_power += (hann * hann) as f32;
    }
    for tone in 0..TONES {
        let step = turn * f64::from(hz(tone)) / f64::from(Frame::RATE_HZ);
        let per_hop = step * HOP as f64;
        table.turn[tone] = per_hop as f32;
        for place in 0..WINDOW {
            let at = step * place as f64;
            table.cosine[tone][place] = (libm::cos(at)) as f32 * table.window[place];
            table.sine[tone][place] = (libm::sin(at)) as f32 * table.window[place];
        }
    }
    table
});

/// One look: which key stands out, and with what power.
struct Look {
    place: (usize, usize),
    power: f32,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// A detector that has heard nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            history: [0.0; WINDOW],
            before: [(0.0, 0.0); TONES],
            run: Run::default(),
            state: State::Quiet,
        }
    }

    /// Takes the next 20 ms.
    pub fn hear(&mut self, frame: &Frame) -> Ear {
        let mut ear = Ear { pressed: None, suspect: false };
        for hop in frame.0.chunks_exact(HOP) {
            self.history.copy_within(HOP.., 0);
            for (slot, &sample) in self.history[WINDOW - HOP..].iter_mut().zip(hop) {
                *slot = f32::from(sample);
            }
            let look = self.look();
            if let Some(digit) = self.take(look) {
                ear.pressed = Some(digit);
            }
            ear.suspect |= self.is_suspect();
        }
        ear
    }

    fn is_suspect(&self) -> bool {
        match self.state {
            State::Pressed { .. } => true,
            State::Quiet => self.run.looks >= SUSPECT_LOOKS,
        }
    }

    /// Looks at the last 15 ms; `None` when no key stands out.
    fn look(&mut self) -> Option<Look> {
        let table = &*TABLE;
        let total: f32 = (self.history.iter().zip(&table.window))
            .map(|(sample, window)| (sample * window) * (sample * window))
            .sum::<f32>()
            / table.window_power;
        if total < 2.0 * power_of(LEVEL_MIN_DBM0) {
            self.before = [(0.0, 0.0); TONES];
            return None;
        }
        let mut now = [(0.0, 0.0); TONES];
        let mut powers = [0.0; TONES];
        for tone in 0..TONES {
            let (re, im) = correlate(&self.history, &table.cosine[tone], &table.sine[tone]);
            now[tone] = (re, im);
            powers[tone] = 2.0 * (re * re + im * im) / (table.window_sum * table.window_sum);
        }
        let before = std::mem::replace(&mut self.before, now);
        let row = loudest(&powers[..4]);
        let column = 4 + loudest(&powers[4..]);
        let (low, high) = (powers[row], powers[column]);
        let stands_out = low >= power_of(LEVEL_MIN_DBM0)
            && high >= power_of(LEVEL_MIN_DBM0)
            && high <= low * TWIST_REVERSE
            && low <= high * TWIST_NORMAL
            && low + high >= SHARE_MIN * total;
        if !stands_out {
            return None;
        }
        let row = nominal(true_hz(row, before[row], now[row]), 0..4)?;
        let column = nominal(true_hz(column, before[column], now[column]), 4..8)?;
        Some(Look { place: (row, column - 4), power: low + high })
    }

    fn take(&mut self, look: Option<Look>) -> Option<Digit> {
        self.count(&look);
        let sure = self.run.sure();
        match (&mut self.state, sure) {
            (State::Pressed { place, power, away }, _)
                if look.as_ref().is_some_and(|look| {
                    look.place == *place && look.power >= *power * AWAY_POWER
                }) =>
            {
                *away = 0;
                *power = power.max(look.map_or(0.0, |look| look.power));
                None
            }
            (State::Pressed { place, .. }, Some((sure, power))) if sure != *place => {
                self.state = State::Pressed { place: sure, power, away: 0 };
                digit_at(sure)
            }
            (State::Pressed { away, .. }, _) => {
                *away += 1;
                if *away >= OVER_LOOKS {
                    self.state = State::Quiet;
                    self.run = Run::default();
                }
                None
            }
            (State::Quiet, Some((place, power))) => {
                self.state = State::Pressed { place, power, away: 0 };
                digit_at(place)
            }
            (State::Quiet, None) => None,
        }
    }

    fn count(&mut self, look: &Option<Look>) {
        match look {
            Some(look) => {
                if self.run.place != Some(look.place) {
                    self.run = Run { place: Some(look.place), ..Run::default() };
                }
                self.run.powers.rotate_right(1);
                self.run.powers[0] = look.power;
                self.run.looks += 1;
            }
            None => self.run = Run::default(),
        }
    }
}

impl Run {
    /// The key, and its power, when enough looks had its full power.
    fn sure(&self) -> Option<((usize, usize), f32)> {
        let powers = &self.powers[..self.looks.min(RUN_LOOKS_MAX)];
        let greatest = powers.iter().copied().fold(0.0, f32::max);
        let full = powers.iter().filter(|&&power| power >= greatest / 4.0).count();
        self.place.filter(|_| full >= SURE_LOOKS).map(|place| (place, greatest))
    }
}

fn correlate(samples: &[f32; WINDOW], cosine: &[f32; WINDOW], sine: &[f32; WINDOW]) -> (f32, f32) {
    // Eight sums at a time, added in a fixed order, so that the result is the same on every machine.
    let (mut re, mut im) = ([0.0_f32; 8], [0.0_f32; 8]);
    let chunks = samples.chunks_exact(8).zip(cosine.chunks_exact(8)).zip(sine.chunks_exact(8));
    for ((samples, cosine), sine) in chunks {
        for lane in 0..8 {
            re[lane] += samples[lane] * cosine[lane];
            im[lane] += samples[lane] * sine[lane];
        }
    }
    (re.iter().sum(), im.iter().sum())
}

fn loudest(powers: &[f32]) -> usize {
    let mut best = 0;
    for (place, &power) in powers.iter().enumerate() {
        if power > powers[best] {
            best = place;
        }
    }
    best
}

/// The frequency a tone really has, from how far its phase turned in one hop.
fn true_hz(tone: usize, before: (f32, f32), now: (f32, f32)) -> f32 {
    // `im` is the sine part, so the phase is that of re − j·im: it turns forward with the tone.
    let re = now.0 * before.0 + now.1 * before.1;
    let im = now.0 * before.1 - now.1 * before.0;
    let turned = libm::atan2f(im, re);
    let tau = std::f32::consts::TAU;
    let mut off = turned - TABLE.turn[tone];
    off -= tau * libm::roundf(off / tau);
    hz(tone) + off * Frame::RATE_HZ as f32 / (tau * HOP as f32)
}

/// The tone of the keypad that is near enough.
fn nominal(heard_hz: f32, mut tones: std::ops::Range<usize>) -> Option<usize> {
    tones.find(|&tone| (heard_hz - hz(tone)).abs() <= OFF_MAX * hz(tone))
}

fn hz(tone: usize) -> f32 {
    f32::from(if tone < 4 { ROWS_HZ[tone] } else { COLUMNS_HZ[tone - 4] })
}

fn power_of(level_dbm0: f32) -> f32 {
    let peak = PEAK_0_DBM0 as f32 * libm::powf(10.0, level_dbm0 / 20.0);
    peak * peak / 2.0
}

fn digit_at((row, column): (usize, usize)) -> Option<Digit> {
    Digit::from_char(KEYPAD[row][column])
}

#[cfg(test)]
#[path = "dtmf_tests.rs"]
mod tests;
