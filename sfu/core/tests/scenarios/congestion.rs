//! A subscriber behind a link that is narrow, becomes narrow, or loses packets.

use std::collections::VecDeque;
use std::time::Duration;

use visio_core::bandwidth::Bitrate;
use visio_core::counters::{Counter, Drop};
use visio_core::feedback::transport_cc::Arrivals;
use visio_core::ids::{Mid, Pt, PublicationId, Ssrc, SubscriptionId};
use visio_core::subscription::PayloadTypes;
use visio_core::{Command, Event, Instant};

use crate::client::{Client, Control, Packet, RTX_PT, layered, vp8};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

/// Alice's camera in three layers and her microphone, to Bob over a link of his own.
struct Call {
    world: World,
    alice: Client,
    bob: Client,
    link: Link,
    arrivals: Arrivals,
    /// Bob reports what arrives.
    reports: bool,
    ticks: u64,
    frames: u64,
    seqs: [u64; 3],
    keys: [bool; 3],
    /// The layer Bob is given at present, if any.
    given: Option<usize>,
    told: Vec<f64>,
    audio: Audio,
}

#[derive(Default)]
struct Audio {
    sent: u64,
    arrived: u64,
    slowest: Duration,
}

struct Link {
    rate: f64,
    loss: f64,
    free_at: Instant,
    under_way: VecDeque<(Instant, Instant, Vec<u8>)>,
    random: u64,
}

impl Link {
    fn pass(&mut self, now: Instant, datagram: Vec<u8>) {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let lost = (self.random >> 33) as f64 / (1u64 << 31) as f64 <= self.loss;
        let starts = self.free_at.max(now);
        if lost || starts.since(now) > milliseconds(300) {
            return;
        }
        let size = datagram.len() + 28;
        self.free_at = starts + Duration::from_secs_f64(size as f64 * 8.0 / self.rate);
        self.under_way.push_back((now, self.free_at + milliseconds(20), datagram));
    }
}

/// Packets of a frame and their size: 0.15, 0.5 and 1.6 Mbit/s at 30 frames a second.
const LAYERS: [(&str, usize, usize); 3] = [("q", 1, 600), ("h", 2, 1_000), ("f", 6, 1_100)];
const RATES: [f64; 3] = [0.16e6, 0.51e6, 1.65e6];
const CAMERA: u64 = 1;
const MICROPHONE: u64 = 2;

impl Call {
    fn new(rate: f64) -> Call {
        let mut world = World::new();
        let (alice, bob) = (world.connect(1), world.connect(2));
        publish(&mut world, &alice, CAMERA, true, &["q", "h", "f"], &[]);
        subscribe(&mut world, &bob, CAMERA, CAMERA, true);
        world.command(Command::Publish {
            publication: PublicationId(MICROPHONE),
            peer: alice.peer,
            mid: Mid("1".into()),
            video: false,
            rids: vec![],
            ssrcs: vec![Ssrc(7)],
            rtx_ssrcs: vec![],
        });
        world.command(Command::Subscribe(visio_core::engine::Subscribe {
            subscription: SubscriptionId(MICROPHONE),
            publication: PublicationId(MICROPHONE),
            peer: bob.peer,
            mid: Mid("6".into()),
            ssrc: Ssrc(3_000),
            rtx_ssrc: None,
            payload_types: PayloadTypes(vec![(Pt(111), Pt(111))]),
        }));
        Call {
            world,
            alice,
            bob,
            link: Link {
                rate,
                loss: 0.0,
                free_at: Instant::default(),
                under_way: VecDeque::new(),
                random: 1,
            },
            arrivals: Arrivals::default(),
            reports: true,
            ticks: 0,
            frames: 0,
            seqs: [0; 3],
            keys: [true; 3],
            given: Some(2),
            told: Vec::new(),
            audio: Audio::default(),
        }
    }

