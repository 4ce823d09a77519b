use crate::client::{Packet, video, vp8};
use crate::world::{World, publish, subscribe};

#[test]
fn packets_out_of_order_keep_their_distance() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    for seq in [100, 103, 101, 104, 102] {
        alice.send(&mut world, &Packet { seq, payload: vec![seq as u8], ..Packet::default() });
    }
    let media = bob.media(&mut world);
    let offsets: Vec<_> = media.iter().map(|packet| packet.seq - media[0].seq).collect();
    assert_eq!(offsets, [0, 3, 1, 4, 2]);
    assert!(
        media.iter().all(|packet| u64::from(packet.payload[0]) - 100 == packet.seq - media[0].seq)
    );
}

#[test]
fn what_lies_before_the_key_frame_is_left_out_even_when_it_comes_later() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for (seq, key) in [(10, true), (9, false), (11, false)] {
        alice.send(&mut world, &video(seq, 3_000 * seq as u32, vp8(key, seq as u16, 0, 0, false)));
    }
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 2);
    assert_eq!(media[1].seq, media[0].seq + 1);
}

#[test]
fn a_key_frame_that_comes_late_brings_what_followed_it() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for (seq, key) in [(9, false), (11, false), (12, false), (10, true), (13, false)] {
        alice.send(&mut world, &video(seq, 3_000 * seq as u32, vp8(key, seq as u16, 0, 0, false)));
    }
    let media = bob.media(&mut world);
    let timestamps: Vec<_> = media.iter().map(|packet| packet.timestamp / 3_000).collect();
    assert_eq!(timestamps, [10, 11, 12, 13]);
    assert!(media.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
}
