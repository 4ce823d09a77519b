//! What was sent under each transport-wide sequence number, until the far side tells its fate.

use std::collections::VecDeque;
use std::time::Duration;

use super::report::Report;
use crate::ids::extend;
use crate::time::Instant;

/// The packets sent lately, in order of their transport-wide sequence numbers.
#[derive(Default)]
pub struct Departures {
    packets: VecDeque<Departure>,
    /// The number of the oldest one.
    first: u64,
    /// The extended reference time of the newest report.
    reference: Option<u64>,
}

#[derive(Clone, Copy)]
struct Departure {
    at: Instant,
    size: u32,
    /// The burst it belonged to, 0 for none.
    burst: u32,
    told: bool,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fate {
    pub sent: Instant,
    pub size: usize,
    /// On the far side's clock, whose zero means nothing; `None` when it was lost.
    pub arrived: Option<Duration>,
    /// The burst it was sent in, to try out a rate.
    pub burst: Option<u32>,
}

impl Departures {
    /// The number the next packet gets.
    pub fn next(&self) -> u64 {
        self.first + self.packets.len() as u64
    }

    /// Note that the next packet leaves.
    pub fn record(&mut self, now: Instant, size: usize, burst: Option<u32>) {
        while self.packets.len() >= MOST || self.packets.front().is_some_and(|p| is_old(p, now)) {
            self.packets.pop_front();
            self.first += 1;
        }
        let burst = burst.unwrap_or(0);
        self.packets.push_back(Departure { at: now, size: size as u32, burst, told: false });
    }

    /// The fates a report tells which were not known before, in order of sending; and the time since
    /// the newest of those packets left. A packet that is called lost and arrives late is told twice.
    pub fn settle(&mut self, now: Instant, report: &Report) -> (Vec<Fate>, Option<Duration>) {
        let near = self.reference.unwrap_or(1 << 32 | u64::from(report.reference));
        let reference = extend(near, u64::from(report.reference), 24);
        self.reference = Some(reference);
        let base = extend(self.next(), u64::from(report.base), 16);
        let mut fates = Vec::new();
        let mut newest = None;
        let mut ticks = reference as i64 * TICKS_PER_REFERENCE;
        report.statuses(|offset, delta| {
            ticks += i64::from(delta.unwrap_or(0));
            let index = (base + u64::from(offset)).checked_sub(self.first);
            let Some(packet) = index.and_then(|index| self.packets.get_mut(index as usize)) else {
                return;
            };
            if packet.told {
                return;
            }
            packet.told = delta.is_some();
            let arrived = delta.map(|_| Duration::from_micros(ticks.max(0) as u64 * 250));
            newest = if arrived.is_some() { Some(packet.at) } else { newest };
            fates.push(Fate {
                sent: packet.at,
                size: packet.size as usize,
                arrived,
                burst: Some(packet.burst).filter(|burst| *burst != 0),
            });
        });
        (fates, newest.map(|at| now.since(at)))
    }
}

fn is_old(packet: &Departure, now: Instant) -> bool {
    now.since(packet.at) > KEPT
}

/// Quarters of a millisecond in the 64 ms by which a report's reference time counts.
const TICKS_PER_REFERENCE: i64 = 256;

/// Packets are forgotten after this time, told of or not. Raising it costs 24 bytes a packet; below a
/// round trip and two report intervals reports come too late.
const KEPT: Duration = Duration::from_secs(2);

/// Packets kept at most: 80 Mbit/s for those two seconds.
const MOST: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::transport_cc::Arrivals;
    use crate::ids::Ssrc;

    fn at(milliseconds: u64) -> Instant {
        Instant::from_nanos(milliseconds * 1_000_000)
    }

    #[test]
    fn each_fate_is_told_once_through_the_wrap_of_the_number() {
        let mut departures = Departures { first: 65_530, ..Departures::default() };
        let mut arrivals = Arrivals::default();
        let mut told = Vec::new();
        for number in 0..20u64 {
            let seq = departures.next();
            assert_eq!(seq, 65_530 + number);
            departures.record(at(number * 10), 100 + number as usize, None);
            if number % 4 != 3 {
                arrivals.record(seq as u16, at(5_000 + number * 10));
            }
            if number % 5 == 4 {
                let mut bytes = Vec::new();
                arrivals.write(&mut bytes, Ssrc(1), Ssrc(2));
                let report = Report::parse(&bytes[12..]).expect("our own");
                let (fates, age) = departures.settle(at(number * 10 + 30), &report);
                assert_eq!(departures.settle(at(number * 10 + 30), &report).0.len(), lost(&fates));
                assert!(age.is_some_and(|age| age.as_millis() >= 30));
                told.extend(fates);
            }
        }
        assert_eq!(told.len(), 19, "the last one is lost and not known to be");
        let apart = |index: usize| told[index].arrived.map(|time| time.as_millis());
        assert_eq!(apart(4).zip(apart(0)).map(|(b, a)| b - a), Some(40));
        assert_eq!(told.iter().filter(|fate| fate.arrived.is_none()).count(), 4);
    }

    /// Those called lost are told again: they might have arrived late.
    fn lost(fates: &[Fate]) -> usize {
        fates.iter().filter(|fate| fate.arrived.is_none()).count()
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut departures = Departures::default();
        for number in 0..1_000 {
            departures.record(at(number * 10), 100, None);
        }
        assert_eq!((departures.next(), departures.packets.len()), (1_000, 201));
    }
}
