//! Transport-wide congestion control feedback
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of a peer arrived.

use std::time::Duration;

use crate::ids::{Ssrc, extend};
use crate::rtcp;
use crate::time::Instant;

/// Arrival times by transport-wide sequence number, reported once each, and once more when a
/// packet they surround arrives late.
#[derive(Default)]
pub struct Arrivals {
    ticks: Box<[Tick]>,
    /// The first number the next report tells of.
    base: u64,
    /// One past the highest number that arrived.
    end: u64,
    reports: u8,
    hiding: Option<Hiding>,
    /// The newest arrival told.
    told: Option<Tick>,
    /// The share that is lost of late.
    lost: f32,
}

/// Lost packets are told as arrived: their loss is no congestion.
#[derive(Default)]
struct Hiding {
    until: Tick,
    unrepaired: Vec<[Tick; 2]>,
}

/// Time in quarters of a millisecond plus one; zero where nothing arrived.
type Tick = u64;

impl Arrivals {
    pub fn record(&mut self, wire: u16, now: Instant) {
        if self.ticks.is_empty() {
            self.ticks = vec![0; RING as usize].into();
            self.base = PERIOD + u64::from(wire);
            self.end = self.base;
        }
        let seq = extend(self.end, u64::from(wire), 16);
        if seq + RING <= self.end {
            return;
        }
        self.note_loss(seq);
        self.advance(seq + 1);
        self.base = self.base.min(seq).max(self.end.saturating_sub(RING));
        let tick = &mut self.ticks[index(seq)];
        if *tick == 0 {
            *tick = now.as_nanos() / NANOS_PER_TICK + 1;
        }
    }

    /// Whether so much is lost that it matters, and not so much that nothing helps.
    pub fn is_lossy(&self) -> bool {
        (LEAST_HIDDEN..MOST_HIDDEN).contains(&self.lost)
    }

    /// From now on tell lost packets as lost, and all at once.
    pub fn tell_losses(&mut self) {
        self.hiding = None;
    }

    /// From now on tell lost packets as if they had arrived between their neighbours: who sends takes
    /// loss for congestion even where nothing queues, and sends next to nothing on a link that loses
    /// a fifth of its packets and has room for all of them.
    ///
    /// libwebrtc forgets what is told as arrived, and cannot repeat it any more. So only what came
    /// before `now` less the time that repair takes is told, and what was lost within one of
    /// `unrepaired` (between which moments each gap is) is told as lost.
    pub fn hide_losses(&mut self, now: Instant, unrepaired: Vec<[Instant; 2]>) {
        let until = now.as_nanos().saturating_sub(REPAIR.as_nanos() as u64) / NANOS_PER_TICK + 1;
        let tick = |at: Instant| at.as_nanos() / NANOS_PER_TICK;
        let unrepaired = unrepaired.into_iter().map(|between| between.map(tick)).collect();
        self.hiding = Some(Hiding { until, unrepaired });
    }

    /// Whether there is something to report.
    pub fn has_news(&self) -> bool {
        self.base < self.limit()
    }

    /// Whether something arrived that is not reported yet.
    pub fn is_behind(&self) -> bool {
        self.base < self.end
    }

