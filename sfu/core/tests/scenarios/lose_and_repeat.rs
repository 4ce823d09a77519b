use visio_core::counters::{Counter, Drop};
use visio_core::ids::Ssrc;
use visio_core::rtcp::write_nack;

use crate::client::{
    Client, Control, Packet, RTX_PT, Received, VIDEO_PT, video, vp8, vp8_counters,
};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

/// Alice sends `count` frames of video to Bob, who gets them all.
fn room(world: &mut World, rtx: bool, count: u64) -> (Client, Client, Vec<Received>) {
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(world, &alice, 1, true, &[], &[]);
    subscribe(world, &bob, 1, 1, rtx);
    for seq in 1..=count {
        let payload = vp8(seq == 1, seq as u16, 0, 0, false);
        alice.send(world, &video(seq, 3_000 * seq as u32, payload));
    }
    let media = bob.media(world);
    assert_eq!(media.len() as u64, count);
    (alice, bob, media)
}

fn nack(world: &mut World, client: &mut Client, seqs: &[u16]) {
    client.send_rtcp(world, |out| write_nack(out, Ssrc(1), Ssrc(1001), seqs));
}

#[test]
fn a_lost_packet_comes_again_in_the_rtx_stream() {
    let mut world = World::new();
    let (_, mut bob, media) = room(&mut world, true, 20);
    let lost = &media[5];
    nack(&mut world, &mut bob, &[lost.seq as u16]);
    let repeated = bob.media(&mut world);
    let [packet] = &repeated[..] else { panic!("{repeated:?}") };
    assert_eq!((packet.pt, packet.ssrc), (RTX_PT, 2001));
    assert_eq!(packet.timestamp, lost.timestamp);
    assert_eq!(packet.payload[..2], (lost.seq as u16).to_be_bytes());
    assert_eq!(packet.payload[2..], lost.payload);
    assert_eq!(world.count(Counter::PacketsRetransmitted), 1);
}

#[test]
fn without_rtx_the_very_same_bytes_come_again() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    alice.send(&mut world, &video(1, 0, vp8(true, 1, 0, 0, false)));
    let first = world.take(bob.address);
    nack(&mut world, &mut bob, &[1]);
    let again = world.take(bob.address);
    assert_eq!(first, again);
}

#[test]
fn a_packet_is_repeated_once_in_a_round_trip() {
    let mut world = World::new();
    let (_, mut bob, media) = room(&mut world, true, 20);
    let seq = media[5].seq as u16;
    for (wait, expected) in [(0, 1), (10, 0), (19, 0), (1, 1)] {
        world.advance(milliseconds(wait));
        nack(&mut world, &mut bob, &[seq]);
        assert_eq!(bob.media(&mut world).len(), expected, "after {wait} ms");
    }
    assert_eq!(world.count(Drop::RepeatedTooSoon), 2);
}

#[test]
fn what_was_never_sent_or_is_too_old_is_not_repeated() {
    let mut world = World::new();
    let (_, mut bob, media) = room(&mut world, true, 700);
    let newest = media[699].seq as u16;
    nack(&mut world, &mut bob, &[media[0].seq as u16, newest.wrapping_add(1)]);
    assert!(bob.media(&mut world).is_empty());
    assert_eq!(world.count(Drop::NotInHistory), 2);
}

#[test]
fn a_packet_sent_before_a_pause_is_repeated_as_it_was() {
    let mut world = World::new();
    let (alice, mut bob, media) = room(&mut world, true, 5);
    set_layer(&mut world, 1, None, 9);
    for seq in 6..10 {
        alice
            .send(&mut world, &video(seq, 3_000 * seq as u32, vp8(false, seq as u16, 0, 0, false)));
    }
    set_layer(&mut world, 1, Some(9), 9);
    alice.send(&mut world, &video(10, 30_000, vp8(true, 10, 0, 0, false)));
    let after = bob.media(&mut world);
    assert_eq!(vp8_counters(&after[0].payload).0, 6);
    nack(&mut world, &mut bob, &[media[4].seq as u16, after[0].seq as u16]);
    let repeated = bob.media(&mut world);
    assert_eq!(repeated[0].payload[2..], media[4].payload);
    assert_eq!(repeated[1].payload[2..], after[0].payload);
}

