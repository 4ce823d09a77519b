//! Whether queues grow: the slope of the one-way delay over the last groups of packets, against a
//! threshold that adapts to how noisy the path is (draft-ietf-rmcat-gcc-02 §5, as libwebrtc does it).

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Instant;

/// What the delays say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Usage {
    #[default]
    Normal,
    /// Queues grow: more is sent than fits.
    Over,
    /// Queues drain.
    Under,
}

/// Delays are in milliseconds inside.
pub struct Trendline {
    group: Option<Group>,
    before: Option<Group>,
    /// The sum of all variations: the queueing delay against that of the first packet.
    accumulated: f64,
    smoothed: f64,
    /// Arrival and smoothed delay of the last groups.
    points: VecDeque<(f64, f64)>,
    groups: u32,
    first: Duration,
    /// The lowest delays of this span and the one before it.
    lowest: [f64; 2],
    lowest_since: Instant,
    threshold: f64,
    threshold_at: Option<Instant>,
    trend: f64,
    over_for: f64,
    over_groups: u32,
    usage: Usage,
}

/// Packets that left together or arrived together.
#[derive(Clone, Copy)]
struct Group {
    first_sent: Instant,
    sent: Instant,
    first_arrived: Duration,
    arrived: Duration,
}

impl Default for Trendline {
    fn default() -> Trendline {
        Trendline {
            group: None,
            before: None,
            accumulated: 0.0,
            smoothed: 0.0,
            points: VecDeque::with_capacity(POINTS),
            groups: 0,
            first: Duration::ZERO,
            lowest: [f64::INFINITY; 2],
            lowest_since: Instant::default(),
            threshold: FIRST_THRESHOLD,
            threshold_at: None,
            trend: 0.0,
            over_for: 0.0,
            over_groups: 0,
            usage: Usage::Normal,
        }
    }
}

impl Trendline {
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// A packet's two times, in order of sending.
    pub fn record(&mut self, sent: Instant, arrived: Duration) {
        let Some(group) = &mut self.group else {
            self.group = Some(Group::new(sent, arrived));
            self.first = arrived;
            return;
        };
        if sent < group.first_sent {
            return;
        }
        if arrived.abs_diff(group.arrived) > LEAP || sent.since(group.sent) > LEAP {
            return *self = Trendline { threshold: self.threshold, ..Trendline::default() };
        }
        if group.takes(sent, arrived) {
            group.sent = group.sent.max(sent);
            group.arrived = group.arrived.max(arrived);
            return;
        }
        let done = *group;
        *group = Group::new(sent, arrived);
        if let Some(before) = self.before.replace(done) {
            self.compare(&before, &done);
        }
    }

    fn compare(&mut self, before: &Group, group: &Group) {
        let sent = group.sent.since(before.sent).as_secs_f64() * 1e3;
        let arrived = (group.arrived.as_secs_f64() - before.arrived.as_secs_f64()) * 1e3;
        self.accumulated += arrived - sent;
        if arrived < 0.0 {
            return;
        }
        self.groups = self.groups.saturating_add(1);
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.accumulated;
        self.note_lowest(group.sent);
        if self.points.len() == POINTS {
            self.points.pop_front();
        }
        let at = group.arrived.saturating_sub(self.first).as_secs_f64() * 1e3;
        self.points.push_back((at, self.smoothed));
        let slope = if self.points.len() == POINTS { slope(&self.points) } else { Some(0.0) };
        self.detect(slope.unwrap_or(self.trend), sent, group.sent);
    }

    /// The base of the queueing delay; it forgets, since clocks drift and routes change.
    fn note_lowest(&mut self, now: Instant) {
        if now.since(self.lowest_since) > LOWEST_SPAN {
            self.lowest = [f64::INFINITY, self.lowest[0]];
            self.lowest_since = now;
        }
        self.lowest[0] = self.lowest[0].min(self.accumulated);
    }

    fn base(&self) -> f64 {
        self.lowest[0].min(self.lowest[1])
    }

