//! The names of things: numbers that must not be mistaken for one another, and maps keyed by them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// One client's transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub u64);

/// One track a peer sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicationId(pub u64);

/// One track a peer receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionId(pub u64);

/// The open microphones of one room, among which the loudest are forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FloorId(pub u64);

/// Synchronisation source of RTP (RFC 3550 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ssrc(pub u32);

/// Payload type, 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pt(pub u8);

/// Identification of an SDP section (RFC 9143).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mid(pub Box<str>);

/// Identification of a simulcast layer (RFC 8851); empty where there is one layer without a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rid(pub Box<str>);

/// An RTP sequence number with its roll-over count: it never wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeqNo(pub u64);

/// A map keyed by identifiers of ours or by few of a peer's: a cheap hash is safe.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

impl SeqNo {
    /// The 16 bits that travel in the header.
    pub fn wire(self) -> u16 {
        self.0 as u16
    }

    /// The roll-over counter of SRTP (RFC 3711 §3.2.1).
    pub fn roll_over(self) -> u32 {
        (self.0 >> 16) as u32
    }

    pub fn next(self) -> SeqNo {
        SeqNo(self.0 + 1)
    }

    /// The extended number whose 16 low bits are `wire` and which lies closest to `self`.
    pub fn closest(self, wire: u16) -> SeqNo {
        SeqNo(extend(self.0, u64::from(wire), 16))
    }
}

/// The number closest to `near` whose low `bits` bits are `low`; never negative.
pub fn extend(near: u64, low: u64, bits: u32) -> u64 {
    let period = 1u64 << bits;
    let candidate = (near & !(period - 1)) | low;
    if candidate > near && candidate - near > period / 2 && candidate >= period {
        candidate - period
    } else if candidate < near && near - candidate >= period / 2 {
        candidate + period
    } else {
        candidate
    }
}

/// Spreads an integer over 64 bits by one multiplication.
#[derive(Clone, Copy, Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_extend_to_the_closest() {
        for (near, wire, expected) in [
            (0, 5, 5),
            (5, 65_535, 65_535),
            (65_535, 0, 65_536),
            (65_540, 65_535, 65_535),
            (65_536, 65_535, 65_535),
            (200_000, 200_000u64 as u16, 200_000),
            (131_071, 3, 131_075),
        ] {
            assert_eq!(SeqNo(near).closest(wire), SeqNo(expected), "near {near} wire {wire}");
        }
    }

    #[test]
    fn extending_never_moves_further_than_half_a_period() {
        for near in (0..400_000u64).step_by(977) {
            for step in [0i64, 1, -1, 32_767, -32_767] {
                let Some(target) = near.checked_add_signed(step) else { continue };
                assert_eq!(SeqNo(near).closest(target as u16), SeqNo(target));
            }
        }
    }
}
