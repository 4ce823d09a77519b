use visio_core::counters::Drop;

use crate::client::{Client, H264_PT, Packet, Received, layered};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

/// How the first packets of a key frame look.
type Start = &'static [&'static [u8]];

const SINGLE: Start = &[&[0x67, 0x42, 0xE0], &[0x68, 0xCE], &[0x65, 0x88]];
const AGGREGATED: Start = &[&[0x78, 0, 3, 0x67, 0x42, 0xE0, 0, 2, 0x68, 0xCE], &[0x7C, 0x85, 1]];
const FRAGMENTED: Start = &[&[0x7C, 0x87, 1], &[0x7C, 0x47, 2], &[0x68, 0xCE], &[0x7C, 0x85, 1]];
const DELTA: Start = &[&[0x61, 0x9A], &[0x61, 0x9B]];

struct Camera {
    client: Client,
    seqs: [u64; 2],
    now: u32,
}

impl Camera {
    fn packets(&mut self, rid: &'static str, frame: Start) -> Vec<Packet> {
        let (index, base) = if rid == "h" { (1, 40_000) } else { (0, 100) };
        let timestamp = base + self.now;
        let packets = frame.iter().enumerate().map(|(at, payload)| {
            self.seqs[index] += 1;
            let seq = u64::from(base) + self.seqs[index];
            let marker = at + 1 == frame.len();
            Packet { pt: H264_PT, marker, ..layered(rid, seq, timestamp, payload.to_vec()) }
        });
        packets.collect()
    }

    fn frame(&mut self, world: &mut World, low: Start, high: Start) {
        self.now += 3_000;
        for packet in [self.packets("q", low), self.packets("h", high)].concat() {
            self.client.send(world, &packet);
        }
        world.advance(milliseconds(33));
    }
}

fn room(world: &mut World, rids: &[&str]) -> (Camera, Client) {
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(world, &alice, 1, true, rids, &[]);
    subscribe(world, &bob, 1, 1, false);
    (Camera { client: alice, seqs: [0, 0], now: 0 }, bob)
}

fn payloads(media: &[Received]) -> Vec<Vec<u8>> {
    assert!(media.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    media.iter().map(|packet| packet.payload.clone()).collect()
}

fn flat(frames: &[Start]) -> Vec<Vec<u8>> {
    frames.iter().flat_map(|frame| frame.iter().map(|payload| payload.to_vec())).collect()
}

#[test]
fn a_layer_begins_with_its_parameters_in_every_packetization() {
    for key in [SINGLE, AGGREGATED, FRAGMENTED] {
        for rids in [["q", "h"], ["h", "q"]] {
            let mut world = World::new();
            let (mut camera, mut bob) = room(&mut world, &rids);
            let low = rids.iter().position(|rid| *rid == "q").expect("one of two");
            set_layer(&mut world, 1, Some(low), 9);
            camera.frame(&mut world, DELTA, DELTA);
            camera.frame(&mut world, key, key);
            camera.frame(&mut world, DELTA, DELTA);
            set_layer(&mut world, 1, Some(1 - low), 9);
            camera.frame(&mut world, DELTA, DELTA);
            camera.frame(&mut world, DELTA, key);
            camera.frame(&mut world, DELTA, DELTA);
            let media = bob.media(&mut world);
            // The frame of the switch comes from both layers.
            assert_eq!(payloads(&media), flat(&[key, DELTA, DELTA, DELTA, key, DELTA]));
            assert!(media.windows(2).all(|pair| pair[0].timestamp <= pair[1].timestamp));
        }
    }
}

#[test]
fn a_picture_whose_parameters_are_on_their_way_does_not_begin_it() {
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world, &["q", "h"]);
    camera.frame(&mut world, &[], DELTA);
    camera.now += 3_000;
    let key = camera.packets("h", AGGREGATED);
    camera.client.send(&mut world, &key[1]);
    assert!(bob.media(&mut world).is_empty());
    camera.client.send(&mut world, &key[0]);
    let media = bob.media(&mut world);
    assert_eq!(payloads(&media), flat(&[AGGREGATED]), "the rest is in the history");
}

#[test]
fn pictures_without_parameters_begin_it_with_their_first_slice() {
    let slices: Start = &[&[0x65, 1], &[0x65, 2]];
    let mut world = World::new();
    let (mut camera, mut bob) = room(&mut world, &["q", "h"]);
    camera.frame(&mut world, &[], DELTA);
    camera.frame(&mut world, &[], slices);
    camera.frame(&mut world, &[], DELTA);
    assert_eq!(payloads(&bob.media(&mut world)), flat(&[slices, DELTA]));
    assert_eq!(world.count(Drop::AwaitingKeyFrame), 2);
}
