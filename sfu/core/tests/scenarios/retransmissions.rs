//! RTX from a publisher, as its losses are repaired.

use visio_core::Command;
use visio_core::counters::{Counter, Drop};
use visio_core::ids::{Mid, PublicationId, Ssrc};

use crate::client::{Client, Control, Packet, RTX_PT, layered, rtx, video, vp8};
use crate::world::{World, milliseconds, publish, subscribe};

fn packet(seq: u64) -> Packet {
    video(seq, 3_000 * seq as u32, vp8(seq == 1, seq as u16, 0, 0, false))
}

/// Alice sends packets to Bob, but for one.
fn room(world: &mut World, lost: u64) -> (Client, Client) {
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(world, &alice, 1, true, &[], &[]);
    subscribe(world, &bob, 1, 1, true);
    for seq in (1..=6).filter(|seq| *seq != lost) {
        alice.send(world, &packet(seq));
    }
    (alice, bob)
}

fn nacks(world: &mut World, client: &mut Client) -> Vec<Vec<u16>> {
    let items = client.control(world).into_iter();
    let lost = |item| if let Control::Nack { lost, .. } = item { Some(lost) } else { None };
    items.filter_map(lost).collect()
}

#[test]
fn a_retransmission_is_forwarded_as_the_packet_that_was_lost() {
    let mut world = World::new();
    let (mut alice, mut bob) = room(&mut world, 4);
    let before = bob.media(&mut world);
    alice.clear(&mut world);
    world.advance(milliseconds(5));
    assert_eq!(nacks(&mut world, &mut alice), [[4]]);
    alice.send(&mut world, &rtx(&packet(4), 900));
    let repaired = bob.media(&mut world);
    let [repaired] = &repaired[..] else { panic!("{repaired:?}") };
    assert_eq!((repaired.seq, repaired.ssrc), (before[0].seq + 3, 1001));
    assert_eq!((repaired.timestamp, &repaired.payload), (12_000, &packet(4).payload));
    assert_eq!(world.count(Counter::RepairedByRtx), 1);
    world.advance(milliseconds(900));
    assert!(nacks(&mut world, &mut alice).is_empty());
}

#[test]
fn a_packet_goes_out_once_though_it_is_repaired_and_comes_late_too() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world, 4);
    bob.clear(&mut world);
    for seq in 1..=3 {
        alice.send(&mut world, &rtx(&packet(4), seq));
        alice.send(&mut world, &rtx(&packet(2), 10 + seq));
    }
    alice.send(&mut world, &packet(4));
    assert_eq!(bob.media(&mut world).len(), 1);
    assert_eq!(world.count(Drop::AlreadyHere), 6);
}

#[test]
fn repaired_packets_are_not_reported_as_lost() {
    let mut world = World::new();
    let (mut alice, _) = room(&mut world, 4);
    alice.send(&mut world, &rtx(&packet(4), 1));
    alice.clear(&mut world);
    world.advance(milliseconds(1_000));
    let lost = alice.control(&mut world).into_iter().find_map(|item| match item {
        Control::Report(block) => Some(block.total_lost),
        _ => None,
    });
    assert_eq!(lost, Some(0));
}

#[test]
fn a_probe_of_padding_is_reported_and_dropped() {
    let mut world = World::new();
    let (mut alice, mut bob) = room(&mut world, 4);
    bob.clear(&mut world);
    alice.clear(&mut world);
    for (seq, payload) in [(1, vec![]), (2, vec![0, 4])] {
        let transport_seq = Some(seq as u16);
        let probe = Packet { padding: 200, payload, transport_seq, ..rtx(&packet(4), seq) };
        alice.send(&mut world, &probe);
    }
    assert_eq!(world.count(Drop::Padding), 2);
    assert!(bob.media(&mut world).is_empty());
    world.advance(milliseconds(50));
    let (_, control) = alice.receive(&mut world);
    assert!(control.iter().any(|compound| compound[..2] == [0x8F, 205]), "{control:?}");
}

