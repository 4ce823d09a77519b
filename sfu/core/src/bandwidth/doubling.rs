//! What a lossy way is sent more than once, before anybody asks: repairing on request takes round
//! trips, and players do not wait for many.

use super::Bitrate;

/// How often every packet to a subscriber is sent: twice where many are lost and two find room, three
/// times where a fifth is.
pub struct Doubling {
    /// The share that is lost of late.
    lost: f64,
    copies: u32,
    is_lossy: bool,
}

impl Default for Doubling {
    fn default() -> Doubling {
        Doubling { lost: 0.0, copies: 1, is_lossy: false }
    }
}

impl Doubling {
    /// Note the fate of a packet.
    pub fn record(&mut self, lost: bool) {
        self.lost += (f64::from(u8::from(lost)) - self.lost) / MEMORY;
    }

    /// Decide anew. `calm` is false while delays grow or less is sent on purpose.
    pub fn judge(&mut self, delivered: Option<Bitrate>, estimate: Bitrate, calm: bool) {
        let once = delivered.map(|delivered| delivered.scaled(1.0 / f64::from(self.copies)));
        let pays = |&(copies, starts, stops): &(u32, f64, f64)| {
            let (least, room) = if copies > self.copies { (starts, NEEDS) } else { (stops, KEEPS) };
            let needed = once.map(|once| once.scaled(f64::from(copies) * room));
            self.lost > least && needed.is_none_or(|needed| needed < estimate)
        };
        let most = STEPS.iter().rfind(|step| calm && pays(step));
        self.copies = most.map_or(1, |(copies, ..)| *copies);
        self.is_lossy = self.lost > if self.is_lossy { WHOLE } else { LOSSY };
    }

    pub fn copies(&self) -> u32 {
        self.copies
    }

    /// Whether losses are so frequent that audio should repeat more than one earlier packet, and
    /// pictures wait for repair.
    pub fn is_lossy(&self) -> bool {
        self.is_lossy
    }
}

/// Packets over which the share that is lost is taken: raising it errs less and sees later.
const MEMORY: f64 = 100.0;

/// How often packets are sent, the loss from which they are, and down to which they still are. Raising
/// the losses shows more of them, lowering them sends more in vain.
const STEPS: [(u32, f64, f64); 2] = [(2, 0.05, 0.02), (3, 0.20, 0.14)];

/// What must fit, against what will arrive: more before than while it is done.
const NEEDS: f64 = 1.1;
const KEEPS: f64 = 1.05;

/// Loss from which a way is lossy, and down to which it still is. Raising them costs words on lossy
/// ways, lowering them a third of the audio's bitrate on good ones.
const LOSSY: f64 = 0.03;
const WHOLE: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    /// How often packets are sent after so many, of which every `nth` is lost.
    fn copies(doubling: &mut Doubling, packets: u32, nth: u32, estimate: f64, calm: bool) -> u32 {
        for packet in 1..=packets {
            doubling.record(packet % nth == 0);
        }
        doubling.judge(Some(Bitrate(1e6)), Bitrate(estimate), calm);
        doubling.copies()
    }

    #[test]
    fn the_more_are_lost_the_more_often_packets_are_sent() {
        let mut doubling = Doubling::default();
        for (nth, expected) in [(60, 1), (10, 2), (30, 2), (3, 3), (6, 3), (10, 2), (300, 1)] {
            assert_eq!(copies(&mut doubling, 1_000, nth, 90e6, true), expected, "{nth}");
            assert_eq!(doubling.is_lossy(), nth <= 30, "{nth}");
        }
    }

    #[test]
    fn what_does_not_fit_so_often_is_not_sent_so_often() {
        let mut doubling = Doubling::default();
        assert_eq!(copies(&mut doubling, 1_000, 10, 1.9e6, true), 1);
        assert_eq!(copies(&mut doubling, 1_000, 10, 2.3e6, true), 2);
        // What arrives is doubled by now.
        assert_eq!(copies(&mut doubling, 1_000, 3, 1.2e6, true), 2);
        assert_eq!(copies(&mut doubling, 1_000, 3, 1.7e6, true), 3);
        assert_eq!(copies(&mut doubling, 1_000, 3, 0.9e6, true), 2);
        assert_eq!(copies(&mut doubling, 1_000, 3, 0.9e6, true), 1);
    }

    #[test]
    fn while_delays_grow_all_is_sent_once() {
        let mut doubling = Doubling::default();
        assert_eq!(copies(&mut doubling, 1_000, 10, 9e6, true), 2);
        assert_eq!(copies(&mut doubling, 1, 10, 9e6, false), 1);
    }
}