    /// Append one report; there may be more to tell, as `has_news` says.
    pub fn write(&mut self, out: &mut Vec<u8>, sender: Ssrc, media: Ssrc) {
        let limit = self.limit();
        let Some(first) = (self.base..limit).find_map(|seq| self.tick(seq)) else {
            self.base = limit;
            return;
        };
        let hidden = self.hidden(self.base, &mut Neighbours::new(self));
        let reference = self.tick(self.base).or(hidden).unwrap_or(first) / TICKS_PER_REFERENCE;
        let (statuses, deltas) = self.describe(reference * TICKS_PER_REFERENCE);
        let chunks = chunks_of(&statuses);
        let body = 8 + 2 * chunks.len() + deltas.len();
        let padding = body.next_multiple_of(4) - body;
        let at = out.len();
        let words = 2 + (body + padding) / 4;
        rtcp::write_feedback_head(out, FORMAT, rtcp::TRANSPORT_FEEDBACK, words, sender, media);
        out.extend_from_slice(&(self.base as u16).to_be_bytes());
        out.extend_from_slice(&(statuses.len() as u16).to_be_bytes());
        out.extend_from_slice(&((reference as u32) << 8 | u32::from(self.reports)).to_be_bytes());
        out.extend(chunks.iter().flat_map(|chunk| chunk.to_be_bytes()));
        out.extend_from_slice(&deltas);
        if padding > 0 {
            out[at] |= 0x20;
            out.resize(out.len() + padding - 1, 0);
            out.push(padding as u8);
        }
        self.note_told(statuses.len() as u64);
        self.reports = self.reports.wrapping_add(1);
    }

    /// The statuses from the base on and the deltas of those that arrived, as far as one report goes.
    fn describe(&self, mut last: u64) -> (Vec<Status>, Vec<u8>) {
        let (mut statuses, mut deltas) = (Vec::new(), Vec::new());
        let mut around = Neighbours::new(self);
        for seq in (self.base..self.limit()).take(MAX_STATUSES) {
            let Some(tick) = self.tick(seq).or_else(|| self.hidden(seq, &mut around)) else {
                statuses.push(Status::Missing);
                continue;
            };
            let delta = tick.wrapping_sub(last) as i64;
            if let Ok(small) = u8::try_from(delta) {
                statuses.push(Status::Small);
                deltas.push(small);
            } else if let Ok(large) = i16::try_from(delta) {
                statuses.push(Status::Large);
                deltas.extend_from_slice(&large.to_be_bytes());
            } else {
                break;
            }
            last = tick;
        }
        (statuses, deltas)
    }

    /// When a lost packet would have arrived, by those around it; `None` where losses are told.
    fn hidden(&self, seq: u64, around: &mut Neighbours) -> Option<Tick> {
        let hiding = self.hiding.as_ref()?;
        let (after, late) = around.after(self, seq)?;
        let near = |(_, early): &(u64, Tick)| *early < late && late - early < LONGEST_GAP;
        let tick = around.before.filter(near).map_or(late, |(before, early)| {
            early + (late - early) * (seq - before) / (after - before)
        });
        let may_be = |&[after, seen]: &[Tick; 2]| after <= tick && tick <= seen;
        (!hiding.unrepaired.iter().any(may_be)).then_some(tick)
    }

    /// One past the last number that may be told.
    fn limit(&self) -> u64 {
        let Some(hiding) = &self.hiding else { return self.end };
        let mut limit = self.base;
        for seq in self.base..self.end {
            match self.tick(seq) {
                Some(tick) if tick > hiding.until => break,
                Some(_) => limit = seq + 1,
                None => {}
            }
        }
        limit
    }

    fn note_told(&mut self, count: u64) {
        for seq in self.base..self.base + count {
            self.told = self.told.max(self.tick(seq));
        }
        self.base += count;
    }

    /// What is missing before a packet counts as lost until it comes.
    fn note_loss(&mut self, seq: u64) {
        if seq < self.end {
            let late = self.tick(seq).is_none();
            self.lost = (self.lost - f32::from(late) / LOSS_MEMORY).max(0.0);
            return;
        }
        for _ in 0..(seq - self.end).min(RING) {
            self.lost += (1.0 - self.lost) / LOSS_MEMORY;
        }
        self.lost -= self.lost / LOSS_MEMORY;
    }

    fn tick(&self, seq: u64) -> Option<u64> {
        self.ticks[index(seq)].checked_sub(1)
    }

    fn advance(&mut self, end: u64) {
        for seq in self.end..end.min(self.end + RING) {
            self.ticks[index(seq)] = 0;
        }
        self.end = self.end.max(end);
    }
}

/// The packets around a gap that arrived, with their numbers.
struct Neighbours {
    before: Option<(u64, Tick)>,
    after: Option<(u64, Tick)>,
}