    /// Let so many seconds pass; returns the share of the time in which Bob was given each layer.
    fn run(&mut self, seconds: u64) -> [f64; 3] {
        let mut shares = [0.0; 3];
        for _ in 0..seconds * 1_000 {
            self.tick();
            if let Some(given) = self.given {
                shares[given] += 1.0 / (seconds * 1_000) as f64;
            }
        }
        shares
    }

    fn tick(&mut self) {
        self.ticks += 1;
        if self.ticks.is_multiple_of(2_000) {
            self.alice.check(&mut self.world, true);
            self.bob.check(&mut self.world, true);
        }
        if self.ticks.is_multiple_of(33) {
            self.send_frames();
        }
        if self.ticks.is_multiple_of(20) {
            self.send_audio();
        }
        self.world.advance(milliseconds(1));
        for datagram in self.world.take(self.bob.address) {
            self.link.pass(self.world.now, datagram);
        }
        self.receive();
        if self.reports && self.ticks.is_multiple_of(50) {
            while self.arrivals.has_news() {
                let arrivals = &mut self.arrivals;
                let write = |out: &mut Vec<u8>| arrivals.write(out, Ssrc(1), Ssrc(1_001));
                self.bob.send_rtcp(&mut self.world, write);
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
                let packet = layered(rid, self.seqs[index], timestamp, payload);
                self.alice.send(&mut self.world, &packet);
            }
        }
    }

    fn send_audio(&mut self) {
        self.audio.sent += 1;
        let seq = self.audio.sent;
        let packet =
            Packet { seq, timestamp: 960 * seq as u32, payload: vec![1; 100], ..Packet::default() };
        self.alice.send(&mut self.world, &packet);
    }

    fn receive(&mut self) {
        let now = self.world.now;
        while self.link.under_way.front().is_some_and(|(_, at, _)| *at <= now) {
            let Some((sent, at, datagram)) = self.link.under_way.pop_front() else { return };
            if datagram[0] < 128 || (64..96).contains(&(datagram[1] & 0x7F)) {
                continue;
            }
            let packet = self.bob.open(datagram);
            self.arrivals.record(packet.transport.expect("each is stamped"), at);
            if packet.ssrc == 3_000 {
                self.audio.arrived += 1;
                self.audio.slowest = self.audio.slowest.max(at.since(sent));
            }
        }
    }

    /// As `sfu/allocation.py` does for one camera: the best layer that fits, or none.
    fn allocate(&mut self) {
        let events = self.world.events();
        let mut news = events.iter().filter_map(|event| match event {
            Event::BandwidthChanged { bandwidth, .. } => Some(bandwidth),
            _ => None,
        });
        let Some(bandwidth) = news.next_back() else { return };
        self.told.push(bandwidth.estimate.0);
        let left = bandwidth.estimate.0 - bandwidth.reserved.0;
        let given = (0..3).rev().find(|layer| RATES[*layer] <= left);
        if given != self.given {
            self.given = given;
            set_layer(&mut self.world, CAMERA, given, 9);
        }
        let held_back = given != Some(2);
        let demand = if held_back { RATES[2] * 1.15 + bandwidth.reserved.0 } else { 0.0 };
        self.world.command(Command::SetDemand { peer: self.bob.peer, demand: Bitrate(demand) });
    }
}

#[test]
fn where_all_fits_nothing_is_held_back_nor_tried_out() {
    let mut call = Call::new(20e6);
    assert!(call.run(10)[2] > 0.999);
    assert_eq!(call.world.count(Counter::PaddingSent), 0);
}

#[test]
fn behind_half_a_megabit_audio_is_whole_and_the_lowest_layers_fit() {
    let mut call = Call::new(0.5e6);
    call.run(5);
    call.audio = Audio { sent: call.audio.sent, ..Audio::default() };
    let before = call.audio.sent;
    let shares = call.run(20);
    let arrived = call.audio.arrived as f64 / (call.audio.sent - before) as f64;
    assert!(arrived >= 0.99, "{arrived} of the audio");
    assert!(call.audio.slowest < milliseconds(150), "{:?}", call.audio.slowest);
    assert!(shares[0] >= 0.9, "{shares:.2?}");
}

