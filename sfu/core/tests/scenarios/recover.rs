//! How much of a call arrives in time when a fifth of one leg's packets are lost, both ways, and the
//! round trip of that leg is 50 ms: publisher, engine, subscriber.

use std::collections::{BTreeMap, HashSet};

use visio_core::Instant;
use visio_core::feedback::missing::{Limits, Missing, Way};
use visio_core::ids::{SeqNo, Ssrc};
use visio_core::redundancy::Blocks;
use visio_core::rtcp::{ReportBlock, write_nack, write_receiver_report};

use crate::client::{
    AUDIO_PT, Client, Control, Packet, RED_PT, RTX_PT, Received, red, rtx, video, vp8,
};
use crate::link::Link;
use crate::world::{World, milliseconds, publish, subscribe, subscribe_with_red};

const PACKETS: u64 = 1_500;

/// Between two checks of consent (RFC 7675), in nanoseconds.
const CONSENT_INTERVAL: u64 = 5_000_000_000;

/// What is lost of a hundred packets on the way to and from the engine.
#[derive(Clone, Copy, Debug)]
struct Loss {
    publisher: u64,
    subscriber: u64,
}

const LEGS: [Loss; 2] =
    [Loss { publisher: 20, subscriber: 0 }, Loss { publisher: 0, subscriber: 20 }];

/// A publisher and a subscriber, each with its own path to the engine.
struct Call {
    world: World,
    alice: Client,
    bob: Client,
    up: [Link; 2],
    down: [Link; 2],
    sent: Vec<(Instant, Packet)>,
    /// When the content of each packet came, by its number.
    came: BTreeMap<u64, Instant>,
    /// What Bob was sent. A repetition is the very same, or SRTP would have been broken.
    seen: HashSet<Vec<u8>>,
    first: Option<u64>,
    missing: Missing,
    retransmissions: u64,
    /// When each packet was last repeated.
    repeated: BTreeMap<u16, Instant>,
}

impl Call {
    fn new(loss: Loss, seed: u64, limits: Limits) -> Call {
        let mut world = World::new();
        let (alice, bob) = (world.connect(1), world.connect(2));
        let link = |lost, seed| Link::new(milliseconds(25), lost, seed);
        Call {
            up: [link(loss.publisher, seed), link(loss.publisher, seed + 1)],
            down: [link(loss.subscriber, seed + 2), link(loss.subscriber, seed + 3)],
            sent: Vec::new(),
            came: BTreeMap::new(),
            seen: HashSet::new(),
            first: None,
            missing: Missing::new(limits),
            retransmissions: 0,
            repeated: BTreeMap::new(),
            world,
            alice,
            bob,
        }
    }

    fn publish(&mut self, packet: Packet) {
        let bytes = self.alice.protect(&packet);
        self.up[0].send(self.world.now, bytes);
        self.sent.push((self.world.now, packet));
    }

    /// Let five milliseconds pass everywhere.
    fn tick(&mut self) {
        self.world.advance(milliseconds(5));
        let now = self.world.now;
        if now.as_nanos().is_multiple_of(CONSENT_INTERVAL) {
            self.alice.check(&mut self.world, true);
            self.bob.check(&mut self.world, true);
        }
        for datagram in self.up[0].receive(now) {
            self.world.deliver(self.alice.path(), &datagram);
        }
        for datagram in self.down[1].receive(now) {
            self.world.deliver(self.bob.path(), &datagram);
        }
        for datagram in self.world.take(self.alice.path()) {
            self.up[1].send(now, datagram);
        }
        for datagram in self.world.take(self.bob.path()) {
            self.down[0].send(now, datagram);
        }
        self.answer(now);
        self.listen(now);
    }

    /// The publisher repeats what it is asked for: video by RTX, audio as it was.
    fn answer(&mut self, now: Instant) {
        let datagrams = self.up[1].receive(now);
        for item in self.alice.read_control(datagrams) {
            let Control::Nack { lost, .. } = item else { continue };
            for seq in lost {
                // Not sent yet, or repeated within the last round trip: so does libwebrtc.
                let Some((_, packet)) = self.sent.get(usize::from(seq) - 1) else { continue };
                let again = self.repeated.insert(seq, now);
                if again.is_some_and(|before| now.since(before) < milliseconds(50)) {
                    self.repeated.extend(again.map(|before| (seq, before)));
                    continue;
                }
                self.retransmissions += 1;
                let packet = match packet.pt {
                    AUDIO_PT | RED_PT => packet.clone(),
                    _ => rtx(packet, self.retransmissions),
                };
                self.up[0].send(now, self.alice.protect(&packet));
            }
        }
    }

    fn listen(&mut self, now: Instant) {
        let mut datagrams = self.down[0].receive(now);
        datagrams.retain(|datagram| self.seen.insert(datagram.clone()));
        for packet in self.bob.read_media(datagrams) {
            self.hear(now, &packet);
        }
        let ask = self.missing.take_due(now).ask;
        if !ask.is_empty() {
            let nack = self.bob.protect_rtcp(|out| write_nack(out, Ssrc(1), Ssrc(1001), &ask));
            self.down[1].send(now, nack);
        }
    }

