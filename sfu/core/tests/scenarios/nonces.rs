//! An SRTP nonce is SSRC, roll-over counter and sequence number: used twice with different content it
//! gives the content away (RFC 3711 §9.1, RFC 7714 §13.2).

use std::collections::HashMap;

use visio_core::Command;
use visio_core::ids::{Ssrc, SubscriptionId};
use visio_core::rtcp::write_nack;

use crate::client::{Client, Packet, layered, vp8};
use crate::world::{World, milliseconds, publish, set_layer, subscribe};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// Whatever a publisher sends and a subscriber asks for, equal numbers mean equal bytes.
#[test]
fn no_nonce_protects_two_different_packets() {
    let mut total = 0;
    for seed in 0..20 {
        let mut random = Random(seed);
        let mut world = World::new();
        let (alice, mut bob) = (world.connect(1), world.connect(2));
        publish(&mut world, &alice, 1, true, &["q", "h"], &[]);
        subscribe(&mut world, &bob, 1, 1, seed % 2 == 0);
        let mut seen = HashMap::new();
        for step in 0..2_000 {
            act(&mut world, &mut random, step, &alice, &mut bob);
            for datagram in world.take(bob.address) {
                note(&mut seen, datagram);
            }
        }
        total += seen.len();
    }
    assert!(total > 1_000, "{total} packets");
}

fn act(world: &mut World, random: &mut Random, step: u64, alice: &Client, bob: &mut Client) {
    match random.below(30) {
        0 => set_layer(world, 1, Some(random.below(2) as usize), random.below(3) as u8),
        1 => set_layer(world, 1, None, 0),
        2 => world.command(Command::Unsubscribe(SubscriptionId(1))),
        3 | 4 => subscribe(world, bob, 1, 1, random.below(2) == 0),
        5..=9 => {
            let seqs: Vec<_> = (0..5).map(|_| random.below(step / 2 + 1) as u16).collect();
            bob.send_rtcp(world, |out| write_nack(out, Ssrc(1), Ssrc(1001), &seqs));
        }
        10 => bob.set_formats(world),
        11 => world.advance(milliseconds(random.below(3_000))),
        _ => send(world, random, step, alice),
    }
    bob.check(world, true);
    alice.check(world, true);
}

fn send(world: &mut World, random: &mut Random, step: u64, alice: &Client) {
    let rid = if random.below(2) == 0 { "q" } else { "h" };
    let payload = if random.below(10) == 0 {
        vec![]
    } else {
        vp8(random.below(5) == 0, step as u16, step as u8, random.below(3) as u8, true)
    };
    let padding = if payload.is_empty() { 50 } else { random.below(4) as u8 };
    let seq = 60_000 + step - random.below(8);
    // Now and then each layer gets another SSRC.
    let ssrc = 1_000 * (step / 500) as u32 + u32::from(rid.as_bytes()[0]);
    let packet = layered(rid, seq, 3_000 * step as u32, payload);
    alice.send(world, &Packet { ssrc, padding, ..packet });
    world.advance(milliseconds(random.below(30)));
}

/// Protected packets are compared: the same plain text under the same nonce gives the same bytes.
fn note(seen: &mut HashMap<Vec<u8>, Vec<u8>>, datagram: Vec<u8>) {
    let is_media = datagram[0] >= 128 && !(64..96).contains(&(datagram[1] & 0x7F));
    if is_media {
        let nonce = [&datagram[2..4], &datagram[8..12]].concat();
        let before = seen.entry(nonce).or_insert_with(|| datagram.clone());
        assert_eq!(*before, datagram);
    }
}
