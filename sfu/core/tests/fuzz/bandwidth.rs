use std::time::Duration;

use visio_core::Instant;
use visio_core::bandwidth::downlink::{Downlink, Kind};
use visio_core::bandwidth::pacer::Held;
use visio_core::bandwidth::report::Report;
use visio_core::bandwidth::{Bitrate, UNLIMITED};
use visio_core::ids::SubscriptionId;

use crate::harness::fuzz;

/// A receiver's way through whatever times, sizes and reports: the estimate stays within its bounds and
/// what waits is never forgotten. Each step is a byte that says what happens, one for the time that
/// passes before it, and one for its size; a report takes as many bytes more as that says.
#[test]
fn bandwidth() {
    fuzz("bandwidth", |mut bytes| {
        let mut downlink = Downlink::default();
        let mut now = Instant::from_nanos(1_000_000_000);
        let (mut held, mut released) = (0, 0);
        while let [action, span, size, rest @ ..] = bytes {
            bytes = rest;
            // Up to a minute and a half, most often some milliseconds.
            now = now + Duration::from_micros(u64::from(*span).pow(4) / 47);
            let amount = usize::from(*size);
            match action % 8 {
                0..=2 => send(&mut downlink, now, 1 + amount * 6, &mut held),
                3 => downlink.record(now, 1 + amount, Kind::Audio),
                4 => {
                    let (body, rest) = bytes.split_at(amount.min(bytes.len()));
                    bytes = rest;
                    if let Some(report) = Report::parse(body) {
                        downlink.handle_report(now, &report);
                    }
                }
                5 => downlink.handle_remb(Bitrate(f64::from(*size).powi(6))),
                6 => {
                    downlink.prober.set_able(amount & 1 == 1);
                    downlink.prober.set_demand(Bitrate(amount as f64 * 1e5));
                    for _ in 0..downlink.take_padding(now).div_ceil(255) {
                        downlink.record(now, 255, Kind::Padding);
                    }
                }
                _ => released += release(&mut downlink, now),
            }
            downlink.news(now);
            let estimate = downlink.estimate();
            assert!(estimate.0 > 0.0 && estimate <= UNLIMITED, "{estimate:?}");
            assert!(downlink.next_release().is_some() == (held > released));
        }
        now = now + Duration::from_secs(3600);
        while downlink.next_release().is_some() {
            now = now + Duration::from_secs(1);
            released += release(&mut downlink, now);
        }
        assert_eq!(held, released);
    });
}

fn send(downlink: &mut Downlink, now: Instant, size: usize, held: &mut usize) {
    if downlink.holds(now) {
        let packet = Held {
            subscription: SubscriptionId(1),
            wire: 0,
            size,
            is_repetition: size.is_multiple_of(5),
        };
        downlink.hold(packet);
        *held += 1;
    } else {
        downlink.record(now, size, Kind::Video);
    }
}

fn release(downlink: &mut Downlink, now: Instant) -> usize {
    let mut count = 0;
    while let Some(packet) = downlink.release(now) {
        downlink.record(now, packet.size, Kind::Video);
        count += 1;
    }
    count
}
