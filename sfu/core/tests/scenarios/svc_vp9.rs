//! VP9 whose sender did not negotiate the dependency descriptor.

use crate::client::{Client, Control, Packet, VP9_PT, video};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

/// A picture of three spatial layers in two packets each; the pattern of temporal layers is 0 2 1 2,
/// and one may rise at each picture of the lowest.
fn picture(number: u16, is_key: bool, rises: bool) -> Vec<Packet> {
    let temporal = [0u8, 2, 1, 2][usize::from(number % 4)];
    let mut packets = Vec::new();
    for spatial in 0..3u8 {
        for first in [true, false] {
            let inter = u8::from(!is_key) << 6;
            let head = 0xA0 | inter | u8::from(first) << 3 | u8::from(!first) << 2;
            let layer = temporal << 5 | u8::from(rises && temporal == 0) << 4 | spatial << 1;
            let id = 0x8000 | (100 + number);
            let tl0 = (number / 4) as u8;
            let payload = vec![head, (id >> 8) as u8, id as u8, layer, tl0, 0xAA];
            let seq = 6 * u64::from(number) + u64::from(spatial) * 2 + u64::from(!first);
            let marker = spatial == 2 && !first;
            let timestamp = 3_000 * u32::from(number);
            packets.push(Packet { pt: VP9_PT, marker, ..video(1 + seq, timestamp, payload) });
        }
    }
    packets
}

fn room() -> (World, Client, Client) {
    let mut world = World::new();
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    (world, alice, bob)
}

fn send(world: &mut World, client: &Client, packets: Vec<Packet>) {
    for packet in packets {
        client.send(world, &packet);
    }
    world.advance(milliseconds(33));
}

/// Spatial and temporal layer of a payload.
fn layer(payload: &[u8]) -> (u8, u8) {
    (payload[3] >> 1 & 7, payload[3] >> 5)
}

#[test]
fn higher_layers_are_left_out_without_a_gap_and_the_marker_ends_each_picture() {
    for (spatial, temporal, packets) in [(0, 0, 8), (1, 1, 32), (2, 2, 96), (0, 2, 32)] {
        let (mut world, alice, mut bob) = room();
        set_layer(&mut world, 1, Some(spatial), temporal);
        for number in 0..16 {
            send(&mut world, &alice, picture(number, number == 0, true));
        }
        let media = bob.media(&mut world);
        assert_eq!(media.len(), packets);
        for pair in media.windows(2) {
            assert_eq!(pair[1].seq, pair[0].seq + 1);
            assert_eq!(pair[0].marker, pair[0].timestamp != pair[1].timestamp);
        }
        let within = |(s, t)| usize::from(s) <= spatial && t <= temporal;
        assert!(media.iter().all(|packet| within(layer(&packet.payload))));
    }
}

#[test]
fn spatial_layers_fall_at_once_and_rise_at_a_key_frame() {
    let (mut world, mut alice, mut bob) = room();
    send(&mut world, &alice, picture(0, true, true));
    set_layer(&mut world, 1, Some(0), 2);
    send(&mut world, &alice, picture(1, false, true));
    alice.clear(&mut world);
    set_layer(&mut world, 1, Some(1), 2);
    world.advance(milliseconds(1_000));
    send(&mut world, &alice, picture(2, false, true));
    assert!(alice.control(&mut world).contains(&Control::PictureLoss(20)));
    send(&mut world, &alice, picture(3, false, true));
    send(&mut world, &alice, picture(4, true, true));
    let media = bob.media(&mut world);
    let spatial: Vec<_> = media.iter().map(|packet| layer(&packet.payload).0).collect();
    assert_eq!(spatial, [0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    assert!(media.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
}

#[test]
fn temporal_layers_rise_where_the_sender_says_so() {
    for (rises, expected) in [(true, [0, 0, 2, 1, 2]), (false, [0, 0, 0, 0, 0])] {
        let (mut world, mut alice, mut bob) = room();
        set_layer(&mut world, 1, Some(0), 0);
        send(&mut world, &alice, picture(0, true, false));
        set_layer(&mut world, 1, Some(0), 2);
        alice.clear(&mut world);
        for number in 1..17 {
            send(&mut world, &alice, picture(number, false, rises));
        }
        let media = bob.media(&mut world);
        let temporal = media.iter().map(|packet| layer(&packet.payload).1).step_by(2).take(5);
        assert!(temporal.eq(expected));
        let asked = alice.control(&mut world).contains(&Control::PictureLoss(20));
        assert_eq!(asked, !rises);
    }
}

#[test]
fn simulcast_streams_go_on_in_one_another() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &["q", "h"], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    for number in 0..40u16 {
        set_layer(&mut world, 1, Some(usize::from(number / 10 % 2)), 2);
        for (rid, ssrc, base) in [("q", 500, 0), ("h", 600, 7_000)] {
            for packet in picture(base + number, number % 10 == 0, true) {
                alice.send(&mut world, &Packet { ssrc, rid: Some(rid), ..packet });
            }
        }
        world.advance(milliseconds(33));
    }
    let media = bob.media(&mut world);
    let id = |payload: &[u8]| u16::from_be_bytes([payload[1] & 0x7F, payload[2]]);
    assert_eq!(media.len(), 6 * (40 + 2), "the frames of the rises come from both streams");
    for pair in media.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1);
        let ends = u16::from(pair[0].marker);
        assert_eq!(id(&pair[1].payload), id(&pair[0].payload) + ends);
        assert!(pair[1].payload[4].wrapping_sub(pair[0].payload[4]) <= 1);
    }
}
