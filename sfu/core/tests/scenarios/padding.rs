use visio_core::counters::Drop;

use crate::client::{Packet, video, vp8};
use crate::world::{World, publish, subscribe};

#[test]
fn probes_of_padding_are_not_forwarded_and_leave_no_gap() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for seq in 1..=10u64 {
        let payload = if seq % 3 == 0 { vec![] } else { vp8(seq == 1, seq as u16, 0, 0, false) };
        let padding = if payload.is_empty() { 200 } else { 0 };
        alice.send(&mut world, &Packet { padding, ..video(seq, 3_000, payload) });
    }
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 7);
    assert!(media.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    assert_eq!(world.count(Drop::Padding), 3);
}

#[test]
fn no_length_of_padding_or_payload_does_harm() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    let mut seq = 1;
    for length in 0..=255 {
        for claimed in 0..=255u8 {
            // The last byte claims any padding, also more than the packet holds.
            let mut payload = vec![9; length];
            payload.push(claimed);
            let packet = Packet { seq, padding: 1, payload, ..Packet::default() };
            let (mut bytes, header) = packet.write();
            let last = bytes.len() - 1;
            bytes[last] = claimed;
            let bytes = alice.protect_bytes(bytes, header, &packet);
            world.deliver(alice.address, &bytes);
            seq += 1;
        }
        for packet in bob.media(&mut world) {
            assert!(packet.payload.len() <= length + 1);
        }
    }
    alice.send(&mut world, &Packet { seq, ..Packet::default() });
    assert_eq!(bob.media(&mut world).len(), 1);
}
