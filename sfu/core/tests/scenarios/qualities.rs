//! How well tracks get through, as each peer's score tells every five seconds.

use visio_core::ids::{PublicationId, Ssrc, SubscriptionId};
use visio_core::rtcp::{ReportBlock, write_receiver_report};
use visio_core::{Command, Event};

use crate::client::{Client, Packet, layered, red, vp8};
use crate::client::{RED_PT, video};
use crate::world::{World, milliseconds, publish, set_layer, subscribe, subscribe_with_red};

/// The last score of each peer that was told one.
fn scores(world: &mut World) -> Vec<(u64, f64)> {
    let events = world.events().into_iter().filter_map(|event| match event {
        Event::QualityChanged { peer, score } => Some((peer.0, score)),
        _ => None,
    });
    let mut scores: Vec<_> = events.collect();
    scores.sort_by_key(|(peer, _)| *peer);
    scores
}

/// So many seconds of 50 packets each, without those for which `lost` holds.
fn talk(
    world: &mut World,
    alice: &Client,
    seconds: std::ops::Range<u64>,
    packet: impl Fn(u64) -> Packet,
    lost: impl Fn(u64) -> bool,
) {
    alice.check(world, true);
    for seq in seconds.start * 50 + 1..=seconds.end * 50 {
        if !lost(seq) {
            alice.send(world, &packet(seq));
        }
        world.advance(milliseconds(20));
    }
}

fn plain(seq: u64) -> Packet {
    Packet { seq, timestamp: 960 * seq as u32, ..Packet::default() }
}

fn redundant(seq: u64) -> Packet {
    let payload = red(&[(960, b"earlier")], b"now");
    Packet { pt: RED_PT, payload, ..plain(seq) }
}

fn report(highest: u64, total_lost: i32, jitter: u32) -> ReportBlock {
    let highest = highest as u32;
    ReportBlock { ssrc: 1001, highest, total_lost, jitter, ..ReportBlock::default() }
}

fn room() -> (World, Client, Client) {
    let mut world = World::new();
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    (world, alice, bob)
}

/// Bob keeps his connection alive.
fn keep(world: &mut World, bob: &mut Client, block: ReportBlock) {
    bob.check(world, true);
    bob.send_rtcp(world, |out| write_receiver_report(out, Ssrc(9), &[block]));
}

#[test]
fn a_good_connection_needs_no_words() {
    let (mut world, alice, mut bob) = room();
    for second in 0..20 {
        talk(&mut world, &alice, second..second + 1, plain, |_| false);
        keep(&mut world, &mut bob, report(50 * (second + 1), 0, 100));
    }
    assert!(scores(&mut world).is_empty());
}

#[test]
fn loss_on_the_way_to_us_is_the_publishers() {
    for (packet, missing, expected) in [(plain as fn(u64) -> Packet, 5, 40.0), (redundant, 0, 68.0)]
    {
        let (mut world, alice, mut bob) = room();
        talk(&mut world, &alice, 0..5, packet, |_| false);
        for second in 5..10 {
            talk(&mut world, &alice, second..second + 1, packet, |seq| seq % 10 == 5);
            let lost = missing * (second as i32 - 4);
            keep(&mut world, &mut bob, report(50 * (second + 1), lost, 100));
        }
        assert_eq!(scores(&mut world), [(1, expected)]);
        for second in 10..40 {
            talk(&mut world, &alice, second..second + 1, packet, |_| false);
            keep(&mut world, &mut bob, report(50 * (second + 1), 5 * missing, 100));
        }
        let told = scores(&mut world);
        assert!(told.len() >= 4 && told.windows(2).all(|pair| pair[0].1 < pair[1].1), "{told:?}");
        assert_eq!(told.last().map(|(_, score)| *score > 90.0), Some(true), "{told:?}");
    }
}

#[test]
fn loss_on_the_way_to_a_subscriber_is_the_subscribers() {
    let (mut world, alice, mut bob) = room();
    for second in 0..10 {
        talk(&mut world, &alice, second..second + 1, plain, |_| false);
        let lost = if second < 4 { 0 } else { 3 * (second as i32 - 3) };
        keep(&mut world, &mut bob, report(50 * (second + 1), lost, 100));
    }
    let told = scores(&mut world);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, 2);
    assert!((61.0..63.0).contains(&told[0].1), "four fifths of 48: {told:?}");
}

