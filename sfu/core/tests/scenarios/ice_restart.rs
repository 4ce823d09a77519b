use visio_core::Event;
use visio_core::counters::Drop;

use crate::client::Packet;
use crate::world::{World, publish, subscribe};

#[test]
fn media_goes_on_through_an_ice_restart_on_the_same_keys() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    subscribe(&mut world, &bob, 1, 1, false);
    alice.send(&mut world, &Packet { seq: 1, ..Packet::default() });
    let old_check = bob.binding_request(true);
    bob.ufrag = "server2again".into();
    bob.remote_ufrag = "client2again".into();
    bob.password = "another password of server 2".into();
    bob.set_ice(&mut world);
    alice.send(&mut world, &Packet { seq: 2, ..Packet::default() });
    assert_eq!(bob.media(&mut world).len(), 2);
    // Until the new credentials have worked the old ones keep the old pair alive.
    world.deliver(bob.address, &old_check);
    assert_eq!(world.take(bob.address).len(), 1);

    bob.address = "198.51.100.2:6000".parse().expect("an address");
    bob.check(&mut world, true);
    alice.send(&mut world, &Packet { seq: 3, ..Packet::default() });
    assert_eq!(bob.media(&mut world).len(), 1);
    world.deliver(bob.address, &old_check);
    assert!(world.take(bob.address).is_empty());
    assert_eq!(world.count(Drop::UnknownUfrag), 1);
    assert!(!world.events().iter().any(|event| matches!(event, Event::PairLost(_))));
}

#[test]
fn the_same_credentials_again_are_no_restart() {
    let mut world = World::new();
    let bob = world.connect(2);
    bob.set_ice(&mut world);
    bob.check(&mut world, true);
    assert_eq!(world.take(bob.address).len(), 1);
}

#[test]
fn a_second_restart_before_the_first_has_worked_leaves_the_oldest_and_the_newest() {
    let mut world = World::new();
    let mut bob = world.connect(2);
    let oldest = bob.binding_request(true);
    let mut checks = Vec::new();
    for round in 0..3 {
        bob.ufrag = format!("server2round{round}");
        bob.set_ice(&mut world);
        checks.push(bob.binding_request(true));
    }
    for (check, answers) in [(&checks[0], 0), (&checks[1], 0), (&oldest, 1), (&checks[2], 1)] {
        world.deliver(bob.address, check);
        assert_eq!(world.take(bob.address).len(), answers);
    }
}
