//! The keys in the streams of one caller: by event where there are any, else by sound.

use std::time::Duration;

use super::CapturedKey;
use super::streams::Stream;
use crate::domain::Uptime;
use crate::media::Frame;
use crate::media::dtmf::Detector;
use crate::media::g711::{Law, expand};
use crate::proto::event_receiver::EventReceiver;
use crate::proto::rtp::timestamp_since;
use crate::proto::sdp::Format;

/// The keys that came as events.
pub(super) fn by_event(streams: &[&Stream<'_>], agreed: &[(u8, Format)]) -> Vec<CapturedKey> {
    let mut keys = Vec::new();
    for stream in streams {
        let mut receiver: Option<EventReceiver> = None;
        let before = keys.len();
        for (at, packet) in &stream.packets {
            let Format::Events { clock_hz } = Stream::format(packet, agreed) else { continue };
            let receiver = receiver.get_or_insert_with(|| EventReceiver::new(clock_hz));
            let Some(report) = receiver.hear(*at, packet) else { continue };
            if report.is_new {
                // The first packet that came may be one from the middle of the press.
                let at = earlier(*at, report.lasted);
                keys.push(CapturedKey { digit: report.digit, at, lasted: None });
            }
            let place = usize::try_from(report.press).map_or(usize::MAX, |press| before + press);
            if let Some(key) = keys.get_mut(place) {
                key.lasted = Some(report.lasted);
            }
        }
    }
    keys.sort_by_key(|key| key.at);
    keys
}

/// The keys that sound.
pub(super) fn by_sound(streams: &[&Stream<'_>], agreed: &[(u8, Format)]) -> Vec<CapturedKey> {
    let mut keys = Vec::new();
    for stream in streams {
        keys.extend(heard(stream, agreed));
    }
    keys.sort_by_key(|key| key.at);
    keys
}

/// A longer hole in the sound is as good as silence without end: no tone goes on behind it.
const HOLE_FILLED_MAX: i64 = 1_600;

/// From the beginning of a tone until the detector is certain, less the part of a frame in which it happens.
const CERTAIN_AFTER: Duration = Duration::from_millis(25);

/// From the end of a tone until the detector takes it for over, less the part of a frame in which it happens.
const OVER_AFTER: Duration = Duration::from_millis(35);

/// A packet of sound in its place.
struct Piece<'a> {
    at: Uptime,
    /// The first sample, counted on from the stream's first.
    place: i64,
    law: Law,
    codes: &'a [u8],
}

fn heard(stream: &Stream<'_>, agreed: &[(u8, Format)]) -> Vec<CapturedKey> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut last: Option<(u32, i64)> = None;
    for (at, packet) in &stream.packets {
        let Format::G711(law) = Stream::format(packet, agreed) else { continue };
        let place = match last {
            Some((timestamp, place)) => {
                place + i64::from(timestamp_since(packet.timestamp, timestamp))
            }
            None => 0,
        };
        last = Some((packet.timestamp, place));
        // A packet leaves when its last sample has been taken.
        let at = earlier(*at, time_of(packet.payload.len() as u64));
        pieces.push(Piece { at, place, law, codes: packet.payload });
    }
    // Packets that came out of order are put in order, repeated ones left out.
    pieces.sort_by_key(|piece| piece.place);
    let mut ear = Ear::default();
    for piece in &pieces {
        ear.hear(piece);
    }
    ear.silence(Frame::SAMPLES as i64 * 5);
    ear.keys
}

#[derive(Default)]
struct Ear {
    detector: Detector,
    frame: Vec<i16>,
    /// The sample that comes next, once one has come.
    next: Option<i64>,
    /// A sample and its time.
    anchor: (i64, Uptime),
    pressed: bool,
    keys: Vec<CapturedKey>,
}

impl Ear {
    fn hear(&mut self, piece: &Piece<'_>) {
        let next = *self.next.get_or_insert_with(|| {
            self.anchor = (piece.place, piece.at);
            piece.place
        });
        let hole = piece.place - next;
        if hole > HOLE_FILLED_MAX {
            self.silence(HOLE_FILLED_MAX);
            self.frame.clear();
            self.next = Some(piece.place);
            self.anchor = (piece.place, piece.at);
        } else if hole > 0 {
            self.silence(hole);
        }
        let known = usize::try_from(-hole).unwrap_or(0);
        for &code in piece.codes.get(known..).unwrap_or_default() {
            self.sample(expand(piece.law, code));
        }
    }

    fn silence(&mut self, samples: i64) {
        for _ in 0..samples {
            self.sample(0);
        }
    }

    fn sample(&mut self, sample: i16) {
        self.frame.push(sample);
        self.next = self.next.map(|next| next + 1);
        let Some(samples) = self.frame.first_chunk::<{ Frame::SAMPLES }>() else { return };
        let found = self.detector.hear(&Frame(*samples));
        let began = self.time(self.next.unwrap_or(0) - Frame::SAMPLES as i64);
        self.frame.clear();
        if self.pressed
            && (found.pressed.is_some() || !found.suspect)
            && let Some(key) = self.keys.last_mut()
        {
            key.lasted = Some(earlier(began, OVER_AFTER).since(key.at).max(SHORTEST));
            self.pressed = false;
        }
        if let Some(digit) = found.pressed {
            self.keys.push(CapturedKey { digit, at: earlier(began, CERTAIN_AFTER), lasted: None });
            self.pressed = true;
        }
    }

    fn time(&self, sample: i64) -> Uptime {
        let samples = u64::try_from(sample - self.anchor.0).unwrap_or(0);
        self.anchor.1 + time_of(samples)
    }
}

fn time_of(samples: u64) -> Duration {
    Duration::from_micros(samples.saturating_mul(1_000_000) / u64::from(Frame::RATE_HZ))
}

/// No key that is heard is shorter (ITU-T Q.24).
const SHORTEST: Duration = Duration::from_millis(40);

fn earlier(at: Uptime, by: Duration) -> Uptime {
    let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
    Uptime::from_micros(at.as_micros().saturating_sub(by))
}
