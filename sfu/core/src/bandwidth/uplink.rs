//! The way from a publisher that wants to be told what fits on it (REMB), because it does not know
//! transport-wide feedback: estimated here, from the send times in its packets (abs-send-time).

use std::time::Duration;

use super::departures::Fate;
use super::{Bitrate, Estimator};
use crate::ids::extend;
use crate::time::Instant;

#[derive(Default)]
pub struct Uplink {
    estimator: Estimator,
    /// In units of 2⁻¹⁸ s, past the wrap after 64 s.
    newest: Option<u64>,
    fates: Vec<Fate>,
    told: Option<(Bitrate, Instant)>,
}

impl Uplink {
    /// Note a packet that came, by the 24 bits of its send time.
    pub fn record(&mut self, now: Instant, sent: [u8; 3], size: usize) {
        let [high, middle, low] = sent;
        let sent = u64::from(u32::from_be_bytes([0, high, middle, low]));
        let sent = extend(self.newest.unwrap_or(1 << 24 | sent), sent, 24);
        self.newest = self.newest.max(Some(sent));
        if self.fates.len() < MOST {
            let sent = Instant::from_nanos(((u128::from(sent) * 1_000_000_000) >> 18) as u64);
            let arrived = Some(now.since(Instant::default()));
            self.fates.push(Fate { sent, size, arrived, burst: None });
        }
    }

    /// What fits, if it is time to tell: what is less at once, else each second.
    pub fn news(&mut self, now: Instant) -> Option<Bitrate> {
        let fates = std::mem::take(&mut self.fates);
        self.estimator.handle_fates(now, &fates, ROUND_TRIP, true);
        let estimate = self.estimator.estimate();
        let is_due = self
            .told
            .is_none_or(|(told, at)| estimate.0 < told.0 * NEWS || now.since(at) >= INTERVAL);
        if is_due {
            self.told = Some((estimate, now));
        }
        is_due.then_some(estimate)
    }
}

/// Of one round trip nothing is known here; it only spaces two steps down.
const ROUND_TRIP: Duration = Duration::from_millis(100);

/// Between two tellings of what has not become less.
const INTERVAL: Duration = Duration::from_secs(1);

/// A smaller share than this of what was told last is told at once.
const NEWS: f64 = 0.97;

/// Packets looked at from one telling to the next: 100 Mbit/s.
const MOST: usize = 1 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Send 25 packets of 1,000 bytes each 100 ms through a way that lets `rate` bit/s pass, and
    /// return what was told at which time, in milliseconds.
    fn told(rate: f64, seconds: u64) -> Vec<(u64, f64)> {
        let mut uplink = Uplink::default();
        let (mut told, mut free) = (Vec::new(), 0.0f64);
        for number in 0..seconds * 250 {
            let sent = number as f64 * 4.0;
            free = free.max(sent) + 8_000_000.0 / rate;
            let units = ((60_000.0 + sent) * 262.144) as u32;
            let [_, wire @ ..] = units.to_be_bytes();
            let arrives = 1_000_000.0 * (1_000.0 + free);
            uplink.record(Instant::from_nanos(arrives as u64), wire, 1_000);
            if number % 25 == 24
                && let Some(estimate) = uplink.news(Instant::from_nanos(arrives as u64))
            {
                told.push((sent as u64, estimate.0));
            }
        }
        told
    }

    #[test]
    fn a_wide_way_is_told_once_a_second_and_never_lowered() {
        let told = told(20e6, 10);
        assert!((9..=11).contains(&told.len()), "{told:?}");
        assert!(told.iter().all(|(_, rate)| *rate >= 20e6), "{told:?}");
    }

    #[test]
    fn a_narrow_way_is_told_at_once_through_the_wrap_of_the_send_time() {
        let told = told(1e6, 8);
        let first = told.iter().find(|(_, rate)| *rate < 2e6);
        assert!(first.is_some_and(|(at, _)| *at < 1_500), "{told:?}");
        assert!(told.last().is_some_and(|(_, rate)| *rate < 1.1e6), "{told:?}");
    }
}
