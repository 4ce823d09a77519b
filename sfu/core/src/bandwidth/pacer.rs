//! What waits to be sent to a receiver on whose way not everything fits, so that a large frame does not
//! fill the queues there: video first, then repetitions. Audio never waits.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Bitrate, UNLIMITED};
use crate::ids::SubscriptionId;
use crate::time::Instant;

#[derive(Default)]
pub struct Pacer {
    video: VecDeque<Held>,
    repetitions: VecDeque<Held>,
    /// Bytes of all that waits.
    waiting: usize,
    /// The rate at which nothing of it waits too long.
    drain: Bitrate,
    /// Bytes sent beyond what the rate allows.
    debt: f64,
    settled_at: Instant,
}

/// A packet that waits, by its number in the subscription; its bytes are in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub subscription: SubscriptionId,
    pub wire: u16,
    pub size: usize,
    /// It was sent before, and asked for again.
    pub is_repetition: bool,
}

impl Pacer {
    /// Whether a packet of now must wait: behind others, or because enough was just sent.
    pub fn holds(&mut self, now: Instant, estimate: Bitrate) -> bool {
        if estimate >= UNLIMITED {
            self.debt = 0.0;
            return !self.is_empty();
        }
        let rate = self.rate(estimate);
        self.settle(now, rate);
        !self.is_empty() || self.debt > rate.bytes_in(GROUP)
    }

    pub fn hold(&mut self, packet: Held) {
        self.waiting += packet.size;
        self.drain =
            self.drain.max(Bitrate(self.waiting as f64 * 8.0 / LONGEST_WAIT.as_secs_f64()));
        let queue = if packet.is_repetition { &mut self.repetitions } else { &mut self.video };
        queue.push_back(packet);
    }

    /// Note that a packet of any kind leaves.
    pub fn note(&mut self, size: usize) {
        self.debt += size as f64;
    }

    /// Take the next packet that may leave now.
    pub fn release(&mut self, now: Instant, estimate: Bitrate) -> Option<Held> {
        let rate = self.rate(estimate);
        self.settle(now, rate);
        if estimate < UNLIMITED && self.debt > rate.bytes_in(GROUP) {
            return None;
        }
        let packet = self.video.pop_front().or_else(|| self.repetitions.pop_front())?;
        self.waiting -= packet.size;
        if self.waiting == 0 {
            self.drain = Bitrate::default();
        }
        Some(packet)
    }

    /// When the next group may leave; `None` while nothing waits.
    pub fn due(&self, estimate: Bitrate) -> Option<Instant> {
        let rate = self.rate(estimate);
        let wait = Duration::from_secs_f64((self.debt * 8.0 / rate.0).clamp(0.0, 1.0));
        (!self.is_empty()).then(|| self.settled_at + wait)
    }

    pub fn is_empty(&self) -> bool {
        self.video.is_empty() && self.repetitions.is_empty()
    }

    fn rate(&self, estimate: Bitrate) -> Bitrate {
        estimate.scaled(FACTOR).max(self.drain)
    }

    fn settle(&mut self, now: Instant, rate: Bitrate) {
        let paid = rate.bytes_in(now.since(self.settled_at));
        // Less than nothing: who wakes up late may make good for it.
        self.debt = (self.debt - paid).max(-rate.bytes_in(GROUP));
        self.settled_at = now;
    }
}

/// Against the estimate. Raising it queues more on the way, lowering it delays large frames more.
const FACTOR: f64 = 2.5;

/// What leaves together. Raising it costs fewer wake-ups and makes larger bursts.
const GROUP: Duration = Duration::from_millis(5);

/// The rate grows so that nothing waits longer. Lowering it queues more on the way instead of here.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Bitrate = Bitrate(400e3);

    fn at(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    fn packet(wire: u16, is_repetition: bool) -> Held {
        Held { subscription: SubscriptionId(1), wire, size: 1_000, is_repetition }
    }

    /// Send or hold a packet of now; returns whether it left.
    fn offer(pacer: &mut Pacer, now: Instant, packet: Held) -> bool {
        let held = pacer.holds(now, RATE);
        if held {
            pacer.hold(packet);
        } else {
            pacer.note(packet.size);
        }
        !held
    }

    /// Let time pass; returns what leaves in each millisecond.
    fn leaving(pacer: &mut Pacer, from: u64, to: u64) -> Vec<(u64, u16)> {
        let mut left = Vec::new();
        for now in from..to {
            if pacer.due(RATE).is_none_or(|due| due > at(now)) {
                continue;
            }
            while let Some(held) = pacer.release(at(now), RATE) {
                pacer.note(held.size);
                left.push((now, held.wire));
            }
        }
        left
    }

    #[test]
    fn where_everything_fits_nothing_waits() {
        let mut pacer = Pacer::default();
        for _ in 0..1_000 {
            assert!(!pacer.holds(at(1), UNLIMITED));
            pacer.note(1_200);
        }
        assert_eq!(pacer.due(UNLIMITED), None);
    }

    #[test]
    fn a_large_frame_leaves_at_the_rate_and_in_order() {
        let mut pacer = Pacer::default();
        let sent = (0..10).filter(|wire| offer(&mut pacer, at(1_000), packet(*wire, false)));
        assert_eq!(sent.count(), 2, "1,000 bytes are 8 ms at 2.5 times the rate");
        let left = leaving(&mut pacer, 1_000, 1_100);
        assert_eq!(
            left.iter().map(|(_, wire)| *wire).collect::<Vec<_>>(),
            (2..10).collect::<Vec<_>>()
        );
        let last = left.last().map_or(0, |(now, _)| *now);
        assert!((1_055..=1_080).contains(&last), "{left:?}");
        assert!(offer(&mut pacer, at(1_200), packet(10, false)));
    }

    #[test]
    fn repetitions_wait_for_video() {
        let mut pacer = Pacer::default();
        for (wire, is_repetition) in
            [(0, false), (0, false), (1, true), (2, false), (3, true), (4, false)]
        {
            offer(&mut pacer, at(1_000), packet(wire, is_repetition));
        }
        let left = leaving(&mut pacer, 1_000, 1_100);
        assert_eq!(left.iter().map(|(_, wire)| *wire).collect::<Vec<_>>(), [2, 4, 1, 3]);
    }

    #[test]
    fn nothing_waits_longer_than_a_quarter_of_a_second() {
        let mut pacer = Pacer::default();
        for wire in 0..400 {
            offer(&mut pacer, at(1_000), packet(wire, false));
        }
        let left = leaving(&mut pacer, 1_000, 3_000);
        assert_eq!(left.len(), 398);
        assert!(left.iter().all(|(now, _)| *now <= 1_255), "{left:?}");
    }

    #[test]
    fn what_waits_leaves_at_once_when_everything_fits_again() {
        let mut pacer = Pacer::default();
        for wire in 0..10 {
            offer(&mut pacer, at(1_000), packet(wire, false));
        }
        let mut left = 0;
        while pacer.release(at(1_001), UNLIMITED).is_some() {
            left += 1;
        }
        assert_eq!((left, pacer.waiting), (8, 0));
    }
}
