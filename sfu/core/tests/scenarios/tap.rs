use visio_core::engine::AudioFrame;
use visio_core::ids::PublicationId;
use visio_core::{Command, Event};

use crate::client::Packet;
use crate::world::{World, milliseconds, publish};

fn frames(world: &mut World) -> Vec<AudioFrame> {
    let events = world.events().into_iter();
    let frame = |event| {
        if let Event::AudioFrame(frame) = event { Some(frame) } else { None }
    };
    events.filter_map(frame).collect()
}

#[test]
fn a_tapped_track_reports_each_packet_once_with_numbers_that_never_wrap() {
    let mut world = World::new();
    let alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[7]);
    world.command(Command::Tap { publication: PublicationId(1), on: true });
    let start = world.now;
    for index in [0u64, 1, 3, 2, 2, 4] {
        let packet = Packet {
            seq: 65_534 + index,
            timestamp: (u32::MAX - 1_000).wrapping_add(960 * index as u32),
            payload: vec![index as u8],
            level: (index != 4).then_some(0x80 | 17),
            padding: 3,
            ..Packet::default()
        };
        alice.send(&mut world, &packet);
        world.advance(milliseconds(20));
    }
    let frames = frames(&mut world);
    let numbers: Vec<_> = frames.iter().map(|frame| frame.sequence - 65_534).collect();
    assert_eq!(numbers, [0, 1, 3, 2, 4]);
    for frame in &frames {
        let index = frame.sequence - 65_534;
        assert_eq!(frame.timestamp, u64::from(u32::MAX - 1_000) + 960 * index);
        assert_eq!(*frame.payload, [index as u8]);
        assert_eq!(frame.level, (index != 4).then_some(17));
    }
    assert_eq!(frames[0].received_at, start);
    assert_eq!(frames[2].received_at, start + milliseconds(40));
}

#[test]
fn nothing_is_reported_of_a_track_that_is_not_tapped_any_more() {
    let mut world = World::new();
    let alice = world.connect(1);
    publish(&mut world, &alice, 1, false, &[], &[7]);
    for (seq, on, expected) in [(1, false, 0), (2, true, 1), (3, false, 0)] {
        world.command(Command::Tap { publication: PublicationId(1), on });
        alice.send(&mut world, &Packet { seq, ..Packet::default() });
        assert_eq!(frames(&mut world).len(), expected);
    }
}
