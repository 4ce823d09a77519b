//! The latest packets of one incoming stream, kept once for all its subscribers.

use crate::ids::SeqNo;

/// A ring of bytes with an index by sequence number. Nothing is allocated before the first packet
/// and nothing after it.
pub struct History {
    packets: usize,
    capacity: usize,
    slots: Box<[Slot]>,
    bytes: Box<[u8]>,
    /// Bytes written since the start; a packet is gone once `capacity` more were written.
    written: u64,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    seq: SeqNo,
    at: u64,
    length: u32,
}

impl History {
    /// Room for about `packets` packets and `capacity` bytes; `packets` is a power of two.
    pub fn new(packets: usize, capacity: usize) -> History {
        History { packets, capacity, slots: Box::default(), bytes: Box::default(), written: 0 }
    }

    pub fn insert(&mut self, seq: SeqNo, packet: &[u8]) {
        if packet.is_empty() || packet.len() > self.capacity {
            return;
        }
        if self.slots.is_empty() {
            self.slots = vec![Slot::default(); self.packets].into();
            self.bytes = vec![0; self.capacity].into();
        }
        let at = self.place(packet.len());
        let start = (at % self.capacity as u64) as usize;
        self.bytes[start..start + packet.len()].copy_from_slice(packet);
        self.written = at + packet.len() as u64;
        let index = self.index(seq);
        self.slots[index] = Slot { seq, at, length: packet.len() as u32 };
    }

    pub fn get(&self, seq: SeqNo) -> Option<&[u8]> {
        let slot = self.slots.get(self.index(seq))?;
        let fresh = self.written - slot.at <= self.capacity as u64;
        if slot.seq != seq || slot.length == 0 || !fresh {
            return None;
        }
        let start = (slot.at % self.capacity as u64) as usize;
        self.bytes.get(start..start + slot.length as usize)
    }

    pub fn clear(&mut self) {
        self.slots.fill(Slot::default());
    }

    /// Where the next packet goes: a packet does not straddle the end of the ring.
    fn place(&self, length: usize) -> u64 {
        let left = self.capacity - (self.written % self.capacity as u64) as usize;
        if length <= left { self.written } else { self.written + left as u64 }
    }

    fn index(&self, seq: SeqNo) -> usize {
        (seq.0 % self.packets as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_comes_back_as_it_was() {
        let mut history = History::new(8, 100);
        history.insert(SeqNo(70_000), b"abc");
        history.insert(SeqNo(69_999), b"late");
        assert_eq!(history.get(SeqNo(70_000)), Some(&b"abc"[..]));
        assert_eq!(history.get(SeqNo(69_999)), Some(&b"late"[..]));
        assert_eq!(history.get(SeqNo(69_998)), None);
    }

    #[test]
    fn nothing_is_there_before_the_first_packet_and_after_clear() {
        let mut history = History::new(8, 100);
        assert_eq!(history.get(SeqNo(0)), None);
        history.insert(SeqNo(0), b"abc");
        history.clear();
        assert_eq!(history.get(SeqNo(0)), None);
    }

    #[test]
    fn what_is_found_is_always_what_was_inserted_last_under_that_number() {
        let mut history = History::new(16, 1000);
        let mut random = 1u64;
        let mut model = std::collections::HashMap::new();
        for round in 0..5_000u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let seq = SeqNo(round / 2 + (random >> 60));
            let packet = vec![round as u8; (random >> 32) as usize % 300];
            history.insert(seq, &packet);
            if !packet.is_empty() {
                model.insert(seq, packet);
            }
            for back in 0..20 {
                let seq = SeqNo((round / 2 + 8).saturating_sub(back));
                if let Some(found) = history.get(seq) {
                    assert_eq!(Some(found), model.get(&seq).map(Vec::as_slice));
                }
            }
        }
    }

    #[test]
    fn the_newest_packets_are_there_whatever_their_sizes() {
        let mut history = History::new(64, 10_000);
        for seq in 0..1_000u64 {
            history.insert(SeqNo(seq), &vec![seq as u8; 1 + (seq as usize * 37) % 400]);
            for newest in seq.saturating_sub(20)..=seq {
                assert!(history.get(SeqNo(newest)).is_some(), "{newest} of {seq}");
            }
        }
    }
}
