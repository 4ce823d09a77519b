//! Whether packets queue on their way to us, by when they were sent (abs-send-time).

use std::time::Duration;

use crate::time::Instant;

/// How much longer than the shortest of late the packets of one peer are on their way. Both clocks
/// run on their own; only changes count.
#[derive(Default)]
pub struct Queueing {
    /// The shortest of this window and of the one before.
    shortest: Option<[Transit; 2]>,
    turns: Instant,
    /// The least that a packet waited in this look, the one before, and until when it lasts.
    least: [i32; 2],
    looks: Instant,
    packets: [u32; 2],
}

/// Arrival less departure, modulo 64 s in units of 2⁻¹⁸ s.
type Transit = u32;

impl Queueing {
    /// Note a packet; `sent` is its abs-send-time.
    pub fn record(&mut self, sent: [u8; 3], now: Instant) {
        let sent = u32::from_be_bytes([0, sent[0], sent[1], sent[2]]);
        let arrived = (u128::from(now.as_nanos()) << FRACTION) / 1_000_000_000;
        let transit = (arrived as u32).wrapping_sub(sent) & MODULUS;
        if self.shortest.is_none() || now >= self.turns {
            let before = self.shortest.map_or(transit, |[current, _]| current);
            self.shortest = Some([transit, before]);
            self.turns = now + WINDOW;
        }
        let Some([current, before]) = &mut self.shortest else { return };
        if longer(transit, *current) < 0 {
            *current = transit;
        }
        let waited = longer(transit, *current).max(longer(transit, *before));
        if now >= self.looks {
            self.least = [waited, self.least[0]];
            self.packets = [0, self.packets[0]];
            self.looks = now + LOOK;
        }
        self.least[0] = self.least[0].min(waited);
        self.packets[0] += 1;
    }

    /// Whether a queue stands: not one packet of late came through without waiting. Unknown of who
    /// does not say when it sent.
    pub fn is_standing(&self) -> Option<bool> {
        self.shortest?;
        let enough = |look: usize| self.packets[look] >= LEAST_PACKETS;
        Some((0..2).find(|look| enough(*look)).is_some_and(|look| self.least[look] > STANDING))
    }
}

/// How much longer one way took than another, across the wrap.
fn longer(transit: Transit, other: Transit) -> i32 {
    ((transit.wrapping_sub(other) << 8) as i32) >> 8
}

const FRACTION: u32 = 18;
const MODULUS: u32 = (1 << 24) - 1;

/// Over one to two of these the shortest way is remembered. Raising it believes in queues for longer
/// where the way itself has become longer, lowering it takes a lasting queue for the way.
const WINDOW: Duration = Duration::from_secs(10);

/// Packets that come so close together are looked at together: one that did not wait is enough.
/// Raising it sees queues later, lowering it takes jitter for a queue.
const LOOK: Duration = Duration::from_millis(100);
const LEAST_PACKETS: u32 = 8;

/// 40 ms. Raising it lets queues grow longer until losses count, lowering it takes jitter for them.
const STANDING: i32 = (40 << FRACTION) / 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(milliseconds: u64) -> [u8; 3] {
        let ticks = ((milliseconds << FRACTION) / 1_000) as u32;
        let [_, high, middle, low] = ticks.to_be_bytes();
        [high, middle, low]
    }

    /// Packets ten milliseconds apart, each of which waits as `waits` says of its time.
    fn standing(
        queueing: &mut Queueing,
        span: std::ops::Range<u64>,
        waits: impl Fn(u64) -> u64,
    ) -> Vec<bool> {
        let times = span.step_by(10);
        times
            .map(|time| {
                let arrived = time + 5_000 + waits(time);
                queueing.record(sent(time), Instant::from_nanos(arrived * 1_000_000));
                queueing.is_standing() == Some(true)
            })
            .collect()
    }

    #[test]
    fn a_queue_is_seen_while_it_stands_also_across_the_wrap() {
        let mut queueing = Queueing::default();
        assert_eq!(queueing.is_standing(), None);
        assert!(!standing(&mut queueing, 0..60_000, |_| 0).contains(&true));
        let grown = standing(&mut queueing, 60_000..65_000, |time| (time - 60_000).min(150));
        assert!(!grown[..4].contains(&true));
        assert!(!grown[40..].contains(&false));
        let drained = standing(&mut queueing, 65_000..70_000, |_| 0);
        assert!(!drained[20..].contains(&true));
    }

    #[test]
    fn jitter_is_no_queue() {
        let mut queueing = Queueing::default();
        let mut random = 1u64;
        let jitter: Vec<u64> = (0..6_000)
            .map(|_| {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (random >> 40) % 60
            })
            .collect();
        let seen = standing(&mut queueing, 0..60_000, |time| jitter[(time / 10) as usize]);
        assert!(!seen.contains(&true));
    }

    #[test]
    fn a_way_that_has_become_longer_is_believed_after_a_while() {
        let mut queueing = Queueing::default();
        standing(&mut queueing, 0..1_000, |_| 0);
        let seen = standing(&mut queueing, 1_000..60_000, |_| 100);
        assert!(seen[100]);
        assert!(!seen[3_000..].contains(&true));
    }

    #[test]
    fn clocks_that_drift_apart_are_no_queue() {
        let mut queueing = Queueing::default();
        let seen = standing(&mut queueing, 0..600_000, |time| time / 5_000);
        assert!(!seen.contains(&true));
    }
}
