use visio_core::Event;
use visio_core::counters::Drop;
use visio_core::ids::PeerId;

use crate::client::Packet;
use crate::world::{World, milliseconds, publish, subscribe};

#[test]
fn without_checks_for_fifteen_seconds_the_pair_is_lost() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    for second in 0..30 {
        alice.check(&mut world, false);
        alice.send(&mut world, &Packet { seq: second, ..Packet::default() });
        world.advance(milliseconds(1_000));
    }
    let lost: Vec<_> =
        world.events().into_iter().filter(|event| matches!(event, Event::PairLost(_))).collect();
    assert_eq!(lost, [Event::PairLost(PeerId(2))]);
    assert_eq!(bob.media(&mut world).len(), 15);
    assert!(world.count(Drop::NoPair) >= 15);
}

#[test]
fn media_alone_does_not_keep_consent() {
    let mut world = World::new();
    let alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[7]);
    for second in 0..15 {
        alice.send(&mut world, &Packet { seq: second, ..Packet::default() });
        world.advance(milliseconds(1_000));
    }
    assert!(world.events().contains(&Event::PairLost(PeerId(1))));
    alice.send(&mut world, &Packet { seq: 99, ..Packet::default() });
    assert_eq!(world.count(Drop::UnvalidatedPair), 1);
}

#[test]
fn a_check_brings_the_pair_back_and_media_goes_on() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    alice.send(&mut world, &Packet { seq: 1, ..Packet::default() });
    let before = bob.media(&mut world);
    world.advance(milliseconds(20_000));
    world.events();
    alice.check(&mut world, true);
    bob.check(&mut world, true);
    let validated = [1, 2].map(|peer| Event::PairValidated(PeerId(peer)));
    assert_eq!(world.events(), validated);
    alice.send(&mut world, &Packet { seq: 2, ..Packet::default() });
    let after = bob.media(&mut world);
    assert_eq!(after[0].seq, before[0].seq + 1);
}
