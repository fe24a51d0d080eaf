//! Any bytes as a sound file: an error or samples, never a panic.
//!
//! A picture inside a FLAC file may claim 4 GB, which the decoder reserves and never touches: hence `-malloc_limit_mb`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(samples) = holdline::media::decode::decode(bytes.to_vec(), "fuzzed") {
        assert!(!samples.is_empty());
    }
});