#[test]
fn a_link_that_narrows_and_widens_is_followed() {
    let mut call = Call::new(4e6);
    assert!(call.run(10)[2] > 0.999);
    call.link.rate = 0.5e6;
    let before = (call.audio.sent, call.audio.arrived);
    call.run(20);
    let sent = call.audio.sent - before.0;
    let arrived = (call.audio.arrived - before.1) as f64 / sent as f64;
    assert!(arrived >= 0.98, "{arrived} of the audio");
    assert_eq!(call.given, Some(0));
    call.link.rate = 4e6;
    call.run(10);
    assert_eq!(call.given, Some(2), "{:.0?}", call.told);
    assert!(call.run(20)[2] > 0.999);
    assert!(call.world.count(Counter::PaddingSent) > 0);
}

#[test]
fn a_fifth_lost_at_random_lowers_the_picture_for_moments_only() {
    let mut call = Call::new(10e6);
    call.run(5);
    call.link.loss = 0.2;
    let shares = call.run(30);
    assert!(shares[2] >= 0.8, "{shares:.2?} {:.0?}", call.told);
    let shares = call.run(30);
    assert!(shares[2] >= 0.95, "{shares:.2?} {:.0?}", call.told);
}

#[test]
fn changes_are_told_a_few_times_a_second_at_most() {
    let mut call = Call::new(1e6);
    call.run(30);
    assert!(call.told.len() <= 150, "{} in 30 s", call.told.len());
}

#[test]
fn without_feedback_nothing_is_told() {
    let mut call = Call { reports: false, ..Call::new(20e6) };
    call.run(3);
    assert!(call.told.is_empty());
}

#[test]
fn malformed_feedback_is_counted_and_changes_nothing() {
    let mut call = Call::new(20e6);
    call.run(1);
    for length in 0..12u8 {
        call.bob.send_rtcp(&mut call.world, |out| {
            let body = vec![0xFF; 4 * usize::from(length)];
            out.extend_from_slice(&[0x8F, 205, 0, 2 + length, 0, 0, 0, 1, 0, 0, 0, 2]);
            out.extend_from_slice(&body);
        });
    }
    assert_eq!(call.world.count(Drop::MalformedRtcp), 12);
    assert!(call.run(1)[2] > 0.999);
}

#[test]
fn padding_goes_in_the_repair_stream_only() {
    let mut call = Call::new(0.4e6);
    let mut padding = 0;
    for _ in 0..20_000 {
        call.tick();
        for (_, _, datagram) in &call.link.under_way {
            let is_padding = Pt(datagram[1] & 0x7F) == RTX_PT && datagram[0] & 0x20 != 0;
            padding += u32::from(is_padding);
            let ssrc = u32::from_be_bytes([datagram[8], datagram[9], datagram[10], datagram[11]]);
            assert!(!is_padding || ssrc == 2_001);
        }
    }
    assert!(padding > 0);
}

#[test]
fn what_an_old_client_estimates_counts_where_it_reports_nothing() {
    let mut world = World::new();
    let mut bob = world.connect(2);
    bob.send_rtcp(&mut world, |out| {
        let head = [0x8F, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0];
        // 100,000 · 2³ bit/s.
        let rate = (3u32 << 18 | 100_000).to_be_bytes();
        out.extend_from_slice(
            &[&head[..], b"REMB", &[1, rate[1], rate[2], rate[3]], &[0; 4]].concat(),
        );
    });
    let events = world.events();
    let [Event::BandwidthChanged { peer, bandwidth }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*peer, bandwidth.estimate), (bob.peer, Bitrate(800_000.0)));
}
