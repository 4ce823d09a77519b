use visio_core::ids::Ssrc;
use visio_core::rtcp::write_nack;

use crate::client::{Packet, video, vp8};
use crate::world::{World, publish, subscribe};

/// Alice sends a frame in packets of these sizes; what Bob gets, and how long the datagrams are.
fn forward(sizes: &[usize]) -> (Vec<Vec<u8>>, Vec<usize>) {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for (seq, size) in sizes.iter().enumerate() {
        let mut payload = vp8(seq == 0, 1, 0, 0, false);
        payload.resize(*size, seq as u8);
        alice.send(&mut world, &video(1 + seq as u64, 3_000, payload));
    }
    let datagrams = world.take(bob.address);
    let lengths = datagrams.iter().map(Vec::len).collect();
    // The very same bytes come again, whatever was added to them.
    let lost: Vec<u16> = (1..=sizes.len() as u16).collect();
    bob.send_rtcp(&mut world, |out| write_nack(out, Ssrc(1), Ssrc(1001), &lost));
    assert_eq!(world.take(bob.address), datagrams);
    let media = bob.read_media(datagrams);
    (media.into_iter().map(|packet| packet.payload).collect(), lengths)
}

#[test]
fn packets_which_differ_by_a_byte_leave_in_one_size() {
    for size in 1_100..1_116 {
        let sizes = [size, size, size, size + 1, size + 1];
        let (payloads, lengths) = forward(&sizes);
        let received: Vec<_> = payloads.iter().map(Vec::len).collect();
        assert_eq!(received, sizes, "padding is not of the payload");
        assert!(payloads.iter().enumerate().skip(1).all(|(seq, one)| one.ends_with(&[seq as u8])));
        let apart = lengths[4] - lengths[0];
        let pads = |length: usize| (length - 16).is_multiple_of(8);
        assert!(lengths.iter().all(|length| pads(*length)), "{lengths:?}");
        assert!(apart == 0 || apart == 8, "{lengths:?}");
    }
    let evened = (1_100..1_108).filter(|size| {
        let (_, lengths) = forward(&[*size, size + 1]);
        lengths[0] == lengths[1]
    });
    assert_eq!(evened.count(), 7);
}

#[test]
fn small_packets_and_those_that_are_padded_stay_as_they_are() {
    let (_, lengths) = forward(&[100, 101, 300]);
    assert_eq!((lengths[1] - lengths[0], lengths[2] - lengths[0]), (1, 200));
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for (seq, padding) in [(1, 5), (2, 6)] {
        let mut payload = vp8(seq == 1, 1, 0, 0, false);
        payload.resize(1_100, 9);
        alice.send(&mut world, &Packet { padding, ..video(seq, 3_000, payload) });
    }
    let datagrams = world.take(bob.address);
    assert_eq!(datagrams[0].len() + 1, datagrams[1].len());
    let media = bob.read_media(datagrams);
    assert!(media.into_iter().all(|packet| packet.payload.len() == 1_100));
}
