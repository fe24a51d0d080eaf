//! The lines of a file, and what it is encoded in where that is not UTF-8.

/// Goes through the lines of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// Of the line that was given last, counted from 1.
    pub number: usize,
    /// Where the next one begins; beyond the end when there is none.
    byte: usize,
    end: u8,
}

impl Lines {
    /// Before the first one. They end with a line feed, with a carriage return too, or all with a carriage return alone.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let byte = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
        Self { number: 0, byte, end }
    }

    /// The next line without its end, and where it begins. The same bytes are to be given each time.
    pub(super) fn next<'b>(&mut self, bytes: &'b [u8]) -> Option<(usize, &'b [u8])> {
        let begins = self.byte;
        let rest = bytes.get(begins..)?;
        let length = rest.iter().position(|&byte| byte == self.end).unwrap_or(rest.len());
        self.byte = begins + length + 1;
        self.number += 1;
        let line = &rest[..length];
        Some((begins, line.strip_suffix(b"\r").unwrap_or(line)))
    }

    /// The line of that number, looked for from one that is known: its number, and where it begins.
    pub(super) fn find(bytes: &[u8], line: usize, known: (usize, usize)) -> String {
        let mut lines = Self::of(bytes);
        if known.0 <= line && known.0 > 0 {
            (lines.number, lines.byte) = (known.0 - 1, known.1);
        }
        while let Some((_, text)) = lines.next(bytes) {
            if lines.number == line {
                return String::from_utf8_lossy(text).trim_end().to_owned();
            }
        }
        String::new()
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Bytes at the beginning from which an encoding is told.
const LOOKED_AT: usize = 256;

/// What a file is encoded in, if that is not UTF-8 or something near it.
pub(super) fn encoding(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Some("UTF-32");
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Some("UTF-16");
    }
    let begin = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = begin.iter().filter(|&&byte| byte == 0).count();
    // A text in Latin letters has one byte of zero in two, or three in four.
    match zeros * 8 / begin.len().max(1) {
        0 => None,
        1..=2 => Some("no text"),
        3..=4 => Some("UTF-16 without a byte order mark"),
        5..=6 => Some("UTF-32 without a byte order mark"),
        _more => Some("no text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(usize, String)> {
        let mut lines = Lines::of(bytes);
        let mut all = Vec::new();
        while let Some((_, line)) = lines.next(bytes) {
            all.push((lines.number, String::from_utf8_lossy(line).into_owned()));
        }
        all
    }

    #[test]
    fn lines_end_in_any_of_three_ways() {
        let expected = [(1, "a".to_owned()), (2, String::new()), (3, "b".to_owned())];
        for bytes in [&b"a\n\nb"[..], b"a\r\n\r\nb", b"a\r\rb", b"\xEF\xBB\xBFa\n\nb"] {
            assert_eq!(lines(bytes), expected, "{bytes:?}");
        }
        assert_eq!(Lines::find(b"a\nb\nc\n", 2, (0, 0)), "b");
        assert_eq!(Lines::find(b"a\nb\nc\n", 3, (2, 2)), "c");
        assert_eq!(Lines::find(b"a\nb\nc\n", 1, (2, 2)), "a");
        assert_eq!(Lines::find(b"a", 7, (1, 0)), "");
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "Feature: F\n  Scenario: a\n    When Ann dials in\n";
        let wide = |of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<_>>();
        let wider = |of: fn(u32) -> [u8; 4]| -> Vec<u8> {
            text.chars().flat_map(|letter| of(letter.into())).collect()
        };
        let (utf16, utf32) =
            ("UTF-16 without a byte order mark", "UTF-32 without a byte order mark");
        for (bytes, expected) in [
            (text.as_bytes().to_vec(), None),
            (b"\xEF\xBB\xBFFeature".to_vec(), None),
            (Vec::new(), None),
            (b"\xFF\xFEF\0".to_vec(), Some("UTF-16")),
            (b"\xFF\xFE\0\0F\0\0\0".to_vec(), Some("UTF-32")),
            (wide(u16::to_le_bytes), Some(utf16)),
            (wide(u16::to_be_bytes), Some(utf16)),
            (wider(u32::to_le_bytes), Some(utf32)),
            (wider(u32::to_be_bytes), Some(utf32)),
            (vec![0; 3], Some("no text")),
        ] {
            assert_eq!(encoding(&bytes), expected, "{bytes:?}");
        }
    }
}
