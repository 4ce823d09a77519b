use visio_core::codec::dependency::Layer;
use visio_core::rtcp;

use crate::client::{Client, Received};
use crate::encoder::{Decoder, Encoder, L1T2, L1T3, L3T3, L3T3_KEY, Mode};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

struct Room {
    world: World,
    alice: Client,
    bob: Client,
    encoder: Encoder,
    decoder: Decoder,
}

fn room(mode: Mode) -> Room {
    let mut world = World::new();
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    let encoder = Encoder::new(mode, 20, 65_400);
    Room { world, alice, bob, encoder, decoder: Decoder::default() }
}

impl Room {
    fn limit(&mut self, spatial: u8, temporal: u8) {
        set_layer(&mut self.world, 1, Some(spatial.into()), temporal);
    }

    /// The layers a subscriber gets of so many pictures.
    fn pictures(&mut self, count: usize) -> Vec<Layer> {
        let media = self.packets(count);
        self.decoder.decode(&media)
    }

    fn packets(&mut self, count: usize) -> Vec<Received> {
        for _ in 0..count {
            self.encoder.send(&mut self.world, &mut self.alice);
        }
        self.bob.media(&mut self.world)
    }
}

fn highest(layers: &[Layer]) -> (u8, u8) {
    let spatial = layers.iter().map(|layer| layer.spatial).max();
    let temporal = layers.iter().map(|layer| layer.temporal).max();
    (spatial.unwrap_or(99), temporal.unwrap_or(99))
}

#[test]
fn each_decode_target_can_be_chosen() {
    for mode in [L1T2, L1T3, L3T3, L3T3_KEY] {
        for spatial in 0..mode.spatial {
            for temporal in 0..mode.temporal {
                let mut room = room(mode);
                room.limit(spatial, temporal);
                room.pictures(1);
                let layers = room.pictures(8);
                assert_eq!(highest(&layers), (spatial, temporal), "{mode:?}");
                let pictures = 8 >> (mode.temporal - 1 - temporal);
                let frames = if mode.keyed { 1 } else { usize::from(spatial) + 1 };
                assert_eq!(layers.len(), pictures * frames, "{mode:?} {spatial} {temporal}");
                assert_eq!(room.encoder.keys, 1);
            }
        }
    }
}

#[test]
fn a_decoder_can_follow_whatever_is_wanted_whenever() {
    for mode in [L1T2, L1T3, L3T3, L3T3_KEY] {
        let mut room = room(mode);
        let mut random = 1u64;
        let mut below = |limit: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % limit
        };
        for _ in 0..60 {
            let spatial = below(mode.spatial.into()) as u8;
            let temporal = below(mode.temporal.into()) as u8;
            room.limit(spatial, temporal);
            // Consent lasts no longer than a few rounds.
            room.alice.check(&mut room.world, false);
            room.bob.check(&mut room.world, false);
            // Longer than what keeps requests for key frames apart.
            room.pictures(20 + below(5) as usize);
            assert_eq!(highest(&room.pictures(4)), (spatial, temporal), "{mode:?}");
            for _ in 0..below(6) {
                room.limit(below(3) as u8, below(3) as u8);
                room.pictures(below(3) as usize);
            }
        }
    }
}

#[test]
fn a_decoder_can_follow_also_when_packets_overtake_one_another() {
    for mode in [L1T3, L3T3, L3T3_KEY] {
        let mut room = room(mode);
        room.decoder.waits = true;
        let mut random = 1u64;
        let mut below = |limit: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % limit
        };
        let mut media = Vec::new();
        for picture in 0..400 {
            if picture % 10 == 0 {
                room.limit(below(3) as u8, below(3) as u8);
            }
            let mut packets = room.encoder.picture();
            for _ in 0..below(3) {
                let at = below(packets.len() as u64 - 1) as usize;
                packets.swap(at, at + 1);
            }
            for packet in packets {
                room.alice.send(&mut room.world, &packet);
            }
            room.world.advance(milliseconds(33));
            room.encoder.answer(&room.alice.control(&mut room.world));
            media.extend(room.bob.media(&mut room.world));
        }
        media.sort_by_key(|packet| packet.seq);
        assert!(room.decoder.decode(&media).len() > 200);
    }
}

