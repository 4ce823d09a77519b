//! What one subscription was sent lately, in as few bytes as will do: there are as many of these as
//! there are subscriptions, and each forwarded packet writes to one.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ids::{SeqNo, extend};
use crate::numbering::Shift;
use crate::redundancy::Depth;
use crate::scalable::Rewriting;
use crate::subscription::Source;
use crate::time::Instant;

/// What was sent under a sequence number, to repeat it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentPacket {
    pub out: SeqNo,
    pub seq: SeqNo,
    pub source: Source,
    pub shift: Shift,
    /// The transport-wide number it went with.
    pub transport: Option<u16>,
    pub redundancy: Depth,
    pub playout: Option<u16>,
    pub layers: Rewriting,
}

/// A ring of them, by outgoing number; nothing is allocated before the first packet.
#[derive(Default)]
pub struct Sent {
    slots: Box<[Slot]>,
    manners: VecDeque<Manner>,
    /// How many manners there were before the first of those.
    forgotten: u32,
}

/// What differs from packet to packet.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// The low halves of the two numbers.
    out: u32,
    seq: u32,
    /// By number, counted from 0 for the first of all.
    manner: u32,
    /// In microseconds, which come round every hour.
    repeated_at: u32,
    transport: u16,
    has_transport: bool,
    is_used: bool,
    is_repeated: bool,
    redundancy: Depth,
}

/// What many packets have in common.
#[derive(Clone, Copy)]
struct Manner {
    /// Of the first of them.
    seq: SeqNo,
    source: Source,
    shift: Shift,
    playout: Option<u16>,
    layers: Rewriting,
}

impl Sent {
    pub fn insert(&mut self, packet: SentPacket) {
        if self.slots.is_empty() {
            self.slots = vec![Slot::default(); SENT as usize].into();
        }
        let manner = self.manner(&packet);
        let Some(slot) = self.slots.get_mut((packet.out.0 % SENT) as usize) else { return };
        *slot = Slot {
            out: packet.out.0 as u32,
            seq: packet.seq.0 as u32,
            manner,
            repeated_at: 0,
            transport: packet.transport.unwrap_or(0),
            has_transport: packet.transport.is_some(),
            is_used: true,
            is_repeated: false,
            redundancy: packet.redundancy,
        };
    }

    pub fn get(&self, out: SeqNo) -> Option<SentPacket> {
        let slot = self.slots.get((out.0 % SENT) as usize).filter(|slot| slot.holds(out))?;
        let index = slot.manner.wrapping_sub(self.forgotten) as usize;
        let Manner { seq, source, shift, playout, layers } = *self.manners.get(index)?;
        Some(SentPacket {
            out,
            seq: SeqNo(extend(seq.0, u64::from(slot.seq), 32)),
            source,
            shift,
            transport: slot.has_transport.then_some(slot.transport),
            redundancy: slot.redundancy,
            playout,
            layers,
        })
    }

    pub fn set_redundancy(&mut self, out: SeqNo, redundancy: Depth) {
        if let Some(slot) = self.slot(out) {
            slot.redundancy = redundancy;
        }
    }

    pub fn set_transport(&mut self, out: SeqNo, transport: u16) {
        if let Some(slot) = self.slot(out) {
            (slot.transport, slot.has_transport) = (transport, true);
        }
    }

    /// Note that a packet is sent again; false when that was done so short a time ago.
    pub fn repeat(&mut self, out: SeqNo, now: Instant, span: Duration) -> bool {
        let Some(slot) = self.slot(out) else { return false };
        let now = (now.as_nanos() / 1_000) as u32;
        let since = Duration::from_micros(u64::from(now.wrapping_sub(slot.repeated_at)));
        if slot.is_repeated && since < span {
            return false;
        }
        (slot.repeated_at, slot.is_repeated) = (now, true);
        true
    }

    fn slot(&mut self, out: SeqNo) -> Option<&mut Slot> {
        self.slots.get_mut((out.0 % SENT) as usize).filter(|slot| slot.holds(out))
    }

