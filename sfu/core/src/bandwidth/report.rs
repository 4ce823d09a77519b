//! Transport-wide feedback as a subscriber sends it, read
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).

/// The body of one feedback packet, after the two SSRCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    pub base: u16,
    /// 24 bits, in units of 64 ms.
    pub reference: u32,
    count: u16,
    chunks: &'a [u8],
    deltas: &'a [u8],
}

impl<'a> Report<'a> {
    /// `None` when it is malformed or tells of more packets than can be under way.
    pub fn parse(body: &'a [u8]) -> Option<Report<'a>> {
        let head: &[u8; 8] = body.first_chunk()?;
        let count = u16::from_be_bytes([head[2], head[3]]);
        let rest = &body[8..];
        let chunks = rest.get(..chunks_length(rest, count)?)?;
        let report = Report {
            base: u16::from_be_bytes([head[0], head[1]]),
            reference: u32::from_be_bytes([0, head[4], head[5], head[6]]),
            count,
            chunks,
            deltas: &rest[chunks.len()..],
        };
        (count <= MOST && report.deltas_length() <= report.deltas.len()).then_some(report)
    }

    /// Give `handle` each packet by its distance from the base, with the time from the arrival before
    /// it in quarters of a millisecond; `None` when it did not arrive.
    pub fn statuses(&self, mut handle: impl FnMut(u16, Option<i16>)) {
        let mut deltas = self.deltas.iter().copied();
        let mut delta = |symbol| match symbol {
            SMALL => deltas.next().map(i16::from),
            LARGE => Some(i16::from_be_bytes([deltas.next()?, deltas.next()?])),
            _ => None,
        };
        for (offset, symbol) in (0..self.count).zip(self.symbols()) {
            handle(offset, delta(symbol));
        }
    }

    fn symbols(&self) -> impl Iterator<Item = u8> + '_ {
        let words = self.chunks.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        words.flat_map(|word| (0..symbols_in(word)).map(move |index| symbol(word, index)))
    }

    fn deltas_length(&self) -> usize {
        let symbols = self.symbols().take(usize::from(self.count));
        symbols.map(|symbol| if symbol > LARGE { 0 } else { usize::from(symbol) }).sum()
    }
}

/// The bytes of the chunks that describe `count` packets.
fn chunks_length(rest: &[u8], count: u16) -> Option<usize> {
    let (mut length, mut described) = (0, 0);
    while described < usize::from(count) {
        let pair: &[u8; 2] = rest.get(length..)?.first_chunk()?;
        described += usize::from(symbols_in(u16::from_be_bytes(*pair)));
        length += 2;
    }
    Some(length)
}

fn symbols_in(word: u16) -> u16 {
    match word >> 14 {
        0 | 1 => word & 0x1FFF,
        2 => 14,
        _ => 7,
    }
}

fn symbol(word: u16, index: u16) -> u8 {
    match word >> 14 {
        0 | 1 => (word >> 13) as u8 & 3,
        2 => (word >> (13 - index)) as u8 & 1,
        _ => (word >> (12 - 2 * index)) as u8 & 3,
    }
}

const SMALL: u8 = 1;
const LARGE: u8 = 2;

/// Packets one report may tell of: a second at 80 Mbit/s. Raising it lets a subscriber cost us more
/// with a few bytes.
const MOST: u16 = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8]) -> Option<Vec<(u16, Option<i16>)>> {
        let mut statuses = Vec::new();
        Report::parse(body)?.statuses(|offset, delta| statuses.push((offset, delta)));
        Some(statuses)
    }

    #[test]
    fn every_kind_of_chunk_is_read() {
        // A run of two small deltas, a vector of one-bit and one of two-bit symbols.
        let head = [0xFF, 0xFE, 0, 18, 1, 2, 3, 9];
        let chunks = [0x20, 2, 0b1010_0000, 0, 0b1100_1000, 0];
        let body = [&head[..], &chunks, &[4, 5, 6, 0xFF, 0xFC]].concat();
        let report = Report::parse(&body).expect("well formed");
        assert_eq!((report.base, report.reference), (0xFFFE, 0x01_0203));
        let mut expected: Vec<_> = (0..18).map(|offset| (offset, None)).collect();
        for (offset, delta) in [(0, 4), (1, 5), (2, 6), (17, -4)] {
            expected[usize::from(offset as u16)].1 = Some(delta);
        }
        assert_eq!(read(&body), Some(expected));
    }

    #[test]
    fn what_is_cut_short_or_tells_of_too_much_is_refused() {
        let whole = [0, 1, 0, 2, 0, 0, 0, 0, 0x20, 2, 4, 5];
        assert!(read(&whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "{length} bytes");
        }
        let run = [0x1F, 0xFF, 0x1F, 0xFF, 0x1F, 0xFF];
        assert_eq!(read(&[&[0, 1, 0x40, 0, 0, 0, 0, 0][..], &run].concat()), None);
    }

    #[test]
    fn no_bytes_at_all_make_it_panic() {
        let mut random = 3u64;
        for round in 0..50_000usize {
            let mut bytes = [0u8; 32];
            for byte in &mut bytes {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = (random >> 56) as u8;
            }
            bytes[2] = 0;
            let _ = read(&bytes[..round % 33]);
        }
    }
}
