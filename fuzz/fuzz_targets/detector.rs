//! Any samples: the detector never panics, and a key is reported only where a tone may be.
#![no_main]

use holdline::media::Frame;
use holdline::media::dtmf::Detector;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut detector = Detector::new();
    for chunk in bytes.chunks_exact(2 * Frame::SAMPLES) {
        let mut frame = Frame::SILENCE;
        for (sample, pair) in frame.0.iter_mut().zip(chunk.chunks_exact(2)) {
            *sample = i16::from_le_bytes([pair[0], pair[1]]);
        }
        let ear = detector.hear(&frame);
        assert!(ear.pressed.is_none() || ear.suspect);
    }
});