    fn hear(&mut self, now: Instant, packet: &Received) {
        let first = *self.first.get_or_insert(packet.seq);
        let mut note = |payload: &[u8]| {
            self.came.entry(number(payload)).or_insert(now);
        };
        match packet.pt {
            RTX_PT => {
                let seq = u16::from_be_bytes([packet.payload[0], packet.payload[1]]);
                self.missing.record(SeqNo(first).closest(seq), Way::Retransmission, now);
                note(&packet.payload);
            }
            RED_PT => {
                self.missing.record(SeqNo(packet.seq), Way::Stream, now);
                let blocks = Blocks::parse(&packet.payload).expect("well formed");
                for block in blocks.earlier() {
                    let seq = SeqNo(packet.seq - block.distance);
                    self.missing.record(seq, Way::Redundancy, now);
                    note(block.payload);
                }
                note(&packet.payload);
            }
            _ => {
                self.missing.record(SeqNo(packet.seq), Way::Stream, now);
                note(&packet.payload);
            }
        }
    }

    /// Report loss as the subscriber sees it, which is what the engine's redundancy follows.
    fn report(&mut self, lost: u64) {
        let block = ReportBlock {
            ssrc: 1001,
            fraction_lost: (lost * 256 / 100) as u8,
            ..Default::default()
        };
        let report = self.bob.protect_rtcp(|out| write_receiver_report(out, Ssrc(1), &[block]));
        self.down[1].send(self.world.now, report);
    }

    /// The share of packets that came within so many milliseconds. The last second's are left out:
    /// what is lost at the end nobody misses.
    fn share(&self, patience: u64) -> f64 {
        let end = self.world.now.since(Instant::default()).saturating_sub(milliseconds(3_000));
        let sent: Vec<_> =
            self.sent.iter().filter(|(at, _)| at.since(Instant::default()) < end).collect();
        let came = |(sent, packet): &&&(Instant, Packet)| {
            let at = self.came.get(&packet.seq);
            at.is_some_and(|at| at.since(*sent) <= milliseconds(patience))
        };
        sent.iter().filter(came).count() as f64 / sent.len() as f64
    }
}

/// The number of the packet whose content this is: its last four bytes.
fn number(payload: &[u8]) -> u64 {
    u64::from(u32::from_be_bytes(*payload.last_chunk().expect("content")))
}

fn audio_call(loss: Loss, seed: u64, red_upstream: bool, red_downstream: bool) -> Call {
    let mut call = Call::new(loss, seed, Limits::AUDIO);
    publish(&mut call.world, &call.alice, 1, false, &[], &[7]);
    if red_downstream {
        subscribe_with_red(&mut call.world, &call.bob, 1, 1);
    } else {
        subscribe(&mut call.world, &call.bob, 1, 1, false);
    }
    for seq in 1..=PACKETS {
        let audio = |seq: u64| [&[9; 56][..], &(seq as u32).to_be_bytes()].concat();
        let plain =
            Packet { seq, timestamp: 960 * seq as u32, payload: audio(seq), ..Packet::default() };
        let packet = match red_upstream && seq > 1 {
            true => {
                Packet { pt: RED_PT, payload: red(&[(960, &audio(seq - 1))], &audio(seq)), ..plain }
            }
            false => plain,
        };
        call.publish(packet);
        (0..4).for_each(|_| call.tick());
        if seq % 250 == 0 {
            call.report(loss.subscriber);
        }
    }
    (0..100).for_each(|_| call.tick());
    call
}

fn video_call(loss: Loss, seed: u64) -> Call {
    let mut call = Call::new(loss, seed, Limits::VIDEO);
    publish(&mut call.world, &call.alice, 1, true, &[], &[]);
    subscribe(&mut call.world, &call.bob, 1, 1, true);
    for seq in 1..=PACKETS {
        let frame = (seq - 1) / 3;
        let mut payload = vp8(seq == 1, frame as u16, 0, 0, false);
        payload.extend_from_slice(&(seq as u32).to_be_bytes());
        call.publish(Packet { marker: seq % 3 == 0, ..video(seq, 3_000 * frame as u32, payload) });
        if seq % 3 == 0 {
            (0..7).for_each(|_| call.tick());
        }
    }
    (0..300).for_each(|_| call.tick());
    call
}

/// The least share over three seeds.
fn worst(patience: u64, call: impl Fn(u64) -> Call) -> f64 {
    [11, 22, 33].map(|seed| call(seed).share(patience)).into_iter().fold(1.0, f64::min)
}

#[test]
fn a_fifth_of_audio_lost_on_either_leg_comes_before_it_is_played() {
    for (red_upstream, red_downstream, leasts) in
        [(true, true, [0.99, 0.99]), (false, true, [0.97, 0.99]), (false, false, [0.97, 0.97])]
    {
        for (loss, least) in LEGS.into_iter().zip(leasts) {
            let share = worst(300, |seed| audio_call(loss, seed, red_upstream, red_downstream));
            println!("{loss:?} RED {red_upstream}, {red_downstream}: {share:.4}");
            assert!(share >= least, "{share} of {loss:?}");
        }
    }
}

#[test]
fn a_fifth_of_video_lost_on_either_leg_comes_in_a_second_and_nearly_all_at_once() {
    for loss in LEGS {
        let (soon, all) = (
            worst(250, |seed| video_call(loss, seed)),
            worst(1_000, |seed| video_call(loss, seed)),
        );
        println!("{loss:?}: {soon:.4}, {all:.4}");
        assert!(soon >= 0.96 && all >= 0.999, "{soon}, {all} of {loss:?}");
    }
}
