//! Nobody is flooded by way of us: an answer is never longer than what was asked, and only who knows
//! a password gets one.

use std::net::SocketAddr;

use visio_core::counters::{Counter, Drop};

use crate::client::{CONTROLLED, CONTROLLING, Client, binding_request};
use crate::world::{World, milliseconds};

#[test]
fn no_answer_is_longer_than_its_request() {
    let mut world = World::new();
    let mut alice = Client::new(1);
    (alice.ufrag, alice.remote_ufrag) = ("abcd".into(), "wxyz".into());
    alice.add(&mut world);
    for address in ["192.0.2.1:5000", "[2001:db8::1]:5000"] {
        alice.address = address.parse().expect("an address");
        for role in [CONTROLLING, CONTROLLED] {
            let request = binding_request("abcd:wxyz", &alice.password, false, role);
            world.deliver(alice.address, &request);
            let answers = world.take(alice.address);
            assert_eq!(answers.len(), 1);
            assert!(answers[0].len() <= request.len(), "{} > {}", answers[0].len(), request.len());
        }
    }
}

/// RFC 8445 §7.1.1: the shortest check there is has a role; one without would be short enough.
#[test]
fn a_request_without_a_role_is_not_answered() {
    let mut world = World::new();
    let alice = Client::new(1);
    alice.add(&mut world);
    let software = 0x8022;
    let request = binding_request("server1:client1", &alice.password, true, software);
    world.deliver(alice.address, &request);
    assert_eq!(world.take_all(), []);
    assert_eq!(world.count(Drop::MalformedStun), 1);
}

#[test]
fn whoever_is_not_authentic_gets_nothing_at_all() {
    let mut world = World::new();
    let alice = world.connect(1);
    let bare = [&[0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42][..], &[7; 12]].concat();
    let requests = [
        bare,
        binding_request("server1:client1", "a guess", true, CONTROLLING),
        binding_request("server9:client1", &alice.password, true, CONTROLLING),
        [&[22, 254, 253][..], &[0; 60]].concat(),
    ];
    for port in 1..=1_000 {
        let victim: SocketAddr = format!("203.0.113.9:{port}").parse().expect("an address");
        for request in &requests {
            world.deliver(victim, request);
        }
    }
    world.advance(milliseconds(5_000));
    assert_eq!(world.take_all(), []);
    assert_eq!(world.events(), []);
    // Only so many were worth a look.
    assert_eq!(world.count(Drop::WrongIntegrity), 10);
}

/// Who spoofs the address of a client cannot take its session from it, nor that of others.
#[test]
fn spoofed_guesses_do_not_end_the_consent_of_those_who_are_there() {
    let mut world = World::new();
    let (alice, bob) = (world.connect(1), world.connect(2));
    let guess = binding_request("server1:client1", "a guess", true, CONTROLLING);
    for _ in 0..40 {
        for _ in 0..100 {
            world.deliver(alice.address, &guess);
            world.deliver(bob.address, &guess);
        }
        alice.check(&mut world, true);
        bob.check(&mut world, true);
        world.advance(milliseconds(1_000));
    }
    assert_eq!(world.count(Counter::PairsLost), 0);
    assert_eq!(world.take(alice.address).len(), 40);
    assert_eq!(world.take(bob.address).len(), 40);
}

/// A hostile participant knows its own ufrag, and may spoof the address of somebody about to join.
#[test]
fn guesses_towards_one_peer_do_not_keep_another_out() {
    let mut world = World::new();
    world.connect(1);
    let bob = Client::new(2);
    bob.add(&mut world);
    let guess = binding_request("server1:client1", "a guess", true, CONTROLLING);
    for _ in 0..100 {
        world.deliver(bob.address, &guess);
    }
    bob.check(&mut world, true);
    assert_eq!(world.take(bob.address).len(), 1);
}
