//! Thirty open microphones: the loudest are forwarded, and nobody notices the others are not.

use std::collections::BTreeMap;

use visio_core::counters::Drop;
use visio_core::ids::{FloorId, PublicationId};
use visio_core::rtcp::write_nack;
use visio_core::{Command, Event};

use crate::client::{Client, Packet, RED_PT, Received, red};
use crate::world::{World, milliseconds, publish, subscribe, subscribe_with_red};

const NOISE: u8 = 70;
const SOFT: u8 = 66;
const SPEECH: u8 = 25;
const PLACES: usize = 8;

struct Room {
    world: World,
    microphones: Vec<Client>,
    listener: Client,
    tick: u64,
}

impl Room {
    /// A listener, and so many who publish; publication and subscription of each have its number.
    fn of(count: u64) -> Room {
        let mut world = World::new();
        let listener = world.connect(100);
        let microphones: Vec<_> = (1..=count).map(|number| world.connect(number)).collect();
        for (number, client) in (1..).zip(&microphones) {
            publish(&mut world, client, number, false, &[], &[100 + number as u32]);
            subscribe(&mut world, &listener, number, number, false);
        }
        let mut room = Room { world, microphones, listener, tick: 0 };
        (1..=count).for_each(|number| room.compete(number));
        room
    }

    fn compete(&mut self, number: u64) {
        let (publication, floor) = (PublicationId(number), FloorId(1));
        self.world.command(Command::SetFloor { publication, floor, most: PLACES });
    }

    fn mute(&mut self, number: u64, muted: bool) {
        let publication = PublicationId(number);
        self.world.command(Command::SetMuted { publication, muted });
    }

    /// So many packets of everybody, of the level told for number and tick; what was heard of each.
    fn talk(
        &mut self,
        packets: u64,
        level: impl Fn(u64, u64) -> Option<u8>,
    ) -> BTreeMap<u64, Vec<Received>> {
        for _ in 0..packets {
            for (number, client) in (1..).zip(&self.microphones) {
                client.send(&mut self.world, &packet(number, self.tick, level(number, self.tick)));
            }
            self.world.advance(milliseconds(20));
            self.tick += 1;
        }
        self.heard()
    }

    fn heard(&mut self) -> BTreeMap<u64, Vec<Received>> {
        let mut heard: BTreeMap<u64, Vec<Received>> = BTreeMap::new();
        for packet in self.listener.media(&mut self.world) {
            heard.entry(u64::from(packet.ssrc) - 1000).or_default().push(packet);
        }
        heard
    }
}

fn packet(number: u64, tick: u64, level: Option<u8>) -> Packet {
    let timestamp = 5_000 * number as u32 + 960 * tick as u32;
    let payload = vec![number as u8, (tick >> 8) as u8, tick as u8];
    Packet {
        ssrc: 100 + number as u32,
        seq: 50 + tick,
        timestamp,
        level,
        payload,
        ..Packet::default()
    }
}

fn tick_of(packet: &Received) -> u64 {
    u64::from(packet.payload[1]) << 8 | u64::from(packet.payload[2])
}

fn ticks(heard: &BTreeMap<u64, Vec<Received>>, number: u64) -> Vec<u64> {
    heard.get(&number).into_iter().flatten().map(tick_of).collect()
}

/// Noise of each microphone, a few dB up and down.
fn noise(number: u64, tick: u64) -> u8 {
    NOISE + (number * 7 + tick * 13) as u8 % 5
}

/// Stretches in which packets follow one another without a tick left out.
fn stretches(ticks: &[u64]) -> Vec<u64> {
    ticks.chunk_by(|a, b| b - a == 1).map(|stretch| stretch.len() as u64).collect()
}

