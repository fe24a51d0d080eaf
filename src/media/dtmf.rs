//! Hears the keys pressed in telephone sound (ITU-T Q.23, Q.24).
//!
//! Every 5 ms it looks at the last 15 ms through a window at the eight tones. A look is good when one row and one column
//! stand out together: loud enough, not too unlike in level, nearly all of the sound there is, and of the right
//! frequency, which the turn of the phase since the last look tells to a few hertz. A key is certain when
//! enough good looks of full level have come one after the other, and over when as many have not.
//!
//! Looks cost, and most sound is no key. As a key needs more good looks in a row than a frame has, one of them is the last
//! of a frame: as long as nothing has begun, only that one is taken, and the others when it is good. No key is found or
//! missed by that.

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
    /// The end of what was heard, enough for the look before the next one.
    heard: [i16; WINDOW],
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

/// Half a window, and zeros up to a multiple of [`LANES`]. The window is symmetric: its two halves are added and
/// subtracted first, so that each tone costs half as much.
const HALF: usize = 64;

/// Sums kept beside each other and added in a fixed order, so that the result is the same on every machine.
const LANES: usize = 8;

struct Table {
    window_sum: f32,
    window_power: f32,
    /// What the power of a sample counts, from the middle outwards.
    weight: [f32; HALF],
    cosine: [[f32; HALF]; TONES],
    sine: [[f32; HALF]; TONES],
    /// How far each tone turns in one hop, in radians.
    turn: [f32; TONES],
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        window_sum: 0.0,
        window_power: 0.0,
        weight: [0.0; HALF],
        cosine: [[0.0; HALF]; TONES],
        sine: [[0.0; HALF]; TONES],
        turn: [0.0; TONES],
    };
    let turn = std::f64::consts::TAU;
    for place in 0..WINDOW / 2 {
        let from_middle = place as f64 + 0.5;
        let hann = 0.5 + 0.5 * libm::cos(turn * from_middle / WINDOW as f64);
        table.weight[place] = (hann * hann) as f32;
        table.window_sum += 2.0 * hann as f32;
        table.window_power += 2.0 * (hann * hann) as f32;
        for tone in 0..TONES {
            let at = step(tone) * from_middle;
            table.cosine[tone][place] = (hann * libm::cos(at)) as f32;
            table.sine[tone][place] = (hann * libm::sin(at)) as f32;
        }
    }
    for tone in 0..TONES {
        table.turn[tone] = (step(tone) * HOP as f64) as f32;
    }
    table
});

/// How far a tone turns from one sample to the next, in radians.
fn step(tone: usize) -> f64 {
    std::f64::consts::TAU * f64::from(hz(tone)) / f64::from(Frame::RATE_HZ)
}

