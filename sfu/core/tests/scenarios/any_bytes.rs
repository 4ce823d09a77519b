//! What an authentic but hostile client sends goes through every parser behind SRTP.

use crate::client::{AUDIO_PT, Packet, RTX_PT, VIDEO_PT, video, vp8};
use crate::world::{World, milliseconds, publish, subscribe};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.0 >> 33
    }
}

#[test]
fn no_authentic_packet_stops_the_engine() {
    let mut random = Random(1);
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, true);
    alice.send(&mut world, &video(1, 0, vp8(true, 0, 0, 0, false)));
    for seq in 2..20_000 {
        let pt = [AUDIO_PT, VIDEO_PT, RTX_PT, VIDEO_PT][random.next() as usize % 4];
        let payload = (0..random.next() % 12).map(|_| random.next() as u8).collect();
        let packet = Packet {
            pt,
            level: Some(random.next() as u8),
            transport_seq: Some(random.next() as u16),
            rid: Some("q"),
            padding: (random.next() % 3) as u8,
            ..video(seq, random.next() as u32, payload)
        };
        let (mut bytes, header) = packet.write();
        let at = 12 + random.next() as usize % (bytes.len() - 12);
        bytes[at] = random.next() as u8;
        let bytes = alice.protect_bytes(bytes, header, &packet);
        world.deliver(alice.address, &bytes);
        world.advance(milliseconds(random.next() % 3));
        world.take_all();
        alice.check(&mut world, true);
        bob.check(&mut world, true);
    }
    world.take_all();
    alice.send(&mut world, &video(20_001, 0, vp8(true, 0, 0, 0, false)));
    assert_eq!(bob.media(&mut world).len(), 1);
}

#[test]
fn no_authentic_control_packet_stops_the_engine() {
    let mut random = Random(2);
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, true);
    alice.send(&mut world, &video(1, 0, vp8(true, 0, 0, 0, false)));
    for _ in 0..20_000 {
        let words = random.next() as usize % 12;
        let kind = 200 + (random.next() % 8) as u8;
        bob.send_rtcp(&mut world, |out| {
            out.extend_from_slice(&[0x80 | random.next() as u8 & 0x3F, kind, 0, words as u8]);
            out.extend_from_slice(&[0, 0, 0, 1, 0, 0, 3, 233]);
            out.extend((0..4 * words).map(|_| random.next() as u8));
        });
    }
    world.take_all();
    alice.send(&mut world, &video(2, 0, vp8(false, 1, 0, 0, false)));
    assert!(world.take(bob.address).len() == 1);
}
