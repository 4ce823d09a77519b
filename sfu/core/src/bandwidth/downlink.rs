//! The way to one subscriber: what was sent on it, what is known to have arrived, what fits.

use std::time::Duration;

use super::departures::{Departures, Fate};
use super::doubling::Doubling;
use super::pacer::{Held, Pacer};
use super::probe::Prober;
use super::report::Report;
use super::sharing::{Member, Share};
use super::volume::Volume;
use super::{Bitrate, Estimator, UNLIMITED};
use crate::codec::dependency::Layer;
use crate::time::Instant;

#[derive(Default)]
pub struct Downlink {
    departures: Departures,
    estimator: Estimator,
    pub prober: Prober,
    pub doubling: Doubling,
    pacer: Pacer,
    /// Audio and repetitions: they are sent whatever fits.
    reserved: Volume,
    round_trip: Duration,
    /// What it may have of a way that it shares.
    share: Option<Share>,
    told: Option<Told>,
    /// The far side reports what arrives, or what it estimates.
    reports: bool,
    /// When the next burst may be sent, if that is armed.
    pub probe_alarm: Option<Instant>,
    /// When the next of what waits may leave, if that is armed.
    pub pace_alarm: Option<Instant>,
}

/// What the subscriber's share is cut from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bandwidth {
    pub estimate: Bitrate,
    /// What audio and repetitions take of it.
    pub reserved: Bitrate,
}

#[derive(Clone, Copy)]
struct Told {
    bandwidth: Bandwidth,
    at: Instant,
}

/// What a packet is to the subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Audio,
    Video,
    Repetition,
    /// Sent a second time unasked: what else is sent goes before it.
    Double,
    Padding,
}

impl Downlink {
    /// The transport-wide number of the next packet.
    pub fn next(&self) -> u16 {
        self.departures.next() as u16
    }

    /// Note that a packet with the number `next` leaves.
    pub fn record(&mut self, now: Instant, size: usize, kind: Kind) {
        let burst = self.prober.note(now, size);
        self.departures.record(now, size, burst);
        self.pacer.note(size);
        if matches!(kind, Kind::Audio | Kind::Repetition) {
            self.reserved.record(Layer::default(), size);
        }
    }

    /// Whether a packet of now must wait.
    pub fn holds(&mut self, now: Instant) -> bool {
        self.pacer.holds(now, self.estimate())
    }

    /// Let a packet wait until `release` gives it back.
    pub fn hold(&mut self, packet: Held) {
        self.pacer.hold(packet);
    }

    /// Take the next of what waits, if it may leave now.
    pub fn release(&mut self, now: Instant) -> Option<Held> {
        self.pacer.release(now, self.estimate())
    }

    /// When the next of what waits may leave; `None` while nothing does.
    pub fn next_release(&self) -> Option<Instant> {
        self.pacer.due(self.estimate())
    }

    /// The padding that is due to try out whether more fits: none while anything waits.
    pub fn take_padding(&mut self, now: Instant) -> usize {
        let padding = self.prober.take_padding(now, self.estimate());
        if self.pacer.is_empty() { padding } else { 0 }
    }

    /// Take a transport-wide report.
    pub fn handle_report(&mut self, now: Instant, report: &Report) {
        self.share = self.share.filter(|share| now < share.until);
        let (fates, age) = self.departures.settle(now, report);
        if let Some(age) = age {
            self.round_trip = age;
        }
        self.reports = true;
        let media: Vec<Fate> = fates.iter().filter(|fate| fate.burst.is_none()).copied().collect();
        // Without a way to try out more on purpose, sending more is the trial.
        let unproven = !self.prober.is_able();
        self.estimator.handle_fates(now, &media, self.round_trip, unproven);
        media.iter().for_each(|fate| self.doubling.record(fate.arrived.is_none()));
        let calm = !self.estimator.is_congested() && !self.estimator.is_trying();
        self.doubling.judge(self.estimator.delivered(), self.estimate(), calm);
        if let Some(proven) = self.prober.handle_fates(now, &fates) {
            self.estimator.handle_proof(now, proven);
        }
        if self.estimator.is_congested() || self.estimator.is_trying() {
            self.prober.postpone(now);
        }
    }

    /// How long it takes to repair a loss here, as a rule; zero where next to nothing is lost.
    pub fn repair_time(&self) -> Duration {
        if self.doubling.is_lossy() { self.round_trip * REPAIR_ROUNDS } else { Duration::ZERO }
    }

