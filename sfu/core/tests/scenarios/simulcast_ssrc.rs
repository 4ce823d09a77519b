//! Old clients announce their layers by `a=ssrc-group:SIM` and send no rid.

use visio_core::Event;
use visio_core::ids::{PublicationId, Rid};

use crate::client::{Packet, video, vp8};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

#[test]
fn layers_are_told_by_their_ssrcs_where_there_is_no_rid() {
    let mut world = World::new();
    let (alice, mut bob) = (world.connect(1), world.connect(2));
    publish(&mut world, &alice, 1, true, &["q", "h", "f"], &[601, 602, 603]);
    subscribe(&mut world, &bob, 1, 1, false);
    let mut frames = 0;
    let mut frame = |world: &mut World, key: bool| {
        frames += 1;
        for layer in 0..3u8 {
            let id = 100 * u16::from(layer) + frames;
            let payload = [vp8(key, id, frames as u8, 0, false), vec![layer]].concat();
            let ssrc = 601 + u32::from(layer);
            let packet = video(frames.into(), 3_000 * u32::from(frames), payload);
            alice.send(world, &Packet { ssrc, mid: None, marker: true, ..packet });
        }
        world.advance(milliseconds(33));
    };
    for wanted in [0, 1, 2, 0] {
        set_layer(&mut world, 1, Some(wanted), 9);
        frame(&mut world, true);
        frame(&mut world, false);
    }
    let began = |rid: &str| Event::LayerChanged {
        publication: PublicationId(1),
        rid: Rid(rid.into()),
        active: true,
    };
    let events = world.events();
    assert!(["q", "h", "f"].iter().all(|rid| events.contains(&began(rid))));
    let media = bob.media(&mut world);
    assert!(media.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    let layers: Vec<_> = media.iter().map(|packet| packet.payload[8]).collect();
    // Where it rises, the frame of the switch comes from both layers.
    assert_eq!(layers, [0, 0, 0, 1, 1, 1, 2, 2, 0, 0]);
}
