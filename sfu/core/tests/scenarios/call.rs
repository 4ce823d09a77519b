//! A camera in three layers and a microphone, sent to subscribers behind links that hold only so much.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use visio_core::bandwidth::Bitrate;
use visio_core::feedback::transport_cc::Arrivals;
use visio_core::ids::{Mid, PeerId, Pt, PublicationId, Ssrc, SubscriptionId};
use visio_core::subscription::PayloadTypes;
use visio_core::{Command, Event, Instant};

use crate::client::{Client, Control, Packet, layered, vp8};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

/// Alice and those she sends to.
pub struct Call {
    pub world: World,
    pub alice: Client,
    pub bobs: Vec<Bob>,
    pub links: Vec<Link>,
    ticks: u64,
    frames: u64,
    seqs: [u64; 3],
    keys: [bool; 3],
    spoken: u64,
}

/// A subscriber, and what it is given at present.
pub struct Bob {
    pub client: Client,
    camera: u64,
    link: usize,
    arrivals: Arrivals,
    heard: HashSet<Vec<u8>>,
    /// It reports what arrives.
    pub reports: bool,
    pub given: Option<usize>,
    pub told: Vec<f64>,
    pub audio: Audio,
    /// Of all media, that arrived.
    pub bytes: usize,
}

#[derive(Default)]
pub struct Audio {
    pub sent: u64,
    pub arrived: u64,
    pub slowest: Duration,
}

/// A queue of at most 300 ms in front of a wire of 20 ms.
pub struct Link {
    pub rate: f64,
    pub loss: f64,
    free_at: Instant,
    /// To whom, when sent, when there.
    pub under_way: VecDeque<(usize, Instant, Instant, Vec<u8>)>,
    random: u64,
}

impl Link {
    fn new(rate: f64) -> Link {
        let under_way = VecDeque::new();
        Link { rate, loss: 0.0, free_at: Instant::default(), under_way, random: 1 }
    }

    fn pass(&mut self, now: Instant, to: usize, datagram: Vec<u8>) {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let lost = (self.random >> 33) as f64 / (1u64 << 31) as f64 <= self.loss;
        let starts = self.free_at.max(now);
        if lost || starts.since(now) > milliseconds(300) {
            return;
        }
        let size = datagram.len() + 28;
        self.free_at = starts + Duration::from_secs_f64(size as f64 * 8.0 / self.rate);
        self.under_way.push_back((to, now, self.free_at + milliseconds(20), datagram));
    }
}

/// Packets of a frame and their size: 0.15, 0.5 and 1.6 Mbit/s at 30 frames a second.
const LAYERS: [(&str, usize, usize); 3] = [("q", 1, 600), ("h", 2, 1_000), ("f", 6, 1_100)];
const RATES: [f64; 3] = [0.16e6, 0.51e6, 1.65e6];
const CAMERA: u64 = 1;
const MICROPHONE: u64 = 2;

impl Bob {
    fn new(world: &mut World, index: usize, link: usize) -> Bob {
        // Those behind one link are behind one router.
        let address = format!("198.51.100.{link}:{}", 5_000 + index).parse().expect("an address");
        let mut client = Client::new(2 + index as u64);
        client.address = address;
        let client = world.connect_as(client);
        let (camera, microphone) = (CAMERA + 10 * index as u64, MICROPHONE + 10 * index as u64);
        subscribe(world, &client, camera, CAMERA, true);
        world.command(Command::Subscribe(visio_core::engine::Subscribe {
            subscription: SubscriptionId(microphone),
            publication: PublicationId(MICROPHONE),
            peer: client.peer,
            mid: Mid("6".into()),
            ssrc: Ssrc(3_000),
            rtx_ssrc: None,
            payload_types: PayloadTypes(vec![(Pt(111), Pt(111))]),
        }));
        Bob {
            client,
            camera,
            link,
            arrivals: Arrivals::default(),
            heard: HashSet::new(),
            reports: true,
            given: Some(2),
            told: Vec::new(),
            audio: Audio::default(),
            bytes: 0,
        }
    }

    fn receive(&mut self, sent: Instant, at: Instant, datagram: Vec<u8>) {
        if datagram[0] < 128 || (64..96).contains(&(datagram[1] & 0x7F)) {
            return;
        }
        self.bytes += datagram.len();
        // SRTP refuses what comes twice: audio that was sent a second time.
        if !self.heard.insert(datagram.clone()) {
            return;
        }
        let packet = self.client.open(datagram);
        self.arrivals.record(packet.transport.expect("each is stamped"), at);
        if packet.ssrc == 3_000 {
            self.audio.arrived += 1;
            self.audio.slowest = self.audio.slowest.max(at.since(sent));
        }
    }

    fn report(&mut self, world: &mut World) {
        while self.reports && self.arrivals.has_news() {
            let arrivals = &mut self.arrivals;
            let write = |out: &mut Vec<u8>| arrivals.write(out, Ssrc(1), Ssrc(1_001));
            self.client.send_rtcp(world, write);
        }
    }

    /// As `sfu/allocation.py` does for one camera: the best layer that fits, or none.
    fn allocate(&mut self, world: &mut World, estimate: f64, reserved: f64) {
        self.told.push(estimate);
        let left = estimate - reserved;
        let given = (0..3).rev().find(|layer| {
            let margin = if Some(*layer) > self.given { 1.0 / 0.9 } else { 1.0 };
            RATES[*layer] * margin <= left
        });
        if given != self.given {
            self.given = given;
            set_layer(world, self.camera, given, 9);
        }
        let held_back = given != Some(2);
        let demand = if held_back { RATES[2] * 1.15 + reserved } else { 0.0 };
        world.command(Command::SetDemand { peer: self.client.peer, demand: Bitrate(demand) });
    }
}

