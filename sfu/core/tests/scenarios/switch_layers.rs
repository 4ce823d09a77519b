use visio_core::Command;
use visio_core::counters::{Counter, Drop};
use visio_core::ids::Ssrc;
use visio_core::rtcp::{SenderReport, write_sender_report};

use crate::client::{Client, Control, Packet, Received, layered, vp8, vp8_counters};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

/// A publisher of two layers and what it has sent.
struct Camera {
    client: Client,
    frames: u64,
}

impl Camera {
    /// Send one frame of a packet in each of the layers named; `key` says which is a key frame.
    fn frame(&mut self, world: &mut World, layers: &[&'static str], key: &str) {
        self.frames += 1;
        for &rid in layers {
            let base = if rid == "h" { 40_000 } else { 100 };
            let timestamp = base + 3_000 * self.frames as u32;
            let counters = (base as u16 + self.frames as u16, self.frames as u8);
            let payload = vp8(rid == key, counters.0, counters.1, 0, false);
            self.client.send(world, &layered(rid, base.into(), timestamp, payload).at(self.frames));
        }
        world.advance(milliseconds(33));
    }
}

impl Packet {
    fn at(self, frame: u64) -> Packet {
        Packet { seq: self.seq + frame, ..self }
    }
}

fn room(world: &mut World) -> (Camera, Client) {
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(world, &alice, 1, true, &["q", "h"], &[]);
    subscribe(world, &bob, 1, 1, false);
    (Camera { client: alice, frames: 0 }, bob)
}

fn assert_continuous(media: &[Received]) {
    for pair in media.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1);
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        // At a switch the same moment may come from both layers, or a frame may be left out.
        assert!((1..=6_000).contains(&step), "timestamp step {step}");
        let (before, after) = (vp8_counters(&pair[0].payload), vp8_counters(&pair[1].payload));
        assert_eq!(after.0, (before.0 + 1) & 0x7FFF);
        assert_eq!(after.1, before.1.wrapping_add(1));
    }
}

#[test]
fn exactly_one_layer_is_forwarded_the_highest() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    camera.frame(&mut world, &["q", "h"], "h");
    let keys: Vec<_> = bob.media(&mut world);
    assert_eq!(keys.len(), 1);
    for _ in 0..10 {
        camera.frame(&mut world, &["q", "h"], "");
    }
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 10);
    assert_continuous(&media);
    assert!(world.count(Drop::OtherLayer) >= 10);
}

#[test]
fn switching_up_waits_for_the_key_frame_and_is_seamless() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    set_layer(&mut world, 1, Some(0), 9);
    camera.frame(&mut world, &["q", "h"], "q");
    for _ in 0..5 {
        camera.frame(&mut world, &["q", "h"], "");
    }
    camera.client.clear(&mut world);
    set_layer(&mut world, 1, Some(1), 9);
    world.advance(milliseconds(1));
    let high = 30 + u32::from(b'h');
    assert!(camera.client.control(&mut world).contains(&Control::PictureLoss(high)));
    for _ in 0..5 {
        camera.frame(&mut world, &["q", "h"], "");
    }
    camera.frame(&mut world, &["q", "h"], "h");
    for _ in 0..5 {
        camera.frame(&mut world, &["q", "h"], "");
    }
    let media = bob.media(&mut world);
    // The frame of the switch comes from both layers.
    assert_eq!(media.len(), 18);
    assert_continuous(&media);
    assert_eq!(world.count(Counter::LayersSwitched), 2);
}

#[test]
fn switching_down_waits_for_the_key_frame_and_is_seamless() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    camera.frame(&mut world, &["q", "h"], "h");
    for _ in 0..5 {
        camera.frame(&mut world, &["q", "h"], "");
    }
    set_layer(&mut world, 1, Some(0), 9);
    for _ in 0..5 {
        camera.frame(&mut world, &["q", "h"], "");
    }
    camera.frame(&mut world, &["q", "h"], "q");
    camera.frame(&mut world, &["q", "h"], "");
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 13);
    assert_continuous(&media);
}

#[test]
fn a_layer_that_stops_is_replaced_by_one_that_goes_on() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    camera.frame(&mut world, &["q", "h"], "h");
    bob.media(&mut world);
    for _ in 0..6 {
        camera.frame(&mut world, &["q"], "");
    }
    assert!(bob.media(&mut world).is_empty());
    let low = 30 + u32::from(b'q');
    assert!(camera.client.control(&mut world).contains(&Control::PictureLoss(low)));
    camera.frame(&mut world, &["q"], "q");
    camera.frame(&mut world, &["q"], "");
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 2);
    assert_continuous(&media);
}

