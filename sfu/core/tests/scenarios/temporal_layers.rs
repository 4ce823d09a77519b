use crate::client::{video, vp8, vp8_counters};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

/// The usual pattern of three temporal layers: 0 2 1 2, the second and third frame are sync points.
fn layer_of(frame: u64) -> (u8, bool) {
    [(0, false), (2, true), (1, true), (2, false)][frame as usize % 4]
}

fn received_layers(temporal: &[(u64, u8)], frames: u64) -> (Vec<u8>, Vec<u16>, Vec<u64>) {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for frame in 0..frames {
        if let Some((_, wanted)) = temporal.iter().find(|(at, _)| *at == frame) {
            set_layer(&mut world, 1, Some(0), *wanted);
        }
        let (layer, sync) = layer_of(frame);
        for packet in 0..2 {
            let mut payload = vp8(frame == 0, 100 + frame as u16, (frame / 4) as u8, layer, sync);
            if packet == 1 {
                payload[0] &= !0x10;
            }
            alice.send(&mut world, &video(1 + 2 * frame + packet, 3_000 * frame as u32, payload));
        }
        world.advance(milliseconds(33));
    }
    let media = bob.media(&mut world);
    let layers = media.iter().map(|packet| packet.payload[5] >> 6).collect();
    let pictures = media.iter().map(|packet| vp8_counters(&packet.payload).0).collect();
    (layers, pictures, media.iter().map(|packet| packet.seq).collect())
}

#[test]
fn higher_temporal_layers_are_left_out_without_a_gap() {
    for (wanted, expected) in [(0, 2 * 4), (1, 2 * 8), (2, 2 * 16)] {
        let (layers, pictures, seqs) = received_layers(&[(0, wanted)], 16);
        assert_eq!(layers.len(), expected);
        assert!(layers.iter().all(|layer| *layer <= wanted));
        assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1));
        let expected_pictures: Vec<u16> = (0..expected as u16).map(|n| 100 + n / 2).collect();
        assert_eq!(pictures, expected_pictures);
    }
}

#[test]
fn rising_waits_for_a_sync_point() {
    // Frame 7 is of layer 2 without sync, frame 9 the next sync point of that layer.
    let (layers, _, seqs) = received_layers(&[(0, 0), (7, 2)], 12);
    assert_eq!(layers, [0, 0, 0, 0, 0, 0, 2, 2, 1, 1, 2, 2]);
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1));
}
