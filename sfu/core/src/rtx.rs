//! Retransmissions in a stream of their own (RFC 4588), from publishers.

use crate::ids::{Pt, Ssrc};
use crate::rtp::Header;

/// Turn a retransmission in place into the packet it repeats, of payload type `pt` and in the stream
/// `ssrc`. Returns that packet's length; `None` when it repeats nothing, as a probe of padding.
pub fn unwrap(packet: &mut [u8], header: &Header, pt: Pt, ssrc: Ssrc) -> Option<usize> {
    let end = header.length + header.payload(packet)?.len();
    let original_seq = repeated(packet, header)?.to_be_bytes();
    packet.copy_within(header.length + original_seq.len()..end, header.length);
    let fixed = packet.first_chunk_mut::<12>()?;
    fixed[0] &= !PADDING;
    fixed[1] = fixed[1] & MARKER | pt.0;
    fixed[2..4].copy_from_slice(&original_seq);
    fixed[8..12].copy_from_slice(&ssrc.0.to_be_bytes());
    Some(end - original_seq.len())
}

/// The sequence number of the packet that is repeated; `None` when none is.
pub fn repeated(packet: &[u8], header: &Header) -> Option<u16> {
    let (original_seq, original) = header.payload(packet)?.split_first_chunk::<2>()?;
    (!original.is_empty()).then_some(u16::from_be_bytes(*original_seq))
}

const PADDING: u8 = 0x20;
const MARKER: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrapped(mut packet: Vec<u8>) -> Option<Vec<u8>> {
        let header = Header::parse(&packet).expect("well formed");
        let length = unwrap(&mut packet, &header, Pt(96), Ssrc(0x0102_0304))?;
        packet.truncate(length);
        Some(packet)
    }

    fn packet(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = vec![first, 0x80 | 97, 0, 1, 9, 9, 9, 9, 7, 7, 7, 7];
        packet.extend_from_slice(payload);
        packet
    }

    #[test]
    fn the_original_comes_out() {
        let expected = [0x80, 0x80 | 96, 0xAB, 0xCD, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6];
        for (first, payload) in
            [(0x80, &[0xAB, 0xCD, 5, 6][..]), (0xA0, &[0xAB, 0xCD, 5, 6, 0, 0, 3])]
        {
            assert_eq!(unwrapped(packet(first, payload)).as_deref(), Some(&expected[..]));
        }
    }

    #[test]
    fn what_repeats_nothing_is_no_packet() {
        for (first, payload) in [
            (0x80, &[][..]),
            (0x80, &[1]),
            (0x80, &[1, 2]),
            (0xA0, &[0, 2]),
            (0xA0, &[1, 2, 0, 2]),
            (0xA0, &[1, 2, 3, 200]),
        ] {
            assert_eq!(unwrapped(packet(first, payload)), None, "{payload:?}");
        }
    }
}