#[test]
fn only_a_change_that_needs_one_asks_for_a_key_frame() {
    let (low, high) = ((0, 2), (2, 2));
    for (mode, from, to, keys) in [
        (L3T3, low, high, 1),
        (L3T3, high, low, 0),
        (L3T3_KEY, low, high, 1),
        (L3T3_KEY, high, low, 1),
        (L3T3_KEY, (2, 0), high, 0),
        (L3T3, (1, 0), (1, 2), 0),
        (L1T3, (0, 0), low, 0),
        (L1T3, low, (0, 0), 0),
    ] {
        let mut room = room(mode);
        room.limit(from.0, from.1);
        room.pictures(30);
        room.limit(to.0, to.1);
        room.pictures(30);
        assert_eq!(room.encoder.keys, 1 + keys, "{mode:?} {from:?} {to:?}");
        assert_eq!(highest(&room.pictures(4)), to);
    }
}

#[test]
fn without_a_key_frame_the_layers_stay_that_can_be_decoded() {
    let mut room = room(L3T3_KEY);
    room.limit(0, 2);
    room.pictures(8);
    room.encoder.answers = false;
    room.limit(2, 2);
    assert_eq!(highest(&room.pictures(40)), (0, 2));
    room.encoder.want_key_frame();
    room.pictures(1);
    assert_eq!(highest(&room.pictures(4)), (2, 2));
}

#[test]
fn a_layer_the_publisher_gives_up_is_done_without() {
    let mut room = room(L3T3);
    assert_eq!(highest(&room.pictures(8)), (2, 2));
    room.encoder.active = 2;
    room.pictures(4);
    assert_eq!(highest(&room.pictures(8)), (1, 2));
    assert_eq!(room.encoder.keys, 1);
}

#[test]
fn subscribers_take_for_active_what_they_get() {
    let active = |room: &Room| -> Vec<usize> {
        (0..9).filter(|target| room.decoder.stream().is_active(*target)).collect()
    };
    let mut room = room(L3T3);
    room.limit(1, 1);
    room.pictures(8);
    assert_eq!(active(&room), [0, 1, 3, 4]);
    room.limit(0, 2);
    room.pictures(8);
    assert_eq!(active(&room), [0, 1, 2]);
    room.limit(2, 2);
    room.pictures(30);
    assert_eq!(active(&room).len(), 9);
}

#[test]
fn what_is_repeated_is_what_was_sent() {
    let mut room = room(L3T3);
    room.limit(1, 2);
    let mut media = room.packets(5);
    room.limit(0, 2);
    media.extend(room.packets(6));
    for packet in &media {
        let lost = [packet.seq as u16];
        room.bob.send_rtcp(&mut room.world, |out| {
            rtcp::write_nack(out, visio_core::ids::Ssrc(9), visio_core::ids::Ssrc(1001), &lost);
        });
    }
    // Under the same number nothing else may be protected: the nonce would be the same.
    let repeated = room.bob.repeated(&mut room.world);
    assert_eq!(repeated, media);
}

#[test]
fn simulcast_streams_go_on_in_one_another() {
    let mut world = World::new();
    let (mut alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &["q", "h"], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    let mut encoders = [Encoder::new(L1T3, 500, 9), Encoder::new(L1T3, 9_000, 40_000)];
    encoders[0].rid = Some("q");
    encoders[1].rid = Some("h");
    let mut decoder = Decoder::default();
    for wanted in [0, 1, 0, 1] {
        set_layer(&mut world, 1, Some(wanted), 2);
        for _ in 0..30 {
            for packet in encoders.iter_mut().flat_map(Encoder::picture) {
                alice.send(&mut world, &packet);
            }
            world.advance(milliseconds(33));
            let control = alice.control(&mut world);
            encoders.iter_mut().for_each(|encoder| encoder.answer(&control));
        }
        assert!(decoder.decode(&bob.media(&mut world)).len() >= 29);
    }
}
