use visio_core::Event;
use visio_core::counters::{Counter, Drop};
use visio_core::ids::PeerId;
use visio_core::path::{ConnectionId, LocalId, Via};
use visio_core::rtcp::{self, Item};

use crate::client::{Client, Packet};
use crate::world::{World, milliseconds, publish, subscribe};

fn room(world: &mut World) -> (Client, Client) {
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(world, &alice, 1, false, &[], &[7]);
    subscribe(world, &bob, 1, 1, false);
    (alice, bob)
}

/// The numbers of what reaches `bob` when `alice` sends one packet.
fn heard(world: &mut World, alice: &Client, bob: &mut Client, seq: u64) -> usize {
    alice.send(world, &Packet { seq, ..Packet::default() });
    bob.media(world).len()
}

#[test]
fn media_moves_to_a_connection_and_back_without_other_keys() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    let home = bob.via;
    bob.via = Via::Tcp(ConnectionId(1));
    bob.check(&mut world, true);
    assert_eq!(heard(&mut world, &alice, &mut bob, 1), 1);
    bob.via = home;
    bob.check(&mut world, true);
    assert_eq!(heard(&mut world, &alice, &mut bob, 2), 1);
    assert!(!world.events().iter().any(|event| matches!(event, Event::PairLost(_))));
}

#[test]
fn the_same_address_by_udp_does_not_speak_for_the_connection() {
    let mut world = World::new();
    let alice = world.connect(1);
    let mut impostor = Client::new(1);
    impostor.via = Via::Tcp(ConnectionId(1));
    assert_eq!(impostor.address, alice.address);
    world.deliver(impostor.path(), &alice.protect(&Packet::default()));
    assert_eq!(world.count(Drop::UnvalidatedPair), 1);
    assert!(!world.is_valid(impostor.path()));
}

#[test]
fn what_comes_to_one_of_our_addresses_is_answered_from_there() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    let home = bob.path();
    bob.via = Via::Udp(LocalId(2));
    bob.check(&mut world, false);
    assert_eq!(world.take(bob.path()).len(), 1);
    alice.send(&mut world, &Packet { seq: 1, ..Packet::default() });
    assert_eq!(world.take(home).len(), 1);
    bob.check(&mut world, true);
    bob.clear(&mut world);
    alice.send(&mut world, &Packet { seq: 2, ..Packet::default() });
    assert_eq!(world.take(bob.path()).len(), 1);
    assert!(world.take(home).is_empty());
}

#[test]
fn when_its_connection_ends_a_peer_goes_on_by_another_path_or_is_lost_at_once() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    let home = bob.via;
    bob.via = Via::Tcp(ConnectionId(1));
    bob.check(&mut world, true);
    world.close(bob.path());
    bob.via = home;
    assert_eq!(heard(&mut world, &alice, &mut bob, 1), 1);
    assert!(!world.events().iter().any(|event| matches!(event, Event::PairLost(_))));

    world.close(bob.path());
    assert_eq!(world.events(), [Event::PairLost(PeerId(2))]);
    assert_eq!(heard(&mut world, &alice, &mut bob, 2), 0);
    bob.via = Via::Tcp(ConnectionId(2));
    bob.check(&mut world, true);
    assert!(world.events().contains(&Event::PairValidated(PeerId(2))));
    assert_eq!(heard(&mut world, &alice, &mut bob, 3), 1);
}

#[test]
fn who_left_is_not_told_what_arrived_but_is_when_back() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    world.close(bob.path());
    bob.via = Via::Tcp(ConnectionId(1));
    bob.check(&mut world, true);
    publish(&mut world, &bob, 2, false, &[], &[8]);
    let told = |world: &mut World, bob: &mut Client| {
        world.advance(milliseconds(200));
        let datagrams = world.take(bob.path());
        let compounds = bob.read_compounds(datagrams);
        let is_arrivals = |compound: &Vec<u8>| {
            let mut found = false;
            let read = rtcp::parse(compound, |item| found |= matches!(item, Item::Arrivals(_)));
            read.is_some() && found
        };
        compounds.iter().filter(|compound| is_arrivals(compound)).count()
    };
    let sends = |world: &mut World, bob: &Client, number: u16| {
        let transport_seq = Some(number);
        let seq = u64::from(number);
        bob.send(world, &Packet { ssrc: 8, seq, transport_seq, ..Packet::default() });
    };
    sends(&mut world, &bob, 1);
    assert_eq!(told(&mut world, &mut bob), 1);
    sends(&mut world, &bob, 2);
    world.close(bob.path());
    assert_eq!(told(&mut world, &mut bob), 0);
    assert_eq!(heard(&mut world, &alice, &mut bob, 1), 0);
    bob.via = Via::Tcp(ConnectionId(2));
    bob.check(&mut world, true);
    sends(&mut world, &bob, 3);
    assert_eq!(told(&mut world, &mut bob), 1);
}

#[test]
fn a_connection_that_nobody_used_may_end() {
    let mut world = World::new();
    let bob = world.connect(2);
    let mut stranger = Client::new(3);
    stranger.via = Via::Tcp(ConnectionId(1));
    world.close(stranger.path());
    assert_eq!(world.events(), []);
    assert!(world.is_valid(bob.path()));
}

#[test]
fn a_connection_without_consent_is_valid_no_more() {
    let mut world = World::new();
    let (_, mut bob) = room(&mut world);
    let home = bob.via;
    bob.via = Via::Tcp(ConnectionId(1));
    bob.check(&mut world, false);
    let connection = bob.path();
    bob.via = home;
    for _ in 0..15 {
        assert!(world.is_valid(connection));
        world.advance(milliseconds(1_000));
        bob.check(&mut world, true);
    }
    assert!(!world.is_valid(connection));
    assert_eq!(world.count(Counter::PairsLost), 1, "that of alice, who is silent");
}
