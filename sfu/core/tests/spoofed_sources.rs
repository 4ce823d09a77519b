//! What somebody who spoofs addresses can make us remember. In a process of its own, since it looks
//! at the memory of the whole process.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use visio_core::counters::Drop;
use visio_core::ids::PeerId;
use visio_core::{Command, Engine, Input, Instant, Output};

#[test]
fn a_hundred_thousand_sources_take_less_than_five_megabytes() {
    let mut engine = Engine::new();
    let (peer, ufrag) = (PeerId(1), "server1");
    engine.handle(at(0), add_peer(peer, ufrag));
    engine.handle(at(0), set_ice(peer, ufrag));
    let mut datagrams = attack();
    // The first lap pays for whatever is allocated once.
    lap(&mut engine, &mut datagrams, 0..1_000);
    let before = resident_bytes();
    lap(&mut engine, &mut datagrams, 1_000..101_000);
    let grown = resident_bytes().saturating_sub(before);

    assert!(grown < 5_000_000, "{grown} bytes");
    assert!(engine.counters().get(Drop::WrongIntegrity) > 100_000);
    assert!(engine.counters().get(Drop::UnvalidatedPair) > 200_000);
    assert_eq!(engine.counters().get(Drop::UnknownUfrag), 101_000);
}

/// Each datagram from each of these sources; nothing may come out of it.
fn lap(engine: &mut Engine, datagrams: &mut [Vec<u8>], sources: std::ops::Range<u32>) {
    for number in sources {
        let source = SocketAddr::new(Ipv4Addr::from(0x0A00_0000 + number).into(), 5_000);
        for bytes in &mut *datagrams {
            engine.handle(at(u64::from(number)), Input::Datagram { source: source.into(), bytes });
            assert!(matches!(engine.poll(), Output::Timeout(_)));
        }
    }
}

fn attack() -> Vec<Vec<u8>> {
    vec![
        client::binding_request("server1:client1", "a guess", true, client::CONTROLLING),
        client::binding_request("nobody:client1", "a guess", true, client::CONTROLLING),
        [&[22, 254, 253][..], &[0; 600]].concat(),
        [&[21, 254, 253][..], &[0; 12]].concat(),
        [&[0x80, 111][..], &[0; 200]].concat(),
        [&[0x80, 200][..], &[0; 60]].concat(),
    ]
}

fn add_peer(peer: PeerId, ufrag: &str) -> Input<'static> {
    let password = "the password of server 1".into();
    Input::Command(Command::AddPeer { peer, ufrag: ufrag.into(), password })
}

fn set_ice(peer: PeerId, ufrag: &str) -> Input<'static> {
    let (password, remote_ufrag) = ("the password of server 1".into(), "client1".into());
    Input::Command(Command::SetIce { peer, ufrag: ufrag.into(), password, remote_ufrag })
}

fn at(milliseconds: u64) -> Instant {
    Instant::from_nanos(1_000_000_000 + milliseconds * 1_000_000)
}

/// The pages of the process that are in memory (proc(5), statm), of 4 KiB each.
fn resident_bytes() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").expect("a Linux");
    let pages: u64 = statm.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a number");
    pages * 4096
}

#[path = "scenarios/client.rs"]
#[allow(dead_code)] // the scenarios use the rest
mod client;
#[path = "scenarios/world.rs"]
#[allow(dead_code)]
mod world;
