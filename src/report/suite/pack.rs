//! What only an opened scenario needs, packed until then: DEFLATE (RFC 1951) in Base64, which every browser unpacks.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Packs marks and words.
pub(super) fn text(text: &str) -> String {
    packed(text.as_bytes(), Compression::new(6))
}

/// Packs sound, which hardly gets smaller but for its silence: quickly.
pub(super) fn sound(bytes: &[u8]) -> String {
    packed(bytes, Compression::fast())
}

/// Bytes as a data URL.
pub(super) fn data_url(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", base64(bytes))
}

/// Bytes as Base64 (RFC 4648 §4).
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn packed(bytes: &[u8], compression: Compression) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), compression);
    encoder.write_all(bytes).expect("memory takes every byte");
    base64(&encoder.finish().expect("memory takes every byte"))
}
