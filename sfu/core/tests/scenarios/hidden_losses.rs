//! A publisher whose packets are lost at random, or in a queue: what it is told of that, and whether
//! it can still repeat what was lost. It is libwebrtc in this: what is told as arrived it forgets, and
//! what it repeated it does not repeat again for a round trip.

use std::collections::HashMap;
use std::time::Duration;

use visio_core::bandwidth::report::Report;
use visio_core::rtcp::{self, Item};
use visio_core::rtp::Extension;
use visio_core::{Command, Instant};

use crate::client::{
    Client, Control, PLAYOUT, Packet, RTX_PT, SEND_TIME, formats, read_control, rtx, video, vp8,
};
use crate::link::Link;
use crate::world::{World, milliseconds, publish, subscribe};

const SECONDS: u64 = 20;
const ROUND_TRIP: u64 = 50;

struct Call {
    world: World,
    alice: Client,
    bob: Client,
    up: Link,
    back: Link,
    /// What she can repeat, and when she last did.
    kept: HashMap<u16, (Packet, Option<Instant>)>,
    /// The stream's number of each packet, by its transport-wide number.
    numbers: Vec<Option<u16>>,
    /// Whether each was told as arrived, as it was told last.
    told: HashMap<u16, bool>,
    retransmissions: u64,
    /// Of the stream, that reached Bob.
    came: usize,
    sent: u64,
    /// How long the way holds packets at present, in milliseconds.
    wait: u64,
    /// The least that pictures shall wait for repair, as Bob was told last.
    playout: Option<u32>,
}

impl Call {
    fn new(lost: u64, seed: u64) -> Call {
        let mut world = World::new();
        let (alice, bob) = (world.connect(1), world.connect(2));
        let mut stamped = formats();
        stamped.extensions.set(Extension::AbsSendTime, SEND_TIME);
        world.command(Command::SetFormats { peer: alice.peer, formats: Box::new(stamped) });
        let mut waiting = formats();
        waiting.extensions.set(Extension::PlayoutDelay, PLAYOUT);
        world.command(Command::SetFormats { peer: bob.peer, formats: Box::new(waiting) });
        publish(&mut world, &alice, 1, true, &[], &[]);
        subscribe(&mut world, &bob, 1, 1, true);
        Call {
            up: Link::new(milliseconds(ROUND_TRIP / 2), lost, seed),
            back: Link::new(milliseconds(ROUND_TRIP / 2), lost, seed + 1),
            kept: HashMap::new(),
            numbers: Vec::new(),
            told: HashMap::new(),
            retransmissions: 0,
            came: 0,
            sent: 0,
            wait: 0,
            playout: None,
            world,
            alice,
            bob,
        }
    }

    /// Three packets every 33 ms. `waits` says how long the way holds a packet of that time, in
    /// milliseconds.
    fn run(&mut self, waits: impl Fn(u64) -> u64) {
        for time in 0..SECONDS * 1_000 {
            if time % 33 == 0 {
                self.wait = waits(time);
                (0..3).for_each(|_| self.publish());
            }
            if time % 5_000 == 0 {
                self.alice.check(&mut self.world, true);
                self.bob.check(&mut self.world, true);
            }
            self.world.advance(milliseconds(1));
            let now = self.world.now;
            for datagram in self.up.receive(now) {
                self.world.deliver(self.alice.path(), &datagram);
            }
            for datagram in self.world.take(self.alice.path()) {
                self.back.send(now, datagram);
            }
            let arrived = self.back.receive(now);
            for compound in self.alice.read_compounds(arrived) {
                self.learn(&compound);
                self.answer(&compound);
            }
            self.watch();
        }
    }

    fn publish(&mut self) {
        self.sent += 1;
        let frame = (self.sent - 1) / 3;
        let payload = vp8(self.sent == 1, frame as u16, 0, 0, false);
        let packet = video(self.sent, 3_000 * frame as u32, payload);
        self.kept.insert(self.sent as u16, (packet.clone(), None));
        self.send(Some(self.sent as u16), packet);
    }

