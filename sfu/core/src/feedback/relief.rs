//! How much a publisher may send while its packets queue on their way to us: its own estimator takes a
//! second to see it, in which the queue overflows and takes words with it.

use std::time::Duration;

use crate::bandwidth::Bitrate;
use crate::time::Instant;

#[derive(Default)]
pub struct Relief {
    /// Bytes that came in each slice of late, the newest first.
    slices: [usize; SLICES],
    /// When the newest slice ends.
    turns: Instant,
    /// Since when the queue stands.
    since: Option<Instant>,
    /// Until when what was told last holds.
    limit: Option<Instant>,
    /// How often it is still to be told that there is no limit any more.
    lifting: u32,
}

impl Relief {
    /// Note a packet that came.
    pub fn record(&mut self, size: usize, now: Instant) {
        self.turn(now);
        self.slices[0] += size;
    }

    /// What is to be told now, if anything. A queue that still stands after a while is none: the way
    /// has become longer.
    pub fn judge(&mut self, now: Instant, is_standing: bool) -> Option<Bitrate> {
        self.since = is_standing.then(|| self.since.unwrap_or(now));
        let lowers = self.since.is_some_and(|since| now.since(since) < LOWERING);
        if lowers {
            let rate = self.rate(now).scaled(DRAINING).max(LEAST);
            self.limit = Some(now + HOLDING);
            return Some(rate);
        }
        if self.limit.is_some_and(|until| now >= until) {
            self.limit = None;
            self.lifting = TELLINGS;
        }
        self.lifting.checked_sub(1).map(|left| {
            self.lifting = left;
            NO_LIMIT
        })
    }

    fn rate(&mut self, now: Instant) -> Bitrate {
        self.turn(now);
        // The newest is not over yet.
        let bytes: usize = self.slices[1..].iter().sum();
        Bitrate(bytes as f64 * 8.0 / (SLICE * (SLICES as u32 - 1)).as_secs_f64())
    }

    fn turn(&mut self, now: Instant) {
        if now.since(self.turns) >= SLICE * SLICES as u32 {
            (self.slices, self.turns) = ([0; SLICES], now + SLICE);
        }
        while now >= self.turns {
            self.slices.rotate_right(1);
            self.slices[0] = 0;
            self.turns = self.turns + SLICE;
        }
    }
}

/// What arrives is taken over so many of these, but for the newest. Raising it follows a drop later,
/// lowering it takes a key frame for the rate.
const SLICE: Duration = Duration::from_millis(40);
const SLICES: usize = 6;

/// From when a queue stands it is told for so long what arrives: less and less, as the rate from before is
/// forgotten. Raising it takes what the publisher sends by then, having been told less, for all that the way
/// can carry, and tells still less; lowering it leaves some of the rate from before in the count.
const LOWERING: Duration = Duration::from_millis(300);

/// How long what was told last holds. By then the publisher has found out by itself.
const HOLDING: Duration = Duration::from_secs(2);

/// What is left of what arrives, so that the queue drains.
const DRAINING: f64 = 0.8;

/// A voice and the smallest picture.
const LEAST: Bitrate = Bitrate(120e3);

const NO_LIMIT: Bitrate = Bitrate(1e9);

/// Tellings may be lost, and this one is not followed by others.
const TELLINGS: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    /// 1,000 bytes each `gap` milliseconds, judged every 50; returns what is told and when.
    fn told(
        relief: &mut Relief,
        span: std::ops::Range<u64>,
        gap: u64,
        is_standing: bool,
    ) -> Vec<(u64, f64)> {
        let mut told = Vec::new();
        for time in span {
            if time % gap == 0 {
                relief.record(1_000, at(time));
            }
            if time % 50 == 0 {
                told.extend(relief.judge(at(time), is_standing).map(|rate| (time, rate.0)));
            }
        }
        told
    }

    #[test]
    fn while_a_queue_stands_less_than_arrives_is_told_and_lifted_later() {
        let mut relief = Relief::default();
        assert!(told(&mut relief, 1_000..3_000, 4, false).is_empty());
        let standing = told(&mut relief, 3_000..3_500, 16, true);
        assert_eq!(standing.len(), 6);
        assert!(standing[0].1 > 2.0 * standing[5].1, "{standing:?}");
        assert!((300e3..=420e3).contains(&standing[5].1), "{standing:?}");
        let lifted = told(&mut relief, 3_500..8_000, 16, false);
        assert_eq!(lifted, [(5_250, 1e9), (5_300, 1e9), (5_350, 1e9)]);
    }

    /// A way of 500 kbit/s, over which too much is sent for 300 ms of each second.
    #[test]
    fn one_queue_after_the_other_does_not_lower_what_is_told_each_time() {
        let mut relief = Relief::default();
        let mut least = f64::MAX;
        told(&mut relief, 0..1_000, 16, false);
        for second in 1..20 {
            let start = second * 1_000;
            let queue = told(&mut relief, start..start + 300, 16, true);
            least = queue.iter().fold(least, |least, (_, rate)| least.min(*rate));
            // The queue is seen for a while longer, but what comes is what was told.
            told(&mut relief, start + 300..start + 500, 25, true);
            told(&mut relief, start + 500..start + 1_000, 25, false);
        }
        assert!(least >= 240e3, "{least}");
    }

    #[test]
    fn a_way_that_has_become_longer_slows_nobody_down_for_long() {
        let mut relief = Relief::default();
        told(&mut relief, 1_000..3_000, 8, false);
        let told = told(&mut relief, 3_000..60_000, 8, true);
        assert!(told.iter().all(|(_, rate)| *rate >= 0.7e6), "{told:?}");
        assert!(told.iter().all(|(time, _)| *time < 6_000), "{told:?}");
    }

    #[test]
    fn a_voice_alone_is_never_limited_below_itself() {
        let mut relief = Relief::default();
        let told = told(&mut relief, 1_000..1_500, 200, true);
        assert!(!told.is_empty() && told.iter().all(|(_, rate)| *rate >= 120e3), "{told:?}");
    }
}
