//! The packets of a file: pcap (with microseconds or nanoseconds, of either byte order) and pcapng.

use pcap_parser::pcapng::{parse_block_be, parse_block_le};
use pcap_parser::{Block, PcapHeader, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_header};

use super::CaptureError;
use super::link::{Datagram, Seen, datagram};
use crate::domain::Uptime;

/// The UDP datagrams of a file, in time. Times count from its earliest packet.
#[derive(Debug, Default)]
pub(super) struct Packets<'a> {
    /// The datagrams.
    pub(super) datagrams: Vec<Datagram<'a>>,
    /// All packets.
    pub(super) packets: usize,
    /// Parts of IP packets among them.
    pub(super) fragments: usize,
    /// Packets of links that are known.
    of_known_links: usize,
    /// A link that is not.
    unknown_link: Option<i32>,
    earliest: Option<u64>,
    latest: u64,
}

/// An interface of a pcapng file.
#[derive(Clone, Copy)]
struct Interface {
    link: i32,
    /// Units a second.
    resolution: u64,
    offset_seconds: i64,
}

impl<'a> Packets<'a> {
    /// Reads a file.
    ///
    /// # Errors
    /// See [`CaptureError`].
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, CaptureError> {
        let mut packets = Self::default();
        match bytes.first_chunk() {
            Some([0x0A, 0x0D, 0x0D, 0x0A]) => packets.read_pcapng(bytes)?,
            Some(_) => packets.read_pcap(bytes)?,
            None => return Err(CaptureError::NotACapture),
        }
        if packets.packets == 0 {
            return Err(CaptureError::Empty);
        }
        if let (0, Some(link)) = (packets.of_known_links, packets.unknown_link) {
            return Err(CaptureError::LinkType(link));
        }
        let earliest = packets.earliest.unwrap_or(0);
        for datagram in &mut packets.datagrams {
            datagram.at = Uptime::from_micros(datagram.at.as_micros() - earliest);
        }
        packets.datagrams.sort_by_key(|datagram| datagram.at);
        Ok(packets)
    }

    fn read_pcap(&mut self, bytes: &'a [u8]) -> Result<(), CaptureError> {
        let (mut rest, header) =
            parse_pcap_header(bytes).map_err(|_not_one| CaptureError::NotACapture)?;
        if header.is_modified_format() {
            return Err(CaptureError::NotACapture);
        }
        // The upper bits say whether there is a checksum at a frame's end.
        let link = header.network.0 & 0xFFFF;
        while !rest.is_empty() {
            let frame = match header.is_bigendian() {
                true => parse_pcap_frame_be(rest),
                false => parse_pcap_frame(rest),
            };
            let Ok((after, frame)) = frame else {
                return Err(CaptureError::Truncated { packets: self.packets });
            };
            rest = after;
            self.take(pcap_micros(&header, frame.ts_sec, frame.ts_usec), link, frame.data);
        }
        Ok(())
    }

    fn read_pcapng(&mut self, bytes: &'a [u8]) -> Result<(), CaptureError> {
        let mut rest = bytes;
        let mut interfaces: Vec<Interface> = Vec::new();
        let mut big_endian = false;
        while !rest.is_empty() {
            if rest.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A]) {
                big_endian = rest.get(8..12) == Some(&[0x1A, 0x2B, 0x3C, 0x4D]);
            }
            let block = if big_endian { parse_block_be(rest) } else { parse_block_le(rest) };
            let (after, block) = match block {
                Ok(read) => read,
                Err(error) if error.is_incomplete() => {
                    return Err(CaptureError::Truncated { packets: self.packets });
                }
                Err(_damaged) => return Err(CaptureError::Damaged { packets: self.packets }),
            };
            rest = after;
            match block {
                Block::SectionHeader(_) => interfaces.clear(),
                Block::InterfaceDescription(interface) => interfaces.push(Interface {
                    link: interface.linktype.0,
                    resolution: interface.ts_resolution().unwrap_or(1_000_000).max(1),
                    offset_seconds: interface.ts_offset(),
                }),
                Block::EnhancedPacket(packet) => {
                    let whole = usize::try_from(packet.caplen).unwrap_or(usize::MAX);
                    let data = packet.data.get(..whole).unwrap_or(packet.data);
                    let id = usize::try_from(packet.if_id).unwrap_or(usize::MAX);
                    let Some(interface) = interfaces.get(id) else {
                        return Err(CaptureError::Damaged { packets: self.packets });
                    };
                    let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                    self.take(interface.micros(ticks), interface.link, data);
                }
                Block::SimplePacket(packet) => {
                    let Some(interface) = interfaces.first() else {
                        return Err(CaptureError::Damaged { packets: self.packets });
                    };
                    // It has no time of its own.
                    let whole = usize::try_from(packet.origlen).unwrap_or(usize::MAX);
                    let data = packet.data.get(..whole).unwrap_or(packet.data);
                    self.take(self.latest, interface.link, data);
                }
                Block::NameResolution(_)
                | Block::InterfaceStatistics(_)
                | Block::SystemdJournalExport(_)
                | Block::DecryptionSecrets(_)
                | Block::ProcessInformation(_)
                | Block::Custom(_)
                | Block::Unknown(_) => {}
            }
        }
        Ok(())
    }

    fn take(&mut self, micros: u64, link: i32, bytes: &'a [u8]) {
        self.packets += 1;
        self.latest = micros;
        self.earliest = Some(self.earliest.map_or(micros, |earliest| earliest.min(micros)));
        match datagram(link, bytes) {
            Seen::Datagram(from, to, payload) => {
                self.of_known_links += 1;
                self.datagrams.push(Datagram {
                    at: Uptime::from_micros(micros),
                    from,
                    to,
                    payload,
                });
            }
            Seen::Fragment => {
                self.of_known_links += 1;
                self.fragments += 1;
            }
            Seen::Other => self.of_known_links += 1,
            Seen::UnknownLink => self.unknown_link = Some(link),
        }
    }
}

impl Interface {
    fn micros(self, ticks: u64) -> u64 {
        let micros = u128::from(ticks) * 1_000_000 / u128::from(self.resolution);
        let offset = i128::from(self.offset_seconds) * 1_000_000;
        let micros = i128::try_from(micros).unwrap_or(i128::MAX).saturating_add(offset);
        u64::try_from(micros.max(0)).unwrap_or(u64::MAX)
    }
}

fn pcap_micros(header: &PcapHeader, seconds: u32, fraction: u32) -> u64 {
    let micros = if header.is_nanosecond_precision() { fraction / 1_000 } else { fraction };
    u64::from(seconds) * 1_000_000 + u64::from(micros)
}
