//! Redundant audio (RFC 2198): what publishers repeat of earlier packets, and what we repeat for
//! subscribers.

use crate::ids::{Pt, SeqNo};
use crate::rtp::Header;

/// The blocks of a payload, each of which is one packet's audio.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'a> {
    payload: &'a [u8],
    /// Where the blocks begin.
    data: usize,
    count: usize,
}

/// Audio of an earlier packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// How many packets earlier.
    pub distance: u64,
    /// How much earlier, in units of the timestamp.
    pub behind: u32,
    pub payload: &'a [u8],
}

impl<'a> Blocks<'a> {
    /// `None` when the payload is malformed or repeats more than anybody needs.
    pub fn parse(payload: &'a [u8]) -> Option<Blocks<'a>> {
        let (mut at, mut length, mut count) = (0, 0, 0);
        while payload.get(at)? & FOLLOWED != 0 {
            length += block_length(payload.get(at..)?.first_chunk()?);
            (at, count) = (at + HEAD, count + 1);
        }
        let whole = count <= MAX_BLOCKS && at + 1 + length <= payload.len();
        whole.then_some(Blocks { payload, data: at + 1, count })
    }

    /// The payload type of the packet's own audio, and where it is in the payload.
    pub fn primary(&self) -> (Pt, usize) {
        let heads = self.heads();
        let at = self.data + heads.iter().map(block_length).sum::<usize>();
        (Pt(self.payload[self.data - 1]), at)
    }

    /// What is repeated of earlier packets, oldest first.
    pub fn earlier(&self) -> impl Iterator<Item = Block<'a>> + '_ {
        let mut at = self.data;
        self.heads().iter().enumerate().filter_map(move |(index, head)| {
            let start = at;
            at += block_length(head);
            let behind = u32::from(head[1]) << 6 | u32::from(head[2] >> 2);
            let payload = self.payload.get(start..at)?;
            let distance = (self.count - index) as u64;
            (behind > 0 && !payload.is_empty()).then_some(Block { distance, behind, payload })
        })
    }

    fn heads(&self) -> &'a [[u8; HEAD]] {
        self.payload[..self.data - 1].as_chunks().0
    }
}

impl Block<'_> {
    /// The packet of its own which this audio was in, without header extensions.
    pub fn restore(&self, header: &Header, pt: Pt, seq: SeqNo) -> Restored {
        let mut bytes = [0; Restored::CAPACITY];
        let length = 12 + self.payload.len();
        bytes[..2].copy_from_slice(&[0x80, pt.0]);
        bytes[2..4].copy_from_slice(&seq.wire().to_be_bytes());
        bytes[4..8].copy_from_slice(&header.timestamp.wrapping_sub(self.behind).to_be_bytes());
        bytes[8..12].copy_from_slice(&header.ssrc.0.to_be_bytes());
        bytes[12..length].copy_from_slice(self.payload);
        Restored { bytes, length }
    }
}

/// A packet made of a block.
pub struct Restored {
    bytes: [u8; Restored::CAPACITY],
    length: usize,
}

