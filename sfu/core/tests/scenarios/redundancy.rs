//! Redundant audio: read from a publisher, written for a subscriber.

use visio_core::counters::{Counter, Drop};
use visio_core::ids::{PublicationId, Ssrc};
use visio_core::rtcp::{ReportBlock, write_nack, write_receiver_report};
use visio_core::{Command, Event};

use crate::client::{AUDIO_PT, Client, Packet, RED_PT, Received, red};
use crate::world::{World, milliseconds, publish, subscribe, subscribe_with_red};

fn audio(seq: u64) -> Vec<u8> {
    vec![seq as u8; 5]
}

fn plain(seq: u64) -> Packet {
    Packet { seq, timestamp: 960 * seq as u32, payload: audio(seq), ..Packet::default() }
}

/// A packet that repeats the two before it.
fn redundant(seq: u64) -> Packet {
    let (two, one) = (audio(seq - 2), audio(seq - 1));
    let payload = red(&[(1_920, &two), (960, &one)], &audio(seq));
    Packet { pt: RED_PT, payload, ..plain(seq) }
}

/// Alice publishes; Bob receives plain audio and Carol redundant audio.
fn room(world: &mut World) -> (Client, Client, Client) {
    let (alice, bob, carol) = (world.connect(1), world.connect(2), world.connect(3));
    publish(world, &alice, 1, false, &[], &[7]);
    subscribe(world, &bob, 1, 1, false);
    subscribe_with_red(world, &carol, 2, 1);
    (alice, bob, carol)
}

fn payloads(packets: &[Received]) -> Vec<Vec<u8>> {
    packets.iter().map(|packet| packet.payload.clone()).collect()
}

#[test]
fn what_is_lost_comes_from_the_next_packets_and_in_order() {
    let mut world = World::new();
    let (alice, mut bob, _) = room(&mut world);
    world.command(Command::Tap { publication: PublicationId(1), on: true });
    for seq in [10, 13, 14, 17, 18, 22] {
        alice.send(&mut world, &redundant(seq));
    }
    let media = bob.media(&mut world);
    let expected: Vec<u64> = (10..=18).chain(20..=22).collect();
    assert_eq!(payloads(&media), expected.iter().map(|seq| audio(*seq)).collect::<Vec<_>>());
    for (packet, seq) in media.iter().zip(&expected) {
        assert_eq!((packet.pt, packet.seq - media[0].seq), (AUDIO_PT, seq - 10));
        assert_eq!(packet.timestamp, 960 * *seq as u32);
    }
    let tapped = world.events().into_iter().filter_map(|event| match event {
        Event::AudioFrame(frame) => Some((frame.sequence, frame.timestamp, frame.payload.to_vec())),
        _ => None,
    });
    let frames = expected.iter().map(|seq| (*seq, 960 * seq, audio(*seq)));
    assert!(tapped.eq(frames));
    assert_eq!(world.count(Counter::RepairedByRed), 6);
}

#[test]
fn a_packet_that_was_repaired_and_comes_late_is_not_sent_twice() {
    let mut world = World::new();
    let (alice, mut bob, mut carol) = room(&mut world);
    for seq in [10, 12, 11] {
        alice.send(&mut world, &redundant(seq));
    }
    assert_eq!(bob.media(&mut world).len(), 3);
    assert_eq!(carol.media(&mut world).len(), 3);
    assert_eq!(world.count(Drop::AlreadyHere), 1);
}

#[test]
fn who_receives_redundancy_gets_it_whether_the_publisher_sends_it_or_not() {
    for packet in [plain, redundant] {
        let mut world = World::new();
        let (alice, _, mut carol) = room(&mut world);
        for seq in 10..13 {
            alice.send(&mut world, &packet(seq));
        }
        let media = carol.media(&mut world);
        assert_eq!((media[0].pt, &media[0].payload), (AUDIO_PT, &audio(10)));
        for (packet, seq) in media[1..].iter().zip(11..) {
            assert_eq!(packet.pt, RED_PT);
            assert_eq!(packet.payload, red(&[(960, &audio(seq - 1))], &audio(seq)));
        }
    }
}

