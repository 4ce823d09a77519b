use std::net::SocketAddr;

use visio_core::Event;
use visio_core::counters::{Counter, Drop};
use visio_core::ids::PeerId;

use crate::client::{CONTROLLED, CONTROLLING, Client, Packet, binding_request};
use crate::world::{World, milliseconds, publish, subscribe};

const STRANGER: &str = "203.0.113.9:4444";

#[test]
fn nothing_from_a_stranger_changes_anything() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    let stranger: SocketAddr = STRANGER.parse().expect("an address");
    let (plain, _) = Packet::default().write();
    let hello = [&[22, 254, 253][..], &[0; 60]].concat();
    let alert = [&[21, 254, 253][..], &[0; 12]].concat();
    let control = [128, 201, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0];
    for datagram in [
        &[][..],
        &[0],
        &[22],
        &[128, 0, 0],
        &hello,
        &alert,
        &plain,
        &alice.protect(&Packet::default()),
        &control,
        &[77; 1_500],
        &[0; 20],
    ] {
        world.deliver(stranger, datagram);
    }
    world.advance(milliseconds(10));
    assert_eq!(world.events(), []);
    assert_eq!(world.take_all(), []);
    alice.send(&mut world, &Packet::default());
    assert_eq!(bob.media(&mut world).len(), 1);
}

#[test]
fn short_datagrams_change_nothing_even_from_the_valid_pair() {
    let mut world = World::new();
    let alice = world.connect(1);
    for source in [alice.address, STRANGER.parse().expect("an address")] {
        for length in 0..4 {
            for first in 0..=255 {
                world.deliver(source, &vec![first; length]);
            }
        }
    }
    assert_eq!(world.events(), []);
    assert_eq!(world.take_all(), []);
    assert_eq!(world.count(Drop::NotAProtocol), 2 * 4 * 256);
}

#[test]
fn plain_rtp_from_the_valid_pair_is_not_forwarded() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    let (mut plain, _) = Packet { payload: vec![0; 100], ..Packet::default() }.write();
    world.deliver(alice.address, &plain);
    plain[3] = 9;
    world.deliver(alice.address, &plain);
    assert!(bob.media(&mut world).is_empty());
    assert_eq!(world.count(Drop::WrongTag), 2);
}

#[test]
fn dtls_reaches_us_only_from_a_valid_pair() {
    let mut world = World::new();
    let alice = Client::new(1);
    alice.add(&mut world);
    let hello = [&[22, 254, 253][..], &[0; 60]].concat();
    world.deliver(alice.address, &hello);
    assert_eq!(world.events(), []);
    alice.check(&mut world, false);
    world.deliver(alice.address, &hello);
    let peer = PeerId(1);
    let received = Event::DtlsReceived { peer, datagram: hello.into() };
    assert_eq!(world.events(), [Event::PairValidated(peer), received]);
}

#[test]
fn media_before_the_keys_is_dropped() {
    let mut world = World::new();
    let alice = Client::new(1);
    alice.add(&mut world);
    alice.check(&mut world, true);
    alice.send(&mut world, &Packet::default());
    assert_eq!(world.count(Drop::NoKeys), 1);
}

#[test]
fn checks_with_wrong_credentials_are_not_answered() {
    let mut world = World::new();
    let alice = Client::new(1);
    alice.add(&mut world);
    let wrong = [
        ("server1:client1", "a guess"),
        ("server1:somebody", alice.password.as_str()),
        ("nobody:client1", alice.password.as_str()),
        ("server1", alice.password.as_str()),
    ];
    for (username, password) in wrong {
        world.deliver(alice.address, &binding_request(username, password, true, CONTROLLING));
    }
    assert_eq!(world.take_all(), []);
    assert_eq!(world.events(), []);
}

#[test]
fn checks_before_the_clients_ufrag_is_known_are_not_answered() {
    let mut world = World::new();
    let alice = Client::new(1);
    world.command(visio_core::Command::AddPeer {
        peer: alice.peer,
        ufrag: alice.ufrag.clone(),
        password: alice.password.clone(),
    });
    alice.check(&mut world, true);
    assert_eq!(world.take_all(), []);
    alice.set_ice(&mut world);
    alice.check(&mut world, true);
    assert_eq!(world.take(alice.address).len(), 1);
}

#[test]
fn who_guesses_passwords_is_not_listened_to_for_a_while() {
    let mut world = World::new();
    let alice = Client::new(1);
    alice.add(&mut world);
    let guess = binding_request("server1:client1", "a guess", true, CONTROLLING);
    for _ in 0..100 {
        world.deliver(alice.address, &guess);
    }
    assert_eq!(world.count(Drop::WrongIntegrity), 10);
    assert_eq!(world.count(Drop::OverBudget), 90);
    alice.check(&mut world, true);
    assert_eq!(world.take_all(), []);
    world.advance(milliseconds(1_000));
    alice.check(&mut world, true);
    assert_eq!(world.take(alice.address).len(), 1);
}

#[test]
fn who_claims_our_role_is_told_of_the_conflict() {
    let mut world = World::new();
    let alice = Client::new(1);
    alice.add(&mut world);
    let check = binding_request("server1:client1", &alice.password, true, CONTROLLED);
    world.deliver(alice.address, &check);
    let answers = world.take(alice.address);
    assert_eq!(answers[0][..2], [0x01, 0x11]);
    assert_eq!(answers[0][20..28], [0, 9, 0, 17, 0, 0, 4, 87]);
    assert_eq!(world.events(), []);
    assert_eq!(world.count(Counter::PairsValidated), 0);
}
