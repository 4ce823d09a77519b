use visio_core::Command;
use visio_core::engine::Subscribe;
use visio_core::ids::{Mid, PublicationId, Ssrc, SubscriptionId};
use visio_core::rtcp::write_picture_loss;
use visio_core::subscription::PayloadTypes;

use crate::client::{Client, Control, video, vp8};
use crate::world::{World, milliseconds, publish, subscribe};

fn requests(world: &mut World, client: &mut Client) -> usize {
    let items = client.control(world);
    items.iter().filter(|item| **item == Control::PictureLoss(20)).count()
}

fn frame(world: &mut World, client: &Client, seq: u64, key: bool) {
    client.send(world, &video(seq, 3_000 * seq as u32, vp8(key, seq as u16, 0, 0, false)));
}

fn room(world: &mut World) -> (Client, Client) {
    let (alice, bob) = (world.connect(1), world.connect(2));
    publish(world, &alice, 1, true, &[], &[]);
    frame(world, &alice, 1, true);
    (alice, bob)
}

#[test]
fn who_subscribes_gets_a_key_frame_asked_for_until_it_comes() {
    let mut world = World::new();
    let (mut alice, bob) = room(&mut world);
    subscribe(&mut world, &bob, 1, 1, false);
    assert_eq!(requests(&mut world, &mut alice), 1);
    for (milliseconds_later, expected) in [(999, 0), (1, 1), (999, 0), (1, 1)] {
        world.advance(milliseconds(milliseconds_later));
        assert_eq!(requests(&mut world, &mut alice), expected);
    }
    frame(&mut world, &alice, 2, true);
    world.advance(milliseconds(5_000));
    assert_eq!(requests(&mut world, &mut alice), 0);
}

#[test]
fn many_who_ask_cost_the_publisher_one_key_frame_each_half_second() {
    let mut world = World::new();
    let (mut alice, mut bob) = room(&mut world);
    subscribe(&mut world, &bob, 1, 1, false);
    frame(&mut world, &alice, 2, true);
    world.advance(milliseconds(600));
    requests(&mut world, &mut alice);
    let mut asked = Vec::new();
    for step in 0..24 {
        // The last one who asks does so after 1.05 s, and is not forgotten.
        if step < 22 {
            bob.send_rtcp(&mut world, |out| write_picture_loss(out, Ssrc(1), Ssrc(1001)));
        }
        frame(&mut world, &alice, 3 + step, false);
        asked.push(requests(&mut world, &mut alice));
        world.advance(milliseconds(50));
    }
    world.advance(milliseconds(800));
    asked.push(requests(&mut world, &mut alice));
    let mut expected = vec![0; 25];
    for moment in [0, 10, 20, 24] {
        expected[moment] = 1;
    }
    assert_eq!(asked, expected);
}

#[test]
fn the_server_may_ask_too_and_only_for_what_is_sent() {
    let mut world = World::new();
    let (mut alice, _) = room(&mut world);
    world.command(Command::RequestKeyFrame(PublicationId(1)));
    assert_eq!(requests(&mut world, &mut alice), 1);
    world.advance(milliseconds(3_000));
    requests(&mut world, &mut alice);
    world.command(Command::RequestKeyFrame(PublicationId(1)));
    assert_eq!(requests(&mut world, &mut alice), 0);
}

#[test]
fn nobody_is_asked_for_one_who_cannot_be_reached_or_cannot_decode() {
    let mut world = World::new();
    let (mut alice, _) = room(&mut world);
    let carol = Client::new(3);
    carol.add(&mut world);
    subscribe(&mut world, &carol, 1, 1, false);
    let dave = world.connect(4);
    world.command(Command::Subscribe(Subscribe {
        subscription: SubscriptionId(2),
        publication: PublicationId(1),
        peer: dave.peer,
        mid: Mid("5".into()),
        ssrc: Ssrc(1002),
        rtx_ssrc: None,
        payload_types: PayloadTypes(vec![]),
    }));
    frame(&mut world, &alice, 2, false);
    world.advance(milliseconds(1_500));
    requests(&mut world, &mut alice);
    frame(&mut world, &alice, 3, false);
    world.advance(milliseconds(1_500));
    assert_eq!(requests(&mut world, &mut alice), 0);
    frame(&mut world, &alice, 4, false);
    carol.check(&mut world, true);
    carol.set_keys(&mut world);
    assert_eq!(requests(&mut world, &mut alice), 1);
}
