//! Any text as a number, a conference ID, a PIN, an entry: an error, or a value that reads back the same.
#![no_main]

use holdline::domain::{ConferenceId, Entry, PhoneNumber, Pin};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(number) = text.parse::<PhoneNumber>() {
        assert_eq!(number.to_string().parse(), Ok(number));
    }
    if let Ok(id) = text.parse::<ConferenceId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(pin) = Pin::parse(text) {
        assert_eq!(pin.reveal(), text);
    }
    if let Some(entry) = Entry::parse(text) {
        assert_eq!(entry.len(), text.chars().count());
    }
});