/// The eight tones in 15 ms of sound.
#[derive(Clone, Copy)]
struct Spectrum {
    /// The power of all there is.
    total: f32,
    /// Each tone as a complex number; nothing where there is not enough sound for a key.
    tones: [(f32, f32); TONES],
}

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
        Self { heard: [0; WINDOW], run: Run::default(), state: State::Quiet }
    }

    /// Takes the next 20 ms.
    pub fn hear(&mut self, frame: &Frame) -> Ear {
        let before = std::mem::replace(&mut self.heard, *last(&frame.0));
        let last_look = spectrum(last(&frame.0));
        if self.nothing_has_begun() && !last_look.may_be_good() {
            self.run = Run::default();
            return Ear { pressed: None, suspect: false };
        }
        let mut sound = [0; WINDOW + Frame::SAMPLES];
        sound[..WINDOW].copy_from_slice(&before);
        sound[WINDOW..].copy_from_slice(&frame.0);
        self.look_at_all(&sound)
    }

    /// Whether no look before this frame counts for a key.
    fn nothing_has_begun(&self) -> bool {
        matches!(self.state, State::Quiet) && self.run.looks == 0
    }

    fn look_at_all(&mut self, sound: &[i16; WINDOW + Frame::SAMPLES]) -> Ear {
        let mut ear = Ear { pressed: None, suspect: false };
        let mut before = spectrum(last(&sound[..WINDOW]));
        for end in (WINDOW..=sound.len()).step_by(HOP).skip(1) {
            let now = spectrum(last(&sound[..end]));
            if let Some(digit) = self.take(look(&before, &now)) {
                ear.pressed = Some(digit);
            }
            ear.suspect |= self.is_suspect();
            before = now;
        }
        ear
    }

    fn is_suspect(&self) -> bool {
        match self.state {
            State::Pressed { .. } => true,
            State::Quiet => self.run.looks >= SUSPECT_LOOKS,
        }
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

/// The last 15 ms of that.
fn last(samples: &[i16]) -> &[i16; WINDOW] {
    samples.last_chunk().expect("a frame is longer than a look")
}

/// The tones in 15 ms.
fn spectrum(samples: &[i16; WINDOW]) -> Spectrum {
    let table = &*TABLE;
    let (mut even, mut odd) = ([0.0_f32; HALF], [0.0_f32; HALF]);
    let (left, right) = samples.split_at(WINDOW / 2);
    let mut power = [0.0_f32; LANES];
    for (place, (&left, &right)) in left.iter().rev().zip(right).enumerate() {
        let (left, right) = (f32::from(left), f32::from(right));
        even[place] = right + left;
        odd[place] = right - left;
    }
    // The squares of both halves: a² + b² is half of (a + b)² + (a − b)².
    for ((even, odd), weight) in chunks(&even).zip(chunks(&odd)).zip(chunks(&table.weight)) {
        for lane in 0..LANES {
            power[lane] += weight[lane] * (even[lane] * even[lane] + odd[lane] * odd[lane]);
        }
    }
    let total = power.iter().sum::<f32>() / (2.0 * table.window_power);
    let mut tones = [(0.0, 0.0); TONES];
    if total >= 2.0 * *POWER_MIN {
        for (tone, sum) in tones.iter_mut().enumerate() {
            *sum = (dot(&even, &table.cosine[tone]), dot(&odd, &table.sine[tone]));
        }
    }
    Spectrum { total, tones }
}

fn dot(one: &[f32; HALF], other: &[f32; HALF]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (one, other) in chunks(one).zip(chunks(other)) {
        for lane in 0..LANES {
            sums[lane] += one[lane] * other[lane];
        }
    }
    sums.iter().sum()
}

fn chunks(all: &[f32; HALF]) -> impl Iterator<Item = &[f32; LANES]> {
    all.as_chunks::<LANES>().0.iter()
}

impl Spectrum {
    /// The row and column that stand out together, with their power; `None` when no key does.
    fn stands_out(&self) -> Option<(usize, usize, f32)> {
        if self.total < 2.0 * *POWER_MIN {
            return None;
        }
        let scale = 2.0 / (TABLE.window_sum * TABLE.window_sum);
        let powers = self.tones.map(|(re, im)| scale * (re * re + im * im));
        let row = loudest(&powers[..4]);
        let column = 4 + loudest(&powers[4..]);
        let (low, high) = (powers[row], powers[column]);
        let stands_out = low >= *POWER_MIN
            && high >= *POWER_MIN
            && high <= low * TWIST_REVERSE
            && low <= high * TWIST_NORMAL
            && low + high >= SHARE_MIN * self.total;
        stands_out.then_some((row, column, low + high))
    }

    /// Whether a look that ends here can be good, whatever came before.
    fn may_be_good(&self) -> bool {
        self.stands_out().is_some()
    }
}

/// One look, and the one before; `None` when no key stands out, or its frequencies are wrong.
fn look(before: &Spectrum, now: &Spectrum) -> Option<Look> {
    let (row, column, power) = now.stands_out()?;
    let row = nominal(true_hz(row, before.tones[row], now.tones[row]), 0..4)?;
    let column = nominal(true_hz(column, before.tones[column], now.tones[column]), 4..8)?;
    Some(Look { place: (row, column - 4), power })
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

/// The power of a tone of [`LEVEL_MIN_DBM0`].
static POWER_MIN: LazyLock<f32> = LazyLock::new(|| {
    let peak = PEAK_0_DBM0 as f32 * libm::powf(10.0, LEVEL_MIN_DBM0 / 20.0);
    peak * peak / 2.0
});

fn digit_at((row, column): (usize, usize)) -> Option<Digit> {
    Digit::from_char(KEYPAD[row][column])
}

#[cfg(test)]
#[path = "dtmf_tests.rs"]
mod tests;
