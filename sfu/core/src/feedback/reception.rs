//! Reception statistics of one incoming stream (RFC 3550 §6.4.1 and appendix A).

use crate::ids::{SeqNo, Ssrc};
use crate::quality::Totals;
use crate::rtcp::ReportBlock;
use crate::time::Instant;

/// A publisher's clocks as its latest sender report gave them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderClock {
    pub ntp: u64,
    pub rtp: u32,
    pub at: Instant,
}

/// What a receiver report says of the stream.
#[derive(Default)]
pub struct Reception {
    first: Option<SeqNo>,
    highest: SeqNo,
    received: u64,
    /// Lost, and come in another way since.
    repaired: u64,
    expected_before: u64,
    received_before: u64,
    /// Interarrival jitter in 1/16 of a timestamp unit.
    jitter: u64,
    transit: Option<u32>,
}

impl Reception {
    pub fn record(&mut self, seq: SeqNo, timestamp: u32, clock_rate: u32, now: Instant) {
        self.received += 1;
        if self.first.is_none_or(|first| seq < first) {
            self.first = Some(seq);
        }
        if seq > self.highest || self.received == 1 {
            self.highest = seq;
            self.record_transit(timestamp, clock_rate, now);
        }
    }

    /// Note a packet that was lost and came in another way: for whoever sends it is no loss.
    pub fn record_repaired(&mut self) {
        self.repaired += 1;
    }

    pub fn highest(&self) -> SeqNo {
        self.highest
    }

    /// In timestamp units.
    pub fn jitter(&self) -> u32 {
        (self.jitter / 16) as u32
    }

    /// What was lost on the way counts, repaired or not.
    pub fn totals(&self) -> Totals {
        let expected = self.first.map_or(0, |first| self.highest.0 - first.0 + 1);
        Totals { expected, lost: expected.saturating_sub(self.received) }
    }

    /// The block for the next report; `None` before the first packet.
    pub fn report(
        &mut self,
        ssrc: Ssrc,
        clock: Option<SenderClock>,
        now: Instant,
    ) -> Option<ReportBlock> {
        let expected = self.highest.0 - self.first?.0 + 1;
        let received = self.received + self.repaired;
        let total_lost = expected as i64 - received as i64;
        let expected_now = expected - self.expected_before;
        let received_now = received - self.received_before;
        (self.expected_before, self.received_before) = (expected, received);
        let lost_now = expected_now.saturating_sub(received_now);
        Some(ReportBlock {
            ssrc: ssrc.0,
            fraction_lost: (lost_now * 256).checked_div(expected_now).unwrap_or(0).min(255) as u8,
            total_lost: total_lost.clamp(-0x80_0000, 0x7F_FFFF) as i32,
            highest: self.highest.0 as u32,
            jitter: self.jitter(),
            last_report: clock.map_or(0, |clock| (clock.ntp >> 16) as u32),
            delay: clock.map_or(0, |clock| (now.since(clock.at).as_secs_f64() * 65_536.0) as u32),
        })
    }

    /// RFC 3550 appendix A.8.
    fn record_transit(&mut self, timestamp: u32, clock_rate: u32, now: Instant) {
        let arrival = u128::from(now.as_nanos()) * u128::from(clock_rate) / 1_000_000_000;
        let transit = (arrival as u32).wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let change = u64::from((transit.wrapping_sub(before) as i32).unsigned_abs());
            self.jitter = (self.jitter + change).saturating_sub((self.jitter + 8) / 16);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn after(milliseconds: u64) -> Instant {
        Instant::default() + Duration::from_millis(milliseconds)
    }

    #[test]
    fn losses_are_counted_since_the_last_report_and_in_all() {
        let mut reception = Reception::default();
        for seq in [100u64, 101, 103, 104, 106] {
            reception.record(SeqNo(seq), 0, 90_000, after(0));
        }
        let block = reception.report(Ssrc(9), None, after(0)).expect("packets came");
        assert_eq!((block.total_lost, block.fraction_lost, block.highest), (2, 73, 106));
        for seq in [107, 108] {
            reception.record(SeqNo(seq), 0, 90_000, after(0));
        }
        let block = reception.report(Ssrc(9), None, after(0)).expect("packets came");
        assert_eq!((block.total_lost, block.fraction_lost), (2, 0));
    }

    #[test]
    fn repeated_packets_never_make_the_fraction_negative() {
        let mut reception = Reception::default();
        for seq in [100u64, 101, 101, 101] {
            reception.record(SeqNo(seq), 0, 90_000, after(0));
        }
        let block = reception.report(Ssrc(9), None, after(0)).expect("packets came");
        assert_eq!((block.total_lost, block.fraction_lost), (-2, 0));
    }

    #[test]
    fn what_was_repaired_is_not_lost() {
        let mut reception = Reception::default();
        for seq in [100u64, 101, 103, 104] {
            reception.record(SeqNo(seq), 0, 90_000, after(0));
        }
        reception.record_repaired();
        let block = reception.report(Ssrc(9), None, after(0)).expect("packets came");
        assert_eq!((block.total_lost, block.fraction_lost), (0, 0));
    }

    #[test]
    fn a_steady_stream_has_no_jitter_and_an_uneven_one_has() {
        for (lateness, expected) in [(0, 0..=0), (10, 100..=900)] {
            let mut reception = Reception::default();
            for packet in 0..200u64 {
                let now = after(packet * 20 + packet % 2 * lateness);
                reception.record(SeqNo(packet), packet as u32 * 1_800, 90_000, now);
            }
            let block = reception.report(Ssrc(9), None, after(0)).expect("packets came");
            assert!(expected.contains(&block.jitter), "{}", block.jitter);
        }
    }

    #[test]
    fn the_last_sender_report_and_its_age_are_echoed() {
        let mut reception = Reception::default();
        reception.record(SeqNo(1), 0, 90_000, after(0));
        let clock = SenderClock { ntp: 0x1111_2222_3333_4444, rtp: 0, at: after(500) };
        let block = reception.report(Ssrc(9), Some(clock), after(1_000)).expect("a packet came");
        assert_eq!((block.last_report, block.delay), (0x2222_3333, 32_768));
        assert_eq!(Reception::default().report(Ssrc(9), None, after(0)), None);
    }
}
