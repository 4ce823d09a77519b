//! From usage and throughput to a rate: additive and multiplicative increase, multiplicative
//! decrease (draft-ietf-rmcat-gcc-02 §5.5, as libwebrtc does it).

use std::time::Duration;

use super::trendline::Usage;
use super::{Bitrate, UNLIMITED};
use crate::time::Instant;

pub struct RateControl {
    estimate: Bitrate,
    /// What it goes back to when a trial of less showed nothing.
    before_trial: Option<Bitrate>,
    updated: Option<Instant>,
    lowered: Option<Instant>,
    capacity: Capacity,
    holds: bool,
}

impl RateControl {
    pub fn new(estimate: Bitrate) -> RateControl {
        RateControl {
            estimate,
            before_trial: None,
            updated: None,
            lowered: None,
            capacity: Capacity::default(),
            holds: false,
        }
    }

    pub fn estimate(&self) -> Bitrate {
        self.estimate
    }

    pub fn lowered_at(&self) -> Option<Instant> {
        self.lowered
    }

    /// Follow what a report showed.
    pub fn update(
        &mut self,
        now: Instant,
        usage: Usage,
        delivered: Option<Bitrate>,
        round_trip: Duration,
        may_rise: bool,
        rises_unproven: bool,
    ) {
        let elapsed = self.updated.map_or(Duration::ZERO, |at| now.since(at)).min(LONGEST_STEP);
        self.updated = Some(now);
        match usage {
            Usage::Over if self.may_lower(now, delivered, round_trip) => {
                self.lower(now, delivered);
            }
            Usage::Over | Usage::Under => self.holds = true,
            // Queues that were filled drain first.
            Usage::Normal if std::mem::take(&mut self.holds) => {}
            Usage::Normal if may_rise => self.rise(elapsed, delivered, round_trip, rises_unproven),
            Usage::Normal => {}
        }
    }

    /// Send a share of what arrives for a while.
    pub fn try_out(&mut self, share: f64, delivered: Option<Bitrate>) {
        let base = delivered.map_or(self.estimate, |rate| rate.scaled(HEADROOM).min(self.estimate));
        self.before_trial = Some(self.estimate);
        self.estimate = base.scaled(share).max(LEAST);
    }

    pub fn end_trial(&mut self) {
        if let Some(before) = self.before_trial.take() {
            self.estimate = self.estimate.max(before);
        }
    }

    /// Losses say that no more fits than arrives.
    pub fn settle(&mut self, delivered: Option<Bitrate>, now: Instant) {
        self.before_trial = None;
        let Some(delivered) = delivered else { return };
        self.capacity.observe(delivered);
        self.estimate = self.estimate.min(delivered.scaled(SETTLED)).max(LEAST);
        self.lowered = Some(now);
    }

    /// So much came through as a burst.
    pub fn raise(&mut self, now: Instant, proven: Bitrate) {
        if proven > self.estimate && self.lowered.is_none_or(|at| now.since(at) > PROOF_PAUSE) {
            self.estimate = proven.min(UNLIMITED);
            self.capacity.forget();
        }
    }

    pub fn set(&mut self, estimate: Bitrate) {
        self.estimate = estimate.max(LEAST).min(UNLIMITED);
    }

    fn may_lower(&self, now: Instant, delivered: Option<Bitrate>, round_trip: Duration) -> bool {
        let pause = round_trip.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        let far_above = delivered.is_some_and(|rate| rate < self.estimate.scaled(0.5));
        self.lowered.is_none_or(|at| now.since(at) >= pause) || far_above
    }

    fn lower(&mut self, now: Instant, delivered: Option<Bitrate>) {
        let target = match delivered {
            Some(delivered) => {
                self.capacity.observe(delivered);
                delivered.scaled(BACK_OFF)
            }
            None => self.estimate.scaled(0.5),
        };
        self.estimate = self.estimate.min(target).max(LEAST);
        self.before_trial = None;
        self.lowered = Some(now);
        self.holds = true;
    }