impl Call {
    /// One subscriber behind a link of that rate, in bit/s.
    pub fn new(rate: f64) -> Call {
        Call::with(&[rate], &[0])
    }

    /// A subscriber for each of `behind`: the number of the link that it is behind.
    pub fn with(rates: &[f64], behind: &[usize]) -> Call {
        let mut world = World::new();
        let alice = world.connect(1);
        publish(&mut world, &alice, CAMERA, true, &["q", "h", "f"], &[]);
        world.command(Command::Publish {
            publication: PublicationId(MICROPHONE),
            peer: alice.peer,
            mid: Mid("1".into()),
            video: false,
            rids: vec![],
            ssrcs: vec![Ssrc(7)],
            rtx_ssrcs: vec![],
        });
        let bobs = behind.iter().enumerate();
        let bobs = bobs.map(|(index, link)| Bob::new(&mut world, index, *link)).collect();
        Call {
            world,
            alice,
            bobs,
            links: rates.iter().map(|rate| Link::new(*rate)).collect(),
            ticks: 0,
            frames: 0,
            seqs: [0; 3],
            keys: [true; 3],
            spoken: 0,
        }
    }

    /// From now on all are reached at one address, each still behind a link of its own.
    pub fn same_address(&mut self) {
        for (index, bob) in self.bobs.iter_mut().enumerate() {
            let address = format!("198.51.100.99:{}", 5_000 + index).parse();
            bob.client.address = address.expect("an address");
            bob.client.check(&mut self.world, true);
        }
    }

    /// Let so many seconds pass; returns the share of the time in which the first Bob was given each
    /// layer.
    pub fn run(&mut self, seconds: u64) -> [f64; 3] {
        let mut shares = [0.0; 3];
        for _ in 0..seconds * 1_000 {
            self.tick();
            if let Some(given) = self.bobs[0].given {
                shares[given] += 1.0 / (seconds * 1_000) as f64;
            }
        }
        shares
    }

    /// A millisecond.
    pub fn tick(&mut self) {
        self.ticks += 1;
        if self.ticks.is_multiple_of(2_000) {
            let everybody = self.bobs.iter().map(|bob| &bob.client).chain([&self.alice]);
            everybody.for_each(|client| client.check(&mut self.world, true));
        }
        if self.ticks.is_multiple_of(33) {
            self.send_frames();
        }
        if self.ticks.is_multiple_of(20) {
            self.send_audio();
        }
        self.world.advance(milliseconds(1));
        for (to, bob) in self.bobs.iter().enumerate() {
            for datagram in self.world.take(bob.client.address) {
                self.links[bob.link].pass(self.world.now, to, datagram);
            }
        }
        self.receive();
        for (index, bob) in self.bobs.iter_mut().enumerate() {
            // Clients do not report in step.
            if (self.ticks + 7 * index as u64).is_multiple_of(50) {
                bob.report(&mut self.world);
            }
        }
        self.allocate();
    }

    fn send_frames(&mut self) {
        self.frames += 1;
        for item in self.alice.control(&mut self.world) {
            if let Control::PictureLoss(ssrc) = item {
                let named = |(rid, ..): &(&str, usize, usize)| 30 + u32::from(rid.as_bytes()[0]);
                let layer = LAYERS.iter().position(|layer| named(layer) == ssrc);
                self.keys[layer.expect("a layer of hers")] = true;
            }
        }
        for (index, (rid, packets, size)) in LAYERS.into_iter().enumerate() {
            let key = std::mem::take(&mut self.keys[index]);
            for packet in 0..packets {
                self.seqs[index] += 1;
                let mut payload = vp8(key, self.frames as u16, self.frames as u8, 0, false);
                if packet > 0 {
                    // No longer the start of the first partition.
                    payload[0] &= !0x10;
                }
                payload.resize(size, 0);
                let timestamp = 3_000 * self.frames as u32;
                let marker = packet + 1 == packets;
                let packet = layered(rid, self.seqs[index], timestamp, payload);
                self.alice.send(&mut self.world, &Packet { marker, ..packet });
            }
        }
    }

    fn send_audio(&mut self) {
        self.spoken += 1;
        self.bobs.iter_mut().for_each(|bob| bob.audio.sent += 1);
        let seq = self.spoken;
        let packet =
            Packet { seq, timestamp: 960 * seq as u32, payload: vec![1; 100], ..Packet::default() };
        self.alice.send(&mut self.world, &packet);
    }

    fn receive(&mut self) {
        let now = self.world.now;
        for link in &mut self.links {
            while link.under_way.front().is_some_and(|(.., at, _)| *at <= now) {
                let Some((to, sent, at, datagram)) = link.under_way.pop_front() else { break };
                self.bobs[to].receive(sent, at, datagram);
            }
        }
    }

    fn allocate(&mut self) {
        for event in self.world.events() {
            let Event::BandwidthChanged { peer: PeerId(number), bandwidth } = event else {
                continue;
            };
            let bob = &mut self.bobs[number as usize - 2];
            bob.allocate(&mut self.world, bandwidth.estimate.0, bandwidth.reserved.0);
        }
    }
}
