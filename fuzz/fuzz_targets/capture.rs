//! Any bytes as a capture: an error, or calls that make a scenario without a fault.
#![no_main]

use std::sync::Arc;

use holdline::proto::capture::Capture;
use holdline::scenario::{Files, from_capture, load};

struct NoFiles;

impl Files for NoFiles {
    fn table(&self, _name: &str) -> Result<Vec<u8>, String> {
        Err("no such file".to_owned())
    }

    fn sound(&self, _name: &str) -> Result<Arc<[i16]>, String> {
        Err("no such file".to_owned())
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Bytes that begin as no capture are the packets of one: the way to what is in them is short then.
    let mut made = vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 101, 0, 0, 0];
    for (nth, payload) in bytes.split(|&byte| byte == b'|').enumerate().take(64) {
        let length = payload.len().min(1_400);
        let ports = [[0x13, 0xC4, 0x13, 0xC4], [0x75, 0x30, 0x9C, 0x40]][nth % 2];
        let packet = (length + 28) as u32;
        for word in [nth as u32 / 50, nth as u32 % 50 * 20_000, packet, packet] {
            made.extend(word.to_le_bytes());
        }
        made.extend([0x45, 0]);
        made.extend((length as u16 + 28).to_be_bytes());
        made.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        made.extend(ports);
        made.extend((length as u16 + 8).to_be_bytes());
        made.extend([0, 0]);
        made.extend(&payload[..length]);
    }
    for bytes in [bytes, &made] {
        let Ok(capture) = Capture::read(bytes) else { continue };
        let text = from_capture("fuzz.pcap", &capture);
        let loaded = load("fuzz.feature", text.as_bytes(), &NoFiles);
        assert!(loaded.faults.is_empty(), "{}\n{text}", loaded.faults[0]);
    }
});
