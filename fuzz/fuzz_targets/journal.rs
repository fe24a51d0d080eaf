//! Any text as a journal: an error, or one that can be replayed or says why not, and reads back the same.
#![no_main]

use std::sync::{Arc, OnceLock};

use holdline::exchange::{Journal, replay};
use holdline::media::sounds::Sounds;

static SOUNDS: OnceLock<Arc<Sounds>> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(journal) = Journal::parse(text) else { return };
    let again = Journal::parse(&journal.to_json_lines());
    assert_eq!(again.ok().as_ref(), Some(&journal));
    let sounds = SOUNDS.get_or_init(|| Arc::new(Sounds::synthetic()));
    let _ = replay(&journal, Arc::clone(sounds));
});
