//! RTCP (RFC 3550 §6, RFC 4585, RFC 5104), compound or reduced-size: read item by item, written
//! packet by packet.

#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use crate::ids::Ssrc;

/// What a peer says by RTCP, as far as the engine cares.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    SenderReport {
        ssrc: Ssrc,
        ntp: u64,
        rtp: u32,
    },
    Report(ReportBlock),
    Bye(Ssrc),
    Nack {
        media: Ssrc,
        pairs: &'a [u8],
    },
    PictureLoss(Ssrc),
    FullIntra(Ssrc),
    /// Transport-wide feedback: its body after the SSRCs.
    Arrivals(&'a [u8]),
    /// What a receiver estimates, in bit/s (draft-alvestrand-rmcat-remb-03).
    Remb(f64),
}

/// How a receiver fares with one stream (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    pub ssrc: u32,
    pub fraction_lost: u8,
    /// 24 bits, signed.
    pub total_lost: i32,
    pub highest: u32,
    pub jitter: u32,
    /// The middle 32 bits of the NTP time of the last sender report.
    pub last_report: u32,
    /// Since it came, in units of 1/65536 s.
    pub delay: u32,
}

/// Give every item of a compound packet to `handle`; `None` when it is malformed. Items before the
/// fault were given already.
pub fn parse<'a>(mut compound: &'a [u8], mut handle: impl FnMut(Item<'a>)) -> Option<()> {
    while !compound.is_empty() {
        let (packet, rest) = split_packet(compound)?;
        packet.items(&mut handle)?;
        compound = rest;
    }
    Some(())
}

/// The sequence numbers a NACK names: each pair is one and a bit mask of the next sixteen.
pub fn nacked(pairs: &[u8]) -> impl Iterator<Item = u16> + '_ {
    pairs.as_chunks().0.iter().flat_map(|&[high, low, mask_high, mask_low]| {
        let first = u16::from_be_bytes([high, low]);
        let mask = u16::from_be_bytes([mask_high, mask_low]);
        let following = (0..16).filter(move |bit| mask >> bit & 1 == 1);
        std::iter::once(first).chain(following.map(move |bit| first.wrapping_add(bit + 1)))
    })
}

