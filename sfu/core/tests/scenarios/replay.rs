use std::net::SocketAddr;

use visio_core::counters::{Counter, Drop};
use visio_core::ids::Ssrc;
use visio_core::rtcp::write_nack;

use crate::client::{Packet, video, vp8};
use crate::world::{World, milliseconds, publish, subscribe};

/// RFC 3711 §3.3.2, across a roll-over of the sequence numbers.
#[test]
fn of_ten_thousand_captured_packets_none_is_forwarded_twice() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    let captured: Vec<_> = (60_000..70_000)
        .map(|seq| alice.protect(&Packet { seq, timestamp: seq as u32, ..Packet::default() }))
        .collect();
    for datagram in &captured {
        world.deliver(alice.address, datagram);
    }
    assert_eq!(bob.media(&mut world).len(), captured.len());

    let stranger: SocketAddr = "203.0.113.9:4444".parse().expect("an address");
    for datagram in captured.iter().chain(captured.iter().rev()) {
        world.deliver(alice.address, datagram);
        world.deliver(bob.address, datagram);
        world.deliver(stranger, datagram);
    }
    assert!(bob.media(&mut world).is_empty());
    assert_eq!(world.count(Counter::PacketsForwarded), 10_000);
    // What is older than the window cannot be told from the next roll-over: its tag gives it away.
    assert_eq!(world.count(Drop::Replayed) + world.count(Drop::WrongTag), 40_000);

    alice.send(&mut world, &Packet { seq: 70_000, ..Packet::default() });
    assert_eq!(bob.media(&mut world).len(), 1);
}

#[test]
fn a_captured_control_packet_counts_once() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, true);
    alice.send(&mut world, &video(1, 0, vp8(true, 0, 0, 0, false)));
    bob.clear(&mut world);
    let captured = bob.protect_rtcp(|out| write_nack(out, Ssrc(1), Ssrc(1001), &[1]));
    for _ in 0..100 {
        world.deliver(bob.address, &captured);
        world.advance(milliseconds(50));
    }
    assert_eq!(bob.media(&mut world).len(), 1);
    assert_eq!(world.count(Counter::NacksReceived), 1);
    assert_eq!(world.count(Drop::Replayed), 99);
}