    fn send(&mut self, number: Option<u16>, mut packet: Packet) {
        // That the way holds it looks the same as that it left earlier.
        let now = self.world.now.since(Instant::default()).as_millis() as u64;
        let left = ((70_000 + now - self.wait) * 262_144 / 1_000) as u32;
        let [_, send_time @ ..] = left.to_be_bytes();
        packet.transport_seq = Some(self.numbers.len() as u16);
        packet.send_time = Some(send_time);
        self.numbers.push(number);
        let bytes = self.alice.protect(&packet);
        self.up.send(self.world.now, bytes);
    }

    fn learn(&mut self, compound: &[u8]) {
        let (numbers, told, kept) = (&self.numbers, &mut self.told, &mut self.kept);
        let _ = rtcp::parse(compound, |item| {
            let Item::Arrivals(body) = item else { return };
            let report = Report::parse(body).expect("well formed");
            report.statuses(|offset, delta| {
                let transport = report.base.wrapping_add(offset);
                let arrived = told.entry(transport).or_default();
                *arrived |= delta.is_some();
                if let (true, Some(number)) = (*arrived, numbers[usize::from(transport)]) {
                    kept.remove(&number);
                }
            });
        });
    }

    fn answer(&mut self, compound: &[u8]) {
        let now = self.world.now;
        for item in read_control(compound) {
            let Control::Nack { lost, .. } = item else { continue };
            for number in lost {
                let Some((packet, at)) = self.kept.get_mut(&number) else { continue };
                if at.is_some_and(|at| now.since(at) < milliseconds(ROUND_TRIP)) {
                    continue;
                }
                *at = Some(now);
                self.retransmissions += 1;
                let repetition = rtx(packet, self.retransmissions);
                self.send(None, repetition);
            }
        }
    }

    fn watch(&mut self) {
        for packet in self.bob.media(&mut self.world) {
            assert_ne!(packet.pt, RTX_PT);
            self.came += 1;
            if let Some([high, middle, low]) = packet.playout {
                let value = u32::from_be_bytes([0, high, middle, low]);
                self.playout = Some((value >> 12) * 10);
            }
        }
    }

    /// The share of packets that were told as lost for good.
    fn told_lost(&self) -> f64 {
        let lost = self.told.values().filter(|arrived| !**arrived).count();
        lost as f64 / self.told.len() as f64
    }
}

#[test]
fn random_losses_are_hidden_and_repaired_nonetheless() {
    for (lost, seed) in [(10, 1), (20, 2), (20, 3), (30, 4)] {
        let mut call = Call::new(lost, seed);
        call.run(|_| 0);
        let (told, came) = (call.told_lost(), call.came as f64 / call.sent as f64);
        println!("{lost} %: {told:.3} told, {came:.4} came, wait {:?} ms", call.playout);
        assert!(told < 0.07, "{told} of {lost} %");
        assert!(came > 0.98, "{came} of {lost} %");
    }
}

#[test]
fn losses_in_a_queue_are_told() {
    let mut call = Call::new(20, 5);
    // It grows within a second.
    call.run(|time| time.saturating_sub(2_000).min(150));
    let told = call.told_lost();
    assert!(told > 0.12, "{told}");
}

#[test]
fn without_losses_all_is_told_within_a_tenth_of_a_second() {
    let mut call = Call::new(0, 6);
    call.run(|_| 0);
    assert_eq!(call.told_lost(), 0.0);
    assert!(call.numbers.len() - call.told.len() <= 12, "{}", call.told.len());
    assert_eq!(call.playout, None);
}

#[test]
fn pictures_wait_as_long_as_repair_takes() {
    let wait = |lost| {
        let mut call = Call::new(lost, 7);
        call.run(|_| 0);
        call.playout.unwrap_or(0)
    };
    assert_eq!(wait(0), 0);
    let (few, many) = (wait(5), wait(30));
    assert!((60..=250).contains(&few), "{few}");
    assert!((150..=400).contains(&many) && many > few, "{many}");
}

#[test]
fn waiting_ends_when_nothing_is_lost_any_more() {
    let mut call = Call::new(20, 8);
    call.run(|_| 0);
    assert!(call.playout > Some(0));
    call.up = Link::new(milliseconds(ROUND_TRIP / 2), 0, 1);
    call.back = Link::new(Duration::from_millis(ROUND_TRIP / 2), 0, 1);
    let start = call.numbers.len() as u64;
    (0..12).for_each(|_| call.run(|_| 0));
    assert!(call.numbers.len() as u64 > start);
    assert_eq!(call.playout, Some(0));
}