/// Append a sender report without report blocks.
pub fn write_sender_report(out: &mut Vec<u8>, ssrc: Ssrc, report: SenderReport) {
    write_head(out, 0, SENDER_REPORT, 6);
    out.extend_from_slice(&ssrc.0.to_be_bytes());
    out.extend_from_slice(&report.ntp.to_be_bytes());
    for word in [report.rtp, report.packets, report.octets] {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

/// What a sender report says (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport {
    pub ntp: u64,
    pub rtp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// Append a receiver report with at most 31 blocks.
pub fn write_receiver_report(out: &mut Vec<u8>, sender: Ssrc, blocks: &[ReportBlock]) {
    write_head(out, blocks.len() as u8, RECEIVER_REPORT, 1 + 6 * blocks.len());
    out.extend_from_slice(&sender.0.to_be_bytes());
    for block in blocks {
        let lost = (block.total_lost.clamp(-0x80_0000, 0x7F_FFFF) & 0xFF_FFFF) as u32;
        let loss = u32::from(block.fraction_lost) << 24 | lost;
        let words = [block.ssrc, loss, block.highest, block.jitter, block.last_report, block.delay];
        for word in words {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
}

/// Append a picture loss indication (RFC 4585 §6.3.1).
pub fn write_picture_loss(out: &mut Vec<u8>, sender: Ssrc, media: Ssrc) {
    write_feedback_head(out, PICTURE_LOSS, PAYLOAD_FEEDBACK, 2, sender, media);
}

/// Append what is estimated to fit on the way from a sender, in bit/s, for all of its streams
/// (draft-alvestrand-rmcat-remb-03).
pub fn write_remb(out: &mut Vec<u8>, sender: Ssrc, rate: f64, streams: &[Ssrc]) {
    let streams = streams.get(..MOST_STREAMS).unwrap_or(streams);
    write_feedback_head(out, APPLICATION, PAYLOAD_FEEDBACK, 4 + streams.len(), sender, Ssrc(0));
    out.extend_from_slice(REMB);
    let rate = rate as u64;
    let exponent = 46u32.saturating_sub(rate.leading_zeros());
    let word = exponent << 18 | (rate >> exponent) as u32;
    out.extend_from_slice(&((streams.len() as u32) << 24 | word).to_be_bytes());
    for ssrc in streams {
        out.extend_from_slice(&ssrc.0.to_be_bytes());
    }
}

/// Append a generic NACK (RFC 4585 §6.2.1) for ascending sequence numbers.
pub fn write_nack(out: &mut Vec<u8>, sender: Ssrc, media: Ssrc, missing: &[u16]) {
    let pairs = nack_pairs(missing);
    write_feedback_head(out, NACK, TRANSPORT_FEEDBACK, 2 + pairs.len(), sender, media);
    for (first, mask) in pairs {
        out.extend_from_slice(&first.to_be_bytes());
        out.extend_from_slice(&mask.to_be_bytes());
    }
}

/// Append the head of a feedback packet of `words` words after the first; the rest is the caller's.
pub fn write_feedback_head(
    out: &mut Vec<u8>,
    format: u8,
    kind: u8,
    words: usize,
    sender: Ssrc,
    media: Ssrc,
) {
    write_head(out, format, kind, words);
    out.extend_from_slice(&sender.0.to_be_bytes());
    out.extend_from_slice(&media.0.to_be_bytes());
}

struct Packet<'a> {
    format: u8,
    kind: u8,
    body: &'a [u8],
}

fn split_packet(compound: &[u8]) -> Option<(Packet<'_>, &[u8])> {
    let head: &[u8; 4] = compound.first_chunk()?;
    let end = 4 + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
    if head[0] >> 6 != 2 {
        return None;
    }
    let (packet, rest) = compound.split_at_checked(end)?;
    let mut body = packet.get(4..)?;
    if head[0] & 0x20 != 0 {
        let padding = usize::from(*body.last()?);
        body = body.get(..body.len().checked_sub(padding)?)?;
    }
    Some((Packet { format: head[0] & 0x1F, kind: head[1], body }, rest))
}

impl<'a> Packet<'a> {
    fn items(&self, handle: &mut impl FnMut(Item<'a>)) -> Option<()> {
        match (self.kind, self.format) {
            (SENDER_REPORT, _) => self.sender_report(handle),
            (RECEIVER_REPORT, _) => self.blocks(4, handle),
            (BYE, _) => self.byes(handle),
            (TRANSPORT_FEEDBACK, NACK) => self.nack(handle),
            (PAYLOAD_FEEDBACK, PICTURE_LOSS) => {
                handle(Item::PictureLoss(Ssrc(self.word(4)?)));
                Some(())
            }
            (PAYLOAD_FEEDBACK, FULL_INTRA) => self.full_intra(handle),
            (TRANSPORT_FEEDBACK, ARRIVALS) => {
                handle(Item::Arrivals(self.body.get(8..)?));
                Some(())
            }
            (PAYLOAD_FEEDBACK, APPLICATION) => self.application(handle),
            // SDES, XR and what is unknown: harmless.
            _ => Some(()),
        }
    }

    fn sender_report(&self, handle: &mut impl FnMut(Item<'a>)) -> Option<()> {
        let ntp = u64::from(self.word(4)?) << 32 | u64::from(self.word(8)?);
        handle(Item::SenderReport { ssrc: Ssrc(self.word(0)?), ntp, rtp: self.word(12)? });
        self.blocks(24, handle)
    }

    fn blocks(&self, at: usize, handle: &mut impl FnMut(Item<'a>)) -> Option<()> {
        for index in 0..usize::from(self.format) {
            let at = at + 24 * index;
            let loss = self.word(at + 4)?;
            handle(Item::Report(ReportBlock {
                ssrc: self.word(at)?,
                fraction_lost: (loss >> 24) as u8,
                total_lost: ((loss << 8) as i32) >> 8,
                highest: self.word(at + 8)?,
                jitter: self.word(at + 12)?,
                last_report: self.word(at + 16)?,
                delay: self.word(at + 20)?,
            }));
        }
        Some(())
    }

    fn byes(&self, handle: &mut impl FnMut(Item<'a>)) -> Option<()> {
        for index in 0..usize::from(self.format) {
            handle(Item::Bye(Ssrc(self.word(4 * index)?)));
        }
        Some(())
    }

    fn nack(&self, handle: &mut impl FnMut(Item<'a>)) -> Option<()> {
        handle(Item::Nack { media: Ssrc(self.word(4)?), pairs: self.body.get(8..)? });
        Some(())
    }

    /// RFC 5104 §4.3.1.1: the streams meant are named in the entries, not in the head.
    fn full_intra(&self, handle: &mut impl FnMut(Item<'a>)) -> Option<()> {
        for entry in self.body.get(8..)?.chunks_exact(8) {
            handle(Item::FullIntra(Ssrc(u32::from_be_bytes(*entry.first_chunk()?))));
        }
        Some(())
    }

    /// Of all application layer feedback only REMB is known: its rate is mantissa and exponent.
    fn application(&self, handle: &mut impl FnMut(Item<'a>)) -> Option<()> {
        if self.body.get(8..12) == Some(REMB) {
            let word = self.word(12)?;
            let exponent = (word >> 18 & 0x3F) as i32;
            handle(Item::Remb(f64::from(word & 0x3_FFFF) * f64::from(exponent).exp2()));
        }
        Some(())
    }

    fn word(&self, at: usize) -> Option<u32> {
        Some(u32::from_be_bytes(*self.body.get(at..)?.first_chunk()?))
    }
}

fn write_head(out: &mut Vec<u8>, format: u8, kind: u8, words: usize) {
    out.extend_from_slice(&[0x80 | format, kind]);
    out.extend_from_slice(&(words as u16).to_be_bytes());
}

fn nack_pairs(missing: &[u16]) -> Vec<(u16, u16)> {
    let mut pairs: Vec<(u16, u16)> = Vec::new();
    for &seq in missing {
        match pairs.last_mut() {
            Some((first, mask)) if (1..=16).contains(&seq.wrapping_sub(*first)) => {
                *mask |= 1 << (seq.wrapping_sub(*first) - 1);
            }
            _ => pairs.push((seq, 0)),
        }
    }
    pairs
}

pub const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const BYE: u8 = 203;
const NACK: u8 = 1;
const PICTURE_LOSS: u8 = 1;
const FULL_INTRA: u8 = 4;
const ARRIVALS: u8 = 15;
const APPLICATION: u8 = 15;
const REMB: &[u8] = b"REMB";

/// Streams that one REMB can name.
const MOST_STREAMS: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    fn items(compound: &[u8]) -> Option<Vec<Item<'_>>> {
        let mut items = Vec::new();
        parse(compound, |item| items.push(item)).map(|()| items)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let block = ReportBlock {
            ssrc: 9,
            fraction_lost: 12,
            total_lost: -3,
            highest: 70_000,
            jitter: 5,
            last_report: 6,
            delay: 7,
        };
        let report = SenderReport { ntp: 0x0102_0304_0506_0708, rtp: 99, packets: 3, octets: 4 };
        let mut out = Vec::new();
        write_sender_report(&mut out, Ssrc(5), report);
        write_receiver_report(&mut out, Ssrc(1), &[block, block]);
        write_picture_loss(&mut out, Ssrc(1), Ssrc(5));
        write_nack(&mut out, Ssrc(1), Ssrc(5), &[65_530, 65_535, 2, 100]);
        let read = items(&out).expect("well formed");
        let Item::Nack { media: Ssrc(5), pairs } = read[4] else { panic!("{read:?}") };
        assert_eq!(
            read[..4],
            [
                Item::SenderReport { ssrc: Ssrc(5), ntp: report.ntp, rtp: 99 },
                Item::Report(block),
                Item::Report(block),
                Item::PictureLoss(Ssrc(5)),
            ]
        );
        assert_eq!(nacked(pairs).collect::<Vec<_>>(), [65_530, 65_535, 2, 100]);
        assert_eq!(pairs.len(), 8);
    }

    #[test]
    fn unknown_packets_are_passed_over() {
        let sdes = [0x81, 202, 0, 2, 0, 0, 0, 1, 1, 0, 0, 0];
        let other = [0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, b'R', b'A', b'M', b'B', 0, 0, 0, 0];
        let fir = [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0, 0, 0];
        let bye = [0x82, 203, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
        let compound = [&sdes[..], &other, &fir, &bye].concat();
        let expected = vec![Item::FullIntra(Ssrc(7)), Item::Bye(Ssrc(1)), Item::Bye(Ssrc(2))];
        assert_eq!(items(&compound), Some(expected));
    }

    #[test]
    fn feedback_on_the_bandwidth_is_read() {
        // 0x2FFFF · 2³ bit/s for one SSRC.
        let head = [0x8F, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0];
        let remb = [&head[..], b"REMB", &[1, 0x0E, 0xFF, 0xFF, 0, 0, 0, 9]].concat();
        let arrivals = [0x8F, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 9, 8, 7, 6];
        let compound = [&remb[..], &arrivals].concat();
        let expected = vec![Item::Remb(196_607.0 * 8.0), Item::Arrivals(&[9, 8, 7, 6])];
        assert_eq!(items(&compound), Some(expected));
    }

    #[test]
    fn an_estimate_is_written_as_mantissa_and_exponent() {
        for (rate, read) in [(40_000.0, 40_000.0), (262_143.0, 262_143.0), (100e6, 99_999_744.0)] {
            let mut compound = Vec::new();
            write_remb(&mut compound, Ssrc(1), rate, &[Ssrc(5), Ssrc(6)]);
            assert_eq!(items(&compound), Some(vec![Item::Remb(read)]));
            assert_eq!((compound[3], &compound[16..17]), (6, &[2][..]));
        }
    }

    #[test]
    fn malformed_packets_are_refused_without_a_panic() {
        for compound in [
            &[0x80][..],
            &[0x80, 200, 0, 9, 0, 0, 0, 1],
            &[0x80, 200, 0, 1, 0, 0, 0, 1],
            &[0x85, 201, 0, 1, 0, 0, 0, 1],
            &[0xA0, 201, 0, 1, 0, 0, 0, 200],
            &[0x81, 205, 0, 0],
            &[0x40, 201, 0, 1, 0, 0, 0, 1],
        ] {
            assert_eq!(items(compound), None, "{compound:x?}");
        }
    }

    #[test]
    fn no_bytes_at_all_make_the_parser_panic() {
        let mut random = 7u64;
        for _ in 0..20_000 {
            let mut bytes = [0u8; 40];
            for byte in &mut bytes {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = (random >> 56) as u8;
            }
            bytes[0] = 0x80 | bytes[0] & 0x3F;
            bytes[1] = 200 + bytes[1] % 8;
            bytes[2] = 0;
            bytes[3] %= 10;
            let _ = items(&bytes);
        }
    }
}
