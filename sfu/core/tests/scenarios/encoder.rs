//! An encoder of spatial and temporal layers which describes its frames as libwebrtc does, and a
//! decoder that refuses frames whose references it did not get.

use std::collections::{BTreeMap, BTreeSet};

use visio_core::codec::dependency::{Layer, Stream};

use crate::client::{AV1_PT, Client, Control, Packet, Received, video};
use crate::world::World;

/// `L3T3` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    pub spatial: u8,
    pub temporal: u8,
    /// Spatial layers are predicted from each other in key frames only.
    pub keyed: bool,
}

pub const L1T2: Mode = Mode { spatial: 1, temporal: 2, keyed: false };
pub const L1T3: Mode = Mode { spatial: 1, temporal: 3, keyed: false };
pub const L3T3: Mode = Mode { spatial: 3, temporal: 3, keyed: false };
pub const L3T3_KEY: Mode = Mode { spatial: 3, temporal: 3, keyed: true };

pub struct Encoder {
    mode: Mode,
    /// Spatial layers encoded at present.
    pub active: u8,
    /// Answer requests for key frames.
    pub answers: bool,
    pub keys: u32,
    pub rid: Option<&'static str>,
    told: u8,
    ssrc: u32,
    number: u16,
    seq: u64,
    timestamp: u32,
    position: usize,
    latest: BTreeMap<(u8, u8), u16>,
    key_wanted: bool,
}

impl Encoder {
    pub fn new(mode: Mode, ssrc: u32, number: u16) -> Encoder {
        Encoder {
            mode,
            active: mode.spatial,
            answers: true,
            keys: 0,
            rid: None,
            told: mode.spatial,
            ssrc,
            number,
            seq: u64::from(ssrc),
            timestamp: 3_000 * ssrc,
            position: 0,
            latest: BTreeMap::new(),
            key_wanted: true,
        }
    }

    /// The packets of the next picture; a key picture if one was asked for.
    pub fn picture(&mut self) -> Vec<Packet> {
        let is_key = std::mem::take(&mut self.key_wanted);
        if is_key {
            self.position = 0;
            self.keys += 1;
            self.told = self.mode.spatial;
        }
        let temporal = self.temporal();
        let mut packets = Vec::new();
        for spatial in 0..self.active {
            packets.extend(self.frame(Layer { spatial, temporal }, is_key));
        }
        packets.last_mut().expect("a picture has a frame").marker = true;
        self.position += 1;
        self.timestamp += 3_000;
        packets
    }

    /// Send the next picture, and begin anew after it when a key frame is asked for.
    pub fn send(&mut self, world: &mut World, client: &mut Client) {
        for packet in self.picture() {
            client.send(world, &packet);
        }
        world.advance(std::time::Duration::from_millis(33));
        self.answer(&client.control(world));
    }

    pub fn answer(&mut self, control: &[Control]) {
        self.key_wanted |= self.answers && control.contains(&Control::PictureLoss(self.ssrc));
    }

    pub fn want_key_frame(&mut self) {
        self.key_wanted = true;
    }

    fn temporal(&self) -> u8 {
        match self.mode.temporal {
            1 => 0,
            2 => [0, 1][self.position % 2],
            _ => [0, 2, 1, 2][self.position % 4],
        }
    }

    fn frame(&mut self, layer: Layer, is_key: bool) -> [Packet; 2] {
        let number = self.number;
        self.number = number.wrapping_add(1);
        let mut references = Vec::new();
        if !is_key {
            // The last frame of the spatial layer that is not above this one.
            let below = (0..=layer.temporal).rev().filter(|t| *t == 0 || *t < layer.temporal);
            let mut latest = below.filter_map(|t| self.latest.get(&(layer.spatial, t)));
            let newest = latest.by_ref().min_by_key(|of| number.wrapping_sub(**of));
            references.extend(newest.copied());
        }
        if layer.spatial > 0 && (is_key || !self.mode.keyed) {
            references.push(number.wrapping_sub(1));
        }
        self.latest.insert((layer.spatial, layer.temporal), number);
        let tells = !is_key && layer == Layer::default() && self.told != self.active;
        if tells {
            self.told = self.active;
        }
        [true, false].map(|first| {
            self.seq += 1;
            let head = u8::from(is_key && first && layer.spatial == 0) << 3;
            let attached = head != 0;
            let distances = references.iter().map(|of| number.wrapping_sub(*of));
            Packet {
                pt: AV1_PT,
                ssrc: self.ssrc,
                rid: self.rid,
                descriptor: Some(self.describe(
                    layer,
                    number,
                    (first, is_key, attached, tells),
                    distances,
                )),
                ..video(self.seq, self.timestamp, vec![head, layer.spatial, layer.temporal, 0])
            }
        })
    }