    fn rise(
        &mut self,
        elapsed: Duration,
        delivered: Option<Bitrate>,
        round_trip: Duration,
        unproven: bool,
    ) {
        if delivered.is_some_and(|rate| self.capacity.is_below(rate)) {
            self.capacity.forget();
        }
        let seconds = elapsed.as_secs_f64();
        let risen = if self.capacity.is_known() {
            self.estimate.0 + self.step(round_trip) * seconds
        } else {
            self.estimate.0 * GROWTH.powf(seconds)
        };
        let proven = delivered.map_or(f64::INFINITY, |rate| rate.0 * UNPROVEN + 10e3);
        let limit = if unproven { f64::INFINITY } else { proven };
        self.estimate = Bitrate(risen.min(limit).max(self.estimate.0)).min(UNLIMITED);
    }

    /// Near what fits: one packet more in the time that it takes to notice, in bit/s per second.
    fn step(&self, round_trip: Duration) -> f64 {
        let frame = self.estimate.0 / 30.0;
        let packet = frame / (frame / PACKET_BITS).ceil().max(1.0);
        (packet / (round_trip + RESPONSE).as_secs_f64()).max(LEAST_STEP)
    }
}

/// The throughput at which queues grew, and how it varies.
#[derive(Default)]
struct Capacity {
    /// In kbit/s.
    mean: Option<f64>,
    /// Against the mean.
    variance: f64,
}

impl Capacity {
    fn is_known(&self) -> bool {
        self.mean.is_some()
    }

    fn forget(&mut self) {
        *self = Capacity::default();
    }

    /// Whether a throughput shows that it has grown.
    fn is_below(&self, rate: Bitrate) -> bool {
        self.mean.is_some_and(|mean| rate.0 / 1e3 > mean + 3.0 * self.deviation(mean))
    }

    fn observe(&mut self, rate: Bitrate) {
        let rate = rate.0 / 1e3;
        let mean = match self.mean {
            Some(mean) if rate >= mean - 3.0 * self.deviation(mean) => mean + 0.05 * (rate - mean),
            _ => {
                self.variance = FIRST_VARIANCE;
                rate
            }
        };
        let error = mean - rate;
        self.variance = 0.95 * self.variance + 0.05 * error * error / mean.max(1.0);
        self.variance = self.variance.clamp(FIRST_VARIANCE, 2.5);
        self.mean = Some(mean);
    }

    fn deviation(&self, mean: f64) -> f64 {
        (self.variance * mean).sqrt()
    }
}

/// What is left of the throughput when queues grow. Lowering it drains them faster.
const BACK_OFF: f64 = 0.85;
/// What is left of it when losses show congestion: there is no queue to drain.
const SETTLED: f64 = 0.95;
/// A trial starts from what arrives, and a little more, since frames vary.
const HEADROOM: f64 = 1.1;

/// Growth in a second, far from what fits.
const GROWTH: f64 = 1.08;
/// How far above what is sent the estimate may rise without a proof.
const UNPROVEN: f64 = 1.5;
/// Growth near what fits, in bit/s per second, at least.
const LEAST_STEP: f64 = 4e3;
const PACKET_BITS: f64 = 9_600.0;
/// From sending too much until it is noticed, besides the round trip.
const RESPONSE: Duration = Duration::from_millis(100);
/// However long no report came, the estimate rises as for this time.
const LONGEST_STEP: Duration = Duration::from_secs(1);

/// Between two steps down, unless the estimate is far off: a round trip within these.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// A burst proves nothing this soon after queues grew.
const PROOF_PAUSE: Duration = Duration::from_millis(300);

/// In kbit/s, relative to the mean.
const FIRST_VARIANCE: f64 = 0.4;

/// Below this it makes no sense to estimate: audio needs as much.
const LEAST: Bitrate = Bitrate(40e3);