#[test]
fn who_loses_packets_gets_more_redundancy_until_none_are_lost() {
    let mut world = World::new();
    let (alice, _, mut carol) = room(&mut world);
    alice.send(&mut world, &plain(9));
    for (seq, fraction_lost, blocks) in [(10, 0, 1), (11, 40, 2), (12, 40, 2), (13, 0, 1)] {
        let block = ReportBlock { ssrc: 1002, fraction_lost, ..ReportBlock::default() };
        carol.send_rtcp(&mut world, |out| write_receiver_report(out, Ssrc(1), &[block]));
        carol.clear(&mut world);
        alice.send(&mut world, &plain(seq));
        let (two, one) = (audio(seq - 2), audio(seq - 1));
        let both = [(1_920, &two[..]), (960, &one[..])];
        let [packet] = &carol.media(&mut world)[..] else { panic!("one packet") };
        assert_eq!(packet.payload, red(&both[2 - blocks..], &audio(seq)));
    }
}

#[test]
fn what_is_asked_for_again_is_the_very_same() {
    let mut world = World::new();
    let (alice, _, carol) = room(&mut world);
    let mut carol = carol;
    let mut sent = Vec::new();
    for seq in [10, 11, 13, 14] {
        alice.send(&mut world, &plain(seq));
        sent.extend(world.take(carol.path()));
        world.advance(milliseconds(20));
    }
    // Packet 12 comes late: 13 and 14 were sent without it and must be repeated so.
    alice.send(&mut world, &plain(12));
    sent.extend(world.take(carol.path()));
    world.advance(milliseconds(50));
    carol.send_rtcp(&mut world, |out| write_nack(out, Ssrc(1), Ssrc(1002), &[1, 2, 3, 4, 5]));
    let again = world.take(carol.path());
    assert_eq!(again.len(), 5);
    assert!(again.iter().all(|datagram| sent.contains(datagram)));
}

#[test]
fn what_was_sent_with_audio_that_is_forgotten_is_not_repeated() {
    let mut world = World::new();
    let (alice, _, mut carol) = room(&mut world);
    for seq in 10..=138 {
        alice.send(&mut world, &plain(seq));
    }
    carol.clear(&mut world);
    // The history holds 128 packets: the last of them without the one before it.
    carol.send_rtcp(&mut world, |out| write_nack(out, Ssrc(1), Ssrc(1002), &[2, 3]));
    assert_eq!(world.take(carol.path()).len(), 1);
    assert_eq!(world.count(Drop::NotInHistory), 1);
}

#[test]
fn a_probe_of_padding_leaves_no_gap() {
    let mut world = World::new();
    let (alice, mut bob, mut carol) = room(&mut world);
    alice.send(&mut world, &redundant(10));
    let probe = Packet { payload: vec![], padding: 100, ..redundant(11) };
    alice.send(&mut world, &probe);
    alice.send(&mut world, &redundant(12));
    for listener in [&mut bob, &mut carol] {
        let media = listener.media(&mut world);
        assert_eq!(media.len(), 2);
        assert_eq!(media[1].seq, media[0].seq + 1);
    }
}

#[test]
fn malformed_redundancy_does_no_harm() {
    let mut world = World::new();
    let (alice, mut bob, mut carol) = room(&mut world);
    alice.send(&mut world, &plain(10));
    let whole = redundant(11).payload;
    let mut seq = 11;
    for length in 0..whole.len() {
        for (at, value) in [(0, 0x80 | 111), (0, 0x80 | 5), (8, RED_PT.0), (8, 5), (2, 0xFF)] {
            let mut payload = whole[..length].to_vec();
            if let Some(byte) = payload.get_mut(at) {
                *byte = value;
            }
            alice.send(&mut world, &Packet { pt: RED_PT, payload, ..plain(seq) });
            seq += 2;
        }
    }
    bob.media(&mut world);
    carol.media(&mut world);
    alice.send(&mut world, &plain(seq));
    assert_eq!(bob.media(&mut world).len(), 1);
    assert_eq!(carol.media(&mut world).len(), 1);
}