#[test]
fn a_layer_that_stopped_is_shown_again_only_when_it_goes_on() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    let mut shown = |world: &mut World, camera: &mut Camera, layers: &[&'static str], frames| {
        bob.media(world);
        let mut moving = 0;
        for _ in 0..frames {
            let wanted = camera.client.control(world);
            let asked = |rid: &str| {
                let ssrc = 30 + u32::from(rid.as_bytes()[0]);
                layers.contains(&rid) && wanted.contains(&Control::PictureLoss(ssrc))
            };
            camera.frame(
                world,
                layers,
                ["h", "q"].into_iter().find(|rid| asked(rid)).unwrap_or(""),
            );
            moving += u32::from(!bob.media(world).is_empty());
        }
        (moving, world.count(Counter::LayersSwitched))
    };
    assert_eq!(shown(&mut world, &mut camera, &["q", "h"], 30).1, 1);
    assert_eq!(shown(&mut world, &mut camera, &["q"], 30).1, 2);
    for _ in 0..3 {
        // It comes back for a second only.
        assert_eq!(shown(&mut world, &mut camera, &["q", "h"], 30), (30, 2));
        assert_eq!(shown(&mut world, &mut camera, &["q"], 30), (30, 2));
    }
    assert_eq!(shown(&mut world, &mut camera, &["q", "h"], 90), (90, 3));
}

#[test]
fn a_lower_layer_that_stops_does_not_end_the_higher_one() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    camera.frame(&mut world, &["q", "h"], "h");
    for _ in 0..100 {
        camera.frame(&mut world, &["h"], "");
    }
    camera.frame(&mut world, &["q", "h"], "");
    assert_eq!(bob.media(&mut world).len(), 102);
}

#[test]
fn what_is_shown_goes_on_until_all_of_the_key_frame_is_there() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    set_layer(&mut world, 1, Some(0), 9);
    camera.frame(&mut world, &["q", "h"], "q");
    set_layer(&mut world, 1, Some(1), 9);
    let key = |packet: u64| {
        let mut payload = vp8(true, 9, 9, 0, false);
        payload[0] &= if packet > 0 { !0x10 } else { !0 };
        Packet { marker: packet == 2, ..layered("h", 40_010 + packet, 49_000, payload) }
    };
    for packet in [0, 2] {
        camera.client.send(&mut world, &key(packet));
        camera.frame(&mut world, &["q"], "");
    }
    let later = layered("h", 40_013, 52_000, vp8(false, 10, 10, 0, false));
    camera.client.send(&mut world, &later);
    assert_eq!(bob.media(&mut world).len(), 3, "of the low layer");
    camera.client.send(&mut world, &key(1));
    camera.frame(&mut world, &["q"], "");
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 4, "{media:?}");
    assert!(media.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    assert_eq!(media[3].timestamp.wrapping_sub(media[0].timestamp), 3_000);
}

#[test]
fn sender_reports_align_the_timelines_of_two_layers() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    set_layer(&mut world, 1, Some(0), 9);
    camera.frame(&mut world, &["q", "h"], "q");
    let last = bob.media(&mut world)[0].timestamp;
    // The publisher's wall clock puts the next frame of "h" 0.1 s after the frame of "q", although
    // it arrives at once.
    let ntp = 5u64 << 32;
    for (rid, rtp) in [("q", 100 + 3_000), ("h", 40_000 + 6_000 - 9_000)] {
        let report = SenderReport { ntp, rtp, packets: 1, octets: 1 };
        let ssrc = Ssrc(30 + u32::from(rid.as_bytes()[0]));
        camera.client.send_rtcp(&mut world, |out| write_sender_report(out, ssrc, report));
    }
    camera.frame(&mut world, &["q", "h"], "");
    let forwarded = bob.media(&mut world)[0].timestamp;
    assert_eq!(forwarded, last + 3_000);
    set_layer(&mut world, 1, Some(1), 9);
    camera.frame(&mut world, &["q", "h"], "h");
    let media = bob.media(&mut world);
    let high = media.last().expect("the key frame");
    assert_eq!(high.timestamp.wrapping_sub(last), 9_000 + 3_000);
}

#[test]
fn a_paused_subscription_gets_nothing_and_begins_again_at_a_key_frame() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    camera.frame(&mut world, &["h"], "h");
    set_layer(&mut world, 1, None, 9);
    for _ in 0..3 {
        camera.frame(&mut world, &["h"], "");
    }
    set_layer(&mut world, 1, Some(9), 9);
    camera.frame(&mut world, &["h"], "");
    camera.frame(&mut world, &["h"], "h");
    camera.frame(&mut world, &["h"], "");
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 3);
    assert_eq!(media[1].seq, media[0].seq + 1);
    assert_eq!(media[1].timestamp.wrapping_sub(media[0].timestamp), 5 * 3_000);
}

#[test]
fn a_new_ssrc_for_the_same_rid_takes_over_at_a_key_frame() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world);
    camera.frame(&mut world, &["h"], "h");
    camera.frame(&mut world, &["h"], "");
    let fresh = |seq, key| Packet {
        ssrc: 500,
        ..layered("h", seq, 70_000 + 3_000 * seq as u32, vp8(key, 9, 9, 0, false))
    };
    camera.client.send(&mut world, &fresh(5, false));
    // What is still under way from the old SSRC does not take the layer back.
    camera.frame(&mut world, &["h"], "");
    camera.client.send(&mut world, &fresh(6, true));
    let media = bob.media(&mut world);
    assert_eq!(media.len(), 3);
    assert_continuous(&media);
    world.command(Command::RemovePeer(camera.client.peer));
}
