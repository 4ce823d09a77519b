//! What fits on the way to one subscriber: a send-side estimate from transport-wide feedback, after
//! Google congestion control (draft-ietf-rmcat-gcc-02), told apart from random loss.
//!
//! Knows sent packets and their fate, nothing of streams or layers. Pure: time is an argument.

mod departures;
pub mod doubling;
pub mod downlink;
mod loss;
pub mod pacer;
mod probe;
mod rate;
pub mod report;
pub mod sharing;
#[cfg(test)]
mod simulation;
mod throughput;
mod trendline;
pub mod uplink;
pub mod volume;

use std::time::Duration;

use crate::time::Instant;
use departures::Fate;
use loss::{Loss, Verdict};
use rate::RateControl;
use throughput::Throughput;
use trendline::{Trendline, Usage};

/// Bits per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bitrate(pub f64);

impl Bitrate {
    /// The rate at which `bytes` pass in `span`; `None` when no time passes.
    pub fn of(bytes: usize, span: Duration) -> Option<Bitrate> {
        let seconds = span.as_secs_f64();
        (seconds > 0.0).then(|| Bitrate(bytes as f64 * 8.0 / seconds))
    }

    /// Bytes that pass in a time.
    pub fn bytes_in(self, span: Duration) -> f64 {
        self.0 * span.as_secs_f64() / 8.0
    }

    pub fn scaled(self, factor: f64) -> Bitrate {
        Bitrate(self.0 * factor)
    }

    pub fn min(self, other: Bitrate) -> Bitrate {
        Bitrate(self.0.min(other.0))
    }

    pub fn max(self, other: Bitrate) -> Bitrate {
        Bitrate(self.0.max(other.0))
    }
}

/// The estimate for one subscriber.
pub struct Estimator {
    trendline: Trendline,
    throughput: Throughput,
    loss: Loss,
    rate: RateControl,
}

impl Default for Estimator {
    /// Everything fits until something shows that it does not.
    fn default() -> Estimator {
        Estimator {
            trendline: Trendline::default(),
            throughput: Throughput::default(),
            loss: Loss::default(),
            rate: RateControl::new(UNLIMITED),
        }
    }
}

impl Estimator {
    pub fn estimate(&self) -> Bitrate {
        self.rate.estimate()
    }

    /// Whether queues grow on the way at present.
    pub fn is_congested(&self) -> bool {
        self.trendline.usage() == Usage::Over
    }

    /// Whether less is sent for a while, to see whether less is lost.
    pub fn is_trying(&self) -> bool {
        self.loss.is_trying()
    }

    /// When queues or losses last made it fall.
    pub fn lowered_at(&self) -> Option<Instant> {
        self.rate.lowered_at()
    }

    /// What arrives, `None` until enough has.
    pub fn delivered(&self) -> Option<Bitrate> {
        self.throughput.rate()
    }

    /// Take the fates of packets as one report tells them, in order of sending. `rises_unproven`
    /// lets the estimate rise far above what is sent, where more cannot be tried out on purpose.
    pub fn handle_fates(
        &mut self,
        now: Instant,
        fates: &[Fate],
        round_trip: Duration,
        rises_unproven: bool,
    ) {
        for fate in fates {
            self.loss.record(fate.arrived.is_none());
            if let Some(arrived) = fate.arrived {
                self.throughput.record(arrived, fate.size);
                self.trendline.record(fate.sent, arrived);
            }
        }
        let usage = self.trendline.usage();
        let delivered = self.throughput.rate().map(|rate| self.loss.made_good(rate));
        match self.loss.judge(now, usage == Usage::Over) {
            Verdict::Nothing => {}
            Verdict::Try(share) => self.rate.try_out(share, delivered),
            Verdict::Random => self.rate.end_trial(),
            Verdict::Congestion => self.rate.settle(delivered, now),
        }
        let may_rise = !self.loss.is_trying();
        self.rate.update(now, usage, delivered, round_trip, may_rise, rises_unproven);
    }

    /// A burst at `rate` came through whole: that much fits.
    pub fn handle_proof(&mut self, now: Instant, rate: Bitrate) {
        if !self.is_congested() {
            self.rate.raise(now, rate);
        }
    }

    /// What the far side itself estimates (REMB).
    pub fn set(&mut self, rate: Bitrate) {
        self.rate.set(rate);
    }
}

/// The estimate while nothing limits it. Raising it changes nothing below that rate.
pub const UNLIMITED: Bitrate = Bitrate(100e6);