    /// The number of a packet's manner, which is a new one where something has changed.
    fn manner(&mut self, packet: &SentPacket) -> u32 {
        let SentPacket { seq, source, shift, playout, layers, .. } = *packet;
        let own = Manner { seq, source, shift, playout, layers };
        if self.manners.back().is_none_or(|latest| !latest.is_like(&own)) {
            if self.manners.len() as u64 == SENT {
                self.manners.pop_front();
                self.forgotten = self.forgotten.wrapping_add(1);
            }
            self.manners.push_back(own);
        }
        self.forgotten.wrapping_add(self.manners.len() as u32 - 1)
    }
}

impl Slot {
    fn holds(&self, out: SeqNo) -> bool {
        self.is_used && self.out == out.0 as u32
    }
}

impl Manner {
    /// A number must not be further away than half of its low half can tell.
    fn is_like(&self, other: &Manner) -> bool {
        self.seq.0.abs_diff(other.seq.0) < 1 << 31
            && (self.source, self.shift, self.playout, self.layers)
                == (other.source, other.shift, other.playout, other.layers)
    }
}

/// Packets that can be repeated: two seconds of video at 2.6 Mbit/s. Raising it costs 24 bytes each, and
/// at most 64 where nothing is in common.
const SENT: u64 = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u64) -> SentPacket {
        // Now and then each of them changes, and the first numbers are about to come round.
        let shift = Shift { timestamp: (number / 40) as u32, ..Shift::default() };
        let layers = Rewriting { picture_id: (number / 9) as u16, ..Rewriting::default() };
        SentPacket {
            out: SeqNo(u64::from(u32::MAX) - 300 + number),
            seq: SeqNo(u64::from(u32::MAX) * 7 - 200 + number * 2),
            source: Source { layer: (number / 100 % 3) as usize, generation: 1 },
            shift,
            transport: (!number.is_multiple_of(5)).then_some(number as u16),
            redundancy: Depth::up_to((number % 3) as usize),
            playout: (number % 200 > 100).then_some(7),
            layers,
        }
    }

    #[test]
    fn what_was_sent_lately_is_found_as_it_was() {
        let mut sent = Sent::default();
        assert_eq!(sent.get(packet(0).out), None);
        for number in 0..3_000 {
            sent.insert(packet(number));
            let oldest = number.saturating_sub(SENT - 1);
            for before in [number, number.saturating_sub(7), oldest] {
                assert_eq!(sent.get(packet(before).out), Some(packet(before)), "{number}");
            }
            assert_eq!(sent.get(SeqNo(packet(0).out.0 - 1)), None);
            assert_eq!(sent.get(SeqNo(packet(oldest).out.0 - 1)), None, "{number}");
            assert_eq!(sent.get(packet(number + 1).out), None);
        }
    }

    #[test]
    fn a_manner_for_each_packet_is_enough() {
        let mut sent = Sent::default();
        let different = |number| {
            let shift = Shift { timestamp: number as u32, ..Shift::default() };
            SentPacket { shift, ..packet(number) }
        };
        for number in 0..2_000 {
            sent.insert(different(number));
            let oldest = number.saturating_sub(SENT - 1);
            assert_eq!(sent.get(different(oldest).out), Some(different(oldest)));
        }
        assert_eq!(sent.manners.len() as u64, SENT);
    }

    #[test]
    fn what_is_set_later_is_kept() {
        let mut sent = Sent::default();
        sent.insert(packet(1));
        sent.set_transport(packet(1).out, 9);
        sent.set_redundancy(packet(1).out, Depth::up_to(2));
        let changed = SentPacket { transport: Some(9), redundancy: Depth::up_to(2), ..packet(1) };
        assert_eq!(sent.get(packet(1).out), Some(changed));
    }

    #[test]
    fn a_packet_goes_again_once_in_a_while() {
        let mut sent = Sent::default();
        let span = Duration::from_millis(30);
        let hour = Duration::from_secs(3_600);
        let at = |milliseconds| Instant::default() + Duration::from_millis(milliseconds);
        sent.insert(packet(1));
        for (milliseconds, goes) in [(0, true), (29, false), (30, true), (59, false), (60, true)] {
            assert_eq!(sent.repeat(packet(1).out, at(milliseconds), span), goes, "{milliseconds}");
        }
        assert!(sent.repeat(packet(1).out, at(60) + hour, span));
        assert!(!sent.repeat(packet(2).out, at(60), span));
        sent.insert(packet(1));
        assert!(sent.repeat(packet(1).out, at(61), span));
    }
}
