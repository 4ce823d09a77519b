use visio_core::Command;
use visio_core::counters::Counter;
use visio_core::ids::{PublicationId, SubscriptionId};

use crate::client::{Packet, layered, video, vp8};
use crate::world::{World, milliseconds, publish, subscribe};

#[test]
fn who_subscribes_before_anything_is_sent_gets_it_from_the_first_packet_on() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    world.advance(milliseconds(60_000));
    alice.check(&mut world, true);
    bob.check(&mut world, true);
    alice.send(&mut world, &video(1, 0, vp8(true, 0, 0, 0, false)));
    assert_eq!(bob.media(&mut world).len(), 1);
}

#[test]
fn things_end_in_any_order() {
    type End = fn(&mut World);
    let ends: [End; 4] = [
        |world| world.command(Command::Unpublish(PublicationId(1))),
        |world| world.command(Command::Unsubscribe(SubscriptionId(1))),
        |world| world.command(Command::RemovePeer(visio_core::ids::PeerId(1))),
        |world| world.command(Command::RemovePeer(visio_core::ids::PeerId(2))),
    ];
    for order in 0..24 {
        let mut world = World::new();
        let (alice, mut bob) = (world.connect(1), world.connect(2));
        publish(&mut world, &alice, 1, false, &[], &[7]);
        subscribe(&mut world, &bob, 1, 1, false);
        let mut left: Vec<_> = ends.to_vec();
        let mut choice = order;
        for seq in 0..4 {
            alice.send(&mut world, &Packet { seq, ..Packet::default() });
            assert_eq!(bob.media(&mut world).len(), usize::from(seq == 0), "order {order}");
            left.remove(choice % left.len())(&mut world);
            choice /= left.len().max(1);
        }
        world.advance(milliseconds(20_000));
        assert_eq!(world.next_timer(), None);
    }
}

#[test]
fn a_removed_peer_leaves_nothing_behind() {
    let mut world = World::new();
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &[], &[]);
    subscribe(&mut world, &bob, 1, 1, false);
    alice.send(&mut world, &video(1, 0, vp8(false, 0, 0, 0, false)));
    world.command(Command::RemovePeer(alice.peer));
    world.command(Command::RemovePeer(bob.peer));
    world.events();
    world.take_all();
    alice.check(&mut world, true);
    alice.send(&mut world, &video(2, 0, vp8(true, 0, 0, 0, false)));
    world.advance(milliseconds(20_000));
    assert_eq!(world.take_all(), []);
    assert_eq!(world.events(), []);
}

#[test]
fn commands_about_what_is_gone_are_counted_and_change_nothing() {
    let mut world = World::new();
    let alice = world.connect(1);
    let before = world.count(Counter::CommandsRefused);
    world.command(Command::Unpublish(PublicationId(9)));
    world.command(Command::Unsubscribe(SubscriptionId(9)));
    world.command(Command::RequestKeyFrame(PublicationId(9)));
    subscribe(&mut world, &alice, 1, 9, false);
    alice.add(&mut world);
    assert_eq!(world.count(Counter::CommandsRefused) - before, 5);
    alice.check(&mut world, true);
    assert_eq!(world.take(alice.address).len(), 1);
}

#[test]
fn a_section_used_again_goes_on_with_its_numbers() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[7]);
    let mut last = 0;
    for round in 0..3 {
        subscribe(&mut world, &bob, 1, 1, false);
        alice.send(&mut world, &Packet { seq: 10 + round, ..Packet::default() });
        let media = bob.media(&mut world);
        assert_eq!(media[0].seq, last + 1);
        last = media[0].seq;
        world.command(Command::Unsubscribe(SubscriptionId(1)));
    }
}

#[test]
fn a_stream_that_names_its_layer_no_more_is_known_when_it_is_published_again() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &["q"], &[]);
    alice.send(&mut world, &layered("q", 1, 0, vp8(true, 0, 0, 0, false)));
    world.command(Command::Unpublish(PublicationId(1)));
    publish(&mut world, &alice, 2, true, &["q"], &[]);
    subscribe(&mut world, &bob, 2, 2, false);
    let named = layered("q", 2, 3_000, vp8(true, 1, 0, 0, false));
    alice.send(&mut world, &Packet { mid: None, rid: None, ..named });
    assert_eq!(bob.media(&mut world).len(), 1);
}
