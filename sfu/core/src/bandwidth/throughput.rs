//! How much arrives: the rate over a sliding window of the far side's clock.

use std::collections::VecDeque;
use std::time::Duration;

use super::Bitrate;

#[derive(Default)]
pub struct Throughput {
    arrivals: VecDeque<(Duration, usize)>,
    bytes: usize,
}

impl Throughput {
    pub fn record(&mut self, arrived: Duration, size: usize) {
        if self.arrivals.back().is_some_and(|(last, _)| gap(*last, arrived) > RESTART) {
            *self = Throughput::default();
        }
        self.arrivals.push_back((arrived, size));
        self.bytes += size;
        while let Some(&(first, size)) = self.arrivals.front() {
            if arrived.saturating_sub(first) <= WINDOW {
                break;
            }
            self.arrivals.pop_front();
            self.bytes -= size;
        }
    }

    /// `None` until enough has arrived to tell.
    pub fn rate(&self) -> Option<Bitrate> {
        let ((first, size), (last, _)) = (self.arrivals.front()?, self.arrivals.back()?);
        let span = last.saturating_sub(*first);
        // What the first packet brought came before the time that is measured.
        Bitrate::of(self.bytes - size, span).filter(|_| span >= LEAST)
    }
}

fn gap(earlier: Duration, later: Duration) -> Duration {
    later.abs_diff(earlier)
}

/// What is looked back on. Raising it steadies the rate, and reacts later to a drop.
const WINDOW: Duration = Duration::from_millis(400);

/// Before it is no rate: a frame or two.
const LEAST: Duration = Duration::from_millis(100);

/// After a pause this long, or a clock that jumped, it begins anew.
const RESTART: Duration = Duration::from_secs(1);