#[test]
fn redundancy_and_delay_count_on_the_way_to_a_subscriber() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe_with_red(&mut world, &bob, 1, 1);
    for second in 0..10 {
        talk(&mut world, &alice, second..second + 1, plain, |_| false);
        let lost = if second < 4 { 0 } else { 3 * (second as i32 - 3) };
        // 200 ms of jitter is 400 ms of delay: 28 points.
        let jitter = if second < 4 { 0 } else { 9_600 };
        keep(&mut world, &mut bob, report(50 * (second + 1), lost, jitter));
    }
    let told = scores(&mut world);
    assert_eq!(told.len(), 1);
    assert!((57.0..59.0).contains(&told[0].1), "four fifths of 24 and 28: {told:?}");
}

#[test]
fn a_layer_that_is_wanted_and_does_not_come_counts_until_it_is_muted() {
    let mut world = World::new();
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &["q", "h"], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    let send = |world: &mut World, rids: &[&'static str], seconds: u64| {
        for frame in 0..seconds * 10 {
            let number = (world.now.as_nanos() / 100_000_000) as u16;
            for rid in rids {
                let payload = vp8(frame == 0, number, number as u8, 0, false);
                alice.send(world, &layered(rid, number.into(), u32::from(number) * 9_000, payload));
            }
            for client in [&alice, &bob] {
                client.check(world, true);
            }
            world.advance(milliseconds(100));
        }
    };
    send(&mut world, &["q", "h"], 10);
    assert!(scores(&mut world).is_empty());
    send(&mut world, &["q"], 10);
    assert_eq!(scores(&mut world), [(1, 72.0)]);
    // Nobody wants it any more.
    set_layer(&mut world, 1, Some(0), 2);
    send(&mut world, &["q"], 30);
    assert_eq!(scores(&mut world).last(), Some(&(1, 98.0)));
    set_layer(&mut world, 1, Some(1), 2);
    world.command(Command::SetMuted { publication: PublicationId(1), muted: true });
    send(&mut world, &[], 20);
    assert_eq!(scores(&mut world), [(1, 100.0)]);
    set_layer(&mut world, 1, None, 0);
    world.command(Command::SetMuted { publication: PublicationId(1), muted: false });
    send(&mut world, &[], 20);
    assert!(scores(&mut world).is_empty(), "nobody watches: nothing is expected");
}

#[test]
fn layers_that_do_not_fit_count_on_the_way_to_a_subscriber() {
    let (mut world, alice, mut bob) = room();
    let missing = |layers| Command::SetMissing { subscription: SubscriptionId(1), layers };
    let talk = |world: &mut World, bob: &mut Client, seconds: std::ops::Range<u64>| {
        for second in seconds {
            talk(world, &alice, second..second + 1, plain, |_| false);
            keep(world, bob, report(50 * (second + 1), 0, 100));
        }
    };
    talk(&mut world, &mut bob, 0..5);
    world.command(missing(1));
    talk(&mut world, &mut bob, 5..15);
    assert_eq!(scores(&mut world), [(2, 72.0)]);
    // Not even the lowest fits.
    world.command(missing(2));
    set_layer(&mut world, 1, None, 0);
    talk(&mut world, &mut bob, 15..25);
    assert_eq!(scores(&mut world).last(), Some(&(2, 37.0)));
    world.command(missing(0));
    set_layer(&mut world, 1, Some(2), 2);
    talk(&mut world, &mut bob, 25..55);
    assert_eq!(scores(&mut world).last().map(|(_, score)| *score > 90.0), Some(true));
}

#[test]
fn who_is_gone_is_lost_and_who_is_merely_silent_is_not() {
    let (mut world, alice, bob) = room();
    let carol = world.connect(3);
    publish(&mut world, &carol, 3, true, &[], &[20]);
    talk(&mut world, &alice, 0..5, plain, |_| false);
    scores(&mut world);
    for seq in 0..20 {
        // Alice still checks her connection; Carol sends; Bob is gone.
        alice.check(&mut world, true);
        carol.send(&mut world, &video(seq, 0, vec![0]));
        world.advance(milliseconds(500));
    }
    assert_eq!(scores(&mut world), [(2, 0.0)]);
    bob.check(&mut world, true);
    alice.check(&mut world, true);
    world.advance(milliseconds(4_000));
    carol.check(&mut world, true);
    world.advance(milliseconds(1_000));
    assert_eq!(scores(&mut world), [(2, 100.0)]);
}