impl Neighbours {
    fn new(arrivals: &Arrivals) -> Neighbours {
        Neighbours { before: arrivals.told.map(|tick| (arrivals.base - 1, tick)), after: None }
    }

    /// The first that arrived after a lost one; to be asked in ascending order.
    fn after(&mut self, arrivals: &Arrivals, lost: u64) -> Option<(u64, Tick)> {
        if self.after.is_none_or(|(seq, _)| seq < lost) {
            let arrived = |seq| Some((seq, arrivals.tick(seq)?));
            let first = arrivals.base.max(lost.saturating_sub(RING));
            self.before = (first..lost).rev().find_map(arrived).or(self.before);
            self.after = (lost + 1..arrivals.end).find_map(arrived);
        }
        self.after
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Missing = 0,
    Small = 1,
    Large = 2,
}

/// Pack statuses: runs where they pay, else vectors of fourteen one-bit or seven two-bit symbols.
fn chunks_of(mut statuses: &[Status]) -> Vec<u16> {
    let mut chunks = Vec::new();
    while let Some(&first) = statuses.first() {
        let run = statuses.iter().take(MAX_RUN).take_while(|status| **status == first).count();
        let fourteen = &statuses[..statuses.len().min(14)];
        let taken = if run >= fourteen.len() {
            chunks.push((first as u16) << 13 | run as u16);
            run
        } else if !fourteen.contains(&Status::Large) {
            chunks.push(0x8000 | vector(fourteen, 1));
            fourteen.len()
        } else {
            let seven = &statuses[..statuses.len().min(7)];
            chunks.push(0xC000 | vector(seven, 2));
            seven.len()
        };
        statuses = &statuses[taken..];
    }
    chunks
}

/// Symbols of `bits` each in the low fourteen bits, the first one highest.
fn vector(statuses: &[Status], bits: usize) -> u16 {
    let place = |index: usize| 14 - bits * (index + 1);
    let symbols = statuses.iter().enumerate();
    symbols.fold(0, |word, (index, status)| word | (*status as u16) << place(index))
}

fn index(seq: u64) -> usize {
    (seq % RING) as usize
}

const FORMAT: u8 = 15;
const PERIOD: u64 = 1 << 16;
const NANOS_PER_TICK: u64 = 250_000;
const TICKS_PER_REFERENCE: u64 = 256;
const MAX_RUN: usize = 0x1FFF;

/// Packets whose arrival is remembered. Raising it costs 8 bytes each per peer; below the packets
/// of two report intervals some would never be reported.
const RING: u64 = 2048;

/// What is lost is asked for three times or so before it is told. Raising it repairs more, and lets
/// who sends learn of congestion later.
const REPAIR: Duration = Duration::from_millis(250);

/// Less loss than this is told at once: nobody takes it for congestion.
const LEAST_HIDDEN: f32 = 0.015;

/// More loss than this is told, whatever its cause: where a link drops what is too much instead of
/// queueing it, this bounds what is sent in vain. Raising it wastes more there, lowering it slows
/// people on very bad links down.
const MOST_HIDDEN: f32 = 0.55;

/// Between two arrivals nothing was sent for a while if it is longer, in ticks; what was lost then
/// belongs to the later one.
const LONGEST_GAP: Tick = 4_000;

/// Packets over which the share that is lost is taken. Raising it errs less and sees later.
const LOSS_MEMORY: f32 = 100.0;

/// Packets told of in one report. Raising it fills a datagram beyond 1200 bytes.
const MAX_STATUSES: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn at(quarter_milliseconds: u64) -> Instant {
        Instant::from_nanos(1_000_000_000 + quarter_milliseconds * NANOS_PER_TICK)
    }

