//! What a lossy way is sent more than once, before anybody asks: repairing on request takes round
//! trips, and players do not wait for many.

use super::Bitrate;

/// Whether every packet to a subscriber is sent twice: where many are lost and two find room.
#[derive(Default)]
pub struct Doubling {
    /// The share that is lost of late.
    lost: f64,
    is_on: bool,
    is_lossy: bool,
}

impl Doubling {
    /// Note the fate of a packet.
    pub fn record(&mut self, lost: bool) {
        self.lost += (f64::from(u8::from(lost)) - self.lost) / MEMORY;
    }

    /// Decide anew. `calm` is false while delays grow or less is sent on purpose.
    pub fn judge(&mut self, delivered: Option<Bitrate>, estimate: Bitrate, calm: bool) {
        let (least, room) = if self.is_on { (STOPS, KEEPS) } else { (STARTS, NEEDS) };
        let fits = delivered.is_none_or(|delivered| delivered.scaled(room).0 < estimate.0);
        self.is_on = calm && fits && self.lost > least;
        self.is_lossy = self.lost > if self.is_lossy { WHOLE } else { LOSSY };
    }

    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether losses are so frequent that audio should repeat more than one earlier packet, and
    /// pictures wait for repair.
    pub fn is_lossy(&self) -> bool {
        self.is_lossy
    }
}

/// Packets over which the share that is lost is taken: raising it errs less and sees later.
const MEMORY: f64 = 100.0;

/// Loss from which packets are sent twice, and down to which they still are. Raising them shows more
/// of the losses, lowering them sends more in vain.
const STARTS: f64 = 0.05;
const STOPS: f64 = 0.02;

/// What must fit, against what arrives: twice as much before, as much as now while it is doubled.
const NEEDS: f64 = 2.2;
const KEEPS: f64 = 1.05;

/// Loss from which a way is lossy, and down to which it still is. Raising them costs words on lossy
/// ways, lowering them a third of the audio's bitrate on good ones.
const LOSSY: f64 = 0.03;
const WHOLE: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it doubles after so many packets, of which every `nth` is lost.
    fn doubles(doubling: &mut Doubling, packets: u32, nth: u32, estimate: f64, calm: bool) -> bool {
        for packet in 1..=packets {
            doubling.record(packet % nth == 0);
        }
        doubling.judge(Some(Bitrate(1e6)), Bitrate(estimate), calm);
        doubling.is_on()
    }

    #[test]
    fn only_where_many_are_lost_packets_are_doubled() {
        let mut doubling = Doubling::default();
        assert!(!doubles(&mut doubling, 1_000, 60, 9e6, true));
        assert!(!doubling.is_lossy());
        assert!(doubles(&mut doubling, 1_000, 10, 9e6, true));
        assert!(doubling.is_lossy());
        assert!(doubles(&mut doubling, 1_000, 30, 9e6, true));
        assert!(!doubles(&mut doubling, 1_000, 100, 9e6, true));
    }

    #[test]
    fn what_does_not_fit_twice_is_not_doubled() {
        let mut doubling = Doubling::default();
        assert!(!doubles(&mut doubling, 1_000, 5, 1.9e6, true));
        assert!(doubles(&mut doubling, 1_000, 5, 2.3e6, true));
        assert!(doubles(&mut doubling, 1_000, 5, 1.1e6, true));
        assert!(!doubles(&mut doubling, 1_000, 5, 1.0e6, true));
    }

    #[test]
    fn while_delays_grow_nothing_is_doubled() {
        let mut doubling = Doubling::default();
        assert!(doubles(&mut doubling, 1_000, 5, 9e6, true));
        assert!(!doubles(&mut doubling, 1, 5, 9e6, false));
    }
}