#[test]
fn a_speaker_is_heard_from_the_soft_beginning_of_the_first_syllable() {
    let mut room = Room::of(30);
    let quiet = room.talk(150, |number, tick| Some(noise(number, tick)));
    assert_eq!(quiet.len(), PLACES);
    let silent = (1..=30).rfind(|number| !quiet.contains_key(number)).expect("twenty-two");
    // Two packets of a consonant, then the vowel.
    let heard = room.talk(50, |number, tick| match tick {
        160.. if number == silent => Some(SPEECH),
        158.. if number == silent => Some(SOFT),
        _ => Some(noise(number, tick)),
    });
    let speech = &heard[&silent];
    assert_eq!(ticks(&heard, silent), (157..200).collect::<Vec<_>>());
    for (packet, out) in speech.iter().zip(1..) {
        assert_eq!(packet.seq, out, "as if nothing had been sent before");
        assert_eq!(packet.timestamp, 5_000 * silent as u32 + 960 * tick_of(packet) as u32);
    }
}

#[test]
fn after_a_pause_numbers_go_on_and_timestamps_have_its_gap() {
    let mut room = Room::of(30);
    let speaks = |number: u64, tick: u64| match (number, tick) {
        (3, 0..50 | 300..) => Some(SPEECH),
        // So many speak meanwhile that the third loses its place.
        (11..=18, 100..250) => Some(SPEECH),
        _ => Some(noise(number, tick)),
    };
    let before = room.talk(250, speaks);
    let held = before[&3].last().expect("it was heard").clone();
    assert!(tick_of(&held) < 250 - 50, "held back since {}", tick_of(&held));
    let after = room.talk(100, speaks);
    assert_eq!(after[&3][0].seq, held.seq + 1);
    assert_eq!(ticks(&after, 3), (297..350).collect::<Vec<_>>());
    let gap = after[&3][0].timestamp - held.timestamp;
    assert_eq!(u64::from(gap), 960 * (297 - tick_of(&held)));
    assert!(room.world.count(Drop::HeldBack) > 0);
}

#[test]
fn all_of_overlapping_speech_is_heard() {
    let mut room = Room::of(30);
    // Each begins half a second after the one before and speaks for two seconds.
    let speaks = |number: u64, tick: u64| {
        let from = 100 + 25 * (number - 20).min(100);
        (number >= 20 && (from..from + 100).contains(&tick)).then_some(SPEECH)
    };
    let level = |number, tick| {
        if number < 20 { Some(noise(number, tick)) } else { speaks(number, tick).or(Some(NOISE)) }
    };
    let heard = room.talk(500, level);
    for number in 20..=30 {
        let spoken: Vec<_> = (0..500).filter(|tick| speaks(number, *tick).is_some()).collect();
        let missed: Vec<_> =
            spoken.iter().filter(|tick| !ticks(&heard, number).contains(tick)).collect();
        assert!(missed.is_empty(), "{number} missed {missed:?}");
    }
}

#[test]
fn places_do_not_change_hands_while_more_speak_than_there_are() {
    let mut room = Room::of(30);
    // Twelve speak all the time, with syllables of 240 ms up and down by 6 dB and pauses between.
    let level = |number: u64, tick: u64| {
        let syllable = (tick + 5 * number) % 12;
        match number {
            1..=12 if syllable < 9 => Some(SPEECH + (tick * number % 7) as u8),
            _ => Some(noise(number, tick)),
        }
    };
    room.talk(100, level);
    let heard = room.talk(1_000, level);
    let runs: Vec<u64> = (1..=30).flat_map(|number| stretches(&ticks(&heard, number))).collect();
    assert!(runs.iter().all(|length| *length >= 40), "shortest runs of packets: {runs:?}");
    assert!(runs.len() <= PLACES + 20, "changed hands {} times in 20 s", runs.len() - PLACES);
}

#[test]
fn below_twenty_open_microphones_nothing_is_held_back_and_muted_ones_do_not_count() {
    let mut room = Room::of(19);
    assert_eq!(room.talk(50, |_, _| Some(NOISE)).values().map(Vec::len).sum::<usize>(), 19 * 50);
    let mut room = Room::of(20);
    let held = room.talk(50, |_, _| Some(NOISE));
    assert_eq!(held.len(), PLACES);
    room.mute(1, true);
    // Who had a place goes on; for those who had none it is as if they had sent nothing before.
    let all = room.talk(50, |_, _| Some(NOISE));
    assert_eq!(all.len(), 20);
    for (number, packets) in &all {
        let first = held.get(number).map_or(1, |before| before.len() as u64 + 1);
        assert_eq!(packets[0].seq, first, "{number}");
        assert!(stretches(&ticks(&all, *number)).len() == 1);
    }
    room.mute(1, false);
    assert_eq!(room.talk(50, |_, _| Some(NOISE)).len(), PLACES);
    room.world.command(Command::Unpublish(PublicationId(2)));
    assert_eq!(room.talk(50, |_, _| Some(NOISE)).len(), 19);
}

