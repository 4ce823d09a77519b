use crate::client::{Packet, video, vp8, vp8_counters};
use crate::world::{World, publish, subscribe};

#[test]
fn forwarding_goes_on_across_every_wrap_of_the_incoming_stream() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    let mut media = Vec::new();
    for step in 0..200u64 {
        let picture = (0x7FFF - 100 + step as u16) & 0x7FFF;
        let payload = vp8(step == 0, picture, 200u8.wrapping_add(step as u8), 0, false);
        let timestamp = u32::MAX.wrapping_sub(300_000).wrapping_add(3_000 * step as u32);
        alice.send(&mut world, &video(65_436 + step, timestamp, payload));
        media.extend(bob.media(&mut world));
    }
    assert_eq!(media.len(), 200);
    for pair in media.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1);
        assert_eq!(pair[1].timestamp.wrapping_sub(pair[0].timestamp), 3_000);
        let (before, after) = (vp8_counters(&pair[0].payload), vp8_counters(&pair[1].payload));
        assert_eq!(after, ((before.0 + 1) & 0x7FFF, before.1.wrapping_add(1)));
    }
}

#[test]
fn forwarding_goes_on_across_wraps_of_the_outgoing_stream() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    let mut before = None;
    for seq in 0..140_000 {
        alice.send(&mut world, &Packet { seq, payload: vec![0], ..Packet::default() });
        let media = bob.media(&mut world);
        let [packet] = &media[..] else { panic!("{} packets for number {seq}", media.len()) };
        assert!(before.is_none_or(|before| packet.seq == before + 1));
        before = Some(packet.seq);
    }
    assert!(before > Some(2 * 65_536));
}
