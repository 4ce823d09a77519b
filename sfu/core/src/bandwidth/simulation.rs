//! Estimators at work over a simulated link in virtual time: a queue that empties at a rate, and
//! loss; what arrives is reported as a subscriber's client does.

use std::collections::VecDeque;
use std::time::Duration;

use super::departures::Departures;
use super::report::Report;
use super::{Bitrate, Estimator};
use crate::feedback::transport_cc::Arrivals;
use crate::ids::Ssrc;
use crate::time::Instant;

/// A bottleneck which all flows share.
struct Link {
    rate: f64,
    /// Longer queues drop what comes.
    queue: Duration,
    /// Lost whatever is sent.
    loss: f64,
    /// When what is queued now will have left.
    free_at: Instant,
    random: u64,
}

struct Flow {
    estimator: Estimator,
    departures: Departures,
    arrivals: Arrivals,
    /// It never sends more.
    demand: f64,
    owed: f64,
    under_way: VecDeque<(Instant, u16)>,
    reports: VecDeque<(Instant, Vec<u8>)>,
    round_trip: Duration,
}

struct World {
    now: Instant,
    link: Link,
    flows: Vec<Flow>,
}

impl Link {
    fn new(rate: f64) -> Link {
        Link { rate, queue: milliseconds(300), loss: 0.0, free_at: Instant::default(), random: 1 }
    }

    /// When a packet arrives, if it does.
    fn pass(&mut self, now: Instant, size: usize) -> Option<Instant> {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let lost = (self.random >> 33) as f64 / (1u64 << 31) as f64 <= self.loss;
        let starts = self.free_at.max(now);
        if lost || starts.since(now) > self.queue {
            return None;
        }
        self.free_at = starts + Duration::from_secs_f64(size as f64 * 8.0 / self.rate);
        Some(self.free_at + milliseconds(20))
    }
}

impl Flow {
    fn new(demand: f64) -> Flow {
        Flow {
            estimator: Estimator::default(),
            departures: Departures::default(),
            arrivals: Arrivals::default(),
            demand,
            owed: 0.0,
            under_way: VecDeque::new(),
            reports: VecDeque::new(),
            round_trip: milliseconds(50),
        }
    }

    fn rate(&self) -> f64 {
        self.estimator.estimate().0.min(self.demand)
    }

    /// Send a frame: 30 a second, in packets of a kilobyte, paced at 2.5 times the rate.
    fn send(&mut self, now: Instant, link: &mut Link, turn: u64) {
        if turn == 0 {
            self.owed = (self.owed + self.rate() / 30.0 / 8.0).min(self.rate() / 8.0);
        }
        let mut budget = self.rate() * 2.5 * STEP.as_secs_f64() / 8.0;
        while self.owed >= 500.0 && budget > 0.0 {
            let size = (self.owed as usize).min(1_000);
            self.owed -= size as f64;
            budget -= size as f64;
            let seq = self.departures.next() as u16;
            self.departures.record(now, size, None);
            if let Some(at) = link.pass(now, size) {
                self.under_way.push_back((at, seq));
            }
        }
    }

    fn receive(&mut self, now: Instant, reports: bool) {
        while self.under_way.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((at, seq)) = self.under_way.pop_front() {
                self.arrivals.record(seq, at);
            }
        }
        while reports && self.arrivals.has_news() {
            let mut bytes = Vec::new();
            self.arrivals.write(&mut bytes, Ssrc(1), Ssrc(2));
            self.reports.push_back((now + milliseconds(20), bytes));
        }
        while self.reports.front().is_some_and(|(at, _)| *at <= now) {
            let Some((_, bytes)) = self.reports.pop_front() else { return };
            let report = Report::parse(&bytes[12..]).expect("our own");
            let (fates, age) = self.departures.settle(now, &report);
            self.round_trip = age.unwrap_or(self.round_trip);
            self.estimator.handle_fates(now, &fates, self.round_trip, true);
        }
    }
}

impl World {
    fn new(rate: f64, flows: Vec<Flow>) -> World {
        World { now: Instant::default(), link: Link::new(rate), flows }
    }

    fn step(&mut self) {
        self.now = self.now + STEP;
        let count = self.now.as_nanos() / STEP.as_nanos() as u64;
        let frames = self.flows.len() as u64;
        for (index, flow) in self.flows.iter_mut().enumerate() {
            let turn = (count + index as u64 * 33 / frames) % 33;
            flow.send(self.now, &mut self.link, turn);
            flow.receive(self.now, count.is_multiple_of(50));
        }
    }

