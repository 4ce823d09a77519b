use std::net::SocketAddr;

use visio_core::Event;
use visio_core::counters::{Counter, Drop};
use visio_core::ids::{PeerId, Ssrc};
use visio_core::rtcp::write_picture_loss;

use crate::client::{CONTROLLING, Client, Packet, binding_request};
use crate::world::{World, milliseconds, publish, subscribe};

fn room(world: &mut World) -> (Client, Client) {
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(world, &alice, 1, false, &[], &[7]);
    subscribe(world, &bob, 1, 1, false);
    (alice, bob)
}

#[test]
fn a_nominated_check_from_elsewhere_moves_the_send_path() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    alice.send(&mut world, &Packet { seq: 1, ..Packet::default() });
    let before = bob.media(&mut world);
    let home = bob.address;
    bob.address = "198.51.100.2:6000".parse().expect("an address");
    bob.check(&mut world, true);
    alice.send(&mut world, &Packet { seq: 2, ..Packet::default() });
    let after = bob.media(&mut world);
    assert_eq!(after[0].seq, before[0].seq + 1);
    assert!(world.take(home).is_empty());
    assert!(!world.events().iter().any(|event| matches!(event, Event::PairLost(_))));
}

#[test]
fn a_check_that_is_not_nominated_does_not_move_it() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    let home = bob.address;
    bob.address = "198.51.100.2:6000".parse().expect("an address");
    bob.check(&mut world, false);
    bob.clear(&mut world);
    alice.send(&mut world, &Packet::default());
    assert!(world.take(bob.address).is_empty());
    bob.address = home;
    assert_eq!(bob.media(&mut world).len(), 1);
}

#[test]
fn media_from_elsewhere_does_not_move_it() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    let datagram = bob.protect(&Packet::default());
    let stranger: SocketAddr = "203.0.113.9:1".parse().expect("an address");
    world.deliver(stranger, &datagram);
    assert_eq!(world.count(Drop::UnvalidatedPair), 1);
    alice.send(&mut world, &Packet::default());
    assert!(world.take(stranger).is_empty());
    assert_eq!(bob.media(&mut world).len(), 1);
}

#[test]
fn media_from_the_new_address_is_accepted_and_the_old_one_ends_with_its_consent() {
    let mut world = World::new();
    let (mut alice, mut bob) = room(&mut world);
    let home = alice.address;
    alice.address = "198.51.100.1:6000".parse().expect("an address");
    alice.check(&mut world, true);
    alice.send(&mut world, &Packet { seq: 1, ..Packet::default() });
    assert_eq!(bob.media(&mut world).len(), 1);
    for _ in 0..15 {
        world.advance(milliseconds(1_000));
        alice.check(&mut world, true);
        bob.check(&mut world, true);
    }
    world.events();
    world.deliver(home, &alice.protect(&Packet { seq: 2, ..Packet::default() }));
    assert_eq!(world.count(Drop::UnvalidatedPair), 1);
    assert_eq!(world.count(Counter::PairsLost), 0);
}

#[test]
fn an_address_may_pass_to_another_peer() {
    let mut world = World::new();
    let (alice, bob) = room(&mut world);
    let mut carol = Client::new(3);
    carol.address = bob.address;
    carol.add(&mut world);
    carol.check(&mut world, true);
    let events = world.events();
    assert!(events.contains(&Event::PairLost(PeerId(2))));
    assert!(events.contains(&Event::PairValidated(PeerId(3))));
    world.take(bob.address);
    alice.send(&mut world, &Packet::default());
    assert!(world.take(bob.address).is_empty());
}

/// RTP bleed: whoever finds the port must not draw media to itself, whatever it sends first.
#[test]
fn nothing_without_the_password_moves_it() {
    let mut world = World::new();
    let (alice, mut bob) = room(&mut world);
    let stranger: SocketAddr = "203.0.113.9:1".parse().expect("an address");
    let guess = binding_request("server2:client2", "a guess", true, CONTROLLING);
    let control = bob.protect_rtcp(|out| write_picture_loss(out, Ssrc(1), Ssrc(1001)));
    let (plain, _) = Packet::default().write();
    let own = bob.protect(&Packet::default());
    for (seq, datagram) in (1..).zip([guess, control, plain, own]) {
        world.deliver(stranger, &datagram);
        alice.send(&mut world, &Packet { seq, ..Packet::default() });
        assert!(world.take(stranger).is_empty());
        assert_eq!(bob.media(&mut world).len(), 1);
    }
    assert_eq!(world.count(Counter::PairsValidated), 2);
}