    fn detect(&mut self, trend: f64, sent: f64, now: Instant) {
        let modified = f64::from(self.groups.min(MOST_GROUPS)) * trend * GAIN;
        if modified > self.threshold && self.smoothed - self.base() > LEAST_QUEUE {
            self.over_for += sent;
            self.over_groups += 1;
            if self.over_for > OVER_FOR && self.over_groups > 1 && trend >= self.trend {
                (self.over_for, self.over_groups) = (0.0, 0);
                self.usage = Usage::Over;
            }
        } else if modified > -self.threshold && self.accumulated - self.base() > STANDING {
            self.usage = Usage::Over;
        } else {
            (self.over_for, self.over_groups) = (0.0, 0);
            self.usage = if modified < -self.threshold { Usage::Under } else { Usage::Normal };
        }
        self.trend = trend;
        self.adapt(modified.abs(), now);
    }

    fn adapt(&mut self, modified: f64, now: Instant) {
        let since = self.threshold_at.map_or(Duration::ZERO, |at| now.since(at));
        self.threshold_at = Some(now);
        if modified > self.threshold + OUTLIER {
            return;
        }
        let gain = if modified < self.threshold { FALL } else { RISE };
        let milliseconds = (since.as_secs_f64() * 1e3).min(100.0);
        self.threshold += gain * (modified - self.threshold) * milliseconds;
        self.threshold = self.threshold.clamp(LEAST_THRESHOLD, MOST_THRESHOLD);
    }
}

impl Group {
    fn new(sent: Instant, arrived: Duration) -> Group {
        Group { first_sent: sent, sent, first_arrived: arrived, arrived }
    }

    /// Left within 5 ms; or arrived together although it left later, as after a stall of the network.
    fn takes(&self, sent: Instant, arrived: Duration) -> bool {
        let left_together = sent.since(self.first_sent) <= BURST;
        let since_arrival = arrived.saturating_sub(self.arrived);
        let caught_up = since_arrival <= BURST
            && since_arrival < sent.since(self.sent)
            && arrived.saturating_sub(self.first_arrived) < LONGEST_BURST;
        left_together || caught_up
    }
}

/// Least squares through the points.
fn slope(points: &VecDeque<(f64, f64)>) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |sum: f64| sum / count;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (x, y) = (mean(x), mean(y));
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), point| {
        let aside = point.0 - x;
        (above + aside * (point.1 - y), below + aside * aside)
    });
    (below > 0.0).then(|| above / below)
}

/// Packets that leave within this time are one group.
const BURST: Duration = Duration::from_millis(5);
/// However many arrive close together, a group is no longer than this.
const LONGEST_BURST: Duration = Duration::from_millis(100);
/// Times that leap further are of another clock or after a pause.
const LEAP: Duration = Duration::from_secs(3);

/// Groups the slope goes through. Raising it detects later and errs less.
const POINTS: usize = 20;
/// The part of the smoothed delay that is kept at each group.
const SMOOTHING: f64 = 0.9;
/// The slope counts this much, times the groups so far, up to so many.
const GAIN: f64 = 4.0;
const MOST_GROUPS: u32 = 60;

/// The threshold in milliseconds: raising it tolerates longer queues before anything is done.
const FIRST_THRESHOLD: f64 = 12.5;
const LEAST_THRESHOLD: f64 = 6.0;
const MOST_THRESHOLD: f64 = 600.0;
/// How fast it follows, per millisecond: slowly up, so as not to starve beside loss-based flows.
const RISE: f64 = 0.0087;
const FALL: f64 = 0.039;
/// What is so far above it is a spike, to which it does not adapt.
const OUTLIER: f64 = 15.0;

/// Above the threshold for so many milliseconds before it is overuse.
const OVER_FOR: f64 = 10.0;
/// Below this many milliseconds of queue a growing delay is noise. Raising it queues longer.
const LEAST_QUEUE: f64 = 10.0;
/// A queue this long is overuse although it grows no more: it is full. Raising it delays audio.
const STANDING: f64 = 100.0;
/// The lowest delay is that of one to two of these spans.
const LOWEST_SPAN: Duration = Duration::from_secs(10);
