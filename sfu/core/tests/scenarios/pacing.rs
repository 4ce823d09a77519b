//! A large frame to a subscriber on a narrow way: spread over time, audio ahead of it.

use std::time::Duration;

use visio_core::counters::{Counter, Drop};
use visio_core::engine::Subscribe;
use visio_core::feedback::transport_cc::Arrivals;
use visio_core::ids::{Mid, Pt, PublicationId, Ssrc, SubscriptionId};
use visio_core::rtcp;
use visio_core::subscription::PayloadTypes;
use visio_core::{Command, Instant};

use crate::client::{Client, Packet, RTX_PT, Received, video, vp8};
use crate::world::{World, milliseconds, publish, subscribe};

const CAMERA: u64 = 1;
const MICROPHONE: u64 = 2;
const FRAME: u64 = 30;

/// Alice's camera and microphone to Bob, of whose way at most `rate` bit/s is known to fit.
struct Call {
    world: World,
    alice: Client,
    bob: Client,
    /// What reached Bob, and when.
    arrived: Vec<(Instant, Received)>,
}

impl Call {
    fn new(rate: Option<u32>) -> Call {
        let mut world = World::new();
        let (alice, mut bob) = (world.connect(1), world.connect(2));
        publish(&mut world, &alice, CAMERA, true, &[], &[]);
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
        world.command(Command::Subscribe(Subscribe {
            subscription: SubscriptionId(MICROPHONE),
            publication: PublicationId(MICROPHONE),
            peer: bob.peer,
            mid: Mid("6".into()),
            ssrc: Ssrc(3_000),
            rtx_ssrc: None,
            payload_types: PayloadTypes(vec![(Pt(111), Pt(111))]),
        }));
        if let Some(rate) = rate {
            bob.send_rtcp(&mut world, |out| remb(out, rate));
        }
        bob.clear(&mut world);
        Call { world, alice, bob, arrived: Vec::new() }
    }

    /// A key frame of so many packets of 1,000 bytes.
    fn send_frame(&mut self, first: u64) {
        for seq in first..first + FRAME {
            let mut payload = vp8(seq == 1, 1, 0, 0, false);
            if seq > first {
                payload[0] &= !0x10;
            }
            payload.resize(1_000, 0);
            self.alice.send(&mut self.world, &video(seq, 3_000 * first as u32, payload));
        }
        self.collect();
    }

    fn send_audio(&mut self, seq: u64) {
        let timestamp = 960 * seq as u32;
        let packet = Packet { seq, timestamp, payload: vec![1; 100], ..Packet::default() };
        self.alice.send(&mut self.world, &packet);
        self.collect();
    }

    fn pass(&mut self, milliseconds_: u64) {
        for _ in 0..milliseconds_ {
            self.world.advance(milliseconds(1));
            self.collect();
        }
    }

    fn collect(&mut self) {
        let now = self.world.now;
        self.arrived.extend(self.bob.media(&mut self.world).into_iter().map(|got| (now, got)));
    }

    /// When each packet of the camera arrived, since `start`, in order of arrival.
    fn video(&self, start: Instant) -> Vec<(u64, Duration)> {
        let camera = self.arrived.iter().filter(|(_, got)| got.ssrc == 1_000 + CAMERA as u32);
        camera.map(|(at, got)| (got.seq, at.since(start))).collect()
    }
}

fn remb(out: &mut Vec<u8>, rate: u32) {
    let head = [0x8F, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0];
    let rate = (6u32 << 18 | rate >> 6).to_be_bytes();
    let body = [&head[..], b"REMB", &[1, rate[1], rate[2], rate[3]], &[0; 4]].concat();
    out.extend_from_slice(&body);
}

#[test]
fn where_everything_fits_a_frame_leaves_at_once() {
    let mut call = Call::new(None);
    let start = call.world.now;
    call.send_frame(1);
    assert!(call.video(start).iter().all(|(_, after)| after.is_zero()));
    assert_eq!(call.video(start).len() as u64, FRAME);
}

#[test]
fn on_a_narrow_way_it_is_spread_and_stays_in_order() {
    let mut call = Call::new(Some(1_000_000));
    let start = call.world.now;
    call.send_frame(1);
    call.pass(400);
    let video = call.video(start);
    assert_eq!(video.len() as u64, FRAME);
    assert!(video.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1), "{video:?}");
    let last = video.last().map(|(_, after)| *after).unwrap_or_default();
    // 30 packets of 1,050 bytes at two and a half times the rate.
    assert!((milliseconds(80)..milliseconds(120)).contains(&last), "{last:?}");
}

#[test]
fn audio_does_not_wait() {
    let mut call = Call::new(Some(500_000));
    call.send_frame(1);
    let start = call.world.now;
    call.send_audio(1);
    let audio = call.arrived.iter().find(|(_, got)| got.ssrc == 3_000);
    assert!(audio.is_some_and(|(at, _)| *at == start));
    assert!((call.video(start).len() as u64) < FRAME);
}

#[test]
fn transport_wide_numbers_are_in_order_of_leaving() {
    let mut call = Call::new(Some(500_000));
    call.send_frame(1);
    for seq in 1..10 {
        call.send_audio(seq);
        call.pass(20);
    }
    call.pass(200);
    let numbers = call.arrived.iter().map(|(_, got)| got.transport.expect("stamped"));
    let numbers: Vec<u16> = numbers.collect();
    assert_eq!(numbers.len() as u64, FRAME + 9);
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)), "{numbers:?}");
}

#[test]
fn what_waited_here_does_not_count_as_a_queue_on_the_way() {
    let mut call = Call::new(Some(500_000));
    let mut arrivals = Arrivals::default();
    for frame in 0..10 {
        call.send_frame(1 + FRAME * frame);
        call.pass(300);
        for (at, got) in call.arrived.drain(..) {
            arrivals.record(got.transport.expect("stamped"), at + milliseconds(20));
        }
        while arrivals.has_news() {
            call.bob.send_rtcp(&mut call.world, |out| arrivals.write(out, Ssrc(1), Ssrc(1_001)));
        }
    }
    let last = call.world.events().into_iter().rev().find_map(|event| match event {
        visio_core::Event::BandwidthChanged { bandwidth, .. } => Some(bandwidth.estimate.0),
        _ => None,
    });
    assert!(last.is_some_and(|estimate| estimate >= 500e3), "{last:?}");
}

#[test]
fn what_is_asked_for_again_waits_for_new_frames() {
    let mut call = Call::new(Some(500_000));
    let start = call.world.now;
    call.send_frame(1);
    call.pass(300);
    let (seq, _) = call.video(start)[3];
    call.arrived.clear();
    call.send_frame(1 + FRAME);
    call.bob.send_rtcp(&mut call.world, |out| {
        rtcp::write_nack(out, Ssrc(9), Ssrc(1_001), &[seq as u16]);
    });
    call.pass(400);
    let repeated = call.arrived.iter().position(|(_, got)| got.pt == RTX_PT);
    assert_eq!(repeated, Some(FRAME as usize), "after all of the new frame");
    assert_eq!(call.world.count(Counter::PacketsRetransmitted), 1);
}

#[test]
fn what_waits_for_a_subscription_that_ended_is_dropped_and_counted() {
    let mut call = Call::new(Some(500_000));
    call.send_frame(1);
    let sent = call.arrived.len() as u64;
    call.world.command(Command::Unsubscribe(SubscriptionId(CAMERA)));
    call.pass(400);
    assert_eq!(call.arrived.len() as u64, sent);
    assert_eq!(call.world.count(Drop::NotInHistory), FRAME - sent);
}