impl Restored {
    const CAPACITY: usize = 12 + MAX_LENGTH;

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Turn a packet in place into one with its own audio only. Returns the new length.
pub fn unwrap(packet: &mut [u8], header: &Header, (pt, at): (Pt, usize)) -> Option<usize> {
    let end = header.length + header.payload(packet)?.len();
    packet.get(header.length + at..end)?;
    packet.copy_within(header.length + at..end, header.length);
    let fixed = packet.first_chunk_mut::<12>()?;
    fixed[0] &= !PADDING;
    fixed[1] = fixed[1] & MARKER | pt.0 & !MARKER;
    Some(end - at)
}

/// What a packet can repeat of the two before it: the block at `distance` is at `distance - 1`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Redundancy<'a>([Option<Block<'a>>; MAX_DISTANCE]);

/// Which blocks a packet was sent with, to send the very same again: bit `distance - 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth(u8);

impl Depth {
    /// All blocks up to a distance.
    pub const fn up_to(distance: usize) -> Depth {
        Depth((1 << distance) - 1)
    }

    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    fn has(self, distance: u64) -> bool {
        self.0 >> (distance - 1) & 1 != 0
    }
}

impl<'a> Redundancy<'a> {
    /// Look for what a packet of `timestamp` can repeat; `find` gives timestamp and audio of the
    /// packet which is so many before it.
    pub fn gather(timestamp: u32, find: impl Fn(u64) -> Option<(u32, &'a [u8])>) -> Self {
        Redundancy(std::array::from_fn(|index| {
            let distance = index as u64 + 1;
            let (earlier, payload) = find(distance)?;
            let behind = timestamp.wrapping_sub(earlier);
            let fits =
                (1..=MAX_BEHIND).contains(&behind) && (1..=MAX_LENGTH).contains(&payload.len());
            fits.then_some(Block { distance, behind, payload })
        }))
    }

    /// Those of the wanted blocks that are there and fit in a packet beside `primary` bytes.
    pub fn fit(&self, wanted: Depth, primary: usize) -> Depth {
        let mut left = MAX_PAYLOAD.saturating_sub(primary);
        self.0.iter().flatten().fold(Depth(0), |chosen, block| {
            let length = HEAD + block.payload.len();
            if !wanted.has(block.distance) || length > left {
                return chosen;
            }
            left -= length;
            Depth(chosen.0 | 1 << (block.distance - 1))
        })
    }

    /// Append a payload with these blocks; false, and nothing is appended, when one is gone.
    pub fn write(&self, out: &mut Vec<u8>, pt: Pt, depth: Depth, primary: &[u8]) -> bool {
        let chosen = (1..=MAX_DISTANCE as u64).rev().filter(|distance| depth.has(*distance));
        let block = |distance: u64| self.0[distance as usize - 1];
        if !chosen.clone().all(|distance| block(distance).is_some()) {
            return false;
        }
        let blocks = chosen.filter_map(block);
        for Block { behind, payload, .. } in blocks.clone() {
            let word = behind << 10 | payload.len() as u32;
            let [_, high, middle, low] = word.to_be_bytes();
            out.extend_from_slice(&[FOLLOWED | pt.0, high, middle, low]);
        }
        out.push(pt.0);
        blocks.for_each(|block| out.extend_from_slice(block.payload));
        out.extend_from_slice(primary);
        true
    }
}

fn block_length(head: &[u8; HEAD]) -> usize {
    usize::from(head[2] & 0x03) << 8 | usize::from(head[3])
}

/// Another header follows this one.
const FOLLOWED: u8 = 0x80;
const PADDING: u8 = 0x20;
const MARKER: u8 = 0x80;
const HEAD: usize = 4;

/// Ten bits.
const MAX_LENGTH: usize = 1023;

/// Fourteen bits: a third of a second.
const MAX_BEHIND: u32 = 0x3FFF;

/// Earlier packets in one of ours. Raising it survives longer bursts and costs each receiver the
/// bitrate of the audio once more.
pub const MAX_DISTANCE: usize = 2;

/// Bytes of a payload above which nothing is repeated. Raising it risks datagrams above the MTU.
const MAX_PAYLOAD: usize = 1000;

/// Earlier packets we read in one; senders repeat at most nine.
const MAX_BLOCKS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(depth: Depth) -> Vec<u8> {
        let earlier: [(u32, &[u8]); 2] = [(4_040, b"one"), (3_080, b"two!")];
        let redundancy = Redundancy::gather(5_000, |distance| Some(earlier[distance as usize - 1]));
        let mut out = Vec::new();
        assert!(redundancy.write(&mut out, Pt(111), redundancy.fit(depth, 7), b"primary"));
        out
    }

    #[test]
    fn what_is_written_is_read_back() {
        let payload = written(Depth::up_to(2));
        let blocks = Blocks::parse(&payload).expect("well formed");
        let earlier: Vec<_> = blocks.earlier().collect();
        assert_eq!(
            earlier,
            [
                Block { distance: 2, behind: 1_920, payload: b"two!" },
                Block { distance: 1, behind: 960, payload: b"one" },
            ]
        );
        let (pt, at) = blocks.primary();
        assert_eq!((pt, &payload[at..]), (Pt(111), &b"primary"[..]));
    }

    #[test]
    fn the_bytes_are_those_of_the_rfc() {
        // F and the type; 960 in fourteen bits and 3 in ten; then the type of the primary.
        let head = [0x80 | 111, 0x0F, 0x00, 0x03, 111];
        assert_eq!(written(Depth::up_to(1)), [&head[..], b"oneprimary"].concat());
        assert_eq!(written(Depth::up_to(0)), [&[111][..], b"primary"].concat());
    }

    #[test]
    fn a_payload_cut_short_is_refused() {
        let payload = written(Depth::up_to(2));
        let audio = b"primary".len();
        for length in 0..payload.len() - audio {
            assert!(Blocks::parse(&payload[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn only_what_fits_is_repeated() {
        let long = [7; 600];
        let find = |distance| Some((1_000 - 100 * distance as u32, &long[..]));
        let redundancy = Redundancy::gather(1_000, find);
        assert_eq!(redundancy.fit(Depth::up_to(2), 100), Depth::up_to(1));
        assert!(redundancy.fit(Depth::up_to(2), 900).is_none());
        let (stale, same): (u32, u32) = (0x4000, 0);
        for behind in [stale, same] {
            let find = |_| Some((1_000u32.wrapping_sub(behind), &long[..]));
            assert!(Redundancy::gather(1_000, find).fit(Depth::up_to(2), 0).is_none());
        }
    }

    #[test]
    fn a_packet_is_restored_and_unwrapped() {
        let mut packet = vec![0x80, 0x80 | 63, 0, 9, 0, 0, 0x13, 0x88, 1, 2, 3, 4];
        packet.extend(written(Depth::up_to(2)));
        let header = Header::parse(&packet).expect("well formed");
        let payload = packet[12..].to_vec();
        let blocks = Blocks::parse(&payload).expect("well formed");
        let block = blocks.earlier().last().expect("two");
        let restored = block.restore(&header, Pt(111), SeqNo(8));
        let timestamp = 4_040u32.to_be_bytes();
        let expected = [&[0x80, 111, 0, 8][..], &timestamp, &[1, 2, 3, 4], b"one"].concat();
        assert_eq!(restored.bytes(), expected);
        let length = unwrap(&mut packet, &header, blocks.primary()).expect("well formed");
        assert_eq!(packet[..2], [0x80, 0x80 | 111]);
        assert_eq!(packet[12..length], *b"primary");
    }
}