    /// Read a report as its receiver does: sequence number to arrival in ticks.
    fn read(report: &[u8], arrivals: &mut BTreeMap<u16, u64>, lost: &mut Vec<u16>) {
        let word = |at: usize| u16::from_be_bytes([report[at], report[at + 1]]);
        assert_eq!(report.len(), 4 + 4 * usize::from(word(2)));
        let (base, count) = (word(12), usize::from(word(14)));
        let reference = u32::from_be_bytes([0, report[16], report[17], report[18]]);
        let mut statuses = Vec::new();
        let mut at = 20;
        while statuses.len() < count {
            let chunk = word(at);
            at += 2;
            match chunk >> 14 {
                0 | 1 => statuses.extend(vec![chunk >> 13; usize::from(chunk & 0x1FFF)]),
                2 => statuses.extend((0..14).rev().map(|bit| chunk >> bit & 1)),
                _ => statuses.extend((0..7).rev().map(|pair| chunk >> (2 * pair) & 3)),
            }
        }
        let mut time = i64::from(reference) * 256;
        for (offset, status) in statuses[..count].iter().enumerate() {
            let seq = base.wrapping_add(offset as u16);
            match status {
                0 => {
                    lost.push(seq);
                    continue;
                }
                1 => {
                    time += i64::from(report[at]);
                    at += 1;
                }
                _ => {
                    time += i64::from(word(at) as i16);
                    at += 2;
                }
            }
            arrivals.insert(seq, time as u64);
        }
        let padding = if report[0] & 0x20 != 0 { usize::from(report[report.len() - 1]) } else { 0 };
        assert_eq!(at + padding, report.len());
    }

    fn drain(arrivals: &mut Arrivals) -> (BTreeMap<u16, u64>, Vec<u16>) {
        let (mut read_back, mut lost) = (BTreeMap::new(), Vec::new());
        while arrivals.has_news() {
            let mut out = Vec::new();
            arrivals.write(&mut out, Ssrc(1), Ssrc(2));
            assert!(out.len() <= 1200);
            read(&out, &mut read_back, &mut lost);
        }
        (read_back, lost)
    }

