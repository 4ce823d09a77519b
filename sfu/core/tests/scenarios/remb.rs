//! A publisher that knows no transport-wide feedback is told what fits on its way.

use visio_core::Command;
use visio_core::rtp::Extension;

use crate::client::{Client, Control, SEND_TIME, formats, video, vp8};
use crate::world::{World, milliseconds, publish};

/// A publisher that says when it sends, and by which means it wants to hear what fits.
fn publisher(world: &mut World, knows_reports: bool) -> Client {
    let alice = world.connect(1);
    let mut formats = formats();
    formats.extensions.set(Extension::AbsSendTime, SEND_TIME);
    if !knows_reports {
        formats.extensions.set(Extension::TransportCc, 0);
    }
    world.command(Command::SetFormats { peer: alice.peer, formats: Box::new(formats) });
    publish(world, &alice, 1, true, &[], &[]);
    alice
}

/// What she is told while she sends 2 Mbit/s through a way that lets `rate` bit/s pass.
fn told(knows_reports: bool, rate: f64, seconds: u64) -> Vec<f64> {
    let mut world = World::new();
    let mut alice = publisher(&mut world, knows_reports);
    let (mut told, mut queue) = (Vec::new(), 0.0f64);
    for number in 1..=seconds * 250 {
        queue = (queue - 4.0).max(0.0) + 8_000_000.0 / rate;
        let sent = (4.0 * number as f64 * 262.144) as u32;
        let [_, send_time @ ..] = sent.to_be_bytes();
        let mut payload = vp8(number == 1, number as u16, 0, 0, false);
        payload.resize(1_000, 0);
        let mut packet = video(number, 90 * number as u32, payload);
        (packet.send_time, packet.transport_seq) = (Some(send_time), None);
        let start = 1_000.0 + 4.0 * number as f64 + queue;
        let until =
            start as u64 - world.now.since(visio_core::Instant::default()).as_millis() as u64;
        world.advance(milliseconds(until));
        alice.send(&mut world, &packet);
        if number.is_multiple_of(400) {
            alice.check(&mut world, true);
        }
        let items = alice.control(&mut world).into_iter();
        told.extend(items.filter_map(|item| match item {
            Control::Remb(rate) => Some(rate),
            _ => None,
        }));
    }
    told
}

#[test]
fn what_fits_is_told_and_falls_when_queues_grow() {
    let told = told(false, 1e6, 6);
    assert!(told.first().is_some_and(|rate| *rate > 50e6), "{told:.0?}");
    assert!(told.last().is_some_and(|rate| (0.5e6..1.1e6).contains(rate)), "{told:.0?}");
}

#[test]
fn on_a_wide_way_everything_fits() {
    let told = told(false, 20e6, 6);
    assert!((5..=8).contains(&told.len()), "{told:.0?}");
    assert!(told.iter().all(|rate| *rate > 50e6), "{told:.0?}");
}

#[test]
fn who_gets_reports_of_arrivals_is_told_nothing() {
    assert!(told(true, 1e6, 6).is_empty());
}
