use visio_core::Event;
use visio_core::counters::Drop;
use visio_core::ids::{PublicationId, Rid};
use visio_core::srtp::Profile;

use crate::client::{Client, Packet, video, vp8};
use crate::world::{World, milliseconds, publish, subscribe};

#[test]
fn audio_arrives_with_the_subscribers_numbers_and_mid() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    for seq in 0..50 {
        let packet = Packet {
            seq: 500 + seq,
            timestamp: 960 * seq as u32,
            marker: seq == 0,
            payload: vec![seq as u8; 40],
            level: Some(0x80 | 30),
            mid: Some("0"),
            ..Packet::default()
        };
        alice.send(&mut world, &packet);
        world.advance(milliseconds(20));
    }
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 50);
    for (index, packet) in media.iter().enumerate() {
        assert_eq!(packet.ssrc, 1001);
        assert_eq!(packet.seq, media[0].seq + index as u64);
        assert_eq!(packet.timestamp, 960 * index as u32);
        assert_eq!(packet.marker, index == 0);
        assert_eq!(packet.mid.as_deref(), Some("5"));
        assert_eq!(packet.level, Some(0x80 | 30));
        assert_eq!(packet.payload, vec![index as u8; 40]);
    }
}

#[test]
fn every_pair_of_profiles_works() {
    let profiles = [Profile::Aes128Gcm, Profile::Aes256Gcm, Profile::Aes128CmSha1];
    for (from, to) in profiles.iter().flat_map(|from| profiles.map(|to| (*from, to))) {
        let mut world = World::new();
        let mut clients =
            [(1, from), (2, to)].map(|(number, profile)| Client::with_profile(number, profile));
        for client in &clients {
            client.add(&mut world);
            client.check(&mut world, true);
            client.set_keys(&mut world);
            client.set_formats(&mut world);
        }
        publish(&mut world, &clients[0], 1, false, &[], &[7]);
        subscribe(&mut world, &clients[1], 1, 1, false);
        clients[0].send(&mut world, &Packet::default());
        assert_eq!(clients[1].media(&mut world).len(), 1, "{from:?} to {to:?}");
    }
}

#[test]
fn video_begins_with_a_key_frame() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for (seq, key) in [(1, false), (2, false), (3, true), (4, false)] {
        alice.send(&mut world, &video(seq, 3000 * seq as u32, vp8(key, seq as u16, 0, 0, false)));
    }
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 2);
    assert_eq!(media[1].seq, media[0].seq + 1);
    assert_eq!(world.count(Drop::AwaitingKeyFrame), 2);
}

#[test]
fn each_subscriber_gets_every_packet() {
    let mut world = World::new();
    let alice = world.connect(1);
    let mut others: Vec<_> = (2..12).map(|number| world.connect(number)).collect();
    publish(&mut world, &alice, 1, false, &[], &[7]);
    for (index, other) in others.iter().enumerate() {
        subscribe(&mut world, other, index as u64, 1, false);
    }
    for seq in 0..5 {
        alice.send(&mut world, &Packet { seq, ..Packet::default() });
    }
    for other in &mut others {
        assert_eq!(other.media(&mut world).len(), 5);
    }
}

#[test]
fn a_layer_is_told_when_it_begins_and_when_it_stops() {
    let mut world = World::new();
    let alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[7]);
    alice.send(&mut world, &Packet::default());
    world.advance(milliseconds(1_999));
    let changed =
        |active| Event::LayerChanged { publication: PublicationId(1), rid: Rid("".into()), active };
    assert_eq!(world.events(), [changed(true)]);
    world.advance(milliseconds(1));
    assert_eq!(world.events(), [changed(false)]);
    alice.send(&mut world, &Packet { seq: 2, ..Packet::default() });
    assert_eq!(world.events(), [changed(true)]);
}

#[test]
fn repair_streams_and_unknown_ones_are_harmless() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    let key = video(1, 0, vp8(true, 0, 0, 0, false));
    alice.send(&mut world, &key);
    alice.send(&mut world, &Packet { pt: crate::client::RTX_PT, ssrc: 21, ..key.clone() });
    alice.send(&mut world, &Packet { ssrc: 99, mid: Some("9"), ..key.clone() });
    alice.send(&mut world, &Packet { ssrc: 98, mid: None, ..key });
    assert_eq!(bob.media(&mut world).len(), 1);
    assert_eq!(world.count(Drop::UnknownStream), 3);
}

#[test]
fn an_idle_peer_costs_only_its_consent_timer() {
    let mut world = World::new();
    let alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[7]);
    alice.send(&mut world, &Packet::default());
    world.advance(milliseconds(10_000));
    let next = world.next_timer().expect("consent is watched");
    assert_eq!(next.since(world.now), milliseconds(5_000));
}