#[test]
fn gaps_are_asked_for_upstream_and_repaired_downstream() {
    let mut world = World::new();
    let (mut alice, mut bob, media) = room(&mut world, true, 5);
    alice.clear(&mut world);
    let packet = |seq: u64| video(seq, 3_000 * seq as u32, vp8(false, seq as u16, 0, 0, false));
    alice.send(&mut world, &packet(8));
    world.advance(milliseconds(4));
    assert!(alice.control(&mut world).is_empty());
    world.advance(milliseconds(1));
    assert_eq!(alice.control(&mut world), [Control::Nack { media: 20, lost: vec![6, 7] }]);
    alice.send(&mut world, &packet(7));
    world.advance(milliseconds(70));
    // The first request once more, and another one after a round trip, twice too.
    let nack = Control::Nack { media: 20, lost: vec![6] };
    assert_eq!(alice.control(&mut world), [nack.clone(), nack.clone(), nack]);
    alice.send(&mut world, &packet(6));
    let base = media[4].seq;
    let seqs: Vec<_> = bob.media(&mut world).iter().map(|packet| packet.seq - base).collect();
    assert_eq!(seqs, [3, 2, 1]);
    world.advance(milliseconds(900));
    let later = alice.control(&mut world);
    assert!(!later.iter().any(|item| matches!(item, Control::Nack { .. })), "{later:?}");
}

#[test]
fn with_a_fifth_lost_both_ways_everything_arrives_in_the_end() {
    let mut world = World::new();
    let (mut alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, true);
    let mut random = 5u64;
    let mut lose = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33).is_multiple_of(5)
    };
    let sent: Vec<_> = (1..=320u64)
        .map(|seq| video(seq, 3_000 * seq as u32, vp8(seq == 1, seq as u16, 0, 0, false)))
        .collect();
    let mut got = std::collections::BTreeMap::new();
    for step in 0..600usize {
        match sent.get(step) {
            Some(packet) if step == 0 || !lose() => alice.send(&mut world, packet),
            _ => {}
        }
        world.advance(milliseconds(10));
        for item in alice.control(&mut world) {
            let Control::Nack { lost, .. } = item else { continue };
            for seq in lost {
                if !lose() {
                    alice.send(&mut world, &sent[usize::from(seq) - 1]);
                }
            }
        }
        for packet in bob.media(&mut world) {
            if lose() {
                continue;
            }
            let (seq, payload) = original(&packet);
            got.insert(seq, payload);
        }
        let highest = got.keys().next_back().copied().unwrap_or(0);
        let missing: Vec<_> = (1..highest).filter(|seq| !got.contains_key(seq)).collect();
        if step % 4 == 0 && !missing.is_empty() {
            nack(&mut world, &mut bob, &missing);
        }
    }
    let complete = (1..=300).filter(|seq| got.contains_key(seq)).count();
    assert!(complete == 300, "{complete} of 300");
    for (seq, payload) in got {
        assert_eq!(payload, sent[usize::from(seq) - 1].payload);
    }
}

/// Number and payload of a packet which may have come by RTX.
fn original(packet: &Received) -> (u16, Vec<u8>) {
    if packet.pt == VIDEO_PT {
        return (packet.seq as u16, packet.payload.clone());
    }
    let seq = u16::from_be_bytes([packet.payload[0], packet.payload[1]]);
    (seq, packet.payload[2..].to_vec())
}

#[test]
fn a_publishers_packet_is_forwarded_once_however_often_it_comes() {
    let mut world = World::new();
    let (alice, mut bob, _) = room(&mut world, true, 5);
    let packet = Packet { ..video(3, 9_000, vp8(false, 3, 0, 0, false)) };
    for _ in 0..10 {
        alice.send(&mut world, &packet);
    }
    assert!(bob.media(&mut world).is_empty());
    assert_eq!(world.count(Drop::Replayed), 10);
}
