//! What a publisher makes us keep account of: any numbers at any times.

use std::time::Duration;

use visio_core::Instant;
use visio_core::feedback::missing::{Limits, Missing, Way};
use visio_core::feedback::reception::{Reception, SenderClock};
use visio_core::feedback::transport_cc::Arrivals;
use visio_core::ids::{SeqNo, Ssrc};

use crate::harness::fuzz;

/// Eight bytes are one packet: how the number moves, its timestamp, how much later it comes.
#[test]
fn feedback() {
    fuzz("feedback", |bytes| {
        let mut arrivals = Arrivals::default();
        let mut missing = Missing::new(Limits::VIDEO);
        let mut reception = Reception::default();
        let (mut now, mut seq) = (Instant::default(), SeqNo(u64::from(u16::MAX)));
        for &[high, low, t0, t1, t2, t3, wait, scale] in bytes.as_chunks().0 {
            let (wire, timestamp) =
                (u16::from_be_bytes([high, low]), u32::from_be_bytes([t0, t1, t2, t3]));
            now = now + Duration::from_micros(u64::from(wait) << (scale % 32));
            seq = seq.closest(wire);
            arrivals.record(wire, now);
            let ways = [Way::Stream, Way::Stream, Way::Retransmission, Way::Redundancy];
            missing.record(seq, ways[usize::from(wait % 4)], now);
            reception.record(seq, timestamp, 90_000, now);
            assert!(missing.take_due(now).ask.len() <= 256);
            if scale > 127 {
                report(&mut arrivals, &mut reception, now);
            }
        }
        report(&mut arrivals, &mut reception, now);
    });
}

fn report(arrivals: &mut Arrivals, reception: &mut Reception, now: Instant) {
    let mut reports = 0;
    while arrivals.has_news() {
        let mut out = Vec::new();
        arrivals.write(&mut out, Ssrc(1), Ssrc(2));
        assert!(out.len() <= 1200 && out.len().is_multiple_of(4));
        reports += 1;
        assert!(reports < 10_000, "the reports never end");
    }
    let clock = SenderClock { ntp: u64::MAX, rtp: 0, at: now };
    reception.report(Ssrc(1), Some(clock), now);
}