    /// Take the far side's own estimate (REMB). It counts only until reports come, which say more.
    pub fn handle_remb(&mut self, estimate: Bitrate) {
        if !self.reports {
            self.estimator.set(estimate);
        }
    }

    /// What fits, beside others on the same way.
    pub fn estimate(&self) -> Bitrate {
        let estimate = self.estimator.estimate();
        self.share.map_or(estimate, |share| estimate.min(share.rate))
    }

    /// Whether queues or losses show in this very moment that less fits.
    pub fn is_lowered(&self, now: Instant) -> bool {
        self.estimator.lowered_at() == Some(now)
    }

    /// How it looks to others at the same address; `None` while it gets nothing to speak of.
    pub fn member(&self, now: Instant) -> Option<Member> {
        let lowered = self.estimator.lowered_at();
        Some(Member {
            delivered: self.estimator.delivered()?,
            is_satisfied: self.prober.is_idle() && self.share.is_none(),
            is_congested: lowered.is_some_and(|at| now.since(at) <= TOGETHER),
        })
    }

    /// Have so much from now on, more or less than before: those it shares with do the same.
    pub fn set_share(&mut self, share: Share) {
        self.estimator.set(share.rate);
        self.share = Some(Share { rate: self.estimator.estimate(), ..share });
    }

    /// When to try out whether more fits; `None` while nobody would use it.
    pub fn next_probe(&self, now: Instant) -> Option<Instant> {
        // Trying out more than its share would only take it from the others.
        let has_share = self.share.is_some_and(|share| share.rate <= self.estimate());
        self.prober.due(now, self.estimate()).filter(|_| self.reports && !has_share)
    }

    /// What fits, if it is time to tell and it differs enough from what was told last.
    pub fn news(&mut self, now: Instant) -> Option<Bandwidth> {
        let estimate = self.estimate();
        let spacing = match self.told {
            Some(told) if estimate < told.bandwidth.estimate => SPACING_DOWN,
            _ => SPACING_UP,
        };
        if self.told.is_some_and(|told| now.since(told.at) < spacing) {
            return None;
        }
        self.reserved.measure(now);
        let bandwidth =
            Bandwidth { estimate, reserved: Bitrate(self.reserved.rates_of_all()[0] as f64) };
        if self.told.is_some_and(|told| !differs(told.bandwidth, bandwidth)) {
            return None;
        }
        self.told = Some(Told { bandwidth, at: now });
        Some(bandwidth)
    }
}

fn differs(told: Bandwidth, now: Bandwidth) -> bool {
    if told.estimate >= UNLIMITED && now.estimate >= UNLIMITED {
        return false;
    }
    let ratio = now.estimate.0 / told.estimate.0;
    let reserved = (now.reserved.0 - told.reserved.0).abs();
    !(1.0 - HYSTERESIS..=1.0 + HYSTERESIS).contains(&ratio) || reserved > RESERVED_HYSTERESIS
}

/// Between two tellings. Lowering them costs Python more, raising them leaves queues standing longer.
const SPACING_DOWN: Duration = Duration::from_millis(100);
const SPACING_UP: Duration = Duration::from_millis(400);

/// Queues that grow within this time grow for the same reason. Raising it couples more.
const TOGETHER: Duration = Duration::from_millis(500);

/// Requests that a receiver should be able to wait for. Raising it shows more of what was lost, later.
const REPAIR_ROUNDS: u32 = 2;

/// Smaller changes are not told.
const HYSTERESIS: f64 = 0.04;
const RESERVED_HYSTERESIS: f64 = 20e3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_changes_are_not_told_and_none_too_often() {
        let mut link = Downlink::default();
        let at = |milliseconds: u64| Instant::from_nanos(milliseconds * 1_000_000);
        let mut tell = |now, rate| {
            link.handle_remb(Bitrate(rate));
            link.news(at(now)).map(|told| told.estimate.0)
        };
        assert_eq!(tell(0, 1e6), Some(1e6));
        assert_eq!(tell(1_000, 1.03e6), None);
        assert_eq!(tell(1_010, 1.5e6), Some(1.5e6));
        assert_eq!(tell(1_200, 2e6), None);
        assert_eq!(tell(1_210, 0.5e6), Some(0.5e6));
        assert_eq!(tell(1_250, 0.3e6), None);
        assert_eq!(tell(1_310, 0.3e6), Some(0.3e6));
        assert_eq!(tell(2_000, 200e6), Some(UNLIMITED.0));
        assert_eq!(tell(3_000, 300e6), None);
    }
}