    #[test]
    fn every_arrival_is_told_exactly_across_the_wrap() {
        let mut random = 3u64;
        for first in [0u16, 65_000, 30_000] {
            let mut arrivals = Arrivals::default();
            let mut expected = BTreeMap::new();
            let mut time = 0;
            for offset in 0..1_500u16 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                time += match random >> 60 {
                    0 => 400,
                    1 => 60_000,
                    _ => random >> 61,
                };
                if !(random >> 40).is_multiple_of(5) || offset == 0 {
                    let seq = first.wrapping_add(offset);
                    arrivals.record(seq, at(time));
                    expected.insert(seq, at(time).as_nanos() / NANOS_PER_TICK);
                }
            }
            let (read_back, _) = drain(&mut arrivals);
            assert_eq!(read_back, expected);
        }
    }

    #[test]
    fn missing_packets_are_told_as_lost() {
        let mut arrivals = Arrivals::default();
        for seq in [10, 11, 14] {
            arrivals.record(seq, at(u64::from(seq)));
        }
        let (_, lost) = drain(&mut arrivals);
        assert_eq!(lost, [12, 13]);
    }

    /// Report so long after the last arrival that all of it is told.
    fn drain_hiding(
        arrivals: &mut Arrivals,
        unrepaired: &[[u64; 2]],
    ) -> (BTreeMap<u16, u64>, Vec<u16>) {
        let unrepaired = unrepaired.iter().map(|between| between.map(at)).collect();
        arrivals.hide_losses(at(1_000_000), unrepaired);
        drain(arrivals)
    }

    #[test]
    fn hidden_losses_are_told_as_arrived_between_their_neighbours() {
        let mut arrivals = Arrivals::default();
        for (seq, time) in [(10, 100), (12, 110), (13, 120), (16, 150)] {
            arrivals.record(seq, at(time));
        }
        let (read_back, lost) = drain_hiding(&mut arrivals, &[]);
        let ticks = |seq: u16| read_back[&seq] - read_back[&10];
        assert_eq!([11, 12, 13, 14, 15, 16].map(ticks), [5, 10, 20, 30, 40, 50]);
        assert!(lost.is_empty());
    }

    #[test]
    fn hidden_losses_between_two_reports_follow_the_one_before() {
        let mut arrivals = Arrivals::default();
        arrivals.record(10, at(100));
        let (before, _) = drain_hiding(&mut arrivals, &[]);
        arrivals.record(14, at(900));
        let (read_back, lost) = drain_hiding(&mut arrivals, &[]);
        let ticks = |seq: u16| read_back[&seq] - before[&10];
        assert_eq!([11, 12, 13, 14].map(ticks), [200, 400, 600, 800]);
        assert!(lost.is_empty());
    }

    #[test]
    fn what_may_still_be_repaired_is_told_as_lost() {
        let mut arrivals = Arrivals::default();
        for (seq, time) in [(10, 0), (12, 1_000), (14, 2_000), (16, 3_000)] {
            arrivals.record(seq, at(time));
        }
        let (_, lost) = drain_hiding(&mut arrivals, &[[1_000, 2_000]]);
        assert_eq!(lost, [13]);
    }

    #[test]
    fn while_losses_are_hidden_only_what_is_old_enough_to_be_repaired_is_told() {
        let mut arrivals = Arrivals::default();
        for seq in [10, 12, 14, 15] {
            arrivals.record(seq, at(u64::from(seq) * 100));
        }
        arrivals.hide_losses(at(1_400 + 1_000), Vec::new());
        let (read_back, _) = drain(&mut arrivals);
        assert_eq!(read_back.keys().collect::<Vec<_>>(), [&10, &11, &12, &13, &14]);
        assert!(arrivals.is_behind());
        arrivals.tell_losses();
        let (read_back, _) = drain(&mut arrivals);
        assert_eq!(read_back.keys().collect::<Vec<_>>(), [&15]);
        assert!(!arrivals.is_behind());
    }

    #[test]
    fn after_a_long_pause_losses_belong_to_what_came_after_it() {
        let mut arrivals = Arrivals::default();
        arrivals.record(10, at(100));
        drain_hiding(&mut arrivals, &[]);
        arrivals.record(14, at(400_000));
        let (read_back, _) = drain_hiding(&mut arrivals, &[]);
        assert_eq!([11, 12, 13].map(|seq| read_back[&seq]), [read_back[&14]; 3]);
    }

    #[test]
    fn a_little_loss_and_most_of_all_lost_are_not_worth_hiding() {
        for (step, expected) in [(200, false), (10, true), (2, true), (1, false)] {
            let mut arrivals = Arrivals::default();
            for seq in 0..2_000u16 {
                let lost = if step == 1 { seq % 4 > 0 } else { seq % step == 1 };
                if !lost {
                    arrivals.record(seq, at(u64::from(seq)));
                }
            }
            drain(&mut arrivals);
            assert_eq!(arrivals.is_lossy(), expected, "{step}");
        }
    }

    #[test]
    fn a_late_packet_is_told_in_the_next_report() {
        let mut arrivals = Arrivals::default();
        for seq in [10, 12] {
            arrivals.record(seq, at(u64::from(seq)));
        }
        drain(&mut arrivals);
        assert!(!arrivals.has_news());
        arrivals.record(11, at(50));
        let (read_back, lost) = drain(&mut arrivals);
        assert_eq!(read_back.get(&11), Some(&(at(50).as_nanos() / NANOS_PER_TICK)));
        assert!(lost.is_empty());
    }

    #[test]
    fn a_jump_over_the_ring_forgets_what_was_before() {
        let mut arrivals = Arrivals::default();
        arrivals.record(1, at(1));
        arrivals.record(10_000, at(2));
        let (read_back, lost) = drain(&mut arrivals);
        assert_eq!(read_back.keys().collect::<Vec<_>>(), [&10_000]);
        assert_eq!(lost.len(), RING as usize - 1);
    }
}
