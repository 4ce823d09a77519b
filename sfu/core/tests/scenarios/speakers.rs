use visio_core::Event;
use visio_core::ids::PublicationId;

use crate::client::{Client, Packet};
use crate::world::{World, milliseconds, publish};

fn talk(world: &mut World, clients: &[(&Client, u32, u8)], from: u64, packets: u64) {
    for seq in from..from + packets {
        for (client, ssrc, level) in clients {
            let timestamp = 960 * seq as u32;
            let packet =
                Packet { ssrc: *ssrc, seq, timestamp, level: Some(*level), ..Packet::default() };
            client.send(world, &packet);
        }
        world.advance(milliseconds(20));
    }
}

fn lists(world: &mut World) -> Vec<Vec<u64>> {
    let events = world.events();
    let speakers = events.into_iter().filter_map(|event| match event {
        Event::Speakers(levels) => Some(levels.into_iter().map(|(id, _)| id.0).collect()),
        _ => None,
    });
    speakers.collect()
}

#[test]
fn the_louder_speaker_comes_first_and_silence_empties_the_list() {
    let mut world = World::new();
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, false, &[], &[71]);
    publish(&mut world, &bob, 2, false, &[], &[72]);
    talk(&mut world, &[(&alice, 71, 25), (&bob, 72, 5)], 0, 100);
    let told = lists(&mut world);
    assert_eq!(told.last(), Some(&vec![2, 1]));
    assert!(told.len() <= 4, "told {} times", told.len());
    talk(&mut world, &[(&alice, 71, 25), (&bob, 72, 127)], 100, 60);
    assert_eq!(lists(&mut world).last(), Some(&vec![1]));
    world.advance(milliseconds(2_000));
    assert_eq!(lists(&mut world), [vec![0u64; 0]]);
}

#[test]
fn a_publication_that_ends_leaves_the_list() {
    let mut world = World::new();
    let alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[71]);
    talk(&mut world, &[(&alice, 71, 5)], 0, 60);
    assert_eq!(lists(&mut world).last(), Some(&vec![1]));
    world.command(visio_core::Command::Unpublish(PublicationId(1)));
    world.advance(milliseconds(400));
    assert_eq!(lists(&mut world), [vec![0u64; 0]]);
}