    fn run(&mut self, seconds: u64) {
        for _ in 0..seconds * 1_000 {
            self.step();
        }
    }

    /// Each flow's average estimate over a time, in Mbit/s.
    fn average(&mut self, seconds: u64) -> Vec<f64> {
        let mut sums = vec![0.0; self.flows.len()];
        for _ in 0..seconds * 1_000 {
            self.step();
            for (sum, flow) in sums.iter_mut().zip(&self.flows) {
                *sum += flow.rate() / 1e6;
            }
        }
        sums.iter().map(|sum| sum / (seconds * 1_000) as f64).collect()
    }
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

const STEP: Duration = Duration::from_millis(1);

#[test]
fn it_converges_to_what_fits() {
    for capacity in [0.5, 1.0, 4.0] {
        let mut world = World::new(capacity * 1e6, vec![Flow::new(6e6)]);
        world.run(10);
        let average = world.average(20)[0];
        assert!((0.85..=1.0).contains(&(average / capacity)), "{average} of {capacity}");
    }
}

#[test]
fn where_everything_fits_it_stays_unlimited() {
    let mut world = World::new(20e6, vec![Flow::new(6e6)]);
    world.run(30);
    assert_eq!(world.flows[0].estimator.estimate(), super::UNLIMITED);
}

#[test]
fn a_link_that_narrows_is_followed_within_a_second() {
    let mut world = World::new(4e6, vec![Flow::new(6e6)]);
    world.run(15);
    world.link.rate = 0.5e6;
    world.run(1);
    let rate = world.flows[0].rate();
    assert!(rate <= 0.55e6, "{rate}");
    let average = world.average(10)[0];
    assert!((0.4..=0.5).contains(&average), "{average}");
}

#[test]
fn random_loss_is_not_taken_for_congestion() {
    for loss in [0.1, 0.2, 0.3] {
        let mut world = World::new(10e6, vec![Flow::new(2e6)]);
        world.run(5);
        world.link.loss = loss;
        let average = world.average(30)[0];
        assert!(average >= 0.8 * 2.0, "{average} at {loss}");
        let mut full = World::new(4e6, vec![Flow::new(6e6)]);
        full.run(10);
        full.link.loss = loss;
        let average = full.average(30)[0];
        assert!(average >= 0.8 * 4.0, "{average} of a full link at {loss}");
    }
}

#[test]
fn loss_where_nothing_queues_is_noticed_too() {
    let mut world = World::new(1e6, vec![Flow::new(3e6)]);
    world.link.queue = milliseconds(25);
    world.run(10);
    let average = world.average(20)[0];
    assert!((0.6..=1.15).contains(&average), "{average}");
}

#[test]
fn ten_that_share_a_queue_get_the_same() {
    let mut world = World::new(8e6, (0..10).map(|_| Flow::new(3e6)).collect());
    for (index, flow) in world.flows.iter_mut().enumerate() {
        flow.estimator.set(Bitrate(0.2e6 + 0.25e6 * index as f64));
    }
    world.run(60);
    let shares = world.average(60);
    let mean = shares.iter().sum::<f64>() / 10.0;
    for share in &shares {
        assert!((share / mean - 1.0).abs() <= 0.2, "{shares:.2?}");
    }
    assert!((0.6..=0.82).contains(&mean), "{mean}");
}

#[test]
fn two_on_different_links_do_not_touch_each_other() {
    let mut narrow = World::new(0.5e6, vec![Flow::new(3e6)]);
    let mut wide = World::new(10e6, vec![Flow::new(3e6)]);
    narrow.run(20);
    wide.run(20);
    assert!(narrow.flows[0].rate() < 0.55e6);
    assert_eq!(wide.flows[0].rate(), 3e6);
}

#[test]
fn jitter_alone_costs_little() {
    let mut world = World::new(10e6, vec![Flow::new(2e6)]);
    let (mut random, mut sum, mut seen) = (1u64, 0.0, 0);
    for _ in 0..30_000 {
        world.step();
        let flow = &mut world.flows[0];
        let fresh = (flow.departures.next() - seen) as usize;
        seen = flow.departures.next();
        for (at, _) in flow.under_way.iter_mut().rev().take(fresh) {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *at = *at + Duration::from_micros((random >> 33) % 30_000);
        }
        sum += flow.rate() / 2e6;
    }
    assert!(sum / 30_000.0 > 0.8, "{}", sum / 30_000.0);
}