#[test]
fn who_tells_no_level_is_not_held_back() {
    let mut room = Room::of(30);
    let heard = room.talk(100, |number, _| (number != 30).then_some(NOISE));
    assert_eq!(ticks(&heard, 30).len(), 100);
    assert_eq!(heard.len(), PLACES + 1);
}

#[test]
fn the_tap_and_the_speakers_do_not_know_of_it() {
    let mut room = Room::of(30);
    room.world.command(Command::Tap { publication: PublicationId(30), on: true });
    let speech = |number: u64, _: u64| Some(if number <= 8 { SPEECH } else { 34 });
    let heard = room.talk(100, speech);
    assert_eq!(heard.len(), PLACES);
    let (mut tapped, mut speakers) = (0, 0);
    for event in room.world.events() {
        match event {
            Event::AudioFrame(_) => tapped += 1,
            Event::Speakers(levels) => speakers = levels.len(),
            _ => {}
        }
    }
    assert_eq!((tapped, speakers), (100, 30));
}

#[test]
fn what_was_sent_of_a_lead_is_repeated_when_it_is_lost() {
    let mut room = Room::of(30);
    room.talk(100, |number, tick| Some(noise(number, tick).max(if number == 30 { 90 } else { 0 })));
    let heard = room.talk(10, |number, _| Some(if number == 30 { SPEECH } else { NOISE }));
    let first = heard[&30][0].clone();
    let (ssrc, wire) = (visio_core::ids::Ssrc(first.ssrc), first.seq as u16);
    room.listener
        .send_rtcp(&mut room.world, |out| write_nack(out, visio_core::ids::Ssrc(1), ssrc, &[wire]));
    assert_eq!(room.listener.repeated(&mut room.world), [first]);
}

#[test]
fn a_packet_of_the_pause_that_comes_late_is_not_sent() {
    let mut room = Room::of(30);
    let silent = |number: u64, _: u64| Some(if number == 30 { 90 } else { NOISE });
    room.talk(100, silent);
    // One packet is lost on its way and comes when its sender is heard already.
    for number in 1..30 {
        let client = &room.microphones[number as usize - 1];
        client.send(&mut room.world, &packet(number, 100, Some(NOISE)));
    }
    room.tick = 101;
    room.talk(10, silent);
    room.talk(10, |number, _| Some(if number == 30 { SPEECH } else { NOISE }));
    room.microphones[29].send(&mut room.world, &packet(30, 100, Some(90)));
    assert!(room.heard().is_empty());
    assert_eq!(room.world.count(Drop::BeforeSwitch), 1);
}

#[test]
fn redundant_audio_of_a_pause_is_held_back_with_it() {
    let mut room = Room::of(29);
    let (bob, mut carol) = (room.world.connect(30), room.world.connect(31));
    publish(&mut room.world, &bob, 30, false, &[], &[130]);
    subscribe_with_red(&mut room.world, &carol, 30, 30);
    room.compete(30);
    let redundant = |tick: u64, level| {
        let plain = |tick| packet(30, tick, None).payload;
        let payload = red(&[(960, &plain(tick - 1))], &plain(tick));
        Packet { pt: RED_PT, payload, ..packet(30, tick, Some(level)) }
    };
    room.talk(1, |_, _| Some(NOISE));
    for tick in (1..60u64).filter(|tick| tick % 5 != 0) {
        bob.send(&mut room.world, &redundant(tick, if tick > 40 { SPEECH } else { 90 }));
        room.talk(1, |_, _| Some(NOISE));
    }
    let media = carol.media(&mut room.world);
    let audio: Vec<_> =
        media.iter().map(|packet| packet.payload[packet.payload.len() - 1]).collect();
    assert_eq!(audio, (38..60).collect::<Vec<u8>>());
    assert!(media.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
}