#[test]
fn each_simulcast_layer_is_repaired_by_the_stream_that_names_it() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &["q", "f"], &[]);
    subscribe(&mut world, &bob, 1, 1, true);
    let layer = |rid, seq: u64| {
        layered(rid, seq, 3_000 * seq as u32, vp8(seq == 1, seq as u16, 0, 0, false))
    };
    for (rid, seq) in [("q", 1), ("f", 1), ("q", 2), ("q", 4), ("f", 3)] {
        alice.send(&mut world, &layer(rid, seq));
    }
    let before = bob.media(&mut world);
    let unnamed = Packet { mid: None, repaired_rid: None, ..rtx(&layer("f", 2), 2) };
    alice.send(&mut world, &rtx(&layer("q", 3), 1));
    assert!(bob.media(&mut world).is_empty());
    alice.send(&mut world, &rtx(&layer("f", 2), 1));
    alice.send(&mut world, &unnamed);
    let repaired = bob.media(&mut world);
    assert_eq!(repaired.len(), 1, "{repaired:?}");
    assert_eq!(repaired[0].seq + 1, before.last().expect("three").seq);
    assert_eq!(world.count(Counter::RepairedByRtx), 2);
    assert_eq!(world.count(Drop::AlreadyHere), 1);
}

#[test]
fn the_stream_of_retransmissions_may_be_told_in_advance() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    world.command(Command::Publish {
        publication: PublicationId(1),
        peer: alice.peer,
        mid: Mid("0".into()),
        video: true,
        rids: vec![],
        ssrcs: vec![Ssrc(20)],
        rtx_ssrcs: vec![Ssrc(5_020)],
    });
    subscribe(&mut world, &bob, 1, 1, true);
    for seq in [1, 3] {
        alice.send(&mut world, &Packet { mid: None, ..packet(seq) });
    }
    alice.send(&mut world, &Packet { mid: None, ..rtx(&packet(2), 1) });
    assert_eq!(bob.media(&mut world).len(), 3);
}

#[test]
fn a_stream_without_a_name_repairs_the_only_track_that_misses_what_it_repeats() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world, 4);
    bob.clear(&mut world);
    let unnamed = |seq, number| Packet { mid: None, ..rtx(&packet(seq), number) };
    alice.send(&mut world, &unnamed(3, 1));
    assert_eq!(world.count(Drop::UnknownStream), 1);
    alice.send(&mut world, &unnamed(4, 2));
    assert_eq!(bob.media(&mut world).len(), 1);
}

#[test]
fn retransmissions_of_nothing_we_know_are_dropped() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world, 4);
    bob.clear(&mut world);
    for (number, packet) in [
        Packet { mid: Some("9"), ..rtx(&packet(4), 1) },
        Packet { mid: None, payload: vec![], padding: 3, ..rtx(&packet(4), 2) },
        Packet { ssrc: 20, ..rtx(&packet(4), 700) },
    ]
    .into_iter()
    .enumerate()
    {
        let ssrc = if packet.ssrc == 20 { 20 } else { 6_000 + number as u32 };
        alice.send(&mut world, &Packet { ssrc, pt: RTX_PT, ..packet });
    }
    assert_eq!(world.count(Drop::UnknownStream), 3);
    assert!(bob.media(&mut world).is_empty());
}

#[test]
fn what_cannot_be_repaired_brings_a_key_frame() {
    let mut world = World::new();
    let (mut alice, _) = room(&mut world, 4);
    alice.clear(&mut world);
    let mut asked = 0;
    for seq in 7..60 {
        alice.send(&mut world, &packet(seq));
        world.advance(milliseconds(33));
        let items = alice.control(&mut world);
        asked += items.iter().filter(|item| matches!(item, Control::PictureLoss(20))).count();
    }
    assert!(asked >= 1);
}