    fn describe(
        &self,
        layer: Layer,
        number: u16,
        (first, is_key, attached, tells): (bool, bool, bool, bool),
        distances: impl Iterator<Item = u16>,
    ) -> Vec<u8> {
        let Mode { spatial, temporal, .. } = self.mode;
        let layers = || (0..spatial).flat_map(move |s| (0..temporal).map(move |t| (s, t)));
        let mut bits = Writer::default();
        bits.put(u32::from(first), 1);
        bits.put(u32::from(!first), 1);
        bits.put(u32::from(layer.spatial * temporal + layer.temporal), 6);
        bits.put(number.into(), 16);
        for flag in [attached, tells, true, true, false] {
            bits.put(flag.into(), 1);
        }
        if attached {
            bits.put(0, 6);
            bits.put(u32::from(spatial * temporal) - 1, 5);
            for (s, t) in layers().skip(1).chain([(spatial, 0)]) {
                bits.put(
                    if s == spatial {
                        3
                    } else if t == 0 {
                        2
                    } else {
                        1
                    },
                    2,
                );
            }
            for (s, t) in layers() {
                self.indicate(&mut bits, Layer { spatial: s, temporal: t }, false);
            }
            layers().for_each(|_| bits.put(0, 1));
            // ns(targets + 1): no chains. No resolutions.
            bits.put(0, (u32::from(spatial * temporal) + 1).ilog2() as usize);
            bits.put(0, 1);
        }
        if tells {
            for (s, _) in layers().collect::<Vec<_>>().into_iter().rev() {
                bits.put((s < self.active).into(), 1);
            }
        }
        self.indicate(&mut bits, layer, is_key);
        for distance in distances {
            bits.put(2, 2);
            bits.put(u32::from(distance) - 1, 8);
        }
        bits.put(0, 2);
        bits.bytes
    }

    /// The decode target indications of a frame.
    fn indicate(&self, bits: &mut Writer, frame: Layer, is_key: bool) {
        for s in 0..self.mode.spatial {
            for t in 0..self.mode.temporal {
                bits.put(self.indication(frame, is_key, s, t), 2);
            }
        }
    }

    fn indication(&self, frame: Layer, is_key: bool, s: u8, t: u8) -> u32 {
        const NOT_PRESENT: u32 = 0;
        const DISCARDABLE: u32 = 1;
        const SWITCH: u32 = 2;
        const REQUIRED: u32 = 3;
        let other = self.mode.keyed && !is_key && s != frame.spatial;
        match () {
            () if s < frame.spatial || t < frame.temporal || other => NOT_PRESENT,
            () if is_key => SWITCH,
            () if s > frame.spatial => REQUIRED,
            () if t == frame.temporal && t > 0 => DISCARDABLE,
            () => SWITCH,
        }
    }
}

/// What a receiver makes of the packets it gets.
#[derive(Default)]
pub struct Decoder {
    stream: Stream,
    /// Some packets are still on their way.
    pub waits: bool,
    frames: BTreeSet<u16>,
    last: Option<(u64, u32, bool)>,
}

impl Decoder {
    /// The layers of the frames in these packets. Panics for what a decoder could not follow.
    pub fn decode(&mut self, media: &[Received]) -> Vec<Layer> {
        media.iter().filter_map(|packet| self.take(packet)).collect()
    }

    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    fn take(&mut self, packet: &Received) -> Option<Layer> {
        let bytes = packet.descriptor.as_ref().expect("it negotiated descriptors");
        let descriptor = self.stream.read(bytes).expect("readable");
        if let Some((seq, timestamp, ended)) = self.last.filter(|_| !self.waits) {
            assert_eq!(packet.seq, seq + 1, "no gap");
            assert_eq!(packet.timestamp != timestamp, ended, "the marker ends each picture");
        }
        self.last = Some((packet.seq, packet.timestamp, packet.marker));
        for distance in descriptor.references.distances() {
            let needed = descriptor.number.wrapping_sub(*distance);
            assert!(self.frames.contains(&needed), "{} needs {needed}", descriptor.number);
        }
        self.frames.insert(descriptor.number);
        descriptor.ends_frame.then_some(descriptor.layer)
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    count: usize,
}

impl Writer {
    fn put(&mut self, number: u32, count: usize) {
        for shift in (0..count).rev() {
            if self.count.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = (number >> shift & 1) as u8;
            *self.bytes.last_mut().expect("just pushed") |= bit << (7 - self.count % 8);
            self.count += 1;
        }
    }
}
