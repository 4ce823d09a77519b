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
    /// When the newest of those that arrived left.
    newest: Instant,
    /// Below this number nothing is missing that may still arrive.
    settled: u64,
    /// How long packets overtake each other on this way, at most of late.
    overtaking: Duration,
}

#[derive(Clone, Copy)]
struct Departure {
    at: Instant,
    size: u32,
    /// The burst it belonged to, 0 for none.
    burst: u32,
    told: Told,
}

/// What reports have said of a packet.
#[derive(Clone, Copy, PartialEq)]
enum Told {
    Nothing,
    /// Not there yet, and perhaps only overtaken.
    Missing,
    Lost,
    Arrived,
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
        self.packets.push_back(Departure {
            at: now,
            size: size as u32,
            burst,
            told: Told::Nothing,
        });
    }

    /// The fates a report tells which were not known before, and the time since the newest of those
    /// packets left. A packet is lost when others arrived that left so much later as packets overtake
    /// each other here (as in RFC 8985 §3.3); one that arrives all the same is told a second time.
    pub fn settle(&mut self, now: Instant, report: &Report) -> (Vec<Fate>, Option<Duration>) {
        let near = self.reference.unwrap_or(1 << 32 | u64::from(report.reference));
        let reference = extend(near, u64::from(report.reference), 24);
        self.reference = Some(reference);
        self.overtaking -= self.overtaking / FORGETTING;
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
            match (packet.told, delta) {
                (Told::Arrived, _) | (_, None) if packet.told != Told::Nothing => return,
                (_, None) => {
                    packet.told = Told::Missing;
                    return;
                }
                (Told::Lost, _) => {
                    let late = self.newest.since(packet.at).min(LONGEST_OVERTAKING);
                    self.overtaking = self.overtaking.max(late + late / 4);
                }
                _ => {}
            }
            packet.told = Told::Arrived;
            newest = Some(packet.at);
            fates.push(packet.fate(Some(Duration::from_micros(ticks.max(0) as u64 * 250))));
        });
        self.newest = self.newest.max(newest.unwrap_or_default());
        self.settled = self.settled.min(base);
        self.give_up(&mut fates);
        (fates, newest.map(|at| now.since(at)))
    }

    /// Call lost what is missing for too long.
    fn give_up(&mut self, fates: &mut Vec<Fate>) {
        let from = self.settled.saturating_sub(self.first) as usize;
        let mut settled = self.next();
        for (index, packet) in self.packets.iter_mut().enumerate().skip(from) {
            if packet.at > self.newest {
                settled = settled.min(self.first + index as u64);
                break;
            }
            if packet.told != Told::Missing {
                continue;
            }
            if self.newest.since(packet.at) >= self.overtaking {
                packet.told = Told::Lost;
                fates.push(packet.fate(None));
            } else {
                settled = settled.min(self.first + index as u64);
            }
        }
        self.settled = settled;
    }
}

impl Departure {
    fn fate(&self, arrived: Option<Duration>) -> Fate {
        let burst = Some(self.burst).filter(|burst| *burst != 0);
        Fate { sent: self.at, size: self.size as usize, arrived, burst }
    }
}

fn is_old(packet: &Departure, now: Instant) -> bool {
    now.since(packet.at) > KEPT
}

/// Quarters of a millisecond in the 64 ms by which a report's reference time counts.
const TICKS_PER_REFERENCE: i64 = 256;

/// More is not waited for: packets that come still later are as good as lost. Raising it sees losses
/// later on ways that delay a few packets for long.
const LONGEST_OVERTAKING: Duration = Duration::from_millis(200);

/// Of how long packets overtake each other, one part of so many is forgotten with each report: half of
/// it in two to four seconds. Raising it sees losses later when a way has become even.
const FORGETTING: u32 = 64;

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
                assert!(departures.settle(at(number * 10 + 30), &report).0.is_empty());
                assert!(age.is_some_and(|age| age.as_millis() >= 30));
                told.extend(fates);
            }
        }
        assert_eq!(told.len(), 19, "the last one is lost and not known to be");
        let arrived: Vec<_> = told.iter().filter_map(|fate| fate.arrived).collect();
        assert_eq!((arrived[3] - arrived[0]).as_millis(), 40);
        assert_eq!(told.iter().filter(|fate| fate.arrived.is_none()).count(), 4);
    }

    /// Packets a millisecond apart of which every tenth takes `late` more on its way, and every
    /// fiftieth is lost; returns how many are called lost in the last of five seconds.
    fn called_lost(late: u64) -> usize {
        let mut departures = Departures::default();
        let mut arrivals = Arrivals::default();
        let mut lost = 0;
        let mut under_way = std::collections::BTreeMap::new();
        for time in 0..5_000u64 {
            let seq = departures.next();
            departures.record(at(time), 100, None);
            if time % 50 != 7 {
                let delay = if time % 10 == 0 { 20 + late } else { 20 };
                under_way.insert((time + delay, seq), seq);
            }
            while let Some(arrived) = under_way.first_entry().filter(|p| p.key().0 <= time) {
                arrivals.record(arrived.remove() as u16, at(time));
            }
            if time % 50 == 49 && arrivals.has_news() {
                let mut bytes = Vec::new();
                arrivals.write(&mut bytes, Ssrc(1), Ssrc(2));
                let report = Report::parse(&bytes[12..]).expect("our own");
                let (fates, _) = departures.settle(at(time), &report);
                let gone = fates.iter().filter(|fate| fate.arrived.is_none()).count();
                lost += if time >= 4_000 { gone } else { 0 };
            }
        }
        lost
    }

    #[test]
    fn who_was_overtaken_is_not_lost() {
        for late in [0, 10, 60, 120] {
            assert!((17..=23).contains(&called_lost(late)), "{late}: {}", called_lost(late));
        }
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
